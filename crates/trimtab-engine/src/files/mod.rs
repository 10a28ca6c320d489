//! The rows of files, folders and standard input, read column by column.
//!
//! Opening tells names, types and row counts; values are read on demand. Parquet is read one
//! column and one row group at a time, so that memory holds a column and never a table, and
//! texts arrive as the dictionaries that the file holds. The other encodings have no columns to
//! pick from and are held whole.
//!
//! To look at a column, ask a [`FileSet`] for [`FileSet::numbers`], [`FileSet::categories`] or
//! [`FileSet::times`], row by row over all files of the side, or for [`FileSet::chunks`] where a
//! whole column would not fit; [`windows::cut`] says which rows belong together. Columns are
//! independent of each other: [`crate::parallel::map`] looks at them on all cores.

mod dictionary;
pub(crate) mod kinds;
mod parquet;
mod sources;
mod typed;
pub(crate) mod windows;

pub(crate) use dictionary::{Dictionary, MISSING, count_codes};
pub(crate) use typed::{Categories, append_with_nan, finite, floats};

use crate::decode::{Kind, columnar};
use crate::fold::columns::words_of;
use crate::tables::Table;
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use arrow::array::{Array, ArrayRef, AsArray, NullArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, SchemaRef, TimestampMicrosecondType};
use parquet::ParquetFile;
use std::ops::Range;
use std::sync::Arc;
use trimtab_domain::{Error, Result};

/// All files of one side.
#[derive(Debug)]
pub(crate) struct FileSet {
    side: String,
    files: Vec<Source>,
}

/// One file.
#[derive(Debug)]
enum Source {
    /// On disk, read piece by piece.
    Parquet(ParquetFile),
    /// In memory.
    Table(Table),
}

impl Source {
    fn schema(&self) -> &SchemaRef {
        match self {
            Self::Parquet(file) => file.schema(),
            Self::Table(table) => &table.schema,
        }
    }

    fn n_rows(&self) -> usize {
        match self {
            Self::Parquet(file) => file.n_rows(),
            Self::Table(table) => table.batches.iter().map(RecordBatch::num_rows).sum(),
        }
    }

    /// Pieces in which a column can be read.
    fn n_pieces(&self) -> usize {
        match self {
            Self::Parquet(file) => file.n_row_groups(),
            Self::Table(table) => table.batches.len(),
        }
    }
}

impl FileSet {
    /// Opens everything that the sources name (files, globs, folders, `-` for standard input),
    /// in order of names. `side` names the set in messages, as in "the reference".
    ///
    /// # Errors
    ///
    /// `Invalid`, naming the file, if one is missing, unreadable or holds no row.
    pub(crate) fn open(side: &str, sources: &[String]) -> Result<Self> {
        Ok(Self {
            side: side.to_owned(),
            files: sources::open(side, sources)?,
        })
    }

    /// The rows of all files.
    pub(crate) fn n_rows(&self) -> usize {
        self.files.iter().map(Source::n_rows).sum()
    }

    /// All names, in order of first appearance.
    pub(crate) fn column_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for file in &self.files {
            for field in file.schema().fields() {
                if !names.contains(field.name()) {
                    names.push(field.name().clone());
                }
            }
        }
        names
    }

    /// The types that a column has in the files that hold it.
    pub(crate) fn types(&self, name: &str) -> Vec<DataType> {
        self.files
            .iter()
            .filter_map(|file| file.schema().field_with_name(name).ok())
            .map(|field| field.data_type().clone())
            .collect()
    }

    /// A column's values in row order, in arrays of some ten thousand. Rows of a file without
    /// the column are nulls.
    pub(crate) fn chunks<'a>(&'a self, name: &'a str) -> Chunks<'a> {
        self.pieces(name, 0..self.files.len())
    }

    fn pieces<'a>(&'a self, name: &'a str, files: Range<usize>) -> Chunks<'a> {
        Chunks {
            set: self,
            name,
            files,
            piece: 0,
            reader: None,
        }
    }

    /// The first rows of each file that holds the column: enough to see what it is.
    ///
    /// # Errors
    ///
    /// `Invalid` if a file cannot be read.
    pub(crate) fn heads(&self, name: &str, n_rows: usize) -> Result<Vec<ArrayRef>> {
        let mut heads = Vec::new();
        for (i, file) in self.files.iter().enumerate() {
            if file.schema().field_with_name(name).is_err() {
                continue;
            }
            let mut left = n_rows;
            for chunk in self.pieces(name, i..i + 1) {
                let chunk = chunk?;
                let n = chunk.len().min(left);
                heads.push(chunk.slice(0, n));
                left -= n;
                if left == 0 {
                    break;
                }
            }
        }
        Ok(heads)
    }

    /// A column as numbers in row order: NaN where a value is missing, infinities as they are.
    /// Text is parsed, `true` is 1.
    ///
    /// # Errors
    ///
    /// `Invalid`, naming the row, if a value is no number, or a file cannot be read.
    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        let mut values = Vec::with_capacity(self.n_rows());
        for chunk in self.chunks(name) {
            let floats = floats(&chunk?, values.len())?;
            append_with_nan(&floats, &mut values);
        }
        Ok(values)
    }

    /// A column as categories in row order: codes of its words.
    ///
    /// # Errors
    ///
    /// `Invalid` if values of this type cannot be told apart, or a file cannot be read.
    pub(crate) fn categories(&self, name: &str) -> Result<Categories> {
        let mut dictionary = Dictionary::default();
        let codes = self.codes(name, &mut dictionary)?;
        Ok(Categories {
            words: dictionary.into_words(),
            codes,
        })
    }

    /// As [`FileSet::categories`], with codes of a dictionary that several columns or sides
    /// share.
    ///
    /// # Errors
    ///
    /// As [`FileSet::categories`].
    pub(crate) fn codes(&self, name: &str, dictionary: &mut Dictionary) -> Result<Vec<u32>> {
        let mut codes = Vec::with_capacity(self.n_rows());
        for chunk in self.chunks(name) {
            let words = words(&chunk?)?;
            dictionary.read(words.as_dictionary::<Int32Type>(), &mut codes);
        }
        Ok(codes)
    }

    /// A column as instants in row order, in microseconds since 1970; `None` where missing.
    ///
    /// # Errors
    ///
    /// `Invalid`, with the names there are, if there is no such column; naming the row, if a
    /// value is no instant; or if a file cannot be read.
    pub(crate) fn times(&self, name: &str) -> Result<Vec<Option<i64>>> {
        self.require(name)?;
        let mut times = Vec::with_capacity(self.n_rows());
        for chunk in self.chunks(name) {
            let conformed = columnar::conform(&chunk?, Kind::Time);
            if let Some((row, problem)) = conformed.problems.into_iter().next() {
                return Err(Error::invalid(format!(
                    "column `{name}` of the {}, row {}: {}",
                    self.side,
                    times.len() + row + 1,
                    problem.reason
                ))
                .with_hint(problem.fix));
            }
            times.extend(conformed.array.as_primitive::<TimestampMicrosecondType>());
        }
        Ok(times)
    }

    /// Refuses a name that no file has.
    ///
    /// # Errors
    ///
    /// `Invalid`, with the names there are.
    pub(crate) fn require(&self, name: &str) -> Result<()> {
        let names = self.column_names();
        if names.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(
            Error::invalid(format!("the {} has no column `{name}`", self.side))
                .with_hint(format!("columns: {}", names.join(", "))),
        )
    }
}

/// A chunk of scalars as a dictionary of words.
///
/// # Errors
///
/// `Invalid` if values of this type cannot be counted.
pub(crate) fn words(chunk: &ArrayRef) -> Result<ArrayRef> {
    words_of(chunk)?
        .ok_or_else(|| Error::invalid(format!("{} cannot be counted", chunk.data_type())))
}

/// A whole array as words.
pub(crate) fn categories(array: &ArrayRef) -> Result<Categories> {
    let words = words(array)?;
    let mut dictionary = Dictionary::default();
    let mut codes = Vec::with_capacity(array.len());
    dictionary.read(words.as_dictionary::<Int32Type>(), &mut codes);
    Ok(Categories {
        words: dictionary.into_words(),
        codes,
    })
}

/// Reads a column; see [`FileSet::chunks`].
pub(crate) struct Chunks<'a> {
    set: &'a FileSet,
    name: &'a str,
    /// Those still to be read, the current one first.
    files: Range<usize>,
    /// The next piece of the current file.
    piece: usize,
    /// Inside a row group.
    reader: Option<ParquetRecordBatchReader>,
}

impl Iterator for Chunks<'_> {
    type Item = Result<ArrayRef>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let file = self.set.files.get(self.files.start)?;
            if self.files.is_empty() {
                return None;
            }
            if let Some(reader) = &mut self.reader
                && let Source::Parquet(file) = file
            {
                match file.next_chunk(reader) {
                    Some(chunk) => return Some(chunk),
                    None => self.reader = None,
                }
            }
            if self.piece == file.n_pieces() {
                self.files.start += 1;
                self.piece = 0;
                continue;
            }
            self.piece += 1;
            match self.open_piece(file, self.piece - 1) {
                Ok(Some(chunk)) => return Some(Ok(chunk)),
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Chunks<'_> {
    /// Starts on a row group, or takes a whole batch.
    fn open_piece(&mut self, file: &Source, piece: usize) -> Result<Option<ArrayRef>> {
        match file {
            Source::Table(table) => {
                let batch = &table.batches[piece];
                Ok(Some(match batch.column_by_name(self.name) {
                    Some(array) => Arc::clone(array),
                    None => Arc::new(NullArray::new(batch.num_rows())),
                }))
            }
            Source::Parquet(file) => match file.schema().index_of(self.name) {
                Ok(column) => {
                    self.reader = Some(file.read(column, piece)?);
                    Ok(None)
                }
                Err(_) => Ok(Some(Arc::new(NullArray::new(file.rows_of(piece))))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::parquet::arrow::ArrowWriter;
    use ::parquet::file::properties::WriterProperties;
    use arrow::array::{Float64Array, RecordBatch, StringArray};
    use std::fs::File;
    use std::path::Path;

    fn write_parquet(path: &Path, numbers: Vec<Option<f64>>, words: Vec<Option<&str>>) {
        let batch = RecordBatch::try_from_iter([
            ("n", Arc::new(Float64Array::from(numbers)) as ArrayRef),
            ("w", Arc::new(StringArray::from(words)) as ArrayRef),
        ])
        .unwrap();
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(2))
            .build();
        let file = File::create(path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }

    fn folder_of_two() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let numbers = vec![Some(1.0), None, Some(3.0)];
        let words = vec![Some("a"), Some("b"), None];
        write_parquet(&folder.path().join("1.parquet"), numbers, words);
        let text = "w,t\nb,2024-01-01T00:00:00Z\nc,2024-01-02T00:00:00Z\n";
        std::fs::write(folder.path().join("2.csv"), text).unwrap();
        folder
    }

    fn open(folder: &Path) -> Result<FileSet> {
        FileSet::open("reference", &[folder.to_string_lossy().into_owned()])
    }

    #[test]
    fn columns_go_on_from_file_to_file() {
        let folder = folder_of_two();
        let files = open(folder.path()).unwrap();
        assert_eq!(files.n_rows(), 5);
        assert_eq!(files.column_names(), ["n", "w", "t"]);
        let numbers = files.numbers("n").unwrap();
        assert_eq!((numbers[0], numbers[2]), (1.0, 3.0));
        assert!([1, 3, 4].iter().all(|row| numbers[*row].is_nan()));
        let categories = files.categories("w").unwrap();
        assert_eq!(categories.words, ["a", "b", "c"]);
        assert_eq!(categories.codes, [0, 1, MISSING, 1, 2]);
        let times = files.times("t").unwrap();
        assert_eq!(&times[..3], [None; 3]);
        assert_eq!(times[4].unwrap() - times[3].unwrap(), 86_400_000_000);
    }

    #[test]
    fn texts_of_parquet_stay_dictionaries() {
        let folder = folder_of_two();
        let path = folder.path().join("1.parquet");
        let files = open(&path).unwrap();
        for chunk in files.chunks("w") {
            let chunk = chunk.unwrap();
            assert!(matches!(chunk.data_type(), DataType::Dictionary(_, _)));
        }
        assert_eq!(files.heads("w", 1).unwrap()[0].len(), 1);
    }

    #[test]
    fn a_name_that_is_nowhere_is_answered_with_those_there_are() {
        let folder = folder_of_two();
        let files = open(folder.path()).unwrap();
        let error = files.times("when").unwrap_err().to_string();
        let expected = "the reference has no column `when` (columns: n, w, t)";
        assert_eq!(error, expected);
    }

    #[test]
    fn a_cut_off_parquet_file_is_refused_by_name() {
        let folder = folder_of_two();
        let path = folder.path().join("1.parquet");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let error = open(&path).unwrap_err();
        assert!(error.to_string().contains("1.parquet"), "{error}");
        // Metadata that promise what the pages do not hold.
        let mut holed = bytes;
        holed[4..60].fill(0xff);
        std::fs::write(&path, &holed).unwrap();
        let files = open(&path).unwrap();
        assert!(files.numbers("n").is_err());
    }
}
