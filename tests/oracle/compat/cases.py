"""The comparisons that every peer is asked about, on the sample data beside the repository.

Numbers are widened to float64 first: some peers compute in the type they get.
"""

from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT.parent / "shared" / "data"

# Never features: keys, times, outcomes.
NOT_COMPARED = {"prediction_id", "timestamp", "model_version", "label", "label_timestamp", "prediction", "latency_ms"}

# name: (data set, rows of the reference, period of the production log, rows of it)
CASES = {
    "flights_april": ("flights", None, ("2013-04-01", "2013-05-01"), None),
    "flights_july": ("flights", None, ("2013-07-01", "2013-08-01"), None),
    "flights_small": ("flights", 800, ("2013-04-01", "2013-05-01"), 600),
    "bank_may_2009": ("bank", None, ("2009-05-01", "2009-06-01"), None),
    "bank_small": ("bank", 900, ("2009-04-01", "2009-05-01"), 500),
    "bike_2012": ("bike", None, ("2012-01-01", "2013-01-01"), None),
    "bike_february": ("bike", None, ("2012-02-01", "2012-03-01"), None),
}


def load(case):
    """Reference, current, numeric columns, categorical columns."""
    name, n_reference, (start, end), n_current = CASES[case]
    reference = pd.read_parquet(DATA / name / f"{name}_reference.parquet")
    production = pd.read_parquet(DATA / name / f"{name}_production.parquet")
    times = production["timestamp"]
    inside = (times >= pd.Timestamp(start, tz="UTC")) & (times < pd.Timestamp(end, tz="UTC"))
    current = production[inside]
    reference = reference.head(n_reference) if n_reference else reference
    current = current.head(n_current) if n_current else current
    names = [c for c in reference.columns if c in current.columns and c not in NOT_COMPARED]
    numeric = [c for c in names if pd.api.types.is_numeric_dtype(reference[c])]
    categorical = [c for c in names if c not in numeric]

    def plain(frame):
        columns = {c: frame[c].astype("float64").to_numpy() for c in numeric}
        columns |= {c: frame[c].astype("object").to_numpy() for c in categorical}
        return pd.DataFrame(columns)

    return plain(reference), plain(current), numeric, categorical
