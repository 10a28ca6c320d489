"""Makes series.json: decompositions, smoothing, change points and saliency by others' programs."""

import json
import math

import numpy as np
import ruptures
import scipy
import statsmodels
from scipy import stats
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.seasonal import MSTL, STL

SEED = 20260731
rng = np.random.default_rng(SEED)


def series(n, periods, noise, outliers=0):
    t = np.arange(n)
    x = 10 + 0.02 * t + noise * rng.normal(size=n)
    for i, p in enumerate(periods):
        x = x + (3 - i) * np.sin(2 * np.pi * t / p + i)
    for at in rng.integers(0, n, size=outliers):
        x[at] += 12
    return np.round(x, 3)


def stl_cases():
    cases = []
    for n, period, seasonal, robust, jumps, outliers in [
        (60, 7, 7, False, (1, 1), 0),
        (97, 12, 13, False, (1, 1), 0),
        (120, 12, 7, True, (1, 1), 3),
        (75, 24, 7, False, (1, 1), 0),
        (150, 12, 11, False, (3, 2), 0),
        (140, 7, 7, True, (4, 3), 4),
    ]:
        x = series(n, [period], 0.7, outliers)
        fit = STL(x, period=period, seasonal=seasonal, robust=robust, trend_jump=jumps[0], low_pass_jump=jumps[1]).fit()
        cases.append(
            dict(values=x.tolist(), period=period, seasonal=seasonal, robust=robust, trend_jump=jumps[0],
                 low_pass_jump=jumps[1], expected_seasonal=fit.seasonal.tolist(),
                 expected_trend=fit.trend.tolist(), expected_weights=fit.weights.tolist())
        )
    return cases


def mstl_cases():
    cases = []
    for n, periods, robust in [(140, [7, 30], False), (120, [12], False), (130, [6, 20], True)]:
        x = series(n, periods, 0.5, 2)
        fit = MSTL(x, periods=periods, stl_kwargs=dict(robust=robust)).fit()
        seasonal = np.asarray(fit.seasonal).reshape(n, -1).T
        cases.append(dict(values=x.tolist(), periods=periods, robust=robust,
                          expected_seasonal=seasonal.tolist(), expected_trend=np.asarray(fit.trend).tolist()))
    return cases


def ets_cases():
    cases = []
    for trend, damped, period in [
        (False, False, None), (True, False, None), (True, True, None),
        (False, False, 4), (True, False, 7), (True, True, 7),
    ]:
        x = series(90, [period] if period else [], 0.6)
        model = ETSModel(x, error="add", trend="add" if trend else None, damped_trend=damped,
                         seasonal="add" if period else None, seasonal_periods=period,
                         initialization_method="known",
                         initial_level=10.0, **(dict(initial_trend=0.05) if trend else {}),
                         **(dict(initial_seasonal=list(np.round(np.sin(np.arange(period)), 3))) if period else {}))
        names = model.param_names
        chosen = dict(smoothing_level=0.3, smoothing_trend=0.1, smoothing_seasonal=0.2, damping_trend=0.9)
        params = [chosen[name] if name in chosen else None for name in names]
        start = model.start_params
        params = [start[i] if p is None else p for i, p in enumerate(params)]
        result = model.smooth(params)
        best = model.fit(disp=False, maxiter=2000)
        cases.append(dict(
            values=x.tolist(), trend=trend, damped=damped, period=period,
            alpha=0.3, beta=0.1 if trend else 0.0, gamma=0.2 if period else 0.0, phi=0.9 if damped else 1.0,
            level=10.0, slope=0.05 if trend else 0.0,
            season=list(np.round(np.sin(np.arange(period)), 3)) if period else [],
            ln_likelihood=float(model.loglike(np.asarray(params))),
            forecast=float(result.forecast(1)[0]), best_ln_likelihood=float(best.llf)))
    return cases


class NormalCost(ruptures.base.BaseCost):
    """n ln of the mean square about the mean."""

    model = ""
    min_size = 2

    def fit(self, signal):
        self.signal = signal
        self.floor = 1e-6 * signal.var()
        return self

    def error(self, start, end):
        return (end - start) * math.log(max(self.signal[start:end].var(), self.floor))


def pelt_cases():
    cases = []
    for levels, sds, lengths, cost, min_size in [
        ([0, 3, -1, 2], [1, 1, 1, 1], [40, 60, 30, 50], "mean", 2),
        ([0, 0.5, 0], [1, 1, 1], [70, 50, 60], "mean", 1),
        ([5, 5, 5], [1, 4, 0.5], [60, 60, 60], "mean_and_variance", 3),
        ([0, 2, 2], [1, 1, 3], [50, 50, 80], "mean_and_variance", 5),
        ([1, 1], [1, 1], [80, 80], "mean_and_variance", 2),
    ]:
        x = np.concatenate([rng.normal(m, s, n) for m, s, n in zip(levels, sds, lengths)]).round(4)
        step_sd = 1.482602218505602 * np.median(np.abs(np.diff(x))) / math.sqrt(2)
        penalty = (2 * step_sd**2 if cost == "mean" else 3) * math.log(len(x))
        chosen = dict(model="l2") if cost == "mean" else dict(custom_cost=NormalCost())
        found = ruptures.Dynp(min_size=min_size, jump=1, **chosen)
        pelt = ruptures.Pelt(min_size=min_size, jump=1, **chosen).fit(x.reshape(-1, 1)).predict(pen=penalty)
        cases.append(dict(values=x.tolist(), cost=cost, min_size=min_size, penalty=penalty, changes=pelt[:-1]))
    return cases


def saliency(x):
    """H. Ren et al. (2019), with NumPy."""
    f = np.fft.fft(x)
    amplitude = np.maximum(np.abs(f), 1e-8)
    log = np.log(amplitude)
    padded = np.pad(log, 1, mode="edge")
    residual = log - np.convolve(padded, np.ones(3) / 3, mode="valid")
    return np.abs(np.fft.ifft(np.exp(residual + 1j * np.angle(f))))


def saliency_score_of_last(x):
    x = np.asarray(x)
    slope = np.mean([(x[-1] - x[-1 - i]) / i for i in range(1, 6)])
    longer = np.concatenate([x, [x[-5] + 5 * slope] * 5])
    s = saliency(longer)
    n = len(x)
    mean = s[n - 22 : n - 1].mean()
    return (s[n - 1] - mean) / mean


def saliency_cases():
    cases = []
    for n, window in [(59, 59), (64, 59), (80, 40), (100, 251)]:
        x = series(n, [12], 0.5, 3)
        scores = [0.0] * 31 + [float(saliency_score_of_last(x[max(0, i - window) : i])) for i in range(32, n + 1)]
        cases.append(dict(values=x.tolist(), window=window, map=saliency(x).tolist(), scores=scores))
    return cases


def esd_cases():
    cases = []
    for n, outliers, share, alpha in [(30, 1, 0.2, 0.05), (80, 4, 0.1, 0.05), (50, 0, 0.2, 0.01), (200, 9, 0.05, 0.001)]:
        x = np.round(rng.normal(size=n), 4)
        x[rng.choice(n, outliers, replace=False)] += rng.choice([-1, 1], outliers) * rng.uniform(5, 9, outliers).round(4)
        rest = list(range(n))
        taken, last = [], 0
        for i in range(1, int(share * n) + 1):
            v = x[rest]
            far = np.abs(v - np.median(v))
            mad = 1.482602218505602 * np.median(far)
            k = int(np.argmax(far))
            left = n - i + 1
            t = stats.t.isf(alpha / (2 * left), left - 2)
            limit = (left - 1) * t / math.sqrt((left - 2 + t * t) * left)
            taken.append(rest.pop(k))
            if far[k] / mad > limit:
                last = i
        cases.append(dict(values=x.tolist(), max_share=share, alpha=alpha, outliers=taken[:last]))
    return cases


def bocpd_cases():
    """Adams and MacKay's recursion without any pruning."""
    cases = []
    for expected_run, lengths in [(50.0, [30, 30]), (250.0, [60, 40])]:
        x = np.concatenate([rng.normal(3 * i, 1 + i, n) for i, n in enumerate(lengths)]).round(4)
        mean, strength, shape, rate = 0.5, 0.1, 1.0, 1.2
        m, k, a, b = (np.array([v]) for v in (mean, strength, shape, rate))
        p = np.array([1.0])
        h = 1 / expected_run
        steps = []
        for i, v in enumerate(x):
            scale = np.sqrt(b * (k + 1) / (a * k))
            t = (v - m) / scale
            expected = float(np.sum(p * m))
            above = float(np.sum(p * stats.t.sf(t, 2 * a)))
            density = stats.t.pdf(t, 2 * a) / scale
            grown, change = p * density * (1 - h), float(np.sum(p * density) * h)
            b = np.concatenate([[rate], b + 0.5 * k * (v - m) ** 2 / (k + 1)])
            m = np.concatenate([[mean], (k * m + v) / (k + 1)])
            k, a = np.concatenate([[strength], k + 1]), np.concatenate([[shape], a + 0.5])
            p = np.concatenate([[change], grown])
            evidence = p.sum()
            p = p / evidence
            steps.append(dict(expected=expected, tail=2 * min(above, 1 - above), ln_evidence=math.log(evidence),
                              run_length=int(np.argmax(p)), change_probability=float(p[: min(10, i + 1)].sum())))
        cases.append(dict(values=x.tolist(), expected_run=expected_run, prior=[mean, strength, shape, rate], steps=steps))
    return cases


out = dict(
    tools=dict(statsmodels=statsmodels.__version__, ruptures=ruptures.__version__, numpy=np.__version__, scipy=scipy.__version__),
    seed=SEED,
    stl=stl_cases(), mstl=mstl_cases(), ets=ets_cases(), pelt=pelt_cases(),
    saliency=saliency_cases(), esd=esd_cases(), bocpd=bocpd_cases(),
)
with open("series.json", "w") as f:
    json.dump(out, f, separators=(",", ":"))
    f.write("\n")
