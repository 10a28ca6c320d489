//! Seeded pseudo-random numbers: the same seed gives the same draws on every machine.
//!
//! Only for simulation inside statistics; never for secrets.

/// A well-mixed permutation of 64-bit integers (the finaliser of `SplitMix64`).
#[inline]
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A small generator: xoshiro256++ of D. Blackman and S. Vigna (2019).
#[derive(Debug, Clone)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// A generator whose whole future is determined by `seed`.
    pub fn from_seed(seed: u64) -> Self {
        let mut state = [0; 4];
        let mut next = seed;
        for word in &mut state {
            next = next.wrapping_add(0x9e37_79b9_7f4a_7c15);
            *word = mix(next);
        }
        Self { state }
    }

    /// The next 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        let (e, f) = (b ^ c, a ^ d);
        self.state = [f, e, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A uniform draw from `[0, 1)`, a multiple of 2^-53.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * 2_f64.powi(-53)
    }

    /// A uniform draw from `0..n`; 0 where `n` is 0.
    ///
    /// By multiplication of 64 random bits: the bias is below `n / 2^64`.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// Brings the items into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i as u64 + 1) as usize;
            items.swap(i, j);
        }
    }

    /// A standard normal draw (polar method of G. Marsaglia).
    pub fn normal(&mut self) -> f64 {
        loop {
            let u = 2.0 * self.uniform() - 1.0;
            let v = 2.0 * self.uniform() - 1.0;
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                return u * (-2.0 * s.ln() / s).sqrt();
            }
        }
    }

    /// A draw from the gamma law of the given shape (> 0) and scale 1.
    ///
    /// G. Marsaglia and W. Tsang, *A simple method for generating gamma variables*
    /// (2000); shapes below one through a power of a uniform.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = (1.0 - self.uniform()).ln() / shape;
            return self.gamma(shape + 1.0) * boost.exp();
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 {
                let u = 1.0 - self.uniform();
                if u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                    return d * v;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_draws_have_their_mean_and_variance() {
        for shape in [0.2, 0.7, 1.0, 3.0, 40.0] {
            let mut random = Random::from_seed(7);
            let n = 40_000;
            let draws: Vec<f64> = (0..n).map(|_| random.gamma(shape)).collect();
            let mean = draws.iter().sum::<f64>() / f64::from(n);
            let var = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
            assert!((mean / shape - 1.0).abs() < 0.05, "{shape}: mean {mean}");
            assert!((var / shape - 1.0).abs() < 0.1, "{shape}: variance {var}");
        }
    }
}
