//! What two versions did, unit by unit: the same from the journal and from the tables.

use crate::world::{World, models, shop};
use jiff::Timestamp;
use serde_json::{Value, json};
use trimtab_domain::ab_test::AbDesign;
use trimtab_domain::documents::PerformanceMetric;
use trimtab_domain::documents::ab_test::{AbMetric, AbUnit, Better};
use trimtab_domain::intake::EventKind;
use trimtab_domain::ports::OutcomeLog;
use trimtab_domain::ports::ab_test::{AbEvidence, AbQuery};
use trimtab_domain::ports::engine::Lake;

const N_USERS: u64 = 120;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Three rows a user on two days; even users go to version 2, whose scores are surer.
fn rows() -> (Vec<Value>, Vec<Value>) {
    let (mut predictions, mut labels) = (Vec::new(), Vec::new());
    for user in 0..N_USERS {
        let is_challenger = user % 2 == 0;
        for visit in 0..3 {
            let day = 1 + visit / 2;
            let is_bought = (user / 2 + visit) % 3 == 0;
            let sure = if is_challenger { 0.9 } else { 0.6 };
            // Some are wrong.
            let says_yes = is_bought != matches!(user % 10, 3 | 4);
            let id = format!("{user}-{visit}");
            predictions.push(json!({
                "prediction_id": id, "timestamp": format!("2025-06-0{day}T10:00:{:02}Z", user % 60),
                "model_version": if is_challenger { "2" } else { "1" },
                "entity_id": format!("user {user}"),
                "basket": (user % 7) as f64, "is_new": visit == 0,
                "country": if user % 3 == 0 { "de" } else { "fr" },
                "score": if says_yes { sure } else { 1.0 - sure },
                "latency_ms": 10.0 + (user % 9) as f64,
            }));
            labels.push(json!({
                "prediction_id": id, "label": u8::from(is_bought),
                "label_timestamp": format!("2025-06-0{day}T20:00:00Z"),
            }));
        }
    }
    // One user was met on both sides.
    predictions.push(json!({
        "prediction_id": "stray", "timestamp": "2025-06-02T11:00:00Z", "model_version": "1",
        "entity_id": "user 4", "basket": 1.0, "score": 0.5, "latency_ms": 10.0, "country": "de",
    }));
    // A shadow of what version 1 did, which counts in no split.
    predictions.push(json!({
        "prediction_id": "1-0", "timestamp": "2025-06-01T10:00:01Z", "model_version": "2",
        "role": "shadow", "score": 0.7,
    }));
    (predictions, labels)
}

fn query(design: AbDesign) -> AbQuery {
    AbQuery {
        model: shop(),
        champion: "1".to_owned(),
        challenger: "2".to_owned(),
        design,
        unit: AbUnit::Entity,
        since: at("2025-06-01T00:00:00Z"),
        looks: vec![
            at("2025-06-01T12:00:00Z"),
            at("2025-06-02T00:00:00Z"),
            at("2025-06-03T00:00:00Z"),
        ],
        metrics: vec![
            AbMetric::Quality {
                metric: PerformanceMetric::Brier,
            },
            AbMetric::Column {
                column: "basket".to_owned(),
                better: Better::Higher,
            },
            AbMetric::Column {
                column: "is_new".to_owned(),
                better: Better::Lower,
            },
            AbMetric::Latency { quantile: 0.5 },
        ],
        segments: vec!["country".to_owned()],
        alpha: 0.05,
        baseline_days: None,
    }
}

const SPLIT: AbDesign = AbDesign::Split {
    challenger_share: 0.5,
};

fn check_split(shown: &[AbEvidence]) {
    let [noon, night, end] = shown else {
        panic!("three looks");
    };
    assert_eq!(noon.n_units, [60, 60]);
    assert_eq!(noon.n_rows, [120, 120]);
    assert_eq!(noon.metrics[0].n_rows, [0, 0], "no label was known by noon");
    assert_eq!(night.metrics[0].n_rows, [120, 120]);
    assert_eq!((end.n_units, end.n_crossed), ([60, 59], 1));
    assert_eq!(end.n_rows, [180, 177]);
    let brier = &end.metrics[0];
    assert_eq!((brier.n_rows, brier.n_units), ([180, 177], [60, 59]));
    // One in five of version 1's users is misjudged, eleven of version 2's 59.
    let [champion, challenger] = brier.values.map(Option::unwrap);
    let share = 11.0 / 59.0;
    assert!(
        (champion - (0.8 * 0.16 + 0.2 * 0.36)).abs() < 1e-9,
        "{champion}"
    );
    assert!(
        (challenger - (0.01 + 0.8 * share)).abs() < 1e-9,
        "{challenger}"
    );
    let estimate = brier.estimate.unwrap();
    assert!((estimate.value - (challenger - champion)).abs() < 1e-12);
    // Users are alike within: their number, not that of rows, is what the error comes from.
    let squares =
        0.2_f64.powi(2) * 0.2 * 0.8 / 59.0 + 0.8_f64.powi(2) * share * (1.0 - share) / 58.0;
    assert!((estimate.standard_error - squares.sqrt()).abs() < 1e-9);
    let new = &end.metrics[2];
    let [champion, challenger] = new.values.map(Option::unwrap);
    assert!((champion - 1.0 / 3.0).abs() < 1e-12 && (challenger - 1.0 / 3.0).abs() < 1e-12);
    let latency = &end.metrics[3];
    assert_eq!(latency.n_units, [60, 59]);
    assert!(latency.bounds.is_some());
    let names: Vec<_> = end
        .segments
        .iter()
        .map(|one| one.segment.as_str())
        .collect();
    assert!(names.contains(&"country=de") && names.contains(&"country=fr"));
    let n: u64 = end.segments.iter().map(|one| one.evidence.n_rows[0]).sum();
    assert_eq!(n, 180);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_are_the_same_from_journal_and_tables() {
    let world = World::new();
    let spec = shop();
    let (predictions, labels) = rows();
    let send = async |kind, rows: &[Value]| {
        let body = serde_json::to_string(rows).unwrap();
        let receipt = world.send(&spec, kind, &body).await;
        assert_eq!(receipt.n_rejected, 0, "{:?}", receipt.rejected);
    };
    send(EventKind::Predictions, &predictions).await;
    send(EventKind::Labels, &labels).await;
    let shown = world.engine().ab_evidence(&query(SPLIT)).await.unwrap();
    check_split(&shown);
    world
        .engine()
        .write_pending(&models(&spec, None))
        .await
        .unwrap();
    let again = world.engine().ab_evidence(&query(SPLIT)).await.unwrap();
    check_split(&again);

    let shadow = world
        .engine()
        .ab_evidence(&query(AbDesign::Shadow))
        .await
        .unwrap();
    let brier = &shadow[2].metrics[0];
    assert_eq!(brier.n_rows, [1, 1], "pairs of one prediction");

    let nothing = AbQuery {
        looks: Vec::new(),
        ..query(SPLIT)
    };
    assert_eq!(world.engine().ab_evidence(&nothing).await.unwrap(), []);
}
