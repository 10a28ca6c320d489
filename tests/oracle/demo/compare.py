#!/usr/bin/env python3
"""Holds a running server with the demo's data against the tables of `truth.py`.

    python tests/oracle/demo/compare.py http://localhost:3000 [--messages FILE]

FILE holds what the demo's receiver took (one message per line).
"""

from __future__ import annotations

import argparse
import base64
import collections
import hashlib
import hmac
import json
from pathlib import Path

import numpy as np
import pandas as pd
import requests

HERE = Path(__file__).parent
NINE_MONTHS = {"from": "2013-04-01T00:00:00Z", "to": "2014-01-01T00:00:00Z"}
# The demo's secret is in the repository: it guards nothing.
SECRET = base64.b64decode("dHJpbXRhYi1kZW1vLXNlY3JldC1mb3ItbG9vcGJhY2s=")
COUNTED = ["f1", "accuracy", "precision", "recall", "brier", "log_loss"]


class Server:
    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    def get(self, path: str, **query: object) -> dict:
        answer = requests.get(self.address + path, params=query, timeout=60)
        assert answer.status_code == 200, f"GET {answer.url}: {answer.status_code} {answer.text}"
        return answer.json()

    def all(self, path: str, **query: object) -> list[dict]:
        """Every item of a list, page by page."""
        items, cursor = [], None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            items += page["items"]
            cursor = page["next"]
            if not cursor:
                return items


class Findings:
    """What differs, by subject; the first few of each are printed."""

    def __init__(self) -> None:
        self.by_subject: dict[str, list[str]] = collections.OrderedDict()
        self.checked: collections.Counter = collections.Counter()

    def expect(self, subject: str, holds: bool, text: str) -> None:
        self.by_subject.setdefault(subject, [])
        self.checked[subject] += 1
        if not holds:
            self.by_subject[subject].append(text)

    def near(self, subject: str, name: str, found: object, wanted: float, **tolerance: float) -> None:
        holds = found is not None and np.isclose(found, wanted, **tolerance)
        self.expect(subject, bool(holds), f"{name}: {found}, wanted {wanted}")

    def print(self) -> int:
        for subject, texts in self.by_subject.items():
            verdict = f"{len(texts)} DIFFER" if texts else "agree"
            print(f"{subject}: {self.checked[subject]} checked, {verdict}")
            for text in texts[:8]:
                print(f"  {text}")
        return 1 if any(self.by_subject.values()) else 0


def months(server: Server, findings: Findings) -> None:
    truth = pd.read_csv(HERE / "months.csv")
    for version, wanted in truth.groupby("version"):
        answer = server.get(
            "/api/v1/models/flights/performance", metric="roc_auc", version=version, **NINE_MONTHS
        )
        found = {month["start"][:7]: month for month in answer["months"]}
        for row in wanted.to_dict("records"):
            month, name = found.get(row["month"]), f"{version} {row['month']}"
            if month is None:
                findings.expect("months", False, f"{name} is missing")
                continue
            findings.expect("months", month["n_labelled"] == row["n_labelled"],
                            f"{name}: {month['n_labelled']} labels, wanted {row['n_labelled']}")
            findings.expect("months", month["n"] == row["n"], f"{name}: n {month['n']}, wanted {row['n']}")
            for metric in COUNTED:
                findings.near("months", f"{name} {metric}", month["values"][metric], row[metric],
                              rtol=1e-9, atol=0)
            findings.near("months", f"{name} roc_auc", month["values"]["roc_auc"], row["roc_auc"],
                          rtol=0, atol=1e-6)


def is_borderline(row: dict) -> bool:
    """Where the refits of the law, drawn by chance on both sides, may decide either way."""
    for p in (row["p_adjusted"], row["p_missing_adjusted"]):
        if not np.isnan(p) and 0.03 <= p <= 0.08:
            return True
    return 0.97 <= row["ratio"] <= 1.03


def drift(server: Server, findings: Findings) -> None:
    truth = pd.read_csv(HERE / "drift.csv")
    truth = truth[truth["day"] >= "2013-04-01"]
    for monitor, table in truth.groupby("monitor"):
        results = server.get(
            "/api/v1/models/flights/results", monitor=monitor, limit=2000, **NINE_MONTHS
        )["items"]
        days = {result["window_start"][:10]: result["detail"] for result in results}
        findings.expect("drift: days", len(days) == 275, f"{monitor}: {len(days)} days")
        alarms = collections.defaultdict(lambda: [0, 0])
        n_borderline = 0
        for day, rows in table.groupby("day"):
            if day not in days:
                continue
            columns = {column["name"]: column for column in days[day]["columns"]}
            for row in rows.to_dict("records"):
                column, name = columns.get(row["column"]), f"{day} {row['column']}"
                if column is None:
                    findings.expect("drift: columns", False, f"{name} is missing")
                    continue
                numbers(findings, name, column, row)
                drifted = column["decision"] == "drift"
                if drifted != bool(row["drift"]) and is_borderline(row):
                    n_borderline += 1
                    continue
                findings.expect("drift: decisions", drifted == bool(row["drift"]),
                                f"{name}: {column['decision']} ({column['reason']}), wanted {row['drift']}"
                                f" (adjusted {row['p_adjusted']:.3g}, {row['ratio']:.3g} floors)")
            found = any(column["decision"] == "drift" for column in columns.values())
            alarms[day[:7]][0] += found
            alarms[day[:7]][1] += bool(rows["drift"].any())
        print(f"{monitor}: days alarmed (found / wanted) "
              + ", ".join(f"{month} {a}/{b}" for month, (a, b) in sorted(alarms.items()))
              + f"; {n_borderline} borderline cells went the other way")
        findings.expect("drift: decisions", n_borderline <= 0.002 * len(table),
                        f"{monitor}: {n_borderline} borderline cells differ")


def numbers(findings: Findings, name: str, column: dict, row: dict) -> None:
    """The product counts on a grid: on these columns that costs at most a few thousandths."""
    if np.isnan(row["statistic"]):
        return
    method = "chi2" if column["type"] == "categorical" else "ks"
    statistic = next((r["statistic"] for r in column["results"] if r["method"] == method), None)
    tolerance = {"rtol": 1e-5, "atol": 1e-9} if method == "chi2" else {"rtol": 0, "atol": 2e-3}
    findings.near("drift: statistics", f"{name} {method}", statistic, row["statistic"], **tolerance)
    findings.near("drift: null shares", name, column["null_share"]["current"], row["missing"],
                  rtol=1e-5, atol=1e-9)
    if method == "ks":
        effect = column["effect"]
        if effect["name"] == "wasserstein_iqr":
            findings.near("drift: effects", name, effect["value"], row["effect"], rtol=0.01, atol=2e-3)
    if row["p_row"] > 1e-250:
        # A step of 2e-3 in D is a step of 0.15 in log10 p at these sizes.
        findings.near("drift: row p-values", name, np.log10(max(column["p_value_row"], 1e-300)),
                      np.log10(row["p_row"]), rtol=0.02, atol=0.15)
    if row["p_window"] > 1e-3 and column["p_value_window"] is not None:
        # Both sides average over refits drawn by chance (400 and 2,000 of them).
        findings.near("drift: window p-values", name, column["p_value_window"], row["p_window"],
                      rtol=0.3, atol=0.01)


def performance(server: Server, findings: Findings) -> None:
    truth = pd.read_csv(HERE / "performance.csv").set_index("day")
    for metric in ["roc_auc", "brier"]:
        answer = server.get("/api/v1/models/flights/performance", metric=metric, every="day",
                            **NINE_MONTHS)
        points = {point["window_start"][:10]: point for point in answer["series"]["points"]}
        for day, wanted in truth[metric].items():
            found = points.get(day, {}).get("v")
            # Scores are counted in 2^24 bins, coarser than a float32 only below 0.5: a late and a
            # punctual flight in one bin count half, and on a day of some 50,000 pairs one such
            # pair moves the AUC by 1e-5.
            atol = 1e-5 if metric == "roc_auc" else 1e-7
            findings.near("performance: days", f"{metric} {day}", found, wanted, rtol=0, atol=atol)
        for w in [7, 14]:
            judged = {
                item["window_start"][:10]: item for item in answer["judgement"] if item["w"] == w
            }
            for day, wanted in truth[f"{metric}_p{w}"].dropna().items():
                if day == "2013-12-31":
                    continue  # Judged when its labels are due, which is after the end of the log.
                found = judged.get(day, {}).get("p_value")
                findings.near("performance: judgements", f"{metric} mean of {w}, {day}", found, wanted,
                              rtol=0.01, atol=1e-6)


def known_at(server: Server, findings: Findings) -> None:
    for wanted in json.loads((HERE / "summary.json").read_text())["known_at"]:
        at = wanted["known_at"]
        answer = server.get("/api/v1/models/flights/performance", metric="roc_auc", version="v1",
                            known_at=at, **{"from": "2013-09-01T00:00:00Z", "to": at})
        month = next(m for m in answer["months"] if m["start"].startswith("2013-09"))
        findings.expect("known at", month["n"] == wanted["n"], f"{at}: n {month['n']}, wanted {wanted['n']}")
        findings.expect("known at", month["n_labelled"] == wanted["n_labelled"],
                        f"{at}: {month['n_labelled']} labels, wanted {wanted['n_labelled']}")
        findings.near("known at", f"{at} maturity", month["maturity"], wanted["maturity"], rtol=1e-7, atol=0)
        findings.near("known at", f"{at} AUC", month["values"]["roc_auc"], wanted["roc_auc"],
                      rtol=0, atol=1e-6)
        findings.near("known at", f"{at} Brier", month["values"]["brier"], wanted["brier"],
                      rtol=1e-7, atol=0)


def incidents(server: Server, findings: Findings) -> list[dict]:
    items = server.all("/api/v1/incidents", state="all", model="flights")
    for item in sorted(items, key=lambda item: item["opened_at"]):
        until = (item["resolved_at"] or "still open")[:10]
        print(f"  incident {item['opened_at'][:16]} to {until}: {item['monitor']}, {item['severity']}: {item['title']}")
    findings.expect("incidents", 0 < len(items) <= 15, f"{len(items)} incidents, at most 15 are wanted")
    slow = [item for item in items if item["monitor"] == "service"]
    findings.expect("incidents", len(slow) == 1, f"{len(slow)} incidents about latency, wanted 1")
    for item in slow:
        findings.expect("incidents", item["opened_at"].startswith("2013-08-14"),
                        f"the latency fault opened at {item['opened_at']}")
        findings.expect("incidents", (item["resolved_at"] or "").startswith("2013-08-14"),
                        f"the latency fault resolved at {item['resolved_at']}")
    auc = [item for item in items if item["monitor"] == "auc"]
    opened = sorted(item["opened_at"][:7] for item in auc)
    findings.expect("incidents", bool(opened) and "2013-07-25" <= min(i["opened_at"] for i in auc)
                    and opened[0] in ("2013-07", "2013-08", "2013-09"),
                    f"AUC incidents opened in {opened}")
    for item in items:
        detail = server.get(f"/api/v1/incidents/{item['id']}")
        kinds = collections.Counter(note["kind"] for note in detail["notifications"])
        findings.expect("incidents", kinds["firing"] == 1 and kinds["resolved"] <= 1,
                        f"{item['title']}: messages {dict(kinds)}")
        closed = item["state"] == "resolved"
        findings.expect("incidents", not closed or kinds["resolved"] == kinds["firing"],
                        f"{item['title']} is over, and its channel was not told")
    return items


def messages(file: Path, items: list[dict], findings: Findings) -> None:
    seen, n_flights = set(), 0
    for line in file.read_text().splitlines():
        message = json.loads(line)
        headers, body = message["headers"], message["body"]
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
        wanted = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
        findings.expect("messages", f"v1,{wanted}" in headers["webhook-signature"].split(),
                        f"{headers['webhook-id']} is not signed by us")
        findings.expect("messages", headers["webhook-id"] not in seen, f"{headers['webhook-id']} came twice")
        seen.add(headers["webhook-id"])
        n_flights += any(item["link"] in body or item["id"] in body for item in items)
        link = json.loads(body)["data"]["link"]
        findings.expect("messages", link.startswith("http://"), f"link {link}")
    notes = sum(2 if item["state"] == "resolved" else 1 for item in items)
    findings.expect("messages", n_flights == notes, f"{n_flights} about flights, wanted {notes}")


def original_paths(server: Server, findings: Findings) -> None:
    for path in ["/monitoring/drift/status", "/monitoring/drift/history", "/monitoring/drift/flights",
                 "/monitoring/performance/flights", "/monitoring/alerts"]:
        answer = requests.get(server.address + path, timeout=60)
        findings.expect("paths of the original plan", answer.status_code == 200, f"{path}: {answer.status_code}")
    status = requests.get(server.address + "/monitoring/drift/flights", timeout=60).json()
    wanted = {"model_id", "overall_drift_score", "data_drift", "model_drift", "concept_drift", "alerts",
              "last_checked"}
    findings.expect("paths of the original plan", wanted <= status.keys(), f"missing {wanted - status.keys()}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("address")
    parser.add_argument("--messages", type=Path)
    arguments = parser.parse_args()
    server, findings = Server(arguments.address), Findings()
    months(server, findings)
    drift(server, findings)
    performance(server, findings)
    known_at(server, findings)
    items = incidents(server, findings)
    if arguments.messages:
        messages(arguments.messages, items, findings)
    original_paths(server, findings)
    return findings.print()


if __name__ == "__main__":
    raise SystemExit(main())
