#!/usr/bin/env python3
"""What docs/guides/first-model.md and the README tell a newcomer, done by the letter.

Files of one's own (here: the phone campaign of a bank, which is not part of this repository) become
a drift map in five minutes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from _server import ROOT, Server

BANK = ROOT.parent / "shared/data/bank"
SECONDS_MAX = 300


def run(server: Server, *arguments: str, cwd: Path) -> str:
    print(f"  $ trimtab {' '.join(arguments)}")
    done = server.client(*arguments, cwd=cwd)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def main() -> int:
    if not BANK.is_dir():
        print("skipped: ../shared/data/bank is not here")
        return 0
    started = time.monotonic()
    with Server() as server:
        folder = server.folder
        for name in ["reference", "production", "production_labels"]:
            (folder / f"bank_{name}.parquet").symlink_to(BANK / f"bank_{name}.parquet")
        run(server, "init", "bank_reference.parquet", "--model", "bank", "-o", "bank", cwd=folder)
        run(server, "plan", "bank", cwd=folder)
        run(server, "apply", "bank", cwd=folder)
        run(server, "replay", "bank", "--predictions", "bank_production.parquet",
            "--labels", "bank_production_labels.parquet", cwd=folder)
        server.settle()
        summary = run(server, "summary", "bank", cwd=folder)
        print("\n".join(f"    {line}" for line in summary.splitlines()))
        drift = server.get("/api/v1/models/bank/drift", monitor="inputs",
                           **{"from": "2008-10-01T00:00:00Z", "to": "2010-12-01T00:00:00Z"})
        decisions = {
            column["name"]: {cell["decision"] for cell in column["cells"]}
            for column in drift["columns"]
        }
        drifted = sorted(name for name, seen in decisions.items() if "drift" in seen)
        # The crisis of 2008: the market's rate leaves its old range for good.
        assert "euribor3m" in drifted, f"only {drifted} drifted"
        # Indices that change once a month or a quarter: 80 days tell too little of them to see a
        # drift, and therefore too little to call one usual.
        for name in ["emp_var_rate", "nr_employed", "cons_price_idx"]:
            assert "ok" not in decisions[name], f"{name} was called ok"
        run(server, "report", "bank", "-o", "bank.html", cwd=folder)
        assert "<html" in (folder / "bank.html").read_text().lower()
        took = time.monotonic() - started
        print(f"from files to a drift map in {took:.0f} s; {len(drifted)} columns drifted")
        assert took < SECONDS_MAX
    return 0


if __name__ == "__main__":
    sys.exit(main())
