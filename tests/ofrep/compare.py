#!/usr/bin/env python3
"""OpenFeature's official providers, Node's and Python's, against the server, and flagd's own
evaluator against the definition that it exports.

`SERVING_PYTHON` names an interpreter with the packages of examples/serving; the npm packages of
tests/ofrep must be installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scenarios"))

import requests  # noqa: E402

import _rollout as shop  # noqa: E402
from _server import Server  # noqa: E402

HERE = Path(__file__).parent
N_KEYS = 1_000
POLICY = shop.policy(
    {"stage": "canary", "share_percent": 10},
    {"stage": "full", "approval": True},
)


class Provider:
    """One of the official providers, in a process of its own."""

    def __init__(self, server: Server, *command: str) -> None:
        arguments = [server.address, shop.FLAG, str(N_KEYS)]
        self.name = command[0]
        self.process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True)

    def says(self) -> dict:
        """Its next line."""
        line = self.process.stdout.readline()
        assert line, f"{self.name} ended with {self.process.wait()} and said nothing"
        return json.loads(line)


def check(found: dict) -> None:
    share = found["counts"]["challenger"] / N_KEYS
    assert 0.07 < share < 0.13, found
    assert found["reasons"] == ["SPLIT"], found
    nobody = found["nobody"]
    assert (nobody["value"], nobody["variant"], nobody["reason"]) == ("v1", "champion", "DEFAULT"), nobody
    for name, value, code in [
        ("missing", "code-default", "FLAG_NOT_FOUND"),
        ("wrong_type", 7, "TYPE_MISMATCH"),
        ("malformed", "code-default", "INVALID_CONTEXT"),
    ]:
        assert (found[name]["value"], found[name]["errorCode"]) == (value, code), (name, found[name])
    metadata = found["metadata"]
    assert (metadata["model"], metadata["stage"], metadata["share_percent"]) == (shop.MODEL, "canary", 10.0), metadata


def refusals(server: Server) -> None:
    """Whatever is sent, a refusal says why, and nothing is counted."""
    one = f"{server.address}/ofrep/v1/evaluate/flags/{shop.FLAG}"
    every = f"{server.address}/ofrep/v1/evaluate/flags"
    for address, body, status, code in [
        (one, b"{", 400, "PARSE_ERROR"),
        (one, b"\xff\xfe", 400, "PARSE_ERROR"),
        (one, b'{"context": "u"}', 400, "INVALID_CONTEXT"),
        (one, b'{"context": {"targetingKey": ["u"]}}', 400, "INVALID_CONTEXT"),
        (every, b"[]", 400, "PARSE_ERROR"),
        (every, b'{"context": 7}', 400, "INVALID_CONTEXT"),
        (f"{every}/route.nothing", b"{}", 404, "FLAG_NOT_FOUND"),
        (f"{every}/..%2f..%2fetc", b"{}", 404, "FLAG_NOT_FOUND"),
    ]:
        answer = requests.post(address, data=body, headers={"Content-Type": "application/json"}, timeout=10)
        said = answer.json()
        assert (answer.status_code, said["errorCode"]) == (status, code), (body, answer.text)
        assert said["errorDetails"], (body, said)


def tokens(server: Server) -> None:
    """A token that somebody else revokes is refused within two seconds."""
    secret = server.token("read")
    address = f"{server.address}/ofrep/v1/evaluate/flags/{shop.FLAG}"

    def ask(headers: dict[str, str]) -> int:
        return requests.post(address, json={}, headers=headers, timeout=10).status_code

    bearer = {"Authorization": f"Bearer {secret}"}
    assert ask(bearer) == 200 and ask({"X-API-Key": secret}) == 200
    assert ask({"Authorization": f"Bearer {secret}x"}) == 401
    assert ask({"Authorization": f"Bearer {server.token('ingest')}"}) == 403
    server.here("token", "revoke", secret.split(".")[0])
    revoked_at = time.monotonic()
    while ask(bearer) != 401:
        assert time.monotonic() - revoked_at < 2.5, "a revoked token still evaluates"
        time.sleep(0.02)
    print(f"a token that another process revoked was refused after {time.monotonic() - revoked_at:.1f} s")


def bulk(server: Server, body: dict, etag: str) -> requests.Response:
    address = f"{server.address}/ofrep/v1/evaluate/flags"
    headers = {"If-None-Match": etag} if etag else {}
    return requests.post(address, json=body, headers=headers, timeout=10)


def tags(server: Server) -> str:
    """All flags at once: unchanged is 304, another key is another answer."""
    user = {"context": {"targetingKey": "user-1"}}
    first = bulk(server, user, "")
    flags = {flag["key"]: flag for flag in first.json()["flags"]}
    assert flags[shop.FLAG]["value"] == shop.evaluate(server, "user-1")["value"]
    etag = first.headers["ETag"]
    same = bulk(server, user, etag)
    assert same.status_code == 304 and not same.content, same.status_code
    other = bulk(server, {"context": {"targetingKey": "user-2"}}, etag)
    assert other.status_code == 200, "the tag is of a key's answers"
    return etag


class Listener(threading.Thread):
    """Waits for one word on the stream of changes."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.stream = requests.get(f"{server.address}/ofrep/v1/events", stream=True, timeout=60)
        self.heard_at = 0.0
        self.start()

    def run(self) -> None:
        for line in self.stream.iter_lines(decode_unicode=True):
            if line.startswith("data:") and "refetchEvaluation" in line:
                self.heard_at = time.time()
                return


def told(server: Server, providers: list[Provider], etag: str) -> None:
    """A rollback reaches whoever asks, and whoever listens, within a second."""
    listener = Listener(server)
    asked_at = time.time()
    shop.order(server, "rollback")
    assert shop.evaluate(server, "user-1")["reason"] == "STATIC", "the very next evaluation"
    listener.join(timeout=10)
    seen = {provider.name: provider.says()["back_at"] - asked_at for provider in providers}
    seen["listener"] = listener.heard_at - asked_at
    changed = bulk(server, {"context": {"targetingKey": "user-1"}}, etag)
    assert changed.status_code == 200 and changed.headers["ETag"] != etag
    assert all(0.0 < seconds < 1.0 for seconds in seen.values()), seen
    told = ", ".join(f"{Path(name).name} after {1_000 * seconds:.0f} ms" for name, seconds in seen.items())
    print(f"a rollback was seen by {told}")


def main() -> int:
    with Server() as server:
        validation = shop.prepare(server, POLICY)
        shop.start(server, validation)
        commands = [
            ("node", str(HERE / "providers.mjs")),
            (os.environ["SERVING_PYTHON"], str(HERE / "providers.py")),
        ]
        # One after the other: each then waits for the rollback.
        providers, found = [], []
        try:
            for command in commands:
                providers.append(Provider(server, *command))
                found.append(providers[-1].says())
                check(found[-1])
            assert found[0]["counts"] == found[1]["counts"], found
            n_challenger = found[0]["counts"]["challenger"]
            print(f"{n_challenger} of {N_KEYS} keys get the candidate, in Node, in Python and in flagd")
            refusals(server)
            tokens(server)
            told(server, providers, tags(server))
        finally:
            for provider in providers:
                provider.process.kill()
                provider.process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
