"""Errors of the project's functions against mpmath, in units in the last place.

    POINTS=20000 cargo test -q -p sdec-codegen print_points -- --ignored --nocapture \\
        | python3 compiler/codegen/src/math/reference/measure.py

Needs mpmath; with gmpy2 it is much faster. An error is |result - exact| over the distance of the
two floats around the exact value (the least distance below the normal range).
"""

import struct
import sys

import mpmath
from mpmath import mp, mpf

mp.prec = 160
FORMATS = {"f64": (">d", 16, 53, -1074), "f32": (">f", 8, 24, -149)}


OF_TWO = {"pow": mpmath.power, "atan2": mpmath.atan2}
OTHERS = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x)),
    "normal_cdf": lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "normal_quantile": lambda p: normal_quantile(p),
    "lgamma": lambda x: mpmath.re(mpmath.loggamma(x)),
    "trigamma": lambda x: mpmath.polygamma(1, x),
}


def normal_quantile(p):
    """Newton's method for the logarithm of the distribution function."""
    if p > mpf(1) / 2:
        return -normal_quantile(1 - p)
    if p == mpf(1) / 2:
        return mpf(0)
    x = -mpmath.sqrt(-2 * mpmath.log(2 * p))
    while True:
        cdf = mpmath.erfc(-x / mpmath.sqrt(2)) / 2
        density = mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)
        step = mpmath.log(cdf / p) * cdf / density
        x -= step
        if abs(step) <= abs(x) * mpf(2) ** -70:
            return x


def value(bits, kind):
    return struct.unpack(FORMATS[kind][0], bytes.fromhex(bits.rjust(FORMATS[kind][1], "0")))[0]


def exact(name, x, y):
    x = mpf(x)
    if name in OF_TWO:
        return OF_TWO[name](x, mpf(y))
    if name in OTHERS:
        return OTHERS[name](x)
    if name.endswith("pi"):
        return {"sinpi": mpmath.sinpi, "cospi": mpmath.cospi}[name](x)
    return getattr(mpmath, name)(x)


def error(result, true, kind):
    _, _, precision, least = FORMATS[kind]
    if true == 0:
        return 0.0 if result == 0 else float("inf")
    exponent = mp.mag(true) - precision
    ulp = mp.ldexp(1, max(exponent, least))
    greatest = mp.ldexp(2 - mp.ldexp(1, 1 - precision), 127 if kind == "f32" else 1023)
    if result in (float("inf"), -float("inf")):
        return 0.0 if abs(true) >= greatest + ulp / 2 else float("inf")
    return float(abs(mpf(result) - true) / ulp)


def main():
    worst = {}
    for line in sys.stdin:
        fields = line.split()
        if len(fields) != 5 or fields[1] not in FORMATS:
            continue
        name, kind = fields[:2]
        x, y, result = (value(bits, kind) for bits in fields[2:])
        ulps = error(result, exact(name, x, y), kind)
        count, before, where = worst.get((name, kind), (0, -1.0, None))
        if ulps > before:
            before, where = ulps, (x, y, result)
        worst[name, kind] = (count + 1, before, where)
    for (name, kind), (count, ulps, (x, y, result)) in sorted(worst.items()):
        second = f", {y!r}" if name in OF_TWO else ""
        print(f"{name:15} {kind}  {ulps:.3f} ulp of {count} points, at {name}({x!r}{second}) = {result!r}")


if __name__ == "__main__":
    main()
