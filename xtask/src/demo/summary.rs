//! What the demo found, read back from stored results through the API.

use super::{Place, Times, messages};
use crate::{http, run};
use anyhow::{Context, Result};
use serde_json::Value;

const NINE_MONTHS: &str = "from=2013-04-01T00:00:00Z&to=2014-01-01T00:00:00Z";

pub(crate) fn print(place: &Place, times: &Times) -> Result<()> {
    println!("\n── what was found ──");
    let drift = http::get_json(
        place.port,
        &format!("/api/v1/models/flights/drift?monitor=inputs&by=decision&{NINE_MONTHS}"),
    )?;
    println!(
        "{}",
        loudest_column(&drift).unwrap_or("no input moved".to_owned())
    );
    let performance = http::get_json(
        place.port,
        &format!("/api/v1/models/flights/performance?metric=roc_auc&{NINE_MONTHS}"),
    )?;
    println!(
        "{}",
        lowest_month(&performance).context("the months of the performance")?
    );
    incidents(place)?;
    took(times);
    last_message(place);

    let report = run::root().join("flights-report.html");
    let mut command = place.client();
    command.args(["report", "flights", "-o"]).arg(&report);
    run::succeed(&mut command)?;
    println!("report for people without a login: {}", report.display());
    Ok(())
}

/// The column whose effect passed its floor by most, and its longest run of drifted days.
fn loudest_column(drift: &Value) -> Option<String> {
    let windows = drift["windows"].as_array()?;
    let mut loudest: Option<(f64, &Value)> = None;
    for column in drift["columns"].as_array()? {
        let peak = drifted_cells(column)
            .filter_map(|(_, cell)| cell["v"].as_f64())
            .fold(0.0, f64::max);
        if loudest.is_none_or(|(highest, _)| highest < peak) && peak > 0.0 {
            loudest = Some((peak, column));
        }
    }
    let (peak, column) = loudest?;
    let indices: Vec<usize> = drifted_cells(column).map(|(index, _)| index).collect();
    let (first, last) = longest_run(&indices)?;
    let day = |index: usize| date(&windows[index]["start"]);
    Some(format!(
        "inputs: `{}` moved most, {peak:.0} times what matters at its peak; it drifted on {} of {} days, without a break from {} to {}",
        column["name"].as_str()?,
        indices.len(),
        windows.len(),
        day(first),
        day(last),
    ))
}

fn drifted_cells(column: &Value) -> impl Iterator<Item = (usize, &Value)> {
    column["cells"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
        .filter(|(_, cell)| cell["decision"] == "drift")
}

/// First and last of the longest run of consecutive numbers.
fn longest_run(indices: &[usize]) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    let mut start = *indices.first()?;
    let mut previous = start;
    for &index in indices {
        if previous + 1 < index {
            start = index;
        }
        previous = index;
        if best.is_none_or(|(first, last)| last - first < index - start) {
            best = Some((start, index));
        }
    }
    best
}

/// When the AUC was lowest, and what accuracy did meanwhile.
fn lowest_month(performance: &Value) -> Option<String> {
    let months = performance["months"].as_array()?;
    let auc = |month: &Value| month["values"]["roc_auc"].as_f64();
    let accuracy = |month: &Value| month["values"]["accuracy"].as_f64();
    let lowest = months
        .iter()
        .filter(|month| auc(month).is_some())
        .min_by(|a, b| auc(a).unwrap_or(1.0).total_cmp(&auc(b).unwrap_or(1.0)))?;
    let (first, last) = (months.first()?, months.last()?);
    let others: Vec<f64> = months
        .iter()
        .filter(|month| month["start"] != lowest["start"])
        .filter_map(accuracy)
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "there are nine months")]
    let mean = others.iter().sum::<f64>() / others.len() as f64;
    Some(format!(
        "quality: AUC was lowest in {} ({:.3}; {:.3} in {}, {:.3} in {}), while accuracy was {:.3} (mean of the other months {mean:.3})",
        month_name(lowest),
        auc(lowest)?,
        auc(first)?,
        month_name(first),
        auc(last)?,
        month_name(last),
        accuracy(lowest)?,
    ))
}

fn incidents(place: &Place) -> Result<()> {
    let list = http::get_json(place.port, "/api/v1/incidents?state=all&limit=100")?;
    let items = list["items"].as_array().cloned().unwrap_or_default();
    println!("incidents: {}", items.len());
    let mut items: Vec<&Value> = items.iter().collect();
    items.sort_by_key(|item| item["opened_at"].as_str().unwrap_or_default().to_owned());
    for item in items {
        let until = if item["resolved_at"].is_null() {
            "still open".to_owned()
        } else {
            format!("until {}", date(&item["resolved_at"]))
        };
        println!(
            "  {} {until:<17} {:<9} {}: {}",
            date(&item["opened_at"]),
            text(&item["severity"]),
            text(&item["model"]),
            text(&item["title"]),
        );
    }
    Ok(())
}

fn took(times: &Times) {
    let parts: Vec<String> = times
        .parts
        .iter()
        .map(|(name, took)| format!("{name} {:.1} s", took.as_secs_f64()))
        .collect();
    println!("time: {}", parts.join(", "));
}

fn last_message(place: &Place) {
    let all = messages(place);
    let Some(last) = all.last() else {
        println!("messages received: none");
        return;
    };
    println!("messages received: {}; the last one:", all.len());
    let body: Value = serde_json::from_str(text(&last["body"])).unwrap_or(Value::Null);
    println!("  {}", serde_json::to_string(&body).unwrap_or_default());
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

fn date(value: &Value) -> String {
    text(value).chars().take(10).collect()
}

fn month_name(month: &Value) -> String {
    text(&month["start"]).chars().take(7).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn finds_the_longest_run() {
        assert_eq!(longest_run(&[]), None);
        assert_eq!(longest_run(&[4]), Some((4, 4)));
        assert_eq!(longest_run(&[1, 2, 5, 6, 7, 9]), Some((5, 7)));
    }

    #[test]
    fn names_the_loudest_column() {
        let cell = |v: f64, decision: &str| json!({"v": v, "decision": decision});
        let drift = json!({
            "windows": [{"start": "2013-04-01T00:00:00Z"}, {"start": "2013-04-02T00:00:00Z"}],
            "columns": [
                {"name": "a", "cells": [cell(9.0, "ok"), cell(1.5, "drift")]},
                {"name": "b", "cells": [cell(3.0, "drift"), cell(2.0, "drift")]},
            ],
        });
        let text = loudest_column(&drift).unwrap();
        assert!(text.contains("`b` moved most, 3 times"), "{text}");
        assert!(text.contains("from 2013-04-01 to 2013-04-02"), "{text}");
    }

    #[test]
    fn names_the_lowest_month() {
        let month = |start: &str, auc: f64, accuracy: f64| json!({"start": start, "values": {"roc_auc": auc, "accuracy": accuracy}});
        let performance = json!({"months": [
            month("2013-08-01T00:00:00Z", 0.68, 0.76),
            month("2013-09-01T00:00:00Z", 0.64, 0.85),
            month("2013-10-01T00:00:00Z", 0.67, 0.83),
        ]});
        let text = lowest_month(&performance).unwrap();
        assert!(text.contains("lowest in 2013-09 (0.640"), "{text}");
        assert!(text.contains("accuracy was 0.850"), "{text}");
    }
}
