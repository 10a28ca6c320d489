"""What Evidently says: DataDriftPreset with its defaults, and every method by name.

    python make_evidently.py    (evidently==0.7.23, pandas<3)
"""

import json
import sys
from pathlib import Path

import evidently
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift
from evidently.presets import DataDriftPreset

from cases import CASES, load

NUMERIC = ["ks", "wasserstein", "jensenshannon", "kl_div", "psi", "hellinger", "anderson", "cramer_von_mises", "mannw", "t_test", "es"]
CATEGORICAL = ["chisquare", "jensenshannon", "kl_div", "psi", "hellinger"]


def found(metric):
    config = metric["config"]
    return {"method": config.get("method"), "threshold": config.get("threshold"), "value": float(metric["value"])}


def main():
    out = {"peer": "evidently", "version": evidently.__version__, "python": sys.version.split()[0], "cases": {}}
    for case in CASES:
        reference, current, numeric, categorical = load(case)
        definition = DataDefinition(numerical_columns=numeric, categorical_columns=categorical)
        ref = Dataset.from_pandas(reference, data_definition=definition)
        cur = Dataset.from_pandas(current, data_definition=definition)
        default = Report([DataDriftPreset()]).run(cur, ref).dict()
        answer = {"columns": {}, "methods": {}}
        for metric in default["metrics"]:
            kind = metric["config"]["type"]
            if kind.endswith("DriftedColumnsCount"):
                answer["drifted"] = metric["value"]
            elif kind.endswith("ValueDrift"):
                answer["columns"][metric["config"]["column"]] = found(metric)
        for column in numeric + categorical:
            answer["methods"][column] = {}
            for method in NUMERIC if column in numeric else CATEGORICAL:
                try:
                    one = Report([ValueDrift(column=column, method=method)]).run(cur, ref).dict()
                    answer["methods"][column][method] = found(one["metrics"][0])
                except Exception as error:  # what it refuses is part of its behaviour
                    answer["methods"][column][method] = {"error": str(error)[:120]}
        out["cases"][case] = answer
        print(case, answer.get("drifted"))
    Path(__file__).with_name("evidently.json").write_text(json.dumps(out, indent=1) + "\n")


main()
