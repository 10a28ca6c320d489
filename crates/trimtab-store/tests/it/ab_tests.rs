//! A/B tests and their looks.

use crate::Database;
use crate::sample::{at, model};
use jiff::{SignedDuration, Timestamp};
use trimtab_domain::ab_test::{AbDesign, AbLook, AbState, AbTest, AbVerdict, look};
use trimtab_domain::ports::AbTestStore as _;
use trimtab_domain::ports::ab_test::AbEvidence;
use trimtab_domain::{AbTestId, ErrorKind};
use trimtab_store::SqlStore;

fn a_test(suffix: &str, of: &str) -> AbTest {
    let spec = serde_json::from_value(serde_json::json!({
        "model": of, "name": "brier", "primary": {"quality": {"metric": "brier"}},
        "minimum_effect": {"absolute": 0.01},
    }))
    .unwrap();
    AbTest {
        id: AbTestId::from_suffix(suffix),
        model: model(of),
        champion: "v1".to_owned(),
        challenger: "v2".to_owned(),
        spec,
        design: AbDesign::Split {
            challenger_share: 0.5,
        },
        rollout: None,
        since: first(),
        started_at: at("2026-11-28T10:00:00.000001Z"),
        started_by: "local".to_owned(),
        state: AbState::Running,
        progress: trimtab_domain::ab_test::Progress::default(),
        newest: None,
        decision: None,
        revision: 1,
    }
}

fn first() -> Timestamp {
    at("2013-09-01T00:00:00Z")
}

/// The test after a look, and the look.
fn looked_at(test: &AbTest, day: i64) -> (AbTest, AbLook) {
    let evidence = AbEvidence {
        at: first()
            .checked_add(SignedDuration::from_hours(24 * day))
            .unwrap(),
        n_units: [1_000, 1_010],
        n_rows: [4_000, 4_100],
        n_crossed: 3,
        metrics: Vec::new(),
        segments: Vec::new(),
    };
    let (found, progress) = look(test, &evidence, Some([1_100, 1_090]));
    let now = at("2026-11-28T11:00:00Z");
    (test.clone().after(&found, progress, now), found)
}

/// A test of a model, with a look.
pub(crate) async fn fill(store: &SqlStore, name: &str) {
    let new = a_test(name, name);
    store.put_ab_test(&new, &[]).await.unwrap();
    let (once, found) = looked_at(&new, 1);
    store.put_ab_test(&once, &[found]).await.unwrap();
}

pub(crate) async fn a_test_is_kept_with_its_looks(database: Database) {
    let store = database.open().await;
    let new = a_test("1", "m");
    store.put_ab_test(&new, &[]).await.unwrap();
    assert_eq!(store.ab_test(&new.id).await.unwrap(), Some(new.clone()));
    let (once, first_look) = looked_at(&new, 1);
    let (twice, second_look) = looked_at(&once, 2);
    store
        .put_ab_test(&once, std::slice::from_ref(&first_look))
        .await
        .unwrap();
    store
        .put_ab_test(&twice, std::slice::from_ref(&second_look))
        .await
        .unwrap();
    assert_eq!(store.ab_test(&new.id).await.unwrap(), Some(twice.clone()));
    let looks = store.ab_looks(&new.id).await.unwrap();
    assert_eq!(looks, [first_look, second_look]);
    assert_eq!(looks[0].verdict, AbVerdict::Undecided);

    let other = a_test("2", "m");
    store.put_ab_test(&other, &[]).await.unwrap();
    store.put_ab_test(&a_test("3", "n"), &[]).await.unwrap();
    let listed = store.ab_tests(&model("m"), 10).await.unwrap();
    assert_eq!(listed, [other.clone(), twice.clone()], "newest first");
    assert_eq!(
        store.ab_tests(&model("m"), 1).await.unwrap(),
        std::slice::from_ref(&other)
    );
    let stopped = twice.stopped("anna", "enough", at("2026-11-28T12:00:00Z"));
    store.put_ab_test(&stopped, &[]).await.unwrap();
    let running = store.running_ab_tests().await.unwrap();
    let ids: Vec<_> = running.iter().map(|test| test.id.as_str()).collect();
    assert_eq!(ids, ["abt_2", "abt_3"]);
    assert_eq!(
        store.ab_test(&AbTestId::from_suffix("9")).await.unwrap(),
        None
    );
}

pub(crate) async fn of_two_lookers_one_wins(database: Database) {
    let store = database.open().await;
    let new = a_test("1", "m");
    store.put_ab_test(&new, &[]).await.unwrap();
    let again = store.put_ab_test(&new, &[]).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    let (looked, found) = looked_at(&new, 1);
    let looks = std::slice::from_ref(&found);
    store.put_ab_test(&looked, looks).await.unwrap();
    let late = store.put_ab_test(&looked, looks).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict);
    // The same moment is never looked at twice, and a failed step leaves no trace.
    let (again, _) = looked_at(&looked, 2);
    assert!(store.put_ab_test(&again, looks).await.is_err());
    assert_eq!(store.ab_test(&new.id).await.unwrap(), Some(looked));
    assert_eq!(store.ab_looks(&new.id).await.unwrap().len(), 1);
}
