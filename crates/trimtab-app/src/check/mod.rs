//! `trimtab check`: two data sets compared without a server.
//!
//! The engine finds evidence column by column; the decision rule is the monitors' own.

mod differs;
mod peers;

use crate::evaluate::outcome;
use crate::sentences::listed;
use std::collections::BTreeMap;
use trimtab_domain::Result;
use trimtab_domain::check::{
    CHECK_SCHEMA_VERSION, CheckEvidence, CheckReport, CheckRequest, CheckWindowEvidence,
    CheckWindowReport, CorrectionReport, MultivariateReport, SegmentEvidence, SegmentReport,
    SideReport, TextEvidence, TextReport,
};
use trimtab_domain::ports::DataSetComparison;
use trimtab_domain::result::{ColumnOutcome, Decision, Severity};
use trimtab_stats::{ColumnEvidence, Correction, DecisionPolicy, decide};

/// Importance of columns for the model, any unit; columns that are not named count as unknown.
pub type Weights = BTreeMap<String, f64>;

/// Compares two data sets and decides.
///
/// With `request.compat` the peer's own rule decides instead of ours.
///
/// With windows, p-values are corrected over all columns of all windows of the run.
///
/// # Errors
///
/// `Invalid` naming the file and the place if a side cannot be read or is empty.
pub async fn check(
    comparison: &dyn DataSetComparison,
    request: &CheckRequest,
    policy: &DecisionPolicy,
    weights: &Weights,
) -> Result<CheckReport> {
    let evidence = comparison.evidence(request).await?;
    if let Some(peer) = request.compat {
        return Ok(peers::report(peer, evidence, policy));
    }
    Ok(report(evidence, policy, weights))
}

/// The exit code of a decision: 0 no drift, 1 drift, 2 could not look.
pub fn exit_code(decision: Decision) -> u8 {
    match decision {
        Decision::Ok | Decision::NotEnoughData => 0,
        Decision::Drift | Decision::Breach => 1,
        Decision::Failed => 2,
    }
}

/// Decides on evidence.
pub fn report(evidence: CheckEvidence, policy: &DecisionPolicy, weights: &Weights) -> CheckReport {
    let policy = &DecisionPolicy {
        performance_lost: policy.performance_lost
            || evidence
                .performance
                .as_ref()
                .is_some_and(|performance| performance.is_lost),
        ..*policy
    };
    let (outcomes, assumes_independent_rows) = outcomes(&evidence, policy, weights);
    let mut outcomes = outcomes.into_iter();
    let Judged {
        windows,
        newest,
        every,
    } = Judged::of(&evidence.windows, &mut outcomes);
    let segments: Vec<SegmentReport> = evidence
        .segments
        .iter()
        .map(|segment| segment_report(segment, &mut outcomes))
        .collect();
    let texts = text_reports(evidence.texts, policy.alpha, &mut outcomes);
    let multivariate = evidence.multivariate.map(|mut found| {
        found.is_drift = found.p_value.map(|p_value| p_value <= policy.alpha);
        found
    });
    let of_columns = decision_of(&every);
    let mut sentence = reason(
        of_columns,
        &every,
        &windows,
        policy,
        assumes_independent_rows,
    );
    let elsewhere = found_elsewhere(&segments, &texts, multivariate.as_ref());
    for found in &elsewhere {
        sentence = format!("{sentence} {found}");
    }
    CheckReport {
        schema_version: CHECK_SCHEMA_VERSION,
        decision: if elsewhere.is_empty() {
            of_columns
        } else {
            Decision::Drift
        },
        reason: sentence,
        assumes_independent_rows,
        correction: CorrectionReport {
            method: correction_name(policy.correction).to_owned(),
            alpha: policy.alpha,
        },
        reference: SideReport {
            n_rows: evidence.n_reference,
        },
        current: SideReport {
            n_rows: evidence.n_current,
        },
        drifted_importance: drifted_importance(&newest, weights),
        columns: newest,
        windows,
        added: evidence.added,
        removed: evidence.removed,
        skipped: evidence.skipped,
        sketches: evidence.sketches,
        compat: None,
        segments,
        texts,
        multivariate,
        performance: evidence.performance,
    }
}

/// What was decided on each window.
struct Judged {
    windows: Vec<CheckWindowReport>,
    /// Columns of the newest window, or of the whole side.
    newest: Vec<ColumnOutcome>,
    /// Columns of all windows.
    every: Vec<ColumnOutcome>,
}

impl Judged {
    fn of(
        evidence: &[CheckWindowEvidence],
        outcomes: &mut impl Iterator<Item = ColumnOutcome>,
    ) -> Self {
        let mut judged = Self {
            windows: Vec::new(),
            newest: Vec::new(),
            every: Vec::new(),
        };
        for window in evidence {
            let columns: Vec<ColumnOutcome> =
                outcomes.by_ref().take(window.columns.len()).collect();
            if let Some(span) = window.window {
                judged.windows.push(CheckWindowReport {
                    window: span,
                    n_rows: window.n_rows,
                    decision: decision_of(&columns),
                    drifted: drifted(&columns),
                });
            }
            judged.every.extend(columns.iter().cloned());
            judged.newest = columns;
        }
        judged
    }
}

/// Decides on the columns of every window, of every segment, and the features of texts: one family. Also whether rows
/// were taken as independent.
fn outcomes(
    evidence: &CheckEvidence,
    policy: &DecisionPolicy,
    weights: &Weights,
) -> (Vec<ColumnOutcome>, bool) {
    let windows = evidence.windows.iter().map(|window| &window.columns);
    let segments = evidence.segments.iter().map(|segment| &segment.columns);
    let texts = evidence.texts.iter().map(|text| &text.features);
    let mut all: Vec<ColumnEvidence> = windows
        .chain(segments)
        .chain(texts)
        .flatten()
        .cloned()
        .collect();
    for column in &mut all {
        column.importance = weights.get(&column.name).copied().or(column.importance);
    }
    let decided = decide(&all, policy);
    let outcomes = all
        .iter()
        .zip(&decided.columns)
        .map(|(evidence, decision)| {
            let mut outcome = outcome(evidence, decision);
            outcome.differs_because = differs::because(evidence, decision, policy, all.len());
            outcome
        })
        .collect();
    (outcomes, decided.assumes_independent_rows)
}

fn segment_report(
    segment: &SegmentEvidence,
    outcomes: &mut impl Iterator<Item = ColumnOutcome>,
) -> SegmentReport {
    let columns: Vec<ColumnOutcome> = outcomes.take(segment.columns.len()).collect();
    SegmentReport {
        column: segment.column.clone(),
        value: segment.value.clone(),
        n_reference: segment.n_reference,
        n_current: segment.n_current,
        decision: decision_of(&columns),
        drifted: drifted(&columns),
        columns,
    }
}

/// The level is shared by the columns of texts.
fn text_reports(
    texts: Vec<TextEvidence>,
    alpha: f64,
    outcomes: &mut impl Iterator<Item = ColumnOutcome>,
) -> Vec<TextReport> {
    let alpha = alpha / texts.len() as f64;
    texts
        .into_iter()
        .map(|text| text_report(text, alpha, outcomes))
        .collect()
}

fn text_report(
    text: TextEvidence,
    alpha: f64,
    outcomes: &mut impl Iterator<Item = ColumnOutcome>,
) -> TextReport {
    let features: Vec<ColumnOutcome> = outcomes.take(text.features.len()).collect();
    let mut words = text.words;
    words.is_drift = words.p_value.map(|p_value| p_value <= alpha);
    TextReport {
        column: text.column,
        decision: match (words.is_drift, decision_of(&features)) {
            (Some(true), _) => Decision::Drift,
            // Few rows may say little of the form; the words have been looked at.
            (Some(false), Decision::NotEnoughData) => Decision::Ok,
            (_, of_features) => of_features,
        },
        drifted: drifted(&features),
        features,
        words,
    }
}

/// What segments, texts and all columns together add, one sentence each.
fn found_elsewhere(
    segments: &[SegmentReport],
    texts: &[TextReport],
    multivariate: Option<&MultivariateReport>,
) -> Vec<String> {
    let mut found = Vec::new();
    let drifted = segments
        .iter()
        .filter(|segment| segment.decision == Decision::Drift)
        .count();
    if drifted > 0 {
        found.push(format!(
            "Columns drifted in {drifted} of {} segments.",
            segments.len()
        ));
    }
    for text in texts {
        if text.words.is_drift == Some(true) {
            let name = &text.column;
            found.push(format!("The words of {name} tell the sides apart."));
        }
        if !text.drifted.is_empty() {
            let names: Vec<&str> = text.drifted.iter().map(String::as_str).collect();
            found.push(format!("Texts changed their form: {}.", listed(&names)));
        }
    }
    if multivariate.is_some_and(|found| found.is_drift == Some(true)) {
        found.push("A model that sees all columns tells the sides apart.".to_owned());
    }
    found
}

/// Share of the weights that lies on columns that drifted.
fn drifted_importance(columns: &[ColumnOutcome], weights: &Weights) -> Option<f64> {
    let weight = |column: &ColumnOutcome| weights.get(&column.name).copied().unwrap_or(0.0);
    let total: f64 = columns.iter().map(weight).sum();
    let drifted: f64 = columns
        .iter()
        .filter(|column| column.decision == Decision::Drift)
        .map(weight)
        .sum();
    (total > 0.0).then(|| drifted / total)
}

/// The word of a correction in documents and answers.
pub fn correction_name(correction: Correction) -> &'static str {
    correction.name()
}

/// `drift` if a column drifted, else `failed` if one failed, else `not_enough_data` if none had
/// enough, else `ok`.
fn decision_of(columns: &[ColumnOutcome]) -> Decision {
    let any = |decision| columns.iter().any(|column| column.decision == decision);
    if any(Decision::Drift) {
        Decision::Drift
    } else if any(Decision::Failed) {
        Decision::Failed
    } else if any(Decision::Ok) {
        Decision::Ok
    } else {
        Decision::NotEnoughData
    }
}

/// Names of the columns that drifted, the worst first.
fn drifted(columns: &[ColumnOutcome]) -> Vec<String> {
    let mut found: Vec<&ColumnOutcome> = columns
        .iter()
        .filter(|column| column.decision == Decision::Drift)
        .collect();
    found.sort_by(|a, b| {
        let size = |column: &ColumnOutcome| {
            let severity = column.severity.unwrap_or(Severity::Low);
            (severity, crate::sentences::effect_ratio(column))
        };
        let ((a_severity, a_ratio), (b_severity, b_ratio)) = (size(a), size(b));
        b_severity
            .cmp(&a_severity)
            .then_with(|| b_ratio.total_cmp(&a_ratio))
            .then_with(|| a.name.cmp(&b.name))
    });
    found
        .into_iter()
        .map(|column| column.name.clone())
        .collect()
}

fn reason(
    decision: Decision,
    every: &[ColumnOutcome],
    windows: &[CheckWindowReport],
    policy: &DecisionPolicy,
    assumes_independent_rows: bool,
) -> String {
    let (found, compared) = if windows.is_empty() {
        (drifted(every), every.len())
    } else {
        let mut names = Vec::new();
        for window in windows {
            for name in &window.drifted {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        let compared = every.len() / windows.len();
        (names, compared)
    };
    let names: Vec<&str> = found.iter().map(String::as_str).collect();
    let main = match decision {
        Decision::Drift | Decision::Breach => {
            let n_windows = windows
                .iter()
                .filter(|window| window.decision == Decision::Drift)
                .count();
            let when = if windows.is_empty() {
                String::new()
            } else {
                format!(" in {n_windows} of {} windows", windows.len())
            };
            format!(
                "{} of {compared} columns drifted{when}: {}.",
                found.len(),
                listed(&names)
            )
        }
        Decision::Ok => format!(
            "None of {compared} columns differs beyond chance (at most {} of drift-free runs \
             alarm) by as much as matters.",
            crate::sentences::percent(policy.alpha)
        ),
        Decision::NotEnoughData => {
            format!("Too few rows to see a difference that matters in any of {compared} columns.")
        }
        Decision::Failed => {
            let failed: Vec<&str> = every
                .iter()
                .filter(|column| column.decision == Decision::Failed)
                .map(|column| column.name.as_str())
                .collect();
            format!(
                "No drift was found, but {} could not be compared.",
                listed(&failed)
            )
        }
    };
    if assumes_independent_rows {
        format!("{main} Rows are taken as independent: the effect floor guards the decision.")
    } else {
        main
    }
}
