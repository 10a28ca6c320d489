//! `TreeEnsemble` of `ai.onnx.ml`, version 5: branches and leaves in lists of their own.

use super::attributes::Attributes;
use super::trees::{Split, branch, width_of};
use crate::own_model::{Finish, OwnModel};
use trimtab_domain::Result;
use trimtab_stats::trees::{Aggregation, Comparison, Link, Tree, TreeEnsemble, TreeNode};

pub(super) fn read(head: &Attributes<'_>, n_features: Option<usize>) -> Result<OwnModel> {
    let lists = Lists::read(head)?;
    let roots = head.ints("tree_roots");
    let trees: Vec<Tree> = roots
        .iter()
        .map(|&root| lists.tree(root))
        .collect::<Result<_>>()?;
    let aggregation = match head.int("aggregate_function").unwrap_or(1) {
        0 => Aggregation::Average,
        1 => Aggregation::Sum,
        _ => return Err(head.wrong("`aggregate_function` is neither average nor sum")),
    };
    let link = match head.int("post_transform").unwrap_or(0) {
        0 => Link::Identity,
        1 => Link::Softmax,
        2 => Link::Logistic,
        3 => Link::SoftmaxZero,
        other => return Err(head.wrong(format!("`post_transform` {other} is not supported"))),
    };
    let n_targets = usize::try_from(head.int("n_targets").unwrap_or(1))
        .unwrap_or(0)
        .max(1);
    let n_features = n_features.unwrap_or_else(|| width_of(&trees));
    let ensemble = TreeEnsemble::new(n_features, vec![0.0; n_targets], &trees, aggregation, link)
        .map_err(|err| head.wrong(err))?;
    Ok(OwnModel::trees(ensemble, Finish::Values))
}

struct Lists<'a> {
    head: Attributes<'a>,
    features: &'a [i64],
    modes: Vec<f64>,
    thresholds: Vec<f64>,
    missing_is_true: &'a [i64],
    if_true: &'a [i64],
    if_false: &'a [i64],
    true_is_leaf: &'a [i64],
    false_is_leaf: &'a [i64],
    leaf_targets: &'a [i64],
    leaf_values: Vec<f64>,
}

impl<'a> Lists<'a> {
    fn read(head: &Attributes<'a>) -> Result<Self> {
        let features = head.ints("nodes_featureids");
        let n = features.len();
        let modes = head.tensor("nodes_modes")?;
        let thresholds = head.tensor("nodes_splits")?;
        for (name, found) in [
            ("nodes_modes", modes.len()),
            ("nodes_splits", thresholds.len()),
        ] {
            if found != n {
                return Err(head.wrong(format!("`{name}` has {found} values, needed {n}")));
            }
        }
        let leaf_values = head.tensor("leaf_weights")?;
        let missing = "nodes_missing_value_tracks_true";
        Ok(Self {
            head: head.clone(),
            features,
            modes,
            thresholds,
            missing_is_true: if head.ints(missing).is_empty() {
                &[]
            } else {
                head.ints_of_length(missing, n)?
            },
            if_true: head.ints_of_length("nodes_truenodeids", n)?,
            if_false: head.ints_of_length("nodes_falsenodeids", n)?,
            true_is_leaf: head.ints_of_length("nodes_trueleafs", n)?,
            false_is_leaf: head.ints_of_length("nodes_falseleafs", n)?,
            leaf_targets: head.ints_of_length("leaf_targetids", leaf_values.len())?,
            leaf_values,
        })
    }

    /// Collects what hangs on a root. A tree that is a single leaf is written as a branch whose
    /// two children are that leaf, so a leaf may be met twice: it is copied.
    fn tree(&self, root: i64) -> Result<Tree> {
        let mut nodes = Vec::new();
        let n_most = 2 * (self.features.len() + self.leaf_values.len());
        // What to visit, whether it is a leaf, and where it goes: nodes are numbered as they are
        // met, and a parent's children are numbered when the parent is.
        let mut to_visit = std::collections::VecDeque::from([(root, false)]);
        let mut n_numbered = 1_u32;
        while let Some((id, is_leaf)) = to_visit.pop_front() {
            if nodes.len() > n_most {
                return Err(self.head.wrong("a tree's branches go round in a circle"));
            }
            let position = self.head.position("node ids", id)? as usize;
            if is_leaf {
                nodes.push(self.leaf(position)?);
                continue;
            }
            let missing = || {
                self.head
                    .wrong(format!("there is no node {id}, but a branch leads there"))
            };
            let (&if_true, &if_false) = self
                .if_true
                .get(position)
                .zip(self.if_false.get(position))
                .ok_or_else(missing)?;
            to_visit.push_back((if_true, self.true_is_leaf[position] != 0));
            to_visit.push_back((if_false, self.false_is_leaf[position] != 0));
            nodes.push(branch(Split {
                feature: self
                    .head
                    .position("nodes_featureids", self.features[position])?,
                comparison: self.comparison(position)?,
                threshold: self.thresholds[position],
                missing_is_true: self
                    .missing_is_true
                    .get(position)
                    .is_some_and(|&flag| flag != 0),
                if_true: n_numbered,
                if_false: n_numbered + 1,
            }));
            n_numbered += 2;
        }
        Ok(Tree {
            nodes,
            covers: None,
        })
    }

    fn leaf(&self, position: usize) -> Result<TreeNode> {
        let (&target, &value) = self
            .leaf_targets
            .get(position)
            .zip(self.leaf_values.get(position))
            .ok_or_else(|| self.head.wrong(format!("there is no leaf {position}")))?;
        let target = self.head.position("leaf_targetids", target)?;
        Ok(TreeNode::Leaf {
            values: vec![(target, value)],
        })
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "modes are small integers, read through the reader of numbers"
    )]
    fn comparison(&self, position: usize) -> Result<Comparison> {
        Ok(match self.modes[position] as i64 {
            0 => Comparison::LessOrEqual,
            1 => Comparison::Less,
            2 => Comparison::GreaterOrEqual,
            3 => Comparison::Greater,
            4 => Comparison::Equal,
            5 => Comparison::NotEqual,
            6 => return Err(self.head.wrong("membership branches are not supported")),
            other => return Err(self.head.wrong(format!("`nodes_modes` holds {other}"))),
        })
    }
}
