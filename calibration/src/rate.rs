//! Shares with exact intervals.

use trimtab_stats::ln_gamma;

/// How many of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) hits: u64,
    pub(crate) of: u64,
}

impl Rate {
    pub(crate) fn share(self) -> f64 {
        self.hits as f64 / self.of.max(1) as f64
    }

    pub(crate) fn add(&mut self, hit: bool) {
        self.hits += u64::from(hit);
        self.of += 1;
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            hits: self.hits + other.hits,
            of: self.of + other.of,
        }
    }

    /// The exact interval of C. Clopper and E. Pearson (1934) that misses with probability
    /// `alpha` at most.
    pub(crate) fn interval(self, alpha: f64) -> (f64, f64) {
        let Self { hits, of } = self;
        let low = if hits == 0 {
            0.0
        } else {
            solve(|p| upper_tail(of, hits, p) > 0.5 * alpha)
        };
        let high = if hits == of {
            1.0
        } else {
            solve(|p| upper_tail(of, hits + 1, p) > 1.0 - 0.5 * alpha)
        };
        (low, high)
    }

    /// `4.2 % (3.0–5.8)` with a 95 % interval.
    pub(crate) fn text(self) -> String {
        if self.of == 0 {
            return "–".to_owned();
        }
        let (low, high) = self.interval(0.05);
        format!(
            "{:.1} % ({:.1}–{:.1})",
            100.0 * self.share(),
            100.0 * low,
            100.0 * high
        )
    }
}

/// The smallest `p` with a property that rises with it.
fn solve(is_beyond: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if is_beyond(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    0.5 * (low + high)
}

/// `P(X ≥ hits)` of `n` draws with chance `p`; far tails of large numbers by the normal law.
fn upper_tail(n: u64, hits: u64, p: f64) -> f64 {
    if p <= 0.0 {
        return f64::from(u8::from(hits == 0));
    }
    if p >= 1.0 {
        return 1.0;
    }
    let count = n as f64;
    let ln_term = |x: f64| {
        ln_gamma(count + 1.0) - ln_gamma(x + 1.0) - ln_gamma(count - x + 1.0)
            + x * p.ln()
            + (count - x) * (-p).ln_1p()
    };
    // Sum the shorter side.
    let mean = count * p;
    let sum = |from: u64, to: u64| (from..=to).map(|x| ln_term(x as f64).exp()).sum::<f64>();
    let reach = (12.0 * (mean * (1.0 - p)).sqrt() + 40.0) as u64;
    if hits as f64 > mean {
        sum(hits, n.min(hits + reach)).min(1.0)
    } else if hits == 0 {
        1.0
    } else {
        1.0 - sum((hits - 1).saturating_sub(reach), hits - 1).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_the_published_ones() {
        // 10 of 200: R's binom.test gives 0.0242 to 0.0900.
        let (low, high) = Rate { hits: 10, of: 200 }.interval(0.05);
        assert!((low - 0.024_2).abs() < 1e-4, "{low}");
        assert!((high - 0.090_0).abs() < 1e-4, "{high}");
        let (low, high) = Rate { hits: 0, of: 60 }.interval(0.05);
        assert!(low.abs() < 1e-12, "{low}");
        assert!((high - 0.059_6).abs() < 1e-3, "{high}");
        assert!((Rate { hits: 60, of: 60 }.interval(0.05).1 - 1.0).abs() < 1e-12);
    }
}
