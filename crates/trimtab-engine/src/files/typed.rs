//! Arrays as plain values.

use crate::fold::columns::numbers;
use arrow::array::{Array, ArrayRef, Float64Array};
use trimtab_domain::{Error, Result};

/// A column of words, in row order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Categories {
    /// Every word, in order of first appearance.
    pub(crate) words: Vec<String>,
    /// The word of every row; [`super::MISSING`] where there is none.
    pub(crate) codes: Vec<u32>,
}

/// An array as numbers; text is parsed, `true` is 1.
///
/// `n_before`: rows of the column before this array, for messages.
///
/// # Errors
///
/// `Invalid`, naming the row, if a value is no number.
pub(crate) fn floats(array: &ArrayRef, n_before: usize) -> Result<Float64Array> {
    let floats = numbers(array)
        .ok_or_else(|| Error::invalid(format!("{} is not a number type", array.data_type())))?;
    if floats.null_count() > array.logical_null_count() {
        let row = (0..array.len()).find(|row| floats.is_null(*row) && array.is_valid(*row));
        return Err(Error::invalid(format!(
            "the value in row {} is not a number",
            n_before + row.unwrap_or_default() + 1
        )));
    }
    Ok(floats)
}

/// Appends values in row order, NaN for missing ones.
pub(crate) fn append_with_nan(floats: &Float64Array, values: &mut Vec<f64>) {
    let start = values.len();
    values.extend_from_slice(floats.values());
    if let Some(nulls) = floats.nulls().filter(|nulls| nulls.null_count() > 0) {
        for (value, is_valid) in values[start..].iter_mut().zip(nulls) {
            if !is_valid {
                *value = f64::NAN;
            }
        }
    }
}

/// The finite values of an array: itself where nothing else is in it, else gathered in
/// `scratch`.
pub(crate) fn finite<'a>(floats: &'a Float64Array, scratch: &'a mut Vec<f64>) -> &'a [f64] {
    let values = floats.values();
    let nulls = floats.nulls().filter(|nulls| nulls.null_count() > 0);
    // Zero times anything that is not finite is not a number.
    let is_finite = |values: &[f64]| values.iter().map(|value| value * 0.0).sum::<f64>() == 0.0;
    let Some(nulls) = nulls else {
        if is_finite(values) {
            return values;
        }
        scratch.clear();
        scratch.extend(values.iter().filter(|value| value.is_finite()));
        return scratch;
    };
    scratch.clear();
    for (start, end) in nulls.valid_slices() {
        scratch.extend_from_slice(&values[start..end]);
    }
    if !is_finite(scratch) {
        scratch.retain(|value| value.is_finite());
    }
    scratch
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{BooleanArray, StringArray};
    use std::sync::Arc;

    #[test]
    fn missing_values_are_not_numbers_and_text_is_parsed() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("1.5"), None, Some("-2")]));
        let mut values = Vec::new();
        append_with_nan(&floats(&texts, 0).unwrap(), &mut values);
        assert_eq!((values[0], values[2]), (1.5, -2.0));
        assert!(values[1].is_nan());
        let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true, false]));
        assert_eq!(floats(&flags, 0).unwrap().values().as_ref(), [1.0, 0.0]);
    }

    #[test]
    fn a_text_that_is_no_number_is_named_by_its_row() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("1"), Some("x")]));
        let error = floats(&texts, 100).unwrap_err();
        assert!(error.to_string().contains("row 102"), "{error}");
    }

    #[test]
    fn finite_values_are_gathered_only_where_others_are_among_them() {
        let mut scratch = Vec::new();
        let clean = Float64Array::from(vec![1.0, 2.0]);
        assert_eq!(finite(&clean, &mut scratch), [1.0, 2.0]);
        assert!(scratch.is_empty());
        let mixed = Float64Array::from(vec![Some(1.0), None, Some(f64::NAN), Some(f64::INFINITY)]);
        assert_eq!(finite(&mixed, &mut scratch), [1.0]);
        let infinite = Float64Array::from(vec![f64::NEG_INFINITY, 3.0]);
        assert_eq!(finite(&infinite, &mut scratch), [3.0]);
    }
}
