//! Windows of event time: half-open, aligned to a model's time zone.

use crate::error::{Error, Result};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Unit, ZonedDateTimeRound};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The latest event time any row may carry: far enough for every model, near enough that no
/// arithmetic on it overflows.
pub const TIMESTAMP_MAX: &str = "2200-01-01T00:00:00Z";

/// How long a window is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// Sixty seconds.
    Minute,
    /// From minute 0 to minute 0.
    Hour,
    /// From local midnight to local midnight.
    Day,
    /// From Monday to Monday, local.
    Week,
}

impl Granularity {
    /// The word in documents, URLs and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// Start of the window that holds `at`, in `zone`.
    ///
    /// # Errors
    ///
    /// `Invalid` if the instant is at the edge of what the calendar can represent.
    pub fn floor(self, at: Timestamp, zone: &TimeZone) -> Result<Timestamp> {
        let wrap = |source: jiff::Error| {
            Error::invalid(format!("instant {at} has no calendar window")).with_source(source)
        };
        let zoned = at.to_zoned_datetime(zone.clone());
        let start = match self {
            Self::Minute => zoned.round(
                ZonedDateTimeRound::new()
                    .smallest(Unit::Minute)
                    .mode(jiff::RoundMode::Floor),
            ),
            Self::Hour => zoned.round(
                ZonedDateTimeRound::new()
                    .smallest(Unit::Hour)
                    .mode(jiff::RoundMode::Floor),
            ),
            Self::Day => zoned.start_of_day(),
            Self::Week => {
                let back = i64::from(zoned.weekday().to_monday_zero_offset());
                zoned.date().checked_sub(back.days()).and_then(|monday| {
                    monday
                        .to_datetime(Time::midnight())
                        .to_zoned_datetime(zone.clone())
                })
            }
        };
        Ok(start.map_err(wrap)?.timestamp())
    }

    /// End of the window that starts at `start` (which must be a window start), in `zone`.
    ///
    /// # Errors
    ///
    /// As [`Granularity::floor`].
    pub fn end(self, start: Timestamp, zone: &TimeZone) -> Result<Timestamp> {
        let span = match self {
            Self::Minute => 1.minute(),
            Self::Hour => 1.hour(),
            Self::Day => 1.day(),
            Self::Week => 1.week(),
        };
        start
            .to_zoned_datetime(zone.clone())
            .checked_add(span)
            .map(|end| end.timestamp())
            .map_err(|source| {
                Error::invalid(format!("window from {start} has no end")).with_source(source)
            })
    }

    /// The window that holds `at`.
    ///
    /// # Errors
    ///
    /// As [`Granularity::floor`].
    pub fn window(self, at: Timestamp, zone: &TimeZone) -> Result<Window> {
        let start = self.floor(at, zone)?;
        Window::new(start, self.end(start, zone)?)
    }

    /// Every window that overlaps `[range.start, range.end)`, in time order.
    ///
    /// # Errors
    ///
    /// `Invalid` if that would be more than `limit` windows.
    pub fn windows(self, range: Window, zone: &TimeZone, limit: usize) -> Result<Vec<Window>> {
        let mut windows = Vec::new();
        let mut start = self.floor(range.start, zone)?;
        while start < range.end {
            if windows.len() == limit {
                return Err(Error::invalid(format!(
                    "the range from {} to {} holds more than {limit} windows of one {}",
                    range.start,
                    range.end,
                    self.as_str()
                ))
                .with_hint("ask for a shorter range or a longer window"));
            }
            let end = self.end(start, zone)?;
            windows.push(Window { start, end });
            start = end;
        }
        Ok(windows)
    }
}

/// A half-open interval `[start, end)` of event time.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Window {
    /// First instant inside.
    #[schemars(with = "String")]
    pub start: Timestamp,
    /// First instant after.
    #[schemars(with = "String")]
    pub end: Timestamp,
}

impl Window {
    /// Checks that the window is not empty.
    ///
    /// # Errors
    ///
    /// `Invalid` if `end` is not after `start`.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self> {
        if start < end {
            return Ok(Self { start, end });
        }
        Err(
            Error::invalid(format!("the window from {start} to {end} is empty"))
                .with_hint("`to` must be after `from`"),
        )
    }

    /// Whether `at` lies inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_follows_the_zone_and_its_clock_changes() {
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let window = Granularity::Day
            .window(at("2026-03-29T12:00:00Z"), &paris)
            .unwrap();
        assert_eq!(window.start, at("2026-03-28T23:00:00Z"));
        assert_eq!(
            window.end,
            at("2026-03-29T22:00:00Z"),
            "the day of the change has 23 hours"
        );
    }

    #[test]
    fn a_week_starts_on_monday() {
        let window = Granularity::Week
            .window(at("2013-09-15T10:00:00Z"), &TimeZone::UTC)
            .unwrap();
        assert_eq!(window.start, at("2013-09-09T00:00:00Z"));
        assert_eq!(window.end, at("2013-09-16T00:00:00Z"));
    }

    #[test]
    fn windows_tile_a_range_and_have_a_limit() {
        let range = Window::new(at("2013-04-01T05:30:00Z"), at("2013-04-01T08:00:00Z")).unwrap();
        let hours = Granularity::Hour
            .windows(range, &TimeZone::UTC, 10)
            .unwrap();
        assert_eq!(hours.len(), 3);
        assert!(hours.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(Granularity::Hour.windows(range, &TimeZone::UTC, 2).is_err());
    }
}
