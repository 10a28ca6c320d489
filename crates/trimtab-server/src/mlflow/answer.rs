//! Answers as protobuf's JSON: names in snake case, what is absent or empty is left out, numbers
//! as numbers, and what JSON has no number for as `"NaN"`, `"Infinity"`, `"-Infinity"`.

use crate::mlflow::error::MlflowResult;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Serialize, Serializer};

/// A 200 with a JSON object. Fields that may be absent or empty say so themselves
/// (`skip_serializing_if`).
pub(crate) fn json(body: &impl Serialize) -> MlflowResult {
    let bytes = serde_json::to_vec(body).map_err(|source| {
        trimtab_domain::Error::internal("cannot write an answer").with_source(source)
    })?;
    Ok((
        StatusCode::OK,
        [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )],
        bytes,
    )
        .into_response())
}

/// A 200 that says nothing more: `{}`.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the last line of a handler, as `json` is"
)]
pub(crate) fn done() -> MlflowResult {
    Ok((
        StatusCode::OK,
        [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )],
        "{}",
    )
        .into_response())
}

/// A double on MLflow's wire.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Double(pub(crate) f64);

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_nan() {
            serializer.serialize_str("NaN")
        } else if self.0.is_infinite() {
            serializer.serialize_str(if self.0 > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            })
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// A key and its value: a tag, a parameter.
#[derive(Debug, Serialize)]
pub(crate) struct Pair<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: &'a str,
}

/// Pairs in the order of their keys.
pub(crate) fn pairs<'a>(
    values: impl IntoIterator<Item = (&'a String, &'a String)>,
) -> Vec<Pair<'a>> {
    values
        .into_iter()
        .map(|(key, value)| Pair { key, value })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_keep_what_json_has_no_number_for() {
        let numbers = [1.0, -0.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(Double);
        assert_eq!(
            serde_json::to_string(&numbers).unwrap(),
            r#"[1.0,-0.5,"NaN","Infinity","-Infinity"]"#
        );
    }
}
