//! Rows for a model, built from input columns by an [encoding document](EncodingSpec).

use crate::documents::EncodingSpec;
use crate::error::{Error, Result};
use crate::ports::scoring::RowBatch;
use std::collections::BTreeMap;

/// One column of input, as whoever reads files hands it over.
#[derive(Debug, Clone, Copy)]
pub enum InputColumn<'a> {
    /// Numbers; missing = NaN.
    Numbers(&'a [f64]),
    /// Words; missing = `None`.
    Words(&'a [Option<&'a str>]),
    /// Words by number: `dictionary[code]`; a code outside the dictionary is missing.
    Codes {
        /// One per row.
        codes: &'a [u32],
        /// The words.
        dictionary: &'a [&'a str],
    },
}

impl InputColumn<'_> {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Words(words) => words.len(),
            Self::Codes { codes, .. } => codes.len(),
        }
    }
}

/// Builds rows. Made once per document; categories are looked up, never searched for.
#[derive(Debug, Clone)]
pub struct Encoder {
    width: usize,
    numeric: Vec<Column>,
    one_hot: Vec<Block>,
}

/// A column and the field of the document that names it, for messages.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    field: String,
}

#[derive(Debug, Clone)]
struct Block {
    column: Column,
    begin: usize,
    by_word: BTreeMap<String, usize>,
    /// Categories that are numbers, for columns that come as numbers: `(value, position)`.
    by_number: Option<Vec<(f64, usize)>>,
}

impl Encoder {
    /// Prepares the document.
    ///
    /// # Errors
    ///
    /// `Invalid` if the document is; see [`EncodingSpec::validate`].
    pub fn new(spec: &EncodingSpec) -> Result<Self> {
        spec.validate()?;
        let mut columns = spec.fields().map(|(field, name)| Column {
            name: name.to_owned(),
            field,
        });
        let numeric: Vec<Column> = columns.by_ref().take(spec.numeric.len()).collect();
        let mut begin = numeric.len();
        let mut one_hot = Vec::with_capacity(spec.one_hot.len());
        for (column, block) in columns.zip(&spec.one_hot) {
            let categories = block.categories.iter().enumerate();
            let numbers = categories
                .clone()
                .map(|(i, category)| Some((category.parse().ok()?, i)));
            one_hot.push(Block {
                column,
                begin,
                by_word: categories
                    .map(|(i, category)| (category.clone(), i))
                    .collect(),
                by_number: numbers.collect(),
            });
            begin += block.categories.len();
        }
        Ok(Self {
            width: begin,
            numeric,
            one_hot,
        })
    }

    /// Length of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The columns that [`encode`](Self::encode) asks for, in the order of the row.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let blocks = self.one_hot.iter().map(|block| block.column.name.as_str());
        self.numeric
            .iter()
            .map(|column| column.name.as_str())
            .chain(blocks)
    }

    /// Builds rows from columns: `find` gives each column by name.
    ///
    /// Numbers beyond the range of `f32` become infinite.
    ///
    /// # Errors
    ///
    /// `Invalid` if a column is not there, has another number of rows than `n_rows`, or words
    /// where the document wants numbers: the message names column and field of the document.
    pub fn encode<'a>(
        &self,
        n_rows: usize,
        mut find: impl FnMut(&str) -> Option<InputColumn<'a>>,
    ) -> Result<RowBatch> {
        let mut values = vec![0.0_f32; n_rows * self.width];
        for (position, column) in self.numeric.iter().enumerate() {
            let InputColumn::Numbers(numbers) = column.input(n_rows, &mut find)? else {
                return Err(Error::invalid(format!(
                    "column `{}` holds words, but `{}` of the encoding document wants numbers",
                    column.name, column.field
                ))
                .with_hint("move it to `one_hot`, or convert the column"));
            };
            let targets = values.iter_mut().skip(position).step_by(self.width);
            for (target, &number) in targets.zip(numbers) {
                *target = to_f32(number);
            }
        }
        for block in &self.one_hot {
            match block.column.input(n_rows, &mut find)? {
                InputColumn::Words(words) => {
                    let found = words
                        .iter()
                        .map(|word| block.by_word.get((*word)?).copied());
                    block.set(&mut values, self.width, found);
                }
                InputColumn::Codes { codes, dictionary } => {
                    let of_code: Vec<_> = dictionary
                        .iter()
                        .map(|&word| block.by_word.get(word).copied())
                        .collect();
                    let found = codes
                        .iter()
                        .map(|&c| of_code.get(c as usize).copied().flatten());
                    block.set(&mut values, self.width, found);
                }
                InputColumn::Numbers(numbers) => {
                    let categories = block.by_number.as_ref().ok_or_else(|| {
                        let Column { name, field } = &block.column;
                        Error::invalid(format!(
                            "column `{name}` holds numbers, but `{field}` of the encoding \
                             document has categories that are words"
                        ))
                    })?;
                    let found = numbers
                        .iter()
                        .map(|&number| same_number(categories, number));
                    block.set(&mut values, self.width, found);
                }
            }
        }
        RowBatch::new(self.width, values)
    }
}

impl Column {
    fn input<'a>(
        &self,
        n_rows: usize,
        find: &mut impl FnMut(&str) -> Option<InputColumn<'a>>,
    ) -> Result<InputColumn<'a>> {
        let Self { name, field } = self;
        let input = find(name).ok_or_else(|| {
            Error::invalid(format!(
                "the data have no column `{name}`, which `{field}` of the encoding document names"
            ))
        })?;
        if input.n_rows() != n_rows {
            return Err(Error::invalid(format!(
                "column `{name}` has {} rows, but the batch has {n_rows}",
                input.n_rows()
            )));
        }
        Ok(input)
    }
}

impl Block {
    /// Puts a 1 at each row's category.
    fn set(
        &self,
        values: &mut [f32],
        width: usize,
        positions: impl Iterator<Item = Option<usize>>,
    ) {
        for (row, position) in values.chunks_exact_mut(width).zip(positions) {
            if let Some(position) = position {
                row[self.begin + position] = 1.0;
            }
        }
    }
}

/// Where the category that is this number stands.
#[expect(clippy::float_cmp, reason = "a category is its number exactly")]
fn same_number(categories: &[(f64, usize)], number: f64) -> Option<usize> {
    let same = categories.iter().find(|&&(category, _)| category == number);
    same.map(|&(_, position)| position)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a model's row is f32: rounding to it is the encoding"
)]
fn to_f32(number: f64) -> f32 {
    number as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoder() -> Encoder {
        let document = r#"{"numeric": ["temp"], "one_hot": [
            {"column": "dow", "categories": ["Fri", "Mon"]},
            {"column": "floor", "categories": ["1", "2"]}]}"#;
        Encoder::new(&EncodingSpec::from_json(document.as_bytes()).unwrap()).unwrap()
    }

    const TEMP: InputColumn<'_> = InputColumn::Numbers(&[1.5, f64::NAN, 1e300]);
    const DOW: InputColumn<'_> = InputColumn::Words(&[Some("Mon"), None, Some("Tue")]);
    const FLOOR: InputColumn<'_> = InputColumn::Numbers(&[2.0, f64::NAN, 7.0]);

    #[test]
    fn missing_and_unseen_categories_are_all_zeros() {
        let find = |name: &str| {
            Some(match name {
                "temp" => TEMP,
                "dow" => DOW,
                _ => FLOOR,
            })
        };
        let rows = encoder().encode(3, find).unwrap();
        let rows: Vec<&[f32]> = rows.rows().collect();
        assert_eq!(rows[0], [1.5, 0.0, 1.0, 0.0, 1.0]);
        assert!(rows[1][0].is_nan());
        assert_eq!(rows[1][1..], [0.0; 4]);
        assert_eq!(rows[2], [f32::INFINITY, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn words_by_number_encode_as_words() {
        let codes = InputColumn::Codes {
            codes: &[1, u32::MAX, 0],
            dictionary: &["Fri", "Mon"],
        };
        let find = |name: &str| {
            Some(match name {
                "temp" => TEMP,
                "dow" => codes,
                _ => FLOOR,
            })
        };
        let rows = encoder().encode(3, find).unwrap();
        let block: Vec<&[f32]> = rows.rows().map(|row| &row[1..3]).collect();
        assert_eq!(block, [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]);
    }

    #[test]
    fn errors_name_the_column_and_the_field() {
        let check = |dow: Option<InputColumn<'static>>, expected: &str| {
            let find = |name: &str| match name {
                "temp" => Some(TEMP),
                "dow" => dow,
                _ => Some(FLOOR),
            };
            let message = encoder().encode(3, find).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        };
        check(
            None,
            "no column `dow`, which `one_hot[0].column` of the encoding",
        );
        check(
            Some(FLOOR),
            "column `dow` holds numbers, but `one_hot[0].column`",
        );
        check(
            Some(InputColumn::Words(&[None])),
            "`dow` has 1 rows, but the batch has 3",
        );

        let find = |_: &str| Some(DOW);
        let message = encoder().encode(3, find).unwrap_err().to_string();
        assert!(
            message.contains("column `temp` holds words, but `numeric[0]`"),
            "{message}"
        );
    }
}
