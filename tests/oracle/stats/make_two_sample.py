"""Expected values of two-sample statistics, from SciPy."""

import json
import pathlib

import numpy as np
import scipy
from scipy import stats
from scipy.stats.contingency import association

SEED = 20130301
rng = np.random.default_rng(SEED)


def jensen_shannon(p, q):
    """SciPy's `jensenshannon(p, q, base=2)`, in extended precision: in doubles the
    formula loses half of its digits where p is near q."""
    p, q = p.astype(np.longdouble), q.astype(np.longdouble)
    m = (p + q) / 2
    terms = [x[x > 0] * np.log2(x[x > 0] / m[x > 0]) for x in (p, q)]
    return float(np.sqrt(max(sum(t.sum() for t in terms) / 2, 0)))


def rounded(values, digits=3):
    return [float(v) for v in np.round(values, digits)]


SAMPLES = {
    "normal, equal sizes": (rounded(rng.normal(0, 1, 40)), rounded(rng.normal(0.3, 1, 40))),
    "normal, unequal sizes": (rounded(rng.normal(0, 1, 60)), rounded(rng.normal(0.5, 1.2, 17))),
    "shifted far": (rounded(rng.normal(0, 1, 50)), rounded(rng.normal(30, 1, 45))),
    "many ties": ([float(v) for v in rng.integers(0, 5, 80)], [float(v) for v in rng.integers(1, 6, 33)]),
    "zero inflated": (
        rounded(np.where(rng.random(70) < 0.7, 0, rng.gamma(2, 3, 70)), 2),
        rounded(np.where(rng.random(50) < 0.5, 0, rng.gamma(2, 3, 50)), 2),
    ),
    "heavy tails": (rounded(rng.standard_cauchy(64)), rounded(rng.standard_cauchy(31))),
    "large offset": (rounded(1e6 + rng.random(30)), rounded(1e6 + rng.random(29) + 0.2)),
    "constants": ([2.0] * 8, [2.0] * 5),
    "constant against another": ([2.0] * 12, [3.0] * 9),
    "one against one": ([1.0], [2.0]),
    "one against many": ([0.5], rounded(rng.random(20))),
    "the same": ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]),
}
COUNTS = {
    "small": ([10, 20, 30], [20, 20, 20]),
    "two by two": ([500, 500], [530, 470]),
    "empty cells": ([100, 300, 400, 200, 0], [80, 0, 430, 230, 7]),
    "disjoint": ([5, 3, 0, 0], [0, 0, 4, 9]),
    "equal shares": ([10, 20, 30], [20, 40, 60]),
    "near": ([100_000, 200_000, 300_001], [100_001, 200_000, 300_000]),
    "many rows": ([1_000_000, 2_000_000, 500_000], [1_003_000, 1_990_000, 512_000]),
    "sparse": (
        [int(v) for v in rng.poisson(1.5, 60)],
        [int(v) for v in rng.poisson(0.7, 60)],
    ),
    "one category": ([10], [20]),
}

samples = []
for name, (reference, current) in SAMPLES.items():
    ks = stats.ks_2samp(reference, current)
    samples.append({
        "name": name,
        "reference": reference,
        "current": current,
        "ks_statistic": float(ks.statistic),
        "ks_p_value": float(ks.pvalue),
        "wasserstein": float(stats.wasserstein_distance(reference, current)),
        "quartiles": [float(q) for q in np.quantile(reference, [0.25, 0.5, 0.75])],
        "sd": float(np.std(reference, ddof=1)) if len(reference) > 1 else 0.0,
    })

counts = []
for name, (reference, current) in COUNTS.items():
    r, c = np.array(reference), np.array(current)
    used = (r + c) > 0
    chi = stats.chi2_contingency(np.array([r, c])[:, used], correction=False)
    p, q = r / r.sum(), c / c.sum()
    k = len(r)
    ps, qs = (r + 0.5) / (r.sum() + 0.5 * k), (c + 0.5) / (c.sum() + 0.5 * k)
    counts.append({
        "name": name,
        "reference": reference,
        "current": current,
        "chi2": float(chi.statistic),
        "df": int(chi.dof),
        "p_value": float(chi.pvalue),
        "cramers_v": float(association(np.array([r, c])[:, used], method="cramer")) if used.sum() > 1 else 0.0,
        "jensen_shannon": jensen_shannon(r.astype(np.longdouble) / r.sum(), c.astype(np.longdouble) / c.sum()),
        "hellinger": float(np.sqrt(0.5 * ((np.sqrt(p) - np.sqrt(q)) ** 2).sum())),
        "total_variation": float(0.5 * np.abs(p - q).sum()),
        "psi": float(((qs - ps) * np.log(qs / ps)).sum()),
    })

laws = []
for n, m, d in [
    (20_152, 19_257, 0.004), (20_152, 19_257, 0.0137), (20_152, 19_257, 0.1), (20_152, 19_884, 0.36),
    (20_152, 650, 0.02), (20_152, 650, 0.05), (20_152, 650, 0.5), (1_000_000, 1_000_000, 0.002),
    (50_000, 5_000, 0.03), (15_000, 3, 0.6), (11_000, 1, 0.5),
]:
    # The law ks_2samp uses above 10,000 values.
    p = stats.kstwo.sf(d, np.round(n * m / (n + m)))
    laws.append({"n": n, "m": m, "d": d, "p_value": float(p)})

proportions = []
for a, n, b, m in [(30, 200, 50, 200), (1, 10, 9, 10), (2151, 20_152, 380, 650), (5, 1000, 5, 1000)]:
    p = stats.chi2_contingency([[a, n - a], [b, m - b]], correction=False).pvalue
    proportions.append({"reference": [a, n], "current": [b, m], "p_value": float(p)})

adjusted = []
for p in [rng.random(8), rng.random(17) ** 4, np.array([0.01, 0.01, 0.04, 1.0])]:
    adjusted.append({
        "p_values": [float(v) for v in p],
        "benjamini_hochberg": [float(v) for v in stats.false_discovery_control(p)],
    })

document = {
    "tools": {"scipy": scipy.__version__, "numpy": np.__version__},
    "seed": SEED,
    "tolerance": "1e-9 relative on statistics and distances, 1e-6 on p-values above 1e-290",
    "samples": samples,
    "counts": counts,
    "laws": laws,
    "proportions": proportions,
    "adjusted": adjusted,
}
path = pathlib.Path(__file__).with_name("two_sample.json")
path.write_text(json.dumps(document) + "\n")
print(path.stat().st_size, "bytes")
