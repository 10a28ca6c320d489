//! Which windows are closed: how far a model's own clock has come.

use jiff::{SignedDuration, Timestamp};
use trimtab_domain::documents::{Clock, ModelSpec, MonitorKind};
use trimtab_domain::fold::LabelAge;
use trimtab_domain::intake::ModelProgress;
use trimtab_domain::{Result, Window};

/// How far a model's events have come, seen from now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    /// Where its data begins.
    pub(crate) data_from: Timestamp,
    /// Where its own clock stands: the newest event, the sender's word, and for `clock: live`
    /// the wall clock.
    pub(crate) clock_at: Timestamp,
    /// What its data reached.
    pub(crate) watermark: Timestamp,
    complete_until: Option<Timestamp>,
    lateness: SignedDuration,
    label_wait: SignedDuration,
}

impl Reach {
    /// `None` before the first event.
    pub(crate) fn of(spec: &ModelSpec, progress: &ModelProgress, now: Timestamp) -> Option<Self> {
        let data_from = progress.data_from?;
        let watermark = progress.watermark.max(progress.complete_until)?;
        let clock_at = match spec.clock {
            Clock::Live => watermark.max(now),
            Clock::Event => watermark,
        };
        Some(Self {
            data_from,
            clock_at,
            watermark,
            complete_until: progress.complete_until,
            lateness: SignedDuration::from_secs(i64::from(spec.allowed_lateness_seconds)),
            label_wait: label_wait(spec),
        })
    }

    /// Whether a kind of monitor may judge a window now.
    pub(crate) fn is_closed(&self, kind: &MonitorKind, window: Window) -> bool {
        let (wait, by_word) = match kind {
            MonitorKind::Performance(_) => (self.label_wait, false),
            _ => (
                self.lateness,
                self.complete_until.is_some_and(|until| window.end <= until),
            ),
        };
        by_word || later(window.end, wait) <= self.clock_at
    }
}

/// How long after its end a window waits for its labels.
pub(crate) fn label_wait(spec: &ModelSpec) -> SignedDuration {
    let seconds = i64::from(spec.label_delay_seconds).max(LabelAge::Hour.seconds_max());
    SignedDuration::from_secs(seconds)
}

/// The oldest labels that are certain to be known when a window is first judged: with only
/// these, a replay at any speed judges as real time did.
pub(crate) fn label_age_max(spec: &ModelSpec) -> LabelAge {
    let seconds = label_wait(spec).as_secs();
    LabelAge::ALL
        .into_iter()
        .rev()
        .find(|age| age.seconds_max() <= seconds)
        .unwrap_or(LabelAge::Hour)
}

/// When a kind of monitor judges a window for the first time, event time.
pub(crate) fn closes_at(spec: &ModelSpec, monitor_kind: &str, window: Window) -> Timestamp {
    let wait = if monitor_kind == "performance" {
        label_wait(spec)
    } else {
        SignedDuration::ZERO
    };
    later(window.end, wait)
}

/// An instant moved forward, at most to the end of time.
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// An instant moved back, at most to the beginning of time.
pub(crate) fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// Windows from the one that holds `from`, in time order, `n_max` at most, while `is_closed`.
pub(crate) fn closed_windows(
    spec: &ModelSpec,
    length: trimtab_domain::Granularity,
    from: Timestamp,
    n_max: usize,
    is_closed: impl Fn(Window) -> bool,
) -> Result<Vec<Window>> {
    let zone = spec.zone()?;
    let mut windows = Vec::new();
    let mut start = length.floor(from, &zone)?;
    while windows.len() < n_max {
        let window = Window {
            start,
            end: length.end(start, &zone)?,
        };
        if !is_closed(window) {
            break;
        }
        windows.push(window);
        start = window.end;
    }
    Ok(windows)
}
