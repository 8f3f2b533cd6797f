"""numba: loops, compiled with relaxed arithmetic and run in parallel."""

import sys

import numba
import numpy as np
from serve import serve


@numba.njit(fastmath=True, parallel=True)
def lorenz(paths, steps):
    dt = 1e-3
    scale = 0.15 * dt**0.5
    ends = np.zeros(paths)
    for i in numba.prange(paths):
        x = y = z = 1.0
        for _ in range(steps):
            fx, fy, fz = 10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z
            x += fx * dt + scale * x * np.random.randn()
            y += fy * dt + scale * y * np.random.randn()
            z += fz * dt + scale * z * np.random.randn()
        ends[i] = x
    return ends.mean()


works = {"W1b": (lambda: [lorenz(20_000, 1000)], 20_000)}
serve({"numba": numba.__version__}, *works[sys.argv[1]])
