"""Expected values of comparisons of many columns, from NumPy, statsmodels, scikit-learn and LightGBM."""

import json
import pathlib
import warnings

import lightgbm
import numpy as np
import scipy
import sklearn
import statsmodels
from scipy.spatial import distance
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from statsmodels.stats.multivariate import test_mvmean_2indep

warnings.filterwarnings("ignore")
SEED = 20261129
rng = np.random.default_rng(SEED)
N, M, D = 240, 120, 4


def rounded(values, digits=3):
    return np.round(values, digits)


def cloud(n, correlation, shift):
    common = rng.normal(0, 1, (n, 1))
    rows = correlation * common + np.sqrt(1 - correlation**2) * rng.normal(0, 1, (n, D))
    return rounded(rows + shift)


def hotelling(x, y):
    found = test_mvmean_2indep(x, y)
    difference = x.mean(axis=0) - y.mean(axis=0)
    pooled = ((len(x) - 1) * np.cov(x.T) + (len(y) - 1) * np.cov(y.T)) / (len(x) + len(y) - 2)
    return {
        "t2": float(found.t2),
        "f": float(found.statistic),
        "p_value": float(found.pvalue),
        "mahalanobis": float(np.sqrt(difference @ np.linalg.solve(pooled, difference))),
    }


def mmd(x, y):
    both = np.vstack([x, y])
    distances = distance.pdist(both)
    sigma = float(np.median(distances))
    kernel = np.exp(-distance.squareform(distances) ** 2 / (2 * sigma**2))
    np.fill_diagonal(kernel, 0)
    n, m = len(x), len(y)
    return {
        "bandwidth": sigma,
        "statistic": float(
            kernel[:n, :n].sum() / (n * (n - 1))
            + kernel[n:, n:].sum() / (m * (m - 1))
            - 2 * kernel[:n, n:].mean()
        ),
    }


def centroids(x, y):
    a, b = x.mean(axis=0), y.mean(axis=0)
    return {
        "euclidean": float(distance.euclidean(a, b)),
        "cosine": float(distance.cosine(a, b)),
        "manhattan": float(distance.cityblock(a, b)),
        "chebyshev": float(distance.chebyshev(a, b)),
    }


reference = cloud(N, 0.7, 0.0)
cases = {
    "same law": cloud(M, 0.7, 0.0),
    "shifted": cloud(M, 0.7, np.array([0.3, 0.0, -0.2, 0.1])),
    "correlation lost": cloud(M, 0.0, 0.0),
}
dense = [
    {
        "name": name,
        "current": current.tolist(),
        "hotelling": hotelling(reference, current),
        "mmd": mmd(reference, current),
        "centroids": centroids(reference, current),
    }
    for name, current in cases.items()
]


def mixed(n, correlation):
    """Numbers with gaps and categories with gaps and one that the reference never saw."""
    rows = cloud(n, correlation, 0.0)
    numbers = rows[:, :3].copy()
    numbers[rng.random((n, 3)) < 0.08] = np.nan
    codes = np.digitize(rows[:, 3], [-1.0, 0.0, 0.8]).astype(float)
    codes[rng.random(n) < 0.05] = np.nan
    return numbers, codes


def nannyml_reconstruction(reference, currents):
    """NannyML's steps with its building blocks; a category becomes its share of the reference."""
    fill_numbers = SimpleImputer(strategy="mean").fit(reference[0])
    fill_codes = SimpleImputer(strategy="most_frequent").fit(reference[1].reshape(-1, 1))

    def filled(table):
        codes = fill_codes.transform(table[1].reshape(-1, 1)).ravel()
        return fill_numbers.transform(table[0]), codes

    numbers, codes = filled(reference)
    values, counts = np.unique(codes, return_counts=True)
    shares = dict(zip(values, counts / len(codes)))

    def encoded(table):
        numbers, codes = filled(table)
        return np.column_stack([numbers, [shares.get(code, 0.0) for code in codes]])

    scaler = StandardScaler().fit(encoded(reference))
    components = PCA(n_components=0.65, random_state=16).fit(scaler.transform(encoded(reference)))

    def errors(table):
        rows = scaler.transform(encoded(table))
        return np.linalg.norm(rows - components.inverse_transform(components.transform(rows)), axis=1)

    return {
        "n_components": int(components.n_components_),
        "explained": components.explained_variance_ratio_.tolist(),
        "errors": [errors(table).tolist()[:20] for table in currents],
        "means": [float(errors(table).mean()) for table in currents],
    }


def nannyml_auc(x, is_chunk):
    """NannyML's domain classifier: unshuffled folds, LightGBM's defaults, one AUC."""
    scores, sides = [], []
    for train, test in StratifiedKFold(n_splits=5).split(x, is_chunk):
        model = lightgbm.LGBMClassifier(random_state=13, n_jobs=1, verbose=-1)
        model.fit(x[train], is_chunk[train], categorical_feature=[0])
        scores.append(model.predict_proba(x[test])[:, 1])
        sides.append(is_chunk[test])
    return float(roc_auc_score(np.concatenate(sides), np.concatenate(scores)))


table = mixed(N, 0.7)
changed = mixed(M, 0.0)
changed[1][:6] = 4.0
same = mixed(M, 0.7)
reconstruction = nannyml_reconstruction(table, [table, same, changed])


def joined(current):
    codes = np.concatenate([table[1], current[1]])
    return np.column_stack([codes, np.vstack([table[0], current[0]])])


is_chunk = np.repeat([0, 1], [N, M])
domain = [nannyml_auc(joined(current), is_chunk) for current in (same, changed)]


def listed(values):
    return [None if np.isnan(v) else float(v) for v in values]


def mixed_listed(table):
    return {"numbers": [listed(c) for c in table[0].T], "codes": listed(table[1])}


result = {
    "made_by": "make_multivariate.py",
    "tools": {
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "statsmodels": statsmodels.__version__,
        "scikit-learn": sklearn.__version__,
        "lightgbm": lightgbm.__version__,
    },
    "seed": SEED,
    "reference": reference.tolist(),
    "dense": dense,
    "mixed_reference": mixed_listed(table),
    "mixed": [mixed_listed(same), mixed_listed(changed)],
    "reconstruction": reconstruction,
    "nannyml_auc": domain,
}
path = pathlib.Path(__file__).with_name("multivariate.json")
path.write_text(json.dumps(result) + "\n")
print(path, path.stat().st_size, "bytes", domain, reconstruction["means"])
