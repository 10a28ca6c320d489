//! [`App`]: every use case behind one cheap handle.

use crate::catalog::CatalogCache;
use crate::documents::{DocumentChange, PlannedAction};
use crate::evaluate::Judge;
use crate::tokens::{NewToken, Permission};
use bytes::Bytes;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use tokio::sync::{Mutex, Notify, broadcast};
use tokio_util::sync::CancellationToken;
use trimtab_domain::documents::{Document, DocumentKind, ModelSpec, StoredDocument};
use trimtab_domain::incident::Incident;
use trimtab_domain::intake::{EventKind, IngestMode, MediaType, Position, Receipt};
use trimtab_domain::ports::store::Token;
use trimtab_domain::ports::{
    Append, ArtifactStore, Clock, EventLog, Identity, Intake, Lake, ModelReader, ModelTrials,
    Notifier, Orchestrator, OutcomeLog, References, Snapshots, Store,
};
use trimtab_domain::result::MonitorResult;
use trimtab_domain::{DocumentName, Error, IncidentId, ModelName, Result, TokenId, Window};

/// Changes a slow listener may be behind before it misses some.
const CHANGES_BUFFERED_MAX: usize = 256;

/// What an [`App`] is built from: one implementation of every port.
#[derive(Clone)]
pub struct Parts {
    /// The metadata database.
    pub store: Arc<dyn Store>,
    /// Accepts rows.
    pub intake: Arc<dyn Intake>,
    /// The journal, as its consumers see it.
    pub log: Arc<dyn EventLog>,
    /// Raw events in tables.
    pub lake: Arc<dyn Lake>,
    /// What versions did, row by row: A/B tests are judged by it.
    pub outcomes: Arc<dyn OutcomeLog>,
    /// Makes references.
    pub references: Arc<dyn References>,
    /// Reads model files.
    pub models: Arc<dyn ModelReader>,
    /// Lets two models meet on the same rows.
    pub trials: Arc<dyn ModelTrials>,
    /// Writes what trainings read.
    pub snapshots: Arc<dyn Snapshots>,
    /// Runs training jobs.
    pub orchestrator: Arc<dyn Orchestrator>,
    /// Keeps files by their contents.
    pub artifacts: Arc<dyn ArtifactStore>,
    /// Sends messages.
    pub notifier: Arc<dyn Notifier>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Unique and secret words.
    pub identity: Arc<dyn Identity>,
}

/// Numbers and addresses the use cases need; components are in [`Parts`].
#[derive(Debug, Clone, PartialEq)]
pub struct AppSettings {
    /// Where people reach the dashboard: links in messages begin with it, no slash at the end.
    pub public_url: String,
    /// Rows that one run of the profiler folds at most.
    pub fold_rows_max: u64,
    /// The profiler commits at most once in so many milliseconds while it is busy.
    pub profiler_interval_ms: u64,
    /// The lake writer moves what is pending once in so many milliseconds.
    pub lake_interval_ms: u64,
    /// The evaluator looks for closed windows at least once in so many milliseconds.
    pub evaluator_interval_ms: u64,
    /// The deliverer looks for due messages at least once in so many milliseconds.
    pub deliverer_interval_ms: u64,
    /// The retrainer looks after open trainings at least once in so many milliseconds.
    pub retrainer_interval_ms: u64,
}

impl AppSettings {
    /// The usual intervals, with links that begin with `public_url`.
    pub fn new(public_url: impl Into<String>) -> Self {
        let public_url: String = public_url.into();
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            fold_rows_max: 50_000,
            profiler_interval_ms: 1_000,
            lake_interval_ms: 3_000,
            evaluator_interval_ms: 5_000,
            deliverer_interval_ms: 5_000,
            retrainer_interval_ms: 1_000,
        }
    }
}

/// Something visible changed: who shows it should ask again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind of thing.
    pub kind: ChangeKind,
    /// The model it is about; absent for the whole fleet.
    pub model: Option<ModelName>,
}

/// The kinds of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Models came, went or changed their documents.
    Fleet,
    /// A model has new rows, labels or results.
    Model,
    /// An incident opened, changed or ended.
    Incident,
}

impl ChangeKind {
    /// The word in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
            Self::Model => "model",
            Self::Incident => "incident",
        }
    }
}

/// What storing a reference's data made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceStored {
    /// All rows.
    pub n_rows: u64,
    /// Windows of the model's granularity on its time axis; 0 without one.
    pub n_windows: usize,
    /// The grid it is counted on.
    pub grid_version: u32,
    /// The columns of that grid.
    pub columns: Vec<String>,
}

/// Every use case, behind one handle that is cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) parts: Parts,
    pub(crate) settings: AppSettings,
    pub(crate) catalog: CatalogCache,
    pub(crate) changes: broadcast::Sender<Change>,
    /// Held while documents change, so that two plans never cross.
    pub(crate) editing: Mutex<()>,
    // Locks, in the order in which they are taken.
    /// Held while profiles are merged or replaced, so that a new grid never meets an old fold.
    pub(crate) profiling: Mutex<()>,
    /// Held while the lake is written, or must stand still.
    pub(crate) lake_writing: Mutex<()>,
    /// Held while windows are judged: by hand and on schedule never interleave.
    pub(crate) judging: Mutex<Judge>,
    /// Held while alerts and incidents change: people never wait for a long judgement.
    pub(crate) alerting: Mutex<()>,
    /// Held while A/B tests change: people and looks never interleave.
    pub(crate) testing: Mutex<()>,
    /// Models with news for the evaluator.
    pub(crate) restless: std::sync::Mutex<BTreeSet<ModelName>>,
    pub(crate) evaluator_nudge: Notify,
    pub(crate) deliverer_nudge: Notify,
    /// Held while a candidate meets the champion: each reads weeks of rows.
    pub(crate) validating: Mutex<()>,
    /// Held while open trainings are taken on: by hand and in the background never interleave.
    pub(crate) driving: Mutex<()>,
    pub(crate) retrainer_nudge: Notify,
    pub(crate) read_cache: crate::read::cache::ReadCache,
    /// Entries of the audit log that are written together.
    pub(crate) log_queue: crate::audit::LogQueue,
    /// Held for reading while a file gets its name, for writing while nameless contents go.
    pub(crate) artifact_naming: tokio::sync::RwLock<()>,
    /// Held while a rollout changes: a person and the background never interleave.
    pub(crate) rolling: Mutex<()>,
    /// Held while flags are read again. Taken after `rolling`.
    pub(crate) refreshing_flags: Mutex<()>,
    pub(crate) board: crate::rollout::board::Board,
    pub(crate) recent: crate::rollout::recent::Recent,
    pub(crate) rollout_nudge: Notify,
    pub(crate) recent_tokens: crate::tokens::RecentTokens,
}

impl App {
    /// Puts the parts together. Nothing runs until [`App::run_background`].
    pub fn new(parts: Parts, settings: AppSettings) -> Self {
        let (changes, _) = broadcast::channel(CHANGES_BUFFERED_MAX);
        Self {
            inner: Arc::new(Inner {
                parts,
                settings,
                catalog: CatalogCache::default(),
                changes,
                editing: Mutex::new(()),
                profiling: Mutex::new(()),
                lake_writing: Mutex::new(()),
                judging: Mutex::new(Judge::default()),
                alerting: Mutex::new(()),
                testing: Mutex::new(()),
                restless: std::sync::Mutex::default(),
                evaluator_nudge: Notify::new(),
                deliverer_nudge: Notify::new(),
                validating: Mutex::new(()),
                driving: Mutex::new(()),
                retrainer_nudge: Notify::new(),
                read_cache: crate::read::cache::ReadCache::default(),
                log_queue: crate::audit::LogQueue::default(),
                artifact_naming: tokio::sync::RwLock::new(()),
                rolling: Mutex::new(()),
                refreshing_flags: Mutex::new(()),
                board: crate::rollout::board::Board::default(),
                recent: crate::rollout::recent::Recent::default(),
                rollout_nudge: Notify::new(),
                recent_tokens: crate::tokens::RecentTokens::default(),
            }),
        }
    }

    /// The metadata database, for read models.
    pub fn store(&self) -> &dyn Store {
        &*self.inner.parts.store
    }

    /// The lake, for read models ("as known on" questions).
    pub fn lake(&self) -> &dyn Lake {
        &*self.inner.parts.lake
    }

    /// The journal, for status pages.
    pub fn log(&self) -> &dyn EventLog {
        &*self.inner.parts.log
    }

    /// The wall clock.
    pub fn now(&self) -> Timestamp {
        self.inner.parts.clock.now()
    }

    /// The settings it was built with.
    pub fn settings(&self) -> &AppSettings {
        &self.inner.settings
    }

    /// Listens to visible changes (for server-sent events).
    pub fn events(&self) -> broadcast::Receiver<Change> {
        self.inner.changes.subscribe()
    }

    /// A model's document.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such model.
    pub async fn model(&self, model: &ModelName) -> Result<Arc<ModelSpec>> {
        let catalog = self.catalog().await?;
        catalog
            .models
            .get(model)
            .map(|entry| Arc::clone(&entry.spec))
            .ok_or_else(|| Error::not_found("model", model))
    }

    /// Accepts a batch. What the receipt counts as accepted is on disk.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model, `Invalid` if the body cannot be read; wrong rows are in
    /// the receipt (then, in `AllOrNothing`, nothing was accepted).
    pub async fn ingest(
        &self,
        model: &ModelName,
        kind: EventKind,
        media_type: MediaType,
        body: Bytes,
        mode: IngestMode,
    ) -> Result<Receipt> {
        let spec = self.model(model).await?;
        self.inner
            .parts
            .intake
            .append(Append {
                model: spec,
                kind,
                media_type,
                body,
                mode,
                received_at: self.now(),
            })
            .await
    }

    /// Accepts a batch of labels, and writes down who sent it.
    ///
    /// # Errors
    ///
    /// As [`App::ingest`]. If the batch is on disk and the log can't be written, it fails too:
    /// sent again, its rows count as duplicates.
    pub async fn import_labels(
        &self,
        model: &ModelName,
        media_type: MediaType,
        body: Bytes,
        mode: IngestMode,
        actor: &str,
    ) -> Result<Receipt> {
        let (app, model, actor) = (self.clone(), model.clone(), actor.to_owned());
        // A task of its own: a sender that hangs up in the middle must not leave labels behind
        // that the log knows nothing of.
        let importing = tokio::spawn(async move {
            let receipt = app
                .ingest(&model, EventKind::Labels, media_type, body, mode)
                .await?;
            crate::audit::labels_imported(&app, &model, &receipt, &actor).await?;
            Ok(receipt)
        });
        importing.await.map_err(|source| {
            Error::internal("an import of labels stopped in the middle").with_source(source)
        })?
    }

    /// Takes the sender's word that all predictions before `until` have been sent.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model.
    pub async fn complete(&self, model: &ModelName, until: Timestamp) -> Result<Position> {
        self.model(model).await?;
        let now = self.now();
        self.inner.parts.intake.complete(model, until, now).await
    }

    /// What [`App::apply_documents`] would change.
    ///
    /// # Errors
    ///
    /// `Invalid` if a document, alone or beside the others, is wrong: it says which and how to
    /// mend it.
    pub async fn plan_documents(&self, documents: Vec<Document>) -> Result<Vec<DocumentChange>> {
        let catalog = self.catalog().await?;
        let history = crate::documents::with_history(self, &catalog).await?;
        crate::documents::plan(&catalog, &history, &documents)
    }

    /// Makes the documents so, all or none, and says what changed.
    ///
    /// # Errors
    ///
    /// As [`App::plan_documents`].
    pub async fn apply_documents(
        &self,
        documents: Vec<Document>,
        actor: &str,
    ) -> Result<Vec<DocumentChange>> {
        crate::documents::apply(self, documents, actor).await
    }

    /// The documents as they are now, in apply order.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away.
    pub async fn export_documents(
        &self,
        kind: Option<DocumentKind>,
        model: Option<&ModelName>,
    ) -> Result<Vec<StoredDocument>> {
        self.store().documents(kind, model).await
    }

    /// Deletes a document (a model only by [`App::delete_model`]).
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none, `Conflict` if another document needs it.
    pub async fn delete_document(
        &self,
        kind: DocumentKind,
        model: Option<&ModelName>,
        name: &str,
        actor: &str,
    ) -> Result<()> {
        crate::documents::delete(self, kind, model, name, actor).await
    }

    /// Stores a reference's rows as profiles; the model's first reference makes its grid.
    ///
    /// # Errors
    ///
    /// `NotFound` if model or reference are not declared, `Invalid` if the rows don't fit.
    pub async fn put_reference_data(
        &self,
        model: &ModelName,
        reference: &DocumentName,
        media_type: MediaType,
        body: Bytes,
        actor: &str,
    ) -> Result<ReferenceStored> {
        crate::references::put_data(self, model, reference, media_type, body, actor).await
    }

    /// Deletes a model with everything that belongs to it.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none.
    pub async fn delete_model(&self, model: &ModelName, actor: &str) -> Result<()> {
        crate::documents::delete_model(self, model, actor).await
    }

    /// Judges a monitor's closed windows that start in `range` now; all of them without one.
    ///
    /// A window judged before gets a new revision, which supersedes the old one; alerting sees
    /// each window once.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model or monitor.
    pub async fn evaluate(
        &self,
        model: &ModelName,
        monitor: &DocumentName,
        range: Option<Window>,
        actor: &str,
    ) -> Result<Vec<MonitorResult>> {
        crate::evaluate::by_hand(self, model, monitor, range, actor).await
    }

    /// A person takes an incident.
    ///
    /// # Errors
    ///
    /// `NotFound` without such an incident.
    pub async fn acknowledge(
        &self,
        incident: &IncidentId,
        actor: &str,
        note: Option<&str>,
    ) -> Result<Incident> {
        crate::incidents::acknowledge(self, incident, actor, note).await
    }

    /// A person closes an incident.
    ///
    /// # Errors
    ///
    /// `NotFound` without such an incident.
    pub async fn resolve_incident(
        &self,
        incident: &IncidentId,
        actor: &str,
        note: Option<&str>,
    ) -> Result<Incident> {
        crate::incidents::resolve(self, incident, actor, note).await
    }

    /// Makes an API token. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    ///
    /// `Invalid` without a name or a permission.
    pub async fn create_token(
        &self,
        name: &str,
        permissions: &[Permission],
        expires_at: Option<Timestamp>,
        actor: &str,
    ) -> Result<NewToken> {
        crate::tokens::create(self, name, permissions, expires_at, actor).await
    }

    /// Makes an API token of a person: approvals count people, however many tokens each holds.
    ///
    /// # Errors
    ///
    /// As [`App::create_token`].
    pub async fn create_token_for(
        &self,
        person: Option<&str>,
        name: &str,
        permissions: &[Permission],
        expires_at: Option<Timestamp>,
        actor: &str,
    ) -> Result<NewToken> {
        let desk = crate::tokens::desk(self, actor);
        desk.create_for(person, name, permissions, expires_at).await
    }

    /// The token a bearer secret belongs to, if it is valid now.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away.
    pub async fn authenticate(&self, secret: &str) -> Result<Option<Token>> {
        crate::tokens::authenticate(self, secret).await
    }

    /// As [`App::authenticate`], for callers that ask hundreds of times a second: a token that was
    /// read within the last two seconds is not read again. Revoked in this process it is refused
    /// at once, and revoked anywhere else within those two seconds.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away and the token is to be read.
    pub async fn authenticate_often(&self, secret: &str) -> Result<Option<Token>> {
        crate::tokens::authenticate_often(self, secret).await
    }

    /// Makes a token invalid.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a token.
    pub async fn revoke_token(&self, id: &TokenId, actor: &str) -> Result<()> {
        crate::tokens::revoke(self, id, actor).await
    }

    /// Runs profiler, lake writer, evaluator, deliverer, retrainer, A/B tests and rollouts until
    /// `shutdown`.
    pub async fn run_background(&self, shutdown: CancellationToken) {
        // Boxed: the tasks together are larger than a stack should hold.
        Box::pin(crate::background::run(self, shutdown)).await;
    }

    /// Profiles what the journal holds and judges what is closed, until nothing is left to do.
    ///
    /// For tests and for commands that wait; the background tasks do the same, bit by bit.
    ///
    /// # Errors
    ///
    /// The first error of any of them.
    pub async fn catch_up(&self) -> Result<()> {
        crate::background::catch_up(self).await
    }

    /// Tries every due message once; the background does so too.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away.
    pub async fn deliver_due(&self) -> Result<()> {
        crate::deliver::step(self).await
    }

    pub(crate) async fn catalog(&self) -> Result<Arc<crate::catalog::Catalog>> {
        self.inner.catalog.get(self.store()).await
    }

    pub(crate) fn announce(&self, kind: ChangeKind, model: Option<&ModelName>) {
        self.inner.read_cache.outdate();
        // Nobody listening is fine.
        drop(self.inner.changes.send(Change {
            kind,
            model: model.cloned(),
        }));
    }

    /// Wakes the evaluator for some models.
    pub(crate) fn nudge_evaluator<'a>(&self, models: impl IntoIterator<Item = &'a ModelName>) {
        let mut restless = self
            .inner
            .restless
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        restless.extend(models.into_iter().cloned());
        drop(restless);
        self.inner.evaluator_nudge.notify_one();
    }

    /// The models with news, which are quiet from here on.
    pub(crate) fn take_restless(&self) -> BTreeSet<ModelName> {
        let mut restless = self
            .inner
            .restless
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *restless)
    }

    pub(crate) fn suffix(&self) -> String {
        self.inner.parts.identity.suffix()
    }
}

impl DocumentChange {
    /// Whether applying it changes anything.
    pub fn is_change(&self) -> bool {
        self.action != PlannedAction::Unchanged
    }
}
