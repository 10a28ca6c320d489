//! Times that come again, and the moments at which a policy looks.

use crate::documents::retraining_policy::Slot;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::collections::BTreeSet;

/// No slot is farther away than a month and a bit.
const DAYS_MAX: i64 = 40;
/// Ages, durations and cooldowns are looked at this often.
const STEP_SECONDS: i64 = 3_600;

impl Slot {
    /// Its newest time at or before `at`.
    pub fn newest(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = at.to_zoned_datetime(zone.clone()).date();
        (0..DAYS_MAX)
            .filter_map(|back| today.checked_sub(back.days()).ok())
            .filter_map(|date| self.on_date(date, zone))
            .find(|slot| *slot <= at)
    }

    /// Its first time after `at`.
    pub fn next(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = at.to_zoned_datetime(zone.clone()).date();
        (0..DAYS_MAX)
            .filter_map(|ahead| today.checked_add(ahead.days()).ok())
            .filter_map(|date| self.on_date(date, zone))
            .find(|slot| *slot > at)
    }

    /// Whether one of its times lies in `(after, until]`.
    pub fn is_between(&self, after: Timestamp, until: Timestamp, zone: &TimeZone) -> bool {
        self.newest(until, zone).is_some_and(|slot| slot > after)
    }

    fn on_date(&self, date: Date, zone: &TimeZone) -> Option<Timestamp> {
        if self.on.is_some_and(|day| day.weekday() != date.weekday()) {
            return None;
        }
        let day = i8::try_from(self.day_of_month.unwrap_or(0)).ok()?;
        if day > 0 && day != date.day() {
            return None;
        }
        let time = self.time().ok()?;
        let zoned = date
            .to_datetime(time)
            .to_zoned_datetime(zone.clone())
            .ok()?;
        Some(zoned.timestamp())
    }
}

/// The moments of `(after, until]` at which a policy looks: every full hour, every time of these
/// slots, and whenever something became known. In order, `n_max` at most.
pub fn moments(
    after: Timestamp,
    until: Timestamp,
    slots: &[&Slot],
    changes: &BTreeSet<Timestamp>,
    zone: &TimeZone,
    n_max: usize,
) -> Vec<Timestamp> {
    if until <= after {
        return Vec::new();
    }
    let mut found: BTreeSet<Timestamp> = changes
        .range((
            std::ops::Bound::Excluded(after),
            std::ops::Bound::Included(until),
        ))
        .copied()
        .take(n_max)
        .collect();
    let first_hour = (after.as_second().div_euclid(STEP_SECONDS) + 1) * STEP_SECONDS;
    let mut hour = Timestamp::from_second(first_hour).unwrap_or(Timestamp::MAX);
    for _ in 0..n_max {
        if hour > until {
            break;
        }
        found.insert(hour);
        hour = hour
            .checked_add(SignedDuration::from_secs(STEP_SECONDS))
            .unwrap_or(Timestamp::MAX);
    }
    for slot in slots {
        let mut at = after;
        for _ in 0..n_max {
            match slot.next(at, zone) {
                Some(next) if next <= until => {
                    found.insert(next);
                    at = next;
                }
                _ => break,
            }
        }
    }
    found.into_iter().take(n_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn slot(text: &str) -> Slot {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_slot_follows_the_calendar_of_its_zone() {
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let check = |text: &str, from: &str, newest: &str, next: &str| {
            let slot = slot(text);
            assert_eq!(slot.newest(at(from), &paris), Some(at(newest)), "{text}");
            assert_eq!(slot.next(at(from), &paris), Some(at(next)), "{text}");
        };
        check(
            r#"{"at": "02:00"}"#,
            "2013-06-03T00:00:00Z",
            "2013-06-03T00:00:00Z",
            "2013-06-04T00:00:00Z",
        );
        check(
            r#"{"on": "monday", "at": "09:30"}"#,
            "2013-06-05T12:00:00Z",
            "2013-06-03T07:30:00Z",
            "2013-06-10T07:30:00Z",
        );
        check(
            r#"{"day_of_month": 28, "at": "23:00"}"#,
            "2013-03-01T12:00:00Z",
            "2013-02-28T22:00:00Z",
            "2013-03-28T22:00:00Z",
        );
    }

    #[test]
    fn moments_are_hours_slots_and_changes() {
        let daily = slot(r#"{"at": "02:30"}"#);
        let changes = BTreeSet::from([at("2013-06-03T03:10:00Z"), at("2013-06-03T09:00:00Z")]);
        let found = moments(
            at("2013-06-03T01:15:00Z"),
            at("2013-06-03T04:00:00Z"),
            &[&daily],
            &changes,
            &TimeZone::UTC,
            100,
        );
        let expected = ["02:00", "02:30", "03:00", "03:10", "04:00"]
            .map(|time| at(&format!("2013-06-03T{time}:00Z")));
        assert_eq!(found, expected);
    }
}
