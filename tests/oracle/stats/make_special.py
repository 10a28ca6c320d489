"""Expected values of special functions and laws, from SciPy."""

import json
import pathlib

import numpy as np
import scipy
from scipy import special, stats

cases = []


def add(function, args, expected):
    if np.isfinite(expected):
        cases.append({"function": function, "args": [float(a) for a in args], "expected": float(expected)})


for x in [1e-8, 0.01, 0.3, 0.5, 0.99, 1.5, 2.5, 7.0, 14.99, 15.0, 33.3, 1e3, 1e6]:
    add("ln_gamma", [x], special.gammaln(x))
for a in [0.01, 0.2, 0.5, 1.0, 2.5, 10.0, 60.0, 500.0]:
    for factor in [1e-6, 0.01, 0.3, 0.9, 1.0, 1.1, 2.0, 5.0, 30.0]:
        x = a * factor
        tail = special.gammaincc(a, x)
        if tail > 0:
            add("ln_gamma_q", [a, x], np.log(tail))
for df in [1, 2, 5, 15, 90, 1000]:
    for tail in [0.9, 0.5, 0.05, 1e-3, 1e-12, 1e-60, 1e-280]:
        add("ln_chi_squared_sf", [stats.chi2.isf(tail, df), df], stats.chi2.logsf(stats.chi2.isf(tail, df), df))
for a in [0.05, 0.3, 1.0, 3.0, 40.0]:
    for tail in [0.999, 0.9, 0.5, 0.1, 1e-3, 1e-8, 1e-30, 1e-200]:
        add("gamma_quantile_upper", [a, np.log(tail)], special.gammainccinv(a, tail))
for z in [-30.0, -3.0, -0.5, 0.0, 0.2, 1.0, 1.96, 5.0, 12.0, 37.0, 100.0]:
    add("ln_normal_sf", [z], stats.norm.logsf(z))
for p in [1e-300, 1e-20, 1e-5, 0.02, 0.3, 0.5, 0.9, 0.999]:
    add("normal_quantile", [p], stats.norm.ppf(p))
for df in [1.0, 2.5, 7.0, 30.0, 400.0]:
    for t in [-4.0, -0.5, 0.0, 0.3, 1.7, 4.0, 25.0]:
        add("student_t_sf", [t, df], stats.t.sf(t, df))
for n in [1, 2, 3, 10, 50, 139, 140, 141, 200, 1000, 9963, 100_000, 1_000_000]:
    for effect in [0.001, 0.01, 0.05, 0.1, 0.3, 0.6, 0.75, 0.8, 1.0, 1.5, 2.0, 2.19, 2.21, 3.0, 3.9, 4.1, 8.0, 40.0, 200.0, 330.0]:
        d = (effect / n) ** 0.5
        if d < 1:
            p = stats.kstwo.sf(d, n)
            if p > 1e-290:
                add("kolmogorov_sf", [d, n], p)
    for d in [0.5, 0.7, 0.999]:
        p = stats.kstwo.sf(d, n)
        if p > 1e-290:
            add("kolmogorov_sf", [d, n], p)
for df in [1, 3, 15, 90]:
    # The exact noncentrality; ours is an approximation with its own tolerance.
    critical = stats.chi2.isf(0.05, df)
    low, high = 0.0, 1000.0
    for _ in range(100):
        middle = (low + high) / 2
        if stats.ncx2.sf(critical, df, middle) < 0.8:
            low = middle
        else:
            high = middle
    add("chi_squared_noncentrality", [df, 0.05, 0.8], low)

document = {
    "tools": {"scipy": scipy.__version__, "numpy": np.__version__},
    "tolerance": "1e-9 relative (plus 1e-13 absolute); 1e-6 for kolmogorov_sf; 2 % for chi_squared_noncentrality",
    "cases": cases,
}
path = pathlib.Path(__file__).with_name("special.json")
path.write_text(json.dumps(document) + "\n")
print(len(cases), "cases")
