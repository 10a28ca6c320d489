#!/usr/bin/env python3
"""Drives examples/serving under load across a promotion, a rollback and a death of Trimtab, and
counts what failed.

    SERVING_PYTHON=… python load.py [--rate 200] [--seconds 30]

The load goes on at its rate whatever happens (an open loop): a request that finds no free
connection waits, and its wait counts. The candidate takes the traffic in four steps, serves everybody
for a third of the time, and is taken back; at last Trimtab is killed and started again.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import queue
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scenarios"))

import requests  # noqa: E402

import _rollout as shop  # noqa: E402
from _server import ROOT, Server, free_port  # noqa: E402

N_CONNECTIONS = 32
N_USERS = 2_000
POLICY = shop.policy(
    {"stage": "shadow", "rows_min": 50},
    {"stage": "canary", "share_percent": 20, "rows_min": 100},
    {"stage": "ab", "share_percent": 50, "rows_min": 200},
    {"stage": "full", "rows_min": 50},
    guardrails=[{"latency": {"quantile": 0.99, "ms_max": 5_000}}],
)


class Serving:
    """examples/serving, in a process of its own."""

    def __init__(self, server: Server) -> None:
        self.port = free_port()
        environment = {
            **os.environ,
            "TRIMTAB_URL": server.address,
            "TRIMTAB_TOKEN": server.token("read", "ingest"),
            "MODEL": shop.MODEL,
        }
        self.log = open(server.folder / "serving.log", "w+")
        command = [os.environ["SERVING_PYTHON"], "-m", "uvicorn", "serve:app"]
        options = ["--port", str(self.port), "--log-level", "warning"]
        self.process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT / "examples/serving",
            env=environment,
            stdout=self.log,
            stderr=self.log,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.said()
            try:
                if requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=2).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.1)
        raise AssertionError(f"not ready after a minute:\n{self.said()}")

    def health(self) -> dict:
        return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=10).json()

    def said(self) -> str:
        self.log.flush()
        self.log.seek(0)
        return self.log.read()[-4_000:]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


class Load:
    """So many requests a second, over connections that stay."""

    def __init__(self, port: int, rate: float) -> None:
        self.port, self.rate = port, rate
        self.due: queue.Queue[tuple[float, str, str] | None] = queue.Queue()
        # When it was due, how long it took from then on, which version answered, or what went wrong.
        self.done: list[tuple[float, float, str]] = []
        self.failed: list[str] = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(N_CONNECTIONS)]
        self.threads.append(threading.Thread(target=self.pace, daemon=True))

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def finish(self) -> None:
        self.stop.set()
        self.threads[-1].join()
        for _ in range(N_CONNECTIONS):
            self.due.put(None)
        for thread in self.threads:
            thread.join(timeout=60)

    def pace(self) -> None:
        chance = random.Random(7)
        begin, n = time.monotonic(), 0
        while not self.stop.is_set():
            at = begin + n / self.rate
            time.sleep(max(0.0, at - time.monotonic()))
            key = f"user-{chance.randrange(N_USERS)}"
            self.due.put((at, key, json.dumps(shop.inputs(chance))))
            n += 1

    def work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json"}
        while (asked := self.due.get()) is not None:
            at, key, body = asked
            try:
                connection.request("POST", f"/predict/{key}", body, headers)
                answer = connection.getresponse()
                text = answer.read()
                if answer.status != 200:
                    self.failed.append(f"{answer.status} {text[:200]!r}")
                    continue
                version = json.loads(text)["version"]
                self.done.append((at, time.monotonic() - at, version))
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(repr(error))
                connection.close()


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    with Server() as server:
        validation = shop.prepare(server, POLICY)
        serving = Serving(server)
        load = Load(serving.port, options.rate)
        try:
            load.start()
            time.sleep(options.seconds * 0.15)
            shop.start(server, validation)
            shop.wait_for(server, "completed", seconds=120)
            promoted_at = time.monotonic()
            time.sleep(options.seconds * 0.35)
            rollback_at = time.monotonic()
            shop.order(server, "rollback")
            answered_at = time.monotonic()
            time.sleep(options.seconds * 0.35)
            health = serving.health()
            server.kill()
            server.start()
            time.sleep(options.seconds * 0.15)
            load.finish()
            after = serving.health()
        finally:
            serving.stop()
        report(server, load, (promoted_at, rollback_at, answered_at), options, health, after)
    return 0


def report(server: Server, load: Load, times: tuple[float, float, float], options, health: dict, after: dict) -> None:
    promoted_at, rollback_at, answered_at = times
    n_all = len(load.done) + len(load.failed)
    begin = min(at for at, _, _ in load.done)
    end = max(at + took for at, took, _ in load.done)
    rate = n_all / (end - begin)
    late = [at - rollback_at for at, _, version in load.done if at > rollback_at and version == "v2"]
    # Due after the one and answered before the other: who waited longer may have met the next.
    full = [version for at, took, version in load.done if promoted_at < at and at + took < rollback_at]
    took = [took for _, took, _ in load.done]
    print(
        f"{n_all} requests at {rate:.0f}/s, {len(load.failed)} failed; "
        f"median {quantile(took, 0.5) * 1_000:.1f} ms, 99 % within {quantile(took, 0.99) * 1_000:.1f} ms; "
        f"the rollback was answered after {(answered_at - rollback_at) * 1_000:.0f} ms, and the last request "
        f"that the candidate served came {max(late, default=0.0) * 1_000:.0f} ms after it was asked for; "
        f"{health['n_unanswered']} evaluations had no answer until Trimtab was killed, and "
        f"{after['n_unanswered']} until it was back"
    )
    assert not load.failed, load.failed[:5]
    assert not health["n_unanswered"], health
    assert not after["n_lost"], after
    assert rate > 0.9 * options.rate, f"only {rate:.0f} requests a second"
    assert full and set(full) == {"v2"}, "after the promotion everybody gets the candidate"
    assert max(late, default=0.0) < 1.0, "a rollback is seen within a second"
    assert shop.champion(server) == "v1"
    # What was served is what was logged, through the death of the server too.
    server.settle()
    logged = sum(
        found["n_predictions"]
        for found in server.get(f"/api/v1/models/{shop.MODEL}")["versions"]
        if found.get("role", "live") == "live"
    )
    wanted = len(load.done) + shop.N_DAYS * shop.ROWS_PER_DAY
    assert logged == wanted, f"{logged} predictions in the log, {wanted} served"


if __name__ == "__main__":
    sys.exit(main())
