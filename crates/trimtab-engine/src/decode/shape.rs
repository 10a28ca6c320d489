//! What a batch must look like: fields, their names and how their values are written.

use arrow::datatypes::{DataType as ArrowType, Field as ArrowField, TimeUnit};
use std::collections::HashMap;
use std::sync::Arc;
use trimtab_domain::documents::{ColumnRole, DataType, ModelSpec};

/// How a field's values are written, and which array they become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `Float64`.
    Float,
    /// `Int64`.
    Integer,
    /// `Boolean`.
    Boolean,
    /// `Timestamp(µs, UTC)`.
    Time,
    /// `Dictionary(Int32, Utf8)`; numbers are refused.
    Category,
    /// `Dictionary(Int32, Utf8)`; any scalar, as text.
    CategoryOfAny,
    /// `Utf8`; any scalar, as text.
    TextOfAny,
    /// `Utf8`: an object of scalars, as JSON text in key order.
    Map,
}

impl Kind {
    /// The array's type.
    pub(crate) fn arrow_type(self) -> ArrowType {
        match self {
            Self::Float => ArrowType::Float64,
            Self::Integer => ArrowType::Int64,
            Self::Boolean => ArrowType::Boolean,
            Self::Time => instant_type(),
            Self::Category | Self::CategoryOfAny => category_type(),
            Self::TextOfAny | Self::Map => ArrowType::Utf8,
        }
    }

    /// What is expected, for people.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Float => "a number",
            Self::Integer => "a whole number",
            Self::Boolean => "true or false",
            Self::Time => "an instant",
            Self::Category => "text",
            Self::CategoryOfAny | Self::TextOfAny => "text or a number",
            Self::Map => "an object of texts",
        }
    }

    /// How to write it.
    pub(crate) fn fix(self) -> &'static str {
        match self {
            Self::Float => "send a JSON number, or null where the value is missing",
            Self::Integer => "send a whole JSON number, or null where the value is missing",
            Self::Boolean => "send true, false or null",
            Self::Time => {
                "write RFC 3339 with a zone, such as 2013-09-01T12:00:00Z, or microseconds since \
                 1970"
            }
            Self::Category => "put the value in quotes",
            Self::CategoryOfAny | Self::TextOfAny => "send text or a number",
            Self::Map => "send an object such as {\"shop\": \"berlin\"}",
        }
    }
}

/// `Timestamp(µs, UTC)`.
pub(crate) fn instant_type() -> ArrowType {
    ArrowType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// `Dictionary(Int32, Utf8)`.
pub(crate) fn category_type() -> ArrowType {
    ArrowType::Dictionary(Box::new(ArrowType::Int32), Box::new(ArrowType::Utf8))
}

/// One field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Rows without it are refused.
    pub(crate) is_required: bool,
}

/// The fields of a batch, and every name they answer to.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) fields: Vec<Field>,
    by_name: HashMap<String, usize>,
}

impl Shape {
    fn new(fields: Vec<Field>) -> Self {
        let by_name = fields
            .iter()
            .enumerate()
            .map(|(i, field)| (field.name.clone(), i))
            .collect();
        Self { fields, by_name }
    }

    /// The position of a field.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The fields as Arrow's.
    pub(crate) fn arrow_fields(&self) -> Vec<Arc<ArrowField>> {
        self.fields
            .iter()
            .map(|field| Arc::new(ArrowField::new(&field.name, field.kind.arrow_type(), true)))
            .collect()
    }

    fn also(&mut self, name: &str, field: &str) {
        if let Some(position) = self.position(field) {
            self.by_name.entry(name.to_owned()).or_insert(position);
        }
    }

    /// Every name, for a message.
    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .map(|field| (distance(&field.name, name), field.name.as_str()))
            .filter(|(distance, _)| *distance <= 1 + name.len() / 4)
            .min()
            .map(|(_, name)| name)
    }

    /// Predictions of a model.
    pub(crate) fn predictions(spec: &ModelSpec) -> Self {
        let field = |name: &str, kind, is_required| Field {
            name: name.to_owned(),
            kind,
            is_required,
        };
        let mut fields = vec![
            field("prediction_id", Kind::TextOfAny, true),
            field("timestamp", Kind::Time, true),
            field("model_version", Kind::CategoryOfAny, false),
            field("role", Kind::Category, false),
            field("entity_id", Kind::TextOfAny, false),
        ];
        for column in &spec.columns {
            // The event time and the truth have places of their own.
            if !matches!(column.role, ColumnRole::Timestamp | ColumnRole::Label) {
                // Whether a row must have it depends on its role: `validate` looks.
                fields.push(field(&column.name, kind_of(column.data_type), false));
            }
        }
        let mut shape = Self::new(fields);
        for column in &spec.columns {
            match column.role {
                ColumnRole::Timestamp => shape.also(&column.name, "timestamp"),
                ColumnRole::Prediction => shape.also("prediction", &column.name),
                ColumnRole::Score => shape.also("score", &column.name),
                ColumnRole::Latency => shape.also("latency_ms", &column.name),
                ColumnRole::Error => shape.also("error", &column.name),
                _ => {}
            }
        }
        shape
    }

    /// Labels of a model.
    pub(crate) fn labels(spec: &ModelSpec) -> Self {
        let field = |name: &str, kind, is_required| Field {
            name: name.to_owned(),
            kind,
            is_required,
        };
        let mut shape = Self::new(vec![
            field("prediction_id", Kind::TextOfAny, true),
            field("label", Kind::TextOfAny, true),
            field("label_timestamp", Kind::Time, false),
        ]);
        if let Some(column) = spec.column_of_role(ColumnRole::Label) {
            shape.also(&column.name, "label");
        }
        shape
    }

    /// Metric points.
    pub(crate) fn metric_points() -> Self {
        let field = |name: &str, kind, is_required| Field {
            name: name.to_owned(),
            kind,
            is_required,
        };
        Self::new(vec![
            field("name", Kind::TextOfAny, true),
            field("value", Kind::Float, true),
            field("timestamp", Kind::Time, true),
            field("labels", Kind::Map, false),
        ])
    }
}

/// How values of a declared column are written.
pub(crate) fn kind_of(data_type: DataType) -> Kind {
    match data_type {
        DataType::Float => Kind::Float,
        DataType::Integer => Kind::Integer,
        DataType::String => Kind::Category,
        DataType::Boolean => Kind::Boolean,
        DataType::Timestamp => Kind::Time,
    }
}

/// Edits between two names, for "did you mean".
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replace = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
