//! Looks and verdicts.

use super::*;
use crate::documents::ab_test::{AbGuardrail, AbMetric, AbTestSpec, Better, Effect, ShipWhen};
use crate::documents::{Document, PerformanceMetric};
use crate::ports::ab_test::{AbEvidence, MetricEvidence, SegmentEvidence};
use proptest::prelude::*;
use trimtab_stats::ab_test::Estimate;

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_380_000_000 + day * 86_400).unwrap()
}

fn spec() -> AbTestSpec {
    serde_json::from_value(serde_json::json!({
        "model": "m", "name": "brier",
        "primary": {"quality": {"metric": "brier"}},
        "minimum_effect": {"absolute": 0.01},
        "guardrails": [{"metric": {"errors": {}}, "worse_by_max": {"absolute": 0.02}}],
        "segments": ["origin"],
    }))
    .unwrap()
}

fn test_of(spec: AbTestSpec) -> AbTest {
    AbTest {
        id: AbTestId::from_suffix("1"),
        model: spec.model.clone(),
        champion: "v1".to_owned(),
        challenger: "v2".to_owned(),
        spec,
        design: AbDesign::Split {
            challenger_share: 0.5,
        },
        rollout: None,
        since: at(0),
        started_at: at(0),
        started_by: "local".to_owned(),
        state: AbState::Running,
        progress: Progress::default(),
        newest: None,
        decision: None,
        revision: 1,
    }
}

fn metric(champion: f64, difference: f64, standard_error: f64) -> MetricEvidence {
    MetricEvidence {
        n_rows: [5_000, 5_000],
        n_units: [1_000, 1_000],
        values: [Some(champion), Some(champion + difference)],
        estimate: Some(Estimate {
            value: difference,
            standard_error,
        }),
        ..MetricEvidence::default()
    }
}

fn evidence(day: i64, brier: MetricEvidence, errors: MetricEvidence) -> AbEvidence {
    AbEvidence {
        at: at(day),
        n_units: [1_000, 1_000],
        n_rows: [5_000, 5_000],
        n_crossed: 0,
        metrics: vec![brier, errors],
        segments: Vec::new(),
    }
}

fn fine() -> MetricEvidence {
    metric(0.01, 0.0, 0.002)
}

fn verdict(brier: MetricEvidence, errors: MetricEvidence) -> (AbVerdict, String) {
    let (look, _) = look(&test_of(spec()), &evidence(7, brier, errors), None);
    (look.verdict, look.reason)
}

#[test]
fn the_rule_says_what_the_intervals_allow() {
    let (better, why) = verdict(metric(0.2, -0.02, 0.003), fine());
    assert_eq!(better, AbVerdict::Ship, "{why}");
    assert!(why.contains("better") && why.contains("brier"), "{why}");
    let (worse, why) = verdict(metric(0.2, 0.02, 0.003), fine());
    assert_eq!(worse, AbVerdict::Keep, "{why}");
    let (same, why) = verdict(metric(0.2, 0.000_5, 0.002), fine());
    assert_eq!(same, AbVerdict::NoDifference, "{why}");
    let (open, why) = verdict(metric(0.2, -0.008, 0.006), fine());
    assert_eq!(open, AbVerdict::Undecided, "{why}");
}

#[test]
fn guardrails_stop_a_better_challenger() {
    let better = || metric(0.2, -0.02, 0.003);
    let (breached, why) = verdict(better(), metric(0.01, 0.08, 0.01));
    assert_eq!(breached, AbVerdict::Keep, "{why}");
    assert!(why.contains("errors"), "{why}");
    let (open, why) = verdict(better(), metric(0.01, 0.01, 0.01));
    assert_eq!(open, AbVerdict::Undecided, "{why}");
}

#[test]
fn nothing_is_said_while_the_split_is_not_as_promised() {
    let mut shown = evidence(7, metric(0.2, -0.05, 0.003), fine());
    shown.n_units = [1_000, 1_400];
    let test = test_of(spec());
    let (first, progress) = look(&test, &shown, None);
    assert_eq!(
        first.verdict,
        AbVerdict::BlockedBySampleRatio,
        "{}",
        first.reason
    );
    // What was seen once is not forgotten when the counts level out.
    let test = test.after(&first, progress, at(7));
    assert_eq!(test.state, AbState::Running);
    let (second, _) = look(&test, &evidence(8, metric(0.2, -0.05, 0.003), fine()), None);
    assert_eq!(second.verdict, AbVerdict::BlockedBySampleRatio);
    // The flag's own counts are looked at too.
    let fresh = test_of(spec());
    let balanced = evidence(7, metric(0.2, -0.05, 0.003), fine());
    let (third, _) = look(&fresh, &balanced, Some([3_000, 4_000]));
    assert_eq!(third.verdict, AbVerdict::BlockedBySampleRatio);
}

#[test]
fn a_test_ends_by_verdict_by_time_or_by_hand() {
    let test = test_of(spec());
    let (shipped, progress) = look(&test, &evidence(7, metric(0.2, -0.02, 0.003), fine()), None);
    let ended = test.clone().after(&shipped, progress, at(7));
    assert_eq!(ended.state, AbState::Decided);
    assert_eq!(ended.decision.unwrap().verdict, AbVerdict::Ship);
    let (open, progress) = look(
        &test,
        &evidence(60, metric(0.2, -0.008, 0.006), fine()),
        None,
    );
    let ended = test.clone().after(&open, progress, at(60));
    assert_eq!(ended.state, AbState::Expired);
    assert!(ended.decision.unwrap().reason.contains("60 days"));
    let ended = test.stopped("anna", "another one first", at(3));
    assert_eq!((ended.state, ended.revision), (AbState::Stopped, 2));
}

#[test]
fn a_shadow_needs_days_and_has_no_split_to_check() {
    let mut test = test_of(spec());
    test.design = AbDesign::Shadow;
    let mut brier = metric(0.2, -0.02, 0.003);
    brier.n_units = [13, 13];
    let mut errors = fine();
    errors.n_units = [20, 20];
    let (early, _) = look(&test, &evidence(13, brier.clone(), errors.clone()), None);
    assert_eq!(early.verdict, AbVerdict::Undecided);
    assert!(
        early.sample_ratio.is_none() && early.reason.contains("14 on either"),
        "{}",
        early.reason
    );
    brier.n_units = [20, 20];
    let (late, _) = look(&test, &evidence(20, brier, errors), None);
    assert_eq!(late.verdict, AbVerdict::Ship, "{}", late.reason);
}

#[test]
fn not_worse_is_enough_where_the_document_says_so() {
    let shown = || evidence(7, metric(0.2, 0.000_5, 0.002), fine());
    let mut spec = spec();
    spec.ship_when = ShipWhen::NotWorse;
    let (found, _) = look(&test_of(spec), &shown(), None);
    assert_eq!(found.verdict, AbVerdict::Ship, "{}", found.reason);
}

#[test]
fn segments_are_findings_and_share_their_errors() {
    let mut shown = evidence(7, metric(0.2, 0.000_5, 0.002), fine());
    shown.segments = (0..40)
        .map(|i| SegmentEvidence {
            segment: format!("origin=A{i}"),
            // One truly differs; the others lie as chance has them.
            evidence: metric(0.2, if i == 7 { 0.05 } else { 0.006 }, 0.004),
        })
        .collect();
    let (found, _) = look(&test_of(spec()), &shown, None);
    let differing: Vec<_> = found.segments.iter().filter(|one| one.differs).collect();
    assert_eq!(differing.len(), 1);
    assert_eq!(differing[0].segment, "origin=A7");
    assert_eq!(found.verdict, AbVerdict::NoDifference);
}

#[test]
fn relative_sizes_are_fixed_at_the_first_look_that_has_enough() {
    let mut spec = spec();
    spec.minimum_effect = Effect::Relative(0.05);
    let mut test = test_of(spec);
    for (day, champion) in [(1, 0.2), (2, 0.4)] {
        let shown = evidence(day, metric(champion, 0.0, 0.02), fine());
        let (found, progress) = look(&test, &shown, None);
        assert_eq!(found.primary.scale, Some(0.2 * 0.05));
        test = test.after(&found, progress, at(day));
    }
}

#[test]
fn documents_are_checked() {
    let wrong = |change: fn(&mut AbTestSpec), named: &str| {
        let mut spec = spec();
        change(&mut spec);
        let message = Document::AbTest(spec).validate().unwrap_err().to_string();
        assert!(message.contains(named), "{named}: {message}");
    };
    wrong(|spec| spec.alpha = 0.0, "alpha");
    wrong(|spec| spec.power = 0.01, "power");
    wrong(
        |spec| spec.minimum_effect = Effect::Absolute(0.0),
        "minimum_effect",
    );
    wrong(|spec| spec.units_min = 3, "units_min");
    wrong(
        |spec| {
            spec.primary = AbMetric::Quality {
                metric: PerformanceMetric::F1,
            };
        },
        "f1",
    );
    wrong(
        |spec| {
            spec.guardrails.push(AbGuardrail {
                metric: AbMetric::Errors {},
                worse_by_max: Effect::Absolute(0.1),
            });
        },
        "named twice",
    );
    let signal = AbMetric::Signal {
        signal: "metric.revenue".to_owned(),
        better: Better::Higher,
    };
    assert_eq!(signal.name(), "metric.revenue");
    assert_eq!(
        AbMetric::Latency { quantile: 0.999 }.name(),
        "latency_p99_9"
    );
}

/// A look of anything at all.
fn any_evidence() -> impl Strategy<Value = AbEvidence> {
    let any_metric = (-0.2..0.2_f64, 1e-6..0.1_f64, 0_u64..3_000, 0.0..1.0_f64).prop_map(
        |(difference, standard_error, n, champion)| MetricEvidence {
            n_units: [n, n],
            ..metric(champion, difference, standard_error)
        },
    );
    (
        any_metric.clone(),
        any_metric,
        0_u64..4_000,
        0_u64..4_000,
        1_i64..90,
    )
        .prop_map(|(brier, errors, a, b, day)| AbEvidence {
            n_units: [a, b],
            ..evidence(day, brier, errors)
        })
}

proptest! {
    #[test]
    fn no_history_gives_a_verdict_against_its_own_evidence(
        looks in proptest::collection::vec(any_evidence(), 1..12),
    ) {
        let mut test = test_of(spec());
        let mut was_blocked = false;
        for (day, mut shown) in (1..).zip(looks) {
            shown.at = at(day);
            let (found, progress) = look(&test, &shown, None);
            let ratio = found.sample_ratio.clone().unwrap();
            was_blocked |= !ratio.holds;
            prop_assert_eq!(was_blocked, found.verdict == AbVerdict::BlockedBySampleRatio);
            if found.verdict == AbVerdict::Ship {
                // Brier: less is better.
                prop_assert!(found.primary.high.unwrap() < 0.0);
                prop_assert!(found.guardrails.iter().all(|one| one.state == GuardrailState::Holds));
            }
            let stored = serde_json::to_string(&found).unwrap();
            prop_assert_eq!(&serde_json::from_str::<AbLook>(&stored).unwrap().verdict, &found.verdict);
            let before = test.revision;
            test = test.after(&found, progress, shown.at);
            prop_assert_eq!(test.revision, before + 1);
            let stored = serde_json::to_string(&test).unwrap();
            prop_assert_eq!(serde_json::from_str::<AbTest>(&stored).unwrap().state, test.state);
            if test.state != AbState::Running {
                break;
            }
        }
    }
}
