"""Expected values of adjusted p-values, sequential boundaries and online levels."""

import json
import math
import pathlib

import numpy as np
import scipy
import statsmodels
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests

SEED = 20130303
rng = np.random.default_rng(SEED)

METHODS = {"benjamini_hochberg": "fdr_bh", "benjamini_yekutieli": "fdr_by", "holm": "holm", "bonferroni": "bonferroni"}
adjusted = []
for p in [rng.random(8), rng.random(17) ** 4, np.array([0.01, 0.01, 0.04, 1.0]), np.array([0.2]), 10.0 ** -rng.uniform(0, 300, 30)]:
    row = {"p_values": [float(v) for v in p]}
    for name, method in METHODS.items():
        row[name] = [float(v) for v in multipletests(p, method=method)[1]]
    adjusted.append(row)


def spent(kind, alpha, t):
    if kind == "obrien_fleming":
        return 4 * stats.norm.sf(stats.norm.isf(alpha / 4) / math.sqrt(t))
    return alpha * math.log(1 + (math.e - 1) * t)


def boundaries(kind, alpha, times):
    """By multivariate normal rectangles of SciPy (A. Genz), not by the recursion."""
    found = []
    for k, t in enumerate(times):
        cov = np.array([[math.sqrt(min(a, b) / max(a, b)) for a in times[: k + 1]] for b in times[: k + 1]])
        target = 1 - spent(kind, alpha, t)

        def inside(c):
            limits = np.array(found + [c])
            if k == 0:
                return 1 - 2 * stats.norm.sf(c)
            return stats.multivariate_normal.cdf(
                limits, cov=cov, lower_limit=-limits, maxpts=300_000, abseps=1e-8, releps=1e-8, rng=np.random.default_rng(1)
            )

        found.append(float(optimize.brentq(lambda c: inside(c) - target, 0.5, 9, xtol=1e-6)))
    return found


looks = []
for kind in ("obrien_fleming", "pocock"):
    for alpha, times in [(0.05, [0.5, 1.0]), (0.05, [0.2, 0.4, 0.6, 0.8, 1.0]), (0.01, [0.3, 0.35, 0.9])]:
        looks.append({"kind": kind, "alpha": alpha, "information": times, "boundaries": boundaries(kind, alpha, times)})


def lord_plus_plus(p_values, alpha, wealth):
    total = sum(math.log(max(j, 2)) / (j * math.exp(math.sqrt(math.log(j)))) for j in range(1, 2_000_000))
    # The rest of the sum, as an integral in u = √ln j.
    from scipy.integrate import quad

    total += quad(lambda u: 2 * u**3 * math.exp(-u), math.sqrt(math.log(2_000_000 - 0.5)), np.inf)[0]
    gamma = lambda j: math.log(max(j, 2)) / (j * math.exp(math.sqrt(math.log(j)))) / total
    levels, alarms = [], []
    for t, p in enumerate(p_values, start=1):
        level = wealth * gamma(t)
        level += sum((alpha - wealth if i == 0 else alpha) * gamma(t - a) for i, a in enumerate(alarms))
        levels.append(level)
        if p <= level:
            alarms.append(t)
    return levels, alarms


p_values = np.where(rng.random(200) < 0.1, rng.random(200) * 1e-4, rng.random(200))
levels, alarms = lord_plus_plus(p_values, 0.05, 0.025)

document = {
    "tools": {"scipy": scipy.__version__, "numpy": np.__version__, "statsmodels": statsmodels.__version__},
    "seed": SEED,
    "tolerance": "1e-9 relative; boundaries 1e-4, the error of SciPy's multivariate normal; online levels 1e-9",
    "adjusted": adjusted,
    "looks": looks,
    "online": {"p_values": [float(v) for v in p_values], "levels": levels, "alarms": alarms},
}
path = pathlib.Path(__file__).with_name("multiplicity.json")
path.write_text(json.dumps(document) + "\n")
print(path.stat().st_size, "bytes")
for look in looks:
    print(look["kind"], look["boundaries"])
print(alarms)
