"""Makes outliers.json: scores of rows by scikit-learn and pyod."""

import json

import numpy as np
import pyod
import sklearn
from pyod.models.ecod import ECOD
from pyod.models.hbos import HBOS
from pyod.version import __version__ as pyod_version
from sklearn.covariance import EmpiricalCovariance, MinCovDet
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor

SEED = 20260731
rng = np.random.default_rng(SEED)


def matrix(n, d):
    mix = rng.normal(size=(d, d))
    x = rng.normal(size=(n, d)) @ mix
    x[:, 0] = np.exp(0.5 * x[:, 0])
    return np.round(x, 3)


cases = []
for n, m, d, k in [(120, 30, 3, 20), (200, 40, 5, 10), (60, 20, 2, 5)]:
    reference, current = matrix(n, d), matrix(m, d)
    current[: m // 4] += np.round(rng.normal(0, 6, size=(m // 4, d)), 3)
    lof = LocalOutlierFactor(n_neighbors=k, novelty=True).fit(reference)
    hbos = HBOS(n_bins=10, alpha=0.1, tol=0.5).fit(reference)
    ecod = ECOD().fit(reference)
    forest = np.mean(
        [-IsolationForest(n_estimators=200, max_samples=64, random_state=s).fit(reference).score_samples(current) for s in range(10)],
        axis=0,
    )
    cases.append(dict(
        n_columns=d, k=k, reference=reference.ravel().tolist(), current=current.ravel().tolist(),
        lof=(-lof.score_samples(current)).tolist(),
        hbos=hbos.decision_function(current).tolist(),
        ecod=[float(ecod.decision_function(row.reshape(1, -1))[0]) for row in current],
        mahalanobis=EmpiricalCovariance().fit(reference).mahalanobis(current).tolist(),
        isolation_forest=forest.tolist(),
    ))

# A fifth of the reference is wild: the robust distance must not notice. scikit-learn's fit
# is random too; both look for the same minimum.
clean = matrix(400, 3)
wild = clean.copy()
wild[:80] += [30, -20, 40]
wild = np.round(wild, 3)
robust = MinCovDet(random_state=0).fit(wild)
current = matrix(40, 3)
out = dict(
    tools=dict(sklearn=sklearn.__version__, pyod=pyod_version, numpy=np.__version__),
    seed=SEED,
    cases=cases,
    robust=dict(n_columns=3, reference=wild.ravel().tolist(), current=current.ravel().tolist(),
                mahalanobis=robust.mahalanobis(current).tolist()),
)
with open("outliers.json", "w") as f:
    json.dump(out, f, separators=(",", ":"))
    f.write("\n")
