//! What several detectors share: reading values, running means, windows, stored bytes.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

/// The newest format of stored detectors.
const FORMAT: u8 = 1;

/// Largest magnitude a detector reads: squares of it, summed over any stream, stay finite.
pub(crate) const LARGEST: f64 = 1e140;

/// Longest window a detector keeps.
pub(crate) const MAX_WINDOW: usize = 1_000_000;

/// Whether the row was an error; `None` for values that are not finite.
#[inline]
pub(crate) fn error_of(value: f64) -> Option<bool> {
    value.is_finite().then_some(value >= 0.5)
}

/// The value in `[0, 1]`; `None` for values that are not finite.
#[inline]
pub(crate) fn bounded_of(value: f64) -> Option<f64> {
    value.is_finite().then(|| value.clamp(0.0, 1.0))
}

/// The value within the range that is safe to square; `None` if it is not finite.
#[inline]
pub(crate) fn value_of(value: f64) -> Option<f64> {
    value.is_finite().then(|| value.clamp(-LARGEST, LARGEST))
}

/// A mean that is updated value by value.
///
/// Two orders of rounding exist among the peers. Ties with a stored minimum decide
/// whether some detectors fire, so each uses the order of the peer it equals.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct RunningMean {
    /// Values seen.
    pub(crate) n: u64,
    /// Their mean.
    pub(crate) mean: f64,
}

impl RunningMean {
    /// `mean + (value − mean) / n`, as Frouros.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        self.n += 1;
        self.mean += (value - self.mean) / self.n as f64;
    }

    /// `mean + (1 / n) (value − mean)`, as River.
    #[inline]
    pub(crate) fn add_weighted(&mut self, value: f64) {
        self.n += 1;
        self.mean += (1.0 / self.n as f64) * (value - self.mean);
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.varint(self.n);
        writer.float(self.mean);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        Ok(Self {
            n: read_count(reader)?,
            mean: reader.finite()?,
        })
    }
}

/// The last `capacity` values, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window<T> {
    values: Vec<T>,
    oldest: usize,
    capacity: usize,
}

impl<T: Copy> Window<T> {
    /// An empty window. It grows to its capacity as values come and not further.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            values: Vec::new(),
            oldest: 0,
            capacity,
        }
    }

    /// Appends a value and returns the one that had to leave for it.
    #[inline]
    pub(crate) fn push(&mut self, value: T) -> Option<T> {
        if self.values.len() < self.capacity {
            self.values.push(value);
            return None;
        }
        let gone = std::mem::replace(&mut self.values[self.oldest], value);
        self.oldest += 1;
        if self.oldest == self.capacity {
            self.oldest = 0;
        }
        Some(gone)
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.values.len() == self.capacity
    }

    /// The value at `position`, counted from the oldest.
    #[inline]
    pub(crate) fn get(&self, position: usize) -> T {
        let at = self.oldest + position;
        let n = self.values.len();
        self.values[if at >= n { at - n } else { at }]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = T> + '_ {
        let (newer, older) = self.values.split_at(self.oldest);
        older.iter().chain(newer).copied()
    }

    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.oldest = 0;
    }

    /// Keeps the newest `n` values.
    pub(crate) fn keep_newest(&mut self, n: usize) {
        self.values.rotate_left(self.oldest);
        self.oldest = 0;
        let n_gone = self.values.len().saturating_sub(n);
        self.values.drain(..n_gone);
    }
}

impl Window<f64> {
    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.length(self.len());
        for value in self.iter() {
            writer.float(value);
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>, capacity: usize) -> Result<Self, StatsError> {
        let n = reader.length(8)?;
        if n > capacity {
            return Err(reader.foreign());
        }
        let mut window = Self::new(capacity);
        for _ in 0..n {
            window.values.push(reader.finite()?);
        }
        Ok(window)
    }
}

impl Window<bool> {
    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.length(self.len());
        for value in self.iter() {
            writer.byte(u8::from(value));
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>, capacity: usize) -> Result<Self, StatsError> {
        let n = reader.length(1)?;
        if n > capacity {
            return Err(reader.foreign());
        }
        let mut window = Self::new(capacity);
        for _ in 0..n {
            window.values.push(read_flag(reader)?);
        }
        Ok(window)
    }
}

/// A flag: one byte, 0 or 1.
pub(crate) fn write_flag(writer: &mut Writer, flag: bool) {
    writer.byte(u8::from(flag));
}

pub(crate) fn read_flag(reader: &mut Reader<'_>) -> Result<bool, StatsError> {
    match reader.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(reader.foreign()),
    }
}

/// A size that was written as a number.
pub(crate) fn read_size(reader: &mut Reader<'_>) -> Result<usize, StatsError> {
    usize::try_from(reader.varint()?).map_err(|_| reader.foreign())
}

/// A count, far enough from overflow to go on counting.
pub(crate) fn read_count(reader: &mut Reader<'_>) -> Result<u64, StatsError> {
    let count = reader.varint()?;
    if count < 1 << 62 {
        Ok(count)
    } else {
        Err(reader.foreign())
    }
}

/// A float that may be infinite but is a number.
pub(crate) fn read_number(reader: &mut Reader<'_>) -> Result<f64, StatsError> {
    let value = reader.float()?;
    if value.is_nan() {
        Err(reader.foreign())
    } else {
        Ok(value)
    }
}

/// Begins the bytes of a detector: format, then its name.
pub(crate) fn begin(name: &'static str) -> Writer {
    let mut writer = Writer::with_format(FORMAT);
    writer.text(name);
    writer
}

/// Opens bytes that [`begin`] began.
pub(crate) fn open<'a>(bytes: &'a [u8], name: &'static str) -> Result<Reader<'a>, StatsError> {
    let mut reader = Reader::open(bytes, name, FORMAT)?;
    if reader.text()? == name {
        Ok(reader)
    } else {
        Err(reader.foreign())
    }
}

/// The name of the detector that wrote these bytes.
pub(crate) fn name_of(bytes: &[u8]) -> Result<String, StatsError> {
    Reader::open(bytes, "stream detector", FORMAT)?.text()
}

/// Refuses a parameter that is not positive and finite.
pub(crate) fn positive(name: &'static str, value: f64) -> Result<(), StatsError> {
    check(
        name,
        "finite and positive",
        value,
        value.is_finite() && value > 0.0,
    )
}

/// Refuses a parameter outside `(0, 1)`.
pub(crate) fn probability(name: &'static str, value: f64) -> Result<(), StatsError> {
    check(name, "in (0, 1)", value, value > 0.0 && value < 1.0)
}

/// Refuses a window that holds nothing or more than memory should.
pub(crate) fn window_size(name: &'static str, value: usize) -> Result<(), StatsError> {
    check(
        name,
        "in 1..=1,000,000",
        value as f64,
        (1..=MAX_WINDOW).contains(&value),
    )
}

/// Refuses a parameter with the words given.
pub(crate) fn check(
    name: &'static str,
    domain: &'static str,
    found: f64,
    is_inside: bool,
) -> Result<(), StatsError> {
    if is_inside {
        Ok(())
    } else {
        Err(StatsError::ParameterOutOfDomain {
            name,
            domain,
            found,
        })
    }
}
