//! The companions that converters put around a model: what may stand between the graph's input,
//! the model's own node, and the graph's output.

use super::attributes::Attributes;
use super::{data_input, input_width, is_head};
use crate::own_model::OwnModel;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, tensor_proto::DataType};
use trimtab_stats::trees::Link;

/// A graph that is one model and companions that have a meaning of ours.
pub(crate) struct Chain<'a> {
    pub(crate) head: &'a NodeProto,
    pub(crate) n_features: Option<usize>,
    /// What follows, up to the graph's output.
    companions: Vec<Companion>,
}

enum Companion {
    Link(Link),
    /// Divides each row by the sum of its absolute values.
    Normalise,
}

impl<'a> Chain<'a> {
    /// `None` if the graph holds anything else: then it is run as a graph.
    pub(crate) fn find(model: &'a ModelProto) -> Option<Self> {
        let graph = model.graph.as_ref()?;
        let mut heads = graph.node.iter().filter(|node| is_head(node));
        let head = heads.next()?;
        if heads.next().is_some() || !comes_straight_from_input(graph, head) {
            return None;
        }
        // A classifier's outputs are label and scores.
        let is_classifier = head.op_type.ends_with("Classifier");
        let scores = head.output.get(usize::from(is_classifier))?;
        Some(Self {
            head,
            n_features: input_width(graph),
            companions: companions(graph, scores)?,
        })
    }

    /// Applies the companions.
    pub(crate) fn finish(self, mut model: OwnModel) -> Option<OwnModel> {
        for companion in self.companions {
            let is_done = match companion {
                Companion::Link(link) => model.set_link(link),
                Companion::Normalise => model.normalise(),
            };
            if !is_done {
                return None;
            }
        }
        Some(model)
    }
}

/// Whether only conversions that keep values stand before the model.
fn comes_straight_from_input(graph: &GraphProto, head: &NodeProto) -> bool {
    let Some(input) = data_input(graph) else {
        return false;
    };
    let mut name = head.input.first();
    // As many steps as there are nodes: a cycle ends.
    for _ in 0..=graph.node.len() {
        let Some(current) = name else { return false };
        if *current == input.name {
            return true;
        }
        let maker = graph.node.iter().find(|node| node.output.contains(current));
        name = match maker {
            Some(node) if keeps_values(node) => node.input.first(),
            _ => None,
        };
    }
    false
}

/// `Identity`, or `Cast` to floating-point numbers: rows are `f32`, which `f64` holds exactly.
fn keeps_values(node: &NodeProto) -> bool {
    let floats = [DataType::Float, DataType::Double].map(|kind| Some(i64::from(kind as i32)));
    match node.op_type.as_str() {
        "Identity" => true,
        "Cast" => floats.contains(&Attributes::new(node).int("to")),
        _ => false,
    }
}

/// Follows the scores to a graph output.
fn companions(graph: &GraphProto, scores: &str) -> Option<Vec<Companion>> {
    let mut companions = Vec::new();
    let mut name = scores;
    for _ in 0..=graph.node.len() {
        if graph.output.iter().any(|output| output.name == name) {
            return Some(companions);
        }
        let mut users = graph
            .node
            .iter()
            .filter(|node| node.input.iter().any(|i| i == name));
        let node = users.next()?;
        if users.next().is_some() {
            return None;
        }
        match node.op_type.as_str() {
            _ if keeps_values(node) => {}
            // Scores by class name in place of by position: the same scores.
            "ZipMap" => {}
            "Exp" => companions.push(Companion::Link(Link::Exponential)),
            "Sigmoid" => companions.push(Companion::Link(Link::Logistic)),
            "Softmax" => companions.push(Companion::Link(Link::Softmax)),
            "Normalizer" if Attributes::new(node).text("norm") == Some("L1") => {
                companions.push(Companion::Normalise);
            }
            _ => return None,
        }
        name = node.output.first()?;
    }
    None
}
