"""Expected values of fitted trees and logistic regression, from LightGBM and scikit-learn."""

import json
import pathlib
import warnings

import lightgbm
import numpy as np
import sklearn
from scipy import sparse
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

warnings.filterwarnings("ignore")
SEED = 20261128
rng = np.random.default_rng(SEED)
N, TRAIN = 900, 600


def rounded(values, digits=3):
    return np.round(values, digits)


def table():
    """Five columns: normal, skewed with zeros, tied integers, normal with gaps, categories."""
    x = np.column_stack([
        rounded(rng.normal(0, 1, N)),
        rounded(np.where(rng.random(N) < 0.4, 0, rng.gamma(2, 1, N))),
        rng.integers(0, 12, N).astype(float),
        np.where(rng.random(N) < 0.1, np.nan, rounded(rng.normal(5, 2, N))),
        rng.integers(0, 9, N).astype(float),
    ])
    effect = np.array([0.8, -0.5, 0.1, 0.9, -1.0, 0.0, 0.4, -0.2, 0.3])[x[:, 4].astype(int)]
    margin = (
        1.2 * x[:, 0]
        - 0.8 * x[:, 1]
        + np.where(np.isnan(x[:, 3]), 1.5, 0.3 * (x[:, 3] - 5))
        + 0.5 * np.sin(x[:, 2])
        + effect
    )
    return x, margin


x, margin = table()
label = (rng.random(N) < 1 / (1 + np.exp(-margin))).astype(int)
value = rounded(margin + rng.normal(0, 0.5, N))
train, test = slice(0, TRAIN), slice(TRAIN, N)



def lightgbm_scores(objective, target, categorical, n_trees=100):
    columns = [0, 1, 2, 3] + ([4] if categorical else [])
    kind = lightgbm.LGBMClassifier if objective == "binary" else lightgbm.LGBMRegressor
    model = kind(objective=objective, n_estimators=n_trees, n_jobs=1, random_state=13, verbose=-1)
    model.fit(x[train][:, columns], target[train], categorical_feature=[4] if categorical else [])
    found = model.predict(x[test][:, columns], raw_score=True)
    return [float(f"{v:.9g}") for v in found]


def hist_scores(classifier, target, categorical):
    columns = [0, 1, 2, 3] + ([4] if categorical else [])
    kind = HistGradientBoostingClassifier if classifier else HistGradientBoostingRegressor
    model = kind(early_stopping=False, categorical_features=[4] if categorical else None)
    model.fit(x[train][:, columns], target[train])
    if classifier:
        found = model.decision_function(x[test][:, columns])
    else:
        found = model.predict(x[test][:, columns])
    return [float(f"{v:.9g}") for v in found]


boosting = [
    {"name": name, "preset": preset, "loss": loss, "categorical": categorical,
     "n_trees": n_trees, "margins": margins}
    for name, preset, loss, categorical, n_trees, margins in [
        ("lightgbm, log loss", "lightgbm", "log_loss", False, 100, lightgbm_scores("binary", label, False)),
        ("lightgbm, log loss, categories", "lightgbm", "log_loss", True, 100, lightgbm_scores("binary", label, True)),
        *[
            (f"lightgbm, {loss}, {n} trees", "lightgbm", loss, True, n, lightgbm_scores(kind, target, True, n))
            for loss, kind, target in [
                ("log_loss", "binary", label), ("squared_error", "l2", value), ("absolute_error", "l1", value),
            ]
            for n in (1, 10)
        ],
        ("lightgbm, squared error", "lightgbm", "squared_error", False, 100, lightgbm_scores("l2", value, False)),
        ("lightgbm, squared error, categories", "lightgbm", "squared_error", True, 100, lightgbm_scores("l2", value, True)),
        ("lightgbm, absolute error", "lightgbm", "absolute_error", False, 100, lightgbm_scores("l1", value, False)),
        ("scikit-learn, log loss", "hist_gradient_boosting", "log_loss", False, 100, hist_scores(True, label, False)),
        ("scikit-learn, log loss, categories", "hist_gradient_boosting", "log_loss", True, 100, hist_scores(True, label, True)),
        ("scikit-learn, squared error", "hist_gradient_boosting", "squared_error", False, 100, hist_scores(False, value, False)),
    ]
]

filled = np.where(np.isnan(x), 0.0, x)


def forest_importances(kind, target, **settings):
    """Mean and spread over seeds: forests are random, so equality is within both spreads."""
    found = np.array([
        kind(n_estimators=100, random_state=seed, n_jobs=1, **settings)
        .fit(filled[train], target[train])
        .feature_importances_
        for seed in range(12)
    ])
    scores = np.array([
        kind(n_estimators=100, random_state=seed, n_jobs=1, **settings)
        .fit(filled[train], target[train])
        .score(filled[test], target[test])
        for seed in range(6)
    ])
    return {
        "mean": found.mean(axis=0).tolist(),
        "sd": found.std(axis=0, ddof=1).tolist(),
        "score_mean": float(scores.mean()),
        "score_sd": float(scores.std(ddof=1)),
    }


three = np.digitize(margin, [-0.7, 0.7])
forests = [
    {"name": "classifier, two classes", "target": "label",
     **forest_importances(RandomForestClassifier, label)},
    {"name": "classifier, three classes", "target": "three",
     **forest_importances(RandomForestClassifier, three)},
    {"name": "regressor, all columns", "target": "value",
     **forest_importances(RandomForestRegressor, value)},
    {"name": "regressor, square root of the columns", "target": "value_sqrt",
     **forest_importances(RandomForestRegressor, value, max_features="sqrt")},
]


def logistic(c, rows, target, penalty_free=False):
    model = LogisticRegression(C=c, tol=1e-12, max_iter=10_000, solver="newton-cg")
    model.fit(rows, target)
    return {"intercept": float(model.intercept_[0]), "coefficients": model.coef_[0].tolist()}


counts = rng.poisson(0.15, (120, 64))
count_label = (rng.random(120) < 1 / (1 + np.exp(-(counts[:, :8].sum(axis=1) - 1.2)))).astype(int)
logistic_cases = {
    "dense": [
        {"c": c, **logistic(c, filled[train][:, :4], label[train])} for c in (0.01, 1.0, 100.0)
    ],
    "counts": [
        [[int(j), int(row[j])] for j in np.flatnonzero(row)] for row in counts
    ],
    "count_label": count_label.tolist(),
    "sparse": [
        {"c": c, **logistic(c, sparse.csr_matrix(counts), count_label)} for c in (0.1, 1.0)
    ],
}


def column(values):
    return [None if np.isnan(v) else float(v) for v in values]


result = {
    "made_by": "make_trees.py",
    "tools": {
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "lightgbm": lightgbm.__version__,
    },
    "seed": SEED,
    "n_train": TRAIN,
    "columns": [column(x[:, j]) for j in range(5)],
    "label": label.tolist(),
    "three": three.tolist(),
    "value": value.tolist(),
    "auc_of_lightgbm": float(roc_auc_score(label[test], boosting[0]["margins"])),
    "boosting": boosting,
    "forests": forests,
    "logistic": logistic_cases,
}
path = pathlib.Path(__file__).with_name("trees.json")
path.write_text(json.dumps(result) + "\n")
print(path, path.stat().st_size, "bytes")
