"""torchsde: all paths as a batch, gradients by backprop or by its adjoint."""

import sys
from importlib.metadata import version

import net
import torch
import torchsde
from serve import serve

torch.manual_seed(0)
PATHS, STEPS = 1 << 16, 256


class Diagonal(torch.nn.Module):
    noise_type, sde_type = "diagonal", "ito"


class GBM(Diagonal):
    def f(self, t, y):
        return 0.05 * y

    def g(self, t, y):
        return 0.2 * y


class Lorenz(Diagonal):
    def f(self, t, y):
        a, b, c = y.unbind(1)
        return torch.stack([10 * (b - a), a * (28 - c) - b, a * b - 8 / 3 * c], 1)

    def g(self, t, y):
        return 0.15 * y


class Net(Diagonal):
    def __init__(self):
        super().__init__()
        for name, x in net.parameters().items():
            self.register_parameter(name, torch.nn.Parameter(torch.from_numpy(x)))

    def f(self, t, y):
        h = torch.tanh(torch.nn.functional.linear(y, self.A, self.a))
        h = torch.tanh(torch.nn.functional.linear(h, self.B, self.b))
        return torch.nn.functional.linear(h, self.C, self.c)

    def g(self, t, y):
        return (self.s.exp() * 0.3).expand_as(y)


def mean(sde, y0, steps):
    times = torch.tensor([0.0, 1.0], dtype=y0.dtype)
    with torch.no_grad():
        return [torchsde.sdeint(sde, y0, times, method="euler", dt=1 / steps)[-1][:, 0].mean()]


model, y0 = Net(), torch.from_numpy(net.start())


def loss(solve, **options):
    ends = solve(model, y0, torch.tensor([0.0, 1.0]), method="euler", dt=1 / net.STEPS, **options)
    return ends[-1].pow(2).mean()


def forward():
    with torch.no_grad():
        return [loss(torchsde.sdeint)]


def gradient(solve, **options):
    model.zero_grad()
    value = loss(solve, **options)
    value.backward()
    return net.answer(value, {name: x.grad for name, x in model.named_parameters()})


works = {
    "W1": (lambda: mean(GBM(), torch.ones(PATHS, 1), STEPS), PATHS),
    "W1b": (lambda: mean(Lorenz(), torch.ones(20_000, 3, dtype=torch.float64), 1000), 20_000),
    "W3": (lambda: gradient(torchsde.sdeint), net.PATHS),
    "W3 adjoint": (lambda: gradient(torchsde.sdeint_adjoint, adjoint_method="euler"), net.PATHS),
    "W3f": (forward, net.PATHS),
}
serve({"torchsde": version("torchsde"), "torch": torch.__version__}, *works[sys.argv[1]])
