"""torchdiffeq: a step of Adam for a continuous normalising flow, derivatives through the solver's steps."""

from importlib.metadata import version

import cnf
import torch
from serve import serve
from torchdiffeq import odeint

TURNS = 5
weights = [torch.nn.Parameter(torch.from_numpy(x)) for layer in cnf.parameters() for x in layer]
optimiser, batches = torch.optim.Adam(weights, lr=cnf.RATE), cnf.batches()
linear = torch.nn.functional.linear


def field(t, state):
    z, _ = state
    z = z if z.requires_grad else z.requires_grad_()
    A, a, B, b, C, c = weights
    h = torch.cat([z, t.expand(len(z), 1)], 1)
    f = linear(torch.tanh(linear(torch.tanh(linear(h, A, a)), B, b)), C, c)
    columns = [torch.autograd.grad(f[:, k].sum(), z, create_graph=True)[0][:, k] for k in range(2)]
    return f, -sum(columns)


def step():
    optimiser.zero_grad()
    x = torch.from_numpy(next(batches))
    times = torch.tensor([1.0, 0.0])
    options = {"step_size": 1 / cnf.STEPS}
    ends = odeint(field, (x, torch.zeros(len(x))), times, method="rk4", options=options)
    z, change = (end[-1] for end in ends)
    density = -0.5 * z.square().sum(1) - torch.log(torch.tensor(2 * torch.pi)) - change
    loss = -density.mean()
    loss.backward()
    optimiser.step()
    return loss.item()


versions = {name: version(name) for name in ["torchdiffeq", "torch"]}
serve(versions, lambda: [step() for _ in range(TURNS)][-1:], TURNS)
