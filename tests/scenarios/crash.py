#!/usr/bin/env python3
"""Kills the server in the middle of an ingest, twenty times at random moments.

After each restart the client sends again what was not acknowledged, as clients do. At the end no
acknowledged row may be missing and none may count twice: in the lake, in the profiles, in the API.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from pathlib import Path

import deltalake
import requests

from _server import MODEL, Server, row

N_KILLS = 20
ROWS_PER_BATCH = 40
SEED = 20130814


class Client(threading.Thread):
    """Sends batches one after another until the server goes away."""

    def __init__(self, server: Server, first: int) -> None:
        super().__init__(daemon=True)
        self.server, self.next = server, first
        self.n_acknowledged = 0

    def run(self) -> None:
        while True:
            batch = [row(i) for i in range(self.next, self.next + ROWS_PER_BATCH)]
            try:
                answer = self.server.send(batch)
            except requests.RequestException:
                return
            if answer.status_code != 200:
                return
            receipt = answer.json()
            # A batch that was on disk when its answer got lost comes back as duplicates.
            assert receipt["accepted"] + receipt["duplicates"] == ROWS_PER_BATCH, receipt
            self.n_acknowledged += ROWS_PER_BATCH
            self.next += ROWS_PER_BATCH


def lake_ids(folder: Path) -> list[str]:
    """The ids in the Delta table of predictions."""
    ids: list[str] = []
    for log in sorted(folder.rglob("_delta_log")):
        table = deltalake.DeltaTable(str(log.parent))
        names = [field.name for field in table.schema().fields]
        # The table of samples holds some of the same rows again; labels have no price.
        if "price" in names and "sample_hash" not in names:
            ids += table.to_pyarrow_table(columns=["prediction_id"])["prediction_id"].to_pylist()
    return ids


def main() -> int:
    chance = random.Random(SEED)
    with Server() as server:
        server.declare(MODEL)
        sent = 0
        for n in range(N_KILLS):
            client = Client(server, sent)
            client.start()
            time.sleep(chance.uniform(0.05, 1.2))
            server.kill()
            client.join(timeout=30)
            assert not client.is_alive()
            sent = client.next
            server.start()
        last = server.send([row(i) for i in range(sent, sent + ROWS_PER_BATCH)])
        assert last.status_code == 200, last.text
        sent += ROWS_PER_BATCH
        server.settle()

        wanted = {f"p-{i}" for i in range(sent)}
        ids = lake_ids(server.data_dir)
        missing, twice = wanted - set(ids), len(ids) - len(set(ids))
        extra = set(ids) - wanted
        print(f"{N_KILLS} kills, {sent} rows acknowledged, {len(ids)} in the lake")
        assert not missing, f"{len(missing)} acknowledged rows are lost: {sorted(missing)[:5]}"
        assert not twice, f"{twice} rows count twice in the lake"
        assert not extra, f"{len(extra)} rows were never acknowledged: {sorted(extra)[:5]}"

        versions = server.get("/api/v1/models/shop")["versions"]
        counted = sum(version["n_predictions"] for version in versions)
        assert counted == sent, f"the API counts {counted} predictions"
        again = server.send([row(i) for i in range(ROWS_PER_BATCH)]).json()
        assert again["accepted"] == 0 and again["duplicates"] == ROWS_PER_BATCH, again
        assert server.stop() == 0, "SIGTERM does not end it gracefully"
    return 0


if __name__ == "__main__":
    sys.exit(main())
