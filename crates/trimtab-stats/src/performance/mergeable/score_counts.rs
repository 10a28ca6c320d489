//! Scores of one class, counted per bin: what AUC and average precision merge from.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::performance::roc::Ranked;
use std::collections::BTreeMap;

/// Score bins on `[0, 1]`: as fine as the 24-bit mantissa of the `f32` that models return, so
/// that two scores share a bin only where they are ties. With 2^20 a day of 650 rows was off by
/// up to 1e-5 for each pair that shared one.
const N_SCORE_BINS: u32 = 1 << 24;

/// Rows per score bin: negatives, positives. Only bins in use are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ScoreCounts {
    bins: BTreeMap<u32, [u64; 2]>,
}

impl ScoreCounts {
    /// Counts a row whose score lies in `[0, 1]`.
    pub(crate) fn add(&mut self, score: f64, label: bool) {
        self.bins.entry(score_bin(score)).or_default()[usize::from(label)] += 1;
    }

    /// Adds the rows of another; the caller has checked that the totals fit.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (bin, theirs) in &other.bins {
            let ours = self.bins.entry(*bin).or_default();
            ours[0] += theirs[0];
            ours[1] += theirs[1];
        }
    }

    /// Takes rows away; the caller works on a copy.
    pub(crate) fn subtract(&mut self, other: &Self) -> Result<(), StatsError> {
        let less =
            |ours: u64, theirs: u64| ours.checked_sub(theirs).ok_or(StatsError::NotContained);
        for (bin, theirs) in &other.bins {
            let ours = self.bins.get_mut(bin).ok_or(StatsError::NotContained)?;
            *ours = [less(ours[0], theirs[0])?, less(ours[1], theirs[1])?];
            if *ours == [0, 0] {
                self.bins.remove(bin);
            }
        }
        Ok(())
    }

    /// Negatives and positives.
    pub(crate) fn class_totals(&self) -> (u64, u64) {
        self.bins
            .values()
            .fold((0, 0), |(negatives, positives), bin| {
                (negatives + bin[0], positives + bin[1])
            })
    }

    /// As [`ScoreCounts::class_totals`], `None` beyond 64 bits.
    pub(crate) fn checked_totals(&self) -> Option<(u64, u64)> {
        let negatives = super::total(self.bins.values().map(|bin| bin[0]))?;
        let positives = super::total(self.bins.values().map(|bin| bin[1]))?;
        negatives.checked_add(positives)?;
        Some((negatives, positives))
    }

    /// Area under the ROC curve; rows in one bin are ties.
    pub(crate) fn roc_auc(&self) -> Option<f64> {
        let (negatives, positives) = self.class_totals();
        let mut below = 0_u64;
        // Twice the number of pairs in the right order: integers, hence exact.
        let mut twice_pairs = 0_u128;
        for bin in self.bins.values() {
            twice_pairs += u128::from(bin[1]) * (2 * u128::from(below) + u128::from(bin[0]));
            below += bin[0];
        }
        super::ratio(
            twice_pairs as f64,
            2.0 * negatives as f64 * positives as f64,
        )
    }

    /// `Σ (R_i − R_{i−1}) P_i` over the bins from the top.
    pub(crate) fn average_precision(&self) -> Option<f64> {
        let (_, positives) = self.class_totals();
        let mut true_positive = 0_u64;
        let mut predicted = 0_u64;
        let mut sum = 0.0;
        for bin in self.bins.values().rev() {
            true_positive += bin[1];
            predicted += bin[0] + bin[1];
            sum += bin[1] as f64 * true_positive as f64 / predicted as f64;
        }
        super::ratio(sum, positives as f64)
    }

    /// The bins as rows by falling score: at most two places for each, with the middle
    /// of the bin as their score and counts as weights.
    pub(crate) fn ranked(&self) -> Ranked {
        let mut ranked = Ranked::default();
        for (&bin, &counts) in self.bins.iter().rev() {
            let middle = (f64::from(bin) + 0.5) / f64::from(N_SCORE_BINS);
            for (positive, count) in [false, true].into_iter().zip(counts) {
                if count > 0 {
                    ranked.score.push(middle);
                    ranked.positive.push(positive);
                    ranked.mass.push(count as f64);
                    ranked.square.push(count as f64);
                }
            }
        }
        ranked
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.length(self.bins.len());
        let mut next = 0;
        for (&bin, &[negatives, positives]) in &self.bins {
            out.varint(u64::from(bin - next));
            out.varint(negatives);
            out.varint(positives);
            next = bin + 1;
        }
    }

    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self, StatsError> {
        let mut bins = BTreeMap::new();
        let n_bins = input.length(3)?;
        let mut next = 0_u64;
        for _ in 0..n_bins {
            let gap = input.varint()?;
            let place = next.checked_add(gap).ok_or_else(|| input.foreign())?;
            let bin = u32::try_from(place).map_err(|_| input.foreign())?;
            let counts = [input.varint()?, input.varint()?];
            if bin >= N_SCORE_BINS || counts == [0, 0] {
                return Err(input.foreign());
            }
            bins.insert(bin, counts);
            next = place + 1;
        }
        Ok(Self { bins })
    }
}

fn score_bin(score: f64) -> u32 {
    ((score * f64::from(N_SCORE_BINS)) as u32).min(N_SCORE_BINS - 1)
}
