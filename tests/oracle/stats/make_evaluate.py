"""Expected measures with weights, averages and intervals: scikit-learn, statsmodels, NumPy."""

import json
import math
import pathlib
import warnings

import numpy as np
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from scipy import special, stats
from sklearn import metrics
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

SEED = 20261128
rng = np.random.default_rng(SEED)
warnings.simplefilter("ignore")


def delong_kernel(labels, *score_columns):
    """AUCs and their covariance from the full kernel matrix, O(nm): the definition."""
    rows = []
    for scores in score_columns:
        x, y = scores[labels == 1], scores[labels == 0]
        psi = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
        rows.append((psi.mean(), psi.mean(axis=1), psi.mean(axis=0)))
    auc = [row[0] for row in rows]
    s10 = np.cov([row[1] for row in rows])
    s01 = np.cov([row[2] for row in rows])
    cov = np.atleast_2d(s10 / (labels == 1).sum() + s01 / (labels == 0).sum())
    return auc, cov


def ece(labels, scores, weights):
    bins = np.searchsorted(np.linspace(0, 1, 11)[1:-1], scores)
    gaps = [abs((weights * (scores - labels))[bins == b].sum()) for b in range(10)]
    return float(sum(gaps) / weights.sum())


def top_share(labels, scores, weights, share):
    """Weight of positives among the top share, ties in proportion."""
    left, got = share * weights.sum(), 0.0
    for value in np.unique(scores)[::-1]:
        tied = scores == value
        part = min(1.0, left / weights[tied].sum())
        got += part * (weights * labels)[tied].sum()
        left -= part * weights[tied].sum()
        if left <= 1e-12:
            break
    return got / (weights * labels).sum()


def recalibration(labels, scores, weights):
    x = special.logit(scores)
    kind = sm.families.Binomial()
    # Frequency weights give the score equations; the sandwich takes squared weights.
    fit = sm.GLM(labels, sm.add_constant(x), family=kind, freq_weights=weights).fit(tol=1e-14)
    p = fit.fittedvalues
    design = sm.add_constant(x)
    bread = np.linalg.inv((design * (weights * p * (1 - p))[:, None]).T @ design)
    u = design * (weights * (labels - p))[:, None]
    cov = bread @ (u.T @ u) @ bread
    large = sm.GLM(labels, np.ones(len(x)), family=kind, freq_weights=weights, offset=x).fit(tol=1e-14)
    q = large.fittedvalues
    large_se = math.sqrt(((weights * (labels - q)) ** 2).sum()) / (weights * q * (1 - q)).sum()
    return {
        "calibration_intercept": fit.params[0],
        "calibration_slope": fit.params[1],
        "intercept_se": math.sqrt(cov[0, 0]),
        "slope_se": math.sqrt(cov[1, 1]),
        "calibration_in_the_large": large.params[0],
        "large_se": large_se,
    }


def delta_mcc(confusion):
    """Standard error of MCC by numeric derivatives of the cells."""
    def mcc(m):
        s, c = m.sum(), np.trace(m)
        t, p = m.sum(axis=1), m.sum(axis=0)
        return (c * s - t @ p) / math.sqrt((s * s - p @ p) * (s * s - t @ t))
    return delta_se(confusion, mcc)


def delta_se(confusion, function):
    total = 0.0
    for index in np.ndindex(confusion.shape):
        h = 1e-4 * max(confusion.sum(), 1)
        up, down = confusion.astype(float).copy(), confusion.astype(float).copy()
        up[index] += h
        down[index] -= h
        g = (function(up) - function(down)) / (2 * h)
        total += g * g * confusion[index]
    return math.sqrt(total)


def macro_f1(m):
    d = m.sum(axis=0) + m.sum(axis=1)
    return float(np.mean(2 * np.diag(m) / d))


def weighted_f1(m):
    d = m.sum(axis=0) + m.sum(axis=1)
    return float((m.sum(axis=1) * 2 * np.diag(m) / d).sum() / m.sum())


def balanced(m):
    return float(np.mean(np.diag(m) / m.sum(axis=1)))


def binary(name, labels, scores, weights=None):
    w = np.ones(len(labels)) if weights is None else weights
    predicted = (scores >= 0.5).astype(int)
    kw = {"sample_weight": w}
    confusion = metrics.confusion_matrix(labels, predicted)
    fpr, tpr, _ = metrics.roc_curve(labels, scores, drop_intermediate=False, **kw)
    case = {
        "name": name,
        "labels": labels.tolist(),
        "scores": scores.tolist(),
        "weights": None if weights is None else w.tolist(),
        "values": {
            "accuracy": metrics.accuracy_score(labels, predicted, **kw),
            "balanced_accuracy": metrics.balanced_accuracy_score(labels, predicted, **kw),
            "precision": metrics.precision_score(labels, predicted, **kw),
            "recall": metrics.recall_score(labels, predicted, **kw),
            "specificity": metrics.recall_score(labels, predicted, pos_label=0, **kw),
            "f1": metrics.f1_score(labels, predicted, **kw),
            "f_beta": metrics.fbeta_score(labels, predicted, beta=2, **kw),
            "mcc": metrics.matthews_corrcoef(labels, predicted, **kw),
            "roc_auc": metrics.roc_auc_score(labels, scores, **kw),
            "gini": 2 * metrics.roc_auc_score(labels, scores, **kw) - 1,
            "average_precision": metrics.average_precision_score(labels, scores, **kw),
            "ks": float(np.max(np.abs(tpr - fpr))),
            "log_loss": metrics.log_loss(labels, scores, **kw),
            "brier": metrics.brier_score_loss(labels, scores, **kw),
            "ece": ece(labels, scores, w),
            "lift_at_10_percent": top_share(labels, scores, w, 0.1) / 0.1,
            "gain_at_25_percent": top_share(labels, scores, w, 0.25),
        },
    }
    fitted = recalibration(labels, scores, w)
    errors = {k: fitted.pop(k) for k in ["intercept_se", "slope_se", "large_se"]}
    case["values"].update(fitted)
    case["standard_errors"] = {
        "calibration_intercept": errors["intercept_se"],
        "calibration_slope": errors["slope_se"],
        "calibration_in_the_large": errors["large_se"],
    }
    if weights is None:
        auc, cov = delong_kernel(labels, scores)
        half = stats.norm.ppf(0.975) * math.sqrt(cov[0, 0])
        case["intervals"] = {"roc_auc": [auc[0] - half, auc[0] + half]}
        for share, hits, rows in [
            ("accuracy", (labels == predicted).sum(), len(labels)),
            ("precision", (labels & predicted).sum(), predicted.sum()),
            ("recall", (labels & predicted).sum(), labels.sum()),
        ]:
            found = proportion_confint(int(hits), int(rows), method="wilson")
            case["intervals"][share] = [float(v) for v in found]
        t = stats.t.ppf(0.975, len(labels) - 1)
        losses = (scores - labels) ** 2
        se = losses.std(ddof=1) / math.sqrt(len(labels))
        case["intervals"]["brier"] = [losses.mean() - t * se, losses.mean() + t * se]
        case["delta"] = {
            "mcc": delta_mcc(confusion),
            "balanced_accuracy": delta_se(confusion, balanced),
        }
    return case


def multiclass(name, labels, scores, weights=None):
    w = np.ones(len(labels)) if weights is None else weights
    k = scores.shape[1]
    predicted = scores.argmax(axis=1)
    kw = {"sample_weight": w}
    values = {
        "accuracy": metrics.accuracy_score(labels, predicted, **kw),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, predicted, **kw),
        "mcc": metrics.matthews_corrcoef(labels, predicted, **kw),
        "log_loss": metrics.log_loss(labels, scores, labels=range(k), **kw),
        "brier": float((w * ((scores - np.eye(k)[labels]) ** 2).sum(axis=1)).sum() / w.sum()),
    }
    for average in ["micro", "macro", "weighted"]:
        p, r, f, _ = metrics.precision_recall_fscore_support(
            labels, predicted, average=average, zero_division=0, **kw)
        values[f"precision_{average}"] = p
        values[f"recall_{average}"] = r
        values[f"f1_{average}"] = f
        if average != "micro":
            values[f"f_beta_{average}"] = metrics.fbeta_score(
                labels, predicted, beta=2, average=average, zero_division=0, **kw)
            values[f"roc_auc_ovr_{average}"] = metrics.roc_auc_score(
                labels, scores, multi_class="ovr", average=average, **kw)
            if weights is None:
                values[f"roc_auc_ovo_{average}"] = metrics.roc_auc_score(
                    labels, scores, multi_class="ovo", average=average)
    p, r, f, _ = metrics.precision_recall_fscore_support(labels, predicted, zero_division=0, **kw)
    case = {
        "name": name,
        "n_classes": k,
        "labels": labels.tolist(),
        "scores": scores.ravel().tolist(),
        "weights": None if weights is None else w.tolist(),
        "values": {key: float(v) for key, v in values.items()},
        "classes": {
            "precision": p.tolist(),
            "recall": r.tolist(),
            "f1": f.tolist(),
            "roc_auc": [metrics.roc_auc_score(labels == c, scores[:, c], **kw) for c in range(k)],
        },
    }
    if weights is None:
        confusion = metrics.confusion_matrix(labels, predicted)
        case["delta"] = {
            "mcc": delta_mcc(confusion),
            "f1_macro": delta_se(confusion, macro_f1),
            "f1_weighted": delta_se(confusion, weighted_f1),
            "balanced_accuracy": delta_se(confusion, balanced),
        }
        # The infinitesimal jackknife of the averages, by numeric derivatives of weights.
        case["jackknife"] = {}
        for average in ["macro", "weighted"]:
            def auc(v):
                return metrics.roc_auc_score(
                    labels, scores, multi_class="ovr", average=average, sample_weight=v)
            gradient = []
            for i in range(len(labels)):
                up, down = np.ones(len(labels)), np.ones(len(labels))
                up[i] += 1e-4
                down[i] -= 1e-4
                gradient.append((auc(up) - auc(down)) / 2e-4)
            gradient = np.array(gradient)
            n_c = np.bincount(labels)
            case["jackknife"][f"roc_auc_ovr_{average}"] = float(
                sum(n_c[c] / (n_c[c] - 1) * (gradient[labels == c] ** 2).sum() for c in range(k)))
    return case


def regression(name, labels, predictions, weights=None):
    kw = {"sample_weight": weights}
    w = np.ones(len(labels)) if weights is None else weights
    smape = 2 * np.abs(predictions - labels) / (np.abs(predictions) + np.abs(labels))
    values = {
        "mean_error": np.average(predictions - labels, weights=w),
        "mae": metrics.mean_absolute_error(labels, predictions, **kw),
        "mse": metrics.mean_squared_error(labels, predictions, **kw),
        "rmse": metrics.root_mean_squared_error(labels, predictions, **kw),
        "rmsle": metrics.root_mean_squared_log_error(labels, predictions, **kw),
        "r2": metrics.r2_score(labels, predictions, **kw),
        "mape": metrics.mean_absolute_percentage_error(labels, predictions, **kw),
        "smape": np.average(smape, weights=w),
        "quantile_loss": metrics.mean_pinball_loss(labels, predictions, alpha=0.9, **kw),
    }
    return {
        "name": name,
        "labels": labels.tolist(),
        "predictions": predictions.tolist(),
        "weights": None if weights is None else w.tolist(),
        "values": {key: float(v) for key, v in values.items()},
    }


def average_precision_at(labels, order, k):
    hits, total = 0, 0.0
    for rank, row in enumerate(order[:k], start=1):
        if labels[row] > 0:
            hits += 1
            total += hits / rank
    return total / min(k, (labels > 0).sum())


def ranking(name, tied):
    """NDCG from scikit-learn (which averages over ties); the rest by averaging over orders."""
    queries, labels, scores = [], [], []
    sums = {}
    n_queries = 25
    for query in range(n_queries):
        n = int(rng.integers(2, 9))
        gain = rng.integers(0, 3, n).astype(float)
        if not gain.any():
            gain[0] = 1.0
        score = np.round(rng.normal(gain, 1.0), 0 if tied else 6)
        queries += [query] * n
        labels += gain.tolist()
        scores += score.tolist()
        orders = [np.argsort(-score, kind="stable")] if not tied else tied_orders(score)
        for k in [1, 3, 5, None]:
            depth = n if k is None else k
            suffix = "" if k is None else f"_at_{k}"
            values = {f"ndcg{suffix}": metrics.ndcg_score([gain], [score], k=k)}
            ranks = [[i for i, row in enumerate(o[:depth], 1) if gain[row] > 0] for o in orders]
            values[f"map{suffix}"] = np.mean([average_precision_at(gain, o, max(depth, 1) if k else n) for o in orders])
            values[f"mrr{suffix}"] = np.mean([1 / r[0] if r else 0.0 for r in ranks])
            if k is not None:
                values[f"precision{suffix}"] = np.mean([len(r) / k for r in ranks])
                values[f"recall{suffix}"] = np.mean([len(r) for r in ranks]) / (gain > 0).sum()
                values[f"hit_rate{suffix}"] = np.mean([bool(r) for r in ranks])
            for key, value in values.items():
                sums[key] = sums.get(key, 0.0) + float(value) / n_queries
    return {"name": name, "queries": queries, "labels": labels, "scores": scores, "values": sums}


def tied_orders(score):
    """All orders of the tied rows."""
    import itertools
    groups = [np.flatnonzero(score == v).tolist() for v in np.unique(score)[::-1]]
    return [np.concatenate(o).astype(int) for o in itertools.product(
        *[[list(p) for p in itertools.permutations(g)] for g in groups])]


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)


n = 240
true_p = np.clip(rng.beta(1.4, 2.2, n), 0.01, 0.99)
y = (rng.random(n) < true_p).astype(int)
s = np.round(special.expit(1.4 * special.logit(true_p) + 0.3 + rng.normal(0, 0.6, n)), 6)
tied = np.clip(np.round(s, 1), 0.05, 0.95)
weights = np.round(rng.gamma(2, 1, n), 3) + 0.001
m = 180
classes = rng.choice(4, m, p=[0.45, 0.3, 0.15, 0.1])
logits = rng.normal(0, 1, (m, 4)) + 1.2 * np.eye(4)[classes]
probabilities = softmax(logits)
probabilities = np.round(probabilities, 6)
probabilities[:, -1] = 1 - probabilities[:, :-1].sum(axis=1)
amounts = np.round(rng.gamma(2, 50, 150), 2) + 0.01
guesses = np.round(np.abs(amounts * 0.9 + rng.normal(0, 15, 150)), 3)
second = np.round(special.expit(special.logit(true_p) + rng.normal(0, 1.2, n)), 3)
aucs, cov = delong_kernel(y, s, second)
z = (aucs[0] - aucs[1]) / math.sqrt(cov[0, 0] + cov[1, 1] - 2 * cov[0, 1])
document = {
    "tools": {
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "scipy": scipy.__version__,
        "statsmodels": statsmodels.__version__,
    },
    "seed": SEED,
    "tolerance": "1e-9 relative; where it is looser the test says why",
    "binary": [
        binary("plain", y, s),
        binary("tied", y, tied),
        binary("weighted", y, s, weights),
        binary("weighted and tied", y, tied, weights),
    ],
    "paired": {
        "labels": y.tolist(),
        "first": s.tolist(),
        "second": second.tolist(),
        "difference": aucs[0] - aucs[1],
        "z": z,
        "p_value": 2 * stats.norm.sf(abs(z)),
    },
    "multiclass": [
        multiclass("plain", classes, probabilities),
        multiclass("weighted", classes, probabilities, np.round(rng.gamma(2, 1, m), 3) + 0.001),
    ],
    "regression": [
        regression("plain", amounts, guesses),
        regression("weighted", amounts, guesses, np.round(rng.gamma(2, 1, 150), 3) + 0.001),
    ],
    "ranking": [ranking("no ties", False), ranking("ties", True)],
    "intervals": {
        "wilson": [
            [k, size, level, *[float(v) for v in proportion_confint(k, size, 1 - level, "wilson")]]
            for k, size, level in [(0, 12, 0.95), (12, 12, 0.95), (3, 40, 0.9), (500, 1001, 0.99)]
        ],
        "newcombe": [
            [a, b, c, d, *[float(v) for v in confint_proportions_2indep(a, b, c, d, method="newcomb")]]
            for a, b, c, d in [(8, 20, 3, 30), (56, 70, 48, 80), (0, 10, 4, 11), (30, 30, 20, 25)]
        ],
        "log_ratio": [
            [a, b, c, d, *[float(v) for v in confint_proportions_2indep(a, b, c, d, compare="ratio", method="log")]]
            for a, b, c, d in [(8, 20, 3, 30), (56, 70, 48, 80)]
        ],
        "student": [
            [p, df, float(stats.t.ppf(p, df))]
            for p, df in [(0.975, 1), (0.975, 2), (0.95, 5.5), (0.995, 30), (0.9, 1e4), (0.975, 2e5), (0.6, 3), (0.025, 9)]
        ],
    },
}
path = pathlib.Path(__file__).with_name("evaluate.json")
path.write_text(json.dumps(document, default=float) + "\n")
print(path.stat().st_size, "bytes")
