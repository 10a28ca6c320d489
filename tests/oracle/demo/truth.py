#!/usr/bin/env python3
"""What is true about the flights demo, computed from its files by other hands than the product's.

    python tests/oracle/demo/truth.py            write the tables beside this file
    python tests/oracle/demo/truth.py --check    fail if they are no longer what the files give

Windows are UTC days, the reference is March, the production log runs from April to December.
`compare.py` holds a running server against these tables.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import metrics

sys.path.insert(0, str(Path(__file__).parent))
import rule  # noqa: E402

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "examples/flights/data"
CATEGORICAL = ["carrier", "dest", "dow", "prediction"]
NUMERIC = [
    "distance",
    "sched_dep_hour",
    "sched_block_min",
    "origin_delay_2h",
    "origin_departures_2h",
    "temp",
    "humid",
    "wind_speed",
    "precip",
    "pressure",
    "visib",
    "plane_age",
    "plane_seats",
    "score",
]
# The monitors of examples/flights/monitors.yaml: each is a family of its own for the correction.
# `dow` is in neither (constant within a day, see there); the summary shows what the rule makes of it.
FAMILIES = {
    "inputs": ["carrier", "dest", *[name for name in NUMERIC if name != "score"]],
    "outputs": ["score", "prediction"],
}
KNOWN_AT = ["2013-09-06T12:00:00Z", "2013-09-15T18:00:00Z", "2013-09-24T06:00:00Z"]
SEPTEMBER = pd.Timestamp("2013-09-01", tz="UTC")


def load() -> dict[str, pd.DataFrame]:
    frames = {
        name: pd.read_parquet(DATA / f"flights_{name}.parquet")
        for name in ["reference", "production", "production_labels", "shadow_v2"]
    }
    for name in ["reference", "production"]:
        frames[name]["day"] = frames[name]["timestamp"].dt.floor("D")
    return frames


def quality(frame: pd.DataFrame) -> dict[str, float]:
    """Quality of labelled rows at the threshold that the model's own decisions used."""
    label = frame["label"].to_numpy().astype(int)
    score = frame["score"].to_numpy().astype(float)
    decided = frame["prediction"].to_numpy().astype(int)
    return {
        "n_labelled": len(frame),
        "f1": metrics.f1_score(label, decided),
        "accuracy": metrics.accuracy_score(label, decided),
        "precision": metrics.precision_score(label, decided, zero_division=0),
        "recall": metrics.recall_score(label, decided),
        "brier": metrics.brier_score_loss(label, score),
        "log_loss": metrics.log_loss(label, score),
        "roc_auc": metrics.roc_auc_score(label, score),
    }


def months(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    labels = frames["production_labels"].set_index("prediction_id")["label"]
    rows = []
    for version, frame in [("v1", frames["production"]), ("v2", frames["shadow_v2"])]:
        joined = frame.assign(label=frame["prediction_id"].map(labels))
        for month, part in joined.groupby(joined["timestamp"].dt.strftime("%Y-%m")):
            rows.append(
                {"month": month, "version": version, "n": len(part)}
                | quality(part[part["label"].notna()])
            )
    return pd.DataFrame(rows)


class Column:
    """One column: what the reference holds, and the law of its own days."""

    def __init__(self, name: str, reference: pd.DataFrame, seed: int) -> None:
        self.name = name
        self.numeric = name in NUMERIC
        values = reference[name]
        self.n_missing = int(values.isna().sum())
        self.n_rows = len(values)
        days = [part for _, part in values.groupby(reference["day"])]
        if self.numeric:
            self.values = np.sort(values.dropna().to_numpy().astype(float))
            self.scale = rule.scale(self.values)
            self.edges = np.unique(np.quantile(self.values, np.arange(0.1, 0.95, 0.1)))
            ranks = values.rank(pct=True)
            locations = [ranks[day.index].mean() for day in days]
        else:
            self.categories = values.value_counts().index.to_numpy()
            self.values = self.counts(values)
            commonest = self.categories[0]
            locations = [(day == commonest).mean() for day in days]
        self.reference_days = [self.without(day) for day in days]
        self.missing_law = self.fit_missing(days, seed)
        distances = [self.distance(rest, day) for rest, day in self.reference_days]
        usable = [i for i, d in enumerate(distances) if not np.isnan(d)]
        self.law = rule.WindowLaw.fit(
            np.array([distances[i] for i in usable]), np.array([locations[i] for i in usable]), seed
        )

    def fit_missing(self, days: list[pd.Series], seed: int) -> "rule.WindowLaw | None":
        """Missing values come in blocks too: their share is judged by the days' own spread."""
        shares = np.array([day.isna().mean() for day in days])
        rest = np.array([side[1] / side[2] for side, _ in self.reference_days])
        return rule.WindowLaw.fit((shares - rest) ** 2, shares, seed)

    def counts(self, values: pd.Series) -> np.ndarray:
        """Rows per category of the reference, and of all others together at the end."""
        present = values.dropna()
        known = present.value_counts().reindex(self.categories, fill_value=0).to_numpy()
        return np.append(known, len(present) - known.sum())

    def side(self, values: pd.Series) -> tuple[np.ndarray, int, int]:
        missing = int(values.isna().sum())
        if self.numeric:
            return np.sort(values.dropna().to_numpy().astype(float)), missing, len(values)
        unseen = values[~values.isin(self.categories)].value_counts()
        return self.counts(values), missing, len(values), unseen

    def by_name(self, reference: tuple, current: tuple) -> tuple[np.ndarray, np.ndarray]:
        """What is tested: every category by its name, those the reference lacks too."""
        unseen = current[3]
        order = np.argsort([*self.categories, *unseen.index])
        return (
            np.append(reference[0][:-1], np.zeros(len(unseen)))[order],
            np.append(current[0][:-1], unseen.to_numpy())[order],
        )

    def without(self, day: pd.Series) -> tuple[tuple, tuple]:
        """The reference less one of its days, and that day."""
        current = self.side(day)
        if self.numeric:
            keys, n = np.unique(self.values, return_counts=True)
            gone, n_gone = np.unique(current[0], return_counts=True)
            n[np.searchsorted(keys, gone)] -= n_gone
            rest = np.repeat(keys, n)
        else:
            rest = self.values - current[0]
        return (rest, self.n_missing - current[1], self.n_rows - current[2]), current

    def distance(self, reference: tuple, current: tuple) -> float:
        """Squared Wasserstein-1 in interquartile ranges, or chi-squared over its degrees."""
        if self.numeric:
            if len(current[0]) == 0:
                return float("nan")
            return (rule.wasserstein(reference[0], current[0]) / self.scale) ** 2
        return rule.pooled_distance(*self.by_name(reference, current))

    def compare(self, reference: tuple, current: tuple) -> dict:
        n_reference, n = reference[2] - reference[1], current[2] - current[1]
        change = abs(current[1] / current[2] - reference[1] / reference[2])
        row = {
            "column": self.name,
            "n": n,
            "missing": current[1] / current[2],
            "missing_change": change,
        }
        if reference[1] + current[1] > 0:
            row["p_missing"] = max(
                rule.two_proportions(reference[1], reference[2], current[1], current[2]),
                self.missing_law.p_value(change**2) if self.missing_law else 0.0,
            )
        if n == 0:
            return row
        if self.numeric:
            row["statistic"] = rule.ks(reference[0], current[0])[0]
            row["p_row"] = rule.combined(reference[0], current[0])
            row["effect"] = rule.wasserstein(reference[0], current[0]) / self.scale
            row["ratio"] = row["effect"] / rule.FLOOR_WASSERSTEIN_IQR
            tens = [
                np.histogram(side, [-np.inf, *self.edges, np.inf])[0]
                for side in (reference[0], current[0])
            ]
            distance = row["effect"] ** 2
        else:
            row["statistic"], _, _ = rule.contingency(reference[0], current[0])
            tested = self.by_name(reference, current)
            row["p_row"] = rule.pooled_p_value(*tested)
            row["effect"] = rule.cramers_v(rule.contingency(*tested)[0], n_reference + n)
            change = np.abs(tested[0] / n_reference - tested[1] / n).max()
            row["share_change"] = change
            row["ratio"] = max(
                row["effect"] / rule.FLOOR_CRAMERS_V, change / rule.FLOOR_SHARE_CHANGE
            )
            tens = [reference[0], current[0]]
            distance = rule.pooled_distance(*tested)
        row["psi"] = rule.psi(*[side.astype(float) for side in tens])
        row["jensen_shannon"] = rule.jensen_shannon(*[side.astype(float) for side in tens])
        row["p_window"] = self.law.p_value(distance) if self.law else row["p_row"]
        return row


def decide(rows: list[dict]) -> None:
    """Adds the decision to the rows of one window: one family, both conditions.

    A column without a missing value on either side has no missing share to test.
    """
    family = [(row, "p", max(row["p_row"], row["p_window"])) for row in rows if "p_row" in row]
    family += [(row, "p_missing", row["p_missing"]) for row in rows if "p_missing" in row]
    adjusted = rule.benjamini_hochberg(np.array([p for _, _, p in family]))
    for (row, key, _), p in zip(family, adjusted):
        row[f"{key}_adjusted"] = float(p)
    for row in rows:
        value = row.get("p_adjusted", 1.0) <= rule.ALPHA and row.get("ratio", 0.0) >= 1
        missing = (
            row.get("p_missing_adjusted", 1.0) <= rule.ALPHA
            and row["missing_change"] >= rule.FLOOR_MISSING_CHANGE
        )
        row["drift"] = int(value or missing)


def drift(frames: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, list[Column]]:
    reference = frames["reference"]
    table, columns = [], []
    for monitor, names in FAMILIES.items():
        family = [Column(name, reference, len(columns) + i) for i, name in enumerate(names)]
        columns += family
        for i, day in enumerate(sorted(reference["day"].unique())):
            rows = [column.compare(*column.reference_days[i]) for column in family]
            decide(rows)
            table += [{"day": day, "monitor": monitor} | row for row in rows]
        for day, part in frames["production"].groupby("day"):
            rows = []
            for column in family:
                whole = (column.values, column.n_missing, column.n_rows)
                rows.append(column.compare(whole, column.side(part[column.name])))
            decide(rows)
            table += [{"day": day, "monitor": monitor} | row for row in rows]
    return pd.DataFrame(table), columns


def weekday_alone(frames: dict[str, pd.DataFrame]) -> dict:
    """What the rule says about `dow` by itself: loud in effect, quiet in p-value."""
    column = Column("dow", frames["reference"], 99)
    whole = (column.values, column.n_missing, column.n_rows)
    rows = [
        column.compare(whole, column.side(part["dow"]))
        for _, part in frames["production"].groupby("day")
    ]
    return {
        "p_row_highest": max(row["p_row"] for row in rows),
        "p_window_lowest": min(row["p_window"] for row in rows),
        "effect_in_floors_lowest": min(row["ratio"] for row in rows),
    }


def by_day(frame: pd.DataFrame) -> pd.DataFrame:
    labelled = frame[frame["label"].notna()]
    rows = {day: quality(part) for day, part in labelled.groupby("day")}
    return pd.DataFrame.from_dict(rows, orient="index")


def performance(frames: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, dict]:
    """Quality by day, and the means of its last 7 and 14 days against March's days."""
    labels = frames["production_labels"].set_index("prediction_id")["label"]
    production = frames["production"]
    reference = by_day(frames["reference"])
    days = by_day(production.assign(label=production["prediction_id"].map(labels)))
    laws = {}
    for name, worse in [("roc_auc", -1), ("f1", -1), ("accuracy", -1), ("brier", 1), ("log_loss", 1)]:
        values = reference[name].to_numpy()
        laws[name] = {
            "mean": values.mean(),
            "sd": values.std(ddof=1),
            "n_windows": len(values),
            "n_windows_effective": rule.n_effective(values),
        }
        for w in [7, 14]:
            days[f"{name}_p{w}"] = rule.judge_means(days[name].to_numpy(), values, w, worse)
    return days, laws


def known_at(frames: dict[str, pd.DataFrame]) -> list[dict]:
    """September as it could be seen on three days: only labels that had arrived by then."""
    production, labels = frames["production"], frames["production_labels"]
    rows = []
    for text in KNOWN_AT:
        at = pd.Timestamp(text)
        seen = production[(production["timestamp"] >= SEPTEMBER) & (production["timestamp"] <= at)]
        known = labels[labels["label_timestamp"] <= at].set_index("prediction_id")["label"]
        joined = seen.assign(label=seen["prediction_id"].map(known))
        joined = joined[joined["label"].notna()]
        rows.append(
            {
                "known_at": text,
                "n": len(seen),
                "maturity": len(joined) / len(seen),
            }
            | quality(joined)
        )
    return rows


def summarise(table: pd.DataFrame, days: pd.DataFrame, laws: dict) -> dict:
    table = table.assign(month=table["day"].dt.strftime("%Y-%m"))
    alarmed = table.groupby(["monitor", "month", "day"])["drift"].max()
    alarmed = alarmed.groupby(["monitor", "month"]).mean().unstack()
    cells = table.groupby(["month", "column"])["drift"].mean().unstack()
    fired = {}
    for name in laws:
        for w in [7, 14]:
            hits = days[f"{name}_p{w}"].dropna() < 0.01
            fired[f"{name}_mean_of_{w}"] = hits.groupby(hits.index.strftime("%Y-%m")).mean().to_dict()
    return {
        "days_alarmed": alarmed.T.to_dict(),
        "columns_alarmed": {
            month: {name: share for name, share in row.items() if share > 0}
            for month, row in cells.T.to_dict().items()
        },
        "performance_fired": fired,
        "reference_performance": laws,
    }


def broken_facts(summary: dict) -> list[str]:
    """What the study of real traffic (docs/concepts/decision-rule.md) says must be seen here."""
    alarmed = summary["days_alarmed"]["inputs"]
    columns = summary["columns_alarmed"]
    fired = summary["performance_fired"]["roc_auc_mean_of_14"]
    summer = ["2013-06", "2013-07", "2013-08", "2013-09"]
    facts = {
        "days of the reference alarm in at most 7 %": all(
            family["2013-03"] <= 0.07 for family in summary["days_alarmed"].values()
        ),
        "temperature drifts on most days from June to September": (
            np.mean([columns[month].get("temp", 0) for month in summer]) > 0.75
            and all(columns[month].get("temp", 0) > 0.75 for month in summer[:3])
        ),
        "April is quiet": alarmed["2013-04"] <= 0.3,
        "November is quieter than December": alarmed["2013-11"] < alarmed["2013-12"] < 0.6,
        "the weekday is loud in effect and quiet in p-value": (
            summary["dow"]["effect_in_floors_lowest"] > 3 and summary["dow"]["p_window_lowest"] > 0.05
        ),
        "AUC is quiet from May to July": all(fired[month] == 0 for month in ["2013-05", "2013-06", "2013-07"]),
        "AUC fires on one day of April at most": fired["2013-04"] * 17 <= 1,
        "AUC fires in August and September": fired["2013-08"] > 0.8 and fired["2013-09"] > 0.8,
    }
    return [fact for fact, holds in facts.items() if not holds]


def same(committed: object, computed: object) -> bool:
    """Equal, up to the last digits that another processor may round differently."""
    if isinstance(computed, dict):
        return committed.keys() == computed.keys() and all(
            same(committed[key], computed[key]) for key in computed
        )
    if isinstance(computed, list):
        return len(committed) == len(computed) and all(map(same, committed, computed))
    if isinstance(computed, float):
        return bool(np.isclose(committed, computed, rtol=1e-4, atol=1e-12, equal_nan=True))
    return committed == computed


def same_text(name: str, committed: str, computed: str) -> bool:
    if name.endswith(".json"):
        return same(json.loads(committed), json.loads(computed))
    left, right = (pd.read_csv(io.StringIO(text)).to_dict("list") for text in (committed, computed))
    return same(left, right)


def rounded(value: object, digits: int) -> object:
    if isinstance(value, dict):
        return {key: rounded(inner, digits) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner, digits) for inner in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.{digits}g}")
    return value


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed tables")
    arguments = parser.parse_args()

    frames = load()
    table, columns = drift(frames)
    days, laws = performance(frames)
    summary = summarise(table, days, laws) | {
        "n_windows_effective": {c.name: c.law.n_windows_effective if c.law else None for c in columns},
        "known_at": known_at(frames),
        "dow": weekday_alone(frames),
    }
    keep = ["day", "monitor", "column", "n", "missing", "statistic", "effect", "share_change", "ratio",
            "p_row", "p_window", "p_adjusted", "p_missing", "p_missing_adjusted", "drift"]
    drift_text = (
        table.assign(day=table["day"].dt.strftime("%Y-%m-%d"))[keep]
        .to_csv(index=False, float_format="%.6g", lineterminator="\n")
    )
    files = {
        "months.csv": months(frames).to_csv(index=False, float_format="%.12g", lineterminator="\n"),
        "drift.csv": drift_text,
        "performance.csv": days.rename_axis("day")
        .set_index(days.index.strftime("%Y-%m-%d").rename("day"))
        .to_csv(float_format="%.8g", lineterminator="\n"),
        "summary.json": json.dumps(rounded(summary, 8), indent=1, sort_keys=True) + "\n",
    }
    if arguments.check:
        findings = [
            f"{name} is not what the files give: run {Path(__file__).name} and read the diff"
            for name, text in files.items()
            if not same_text(name, (HERE / name).read_text(), text)
        ]
    else:
        findings = []
        for name, text in files.items():
            (HERE / name).write_text(text)
            print(f"wrote {name}, {len(text) // 1024} KB")
    findings += [f"no longer true: {fact}" for fact in broken_facts(summary)]
    print("\n".join(findings) or "the truth of the demo stands")
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
