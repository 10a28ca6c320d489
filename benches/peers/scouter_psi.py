"""Scouter's population stability index over all columns: a profile of the reference, and the drift
of the other side against it.

    python scouter_psi.py REFERENCE.parquet CURRENT.parquet
"""

from __future__ import annotations

import sys

import pandas as pd
from scouter import Drifter, PsiDriftConfig

reference = pd.read_parquet(sys.argv[1])
current = pd.read_parquet(sys.argv[2])
categories = [
    name for name in reference.columns if not pd.api.types.is_numeric_dtype(reference[name])
]
for side in (reference, current):
    for name in categories:
        side[name] = side[name].astype(str)
config = PsiDriftConfig(space="bench", name="bench", version="1.0.0", categorical_features=categories)
drifter = Drifter()
profile = drifter.create_drift_profile(reference, config)
drift = drifter.compute_drift(current, profile)
print(len(drift.features), "columns")
