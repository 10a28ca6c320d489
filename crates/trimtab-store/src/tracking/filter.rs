//! From a filter to SQL. Text comes from here, values are bound. Every piece is true or false,
//! never null, so that `not` means what it says.

use crate::db::{Arg, Dialect};
use trimtab_domain::tracking::points::rank;
use trimtab_domain::tracking::search::{Comparison, Field, Filter, Test};
use trimtab_domain::{Error, Result};

/// A column of a noun.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) sql: &'static str,
    pub(super) is_number: bool,
    pub(super) is_nullable: bool,
}

pub(super) const fn text(sql: &'static str) -> Column {
    Column {
        sql,
        is_number: false,
        is_nullable: false,
    }
}

pub(super) const fn number(sql: &'static str) -> Column {
    Column {
        sql,
        is_number: true,
        is_nullable: false,
    }
}

pub(super) const fn nullable(column: Column) -> Column {
    Column {
        is_nullable: true,
        ..column
    }
}

/// Where the parts of a noun lie.
pub(super) struct Noun {
    /// Its table with its alias.
    pub(super) table: &'static str,
    /// What the tables of its parts refer to.
    pub(super) owner: &'static str,
    pub(super) columns: &'static [(&'static str, Column)],
    /// Table and referring column.
    pub(super) params: Option<(&'static str, &'static str)>,
    pub(super) tags: (&'static str, &'static str),
    pub(super) metrics: Metrics,
    pub(super) has_datasets: bool,
}

/// Where a noun's metrics lie.
pub(super) enum Metrics {
    None,
    /// `run_metrics`, by number of the name.
    OfRuns,
    /// `logged_model_metrics`, by name.
    OfModels,
}

impl Noun {
    pub(super) fn column(&self, attribute: &str) -> Result<Column> {
        self.columns
            .iter()
            .find(|(name, _)| *name == attribute)
            .map(|(_, column)| *column)
            .ok_or_else(|| Error::internal(format!("no column for attribute `{attribute}`")))
    }
}

/// Text that grows, with its values.
pub(super) struct Query<'a> {
    pub(super) noun: &'a Noun,
    pub(super) dialect: Dialect,
    pub(super) args: Vec<Arg>,
}

impl Query<'_> {
    /// Binds a value: its placeholder.
    pub(super) fn bind(&mut self, value: impl Into<Arg>) -> String {
        self.args.push(value.into());
        format!("${}", self.args.len())
    }

    pub(super) fn filter(&mut self, filter: &Filter) -> Result<String> {
        Ok(match filter {
            Filter::And(parts) => self.joined(parts, " and ", "1 = 1")?,
            Filter::Or(parts) => self.joined(parts, " or ", "1 = 0")?,
            Filter::Not(part) => format!("not ({})", self.filter(part)?),
            Filter::Clause(field, test) => self.clause(field, test)?,
        })
    }

    fn joined(&mut self, parts: &[Filter], between: &str, empty: &str) -> Result<String> {
        if parts.is_empty() {
            return Ok(empty.to_owned());
        }
        let parts = parts
            .iter()
            .map(|part| self.filter(part))
            .collect::<Result<Vec<_>>>()?;
        Ok(format!("({})", parts.join(between)))
    }

    fn clause(&mut self, field: &Field, test: &Test) -> Result<String> {
        match field {
            Field::Attribute(name) => {
                let column = self.noun.column(name)?;
                Ok(
                    match (self.test(column.sql, column.is_number, test), test) {
                        (sql, Test::IsNull | Test::IsNotNull) => sql,
                        (sql, _) if column.is_nullable => format!("coalesce({sql}, 1 = 0)"),
                        (sql, _) => sql,
                    },
                )
            }
            Field::Metric(key) => Ok(self.metric(key, test)),
            Field::Param(key) => match self.noun.params {
                Some(table) => Ok(self.pair(table, key, test)),
                None => Err(Error::invalid("Invalid entity type: there are no params")),
            },
            Field::Tag(key) => Ok(self.pair(self.noun.tags, key, test)),
            Field::Dataset(part) => self.dataset(part, test),
        }
    }

    /// A parameter or a tag.
    fn pair(&mut self, (table, owner): (&str, &str), key: &str, test: &Test) -> String {
        let whose = self.noun.owner;
        let key = self.bind(key);
        let found =
            format!("exists (select 1 from {table} x where x.{owner} = {whose} and x.key = {key}");
        match test {
            Test::IsNull => format!("not {found})"),
            Test::IsNotNull => format!("{found})"),
            test => {
                let test = self.test("x.value", false, test);
                format!("{found} and {test})")
            }
        }
    }

    fn metric(&mut self, key: &str, test: &Test) -> String {
        let whose = self.noun.owner;
        let key = self.bind(key);
        let found = match self.noun.metrics {
            Metrics::None => return "1 = 0".to_owned(),
            Metrics::OfRuns => format!(
                "exists (select 1 from run_metrics x where x.run = {whose} and x.metric = \
                 (select id from metric_names where name = {key})"
            ),
            Metrics::OfModels => format!(
                "exists (select 1 from logged_model_metrics x where x.model_id = {whose} and \
                 x.key = {key}"
            ),
        };
        match test {
            Test::IsNull => format!("not {found})"),
            Test::IsNotNull => format!("{found})"),
            Test::Number(comparison, number) => {
                let sign = sign(*comparison);
                let number = self.bind(rank(*number));
                // NaN is larger than nothing.
                let is_number = match comparison {
                    Comparison::Greater | Comparison::GreaterOrEqual => {
                        format!(" and x.rank < {}", self.bind(i64::MAX))
                    }
                    _ => String::new(),
                };
                format!("{found} and x.rank {sign} {number}{is_number})")
            }
            Test::Text(..) | Test::Like { .. } | Test::In { .. } => "1 = 0".to_owned(),
        }
    }

    fn dataset(&mut self, part: &str, test: &Test) -> Result<String> {
        let column = match part {
            "name" => "d.name",
            "digest" => "d.digest",
            "context" => "i.context",
            _ => return Err(Error::internal(format!("no column for dataset {part}"))),
        };
        if !self.noun.has_datasets {
            return Ok("1 = 0".to_owned());
        }
        let found = format!(
            "exists (select 1 from run_inputs i join run_datasets d on d.id = i.dataset \
             where i.run = {} and ",
            self.noun.owner
        );
        Ok(match test {
            Test::IsNull => format!("not {found}{column} is not null)"),
            test => format!("{found}{})", self.test(column, false, test)),
        })
    }

    fn test(&mut self, column: &str, is_number: bool, test: &Test) -> String {
        match test {
            Test::Number(comparison, number) if is_number => {
                let number = self.bind(Some(*number));
                format!("{column} {} {number}", sign(*comparison))
            }
            Test::Number(..) => "1 = 0".to_owned(),
            Test::Text(comparison, text) => {
                let text = self.bind(text.as_str());
                format!("{column} {} {text}", sign(*comparison))
            }
            Test::Like {
                pattern,
                ignores_case,
            } => self.like(column, pattern, *ignores_case),
            Test::In { values, is_negated } => {
                let values: Vec<String> = values
                    .iter()
                    .map(|value| self.bind(value.as_str()))
                    .collect();
                let not = if *is_negated { "not " } else { "" };
                format!("{column} {not}in ({})", values.join(", "))
            }
            Test::IsNull => format!("{column} is null"),
            Test::IsNotNull => format!("{column} is not null"),
        }
    }

    fn like(&mut self, column: &str, pattern: &str, ignores_case: bool) -> String {
        match (self.dialect, ignores_case) {
            (Dialect::Sqlite, true) => format!("{column} like {}", self.bind(pattern)),
            // SQLite's `like` ignores case; its `glob` doesn't.
            (Dialect::Sqlite, false) => {
                let glob: String = pattern
                    .chars()
                    .map(|letter| match letter {
                        '%' => "*".to_owned(),
                        '_' => "?".to_owned(),
                        '*' | '?' | '[' => format!("[{letter}]"),
                        letter => letter.to_string(),
                    })
                    .collect();
                format!("{column} glob {}", self.bind(glob))
            }
            (Dialect::Postgres, true) => format!("{column} ilike {} escape ''", self.bind(pattern)),
            (Dialect::Postgres, false) => format!("{column} like {} escape ''", self.bind(pattern)),
        }
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}
