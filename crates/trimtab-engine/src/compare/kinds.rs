//! What a column is: by the user's word, else by its name, else by its values.

use crate::tables::{Table, is_scalar};
use arrow::array::{Array, ArrayRef, AsArray, NullArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use std::collections::HashSet;
use std::sync::Arc;
use trimtab_domain::check::CheckRequest;

/// Values looked at to tell an identifier from a category.
const DISTINCT_ROWS_MAX: usize = 200_000;
/// Fewer different values than this are never an identifier.
const IDENTIFIER_VALUES_MIN: usize = 100;

/// How a column is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// By order and distance.
    Numeric,
    /// By counts of its values.
    Categorical,
    /// By counts of true and false.
    Boolean,
    /// Not at all.
    Skipped(String),
    /// It can't be.
    Failed(String),
}

/// One side's column: its parts, over all files.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) parts: Vec<ArrayRef>,
}

impl Column {
    /// Gathers a column; a file without it counts as missing values.
    pub(super) fn of(tables: &[Table], name: &str) -> Self {
        let mut parts = Vec::new();
        for table in tables {
            for batch in &table.batches {
                parts.push(match batch.column_by_name(name) {
                    Some(array) => Arc::clone(array),
                    None => Arc::new(NullArray::new(batch.num_rows())),
                });
            }
        }
        Self { parts }
    }

    fn types(&self) -> impl Iterator<Item = DataType> {
        self.parts
            .iter()
            .map(|part| plain_type(part.data_type()))
            .filter(|data_type| *data_type != DataType::Null)
    }
}

fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, value) => plain_type(value),
        DataType::RunEndEncoded(_, value) => plain_type(value.data_type()),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        other => other.clone(),
    }
}

/// Decides how a column that both sides have is looked at.
pub(super) fn look(
    request: &CheckRequest,
    name: &str,
    reference: &Column,
    current: &Column,
) -> Look {
    let is_in = |names: &[String]| names.iter().any(|listed| listed == name);
    if is_in(&request.ignore) {
        return Look::Skipped("ignored on request".to_owned());
    }
    if request
        .windows
        .as_ref()
        .is_some_and(|windows| windows.timestamp == name)
    {
        return Look::Skipped("timestamp: it cuts the windows".to_owned());
    }
    let found = by_type(reference, current);
    if is_in(&request.categorical) {
        return match found {
            Look::Failed(_) if !all_scalar(reference, current) => found,
            _ => Look::Categorical,
        };
    }
    if is_in(&request.numeric) {
        return match found {
            Look::Failed(_) if !all_scalar(reference, current) => found,
            _ => Look::Numeric,
        };
    }
    if let Some(reason) = by_name(name) {
        return Look::Skipped(reason);
    }
    match found {
        Look::Categorical => identifier(reference).map_or(Look::Categorical, Look::Skipped),
        other => other,
    }
}

fn all_scalar(reference: &Column, current: &Column) -> bool {
    reference
        .types()
        .chain(current.types())
        .all(|t| is_scalar(&t))
}

fn by_type(reference: &Column, current: &Column) -> Look {
    let sides = [one_type(reference), one_type(current)];
    match sides {
        [Err(reason), _] | [_, Err(reason)] => Look::Failed(reason),
        // All values missing on both sides: nothing to compare but that.
        [Ok(None), Ok(None)] => Look::Skipped("every value is missing on both sides".to_owned()),
        [Ok(Some(kind)), Ok(None)] | [Ok(None), Ok(Some(kind))] => kind.look(),
        [Ok(Some(left)), Ok(Some(right))] if left == right => left.look(),
        [Ok(Some(left)), Ok(Some(right))] => Look::Failed(format!(
            "the reference holds {}, the other side {}",
            left.words(),
            right.words()
        )),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Boolean,
    Instant,
}

impl Kind {
    fn look(self) -> Look {
        match self {
            Self::Number => Look::Numeric,
            Self::Text => Look::Categorical,
            Self::Boolean => Look::Boolean,
            Self::Instant => Look::Skipped("timestamp: it holds instants".to_owned()),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Number => "numbers",
            Self::Text => "text",
            Self::Boolean => "true and false",
            Self::Instant => "instants",
        }
    }
}

/// The kind of all parts of a side.
fn one_type(column: &Column) -> Result<Option<Kind>, String> {
    let mut found = None;
    for data_type in column.types() {
        let kind = match &data_type {
            t if t.is_numeric() => Kind::Number,
            DataType::Boolean => Kind::Boolean,
            DataType::Utf8 => Kind::Text,
            t if t.is_temporal() => Kind::Instant,
            other => {
                return Err(format!(
                    "values of type {} cannot be compared",
                    crate::failure::one_line(&other.to_string())
                ));
            }
        };
        match found {
            None => found = Some(kind),
            Some(before) if before == kind => {}
            Some(before) => {
                return Err(format!(
                    "some files hold {}, others {}",
                    before.words(),
                    kind.words()
                ));
            }
        }
    }
    if found == Some(Kind::Text) && holds_instants(column) {
        found = Some(Kind::Instant);
    }
    Ok(found)
}

/// Whether the first values of a text column all read as instants or dates.
fn holds_instants(column: &Column) -> bool {
    let mut n = 0;
    for part in &column.parts {
        let Ok(texts) = cast(&part.slice(0, part.len().min(100)), &DataType::Utf8) else {
            return false;
        };
        for text in texts.as_string::<i32>().iter().flatten() {
            n += 1;
            let is_instant = text.parse::<jiff::Timestamp>().is_ok()
                || text.parse::<jiff::civil::DateTime>().is_ok();
            if !is_instant {
                return false;
            }
        }
    }
    n > 0
}

/// Why a column of this name is left out, if it is.
pub(super) fn by_name(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let is_one_of = |names: &[&str]| names.contains(&lower.as_str());
    let reason = if is_one_of(&["id", "uuid", "guid", "index", "row_id", "unnamed: 0"])
        || lower.ends_with("_id")
        || lower.ends_with("_uuid")
    {
        "identifier"
    } else if is_one_of(&["timestamp", "time", "datetime", "date", "event_time", "ts"])
        || lower.ends_with("_timestamp")
        || lower.ends_with("_at")
    {
        "timestamp"
    } else if is_one_of(&["label", "target", "y_true", "ground_truth", "y"]) {
        "label"
    } else if is_one_of(&["model_version", "version"]) {
        "version"
    } else {
        return None;
    };
    Some(format!(
        "{reason}, by its name; name it with --categorical or --numeric to compare it"
    ))
}

/// Says so if nearly every text is different.
fn identifier(column: &Column) -> Option<String> {
    let mut seen: HashSet<String> = HashSet::new();
    let mut n = 0_usize;
    for part in &column.parts {
        let texts = cast(part, &DataType::Utf8).ok()?;
        for text in texts.as_string::<i32>().iter().flatten() {
            n += 1;
            if !seen.contains(text) {
                seen.insert(text.to_owned());
            }
            if n == DISTINCT_ROWS_MAX {
                break;
            }
        }
    }
    (seen.len() >= IDENTIFIER_VALUES_MIN && seen.len() * 2 > n).then(|| {
        format!(
            "identifier or free text: {} different values in {n} rows; \
             name it with --categorical to compare it",
            seen.len()
        )
    })
}
