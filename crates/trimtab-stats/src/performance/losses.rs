//! What one row costs: the terms that losses average.

/// `(score − label)²`.
#[inline]
pub(crate) fn squared_error(score: f64, label: bool) -> f64 {
    let difference = score - f64::from(u8::from(label));
    difference * difference
}

/// `−ln` of the probability given to what happened; the score is kept one float step
/// of 1 away from 0 and 1.
#[inline]
pub(crate) fn log_loss(score: f64, label: bool) -> f64 {
    let clipped = score.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    if label {
        -clipped.ln()
    } else {
        // As the reference implementation does: one minus the clipped score first.
        -(1.0 - clipped).ln()
    }
}

/// `|prediction − label| / |label|`, for labels that are not 0.
#[inline]
pub(crate) fn absolute_percentage_error(prediction: f64, label: f64) -> f64 {
    ((prediction - label) / label).abs()
}

/// `2 |prediction − label| / (|prediction| + |label|)`, in `[0, 2]`; 0 where both are 0.
#[inline]
pub(crate) fn symmetric_percentage_error(prediction: f64, label: f64) -> f64 {
    if prediction == 0.0 && label == 0.0 {
        return 0.0;
    }
    // Divided first: a sum of two large values need not be a float.
    let larger = prediction.abs().max(label.abs());
    let (p, y) = (prediction / larger, label / larger);
    2.0 * (p - y).abs() / (p.abs() + y.abs())
}

/// `ln(1 + prediction) − ln(1 + label)`; not a number below −1.
#[inline]
pub(crate) fn log_error(prediction: f64, label: f64) -> f64 {
    prediction.ln_1p() - label.ln_1p()
}

/// `max(q (label − prediction), (q − 1)(label − prediction))`: what a prediction of the
/// `q`-quantile costs.
#[inline]
pub(crate) fn pinball_loss(prediction: f64, label: f64, quantile: f64) -> f64 {
    let short = label - prediction;
    (quantile * short).max((quantile - 1.0) * short)
}
