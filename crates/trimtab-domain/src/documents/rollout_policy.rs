//! A rollout policy: the steps on which a candidate takes traffic, and what takes it back.

use super::monitor::PerformanceMetric;
use super::rule::Comparison;
use crate::error::{Error, Result};
use crate::ids::{DocumentName, ModelName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shares are kept in hundredths of a percent, so that weights are whole numbers.
pub const FULL_SHARE: u32 = 10_000;

/// How candidates of one model take traffic.
///
/// Exposure and time limits of a step count event time; latency and errors are looked at over the
/// last minutes of the wall clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutPolicySpec {
    /// The model.
    pub model: ModelName,
    /// Unique among the model's rollout policies. The one named `default` is used where a rollout
    /// names none.
    pub name: DocumentName,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// From first to last; shares never shrink, and the last one is `full`.
    pub steps: Vec<RolloutStep>,
    /// What takes the traffic back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guardrails: Vec<Guardrail>,
    /// How far back of the wall clock guardrails on latency and errors look.
    #[serde(default = "ten")]
    pub guardrail_minutes: u32,
    /// Requests of the candidate below which latency and errors are not judged.
    #[serde(default = "hundred")]
    pub requests_min: u64,
    /// What a breached guardrail does.
    #[serde(default)]
    pub on_breach: Remedy,
    /// What a step does that has had its time without being satisfied.
    #[serde(default)]
    pub on_timeout: Remedy,
    /// A step in which nothing moves for so many hours of the wall clock has had its time too.
    #[serde(default = "two_weeks_hours")]
    pub wall_hours_max: u32,
    /// A pause that lasts longer than so many hours of the wall clock ends in a rollback.
    #[serde(default = "week_hours")]
    pub paused_hours_max: u32,
}

fn ten() -> u32 {
    10
}
fn hundred() -> u64 {
    100
}
fn two_weeks_hours() -> u32 {
    14 * 24
}
fn week_hours() -> u32 {
    7 * 24
}

/// One step of a rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutStep {
    /// What kind of exposure it is.
    pub stage: Stage,
    /// The candidate's share of the traffic, in percent: above 0 and below 100 for `canary` and
    /// `ab`, absent for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_percent: Option<f64>,
    /// What must hold before this step begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entry: Vec<EntryCondition>,
    /// Whether a person must say so before this step begins.
    #[serde(default)]
    pub approval: bool,
    /// Predictions of the candidate that the step needs at least.
    #[serde(default)]
    pub rows_min: u64,
    /// Hours of event time that the step lasts at least.
    #[serde(default)]
    pub hours_min: u32,
    /// Hours of event time after which the step has had its time; unlimited where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_max: Option<u32>,
}

impl RolloutStep {
    /// The candidate's share in hundredths of a percent.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "validated to lie between 0 and 100"
    )]
    pub fn share(&self) -> u32 {
        match self.stage {
            Stage::Shadow => 0,
            Stage::Full => FULL_SHARE,
            Stage::Canary | Stage::Ab => {
                (self.share_percent.unwrap_or(0.0).clamp(0.0, 100.0) * 100.0).round() as u32
            }
        }
    }
}

/// What kind of exposure a step is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The candidate is asked beside the champion; nobody gets its answer.
    Shadow,
    /// A small share gets its answer: does it work at all?
    Canary,
    /// A large share gets its answer: is it better?
    Ab,
    /// Everybody gets its answer: it is the champion.
    Full,
}

impl Stage {
    /// The word in documents and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Canary => "canary",
            Self::Ab => "ab",
            Self::Full => "full",
        }
    }
}

/// What must hold before a step begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EntryCondition {
    /// On labels since the rollout began the candidate is not worse, window against window.
    Quality {
        /// The metric.
        metric: PerformanceMetric,
        /// By how much it may be worse: the lower end of the interval of the difference must not
        /// lie beyond.
        worse_by_max: f64,
        /// Labels that either side needs.
        #[serde(default = "five_hundred")]
        labels_min: u64,
    },
    /// The A/B test of the two versions has decided one of these.
    AbTest {
        /// `ship` alone, or `no_difference` too.
        accept: Vec<AbDecision>,
    },
}

fn five_hundred() -> u64 {
    500
}

/// What an A/B test can say for a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AbDecision {
    /// The challenger is better.
    Ship,
    /// The challenger is worse.
    Keep,
    /// Neither is.
    NoDifference,
}

impl AbDecision {
    /// For people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Ship => "ship, the challenger is better",
            Self::Keep => "keep, the challenger is worse",
            Self::NoDifference => "no difference",
        }
    }
}

/// What takes the traffic back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Guardrail {
    /// A quantile of the candidate's latency, over the last minutes of the wall clock.
    Latency {
        /// Which: 0.99 for p99.
        #[serde(default = "p99")]
        quantile: f64,
        /// Milliseconds that are too many, whatever the champion takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ms_max: Option<f64>,
        /// How many times the champion's own quantile is too much.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ratio_max: Option<f64>,
        /// Milliseconds above the champion that never matter.
        #[serde(default = "ten_ms")]
        slack_ms: f64,
    },
    /// The share of the candidate's predictions that fail, over the last minutes of the wall clock.
    Errors {
        /// The share that is too much, whatever the champion's is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        share_max: Option<f64>,
        /// How far above the champion's share is too much.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        above_champion_max: Option<f64>,
    },
    /// The newest value of a signal since the rollout began, in event time: a business metric,
    /// or anything else that can be charted.
    Signal {
        /// The signal's name: `metric.revenue`.
        signal: String,
        /// The relation that must not hold.
        op: Comparison,
        /// With what.
        threshold: f64,
    },
    /// The candidate's quality on labels since the rollout began, window against window: breached
    /// when it is worse than the champion's by more than chance and more than this.
    Quality {
        /// The metric.
        metric: PerformanceMetric,
        /// By how much it may be worse.
        worse_by_max: f64,
        /// Labels that either side needs.
        #[serde(default = "five_hundred")]
        labels_min: u64,
    },
}

fn p99() -> f64 {
    0.99
}
fn ten_ms() -> f64 {
    10.0
}

impl Guardrail {
    /// Its name in answers: `latency_p99`, `errors`, `signal metric.revenue`, `quality roc_auc`.
    pub fn name(&self) -> String {
        match self {
            Self::Latency { quantile, .. } => {
                let percent = format!("{:.3}", quantile * 100.0);
                let percent = percent.trim_end_matches('0').trim_end_matches('.');
                format!("latency_p{}", percent.replace('.', "_"))
            }
            Self::Errors { .. } => "errors".to_owned(),
            Self::Signal { signal, .. } => format!("signal {signal}"),
            Self::Quality { metric, .. } => format!("quality {}", metric.as_str()),
        }
    }
}

/// What is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// The champion gets all traffic back.
    #[default]
    RollBack,
    /// The shares stay as they are until a person decides.
    Pause,
}

impl RolloutPolicySpec {
    /// The policy of a model that declares none: a week of shadow, 5 % for a day, 25 % for a day,
    /// half for a week, then everybody, watched for a day.
    ///
    /// # Errors
    ///
    /// None in practice: its name is a valid one.
    pub fn shipped(model: &ModelName) -> Result<Self> {
        let step = |stage, share_percent, rows_min, hours_min, hours_max| RolloutStep {
            stage,
            share_percent,
            entry: Vec::new(),
            approval: false,
            rows_min,
            hours_min,
            hours_max: Some(hours_max),
        };
        Ok(Self {
            model: model.clone(),
            name: DocumentName::new("default")?,
            description: Some("What a model gets that declares no policy of its own.".to_owned()),
            steps: vec![
                step(Stage::Shadow, None, 1_000, 7 * 24, 60 * 24),
                step(Stage::Canary, Some(5.0), 200, 24, 30 * 24),
                step(Stage::Canary, Some(25.0), 1_000, 24, 30 * 24),
                step(Stage::Ab, Some(50.0), 2_000, 7 * 24, 60 * 24),
                step(Stage::Full, None, 1_000, 24, 30 * 24),
            ],
            guardrails: vec![
                Guardrail::Latency {
                    quantile: p99(),
                    ms_max: None,
                    ratio_max: Some(1.5),
                    slack_ms: ten_ms(),
                },
                Guardrail::Errors {
                    share_max: None,
                    above_champion_max: Some(0.005),
                },
            ],
            guardrail_minutes: ten(),
            requests_min: hundred(),
            on_breach: Remedy::RollBack,
            on_timeout: Remedy::RollBack,
            wall_hours_max: two_weeks_hours(),
            paused_hours_max: week_hours(),
        })
    }

    /// Checks what the document alone can say.
    ///
    /// # Errors
    ///
    /// `Invalid`, naming the field and the fix.
    pub fn validate(&self) -> Result<()> {
        let wrong =
            |text: String| Error::invalid(format!("rollout policy `{}`: {text}", self.name));
        if self.steps.last().map(|step| step.stage) != Some(Stage::Full) {
            return Err(wrong("the last of `steps` is not `full`".to_owned())
                .with_hint("end with `- {stage: full}`"));
        }
        for (i, step) in self.steps.iter().enumerate() {
            step_is_sound(step).map_err(|text| wrong(format!("step {}: {text}", i + 1)))?;
        }
        for pair in self.steps.windows(2) {
            let [before, after] = pair else { continue };
            if before.stage == Stage::Full || before.share() > after.share() {
                return Err(wrong("the shares of `steps` shrink".to_owned())
                    .with_hint("order the steps from the smallest share to `full`"));
            }
        }
        for guardrail in &self.guardrails {
            guardrail_is_sound(guardrail)
                .map_err(|text| wrong(format!("guardrail `{}`: {text}", guardrail.name())))?;
        }
        if self.guardrail_minutes == 0 || self.wall_hours_max == 0 || self.paused_hours_max == 0 {
            return Err(wrong(
                "`guardrail_minutes`, `wall_hours_max` and `paused_hours_max` must be 1 or more"
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

fn step_is_sound(step: &RolloutStep) -> std::result::Result<(), String> {
    match (step.stage, step.share_percent) {
        (Stage::Canary | Stage::Ab, Some(share)) if (0.01..=99.99).contains(&share) => {}
        (Stage::Canary | Stage::Ab, _) => {
            return Err("`share_percent` must lie between 0.01 and 99.99".to_owned());
        }
        (Stage::Shadow | Stage::Full, None) => {}
        (Stage::Shadow | Stage::Full, Some(_)) => {
            return Err(format!("`{}` has no `share_percent`", step.stage.as_str()));
        }
    }
    if step.hours_max.is_some_and(|most| most <= step.hours_min) {
        return Err("`hours_max` must be more than `hours_min`".to_owned());
    }
    for condition in &step.entry {
        match condition {
            EntryCondition::Quality { worse_by_max, .. }
                if !(worse_by_max.is_finite() && *worse_by_max >= 0.0) =>
            {
                return Err("`worse_by_max` must be 0 or more".to_owned());
            }
            EntryCondition::AbTest { accept } if accept.is_empty() => {
                return Err("`accept` names no decision".to_owned());
            }
            _ => {}
        }
    }
    Ok(())
}

fn guardrail_is_sound(guardrail: &Guardrail) -> std::result::Result<(), String> {
    let is_positive = |value: &Option<f64>| value.is_none_or(|it| it.is_finite() && it > 0.0);
    match guardrail {
        Guardrail::Latency {
            quantile,
            ms_max,
            ratio_max,
            slack_ms,
        } => {
            if !(*quantile > 0.0 && *quantile < 1.0) {
                return Err("`quantile` must lie between 0 and 1".to_owned());
            }
            if ms_max.is_none() && ratio_max.is_none() {
                return Err("it needs `ms_max` or `ratio_max`".to_owned());
            }
            if !is_positive(ms_max) || !ratio_max.is_none_or(|it| it.is_finite() && it >= 1.0) {
                return Err("`ms_max` must be above 0 and `ratio_max` 1 or more".to_owned());
            }
            if !(slack_ms.is_finite() && *slack_ms >= 0.0) {
                return Err("`slack_ms` must be 0 or more".to_owned());
            }
        }
        Guardrail::Errors {
            share_max,
            above_champion_max,
        } => {
            if share_max.is_none() && above_champion_max.is_none() {
                return Err("it needs `share_max` or `above_champion_max`".to_owned());
            }
            let is_share = |value: &Option<f64>| value.is_none_or(|it| (0.0..1.0).contains(&it));
            if !is_share(share_max) || !is_share(above_champion_max) {
                return Err("shares lie between 0 and 1".to_owned());
            }
        }
        Guardrail::Signal { threshold, .. } => {
            if !threshold.is_finite() {
                return Err("`threshold` must be a number".to_owned());
            }
        }
        Guardrail::Quality { worse_by_max, .. } => {
            if !(worse_by_max.is_finite() && *worse_by_max >= 0.0) {
                return Err("`worse_by_max` must be 0 or more".to_owned());
            }
        }
    }
    Ok(())
}
