//! What a filter means, over plain data.

#![expect(
    clippy::cast_precision_loss,
    reason = "instants in milliseconds stay far below 2^53"
)]

use super::search::{Comparison, Field, Filter, Test};
use super::{DATASET_CONTEXT_TAG, Experiment, LoggedModel, Run, RunId};

/// What a filter can ask of one thing.
pub trait Searched {
    /// A column, as text.
    fn text(&self, attribute: &str) -> Option<String>;
    /// A column, as number.
    fn number(&self, attribute: &str) -> Option<f64>;
    /// The latest value of a metric.
    fn metric(&self, key: &str) -> Option<f64>;
    /// A parameter.
    fn param(&self, key: &str) -> Option<&str>;
    /// A tag.
    fn tag(&self, key: &str) -> Option<&str>;
    /// The name, digest or context of each data set.
    fn datasets(&self, part: &str) -> Vec<&str>;
}

/// Whether a thing passes.
pub fn passes(filter: &Filter, thing: &dyn Searched) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| passes(part, thing)),
        Filter::Or(parts) => parts.iter().any(|part| passes(part, thing)),
        Filter::Not(part) => !passes(part, thing),
        Filter::Clause(field, test) => holds(field, test, thing),
    }
}

fn holds(field: &Field, test: &Test, thing: &dyn Searched) -> bool {
    if let Test::Number(comparison, number) = test {
        let found = match field {
            Field::Metric(key) => thing.metric(key),
            Field::Attribute(name) => thing.number(name),
            _ => None,
        };
        return found.is_some_and(|found| compares(*comparison, found, *number));
    }
    match field {
        Field::Metric(key) => presence(test, thing.metric(key).is_some()),
        Field::Attribute(name) => {
            let text = thing
                .text(name)
                .or_else(|| thing.number(name).map(|number| number.to_string()));
            text_holds(test, text.as_deref())
        }
        Field::Param(key) => text_holds(test, thing.param(key)),
        Field::Tag(key) => text_holds(test, thing.tag(key)),
        Field::Dataset(part) => {
            let found = thing.datasets(part);
            if *test == Test::IsNull {
                return found.is_empty();
            }
            found.into_iter().any(|text| text_holds(test, Some(text)))
        }
    }
}

fn presence(test: &Test, is_there: bool) -> bool {
    match test {
        Test::IsNull => !is_there,
        Test::IsNotNull => is_there,
        _ => false,
    }
}

/// NaN is different from every number, and neither more nor less.
fn compares(comparison: Comparison, found: f64, number: f64) -> bool {
    #[expect(clippy::float_cmp, reason = "the user asks for exactly this number")]
    match comparison {
        Comparison::Equal => found == number,
        Comparison::NotEqual => found != number,
        Comparison::Less => found < number,
        Comparison::LessOrEqual => found <= number,
        Comparison::Greater => found > number,
        Comparison::GreaterOrEqual => found >= number,
    }
}

fn text_holds(test: &Test, found: Option<&str>) -> bool {
    let Some(found) = found else {
        return *test == Test::IsNull;
    };
    match test {
        Test::Text(comparison, text) => match comparison {
            Comparison::Equal => found == text,
            Comparison::NotEqual => found != text,
            Comparison::Less => found < text.as_str(),
            Comparison::LessOrEqual => found <= text.as_str(),
            Comparison::Greater => found > text.as_str(),
            Comparison::GreaterOrEqual => found >= text.as_str(),
        },
        Test::Like {
            pattern,
            ignores_case,
        } => is_like(found, pattern, *ignores_case),
        Test::In { values, is_negated } => values.iter().any(|value| value == found) != *is_negated,
        Test::IsNotNull => true,
        Test::IsNull | Test::Number(..) => false,
    }
}

/// SQL's `LIKE`: `%` is any text, `_` any one character; letters of ASCII may differ in case if
/// asked for.
pub fn is_like(text: &str, pattern: &str, ignores_case: bool) -> bool {
    let fold = |c: char| {
        if ignores_case {
            c.to_ascii_lowercase()
        } else {
            c
        }
    };
    let text: Vec<char> = text.chars().map(fold).collect();
    let pattern: Vec<char> = pattern.chars().map(fold).collect();
    // Greedy with one point to come back to: linear but for the last `%`.
    let (mut t, mut p) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                back = Some((t, p));
                p += 1;
            }
            Some(&c) if c == '_' || c == text[t] => {
                t += 1;
                p += 1;
            }
            _ => match &mut back {
                Some((from, star)) => {
                    *from += 1;
                    t = *from;
                    p = *star + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}

impl Searched for Experiment {
    fn text(&self, attribute: &str) -> Option<String> {
        (attribute == "name").then(|| self.name.clone())
    }
    fn number(&self, attribute: &str) -> Option<f64> {
        match attribute {
            "experiment_id" => Some(self.id.0 as f64),
            "creation_time" => Some(self.created_ms as f64),
            "last_update_time" => Some(self.updated_ms as f64),
            _ => None,
        }
    }
    fn metric(&self, _: &str) -> Option<f64> {
        None
    }
    fn param(&self, _: &str) -> Option<&str> {
        None
    }
    fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(String::as_str)
    }
    fn datasets(&self, _: &str) -> Vec<&str> {
        Vec::new()
    }
}

impl Searched for Run {
    fn text(&self, attribute: &str) -> Option<String> {
        let info = &self.info;
        match attribute {
            "run_id" => Some(info.id.to_string()),
            "run_name" => Some(info.name.clone()),
            "status" => Some(info.status.as_str().to_owned()),
            "artifact_uri" => Some(info.artifact_uri.clone()),
            "user_id" => Some(info.user_id.clone()),
            "experiment_id" => Some(info.experiment.to_string()),
            _ => None,
        }
    }
    fn number(&self, attribute: &str) -> Option<f64> {
        match attribute {
            "start_time" => Some(self.info.start_ms as f64),
            "end_time" => self.info.end_ms.map(|end| end as f64),
            _ => None,
        }
    }
    fn metric(&self, key: &str) -> Option<f64> {
        let found = self.metrics.iter().find(|metric| metric.key == key);
        found.map(|metric| metric.value)
    }
    fn param(&self, key: &str) -> Option<&str> {
        self.params.get(key).map(String::as_str)
    }
    fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(String::as_str)
    }
    fn datasets(&self, part: &str) -> Vec<&str> {
        self.datasets
            .iter()
            .filter_map(|dataset| match part {
                "name" => Some(dataset.name.as_str()),
                "digest" => Some(dataset.digest.as_str()),
                _ => dataset.tags.get(DATASET_CONTEXT_TAG).map(String::as_str),
            })
            .collect()
    }
}

impl Searched for LoggedModel {
    fn text(&self, attribute: &str) -> Option<String> {
        match attribute {
            "name" => Some(self.name.clone()),
            "model_id" => Some(self.id.to_string()),
            "model_type" => self.model_type.clone(),
            "status" => Some(self.status.search_word().to_owned()),
            "source_run_id" => self.source_run.as_ref().map(RunId::to_string),
            _ => None,
        }
    }
    fn number(&self, attribute: &str) -> Option<f64> {
        match attribute {
            "creation_timestamp" => Some(self.created_ms as f64),
            "last_updated_timestamp" => Some(self.updated_ms as f64),
            _ => None,
        }
    }
    fn metric(&self, key: &str) -> Option<f64> {
        let found = self.metrics.iter().find(|(_, metric)| metric.key == key);
        found.map(|(_, metric)| metric.value)
    }
    fn param(&self, key: &str) -> Option<&str> {
        self.params.get(key).map(String::as_str)
    }
    fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(String::as_str)
    }
    fn datasets(&self, _: &str) -> Vec<&str> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_sql() {
        for (text, pattern, ignores_case, expected) in [
            ("model", "mo%", false, true),
            ("model", "%del", false, true),
            ("model", "m_del", false, true),
            ("model", "M%", false, false),
            ("Model", "mODEL", true, true),
            ("a%b", "a%b", false, true),
            ("", "%", false, true),
            ("", "_", false, false),
            ("abcabd", "%abd", false, true),
            ("x", "", false, false),
        ] {
            assert_eq!(
                is_like(text, pattern, ignores_case),
                expected,
                "{text} {pattern}"
            );
        }
    }
}
