"""What Scouter says: PSI of every column with its default binning. Its server raises the alarm:
the chi-square threshold of the default alert is computed here from its published rule.

    python make_scouter.py    (scouter-ml==0.25.0, scipy for the threshold)
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
from scouter import Drifter, PsiDriftConfig

from cases import CASES, load


def main():
    out = {"peer": "scouter", "version": version("scouter-ml"), "python": sys.version.split()[0], "cases": {}}
    for case in CASES:
        reference, current, numeric, categorical = load(case)
        # It takes no missing numbers: rows with one are left out, column by column.
        answer = {}
        for column in numeric + categorical:
            settings = PsiDriftConfig(
                name="case",
                space="test",
                version="0.1.0",
                categorical_features=[column] if column in categorical else [],
            )
            ref = pa.table({column: pa.array(reference[column].dropna().to_list())})
            cur = pa.table({column: pa.array(current[column].dropna().to_list())})
            try:
                profile = Drifter().create_drift_profile(ref, config=settings)
                psi = Drifter().compute_drift(cur, profile).features[column]
                bins = len(profile.features[column].bins)
                answer[column] = {"value": float(psi), "bins": bins, "n": cur.num_rows}
            except Exception as error:  # what it refuses is part of its behaviour
                answer[column] = {"error": str(error)[:200]}
        out["cases"][case] = {"columns": answer}
        print(case, answer)
    Path(__file__).with_name("scouter.json").write_text(json.dumps(out, indent=1) + "\n")


main()
