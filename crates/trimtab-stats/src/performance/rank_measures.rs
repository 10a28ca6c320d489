//! Measures of the order of the rows: one pass from the highest score down.

use super::intervals::newcombe_interval;
use super::roc::Ranked;

/// Values of one pass; not a number where a class has no weight.
#[derive(Debug, Clone, Default)]
pub(crate) struct RankMeasures {
    /// Area under the ROC curve.
    pub(crate) roc_auc: f64,
    /// `Σ (R_i − R_{i−1}) P_i` over the distinct scores from the top.
    pub(crate) average_precision: f64,
    /// Largest gap between the score distributions of positives and negatives.
    pub(crate) kolmogorov_smirnov: f64,
    /// Shares of positives and of negatives above the score of the largest gap.
    at_gap: [f64; 2],
    /// Share of the positives among the highest scores, for each share of rows. The
    /// lift is this over the share.
    pub(crate) gains: Vec<f64>,
}

impl RankMeasures {
    /// Walks down the rows with these weights in place of their own, so that a
    /// bootstrap replicate needs no sorting.
    ///
    /// * `shares`: rising shares of the rows, in `(0, 1]`. Where a share ends within
    ///   ties, the tied rows count in proportion: the mean over their orders.
    pub(crate) fn walk(&mut self, ranked: &Ranked, mass: &[f64], shares: &[f64]) {
        let [negatives, positives] = ranked.totals(mass);
        let total = negatives + positives;
        let (mut above, mut pairs, mut precision, mut gap) = ([0.0_f64; 2], 0.0, 0.0, 0.0_f64);
        self.gains.clear();
        self.at_gap = [1.0; 2];
        let mut start = 0;
        let n = ranked.len();
        while start < n {
            let score = ranked.score[start];
            let mut tied = [0.0; 2];
            let mut end = start;
            while end < n && ranked.score[end] == score {
                tied[usize::from(ranked.positive[end])] += mass[end];
                end += 1;
            }
            start = end;
            let in_tie = tied[0] + tied[1];
            if in_tie == 0.0 {
                continue;
            }
            let before = above[0] + above[1];
            while let Some(share) = shares.get(self.gains.len()) {
                let cut = share * total;
                if before + in_tie < cut && end < n {
                    break;
                }
                let part = ((cut - before) / in_tie).clamp(0.0, 1.0);
                self.gains.push((above[1] + part * tied[1]) / positives);
            }
            pairs += tied[0] * (above[1] + 0.5 * tied[1]);
            above = [above[0] + tied[0], above[1] + tied[1]];
            precision += tied[1] * above[1] / (above[0] + above[1]);
            let shares_above = [above[1] / positives, above[0] / negatives];
            let here = (shares_above[0] - shares_above[1]).abs();
            if here > gap {
                gap = here;
                self.at_gap = shares_above;
            }
        }
        // Resamples may leave the last rows out.
        self.gains.resize(shares.len(), above[1] / positives);
        self.roc_auc = pairs / (negatives * positives);
        self.average_precision = precision / positives;
        self.kolmogorov_smirnov = if negatives > 0.0 && positives > 0.0 {
            gap
        } else {
            f64::NAN
        };
    }
    /// Interval of the largest gap, from the effective numbers of positives and
    /// negatives.
    ///
    /// A maximum over scores is pushed upwards by chance. The lower end allows for the
    /// largest push anywhere, as a Kolmogorov band does; the upper end is that of the
    /// difference of two shares at the score of the gap, since the true largest gap is
    /// at least the true gap there and is seen at its own score. Conservative: 95 %
    /// intervals hold in about 98 % of samples.
    pub(crate) fn gap_interval(
        &self,
        positives: f64,
        negatives: f64,
        confidence: f64,
    ) -> (f64, f64) {
        let gap = self.kolmogorov_smirnov;
        let push = (0.5 * (2.0 / (1.0 - confidence)).ln()).sqrt();
        let lower = gap - push * (1.0 / positives + 1.0 / negatives).sqrt();
        let [of_positives, of_negatives] = self.at_gap;
        let (high, low) = if of_positives >= of_negatives {
            ((of_positives, positives), (of_negatives, negatives))
        } else {
            ((of_negatives, negatives), (of_positives, positives))
        };
        let (_, upper) = newcombe_interval(high, low, confidence);
        (lower.max(0.0), upper.max(gap))
    }
}
