//! The story as it is told at the end: what fired, why, what was decided, by which evidence. All
//! of it is read back from the server.

use super::{DATA, MODEL};
use crate::demo::Place;
use crate::{http, run};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Months in which the first trained version and the one before it can be compared, with the
/// first day after each.
const MONTHS: [(&str, &str, &str); 6] = [
    ("July", "2013-07-01", "2013-08-01"),
    ("August", "2013-08-01", "2013-09-01"),
    ("September", "2013-09-01", "2013-10-01"),
    ("October", "2013-10-01", "2013-11-01"),
    ("November", "2013-11-01", "2013-12-01"),
    ("December", "2013-12-01", "2014-01-01"),
];

/// Tells it.
pub(in crate::demo) fn tell(place: &Place) -> Result<()> {
    println!("\nThe story of {MODEL}:");
    let path = format!("/api/v1/models/{MODEL}/retraining");
    let runs = http::get_json(place.port, &path)?;
    // The newest is first.
    let runs: Vec<&Value> = items(&runs).rev().collect();
    for run in &runs {
        training(place, run)?;
    }
    if runs.is_empty() {
        println!("  nothing asked for a training");
    }
    if let Some(first) = runs.iter().find(|run| run["state"] == "promoted") {
        months(place, first)?;
    }
    println!("\n$ trimtab model history {MODEL}");
    run::succeed(place.client().args(["model", "history", MODEL]))?;
    println!("\n$ trimtab audit verify");
    let mut verify = run::command(crate::demo::trimtab(), &["audit", "verify"]);
    run::succeed(verify.env("TRIMTAB_DATA_DIR", &place.data_dir))
}

fn items(list: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    let all = list["items"].as_array().map_or(&[][..], Vec::as_slice);
    all.iter()
}

fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The day of an instant.
fn day(value: &Value) -> &str {
    let text = value.as_str().unwrap_or("an unknown day");
    text.get(..10).unwrap_or(text)
}

fn training(place: &Place, run: &Value) -> Result<()> {
    let who = match run["cause"]["trigger"].as_str() {
        Some(trigger) => format!("policy `{}`, trigger `{trigger}`", word(run, "policy")),
        None => format!("asked for by hand, policy `{}`", word(run, "policy")),
    };
    println!("\n  {}  {who}", day(&run["event_at"]));
    println!("    why: {}", word(&run["cause"], "text"));
    if word(run, "state") == "requested" {
        println!("    it is a suggestion: a person may take it with `trimtab retrain approve`");
        return Ok(());
    }
    let snapshot = &run["snapshot"];
    if let Some(n_rows) = snapshot["n_rows"].as_u64() {
        println!(
            "    trained on {n_rows} labelled flights from {} to {}: {}",
            day(&snapshot["period"]["start"]),
            day(&snapshot["period"]["end"]),
            run["result"]["version"].as_str().unwrap_or("no version")
        );
    }
    if let Some(id) = run["validation"].as_str() {
        let path = format!("/api/v1/models/{MODEL}/validations/{id}");
        gate(&http::get_json(place.port, &path)?);
    }
    if let Some(id) = run["rollout"].as_str() {
        let path = format!("/api/v1/models/{MODEL}/rollouts/{id}");
        rollout(&http::get_json(place.port, &path)?);
    }
    println!("    {}: {}", word(run, "state"), word(run, "end_reason"));
    Ok(())
}

/// What the gate found, by what it means.
fn gate(validation: &Value) {
    println!(
        "    gate, on {} flights that neither was trained on: {}",
        validation["n_rows"],
        word(validation, "sentence")
    );
    let checks = validation["checks"].as_array();
    for check in checks.into_iter().flatten() {
        let is_told = matches!(word(check, "state"), "better" | "equal" | "worse")
            || word(check, "outcome") != "pass";
        if is_told {
            let need = if check["required"] == true {
                ""
            } else {
                " (decides nothing)"
            };
            println!(
                "      {} {}{need}: {}",
                word(check, "state").replace('_', " "),
                word(check, "title"),
                word(check, "reason")
            );
        }
    }
}

fn rollout(detail: &Value) {
    let notes = detail["history"].as_array();
    for note in notes.into_iter().flatten() {
        println!("      {}  {}", day(&note["event_at"]), word(note, "text"));
    }
}

/// Month by month: did the version that was trained here win anything?
fn months(place: &Place, run: &Value) -> Result<()> {
    let version = word(&run["result"], "version");
    let Some(files) = downloaded(place, version)? else {
        return Ok(());
    };
    println!(
        "\n  {version} beside v1, month by month, on every labelled flight (AUC; a day is one block)"
    );
    let end = day(&run["snapshot"]["period"]["end"]).to_owned();
    for (name, from, until) in MONTHS {
        if from < end.as_str() {
            continue;
        }
        let found = compared(&files, from, until)?;
        println!("    {name:<10} {}", in_words(&found));
    }
    Ok(())
}

fn in_words(validation: &Value) -> String {
    let checks = validation["checks"].as_array();
    let found = checks
        .into_iter()
        .flatten()
        .find(|check| check["name"] == "roc_auc");
    let Some(auc) = found else {
        return word(validation, "sentence").to_owned();
    };
    let number = |name: &str| auc[name].as_f64().unwrap_or(f64::NAN);
    let (low, high) = (number("low"), number("high"));
    let says = if low > 0.0 {
        "better"
    } else if high < 0.0 {
        "worse"
    } else {
        "no significant difference"
    };
    format!(
        "{:.3} beside {:.3}: {:+.3} ({low:+.3} to {high:+.3}), {says}",
        number("candidate"),
        number("champion"),
        number("value"),
    )
}

/// Two versions on the flights of a month, by the same gate, on files.
fn compared(candidate: &Path, from: &str, until: &str) -> Result<Value> {
    let champion = format!("{DATA}/flights_model_v1.onnx");
    let labels = format!("{DATA}/flights_production_labels.parquet");
    let predictions = format!("{DATA}/flights_production.parquet");
    let mut command = run::command(crate::demo::trimtab(), &["validate", &predictions]);
    command.args(["--champion-onnx", &champion, "--candidate-onnx"]);
    command.arg(candidate);
    command.args([
        "--labels",
        &labels,
        "--id",
        "prediction_id",
        "--label",
        "label",
    ]);
    command.args([
        "--label-timestamp",
        "label_timestamp",
        "--timestamp",
        "timestamp",
    ]);
    command.args(["--from", from, "--until", until, "--output", "json"]);
    let answer = command.output().context("trimtab validate")?;
    let text = String::from_utf8_lossy(&answer.stdout);
    serde_json::from_str(&text).with_context(|| {
        let said = String::from_utf8_lossy(&answer.stderr);
        format!("trimtab validate said {said}")
    })
}

/// A version's ONNX file, with its encoding document beside it.
fn downloaded(place: &Place, version: &str) -> Result<Option<PathBuf>> {
    let number = version.trim_start_matches('v');
    let place_of = http::get_json(
        place.port,
        &format!("/api/2.0/mlflow/model-versions/get-download-uri?name={MODEL}&version={number}"),
    )?;
    let Some(folder) = word(&place_of, "artifact_uri").strip_prefix("mlflow-artifacts:/") else {
        return Ok(None);
    };
    let base = "/api/2.0/mlflow-artifacts/artifacts";
    let target = place.own_dir().join(format!("{version}.onnx"));
    let files = [
        ("model.onnx", target.clone()),
        ("encoding.json", target.with_extension("json")),
    ];
    for (name, path) in files {
        let found = http::get_bytes(place.port, &format!("{base}/{folder}/{name}"))?;
        std::fs::write(path, found)?;
    }
    Ok(Some(target))
}
