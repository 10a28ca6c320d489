//! How much do windows differ from each other when nothing has drifted?
//!
//! Rows of real traffic are not independent: they come in days, users and storms.
//! The laws here take the spread of the reference's own windows as the measure of
//! chance, not the number of rows.

use crate::error::StatsError;
use crate::random::Random;
use crate::special::{beta_regularised, gamma_quantile_upper, ln_gamma_q, student_t_sf};

/// Simulated refits of the law: at most, and at least when they are large.
const N_REFITS: (usize, usize) = (4_000, 1_000);
/// Draws over all refits, where that leaves enough of them.
const N_DRAWS: usize = 200_000;
/// Largest shape of a refit: beyond it the law is a point.
const MAX_REFIT_SHAPE: f64 = 1e4;
/// Nodes that stand for the refits when a p-value is computed.
const N_NODES: usize = 25;
/// Largest autocorrelation that is believed.
const MAX_AUTOCORRELATION: f64 = 0.95;
/// Fewest windows with which the law is used.
const MIN_WINDOWS: usize = 10;
/// Tail probability down to which a few dozen windows tell laws apart.
const TAIL_KNOWN_TO: f64 = 0.05;
/// How much of the law's fall is believed farther out.
const TAIL_BELIEVED: f64 = 0.6;
/// Fewest effective windows that a law is fitted with; fewer count as so many.
const MIN_EFFECTIVE: f64 = 2.0;

/// The law of a window's distance from the reference without drift.
///
/// A gamma law is fitted by moments to the distances `S_1 … S_k` of the reference's
/// own windows from the rest of it. The windows count as
/// `k_eff = k (1 − r) / (1 + r)`, with `r` the lag-1 autocorrelation of the windows'
/// location; the law is widened by what a new window lies farther away than one of the
/// reference's own. Because the law is known from so few windows only, the p-value is a
/// predictive one: [`WindowNull::p_value`] averages over up to 4,000 refits to
/// simulated sets of `k_eff` windows (what can be integrated is, so that it scatters by
/// 1–2 % between seeds at 0.005 and by 2–4 % at 0.001).
///
/// See [`WindowNull::is_usable`] for how far it can be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowNull {
    n_windows: usize,
    n_effective: f64,
    inflation: Option<f64>,
    law: Option<PredictiveGamma>,
    missing: Option<MissingNull>,
}

/// A gamma law fitted by moments, with what is needed to say how well it is known.
///
/// A refit to `k` values drawn from the law has shape `1/d` and scale `d m`, with `m`
/// the mean of the draws and `d` their squared coefficient of variation. The two are
/// independent, and the mean follows a gamma law itself, so that only `d` has to be
/// simulated: averaging over `m` is a beta tail.
#[derive(Debug, Clone, PartialEq)]
struct PredictiveGamma {
    shape: f64,
    scale: f64,
    n_draws: f64,
    /// Logarithms of simulated `d`, sorted.
    ln_dispersions: Vec<f64>,
}

impl WindowNull {
    /// Fits the law.
    ///
    /// # Arguments
    ///
    /// * `distances`: of each reference window from the rest of the reference, shape
    ///   `(k,)`, in the order of time, `≥ 0`, of a kind that does not saturate (see
    ///   [`window_distance`](crate::window_distance)).
    /// * `locations`: of each window (mean rank, share of the commonest category),
    ///   shape `(k,)`; only their autocorrelation is used.
    /// * `seed`: of the simulated refits. The same seed gives the same law.
    ///
    /// Distances that are not finite are left out with their locations.
    pub fn fit(distances: &[f64], locations: &[f64], seed: u64) -> Self {
        let (distances, locations): (Vec<f64>, Vec<f64>) = distances
            .iter()
            .zip(locations)
            .filter(|(distance, _)| distance.is_finite())
            .map(|(distance, location)| (distance.max(0.0), location))
            .unzip();
        let n_windows = distances.len();
        let n_effective = effective_windows(&locations);
        Self {
            n_windows,
            n_effective,
            inflation: None,
            law: PredictiveGamma::fit(&distances, n_effective, seed),
            missing: None,
        }
    }

    /// Attaches the law of the missing share.
    #[must_use]
    pub fn with_missing(mut self, missing: Option<MissingNull>) -> Self {
        self.missing = missing;
        self
    }

    /// Probability of a missing share at least this far from the reference's if
    /// nothing has changed; `None` where no law of it is known.
    pub fn missing_p_value(&self, reference: f64, current: f64) -> Option<f64> {
        self.missing.as_ref()?.p_value(reference, current)
    }

    /// Attaches the inflation factor.
    #[must_use]
    pub fn with_inflation(mut self, inflation: Option<f64>) -> Self {
        self.inflation = inflation;
        self
    }

    /// Probability of a window at least this far from the reference if nothing has
    /// drifted; `None` when the law is not usable.
    pub fn p_value(&self, distance: f64) -> Option<f64> {
        if !self.is_usable() || distance.is_nan() {
            return None;
        }
        self.law.as_ref().map(|law| believed(law.p_value(distance)))
    }

    /// Reference windows the law was fitted to.
    pub fn n_windows(&self) -> usize {
        self.n_windows
    }

    /// Windows they are worth, given their autocorrelation; at most `n_windows`.
    pub fn n_windows_effective(&self) -> f64 {
        self.n_effective
    }

    /// Observed spread of the windows over what independent rows would give:
    /// 1 where rows behave as independent.
    pub fn inflation(&self) -> Option<f64> {
        self.inflation
    }

    /// Whether there is a law: at least ten windows that are not all alike.
    ///
    /// How far it can be trusted depends on the effective windows: with ten or more the
    /// share of data sets that alarm without drift is about 5 % or less, with fewer it
    /// can be higher (`docs/statistics/calibration.md` has the table). Even there the law
    /// is far nearer to the truth than independent rows, with which every window of a real
    /// log alarms, and since the larger p-value counts it can only make a decision calmer.
    /// So it is used, and the number of effective windows is shown.
    pub fn is_usable(&self) -> bool {
        self.law.is_some() && self.has_enough_windows()
    }

    /// Whether no reference window differed from the rest at all (a constant
    /// column): then any difference is judged by the row-level test.
    pub fn is_all_zero(&self) -> bool {
        self.law.is_none() && self.has_enough_windows()
    }

    fn has_enough_windows(&self) -> bool {
        self.n_windows >= MIN_WINDOWS
    }
}

/// The law of a window's missing share without a change: the same predictive gamma
/// law, of the squared difference of the shares.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingNull {
    law: PredictiveGamma,
}

impl MissingNull {
    /// Fits the law from pairs of missing shares (of the rest, of the window), in the
    /// order of time. `None` with too few windows, or where the share never differs.
    pub fn fit(shares: &[(f64, f64)], seed: u64) -> Option<Self> {
        let distances: Vec<f64> = shares
            .iter()
            .map(|(rest, window)| (window - rest).powi(2))
            .collect();
        let locations: Vec<f64> = shares.iter().map(|&(_, window)| window).collect();
        let n_effective = effective_windows(&locations);
        if distances.len() < MIN_WINDOWS {
            return None;
        }
        let law = PredictiveGamma::fit(&distances, n_effective, seed)?;
        Some(Self { law })
    }

    fn p_value(&self, reference: f64, current: f64) -> Option<f64> {
        let distance = (current - reference).powi(2);
        (!distance.is_nan()).then(|| believed(self.law.p_value(distance)))
    }
}

impl PredictiveGamma {
    /// `None` where the distances do not vary around a positive mean.
    fn fit(distances: &[f64], n_effective: f64, seed: u64) -> Option<Self> {
        let (shape, scale) = gamma_by_moments(distances)?;
        let scale = scale * widening(distances.len() as f64, n_effective);
        let n_draws = n_effective.round().max(MIN_EFFECTIVE);
        let mut random = Random::from_seed(seed);
        let mut draws = vec![0.0; n_draws as usize];
        // Large sets scatter less, so fewer of them will do.
        let n_refits = (N_DRAWS / draws.len()).clamp(N_REFITS.1, N_REFITS.0);
        let mut ln_dispersions: Vec<f64> = (0..n_refits)
            .map(|_| {
                for draw in &mut draws {
                    *draw = random.gamma(shape);
                }
                // A set without spread cannot be refitted; it teaches nothing.
                let refit = gamma_by_moments(&draws).map_or(shape, |(refit, _)| refit);
                -refit.min(MAX_REFIT_SHAPE).ln()
            })
            .collect();
        ln_dispersions.sort_by(f64::total_cmp);
        Some(Self {
            shape,
            scale,
            n_draws,
            ln_dispersions,
        })
    }

    fn p_value(&self, distance: f64) -> f64 {
        if distance <= 0.0 {
            return 1.0;
        }
        let ln_tail = ln_gamma_q(self.shape, distance / self.scale);
        if ln_tail == f64::NEG_INFINITY {
            return 0.0;
        }
        let (Some(&low), Some(&high)) = (self.ln_dispersions.first(), self.ln_dispersions.last())
        else {
            return ln_tail.exp();
        };
        // The tail is a smooth function of the dispersion: a few nodes stand for all.
        let step = (high - low) / (N_NODES - 1) as f64;
        if step <= 0.0 {
            return self.ln_mean_tail(low, ln_tail).exp();
        }
        let nodes: Vec<f64> = (0..N_NODES)
            .map(|node| self.ln_mean_tail(low + step * node as f64, ln_tail))
            .collect();
        let tails = self
            .ln_dispersions
            .iter()
            .map(|ln_dispersion| interpolate(&nodes, (ln_dispersion - low) / step).exp());
        (tails.sum::<f64>() / self.ln_dispersions.len() as f64).clamp(0.0, 1.0)
    }

    /// Logarithm of the law's tail beyond the level that a refit of the given
    /// dispersion finds as extreme as `ln_tail`, averaged over the refits' means.
    fn ln_mean_tail(&self, ln_dispersion: f64, ln_tail: f64) -> f64 {
        let dispersion = ln_dispersion.exp();
        // The level is the mean m times h. With X the law and M = k m, both gamma,
        // P(X > m h) is the beta tail of X / (X + M) beyond h / (k + h).
        let h = dispersion * gamma_quantile_upper(1.0 / dispersion, ln_tail);
        let k = self.n_draws;
        let tail = beta_regularised(k / (k + h), k * self.shape, self.shape);
        tail.max(f64::MIN_POSITIVE).ln()
    }
}

/// The tail probability that is believed: the law's down to 5 %; farther out only 0.6 of its
/// logarithm counts.
///
/// A few dozen windows cannot tell a light tail from a heavy one out there, where the adjusted
/// p-values of many columns live. Without this, 30 columns of lognormal values or of many
/// categories alarm in 10 to 35 % of the data sets without drift; with it the lognormal ones still
/// do in 8 to 12 % (`docs/statistics/calibration.md`).
fn believed(p_value: f64) -> f64 {
    if p_value < TAIL_KNOWN_TO {
        TAIL_KNOWN_TO * (p_value / TAIL_KNOWN_TO).powf(TAIL_BELIEVED)
    } else {
        p_value
    }
}

/// How much farther a new window lies from the reference, on average and squared, than one
/// of the reference's own from the rest.
///
/// Windows that resemble their neighbours resemble the rest too. With `k_eff` effective
/// windows the mean of all varies by `1/k_eff` of one window's variance and moves along with
/// each of its windows: a window of the reference is `k²/(k−1)² (1 − 1/k_eff)` away from the
/// rest, a new one `1 + 1/k_eff`. Without autocorrelation the two are equal up to `1/k²`.
fn widening(n_windows: f64, n_effective: f64) -> f64 {
    let share = 1.0 / n_effective.max(MIN_EFFECTIVE);
    let left_out = (n_windows - 1.0) / n_windows;
    ((1.0 + share) / (1.0 - share) * left_out * left_out).max(1.0)
}

/// Cubic interpolation (Lagrange, four nodes) at a position counted in nodes.
fn interpolate(nodes: &[f64], position: f64) -> f64 {
    let first = (position.floor().max(1.0) as usize - 1).min(nodes.len() - 4);
    let t = position - first as f64;
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| nodes[first + i]);
    let (t1, t2, t3) = (t - 1.0, t - 2.0, t - 3.0);
    (-a * t1 * t2 * t3 + 3.0 * b * t * t2 * t3 - 3.0 * c * t * t1 * t3 + d * t * t1 * t2) / 6.0
}

/// Shape and scale of the gamma law with the sample's mean and variance
/// (divisor `n - 1`).
fn gamma_by_moments(values: &[f64]) -> Option<(f64, f64)> {
    let (mean, variance) = moments(values)?;
    let usable = mean > 0.0 && variance > 0.0;
    let shape = mean * mean / variance;
    let scale = variance / mean;
    (usable && shape.is_finite() && shape > 0.0 && scale.is_finite() && scale > 0.0)
        .then_some((shape, scale))
}

fn moments(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((mean, squares / (n - 1.0)))
}

/// How many independent windows an autocorrelated series is worth:
/// `k (1 − r) / (1 + r)` with `r` the lag-1 autocorrelation, raised by `1/k` against
/// its bias and kept in `[0, 0.95]`.
pub fn effective_windows(series: &[f64]) -> f64 {
    let k = series.len() as f64;
    let Some((mean, variance)) = moments(series) else {
        return k;
    };
    let squares = variance * (k - 1.0);
    if squares.is_nan() || squares <= 0.0 {
        return k;
    }
    let products: f64 = series
        .windows(2)
        .map(|pair| (pair[0] - mean) * (pair[1] - mean))
        .sum();
    let r = (products / squares + 1.0 / k).clamp(0.0, MAX_AUTOCORRELATION);
    k * (1.0 - r) / (1.0 + r)
}

/// Which change of a signal counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Only a rise (an error, a Brier score).
    Up,
    /// Only a fall (an AUC, a volume).
    Down,
    /// Either.
    Both,
}

/// The law of a signal's level over several windows without a change, from its
/// values in the reference's windows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignalNull {
    n_windows: usize,
    n_effective: f64,
    mean: f64,
    sd: f64,
}

/// A judgement of the mean of the last windows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignalEvidence {
    /// Standardised difference; above 0 where the signal rose.
    pub z: f64,
    /// Student t tail in the asked direction (doubled for both).
    pub p_value: f64,
    /// Degrees of freedom: effective windows less one.
    pub df: f64,
}

impl SignalNull {
    /// Fits mean and spread of the reference's windows.
    ///
    /// * `values`: one per window, in the order of time; values that are not finite
    ///   are left out.
    ///
    /// # Errors
    ///
    /// [`StatsError::EmptySample`] with fewer than three finite values.
    pub fn fit(values: &[f64]) -> Result<Self, StatsError> {
        let values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let (Some((mean, variance)), true) = (moments(&values), values.len() >= 3) else {
            return Err(StatsError::EmptySample { sample: "windows" });
        };
        Ok(Self {
            n_windows: values.len(),
            n_effective: effective_windows(&values).max(2.0),
            mean,
            sd: variance.sqrt(),
        })
    }

    /// Mean of the reference's windows, in the signal's unit.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Standard deviation between the reference's windows.
    pub fn sd(&self) -> f64 {
        self.sd
    }

    /// Reference windows.
    pub fn n_windows(&self) -> usize {
        self.n_windows
    }

    /// Windows they are worth, at least 2.
    pub fn n_windows_effective(&self) -> f64 {
        self.n_effective
    }

    /// The standard error of the difference between the mean of `w` windows and the
    /// reference's: `sd √(1/(w f) + 1/k_eff)` with `f = k_eff / k`.
    pub fn standard_error(&self, w: usize) -> f64 {
        let fraction = self.n_effective / self.n_windows as f64;
        self.sd * (1.0 / (w as f64 * fraction) + 1.0 / self.n_effective).sqrt()
    }

    /// Judges the mean of the last `w ≥ 1` windows:
    /// `z = (mean of last w − m) / standard error`, Student t law with `k_eff − 1`
    /// degrees of freedom. `None` when it is not finite, `w` is 0, or the reference's
    /// windows do not vary.
    pub fn judge_mean_of_last(
        &self,
        w: usize,
        mean_of_last: f64,
        direction: Direction,
    ) -> Option<SignalEvidence> {
        if w == 0 || !mean_of_last.is_finite() || self.sd <= 0.0 {
            return None;
        }
        let z = (mean_of_last - self.mean) / self.standard_error(w);
        let df = (self.n_effective - 1.0).max(1.0);
        let p_value = match direction {
            Direction::Up => student_t_sf(z, df),
            Direction::Down => student_t_sf(-z, df),
            Direction::Both => (2.0 * student_t_sf(z.abs(), df)).min(1.0),
        };
        Some(SignalEvidence { z, p_value, df })
    }
}
