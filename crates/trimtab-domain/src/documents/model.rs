//! A model: the columns of its events, its task, its time zone and its clock.

use crate::error::{Error, Result};
use crate::ids::ModelName;
use crate::time::Granularity;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A model and the schema of its events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Unique name, used in every URL.
    pub name: ModelName,
    /// For people; the name where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Team or person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Free words to group by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What it predicts.
    pub task: Task,
    /// IANA name of the zone in which its days begin.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Whether windows also close by the wall clock.
    #[serde(default)]
    pub clock: Clock,
    /// The length of a profile's window.
    #[serde(default = "hour")]
    pub granularity: Granularity,
    /// How long after its end a window waits for late rows before it is judged, in seconds.
    #[serde(default)]
    pub allowed_lateness_seconds: u32,
    /// How long labels can take; performance windows are judged when they are this old, seconds.
    #[serde(default = "one_day_seconds")]
    pub label_delay_seconds: u32,
    /// How long after its prediction a label still joins, in days.
    #[serde(default = "sixty")]
    pub label_horizon_days: u32,
    /// For binary classification: the label value that counts as positive.
    #[serde(default = "one")]
    pub positive_label: String,
    /// For binary classification: scores at or above it are predicted positive where the
    /// `prediction` column is absent.
    #[serde(default = "half")]
    pub decision_threshold: f64,
    /// The version that rows without `model_version` belong to.
    #[serde(default = "one")]
    pub default_version: String,
    /// Columns whose values cut the traffic into segments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// The columns of its events.
    pub columns: Vec<ColumnSpec>,
}

fn utc() -> String {
    "UTC".to_owned()
}
fn hour() -> Granularity {
    Granularity::Hour
}
fn one_day_seconds() -> u32 {
    86_400
}
fn sixty() -> u32 {
    60
}
fn one() -> String {
    "1".to_owned()
}
fn half() -> f64 {
    0.5
}

/// What a model predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One of two classes, with a score for the positive one.
    BinaryClassification,
    /// A number.
    Regression,
}

impl Task {
    /// The word in documents and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BinaryClassification => "binary_classification",
            Self::Regression => "regression",
        }
    }
}

/// Which clock closes a model's windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// The wall clock too, so that silence is noticed.
    #[default]
    Live,
    /// Only the events themselves (replays, backfills): every age counts from the watermark.
    Event,
}

impl Clock {
    /// The word in documents and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Event => "event",
        }
    }
}

/// One column of a model's events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// Its name in the events.
    pub name: String,
    /// How its values are written.
    pub data_type: DataType,
    /// What it is for.
    #[serde(default)]
    pub role: ColumnRole,
    /// How it is compared; inferred from the data type where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semantic: Option<SemanticType>,
    /// Whether rows without it are refused.
    #[serde(default)]
    pub required: bool,
    /// Share of the model's attention, any positive scale (gain, mean |SHAP|…).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importance: Option<f64>,
    /// Unit, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Values below it are out of range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Values above it are out of range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// How a column's values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataType {
    /// 64-bit float.
    Float,
    /// 64-bit integer.
    Integer,
    /// UTF-8 text.
    String,
    /// True or false.
    Boolean,
    /// An instant.
    Timestamp,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnRole {
    /// An input of the model.
    #[default]
    Feature,
    /// The model's decision: a class, or the number of a regression.
    Prediction,
    /// The probability of the positive class.
    Score,
    /// Ground truth.
    Label,
    /// Cuts the traffic; not compared unless it is a feature too.
    Segment,
    /// When the prediction happened.
    Timestamp,
    /// Identifies something; never compared.
    Id,
    /// Milliseconds that the prediction took.
    Latency,
    /// Whether, or how, the prediction failed.
    Error,
    /// Stored, never compared.
    Metadata,
}

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SemanticType {
    /// By order and distance.
    Numeric,
    /// By counts of its values.
    Categorical,
    /// By counts of true and false.
    Boolean,
}

impl SemanticType {
    /// The word in documents and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Numeric => "numeric",
            Self::Categorical => "categorical",
            Self::Boolean => "boolean",
        }
    }
}

impl ColumnSpec {
    /// How the column is compared: as declared, else by its data type.
    pub fn semantic(&self) -> Option<SemanticType> {
        self.semantic.or(match self.data_type {
            DataType::Float | DataType::Integer => Some(SemanticType::Numeric),
            DataType::String => Some(SemanticType::Categorical),
            DataType::Boolean => Some(SemanticType::Boolean),
            DataType::Timestamp => None,
        })
    }

    /// Whether profiles hold it.
    pub fn is_profiled(&self) -> bool {
        self.semantic().is_some()
            && matches!(
                self.role,
                ColumnRole::Feature
                    | ColumnRole::Prediction
                    | ColumnRole::Score
                    | ColumnRole::Segment
                    | ColumnRole::Latency
                    | ColumnRole::Error
            )
    }
}

impl ModelSpec {
    /// The name for people.
    pub fn title(&self) -> &str {
        self.display_name.as_deref().unwrap_or(self.name.as_str())
    }

    /// The first column of a role.
    pub fn column_of_role(&self, role: ColumnRole) -> Option<&ColumnSpec> {
        self.columns.iter().find(|column| column.role == role)
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&ColumnSpec> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns that profiles hold, in the order of every grid of this model.
    pub fn profiled_columns(&self) -> impl Iterator<Item = &ColumnSpec> {
        self.columns.iter().filter(|column| column.is_profiled())
    }

    /// The zone in which its days begin.
    ///
    /// # Errors
    ///
    /// `Invalid` if the name is unknown.
    pub fn zone(&self) -> Result<TimeZone> {
        TimeZone::get(&self.time_zone).map_err(|source| {
            Error::invalid(format!("`{}` is not a time zone", self.time_zone))
                .with_hint("use an IANA name such as `UTC` or `Europe/Paris`")
                .with_source(source)
        })
    }

    /// How late a row may be and still be part of its window's first judgement.
    pub fn allowed_lateness(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.allowed_lateness_seconds))
    }

    /// How old a window is when its performance is judged.
    pub fn label_delay(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.label_delay_seconds))
    }

    pub(crate) fn validate(&self) -> Result<()> {
        self.zone()?;
        let field = |text: String| Error::invalid(format!("model `{}`: {text}", self.name));
        if self.columns.is_empty() {
            return Err(field("`columns` is empty".to_owned())
                .with_hint("list at least one column; `trimtab init FILE` writes them for you"));
        }
        let mut names = BTreeSet::new();
        for column in &self.columns {
            if RESERVED.contains(&column.name.as_str()) {
                return Err(
                    field(format!("column name `{}` is reserved", column.name)).with_hint(format!(
                        "these are part of every event: {}",
                        RESERVED.join(", ")
                    )),
                );
            }
            if column.name.is_empty() || column.name.len() > 200 {
                return Err(field("a column name must have 1 to 200 bytes".to_owned()));
            }
            if !names.insert(column.name.as_str()) {
                return Err(field(format!("column `{}` is listed twice", column.name)));
            }
            let weight = column.importance.unwrap_or(0.0);
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(field(format!(
                    "`importance` of column `{}` must be 0 or more",
                    column.name
                )));
            }
        }
        for role in [ColumnRole::Prediction, ColumnRole::Score, ColumnRole::Label] {
            if self
                .columns
                .iter()
                .filter(|column| column.role == role)
                .count()
                > 1
            {
                return Err(field(
                    format!("more than one column has the role `{role:?}`").to_lowercase(),
                )
                .with_hint("give the others the role `metadata`"));
            }
        }
        for segment in &self.segments {
            if self.column(segment).is_none() {
                return Err(field(format!("segment `{segment}` is not a column")));
            }
        }
        if !(0.0..=1.0).contains(&self.decision_threshold) {
            return Err(field(
                "`decision_threshold` must lie between 0 and 1".to_owned(),
            ));
        }
        if matches!(self.granularity, Granularity::Day | Granularity::Week) {
            return Err(field("`granularity` must be `minute` or `hour`".to_owned())
                .with_hint("days and weeks are merged from hours when they are asked for"));
        }
        Ok(())
    }
}

/// Fields that are part of every prediction event and so can't be columns.
pub const RESERVED: [&str; 5] = [
    "prediction_id",
    "timestamp",
    "model_version",
    "role",
    "entity_id",
];
