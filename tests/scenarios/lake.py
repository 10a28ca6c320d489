#!/usr/bin/env python3
"""Other tools read our lake: the Python `deltalake` package and DuckDB."""

from __future__ import annotations

import sys

import deltalake
import duckdb

from _server import MODEL, Server, row

N_ROWS = 1000


def main() -> int:
    with Server() as server:
        server.declare(MODEL)
        rows = [row(i) for i in range(N_ROWS)]
        assert server.send(rows).json()["accepted"] == N_ROWS
        labels = [
            {"prediction_id": f"p-{i}", "label": i % 2, "label_timestamp": row(i + 3600)["timestamp"]}
            for i in range(N_ROWS)
        ]
        assert server.send(labels, kind="labels").json()["accepted"] == N_ROWS
        server.settle()
        assert server.stop() == 0
        kinds = set()
        for log in sorted(server.data_dir.rglob("_delta_log")):
            table = deltalake.DeltaTable(str(log.parent))
            found = table.to_pyarrow_table()
            names = set(found.column_names)
            kind = "predictions" if "price" in names else "labels" if "label" in names else None
            # A sample of the rows, for methods that need rows, is a table of its own.
            if kind is None or "sample_hash" in names:
                continue
            kinds.add(kind)
            assert found.num_rows == N_ROWS, (log.parent, found.num_rows)
            arrow = found  # DuckDB sees the same rows through its own eyes.
            files = table.file_uris()
            counted = duckdb.sql(
                f"select count(*), count(distinct prediction_id) from read_parquet({files!r})"
            ).fetchall()[0]
            assert counted == (N_ROWS, N_ROWS), counted
            if kind == "predictions":
                total = duckdb.sql("select sum(price) from arrow").fetchall()[0][0]
                assert abs(total - sum(r["price"] for r in rows)) < 1e-6, total
            print(f"  {kind}: {found.num_rows} rows in {len(files)} files, columns {sorted(names)}")
        assert kinds == {"predictions", "labels"}, kinds
    return 0


if __name__ == "__main__":
    sys.exit(main())
