//! Shapes of what is sent in, and of the answers to it.

use super::{Instant, IntoView, view, words};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use trimtab_app::documents::{DocumentChange, FieldChange, PlannedAction};
use trimtab_app::{Permission, ReferenceStored};
use trimtab_domain::documents::{DocumentKind, StoredDocument};
use trimtab_domain::intake::{Receipt, Rejection, RejectionCode};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// One row of a batch: its fields by name.
pub(crate) struct Row;

impl PartialSchema for Row {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("One row: its fields by name."))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .into()
    }
}

impl ToSchema for Row {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Row")
    }
}

/// A file of rows.
pub(crate) struct File;

impl PartialSchema for File {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .into()
    }
}

impl ToSchema for File {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("File")
    }
}

/// The answer to a batch. What it counts as accepted is on disk.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Receipt)]
pub(crate) struct ReceiptView {
    /// Rows appended.
    accepted: u64,
    /// Rows that were there already, with the same content.
    duplicates: u64,
    /// Rows refused, the first 100 of them.
    rejected: Vec<RejectionView>,
    /// All rows refused.
    n_rejected: u64,
    /// Where the journal ended after the append, `segment:offset`.
    position: String,
    /// Whether the accepted rows are on disk. They always are.
    durable: bool,
}

impl IntoView<ReceiptView> for Receipt {
    fn into_view(self) -> ReceiptView {
        ReceiptView {
            accepted: self.accepted,
            duplicates: self.duplicates,
            rejected: self.rejected.into_view(),
            n_rejected: self.n_rejected,
            position: self.position.into_view(),
            durable: true,
        }
    }
}

view! {
    /// One refused row.
    RejectionView as Rejection from Rejection {
        /// Zero-based position in the batch.
        row: u64,
        /// Which field, where it is about one.
        field: Option<String>,
        /// Why.
        reason: String,
        /// What to do.
        fix: String,
        /// Why, as a stable word.
        code: RejectionCodeView,
    }
}

words! {
    /// Why a row was refused.
    RejectionCodeView as RejectionCode from RejectionCode {
        /// A required field is absent or null.
        MissingField,
        /// A value does not have the column's type.
        WrongType,
        /// A field that the schema doesn't have.
        UnknownColumn,
        /// An event time too far in the future, or outside what is kept.
        TimestampOutOfRange,
        /// The same identifier with other content.
        IdConflict,
        /// A value outside what the field allows.
        InvalidValue,
        /// The row could not be read at all.
        Malformed,
    }
}

/// Where a model stands after everything that was sent is counted and judged.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settled)]
pub(crate) struct SettledView {
    /// What is under way, one sentence each; empty where the sender may go on.
    pub(crate) under_way: Vec<String>,
}

/// The sender's word that everything before an instant has been sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WatermarkRequest {
    /// All predictions before it have been sent.
    #[schema(value_type = String, format = DateTime, example = "2014-01-01T00:00:00Z")]
    pub(crate) complete_until: Timestamp,
}

/// The word has been recorded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WatermarkReceipt)]
pub(crate) struct WatermarkReceiptView {
    /// All predictions before it have been sent.
    pub(crate) complete_until: Instant,
    /// Where the journal ended after the append, `segment:offset`.
    pub(crate) position: String,
}

/// Documents to plan or apply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentsRequest {
    /// Each with `kind` (`model`, `reference`, `monitor`, `rule`, `channel` or `validation_policy`)
    /// and `name`.
    #[schema(value_type = Vec<Object>)]
    pub(crate) documents: Vec<serde_json::Value>,
}

/// What applying documents changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentChanges)]
pub(crate) struct DocumentChangesView {
    /// One entry a document.
    pub(crate) changes: Vec<DocumentChangeView>,
    /// Whether it was made so (`false` for a dry run).
    pub(crate) applied: bool,
}

/// What applying one document changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentChange)]
pub(crate) struct DocumentChangeView {
    /// Its kind.
    kind: DocumentKindView,
    /// Its model, where it belongs to one.
    #[schema(required = true)]
    model: Option<String>,
    /// Its name.
    name: String,
    /// What happens to it.
    action: PlannedActionView,
    /// Field by field.
    diff: Vec<FieldChangeView>,
}

impl IntoView<DocumentChangeView> for DocumentChange {
    fn into_view(self) -> DocumentChangeView {
        DocumentChangeView {
            kind: self.kind.into_view(),
            model: self.model.into_view(),
            name: self.name,
            action: self.action.into_view(),
            diff: self.diff.into_view(),
        }
    }
}

words! {
    /// A kind of document.
    DocumentKindView as DocumentKind from DocumentKind {
        /// A model: schema, task, clock, time zone.
        Model,
        /// What current windows are compared with.
        Reference,
        /// Where messages go.
        Channel,
        /// A scheduled comparison.
        Monitor,
        /// When to open an incident and whom to tell.
        Rule,
        /// When a model is trained again.
        RetrainingPolicy,
        /// What a candidate must show before it may take traffic.
        ValidationPolicy,
        /// How two versions are compared.
        AbTest,
        /// On which steps a candidate takes traffic.
        RolloutPolicy,
    }
}

words! {
    /// What applying does to a document.
    PlannedActionView as PlannedAction from PlannedAction {
        /// It is new.
        Create,
        /// It differs from what is stored.
        Update,
        /// It is what is stored.
        Unchanged,
        /// It goes away.
        Delete,
    }
}

/// A field that changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldChange)]
pub(crate) struct FieldChangeView {
    /// Where: `monitor.alpha`, `columns[temp].max`.
    path: String,
    /// Before; `null` where it is new.
    #[schema(required = true, value_type = Option<Value>)]
    before: Option<serde_json::Value>,
    /// After; `null` where it goes.
    #[schema(required = true, value_type = Option<Value>)]
    after: Option<serde_json::Value>,
}

impl IntoView<FieldChangeView> for FieldChange {
    fn into_view(self) -> FieldChangeView {
        FieldChangeView {
            path: self.path,
            before: self.before,
            after: self.after,
        }
    }
}

/// Documents as they are now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentList)]
pub(crate) struct DocumentListView {
    /// In the order in which they are applied.
    pub(crate) items: Vec<StoredDocumentView>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// A stored document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoredDocument)]
pub(crate) struct StoredDocumentView {
    /// Its kind.
    kind: DocumentKindView,
    /// Its model, where it belongs to one.
    #[schema(required = true)]
    model: Option<String>,
    /// Its name.
    name: String,
    /// Counts up from 1 with every change.
    version: u64,
    /// When this version was applied.
    changed_at: Instant,
    /// Who applied it.
    changed_by: String,
    /// What was declared.
    #[schema(value_type = Object)]
    document: serde_json::Value,
}

impl IntoView<StoredDocumentView> for StoredDocument {
    fn into_view(self) -> StoredDocumentView {
        StoredDocumentView {
            kind: self.document.kind().into_view(),
            model: self.document.model().cloned().into_view(),
            name: self.document.name().to_owned(),
            version: self.version,
            changed_at: self.changed_at.into_view(),
            changed_by: self.changed_by,
            document: serde_json::to_value(&self.document).unwrap_or_default(),
        }
    }
}

view! {
    /// What storing a reference's data made of it.
    ReferenceStoredView as ReferenceStored from ReferenceStored {
        /// All rows.
        n_rows: u64,
        /// Windows of the model's granularity on its time axis; 0 without one.
        n_windows: u64,
        /// The grid it is counted on.
        grid_version: u32,
        /// The columns of that grid.
        columns: Vec<String>,
    }
}

/// A period to evaluate.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvaluationRequest {
    /// Windows that start at or after it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime, example = "2013-09-01T00:00:00Z")]
    pub(crate) from: Option<Timestamp>,
    /// Windows that start before it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime, example = "2013-10-01T00:00:00Z")]
    pub(crate) to: Option<Timestamp>,
}

/// What a person says about an incident.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteRequest {
    /// For the timeline.
    #[serde(default)]
    pub(crate) note: Option<String>,
}

/// Who asks, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    /// `local` or `token:tok_…`.
    pub(crate) actor: String,
    /// Whether the server trusts the local user.
    pub(crate) trusted_local: bool,
    /// What they may do.
    pub(crate) permissions: Vec<PermissionView>,
}

words! {
    /// What a caller may do.
    PermissionView as Permission from Permission {
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
}
