"""A real server in a folder of its own, for black-box tests of the binary."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import requests

TRIMTAB = os.environ.get("TRIMTAB", "trimtab")
ROOT = Path(__file__).parents[2]
MODEL = {
    "kind": "model",
    "name": "shop",
    "task": "binary_classification",
    "clock": "event",
    "columns": [
        {"name": "price", "data_type": "float"},
        {"name": "country", "data_type": "string"},
        {"name": "score", "data_type": "float", "role": "score"},
        {"name": "prediction", "data_type": "integer", "role": "prediction", "semantic": "categorical"},
    ],
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`with Server() as server:`; the folder goes with it."""

    def __init__(self, **environment: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="trimtab-scenario-"))
        self.data_dir = self.folder / "data"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "TRIMTAB_DATA_DIR": str(self.data_dir),
            "TRIMTAB_SERVER__LISTEN": f"127.0.0.1:{self.port}",
            **environment,
        }
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if error[0] is not None:
            print(self.log()[-4000:])
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                [TRIMTAB, "serve"], env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.log()}"
            try:
                if requests.get(self.address + "/readyz", timeout=2).status_code == 200:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready after a minute:\n{self.log()}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def client(self, *arguments: str, **options: object) -> subprocess.CompletedProcess:
        """The command line, talking to this server."""
        environment = {**os.environ, "TRIMTAB_SERVER_URL": self.address}
        return subprocess.run(
            [TRIMTAB, *arguments], env=environment, capture_output=True, text=True, **options
        )

    def here(self, *arguments: str) -> str:
        """A command on this server's own folder, in a process beside it."""
        done = subprocess.run(
            [TRIMTAB, *arguments], env=self.environment, cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def token(self, *permissions: str) -> str:
        """The secret of a new token."""
        said = self.here("token", "create", "test", "--allow", ",".join(permissions))
        return next(word for word in said.split() if word.startswith("tok_") and "." in word)

    def get(self, path: str, **query: object) -> dict:
        answer = requests.get(self.address + path, params=query, timeout=60)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def declare(self, *documents: dict) -> None:
        body = {"documents": list(documents)}
        answer = requests.post(self.address + "/api/v1/documents", json=body, timeout=60)
        assert answer.status_code == 200, f"documents: {answer.status_code} {answer.text}"

    def send(self, rows: list[dict], model: str = "shop", kind: str = "predictions") -> requests.Response:
        return requests.post(
            f"{self.address}/api/v1/models/{model}/{kind}",
            data="\n".join(json.dumps(row) for row in rows),
            headers={"Content-Type": "application/x-ndjson"},
            timeout=60,
        )

    def settle(self, seconds: float = 60) -> dict:
        """Waits until every consumer has seen everything."""
        deadline = time.monotonic() + seconds
        quiet = 0
        while time.monotonic() < deadline:
            status = self.get("/api/v1/status")
            quiet = quiet + 1 if all(c["lag_bytes"] == 0 for c in status["consumers"]) else 0
            if quiet == 3:
                return status
            time.sleep(0.2)
        raise AssertionError(f"still behind after {seconds} s: {status}")


def row(i: int, **changes: object) -> dict:
    """A prediction, one a second from 1 March 2024 on."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1709251200 + i))
    return {
        "prediction_id": f"p-{i}",
        "timestamp": stamp,
        "price": 10.0 + i % 90,
        "country": ["FR", "DE", "IT"][i % 3],
        "score": (i % 100) / 100,
        "prediction": int(i % 100 >= 50),
        **changes,
    }
