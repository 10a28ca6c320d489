"""The comparison that a careful data scientist writes: KS and PSI for numbers, chi-square on
counts for categories, Benjamini-Hochberg over all columns.

    python scipy_loop.py REFERENCE.parquet CURRENT.parquet
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from scipy import stats

reference = pd.read_parquet(sys.argv[1])
current = pd.read_parquet(sys.argv[2])
p_values = {}
for name in reference.columns:
    before, now = reference[name].dropna(), current[name].dropna()
    if pd.api.types.is_numeric_dtype(before):
        p_values[name] = stats.ks_2samp(before, now).pvalue
        edges = np.unique(np.quantile(before, np.linspace(0.1, 0.9, 9)))
        shares = [
            np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) / len(side) + 1e-4
            for side in (before, now)
        ]
        psi = np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0]))
        assert np.isfinite(psi)
    else:
        counts = pd.concat([before.value_counts(), now.value_counts()], axis=1).fillna(0)
        p_values[name] = stats.chi2_contingency(counts.to_numpy().T, correction=False).pvalue
adjusted = stats.false_discovery_control(list(p_values.values()))
print(sum(adjusted <= 0.05), "of", len(p_values), "columns drifted")
