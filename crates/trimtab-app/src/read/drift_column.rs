//! One column in one window: every number behind a cell, and both distributions.

use super::display_bins::bins;
use super::drift_shape::{
    CategoryBar, Distribution, DriftDetailPage, NamedSize, NumericDistribution, QuantilePair,
    Quantiles, SizedWindow,
};
use super::merged::query;
use super::period::{Subject, back, is_drift};
use super::shapes::{Gap, Series, SeriesPoint};
use crate::app::App;
use jiff::Timestamp;
use trimtab_domain::documents::{ColumnSpec, Direction, MonitorSpec, SemanticType};
use trimtab_domain::fold::PredictionRole;
use trimtab_domain::ports::store::ProfileQuery;
use trimtab_domain::result::{ColumnOutcome, Decision, MonitorResult, ResultDetail, SharePair};
use trimtab_domain::signal::PointKind;
use trimtab_domain::{DocumentName, Error, ModelName, Result, Window};
use trimtab_stats::{
    CategoricalGrid, CategoricalProfile, ColumnGrid, ColumnProfile, NumericGrid, NumericProfile,
};

/// Windows of history before the one shown.
const HISTORY_WINDOWS: i64 = 60;
/// Windows after it that are looked through for the next judged one.
const NEXT_WINDOWS: i64 = 14;
const BARS_MAX: usize = 14;
/// The measure of a line whose windows were judged by different ones.
const OVER_FLOOR: &str = "effect_over_floor";

/// One column in one window, in full: the window that holds `at`, else the newest.
///
/// # Errors
///
/// `NotFound` without such a model or monitor, or if no monitor looked at the column then.
pub async fn detail(
    app: &App,
    model: &ModelName,
    column: &str,
    at: Option<Timestamp>,
    monitor: Option<DocumentName>,
) -> Result<DriftDetailPage> {
    let subject = Subject::load(app, model).await?;
    let monitors = match &monitor {
        Some(name) => vec![subject.monitor(name)?],
        None => subject.monitors(is_drift)?,
    };
    for monitor in monitors {
        let results = around(app, &subject, monitor, column, at).await?;
        let shown = match at {
            Some(at) => results.iter().position(|one| one.window.contains(at)),
            None => results.len().checked_sub(1),
        };
        if let Some(shown) = shown {
            return page(app, &subject, column, &results, shown).await;
        }
    }
    let when = at.map_or_else(String::new, |at| format!(" in a window that holds {at}"));
    Err(Error::new(
        trimtab_domain::ErrorKind::NotFound,
        format!("no drift monitor has looked at column `{column}`{when}"),
    ))
}

/// Results that looked at the column, around the window asked for, in time order.
async fn around(
    app: &App,
    subject: &Subject,
    monitor: &MonitorSpec,
    column: &str,
    at: Option<Timestamp>,
) -> Result<Vec<MonitorResult>> {
    let mut results = match at {
        None => {
            let n_max = u32::try_from(HISTORY_WINDOWS).unwrap_or(u32::MAX);
            subject.newest(app, &monitor.name, n_max).await?
        }
        Some(at) => {
            let window = monitor.window.window(at, &subject.zone)?;
            let range = Window::new(
                back(window.start, HISTORY_WINDOWS, monitor.window, &subject.zone)?,
                back(window.end, -NEXT_WINDOWS, monitor.window, &subject.zone)?,
            )?;
            let results = subject.results(app, Some(&monitor.name), range).await?;
            let looked = results.iter().filter(|one| outcome(one, column).is_some());
            return Ok(looked.cloned().collect());
        }
    };
    results.retain(|result| outcome(result, column).is_some());
    Ok(results)
}

fn outcome<'a>(result: &'a MonitorResult, column: &str) -> Option<&'a ColumnOutcome> {
    match &result.detail {
        ResultDetail::Drift(detail) => detail.columns.iter().find(|one| one.name == column),
        _ => None,
    }
}

async fn page(
    app: &App,
    subject: &Subject,
    column: &str,
    results: &[MonitorResult],
    shown: usize,
) -> Result<DriftDetailPage> {
    let result = &results[shown];
    let (Some(found), ResultDetail::Drift(detail)) = (outcome(result, column), &result.detail)
    else {
        return Err(Error::not_found("column", column));
    };
    let reference = reference_name(&detail.reference)?;
    let sides = sides(app, subject, column, &reference, result.window).await?;
    let n_rows = app
        .store()
        .references(subject.name())
        .await?
        .into_iter()
        .find(|info| info.name == reference)
        .map_or(found.n_reference, |info| info.n_rows);
    let declared = subject
        .spec()?
        .column(column)
        .and_then(ColumnSpec::semantic);
    Ok(DriftDetailPage {
        column: column.to_owned(),
        semantic: declared.unwrap_or(SemanticType::Categorical),
        window: SizedWindow {
            start: result.window.start,
            end: result.window.end,
            n_rows: result.n_rows,
        },
        reference: NamedSize {
            name: detail.reference.clone(),
            n_rows,
        },
        decision: found.decision,
        severity: found.severity,
        reason: found.reason.clone(),
        p_value_row: found.p_value_row,
        p_value_window: found.p_value_window,
        p_value_adjusted: found.p_value_adjusted,
        inflation: found.inflation,
        n_windows_effective: found.n_windows_effective,
        effect: found.effect.clone(),
        null_share: found.null_share,
        unseen_share: sides.as_ref().and_then(Sides::unseen_share),
        results: found.results.clone(),
        distribution: sides.as_ref().and_then(Sides::distribution),
        history: effect_series(found, &results[..=shown]),
        previous_window_start: shown
            .checked_sub(1)
            .and_then(|idx| results.get(idx))
            .map(|one| one.window.start),
        next_window_start: results.get(shown + 1).map(|one| one.window.start),
    })
}

fn reference_name(name: &str) -> Result<DocumentName> {
    DocumentName::new(name)
}

/// Both sides of a column on one grid.
struct Sides {
    grid: ColumnGrid,
    reference: ColumnProfile,
    current: ColumnProfile,
}

async fn sides(
    app: &App,
    subject: &Subject,
    column: &str,
    reference: &DocumentName,
    window: Window,
) -> Result<Option<Sides>> {
    let Some(reference) = app.reference_total(subject.name(), reference).await? else {
        return Ok(None);
    };
    let Some(place) = reference.grid.position(column) else {
        return Ok(None);
    };
    let (Some((_, grid)), Some(total)) = (
        reference.grid.columns.get(place),
        reference.total.columns.get(place),
    ) else {
        return Ok(None);
    };
    let mut current = ColumnProfile::empty(grid);
    let query = ProfileQuery {
        role: Some(PredictionRole::Live),
        ..query(subject.name(), window)
    };
    for stored in app.store().profiles(&query).await? {
        if stored.grid_version != reference.grid.version {
            continue;
        }
        if let Some(part) = stored.profile.columns.get(place) {
            current.merge(part)?;
        }
    }
    Ok(Some(Sides {
        grid: grid.clone(),
        reference: total.clone(),
        current,
    }))
}

impl Sides {
    fn distribution(&self) -> Option<Distribution> {
        match (&self.grid, &self.reference, &self.current) {
            (
                ColumnGrid::Numeric(grid),
                ColumnProfile::Numeric(reference),
                ColumnProfile::Numeric(current),
            ) => Some(Distribution::Numeric(numeric(grid, reference, current))),
            (
                ColumnGrid::Categorical(grid),
                ColumnProfile::Categorical(reference),
                ColumnProfile::Categorical(current),
            ) => Some(Distribution::Categorical(bars(grid, reference, current))),
            _ => None,
        }
    }

    fn unseen_share(&self) -> Option<f64> {
        match &self.current {
            ColumnProfile::Categorical(current) => share(current.n_unseen(), current.n()),
            ColumnProfile::Numeric(_) => None,
        }
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    super::merged::share(part, whole)
}

fn numeric(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> NumericDistribution {
    let quantiles = |profile: &NumericProfile| Quantiles {
        p5: profile.quantile(grid, 0.05),
        p25: profile.quantile(grid, 0.25),
        p50: profile.quantile(grid, 0.5),
        p75: profile.quantile(grid, 0.75),
        p95: profile.quantile(grid, 0.95),
    };
    NumericDistribution {
        bins: bins(grid, reference, current),
        quantiles: QuantilePair {
            reference: quantiles(reference),
            current: quantiles(current),
        },
        mean: SharePair {
            reference: reference.mean(),
            current: current.mean(),
        },
    }
}

fn bars(
    grid: &CategoricalGrid,
    reference: &CategoricalProfile,
    current: &CategoricalProfile,
) -> Vec<CategoryBar> {
    let (n_reference, n_current) = (reference.n().max(1) as f64, current.n().max(1) as f64);
    let counts = (reference.counts(), current.counts());
    let mut bars: Vec<CategoryBar> = grid
        .categories()
        .iter()
        .zip(counts.0.iter().zip(counts.1.iter()))
        .map(|(category, (before, now))| CategoryBar {
            category: category.clone(),
            reference: *before as f64 / n_reference,
            current: *now as f64 / n_current,
            is_unseen: false,
            is_other: false,
        })
        .collect();
    let n_special = usize::from(current.n_unseen() > 0 || reference.n_unseen() > 0);
    if bars.len() + n_special > BARS_MAX {
        // The grid lists the reference's most frequent first.
        let rest = bars.split_off(BARS_MAX - 1 - n_special);
        bars.push(CategoryBar {
            category: format!("{} others", rest.len()),
            reference: rest.iter().map(|bar| bar.reference).sum(),
            current: rest.iter().map(|bar| bar.current).sum(),
            is_unseen: false,
            is_other: true,
        });
    }
    if n_special > 0 {
        bars.push(CategoryBar {
            category: "unseen".to_owned(),
            reference: reference.n_unseen() as f64 / n_reference,
            current: current.n_unseen() as f64 / n_current,
            is_unseen: true,
            is_other: false,
        });
    }
    bars
}

/// A column's effect over windows. The rule judges by the values in one window and by the missing
/// share in the next; where measures differ, each effect is given as a multiple of its own floor.
pub(super) fn effect_series(shown: &ColumnOutcome, results: &[MonitorResult]) -> Series {
    let found: Vec<(&MonitorResult, &ColumnOutcome)> = results
        .iter()
        .filter_map(|result| Some((result, outcome(result, &shown.name)?)))
        .collect();
    let is_like = |outcome: &ColumnOutcome| {
        outcome.effect.name == shown.effect.name && outcome.effect.floor == shown.effect.floor
    };
    let is_one_measure = found
        .iter()
        .filter(|(_, outcome)| outcome.effect.value.is_some())
        .all(|(_, outcome)| outcome.effect.floor.is_none() || is_like(outcome));
    let size = |outcome: &ColumnOutcome| {
        if is_one_measure {
            return outcome
                .effect
                .value
                .filter(|_| outcome.effect.name == shown.effect.name);
        }
        match (outcome.effect.value, outcome.effect.floor) {
            (Some(value), Some(floor)) if floor > 0.0 => Some(value / floor),
            _ => None,
        }
    };
    let points = found
        .iter()
        .map(|(result, outcome)| effect_point(result, outcome, size(outcome)))
        .collect();
    let (metric, unit, floor) = if is_one_measure {
        let name = shown.effect.name.clone();
        let unit = unit(&name);
        (name, unit, shown.effect.floor)
    } else {
        (OVER_FLOOR.to_owned(), Some("floors"), Some(1.0))
    };
    Series {
        name: shown.name.clone(),
        metric,
        unit: unit.map(str::to_owned),
        good_direction: Some(Direction::Down),
        reference_value: None,
        floor,
        points,
    }
}

fn unit(measure: &str) -> Option<&'static str> {
    match measure {
        "wasserstein_iqr" => Some("interquartile ranges"),
        "wasserstein_sd" => Some("standard deviations"),
        _ => None,
    }
}

/// An effect as a point of a series.
fn effect_point(result: &MonitorResult, outcome: &ColumnOutcome, v: Option<f64>) -> SeriesPoint {
    SeriesPoint {
        window_start: result.window.start,
        window_end: result.window.end,
        v,
        lo: None,
        hi: None,
        n: outcome.n_current,
        kind: PointKind::Measured,
        gap: match (v, outcome.decision) {
            (Some(_), _) => None,
            (None, Decision::NotEnoughData) => Some(Gap::FewRows),
            (None, _) => Some(Gap::NoData),
        },
        maturity: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimtab_domain::ResultId;
    use trimtab_domain::result::{DriftDetail, EffectSize};

    fn result(day: u8, measure: &str, value: f64, floor: f64) -> MonitorResult {
        let at = |day: u8| -> Timestamp { format!("2013-07-{day:02}T00:00:00Z").parse().unwrap() };
        let column = ColumnOutcome {
            name: "temp".to_owned(),
            column_type: "numeric".to_owned(),
            decision: Decision::Drift,
            severity: None,
            reason: String::new(),
            p_value_row: None,
            p_value_window: None,
            p_value_adjusted: None,
            inflation: None,
            n_windows_effective: None,
            effect: EffectSize {
                name: measure.to_owned(),
                value: Some(value),
                floor: Some(floor),
            },
            detectable_effect: None,
            differs_because: None,
            n_reference: 100,
            n_current: 100,
            null_share: SharePair {
                reference: Some(0.0),
                current: Some(0.0),
            },
            error: None,
            results: Vec::new(),
        };
        MonitorResult {
            id: ResultId::from_suffix("1"),
            model: "flights".parse().unwrap(),
            monitor: "inputs".parse().unwrap(),
            monitor_kind: "data_drift".to_owned(),
            window: Window::new(at(day), at(day + 1)).unwrap(),
            decision: Decision::Drift,
            severity: None,
            n_rows: 100,
            revision: 1,
            evaluated_at: at(day + 1),
            watermark: at(day + 1),
            detail: ResultDetail::Drift(DriftDetail {
                reference: "spring".to_owned(),
                assumes_independent_rows: false,
                columns: vec![column],
                skipped: Vec::new(),
            }),
        }
    }

    fn line(results: &[MonitorResult]) -> Series {
        effect_series(outcome(&results[0], "temp").unwrap(), results)
    }

    fn values(series: &Series) -> Vec<Option<f64>> {
        series.points.iter().map(|point| point.v).collect()
    }

    #[test]
    fn a_line_of_one_measure_has_its_name_unit_and_floor() {
        let series = line(&[
            result(1, "wasserstein_iqr", 1.5, 0.1),
            result(2, "wasserstein_iqr", 0.5, 0.1),
        ]);
        assert_eq!(series.metric, "wasserstein_iqr");
        assert_eq!(series.unit.as_deref(), Some("interquartile ranges"));
        assert_eq!(series.floor, Some(0.1));
        assert_eq!(values(&series), [Some(1.5), Some(0.5)]);
    }

    #[test]
    fn a_line_never_mixes_measures() {
        let series = line(&[
            result(1, "wasserstein_iqr", 1.5, 0.5),
            result(2, "missing_share_change", 0.5, 0.25),
        ]);
        assert_eq!(series.metric, "effect_over_floor");
        assert_eq!(series.floor, Some(1.0));
        assert_eq!(values(&series), [Some(3.0), Some(2.0)]);
    }
}
