"""Real logs as counts per day, for `cargo x calibrate`: what the decision rule sees.

    python tests/oracle/stats/make_log_days.py FOLDER

Reads `../shared/data` (or the folder in TRIMTAB_DATA) and writes one text file per log into
FOLDER: not committed, because the logs are not ours to ship.

A file is lines of fields separated by tabs:
    days            the days, reference first
    reference       how many of them belong to the reference
    column          name, `numeric` or `categorical`
    values          its distinct values
    day             missing, then position:count of the values, one line per day
"""

import os
import pathlib
import sys

import pandas as pd

ROOT = pathlib.Path(__file__).parents[3]
DATA = pathlib.Path(os.environ.get("TRIMTAB_DATA", ROOT.parent / "shared/data"))
NOT_INPUTS = {"prediction_id", "timestamp", "model_version", "label", "label_timestamp", "score",
              "prediction", "latency_ms", "y_pred", "y_pred_proba", "day_", "origin"}
LOGS = ["flights", "elec2", "bank", "bike"]


def inputs(log: str) -> tuple[pd.DataFrame, int]:
    frames = [pd.read_parquet(DATA / log / f"{log}_{part}.parquet") for part in ("reference", "production")]
    for frame in frames:
        frame["day_"] = frame["timestamp"].dt.floor("D")
    n_reference = frames[0]["day_"].nunique()
    names = [name for name in frames[1].columns if name in frames[0].columns and name not in NOT_INPUTS]
    both = pd.concat([frame[[*names, "day_"]] for frame in frames], ignore_index=True)
    return both, n_reference


def write(log: str, folder: pathlib.Path) -> None:
    frame, n_reference = inputs(log)
    days = sorted(frame["day_"].unique())
    lines = [
        "\t".join(["days", *(day.strftime("%Y-%m-%d") for day in days)]),
        f"reference\t{n_reference}",
    ]
    for name in frame.columns.drop("day_"):
        column = frame[name]
        numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        column = column.astype(float) if numeric else column.astype("string")
        values = sorted(column.dropna().unique())
        position = {value: i for i, value in enumerate(values)}
        lines.append(f"column\t{name}\t{'numeric' if numeric else 'categorical'}")
        lines.append("\t".join(["values", *(repr(v) if numeric else str(v) for v in values)]))
        for day, part in column.groupby(frame["day_"]):
            counts = part.value_counts()
            cells = sorted((position[value], count) for value, count in counts.items())
            lines.append("\t".join(["day", str(int(part.isna().sum())), *(f"{i}:{n}" for i, n in cells)]))
    (folder / f"{log}.txt").write_text("\n".join(lines).replace("np.float64(", "").replace(")", "") + "\n")
    print(f"{log}: {len(days)} days, {n_reference} of the reference, {len(frame.columns) - 1} columns")


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    if not DATA.is_dir():
        print(f"{DATA} is absent: no real logs are judged")
        return
    folder.mkdir(parents=True, exist_ok=True)
    for log in LOGS:
        write(log, folder)


if __name__ == "__main__":
    main()
