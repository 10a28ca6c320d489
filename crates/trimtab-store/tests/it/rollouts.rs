//! Rollouts and exposures.

use crate::Database;
use crate::sample::{at, model};
use trimtab_domain::documents::RolloutPolicySpec;
use trimtab_domain::ports::rollout::{Exposure, ExposureBatch, ExposureCount, ExposureQuery};
use trimtab_domain::ports::{ExposureSink as _, RolloutStore as _};
use trimtab_domain::rollout::{
    Beginning, Mark, Phase, Rollout, RolloutEvent, RolloutNote, Said, Totals, step,
};
use trimtab_domain::{ErrorKind, RolloutId};
use trimtab_store::SqlStore;

fn said() -> Said {
    Said {
        actor: "local".to_owned(),
        reason: "autumn".to_owned(),
    }
}

fn begin(number: u32) -> (Rollout, Vec<RolloutNote>) {
    begin_for("m", number)
}

fn begin_for(name: &str, number: u32) -> (Rollout, Vec<RolloutNote>) {
    Rollout::begin(Beginning {
        id: RolloutId::from_suffix(number),
        champion: "v2".to_owned(),
        challenger: "v3".to_owned(),
        validation: "val_1".to_owned(),
        policy: RolloutPolicySpec::shipped(&model(name)).unwrap(),
        said: said(),
        now: Mark {
            at: at("2026-01-01T00:00:00Z"),
            event_at: Some(at("2013-10-01T00:00:00Z")),
        },
        totals: Totals::default(),
    })
}

/// A rollout with exposures of a model.
pub(crate) async fn fill(store: &SqlStore, name: &str, number: u32) {
    let (rollout, notes) = begin_for(name, number);
    store.put_rollout(&rollout, &notes, &[]).await.unwrap();
    let (flag, at) = (format!("route.{name}"), at("2026-01-01T10:00:00Z"));
    let batch = ExposureBatch {
        counts: vec![ExposureCount {
            flag: flag.clone(),
            rollout: rollout.id.clone(),
            step: 0,
            variant: "champion".to_owned(),
            version: "v2".to_owned(),
            hour: at,
            n_evaluations: 1,
        }],
        exposures: vec![Exposure {
            flag,
            rollout: rollout.id,
            step: 0,
            key_hash: 1,
            variant: "champion".to_owned(),
            version: "v2".to_owned(),
            first_at: at,
        }],
    };
    store.record_exposures(&batch).await.unwrap();
}

fn next(rollout: &Rollout, event: RolloutEvent) -> (Rollout, Vec<RolloutNote>) {
    let (mut after, notes) = step(rollout.clone(), event, at("2026-01-02T00:00:00Z")).unwrap();
    after.revision += 1;
    (after, notes)
}

pub(crate) async fn a_rollout_keeps_its_state_and_its_history(database: Database) {
    let store = database.open().await;
    let (first, notes) = begin(1);
    store.put_rollout(&first, &notes, &[]).await.unwrap();
    let (second, more) = next(&first, RolloutEvent::RollBack(said()));
    store.put_rollout(&second, &more, &[]).await.unwrap();
    let stored = store.rollout(&first.id).await.unwrap().unwrap();
    assert_eq!(stored, second);
    assert_eq!(
        store.rollout_notes(&first.id).await.unwrap(),
        [notes, more].concat()
    );
    assert_eq!(
        store.rollouts(&model("m"), 10).await.unwrap(),
        std::slice::from_ref(&second)
    );
    assert_eq!(
        store.active_rollouts().await.unwrap(),
        std::slice::from_ref(&second)
    );
    let settled = RolloutEvent::Settled {
        champion: "v2".to_owned(),
    };
    let (third, more) = next(&second, settled);
    assert_eq!(third.phase, Phase::RolledBack);
    store.put_rollout(&third, &more, &[]).await.unwrap();
    assert!(store.active_rollouts().await.unwrap().is_empty());
}

pub(crate) async fn a_model_has_one_active_rollout(database: Database) {
    let store = database.open().await;
    let (first, notes) = begin(1);
    store.put_rollout(&first, &notes, &[]).await.unwrap();
    let (other, notes) = begin(2);
    let refused = store.put_rollout(&other, &notes, &[]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(store.rollout(&other.id).await.unwrap().is_none());
    assert!(store.rollout_notes(&other.id).await.unwrap().is_empty());
}

pub(crate) async fn of_two_who_advance_a_rollout_one_wins(database: Database) {
    let store = database.open().await;
    let (first, notes) = begin(1);
    store.put_rollout(&first, &notes, &[]).await.unwrap();
    let (back, back_notes) = next(&first, RolloutEvent::RollBack(said()));
    let (paused, paused_notes) = next(&first, RolloutEvent::Paused(said()));
    store.put_rollout(&back, &back_notes, &[]).await.unwrap();
    let late = store
        .put_rollout(&paused, &paused_notes, &[])
        .await
        .unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict);
    assert_eq!(store.rollout(&first.id).await.unwrap(), Some(back));
    assert_eq!(store.rollout_notes(&first.id).await.unwrap().len(), 2);
}

#[expect(clippy::too_many_lines, reason = "one story of two batches")]
pub(crate) async fn exposures_are_counted_and_keys_kept_once(database: Database) {
    let store = database.open().await;
    let hour = at("2026-01-01T10:00:00Z");
    let count = |variant: &str, n_evaluations| ExposureCount {
        flag: "route.m".to_owned(),
        rollout: RolloutId::from_suffix(1),
        step: 1,
        variant: variant.to_owned(),
        version: "v3".to_owned(),
        hour,
        n_evaluations,
    };
    let seen = |key_hash, variant: &str, first_at: &str| Exposure {
        flag: "route.m".to_owned(),
        rollout: RolloutId::from_suffix(1),
        step: 1,
        key_hash,
        variant: variant.to_owned(),
        version: "v3".to_owned(),
        first_at: at(first_at),
    };
    let first = ExposureBatch {
        counts: vec![count("champion", 5), count("challenger", 1)],
        exposures: vec![
            seen(7, "champion", "2026-01-01T10:00:01Z"),
            seen(u64::MAX, "challenger", "2026-01-01T10:00:02Z"),
        ],
    };
    let second = ExposureBatch {
        counts: vec![count("challenger", 2)],
        exposures: vec![
            seen(7, "champion", "2026-01-01T10:30:00Z"),
            seen(9, "challenger", "2026-01-01T10:31:00Z"),
        ],
    };
    store.record_exposures(&first).await.unwrap();
    store.record_exposures(&second).await.unwrap();
    let query = ExposureQuery {
        flag: "route.m".to_owned(),
        rollout: None,
        step: Some(1),
        since: at("2026-01-01T00:00:00Z"),
        until: at("2026-01-02T00:00:00Z"),
    };
    let counts = store.exposure_counts(&query).await.unwrap();
    assert_eq!(counts, [count("challenger", 3), count("champion", 5)]);
    let keys = store.exposed_keys(&query).await.unwrap();
    assert_eq!((keys["champion"], keys["challenger"]), (1, 2));
    let all = store.exposures(&query, None, 10).await.unwrap();
    assert_eq!(all.len(), 3);
    let repeated = all.iter().find(|one| one.key_hash == 7).unwrap();
    assert_eq!(
        repeated.first_at,
        at("2026-01-01T10:00:01Z"),
        "the first time stays"
    );
    let rest = store
        .exposures(&query, Some(all[0].key_hash), 10)
        .await
        .unwrap();
    assert_eq!(rest, all[1..]);
    // In a later step the same key may be seen again, for the first time there.
    let later = ExposureBatch {
        counts: Vec::new(),
        exposures: vec![Exposure {
            step: 2,
            ..seen(7, "challenger", "2026-01-01T12:00:00Z")
        }],
    };
    store.record_exposures(&later).await.unwrap();
    assert_eq!(store.exposed_keys(&query).await.unwrap(), keys);
    for (rollout, step, n) in [(1, None, 4), (1, Some(2), 1), (2, None, 0)] {
        let asked = ExposureQuery {
            rollout: Some(RolloutId::from_suffix(rollout)),
            step,
            ..query.clone()
        };
        let found = store.exposures(&asked, None, 10).await.unwrap();
        assert_eq!(found.len(), n, "{asked:?}");
    }
}
