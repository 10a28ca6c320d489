//! Real logs: how many days of the reference alarm, and how many later ones.

use std::path::Path;
use trimtab_stats::{
    CategoricalGrid, CategoricalProfile, ColumnEvidence, ColumnGrid, ColumnProfile,
    DEFAULT_MAX_BINS, DEFAULT_MAX_CATEGORIES, Decision, DecisionPolicy, NumericGrid,
    NumericProfile, RowLevelTest, WindowNull, compare_column, decide, fit_window_null,
};

const SEED: u64 = 1;

/// A log as profiles per day on the grid of its reference.
pub(crate) struct Log {
    pub(crate) name: String,
    pub(crate) days: Vec<String>,
    pub(crate) n_reference: usize,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    grid: ColumnGrid,
    days: Vec<ColumnProfile>,
    total: ColumnProfile,
}

/// One column as the file gives it.
struct Raw<'a> {
    name: &'a str,
    is_numeric: bool,
    values: Vec<&'a str>,
    days: Vec<(u64, Vec<(usize, u64)>)>,
}

impl Log {
    /// Reads a file of `tests/oracle/stats/make_log_days.py`.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let (mut days, mut n_reference, mut raw) = (Vec::new(), 0, Vec::<Raw<'_>>::new());
        for line in text.lines() {
            let mut fields = line.split('\t');
            match (fields.next(), raw.last_mut()) {
                (Some("days"), _) => days = fields.map(str::to_owned).collect(),
                (Some("reference"), _) => {
                    n_reference = fields
                        .next()
                        .and_then(|field| field.parse().ok())
                        .unwrap_or(0);
                }
                (Some("column"), _) => raw.push(Raw {
                    name: fields.next().unwrap_or_default(),
                    is_numeric: fields.next() == Some("numeric"),
                    values: Vec::new(),
                    days: Vec::new(),
                }),
                (Some("values"), Some(column)) => column.values = fields.collect(),
                (Some("day"), Some(column)) => column.days.push(counts(fields)?),
                _ => return Err(format!("{name}: `{line:.40}` is not understood")),
            }
        }
        if n_reference < 2 || n_reference > days.len() {
            return Err(format!("{name}: no days of the reference"));
        }
        let columns = raw
            .iter()
            .map(|raw| Column::new(raw, n_reference))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            name: name.into_owned(),
            days,
            n_reference,
            columns,
        })
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.columns.len()
    }
}

/// A day's missing values, and how often each value occurs.
fn counts<'a>(
    mut fields: impl Iterator<Item = &'a str>,
) -> Result<(u64, Vec<(usize, u64)>), String> {
    let missing = fields.next().and_then(|field| field.parse().ok());
    let cells = fields.map(|cell| {
        let (position, count) = cell.split_once(':')?;
        Some((position.parse().ok()?, count.parse().ok()?))
    });
    match (missing, cells.collect()) {
        (Some(missing), Some(cells)) => Ok((missing, cells)),
        _ => Err("a day is not understood".to_owned()),
    }
}

impl Column {
    fn new(raw: &Raw<'_>, n_reference: usize) -> Result<Self, String> {
        let grid = raw.grid(n_reference)?;
        let days: Vec<ColumnProfile> = raw.days.iter().map(|day| raw.profile(&grid, day)).collect();
        let mut total = ColumnProfile::empty(&grid);
        for day in &days[..n_reference] {
            total.merge(day).map_err(|error| error.to_string())?;
        }
        Ok(Self {
            name: raw.name.to_owned(),
            grid,
            days,
            total,
        })
    }
}

impl Raw<'_> {
    fn number(&self, position: usize) -> f64 {
        self.values[position].parse().unwrap_or(f64::NAN)
    }

    fn grid(&self, n_reference: usize) -> Result<ColumnGrid, String> {
        let reference = self.days[..n_reference].iter().flat_map(|(_, cells)| cells);
        if self.is_numeric {
            let mut sample: Vec<f64> = reference
                .flat_map(|&(i, count)| std::iter::repeat_n(self.number(i), count as usize))
                .collect();
            let grid = NumericGrid::from_sample(&mut sample, DEFAULT_MAX_BINS);
            return grid
                .map(ColumnGrid::Numeric)
                .map_err(|error| error.to_string());
        }
        let counts: Vec<(String, u64)> = reference
            .map(|&(i, count)| (self.values[i].to_owned(), count))
            .collect();
        let grid = CategoricalGrid::from_counts(&counts, DEFAULT_MAX_CATEGORIES);
        Ok(ColumnGrid::Categorical(grid))
    }

    fn profile(&self, grid: &ColumnGrid, day: &(u64, Vec<(usize, u64)>)) -> ColumnProfile {
        let (missing, cells) = day;
        match grid {
            ColumnGrid::Numeric(grid) => {
                let mut profile = NumericProfile::empty(grid);
                let values: Vec<f64> = cells
                    .iter()
                    .flat_map(|&(i, count)| std::iter::repeat_n(self.number(i), count as usize))
                    .collect();
                profile.add_values(grid, &values);
                profile.add_missing(*missing);
                ColumnProfile::Numeric(profile)
            }
            ColumnGrid::Categorical(grid) => {
                let mut profile = CategoricalProfile::empty(grid);
                for &(i, count) in cells {
                    profile.add(grid, self.values[i], count);
                }
                profile.add_missing(*missing);
                ColumnProfile::Categorical(profile)
            }
        }
    }
}

/// How a log was judged: which days alarmed by which columns.
pub(crate) struct Judged {
    /// Per day of the reference, judged against the rest, whose law does not know it either.
    pub(crate) reference: Vec<Vec<String>>,
    /// The same by the row-level test alone.
    pub(crate) reference_by_rows: Vec<Vec<String>>,
    /// Per later day.
    pub(crate) later: Vec<Vec<String>>,
}

/// Judges every day of a log with the default policy.
pub(crate) fn judge(log: &Log, test: RowLevelTest) -> Judged {
    let later_laws: Vec<WindowNull> = log
        .columns
        .iter()
        .map(|column| law(log, column, None))
        .collect();
    let reference = |with_windows: bool| {
        (0..log.n_reference)
            .map(|day| {
                judge_day(log, day, test, |column| {
                    with_windows.then(|| law(log, column, Some(day)))
                })
            })
            .collect()
    };
    let later = (log.n_reference..log.days.len())
        .map(|day| {
            let mut laws = later_laws.iter();
            judge_day(log, day, test, |_| laws.next().cloned())
        })
        .collect();
    Judged {
        reference: reference(true),
        reference_by_rows: reference(false),
        later,
    }
}

/// The law of the reference's days, one of them left out if asked.
fn law(log: &Log, column: &Column, without: Option<usize>) -> WindowNull {
    let mut days = column.days[..log.n_reference].to_vec();
    let mut total = column.total.clone();
    if let Some(day) = without {
        let gone = days.remove(day);
        if total.subtract(&gone).is_err() {
            return fit_window_null(&column.grid, &[], &column.total, SEED);
        }
    }
    fit_window_null(&column.grid, &days, &total, SEED)
}

fn judge_day(
    log: &Log,
    day: usize,
    test: RowLevelTest,
    mut law: impl FnMut(&Column) -> Option<WindowNull>,
) -> Vec<String> {
    let evidence: Vec<ColumnEvidence> = log
        .columns
        .iter()
        .map(|column| {
            let mut rest = column.total.clone();
            let current = &column.days[day];
            if day < log.n_reference && rest.subtract(current).is_err() {
                return ColumnEvidence::failed(
                    &column.name,
                    trimtab_stats::ColumnKind::Numeric,
                    "the day is no part of the reference".to_owned(),
                );
            }
            let law = law(column);
            let mut evidence =
                compare_column(&column.name, &column.grid, &rest, current, law.as_ref());
            evidence.choose_row_test(test);
            evidence
        })
        .collect();
    decide(&evidence, &DecisionPolicy::default())
        .columns
        .into_iter()
        .filter(|column| column.decision == Decision::Drift)
        .map(|column| {
            if column.about_missing {
                format!("{} (missing)", column.name)
            } else {
                column.name
            }
        })
        .collect()
}
