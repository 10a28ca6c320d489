#!/usr/bin/env python3
"""`trimtab check` on March against each month of the flights log, held against SciPy.

    TRIMTAB=path/to/trimtab python tests/oracle/check/compare.py

For every column: the statistic to 1e-9 relative, every p-value above 1e-290 to 1e-6 relative.
The reference for numbers is `ks_2samp` with its automatic choice of method, for categories
`chi2_contingency(correction=False)` on the counts of both sides.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

DATA = Path(__file__).parents[3] / "examples/flights/data"
TRIMTAB = os.environ.get("TRIMTAB", "trimtab")
STATISTIC_TOLERANCE = 1e-9
P_VALUE_TOLERANCE = 1e-6
P_VALUE_SMALLEST = 1e-290


def check(reference: Path, current: Path) -> dict:
    command = [TRIMTAB, "check", str(reference), str(current), "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    report = json.loads(done.stdout)
    assert (report["decision"] == "drift") == (done.returncode == 1), report["decision"]
    return report


def expected(kind: str, reference: pd.Series, current: pd.Series) -> tuple[str, float, float]:
    reference, current = reference.dropna(), current.dropna()
    if kind == "numeric":
        result = stats.ks_2samp(reference.to_numpy(float), current.to_numpy(float), method="auto")
        return "ks", float(result.statistic), float(result.pvalue)
    counts = pd.concat([reference.value_counts(), current.value_counts()], axis=1).fillna(0)
    result = stats.chi2_contingency(counts.to_numpy().T, correction=False)
    return "chi2", float(result.statistic), float(result.pvalue)


def difference(found: float | None, wanted: float) -> float:
    if found is None:
        return float("inf")
    return abs(found - wanted) / abs(wanted) if wanted else abs(found)


def compare(report: dict, reference: pd.DataFrame, current: pd.DataFrame) -> tuple[list[str], int]:
    findings, n_compared = [], 0
    for column in report["columns"]:
        name = column["name"]
        if column["error"]:
            findings.append(f"{name}: {column['error']}")
            continue
        method, statistic, p_value = expected(column["type"], reference[name], current[name])
        results = [result for result in column["results"] if result["method"] == method]
        if not results:
            findings.append(f"{name}: no result by {method}")
            continue
        result = results[0]
        off = difference(result["statistic"], statistic)
        if off > STATISTIC_TOLERANCE:
            findings.append(f"{name}: {method} {result['statistic']}, SciPy {statistic} ({off:.1e})")
        off = difference(result["p_value"], p_value)
        if p_value > P_VALUE_SMALLEST and off > P_VALUE_TOLERANCE:
            findings.append(f"{name}: p {result['p_value']}, SciPy {p_value} ({off:.1e})")
        if p_value <= P_VALUE_SMALLEST and not (result["p_value"] or 0.0) <= P_VALUE_SMALLEST * 1.01:
            findings.append(f"{name}: p {result['p_value']}, SciPy {p_value}")
        n_compared += 1
        nulls = column["null_share"]
        for side, frame in [("reference", reference), ("current", current)]:
            if not np.isclose(nulls[side], frame[name].isna().mean(), rtol=1e-12, atol=0):
                findings.append(f"{name}: null share of {side} is {nulls[side]}")
    return findings, n_compared


def main() -> int:
    reference_file = DATA / "flights_reference.parquet"
    reference = pd.read_parquet(reference_file)
    production = pd.read_parquet(DATA / "flights_production.parquet")
    # What both sides have and what is not recognised as an identifier, a time or a version.
    wanted = set(production.columns) & set(reference.columns)
    wanted -= {"prediction_id", "timestamp", "model_version"}
    n_findings = 0
    with tempfile.TemporaryDirectory() as folder:
        for month, current in production.groupby(production["timestamp"].dt.strftime("%Y-%m")):
            file = Path(folder) / f"{month}.parquet"
            current.to_parquet(file, index=False)
            report = check(reference_file, file)
            findings, n_compared = compare(report, reference, current)
            missing = wanted - {column["name"] for column in report["columns"]}
            findings += [f"{name} was not compared" for name in sorted(missing)]
            worst = "agrees" if not findings else "DIFFERS"
            print(f"{month}: {n_compared} columns, {len(current)} rows: {worst}")
            for finding in findings:
                print(f"  {finding}")
            n_findings += len(findings)
    return 1 if n_findings else 0


if __name__ == "__main__":
    sys.exit(main())
