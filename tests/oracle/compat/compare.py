"""Does `trimtab check --compat PEER` say what the peer itself said?

    python compare.py [--table]    (TRIMTAB names the binary; skipped without ../shared/data)

Values agree to 1e-9 relative. whylogs draws random numbers: its value must lie within 0.02 of
ours, and our category among those of its repeats. `--table` prints the counts as Markdown.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
TRIMTAB = os.environ.get("TRIMTAB", "trimtab")
EVIDENTLY = {
    "ks": "ks",
    "wasserstein": "wasserstein",
    "jensenshannon": "jensen_shannon",
    "kl_div": "kl",
    "psi": "psi",
    "hellinger": "hellinger",
    "chisquare": "chi2",
}
NANNYML = {
    "jensen_shannon": "jensen_shannon",
    "kolmogorov_smirnov": "ks",
    "wasserstein": "wasserstein",
    "hellinger": "hellinger",
    "chi2": "chi2",
    "l_infinity": "l_infinity",
}
DEEPCHECKS = {
    "Kolmogorov-Smirnov": "ks",
    "Cramer's V": "cramers_v",
    "PSI": "psi",
    "Earth Mover's Distance": "wasserstein",
}
counts = {}
wrong = []


def truth(peer):
    return json.loads((HERE / f"{peer}.json").read_text())["cases"]


def near(ours, theirs):
    if ours is None or theirs is None:
        # Infinite statistics are absent in ours.
        return ours is None and (theirs is None or not math.isfinite(theirs))
    return abs(ours - theirs) <= 1e-9 * max(abs(theirs), 1e-3)


def check(files, peer, method=None):
    reference, current, numeric, categorical = files
    command = [TRIMTAB, "check", reference, current, "--compat", peer, "--output", "json"]
    command += ["--numeric", ",".join(numeric)] if numeric else []
    command += ["--categorical", ",".join(categorical)] if categorical else []
    command += ["--method", method] if method else []
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode > 1:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    report = json.loads(done.stdout)
    return {column["name"]: column for column in report["columns"]}, report


def agree(peer, what, is_right, *facts):
    counts.setdefault(peer, [0, 0])
    counts[peer][0] += 1
    if not is_right:
        counts[peer][1] += 1
        wrong.append((peer, *what, *facts))


def evidently(case, files, ask):
    told = truth("evidently")[case]
    columns, report = ask(files, "evidently")
    for name, theirs in told["columns"].items():
        ours = columns[name]["results"][0]
        value = ours["p_value"] if ours["p_value"] is not None else ours["statistic"]
        is_test = ours["p_value"] is not None
        inclusive = ours["method"] == "ks"
        if is_test:
            drift = theirs["value"] <= theirs["threshold"] if inclusive else theirs["value"] < theirs["threshold"]
        else:
            drift = theirs["value"] >= theirs["threshold"]
        same = near(value, theirs["value"]) and (columns[name]["decision"] == "drift") == drift
        agree("evidently", (case, name), same, ours, theirs)
    share = told["drifted"]["share"]
    agree("evidently", (case, "data set"), (report["decision"] == "drift") == (share >= 0.5), share)
    for method, ours_name in EVIDENTLY.items():
        columns, _ = ask(files, "evidently", ours_name)
        for name, methods in told["methods"].items():
            if method not in methods or "error" in methods[method]:
                continue
            ours = columns[name]["results"][0]
            value = ours["p_value"] if ours["p_value"] is not None else ours["statistic"]
            agree("evidently", (case, name, method), near(value, methods[method]["value"]), ours, methods[method])


def nannyml(case, files, ask):
    told = truth("nannyml")[case]["columns"]
    for method, ours_name in NANNYML.items():
        columns, _ = ask(files, "nannyml", ours_name)
        for name, methods in told.items():
            if method not in methods:
                continue
            theirs, ours = methods[method], columns[name]["results"]
            values = len(ours) == len(theirs["values"]) and all(
                near(a["statistic"], b) for a, b in zip(ours, theirs["values"])
            )
            limits = method == "chi2" or near(ours[0]["threshold"], theirs["upper"])
            alerts = [a["variant"].split(":")[0].endswith(", drift") for a in ours]
            agree("nannyml", (case, name, method), values and limits and alerts == theirs["alerts"], theirs)


def deepchecks(case, files, ask):
    told = truth("deepchecks")[case]
    columns, report = ask(files, "deepchecks")
    for name, theirs in told["columns"].items():
        ours = columns[name]["results"][0]
        same = ours["method"] == DEEPCHECKS[theirs["method"]] and near(ours["statistic"], theirs["value"])
        same = same and (columns[name]["decision"] == "drift") == (theirs["value"] >= 0.2)
        agree("deepchecks", (case, name), same, ours, theirs)
    agree("deepchecks", (case, "data set"), (report["decision"] == "drift") == (told["condition"] == ["FAIL"]))
    for ours_name in ("wasserstein", "psi"):
        columns, _ = ask(files, "deepchecks", ours_name)
        for name, theirs in told["other"].items():
            if DEEPCHECKS[theirs["method"]] == ours_name:
                ours = columns[name]["results"][0]
                agree("deepchecks", (case, name, ours_name), near(ours["statistic"], theirs["value"]), ours, theirs)


def whylogs(case, files, ask):
    told = truth("whylogs")[case]["columns"]
    columns, _ = ask(files, "whylogs")
    for name, repeats in told.items():
        ours = columns[name]["results"][0]
        p = 0.0 if ours["p_value"] is None else ours["p_value"]
        category = "DRIFT" if p < 0.05 else "POSSIBLE_DRIFT" if p < 0.15 else "NO_DRIFT"
        same = category in {repeat["drift_category"] for repeat in repeats}
        if ours["method"] == "ks":
            same = same and abs(ours["statistic"] - repeats[0]["statistic"]) < 0.02
        else:
            same = same and near(ours["statistic"], repeats[0]["statistic"])
        agree("whylogs", (case, name), same, ours, repeats[0])


def scouter(case, files, ask):
    columns, _ = ask(files, "scouter")
    for name, theirs in truth("scouter")[case]["columns"].items():
        if "error" in theirs:
            continue
        ours = columns[name]["results"][0]
        # Its server raises the alarm: by the chi-square quantile over the current rows.
        same = near(ours["statistic"], theirs["value"])
        same = same and (columns[name]["decision"] == "drift") == (theirs["value"] >= ours["threshold"])
        agree("scouter", (case, name), same, ours, theirs)


def main():
    from cases import CASES, DATA, load

    if not DATA.is_dir():
        print(f"skipped: the sample data are not at {DATA}")
        return
    with tempfile.TemporaryDirectory() as folder:
        jobs = []
        for case in CASES:
            reference, current, numeric, categorical = load(case)
            paths = [f"{folder}/{case}_{side}.parquet" for side in ("reference", "current")]
            reference.to_parquet(paths[0])
            current.to_parquet(paths[1])
            jobs.append((case, (*paths, numeric, categorical)))
        with ThreadPoolExecutor(2) as pool:
            list(
                pool.map(
                    lambda job: [peer(*job, check) for peer in (evidently, nannyml, deepchecks, whylogs, scouter)],
                    jobs,
                )
            )
    for row in wrong[:20]:
        print("differs:", *row)
    if "--table" in sys.argv:
        print("| peer | compared | differ |\n|---|---|---|")
        for peer, (n, bad) in counts.items():
            print(f"| {peer} | {n} | {bad} |")
    print(f"{sum(n for n, _ in counts.values())} answers of five peers compared, {len(wrong)} differ")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
