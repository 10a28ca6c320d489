//! `TreeEnsembleClassifier` and `TreeEnsembleRegressor` of `ai.onnx.ml`, versions 1 to 3.

use super::attributes::Attributes;
use crate::own_model::{Finish, OwnModel};
use std::collections::BTreeMap;
use trimtab_domain::Result;
use trimtab_stats::trees::{Aggregation, Comparison, Link, Tree, TreeEnsemble, TreeNode};

pub(super) fn read_regressor(head: &Attributes<'_>, n_features: Option<usize>) -> Result<OwnModel> {
    let nodes = Nodes::read(head)?;
    let n_targets = usize::try_from(head.int("n_targets").unwrap_or(1))
        .unwrap_or(0)
        .max(1);
    let leaves = LeafValues::read(head, "target")?;
    let aggregation = match head.text("aggregate_function").unwrap_or("SUM") {
        "SUM" => Aggregation::Sum,
        "AVERAGE" => Aggregation::Average,
        other => return Err(head.wrong(format!("`aggregate_function` `{other}` is not supported"))),
    };
    let base_values = base_values(head, n_targets)?;
    let trees = nodes.into_trees(head, &leaves, |target| target)?;
    let n_features = n_features.unwrap_or_else(|| width_of(&trees));
    let link = link(head)?;
    let ensemble = TreeEnsemble::new(n_features, base_values, &trees, aggregation, link)
        .map_err(|err| head.wrong(err))?;
    Ok(OwnModel::trees(ensemble, Finish::Values))
}

pub(super) fn read_classifier(
    head: &Attributes<'_>,
    n_features: Option<usize>,
) -> Result<OwnModel> {
    let nodes = Nodes::read(head)?;
    let leaves = LeafValues::read(head, "class")?;
    let classes = class_names(head, "classlabels_int64s")?;
    // Two classes and leaves that speak for one: the sum is the positive class's.
    let first = leaves.outputs.first().copied();
    let is_one_of_two =
        classes.len() == 2 && leaves.outputs.iter().all(|&output| Some(output) == first);
    let (n_outputs, finish) = if is_one_of_two {
        (
            1,
            Finish::one_of_two(classes, leaves.values.iter().all(|&value| value >= 0.0)),
        )
    } else {
        (classes.len(), Finish::classes(classes))
    };
    let base_values = match base_values(head, n_outputs) {
        Ok(values) => values,
        // One of two classes, but a base value for each: the second is the positive one's.
        Err(_) if is_one_of_two && head.numbers("base_values")?.len() == 2 => {
            vec![head.numbers("base_values")?[1]]
        }
        Err(err) => return Err(err),
    };
    let trees = nodes.into_trees(head, &leaves, |class| if is_one_of_two { 0 } else { class })?;
    let n_features = n_features.unwrap_or_else(|| width_of(&trees));
    let link = link(head)?;
    let ensemble = TreeEnsemble::new(n_features, base_values, &trees, Aggregation::Sum, link)
        .map_err(|err| head.wrong(err))?;
    Ok(OwnModel::trees(ensemble, finish))
}

/// The words that stand for the classes.
pub(super) fn class_names(head: &Attributes<'_>, ints: &str) -> Result<Vec<String>> {
    let words = head.texts("classlabels_strings")?;
    let names: Vec<String> = if words.is_empty() {
        head.ints(ints).iter().map(ToString::to_string).collect()
    } else {
        words.into_iter().map(str::to_owned).collect()
    };
    if names.is_empty() {
        return Err(head.wrong("it has no class labels"));
    }
    Ok(names)
}

pub(super) fn link(head: &Attributes<'_>) -> Result<Link> {
    match head.text("post_transform").unwrap_or("NONE") {
        "NONE" => Ok(Link::Identity),
        "LOGISTIC" => Ok(Link::Logistic),
        "SOFTMAX" => Ok(Link::Softmax),
        "SOFTMAX_ZERO" => Ok(Link::SoftmaxZero),
        other => Err(head.wrong(format!("`post_transform` `{other}` is not supported"))),
    }
}

fn base_values(head: &Attributes<'_>, n_outputs: usize) -> Result<Vec<f64>> {
    let values = head.numbers("base_values")?;
    match values.len() {
        0 => Ok(vec![0.0; n_outputs]),
        n if n == n_outputs => Ok(values),
        n => Err(head.wrong(format!("`base_values` has {n} values, needed {n_outputs}"))),
    }
}

/// One more than the largest feature that a branch looks at, where the file says no more.
pub(super) fn width_of(trees: &[Tree]) -> usize {
    let nodes = trees.iter().flat_map(|tree| &tree.nodes);
    let features = nodes.filter_map(|node| match node {
        TreeNode::Branch { feature, .. } => Some(*feature as usize + 1),
        TreeNode::Leaf { .. } => None,
    });
    features.max().unwrap_or(1)
}

/// The parallel lists that describe nodes.
struct Nodes<'a> {
    tree_ids: &'a [i64],
    node_ids: &'a [i64],
    features: &'a [i64],
    modes: Vec<&'a str>,
    thresholds: Vec<f64>,
    if_true: &'a [i64],
    if_false: &'a [i64],
    missing_is_true: &'a [i64],
}

impl<'a> Nodes<'a> {
    fn read(head: &Attributes<'a>) -> Result<Self> {
        let node_ids = head.ints("nodes_nodeids");
        let n_nodes = node_ids.len();
        let modes = head.texts("nodes_modes")?;
        let thresholds = head.numbers("nodes_values")?;
        for (name, found) in [
            ("nodes_modes", modes.len()),
            ("nodes_values", thresholds.len()),
        ] {
            if found != n_nodes {
                return Err(head.wrong(format!("`{name}` has {found} values, needed {n_nodes}")));
            }
        }
        let missing = "nodes_missing_value_tracks_true";
        Ok(Self {
            tree_ids: head.ints_of_length("nodes_treeids", n_nodes)?,
            node_ids,
            features: head.ints_of_length("nodes_featureids", n_nodes)?,
            modes,
            thresholds,
            if_true: head.ints_of_length("nodes_truenodeids", n_nodes)?,
            if_false: head.ints_of_length("nodes_falsenodeids", n_nodes)?,
            missing_is_true: if head.ints(missing).is_empty() {
                &[]
            } else {
                head.ints_of_length(missing, n_nodes)?
            },
        })
    }

    /// Groups the nodes by tree, each tree beginning with its root.
    fn into_trees(
        self,
        head: &Attributes<'_>,
        leaves: &LeafValues<'_>,
        output_of: impl Fn(u32) -> u32,
    ) -> Result<Vec<Tree>> {
        let mut by_tree: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (position, &tree_id) in self.tree_ids.iter().enumerate() {
            by_tree.entry(tree_id).or_default().push(position);
        }
        let mut values = leaves.by_node(head)?;
        let mut trees = Vec::with_capacity(by_tree.len());
        for (tree_id, mut positions) in by_tree {
            self.put_root_first(&mut positions);
            let by_id: BTreeMap<i64, u32> = positions
                .iter()
                .zip(0..)
                .map(|(&position, local)| (self.node_ids[position], local))
                .collect();
            if by_id.len() != positions.len() {
                return Err(head.wrong(format!("tree {tree_id} has a node twice")));
            }
            let nodes = positions.iter().map(|&position| {
                if self.modes[position] == "LEAF" {
                    let key = (tree_id, self.node_ids[position]);
                    let values = values.remove(&key).unwrap_or_default().into_iter();
                    let values = values.map(|(id, value)| (output_of(id), value)).collect();
                    Ok(TreeNode::Leaf { values })
                } else {
                    self.branch(head, position, &by_id)
                }
            });
            trees.push(Tree {
                nodes: nodes.collect::<Result<_>>()?,
                covers: None,
            });
        }
        match values.first_key_value() {
            None => Ok(trees),
            Some(((tree_id, node_id), _)) => Err(head.wrong(format!(
                "there is a value for node {node_id} of tree {tree_id}, which is no leaf"
            ))),
        }
    }

    /// The root is the node that is nobody's child; where there is none, the tree is refused
    /// later.
    fn put_root_first(&self, positions: &mut [usize]) {
        let branches = positions
            .iter()
            .filter(|&&position| self.modes[position] != "LEAF");
        let children: std::collections::BTreeSet<i64> = branches
            .flat_map(|&position| [self.if_true[position], self.if_false[position]])
            .collect();
        let root = positions
            .iter()
            .position(|&position| !children.contains(&self.node_ids[position]));
        if let Some(root) = root {
            positions.swap(0, root);
        }
    }

    fn branch(
        &self,
        head: &Attributes<'_>,
        position: usize,
        by_id: &BTreeMap<i64, u32>,
    ) -> Result<TreeNode> {
        let comparison = match self.modes[position] {
            "BRANCH_LEQ" => Comparison::LessOrEqual,
            "BRANCH_LT" => Comparison::Less,
            "BRANCH_GTE" => Comparison::GreaterOrEqual,
            "BRANCH_GT" => Comparison::Greater,
            "BRANCH_EQ" => Comparison::Equal,
            "BRANCH_NEQ" => Comparison::NotEqual,
            other => return Err(head.wrong(format!("`nodes_modes` holds `{other}`"))),
        };
        let child = |id: i64| {
            by_id.get(&id).copied().ok_or_else(|| {
                let tree_id = self.tree_ids[position];
                head.wrong(format!(
                    "tree {tree_id} has no node {id}, but a branch leads there"
                ))
            })
        };
        Ok(branch(Split {
            feature: head.position("nodes_featureids", self.features[position])?,
            comparison,
            threshold: self.thresholds[position],
            missing_is_true: self
                .missing_is_true
                .get(position)
                .is_some_and(|&flag| flag != 0),
            if_true: child(self.if_true[position])?,
            if_false: child(self.if_false[position])?,
        }))
    }
}

/// A branch whose threshold may be an `f64`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Split {
    pub(super) feature: u32,
    pub(super) comparison: Comparison,
    pub(super) threshold: f64,
    pub(super) missing_is_true: bool,
    pub(super) if_true: u32,
    pub(super) if_false: u32,
}

/// The branch that sends every `f32` the same way.
pub(super) fn branch(split: Split) -> TreeNode {
    let (comparison, threshold) = narrowed(split.comparison, split.threshold);
    // NaN ≠ t holds where nothing is said about missing values.
    let missing_is_true = split.missing_is_true || split.comparison == Comparison::NotEqual;
    TreeNode::Branch {
        feature: split.feature,
        comparison,
        threshold,
        missing_is_true,
        if_true: split.if_true,
        if_false: split.if_false,
    }
}

/// A comparison with an `f32` that holds for the same `f32` values as one with an `f64`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding is the point, and looked at right after"
)]
fn narrowed(comparison: Comparison, threshold: f64) -> (Comparison, f32) {
    let nearest = threshold as f32;
    let is_above = f64::from(nearest) > threshold;
    let is_below = f64::from(nearest) < threshold;
    match comparison {
        // x ≤ t and x > t: the largest f32 that is not above t.
        Comparison::LessOrEqual | Comparison::Greater if is_above => {
            (comparison, nearest.next_down())
        }
        // x < t and x ≥ t: the smallest f32 that is not below t.
        Comparison::Less | Comparison::GreaterOrEqual if is_below => {
            (comparison, nearest.next_up())
        }
        // No f32 equals t.
        Comparison::Equal if is_above || is_below => (Comparison::Less, f32::NEG_INFINITY),
        Comparison::NotEqual if is_above || is_below => {
            (Comparison::GreaterOrEqual, f32::NEG_INFINITY)
        }
        _ => (comparison, nearest),
    }
}

/// By tree and node: outputs and values.
type ValuesByNode = BTreeMap<(i64, i64), Vec<(u32, f64)>>;

/// The parallel lists that describe what leaves add.
struct LeafValues<'a> {
    tree_ids: &'a [i64],
    node_ids: &'a [i64],
    outputs: &'a [i64],
    values: Vec<f64>,
}

impl<'a> LeafValues<'a> {
    /// `kind` is `class` or `target`.
    fn read(head: &Attributes<'a>, kind: &str) -> Result<Self> {
        let values = head.numbers(&format!("{kind}_weights"))?;
        let n = values.len();
        Ok(Self {
            tree_ids: head.ints_of_length(&format!("{kind}_treeids"), n)?,
            node_ids: head.ints_of_length(&format!("{kind}_nodeids"), n)?,
            outputs: head.ints_of_length(&format!("{kind}_ids"), n)?,
            values,
        })
    }

    fn by_node(&self, head: &Attributes<'_>) -> Result<ValuesByNode> {
        let mut by_node = ValuesByNode::new();
        let keys = self
            .tree_ids
            .iter()
            .copied()
            .zip(self.node_ids.iter().copied());
        for ((key, &output), &value) in keys.zip(self.outputs).zip(&self.values) {
            let output = head.position("output ids", output)?;
            by_node.entry(key).or_default().push((output, value));
        }
        Ok(by_node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrowed_threshold_sends_every_value_its_old_way() {
        let holds = |comparison, x: f64, t: f64| match comparison {
            Comparison::LessOrEqual => x <= t,
            Comparison::Less => x < t,
            Comparison::GreaterOrEqual => x >= t,
            Comparison::Greater => x > t,
            Comparison::Equal => (x - t).abs() == 0.0,
            Comparison::NotEqual => (x - t).abs() != 0.0,
        };
        let one_and_a_bit = 1.0_f64.next_up();
        for t in [
            0.1,
            1.0,
            one_and_a_bit,
            1.0_f64.next_down(),
            1e300,
            -1e300,
            1e-300,
        ] {
            for comparison in [
                Comparison::LessOrEqual,
                Comparison::Less,
                Comparison::GreaterOrEqual,
                Comparison::Greater,
                Comparison::Equal,
                Comparison::NotEqual,
            ] {
                let (new_comparison, new_threshold) = narrowed(comparison, t);
                for x in [
                    0.1_f32,
                    0.1_f32.next_down(),
                    1.0,
                    1.0_f32.next_up(),
                    0.0,
                    f32::MAX,
                ] {
                    let expected = holds(comparison, f64::from(x), t);
                    let found = holds(new_comparison, f64::from(x), f64::from(new_threshold));
                    assert_eq!(found, expected, "{x} {comparison:?} {t}");
                }
            }
        }
    }
}
