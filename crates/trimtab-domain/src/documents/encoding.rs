//! The encoding document: how input columns become a model's row.
//!
//! It lies beside a model file, as JSON. Fields that only describe the model are kept out of the
//! way: any may stand there.

use crate::error::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How input columns become a model's row: the numeric columns first (missing = NaN), then one
/// block per categorical column with a 1 at its category. A missing or unseen category leaves
/// its block all zeros.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EncodingSpec {
    /// Columns that enter as they are, in the order of the row.
    #[serde(default)]
    pub numeric: Vec<String>,
    /// Columns that enter as blocks, behind the numeric ones.
    #[serde(default)]
    pub one_hot: Vec<OneHotSpec>,
    /// Length of the row; where given it must be the sum of the above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// Names of the row's values; where given they must be the ones that follow from the above
    /// (`column` or `column=category`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column_order: Option<Vec<String>>,
    /// Type of the row's values; only `float32`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<String>,
    /// From which score on the model says yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

/// One categorical column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneHotSpec {
    /// Its name.
    pub column: String,
    /// Its categories, one value of the row each.
    pub categories: Vec<String>,
}

impl EncodingSpec {
    /// Reads the document.
    ///
    /// # Errors
    ///
    /// `Invalid`, naming the field and the fix.
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let spec: Self = serde_json::from_slice(text).map_err(|err| {
            Error::invalid(format!("cannot read the encoding document: {err}")).with_hint(
                "it holds `numeric`: [column, …] and `one_hot`: [{column, categories}, …]",
            )
        })?;
        spec.validate()?;
        Ok(spec)
    }

    /// Checks the document.
    ///
    /// # Errors
    ///
    /// `Invalid`, naming the field and the fix.
    pub fn validate(&self) -> Result<()> {
        if self.row_width() == 0 {
            return Err(Error::invalid(
                "the encoding document names no columns: `numeric` and `one_hot` are empty",
            ));
        }
        self.check_names()?;
        if let Some(width) = self.width
            && width != self.row_width()
        {
            return Err(Error::invalid(format!(
                "`width` is {width}, but `numeric` and `one_hot` make {} values",
                self.row_width()
            )));
        }
        if let Some(dtype) = &self.dtype
            && dtype != "float32"
        {
            return Err(Error::invalid(format!(
                "`dtype` is `{dtype}`, but rows are `float32`"
            )));
        }
        if let Some(order) = &self.column_order {
            self.check_order(order)?;
        }
        Ok(())
    }

    fn check_names(&self) -> Result<()> {
        let mut seen = std::collections::BTreeSet::new();
        for (field, column) in self.fields() {
            if column.is_empty() {
                return Err(Error::invalid(format!("`{field}` has an empty name")));
            }
            if !seen.insert(column) {
                return Err(Error::invalid(format!(
                    "`{field}` names column `{column}` again"
                )));
            }
        }
        for (block, one_hot) in self.one_hot.iter().enumerate() {
            let mut seen = std::collections::BTreeSet::new();
            if one_hot.categories.is_empty() {
                return Err(Error::invalid(format!(
                    "`one_hot[{block}].categories` is empty (column `{}`)",
                    one_hot.column
                )));
            }
            for (position, category) in one_hot.categories.iter().enumerate() {
                if !seen.insert(category) {
                    return Err(Error::invalid(format!(
                        "`one_hot[{block}].categories[{position}]` is `{category}` again (column `{}`)",
                        one_hot.column
                    )));
                }
            }
        }
        Ok(())
    }

    fn check_order(&self, order: &[String]) -> Result<()> {
        let names = self.value_names();
        if order.len() != names.len() {
            return Err(Error::invalid(format!(
                "`column_order` has {} names, but the row has {} values",
                order.len(),
                names.len()
            )));
        }
        match order
            .iter()
            .zip(&names)
            .position(|(given, own)| given != own)
        {
            Some(position) => Err(Error::invalid(format!(
                "`column_order[{position}]` is `{}`, but that value of the row is `{}`",
                order[position], names[position]
            ))),
            None => Ok(()),
        }
    }

    /// Length of the row.
    pub fn row_width(&self) -> usize {
        let blocks = self.one_hot.iter().map(|one_hot| one_hot.categories.len());
        self.numeric.len() + blocks.sum::<usize>()
    }

    /// The input columns, in the order of the row.
    pub fn columns(&self) -> Vec<String> {
        self.fields().map(|(_, column)| column.to_owned()).collect()
    }

    /// Per value of the row, the position of its input column in [`columns`](Self::columns):
    /// what attributions are summed back by.
    pub fn column_of_value(&self) -> Vec<usize> {
        let n_numeric = self.numeric.len();
        let blocks = self.one_hot.iter().enumerate();
        (0..n_numeric)
            .chain(blocks.flat_map(|(block, one_hot)| {
                std::iter::repeat_n(n_numeric + block, one_hot.categories.len())
            }))
            .collect()
    }

    /// The names of the row's values: `column` or `column=category`.
    pub fn value_names(&self) -> Vec<String> {
        let blocks = self.one_hot.iter().flat_map(|one_hot| {
            let categories = one_hot.categories.iter();
            categories.map(|category| format!("{}={category}", one_hot.column))
        });
        self.numeric.iter().cloned().chain(blocks).collect()
    }

    /// Each column with the field of the document that names it.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (String, &str)> {
        let numeric = self.numeric.iter().enumerate();
        let one_hot = self.one_hot.iter().enumerate();
        numeric
            .map(|(i, column)| (format!("numeric[{i}]"), column.as_str()))
            .chain(
                one_hot
                    .map(|(i, one_hot)| (format!("one_hot[{i}].column"), one_hot.column.as_str())),
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn document() -> Value {
        json!({
            "model": "m.onnx", "trained_on_months": ["2013-01"], "threshold": 0.4,
            "dtype": "float32", "width": 3, "numeric": ["temp"],
            "one_hot": [{"column": "dow", "categories": ["Fri", "Mon"]}],
            "column_order": ["temp", "dow=Fri", "dow=Mon"],
        })
    }

    fn read(document: &Value) -> std::result::Result<EncodingSpec, String> {
        EncodingSpec::from_json(document.to_string().as_bytes()).map_err(|err| err.to_string())
    }

    #[test]
    fn says_which_column_each_value_comes_from() {
        let spec = read(&document()).unwrap();
        assert_eq!(spec.columns(), ["temp", "dow"]);
        assert_eq!(spec.column_of_value(), [0, 1, 1]);
        assert_eq!(spec.value_names(), ["temp", "dow=Fri", "dow=Mon"]);
    }

    #[test]
    fn refuses_what_does_not_fit_and_names_the_field() {
        let cases = [
            (
                "width",
                json!(4),
                "`width` is 4, but `numeric` and `one_hot` make 3 values",
            ),
            ("dtype", json!("float64"), "`dtype` is `float64`"),
            (
                "numeric",
                json!(["temp", "temp"]),
                "`numeric[1]` names column `temp` again",
            ),
            (
                "numeric",
                json!(["dow"]),
                "`one_hot[0].column` names column `dow` again",
            ),
            ("numeric", json!([""]), "`numeric[0]` has an empty name"),
            (
                "column_order",
                json!(["temp", "dow=Mon", "dow=Fri"]),
                "`column_order[1]` is `dow=Mon`, but that value of the row is `dow=Fri`",
            ),
            (
                "column_order",
                json!(["temp"]),
                "`column_order` has 1 names",
            ),
            (
                "one_hot",
                json!([{"column": "dow", "categories": ["Fri", "Fri"]}]),
                "`one_hot[0].categories[1]` is `Fri` again (column `dow`)",
            ),
            (
                "one_hot",
                json!([{"column": "dow", "categories": []}]),
                "`one_hot[0].categories` is empty",
            ),
            ("one_hot", json!([{"colunm": "dow"}]), "colunm"),
        ];
        for (field, value, expected) in cases {
            let mut document = document();
            document[field] = value;
            let message = read(&document).unwrap_err();
            assert!(
                message.contains(expected),
                "`{expected}` is not in: {message}"
            );
        }
        assert!(
            read(&json!({"model": "m"}))
                .unwrap_err()
                .contains("names no columns")
        );
    }
}
