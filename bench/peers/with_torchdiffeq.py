"""torchdiffeq: a step of Adam for a continuous normalising flow, derivatives through the solver's steps or by its adjoint:
`CNF,steps` or `planar,adjoint`."""

import sys
from importlib.metadata import version

import cnf
import torch
from serve import serve
from torchdiffeq import odeint, odeint_adjoint

TURNS = 5
flow, way = sys.argv[1].split(",")
solve = {"steps": odeint, "adjoint": odeint_adjoint}[way]
linear = torch.nn.functional.linear


class Field(torch.nn.Module):
    """As in torchdiffeq's own example of a flow: the trace of the derivative entry by entry."""

    def __init__(self):
        super().__init__()
        arrays = [torch.from_numpy(x) for layer in cnf.parameters(flow) for x in layer]
        self.weights = torch.nn.ParameterList([torch.nn.Parameter(x) for x in arrays])

    def net(self, x):
        A, a, B, b, C, c = self.weights
        return linear(torch.tanh(linear(torch.tanh(linear(x, A, a)), B, b)), C, c)

    def velocity(self, t, z):
        if flow == "CNF":
            return self.net(torch.cat([z, t.expand(len(z), 1)], 1))
        n = cnf.WIDTH
        into, out, gate, shift = self.net(t.reshape(1)).split([2 * n, 2 * n, 2 * n, n])
        h = torch.tanh(linear(z, into.reshape(n, 2), shift))
        return linear(h, (out * torch.sigmoid(gate)).reshape(2, n)) / n

    def forward(self, t, state):
        with torch.enable_grad():
            z = state[0] if state[0].requires_grad else state[0].requires_grad_()
            f = self.velocity(t, z)
            grad = lambda k: torch.autograd.grad(f[:, k].sum(), z, create_graph=True)[0][:, k]
            return f, -sum(grad(k) for k in range(2))


field = Field()
optimiser, batches = torch.optim.Adam(field.parameters(), lr=cnf.RATE), cnf.batches()


def step():
    optimiser.zero_grad()
    x = torch.from_numpy(next(batches))
    times = torch.tensor([1.0, 0.0])
    options = {"step_size": 1 / cnf.STEPS}
    ends = solve(field, (x, torch.zeros(len(x))), times, method="rk4", options=options)
    z, change = (end[-1] for end in ends)
    density = -0.5 * z.square().sum(1) - torch.log(torch.tensor(2 * torch.pi)) - change
    loss = -density.mean()
    loss.backward()
    optimiser.step()
    return loss.item()


versions = {name: version(name) for name in ["torchdiffeq", "torch"]}
serve(versions, lambda: [step() for _ in range(TURNS)][-1:], TURNS)
