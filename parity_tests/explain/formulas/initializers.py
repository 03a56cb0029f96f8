"""Mistakes of initialisers: another bound or deviation. `scale` is what the standard draw was multiplied by.

fans of (n_in, n_out) and of (kh, kw, n_in, n_out): area n_in and area n_out

xavier_uniform sqrt(6 / (in + out))    xavier_normal sqrt(2 / (in + out))
he_uniform     sqrt(6 / in)            he_normal     sqrt(2 / in)          torch_default 1 / sqrt(in)
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from parity_tests.explain.hypothesis import Hypothesis, Situation
from parity_tests.trace import Trace

Fans = tuple[float, float]
Shape = tuple[int, ...]


def fans(shape: Shape) -> Fans:
    *kernel, n_in, n_out = shape
    return math.prod(kernel) * n_in, math.prod(kernel) * n_out


def wrong(name: str, says: str, of: str, scale: Callable[[Shape], float], *, convention: str = "") -> Hypothesis:
    """of: the parts, "weight", whose scale it is."""

    def predict(situation: Situation) -> Trace:
        value = scale(tuple(map(int, situation.batch["shape"])))
        return {f"{part}.scale": np.full(3, value) for part in of.split() if f"{part}.scale" in situation.expected}

    return Hypothesis(name, says, predict, convention=convention)


FANS: dict[str, tuple[str, Callable[[Shape], Fans]]] = {
    "fans_swapped": ("fan_in and fan_out are swapped", lambda shape: fans(shape)[::-1]),
    "fans_without_area": ("the fans of a kernel leave its area out", lambda shape: shape[-2:]),
    "fans_first_axes": ("the fans of a kernel are its first two axes", lambda shape: shape[:2]),
    "fans_torch_order": (
        "the fans of a kernel are read in PyTorch's order of axes, (out, in, kh, kw)",
        lambda shape: (shape[1] * math.prod(shape[2:]), shape[0] * math.prod(shape[2:])),
    ),
    "fans_flattened": ("fan_out of a kernel leaves its area out", lambda shape: (fans(shape)[0], shape[-1])),
    "fan_in_without_area": ("fan_in of a kernel leaves its area out", lambda shape: (shape[-2], fans(shape)[1])),
}
FORMULAS: dict[str, dict[str, tuple[str, Callable[[Fans], float]]]] = {
    "xavier_uniform": {
        "": ("", lambda f: math.sqrt(6 / sum(f))),
        "std_as_bound": ("the deviation is used as the bound of the uniform draw", lambda f: math.sqrt(2 / sum(f))),
        "fan_in": ("fan_in stands in place of both fans: sqrt(3 / in)", lambda f: math.sqrt(3 / f[0])),
        "fan_in_6": ("fan_out is left out: sqrt(6 / in)", lambda f: math.sqrt(6 / f[0])),
        "simple": ("the bound is 1 / sqrt(fan_in)", lambda f: 1 / math.sqrt(f[0])),
        "gain": ("a gain of sqrt(2) is applied", lambda f: math.sqrt(12 / sum(f))),
        "no_root": ("the root is missing", lambda f: 6 / sum(f)),
        "three": ("it is sqrt(3 / (in + out)), not 6", lambda f: math.sqrt(3 / sum(f))),
    },
    "xavier_normal": {
        "": ("", lambda f: math.sqrt(2 / sum(f))),
        "bound_as_std": ("the bound of the uniform draw is used as the deviation", lambda f: math.sqrt(6 / sum(f))),
        "fan_in": ("fan_in stands in place of both fans: sqrt(1 / in)", lambda f: math.sqrt(1 / f[0])),
        "he": ("it is he_normal's: sqrt(2 / in)", lambda f: math.sqrt(2 / f[0])),
        "gain": ("a gain of sqrt(2) is applied", lambda f: math.sqrt(4 / sum(f))),
        "no_root": ("the variance is used as the deviation: the root is missing", lambda f: 2 / sum(f)),
        "one": ("it is sqrt(1 / (in + out)), not 2", lambda f: math.sqrt(1 / sum(f))),
    },
    "he_uniform": {
        "": ("", lambda f: math.sqrt(6 / f[0])),
        "std_as_bound": ("the deviation is used as the bound of the uniform draw", lambda f: math.sqrt(2 / f[0])),
        "no_gain": ("the gain of sqrt(2) is missing: sqrt(3 / in)", lambda f: math.sqrt(3 / f[0])),
        "xavier": ("it is xavier_uniform's: sqrt(6 / (in + out))", lambda f: math.sqrt(6 / sum(f))),
        "average": ("the mean of the fans stands in place of fan_in", lambda f: math.sqrt(12 / sum(f))),
        "no_root": ("the root is missing", lambda f: 6 / f[0]),
    },
    "he_normal": {
        "": ("", lambda f: math.sqrt(2 / f[0])),
        "bound_as_std": ("the bound of the uniform draw is used as the deviation", lambda f: math.sqrt(6 / f[0])),
        "no_gain": ("the gain of sqrt(2) is missing: sqrt(1 / in)", lambda f: math.sqrt(1 / f[0])),
        "xavier": ("it is xavier_normal's: sqrt(2 / (in + out))", lambda f: math.sqrt(2 / sum(f))),
        "average": ("the mean of the fans stands in place of fan_in", lambda f: math.sqrt(4 / sum(f))),
        "no_root": ("the variance is used as the deviation: the root is missing", lambda f: 2 / f[0]),
    },
    "torch_default": {
        "": ("", lambda f: 1 / math.sqrt(f[0])),
        "he": ("it is he_uniform's: sqrt(6 / in)", lambda f: math.sqrt(6 / f[0])),
        "uniform_of_variance": ("it is sqrt(3 / in), which has variance 1 / in", lambda f: math.sqrt(3 / f[0])),
        "xavier": ("it is xavier_uniform's: sqrt(6 / (in + out))", lambda f: math.sqrt(6 / sum(f))),
        "no_root": ("the root is missing: 1 / in", lambda f: 1 / f[0]),
    },
}


BOTH_FANS = ("fans_without_area", "fans_first_axes", "fans_torch_order", "fans_flattened", "fan_in_without_area")
FAN_IN = ("fans_swapped", "fans_without_area", "fans_first_axes", "fans_torch_order")


def of_pair(name: str, of: str = "weight", prefix: str = "") -> list[Hypothesis]:
    """Wrong fans in the right formula, and wrong formulas of the right fans."""
    right, prefix = FORMULAS[name][""][1], prefix or name
    found = []
    for label in BOTH_FANS if name.startswith("xavier") else FAN_IN:
        says, wrong_fans = FANS[label]
        found.append(wrong(f"{prefix}_{label}", says, of, lambda shape, f=wrong_fans: right(f(shape))))
    for label, (says, formula) in FORMULAS[name].items():
        if label:
            found.append(wrong(f"{prefix}_{label}", says, of, lambda shape, formula=formula: formula(fans(shape))))
    return found


MISTAKES = {
    "zeros": (wrong("zeros_ones", "it fills with ones", "weight", lambda shape: 1.0),),
    **{name: tuple(of_pair(name)) for name in FORMULAS if name != "torch_default"},
    "torch_default": (
        *of_pair("torch_default", "weight bias"),
        *of_pair("torch_default", "weight", "torch_default_weight"),
        *of_pair("torch_default", "bias", "torch_default_bias"),
        wrong("torch_default_bias_0", "the bias starts at zero, not at a draw like the weight's", "bias",
              lambda shape: 0.0, convention="Keras and TensorFlow"),
    ),
}  # fmt: skip
