//! Monitors judge windows: one path for the schedule, by hand and after a crash.
//!
//! A tick judges every closed window of every monitor once, in the order of time, lets the rules
//! see what was found (`alerting`), and judges windows again whose rows or labels
//! changed later. What it finds is a function of stored data: a replay at any speed, a backfill
//! and real time give the same results.
//!
//! To add a monitor kind, write a file with a `judge` here and call it in `look`.

mod data;
mod drift;
mod performance;
mod quality;
pub(crate) mod reach;
mod record;
pub(crate) mod service;

pub use performance::{metric_of, metrics_of};
pub use service::latency_name;

pub(crate) use data::{merge_into, n_labelled};
pub(crate) use drift::outcome;
pub(crate) use reach::{Reach, closes_at, label_wait, later};

use crate::alerting;
use crate::app::{App, ChangeKind};
use crate::catalog::{Catalog, ModelEntry};
use data::{CutReference, WindowRows, reference_name};
use jiff::{SignedDuration, Timestamp};
use reach::{closed_windows, earlier, label_age_max};
use record::Again;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trimtab_domain::documents::{ModelSpec, MonitorKind, MonitorSpec, Performance};
use trimtab_domain::fold::LabelAge;
use trimtab_domain::ports::store::{ReferenceInfo, ResultQuery, TouchedWindow};
use trimtab_domain::result::{Decision, MonitorResult, ResultDetail, Severity};
use trimtab_domain::signal::{PointKind, SignalKey, SignalPoint};
use trimtab_domain::{DocumentName, Error, Granularity, ModelName, Result, ResultId, Window};

/// Windows judged in one go: bounds memory, and is what one transaction saves.
const WINDOWS_MAX: usize = 64;
/// After so many windows without rows in a row, the next ones are judged only when rows come.
const EMPTY_WINDOWS_MAX: usize = 48;
/// A performance result older than so many windows says nothing about quality now.
const LOSS_WINDOWS_MAX: usize = 3;

/// Model, reference, length of the windows, and whether they keep their columns.
type CutKey = (ModelName, DocumentName, Granularity, bool);

/// What is kept between ticks: references cut into windows, with their laws.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    references: BTreeMap<CutKey, Arc<CutReference>>,
}

impl Judge {
    /// Drops what is known about a model's references.
    pub(crate) fn forget(&mut self, model: &ModelName) {
        self.references.retain(|(of, ..), _| of != model);
    }
}

/// What a monitor found on one window.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) window: Window,
    pub(crate) decision: Decision,
    pub(crate) severity: Option<Severity>,
    pub(crate) n_rows: u64,
    pub(crate) detail: ResultDetail,
    pub(crate) points: Vec<SignalPoint>,
}

/// A measured point of a signal.
pub(crate) fn point(
    model: &ModelName,
    name: &str,
    labels: BTreeMap<String, String>,
    window: Window,
    value: Option<f64>,
    n: u64,
) -> SignalPoint {
    SignalPoint {
        key: SignalKey {
            model: model.clone(),
            name: name.to_owned(),
            labels,
        },
        window,
        value: value.filter(|value| value.is_finite()),
        n,
        kind: PointKind::Measured,
    }
}

/// One model at one moment.
struct Scene<'a> {
    app: &'a App,
    entry: &'a ModelEntry,
    reach: Reach,
    references: Vec<ReferenceInfo>,
}

impl Scene<'_> {
    fn spec(&self) -> &Arc<ModelSpec> {
        &self.entry.spec
    }
}

/// Judges what is closed, of every model.
pub(crate) async fn tick(app: &App) -> Result<()> {
    crate::references::refresh_periods(app).await?;
    let models = app.catalog().await?.models.keys().cloned().collect();
    tick_some(app, &models).await
}

/// Judges what is closed, of some models.
pub(crate) async fn tick_some(app: &App, models: &BTreeSet<ModelName>) -> Result<()> {
    let mut judge = app.inner.judging.lock().await;
    let catalog = app.catalog().await?;
    let mut first_error = Ok(());
    for model in models {
        // One model's trouble is not the others'.
        if let Err(error) = tick_model(app, &mut judge, &catalog, model).await {
            first_error = first_error.and(Err(error));
        }
    }
    first_error
}

/// Judges what is closed of one model, and again what changed.
async fn tick_model(
    app: &App,
    judge: &mut Judge,
    catalog: &Catalog,
    model: &ModelName,
) -> Result<()> {
    let touched = app.store().touched_windows(model).await?;
    let Some(scene) = scene(app, catalog, model).await? else {
        return Ok(());
    };
    let mut before = BTreeMap::new();
    let mut n_saved = 0;
    for monitor in in_order(scene.entry) {
        let judged_until = judged_until(&scene, monitor).await?;
        n_saved += judge_new(&scene, judge, monitor, judged_until).await?;
        before.insert(&monitor.name, judged_until);
    }
    // Rules see first judgements only, so before anything is judged again.
    alerting::step(app, catalog, scene.entry).await?;
    for monitor in in_order(scene.entry) {
        let judged_before = before.get(&monitor.name).copied().flatten();
        let windows = changed_windows(&scene, monitor, judged_before, &touched).await?;
        let again = judge_again(&scene, judge, monitor, &windows).await?;
        if !again.saved.is_empty() {
            const WHY: &str = "rows or labels came after the window was judged";
            record::write(&scene, monitor, &again, "system", WHY).await?;
        }
        n_saved += again.saved.len();
    }
    if !touched.is_empty() {
        app.store().save_results(&[], &[], &touched).await?;
    }
    crate::retraining::look(app, scene.entry, &scene.reach, n_saved > 0).await?;
    if n_saved > 0 {
        app.announce(ChangeKind::Model, Some(model));
    }
    Ok(())
}

pub(crate) async fn by_hand(
    app: &App,
    model: &ModelName,
    monitor: &DocumentName,
    range: Option<Window>,
    actor: &str,
) -> Result<Vec<MonitorResult>> {
    let mut judge = app.inner.judging.lock().await;
    let catalog = app.catalog().await?;
    let entry = catalog
        .models
        .get(model)
        .ok_or_else(|| Error::not_found("model", model))?;
    let monitor = entry
        .monitors
        .get(monitor)
        .ok_or_else(|| Error::not_found("monitor", monitor))?;
    // New windows first, as the schedule would: by hand must leave no gap behind it.
    tick_model(app, &mut judge, &catalog, model).await?;
    let Some(scene) = scene(app, &catalog, model).await? else {
        return Ok(Vec::new());
    };
    let current = current_results(&scene, monitor, range).await?;
    let windows: Vec<Window> = current.iter().map(|result| result.window).collect();
    let again = judge_again(&scene, &mut judge, monitor, &windows).await?;
    record::write(&scene, monitor, &again, actor, "asked for").await?;
    app.announce(ChangeKind::Model, Some(model));
    current_results(&scene, monitor, range).await
}

async fn scene<'a>(
    app: &'a App,
    catalog: &'a Catalog,
    model: &ModelName,
) -> Result<Option<Scene<'a>>> {
    let Some(entry) = catalog.models.get(model) else {
        return Ok(None);
    };
    let progress = app.store().progress().await?;
    let reach = progress
        .get(model)
        .and_then(|progress| Reach::of(&entry.spec, progress, app.now()));
    let Some(reach) = reach else {
        return Ok(None);
    };
    Ok(Some(Scene {
        app,
        entry,
        reach,
        references: app.store().references(model).await?,
    }))
}

/// A model's monitors: performance first, since drift asks whether quality was lost.
fn in_order(entry: &ModelEntry) -> Vec<&MonitorSpec> {
    let is_performance =
        |monitor: &&MonitorSpec| matches!(monitor.monitor, MonitorKind::Performance(_));
    let (first, then): (Vec<_>, Vec<_>) = entry.monitors.values().partition(is_performance);
    first.into_iter().chain(then).collect()
}

/// End of the newest window a monitor has judged.
async fn judged_until(scene: &Scene<'_>, monitor: &MonitorSpec) -> Result<Option<Timestamp>> {
    let newest = scene
        .app
        .store()
        .results(&ResultQuery {
            model: scene.spec().name.clone(),
            monitor: Some(monitor.name.clone()),
            range: None,
            with_superseded: false,
            limit: Some(1),
        })
        .await?;
    Ok(newest.first().map(|stored| stored.result.window.end))
}

/// Judges the closed windows after the newest judged one, in the order of time.
async fn judge_new(
    scene: &Scene<'_>,
    judge: &mut Judge,
    monitor: &MonitorSpec,
    judged_until: Option<Timestamp>,
) -> Result<usize> {
    let Some(reference) = reference(scene, judge, monitor).await? else {
        // Without its reference a monitor waits: its windows are judged when it is there.
        return Ok(0);
    };
    let mut from = judged_until.unwrap_or(scene.reach.data_from);
    let mut n_saved = 0;
    loop {
        let windows = closed_windows(scene.spec(), monitor.window, from, WINDOWS_MAX, |window| {
            scene.reach.is_closed(&monitor.monitor, window)
        })?;
        let Some(last) = windows.last() else {
            return Ok(n_saved);
        };
        from = last.end;
        let windows = without_long_silence(scene, monitor, windows).await?;
        if windows.is_empty() {
            continue;
        }
        let age_max = label_age_max(scene.spec());
        let found = look(scene, monitor, &reference, &windows, age_max).await?;
        n_saved += save(scene, monitor, &[], found).await?.len();
    }
}

/// Leaves out windows that follow a long run of windows without rows.
async fn without_long_silence(
    scene: &Scene<'_>,
    monitor: &MonitorSpec,
    windows: Vec<Window>,
) -> Result<Vec<Window>> {
    let Some(first) = windows.first().copied() else {
        return Ok(windows);
    };
    let before = windows_before(scene.spec(), monitor.window, first, EMPTY_WINDOWS_MAX)?;
    let n_before = before.len();
    let mut all = before;
    all.extend(windows);
    let counts = data::volumes(scene.app.store(), scene.spec(), &all).await?;
    let mut n_empty = 0;
    let mut kept = Vec::new();
    for (i, (window, n_rows)) in all.into_iter().zip(counts).enumerate() {
        n_empty = if n_rows == 0 { n_empty + 1 } else { 0 };
        if i >= n_before && n_empty <= EMPTY_WINDOWS_MAX {
            kept.push(window);
        }
    }
    Ok(kept)
}

/// The windows of one length that end where `first` starts, in time order.
fn windows_before(
    spec: &ModelSpec,
    length: Granularity,
    first: Window,
    n: usize,
) -> Result<Vec<Window>> {
    let zone = spec.zone()?;
    let mut windows = Vec::with_capacity(n);
    let mut start = first.start;
    for _ in 0..n {
        let Ok(window) = length.window(earlier(start, SignedDuration::from_secs(1)), &zone) else {
            break;
        };
        windows.push(window);
        start = window.start;
    }
    windows.reverse();
    Ok(windows)
}

/// The windows of a monitor that must be judged again because something in them, or in what
/// their means reach back to, has changed.
async fn changed_windows(
    scene: &Scene<'_>,
    monitor: &MonitorSpec,
    judged_before: Option<Timestamp>,
    touched: &[TouchedWindow],
) -> Result<Vec<Window>> {
    let spec = scene.spec();
    let zone = spec.zone()?;
    let is_performance = matches!(monitor.monitor, MonitorKind::Performance(_));
    let mut windows = BTreeSet::new();
    for change in touched {
        if change.rows || (change.labels && is_performance) {
            windows.insert(monitor.window.window(change.window.start, &zone)?);
        }
    }
    let Some(judged_until) = judged_until(scene, monitor).await? else {
        return Ok(Vec::new());
    };
    if let MonitorKind::Performance(settings) = &monitor.monitor {
        // Means of later windows reach back to a changed one.
        for window in windows.clone() {
            let mut start = window.end;
            for _ in 1..longest_mean(settings) {
                let later = monitor.window.window(start, &zone)?;
                start = later.end;
                windows.insert(later);
            }
        }
        // A first judgement knows young labels only: older ones that are there already count now.
        if label_age_max(spec) < LabelAge::Later {
            let first = judged_before.unwrap_or(scene.reach.data_from);
            let new = closed_windows(spec, monitor.window, first, usize::MAX, |window| {
                window.end <= judged_until
            })?;
            windows.extend(new);
        }
    }
    let limit = if is_performance {
        Some(judged_until)
    } else {
        // What was judged in this tick has seen everything.
        judged_before
    };
    Ok(windows
        .into_iter()
        .filter(|window| limit.is_some_and(|limit| window.end <= limit))
        .collect())
}

/// Judges windows with all that is known now, and saves what differs from the current results.
async fn judge_again(
    scene: &Scene<'_>,
    judge: &mut Judge,
    monitor: &MonitorSpec,
    windows: &[Window],
) -> Result<Again> {
    let mut again = Again::default();
    let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
        return Ok(again);
    };
    let Some(reference) = reference(scene, judge, monitor).await? else {
        return Ok(again);
    };
    let range = Window {
        start: first.start,
        end: last.end,
    };
    let current = current_results(scene, monitor, Some(range)).await?;
    again.n_windows = windows.len();
    for chunk in windows.chunks(WINDOWS_MAX) {
        let found = look(scene, monitor, &reference, chunk, LabelAge::Later).await?;
        let saved = save(scene, monitor, &current, found).await?;
        again.saved.extend(saved.into_iter().map(|new| {
            let old = current.iter().find(|old| old.window == new.window);
            (old.cloned(), new)
        }));
    }
    Ok(again)
}

async fn current_results(
    scene: &Scene<'_>,
    monitor: &MonitorSpec,
    range: Option<Window>,
) -> Result<Vec<MonitorResult>> {
    let stored = scene
        .app
        .store()
        .results(&ResultQuery {
            model: scene.spec().name.clone(),
            monitor: Some(monitor.name.clone()),
            range,
            with_superseded: false,
            limit: None,
        })
        .await?;
    Ok(stored.into_iter().map(|stored| stored.result).collect())
}

/// Saves what was found, as a new revision where it differs from the current one.
async fn save(
    scene: &Scene<'_>,
    monitor: &MonitorSpec,
    current: &[MonitorResult],
    found: Vec<Judged>,
) -> Result<Vec<MonitorResult>> {
    let mut results = Vec::new();
    let mut points = Vec::new();
    for judged in found {
        let old = current.iter().find(|old| old.window == judged.window);
        let is_same = old.is_some_and(|old| {
            old.decision == judged.decision
                && old.severity == judged.severity
                && old.n_rows == judged.n_rows
                && old.detail == judged.detail
        });
        if is_same {
            continue;
        }
        points.extend(judged.points);
        results.push(MonitorResult {
            id: ResultId::from_suffix(scene.app.suffix()),
            model: scene.spec().name.clone(),
            monitor: monitor.name.clone(),
            monitor_kind: monitor.monitor.as_str().to_owned(),
            window: judged.window,
            decision: judged.decision,
            severity: judged.severity,
            n_rows: judged.n_rows,
            revision: old.map_or(1, |old| old.revision + 1),
            evaluated_at: scene.app.now(),
            watermark: scene.reach.watermark,
            detail: judged.detail,
        });
    }
    if !results.is_empty() {
        scene
            .app
            .store()
            .save_results(&results, &points, &[])
            .await?;
    }
    Ok(results)
}

/// The monitor's reference, cut into its windows; `None` while it is not stored.
async fn reference(
    scene: &Scene<'_>,
    judge: &mut Judge,
    monitor: &MonitorSpec,
) -> Result<Option<Arc<CutReference>>> {
    let Some(info) = reference_name(scene.entry, monitor.reference.as_ref(), &scene.references)
    else {
        return Ok(None);
    };
    let model = &scene.spec().name;
    let with_profiles = !matches!(
        monitor.monitor,
        MonitorKind::Performance(_) | MonitorKind::Service(_)
    );
    let key = (
        model.clone(),
        info.name.clone(),
        monitor.window,
        with_profiles,
    );
    if let Some(cut) = judge.references.get(&key)
        && cut.info == info
    {
        return Ok(Some(Arc::clone(cut)));
    }
    let Some(profile) = scene.app.store().reference(model, &info.name).await? else {
        return Ok(None);
    };
    let zone = scene.spec().zone()?;
    let cut = Arc::new(CutReference::cut(
        info,
        profile,
        monitor.window,
        &zone,
        with_profiles,
    )?);
    judge.references.insert(key, Arc::clone(&cut));
    Ok(Some(cut))
}

/// Looks at windows (in time order) with the labels no older than `age_max`.
async fn look(
    scene: &Scene<'_>,
    monitor: &MonitorSpec,
    reference: &Arc<CutReference>,
    windows: &[Window],
    age_max: LabelAge,
) -> Result<Vec<Judged>> {
    if let MonitorKind::Performance(settings) = &monitor.monitor {
        return look_at_performance(scene, monitor, settings, reference, windows, age_max).await;
    }
    let spec = Arc::clone(scene.spec());
    let rows = data::rows(
        scene.app.store(),
        &spec,
        windows,
        reference.grid.version,
        scene.reach.data_from,
    )
    .await?;
    let is_drift = matches!(
        monitor.monitor,
        MonitorKind::DataDrift(_) | MonitorKind::PredictionDrift(_)
    );
    let lost = if is_drift {
        losses(scene, windows).await?
    } else {
        vec![false; windows.len()]
    };
    let monitor = monitor.clone();
    let reference = Arc::clone(reference);
    // Laws and p-values are arithmetic for many milliseconds: not on the threads that answer.
    tokio::task::spawn_blocking(move || {
        rows.iter()
            .zip(lost)
            .map(|(rows, lost)| look_at_rows(&spec, &monitor, &reference, rows, lost))
            .collect()
    })
    .await
    .map_err(|source| Error::internal("a monitor stopped in the middle").with_source(source))
}

fn look_at_rows(
    spec: &ModelSpec,
    monitor: &MonitorSpec,
    reference: &CutReference,
    rows: &WindowRows,
    performance_lost: bool,
) -> Judged {
    if rows.on_other_grid {
        return Judged {
            window: rows.window,
            decision: Decision::Failed,
            severity: None,
            n_rows: rows.n_rows,
            points: Vec::new(),
            detail: ResultDetail::Failed {
                reason: format!(
                    "not comparable: these rows are counted on another grid than reference `{}` \
                     (store the reference again)",
                    reference.info.name
                ),
            },
        };
    }
    match &monitor.monitor {
        MonitorKind::DataDrift(settings) | MonitorKind::PredictionDrift(settings) => {
            drift::judge(spec, monitor, settings, reference, rows, performance_lost)
        }
        MonitorKind::DataQuality(settings) => {
            quality::judge(spec, monitor, settings, reference, rows)
        }
        MonitorKind::Service(settings) => service::judge(spec, monitor, settings, reference, rows),
        // Handled before rows are loaded: it needs none.
        MonitorKind::Performance(_) => Judged {
            window: rows.window,
            decision: Decision::NotEnoughData,
            severity: None,
            n_rows: rows.n_rows,
            points: Vec::new(),
            detail: ResultDetail::Failed {
                reason: "performance is judged from labels".to_owned(),
            },
        },
    }
}

fn longest_mean(settings: &Performance) -> usize {
    let longest = settings.over_windows.iter().copied().max().unwrap_or(1);
    usize::try_from(longest).unwrap_or(1).max(1)
}

async fn look_at_performance(
    scene: &Scene<'_>,
    monitor: &MonitorSpec,
    settings: &Performance,
    reference: &CutReference,
    windows: &[Window],
    age_max: LabelAge,
) -> Result<Vec<Judged>> {
    let spec = scene.spec();
    let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
        return Ok(Vec::new());
    };
    let zone = spec.zone()?;
    let data_from = monitor.window.floor(scene.reach.data_from, &zone)?;
    let longest = longest_mean(settings);
    let mut all: Vec<Window> = windows_before(spec, monitor.window, *first, longest - 1)?
        .into_iter()
        .filter(|window| data_from <= window.start)
        .collect();
    all.extend(closed_windows(
        spec,
        monitor.window,
        first.start,
        usize::MAX,
        |window| window.end <= last.end,
    )?);
    let performance = data::performance(scene.app.store(), spec, &all, age_max).await?;
    let n_predictions = data::volumes(scene.app.store(), spec, &all).await?;
    let law = performance::law(reference, settings.metric);
    let found = windows.iter().filter_map(|window| {
        let place = all.iter().position(|one| one == window)?;
        let from = (place + 1).saturating_sub(longest);
        let history = performance::History {
            windows: &performance[from..=place],
            n_predictions: &n_predictions[from..=place],
        };
        Some(performance::judge(
            spec,
            monitor,
            settings,
            law.as_ref(),
            *window,
            &history,
        ))
    });
    Ok(found.collect())
}

/// For each window: had measured quality lost more than its floor when the window closed?
///
/// Known at that time are performance windows whose labels were waited for by its end: asking
/// for newer ones would make the answer depend on when the question is asked.
async fn losses(scene: &Scene<'_>, windows: &[Window]) -> Result<Vec<bool>> {
    let mut lost = vec![false; windows.len()];
    let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
        return Ok(lost);
    };
    let wait = label_wait(scene.spec());
    for monitor in scene.entry.monitors.values() {
        if !matches!(monitor.monitor, MonitorKind::Performance(_)) {
            continue;
        }
        let newest_end = earlier(first.end, wait);
        let zone = scene.spec().zone()?;
        let newest = monitor
            .window
            .window(earlier(newest_end, SignedDuration::from_secs(1)), &zone)?;
        let before = windows_before(scene.spec(), monitor.window, newest, LOSS_WINDOWS_MAX)?;
        let start = before.first().map_or(newest.start, |window| window.start);
        let range = Window {
            start,
            end: earlier(last.end, wait).max(newest.end),
        };
        let first_looks = first_judgements(scene.app, &scene.spec().name, monitor, range).await?;
        for (place, window) in windows.iter().enumerate() {
            let known_end = earlier(window.end, wait);
            let newest = first_looks
                .iter()
                .rev()
                .find(|result| result.window.end <= known_end);
            let is_recent = newest.is_some_and(|result| {
                let length = result.window.end.duration_since(result.window.start);
                let n = i32::try_from(LOSS_WINDOWS_MAX).unwrap_or(1);
                known_end.duration_since(result.window.end) < length * n
            });
            lost[place] |= is_recent
                && newest.is_some_and(|result| result.severity == Some(Severity::Critical));
        }
    }
    Ok(lost)
}

/// The first judgement of each window, in time order.
pub(crate) async fn first_judgements(
    app: &App,
    model: &ModelName,
    monitor: &MonitorSpec,
    range: Window,
) -> Result<Vec<MonitorResult>> {
    let stored = app
        .store()
        .results(&ResultQuery {
            model: model.clone(),
            monitor: Some(monitor.name.clone()),
            range: Some(range),
            with_superseded: true,
            limit: None,
        })
        .await?;
    let mut first: BTreeMap<Window, MonitorResult> = BTreeMap::new();
    for stored in stored {
        let result = stored.result;
        match first.get(&result.window) {
            Some(known) if known.revision <= result.revision => {}
            _ => {
                first.insert(result.window, result);
            }
        }
    }
    Ok(first.into_values().collect())
}
