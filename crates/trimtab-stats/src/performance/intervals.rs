//! Confidence intervals in closed form.

use crate::special::{normal_quantile, student_t_quantile};

/// Two-sided normal quantile of a confidence level in `(0, 1)`.
pub(crate) fn critical_value(confidence: f64) -> f64 {
    normal_quantile(0.5 + 0.5 * confidence)
}

/// Wilson's score interval of a share.
///
/// * `share`: in `[0, 1]`.
/// * `n`: rows it was taken from, `> 0`; an effective number need not be whole.
/// * `confidence`: in `(0, 1)`, for example 0.95.
///
/// It stays within `[0, 1]`, has width at 0 and 1, and covers close to its level from
/// a few rows on, where `share ± z √(share (1 − share) / n)` does not.
///
/// # Source
///
/// E. Wilson, *Probable inference, the law of succession, and statistical inference*
/// (1927); without continuity correction, as `proportion_confint(method="wilson")` of
/// statsmodels. Golden values: `tests/oracle/stats/evaluate.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::performance::wilson_interval;
///
/// let (lower, upper) = wilson_interval(1.0, 10.0, 0.95);
/// assert!((lower - 0.722_467_2).abs() < 1e-7);
/// assert_eq!(upper, 1.0);
/// ```
pub fn wilson_interval(share: f64, n: f64, confidence: f64) -> (f64, f64) {
    let z = critical_value(confidence);
    let z2 = z * z;
    let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    // At the ends centre and half cancel only up to rounding.
    let lower = if share == 0.0 { 0.0 } else { centre - half };
    let upper = if share == 1.0 { 1.0 } else { centre + half };
    (lower.max(0.0), upper.min(1.0))
}

/// Newcombe's interval of a difference `first − second` of two independent shares,
/// from their Wilson intervals.
///
/// * `first`, `second`: a share in `[0, 1]` and the rows `> 0` it was taken from.
///
/// # Source
///
/// R. Newcombe, *Interval estimation for the difference between independent
/// proportions* (1998), method 10; `confint_proportions_2indep(method="newcomb")` of
/// statsmodels.
pub fn newcombe_interval(first: (f64, f64), second: (f64, f64), confidence: f64) -> (f64, f64) {
    let (low_1, high_1) = wilson_interval(first.0, first.1, confidence);
    let (low_2, high_2) = wilson_interval(second.0, second.1, confidence);
    let difference = first.0 - second.0;
    let lower = difference - (first.0 - low_1).hypot(high_2 - second.0);
    let upper = difference + (high_1 - first.0).hypot(second.0 - low_2);
    (lower.max(-1.0), upper.min(1.0))
}

/// Interval of a ratio `first / second` of two independent shares on the log scale.
///
/// Where a share is 0 or 1, half a row is added to both sides of both shares for the
/// standard error and the centre (S. Walter, 1975), so that the interval has width.
///
/// # Source
///
/// D. Katz, J. Baptista, S. Azen and M. Pike, *Obtaining confidence intervals for the
/// risk ratio in cohort studies* (1978); `confint_proportions_2indep(compare="ratio",
/// method="log")` of statsmodels.
pub fn log_ratio_interval(first: (f64, f64), second: (f64, f64), confidence: f64) -> (f64, f64) {
    let at_an_end = |share: f64| share == 0.0 || share == 1.0;
    let moved = at_an_end(first.0) || at_an_end(second.0);
    let adjust = |(share, n): (f64, f64)| {
        if moved {
            ((share * n + 0.5) / (n + 1.0), n + 1.0)
        } else {
            (share, n)
        }
    };
    let ((p, n), (q, m)) = (adjust(first), adjust(second));
    let error = ((1.0 - p) / (n * p) + (1.0 - q) / (m * q)).sqrt();
    let half = critical_value(confidence) * error;
    let centre = (p / q).ln();
    let lower = if first.0 == 0.0 {
        0.0
    } else {
        (centre - half).exp()
    };
    let upper = if second.0 == 0.0 {
        f64::INFINITY
    } else {
        (centre + half).exp()
    };
    (lower, upper)
}

/// `mean ± t(n − 1) √variance`, where `variance` is that of the mean.
pub(crate) fn student_interval(mean: f64, variance: f64, n: f64, confidence: f64) -> (f64, f64) {
    let t = student_t_quantile(0.5 + 0.5 * confidence, (n - 1.0).max(1e-3));
    let half = t * variance.sqrt();
    (mean - half, mean + half)
}

/// Wilson's interval of a measure on `[low, high]` at the number of rows at which a
/// share would have this variance.
///
/// `n_at_end` stands in where the variance is 0: a measure at its end, or cells that
/// do not vary.
pub(crate) fn bounded_interval(
    value: f64,
    variance: f64,
    n_at_end: f64,
    (low, high): (f64, f64),
    confidence: f64,
) -> (f64, f64) {
    /// Closer to an end, or less spread, is rounding.
    const NOTHING: f64 = 1e-12;
    let width = high - low;
    let share = match ((value - low) / width).clamp(0.0, 1.0) {
        share if share < NOTHING => 0.0,
        share if share > 1.0 - NOTHING => 1.0,
        share => share,
    };
    let scaled = variance / (width * width);
    let binomial = share * (1.0 - share);
    let n = if scaled > NOTHING * NOTHING && binomial > 0.0 {
        binomial / scaled
    } else {
        n_at_end
    };
    let (lower, upper) = wilson_interval(share, n, confidence);
    (low + width * lower, low + width * upper)
}

/// Newcombe's score-like interval of an AUC from `n_positive` and `n_negative` rows:
/// the values whose distance from the estimate is at most `z` of their own standard
/// errors, which keeps its width at 0 and 1.
///
/// # Source
///
/// R. Newcombe, *Confidence intervals for an effect size measure based on the
/// Mann–Whitney statistic, part 2* (2006), method 5.
pub(crate) fn auc_score_interval(
    auc: f64,
    n_positive: f64,
    n_negative: f64,
    confidence: f64,
) -> (f64, f64) {
    let z = critical_value(confidence);
    let n_star = 0.5 * (n_positive + n_negative) - 1.0;
    let variance = |theta: f64| {
        theta * (1.0 - theta) / (n_positive * n_negative)
            * (1.0 + n_star * (1.0 - theta) / (2.0 - theta) + n_star * theta / (1.0 + theta))
    };
    // The farthest value towards `end` that is still within z standard errors.
    let reach = |end: f64| {
        let inside = |theta: f64| (theta - auc).abs() <= z * variance(theta).sqrt();
        let (mut near, mut far) = (auc, end);
        for _ in 0..60 {
            let middle = 0.5 * (near + far);
            if inside(middle) {
                near = middle;
            } else {
                far = middle;
            }
        }
        near
    };
    (reach(0.0).min(auc), reach(1.0).max(auc))
}
