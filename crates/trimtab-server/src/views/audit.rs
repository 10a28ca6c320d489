//! Views of the audit log.

use super::{Instant, IntoView};
use serde::Serialize;
use serde_json::Value;
use trimtab_app::audit::AuditPage;
use trimtab_domain::audit::{AuditHead, ChainReport, ChainedEntry};
use utoipa::ToSchema;

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditList)]
pub(crate) struct AuditListView {
    /// Newest first.
    items: Vec<AuditEntryView>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    next: Option<String>,
    /// The end of the chain.
    head: AuditHeadView,
}

impl AuditListView {
    pub(crate) fn new(page: AuditPage, head: AuditHead) -> Self {
        Self {
            items: page.items.into_iter().map(IntoView::into_view).collect(),
            next: page.next.map(|number| number.to_string()),
            head: head.into_view(),
        }
    }
}

/// The end of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditHead)]
pub(crate) struct AuditHeadView {
    /// Number of the last entry; 0 where there is none.
    number: u64,
    /// Its hash: note it down, and `verify?expect=` it later.
    hash: String,
}

impl IntoView<AuditHeadView> for AuditHead {
    fn into_view(self) -> AuditHeadView {
        AuditHeadView {
            number: self.number,
            hash: self.hash.to_string(),
        }
    }
}

/// One entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditEntryView {
    /// Counts up from 1 without a gap.
    number: u64,
    /// When (wall clock).
    at: Instant,
    /// Who: `local`, `token:tok_…`, `command line`, `system`.
    actor: String,
    /// What was done: `document_put`, `alias_set`, `token_created`…
    action: String,
    /// The model it is about.
    #[schema(required = true)]
    model: Option<String>,
    /// The thing it is about: `monitor/drift`, `inc_…`, `version/3`.
    object: String,
    /// In words.
    text: String,
    /// What it was before.
    #[schema(required = true, value_type = Option<Object>)]
    before: Option<Value>,
    /// What it is from then on.
    #[schema(required = true, value_type = Option<Object>)]
    after: Option<Value>,
    /// Why.
    #[schema(required = true)]
    reason: Option<String>,
    /// Hash of the entry before.
    previous_hash: String,
    /// Hash over that one and all of this entry.
    hash: String,
}

impl IntoView<AuditEntryView> for ChainedEntry {
    fn into_view(self) -> AuditEntryView {
        let entry = self.entry;
        AuditEntryView {
            number: self.number,
            at: entry.at.into_view(),
            actor: entry.actor,
            action: entry.action,
            model: entry.model,
            object: entry.object,
            text: entry.text,
            before: entry.before,
            after: entry.after,
            reason: entry.reason,
            previous_hash: self.previous.to_string(),
            hash: self.hash.to_string(),
        }
    }
}

/// What checking the chain showed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditVerification)]
pub(crate) struct AuditVerificationView {
    /// Whether nothing is wrong, the expected hash included.
    intact: bool,
    /// The last entry up to which everything holds.
    head: AuditHeadView,
    /// The first thing that is wrong.
    #[schema(required = true)]
    broken: Option<ChainBreakView>,
    /// The hash that was asked for.
    #[schema(required = true)]
    expected: Option<ExpectedHashView>,
}

/// Where and why a chain does not hold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChainBreak)]
pub(crate) struct ChainBreakView {
    /// The first entry that is not what it was, or is missing.
    number: u64,
    /// In words.
    reason: String,
}

/// A hash that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExpectedHash)]
pub(crate) struct ExpectedHashView {
    /// The hash.
    hash: String,
    /// The entry that has it; `null` where none has.
    #[schema(required = true)]
    number: Option<u64>,
}

impl IntoView<AuditVerificationView> for ChainReport {
    fn into_view(self) -> AuditVerificationView {
        AuditVerificationView {
            intact: self.is_intact(),
            head: self.head.into_view(),
            broken: self.broken.map(|broken| ChainBreakView {
                number: broken.number,
                reason: broken.reason,
            }),
            expected: self.expected.map(|(hash, number)| ExpectedHashView {
                hash: hash.to_string(),
                number,
            }),
        }
    }
}
