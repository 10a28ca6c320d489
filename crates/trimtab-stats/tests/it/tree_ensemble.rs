//! Tree ensembles and linear models: which way rows go, what is refused.

use proptest::prelude::*;
use trimtab_stats::StatsError;
use trimtab_stats::trees::{
    Aggregation, Comparison, LinearModel, Link, Tree, TreeEnsemble, TreeNode,
};

fn stump(comparison: Comparison, threshold: f32, missing_is_true: bool) -> TreeEnsemble {
    let branch = TreeNode::Branch {
        feature: 0,
        comparison,
        threshold,
        missing_is_true,
        if_true: 1,
        if_false: 2,
    };
    let nodes = vec![branch, TreeNode::leaf(1.0), TreeNode::leaf(0.0)];
    let tree = Tree {
        nodes,
        covers: None,
    };
    TreeEnsemble::new(1, vec![0.0], &[tree], Aggregation::Sum, Link::Identity).unwrap()
}

fn holds(comparison: Comparison, x: f32, t: f32) -> bool {
    match comparison {
        Comparison::LessOrEqual => x <= t,
        Comparison::Less => x < t,
        Comparison::GreaterOrEqual => x >= t,
        Comparison::Greater => x > t,
        Comparison::Equal => x == t,
        Comparison::NotEqual => x != t,
    }
}

const COMPARISONS: [Comparison; 6] = [
    Comparison::LessOrEqual,
    Comparison::Less,
    Comparison::GreaterOrEqual,
    Comparison::Greater,
    Comparison::Equal,
    Comparison::NotEqual,
];

const VALUES: [f32; 13] = [
    f32::NEG_INFINITY,
    f32::MIN,
    -1.0,
    -1e-45,
    -0.0,
    0.0,
    1e-45,
    f32::MIN_POSITIVE,
    1.0,
    1.000_000_1,
    16_777_216.0,
    f32::MAX,
    f32::INFINITY,
];

#[test]
fn every_comparison_sends_every_value_its_way() {
    for comparison in COMPARISONS {
        for t in VALUES {
            let model = stump(comparison, t, false);
            for x in VALUES {
                let expected = f64::from(u8::from(holds(comparison, x, t)));
                assert_eq!(
                    model.margins(&[x]).unwrap(),
                    [expected],
                    "{x} {comparison:?} {t}"
                );
            }
        }
    }
}

#[test]
fn missing_values_go_where_the_branch_says() {
    for comparison in COMPARISONS {
        for missing_is_true in [false, true] {
            let model = stump(comparison, 1.0, missing_is_true);
            let expected = f64::from(u8::from(missing_is_true));
            assert_eq!(
                model.margins(&[f32::NAN]).unwrap(),
                [expected],
                "{comparison:?}"
            );
        }
    }
}

#[test]
fn an_average_divides_by_the_number_of_trees() {
    let tree = |value| Tree {
        nodes: vec![TreeNode::leaf(value)],
        covers: None,
    };
    let trees = [tree(1.0), tree(2.0), tree(6.0)];
    let model =
        TreeEnsemble::new(2, vec![10.0], &trees, Aggregation::Average, Link::Identity).unwrap();
    assert_eq!(model.margins(&[0.0, 0.0]).unwrap(), [13.0]);
    assert_eq!(model.used_features(), [false, false]);
}

#[test]
fn leaves_may_speak_for_several_outputs_or_for_none() {
    let nodes = vec![
        TreeNode::at_most(0, 0.0, false, (1, 2)),
        TreeNode::Leaf {
            values: vec![(0, 0.25), (2, 0.75)],
        },
        TreeNode::Leaf { values: vec![] },
    ];
    let tree = Tree {
        nodes,
        covers: None,
    };
    let model =
        TreeEnsemble::new(1, vec![0.0; 3], &[tree], Aggregation::Sum, Link::Identity).unwrap();
    let margins = model.margins(&[-1.0, 1.0]).unwrap();
    assert_eq!(margins, [0.25, 0.0, 0.75, 0.0, 0.0, 0.0]);
}

#[test]
fn refuses_trees_that_are_none() {
    let branch = |feature, to| TreeNode::at_most(feature, 0.0, false, to);
    let check = |nodes: Vec<TreeNode>, expected: &str| {
        let trees = [
            Tree {
                nodes: vec![TreeNode::leaf(0.0)],
                covers: None,
            },
            Tree {
                nodes,
                covers: None,
            },
        ];
        let result = TreeEnsemble::new(1, vec![0.0], &trees, Aggregation::Sum, Link::Identity);
        let Err(StatsError::MalformedModel { what, position: 1 }) = result else {
            panic!("expected a refusal of tree 1, got {result:?}");
        };
        assert_eq!(what, expected);
    };
    let leaf = || TreeNode::leaf(1.0);
    check(vec![], "a tree has no nodes");
    check(vec![branch(0, (1, 2)), leaf()], "a child does not exist");
    check(vec![branch(0, (1, 1)), leaf()], "a node has two parents");
    check(vec![branch(0, (0, 1)), leaf()], "a node has two parents");
    check(vec![leaf(), leaf()], "a node is never reached");
    check(
        vec![branch(1, (1, 2)), leaf(), leaf()],
        "a feature does not exist",
    );
    check(
        vec![TreeNode::leaf(f64::NAN)],
        "a leaf's value is not finite",
    );
    let values = vec![(1, 0.0)];
    check(vec![TreeNode::Leaf { values }], "an output does not exist");
}

#[test]
fn refuses_rows_that_are_not_whole() {
    let model = stump(Comparison::Less, 0.0, false);
    assert!(model.margins(&[]).unwrap().is_empty());
    let linear = LinearModel::new(vec![1.0, 2.0], vec![0.5], Link::Identity).unwrap();
    assert_eq!(
        linear.margins(&[1.0, 2.0, 3.0]),
        Err(StatsError::ShapeMismatch {
            expected: 2,
            found: 1
        })
    );
}

#[test]
fn a_linear_model_ignores_what_it_does_not_weigh() {
    let linear = LinearModel::new(vec![2.0, 0.0], vec![0.5], Link::Identity).unwrap();
    assert_eq!(linear.margins(&[1.0, f32::NAN]).unwrap(), [2.5]);
    assert!(linear.margins(&[f32::NAN, 1.0]).unwrap()[0].is_nan());
}

proptest! {
    #[test]
    fn a_linear_models_attributions_add_up_to_its_margin(
        weights in prop::collection::vec(-1e3_f64..1e3, 6),
        means in prop::collection::vec(-1e3_f64..1e3, 3),
        rows in prop::collection::vec(-1e3_f32..1e3, 12),
    ) {
        let linear = LinearModel::new(weights, vec![0.25, -3.0], Link::Identity).unwrap();
        let expected = linear.expected_values(&means).unwrap();
        let margins = linear.margins(&rows).unwrap();
        let shap = linear.shap(&means, &rows).unwrap();
        for (row, margins) in shap.chunks(6).zip(margins.chunks(2)) {
            for output in 0..2 {
                let sum: f64 = row[output * 3..][..3].iter().sum::<f64>() + expected[output];
                // Products up to 1e6 are added and taken away again.
                prop_assert!((sum - margins[output]).abs() < 1e-8);
            }
        }
    }

    #[test]
    fn rows_are_predicted_alike_alone_and_in_batches(
        rows in prop::collection::vec(prop_oneof![Just(f32::NAN), -2.0_f32..2.0], 0..600),
    ) {
        let nodes = vec![
            TreeNode::at_most(0, 0.0, true, (4, 1)),
            TreeNode::at_most(0, 1.0, false, (2, 3)),
            TreeNode::leaf(1.0),
            TreeNode::leaf(2.0),
            TreeNode::leaf(3.0),
        ];
        let trees = [Tree { nodes, covers: None }];
        let model =
            TreeEnsemble::new(1, vec![0.0], &trees, Aggregation::Sum, Link::Logistic).unwrap();
        let together = model.predict(&rows).unwrap();
        for (row, together) in rows.iter().zip(together) {
            prop_assert_eq!(model.predict(&[*row]).unwrap(), [together]);
        }
    }
}
