"""A model with two registered versions and a fortnight of labelled traffic, ready to be rolled out."""

from __future__ import annotations

import json
import math
import random
import time
from typing import Any

import requests

import _onnx
from _server import Server

MODEL = "parcels"
FLAG = f"route.{MODEL}"
COLUMNS = ["weight", "distance", "hour"]
# The truth, and two versions that come close to it, equally well.
TRUTH = ([0.8, 1.1, -0.5], -0.3)
VERSIONS = {"v1": ([0.80, 1.00, -0.50], -0.3), "v2": ([0.85, 1.05, -0.45], -0.3)}
N_DAYS = 14
ROWS_PER_DAY = 250
SEED = 20131114

DOCUMENTS: list[dict[str, Any]] = [
    {
        "kind": "model",
        "name": MODEL,
        "task": "binary_classification",
        "clock": "live",
        "positive_label": "1",
        "default_version": "v1",
        "columns": [
            *({"name": column, "data_type": "float"} for column in COLUMNS),
            {"name": "score", "data_type": "float", "role": "score", "min": 0, "max": 1},
            {"name": "prediction", "data_type": "integer", "role": "prediction", "semantic": "categorical"},
            {"name": "latency_ms", "data_type": "float", "role": "latency", "unit": "ms", "min": 0},
            {"name": "label", "data_type": "integer", "role": "label"},
        ],
    },
    {"kind": "reference", "model": MODEL, "name": "first", "data": {"file": "first.ndjson"}},
]


def policy(*steps: dict[str, Any], **others: Any) -> dict[str, Any]:
    """A rollout policy of the model."""
    return {"kind": "rollout_policy", "model": MODEL, "name": "default", "steps": list(steps), **others}


def inputs(chance: random.Random) -> dict[str, float]:
    """What one request brings."""
    return {column: round(chance.gauss(0.0, 1.0), 4) for column in COLUMNS}


def prediction(features: dict[str, float], version: str, key: str, at: float, latency_ms: float) -> dict[str, Any]:
    """A row of the log."""
    row = [features[column] for column in COLUMNS]
    score = _onnx.probability(*VERSIONS[version], row)
    return {
        **features,
        "prediction_id": key,
        "timestamp": stamp(at),
        "model_version": version,
        "score": score,
        "prediction": int(score >= 0.5),
        "latency_ms": latency_ms,
    }


def label(features: dict[str, float], chance: random.Random) -> int:
    """What happened."""
    row = [features[column] for column in COLUMNS]
    return int(chance.random() < _onnx.probability(*TRUTH, row))


def stamp(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1e6):06d}Z"


def mlflow(server: Server, method: str, path: str, **options: Any) -> dict[str, Any]:
    """A call of the registry as MLflow's clients make it."""
    address = f"{server.address}/api/2.0/{path}"
    answer = requests.request(method, address, timeout=60, **options)
    assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else {}


def register(server: Server) -> None:
    """Both versions, the first of them champion: as a user of MLflow would do it."""
    mlflow(server, "POST", "mlflow/registered-models/create", json={"name": MODEL})
    now = time.time()
    period = {"start": stamp(now - 60 * 86_400), "end": stamp(now - 30 * 86_400)}
    for version, (coefficients, intercept) in VERSIONS.items():
        folder = f"parcels/{version}"
        document = _onnx.encoding(COLUMNS, f"{version}.onnx", period)
        for name, contents in [
            ("model.onnx", _onnx.logistic(coefficients, intercept)),
            ("encoding.json", document),
        ]:
            mlflow(server, "PUT", f"mlflow-artifacts/artifacts/{folder}/{name}", data=contents)
        made = mlflow(
            server,
            "POST",
            "mlflow/model-versions/create",
            json={"name": MODEL, "source": f"mlflow-artifacts:/{folder}"},
        )
        assert f"v{made['model_version']['version']}" == version, made
    point(server, "champion", 1)


def point(server: Server, name: str, version: int) -> None:
    """Moves an alias by hand."""
    body = {"name": MODEL, "alias": name, "version": str(version)}
    mlflow(server, "POST", "mlflow/registered-models/alias", json=body)


def fill(server: Server) -> None:
    """A fortnight of the champion's traffic, with what happened."""
    chance = random.Random(SEED)
    today = math.floor(time.time() / 86_400) * 86_400
    reference = []
    for day in range(N_DAYS):
        start = today - (N_DAYS - day) * 86_400
        rows, labels = [], []
        for i in range(ROWS_PER_DAY):
            features = inputs(chance)
            at = start + (i + 0.5) * 86_400 / ROWS_PER_DAY
            key = f"past-{day}-{i}"
            rows.append(prediction(features, "v1", key, at, 5.0 + chance.expovariate(0.5)))
            happened = label(features, chance)
            labels.append({"prediction_id": key, "label": happened, "label_timestamp": stamp(at + 600)})
            if day < 4:
                reference.append({**rows[-1], "label": happened})
        if day == 0:
            # What usual is must be known before anything is counted.
            put_reference(server, reference_rows(chance, start))
        for kind, body in (("predictions", rows), ("labels", labels)):
            answer = server.send(body, model=MODEL, kind=kind)
            assert answer.status_code == 200, answer.text
            assert answer.json()["n_rejected"] == 0, answer.text
    server.settle()


def reference_rows(chance: random.Random, before: float) -> list[dict[str, Any]]:
    rows = []
    for i in range(1_000):
        features = inputs(chance)
        at = before - (1_000 - i) * 600
        row = prediction(features, "v1", f"reference-{i}", at, 5.0 + chance.expovariate(0.5))
        rows.append({**row, "label": label(features, chance)})
    return rows


def put_reference(server: Server, rows: list[dict[str, Any]]) -> None:
    answer = requests.put(
        f"{server.address}/api/v1/models/{MODEL}/references/first/data",
        data="\n".join(json.dumps(row) for row in rows),
        headers={"Content-Type": "application/x-ndjson"},
        timeout=60,
    )
    assert answer.status_code in (200, 201), f"{answer.status_code} {answer.text}"


def validate(server: Server, candidate: str) -> str:
    """Lets a candidate pass the gate, and returns the validation."""
    path = f"/api/v1/models/{MODEL}/validations"
    answer = requests.post(server.address + path, json={"candidate": candidate}, timeout=120)
    assert answer.status_code in (200, 201, 202), f"{answer.status_code} {answer.text}"
    identifier = answer.json()["id"]
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = server.get(f"{path}/{identifier}")
        if found["state"] != "running":
            stopped = [check for check in found["checks"] if check.get("outcome") != "pass"]
            assert found["verdict"] == "passed", f"{found['sentence']}\n{stopped}"
            return identifier
        time.sleep(0.2)
    raise AssertionError("the validation takes more than two minutes")


def prepare(server: Server, *policies: dict[str, Any]) -> str:
    """Everything up to a passed validation of v2."""
    server.declare(*DOCUMENTS, *policies)
    register(server)
    fill(server)
    return validate(server, "v2")


def start(server: Server, validation: str) -> dict[str, Any]:
    body = {"candidate": "v2", "validation": validation, "reason": "a scenario"}
    return order(server, "", body)


def order(server: Server, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """`pause`, `resume`, `approve`, `rollback`; nothing begins one."""
    path = f"/api/v1/models/{MODEL}/rollouts" + (f"/{what}" if what else "")
    answer = requests.post(server.address + path, json=body or {"reason": "a scenario"}, timeout=60)
    assert answer.status_code in (200, 201), f"{what}: {answer.status_code} {answer.text}"
    return answer.json()


def newest(server: Server) -> dict[str, Any]:
    """The newest rollout."""
    return server.get(f"/api/v1/models/{MODEL}/rollouts")["items"][0]


def evaluate(server: Server, key: str) -> dict[str, Any]:
    answer = requests.post(
        f"{server.address}/ofrep/v1/evaluate/flags/{FLAG}",
        json={"context": {"targetingKey": key}},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def alias(server: Server, name: str) -> str:
    """Which version the registry calls so; empty where it calls none so."""
    found = mlflow(server, "GET", "mlflow/registered-models/get", params={"name": MODEL})
    aliases = {one["alias"]: one["version"] for one in found["registered_model"].get("aliases", [])}
    return f"v{aliases[name]}" if name in aliases else ""


def champion(server: Server) -> str:
    """What the registry says."""
    return alias(server, "champion")


def wait_for(server: Server, phase: str, seconds: float = 60) -> dict[str, Any]:
    """Waits until the newest rollout is in a phase."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        rollout = newest(server)
        if rollout["phase"] == phase:
            return rollout
        time.sleep(0.1)
    raise AssertionError(f"not {phase} after {seconds} s: {rollout}")
