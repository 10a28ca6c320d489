//! AUC of several classes: one against the rest, and one against one.
//!
//! Everything is a mean of `A(j|k)`, the probability that a row of class `j` has a higher
//! score for `j` than a row of class `k`. A pass over the rows by falling score for `j`
//! gives `A(j|k)` for all `k` at once, whatever the number of classes.

use super::roc::falling_key;

/// The four averages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Mean over classes of each against the rest.
    OvrMacro,
    /// The same, by the weight of the class.
    OvrWeighted,
    /// Mean over pairs of classes (D. Hand and R. Till, 2001).
    OvoMacro,
    /// The same, by the weight of the pair.
    OvoWeighted,
}

pub(crate) const SCHEMES: [Scheme; 4] = [
    Scheme::OvrMacro,
    Scheme::OvrWeighted,
    Scheme::OvoMacro,
    Scheme::OvoWeighted,
];

/// Rows by falling score, once for each class.
#[derive(Debug, Clone)]
pub(crate) struct ClassOrders {
    n_classes: usize,
    label: Vec<u32>,
    orders: Vec<Order>,
}

#[derive(Debug, Clone)]
struct Order {
    row: Vec<u32>,
    /// Whether a place is the last of its ties.
    ends_tie: Vec<bool>,
}

/// `A(j|k)` and the weights of the classes.
#[derive(Debug, Clone)]
pub(crate) struct PairAucs {
    n_classes: usize,
    /// Row-major; not a number where a class has no weight.
    pairs: Vec<f64>,
    weight: Vec<f64>,
    /// Weight of all other classes; summed, since a difference may lose it.
    rest: Vec<f64>,
    total: f64,
}

impl ClassOrders {
    /// * `label`: class of each row; `scores`: row-major, shape `(n, n_classes)`.
    pub(crate) fn new(n_classes: usize, label: Vec<u32>, scores: &[f64]) -> Self {
        let orders = (0..n_classes).map(|class| {
            let score = |row: usize| scores[row * n_classes + class];
            let mut keyed: Vec<(u64, u32)> = (0..label.len())
                .map(|row| (falling_key(score(row)), row as u32))
                .collect();
            keyed.sort_unstable();
            let ends_tie = (0..keyed.len())
                .map(|place| {
                    let next = keyed.get(place + 1);
                    next.is_none_or(|next| next.0 != keyed[place].0)
                })
                .collect();
            Order {
                row: keyed.into_iter().map(|(_, row)| row).collect(),
                ends_tie,
            }
        });
        Self {
            n_classes,
            orders: orders.collect(),
            label,
        }
    }

    pub(crate) fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The class of a row.
    pub(crate) fn label(&self, row: usize) -> usize {
        self.label[row] as usize
    }

    /// `A(j|k)` for all pairs, with these weights of the rows.
    pub(crate) fn pairs(&self, mass: &[f64]) -> PairAucs {
        let k = self.n_classes;
        let mut weight = vec![0.0; k];
        for (&label, mass) in self.label.iter().zip(mass) {
            weight[label as usize] += mass;
        }
        let mut pairs = vec![0.0; k * k];
        for (class, order) in self.orders.iter().enumerate() {
            let sums = &mut pairs[class * k..(class + 1) * k];
            self.walk(class, order, mass, |row, above| {
                let label = self.label[row] as usize;
                if label != class {
                    sums[label] += mass[row] * above;
                }
            });
            for (other, sum) in sums.iter_mut().enumerate() {
                *sum /= weight[class] * weight[other];
            }
        }
        PairAucs {
            n_classes: k,
            pairs,
            total: weight.iter().sum(),
            rest: (0..k)
                .map(|class| weight[..class].iter().chain(&weight[class + 1..]).sum())
                .collect(),
            weight,
        }
    }

    /// Visits each row with the weight of the class that stands above it, ties half.
    fn walk(&self, class: usize, order: &Order, mass: &[f64], mut visit: impl FnMut(usize, f64)) {
        let (mut above, mut start) = (0.0, 0);
        for end in 0..order.row.len() {
            if !order.ends_tie[end] {
                continue;
            }
            let tie = &order.row[start..=end];
            let mut tied = 0.0;
            for &row in tie {
                if self.label[row as usize] as usize == class {
                    tied += mass[row as usize];
                }
            }
            for &row in tie {
                visit(row as usize, above + 0.5 * tied);
            }
            above += tied;
            start = end + 1;
        }
    }

    /// The variance of each average: the sum of squares of what each row adds to it.
    pub(crate) fn variances(&self, found: &PairAucs, mass: &[f64]) -> [f64; 4] {
        let mut influence = vec![[0.0; 4]; self.label.len()];
        let constants: Vec<[f64; 4]> = (0..self.n_classes)
            .map(|class| SCHEMES.map(|scheme| found.through_weights(scheme, class)))
            .collect();
        for (row, influence) in influence.iter_mut().enumerate() {
            *influence = constants[self.label[row] as usize];
        }
        for class in 0..self.n_classes {
            if found.weight[class] > 0.0 {
                self.add_class(class, found, mass, &mut influence);
            }
        }
        self.sum_of_squares(&influence, mass)
    }

    /// What the rows add through `A(class|·)`.
    fn add_class(&self, class: usize, found: &PairAucs, mass: &[f64], influence: &mut [[f64; 4]]) {
        let weight = found.weight[class];
        // Per row of another class: its coefficient over the weight of that class.
        let factors: Vec<[f64; 4]> = (0..self.n_classes)
            .map(|other| {
                if other == class || found.weight[other] == 0.0 {
                    return [0.0; 4];
                }
                SCHEMES.map(|scheme| found.coefficient(scheme, class, other) / found.weight[other])
            })
            .collect();
        let mut means = [0.0; 4];
        for (other, factor) in factors.iter().enumerate() {
            if other != class && found.weight[other] > 0.0 {
                let sum = found.weight[other] * found.pair(class, other);
                for (mean, factor) in means.iter_mut().zip(factor) {
                    *mean += factor * sum;
                }
            }
        }
        let order = &self.orders[class];
        self.walk(class, order, mass, |row, above| {
            let label = self.label[row] as usize;
            if label != class {
                let gap = above / weight - found.pair(class, label);
                for (sum, factor) in influence[row].iter_mut().zip(&factors[label]) {
                    *sum += factor * gap;
                }
            }
        });
        // Rows of the class: the coefficients of all that stand below, ties half.
        let mut below = [0.0; 4];
        let mut end = order.row.len();
        while end > 0 {
            let mut start = end - 1;
            while start > 0 && !order.ends_tie[start - 1] {
                start -= 1;
            }
            let tie = &order.row[start..end];
            let mut tied = [0.0; 4];
            for &row in tie {
                let factor = &factors[self.label[row as usize] as usize];
                for (sum, factor) in tied.iter_mut().zip(factor) {
                    *sum += factor * mass[row as usize];
                }
            }
            for &row in tie {
                if self.label[row as usize] as usize == class {
                    for (i, sum) in influence[row as usize].iter_mut().enumerate() {
                        *sum += (below[i] + 0.5 * tied[i] - means[i]) / weight;
                    }
                }
            }
            for (sum, tied) in below.iter_mut().zip(tied) {
                *sum += tied;
            }
            end = start;
        }
    }

    /// `Σ w² u²`, unbiased within each class.
    fn sum_of_squares(&self, influence: &[[f64; 4]], mass: &[f64]) -> [f64; 4] {
        let mut sums = vec![[0.0; 4]; self.n_classes];
        let mut weights = vec![[0.0; 2]; self.n_classes];
        for ((influence, &label), &mass) in influence.iter().zip(&self.label).zip(mass) {
            let class = label as usize;
            weights[class][0] += mass;
            weights[class][1] += mass * mass;
            for (sum, u) in sums[class].iter_mut().zip(influence) {
                *sum += mass * mass * u * u;
            }
        }
        let mut total = [0.0; 4];
        for (sums, [weight, square]) in sums.iter().zip(weights) {
            let n = weight * weight / square;
            let unbiased = if n > 1.0 { n / (n - 1.0) } else { 1.0 };
            for (total, sum) in total.iter_mut().zip(sums) {
                *total += if square > 0.0 { unbiased * sum } else { 0.0 };
            }
        }
        total
    }
}

impl PairAucs {
    fn pair(&self, class: usize, other: usize) -> f64 {
        self.pairs[class * self.n_classes + other]
    }

    fn present(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.n_classes).filter(|&class| self.weight[class] > 0.0)
    }

    /// Classes that have rows.
    pub(crate) fn n_present(&self) -> usize {
        self.present().count()
    }

    /// One class against the rest: the mean over the others by their weight.
    pub(crate) fn against_rest(&self, class: usize) -> f64 {
        let others = self.present().filter(|&other| other != class);
        let sum: f64 = others
            .map(|other| self.weight[other] * self.pair(class, other))
            .sum();
        sum / self.rest[class]
    }

    fn coefficient(&self, scheme: Scheme, class: usize, other: usize) -> f64 {
        let n = self.n_present() as f64;
        let (own, others) = (self.weight[class], self.weight[other]);
        let of_rest = others / self.rest[class];
        match scheme {
            Scheme::OvrMacro => of_rest / n,
            Scheme::OvrWeighted => own / self.total * of_rest,
            Scheme::OvoMacro => 1.0 / (n * (n - 1.0)),
            Scheme::OvoWeighted => (own + others) / (2.0 * self.total * (n - 1.0)),
        }
    }

    /// The average, where at least two classes have rows.
    pub(crate) fn average(&self, scheme: Scheme) -> f64 {
        let mut sum = 0.0;
        for class in self.present() {
            for other in self.present() {
                if other != class {
                    sum += self.coefficient(scheme, class, other) * self.pair(class, other);
                }
            }
        }
        sum
    }

    /// What one more row of the class changes through the weights of the classes.
    fn through_weights(&self, scheme: Scheme, class: usize) -> f64 {
        let rest = |weight_of: &dyn Fn(usize) -> f64| -> f64 {
            let others = self.present().filter(|&other| other != class);
            others
                .map(|j| {
                    let gap = self.pair(j, class) - self.against_rest(j);
                    weight_of(j) * gap / self.rest[j]
                })
                .sum()
        };
        let n = self.n_present() as f64;
        match scheme {
            Scheme::OvrMacro => rest(&|_| 1.0 / n),
            Scheme::OvrWeighted => {
                let moved = self.against_rest(class) - self.average(scheme);
                rest(&|j| self.weight[j] / self.total) + moved / self.total
            }
            Scheme::OvoMacro => 0.0,
            Scheme::OvoWeighted => {
                let others = self.present().filter(|&other| other != class);
                let pairs: f64 = others
                    .map(|k| 0.5 * (self.pair(class, k) + self.pair(k, class)))
                    .sum();
                (pairs / (n - 1.0) - self.average(scheme)) / self.total
            }
        }
    }
}
