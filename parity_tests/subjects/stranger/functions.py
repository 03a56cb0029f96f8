"""Plain functions as a layer: forward(x, w, b, ...) -> (out, cache), backward(dout, cache) -> (dx, dw, db).

CS231n's are the model: settings stand in a dict, conv_param = {"stride", "pad"}, pool_param = {"pool_height",
"pool_width", "stride"}, bn_param = {"mode", "eps", "momentum", "running_mean", "running_var"}, dropout_param = {"p",
"mode"}; there `momentum` weighs the old statistics, and p is the probability of *keeping*. Arguments by themselves,
stride=1 or kernel_size=2, are understood as well. An object whose forward takes the weights, and which keeps its own
cache, is the same thing with the cache left out.

Such functions promise float64, as their course does: where float32 goes in and float64 comes out, float32 is not
offered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.layout import Layout
from parity_tests.pair import Arrays, Case, NotOffered, Pair
from parity_tests.subjects.stranger import axes, calls, settings
from parity_tests.subjects.stranger.chance import steered
from parity_tests.subjects.stranger.handing import lent
from parity_tests.subjects.stranger.names import ARRAYS, canonical, is_called

SETTINGS_ENDINGS = ("param", "params", "config", "cfg", "settings", "options", "hparameters", "hparams")
BY_THEMSELVES = (
    "kernel_height",
    "kernel_width",
    "kernel",
    "stride",
    "pad",
    "eps",
    "momentum",
    "p",
    "keep",
    "slope",
    "training",
    "mode",
)


@dataclass(frozen=True)
class Manner:
    """How the functions are spelt: the order of image axes and of a weight's; whether a row is (n,) or (1, n); whether
    dropout's p keeps; whether momentum weighs the old statistics."""

    images: str = "NHWC"
    weight: Layout | None = None
    rows: str = "(n,)"
    p_keeps: bool = False
    momentum_keeps: bool = False


class StrangerFunctions:
    """A forward and a backward of a stranger's, the arrays kept here."""

    def __init__(self, forward: Callable, backward: Callable | None, pair: Pair, case: Case, manner: Manner) -> None:
        self.forward_function, self.backward_function = forward, backward
        self.pair, self.case, self.manner = pair, case, manner
        self.images = axes.IMAGES[manner.images]
        self.values = self._values()
        self.small_keeps: bool | None = None
        self._given: dict[str, np.ndarray] | None = None

    # ---- the subject

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self._given = {**parameters, **state}
        self._arrays = {key: self._theirs(key, array) for key, array in parameters.items()}
        self._statistics = {key: array.ravel().copy() for key, array in state.items() if key.startswith("running")}
        self._bag: dict[str, Any] = {}

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        if self._given is None:
            raise NotOffered("parameters of its own: a function is given them")
        self._shape, self._training = X.shape, training
        with lent(X, self._order(X)) as theirs:
            mask = next(iter(masks.values()), None)
            Y = self._run(theirs, training) if mask is None else self._with_mask(theirs, training, mask)
        self._refuse_float32(X, Y)
        return self._output(Y)

    def _refuse_float32(self, given: np.ndarray, *returned: Any) -> None:
        if given.dtype == np.float32 and any(getattr(array, "dtype", None) == np.float64 for array in returned):
            raise NotOffered("float32: the function answers in float64, whatever it is given")

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        if self.backward_function is None:
            raise NotOffered("no backward function")
        if not self._training and self._cache_is_empty():
            raise NotOffered("no cache in evaluation, so no backward")
        with lent(dLdY, self._order(dLdY)) as theirs:
            needed = calls.required(self.backward_function)
            if len(needed) > 1 and is_called(needed[0].name, ("cache", "ctx", "saved")):
                returned = self.backward_function(self._cache, theirs)
            else:
                returned = (
                    self.backward_function(theirs, self._cache) if len(needed) > 1 else self.backward_function(theirs)
                )
        dX, *rest = returned if isinstance(returned, (tuple, list)) else (returned,)
        self._refuse_float32(dLdY, dX, *rest)
        self._gradients = dict(zip([weight.ours for weight in self.pair.weights], rest, strict=False))
        return axes.taken(dX, self.images) if len(self._shape) == 4 else dX

    def gradients(self) -> dict[str, np.ndarray | Exception]:
        return {key: self._ours(key, gradient) for key, gradient in self._gradients.items()}

    def state(self) -> dict[str, np.ndarray | Exception]:
        found: dict[str, np.ndarray | Exception] = {}
        for entry in self.pair.state:
            array = self._bag.get(entry.ours)
            reason = NotOffered(f"no {entry.ours} in its settings")
            found[entry.ours] = reason if array is None else np.reshape(array, self._given[entry.ours].shape)
        return found

    # ---- the settings of a case

    def _values(self) -> dict[str, Any]:
        """By canonical names. A setting that has no form here makes the case not offered."""
        case, odd = self.case, settings.unusual(self.pair, self.case)
        values = {name: case[name] for name in ("eps", "slope") if name in case.arguments}
        if self.pair.name == "Conv2D":
            if odd and ("stride" in odd or "pad" in odd):
                raise NotOffered(f"{odd}: one number for stride and one for padding")
            height, width = settings.as_pair(case["kernel"])
            values |= {"stride": case.get("stride", 1), "pad": self._pad(case, height, width)}
        if self.pair.name == "Pool2D":
            values |= self._pooling(case, odd)
        if self.pair.name == "BatchNorm":
            if "momentum" in case.arguments and case["momentum"] is None:
                raise NotOffered("momentum None: an average over all batches")
            share = case.get("momentum", 0.1)
            values |= {"eps": case.get("eps", 1e-5), "momentum": 1 - share if self.manner.momentum_keeps else share}
        if self.pair.name == "Dropout":
            values |= {"p": 1 - case["p"] if self.manner.p_keeps else case["p"], "keep": 1 - case["p"]}
        if case.get("activation", "Linear") != "Linear":
            raise NotOffered("an activation fused into a function")
        return values

    def _pad(self, case: Case, height: int, width: int) -> int:
        pad = case.get("pad", "same")
        if pad == "same" and (height != width or not height % 2):
            raise NotOffered(f"pad 'same' of a {height} x {width} kernel: one number for padding")
        return {"same": (height - 1) // 2, "valid": 0}.get(pad, pad) if isinstance(pad, str) else pad

    def _pooling(self, case: Case, odd: str) -> dict[str, Any]:
        (height, width), stride = settings.as_pair(case["kernel"]), case.get("stride", None)
        down, right = settings.as_pair(stride if stride is not None else case["kernel"])
        if down != right or (odd and "kernel" not in odd):
            raise NotOffered(f"{odd or 'a stride'}: one number for the stride of pooling, and no padding")
        pad = {"pad": case["pad"]} if case.get("pad", 0) else {}
        return {"kernel_height": height, "kernel_width": width, "kernel": (height, width), "stride": down, **pad}

    # ---- calling

    def _run(self, theirs: np.ndarray, training: bool) -> Any:
        values = {**self.values, "training": training, "mode": "train" if training else "test"}
        given = [theirs, *(self._argument(parameter, values) for parameter in self._rest())]
        returned = self.forward_function(*given)
        self._x = theirs
        Y, self._cache = returned if isinstance(returned, tuple) and len(returned) == 2 else (returned, None)
        return Y

    def _rest(self) -> list:
        """The arguments after x, up to the last that is required or known."""
        found = calls.parameters(self.forward_function)[1:]
        is_wanted = [p.default is p.empty or self._key(p.name) or canonical(p.name, BY_THEMSELVES) for p in found]
        last = max((i for i, wanted in enumerate(is_wanted) if wanted), default=-1)
        if self.values.get("pad") and not any(self._has_place(p, "pad") for p in found):
            raise NotOffered(f"{self.forward_function.__name__} has no padding")
        return found[: last + 1]

    def _has_place(self, parameter, argument: str) -> bool:
        is_bag = parameter.name.rsplit("_", 1)[-1] in SETTINGS_ENDINGS
        return canonical(parameter.name, [argument]) is not None or (is_bag and self.pair.name != "Pool2D")

    def _key(self, name: str) -> str | None:
        return next((w.ours for w in self.pair.weights if is_called(name, ARRAYS[w.ours])), None)

    def _argument(self, parameter, values: Mapping[str, Any]) -> Any:
        """What this parameter of forward gets: a weight, the dict of settings, or one setting."""
        if (key := self._key(parameter.name)) is not None:
            return self._arrays[key]
        if parameter.name.rsplit("_", 1)[-1] in SETTINGS_ENDINGS:
            return self._settings_dict(values)
        if parameter.name in ("running_mean", "running_var"):
            return self._statistics[parameter.name]
        argument = canonical(parameter.name, [name for name in BY_THEMSELVES if name in values])
        if argument is not None:
            return values[argument]
        if parameter.default is not parameter.empty:
            return parameter.default
        name = self.forward_function.__name__
        raise NotOffered(f"{name} needs {parameter.name}, which this suite has no value for: write an adapter")

    def _settings_dict(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """One dict for all calls of this layer, for statistics are kept in it."""
        names = {"kernel_height": "pool_height", "kernel_width": "pool_width"}
        kept = ("stride", "pad", "eps", "momentum", "p", "mode", *names)
        self._bag |= {names.get(name, name): value for name, value in values.items() if name in kept}
        for key, array in self._statistics.items():
            self._bag.setdefault(key, array)
        return self._bag

    def _with_mask(self, theirs: np.ndarray, training: bool, mask: np.ndarray) -> Any:
        kept = axes.handed(mask, self.images) if mask.ndim == 4 else mask
        if self.small_keeps is None:
            kinds = []
            for number in (0.0, 1.0):
                with steered(None, np.full(theirs.shape, number)):
                    kinds.append(bool(np.any(self._run(np.ones_like(theirs), training))))
            self.small_keeps = kinds == [True, False]
        with steered(None, (kept != self.small_keeps).astype(np.float64)):
            return self._run(theirs, training)

    def _cache_is_empty(self) -> bool:
        return self._cache is None and len(calls.required(self.backward_function)) > 1

    # ---- arrays in their shape, and in ours

    def _order(self, array: np.ndarray) -> Layout | None:
        return self.images if array.ndim == 4 and self.manner.images == "NCHW" else None

    def _theirs(self, key: str, array: np.ndarray) -> np.ndarray:
        if key == "W" and self.manner.weight is not None:
            array = axes.handed(array, self.manner.weight)
        return np.array(array.ravel() if key != "W" and self.manner.rows == "(n,)" else array, order="C")

    def _ours(self, key: str, gradient: Any) -> np.ndarray | Exception:
        own, given = self._arrays[key].shape, self._given[key]
        if np.shape(gradient) != own:
            what = f"the gradient of {key} has shape {np.shape(gradient)}, {key} itself {own}"
            return ValueError(f"{what}: a gradient has its parameter's shape")
        if key == "W" and self.manner.weight is not None:
            return axes.taken(np.asarray(gradient), self.manner.weight)
        return np.asarray(gradient).reshape(given.shape)

    def _output(self, Y: Any) -> np.ndarray:
        if len(self._shape) != 4 or self.manner.images == "NHWC":
            return Y
        layout = self.pair.output_layout(self._shape)
        return layout.to_ours(Y) if isinstance(layout, Layout) and np.ndim(Y) == 2 else axes.taken(Y, self.images)
