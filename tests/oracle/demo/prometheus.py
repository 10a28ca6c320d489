#!/usr/bin/env python3
"""Lets promtool judge our /metrics, and a real Prometheus scrape it.

    python tests/oracle/demo/prometheus.py http://localhost:3000
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

SECONDS_MAX = 40


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def judge(address: str) -> list[str]:
    """`promtool check metrics` reads the plain text format and complains about bad manners."""
    text = requests.get(f"{address}/metrics", timeout=30, headers={"Accept": "text/plain"}).text
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    series = sum(1 for line in text.splitlines() if line and not line.startswith("#"))
    print(f"promtool: {series} series, exit code {done.returncode}")
    complaints = (done.stdout + done.stderr).splitlines()
    if series > 20_000:
        complaints.append(f"{series} series are too many for one server")
    return complaints if done.returncode or series > 20_000 else []


def scrape(address: str) -> list[str]:
    target = address.removeprefix("http://")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "prometheus.yml"
        config.write_text(
            "global: {scrape_interval: 1s}\n"
            "scrape_configs:\n"
            f"  - {{job_name: trimtab, static_configs: [{{targets: ['{target}']}}]}}\n"
        )
        server = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"],
        )
        try:
            return ask(f"http://127.0.0.1:{port}", server)
        finally:
            server.terminate()
            server.wait(timeout=20)


def ask(prometheus: str, server: subprocess.Popen) -> list[str]:
    deadline = time.monotonic() + SECONDS_MAX
    reason = "Prometheus did not answer"
    while time.monotonic() < deadline:
        if server.poll() is not None:
            return [f"Prometheus ended with {server.returncode}"]
        try:
            targets = requests.get(f"{prometheus}/api/v1/targets", timeout=5).json()["data"]["activeTargets"]
            target = targets[0] if targets else {"health": "absent", "lastError": ""}
            reason = f"target is {target['health']}: {target['lastError']}"
            if target["health"] == "up":
                query = {"query": 'count({job="trimtab"})'}
                found = requests.get(f"{prometheus}/api/v1/query", params=query, timeout=5).json()
                print(f"Prometheus scraped {found['data']['result'][0]['value'][1]} series")
                return []
        except (requests.RequestException, IndexError):
            pass
        time.sleep(0.5)
    return [reason]


def main() -> int:
    address = sys.argv[1].rstrip("/")
    findings = judge(address) + scrape(address)
    for finding in findings:
        print(f"  {finding}")
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
