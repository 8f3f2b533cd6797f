"""Diffrax: a step of Adam for a continuous normalising flow, compiled as one function."""

import sys

import cnf
import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from serve import serve

TURNS = 20
FLOW = sys.argv[1]


class RK4(diffrax.AbstractERK):
    tableau = diffrax.ButcherTableau(
        a_lower=(np.array([0.5]), np.array([0.0, 0.5]), np.array([0.0, 0.0, 1.0])),
        b_sol=np.array([1, 2, 2, 1]) / 6,
        b_error=np.zeros(4),
        c=np.array([0.5, 0.5, 1.0]),
    )
    interpolation_cls = diffrax.ThirdOrderHermitePolynomialInterpolation.from_k

    def order(self, terms):
        return 4


def net(layers, h):
    for A, a in layers[:-1]:
        h = jnp.tanh(A @ h + a)
    A, a = layers[-1]
    return A @ h + a


def velocity(layers, t, z):
    if FLOW == "CNF":
        return net(layers, jnp.append(z, t))
    n = cnf.WIDTH
    into, out, gate, shift = jnp.split(net(layers, t[None]), [2 * n, 4 * n, 6 * n])
    h = jnp.tanh(into.reshape(n, 2) @ z + shift)
    return (out * jax.nn.sigmoid(gate)).reshape(2, n) @ h / n


def field(t, state, layers):
    f = lambda z: velocity(layers, t, z)
    return f(state[0]), -jnp.trace(jax.jacfwd(f)(state[0]))


def density(layers, x):
    solved = diffrax.diffeqsolve(
        diffrax.ODETerm(field), RK4(), 1.0, 0.0, -1 / cnf.STEPS, (x, 0.0), args=layers, max_steps=cnf.STEPS
    )
    z, change = solved.ys[0][-1], solved.ys[1][-1]
    return -0.5 * jnp.sum(z**2) - jnp.log(2 * jnp.pi) - change


loss = lambda layers, x: -jnp.mean(jax.vmap(density, (None, 0))(layers, x))


@jax.jit
def step(layers, first, second, k, x):
    value, slope = jax.value_and_grad(loss)(layers, x)
    each = jax.tree.map
    first = each(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
    second = each(lambda v, g: 0.999 * v + 0.001 * g * g, second, slope)
    scale = jnp.sqrt(1 - 0.999**k) / (1 - 0.9**k)
    move = lambda p, m, v: p - cnf.RATE * scale * m / (jnp.sqrt(v) + 1e-8)
    return each(move, layers, first, second), first, second, value


layers = jax.tree.map(jnp.asarray, cnf.parameters(FLOW))
zeros = jax.tree.map(jnp.zeros_like, layers)
state, batches, count = (layers, zeros, zeros), cnf.batches(), 0


def turn():
    global state, count
    for _ in range(TURNS):
        count += 1
        *state, value = step(*state, float(count), next(batches))
    return [value]


serve({"diffrax": diffrax.__version__, "jax": jax.__version__}, turn, TURNS)
