//! From trees over bins to the form of models that were read from files.

use super::binned_tree::{BinSet, BinnedNode, BinnedTree, Rule};
use super::binning::{ColumnBins, MISSING_BIN};
use super::{Comparison, Tree, TreeNode};
use crate::error::StatsError;

/// `leaf` gives the values of a node by its position.
pub(super) fn convert(
    tree: &BinnedTree,
    bins: &[ColumnBins],
    leaf: impl Fn(usize) -> Vec<(u32, f64)>,
) -> Result<Tree, StatsError> {
    let nodes = tree.nodes.iter().enumerate().map(|(position, node)| {
        if node.is_leaf() {
            Ok(TreeNode::Leaf {
                values: leaf(position),
            })
        } else {
            branch(node, &tree.sets, &bins[node.column as usize])
        }
    });
    let covers = tree.nodes.iter().map(|node| f64::from(node.n_rows));
    Ok(Tree {
        nodes: nodes.collect::<Result<_, _>>()?,
        covers: Some(covers.collect()),
    })
}

fn branch(node: &BinnedNode, sets: &[BinSet], bins: &ColumnBins) -> Result<TreeNode, StatsError> {
    let (comparison, threshold, missing_is_true) = match (node.rule, bins) {
        (Rule::AtMost(bin), ColumnBins::Numeric { edges }) => {
            let edge = edges.get(usize::from(bin)).copied();
            let threshold = round_down(edge.unwrap_or(f64::INFINITY));
            (Comparison::LessOrEqual, threshold, node.missing_left)
        }
        (Rule::OneOf(set), ColumnBins::Categorical { bin_of, n_bins }) => {
            let code = only_code(&sets[set as usize], bin_of, *n_bins)?;
            // No code is negative: only a missing value takes that branch.
            let threshold = code.map_or(-1.0, |code| code as f32);
            (Comparison::Equal, threshold, code.is_none())
        }
        _ => return Err(StatsError::GridMismatch),
    };
    Ok(TreeNode::Branch {
        feature: node.column,
        comparison,
        threshold,
        missing_is_true,
        if_true: node.left,
        if_false: node.right,
    })
}

/// The one code in the set; `None` if it is the missing one.
fn only_code(set: &BinSet, bin_of: &[u8], n_bins: usize) -> Result<Option<u32>, StatsError> {
    let members: Vec<u8> = (0..=MISSING_BIN).filter(|&bin| set.contains(bin)).collect();
    let refuse = |n: usize| {
        Err(StatsError::ParameterOutOfDomain {
            name: "categories",
            domain: "split one against the rest, with at most 253 of them",
            found: n as f64,
        })
    };
    match members[..] {
        [MISSING_BIN] => Ok(None),
        [bin] if usize::from(bin) + 1 < n_bins => {
            match bin_of.iter().position(|&other| other == bin) {
                Some(code) if code < 1 << 24 => Ok(Some(code as u32)),
                _ => refuse(1),
            }
        }
        _ => refuse(members.len()),
    }
}

/// The largest `f32` that is not above `x`.
fn round_down(x: f64) -> f32 {
    let near = x as f32;
    if f64::from(near) > x {
        near.next_down()
    } else {
        near
    }
}
