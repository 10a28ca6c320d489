"""What whylogs says: drift scores of two profiles with its defaults.

Its quantile sketch draws random numbers, so each comparison is made several times.

    python make_whylogs.py    (whylogs==1.6.4)
"""

import json
import sys
from pathlib import Path

import whylogs as why
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores
from whylogs.viz.drift.column_drift_algorithms import Hellinger, KS, ChiSquare

from cases import CASES, load

REPEATS = 5


def scores(reference, current, algorithms=None):
    target = why.log(current).view()
    base = why.log(reference).view()
    kwargs = {"drift_map": algorithms} if algorithms else {}
    return calculate_drift_scores(target_view=target, reference_view=base, with_thresholds=True, **kwargs)


def main():
    out = {"peer": "whylogs", "version": why.__version__ if hasattr(why, "__version__") else "1.6.4", "python": sys.version.split()[0], "cases": {}}
    for case in CASES:
        reference, current, numeric, categorical = load(case)
        answer = {}
        for _ in range(REPEATS):
            for column, score in scores(reference, current).items():
                answer.setdefault(column, []).append(score)
        out["cases"][case] = {"columns": answer}
        print(case, {c: (s[0] or {}).get("drift_category") for c, s in answer.items()})
    Path(__file__).with_name("whylogs.json").write_text(json.dumps(out, indent=1, default=str) + "\n")


main()
