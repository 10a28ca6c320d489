"""Scores of the sample logs, recomputed from their ONNX files, against the logged ones.

    cargo build -p trimtab-scoring --examples
    python tests/oracle/explain/compare.py target/debug/examples ../shared/data

Bounds: the largest difference that the data's publisher found between the ONNX file and the
training library is stated beside each log, with a little room, because both sides round to f32.
The linear model is compared with onnxruntime, for there is no log of its scores.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq

PROGRAMS, DATA = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
# log, logged column, bound (absolute)
LOGS = [
    ("flights", "score", 4e-7),
    ("elec2", "score", 4e-7),
    ("bank", "score", 4e-7),
    ("bike", "prediction", 2e-3),
]


def run(program, model, encoding, tables, *rest):
    """The lines that one of our programs prints about tables, as lists of fields."""
    spec = json.loads(encoding.read_text())
    columns = spec["numeric"] + [block["column"] for block in spec["one_hot"]]
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for i, table in enumerate(tables):
            files.append(pathlib.Path(folder) / f"{i}.csv")
            options = pyarrow.csv.WriteOptions(quoting_style="none")
            pyarrow.csv.write_csv(table.select(columns), files[-1], options)
        out = subprocess.run(
            [PROGRAMS / program, model, encoding, *files, *rest],
            stdout=subprocess.PIPE, check=True, text=True,
        ).stdout
    return [line.split(",") for line in out.splitlines()]


def scores(model, encoding, table, *rest):
    return np.array([float(r[-1]) for r in run("score_csv", model, encoding, [table], *rest)])


def elec2_change():
    """The market joined on 1997-05-05: three columns came alive, and v1 does not use them."""
    folder = DATA / "elec2"
    model, encoding = folder / "elec2_model_v1.onnx", folder / "elec2_model_v1.json"
    table = pq.read_table(folder / "elec2_production.parquet").sort_by("timestamp")
    shares = run("explain_csv", model, encoding, [table.slice(0, 3120), table.slice(3120)])
    print("elec2 v1, mean margin since 1997-05-05:",
          ", ".join(f"{name} {float(value):+.4f}" for name, value, _ in shares))
    zero = {name: float(value) for name, value, _ in shares}
    explained = sum(value for name, value in zero.items() if name != "total")
    return (zero["vicprice"] == zero["vicdemand"] == zero["transfer"] == 0.0
            and abs(explained - zero["total"]) < 1e-9)


def report(name, found, expected, bound):
    worst = float(np.max(np.abs(found - expected)))
    is_fine = len(found) == len(expected) and worst <= bound
    print(f"{name:28} {len(found):7} rows, largest difference {worst:.2e} (bound {bound:.0e})"
          f" {'ok' if is_fine else 'WRONG'}")
    return is_fine


def main():
    fine = []
    for log, column, bound in LOGS:
        folder = DATA / log
        production = pq.read_table(folder / f"{log}_production.parquet")
        for version in ("v1", "v2"):
            model = folder / f"{log}_model_{version}.onnx"
            encoding = folder / f"{log}_model_{version}.json"
            table = production
            if version == "v2":
                shadow = pq.read_table(folder / f"{log}_shadow_v2.parquet")
                names = [n for n in shadow.column_names if n.startswith(column) and n != "prediction_id"]
                shadow = shadow.select(["prediction_id", names[0]]).rename_columns(
                    ["prediction_id", "logged"]
                )
                table = production.drop_columns([column]).join(
                    shadow, "prediction_id", join_type="inner"
                )
            expected = table["logged" if version == "v2" else column].to_numpy()
            found = scores(model, encoding, table)
            fine.append(report(f"{log} {version}", found, expected, bound))
    import onnxruntime

    folder = DATA / "elec2"
    model, encoding = folder / "elec2_model_linear.onnx", folder / "elec2_model_linear.json"
    table = pq.read_table(folder / "elec2_production.parquet")
    spec = json.loads(encoding.read_text())
    frame = table.to_pandas()
    columns = [frame[c].to_numpy(dtype=np.float32) for c in spec["numeric"]]
    for block in spec["one_hot"]:
        values = frame[block["column"]]
        columns += [(values == category).to_numpy(dtype=np.float32) for category in block["categories"]]
    session = onnxruntime.InferenceSession(model)
    expected = session.run(["probabilities"], {"features": np.column_stack(columns)})[0][:, 1]
    fine.append(report("elec2 linear", scores(model, encoding, table), expected, 4e-7))
    through_tract = scores(model, encoding, table, "graph")
    fine.append(report("elec2 linear through tract", through_tract, expected, 1e-6))
    fine.append(elec2_change())
    sys.exit(0 if all(fine) else 1)


main()
