//! Tokens.

use crate::codec::{from_json, to_json};
use crate::db::{Row, args};
use crate::open::SqlStore;
use async_trait::async_trait;
use jiff::Timestamp;
use trimtab_domain::ports::TokenStore;
use trimtab_domain::ports::store::Token;
use trimtab_domain::{Result, TokenId};

fn token(row: &Row) -> Result<Token> {
    Ok(Token {
        id: TokenId::try_from(row.text(0)?)?,
        name: row.text(1)?,
        permissions: from_json("a token's permissions", &row.text(2)?)?,
        hash: row.text(3)?,
        created_at: row.instant(4)?,
        expires_at: row.instant_or_null(5)?,
        revoked_at: row.instant_or_null(6)?,
        person: row.text_or_null(7)?,
    })
}

#[async_trait]
impl TokenStore for SqlStore {
    async fn put_token(&self, token: &Token) -> Result<()> {
        self.db
            .execute(
                "store a token",
                "insert into tokens
                 (id, name, permissions, hash, created_at, expires_at, revoked_at, person)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)",
                args![
                    token.id.as_str(),
                    token.name.as_str(),
                    to_json("a token's permissions", &token.permissions)?,
                    token.hash.as_str(),
                    token.created_at,
                    token.expires_at,
                    token.revoked_at,
                    token.person.as_deref(),
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
                "select id, name, permissions, hash, created_at, expires_at, revoked_at,
                        person
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
                "select id, name, permissions, hash, created_at, expires_at, revoked_at,
                        person
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
