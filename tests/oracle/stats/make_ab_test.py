"""A/B statistics a second time: SciPy, numerical integration, and Brownian motion on a grid.

Ratios: the delta method written over rows. Sample ratio: the Dirichlet-multinomial law of
SciPy against the multinomial one. Plans: the passage of a Brownian motion by the series of
images over both barriers, the mixture by numerical integration. Sizes: the inverse Gaussian law
of SciPy for the passage of one barrier. Bounds: the mixture's edges by Brent's method. Adjusted:
least squares with the variants' own means.
"""

import importlib.metadata
import json
import pathlib

import numpy as np
from scipy import integrate, optimize, special, stats

SEED = 20261128
rng = np.random.default_rng(SEED)

ratios = []
for n_units in (4, 50, 400):
    rows = rng.integers(1, 12, n_units).astype(float)
    sums = np.array([rng.normal(3.0, 1.0, int(n)).sum() * rng.gamma(2.0) for n in rows])
    theta = sums.sum() / rows.sum()
    # Cov matrix of (sum, rows) by NumPy, then the gradient of their ratio.
    cov = np.cov(np.vstack([sums, rows]), ddof=1) / n_units
    gradient = np.array([1 / rows.mean(), -sums.mean() / rows.mean() ** 2])
    ratios.append({
        "sums": sums.tolist(), "rows": rows.tolist(), "value": theta,
        "standard_error": float(np.sqrt(gradient @ cov @ gradient)),
    })

splits = []
for shares, concentration, counts in [
    ([0.5, 0.5], 1000.0, [5000, 5060]),
    ([0.5, 0.5], 1000.0, [50000, 51500]),
    ([0.9, 0.1], 500.0, [9100, 880]),
    ([0.25, 0.25, 0.5], 100.0, [260, 240, 520]),
]:
    counts_, shares_ = np.array(counts), np.array(shares)
    n = int(counts_.sum())
    ln_e = stats.dirichlet_multinomial.logpmf(counts_, concentration * shares_, n)
    ln_e -= stats.multinomial.logpmf(counts_, n, shares_)
    splits.append({
        "shares": shares, "concentration": concentration, "counts": counts, "ln_e": float(ln_e),
        "chi_squared": float(stats.chisquare(counts_, n * shares_).pvalue),
    })


def leaves(height):
    """P(a Brownian motion on [0, 1] leaves ±height), by images of both barriers."""
    k = np.arange(-60, 61)
    inside = stats.norm.cdf((4 * k + 1) * height) - stats.norm.cdf((4 * k - 1) * height)
    outside = stats.norm.cdf((4 * k + 3) * height) - stats.norm.cdf((4 * k + 1) * height)
    return 1.0 - float(np.sum(inside - outside))


def limit(alpha):
    return optimize.brentq(lambda height: leaves(height) - alpha, 0.3, 10.0, xtol=1e-14)


def passed(height, time):
    """P(a Brownian motion with drift 1 passes height by time): an inverse Gaussian law."""
    return stats.invgauss.cdf(time, 1.0 / height, scale=height**2)


def plan_end(alpha, power):
    c = limit(0.8 * alpha)
    return c, optimize.brentq(lambda end: passed(c * np.sqrt(end), end) - power, 0.5, 200.0, xtol=1e-13)


def mixture_e(z, x):
    """Likelihood ratio of N(mu, 1), mu drawn from N(0, x), against N(0, 1), by integration."""
    def ratio(mu):
        return np.exp(z * mu - mu**2 / 2) * stats.norm.pdf(mu, scale=np.sqrt(x))
    centre = z * x / (1 + x)
    width = np.sqrt(x / (1 + x))
    return integrate.quad(ratio, centre - 12 * width, centre + 12 * width, epsabs=0, epsrel=1e-12)[0]


plans = []
for alpha, power, effect, value, error in [
    (0.05, 0.8, 0.02, 0.03, 0.008),
    (0.05, 0.8, 0.02, 0.012, 0.007),
    (0.05, 0.8, 0.02, -0.018, 0.005),
    (0.01, 0.9, 1.0, 2.0, 0.4),
    (0.1, 0.8, 0.5, 0.3, 0.6),
    (0.05, 0.9, 0.02, 0.015, 0.004),
]:
    c, drift = plan_end(alpha, power)
    information_max = drift / effect**2
    information = 1 / error**2
    x = information * effect**2
    bound = optimize.brentq(lambda z: np.log(mixture_e(z, x)) + np.log(0.2 * alpha), 0.1, 30.0, xtol=1e-13)
    radius = bound * error
    p_value = 1 / mixture_e(value / error, x) / 0.2
    if information <= information_max:
        radius = min(radius, c * np.sqrt(information_max) / information)
        p_value = min(p_value, leaves(abs(value) * information / np.sqrt(information_max)) / 0.8)
    plans.append({
        "alpha": alpha, "power": power, "minimum_effect": effect, "value": value,
        "standard_error": error, "information_max": information_max,
        "low": value - radius, "high": value + radius, "p_value": min(p_value, 1.0),
    })

sizes = []
for champion, challenger, share, alpha, power in [
    (0.10, 0.12, 0.5, 0.05, 0.8),
    (0.10, 0.12, 0.1, 0.05, 0.9),
    (0.5, 0.51, 0.5, 0.01, 0.95),
]:
    effect = challenger - champion
    per = (champion * (1 - champion) / (1 - share) + challenger * (1 - challenger) / share) / effect**2
    z = stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)
    c, end = plan_end(alpha, power)
    height = c * np.sqrt(end)
    median = optimize.brentq(lambda t: passed(height, t) - 0.5, 1e-3, end, xtol=1e-13)
    mean = integrate.quad(lambda t: 1 - passed(height, t), 0, end, epsrel=1e-11)[0]
    sizes.append({
        "champion": champion, "challenger": challenger, "share": share, "alpha": alpha, "power": power,
        "fixed": per * z**2, "sequential_max": per * end, "sequential_median": per * median,
        "sequential_mean": per * mean,
    })

bounds = []
for sum_, n, alpha in [(0.0, 2000.0, 0.05), (3.0, 1000.0, 0.01), (40.5, 100.0, 0.05), (7.0, 7.0, 0.1)]:
    mixture = special.betaln(0.5 + sum_, 0.5 + n - sum_) - special.betaln(0.5, 0.5)

    def excess(mean):
        return mixture - special.xlogy(sum_, mean) - special.xlog1py(n - sum_, -mean) + np.log(alpha)
    low = optimize.brentq(excess, 1e-300, sum_ / n, xtol=1e-15) if sum_ > 0 else 0.0
    high = optimize.brentq(excess, sum_ / n, 1 - 1e-16, xtol=1e-15) if sum_ < n else 1.0
    bounds.append({"sum": sum_, "n": n, "alpha": alpha, "low": low, "high": high})

adjusted = []
for n_a, n_b in [(40, 60), (200, 150)]:
    covariates = [rng.gamma(2.0, 3.0, n) for n in (n_a, n_b)]
    outcomes = [0.7 * x + rng.normal(shift, 1.0, len(x)) for x, shift in zip(covariates, (1.0, 1.4))]
    design = np.zeros((n_a + n_b, 3))
    design[:n_a, 0] = 1
    design[n_a:, 1] = 1
    design[:, 2] = np.concatenate(covariates)
    slope = np.linalg.lstsq(design, np.concatenate(outcomes), rcond=None)[0][2]
    left = [y - slope * x for y, x in zip(outcomes, covariates)]
    adjusted.append({
        "outcomes": [y.tolist() for y in outcomes], "covariates": [x.tolist() for x in covariates],
        "slope": float(slope), "value": float(left[1].mean() - left[0].mean()),
        "standard_error": float(np.sqrt(sum(one.var(ddof=1) / len(one) for one in left))),
    })

oracle = {
    "made_by": {name: importlib.metadata.version(name) for name in ("numpy", "scipy")},
    "ratios": ratios, "splits": splits, "plans": plans, "sizes": sizes,
    "bounds": bounds, "adjusted": adjusted,
}
path = pathlib.Path(__file__).with_name("ab_test.json")
path.write_text(json.dumps(oracle) + "\n")
