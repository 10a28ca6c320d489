//! The audit log: append only, every entry linked to the one before.

use crate::audit::{AuditEntry, AuditHead, ChainedEntry};
use crate::error::Result;
use async_trait::async_trait;
use jiff::Timestamp;

/// Which entries to read; everything that is left out does not matter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AuditQuery {
    /// About this model.
    pub model: Option<String>,
    /// By this actor.
    pub actor: Option<String>,
    /// One of these actions, where there are any.
    pub actions: Vec<String>,
    /// About this thing.
    pub object: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Only those numbered below (the cursor).
    pub below_number: Option<u64>,
    /// At most so many.
    pub limit: Option<u32>,
}

impl AuditQuery {
    /// The newest entries of all.
    pub fn newest(limit: u32) -> Self {
        Self {
            limit: Some(limit),
            ..Self::default()
        }
    }

    /// The same, about one model only.
    #[must_use]
    pub fn of_model(mut self, model: &(impl ToString + ?Sized)) -> Self {
        self.model = Some(model.to_string());
        self
    }

    /// Whether it asks for an entry.
    pub fn wants(&self, chained: &ChainedEntry) -> bool {
        let entry = &chained.entry;
        let is_same = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| Some(wanted) == found)
        };
        is_same(&self.model, entry.model.as_deref())
            && is_same(&self.actor, Some(&entry.actor))
            && (self.actions.is_empty() || self.actions.contains(&entry.action))
            && is_same(&self.object, Some(&entry.object))
            && self.from.is_none_or(|from| entry.at >= from)
            && self.until.is_none_or(|until| entry.at < until)
            && self.below_number.is_none_or(|below| chained.number < below)
    }
}

/// The audit log.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Appends entries to the chain, all or none. Writers wait for each other: the chain never
    /// forks.
    async fn audit(&self, entries: &[AuditEntry]) -> Result<()>;

    /// Entries, newest first.
    async fn audit_entries(&self, query: &AuditQuery) -> Result<Vec<ChainedEntry>>;

    /// Entries numbered above `after`, oldest first: for verification and export.
    ///
    /// # Errors
    ///
    /// `Internal` if an entry can't be read at all, which is a broken chain too.
    async fn audit_chain(&self, after: u64, limit: u32) -> Result<Vec<ChainedEntry>>;

    /// The end of the chain, as the log remembers it beside its entries.
    async fn audit_head(&self) -> Result<AuditHead>;

    /// Answers if the database does.
    async fn ping(&self) -> Result<()>;
}
