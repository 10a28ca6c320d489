//! Self-starting standardisation: a normal stream becomes exactly standard normal.

use super::parts::{RunningMean, value_of};
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::special::{normal_quantile, student_t_sf};

/// Largest magnitude it returns; a standard normal value beyond it has odds of 1e-50.
const LARGEST_SCORE: f64 = 15.0;

/// Degrees of freedom below which Student's law is computed exactly.
const FEW: f64 = 30.0;

/// Standardises a stream by its own past.
///
/// Value `n` is compared with the mean and standard deviation of the `n − 1` before it;
/// the Student t value of that comparison is mapped to a normal one with the same tail.
/// If the stream is independent and normal, with any mean and variance, the results from
/// the third value on are independent and exactly standard normal. So a chart calibrated
/// for known parameters keeps its run length although nothing was known.
///
/// A shift is learned too, slowly: a chart must notice it before the past has absorbed it.
///
/// # Source
///
/// D. Hawkins, *Self-starting CUSUM charts for location and scale* (1987).
///
/// # Examples
///
/// ```
/// use trimtab_stats::streams::SelfStarting;
///
/// let mut scale = SelfStarting::default();
/// assert_eq!(scale.score(10.0), 0.0);
/// assert_eq!(scale.score(12.0), 0.0);
/// assert!(scale.score(11.0).abs() < 1e-12);
/// assert!(scale.score(19.0) > 1.5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SelfStarting {
    past: RunningMean,
    squares: f64,
}

impl SelfStarting {
    /// The standardised value, in `[−15, 15]`, and takes the value in. Zero for the first
    /// two values and for values that are not finite (which are not taken in). A value
    /// that differs from a constant past is as far out as can be.
    pub fn score(&mut self, value: f64) -> f64 {
        let Some(value) = value_of(value) else {
            return 0.0;
        };
        let n_past = self.past.n as f64;
        let difference = value - self.past.mean;
        let score = if self.past.n < 2 || difference == 0.0 {
            0.0
        } else {
            let sd = (self.squares / (n_past - 1.0)).sqrt();
            let t = difference / sd * (n_past / (n_past + 1.0)).sqrt();
            normal_score(t, n_past - 1.0)
        };
        self.past.add(value);
        self.squares += difference * (value - self.past.mean);
        score
    }

    /// The mean so far; 0 before the first value.
    pub fn mean(&self) -> f64 {
        self.past.mean
    }

    /// The standard deviation so far (`n − 1`); 0 before the second value.
    pub fn sd(&self) -> f64 {
        if self.past.n < 2 {
            0.0
        } else {
            (self.squares / (self.past.n as f64 - 1.0)).sqrt()
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        self.past.write(writer);
        writer.float(self.squares);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        Ok(Self {
            past: RunningMean::read(reader)?,
            squares: reader.finite()?,
        })
    }
}

/// The normal value with the tail that `t` has under Student's law.
fn normal_score(t: f64, df: f64) -> f64 {
    let score = if df < FEW {
        -normal_quantile(student_t_sf(t.abs(), df))
    } else {
        expanded_score(t, df)
    };
    score.min(LARGEST_SCORE).copysign(t)
}

/// G. Hill, *Algorithm 395: Student's t-distribution* (1970): within 1e-8 up to seven
/// standard deviations from 30 degrees of freedom on, and far better above.
fn expanded_score(t: f64, df: f64) -> f64 {
    let a = df - 0.5;
    let b = 48.0 * a * a;
    let y = a * (t * t / df).ln_1p();
    if y > 400.0 {
        return LARGEST_SCORE;
    }
    let tail = (((-0.4 * y - 3.3) * y - 24.0) * y - 85.5) / (0.8 * y * y + 100.0 + b);
    ((tail + y + 3.0) / b + 1.0) * y.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expansion_meets_the_exact_law() {
        for df in [30.0, 31.5, 60.0, 400.0] {
            for t in [0.01, 0.5, 1.0, 2.0, 4.0, 7.0] {
                let exact = -normal_quantile(student_t_sf(t, df));
                // The bound is that of the expansion at thirty degrees of freedom.
                assert!((expanded_score(t, df) - exact).abs() < 2e-8, "{t} {df}");
            }
        }
        assert_eq!(normal_score(-1e200, 40.0), -LARGEST_SCORE);
        assert_eq!(normal_score(f64::INFINITY, 40.0), LARGEST_SCORE);
        assert_eq!(normal_score(f64::INFINITY, 3.0), LARGEST_SCORE);
    }
}
