//! One Delta table.

use super::{number_position, position_number};
use crate::failure::wrap;
use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{Field, Schema};
use datafusion::common::ScalarValue;
use datafusion::prelude::{Expr, SessionContext, ident, lit};
use deltalake::kernel::Transaction;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::operations::write::SchemaMode;
use deltalake::protocol::SaveMode;
use deltalake::{DeltaTable, DeltaTableError};
use futures::StreamExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trimtab_domain::intake::Position;
use trimtab_domain::{Error, Result, Window};

/// Who we are in a table's `txn` actions.
const APP_ID: &str = "trimtab-lake";
/// The partition column.
pub(super) const DATE: &str = "date";

/// A Delta table as of its newest version seen.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    folder: PathBuf,
    delta: DeltaTable,
    /// The journal position of its newest commit.
    reached: Position,
}

fn wrap_delta(message: String) -> impl FnOnce(DeltaTableError) -> Error {
    wrap(message)
}

impl Table {
    /// Opens a table, which need not exist yet.
    pub(super) async fn open(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)
            .map_err(wrap(format!("cannot create `{}`", folder.display())))?;
        let failed = || wrap_delta(format!("cannot open the table `{}`", folder.display()));
        let location = folder.canonicalize().map_err(wrap(format!(
            "cannot find the table `{}`",
            folder.display()
        )))?;
        let url = deltalake::ensure_table_uri(location.to_string_lossy()).map_err(failed())?;
        let table = Box::pin(DeltaTable::try_from_url(url))
            .await
            .map_err(failed())?;
        let mut number = None;
        if table.version().is_some() {
            number = table
                .snapshot()
                .map_err(failed())?
                .transaction_version(table.log_store().as_ref(), APP_ID)
                .await
                .map_err(failed())?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            delta: table,
            reached: number.map(number_position).unwrap_or_default(),
        })
    }

    /// Whether anything was written yet.
    pub(super) fn exists(&self) -> bool {
        self.delta.version().is_some()
    }

    /// The journal position of its newest commit.
    pub(super) fn position(&self) -> Position {
        self.reached
    }

    /// Appends batches and the position they reach, in one commit.
    pub(super) async fn append(
        self,
        batches: Vec<RecordBatch>,
        position: Position,
    ) -> Result<Self> {
        let failed = || {
            wrap_delta(format!(
                "cannot write the table `{}`",
                self.folder.display()
            ))
        };
        let batches = batches
            .iter()
            .map(|batch| self.conform(batch))
            .collect::<Result<Vec<_>>>()?;
        let properties = CommitProperties::default()
            .with_application_transaction(Transaction::new(APP_ID, position_number(position)?));
        let write = self
            .delta
            .write(batches)
            .with_save_mode(SaveMode::Append)
            .with_schema_mode(SchemaMode::Merge)
            .with_partition_columns([DATE])
            .with_commit_properties(properties);
        let table = Box::pin(IntoFuture::into_future(write))
            .await
            .map_err(failed())?;
        Ok(Self {
            folder: self.folder,
            delta: table,
            reached: position,
        })
    }

    /// Casts columns to the types that the table has: a model's column may have changed its
    /// type, and history keeps the old one. What can't be cast is missing.
    fn conform(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let Ok(snapshot) = self.delta.snapshot() else {
            return Ok(batch.clone());
        };
        let known = snapshot.snapshot().arrow_schema();
        let mut fields = Vec::new();
        let mut columns: Vec<ArrayRef> = Vec::new();
        for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            let wanted = known
                .field_with_name(field.name())
                .map_or(field.data_type(), Field::data_type);
            columns.push(if wanted == field.data_type() {
                Arc::clone(column)
            } else {
                cast(column, wanted).unwrap_or_else(|_| new_null_array(wanted, batch.num_rows()))
            });
            fields.push(Field::new(field.name(), wanted.clone(), true));
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
            .map_err(wrap("cannot fit rows to their table"))
    }

    /// Hands over the rows that fit a filter, part by part; of the named columns those that
    /// exist, or all.
    pub(super) async fn scan(
        &self,
        columns: Option<&[&str]>,
        filter: Option<Expr>,
        mut take: impl FnMut(RecordBatch) -> Result<()> + Send,
    ) -> Result<()> {
        let message = format!("cannot read the table `{}`", self.folder.display());
        let provider = Box::pin(IntoFuture::into_future(self.delta.table_provider()))
            .await
            .map_err(wrap(message.clone()))?;
        let context = SessionContext::new();
        self.delta
            .update_datafusion_session(&context.state())
            .map_err(wrap_delta(message.clone()))?;
        let open = async {
            let mut frame = context.read_table(provider)?;
            if let Some(filter) = filter {
                frame = frame.filter(filter)?;
            }
            if let Some(columns) = columns {
                let schema = frame.schema().clone();
                let known: Vec<&str> = columns
                    .iter()
                    .copied()
                    .filter(|name| schema.has_column_with_unqualified_name(name))
                    .collect();
                frame = frame.select_columns(&known)?;
            }
            frame.execute_stream().await
        };
        let mut stream = Box::pin(open).await.map_err(wrap(message.clone()))?;
        while let Some(batch) = stream.next().await {
            take(batch.map_err(wrap(message.clone()))?)?;
        }
        Ok(())
    }
}

/// Rows whose event time lies in a range, with the dates that a table's files are sorted by.
pub(super) fn within(range: Window) -> Expr {
    let (start, end) = (range.start.as_microsecond(), range.end.as_microsecond());
    let date = |time: i64| {
        lit(ScalarValue::Date32(
            i32::try_from(time.div_euclid(86_400_000_000)).ok(),
        ))
    };
    let instant = |time: i64| {
        lit(ScalarValue::TimestampMicrosecond(
            Some(time),
            Some("UTC".into()),
        ))
    };
    ident(DATE)
        .gt_eq(date(start))
        .and(ident(DATE).lt_eq(date(end)))
        .and(ident("timestamp").gt_eq(instant(start)))
        .and(ident("timestamp").lt(instant(end)))
}
