"""Expected values of the combined row-level test's parts: SciPy, and mpmath for the limit law.

SciPy's own tail of the Cramér-von Mises law is 1 - cdf and loses its digits below 1e-10, so
the tail is computed again from the law's definition: its characteristic function
prod(1 - 2it/(pi^2 k^2))^-1/2 = sqrt(w / sin w), w = sqrt(2it), is inverted with 36 digits.
"""

import json
import pathlib

import mpmath as mp
import numpy as np
import scipy
from scipy import stats

SEED = 20131124
rng = np.random.default_rng(SEED)
mp.mp.dps = 36


def limit_sf(x):
    """P(W > x), with W the sum of chi-squares over pi^2 k^2, by Gil-Pelaez's inversion.

    w / sin w is written so that its square root keeps its branch along the way.
    """
    x = mp.mpf(x)

    def integrand(u):
        w = u * mp.mpc(1, 1)
        phi = mp.sqrt(w) / mp.sqrt(mp.mpc(0, 0.5)) * mp.exp(0.5j * w) / mp.sqrt(1 - mp.exp(2j * w))
        return 2 / u * mp.im(mp.exp(-1j * u * u * x) * phi)

    # exp(-u/2) is below 1e-47 at the end.
    ends = [mp.mpf(2 * i) for i in range(111)]
    return mp.mpf(1) / 2 + mp.quad(integrand, ends) / mp.pi


def by_simulation(shares, x, draws=1_000_000):
    """Tail of the weighted sum for ties, from its eigenvalues, by counting."""
    shares = np.array(shares)
    h = np.cumsum(shares)[:-1]
    p = np.sqrt(shares[:-1])
    covariance = np.outer(p, p) * (np.minimum.outer(h, h) - np.outer(h, h))
    weights = np.linalg.eigvalsh(covariance)
    hits = 0
    for _ in range(8):
        squares = rng.standard_normal((draws // 8, len(weights))) ** 2
        hits += int((squares @ weights > x).sum())
    return hits / draws


def tied(reference, current):
    """The tie-safe statistic from its definition."""
    reference, current = np.array(reference), np.array(current)
    n, m = len(reference), len(current)
    total = 0.0
    for value in np.unique(np.concatenate([reference, current])):
        count = (reference == value).sum() + (current == value).sum()
        total += count * ((reference <= value).mean() - (current <= value).mean()) ** 2
    return n * m / (n + m) ** 2 * total


def rounded(values, digits=3):
    return [float(v) for v in np.round(values, digits)]


PAIRS = {
    "normal, small": (rng.normal(0, 1, 9).tolist(), rng.normal(0.4, 1, 14).tolist()),
    "normal, at the edge of exact": (rng.normal(0, 1, 20).tolist(), rng.normal(0, 1, 19).tolist()),
    "normal, equal sizes": (rng.normal(0, 1, 60).tolist(), rng.normal(0.3, 1.4, 60).tolist()),
    "normal, unequal sizes": (rng.normal(0, 1, 210).tolist(), rng.normal(0.5, 1.2, 33).tolist()),
    "far apart": (rng.normal(0, 1, 80).tolist(), rng.normal(9, 1, 90).tolist()),
    "lognormal": (rng.lognormal(0, 1, 120).tolist(), rng.lognormal(0, 1.5, 75).tolist()),
    "many ties": ([float(v) for v in rng.integers(0, 6, 90)], [float(v) for v in rng.integers(0, 7, 41)]),
    "few ties, small": (rounded(rng.normal(0, 1, 12), 1), rounded(rng.normal(0, 1, 17), 1)),
    "zero inflated": (
        rounded(np.where(rng.random(150) < 0.7, 0, rng.gamma(2, 3, 150)), 2),
        rounded(np.where(rng.random(60) < 0.6, 0, rng.gamma(2, 3, 60)), 2),
    ),
    "large offset": ((1e6 + rng.random(40)).tolist(), (1e6 + 2 * rng.random(50)).tolist()),
}

pairs = []
for name, (reference, current) in PAIRS.items():
    cvm = stats.cramervonmises_2samp(reference, current)
    levene = stats.levene(reference, current, center="median")
    pooled = stats.rankdata(np.concatenate([reference, current]))
    ranks = (pooled - 0.5) / len(pooled)
    ranked = stats.levene(ranks[: len(reference)], ranks[len(reference) :], center="median")
    pairs.append({
        "name": name,
        "reference": reference,
        "current": current,
        "tied_statistic": float(tied(reference, current)),
        "scipy_statistic": float(cvm.statistic),
        "scipy_p_value": float(cvm.pvalue),
        "has_ties": bool(len(np.unique(np.concatenate([reference, current]))) < len(pooled)),
        "levene_statistic": float(levene.statistic),
        "levene_p_value": float(levene.pvalue),
        "ranked_statistic": float(ranked.statistic),
        "ranked_p_value": float(ranked.pvalue),
    })

limits = [
    {"x": x, "sf": float(limit_sf(x))}
    for x in [0.01, 0.05, 0.1, 0.2, 0.29, 0.31, 0.46136, 0.74346, 1.16786, 2, 4]
]
TIES = {
    "two values": [0.5, 0.5],
    "three values": [0.2, 0.5, 0.3],
    "a heavy zero": [0.7] + [0.3 / 60] * 60,
    "a heavy middle": [0.01] * 20 + [0.6] + [0.01] * 20,
    "ten integers": [0.1] * 10,
}
ties = [
    {"name": name, "shares": shares, "x": x, "sf": by_simulation(shares, x)}
    for name, shares in TIES.items()
    for x in [0.05, 0.17, 0.46, 0.9]
]
cauchy = []
for p in [[0.02, 0.3, 0.7], [0.5, 0.5], [1e-9, 0.9, 0.04], [0.2], [0.04, 0.04, 0.04]]:
    statistic = np.mean([float(mp.cot(mp.pi * mp.mpf(v))) for v in p])
    cauchy.append({"p": p, "combined": float(mp.mpf(1) / 2 - mp.atan(mp.mpf(statistic)) / mp.pi)})

document = {
    "made_by": {"scipy": scipy.__version__, "numpy": np.__version__, "mpmath": mp.__version__, "seed": SEED},
    "pairs": pairs,
    "limits": limits,
    "ties": ties,
    "cauchy": cauchy,
}
path = pathlib.Path(__file__).with_name("row_test.json")
path.write_text(json.dumps(document, indent=1) + "\n")
print(path, path.stat().st_size // 1024, "KB")
