//! Anytime-valid monitoring: guarantees that hold however often one looks.
//!
//! A p-value is right for one look. A monitor looks every hour for a year, and 8,760 looks
//! at the 5 % level alarm 438 times on a quiet year. The tools here hold over all looks
//! together, stopped whenever one likes:
//!
//! * **e-detectors** ([`MeanEDetector`], [`PValueEDetector`], and
//!   [`crate::streams::EDetector`] for streams of unknown law): the average run length to
//!   a false alarm is *at least* the one asked for. No table, no simulation, no normality.
//! * **confidence sequences** ([`NormalMixtureSequence`], [`EmpiricalBernsteinSequence`],
//!   [`BettingSequence`]): intervals that contain the mean at all times at once with
//!   probability `1 − α`.
//! * **tests by betting** ([`MeanBetting`], [`CategoryBetting`]): two streams side by
//!   side; the wealth of a gambler who bets that they differ is the evidence that they do.
//! * **calibrators** between p-values and e-values ([`e_from_p`], [`e_from_p_mixed`],
//!   [`p_from_e`]).
//!
//! An **e-value** is a non-negative number whose mean is at most one when nothing has
//! changed: 20 is as surprising as a p-value of 0.05, and e-values of successive looks may
//! be multiplied.

mod bank;
mod betting_sequence;
mod calibrators;
mod confidence_sequence;
mod mean_e_detector;
mod p_value_e_detector;
mod two_sample;

pub(crate) use bank::Bank;
pub use bank::EDetectorRule;
pub use betting_sequence::BettingSequence;
pub use calibrators::{e_from_p, e_from_p_mixed, p_from_e};
pub use confidence_sequence::{EmpiricalBernsteinSequence, NormalMixtureSequence};
pub use mean_e_detector::{MeanEDetector, MeanEDetectorSettings};
pub use p_value_e_detector::PValueEDetector;
pub use two_sample::{CategoryBetting, MeanBetting};
