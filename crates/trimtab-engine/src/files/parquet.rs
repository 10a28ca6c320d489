//! One Parquet file: its metadata read once, its columns on demand.

use crate::failure::{guarded, unreadable};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trimtab_domain::{Error, Result};

/// Rows of a chunk: small enough for the processor's cache.
const CHUNK_ROWS: usize = 32_768;

/// An open Parquet file.
#[derive(Debug)]
pub(super) struct ParquetFile {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

impl ParquetFile {
    /// Reads the metadata.
    ///
    /// # Errors
    ///
    /// `Invalid`, naming the file, if it is damaged or holds no row.
    pub(super) fn open(path: &Path, file: &File) -> Result<Self> {
        let what = format!("`{}`", path.display());
        let metadata = guarded(&what, || {
            let plain = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())
                .map_err(unreadable(format!("{what} is not a whole Parquet file")))?;
            let wanted = ArrowReaderOptions::new().with_schema(with_dictionaries(plain.schema()));
            // A file that cannot be read this way is read the plain way.
            let metadata = Arc::clone(plain.metadata());
            Ok(ArrowReaderMetadata::try_new(metadata, wanted).unwrap_or(plain))
        })?;
        let file = Self {
            path: path.to_owned(),
            metadata,
        };
        if file.n_rows() == 0 {
            return Err(Error::invalid(format!("{what} holds no rows"))
                .with_hint("give a data set with at least one row"));
        }
        Ok(file)
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    pub(super) fn n_rows(&self) -> usize {
        (0..self.n_row_groups())
            .map(|group| self.rows_of(group))
            .sum()
    }

    pub(super) fn n_row_groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    pub(super) fn rows_of(&self, row_group: usize) -> usize {
        usize::try_from(self.metadata.metadata().row_group(row_group).num_rows())
            .unwrap_or_default()
    }

    /// Starts to read one column of one row group.
    ///
    /// Never more than one group at a time: where a chunk crosses from one group's dictionary
    /// into the next, the reader spells out every word.
    pub(super) fn read(&self, column: usize, row_group: usize) -> Result<ParquetRecordBatchReader> {
        guarded(&self.what(), || {
            let file = File::open(&self.path).map_err(|source| {
                Error::invalid(format!("cannot read {}: {source}", self.what()))
            })?;
            let schema = self.metadata.parquet_schema();
            let mask = ProjectionMask::roots(schema, [column]);
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_projection(mask)
                .with_row_groups(vec![row_group])
                .with_batch_size(CHUNK_ROWS)
                .build()
                .map_err(self.damaged())
        })
    }

    /// The next values of what [`ParquetFile::read`] started, `None` at its end.
    pub(super) fn next_chunk(
        &self,
        reader: &mut ParquetRecordBatchReader,
    ) -> Option<Result<ArrayRef>> {
        let next = guarded(&self.what(), || {
            reader.next().transpose().map_err(self.damaged())
        });
        next.map(|batch| batch.map(|batch| only_column(&batch)))
            .transpose()
    }

    fn what(&self) -> String {
        format!("`{}`", self.path.display())
    }

    fn damaged<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        &self,
    ) -> impl FnOnce(E) -> Error {
        unreadable(format!("{} is not a whole Parquet file", self.what()))
    }
}

fn only_column(batch: &RecordBatch) -> ArrayRef {
    Arc::clone(batch.column(0))
}

/// The same columns, with texts as dictionaries.
fn with_dictionaries(schema: &Schema) -> SchemaRef {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| match field.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                let words = Box::new(DataType::Utf8);
                let words = DataType::Dictionary(Box::new(DataType::Int32), words);
                field.as_ref().clone().with_data_type(words)
            }
            _ => field.as_ref().clone(),
        })
        .collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}
