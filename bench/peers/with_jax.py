"""JAX by hand: a scan over steps of all paths at once."""

import sys

import jax
import jax.numpy as jnp
import net
from serve import serve

PATHS, STEPS = 1 << 16, 256


@jax.jit
def gbm(key):
    dt = 1.0 / STEPS

    def step(x, key):
        z = jax.random.normal(key, (PATHS,))
        return x + 0.05 * x * dt + 0.2 * x * jnp.sqrt(dt) * z, None

    return jax.lax.scan(step, jnp.ones(PATHS), jax.random.split(key, STEPS))[0].mean()


def loss(p, key, y0):
    dt = 1.0 / net.STEPS

    def step(y, key):
        dw = jax.random.normal(key, y0.shape) * dt**0.5
        h = jnp.tanh(y @ p["A"].T + p["a"])
        h = jnp.tanh(h @ p["B"].T + p["b"])
        return y + (h @ p["C"].T + p["c"]) * dt + jnp.exp(p["s"]) * 0.3 * dw, None

    y, _ = jax.lax.scan(step, y0, jax.random.split(key, net.STEPS))
    return (y**2).mean()


@jax.jit
def path(key):
    dt = 0.001

    def step(x, key):
        return x - 0.5 * x * dt + 0.3 * dt**0.5 * jax.random.normal(key), None

    return jax.lax.scan(step, jnp.float32(1.0), jax.random.split(key, 1000))[0]


keys = iter(range(1 << 30))
fresh = lambda: jax.random.PRNGKey(next(keys))
p, y0 = jax.tree.map(jnp.asarray, net.parameters()), jnp.asarray(net.start())
forward, gradient = jax.jit(loss), jax.jit(jax.value_and_grad(loss))


def both():
    value, g = jax.block_until_ready(gradient(p, fresh(), y0))
    return net.answer(value, g)


works = {
    "W1": (lambda: [gbm(fresh())], PATHS),
    "W3": (both, net.PATHS),
    "W3f": (lambda: [forward(p, fresh(), y0)], net.PATHS),
    "W6": (lambda: [path(fresh())], 1),
}
serve({"jax": jax.__version__}, *works[sys.argv[1]])
