"""Small models, their ONNX files, and what `shap` says about them.

    python tests/oracle/explain/make_explain.py

Writes `trees.json` (trees as plain lists, rows, attributions, both kinds of TreeSHAP),
`<name>.onnx` (the same models as skl2onnx exports them, and some that are no trees) and
`graphs.json` (what onnxruntime makes of those). Values have five decimals, so that hardly any lies nearer to a
threshold than the rounding of f32 (shap, too, compares with thresholds that it has rounded).
"""

import json
import pathlib
import platform

import numpy as np
import onnx
import onnxruntime
import scipy
import shap
import skl2onnx
import sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skl2onnx.common._container as container

_make_node = container.make_node


def make_node(*names, **attributes):
    """skl2onnx 1.20 passes booleans, which onnx 1.23 refuses."""
    for key, value in attributes.items():
        if isinstance(value, (list, np.ndarray)) and len(value) and isinstance(
            value[0], (bool, np.bool_, np.integer)
        ):
            attributes[key] = [int(v) for v in value]
    return _make_node(*names, **attributes)


container.make_node = make_node
HERE = pathlib.Path(__file__).parent
SEED = 20130901
WIDTH = 6


def rows(random, n, missing):
    x = np.round(random.normal(size=(n, WIDTH)), 5)
    x[:, 4] = random.integers(0, 3, n)  # few values, many ties
    x[:, 5] = (x[:, 0] > 0) * random.integers(0, 2, n)  # correlated with the first
    x[random.random(x.shape) < missing] = np.nan
    return x.astype(np.float32)


def signal(x):
    z = np.nan_to_num(x, nan=0.7)
    return z[:, 0] + np.sin(2 * z[:, 1]) * z[:, 2] + 0.5 * (z[:, 4] == 1) - z[:, 5]


def lists(model):
    """The tree ensemble of an ONNX model as plain lists, tree by tree."""
    (node,) = [n for n in model.graph.node if n.op_type.startswith("TreeEnsemble")]
    a = {x.name: onnx.helper.get_attribute_value(x) for x in node.attribute}
    kind = "class" if node.op_type.endswith("Classifier") else "target"
    missing = a.get("nodes_missing_value_tracks_true") or [0] * len(a["nodes_nodeids"])
    values = {}
    for tree, leaf, output, weight in zip(
        a[f"{kind}_treeids"], a[f"{kind}_nodeids"], a[f"{kind}_ids"], a[f"{kind}_weights"]
    ):
        values.setdefault((tree, leaf), []).append([output, float(weight)])
    trees = {}
    for i, (tree, position) in enumerate(zip(a["nodes_treeids"], a["nodes_nodeids"])):
        here = trees.setdefault(tree, [])
        assert position == len(here)
        if a["nodes_modes"][i] == b"LEAF":
            here.append({"leaf": values.get((tree, position), [])})
        else:
            assert a["nodes_modes"][i] == b"BRANCH_LEQ"
            here.append({
                "feature": a["nodes_featureids"][i],
                # JSON has no infinity: the split that only parts the missing from the rest.
                "threshold": None if np.isinf(a["nodes_values"][i]) else a["nodes_values"][i],
                "missing_is_true": bool(missing[i]),
                "to": [a["nodes_truenodeids"][i], a["nodes_falsenodeids"][i]],
            })
    return list(trees.values()), [float(b) for b in a.get("base_values", [])]


def as_json(x):
    """Numbers as short as their type allows; NaN is null."""
    return [None if np.isnan(v) else float(str(v)) for v in np.asarray(x).ravel()]


def explained(values):
    """Shape (rows, outputs, features)."""
    values = np.asarray(values)
    return values[:, None, :] if values.ndim == 2 else np.moveaxis(values, 2, 1)


def export(name, model, options=None):
    onx = skl2onnx.convert_sklearn(
        model, initial_types=[("features", FloatTensorType([None, WIDTH]))], options=options
    )
    (HERE / f"{name}.onnx").write_bytes(onx.SerializeToString())
    return onx


def tree_case(name, model, x, y, current, is_classifier, options):
    model.fit(x.astype(np.float64), y)
    onx = export(name, model, options)
    trees, base_values = lists(onx)
    background = x[:25]
    case = {"name": name, "trees": trees, "base_values": base_values,
            "reference": as_json(x), "background": as_json(background), "rows": as_json(current)}
    for kind, data in (("tree_path_dependent", None), ("interventional", background)):
        explainer = shap.TreeExplainer(
            model, None if data is None else data.astype(np.float64), feature_perturbation=kind
        )
        values = explainer.shap_values(current.astype(np.float64), check_additivity=False)
        values = explained(values)
        case[kind] = {
            "expected": as_json(np.atleast_1d(explainer.expected_value)),
            "n_outputs": values.shape[1],
            "values": as_json(np.round(values, 12)),
        }
    session = onnxruntime.InferenceSession(onx.SerializeToString())
    out = session.run(None, {"features": current})[1 if is_classifier else 0]
    case["scores"] = as_json(out)
    return case


def tree_ensemble_5():
    """Version 5 of the operator: every comparison, a missing-value track, f64 thresholds, a tree
    that is a single leaf."""
    double = onnx.TensorProto.DOUBLE
    tensor = onnx.helper.make_tensor
    splits = [0.1, -0.25, 1.0, 0.3, 0.5, 2.0, 0.0]
    modes = [0, 1, 2, 3, 4, 5, 0]
    node = onnx.helper.make_node(
        "TreeEnsemble", ["x"], ["y"], domain="ai.onnx.ml", n_targets=2, aggregate_function=1,
        tree_roots=[0, 6],
        nodes_featureids=[0, 1, 2, 3, 5, 4, 0],
        nodes_splits=tensor("splits", double, [7], splits),
        nodes_modes=tensor("modes", onnx.TensorProto.UINT8, [7], modes),
        nodes_truenodeids=[1, 3, 5, 0, 1, 4, 7],
        nodes_trueleafs=[0, 0, 0, 1, 1, 1, 1],
        nodes_falsenodeids=[2, 4, 5, 2, 3, 6, 7],
        nodes_falseleafs=[0, 0, 1, 1, 1, 1, 1],
        nodes_missing_value_tracks_true=[1, 0, 0, 1, 0, 0, 0],
        leaf_targetids=[0, 1, 0, 1, 0, 1, 0, 1],
        leaf_weights=tensor("weights", double, [8], [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 0.5]),
    )
    value = onnx.helper.make_tensor_value_info
    cast = onnx.helper.make_node("Cast", ["features"], ["x"], to=double)
    graph = onnx.helper.make_graph(
        [cast, node], "g", [value("features", onnx.TensorProto.FLOAT, [None, WIDTH])],
        [value("y", double, [None, 2])])
    opsets = [onnx.helper.make_opsetid("ai.onnx.ml", 5), onnx.helper.make_opsetid("", 18)]
    return onnx.helper.make_model(graph, opset_imports=opsets, ir_version=10)


def main():
    random = np.random.default_rng(SEED)
    x, current = rows(random, 300, 0.08), rows(random, 20, 0.08)
    full, full_current = rows(random, 200, 0.0), rows(random, 20, 0.0)
    noise = random.normal(size=300)
    target = signal(x) + 0.3 * noise
    full_target = signal(full) + 0.3 * noise[:200]
    zipmap = {"zipmap": False}
    hgb = dict(max_iter=12, max_leaf_nodes=8, min_samples_leaf=5, early_stopping=False,
               random_state=SEED)
    forest = dict(n_estimators=6, max_depth=6, min_samples_leaf=3, random_state=SEED)
    classes = np.digitize(full_target, [-0.7, 0.7])

    cases = []

    def add(name, model, data, y, now, is_classifier):
        options = {id(model): zipmap} if is_classifier else None
        cases.append(tree_case(name, model, data, y, now, is_classifier, options))

    add("hgb_binary", HistGradientBoostingClassifier(**hgb), x, (target > 0).astype(int),
        current, True)
    add("hgb_regression", HistGradientBoostingRegressor(**hgb), x, target, current, False)
    add("forest_regression", RandomForestRegressor(**forest), full, full_target, full_current,
        False)
    add("forest_classes", RandomForestClassifier(**forest), full, classes, full_current, True)

    tools = {
        "python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__, "shap": shap.__version__,
        "skl2onnx": skl2onnx.__version__, "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
    }
    text = json.dumps(
        {"tools": tools, "seed": SEED, "width": WIDTH, "cases": cases}, allow_nan=False
    )
    (HERE / "trees.json").write_text(text + "\n")

    graphs = []
    y = (full_target > 0).astype(int)
    mlp = dict(hidden_layer_sizes=(5,), max_iter=300, random_state=SEED)
    models = [
        ("mlp_classifier", make_pipeline(StandardScaler(), MLPClassifier(**mlp)), y, True),
        ("mlp_regressor", MLPRegressor(**mlp), full_target, False),
        ("logistic", LogisticRegression(), y, True),
        ("logistic_classes", LogisticRegression(), classes, True),
        ("linear", LinearRegression(), full_target, False),
        ("hgb_classes", HistGradientBoostingClassifier(**{**hgb, "max_iter": 3}), classes, True),
        ("forest_binary", RandomForestClassifier(**{**forest, "n_estimators": 3}), y, True),
    ]
    for name, model, y, is_classifier in models:
        model.fit(full, y)
        onx = export(name, model, {id(model): zipmap} if is_classifier else None)
        session = onnxruntime.InferenceSession(onx.SerializeToString())
        out = session.run(None, {"features": full_current})[1 if is_classifier else 0]
        graphs.append({"name": name, "scores": as_json(out)})
        print(name, [n.op_type for n in onx.graph.node])
    softmax = onnx.load(HERE / "logistic.onnx")
    (attribute,) = [a for a in softmax.graph.node[0].attribute if a.name == "post_transform"]
    attribute.s = b"SOFTMAX"
    for name, model in (("tree_ensemble_5", tree_ensemble_5()), ("logistic_softmax", softmax)):
        (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())
        session = onnxruntime.InferenceSession(model.SerializeToString())
        out = session.run(None, {"features": full_current})[-1]
        graphs.append({"name": name, "scores": as_json(out)})
    text = json.dumps({"tools": tools, "seed": SEED, "width": WIDTH,
                       "rows": as_json(full_current), "cases": graphs})
    (HERE / "graphs.json").write_text(text + "\n")


main()
