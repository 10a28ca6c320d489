//! The audit log in memory.

use crate::lock;
use crate::store::MemoryStore;
use async_trait::async_trait;
use trimtab_domain::Result;
use trimtab_domain::audit::{AuditEntry, AuditHead, ChainedEntry};
use trimtab_domain::ports::AuditStore;
use trimtab_domain::ports::audit::AuditQuery;

fn head(chain: &[ChainedEntry]) -> AuditHead {
    chain.last().map_or(AuditHead::EMPTY, |last| AuditHead {
        number: last.number,
        hash: last.hash,
    })
}

/// Appends to a chain, as one commit with something else.
pub(crate) fn append(chain: &mut Vec<ChainedEntry>, entries: &[AuditEntry]) {
    let mut head = head(chain);
    chain.extend(entries.iter().map(|entry| head.append(entry.clone())));
}

fn at_most(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[async_trait]
impl AuditStore for MemoryStore {
    async fn audit(&self, entries: &[AuditEntry]) -> Result<()> {
        append(&mut lock(&self.state).audit, entries);
        Ok(())
    }

    async fn audit_entries(&self, query: &AuditQuery) -> Result<Vec<ChainedEntry>> {
        let state = lock(&self.state);
        let wanted = state.audit.iter().rev().filter(|entry| query.wants(entry));
        let limit = at_most(query.limit.unwrap_or(u32::MAX));
        Ok(wanted.take(limit).cloned().collect())
    }

    async fn audit_chain(&self, after: u64, limit: u32) -> Result<Vec<ChainedEntry>> {
        let state = lock(&self.state);
        let wanted = state.audit.iter().filter(|entry| entry.number > after);
        Ok(wanted.take(at_most(limit)).cloned().collect())
    }

    async fn audit_head(&self) -> Result<AuditHead> {
        Ok(head(&lock(&self.state).audit))
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}
