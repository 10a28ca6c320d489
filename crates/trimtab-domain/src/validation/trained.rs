//! What an encoding document says about the data that its model was trained on.

use crate::time::Window;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

/// The training period of an encoding document: `training_period: {start, end}`, the same as
/// `period` of `trained_on`, or `trained_on_months: ["2013-01", …]` (from the first to the end of
/// the last, UTC).
///
/// `None` where it says neither, or nothing that can be read.
pub fn training_period(encoding: &[u8]) -> Option<Window> {
    let document: Value = serde_json::from_slice(encoding).ok()?;
    let period = document
        .get("training_period")
        .or_else(|| document.get("trained_on")?.get("period"));
    if let Some(period) = period {
        return serde_json::from_value(period.clone()).ok();
    }
    let months = document.get("trained_on_months")?.as_array()?;
    let mut starts: Vec<Date> = Vec::new();
    for month in months {
        starts.push(format!("{}-01", month.as_str()?).parse().ok()?);
    }
    let first = *starts.iter().min()?;
    let after = starts.iter().max()?.checked_add(1.month()).ok()?;
    Some(Window {
        start: midnight(first)?,
        end: midnight(after)?,
    })
}

fn midnight(date: Date) -> Option<Timestamp> {
    let zoned = date.at(0, 0, 0, 0).to_zoned_datetime(TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_from_months_or_instants() {
        let found = |text: &str| {
            training_period(text.as_bytes())
                .map(|period| (period.start.to_string(), period.end.to_string()))
        };
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(
            found(r#"{"trained_on_months": ["2013-02", "2013-01"]}"#),
            pair("2013-01-01T00:00:00Z", "2013-03-01T00:00:00Z")
        );
        assert_eq!(
            found(
                r#"{"training_period": {"start": "2013-04-01T00:00:00Z", "end": "2013-05-01T00:00:00Z"}}"#
            ),
            pair("2013-04-01T00:00:00Z", "2013-05-01T00:00:00Z")
        );
        assert_eq!(
            found(
                r#"{"trained_on": {"snapshot": "snap_1", "period": {"start": "2013-04-01T00:00:00Z", "end": "2013-05-01T00:00:00Z"}}}"#
            ),
            pair("2013-04-01T00:00:00Z", "2013-05-01T00:00:00Z")
        );
        for text in [
            "{}",
            r#"{"trained_on": {"snapshot": "snap_1"}}"#,
            "[]",
            "no",
            r#"{"trained_on_months": []}"#,
            r#"{"trained_on_months": ["May"]}"#,
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
