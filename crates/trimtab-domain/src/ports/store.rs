//! Ports to the metadata database: one contract, two databases.

use crate::alert::AlertState;
use crate::documents::{Document, DocumentKind, StoredDocument};
use crate::error::Result;
use crate::fold::{Fold, LabelAge, PerformanceProfile, PredictionRole, ProfileDelta, ProfileKey};
use crate::ids::{DocumentName, IncidentId, ModelName, TokenId};
use crate::incident::{Incident, IncidentEvent, IncidentState};
use crate::intake::{ModelProgress, Position};
use crate::outbox::OutboxMessage;
use crate::ports::ab_test::AbTestStore;
use crate::ports::audit::AuditStore;
use crate::ports::registry::RegistryStore;
use crate::ports::retraining::RetrainingStore;
use crate::ports::rollout::{ExposureSink, RolloutStore};
use crate::ports::tracking::TrackingStore;
use crate::ports::validation::ValidationStore;
use crate::reference::ReferenceProfile;
use crate::result::{MonitorResult, Severity};
use crate::retraining::AlertRecord;
use crate::signal::SignalPoint;
use crate::time::Window;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_stats::{DatasetProfile, Grid};

/// Everything the metadata database keeps.
pub trait Store:
    DocumentStore
    + ModelStore
    + ProfileStore
    + ResultStore
    + SignalStore
    + AlertStore
    + TokenStore
    + AuditStore
    + AbTestStore
    + RegistryStore
    + ValidationStore
    + RetrainingStore
    + TrackingStore
    + RolloutStore
    + ExposureSink
{
}

impl<T> Store for T where
    T: DocumentStore
        + ModelStore
        + ProfileStore
        + ResultStore
        + SignalStore
        + AlertStore
        + TokenStore
        + AuditStore
        + AbTestStore
        + RegistryStore
        + ValidationStore
        + RetrainingStore
        + TrackingStore
        + RolloutStore
        + ExposureSink
{
}

/// Declared documents, every version of them.
#[async_trait]
pub trait DocumentStore: Send + Sync {
    /// The newest version of every document that is not deleted, in apply order
    /// ([`DocumentKind::ALL`], then model, then name).
    async fn documents(
        &self,
        kind: Option<DocumentKind>,
        model: Option<&ModelName>,
    ) -> Result<Vec<StoredDocument>>;

    /// The newest version of one document.
    async fn document(
        &self,
        kind: DocumentKind,
        model: Option<&ModelName>,
        name: &str,
    ) -> Result<Option<StoredDocument>>;

    /// Stores new versions of all given documents in one transaction, and returns them.
    async fn put_documents(
        &self,
        documents: &[Document],
        actor: &str,
        now: Timestamp,
    ) -> Result<Vec<StoredDocument>>;

    /// Marks a document as deleted. Its versions stay for the record.
    async fn delete_document(
        &self,
        kind: DocumentKind,
        model: Option<&ModelName>,
        name: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<bool>;
}

/// A version of a model, as its events showed it.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionInfo {
    /// The version.
    pub version: String,
    /// Live or shadow.
    pub role: PredictionRole,
    /// First window with rows.
    pub first_seen: Timestamp,
    /// End of the last window with rows.
    pub last_seen: Timestamp,
    /// All predictions.
    pub n_predictions: u64,
}

/// A reference, without its profiles.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceInfo {
    /// Its name.
    pub name: DocumentName,
    /// All rows.
    pub n_rows: u64,
    /// Its period, where it has a time axis.
    pub period: Option<Window>,
    /// The grid it is counted on.
    pub grid_version: u32,
    /// When it was stored.
    pub stored_at: Timestamp,
}

/// Models, their progress, grids and references.
#[async_trait]
pub trait ModelStore: Send + Sync {
    /// How far every model's events have come.
    async fn progress(&self) -> Result<BTreeMap<ModelName, ModelProgress>>;

    /// The versions seen in a model's events.
    async fn versions(&self, model: &ModelName) -> Result<Vec<VersionInfo>>;

    /// A model's newest grid.
    async fn grid(&self, model: &ModelName) -> Result<Option<Arc<Grid>>>;

    /// Stores a reference (replacing one of the same name) and, if it is new, its grid.
    async fn put_reference(
        &self,
        model: &ModelName,
        name: &DocumentName,
        reference: &ReferenceProfile,
        now: Timestamp,
    ) -> Result<()>;

    /// A reference with its profiles.
    async fn reference(
        &self,
        model: &ModelName,
        name: &DocumentName,
    ) -> Result<Option<ReferenceProfile>>;

    /// A model's references, oldest first.
    async fn references(&self, model: &ModelName) -> Result<Vec<ReferenceInfo>>;

    /// Removes everything that belongs to a model, documents included.
    async fn delete_model(&self, model: &ModelName) -> Result<()>;
}

/// Which profiles to read.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileQuery {
    /// The model.
    pub model: ModelName,
    /// One version, or all.
    pub version: Option<String>,
    /// Live or shadow, or both.
    pub role: Option<PredictionRole>,
    /// `""` is all traffic.
    pub segment: String,
    /// Windows that start inside.
    pub range: Window,
}

/// A stored profile.
#[derive(Debug, Clone)]
pub struct StoredProfile {
    /// Which.
    pub key: ProfileKey,
    /// The grid its columns are counted on.
    pub grid_version: u32,
    /// The profile.
    pub profile: DatasetProfile,
}

/// A window's size, without its profile.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowVolume {
    /// Which.
    pub key: ProfileKey,
    /// Predictions.
    pub n_rows: u64,
}

/// A window's performance from labels of one age.
#[derive(Debug, Clone)]
pub struct StoredPerformance {
    /// Which.
    pub key: ProfileKey,
    /// How old the labels were.
    pub age: LabelAge,
    /// The performance.
    pub performance: PerformanceProfile,
}

/// A window whose rows or labels changed since it was last judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchedWindow {
    /// Order of change: hand the largest one seen to [`ResultStore::save_results`].
    pub sequence: i64,
    /// The model.
    pub model: ModelName,
    /// A window of the model's granularity.
    pub window: Window,
    /// Whether rows changed.
    pub rows: bool,
    /// Whether labels changed.
    pub labels: bool,
}

/// Profiles and the positions of the journal's consumers.
#[async_trait]
pub trait ProfileStore: Send + Sync {
    /// Where a consumer stands (the beginning where it never committed).
    async fn position(&self, consumer: &str) -> Result<Position>;

    /// Merges a fold, moves the consumer's position, the models' progress, metric points and the
    /// touched windows: all in one transaction.
    ///
    /// # Errors
    ///
    /// `Conflict` if the consumer does not stand at `from`: somebody else committed.
    async fn commit_fold(&self, consumer: &str, from: Position, fold: &Fold) -> Result<()>;

    /// Replaces all profiles of a model (not its performance) by these.
    async fn replace_profiles(&self, model: &ModelName, profiles: &[ProfileDelta]) -> Result<()>;

    /// Profiles in order of window start.
    async fn profiles(&self, query: &ProfileQuery) -> Result<Vec<StoredProfile>>;

    /// Row counts in order of window start.
    async fn volumes(&self, query: &ProfileQuery) -> Result<Vec<WindowVolume>>;

    /// Performance in order of window start.
    async fn performance(&self, query: &ProfileQuery) -> Result<Vec<StoredPerformance>>;

    /// Windows that changed since they were last judged, oldest first.
    async fn touched_windows(&self, model: &ModelName) -> Result<Vec<TouchedWindow>>;

    /// Labels that arrived without a prediction.
    async fn unmatched_labels(&self, model: &ModelName) -> Result<u64>;
}

/// Which results to read.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultQuery {
    /// The model.
    pub model: ModelName,
    /// One monitor, or all.
    pub monitor: Option<DocumentName>,
    /// Windows that start inside.
    pub range: Option<Window>,
    /// Superseded ones too.
    pub with_superseded: bool,
    /// At most so many, newest windows first.
    pub limit: Option<u32>,
}

/// Results: superseded, never overwritten.
#[async_trait]
pub trait ResultStore: Send + Sync {
    /// Stores results with their signal points, superseding earlier ones of the same monitor
    /// and window, and forgets the given touched windows (by model and window, where their
    /// sequence has not moved): in one transaction.
    async fn save_results(
        &self,
        results: &[MonitorResult],
        points: &[SignalPoint],
        judged: &[TouchedWindow],
    ) -> Result<()>;

    /// Results in order of monitor and window start, unless a limit asks for the newest.
    async fn results(&self, query: &ResultQuery) -> Result<Vec<StoredResult>>;
}

/// A result and whether a later one replaced it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredResult {
    /// The result.
    pub result: MonitorResult,
    /// Whether a later revision exists.
    pub superseded: bool,
}

/// Which signals to read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SignalQuery {
    /// One model, or all.
    pub model: Option<ModelName>,
    /// One name, or all.
    pub name: Option<String>,
    /// Windows that start inside.
    pub range: Option<Window>,
    /// Only the newest point of each signal.
    pub newest_only: bool,
}

/// Signals.
#[async_trait]
pub trait SignalStore: Send + Sync {
    /// Points in order of key and window start.
    async fn signals(&self, query: &SignalQuery) -> Result<Vec<SignalPoint>>;
}

/// Which incidents to read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IncidentQuery {
    /// One model, or all.
    pub model: Option<ModelName>,
    /// These states, or all where empty.
    pub states: Vec<IncidentState>,
    /// These severities, or all where empty.
    pub severities: Vec<Severity>,
    /// At most so many, newest first.
    pub limit: Option<u32>,
    /// Only those numbered below (the cursor).
    pub below_number: Option<u64>,
}

/// Everything one step of alerting changes, in one transaction.
#[derive(Debug, Clone, Default)]
pub struct AlertCommit {
    /// New states of rules: `(model, rule)`.
    pub states: Vec<(ModelName, DocumentName, AlertState)>,
    /// Incidents as they are now (inserted or updated by id).
    pub incidents: Vec<Incident>,
    /// New timeline entries.
    pub events: Vec<(IncidentId, IncidentEvent)>,
    /// New messages.
    pub messages: Vec<OutboxMessage>,
    /// What happened to alerts.
    pub history: Vec<AlertRecord>,
}

/// Alert states, incidents and the outbox.
#[async_trait]
pub trait AlertStore: Send + Sync {
    /// Where each rule of a model stands.
    async fn alert_states(&self, model: &ModelName) -> Result<BTreeMap<DocumentName, AlertState>>;

    /// Commits a step.
    async fn commit_alerts(&self, commit: &AlertCommit) -> Result<()>;

    /// The number the next incident gets.
    async fn next_incident_number(&self) -> Result<u64>;

    /// The open or acknowledged incident of a model's monitor.
    async fn open_incident(&self, model: &ModelName, monitor: &str) -> Result<Option<Incident>>;

    /// One incident.
    async fn incident(&self, id: &IncidentId) -> Result<Option<Incident>>;

    /// Incidents, newest first.
    async fn incidents(&self, query: &IncidentQuery) -> Result<Vec<Incident>>;

    /// How many incidents are open, acknowledged and resolved.
    async fn incident_counts(&self, model: Option<&ModelName>) -> Result<IncidentCounts>;

    /// An incident's timeline, oldest first.
    async fn incident_events(&self, id: &IncidentId) -> Result<Vec<IncidentEvent>>;

    /// An incident's messages, oldest first.
    async fn incident_messages(&self, id: &IncidentId) -> Result<Vec<OutboxMessage>>;

    /// Pending messages that are due, oldest first.
    async fn due_messages(&self, now: Timestamp, limit: u32) -> Result<Vec<OutboxMessage>>;

    /// When the next pending message falls due.
    async fn next_message_at(&self) -> Result<Option<Timestamp>>;

    /// Stores what an attempt made of a message.
    async fn update_message(&self, message: &OutboxMessage) -> Result<()>;
}

/// How many incidents stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IncidentCounts {
    /// Nobody has them.
    pub open: u64,
    /// Somebody has them.
    pub acknowledged: u64,
    /// Over.
    pub resolved: u64,
}

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its public half.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// Whose it is: approvals count people, not tokens.
    pub person: Option<String>,
    /// Permissions, as words: `read`, `ingest`, `respond`, `edit`, `admin`.
    pub permissions: Vec<String>,
    /// SHA-256 of the whole token, hex.
    pub hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// API tokens.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// Stores a token.
    async fn put_token(&self, token: &Token) -> Result<()>;

    /// One token by its public half.
    async fn token(&self, id: &TokenId) -> Result<Option<Token>>;

    /// All tokens, oldest first.
    async fn tokens(&self) -> Result<Vec<Token>>;

    /// Revokes a token; `false` if there is none.
    async fn revoke_token(&self, id: &TokenId, now: Timestamp) -> Result<bool>;
}
