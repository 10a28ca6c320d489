"""Rows of a made-up classifier of three plants: the same bytes wherever they are made.

Its scores are too sure, so that they need calibrating; later chunks are harder to tell apart.
"""

import math
import random

CLASSES = ["birch", "oak", "pine"]
N_REFERENCE, N_CURRENT, CHUNK = 6_000, 4_000, 1_000


def row(rng, spread):
    weights = [math.exp(spread * rng.random()) for _ in CLASSES]
    true = [w / sum(weights) for w in weights]
    label = rng.choices(CLASSES, weights=true)[0]
    sure = [p**1.6 for p in true]
    scores = [round(s / sum(sure), 12) for s in sure]
    return scores, CLASSES[scores.index(max(scores))], label


def rows(seed, spreads):
    """One header and rows of text: the scores, the decision, the label."""
    rng = random.Random(seed)
    yield ["p_birch", "p_oak", "p_pine", "guess", "species"]
    for spread in spreads:
        scores, guess, label = row(rng, spread)
        yield [repr(s) for s in scores] + [guess, label]


def reference():
    return rows(41, [4.0] * N_REFERENCE)


def current():
    return rows(42, [4.0 - (i // CHUNK) for i in range(N_CURRENT)])


def write(path, table):
    path.write_text("".join(",".join(cells) + "\n" for cells in table))
