"""A network trained on digits in NumPy and in PyTorch, in float64 and float32: losses, and how far parameters drift."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import BLUE, INK, ROUNDING, VERMILION, curves

STEPS, BATCH, RATE, MOMENTUM = 60, 64, 0.1, 0.9


def trained(dtype: type) -> tuple[list[float], list[float], list[float]]:
    """Our losses, PyTorch's, and the largest difference of any weight after each step."""
    import torch

    import scratch_nn as snn

    X, labels = snn.load_digits()
    X, Y = (X[:640] / 16).astype(dtype), snn.one_hot(labels[:640], 10).astype(dtype)
    optimizer, rng = snn.SGD(RATE, momentum=MOMENTUM), np.random.default_rng(0)
    network = snn.FeedforwardNeuralNet(32, 10, optimizer=optimizer, rng=rng)
    network.build((64,), dtype)
    linears = [torch.nn.Linear(64, 32, dtype=torch.float64), torch.nn.Linear(32, 10, dtype=torch.float64)]
    model = torch.nn.Sequential(linears[0], torch.nn.ReLU(), linears[1]).to(torch.from_numpy(X).dtype)
    for linear, layer in zip(linears, network.layers, strict=True):
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(layer.parameters["W"].T))
            linear.bias.copy_(torch.tensor(layer.parameters["b"][0]))
    descent = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    ours, theirs, drift = [], [], []
    for step in range(STEPS):
        batch = slice(BATCH * (step % 10), BATCH * (step % 10 + 1))
        ours.append(network.backward(Y[batch], network.forward(X[batch], training=True)))
        network.update()
        loss = torch.nn.CrossEntropyLoss()(model(torch.tensor(X[batch])), torch.tensor(labels[batch]))
        descent.zero_grad()
        loss.backward()
        descent.step()
        theirs.append(loss.item())
        pairs = zip(linears, network.layers, strict=True)
        drift.append(max(float(np.abs(li.weight.detach().numpy().T - la.parameters["W"]).max()) for li, la in pairs))
    return ours, theirs, drift


def draw() -> Figure:
    figure, (losses, drifts) = curves(2)
    ours, theirs, drift = trained(np.float64)
    losses.semilogy(ours, color=BLUE, linewidth=4, alpha=0.5, label="NumPy")
    losses.semilogy(theirs, "--", color=INK, linewidth=1.2, label="PyTorch")
    losses.set_title("loss of every batch", fontsize=9)
    runs = {"float64": (drift, BLUE, "-", 1e-12), "float32": (trained(np.float32)[2], VERMILION, "--", 1e-4)}
    for name, (values, colour, line, limit) in runs.items():
        if not max(values) < limit:
            raise ValueError(f"{name}: the two runs have come apart, by {max(values):.1e}, expected below {limit:g}")
        drifts.semilogy(values, line, color=colour, linewidth=1.8, label=name, gid=ROUNDING)
    drifts.set_ylim(1e-17, 1e-2)
    drifts.set_title("largest difference of any weight", fontsize=9)
    for axes in (losses, drifts):
        axes.set_xlabel("step", fontsize=8)
        axes.legend(fontsize=7, frameon=False)
    return figure
