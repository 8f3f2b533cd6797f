"""The continuous normalising flow of `fit_cnf.sde`: points, sizes, and the start of a net 3-64-64-2."""

from pathlib import Path

import numpy as np

BATCH, STEPS, RATE = 512, 10, 0.01
SIZES = [(3, 64), (64, 64), (64, 2)]


def points():
    path = Path(__file__).parents[2] / "examples/cnf/moons.npz"
    return np.load(path)["x"].astype(np.float32)


def parameters():
    draw = np.random.default_rng(1)
    limit = lambda i, o: np.sqrt(6 / (i + o))
    matrix = lambda i, o: draw.uniform(-limit(i, o), limit(i, o), (o, i)).astype(np.float32)
    return [(matrix(i, o), np.zeros(o, np.float32)) for i, o in SIZES]


def batches():
    """Rows of a step, for ever."""
    draw, x = np.random.default_rng(2), points()
    while True:
        order = draw.permutation(len(x))
        for k in range(0, len(x) - BATCH + 1, BATCH):
            yield x[order[k : k + BATCH]]
