//! Rollouts, their history, and exposures.

use crate::audit;
use crate::codec::{from_json, signed, to_json};
use crate::db::{Row, Tx, args, batches};
use crate::open::SqlStore;
use async_trait::async_trait;
use std::collections::BTreeMap;
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::ports::rollout::{Exposure, ExposureBatch, ExposureCount, ExposureQuery};
use trimtab_domain::ports::{ExposureSink, RolloutStore};
use trimtab_domain::rollout::{Rollout, RolloutNote};
use trimtab_domain::{Error, ErrorKind, ModelName, Result, RolloutId};

fn rollout(row: &Row) -> Result<Rollout> {
    from_json("a rollout", &row.text(0)?)
}

/// A word of an enum, by its own serde name.
fn word(value: &impl serde::Serialize) -> Result<String> {
    Ok(to_json("a word", value)?.trim_matches('"').to_owned())
}

fn overtaken(rollout: &Rollout) -> Error {
    Error::conflict(format!("rollout `{}` was changed meanwhile", rollout.id))
        .with_hint("read it again")
}

#[async_trait]
impl RolloutStore for SqlStore {
    async fn put_rollout(
        &self,
        rollout: &Rollout,
        notes: &[RolloutNote],
        audit: &[AuditEntry],
    ) -> Result<()> {
        const WHAT: &str = "store a rollout";
        let mut tx = self.db.begin(WHAT).await?;
        if rollout.revision == 1 {
            insert(&mut tx, rollout).await?;
        } else {
            update(&mut tx, rollout).await?;
        }
        for note in notes {
            put_note(&mut tx, &rollout.id, note).await?;
        }
        audit::append(&mut tx, audit).await?;
        tx.commit(WHAT).await
    }

    async fn rollout(&self, id: &RolloutId) -> Result<Option<Rollout>> {
        let rows = self
            .db
            .fetch(
                "read a rollout",
                "select body from rollouts where id = $1",
                args![id.as_str()],
            )
            .await?;
        rows.first().map(rollout).transpose()
    }

    async fn rollouts(&self, model: &ModelName, limit: u32) -> Result<Vec<Rollout>> {
        let rows = self
            .db
            .fetch(
                "read rollouts",
                "select body from rollouts where model = $1 order by sequence desc limit $2",
                args![model.as_str(), limit],
            )
            .await?;
        rows.iter().map(rollout).collect()
    }

    async fn active_rollouts(&self) -> Result<Vec<Rollout>> {
        let rows = self
            .db
            .fetch(
                "read active rollouts",
                "select body from rollouts where is_active order by sequence",
                Vec::new(),
            )
            .await?;
        rows.iter().map(rollout).collect()
    }

    async fn rollout_notes(&self, id: &RolloutId) -> Result<Vec<RolloutNote>> {
        let rows = self
            .db
            .fetch(
                "read a rollout's history",
                "select at, event_at, kind, step, actor, text, reason from rollout_notes
                 where rollout_id = $1 order by sequence",
                args![id.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(RolloutNote {
                    at: row.instant(0)?,
                    event_at: row.instant_or_null(1)?,
                    kind: from_json("a kind of note", &format!("\"{}\"", row.text(2)?))?,
                    step: usize::try_from(row.count(3)?).unwrap_or(usize::MAX),
                    actor: row.text(4)?,
                    text: row.text(5)?,
                    reason: row.text_or_null(6)?,
                })
            })
            .collect()
    }
}

async fn insert(tx: &mut Tx, rollout: &Rollout) -> Result<()> {
    let inserted = tx
        .execute(
            "store a new rollout",
            "insert into rollouts (id, model, champion, challenger, validation, phase, stage,
                                   is_active, started_at, ended_at, revision, body)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            args![
                rollout.id.as_str(),
                rollout.model.as_str(),
                rollout.champion.as_str(),
                rollout.challenger.as_str(),
                rollout.validation.as_str(),
                rollout.phase.as_str(),
                rollout.stage().as_str(),
                rollout.phase.is_active(),
                rollout.started_at,
                rollout.ending.as_ref().map(|ending| ending.at),
                signed(rollout.revision)?,
                to_json("a rollout", rollout)?,
            ],
        )
        .await;
    match inserted {
        Err(error) if error.kind() == ErrorKind::Conflict => Err(Error::conflict(format!(
            "model `{}` has an active rollout already",
            rollout.model
        ))
        .with_hint("let it end or roll it back first")
        .with_source(error)),
        other => other.map(drop),
    }
}

async fn update(tx: &mut Tx, rollout: &Rollout) -> Result<()> {
    let n_changed = tx
        .execute(
            "store a rollout's change",
            "update rollouts set phase = $3, stage = $4, is_active = $5, ended_at = $6,
                                 revision = $7, body = $8
             where id = $1 and revision = $2",
            args![
                rollout.id.as_str(),
                signed(rollout.revision - 1)?,
                rollout.phase.as_str(),
                rollout.stage().as_str(),
                rollout.phase.is_active(),
                rollout.ending.as_ref().map(|ending| ending.at),
                signed(rollout.revision)?,
                to_json("a rollout", rollout)?,
            ],
        )
        .await?;
    if n_changed == 1 {
        Ok(())
    } else {
        Err(overtaken(rollout))
    }
}

async fn put_note(tx: &mut Tx, id: &RolloutId, note: &RolloutNote) -> Result<()> {
    tx.execute(
        "store a line of a rollout's history",
        "insert into rollout_notes (rollout_id, at, event_at, kind, step, actor, text, reason)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            id.as_str(),
            note.at,
            note.event_at,
            word(&note.kind)?,
            signed(note.step as u64)?,
            note.actor.as_str(),
            note.text.as_str(),
            note.reason.as_deref(),
        ],
    )
    .await
    .map(drop)
}

/// The database has no unsigned numbers: the bits are kept.
fn bits(key_hash: u64) -> i64 {
    key_hash.cast_signed()
}

#[async_trait]
impl ExposureSink for SqlStore {
    async fn record_exposures(&self, batch: &ExposureBatch) -> Result<()> {
        const WHAT: &str = "store exposures";
        let mut tx = self.db.begin(WHAT).await?;
        for count in &batch.counts {
            tx.execute(
                "add to a count of exposures",
                "insert into exposure_counts
                 (flag, rollout_id, variant, version, hour, n_evaluations, step)
                 values ($1, $2, $3, $4, $5, $6, $7)
                 on conflict (flag, hour, rollout_id, step, variant, version) do update
                 set n_evaluations = exposure_counts.n_evaluations + excluded.n_evaluations",
                args![
                    count.flag.as_str(),
                    count.rollout.as_str(),
                    count.variant.as_str(),
                    count.version.as_str(),
                    count.hour,
                    signed(count.n_evaluations)?,
                    count.step,
                ],
            )
            .await?;
        }
        for rows in batches(&batch.exposures) {
            let values = rows.iter().flat_map(|one| {
                args![
                    one.flag.as_str(),
                    one.rollout.as_str(),
                    bits(one.key_hash),
                    one.variant.as_str(),
                    one.version.as_str(),
                    one.first_at,
                    one.step,
                ]
            });
            let sql = format!(
                "insert into exposures
                 (flag, rollout_id, key_hash, variant, version, first_at, step)
                 values {} on conflict do nothing",
                tx.placeholders(rows.len(), 7)
            );
            tx.execute("store exposures", sql, values.collect()).await?;
        }
        tx.commit(WHAT).await
    }

    async fn exposure_counts(&self, query: &ExposureQuery) -> Result<Vec<ExposureCount>> {
        let rows = self
            .db
            .fetch(
                "count exposures by hour",
                "select flag, rollout_id, variant, version, hour, n_evaluations, step
                 from exposure_counts
                 where flag = $1 and ($2 is null or rollout_id = $2) and ($3 is null or step = $3)
                   and hour >= $4 and hour < $5
                 order by hour, rollout_id, step, variant, version",
                asked(query),
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(ExposureCount {
                    flag: row.text(0)?,
                    rollout: RolloutId::try_from(row.text(1)?)?,
                    variant: row.text(2)?,
                    version: row.text(3)?,
                    hour: row.instant(4)?,
                    n_evaluations: row.count(5)?,
                    step: step(row, 6)?,
                })
            })
            .collect()
    }

    async fn exposed_keys(&self, query: &ExposureQuery) -> Result<BTreeMap<String, u64>> {
        let rows = self
            .db
            .fetch(
                "count exposed keys",
                "select variant, count(distinct key_hash) from exposures
                 where flag = $1 and ($2 is null or rollout_id = $2) and ($3 is null or step = $3)
                   and first_at >= $4 and first_at < $5
                 group by variant",
                asked(query),
            )
            .await?;
        rows.iter()
            .map(|row| Ok((row.text(0)?, row.count(1)?)))
            .collect()
    }

    async fn exposures(
        &self,
        query: &ExposureQuery,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Exposure>> {
        let mut arguments = asked(query);
        arguments.extend(args![after.map_or(i64::MIN, bits), after.is_none(), limit]);
        let rows = self
            .db
            .fetch(
                "read exposures",
                "select flag, rollout_id, key_hash, variant, version, first_at, step from exposures
                 where flag = $1 and ($2 is null or rollout_id = $2) and ($3 is null or step = $3)
                   and first_at >= $4 and first_at < $5 and (key_hash > $6 or $7)
                 order by key_hash, first_at, variant limit $8",
                arguments,
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Exposure {
                    flag: row.text(0)?,
                    rollout: RolloutId::try_from(row.text(1)?)?,
                    key_hash: row.int(2)?.cast_unsigned(),
                    variant: row.text(3)?,
                    version: row.text(4)?,
                    first_at: row.instant(5)?,
                    step: step(row, 6)?,
                })
            })
            .collect()
    }
}

fn step(row: &Row, column: usize) -> Result<u32> {
    Ok(u32::try_from(row.count(column)?).unwrap_or(u32::MAX))
}

fn asked(query: &ExposureQuery) -> Vec<crate::db::Arg> {
    args![
        query.flag.as_str(),
        query.rollout.as_ref().map(RolloutId::as_str),
        query.step.map(i64::from),
        query.since,
        query.until,
    ]
}
