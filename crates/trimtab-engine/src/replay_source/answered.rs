//! Rows of a log, answered anew: by versions of today instead of the one that was logged.

use crate::files::{Categories, append_with_nan, categories, floats};
use crate::inspect::stream;
use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array,
};
use arrow::compute::{cast, take_record_batch};
use arrow::datatypes::{DataType, Field, Float64Type, Schema};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_domain::documents::{ColumnRole, EncodingSpec, ModelSpec, Task};
use trimtab_domain::encoding::{Encoder, InputColumn};
use trimtab_domain::fold::PredictionRole;
use trimtab_domain::ports::scoring::{RowBatch, ScoringModel};
use trimtab_domain::{Error, Result};

/// Predictions of one batch, or labels.
#[derive(Debug, Clone)]
pub struct ReplayRows {
    batch: RecordBatch,
}

/// A version that answers.
#[derive(Debug, Clone)]
pub struct Answering {
    /// Its label.
    pub version: String,
    /// How columns become its row.
    pub encoding: EncodingSpec,
    /// The model itself.
    pub model: Arc<dyn ScoringModel>,
    /// So many milliseconds later than was logged, when people wait for the answer.
    pub late_ms: f64,
}

impl ReplayRows {
    pub(super) fn new(batch: RecordBatch) -> Self {
        Self { batch }
    }

    /// The predictions' identifiers, in the order of the rows.
    ///
    /// # Errors
    ///
    /// `Invalid` if they are no texts.
    pub fn ids(&self) -> Result<Vec<String>> {
        let wrong = || Error::invalid("the log has no texts in `prediction_id`");
        let ids = self
            .batch
            .column_by_name("prediction_id")
            .ok_or_else(wrong)?;
        let ids = cast(ids, &DataType::Utf8).map_err(|source| wrong().with_source(source))?;
        let ids = ids.as_string::<i32>();
        Ok(ids
            .iter()
            .map(|id| id.unwrap_or_default().to_owned())
            .collect())
    }

    /// Some of the rows with a version's own scores and decisions, as an Arrow IPC stream.
    ///
    /// # Errors
    ///
    /// `Invalid` if the model is no binary classifier with a column for its score, or if the
    /// version cannot score the rows.
    pub fn answered(
        &self,
        spec: &ModelSpec,
        by: &Answering,
        rows: &[u32],
        role: PredictionRole,
    ) -> Result<Bytes> {
        let score = spec.column_of_role(ColumnRole::Score);
        let Some(score) = score.filter(|_| spec.task == Task::BinaryClassification) else {
            return Err(Error::invalid(format!(
                "model `{}` is no binary classifier with a score: its log can be replayed, not \
                 served",
                spec.name
            )));
        };
        let failed = |source: arrow::error::ArrowError| {
            Error::internal("cannot choose rows of the log").with_source(source)
        };
        let chosen =
            take_record_batch(&self.batch, &UInt32Array::from(rows.to_vec())).map_err(failed)?;
        let scores = scores(by, &chosen)?;
        let mut columns = kept(spec, &chosen, by, role)?;
        let n_rows = chosen.num_rows();
        let word = |text: &str| -> ArrayRef {
            let words = std::iter::repeat_n(text, n_rows);
            Arc::new(StringArray::from_iter_values(words))
        };
        columns.push(("model_version".to_owned(), word(&by.version)));
        columns.push(("role".to_owned(), word(role.as_str())));
        // Where classes have other names than 1 and 0, the score says it against the threshold.
        if let Some(decided) = spec.column_of_role(ColumnRole::Prediction)
            && spec.positive_label == "1"
        {
            let threshold = by.encoding.threshold.unwrap_or(spec.decision_threshold);
            let says = |score: &f64| i64::from(*score >= threshold);
            let decisions = Int64Array::from_iter_values(scores.iter().map(says));
            columns.push((decided.name.clone(), Arc::new(decisions)));
        }
        columns.push((score.name.clone(), Arc::new(Float64Array::from(scores))));
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, array)| Field::new(name, array.data_type().clone(), true))
            .collect();
        let arrays = columns.into_iter().map(|(_, array)| array).collect();
        stream(&RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(failed)?)
    }
}

/// What the log says whoever answers; later, where the version answers late.
fn kept(
    spec: &ModelSpec,
    batch: &RecordBatch,
    by: &Answering,
    role: PredictionRole,
) -> Result<Vec<(String, ArrayRef)>> {
    let is = |of: ColumnRole, alias: &str, name: &str| {
        let declared = spec.column_of_role(of);
        name == alias || declared.is_some_and(|column| column.name == name)
    };
    let is_late = role == PredictionRole::Live && by.late_ms > 0.0;
    let mut columns = Vec::new();
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let name = field.name().as_str();
        if ["model_version", "role"].contains(&name)
            || is(ColumnRole::Score, "score", name)
            || is(ColumnRole::Prediction, "prediction", name)
        {
            continue;
        }
        let array: ArrayRef = if is_late && is(ColumnRole::Latency, "latency_ms", name) {
            let logged = floats(array, 0)?;
            Arc::new(logged.unary::<_, Float64Type>(|ms| ms + by.late_ms))
        } else {
            Arc::clone(array)
        };
        columns.push((name.to_owned(), array));
    }
    Ok(columns)
}

fn scores(by: &Answering, batch: &RecordBatch) -> Result<Vec<f64>> {
    let rows = encoded(&by.encoding, batch)?;
    by.model.score(&rows)?.single().ok_or_else(|| {
        Error::invalid(format!(
            "{} gives no single score: it cannot serve here",
            by.version
        ))
    })
}

/// Rows as the model takes them.
fn encoded(encoding: &EncodingSpec, batch: &RecordBatch) -> Result<RowBatch> {
    let mut numbers: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut words: BTreeMap<String, Categories> = BTreeMap::new();
    for name in encoding.columns() {
        let Some(array) = batch.column_by_name(&name) else {
            continue;
        };
        if array.data_type().is_numeric() {
            let mut values = Vec::with_capacity(array.len());
            append_with_nan(&floats(array, 0)?, &mut values);
            numbers.insert(name, values);
        } else {
            words.insert(name, categories(array)?);
        }
    }
    let dictionaries: BTreeMap<&str, Vec<&str>> = words
        .iter()
        .map(|(name, found)| {
            let words = found.words.iter().map(String::as_str);
            (name.as_str(), words.collect())
        })
        .collect();
    Encoder::new(encoding)?.encode(batch.num_rows(), |name| match numbers.get(name) {
        Some(values) => Some(InputColumn::Numbers(values)),
        None => Some(InputColumn::Codes {
            codes: &words.get(name)?.codes,
            dictionary: dictionaries.get(name)?,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::columnar::read_arrow;
    use arrow::datatypes::Int64Type;
    use serde_json::json;
    use trimtab_domain::ports::scoring::{
        Explainer, ModelDescription, ModelForm, ModelOutput, Scores, ShapMethod,
    };

    /// Its score is its first value.
    #[derive(Debug)]
    struct First(ModelDescription);

    impl ScoringModel for First {
        fn description(&self) -> &ModelDescription {
            &self.0
        }

        fn score(&self, rows: &RowBatch) -> Result<Scores> {
            Ok(Scores {
                n_columns: 1,
                values: rows.rows().map(|row| f64::from(row[0])).collect(),
            })
        }

        fn explainer(&self, _: &RowBatch, _: ShapMethod) -> Result<Box<dyn Explainer>> {
            Err(Error::invalid("it explains nothing"))
        }
    }

    fn version(late_ms: f64) -> Answering {
        let encoding = json!({
            "numeric": ["x"],
            "one_hot": [{"column": "country", "categories": ["FR", "DE"]}],
            "threshold": 0.4,
        });
        let description = ModelDescription {
            form: ModelForm::Trees,
            n_features: None,
            output: ModelOutput::Values { n_targets: 1 },
            used_features: None,
        };
        Answering {
            version: "v3".to_owned(),
            encoding: serde_json::from_value(encoding).unwrap(),
            model: Arc::new(First(description)),
            late_ms,
        }
    }

    fn rows() -> ReplayRows {
        let numbers =
            |values: [f64; 3]| -> ArrayRef { Arc::new(Float64Array::from_iter_values(values)) };
        let words =
            |values: [&str; 3]| -> ArrayRef { Arc::new(StringArray::from_iter_values(values)) };
        let columns = [
            ("prediction_id", words(["a", "b", "c"])),
            ("x", numbers([0.25, 0.5, 0.75])),
            ("country", words(["FR", "IT", "DE"])),
            ("p", numbers([0.9, 0.9, 0.9])),
            ("latency_ms", numbers([10.0, 20.0, 30.0])),
            ("model_version", words(["v1", "v1", "v1"])),
        ];
        ReplayRows::new(RecordBatch::try_from_iter(columns).unwrap())
    }

    fn spec() -> ModelSpec {
        serde_json::from_value(json!({
            "name": "m", "task": "binary_classification",
            "columns": [
                {"name": "x", "data_type": "float"},
                {"name": "country", "data_type": "string"},
                {"name": "p", "data_type": "float", "role": "score"},
                {"name": "d", "data_type": "integer", "role": "prediction"},
                {"name": "latency_ms", "data_type": "float", "role": "latency"},
            ],
        }))
        .unwrap()
    }

    fn answered(late_ms: f64, role: PredictionRole) -> RecordBatch {
        let body = rows()
            .answered(&spec(), &version(late_ms), &[0, 2], role)
            .unwrap();
        read_arrow(&body).unwrap()
    }

    #[test]
    fn a_version_of_today_answers_the_rows_it_is_asked() {
        assert_eq!(rows().ids().unwrap(), ["a", "b", "c"]);
        let batch = answered(0.0, PredictionRole::Live);
        let texts = |name: &str| -> Vec<String> {
            let found = batch[name].as_string::<i32>().iter();
            found.flatten().map(str::to_owned).collect()
        };
        assert_eq!(texts("prediction_id"), ["a", "c"]);
        assert_eq!(texts("model_version"), ["v3", "v3"]);
        assert_eq!(texts("role"), ["live", "live"]);
        let scores = batch["p"].as_primitive::<Float64Type>();
        assert_eq!(scores.values().to_vec(), [0.25, 0.75]);
        let decisions = batch["d"].as_primitive::<Int64Type>();
        assert_eq!(decisions.values().to_vec(), [0, 1]);
    }

    #[test]
    fn who_answers_late_is_late_for_people_only() {
        let latency = |role| {
            let batch = answered(150.0, role);
            let found = batch["latency_ms"].as_primitive::<Float64Type>();
            found.values().to_vec()
        };
        assert_eq!(latency(PredictionRole::Live), [160.0, 180.0]);
        assert_eq!(latency(PredictionRole::Shadow), [10.0, 30.0]);
    }
}
