//! Whether scores are probabilities: calibration error and logistic recalibration.

/// The bin of a score in `[0, 1]`, of `n_bins` equally wide ones that are closed on the
/// right; 0 lies in the first. The edges are `i * (1 / n_bins)`, as scikit-learn's.
#[inline]
pub(crate) fn calibration_bin(score: f64, n_bins: usize) -> usize {
    let width = 1.0 / n_bins as f64;
    let guess = ((score * n_bins as f64) as usize).min(n_bins - 1);
    // The guess is off by one at most, at an edge.
    if guess > 0 && score <= guess as f64 * width {
        guess - 1
    } else if guess + 1 < n_bins && score > (guess + 1) as f64 * width {
        guess + 1
    } else {
        guess
    }
}

/// Sums of one calibration bin.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct BinSums {
    pub(crate) weight: f64,
    pub(crate) score: f64,
    pub(crate) positive: f64,
}

/// Expected calibration error `Σ (n_b / n) |mean score − share of positives|`; not a
/// number without weight.
pub(crate) fn expected_calibration_error(bins: &[BinSums]) -> f64 {
    let total: f64 = bins.iter().map(|bin| bin.weight).sum();
    let gaps = bins.iter().map(|bin| (bin.score - bin.positive).abs());
    gaps.sum::<f64>() / total
}

/// A fitted logistic recalibration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Coefficient {
    pub(crate) value: f64,
    pub(crate) variance: f64,
}

/// Labels against the logit of the score: `logit P(positive) = intercept + slope × logit(score)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Recalibration {
    /// 1 for calibrated scores; below 1 they are too extreme, above 1 too timid.
    pub(crate) slope: Coefficient,
    /// 0 for calibrated scores.
    pub(crate) intercept: Coefficient,
    /// The intercept at slope 1: above 0 the scores are too low on the whole.
    pub(crate) in_the_large: Coefficient,
}

/// Rows of a recalibration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecalibrationRows<'a> {
    pub(crate) score: &'a [f64],
    pub(crate) positive: &'a [bool],
    pub(crate) mass: &'a [f64],
    pub(crate) square: &'a [f64],
    /// Block of each row and number of blocks, for a clustered variance.
    pub(crate) blocks: Option<(&'a [u32], usize)>,
}

/// Most steps of Newton's method.
const MAX_STEPS: usize = 60;
/// Slopes beyond this belong to labels that the score separates.
const MAX_SLOPE: f64 = 1e4;

impl RecalibrationRows<'_> {
    /// Fits slope and intercept by maximum likelihood, with the sandwich variance.
    ///
    /// # Errors
    ///
    /// The reason why there is no fit.
    pub(crate) fn fit(&self) -> Result<Recalibration, &'static str> {
        let logits: Vec<f64> = self.score.iter().map(|&score| logit(score)).collect();
        if logits.iter().all(|&x| x == logits[0]) {
            return Err("scores do not vary");
        }
        let [intercept, slope] = self.newton(&logits, [0.0, 1.0], true)?;
        let [large, _] = self.newton(&logits, [0.0, 1.0], false)?;
        let [v_intercept, v_slope] = self.sandwich(&logits, [intercept, slope], true);
        let [v_large, _] = self.sandwich(&logits, [large, 1.0], false);
        let coefficient = |value, variance| Coefficient { value, variance };
        Ok(Recalibration {
            slope: coefficient(slope, v_slope),
            intercept: coefficient(intercept, v_intercept),
            in_the_large: coefficient(large, v_large),
        })
    }

    /// Newton's method with halved steps where the likelihood would fall.
    fn newton(
        &self,
        logits: &[f64],
        start: [f64; 2],
        with_slope: bool,
    ) -> Result<[f64; 2], &'static str> {
        const SEPARATED: &str = "the score separates the labels: no finite fit";
        let mut at = start;
        let mut best = self.log_likelihood(logits, at);
        for _ in 0..MAX_STEPS {
            let (score, information) = self.derivatives(logits, at);
            let step = if with_slope {
                solve(information, score).ok_or(SEPARATED)?
            } else {
                [score[0] / information[0], 0.0]
            };
            let mut share = 1.0;
            let mut next = at;
            for _ in 0..30 {
                next = [at[0] + share * step[0], at[1] + share * step[1]];
                let likelihood = self.log_likelihood(logits, next);
                if likelihood >= best - 1e-12 * best.abs() {
                    best = likelihood;
                    break;
                }
                share *= 0.5;
            }
            let moved = (next[0] - at[0]).abs().max((next[1] - at[1]).abs());
            at = next;
            if !(at[1].abs() < MAX_SLOPE && at[0].abs() < MAX_SLOPE) {
                return Err(SEPARATED);
            }
            if moved <= 1e-12 * (1.0 + at[0].abs().max(at[1].abs())) {
                return Ok(at);
            }
        }
        Err(SEPARATED)
    }

    fn log_likelihood(&self, logits: &[f64], [intercept, slope]: [f64; 2]) -> f64 {
        let mut sum = 0.0;
        for (place, x) in logits.iter().enumerate() {
            let eta = intercept + slope * x;
            let towards = if self.positive[place] { eta } else { -eta };
            // ln of the logistic function, without overflow.
            let ln_p = towards.min(0.0) - (-towards.abs()).exp().ln_1p();
            sum += self.mass[place] * ln_p;
        }
        sum
    }

    /// Gradient, and the information as its entries (1,1), (1,2), (2,2).
    fn derivatives(&self, logits: &[f64], [intercept, slope]: [f64; 2]) -> ([f64; 2], [f64; 3]) {
        let (mut score, mut information) = ([0.0; 2], [0.0; 3]);
        for (place, x) in logits.iter().enumerate() {
            let p = logistic(intercept + slope * x);
            let mass = self.mass[place];
            let residual = mass * (f64::from(u8::from(self.positive[place])) - p);
            score[0] += residual;
            score[1] += residual * x;
            let curve = mass * p * (1.0 - p);
            information[0] += curve;
            information[1] += curve * x;
            information[2] += curve * x * x;
        }
        (score, information)
    }

    /// Variances `A⁻¹ B A⁻¹` of intercept and slope: `A` the information, `B` the sum
    /// of squared gradients of the rows, or of the blocks.
    fn sandwich(&self, logits: &[f64], at: [f64; 2], with_slope: bool) -> [f64; 2] {
        let (_, information) = self.derivatives(logits, at);
        let n_blocks = self.blocks.map_or(0, |(_, n)| n);
        let mut of_block = vec![[0.0; 2]; n_blocks];
        let mut middle = [0.0; 3];
        let mut add = |a: f64, b: f64, times: f64| {
            middle[0] += times * a * a;
            middle[1] += times * a * b;
            middle[2] += times * b * b;
        };
        for (place, &x) in logits.iter().enumerate() {
            let p = logistic(at[0] + at[1] * x);
            let residual = f64::from(u8::from(self.positive[place])) - p;
            if let Some((blocks, _)) = self.blocks {
                let sums = &mut of_block[blocks[place] as usize];
                sums[0] += self.mass[place] * residual;
                sums[1] += self.mass[place] * residual * x;
            } else {
                add(residual, residual * x, self.square[place]);
            }
        }
        let correction = n_blocks as f64 / (n_blocks as f64 - 1.0);
        for [a, b] in of_block {
            add(a, b, correction);
        }
        if !with_slope {
            return [middle[0] / (information[0] * information[0]), 0.0];
        }
        let column = |unit: [f64; 2]| solve(information, unit).unwrap_or([f64::NAN; 2]);
        let quadratic =
            |[a, b]: [f64; 2]| a * a * middle[0] + 2.0 * a * b * middle[1] + b * b * middle[2];
        [quadratic(column([1.0, 0.0])), quadratic(column([0.0, 1.0]))]
    }
}

/// Solves a symmetric system of two equations.
fn solve([a, b, d]: [f64; 3], [u, v]: [f64; 2]) -> Option<[f64; 2]> {
    let determinant = a * d - b * b;
    // Relative to the product of the diagonal: what is left after cancellation.
    if !(determinant > 1e-14 * a * d) {
        return None;
    }
    Some([(d * u - b * v) / determinant, (a * v - b * u) / determinant])
}

fn logistic(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}

/// Scores are kept one float step of 1 away from 0 and 1, as in the log loss.
fn logit(score: f64) -> f64 {
    let score = score.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    score.ln() - (-score).ln_1p()
}
