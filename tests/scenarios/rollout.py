#!/usr/bin/env python3
"""A rollout from start to end, and back: the server is killed in each of its states.

With `--slow`, twenty more kills at random moments of rollouts. After each one the loop goes on from
what is stored, or has stopped in a stated way: the registry, the flag and the rollout agree, and
the audit log verifies.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import Counter

import requests

import _rollout as shop
from _server import Server

N_KEYS = 400
N_RANDOM_KILLS = 20
SEED = 20130902

STEPS = [
    {"stage": "shadow", "rows_min": 60},
    {"stage": "canary", "share_percent": 30, "rows_min": 60},
    {"stage": "ab", "share_percent": 50, "rows_min": 60},
    {"stage": "full", "rows_min": 60, "approval": True},
]
POLICY = shop.policy(*STEPS, guardrails=[{"latency": {"quantile": 0.9, "ratio_max": 3.0}}], requests_min=50)


class Traffic:
    """A serving system that does what the flag says."""

    def __init__(self, server: Server) -> None:
        self.server, self.chance, self.sent = server, random.Random(SEED), 0
        self.run = 0

    def send(self, n_requests: int, slow: str = "") -> None:
        rows = []
        for _ in range(n_requests):
            self.sent += 1
            key = f"request-{self.run}-{self.sent}"
            found = shop.evaluate(self.server, key)
            features = shop.inputs(self.chance)
            versions = [(found["value"], "live"), (found["metadata"].get("shadow"), "shadow")]
            for version, role in versions:
                if version:
                    latency = 300.0 if version == slow else 5.0 + self.chance.expovariate(0.5)
                    row = shop.prediction(features, version, key, time.time(), latency)
                    rows.append({**row, "role": role})
        answer = self.server.send(rows, model=shop.MODEL)
        assert answer.status_code == 200 and answer.json()["n_rejected"] == 0, answer.text


def sides(server: Server) -> dict[str, str]:
    return {f"user-{i}": shop.evaluate(server, f"user-{i}")["value"] for i in range(N_KEYS)}


def restart(server: Server) -> dict:
    """Kills it where it stands; what comes back agrees with itself."""
    server.kill()
    server.start()
    return agree(server)


def stage(server: Server, traffic: Traffic, wanted: str) -> dict:
    """Sends traffic until the rollout stands there."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        rollout = shop.newest(server)
        if rollout["stage"] == wanted and rollout["phase"] in ("running", "completed"):
            return rollout
        traffic.send(40)
        time.sleep(0.3)
    raise AssertionError(f"not in {wanted} after two minutes: {rollout}")


def refusals(server: Server, validation: str) -> None:
    path = f"{server.address}/api/v1/models/{shop.MODEL}/rollouts"
    for candidate, named, status in [
        ("v9", validation, 404),
        ("v2", "val_nothing", 404),
        ("v1", validation, 400),
    ]:
        body = {"candidate": candidate, "validation": named, "reason": "a scenario"}
        answer = requests.post(path, json=body, timeout=60)
        assert answer.status_code in (status, 409, 422), f"{candidate} {named}: {answer.text}"
    assert not server.get(f"/api/v1/models/{shop.MODEL}/rollouts")["items"]


def forwards(server: Server, traffic: Traffic, validation: str) -> None:
    """Every step, with a death in each."""
    shop.start(server, validation)
    assert restart(server)["stage"] == "shadow"
    assert set(sides(server).values()) == {"v1"}, "a shadow answers nobody"
    before: dict[str, str] = {}
    for wanted, share in [("canary", 0.3), ("ab", 0.5)]:
        stage(server, traffic, wanted)
        found = sides(server)
        n_challenger = sum(value == "v2" for value in found.values())
        assert abs(n_challenger / N_KEYS - share) < 0.08, f"{wanted}: {n_challenger} of {N_KEYS}"
        lost = [key for key, value in before.items() if value == "v2" and found[key] != "v2"]
        assert not lost, f"who had the candidate keeps it: {lost}"
        restart(server)
        assert sides(server) == found, "a restart moves nobody"
        before = found
    paused = shop.order(server, "pause")
    assert paused["phase"] == "paused"
    assert restart(server)["phase"] == "paused" and sides(server) == before
    shop.order(server, "resume")
    traffic.send(150)
    asked_as_it_dies(server, "approve", 0.02)
    if agree(server)["stage"] != "full":
        shop.order(server, "approve")
    stage(server, traffic, "full")
    assert set(sides(server).values()) == {"v2"} and shop.champion(server) == "v2"
    restart(server)
    traffic.send(150)
    shop.wait_for(server, "completed")
    restart(server)


def backwards(server: Server) -> None:
    """One call; the very next evaluation is the champion's, dead in between or not."""
    asked_as_it_dies(server, "rollback", 0.01)
    rollout = agree(server)
    if rollout["phase"] != "rolled_back":
        rollout = shop.order(server, "rollback")
        assert rollout["phase"] == "rolled_back", rollout
        assert shop.evaluate(server, "user-1")["value"] == "v1"
    restart(server)
    rows = server.get("/api/v1/fleet")["models"]
    shown = [row["version"] for row in rows if row["model"] == shop.MODEL]
    assert shown == ["v1"], f"the fleet shows what serves, not what answered last: {shown}"
    history = server.get(f"/api/v1/models/{shop.MODEL}/rollouts/{rollout['id']}")["history"]
    kinds = [note["kind"] for note in history]
    wanted = ["started", "paused", "resumed", "approved", "promoted", "completed", "rolling_back", "rolled_back"]
    assert [kind for kind in kinds if kind in wanted] == wanted, kinds


def by_hand(server: Server, traffic: Traffic, validation: str) -> None:
    """Whoever makes the candidate champion with MLflow's client is obeyed, and the rollout ends."""
    shop.start(server, validation)
    stage(server, traffic, "canary")
    shop.point(server, "champion", 2)
    assert set(sides(server).values()) == {"v2"}, "at once"
    server.kill()
    server.start()
    rollout = shop.wait_for(server, "superseded")
    assert "v2" in rollout["ending"]["reason"], rollout["ending"]
    assert set(sides(server).values()) == {"v2"} and shop.champion(server) == "v2"
    assert shop.alias(server, "challenger") == "", "nobody is a candidate any more"
    shop.point(server, "champion", 1)
    assert set(sides(server).values()) == {"v1"}


def guarded(server: Server, traffic: Traffic, validation: str) -> None:
    """A candidate that is slow is taken back without anybody's word."""
    shop.start(server, validation)
    stage(server, traffic, "canary")
    deadline = time.monotonic() + 60
    while shop.newest(server)["phase"] != "rolled_back":
        assert time.monotonic() < deadline, shop.newest(server)
        traffic.send(100, slow="v2")
        time.sleep(0.3)
    ending = restart(server)["ending"]
    assert ending["guardrail"].startswith("latency"), ending
    assert set(sides(server).values()) == {"v1"} and shop.champion(server) == "v1"


def asked_as_it_dies(server: Server, what: str, delay: float) -> None:
    """A word that the server may or may not hear before it is killed."""
    path = f"{server.address}/api/v1/models/{shop.MODEL}/rollouts/{what}"

    def say() -> None:
        try:
            requests.post(path, json={"reason": "just before the end"}, timeout=10)
        except requests.RequestException:
            pass  # Nobody promised an answer.

    speaker = threading.Thread(target=say)
    speaker.start()
    time.sleep(delay)
    server.kill()
    speaker.join()
    server.start()


def random_kills(server: Server, traffic: Traffic, validation: str) -> None:
    """Whatever was going on, what comes back is one of the stated states."""
    chance = random.Random(SEED)
    outcomes: Counter[str] = Counter()
    for n in range(N_RANDOM_KILLS):
        traffic.run = n + 1
        shop.start(server, validation)
        for _ in range(chance.randrange(0, 14)):
            traffic.send(40)
            time.sleep(chance.uniform(0.0, 0.5))
        what = chance.choice(["approve", "approve", "rollback", "pause"])
        asked_as_it_dies(server, what, chance.uniform(0.0, 0.05))
        rollout = agree(server)
        outcomes[f"{rollout['phase']} in {rollout['stage']}"] += 1
        if rollout["phase"] in ("running", "paused", "completed"):
            shop.order(server, "rollback")
        assert shop.champion(server) == "v1", "rollback is always possible"
    print(f"after {N_RANDOM_KILLS} kills: {dict(outcomes)}")


def agree(server: Server) -> dict:
    """The rollout is in a stated state, the registry and the flag say the same, and the audit log
    is whole."""
    deadline = time.monotonic() + 60
    while True:
        rollout, serving, found = shop.newest(server), shop.champion(server), sides(server)
        after = shop.newest(server)
        is_still = all(rollout[what] == after[what] for what in ("id", "phase", "stage"))
        # What was about to be told is told at the next look.
        if is_still and rollout["phase"] in ("running", "paused", "completed", "rolled_back"):
            break
        assert time.monotonic() < deadline, f"not at rest after a minute: {rollout}"
        time.sleep(0.1)
    is_active = rollout["phase"] in ("running", "paused")
    is_full = rollout["phase"] == "completed" or (is_active and rollout["stage"] == "full")
    assert serving == ("v2" if is_full else "v1"), (serving, rollout)
    share = sum(value == "v2" for value in found.values()) / N_KEYS
    wanted = 1.0 if is_full else rollout["share_percent"] / 100 if is_active else 0.0
    assert abs(share - wanted) < (0.08 if 0.0 < wanted < 1.0 else 1e-9), (share, wanted, rollout)
    challenger = "v2" if is_active and not is_full else ""
    assert shop.alias(server, "challenger") == challenger, rollout
    verified = server.client("audit", "verify", "--data-dir", str(server.data_dir))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    return rollout


def main() -> int:
    with Server() as server:
        validation = shop.prepare(server, POLICY)
        traffic = Traffic(server)
        refusals(server, validation)
        forwards(server, traffic, validation)
        backwards(server)
        by_hand(server, traffic, validation)
        guarded(server, traffic, validation)
        print("a rollout went forwards and back, was killed in each state, and was guarded")
        if "--slow" in sys.argv:
            random_kills(server, traffic, validation)
    return 0


if __name__ == "__main__":
    sys.exit(main())
