//! What happened and what was predicted, as columns.

#![expect(clippy::float_cmp, reason = "labels are meant to the last bit")]

use crate::files::{Dictionary, FileSet, MISSING};
use arrow::datatypes::DataType;
use std::collections::HashMap;
use trimtab_domain::analysis::evaluate::{LabelFiles, Task};
use trimtab_domain::{Error, Result};

/// Words that mean yes where nobody says what is positive.
const YES: [&str; 3] = ["1", "true", "yes"];
const NO: [&str; 3] = ["0", "false", "no"];
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Which columns say what happened and what was predicted.
#[derive(Debug, Clone, Copy)]
pub(super) struct OutcomeColumns<'a> {
    pub(super) task: Task,
    pub(super) label: &'a str,
    pub(super) prediction: Option<&'a String>,
    pub(super) scores: &'a [String],
    pub(super) positive: Option<&'a String>,
    /// The classes that there are, where other rows have said so; else those that occur.
    pub(super) classes: Option<&'a [String]>,
    pub(super) query: Option<&'a String>,
    /// Where labels are, if not beside the predictions.
    pub(super) labels: Option<&'a LabelFiles>,
    /// Whether labels may be absent altogether.
    pub(super) may_lack_labels: bool,
}

/// Labels and predictions of all rows; a row without a label holds none.
pub(super) enum Outcomes {
    Binary {
        labels: Vec<Option<bool>>,
        predictions: Option<Vec<bool>>,
        scores: Option<Vec<f64>>,
    },
    Multiclass {
        labels: Vec<Option<u32>>,
        predictions: Option<Vec<u32>>,
        /// Row-major, one column a class.
        scores: Option<Vec<f64>>,
    },
    Regression {
        labels: Vec<f64>,
        predictions: Vec<f64>,
    },
    Ranking {
        queries: Vec<u64>,
        labels: Vec<f64>,
        scores: Vec<f64>,
    },
}

/// Outcomes with what their classes are called.
pub(super) struct Read {
    pub(super) outcomes: Outcomes,
    pub(super) positive: Option<String>,
    pub(super) classes: Vec<String>,
}

impl Read {
    pub(super) fn of(request: &OutcomeColumns<'_>, files: &FileSet) -> Result<Self> {
        let labels = Labels::open(request, files)?;
        match request.task {
            Task::Binary => binary(request, files, &labels),
            Task::Multiclass => multiclass(request, files, &labels),
            Task::Regression => {
                let name = wanted(request.prediction, "--prediction", request.task)?;
                let outcomes = Outcomes::Regression {
                    labels: labels.numbers()?,
                    predictions: numbers(files, name)?,
                };
                Ok(Self::unnamed(outcomes))
            }
            Task::Ranking => {
                let score = wanted(request.scores.first(), "--score", request.task)?;
                let query = wanted(request.query, "--query", request.task)?;
                files.require(query)?;
                let queries = files.categories(query)?;
                let outcomes = Outcomes::Ranking {
                    queries: queries.codes.iter().map(|&code| u64::from(code)).collect(),
                    labels: labels.numbers()?,
                    scores: numbers(files, score)?,
                };
                Ok(Self::unnamed(outcomes))
            }
        }
    }

    fn unnamed(outcomes: Outcomes) -> Self {
        Self {
            outcomes,
            positive: None,
            classes: Vec::new(),
        }
    }
}

fn wanted<'a>(name: Option<&'a String>, option: &str, task: Task) -> Result<&'a String> {
    name.ok_or_else(|| {
        Error::invalid(format!("a {} model needs {option}", task.as_str()))
            .with_hint(format!("name the column: {option} COLUMN"))
    })
}

fn numbers(files: &FileSet, name: &str) -> Result<Vec<f64>> {
    files.require(name)?;
    files.numbers(name)
}

/// When each row's label became known, by a column that stands beside the labels.
pub(super) fn label_times(
    request: &OutcomeColumns<'_>,
    files: &FileSet,
    column: &str,
) -> Result<Vec<Option<i64>>> {
    let labels = Labels::open(request, files)?;
    let times = match labels.files() {
        Some((files, _)) => files.times(column)?,
        None => Vec::new(),
    };
    Ok(labels.joined(times, None))
}

/// Where labels are read: beside the predictions, or in files that share an id.
enum Labels<'a> {
    Beside {
        files: &'a FileSet,
        name: &'a str,
    },
    Apart {
        files: FileSet,
        name: &'a str,
        /// For each prediction the row of its label.
        rows: Vec<Option<usize>>,
    },
    /// Nobody knows them yet.
    Absent {
        n_rows: usize,
    },
}

impl<'a> Labels<'a> {
    fn open(request: &OutcomeColumns<'a>, files: &'a FileSet) -> Result<Self> {
        let name = request.label;
        let Some(apart) = request.labels else {
            if request.may_lack_labels && files.require(name).is_err() {
                return Ok(Self::Absent {
                    n_rows: files.n_rows(),
                });
            }
            files.require(name)?;
            return Ok(Self::Beside { files, name });
        };
        let LabelFiles { files: sources, id } = apart;
        let labels = FileSet::open("labels", sources)?;
        labels.require(name)?;
        labels.require(id)?;
        files.require(id)?;
        let mut ids = Dictionary::default();
        let of_labels = labels.codes(id, &mut ids)?;
        let of_rows = files.codes(id, &mut ids)?;
        // A later label corrects an earlier one.
        let rows: HashMap<u32, usize> = of_labels
            .iter()
            .enumerate()
            .filter(|(_, code)| **code != MISSING)
            .map(|(row, &code)| (code, row))
            .collect();
        let rows = of_rows.iter().map(|code| rows.get(code).copied()).collect();
        Ok(Self::Apart {
            files: labels,
            name,
            rows,
        })
    }

    fn files(&self) -> Option<(&FileSet, &str)> {
        match self {
            Self::Beside { files, name } => Some((files, name)),
            Self::Apart { files, name, .. } => Some((files, name)),
            Self::Absent { .. } => None,
        }
    }

    /// Values in the order of the predictions.
    fn joined<T: Copy>(&self, values: Vec<T>, missing: T) -> Vec<T> {
        match self {
            Self::Beside { .. } => values,
            Self::Absent { n_rows } => vec![missing; *n_rows],
            Self::Apart { rows, .. } => rows
                .iter()
                .map(|row| {
                    row.and_then(|row| values.get(row).copied())
                        .unwrap_or(missing)
                })
                .collect(),
        }
    }

    fn numbers(&self) -> Result<Vec<f64>> {
        let values = match self.files() {
            Some((files, name)) => files.numbers(name)?,
            None => Vec::new(),
        };
        Ok(self.joined(values, f64::NAN))
    }

    fn codes(&self, dictionary: &mut Dictionary) -> Result<Vec<u32>> {
        let codes = match self.files() {
            Some((files, name)) => files.codes(name, dictionary)?,
            None => Vec::new(),
        };
        Ok(self.joined(codes, MISSING))
    }
}

/// Whether a column holds numbers or truth values, by its type.
fn is_numeric(files: &FileSet, name: &str) -> bool {
    files
        .types(name)
        .iter()
        .all(|data_type| data_type.is_numeric() || *data_type == DataType::Boolean)
}

fn binary(request: &OutcomeColumns<'_>, files: &FileSet, labels: &Labels<'_>) -> Result<Read> {
    let scores = match request.scores {
        [] => None,
        [one] => Some(numbers(files, one)?),
        _ => {
            return Err(Error::invalid("a binary model has one score column")
                .with_hint("name the score of the positive class"));
        }
    };
    if scores.is_none() && request.prediction.is_none() {
        return Err(Error::invalid("there is nothing to evaluate")
            .with_hint("name --score, --prediction, or both"));
    }
    let holds_numbers = match (labels.files(), request.prediction) {
        (Some((files, name)), _) => is_numeric(files, name),
        (None, Some(name)) => is_numeric(files, name),
        (None, None) => true,
    };
    if holds_numbers {
        of_numbers(request, files, labels, scores)
    } else {
        of_words(request, files, labels, scores)
    }
}

fn of_numbers(
    request: &OutcomeColumns<'_>,
    files: &FileSet,
    labels: &Labels<'_>,
    scores: Option<Vec<f64>>,
) -> Result<Read> {
    let positive = match request.positive {
        Some(text) => number(text)?,
        None => 1.0,
    };
    let found = labels.numbers()?;
    if request.positive.is_none() {
        only_zero_and_one(request.label, &found)?;
    }
    let predictions = match request.prediction {
        Some(name) => {
            let values = numbers(files, name)?;
            Some(values.iter().map(|value| *value == positive).collect())
        }
        None => None,
    };
    Ok(Read {
        outcomes: Outcomes::Binary {
            labels: found
                .iter()
                .map(|value| (!value.is_nan()).then_some(*value == positive))
                .collect(),
            predictions,
            scores,
        },
        positive: Some(positive.to_string()),
        classes: vec![format!("not {positive}"), positive.to_string()],
    })
}

fn of_words(
    request: &OutcomeColumns<'_>,
    files: &FileSet,
    labels: &Labels<'_>,
    scores: Option<Vec<f64>>,
) -> Result<Read> {
    let mut dictionary = Dictionary::default();
    let found = labels.codes(&mut dictionary)?;
    let positive = match (labels.files(), request.positive) {
        (None, Some(positive)) => positive.clone(),
        _ => positive_word(request, request.label, dictionary.words())?,
    };
    let predicted = match request.prediction {
        Some(name) => {
            files.require(name)?;
            Some(files.codes(name, &mut dictionary)?)
        }
        None => None,
    };
    let words = dictionary.into_words();
    let is_positive = |code: u32| words.get(code as usize) == Some(&positive);
    Ok(Read {
        outcomes: Outcomes::Binary {
            labels: found
                .iter()
                .map(|&code| (code != MISSING).then(|| is_positive(code)))
                .collect(),
            predictions: predicted
                .map(|codes| codes.iter().map(|&code| is_positive(code)).collect()),
            scores,
        },
        classes: vec![format!("not {positive}"), positive.clone()],
        positive: Some(positive),
    })
}

fn number(text: &str) -> Result<f64> {
    match text {
        "true" => Ok(1.0),
        "false" => Ok(0.0),
        other => other.parse().map_err(|_| {
            Error::invalid(format!("--positive is `{other}`, but labels are numbers"))
                .with_hint("write the label as it is in the file")
        }),
    }
}

fn only_zero_and_one(label: &str, values: &[f64]) -> Result<()> {
    match values
        .iter()
        .find(|v| !v.is_nan() && **v != 0.0 && **v != 1.0)
    {
        None => Ok(()),
        Some(other) => Err(Error::invalid(format!(
            "column `{label}` holds {other}, so it does not say which label is positive"
        ))
        .with_hint("name it with --positive, or choose --task multiclass or regression")),
    }
}

fn positive_word(request: &OutcomeColumns<'_>, label: &str, words: &[String]) -> Result<String> {
    if let Some(positive) = request.positive {
        if words.contains(positive) {
            return Ok(positive.clone());
        }
        return Err(Error::invalid(format!("no label is `{positive}`"))
            .with_hint(format!("labels: {}", listed(words))));
    }
    let is = |list: &[&str], word: &String| list.contains(&word.to_lowercase().as_str());
    let yes = words.iter().find(|word| is(&YES, word));
    match yes {
        Some(yes) if words.iter().all(|word| word == yes || is(&NO, word)) => Ok(yes.clone()),
        _ => Err(Error::invalid(format!(
            "column `{label}` does not say which label is positive"
        ))
        .with_hint(format!(
            "name it with --positive; labels: {}",
            listed(words)
        ))),
    }
}

fn listed(words: &[String]) -> String {
    let shown: Vec<&str> = words.iter().take(10).map(String::as_str).collect();
    let rest = words.len().saturating_sub(shown.len());
    if rest > 0 {
        format!("{}, and {rest} more", shown.join(", "))
    } else {
        shown.join(", ")
    }
}

fn multiclass(request: &OutcomeColumns<'_>, files: &FileSet, labels: &Labels<'_>) -> Result<Read> {
    let mut dictionary = Dictionary::default();
    let found = labels.codes(&mut dictionary)?;
    let predicted = match request.prediction {
        Some(name) => {
            files.require(name)?;
            Some(files.codes(name, &mut dictionary)?)
        }
        None => None,
    };
    let words = dictionary.into_words();
    let classes = if let Some(classes) = request.classes {
        if let Some(new) = words.iter().find(|word| !classes.contains(word)) {
            return Err(
                Error::invalid(format!("the reference has no class `{new}`"))
                    .with_hint(format!("its classes: {}", listed(classes))),
            );
        }
        classes.to_vec()
    } else {
        // In the order of their names, whatever came first in the file.
        let mut classes = words.clone();
        classes.sort();
        classes
    };
    let place = |word: &String| classes.iter().position(|class| class == word).unwrap_or(0);
    let class_of: Vec<u32> = words
        .iter()
        .map(|word| u32::try_from(place(word)).unwrap_or(u32::MAX))
        .collect();
    let class = |code: u32| class_of.get(code as usize).copied();
    let scores = class_scores(request, files, &classes)?;
    if scores.is_none() && predicted.is_none() {
        return Err(Error::invalid("there is nothing to evaluate")
            .with_hint("name --prediction, or one --score column a class"));
    }
    if let Some(row) = predicted
        .as_ref()
        .and_then(|codes| codes.iter().position(|&code| code == MISSING))
    {
        return Err(Error::invalid(format!("row {} has no prediction", row + 1)));
    }
    Ok(Read {
        outcomes: Outcomes::Multiclass {
            labels: found.iter().map(|&code| class(code)).collect(),
            predictions: predicted
                .map(|codes| codes.iter().map(|&code| class(code).unwrap_or(0)).collect()),
            scores,
        },
        positive: None,
        classes,
    })
}

/// One score column a class: the one named like the class, or ending in its name; else in order.
fn class_scores(
    request: &OutcomeColumns<'_>,
    files: &FileSet,
    classes: &[String],
) -> Result<Option<Vec<f64>>> {
    if request.scores.is_empty() {
        return Ok(None);
    }
    if request.scores.len() != classes.len() {
        return Err(Error::invalid(format!(
            "{} score columns for {} classes",
            request.scores.len(),
            classes.len()
        ))
        .with_hint(format!("classes: {}", listed(classes))));
    }
    let named: Option<Vec<&String>> = classes
        .iter()
        .map(|class| {
            request.scores.iter().find(|name| {
                *name == class
                    || name
                        .strip_suffix(class.as_str())
                        .is_some_and(|rest| rest.ends_with('_'))
            })
        })
        .collect();
    let order = named.unwrap_or_else(|| request.scores.iter().collect());
    let columns: Vec<Vec<f64>> = order
        .into_iter()
        .map(|name| numbers(files, name))
        .collect::<Result<_>>()?;
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    Ok(Some(super::matrix::row_major(&columns)))
}

/// The UTC day of every row; rows without a time have a day of their own.
pub(super) fn days(times: &[Option<i64>]) -> Vec<u64> {
    times
        .iter()
        .map(|time| {
            time.map_or(u64::MAX, |micros| {
                micros.div_euclid(MICROS_PER_DAY).cast_unsigned()
            })
        })
        .collect()
}
