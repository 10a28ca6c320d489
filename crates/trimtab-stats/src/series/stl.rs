//! Seasonal-trend decomposition by loess.

use super::rolling::median;
use crate::error::StatsError;

/// How [`stl`] smooths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StlOptions {
    /// Rows per season, at least 2.
    pub period: usize,
    /// Span of the seasonal smoother in seasons, odd, at least 3.
    pub seasonal: usize,
    /// Span of the trend smoother in rows, odd, above the period.
    pub trend: usize,
    /// Span of the low-pass smoother in rows, odd, above the period.
    pub low_pass: usize,
    /// Degree of the seasonal smoother: 0 or 1.
    pub seasonal_degree: u8,
    /// Rows from one fit of the trend (and of the low pass) to the next; between them it
    /// is a straight line. 1 fits at every row; a tenth of the span is hardly less exact
    /// and far faster.
    pub trend_jump: usize,
    /// As `trend_jump`, for the low pass.
    pub low_pass_jump: usize,
    /// Whether outlying rows are weighed down, in 15 rounds of 2; else one round of 5.
    pub robust: bool,
}

impl StlOptions {
    /// The usual spans: the trend takes the smallest odd number of at least
    /// `1.5 period / (1 − 1.5 / seasonal)`, the low pass the smallest odd one above the
    /// period; local lines; not robust.
    pub fn new(period: usize, seasonal: usize) -> Self {
        let odd = |n: usize| n + usize::from(n.is_multiple_of(2));
        let trend = (1.5 * period as f64 / (1.0 - 1.5 / seasonal.max(3) as f64)).ceil();
        Self {
            period,
            seasonal,
            trend: odd(trend as usize),
            low_pass: odd(period + 1),
            seasonal_degree: 1,
            trend_jump: 1,
            low_pass_jump: 1,
            robust: false,
        }
    }

    /// The same spans, fitted at every tenth of a span.
    #[must_use]
    pub fn fast(self) -> Self {
        Self {
            trend_jump: self.trend.div_ceil(10),
            low_pass_jump: self.low_pass.div_ceil(10),
            ..self
        }
    }

    /// A season that does not change over `n_rows`: each place in the season is averaged.
    pub fn periodic(period: usize, n_rows: usize) -> Self {
        let seasonal = 10 * n_rows.max(1) + 1;
        Self {
            seasonal_degree: 0,
            ..Self::new(period, seasonal)
        }
    }

    fn check(&self) -> Result<(), StatsError> {
        let odd = [
            ("seasonal", self.seasonal, 3),
            ("trend", self.trend, self.period + 1),
            ("low_pass", self.low_pass, self.period + 1),
        ];
        for (name, found, least) in odd {
            if found < least || found.is_multiple_of(2) {
                return Err(StatsError::ParameterOutOfDomain {
                    name,
                    domain: "odd, at least 3, and above the period where it spans rows",
                    found: found as f64,
                });
            }
        }
        if self.period < 2 {
            return Err(StatsError::ParameterOutOfDomain {
                name: "period",
                domain: "at least 2",
                found: self.period as f64,
            });
        }
        Ok(())
    }
}

/// A series as the sum of three: `values = seasonal + trend + residual`.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// The repeating part, shape `(n,)`.
    pub seasonal: Vec<f64>,
    /// The slow part, shape `(n,)`.
    pub trend: Vec<f64>,
    /// The rest, shape `(n,)`.
    pub residual: Vec<f64>,
    /// The weight of each row in the last round, in `[0, 1]`; 1 if not robust.
    pub weights: Vec<f64>,
}

/// Splits a series into season, trend and rest.
///
/// # Arguments
///
/// * `values`: the series in order of time, shape `(n,)`, equally spaced, finite, at
///   least two periods long.
/// * `options`: see [`StlOptions`].
///
/// # Returns
///
/// The three parts. They use the whole series, later rows too: for alarms see
/// [`detect_series`](super::detect_series) with `mstl`.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if there are fewer rows than two periods.
/// * [`StatsError::NotFinite`] if a value is not finite.
/// * [`StatsError::ParameterOutOfDomain`] if an option is outside its range.
///
/// # Source
///
/// R. Cleveland, W. Cleveland, J. `McRae`, I. Terpenning, *STL: a seasonal-trend
/// decomposition procedure based on loess*, Journal of Official Statistics 6 (1990).
/// Every row is smoothed (no interpolation between rows), as in statsmodels.
pub fn stl(values: &[f64], options: &StlOptions) -> Result<Decomposition, StatsError> {
    options.check()?;
    let n = values.len();
    if n < 2 * options.period {
        return Err(StatsError::EmptySample {
            sample: "two seasons of the series",
        });
    }
    if values.iter().any(|x| !x.is_finite()) {
        return Err(StatsError::NotFinite { sample: "series" });
    }
    let (n_outer, n_inner) = if options.robust { (15, 2) } else { (0, 5) };
    let mut rounds = Rounds::new(values, *options);
    for outer in 0..=n_outer {
        rounds.decompose(n_inner);
        if outer < n_outer {
            rounds.weigh();
        }
    }
    let residual = values
        .iter()
        .zip(&rounds.seasonal)
        .zip(&rounds.trend)
        .map(|((y, s), t)| y - s - t)
        .collect();
    Ok(Decomposition {
        seasonal: rounds.seasonal,
        trend: rounds.trend,
        residual,
        weights: rounds.weights.unwrap_or_else(|| vec![1.0; n]),
    })
}

struct Rounds<'a> {
    values: &'a [f64],
    options: StlOptions,
    seasonal: Vec<f64>,
    trend: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl<'a> Rounds<'a> {
    fn new(values: &'a [f64], options: StlOptions) -> Self {
        let n = values.len();
        Self {
            values,
            options,
            seasonal: vec![0.0; n],
            trend: vec![0.0; n],
            weights: None,
        }
    }

    fn decompose(&mut self, n_inner: usize) {
        let StlOptions {
            period,
            trend,
            low_pass,
            trend_jump,
            low_pass_jump,
            ..
        } = self.options;
        let n = self.values.len();
        for _ in 0..n_inner {
            let detrended: Vec<f64> = self
                .values
                .iter()
                .zip(&self.trend)
                .map(|(y, t)| y - t)
                .collect();
            let cycle = self.smooth_seasons(&detrended);
            let averaged = moving_average(&cycle, period);
            let averaged = moving_average(&averaged, period);
            let averaged = moving_average(&averaged, 3);
            let slow = loess(&averaged, low_pass, 1, low_pass_jump, None);
            for i in 0..n {
                self.seasonal[i] = cycle[period + i] - slow[i];
            }
            let deseasoned: Vec<f64> = self
                .values
                .iter()
                .zip(&self.seasonal)
                .map(|(y, s)| y - s)
                .collect();
            self.trend = loess(&deseasoned, trend, 1, trend_jump, self.weights.as_deref());
        }
    }

    /// Smooths each place in the season over the seasons, one season further at both ends.
    fn smooth_seasons(&self, detrended: &[f64]) -> Vec<f64> {
        let StlOptions {
            period,
            seasonal,
            seasonal_degree,
            ..
        } = self.options;
        let n = detrended.len();
        let mut cycle = vec![0.0; n + 2 * period];
        for place in 0..period {
            let series: Vec<f64> = detrended
                .iter()
                .skip(place)
                .step_by(period)
                .copied()
                .collect();
            let weights: Option<Vec<f64>> = self
                .weights
                .as_ref()
                .map(|w| w.iter().skip(place).step_by(period).copied().collect());
            let weights = weights.as_deref();
            let k = series.len();
            let smoothed = loess(&series, seasonal, seasonal_degree, 1, weights);
            let local = |x: f64, left: usize, right: usize| {
                local_fit(&series, seasonal, seasonal_degree, x, left..right, weights)
            };
            cycle[place] = local(-1.0, 0, seasonal.min(k)).unwrap_or(smoothed[0]);
            for (m, &value) in smoothed.iter().enumerate() {
                cycle[(m + 1) * period + place] = value;
            }
            cycle[(k + 1) * period + place] =
                local(k as f64, k.saturating_sub(seasonal), k).unwrap_or(smoothed[k - 1]);
        }
        cycle
    }

    /// Bisquare weights from the residuals: 0 beyond six times their median size.
    fn weigh(&mut self) {
        let sizes: Vec<f64> = (0..self.values.len())
            .map(|i| (self.values[i] - self.seasonal[i] - self.trend[i]).abs())
            .collect();
        let limit = 6.0 * median(&sizes).unwrap_or(0.0);
        let weigh = |&size: &f64| {
            if size <= 0.001 * limit {
                1.0
            } else if size <= 0.999 * limit {
                (1.0 - (size / limit).powi(2)).powi(2)
            } else {
                0.0
            }
        };
        self.weights = Some(sizes.iter().map(weigh).collect());
    }
}

fn moving_average(values: &[f64], width: usize) -> Vec<f64> {
    let mut sum: f64 = values[..width].iter().sum();
    let mut averages = vec![sum / width as f64];
    for i in width..values.len() {
        sum += values[i] - values[i - width];
        averages.push(sum / width as f64);
    }
    averages
}

/// Smooths a series, fitting at every `jump`-th row and at the last.
fn loess(
    values: &[f64],
    span: usize,
    degree: u8,
    jump: usize,
    weights: Option<&[f64]>,
) -> Vec<f64> {
    let n = values.len();
    if n < 2 {
        return values.to_vec();
    }
    let width = span.min(n);
    let half = span.div_ceil(2);
    let fit = |i: usize| {
        // The window stays inside the series.
        let left = (i + 1).saturating_sub(half).min(n - width);
        local_fit(values, span, degree, i as f64, left..left + width, weights).unwrap_or(values[i])
    };
    let jump = jump.clamp(1, n - 1);
    if jump == 1 {
        return (0..n).map(fit).collect();
    }
    let mut smoothed = vec![0.0; n];
    smoothed[0] = fit(0);
    let mut from = 0;
    while from < n - 1 {
        let to = (from + jump).min(n - 1);
        smoothed[to] = fit(to);
        let slope = (smoothed[to] - smoothed[from]) / (to - from) as f64;
        for i in from + 1..to {
            smoothed[i] = smoothed[from] + slope * (i - from) as f64;
        }
        from = to;
    }
    smoothed
}

/// The locally weighted fit at `x` from the rows in `range`; `None` if all weigh nothing.
fn local_fit(
    values: &[f64],
    span: usize,
    degree: u8,
    x: f64,
    range: std::ops::Range<usize>,
    weights: Option<&[f64]>,
) -> Option<f64> {
    let n = values.len();
    let mut reach = (x - range.start as f64).max(range.end as f64 - 1.0 - x);
    if span > n {
        reach += ((span - n) / 2) as f64;
    }
    let weight = |j: usize| {
        let distance = (j as f64 - x).abs();
        let tricube = if distance <= 0.001 * reach {
            1.0
        } else if distance <= 0.999 * reach {
            let cube = (distance / reach).powi(3);
            (1.0 - cube).powi(3)
        } else {
            0.0
        };
        tricube * weights.map_or(1.0, |w| w[j])
    };
    let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
    let (mut sum, mut slope_sum) = (0.0, 0.0);
    for j in range {
        // Distances from x, not from the series' start: long series keep their digits.
        let (w, d) = (weight(j), j as f64 - x);
        total += w;
        first += w * d;
        second += w * d * d;
        sum += w * values[j];
        slope_sum += w * d * values[j];
    }
    if total <= 0.0 {
        return None;
    }
    let level = sum / total;
    if degree == 0 || reach <= 0.0 {
        return Some(level);
    }
    let center = first / total;
    let spread = second / total - center * center;
    if spread.max(0.0).sqrt() <= 0.001 * (n as f64 - 1.0) {
        return Some(level);
    }
    let slope = (slope_sum / total - center * level) / spread;
    Some(level - center * slope)
}
