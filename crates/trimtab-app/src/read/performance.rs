//! The performance page: every window, the monitor's judgement of their means, months.

use super::AskedRange;
use super::merged::{add, n_labelled, qualities, share, volumes};
use super::performance_shape::{
    Confusion, Judgement, MaturityPoint, MonthLine, PerformancePage, VersionSeries,
};
use super::period::{Subject, WINDOWS_MAX, place};
use super::reference_quality::spread;
use super::sentences::{self, PerformanceFacts};
use super::shapes::{Gap, Range, Series, SeriesPoint};
use crate::app::App;
use crate::evaluate::metric_of;
use crate::evaluate::metrics_of;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_domain::documents::{
    Direction, MonitorKind, MonitorSpec, Performance, PerformanceMetric, Task,
};
use trimtab_domain::fold::PerformanceProfile;
use trimtab_domain::ports::engine::AsKnown;
use trimtab_domain::result::{MeanJudgement, MonitorResult, PerformanceDetail, ResultDetail};
use trimtab_domain::signal::PointKind;
use trimtab_domain::{Error, Granularity, ModelName, Result, Window};

/// 97.5 % quantile of the normal law: the ends of a 95 % interval.
const Z_95: f64 = 1.959_963_984_540_054;

/// What to show.
#[derive(Debug, Clone, Default)]
pub struct AskedPerformance {
    /// The period.
    pub range: AskedRange,
    /// The metric; the monitor's where absent.
    pub metric: Option<PerformanceMetric>,
    /// Labels known later don't count.
    pub known_at: Option<Timestamp>,
    /// One version; all live traffic where absent.
    pub version: Option<String>,
    /// Length of the windows; the monitor's where absent.
    pub every: Option<Every>,
}

/// Length of the windows of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Local midnight to local midnight.
    Day,
    /// Monday to Monday.
    Week,
    /// First to first.
    Month,
}

/// A model's performance over a period.
///
/// # Errors
///
/// `NotFound` without such a model or version, `Invalid` for a metric of another task.
pub async fn page(
    app: &App,
    model: &ModelName,
    asked: AskedPerformance,
) -> Result<PerformancePage> {
    let subject = Subject::load(app, model).await?;
    let monitor = monitor_of(&subject, asked.metric)?;
    let metrics = choices(subject.spec()?.task);
    let metric = metric(monitor, &metrics, asked.metric)?;
    let length = monitor.map_or(Granularity::Day, |(spec, _)| spec.window);
    let range = subject.range(asked.range, length)?;
    let days = subject.windows(&range, length)?;
    let months = month_windows(&subject, &range)?;
    let versions = version_names(app, model).await?;
    if let Some(version) = &asked.version
        && !versions.contains(version)
    {
        return Err(Error::not_found("version", version));
    }
    let data = Data::read(app, &subject, length, &days, &asked).await?;
    let longer = match asked.every {
        Some(Every::Day) if length != Granularity::Day => {
            let days = subject.windows(&range, Granularity::Day)?;
            Some(Data::read(app, &subject, Granularity::Day, &days, &asked).await?)
        }
        Some(Every::Week) => Some(data.merged(&subject.windows(&range, Granularity::Week)?)?),
        Some(Every::Month) => Some(data.merged(&months)?),
        Some(Every::Day) | None => None,
    };
    let shown = longer.as_ref().unwrap_or(&data);
    let is_judged = asked.known_at.is_none()
        && asked.version.is_none()
        && monitor.is_some_and(|(_, settings)| settings.metric == metric);
    let name = monitor.map(|(spec, _)| &spec.name);
    let results = match name {
        Some(name) => subject.results(app, Some(name), range.window()).await?,
        None => Arc::default(),
    };
    let judged: Vec<(Window, &PerformanceDetail)> = results.iter().filter_map(detail).collect();
    let newest = judged.last().map(|(_, detail)| *detail);
    let reference = spread(app, &subject, monitor.map(|(spec, _)| spec), metric).await?;
    let mut line = Line::new(metric, monitor.map(|(_, settings)| settings), newest);
    line.reference = line.reference.or(reference.value);
    let (fast, slow) = means(&line, monitor, is_judged, &judged, shown);
    let by_month = data.merged(&months)?;
    let total = by_month.total()?;
    let facts = PerformanceFacts {
        metric,
        value: total.as_ref().and_then(|total| metric_of(total, metric)),
        labelled_share: data.labelled_share(),
        judged: newest.filter(|_| is_judged),
        known_at: asked.known_at,
    };
    Ok(PerformancePage {
        sentence: sentences::performance(&subject, &facts),
        metric,
        metrics,
        version: asked.version,
        versions,
        series: line.series(metric.title(), shown),
        compare: line.beside(shown),
        fast,
        slow,
        judgement: judgements(if is_judged { &judged } else { &[] }),
        reference,
        months: by_month.months(),
        maturity: maturity(shown, &judged),
        confusion: total.as_ref().and_then(confusion),
        known_at: asked.known_at,
        labels_through: subject.progress.labels_through,
        range,
    })
}

/// The model's performance monitor: the first by name.
pub(super) fn monitor(subject: &Subject) -> Result<Option<(&MonitorSpec, &Performance)>> {
    monitor_of(subject, None)
}

/// The performance monitor that judges this metric, else the first.
fn monitor_of(
    subject: &Subject,
    metric: Option<PerformanceMetric>,
) -> Result<Option<(&MonitorSpec, &Performance)>> {
    let monitors = subject.monitors(|kind| matches!(kind, MonitorKind::Performance(_)))?;
    let all: Vec<(&MonitorSpec, &Performance)> = monitors
        .into_iter()
        .filter_map(|spec| match &spec.monitor {
            MonitorKind::Performance(settings) => Some((spec, settings)),
            _ => None,
        })
        .collect();
    let judge = all
        .iter()
        .find(|(_, settings)| Some(settings.metric) == metric)
        .or(all.first());
    Ok(judge.copied())
}

fn choices(task: Task) -> Vec<PerformanceMetric> {
    match task {
        Task::BinaryClassification => PerformanceMetric::BINARY.to_vec(),
        Task::Regression => PerformanceMetric::REGRESSION.to_vec(),
    }
}

fn metric(
    monitor: Option<(&MonitorSpec, &Performance)>,
    choices: &[PerformanceMetric],
    asked: Option<PerformanceMetric>,
) -> Result<PerformanceMetric> {
    let wanted = asked.or(monitor.map(|(_, settings)| settings.metric));
    match (wanted, choices) {
        (None, [first, ..]) => Ok(*first),
        (Some(wanted), choices) if choices.contains(&wanted) => Ok(wanted),
        (wanted, choices) => {
            let words: Vec<_> = choices.iter().map(|one| one.as_str()).collect();
            let sent = wanted.map_or("", PerformanceMetric::as_str);
            Err(
                Error::invalid(format!("`{sent}` is not a metric of this model's task"))
                    .with_hint(format!("use {}", words.join(", "))),
            )
        }
    }
}

async fn version_names(app: &App, model: &ModelName) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for info in app.store().versions(model).await? {
        if !names.contains(&info.version) {
            names.push(info.version);
        }
    }
    Ok(names)
}

/// Calendar months of a period, cut at its ends.
fn month_windows(subject: &Subject, range: &Range) -> Result<Vec<Window>> {
    let wrap = |source: jiff::Error| {
        Error::invalid("the period holds no calendar months").with_source(source)
    };
    let mut windows = Vec::new();
    let mut start = range.from;
    while start < range.to && windows.len() < WINDOWS_MAX {
        let next = start
            .to_zoned_datetime(subject.zone.clone())
            .first_of_month()
            .and_then(|first| first.checked_add(1.month()))
            .and_then(|first| first.start_of_day())
            .map_err(wrap)?
            .timestamp();
        let end = next.min(range.to);
        windows.push(Window { start, end });
        start = end;
    }
    Ok(windows)
}

/// Counts window by window.
#[derive(Default)]
pub(super) struct Data {
    windows: Vec<Window>,
    n_predictions: Vec<u64>,
    qualities: Vec<Option<PerformanceProfile>>,
    /// Shadow versions, where all live traffic is shown.
    beside: BTreeMap<String, Data>,
}

impl Data {
    async fn read(
        app: &App,
        subject: &Subject,
        length: Granularity,
        windows: &[Window],
        asked: &AskedPerformance,
    ) -> Result<Self> {
        match asked.known_at {
            None => Self::now(app, subject, windows, asked.version.as_deref()).await,
            Some(known_at) => {
                let version = asked.version.clone();
                Self::as_known(app, subject, length, windows, version, known_at).await
            }
        }
    }

    /// From all labels that have arrived.
    pub(super) async fn now(
        app: &App,
        subject: &Subject,
        windows: &[Window],
        version: Option<&str>,
    ) -> Result<Self> {
        let mut counts = volumes(app, subject.name(), windows).await?;
        let mut found = qualities(app, subject.name(), windows).await?;
        let no_rows = || vec![0; windows.len()];
        let no_labels = || vec![None; windows.len()];
        if let Some(version) = version {
            return Ok(Self {
                windows: windows.to_vec(),
                n_predictions: counts.versions.remove(version).unwrap_or_else(no_rows),
                qualities: found.take_version(version)?.unwrap_or_else(no_labels),
                beside: BTreeMap::new(),
            });
        }
        let live = found.take_live()?.unwrap_or_else(no_labels);
        let beside = found
            .into_shadows()
            .map(|(version, qualities)| {
                let data = Self {
                    windows: windows.to_vec(),
                    n_predictions: counts.versions.remove(&version).unwrap_or_else(no_rows),
                    qualities,
                    beside: BTreeMap::new(),
                };
                (version, data)
            })
            .collect();
        Ok(Self {
            windows: windows.to_vec(),
            n_predictions: counts.live,
            qualities: live,
            beside,
        })
    }

    /// From the labels known by then. Shadow versions are left out: each would be a scan of its
    /// own, and can be asked for by name.
    async fn as_known(
        app: &App,
        subject: &Subject,
        length: Granularity,
        windows: &[Window],
        version: Option<String>,
        known_at: Timestamp,
    ) -> Result<Self> {
        let mut data = Self {
            windows: windows.to_vec(),
            n_predictions: vec![0; windows.len()],
            qualities: vec![None; windows.len()],
            beside: BTreeMap::new(),
        };
        let Some(range) = super::merged::hull(windows) else {
            return Ok(data);
        };
        let known = app
            .lake()
            .performance_as_known(&AsKnown {
                model: Arc::clone(subject.spec()?),
                version,
                range,
                granularity: length,
                known_at,
            })
            .await?;
        for found in known {
            if let Some(idx) = place(windows, found.window.start) {
                data.n_predictions[idx] += found.n_predictions;
                add(&mut data.qualities[idx], &found.performance)?;
            }
        }
        Ok(data)
    }

    /// The same in longer windows.
    fn merged(&self, windows: &[Window]) -> Result<Self> {
        let mut merged = Self {
            windows: windows.to_vec(),
            n_predictions: vec![0; windows.len()],
            qualities: vec![None; windows.len()],
            beside: BTreeMap::new(),
        };
        for (idx, window) in self.windows.iter().enumerate() {
            let Some(into) = place(windows, window.start) else {
                continue;
            };
            merged.n_predictions[into] += self.n_predictions[idx];
            if let Some(quality) = &self.qualities[idx] {
                add(&mut merged.qualities[into], quality)?;
            }
        }
        for (version, data) in &self.beside {
            merged.beside.insert(version.clone(), data.merged(windows)?);
        }
        Ok(merged)
    }

    pub(super) fn n_labelled(&self) -> u64 {
        self.qualities
            .iter()
            .map(|quality| n_labelled(quality.as_ref()))
            .sum()
    }

    pub(super) fn n_predictions(&self) -> u64 {
        self.n_predictions.iter().sum()
    }

    fn labelled_share(&self) -> Option<f64> {
        share(self.n_labelled(), self.n_predictions())
    }

    fn months(&self) -> Vec<MonthLine> {
        self.windows
            .iter()
            .zip(&self.n_predictions)
            .zip(&self.qualities)
            .map(|((window, &n), quality)| {
                let n_labelled = n_labelled(quality.as_ref());
                MonthLine {
                    start: window.start,
                    end: window.end,
                    n,
                    n_labelled,
                    maturity: share(n_labelled, n),
                    values: quality.as_ref().map(metrics_of).unwrap_or_default(),
                }
            })
            .collect()
    }

    /// All windows together.
    fn total(&self) -> Result<Option<PerformanceProfile>> {
        let mut total = None;
        for quality in self.qualities.iter().flatten() {
            add(&mut total, quality)?;
        }
        Ok(total)
    }
}

fn confusion(total: &PerformanceProfile) -> Option<Confusion> {
    let PerformanceProfile::Binary(binary) = total else {
        return None;
    };
    let counts = binary.metrics().confusion;
    Some(Confusion {
        tp: counts.true_positive,
        fp: counts.false_positive,
        fn_: counts.false_negative,
        tn: counts.true_negative,
    })
}

pub(super) fn detail(result: &MonitorResult) -> Option<(Window, &PerformanceDetail)> {
    match &result.detail {
        ResultDetail::Performance(detail) => Some((result.window, detail)),
        _ => None,
    }
}

/// How a metric's lines are drawn.
pub(super) struct Line {
    metric: PerformanceMetric,
    reference: Option<f64>,
    floor: Option<f64>,
}

impl Line {
    pub(super) fn new(
        metric: PerformanceMetric,
        settings: Option<&Performance>,
        newest: Option<&PerformanceDetail>,
    ) -> Self {
        let newest = newest.filter(|detail| detail.metric == metric);
        let settings = settings.filter(|settings| settings.metric == metric);
        Self {
            metric,
            reference: newest.and_then(|detail| detail.reference_mean),
            floor: settings.and_then(|settings| floor(settings, newest)),
        }
    }

    pub(super) fn series(&self, name: &str, data: &Data) -> Series {
        let points = data
            .windows
            .iter()
            .zip(&data.n_predictions)
            .zip(&data.qualities)
            .map(|((window, &n_predictions), quality)| {
                let n = n_labelled(quality.as_ref());
                let v = quality
                    .as_ref()
                    .and_then(|quality| metric_of(quality, self.metric));
                SeriesPoint {
                    window_start: window.start,
                    window_end: window.end,
                    v,
                    lo: None,
                    hi: None,
                    n,
                    kind: PointKind::Measured,
                    gap: gap(v, n, n_predictions),
                    maturity: share(n, n_predictions),
                }
            })
            .collect();
        self.with_points(name, points)
    }

    /// The same of the versions beside.
    fn beside(&self, data: &Data) -> Vec<VersionSeries> {
        data.beside
            .iter()
            .map(|(version, data)| VersionSeries {
                version: version.clone(),
                series: self.series(&format!("version {version}"), data),
            })
            .collect()
    }

    fn with_points(&self, name: &str, points: Vec<SeriesPoint>) -> Series {
        Series {
            name: name.to_owned(),
            metric: self.metric.as_str().to_owned(),
            unit: None,
            good_direction: match self.metric.bad_direction() {
                Some(Direction::Down) => Some(Direction::Up),
                Some(Direction::Up) => Some(Direction::Down),
                Some(Direction::Both) | None => None,
            },
            reference_value: self.reference,
            floor: self.floor,
            points,
        }
    }
}

fn gap(v: Option<f64>, n_labelled: u64, n_predictions: u64) -> Option<Gap> {
    match (v, n_labelled, n_predictions) {
        (Some(_), ..) => None,
        (None, 0, 0) => Some(Gap::NoData),
        (None, 0, _) => Some(Gap::LabelsPending),
        (None, ..) => Some(Gap::FewRows),
    }
}

/// Where quality counts as lost: the declared limit, else one standard deviation of the
/// reference's windows on the bad side of their mean.
pub(super) fn floor(settings: &Performance, newest: Option<&PerformanceDetail>) -> Option<f64> {
    if settings.limit.is_some() {
        return settings.limit;
    }
    let newest = newest?;
    let (mean, sd) = (newest.reference_mean?, newest.reference_sd?);
    match settings.direction.or(settings.metric.bad_direction())? {
        Direction::Down => Some(mean - sd),
        Direction::Up => Some(mean + sd),
        Direction::Both => None,
    }
}

fn means(
    line: &Line,
    monitor: Option<(&MonitorSpec, &Performance)>,
    is_judged: bool,
    judged: &[(Window, &PerformanceDetail)],
    shown: &Data,
) -> (Option<Series>, Option<Series>) {
    let Some((_, settings)) = monitor else {
        return (None, None);
    };
    let spans = &settings.over_windows;
    let (Some(&shortest), Some(&longest)) = (spans.iter().min(), spans.iter().max()) else {
        return (None, None);
    };
    let of_span = |w: u32| {
        let points = if is_judged {
            judged_means(judged, w)
        } else {
            running_means(line.metric, shown, w)
        };
        line.with_points(&format!("mean of the last {w} windows"), points)
    };
    let slow = (longest != shortest).then(|| of_span(longest));
    (Some(of_span(shortest)), slow)
}

fn judged_means(judged: &[(Window, &PerformanceDetail)], w: u32) -> Vec<SeriesPoint> {
    judged
        .iter()
        .filter_map(|(window, detail)| {
            let found = detail.judgements.iter().find(|one| one.over_windows == w)?;
            let (lo, hi) = interval(found, detail.reference_mean);
            Some(SeriesPoint {
                window_start: window.start,
                window_end: window.end,
                v: found.mean,
                lo,
                hi,
                n: u64::from(found.n_windows),
                kind: PointKind::Measured,
                gap: found.mean.is_none().then_some(Gap::FewRows),
                maturity: detail.maturity,
            })
        })
        .collect()
}

/// The 95 % interval that the judgement implies: its standard score says how large the standard
/// error of the difference is.
pub(super) fn interval(
    judgement: &MeanJudgement,
    reference: Option<f64>,
) -> (Option<f64>, Option<f64>) {
    let (Some(mean), Some(z), Some(reference)) = (judgement.mean, judgement.z, reference) else {
        return (None, None);
    };
    if z.abs() < 1e-6 {
        return (None, None);
    }
    let half = Z_95 * ((mean - reference) / z).abs();
    (Some(mean - half), Some(mean + half))
}

fn running_means(metric: PerformanceMetric, shown: &Data, w: u32) -> Vec<SeriesPoint> {
    let values: Vec<Option<f64>> = shown
        .qualities
        .iter()
        .map(|quality| quality.as_ref().and_then(|it| metric_of(it, metric)))
        .collect();
    let length = usize::try_from(w).unwrap_or(usize::MAX);
    shown
        .windows
        .iter()
        .enumerate()
        .map(|(idx, window)| {
            let from = (idx + 1).saturating_sub(length);
            let known: Vec<f64> = values[from..=idx].iter().flatten().copied().collect();
            let is_enough = idx + 1 >= length && known.len() * 4 >= length * 3;
            let v = is_enough.then(|| known.iter().sum::<f64>() / known.len() as f64);
            SeriesPoint {
                window_start: window.start,
                window_end: window.end,
                v,
                lo: None,
                hi: None,
                n: known.len() as u64,
                kind: PointKind::Measured,
                gap: v.is_none().then_some(Gap::FewRows),
                maturity: None,
            }
        })
        .collect()
}

fn judgements(judged: &[(Window, &PerformanceDetail)]) -> Vec<Judgement> {
    judged
        .iter()
        .flat_map(|(window, detail)| {
            detail.judgements.iter().map(|one| Judgement {
                window_start: window.start,
                w: one.over_windows,
                z: one.z,
                p_value: one.p_value,
                decision: one.decision,
            })
        })
        .collect()
}

fn maturity(shown: &Data, judged: &[(Window, &PerformanceDetail)]) -> Vec<MaturityPoint> {
    let usual: BTreeMap<Timestamp, Option<f64>> = judged
        .iter()
        .map(|(window, detail)| (window.start, detail.usual_maturity))
        .collect();
    shown
        .windows
        .iter()
        .zip(&shown.n_predictions)
        .zip(&shown.qualities)
        .map(|((window, &n), quality)| MaturityPoint {
            window_start: window.start,
            share_labelled: share(n_labelled(quality.as_ref()), n),
            usual_share_at_age: usual.get(&window.start).copied().flatten(),
        })
        .collect()
}

impl Line {
    /// The judged means over windows, with their intervals.
    pub(super) fn judged(&self, results: &[MonitorResult], w: u32) -> Series {
        let judged: Vec<(Window, &PerformanceDetail)> = results.iter().filter_map(detail).collect();
        let points = judged_means(&judged, w);
        self.with_points(&format!("mean of the last {w} windows"), points)
    }
}

impl Data {
    /// Predictions, window by window.
    pub(super) fn volumes(&self) -> &[u64] {
        &self.n_predictions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(start: &str, end: &str) -> Window {
        let at = |day: &str| format!("{day}T00:00:00Z").parse().unwrap();
        Window::new(at(start), at(end)).unwrap()
    }

    #[test]
    fn versions_beside_follow_the_length_of_the_windows() {
        let days = vec![
            window("2013-04-01", "2013-04-02"),
            window("2013-04-02", "2013-04-03"),
            window("2013-04-08", "2013-04-09"),
        ];
        let counts = |n_predictions: Vec<u64>| Data {
            windows: days.clone(),
            n_predictions,
            qualities: vec![None; 3],
            beside: BTreeMap::new(),
        };
        let data = Data {
            beside: BTreeMap::from([("v2".to_owned(), counts(vec![1, 2, 4]))]),
            ..counts(vec![10, 20, 40])
        };
        let weeks = [
            window("2013-04-01", "2013-04-08"),
            window("2013-04-08", "2013-04-15"),
        ];
        let merged = data.merged(&weeks).unwrap();
        assert_eq!(merged.n_predictions, [30, 40]);
        let beside = &merged.beside["v2"];
        assert_eq!(beside.windows, weeks);
        assert_eq!(beside.n_predictions, [3, 4]);
    }
}
