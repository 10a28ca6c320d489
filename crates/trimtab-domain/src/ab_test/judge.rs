//! What a look means: the decision rule.

use super::look::units_min;
use super::{AbDesign, AbLook, AbTest, AbVerdict, Comparison, GuardrailLook, GuardrailState};
use crate::documents::ab_test::{AbMetric, ShipWhen};

/// A verdict with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: AbVerdict,
    /// Why, for people.
    pub reason: String,
}

/// Where a metric stands that may be worse by its scale and no more.
pub(super) fn guardrail(comparison: &Comparison) -> GuardrailState {
    let Some(scale) = comparison.scale else {
        return GuardrailState::Open;
    };
    match gain(comparison) {
        (_, Some(most)) if most < -scale => GuardrailState::Breached,
        (Some(least), _) if least > -scale => GuardrailState::Holds,
        _ => GuardrailState::Open,
    }
}

/// Least and most that the challenger gains, whichever way is good.
fn gain(comparison: &Comparison) -> (Option<f64>, Option<f64>) {
    if comparison.sign > 0.0 {
        (comparison.low, comparison.high)
    } else {
        (
            comparison.high.map(|high| -high),
            comparison.low.map(|low| -low),
        )
    }
}

/// The decision rule, in this order:
///
/// 1. The split is not as promised: blocked, whatever the numbers say.
/// 2. A guardrail is breached: the champion stays.
/// 3. The challenger is worse: the champion stays.
/// 4. The challenger is better (or, where the document asks for no more, not worse by what
///    matters) and every guardrail holds: it ships.
/// 5. The difference is smaller than what matters, both ways: no difference.
/// 6. Else: undecided.
pub fn judge(test: &AbTest, look: &AbLook) -> Judgement {
    let spec = &test.spec;
    let say = |verdict, reason| Judgement { verdict, reason };
    if let Some(ratio) = &look.sample_ratio
        && !ratio.holds
    {
        return say(AbVerdict::BlockedBySampleRatio, blocked(look));
    }
    let breached: Vec<&GuardrailLook> = in_state(look, GuardrailState::Breached);
    if let Some(first) = breached.first() {
        let reason = format!(
            "guardrail `{}` is breached: {}",
            first.comparison.metric,
            interval(&first.comparison)
        );
        return say(AbVerdict::Keep, reason);
    }
    let primary = &look.primary;
    let (Some(scale), (Some(least), Some(most))) = (primary.scale, gain(primary)) else {
        return say(AbVerdict::Undecided, too_little(test, look));
    };
    if least > most {
        return say(
            AbVerdict::Undecided,
            format!(
                "the difference in `{}` has changed while the test ran: no one value fits all looks",
                primary.metric
            ),
        );
    }
    let found = format!("`{}`: {}", primary.metric, interval(primary));
    if most < 0.0 {
        return say(AbVerdict::Keep, format!("the challenger is worse; {found}"));
    }
    let is_good = match spec.ship_when {
        ShipWhen::Better => least > 0.0,
        ShipWhen::NotWorse => least > -scale,
    };
    let open = in_state(look, GuardrailState::Open);
    if is_good {
        let word = if least > 0.0 { "better" } else { "not worse" };
        if open.is_empty() {
            return say(
                AbVerdict::Ship,
                format!("the challenger is {word}; {found}"),
            );
        }
        let names: Vec<_> = open
            .iter()
            .map(|one| format!("`{}`", one.comparison.metric))
            .collect();
        return say(
            AbVerdict::Undecided,
            format!(
                "the challenger is {word}, but {} may still be worse than allowed; {found}",
                names.join(" and ")
            ),
        );
    }
    if least > -scale && most < scale {
        return say(
            AbVerdict::NoDifference,
            format!("no difference of {} or more; {found}", number(scale)),
        );
    }
    say(AbVerdict::Undecided, undecided(look, &found))
}

fn in_state(look: &AbLook, state: GuardrailState) -> Vec<&GuardrailLook> {
    look.guardrails
        .iter()
        .filter(|one| one.state == state)
        .collect()
}

fn blocked(look: &AbLook) -> String {
    let Some(ratio) = &look.sample_ratio else {
        return String::new();
    };
    let [champion, challenger] = ratio.n_exposed.unwrap_or(look.n_units);
    let n = (champion + challenger).max(1);
    format!(
        "the split is not as promised: {} % of {n} units are the challenger's, {} % were \
         promised (p = {}); find out why before anything else",
        number(100.0 * challenger as f64 / n as f64),
        number(100.0 * ratio.promised),
        number(ratio.p_value),
    )
}

fn too_little(test: &AbTest, look: &AbLook) -> String {
    let [champion, challenger] = look.primary.n_units;
    let primary = &test.spec.primary;
    let units = match (test.design, primary) {
        (_, AbMetric::Signal { .. }) => "windows",
        (AbDesign::Shadow, _) => "days",
        (AbDesign::Split { .. }, _) => "units",
    };
    format!(
        "too little is known: {champion} and {challenger} {units} have `{}` so far, {} on either \
         side are needed{}",
        look.primary.metric,
        units_min(test.design, &test.spec, primary),
        if primary.needs_labels() {
            " (with labels)"
        } else {
            ""
        },
    )
}

fn undecided(look: &AbLook, found: &str) -> String {
    match look.share_of_plan {
        Some(share) if share >= 1.0 => {
            format!("the planned precision is reached and both remain possible; {found}")
        }
        Some(share) => format!(
            "{} % of the planned information; {found}",
            number(100.0 * share)
        ),
        None => found.to_owned(),
    }
}

/// `−0.004 (−0.009 to 0.001), 0.162 against 0.166`.
fn interval(comparison: &Comparison) -> String {
    let shown = |value: Option<f64>| value.map_or_else(|| "?".to_owned(), number);
    let [champion, challenger] = comparison.values;
    format!(
        "{} ({} to {}), {} against the champion's {}",
        shown(comparison.difference),
        shown(comparison.low),
        shown(comparison.high),
        shown(challenger),
        shown(champion)
    )
}

/// Three figures that count.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor();
    if magnitude < -5.0 {
        return format!("{value:.1e}");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 7"
    )]
    let places = (2.0 - magnitude).clamp(0.0, 7.0) as usize;
    let text = format!("{value:.places$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text.as_str()
    };
    text.replace('-', "−")
}
