#!/usr/bin/env python3
"""What is wrong is refused with a clear reason, and changes nothing."""

from __future__ import annotations

import http.client
import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import requests

from _server import MODEL, TRIMTAB, Server, row

MIB = 1 << 20


def problem(answer: requests.Response, status: range, *words: str) -> dict:
    """A problem document with the wanted status that mentions the words."""
    assert answer.status_code in status, f"{answer.status_code}: {answer.text[:400]}"
    kind = answer.headers["Content-Type"]
    assert kind.startswith("application/problem+json"), f"{kind}: {answer.text[:400]}"
    body = answer.json()
    assert {"type", "title", "status", "detail", "code", "request_id"} <= body.keys(), body
    for word in words:
        assert word in answer.text, f"`{word}` is not in {answer.text[:600]}"
    return body


def parquet(rows: list[dict]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def post(server: Server, body: bytes, kind: str, model: str = "shop") -> requests.Response:
    return requests.post(
        f"{server.address}/api/v1/models/{model}/predictions",
        data=body, headers={"Content-Type": kind}, timeout=60,
    )


def refused_rows(server: Server) -> None:
    """One wrong row among right ones refuses the batch, naming row and field."""
    cases = {
        "wrong type": ({"price": "cheap"}, "price"),
        "no timestamp": ({"timestamp": None}, "timestamp"),
        "unknown column": ({"prize": 3.0}, "prize"),
        "year 9999": ({"timestamp": "9999-01-01T00:00:00Z"}, "timestamp"),
        "not an instant": ({"timestamp": "yesterday"}, "timestamp"),
    }
    for name, (changes, field) in cases.items():
        answer = server.send([row(500), row(501, **changes), row(502)])
        body = problem(answer, range(400, 500), field)
        error = body["errors"][0]
        assert error["row"] == 1 and error["reason"] and error["fix"], f"{name}: {body}"
        print(f"  {name}: {error['reason']} ({error['fix']})")


def accept_valid(server: Server) -> None:
    url = f"{server.address}/api/v1/models/shop/predictions?mode=accept_valid"
    rows = [row(900), row(901, price="cheap"), row(902)]
    receipt = requests.post(url, json=rows, timeout=60).json()
    assert receipt["accepted"] == 2 and receipt["n_rejected"] == 1, receipt
    assert receipt["rejected"][0]["field"] == "price", receipt


def refused_bodies(server: Server) -> None:
    rows = [row(600 + i) for i in range(50)]
    whole = parquet(rows)
    problem(post(server, whole[: len(whole) // 2], "application/vnd.apache.parquet"), range(400, 500))
    problem(post(server, b"", "application/vnd.apache.parquet"), range(400, 500))
    problem(post(server, b"[", "application/json"), range(400, 500))
    text = json.dumps(row(700)).replace("FR", "F\udcff").encode("utf-8", "surrogateescape")
    bad = json.dumps(row(700)).encode().replace(b'"country": "', b'"country": "\xff\xfe')
    assert bad != text
    problem(post(server, bad, "application/x-ndjson"), range(400, 500))
    problem(post(server, b"a,b\n1,2\n", "application/pdf"), range(415, 416))
    problem(post(server, json.dumps([row(701)]).encode(), "application/json", "nobody"), range(404, 405), "nobody")


def too_large(server: Server) -> None:
    """200 MB, announced: refused before it is sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("POST", "/api/v1/models/shop/predictions")
    connection.putheader("Content-Type", "application/x-ndjson")
    connection.putheader("Content-Length", str(200 * MIB))
    connection.endheaders()
    line = json.dumps(row(800)).encode() + b"\n"
    try:
        for _ in range(200 * MIB // (len(line) * 4096) + 1):
            connection.send(line * 4096)
    except (BrokenPipeError, ConnectionResetError):
        pass
    answer = connection.getresponse()
    body = json.loads(answer.read())
    assert answer.status == 413 and body["code"] == "too_large", (answer.status, body)
    connection.close()


def conflicts(server: Server) -> None:
    """The same id with other content is a conflict; with the same content it is a duplicate."""
    assert server.send([row(1)]).json()["duplicates"] == 1
    problem(server.send([row(2), row(1, price=999.0)]), range(409, 410), "p-1")


def documents(server: Server) -> None:
    folder = server.folder
    typo = folder / "typo.yaml"
    typo.write_text("kind: model\nname: shop2\ntask: binary_classification\ncolums:\n  - {name: a, data_type: float}\n")
    done = server.client("apply", str(typo))
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert "typo.yaml" in done.stderr and "colums" in done.stderr, done.stderr
    print(f"  a typo: {done.stderr.strip().splitlines()[0]}")
    broken = folder / "broken.yaml"
    broken.write_text("kind: model\n  name: [\n")
    done = server.client("apply", str(broken))
    assert done.returncode == 2 and "broken.yaml" in done.stderr, done.stderr
    answer = requests.post(server.address + "/api/v1/documents", json={"documents": [{"kind": "modle"}]}, timeout=30)
    problem(answer, range(400, 500), "modle")
    models = [item["model"] for item in server.get("/api/v1/models")["items"]]
    assert models == ["shop"], models


def check_files(folder: Path) -> None:
    """`trimtab check` on files that cannot be compared: exit code 2 and the file's name."""
    good = folder / "good.csv"
    good.write_text("a,b\n" + "".join(f"{i},{i % 3}\n" for i in range(500)))
    cases = {
        "empty.csv": b"",
        "truncated.parquet": parquet([row(i) for i in range(100)])[:700],
        "latin.csv": "a,b\n1,caf\xe9\n".encode("latin-1"),
        "text.parquet": b"this is not parquet",
    }
    for name, content in cases.items():
        file = folder / name
        file.write_bytes(content)
        done = subprocess.run([TRIMTAB, "check", str(good), str(file)], capture_output=True, text=True)
        assert done.returncode == 2, f"{name}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        assert name in done.stderr, f"{name} is not named: {done.stderr}"
        print(f"  {name}: {done.stderr.strip().splitlines()[0]}")
    done = subprocess.run([TRIMTAB, "check", str(good), str(folder / "absent.csv")], capture_output=True, text=True)
    assert done.returncode == 2 and "absent.csv" in done.stderr, done.stderr
    one = folder / "one.csv"
    one.write_text("a,b\n250,1\n")
    done = subprocess.run(
        [TRIMTAB, "check", str(good), str(one), "--output", "json"], capture_output=True, text=True
    )
    assert done.returncode in (0, 2), done.stderr
    if done.returncode == 0:
        assert json.loads(done.stdout)["decision"] == "not_enough_data", done.stdout[:400]
    assert "panicked" not in done.stderr


def main() -> int:
    with Server() as server:
        server.declare(MODEL)
        assert server.send([row(i) for i in range(100)]).json()["accepted"] == 100
        server.settle()
        before = server.get("/api/v1/status")["journal"]["position"]
        refused_rows(server)
        refused_bodies(server)
        too_large(server)
        conflicts(server)
        documents(server)
        after = server.get("/api/v1/status")["journal"]["position"]
        assert before == after, f"the journal moved from {before} to {after}"
        accept_valid(server)
        check_files(server.folder)
        # A refused batch uses up no ids.
        assert server.send([row(500), row(501), row(502)]).json()["accepted"] == 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
