//! Validations: an end is written once.

use crate::Database;
use crate::sample::{at, model};
use trimtab_domain::ports::{ModelStore as _, ValidationStore as _};
use trimtab_domain::validation::{TrialEvidence, Validation, ValidationState, Verdict};
use trimtab_domain::{ErrorKind, ValidationId};

pub(crate) fn asked(n: u32, name: &str, candidate: &str) -> Validation {
    Validation::requested(
        ValidationId::from_suffix(n.to_string()),
        model(name),
        (candidate.to_owned(), (n > 1).then(|| "v1".to_owned())),
        "default".to_owned(),
        "local",
        at("2013-09-01T00:00:00Z"),
    )
}

fn ids(found: &[Validation]) -> Vec<String> {
    found.iter().map(|one| one.id.to_string()).collect()
}

pub(crate) async fn a_validation_ends_once(database: Database) {
    let store = database.open().await;
    let running = asked(1, "flights", "v3");
    store.put_validation(&running).await.unwrap();
    assert_eq!(
        store.validation(&running.id).await.unwrap(),
        Some(running.clone())
    );
    let evidence = TrialEvidence {
        n_rows: 7,
        ..TrialEvidence::default()
    };
    let now = at("2013-09-01T00:01:00Z");
    let ended = running.clone().finished(Vec::new(), evidence, now);
    store.put_validation(&ended).await.unwrap();
    let again = running.ended(ValidationState::Interrupted, "cut off".to_owned(), now);
    let refused = store.put_validation(&again).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    let kept = store.validation(&ended.id).await.unwrap().unwrap();
    assert_eq!(kept, ended);
    assert_eq!(kept.verdict, Some(Verdict::Passed));
    assert_eq!(
        store
            .validation(&ValidationId::from_suffix("none".to_owned()))
            .await
            .unwrap(),
        None
    );
}

pub(crate) async fn validations_are_listed_newest_first(database: Database) {
    let store = database.open().await;
    for one in [
        asked(1, "flights", "v2"),
        asked(2, "flights", "v3"),
        asked(3, "loans", "v3"),
        asked(4, "flights", "v3"),
    ] {
        store.put_validation(&one).await.unwrap();
    }
    let flights = model("flights");
    let all = store.validations(&flights, None, 10).await.unwrap();
    assert_eq!(ids(&all), ["val_4", "val_2", "val_1"]);
    let of_one = store.validations(&flights, Some("v3"), 1).await.unwrap();
    assert_eq!(ids(&of_one), ["val_4"]);
    let running = store.running_validations().await.unwrap();
    assert_eq!(ids(&running), ["val_1", "val_2", "val_3", "val_4"]);
    let ended = asked(2, "flights", "v3").ended(
        ValidationState::Failed,
        "no rows".to_owned(),
        at("2013-09-02T00:00:00Z"),
    );
    store.put_validation(&ended).await.unwrap();
    let running = store.running_validations().await.unwrap();
    assert_eq!(ids(&running), ["val_1", "val_3", "val_4"]);
    store.delete_model(&flights).await.unwrap();
    assert!(
        store
            .validations(&flights, None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}
