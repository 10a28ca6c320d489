//! The metadata database in memory, with the semantics of the store's contract.

use crate::lock;
use crate::store_registry::Registry;
use crate::store_tracking::TrackingState;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use trimtab_domain::alert::AlertState;
use trimtab_domain::audit::ChainedEntry;
use trimtab_domain::documents::{Document, DocumentKind, StoredDocument};
use trimtab_domain::fold::{
    Fold, LabelAge, PerformanceProfile, PredictionRole, ProfileDelta, ProfileKey,
};
use trimtab_domain::incident::{Incident, IncidentEvent, IncidentState};
use trimtab_domain::intake::{ModelProgress, Position};
use trimtab_domain::outbox::{MessageState, OutboxMessage};
use trimtab_domain::ports::store::{
    AlertCommit, AlertStore, DocumentStore, IncidentCounts, IncidentQuery, ModelStore,
    ProfileQuery, ProfileStore, ReferenceInfo, ResultQuery, ResultStore, SignalQuery, SignalStore,
    StoredPerformance, StoredProfile, StoredResult, Token, TokenStore, TouchedWindow, VersionInfo,
    WindowVolume,
};
use trimtab_domain::reference::ReferenceProfile;
use trimtab_domain::result::MonitorResult;
use trimtab_domain::signal::{SignalKey, SignalPoint};
use trimtab_domain::validation::Validation;
use trimtab_domain::{DocumentName, Error, IncidentId, ModelName, Result, TokenId, Window};
use trimtab_stats::{DatasetProfile, Grid};

type DocumentKey = (DocumentKind, Option<ModelName>, String);

#[derive(Default)]
pub(crate) struct State {
    documents: BTreeMap<DocumentKey, (StoredDocument, bool)>,
    progress: BTreeMap<ModelName, ModelProgress>,
    grids: BTreeMap<ModelName, Arc<Grid>>,
    references: BTreeMap<ModelName, Vec<(ReferenceInfo, ReferenceProfile)>>,
    positions: BTreeMap<String, Position>,
    profiles: BTreeMap<ProfileKey, (u32, DatasetProfile)>,
    performance: BTreeMap<(ProfileKey, LabelAge), PerformanceProfile>,
    touched: BTreeMap<(ModelName, Window), TouchedWindow>,
    unmatched: BTreeMap<ModelName, u64>,
    sequence: i64,
    results: Vec<StoredResult>,
    signals: BTreeMap<SignalKey, BTreeMap<Window, SignalPoint>>,
    alerts: BTreeMap<ModelName, BTreeMap<DocumentName, AlertState>>,
    incidents: BTreeMap<u64, Incident>,
    events: Vec<(IncidentId, IncidentEvent)>,
    messages: Vec<OutboxMessage>,
    tokens: Vec<Token>,
    pub(crate) audit: Vec<ChainedEntry>,
    pub(crate) registry: Registry,
    refuses_alerts: bool,
}

/// A store without a database.
#[derive(Default)]
pub struct MemoryStore {
    pub(crate) state: Mutex<State>,
    pub(crate) validations: Mutex<Vec<Validation>>,
    pub(crate) ab_tests: Mutex<crate::store_ab_test::AbTests>,
    pub(crate) retraining: Mutex<crate::store_retraining::RetrainingState>,
    pub(crate) tracking: Mutex<TrackingState>,
    pub(crate) rollouts: Mutex<crate::store_rollout::Rollouts>,
}

impl MemoryStore {
    /// Every message ever written, oldest first.
    pub fn messages(&self) -> Vec<OutboxMessage> {
        lock(&self.state).messages.clone()
    }

    /// The next commit of alerts fails, as if the process had died just before it.
    pub fn refuse_next_alerts(&self) {
        lock(&self.state).refuses_alerts = true;
    }
}

fn key_of(document: &Document) -> DocumentKey {
    (
        document.kind(),
        document.model().cloned(),
        document.name().to_owned(),
    )
}

#[async_trait]
impl DocumentStore for MemoryStore {
    async fn documents(
        &self,
        kind: Option<DocumentKind>,
        model: Option<&ModelName>,
    ) -> Result<Vec<StoredDocument>> {
        let state = lock(&self.state);
        let wanted = state
            .documents
            .iter()
            .filter(|((of, whose, _), (_, deleted))| {
                !deleted
                    && kind.is_none_or(|kind| kind == *of)
                    && model.is_none_or(|model| whose.as_ref() == Some(model))
            });
        Ok(wanted.map(|(_, (stored, _))| stored.clone()).collect())
    }

    async fn document(
        &self,
        kind: DocumentKind,
        model: Option<&ModelName>,
        name: &str,
    ) -> Result<Option<StoredDocument>> {
        let model = match kind {
            DocumentKind::Model => Some(ModelName::new(name)?),
            _ => model.cloned(),
        };
        let state = lock(&self.state);
        let found = state.documents.get(&(kind, model, name.to_owned()));
        Ok(found
            .filter(|(_, deleted)| !deleted)
            .map(|(stored, _)| stored.clone()))
    }

    async fn put_documents(
        &self,
        documents: &[Document],
        actor: &str,
        now: Timestamp,
    ) -> Result<Vec<StoredDocument>> {
        let mut state = lock(&self.state);
        Ok(documents
            .iter()
            .map(|document| {
                let key = key_of(document);
                let version = state
                    .documents
                    .get(&key)
                    .map_or(0, |(stored, _)| stored.version);
                let stored = StoredDocument {
                    document: document.clone(),
                    version: version + 1,
                    changed_at: now,
                    changed_by: actor.to_owned(),
                };
                state.documents.insert(key, (stored.clone(), false));
                stored
            })
            .collect())
    }

    async fn delete_document(
        &self,
        kind: DocumentKind,
        model: Option<&ModelName>,
        name: &str,
        _actor: &str,
        _now: Timestamp,
    ) -> Result<bool> {
        let mut state = lock(&self.state);
        let key = (kind, model.cloned(), name.to_owned());
        Ok(match state.documents.get_mut(&key) {
            Some((_, deleted)) if !*deleted => {
                *deleted = true;
                true
            }
            _ => false,
        })
    }
}

#[async_trait]
impl ModelStore for MemoryStore {
    async fn progress(&self) -> Result<BTreeMap<ModelName, ModelProgress>> {
        Ok(lock(&self.state).progress.clone())
    }

    async fn versions(&self, model: &ModelName) -> Result<Vec<VersionInfo>> {
        let state = lock(&self.state);
        let mut versions: BTreeMap<(String, PredictionRole), VersionInfo> = BTreeMap::new();
        for (key, (_, profile)) in &state.profiles {
            if key.model != *model || !key.segment.is_empty() {
                continue;
            }
            let info = versions
                .entry((key.version.clone(), key.role))
                .or_insert_with(|| VersionInfo {
                    version: key.version.clone(),
                    role: key.role,
                    first_seen: key.window.start,
                    last_seen: key.window.end,
                    n_predictions: 0,
                });
            info.first_seen = info.first_seen.min(key.window.start);
            info.last_seen = info.last_seen.max(key.window.end);
            info.n_predictions += profile.n_rows;
        }
        Ok(versions.into_values().collect())
    }

    async fn grid(&self, model: &ModelName) -> Result<Option<Arc<Grid>>> {
        Ok(lock(&self.state).grids.get(model).cloned())
    }

    async fn put_reference(
        &self,
        model: &ModelName,
        name: &DocumentName,
        reference: &ReferenceProfile,
        now: Timestamp,
    ) -> Result<()> {
        let mut state = lock(&self.state);
        let info = ReferenceInfo {
            name: name.clone(),
            n_rows: reference.total.n_rows,
            period: reference.period(),
            grid_version: reference.grid.version,
            stored_at: now,
        };
        state
            .grids
            .insert(model.clone(), Arc::clone(&reference.grid));
        let references = state.references.entry(model.clone()).or_default();
        references.retain(|(known, _)| known.name != *name);
        references.push((info, reference.clone()));
        Ok(())
    }

    async fn reference(
        &self,
        model: &ModelName,
        name: &DocumentName,
    ) -> Result<Option<ReferenceProfile>> {
        let state = lock(&self.state);
        let references = state.references.get(model);
        Ok(references
            .into_iter()
            .flatten()
            .find(|(info, _)| info.name == *name)
            .map(|(_, profile)| profile.clone()))
    }

    async fn references(&self, model: &ModelName) -> Result<Vec<ReferenceInfo>> {
        let state = lock(&self.state);
        let references = state.references.get(model);
        Ok(references
            .into_iter()
            .flatten()
            .map(|(info, _)| info.clone())
            .collect())
    }

    async fn delete_model(&self, model: &ModelName) -> Result<()> {
        lock(&self.retraining).delete_model(model);
        let mut state = lock(&self.state);
        state
            .documents
            .retain(|(_, whose, _), _| whose.as_ref() != Some(model));
        state.progress.remove(model);
        state.grids.remove(model);
        state.references.remove(model);
        state.profiles.retain(|key, _| key.model != *model);
        state.performance.retain(|(key, _), _| key.model != *model);
        state.touched.retain(|(whose, _), _| whose != model);
        state.unmatched.remove(model);
        state.results.retain(|stored| stored.result.model != *model);
        state.signals.retain(|key, _| key.model != *model);
        state.alerts.remove(model);
        let gone: Vec<IncidentId> = state
            .incidents
            .values()
            .filter(|incident| incident.model == *model)
            .map(|incident| incident.id.clone())
            .collect();
        state
            .incidents
            .retain(|_, incident| incident.model != *model);
        state.events.retain(|(id, _)| !gone.contains(id));
        state.messages.retain(|one| !gone.contains(&one.incident));
        Ok(())
    }
}

fn merge_performance(
    total: &mut BTreeMap<(ProfileKey, LabelAge), PerformanceProfile>,
    key: (ProfileKey, LabelAge),
    part: &PerformanceProfile,
    is_removal: bool,
) -> Result<()> {
    match (total.get_mut(&key), part) {
        (Some(PerformanceProfile::Binary(total)), PerformanceProfile::Binary(part)) => {
            if is_removal {
                total.subtract(part)?;
            } else {
                total.merge(part)?;
            }
        }
        (Some(PerformanceProfile::Regression(total)), PerformanceProfile::Regression(part)) => {
            if is_removal {
                total.subtract(part)?;
            } else {
                total.merge(part)?;
            }
        }
        (None, part) if !is_removal => {
            total.insert(key, part.clone());
        }
        _ => return Err(Error::internal("performance cannot be merged")),
    }
    Ok(())
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

impl State {
    fn touch(&mut self, model: &ModelName, window: Window, rows: bool, labels: bool) {
        self.sequence += 1;
        let sequence = self.sequence;
        let touched = self
            .touched
            .entry((model.clone(), window))
            .or_insert_with(|| TouchedWindow {
                sequence,
                model: model.clone(),
                window,
                rows: false,
                labels: false,
            });
        touched.sequence = sequence;
        touched.rows |= rows;
        touched.labels |= labels;
    }

    fn put_point(&mut self, point: &SignalPoint) {
        self.signals
            .entry(point.key.clone())
            .or_default()
            .insert(point.window, point.clone());
    }
}

fn matches(query: &ProfileQuery, key: &ProfileKey) -> bool {
    key.model == query.model
        && query.version.as_ref().is_none_or(|one| *one == key.version)
        && query.role.is_none_or(|role| role == key.role)
        && key.segment == query.segment
        && query.range.contains(key.window.start)
}

#[async_trait]
impl ProfileStore for MemoryStore {
    async fn position(&self, consumer: &str) -> Result<Position> {
        let state = lock(&self.state);
        Ok(state.positions.get(consumer).copied().unwrap_or_default())
    }

    async fn commit_fold(&self, consumer: &str, from: Position, fold: &Fold) -> Result<()> {
        let mut state = lock(&self.state);
        let position = state.positions.get(consumer).copied().unwrap_or_default();
        if position != from {
            return Err(Error::conflict(format!(
                "`{consumer}` stands at {position}, not at {from}"
            )));
        }
        for delta in &fold.profiles {
            match state.profiles.get_mut(&delta.key) {
                Some((version, profile)) if *version == delta.grid_version => {
                    profile.merge(&delta.profile)?;
                }
                _ => {
                    let value = (delta.grid_version, delta.profile.clone());
                    state.profiles.insert(delta.key.clone(), value);
                }
            }
            state.touch(&delta.key.model, delta.key.window, true, false);
        }
        for delta in &fold.performance {
            let key = (delta.key.clone(), delta.age);
            // What is taken away may have come in the same run: first add.
            if let Some(added) = &delta.added {
                merge_performance(&mut state.performance, key.clone(), added, false)?;
            }
            if let Some(removed) = &delta.removed {
                merge_performance(&mut state.performance, key, removed, true)?;
            }
            state.touch(&delta.key.model, delta.key.window, false, true);
        }
        for point in &fold.points {
            state.put_point(point);
        }
        for (model, seen) in &fold.progress {
            let known = state.progress.entry(model.clone()).or_default();
            known.data_from = earliest(known.data_from, seen.data_from);
            known.watermark = known.watermark.max(seen.watermark);
            known.complete_until = known.complete_until.max(seen.complete_until);
            known.labels_through = known.labels_through.max(seen.labels_through);
        }
        for (model, n) in &fold.unmatched_labels {
            *state.unmatched.entry(model.clone()).or_default() += n;
        }
        state.positions.insert(consumer.to_owned(), fold.next);
        Ok(())
    }

    async fn replace_profiles(&self, model: &ModelName, profiles: &[ProfileDelta]) -> Result<()> {
        let mut state = lock(&self.state);
        state.profiles.retain(|key, _| key.model != *model);
        for delta in profiles {
            let value = (delta.grid_version, delta.profile.clone());
            state.profiles.insert(delta.key.clone(), value);
            state.touch(model, delta.key.window, true, false);
        }
        Ok(())
    }

    async fn profiles(&self, query: &ProfileQuery) -> Result<Vec<StoredProfile>> {
        let state = lock(&self.state);
        let mut found: Vec<StoredProfile> = state
            .profiles
            .iter()
            .filter(|(key, _)| matches(query, key))
            .map(|(key, (grid_version, profile))| StoredProfile {
                key: key.clone(),
                grid_version: *grid_version,
                profile: profile.clone(),
            })
            .collect();
        found.sort_by_key(|stored| stored.key.window.start);
        Ok(found)
    }

    async fn volumes(&self, query: &ProfileQuery) -> Result<Vec<WindowVolume>> {
        let profiles = self.profiles(query).await?;
        Ok(profiles
            .into_iter()
            .map(|stored| WindowVolume {
                key: stored.key,
                n_rows: stored.profile.n_rows,
            })
            .collect())
    }

    async fn performance(&self, query: &ProfileQuery) -> Result<Vec<StoredPerformance>> {
        let state = lock(&self.state);
        let mut found: Vec<StoredPerformance> = state
            .performance
            .iter()
            .filter(|((key, _), _)| matches(query, key))
            .map(|((key, age), performance)| StoredPerformance {
                key: key.clone(),
                age: *age,
                performance: performance.clone(),
            })
            .collect();
        found.sort_by_key(|stored| stored.key.window.start);
        Ok(found)
    }

    async fn touched_windows(&self, model: &ModelName) -> Result<Vec<TouchedWindow>> {
        let state = lock(&self.state);
        let mut found: Vec<TouchedWindow> = state
            .touched
            .values()
            .filter(|touched| touched.model == *model)
            .cloned()
            .collect();
        found.sort_by_key(|touched| touched.sequence);
        Ok(found)
    }

    async fn unmatched_labels(&self, model: &ModelName) -> Result<u64> {
        Ok(lock(&self.state).unmatched.get(model).copied().unwrap_or(0))
    }
}

#[async_trait]
impl ResultStore for MemoryStore {
    async fn save_results(
        &self,
        results: &[MonitorResult],
        points: &[SignalPoint],
        judged: &[TouchedWindow],
    ) -> Result<()> {
        let mut state = lock(&self.state);
        for result in results {
            for stored in &mut state.results {
                let is_same = stored.result.model == result.model
                    && stored.result.monitor == result.monitor
                    && stored.result.window == result.window;
                stored.superseded |= is_same;
            }
            state.results.push(StoredResult {
                result: result.clone(),
                superseded: false,
            });
        }
        for point in points {
            state.put_point(point);
        }
        for seen in judged {
            let key = (seen.model.clone(), seen.window);
            if state
                .touched
                .get(&key)
                .is_some_and(|known| known.sequence == seen.sequence)
            {
                state.touched.remove(&key);
            }
        }
        Ok(())
    }

    async fn results(&self, query: &ResultQuery) -> Result<Vec<StoredResult>> {
        let state = lock(&self.state);
        let mut found: Vec<StoredResult> = state
            .results
            .iter()
            .filter(|stored| {
                let result = &stored.result;
                result.model == query.model
                    && query
                        .monitor
                        .as_ref()
                        .is_none_or(|one| *one == result.monitor)
                    && query
                        .range
                        .is_none_or(|range| range.contains(result.window.start))
                    && (query.with_superseded || !stored.superseded)
            })
            .cloned()
            .collect();
        let order = |stored: &StoredResult| {
            let result = &stored.result;
            (result.monitor.clone(), result.window.start, result.revision)
        };
        if let Some(limit) = query.limit {
            found.sort_by_key(|stored| std::cmp::Reverse(stored.result.window.start));
            found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        } else {
            found.sort_by_key(order);
        }
        Ok(found)
    }
}

#[async_trait]
impl SignalStore for MemoryStore {
    async fn signals(&self, query: &SignalQuery) -> Result<Vec<SignalPoint>> {
        let state = lock(&self.state);
        let wanted = state.signals.iter().filter(|(key, _)| {
            query.model.as_ref().is_none_or(|model| *model == key.model)
                && query.name.as_ref().is_none_or(|name| *name == key.name)
        });
        let mut found = Vec::new();
        for (_, points) in wanted {
            let mut points = points.values().filter(|point| {
                query
                    .range
                    .is_none_or(|range| range.contains(point.window.start))
            });
            if query.newest_only {
                found.extend(points.next_back().cloned());
            } else {
                found.extend(points.cloned());
            }
        }
        Ok(found)
    }
}

#[async_trait]
impl AlertStore for MemoryStore {
    async fn alert_states(&self, model: &ModelName) -> Result<BTreeMap<DocumentName, AlertState>> {
        let state = lock(&self.state);
        Ok(state.alerts.get(model).cloned().unwrap_or_default())
    }

    async fn commit_alerts(&self, commit: &AlertCommit) -> Result<()> {
        let mut state = lock(&self.state);
        if std::mem::take(&mut state.refuses_alerts) {
            return Err(Error::unavailable("the database is away"));
        }
        for (model, rule, alert) in &commit.states {
            let states = state.alerts.entry(model.clone()).or_default();
            states.insert(rule.clone(), alert.clone());
        }
        for incident in &commit.incidents {
            state.incidents.insert(incident.number, incident.clone());
        }
        state.events.extend(commit.events.iter().cloned());
        state.messages.extend(commit.messages.iter().cloned());
        let history = commit.history.iter().cloned();
        lock(&self.retraining).alerts.extend(history);
        Ok(())
    }

    async fn next_incident_number(&self) -> Result<u64> {
        let state = lock(&self.state);
        Ok(state.incidents.keys().last().copied().unwrap_or(0) + 1)
    }

    async fn open_incident(&self, model: &ModelName, monitor: &str) -> Result<Option<Incident>> {
        let state = lock(&self.state);
        Ok(state
            .incidents
            .values()
            .find(|incident| {
                incident.model == *model
                    && incident.monitor == monitor
                    && incident.state != IncidentState::Resolved
            })
            .cloned())
    }

    async fn incident(&self, id: &IncidentId) -> Result<Option<Incident>> {
        let state = lock(&self.state);
        Ok(state
            .incidents
            .values()
            .find(|incident| incident.id == *id)
            .cloned())
    }

    async fn incidents(&self, query: &IncidentQuery) -> Result<Vec<Incident>> {
        let state = lock(&self.state);
        let wanted = state.incidents.values().rev().filter(|incident| {
            query
                .model
                .as_ref()
                .is_none_or(|model| *model == incident.model)
                && (query.states.is_empty() || query.states.contains(&incident.state))
                && (query.severities.is_empty() || query.severities.contains(&incident.severity))
                && query
                    .below_number
                    .is_none_or(|number| incident.number < number)
        });
        let limit = query.limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        });
        Ok(wanted.take(limit).cloned().collect())
    }

    async fn incident_counts(&self, model: Option<&ModelName>) -> Result<IncidentCounts> {
        let state = lock(&self.state);
        let mut counts = IncidentCounts::default();
        for incident in state.incidents.values() {
            if model.is_some_and(|model| *model != incident.model) {
                continue;
            }
            match incident.state {
                IncidentState::Open => counts.open += 1,
                IncidentState::Acknowledged => counts.acknowledged += 1,
                IncidentState::Resolved => counts.resolved += 1,
            }
        }
        Ok(counts)
    }

    async fn incident_events(&self, id: &IncidentId) -> Result<Vec<IncidentEvent>> {
        let state = lock(&self.state);
        let events = state.events.iter().filter(|(whose, _)| whose == id);
        Ok(events.map(|(_, event)| event.clone()).collect())
    }

    async fn incident_messages(&self, id: &IncidentId) -> Result<Vec<OutboxMessage>> {
        let state = lock(&self.state);
        let messages = state.messages.iter().filter(|one| one.incident == *id);
        Ok(messages.cloned().collect())
    }

    async fn due_messages(&self, now: Timestamp, limit: u32) -> Result<Vec<OutboxMessage>> {
        let state = lock(&self.state);
        let due = state
            .messages
            .iter()
            .filter(|one| one.state == MessageState::Pending && one.next_attempt_at <= now);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(due.take(limit).cloned().collect())
    }

    async fn next_message_at(&self) -> Result<Option<Timestamp>> {
        let state = lock(&self.state);
        Ok(state
            .messages
            .iter()
            .filter(|one| one.state == MessageState::Pending)
            .map(|one| one.next_attempt_at)
            .min())
    }

    async fn update_message(&self, message: &OutboxMessage) -> Result<()> {
        let mut state = lock(&self.state);
        let found = state.messages.iter_mut().find(|one| one.id == message.id);
        match found {
            Some(stored) => {
                *stored = message.clone();
                Ok(())
            }
            None => Err(Error::not_found("message", &message.id)),
        }
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn put_token(&self, token: &Token) -> Result<()> {
        lock(&self.state).tokens.push(token.clone());
        Ok(())
    }

    async fn token(&self, id: &TokenId) -> Result<Option<Token>> {
        let state = lock(&self.state);
        Ok(state.tokens.iter().find(|token| token.id == *id).cloned())
    }

    async fn tokens(&self) -> Result<Vec<Token>> {
        Ok(lock(&self.state).tokens.clone())
    }

    async fn revoke_token(&self, id: &TokenId, now: Timestamp) -> Result<bool> {
        let mut state = lock(&self.state);
        let found = state.tokens.iter_mut().find(|token| token.id == *id);
        Ok(match found {
            Some(token) => {
                token.revoked_at.get_or_insert(now);
                true
            }
            None => false,
        })
    }
}
