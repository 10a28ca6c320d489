"""Does `trimtab estimate` say what NannyML said? (nannyml.json, made by make_nannyml.py)

    python compare.py    (TRIMTAB names the binary; skipped without ../shared/data)

CBPE on three made-up plants: estimates, limits, realised values and cells of the confusion matrix in
every unit within 1e-9, sampling errors within 0.1 % (those that are not drawn), the same alerts.
CBPE on the car loans: estimates and limits within 0.005, sampling errors within 2 % (one of them is
drawn), the same alerts. DLE on the bike rentals grows other trees than LightGBM: estimates within
8 % on average, the same alerts but for one chunk of 18 at most.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import plants

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2].parent / "shared" / "data"
TRIMTAB = os.environ.get("TRIMTAB", "trimtab")
METRICS = "roc_auc,f1,precision,recall,specificity,accuracy,average_precision"


def run(*arguments):
    done = subprocess.run([TRIMTAB, "estimate", *arguments, "--output", "json"], capture_output=True, text=True)
    if done.returncode > 1:
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    metrics = {}
    for chunk in report["chunks"]:
        metrics.setdefault(chunk["metric"], []).append(chunk)
    return report, metrics


def three_plants(told, wrong):
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        reference, current = Path(folder) / "reference.csv", Path(folder) / "current.csv"
        plants.write(reference, plants.reference())
        plants.write(current, plants.current())
        for unit, theirs in told.items():
            _, ours = run(
                *[reference, current, "--task", "multiclass", "--label", "species", "--prediction", "guess"],
                *["--score", "p_birch,p_oak,p_pine", "--chunk", str(plants.CHUNK)],
                *["--confusion", {"pred": "predicted"}.get(unit, unit)],
                *["--metric", f"{METRICS},confusion_matrix" if unit == "all" else "confusion_matrix"],
            )
            if set(ours) != set(theirs):
                wrong.append((unit, sorted(ours), sorted(theirs)))
            for metric, expected in theirs.items():
                worst = max(worst, plant_metric(f"{unit} {metric}", ours[metric], expected, wrong))
    print(f"three plants: {len(told)} units, largest difference {worst:.2e}")


def plant_metric(name, ours, theirs, wrong):
    worst = 0.0
    scale = 1000 if name.startswith("rows") else 1
    for place, chunk in enumerate(ours):
        pairs = [
            (chunk["estimate"], theirs["estimates"][place]),
            (chunk["realised"], theirs["realised"][place]),
            (chunk["limit_low"], theirs["lower"]),
            (chunk["limit_high"], theirs["upper"]),
        ]
        for a, b in pairs:
            worst = max(worst, abs(a - b) / scale)
            if abs(a - b) > 1e-9 * scale:
                wrong.append((name, place, a, b))
        error, drawn = theirs["sampling_errors"][place], 0.5 if "average_precision" in name else 1e-3
        if abs(chunk["sampling_error"] - error) > drawn * error:
            wrong.append((name, "sampling error", chunk["sampling_error"], error))
        if chunk["alarm"] != theirs["alerts"][place]:
            wrong.append((name, place, "alarm", chunk["alarm"]))
    return worst


def main():
    told = json.loads((HERE / "nannyml.json").read_text())
    wrong = []
    three_plants(told["plants"], wrong)
    if DATA.is_dir():
        real_data(told, wrong)
    else:
        print(f"skipped: the sample data are not at {DATA}")
    for row in wrong[:20]:
        print("differs:", *row)
    sys.exit(1 if wrong else 0)


def real_data(told, wrong):
    loans = DATA / "car_loan"
    report, metrics = run(
        loans / "car_loan_reference.parquet",
        loans / "car_loan_analysis.parquet",
        *["--task", "binary", "--label", "repaid", "--score", "y_pred_proba", "--prediction", "y_pred"],
        *["--chunk", "5000", "--labels", loans / "car_loan_analysis_targets.parquet", "--id", "id"],
    )
    if report["is_calibrated"] != told["car_loan_calibrated"]:
        wrong.append(("calibrated", report["is_calibrated"]))
    worst = 0.0
    for metric, theirs in told["car_loan"].items():
        ours = metrics[metric]
        for chunk, estimate, error, alert in zip(
            ours, theirs["estimates"], theirs["sampling_errors"], theirs["alerts"], strict=True
        ):
            worst = max(worst, abs(chunk["estimate"] - estimate))
            drawn = 0.5 if metric == "average_precision" else 0.02
            if abs(chunk["estimate"] - estimate) > 0.005 or chunk["alarm"] != alert:
                wrong.append((metric, chunk, estimate, alert))
            if abs(chunk["sampling_error"] - error) > drawn * error:
                wrong.append((metric, "sampling error", chunk["sampling_error"], error))
        for limit, name in (("lower", "limit_low"), ("upper", "limit_high")):
            if theirs[limit] is not None and abs(ours[0][name] - theirs[limit]) > 0.005:
                wrong.append((metric, name, ours[0][name], theirs[limit]))
        if any(chunk["realised"] is None for chunk in ours):
            wrong.append((metric, "realised values are missing"))
    print(f"car loans: {len(metrics)} metrics of 10 chunks, largest difference {worst:.2e}")
    bike = DATA / "bike"
    _, metrics = run(
        bike / "bike_reference.parquet",
        bike / "bike_production.parquet",
        *["--task", "regression", "--label", "label", "--prediction", "prediction", "--chunk", "500"],
        *["--ignore", "prediction_id,timestamp,model_version"],
    )
    for metric, theirs in told["bike"].items():
        ours = metrics[metric]
        gaps = [
            abs(chunk["estimate"] / estimate - 1)
            for chunk, estimate in zip(ours, theirs["estimates"], strict=True)
        ]
        mean = sum(gaps) / len(gaps)
        print(f"bike: {metric} differs by {100 * mean:.1f} % on average, {100 * max(gaps):.1f} % at most")
        others = sum(chunk["alarm"] != alert for chunk, alert in zip(ours, theirs["alerts"], strict=True))
        if mean > 0.08 or others > 1:
            wrong.append((metric, mean, others))


main()
