//! What the shipped policy makes of evidence, one change at a time.

use super::{judge, sentence, verdict};
use crate::documents::validation_policy::{Goal, MetricRule};
use crate::documents::{Task, ValidationRules};
use crate::time::Window;
use crate::validation::{
    Check, CheckOutcome, CheckState, ColumnCoverage, ColumnShare, ColumnStrength, Contender,
    FairnessEvidence, KnownBefore, Latency, MetricEvidence, SegmentEvidence, StrengthOn,
    TrainedUntil, TrainingEvidence, TrialEvidence, Verdict,
};
use jiff::Timestamp;
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn metric(name: &str, champion: f64, difference: f64, half: f64) -> MetricEvidence {
    MetricEvidence {
        metric: name.to_owned(),
        champion: Some(champion),
        candidate: Some(champion + difference),
        difference: Some(difference),
        low: Some(difference - half),
        high: Some(difference + half),
        ..MetricEvidence::default()
    }
}

fn side(version: &str) -> Contender {
    Contender {
        version: version.to_owned(),
        form: "trees".to_owned(),
        sha256: "ab".to_owned(),
        expected_sha256: Some("AB".to_owned()),
        size_bytes: 350_000,
        columns: vec!["temp".into(), "hour".into(), "delay".into()],
        latency: Some(Latency {
            n: 300,
            p50_ms: 0.01,
            p99_ms: 0.02,
            batch_us_per_row: 1.0,
        }),
        importances: vec![ColumnShare {
            column: "delay".to_owned(),
            share: 0.5,
        }],
        ..Contender::default()
    }
}

/// A candidate that is a little better in everything, on enough rows.
fn good() -> TrialEvidence {
    TrialEvidence {
        n_rows: 20_000,
        n_positive: Some(3_000),
        n_days: Some(30),
        period: Some(Window {
            start: at("2013-09-01T00:00:00Z"),
            end: at("2013-10-01T00:00:00Z"),
        }),
        trained_until: Some(TrainedUntil {
            candidate: Some(at("2013-09-01T00:00:00Z")),
            champion: Some(at("2013-03-01T00:00:00Z")),
        }),
        confidence: 0.95,
        candidate: side("v3"),
        champion: Some(side("v1")),
        metrics: vec![
            metric("roc_auc", 0.64, 0.09, 0.02),
            metric("brier", 0.11, -0.01, 0.004),
            metric("ece", 0.07, -0.05, 0.01),
        ],
        segments: vec![SegmentEvidence {
            column: "origin".to_owned(),
            value: "JFK".to_owned(),
            n_rows: 9_000,
            metric: metric("roc_auc", 0.62, 0.08, 0.03),
        }],
        known_before: Some(KnownBefore {
            n: 0,
            n_rows: 20_000,
        }),
        strengths: vec![ColumnStrength {
            column: "delay".to_owned(),
            on: StrengthOn::Rows,
            strength: 0.68,
        }],
        training: Some(TrainingEvidence {
            n_rows: 90_000,
            columns: vec![ColumnCoverage {
                column: "temp".to_owned(),
                uncovered: 0.01,
                effect: Some(0.4),
                importance: Some(0.1),
            }],
            ..TrainingEvidence::default()
        }),
        ..TrialEvidence::default()
    }
}

fn checks_of(evidence: &TrialEvidence) -> Vec<Check> {
    judge(
        &ValidationRules::default(),
        Task::BinaryClassification,
        evidence,
    )
}

#[track_caller]
fn named<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    checks.iter().find(|check| check.name == name).unwrap()
}

/// The names of the checks that stop the candidate once it is changed.
fn stopped_by(change: impl FnOnce(&mut TrialEvidence)) -> Vec<String> {
    let mut evidence = good();
    change(&mut evidence);
    let checks = checks_of(&evidence);
    checks
        .iter()
        .filter(|check| check.required && check.outcome == CheckOutcome::Fail)
        .map(|check| check.name.clone())
        .collect()
}

#[test]
fn a_better_candidate_passes_and_the_sentence_says_in_what() {
    let checks = checks_of(&good());
    assert_eq!(verdict(&checks), Verdict::Passed);
    assert_eq!(named(&checks, "roc_auc").state, CheckState::Better);
    assert_eq!(
        sentence("v3", Some("v1"), &checks),
        "v3 passed beside v1: better in AUC, Brier score and calibration."
    );
    for check in &checks {
        assert!(!check.reason.is_empty(), "{}", check.name);
    }
}

#[test]
fn each_fault_is_stopped_by_the_check_that_looks_for_it() {
    assert_eq!(stopped_by(|_| {}), Vec::<String>::new());
    assert_eq!(
        stopped_by(|it| it.metrics[0] = metric("roc_auc", 0.7, -0.05, 0.02)),
        ["roc_auc"]
    );
    assert_eq!(
        stopped_by(|it| it.metrics[2] = metric("ece", 0.03, 0.06, 0.01)),
        ["calibration"]
    );
    assert_eq!(
        stopped_by(|it| it.segments[0].metric = metric("roc_auc", 0.7, -0.1, 0.05)),
        ["worst_segment"]
    );
    assert_eq!(
        stopped_by(|it| it.candidate.expected_sha256 = Some("cd".to_owned())),
        ["artifact_hash"]
    );
    assert_eq!(
        stopped_by(|it| it.candidate.size_bytes = 900_000_000),
        ["size"]
    );
    assert_eq!(
        stopped_by(|it| {
            it.candidate.latency = Some(Latency {
                n: 300,
                p50_ms: 2.0,
                p99_ms: 3.0,
                batch_us_per_row: 900.0,
            });
        }),
        ["latency"]
    );
    assert_eq!(
        stopped_by(|it| {
            it.trained_until = Some(TrainedUntil {
                candidate: Some(at("2013-09-15T00:00:00Z")),
                champion: None,
            });
        }),
        ["unseen_rows"]
    );
}

#[test]
fn what_training_did_wrong_is_stopped_by_its_own_check() {
    assert_eq!(
        stopped_by(|it| {
            it.training.as_mut().unwrap().columns[0].uncovered = 0.6;
        }),
        ["snapshot_drift"]
    );
    assert_eq!(
        stopped_by(|it| {
            it.training.as_mut().unwrap().columns[0].effect = Some(1.3);
        }),
        ["snapshot_drift"]
    );
    assert_eq!(
        stopped_by(|it| {
            // It hardly looks at that column.
            let column = &mut it.training.as_mut().unwrap().columns[0];
            (column.effect, column.importance) = (Some(1.3), Some(0.001));
        }),
        Vec::<String>::new()
    );
    assert_eq!(
        stopped_by(|it| {
            it.known_before = Some(KnownBefore {
                n: 500,
                n_rows: 20_000,
            });
        }),
        ["leakage_label_time"]
    );
    assert_eq!(
        stopped_by(|it| it.strengths[0].strength = 0.995),
        ["leakage_single_column"]
    );
    assert_eq!(
        stopped_by(|it| it.candidate.importances[0].share = 0.97),
        ["leakage_importance"]
    );
    assert_eq!(
        stopped_by(|it| {
            // A leak: 0.99 in training, 0.73 on rows it never saw.
            it.claimed = [("roc_auc".to_owned(), 0.99)].into();
        }),
        ["leakage_optimism"]
    );
    assert_eq!(
        stopped_by(|it| {
            it.claimed = [("roc_auc".to_owned(), 0.75)].into();
        }),
        Vec::<String>::new()
    );
    assert_eq!(
        stopped_by(|it| {
            it.fairness = vec![FairnessEvidence {
                column: "sex".to_owned(),
                champion: Some(0.05),
                candidate: Some(0.2),
                difference: Some(0.15),
                low: Some(0.1),
                high: Some(0.2),
                n_groups: 2,
                reason: None,
            }];
        }),
        ["fairness:sex"]
    );
}

#[test]
fn a_candidate_that_does_not_fit_fails_by_signature_alone() {
    let mut evidence = good();
    evidence.candidate.misfits =
        vec!["it wants column `rain`, which the events do not have".into()];
    evidence.metrics.clear();
    evidence.segments.clear();
    evidence.candidate.latency = None;
    let checks = checks_of(&evidence);
    assert_eq!(verdict(&checks), Verdict::Failed);
    assert_eq!(checks[0].name, "signature");
    assert!(named(&checks, "roc_auc").reason.contains("`signature`"));
}

#[test]
fn what_a_concentrated_champion_has_as_well_is_no_leak() {
    let stopped = stopped_by(|it| {
        it.candidate.importances[0].share = 0.95;
        it.champion.as_mut().unwrap().importances[0].share = 0.93;
    });
    assert_eq!(stopped, Vec::<String>::new());
}

#[test]
fn a_wide_interval_decides_nothing_and_a_narrow_one_says_equal() {
    let state = |half: f64| {
        let mut evidence = good();
        evidence.metrics[0] = metric("roc_auc", 0.7, 0.0, half);
        let checks = checks_of(&evidence);
        (named(&checks, "roc_auc").state, verdict(&checks))
    };
    assert_eq!(state(0.005), (CheckState::Equal, Verdict::Passed));
    assert_eq!(
        state(0.05),
        (CheckState::CouldNotDecide, Verdict::CouldNotDecide)
    );
}

#[test]
fn a_policy_may_ask_for_more_than_no_loss() {
    let rules = ValidationRules {
        metrics: vec![MetricRule {
            metric: "roc_auc".to_owned(),
            goal: Goal::Better,
            margin: None,
            relative_margin: None,
        }],
        ..ValidationRules::default()
    };
    let mut evidence = good();
    evidence.metrics[0] = metric("roc_auc", 0.7, 0.001, 0.005);
    let checks = judge(&rules, Task::BinaryClassification, &evidence);
    assert_eq!(named(&checks, "roc_auc").outcome, CheckOutcome::Fail);
    assert_eq!(named(&checks, "roc_auc").state, CheckState::Equal);
}

#[test]
fn an_advisory_check_is_shown_and_decides_nothing() {
    let rules = ValidationRules {
        advisory: vec!["size".to_owned()],
        ..ValidationRules::default()
    };
    let mut evidence = good();
    evidence.candidate.size_bytes = 900_000_000;
    let checks = judge(&rules, Task::BinaryClassification, &evidence);
    assert_eq!(named(&checks, "size").outcome, CheckOutcome::Fail);
    assert_eq!(verdict(&checks), Verdict::Passed);
}

#[test]
fn too_few_rows_or_days_decide_nothing() {
    for change in [
        |it: &mut TrialEvidence| it.n_rows = 100,
        |it: &mut TrialEvidence| it.n_positive = Some(3),
        |it: &mut TrialEvidence| it.n_days = Some(4),
        |it: &mut TrialEvidence| it.trained_until.as_mut().unwrap().candidate = None,
    ] {
        let mut evidence = good();
        change(&mut evidence);
        assert_eq!(verdict(&checks_of(&evidence)), Verdict::CouldNotDecide);
    }
}

#[test]
fn a_lower_error_is_better_of_a_regression() {
    let mut evidence = good();
    evidence.metrics = vec![metric("mae", 40.0, -5.0, 1.0)];
    evidence.segments.clear();
    let rules = ValidationRules::default();
    let checks = judge(&rules, Task::Regression, &evidence);
    assert_eq!(named(&checks, "mae").state, CheckState::Better);
    evidence.metrics = vec![metric("mae", 40.0, 5.0, 1.0)];
    let checks = judge(&rules, Task::Regression, &evidence);
    assert_eq!(named(&checks, "mae").outcome, CheckOutcome::Fail);
    // 5 % of 40 is 2.
    assert_eq!(named(&checks, "mae").limit, Some(2.0));
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let refused = |json: &str| {
        let rules: ValidationRules = serde_json::from_str(json).unwrap();
        rules.validate().unwrap_err().message().to_owned()
    };
    assert!(ValidationRules::default().validate().is_ok());
    for (json, word) in [
        (r#"{"confidence": 1.0}"#, "confidence"),
        (r#"{"rows": {"min_days": 3}}"#, "rows.min_days"),
        (r#"{"metrics": [{"metric": "luck"}]}"#, "metrics[0].metric"),
        (
            r#"{"metrics": [{"metric": "mae", "margin": -1.0}]}"#,
            "metrics[0].margin",
        ),
        (r#"{"fairness": {"max_gap": 7.0}}"#, "fairness.max_gap"),
        (r#"{"latency": {"max_p99_ms": 0.0}}"#, "latency.max_p99_ms"),
    ] {
        assert!(refused(json).contains(word), "{json}");
    }
    assert!(serde_json::from_str::<ValidationRules>(r#"{"marjin": 1}"#).is_err());
}

proptest! {
    /// Whatever a metric shows: it passes only if no loss beyond the margin is within its
    /// interval, and fails only if the interval lies on the worse side of no difference.
    #[test]
    fn a_metric_passes_and_fails_for_its_reason_only(
        difference in -0.1_f64..0.1,
        half in 0.0_f64..0.1,
        margin in 0.0_f64..0.05,
        lower_is_better in any::<bool>(),
    ) {
        let name = if lower_is_better { "brier" } else { "roc_auc" };
        let rules = ValidationRules {
            metrics: vec![MetricRule {
                metric: name.to_owned(),
                goal: Goal::NotWorse,
                margin: Some(margin),
                relative_margin: None,
            }],
            ..ValidationRules::default()
        };
        let mut evidence = good();
        evidence.segments.clear();
        evidence.metrics = vec![metric(name, 0.5, difference, half)];
        let checks = judge(&rules, Task::BinaryClassification, &evidence);
        let found = named(&checks, name);
        let sign = if lower_is_better { -1.0 } else { 1.0 };
        let (worst, best) = (sign * difference - half, sign * difference + half);
        match found.outcome {
            CheckOutcome::Pass => prop_assert!(worst >= -margin - 1e-12),
            CheckOutcome::Fail => prop_assert!(best < 1e-12 && worst < -margin + 1e-12),
            CheckOutcome::Undecided => prop_assert!(worst < -margin + 1e-12 && best >= -1e-12),
        }
    }

    /// One more fault never turns a stopped candidate into one that passes.
    #[test]
    fn a_worse_check_never_helps(outcomes in prop::collection::vec(0_u8..3, 1..12)) {
        let mut all = checks_of(&good());
        all.truncate(outcomes.len());
        for (check, outcome) in all.iter_mut().zip(&outcomes) {
            check.required = true;
            check.outcome = match outcome {
                0 => CheckOutcome::Fail,
                1 => CheckOutcome::Undecided,
                _ => CheckOutcome::Pass,
            };
        }
        let before = verdict(&all);
        for at in 0..all.len() {
            let mut worse = all.clone();
            worse[at].outcome = CheckOutcome::Fail;
            prop_assert_eq!(verdict(&worse), Verdict::Failed);
            let mut better = all.clone();
            better[at].outcome = CheckOutcome::Pass;
            prop_assert!(before != Verdict::Passed || verdict(&better) == Verdict::Passed);
        }
    }
}
