//! Labelled rows, whichever place they come from.

use crate::analysis::outcomes::{OutcomeColumns, Outcomes, Read, days, label_times};
use crate::files::{Categories, FileSet, append_with_nan, categories, floats};
use crate::lake::LabelledRows;
use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use trimtab_domain::analysis::evaluate as answers;
use trimtab_domain::documents::Task;
use trimtab_domain::ports::validation::{ContenderModel, FileRows, Scorer, TrialRequest};
use trimtab_domain::{Result, Window};

/// Where columns are read.
pub(super) enum Source {
    Files(FileSet),
    Batch(RecordBatch),
    Nothing,
}

/// Rows with labels, before they are chosen from.
pub(super) struct Gathered {
    pub(super) source: Source,
    /// NaN where unknown.
    pub(super) labels: Vec<f64>,
    pub(super) times: Option<Vec<Option<i64>>>,
    /// When labels became known.
    pub(super) known_at: Option<Vec<Option<i64>>>,
    /// Only rows from here on and before there.
    range: (Option<Timestamp>, Option<Timestamp>),
    n_left_out: u64,
}

/// A column of the chosen rows.
#[derive(Debug)]
pub(super) enum Column {
    Numbers(Vec<f64>),
    Words(Categories),
}

/// The rows that decide.
pub(super) struct Table {
    /// 1 and 0, or numbers.
    pub(super) labels: Vec<f64>,
    /// Event times; absent where rows have none.
    pub(super) times: Option<Vec<i64>>,
    /// UTC days.
    pub(super) blocks: Option<Vec<u64>>,
    pub(super) known_at: Option<Vec<Option<i64>>>,
    pub(super) columns: BTreeMap<String, Column>,
    pub(super) n_unlabelled: u64,
    pub(super) n_beyond_limit: u64,
}

impl Source {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::Files(files) => files.column_names().iter().any(|known| known == name),
            Self::Batch(batch) => batch.column_by_name(name).is_some(),
            Self::Nothing => false,
        }
    }

    fn is_numeric(&self, name: &str) -> bool {
        let is = |data_type: &DataType| data_type.is_numeric() || *data_type == DataType::Boolean;
        match self {
            Self::Files(files) => files.types(name).iter().all(is),
            Self::Batch(batch) => batch
                .column_by_name(name)
                .is_some_and(|array| is(array.data_type())),
            Self::Nothing => false,
        }
    }

    /// A column as what it holds, or as `words` where they are wanted.
    fn column(&self, name: &str, as_words: bool) -> Result<Option<Column>> {
        if !self.has(name) {
            return Ok(None);
        }
        let numbers = self.is_numeric(name) && !as_words;
        Ok(Some(match self {
            Self::Files(files) if numbers => Column::Numbers(files.numbers(name)?),
            Self::Files(files) => Column::Words(files.categories(name)?),
            Self::Batch(batch) => {
                let Some(array) = batch.column_by_name(name) else {
                    return Ok(None);
                };
                if numbers {
                    let mut values = Vec::with_capacity(array.len());
                    append_with_nan(&floats(array, 0)?, &mut values);
                    Column::Numbers(values)
                } else {
                    Column::Words(categories(array)?)
                }
            }
            Self::Nothing => return Ok(None),
        }))
    }
}

impl Gathered {
    pub(super) fn of_lake(rows: LabelledRows) -> Self {
        Self {
            labels: rows
                .labels
                .iter()
                .map(|label| label.map_or(f64::NAN, |(value, _)| value))
                .collect(),
            known_at: Some(
                rows.labels
                    .iter()
                    .map(|label| label.map(|(_, known_at)| known_at))
                    .collect(),
            ),
            times: Some(rows.times.into_iter().map(Some).collect()),
            source: rows.batch.map_or(Source::Nothing, Source::Batch),
            range: (None, None),
            n_left_out: rows.n_left_out,
        }
    }

    /// `any`: a numeric column of the rows, which stands where readers of outcomes want a score.
    pub(super) fn of_files(files: &FileRows, task: Task, any: Option<&String>) -> Result<Self> {
        let set = FileSet::open("data set", &files.source)?;
        let any = any.filter(|name| set.require(name).is_ok());
        let binary = task == Task::BinaryClassification;
        let stand_in = any.unwrap_or(&files.label);
        let columns = OutcomeColumns {
            task: if binary {
                answers::Task::Binary
            } else {
                answers::Task::Regression
            },
            label: &files.label,
            prediction: (!binary || any.is_none()).then_some(stand_in),
            scores: if binary {
                any.map(std::slice::from_ref).unwrap_or_default()
            } else {
                &[]
            },
            positive: files.positive.as_ref(),
            query: None,
            labels: files.labels.as_ref(),
            may_lack_labels: false,
            classes: None,
        };
        let labels = match Read::of(&columns, &set)?.outcomes {
            Outcomes::Binary { labels, .. } => labels
                .into_iter()
                .map(|label| label.map_or(f64::NAN, |label| f64::from(u8::from(label))))
                .collect(),
            Outcomes::Regression { labels, .. } => labels,
            _ => Vec::new(),
        };
        let times = match &files.timestamp {
            Some(name) => Some(set.times(name)?),
            None => None,
        };
        let known_at = match &files.label_timestamp {
            Some(name) => Some(label_times(&columns, &set, name)?),
            None => None,
        };
        Ok(Self {
            source: Source::Files(set),
            labels,
            times,
            known_at,
            range: (files.from, files.until),
            n_left_out: 0,
        })
    }

    fn in_range(&self, row: usize) -> bool {
        let (from, until) = self.range;
        let Some(times) = &self.times else {
            return true;
        };
        match times[row] {
            Some(time) => {
                from.is_none_or(|from| time >= from.as_microsecond())
                    && until.is_none_or(|until| time < until.as_microsecond())
            }
            None => from.is_none() && until.is_none(),
        }
    }

    /// Event times of rows inside the range.
    pub(super) fn period(&self) -> Option<Window> {
        let times = self.times.as_ref()?;
        let inside = (0..times.len())
            .filter(|&row| self.in_range(row))
            .filter_map(|row| times[row]);
        span(inside)
    }

    /// Rows inside the range that have a label, as the training looks at them.
    pub(super) fn rows(&self) -> Vec<usize> {
        (0..self.labels.len())
            .filter(|&row| self.in_range(row))
            .collect()
    }

    /// Chooses labelled rows and reads the columns that both models, segments and groups need.
    pub(super) fn into_table(self, request: &TrialRequest) -> Result<Table> {
        let inside = self.rows();
        let labelled: Vec<usize> = inside
            .iter()
            .copied()
            .filter(|&row| !self.labels[row].is_nan())
            .collect();
        let (kept, n_beyond) = self.within_limits(request, &labelled);
        let columns = self.columns(request, &kept)?;
        let pick_time = |times: &Vec<Option<i64>>| -> Vec<Option<i64>> {
            kept.iter().map(|&row| times[row]).collect()
        };
        let times = self.times.as_ref().map(pick_time);
        Ok(Table {
            labels: kept.iter().map(|&row| self.labels[row]).collect(),
            blocks: times.as_deref().map(days),
            times: times.map(|times| {
                times
                    .into_iter()
                    .map(|time| time.unwrap_or(i64::MIN))
                    .collect()
            }),
            known_at: self.known_at.as_ref().map(pick_time),
            columns,
            n_unlabelled: (inside.len() - labelled.len()) as u64,
            n_beyond_limit: n_beyond + self.n_left_out,
        })
    }

    /// The newest days, whole, up to the policy's limits.
    fn within_limits(&self, request: &TrialRequest, labelled: &[usize]) -> (Vec<usize>, u64) {
        let rules = &request.rules.rows;
        let max = usize::try_from(rules.max).unwrap_or(usize::MAX);
        let Some(times) = &self.times else {
            let kept: Vec<usize> = labelled.iter().copied().take(max).collect();
            return (kept.clone(), (labelled.len() - kept.len()) as u64);
        };
        let day = days(times);
        let mut by_day: BTreeMap<u64, usize> = BTreeMap::new();
        for &row in labelled {
            *by_day.entry(day[row]).or_default() += 1;
        }
        let newest = by_day.keys().rev().find(|day| **day != u64::MAX).copied();
        let oldest = newest.map_or(0, |day| day.saturating_sub(u64::from(rules.max_days)));
        let (mut n, mut taken) = (0, BTreeSet::new());
        for (&day, &rows) in by_day.iter().rev() {
            if (n + rows > max && n > 0) || day <= oldest {
                break;
            }
            n += rows;
            taken.insert(day);
        }
        let kept: Vec<usize> = labelled
            .iter()
            .copied()
            .filter(|&row| taken.contains(&day[row]))
            .collect();
        let beyond = labelled.len() - kept.len();
        (kept, beyond as u64)
    }

    fn columns(&self, request: &TrialRequest, kept: &[usize]) -> Result<BTreeMap<String, Column>> {
        let mut columns = BTreeMap::new();
        for name in wanted(request) {
            if let Some(column) = self.source.column(&name, false)? {
                columns.insert(name, column.picked(kept));
            }
        }
        // Segments and groups are told apart as words, also where they are numbers.
        for name in request
            .segments
            .iter()
            .chain(&request.rules.fairness.columns)
        {
            if let Some(column) = self.source.column(name, true)? {
                columns.insert(as_words(name), column.picked(kept));
            }
        }
        Ok(columns)
    }

    /// One column of some rows.
    pub(super) fn column(&self, name: &str, rows: &[usize]) -> Result<Option<Column>> {
        Ok(self
            .source
            .column(name, false)?
            .map(|column| column.picked(rows)))
    }
}

/// The key of a column that is read as words.
pub(super) fn as_words(name: &str) -> String {
    format!("\u{1f}{name}")
}

/// Columns that the contenders look at.
fn wanted(request: &TrialRequest) -> BTreeSet<String> {
    let of = |contender: &ContenderModel| match &contender.scorer {
        Scorer::Model { encoding, .. } => encoding.columns(),
        Scorer::Command { columns, .. } => columns.clone(),
        Scorer::Constant => Vec::new(),
    };
    let mut names: BTreeSet<String> = of(&request.champion).into_iter().collect();
    names.extend(of(&request.candidate));
    names
}

impl Column {
    fn picked(self, rows: &[usize]) -> Self {
        match self {
            Self::Numbers(values) => Self::Numbers(rows.iter().map(|&row| values[row]).collect()),
            Self::Words(found) => Self::Words(Categories {
                codes: rows.iter().map(|&row| found.codes[row]).collect(),
                words: found.words,
            }),
        }
    }
}

impl Table {
    pub(super) fn n_rows(&self) -> usize {
        self.labels.len()
    }

    /// A column read as words.
    pub(super) fn groups(&self, name: &str) -> Option<&Categories> {
        match self.columns.get(&as_words(name)) {
            Some(Column::Words(found)) => Some(found),
            _ => None,
        }
    }

    /// Whether rows are positive.
    pub(super) fn positive(&self) -> Vec<bool> {
        self.labels.iter().map(|&label| label > 0.5).collect()
    }
}

/// The event times of some rows.
pub(super) fn span(times: impl Iterator<Item = i64>) -> Option<Window> {
    let (mut low, mut high) = (i64::MAX, i64::MIN);
    for time in times.filter(|time| *time != i64::MIN) {
        low = low.min(time);
        high = high.max(time);
    }
    let start = Timestamp::from_microsecond(low).ok()?;
    let end = Timestamp::from_microsecond(high.checked_add(1)?).ok()?;
    (low <= high).then_some(Window { start, end })
}
