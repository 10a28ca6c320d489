#!/usr/bin/env python3
"""Holds the story of `flights-live` on a running server against its evidence.

    python tests/oracle/demo/story.py http://localhost:3000

Nothing of ours is imported. When the policy fires is asked of the tables that `truth.py` made; what
was trained on, of the files; what the gate said, of the registry's own ONNX files, scored here with
onnxruntime; and who served, of the counts by version.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pyarrow.parquet as pq
import requests
from sklearn.metrics import roc_auc_score

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
EXAMPLE = ROOT / "examples/flights"
sys.path.insert(0, str(EXAMPLE))

import train  # noqa: E402

MODEL = "flights-live"
N_FLIGHTS = 175_404
# As examples/flights_live/retraining.yaml and monitors.yaml have them.
ROWS_MIN = 35_000
ALPHA = 0.01
HOLDOUT_DAYS = 14
METRICS = {"auc": "roc_auc"}
N_DRAWS = 400


class Server:
    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    def raw(self, path: str, **query: object) -> requests.Response:
        answer = requests.get(self.address + path, params=query, timeout=60)
        assert answer.status_code == 200, f"GET {answer.url}: {answer.status_code} {answer.text}"
        return answer

    def get(self, path: str, **query: object) -> dict:
        return self.raw(path, **query).json()

    def of_model(self, path: str, **query: object) -> dict:
        return self.get(f"/api/v1/models/{MODEL}/{path}", **query)


class Flights:
    """Every labelled flight, and what versions say about it."""

    def __init__(self, server: Server) -> None:
        predictions = pq.read_table(EXAMPLE / "data/flights_production.parquet")
        labels = pq.read_table(EXAMPLE / "data/flights_production_labels.parquet")
        self.table = predictions.join(labels, "prediction_id", join_type="inner")
        self.at = pd.to_datetime(self.table["timestamp"].to_numpy(), utc=True)
        self.known_at = pd.to_datetime(self.table["label_timestamp"].to_numpy(), utc=True)
        self.late = train.labels_of(self.table, "label")
        self.server = server

    def within(self, start: str, end: str, known_at: str) -> np.ndarray:
        start, end, known_at = (pd.Timestamp(at) for at in (start, end, known_at))
        return np.where((self.at >= start) & (self.at < end) & (self.known_at <= known_at))[0]

    def scores(self, version: str, rows: np.ndarray) -> np.ndarray:
        query = f"name={MODEL}&version={version.removeprefix('v')}"
        place = self.server.get(f"/api/2.0/mlflow/model-versions/get-download-uri?{query}")
        folder = place["artifact_uri"].removeprefix("mlflow-artifacts:/").strip("/")
        files = f"/api/2.0/mlflow-artifacts/artifacts/{folder}"
        encoding = self.server.get(f"{files}/encoding.json")
        session = onnxruntime.InferenceSession(
            self.server.raw(f"{files}/model.onnx").content, providers=["CPUExecutionProvider"])
        encoded = train.rows_of(self.table.take(rows), encoding)
        name = session.get_inputs()[0].name
        return session.run(["probabilities"], {name: encoded})[0][:, 1]


def fired(server: Server, run: dict) -> None:
    """The first training stands on a loss that the days of March do not explain, and on the first
    such one with enough flights."""
    assert run["policy"] == "default" and run["cause"]["trigger"] == "performance-loss", run["cause"]
    monitor = run["cause"]["text"].split("`")[1]
    truth = pd.read_csv(HERE / "performance.csv")
    truth["known"] = truth["n_labelled"].cumsum()
    asked_at = pd.Timestamp(run["event_at"])
    # A day is judged when its labels have had a day to come; the policy's time is two at night.
    day = str((asked_at - pd.Timedelta(days=2)).date())
    row = truth[truth["day"] == day].iloc[0]
    metric = METRICS[monitor]
    p = min(row[f"{metric}_p7"], row[f"{metric}_p14"])
    assert p < ALPHA, f"on {day} `{monitor}` is not a loss: p = {p}"
    columns = [f"{metric}_p{n}" for metric in METRICS.values() for n in (7, 14)]
    earlier = truth[(truth["day"] < day) & (truth["known"] - truth["n_labelled"] >= ROWS_MIN)]
    missed = earlier[earlier[columns].min(axis=1) < 0.8 * ALPHA / 2]
    assert missed.empty, f"a surer loss was passed over:\n{missed[['day', *columns]]}"
    print(f"fired at {asked_at} on {monitor} of {day}: p = {p:.4f}; no surer loss before with enough flights")


def trained(flights: Flights, run: dict) -> None:
    """On everything labelled and known then, less the fortnight that is kept back."""
    snapshot = run["snapshot"]
    period = snapshot["period"]
    rows = flights.within(period["start"], period["end"], run["event_at"])
    assert len(rows) == snapshot["n_rows"], f"{snapshot['n_rows']} rows, {len(rows)} in the files"
    kept_back = pd.Timestamp(run["event_at"]) - pd.Timestamp(period["end"])
    assert kept_back >= pd.Timedelta(days=HOLDOUT_DAYS), kept_back
    print(f"{run['result']['version']}: {len(rows)} labelled flights, as in the files")


def judged(flights: Flights, server: Server, run: dict) -> dict:
    """The gate's AUC difference, with its interval, from the files and by other hands."""
    validation = server.of_model(f"validations/{run['validation']}")
    auc = next(check for check in validation["checks"] if check["name"] == "roc_auc")
    period = validation["period"]
    assert pd.Timestamp(period["start"]) >= pd.Timestamp(run["snapshot"]["period"]["end"]), "rows it was trained on"
    # The newest rows wait a day for their labels.
    known_at = str(pd.Timestamp(period["end"]) + pd.Timedelta(days=1))
    rows = flights.within(period["start"], period["end"], known_at)
    assert abs(len(rows) - validation["n_rows"]) <= 0.001 * len(rows), (len(rows), validation["n_rows"])
    late = flights.late[rows]
    new, old = (flights.scores(validation[side], rows) for side in ("candidate", "champion"))
    difference = roc_auc_score(late, new) - roc_auc_score(late, old)
    assert abs(difference - auc["value"]) < 1e-3, (difference, auc["value"])
    days = flights.at[rows].floor("D")
    blocks = [np.where(days == day)[0] for day in days.unique()]
    chance = np.random.default_rng(7)
    draws = []
    for _ in range(N_DRAWS):
        drawn = np.concatenate([blocks[i] for i in chance.integers(0, len(blocks), len(blocks))])
        draws.append(roc_auc_score(late[drawn], new[drawn]) - roc_auc_score(late[drawn], old[drawn]))
    width = np.quantile(draws, 0.975) - np.quantile(draws, 0.025)
    assert 0.6 < (auc["high"] - auc["low"]) / width < 1.8, (auc["low"], auc["high"], width)
    print(f"gate of {validation['candidate']} beside {validation['champion']}: AUC {auc['value']:+.4f} "
          f"({auc['low']:+.4f} to {auc['high']:+.4f}), {auc['state']}; by other hands {difference:+.4f}, "
          f"width {width:.4f} (theirs {auc['high'] - auc['low']:.4f})")
    return validation


def rolled_out(server: Server, run: dict) -> None:
    rollout = server.of_model(f"rollouts/{run['rollout']}")
    assert rollout["phase"] == "completed", rollout["phase"]
    stages = [step["stage"] for step in rollout["steps"]]
    assert stages == ["shadow", "canary", "canary", "ab", "full"], stages
    entered = [step["entered_at"] for step in rollout["steps"]]
    assert all(entered) and entered == sorted(entered), entered
    print(f"{rollout['challenger']}: " + ", ".join(stages) + ", completed")


def stopped(server: Server, run: dict, wanted: set[str]) -> None:
    """By the gate, with a required check that fails and is named."""
    assert run["state"] == "rejected", (run["policy"], run["state"], run["end_reason"])
    validation = server.of_model(f"validations/{run['validation']}")
    failed = {check["name"] for check in validation["checks"] if check["required"] and check["outcome"] == "fail"}
    assert validation["verdict"] == "failed" and wanted <= failed, (wanted, failed, validation["sentence"])
    assert run["rollout"] is None
    print(f"{run['policy']}: {validation['sentence']}")


def taken_back(server: Server, run: dict) -> None:
    assert run["state"] == "rolled_back", (run["state"], run["end_reason"])
    assert server.of_model(f"validations/{run['validation']}")["verdict"] == "passed"
    rollout = server.of_model(f"rollouts/{run['rollout']}")
    assert rollout["ending"]["guardrail"] == "latency_p50", rollout["ending"]
    print(f"slow: {rollout['ending']['reason']}")


def served(server: Server, runs: list[dict]) -> None:
    """Every flight once, by versions that were allowed to."""
    versions = server.get(f"/api/v1/models/{MODEL}")["versions"]
    live = {version["version"]: version["n_predictions"] for version in versions if version["role"] == "live"}
    assert sum(live.values()) == N_FLIGHTS, f"{sum(live.values())} answers to {N_FLIGHTS} flights: {live}"
    allowed = {"v1"} | {run["result"]["version"] for run in runs if run["rollout"]}
    assert set(live) <= allowed, (live, allowed)
    flag = requests.post(
        f"{server.address}/ofrep/v1/evaluate/flags/route.{MODEL}",
        json={"context": {"targetingKey": "any"}}, timeout=60).json()
    print(f"served {live}; the flag says {flag['value']} ({flag['reason']})")


def september(server: Server) -> None:
    """The month that was lost is won back: beside the same flights, answered by the first version."""
    range_ = {"from": "2013-09-01T00:00:00Z", "to": "2013-10-01T00:00:00Z", "metric": "roc_auc"}

    def auc(model: str, **query: object) -> float:
        months = server.get(f"/api/v1/models/{model}/performance", **range_, **query)["months"]
        return months[0]["values"]["roc_auc"]

    before, now = auc("flights", version="v1"), auc(MODEL)
    assert now > before + 0.03, (before, now)
    print(f"September: AUC {now:.3f} as served here, {before:.3f} by v1 alone")


def main() -> int:
    server = Server(sys.argv[1])
    runs = server.of_model("retraining")["items"][::-1]
    print(json.dumps([{k: run[k] for k in ("event_at", "policy", "state")} for run in runs], indent=1))
    flights = Flights(server)
    of_policy = {name: [run for run in runs if run["policy"] == name] for name in ("default", "leaking", "april", "slow")}
    first = of_policy["default"][0]
    fired(server, first)
    trained(flights, first)
    validation = judged(flights, server, first)
    assert validation["verdict"] == "passed" and first["result"]["version"] == "v3", validation["sentence"]
    rolled_out(server, first)
    assert first["state"] == "promoted", first["state"]
    for run in of_policy["default"][1:]:
        if run["validation"]:
            trained(flights, run)
            judged(flights, server, run)
    stopped(server, of_policy["leaking"][0], {"roc_auc", "leakage_optimism"})
    stopped(server, of_policy["april"][0], {"roc_auc"})
    judged(flights, server, of_policy["april"][0])
    taken_back(server, of_policy["slow"][0])
    assert all(run["is_over"] for run in runs if run["policy"] != "default"), "something is still open"
    served(server, runs)
    september(server)
    chain = server.get("/api/v1/audit/verify")
    print(f"audit: {chain}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
