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
from scipy import special, stats

ALPHA = 0.05
FLOOR_WASSERSTEIN_IQR = 0.1
FLOOR_CRAMERS_V = 0.1
FLOOR_SHARE_CHANGE = 0.05
FLOOR_MISSING_CHANGE = 0.02
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
        shape, unit = mean**2 / variance, variance / mean
        effective = n_effective(locations)
        draws = np.random.default_rng(seed).gamma(
            shape, unit, size=(SETS_DRAWN, max(2, round(effective)))
        )
        means, variances = draws.mean(axis=1), draws.var(axis=1, ddof=1)
        return cls(shape, unit, len(distances), effective, means**2 / variances, variances / means)

    def p_value(self, distance: float) -> float:
        tail = special.gammaincc(self.shape, distance / self.unit)
        levels = special.gammainccinv(self.refit_shape, tail) * self.refit_unit
        return float(special.gammaincc(self.shape, levels / self.unit).mean())


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
