//! Which model, and which period of it: every page begins here.

use super::shapes::{AskedRange, Range, RangeReason};
use crate::app::App;
use crate::catalog::{Catalog, ModelEntry};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use std::sync::Arc;
use trimtab_domain::documents::{Clock, ModelSpec, MonitorKind, MonitorSpec};
use trimtab_domain::intake::ModelProgress;
use trimtab_domain::ports::store::ResultQuery;
use trimtab_domain::result::MonitorResult;
use trimtab_domain::{DocumentName, Error, Granularity, ModelName, Result, Window};

/// A page shows at most so many windows.
pub(super) const WINDOWS_MAX: usize = 2_000;
/// A page that nobody asked a range for shows the last so many windows of the data.
pub(super) const WINDOWS_DEFAULT: i64 = 30;

/// A model with what is declared about it and how far its events have come.
pub(super) struct Subject {
    catalog: Arc<Catalog>,
    name: ModelName,
    pub(super) zone: TimeZone,
    pub(super) progress: ModelProgress,
    pub(super) now: Timestamp,
}

impl Subject {
    pub(super) async fn load(app: &App, model: &ModelName) -> Result<Self> {
        let catalog = app.catalog().await?;
        let Some(entry) = catalog.models.get(model) else {
            return Err(Error::not_found("model", model));
        };
        let zone = entry.spec.zone()?;
        let progress = app
            .store()
            .progress()
            .await?
            .get(model)
            .copied()
            .unwrap_or_default();
        Ok(Self {
            catalog,
            name: model.clone(),
            zone,
            progress,
            now: app.now(),
        })
    }

    /// What is declared about it.
    pub(super) fn entry(&self) -> Result<&ModelEntry> {
        self.catalog
            .models
            .get(&self.name)
            .ok_or_else(|| Error::not_found("model", &self.name))
    }

    pub(super) fn spec(&self) -> Result<&Arc<ModelSpec>> {
        Ok(&self.entry()?.spec)
    }

    pub(super) fn name(&self) -> &ModelName {
        &self.name
    }

    /// Monitors in order of name, of the kinds that `is_wanted` picks.
    pub(super) fn monitors(
        &self,
        is_wanted: impl Fn(&MonitorKind) -> bool,
    ) -> Result<Vec<&MonitorSpec>> {
        Ok(self
            .entry()?
            .monitors
            .values()
            .filter(|spec| is_wanted(&spec.monitor))
            .collect())
    }

    /// A monitor by name.
    pub(super) fn monitor(&self, name: &DocumentName) -> Result<&MonitorSpec> {
        self.entry()?
            .monitors
            .get(name)
            .ok_or_else(|| Error::not_found("monitor", name))
    }

    /// What the model's data reached.
    pub(super) fn data_end(&self) -> Option<Timestamp> {
        self.progress.watermark.or(self.progress.complete_until)
    }

    /// Where the model's own clock stands.
    pub(super) fn clock_at(&self) -> Result<Option<Timestamp>> {
        let reached = self.progress.watermark.max(self.progress.complete_until);
        Ok(match (reached, self.spec()?.clock) {
            (Some(reached), Clock::Live) => Some(reached.max(self.now)),
            (reached, _) => reached,
        })
    }

    /// The period asked for, else the data's own last windows.
    pub(super) fn range(&self, asked: AskedRange, length: Granularity) -> Result<Range> {
        let spec = self.spec()?;
        let data_end = self.data_end().unwrap_or(self.now);
        let last = length.window(data_end, &self.zone)?;
        let to = asked.to.unwrap_or(last.end);
        let from = match asked.from {
            Some(from) => from,
            None => back(to, WINDOWS_DEFAULT, length, &self.zone)?,
        };
        let window = Window::new(from, to)?;
        let is_default = asked.from.is_none() && asked.to.is_none();
        let usual_from = back(self.now, WINDOWS_DEFAULT, length, &self.zone)?;
        let reason = (is_default && window.end <= usual_from).then_some(RangeReason::DataIsOld);
        Ok(Range {
            from: window.start,
            to: window.end,
            time_zone: spec.time_zone.clone(),
            is_default,
            reason,
        })
    }

    /// The windows of a period.
    pub(super) fn windows(&self, range: &Range, length: Granularity) -> Result<Vec<Window>> {
        length.windows(range.window(), &self.zone, WINDOWS_MAX)
    }

    /// The newest results of the windows of a period, of one monitor or of all, by monitor and
    /// time.
    pub(super) async fn results(
        &self,
        app: &App,
        monitor: Option<&DocumentName>,
        range: Window,
    ) -> Result<Arc<Vec<MonitorResult>>> {
        app.results_of(&self.name, monitor, range).await
    }

    /// A monitor's newest results whatever their windows, oldest first.
    pub(super) async fn newest(
        &self,
        app: &App,
        monitor: &DocumentName,
        n_max: u32,
    ) -> Result<Vec<MonitorResult>> {
        let mut results: Vec<MonitorResult> = app
            .store()
            .results(&ResultQuery {
                model: self.name.clone(),
                monitor: Some(monitor.clone()),
                range: None,
                with_superseded: false,
                limit: Some(n_max),
            })
            .await?
            .into_iter()
            .map(|stored| stored.result)
            .collect();
        results.sort_by_key(|result| result.window);
        Ok(results)
    }
}

/// An instant so many windows earlier, by the calendar.
pub(super) fn back(
    at: Timestamp,
    n: i64,
    length: Granularity,
    zone: &TimeZone,
) -> Result<Timestamp> {
    let span: Span = match length {
        Granularity::Minute => n.minutes(),
        Granularity::Hour => n.hours(),
        Granularity::Day => n.days(),
        Granularity::Week => n.weeks(),
    };
    at.to_zoned_datetime(zone.clone())
        .checked_sub(span)
        .map(|zoned| zoned.timestamp())
        .map_err(|source| {
            Error::invalid(format!("there is no instant {n} windows before {at}"))
                .with_source(source)
        })
}

/// Whether a monitor compares distributions.
pub(super) fn is_drift(kind: &MonitorKind) -> bool {
    matches!(
        kind,
        MonitorKind::DataDrift(_) | MonitorKind::PredictionDrift(_)
    )
}

/// The place of the window that holds an instant, in a list in time order.
pub(super) fn place(windows: &[Window], at: Timestamp) -> Option<usize> {
    let place = windows.partition_point(|window| window.end <= at);
    windows
        .get(place)
        .is_some_and(|window| window.contains(at))
        .then_some(place)
}
