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
