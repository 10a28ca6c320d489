//! Whether the candidate can serve, and learnt what it knows by fair means.

use super::{Check, check, percent, shown};
use crate::documents::{Task, ValidationRules};
use crate::validation::evidence::{ColumnCoverage, MetricEvidence, StrengthOn, TrialEvidence};
use crate::validation::{CheckOutcome, CheckState, Wanted};

/// The form of a model that a program scores.
pub(super) const COMMAND: &str = "command";
const BYTES_PER_MB: f64 = 1e6;
/// A median below it is fast enough, whatever the champion's.
const FAST_MS: f64 = 0.1;

/// Latency of one row.
pub(super) fn latency(rules: &ValidationRules, evidence: &TrialEvidence) -> Check {
    let limits = &rules.latency;
    let mut found = check("latency", "scoring latency");
    let champion = evidence.champion.as_ref().and_then(|one| one.latency);
    let Some(own) = evidence.candidate.latency else {
        return if evidence.candidate.form == COMMAND {
            found.idle("a program that is started for all rows at once cannot be timed by row")
        } else {
            found.without("it was not timed")
        };
    };
    found.candidate = Some(own.p99_ms);
    found.champion = champion.map(|latency| latency.p99_ms);
    let found = found.held(own.p99_ms, Wanted::AtMost, limits.max_p99_ms, "ms");
    let times = format!(
        "one row takes {} ms (median), {} ms (99th percentile)",
        shown(own.p50_ms),
        shown(own.p99_ms)
    );
    if own.p99_ms > limits.max_p99_ms {
        let limit = shown(limits.max_p99_ms);
        return found.decided(false, format!("{times}, limit {limit} ms"));
    }
    let Some(champion) = champion else {
        return found.decided(true, times);
    };
    let ratio = own.p50_ms / champion.p50_ms.max(f64::MIN_POSITIVE);
    let text = format!(
        "{times}, the champion's median is {} ms",
        shown(champion.p50_ms)
    );
    let holds = own.p50_ms < FAST_MS || ratio <= limits.max_ratio;
    if holds {
        found.decided(true, text)
    } else {
        let limit = shown(limits.max_ratio);
        found.decided(
            false,
            format!("{text}: {} times, limit {limit}", shown(ratio)),
        )
    }
}

/// Size of the file.
pub(super) fn size(rules: &ValidationRules, evidence: &TrialEvidence) -> Check {
    let megabytes = |bytes: u64| {
        let kilobytes = u32::try_from(bytes / 1_000).unwrap_or(u32::MAX);
        f64::from(kilobytes) * 1_000.0 / BYTES_PER_MB
    };
    let own = megabytes(evidence.candidate.size_bytes);
    let mut found = check("size", "model size");
    if evidence.candidate.form == COMMAND {
        return found.idle("it is a program");
    }
    found.candidate = Some(own);
    found.champion = evidence
        .champion
        .as_ref()
        .map(|one| megabytes(one.size_bytes));
    let limit = rules.size.max_mb;
    let reason = format!("{} MB, limit {} MB", shown(own), shown(limit));
    found
        .held(own, Wanted::AtMost, limit, "MB")
        .decided(own <= limit, reason)
}

/// Training data beside present traffic.
pub(super) fn training(rules: &ValidationRules, evidence: &TrialEvidence) -> Check {
    let found = check("snapshot_drift", "training data beside present traffic");
    let Some(training) = &evidence.training else {
        return found.idle("nothing says what the candidate was trained on");
    };
    if let Some(reason) = &training.reason {
        return found.idle(reason.clone());
    }
    let counts = |column: &&ColumnCoverage| {
        let attention = column.importance;
        attention.is_none_or(|share| share >= rules.training.min_importance)
    };
    let Some(worst) = training.columns.iter().find(counts) else {
        return found.idle("the candidate looks at none of the training data's columns");
    };
    let limit = rules.training.max_uncovered;
    let found = found.held(worst.uncovered, Wanted::AtMost, limit, "share");
    let span = match training.period {
        Some(period) => format!(
            " (trained on {} rows from {} to {})",
            training.n_rows,
            date(period.start),
            date(period.end)
        ),
        None => format!(" (trained on {} rows)", training.n_rows),
    };
    let moved = |column: &ColumnCoverage| {
        let distance = column.effect.unwrap_or(0.0);
        (distance > rules.training.max_distance).then(|| {
            format!(
                "`{}` has moved by {} interquartile ranges (limit {})",
                column.column,
                shown(distance),
                shown(rules.training.max_distance)
            )
        })
    };
    let outside = |column: &ColumnCoverage| {
        (column.uncovered > limit).then(|| {
            format!(
                "{} of `{}` lie outside (limit {})",
                percent(column.uncovered),
                column.column,
                percent(limit)
            )
        })
    };
    let beyond: Vec<String> = training
        .columns
        .iter()
        .filter(counts)
        .filter_map(|column| outside(column).or_else(|| moved(column)))
        .collect();
    if beyond.is_empty() {
        found.decided(
            true,
            format!(
                "at most {} of present rows lie outside what training saw (`{}`){span}",
                percent(worst.uncovered),
                worst.column
            ),
        )
    } else {
        found.decided(
            false,
            format!(
                "present rows are not what training saw: {}{span}",
                beyond.join(", ")
            ),
        )
    }
}

/// The day of an instant.
pub(super) fn date(at: jiff::Timestamp) -> String {
    let text = at.to_string();
    text.split('T').next().unwrap_or(&text).to_owned()
}

/// Whether something told the candidate the answer.
pub(super) fn leakage(rules: &ValidationRules, task: Task, evidence: &TrialEvidence) -> Vec<Check> {
    vec![
        known_before(rules, evidence),
        single_column(rules, task, evidence),
        importance(rules, evidence),
        optimism(rules, task, evidence),
    ]
}

fn known_before(rules: &ValidationRules, evidence: &TrialEvidence) -> Check {
    let found = check("leakage_label_time", "labels known before the prediction");
    let Some(known) = evidence.known_before.filter(|known| known.n_rows > 0) else {
        return found.idle("nothing says when labels became known");
    };
    let as_number = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let share = as_number(known.n) / as_number(known.n_rows);
    let limit = rules.leakage.max_known_before;
    let reason = if known.n == 0 {
        format!("none of {} rows", known.n_rows)
    } else {
        format!(
            "{} of {} rows, {}: the label may be among what is known when the model is asked",
            known.n,
            known.n_rows,
            percent(share)
        )
    };
    found
        .held(share, Wanted::AtMost, limit, "share")
        .decided(share <= limit, reason)
}

fn single_column(rules: &ValidationRules, task: Task, evidence: &TrialEvidence) -> Check {
    let found = check(
        "leakage_single_column",
        "a column that gives the label away",
    );
    let strongest = evidence
        .strengths
        .iter()
        .max_by(|a, b| a.strength.total_cmp(&b.strength));
    let Some(strongest) = strongest else {
        return found.idle("no column could be looked at alone");
    };
    let measure = match task {
        Task::BinaryClassification => "AUC",
        Task::Regression => "R²",
    };
    let place = match strongest.on {
        StrengthOn::Rows => "on the rows that decide",
        StrengthOn::Training => "in the training data",
    };
    let limit = rules.leakage.max_single_column;
    let reason = format!(
        "`{}` alone reaches {measure} {} {place}, limit {}",
        strongest.column,
        shown(strongest.strength),
        shown(limit)
    );
    found
        .held(strongest.strength, Wanted::AtMost, limit, measure)
        .decided(strongest.strength <= limit, reason)
}

fn importance(rules: &ValidationRules, evidence: &TrialEvidence) -> Check {
    let mut found = check("leakage_importance", "attention to one column");
    let candidate = &evidence.candidate;
    let Some(first) = candidate.importances.first() else {
        return found.idle("the candidate cannot be explained column by column");
    };
    if candidate.columns.len() < 3 {
        return found.idle("it looks at fewer than three columns");
    }
    let of_champion = evidence.champion.as_ref().and_then(|champion| {
        let same = champion.importances.iter();
        same.into_iter().find(|one| one.column == first.column)
    });
    let limit = rules.leakage.max_importance;
    found.candidate = Some(first.share);
    found.champion = of_champion.map(|one| one.share);
    let text = format!(
        "`{}` has {} of its attention",
        first.column,
        percent(first.share)
    );
    let mut found = found.held(first.share, Wanted::AtMost, limit, "share");
    if first.share > limit && of_champion.is_some_and(|one| one.share > limit) {
        (found.state, found.outcome) = (CheckState::Equal, CheckOutcome::Pass);
        found.reason = format!("{text}, as it has of the champion's");
        return found;
    }
    let reason = format!("{text}, limit {}", percent(limit));
    found.decided(first.share <= limit, reason)
}

/// What training claims beside what fresh rows show: a model that was told the answer shines only
/// where it was told.
fn optimism(rules: &ValidationRules, task: Task, evidence: &TrialEvidence) -> Check {
    let mut found = check("leakage_optimism", "better in training than it is");
    let (metric, title) = match task {
        Task::BinaryClassification => ("roc_auc", "AUC"),
        Task::Regression => ("r2", "R²"),
    };
    let Some(claimed) = evidence.claimed.get(metric).copied() else {
        return found.idle(format!("its training run reports no `{metric}`"));
    };
    let of_metric = |one: &&MetricEvidence| one.metric == metric;
    let here = evidence.metrics.iter().find(of_metric);
    let Some(here) = here.and_then(|one| one.candidate) else {
        return found.idle(format!("there is no {title} on the rows that decide"));
    };
    found.candidate = Some(here);
    let (excess, limit) = (claimed - here, rules.leakage.max_optimism);
    let reason = format!(
        "its training run reports {title} {}, rows it never saw give {}",
        shown(claimed),
        shown(here)
    );
    let found = found.held(excess, Wanted::AtMost, limit, title);
    if excess > limit {
        let reason = format!("{reason}: {} more, limit {}", shown(excess), shown(limit));
        return found.decided(false, reason);
    }
    found.decided(true, reason)
}
