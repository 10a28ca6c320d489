"""Expected comparisons of two models on the same rows.

McNemar's exact test from statsmodels. The clustered test of DeLong (Obuchowski 1997) by its
definition: a kernel over all pairs of positive and negative rows, sums per cluster, no sorting.
The largest gap of true positive rates from fairlearn. Differences of measures from scikit-learn.
"""

import json
import pathlib

import fairlearn
import fairlearn.metrics as fm
import numpy as np
import sklearn
import statsmodels
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar

SEED = 20261128
rng = np.random.default_rng(SEED)


def obuchowski(first, second, labels, weights, clusters):
    """The difference of the AUCs (second - first) and its standard error."""
    positive, negative = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    w1, w0 = weights[positive], weights[negative]
    total1, total0 = w1.sum(), w0.sum()

    def kernel(scores):
        gap = scores[positive][:, None] - scores[negative][None, :]
        return np.where(gap > 0, 1.0, np.where(gap == 0, 0.5, 0.0))

    k = kernel(second) - kernel(first)
    v10 = k @ w0 / total0
    v01 = w1 @ k / total1
    delta = float(w1 @ v10 / total1)
    ids = np.unique(clusters)
    a = np.array([(w1 * (v10 - delta))[clusters[positive] == c].sum() for c in ids])
    b = np.array([(w0 * (v01 - delta))[clusters[negative] == c].sum() for c in ids])
    n1 = sum((clusters[positive] == c).any() for c in ids)
    n0 = sum((clusters[negative] == c).any() for c in ids)
    n = len(ids)
    s10 = n1 / ((n1 - 1) * total1) * (a**2).sum()
    s01 = n0 / ((n0 - 1) * total0) * (b**2).sum()
    s11 = n / (n - 1) * (a * b).sum()
    variance = s10 / total1 + s01 / total0 + 2 * s11 / (total1 * total0)
    return delta, float(np.sqrt(variance))


def case(name, n, n_clusters, weighted, rounded):
    clusters = np.sort(rng.integers(0, n_clusters, n))
    mood = rng.normal(size=n_clusters)[clusters]
    truth = rng.normal(size=n) + mood
    labels = (truth + rng.normal(size=n) > 0.3).astype(int)
    logistic = lambda x: 1 / (1 + np.exp(-x))
    first = logistic(0.6 * truth + 0.9 * rng.normal(size=n))
    second = logistic(0.9 * truth + 0.6 * rng.normal(size=n))
    if rounded:
        first, second = np.round(first, 1), np.round(second, 1)
    weights = np.round(rng.gamma(2, 1, n), 3) + 0.001 if weighted else np.ones(n)
    difference, error = obuchowski(first, second, labels, weights, clusters)
    w = weights

    def values(scores, threshold):
        decided = (scores >= threshold).astype(int)
        # scikit-learn refuses to guess at probabilities of exactly 0 or 1: none are drawn here.
        return {
            "roc_auc": metrics.roc_auc_score(labels, scores, sample_weight=w),
            "average_precision": metrics.average_precision_score(labels, scores, sample_weight=w),
            "brier": metrics.brier_score_loss(labels, scores, sample_weight=w),
            "accuracy": metrics.accuracy_score(labels, decided, sample_weight=w),
            "balanced_accuracy": metrics.balanced_accuracy_score(labels, decided, sample_weight=w),
            "precision": metrics.precision_score(labels, decided, sample_weight=w),
            "recall": metrics.recall_score(labels, decided, sample_weight=w),
            "f1": metrics.f1_score(labels, decided, sample_weight=w),
            "mcc": metrics.matthews_corrcoef(labels, decided, sample_weight=w),
        }

    one, two = first >= 0.5, second >= 0.4
    right = [one == labels, two == labels]
    table = [[int((right[0] & right[1]).sum()), int((right[0] & ~right[1]).sum())],
             [int((~right[0] & right[1]).sum()), int((~right[0] & ~right[1]).sum())]]
    groups = rng.integers(0, 3, n)
    return {
        "name": name,
        "labels": labels.tolist(),
        "first": first.tolist(),
        "second": second.tolist(),
        "weights": weights.tolist() if weighted else None,
        "clusters": clusters.tolist(),
        "auc_difference": difference,
        "auc_standard_error": error,
        "values_first": values(first, 0.5),
        "values_second": values(second, 0.4),
        "only_first": table[0][1],
        "only_second": table[1][0],
        "mcnemar": float(mcnemar(table, exact=True).pvalue),
        "groups": groups.tolist(),
        "gap_first": fm.equal_opportunity_difference(labels, one, sensitive_features=groups),
        "gap_second": fm.equal_opportunity_difference(labels, two, sensitive_features=groups),
    }


document = {
    "tools": {
        "fairlearn": fairlearn.__version__,
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "statsmodels": statsmodels.__version__,
        "seed": SEED,
    },
    "cases": [
        case("independent-ish", 200, 60, False, False),
        case("ties", 150, 20, False, True),
        case("weighted", 180, 25, True, False),
    ],
}
path = pathlib.Path(__file__).with_name("paired.json")
path.write_text(json.dumps(document, indent=1) + "\n")
