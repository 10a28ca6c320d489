//! Whole data sets, read as they are: Parquet, Arrow IPC, CSV, NDJSON and JSON, with types found
//! in the data where the encoding has none.

use crate::decode::columnar::{check_stream, whole};
use crate::decode::number_text;
use crate::failure::{guarded, one_line, unreadable};
use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, NullArray, RecordBatch, StringArray,
};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::ipc::reader::{FileReader, StreamReader};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use simd_json::{Node, StaticNode};
use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;
use trimtab_domain::intake::MediaType;
use trimtab_domain::{Error, Result};

/// Reads a data set. `what` names it in messages: a file's path, or `the body`.
///
/// # Errors
///
/// `Invalid`, naming the place, if it cannot be read or holds no row.
pub(crate) fn read(what: &str, media_type: MediaType, body: &Bytes) -> Result<RecordBatch> {
    let Table { schema, batches } = read_parts(what, media_type, body)?;
    match batches.as_slice() {
        [batch] => Ok(batch.clone()),
        _ => concat_batches(&schema, &batches)
            .map_err(unreadable(format!("cannot join the parts of {what}"))),
    }
}

/// A data set in the parts in which its encoding holds it.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<RecordBatch>,
}

impl Table {
    fn of(batch: RecordBatch) -> Self {
        Self {
            schema: batch.schema(),
            batches: vec![batch],
        }
    }
}

/// As [`read`], without joining the parts.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn read_parts(what: &str, media_type: MediaType, body: &Bytes) -> Result<Table> {
    let nothing = |verb: &str| {
        Error::invalid(format!("{what} {verb}")).with_hint("give a data set with at least one row")
    };
    if body.is_empty() {
        return Err(nothing("is empty"));
    }
    let table = match media_type {
        MediaType::Parquet => guarded(what, || parquet(what, body))?,
        MediaType::ArrowStream => guarded(what, || arrow_ipc(what, body))?,
        MediaType::Csv => csv(what, body)?,
        MediaType::Json => Table::of(json_array(what, body)?),
        MediaType::Ndjson => Table::of(json_lines(what, body)?),
    };
    if table.batches.iter().all(|batch| batch.num_rows() == 0) {
        return Err(nothing("holds no rows"));
    }
    Ok(table)
}

fn parquet(what: &str, body: &Bytes) -> Result<Table> {
    let failed = || unreadable(format!("{what} is not a whole Parquet file"));
    let builder = ParquetRecordBatchReaderBuilder::try_new(body.clone()).map_err(failed())?;
    let schema = Arc::clone(builder.schema());
    let batches: Vec<RecordBatch> = builder
        .with_batch_size(65_536)
        .build()
        .map_err(failed())?
        .collect::<std::result::Result<_, _>>()
        .map_err(unreadable(format!("{what} is not a whole Parquet file")))?;
    Ok(Table { schema, batches })
}

fn arrow_ipc(what: &str, body: &Bytes) -> Result<Table> {
    let failed = || unreadable(format!("{what} is not a whole Arrow IPC stream or file"));
    let (schema, batches) = if body.starts_with(b"ARROW1") {
        let reader = FileReader::try_new(Cursor::new(body.clone()), None).map_err(failed())?;
        (
            reader.schema(),
            reader
                .collect::<std::result::Result<Vec<_>, _>>()
                .map_err(failed())?,
        )
    } else {
        let message = format!("{what} is not a whole Arrow IPC stream or file");
        check_stream(&message, body)?;
        let reader = StreamReader::try_new(body.as_ref(), None).map_err(failed())?;
        (
            reader.schema(),
            reader
                .collect::<std::result::Result<Vec<_>, _>>()
                .map_err(failed())?,
        )
    };
    Ok(Table { schema, batches })
}

fn csv(what: &str, body: &Bytes) -> Result<Table> {
    std::str::from_utf8(body).map_err(|source| not_utf8(what, body, source.valid_up_to()))?;
    let failed = || unreadable(format!("{what} is not readable as CSV"));
    let mut cursor = Cursor::new(body.as_ref());
    let format = arrow::csv::reader::Format::default().with_header(true);
    let (schema, _) = format.infer_schema(&mut cursor, None).map_err(failed())?;
    cursor.set_position(0);
    let schema = Arc::new(schema);
    let batches: Vec<RecordBatch> = arrow::csv::ReaderBuilder::new(Arc::clone(&schema))
        .with_format(format)
        .with_batch_size(65_536)
        .build(cursor)
        .map_err(failed())?
        .collect::<std::result::Result<_, _>>()
        .map_err(failed())?;
    Ok(Table { schema, batches })
}

fn not_utf8(what: &str, body: &[u8], offset: usize) -> Error {
    Error::invalid(format!(
        "{what} is not UTF-8: byte {offset} (line {}) does not belong to a character",
        line_of(body, offset)
    ))
    .with_hint("encode the text as UTF-8")
}

fn line_of(body: &[u8], offset: usize) -> usize {
    body[..offset.min(body.len())]
        .split(|byte| *byte == b'\n')
        .count()
}

fn json_array(what: &str, body: &[u8]) -> Result<RecordBatch> {
    let mut copy = body.to_vec();
    let tape = match simd_json::to_tape(&mut copy) {
        Ok(tape) => tape,
        Err(source) => {
            if let Err(source) = std::str::from_utf8(body) {
                return Err(not_utf8(what, body, source.valid_up_to()));
            }
            let line = line_of(body, source.index());
            return Err(Error::invalid(format!(
                "{what} is not JSON near line {line}: {}",
                one_line(&format!("{:?}", source.error()))
            )));
        }
    };
    match tape.0.split_first() {
        Some((Node::Array { .. }, rows)) => table(what, rows),
        _ => Err(
            Error::invalid(format!("{what} is not a JSON array of objects"))
                .with_hint("write [{…}, {…}], or one object a line in a file that ends in .ndjson"),
        ),
    }
}

fn json_lines(what: &str, body: &[u8]) -> Result<RecordBatch> {
    let mut copy = Vec::with_capacity(body.len() + 2);
    copy.push(b'[');
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if copy.len() > 1 {
            copy.push(b',');
        }
        copy.extend_from_slice(line);
    }
    copy.push(b']');
    if let Ok(tape) = simd_json::to_tape(&mut copy)
        && let Some((Node::Array { .. }, rows)) = tape.0.split_first()
    {
        return table(what, rows);
    }
    if let Err(source) = std::str::from_utf8(body) {
        return Err(not_utf8(what, body, source.valid_up_to()));
    }
    for (i, line) in body.split(|byte| *byte == b'\n').enumerate() {
        let mut copy = line.trim_ascii().to_vec();
        if copy.is_empty() {
            continue;
        }
        if let Err(source) = simd_json::to_tape(&mut copy) {
            return Err(Error::invalid(format!(
                "{what}, line {}, is not JSON: {}",
                i + 1,
                one_line(&format!("{:?}", source.error()))
            ))
            .with_hint("write one whole JSON object a line"));
        }
    }
    Err(Error::invalid(format!("{what} is not NDJSON"))
        .with_hint("write one whole JSON object a line"))
}

fn node_length(node: &Node<'_>) -> usize {
    match node {
        Node::Object { count, .. } | Node::Array { count, .. } => count + 1,
        Node::String(_) | Node::Static(_) => 1,
    }
}

/// What was met in one column.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a set of five kinds of values"
)]
struct Met {
    text: bool,
    float: bool,
    integer: bool,
    boolean: bool,
    nested: bool,
}

fn table(what: &str, rows: &[Node<'_>]) -> Result<RecordBatch> {
    let mut names: Vec<String> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    let mut met: Vec<Met> = Vec::new();
    let mut cells: Vec<Vec<Option<Node<'_>>>> = Vec::new();
    let mut n_rows = 0;
    let mut at = 0;
    while at < rows.len() {
        let length = node_length(&rows[at]);
        let Some((Node::Object { .. }, mut rest)) = rows[at..at + length].split_first() else {
            return Err(
                Error::invalid(format!("{what}: row {} is not an object", n_rows + 1))
                    .with_hint("write rows as objects: {\"column\": value}"),
            );
        };
        while let Some((Node::String(key), after)) = rest.split_first() {
            let Some(length) = after.first().map(node_length) else {
                break;
            };
            let column = if let Some(column) = positions.get(*key) {
                *column
            } else {
                positions.insert((*key).to_owned(), names.len());
                names.push((*key).to_owned());
                met.push(Met::default());
                cells.push(Vec::new());
                names.len() - 1
            };
            met[column].note(&after[0]);
            cells[column].resize(n_rows, None);
            cells[column].push(Some(after[0]));
            rest = &after[length..];
        }
        n_rows += 1;
        at += length;
    }
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for ((name, met), mut cells) in names.into_iter().zip(met).zip(cells) {
        cells.resize(n_rows, None);
        let array = met.array(&cells);
        fields.push(Field::new(name, array.data_type().clone(), true));
        columns.push(array);
    }
    if columns.is_empty() {
        return Err(Error::invalid(format!("{what} holds no rows"))
            .with_hint("give a data set with at least one row"));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
        .map_err(unreadable(format!("cannot read {what}")))
}

impl Met {
    fn note(&mut self, node: &Node<'_>) {
        match node {
            Node::String(_) => self.text = true,
            Node::Object { .. } | Node::Array { .. } => self.nested = true,
            Node::Static(StaticNode::Null) => {}
            Node::Static(StaticNode::Bool(_)) => self.boolean = true,
            Node::Static(StaticNode::F64(value)) if whole(*value).is_none() => self.float = true,
            Node::Static(_) => self.integer = true,
        }
    }

    fn array(&self, cells: &[Option<Node<'_>>]) -> ArrayRef {
        match (self.text, self.boolean, self.float, self.integer) {
            (false, false, false, false) => Arc::new(NullArray::new(cells.len())),
            (false, true, false, false) => Arc::new(
                cells
                    .iter()
                    .map(|cell| match cell {
                        Some(Node::Static(StaticNode::Bool(value))) => Some(*value),
                        _ => None,
                    })
                    .collect::<BooleanArray>(),
            ),
            (false, false, false, true) => Arc::new(
                cells
                    .iter()
                    .map(|cell| cell.as_ref().and_then(number).and_then(whole))
                    .collect::<Int64Array>(),
            ),
            (false, false, true, _) => Arc::new(
                cells
                    .iter()
                    .map(|cell| cell.as_ref().and_then(number))
                    .collect::<Float64Array>(),
            ),
            _ => Arc::new(
                cells
                    .iter()
                    .map(|cell| cell.as_ref().and_then(text))
                    .collect::<StringArray>(),
            ),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a column of numbers takes whole numbers as the nearest float"
)]
fn number(node: &Node<'_>) -> Option<f64> {
    match node {
        Node::Static(StaticNode::F64(value)) => Some(*value),
        Node::Static(StaticNode::I64(value)) => Some(*value as f64),
        Node::Static(StaticNode::U64(value)) => Some(*value as f64),
        _ => None,
    }
}

fn text(node: &Node<'_>) -> Option<String> {
    match node {
        Node::String(text) => Some((*text).to_owned()),
        Node::Static(StaticNode::Bool(value)) => Some(value.to_string()),
        Node::Static(_) => number(node).map(number_text),
        Node::Object { .. } | Node::Array { .. } => None,
    }
}

/// Whether a column's values can be compared at all.
pub(crate) fn is_scalar(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => is_scalar(value),
        DataType::RunEndEncoded(_, value) => is_scalar(value.data_type()),
        t => !(t.is_nested() || t.is_binary()),
    }
}
