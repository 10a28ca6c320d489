//! Classifiers of several classes.

use super::super::outcomes::Outcomes;
use super::super::refused;
use super::{Chunk, Judged, push};
use std::ops::Range;
use trimtab_domain::Result;
use trimtab_domain::analysis::estimate::{EstimateReport, EstimateRequest};
use trimtab_stats::estimation::{
    CBPE_ASSUMES, CBPE_METRICS, ClassScores, MulticlassCbpe, MulticlassRows,
};

/// What stands for all cells of the confusion matrix where metrics are named.
pub(super) const CONFUSION: &str = "confusion_matrix";

/// What can be asked for.
pub(super) const METRICS: [&str; 8] = {
    let [a, b, c, d, e, f, g] = CBPE_METRICS;
    [a, b, c, d, e, f, g, CONFUSION]
};

/// Rows of a classifier of several classes.
pub(super) struct Classified {
    n_classes: usize,
    /// One a class, row by row.
    scores: Vec<f64>,
    predictions: Vec<u32>,
    labels: Vec<Option<u32>>,
}

/// Some of them, one after another.
#[derive(Default)]
struct Taken {
    scores: Vec<f64>,
    predictions: Vec<u32>,
    labels: Vec<u32>,
}

impl Classified {
    pub(super) fn of(outcomes: &Outcomes, n_classes: usize) -> Option<Self> {
        let Outcomes::Multiclass {
            labels,
            predictions,
            scores,
        } = outcomes
        else {
            return None;
        };
        let scores = scores.clone().unwrap_or_default();
        let predictions = predictions.clone().unwrap_or_else(|| {
            let rows = scores.chunks(n_classes.max(1));
            rows.map(highest).collect()
        });
        Some(Self {
            n_classes,
            scores,
            predictions,
            labels: labels.clone(),
        })
    }

    fn scores_of(&self, row: usize) -> &[f64] {
        &self.scores[row * self.n_classes..][..self.n_classes]
    }

    /// The labelled rows among some.
    fn labelled(&self, rows: &[u32]) -> Taken {
        let mut taken = Taken::default();
        for row in rows.iter().map(|&row| row as usize) {
            let scores = self.scores_of(row);
            if let (Some(label), false) = (self.labels[row], scores.iter().any(|s| s.is_nan())) {
                taken.scores.extend_from_slice(scores);
                taken.predictions.push(self.predictions[row]);
                taken.labels.push(label);
            }
        }
        taken
    }
}

impl Taken {
    fn rows(&self) -> MulticlassRows<'_> {
        MulticlassRows {
            said: ClassScores {
                scores: &self.scores,
                predictions: &self.predictions,
            },
            labels: &self.labels,
        }
    }
}

/// The class with the highest score, the first of equal ones.
fn highest(scores: &[f64]) -> u32 {
    let mut best = 0;
    for (class, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = class;
        }
    }
    u32::try_from(best).unwrap_or(u32::MAX)
}

pub(super) fn by_confidence(
    request: &EstimateRequest,
    (classes, learnt): (&[String], &Classified),
    judged: &Classified,
    [of_reference, of_current]: [&[Chunk]; 2],
    report: &mut EstimateReport,
) -> Result<()> {
    let (k, unit) = (classes.len(), request.confusion);
    // Labelled rows, chunk after chunk.
    let mut reference = Taken::default();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for chunk in of_reference {
        let start = reference.labels.len();
        let part = learnt.labelled(&chunk.rows);
        reference.scores.extend(part.scores);
        reference.predictions.extend(part.predictions);
        reference.labels.extend(part.labels);
        ranges.push(start..reference.labels.len());
    }
    let fitted = MulticlassCbpe::fit(&reference.rows(), k, &ranges, unit, request.seed)
        .map_err(refused("the reference cannot be learnt"))?;
    "cbpe".clone_into(&mut report.method);
    "NannyML 0.13's definitions, each class against the rest and means over the classes; limits are the mean of the reference's chunks ± 3 standard deviations"
        .clone_into(&mut report.variant);
    CBPE_ASSUMES.clone_into(&mut report.assumes);
    report.is_calibrated = Some(fitted.is_calibrated());
    let names = names(classes);
    for (i, chunk) in of_current.iter().enumerate() {
        let mut all = Taken::default();
        for row in chunk.rows.iter().map(|&row| row as usize) {
            all.scores.extend_from_slice(judged.scores_of(row));
            all.predictions.push(judged.predictions[row]);
        }
        let found = fitted
            .estimate(&all.rows().said)
            .map_err(refused("a chunk cannot be estimated"))?;
        let estimates: Vec<_> = found.metrics.into_iter().chain(found.confusion).collect();
        let known = judged.labelled(&chunk.rows);
        let realised = (!known.labels.is_empty()).then(|| {
            let rows = known.rows();
            let mut values = MulticlassCbpe::realised(&rows, k).to_vec();
            values.extend(MulticlassCbpe::realised_confusion(&rows, k, unit));
            values
        });
        let judged = Judged {
            names: &names,
            estimates: &estimates,
            realised: realised.as_deref(),
        };
        push(request, report, (i, chunk), &judged);
    }
    Ok(())
}

/// Names of the metrics and, after them, of the cells of the confusion matrix.
fn names(classes: &[String]) -> Vec<String> {
    let cells = classes.iter().flat_map(|label| {
        let of_label = move |predicted| format!("true_{label}_pred_{predicted}");
        classes.iter().map(of_label)
    });
    let metrics = CBPE_METRICS.iter().map(|&name| name.to_owned());
    metrics.chain(cells).collect()
}
