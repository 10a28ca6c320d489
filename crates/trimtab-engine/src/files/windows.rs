//! Which rows belong together in time.

use super::FileSet;
use crate::failure::wrap;
use crate::fold::windows::{Windows, instant};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;
use trimtab_domain::check::{CheckWindows, WindowLength};
use trimtab_domain::{Error, Granularity, Result, Window};

/// Windows that one side may have.
const WINDOWS_MAX: usize = 10_000;

/// A last window of fewer rows than the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShortLast {
    Keep,
    /// A short window of a reference would look unlike the others.
    Drop,
}

/// The windows of a side with their rows, in time order. Rows without a time are in none.
///
/// # Errors
///
/// `Invalid` if the timestamp column is missing or holds something else, the time zone is
/// unknown, or there would be too many windows.
pub(crate) fn cut(
    files: &FileSet,
    windows: &CheckWindows,
    short_last: ShortLast,
) -> Result<Vec<(Window, Vec<u32>)>> {
    let mut times = Vec::with_capacity(files.n_rows());
    for (row, time) in files.times(&windows.timestamp)?.into_iter().enumerate() {
        if let Some(time) = time {
            let row = u32::try_from(row).map_err(wrap("a side has more than four billion rows"))?;
            times.push((time, row));
        }
    }
    let zone = zone_of(windows)?;
    let found = match windows.length {
        WindowLength::Calendar(granularity) => {
            let mut finder = Windows::new(granularity, zone);
            let mut found: BTreeMap<Window, Vec<u32>> = BTreeMap::new();
            for (time, row) in times {
                found.entry(finder.of(time)?).or_default().push(row);
            }
            found
        }
        WindowLength::Month => by_month(times, &zone)?,
        WindowLength::Rows(length) => by_rows(times, length, short_last)?,
    };
    if found.len() > WINDOWS_MAX {
        return Err(Error::invalid(format!(
            "the {} would be cut into {} windows, more than {WINDOWS_MAX}",
            files.side,
            found.len()
        ))
        .with_hint("choose longer windows"));
    }
    Ok(found.into_iter().collect())
}

fn zone_of(windows: &CheckWindows) -> Result<TimeZone> {
    TimeZone::get(&windows.time_zone).map_err(|source| {
        Error::invalid(format!("`{}` is not a time zone", windows.time_zone))
            .with_hint("use an IANA name such as `UTC` or `Europe/Paris`")
            .with_source(source)
    })
}

/// The weekday of each window of a day, 0 on Mondays.
///
/// # Errors
///
/// `Invalid` if windows are no days, or the time zone is unknown.
pub(crate) fn weekdays(cut: &[(Window, Vec<u32>)], windows: &CheckWindows) -> Result<Vec<u8>> {
    if windows.length != WindowLength::Calendar(Granularity::Day) {
        return Err(
            Error::invalid("--weekly compares days with those of their weekday")
                .with_hint("choose --window day"),
        );
    }
    let zone = zone_of(windows)?;
    let weekday = |(window, _): &(Window, Vec<u32>)| {
        let start = window.start.to_zoned_datetime(zone.clone());
        start
            .date()
            .weekday()
            .to_monday_zero_offset()
            .unsigned_abs()
    };
    Ok(cut.iter().map(weekday).collect())
}

fn by_month(times: Vec<(i64, u32)>, zone: &TimeZone) -> Result<BTreeMap<Window, Vec<u32>>> {
    let mut found: BTreeMap<Window, Vec<u32>> = BTreeMap::new();
    let mut last: Option<Window> = None;
    for (time, row) in times {
        let at = instant(time)?;
        let window = match last {
            Some(window) if window.start <= at && at < window.end => window,
            _ => month_of(at, zone)?,
        };
        last = Some(window);
        found.entry(window).or_default().push(row);
    }
    Ok(found)
}

fn month_of(at: Timestamp, zone: &TimeZone) -> Result<Window> {
    let first = at.to_zoned_datetime(zone.clone()).date().first_of_month();
    let midnight = |date: Date| {
        date.to_zoned_datetime(zone.clone())
            .map(|zoned| zoned.timestamp())
            .map_err(wrap("the calendar ends here"))
    };
    let next = first
        .checked_add(1.month())
        .map_err(wrap("the calendar ends here"))?;
    Ok(Window {
        start: midnight(first)?,
        end: midnight(next)?,
    })
}

fn by_rows(
    mut times: Vec<(i64, u32)>,
    length: u64,
    short_last: ShortLast,
) -> Result<BTreeMap<Window, Vec<u32>>> {
    let length = usize::try_from(length).unwrap_or(usize::MAX).max(1);
    times.sort_unstable();
    let mut found: BTreeMap<Window, Vec<u32>> = BTreeMap::new();
    for chunk in times.chunks(length) {
        if chunk.len() < length && short_last == ShortLast::Drop {
            continue;
        }
        let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
            continue;
        };
        let window = Window {
            start: instant(first.0)?,
            end: instant(last.0.saturating_add(1))?,
        };
        let rows = found.entry(window).or_default();
        rows.extend(chunk.iter().map(|(_, row)| *row));
    }
    Ok(found)
}
