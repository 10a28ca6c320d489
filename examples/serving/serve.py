#!/usr/bin/env python3
"""A small serving application whose version is a feature flag.

Each request asks OpenFeature which version serves its key; the answer comes from Trimtab by
OFREP, through the official provider. Models are ONNX files from the registry, scored with
onnxruntime. What was predicted is sent to Trimtab in batches, with its version and its latency.

    TRIMTAB_URL=http://127.0.0.1:3000 MODEL=flights uvicorn serve:app --port 8000

Without Trimtab the champion that was known last serves, and predictions wait in memory (a bounded
number of them) until they can be sent.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from typing import Any

import numpy as np
import onnxruntime
import requests
from fastapi import FastAPI, HTTPException
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagEvaluationDetails
from requests.adapters import HTTPAdapter

# FastAPI answers with so many threads.
N_THREADS = 40
TRIMTAB_URL = os.environ.get("TRIMTAB_URL", "http://127.0.0.1:3000").rstrip("/")
TOKEN = os.environ.get("TRIMTAB_TOKEN", "")
MODEL = os.environ.get("MODEL", "flights")
FLAG = f"route.{MODEL}"
HEADERS = {"Authorization": f"Bearer {TOKEN}"} if TOKEN else {}
# For rehearsals: `v3=250` makes that version 250 ms slower, as a bad one would be.
SLOW = dict(pair.split("=", 1) for pair in os.environ.get("SLOW_MS", "").split(",") if pair)


class Model:
    """One version: an ONNX session and how a row becomes its input."""

    def __init__(self, onnx: bytes, encoding: dict[str, Any]) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(onnx, options, ["CPUExecutionProvider"])
        self.encoding = encoding
        self.numeric = {column: i for i, column in enumerate(encoding["numeric"])}
        self.one_hot: dict[str, dict[str, int]] = {}
        place = len(self.numeric)
        for block in encoding["one_hot"]:
            self.one_hot[block["column"]] = {
                category: place + i for i, category in enumerate(block["categories"])
            }
            place += len(block["categories"])
        self.width = place

    def score(self, features: dict[str, Any]) -> float:
        row = np.zeros((1, self.width), dtype=np.float32)
        for column, place in self.numeric.items():
            value = features.get(column)
            row[0, place] = np.nan if value is None else value
        for column, places in self.one_hot.items():
            place = places.get(features.get(column))
            if place is not None:
                row[0, place] = 1.0
        _, probabilities = self.session.run(None, {self.encoding["input_name"]: row})
        return float(probabilities[0][1])


def fetch(path: str, **query: str) -> requests.Response:
    """An answer of the registry."""
    address = f"{TRIMTAB_URL}/api/2.0/{path}"
    answer = requests.get(address, params=query, headers=HEADERS, timeout=30)
    answer.raise_for_status()
    return answer


class Models:
    """The versions that serve or may serve soon, loaded before anybody asks for them."""

    def __init__(self) -> None:
        self.loaded: dict[str, Model] = {}
        self.loading = threading.Lock()
        # What serves when Trimtab cannot be asked, and how often it did.
        self.champion = ""
        self.n_unanswered = 0

    def get(self, version: str) -> Model:
        model = self.loaded.get(version)
        if model is None:
            with self.loading:
                model = self.loaded.get(version) or self.load(version)
        return model

    def load(self, version: str) -> Model:
        """Fetches a version as any client of MLflow does."""
        where = fetch(
            "mlflow/model-versions/get-download-uri",
            name=MODEL,
            version=version.removeprefix("v"),
        ).json()["artifact_uri"]
        folder = where.removeprefix("mlflow-artifacts:").lstrip("/")
        onnx = fetch(f"mlflow-artifacts/artifacts/{folder}/model.onnx").content
        encoding = fetch(f"mlflow-artifacts/artifacts/{folder}/encoding.json").json()
        model = Model(onnx, encoding)
        self.loaded[version] = model
        return model

    def watch(self, stop: threading.Event) -> None:
        """Loads every version that a flag names, as soon as it names it."""
        etag = ""
        while not stop.is_set():
            try:
                headers = {**HEADERS, "If-None-Match": etag}
                answer = requests.get(f"{TRIMTAB_URL}/ofrep/v1/flagd.json", headers=headers, timeout=5)
                if answer.status_code == 200:
                    flag = answer.json()["flags"].get(FLAG, {"variants": {}, "defaultVariant": ""})
                    for version in flag["variants"].values():
                        self.get(version)
                    self.champion = flag["variants"].get(flag["defaultVariant"], "")
                    etag = answer.headers.get("ETag", "")
            except (requests.RequestException, RuntimeError, KeyError, ValueError) as error:
                print(f"flags could not be read ahead: {error}")
            stop.wait(0.5)


class PredictionLog:
    """Sends predictions in batches; keeps a bounded number while Trimtab is away."""

    def __init__(self) -> None:
        self.waiting: queue.Queue[dict[str, Any]] = queue.Queue(maxsize=100_000)
        self.n_lost = 0

    def add(self, row: dict[str, Any]) -> None:
        try:
            self.waiting.put_nowait(row)
        except queue.Full:
            self.n_lost += 1

    def run(self, stop: threading.Event) -> None:
        while not (stop.is_set() and self.waiting.empty()):
            batch = self.next_batch()
            while batch and not self.send(batch):
                # Sending the same rows again is safe: they count once.
                if stop.wait(1.0):
                    break

    def next_batch(self) -> list[dict[str, Any]]:
        batch: list[dict[str, Any]] = []
        deadline = time.monotonic() + 0.25
        while len(batch) < 2_000 and time.monotonic() < deadline:
            try:
                batch.append(self.waiting.get(timeout=0.05))
            except queue.Empty:
                continue
        return batch

    def send(self, batch: list[dict[str, Any]]) -> bool:
        body = "\n".join(json.dumps(row) for row in batch)
        headers = {**HEADERS, "Content-Type": "application/x-ndjson"}
        url = f"{TRIMTAB_URL}/api/v1/models/{MODEL}/predictions"
        try:
            answer = requests.post(url, data=body, headers=headers, timeout=30)
        except requests.RequestException as error:
            print(f"{len(batch)} predictions wait: {error}")
            return False
        if answer.status_code >= 500:
            return False
        if answer.status_code != 200:
            # Rows that are refused once are refused always.
            print(f"{len(batch)} predictions were refused: {answer.text}")
        return True


models = Models()
predictions = PredictionLog()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    provider = OFREPProvider(TRIMTAB_URL, headers_factory=lambda: HEADERS, timeout=2.0)
    # One connection for each thread that answers: the provider keeps ten, and opens others anew.
    provider.session.mount(TRIMTAB_URL, HTTPAdapter(pool_maxsize=N_THREADS))
    api.set_provider(provider)
    stop = threading.Event()
    workers = [
        threading.Thread(target=models.watch, args=(stop,), daemon=True),
        threading.Thread(target=predictions.run, args=(stop,), daemon=True),
    ]
    for worker in workers:
        worker.start()
    yield
    stop.set()
    workers[1].join(timeout=10)


app = FastAPI(title=f"{MODEL}, served by its flag", lifespan=lifespan)


@app.get("/healthz")
def healthz() -> dict[str, Any]:
    """Ready when a version can serve."""
    if not models.loaded:
        raise HTTPException(503, "no version is loaded yet")
    return {
        "versions": sorted(models.loaded),
        "n_lost": predictions.n_lost,
        "n_unanswered": models.n_unanswered,
    }


@app.post("/predict/{key}")
def predict(key: str, features: dict[str, Any]) -> dict[str, Any]:
    """Predicts with the version that serves this key."""
    started = time.perf_counter()
    found = evaluate(key)
    version = found.value
    if not version:
        raise HTTPException(503, "no version serves: promote one in the registry")
    score = models.get(version).score(features)
    if version in SLOW:
        time.sleep(float(SLOW[version]) / 1_000)
    prediction_id = uuid.uuid4().hex
    at = datetime.now(timezone.utc).isoformat()
    predictions.add(
        {
            **features,
            "prediction_id": prediction_id,
            "timestamp": at,
            "model_version": version,
            "score": score,
            "prediction": int(score >= models.get(version).encoding["threshold"]),
            "latency_ms": (time.perf_counter() - started) * 1_000,
        }
    )
    shadow = found.flag_metadata.get("shadow")
    if shadow:
        ask_beside(str(shadow), prediction_id, at, features)
    return {"prediction_id": prediction_id, "version": version, "score": score}


def evaluate(key: str) -> FlagEvaluationDetails[str]:
    context = EvaluationContext(targeting_key=key)
    # The code's own default is the champion that was known last: without Trimtab it serves.
    found = api.get_client().get_string_details(FLAG, models.champion, context)
    if found.error_code:
        models.n_unanswered += 1
    return found


def ask_beside(version: str, prediction_id: str, at: str, features: dict[str, Any]) -> None:
    """A shadow's answer is logged and not used; its failure is nobody's."""
    started = time.perf_counter()
    try:
        score = models.get(version).score(features)
    except Exception as error:  # noqa: BLE001
        print(f"the shadow {version} failed: {error}")
        return
    if version in SLOW:
        time.sleep(float(SLOW[version]) / 1_000)
    predictions.add(
        {
            "prediction_id": prediction_id,
            "timestamp": at,
            "model_version": version,
            "role": "shadow",
            "score": score,
            "prediction": int(score >= models.get(version).encoding["threshold"]),
            "latency_ms": (time.perf_counter() - started) * 1_000,
        }
    )
