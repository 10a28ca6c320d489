//! What tract needs a graph to be: only the scores' way, and no operators that it lacks but that
//! are easily said in others.

use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
    tensor_proto::DataType, type_proto::Value,
};

/// A graph whose one output is the scores.
pub(crate) struct ScoresGraph {
    pub(crate) model: ModelProto,
    /// The original also gives a label: the scores are of classes.
    pub(crate) has_label: bool,
}

/// `None` if the graph has no output that could be scores.
pub(crate) fn scores_graph(model: &ModelProto) -> Option<ScoresGraph> {
    let mut model = model.clone();
    let graph = model.graph.as_mut()?;
    let n_outputs = graph.output.len();
    let last = graph
        .output
        .iter()
        .rposition(|output| is_score(graph, output))?;
    let mut output = graph.output.swap_remove(last);
    // Scores by class name are scores by position before.
    while let Some(zip_map) = maker(graph, &output.name).filter(|node| node.op_type == "ZipMap") {
        let name = zip_map.input.first()?.clone();
        output.name = name;
        output.r#type = None;
    }
    graph.output = vec![output];
    prune(graph);
    let scalers: Vec<usize> = (0..graph.node.len())
        .filter(|&i| graph.node[i].op_type == "Scaler" && graph.node[i].domain == "ai.onnx.ml")
        .rev()
        .collect();
    for position in scalers {
        let scaler = graph.node.remove(position);
        let (nodes, constants) = scaler_in_steps(&scaler)?;
        graph.node.splice(position..position, nodes);
        graph.initializer.extend(constants);
    }
    Some(ScoresGraph {
        model,
        has_label: n_outputs > 1,
    })
}

fn maker<'a>(graph: &'a GraphProto, name: &str) -> Option<&'a NodeProto> {
    graph
        .node
        .iter()
        .find(|node| node.output.iter().any(|output| output == name))
}

/// Floating-point numbers, or a map from class names to them.
fn is_score(graph: &GraphProto, output: &ValueInfoProto) -> bool {
    let value = output.r#type.as_ref().and_then(|kind| kind.value.as_ref());
    match value {
        Some(Value::TensorType(tensor)) => {
            tensor.elem_type == DataType::Float as i32
                || tensor.elem_type == DataType::Double as i32
        }
        _ => maker(graph, &output.name).is_some_and(|node| node.op_type == "ZipMap"),
    }
}

/// Removes nodes that the outputs don't need.
fn prune(graph: &mut GraphProto) {
    let mut needed: Vec<String> = graph
        .output
        .iter()
        .map(|output| output.name.clone())
        .collect();
    let mut is_kept = vec![false; graph.node.len()];
    while let Some(name) = needed.pop() {
        for (node, is_kept) in graph.node.iter().zip(&mut is_kept) {
            if !*is_kept && node.output.contains(&name) {
                *is_kept = true;
                needed.extend(node.input.iter().cloned());
            }
        }
    }
    let mut keep = is_kept.into_iter();
    graph.node.retain(|_| keep.next().unwrap_or(true));
}

/// `(x - offset) · scale`.
fn scaler_in_steps(scaler: &NodeProto) -> Option<([NodeProto; 2], [TensorProto; 2])> {
    let (input, output) = (scaler.input.first()?, scaler.output.first()?);
    let constant = |name: &str| -> Option<TensorProto> {
        let attribute = scaler
            .attribute
            .iter()
            .find(|attribute| attribute.name == name);
        let values = attribute.map_or(&[][..], |attribute: &AttributeProto| &attribute.floats);
        Some(TensorProto {
            name: format!("{output}/{name}"),
            dims: vec![
                i64::try_from(values.len())
                    .ok()
                    .filter(|&length| length > 0)?,
            ],
            data_type: DataType::Float as i32,
            float_data: values.to_vec(),
            ..TensorProto::default()
        })
    };
    let (offset, scale) = (constant("offset")?, constant("scale")?);
    let centred = format!("{output}/centred");
    let step = |op_type: &str, input: [&String; 2], output: &String| NodeProto {
        name: format!("{}/{op_type}", scaler.name),
        op_type: op_type.to_owned(),
        input: input.map(String::clone).to_vec(),
        output: vec![output.clone()],
        ..NodeProto::default()
    };
    let nodes = [
        step("Sub", [input, &offset.name], &centred),
        step("Mul", [&centred, &scale.name], output),
    ];
    Some((nodes, [offset, scale]))
}
