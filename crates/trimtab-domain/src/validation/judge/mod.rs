//! From evidence to checks: pure rules.

mod fit;
mod performance;
mod safety;
#[cfg(test)]
mod tests;

use super::evidence::TrialEvidence;
use super::{Check, CheckOutcome, CheckState, Verdict, Wanted};
use crate::documents::{Task, ValidationRules};

/// Holds evidence against rules. Required checks that stop the candidate stand first, then
/// required undecided ones, then the others in the order in which they are made.
pub fn judge(rules: &ValidationRules, task: Task, evidence: &TrialEvidence) -> Vec<Check> {
    let mut checks = fit::checks(evidence);
    let fits = evidence.candidate.misfits.is_empty();
    checks.push(fit::unseen_rows(evidence));
    checks.push(fit::rows(rules, task, evidence));
    checks.extend(performance::metrics(rules, task, evidence));
    checks.extend(performance::worst_segment(rules, task, evidence));
    checks.extend(performance::fairness(rules, evidence));
    checks.extend(performance::calibration(rules, task, evidence));
    checks.push(safety::latency(rules, evidence));
    checks.push(safety::size(rules, evidence));
    checks.push(safety::training(rules, evidence));
    checks.extend(safety::leakage(rules, task, evidence));
    for check in &mut checks {
        let is_advisory = rules.advisory.iter().any(|name| {
            *name == check.name
                || check
                    .name
                    .split_once(':')
                    .is_some_and(|(kind, _)| kind == name)
        });
        if is_advisory {
            check.required = false;
        }
        if !fits && check.state == CheckState::CouldNotCompute {
            "the candidate cannot be scored on these rows, see `signature`"
                .clone_into(&mut check.reason);
        }
    }
    checks.sort_by_key(|check| (!check.required, check.outcome));
    checks
}

/// What the checks together mean.
pub fn verdict(checks: &[Check]) -> Verdict {
    let mut required = checks.iter().filter(|check| check.required);
    if required
        .clone()
        .any(|check| check.outcome == CheckOutcome::Fail)
    {
        Verdict::Failed
    } else if required.any(|check| check.outcome == CheckOutcome::Undecided) {
        Verdict::CouldNotDecide
    } else {
        Verdict::Passed
    }
}

/// The verdict in one sentence, with the checks that matter by name.
pub fn sentence(candidate: &str, champion: Option<&str>, checks: &[Check]) -> String {
    let against = match champion {
        Some(champion) => format!("beside {champion}"),
        None => "beside a constant prediction (nothing serves yet)".to_owned(),
    };
    let titles = |outcome: CheckOutcome| -> Vec<&str> {
        checks
            .iter()
            .filter(|check| check.required && check.outcome == outcome)
            .map(|check| check.title.as_str())
            .collect()
    };
    match verdict(checks) {
        Verdict::Passed => {
            let of = |state: CheckState| -> Vec<&str> {
                checks
                    .iter()
                    .filter(|check| check.state == state)
                    .map(|check| check.title.as_str())
                    .collect()
            };
            let better = of(CheckState::Better);
            if better.is_empty() {
                format!("{candidate} passed {against}: no worse in any required check.")
            } else {
                format!(
                    "{candidate} passed {against}: better in {}.",
                    listed(&better)
                )
            }
        }
        Verdict::Failed => format!(
            "{candidate} is stopped {against} by {}.",
            listed(&titles(CheckOutcome::Fail))
        ),
        Verdict::CouldNotDecide => format!(
            "{candidate} {against} could not be decided: {}.",
            listed(&titles(CheckOutcome::Undecided))
        ),
    }
}

fn listed(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A check without numbers, to be filled in.
fn check(name: &str, title: &str) -> Check {
    Check {
        name: name.to_owned(),
        title: title.to_owned(),
        state: CheckState::CouldNotCompute,
        outcome: CheckOutcome::Undecided,
        required: true,
        champion: None,
        candidate: None,
        value: None,
        low: None,
        high: None,
        limit: None,
        wanted: None,
        unit: String::new(),
        reason: String::new(),
    }
}

impl Check {
    /// The same, decided.
    fn decided(mut self, holds: bool, reason: String) -> Self {
        (self.state, self.outcome) = if holds {
            (CheckState::Passed, CheckOutcome::Pass)
        } else {
            (CheckState::Failed, CheckOutcome::Fail)
        };
        self.reason = reason;
        self
    }

    /// The same, with the number that is held against a limit.
    fn held(mut self, value: f64, wanted: Wanted, limit: f64, unit: &str) -> Self {
        self.value = Some(value);
        self.wanted = Some(wanted);
        self.limit = Some(limit);
        unit.clone_into(&mut self.unit);
        self
    }

    /// The same, without a number.
    fn without(mut self, reason: impl Into<String>) -> Self {
        self.state = CheckState::CouldNotCompute;
        self.outcome = CheckOutcome::Undecided;
        self.reason = reason.into();
        self
    }

    /// The same, decided by nothing: it has nothing to say here.
    fn idle(mut self, reason: impl Into<String>) -> Self {
        self.state = CheckState::CouldNotCompute;
        self.outcome = CheckOutcome::Pass;
        self.required = false;
        self.reason = reason.into();
        self
    }
}

/// A number as people read it in a sentence: four digits.
fn shown(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let digits = value.abs().log10().floor();
    if digits >= 4.0 {
        return format!("{value:.0}");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 12"
    )]
    let decimals = (3.0 - digits).clamp(0.0, 12.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A share as people read it: percent.
fn percent(share: f64) -> String {
    format!("{} %", shown((share * 1_000.0).round() / 10.0))
}
