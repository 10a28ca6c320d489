//! JSON arrays and NDJSON: a tape walked once, straight into column builders.

use super::{Decoded, Kind, Problem, Refused, Shape, instant_us, number_text};
use crate::failure::one_line;
use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, StringDictionaryBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::Int32Type;
use simd_json::{Buffers, Node, StaticNode, Tape};
use std::sync::Arc;
use trimtab_domain::intake::RejectionCode;
use trimtab_domain::{Error, Result};

/// Decodes a JSON array of objects.
pub(crate) fn decode_array(shape: &Shape, body: &[u8]) -> Result<Decoded> {
    let mut copy = body.to_vec();
    let tape = match simd_json::to_tape(&mut copy) {
        Ok(tape) => tape,
        Err(source) => return Err(malformed(body, &source)),
    };
    let Some((Node::Array { .. }, rows)) = tape.0.split_first() else {
        return Err(Error::invalid("the body is not a JSON array")
            .with_hint("send [{…}, {…}], or one object a line as application/x-ndjson"));
    };
    let mut builder = RowBuilder::new(shape, rows.len() / (shape.fields.len() * 2).max(1));
    let mut at = 0;
    while at < rows.len() {
        let length = node_length(&rows[at]);
        builder.row(&rows[at..at + length]);
        at += length;
    }
    Ok(builder.finish())
}

/// Decodes one JSON object a line; blank lines are passed over.
pub(crate) fn decode_lines(shape: &Shape, body: &[u8]) -> Result<Decoded> {
    if let Some(decoded) = decode_lines_at_once(shape, body) {
        return Ok(decoded);
    }
    std::str::from_utf8(body).map_err(|source| invalid_utf8(body, source.valid_up_to()))?;
    let mut builder = RowBuilder::new(shape, 64);
    let mut buffers = Buffers::new(4_096);
    for line in body.split(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let mut copy = line.to_vec();
        match simd_json::to_tape_with_buffers(&mut copy, &mut buffers) {
            Ok(tape) => builder.row(&tape.0),
            Err(source) => builder.malformed_row(&source),
        }
    }
    Ok(builder.finish())
}

/// The fast path: well-formed lines become one array, parsed in one go.
fn decode_lines_at_once(shape: &Shape, body: &[u8]) -> Option<Decoded> {
    let trimmed = body.trim_ascii();
    let mut copy = Vec::with_capacity(trimmed.len() + 2);
    copy.push(b'[');
    let mut n_lines = 0_usize;
    for line in trimmed.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        // Only whole objects: a value cut by a line break must not be glued together.
        if !(line.starts_with(b"{") && line.ends_with(b"}")) {
            return None;
        }
        if n_lines > 0 {
            copy.push(b',');
        }
        copy.extend_from_slice(line);
        n_lines += 1;
    }
    copy.push(b']');
    let tape: Tape<'_> = simd_json::to_tape(&mut copy).ok()?;
    let Some((Node::Array { len, .. }, rows)) = tape.0.split_first() else {
        return None;
    };
    if *len != n_lines {
        return None;
    }
    let mut builder = RowBuilder::new(shape, n_lines);
    let mut at = 0;
    while at < rows.len() {
        let length = node_length(&rows[at]);
        builder.row(&rows[at..at + length]);
        at += length;
    }
    Some(builder.finish())
}

fn node_length(node: &Node<'_>) -> usize {
    match node {
        Node::Object { count, .. } | Node::Array { count, .. } => count + 1,
        Node::String(_) | Node::Static(_) => 1,
    }
}

fn malformed(body: &[u8], source: &simd_json::Error) -> Error {
    if let Err(source) = std::str::from_utf8(body) {
        return invalid_utf8(body, source.valid_up_to());
    }
    let offset = source.index().min(body.len());
    let line = body[..offset].split(|byte| *byte == b'\n').count();
    Error::invalid(format!(
        "the body is not JSON: {} near byte {offset} (line {line})",
        error_word(source)
    ))
    .with_hint("check for a missing comma, quote or bracket, or a body that was cut off")
}

fn invalid_utf8(body: &[u8], offset: usize) -> Error {
    let line = body[..offset].split(|byte| *byte == b'\n').count();
    Error::invalid(format!(
        "the body is not UTF-8: byte {offset} (line {line}) does not belong to a character"
    ))
    .with_hint("encode the text as UTF-8")
}

fn error_word(source: &simd_json::Error) -> String {
    // The library's words are names of its variants: `ExpectedArrayComma` reads as a sentence.
    let name = one_line(&format!("{:?}", source.error()));
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// Builds the columns row by row.
struct RowBuilder<'s> {
    shape: &'s Shape,
    sinks: Vec<Sink>,
    /// Row number (from one) that last wrote to a sink.
    stamps: Vec<usize>,
    /// Which field stood at which place in the last row: the next row is usually alike.
    order: Vec<usize>,
    n_rows: usize,
    refused: Refused,
}

impl<'s> RowBuilder<'s> {
    fn new(shape: &'s Shape, n_rows: usize) -> Self {
        Self {
            shape,
            sinks: shape
                .fields
                .iter()
                .map(|field| Sink::new(field.kind, n_rows))
                .collect(),
            stamps: vec![0; shape.fields.len()],
            order: Vec::new(),
            n_rows: 0,
            refused: Refused::default(),
        }
    }

    fn malformed_row(&mut self, source: &simd_json::Error) {
        let row = self.n_rows;
        self.refused.add(row, || Problem {
            field: None,
            code: RejectionCode::Malformed,
            reason: format!(
                "the line is not JSON: {} near its byte {}",
                error_word(source),
                source.index()
            ),
            fix: "send one whole JSON object a line".to_owned(),
        });
        self.end_row();
    }

    fn row(&mut self, nodes: &[Node<'_>]) {
        let row = self.n_rows;
        let Some((Node::Object { len, .. }, mut rest)) = nodes.split_first() else {
            self.refused.add(row, || Problem {
                field: None,
                code: RejectionCode::Malformed,
                reason: "the row is not a JSON object".to_owned(),
                fix: "send rows as objects: {\"prediction_id\": …}".to_owned(),
            });
            self.end_row();
            return;
        };
        for place in 0..*len {
            let Some((Node::String(key), after)) = rest.split_first() else {
                break;
            };
            let Some(length) = after.first().map(node_length) else {
                break;
            };
            let (value, after) = after.split_at(length);
            rest = after;
            match self.field_at(place, key) {
                Some(field) => self.value(row, field, key, value),
                None => self.unknown(row, key, value),
            }
        }
        self.end_row();
    }

    #[inline]
    fn field_at(&mut self, place: usize, key: &str) -> Option<usize> {
        if let Some(&field) = self.order.get(place)
            && self.shape.fields[field].name == key
        {
            return Some(field);
        }
        let field = self.shape.position(key)?;
        if self.order.len() == place {
            self.order.push(field);
        } else if let Some(slot) = self.order.get_mut(place) {
            *slot = field;
        }
        Some(field)
    }

    #[inline]
    fn value(&mut self, row: usize, field: usize, key: &str, value: &[Node<'_>]) {
        if self.stamps[field] == row + 1 {
            self.refused.add(row, || Problem {
                field: Some(key.to_owned()),
                code: RejectionCode::Malformed,
                reason: format!("field `{key}` appears twice"),
                fix: "send every field once".to_owned(),
            });
            return;
        }
        self.stamps[field] = row + 1;
        if let Err(problem) = self.sinks[field].push(value) {
            self.sinks[field].push_null();
            let kind = self.shape.fields[field].kind;
            self.refused.add(row, || {
                let mut problem = problem.unwrap_or_else(|| Problem {
                    field: None,
                    code: RejectionCode::WrongType,
                    reason: format!(
                        "`{key}` must be {}, found {}",
                        kind.expected(),
                        found(value)
                    ),
                    fix: kind.fix().to_owned(),
                });
                problem.field = Some(key.to_owned());
                problem
            });
        }
    }

    #[cold]
    fn unknown(&mut self, row: usize, key: &str, value: &[Node<'_>]) {
        // A null of a field that isn't there says nothing.
        if matches!(value, [Node::Static(StaticNode::Null)]) {
            return;
        }
        let shape = self.shape;
        self.refused.add(row, || unknown_field(shape, key));
    }

    fn end_row(&mut self) {
        self.n_rows += 1;
        for (sink, stamp) in self.sinks.iter_mut().zip(&self.stamps) {
            if *stamp != self.n_rows {
                sink.push_null();
            }
        }
    }

    fn finish(self) -> Decoded {
        Decoded {
            n_rows: self.n_rows,
            columns: self.sinks.into_iter().map(Sink::finish).collect(),
            refused: self.refused,
        }
    }
}

/// A field that the schema doesn't have.
pub(super) fn unknown_field(shape: &Shape, key: &str) -> Problem {
    let fix = match (key, shape.nearest(key)) {
        ("label", _) => "send labels to …/labels, by prediction_id".to_owned(),
        (_, Some(near)) => format!("did you mean `{near}`? Else declare the column in the model"),
        (_, None) => "declare the column in the model, or leave it out".to_owned(),
    };
    Problem {
        field: Some(key.to_owned()),
        code: RejectionCode::UnknownColumn,
        reason: format!("the model has no column `{}`", one_line(key)),
        fix,
    }
}

fn found(value: &[Node<'_>]) -> String {
    match value.first() {
        Some(Node::String(text)) => format!("text \"{}\"", one_line(text)),
        Some(Node::Object { .. }) => "an object".to_owned(),
        Some(Node::Array { .. }) => "an array".to_owned(),
        Some(Node::Static(StaticNode::Bool(value))) => value.to_string(),
        Some(Node::Static(StaticNode::Null)) => "null".to_owned(),
        Some(Node::Static(StaticNode::I64(value))) => value.to_string(),
        Some(Node::Static(StaticNode::U64(value))) => value.to_string(),
        Some(Node::Static(StaticNode::F64(value))) => format!("{value:?}"),
        None => "nothing".to_owned(),
    }
}

/// Where the values of one field go.
enum Sink {
    Float(Float64Builder),
    Integer(Int64Builder),
    Boolean(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Category(StringDictionaryBuilder<Int32Type>),
    CategoryOfAny(StringDictionaryBuilder<Int32Type>),
    Text(StringBuilder),
    Map(StringBuilder),
}

/// `Err(None)`: of another type; `Err(Some(…))`: says itself why.
type Pushed = std::result::Result<(), Option<Problem>>;

impl Sink {
    fn new(kind: Kind, n_rows: usize) -> Self {
        match kind {
            Kind::Float => Self::Float(Float64Builder::with_capacity(n_rows)),
            Kind::Integer => Self::Integer(Int64Builder::with_capacity(n_rows)),
            Kind::Boolean => Self::Boolean(BooleanBuilder::with_capacity(n_rows)),
            Kind::Time => {
                Self::Time(TimestampMicrosecondBuilder::with_capacity(n_rows).with_timezone("UTC"))
            }
            Kind::Category => Self::Category(StringDictionaryBuilder::new()),
            Kind::CategoryOfAny => Self::CategoryOfAny(StringDictionaryBuilder::new()),
            Kind::TextOfAny => Self::Text(StringBuilder::with_capacity(n_rows, n_rows * 24)),
            Kind::Map => Self::Map(StringBuilder::new()),
        }
    }

    #[inline]
    fn push(&mut self, value: &[Node<'_>]) -> Pushed {
        let [node] = value else {
            return match self {
                Self::Map(builder) => {
                    builder.append_value(map_text(value).ok_or(None)?);
                    Ok(())
                }
                _ => Err(None),
            };
        };
        if matches!(node, Node::Static(StaticNode::Null)) {
            self.push_null();
            return Ok(());
        }
        match self {
            Self::Float(builder) => builder.append_value(number(node).ok_or(None)?),
            Self::Integer(builder) => builder.append_value(integer(node).ok_or(None)?),
            Self::Boolean(builder) => match node {
                Node::Static(StaticNode::Bool(value)) => builder.append_value(*value),
                _ => return Err(None),
            },
            Self::Time(builder) => match node {
                Node::String(text) => builder.append_value(instant_us(text).map_err(Some)?),
                _ => builder.append_value(integer(node).ok_or(None)?),
            },
            Self::Category(builder) => match node {
                Node::String(text) => builder.append_value(text),
                _ => return Err(None),
            },
            Self::CategoryOfAny(builder) => match node {
                Node::String(text) => builder.append_value(text),
                _ => builder.append_value(scalar_text(node).ok_or(None)?),
            },
            Self::Text(builder) => match node {
                Node::String(text) => builder.append_value(text),
                _ => builder.append_value(scalar_text(node).ok_or(None)?),
            },
            // An empty object has one node.
            Self::Map(builder) => builder.append_value(map_text(value).ok_or(None)?),
        }
        Ok(())
    }

    fn push_null(&mut self) {
        match self {
            Self::Float(builder) => builder.append_null(),
            Self::Integer(builder) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Time(builder) => builder.append_null(),
            Self::Category(builder) | Self::CategoryOfAny(builder) => builder.append_null(),
            Self::Text(builder) | Self::Map(builder) => builder.append_null(),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Float(mut builder) => Arc::new(builder.finish()),
            Self::Integer(mut builder) => Arc::new(builder.finish()),
            Self::Boolean(mut builder) => Arc::new(builder.finish()),
            Self::Time(mut builder) => Arc::new(builder.finish()),
            Self::Category(mut builder) | Self::CategoryOfAny(mut builder) => {
                Arc::new(builder.finish())
            }
            Self::Text(mut builder) | Self::Map(mut builder) => Arc::new(builder.finish()),
        }
    }
}

#[inline]
#[expect(
    clippy::cast_precision_loss,
    reason = "a float column takes whole numbers as the nearest float"
)]
fn number(node: &Node<'_>) -> Option<f64> {
    match node {
        Node::Static(StaticNode::F64(value)) => Some(*value),
        Node::Static(StaticNode::I64(value)) => Some(*value as f64),
        Node::Static(StaticNode::U64(value)) => Some(*value as f64),
        _ => None,
    }
}

#[inline]
fn integer(node: &Node<'_>) -> Option<i64> {
    match node {
        Node::Static(StaticNode::I64(value)) => Some(*value),
        Node::Static(StaticNode::U64(value)) => i64::try_from(*value).ok(),
        Node::Static(StaticNode::F64(value)) => super::columnar::whole(*value),
        _ => None,
    }
}

fn scalar_text(node: &Node<'_>) -> Option<String> {
    match node {
        Node::String(text) => Some((*text).to_owned()),
        Node::Static(StaticNode::Bool(value)) => Some(value.to_string()),
        Node::Static(StaticNode::I64(value)) => Some(value.to_string()),
        Node::Static(StaticNode::U64(value)) => Some(value.to_string()),
        Node::Static(StaticNode::F64(value)) => Some(number_text(*value)),
        Node::Static(StaticNode::Null) | Node::Object { .. } | Node::Array { .. } => None,
    }
}

/// An object of scalars as JSON text in key order; nulls are left out.
fn map_text(value: &[Node<'_>]) -> Option<String> {
    let (Node::Object { .. }, mut rest) = value.split_first()? else {
        return None;
    };
    let mut map = std::collections::BTreeMap::new();
    while let Some((Node::String(key), after)) = rest.split_first() {
        let (node, after) = after.split_first()?;
        if !matches!(node, Node::Static(StaticNode::Null)) {
            map.insert(*key, scalar_text(node)?);
        }
        rest = after;
    }
    serde_json::to_string(&map).ok()
}
