//! Measures of one ranked list.
//!
//! Rows with the same score have no order. Each measure is its mean over all orders of
//! the tied rows (F. `McSherry` and M. Najork, *Computing information retrieval
//! performance measures efficiently in the presence of tied scores*, 2008), so that it
//! never depends on how the rows happened to stand.

use super::roc::falling_key;

/// One query's rows as groups of ties, from the highest score down.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    groups: Vec<Tie>,
    /// Gains, falling: the best order.
    ideal: Vec<f64>,
    n_relevant: usize,
    order: Vec<(u64, u32)>,
}

/// Rows of one score.
#[derive(Debug, Clone, Copy)]
struct Tie {
    /// Rows above.
    above: usize,
    n: usize,
    n_relevant: usize,
    /// Relevant rows above.
    relevant_above: usize,
    gain: f64,
}

/// Measures of a list at one depth.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct QueryMeasures {
    pub(crate) ndcg: f64,
    /// Average precision, over the relevant rows that fit.
    pub(crate) average_precision: f64,
    pub(crate) reciprocal_rank: f64,
    pub(crate) precision: f64,
    pub(crate) recall: f64,
    /// Whether a relevant row is among the first.
    pub(crate) hit: f64,
}

impl Query {
    /// Takes a query's rows. A score that is not a number stands last.
    pub(crate) fn fill(&mut self, rows: impl Iterator<Item = (f64, f64)> + Clone) {
        self.order.clear();
        self.order
            .extend((0..).zip(rows.clone()).map(|(row, (score, _))| {
                let key = if score.is_nan() {
                    u64::MAX
                } else {
                    falling_key(score)
                };
                (key, row)
            }));
        self.order.sort_unstable();
        self.ideal.clear();
        self.ideal.extend(rows.map(|(_, gain)| gain));
        self.groups.clear();
        self.n_relevant = 0;
        for (place, &(key, row)) in self.order.iter().enumerate() {
            if place == 0 || self.order[place - 1].0 != key {
                self.groups.push(Tie {
                    above: place,
                    n: 0,
                    n_relevant: 0,
                    relevant_above: self.n_relevant,
                    gain: 0.0,
                });
            }
            let gain = self.ideal[row as usize];
            let relevant = usize::from(gain > 0.0);
            self.n_relevant += relevant;
            if let Some(tie) = self.groups.last_mut() {
                tie.n += 1;
                tie.n_relevant += relevant;
                tie.gain += gain;
            }
        }
        self.ideal.sort_unstable_by(|a, b| b.total_cmp(a));
    }

    pub(crate) fn n_relevant(&self) -> usize {
        self.n_relevant
    }

    /// The measures of the first `k` places, or of the whole list.
    ///
    /// `discounts[i]` is `1 / log2(i + 2)`; there must be one for each row.
    pub(crate) fn measure(&self, k: Option<usize>, discounts: &[f64]) -> QueryMeasures {
        let n = self.ideal.len();
        let depth = k.unwrap_or(n).min(n);
        let mut found = QueryMeasures::default();
        let (mut dcg, mut hits, mut precision_sum) = (0.0, 0.0, 0.0);
        // Probability that no relevant row was met yet.
        let mut missed = 1.0;
        for tie in &self.groups {
            if tie.above >= depth {
                break;
            }
            let end = (tie.above + tie.n).min(depth);
            let size = tie.n as f64;
            let share = tie.n_relevant as f64 / size;
            let mean_gain = tie.gain / size;
            // How many of the other tied rows are relevant, given that one is.
            let others = if tie.n > 1 {
                (tie.n_relevant as f64 - 1.0) / (size - 1.0)
            } else {
                0.0
            };
            let places = discounts.iter().enumerate();
            for (place, discount) in places.take(end).skip(tie.above) {
                let passed = (place - tie.above) as f64;
                dcg += mean_gain * discount;
                hits += share;
                let met = tie.relevant_above as f64 + 1.0 + passed * others;
                precision_sum += share * met / (place + 1) as f64;
                // Rows of the tie still to come, of which n_relevant are relevant if
                // none was met.
                let now = (tie.n_relevant as f64 / (size - passed)).min(1.0);
                found.reciprocal_rank += missed * now / (place + 1) as f64;
                missed *= 1.0 - now;
            }
        }
        let best: f64 = self.ideal[..depth]
            .iter()
            .zip(discounts)
            .map(|(gain, discount)| gain * discount)
            .sum();
        let relevant = self.n_relevant as f64;
        found.ndcg = dcg / best;
        found.average_precision = precision_sum / relevant.min(k.map_or(relevant, |k| k as f64));
        found.precision = hits / k.unwrap_or(n) as f64;
        found.recall = hits / relevant;
        found.hit = 1.0 - missed;
        found
    }
}

/// `1 / log2(i + 2)` for the first `n` places.
pub(crate) fn discounts(n: usize) -> Vec<f64> {
    (0..n).map(|i| 1.0 / (i as f64 + 2.0).log2()).collect()
}
