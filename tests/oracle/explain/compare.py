"""Scores of the sample logs, recomputed from their ONNX files, against the logged ones.

    cargo build -p trimtab-scoring --example score_csv
    python tests/oracle/explain/compare.py target/debug/examples/score_csv ../shared/data

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

PROGRAM, DATA = sys.argv[1], pathlib.Path(sys.argv[2])
# log, logged column, bound (absolute)
LOGS = [
    ("flights", "score", 4e-7),
    ("elec2", "score", 4e-7),
    ("bank", "score", 4e-7),
    ("bike", "prediction", 2e-3),
]


def scores(model, encoding, table, *rest):
    """The last column of what our program prints."""
    spec = json.loads(encoding.read_text())
    columns = spec["numeric"] + [block["column"] for block in spec["one_hot"]]
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        options = pyarrow.csv.WriteOptions(quoting_style="none")
        pyarrow.csv.write_csv(table.select(columns), file.name, options)
        out = subprocess.run(
            [PROGRAM, model, encoding, file.name, *rest], stdout=subprocess.PIPE, check=True, text=True
        ).stdout
    return np.array([float(line.split(",")[-1]) for line in out.splitlines()])


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
    sys.exit(0 if all(fine) else 1)


main()
