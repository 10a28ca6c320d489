//! The area under the ROC curve (AUC) and its variance.

use crate::error::StatsError;
use crate::special::normal_sf;

/// The area under the ROC curve with the variance of E. `DeLong`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeLong {
    /// Probability that a positive row scores above a negative one, ties counted half.
    pub auc: f64,
    /// Variance of the AUC; 0 where every pair is in the right (or wrong) order.
    pub variance: f64,
    /// Positive rows; with weights the effective number `(Σw)² / Σw²`.
    pub n_positive: f64,
    /// Negative rows, as above.
    pub n_negative: f64,
}

/// Two models on the same rows, compared by AUC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDeLong {
    /// AUC of the first scores.
    pub first: f64,
    /// AUC of the second scores.
    pub second: f64,
    /// `first − second`.
    pub difference: f64,
    /// Standard error of the difference.
    pub standard_error: f64,
    /// `difference / standard_error`.
    pub z: f64,
    /// Two-sided, from the normal law; 1 where both score alike, and 0 where they
    /// differ without any variance.
    pub p_value: f64,
}

/// Rows by falling score, with what their weights sum to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ranked {
    /// Falling.
    pub(crate) score: Vec<f64>,
    pub(crate) positive: Vec<bool>,
    /// Weight of the rows at this place.
    pub(crate) mass: Vec<f64>,
    /// Sum of squared weights of the rows at this place.
    pub(crate) square: Vec<f64>,
    /// Where the row stood.
    pub(crate) row: Vec<u32>,
}

impl Ranked {
    /// Sorts rows by falling score. Rows that `keep` refuses are left out; scores must
    /// not be NaN there.
    pub(crate) fn new(
        scores: impl Fn(usize) -> f64,
        positive: impl Fn(usize) -> bool,
        weight: impl Fn(usize) -> f64,
        rows: impl Iterator<Item = usize>,
    ) -> Self {
        let mut order: Vec<(u64, u32)> = rows
            .map(|row| (falling_key(scores(row)), row as u32))
            .collect();
        order.sort_unstable();
        let each = |value: &dyn Fn(usize) -> f64| -> Vec<f64> {
            order.iter().map(|&(_, row)| value(row as usize)).collect()
        };
        let mass = each(&weight);
        Self {
            score: each(&scores),
            positive: order.iter().map(|&(_, i)| positive(i as usize)).collect(),
            square: mass.iter().map(|w| w * w).collect(),
            mass,
            row: order.iter().map(|&(_, row)| row).collect(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.score.len()
    }

    /// The place after the last row that is tied with the row at `start`.
    #[inline]
    pub(crate) fn tie_end(&self, start: usize) -> usize {
        let score = self.score[start];
        let mut end = start + 1;
        while end < self.score.len() && self.score[end] == score {
            end += 1;
        }
        end
    }

    /// Weights of negatives and positives.
    pub(crate) fn totals(&self, mass: &[f64]) -> [f64; 2] {
        let mut totals = [0.0; 2];
        for (&positive, mass) in self.positive.iter().zip(mass) {
            totals[usize::from(positive)] += mass;
        }
        totals
    }

    /// For each place, the share of the other class that is on the right side of it,
    /// ties counted half. The mean over either class is the AUC.
    pub(crate) fn placements(&self) -> Vec<f64> {
        let [negatives, positives] = self.totals(&self.mass);
        let mut placements = vec![0.0; self.len()];
        let mut above = [0.0; 2];
        let mut start = 0;
        while start < self.len() {
            let end = self.tie_end(start);
            let mut tied = [0.0; 2];
            for place in start..end {
                tied[usize::from(self.positive[place])] += self.mass[place];
            }
            let of_positive = (negatives - above[0] - 0.5 * tied[0]) / negatives;
            let of_negative = (above[1] + 0.5 * tied[1]) / positives;
            let of_tie = placements[start..end].iter_mut();
            for (placement, &positive) in of_tie.zip(&self.positive[start..end]) {
                *placement = if positive { of_positive } else { of_negative };
            }
            above = [above[0] + tied[0], above[1] + tied[1]];
            start = end;
        }
        placements
    }

    /// The AUC and its variance; `None` where a class has no weight.
    pub(crate) fn delong(&self) -> Option<DeLong> {
        let totals = self.totals(&self.mass);
        let squares = self.totals(&self.square);
        if totals[0] <= 0.0 || totals[1] <= 0.0 {
            return None;
        }
        let placements = self.placements();
        let auc = self.mean_placement(&placements, totals[1]);
        let mut spread = [0.0; 2];
        for (place, placement) in placements.iter().enumerate() {
            let gap = placement - auc;
            spread[usize::from(self.positive[place])] += self.square[place] * gap * gap;
        }
        let effective = |class: usize| totals[class] * totals[class] / squares[class];
        let part = |class: usize| {
            let n = effective(class);
            // One row of a class says nothing about its spread.
            let unbiased = if n > 1.0 { n / (n - 1.0) } else { 1.0 };
            unbiased * spread[class] / (totals[class] * totals[class])
        };
        Some(DeLong {
            auc,
            variance: part(0) + part(1),
            n_positive: effective(1),
            n_negative: effective(0),
        })
    }

    /// The AUC: the mean placement of the positive rows.
    fn mean_placement(&self, placements: &[f64], positives: f64) -> f64 {
        let rows = self.positive.iter().zip(&self.mass).zip(placements);
        let sum: f64 = rows
            .map(|((&positive, mass), placement)| if positive { mass * placement } else { 0.0 })
            .sum();
        (sum / positives).clamp(0.0, 1.0)
    }
}

/// A key that sorts falling; negative and positive zero are one value.
#[inline]
pub(crate) fn falling_key(score: f64) -> u64 {
    let bits = (score + 0.0).to_bits();
    let rising = if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    };
    !rising
}

/// Computes the area under the ROC curve with its variance after `DeLong`.
///
/// The AUC is the probability that a positive row scores above a negative one, ties
/// counted half. Each positive row has a placement, the share of negatives below it,
/// and each negative row the share of positives above it; the variance of the AUC is
/// the variance of the first over the number of positives plus that of the second over
/// the number of negatives.
///
/// # Arguments
///
/// * `scores`: shape `(n,)`; higher means more positive; ±∞ rank first and last.
/// * `labels`: shape `(n,)`, whether the row is positive.
/// * `weights`: shape `(n,)`, finite and not negative, or `None` for 1 each. Their
///   scale does not matter.
///
/// # Returns
///
/// The AUC in `[0, 1]` (0.5: no better than chance) and the variance.
///
/// # Errors
///
/// * [`StatsError::LengthMismatch`] if the slices differ in length.
/// * [`StatsError::NotFinite`] for scores that are not numbers or weights that are not
///   finite and at least 0.
/// * [`StatsError::EmptySample`] if there are no positive or no negative rows.
///
/// # Numerics
///
/// One sort; `O(n log n)` with ties of any size.
///
/// # Source
///
/// E. `DeLong`, D. `DeLong` and D. Clarke-Pearson, *Comparing the areas under two or more
/// correlated receiver operating characteristic curves* (1988); by mid-ranks as X. Sun
/// and W. Xu (2014). Golden values: `tests/oracle/stats/evaluate.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::performance::delong;
///
/// let labels = [true, true, false, false];
/// let found = delong(&[0.9, 0.4, 0.6, 0.1], &labels, None)?;
/// assert_eq!(found.auc, 0.75);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn delong(
    scores: &[f64],
    labels: &[bool],
    weights: Option<&[f64]>,
) -> Result<DeLong, StatsError> {
    let ranked = ranked(scores, labels, weights)?;
    ranked.delong().ok_or_else(|| missing_class(labels))
}

/// Compares two models on the same rows: the paired test of `DeLong`.
///
/// The two AUCs are correlated because the rows are shared; the test takes the variance
/// of the difference of the placements row by row. Small p-values say that the models
/// order the rows differently well, not by how much: read the difference.
///
/// * `first`, `second`, `labels`, `weights`: as for [`delong`].
///
/// # Errors
///
/// As [`delong`].
///
/// # Source
///
/// As [`delong`]; equal to `roc.test(method="delong", paired=TRUE)` of pROC.
pub fn delong_test(
    first: &[f64],
    second: &[f64],
    labels: &[bool],
    weights: Option<&[f64]>,
) -> Result<PairedDeLong, StatsError> {
    let by_row = |scores: &[f64]| -> Result<(f64, Vec<f64>), StatsError> {
        let ranked = ranked(scores, labels, weights)?;
        let found = ranked.delong().ok_or_else(|| missing_class(labels))?;
        let mut placements = vec![0.0; labels.len()];
        for (&row, placement) in ranked.row.iter().zip(ranked.placements()) {
            placements[row as usize] = placement;
        }
        Ok((found.auc, placements))
    };
    let (first_auc, of_first) = by_row(first)?;
    let (second_auc, of_second) = by_row(second)?;
    let difference = first_auc - second_auc;
    let (mut total, mut square, mut spread) = ([0.0; 2], [0.0; 2], [0.0; 2]);
    for (row, &label) in labels.iter().enumerate() {
        let weight = weights.map_or(1.0, |weights| weights[row]);
        let gap = of_first[row] - of_second[row] - difference;
        let class = usize::from(label);
        total[class] += weight;
        square[class] += weight * weight;
        spread[class] += weight * weight * gap * gap;
    }
    let part = |class: usize| {
        let n = total[class] * total[class] / square[class];
        let unbiased = if n > 1.0 { n / (n - 1.0) } else { 1.0 };
        unbiased * spread[class] / (total[class] * total[class])
    };
    let standard_error = (part(0) + part(1)).sqrt();
    let z = if difference == 0.0 {
        0.0
    } else {
        difference / standard_error
    };
    Ok(PairedDeLong {
        first: first_auc,
        second: second_auc,
        difference,
        standard_error,
        z,
        p_value: (2.0 * normal_sf(z.abs())).min(1.0),
    })
}

fn ranked(scores: &[f64], labels: &[bool], weights: Option<&[f64]>) -> Result<Ranked, StatsError> {
    super::rows::check_length("labels", labels.len(), scores.len())?;
    super::rows::check_weights(weights, scores.len())?;
    if scores.iter().any(|score| score.is_nan()) {
        return Err(StatsError::NotFinite { sample: "scores" });
    }
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    Ok(Ranked::new(
        |row| scores[row],
        |row| labels[row],
        weight,
        (0..scores.len()).filter(|&row| weight(row) > 0.0),
    ))
}

fn missing_class(labels: &[bool]) -> StatsError {
    let sample = if labels.contains(&true) {
        "negative"
    } else {
        "positive"
    };
    StatsError::EmptySample { sample }
}
