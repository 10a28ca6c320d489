//! Attributes of a node, typed, with errors that name both.

use tract_onnx::pb::{NodeProto, TensorProto, tensor_proto::DataType};
use trimtab_domain::{Error, Result};

/// A node's attributes.
#[derive(Debug, Clone)]
pub(crate) struct Attributes<'a> {
    node: &'a NodeProto,
}

impl<'a> Attributes<'a> {
    pub(crate) fn new(node: &'a NodeProto) -> Self {
        Self { node }
    }

    pub(crate) fn op_type(&self) -> &'a str {
        &self.node.op_type
    }

    /// The one place where this format's errors get their kind.
    pub(crate) fn wrong(&self, message: impl std::fmt::Display) -> Error {
        let NodeProto { name, op_type, .. } = self.node;
        let place = if name.is_empty() {
            format!("the model's `{op_type}`")
        } else {
            format!("the model's `{op_type}` (node `{name}`)")
        };
        Error::invalid(format!("cannot read {place}: {message}"))
    }

    fn find(&self, name: &str) -> Option<&'a tract_onnx::pb::AttributeProto> {
        self.node
            .attribute
            .iter()
            .find(|attribute| attribute.name == name)
    }

    pub(crate) fn ints(&self, name: &str) -> &'a [i64] {
        self.find(name)
            .map_or(&[], |attribute| attribute.ints.as_slice())
    }

    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.find(name).map(|attribute| attribute.i)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.find(name)
            .and_then(|attribute| std::str::from_utf8(&attribute.s).ok())
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&'a str>> {
        let strings = self
            .find(name)
            .map_or(&[][..], |attribute| attribute.strings.as_slice());
        strings
            .iter()
            .map(|bytes| std::str::from_utf8(bytes))
            .collect::<std::result::Result<_, _>>()
            .map_err(|_| self.wrong(format!("`{name}` is not text")))
    }

    /// Numbers that stand in `name` as `f32`, or in `name_as_tensor` as `f64`.
    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        let as_tensor = format!("{name}_as_tensor");
        if let Some(attribute) = self.find(&as_tensor)
            && attribute.t.is_some()
        {
            return self.tensor(&as_tensor);
        }
        let floats = self
            .find(name)
            .map_or(&[][..], |attribute| attribute.floats.as_slice());
        Ok(floats.iter().map(|&value| f64::from(value)).collect())
    }

    /// A tensor of numbers; empty where there is none.
    pub(crate) fn tensor(&self, name: &str) -> Result<Vec<f64>> {
        match self.find(name).and_then(|attribute| attribute.t.as_ref()) {
            None => Ok(Vec::new()),
            Some(tensor) => tensor_numbers(tensor)
                .ok_or_else(|| self.wrong(format!("`{name}` holds no numbers that can be read"))),
        }
    }

    /// The attribute's values, once per node: its length is checked.
    pub(crate) fn ints_of_length(&self, name: &str, length: usize) -> Result<&'a [i64]> {
        let values = self.ints(name);
        if values.len() == length {
            Ok(values)
        } else {
            Err(self.wrong(format!(
                "`{name}` has {} values, needed {length}",
                values.len()
            )))
        }
    }

    /// A position that must not be negative.
    pub(crate) fn position(&self, name: &str, value: i64) -> Result<u32> {
        u32::try_from(value).map_err(|_| self.wrong(format!("`{name}` holds {value}")))
    }
}

fn tensor_numbers(tensor: &TensorProto) -> Option<Vec<f64>> {
    let raw = &tensor.raw_data;
    let data_type = DataType::try_from(tensor.data_type).ok()?;
    match data_type {
        DataType::Float if raw.is_empty() => Some(
            tensor
                .float_data
                .iter()
                .map(|&value| f64::from(value))
                .collect(),
        ),
        DataType::Double if raw.is_empty() => Some(tensor.double_data.clone()),
        DataType::Uint8 if raw.is_empty() => Some(
            tensor
                .int32_data
                .iter()
                .map(|&value| f64::from(value))
                .collect(),
        ),
        DataType::Float => chunks(raw, |bytes| f64::from(f32::from_le_bytes(bytes))),
        DataType::Double => chunks(raw, f64::from_le_bytes),
        DataType::Uint8 => Some(raw.iter().map(|&value| f64::from(value)).collect()),
        _ => None,
    }
}

fn chunks<const N: usize>(raw: &[u8], number: impl Fn([u8; N]) -> f64) -> Option<Vec<f64>> {
    let (whole, rest) = raw.as_chunks::<N>();
    rest.is_empty()
        .then(|| whole.iter().map(|&bytes| number(bytes)).collect())
}
