"""The net of W3: the parameters that `neural_sde.sde` starts from, in single precision."""

import numpy as np

N, H, PATHS, STEPS = 8, 64, 512, 100


def parameters():
    i, j, n = np.arange(H)[:, None], np.arange(H)[None, :], np.arange(N)
    single = lambda x: x.astype(np.float32)
    return {
        "A": single(0.35 * np.sin(1.3 * i + 2.7 * n[None, :] + 0.1)),
        "a": np.zeros(H, np.float32),
        "B": single(0.12 * np.sin(0.7 * i - 1.9 * j + 0.3)),
        "b": np.zeros(H, np.float32),
        "C": single(0.12 * np.sin(2.1 * n[:, None] + 0.9 * j + 0.7)),
        "c": np.zeros(N, np.float32),
        "s": np.zeros(N, np.float32),
    }


def start():
    return np.random.default_rng(1).standard_normal((PATHS, N)).astype(np.float32)


def answer(value, gradient):
    """What is compared: the value and its derivatives in `s`, `c` and `a`."""
    return [value, *(x for name in "sca" for x in gradient[name])]
