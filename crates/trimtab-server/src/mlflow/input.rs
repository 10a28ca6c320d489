//! Requests as protobuf's JSON: a body or a query string, fields in snake or camel case, numbers
//! as numbers or as text, unknown fields ignored.

use crate::extract;
use crate::mlflow::error::{Code, MlflowError};
use crate::state::Server;
use axum::extract::{FromRequest, Request};
use axum::http::{Method, header};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tokio::sync::OwnedSemaphorePermit;

type Result<T> = std::result::Result<T, MlflowError>;

/// The largest body: a data set's schema and profile, both at their limits, fit into it escaped.
const BODY_BYTES_MAX: u64 = 40 << 20;
/// What a body takes in memory once it is read, at most and about: two bytes of `[]` become a
/// value of 32. What most requests take is far less.
const MEMORY_FACTOR: u64 = 16;

/// The parameters of one request.
#[derive(Debug, Default)]
pub(crate) struct Input {
    fields: Map<String, Value>,
    /// Gives the memory back once the request has been dealt with.
    _memory: Option<OwnedSemaphorePermit>,
}

impl Input {
    /// How to ask for them.
    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields(&self.fields)
    }
}

impl FromRequest<Server> for Input {
    type Rejection = MlflowError;

    async fn from_request(request: Request, server: &Server) -> Result<Self> {
        if *request.method() == Method::GET || *request.method() == Method::HEAD {
            return from_query(request.uri().query().unwrap_or_default()).map(Self::from);
        }
        let has_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| {
                let media_type = value.split(';').next().unwrap_or_default().trim();
                media_type.eq_ignore_ascii_case("application/json")
            });
        let has_query = request.uri().query().is_some();
        let query = request.uri().query().unwrap_or_default().to_owned();
        let body = extract::body_for_tree(request, server, BODY_BYTES_MAX, MEMORY_FACTOR).await?;
        if body.bytes.is_empty() {
            // Old clients delete with a query string.
            return if has_query {
                from_query(&query).map(Self::from)
            } else {
                Ok(Self::default())
            };
        }
        if !has_json {
            return Err(MlflowError::new(
                Code::BadRequest,
                "Bad Request. Content-Type must be application/json.",
            ));
        }
        Ok(Self {
            fields: from_body(&body.bytes)?,
            _memory: Some(body.memory),
        })
    }
}

impl From<Map<String, Value>> for Input {
    fn from(fields: Map<String, Value>) -> Self {
        Self {
            fields,
            _memory: None,
        }
    }
}

fn from_body(body: &[u8]) -> Result<Map<String, Value>> {
    let unreadable = |error: serde_json::Error| {
        MlflowError::new(
            Code::BadRequest,
            format!(
                "the body is not JSON: {error} (write NaN and infinities as \"NaN\", \
                 \"Infinity\", \"-Infinity\")"
            ),
        )
    };
    let value = match serde_json::from_slice(body).map_err(unreadable)? {
        // Old clients encode twice.
        Value::String(text) => serde_json::from_str(&text).map_err(unreadable)?,
        value => value,
    };
    match value {
        Value::Object(fields) => Ok(fields),
        Value::Null => Ok(Map::new()),
        _ => Err(MlflowError::new(
            Code::BadRequest,
            "the body must be a JSON object",
        )),
    }
}

/// A parameter that is given once is text, one that is given several times is a list of texts.
fn from_query(query: &str) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = Value::String(decoded(value)?);
        match fields.get_mut(&decoded(name)?) {
            None => {
                fields.insert(decoded(name)?, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Ok(fields)
}

/// One component of a query string or path.
///
/// # Errors
///
/// If it is not UTF-8 once decoded.
pub(crate) fn decoded(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => match after.split_first_chunk().and_then(hex) {
                Some(decoded) => {
                    bytes.push(decoded);
                    rest = &after[2..];
                }
                None => bytes.push(b'%'),
            },
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes)
        .map_err(|_| MlflowError::new(Code::BadRequest, "the query string is not UTF-8"))
}

fn hex((digits, _): (&[u8; 2], &[u8])) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    if digits.iter().all(u8::is_ascii_hexdigit) {
        u8::from_str_radix(text, 16).ok()
    } else {
        None
    }
}

/// The fields of a message, to be asked for by their snake-case names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// A field, unless it is absent or null.
    ///
    /// # Errors
    ///
    /// If it is given in both spellings.
    pub(crate) fn get(self, name: &str) -> Result<Option<&'a Value>> {
        let plain = self.0.get(name).filter(|value| !value.is_null());
        if !name.contains('_') {
            return Ok(plain);
        }
        let camel = self
            .0
            .get(&camel_case(name))
            .filter(|value| !value.is_null());
        match (plain, camel) {
            (Some(_), Some(_)) => Err(MlflowError::invalid(format!(
                "parameter '{name}' was given twice, in snake case and in camel case"
            ))),
            (plain, camel) => Ok(plain.or(camel)),
        }
    }

    /// A text. A query parameter that is given several times counts once.
    pub(crate) fn text(self, name: &str) -> Result<Option<&'a str>> {
        match self.get(name)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Array(values)) => match values.last() {
                Some(Value::String(text)) => Ok(Some(text)),
                _ => Err(MlflowError::invalid_value(
                    name,
                    &Value::Array(values.clone()),
                )),
            },
            Some(other) => Err(MlflowError::invalid_value(name, other)),
        }
    }

    /// A text that must be there and not be empty.
    pub(crate) fn required_text(self, name: &str) -> Result<&'a str> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| MlflowError::missing(name))
    }

    /// The run's identifier, which old clients call `run_uuid`; new ones send both.
    pub(crate) fn run_id(self) -> Result<&'a str> {
        match self.text("run_id")?.filter(|text| !text.is_empty()) {
            Some(id) => Ok(id),
            None => self
                .text("run_uuid")?
                .filter(|text| !text.is_empty())
                .ok_or_else(|| MlflowError::missing("run_id")),
        }
    }

    /// A whole number, as number or text.
    pub(crate) fn integer(self, name: &str) -> Result<Option<i64>> {
        let Some(value) = self.get(name)? else {
            return Ok(None);
        };
        let read = match value {
            Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) => text.trim().parse().ok(),
            Value::Array(values) => values
                .last()
                .and_then(Value::as_str)
                .and_then(|text| text.trim().parse().ok()),
            _ => None,
        };
        read.map(Some)
            .ok_or_else(|| MlflowError::invalid_value(name, value))
    }

    /// A number, as number or text, `NaN` and the infinities as text.
    pub(crate) fn double(self, name: &str) -> Result<Option<f64>> {
        let Some(value) = self.get(name)? else {
            return Ok(None);
        };
        let read = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => match text.as_str() {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                text => text.parse().ok().filter(|number: &f64| number.is_finite()),
            },
            _ => None,
        };
        read.map(Some)
            .ok_or_else(|| MlflowError::invalid_value(name, value))
    }

    /// A truth value, as such or as text.
    pub(crate) fn boolean(self, name: &str) -> Result<Option<bool>> {
        match self.get(name)? {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(other) => Err(MlflowError::invalid_value(name, other)),
        }
    }

    /// A repeated text.
    pub(crate) fn texts(self, name: &str) -> Result<Vec<&'a str>> {
        let value = match self.get(name)? {
            None => return Ok(Vec::new()),
            Some(Value::String(text)) => return Ok(vec![text]),
            Some(value) => value,
        };
        let read = value
            .as_array()
            .and_then(|values| values.iter().map(Value::as_str).collect());
        read.ok_or_else(|| MlflowError::invalid_value(name, value))
    }

    /// A message inside.
    pub(crate) fn message(self, name: &str) -> Result<Option<Fields<'a>>> {
        match self.get(name)? {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Fields(fields))),
            Some(other) => Err(MlflowError::invalid_value(name, other)),
        }
    }

    /// Repeated messages inside.
    pub(crate) fn messages(self, name: &str) -> Result<Vec<Fields<'a>>> {
        let Some(value) = self.get(name)? else {
            return Ok(Vec::new());
        };
        let read = value.as_array().and_then(|values| {
            values
                .iter()
                .map(|value| value.as_object().map(Fields))
                .collect()
        });
        read.ok_or_else(|| MlflowError::invalid_value(name, value))
    }

    /// Repeated `{key, value}` messages, in the order sent.
    pub(crate) fn pairs(self, name: &str) -> Result<Vec<(String, String)>> {
        self.messages(name)?
            .into_iter()
            .map(|pair| {
                let key = pair
                    .text("key")?
                    .ok_or_else(|| MlflowError::missing("key"))?;
                let value = pair.text("value")?.unwrap_or_default();
                Ok((key.to_owned(), value.to_owned()))
            })
            .collect()
    }

    /// Repeated `{key, value}` messages of which the last of a key counts.
    pub(crate) fn tags(self, name: &str) -> Result<BTreeMap<String, String>> {
        Ok(self.pairs(name)?.into_iter().collect())
    }

    /// How many to answer: `default` where absent.
    ///
    /// # Errors
    ///
    /// If it is not between 1 and `max`.
    pub(crate) fn max_results(self, default: u32, max: u32) -> Result<u32> {
        let Some(asked) = self.integer("max_results")? else {
            return Ok(default);
        };
        u32::try_from(asked)
            .ok()
            .filter(|asked| (1..=max).contains(asked))
            .ok_or_else(|| {
                MlflowError::invalid(format!(
                    "Invalid value {asked} for parameter 'max_results' supplied. It must be at \
                     least 1 and at most {max}."
                ))
            })
    }
}

fn whole(number: f64) -> Option<i64> {
    // Beyond 2^53 a double is no longer the number that was meant.
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
    (number.fract() == 0.0 && number.abs() <= LARGEST).then_some(number as i64)
}

fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut is_upper = false;
    for letter in name.chars() {
        if letter == '_' {
            is_upper = true;
        } else if is_upper {
            camel.push(letter.to_ascii_uppercase());
            is_upper = false;
        } else {
            camel.push(letter);
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(body: &str) -> Input {
        from_body(body.as_bytes()).unwrap().into()
    }

    #[test]
    fn both_spellings_are_read_and_both_at_once_refused() {
        for body in [
            r#"{"run_id": "a"}"#,
            r#"{"runId": "a"}"#,
            r#"{"run_uuid": "a"}"#,
        ] {
            assert_eq!(input(body).fields().run_id().unwrap(), "a");
        }
        let twice = input(r#"{"run_id": "a", "runId": "b"}"#);
        assert!(twice.fields().run_id().is_err());
    }

    #[test]
    fn numbers_come_as_numbers_or_as_text() {
        let given = input(r#"{"a": 5, "b": "5", "c": 5.0, "d": 5.5, "e": "x", "f": "NaN"}"#);
        let fields = given.fields();
        for name in ["a", "b", "c"] {
            assert_eq!(fields.integer(name).unwrap(), Some(5));
            assert_eq!(fields.double(name).unwrap(), Some(5.0));
        }
        for name in ["d", "e", "f"] {
            assert!(fields.integer(name).is_err(), "{name}");
        }
        assert!(fields.double("e").is_err());
        assert!(fields.double("f").unwrap().unwrap().is_nan());
        assert_eq!(fields.integer("absent").unwrap(), None);
    }

    #[test]
    fn half_read_bodies_are_refused() {
        for body in [r#"{"value": NaN}"#, "{", "[]", "3", r#"{"a": Infinity}"#] {
            assert!(from_body(body.as_bytes()).is_err(), "{body}");
        }
        assert!(from_body(br#""{\"a\": 1}""#).unwrap().contains_key("a"));
    }

    #[test]
    fn query_strings_repeat_and_decode() {
        let query = "run_id=a&run_uuid=a&path=a%2Fb+c&k=1&k=2&bad=%zz";
        let given = Input::from(from_query(query).unwrap());
        let fields = given.fields();
        assert_eq!(fields.run_id().unwrap(), "a");
        assert_eq!(fields.text("path").unwrap(), Some("a/b c"));
        assert_eq!(fields.texts("k").unwrap(), ["1", "2"]);
        assert_eq!(fields.texts("run_id").unwrap(), ["a"]);
        assert_eq!(fields.text("bad").unwrap(), Some("%zz"));
        assert!(from_query("a=%ff").is_err());
    }
}
