"""What NannyML says: univariate drift with its default methods, thresholds and chunks.

    python make_nannyml.py    (nannyml==0.13.1, pandas<3)
"""

import json
import os
import sys
import warnings
from pathlib import Path

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
import nannyml
import pandas as pd

from cases import CASES, load

warnings.filterwarnings("ignore")
CONTINUOUS = ["jensen_shannon", "kolmogorov_smirnov", "wasserstein", "hellinger"]
CATEGORICAL = ["jensen_shannon", "chi2", "hellinger", "l_infinity"]


def number(value):
    return None if value is None or pd.isna(value) else float(value)


def main():
    out = {"peer": "nannyml", "version": nannyml.__version__, "python": sys.version.split()[0], "cases": {}}
    for case in CASES:
        reference, current, numeric, categorical = load(case)
        answer = {}
        calculator = nannyml.UnivariateDriftCalculator(
            column_names=numeric + categorical,
            treat_as_categorical=categorical,
            continuous_methods=CONTINUOUS,
            categorical_methods=CATEGORICAL,
        )
        calculator.fit(reference)
        frame = calculator.calculate(current).filter(period="analysis").to_df()
        for column in numeric + categorical:
            answer[column] = {}
            for method in CONTINUOUS if column in numeric else CATEGORICAL:
                part = frame[column][method]
                answer[column][method] = {
                    "values": [number(v) for v in part["value"]],
                    "upper": number(part["upper_threshold"].iloc[0]),
                    "lower": number(part["lower_threshold"].iloc[0]),
                    "alerts": [bool(a) for a in part["alert"]],
                }
        chunks = frame["chunk"]["chunk"]
        out["cases"][case] = {
            "columns": answer,
            "chunks": [[int(a), int(b)] for a, b in zip(chunks["start_index"], chunks["end_index"])],
        }
        print(case, {c: sum(a["jensen_shannon"]["alerts"]) for c, a in answer.items()})
    Path(__file__).with_name("nannyml.json").write_text(json.dumps(out) + "\n")


main()
