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

    /// Whether the clock, less the allowed lateness, is beyond an instant.
    pub(crate) fn has_passed(&self, at: Timestamp) -> bool {
        let by_word = self.complete_until.is_some_and(|until| at <= until);
        by_word || later(at, self.lateness) <= self.clock_at
    }

    /// Up to where every window that closed has been judged by now: what a policy sees there
    /// does not depend on when it looks.
    pub(crate) fn settled_until(&self) -> Timestamp {
        let by_clock = earlier(self.clock_at, self.lateness);
        match self.complete_until {
            Some(until) => by_clock.max(until.min(self.clock_at)),
            None => by_clock,
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use trimtab_domain::documents::MonitorKind;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn spec(clock: &str, lateness_seconds: u32, label_delay_seconds: u32) -> ModelSpec {
        serde_json::from_value(serde_json::json!({
            "name": "m", "task": "binary_classification", "clock": clock,
            "allowed_lateness_seconds": lateness_seconds,
            "label_delay_seconds": label_delay_seconds,
            "columns": [{"name": "x", "data_type": "float"}]
        }))
        .unwrap()
    }

    /// Whether the day of 1 April is closed for drift and for performance.
    fn closed(spec: &ModelSpec, watermark: &str, complete: Option<&str>, now: &str) -> [bool; 2] {
        let progress = ModelProgress {
            data_from: Some(at("2013-04-01T00:00:00Z")),
            watermark: Some(at(watermark)),
            complete_until: complete.map(at),
            labels_through: None,
        };
        let reach = Reach::of(spec, &progress, at(now)).unwrap();
        let window = Window {
            start: at("2013-04-01T00:00:00Z"),
            end: at("2013-04-02T00:00:00Z"),
        };
        let kind = |text: &str| -> MonitorKind { serde_json::from_str(text).unwrap() };
        [
            reach.is_closed(&kind(r#"{"data_drift":{}}"#), window),
            reach.is_closed(&kind(r#"{"performance":{"metric":"roc_auc"}}"#), window),
        ]
    }

    #[test]
    fn events_close_windows_and_labels_are_waited_for() {
        let event = spec("event", 3_600, 86_400);
        let late = "2026-01-01T00:00:00Z";
        let check = |watermark: &str, complete, expected: [bool; 2]| {
            assert_eq!(
                closed(&event, watermark, complete, late),
                expected,
                "{watermark}"
            );
        };
        check("2013-04-01T23:59:59Z", None, [false, false]);
        check("2013-04-02T00:30:00Z", None, [false, false]);
        check("2013-04-02T01:00:00Z", None, [true, false]);
        check("2013-04-03T00:00:00Z", None, [true, true]);
        check(
            "2013-04-01T20:00:00Z",
            Some("2013-04-02T00:00:00Z"),
            [true, false],
        );
    }

    #[test]
    fn the_wall_clock_closes_windows_of_live_models_only() {
        let now = "2013-04-03T00:00:00Z";
        let watermark = "2013-04-01T10:00:00Z";
        let live = spec("live", 0, 86_400);
        assert_eq!(closed(&live, watermark, None, now), [true, true]);
        let event = spec("event", 0, 86_400);
        assert_eq!(closed(&event, watermark, None, now), [false, false]);
    }

    #[test]
    fn a_first_judgement_uses_labels_that_are_certain_to_be_there() {
        let age = |delay| label_age_max(&spec("event", 0, delay));
        assert_eq!(age(60), LabelAge::Hour, "and waits an hour for them");
        assert_eq!(age(86_400), LabelAge::Day);
        assert_eq!(age(200_000), LabelAge::Day);
        assert_eq!(age(2_592_000), LabelAge::Month);
        assert_eq!(label_wait(&spec("event", 0, 60)).as_secs(), 3_600);
    }
}
