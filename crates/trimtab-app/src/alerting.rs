//! Alerting: stored results step the rules' state machines; what changes is committed at once.
//!
//! A rule sees the first judgement of each window once, in the order in which windows close, so
//! the same data opens the same incidents whenever and however often this runs. After a crash it
//! continues from the states that were committed.

use crate::alert_history::{self, Watched};
use crate::app::{App, ChangeKind};
use crate::catalog::{Catalog, ModelEntry};
use crate::evaluate::{closes_at, first_judgements};
use crate::incidents::state_of;
use crate::links;
use crate::sentences::{self, Finding};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use trimtab_domain::alert::{self, AlertChange, AlertState, Observation, Phase};
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::documents::{Condition, Document, ModelSpec, RuleSpec};
use trimtab_domain::incident::{
    self, Incident, IncidentEvent, IncidentInput, IncidentState, Transition,
};
use trimtab_domain::outbox::{MessageState, OutboxMessage};
use trimtab_domain::ports::store::{AlertCommit, ResultQuery, SignalQuery};
use trimtab_domain::result::{Decision, MonitorResult, ResultDetail, Severity};
use trimtab_domain::signal::SignalPoint;
use trimtab_domain::time::TIMESTAMP_MAX;
use trimtab_domain::{AlertId, DocumentName, IncidentId, MessageId, ModelName, Result, Window};

/// The message that tells of an incident.
pub(crate) const OPENED: &str = "incident.opened";
/// The message that tells of its end.
pub(crate) const RESOLVED: &str = "incident.resolved";

/// What a rule sees in one window.
struct Sight<'a> {
    rule: &'a RuleSpec,
    /// When the window closes: the order of all sights of a model.
    closes_at: Timestamp,
    window: Window,
    observation: Observation,
    source: Source,
}

/// Where an observation comes from.
enum Source {
    /// A monitor's result.
    Result(Box<MonitorResult>),
    /// The worst point of a signal in the window.
    Signal(Option<f64>),
}

impl Source {
    /// The monitor's kind, or `signal`.
    fn kind(&self) -> &str {
        match self {
            Self::Result(result) => &result.monitor_kind,
            Self::Signal(_) => "signal",
        }
    }
}

/// Everything one run of alerting has changed so far.
struct Run<'a> {
    app: &'a App,
    spec: &'a ModelSpec,
    states: BTreeMap<DocumentName, AlertState>,
    moved: BTreeSet<DocumentName>,
    /// Open incidents by monitor (or rule, for signals).
    open: BTreeMap<String, Incident>,
    /// Channels that were told of an open incident.
    told: BTreeMap<IncidentId, BTreeSet<DocumentName>>,
    changed: BTreeMap<IncidentId, Incident>,
    next_number: u64,
    commit: AlertCommit,
    audit: Vec<AuditEntry>,
}

/// Lets every rule of a model see the windows that were judged since it last looked.
pub(crate) async fn step(app: &App, catalog: &Catalog, entry: &ModelEntry) -> Result<()> {
    let _alerting = app.inner.alerting.lock().await;
    let model = &entry.spec.name;
    let states = app.store().alert_states(model).await?;
    let mut sights = Vec::new();
    for rule in entry.rules.values() {
        let seen_until = states.get(&rule.name).and_then(|state| state.seen_until);
        sights.extend(sights_of(app, entry, rule, seen_until).await?);
    }
    if sights.is_empty() {
        return Ok(());
    }
    sights.sort_by(|a, b| {
        let order = |sight: &Sight<'_>| (sight.closes_at, sight.window.end);
        order(a)
            .cmp(&order(b))
            .then_with(|| a.rule.name.cmp(&b.rule.name))
    });
    let mut run = Run {
        app,
        spec: &entry.spec,
        states,
        moved: BTreeSet::new(),
        open: BTreeMap::new(),
        told: BTreeMap::new(),
        changed: BTreeMap::new(),
        next_number: app.store().next_incident_number().await?,
        commit: AlertCommit::default(),
        audit: Vec::new(),
    };
    for sight in sights {
        run.see(catalog, sight).await?;
    }
    run.finish().await
}

/// What a rule has not seen yet.
async fn sights_of<'a>(
    app: &App,
    entry: &'a ModelEntry,
    rule: &'a RuleSpec,
    seen_until: Option<Timestamp>,
) -> Result<Vec<Sight<'a>>> {
    let range = Window {
        start: seen_until.unwrap_or(Timestamp::UNIX_EPOCH),
        end: TIMESTAMP_MAX.parse().unwrap_or(Timestamp::MAX),
    };
    match &rule.when {
        Condition::Monitor {
            monitor,
            severity_min,
            columns,
        } => {
            let Some(monitor) = entry.monitors.get(monitor) else {
                return Ok(Vec::new());
            };
            let results = first_judgements(app, &rule.model, monitor, range).await?;
            let kind = monitor.monitor.as_str();
            Ok(results
                .into_iter()
                .map(|result| Sight {
                    rule,
                    closes_at: closes_at(&entry.spec, kind, result.window),
                    window: result.window,
                    observation: observe(rule, &result, *severity_min, columns),
                    source: Source::Result(Box::new(result)),
                })
                .collect())
        }
        Condition::Signal { signal, .. } => {
            let points = app
                .store()
                .signals(&SignalQuery {
                    model: Some(rule.model.clone()),
                    name: Some(signal.clone()),
                    range: Some(range),
                    newest_only: false,
                })
                .await?;
            Ok(signal_sights(&entry.spec, rule, points))
        }
    }
}

/// What a result says about a rule's condition.
fn observe(
    rule: &RuleSpec,
    result: &MonitorResult,
    severity_min: Severity,
    wanted: &[String],
) -> Observation {
    if !has_looked(result) {
        return Observation::Unknown;
    }
    let found = findings(result, wanted);
    let worst = if wanted.is_empty() {
        result.severity.filter(|_| result.decision.is_finding())
    } else {
        found.iter().map(|(_, severity)| *severity).max()
    };
    match worst.filter(|severity| severity_min <= *severity) {
        None => Observation::Clear,
        Some(worst) => Observation::Holds {
            severity: rule.severity.unwrap_or(worst),
            columns: found
                .into_iter()
                .filter(|(_, severity)| severity_min <= *severity)
                .map(|(column, _)| column)
                .collect(),
        },
    }
}

/// Whether a result says anything. A drift monitor that tested its columns has looked, even if
/// a small difference would have escaped it: else a model with little traffic never recovers.
fn has_looked(result: &MonitorResult) -> bool {
    match (result.decision, &result.detail) {
        (Decision::NotEnoughData, ResultDetail::Drift(detail)) => detail
            .columns
            .iter()
            .any(|column| column.p_value_adjusted.is_some()),
        (decision, _) => !matches!(decision, Decision::NotEnoughData | Decision::Failed),
    }
}

/// The columns a result finds fault with, restricted to the wanted ones where there are any.
fn findings(result: &MonitorResult, wanted: &[String]) -> Vec<(String, Severity)> {
    let default = result.severity.unwrap_or(Severity::Low);
    let mut found: Vec<(String, Severity)> = match &result.detail {
        ResultDetail::Drift(detail) => detail
            .columns
            .iter()
            .filter(|column| column.decision == Decision::Drift)
            .map(|column| (column.name.clone(), column.severity.unwrap_or(default)))
            .collect(),
        ResultDetail::Checks(detail) => detail
            .checks
            .iter()
            .filter(|check| check.decision == Decision::Breach)
            .filter_map(|check| Some((check.column.clone()?, check.severity.unwrap_or(default))))
            .collect(),
        ResultDetail::Performance(_) | ResultDetail::Failed { .. } => Vec::new(),
    };
    found.retain(|(column, _)| wanted.is_empty() || wanted.contains(column));
    // Several checks may find fault with one column: its worst counts.
    found.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    found.dedup_by(|later, first| later.0 == first.0);
    found
}

/// One sight for every window of a signal: its points of one window together.
fn signal_sights<'a>(
    spec: &ModelSpec,
    rule: &'a RuleSpec,
    points: Vec<SignalPoint>,
) -> Vec<Sight<'a>> {
    let Condition::Signal {
        signal,
        op,
        threshold,
    } = &rule.when
    else {
        return Vec::new();
    };
    let mut windows: BTreeMap<(Timestamp, Timestamp), Vec<SignalPoint>> = BTreeMap::new();
    // A shadow version serves nobody: it alarms nobody.
    let is_shadow = |point: &SignalPoint| {
        point
            .key
            .labels
            .get("role")
            .is_some_and(|role| role == "shadow")
    };
    for point in points.into_iter().filter(|point| !is_shadow(point)) {
        let key = (point.window.end, point.window.start);
        windows.entry(key).or_default().push(point);
    }
    let kind = signal.split('.').next().unwrap_or_default();
    windows
        .into_values()
        .filter_map(|points| {
            let window = points.first()?.window;
            let holding: Vec<&SignalPoint> = points
                .iter()
                .filter(|point| point.value.is_some_and(|value| op.holds(value, *threshold)))
                .collect();
            let observation = if !holding.is_empty() {
                Observation::Holds {
                    severity: rule.severity.unwrap_or(Severity::Medium),
                    columns: holding
                        .iter()
                        .filter_map(|point| point.key.labels.get("column").cloned())
                        .collect(),
                }
            } else if points.iter().any(|point| point.value.is_some()) {
                Observation::Clear
            } else {
                Observation::Unknown
            };
            let value = holding.first().and_then(|point| point.value);
            Some(Sight {
                rule,
                closes_at: closes_at(spec, kind, window),
                window,
                observation,
                source: Source::Signal(value),
            })
        })
        .collect()
}

/// The name under which a rule's incidents are gathered.
fn gathers_under(rule: &RuleSpec) -> String {
    match &rule.when {
        Condition::Monitor { monitor, .. } => monitor.to_string(),
        Condition::Signal { .. } => rule.name.to_string(),
    }
}

impl Run<'_> {
    async fn see(&mut self, catalog: &Catalog, sight: Sight<'_>) -> Result<()> {
        let rule = sight.rule;
        let state = self.states.remove(&rule.name).unwrap_or_default();
        let before = state.phase.clone();
        let app = self.app;
        let (state, change) = alert::step(state, rule, sight.window, &sight.observation, || {
            AlertId::from_suffix(app.suffix())
        });
        self.states.insert(rule.name.clone(), state);
        self.moved.insert(rule.name.clone());
        if let Some(change) = &change {
            self.remember(&sight, &before, change);
        }
        match change {
            None | Some(AlertChange::Pending) => Ok(()),
            Some(AlertChange::Fired {
                alert,
                since,
                severity,
                columns,
            }) => {
                let input = IncidentInput::AlertFired {
                    alert,
                    severity,
                    columns: columns.clone(),
                };
                self.fire(catalog, &sight, since, severity, &columns, input)
                    .await
            }
            Some(AlertChange::Updated {
                severity, columns, ..
            }) => {
                let Some(incident) = self.find_open(rule).await? else {
                    return Ok(());
                };
                let finding = self.finding(&sight, &columns, incident.opened_at);
                let input = IncidentInput::AlertUpdated { severity, columns };
                let (incident, _) = incident::step(incident, input);
                let text = finding.sentence.plain();
                self.log(&incident.id, sight.window.start, "alert_updated", text);
                self.keep(incident);
                Ok(())
            }
            Some(AlertChange::Resolved { alert, at }) => self.clear(rule, alert, at).await,
        }
    }

    fn remember(&mut self, sight: &Sight<'_>, before: &Phase, change: &AlertChange) {
        let watched = Watched {
            model: &self.spec.name,
            rule: sight.rule,
            subject: gathers_under(sight.rule),
            kind: sight.source.kind(),
            at: sight.closes_at,
        };
        let record = alert_history::record(watched, before, change);
        self.commit.history.extend(record);
    }

    /// The open incident a rule belongs to: of this run, else of the store.
    async fn find_open(&mut self, rule: &RuleSpec) -> Result<Option<Incident>> {
        let name = gathers_under(rule);
        if let Some(incident) = self.open.get(&name) {
            return Ok((incident.state != IncidentState::Resolved).then(|| incident.clone()));
        }
        let store = self.app.store();
        let Some(incident) = store.open_incident(&self.spec.name, &name).await? else {
            return Ok(None);
        };
        let messages = store.incident_messages(&incident.id).await?;
        self.told.insert(
            incident.id.clone(),
            messages
                .into_iter()
                .filter(|message| message.event_type == OPENED)
                .map(|message| message.channel)
                .collect(),
        );
        self.open.insert(name, incident.clone());
        Ok(Some(incident))
    }

    async fn fire(
        &mut self,
        catalog: &Catalog,
        sight: &Sight<'_>,
        since: Timestamp,
        severity: Severity,
        columns: &[String],
        input: IncidentInput,
    ) -> Result<()> {
        let finding = self.finding(sight, columns, since);
        let text = finding.sentence.plain();
        let incident = if let Some(incident) = self.find_open(sight.rule).await? {
            incident
        } else {
            let opened = self.open_incident(sight, since, severity, &finding);
            self.log(&opened.id, since, "opened", finding.title.clone());
            self.record(
                "incident_opened",
                None,
                &opened,
                &format!("rule `{}` fired", sight.rule.name),
            );
            opened
        };
        let (incident, _) = incident::step(incident, input);
        let at = sight.window.start;
        self.log(&incident.id, at, "alert_fired", text);
        let told = self.told.entry(incident.id.clone()).or_default();
        let mut new: Vec<DocumentName> = Vec::new();
        for channel in &sight.rule.channels {
            if catalog.channels.contains_key(channel) && told.insert(channel.clone()) {
                new.push(channel.clone());
            }
        }
        for channel in new {
            let data = opening(self.app, self.spec, &incident, &finding);
            let message = message(self.app, channel, &incident.id, OPENED, data);
            self.commit.messages.push(message);
        }
        self.keep(incident);
        Ok(())
    }

    fn open_incident(
        &mut self,
        sight: &Sight<'_>,
        since: Timestamp,
        severity: Severity,
        finding: &Finding,
    ) -> Incident {
        let number = self.next_number;
        self.next_number += 1;
        Incident {
            id: IncidentId::from_suffix(self.app.suffix()),
            number,
            model: self.spec.name.clone(),
            monitor: gathers_under(sight.rule),
            kind: sight.source.kind().to_owned(),
            title: finding.title.clone(),
            severity,
            state: IncidentState::Open,
            opened_at: since,
            resolved_at: None,
            known_opened_at: self.app.now(),
            acknowledged_by: None,
            firing: Vec::new(),
            n_alerts: 0,
            columns: Vec::new(),
            sentence: finding
                .sentence
                .clone()
                .text(format!(" {}", finding.how_sure)),
            playbook: sight.rule.playbook.clone(),
        }
    }

    async fn clear(&mut self, rule: &RuleSpec, alert: AlertId, at: Timestamp) -> Result<()> {
        let Some(incident) = self.find_open(rule).await? else {
            return Ok(());
        };
        let before = state_of(&incident);
        let (incident, transition) =
            incident::step(incident, IncidentInput::AlertResolved { alert, at });
        let text = format!("rule `{}` no longer holds", rule.name);
        self.log(&incident.id, at, "alert_resolved", text.clone());
        if transition == Transition::Ended {
            self.log(
                &incident.id,
                at,
                "resolved",
                "nothing fires any more".to_owned(),
            );
            let told = self.told.get(&incident.id).cloned().unwrap_or_default();
            for channel in told {
                let data = closing(self.app, self.spec, &incident, at);
                let message = message(self.app, channel, &incident.id, RESOLVED, data);
                self.commit.messages.push(message);
            }
            self.record("incident_resolved", Some(before), &incident, &text);
        }
        self.keep(incident);
        Ok(())
    }

    fn record(&mut self, action: &str, before: Option<Value>, incident: &Incident, reason: &str) {
        let text = format!("#{} {}", incident.number, incident.title);
        self.audit.push(
            self.app
                .entry("system", action, incident.id.to_string(), text)
                .of_model(&self.spec.name)
                .with_change(before, Some(state_of(incident)))
                .because(reason),
        );
    }

    fn finding(&self, sight: &Sight<'_>, columns: &[String], since: Timestamp) -> Finding {
        match &sight.source {
            Source::Result(result) => sentences::finding(self.spec, result, columns, since),
            Source::Signal(value) => {
                sentences::signal_finding(self.spec, sight.rule, *value, since)
            }
        }
    }

    fn log(&mut self, incident: &IncidentId, at: Timestamp, kind: &str, text: String) {
        self.commit.events.push((
            incident.clone(),
            IncidentEvent {
                at,
                known_at: self.app.now(),
                kind: kind.to_owned(),
                text,
                actor: None,
            },
        ));
    }

    fn keep(&mut self, incident: Incident) {
        self.open.insert(incident.monitor.clone(), incident.clone());
        self.changed.insert(incident.id.clone(), incident);
    }

    async fn finish(mut self) -> Result<()> {
        for rule in &self.moved {
            if let Some(state) = self.states.get(rule) {
                let model = self.spec.name.clone();
                self.commit
                    .states
                    .push((model, rule.clone(), state.clone()));
            }
        }
        let n_changed = self.changed.len();
        // In the order of their numbers, so that a reader never sees a gap.
        let mut incidents: Vec<Incident> = self.changed.into_values().collect();
        incidents.sort_by_key(|incident| incident.number);
        self.commit.incidents = incidents;
        let has_messages = !self.commit.messages.is_empty();
        self.app.store().commit_alerts(&self.commit).await?;
        if !self.audit.is_empty() {
            self.app.store().audit(&self.audit).await?;
        }
        if n_changed > 0 {
            self.app
                .announce(ChangeKind::Incident, Some(&self.spec.name));
        }
        if has_messages {
            self.app.inner.deliverer_nudge.notify_one();
        }
        Ok(())
    }
}

fn message(
    app: &App,
    channel: DocumentName,
    incident: &IncidentId,
    event_type: &str,
    data: Value,
) -> OutboxMessage {
    let now = app.now();
    OutboxMessage {
        id: MessageId::from_suffix(app.suffix()),
        channel,
        incident: incident.clone(),
        event_type: event_type.to_owned(),
        data,
        created_at: now,
        state: MessageState::Pending,
        attempts: 0,
        next_attempt_at: now,
        last_error: None,
    }
}

/// What a receiver is told of an opening: what, since when, how sure, and where to look.
fn opening(app: &App, spec: &ModelSpec, incident: &Incident, finding: &Finding) -> Value {
    let link = links::incident(&app.inner.settings.public_url, &incident.id);
    let what = finding.sentence.plain();
    json!({
        "incident_id": incident.id,
        "number": incident.number,
        "state": "open",
        "model": incident.model,
        "model_title": spec.title(),
        "monitor": incident.monitor,
        "kind": incident.kind,
        "severity": incident.severity,
        "title": incident.title,
        "what": what,
        "since": incident.opened_at,
        "how_sure": finding.how_sure,
        "columns": incident.columns,
        "link": link,
        "playbook": incident.playbook,
        "text": format!("{what} {} {link}", finding.how_sure),
    })
}

/// What a receiver is told of the end.
fn closing(app: &App, spec: &ModelSpec, incident: &Incident, at: Timestamp) -> Value {
    let link = links::incident(&app.inner.settings.public_url, &incident.id);
    let zone = spec.zone().unwrap_or(jiff::tz::TimeZone::UTC);
    let what = format!(
        "{} is over: it lasted from {} to {}.",
        incident.title,
        sentences::instant(incident.opened_at, &zone),
        sentences::instant(at, &zone)
    );
    json!({
        "incident_id": incident.id,
        "number": incident.number,
        "state": "resolved",
        "model": incident.model,
        "model_title": spec.title(),
        "monitor": incident.monitor,
        "kind": incident.kind,
        "severity": incident.severity,
        "title": incident.title,
        "what": what,
        "since": incident.opened_at,
        "resolved_at": at,
        "columns": incident.columns,
        "link": link,
        "text": format!("{}: {what} {link}", spec.title()),
    })
}

/// The closing messages of an incident: one for every channel that was told of it.
pub(crate) async fn closing_messages(
    app: &App,
    incident: &Incident,
    at: Timestamp,
) -> Result<Vec<OutboxMessage>> {
    let spec = app.model(&incident.model).await?;
    let messages = app.store().incident_messages(&incident.id).await?;
    let told: BTreeSet<DocumentName> = messages
        .into_iter()
        .filter(|message| message.event_type == OPENED)
        .map(|message| message.channel)
        .collect();
    Ok(told
        .into_iter()
        .map(|channel| {
            let data = closing(app, &spec, incident, at);
            message(app, channel, &incident.id, RESOLVED, data)
        })
        .collect())
}

/// New rules, and rules that now watch something else, see only what is judged from now on:
/// declaring a rule must not alarm about last year. A changed rule's alert ends first.
pub(crate) async fn start_rules(app: &App, catalog: &Catalog, changed: &[Document]) -> Result<()> {
    for document in changed {
        let Document::Rule(rule) = document else {
            continue;
        };
        let entry = catalog.models.get(&rule.model);
        if let Some(old) = entry.and_then(|entry| entry.rules.get(&rule.name)) {
            if old.when == rule.when {
                continue;
            }
            stop_rule(app, catalog, &rule.model, &rule.name).await?;
        }
        let _alerting = app.inner.alerting.lock().await;
        let seen_until = newest_seen(app, rule).await?;
        let state = AlertState {
            phase: Phase::Inactive,
            seen_until,
        };
        app.store()
            .commit_alerts(&AlertCommit {
                states: vec![(rule.model.clone(), rule.name.clone(), state)],
                ..AlertCommit::default()
            })
            .await?;
    }
    Ok(())
}

/// End of the newest window of what a rule watches.
async fn newest_seen(app: &App, rule: &RuleSpec) -> Result<Option<Timestamp>> {
    match &rule.when {
        Condition::Monitor { monitor, .. } => {
            let newest = app
                .store()
                .results(&ResultQuery {
                    model: rule.model.clone(),
                    monitor: Some(monitor.clone()),
                    range: None,
                    with_superseded: false,
                    limit: Some(1),
                })
                .await?;
            Ok(newest.first().map(|stored| stored.result.window.end))
        }
        Condition::Signal { signal, .. } => {
            let newest = app
                .store()
                .signals(&SignalQuery {
                    model: Some(rule.model.clone()),
                    name: Some(signal.clone()),
                    range: None,
                    newest_only: true,
                })
                .await?;
            Ok(newest.into_iter().map(|point| point.window.end).max())
        }
    }
}

/// Ends what a rule has firing, because it will not look any more.
pub(crate) async fn stop_rule(
    app: &App,
    catalog: &Catalog,
    model: &ModelName,
    rule: &DocumentName,
) -> Result<()> {
    let _alerting = app.inner.alerting.lock().await;
    let Some(entry) = catalog.models.get(model) else {
        return Ok(());
    };
    let Some(spec) = entry.rules.get(rule) else {
        return Ok(());
    };
    let states = app.store().alert_states(model).await?;
    let Some(AlertState { phase, seen_until }) = states.get(rule).cloned() else {
        return Ok(());
    };
    let Phase::Firing { alert, .. } = &phase else {
        return Ok(());
    };
    let alert = alert.clone();
    let at = seen_until.unwrap_or_else(|| app.now());
    let mut run = Run {
        app,
        spec: &entry.spec,
        states,
        moved: BTreeSet::from([rule.clone()]),
        open: BTreeMap::new(),
        told: BTreeMap::new(),
        changed: BTreeMap::new(),
        next_number: 0,
        commit: AlertCommit::default(),
        audit: Vec::new(),
    };
    run.states.insert(
        rule.clone(),
        AlertState {
            phase: Phase::Inactive,
            seen_until,
        },
    );
    let watched = Watched {
        model,
        rule: spec,
        subject: gathers_under(spec),
        // Nobody asks an ended alert for its kind.
        kind: "",
        at,
    };
    let ended = AlertChange::Resolved {
        alert: alert.clone(),
        at,
    };
    let record = alert_history::record(watched, &phase, &ended);
    run.commit.history.extend(record);
    run.clear(spec, alert, at).await?;
    run.finish().await
}
