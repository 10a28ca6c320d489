//! Results and signals.

use crate::Database;
use crate::sample::{hour, model, point, result};
use trimtab_domain::Window;
use trimtab_domain::ports::store::{ResultQuery, SignalQuery, StoredResult};
use trimtab_domain::ports::{ResultStore as _, SignalStore as _};
use trimtab_domain::result::{Decision, MonitorResult, ResultDetail};
use trimtab_domain::signal::PointKind;
use trimtab_store::SqlStore;

fn all(name: &str) -> ResultQuery {
    ResultQuery {
        model: model(name),
        monitor: None,
        range: None,
        with_superseded: false,
        limit: None,
    }
}

fn ids(results: &[StoredResult]) -> Vec<(&str, bool)> {
    results
        .iter()
        .map(|stored| (stored.result.id.as_str(), stored.superseded))
        .collect()
}

pub(crate) async fn a_later_look_supersedes_and_keeps_the_earlier(database: Database) {
    let store = database.open().await;
    let first = result(1, "m", "drift", hour(0));
    let second = MonitorResult {
        revision: 2,
        decision: Decision::NotEnoughData,
        severity: None,
        detail: ResultDetail::Failed {
            reason: "it's \"late\"".to_owned(),
        },
        ..result(2, "m", "drift", hour(0))
    };
    let bystanders = [
        result(3, "m", "drift", hour(1)),
        result(4, "m", "quality", hour(0)),
        result(5, "other", "drift", hour(0)),
    ];
    store
        .save_results(std::slice::from_ref(&first), &[], &[])
        .await
        .unwrap();
    store.save_results(&bystanders, &[], &[]).await.unwrap();
    store
        .save_results(std::slice::from_ref(&second), &[], &[])
        .await
        .unwrap();
    let current = store.results(&all("m")).await.unwrap();
    assert_eq!(
        ids(&current),
        [("res_2", false), ("res_3", false), ("res_4", false)]
    );
    assert_eq!(current[0].result, second);
    assert_eq!(current[1].result, bystanders[0]);
    let history = ResultQuery {
        with_superseded: true,
        ..all("m")
    };
    let history = store.results(&history).await.unwrap();
    assert_eq!(
        ids(&history),
        [
            ("res_1", true),
            ("res_2", false),
            ("res_3", false),
            ("res_4", false)
        ]
    );
    assert_eq!(history[0].result, first, "the earlier look is what it was");
}

pub(crate) async fn looks_at_one_window_in_one_call_supersede_each_other(database: Database) {
    let store = database.open().await;
    let looks: Vec<MonitorResult> = (1..=3)
        .map(|revision| MonitorResult {
            revision,
            ..result(revision, "m", "drift", hour(0))
        })
        .collect();
    store.save_results(&looks, &[], &[]).await.unwrap();
    let query = ResultQuery {
        with_superseded: true,
        ..all("m")
    };
    assert_eq!(
        ids(&store.results(&query).await.unwrap()),
        [("res_1", true), ("res_2", true), ("res_3", false)]
    );
    // The same identifier twice is a mistake of the caller, and changes nothing.
    let again = store.save_results(&[looks[0].clone()], &[], &[]).await;
    assert_eq!(
        again.unwrap_err().kind(),
        trimtab_domain::ErrorKind::Conflict
    );
    assert_eq!(
        ids(&store.results(&all("m")).await.unwrap()),
        [("res_3", false)]
    );
}

pub(crate) async fn results_come_in_the_order_asked_for(database: Database) {
    let store = database.open().await;
    let mut results = Vec::new();
    for n in (0..150).rev() {
        results.push(result(2 * n, "m", "drift", hour(i64::from(n))));
        results.push(result(2 * n + 1, "m", "quality", hour(i64::from(n))));
    }
    store.save_results(&results, &[], &[]).await.unwrap();
    let everything = store.results(&all("m")).await.unwrap();
    assert_eq!(everything.len(), 300);
    let is_in_order = everything
        .is_sorted_by_key(|stored| (stored.result.monitor.clone(), stored.result.window.start));
    assert!(is_in_order, "by monitor, then window");
    let newest = ResultQuery {
        limit: Some(3),
        ..all("m")
    };
    assert_eq!(
        ids(&store.results(&newest).await.unwrap()),
        [("res_298", false), ("res_299", false), ("res_296", false)]
    );
    let range = Some(Window {
        start: hour(10).start,
        end: hour(12).start,
    });
    let monitor = Some("quality".parse().unwrap());
    let some = ResultQuery {
        range,
        monitor,
        ..all("m")
    };
    assert_eq!(
        ids(&store.results(&some).await.unwrap()),
        [("res_21", false), ("res_23", false)]
    );
}

fn signal(name: &str, range: Option<Window>, newest_only: bool) -> SignalQuery {
    SignalQuery {
        model: Some(model("m")),
        name: Some(name.to_owned()),
        range,
        newest_only,
    }
}

/// Two long signals, a short one, and one of another model.
async fn four_signals(store: &SqlStore) {
    let mut points = Vec::new();
    for n in 0..200 {
        points.push(point("m", "drift.psi", "temp", n, Some(0.1)));
        points.push(point("m", "drift.psi", "humid", n, Some(f64::NAN)));
    }
    points.push(point("m", "volume.rows", "", 3, Some(12.0)));
    points.push(point("other", "volume.rows", "", 4, None));
    // Twice in one call: the later one counts.
    points.push(point("m", "volume.rows", "", 3, Some(13.0)));
    store.save_results(&[], &points, &[]).await.unwrap();
}

pub(crate) async fn signals_replace_points(database: Database) {
    let store = database.open().await;
    four_signals(&store).await;
    let mut better = point("m", "drift.psi", "temp", 7, Some(0.123_456_789_012_345_67));
    better.kind = PointKind::Estimated;
    better.n = 99;
    store
        .save_results(&[], &[better.clone()], &[])
        .await
        .unwrap();
    let psi = store
        .signals(&signal("drift.psi", None, false))
        .await
        .unwrap();
    assert_eq!(psi.len(), 400);
    assert!(psi.is_sorted_by_key(|point| (point.key.clone(), point.window.start)));
    assert!(
        psi[..200].iter().all(|point| point.value.is_none()),
        "NaN is a gap"
    );
    assert_eq!(psi[207], better);
    let range = Window {
        start: hour(5).start,
        end: hour(8).start,
    };
    let some = store
        .signals(&signal("drift.psi", Some(range), false))
        .await
        .unwrap();
    assert_eq!(some.len(), 6);
}

pub(crate) async fn signals_know_their_newest_points(database: Database) {
    let store = database.open().await;
    four_signals(&store).await;
    let range = Window {
        start: hour(5).start,
        end: hour(8).start,
    };
    let newest = store
        .signals(&signal("drift.psi", Some(range), true))
        .await
        .unwrap();
    assert_eq!(newest.len(), 2);
    assert!(newest.iter().all(|point| point.window == hour(7)));
    let fleet = SignalQuery {
        newest_only: true,
        ..SignalQuery::default()
    };
    let fleet = store.signals(&fleet).await.unwrap();
    let seen: Vec<_> = fleet
        .iter()
        .map(|point| {
            (
                point.key.model.as_str(),
                point.key.name.as_str(),
                point.value,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("m", "drift.psi", None),
            ("m", "drift.psi", Some(0.1)),
            ("m", "volume.rows", Some(13.0)),
            ("other", "volume.rows", None),
        ]
    );
}
