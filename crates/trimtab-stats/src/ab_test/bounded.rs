//! A difference of bounded means without any approximation.

use crate::anytime::BettingSequence;
use crate::error::StatsError;
use crate::streams::parts;

/// Confidence sequence for the difference of two means of outcomes in `[0, 1]`, by betting on
/// the random split.
///
/// Unit `i` falls on the challenger's side with probability `q`, whatever it is like. With any
/// guess `m` made before it, `z = (y − m) · (1/q or −1/(1 − q))` has the mean difference as its
/// mean and lies in a known range; the guess is the mean of all outcomes so far, which takes
/// most of the spread out. [`BettingSequence`] bounds the mean of `z`. No normal law, no least
/// number of units: it holds from the first unit on, with `q` as promised and outcomes that no
/// longer change once they are told.
///
/// # Source
///
/// I. Waudby-Smith and A. Ramdas, *Estimating means of bounded random variables by betting*
/// (2024); the weights are those of D. Horvitz and D. Thompson (1952).
///
/// # Examples
///
/// ```
/// use trimtab_stats::ab_test::BoundedDifference;
///
/// let mut sequence = BoundedDifference::new(0.05, 0.5)?;
/// for i in 0..4_000_u32 {
///     // Nine in ten of the challenger's units, half of the champion's.
///     let is_challenger = i % 2 == 0;
///     let is_success = if is_challenger { i % 20 != 0 } else { i % 4 == 1 };
///     sequence.update(is_challenger, f64::from(u8::from(is_success)));
/// }
/// let (low, high) = sequence.interval();
/// assert!(low > 0.2 && high < 0.6 && low < 0.4 && 0.4 < high);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BoundedDifference {
    share: f64,
    range: f64,
    sum: f64,
    n: f64,
    sequence: BettingSequence,
}

impl BoundedDifference {
    /// A sequence that has seen nothing.
    ///
    /// * `alpha`: in `(0, 1)`; `challenger_share`: in `[0.01, 0.99]`.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn new(alpha: f64, challenger_share: f64) -> Result<Self, StatsError> {
        let is_share = (0.01..=0.99).contains(&challenger_share);
        parts::check(
            "challenger_share",
            "in [0.01, 0.99]",
            challenger_share,
            is_share,
        )?;
        let range = 1.0 / challenger_share.min(1.0 - challenger_share);
        // A grid step of a thousandth of a difference.
        let n_steps = (2.0 * range * 1_000.0).ceil() as usize;
        Ok(Self {
            share: challenger_share,
            range,
            sum: 0.5,
            n: 1.0,
            sequence: BettingSequence::new(alpha, n_steps)?,
        })
    }

    /// Takes a unit's outcome in `[0, 1]` (clamped); one that is not finite is left out.
    pub fn update(&mut self, is_challenger: bool, outcome: f64) {
        let Some(outcome) = parts::bounded_of(outcome) else {
            return;
        };
        let guess = self.sum / self.n;
        let weight = if is_challenger {
            1.0 / self.share
        } else {
            -1.0 / (1.0 - self.share)
        };
        let z = (outcome - guess) * weight;
        self.sequence.update(0.5 * (z / self.range + 1.0));
        self.sum += outcome;
        self.n += 1.0;
    }

    /// Bounds on the challenger's mean less the champion's, within `[−1, 1]`.
    pub fn interval(&self) -> (f64, f64) {
        let (low, high) = self.sequence.interval();
        let back = |x: f64| (2.0 * x - 1.0) * self.range;
        (back(low).max(-1.0), back(high).min(1.0))
    }
}
