#!/usr/bin/env python3
"""One turn of the loop in one server: real flights, a real training, gate, rollout, and the record.

Every second flight from April to June is the log of the first version. Three candidates are trained
on it by `examples/flights/train.py`, a job of the server's own, through the unmodified `mlflow`
client: one on labels that leaked, one on April alone (the gate names what is wrong with each), and an
honest one, which goes from shadow to all of July's traffic. A fourth passes the gate and answers late
when people ask it: its guardrail takes the traffic back.

From July on this script is the serving system: it asks OFREP which version serves each flight, and
scores it with the registry's own file.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import requests
import yaml

from _server import ROOT, TRIMTAB, Server

EXAMPLE = ROOT / "examples/flights"
sys.path.insert(0, str(EXAMPLE))

import train  # noqa: E402

MODEL = "flights"
ROLLOUT_BEGINS = "2013-07-01"
LATE_TAG = train.LATE_TAG
# Rows go to the model's days; a rollout that has not ended after so many of them never will.
DAYS_MAX = 16
TRAINING_SECONDS_MAX = 300
OVER = {"promoted", "finished", "rolled_back", "rejected", "failed", "timed_out", "cancelled"}


def policy(candidate: str, rollout: bool) -> dict:
    """How a candidate is trained; by hand."""
    return {
        "kind": "retraining_policy",
        "model": MODEL,
        "name": candidate,
        "mode": "off",
        "job": {"orchestrator": "process", "job": "train"},
        "parameters": {"candidate": candidate},
        "rollout": rollout,
    }


# Between spring and summer temperatures move by a season while the labels of the newest rows ripen:
# what that does to a candidate is measured on those very rows.
GATE = {
    "kind": "validation_policy",
    "model": MODEL,
    "name": "default",
    "rules": {"advisory": ["snapshot_drift"]},
}
ROLLOUT = {
    "kind": "rollout_policy",
    "model": MODEL,
    "name": "default",
    "steps": [
        {"stage": "shadow", "hours_min": 24, "rows_min": 200},
        {"stage": "canary", "share_percent": 25, "hours_min": 24, "rows_min": 50},
        {"stage": "ab", "share_percent": 50, "hours_min": 24, "rows_min": 100},
        {"stage": "full", "hours_min": 24},
    ],
    "guardrails": [{"latency": {"quantile": 0.5, "ratio_max": 1.5}}],
    "guardrail_minutes": 60,
    "requests_min": 50,
}


def documents() -> list[dict]:
    """The example's model and reference, one monitor, and what this story needs."""
    model = yaml.safe_load((EXAMPLE / "model.yaml").read_text())
    monitors = yaml.safe_load_all((EXAMPLE / "monitors.yaml").read_text())
    auc = next(monitor for monitor in monitors if monitor["name"] == "auc")
    policies = [policy(name, name in ("honest", "slow")) for name in ("leaking", "april", "honest", "slow")]
    return [model, auc, *policies, GATE, ROLLOUT]


def half(name: str, ids: set[str] | None = None) -> pa.Table:
    """Every second flight of a file."""
    table = pq.read_table(EXAMPLE / "data" / name)
    chosen = [
        zlib.crc32(key.encode()) % 2 == 0 if ids is None else key in ids
        for key in table["prediction_id"].to_pylist()
    ]
    return table.filter(pa.array(chosen))


def before(table: pa.Table, column: str, day: np.datetime64) -> pa.Table:
    return table.filter(pc.less(table[column], pa.scalar(day.astype("datetime64[us]").item(), table[column].type)))


class Service:
    """What serves flights: the flag says which version, the registry gives its file."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.web = requests.Session()
        self.known: dict[str, tuple[onnxruntime.InferenceSession, dict, float]] = {}
        self.seen: dict[str, set[str]] = {}

    def asked(self, key: str) -> dict:
        answer = self.web.post(
            f"{self.server.address}/ofrep/v1/evaluate/flags/route.{MODEL}",
            json={"context": {"targetingKey": key}},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def version(self, label: str) -> tuple[onnxruntime.InferenceSession, dict, float]:
        """Model, encoding and lateness of a version, through the interface of MLflow's client."""
        if label not in self.known:
            query = {"name": MODEL, "version": label.removeprefix("v")}
            found = self.server.get("/api/2.0/mlflow/model-versions/get", **query)["model_version"]
            uri = self.server.get("/api/2.0/mlflow/model-versions/get-download-uri", **query)["artifact_uri"]
            folder = uri.removeprefix("mlflow-artifacts:/").strip("/")
            files = {}
            for path in self.files(folder):
                if path.endswith((".onnx", ".json")):
                    url = f"{self.server.address}/api/2.0/mlflow-artifacts/artifacts/{path}"
                    files[path] = self.web.get(url, timeout=60).content
            graph = next(body for path, body in files.items() if path.endswith(".onnx"))
            encoding = next(
                json.loads(body) for path, body in files.items()
                if path.endswith(".json") and b"one_hot" in body
            )
            tags = {tag["key"]: tag["value"] for tag in found.get("tags", [])}
            session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
            self.known[label] = (session, encoding, float(tags.get(LATE_TAG, 0)))
        return self.known[label]

    def files(self, folder: str) -> list[str]:
        listed = self.server.get(f"/api/2.0/mlflow-artifacts/artifacts?path={folder}").get("files", [])
        found = []
        for file in listed:
            path = f"{folder}/{file['path']}"
            found += self.files(path) if file.get("is_dir") else [path]
        return found

    def serve(self, day: pa.Table) -> None:
        """Answers a day's flights, and logs what was answered by whom."""
        answers = [self.asked(key) for key in day["prediction_id"].to_pylist()]
        values = [answer["value"] for answer in answers]
        shadows = [answer["metadata"].get("shadow") for answer in answers]
        for key, answer in zip(day["prediction_id"].to_pylist(), answers, strict=True):
            if answer["reason"] == "SPLIT":
                self.seen.setdefault(answer["value"], set()).add(key)
        for label in sorted(set(values)):
            self.log(day.filter(pa.array([value == label for value in values])), label, "live")
        for label in sorted({shadow for shadow in shadows if shadow}):
            self.log(day.filter(pa.array([shadow == label for shadow in shadows])), label, "shadow")

    def log(self, rows: pa.Table, label: str, role: str) -> None:
        session, encoding, late_ms = self.version(label)
        name = session.get_inputs()[0].name
        scores = session.run(["probabilities"], {name: train.rows_of(rows, encoding)})[0][:, 1]
        latency = rows["latency_ms"].to_numpy() + (late_ms if role == "live" else 0.0)
        made = {
            "model_version": pa.array([label] * rows.num_rows),
            "role": pa.array([role] * rows.num_rows),
            "score": pa.array(scores.astype(np.float64)),
            "prediction": pa.array((scores >= encoding["threshold"]).astype(np.int64)),
            "latency_ms": pa.array(latency.astype(np.float64)),
        }
        kept = [column for column in rows.column_names if column not in made]
        rows = rows.select(kept)
        for column, values in made.items():
            rows = rows.append_column(column, values)
        self.send("predictions", rows)

    def send(self, kind: str, rows: pa.Table) -> None:
        if rows.num_rows == 0:
            return
        body = io.BytesIO()
        with pa.ipc.new_stream(body, rows.schema) as stream:
            stream.write_table(rows)
        answer = self.web.post(
            f"{self.server.address}/api/v1/models/{MODEL}/{kind}",
            data=body.getvalue(),
            headers={"Content-Type": "application/vnd.apache.arrow.stream"},
            timeout=60,
        )
        assert answer.status_code in (200, 202), f"{kind}: {answer.status_code} {answer.text}"


class Story:
    """The scenes, in order."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.service = Service(server)
        self.predictions = half("flights_production.parquet")
        ids = set(self.predictions["prediction_id"].to_pylist())
        self.labels = half("flights_production_labels.parquet", ids)
        self.day = np.datetime64(ROLLOUT_BEGINS)

    def run(self, *arguments: str) -> str:
        print(f"  $ trimtab {' '.join(arguments)}", flush=True)
        done = self.server.client(*arguments, cwd=EXAMPLE)
        assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def prepare(self) -> None:
        """Documents, the first version, and the log of three months."""
        paths = []
        for i, document in enumerate(documents()):
            path = self.server.folder / f"{i}.yaml"
            path.write_text(yaml.safe_dump(document))
            paths.append(str(path))
        self.run("apply", *paths, "reference.yaml")
        self.run("model", "register", MODEL, "--onnx", "data/flights_model_v1.onnx",
                 "--encoding", "data/flights_model_v1.json", "--reason", "the model of January and February")
        self.run("model", "promote", MODEL, "v1", "--without-validation", "--yes",
                 "--reason", "it has served all along")
        with tempfile.TemporaryDirectory() as folder:
            log, labels = Path(folder) / "log.parquet", Path(folder) / "labels.parquet"
            pq.write_table(before(self.predictions, "timestamp", self.day), log)
            pq.write_table(before(self.labels, "label_timestamp", self.day), labels)
            self.run("replay", MODEL, "--predictions", str(log), "--labels", str(labels))
        self.server.settle()

    def retraining(self, run: str) -> dict:
        return self.server.get(f"/api/v1/models/{MODEL}/retraining/{run}")

    def train(self, candidate: str) -> dict:
        """Asks for a candidate by hand, and waits until it is over or its rollout has begun."""
        asked = requests.post(
            f"{self.server.address}/api/v1/models/{MODEL}/retraining",
            json={"policy": candidate, "reason": f"a candidate called {candidate}"},
            timeout=60,
        )
        assert asked.status_code in (200, 201, 202), asked.text
        run = asked.json()["id"]
        deadline = time.monotonic() + TRAINING_SECONDS_MAX
        while time.monotonic() < deadline:
            now = self.retraining(run)
            if now["state"] in OVER | {"rolling_out"}:
                print(f"  {candidate}: {now['state']}: {now.get('end_reason') or now.get('rollout')}", flush=True)
                return now
            time.sleep(0.2)
        raise AssertionError(f"{candidate} is still {now['state']}: {json.dumps(now)[-3000:]}")

    def validation(self, run: dict) -> dict:
        assert run.get("validation"), f"no validation: {json.dumps(run)[-4000:]}"
        return self.server.get(f"/api/v1/models/{MODEL}/validations/{run['validation']}")

    def stopped(self, candidate: str, checks: set[str]) -> None:
        """The gate stops it, and names these checks."""
        run = self.train(candidate)
        validation = self.validation(run)
        failed = [check for check in validation["checks"] if check["required"] and check["outcome"] == "fail"]
        for check in failed:
            print(f"    {check['title']}: {check['reason']}")
        assert run["state"] == "rejected", run["state"]
        assert validation["verdict"] == "failed", validation["sentence"]
        named = {check["name"] for check in failed}
        assert checks <= named, f"{checks} are not all among {named}"

    def serve_until(self, ends: set[str]) -> dict:
        """July's flights, a day at a time, until the rollout is over."""
        for _ in range(DAYS_MAX):
            day, self.day = self.day, self.day + np.timedelta64(1, "D")
            todays = before(self.predictions, "timestamp", self.day)
            todays = todays.slice(before(todays, "timestamp", day).num_rows)
            self.service.serve(todays)
            known = before(self.labels, "label_timestamp", self.day)
            self.service.send("labels", known.slice(before(known, "label_timestamp", day).num_rows))
            self.server.settle()
            rollout = self.looked(todays)
            if rollout["phase"] in ends:
                return rollout
        raise AssertionError(f"after {DAYS_MAX} days: {json.dumps(rollout)[-3000:]}")

    def looked(self, todays: pa.Table) -> dict:
        """The rollout, once it has looked at the day; a look that comes later costs a day and no more."""
        time.sleep(1.2)
        rollout = self.server.get(f"/api/v1/models/{MODEL}/rollouts")["items"][0]
        print(f"    {str(todays['timestamp'][0])[:10]}: {rollout['challenger']} {rollout['phase']} in {rollout['stage']}", flush=True)
        return rollout


def main() -> int:
    began = time.monotonic()
    command = f"train = {sys.executable} {EXAMPLE / 'train.py'}"
    with Server(TRIMTAB_ORCHESTRATORS__PROCESS_COMMANDS=command) as server:
        story = Story(server)
        story.prepare()
        story.stopped("leaking", {"leakage_optimism", "roc_auc"})
        promoted(story)
        story.stopped("april", {"roc_auc"})
        taken_back(story)
        the_record(story)
        assert server.stop() == 0
    print(f"the loop closed in {time.monotonic() - began:.0f} s")
    return 0


def promoted(story: Story) -> None:
    run = story.train("honest")
    assert run["state"] == "rolling_out", run
    validation = story.validation(run)
    auc = next(check for check in validation["checks"] if check["name"] == "roc_auc")
    print(f"    {validation['sentence']} AUC {auc['value']:+.3f} ({auc['low']:+.3f} to {auc['high']:+.3f})")
    assert auc["state"] == "better" and auc["low"] > 0.0, auc
    rollout = story.serve_until({"completed", "rolled_back", "superseded"})
    assert rollout["phase"] == "completed", json.dumps(rollout)[-3000:]
    served = story.service.seen
    version = run["result"]["version"]
    assert set(served) == {"v1", version} and all(served.values()), {k: len(v) for k, v in served.items()}
    serving = story.server.get(f"/api/v1/registry/models/{MODEL}/serving")
    assert serving["version"] == version, serving
    deadline = time.monotonic() + 30
    while story.retraining(run["id"])["state"] != "promoted" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert story.retraining(run["id"])["state"] == "promoted"


def taken_back(story: Story) -> None:
    run = story.train("slow")
    assert run["state"] == "rolling_out", run
    champion = story.server.get(f"/api/v1/registry/models/{MODEL}/serving")["version"]
    rollout = story.serve_until({"completed", "rolled_back", "superseded"})
    assert rollout["phase"] == "rolled_back", json.dumps(rollout)[-3000:]
    assert rollout["ending"]["guardrail"] == "latency_p50", rollout["ending"]
    print(f"    {rollout['ending']['reason']}")
    answer = story.service.asked("any flight")
    assert (answer["value"], answer["reason"]) == (champion, "STATIC"), answer


def the_record(story: Story) -> None:
    history = story.run("model", "history", MODEL)
    print("\n".join(f"    {line}" for line in history.splitlines()[:14]))
    data_dir = {**os.environ, "TRIMTAB_DATA_DIR": str(story.server.data_dir)}
    done = subprocess.run([TRIMTAB, "audit", "verify"], env=data_dir, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    print(f"    {done.stdout.strip().splitlines()[0]}")
    entries = story.server.get("/api/v1/audit", model=MODEL, limit=1000)["items"]
    actions = {entry["action"] for entry in entries}
    assert {"retraining_requested", "retraining_rejected", "retraining_promoted", "validation_ended"} <= actions, actions


if __name__ == "__main__":
    sys.exit(main())
