"""Prints iterates.txt: 100 iterates of each optimiser of PyTorch (1.12.1, on the CPU) on Rosenbrock's function."""

import torch
from torch.optim import LBFGS, SGD, Adam, AdamW, RMSprop, lr_scheduler

torch.set_default_dtype(torch.float64)


def rosenbrock(x):
    value, gradient = 0.0, [0.0] * len(x)
    for i in range(len(x) - 1):
        a, b = 1 - x[i], x[i + 1] - x[i] * x[i]
        value += a * a + 100 * b * b
        gradient[i] += -2 * a - 400 * x[i] * b
        gradient[i + 1] += 200 * b
    return value, gradient


def iterates(name, optimiser, schedule=None, start=(-1.2, 1.0)):
    x = torch.nn.Parameter(torch.tensor(start))
    steps = optimiser([x])
    rates = schedule(steps) if schedule else None

    def objective():
        value, gradient = rosenbrock([float(entry) for entry in x.detach()])
        x.grad = torch.tensor(gradient)
        return torch.tensor(value)

    for number in range(1, 101):
        steps.step(objective)
        print(name, number, *(repr(float(entry)) for entry in x.detach()))
        if rates:
            rates.step()


def lbfgs(history):
    wolfe = dict(line_search_fn="strong_wolfe", tolerance_grad=0, tolerance_change=0)
    return lambda x: LBFGS(x, lr=1, max_iter=1, max_eval=1000, history_size=history, **wolfe)


def adam(x):
    return Adam(x, lr=0.05)


print("# Iterates of torch.optim (PyTorch 1.12.1, double precision): name, number, entries.")
iterates("adam", adam)
iterates("adamw", lambda x: AdamW(x, lr=0.05, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1))
iterates("sgd", lambda x: SGD(x, lr=1e-3))
iterates("momentum", lambda x: SGD(x, lr=2e-4, momentum=0.9))
iterates("nesterov", lambda x: SGD(x, lr=2e-4, momentum=0.9, nesterov=True))
iterates("rmsprop", lambda x: RMSprop(x, lr=0.01))
iterates("rmsprop_momentum", lambda x: RMSprop(x, lr=0.001, alpha=0.9, momentum=0.9))
iterates("lbfgs", lbfgs(10))
iterates("cosine", adam, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=100, eta_min=0.005))
iterates("exponential", adam, lambda o: lr_scheduler.ExponentialLR(o, 0.99))
iterates("step", adam, lambda o: lr_scheduler.StepLR(o, 30, 0.5))
iterates("warmup", adam, lambda o: lr_scheduler.LinearLR(o, 0.1, 1.0, total_iters=9))
iterates("lbfgs4", lbfgs(3), start=(-1.2, 1.0, -1.2, 1.0))
