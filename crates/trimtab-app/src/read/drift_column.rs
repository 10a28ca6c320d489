//! One column in one window: every number behind a cell, and both distributions.

use super::drift_shape::{
    CategoryBar, DisplayBin, Distribution, DriftDetailPage, NamedSize, NumericDistribution,
    QuantilePair, Quantiles, SizedWindow,
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
const BINS_MAX: usize = 40;
const BARS_MAX: usize = 14;

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
        history: history(column, found, &results[..=shown]),
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

/// Bins to draw: the grid's own where they are few, else bins of equal width over the middle of
/// both sides, with an open one at each end.
fn bins(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Vec<DisplayBin> {
    let edges = if grid.n_bins() <= BINS_MAX {
        grid.edges().to_vec()
    } else {
        even_edges(grid, reference, current)
    };
    let reference = spread(grid, reference, &edges);
    let current = spread(grid, current, &edges);
    reference
        .into_iter()
        .zip(current)
        .enumerate()
        .map(|(idx, (reference, current))| DisplayBin {
            from: idx.checked_sub(1).and_then(|idx| edges.get(idx).copied()),
            to: edges.get(idx).copied(),
            reference,
            current,
        })
        .collect()
}

fn even_edges(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Vec<f64> {
    let ends = |p: f64| {
        [reference, current]
            .into_iter()
            .filter_map(move |profile| profile.quantile(grid, p))
            .filter(|value| value.is_finite())
    };
    let (Some(low), Some(high)) = (
        ends(0.005).min_by(f64::total_cmp),
        ends(0.995).max_by(f64::total_cmp),
    ) else {
        return Vec::new();
    };
    if low >= high {
        return vec![low];
    }
    let n_inner = BINS_MAX - 2;
    (0..=n_inner)
        .map(|idx| low + (high - low) * idx as f64 / n_inner as f64)
        .collect()
}

/// Shares of a profile in display bins: a grid bin that spans several is spread evenly.
fn spread(grid: &NumericGrid, profile: &NumericProfile, edges: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; edges.len() + 1];
    let n_rows = profile.n() as f64;
    if n_rows == 0.0 {
        return shares;
    }
    let bin_edges = grid.edges();
    let inside = |value: f64| edges.partition_point(|edge| *edge < value);
    for (bin, count) in profile.counts().iter().enumerate() {
        if *count == 0 {
            continue;
        }
        let part = *count as f64 / n_rows;
        let from = bin.checked_sub(1).and_then(|idx| bin_edges.get(idx));
        let to = bin_edges.get(bin);
        match (from, to) {
            (Some(&from), Some(&to)) => {
                let (first, last) = (inside(from), inside(to));
                if first == last || grid.is_exact() {
                    shares[last] += part;
                    continue;
                }
                for (idx, share) in shares.iter_mut().enumerate().take(last + 1).skip(first) {
                    let low = match idx.checked_sub(1).and_then(|idx| edges.get(idx)) {
                        Some(edge) => edge.max(from),
                        None => from,
                    };
                    let high = edges.get(idx).map_or(to, |edge| edge.min(to));
                    if high > low {
                        *share += part * (high - low) / (to - from);
                    }
                }
            }
            // Open bins sit where the rows in them are.
            (None, Some(&to)) => shares[inside(profile.mean_below().unwrap_or(to))] += part,
            (Some(&from), None) => {
                let at = profile.mean_above().unwrap_or(f64::INFINITY);
                shares[inside(at.max(from))] += part;
            }
            (None, None) => shares[0] += part,
        }
    }
    shares
}

fn bars(
    grid: &CategoricalGrid,
    reference: &CategoricalProfile,
    current: &CategoricalProfile,
) -> Vec<CategoryBar> {
    let (n_reference, n_current) = (reference.n().max(1) as f64, current.n().max(1) as f64);
    let mut bars: Vec<CategoryBar> = grid
        .categories()
        .iter()
        .zip(reference.counts().iter().zip(current.counts()))
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

fn history(column: &str, shown: &ColumnOutcome, results: &[MonitorResult]) -> Series {
    let points = results
        .iter()
        .filter_map(|result| Some((result, outcome(result, column)?)))
        .map(|(result, outcome)| effect_point(result, outcome))
        .collect();
    Series {
        name: column.to_owned(),
        metric: shown.effect.name.clone(),
        unit: None,
        good_direction: Some(Direction::Down),
        reference_value: None,
        floor: shown.effect.floor,
        points,
    }
}

/// An effect as a point of a series.
pub(super) fn effect_point(result: &MonitorResult, outcome: &ColumnOutcome) -> SeriesPoint {
    SeriesPoint {
        window_start: result.window.start,
        window_end: result.window.end,
        v: outcome.effect.value,
        lo: None,
        hi: None,
        n: outcome.n_current,
        kind: PointKind::Measured,
        gap: match (outcome.effect.value, outcome.decision) {
            (Some(_), _) => None,
            (None, Decision::NotEnoughData) => Some(Gap::FewRows),
            (None, _) => Some(Gap::NoData),
        },
        maturity: None,
    }
}
