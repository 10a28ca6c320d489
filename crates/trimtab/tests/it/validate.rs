//! `trimtab validate` on files: known outcomes of the flights, candidates with planted faults,
//! and files that are no models.

#![expect(clippy::panic, reason = "a test may fail loudly")]

use crate::program::{Said, run, shared_data};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn json(said: &Said) -> Value {
    serde_json::from_str(&said.out)
        .unwrap_or_else(|err| panic!("{err}: {}\n{}", said.out, said.err))
}

#[track_caller]
fn check<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let checks = answer["checks"].as_array().unwrap();
    checks
        .iter()
        .find(|check| check["name"] == name)
        .unwrap_or_else(|| panic!("no check `{name}` in {answer}"))
}

/// Names of the required checks that stop the candidate.
fn stopped_by(answer: &Value) -> Vec<&str> {
    let checks = answer["checks"].as_array().unwrap();
    checks
        .iter()
        .filter(|check| check["required"] == true && check["outcome"] == "fail")
        .map(|check| check["name"].as_str().unwrap())
        .collect()
}

struct Flights {
    data: PathBuf,
    folder: tempfile::TempDir,
}

impl Flights {
    fn new() -> Option<Self> {
        Some(Self {
            data: shared_data("flights")?,
            folder: tempfile::tempdir().unwrap(),
        })
    }

    fn file(&self, name: &str) -> String {
        self.data.join(name).to_str().unwrap().to_owned()
    }

    /// Lets a candidate meet the champion on the flights from one day to another.
    fn meet(&self, (champion, candidate): (&str, &str), (from, until): (&str, &str)) -> Said {
        let model = |name: &str| {
            if name.contains('/') {
                name.to_owned()
            } else {
                self.file(&format!("flights_model_{name}.onnx"))
            }
        };
        run(
            self.folder.path(),
            &[
                "validate",
                "--champion-onnx",
                &model(champion),
                "--candidate-onnx",
                &model(candidate),
                &self.file("flights_production.parquet"),
                "--labels",
                &self.file("flights_production_labels.parquet"),
                "--id",
                "prediction_id",
                "--label",
                "label",
                "--timestamp",
                "timestamp",
                "--label-timestamp",
                "label_timestamp",
                "--segment",
                "origin",
                "--from",
                from,
                "--until",
                until,
                "--output",
                "json",
                "--report",
                "gate.html",
            ],
        )
    }
}

const SEPTEMBER: (&str, &str) = ("2013-09-01T00:00:00Z", "2013-10-01T00:00:00Z");

#[test]
fn the_second_flights_model_passes_in_september() {
    let Some(flights) = Flights::new() else {
        return;
    };
    let said = flights.meet(("v1", "v2"), SEPTEMBER);
    let answer = json(&said);
    assert_eq!(answer["verdict"], "passed", "{answer}");
    assert_eq!(said.code, Some(0));
    let auc = check(&answer, "roc_auc");
    assert_eq!(auc["state"], "better");
    // As the data's own table says: 0.638 and 0.731.
    let near = |value: &Value, expected: f64| (value.as_f64().unwrap() - expected).abs() < 2e-3;
    assert!(near(&auc["champion"], 0.638), "{auc}");
    assert!(near(&auc["candidate"], 0.731), "{auc}");
    assert!(auc["low"].as_f64().unwrap() > 0.0);
    assert_eq!(check(&answer, "brier")["state"], "better");
    assert_eq!(check(&answer, "calibration")["state"], "equal");
    assert_eq!(check(&answer, "unseen_rows")["outcome"], "pass");
    assert_eq!(check(&answer, "leakage_label_time")["outcome"], "pass");
    let page = std::fs::read_to_string(flights.folder.path().join("gate.html")).unwrap();
    assert!(page.contains("worst segment") && !page.contains("<script src"));
}

#[test]
fn the_first_flights_model_is_stopped_beside_the_second() {
    let Some(flights) = Flights::new() else {
        return;
    };
    let said = flights.meet(("v2", "v1"), SEPTEMBER);
    let answer = json(&said);
    assert_eq!(said.code, Some(1));
    assert_eq!(answer["verdict"], "failed", "{answer}");
    let stopped = stopped_by(&answer);
    for name in ["roc_auc", "brier", "worst_segment"] {
        assert!(stopped.contains(&name), "{stopped:?}");
    }
    assert_eq!(check(&answer, "roc_auc")["state"], "worse");
}

#[test]
fn rows_that_the_candidate_was_trained_on_do_not_count() {
    let Some(flights) = Flights::new() else {
        return;
    };
    let august = ("2013-08-01T00:00:00Z", "2013-09-01T00:00:00Z");
    let said = flights.meet(("v1", "v2"), august);
    let answer = json(&said);
    assert_eq!(said.code, Some(1));
    assert_eq!(stopped_by(&answer), ["unseen_rows"], "{answer}");
}

#[test]
fn the_same_model_is_equal_to_itself() {
    let Some(flights) = Flights::new() else {
        return;
    };
    let said = flights.meet(("v2", "v2"), SEPTEMBER);
    let answer = json(&said);
    assert_eq!(answer["verdict"], "passed", "{answer}");
    for name in ["roc_auc", "brier", "calibration"] {
        assert_eq!(check(&answer, name)["state"], "equal", "{name}");
    }
}

/// The small models that the tests of explanations use: six numbers in, two classes out.
fn small_model(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle/explain");
    let file = path.join(format!("{name}.onnx")).canonicalize().unwrap();
    file.to_str().unwrap().to_owned()
}

const WIDTH: u32 = 6;

fn number(n: u32) -> f64 {
    let mixed = n.wrapping_mul(2_654_435_761) ^ (n.wrapping_mul(40_503) << 7);
    f64::from(mixed.wrapping_mul(2_246_822_519) >> 8) / f64::from(1_u32 << 24)
}

/// Rows of 20 days; `leaks` writes the label into the first column.
fn write_rows(folder: &Path, name: &str, leaks: bool) {
    let names: Vec<String> = (0..WIDTH).map(|i| format!("x{i}")).collect();
    let mut text = format!("at,label,{}\n", names.join(","));
    for n in 0_u32..2_000 {
        let label = number(n) < 0.4;
        let values: Vec<String> = (0..WIDTH)
            .map(|i| {
                let value = 4.0 * number(10_000 * (i + 1) + n) - 2.0;
                let leaked = if label { 5.0 } else { -5.0 };
                if leaks && i == 0 { leaked } else { value }.to_string()
            })
            .collect();
        writeln!(
            text,
            "2026-01-{:02}T10:00:00Z,{},{}",
            1 + n / 100,
            u8::from(label),
            values.join(",")
        )
        .unwrap();
    }
    std::fs::write(folder.join(name), text).unwrap();
    let columns = serde_json::to_string(&names).unwrap();
    let encoding = format!(r#"{{"numeric": {columns}, "one_hot": []}}"#);
    std::fs::write(folder.join("encoding.json"), encoding).unwrap();
}

fn small(folder: &Path, candidate: &str, rest: &[&str]) -> Said {
    let mut arguments = vec![
        "validate",
        "--candidate-onnx",
        candidate,
        "--candidate-encoding",
        "encoding.json",
        "rows.csv",
        "--label",
        "label",
    ];
    arguments.extend(rest);
    run(folder, &arguments)
}

#[test]
fn a_column_that_gives_the_label_away_is_found_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_rows(folder, "training.csv", true);
    write_rows(folder, "rows.csv", false);
    let model = small_model("logistic");
    let rest = [
        "--timestamp",
        "at",
        "--training",
        "training.csv",
        "--output",
        "json",
    ];
    let answer = json(&small(folder, &model, &rest));
    let leak = check(&answer, "leakage_single_column");
    assert_eq!(leak["outcome"], "fail", "{answer}");
    let reason = leak["reason"].as_str().unwrap();
    assert!(
        reason.contains("`x0`") && reason.contains("training"),
        "{reason}"
    );
    assert_eq!(check(&answer, "snapshot_drift")["outcome"], "pass");
    let answer = json(&small(
        folder,
        &model,
        &["--timestamp", "at", "--output", "json"],
    ));
    assert_eq!(check(&answer, "leakage_single_column")["outcome"], "pass");
    assert_eq!(answer["champion"], Value::Null);
}

#[test]
fn a_policy_file_holds_on_files_too() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_rows(folder, "rows.csv", false);
    let policy =
        "kind: validation_policy\nmodel: files\nname: tiny\nrules:\n  size: {max_mb: 0.0001}\n";
    std::fs::write(folder.join("gate.yaml"), policy).unwrap();
    let model = small_model("hgb_binary");
    let rest = [
        "--timestamp",
        "at",
        "--policy",
        "gate.yaml",
        "--output",
        "json",
    ];
    let answer = json(&small(folder, &model, &rest));
    assert_eq!(answer["policy"], "tiny");
    assert!(stopped_by(&answer).contains(&"size"), "{answer}");
    let wrong = "kind: validation_policy\nmodel: files\nname: tiny\nrules:\n  size: {max_mb: 0}\n";
    std::fs::write(folder.join("wrong.yaml"), wrong).unwrap();
    small(folder, &model, &["--policy", "wrong.yaml"]).refused(&["size.max_mb"]);
}

#[test]
fn what_does_not_fit_the_rows_fails_by_its_signature() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_rows(folder, "rows.csv", false);
    let wide = r#"{"numeric": ["x0", "x1", "x2", "x3", "x4", "rain"], "one_hot": []}"#;
    std::fs::write(folder.join("encoding.json"), wide).unwrap();
    let model = small_model("logistic");
    let answer = json(&small(
        folder,
        &model,
        &["--timestamp", "at", "--output", "json"],
    ));
    assert_eq!(stopped_by(&answer), ["signature"], "{answer}");
    let reason = check(&answer, "signature")["reason"].as_str().unwrap();
    assert!(reason.contains("`rain`"), "{reason}");
}

#[test]
fn a_file_that_is_no_model_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_rows(folder, "rows.csv", false);
    std::fs::write(folder.join("model.pkl"), b"\x80\x04\x95not a model").unwrap();
    small(folder, "model.pkl", &["--report", "gate.html"]).refused(&["version model", "ONNX"]);
    std::fs::write(folder.join("empty.onnx"), b"").unwrap();
    small(folder, "empty.onnx", &[]).refused(&["empty"]);
    small(folder, "nowhere.onnx", &[]).refused(&["nowhere.onnx"]);
    assert!(!folder.join("gate.html").exists());
    run(folder, &["validate", "rows.csv", "--label", "label"]).refused(&["--candidate-onnx"]);
    let model = small_model("logistic");
    let without = run(
        folder,
        &[
            "validate",
            "--candidate-onnx",
            &model,
            "rows.csv",
            "--label",
            "label",
        ],
    );
    without.refused(&["encoding document", "--candidate-encoding"]);
}

#[cfg(unix)]
#[test]
fn a_program_scores_what_is_no_onnx_file_and_its_failures_are_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_rows(folder, "rows.csv", false);
    let script = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let validate = |command: &str| {
        run(
            folder,
            &[
                "validate",
                "--candidate-command",
                command,
                "--command-columns",
                "x0,x1",
                "rows.csv",
                "--label",
                "label",
                "--timestamp",
                "at",
                "--output",
                "json",
            ],
        )
    };
    let loud = script(
        "loud.sh",
        "#!/bin/sh\nhead -c 20000000 /dev/zero | tr '\\0' x >&2\necho no such model >&2\nexit 3\n",
    );
    validate(&loud).refused(&["loud.sh", "no such model"]);
    let lazy = script("lazy.sh", "#!/bin/sh\nexit 0\n");
    validate(&lazy).refused(&["wrote no scores"]);
    validate("/nowhere/score").refused(&["cannot be started"]);
    // Not one score a row.
    let short = script("short.sh", "#!/bin/sh\ncp \"$1\" \"$2\"\n");
    validate(&short).refused(&["`score`"]);
}
