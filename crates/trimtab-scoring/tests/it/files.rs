//! Real ONNX files against onnxruntime and shap.

use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;
use trimtab_domain::ErrorKind;
use trimtab_domain::ports::scoring::{
    ModelForm, ModelOutput, ModelReader, RowBatch, ScoringModel, ShapMethod,
};
use trimtab_scoring::OnnxReader;

#[derive(Deserialize)]
struct Trees {
    width: usize,
    cases: Vec<TreeCase>,
}

#[derive(Deserialize)]
struct TreeCase {
    name: String,
    reference: Vec<Option<f32>>,
    background: Vec<Option<f32>>,
    rows: Vec<Option<f32>>,
    scores: Vec<f64>,
    tree_path_dependent: Explained,
    interventional: Explained,
}

#[derive(Deserialize)]
struct Explained {
    n_outputs: usize,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct Graphs {
    width: usize,
    rows: Vec<Option<f32>>,
    cases: Vec<GraphCase>,
}

#[derive(Deserialize)]
struct GraphCase {
    name: String,
    scores: Vec<f64>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle/explain")
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&std::fs::read(folder().join(name)).unwrap()).unwrap()
}

fn model(name: &str) -> Arc<dyn ScoringModel> {
    OnnxReader
        .read(&std::fs::read(folder().join(format!("{name}.onnx"))).unwrap())
        .unwrap()
}

fn batch(width: usize, values: &[Option<f32>]) -> RowBatch {
    RowBatch::new(
        width,
        values.iter().map(|x| x.unwrap_or(f32::NAN)).collect(),
    )
    .unwrap()
}

#[track_caller]
fn assert_near(found: &[f64], expected: &[f64], bound: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() < bound,
            "{what}: {found} {expected}"
        );
    }
}

#[test]
fn trees_score_as_onnxruntime_and_explain_as_shap() {
    let oracle: Trees = read("trees.json");
    for case in &oracle.cases {
        let model = model(&case.name);
        assert_eq!(model.description().form, ModelForm::Trees, "{}", case.name);
        assert_eq!(model.description().n_features, Some(oracle.width));
        let rows = batch(oracle.width, &case.rows);
        // onnxruntime sums in f32; scores are about 1.
        assert_near(
            &model.score(&rows).unwrap().values,
            &case.scores,
            1e-6,
            &case.name,
        );

        let background = batch(oracle.width, &case.background);
        let explainer = model
            .explainer(&background, ShapMethod::Interventional)
            .unwrap();
        check(
            &explainer.explain(&rows).unwrap().values,
            &case.interventional,
            &case.name,
        );
        // A forest's own covers count bootstrap rows, which the reference can't tell.
        if case.name.starts_with("hgb") {
            let reference = batch(oracle.width, &case.reference);
            let explainer = model
                .explainer(&reference, ShapMethod::PathDependent)
                .unwrap();
            check(
                &explainer.explain(&rows).unwrap().values,
                &case.tree_path_dependent,
                &case.name,
            );
        }
    }
}

fn check(found: &[f64], expected: &Explained, what: &str) {
    assert!(expected.n_outputs > 0);
    // Leaf values are f32 in the file, f64 in shap.
    assert_near(found, &expected.values, 1e-6, what);
}

#[test]
fn every_graph_scores_as_onnxruntime() {
    let oracle: Graphs = read("graphs.json");
    let rows = batch(oracle.width, &oracle.rows);
    for case in &oracle.cases {
        let model = model(&case.name);
        let form = match case.name.as_str() {
            "mlp_classifier" | "mlp_regressor" => ModelForm::Graph,
            "hgb_classes" | "forest_binary" | "tree_ensemble_5" => ModelForm::Trees,
            _ => ModelForm::Linear,
        };
        assert_eq!(model.description().form, form, "{}", case.name);
        let scores = model.score(&rows).unwrap();
        // Both sides end in f32.
        assert_near(&scores.values, &case.scores, 2e-6, &case.name);
        let n_classes = match case.name.as_str() {
            "mlp_regressor" | "linear" | "tree_ensemble_5" => None,
            "logistic_classes" | "hgb_classes" => Some(3),
            _ => Some(2),
        };
        match &model.description().output {
            ModelOutput::Values { n_targets } => {
                let expected = if case.name == "tree_ensemble_5" { 2 } else { 1 };
                assert_eq!((n_classes, *n_targets), (None, expected));
            }
            ModelOutput::Probabilities { classes } => assert_eq!(Some(classes.len()), n_classes),
        }
    }
}

#[test]
fn a_graph_scores_rows_alone_as_in_a_batch() {
    let oracle: Graphs = read("graphs.json");
    let rows = batch(oracle.width, &oracle.rows);
    for name in ["mlp_classifier", "logistic_classes", "hgb_classes"] {
        let model = model(name);
        let together = model.score(&rows).unwrap();
        for (row, scores) in rows.rows().zip(together.values.chunks(together.n_columns)) {
            let alone = RowBatch::new(oracle.width, row.to_vec()).unwrap();
            assert_near(&model.score(&alone).unwrap().values, scores, 1e-7, name);
        }
    }
}

#[test]
fn the_positive_class_of_two_is_explained() {
    let oracle: Graphs = read("graphs.json");
    let rows = batch(oracle.width, &oracle.rows);
    // Two coefficients rows, mirrored; two leaf values per class; one leaf value.
    for name in [
        "logistic",
        "logistic_softmax",
        "forest_binary",
        "hgb_binary",
    ] {
        let model = model(name);
        let explainer = model.explainer(&rows, ShapMethod::PathDependent).unwrap();
        let attributions = explainer.explain(&rows).unwrap();
        assert_eq!(attributions.n_outputs, 1, "{name}");
        let scores = model.score(&rows).unwrap().single().unwrap();
        for (row, score) in attributions.values.chunks(oracle.width).zip(scores) {
            let margin = explainer.expected_values()[0] + row.iter().sum::<f64>();
            let expected = if name == "forest_binary" {
                score
            } else {
                (score / (1.0 - score)).ln()
            };
            assert!(
                (margin - expected).abs() < 1e-9,
                "{name}: {margin} {expected}"
            );
        }
    }
}

#[test]
fn explained_scores_add_up_to_the_score() {
    let oracle: Graphs = read("graphs.json");
    let rows = batch(oracle.width, &oracle.rows);
    let names = [
        "logistic",
        "logistic_softmax",
        "forest_binary",
        "hgb_binary",
        "hgb_regression",
        "tree_ensemble_5",
    ];
    for name in names {
        let model = model(name);
        let explainer = model.explainer(&rows, ShapMethod::PathDependent).unwrap();
        let attributions = explainer.explain_scores(&rows).unwrap();
        let expected = explainer.expected_scores().unwrap().iter().cycle();
        let scores = model.score(&rows).unwrap();
        let is_single = attributions.n_outputs == 1;
        let scores = scores
            .single()
            .filter(|_| is_single)
            .unwrap_or(scores.values);
        let sums = attributions.values.chunks(oracle.width).zip(expected);
        let sums: Vec<f64> = sums
            .map(|(row, expected)| expected + row.iter().sum::<f64>())
            .collect();
        assert_near(&sums, &scores, 1e-9, name);
    }
    let model = model("hgb_classes");
    let explainer = model.explainer(&rows, ShapMethod::PathDependent).unwrap();
    assert!(explainer.expected_scores().is_none());
    assert!(explainer.explain_scores(&rows).is_err());
}

#[test]
fn other_graphs_have_no_exact_attributions() {
    let oracle: Graphs = read("graphs.json");
    let rows = batch(oracle.width, &oracle.rows);
    let err = model("mlp_regressor")
        .explainer(&rows, ShapMethod::default())
        .unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Invalid);
    assert!(err.hint().unwrap().contains("permutation importance"));
}
