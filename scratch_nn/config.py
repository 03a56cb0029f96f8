"""A network from a configuration: the one place where things are told by names.

    {"loss": "cross_entropy", "seed": 0,
     "layer_args": [{"name": "fully_connected", "n_out": 25, "activation": "relu", "weight_init": "xavier_uniform"},
                    {"name": "fully_connected", "n_out": 3, "activation": "softmax"}],
     "optimizer_args": {"name": "SGD", "lr": 0.1, "momentum": 0.9,
                        "lr_scheduler": "exponential", "lr_decay": 0.99, "stage_length": 1000, "staircase": true}}

A name's case does not matter. The other keys are the arguments of the class; what has arguments of its own is a mapping
in its turn: "activation": {"name": "leaky_relu", "slope": 0.2}. A schedule's keys stand among the optimiser's:

    constant            (takes the keys of exponential, and has no use for them)
    exponential, step   lr lr_decay^floor(epoch / stage_length); with "staircase": false, exponential has no floor
    cosine              T_max, eta_min
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from scratch_nn import activations, initializers, losses, optimizers, schedules
from scratch_nn.batch_norm import BatchNorm
from scratch_nn.conv import Conv2D
from scratch_nn.dropout import Dropout
from scratch_nn.errors import complaint, positive_int
from scratch_nn.flatten import Flatten
from scratch_nn.fully_connected import FullyConnected
from scratch_nn.layer import Layer
from scratch_nn.pool import Pool2D

Table = Mapping[str, Callable[..., Any]]
Parts = tuple[list[Layer], losses.Loss, optimizers.Optimizer, np.random.Generator]


def _exponential(lr: float, *, lr_decay: float, stage_length: int = 1, staircase: bool = True) -> schedules.Schedule:
    if positive_int("exponential", "stage_length", stage_length) > 1 and staircase:
        return schedules.Step(lr, stage_length, lr_decay)
    return schedules.Exponential(lr, lr_decay ** (1 / stage_length))


ACTIVATIONS: Table = {
    "linear": activations.Linear,
    "sigmoid": activations.Sigmoid,
    "tanh": activations.Tanh,
    "relu": activations.ReLU,
    "leaky_relu": activations.LeakyReLU,
    "softmax": activations.SoftMax,
}
LAYERS: Table = {
    "fully_connected": FullyConnected,
    "conv2d": Conv2D,
    "pool2d": Pool2D,
    "batch_norm": BatchNorm,
    "dropout": Dropout,
    "flatten": Flatten,
    **ACTIVATIONS,
}
LOSSES: Table = {
    "cross_entropy": losses.CrossEntropy,
    "softmax_cross_entropy": losses.SoftmaxCrossEntropy,
    "categorical_cross_entropy": losses.SoftmaxCrossEntropy,
    "l2": losses.L2,
}
OPTIMIZERS: Table = {"sgd": optimizers.SGD, "adam": optimizers.Adam, "adamw": optimizers.AdamW}
SCHEDULES: Table = {
    "constant": lambda lr, *, lr_decay=1, stage_length=1, staircase=True: schedules.Constant(lr),
    "exponential": _exponential,
    "step": lambda lr, *, lr_decay, stage_length: schedules.Step(lr, stage_length, lr_decay),
    "cosine": schedules.Cosine,
}
INITIALIZERS: Table = {  # a plain one is handed over as it is; `constant` is called with its value
    "zeros": lambda: initializers.zeros,
    "constant": initializers.constant,
    "xavier_uniform": lambda: initializers.xavier_uniform,
    "xavier_normal": lambda: initializers.xavier_normal,
    "he_uniform": lambda: initializers.he_uniform,
    "he_normal": lambda: initializers.he_normal,
    "torch_default": lambda: initializers.torch_default,
}
PARTS = {"activation": ACTIVATIONS, "weight_init": INITIALIZERS}


def parts_of(mapping: Mapping[str, Any]) -> Parts:
    """What a configuration tells. Raises ValueError for names and keys that are not known, and lists those that are."""
    return _call("the configuration", _parts, _mapping("the configuration", mapping))


def _parts(*, loss: Any, layer_args: Any, optimizer_args: Any, seed: Any) -> Parts:
    if not isinstance(layer_args, (list, tuple)):
        cure = 'For example ["flatten", {"name": "fully_connected", "n_out": 10}].'
        raise TypeError(complaint("layer_args", "a list, an entry for each layer", repr(layer_args), cure))
    layers = [_layer(f"layer_args[{i}]", args) for i, args in enumerate(layer_args)]
    optimizer = _optimizer("optimizer_args", optimizer_args)
    return layers, _named("loss", LOSSES, loss), optimizer, _generator(seed)


def _generator(seed: Any) -> np.random.Generator:
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise ValueError(complaint("seed", "an integer of at least 0", repr(seed), "For example 0.")) from error


def _layer(where: str, told: Any) -> Layer:
    args = dict(_mapping(where, told))
    for key in args.keys() & PARTS.keys():
        args[key] = _named(f"{where} {key}", PARTS[key], args[key])
    return _named(where, LAYERS, args)


def _optimizer(where: str, told: Any) -> optimizers.Optimizer:
    args = _mapping(where, told)
    if "lr_scheduler" not in args:
        return _named(where, OPTIMIZERS, args, also=("lr_scheduler",))
    make = _find(f"{where} lr_scheduler", SCHEDULES, args["lr_scheduler"])
    keys = ("lr_scheduler", *inspect.signature(make).parameters)
    schedule = _call(f"{where} lr_scheduler", make, {key: args[key] for key in keys[1:] if key in args})
    rest = {key: value for key, value in args.items() if key not in keys}
    return _named(where, OPTIMIZERS, {**rest, "lr": schedule}, also=keys)


def _named(where: str, table: Table, told: Any, also: tuple[str, ...] = ()) -> Any:
    """What `told` means: a name, or a mapping of a name and arguments."""
    args = dict(_mapping(where, told))
    if "name" not in args:
        raise ValueError(complaint(where, "a name", repr(told), f"Known: {', '.join(sorted(table))}."))
    return _call(where, _find(where, table, args.pop("name")), args, also=("name", *also))


def _mapping(where: str, told: Any) -> Mapping[str, Any]:
    if not isinstance(told, (str, Mapping)):
        raise TypeError(complaint(where, "a name or a mapping", repr(told), "Objects go to NeuralNetwork(...) itself."))
    return {"name": told} if isinstance(told, str) else told


def _find(where: str, table: Table, name: Any) -> Callable[..., Any]:
    if str(name).lower() not in table:
        close = difflib.get_close_matches(str(name).lower(), table, 1)
        cure = f"Did you mean {close[0]!r}?" if close else "Spell it as listed."
        raise ValueError(complaint(where, f"one of {', '.join(sorted(table))}", repr(name), cure))
    return table[str(name).lower()]


def _call(where: str, make: Callable[..., Any], args: Mapping[str, Any], also: tuple[str, ...] = ()) -> Any:
    """make(**args), where unknown and missing keys, and what `make` itself refuses, are told with their place."""
    known = {key: p for key, p in inspect.signature(make).parameters.items() if key != "rng"}
    missing = [key for key, p in known.items() if p.default is p.empty and key not in args]
    if missing or not args.keys() <= known.keys():
        cure = f"Missing: {', '.join(missing)}." if missing else "Spell them as listed."
        got = str([*args] or [*also[:1]] or "none")
        raise ValueError(complaint(where, f"keys among {', '.join(dict.fromkeys([*also, *known]))}", got, cure))
    try:
        return make(**args)
    except (TypeError, ValueError) as error:
        raise (TypeError if isinstance(error, TypeError) else ValueError)(f"{where}: {error}") from error
