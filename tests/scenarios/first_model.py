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
        drifted = {
            column["name"]
            for column in drift["columns"]
            if any(cell["decision"] == "drift" for cell in column["cells"])
        }
        # The crisis of 2008: these leave their old range for good.
        economy = {"emp_var_rate", "euribor3m", "nr_employed"}
        assert economy <= drifted, f"only {sorted(drifted)} drifted"
        run(server, "report", "bank", "-o", "bank.html", cwd=folder)
        assert "<html" in (folder / "bank.html").read_text().lower()
        took = time.monotonic() - started
        print(f"from files to a drift map in {took:.0f} s; {len(drifted)} columns drifted")
        assert took < SECONDS_MAX
    return 0


if __name__ == "__main__":
    sys.exit(main())
