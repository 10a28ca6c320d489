//! `TreeSHAP` against the Python package `shap`, against the definition, and against its laws.

use proptest::prelude::*;
use serde::Deserialize;
use trimtab_stats::StatsError;
use trimtab_stats::trees::{Aggregation, Comparison, Link, Tree, TreeEnsemble, TreeNode, TreeShap};

#[derive(Deserialize)]
struct Oracle {
    width: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    trees: Vec<Vec<Node>>,
    base_values: Vec<f64>,
    reference: Vec<Option<f32>>,
    background: Vec<Option<f32>>,
    rows: Vec<Option<f32>>,
    tree_path_dependent: Explained,
    interventional: Explained,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Node {
    Branch {
        feature: u32,
        /// Absent where it is infinite.
        threshold: Option<f32>,
        missing_is_true: bool,
        to: (u32, u32),
    },
    Leaf {
        leaf: Vec<(u32, f64)>,
    },
}

#[derive(Deserialize)]
struct Explained {
    expected: Vec<f64>,
    n_outputs: usize,
    values: Vec<f64>,
}

fn rows(values: &[Option<f32>]) -> Vec<f32> {
    values.iter().map(|x| x.unwrap_or(f32::NAN)).collect()
}

fn ensemble(case: &Case, width: usize) -> TreeEnsemble {
    let trees: Vec<Tree> = case
        .trees
        .iter()
        .map(|nodes| Tree {
            nodes: nodes
                .iter()
                .map(|node| match node {
                    Node::Branch {
                        feature,
                        threshold,
                        missing_is_true,
                        to,
                    } => {
                        let threshold = threshold.unwrap_or(f32::INFINITY);
                        TreeNode::at_most(*feature, threshold, *missing_is_true, *to)
                    }
                    Node::Leaf { leaf } => TreeNode::Leaf {
                        values: leaf.clone(),
                    },
                })
                .collect(),
            covers: None,
        })
        .collect();
    let n_outputs = case.tree_path_dependent.n_outputs;
    let base_values = if case.base_values.is_empty() {
        vec![0.0; n_outputs]
    } else {
        case.base_values.clone()
    };
    TreeEnsemble::new(width, base_values, &trees, Aggregation::Sum, Link::Identity).unwrap()
}

fn check(shap: &TreeShap, rows: &[f32], expected: &Explained, what: &str) {
    // The files of models hold leaf values as f32, shap has them as f64: 1e-7 of the margins,
    // which are about 1, summed over a dozen trees.
    let bound = 1e-6;
    for (found, expected) in shap.expected_values().iter().zip(&expected.expected) {
        assert!(
            (found - expected).abs() < bound,
            "{what}: {found} {expected}"
        );
    }
    let found = shap.explain(rows).unwrap();
    assert_eq!(found.len(), expected.values.len(), "{what}");
    let differences = found
        .iter()
        .zip(&expected.values)
        .map(|(f, e)| (f - e).abs());
    let worst = differences.fold(0.0, f64::max);
    assert!(worst < bound, "{what}: differs by {worst}");
}

#[test]
fn equals_shap_on_boosted_trees_and_forests() {
    let text = include_str!("../../../../tests/oracle/explain/trees.json");
    let oracle: Oracle = serde_json::from_str(text).unwrap();
    assert_eq!(oracle.cases.len(), 4);
    for case in &oracle.cases {
        let current = rows(&case.rows);
        let model = ensemble(case, oracle.width);
        let shap = TreeShap::interventional(&model, &rows(&case.background)).unwrap();
        check(
            &shap,
            &current,
            &case.interventional,
            &format!("{} interventional", case.name),
        );
        // A forest's own covers count bootstrap rows, which the reference can't tell.
        if case.name.starts_with("hgb") {
            let model = model.with_covers_from(&rows(&case.reference)).unwrap();
            let shap = TreeShap::path_dependent(&model).unwrap();
            check(
                &shap,
                &current,
                &case.tree_path_dependent,
                &format!("{} paths", case.name),
            );
        }
    }
}

/// Shapley values by their definition: the sum over all sets of the other features.
fn by_definition(n_features: usize, value: impl Fn(u32) -> f64) -> Vec<f64> {
    let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
    let n = n_features as u32;
    (0..n)
        .map(|j| {
            let others = (0..1_u32 << n).filter(|set| set >> j & 1 == 0);
            let gains = others.map(|set| {
                let size = set.count_ones();
                let weight = factorial(size) * factorial(n - size - 1) / factorial(n);
                weight * (value(set | 1 << j) - value(set))
            });
            gains.sum()
        })
        .collect()
}

/// The path-dependent game, walked branch by branch.
fn expectation(nodes: &[TreeNode], covers: &[f64], at: usize, row: &[f32], known: u32) -> f64 {
    match &nodes[at] {
        TreeNode::Leaf { values } => values.iter().map(|(_, value)| value).sum(),
        TreeNode::Branch {
            feature,
            comparison,
            threshold,
            missing_is_true,
            if_true,
            if_false,
        } => {
            let next = |child: u32| expectation(nodes, covers, child as usize, row, known);
            let x = row[*feature as usize];
            if known >> feature & 1 == 1 {
                let holds = match comparison {
                    _ if x.is_nan() => *missing_is_true,
                    Comparison::LessOrEqual => x <= *threshold,
                    Comparison::Less => x < *threshold,
                    Comparison::GreaterOrEqual => x >= *threshold,
                    Comparison::Greater => x > *threshold,
                    Comparison::Equal => x == *threshold,
                    Comparison::NotEqual => x != *threshold,
                };
                next(if holds { *if_true } else { *if_false })
            } else {
                let [a, b] = [if_true, if_false].map(|child| covers[*child as usize]);
                if a + b == 0.0 {
                    f64::midpoint(next(*if_true), next(*if_false))
                } else {
                    (a * next(*if_true) + b * next(*if_false)) / (a + b)
                }
            }
        }
    }
}

const N_FEATURES: usize = 5;

/// A random tree as nodes and consistent covers, some of them zero.
fn any_tree() -> impl Strategy<Value = Tree> {
    let split = (0_u32..5, 0_usize..6, -2_i32..3, any::<bool>(), 0_u32..4);
    let comparisons = [
        Comparison::LessOrEqual,
        Comparison::Less,
        Comparison::GreaterOrEqual,
        Comparison::Greater,
        Comparison::Equal,
        Comparison::NotEqual,
    ];
    (
        prop::collection::vec(split, 1..24),
        prop::collection::vec(-3.0_f64..3.0, 25),
    )
        .prop_map(move |(splits, values)| {
            let mut nodes = vec![TreeNode::leaf(0.0)];
            let mut covers = vec![64.0];
            let mut leaves = std::collections::VecDeque::from([0_usize]);
            for (i, (feature, comparison, threshold, missing_is_true, quarter)) in
                splits.into_iter().enumerate()
            {
                // Now the oldest leaf is split, now the newest: bushy and deep trees.
                let Some(at) = (if i % 3 == 0 {
                    leaves.pop_front()
                } else {
                    leaves.pop_back()
                }) else {
                    break;
                };
                let child = nodes.len() as u32;
                nodes[at] = TreeNode::Branch {
                    feature,
                    comparison: comparisons[comparison],
                    threshold: threshold as f32,
                    missing_is_true,
                    if_true: child,
                    if_false: child + 1,
                };
                let part = covers[at] * f64::from(quarter) / 4.0;
                covers.extend([part, covers[at] - part]);
                nodes.extend([TreeNode::leaf(0.0), TreeNode::leaf(0.0)]);
                leaves.extend([child as usize, child as usize + 1]);
            }
            for (at, value) in leaves.into_iter().zip(values) {
                nodes[at] = TreeNode::leaf(value);
            }
            Tree {
                nodes,
                covers: Some(covers),
            }
        })
}

fn any_rows(n: usize) -> impl Strategy<Value = Vec<f32>> {
    let special = prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY]);
    let x = prop_oneof![8 => (-3_i32..4).prop_map(|x| x as f32), 1 => special];
    prop::collection::vec(x, n * N_FEATURES)
}

proptest! {
    #[test]
    fn path_dependent_values_are_those_of_the_definition(tree in any_tree(), rows in any_rows(6)) {
        let trees = [tree];
        let model =
            TreeEnsemble::new(N_FEATURES, vec![0.25], &trees, Aggregation::Sum, Link::Identity)
                .unwrap();
        let found = TreeShap::path_dependent(&model).unwrap().explain(&rows).unwrap();
        let covers = trees[0].covers.as_ref().unwrap();
        for (row, found) in rows.chunks(N_FEATURES).zip(found.chunks(N_FEATURES)) {
            let game = |known| expectation(&trees[0].nodes, covers, 0, row, known);
            for (found, expected) in found.iter().zip(by_definition(N_FEATURES, game)) {
                prop_assert!((found - expected).abs() < 1e-12, "{found} {expected}");
            }
        }
    }

    #[test]
    fn interventional_values_are_those_of_the_definition(
        tree in any_tree(), rows in any_rows(4), background in any_rows(5),
    ) {
        let trees = [tree];
        let model =
            TreeEnsemble::new(N_FEATURES, vec![0.25], &trees, Aggregation::Sum, Link::Identity)
                .unwrap();
        let found =
            TreeShap::interventional(&model, &background).unwrap().explain(&rows).unwrap();
        for (row, found) in rows.chunks(N_FEATURES).zip(found.chunks(N_FEATURES)) {
            let game = |known: u32| {
                let mixtures: Vec<f32> = background
                    .iter()
                    .enumerate()
                    .map(|(i, &b)| {
                        let j = i % N_FEATURES;
                        if known >> j & 1 == 1 { row[j] } else { b }
                    })
                    .collect();
                model.margins(&mixtures).unwrap().iter().sum::<f64>() / 5.0
            };
            for (found, expected) in found.iter().zip(by_definition(N_FEATURES, game)) {
                prop_assert!((found - expected).abs() < 1e-12, "{found} {expected}");
            }
        }
    }

    #[test]
    fn attributions_add_up_to_the_margin(
        trees in prop::collection::vec(any_tree(), 1..8), rows in any_rows(30), background in any_rows(7),
    ) {
        let model =
            TreeEnsemble::new(N_FEATURES, vec![-1.5], &trees, Aggregation::Average, Link::Logistic)
                .unwrap();
        let margins = model.margins(&rows).unwrap();
        for shap in [
            TreeShap::path_dependent(&model).unwrap(),
            TreeShap::interventional(&model, &background).unwrap(),
        ] {
            let attributions = shap.explain(&rows).unwrap();
            for (row, margin) in attributions.chunks(N_FEATURES).zip(&margins) {
                let sum = row.iter().sum::<f64>() + shap.expected_values()[0];
                prop_assert!((sum - margin).abs() < 1e-12, "{sum} {margin}");
            }
        }
    }
}

/// A path of `depth` different features.
fn comb(depth: u32) -> Tree {
    let mut nodes = Vec::new();
    let mut covers = vec![f64::from(depth + 1)];
    for feature in 0..depth {
        let child = 2 * feature + 1;
        nodes.push(TreeNode::at_most(feature, 0.5, false, (child, child + 1)));
        nodes.push(TreeNode::leaf(f64::from(feature)));
        covers.extend([1.0, f64::from(depth - feature)]);
    }
    nodes.push(TreeNode::leaf(100.0));
    Tree {
        nodes,
        covers: Some(covers),
    }
}

#[test]
fn long_paths_keep_adding_up() {
    let width = 64;
    let model = TreeEnsemble::new(
        width,
        vec![0.0],
        &[comb(64)],
        Aggregation::Sum,
        Link::Identity,
    )
    .unwrap();
    let mut random = trimtab_stats::Random::from_seed(5);
    let rows: Vec<f32> = (0..width * 40)
        .map(|_| if random.uniform() < 0.1 { 0.0 } else { 1.0 })
        .collect();
    let margins = model.margins(&rows).unwrap();
    for shap in [
        TreeShap::path_dependent(&model).unwrap(),
        TreeShap::interventional(&model, &rows[..width * 9]).unwrap(),
    ] {
        let attributions = shap.explain(&rows).unwrap();
        for (row, margin) in attributions.chunks(width).zip(&margins) {
            let sum = row.iter().sum::<f64>() + shap.expected_values()[0];
            // 64 terms of a hundred each.
            assert!((sum - margin).abs() < 1e-10, "{sum} {margin}");
        }
    }
}

#[test]
fn refuses_what_it_cannot_explain() {
    let new =
        |tree| TreeEnsemble::new(65, vec![0.0], &[tree], Aggregation::Sum, Link::Identity).unwrap();
    let too_long = TreeShap::path_dependent(&new(comb(65)));
    assert!(matches!(
        too_long,
        Err(StatsError::MalformedModel { position: 0, .. })
    ));

    let mut without_covers = comb(2);
    without_covers.covers = None;
    let model = new(without_covers);
    assert!(matches!(
        TreeShap::path_dependent(&model),
        Err(StatsError::EmptySample { .. })
    ));
    assert!(matches!(
        TreeShap::interventional(&model, &[]),
        Err(StatsError::EmptySample { .. })
    ));
    assert!(matches!(
        TreeShap::interventional(&model, &[1.0]),
        Err(StatsError::ShapeMismatch {
            expected: 65,
            found: 1
        })
    ));
}

#[test]
fn a_block_does_not_know_its_neighbours() {
    let model =
        TreeEnsemble::new(12, vec![0.0], &[comb(12)], Aggregation::Sum, Link::Identity).unwrap();
    let shap = TreeShap::path_dependent(&model).unwrap();
    let mut random = trimtab_stats::Random::from_seed(6);
    let rows: Vec<f32> = (0..12 * 1300).map(|_| random.uniform() as f32).collect();
    let together = shap.explain(&rows).unwrap();
    for i in [0, 511, 512, 1299] {
        let alone = shap.explain(&rows[i * 12..][..12]).unwrap();
        assert_eq!(together[i * 12..][..12], alone);
    }
}
