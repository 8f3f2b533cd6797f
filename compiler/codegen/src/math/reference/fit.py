"""Fits the polynomials of the project's mathematics: `python3 fit.py [NAME…]` (needs mpmath).

Each is the minimax polynomial of a function h on an interval under a weight, found by Remez
exchange in 70 digits. Coefficients are then rounded to the working precision one at a time, lowest
first, the rest being fitted again after each, so that later ones make up for the rounding of
earlier ones. Prints decimal (shortest that reads back) and hexadecimal coefficients and the largest
weighted error.
"""

import struct
import sys

from functools import cache

from mpmath import (
    atan, cos, digamma, erf, erfc, euler, exp, expm1, findroot, log, log1p, loggamma, lu_solve, matrix, mp, mpf, pi,
    polygamma, sin, sqrt, tanh,
)

mp.dps = 70


def to_f32(x):
    """The nearest single, as a mpf."""
    m, e = mp.frexp(x)
    return mp.ldexp(mp.nint(mp.ldexp(m, 24)), e - 24)


def to_f64(x):
    """The nearest double, as a mpf."""
    return mpf(float(x))


def remez(h, w, a, b, n, points=700):
    """Coefficients c[0..n] of the polynomial that minimises max |w (P - h)| on [a, b]."""
    grid = [(a + b) / 2 + (b - a) / 2 * cos(pi * (k + mpf(1) / 2) / points) for k in range(points)]
    grid.reverse()
    hs, ws = [h(x) for x in grid], [abs(w(x)) for x in grid]
    m = n + 2
    picks = [int((points - 1) * (1 - cos(pi * k / (m - 1))) / 2) for k in range(m)]
    picks = sorted(set(picks)) if len(set(picks)) == m else [k * (points - 1) // (m - 1) for k in range(m)]
    best = None
    for _ in range(60):
        rows = matrix(m, m)
        rhs = matrix(m, 1)
        for i, k in enumerate(picks):
            for j in range(n + 1):
                rows[i, j] = ws[k] * grid[k] ** j
            rows[i, n + 1] = (-1) ** i
            rhs[i] = ws[k] * hs[k]
        solution = lu_solve(rows, rhs)
        c = [solution[j] for j in range(n + 1)]
        errors = [ws[k] * (mp.polyval(c[::-1], x) - hs[k]) for k, x in enumerate(grid)]
        worst = max(abs(e) for e in errors)
        if best is None or worst < best[0]:
            best = (worst, c)
        if worst < abs(solution[n + 1]) * mpf("1.0005"):
            break
        # One extremum for each run of equal signs, then the best alternating window of m of them.
        runs = []
        for k, e in enumerate(errors):
            if runs and (errors[runs[-1]] > 0) == (e > 0):
                if abs(e) > abs(errors[runs[-1]]):
                    runs[-1] = k
            else:
                runs.append(k)
        if len(runs) < m:
            break
        while len(runs) > m:
            runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
        picks = runs
    return best[1], best[0]


def fit(name, h, w, a, b, n, precision, fixed=(), together=False):
    """Prints the rounded minimax polynomial of degree n whose first coefficients are `fixed`.

    `together`: all coefficients are rounded at once, where fitting again does not converge.
    """
    a, b = mpf(a), mpf(b)
    rounded = [mpf(c) for c in fixed]
    rounding = to_f32 if precision == 32 else to_f64

    def rest(done):
        j = len(done)
        target = lambda x: (h(x) - mp.polyval(done[::-1], x)) / x**j if j else h(x)
        return remez(target, lambda x: w(x) * x**j, a, b, n - j)

    first, free = rest(rounded)
    if together:
        rounded += [rounding(c) for c in first]
    while len(rounded) <= n:
        rounded.append(rounding(rest(rounded)[0][0]))
    points = 3000
    grid = [a + (b - a) * k / points for k in range(1, points + 1)]
    worst = max(abs(w(x) * (mp.polyval(rounded[::-1], x) - h(x))) for x in grid if x != 0)
    print(f"{name}: degree {n}, error 2^{float(log(worst, 2)):.2f} (unrounded 2^{float(log(free, 2)):.2f})")
    for c in rounded:
        text = repr(float(c))
        if precision == 32:
            for digits in range(6, 13):
                text = f"{float(c):.{digits}g}"
                if struct.unpack("f", struct.pack("f", float(text)))[0] == float(c):
                    break
        print(f"    {text},  // {float(c).hex()}")


def log_tail(f):
    """(log(1 + f) - f + f²/2) / f³"""
    if abs(f) < mpf("1e-12"):
        return mpf(1) / 3 - f / 4
    return (log1p(f) - f + f * f / 2) / f**3


def atanh_tail(z):
    """(log((1 + s) / (1 - s)) - 2 s) / (s z), z = s²"""
    if z < mpf("1e-20"):
        return mpf(2) / 3 + 2 * z / 5
    s = sqrt(z)
    return (log((1 + s) / (1 - s)) - 2 * s) / (s * z)


def exp_tail(r):
    """(exp r - 1 - r) / r²"""
    return mpf(1) / 2 + r / 6 if abs(r) < mpf("1e-15") else (expm1(r) - r) / (r * r)


def sin_tail(z):
    """(sin r - r) / r³, z = r²"""
    r = sqrt(z)
    return -mpf(1) / 6 + z / 120 if z < mpf("1e-20") else (sin(r) - r) / (r * z)


def cos_tail(z):
    """(cos r - 1 + r²/2) / r⁴, z = r²"""
    r = sqrt(z)
    return mpf(1) / 24 - z / 720 if z < mpf("1e-15") else (cos(r) - 1 + z / 2) / (z * z)


def scaled_erfc(centre):
    """(1 + 2 x) exp(x²) erfc x as a function of t = (x - centre) / (x + centre)"""
    def h(t):
        x = centre * (1 + t) / (1 - t)
        return (1 + 2 * x) * exp(x * x) * erfc(x)
    return h


def erf_tail(z):
    """erf(x) / x - 1, z = x²"""
    x = sqrt(z)
    return (2 / sqrt(pi) * (1 - z / 3) if z < mpf("1e-20") else erf(x) / x) - 1


def tanh_tail(z):
    """(tanh(x) / x - 1) / z, z = x²"""
    x = sqrt(z)
    return -mpf(1) / 3 + 2 * z / 15 if z < mpf("1e-20") else (tanh(x) / x - 1) / z


def atan_tail(z):
    """(atan(s) / s - 1) / z, z = s²"""
    s = sqrt(z)
    return -mpf(1) / 3 + z / 5 if z < mpf("1e-20") else (atan(s) / s - 1) / z


@cache
def lgamma_near(z):
    """(lgamma(2 + z) / z - (1 - γ)) / z"""
    return (pi**2 / 6 - 1) / 2 if abs(z) < mpf("1e-25") else (loggamma(2 + z) / z - 1 + euler) / z


@cache
def lgamma_far(w):
    """x (lgamma x - ((x - ½) log x - x + ½ log 2π)), w = 1/x²"""
    if w < mpf("1e-12"):
        return mpf(1) / 12 - w / 360 + w * w / 1260
    x = 1 / sqrt(w)
    return x * (loggamma(x) - ((x - mpf(1) / 2) * log(x) - x + log(2 * pi) / 2))


def of_ratio(t):
    """x of t = (x - 2) / (x + 2)"""
    return 2 * (1 + t) / (1 - t)


@cache
def digamma_root():
    """The positive zero of digamma."""
    return findroot(digamma, mpf("1.4616321449683623"))


@cache
def digamma_near(t):
    """digamma(x) / (x - its zero), t = (x - 2) / (x + 2)"""
    x = of_ratio(t)
    d = x - digamma_root()
    return polygamma(1, x) - polygamma(2, x) * d / 2 if abs(d) < mpf("1e-25") else digamma(x) / d


@cache
def digamma_far(w):
    """x² (log x - 1/(2x) - digamma x), w = 1/x²"""
    if w < mpf("1e-12"):
        return mpf(1) / 12 - w / 120 + w * w / 252
    x = 1 / sqrt(w)
    return x * x * (log(x) - 1 / (2 * x) - digamma(x))


@cache
def trigamma_near(t):
    """x trigamma(x), t = (x - 2) / (x + 2)"""
    x = of_ratio(t)
    return x * polygamma(1, x)


@cache
def trigamma_far(w):
    """x³ (trigamma x - 1/x - 1/(2x²)), w = 1/x²"""
    if w < mpf("1e-12"):
        return mpf(1) / 6 - w / 30 + w * w / 42
    x = 1 / sqrt(w)
    return x**3 * (polygamma(1, x) - 1 / x - 1 / (2 * x * x))


QUARTER = mpf(1) / 16  # (1/4)²
ATAN = mpf("0.17158")  # tan² π/8
THIRD = mpf(1) / 3
TANH = mpf("0.2555") ** 2

FITS = {
    "log_f32": lambda: fit("log_f32", log_tail, lambda f: f**3 / log1p(f), -mpf(1) / 3, mpf(1) / 3, 7, 32),
    "log_f64": lambda: fit("log_f64", atanh_tail, lambda z: z / 2, 0, mpf("0.02944"), 6, 64),
    "log_pair": lambda: fit(
        "log_pair", lambda z: (atanh_tail(z) - mpf(2) / 3) / z if z > mpf("1e-14") else mpf(2) / 5 + 2 * z / 7,
        lambda z: z * z / 2, 0, mpf("0.02944"), 6, 64),
    # The stream's sine and cosine are of turns: coefficient j times 2^(2j+1), 2^(2j), exactly.
    "sinpi_f32": lambda: fit(
        "sinpi_f32", lambda z: sin(pi * sqrt(z)) / sqrt(z) if z else pi,
        lambda z: sqrt(z) / sin(pi * sqrt(z)) if z else 1 / pi, 0, QUARTER, 3, 32),
    "cospi_f32": lambda: fit(
        "cospi_f32", lambda z: cos(pi * sqrt(z)), lambda z: 1 / cos(pi * sqrt(z)), 0, QUARTER, 3, 32, [1]),
    "sinpi_f64": lambda: fit(
        "sinpi_f64", lambda z: (sin(pi * sqrt(z)) / sqrt(z) - pi) / z if z > mpf("1e-15") else -pi**3 / 6,
        lambda z: z / pi, 0, QUARTER, 5, 64),
    "cospi_f64": lambda: fit(
        "cospi_f64", lambda z: cos(pi * sqrt(z)), lambda z: 1 / cos(pi * sqrt(z)), 0, QUARTER, 7, 64, [1]),
    "exp_f32": lambda: fit("exp_f32", exp_tail, lambda r: r, -mpf("0.3467"), mpf("0.3467"), 4, 32),
    "exp_f64": lambda: fit("exp_f64", exp_tail, lambda r: r, -mpf("0.3467"), mpf("0.3467"), 9, 64),
    "sin_f32": lambda: fit("sin_f32", sin_tail, lambda z: z, 0, mpf("0.83") ** 2, 2, 32),
    "cos_f32": lambda: fit("cos_f32", cos_tail, lambda z: z * z, 0, mpf("0.83") ** 2, 2, 32),
    "sin_f64": lambda: fit("sin_f64", sin_tail, lambda z: z, 0, mpf("0.795") ** 2, 5, 64),
    "cos_f64": lambda: fit("cos_f64", cos_tail, lambda z: z * z, 0, mpf("0.795") ** 2, 5, 64),
    "erf_f32": lambda: fit("erf_f32", erf_tail, lambda z: 1 / (1 + erf_tail(z)), 0, 1, 6, 32),
    "erf_f64": lambda: fit("erf_f64", erf_tail, lambda z: 1 / (1 + erf_tail(z)), 0, 1, 12, 64),
    "tanh_f32": lambda: fit("tanh_f32", tanh_tail, lambda z: z / (1 + z * tanh_tail(z)), 0, TANH, 2, 32),
    "tanh_f64": lambda: fit("tanh_f64", tanh_tail, lambda z: z / (1 + z * tanh_tail(z)), 0, TANH, 6, 64),
    "atan_f32": lambda: fit("atan_f32", atan_tail, lambda z: z / (1 + z * atan_tail(z)), 0, ATAN, 4, 32),
    "atan_f64": lambda: fit("atan_f64", atan_tail, lambda z: z / (1 + z * atan_tail(z)), 0, ATAN, 10, 64),
    "lgamma_near_f32": lambda: fit(
        "lgamma_near_f32", lgamma_near, lambda z: z / (1 - euler + z * lgamma_near(z)), -mpf(1) / 2, mpf(1) / 2, 7, 32,
        together=True),
    "lgamma_near_f64": lambda: fit(
        "lgamma_near_f64", lgamma_near, lambda z: z / (1 - euler + z * lgamma_near(z)), -mpf(1) / 2, mpf(1) / 2, 18, 64,
        together=True),
    # Weights of the following are their shares of the function, at their largest.
    "lgamma_far_f32": lambda: fit("lgamma_far_f32", lgamma_far, lambda w: sqrt(w) / 2, 0, 1 / mpf("4.5") ** 2, 2, 32),
    "lgamma_far_f64": lambda: fit("lgamma_far_f64", lgamma_far, lambda w: sqrt(w) / 2, 0, 1 / mpf("4.5") ** 2, 8, 64),
    "digamma_near_f32": lambda: fit(
        "digamma_near_f32", digamma_near, lambda t: 1 / digamma_near(t), -THIRD, THIRD, 10, 32, together=True),
    "digamma_near_f64": lambda: fit(
        "digamma_near_f64", digamma_near, lambda t: 1 / digamma_near(t), -THIRD, THIRD, 22, 64, together=True),
    "digamma_far_f32": lambda: fit("digamma_far_f32", digamma_far, lambda w: w / log(4), 0, QUARTER, 3, 32),
    "digamma_far_f64": lambda: fit("digamma_far_f64", digamma_far, lambda w: w / log(4), 0, QUARTER, 8, 64),
    "trigamma_near_f32": lambda: fit(
        "trigamma_near_f32", trigamma_near, lambda t: 1 / trigamma_near(t), -THIRD, THIRD, 10, 32, together=True),
    "trigamma_near_f64": lambda: fit(
        "trigamma_near_f64", trigamma_near, lambda t: 1 / trigamma_near(t), -THIRD, THIRD, 22, 64, together=True),
    "trigamma_far_f32": lambda: fit("trigamma_far_f32", trigamma_far, lambda w: w, 0, QUARTER, 3, 32),
    "trigamma_far_f64": lambda: fit("trigamma_far_f64", trigamma_far, lambda w: w, 0, QUARTER, 9, 64),
    "erfc_f32": lambda: fit(
        "erfc_f32", scaled_erfc(mpf(2)), lambda t: 1 / scaled_erfc(mpf(2))(t), -1, mpf("0.68"), 9, 32),
    "erfc_f64": lambda: fit(
        "erfc_f64", scaled_erfc(mpf(4)), lambda t: 1 / scaled_erfc(mpf(4))(t), -1, mpf("0.75"), 22, 64, together=True),
}

if __name__ == "__main__":
    for chosen in sys.argv[1:] or FITS:
        FITS[chosen]()
