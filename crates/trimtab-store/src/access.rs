//! Tokens and the audit log.

use crate::codec::{from_json, to_json};
use crate::db::{Row, args, batches, placeholders};
use crate::open::SqlStore;
use async_trait::async_trait;
use jiff::Timestamp;
use trimtab_domain::ports::store::{AuditEntry, Token};
use trimtab_domain::ports::{AuditStore, TokenStore};
use trimtab_domain::{ModelName, Result, TokenId};

fn token(row: &Row) -> Result<Token> {
    Ok(Token {
        id: TokenId::try_from(row.text(0)?)?,
        name: row.text(1)?,
        permissions: from_json("a token's permissions", &row.text(2)?)?,
        hash: row.text(3)?,
        created_at: row.instant(4)?,
        expires_at: row.instant_or_null(5)?,
        revoked_at: row.instant_or_null(6)?,
    })
}

#[async_trait]
impl TokenStore for SqlStore {
    async fn put_token(&self, token: &Token) -> Result<()> {
        self.db
            .execute(
                "store a token",
                "insert into tokens
                 (id, name, permissions, hash, created_at, expires_at, revoked_at)
                 values ($1, $2, $3, $4, $5, $6, $7)",
                args![
                    token.id.as_str(),
                    token.name.as_str(),
                    to_json("a token's permissions", &token.permissions)?,
                    token.hash.as_str(),
                    token.created_at,
                    token.expires_at,
                    token.revoked_at,
                ],
            )
            .await
            .map(drop)
    }

    async fn token(&self, id: &TokenId) -> Result<Option<Token>> {
        let rows = self
            .db
            .fetch(
                "read a token",
                "select id, name, permissions, hash, created_at, expires_at, revoked_at
                 from tokens where id = $1",
                args![id.as_str()],
            )
            .await?;
        rows.first().map(token).transpose()
    }

    async fn tokens(&self) -> Result<Vec<Token>> {
        let rows = self
            .db
            .fetch(
                "read tokens",
                "select id, name, permissions, hash, created_at, expires_at, revoked_at
                 from tokens order by created_at, id",
                Vec::new(),
            )
            .await?;
        rows.iter().map(token).collect()
    }

    async fn revoke_token(&self, id: &TokenId, now: Timestamp) -> Result<bool> {
        // The first revocation is the one that counts.
        let n_found = self
            .db
            .execute(
                "revoke a token",
                "update tokens set revoked_at = coalesce(revoked_at, $2) where id = $1",
                args![id.as_str(), now],
            )
            .await?;
        Ok(n_found > 0)
    }
}

#[async_trait]
impl AuditStore for SqlStore {
    async fn audit(&self, entries: &[AuditEntry]) -> Result<()> {
        const WHAT: &str = "write the audit log";
        let mut tx = self.db.begin(WHAT).await?;
        for batch in batches(entries) {
            let values = batch.iter().flat_map(|entry| {
                args![
                    entry.at,
                    entry.actor.as_str(),
                    entry.action.as_str(),
                    entry.model.as_ref().map(ModelName::as_str),
                    entry.object.as_str(),
                    entry.text.as_str(),
                ]
            });
            let sql = format!(
                "insert into audit_log (at, actor, action, model, object, text) values {}",
                placeholders(batch.len(), 6)
            );
            tx.execute(WHAT, sql, values.collect()).await?;
        }
        tx.commit(WHAT).await
    }

    async fn audit_entries(
        &self,
        model: Option<&ModelName>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>> {
        let rows = self
            .db
            .fetch(
                "read the audit log",
                "select at, actor, action, model, object, text from audit_log
                 where $1 is null or model = $1 order by sequence desc limit $2",
                args![model.map(ModelName::as_str), limit],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditEntry {
                    at: row.instant(0)?,
                    actor: row.text(1)?,
                    action: row.text(2)?,
                    model: row.text_or_null(3)?.map(ModelName::new).transpose()?,
                    object: row.text(4)?,
                    text: row.text(5)?,
                })
            })
            .collect()
    }

    async fn ping(&self) -> Result<()> {
        self.db
            .fetch("reach the metadata database", "select 1", Vec::new())
            .await
            .map(drop)
    }
}
