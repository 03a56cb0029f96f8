"""What a layer says of itself: the arguments of its pair's cases, read from the attributes of DESIGN.md's names.

    FullyConnected   n_out, activation              Conv2D       n_out, kernel_shape, stride, pad, activation
    Pool2D           kernel_shape, mode, stride, pad, ceil_mode, count_include_pad
    BatchNorm        eps, momentum                  Dropout      p             LeakyReLU   slope

Classes and attributes are known by the names of subjects/stranger/names.py too (Dense, MaxPool2D, padding, pool_size).
A size that shows in a weight is read there. Raises NotOffered where a layer does not tell what must be known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from operator import attrgetter
from typing import Any

from parity_tests.networks import elsewhere
from parity_tests.networks.candidate import kind_among
from parity_tests.pair import NotOffered
from parity_tests.pairs.activations import TORCH as ACTIVATIONS
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.names import ARGUMENTS, CLASSES, POOL_MODES, is_called

SPELLINGS = {name.lower(): name for name in ACTIVATIONS}  # "relu", "leaky_relu", "softmax"
ABSENT = object()


def first_of(layer: object, *names: str, default: Any = ABSENT, fits: Callable[[Any], bool] = lambda held: True) -> Any:
    """The first attribute (dotted) that the layer has and that fits."""
    for name in names:
        try:
            held = attrgetter(name)(layer)
        except AttributeError:
            continue
        if fits(held):
            return held
    if default is ABSENT:
        raise NotOffered(f"{type(layer).__name__} does not tell its {names[0]}: no attribute {' or '.join(names)}")
    return default


def setting(layer: object, argument: str, *more: str, default: Any = ABSENT) -> Any:
    """Under any of its names. A method called pad is no setting, nor is the shape of an input called size."""
    return first_of(layer, *ARGUMENTS[argument], *more, default=default, fits=_is_setting)


def _is_setting(held: Any) -> bool:
    return held is None or isinstance(held, (Real, str)) or (isinstance(held, (tuple, list)) and len(held) == 2)


def weight_shape(layer: object) -> tuple[int, ...]:
    """Of the W in its dict `parameters`; () where there is none, or not yet."""
    held = getattr(layer, "parameters", None)
    return getattr(held.get("W"), "shape", ()) if isinstance(held, Mapping) else ()


def dense_shape(layer: object) -> tuple[int, ...]:
    """Of W, wherever it stands, as (D, M). Raises NotOffered where it stands elsewhere and cannot be told."""
    return elsewhere.dense_shape(layer) if elsewhere.stands_elsewhere(layer, "FullyConnected") else weight_shape(layer)


def outputs(layer: object, shape: tuple[int, ...]) -> int:
    if not shape and not hasattr(layer, "n_out"):
        raise NotOffered(f"no W was found in it, and no attribute n_out: {elsewhere.LOOKED}")
    return int(first_of(layer, "n_out", default=shape[-1]) if shape else first_of(layer, "n_out"))


def fused(layer: object) -> dict[str, Any]:
    """The activation inside a layer, an object or its name, and its slope."""
    activation = first_of(layer, *ARGUMENTS["activation"], default=None)
    if activation is None:
        return {}
    if isinstance(activation, str):
        name = SPELLINGS.get(activation.lower().replace("_", ""))
        return {"activation": _known(name, activation)}
    name = kind_among(activation, ACTIVATIONS)
    return {"activation": _known(name, type(activation).__name__)} | leaky(activation)


def _known(name: str | None, said: str) -> str:
    if name is None:
        raise NotOffered(f"no PyTorch twin of the activation {said} is known; known are {', '.join(ACTIVATIONS)}")
    return name


def leaky(layer: object) -> dict[str, Any]:
    slope = setting(layer, "slope", default=None)
    return {} if slope is None else {"slope": slope}


def kernel_of(layer: object, *more: str) -> Any:
    """In one attribute, or in one for the height and one for the width."""
    sides = [setting(layer, side, default=None) for side in ("kernel_height", "kernel_width")]
    return setting(layer, "kernel", *more) if None in sides else tuple(sides)


def conv(layer: object) -> dict[str, Any]:
    kernel = weight_shape(layer)[:2] or kernel_of(layer, "windows.kernel")
    stride, pad = setting(layer, "stride", "windows.stride"), setting(layer, "pad", "windows.pads")
    return {"kernel": kernel, "n_out": outputs(layer, weight_shape(layer)), "stride": stride, "pad": pad} | fused(layer)


def pool(layer: object) -> dict[str, Any]:
    found = {
        "kernel": kernel_of(layer),
        "mode": pool_mode(layer) or first_of(layer, "mode", default="max"),
        "stride": setting(layer, "stride"),
        "pad": setting(layer, "pad", default=0),
    }
    if found["mode"] not in ("max", "average"):
        raise NotOffered(f"no PyTorch twin of the pooling {found['mode']!r} is known; known are max, average")
    options = {"ceil_mode": first_of(layer, "ceil_mode", default=False)}
    if found["mode"] == "average":
        options["count_include_pad"] = first_of(layer, "count_include_pad", default=True)
    return found | options


def batch_norm(layer: object) -> dict[str, Any]:
    return {"eps": setting(layer, "eps"), "momentum": first_of(layer, "momentum", default=0.1)}


def pool_mode(layer: object) -> str | None:
    """Of a class for one mode alone: MaxPool2D."""
    modes = (
        mode for cls in type(layer).__mro__ for mode, known in POOL_MODES.items() if is_called(cls.__name__, known)
    )
    return next(modes, None)


DESCRIPTIONS: Mapping[str, Callable[[object], dict[str, Any]]] = {
    "FullyConnected": lambda layer: {"n_out": outputs(layer, dense_shape(layer))} | fused(layer),
    "Conv2D": conv,
    "Pool2D": pool,
    "BatchNorm": batch_norm,
    "Dropout": lambda layer: {"p": first_of(layer, "p")},
    "Flatten": lambda layer: {},
    **dict.fromkeys(ACTIVATIONS, leaky),
}


def kind_of(layer: object) -> str | None:
    """By the name of its class or of one that it inherits from; a Linear is fully connected, or the identity."""
    for cls in type(layer).__mro__:
        if kinds := [kind for kind in DESCRIPTIONS if is_called(cls.__name__, CLASSES[kind])]:
            return kinds[-1] if _is_bare(layer) else kinds[0]
    return None if pool_mode(layer) is None else "Pool2D"


def _is_bare(layer: object) -> bool:
    """Whether it has no weights, and its class asks for nothing from which it could make them."""
    has_weights = weight_shape(layer) or elsewhere.stands_elsewhere(layer, "FullyConnected")
    return not has_weights and not calls.parameters(type(layer))


def described(layer: object) -> tuple[str, dict[str, Any]]:
    """(kind, arguments). Raises NotOffered."""
    kind = kind_of(layer)
    if kind is None:
        raise NotOffered(f"no PyTorch twin of {type(layer).__name__} is known; known are {', '.join(DESCRIPTIONS)}")
    return kind, DESCRIPTIONS[kind](layer)
