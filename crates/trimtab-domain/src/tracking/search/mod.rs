//! MLflow's search language, and more: `OR`, `NOT`, parentheses, `IN` everywhere and `BETWEEN`.
//!
//! `metrics.auc > 0.8 AND (params.depth = '6' OR tags.`team name` ILIKE 'risk%')`
//!
//! A [`Grammar`] says what can be asked about one noun. [`parse`] and [`parse_order`] are pure;
//! what a filter means is said once by `super::matching`, and once more in SQL by the store: the
//! store's contract holds the two together.

mod grammar;
mod lexer;
mod parser;

pub use grammar::{
    Attribute, EXPERIMENTS, Grammar, LOGGED_MODELS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS,
};
pub use parser::{parse, parse_order};

/// What must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of them; an empty list always holds.
    And(Vec<Filter>),
    /// At least one of them.
    Or(Vec<Filter>),
    /// It does not.
    Not(Box<Filter>),
    /// One comparison.
    Clause(Field, Test),
}

impl Filter {
    /// A filter that everything passes.
    pub fn all() -> Self {
        Self::And(Vec::new())
    }
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// One of the noun's own columns, by its canonical name.
    Attribute(&'static str),
    /// The latest value of a metric.
    Metric(String),
    /// A parameter.
    Param(String),
    /// A tag.
    Tag(String),
    /// The name, digest or context of any data set: `name`, `digest`, `context`.
    Dataset(&'static str),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// What is asked of a field. What is not there passes only [`Test::IsNull`].
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Against a number.
    Number(Comparison, f64),
    /// Equal to a text, or not.
    Text(Comparison, String),
    /// Like a pattern with `%` and `_`.
    Like {
        /// The pattern.
        pattern: String,
        /// `ILIKE`.
        ignores_case: bool,
    },
    /// One of several texts, or none of them.
    In {
        /// The texts.
        values: Vec<String>,
        /// `NOT IN`.
        is_negated: bool,
    },
    /// It is not there.
    IsNull,
    /// It is there.
    IsNotNull,
}

/// By what to sort.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderBy {
    /// The field. What lacks it comes last, both ways.
    pub field: Field,
    /// Largest first.
    pub is_descending: bool,
    /// For logged models: the metric on this data set only (name, digest).
    pub dataset: Option<(String, Option<String>)>,
}
