//! Both models' scores on the same rows, compared.

use super::rows::{Table, span};
use super::set_sides;
use super::side::{self, Scored};
use crate::analysis::refused;
use crate::files::MISSING;
use trimtab_domain::Result;
use trimtab_domain::documents::Task;
use trimtab_domain::ports::validation::{TrialRequest, TrialRows};
use trimtab_domain::validation::{
    Contender, FairnessEvidence, KnownBefore, MetricEvidence, SegmentEvidence, TrialEvidence,
};
use trimtab_stats::performance::{
    EvaluationSettings, PairedBinaryRows, PairedEvaluation, PairedGapRows, PairedMetric,
    PairedRegressionRows, ScoredBy, compare_binary, compare_gaps, compare_regression,
};

const REPLICATES: u32 = 1_000;
/// Segments of one column at most: more is no segment.
const VALUES_MAX: usize = 50;

/// What is known before anything is scored.
pub(super) fn about_rows(request: &TrialRequest, table: &Table) -> TrialEvidence {
    let binary = request.task == Task::BinaryClassification;
    let mut evidence = TrialEvidence {
        n_rows: table.n_rows() as u64,
        n_positive: binary.then(|| count(&table.positive())),
        n_unlabelled: table.n_unlabelled,
        n_beyond_limit: table.n_beyond_limit,
        n_days: table.blocks.as_ref().map(|blocks| {
            let mut days = blocks.clone();
            days.sort_unstable();
            days.dedup();
            days.len() as u64
        }),
        period: table
            .times
            .as_ref()
            .and_then(|times| span(times.iter().copied())),
        asked_period: match &request.rows {
            TrialRows::Lake { period, .. } => Some(*period),
            TrialRows::Files(_) => None,
        },
        confidence: request.rules.confidence,
        ..TrialEvidence::default()
    };
    if let (Some(times), Some(known_at)) = (&table.times, &table.known_at) {
        let both = times
            .iter()
            .zip(known_at)
            .filter_map(|(&time, known)| known.map(|known| (time, known)))
            .filter(|(time, _)| *time != i64::MIN);
        let (mut n, mut n_rows) = (0, 0);
        for (time, known) in both {
            n_rows += 1;
            n += u64::from(known <= time);
        }
        evidence.known_before = Some(KnownBefore { n, n_rows });
    }
    evidence
}

fn count(flags: &[bool]) -> u64 {
    flags.iter().filter(|flag| **flag).count() as u64
}

/// Metrics, segments and fairness.
pub(super) fn measured(
    request: &TrialRequest,
    table: &Table,
    mut evidence: TrialEvidence,
    scores: (&Scored, &Scored),
    sides: (Contender, Contender),
) -> Result<TrialEvidence> {
    let meeting = Meeting {
        request,
        table,
        scores,
        positive: table.positive(),
    };
    let all: Vec<u32> = (0_u32..).take(table.n_rows()).collect();
    let found = meeting.compared(&all, request.rules.confidence, REPLICATES)?;
    evidence.metrics = found.metrics.iter().map(metric).collect();
    evidence.mcnemar = found
        .mcnemar
        .map(|test| (test.only_first, test.only_second, test.p_value));
    evidence.segments = meeting.segments()?;
    if request.task == Task::BinaryClassification {
        evidence.fairness = meeting.fairness()?;
    }
    set_sides(request, &mut evidence, sides);
    Ok(evidence)
}

fn metric(found: &PairedMetric) -> MetricEvidence {
    MetricEvidence {
        metric: found.name.to_owned(),
        champion: found.first,
        candidate: found.second,
        difference: found.difference,
        low: found.lower,
        high: found.upper,
        p_value: found.p_value,
        interval: found.interval_method.map(|method| method.to_string()),
        reason: found.reason.map(str::to_owned),
    }
}

struct Meeting<'a> {
    request: &'a TrialRequest,
    table: &'a Table,
    scores: (&'a Scored, &'a Scored),
    positive: Vec<bool>,
}

fn pick<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|&row| values[row as usize]).collect()
}

impl Meeting<'_> {
    fn compared(&self, rows: &[u32], confidence: f64, replicates: u32) -> Result<PairedEvaluation> {
        let settings = EvaluationSettings {
            confidence,
            replicates,
            seed: self.request.seed,
            ..EvaluationSettings::default()
        };
        let (first, second) = (pick(self.scores.0, rows), pick(self.scores.1, rows));
        let blocks = self.table.blocks.as_ref().map(|blocks| pick(blocks, rows));
        let found = match self.request.task {
            Task::BinaryClassification => compare_binary(
                &PairedBinaryRows {
                    labels: &pick(&self.positive, rows),
                    first: ScoredBy {
                        scores: &first,
                        threshold: side::threshold(&self.request.champion),
                    },
                    second: ScoredBy {
                        scores: &second,
                        threshold: side::threshold(&self.request.candidate),
                    },
                    weights: None,
                    blocks: blocks.as_deref(),
                },
                &settings,
            ),
            Task::Regression => compare_regression(
                &PairedRegressionRows {
                    labels: &pick(&self.table.labels, rows),
                    first: &first,
                    second: &second,
                    weights: None,
                    blocks: blocks.as_deref(),
                },
                &settings,
            ),
        };
        found.map_err(refused("the two models cannot be compared"))
    }

    /// Every segment that is large enough, with intervals that hold for all of them together.
    fn segments(&self) -> Result<Vec<SegmentEvidence>> {
        let mut parts: Vec<(String, String, Vec<u32>)> = Vec::new();
        for name in &self.request.segments {
            let Some(found) = self.table.groups(name) else {
                continue;
            };
            if found.words.len() > VALUES_MAX {
                continue;
            }
            let mut rows: Vec<Vec<u32>> = vec![Vec::new(); found.words.len()];
            for (row, &code) in (0_u32..).zip(&found.codes) {
                if code != MISSING {
                    rows[code as usize].push(row);
                }
            }
            let large = |rows: &Vec<u32>| rows.len() as u64 >= self.request.rules.segments.min_rows;
            let mut of_column: Vec<(String, String, Vec<u32>)> = found
                .words
                .iter()
                .zip(rows)
                .filter(|(_, rows)| large(rows))
                .map(|(word, rows)| (name.clone(), word.clone(), rows))
                .collect();
            of_column.sort_by(|a, b| a.1.cmp(&b.1));
            parts.extend(of_column);
        }
        let miss = 1.0 - self.request.rules.confidence;
        let confidence = 1.0 - miss / parts.len().max(1) as f64;
        let wanted = &self.request.segment_metric.metric;
        // The interval of an AUC needs no replicates.
        let replicates = if wanted == "roc_auc" { 0 } else { REPLICATES };
        parts
            .into_iter()
            .map(|(column, value, rows)| {
                let found = self.compared(&rows, confidence, replicates)?;
                let metric = found.metric(wanted).map(metric).unwrap_or_default();
                Ok(SegmentEvidence {
                    column,
                    value,
                    n_rows: rows.len() as u64,
                    metric,
                })
            })
            .collect()
    }

    fn fairness(&self) -> Result<Vec<FairnessEvidence>> {
        let decided = |scores: &[f64], threshold: f64| -> Vec<bool> {
            scores.iter().map(|&score| score >= threshold).collect()
        };
        let first = decided(self.scores.0, side::threshold(&self.request.champion));
        let second = decided(self.scores.1, side::threshold(&self.request.candidate));
        let rules = &self.request.rules;
        let mut all = Vec::new();
        for name in &rules.fairness.columns {
            let mut evidence = FairnessEvidence {
                column: name.clone(),
                ..FairnessEvidence::default()
            };
            let Some(found) = self.table.groups(name) else {
                evidence.reason = Some(format!("the events have no column `{name}`"));
                all.push(evidence);
                continue;
            };
            let n_groups = u32::try_from(found.words.len() + 1).unwrap_or(u32::MAX);
            // Rows without a group are one of their own.
            let groups: Vec<u32> = found
                .codes
                .iter()
                .map(|&code| if code == MISSING { n_groups - 1 } else { code })
                .collect();
            let rows = PairedGapRows {
                groups: &groups,
                n_groups,
                labels: &self.positive,
                first: &first,
                second: &second,
                blocks: self.table.blocks.as_deref(),
            };
            let gap = compare_gaps(
                &rows,
                rules.fairness.min_rows,
                rules.confidence,
                REPLICATES,
                self.request.seed,
            )
            .map_err(refused("groups cannot be compared"))?;
            match gap {
                None => {
                    evidence.reason =
                        Some("fewer than two groups have enough positive rows".to_owned());
                }
                Some(gap) => {
                    evidence.champion = Some(gap.first);
                    evidence.candidate = Some(gap.second);
                    evidence.difference = Some(gap.difference);
                    (evidence.low, evidence.high) = gap.interval.unzip();
                    evidence.n_groups = gap.n_groups;
                }
            }
            all.push(evidence);
        }
        Ok(all)
    }
}
