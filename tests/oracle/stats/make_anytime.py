"""Run lengths by Markov chains, and confidence sequences written a second time.

CUSUM and EWMA: the chart's values are cut into states (D. Brook and D. Evans, 1972), at two
resolutions, extrapolated. Normal mixture: the mixture integral itself, solved for the
radius. Empirical Bernstein and betting: the papers' formulas in NumPy over whole arrays.
Calibrator: numerical integration.
"""

import importlib.metadata
import json
import pathlib

import numpy as np
from scipy import integrate, optimize, stats

SEED = 20261128
rng = np.random.default_rng(SEED)


def extrapolated(coarse, fine):
    # The error of the state approximation falls with the square of the width.
    return fine + (fine - coarse) / 3


def cusum_markov(k, h, m):
    """One-sided chart with m + 1 states: zero and m cells of width 2h/(2m + 1)."""
    width = 2 * h / (2 * m + 1)
    states = np.arange(m + 1) * width
    edges = states[None, :] - states[:, None] + k
    upper = stats.norm.cdf(edges + width / 2)
    lower = stats.norm.cdf(edges - width / 2)
    moves = upper - lower
    moves[:, 0] = upper[:, 0]
    lengths = np.linalg.solve(np.eye(m + 1) - moves, np.ones(m + 1))
    return lengths[0] / 2


def ewma_markov(weight, limit, m):
    edge = limit * np.sqrt(weight / (2 - weight))
    width = 2 * edge / (2 * m + 1)
    states = np.arange(-m, m + 1) * width
    centre = (states[None, :] - (1 - weight) * states[:, None]) / weight
    half = width / (2 * weight)
    moves = stats.norm.cdf(centre + half) - stats.norm.cdf(centre - half)
    lengths = np.linalg.solve(np.eye(2 * m + 1) - moves, np.ones(2 * m + 1))
    return lengths[m]


cusum = []
for k, h in [(0.5, 4.0), (0.5, 5.0), (0.25, 8.0), (1.0, 2.5), (0.125, 20.0), (0.5, 9.0)]:
    cusum.append({"slack": k, "threshold": h, "arl": extrapolated(cusum_markov(k, h, 500), cusum_markov(k, h, 1000))})
ewma = []
for weight, limit in [(0.1, 2.7), (0.2, 3.0), (0.05, 2.5), (0.4, 3.2), (0.03, 2.4), (0.75, 3.5)]:
    ewma.append({"weight": weight, "limit": limit, "arl": extrapolated(ewma_markov(weight, limit, 400), ewma_markov(weight, limit, 800))})


def normal_mixture(n, mean, sigma, rho, alpha):
    """The radius at which the mixture over normal alternatives reaches 1/alpha."""
    v = n * sigma**2

    def excess(radius):
        total = n * radius
        # ∫ exp(λ S − λ² V / 2) dN(0, 1/ρ)(λ), by quadrature about its peak.
        peak, width = total / (v + rho), 1 / np.sqrt(v + rho)
        top = peak * total - peak**2 * (v + rho) / 2
        area = integrate.quad(
            lambda x: np.exp(x * total - x * x * (v + rho) / 2 - top), peak - 12 * width, peak + 12 * width
        )[0]
        return top + np.log(area * np.sqrt(rho / (2 * np.pi))) + np.log(alpha)

    return optimize.brentq(excess, 1e-9, 100 * sigma, xtol=1e-13)


def howard_rho(n, sigma, alpha):
    log = 2 * np.log(1 / alpha)
    return n * sigma**2 / (log + np.log(1 + log))


def plug_in(x):
    """Means and variances before each value."""
    t = np.arange(1, len(x) + 1)
    mean_after = (0.5 + np.cumsum(x)) / (t + 1)
    variance_after = (0.25 + np.cumsum((x - mean_after) ** 2)) / (t + 1)
    return np.r_[0.5, mean_after[:-1]], np.r_[0.25, variance_after[:-1]], t


def empirical_bernstein(x, alpha):
    mean, variance, t = plug_in(x)
    lam = np.minimum(np.sqrt(2 * np.log(2 / alpha) / (variance * t * np.log(1 + t))), 0.5)
    v = 4 * (x - mean) ** 2
    psi = (-np.log(1 - lam) - lam) / 4
    centre = np.cumsum(lam * x) / np.cumsum(lam)
    radius = (np.log(2 / alpha) + np.cumsum(v * psi)) / np.cumsum(lam)
    low = np.maximum.accumulate(np.maximum(centre - radius, 0))
    high = np.minimum.accumulate(np.minimum(centre + radius, 1))
    return low, high


def betting(x, alpha, n_steps):
    mean, variance, t = plug_in(x)
    lam = np.sqrt(2 * np.log(2 / alpha) / (variance * t * np.log(1 + t)))[:, None]
    m = np.arange(n_steps + 1)[None, :] / n_steps
    with np.errstate(divide="ignore"):
        up = np.cumsum(np.log1p(np.minimum(lam, 0.75 / m) * (x[:, None] - m)), axis=0)
        down = np.cumsum(np.log1p(-np.minimum(lam, 0.75 / (1 - m)) * (x[:, None] - m)), axis=0)
    wealth = np.maximum.accumulate(np.maximum(up, down) + np.log(0.5), axis=0)
    alive = wealth < np.log(1 / alpha)
    first, last = alive.argmax(axis=1), n_steps - alive[:, ::-1].argmax(axis=1)
    return np.maximum((first - 1) / n_steps, 0), np.minimum((last + 1) / n_steps, 1)


sequences = []
for name, x in [
    ("errors", (rng.random(400) < 0.1).astype(float)),
    ("beta", np.round(rng.beta(2, 5, 400), 6)),
    ("lopsided", np.round(rng.random(400) ** 8, 6)),
]:
    eb, bet = empirical_bernstein(x, 0.05), betting(x, 0.05, 500)
    looks = [1, 10, 50, 200, 400]
    sequences.append({
        "name": name,
        "alpha": 0.05,
        "values": x.tolist(),
        "n_steps": 500,
        "looks": looks,
        "empirical_bernstein": [[eb[0][i - 1], eb[1][i - 1]] for i in looks],
        "betting": [[bet[0][i - 1], bet[1][i - 1]] for i in looks],
    })

mixtures = []
for n, sigma, at, alpha in [(1, 1.0, 100, 0.05), (50, 1.0, 100, 0.05), (5000, 2.5, 1000, 0.01), (100000, 0.5, 100, 0.2)]:
    radius = normal_mixture(n, 0.0, sigma, howard_rho(at, sigma, alpha), alpha)
    mixtures.append({"n": n, "sigma": sigma, "tightest_at": at, "alpha": alpha, "radius": radius})

mixed = [
    {"p": p, "e": integrate.quad(lambda k: k * p ** (k - 1), 0, 1, epsabs=0, epsrel=1e-12, limit=500)[0]}
    for p in [1.0, 0.9995, 0.99, 0.5, 0.1, 0.05, 1e-3, 1e-6, 1e-12]
]

document = {
    "tools": {name: importlib.metadata.version(name) for name in ["numpy", "scipy"]},
    "seed": SEED,
    "tolerance": "1e-9 relative; run lengths 1e-6, the error of the state approximation",
    "cusum": cusum,
    "ewma": ewma,
    "sequences": sequences,
    "mixtures": mixtures,
    "mixed": mixed,
}
path = pathlib.Path(__file__).with_name("anytime.json")
path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
print(json.dumps([cusum, ewma, mixtures, mixed, [s["betting"] for s in sequences], [s["empirical_bernstein"] for s in sequences]], indent=1)[:3500])
