//! The ONNX format: from a file to our own form, where it has one.

mod attributes;
mod chain;
mod linear;
mod tree_ensemble;
mod trees;

use crate::own_model::OwnModel;
use attributes::Attributes;
use chain::Chain;
use tract_onnx::pb::{self, ModelProto, NodeProto};
use tract_onnx::prelude::Framework;
use trimtab_domain::{Error, Result};

/// Reads the file's outer structure.
pub(crate) fn decode(file: &[u8]) -> Result<ModelProto> {
    let model = tract_onnx::onnx()
        .proto_model_for_read(&mut std::io::Cursor::new(file))
        .map_err(|err| {
            Error::invalid("cannot read the model: the bytes are not ONNX")
                .with_source(err.to_string())
        })?;
    let is_empty = model
        .graph
        .as_ref()
        .is_none_or(|graph| graph.node.is_empty());
    if is_empty {
        return Err(Error::invalid("cannot read the model: its graph is empty"));
    }
    Ok(model)
}

/// Trees and linear models, with the small companions that converters put around them; `None`
/// for every other graph.
pub(crate) fn read_own_form(model: &ModelProto) -> Result<Option<OwnModel>> {
    let Some(chain) = Chain::find(model) else {
        return Ok(None);
    };
    let head = Attributes::new(chain.head);
    let read = read_head(&head, chain.n_features)?;
    Ok(chain.finish(read))
}

/// Whether the operator has a form of ours.
fn is_head(node: &NodeProto) -> bool {
    node.domain == "ai.onnx.ml"
        && matches!(
            node.op_type.as_str(),
            "TreeEnsembleClassifier"
                | "TreeEnsembleRegressor"
                | "TreeEnsemble"
                | "LinearClassifier"
                | "LinearRegressor"
        )
}

fn read_head(head: &Attributes<'_>, n_features: Option<usize>) -> Result<OwnModel> {
    match head.op_type() {
        "TreeEnsembleClassifier" => trees::read_classifier(head, n_features),
        "TreeEnsembleRegressor" => trees::read_regressor(head, n_features),
        "TreeEnsemble" => tree_ensemble::read(head, n_features),
        "LinearClassifier" => linear::read_classifier(head),
        _ => linear::read_regressor(head, n_features),
    }
}

/// The values per row of the graph's only input, where the file says it.
pub(crate) fn input_width(graph: &pb::GraphProto) -> Option<usize> {
    let input = data_input(graph)?;
    let pb::type_proto::Value::TensorType(tensor) = input.r#type.as_ref()?.value.as_ref()?;
    let dimensions = &tensor.shape.as_ref()?.dim;
    let [_, width] = dimensions.as_slice() else {
        return None;
    };
    match width.value.as_ref()? {
        pb::tensor_shape_proto::dimension::Value::DimValue(width) => usize::try_from(*width).ok(),
        pb::tensor_shape_proto::dimension::Value::DimParam(_) => None,
    }
    .filter(|&width| width > 0)
}

/// The graph's only input that is no constant.
pub(crate) fn data_input(graph: &pb::GraphProto) -> Option<&pb::ValueInfoProto> {
    let is_constant = |name: &str| {
        graph
            .initializer
            .iter()
            .any(|constant| constant.name == name)
    };
    let mut inputs = graph.input.iter().filter(|input| !is_constant(&input.name));
    let input = inputs.next()?;
    inputs.next().is_none().then_some(input)
}
