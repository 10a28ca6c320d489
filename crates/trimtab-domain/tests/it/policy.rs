//! Retraining policies over random histories: guards hold, and no cause is trained for twice.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeSet;
use trimtab_domain::documents::RetrainingPolicySpec;
use trimtab_domain::result::Severity;
use trimtab_domain::retraining::facts::{LabelRecord, PerformanceRecord, ServingRecord};
use trimtab_domain::retraining::slot::moments;
use trimtab_domain::retraining::{
    AlertRecord, AlertRecordChange, Decision, History, Outcome, PastRun, Playback, Turn, decide,
};
use trimtab_domain::{AlertId, RetrainingId, Window};

fn hour(n: i64) -> Timestamp {
    let start: Timestamp = "2013-01-01T00:00:00Z".parse().unwrap();
    start.checked_add(SignedDuration::from_hours(n)).unwrap()
}

fn policy(guards: &serde_json::Value) -> RetrainingPolicySpec {
    serde_json::from_value(serde_json::json!({
        "model": "m", "name": "usual", "job": {"orchestrator": "process", "job": "train"},
        "guards": guards
    }))
    .unwrap()
}

fn severity() -> impl Strategy<Value = Severity> {
    prop::sample::select(vec![
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ])
}

/// An alert of one of two monitors: from when to when, and how bad.
fn alerts() -> impl Strategy<Value = Vec<AlertRecord>> {
    let one = (0_i64..8_000, 1_i64..900, severity(), any::<bool>());
    prop::collection::vec(one, 0..12).prop_map(|alerts| {
        let mut records = Vec::new();
        for (number, (from, lasting, severity, is_performance)) in alerts.into_iter().enumerate() {
            let (kind, subject) = if is_performance {
                ("performance", "auc")
            } else {
                ("data_drift", "inputs")
            };
            let record = |at: i64, change| AlertRecord {
                model: "m".parse().unwrap(),
                rule: format!("rule{number}").parse().unwrap(),
                alert: AlertId::from_suffix(number),
                subject: subject.to_owned(),
                kind: kind.to_owned(),
                at: hour(at),
                since: hour(from),
                change,
                severity,
                columns: Vec::new(),
            };
            records.push(record(from + 1, AlertRecordChange::Fired));
            records.push(record(from + lasting + 1, AlertRecordChange::Resolved));
        }
        records
    })
}

/// Days of a performance monitor: whether each is a breach, and by how much.
fn performance() -> impl Strategy<Value = Vec<PerformanceRecord>> {
    prop::collection::vec((any::<bool>(), 0.0_f64..20.0), 0..360).prop_map(|days| {
        days.into_iter()
            .enumerate()
            .map(|(day, (is_breach, loss))| {
                let start = 24 * i64::try_from(day).unwrap();
                PerformanceRecord {
                    monitor: "auc".parse().unwrap(),
                    metric: "roc_auc".to_owned(),
                    at: hour(start + 48),
                    window: Window::new(hour(start), hour(start + 24)).unwrap(),
                    is_breach,
                    mean: Some(0.7),
                    over_windows: 7,
                    p_value: Some(0.001),
                    reference_mean: Some(0.75),
                    loss_percent: Some(loss),
                }
            })
            .collect()
    })
}

fn labels() -> Vec<LabelRecord> {
    (1..=365)
        .map(|day| LabelRecord {
            until: hour(24 * day),
            at: hour(24 * day + 24),
            n: 200,
        })
        .collect()
}

/// A year under a policy: every decision, and the runs that began. Each run takes some hours, and
/// every `promoted_every`th candidate serves in the end.
fn year(
    policy: &RetrainingPolicySpec,
    history: History,
    hours_each: i64,
    promoted_every: usize,
) -> (Vec<Decision>, Vec<PastRun>) {
    let zone = TimeZone::UTC;
    let mut playback = Playback::new(policy, history);
    let changes = playback.changes();
    let turns = moments(
        hour(0),
        hour(24 * 365),
        &[&policy.schedule],
        &changes,
        &zone,
        20_000,
    );
    let mut runs: Vec<PastRun> = Vec::new();
    let mut decisions = Vec::new();
    let mut previous = hour(0);
    for now in turns {
        for (number, run) in runs.iter_mut().enumerate() {
            let lasts = SignedDuration::from_hours(hours_each);
            if !run.is_over && now.duration_since(run.requested_at) >= lasts {
                run.is_over = true;
                run.is_promoted = (number + 1) % promoted_every == 0;
            }
        }
        let facts = playback.facts(now, &runs, false);
        let decision = decide(policy, &facts, Turn { previous, now }, &zone);
        if decision.outcome == Outcome::Fires {
            runs.push(PastRun {
                id: RetrainingId::from_suffix(runs.len() + 1),
                cause: decision.cause.clone().unwrap().key,
                requested_at: now,
                trained_through: now,
                has_trained: true,
                is_over: false,
                is_promoted: false,
            });
        }
        decisions.push(decision);
        previous = now;
    }
    (decisions, runs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn guards_hold_and_no_cause_is_trained_for_twice(
        alerts in alerts(),
        performance in performance(),
        cooldown in 0_i64..400,
        per_week in 1_usize..4,
        repeat in prop::option::of(20_u32..60),
        hours_each in 1_i64..300,
        promoted_every in 1_usize..4,
    ) {
        let history = History {
            data_from: Some(hour(0)),
            alerts,
            performance,
            signals: Vec::new(),
            labels: labels(),
            serving: Vec::new(),
        };
        let guards = serde_json::json!({
            "cooldown_hours": cooldown, "per_week_max": per_week, "same_cause_days": 3,
            "new_labelled_rows_min": 1_000, "repeat_after_days": repeat
        });
        let policy = policy(&guards);
        let (decisions, runs) = year(&policy, history.clone(), hours_each, promoted_every);
        let causes: BTreeSet<&str> = runs.iter().map(|run| run.cause.as_str()).collect();
        prop_assert_eq!(causes.len(), runs.len(), "{:?}", runs);
        for pair in runs.windows(2) {
            let between = pair[1].requested_at.duration_since(pair[0].requested_at);
            prop_assert!(between >= SignedDuration::from_hours(cooldown));
            prop_assert!(between >= SignedDuration::from_hours(hours_each), "one at a time");
            // 200 labelled rows a day, a thousand of them new.
            prop_assert!(between >= SignedDuration::from_hours(5 * 24));
        }
        for span in runs.windows(per_week + 1) {
            let between = span[per_week].requested_at.duration_since(span[0].requested_at);
            prop_assert!(between >= SignedDuration::from_hours(7 * 24));
        }
        for decision in &decisions {
            prop_assert_eq!(decision.triggers.len(), 4, "every trigger says something");
            prop_assert!(decision.triggers.iter().all(|one| !one.reason.is_empty()));
        }
        // Asked again, the same story.
        let (again, _) = year(&policy, history, hours_each, promoted_every);
        prop_assert_eq!(decisions, again);
    }
}

#[test]
fn a_year_replays_in_a_second() {
    let history = History {
        data_from: Some(hour(0)),
        alerts: Vec::new(),
        performance: (0..360)
            .map(|day| PerformanceRecord {
                monitor: "auc".parse().unwrap(),
                metric: "roc_auc".to_owned(),
                at: hour(24 * day + 48),
                window: Window::new(hour(24 * day), hour(24 * day + 24)).unwrap(),
                is_breach: (240..270).contains(&day),
                mean: Some(0.65),
                over_windows: 7,
                p_value: Some(1e-5),
                reference_mean: Some(0.75),
                loss_percent: Some(13.3),
            })
            .collect(),
        signals: Vec::new(),
        labels: labels(),
        serving: Vec::new(),
    };
    let policy = policy(&serde_json::json!({}));
    let (decisions, runs) = year(&policy, history, 2, 1);
    assert!(decisions.len() > 8_000);
    // The first breach is known two days after its day begins; the schedule is at 02:00.
    assert_eq!(runs.len(), 1, "{runs:#?}");
    assert_eq!(runs[0].requested_at, hour(24 * 242 + 2));
    let waited = decisions
        .iter()
        .find(|one| one.outcome == Outcome::Waiting)
        .unwrap();
    assert_eq!(waited.at, hour(24 * 242));
}

#[test]
fn an_old_version_is_trained_anew_each_time_it_is_too_old() {
    let policy: RetrainingPolicySpec = serde_json::from_value(serde_json::json!({
        "model": "m", "name": "yearly", "job": {"orchestrator": "process", "job": "train"},
        "triggers": [{"name": "old", "when": {"age": {"days": 90}}}]
    }))
    .unwrap();
    let played = |serving| {
        let history = History {
            data_from: Some(hour(0)),
            labels: labels(),
            serving,
            ..History::default()
        };
        // No candidate ever serves: the age of what serves goes on.
        let (_, runs) = year(&policy, history, 2, usize::MAX);
        let days = |run: &PastRun| run.requested_at.duration_since(hour(0)).as_hours() / 24;
        runs.iter().map(days).collect::<Vec<_>>()
    };
    assert_eq!(played(Vec::new()), [90, 180, 270, 360]);
    // Put in place by hand on day 100, trained on rows up to day 60.
    let by_hand = ServingRecord {
        at: hour(24 * 100),
        trained_through: hour(24 * 60),
    };
    assert_eq!(played(vec![by_hand]), [90, 150, 240, 330]);
}
