//! The window of an instant, remembered from row to row.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use trimtab_domain::{Error, Granularity, Result, Window};

/// Finds windows; rows usually come in time order, so the last one usually fits.
pub(crate) struct Windows {
    granularity: Granularity,
    zone: TimeZone,
    /// By end, in microseconds.
    known: BTreeMap<i64, (i64, Window)>,
    last: Option<(i64, i64, Window)>,
}

impl Windows {
    pub(crate) fn new(granularity: Granularity, zone: TimeZone) -> Self {
        Self {
            granularity,
            zone,
            known: BTreeMap::new(),
            last: None,
        }
    }

    /// The window that holds an instant.
    #[inline]
    pub(crate) fn of(&mut self, time_us: i64) -> Result<Window> {
        if let Some((start, end, window)) = self.last
            && start <= time_us
            && time_us < end
        {
            return Ok(window);
        }
        self.look_up(time_us)
    }

    fn look_up(&mut self, time_us: i64) -> Result<Window> {
        let after = time_us.saturating_add(1);
        if let Some((&end, &(start, window))) = self.known.range(after..).next()
            && start <= time_us
        {
            self.last = Some((start, end, window));
            return Ok(window);
        }
        let window = self.granularity.window(instant(time_us)?, &self.zone)?;
        let (start, end) = (window.start.as_microsecond(), window.end.as_microsecond());
        self.known.insert(end, (start, window));
        self.last = Some((start, end, window));
        Ok(window)
    }
}

/// Microseconds as an instant.
pub(crate) fn instant(time_us: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(time_us)
        .map_err(|_| Error::internal("a stored instant is out of range"))
}
