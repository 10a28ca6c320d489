//! Analyses of files without a server: profile, evaluate, detect, outliers, and what `check` looks
//! at when it is asked.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::panic,
    reason = "small numbers of made-up rows, and a test may fail loudly"
)]

use crate::program::{Said, run};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

/// A number in `[0, 1)` that looks random and is the same everywhere.
fn noise(n: u32) -> f64 {
    let mixed = n.wrapping_mul(2_654_435_761) ^ (n.wrapping_mul(40_503) << 7);
    f64::from(mixed.wrapping_mul(2_246_822_519) >> 8) / f64::from(1_u32 << 24)
}

/// 900 scored rows over 30 days; scores follow labels, numbers move by `shift`.
fn write(folder: &Path, name: &str, shift: f64) {
    let mut text = String::from("at,id,amount,kind,region,score,label\n");
    for n in 0..900 {
        let label = u8::from(noise(n) < 0.3);
        let score =
            (0.25 + 0.4 * f64::from(label) + 0.5 * (noise(n + 10_000) - 0.5)).clamp(0.0, 1.0);
        let kind = ["a", "b", "c"][(noise(n + 20_000) * 3.0) as usize];
        let region = ["north", "south"][(n % 2) as usize];
        writeln!(
            text,
            "2026-01-{:02}T10:00:00Z,{n},{},{kind},{region},{score},{label}",
            1 + n / 30,
            noise(n + 30_000) * 10.0 + shift,
        )
        .unwrap();
    }
    std::fs::write(folder.join(name), text).unwrap();
}

fn json(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|err| panic!("{err}: {}", said.out))
}

#[track_caller]
fn found(said: Said) -> Said {
    assert_eq!(said.code, Some(1), "out: {}\nerr: {}", said.out, said.err);
    said
}

#[test]
fn a_saved_profile_takes_the_place_of_the_reference() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "a.csv", 0.0);
    write(folder, "b.csv", 5.0);
    let shown = run(folder, &["profile", "a.csv", "-o", "a.profile"]).fine();
    for word in ["900 rows", "amount", "kind"] {
        assert!(shown.out.contains(word), "`{word}` is not in {}", shown.out);
    }
    run(folder, &["check", "a.profile", "a.csv"]).fine();
    let moved = found(run(
        folder,
        &["check", "a.profile", "b.csv", "--output", "json"],
    ));
    let moved = json(&moved);
    let rows = json(&found(run(
        folder,
        &["check", "a.csv", "b.csv", "--output", "json"],
    )));
    let effect = |report: &Value| {
        let columns = report["columns"].as_array().unwrap();
        let column = columns.iter().find(|one| one["name"] == "amount").unwrap();
        column["effect"]["value"].as_f64().unwrap()
    };
    // The open outer bin keeps the sum of its values.
    assert!((effect(&moved) - effect(&rows)).abs() < 0.02 * effect(&rows));
}

#[test]
fn profiles_on_one_grid_merge_and_others_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "a.csv", 0.0);
    write(folder, "b.csv", 5.0);
    run(folder, &["profile", "a.csv", "-o", "a.profile"]).fine();
    run(folder, &["profile", "b.csv", "-o", "other.profile"]).fine();
    run(
        folder,
        &["profile", "b.csv", "--grid", "a.profile", "-o", "b.profile"],
    )
    .fine();
    let both = run(
        folder,
        &[
            "profile",
            "--merge",
            "a.profile",
            "b.profile",
            "-o",
            "both.profile",
            "--output",
            "json",
        ],
    )
    .fine();
    assert_eq!(json(&both)["n_rows"], 1_800);
    run(
        folder,
        &[
            "profile",
            "--merge",
            "a.profile",
            "other.profile",
            "-o",
            "no.profile",
        ],
    )
    .refused(&["different grids", "--grid"]);
    assert!(
        !folder.join("no.profile").exists(),
        "a refusal leaves no file"
    );
}

#[test]
fn windows_of_a_saved_profile_judge_the_windows_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "a.csv", 0.0);
    run(
        folder,
        &[
            "profile",
            "a.csv",
            "--timestamp",
            "at",
            "--window",
            "day",
            "-o",
            "a.profile",
        ],
    )
    .fine();
    let report = run(
        folder,
        &[
            "check",
            "a.profile",
            "a.csv",
            "--timestamp",
            "at",
            "--output",
            "json",
        ],
    )
    .fine();
    assert_eq!(json(&report)["windows"].as_array().unwrap().len(), 30);
    run(folder, &["profile", "a.csv", "-o", "plain.profile"]).fine();
    run(
        folder,
        &["check", "plain.profile", "a.csv", "--timestamp", "at"],
    )
    .refused(&["holds no windows", "--timestamp"]);
}

#[test]
fn a_model_is_evaluated_by_window_and_group_with_intervals() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "a.csv", 0.0);
    let args = [
        "evaluate",
        "a.csv",
        "--task",
        "binary",
        "--label",
        "label",
        "--score",
        "score",
        "--timestamp",
        "at",
        "--every",
        "week",
        "--group",
        "region",
    ];
    let report = json(&run(folder, &[&args[..], &["--output", "json"]].concat()).fine());
    let slices = report["slices"].as_array().unwrap();
    let all = &slices[0];
    assert_eq!(all["n"], 900);
    assert_eq!(all["n_blocks"], 30, "days are resampled");
    let auc = all["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .find(|metric| metric["metric"] == "roc_auc")
        .unwrap();
    let (low, value, high) = (
        auc["lower"].as_f64().unwrap(),
        auc["value"].as_f64().unwrap(),
        auc["upper"].as_f64().unwrap(),
    );
    assert!(
        0.5 < low && low < value && value < high && high < 1.0,
        "{auc}"
    );
    assert!(slices.iter().any(|slice| slice["group"] == "south"));
    let fairness = report["fairness"].as_array().unwrap();
    assert!(fairness.iter().any(|one| {
        one["measure"] == "demographic_parity_difference" && one["lower"].is_number()
    }));
    let rows = run(folder, &[&args[..], &["--output", "csv"]].concat()).fine();
    assert!(
        rows.out
            .starts_with("window_start,window_end,group_column,group,metric,")
    );
    run(
        folder,
        &[
            "evaluate", "a.csv", "--task", "binary", "--label", "kind", "--score", "score",
        ],
    )
    .refused(&["which label is positive", "--positive"]);
}

#[test]
fn performance_is_estimated_before_labels_come() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Scores are the probability of a 1; later rows are harder to tell apart.
    let rows = |from: u32, low: f64, high: f64| {
        let mut text = String::from("id,score,label\n");
        for n in from..from + 2_000 {
            let spread = low + (high - low) * noise(n);
            let score = if noise(n + 50_000) < 0.5 {
                spread
            } else {
                1.0 - spread
            };
            writeln!(text, "{n},{score},{}", u8::from(noise(n + 90_000) < score)).unwrap();
        }
        text
    };
    std::fs::write(folder.join("a.csv"), rows(0, 0.0, 0.3)).unwrap();
    std::fs::write(folder.join("b.csv"), rows(5_000, 0.0, 0.3)).unwrap();
    std::fs::write(folder.join("c.csv"), rows(9_000, 0.3, 0.5)).unwrap();
    let estimate = |file: &'static str| {
        let args = [
            "estimate", "a.csv", file, "--task", "binary", "--label", "label", "--score", "score",
            "--metric", "accuracy",
        ];
        run(folder, &[&args[..], &["--output", "json"]].concat())
    };
    let same = json(&estimate("b.csv").fine());
    let error = same["past_error"][0]["mean_absolute_error"]
        .as_f64()
        .unwrap();
    assert!(error < 0.05, "{error}");
    let harder = json(&found(estimate("c.csv")));
    let chunks = harder["chunks"].as_array().unwrap();
    assert!(chunks.iter().all(|chunk| chunk["alarm"] == true));
    assert!(
        harder["assumes"]
            .as_str()
            .unwrap()
            .contains("no concept drift")
    );
}

/// Scores are the probabilities of the classes; with less `spread` they are harder to tell apart.
/// Score columns are in another order than the classes' names.
fn colours(from: u32, spread: f64) -> String {
    let mut text = String::from("p_red,p_blue,colour\n");
    for n in from..from + 2_000 {
        let blue = 0.5 + spread * (noise(n) - 0.5);
        let colour = if noise(n + 70_000) < blue {
            "blue"
        } else {
            "red"
        };
        writeln!(text, "{},{blue},{colour}", 1.0 - blue).unwrap();
    }
    text
}

#[test]
fn a_model_of_several_classes_is_estimated_against_the_classes_of_its_reference() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("a.csv"), colours(0, 0.9)).unwrap();
    std::fs::write(folder.join("b.csv"), colours(30_000, 0.1)).unwrap();
    let args = [
        "estimate",
        "a.csv",
        "b.csv",
        "--task",
        "multiclass",
        "--label",
        "colour",
        "--score",
        "p_red,p_blue",
        "--output",
        "json",
    ];
    let asked = |more: &[&'static str]| run(folder, &[&args[..], more].concat());
    let told = json(&found(asked(&[
        "--metric",
        "accuracy,confusion_matrix",
        "--confusion",
        "true",
    ])));
    let chunks = told["chunks"].as_array().unwrap();
    assert_eq!(
        chunks.len(),
        10 * 5,
        "the accuracy and four cells, ten times"
    );
    for chunk in chunks {
        let number = |name: &str| chunk[name].as_f64().unwrap();
        assert!(
            (number("estimate") - number("realised")).abs() < 0.2,
            "{chunk}"
        );
    }
    let cells = |chunk: u64, label: &str| -> f64 {
        let is_cell = |one: &&Value| {
            one["chunk"] == chunk && one["metric"].as_str().unwrap().starts_with(label)
        };
        chunks
            .iter()
            .filter(is_cell)
            .map(|one| one["estimate"].as_f64().unwrap())
            .sum()
    };
    assert!((cells(3, "true_red") - 1.0).abs() < 1e-9);
    let told = json(&found(asked(&[])));
    assert_eq!(
        told["chunks"].as_array().unwrap().len(),
        10 * 7,
        "no cells unless asked for"
    );
    let green = colours(30_000, 0.1).replacen(",red\n", ",green\n", 1);
    std::fs::write(folder.join("b.csv"), green).unwrap();
    let said = asked(&[]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.contains("the reference has no class `green`"),
        "{}",
        said.err
    );
}

#[test]
fn rows_of_a_series_are_judged_by_rows_before_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let series = |n_rows: u32| {
        let mut text = String::from("at,value\n");
        for n in 0..n_rows {
            let spike = if n == 900 { 40.0 } else { 0.0 };
            let minute = n * 5;
            writeln!(
                text,
                "2026-01-{:02}T{:02}:{:02}:00Z,{}",
                1 + minute / 1440,
                minute / 60 % 24,
                minute % 60,
                noise(n) + noise(n + 7_000) + noise(n + 9_000) + spike
            )
            .unwrap();
        }
        text
    };
    std::fs::write(folder.join("long.csv"), series(1_200)).unwrap();
    std::fs::write(folder.join("short.csv"), series(950)).unwrap();
    let rows = |file: &str| -> Vec<Value> {
        let args = [
            "detect",
            file,
            "--timestamp",
            "at",
            "--value",
            "value",
            "--output",
            "ndjson",
        ];
        let said = found(run(folder, &args));
        said.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let (long, short) = (rows("long.csv"), rows("short.csv"));
    assert_eq!(long[900]["alarm"], true, "{}", long[900]);
    assert_eq!(long.iter().filter(|row| row["alarm"] == true).count(), 1);
    assert_eq!(long[..950], short[..], "later rows change nothing");
}

#[test]
fn streams_and_change_points_say_where() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut text = String::from("wrong,value\n");
    for n in 0..2_000 {
        let (rate, level) = if n < 1_000 { (0.1, 0.0) } else { (0.5, 3.0) };
        writeln!(
            text,
            "{},{}",
            u8::from(noise(n) < rate),
            noise(n + 5_000) + level
        )
        .unwrap();
    }
    std::fs::write(folder.join("log.csv"), text).unwrap();
    let args = [
        "detect",
        "log.csv",
        "--stream",
        "ddm,adwin",
        "--error",
        "wrong",
        "--output",
        "json",
    ];
    let report = json(&found(run(folder, &args)));
    for name in ["ddm", "adwin"] {
        let drifts: Vec<u64> = report["events"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|event| event["detector"] == name && event["state"] == "drift")
            .map(|event| event["row"].as_u64().unwrap())
            .collect();
        assert!(
            drifts.iter().any(|row| (1_000..1_200).contains(row)),
            "{name} at {drifts:?}"
        );
    }
    let args = [
        "detect",
        "log.csv",
        "--value",
        "value",
        "--changepoints",
        "--output",
        "json",
    ];
    let report = json(&found(run(folder, &args)));
    assert_eq!(report["change_points"].as_array().unwrap().len(), 1);
    assert_eq!(report["change_points"][0]["row"], 1_000);
    run(
        folder,
        &[
            "detect", "log.csv", "--stream", "nonsense", "--error", "wrong",
        ],
    )
    .refused(&["--stream", "page_hinkley"]);
}

#[test]
fn rows_that_stand_out_name_the_columns_that_made_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "a.csv", 0.0);
    let mut text = std::fs::read_to_string(folder.join("a.csv")).unwrap();
    for n in 0..30 {
        writeln!(text, "2026-02-01T00:00:00Z,odd{n},900,a,north,0.4,0").unwrap();
    }
    std::fs::write(folder.join("b.csv"), text).unwrap();
    let args = [
        "outliers",
        "a.csv",
        "b.csv",
        "--id",
        "id",
        "--method",
        "mahalanobis",
        "--output",
        "json",
    ];
    let report = json(&found(run(folder, &args)));
    let odd: Vec<&Value> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["id"].as_str().is_some_and(|id| id.starts_with("odd")))
        .collect();
    assert_eq!(odd.len(), 30);
    assert!(odd.iter().all(|row| row["is_outlier"] == true));
    assert!(odd.iter().all(|row| row["columns"][0]["name"] == "amount"));
    assert_eq!(report["columns"][0]["name"], "amount");
}

#[test]
fn check_looks_at_what_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "a.csv", 0.0);
    write(folder, "b.csv", 5.0);
    std::fs::write(
        folder.join("w.csv"),
        "column,importance\namount,3\nkind,1\n",
    )
    .unwrap();
    let args = [
        "check",
        "a.csv",
        "b.csv",
        "--segment",
        "region",
        "--label",
        "label",
        "--score",
        "score",
        "--multivariate",
        "--weights",
        "w.csv",
        "--method",
        "ks,welch_t,psi",
        "--output",
        "json",
    ];
    let report = json(&found(run(folder, &args)));
    let segments = report["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 2);
    assert!(
        segments
            .iter()
            .all(|segment| segment["drifted"][0] == "amount")
    );
    assert_eq!(report["multivariate"]["columns"][0]["name"], "amount");
    assert!(report["multivariate"]["auc"].as_f64().unwrap() > 0.7);
    assert_eq!(report["performance"]["metric"], "roc_auc");
    assert_eq!(report["performance"]["is_lost"], false);
    assert_eq!(report["drifted_importance"], 0.75);
    let amount = &report["columns"]
        .as_array()
        .unwrap()
        .iter()
        .find(|column| column["name"] == "amount")
        .unwrap();
    let methods: Vec<&str> = amount["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["method"].as_str().unwrap())
        .collect();
    assert_eq!(methods, ["ks", "welch_t", "psi"]);
    assert!(amount["detectable_effect"].is_number());
    assert!(amount["results"][0]["effect_size"].is_number());
}

#[test]
fn check_says_that_an_effect_is_below_its_floor() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "a.csv", 0.0);
    write(folder, "b.csv", 5.0);
    let floor = [
        "check",
        "a.csv",
        "b.csv",
        "--min-effect",
        "5",
        "--output",
        "json",
    ];
    let report = json(&run(folder, &floor).fine());
    let differs = report["columns"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|column| column["differs_because"].as_str())
        .unwrap();
    assert!(differs.contains("below its floor"), "{differs}");
}

#[test]
fn a_peer_decides_by_its_own_rule() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "a.csv", 0.0);
    write(folder, "b.csv", 5.0);
    for peer in [
        "evidently",
        "nannyml",
        "deepchecks",
        "whylogs",
        "scouter",
        "sagemaker",
        "textbook",
    ] {
        let said = run(
            folder,
            &[
                "check", "a.csv", "b.csv", "--compat", peer, "--output", "json",
            ],
        );
        assert!(said.code < Some(2), "{peer}: {}", said.err);
        let report = json(&said);
        assert_eq!(report["compat"], peer);
        let columns = report["columns"].as_array().unwrap();
        let amount = columns
            .iter()
            .find(|column| column["name"] == "amount")
            .unwrap();
        assert_eq!(amount["decision"], "drift", "{peer}");
    }
    run(folder, &["check", "a.csv", "b.csv", "--compat", "alibi"]).refused(&["evidently"]);
}

/// Sentences and lines of code of this repository: real texts, always there.
fn lines_of(files: &[&str], is_code: bool) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text: Vec<String> = files
        .iter()
        .map(|file| std::fs::read_to_string(root.join(file)).unwrap())
        .collect();
    let lines = text.iter().flat_map(|text| text.lines());
    lines
        .map(str::trim)
        .filter(|line| line.len() > 20 && (is_code || line.ends_with('.')))
        .map(str::to_owned)
        .collect()
}

fn write_texts(folder: &Path, name: &str, texts: &[&String]) {
    let rows = texts
        .iter()
        .map(|text| serde_json::json!({"comment": text}).to_string());
    std::fs::write(folder.join(name), rows.collect::<Vec<_>>().join("\n")).unwrap();
}

/// Lines of English: this project's own guides.
fn prose() -> Vec<String> {
    let files = [
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs/concepts/decision-rule.md",
        "docs/guides/ab-testing.md",
        "docs/guides/experiments.md",
        "docs/guides/first-model.md",
        "docs/guides/registry.md",
        "docs/guides/retraining.md",
        "docs/guides/rollout.md",
        "docs/guides/training-jobs.md",
        "docs/guides/validation.md",
    ];
    lines_of(&files, false)
}

#[test]
fn texts_are_compared_by_their_form_and_their_words() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let prose = prose();
    let code = lines_of(&["crates/trimtab-stats/src/window_null.rs"], true);
    assert!(
        prose.len() > 150 && code.len() > 150,
        "{} {}",
        prose.len(),
        code.len()
    );
    let half = |rest: u32| -> Vec<&String> {
        let numbered = (0_u32..).zip(&prose);
        numbered
            .filter(|(n, _)| u32::from(noise(*n) < 0.5) == rest)
            .map(|(_, line)| line)
            .collect()
    };
    write_texts(folder, "a.ndjson", &half(0));
    write_texts(folder, "b.ndjson", &half(1));
    let mixed: Vec<&String> = half(1).into_iter().chain(code.iter().take(80)).collect();
    write_texts(folder, "c.ndjson", &mixed);
    let check = |file: &'static str, output: &'static str| {
        run(
            folder,
            &[
                "check", "a.ndjson", file, "--text", "comment", "--output", output,
            ],
        )
    };
    let quiet = json(&check("b.ndjson", "json").fine());
    assert_eq!(quiet["texts"][0]["decision"], "ok", "{quiet}");
    assert_eq!(quiet["texts"][0]["features"].as_array().unwrap().len(), 7);
    let drift = json(&found(check("c.ndjson", "json")));
    let words = &drift["texts"][0]["words"];
    assert_eq!(words["is_drift"], true, "{words}");
    assert!(words["auc"].as_f64().unwrap() > 0.6);
    let pieces = words["pieces"].as_array().unwrap();
    assert!(
        pieces.iter().any(|piece| {
            let text = piece["text"].as_str().unwrap();
            piece["weight"].as_f64().unwrap() > 0.0 && code.iter().any(|line| line.contains(text))
        }),
        "{words}"
    );
    let drifted = drift["texts"][0]["drifted"].as_array().unwrap();
    assert!(
        drifted
            .iter()
            .any(|name| name == "comment.punctuation_share"),
        "{drifted:?}"
    );
    let told = found(check("c.ndjson", "table")).out;
    assert!(
        told.contains("Texts of comment: a model tells the sides apart"),
        "{told}"
    );
    let said = run(
        folder,
        &["check", "a.ndjson", "b.ndjson", "--text", "absent"],
    );
    assert_eq!(said.code, Some(2), "{}", said.out);
}

#[test]
fn a_working_day_like_a_weekend_is_seen_among_its_own_weekdays() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // 2026-06-01 is a Monday; weekends lie three higher.
    let rows = |from: u32, n_days: u32, moved: u32| {
        let mut text = String::from("at,amount\n");
        for day in from..from + n_days {
            let is_high = day % 7 >= 5 || day == moved;
            let level = 0.5 * noise(day + 4_000) + if is_high { 3.0 } else { 0.0 };
            let date = format!("2026-{:02}-{:02}", 6 + day / 28, 1 + day % 28);
            for n in 0..40 {
                let amount = level + 2.0 * noise(100 * day + n);
                writeln!(text, "{date}T10:00:00Z,{amount}").unwrap();
            }
        }
        text
    };
    std::fs::write(folder.join("a.csv"), rows(0, 28, 99)).unwrap();
    // In July days are two later in the week.
    std::fs::write(folder.join("b.csv"), rows(28, 5, 99)).unwrap();
    let check = |more: &[&'static str]| {
        let args = [
            "check",
            "a.csv",
            "b.csv",
            "--timestamp",
            "at",
            "--output",
            "json",
        ];
        run(folder, &[&args[..], more].concat())
    };
    let plain = json(&check(&[]));
    let weekly = json(&check(&["--weekly"]));
    let methods = |report: &Value| -> Vec<String> {
        let results = report["columns"][0]["results"].as_array().unwrap();
        results
            .iter()
            .map(|one| one["method"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(!methods(&plain).contains(&"weekly_rhythm".to_owned()));
    assert!(
        methods(&weekly).contains(&"weekly_rhythm".to_owned()),
        "{weekly}"
    );
    let p_value = |report: &Value| report["columns"][0]["p_value_window"].as_f64().unwrap();
    // The last of the days, a Sunday, is as low as a Friday was: like a working day.
    assert!(p_value(&weekly) < 0.05, "{weekly}");
    assert!(p_value(&plain) > p_value(&weekly), "{plain}");
    let said = check(&["--weekly", "--window", "hour"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("--window day"), "{}", said.err);
}
