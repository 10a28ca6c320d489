//! What the demo found: the command line reads it back from stored results, as a user would.

use super::{Place, Times, messages, story};
use crate::run;
use anyhow::Result;
use serde_json::Value;

pub(crate) fn print(place: &Place, times: &Times) -> Result<()> {
    for model in ["flights", "car-loan"] {
        println!("\n$ trimtab summary {model}");
        run::succeed(place.client().args(["summary", model]))?;
    }
    story::tell(place)?;
    println!();
    last_message(place);
    println!("time: {}", took(times));

    let report = run::root().join("flights-report.html");
    let mut command = place.client();
    command.args(["report", "flights", "-o"]).arg(&report);
    run::succeed(&mut command)?;
    println!("report for people without a login: {}", report.display());
    Ok(())
}

fn took(times: &Times) -> String {
    let parts: Vec<String> = times
        .parts
        .iter()
        .map(|(name, took)| format!("{name} {:.1} s", took.as_secs_f64()))
        .collect();
    parts.join(", ")
}

fn last_message(place: &Place) {
    let all = messages(place);
    let Some(last) = all.last() else {
        println!("messages received: none");
        return;
    };
    let body = last["body"].as_str().unwrap_or_default();
    println!(
        "messages received: {}; the last one:\n{}",
        all.len(),
        readable(body)
    );
}

/// The message with its fields below each other, indented.
fn readable(body: &str) -> String {
    let pretty = serde_json::from_str::<Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| body.to_owned());
    pretty
        .lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_field_by_field() {
        assert_eq!(readable(r#"{"a":1}"#), "  {\n    \"a\": 1\n  }");
        assert_eq!(readable("not json"), "  not json");
    }
}
