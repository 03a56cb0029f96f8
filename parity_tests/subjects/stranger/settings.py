"""The settings of a case as canonical arguments, in one of the spellings that strangers have for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.subjects.stranger.affixes import bare
from parity_tests.subjects.stranger.axes import handed
from parity_tests.subjects.stranger.calls import Settings, accepts
from parity_tests.subjects.stranger.names import NORM_AXES, NORM_FUNCTIONS, is_called
from parity_tests.subjects.stranger.spelling import BY_ITSELF, NUMBERS, Spelling

OF_WINDOWS = ("Conv2D", "Pool2D")
Activation = Callable[[str], Any]  # the name of an activation's pair -> what a constructor is given for it


def of_case(kind: Callable, pair: Pair, case: Case, spelling: Spelling, activation: Activation) -> Settings:
    """For a class, in this spelling; `activation` makes what a constructor is given for one."""
    wanted = BUILDERS.get(pair.name, _nothing)(kind, case, spelling, activation)
    sizes = {"n_in": case.shape[-1], "n_out": case.get("n_out", 0), "features": case.shape[-1]}
    needed = {name: value for name, value in wanted.needed.items() if name not in spelling.unnamed}
    return replace(wanted, needed=needed, unnamed=tuple(sizes[name] for name in spelling.unnamed))


def unusual(pair: Pair, case: Case, name: str = "") -> str:
    """What code of this name may well refuse in this case, without being wrong; '' where it is an ordinary case.

    A layer for rows need not take images, but BatchNorm2d must.
    """
    kernel, stride, pad = (case.get(name, 1) for name in ("kernel", "stride", "pad"))
    said = {
        f"a kernel of {kernel}": isinstance(kernel, tuple) and kernel[0] != kernel[1],
        f"stride {stride}": isinstance(stride, tuple) and stride[0] != stride[1],
        f"pad {pad}": isinstance(pad, tuple) or (pad == "same" and not odd(kernel)),
        "momentum None": "momentum" in case.arguments and case["momentum"] is None,
        f"arrays of {len(case.shape)} axes": len(case.shape) != 2
        and pair.name not in ("Conv2D", "Pool2D", "Flatten")
        and not is_for_axes(name, len(case.shape)),
        f"p = {case.get('p', 0)}": case.get("p", 0.5) in (0.0, 1.0),
    }
    return " and ".join(what for what, is_so in said.items() if is_so)


def with_equal_pairs(kind: Callable, pair: Pair, case: Case, spelling: Spelling) -> Case | None:
    """The case with two equal numbers wherever it has two that differ, for the kernel, the stride and the padding; None
    where something else is out of the ordinary, or where the pair would not be handed on as one."""
    kernel, stride, pad = (case.get(name, 1) for name in ("kernel", "stride", "pad"))
    in_pairs = {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1)}
    given = {"kernel": kernel, "stride": stride, "pad": padding(case, spelling) if pair.name == "Conv2D" else pad}
    changed = {name: in_pairs[name] for name, value in given.items() if isinstance(value, tuple)}
    like = replace(case, arguments={**case.arguments, **changed})
    sides_differ = isinstance(pad, tuple) and not isinstance(pad[0], int)
    stride_in_pair = pair.name == "Pool2D" and ("stride" in changed or "stride" not in case.arguments)
    if sides_differ or spelling.given is not None or (stride_in_pair and not _is_as_window(kind)):
        return None
    return like if changed and unusual(pair, like) in ("", "pad (1, 1)") else None


def named(case: Case) -> str:
    """The settings of a case that have an argument of their own; '' where there are none. A class that takes such a
    setting may refuse it, but must not stumble over it later."""
    said = {
        "ceil_mode": case.get("ceil_mode", False),
        "count_include_pad": "count_include_pad" in case.arguments,
        f"activation {case.get('activation', '')}": case.get("activation", "Linear") != "Linear",
    }
    return " and ".join(what for what, is_so in said.items() if is_so)


def left_over(pair: Pair, case: Case, shape: tuple[int, ...]) -> str:
    """Images of this shape, if the windows leave some rows or columns of them over; '' where they fit."""
    if pair.name not in OF_WINDOWS or isinstance(case.get("pad", 0), str):
        return ""
    kernel, pads = as_pair(case["kernel"]), as_pair(case.get("pad", 0))
    stride = case.get("stride", None)
    strides = as_pair(stride or (case["kernel"] if pair.name == "Pool2D" else 1))
    sides = (pad if isinstance(pad, tuple) else (pad, pad) for pad in pads)
    over = [
        (size + sum(side) - k) % step for size, side, k, step in zip(shape[1:3], sides, kernel, strides, strict=True)
    ]
    size, window = (" x ".join(map(str, pair_of)) for pair_of in (shape[1:3], kernel))
    return f"images of {size}, of which windows of {window} leave some over" if any(over) else ""


def is_for_axes(name: str, axes: int) -> bool:
    """BatchNorm2d and spatial_batchnorm_forward say that they are for images."""
    names = (*NORM_AXES.get(axes, ()), *(f"{prefix}_forward" for prefix in NORM_FUNCTIONS.get(axes, ())))
    return is_called(bare(name), names)


def odd(kernel: int | tuple[int, int]) -> bool:
    return all(k % 2 for k in as_pair(kernel))


def as_pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def spelt(value: int | tuple[int, int], kind: str) -> int | tuple[int, int]:
    """An int as a pair, or a pair of equal numbers as an int, where that is how the class is spelt."""
    height, width = as_pair(value)
    return height if kind == "int" and height == width else (height, width)


def sizes_of_kernel(kind: Callable, case: Case, spelling: Spelling) -> dict[str, Any]:
    """In one argument, or in one for the height and one for the width."""
    if accepts(kind, "kernel_height") and accepts(kind, "kernel_width"):
        return dict(zip(("kernel_height", "kernel_width"), as_pair(case["kernel"]), strict=True))
    if spelling.kernel == "with channels":
        return {"kernel": (case.shape[-1], *as_pair(case["kernel"]))}
    return {"kernel": spelt(case["kernel"], spelling.kernel)}


def _weighted(kind: Callable, case: Case, spelling: Spelling, activation: Activation, shape: tuple[int, ...]) -> tuple:
    """n_out, the activation where the case names one, and what a constructor may insist on; or the arrays themselves,
    which tell the sizes."""
    name = case.get("activation", "Linear")
    fused = {"activation": activation(name)} if name != "Linear" or accepts(kind, "activation") else {}
    sizes = {"n_out": case["n_out"]}
    if spelling.given is not None:
        order, row = spelling.given
        bias = np.zeros(case["n_out"] if row == "(n,)" else (1, case["n_out"]))
        sizes = {"W": np.array(handed(np.zeros(shape), order)), **({"b": bias} if accepts(kind, "b") else {})}
    needed = {**sizes, **(fused if name != "Linear" else {})}
    useful = {"n_in": case.shape[-1], "rng": np.random.default_rng(0), "seed": 0, "weight_init": "xavier_uniform"}
    return needed, {**useful, **fused, "name": "layer"}


def padding(case: Case, spelling: Spelling) -> str | int | tuple:
    """The case's padding in a word that the class understands, else in numbers."""
    pad, in_numbers = case.get("pad", "same"), NUMBERS in spelling.pads
    if BY_ITSELF in spelling.pads:
        same = tuple((k - 1) // 2 for k in as_pair(case["kernel"]))
        if odd(case["kernel"]) and (pad == "same" or as_pair(pad) == same):
            return 0
        if pad != "same":
            raise NotOffered(f"padding {pad!r}: it has no argument for it, and keeps the size of an image")
    if pad == "valid" or pad == 0:
        return "valid" if "valid" in spelling.pads else 0
    if (pad == "same" and "same" in spelling.pads) or (pad != "same" and in_numbers):
        return pad
    if not in_numbers:
        raise NotOffered(f"padding {pad!r}: its padding is a word, and this is none of them")
    if not odd(case["kernel"]):
        raise NotOffered('pad="same" of an even kernel, which one number a side cannot tell')
    height, width = ((k - 1) // 2 for k in as_pair(case["kernel"]))
    return height if height == width else (height, width)


def _dense(kind: Callable, case: Case, spelling: Spelling, activation: Activation) -> Settings:
    return Settings(*_weighted(kind, case, spelling, activation, (case.shape[-1], case["n_out"])))


def _convolution(kind: Callable, case: Case, spelling: Spelling, activation: Activation) -> Settings:
    shape = (*as_pair(case["kernel"]), case.shape[-1], case["n_out"])
    needed, useful = _weighted(kind, case, spelling, activation, shape)
    neutral, stride, pad = {}, case.get("stride", 1), padding(case, spelling)
    given = as_pair(stride) if spelling.kernel in ("pairs", "with channels") else stride
    if spelling.given is None:
        needed |= sizes_of_kernel(kind, case, spelling)
    (neutral if stride == 1 else needed)["stride"] = given
    (neutral if pad in (0, "valid") else needed)["pad"] = pad
    return Settings(needed, useful, neutral)


def _pooling(kind: Callable, case: Case, spelling: Spelling, activation: Activation) -> Settings:
    named = ("stride", "pad", "ceil_mode", "count_include_pad")
    needed = {name: case[name] for name in named if name in case.arguments and (name, case[name]) != ("pad", 0)}
    needed |= sizes_of_kernel(kind, case, spelling)
    neutral = {"mode": spelling.mode, **({} if "pad" in needed else {"pad": 0})}
    if (pad := accepts(kind, "pad")) is not None and isinstance(pad.default, str):
        neutral |= {"pad": "valid"}
        if "pad" in needed:
            raise NotOffered(f"padding {needed['pad']}: its padding is a word, {pad.default!r}")
    of_window = {} if "stride" in needed else {"stride": case["kernel"]}
    needed, of_window = (_strides(kind, some, spelling) for some in (needed, of_window))
    useful = {"name": "layer"}
    (neutral if spelling.conventions.stride_given else useful).update(of_window)
    return Settings(needed, useful, neutral)


def _strides(kind: Callable, some: dict[str, Any], spelling: Spelling) -> dict[str, Any]:
    """One number where both are alike; but a pair where strides=None stands beside a window that is given as a pair, or
    where nothing else is taken."""
    way = spelling.kernel if _is_as_window(kind) or spelling.kernel == "pairs" else "int"
    return {n: spelt(v, way) if n == "stride" else v for n, v in some.items()}


def _is_as_window(kind: Callable) -> bool:
    """Whether its stride is None by default, the window's, and so given as that is."""
    stride = accepts(kind, "stride")
    return stride is not None and stride.default is None


def _norm(kind: Callable, case: Case, spelling: Spelling, activation: Activation) -> Settings:
    needed = {name: case[name] for name in ("eps", "momentum") if name in case.arguments}
    useful = {"features": case.shape[-1], "name": "layer", "eps": 1e-5, "momentum": 0.1}
    useful |= {"gamma": np.ones(case.shape[-1]), "beta": np.zeros(case.shape[-1])}
    if not spelling.conventions.momentum_keeps:
        return Settings(needed, useful)
    if needed.get("momentum", 0.1) is None:
        raise NotOffered("momentum None: an average over all batches")
    return Settings({**needed, "momentum": 1 - needed.get("momentum", 0.1)}, useful)


def _dropout(kind: Callable, case: Case, spelling: Spelling, activation: Activation) -> Settings:
    keep = accepts(kind, "keep") is not None
    p = 1 - case["p"] if keep or spelling.conventions.p_keeps else case["p"]
    return Settings({"keep" if keep else "p": p}, {"rng": np.random.default_rng(0), "seed": 0, "name": "layer"})


def _leaky(kind: Callable, case: Case, spelling: Spelling, activation: Activation) -> Settings:
    needed = {"slope": case["slope"]} if "slope" in case.arguments else {}
    return Settings(needed, {"slope": 0.01, "name": "layer"})


def _nothing(kind: Callable, case: Case, spelling: Spelling, activation: Activation) -> Settings:
    return Settings(useful={"name": "layer"})


BUILDERS = {
    "FullyConnected": _dense,
    "Conv2D": _convolution,
    "Pool2D": _pooling,
    "BatchNorm": _norm,
    "Dropout": _dropout,
    "LeakyReLU": _leaky,
}
