//! API tokens: made once, stored hashed, checked on every request.

use crate::app::App;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::ports::store::Token;
use trimtab_domain::ports::{Clock, Identity, Store};
use trimtab_domain::{Error, Result, TokenId};

/// So long a token that was read is taken as it was.
const RECENT_MILLISECONDS: i128 = 2_000;
/// Tokens that are remembered at most.
const RECENT_MAX: usize = 1_024;

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// See everything.
    Read,
    /// Send predictions, labels and metric points.
    Ingest,
    /// Acknowledge and resolve incidents.
    Respond,
    /// Change documents, store references, evaluate.
    Edit,
    /// Delete models, make and revoke tokens.
    Admin,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Ingest,
        Self::Respond,
        Self::Edit,
        Self::Admin,
    ];

    /// The word in tokens and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Ingest => "ingest",
            Self::Respond => "respond",
            Self::Edit => "edit",
            Self::Admin => "admin",
        }
    }
}

impl std::str::FromStr for Permission {
    type Err = Error;
    fn from_str(word: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == word)
            .ok_or_else(|| {
                let words: Vec<_> = Self::ALL.iter().map(|one| one.as_str()).collect();
                Error::invalid(format!("`{word}` is not a permission"))
                    .with_hint(format!("use {}", words.join(", ")))
            })
    }
}

/// A token with its secret: shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct NewToken {
    /// What is stored.
    pub token: Token,
    /// What the caller sends as `Authorization: Bearer …`.
    pub secret: String,
}

impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewToken")
            .field("token", &self.token.id)
            .finish_non_exhaustive()
    }
}

pub(crate) async fn create(
    app: &App,
    name: &str,
    permissions: &[Permission],
    expires_at: Option<Timestamp>,
    actor: &str,
) -> Result<NewToken> {
    desk(app, actor).create(name, permissions, expires_at).await
}

/// The desk of a whole app.
pub(crate) fn desk<'a>(app: &'a App, actor: &'a str) -> TokenDesk<'a> {
    let parts = &app.inner.parts;
    TokenDesk {
        store: app.store(),
        clock: &*parts.clock,
        identity: &*parts.identity,
        actor,
    }
}

/// Makes and revokes tokens where no whole [`App`] runs: the first token of a server that
/// refuses to start without one.
pub struct TokenDesk<'a> {
    /// The metadata database.
    pub store: &'a dyn Store,
    /// The wall clock.
    pub clock: &'a dyn Clock,
    /// Unique and secret words.
    pub identity: &'a dyn Identity,
    /// Who asks, for the audit log.
    pub actor: &'a str,
}

impl TokenDesk<'_> {
    /// Makes a token. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    ///
    /// `Invalid` without a name or a permission.
    pub async fn create(
        &self,
        name: &str,
        permissions: &[Permission],
        expires_at: Option<Timestamp>,
    ) -> Result<NewToken> {
        self.create_for(None, name, permissions, expires_at).await
    }

    /// Makes a token of a person: approvals count people, however many tokens each holds.
    ///
    /// # Errors
    ///
    /// As [`TokenDesk::create`].
    pub async fn create_for(
        &self,
        person: Option<&str>,
        name: &str,
        permissions: &[Permission],
        expires_at: Option<Timestamp>,
    ) -> Result<NewToken> {
        let name = name.trim();
        if name.is_empty() {
            return Err(Error::invalid("a token needs a name").with_hint("say what it is for"));
        }
        if permissions.is_empty() {
            return Err(Error::invalid(format!("token `{name}` may do nothing"))
                .with_hint("give it at least one permission, for example `read`"));
        }
        let mut permissions = permissions.to_vec();
        permissions.sort_unstable();
        permissions.dedup();
        let id = TokenId::from_suffix(self.identity.suffix());
        let secret = format!("{id}.{}", self.identity.secret());
        let token = Token {
            id: id.clone(),
            name: name.to_owned(),
            person: person
                .map(str::trim)
                .filter(|person| !person.is_empty())
                .map(str::to_owned),
            permissions: permissions
                .iter()
                .map(|permission| permission.as_str().to_owned())
                .collect(),
            hash: hash(&secret),
            created_at: self.clock.now(),
            expires_at,
            revoked_at: None,
        };
        self.store.put_token(&token).await?;
        let text = format!("token `{name}` made ({})", token.permissions.join(", "));
        self.audit("token_created", &id, text, None, Some(in_log(&token)))
            .await?;
        Ok(NewToken { token, secret })
    }

    /// Makes a token invalid.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a token.
    pub async fn revoke(&self, id: &TokenId) -> Result<()> {
        let before = self.store.token(id).await?;
        if !self.store.revoke_token(id, self.clock.now()).await? {
            return Err(Error::not_found("token", id));
        }
        let after = self.store.token(id).await?;
        let text = format!("token `{id}` revoked");
        let (before, after) = (before.as_ref().map(in_log), after.as_ref().map(in_log));
        self.audit("token_revoked", id, text, before, after).await
    }

    async fn audit(
        &self,
        action: &str,
        id: &TokenId,
        text: String,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<()> {
        let entry = AuditEntry::new(self.clock.now(), self.actor, action, id.to_string(), text)
            .with_change(before, after);
        self.store.audit(&[entry]).await
    }
}

/// A token as the audit log shows it: nothing of its secret.
fn in_log(token: &Token) -> Value {
    json!({
        "name": token.name,
        "permissions": token.permissions,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    })
}

pub(crate) async fn authenticate(app: &App, secret: &str) -> Result<Option<Token>> {
    let Some(id) = id_of(secret) else {
        return Ok(None);
    };
    let token = app.store().token(&id).await?;
    Ok(token.filter(|token| opens(token, secret, app.now())))
}

/// As [`authenticate`], from memory where the token was read a moment ago.
pub(crate) async fn authenticate_often(app: &App, secret: &str) -> Result<Option<Token>> {
    let Some(id) = id_of(secret) else {
        return Ok(None);
    };
    let recent = &app.inner.recent_tokens;
    let now = app.now();
    if let Some(token) = recent.get(&id, now) {
        return Ok(Some(token).filter(|token| opens(token, secret, now)));
    }
    let n_revoked = recent.n_revoked();
    let token = app.store().token(&id).await?;
    let token = token.filter(|token| opens(token, secret, now));
    if let Some(token) = &token {
        recent.keep(token, now, n_revoked);
    }
    Ok(token)
}

pub(crate) async fn revoke(app: &App, id: &TokenId, actor: &str) -> Result<()> {
    let revoked = desk(app, actor).revoke(id).await;
    // Whatever became of it: the next caller asks the store.
    app.inner.recent_tokens.forget();
    revoked
}

fn id_of(secret: &str) -> Option<TokenId> {
    secret.split_once('.')?.0.parse().ok()
}

fn opens(token: &Token, secret: &str, now: Timestamp) -> bool {
    same(&token.hash, &hash(secret))
        && token.revoked_at.is_none()
        && token.expires_at.is_none_or(|end| now < end)
}

/// Valid tokens that were read a moment ago.
#[derive(Default)]
pub(crate) struct RecentTokens {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// With the moment before which each was read.
    tokens: HashMap<TokenId, (Token, Timestamp)>,
    n_revoked: u64,
}

impl RecentTokens {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn n_revoked(&self) -> u64 {
        self.lock().n_revoked
    }

    fn get(&self, id: &TokenId, now: Timestamp) -> Option<Token> {
        let kept = self.lock();
        let (token, read_at) = kept.tokens.get(id)?;
        is_recent(*read_at, now).then(|| token.clone())
    }

    /// Keeps what was read while nothing was revoked here.
    fn keep(&self, token: &Token, read_at: Timestamp, n_revoked: u64) {
        let mut kept = self.lock();
        if kept.n_revoked != n_revoked {
            return;
        }
        if kept.tokens.len() >= RECENT_MAX {
            kept.tokens.retain(|_, (_, at)| is_recent(*at, read_at));
        }
        if kept.tokens.len() < RECENT_MAX {
            kept.tokens
                .insert(token.id.clone(), (token.clone(), read_at));
        }
    }

    fn forget(&self) {
        let mut kept = self.lock();
        kept.n_revoked += 1;
        kept.tokens.clear();
    }
}

/// A clock that was set back makes nothing recent.
fn is_recent(read_at: Timestamp, now: Timestamp) -> bool {
    (0..RECENT_MILLISECONDS).contains(&now.duration_since(read_at).as_millis())
}

fn hash(secret: &str) -> String {
    let digest = Sha256::digest(secret.as_bytes());
    let mut hex = String::with_capacity(64);
    for byte in digest {
        let _infallible = write!(hex, "{byte:02x}");
    }
    hex
}

/// Compares in a time that does not depend on where they differ.
fn same(left: &str, right: &str) -> bool {
    left.len() == right.len()
        && left
            .bytes()
            .zip(right.bytes())
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}
