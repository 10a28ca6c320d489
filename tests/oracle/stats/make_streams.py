"""Where River and Frouros warn and fire on fixed streams with planted changes.

The streams are made by a recipe that is simple in any language, so only the recipe and
the positions are stored. KSWIN draws samples: River's detector is given the generator
that ours uses, everything else of it is its own.
"""

import importlib.metadata
import json
import pathlib
import warnings

from frouros.detectors import concept_drift as frouros
from river import drift
from river.drift import binary

warnings.filterwarnings("ignore")
MASK = (1 << 64) - 1
SEED = 20261128


def uniforms(seed):
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) & MASK
        yield (state >> 11) * 2.0**-53


def values(seed, segments):
    """Segments of (n, mean from, mean to, sd): sums of twelve uniforms less six."""
    draws = uniforms(seed)
    out = []
    for n, start, end, sd in segments:
        for i in range(n):
            total = 0.0
            for _ in range(12):
                total += next(draws)
            mean = start + (end - start) * (i / n)
            out.append(mean + sd * (total - 6.0))
    return out


def errors(seed, segments):
    """Segments of (n, rate from, rate to)."""
    draws = uniforms(seed)
    out = []
    for n, start, end in segments:
        for i in range(n):
            rate = start + (end - start) * (i / n)
            out.append(1 if next(draws) < rate else 0)
    return out


STREAMS = {
    "levels": ("values", [[8000, 0, 0, 1], [4000, 1, 1, 1], [4000, 1, 1, 2], [4000, -0.5, -0.5, 1]]),
    "ramp": ("values", [[10000, 5, 5, 1], [5000, 5, 8, 1], [5000, 8, 8, 1]]),
    "errors": ("errors", [[10000, 0.1, 0.1], [5000, 0.3, 0.3], [7000, 0.05, 0.05], [8000, 0.05, 0.25]]),
    "quiet": ("errors", [[20000, 0.2, 0.2]]),
    "long": ("errors", [[45000, 0.1, 0.1], [5000, 0.2, 0.2]]),
}
DATA = {
    name: (values if kind == "values" else errors)(SEED, segments)
    for name, (kind, segments) in STREAMS.items()
}


# SplitMix64 and xoshiro256++, as in src/random.rs.
def mix(value):
    z = (value + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def rotated(x, k):
    return ((x << k) | (x >> (64 - k))) & MASK


class OurDraws:
    """Stands in for River's `random.Random`: sample() as ours draws."""

    def __init__(self, seed, n_before):
        self.seed, self.n = seed, n_before

    def sample(self, population, k):
        self.n += 1
        seed = (self.seed + mix(self.n)) & MASK
        state = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            state.append(mix(seed))

        def uniform():
            a, b, c, d = state
            result = (rotated((a + d) & MASK, 23) + a) & MASK
            c, d = c ^ a, d ^ b
            e, f = b ^ c, a ^ d
            state[:] = [f, e, c ^ ((b << 17) & MASK), rotated(d, 45)]
            return (result >> 11) * 2.0**-53

        positions = list(population)
        for i in range(k):
            j = i + int(uniform() * (len(positions) - i))
            positions[i], positions[j] = positions[j], positions[i]
        return positions[:k]


class Kswin(drift.KSWIN):
    def _reset(self):
        super()._reset()
        # The first draw comes with the value that fills the window.
        self._rng = OurDraws(self.seed, self.window_size - 1)


def river_run(detector, data):
    drifts, warned = [], []
    for i, x in enumerate(data):
        detector.update(x)
        if detector.drift_detected:
            drifts.append(i)
        elif getattr(detector, "warning_detected", False):
            warned.append(i)
    return drifts, warned


def frouros_run(detector, data, resets=True):
    drifts, warned = [], []
    for i, x in enumerate(data):
        detector.update(value=x)
        if detector.drift:
            drifts.append(i)
            if resets:
                detector.reset()
        elif getattr(detector, "warning", False):
            warned.append(i)
    return drifts, warned


def runs(indices):
    """[[first, length], …]"""
    out = []
    for i in indices:
        if out and out[-1][0] + out[-1][1] == i:
            out[-1][1] += 1
        else:
            out.append([i, 1])
    return out


cases = []


def case(detector, peer, settings, stream, result):
    drifts, warned = result
    cases.append(
        {"detector": detector, "peer": peer, "settings": settings, "stream": stream,
         "drifts": drifts, "warnings": runs(warned)}
    )
    print(detector, peer, stream, settings, len(drifts), "drifts", drifts[:8], len(runs(warned)), "warnings")


def hits(data):
    return [1 - x for x in data]


for stream in ["errors", "quiet", "long"]:
    data = DATA[stream]
    for settings in [{}, {"warm_start": 50, "warning_threshold": 1.5, "drift_threshold": 2.5}]:
        case("ddm", "river", settings, stream, river_run(binary.DDM(**settings), data))
    for settings in [{}, {"warm_start": 60, "alpha": 0.9, "beta": 0.8}]:
        case("eddm", "river", settings, stream, river_run(binary.EDDM(**settings), data))
    for settings in [{}, {"drift_confidence": 0.01, "warning_confidence": 0.1, "two_sided_test": True}]:
        case("hddm_a", "river", settings, stream, river_run(binary.HDDMA(**settings), data))
    for settings in [{}, {"lambda_val": 0.02, "drift_confidence": 0.0005, "two_sided_test": True}]:
        case("hddm_w", "river", settings, stream, river_run(binary.HDDMW(**settings), data))
    for settings in [{}, {"confidence_level": 1e-4, "short_window_size": 20}, {"sliding_window_size": 60, "confidence_level": 1e-3}]:
        case("fhddm", "river", settings, stream, river_run(binary.FHDDM(**settings), hits(data)))
    for settings in [{}, {"drift_level": 3.0, "warning_level": 2.0, "min_concept_size": 1000, "max_concept_size": 5000, "max_num_instances_warning": 300}]:
        config = frouros.RDDMConfig(**settings)
        case("rddm", "frouros", settings, stream, frouros_run(frouros.RDDM(config=config), data, resets=False))
    for settings in [{}, {"alpha_d": 0.0005, "alpha_w": 0.01, "min_num_instances": 50}]:
        config = frouros.STEPDConfig(**settings)
        case("stepd", "frouros", settings, stream, frouros_run(frouros.STEPD(config=config), data))
    for settings in [{}, {"average_run_length": 100, "warning_level": 0.8}, {"average_run_length": 1000, "lambda_": 0.1}]:
        config = frouros.ECDDWTConfig(**settings)
        case("ecdd", "frouros", settings, stream, frouros_run(frouros.ECDDWT(config=config), data))

for stream in ["levels", "ramp", "errors"]:
    data = DATA[stream]
    for settings in [{}, {"delta": 0.2, "clock": 1, "max_buckets": 3}, {"delta": 0.05, "clock": 8, "min_window_length": 20, "grace_period": 100}]:
        case("adwin", "river", settings, stream, river_run(drift.ADWIN(**settings), data))

for stream in ["levels", "ramp"]:
    data = DATA[stream]
    for settings in [{}, {"threshold": 20.0, "delta": 0.1, "mode": "up"}, {"threshold": 10.0, "delta": 0.3, "alpha": 1.0, "mode": "down"}]:
        case("page_hinkley", "river", settings, stream, river_run(drift.PageHinkley(**settings), data))
    for settings in [{}, {"lambda_": 20.0, "delta": 0.05, "alpha": 0.999}]:
        config = frouros.PageHinkleyConfig(**settings)
        case("page_hinkley", "frouros", settings, stream, frouros_run(frouros.PageHinkley(config=config), data))
    for settings in [{}, {"lambda_": 10.0, "delta": 0.3, "min_num_instances": 50}]:
        config = frouros.CUSUMConfig(**settings)
        case("cusum", "frouros", settings, stream, frouros_run(frouros.CUSUM(config=config), data))
    for settings in [{}, {"alpha": 0.95, "lambda_": 0.6}]:
        config = frouros.GeometricMovingAverageConfig(**settings)
        case("ewma", "frouros", settings, stream, frouros_run(frouros.GeometricMovingAverage(config=config), data))
    for settings in [{"seed": 7}, {"seed": 8, "alpha": 0.0001, "window_size": 80, "stat_size": 40}]:
        case("kswin", "river", settings, stream, river_run(Kswin(**settings), data))

document = {
    "tools": {name: importlib.metadata.version(name) for name in ["river", "frouros", "numpy", "scipy"]},
    "seed": SEED,
    "tolerance": "positions are equal",
    "streams": [{"name": name, "kind": kind, "segments": segments} for name, (kind, segments) in STREAMS.items()],
    "cases": cases,
}
path = pathlib.Path(__file__).with_name("streams.json")
path.write_text(json.dumps(document, separators=(",", ":")).replace('{"detector"', '\n{"detector"') + "\n")
print(path.stat().st_size, "bytes")
