//! Validations: an end is written once.

use crate::codec::{from_json, to_json};
use crate::db::{Row, args};
use crate::open::SqlStore;
use async_trait::async_trait;
use trimtab_domain::ports::ValidationStore;
use trimtab_domain::validation::{Validation, ValidationState, Verdict};
use trimtab_domain::{Error, ModelName, Result, ValidationId};

fn validation(row: &Row) -> Result<Validation> {
    from_json("a validation", &row.text(0)?)
}

#[async_trait]
impl ValidationStore for SqlStore {
    async fn put_validation(&self, validation: &Validation) -> Result<()> {
        let n_changed = self
            .db
            .execute(
                "store a validation",
                "insert into validations
                 (id, model, candidate, champion, policy, state, verdict, requested_by,
                  requested_at, finished_at, body)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                 on conflict (id) do update set
                   state = excluded.state, verdict = excluded.verdict,
                   finished_at = excluded.finished_at, body = excluded.body
                 where validations.state = 'running'",
                args![
                    validation.id.as_str(),
                    validation.model.as_str(),
                    validation.candidate.as_str(),
                    validation.champion.as_deref(),
                    validation.policy.as_str(),
                    validation.state.as_str(),
                    validation.verdict.map(Verdict::as_str),
                    validation.requested_by.as_str(),
                    validation.requested_at,
                    validation.finished_at,
                    to_json("a validation", validation)?,
                ],
            )
            .await?;
        if n_changed == 0 {
            return Err(Error::conflict(format!(
                "validation `{}` has ended before",
                validation.id
            )));
        }
        Ok(())
    }

    async fn validation(&self, id: &ValidationId) -> Result<Option<Validation>> {
        let rows = self
            .db
            .fetch(
                "read a validation",
                "select body from validations where id = $1",
                args![id.as_str()],
            )
            .await?;
        rows.first().map(validation).transpose()
    }

    async fn validations(
        &self,
        model: &ModelName,
        candidate: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Validation>> {
        let rows = self
            .db
            .fetch(
                "read validations",
                "select body from validations
                 where model = $1 and ($2 is null or candidate = $2)
                 order by sequence desc limit $3",
                args![model.as_str(), candidate, limit],
            )
            .await?;
        rows.iter().map(validation).collect()
    }

    async fn running_validations(&self) -> Result<Vec<Validation>> {
        let rows = self
            .db
            .fetch(
                "read running validations",
                "select body from validations where state = $1 order by sequence",
                args![ValidationState::Running.as_str()],
            )
            .await?;
        rows.iter().map(validation).collect()
    }
}
