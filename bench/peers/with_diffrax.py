"""Diffrax: paths by vmap, Brownian motion by its tree or, where that is named, without one."""

import sys

import diffrax
import jax
import jax.numpy as jnp
import lineax
import net
from serve import serve

STEPS = 256


def euler(drift, diffusion, brownian, y0, steps, args=None, **options):
    terms = diffrax.MultiTerm(diffrax.ODETerm(drift), diffrax.ControlTerm(diffusion, brownian))
    solved = diffrax.diffeqsolve(
        terms, diffrax.Euler(), 0.0, 1.0, 1.0 / steps, y0, args=args, max_steps=steps + 8, **options
    )
    return solved.ys[-1]


def gbm(brownian, **options):
    def one(key):
        drift, diffusion = (lambda t, y, a: 0.05 * y), (lambda t, y, a: 0.2 * y)
        return euler(drift, diffusion, brownian(key), jnp.float32(1.0), STEPS, **options)

    return jax.jit(lambda keys: jax.vmap(one)(keys).mean())


def tree(steps, shape):
    return lambda key: diffrax.VirtualBrownianTree(0.0, 1.0, tol=0.5 / steps, shape=shape, key=key)


def unsafe(key):
    return diffrax.UnsafeBrownianPath(shape=(), key=key)


def drift(t, y, p):
    h = jnp.tanh(p["A"] @ y + p["a"])
    h = jnp.tanh(p["B"] @ h + p["b"])
    return p["C"] @ h + p["c"]


def loss(p, keys, y0):
    def one(key, y):
        diffusion = lambda t, y, p: lineax.DiagonalLinearOperator(jnp.exp(p["s"]) * 0.3)
        return euler(drift, diffusion, tree(net.STEPS, (net.N,))(key), y, net.STEPS, p)

    return (jax.vmap(one)(keys, y0) ** 2).mean()


def path(key):
    drift, diffusion = (lambda t, y, a: -0.5 * y), (lambda t, y, a: 0.3)
    return euler(drift, diffusion, tree(1000, ())(key), jnp.float32(1.0), 1000)


def lorenz(rho):
    def field(t, y, r):
        return jnp.array([10 * (y[1] - y[0]), y[0] * (r - y[2]) - y[1], y[0] * y[1] - 8 / 3 * y[2]])

    solved = diffrax.diffeqsolve(
        diffrax.ODETerm(field),
        diffrax.Tsit5(),
        0.0,
        1.0,
        1e-3,
        jnp.array([1.0, 0.0, 0.0]),
        args=rho,
        stepsize_controller=diffrax.PIDController(rtol=1e-6, atol=1e-6),
        max_steps=4096,
    )
    return solved.ys[-1][0]


seeds = iter(range(1 << 30))
fresh = lambda: jax.random.PRNGKey(next(seeds))
paths = 1 << 14
with_tree, with_unsafe = gbm(tree(STEPS, ())), gbm(unsafe, adjoint=diffrax.DirectAdjoint())
p, y0 = jax.tree.map(jnp.asarray, net.parameters()), jnp.asarray(net.start())
forward, gradient = jax.jit(loss), jax.jit(jax.value_and_grad(loss))
ends, rho = jax.jit(lambda rho: jax.vmap(lorenz)(rho).mean()), jnp.linspace(0, 21, 4096)
alone = jax.jit(path)


def both():
    value, g = jax.block_until_ready(gradient(p, jax.random.split(fresh(), net.PATHS), y0))
    return net.answer(value, g)


works = {
    "W1": (lambda: [with_tree(jax.random.split(fresh(), paths))], paths),
    "W1 unsafe": (lambda: [with_unsafe(jax.random.split(fresh(), paths))], paths),
    "W3": (both, net.PATHS),
    "W3f": (lambda: [forward(p, jax.random.split(fresh(), net.PATHS), y0)], net.PATHS),
    "W5": (lambda: [ends(rho)], 4096),
    "W6": (lambda: [alone(fresh())], 1),
}
serve({"diffrax": diffrax.__version__, "jax": jax.__version__}, *works[sys.argv[1]])
