//! Exponential smoothing with additive errors, fitted by likelihood.

use crate::error::StatsError;

/// Which parts the model has besides the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EtsShape {
    /// Whether there is a slope.
    pub trend: bool,
    /// Whether the slope fades; needs a slope.
    pub damped: bool,
    /// Rows per season; `None` or less than 2 for no season.
    pub period: Option<usize>,
}

/// How fast each part follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EtsParameters {
    /// Of the level, in `(0, 1)`.
    pub alpha: f64,
    /// Of the slope, in `(0, alpha)`; 0 without one.
    pub beta: f64,
    /// Of the season, in `(0, 1 − alpha)`; 0 without one.
    pub gamma: f64,
    /// Share of the slope kept per row: in `[0.8, 0.98]` when fitted; 1 if not damped.
    pub phi: f64,
}

/// Level, slope and season before the next row.
#[derive(Debug, Clone, PartialEq)]
pub struct EtsState {
    /// The level.
    pub level: f64,
    /// The slope per row; 0 without one.
    pub slope: f64,
    /// The season, the next row's place first; empty without one.
    pub season: Vec<f64>,
}

/// A model with its state after the rows seen.
#[derive(Debug, Clone, PartialEq)]
pub struct EtsModel {
    /// How fast each part follows.
    pub parameters: EtsParameters,
    /// The parts before the next row.
    pub state: EtsState,
    /// Logarithm of the likelihood of the rows it was fitted to, the variance at its
    /// best value.
    pub ln_likelihood: f64,
    /// Root mean square of the one-step errors of these rows.
    pub sd: f64,
    position: usize,
}

impl EtsModel {
    /// A model with given parameters that stands before the first of `values`, run over
    /// them.
    ///
    /// The error is `e = y − (l + φ b + s)`; then `l ← l + φ b + α e`, `b ← φ b + β e`,
    /// `s ← s + γ e`. The likelihood is `−n/2 (ln(2π Σe²/n) + 1)`.
    ///
    /// Values that are not finite are missing: the state goes on as expected.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] if no value is finite.
    ///
    /// # Source
    ///
    /// R. Hyndman, A. Koehler, J. Ord, R. Snyder, *Forecasting with exponential
    /// smoothing: the state space approach* (2008): models `ANN`, `AAN`, `AAdN`, `ANA`, `AAA` and
    /// `AAdA`, in statsmodels' parametrisation.
    pub fn filtered(
        parameters: EtsParameters,
        state: EtsState,
        values: &[f64],
    ) -> Result<Self, StatsError> {
        let mut model = Self {
            parameters,
            state,
            ln_likelihood: 0.0,
            sd: 0.0,
            position: 0,
        };
        let (mut sum, mut n) = (0.0, 0_u64);
        for &value in values {
            let error = model.update(value);
            if error.is_finite() {
                sum += error * error;
                n += 1;
            }
        }
        if n == 0 {
            return Err(StatsError::EmptySample { sample: "series" });
        }
        let n = n as f64;
        model.sd = (sum / n).sqrt();
        model.ln_likelihood = -0.5 * n * ((2.0 * std::f64::consts::PI * sum / n).ln() + 1.0);
        Ok(model)
    }

    /// What is expected of the next row.
    pub fn forecast(&self) -> f64 {
        let season = self.state.season.get(self.position).copied().unwrap_or(0.0);
        self.state.level + self.parameters.phi * self.state.slope + season
    }

    /// Takes the next row in and returns its error, `value − forecast`; not a number,
    /// with the state going on as expected, if the value is not finite.
    pub fn update(&mut self, value: f64) -> f64 {
        let error = value - self.forecast();
        self.learn(if error.is_finite() { error } else { 0.0 });
        error
    }

    /// As [`EtsModel::update`], but errors larger than `limit` move the state as if they
    /// were `limit`: an outlier does not carry the level away.
    pub fn update_clipped(&mut self, value: f64, limit: f64) -> f64 {
        let error = value - self.forecast();
        let clipped = error.max(-limit).min(limit);
        self.learn(if error.is_nan() { 0.0 } else { clipped });
        error
    }

    fn learn(&mut self, error: f64) {
        let EtsParameters {
            alpha,
            beta,
            gamma,
            phi,
        } = self.parameters;
        let state = &mut self.state;
        state.level += phi * state.slope + alpha * error;
        state.slope = phi * state.slope + beta * error;
        if let Some(season) = state.season.get_mut(self.position) {
            *season += gamma * error;
            self.position = (self.position + 1) % state.season.len();
        }
    }
}

/// Fits the smoothing parameters by likelihood.
///
/// The initial state is the usual heuristic: the first seasons' mean deviations from a
/// centred moving average, then a straight line through the first ten deseasoned rows.
/// The four parameters are then found by the simplex of Nelder and Mead from two starts.
///
/// # Arguments
///
/// * `values`: shape `(n,)`, equally spaced; values that are not finite are missing.
/// * `shape`: see [`EtsShape`].
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if fewer than 10 values are finite, or fewer rows are
///   there than two seasons.
/// * [`StatsError::ParameterOutOfDomain`] if a damped trend is asked for without a trend.
pub fn fit_ets(values: &[f64], shape: EtsShape) -> Result<EtsModel, StatsError> {
    if shape.damped && !shape.trend {
        return Err(StatsError::ParameterOutOfDomain {
            name: "damped",
            domain: "false without a trend",
            found: 1.0,
        });
    }
    let period = shape.period.filter(|&p| p >= 2);
    let n_finite = values.iter().filter(|x| x.is_finite()).count();
    if n_finite < 10 || period.is_some_and(|p| values.len() < 2 * p) {
        return Err(StatsError::EmptySample {
            sample: "ten rows and two seasons of the series",
        });
    }
    let state = initial_state(values, shape.trend, period);
    let parameters = |point: &[f64; 4]| bounded(point, shape, period.is_some());
    let loss = |point: &[f64; 4]| {
        EtsModel::filtered(parameters(point), state.clone(), values)
            .map_or(f64::INFINITY, |model| -model.ln_likelihood)
    };
    let starts = [[-1.0, -2.0, -2.0, 0.0], [1.5, -3.0, -3.0, 0.0]];
    let mut best: Option<([f64; 4], f64)> = None;
    for start in starts {
        let found = nelder_mead(&loss, start);
        if best.is_none_or(|(_, least)| found.1 < least) {
            best = Some(found);
        }
    }
    let point = best.map_or(starts[0], |(point, _)| point);
    EtsModel::filtered(parameters(&point), state.clone(), values)
}

/// Free numbers to parameters inside their bounds.
fn bounded(point: &[f64; 4], shape: EtsShape, season: bool) -> EtsParameters {
    let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
    let share = |x: f64| 1e-4 + (1.0 - 2e-4) * logistic(x);
    let alpha = share(point[0]);
    EtsParameters {
        alpha,
        beta: if shape.trend {
            alpha * share(point[1])
        } else {
            0.0
        },
        gamma: if season {
            (1.0 - alpha) * share(point[2])
        } else {
            0.0
        },
        phi: if shape.damped {
            0.8 + 0.18 * logistic(point[3])
        } else {
            1.0
        },
    }
}

fn initial_state(values: &[f64], trend: bool, period: Option<usize>) -> EtsState {
    let season = period.map_or_else(Vec::new, |p| initial_season(values, p));
    let rows: Vec<(f64, f64)> = values
        .iter()
        .enumerate()
        .filter(|(_, x)| x.is_finite())
        .take(10)
        .map(|(i, x)| {
            (
                i as f64 + 1.0,
                x - season.get(i % season.len().max(1)).copied().unwrap_or(0.0),
            )
        })
        .collect();
    let n = rows.len() as f64;
    let mean_y = rows.iter().map(|r| r.1 / n).sum::<f64>();
    if !trend {
        return EtsState {
            level: mean_y,
            slope: 0.0,
            season,
        };
    }
    let mean_x = rows.iter().map(|r| r.0).sum::<f64>() / n;
    let spread = rows.iter().map(|r| (r.0 - mean_x).powi(2)).sum::<f64>();
    let slope = rows
        .iter()
        .map(|r| (r.0 - mean_x) * (r.1 - mean_y))
        .sum::<f64>()
        / spread;
    EtsState {
        level: mean_y - slope * mean_x,
        slope,
        season,
    }
}

/// Mean deviation of each place in the season from the centred moving average over the
/// first (at most four) seasons.
fn initial_season(values: &[f64], period: usize) -> Vec<f64> {
    let rows = &values[..values.len().min(4 * period)];
    let last_finite = |i: usize| {
        let known = rows[..=i].iter().rev().find(|x| x.is_finite());
        known
            .or_else(|| rows.iter().find(|x| x.is_finite()))
            .copied()
            .unwrap_or(0.0)
    };
    let filled: Vec<f64> = (0..rows.len()).map(last_finite).collect();
    let half = period / 2;
    let mut sums = vec![(0.0, 0_u32); period];
    for i in 0..filled.len() {
        // At the ends the average of the nearest whole season stands in.
        let start = i.saturating_sub(half).min(filled.len() - period);
        let mean = filled[start..start + period]
            .iter()
            .map(|x| x / period as f64)
            .sum::<f64>();
        sums[i % period].0 += filled[i] - mean;
        sums[i % period].1 += 1;
    }
    let mut season: Vec<f64> = sums
        .iter()
        .map(|(sum, n)| sum / f64::from((*n).max(1)))
        .collect();
    let mean = season.iter().map(|x| x / period as f64).sum::<f64>();
    for x in &mut season {
        *x -= mean;
    }
    season
}

/// The simplex method of J. Nelder and R. Mead (1965) in four dimensions.
fn nelder_mead(loss: &impl Fn(&[f64; 4]) -> f64, start: [f64; 4]) -> ([f64; 4], f64) {
    const MAX_STEPS: usize = 400;
    const TOLERANCE: f64 = 1e-7;
    let mut simplex: Vec<([f64; 4], f64)> = vec![(start, loss(&start))];
    for axis in 0..4 {
        let mut corner = start;
        corner[axis] += 1.0;
        simplex.push((corner, loss(&corner)));
    }
    for _ in 0..MAX_STEPS {
        simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (best, worst) = (simplex[0], simplex[4]);
        if (worst.1 - best.1).abs() <= TOLERANCE {
            break;
        }
        let mut center = [0.0; 4];
        for (corner, _) in &simplex[..4] {
            for (c, x) in center.iter_mut().zip(corner) {
                *c += 0.25 * x;
            }
        }
        let along = |factor: f64| -> ([f64; 4], f64) {
            let mut point = center;
            for (p, w) in point.iter_mut().zip(&worst.0) {
                *p += factor * (*p - w);
            }
            (point, loss(&point))
        };
        let reflected = along(1.0);
        if reflected.1 < best.1 {
            let expanded = along(2.0);
            simplex[4] = if expanded.1 < reflected.1 {
                expanded
            } else {
                reflected
            };
        } else if reflected.1 < simplex[3].1 {
            simplex[4] = reflected;
        } else {
            let contracted = along(if reflected.1 < worst.1 { 0.5 } else { -0.5 });
            if contracted.1 < worst.1.min(reflected.1) {
                simplex[4] = contracted;
            } else {
                for (corner, value) in &mut simplex[1..] {
                    for (x, b) in corner.iter_mut().zip(&best.0) {
                        *x = 0.5 * (*x + b);
                    }
                    *value = loss(corner);
                }
            }
        }
    }
    simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
    simplex[0]
}
