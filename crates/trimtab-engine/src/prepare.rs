//! Validation: typed columns become the rows of a journal frame, or reasons why not.
//!
//! A frame of predictions carries, beside the columns of the event, what identity, joins and
//! folds need ([`CONTENT`], [`SCORE`], [`PREDICTED`], [`SEGMENTS`]): consumers need no schema
//! from the time of the append.

use crate::decode::{Decoded, Kind, Problem, Refused, Shape, columnar};
use crate::failure::wrap;
use crate::truth;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Float64Array, Int32Array, RecordBatch,
    StringArray, StringDictionaryBuilder, TimestampMicrosecondArray, UInt64Array,
};
use arrow::datatypes::{
    DataType, Field, Float64Type, Int32Type, Int64Type, Schema, TimestampMicrosecondType,
};
use std::collections::HashMap;
use std::sync::Arc;
use trimtab_domain::documents::{ColumnRole, ModelSpec, Task};
use trimtab_domain::intake::RejectionCode;
use trimtab_domain::time::TIMESTAMP_MAX;
use trimtab_domain::{Error, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Hash of what the row says: tells a retry from a conflict.
pub(crate) const CONTENT: &str = "trimtab.content";
/// The score, whatever its column is called.
pub(crate) const SCORE: &str = "trimtab.score";
/// What was decided, as a number.
pub(crate) const PREDICTED: &str = "trimtab.predicted";
/// `column=value` for every segment, joined by [`SEGMENT_SEPARATOR`].
pub(crate) const SEGMENTS: &str = "trimtab.segments";
/// Between segments of one row.
pub(crate) const SEGMENT_SEPARATOR: char = '\u{1f}';

const ID_BYTES_MAX: usize = 512;
const VERSION_BYTES_MAX: usize = 100;
const DAY_US: i64 = 86_400_000_000;

/// Checked rows, and the refused ones.
pub(crate) struct Prepared {
    /// All rows, refused ones too, as a frame will hold them.
    pub(crate) batch: RecordBatch,
    pub(crate) refused: Refused,
}

/// Checks predictions and adds the derived columns.
pub(crate) fn predictions(
    spec: &ModelSpec,
    shape: &Shape,
    decoded: Decoded,
    received_us: i64,
) -> Result<Prepared> {
    let Decoded {
        n_rows,
        mut columns,
        mut refused,
    } = decoded;
    required(shape, &columns, n_rows, &mut refused);
    check_ids(&columns[0], &mut refused);
    check_times("timestamp", &columns[1], received_us, &mut refused);
    columns[2] = versions(spec, &columns[2], &mut refused);
    let (roles, is_shadow) = roles(&columns[3], &mut refused);
    columns[3] = roles;
    required_of_live(spec, shape, &columns, &is_shadow, &mut refused);

    let score = position_of(spec, shape, ColumnRole::Score)
        .map(|position| columnar::conform(&columns[position], Kind::Float).array);
    if let Some(score) = &score {
        check_scores(spec, score, &mut refused);
    }
    Ok(Prepared {
        batch: frame_of(spec, shape, columns, n_rows)?,
        refused,
    })
}

/// Columns of a shape of predictions, with what a frame holds beside them.
pub(crate) fn frame_of(
    spec: &ModelSpec,
    shape: &Shape,
    mut columns: Vec<ArrayRef>,
    n_rows: usize,
) -> Result<RecordBatch> {
    let score = match position_of(spec, shape, ColumnRole::Score) {
        Some(position) => {
            let floats = columnar::conform(&columns[position], Kind::Float).array;
            floats.as_primitive::<Float64Type>().clone()
        }
        None => Float64Array::new_null(n_rows),
    };
    let words = position_of(spec, shape, ColumnRole::Prediction)
        .and_then(|position| columnar::scalar_texts(&plain_text(&columns[position])));
    let predicted: Float64Array = (0..n_rows)
        .map(|row| {
            let word = words.as_ref().and_then(|words| {
                let words = words.as_string::<i32>();
                words.is_valid(row).then(|| words.value(row))
            });
            truth::predicted(spec, word, score.is_valid(row).then(|| score.value(row)))
        })
        .collect();
    let content = contents(shape, &columns, n_rows);
    let segments = segments(spec, shape, &columns, n_rows)?;
    let mut fields: Vec<Arc<Field>> = shape.arrow_fields();
    for (name, data_type) in [
        (CONTENT, DataType::UInt64),
        (SCORE, DataType::Float64),
        (PREDICTED, DataType::Float64),
        (SEGMENTS, Kind::Category.arrow_type()),
    ] {
        fields.push(Arc::new(Field::new(name, data_type, true)));
    }
    columns.push(Arc::new(content));
    columns.push(Arc::new(score));
    columns.push(Arc::new(predicted));
    columns.push(segments);
    batch_of(fields, columns)
}

fn position_of(spec: &ModelSpec, shape: &Shape, role: ColumnRole) -> Option<usize> {
    spec.column_of_role(role)
        .and_then(|column| shape.position(&column.name))
}

/// Checks labels. The frame's rows are made at the join; this batch is its input:
/// `prediction_id`, `label` (text), `known_at`, `value`, in this order.
pub(crate) fn labels(
    spec: &ModelSpec,
    shape: &Shape,
    decoded: Decoded,
    received_us: i64,
) -> Result<Prepared> {
    let Decoded {
        n_rows,
        columns,
        mut refused,
    } = decoded;
    required(shape, &columns, n_rows, &mut refused);
    check_ids(&columns[0], &mut refused);
    check_times("label_timestamp", &columns[2], received_us, &mut refused);
    let known_at: TimestampMicrosecondArray = columns[2]
        .as_primitive::<TimestampMicrosecondType>()
        .iter()
        .map(|known_at| Some(known_at.unwrap_or(received_us)))
        .collect();
    let texts = columns[1].as_string::<i32>();
    let values: Float64Array = (0..n_rows)
        .map(|row| {
            let text = texts.is_valid(row).then(|| texts.value(row))?;
            let value = truth::outcome(spec, text).filter(|_| text.len() <= ID_BYTES_MAX);
            if value.is_none() {
                refused.add(row, || Problem {
                    field: Some("label".to_owned()),
                    code: RejectionCode::WrongType,
                    reason: format!(
                        "`{}` is not a label of this model",
                        crate::failure::one_line(text)
                    ),
                    fix: match spec.task {
                        Task::Regression => "send a finite number".to_owned(),
                        Task::BinaryClassification => {
                            format!("send a class of at most {ID_BYTES_MAX} bytes")
                        }
                    },
                });
            }
            value
        })
        .collect();
    let fields = [
        ("prediction_id", DataType::Utf8),
        ("label", DataType::Utf8),
        ("known_at", Kind::Time.arrow_type()),
        ("value", DataType::Float64),
    ]
    .map(|(name, data_type)| Arc::new(Field::new(name, data_type, true)))
    .to_vec();
    let batch = batch_of(
        fields,
        vec![
            Arc::clone(&columns[0]),
            Arc::clone(&columns[1]),
            Arc::new(known_at.with_timezone("UTC")),
            Arc::new(values),
        ],
    )?;
    Ok(Prepared { batch, refused })
}

/// Checks metric points; the batch is the frame.
pub(crate) fn metric_points(shape: &Shape, decoded: Decoded, received_us: i64) -> Result<Prepared> {
    let Decoded {
        n_rows,
        columns,
        mut refused,
    } = decoded;
    required(shape, &columns, n_rows, &mut refused);
    check_times("timestamp", &columns[2], received_us, &mut refused);
    let names = columns[0].as_string::<i32>();
    let values = columns[1].as_primitive::<Float64Type>();
    for row in 0..n_rows {
        let is_name = |name: &str| {
            (1..=200).contains(&name.len())
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ':'))
        };
        if names.is_valid(row) && !is_name(names.value(row)) {
            refused.add(row, || Problem {
                field: Some("name".to_owned()),
                code: RejectionCode::InvalidValue,
                reason: "the metric's name has other characters than letters, digits and `_.-:`"
                    .to_owned(),
                fix: "use a name such as `revenue_per_order`".to_owned(),
            });
        }
        if values.is_valid(row) && !values.value(row).is_finite() {
            refused.add(row, || Problem {
                field: Some("value".to_owned()),
                code: RejectionCode::InvalidValue,
                reason: "the value is not finite".to_owned(),
                fix: "send a number, or leave the point out".to_owned(),
            });
        }
    }
    Ok(Prepared {
        batch: batch_of(shape.arrow_fields(), columns)?,
        refused,
    })
}

fn batch_of(fields: Vec<Arc<Field>>, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
        .map_err(wrap("cannot assemble a batch"))
}

fn required(shape: &Shape, columns: &[ArrayRef], n_rows: usize, refused: &mut Refused) {
    for (field, column) in shape.fields.iter().zip(columns) {
        if field.is_required && column.null_count() > 0 {
            for row in (0..n_rows).filter(|row| column.is_null(*row)) {
                refused.add(row, || missing(&field.name));
            }
        }
    }
}

fn required_of_live(
    spec: &ModelSpec,
    shape: &Shape,
    columns: &[ArrayRef],
    is_shadow: &BooleanArray,
    refused: &mut Refused,
) {
    for column in spec.columns.iter().filter(|column| column.required) {
        let Some(array) = shape
            .position(&column.name)
            .map(|position| &columns[position])
        else {
            continue;
        };
        if array.null_count() > 0 {
            for row in 0..array.len() {
                if array.is_null(row) && !is_shadow.value(row) {
                    refused.add(row, || missing(&column.name));
                }
            }
        }
    }
}

fn missing(field: &str) -> Problem {
    Problem {
        field: Some(field.to_owned()),
        code: RejectionCode::MissingField,
        reason: format!("`{field}` is missing"),
        fix: format!("send `{field}` with every row"),
    }
}

fn check_ids(ids: &ArrayRef, refused: &mut Refused) {
    let ids = ids.as_string::<i32>();
    for (row, id) in ids.iter().enumerate() {
        if let Some(id) = id
            && !(1..=ID_BYTES_MAX).contains(&id.len())
        {
            refused.add(row, || Problem {
                field: Some("prediction_id".to_owned()),
                code: RejectionCode::InvalidValue,
                reason: format!("the identifier has {} bytes", id.len()),
                fix: format!("use 1 to {ID_BYTES_MAX} bytes"),
            });
        }
    }
}

/// The latest instant that any row may carry, in microseconds.
fn latest_us() -> i64 {
    TIMESTAMP_MAX
        .parse::<jiff::Timestamp>()
        .map_or(i64::MAX, jiff::Timestamp::as_microsecond)
}

fn check_times(field: &str, times: &ArrayRef, received_us: i64, refused: &mut Refused) {
    let latest = latest_us();
    let horizon = received_us.saturating_add(DAY_US);
    for (row, time) in times
        .as_primitive::<TimestampMicrosecondType>()
        .iter()
        .enumerate()
    {
        let Some(time) = time else { continue };
        if (0..latest).contains(&time) && time <= horizon {
            continue;
        }
        refused.add(row, || {
            let shown = jiff::Timestamp::from_microsecond(time)
                .map_or_else(|_| format!("{time} µs"), |time| time.to_string());
            let (reason, fix) = if (0..latest).contains(&time) {
                (
                    format!("{shown} is more than a day in the future"),
                    "check the sender's clock and time zone",
                )
            } else {
                (
                    format!("{shown} is outside 1970 to 2200"),
                    "check the unit: integers count microseconds since 1970",
                )
            };
            Problem {
                field: Some(field.to_owned()),
                code: RejectionCode::TimestampOutOfRange,
                reason,
                fix: fix.to_owned(),
            }
        });
    }
}

fn versions(spec: &ModelSpec, versions: &ArrayRef, refused: &mut Refused) -> ArrayRef {
    let dictionary = versions.as_dictionary::<Int32Type>();
    let values = dictionary.values().as_string::<i32>();
    let is_good = |version: &str| (1..=VERSION_BYTES_MAX).contains(&version.len());
    if !values.iter().flatten().all(is_good) {
        for row in 0..dictionary.len() {
            if let Some(key) = dictionary.key(row)
                && !is_good(values.value(key))
            {
                refused.add(row, || Problem {
                    field: Some("model_version".to_owned()),
                    code: RejectionCode::InvalidValue,
                    reason: "the version is empty or too long".to_owned(),
                    fix: format!(
                        "use 1 to {VERSION_BYTES_MAX} bytes, or leave it out for `{}`",
                        spec.default_version
                    ),
                });
            }
        }
    }
    if dictionary.null_count() == 0 {
        return Arc::clone(versions);
    }
    let mut builder = StringDictionaryBuilder::<Int32Type>::new();
    for row in 0..dictionary.len() {
        let version = dictionary.key(row).map(|key| values.value(key));
        builder.append_value(version.unwrap_or(&spec.default_version));
    }
    Arc::new(builder.finish())
}

fn roles(roles: &ArrayRef, refused: &mut Refused) -> (ArrayRef, BooleanArray) {
    let dictionary = roles.as_dictionary::<Int32Type>();
    let values = dictionary.values().as_string::<i32>();
    let mut keys = Vec::with_capacity(dictionary.len());
    for row in 0..dictionary.len() {
        let word = dictionary.key(row).map_or("live", |key| values.value(key));
        keys.push(match word {
            "live" => 0,
            "shadow" => 1,
            _ => {
                refused.add(row, || Problem {
                    field: Some("role".to_owned()),
                    code: RejectionCode::InvalidValue,
                    reason: format!("`{}` is not a role", crate::failure::one_line(word)),
                    fix: "send `live` or `shadow`, or leave it out for `live`".to_owned(),
                });
                0
            }
        });
    }
    let is_shadow: BooleanArray = keys.iter().map(|key| Some(*key == 1)).collect();
    let words: ArrayRef = Arc::new(StringArray::from(vec!["live", "shadow"]));
    // The keys are 0 and 1, so the array is well formed.
    let array = DictionaryArray::<Int32Type>::new(Int32Array::from(keys), words);
    (Arc::new(array), is_shadow)
}

fn check_scores(spec: &ModelSpec, scores: &ArrayRef, refused: &mut Refused) {
    if spec.task != Task::BinaryClassification {
        return;
    }
    for (row, score) in scores.as_primitive::<Float64Type>().iter().enumerate() {
        if let Some(score) = score
            && !(0.0..=1.0).contains(&score)
        {
            refused.add(row, || Problem {
                field: spec
                    .column_of_role(ColumnRole::Score)
                    .map(|column| column.name.clone()),
                code: RejectionCode::InvalidValue,
                reason: format!("the score {score} is not a probability"),
                fix: "send the probability of the positive class, between 0 and 1".to_owned(),
            });
        }
    }
}

/// Dictionaries as plain text, for reading word by word.
fn plain_text(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Dictionary(_, value) => {
            arrow::compute::cast(array, value).unwrap_or_else(|_| Arc::clone(array))
        }
        _ => Arc::clone(array),
    }
}

/// One hash a row over what it says, independent of the order of columns and of absent ones.
fn contents(shape: &Shape, columns: &[ArrayRef], n_rows: usize) -> UInt64Array {
    let mut hashes = vec![0_u64; n_rows];
    // The identifier is the key; a version is part of it too.
    for (field, column) in shape.fields.iter().zip(columns).skip(1) {
        let seed = xxh3_64(field.name.as_bytes());
        let mut add = |row: usize, value: u64| {
            hashes[row] = hashes[row].wrapping_add(mix(seed ^ value));
        };
        match field.kind {
            Kind::Float => each(column.as_primitive::<Float64Type>().iter(), |row, value| {
                add(row, (value + 0.0).to_bits());
            }),
            Kind::Integer => each(column.as_primitive::<Int64Type>().iter(), |row, value| {
                add(row, value.cast_unsigned());
            }),
            Kind::Boolean => each(column.as_boolean().iter(), |row, value| {
                add(row, u64::from(value) + 1);
            }),
            Kind::Time => each(
                column.as_primitive::<TimestampMicrosecondType>().iter(),
                |row, value| add(row, value.cast_unsigned()),
            ),
            Kind::Category | Kind::CategoryOfAny => {
                let dictionary = column.as_dictionary::<Int32Type>();
                let values = dictionary.values().as_string::<i32>();
                let of_value: Vec<u64> = values
                    .iter()
                    .map(|value| xxh3_64(value.unwrap_or_default().as_bytes()))
                    .collect();
                for row in 0..dictionary.len() {
                    if let Some(key) = dictionary.key(row) {
                        add(row, of_value[key]);
                    }
                }
            }
            Kind::TextOfAny | Kind::Map => each(column.as_string::<i32>().iter(), |row, value| {
                add(row, xxh3_64(value.as_bytes()));
            }),
        }
    }
    UInt64Array::from(hashes)
}

fn each<T>(values: impl Iterator<Item = Option<T>>, mut of: impl FnMut(usize, T)) {
    for (row, value) in values.enumerate() {
        if let Some(value) = value {
            of(row, value);
        }
    }
}

/// A good 64-bit scrambler (D. Stafford's variant 13).
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The segments of every row as one dictionary column.
fn segments(
    spec: &ModelSpec,
    shape: &Shape,
    columns: &[ArrayRef],
    n_rows: usize,
) -> Result<ArrayRef> {
    let mut sources: Vec<(&str, ArrayRef)> = Vec::new();
    for name in &spec.segments {
        let texts = shape
            .position(name)
            .and_then(|position| columnar::scalar_texts(&plain_text(&columns[position])));
        if let Some(texts) = texts {
            sources.push((name, texts));
        }
    }
    let sources: Vec<(&str, ArrayRef)> = sources
        .into_iter()
        .map(|(name, texts)| {
            arrow::compute::cast(&texts, &Kind::Category.arrow_type())
                .map(|texts| (name, texts))
                .map_err(wrap("cannot encode a segment column"))
        })
        .collect::<Result<_>>()?;
    let mut builder = StringDictionaryBuilder::<Int32Type>::new();
    let mut known: HashMap<Vec<Option<usize>>, Option<String>> = HashMap::new();
    let mut keys = Vec::new();
    for row in 0..n_rows {
        keys.clear();
        keys.extend(
            sources
                .iter()
                .map(|(_, texts)| texts.as_dictionary::<Int32Type>().key(row)),
        );
        if !known.contains_key(&keys) {
            known.insert(keys.clone(), segment_text(&sources, &keys));
        }
        match known.get(&keys) {
            Some(Some(text)) => builder.append_value(text),
            _ => builder.append_null(),
        }
    }
    Ok(Arc::new(builder.finish()))
}

fn segment_text(sources: &[(&str, ArrayRef)], keys: &[Option<usize>]) -> Option<String> {
    let mut text = String::new();
    for ((name, texts), key) in sources.iter().zip(keys) {
        let Some(key) = key else { continue };
        if !text.is_empty() {
            text.push(SEGMENT_SEPARATOR);
        }
        let value = texts
            .as_dictionary::<Int32Type>()
            .values()
            .as_string::<i32>()
            .value(*key);
        text.push_str(name);
        text.push('=');
        text.extend(value.chars().filter(|c| *c != SEGMENT_SEPARATOR).take(100));
    }
    (!text.is_empty()).then_some(text)
}

/// A column of a frame that must be there.
pub(crate) fn frame_column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    batch
        .column_by_name(name)
        .ok_or_else(|| Error::internal(format!("a journal frame has no column `{name}`")))
}
