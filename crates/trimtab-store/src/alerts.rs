//! Alert states, incidents, timelines and the outbox.

use crate::codec::{from_json, message_state, signed, to_json};
use crate::db::{Row, Tx, args};
use crate::open::SqlStore;
use crate::retraining::put_alert_history;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;
use trimtab_domain::alert::AlertState;
use trimtab_domain::incident::{Incident, IncidentEvent, IncidentState};
use trimtab_domain::outbox::OutboxMessage;
use trimtab_domain::ports::AlertStore;
use trimtab_domain::ports::store::{AlertCommit, IncidentCounts, IncidentQuery};
use trimtab_domain::result::Severity;
use trimtab_domain::{DocumentName, Error, IncidentId, MessageId, ModelName, Result};

#[async_trait]
impl AlertStore for SqlStore {
    async fn alert_states(&self, model: &ModelName) -> Result<BTreeMap<DocumentName, AlertState>> {
        let rows = self
            .db
            .fetch(
                "read alert states",
                "select rule, state from alert_states where model = $1",
                args![model.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let state = from_json("an alert's state", &row.text(1)?)?;
                Ok((DocumentName::new(row.text(0)?)?, state))
            })
            .collect()
    }

    async fn commit_alerts(&self, commit: &AlertCommit) -> Result<()> {
        const WHAT: &str = "commit a step of alerting";
        let mut tx = self.db.begin(WHAT).await?;
        for (model, rule, state) in &commit.states {
            tx.execute(
                "store an alert's state",
                "insert into alert_states (model, rule, state) values ($1, $2, $3)
                 on conflict (model, rule) do update set state = excluded.state",
                args![
                    model.as_str(),
                    rule.as_str(),
                    to_json("an alert's state", state)?
                ],
            )
            .await?;
        }
        // Ends before beginnings: a monitor has at most one unresolved incident at any moment.
        let (over, alive): (Vec<_>, Vec<_>) = commit
            .incidents
            .iter()
            .partition(|incident| incident.state == IncidentState::Resolved);
        for incident in over.into_iter().chain(alive) {
            put_incident(&mut tx, incident).await?;
        }
        for (incident, event) in &commit.events {
            put_event(&mut tx, incident, event).await?;
        }
        for message in &commit.messages {
            put_message(&mut tx, message).await?;
        }
        put_alert_history(&mut tx, &commit.history).await?;
        tx.commit(WHAT).await
    }

    async fn next_incident_number(&self) -> Result<u64> {
        let rows = self
            .db
            .fetch(
                "read the last incident's number",
                "select value from counters where name = 'incident'",
                Vec::new(),
            )
            .await?;
        Ok(1 + rows.first().map_or(Ok(0), |row| row.count(0))?)
    }

    async fn open_incident(&self, model: &ModelName, monitor: &str) -> Result<Option<Incident>> {
        let rows = self
            .db
            .fetch(
                "read an open incident",
                "select body from incidents
                 where model = $1 and monitor = $2 and state <> 'resolved'",
                args![model.as_str(), monitor],
            )
            .await?;
        rows.first().map(incident).transpose()
    }

    async fn incident(&self, id: &IncidentId) -> Result<Option<Incident>> {
        let rows = self
            .db
            .fetch(
                "read an incident",
                "select body from incidents where id = $1",
                args![id.as_str()],
            )
            .await?;
        rows.first().map(incident).transpose()
    }

    async fn incidents(&self, query: &IncidentQuery) -> Result<Vec<Incident>> {
        // The words are our own literals; what the caller brought is bound.
        let mut sql = "select body from incidents
             where ($1 is null or model = $1) and number < $2"
            .to_owned();
        let states = query.states.iter().map(|state| state.as_str());
        sql.push_str(&one_of("state", states));
        let severities = query.severities.iter().map(|severity| severity.as_str());
        sql.push_str(&one_of("severity", severities));
        sql.push_str(" order by number desc limit $3");
        let rows = self
            .db
            .fetch(
                "read incidents",
                sql,
                args![
                    query.model.as_ref().map(ModelName::as_str),
                    query
                        .below_number
                        .map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX)),
                    query.limit.map_or(i64::MAX, i64::from),
                ],
            )
            .await?;
        rows.iter().map(incident).collect()
    }

    async fn incident_counts(&self, model: Option<&ModelName>) -> Result<IncidentCounts> {
        let rows = self
            .db
            .fetch(
                "count incidents",
                "select state, count(*) from incidents
                 where $1 is null or model = $1 group by state",
                args![model.map(ModelName::as_str)],
            )
            .await?;
        let mut counts = IncidentCounts::default();
        for row in &rows {
            let count = row.count(1)?;
            match row.text(0)?.as_str() {
                "open" => counts.open = count,
                "acknowledged" => counts.acknowledged = count,
                _ => counts.resolved = count,
            }
        }
        Ok(counts)
    }

    async fn incident_events(&self, id: &IncidentId) -> Result<Vec<IncidentEvent>> {
        let rows = self
            .db
            .fetch(
                "read an incident's timeline",
                "select at, known_at, kind, text, actor from incident_events
                 where incident_id = $1 order by sequence",
                args![id.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(IncidentEvent {
                    at: row.instant(0)?,
                    known_at: row.instant(1)?,
                    kind: row.text(2)?,
                    text: row.text(3)?,
                    actor: row.text_or_null(4)?,
                })
            })
            .collect()
    }

    async fn incident_messages(&self, id: &IncidentId) -> Result<Vec<OutboxMessage>> {
        let rows = self
            .db
            .fetch(
                "read an incident's messages",
                message_select!("where incident_id = $1 order by sequence"),
                args![id.as_str()],
            )
            .await?;
        rows.iter().map(message).collect()
    }

    async fn due_messages(&self, now: Timestamp, limit: u32) -> Result<Vec<OutboxMessage>> {
        let rows = self
            .db
            .fetch(
                "read due messages",
                message_select!(
                    "where state = 'pending' and next_attempt_at <= $1 order by sequence limit $2"
                ),
                args![now, limit],
            )
            .await?;
        rows.iter().map(message).collect()
    }

    async fn next_message_at(&self) -> Result<Option<Timestamp>> {
        let rows = self
            .db
            .fetch(
                "read when the next message is due",
                "select min(next_attempt_at) from outbox where state = 'pending'",
                Vec::new(),
            )
            .await?;
        rows.first().map_or(Ok(None), |row| row.instant_or_null(0))
    }

    async fn update_message(&self, message: &OutboxMessage) -> Result<()> {
        let n_updated = self
            .db
            .execute(
                "store what became of a message",
                "update outbox set state = $2, attempts = $3, next_attempt_at = $4,
                     last_error = $5
                 where id = $1",
                args![
                    message.id.as_str(),
                    message.state.as_str(),
                    message.attempts,
                    message.next_attempt_at,
                    message.last_error.as_deref(),
                ],
            )
            .await?;
        if n_updated == 0 {
            return Err(Error::not_found("message", &message.id));
        }
        Ok(())
    }
}

macro_rules! message_select {
    ($rest:literal) => {
        concat!(
            "select id, channel, incident_id, event_type, data, created_at, state, attempts,
                    next_attempt_at, last_error
             from outbox ",
            $rest
        )
    };
}
use message_select;

fn message(row: &Row) -> Result<OutboxMessage> {
    Ok(OutboxMessage {
        id: MessageId::try_from(row.text(0)?)?,
        channel: DocumentName::new(row.text(1)?)?,
        incident: IncidentId::try_from(row.text(2)?)?,
        event_type: row.text(3)?,
        data: from_json("a message", &row.text(4)?)?,
        created_at: row.instant(5)?,
        state: message_state(&row.text(6)?)?,
        attempts: u32::try_from(row.count(7)?)
            .map_err(|_| Error::internal("a message's attempts are out of range"))?,
        next_attempt_at: row.instant(8)?,
        last_error: row.text_or_null(9)?,
    })
}

fn incident(row: &Row) -> Result<Incident> {
    from_json("an incident", &row.text(0)?)
}

fn one_of<'a>(column: &str, words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.map(|word| format!("'{word}'")).collect();
    if words.is_empty() {
        return String::new();
    }
    format!(" and {column} in ({})", words.join(", "))
}

async fn put_incident(tx: &mut Tx, incident: &Incident) -> Result<()> {
    let number = signed(incident.number)?;
    tx.execute(
        "store an incident",
        "insert into incidents
         (id, number, model, monitor, kind, title, severity, state, opened_at, resolved_at,
          known_opened_at, acknowledged_by, n_alerts, body)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (id) do update set
             kind = excluded.kind, title = excluded.title, severity = excluded.severity,
             state = excluded.state, opened_at = excluded.opened_at,
             resolved_at = excluded.resolved_at, acknowledged_by = excluded.acknowledged_by,
             n_alerts = excluded.n_alerts, body = excluded.body",
        args![
            incident.id.as_str(),
            number,
            incident.model.as_str(),
            incident.monitor.as_str(),
            incident.kind.as_str(),
            incident.title.as_str(),
            Severity::as_str(incident.severity),
            incident.state.as_str(),
            incident.opened_at,
            incident.resolved_at,
            incident.known_opened_at,
            incident.acknowledged_by.as_deref(),
            incident.n_alerts,
            to_json("an incident", incident)?,
        ],
    )
    .await?;
    // Numbers are never given twice, not even after a model and its incidents are deleted.
    tx.execute(
        "count an incident",
        "update counters set value = $1 where name = 'incident' and value < $1",
        args![number],
    )
    .await
    .map(drop)
}

async fn put_event(tx: &mut Tx, incident: &IncidentId, event: &IncidentEvent) -> Result<()> {
    tx.execute(
        "store an entry of a timeline",
        "insert into incident_events (incident_id, at, known_at, kind, text, actor)
         values ($1, $2, $3, $4, $5, $6)",
        args![
            incident.as_str(),
            event.at,
            event.known_at,
            event.kind.as_str(),
            event.text.as_str(),
            event.actor.as_deref(),
        ],
    )
    .await
    .map(drop)
}

async fn put_message(tx: &mut Tx, message: &OutboxMessage) -> Result<()> {
    tx.execute(
        "store a message",
        "insert into outbox
         (id, channel, incident_id, event_type, data, created_at, state, attempts,
          next_attempt_at, last_error)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            message.id.as_str(),
            message.channel.as_str(),
            message.incident.as_str(),
            message.event_type.as_str(),
            to_json("a message", &message.data)?,
            message.created_at,
            message.state.as_str(),
            message.attempts,
            message.next_attempt_at,
            message.last_error.as_deref(),
        ],
    )
    .await
    .map(drop)
}
