"""Expected performance measures, from scikit-learn."""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import metrics

SEED = 20130401
rng = np.random.default_rng(SEED)
warnings.simplefilter("ignore")


def ece(labels, scores):
    # Ten equal bins, closed on the right as in sklearn.calibration.calibration_curve.
    bins = np.searchsorted(np.linspace(0, 1, 11)[1:-1], scores)
    total = 0.0
    for b in range(10):
        inside = bins == b
        if inside.any():
            total += inside.sum() * abs(scores[inside].mean() - labels[inside].mean())
    return total / len(scores)


def binary(name, scores, labels, threshold):
    predictions = (scores > threshold).astype(int)
    two = len(np.unique(labels)) == 2
    return {
        "name": name,
        "threshold": threshold,
        "scores": [float(s) for s in scores],
        "labels": [int(v) for v in labels],
        "accuracy": metrics.accuracy_score(labels, predictions),
        "precision": metrics.precision_score(labels, predictions) if predictions.any() else None,
        "recall": metrics.recall_score(labels, predictions) if labels.any() else None,
        "f1": metrics.f1_score(labels, predictions) if predictions.any() or labels.any() else None,
        "roc_auc": metrics.roc_auc_score(labels, scores) if two else None,
        "average_precision": metrics.average_precision_score(labels, scores) if labels.any() else None,
        "brier": metrics.brier_score_loss(labels, scores),
        "log_loss": metrics.log_loss(labels, scores, labels=[0, 1]),
        "ece": ece(labels, scores),
        "mean_score": float(scores.mean()),
        "positive_rate": float(labels.mean()),
    }


def regression(name, predictions, labels):
    return {
        "name": name,
        "predictions": [float(v) for v in predictions],
        "labels": [float(v) for v in labels],
        "mae": metrics.mean_absolute_error(labels, predictions),
        "mse": metrics.mean_squared_error(labels, predictions),
        "r2": metrics.r2_score(labels, predictions),
        "bias": float(np.mean(np.asarray(predictions) - np.asarray(labels))),
    }


scores = np.round(rng.beta(2, 5, 400), 6)
labels = (rng.random(400) < scores).astype(int)
tied = np.round(rng.beta(2, 2, 200), 1)
edge = np.array([0.0, 1.0, 1.0, 0.0, 0.5, 0.3, 0.1, 0.2])
y = np.round(rng.gamma(2, 50, 150), 2)
document = {
    "tools": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    "seed": SEED,
    "tolerance": "1e-9 relative; 1e-6 absolute on AUC and average precision (scores are binned)",
    "binary": [
        binary("calibrated", scores, labels, 0.4),
        binary("tied scores", tied, (rng.random(200) < tied).astype(int), 0.5),
        binary("sure and wrong", edge, np.array([0, 1, 0, 1, 1, 0, 0, 0]), 0.5),
        binary("one class", np.array([0.2, 0.9, 0.4]), np.array([1, 1, 1]), 0.5),
    ],
    "regression": [
        regression("rentals", np.round(y * 0.8 + rng.normal(0, 10, 150), 3), y),
        regression("offset", [1e6 + 1.5, 1e6 + 2.25, 1e6 + 2.5], [1e6 + 1.0, 1e6 + 2.0, 1e6 + 3.0]),
    ],
}
path = pathlib.Path(__file__).with_name("performance.json")
path.write_text(json.dumps(document) + "\n")
print(path.stat().st_size, "bytes")
