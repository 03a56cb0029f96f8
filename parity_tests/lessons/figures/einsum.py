"""A product and the two einsums of its backward, with one sum marked; PyTorch's autograd gives the gradients."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import Grid, stacked


def draw() -> Figure:
    import torch

    A, B, G = np.array([[1.0, 2, 0], [-1, 0, 3]]), np.array([[1.0, 0], [2, -1], [1, 1]]), np.array([[1.0, -1], [0, 2]])
    a, b = (torch.tensor(M, requires_grad=True) for M in (A, B))
    C = torch.einsum("ik,kj->ij", a, b)
    C.backward(torch.tensor(G))
    return stacked(
        (
            Grid(A, "A (i, k)", 0, [(0, k) for k in range(3)]),
            "ik,kj->ij",
            Grid(B, "B (k, j)", 0, [(k, 1) for k in range(3)]),
            "=",
            Grid(C.detach().numpy(), "C (i, j)", 0, [(0, 1)]),
        ),
        (
            Grid(G, "dLdC (i, j)", 0, [(0, j) for j in range(2)]),
            "ij,kj->ik",
            Grid(B, "B (k, j)", 0, [(1, j) for j in range(2)]),
            "=",
            Grid(a.grad.numpy(), "dLdA (i, k)", 0, [(0, 1)]),
        ),
        (
            Grid(A, "A (i, k)", 0, [(i, 0) for i in range(2)]),
            "ik,ij->kj",
            Grid(G, "dLdC (i, j)", 0, [(i, 1) for i in range(2)]),
            "=",
            Grid(b.grad.numpy(), "dLdB (k, j)", 0, [(0, 1)]),
        ),
    )
