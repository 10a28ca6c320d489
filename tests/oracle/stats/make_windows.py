"""The window-aware p-value and the signal law, written a second time with NumPy and
SciPy (plainly simulated, other random numbers)."""

import json
import pathlib

import numpy as np
import scipy
from scipy import special, stats

SEED = 20130501
DRAWS = 100_000
rng = np.random.default_rng(SEED)


def effective(series):
    x = np.asarray(series) - np.mean(series)
    k = len(x)
    r = (x[:-1] * x[1:]).sum() / (x * x).sum() + 1 / k
    r = min(max(r, 0.0), 0.95)
    return k * (1 - r) / (1 + r)


def moments(values, axis=None):
    m, v = values.mean(axis=axis), values.var(axis=axis, ddof=1)
    return m * m / v, v / m


def widening(k, k_eff):
    """Expected squared distance of a new window from all, over that of one from the rest."""
    k_eff = max(k_eff, 2.0)
    return max((1 + 1 / k_eff) / (1 - 1 / k_eff) * ((k - 1) / k) ** 2, 1.0)


def p_window(distances, k_eff, level):
    a, b = moments(np.asarray(distances))
    # The refits do not care about the unit.
    level = level / widening(len(distances), k_eff)
    tail = special.gammaincc(a, level / b)
    draws = rng.gamma(a, 1.0, (DRAWS, max(2, round(k_eff))))
    shapes, scales = moments(draws, axis=1)
    q = scales * special.gammainccinv(shapes, tail)
    return believed(float(special.gammaincc(a, q).mean()))


def believed(tail):
    """Beyond 5 % only 0.6 of the tail's logarithm counts."""
    return tail if tail >= 0.05 else 0.05 * (tail / 0.05) ** 0.6


windows = []
for k, shape, phi in [(31, 0.5, 0.0), (31, 1.5, 0.5), (60, 0.8, 0.7), (12, 2.0, 0.0)]:
    distances = np.round(rng.gamma(shape, 0.2, k), 6)
    locations = np.zeros(k)
    noise = rng.normal(size=k)
    for i in range(k):
        locations[i] = (phi * locations[i - 1] if i else 0) + noise[i]
    locations = np.round(locations, 6)
    k_eff = effective(locations)
    case = {"distances": distances.tolist(), "locations": locations.tolist(), "k_eff": k_eff, "levels": []}
    for factor in [0.2, 1.0, 3.0, 10.0, 40.0]:
        level = float(distances.mean() * factor)
        case["levels"].append({"distance": level, "p_value": p_window(distances, k_eff, level)})
    windows.append(case)

signals = []
for k in [10, 31, 60]:
    values = np.round(0.74 + 0.06 * rng.normal(size=k), 6)
    k_eff = max(effective(values), 2.0)
    m, sd, f = values.mean(), values.std(ddof=1), k_eff / k
    for w, mean in [(1, 0.6), (7, 0.70), (14, 0.69), (14, 0.76)]:
        z = (mean - m) / (sd * np.sqrt(1 / (w * f) + 1 / k_eff))
        signals.append({
            "values": values.tolist(), "w": w, "mean": mean, "k_eff": k_eff, "z": float(z),
            "p_down": float(stats.t.cdf(z, k_eff - 1)), "p_both": float(2 * stats.t.sf(abs(z), k_eff - 1)),
        })

document = {
    "tools": {"scipy": scipy.__version__, "numpy": np.__version__},
    "seed": SEED,
    "draws": DRAWS,
    "tolerance": "windows: 10 % of the p-value above 1e-3, a factor of three below (both are simulated); "
    "signals: 1e-9 relative",
    "windows": windows,
    "signals": signals,
}
path = pathlib.Path(__file__).with_name("windows.json")
path.write_text(json.dumps(document) + "\n")
for case in windows:
    print(round(case["k_eff"], 2), [f"{l['p_value']:.3g}" for l in case["levels"]])
