//! The discrete Fourier transform of any length.

use std::f64::consts::PI;

/// A complex number.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    pub(super) fn from_polar(radius: f64, angle: f64) -> Self {
        let (sin, cos) = angle.sin_cos();
        Self {
            re: radius * cos,
            im: radius * sin,
        }
    }

    pub(super) fn norm(self) -> f64 {
        self.re.hypot(self.im)
    }

    fn times(self, other: Self) -> Self {
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }

    fn conjugate(self) -> Self {
        Self {
            re: self.re,
            im: -self.im,
        }
    }

    pub(super) fn scaled(self, factor: f64) -> Self {
        Self {
            re: self.re * factor,
            im: self.im * factor,
        }
    }
}

/// A transform of a fixed length, with its tables.
///
/// Powers of two are transformed in place (J. Cooley and J. Tukey, 1965); other lengths
/// become a convolution of a power-of-two length (L. Bluestein, 1970).
#[derive(Debug, Clone)]
pub(super) struct Fourier {
    n: usize,
    /// `exp(−2πi k / n)` for the power of two.
    roots: Vec<Complex>,
    chirp: Option<Box<Chirp>>,
}

#[derive(Debug, Clone)]
struct Chirp {
    inner: Fourier,
    /// `exp(−πi k² / n)`.
    factors: Vec<Complex>,
    /// The transform of the conjugate chirp.
    kernel: Vec<Complex>,
}

impl Fourier {
    /// Plans a transform of `n ≥ 1` values.
    pub(super) fn new(n: usize) -> Self {
        if n.is_power_of_two() {
            let roots = (0..n / 2)
                .map(|k| Complex::from_polar(1.0, -2.0 * PI * k as f64 / n as f64))
                .collect();
            return Self {
                n,
                roots,
                chirp: None,
            };
        }
        let length = (2 * n - 1).next_power_of_two();
        let inner = Self::new(length);
        // k² modulo 2n keeps the angle exact for long series.
        let factors: Vec<Complex> = (0..n)
            .map(|k| {
                let square = (k as u128 * k as u128 % (2 * n as u128)) as f64;
                Complex::from_polar(1.0, -PI * square / n as f64)
            })
            .collect();
        let mut kernel = vec![Complex::default(); length];
        for (k, factor) in factors.iter().enumerate() {
            kernel[k] = factor.conjugate();
            kernel[(length - k) % length] = factor.conjugate();
        }
        inner.forward_power_of_two(&mut kernel);
        Self {
            n,
            roots: Vec::new(),
            chirp: Some(Box::new(Chirp {
                inner,
                factors,
                kernel,
            })),
        }
    }

    /// Replaces the values by `X_k = Σ x_j exp(−2πi jk / n)`.
    pub(super) fn forward(&self, values: &mut [Complex]) {
        let Some(chirp) = &self.chirp else {
            self.forward_power_of_two(values);
            return;
        };
        let length = chirp.kernel.len();
        let mut padded = vec![Complex::default(); length];
        for ((slot, value), factor) in padded.iter_mut().zip(values.iter()).zip(&chirp.factors) {
            *slot = value.times(*factor);
        }
        chirp.inner.forward_power_of_two(&mut padded);
        for (slot, factor) in padded.iter_mut().zip(&chirp.kernel) {
            *slot = slot.times(*factor);
        }
        chirp.inner.inverse(&mut padded);
        for ((value, slot), factor) in values.iter_mut().zip(&padded).zip(&chirp.factors) {
            *value = slot.times(*factor);
        }
    }

    /// Undoes [`Fourier::forward`].
    pub(super) fn inverse(&self, values: &mut [Complex]) {
        for value in values.iter_mut() {
            *value = value.conjugate();
        }
        self.forward(values);
        let factor = 1.0 / self.n as f64;
        for value in values.iter_mut() {
            *value = value.conjugate().scaled(factor);
        }
    }

    fn forward_power_of_two(&self, values: &mut [Complex]) {
        let n = self.n;
        let mut reversed = 0;
        for i in 1..n {
            let mut bit = n >> 1;
            while reversed & bit != 0 {
                reversed ^= bit;
                bit >>= 1;
            }
            reversed |= bit;
            if i < reversed {
                values.swap(i, reversed);
            }
        }
        let mut width = 2;
        while width <= n {
            let (half, stride) = (width / 2, n / width);
            for block in values.chunks_exact_mut(width) {
                let (left, right) = block.split_at_mut(half);
                for (k, (a, b)) in left.iter_mut().zip(right).enumerate() {
                    let turned = b.times(self.roots[k * stride]);
                    *b = Complex {
                        re: a.re - turned.re,
                        im: a.im - turned.im,
                    };
                    *a = Complex {
                        re: a.re + turned.re,
                        im: a.im + turned.im,
                    };
                }
            }
            width *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_equals_the_definition_and_comes_back() {
        for n in [1_usize, 2, 3, 5, 8, 12, 17, 64, 100] {
            let values: Vec<Complex> = (0..n)
                .map(|i| Complex {
                    re: ((i * i) % 7) as f64 - 2.0,
                    im: (i % 3) as f64,
                })
                .collect();
            let fourier = Fourier::new(n);
            let mut found = values.clone();
            fourier.forward(&mut found);
            for (k, x) in found.iter().enumerate() {
                let mut sum = Complex::default();
                for (j, value) in values.iter().enumerate() {
                    let angle = -2.0 * PI * ((j * k) % n) as f64 / n as f64;
                    let term = value.times(Complex::from_polar(1.0, angle));
                    sum.re += term.re;
                    sum.im += term.im;
                }
                assert!(
                    (x.re - sum.re).hypot(x.im - sum.im) < 1e-10 * n as f64,
                    "{n} {k}"
                );
            }
            fourier.inverse(&mut found);
            for (a, b) in found.iter().zip(&values) {
                assert!((a.re - b.re).hypot(a.im - b.im) < 1e-12 * n as f64);
            }
        }
    }
}
