//! The spectral residual: what a series holds beyond its smooth spectrum.

use super::fourier::{Complex, Fourier};
use crate::error::StatsError;

/// Width of the average over the logarithmic amplitudes (`q` of the paper).
const AMPLITUDE_WINDOW: usize = 3;
/// Rows before a row with whose saliency it is compared (`z` of the paper).
const LOCAL_WINDOW: usize = 21;
/// Estimated points appended, and rows from which their slope is taken (`κ` and `m`).
const N_ESTIMATED: usize = 5;
/// Smallest amplitude: its logarithm must exist.
const MIN_AMPLITUDE: f64 = 1e-8;

/// Computes the saliency map of a whole series.
///
/// `A(f)` and `P(f)` are amplitude and phase of the discrete Fourier transform,
/// `R(f) = ln A(f) − (h ∗ ln A)(f)` with `h` the centred average over three
/// frequencies, the ends repeated. The map is `|F⁻¹(exp(R + iP))|`: large where the
/// series does what its neighbours in frequency do not explain.
///
/// * `values`: the series in order of time, shape `(n,)`, equally spaced.
///
/// Every row of the map depends on every row of the series: for alarms use
/// [`spectral_residual_scores`], which looks back only.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if there are no values.
/// * [`StatsError::NotFinite`] if one is not finite.
///
/// # Source
///
/// H. Ren et al., *Time-series anomaly detection service at Microsoft*, KDD (2019);
/// amplitudes below 1e-8 are raised to it.
pub fn spectral_residual(values: &[f64]) -> Result<Vec<f64>, StatsError> {
    if values.is_empty() {
        return Err(StatsError::EmptySample { sample: "series" });
    }
    if values.iter().any(|x| !x.is_finite()) {
        return Err(StatsError::NotFinite { sample: "series" });
    }
    let mut workspace = Saliency::new(values.len());
    workspace.map(values.iter().copied());
    Ok(workspace.buffer.iter().map(|x| x.norm()).collect())
}

/// Scores each row by the spectral residual of the `window` rows that end with it.
///
/// The window is followed by five copies of an estimated next point, `x[n−m+1] + m ḡ`
/// with `ḡ` the mean slope to the last `m = 5` rows, so that the row under test is not
/// at the edge. The score is `(S − S̄) / S̄`, the saliency of the row against the mean of
/// the 21 before it.
///
/// # Arguments
///
/// * `values`: the series, shape `(n,)`; values that are not finite repeat the last
///   finite one and score 0.
/// * `window`: rows looked at, at least 32. With `window + 5` a power of two (251, 1019)
///   the transform is fastest.
///
/// # Returns
///
/// One score per row, from −1 up, 0 until 32 rows have been seen. The paper calls an
/// anomaly above 3. On white noise that happens in about one row of a hundred: the score
/// is no probability.
///
/// # Errors
///
/// * [`StatsError::ParameterOutOfDomain`] if `window` is below 32.
pub fn spectral_residual_scores(values: &[f64], window: usize) -> Result<Vec<f64>, StatsError> {
    const MIN_WINDOW: usize = 32;
    if window < MIN_WINDOW {
        return Err(StatsError::ParameterOutOfDomain {
            name: "window",
            domain: "at least 32",
            found: window as f64,
        });
    }
    let filled = fill_forward(values);
    let mut full = Saliency::new(window + N_ESTIMATED);
    let mut scores = vec![0.0; values.len()];
    for end in MIN_WINDOW..=values.len() {
        if !values[end - 1].is_finite() {
            continue;
        }
        let rows = &filled[end.saturating_sub(window)..end];
        scores[end - 1] = if rows.len() == window {
            full.score_of_last(rows)
        } else {
            Saliency::new(rows.len() + N_ESTIMATED).score_of_last(rows)
        };
    }
    Ok(scores)
}

/// Repeats the last finite value where one is missing; 0 before the first.
fn fill_forward(values: &[f64]) -> Vec<f64> {
    let mut last = values
        .iter()
        .copied()
        .find(|x| x.is_finite())
        .unwrap_or(0.0);
    values
        .iter()
        .map(|&x| {
            if x.is_finite() {
                last = x;
            }
            last
        })
        .collect()
}

/// A transform with its buffers, so that nothing is allocated per row.
struct Saliency {
    fourier: Fourier,
    buffer: Vec<Complex>,
    ln_amplitudes: Vec<f64>,
}

impl Saliency {
    fn new(n: usize) -> Self {
        Self {
            fourier: Fourier::new(n),
            buffer: vec![Complex::default(); n],
            ln_amplitudes: vec![0.0; n],
        }
    }

    /// Leaves the (complex) saliency map in the buffer.
    fn map(&mut self, values: impl Iterator<Item = f64>) {
        for (slot, value) in self.buffer.iter_mut().zip(values) {
            *slot = Complex { re: value, im: 0.0 };
        }
        self.fourier.forward(&mut self.buffer);
        for (ln_amplitude, x) in self.ln_amplitudes.iter_mut().zip(&self.buffer) {
            *ln_amplitude = x.norm().max(MIN_AMPLITUDE).ln();
        }
        let n = self.buffer.len();
        let half = AMPLITUDE_WINDOW / 2;
        for k in 0..n {
            let neighbours = (0..AMPLITUDE_WINDOW)
                .map(|offset| self.ln_amplitudes[(k + offset).saturating_sub(half).min(n - 1)]);
            let average = neighbours.sum::<f64>() / AMPLITUDE_WINDOW as f64;
            let residual = self.ln_amplitudes[k] - average;
            let x = self.buffer[k];
            self.buffer[k] = Complex::from_polar(residual.exp(), x.im.atan2(x.re));
        }
        self.fourier.inverse(&mut self.buffer);
    }

    fn score_of_last(&mut self, rows: &[f64]) -> f64 {
        let n = rows.len();
        // Scaling first keeps sums of values near 1e308 finite; the map does not see it.
        let largest = rows.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
        let scale = if largest > 0.0 { 1.0 / largest } else { 1.0 };
        let row = |i: usize| rows[i] * scale;
        let slope = (1..=N_ESTIMATED)
            .map(|i| (row(n - 1) - row(n - 1 - i)) / i as f64)
            .sum::<f64>()
            / N_ESTIMATED as f64;
        let next = row(n - N_ESTIMATED) + slope * N_ESTIMATED as f64;
        let padded = (0..n)
            .map(row)
            .chain(std::iter::repeat_n(next, N_ESTIMATED));
        self.map(padded);
        let saliency = self.buffer[n - 1].norm();
        let before = &self.buffer[n - 1 - LOCAL_WINDOW..n - 1];
        let mean = before.iter().map(|x| x.norm()).sum::<f64>() / LOCAL_WINDOW as f64;
        if mean > 0.0 {
            saliency / mean - 1.0
        } else {
            0.0
        }
    }
}
