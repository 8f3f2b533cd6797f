"""Fits the rational functions of the normal quantile: `python3 ratio.py` (needs mpmath).

Around the middle, with q = p - ½ and s = 0.180625 - q², the quantile is q (√(2π) + q² N(s)/D(s)). In
the tails, with r = √(-log p) and s = r - 1.6 or s = r - 5, it is N(s)/D(s) - √2 r. So rounding errors
of the ratio count little. Weighted least squares at Chebyshev points, the denominator's weight
taken from the fit before it, until that settles; coefficients rounded at the end.
"""

from mpmath import cos, erf, erfc, exp, log, lu_solve, matrix, mp, mpf, pi, sqrt

from fit import to_f32, to_f64

mp.dps = 50
EDGE = mpf("0.180625")


def quantile_of(q):
    """x with erf(x/√2)/2 = q"""
    x = q * sqrt(2 * pi)
    for _ in range(100):
        step = (erf(x / sqrt(2)) / 2 - q) * sqrt(2 * pi) * exp(x * x / 2)
        x -= step
        if abs(step) < mpf("1e-48"):
            return x
    return x


def tail_of(r):
    """x with log Φ(-x) = -r²"""
    x = sqrt(2) * r - mpf("0.6")
    for _ in range(100):
        cdf = erfc(x / sqrt(2)) / 2
        step = (log(cdf) + r * r) * cdf * sqrt(2 * pi) * exp(x * x / 2)
        x += step
        if abs(step) < mpf("1e-46"):
            return x
    return x


def central(s):
    """The ratio, and its share of the quantile relative to itself."""
    q = sqrt(EDGE - s)
    ratio = (quantile_of(q) / q - sqrt(2 * pi)) / (q * q)
    return ratio, (EDGE - s) / (sqrt(2 * pi) + (EDGE - s) * ratio)


def tail(start):
    def at(s):
        x = tail_of(start + s)
        return sqrt(2) * (start + s) - x, 1 / x
    return at


def fit(name, function, length, numerator, denominator, rounding, points=160):
    grid = [length / 2 * (1 + cos(pi * (k + mpf(1) / 2) / points)) for k in range(points)]
    exact = [function(s) for s in grid]
    d = [mpf(1)] + [mpf(0)] * denominator
    for _ in range(15):
        rows, rhs = matrix(points, numerator + 1 + denominator), matrix(points, 1)
        for i, (s, (h, share)) in enumerate(zip(grid, exact)):
            w = share / mp.polyval(d[::-1], s)
            for j in range(numerator + 1):
                rows[i, j] = w * s**j
            for j in range(denominator):
                rows[i, numerator + 1 + j] = -w * h * s ** (j + 1)
            rhs[i] = w * h
        solution = lu_solve(rows, rhs)
        n = [solution[j] for j in range(numerator + 1)]
        d = [mpf(1)] + [solution[numerator + 1 + j] for j in range(denominator)]
    n, d = [rounding(c) for c in n], [rounding(c) for c in d]
    worst = max(
        abs(share * (mp.polyval(n[::-1], s) / mp.polyval(d[::-1], s) - h)) for s, (h, share) in zip(grid, exact))
    print(f"{name}: error 2^{float(log(worst, 2)):.2f}")
    print("  ", ", ".join(repr(float(c)) for c in n))
    print("  ", ", ".join(repr(float(c)) for c in d))


if __name__ == "__main__":
    middle, far = mpf("3.4"), mpf("22.4")
    fit("central f32", central, EDGE, 3, 3, to_f32)
    fit("central f64", central, EDGE, 7, 7, to_f64)
    fit("middle f32", tail(mpf("1.6")), middle, 3, 3, to_f32)
    fit("middle f64", tail(mpf("1.6")), middle, 7, 7, to_f64)
    fit("far f32", tail(mpf(5)), mpf("5.2"), 2, 2, to_f32)
    fit("far f64", tail(mpf(5)), far, 7, 7, to_f64)
