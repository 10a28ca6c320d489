//! The order of a search, and pages of it: a page begins after the sort key of the last row of
//! the page before, so that nothing repeats or is skipped while rows are being written.

use super::filter::{Column, Metrics, Query};
use crate::db::{Arg, Row};
use serde::{Deserialize, Serialize};
use trimtab_domain::tracking::search::{Field, OrderBy};
use trimtab_domain::{Error, Result};

/// One expression to sort by.
struct Key {
    sql: String,
    is_number: bool,
    is_descending: bool,
}

/// How a search is sorted.
pub(super) struct Order {
    /// Joins that the keys need.
    pub(super) joins: String,
    keys: Vec<Key>,
}

/// A value of a sort key, as a page token carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum KeyValue {
    Number(i64),
    Text(String),
}

/// A tie-breaker: a column, and whether the largest comes first.
pub(super) type Tie = (Column, bool);

impl Order {
    /// The keys asked for, then the ties.
    pub(super) fn new(query: &mut Query<'_>, asked: &[OrderBy], ties: &[Tie]) -> Result<Self> {
        let mut order = Self {
            joins: String::new(),
            keys: Vec::new(),
        };
        for (at, by) in asked.iter().enumerate() {
            order.add(query, at, by)?;
        }
        for (column, is_descending) in ties {
            order.keys.push(Key {
                sql: column.sql.to_owned(),
                is_number: column.is_number,
                is_descending: *is_descending,
            });
        }
        Ok(order)
    }

    fn add(&mut self, query: &mut Query<'_>, at: usize, by: &OrderBy) -> Result<()> {
        let alias = format!("o{at}");
        let owner = query.noun.owner;
        let (sql, is_number, is_nullable) = match &by.field {
            Field::Attribute(name) => {
                let column = query.noun.column(name)?;
                (column.sql.to_owned(), column.is_number, column.is_nullable)
            }
            Field::Metric(key) => {
                let key = query.bind(key.as_str());
                let join = match query.noun.metrics {
                    Metrics::OfRuns => format!(
                        " left join run_metrics {alias} on {alias}.run = {owner} and \
                         {alias}.metric = (select id from metric_names where name = {key})"
                    ),
                    _ => model_metric_join(query, &alias, &key, by),
                };
                self.joins.push_str(&join);
                (format!("{alias}.rank"), true, true)
            }
            Field::Param(key) | Field::Tag(key) => {
                let table = match by.field {
                    Field::Param(_) => query.noun.params,
                    _ => Some(query.noun.tags),
                };
                let (table, whose) =
                    table.ok_or_else(|| Error::invalid("Invalid order_by: there are no params"))?;
                let key = query.bind(key.as_str());
                let join = format!(
                    " left join {table} {alias} on {alias}.{whose} = {owner} and {alias}.key = {key}"
                );
                self.joins.push_str(&join);
                (format!("{alias}.value"), false, true)
            }
            Field::Dataset(_) => {
                return Err(Error::invalid("Invalid order_by: not by data sets"));
            }
        };
        if is_nullable {
            // Numbers first, then NaN, then what is not there.
            let nan = match by.field {
                Field::Metric(_) => format!("when {sql} = {} then 1 ", i64::MAX),
                _ => String::new(),
            };
            self.keys.push(Key {
                sql: format!("case when {sql} is null then 2 {nan}else 0 end"),
                is_number: true,
                is_descending: false,
            });
        }
        let nothing = if is_number { "0" } else { "''" };
        self.keys.push(Key {
            sql: if is_nullable {
                format!("coalesce({sql}, {nothing})")
            } else {
                sql
            },
            is_number,
            is_descending: by.is_descending,
        });
        Ok(())
    }

    /// The keys as columns, to be read by [`Order::token`].
    pub(super) fn columns(&self) -> String {
        let column = |key: &Key| {
            // PostgreSQL gives `case` 32 bits.
            if key.is_number {
                format!(", cast({} as bigint)", key.sql)
            } else {
                format!(", {}", key.sql)
            }
        };
        self.keys.iter().map(column).collect()
    }

    /// [`Order::columns`] by names of their own, for a query around the search: the names, and the
    /// order by them.
    pub(super) fn named(&self) -> (String, String, String) {
        let keys = || self.keys.iter().enumerate();
        let columns = keys().map(|(at, key)| {
            if key.is_number {
                format!(", cast({} as bigint) as k{at}", key.sql)
            } else {
                format!(", {} as k{at}", key.sql)
            }
        });
        let names = keys().map(|(at, _)| format!(", k.k{at}"));
        let order: Vec<String> = keys()
            .map(|(at, key)| {
                let direction = if key.is_descending { " desc" } else { "" };
                format!("k.k{at}{direction}")
            })
            .collect();
        let order = format!("order by {}", order.join(", "));
        (columns.collect(), names.collect(), order)
    }

    /// `order by …`
    pub(super) fn clause(&self) -> String {
        let keys: Vec<String> = self
            .keys
            .iter()
            .map(|key| {
                let direction = if key.is_descending { " desc" } else { "" };
                format!("{}{direction}", key.sql)
            })
            .collect();
        format!("order by {}", keys.join(", "))
    }

    /// What holds for rows after a token's.
    pub(super) fn after(&self, query: &mut Query<'_>, token: &str) -> Result<String> {
        let values: Vec<KeyValue> = read_token(token)?;
        let fits = values.len() == self.keys.len()
            && self
                .keys
                .iter()
                .zip(&values)
                .all(|(key, value)| key.is_number == matches!(value, KeyValue::Number(_)));
        if !fits {
            return Err(foreign_token());
        }
        // From the last key inwards: a > x or (a = x and (b > y or …)).
        let mut sql = String::new();
        for (key, value) in self.keys.iter().zip(values).rev() {
            let placeholder = match value {
                KeyValue::Number(number) => query.bind(number),
                KeyValue::Text(text) => query.bind(text),
            };
            let beyond = if key.is_descending { "<" } else { ">" };
            let key = &key.sql;
            sql = if sql.is_empty() {
                format!("{key} {beyond} {placeholder}")
            } else {
                // The first half lets an index seek.
                format!(
                    "({key} {beyond}= {placeholder} and ({key} {beyond} {placeholder} or ({sql})))"
                )
            };
        }
        Ok(sql)
    }

    /// The token of a row whose key columns begin at `from`.
    pub(super) fn token(&self, row: &Row, from: usize) -> Result<String> {
        let values = self
            .keys
            .iter()
            .enumerate()
            .map(|(at, key)| {
                Ok(if key.is_number {
                    KeyValue::Number(row.int(from + at)?)
                } else {
                    KeyValue::Text(row.text(from + at)?)
                })
            })
            .collect::<Result<Vec<_>>>()?;
        write_token(&values)
    }
}

fn model_metric_join(query: &mut Query<'_>, alias: &str, key: &str, by: &OrderBy) -> String {
    let owner = query.noun.owner;
    let mut dataset = String::new();
    if let Some((name, digest)) = &by.dataset {
        let name = query.bind(name.as_str());
        dataset = format!(" and dataset_name = {name}");
        if let Some(digest) = digest {
            let digest = query.bind(digest.as_str());
            dataset = format!("{dataset} and dataset_digest = {digest}");
        }
    }
    // One row a model, whatever the number of data sets: its best value by this order.
    let best = if by.is_descending { "max" } else { "min" };
    format!(
        " left join (select model_id, {best}(rank) as rank from logged_model_metrics \
         where key = {key}{dataset} group by model_id) {alias} on {alias}.model_id = {owner}"
    )
}

fn foreign_token() -> Error {
    Error::invalid("Invalid page token: it belongs to another search")
}

/// Tokens are JSON in hexadecimal digits.
pub(super) fn write_token(values: &impl Serialize) -> Result<String> {
    let json = crate::codec::to_json("a page token", values)?;
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    Ok(json
        .bytes()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect())
}

pub(super) fn read_token<T: for<'de> Deserialize<'de>>(token: &str) -> Result<T> {
    let bytes: Option<Vec<u8>> = (token.len().is_multiple_of(2) && token.is_ascii())
        .then(|| {
            (0..token.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&token[at..at + 2], 16).ok())
                .collect()
        })
        .flatten();
    bytes
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(foreign_token)
}

/// A page's rows with the token of the next, from one row more than was asked for.
pub(super) fn cut(
    order: &Order,
    rows: &mut Vec<Row>,
    limit: u32,
    from: usize,
) -> Result<Option<String>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() <= limit {
        return Ok(None);
    }
    rows.truncate(limit);
    rows.last().map(|last| order.token(last, from)).transpose()
}

/// One more than asked for shows whether there is another page.
pub(super) fn limit_of(limit: u32) -> Arg {
    Arg::from(i64::from(limit) + 1)
}
