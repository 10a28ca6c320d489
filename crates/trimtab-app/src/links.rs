//! Addresses of the dashboard's pages: built here and nowhere else.

use std::fmt::Write;
use trimtab_domain::{IncidentId, ModelName, Window};

/// The fleet.
pub fn fleet(public_url: &str) -> String {
    format!("{public_url}/")
}

/// One incident.
pub fn incident(public_url: &str, id: &IncidentId) -> String {
    format!("{public_url}/incidents/{id}")
}

/// A model's overview.
pub fn model(public_url: &str, model: &ModelName) -> String {
    format!("{public_url}/models/{model}")
}

/// A model's drift explorer over a range, at a column and a window where given.
pub fn drift(
    public_url: &str,
    model: &ModelName,
    range: Option<Window>,
    column: Option<&str>,
    at: Option<jiff::Timestamp>,
) -> String {
    let mut query = Vec::new();
    if let Some(range) = range {
        query.push(format!("from={}", range.start));
        query.push(format!("to={}", range.end));
    }
    if let Some(column) = column {
        query.push(format!("feature={}", escape(column)));
    }
    if let Some(at) = at {
        query.push(format!("at={at}"));
    }
    with_query(format!("{public_url}/models/{model}/drift"), &query)
}

/// A model's performance page for a metric over a range.
pub fn performance(
    public_url: &str,
    model: &ModelName,
    metric: Option<&str>,
    range: Option<Window>,
) -> String {
    let mut query = Vec::new();
    if let Some(metric) = metric {
        query.push(format!("metric={}", escape(metric)));
    }
    if let Some(range) = range {
        query.push(format!("from={}", range.start));
        query.push(format!("to={}", range.end));
    }
    with_query(format!("{public_url}/models/{model}/performance"), &query)
}

fn with_query(path: String, query: &[String]) -> String {
    if query.is_empty() {
        path
    } else {
        format!("{path}?{}", query.join("&"))
    }
}

/// Percent-encodes everything but letters, digits, `-`, `.`, `_` and `~`.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            let _infallible = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_are_escaped() {
        let model = "m".parse().unwrap();
        assert_eq!(
            drift("https://t.example", &model, None, Some("a b&c=é"), None),
            "https://t.example/models/m/drift?feature=a%20b%26c%3D%C3%A9"
        );
    }
}
