//! Views of the registry.

use super::{Instant, IntoView, view};
use serde::Serialize;
use std::collections::BTreeMap;
use trimtab_app::registry::{
    Approval, Differs, Lineage, ModelShown, ModelSummary, NamedType, SignatureShown, VersionDiff,
    VersionShown, stage_shown,
};
use trimtab_domain::registry::{HistoryEntry, Served, VersionFile, version_label};
use utoipa::ToSchema;

/// Every registered model.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegistryList)]
pub(crate) struct RegistryListView {
    /// By name.
    pub(crate) items: Vec<RegistryRowView>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

view! {
    /// A registered model in a list.
    RegistryRowView as RegistryRow from ModelSummary {
        /// Its name.
        model: String,
        /// Label of the version that serves.
        champion: Option<String>,
        /// Label of the candidate on its way.
        challenger: Option<String>,
        /// Its versions.
        n_versions: u64,
        /// When something last happened to it.
        changed_at: Option<Instant>,
        /// What that was.
        changed_text: Option<String>,
        /// Who served when, oldest first, on the model's own clock.
        served: Vec<ServedView>,
    }
}

/// A time in which one version served.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Served)]
pub(crate) struct ServedView {
    /// The version's label.
    version: String,
    /// Since when, on the model's own clock.
    from: Instant,
    /// Until when; `null`: still.
    #[schema(required = true)]
    to: Option<Instant>,
    /// When it was decided (wall clock).
    decided_at: Instant,
    /// Who decided it.
    actor: String,
    /// Why.
    #[schema(required = true)]
    reason: Option<String>,
    /// `promoted`, `rolled_back` or `set_by_hand`.
    kind: String,
}

impl IntoView<ServedView> for Served {
    fn into_view(self) -> ServedView {
        ServedView {
            version: version_label(self.version),
            from: self.from.into_view(),
            to: self.to.into_view(),
            decided_at: self.decided_at.into_view(),
            actor: self.actor,
            reason: self.reason,
            kind: self.how.as_str().to_owned(),
        }
    }
}

/// A registered model with everything.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegisteredModel)]
pub(crate) struct RegisteredModelView {
    /// Its name.
    model: String,
    /// For people.
    #[schema(required = true)]
    description: Option<String>,
    /// Its tags.
    tags: BTreeMap<String, String>,
    /// Where its aliases point.
    aliases: Vec<AliasView>,
    /// Newest first.
    versions: Vec<ModelVersionView>,
    /// Who served when, oldest first, on the model's own clock.
    served: Vec<ServedView>,
    /// What happened, newest first.
    history: Vec<RegistryEventView>,
}

/// Where an alias points.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegistryAlias)]
pub(crate) struct AliasView {
    /// `champion` serves, `challenger` is the candidate on its way.
    alias: String,
    /// The version's label.
    version: String,
}

impl IntoView<RegisteredModelView> for ModelShown {
    fn into_view(self) -> RegisteredModelView {
        let aliases = self.model.aliases.into_iter();
        RegisteredModelView {
            model: self.model.name,
            description: self.model.description,
            tags: self.model.tags,
            aliases: aliases
                .map(|(alias, version)| AliasView {
                    alias,
                    version: version_label(version),
                })
                .collect(),
            versions: self.versions.into_view(),
            served: self.served.into_view(),
            history: self.history.into_view(),
        }
    }
}

/// One thing that happened to a registered model.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegistryEvent)]
pub(crate) struct RegistryEventView {
    /// When (wall clock).
    at: Instant,
    /// How far the model's events had come, where it lives on an event clock.
    #[schema(required = true)]
    event_at: Option<Instant>,
    /// `model_created`, `version_created`, `alias_set`, `alias_removed`, `stage`, `approved`…
    kind: String,
    /// The version's label.
    #[schema(required = true)]
    version: Option<String>,
    /// The alias.
    #[schema(required = true)]
    alias: Option<String>,
    /// What it was before.
    #[schema(required = true)]
    before: Option<String>,
    /// What it is from then on.
    #[schema(required = true)]
    after: Option<String>,
    /// `promoted`, `rolled_back` or `set_by_hand`, where an alias was set.
    #[schema(required = true)]
    how: Option<String>,
    /// Who.
    actor: String,
    /// Why.
    #[schema(required = true)]
    reason: Option<String>,
    /// In words.
    text: String,
}

impl IntoView<RegistryEventView> for HistoryEntry {
    fn into_view(self) -> RegistryEventView {
        RegistryEventView {
            text: self.text(),
            at: self.at.into_view(),
            event_at: self.event_at.into_view(),
            kind: self.kind.as_str().to_owned(),
            version: self.version.map(version_label),
            alias: self.alias,
            before: self.before,
            after: self.after,
            how: self.how.map(|how| how.as_str().to_owned()),
            actor: self.actor,
            reason: self.reason,
        }
    }
}

/// What happened to a registered model.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegistryHistory)]
pub(crate) struct RegistryHistoryView {
    /// Newest first.
    pub(crate) items: Vec<RegistryEventView>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// A version with where it comes from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModelVersion)]
pub(crate) struct ModelVersionView {
    /// Its label: `v3`, the word that events and flags carry.
    version: String,
    /// Its number, as MLflow counts.
    number: u32,
    /// MLflow's stage; `null` for none.
    #[schema(required = true)]
    stage: Option<String>,
    /// The aliases that point to it.
    aliases: Vec<String>,
    /// `READY`, `PENDING_REGISTRATION` or `FAILED_REGISTRATION`.
    status: String,
    /// When it was registered.
    created_at: Instant,
    /// Who registered it.
    created_by: String,
    /// For people.
    #[schema(required = true)]
    description: Option<String>,
    /// Its tags.
    tags: BTreeMap<String, String>,
    /// The run it comes from.
    #[schema(required = true)]
    run_id: Option<String>,
    /// That run's name.
    #[schema(required = true)]
    run_name: Option<String>,
    /// That run's experiment.
    #[schema(required = true)]
    experiment_id: Option<String>,
    /// Where its files lie, as the client said it.
    source: String,
    /// Where it comes from.
    lineage: LineageView,
    /// The file that is scored.
    #[schema(required = true)]
    artifact: Option<ArtifactView>,
    /// What it takes and gives.
    #[schema(required = true)]
    signature: Option<SignatureView>,
    /// The latest metrics of its run or logged model.
    metrics: BTreeMap<String, f64>,
    /// The parameters of its run.
    params: BTreeMap<String, String>,
    /// Who approved it.
    approvals: Vec<ApprovalView>,
    /// Its newest validation.
    #[schema(required = true)]
    validation: Option<VersionValidationView>,
}

impl IntoView<ModelVersionView> for VersionShown {
    fn into_view(self) -> ModelVersionView {
        let version = self.version;
        let is_unchanged = self.is_unchanged;
        ModelVersionView {
            version: version.label(),
            number: version.version,
            stage: stage_shown(version.stage),
            aliases: self.aliases,
            status: version.status.as_str().to_owned(),
            created_at: self.created_at.into_view(),
            created_by: version.created_by,
            description: version.description,
            tags: version.tags,
            run_id: version.run_id,
            run_name: self.run_name,
            experiment_id: self.experiment_id,
            source: version.source,
            lineage: self.lineage.into_view(),
            artifact: self.artifact.map(|file| artifact(file, is_unchanged)),
            signature: self.signature.into_view(),
            metrics: self.metrics,
            params: self.params,
            approvals: self.approvals.into_view(),
            validation: self
                .validation
                .map(|(id, verdict)| VersionValidationView { id, verdict }),
        }
    }
}

/// The newest validation of a version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VersionValidation)]
pub(crate) struct VersionValidationView {
    /// Identifier: `val_…`.
    id: String,
    /// `passed`, `failed` or `could_not_decide`; `null` while it runs.
    #[schema(required = true)]
    verdict: Option<String>,
}

/// Where a version comes from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lineage)]
pub(crate) struct LineageView {
    /// The data it was trained on.
    #[schema(required = true)]
    snapshot: Option<LineageSnapshotView>,
    /// The revision of the code.
    #[schema(required = true)]
    code_revision: Option<String>,
    /// The run.
    #[schema(required = true)]
    run_id: Option<String>,
    /// The logged model.
    #[schema(required = true)]
    logged_model_id: Option<String>,
}

/// The data a version was trained on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LineageSnapshot)]
pub(crate) struct LineageSnapshotView {
    /// Identifier: `snap_…`.
    id: String,
}

impl IntoView<LineageView> for Lineage {
    fn into_view(self) -> LineageView {
        LineageView {
            snapshot: self.snapshot.map(|id| LineageSnapshotView { id }),
            code_revision: self.code_revision,
            run_id: self.run_id,
            logged_model_id: self.logged_model_id,
        }
    }
}

/// A file of a version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VersionArtifact)]
pub(crate) struct ArtifactView {
    /// Below the version's folder.
    path: String,
    /// Of its contents when it was registered.
    sha256: String,
    /// Length of its contents.
    size_bytes: u64,
    /// Whether all files are still those that were registered; `null` where they lie elsewhere.
    #[schema(required = true)]
    verified: Option<bool>,
}

fn artifact(file: VersionFile, is_unchanged: Option<bool>) -> ArtifactView {
    ArtifactView {
        path: file.path,
        sha256: file.sha256,
        size_bytes: file.n_bytes,
        verified: is_unchanged,
    }
}

view! {
    /// What a model takes and gives.
    SignatureView as ModelSignature from SignatureShown {
        /// What it takes.
        inputs: Vec<SignatureColumnView>,
        /// What it gives.
        outputs: Vec<SignatureColumnView>,
    }
}

/// A column or tensor of a signature.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignatureColumn)]
pub(crate) struct SignatureColumnView {
    /// Its name; empty for the only one.
    name: String,
    /// Its type.
    #[serde(rename = "type")]
    kind: String,
}

impl IntoView<SignatureColumnView> for NamedType {
    fn into_view(self) -> SignatureColumnView {
        SignatureColumnView {
            name: self.name,
            kind: self.kind,
        }
    }
}

view! {
    /// Somebody's approval of a version.
    ApprovalView as VersionApproval from Approval {
        /// Who.
        actor: String,
        /// When.
        at: Instant,
        /// Why.
        reason: Option<String>,
    }
}

/// A word that differs between two versions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedText)]
pub(crate) struct ChangedTextView {
    /// Which.
    name: String,
    /// In the first version.
    #[schema(required = true)]
    before: Option<String>,
    /// In the second.
    #[schema(required = true)]
    after: Option<String>,
}

/// A number that differs between two versions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedNumber)]
pub(crate) struct ChangedNumberView {
    /// Which.
    name: String,
    /// In the first version.
    #[schema(required = true)]
    before: Option<f64>,
    /// In the second.
    #[schema(required = true)]
    after: Option<f64>,
}

impl IntoView<ChangedTextView> for Differs<String> {
    fn into_view(self) -> ChangedTextView {
        ChangedTextView {
            name: self.name,
            before: self.before,
            after: self.after,
        }
    }
}

impl IntoView<ChangedNumberView> for Differs<f64> {
    fn into_view(self) -> ChangedNumberView {
        ChangedNumberView {
            name: self.name,
            before: self.before,
            after: self.after,
        }
    }
}

view! {
    /// What differs between two versions.
    VersionDiffView as VersionDiff from VersionDiff {
        /// Label of the first.
        from: String,
        /// Label of the second.
        to: String,
        /// Parameters that differ.
        params: Vec<ChangedTextView>,
        /// Parameters that do not.
        n_same_params: u64,
        /// Metrics that differ.
        metrics: Vec<ChangedNumberView>,
        /// Inputs and outputs that differ.
        signature: Vec<ChangedTextView>,
        /// Where they come from, where that differs.
        lineage: Vec<ChangedTextView>,
        /// Tags that differ.
        tags: Vec<ChangedTextView>,
    }
}

/// Which version served at an instant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Serving)]
pub(crate) struct ServingView {
    /// The instant, on the model's own clock.
    pub(crate) at: Instant,
    /// The version's label; `null`: none did.
    #[schema(required = true)]
    pub(crate) version: Option<String>,
    /// Since when it did.
    #[schema(required = true)]
    pub(crate) since: Option<Instant>,
    /// Until when it did; `null`: it still does.
    #[schema(required = true)]
    pub(crate) until: Option<Instant>,
    /// Who decided it.
    #[schema(required = true)]
    pub(crate) actor: Option<String>,
    /// Why.
    #[schema(required = true)]
    pub(crate) reason: Option<String>,
    /// `promoted`, `rolled_back` or `set_by_hand`.
    #[schema(required = true)]
    pub(crate) kind: Option<String>,
}

impl ServingView {
    pub(crate) fn new(at: jiff::Timestamp, served: Option<Served>) -> Self {
        let served = served.map(|served| -> ServedView { served.into_view() });
        let mut view = Self {
            at: at.into_view(),
            version: None,
            since: None,
            until: None,
            actor: None,
            reason: None,
            kind: None,
        };
        if let Some(served) = served {
            view.version = Some(served.version);
            view.since = Some(served.from);
            view.until = served.to;
            view.actor = Some(served.actor);
            view.reason = served.reason;
            view.kind = Some(served.kind);
        }
        view
    }
}
