#!/usr/bin/env python3
"""OpenFeature's official providers, Node's and Python's, against the server, and flagd's own
evaluator against the definition that it exports.

`TRIMTAB_SERVING_PYTHON` names an interpreter with the packages of examples/serving; the npm
packages of tests/ofrep must be installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

import requests

import _rollout as shop
from _server import ROOT, Server

N_KEYS = 1_000
POLICY = shop.policy(
    {"stage": "canary", "share_percent": 10},
    {"stage": "full", "approval": True},
)


def run(*command: str) -> dict:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])


def providers(server: Server) -> None:
    arguments = [server.address, shop.FLAG, str(N_KEYS)]
    node = run("node", str(ROOT / "tests/ofrep/providers.mjs"), *arguments)
    python = run(os.environ["TRIMTAB_SERVING_PYTHON"], str(ROOT / "tests/ofrep/providers.py"), *arguments)
    share = node["counts"]["challenger"] / N_KEYS
    assert 0.07 < share < 0.13, node
    assert python["counts"] == node["counts"], (python, node)
    for found in (node, python):
        assert found["reasons"] == ["SPLIT"], found
        nobody = found["nobody"]
        assert (nobody["value"], nobody["variant"], nobody["reason"]) == ("v1", "champion", "DEFAULT"), nobody
        assert found["missing"]["value"] == "code-default", found
        assert found["wrong_type"]["value"] == 7, found
        assert found["metadata"]["stage"] == "canary", found
    assert node["missing"]["errorCode"] == python["missing"]["error_code"] == "FLAG_NOT_FOUND"
    assert node["wrong_type"]["errorCode"] == python["wrong_type"]["error_code"] == "TYPE_MISMATCH"
    print(f"{node['counts']['challenger']} of {N_KEYS} keys get the candidate, in Node, Python and flagd")


def told(server: Server) -> None:
    """Whoever listens is told of a rollback, and the tag of all flags changes."""
    every = f"{server.address}/ofrep/v1/evaluate/flags"
    body = {"context": {"targetingKey": "user-1"}}
    first = requests.post(every, json=body, timeout=10)
    etag = first.headers["ETag"]
    same = requests.post(every, json=body, headers={"If-None-Match": etag}, timeout=10)
    assert same.status_code == 304 and not same.content, same.status_code
    heard: list[tuple[float, str]] = []
    ready = threading.Event()

    def listen() -> None:
        with requests.get(f"{server.address}/ofrep/v1/events", stream=True, timeout=30) as stream:
            ready.set()
            for line in stream.iter_lines(decode_unicode=True):
                if line.startswith("data:"):
                    heard.append((time.monotonic(), line))
                    return

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    assert ready.wait(10)
    time.sleep(0.2)
    before = time.monotonic()
    shop.order(server, "rollback")
    after = time.monotonic()
    assert shop.evaluate(server, "user-1")["reason"] == "STATIC"
    listener.join(timeout=5)
    assert heard and "refetchEvaluation" in heard[0][1], heard
    assert heard[0][0] - before < 1.0, f"heard after {heard[0][0] - before:.2f} s"
    changed = requests.post(every, json=body, headers={"If-None-Match": etag}, timeout=10)
    assert changed.status_code == 200 and changed.headers["ETag"] != etag
    print(f"a rollback took {(after - before) * 1_000:.0f} ms, and was heard after {(heard[0][0] - before) * 1_000:.0f} ms")


def main() -> int:
    with Server() as server:
        validation = shop.prepare(server, POLICY)
        shop.start(server, validation)
        providers(server)
        told(server)
    return 0


if __name__ == "__main__":
    sys.exit(main())
