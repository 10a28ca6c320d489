//! Do a model's scores need calibrating?

use super::isotonic::Isotonic;
use crate::error::StatsError;
use crate::random::Random;

/// Times the reference is split.
const N_SPLITS: usize = 10;
/// Share of each class that is kept back.
const TEST_SHARE: f64 = 0.1;
/// Bins of equally many rows.
const N_BINS: usize = 10;
/// Above so good an order there is nothing to calibrate by.
const AUC_MAX: f64 = 0.999;

/// Whether isotonic calibration lowers the expected calibration error on rows it has not seen.
///
/// Ten times a tenth of each class is drawn and kept back; the error is taken over all rows kept
/// back, in ten bins of equally many rows, once by score and once by calibrated score.
///
/// # Source
///
/// `NannyML` 0.13 (`calibration.needs_calibration`), whose splits come from scikit-learn's random
/// numbers; ours from `seed`. Where both errors are about equal the answers may differ.
///
/// # Errors
///
/// As [`Isotonic::fit`].
pub fn needs_calibration(scores: &[f64], labels: &[bool], seed: u64) -> Result<bool, StatsError> {
    let n_positive = labels.iter().filter(|label| **label).count();
    if n_positive == 0 || n_positive == labels.len() {
        return Ok(false);
    }
    if auc(scores, labels) > AUC_MAX {
        return Ok(false);
    }
    let mut random = Random::from_seed(seed);
    let mut by_class: [Vec<usize>; 2] = [Vec::new(), Vec::new()];
    for (row, label) in labels.iter().enumerate() {
        by_class[usize::from(*label)].push(row);
    }
    let (mut plain, mut calibrated) = (Vec::new(), Vec::new());
    for _ in 0..N_SPLITS {
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for rows in &mut by_class {
            random.shuffle(rows);
            let n_test = ((rows.len() as f64 * TEST_SHARE).round() as usize).max(1);
            test.extend_from_slice(&rows[..n_test.min(rows.len())]);
            train.extend_from_slice(&rows[n_test.min(rows.len())..]);
        }
        if train.is_empty() {
            return Ok(false);
        }
        let inputs: Vec<f64> = train.iter().map(|&row| scores[row]).collect();
        let targets: Vec<f64> = train
            .iter()
            .map(|&row| f64::from(u8::from(labels[row])))
            .collect();
        let fitted = Isotonic::fit(&inputs, &targets)?;
        plain.extend(test.iter().map(|&row| (scores[row], labels[row])));
        calibrated.extend(
            test.iter()
                .map(|&row| (fitted.predict(scores[row]), labels[row])),
        );
    }
    Ok(calibration_error(&mut plain) > calibration_error(&mut calibrated))
}

/// Mean gap between score and share of positives, in bins of equally many rows.
fn calibration_error(rows: &mut [(f64, bool)]) -> f64 {
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n_bins = if rows.len() <= 2 * N_BINS {
        (rows.len() / 2).max(1)
    } else {
        N_BINS
    };
    let width = (rows.len() / n_bins).max(1);
    let n = rows.len() as f64;
    let mut error = 0.0;
    for bin in 0..n_bins {
        let end = if bin + 1 == n_bins {
            rows.len()
        } else {
            (bin + 1) * width
        };
        let part = &rows[bin * width..end];
        let gap: f64 = part
            .iter()
            .map(|(score, label)| score - f64::from(u8::from(*label)))
            .sum();
        error += gap.abs() / n;
    }
    error
}

/// Area under the ROC curve, ties as halves.
pub(super) fn auc(scores: &[f64], labels: &[bool]) -> f64 {
    let mut rows: Vec<(f64, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum, mut positives) = (0.0, 0.0, 0.0);
    for ties in rows.chunk_by(|a, b| a.0 == b.0) {
        let n_positive = ties.iter().filter(|row| row.1).count() as f64;
        let n_negative = ties.len() as f64 - n_positive;
        sum += n_positive * (below + n_negative / 2.0);
        below += n_negative;
        positives += n_positive;
    }
    sum / (positives * below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(distort: fn(f64) -> f64) -> (Vec<f64>, Vec<bool>) {
        let mut random = Random::from_seed(5);
        (0..4_000)
            .map(|_| {
                let p = random.uniform();
                (distort(p), random.uniform() < p)
            })
            .unzip()
    }

    #[test]
    fn distorted_scores_need_it_and_classes_of_one_do_not() {
        let (scores, labels) = rows(|p| p * p * p);
        assert!(needs_calibration(&scores, &labels, 1).unwrap());
        let (scores, _) = rows(|p| p);
        assert!(!needs_calibration(&scores, &vec![true; scores.len()], 1).unwrap());
    }
}
