//! What a detector says about one row.

/// One row's verdict. It depends on this row and on rows that arrived before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// How surprising the row is, in `[0, 1]`: see [`score_from_ln_tail`]. One half is
    /// where the alarm starts.
    pub score: f64,
    /// Whether a new event begins here. Later rows of the same event keep their score
    /// and say [`Reason::Ongoing`].
    pub alarm: bool,
    /// What was expected of the row, in the unit of the values. Not a number while the
    /// detector has seen nothing.
    pub expected: f64,
    /// Why.
    pub reason: Reason,
}

/// Why a row has its score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing stands out.
    Quiet,
    /// Too little has been seen to judge.
    WarmingUp,
    /// The value is missing (not a number); it is skipped.
    Missing,
    /// The time stamp repeats the one before; the row is scored but opens no event.
    Repeated,
    /// The time stamp lies before the newest one; the row is scored, opens no event and
    /// teaches nothing.
    OutOfOrder,
    /// Above what was expected.
    High,
    /// Below what was expected.
    Low,
    /// Many rows together lie above what was expected, none alone.
    DriftUp,
    /// Many rows together lie below what was expected, none alone.
    DriftDown,
    /// The level has changed and stays changed; the detector has moved to the new one.
    LevelShift,
    /// The series behaves differently: unusually many unlikely rows.
    Restless,
    /// Belongs to an event that was reported.
    Ongoing,
}

impl Reason {
    /// The name used in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::WarmingUp => "warming_up",
            Self::Missing => "missing",
            Self::Repeated => "repeated",
            Self::OutOfOrder => "out_of_order",
            Self::High => "high",
            Self::Low => "low",
            Self::DriftUp => "drift_up",
            Self::DriftDown => "drift_down",
            Self::LevelShift => "level_shift",
            Self::Restless => "restless",
            Self::Ongoing => "ongoing",
        }
    }
}

/// Turns a tail probability `p` into a score in `[0, 1]`.
///
/// `ln p / (ln p + ln α)`: 0 for `p = 1`, one half for `p = α`, towards 1 as `p` falls
/// to 0. The tail can be read back as `p = α^(score / (1 − score))`.
///
/// * `ln_tail`: `ln p`, at most 0 (larger values count as 0); not a number gives 0.
/// * `alarm_rate`: `α` in `(0, 1)`, the rate of false alarms per row at score one half.
pub fn score_from_ln_tail(ln_tail: f64, alarm_rate: f64) -> f64 {
    if ln_tail.is_nan() || ln_tail >= 0.0 {
        return 0.0;
    }
    if ln_tail == f64::NEG_INFINITY {
        return 1.0;
    }
    ln_tail / (ln_tail + alarm_rate.ln())
}
