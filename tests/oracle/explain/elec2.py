"""The Victorian market joins on 1997-05-05: the loudest drift there is, and v1 never looks at it.

    python elec2.py    (TRIMTAB names the binary; skipped without ../shared/data)

`check` must name vicprice, vicdemand and transfer on every day from that one on and on none before;
`explain` must give the three exactly nothing of the change of v1's scores; recomputed scores must be
the logged ones.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
TRIMTAB = os.environ.get("TRIMTAB", "trimtab")
NEW = {"vicprice", "vicdemand", "transfer"}
CHANGE = "1997-05-05"


def run(*arguments):
    done = subprocess.run([TRIMTAB, *map(str, arguments), "--output", "json"], capture_output=True, text=True)
    if done.returncode > 1:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def main():
    if not DATA.is_dir():
        print(f"skipped: the sample data are not at {DATA}")
        return
    folder = DATA / "elec2"
    reference = folder / "elec2_reference.parquet"
    production = folder / "elec2_production.parquet"
    days = run("check", reference, production, "--timestamp", "timestamp", "--window", "day")["windows"]
    early = [day for day in days if day["window"]["start"][:10] < CHANGE]
    late = [day for day in days if day["window"]["start"][:10] >= CHANGE]
    assert not any(NEW & set(day["drifted"]) for day in early), "named too early"
    assert all(set(day["drifted"]) >= NEW for day in late), "missed on a day"
    print(f"check: named on all {len(late)} days from {CHANGE}, on none of {len(early)} before")
    log = pd.read_parquet(production)
    with tempfile.TemporaryDirectory() as place:
        before, after = f"{place}/before.parquet", f"{place}/after.parquet"
        log[log["timestamp"] < CHANGE].to_parquet(before)
        log[log["timestamp"] >= CHANGE].to_parquet(after)
        report = run(
            "explain", folder / "elec2_model_v1.onnx", after, "--reference", before, "--rows", len(log)
        )
    change = report["margin_change"]
    parts = {share["name"]: share["value"] for share in change["columns"]}
    assert all(parts[name] == 0 for name in NEW), parts
    assert abs(sum(parts.values()) - change["change"]) < 1e-9
    used = {column["name"]: column["is_used"] for column in report["columns"]}
    assert not any(used[name] for name in NEW)
    scores = pd.Series([row["score"] for row in report["rows"]])
    logged = log[log["timestamp"] >= CHANGE]["score"].reset_index(drop=True)
    worst = (scores - logged).abs().max()
    assert worst < 1e-6, worst
    print(f"explain: none of the margin's change of {change['change']:.3f} is theirs; scores differ by {worst:.1e}")


main()
