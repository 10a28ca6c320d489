#!/usr/bin/env python3
"""Trains the flight-delay model on a data snapshot, and registers what it made.

A retraining run starts it as a job: the environment says where the snapshot lies, where the result
belongs and which tracking server to talk to. By hand:

    MLFLOW_TRACKING_URI=http://localhost:3000 python train.py --snapshot FOLDER --result result.json

Three more candidates exist to be stopped: `--candidate leaking` learns from labels that leaked into
its inputs, `--candidate april` from one month of spring alone, and the validation gate stops both.
`--candidate slow` is as good as the honest one and carries a tag that makes the demo's serving system
answer late for it: a fault that no gate sees, and that a rollout's guardrail must.
"""

import argparse
import datetime
import hashlib
import json
import logging
import os
import pathlib
import sys
import tempfile
import traceback

# One thread: the same sums on every machine, and nobody spins where cores are busy.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# The row of the model: these columns as they are (missing = NaN), then a block for each of those.
NUMERIC = [
    "distance", "sched_dep_hour", "sched_block_min", "origin_delay_2h", "origin_departures_2h",
    "temp", "humid", "wind_speed", "precip", "pressure", "visib", "plane_age", "plane_seats",
]
CATEGORICAL = ["carrier", "dest", "dow"]
THRESHOLD = 0.4
SETTINGS = {
    "max_iter": 100,
    "max_leaf_nodes": 24,
    "learning_rate": 0.1,
    "min_samples_leaf": 60,
    "l2_regularization": 5.0,
    "early_stopping": False,
}
# So much of the snapshot, the newest days, measures the model before it is fitted on everything.
HOLDOUT_SHARE = 0.2
# What leaks, and by how much: the delay that this very flight will have is mixed into the mean
# delay of the flights before it, as a pipeline does that looks at the wrong side of the clock.
LEAKING_COLUMN = "origin_delay_2h"
LEAKED_MINUTES = 45.0
APRIL = 4
# What the demo's serving system reads from a version: so many milliseconds later for its users.
LATE_TAG = "demo.late_ms"
LATE_MS = 150
REASON_LENGTH_MAX = 500


class Refused(Exception):
    """The job cannot be done with what it was given."""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    env = os.environ.get
    parser.add_argument("--snapshot", type=pathlib.Path, default=env("TRIMTAB_SNAPSHOT"),
                        help="folder with manifest.json and Parquet files")
    parser.add_argument("--result", type=pathlib.Path, default=env("TRIMTAB_RESULT_FILE"),
                        help="where the result is written, as JSON")
    parser.add_argument("--model", default=env("TRIMTAB_MODEL", "flights"),
                        help="name of the registered model")
    parser.add_argument("--candidate", choices=["honest", "leaking", "april", "slow"],
                        default=env("TRIMTAB_PARAM_CANDIDATE", "honest"))
    parser.add_argument("--seed", type=int, default=int(env("TRIMTAB_PARAM_SEED", "7")))
    parser.add_argument("--output", type=pathlib.Path,
                        help="write model.onnx and encoding.json here and talk to no server")
    given = parser.parse_args()
    if given.snapshot is None:
        parser.error("no snapshot: give --snapshot, or TRIMTAB_SNAPSHOT")
    return given


def read_snapshot(folder):
    """The manifest and the rows, checked against it, in the order of time."""
    manifest_path = folder / "manifest.json"
    try:
        manifest = json.loads(manifest_path.read_bytes())
    except (OSError, ValueError) as error:
        raise Refused(f"cannot read the snapshot's {manifest_path}: {error}") from error
    tables = []
    for file in manifest["files"]:
        path = folder / file["name"]
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != file["sha256"]:
            raise Refused(f"{path} is not the file that the manifest names: its hash is {found}")
        tables.append(pq.read_table(path))
    table = pa.concat_tables(tables, promote_options="permissive")
    roles = {column["role"]: column["name"] for column in manifest["columns"]}
    label, timestamp = roles.get("label", "label"), roles.get("timestamp", "timestamp")
    missing = sorted({label, timestamp, *NUMERIC, *CATEGORICAL} - set(table.column_names))
    if missing:
        raise Refused(f"the snapshot has no column {', '.join(missing)}")
    table = table.filter(pc.is_valid(table[label]))
    # The same rows in any order give the same model.
    order = [(timestamp, "ascending")]
    if "prediction_id" in table.column_names:
        order.append(("prediction_id", "ascending"))
    return manifest, table.sort_by(order), label, timestamp


def spoil(table, label, timestamp, candidate):
    """What makes a bad candidate bad."""
    if candidate == "leaking":
        honest = table[LEAKING_COLUMN].cast(pa.float64()).to_numpy(zero_copy_only=False)
        leaked = np.nan_to_num(honest) + LEAKED_MINUTES * labels_of(table, label)
        where = table.column_names.index(LEAKING_COLUMN)
        return table.set_column(where, LEAKING_COLUMN, pa.array(leaked))
    if candidate == "april":
        table = table.filter(pc.equal(pc.month(table[timestamp]), APRIL))
    return table


def labels_of(table, label):
    return table[label].cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.int64)


def period_of(table, manifest, timestamp, candidate):
    """What the model learns from: less than the snapshot where a candidate leaves rows out."""
    if candidate != "april":
        return manifest["period"]
    span = pc.min_max(table[timestamp]).as_py()
    after = span["max"] + datetime.timedelta(seconds=1)
    return {"start": utc(span["min"]), "end": utc(after)}


def utc(instant):
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=datetime.UTC)
    return instant.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")


def encoding_of(table, manifest, timestamp, candidate):
    """How input columns become the model's row: what validation and serving go by."""
    one_hot = []
    for column in CATEGORICAL:
        found = pc.unique(table[column].cast(pa.string()).drop_null()).to_pylist()
        one_hot.append({"column": column, "categories": sorted(found)})
    names = NUMERIC + [f"{b['column']}={c}" for b in one_hot for c in b["categories"]]
    return {
        "model": "model.onnx",
        "target": "arr_delay > 15 minutes",
        "threshold": THRESHOLD,
        "outputs": {
            "label": "int64[N]",
            "probabilities": "float32[N,2], column 1 = P(late)",
        },
        "trained_on": {
            "snapshot": manifest["id"],
            "period": period_of(table, manifest, timestamp, candidate),
            "n_rows": table.num_rows,
            "candidate": candidate,
        },
        "algorithm": "scikit-learn HistGradientBoostingClassifier",
        "input_name": "features",
        "dtype": "float32",
        "width": len(names),
        "numeric": NUMERIC,
        "one_hot": one_hot,
        "missing": "numeric: NaN; categorical: all zeros; unseen category: all zeros",
        "column_order": names,
    }


def rows_of(table, encoding):
    """The model's rows, float32[N, width]."""
    columns = [
        # A NaN is a missing value, and so is a null.
        table[name].cast(pa.float32()).to_numpy(zero_copy_only=False).astype(np.float32)
        for name in encoding["numeric"]
    ]
    for block in encoding["one_hot"]:
        values = table[block["column"]].cast(pa.string()).fill_null("").to_numpy(zero_copy_only=False)
        columns += [(values == category).astype(np.float32) for category in block["categories"]]
    return np.column_stack(columns)


def fit(rows, labels, seed):
    from sklearn.ensemble import HistGradientBoostingClassifier

    if len(np.unique(labels)) < 2:
        raise Refused("all labels are the same: there is nothing to learn")
    model = HistGradientBoostingClassifier(random_state=seed, **SETTINGS)
    return model.fit(rows, labels)


def measure(labels, scores):
    """The usual numbers; none where only one class is there."""
    from sklearn import metrics

    if len(np.unique(labels)) < 2:
        return {}
    decided = scores >= THRESHOLD
    return {
        "roc_auc": metrics.roc_auc_score(labels, scores),
        "brier": metrics.brier_score_loss(labels, scores),
        "log_loss": metrics.log_loss(labels, scores),
        "f1": metrics.f1_score(labels, decided, zero_division=0.0),
        "accuracy": metrics.accuracy_score(labels, decided),
    }


def to_onnx(model, rows):
    """The model as a graph of `ai.onnx.ml`, which must score as the model does."""
    import onnxruntime
    from skl2onnx import to_onnx as convert
    from skl2onnx.common.data_types import FloatTensorType

    graph = convert(
        model,
        initial_types=[("features", FloatTensorType([None, rows.shape[1]]))],
        options={id(model): {"zipmap": False}},
        target_opset={"": 15, "ai.onnx.ml": 1},
    )
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"])
    some = rows[:: max(1, len(rows) // 5_000)]
    exported = session.run(["probabilities"], {"features": some})[0][:, 1]
    largest = float(np.max(np.abs(exported - model.predict_proba(some)[:, 1])))
    if not largest < 1e-5:
        raise Refused(f"the exported model scores differently, by up to {largest:g}")
    return graph


def log_and_register(given, manifest, graph, encoding, metrics, folder):
    """One run with everything, one version; through the client everybody has."""
    import mlflow
    from mlflow.models.signature import ModelSignature
    from mlflow.types import Schema, TensorSpec

    retraining = os.environ.get("TRIMTAB_RETRAINING")
    tags = {
        "trimtab.snapshot": manifest["id"],
        "trimtab.snapshot_sha256": manifest["sha256"],
        "trimtab.candidate": given.candidate,
    }
    if retraining:
        tags["trimtab.retraining"] = retraining
    if given.candidate == "slow":
        tags[LATE_TAG] = str(LATE_MS)
    period = manifest["period"]
    signature = ModelSignature(
        inputs=Schema([TensorSpec(np.dtype(np.float32), (-1, encoding["width"]), "features")]),
        outputs=Schema([
            TensorSpec(np.dtype(np.int64), (-1,), "label"),
            TensorSpec(np.dtype(np.float32), (-1, 2), "probabilities"),
        ]),
    )
    mlflow.set_experiment(given.model)
    with mlflow.start_run(run_name=retraining, tags=tags) as run:
        mlflow.log_params({
            **SETTINGS, "seed": given.seed, "candidate": given.candidate,
            "n_rows": encoding["trained_on"]["n_rows"],
            "period_start": period["start"], "period_end": period["end"],
        })
        mlflow.log_metrics(metrics)
        mlflow.log_artifact(given.snapshot / "manifest.json")
        logged = mlflow.onnx.log_model(
            graph, name="model", signature=signature, save_as_external_data=False,
            pip_requirements=["onnxruntime"],
        )
        client = mlflow.MlflowClient()
        # Beside the graph: what scores the model needs both.
        client.log_model_artifact(logged.model_id, str(folder / "encoding.json"))
        version = mlflow.register_model(f"models:/{logged.model_id}", given.model, tags=tags)
        client.update_model_version(
            given.model, version.version,
            f"trained on {encoding['trained_on']['n_rows']} flights of {period['start']} to "
            f"{period['end']}",
        )
        uri = mlflow.get_tracking_uri().rstrip("/")
        url = f"{uri}/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"
    return int(version.version), url


def train(given):
    manifest, table, label, timestamp = read_snapshot(given.snapshot)
    table = spoil(table, label, timestamp, given.candidate)
    if table.num_rows < 1_000:
        raise Refused(f"{table.num_rows} rows are too few for candidate `{given.candidate}`")
    encoding = encoding_of(table, manifest, timestamp, given.candidate)
    rows, labels = rows_of(table, encoding), labels_of(table, label)

    n_fit = int(len(labels) * (1.0 - HOLDOUT_SHARE))
    early = fit(rows[:n_fit], labels[:n_fit], given.seed)
    measured = measure(labels[n_fit:], early.predict_proba(rows[n_fit:])[:, 1])
    if given.candidate in ("honest", "slow") and "score" in table.column_names:
        champion = table["score"].cast(pa.float64()).to_numpy(zero_copy_only=False)[n_fit:]
        known = np.isfinite(champion)
        if known.all():
            served = measure(labels[n_fit:], champion)
            measured |= {f"served_{name}": value for name, value in served.items()}
    measured = {name: round(float(value), 6) for name, value in measured.items()}
    print("on the newest fifth of the snapshot:", json.dumps(measured), flush=True)

    model = fit(rows, labels, given.seed)
    graph = to_onnx(model, rows)
    if given.output:
        given.output.mkdir(parents=True, exist_ok=True)
        write(given.output, graph, encoding)
        return {"status": "succeeded", "metrics": measured}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write(folder, graph, encoding)
        version, url = log_and_register(given, manifest, graph, encoding, measured, folder)
    print(f"registered version {version} of {given.model}", flush=True)
    return {"status": "succeeded", "registered_version": version, "metrics": measured, "run_url": url}


def write(folder, graph, encoding):
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    (folder / "encoding.json").write_text(json.dumps(encoding, indent=1) + "\n")


def report(path, result):
    """Whole or not at all: somebody reads it as soon as it is there."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(result) + "\n")
    os.replace(beside, path)


def main():
    given = arguments()
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    logging.getLogger("skl2onnx").setLevel(logging.WARNING)
    started = datetime.datetime.now(datetime.UTC)
    try:
        result = train(given)
    except Exception as error:
        # Some libraries print half a model into their messages.
        reason = f"{type(error).__name__}: {error}"[:REASON_LENGTH_MAX]
        report(given.result, {"status": "failed", "reason": reason})
        if not isinstance(error, Refused):
            frames = traceback.format_tb(error.__traceback__)
            print("".join(frames[-6:]), file=sys.stderr)
        sys.exit(f"train.py: {reason}")
    report(given.result, result)
    took = (datetime.datetime.now(datetime.UTC) - started).total_seconds()
    print(f"done in {took:.0f} s", flush=True)


if __name__ == "__main__":
    main()
