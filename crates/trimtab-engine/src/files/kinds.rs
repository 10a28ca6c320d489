//! What a column is: by the user's word, else by its name, else by its values.

use super::FileSet;
use crate::tables::is_scalar;
use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use trimtab_domain::{Error, Result};

/// Rows of each file that are looked at to tell an instant from a word.
const LOOKED_AT_ROWS: usize = 100;

/// What the user says about columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice<'a> {
    /// Columns to take as categorical.
    pub(crate) categorical: &'a [String],
    /// Columns to take as numeric.
    pub(crate) numeric: &'a [String],
    /// Columns to leave out.
    pub(crate) ignore: &'a [String],
    /// The column that holds event time.
    pub(crate) timestamp: Option<&'a str>,
}

impl Choice<'_> {
    /// Refuses a name that no side has: it is a typing error.
    ///
    /// # Errors
    ///
    /// `Invalid`, with the names there are; also if a column cannot be both.
    pub(crate) fn check(&self, sides: [&FileSet; 2]) -> Result<()> {
        let known = sides.map(FileSet::column_names).concat();
        let wanted = [
            ("--categorical", self.categorical),
            ("--numeric", self.numeric),
            ("--ignore", self.ignore),
        ];
        for (option, listed) in wanted {
            if let Some(name) = listed.iter().find(|name| !known.contains(name)) {
                let mut names = known.clone();
                names.sort_unstable();
                names.dedup();
                return Err(Error::invalid(format!(
                    "{option}: neither side has a column `{name}`"
                ))
                .with_hint(format!("columns: {}", names.join(", "))));
            }
        }
        match self
            .numeric
            .iter()
            .find(|name| self.categorical.contains(name))
        {
            Some(name) => Err(Error::invalid(format!(
                "column `{name}` cannot be both --numeric and --categorical"
            ))),
            None => Ok(()),
        }
    }
}

/// How a column is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look {
    /// By order and distance.
    Numeric,
    /// By counts of its values.
    Categorical {
        /// Only if it has far fewer different values than rows.
        if_few: bool,
    },
    /// By counts of true and false.
    Boolean,
    /// Not at all.
    Skipped(String),
    /// It can't be.
    Failed(String),
}

fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, value) => plain_type(value),
        DataType::RunEndEncoded(_, value) => plain_type(value.data_type()),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        other => other.clone(),
    }
}

/// The types of a column in the files of a side that hold values of it.
fn types(files: &FileSet, name: &str) -> Vec<DataType> {
    let types = files.types(name);
    types
        .iter()
        .map(plain_type)
        .filter(|data_type| *data_type != DataType::Null)
        .collect()
}

/// Decides how a column that both sides have is looked at.
///
/// # Errors
///
/// `Invalid` if a file cannot be read.
pub(crate) fn look(choice: &Choice<'_>, name: &str, sides: [&FileSet; 2]) -> Result<Look> {
    let is_in = |names: &[String]| names.iter().any(|listed| listed == name);
    if is_in(choice.ignore) {
        return Ok(Look::Skipped("ignored on request".to_owned()));
    }
    if choice.timestamp == Some(name) {
        return Ok(Look::Skipped("timestamp: it cuts the windows".to_owned()));
    }
    let asked = is_in(choice.categorical) || is_in(choice.numeric);
    if !asked && let Some(reason) = by_name(name) {
        return Ok(Look::Skipped(reason));
    }
    let found = by_type(name, sides)?;
    let is_scalar = || {
        let [reference, current] = sides;
        types(reference, name)
            .iter()
            .chain(&types(current, name))
            .all(is_scalar)
    };
    Ok(match found {
        Look::Failed(_) if !is_scalar() => found,
        _ if is_in(choice.categorical) => Look::Categorical { if_few: false },
        _ if is_in(choice.numeric) => Look::Numeric,
        _ => found,
    })
}

fn by_type(name: &str, sides: [&FileSet; 2]) -> Result<Look> {
    let found = [one_type(sides[0], name)?, one_type(sides[1], name)?];
    Ok(match found {
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
    })
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
            Self::Text => Look::Categorical { if_few: true },
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

/// The kind of all files of a side, or what speaks against having one.
fn one_type(files: &FileSet, name: &str) -> Result<std::result::Result<Option<Kind>, String>> {
    let mut found = match kind_of(&types(files, name)) {
        Ok(found) => found,
        Err(reason) => return Ok(Err(reason)),
    };
    if found == Some(Kind::Text) && holds_instants(files, name)? {
        found = Some(Kind::Instant);
    }
    Ok(Ok(found))
}

fn kind_of(types: &[DataType]) -> std::result::Result<Option<Kind>, String> {
    let mut found = None;
    for data_type in types {
        let kind = match data_type {
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
    Ok(found)
}

/// Whether the first values of a text column all read as instants or dates.
fn holds_instants(files: &FileSet, name: &str) -> Result<bool> {
    let mut n = 0;
    for head in files.heads(name, LOOKED_AT_ROWS)? {
        let Ok(texts) = cast(&head, &DataType::Utf8) else {
            return Ok(false);
        };
        for text in texts.as_string::<i32>().iter().flatten() {
            n += 1;
            let is_instant = text.parse::<jiff::Timestamp>().is_ok()
                || text.parse::<jiff::civil::DateTime>().is_ok();
            if !is_instant {
                return Ok(false);
            }
        }
    }
    Ok(n > 0)
}

/// Why a column of this name is left out, if it is.
pub(crate) fn by_name(name: &str) -> Option<String> {
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
