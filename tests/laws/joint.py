"""Writes `joint.csv`: expressions of laws of several numbers and their values: `python3 joint.py > joint.csv` (needs mpmath).

The densities are those of the definitions: of a covariance matrix, by its inverse and determinant; of a correlation
matrix, with the Jacobian of its factor, normalised by products of beta functions (Lewandowski, Kurowicka & Joe 2009).
"""

from mpmath import beta, det, exp, inverse, log, loggamma, matrix, mp, mpf, pi

mp.dps = 50


def multinormal(mean, chol, x):
    low = matrix(chol)
    cov = low * low.T
    d = matrix([a - b for a, b in zip(x, mean)])
    return -(d.T * inverse(cov) * d)[0] / 2 - log(det(cov)) / 2 - len(x) * log(2 * pi) / 2


def dirichlet(a, x):
    return loggamma(sum(a)) - sum(map(loggamma, a)) + sum((p - 1) * log(v) for p, v in zip(a, x))


def lkj(shape, low):
    n = len(low)
    constant = mpf(1)
    for k in range(1, n):
        half = shape + mpf(n - k - 1) / 2
        constant *= 2 ** ((2 * shape - 2 + n - k) * (n - k)) * beta(half, half) ** (n - k)
    l = matrix(low)
    jacobian = sum((n - 1 - i) * log(l[i, i]) for i in range(n))
    return (shape - 1) * log(det(l * l.T)) + jacobian - log(constant)


def categorical(logits, k):
    return logits[k] - log(sum(map(exp, logits)))


def cdf(logits, k):
    return sum(exp(v) for v in logits[: k + 1]) / sum(map(exp, logits))


def exact(x):
    return [exact(v) for v in x] if isinstance(x, list) else mpf(x)


def row(text, value):
    print(f"{text};{float(value)!r}")


def factor(rows):
    """A factor of a correlation matrix from what is below its diagonal, in exactly the floats that are written."""
    return [r + [float((1 - sum(mpf(v) ** 2 for v in r)) ** mpf("0.5"))] + [0.0] * (len(rows) - 1 - k) for k, r in enumerate(rows)]


MEAN, CHOL, X = [1.0, -2.0, 0.5], [[2.0, 0.0, 0.0], [0.5, 0.75, 0.0], [-1.0, 0.25, 1.5]], [0.25, -1.5, 3.0]
row(f"log_prob(MultiNormal({MEAN}, {CHOL}), {X})", multinormal(exact(MEAN), exact(CHOL), exact(X)))
row("log_prob(MultiNormal([0.0], [[3.0]]), [-2.0])", multinormal([mpf(0)], [[mpf(3)]], [mpf(-2)]))
for a, x in [([0.5, 2.0, 3.5], [0.125, 0.5, 0.375]), ([40.0, 1.0, 300.0], [0.125, 0.0625, 0.8125])]:
    row(f"log_prob(Dirichlet({a}), {x})", dirichlet(exact(a), exact(x)))
for shape, rows in [(1.5, [[], [0.5], [-0.25, 0.5]]), (1.0, [[], [0.25]]), (4.0, [[], [0.1], [0.2, -0.3], [0.4, 0.1, 0.3]])]:
    low = factor(rows)
    row(f"log_prob(LKJ({shape}), {low})", lkj(mpf(shape), exact(low)))
LOGITS = [0.5, -1.0, 2.0, 0.0]
for k in range(4):
    row(f"log_prob(Categorical({LOGITS}), ({k} : ix(4)))", categorical(exact(LOGITS), k))
    row(f"cdf(Categorical({LOGITS}), ({k} : ix(4)))", cdf(exact(LOGITS), k))
    row(f"float(ordinal(quantile(Categorical({LOGITS}), {float(cdf(exact(LOGITS), k)) - 1e-9!r})))", mpf(k))
