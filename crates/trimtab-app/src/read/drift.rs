//! The drift map: columns by windows, from stored results.

use super::AskedRange;
use super::drift_shape::{DriftBy, DriftCell, DriftColumn, DriftMap, DriftReference, DriftWindow};
use super::merged::volumes;
use super::models::importance;
use super::period::{Subject, is_drift, place};
use super::sentences;
use super::shapes::{Annotation, Range};
use crate::app::App;
use crate::sentences::effect_ratio;
use std::collections::HashMap;
use trimtab_domain::documents::monitor::Drift;
use trimtab_domain::documents::{
    ColumnRole, ColumnSpec, ModelSpec, MonitorKind, MonitorSpec, SemanticType,
};
use trimtab_domain::ports::store::IncidentQuery;
use trimtab_domain::result::{
    ColumnOutcome, Decision, DriftDetail, MonitorResult, ResultDetail, SkippedColumn,
};
use trimtab_domain::{DocumentName, Error, ModelName, Result, Window};

/// From here on a distance is coloured as if it mattered: the customary limits.
const PSI_LIMIT: f64 = 0.2;
const DISTANCE_LIMIT: f64 = 0.1;

/// Columns by windows.
///
/// # Errors
///
/// `NotFound` without such a model, monitor, or any drift monitor.
pub async fn map(
    app: &App,
    model: &ModelName,
    asked: AskedRange,
    monitor: Option<DocumentName>,
    by: DriftBy,
) -> Result<DriftMap> {
    let subject = Subject::load(app, model).await?;
    let monitors = choose(&subject, monitor.as_ref())?;
    let [main, beside @ ..] = monitors.as_slice() else {
        return Err(Error::not_found("drift monitor of model", model)
            .with_hint("declare a monitor that `monitors: data_drift`"));
    };
    let range = subject.range(asked, main.window)?;
    let windows = subject.windows(&range, main.window)?;
    let results = subject
        .results(app, Some(&main.name), range.window())
        .await?;
    let mut grid = Grid::new(subject.spec()?, &windows, by);
    for monitor in beside {
        let results = subject
            .results(app, Some(&monitor.name), range.window())
            .await?;
        for result in results.iter() {
            grid.add(result, settings(monitor));
        }
    }
    for result in results.iter() {
        grid.add(result, settings(main));
    }
    let columns = grid.finish();
    let newest = results.iter().rev().find_map(detail);
    let settings = settings(main);
    let (added, removed) = one_sided(&subject)?;
    Ok(DriftMap {
        sentence: sentences::drift_map(&subject, &columns),
        monitor: main.name.clone(),
        reference: reference(app, &subject, main, newest).await?,
        window: main.window,
        by,
        assumes_independent_rows: newest.is_some_and(|detail| detail.assumes_independent_rows),
        alpha: settings.alpha,
        correction: settings.correction,
        windows: axis(app, &subject, &windows, &results).await?,
        columns,
        added,
        removed,
        skipped: skipped(newest),
        annotations: annotations(app, model, &range).await?,
        range,
    })
}

/// The monitor asked for; else the first data drift monitor with the prediction drift monitors
/// of the same window length beside it.
fn choose<'a>(subject: &'a Subject, asked: Option<&DocumentName>) -> Result<Vec<&'a MonitorSpec>> {
    if let Some(name) = asked {
        let monitor = subject.monitor(name)?;
        if is_drift(&monitor.monitor) {
            return Ok(vec![monitor]);
        }
        return Err(
            Error::invalid(format!("monitor `{name}` does not compare distributions"))
                .with_hint("name a data drift or prediction drift monitor"),
        );
    }
    let mut chosen: Vec<&MonitorSpec> = subject
        .monitors(|kind| matches!(kind, MonitorKind::DataDrift(_)))?
        .into_iter()
        .take(1)
        .collect();
    let beside = subject.monitors(|kind| matches!(kind, MonitorKind::PredictionDrift(_)))?;
    for monitor in beside {
        if chosen
            .first()
            .is_none_or(|main| main.window == monitor.window)
        {
            chosen.push(monitor);
        }
    }
    Ok(chosen)
}

fn settings(monitor: &MonitorSpec) -> &Drift {
    static USUAL: std::sync::LazyLock<Drift> = std::sync::LazyLock::new(Drift::default);
    match &monitor.monitor {
        MonitorKind::DataDrift(drift) | MonitorKind::PredictionDrift(drift) => drift,
        _ => &USUAL,
    }
}

pub(super) fn detail(result: &MonitorResult) -> Option<&DriftDetail> {
    match &result.detail {
        ResultDetail::Drift(detail) if !detail.columns.is_empty() => Some(detail),
        _ => None,
    }
}

/// The rows of the map while they grow.
struct Grid<'a> {
    spec: &'a ModelSpec,
    windows: &'a [Window],
    by: DriftBy,
    columns: Vec<DriftColumn>,
    places: HashMap<String, usize>,
}

impl<'a> Grid<'a> {
    fn new(spec: &'a ModelSpec, windows: &'a [Window], by: DriftBy) -> Self {
        Self {
            spec,
            windows,
            by,
            columns: Vec::new(),
            places: HashMap::new(),
        }
    }

    fn add(&mut self, result: &MonitorResult, settings: &Drift) {
        let ResultDetail::Drift(detail) = &result.detail else {
            return;
        };
        let Some(window) = place(self.windows, result.window.start) else {
            return;
        };
        for outcome in &detail.columns {
            let idx = self.column(outcome);
            let column = &mut self.columns[idx];
            column.cells[window] = rounded(cell(outcome, self.by, settings));
            newest(column, outcome);
        }
    }

    fn column(&mut self, outcome: &ColumnOutcome) -> usize {
        if let Some(&idx) = self.places.get(&outcome.name) {
            return idx;
        }
        let declared = self.spec.column(&outcome.name);
        self.columns.push(DriftColumn {
            name: outcome.name.clone(),
            semantic: declared.and_then(ColumnSpec::semantic).unwrap_or(
                match outcome.column_type.as_str() {
                    "numeric" => SemanticType::Numeric,
                    "boolean" => SemanticType::Boolean,
                    _ => SemanticType::Categorical,
                },
            ),
            role: declared.map_or(ColumnRole::Feature, |column| column.role),
            importance: importance(self.spec, &outcome.name),
            decision_last: None,
            severity_last: None,
            effect_last: None,
            effect_name: outcome.effect.name.clone(),
            effect_floor: outcome.effect.floor,
            p_value_adjusted_last: None,
            drifting_since: None,
            inflation: None,
            n_windows_effective: None,
            cells: vec![DriftCell::default(); self.windows.len()],
        });
        let idx = self.columns.len() - 1;
        self.places.insert(outcome.name.clone(), idx);
        idx
    }

    fn finish(mut self) -> Vec<DriftColumn> {
        for column in &mut self.columns {
            column.drifting_since = drifting_since(self.windows, &column.cells);
        }
        let is_output = |column: &DriftColumn| {
            matches!(column.role, ColumnRole::Score | ColumnRole::Prediction)
        };
        let ratio = |column: &DriftColumn| match (column.effect_last, column.effect_floor) {
            (Some(effect), Some(floor)) if floor > 0.0 => effect / floor,
            (Some(effect), _) => effect,
            _ => -1.0,
        };
        let is_drifting = |column: &DriftColumn| column.decision_last == Some(Decision::Drift);
        self.columns.sort_by(|a, b| {
            is_output(b)
                .cmp(&is_output(a))
                .then_with(|| is_drifting(b).cmp(&is_drifting(a)))
                .then_with(|| ratio(b).total_cmp(&ratio(a)))
                .then_with(|| a.name.cmp(&b.name))
        });
        self.columns
    }
}

fn newest(column: &mut DriftColumn, outcome: &ColumnOutcome) {
    column.decision_last = Some(outcome.decision);
    column.severity_last = outcome.severity;
    column.effect_last = outcome.effect.value;
    column.effect_name.clone_from(&outcome.effect.name);
    column.effect_floor = outcome.effect.floor;
    column.p_value_adjusted_last = outcome.p_value_adjusted;
    column.inflation = outcome.inflation;
    column.n_windows_effective = outcome.n_windows_effective;
}

fn cell(outcome: &ColumnOutcome, by: DriftBy, settings: &Drift) -> DriftCell {
    let method = |name: &str| outcome.results.iter().find(|one| one.method == name);
    let (name, limit) = match by {
        DriftBy::Decision => {
            return DriftCell {
                v: outcome
                    .effect
                    .value
                    .map(|_| effect_ratio(outcome))
                    .filter(|ratio| ratio.is_finite() && *ratio < f64::MAX),
                raw: outcome.effect.value,
                decision: Some(outcome.decision),
                severity: outcome.severity,
            };
        }
        DriftBy::Psi => ("psi", PSI_LIMIT),
        DriftBy::Wasserstein => ("wasserstein", settings.floor_wasserstein_iqr),
        DriftBy::JensenShannon => ("jensen_shannon", DISTANCE_LIMIT),
        DriftBy::Ks => ("ks", DISTANCE_LIMIT),
    };
    let found = method(name);
    let raw = found.and_then(|one| one.statistic);
    let limit = found.and_then(|one| one.threshold).unwrap_or_else(|| {
        found
            .and_then(|one| one.noise_floor)
            .unwrap_or(0.0)
            .max(limit)
    });
    DriftCell {
        v: raw.filter(|_| limit > 0.0).map(|raw| raw / limit),
        raw,
        decision: Some(outcome.decision),
        severity: outcome.severity,
    }
}

/// A cell is drawn, not computed with: six digits are more than a colour shows, and a year of
/// cells is half as long. The cell in full has all digits.
fn rounded(cell: DriftCell) -> DriftCell {
    let six_digits = |value: f64| {
        if value == 0.0 || !value.is_finite() {
            return value;
        }
        let magnitude = value.abs().log10().floor();
        let unit = 10_f64.powf(5.0 - magnitude);
        if unit.is_finite() && unit > 0.0 {
            (value * unit).round() / unit
        } else {
            value
        }
    };
    DriftCell {
        v: cell.v.map(six_digits),
        raw: cell.raw.map(six_digits),
        ..cell
    }
}

/// Start of the run of drifted windows that reaches to the end; windows with too little data
/// neither end it nor begin it.
fn drifting_since(windows: &[Window], cells: &[DriftCell]) -> Option<jiff::Timestamp> {
    let mut since = None;
    for (window, cell) in windows.iter().zip(cells).rev() {
        match cell.decision {
            Some(Decision::Drift) => since = Some(window.start),
            Some(Decision::Ok | Decision::Breach) => break,
            Some(Decision::NotEnoughData | Decision::Failed) | None => {}
        }
    }
    since
}

async fn axis(
    app: &App,
    subject: &Subject,
    windows: &[Window],
    results: &[MonitorResult],
) -> Result<Vec<DriftWindow>> {
    let mut axis: Vec<DriftWindow> = windows
        .iter()
        .map(|window| DriftWindow {
            start: window.start,
            end: window.end,
            n_rows: 0,
            decision: None,
            n_drifted: 0,
            is_final: false,
            revision: 0,
        })
        .collect();
    for result in results {
        let Some(idx) = place(windows, result.window.start) else {
            continue;
        };
        let n_drifted = match &result.detail {
            ResultDetail::Drift(detail) => detail
                .columns
                .iter()
                .filter(|column| column.decision == Decision::Drift)
                .count(),
            _ => 0,
        };
        let window = &mut axis[idx];
        window.n_rows = result.n_rows;
        window.decision = Some(result.decision);
        window.n_drifted = n_drifted as u64;
        window.is_final = true;
        window.revision = result.revision;
    }
    // Windows that are not judged yet may hold rows all the same.
    if let Some(first) = axis.iter().position(|window| window.decision.is_none()) {
        let counts = volumes(app, subject.name(), &windows[first..]).await?;
        for (window, n_rows) in axis[first..].iter_mut().zip(counts.live) {
            if window.decision.is_none() {
                window.n_rows = n_rows;
            }
        }
    }
    Ok(axis)
}

async fn reference(
    app: &App,
    subject: &Subject,
    monitor: &MonitorSpec,
    newest: Option<&DriftDetail>,
) -> Result<DriftReference> {
    let infos = app.store().references(subject.name()).await?;
    let declared = &subject.entry()?.references;
    let used = newest.map(|detail| detail.reference.as_str());
    let info = infos.iter().find(|info| match (used, &monitor.reference) {
        (Some(used), _) => info.name.as_str() == used,
        (None, Some(name)) => info.name == *name,
        (None, None) => declared.contains_key(&info.name),
    });
    Ok(match info {
        Some(info) => DriftReference {
            name: info.name.to_string(),
            n_rows: info.n_rows,
            from: info.period.map(|period| period.start),
            to: info.period.map(|period| period.end),
        },
        None => DriftReference {
            name: used.unwrap_or_default().to_owned(),
            n_rows: 0,
            from: None,
            to: None,
        },
    })
}

/// Columns that only one of schema and grid has.
fn one_sided(subject: &Subject) -> Result<(Vec<String>, Vec<String>)> {
    let entry = subject.entry()?;
    let Some(grid) = &entry.grid else {
        return Ok((Vec::new(), Vec::new()));
    };
    let added = entry
        .spec
        .profiled_columns()
        .filter(|column| column.role == ColumnRole::Feature)
        .filter(|column| grid.position(&column.name).is_none())
        .map(|column| column.name.clone())
        .collect();
    let removed = grid
        .columns
        .iter()
        .filter(|(name, _)| entry.spec.column(name).is_none())
        .map(|(name, _)| name.clone())
        .collect();
    Ok((added, removed))
}

fn skipped(newest: Option<&DriftDetail>) -> Vec<SkippedColumn> {
    newest
        .map(|detail| detail.skipped.clone())
        .unwrap_or_default()
}

/// What happened to a model in a period: incidents, and versions that appeared.
pub(super) async fn annotations(
    app: &App,
    model: &ModelName,
    range: &Range,
) -> Result<Vec<Annotation>> {
    let period = range.window();
    let incidents = app
        .store()
        .incidents(&IncidentQuery {
            model: Some(model.clone()),
            ..IncidentQuery::default()
        })
        .await?;
    let mut found: Vec<Annotation> = incidents
        .into_iter()
        .filter(|incident| period.contains(incident.opened_at))
        .map(|incident| Annotation {
            at: incident.opened_at,
            kind: "incident",
            text: format!("#{} {}", incident.number, incident.title),
            incident_id: Some(incident.id),
        })
        .collect();
    for version in app.store().versions(model).await? {
        if period.contains(version.first_seen) {
            found.push(Annotation {
                at: version.first_seen,
                kind: "version",
                text: format!("version {} ({})", version.version, version.role.as_str()),
                incident_id: None,
            });
        }
    }
    found.sort_by_key(|annotation| annotation.at);
    Ok(found)
}
