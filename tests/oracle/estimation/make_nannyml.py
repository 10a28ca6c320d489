"""What NannyML estimates: CBPE on the car loans in chunks of 5,000 and on three plants (plants.py)
in chunks of 1,000, DLE on the bike rentals.

    python make_nannyml.py    (nannyml==0.13.1, pandas<3; reads ../shared/data beside the repository)
"""

import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
import nannyml
import pandas as pd
import plants

warnings.filterwarnings("ignore")
HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2].parent / "shared" / "data"
CBPE = ["roc_auc", "f1", "precision", "recall", "specificity", "accuracy", "average_precision"]
DLE = ["mae", "mape", "mse", "rmse", "msle", "rmsle"]


def number(value):
    return None if value is None or pd.isna(value) else float(value)


def told(result, metrics):
    frame = result.filter(period="analysis").to_df()
    return {
        metric: {
            "estimates": [number(v) for v in frame[metric]["value"]],
            "sampling_errors": [number(v) for v in frame[metric]["sampling_error"]],
            "lower": number(frame[metric]["lower_threshold"].iloc[0]),
            "upper": number(frame[metric]["upper_threshold"].iloc[0]),
            "alerts": [bool(a) for a in frame[metric]["alert"]],
            "realised": [number(v) for v in frame[metric]["realized"]],
        }
        for metric in metrics
    }


def three_plants(unit):
    with tempfile.TemporaryDirectory() as folder:
        reference, current = Path(folder) / "reference.csv", Path(folder) / "current.csv"
        plants.write(reference, plants.reference())
        plants.write(current, plants.current())
        reference, current = pd.read_csv(reference), pd.read_csv(current)
    cbpe = nannyml.CBPE(
        problem_type="classification_multiclass",
        y_pred_proba={name: f"p_{name}" for name in plants.CLASSES},
        y_pred="guess",
        y_true="species",
        metrics=[*CBPE, "confusion_matrix"],
        chunk_size=plants.CHUNK,
        normalize_confusion_matrix=unit,
    )
    cbpe.fit(reference)
    cells = [f"true_{a}_pred_{b}" for a in plants.CLASSES for b in plants.CLASSES]
    return told(cbpe.estimate(current), cells if unit != "all" else CBPE + cells)


def main():
    out = {"peer": "nannyml", "version": nannyml.__version__, "python": sys.version.split()[0]}
    loans = DATA / "car_loan"
    cbpe = nannyml.CBPE(
        problem_type="classification_binary",
        y_pred_proba="y_pred_proba",
        y_pred="y_pred",
        y_true="repaid",
        metrics=CBPE,
        chunk_size=5000,
    )
    cbpe.fit(pd.read_parquet(loans / "car_loan_reference.parquet"))
    out["car_loan"] = told(cbpe.estimate(pd.read_parquet(loans / "car_loan_analysis.parquet")), CBPE)
    out["car_loan_calibrated"] = bool(cbpe.needs_calibration)
    out["plants"] = {}
    for unit in ("all", "true", "pred", None):
        out["plants"][unit or "rows"] = three_plants(unit)
    bike = DATA / "bike"
    reference = pd.read_parquet(bike / "bike_reference.parquet")
    current = pd.read_parquet(bike / "bike_production.parquet")
    features = [c for c in reference.columns if c in current.columns]
    features = [c for c in features if c not in ("prediction_id", "timestamp", "model_version", "prediction")]
    for frame in (reference, current):
        for column in frame.select_dtypes(["object", "string"]).columns:
            frame[column] = frame[column].astype("category")
    dle = nannyml.DLE(
        feature_column_names=features,
        y_pred="prediction",
        y_true="label",
        metrics=DLE,
        chunk_size=500,
        tune_hyperparameters=False,
    )
    dle.fit(reference)
    out["bike"] = told(dle.estimate(current), DLE)
    (HERE / "nannyml.json").write_text(json.dumps(out, indent=1) + "\n")
    for name in ("car_loan", "bike"):
        print(name, {m: (v["estimates"][:2], v["alerts"]) for m, v in out[name].items()})


main()
