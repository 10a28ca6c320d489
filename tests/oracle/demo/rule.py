"""The decision rule of the product, written a second time from its description.

Nothing here imports or reads Trimtab's code: numpy, scipy and exact samples only, so that an
agreement of both says something. The product works on counts over a grid; this works on the rows.

The rule: a column drifts when its Benjamini-Hochberg adjusted p-value is at most 5 % *and* its
effect is at or above its floor. The p-value is the larger of the row-level one and of the
window-aware one (how unusual is this window's distance among the reference's own windows?).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats
from scipy.stats._hypotests import _cdf_cvm_inf

ALPHA = 0.05
FLOOR_WASSERSTEIN_IQR = 0.1
FLOOR_CRAMERS_V = 0.1
FLOOR_SHARE_CHANGE = 0.05
FLOOR_MISSING_CHANGE = 0.05
SETS_DRAWN = 2000


def wasserstein(x: np.ndarray, y: np.ndarray) -> float:
    return float(stats.wasserstein_distance(x, y))


def scale(x: np.ndarray) -> float:
    """The interquartile range, or the standard deviation where that is 0."""
    q1, q3 = np.quantile(x, [0.25, 0.75])
    return float(q3 - q1) if q3 > q1 else float(np.std(x, ddof=1))


def ks(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    result = stats.ks_2samp(x, y, method="auto")
    return float(result.statistic), float(result.pvalue)


def gaps(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Per distinct pooled value: rows of either side, and both distribution functions."""
    values = np.unique(np.concatenate([x, y]))
    below_x, below_y = (np.searchsorted(side, values, side="right") for side in (x, y))
    counts = [np.diff(below, prepend=0) for below in (below_x, below_y)]
    return counts[0], counts[1], below_x / len(x), below_y / len(y)


def bridge_weights(shares: np.ndarray) -> np.ndarray:
    """Weights of the chi-squares whose sum a Brownian bridge's mean square at ties is."""
    groups, open_share = [], 0.0
    for share in shares:
        if open_share > 0 and share >= 0.002:
            groups.append(open_share)
            open_share = 0.0
        open_share += share
        if open_share >= 0.002:
            groups.append(open_share)
            open_share = 0.0
    p = np.array([*groups, open_share] if open_share > 0 else groups)
    h = np.cumsum(p)[:-1]
    root = np.sqrt(p[:-1])
    return np.linalg.eigvalsh(np.outer(root, root) * (np.minimum.outer(h, h) - np.outer(h, h)))


def weighted_tail(weights: np.ndarray, x: float) -> float:
    """P(sum of weighted chi-squares > x) by Lugannani and Rice's saddlepoint."""
    weights = weights[weights > 1e-12]
    if x <= 0 or len(weights) == 0:
        return 1.0
    mean = weights.sum()
    if abs(x / mean - 1) < 1e-3:
        return 0.5 * (weighted_tail(weights, 0.998 * mean) + weighted_tail(weights, 1.002 * mean))
    slope = lambda s: float(np.sum(weights / (1 - 2 * s * weights))) - x  # noqa: E731
    top = 0.5 / weights.max()
    low = -1.0
    while slope(low) > 0:
        low *= 4
    s = optimize.brentq(slope, low, top * (1 - 1e-13))
    k = -0.5 * np.sum(np.log1p(-2 * s * weights))
    r = np.sign(s) * np.sqrt(max(2 * (s * x - k), 0))
    q = s * np.sqrt(2 * np.sum((weights / (1 - 2 * s * weights)) ** 2))
    return float(np.clip(stats.norm.sf(r) + stats.norm.pdf(r) * (1 / q - 1 / r), 0, 1))


def cramer_von_mises(x: np.ndarray, y: np.ndarray) -> float:
    """p-value of the tie-safe statistic, given the ties of both samples together."""
    n, m = len(x), len(y)
    in_x, in_y, f, g = gaps(x, y)
    shares = (in_x + in_y) / (n + m)
    statistic = n * m / (n + m) ** 2 * float(np.sum((in_x + in_y) * (f - g) ** 2))
    # Where no value is common, the law is that of values without ties.
    if shares.max() > 0.005:
        return weighted_tail(bridge_weights(shares), statistic * (n + m - 1) / (n + m))
    total, product = n + m, n * m
    mean = (1 + 1 / total) / 6
    variance = (total + 1) * (4 * product * total - 3 * (n * n + m * m) - 2 * product)
    variance /= 180 * total**2 * product
    standard = 1 / 6 + (statistic - mean) / np.sqrt(45 * variance)
    if standard <= 0.003:
        return 1.0
    # SciPy gives the distribution function, which cannot hold a tail beyond 1e-8.
    tail = 1 - float(_cdf_cvm_inf(standard))
    return tail if tail > 1e-6 else weighted_tail(1 / (np.pi * np.arange(1, 2001)) ** 2, standard)


def brown_forsythe_of_ranks(x: np.ndarray, y: np.ndarray) -> float:
    ranks = stats.rankdata(np.concatenate([x, y]))
    return float(stats.levene(ranks[: len(x)], ranks[len(x) :], center="median").pvalue)


def combined(x: np.ndarray, y: np.ndarray) -> float:
    """The Cauchy combination of KS, tie-safe Cramer-von Mises and Brown-Forsythe on ranks."""
    p_values = [ks(x, y)[1], cramer_von_mises(x, y)]
    if min(len(x), len(y)) >= 10 and len(np.unique(np.concatenate([x, y]))) >= 3:
        p_values.append(brown_forsythe_of_ranks(x, y))
    p = np.clip(np.nan_to_num(p_values, nan=1.0), 0, 0.99)
    if p.min() == 0:
        return 0.0
    with np.errstate(over="ignore"):
        statistic = float(np.mean(1 / np.tan(np.pi * p)))
    return float(np.arctan(1 / statistic) / np.pi) if statistic > 0 else 0.5 - np.arctan(statistic) / np.pi


def pool_rare(reference: np.ndarray, current: np.ndarray) -> tuple[np.ndarray, bool]:
    """Rare categories put together until five rows are expected of each group.

    One row per group, one column per side; and whether no two groups could be filled, so that
    the commonest category stands against all others.
    """
    table = np.vstack([reference, current]).astype(float)
    table = table[:, table.sum(axis=0) > 0]
    fewest = 5 / (table.sum(axis=1).min() / table.sum())
    if table.shape[1] < 2 or table.sum(axis=0).min() >= fewest:
        return table.T, False
    order = np.argsort(-table.sum(axis=0), kind="stable")
    groups, open_group = [], np.zeros(2)
    for cell in table.T[order]:
        open_group = open_group + cell
        if open_group.sum() >= fewest:
            groups.append(open_group)
            open_group = np.zeros(2)
    if len(groups) < 2:
        first = table.T[order][0]
        return np.vstack([first, table.sum(axis=1) - first]), True
    groups[-1] = groups[-1] + open_group
    return np.array(groups), False


def pooled_p_value(reference: np.ndarray, current: np.ndarray) -> float:
    groups, is_commonest_against_others = pool_rare(reference, current)
    if is_commonest_against_others:
        return float(stats.fisher_exact(groups.astype(int)).pvalue)
    return contingency(*groups.T)[2]


def pooled_distance(reference: np.ndarray, current: np.ndarray) -> float:
    """Pearson's statistic per degree of freedom, rare categories put together."""
    statistic, degrees, _ = contingency(*pool_rare(reference, current)[0].T)
    return statistic / degrees if degrees else 0.0


def contingency(reference: np.ndarray, current: np.ndarray) -> tuple[float, int, float]:
    """Pearson's statistic on two rows of counts, its degrees of freedom and p-value."""
    table = np.vstack([reference, current]).astype(float)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return 0.0, 0, 1.0
    statistic, p_value, degrees, _ = stats.chi2_contingency(table, correction=False)
    return float(statistic), int(degrees), float(p_value)


def cramers_v(statistic: float, n: int) -> float:
    return float(np.sqrt(statistic / n)) if n else 0.0


def psi(reference: np.ndarray, current: np.ndarray, pseudocount: float = 0.5) -> float:
    k = len(reference)
    p = (reference + pseudocount) / (reference.sum() + pseudocount * k)
    q = (current + pseudocount) / (current.sum() + pseudocount * k)
    return float(np.sum((q - p) * np.log(q / p)))


def jensen_shannon(reference: np.ndarray, current: np.ndarray) -> float:
    """The distance (square root of the divergence) in base 2."""
    p = reference / reference.sum()
    q = current / current.sum()
    m = (p + q) / 2
    divergence = (special.rel_entr(p, m).sum() + special.rel_entr(q, m).sum()) / 2 / np.log(2)
    return float(np.sqrt(max(divergence, 0.0)))


def two_proportions(missing_reference: int, n_reference: int, missing: int, n: int) -> float:
    """Pooled two-sided z test; 1 where both shares are 0 or both are 1."""
    pooled = (missing_reference + missing) / (n_reference + n)
    variance = pooled * (1 - pooled) * (1 / n_reference + 1 / n)
    if variance == 0:
        return 1.0
    z = (missing / n - missing_reference / n_reference) / np.sqrt(variance)
    return float(2 * stats.norm.sf(abs(z)))


def n_effective(locations: np.ndarray) -> float:
    """How many independent windows the reference is worth, from their lag-1 autocorrelation."""
    k = len(locations)
    centred = locations - locations.mean()
    energy = float(np.sum(centred**2))
    r = float(np.sum(centred[1:] * centred[:-1])) / energy if energy > 0 else 0.0
    r = min(max(r + 1 / k, 0.0), 0.95)
    return k * (1 - r) / (1 + r)


def widening(k: int, effective: float) -> float:
    """How much farther a new window lies, squared, than one of the reference from the rest."""
    share = 1 / max(effective, 2.0)
    return max((1 + share) / (1 - share) * ((k - 1) / k) ** 2, 1.0)


@dataclass
class WindowLaw:
    """A gamma law fitted to the reference's own windows, corrected for having few of them."""

    shape: float
    unit: float
    n_windows: int
    n_windows_effective: float
    refit_shape: np.ndarray
    refit_unit: np.ndarray

    @classmethod
    def fit(cls, distances: np.ndarray, locations: np.ndarray, seed: int) -> "WindowLaw | None":
        mean, variance = distances.mean(), distances.var(ddof=1)
        if mean <= 0 or variance <= 0:
            return None
        effective = n_effective(locations)
        shape, unit = mean**2 / variance, variance / mean * widening(len(distances), effective)
        draws = np.random.default_rng(seed).gamma(
            shape, unit, size=(SETS_DRAWN, max(2, round(effective)))
        )
        means, variances = draws.mean(axis=1), draws.var(axis=1, ddof=1)
        return cls(shape, unit, len(distances), effective, means**2 / variances, variances / means)

    def p_value(self, distance: float) -> float:
        tail = special.gammaincc(self.shape, distance / self.unit)
        levels = special.gammainccinv(self.refit_shape, tail) * self.refit_unit
        return believed(float(special.gammaincc(self.shape, levels / self.unit).mean()))


def believed(tail: float) -> float:
    """Beyond 5 %, windows tell little of the tail: 0.6 of its logarithm counts."""
    return tail if tail >= 0.05 else 0.05 * (tail / 0.05) ** 0.6


def benjamini_hochberg(p_values: np.ndarray) -> np.ndarray:
    n = len(p_values)
    order = np.argsort(p_values)
    scaled = p_values[order] * n / np.arange(1, n + 1)
    adjusted = np.empty(n)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def judge_means(values: np.ndarray, reference: np.ndarray, w: int, worse: int) -> np.ndarray:
    """One-sided p-value of the mean of the last `w` windows, `worse` = -1 where less is worse.

    `values` is the series in time order (NaN where a window has no value); the law is Student's
    t with the effective number of reference windows less one.
    """
    k = len(reference)
    effective = n_effective(reference)
    mean, sd = reference.mean(), reference.std(ddof=1)
    p_values = np.full(len(values), np.nan)
    for i in range(len(values)):
        last = values[max(0, i - w + 1) : i + 1]
        if len(last) < w or np.isnan(last).any():
            continue
        z = (last.mean() - mean) / (sd * np.sqrt(1 / (w * effective / k) + 1 / effective))
        p_values[i] = stats.t.sf(worse * z, effective - 1)
    return p_values
