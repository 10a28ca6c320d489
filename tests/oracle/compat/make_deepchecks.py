"""What deepchecks says: FeatureDrift with its defaults, and its other method for each type.

    python make_deepchecks.py    (deepchecks==0.19.1, scikit-learn==1.5.2)
"""

import json
import sys
import warnings
from pathlib import Path

import deepchecks
from deepchecks.tabular import Dataset
from deepchecks.tabular.checks import FeatureDrift

from cases import CASES, load

warnings.filterwarnings("ignore")


def found(reference, current, categorical, **settings):
    check = FeatureDrift(n_samples=10_000_000, **settings).add_condition_drift_score_less_than()
    result = check.run(
        Dataset(reference, cat_features=categorical), Dataset(current, cat_features=categorical)
    )
    return {
        column: {
            "method": value["Method"],
            "value": None if value["Drift score"] is None else float(value["Drift score"]),
        }
        for column, value in result.value.items()
    }, [c.category.value for c in result.conditions_results]


def main():
    out = {"peer": "deepchecks", "version": deepchecks.__version__, "python": sys.version.split()[0], "cases": {}}
    for case in CASES:
        reference, current, numeric, categorical = load(case)
        default, condition = found(reference, current, categorical)
        other, _ = found(
            reference, current, categorical, numerical_drift_method="EMD", categorical_drift_method="PSI"
        )
        out["cases"][case] = {"columns": default, "other": other, "condition": condition}
        print(case, condition)
    Path(__file__).with_name("deepchecks.json").write_text(json.dumps(out, indent=1) + "\n")


main()
