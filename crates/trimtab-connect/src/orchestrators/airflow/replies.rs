//! What Airflow says, in both its generations.

use serde::Deserialize;
use serde_json::Value;
use trimtab_domain::ports::orchestrator::JobReport;

/// A DAG run; so much of it as matters here.
#[derive(Debug, Deserialize)]
pub(super) struct DagRun {
    pub(super) state: String,
    #[serde(default)]
    pub(super) note: Option<String>,
}

/// One task of a run.
#[derive(Debug, Deserialize)]
pub(super) struct TaskInstance {
    pub(super) task_id: String,
    #[serde(default)]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) try_number: u32,
    #[serde(default)]
    pub(super) end_date: Option<String>,
}

/// The report in a task's return value; `None` if that is about something else.
pub(super) fn report_of(value: &Value) -> Option<Result<JobReport, String>> {
    let mut value = match value {
        // Some versions hand over JSON as a text.
        Value::String(text) => serde_json::from_str(text).ok()?,
        other => other.clone(),
    };
    let object = value.as_object_mut()?;
    if !object.contains_key("status") && !object.contains_key("registered_version") {
        return None;
    }
    // The run itself has ended well: a task need not say so.
    object
        .entry("status")
        .or_insert_with(|| Value::from("succeeded"));
    Some(serde_json::from_value(value).map_err(|error| error.to_string()))
}

/// The lines of a log: structured in Airflow 3, a text (inside JSON, or not) in Airflow 2.
pub(super) fn log_text(body: &[u8]) -> String {
    let Ok(document) = serde_json::from_slice::<Value>(body) else {
        return with_end(String::from_utf8_lossy(body).into_owned());
    };
    match &document["content"] {
        Value::String(text) => with_end(text.clone()),
        Value::Array(entries) => entries.iter().fold(String::new(), |mut text, entry| {
            let event = entry["event"].as_str().or_else(|| entry.as_str());
            let Some(event) = event else { return text };
            if let Some(at) = entry["timestamp"].as_str() {
                text.push_str(at);
                text.push(' ');
            }
            text.push_str(event);
            text.push('\n');
            text
        }),
        _ => String::new(),
    }
}

fn with_end(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_an_object_about_the_job_is_a_report() {
        assert!(report_of(&json!(null)).is_none());
        assert!(report_of(&json!("done")).is_none());
        assert!(report_of(&json!({"rows": 7})).is_none());
        let report = report_of(&json!({"registered_version": "7"}))
            .unwrap()
            .unwrap();
        assert_eq!(report.result.registered_version, Some(7));
        let text = json!({"status": "failed", "reason": "no rows"}).to_string();
        let report = report_of(&json!(text)).unwrap().unwrap();
        assert_eq!(report.reason.as_deref(), Some("no rows"));
        assert!(
            report_of(&json!({"registered_version": "latest"}))
                .unwrap()
                .is_err()
        );
    }

    #[test]
    fn logs_are_lines_whatever_their_form() {
        assert_eq!(log_text(b"one\ntwo"), "one\ntwo\n");
        assert_eq!(log_text(br#"{"content": "one"}"#), "one\n");
        let three = br#"{"content": [{"event": "::group::x"}, {"timestamp": "T", "event": "go"}, {"level": "info"}]}"#;
        assert_eq!(log_text(three), "::group::x\nT go\n");
    }
}
