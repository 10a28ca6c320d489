"""Expected values of the two-sample methods beyond the default ones, from SciPy and
astropy's published formulas."""

import decimal
import json
import math
import pathlib
import warnings

import numpy as np
import scipy
from scipy import stats

from decimal import Decimal

decimal.getcontext().prec = 50
SEED = 20130302
rng = np.random.default_rng(SEED)
warnings.filterwarnings("ignore")


def rounded(values, digits=3):
    return [float(v) for v in np.round(values, digits)]


SAMPLES = {
    "normal, equal sizes": (rounded(rng.normal(0, 1, 40)), rounded(rng.normal(0.3, 1, 40))),
    "normal, unequal sizes": (rounded(rng.normal(0, 1, 60), 9), rounded(rng.normal(0.5, 1.2, 17), 9)),
    "small, no ties": (rounded(rng.normal(0, 1, 7), 9), rounded(rng.normal(0.8, 1, 23), 9)),
    "five against five": (rounded(rng.normal(0, 1, 5), 9), rounded(rng.normal(2, 1, 5), 9)),
    "eight against many": (rounded(rng.normal(0, 1, 8), 9), rounded(rng.normal(0.2, 1, 150), 9)),
    "shifted far": (rounded(rng.normal(0, 1, 50)), rounded(rng.normal(30, 1, 45))),
    "wider": (rounded(rng.normal(0, 1, 80)), rounded(rng.normal(0, 2, 90))),
    "many ties": ([float(v) for v in rng.integers(0, 5, 80)], [float(v) for v in rng.integers(1, 6, 33)]),
    "two values": ([float(v) for v in rng.integers(0, 2, 30)], [float(v) for v in rng.integers(0, 2, 50)]),
    "zero inflated": (
        rounded(np.where(rng.random(70) < 0.4, 0, rng.gamma(2, 3, 70)), 2),
        rounded(np.where(rng.random(50) < 0.3, 0, rng.gamma(2, 3, 50)), 2),
    ),
    "heavy tails": (rounded(rng.standard_cauchy(64)), rounded(rng.standard_cauchy(31))),
    "large offset": (rounded(1e6 + rng.random(30)), rounded(1e6 + rng.random(29) + 0.2)),
    "the same": ([1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 2.0, 3.0, 4.0, 5.0]),
}
TABLES = {
    "small": ([10, 20, 30], [20, 20, 20]),
    "two by two": ([8, 2], [1, 5]),
    "two by two, larger": ([500, 520], [541, 470]),
    "two by two, large": ([120_000, 880_000], [121_500, 878_600]),
    "two by two, one row empty of a kind": ([12, 0], [9, 4]),
    "two by two, far out": ([400, 20], [30, 380]),
    "two by two, symmetric": ([5, 5], [5, 5]),
    "empty cells": ([100, 300, 400, 200, 0], [80, 0, 430, 230, 7]),
    "disjoint": ([5, 3, 0, 0], [0, 0, 4, 9]),
    "equal shares": ([10, 20, 30], [20, 40, 60]),
    "near": ([100_000, 200_000, 300_001], [100_001, 200_000, 300_000]),
    "sparse": ([int(v) for v in rng.poisson(1.5, 60)], [int(v) for v in rng.poisson(0.7, 60)]),
}


def exact_g(table):
    """`chi2_contingency(lambda_="log-likelihood")` with fifty digits."""
    rows = [sum(map(int, row)) for row in table]
    columns = [sum(map(int, column)) for column in table.T]
    total = Decimal(0)
    for row, n_row in zip(table, rows):
        for count, n_column in zip(row, columns):
            if count:
                total += int(count) * (Decimal(int(count)) * sum(rows) / (n_row * n_column)).ln()
    return float(2 * total)


def exact_kl(reference, current):
    """Both directions of `entropy` on shares with half a row added, with fifty digits."""
    p, q = [[(Decimal(c) + Decimal("0.5")) / (sum(t) + Decimal("0.5") * len(t)) for c in t] for t in (reference, current)]
    return [float(sum(b * (b / a).ln() for a, b in zip(*pair))) for pair in ((p, q), (q, p))]


def exact_welch(x, y):
    """`ttest_ind(equal_var=False)` in extended precision: at large offsets doubles lose
    digits of the mean."""
    x, y = x.astype(np.longdouble), y.astype(np.longdouble)
    a, b = x.var(ddof=1) / len(x), y.var(ddof=1) / len(y)
    t = (x.mean() - y.mean()) / np.sqrt(a + b)
    df = (a + b) ** 2 / (a**2 / (len(x) - 1) + b**2 / (len(y) - 1))
    return [float(t), float(2 * stats.t.sf(abs(float(t)), float(df))), float(df)]


def kuiper(x, y):
    """The statistic by its definition and the large-sample branch of astropy's
    `kuiper_false_positive_probability`."""
    pooled = np.unique(np.concatenate([x, y]))
    f = np.searchsorted(np.sort(x), pooled, side="right") / len(x)
    g = np.searchsorted(np.sort(y), pooled, side="right") / len(y)
    v = max((f - g).max(), 0) + max((g - f).max(), 0)
    n = len(x) * len(y) / (len(x) + len(y))
    z = v * math.sqrt(n)
    if z < 0.4:
        return float(v), 1.0
    k = np.arange(1, 200)
    decay = np.exp(-2 * k**2 * z**2)
    p = (2 * (4 * k**2 * z**2 - 1) * decay).sum() - 8 * v / 3 * (k**2 * (4 * k**2 * z**2 - 3) * decay).sum()
    return float(v), float(min(max(p, 0), 1))


def anderson_limit(x):
    """Upper tail of Σ χ²_j / (j (j+1)), by integrating the characteristic function
    along a line through the saddle point: another way than the one under test."""
    from scipy.integrate import quad

    j = np.arange(1, 4001)
    weights = 1 / (j * (j + 1.0))

    def log_mgf(s):
        head = -0.5 * np.log(1 - 2 * weights * s).sum()
        # Σ of the rest, two terms of the series.
        rest1 = 1 / 4001.0
        rest2 = 1 / (3 * 4001.0**3)
        return head + s * rest1 + s * s * rest2

    c = max(0.3, 1 - 0.6 / x)
    scale = math.exp(log_mgf(c).real - c * x)
    integrand = lambda t: (np.exp(log_mgf(c + 1j * t) - (c + 1j * t) * x - math.log(scale)) / (c + 1j * t)).real
    total = sum(quad(integrand, a, b, limit=400, epsabs=1e-14, epsrel=1e-12)[0] for a, b in [(0, 2), (2, 10), (10, 40), (40, 150), (150, 600)])
    return float(scale * total / math.pi)


samples = []
for name, (r, c) in SAMPLES.items():
    x, y = np.array(r), np.array(c)
    es = None
    if min(len(x), len(y)) >= 5 and stats.iqr(np.concatenate([x, y])) > 0:
        found = stats.epps_singleton_2samp(x, y)
        es = [float(found.statistic), float(found.pvalue)]
    ad = stats.anderson_ksamp([x, y], variant="midrank", method=None)
    mw = stats.mannwhitneyu(x, y, alternative="two-sided")
    welch = stats.ttest_ind(x, y, equal_var=False)
    up = stats.ks_2samp(x, y, alternative="greater")
    down = stats.ks_2samp(x, y, alternative="less")
    v, kp = kuiper(x, y)
    exact = exact_welch(x, y)
    assert np.allclose(exact, [welch.statistic, welch.pvalue, welch.df], rtol=1e-7), name
    samples.append({
        "name": name,
        "reference": r,
        "current": c,
        "ks_up": [float(up.statistic), float(up.pvalue)],
        "ks_down": [float(down.statistic), float(down.pvalue)],
        "kuiper": [v, kp],
        "anderson_darling": [float(ad.statistic), float(ad.pvalue)],
        "mann_whitney_u": [float(mw.statistic), float(mw.pvalue)],
        "welch_t": exact,
        "epps_singleton": es,
        "energy": float(stats.energy_distance(x, y)),
    })

tables = []
for name, (reference, current) in TABLES.items():
    r, c = np.array(reference), np.array(current)
    used = (r + c) > 0
    table = np.array([r, c])[:, used]
    g = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    chi = stats.chi2_contingency(table, correction=False)
    k, total = table.shape[1], table.sum()
    phi = max(0, chi.statistic / total - (k - 1) / (total - 1))
    kt, rt = k - (k - 1) ** 2 / (total - 1), 2 - 1 / (total - 1)
    # Where the shares are nearly equal SciPy's G loses its digits: fifty of them.
    g_value = exact_g(table)
    assert abs(g_value - g.statistic) <= 1e-6 * abs(g_value) + 1e-9, (name, g_value, g.statistic)
    fisher = stats.fisher_exact(table) if k == 2 else None
    tables.append({
        "name": name,
        "reference": reference,
        "current": current,
        "g": [g_value, float(stats.chi2.sf(g_value, g.dof)), int(g.dof)],
        "smallest_expected": float(chi.expected_freq.min()),
        "cramers_v_corrected": float(math.sqrt(phi / min(kt - 1, rt - 1))),
        "kl": exact_kl(reference, current),
        "l_infinity": float(np.abs(r / r.sum() - c / c.sum()).max()),
        "fisher_p": None if fisher is None else float(fisher.pvalue),
    })

one_sided = []
for n, m, d in [(20_000, 9_000, 0.01), (15_000, 15_000, 0.02), (300_000, 200_000, 0.004)]:
    # What ks_2samp(alternative="greater") computes above 10,000 values.
    large, small = max(n, m), min(n, m)
    z = math.sqrt(large * small / (large + small)) * d
    p = math.exp(-2 * z**2 - 2 * z * (large + 2 * small) / math.sqrt(large * small * (large + small)) / 3)
    one_sided.append({"n": n, "m": m, "d": d, "p_value": p})

document = {
    "tools": {"scipy": scipy.__version__, "numpy": np.__version__},
    "seed": SEED,
    "tolerance": "1e-9 relative; 1e-6 on the Anderson-Darling limit law, whose check is itself numeric",
    "samples": samples,
    "tables": tables,
    "one_sided": one_sided,
    "anderson_limit": [[x, anderson_limit(x)] for x in (0.3, 0.7, 1.0, 1.933, 2.492, 3.878, 6.0, 12.0, 40.0)],
}
path = pathlib.Path(__file__).with_name("two_sample_methods.json")
path.write_text(json.dumps(document) + "\n")
print(path.stat().st_size, "bytes")
for row in document["anderson_limit"]:
    print(row)
