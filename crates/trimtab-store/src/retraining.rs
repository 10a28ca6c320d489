//! Retraining runs, policies and the history of alerts.

use crate::codec::{from_json, signed, to_json};
use crate::db::{Row, Tx, args};
use crate::open::SqlStore;
use async_trait::async_trait;
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::ports::RetrainingStore;
use trimtab_domain::ports::retraining::{
    PolicyCommit, PolicyState, RetrainingEntry, RetrainingQuery, StoredDecision,
};
use trimtab_domain::retraining::{AlertRecord, RetrainingRun, RunState};
use trimtab_domain::{DocumentName, Error, ModelName, Result, RetrainingId};

fn run(row: &Row) -> Result<RetrainingRun> {
    let mut run: RetrainingRun = from_json("a retraining run", &row.text(0)?)?;
    run.revision = row.count(1)?;
    Ok(run)
}

fn entry(row: &Row) -> Result<RetrainingEntry> {
    let word = row.text(1)?;
    let state = RunState::ALL
        .into_iter()
        .find(|state| state.as_str() == word)
        .ok_or_else(|| Error::internal(format!("`{word}` is not a state of a retraining")))?;
    Ok(RetrainingEntry {
        at: row.instant(0)?,
        state,
        actor: row.text(2)?,
        text: row.text(3)?,
    })
}

async fn insert(tx: &mut Tx, run: &RetrainingRun) -> Result<()> {
    let n_stored = tx
        .execute(
            "store a retraining run",
            "insert into retraining_runs (id, model, policy, cause, state, requested_by,
                requested_at, event_at, ended_at, revision, body)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             on conflict (model, cause) do nothing",
            args![
                run.id.as_str(),
                run.model.as_str(),
                run.policy.as_str(),
                run.cause.key.as_str(),
                run.state.as_str(),
                run.requested_by.as_str(),
                run.requested_at,
                run.event_at,
                run.ended_at,
                signed(run.revision)?,
                to_json("a retraining run", run)?,
            ],
        )
        .await?;
    if n_stored == 0 {
        return Err(Error::conflict(format!(
            "model `{}` has a retraining for the cause `{}` already",
            run.model, run.cause.key
        )));
    }
    Ok(())
}

async fn append(tx: &mut Tx, id: &RetrainingId, entries: &[RetrainingEntry]) -> Result<()> {
    for entry in entries {
        tx.execute(
            "store an entry of a retraining's timeline",
            "insert into retraining_entries (run_id, at, state, actor, text)
             values ($1, $2, $3, $4, $5)",
            args![
                id.as_str(),
                entry.at,
                entry.state.as_str(),
                entry.actor.as_str(),
                entry.text.as_str(),
            ],
        )
        .await?;
    }
    Ok(())
}

/// Stores what happened to alerts: part of a step of alerting.
pub(crate) async fn put_alert_history(tx: &mut Tx, records: &[AlertRecord]) -> Result<()> {
    for record in records {
        tx.execute(
            "store what happened to an alert",
            "insert into alert_history (model, rule, at, body) values ($1, $2, $3, $4)",
            args![
                record.model.as_str(),
                record.rule.as_str(),
                record.at,
                to_json("what happened to an alert", record)?,
            ],
        )
        .await?;
    }
    Ok(())
}

/// Moves a policy on, if it stands where the caller saw it.
async fn move_policy(tx: &mut Tx, commit: &PolicyCommit) -> Result<()> {
    let decision = commit
        .decision
        .as_ref()
        .map(|decision| to_json("a policy's decision", decision))
        .transpose()?;
    let (sql, mut values) = match commit.looked_before {
        None => (
            "insert into retraining_policies (model, policy, looked_until, decision)
             values ($1, $2, $3, $4) on conflict (model, policy) do nothing",
            Vec::new(),
        ),
        Some(before) => (
            "update retraining_policies set looked_until = $3, decision = $4
             where model = $1 and policy = $2 and looked_until = $5",
            args![before],
        ),
    };
    let mut all = args![
        commit.model.as_str(),
        commit.policy.as_str(),
        commit.looked_until,
        decision.as_deref(),
    ];
    all.append(&mut values);
    let n_moved = tx.execute("move a policy on", sql, all).await?;
    if n_moved == 0 {
        return Err(Error::conflict(format!(
            "policy `{}` of model `{}` has been looked at by another server",
            commit.policy, commit.model
        )));
    }
    Ok(())
}

#[async_trait]
impl RetrainingStore for SqlStore {
    async fn insert_retraining(
        &self,
        run: &RetrainingRun,
        entry: &RetrainingEntry,
        audit: &[AuditEntry],
    ) -> Result<()> {
        const WHAT: &str = "store a retraining run";
        let mut tx = self.db.begin(WHAT).await?;
        insert(&mut tx, run).await?;
        append(&mut tx, &run.id, std::slice::from_ref(entry)).await?;
        crate::audit::append(&mut tx, audit).await?;
        tx.commit(WHAT).await
    }

    async fn update_retraining(
        &self,
        run: &RetrainingRun,
        entries: &[RetrainingEntry],
        audit: &[AuditEntry],
    ) -> Result<RetrainingRun> {
        const WHAT: &str = "store a step of a retraining";
        let mut next = run.clone();
        next.revision += 1;
        let mut tx = self.db.begin(WHAT).await?;
        let n_stored = tx
            .execute(
                WHAT,
                "update retraining_runs
                 set state = $3, ended_at = $4, revision = $5, body = $6
                 where id = $1 and revision = $2",
                args![
                    run.id.as_str(),
                    signed(run.revision)?,
                    next.state.as_str(),
                    next.ended_at,
                    signed(next.revision)?,
                    to_json("a retraining run", &next)?,
                ],
            )
            .await?;
        if n_stored == 0 {
            return Err(Error::conflict(format!(
                "retraining `{}` was stepped by somebody else",
                run.id
            ))
            .with_hint("read it again"));
        }
        append(&mut tx, &run.id, entries).await?;
        crate::audit::append(&mut tx, audit).await?;
        tx.commit(WHAT).await?;
        Ok(next)
    }

    async fn retraining(&self, id: &RetrainingId) -> Result<Option<RetrainingRun>> {
        let rows = self
            .db
            .fetch(
                "read a retraining run",
                "select body, revision from retraining_runs where id = $1",
                args![id.as_str()],
            )
            .await?;
        rows.first().map(run).transpose()
    }

    async fn retrainings(&self, query: &RetrainingQuery) -> Result<Vec<RetrainingRun>> {
        let rows = self
            .db
            .fetch(
                "read retraining runs",
                "select body, revision from retraining_runs
                 where ($1 is null or model = $1)
                   and (not $2 or ended_at is null)
                   and ($3 is null or sequence <
                        (select sequence from retraining_runs where id = $3))
                 order by sequence desc limit $4",
                args![
                    query.model.as_ref().map(ModelName::as_str),
                    query.open_only,
                    query.before.as_ref().map(RetrainingId::as_str),
                    i64::from(query.limit.unwrap_or(u32::MAX)),
                ],
            )
            .await?;
        rows.iter().map(run).collect()
    }

    async fn retraining_entries(&self, id: &RetrainingId) -> Result<Vec<RetrainingEntry>> {
        let rows = self
            .db
            .fetch(
                "read a retraining's timeline",
                "select at, state, actor, text from retraining_entries
                 where run_id = $1 order by sequence",
                args![id.as_str()],
            )
            .await?;
        rows.iter().map(entry).collect()
    }

    async fn policy_state(
        &self,
        model: &ModelName,
        policy: &DocumentName,
    ) -> Result<Option<PolicyState>> {
        let rows = self
            .db
            .fetch(
                "read how far a policy has looked",
                "select looked_until, decision from retraining_policies
                 where model = $1 and policy = $2",
                args![model.as_str(), policy.as_str()],
            )
            .await?;
        rows.first()
            .map(|row| {
                let decision = row.text_or_null(1)?;
                Ok(PolicyState {
                    looked_until: row.instant(0)?,
                    decision: decision
                        .map(|text| from_json("a policy's decision", &text))
                        .transpose()?,
                })
            })
            .transpose()
    }

    async fn commit_policy(&self, commit: &PolicyCommit) -> Result<()> {
        const WHAT: &str = "commit a look of a policy";
        let mut tx = self.db.begin(WHAT).await?;
        move_policy(&mut tx, commit).await?;
        let begun = commit.run.as_ref().map(|(run, _)| run);
        for decision in &commit.decisions {
            // The run belongs to the decision that began it.
            let began = begun
                .filter(|run| decision.cause.as_ref() == Some(&run.cause))
                .filter(|run| run.event_at == decision.at);
            tx.execute(
                "store a decision of a policy",
                "insert into retraining_decisions
                    (model, policy, at, known_at, outcome, run_id, body)
                 values ($1, $2, $3, $4, $5, $6, $7)",
                args![
                    commit.model.as_str(),
                    commit.policy.as_str(),
                    decision.at,
                    commit.now,
                    decision.outcome.as_str(),
                    began.map(|run| run.id.as_str()),
                    to_json("a policy's decision", decision)?,
                ],
            )
            .await?;
        }
        if let Some((run, entry)) = &commit.run {
            insert(&mut tx, run).await?;
            append(&mut tx, &run.id, std::slice::from_ref(entry)).await?;
        }
        crate::audit::append(&mut tx, &commit.audit).await?;
        tx.commit(WHAT).await
    }

    async fn policy_decisions(&self, model: &ModelName, limit: u32) -> Result<Vec<StoredDecision>> {
        let rows = self
            .db
            .fetch(
                "read decisions of policies",
                "select policy, known_at, body, run_id from retraining_decisions
                 where model = $1 order by sequence desc limit $2",
                args![model.as_str(), limit],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredDecision {
                    policy: DocumentName::new(row.text(0)?)?,
                    known_at: row.instant(1)?,
                    decision: from_json("a policy's decision", &row.text(2)?)?,
                    run: row
                        .text_or_null(3)?
                        .map(RetrainingId::try_from)
                        .transpose()?,
                })
            })
            .collect()
    }

    async fn alert_history(&self, model: &ModelName) -> Result<Vec<AlertRecord>> {
        let rows = self
            .db
            .fetch(
                "read what happened to alerts",
                "select body from alert_history where model = $1 order by sequence",
                args![model.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| from_json("what happened to an alert", &row.text(0)?))
            .collect()
    }
}
