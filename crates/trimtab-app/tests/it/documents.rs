//! Monitors as code.

use crate::bench::{Bench, days, model};
use serde_json::{Value, json};
use trimtab_app::PlannedAction;
use trimtab_domain::ErrorKind;
use trimtab_domain::documents::DocumentKind;
use trimtab_domain::ports::audit::AuditQuery;
use trimtab_domain::ports::{AuditStore, DocumentStore, ModelStore};
use trimtab_testkit::samples::{self, Day, documents, loans};

fn json_of(documents: &[trimtab_domain::documents::Document]) -> Vec<Value> {
    documents
        .iter()
        .map(|one| serde_json::to_value(one).unwrap())
        .collect()
}

/// Applies the samples with one document changed, and returns the refusal.
async fn refusal(kind: &str, name: &str, change: impl Fn(&mut Value)) -> String {
    let mut values = json_of(&loans());
    for value in &mut values {
        if value["kind"] == kind && value["name"] == name {
            change(value);
        }
    }
    let world = trimtab_testkit::World::new();
    let app = crate::bench::app_of(&world);
    let error = app
        .apply_documents(documents(values.into()), "local")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(
        world.store.documents(None, None).await.unwrap().is_empty(),
        "a refused set changes nothing"
    );
    error.to_string()
}

#[tokio::test]
async fn a_plan_says_what_would_change_and_apply_makes_it_so() {
    let bench = Bench::bare(loans()).await;
    let again = bench.app.plan_documents(loans()).await.unwrap();
    assert!(
        again
            .iter()
            .all(|one| one.action == PlannedAction::Unchanged)
    );

    let mut values = json_of(&loans());
    for value in &mut values {
        if value["name"] == "inputs" {
            value["monitors"]["data_drift"]["alpha"] = json!(0.01);
        }
        if value["kind"] == "model" {
            value["columns"][0]["max"] = json!(500.0);
        }
    }
    let changed = documents(values.into());
    let plan = bench.app.plan_documents(changed.clone()).await.unwrap();
    let paths: Vec<_> = plan
        .iter()
        .flat_map(|one| one.diff.iter().map(|field| field.path.as_str()))
        .collect();
    assert_eq!(paths, ["columns[income].max", "monitors.data_drift.alpha"]);
    let applied = bench.app.apply_documents(changed, "ada").await.unwrap();
    assert_eq!(applied, plan);
    let stored = bench
        .app
        .export_documents(Some(DocumentKind::Monitor), Some(&model()))
        .await
        .unwrap();
    let inputs = stored
        .iter()
        .find(|one| one.document.name() == "inputs")
        .unwrap();
    assert_eq!((inputs.version, inputs.changed_by.as_str()), (2, "ada"));
    let newest = AuditQuery::newest(2);
    let audit = bench.world.store.audit_entries(&newest).await.unwrap();
    assert!(
        audit
            .iter()
            .any(|chained| chained.entry.text
                == "monitor `inputs` changed: monitors.data_drift.alpha"),
        "{audit:?}"
    );
}

#[tokio::test]
async fn documents_that_do_not_fit_together_are_refused_with_a_fix() {
    let text = refusal("rule", "auc-lost", |rule| {
        rule["when"]["monitor"]["monitor"] = json!("auk");
    })
    .await;
    assert!(
        text.contains("no monitor `auk`") && text.contains("`auc`"),
        "{text}"
    );

    let text = refusal("rule", "auc-lost", |rule| {
        rule["channels"] = json!(["phone"]);
    })
    .await;
    assert!(
        text.contains("no channel `phone`") && text.contains("`pager`"),
        "{text}"
    );

    let text = refusal("monitor", "inputs", |monitor| {
        monitor["monitors"]["data_drift"]["ignore"] = json!(["incom"]);
    })
    .await;
    assert!(
        text.contains("`incom` is not a column") && text.contains("`income`"),
        "{text}"
    );

    let text = refusal("monitor", "inputs", |monitor| {
        monitor["reference"] = json!("second");
    })
    .await;
    assert!(text.contains("no reference `second`"), "{text}");

    let text = refusal("monitor", "auc", |monitor| {
        monitor["monitors"]["performance"]["metric"] = json!("mae");
    })
    .await;
    assert!(
        text.contains("`mae` is not a metric") && text.contains("roc_auc"),
        "{text}"
    );

    let text = refusal("monitor", "inputs", |monitor| {
        monitor["model"] = json!("loan");
    })
    .await;
    assert!(
        text.contains("model `loan`, which does not exist"),
        "{text}"
    );
}

#[tokio::test]
async fn a_schema_that_would_break_history_is_refused() {
    let bench = Bench::loans().await;
    bench.live_through(&days(1, Day::default())).await;
    let change = async |edit: &dyn Fn(&mut Value)| {
        let mut model = json_of(&loans()).remove(0);
        edit(&mut model);
        let changed = documents(json!([model]));
        bench.app.apply_documents(changed, "local").await
    };
    let gone = change(&|model| {
        model["columns"].as_array_mut().unwrap().remove(1);
    })
    .await
    .unwrap_err()
    .to_string();
    assert!(
        gone.contains("column `region` is gone") && gone.contains("metadata"),
        "{gone}"
    );
    let zone = change(&|model| model["time_zone"] = json!("Europe/Paris"))
        .await
        .unwrap_err()
        .to_string();
    assert!(zone.contains("`time_zone` cannot change"), "{zone}");
    let kind = change(&|model| model["columns"][0]["data_type"] = json!("string"))
        .await
        .unwrap_err()
        .to_string();
    assert!(kind.contains("column `income` changes its type"), "{kind}");
    let kept = change(&|model| model["columns"][1]["role"] = json!("metadata"))
        .await
        .unwrap();
    assert_eq!(kept[0].diff[0].path, "columns[region].role");
}

#[tokio::test]
async fn what_others_need_cannot_be_deleted() {
    let bench = Bench::loans().await;
    let delete =
        async |kind, model, name: &str| bench.app.delete_document(kind, model, name, "local").await;
    let model = model();
    for (kind, of, name) in [
        (DocumentKind::Monitor, Some(&model), "inputs"),
        (DocumentKind::Channel, None, "pager"),
    ] {
        let error = delete(kind, of, name).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    }
    delete(DocumentKind::Rule, Some(&model), "inputs-drifted")
        .await
        .unwrap();
    delete(DocumentKind::Monitor, Some(&model), "inputs")
        .await
        .unwrap();
    let missing = delete(DocumentKind::Monitor, Some(&model), "inputs")
        .await
        .unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_deleted_model_leaves_nothing_and_its_name_starts_afresh() {
    let bench = Bench::loans().await;
    bench.live_through(&days(3, Day::default())).await;
    bench.app.delete_model(&model(), "local").await.unwrap();
    assert!(bench.app.model(&model()).await.is_err());
    assert_eq!(bench.results("inputs").await, []);
    let models: Vec<_> = loans()
        .into_iter()
        .filter(|one| one.kind() != DocumentKind::Channel)
        .collect();
    bench.app.apply_documents(models, "local").await.unwrap();
    bench.app.catch_up().await.unwrap();
    assert!(
        bench
            .world
            .store
            .versions(&model())
            .await
            .unwrap()
            .is_empty(),
        "events of the old model do not come back"
    );
    bench.put_reference().await;
    let rows = samples::day_rows(crate::bench::day_start(0), Day::default(), 5);
    let receipt = bench
        .send(
            trimtab_domain::intake::EventKind::Predictions,
            &samples::predictions(&rows),
        )
        .await;
    assert_eq!(receipt.accepted, Day::default().n_rows);
}
