//! `trimtab check`: the table, the JSON, the report, the exit code.

use crate::program::{run, shared_data, trimtab};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;

/// Two columns of 600 rows over 30 days; `shift` moves the number.
fn write(folder: &Path, name: &str, shift: f64) {
    let mut text = String::from("at,amount,kind,id\n");
    for n in 0_u32..600 {
        let spread = f64::from(n.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
        let (day, kind) = (
            1 + n / 20,
            ["a", "b"][(n.wrapping_mul(40_503) >> 8) as usize % 2],
        );
        writeln!(
            text,
            "2026-01-{day:02}T10:00:00Z,{},{kind},{n}",
            spread * 10.0 + shift
        )
        .unwrap();
    }
    std::fs::write(folder.join(name), text).unwrap();
}

#[test]
fn the_exit_code_says_whether_something_drifted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "a.csv", 0.0);
    write(folder, "b.csv", 5.0);
    let same = run(folder, &["check", "a.csv", "a.csv"]).fine();
    assert!(
        same.out.starts_with("Rows are treated as independent"),
        "the first line says so: {}",
        same.out
    );
    let moved = run(folder, &["check", "a.csv", "b.csv", "--report", "r.html"]);
    assert_eq!(moved.code, Some(1), "{}{}", moved.out, moved.err);
    for word in [
        "amount",
        "numeric",
        "ks",
        "drift",
        "kind",
        "categorical",
        "Skipped",
    ] {
        assert!(moved.out.contains(word), "`{word}` is not in {}", moved.out);
    }
    let html = std::fs::read_to_string(folder.join("r.html")).unwrap();
    assert!(html.contains("<svg") && !html.contains("<script src"));

    let ignored = run(folder, &["check", "a.csv", "b.csv", "--ignore", "amount"]);
    assert_eq!(ignored.code, Some(0), "{}{}", ignored.out, ignored.err);
}

#[test]
fn the_json_follows_its_schema() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "a.csv", 0.0);
    write(folder, "b.csv", 5.0);
    let said = run(folder, &["check", "a.csv", "b.csv", "--output", "json"]);
    assert_eq!(said.code, Some(1));
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(report["schema_version"], 1);
    assert_eq!(report["decision"], "drift");
    assert_eq!(report["assumes_independent_rows"], true);
    assert_eq!(report["reference"]["n_rows"], 600);
    let amount = report["columns"]
        .as_array()
        .unwrap()
        .iter()
        .find(|column| column["name"] == "amount")
        .unwrap();
    for name in [
        "type",
        "decision",
        "severity",
        "p_value_row",
        "p_value_adjusted",
        "effect",
    ] {
        assert!(!amount[name].is_null(), "{name} is null in {amount}");
    }
    let schema =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/check-schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    for name in schema["required"].as_array().unwrap() {
        assert!(
            report.get(name.as_str().unwrap()).is_some(),
            "{name} is missing"
        );
    }
}

#[test]
fn a_time_axis_makes_it_window_aware() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "a.csv", 0.0);
    write(folder, "b.csv", 5.0);
    let arguments = [
        "check",
        "a.csv",
        "b.csv",
        "--timestamp",
        "at",
        "--window",
        "day",
        "--output",
        "json",
    ];
    let said = run(folder, &arguments);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(report["assumes_independent_rows"], false, "{}", said.err);
    assert_eq!(report["windows"].as_array().unwrap().len(), 30);
    let table = run(folder, &arguments[..7]);
    assert!(table.out.contains("2026-01-30T00:00:00Z"), "{}", table.out);
}

#[test]
fn standard_input_and_a_closed_pipe_are_quiet() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "a.csv", 0.0);
    let input = std::fs::File::open(folder.join("a.csv")).unwrap();
    let output = trimtab(folder)
        .args(["check", "a.csv", "-"])
        .stdin(input)
        .output()
        .unwrap();
    let said = crate::program::Said::from(output).fine();
    assert!(said.out.contains("600 rows"), "{}", said.out);

    let mut child = trimtab(folder)
        .args(["check", "a.csv", "a.csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let said = crate::program::Said::from(child.wait_with_output().unwrap());
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
}

#[test]
fn march_against_april_to_december() {
    let Some(flights) = shared_data("flights") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| flights.join(name).display().to_string();
    let (reference, production) = (
        path("flights_reference.parquet"),
        path("flights_production.parquet"),
    );
    let said = run(
        folder.path(),
        &[
            "check",
            &reference,
            &production,
            "--timestamp",
            "timestamp",
            "--window",
            "day",
            "--output",
            "json",
        ],
    );
    assert_eq!(said.code, Some(1), "{}", said.err);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(report["current"]["n_rows"], 175_404);
    let windows = report["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 275);
    let share_drifted = |month: &str| {
        let of_month = || {
            windows.iter().filter(|window| {
                window["window"]["start"]
                    .as_str()
                    .unwrap()
                    .starts_with(month)
            })
        };
        let drifted = of_month()
            .filter(|window| {
                window["drifted"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|name| name == "temp")
            })
            .count();
        #[expect(clippy::cast_precision_loss, reason = "days of a month")]
        let share = drifted as f64 / of_month().count() as f64;
        share
    };
    assert!(share_drifted("2013-07") > 0.9, "July is warmer than March");
    assert!(share_drifted("2013-04") < 0.5, "April is not so far");
    // Numbers that don't exist are null, and say why.
    for column in report["columns"].as_array().unwrap() {
        for result in column["results"].as_array().unwrap() {
            let is_told = !result["statistic"].is_null() || !result["reason"].is_null();
            assert!(is_told, "{}: {result}", column["name"]);
        }
    }
}
