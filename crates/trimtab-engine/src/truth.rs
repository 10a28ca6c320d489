//! What a label or a prediction says, as a number.

use trimtab_domain::documents::{ModelSpec, Task};

/// The number of a label or prediction: 1 or 0 for the positive class or another, the number
/// itself in a regression. `None` where a regression's text is not a finite number.
pub(crate) fn outcome(spec: &ModelSpec, text: &str) -> Option<f64> {
    match spec.task {
        Task::BinaryClassification => {
            Some(f64::from(u8::from(is_same(text, &spec.positive_label))))
        }
        Task::Regression => text
            .trim()
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite()),
    }
}

/// Whether two spellings name one class: `1`, `1.0` and `true` do.
fn is_same(text: &str, positive: &str) -> bool {
    text == positive || number(text).is_some_and(|value| number(positive) == Some(value))
}

fn number(text: &str) -> Option<f64> {
    match text {
        "true" | "True" => Some(1.0),
        "false" | "False" => Some(0.0),
        // A word such as `inf` or `nan` is a class, not a number.
        _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => text.parse().ok(),
        _ => None,
    }
}

/// What a prediction decided: its own word, else its score against the threshold.
pub(crate) fn predicted(spec: &ModelSpec, word: Option<&str>, score: Option<f64>) -> Option<f64> {
    match (word, spec.task) {
        (Some(word), _) => outcome(spec, word),
        (None, Task::BinaryClassification) => {
            score.map(|score| f64::from(u8::from(score >= spec.decision_threshold)))
        }
        (None, Task::Regression) => score,
    }
}
