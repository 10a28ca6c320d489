//! Every causal method by name, with one way to call and to read them.

use super::bocpd::{Bocpd, NormalGamma};
use super::detector::{DetectorOptions, SeriesDetector};
use super::ets::{EtsModel, EtsShape, fit_ets};
use super::rolling::{MAD_TO_SD, RollingWindow, mad_of_sorted, median_of_sorted};
use super::scored::{Reason, Scored, score_from_ln_tail};
use super::seasonal_esd;
use super::seasonal_forecast::{Forecaster, expected_values};
use super::spectral_residual::spectral_residual_scores;
use crate::error::StatsError;
use crate::special::{ln_normal_sf, student_t_sf};

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// Rows before the first verdict of the methods that need only a spread.
const WARM_UP: usize = 32;
/// Longest period, in rows, of the methods that decompose.
const MAX_PERIOD: usize = 4096;
/// Share of the window that ESD may take out.
const ESD_SHARE: f64 = 0.1;
/// Level at which ESD takes other rows out.
const ESD_ALPHA: f64 = 0.05;
/// Mean rows between changes, and rows within which one is new, for BOCPD.
const BOCPD_RUN: f64 = 250.0;
const BOCPD_RECENT: u64 = 10;

/// A causal method for the rows of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SeriesMethod {
    /// [`SeriesDetector`], the default.
    Auto,
    /// Distance from the median of the rows before, in median absolute deviations.
    RobustZ,
    /// Distance from trend and seasons of the rows before.
    Mstl,
    /// Distance from the forecast of exponential smoothing.
    Ets,
    /// Spectral residual of the rows up to this one.
    SpectralResidual,
    /// Seasonal hybrid ESD on the rows up to this one.
    SeasonalEsd,
    /// Predictive tail and change probability of Bayesian change points.
    Bocpd,
}

impl SeriesMethod {
    /// All of them, the default first.
    pub const ALL: [Self; 7] = [
        Self::Auto,
        Self::RobustZ,
        Self::Mstl,
        Self::Ets,
        Self::SpectralResidual,
        Self::SeasonalEsd,
        Self::Bocpd,
    ];

    /// The name used in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::RobustZ => "robust_z",
            Self::Mstl => "mstl",
            Self::Ets => "ets",
            Self::SpectralResidual => "spectral_residual",
            Self::SeasonalEsd => "seasonal_esd",
            Self::Bocpd => "bocpd",
        }
    }

    /// The method of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

/// Settings of [`detect_series`].
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesOptions {
    /// Rate of false alarms per row at which a score is one half, in `(0, 0.5)`. For
    /// [`SeriesMethod::Auto`] it is checked by simulation; for the others it is what
    /// their model says.
    pub alarm_rate: f64,
    /// Rows before this one that give level and spread, at least 32; not used by
    /// [`SeriesMethod::Auto`].
    pub window: usize,
    /// Rows per season. `None`: a day and a week, from the time step. Not used by
    /// [`SeriesMethod::Auto`], which finds its own.
    pub periods: Option<Vec<usize>>,
    /// Rows after an alarm that belong to its event. Not used by
    /// [`SeriesMethod::Auto`], which knows when an event ends.
    pub event_rows: usize,
}

impl Default for SeriesOptions {
    /// One false alarm in 1,000 rows, 512 rows back, periods from the time step, and
    /// events of 16 rows.
    fn default() -> Self {
        Self {
            alarm_rate: 1e-3,
            window: 512,
            periods: None,
            event_rows: 16,
        }
    }
}

/// Scores every row of a series by rows before it.
///
/// # Arguments
///
/// * `timestamps`: microseconds since the epoch, shape `(n,)`. The order of the rows is
///   the order in which they arrived; only [`SeriesMethod::Auto`] reads the times of
///   single rows, the others take the step to be the median one and the rows to be
///   equally spaced.
/// * `values`: shape `(n,)`. Not a number is missing. Infinite values score 1.
/// * `method`, `options`: see there.
///
/// # Returns
///
/// One verdict per row.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if times and values differ in number.
/// * [`StatsError::ParameterOutOfDomain`] if an option is outside its range.
pub fn detect_series(
    timestamps: &[i64],
    values: &[f64],
    method: SeriesMethod,
    options: &SeriesOptions,
) -> Result<Vec<Scored>, StatsError> {
    check(timestamps, values, options)?;
    let periods = options
        .periods
        .clone()
        .unwrap_or_else(|| periods_of_step(timestamps));
    let judged = match method {
        SeriesMethod::Auto => {
            let mut detector = SeriesDetector::new(DetectorOptions {
                alarm_rate: options.alarm_rate,
            })?;
            let rows = timestamps.iter().zip(values);
            return Ok(rows.map(|(&t, &x)| detector.update(t, x)).collect());
        }
        SeriesMethod::RobustZ => robust_z(values, options),
        SeriesMethod::Mstl => {
            let expected = expected_values(values, &periods, Forecaster::Mstl, options.window);
            by_spread(values, &expected, options)
        }
        SeriesMethod::Ets => {
            let expected = ets_forecasts(values, periods.iter().copied().min());
            by_spread(values, &expected, options)
        }
        SeriesMethod::SpectralResidual => spectral(values, options)?,
        SeriesMethod::SeasonalEsd => {
            let shortest = periods.iter().copied().min();
            let periods: Vec<usize> = shortest.into_iter().collect();
            let expected =
                expected_values(values, &periods, Forecaster::PeriodicMedian, options.window);
            esd(values, &expected, options)
        }
        SeriesMethod::Bocpd => bocpd(values, options)?,
    };
    Ok(into_events(values, &judged, options))
}

fn check(timestamps: &[i64], values: &[f64], options: &SeriesOptions) -> Result<(), StatsError> {
    if timestamps.len() != values.len() {
        return Err(StatsError::BinCountMismatch {
            reference: timestamps.len(),
            current: values.len(),
        });
    }
    if !(options.alarm_rate > 0.0 && options.alarm_rate < 0.5) {
        return Err(StatsError::ParameterOutOfDomain {
            name: "alarm_rate",
            domain: "between 0 and 0.5",
            found: options.alarm_rate,
        });
    }
    if options.window < WARM_UP {
        return Err(StatsError::ParameterOutOfDomain {
            name: "window",
            domain: "at least 32",
            found: options.window as f64,
        });
    }
    let periods = options.periods.iter().flatten();
    if let Some(&wrong) = periods.clone().find(|&&p| !(2..=MAX_PERIOD).contains(&p)) {
        return Err(StatsError::ParameterOutOfDomain {
            name: "periods",
            domain: "between 2 and 4096",
            found: wrong as f64,
        });
    }
    Ok(())
}

/// A day and a week in rows, where the median step makes them whole numbers of rows.
fn periods_of_step(timestamps: &[i64]) -> Vec<usize> {
    let mut steps: Vec<i64> = timestamps
        .windows(2)
        .take(1000)
        .map(|pair| pair[1].saturating_sub(pair[0]))
        .filter(|&step| step > 0)
        .collect();
    steps.sort_unstable();
    let Some(&step) = steps.get(steps.len() / 2) else {
        return Vec::new();
    };
    [MICROS_PER_DAY, 7 * MICROS_PER_DAY]
        .into_iter()
        .filter(|length| length % step == 0)
        .filter_map(|length| usize::try_from(length / step).ok())
        .filter(|period| (4..=MAX_PERIOD).contains(period))
        .collect()
}

/// What a method says of a row, before events.
#[derive(Debug, Clone, Copy)]
struct Judged {
    expected: f64,
    /// Logarithm of the tail probability; not a number while warming up.
    ln_tail: f64,
    shifted: bool,
}

impl Judged {
    const WARMING_UP: Self = Self {
        expected: f64::NAN,
        ln_tail: f64::NAN,
        shifted: false,
    };
}

fn robust_z(values: &[f64], options: &SeriesOptions) -> Vec<Judged> {
    let mut window = RollingWindow::with_capacity(options.window);
    let judge = |&value: &f64| {
        let Some(expected) = window.median().filter(|_| window.len() >= WARM_UP) else {
            window.push(value);
            return Judged::WARMING_UP;
        };
        let ln_tail = ln_normal_tail((value - expected) / spread(&window));
        learn(&mut window, value, ln_tail, options, expected);
        Judged {
            expected,
            ln_tail,
            shifted: false,
        }
    };
    values.iter().map(judge).collect()
}

/// Judges `value − expected` by the spread of such differences before.
fn by_spread(values: &[f64], expected: &[f64], options: &SeriesOptions) -> Vec<Judged> {
    let mut window = RollingWindow::with_capacity(options.window);
    let judge = |(&value, &expected): (&f64, &f64)| {
        let residual = value - expected;
        if window.len() < WARM_UP {
            window.push(residual);
            return Judged {
                expected,
                ..Judged::WARMING_UP
            };
        }
        let ln_tail = ln_normal_tail(residual / spread(&window));
        learn(&mut window, residual, ln_tail, options, 0.0);
        Judged {
            expected,
            ln_tail,
            shifted: false,
        }
    };
    values.iter().zip(expected).map(judge).collect()
}

/// An alarming value counts as one three spreads out: it moves the baseline as little as
/// an ordinary one, and a new level is learned in time.
fn learn(
    window: &mut RollingWindow,
    value: f64,
    ln_tail: f64,
    options: &SeriesOptions,
    center: f64,
) {
    let reach = 3.0 * spread(window);
    let alarming = ln_tail <= options.alarm_rate.ln();
    window.push(if alarming && value.is_finite() {
        value.max(center - reach).min(center + reach)
    } else {
        value
    });
}

/// The rescaled median absolute deviation; if more than half of the values are equal, the
/// mean absolute deviation; never below the rounding of the values.
fn spread(window: &RollingWindow) -> f64 {
    let center = window.median().unwrap_or(0.0);
    let mad = MAD_TO_SD * window.mad().unwrap_or(0.0);
    let sd = if mad > 0.0 {
        mad
    } else {
        let n = window.len().max(1) as f64;
        window
            .sorted()
            .iter()
            .map(|x| (x - center).abs() / n)
            .sum::<f64>()
    };
    sd.max(center.abs() * 1e-12).max(f64::MIN_POSITIVE)
}

fn ln_normal_tail(z: f64) -> f64 {
    (std::f64::consts::LN_2 + ln_normal_sf(z.abs())).min(0.0)
}

/// One-step forecasts; the model is fitted to the rows before and refitted whenever they
/// have doubled.
fn ets_forecasts(values: &[f64], period: Option<usize>) -> Vec<f64> {
    let shape = EtsShape {
        trend: true,
        damped: true,
        period,
    };
    let mut next_fit = (2 * period.unwrap_or(0)).max(WARM_UP);
    let mut model: Option<EtsModel> = None;
    let mut forecasts = Vec::with_capacity(values.len());
    for (i, &value) in values.iter().enumerate() {
        if i == next_fit {
            model = fit_ets(&values[..i], shape).ok().or(model);
            next_fit *= 2;
        }
        forecasts.push(model.as_ref().map_or(f64::NAN, EtsModel::forecast));
        if let Some(model) = &mut model {
            let limit = 3.0 * model.sd;
            model.update_clipped(value, limit);
        }
    }
    forecasts
}

/// The saliency scores against the largest of the past: their tail is taken to be that of
/// an exponential law above the median, in units of the median excess.
fn spectral(values: &[f64], options: &SeriesOptions) -> Result<Vec<Judged>, StatsError> {
    // With five estimated points a power of two is transformed.
    let rows = ((options.window + 5).next_power_of_two() / 2).max(64) - 5;
    let scores = spectral_residual_scores(values, rows)?;
    let mut window = RollingWindow::with_capacity(options.window);
    let mut last = f64::NAN;
    let judged = scores.iter().zip(values).map(|(&score, &value)| {
        let expected = last;
        last = if value.is_finite() { value } else { last };
        let center = window.median().unwrap_or(0.0);
        let reach = window
            .sorted()
            .get(window.len() * 9 / 10)
            .map_or(0.0, |high| (high - center) / std::f64::consts::LN_10);
        let warm = window.len() >= 2 * WARM_UP;
        window.push(score);
        if !warm {
            return Judged {
                expected,
                ..Judged::WARMING_UP
            };
        }
        let excess = (score - center).max(0.0) / reach.max(f64::MIN_POSITIVE);
        Judged {
            expected,
            ln_tail: -excess,
            shifted: false,
        }
    });
    Ok(judged.collect())
}

fn esd(values: &[f64], expected: &[f64], options: &SeriesOptions) -> Vec<Judged> {
    let mut window = RollingWindow::with_capacity(options.window);
    // The limit depends on the number of rows only: found once, it serves all rows.
    let mut limits = vec![f64::NAN; options.window + 1];
    let judge = |(&value, &expected): (&f64, &f64)| {
        let residual = value - expected;
        let warm = window.len() >= WARM_UP;
        if !warm || residual.is_nan() {
            window.push(residual);
            return Judged {
                expected,
                ..Judged::WARMING_UP
            };
        }
        let ln_tail = esd_ln_tail(window.sorted(), residual, &mut limits);
        window.push(residual);
        Judged {
            expected,
            ln_tail,
            shifted: false,
        }
    };
    values.iter().zip(expected).map(judge).collect()
}

/// Takes the outliers out of the past by ESD, then asks how far out the value is of the
/// rest (Grubbs' statistic, by Student's law).
fn esd_ln_tail(past: &[f64], value: f64, limits: &mut [f64]) -> f64 {
    let (mut left, mut right) = (0, past.len());
    for _ in 0..(ESD_SHARE * past.len() as f64) as usize {
        let rest = &past[left..right];
        let (Some(center), Some(mad)) = (median_of_sorted(rest), mad_of_sorted(rest)) else {
            break;
        };
        let (below, above) = (center - past[left], past[right - 1] - center);
        let farthest = below.max(above) / (MAD_TO_SD * mad).max(f64::MIN_POSITIVE);
        let limit = &mut limits[right - left];
        if limit.is_nan() {
            *limit = seasonal_esd::limit(right - left, ESD_ALPHA);
        }
        if farthest <= *limit {
            break;
        }
        if above >= below {
            right -= 1;
        } else {
            left += 1;
        }
    }
    let rest = &past[left..right];
    let center = median_of_sorted(rest).unwrap_or(0.0);
    let mad = mad_of_sorted(rest).unwrap_or(0.0);
    let sd = (MAD_TO_SD * mad)
        .max(center.abs() * 1e-12)
        .max(f64::MIN_POSITIVE);
    let df = (rest.len() as f64 - 1.0).max(1.0);
    (2.0 * student_t_sf((value - center).abs() / sd, df))
        .min(1.0)
        .ln()
}

fn bocpd(values: &[f64], options: &SeriesOptions) -> Result<Vec<Judged>, StatsError> {
    let mut window = RollingWindow::with_capacity(options.window);
    let mut detector: Option<Bocpd> = None;
    let mut judged = Vec::with_capacity(values.len());
    for &value in values {
        let step = detector.as_mut().and_then(|d| d.update(value));
        judged.push(step.map_or(Judged::WARMING_UP, |step| Judged {
            expected: step.expected,
            ln_tail: step.tail.ln(),
            shifted: step.change_probability > 0.5,
        }));
        if detector.is_none() {
            window.push(value);
            if window.len() >= WARM_UP {
                let center = window.median().unwrap_or(0.0);
                let prior = NormalGamma::around(center, spread(&window).max(1e-100));
                detector = Some(Bocpd::new(prior, BOCPD_RUN, BOCPD_RECENT)?);
            }
        }
    }
    Ok(judged)
}

/// Scores, and one alarm per event.
fn into_events(values: &[f64], judged: &[Judged], options: &SeriesOptions) -> Vec<Scored> {
    let mut rows_left = 0;
    let rows = values.iter().zip(judged).map(|(&value, judged)| {
        let infinite = value.is_infinite();
        let ln_tail = if infinite {
            f64::NEG_INFINITY
        } else {
            judged.ln_tail
        };
        let mut score = score_from_ln_tail(ln_tail, options.alarm_rate);
        if judged.shifted {
            score = score.max(0.5);
        }
        let stands_out = score >= 0.5;
        let alarm = stands_out && rows_left == 0;
        let reason = if value.is_nan() {
            Reason::Missing
        } else if ln_tail.is_nan() {
            Reason::WarmingUp
        } else if !stands_out {
            Reason::Quiet
        } else if !alarm {
            Reason::Ongoing
        } else if judged.shifted {
            Reason::LevelShift
        } else if value < judged.expected {
            Reason::Low
        } else {
            Reason::High
        };
        rows_left = if stands_out {
            options.event_rows
        } else {
            rows_left.saturating_sub(1)
        };
        Scored {
            score,
            alarm,
            expected: judged.expected,
            reason,
        }
    });
    rows.collect()
}
