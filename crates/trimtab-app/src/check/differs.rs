//! Why a decision is not what the plain test alone would say.

use crate::report::numbers::{chosen, p_value, significant};
use trimtab_stats::{ColumnDecision, ColumnEvidence, Decision, DecisionPolicy};

/// One sentence where the row-level test at `alpha`, without correction and without a floor, would
/// have said otherwise; nothing where both agree.
///
/// `n_hypotheses`: columns over which p-values were adjusted.
pub(super) fn because(
    evidence: &ColumnEvidence,
    decision: &ColumnDecision,
    policy: &DecisionPolicy,
    n_hypotheses: usize,
) -> Option<String> {
    let row = evidence.p_value_row?;
    let is_plain_drift = row <= policy.alpha;
    match (decision.decision, is_plain_drift) {
        (Decision::Drift, false) => Some(format!(
            "the test of the values alone would say no (p {}): {}",
            p_value(row),
            if decision.about_missing {
                "the share of missing values decided"
            } else {
                "another measure decided"
            }
        )),
        (Decision::Ok | Decision::NotEnoughData, true) => {
            Some(why_not(evidence, decision, policy, n_hypotheses, row))
        }
        _ => None,
    }
}

fn why_not(
    evidence: &ColumnEvidence,
    decision: &ColumnDecision,
    policy: &DecisionPolicy,
    n_hypotheses: usize,
    row: f64,
) -> String {
    let plain = format!("the plain test would say drift (p {})", p_value(row));
    let alpha = chosen(policy.alpha);
    if let Some(window) = evidence
        .p_value_window
        .filter(|window| *window > policy.alpha)
    {
        return format!(
            "{plain}, but it takes rows as independent: among the reference's own windows a \
             difference like this is usual (p {})",
            p_value(window)
        );
    }
    if let Some(adjusted) = decision
        .p_value_adjusted
        .filter(|adjusted| *adjusted > policy.alpha)
    {
        return format!(
            "{plain}, but not at {alpha} over {n_hypotheses} columns together (adjusted p {})",
            p_value(adjusted)
        );
    }
    match (evidence.effect, decision.effect_floor) {
        (Some(effect), Some(floor)) => format!(
            "{plain}, but the difference is below its floor: {} of {}",
            significant(effect.value, 3),
            chosen(floor)
        ),
        _ => format!("{plain}, but no difference of a size that matters was measured"),
    }
}
