//! Monitors as code: what a set of documents would change, and making it so.

use crate::alerting;
use crate::app::{App, ChangeKind};
use crate::audit::in_json;
use crate::catalog::{Catalog, ModelEntry};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::documents::{
    AbTestSpec, ChannelSpec, ColumnRole, Condition, Document, DocumentKind, ModelSpec, MonitorKind,
    MonitorSpec, PerformanceMetric, ReferenceSpec, RetrainingPolicySpec, RolloutPolicySpec,
    RuleSpec, Task, ValidationPolicySpec,
};
use trimtab_domain::{DocumentName, Error, ModelName, Result};

/// What applying one document changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DocumentChange {
    /// Its kind.
    pub kind: DocumentKind,
    /// Its model; channels have none.
    pub model: Option<ModelName>,
    /// Its name.
    pub name: String,
    /// What happens to it.
    pub action: PlannedAction,
    /// Field by field.
    pub diff: Vec<FieldChange>,
}

/// What happens to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannedAction {
    /// It is new.
    Create,
    /// It differs from what is stored.
    Update,
    /// It does not.
    Unchanged,
    /// It goes away.
    Delete,
}

impl PlannedAction {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Unchanged => "unchanged",
            Self::Delete => "delete",
        }
    }
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// `monitor.alpha`, `columns[temp].max`.
    pub path: String,
    /// The stored value, where there is one.
    pub before: Option<Value>,
    /// The new value, where there is one.
    pub after: Option<Value>,
}

/// What these documents would change, in apply order. `with_history` names the models that hold
/// data already.
pub(crate) fn plan(
    catalog: &Catalog,
    with_history: &BTreeSet<ModelName>,
    documents: &[Document],
) -> Result<Vec<DocumentChange>> {
    let documents = in_apply_order(documents)?;
    let mut next = catalog.clone();
    for document in &documents {
        document.validate()?;
        if let Document::Model(spec) = document
            && with_history.contains(&spec.name)
            && let Some(entry) = catalog.models.get(&spec.name)
        {
            keeps_history(&entry.spec, spec)?;
        }
        match document.model() {
            Some(model)
                if document.kind() != DocumentKind::Model && !next.models.contains_key(model) =>
            {
                return Err(Error::invalid(format!(
                    "{} `{}` belongs to model `{model}`, which does not exist",
                    document.kind().as_str(),
                    document.name()
                ))
                .with_hint("apply the model's document with it, or mend the name"));
            }
            _ => next.insert((*document).clone(), 0),
        }
    }
    let models: BTreeSet<_> = documents.iter().filter_map(|one| one.model()).collect();
    for model in models {
        if let Some(entry) = next.models.get(model) {
            fits_together(&next, entry)?;
        }
    }
    documents
        .into_iter()
        .map(|document| change(catalog, document))
        .collect()
}

/// Sorts by kind, model and name, and refuses doubles.
fn in_apply_order(documents: &[Document]) -> Result<Vec<&Document>> {
    let mut sorted: Vec<_> = documents.iter().collect();
    sorted.sort_by_key(|document| (document.kind(), document.model(), document.name()));
    for pair in sorted.windows(2) {
        let [a, b] = pair else { continue };
        if (a.kind(), a.model(), a.name()) == (b.kind(), b.model(), b.name()) {
            return Err(Error::invalid(format!(
                "{} `{}` is declared twice",
                a.kind().as_str(),
                a.name()
            ))
            .with_hint("keep one of them"));
        }
    }
    Ok(sorted)
}

/// Refuses changes of a model that would make its stored windows mean something else.
fn keeps_history(old: &ModelSpec, new: &ModelSpec) -> Result<()> {
    let refuse = |what: String, fix: &str| {
        Err(
            Error::invalid(format!("model `{}` holds data: {what}", new.name))
                .with_hint(fix.to_owned()),
        )
    };
    let under_another_name =
        "keep it, or declare the model under another name and send its data there";
    if old.task != new.task {
        return refuse("`task` cannot change".to_owned(), under_another_name);
    }
    if old.granularity != new.granularity {
        return refuse("`granularity` cannot change".to_owned(), under_another_name);
    }
    if old.time_zone != new.time_zone {
        return refuse(
            "`time_zone` cannot change, its days begin there".to_owned(),
            under_another_name,
        );
    }
    if old.positive_label != new.positive_label {
        return refuse(
            "`positive_label` cannot change".to_owned(),
            under_another_name,
        );
    }
    for column in &old.columns {
        let Some(renewed) = new.column(&column.name) else {
            return refuse(
                format!("column `{}` is gone", column.name),
                "keep it with `role: metadata`: it is then stored and no longer compared",
            );
        };
        if renewed.data_type != column.data_type || renewed.semantic() != column.semantic() {
            return refuse(
                format!("column `{}` changes its type", column.name),
                "keep its type and give the new one a column of its own",
            );
        }
    }
    Ok(())
}

/// Checks what documents of one model say about each other.
fn fits_together(catalog: &Catalog, entry: &ModelEntry) -> Result<()> {
    for monitor in entry.monitors.values() {
        monitor_fits(entry, monitor)?;
    }
    for rule in entry.rules.values() {
        rule_fits(catalog, entry, rule)?;
    }
    for test in entry.ab_tests.values() {
        ab_test_fits(&entry.spec, test)?;
    }
    Ok(())
}

fn monitor_fits(entry: &ModelEntry, monitor: &MonitorSpec) -> Result<()> {
    let spec = &entry.spec;
    let wrong = |what: String| Error::invalid(format!("monitor `{}`: {what}", monitor.name));
    if monitor.window < spec.granularity {
        return Err(wrong(format!(
            "`window: {}` is shorter than the model's `granularity: {}`",
            monitor.window.as_str(),
            spec.granularity.as_str()
        ))
        .with_hint("use a longer window"));
    }
    if let Some(reference) = &monitor.reference
        && !entry.references.contains_key(reference)
    {
        return Err(wrong(format!("there is no reference `{reference}`"))
            .with_hint(one_of("declare it, or use", entry.references.keys())));
    }
    let (columns, needs_profile): (Vec<&String>, bool) = match &monitor.monitor {
        MonitorKind::DataDrift(drift) | MonitorKind::PredictionDrift(drift) => {
            (drift.columns.iter().chain(&drift.ignore).collect(), true)
        }
        MonitorKind::DataQuality(quality) => (quality.ignore.iter().collect(), false),
        MonitorKind::Performance(_) | MonitorKind::Service(_) => (Vec::new(), false),
    };
    for name in columns {
        match spec.column(name) {
            None => {
                return Err(
                    wrong(format!("`{name}` is not a column of model `{}`", spec.name)).with_hint(
                        one_of("use", spec.columns.iter().map(|column| &column.name)),
                    ),
                );
            }
            Some(column) if needs_profile && !column.is_profiled() => {
                return Err(wrong(format!("column `{name}` is never compared"))
                    .with_hint("give it the role `feature`, or leave it out"));
            }
            Some(_) => {}
        }
    }
    kind_fits(spec, &monitor.monitor).map_err(|(what, fix)| wrong(what).with_hint(fix))
}

/// Whether the model has what a kind of monitor looks at.
fn kind_fits(spec: &ModelSpec, kind: &MonitorKind) -> std::result::Result<(), (String, String)> {
    let has = |role| spec.column_of_role(role).is_some();
    match kind {
        MonitorKind::PredictionDrift(_)
            if !has(ColumnRole::Score) && !has(ColumnRole::Prediction) =>
        {
            Err((
                "the model has neither a `score` nor a `prediction` column".to_owned(),
                "give one of its columns that role".to_owned(),
            ))
        }
        MonitorKind::Performance(performance) => {
            let metrics: &[PerformanceMetric] = match spec.task {
                Task::BinaryClassification => &PerformanceMetric::BINARY,
                Task::Regression => &PerformanceMetric::REGRESSION,
            };
            if metrics.contains(&performance.metric) {
                return Ok(());
            }
            let words: Vec<_> = metrics.iter().map(|metric| metric.as_str()).collect();
            Err((
                format!(
                    "`{}` is not a metric of `{}`",
                    performance.metric.as_str(),
                    spec.task.as_str()
                ),
                format!("use {}", words.join(", ")),
            ))
        }
        MonitorKind::Service(service)
            if service.latency_ms_max.is_some() && !has(ColumnRole::Latency) =>
        {
            Err((
                "`latency_ms_max` needs a column with the role `latency`".to_owned(),
                "add one to the model".to_owned(),
            ))
        }
        MonitorKind::Service(service)
            if service.error_share_max.is_some() && !has(ColumnRole::Error) =>
        {
            Err((
                "`error_share_max` needs a column with the role `error`".to_owned(),
                "add one to the model".to_owned(),
            ))
        }
        _ => Ok(()),
    }
}

fn ab_test_fits(spec: &ModelSpec, test: &AbTestSpec) -> Result<()> {
    let wrong = |what: String| Error::invalid(format!("A/B test `{}`: {what}", test.name));
    let guardrails = test.guardrails.iter().map(|guardrail| &guardrail.metric);
    for metric in std::iter::once(&test.primary).chain(guardrails) {
        if let Some((what, fix)) = metric.missing_in(spec) {
            return Err(wrong(format!("`{}`: {what}", metric.name())).with_hint(fix));
        }
    }
    match test
        .segments
        .iter()
        .find(|name| spec.column(name).is_none())
    {
        Some(name) => Err(
            wrong(format!("`{name}` is not a column of model `{}`", spec.name)).with_hint(one_of(
                "use",
                spec.columns.iter().map(|column| &column.name),
            )),
        ),
        None => Ok(()),
    }
}

fn rule_fits(catalog: &Catalog, entry: &ModelEntry, rule: &RuleSpec) -> Result<()> {
    let wrong = |what: String| Error::invalid(format!("rule `{}`: {what}", rule.name));
    if let Condition::Monitor {
        monitor, columns, ..
    } = &rule.when
    {
        if !entry.monitors.contains_key(monitor) {
            return Err(wrong(format!("there is no monitor `{monitor}`"))
                .with_hint(one_of("declare it, or use", entry.monitors.keys())));
        }
        for name in columns {
            if entry.spec.column(name).is_none() {
                return Err(wrong(format!(
                    "`{name}` is not a column of model `{}`",
                    entry.spec.name
                )));
            }
        }
    }
    for channel in &rule.channels {
        if !catalog.channels.contains_key(channel) {
            return Err(wrong(format!("there is no channel `{channel}`"))
                .with_hint(one_of("declare it, or use", catalog.channels.keys())));
        }
    }
    Ok(())
}

fn one_of<T: std::fmt::Display>(verb: &str, names: impl Iterator<Item = T>) -> String {
    const LISTED_MAX: usize = 20;
    let names: Vec<_> = names
        .take(LISTED_MAX)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.is_empty() {
        format!("{verb} another (there is none yet)")
    } else {
        format!("{verb} one of {}", names.join(", "))
    }
}

fn stored(catalog: &Catalog, document: &Document) -> Option<Document> {
    let entry = document.model().and_then(|model| catalog.models.get(model));
    match document {
        Document::Model(_) => entry.map(|entry| Document::Model((*entry.spec).clone())),
        Document::Reference(ReferenceSpec { name, .. }) => entry?
            .references
            .get(name)
            .cloned()
            .map(Document::Reference),
        Document::Monitor(MonitorSpec { name, .. }) => {
            entry?.monitors.get(name).cloned().map(Document::Monitor)
        }
        Document::Rule(RuleSpec { name, .. }) => {
            entry?.rules.get(name).cloned().map(Document::Rule)
        }
        Document::RetrainingPolicy(RetrainingPolicySpec { name, .. }) => entry?
            .retraining
            .get(name)
            .map(|policy| Document::RetrainingPolicy(policy.spec.clone())),
        Document::ValidationPolicy(ValidationPolicySpec { name, .. }) => entry?
            .validation_policies
            .get(name)
            .cloned()
            .map(Document::ValidationPolicy),
        Document::AbTest(AbTestSpec { name, .. }) => {
            entry?.ab_tests.get(name).cloned().map(Document::AbTest)
        }
        Document::RolloutPolicy(RolloutPolicySpec { name, .. }) => entry?
            .rollout_policies
            .get(name)
            .cloned()
            .map(Document::RolloutPolicy),
        Document::Channel(ChannelSpec { name, .. }) => {
            catalog.channels.get(name).cloned().map(Document::Channel)
        }
    }
}

fn change(catalog: &Catalog, document: &Document) -> Result<DocumentChange> {
    let before = stored(catalog, document);
    let after = as_json(document)?;
    let mut diff = Vec::new();
    let action = match &before {
        None => {
            compare("", None, Some(&after), &mut diff);
            PlannedAction::Create
        }
        Some(before) => {
            compare("", Some(&as_json(before)?), Some(&after), &mut diff);
            if diff.is_empty() {
                PlannedAction::Unchanged
            } else {
                PlannedAction::Update
            }
        }
    };
    Ok(DocumentChange {
        kind: document.kind(),
        model: document.model().cloned(),
        name: document.name().to_owned(),
        action,
        diff,
    })
}

fn as_json(document: &Document) -> Result<Value> {
    serde_json::to_value(document).map_err(|source| {
        Error::internal(format!("document `{}` has no JSON form", document.name()))
            .with_source(source)
    })
}

/// Collects the fields that differ. Items of lists are matched by their `name` where they have
/// one, so that a new column is one change and not a shift of all that follow.
fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, diff: &mut Vec<FieldChange>) {
    match (before, after) {
        (Some(before), Some(after)) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let gone = before.keys().filter(|key| !after.contains_key(*key));
            for key in after.keys().chain(gone) {
                let inner = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                compare(&inner, before.get(key), after.get(key), diff);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after)))
            if are_named(before) && are_named(after) =>
        {
            let find = |items: &[Value], name: &str| {
                items
                    .iter()
                    .find(|item| name_of(item) == Some(name))
                    .cloned()
            };
            let names: Vec<_> = after.iter().filter_map(name_of).collect();
            let gone = before
                .iter()
                .filter_map(name_of)
                .filter(|name| !names.contains(name));
            for name in names.iter().copied().chain(gone) {
                let inner = format!("{path}[{name}]");
                compare(
                    &inner,
                    find(before, name).as_ref(),
                    find(after, name).as_ref(),
                    diff,
                );
            }
            let old_order: Vec<_> = before.iter().filter_map(name_of).collect();
            let is_reordered = names.len() == old_order.len()
                && names != old_order
                && names.iter().all(|name| old_order.contains(name));
            if is_reordered {
                diff.push(FieldChange {
                    path: format!("{path} (order)"),
                    before: Some(old_order.into()),
                    after: Some(names.into()),
                });
            }
        }
        (before, after) => diff.push(FieldChange {
            path: path.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

fn name_of(item: &Value) -> Option<&str> {
    item.get("name").and_then(Value::as_str)
}

fn are_named(items: &[Value]) -> bool {
    !items.is_empty() && items.iter().all(|item| name_of(item).is_some())
}

/// The models that hold data already.
pub(crate) async fn with_history(app: &App, catalog: &Catalog) -> Result<BTreeSet<ModelName>> {
    let progress = app.store().progress().await?;
    Ok(progress
        .into_iter()
        .filter(|(_, progress)| progress.data_from.is_some())
        .map(|(model, _)| model)
        .chain(
            catalog
                .models
                .iter()
                .filter(|(_, entry)| entry.grid.is_some())
                .map(|(model, _)| model.clone()),
        )
        .collect())
}

pub(crate) async fn apply(
    app: &App,
    documents: Vec<Document>,
    actor: &str,
) -> Result<Vec<DocumentChange>> {
    let _editing = app.inner.editing.lock().await;
    let catalog = app.catalog().await?;
    let history = with_history(app, &catalog).await?;
    let changes = plan(&catalog, &history, &documents)?;
    let is_changed = |document: &&Document| {
        changes.iter().any(|change| {
            change.is_change()
                && change.kind == document.kind()
                && change.model.as_ref() == document.model()
                && change.name == document.name()
        })
    };
    let mut changed: Vec<Document> = documents.iter().filter(is_changed).cloned().collect();
    if changed.is_empty() {
        return Ok(changes);
    }
    changed.sort_by(|a, b| (a.kind(), a.model(), a.name()).cmp(&(b.kind(), b.model(), b.name())));
    // A rule watches from now on: what was judged before it existed does not alarm.
    alerting::start_rules(app, &catalog, &changed).await?;
    crate::retraining::start_policies(app, &catalog, &changed).await?;
    let mut entries = Vec::with_capacity(changed.len());
    for change in changes.iter().filter(|change| change.is_change()) {
        entries.push(entry(app, change, &changed, actor).await?);
    }
    app.store()
        .put_documents(&changed, actor, app.now())
        .await?;
    app.inner.catalog.invalidate().await;
    app.store().audit(&entries).await?;
    app.announce(ChangeKind::Fleet, None);
    app.nudge_evaluator(changes.iter().filter_map(|change| change.model.as_ref()));
    Ok(changes)
}

/// What the audit log says about a change: the documents themselves, before and after.
async fn entry(
    app: &App,
    change: &DocumentChange,
    changed: &[Document],
    actor: &str,
) -> Result<AuditEntry> {
    let (model, name) = (change.model.as_ref(), change.name.as_str());
    let before = app.store().document(change.kind, model, name).await?;
    let after = changed.iter().find(|document| {
        document.kind() == change.kind && document.model() == model && document.name() == name
    });
    let object = format!("{}/{name}", change.kind.as_str());
    let entry = app
        .entry(actor, "document_put", object, in_words(change))
        .with_change(
            before.and_then(|stored| in_json(&stored.document)),
            after.and_then(in_json),
        );
    Ok(match model {
        Some(model) => entry.of_model(model),
        None => entry,
    })
}

fn in_words(change: &DocumentChange) -> String {
    let subject = format!("{} `{}`", change.kind.as_str(), change.name);
    match change.action {
        PlannedAction::Create => format!("{subject} declared"),
        PlannedAction::Delete => format!("{subject} deleted"),
        PlannedAction::Unchanged => format!("{subject} unchanged"),
        PlannedAction::Update => {
            const LISTED_MAX: usize = 4;
            let paths: Vec<_> = change
                .diff
                .iter()
                .take(LISTED_MAX)
                .map(|field| field.path.as_str())
                .collect();
            let more = change.diff.len().saturating_sub(LISTED_MAX);
            let rest = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!("{subject} changed: {}{rest}", paths.join(", "))
        }
    }
}

pub(crate) async fn delete(
    app: &App,
    kind: DocumentKind,
    model: Option<&ModelName>,
    name: &str,
    actor: &str,
) -> Result<()> {
    if kind == DocumentKind::Model {
        return delete_model(app, &ModelName::new(name)?, actor).await;
    }
    let _editing = app.inner.editing.lock().await;
    let catalog = app.catalog().await?;
    let Some(before) = app.store().document(kind, model, name).await? else {
        return Err(Error::not_found(kind.as_str(), name));
    };
    if let Some((user_kind, user)) = user_of(&catalog, kind, model, name) {
        return Err(Error::conflict(format!(
            "{} `{name}` is used by {} `{user}`",
            kind.as_str(),
            user_kind.as_str()
        ))
        .with_hint("change or delete that first"));
    }
    if kind == DocumentKind::Rule
        && let Some(model) = model
    {
        alerting::stop_rule(app, &catalog, model, &DocumentName::new(name)?).await?;
    }
    let now = app.now();
    app.store()
        .delete_document(kind, model, name, actor, now)
        .await?;
    app.inner.catalog.invalidate().await;
    let object = format!("{}/{name}", kind.as_str());
    let text = format!("{} `{name}` deleted", kind.as_str());
    let mut entry = app
        .entry(actor, "document_deleted", object, text)
        .with_change(in_json(&before.document), None);
    entry.model = model.map(ToString::to_string);
    app.record(entry).await?;
    app.announce(ChangeKind::Fleet, None);
    Ok(())
}

/// A document that needs another one.
fn user_of(
    catalog: &Catalog,
    kind: DocumentKind,
    model: Option<&ModelName>,
    name: &str,
) -> Option<(DocumentKind, DocumentName)> {
    let entry = model.and_then(|model| catalog.models.get(model));
    let rule_using = |uses: &dyn Fn(&RuleSpec) -> bool| {
        let entries = catalog.models.values();
        entries
            .flat_map(|entry| entry.rules.values())
            .find(|rule| uses(rule))
            .map(|rule| (DocumentKind::Rule, rule.name.clone()))
    };
    match kind {
        // A rollout keeps the policy it began with.
        DocumentKind::Model
        | DocumentKind::Rule
        | DocumentKind::RetrainingPolicy
        | DocumentKind::ValidationPolicy
        | DocumentKind::AbTest
        | DocumentKind::RolloutPolicy => None,
        DocumentKind::Channel => {
            rule_using(&|rule| rule.channels.iter().any(|channel| channel.as_str() == name))
        }
        DocumentKind::Monitor => rule_using(&|rule| {
            Some(&rule.model) == model
                && matches!(&rule.when, Condition::Monitor { monitor, .. } if monitor.as_str() == name)
        }),
        DocumentKind::Reference => entry?
            .monitors
            .values()
            .find(|monitor| {
                monitor
                    .reference
                    .as_ref()
                    .is_some_and(|reference| reference.as_str() == name)
            })
            .map(|monitor| (DocumentKind::Monitor, monitor.name.clone())),
    }
}

pub(crate) async fn delete_model(app: &App, model: &ModelName, actor: &str) -> Result<()> {
    let _editing = app.inner.editing.lock().await;
    let before = app.model(model).await?;
    {
        // Both consumers pass the model's events first: what is in the journal must not come
        // back under a later model of the same name.
        crate::profiler::run_to_head(app).await?;
        let _profiling = app.inner.profiling.lock().await;
        let mut judge = app.inner.judging.lock().await;
        let models = app.catalog().await?.fold_models();
        app.lake().write_pending(&models).await?;
        app.store().delete_model(model).await?;
        app.inner.catalog.invalidate().await;
        app.lake().delete_model(model).await?;
        judge.forget(model);
    }
    let text = format!("model `{model}` deleted with its data");
    app.record(
        app.entry(actor, "model_deleted", format!("model/{model}"), text)
            .of_model(model)
            .with_change(in_json(&*before), None),
    )
    .await?;
    app.announce(ChangeKind::Fleet, None);
    Ok(())
}
