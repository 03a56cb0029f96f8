"""What an argument of a gradient function is, told by its name: sigmoid_backward(dout, y), backward(self, da, x)."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.subjects.stranger.names import CACHES, plain

UPSTREAM, INPUT, OUTPUT, KEPT = "upstream gradient", "input", "output", "what forward returned beside its output"
OUTPUTS = {"y", "yhat", "ypred", "out", "output", "outputs", "o", "a", "s", "activation", "activations", "activated",
           "p", "prob", "probs", "probabilities", "result"}  # fmt: skip
UPSTREAMS = {
    "upstream", "grad", "grads", "gradient", "gradients", "upstreamgrad", "upstreamgradient", "g", "d", "delta", "dl",
    "dh", "dz", "dvalues", "dnext", "error", "err", "topdiff",
    *(form.format(name) for name in OUTPUTS for form in ("d{}", "dl{}", "dld{}", "grad{}", "gradient{}", "{}grad",
                                                         "{}gradient", "{}error")),
}  # fmt: skip
KEPTS = {*CACHES, "activationcache", "memory", "mask"}


def role_of(name: str) -> str:
    """What an argument of a gradient function is, by its name; INPUT where that does not tell."""
    for role, names in ((UPSTREAM, UPSTREAMS), (OUTPUT, OUTPUTS), (KEPT, KEPTS)):
        if plain(name) in names:
            return role
    return INPUT


def times(upstream: np.ndarray, derivative: Any) -> Any:
    """Zeros and ones are right as integers, too: np.where(x > 0, 1, 0). What is no array stays what it is."""
    if not isinstance(derivative, (np.ndarray, np.generic, int, float)):
        return derivative
    is_whole = isinstance(derivative, np.ndarray) and derivative.dtype.kind in "iu"
    return upstream * (derivative.astype(upstream.dtype) if is_whole else derivative)
