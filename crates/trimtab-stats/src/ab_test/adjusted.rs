//! The difference with what units did before taken out.

use super::moments::Estimate;

/// Sums over units of a variant: what they did in the test and before it.
///
/// Each unit has an outcome `y` (its mean or sum in the test) and a covariate `x` from before it
/// was assigned (the same, earlier; zero for a unit that was not there).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AdjustedMoments {
    /// Units.
    pub n_units: u64,
    /// Sum of outcomes.
    pub y: f64,
    /// Sum of covariates.
    pub x: f64,
    /// Sum of squared outcomes.
    pub yy: f64,
    /// Sum of products.
    pub xy: f64,
    /// Sum of squared covariates.
    pub xx: f64,
}

impl AdjustedMoments {
    /// Puts a unit in.
    pub fn add(&mut self, y: f64, x: f64) {
        self.n_units += 1;
        self.change(y, x, 1.0);
    }

    /// Takes a unit out, as it was put in.
    pub fn remove(&mut self, y: f64, x: f64) {
        self.n_units = self.n_units.saturating_sub(1);
        self.change(y, x, -1.0);
    }

    fn change(&mut self, y: f64, x: f64, sign: f64) {
        self.y += sign * y;
        self.x += sign * x;
        self.yy += sign * y * y;
        self.xy += sign * x * y;
        self.xx += sign * x * x;
    }

    /// Centred sums of squares and products: outcome, product, covariate.
    fn centred(&self) -> (f64, f64, f64) {
        let n = self.n_units as f64;
        (
            self.yy - self.y * self.y / n,
            self.xy - self.x * self.y / n,
            self.xx - self.x * self.x / n,
        )
    }
}

/// A difference of means per unit, adjusted for a covariate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjusted {
    /// The adjusted difference.
    pub estimate: Estimate,
    /// The common slope that was taken out.
    pub slope: f64,
    /// Share of the variance that this removed, in `[0, 1]`.
    pub variance_removed: f64,
}

impl Adjusted {
    /// Challenger less champion, adjusted: `(ȳ_B − ȳ_A) − b (x̄_B − x̄_A)`, with the pooled slope
    /// within the variants. What was before the split cannot differ by it, so the adjustment
    /// takes out noise and nothing else.
    ///
    /// `None` below two units on a side, or without spread.
    ///
    /// # Source
    ///
    /// A. Deng, Y. Xu, R. Kohavi, T. Walker, *Improving the sensitivity of online controlled
    /// experiments by utilizing pre-experiment data* (2013).
    pub fn difference(champion: &AdjustedMoments, challenger: &AdjustedMoments) -> Option<Self> {
        if champion.n_units < 2 || challenger.n_units < 2 {
            return None;
        }
        let sides = [champion, challenger].map(|side| (side.n_units as f64, side.centred()));
        let [(n_a, (yy_a, xy_a, xx_a)), (n_b, (yy_b, xy_b, xx_b))] = sides;
        let within_x = xx_a + xx_b;
        let slope = if within_x > 1e-12 * (champion.xx + challenger.xx) {
            (xy_a + xy_b) / within_x
        } else {
            0.0
        };
        let residual = |yy: f64, xy: f64, xx: f64| yy - 2.0 * slope * xy + slope * slope * xx;
        let variance = |n: f64, squares: f64| squares.max(0.0) / (n - 1.0) / n;
        let before = variance(n_a, yy_a) + variance(n_b, yy_b);
        let after =
            variance(n_a, residual(yy_a, xy_a, xx_a)) + variance(n_b, residual(yy_b, xy_b, xx_b));
        let by_outcome = challenger.y / n_b - champion.y / n_a;
        let by_covariate = challenger.x / n_b - champion.x / n_a;
        (after > 0.0 && before > 0.0).then(|| Self {
            estimate: Estimate {
                value: by_outcome - slope * by_covariate,
                standard_error: after.sqrt(),
            },
            slope,
            variance_removed: (1.0 - after / before).clamp(0.0, 1.0),
        })
    }
}
