//! The decision of `trimtab check`.

use trimtab_app::check::{Weights, exit_code, report};
use trimtab_domain::Window;
use trimtab_domain::check::{CheckEvidence, CheckWindowEvidence};
use trimtab_domain::result::Decision;
use trimtab_stats::{ColumnEvidence, ColumnKind, DecisionPolicy, Random, compare_numeric_samples};

fn column(name: &str, shift: f64, seed: u64) -> ColumnEvidence {
    let mut random = Random::from_seed(seed);
    let mut reference: Vec<f64> = (0..2_000).map(|_| random.normal()).collect();
    let mut current: Vec<f64> = (0..1_000).map(|_| random.normal() + shift).collect();
    compare_numeric_samples(name, &mut reference, &mut current, 0, 0, None)
}

fn evidence(windows: Vec<CheckWindowEvidence>) -> CheckEvidence {
    CheckEvidence {
        n_reference: 2_000,
        n_current: 500,
        windows,
        added: vec!["new".to_owned()],
        removed: Vec::new(),
        skipped: Vec::new(),
        sketches: Vec::new(),
        segments: Vec::new(),
        peer_columns: Vec::new(),
        texts: Vec::new(),
        multivariate: None,
        performance: None,
    }
}

fn whole(columns: Vec<ColumnEvidence>) -> CheckWindowEvidence {
    CheckWindowEvidence {
        window: None,
        n_rows: 500,
        columns,
    }
}

#[test]
fn one_drifted_column_is_a_drift_and_is_named() {
    let columns = vec![column("a", 0.0, 1), column("b", 1.0, 2)];
    let report = report(
        evidence(vec![whole(columns)]),
        &DecisionPolicy::default(),
        &Weights::new(),
    );
    assert_eq!(report.decision, Decision::Drift);
    assert_eq!(exit_code(report.decision), 1);
    assert!(report.assumes_independent_rows);
    assert!(
        report.reason.starts_with("1 of 2 columns drifted: b."),
        "{}",
        report.reason
    );
    assert_eq!(report.correction.method, "benjamini_hochberg");
    assert_eq!(report.added, ["new"]);
    assert!(report.windows.is_empty());
}

#[test]
fn a_failed_column_does_not_spoil_the_others() {
    let failed = ColumnEvidence::failed("c", ColumnKind::Numeric, "no numbers".to_owned());
    let columns = vec![column("a", 0.0, 1), failed.clone()];
    let quiet = report(
        evidence(vec![whole(columns)]),
        &DecisionPolicy::default(),
        &Weights::new(),
    );
    assert_eq!(quiet.decision, Decision::Failed);
    assert_eq!(exit_code(quiet.decision), 2);
    assert_eq!(quiet.columns[0].decision, Decision::Ok);
    assert!(
        quiet.reason.contains("c could not be compared"),
        "{}",
        quiet.reason
    );
    let columns = vec![column("b", 1.0, 2), failed];
    let drifted = report(
        evidence(vec![whole(columns)]),
        &DecisionPolicy::default(),
        &Weights::new(),
    );
    assert_eq!(drifted.decision, Decision::Drift);
}

#[test]
fn with_windows_the_correction_runs_over_all_of_them() {
    let start = |day: i64| jiff::Timestamp::from_second(day * 86_400).unwrap();
    let windows = (0..3)
        .map(|day| CheckWindowEvidence {
            window: Some(Window {
                start: start(day),
                end: start(day + 1),
            }),
            n_rows: 500,
            columns: vec![column("a", if day == 1 { 1.0 } else { 0.0 }, 5)],
        })
        .collect();
    let report = report(
        evidence(windows),
        &DecisionPolicy::default(),
        &Weights::new(),
    );
    let decisions: Vec<_> = report.windows.iter().map(|one| one.decision).collect();
    assert_eq!(decisions, [Decision::Ok, Decision::Drift, Decision::Ok]);
    assert_eq!(report.decision, Decision::Drift);
    assert_eq!(
        report.columns[0].decision,
        Decision::Ok,
        "columns are the newest window's"
    );
    assert!(
        report.reason.contains("in 1 of 3 windows"),
        "{}",
        report.reason
    );
}
