"""The continuous normalising flows of `fit_cnf.sde` and `fit_planar.sde`: points, sizes, and starts of their nets."""

from pathlib import Path

import numpy as np

BATCH, STEPS, RATE = 512, 10, 0.01
WIDTH = 64
SIZES = {
    "CNF": [(3, WIDTH), (WIDTH, WIDTH), (WIDTH, 2)],
    # Of the time; what it gives are two tables of weights, the gates of one of them, and shifts.
    "planar": [(1, 32), (32, 32), (32, 7 * WIDTH)],
}


def points():
    path = Path(__file__).parents[2] / "examples/cnf/moons.npz"
    return np.load(path)["x"].astype(np.float32)


def parameters(flow):
    draw = np.random.default_rng(1)
    limit = lambda i, o: np.sqrt(6 / (i + o))
    matrix = lambda i, o: draw.uniform(-limit(i, o), limit(i, o), (o, i)).astype(np.float32)
    return [(matrix(i, o), np.zeros(o, np.float32)) for i, o in SIZES[flow]]


def batches():
    """Rows of a step, for ever."""
    draw, x = np.random.default_rng(2), points()
    while True:
        order = draw.permutation(len(x))
        for k in range(0, len(x) - BATCH + 1, BATCH):
            yield x[order[k : k + BATCH]]
