//! Rows by label and prediction, and every measure that is a function of them.

use super::metric::reason;

/// A confusion matrix of `k` classes, with what variances need.
///
/// Every measure is a function of the cells that does not change when all are
/// multiplied. Its variance is that of its linearisation: `Σ g² s`, where `g` is the
/// derivative by the weight in a cell and `s` the sum of squared weights there. For
/// counts this is the delta method of the multinomial law.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfusionMatrix {
    n_classes: usize,
    /// Row-major: label, then prediction.
    cells: Vec<Mass>,
    by_label: Vec<Mass>,
    by_prediction: Vec<Mass>,
    total: Mass,
}

/// Rows of a cell or a margin.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Mass {
    weight: f64,
    /// Sum of squared weights.
    square: f64,
    count: u64,
}

impl Mass {
    fn add(&mut self, rows: Self) {
        self.weight += rows.weight;
        self.square += rows.square;
        self.count += rows.count;
    }

    /// Without a part of it.
    fn minus(self, part: Self) -> Self {
        Self {
            // What is left of a difference of sums must not go below nothing.
            weight: (self.weight - part.weight).max(0.0),
            square: (self.square - part.square).max(0.0),
            count: self.count.saturating_sub(part.count),
        }
    }

    /// `(Σw)² / Σw²`: the number of equally weighted rows that say as much.
    fn effective(self) -> f64 {
        if self.square > 0.0 {
            self.weight * self.weight / self.square
        } else {
            0.0
        }
    }
}

/// A measure with its variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) value: f64,
    /// Of the linearised measure; 0 at the ends of its range.
    pub(crate) variance: f64,
    /// Effective rows of its denominator.
    pub(crate) n_effective: f64,
    /// Rows of its denominator.
    pub(crate) n: u64,
}

/// A measure, or the rows and the reason why it has no value.
pub(crate) type Measured = Result<Estimate, (u64, &'static str)>;

/// Which average over classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Average {
    /// Every class that occurs in labels or predictions counts the same.
    Macro,
    /// By the weight of the labels of the class.
    Weighted,
}

/// A measure of one class, as a ratio `numerator / denominator` whose denominator is
/// `by_label × labels + by_prediction × predictions` and whose numerator is
/// `hit × hits`.
#[derive(Debug, Clone, Copy)]
struct ClassRatio {
    hit: f64,
    by_label: f64,
    by_prediction: f64,
}

impl ClassRatio {
    const PRECISION: Self = Self {
        hit: 1.0,
        by_label: 0.0,
        by_prediction: 1.0,
    };
    const RECALL: Self = Self {
        hit: 1.0,
        by_label: 1.0,
        by_prediction: 0.0,
    };

    fn f_beta(beta: f64) -> Self {
        Self {
            hit: 1.0 + beta * beta,
            by_label: beta * beta,
            by_prediction: 1.0,
        }
    }
}

impl ConfusionMatrix {
    /// No rows, `k` classes.
    pub(crate) fn new(n_classes: usize) -> Self {
        Self {
            n_classes,
            cells: vec![Mass::default(); n_classes * n_classes],
            by_label: vec![Mass::default(); n_classes],
            by_prediction: vec![Mass::default(); n_classes],
            total: Mass::default(),
        }
    }

    /// Forgets all rows.
    pub(crate) fn clear(&mut self) {
        for masses in [&mut self.cells, &mut self.by_label, &mut self.by_prediction] {
            masses.fill(Mass::default());
        }
        self.total = Mass::default();
    }

    /// Adds `count` rows of one label and prediction, by the sums of their weights and
    /// of their squared weights.
    #[inline]
    pub(crate) fn add(
        &mut self,
        label: usize,
        prediction: usize,
        (weight, square, count): (f64, f64, u64),
    ) {
        let rows = Mass {
            weight,
            square,
            count,
        };
        self.cells[label * self.n_classes + prediction].add(rows);
        self.by_label[label].add(rows);
        self.by_prediction[prediction].add(rows);
        self.total.add(rows);
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// All rows.
    pub fn n(&self) -> u64 {
        self.total.count
    }

    /// Rows with this label and prediction, both in `0..n_classes()`; 0 outside.
    pub fn count(&self, label: usize, prediction: usize) -> u64 {
        self.cell(label, prediction).count
    }

    /// Sum of the weights of rows with this label and prediction; 0 outside.
    pub fn weight(&self, label: usize, prediction: usize) -> f64 {
        self.cell(label, prediction).weight
    }

    fn cell(&self, label: usize, prediction: usize) -> Mass {
        if label < self.n_classes && prediction < self.n_classes {
            self.cells[label * self.n_classes + prediction]
        } else {
            Mass::default()
        }
    }

    fn labels(&self, class: usize) -> f64 {
        self.by_label[class].weight
    }

    fn predictions(&self, class: usize) -> f64 {
        self.by_prediction[class].weight
    }

    /// Rows of all other labels.
    fn other_labels(&self, class: usize) -> Mass {
        let others = self.by_label.iter().enumerate();
        let mut rest = Mass::default();
        for (label, rows) in others {
            if label != class {
                rest.add(*rows);
            }
        }
        rest
    }

    /// Rows labelled or predicted as the class.
    fn either(&self, class: usize) -> Mass {
        let mut rows = self.by_label[class];
        rows.add(self.by_prediction[class].minus(self.cell(class, class)));
        rows
    }

    /// `Σ g² s` for the derivative `g(label, prediction)`.
    fn variance(&self, gradient: impl Fn(usize, usize) -> f64) -> f64 {
        let mut sum = 0.0;
        for i in 0..self.n_classes {
            for j in 0..self.n_classes {
                let square = self.cell(i, j).square;
                if square > 0.0 {
                    let g = gradient(i, j);
                    sum += g * g * square;
                }
            }
        }
        sum
    }

    /// Share of rows whose prediction is their label.
    pub(crate) fn accuracy(&self) -> Measured {
        let hits = (0..self.n_classes).map(|class| self.weight(class, class));
        share(hits.sum(), self.total, reason::NO_ROWS)
    }

    /// Share of the class among the rows predicted as the class.
    pub(crate) fn precision(&self, class: usize) -> Measured {
        let hits = self.weight(class, class);
        share(hits, self.by_prediction[class], reason::NONE_PREDICTED)
    }

    /// Share predicted as the class among its rows.
    pub(crate) fn recall(&self, class: usize) -> Measured {
        let hits = self.weight(class, class);
        share(hits, self.by_label[class], reason::NO_POSITIVES)
    }

    /// Share of the rows of the class that are predicted as another.
    pub(crate) fn false_negative_rate(&self, class: usize) -> Measured {
        let misses = self.by_label[class].minus(self.cell(class, class));
        share(misses.weight, self.by_label[class], reason::NO_POSITIVES)
    }

    /// Share of the rows of other classes that are predicted as the class.
    pub(crate) fn false_positive_rate(&self, class: usize) -> Measured {
        let wrong = self.by_prediction[class].minus(self.cell(class, class));
        share(wrong.weight, self.other_labels(class), reason::NO_NEGATIVES)
    }

    /// Share not predicted as the class among the rows of all others.
    pub(crate) fn specificity(&self, class: usize) -> Measured {
        let wrong = self.false_positive_rate(class)?;
        Ok(Estimate {
            value: 1.0 - wrong.value,
            ..wrong
        })
    }

    /// Share of rows of the class.
    pub(crate) fn label_rate(&self, class: usize) -> Measured {
        share(self.labels(class), self.total, reason::NO_ROWS)
    }

    /// Share of rows predicted as the class.
    pub(crate) fn prediction_rate(&self, class: usize) -> Measured {
        share(self.predictions(class), self.total, reason::NO_ROWS)
    }

    /// `(1 + β²) tp / ((1 + β²) tp + β² fn + fp)` of a class.
    ///
    /// It is a share of weighted rows, those of the class or predicted as the class. For
    /// `β = 1` it grows with the share `tp / (tp + fn + fp)`, so that Wilson's interval
    /// of that share carries over; `n_effective` is chosen to that end.
    pub(crate) fn f_beta(&self, class: usize, beta: f64) -> Measured {
        let ratio = ClassRatio::f_beta(beta);
        let rows = self.either(class);
        if rows.weight == 0.0 {
            return Err((rows.count, reason::NEITHER));
        }
        let terms = self.class_terms(ratio, class);
        let hits = self.cell(class, class);
        let missed = self.by_label[class].minus(hits).square;
        let wrong = self.by_prediction[class].minus(hits).square;
        let of_hit = terms.hit + terms.label + terms.prediction;
        let variance = of_hit * of_hit * hits.square
            + terms.label * terms.label * missed
            + terms.prediction * terms.prediction * wrong;
        Ok(Estimate {
            value: terms.value,
            variance,
            n_effective: rows.effective(),
            n: rows.count,
        })
    }

    /// A class's ratio and its derivatives: by hits, by labels, by predictions.
    fn class_terms(&self, ratio: ClassRatio, class: usize) -> ClassTerms {
        let hits = self.weight(class, class);
        let labels = self.labels(class);
        let denominator = ratio.by_label * labels + ratio.by_prediction * self.predictions(class);
        if denominator == 0.0 {
            return ClassTerms::default();
        }
        let value = ratio.hit * hits / denominator;
        ClassTerms {
            value,
            hit: ratio.hit / denominator,
            label: -value * ratio.by_label / denominator,
            prediction: -value * ratio.by_prediction / denominator,
            labels,
        }
    }

    /// Mean precision over classes; a class that is never predicted counts as 0.
    pub(crate) fn average_precision_of_classes(&self, average: Average) -> Measured {
        self.average(ClassRatio::PRECISION, average)
    }

    /// Mean recall over classes; a class without labels counts as 0.
    pub(crate) fn average_recall(&self, average: Average) -> Measured {
        self.average(ClassRatio::RECALL, average)
    }

    /// Mean F-β over classes.
    pub(crate) fn average_f_beta(&self, beta: f64, average: Average) -> Measured {
        self.average(ClassRatio::f_beta(beta), average)
    }

    /// Mean recall over the classes that have labels.
    pub(crate) fn balanced_accuracy(&self) -> Measured {
        let labelled = |class: usize| self.labels(class) > 0.0;
        let n_labelled = (0..self.n_classes).filter(|&class| labelled(class)).count();
        match n_labelled {
            0 => return Err((self.n(), reason::NO_ROWS)),
            1 => return Err((self.n(), reason::ONE_CLASS)),
            _ => {}
        }
        self.mean_over(ClassRatio::RECALL, labelled)
    }

    fn average(&self, ratio: ClassRatio, average: Average) -> Measured {
        match average {
            Average::Macro => self.mean_over(ratio, |class| {
                self.labels(class) > 0.0 || self.predictions(class) > 0.0
            }),
            Average::Weighted => self.weighted_over(ratio),
        }
    }

    /// The plain mean over chosen classes.
    fn mean_over(&self, ratio: ClassRatio, chosen: impl Fn(usize) -> bool) -> Measured {
        let mut n_chosen = 0.0;
        let mut reciprocal_n = 0.0;
        let terms: Vec<ClassTerms> = (0..self.n_classes)
            .map(|class| {
                if !chosen(class) {
                    return ClassTerms::default();
                }
                n_chosen += 1.0;
                let rows = match (ratio.by_label > 0.0, ratio.by_prediction > 0.0) {
                    (true, false) => self.by_label[class],
                    (false, true) => self.by_prediction[class],
                    _ => self.either(class),
                };
                reciprocal_n += 1.0 / rows.effective().max(1.0);
                self.class_terms(ratio, class)
            })
            .collect();
        if n_chosen == 0.0 {
            return Err((0, reason::NO_ROWS));
        }
        let value = terms.iter().map(|class| class.value).sum::<f64>() / n_chosen;
        let variance = self.variance(|i, j| {
            let hit = if i == j { terms[i].hit } else { 0.0 };
            (hit + terms[i].label + terms[j].prediction) / n_chosen
        });
        Ok(Estimate {
            value: value.clamp(0.0, 1.0),
            variance,
            // A mean of independent shares at their ends.
            n_effective: n_chosen * n_chosen / reciprocal_n,
            n: self.n(),
        })
    }

    /// The mean by the weight of each class's labels.
    fn weighted_over(&self, ratio: ClassRatio) -> Measured {
        let total = self.total.weight;
        if total == 0.0 {
            return Err((self.n(), reason::NO_ROWS));
        }
        let terms: Vec<ClassTerms> = (0..self.n_classes)
            .map(|class| self.class_terms(ratio, class))
            .collect();
        let value = terms.iter().map(|c| c.labels * c.value).sum::<f64>() / total;
        let variance = self.variance(|i, j| {
            let of_label = terms[i].labels * terms[i].label;
            let of_prediction = terms[j].labels * terms[j].prediction;
            let hit = if i == j {
                terms[i].labels * terms[i].hit
            } else {
                0.0
            };
            // The weights are estimated too: one more row of class i moves them.
            (hit + of_label + of_prediction + terms[i].value - value) / total
        });
        Ok(Estimate {
            value: value.clamp(0.0, 1.0),
            variance,
            n_effective: self.total.effective(),
            n: self.n(),
        })
    }

    /// Matthews correlation coefficient, in `[−1, 1]`; with more than two classes the
    /// `R_k` of J. Gorodkin (2004).
    pub(crate) fn matthews_correlation(&self) -> Measured {
        let s = self.total.weight;
        let labels: Vec<f64> = (0..self.n_classes).map(|c| self.labels(c)).collect();
        let predictions: Vec<f64> = (0..self.n_classes).map(|c| self.predictions(c)).collect();
        let hits: f64 = (0..self.n_classes).map(|c| self.weight(c, c)).sum();
        let product: f64 = labels.iter().zip(&predictions).map(|(t, p)| t * p).sum();
        // s² − Σm², as products that keep their digits where one margin is nearly all.
        let spread = |margin: &[f64]| margin.iter().map(|m| m * (s - m)).sum::<f64>();
        let in_one = |margin: &[f64]| margin.iter().filter(|&&m| m > 0.0).count() < 2;
        let (of_labels, of_predictions) = (spread(&labels), spread(&predictions));
        if in_one(&labels) || in_one(&predictions) {
            return Err((self.n(), reason::ONE_CLASS_OR_PREDICTION));
        }
        let scale = of_labels.sqrt() * of_predictions.sqrt();
        let value = (hits * s - product) / scale;
        let variance = self.variance(|i, j| {
            let hit = if i == j { s } else { 0.0 };
            let covariance = hit + hits - labels[j] - predictions[i];
            let by_labels = 2.0 * (s - labels[i]) / of_labels;
            let by_predictions = 2.0 * (s - predictions[j]) / of_predictions;
            covariance / scale - 0.5 * value * (by_labels + by_predictions)
        });
        Ok(Estimate {
            value: value.clamp(-1.0, 1.0),
            variance,
            n_effective: self.total.effective(),
            n: self.n(),
        })
    }
}

/// The share `part / of`.
fn share(part: f64, of: Mass, absent: &'static str) -> Measured {
    if of.weight == 0.0 {
        return Err((of.count, absent));
    }
    let n_effective = of.effective();
    let value = (part / of.weight).clamp(0.0, 1.0);
    Ok(Estimate {
        value,
        variance: value * (1.0 - value) / n_effective,
        n_effective,
        n: of.count,
    })
}

/// See [`ConfusionMatrix::class_terms`].
#[derive(Debug, Clone, Copy, Default)]
struct ClassTerms {
    value: f64,
    hit: f64,
    label: f64,
    prediction: f64,
    labels: f64,
}
