//! The decision rule, once: evidence in, decisions out.

use crate::evidence::{ColumnEvidence, Effect, EffectMeasure, WindowLaw};
use crate::multiplicity::Correction;

/// Fewest effective windows that can clear a difference of the floor's size that rows alone are
/// sure of. With fewer the law asks for twenty to sixty times the usual distance between windows
/// before 30 columns alarm, so that its silence says nothing.
const WINDOWS_TO_CLEAR: f64 = 5.0;

/// A decision about a column or a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// No drift, and there was enough data to see one.
    Ok,
    /// Drift.
    Drift,
    /// No drift seen, with too little data to see one of the size of the floor.
    NotEnoughData,
    /// Could not be looked at.
    Failed,
}

impl Decision {
    /// The name used in documents and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Drift => "drift",
            Self::NotEnoughData => "not_enough_data",
            Self::Failed => "failed",
        }
    }
}

/// How bad a drift is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Above its floor.
    Low,
    /// Clearly above it: twice or more.
    Medium,
    /// Three floors or more, on a column that matters.
    High,
    /// As high, and the model has lost performance too.
    Critical,
}

impl Severity {
    /// The name used in documents and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// Effects below their floor are not drift, however sure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectFloors {
    /// Wasserstein-1 over the reference's interquartile range (or its standard
    /// deviation where that is 0).
    pub wasserstein_iqr: f64,
    /// Cramér's V; either this or the next suffices.
    pub cramers_v: f64,
    /// Largest change of a category's share.
    pub largest_share_change: f64,
    /// Change of the missing share.
    pub missing_share_change: f64,
}

impl Default for EffectFloors {
    fn default() -> Self {
        Self {
            wasserstein_iqr: 0.1,
            cramers_v: 0.1,
            largest_share_change: 0.05,
            missing_share_change: 0.05,
        }
    }
}

impl EffectFloors {
    /// The floor of a measure; 0 for a constant reference that comes alive, which
    /// is above any floor.
    pub fn of(&self, measure: EffectMeasure) -> f64 {
        match measure {
            EffectMeasure::WassersteinIqr | EffectMeasure::WassersteinSd => self.wasserstein_iqr,
            EffectMeasure::ShareOffConstant => 0.0,
            EffectMeasure::CramersV => self.cramers_v,
            EffectMeasure::LargestShareChange => self.largest_share_change,
            EffectMeasure::MissingShareChange => self.missing_share_change,
        }
    }

    /// How many floors an effect is; infinite over a floor of 0.
    fn ratio(&self, effect: Effect) -> f64 {
        let floor = self.of(effect.measure);
        if effect.value <= 0.0 {
            0.0
        } else if floor > 0.0 {
            effect.value / floor
        } else {
            f64::INFINITY
        }
    }
}

/// What a decision needs to know besides the evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecisionPolicy {
    /// Level of the adjusted p-values.
    pub alpha: f64,
    /// How they are adjusted.
    pub correction: Correction,
    /// The effect floors.
    pub floors: EffectFloors,
    /// Whether measured or estimated performance has lost more than its floor.
    pub performance_lost: bool,
}

impl Default for DecisionPolicy {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            correction: Correction::BenjaminiHochberg,
            floors: EffectFloors::default(),
            performance_lost: false,
        }
    }
}

/// What was decided about one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDecision {
    /// The column.
    pub name: String,
    /// The decision.
    pub decision: Decision,
    /// How bad, for drift.
    pub severity: Option<Severity>,
    /// The p-value that decided, before adjustment.
    pub p_value: Option<f64>,
    /// The p-value that decided, adjusted over all hypotheses of the run.
    pub p_value_adjusted: Option<f64>,
    /// The effect that decided: the one largest in units of its floor.
    pub effect: Option<Effect>,
    /// Its floor.
    pub effect_floor: Option<f64>,
    /// Whether the missing share (and not the values) decided.
    pub about_missing: bool,
    /// Why, and where the plain test would have said otherwise, why not.
    pub reason: Reason,
}

/// Why a column was decided so. Whoever shows it makes the sentence.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// Both conditions hold; which effect decided stands beside it.
    Drifted,
    /// It could not be looked at.
    Failed(String),
    /// The reference has no values.
    NoReference,
    /// The current sample has no values.
    NoCurrent,
    /// Nothing could be tested.
    NothingTested,
    /// Too few rows to see an effect of the size of the floor.
    TooFewRows {
        /// The smallest effect that would be seen, in the measure of the evidence.
        smallest: f64,
    },
    /// Rows alone would be sure of a difference above its floor, and the reference's windows are
    /// worth too few to say that it is usual.
    TooFewWindows {
        /// Independent windows that the reference is worth.
        n_effective: f64,
    },
    /// The difference is sure, and below its floor: the plain test would alarm.
    TooSmall,
    /// The plain test would alarm, but the reference's own windows differ as much.
    WithinWindows {
        /// p-value with rows taken as independent.
        p_value_row: f64,
        /// p-value among the reference's windows.
        p_value_window: f64,
    },
    /// The plain test of this column alone would alarm; among so many columns one does
    /// by chance.
    AmongMany {
        /// Before adjustment.
        p_value: f64,
        /// After it.
        adjusted: f64,
    },
    /// No difference beyond chance.
    NoDifference,
}

/// What was decided about a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetDecision {
    /// Drift when a column has drifted; else ok when a column is; else what remains.
    pub decision: Decision,
    /// Whether some p-value rests on independent rows alone.
    pub assumes_independent_rows: bool,
    /// One decision per column, in the order of the evidence.
    pub columns: Vec<ColumnDecision>,
}

/// One hypothesis of a column.
#[derive(Debug, Clone, Copy)]
struct Finding {
    p_value: f64,
    adjusted: f64,
    effect: Effect,
    ratio: f64,
    about_missing: bool,
}

impl Finding {
    fn is_drift(&self, alpha: f64) -> bool {
        self.adjusted <= alpha && self.ratio >= 1.0
    }
}

/// Decides about the columns of a data set.
///
/// A column drifts when, for its values or its missing share, the p-value adjusted
/// over all columns is at most `alpha` *and* the effect is at or above its floor. The
/// p-value is the larger of the row-level one and the window-aware one, where there
/// is one. A column that does not drift is `ok` if an effect of the size of the floor
/// would have been seen with 80 % probability, else `not_enough_data`; a small sample
/// never vetoes an alarm. `not_enough_data` is also a difference above its floor that rows are
/// sure of and that fewer than five effective windows call usual.
///
/// * `evidence`: one entry per column; entries with an error give `failed` and do not
///   count as hypotheses.
///
/// Pure: the same evidence and policy always give the same decision.
pub fn decide(evidence: &[ColumnEvidence], policy: &DecisionPolicy) -> DatasetDecision {
    let looked_at = |column: &&ColumnEvidence| column.error.is_none();
    let p_values: Vec<f64> = evidence
        .iter()
        .flat_map(|column| {
            let usable = looked_at(&column);
            let values = column.p_value().filter(|_| usable);
            let missing = column.p_value_of_missing().filter(|_| usable);
            [values.unwrap_or(f64::NAN), missing.unwrap_or(f64::NAN)]
        })
        .collect();
    let adjusted = policy.correction.adjust(&p_values);
    let important = importance_limit(evidence);
    let columns: Vec<ColumnDecision> = evidence
        .iter()
        .enumerate()
        .map(|(i, column)| {
            let pair = |slot: usize| (p_values[2 * i + slot], adjusted[2 * i + slot]);
            decide_column(column, pair(0), pair(1), policy, important)
        })
        .collect();
    let any = |decision: Decision| columns.iter().any(|column| column.decision == decision);
    let decision = [Decision::Drift, Decision::Ok, Decision::NotEnoughData]
        .into_iter()
        .find(|&decision| any(decision))
        .unwrap_or(if columns.is_empty() {
            Decision::NotEnoughData
        } else {
            Decision::Failed
        });
    DatasetDecision {
        decision,
        assumes_independent_rows: evidence
            .iter()
            .filter(looked_at)
            .any(|column| matches!(column.window_law, WindowLaw::Absent | WindowLaw::TooFew)),
        columns,
    }
}

/// The median of the known importances: at or above it a column matters.
fn importance_limit(evidence: &[ColumnEvidence]) -> Option<f64> {
    let known = evidence.iter().filter_map(|column| column.importance);
    let mut known: Vec<f64> = known.filter(|importance| !importance.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    known.get(known.len() / 2).copied()
}

fn decide_column(
    column: &ColumnEvidence,
    values: (f64, f64),
    missing: (f64, f64),
    policy: &DecisionPolicy,
    important: Option<f64>,
) -> ColumnDecision {
    if let Some(error) = &column.error {
        return undecided(column, Decision::Failed, Reason::Failed(error.clone()));
    }
    let floors = &policy.floors;
    let largest = [column.effect, column.second_effect]
        .into_iter()
        .flatten()
        .max_by(|a, b| floors.ratio(*a).total_cmp(&floors.ratio(*b)));
    let finding = |(p_value, adjusted): (f64, f64), effect: Option<Effect>, about_missing| {
        let effect = effect?;
        (!p_value.is_nan()).then(|| Finding {
            p_value,
            adjusted,
            effect,
            ratio: floors.ratio(effect),
            about_missing,
        })
    };
    let values = finding(values, largest, false);
    let missing = finding(missing, column.missing_effect, true);
    let drifted = |found: &Option<Finding>| found.is_some_and(|f| f.is_drift(policy.alpha));
    let worst = match (drifted(&values), drifted(&missing)) {
        (true, true) if missing.map(|f| f.ratio) > values.map(|f| f.ratio) => missing,
        (true, _) => values,
        (false, true) => missing,
        (false, false) => return no_drift(column, values.or(missing), policy),
    };
    let Some(worst) = worst else {
        return undecided(column, Decision::NotEnoughData, Reason::NothingTested);
    };
    let matters = match (column.importance, important) {
        (Some(importance), Some(limit)) => importance >= limit,
        _ => true,
    };
    let severity = match worst.ratio {
        ratio if ratio >= 3.0 && matters && policy.performance_lost => Severity::Critical,
        ratio if ratio >= 3.0 && matters => Severity::High,
        ratio if ratio >= 2.0 => Severity::Medium,
        _ => Severity::Low,
    };
    let floor = floors.of(worst.effect.measure);
    ColumnDecision {
        severity: Some(severity),
        reason: Reason::Drifted,
        ..described(column, Decision::Drift, &worst, floor)
    }
}

fn no_drift(
    column: &ColumnEvidence,
    finding: Option<Finding>,
    policy: &DecisionPolicy,
) -> ColumnDecision {
    let Some(finding) = finding else {
        let reason = if column.n_reference == 0 {
            Reason::NoReference
        } else if column.n_current == 0 {
            Reason::NoCurrent
        } else {
            Reason::NothingTested
        };
        return undecided(column, Decision::NotEnoughData, reason);
    };
    let floor = policy.floors.of(finding.effect.measure);
    // Power is known for the first measure only; its own floor is what must be seen.
    let wanted = column
        .effect
        .map_or(0.0, |effect| policy.floors.of(effect.measure));
    let blind = column.n_reference == 0
        || column.n_current == 0
        || column
            .detectable_effect
            .is_some_and(|smallest| wanted > 0.0 && smallest > wanted);
    if blind {
        let reason = match column.detectable_effect {
            Some(smallest) => Reason::TooFewRows { smallest },
            None => Reason::NothingTested,
        };
        return ColumnDecision {
            reason,
            ..described(column, Decision::NotEnoughData, &finding, floor)
        };
    }
    if let Some(n_effective) = uncleared(column, &finding, policy.alpha) {
        return ColumnDecision {
            reason: Reason::TooFewWindows { n_effective },
            ..described(column, Decision::NotEnoughData, &finding, floor)
        };
    }
    ColumnDecision {
        reason: reason_for_ok(column, &finding, policy.alpha),
        ..described(column, Decision::Ok, &finding, floor)
    }
}

/// The effective windows, where they are too few to clear the difference that rows see.
fn uncleared(column: &ColumnEvidence, finding: &Finding, alpha: f64) -> Option<f64> {
    let seen_by_rows = column.p_value_row.is_some_and(|p_value| p_value <= alpha);
    let judged_by_windows = column.p_value_window.is_some() && !finding.about_missing;
    column.n_windows_effective.filter(|&n_effective| {
        judged_by_windows && seen_by_rows && finding.ratio >= 1.0 && n_effective < WINDOWS_TO_CLEAR
    })
}

/// Why a column that could have been seen to drift did not.
fn reason_for_ok(column: &ColumnEvidence, finding: &Finding, alpha: f64) -> Reason {
    let (row, window) = if finding.about_missing {
        (column.p_value_missing, column.p_value_missing_window)
    } else {
        (column.p_value_row, column.p_value_window)
    };
    match (row, window) {
        _ if finding.adjusted <= alpha => Reason::TooSmall,
        (Some(p_value_row), Some(p_value_window))
            if p_value_row <= alpha && p_value_window > alpha =>
        {
            Reason::WithinWindows {
                p_value_row,
                p_value_window,
            }
        }
        _ if finding.p_value <= alpha => Reason::AmongMany {
            p_value: finding.p_value,
            adjusted: finding.adjusted,
        },
        _ => Reason::NoDifference,
    }
}

fn described(
    column: &ColumnEvidence,
    decision: Decision,
    finding: &Finding,
    floor: f64,
) -> ColumnDecision {
    ColumnDecision {
        name: column.name.clone(),
        decision,
        severity: None,
        p_value: Some(finding.p_value),
        p_value_adjusted: Some(finding.adjusted),
        effect: Some(finding.effect),
        effect_floor: Some(floor),
        about_missing: finding.about_missing,
        reason: Reason::NoDifference,
    }
}

fn undecided(column: &ColumnEvidence, decision: Decision, reason: Reason) -> ColumnDecision {
    ColumnDecision {
        name: column.name.clone(),
        decision,
        severity: None,
        p_value: None,
        p_value_adjusted: None,
        effect: None,
        effect_floor: None,
        about_missing: false,
        reason,
    }
}
