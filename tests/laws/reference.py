"""Writes `expected.csv`: laws at points, to 40 digits, rounded: `python3 reference.py > expected.csv` (needs mpmath).

A line is a law, `log_prob`, `cdf`, `quantile` or `survival`, an argument and the value. Distribution functions and
densities are from definitions (series, integrals), quantiles by Newton's method.
"""

from mpmath import (
    atan2, betainc, binomial, erf, erfc, exp, expm1, gammainc, inf, log, log1p, loggamma, mp, mpf, pi, sqrt,
)

mp.dps = 60


def normal(m, s):
    return lambda x: -((x - m) / s) ** 2 / 2 - log(s * sqrt(2 * pi)), lambda x: erfc((m - x) / (s * sqrt(2))) / 2


def gamma(a, r):
    density = lambda x: a * log(r) + (a - 1) * log(x) - r * x - loggamma(a)
    def cdf(x):
        if r * x < a + 1:
            term, total, k = mpf(1), mpf(0), 0
            while term > mpf(10) ** -55 * total:
                total += term
                k += 1
                term *= r * x / (a + k)
            return exp(a * log(r * x) - r * x - loggamma(a + 1)) * total
        return gammainc(a, 0, r * x, regularized=True)
    return density, cdf


def beta(a, b):
    density = lambda x: (a - 1) * log(x) + (b - 1) * log1p(-x) + loggamma(a + b) - loggamma(a) - loggamma(b)
    return density, lambda x: betainc(a, b, 0, x, regularized=True)


def student(v, m, s):
    def density(x):
        z = (x - m) / s
        shapes = loggamma((v + 1) / 2) - loggamma(v / 2) - log(v * pi) / 2 - log(s)
        return shapes - (v + 1) / 2 * log1p(z * z / v)
    def cdf(x):
        z = (x - m) / s
        tail = betainc(v / 2, mpf(1) / 2, 0, v / (v + z * z), regularized=True) / 2
        return tail if z < 0 else 1 - tail
    return density, cdf


def lognormal(m, s):
    density, cdf = normal(m, s)
    return lambda x: density(log(x)) - log(x), lambda x: cdf(log(x))


def inverse_gamma(a, s):
    density = lambda x: a * log(s) - (a + 1) * log(x) - s / x - loggamma(a)
    return density, lambda x: gammainc(a, s / x, inf, regularized=True)


def weibull(k, s):
    return lambda x: log(k / s) + (k - 1) * log(x / s) - (x / s) ** k, lambda x: -expm1(-((x / s) ** k))


def laplace(m, s):
    return lambda x: -abs(x - m) / s - log(2 * s), lambda x: exp((x - m) / s) / 2 if x < m else 1 - exp((m - x) / s) / 2


def logistic(m, s):
    z = lambda x: (x - m) / s
    return lambda x: -z(x) - log(s) - 2 * log1p(exp(-z(x))), lambda x: 1 / (1 + exp(-z(x)))


def relaxed(p, t):
    density, cdf = logistic((log(p) - log1p(-p)) / t, 1 / t)
    odds = lambda x: log(x) - log1p(-x)
    return lambda x: density(odds(x)) - odds(x) - 2 * log1p(-x), lambda x: cdf(odds(x))


CONTINUOUS = [
    ("Normal", normal, [(0, 1), (3, 0.5)], [-4, -0.5, 0.25, 2.75, 6]),
    ("LogNormal", lognormal, [(0, 1), (1, 0.25)], [0.125, 0.75, 2.5, 9]),
    ("HalfNormal", lambda s: (lambda x: normal(mpf(0), s)[0](x) + log(2), lambda x: erf(x / (s * sqrt(2)))),
        [(1,), (2.5,)], [0.001, 0.5, 2.5, 7]),
    ("Uniform", lambda a, b: (lambda x: -log(b - a), lambda x: (x - a) / (b - a)), [(2, 6)], [2.25, 3.5, 5.75]),
    ("Exponential", lambda r: (lambda x: log(r) - r * x, lambda x: -expm1(-r * x)), [(1,), (0.25,)], [1e-9, 0.5, 3, 20]),
    ("Laplace", laplace, [(0, 1), (-1, 2)], [-20, -1.25, 0.5, 4]),
    ("Cauchy", lambda m, s: (lambda x: -log(pi * s) - log1p(((x - m) / s) ** 2), lambda x: atan2(s, m - x) / pi),
        [(0, 1), (1, 0.5)], [-1e6, -0.75, 0.25, 40]),
    ("Logistic", logistic, [(0, 1), (2, 0.5)], [-30, -0.5, 1.75, 5]),
    ("HalfCauchy", lambda s: (lambda x: log(2 / (pi * s)) - log1p((x / s) ** 2), lambda x: 2 / pi * atan2(x, s)),
        [(1,), (3,)], [0.001, 0.75, 4, 1000]),
    ("Weibull", weibull, [(2, 3), (0.5, 1)], [0.01, 0.75, 3, 8]),
    ("Gamma", gamma, [(2.5, 1.5), (0.125, 1), (80, 4), (5000, 1)], [0.01, 1.25, 18, 21, 5100]),
    ("InverseGamma", inverse_gamma, [(3, 2), (40, 30)], [0.0625, 0.75, 2, 9]),
    ("Beta", beta, [(2, 3), (0.25, 0.5), (60, 200)], [0.001, 0.2, 0.25, 0.9]),
    ("RelaxedBernoulli", relaxed, [(0.25, 0.5), (0.75, 2)], [0.001, 0.25, 0.875]),
    ("StudentT", student, [(4, 0, 1), (1.5, 1, 2), (60, 0, 1)], [-12, -0.5, 0.25, 3]),
]


def poisson(r):
    pmf = lambda k: k * log(r) - r - loggamma(k + 1)
    return pmf, lambda k: sum(exp(pmf(mpf(j))) for j in range(int(k) + 1))


def binomial_law(n, p):
    pmf = lambda k: log(binomial(n, k)) + k * log(p) + (n - k) * log1p(-p)
    return pmf, lambda k: sum(exp(pmf(mpf(j))) for j in range(int(k) + 1))


def negbinomial(m, r):
    pmf = lambda k: loggamma(k + r) - loggamma(r) - loggamma(k + 1) + r * log(r / (r + m)) + k * log(m / (r + m))
    return pmf, lambda k: sum(exp(pmf(mpf(j))) for j in range(int(k) + 1))


def bernoulli(p):
    return lambda k: log(p) if k == 1 else log1p(-p), lambda k: 1 - p if k < 1 else mpf(1)


DISCRETE = [
    ("Bernoulli", bernoulli, [(0.25,), (0.875,)], [0, 1]),
    ("Poisson", poisson, [(0.25,), (3.5,), (200,)], [0, 1, 5, 180, 231]),
    ("Binomial", binomial_law, [(10, 0.25), (400, 0.625)], [0, 3, 9, 250, 270]),
    ("NegBinomial", negbinomial, [(2.5, 1.5), (40, 0.25), (100, 50)], [0, 1, 7, 60, 118]),
]


def truncated(law, low, high, step=0):
    """Differences of tails, so that 60 digits are enough far out; `step` is 1 for whole numbers."""
    density, cdf = law
    under = cdf(low - step)
    mass = cdf(high) - under
    return lambda x: density(x) - log(mass), lambda x: (cdf(x) - under) / mass


def censored(law, low, high):
    density, cdf = law
    def seen(x):
        return log(cdf(low)) if x == low else log(1 - cdf(high)) if x == high else density(x)
    return seen, lambda x: mpf(1) if x >= high else cdf(x)


def mixture(weights, laws):
    density = lambda x: log(sum(w * exp(law[0](x)) for w, law in zip(weights, laws)))
    return density, lambda x: sum(w * law[1](x) for w, law in zip(weights, laws))


m = mpf
COMPOUND = [
    ("Truncated(Normal(0, 1), -1, 2)", truncated(normal(m(0), m(1)), m(-1), m(2)), [-0.75, 0.25, 1.5]),
    ("Truncated(Normal(0, 1), 5, 8)", truncated(normal(m(0), m(1)), m(5), m(8)), [5.125, 5.5, 6.5]),
    ("Truncated(Gamma(2.5, 1.5), 0.5, inf)", truncated(gamma(m("2.5"), m("1.5")), m("0.5"), m(10) ** 4), [0.75, 2, 6]),
    ("Censored(Normal(1, 2), -1, 3)", censored(normal(m(1), m(2)), m(-1), m(3)), [-1, 0.25, 3]),
    ("Mixture([0.25, 0.75], [Normal(-2, 0.5), Normal(1, 1)])",
        mixture([m("0.25"), m("0.75")], [normal(m(-2), m("0.5")), normal(m(1), m(1))]), [-2.25, 0.5, 3]),
    ("Mixture([0.5, 0.5], [Laplace(0, 1), StudentT(4, 0, 1)])",
        mixture([m("0.5"), m("0.5")], [laplace(m(0), m(1)), student(m(4), m(0), m(1))]), [-3, 0.25, 5]),
]


def counted(pmf, cdf):
    """The same law, whose density is that of whole numbers and whose distribution function knows none below 0."""
    return pmf, lambda k: cdf(k) if k >= 0 else mpf(0)


COUNTED = [
    ("Truncated(Poisson(3.5), 1, 6)", truncated(counted(*poisson(m("3.5"))), 1, 6, step=1), [1, 3, 5]),
    ("Mixture([0.25, 0.75], [Poisson(2.0), Poisson(9.0)])",
        mixture([m("0.25"), m("0.75")], [poisson(m(2)), poisson(m(9))]), [0, 3, 11]),
]


def tails(written, cdf, xs):
    """The probability of more than x, which 60 digits of its complement give."""
    for x in xs:
        if 1 - cdf(mpf(x)) > mpf(10) ** -40:
            row(written, "survival", float(x), 1 - cdf(mpf(x)))


def quantile(density, cdf, x, p):
    """Near x, where the distribution function is p."""
    for _ in range(3):
        x += (p - cdf(x)) / exp(density(x))
    return x


def row(law, function, x, value):
    if abs(value) > mpf(10) ** -300 or value == 0:
        print(f"{law};{function};{x!r};{float(value)!r}")


def counts(written, pmf, cdf, xs):
    for k in xs:
        row(written, "log_prob", float(k), pmf(mpf(k)))
        row(written, "cdf", float(k), cdf(k))
        p = float(cdf(k))
        if 1e-250 < p < 1 - 1e-12 and p * 1e-9 < exp(pmf(mpf(k))):
            # A little below, so that rounding cannot lead to the next number, nor to the one before.
            row(written, "quantile", p * (1 - 1e-9), mpf(k))
    tails(written, cdf, xs)


def numbers(written, density, cdf, xs, last):
    for x in xs:
        row(written, "log_prob", float(x), density(mpf(x)))
        row(written, "cdf", float(x), cdf(mpf(x)))
        p = float(cdf(mpf(x)))
        if 1e-250 < p < last:
            row(written, "quantile", p, quantile(density, cdf, mpf(x), mpf(p)))
    tails(written, cdf, xs)


def main():
    for name, law, all_params, xs in CONTINUOUS:
        for params in all_params:
            numbers(f"{name}({', '.join(map(repr, params))})", *law(*[mpf(v) for v in params]), xs, 0.999999)
    for written, law, xs in COMPOUND:
        numbers(written, *law, xs, 0.999999)
    for name, law, all_params, xs in DISCRETE:
        for params in all_params:
            inside = [k for k in xs if name != "Binomial" or k < params[0]]
            counts(f"{name}({', '.join(map(repr, params))})", *law(*[mpf(v) for v in params]), inside)
    for written, law, xs in COUNTED:
        counts(written, *law, xs)


if __name__ == "__main__":
    main()
