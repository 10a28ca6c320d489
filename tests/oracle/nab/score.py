"""Scores alarms on the NAB series by NAB's published rule, standard profile.

    score.py DATA ALARMS [--per-series] [--json]
    score.py --self-check

DATA is the folder with nab_dev_series.parquet and nab_dev_labels.json. ALARMS holds one
file per series, its name with "/" written as "__": NDJSON as `trimtab detect` prints it
(`alarm` per row), or CSV without a header and the alarm (0 or 1) in the fourth column.

The rule (A. Lavin, S. Ahmad, Evaluating real-time anomaly detection algorithms: the
Numenta anomaly benchmark, 2015): the first 15 % of a series, at most 750 rows, are not
scored. A window earns what its earliest alarm earns, from 1 at its first row down to 0
after its last, by a sigmoid; a window without an alarm costs 1. An alarm outside costs up
to 0.11, less shortly after a window. The score is 0 for no alarms at all and 100 for one
alarm at the first row of each window.
"""

import json
import math
import pathlib
import sys

FALSE_ALARM = 0.11
MISSED = 1.0
PROBATION_SHARE, PROBATION_ROWS = 0.15, 5000


def fading(position):
    """From 0.987 one window width before the right edge to -0.987 one after it."""
    if position >= 3.0:
        return -1.0
    return 2.0 / (1.0 + math.exp(5.0 * position)) - 1.0


def probation(n_rows):
    return math.floor(min(PROBATION_SHARE * n_rows, PROBATION_SHARE * PROBATION_ROWS))


def score_series(alarms, windows):
    """Raw score and counts of one series.

    alarms: one truth value per row. windows: (first row, last row), in order, disjoint.
    """
    start = probation(len(alarms))
    best = {window: -MISSED for window in windows}
    inside = false_alarms = 0
    cost = 0.0
    for row in (i for i, alarm in enumerate(alarms) if alarm and i >= start):
        window = next((w for w in windows if w[0] <= row <= w[1]), None)
        if window:
            width = window[1] - window[0] + 1
            earned = fading(-(window[1] - row + 1) / width) / fading(-1.0)
            best[window] = max(best[window], earned)
            inside += 1
            continue
        false_alarms += 1
        before = [w for w in windows if w[1] < row]
        position = (row - before[-1][1]) / (before[-1][1] - before[-1][0]) if before else 3.0
        cost += FALSE_ALARM * fading(position)
    return {
        "raw": sum(best.values()) + cost,
        "windows": len(windows),
        "found": sum(value > -MISSED for value in best.values()),
        "alarms_inside": inside,
        "false_alarms": false_alarms,
    }


def total(parts):
    summed = {key: sum(part[key] for part in parts) for key in parts[0]}
    windows = summed["windows"]
    alarms = summed["alarms_inside"] + summed["false_alarms"]
    summed["precision"] = summed["alarms_inside"] / alarms if alarms else None
    summed["recall"] = summed["found"] / windows if windows else None
    summed["nab"] = 100.0 * (summed["raw"] + MISSED * windows) / (2.0 * windows) if windows else None
    return summed


def read_alarms(folder, series):
    name = series.replace("/", "__")
    path = folder / f"{name}.ndjson"
    if path.exists():
        return [bool(json.loads(line)["alarm"]) for line in path.read_text().splitlines() if line]
    lines = (folder / f"{name}.csv").read_text().splitlines()
    return [line.split(",")[3] == "1" for line in lines]


def read_series(data):
    """Rows of every series and its windows as row numbers."""
    import pandas

    frame = pandas.read_parquet(data / "nab_dev_series.parquet")
    labels = json.loads((data / "nab_dev_labels.json").read_text())["series"]
    for series, rows in frame.groupby("series", sort=True):
        times = list(rows["timestamp"])
        windows = [
            tuple(times.index(pandas.to_datetime(edge, utc=True)) for edge in window)
            for window in labels[series]["anomaly_windows"]
        ]
        yield series, len(times), windows


def self_check():
    """Cases computed by hand."""
    near = lambda a, b: abs(a - b) < 1e-9
    quiet = [False] * 100
    at = lambda *rows: [i in rows for i in range(100)]
    window = (50, 59)
    assert near(total([score_series(quiet, [window])])["nab"], 0.0)
    assert near(total([score_series(at(50), [window])])["nab"], 100.0)
    # The last row of a window of ten: position -0.1, 2/(1+e^-0.5)-1 = 0.2449186624,
    # over 2/(1+e^-5)-1 = 0.9866142981.
    assert near(score_series(at(59), [window])["raw"], 0.2449186624037092 / 0.9866142981514303)
    # Only the earliest alarm of a window counts.
    assert near(score_series(at(50, 55), [window])["raw"], 1.0)
    # Before any window: the full price. In probation (row 14 of 100): nothing.
    assert near(score_series(at(20), [window])["raw"], -1.0 - 0.11)
    assert near(score_series(at(14), [window])["raw"], -1.0)
    # One row after the window: position 1/9.
    after = 2.0 / (1.0 + math.exp(5.0 / 9.0)) - 1.0
    assert near(score_series(at(60), [window])["raw"], -1.0 + 0.11 * after)
    # Three widths after: the full price again.
    assert near(score_series(at(59 + 27), [window])["raw"], -1.0 - 0.11)
    assert probation(4032) == 604 and probation(22695) == 750
    print("self-check passed")


def main(arguments):
    if "--self-check" in arguments:
        return self_check()
    data, folder = (pathlib.Path(a) for a in arguments if not a.startswith("--"))
    parts = {}
    for series, n_rows, windows in read_series(data):
        alarms = read_alarms(folder, series)
        assert len(alarms) == n_rows, f"{series}: {len(alarms)} verdicts for {n_rows} rows"
        parts[series] = score_series(alarms, windows)
    summed = total(list(parts.values()))
    if "--json" in arguments:
        print(json.dumps({"total": summed, "series": parts}, indent=1))
        return None
    if "--per-series" in arguments:
        for series, part in parts.items():
            print(
                f"{series:58} found {part['found']}/{part['windows']}"
                f"  false {part['false_alarms']:3}  raw {part['raw']:7.3f}"
            )
    print(
        f"NAB {summed['nab']:.1f}  precision {summed['precision'] or 0:.3f}  recall {summed['recall']:.3f}"
        f"  found {summed['found']}/{summed['windows']}  false alarms {summed['false_alarms']}"
    )
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
