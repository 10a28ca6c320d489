//! What was decided: writing the audit log, reading it, and checking its chain.

use crate::app::App;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use trimtab_domain::audit::{AuditEntry, AuditHash, ChainReport, ChainedEntry, Verifier};
use trimtab_domain::intake::Receipt;
use trimtab_domain::ports::Store;
use trimtab_domain::ports::audit::AuditQuery;
use trimtab_domain::{ErrorKind, ModelName, Result};

/// Entries read at a time while a chain is checked.
const READ_MAX: u32 = 1_000;

/// A page of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// Newest first.
    pub items: Vec<ChainedEntry>,
    /// Where to go on, where there is more.
    pub next: Option<u64>,
}

impl App {
    /// Entries of the audit log, newest first, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away.
    pub async fn audit_log(&self, mut query: AuditQuery, limit: u32) -> Result<AuditPage> {
        query.limit = Some(limit.saturating_add(1));
        let mut items = self.store().audit_entries(&query).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more).map(|last| last.number);
        Ok(AuditPage { items, next })
    }

    /// Checks the chain of the audit log from its first entry to its last.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away. A broken chain is a finding, not an error.
    pub async fn verify_audit(&self, expected: Option<AuditHash>) -> Result<ChainReport> {
        verify(self.store(), expected).await
    }

    /// Writes an entry.
    pub(crate) async fn record(&self, entry: AuditEntry) -> Result<()> {
        self.store().audit(&[entry]).await
    }

    /// An entry of now.
    pub(crate) fn entry(
        &self,
        actor: &str,
        action: &str,
        object: impl Into<String>,
        text: impl Into<String>,
    ) -> AuditEntry {
        AuditEntry::new(self.now(), actor, action, object, text)
    }

    /// Writes an entry that has neither before nor after.
    pub(crate) async fn audit(
        &self,
        actor: &str,
        action: &str,
        model: Option<&ModelName>,
        object: String,
        text: String,
    ) -> Result<()> {
        let entry = self.entry(actor, action, object, text);
        self.record(AuditEntry {
            model: model.map(ToString::to_string),
            ..entry
        })
        .await
    }
}

/// Checks a chain, also where no whole [`App`] runs.
///
/// # Errors
///
/// `Unavailable` if the store is away.
pub async fn verify(store: &dyn Store, expected: Option<AuditHash>) -> Result<ChainReport> {
    // Entries that are appended meanwhile are read too; the head of before must be among them.
    let mut verifier = Verifier::new().expecting(expected);
    let mut remembered = store.audit_head().await?;
    loop {
        let chained = match store.audit_chain(verifier.verified(), READ_MAX).await {
            Ok(chained) => chained,
            Err(error) if error.kind() == ErrorKind::Internal => {
                verifier.break_at(
                    verifier.verified() + 1,
                    format!("an entry cannot be read: {error}"),
                );
                break;
            }
            Err(error) => return Err(error),
        };
        if chained.is_empty() {
            // Somebody may have appended since the head was read.
            let now = store.audit_head().await?;
            if now == remembered || now.number == verifier.verified() {
                remembered = now;
                break;
            }
            remembered = now;
            continue;
        }
        if !chained.iter().all(|entry| verifier.take(entry)) {
            break;
        }
    }
    Ok(verifier.finish(remembered))
}

/// Writes down an import of labels. Many senders share one transaction.
pub(crate) async fn labels_imported(
    app: &App,
    model: &ModelName,
    receipt: &Receipt,
    actor: &str,
) -> Result<()> {
    if receipt.accepted == 0 && receipt.duplicates == 0 {
        return Ok(());
    }
    let text = format!(
        "labels imported: {} new, {} there already, {} refused",
        receipt.accepted, receipt.duplicates, receipt.n_rejected
    );
    let entry = app
        .entry(actor, "labels_imported", format!("model/{model}"), text)
        .of_model(model)
        .with_change(
            None,
            Some(json!({
                "accepted": receipt.accepted,
                "duplicates": receipt.duplicates,
                "rejected": receipt.n_rejected,
                "journal_position": receipt.position.to_string(),
            })),
        );
    app.inner.log_queue.write(app.store(), entry).await
}

/// Entries of many requests that wait to be written together: a log of its own commit for each of
/// a thousand small requests would hold up everybody else who writes.
#[derive(Debug, Default)]
pub(crate) struct LogQueue {
    waiting: std::sync::Mutex<Vec<(u64, AuditEntry)>>,
    next_ticket: AtomicU64,
    /// Held by who writes.
    writing: tokio::sync::Mutex<()>,
}

impl LogQueue {
    /// Returns when the entry is on disk.
    async fn write(&self, store: &dyn Store, entry: AuditEntry) -> Result<()> {
        let ticket = self.next_ticket.fetch_add(1, Ordering::Relaxed);
        self.lock().push((ticket, entry));
        let _writing = self.writing.lock().await;
        // Whoever wrote before took along all that waited then.
        if !self.lock().iter().any(|(waiting, _)| *waiting == ticket) {
            return Ok(());
        }
        let taken: Vec<_> = self.lock().iter().cloned().collect();
        let entries: Vec<_> = taken.iter().map(|(_, entry)| entry.clone()).collect();
        let written = store.audit(&entries).await;
        // What could not be written fails for the one who asked; the others try for themselves.
        self.lock().retain(|(waiting, _)| {
            let is_taken = taken.iter().any(|(taken, _)| taken == waiting);
            !(is_taken && (written.is_ok() || *waiting == ticket))
        });
        written
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(u64, AuditEntry)>> {
        self.waiting
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A value as the log keeps it; what has no JSON form is left out.
pub(crate) fn in_json(value: &impl serde::Serialize) -> Option<Value> {
    serde_json::to_value(value)
        .ok()
        .filter(|value| !value.is_null())
}
