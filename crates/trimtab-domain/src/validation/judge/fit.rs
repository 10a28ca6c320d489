//! Whether the candidate is what it claims to be, fits the model's events, and met enough rows.

use super::safety::COMMAND;
use super::{Check, check, listed, shown};
use crate::documents::{Task, ValidationRules};
use crate::validation::evidence::TrialEvidence;
use crate::validation::{CheckOutcome, CheckState, Wanted};

/// Artifact hash and signature.
pub(super) fn checks(evidence: &TrialEvidence) -> Vec<Check> {
    vec![artifact_hash(evidence), signature(evidence)]
}

fn artifact_hash(evidence: &TrialEvidence) -> Check {
    let found = check("artifact_hash", "artifact hash");
    let candidate = &evidence.candidate;
    match &candidate.expected_sha256 {
        None if candidate.form == COMMAND => found.idle("it is a program"),
        None => found.idle(format!(
            "the file has SHA-256 {}; nothing says what it should be",
            candidate.sha256
        )),
        Some(expected) if expected.eq_ignore_ascii_case(&candidate.sha256) => found.decided(
            true,
            format!(
                "the file is the registered one, SHA-256 {}",
                candidate.sha256
            ),
        ),
        Some(expected) => found.decided(
            false,
            format!(
                "the file has SHA-256 {}, but {expected} was registered",
                candidate.sha256
            ),
        ),
    }
}

fn signature(evidence: &TrialEvidence) -> Check {
    let found = check("signature", "signature and schema");
    let candidate = &evidence.candidate;
    if !candidate.misfits.is_empty() {
        return found.decided(false, candidate.misfits.join("; "));
    }
    let n = candidate.columns.len();
    let Some(champion) = &evidence.champion else {
        return found.decided(true, format!("its {n} input columns are in the events"));
    };
    let beyond = |these: &[String], those: &[String]| -> Vec<String> {
        these
            .iter()
            .filter(|column| !those.contains(column))
            .map(|column| format!("`{column}`"))
            .collect()
    };
    let added = beyond(&candidate.columns, &champion.columns);
    let gone = beyond(&champion.columns, &candidate.columns);
    let words = |names: &[String]| listed(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let reason = match (added.is_empty(), gone.is_empty()) {
        (true, true) => format!("the same {n} input columns as the champion, all in the events"),
        (false, true) => format!("new input columns, all in the events: {}", words(&added)),
        (true, false) => format!("no longer looks at {}", words(&gone)),
        (false, false) => format!("new: {}; no longer: {}", words(&added), words(&gone)),
    };
    found.decided(true, reason)
}

/// Whether there are enough labelled rows to decide anything.
pub(super) fn rows(rules: &ValidationRules, task: Task, evidence: &TrialEvidence) -> Check {
    let rules = &rules.rows;
    let found = check("rows", "enough labelled rows");
    let n = evidence.n_rows;
    let as_number = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let found = found.held(as_number(n), Wanted::AtLeast, as_number(rules.min), "rows");
    let mut lacks = Vec::new();
    if n < rules.min {
        lacks.push(format!("{n} labelled rows of {} needed", rules.min));
    }
    if let (Task::BinaryClassification, Some(positive)) = (task, evidence.n_positive) {
        let fewest = positive.min(n.saturating_sub(positive));
        if fewest < rules.min_per_class {
            lacks.push(format!(
                "{fewest} rows of the rarer class of {} needed",
                rules.min_per_class
            ));
        }
    }
    match evidence.n_days {
        Some(days) if days < u64::from(rules.min_days) => {
            lacks.push(format!("{days} days of {} needed", rules.min_days));
        }
        _ => {}
    }
    let days = match evidence.n_days {
        Some(days) => format!("{n} labelled rows of {days} days"),
        None => format!("{n} labelled rows; they have no time, so each counts as independent"),
    };
    let coverage = if evidence.n_unlabelled > 0 {
        let all = as_number(n + evidence.n_unlabelled);
        let share = 100.0 * as_number(n) / all.max(1.0);
        format!(
            " ({} % of the period's rows have their label)",
            shown(share.round())
        )
    } else {
        String::new()
    };
    if lacks.is_empty() {
        found.decided(true, format!("{days}{coverage}"))
    } else {
        let mut undecided = found.without(format!("{}{coverage}", lacks.join("; ")));
        undecided.state = CheckState::CouldNotDecide;
        undecided.outcome = CheckOutcome::Undecided;
        undecided
    }
}

/// Whether the rows lie behind what the candidate was trained on.
pub(super) fn unseen_rows(evidence: &TrialEvidence) -> Check {
    let found = check("unseen_rows", "rows that neither model was trained on");
    let Some(trained) = evidence.trained_until else {
        return found.idle("the rows were chosen by hand");
    };
    let Some(until) = trained.candidate else {
        return found.without(
            "nothing says until when the candidate's training data reach: \
             tag its version with a snapshot, or write `training_period` into its encoding document",
        );
    };
    let day = |at: jiff::Timestamp| super::safety::date(at);
    match evidence.period {
        None => found.without(format!(
            "there is no labelled row behind the training data, which reach to {}",
            day(until)
        )),
        Some(period) if period.start < until => found.decided(
            false,
            format!(
                "rows begin on {}, but the candidate was trained on data to {}",
                day(period.start),
                day(until)
            ),
        ),
        Some(period) => {
            let of_champion = match trained.champion {
                Some(of_champion) if of_champion > period.start => format!(
                    "; the champion was trained on data to {}, which is in its favour",
                    day(of_champion)
                ),
                Some(of_champion) => format!(", the champion on data to {}", day(of_champion)),
                None => String::new(),
            };
            found.decided(
                true,
                format!(
                    "rows from {} to {}; the candidate was trained on data to {}{of_champion}",
                    day(period.start),
                    day(period.end),
                    day(until)
                ),
            )
        }
    }
}
