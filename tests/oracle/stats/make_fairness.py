"""Expected fairness measures, from fairlearn; synthetic decisions about three groups."""

import json
import pathlib

import fairlearn
import fairlearn.metrics as fm
import numpy as np
import sklearn
from sklearn import metrics

SEED = 20261129
rng = np.random.default_rng(SEED)


def case(name, n, n_groups, weighted):
    groups = rng.choice(n_groups, n, p=np.arange(n_groups, 0, -1) / np.arange(1, n_groups + 1).sum())
    labels = (rng.random(n) < 0.45 + 0.1 * groups).astype(int)
    predictions = (rng.random(n) < 0.2 + 0.45 * labels + 0.07 * groups).astype(int)
    weights = np.round(rng.gamma(2, 1, n), 3) + 0.001 if weighted else None
    kw = {"sensitive_features": groups, "sample_weight": weights}
    by_group = []
    for group in range(n_groups):
        inside = groups == group
        y, p = labels[inside], predictions[inside]
        w = np.ones(n)[inside] if weights is None else weights[inside]
        by_group.append({
            "base_rate": float(np.average(y, weights=w)),
            "selection_rate": fm.selection_rate(y, p, sample_weight=w),
            "true_positive_rate": fm.true_positive_rate(y, p, sample_weight=w),
            "false_positive_rate": fm.false_positive_rate(y, p, sample_weight=w),
            "false_negative_rate": fm.false_negative_rate(y, p, sample_weight=w),
            "positive_predictive_value": metrics.precision_score(y, p, sample_weight=w),
            "accuracy": metrics.accuracy_score(y, p, sample_weight=w),
        })
    odds = [0.5 * ((g["true_positive_rate"] - by_group[0]["true_positive_rate"])
                   + (g["false_positive_rate"] - by_group[0]["false_positive_rate"]))
            for g in by_group]
    return {
        "name": name,
        "n_groups": n_groups,
        "groups": groups.tolist(),
        "labels": labels.tolist(),
        "predictions": predictions.tolist(),
        "weights": None if weights is None else weights.tolist(),
        "by_group": by_group,
        "average_odds_difference": odds,
        "overall": {
            "demographic_parity_difference": fm.demographic_parity_difference(labels, predictions, **kw),
            "demographic_parity_ratio": fm.demographic_parity_ratio(labels, predictions, **kw),
            "equal_opportunity_difference": fm.equal_opportunity_difference(labels, predictions, **kw),
            "equalized_odds_difference": fm.equalized_odds_difference(labels, predictions, **kw),
        },
    }


document = {
    "tools": {
        "fairlearn": fairlearn.__version__,
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
    },
    "seed": SEED,
    "tolerance": "1e-9 relative",
    "cases": [
        case("two groups", 400, 2, False),
        case("three groups", 900, 3, False),
        case("weighted", 900, 3, True),
    ],
}
path = pathlib.Path(__file__).with_name("fairness.json")
path.write_text(json.dumps(document, default=float) + "\n")
print(path.stat().st_size, "bytes")
