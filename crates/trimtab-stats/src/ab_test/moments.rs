//! Sums over units, and what they say about a mean per row.

/// An estimate with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error, `> 0`.
    pub standard_error: f64,
}

impl Estimate {
    /// One over the squared standard error: what has been learnt so far.
    pub fn information(&self) -> f64 {
        1.0 / (self.standard_error * self.standard_error)
    }
}

/// Sums over units of what their rows add up to.
///
/// A unit `i` has `n_i` rows that add up to `y_i`. The mean per row is `Σy / Σn`; its standard
/// error, with units independent and rows within a unit as alike as they like, is
/// `√(N/(N−1) · Σ(y_i − θ n_i)²) / Σn` (the delta method for a ratio of sums). With one row a
/// unit this is the usual standard error of a mean.
///
/// Sums add: parts merge, and a unit that gets another row is taken out as it was and put in
/// as it is.
///
/// # Source
///
/// A. Deng, U. Knoblich, J. Lu, *Applying the delta method in metric analytics* (2018).
///
/// # Examples
///
/// ```
/// use trimtab_stats::ab_test::UnitMoments;
///
/// let mut moments = UnitMoments::default();
/// for (sum, n_rows) in [(2.0, 4.0), (1.0, 1.0), (0.0, 3.0), (3.0, 4.0)] {
///     moments.add(sum, n_rows);
/// }
/// let mean = moments.mean().unwrap();
/// assert_eq!(mean.value, 0.5);
/// assert!((mean.standard_error - 0.1800).abs() < 1e-4);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct UnitMoments {
    /// Units.
    pub n_units: u64,
    /// Sum of the units' sums.
    pub y: f64,
    /// Rows.
    pub n: f64,
    /// Sum of the squares of the units' sums.
    pub yy: f64,
    /// Sum of sum times rows.
    pub yn: f64,
    /// Sum of the squares of the units' rows.
    pub nn: f64,
}

impl UnitMoments {
    /// Puts a unit in: the sum over its rows, and how many they are.
    pub fn add(&mut self, y: f64, n: f64) {
        self.n_units += 1;
        self.change(y, n, 1.0);
    }

    /// Takes a unit out, as it was put in.
    pub fn remove(&mut self, y: f64, n: f64) {
        self.n_units = self.n_units.saturating_sub(1);
        self.change(y, n, -1.0);
    }

    fn change(&mut self, y: f64, n: f64, sign: f64) {
        self.y += sign * y;
        self.n += sign * n;
        self.yy += sign * y * y;
        self.yn += sign * y * n;
        self.nn += sign * n * n;
    }

    /// Adds the units of another part.
    pub fn merge(&mut self, other: &Self) {
        self.n_units += other.n_units;
        self.y += other.y;
        self.n += other.n;
        self.yy += other.yy;
        self.yn += other.yn;
        self.nn += other.nn;
    }

    /// The mean per row; `None` below two units, or without any spread between units.
    pub fn mean(&self) -> Option<Estimate> {
        if self.n_units < 2 || self.n <= 0.0 {
            return None;
        }
        let units = self.n_units as f64;
        let value = self.y / self.n;
        let squares = self.yy - 2.0 * value * self.yn + value * value * self.nn;
        // What is left of large squares that cancel is rounding, not spread.
        if squares <= 1e-13 * self.yy.abs() {
            return None;
        }
        let standard_error = (units / (units - 1.0) * squares).sqrt() / self.n;
        Some(Estimate {
            value,
            standard_error,
        })
    }

    /// Mean per row of the challenger less that of the champion, units of either independent.
    ///
    /// `None` where either has none, or neither any spread.
    pub fn difference(champion: &Self, challenger: &Self) -> Option<Estimate> {
        if champion.n <= 0.0 || challenger.n <= 0.0 {
            return None;
        }
        if champion.n_units < 2 || challenger.n_units < 2 {
            return None;
        }
        let error = |side: &Self| side.mean().map_or(0.0, |mean| mean.standard_error);
        let standard_error = error(champion).hypot(error(challenger));
        (standard_error > 0.0).then(|| Estimate {
            value: challenger.y / challenger.n - champion.y / champion.n,
            standard_error,
        })
    }

    /// Variance of the mean times the number of units: what one unit would have.
    pub fn variance_per_unit(&self) -> Option<f64> {
        let mean = self.mean()?;
        Some(mean.standard_error * mean.standard_error * self.n_units as f64)
    }
}
