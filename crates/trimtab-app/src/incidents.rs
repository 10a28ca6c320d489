//! What people do to incidents.

use crate::alerting;
use crate::app::{App, ChangeKind};
use jiff::Timestamp;
use serde_json::{Value, json};
use trimtab_domain::incident::{
    self, Incident, IncidentEvent, IncidentInput, IncidentState, Transition,
};
use trimtab_domain::ports::store::AlertCommit;
use trimtab_domain::{Error, IncidentId, Result};

pub(crate) async fn acknowledge(
    app: &App,
    id: &IncidentId,
    actor: &str,
    note: Option<&str>,
) -> Result<Incident> {
    // Rules change incidents too: one at a time.
    let _alerting = app.inner.alerting.lock().await;
    let found = find(app, id).await?;
    let before = state_of(&found);
    let was_over = found.state == IncidentState::Resolved;
    let input = IncidentInput::Acknowledge {
        actor: actor.to_owned(),
    };
    let (incident, _) = incident::step(found, input);
    let kind = if was_over { "note" } else { "acknowledged" };
    let text = with_note(
        if was_over {
            format!("{actor} saw it after its end")
        } else {
            format!("{actor} has it")
        },
        note,
    );
    let event = event(app, event_time(app, &incident).await?, kind, &text, actor);
    commit(app, &incident, event).await?;
    record(
        app,
        &incident,
        actor,
        "incident_acknowledged",
        text,
        before,
        note,
    )
    .await?;
    Ok(incident)
}

pub(crate) async fn resolve(
    app: &App,
    id: &IncidentId,
    actor: &str,
    note: Option<&str>,
) -> Result<Incident> {
    let _alerting = app.inner.alerting.lock().await;
    let found = find(app, id).await?;
    let before = state_of(&found);
    let at = event_time(app, &found).await?.max(found.opened_at);
    let (incident, transition) = incident::step(found, IncidentInput::Resolve { at });
    let text = with_note(
        match transition {
            Transition::Ended => format!("{actor} closed it"),
            Transition::None => format!("{actor} added a note after its end"),
        },
        note,
    );
    let mut step = AlertCommit {
        incidents: vec![incident.clone()],
        ..AlertCommit::default()
    };
    if transition == Transition::Ended {
        step.events.push((
            incident.id.clone(),
            event(app, at, "resolved", &text, actor),
        ));
        step.messages = alerting::closing_messages(app, &incident, at).await?;
    } else {
        step.events
            .push((incident.id.clone(), event(app, at, "note", &text, actor)));
    }
    app.store().commit_alerts(&step).await?;
    app.announce(ChangeKind::Incident, Some(&incident.model));
    app.inner.deliverer_nudge.notify_one();
    record(
        app,
        &incident,
        actor,
        "incident_resolved",
        text,
        before,
        note,
    )
    .await?;
    Ok(incident)
}

async fn find(app: &App, id: &IncidentId) -> Result<Incident> {
    app.store()
        .incident(id)
        .await?
        .ok_or_else(|| Error::not_found("incident", id))
}

async fn commit(app: &App, incident: &Incident, event: IncidentEvent) -> Result<()> {
    app.store()
        .commit_alerts(&AlertCommit {
            incidents: vec![incident.clone()],
            events: vec![(incident.id.clone(), event)],
            ..AlertCommit::default()
        })
        .await?;
    app.announce(ChangeKind::Incident, Some(&incident.model));
    Ok(())
}

async fn record(
    app: &App,
    incident: &Incident,
    actor: &str,
    action: &str,
    text: String,
    before: Value,
    note: Option<&str>,
) -> Result<()> {
    let text = format!("#{} {}: {text}", incident.number, incident.title);
    let entry = app
        .entry(actor, action, incident.id.to_string(), text)
        .of_model(&incident.model)
        .with_change(Some(before), Some(state_of(incident)))
        .because(note.unwrap_or_default());
    app.record(entry).await
}

/// What people's deeds change about an incident.
pub(crate) fn state_of(incident: &Incident) -> Value {
    json!({
        "state": incident.state.as_str(),
        "severity": incident.severity.as_str(),
        "acknowledged_by": incident.acknowledged_by,
        "resolved_at": incident.resolved_at,
    })
}

/// Where the model's own clock stands when a person acts: its watermark for event clocks, and
/// where there is no data at all the wall clock.
async fn event_time(app: &App, incident: &Incident) -> Result<Timestamp> {
    let progress = app.store().progress().await?;
    let watermark = progress
        .get(&incident.model)
        .and_then(|progress| progress.watermark.max(progress.complete_until));
    Ok(watermark.unwrap_or_else(|| app.now()))
}

fn event(app: &App, at: Timestamp, kind: &str, text: &str, actor: &str) -> IncidentEvent {
    IncidentEvent {
        at,
        known_at: app.now(),
        kind: kind.to_owned(),
        text: text.to_owned(),
        actor: Some(actor.to_owned()),
    }
}

fn with_note(text: String, note: Option<&str>) -> String {
    match note.map(str::trim).filter(|note| !note.is_empty()) {
        Some(note) => format!("{text}: {note}"),
        None => text,
    }
}
