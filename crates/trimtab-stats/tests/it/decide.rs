//! The decision rule, case by case.

use trimtab_stats::{
    ColumnEvidence, ColumnKind, Correction, Decision, DecisionPolicy, Effect, EffectMeasure,
    Reason, Severity, WindowLaw, decide,
};

fn column(p_value: f64, effect: f64) -> ColumnEvidence {
    let mut evidence = ColumnEvidence::empty("x", ColumnKind::Numeric);
    evidence.n_reference = 1_000;
    evidence.n_current = 1_000;
    evidence.p_value_row = Some(p_value);
    evidence.effect = Some(Effect {
        measure: EffectMeasure::WassersteinIqr,
        value: effect,
    });
    evidence.detectable_effect = Some(0.05);
    evidence
}

fn decision_of(evidence: ColumnEvidence) -> Decision {
    decide(&[evidence], &DecisionPolicy::default()).columns[0].decision
}

#[test]
fn drift_needs_both_a_sure_and_a_large_difference() {
    assert_eq!(decision_of(column(1e-9, 0.2)), Decision::Drift);
    assert_eq!(decision_of(column(1e-9, 0.1)), Decision::Drift);
    assert_eq!(decision_of(column(1e-9, 0.09)), Decision::Ok);
    assert_eq!(decision_of(column(0.2, 0.2)), Decision::Ok);
    assert_eq!(decision_of(column(0.05, 0.2)), Decision::Drift);
}

#[test]
fn too_little_data_never_vetoes_an_alarm() {
    let mut few = column(0.2, 0.2);
    few.detectable_effect = Some(0.4);
    assert_eq!(decision_of(few.clone()), Decision::NotEnoughData);
    few.p_value_row = Some(1e-6);
    assert_eq!(decision_of(few), Decision::Drift);
}

#[test]
fn the_larger_p_value_counts() {
    let mut evidence = column(1e-30, 0.5);
    evidence.p_value_window = Some(0.4);
    evidence.window_law = WindowLaw::Usable;
    let decision = decide(&[evidence], &DecisionPolicy::default());
    assert_eq!(decision.columns[0].decision, Decision::Ok);
    assert_eq!(decision.columns[0].p_value, Some(0.4));
    assert!(!decision.assumes_independent_rows);
    assert!(decide(&[column(0.5, 0.0)], &DecisionPolicy::default()).assumes_independent_rows);
}

#[test]
fn the_correction_spans_values_and_missing_shares_of_all_columns() {
    let mut columns = vec![column(0.04, 0.5); 9];
    columns[0].p_value_missing = Some(0.9);
    let mut policy = DecisionPolicy::default();
    let all = decide(&columns, &policy);
    // 0.04 * 10 / 9: nine of ten hypotheses are that small.
    let adjusted = all.columns[0].p_value_adjusted.unwrap();
    assert!((adjusted - 0.4 / 9.0).abs() < 1e-12, "{adjusted}");
    policy.correction = Correction::Bonferroni;
    let strict = decide(&columns, &policy).columns[3]
        .p_value_adjusted
        .unwrap();
    assert!((strict - 0.4).abs() < 1e-12, "{strict}");
    assert_eq!(decide(&columns, &policy).decision, Decision::Ok);
}

#[test]
fn a_missing_share_alone_can_drift() {
    let mut evidence = column(0.5, 0.01);
    evidence.p_value_missing = Some(1e-12);
    evidence.missing_effect = Some(Effect {
        measure: EffectMeasure::MissingShareChange,
        value: 0.3,
    });
    let decided = &decide(&[evidence], &DecisionPolicy::default()).columns[0];
    assert_eq!(decided.decision, Decision::Drift);
    assert!(decided.about_missing);
    assert_eq!(decided.effect_floor, Some(0.05));
    assert_eq!(decided.severity, Some(Severity::High));
}

#[test]
fn either_floor_of_a_category_suffices() {
    let mut evidence = column(1e-9, 0.02);
    evidence.effect = Some(Effect {
        measure: EffectMeasure::CramersV,
        value: 0.02,
    });
    evidence.second_effect = Some(Effect {
        measure: EffectMeasure::LargestShareChange,
        value: 0.06,
    });
    let decided = &decide(&[evidence], &DecisionPolicy::default()).columns[0];
    assert_eq!(decided.decision, Decision::Drift);
    let effect = decided.effect.unwrap();
    assert_eq!(effect.measure, EffectMeasure::LargestShareChange);
    assert_eq!(decided.effect_floor, Some(0.05));
}

#[test]
fn severity_rises_with_effect_importance_and_lost_performance() {
    let severity = |effect: f64, importance: Option<f64>, performance_lost: bool| {
        let mut evidence = [column(1e-9, effect), column(0.5, 0.0), column(0.5, 0.0)];
        evidence[0].importance = importance;
        evidence[1].importance = importance.map(|_| 0.5);
        evidence[2].importance = importance.map(|_| 0.6);
        let policy = DecisionPolicy {
            performance_lost,
            ..DecisionPolicy::default()
        };
        decide(&evidence, &policy).columns[0].severity.unwrap()
    };
    assert_eq!(severity(0.15, None, false), Severity::Low);
    assert_eq!(severity(0.25, None, false), Severity::Medium);
    assert_eq!(severity(0.35, None, false), Severity::High);
    assert_eq!(severity(0.35, None, true), Severity::Critical);
    assert_eq!(severity(0.25, None, true), Severity::Medium);
    assert_eq!(severity(0.35, Some(0.9), false), Severity::High);
    assert_eq!(severity(0.35, Some(0.1), true), Severity::Medium);
}

#[test]
fn one_failed_column_does_not_spoil_the_others() {
    let failed = ColumnEvidence::failed("bad", ColumnKind::Numeric, "no such luck".to_owned());
    let both = decide(
        &[failed.clone(), column(0.5, 0.0)],
        &DecisionPolicy::default(),
    );
    assert_eq!(both.decision, Decision::Ok);
    assert_eq!(both.columns[0].decision, Decision::Failed);
    assert_eq!(
        both.columns[0].reason,
        Reason::Failed("no such luck".to_owned())
    );
    let alone = decide(&[failed], &DecisionPolicy::default());
    assert_eq!(alone.decision, Decision::Failed);
    assert!(!alone.assumes_independent_rows);
    let nothing = decide(&[], &DecisionPolicy::default());
    assert_eq!(nothing.decision, Decision::NotEnoughData);
}

#[test]
fn a_column_without_values_has_not_enough_data() {
    let empty = ColumnEvidence::empty("x", ColumnKind::Numeric);
    let decided = decide(&[empty], &DecisionPolicy::default());
    assert_eq!(decided.decision, Decision::NotEnoughData);
    assert_eq!(decided.columns[0].reason, Reason::NoReference);
}

#[test]
fn few_effective_windows_do_not_clear_a_difference_that_matters() {
    let decided = |effect: f64, n_effective: f64| {
        let mut seen = column(1e-9, effect);
        seen.p_value_window = Some(0.2);
        seen.n_windows_effective = Some(n_effective);
        decide(&[seen], &DecisionPolicy::default())
    };
    let few = decided(0.3, 2.1);
    assert_eq!(few.decision, Decision::NotEnoughData);
    assert_eq!(
        few.columns[0].reason,
        Reason::TooFewWindows { n_effective: 2.1 }
    );
    assert_eq!(decided(0.3, 8.0).decision, Decision::Ok);
    assert_eq!(decided(0.01, 2.1).decision, Decision::Ok, "below the floor");
}

#[test]
fn a_reason_says_why_the_plain_test_was_not_followed() {
    let reason = |evidence: &[ColumnEvidence]| {
        decide(evidence, &DecisionPolicy::default()).columns[0]
            .reason
            .clone()
    };
    assert_eq!(reason(&[column(1e-9, 0.01)]), Reason::TooSmall);
    assert_eq!(reason(&[column(0.4, 0.3)]), Reason::NoDifference);
    let mut seen_before = column(1e-9, 0.3);
    seen_before.p_value_window = Some(0.2);
    let within = Reason::WithinWindows {
        p_value_row: 1e-9,
        p_value_window: 0.2,
    };
    assert_eq!(reason(&[seen_before]), within);
    let many: Vec<ColumnEvidence> = std::iter::once(column(0.03, 0.3))
        .chain((0..9).map(|_| column(0.6, 0.0)))
        .collect();
    assert!(matches!(reason(&many), Reason::AmongMany { .. }));
}
