//! What an estimate says, and when it alarms.

/// Standard deviations around the mean of the reference's chunks.
const DEVIATIONS: f64 = 3.0;

/// Where a metric's values usually lie: the mean of the reference's own chunks ± 3 standard
/// deviations, cut off at the metric's range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Values below alarm.
    pub low: Option<f64>,
    /// Values above alarm.
    pub high: Option<f64>,
}

impl Limits {
    /// From realised values of the reference's chunks; those that are not a number are left out.
    ///
    /// A limit outside the `range` is replaced by its end.
    pub fn of(values: &[f64], range: (f64, f64)) -> Self {
        let values: Vec<f64> = values
            .iter()
            .copied()
            .filter(|value| !value.is_nan())
            .collect();
        if values.is_empty() {
            return Self {
                low: None,
                high: None,
            };
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
        let width = DEVIATIONS * variance.sqrt();
        Self {
            low: Some((mean - width).max(range.0)),
            high: Some((mean + width).min(range.1)),
        }
    }

    /// Whether a value lies outside.
    pub fn alarms(&self, value: f64) -> bool {
        self.low.is_some_and(|low| value < low) || self.high.is_some_and(|high| value > high)
    }
}

/// An estimate for one chunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The metric.
    pub metric: &'static str,
    /// Its estimated value; not a number where it cannot be said.
    pub value: f64,
    /// Standard deviation of the realised value around it, by sampling alone.
    pub sampling_error: f64,
    /// The estimate less three sampling errors, in the metric's range.
    pub lower: f64,
    /// The estimate and three sampling errors, in the metric's range.
    pub upper: f64,
    /// Where the metric's values usually lie.
    pub limits: Limits,
    /// Whether the estimate lies outside.
    pub alarm: bool,
}

impl Estimate {
    pub(super) fn new(
        metric: &'static str,
        value: f64,
        sampling_error: f64,
        range: (f64, f64),
        limits: Limits,
    ) -> Self {
        Self {
            metric,
            value,
            sampling_error,
            lower: (value - DEVIATIONS * sampling_error).max(range.0),
            upper: (value + DEVIATIONS * sampling_error).min(range.1),
            limits,
            alarm: limits.alarms(value),
        }
    }
}
