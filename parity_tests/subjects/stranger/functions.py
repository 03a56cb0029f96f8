"""Plain functions as a layer: forward(x, w, b, ...) -> (out, cache), backward(dout, cache) -> (dx, dw, db).

CS231n's are the model: their settings stand in a dict (bags.py). An object whose forward takes the weights, and which
keeps its own cache, is the same thing with the cache left out.

Such functions promise float64, as their course does: where float32 goes in and float64 comes out, float32 is not
offered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.layout import Layout
from parity_tests.pair import Arrays, Case, NotOffered, Pair
from parity_tests.subjects.stranger import axes, calls
from parity_tests.subjects.stranger.bags import BY_THEMSELVES, Bag, is_bag, values_of
from parity_tests.subjects.stranger.chance import Chance
from parity_tests.subjects.stranger.conventions import NONE, Conventions
from parity_tests.subjects.stranger.handing import lent
from parity_tests.subjects.stranger.names import ARRAYS, CACHES, canonical, is_called
from parity_tests.subjects.stranger.pooling import mode_of
from parity_tests.subjects.stranger.refusing import Refusing
from parity_tests.subjects.stranger.roles import INPUT, KEPT, OUTPUT, UPSTREAM, role_of
from parity_tests.subjects.stranger.store import wrong_shape

STATISTICS = ("running_mean", "running_var")
ROWS = {
    "(n,)": (-1,),
    "(1, n)": (1, -1),
    "(n, 1)": (-1, 1),
    "(1, 1, 1, n)": (1, 1, 1, -1),
    "(1, n, 1, 1)": (1, -1, 1, 1),
}


@dataclass(frozen=True)
class CallingConvention:
    """How the functions are spelt: the order of image axes and of a weight's; the shape of a row, one of ROWS, and
    whether examples are columns; and the conventions that their signatures show."""

    images: str = "NHWC"
    weight: Layout | None = None
    rows: str = "(n,)"
    columns: bool = False
    conventions: Conventions = NONE


class StrangerFunctions:
    """A forward and a backward of a stranger's, the arrays kept here."""

    def __init__(
        self, forward: Callable, backward: Callable | None, pair: Pair, case: Case, calling: CallingConvention
    ) -> None:
        self.forward_function, self.backward_function = forward, backward
        self.pair, self.calling, self.notes = pair, calling, calling.conventions.notes
        self.images = axes.Images(pair, calling.images, calling.columns)
        self._shape = case.shape
        self.values = values_of(pair, case, calling.conventions) | mode_of(forward, pair, case)
        self._refusing = Refusing(pair, case, getattr(forward, "__name__", ""))
        self._chance = Chance(forward, lambda X: self._run(X, training=True))
        self._arguments = self._after_x()
        self._arrays: dict[str, np.ndarray] = {}

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self._given = {**parameters, **state}
        self._arrays = {key: self._theirs(key, array) for key, array in parameters.items()}
        self._statistics = {key: self._theirs(key, array) for key, array in state.items() if key in STATISTICS}
        self._bag = Bag(self._statistics)

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        self._shape, self._training = X.shape, training
        with lent(X, self.images.of_input(X.shape)) as theirs:
            if masks:
                (mask,) = masks.values()
                Y = self._chance.forward(theirs, axes.handed(mask, self.images.of_input(mask.shape)))
            else:
                Y = self._chance.otherwise(lambda: self._run(theirs, training=training))
        refuse_float32(X, Y)
        return axes.inward(Y, self.images.of_output(X.shape))

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        if self.backward_function is None:
            raise NotOffered("no backward function")
        needed = calls.required(self.backward_function)
        with lent(dLdY, self.images.of_output(self._shape)) as theirs:
            given = (theirs,) if len(needed) < 2 else (theirs, self._cache)
            is_first = len(needed) > 1 and is_called(needed[0].name, CACHES)
            given = tuple(reversed(given)) if is_first else given
            if len(needed) > 1 and self._cache is None:
                given = self._without_a_cache([parameter.name for parameter in needed], theirs)
            again = calls.Settings(neutral=self._settings(self._training))  # mode="max"
            returned = self._chance.otherwise(lambda: calls.call(self.backward_function, *given, settings=again))
        dX, *rest = returned if isinstance(returned, (tuple, list)) else (returned,)
        refuse_float32(dLdY, dX, *rest)
        self._gradients = dict(zip([weight.ours for weight in self.pair.weights], rest, strict=False))
        return axes.inward(dX, self.images.of_input(self._shape))

    def _without_a_cache(self, names: list[str], theirs: np.ndarray) -> tuple:
        """What backward asks for, where forward has kept nothing: dLdY, and by their names x, y and the weights."""
        keys = {name: self._key(name) for name in names}
        roles = {name: role_of(name) for name in names if keys[name] is None}
        if KEPT in roles.values() and not self._training:
            raise NotOffered("no cache in evaluation, so no backward")
        if UPSTREAM not in roles.values():
            roles[next(iter(roles))] = UPSTREAM
        known = {UPSTREAM: theirs, INPUT: self._X, OUTPUT: self._Y, KEPT: None}
        return tuple(self._arrays[keys[name]] if keys[name] else known[roles[name]] for name in names)

    def gradients(self) -> dict[str, np.ndarray | Exception]:
        return {key: self._ours(key, gradient) for key, gradient in self._gradients.items()}

    def state(self) -> dict[str, np.ndarray | Exception]:
        found: dict[str, np.ndarray | Exception] = {}
        for entry in self.pair.state:
            array = self._bag.values.get(entry.ours, self._statistics.get(entry.ours))
            reason = NotOffered(f"no {entry.ours} in its settings")
            found[entry.ours] = reason if array is None else np.reshape(array, self._given[entry.ours].shape)
        return found

    # ---- calling

    def _run(self, theirs: np.ndarray, *, training: bool) -> Any:
        values = self._settings(training)
        given = [theirs, *(self._argument(parameter, values) for parameter in self._arguments)]
        returned = self._refusing(lambda: self.forward_function(*given), shape=self._shape)
        Y, self._cache = returned if isinstance(returned, tuple) and len(returned) == 2 else (returned, None)
        self._X, self._Y = theirs, Y
        return Y

    def _settings(self, training: bool) -> dict[str, Any]:
        """By canonical names. A mode that is none of pooling says whether this is training."""
        return {"training": training, "mode": "train" if training else "test", **self.values}

    def _after_x(self) -> list:
        """The arguments after x, up to the last that is required or known."""
        found = calls.parameters(self.forward_function)[1:]
        is_wanted = [p.default is p.empty or self._key(p.name) or canonical(p.name, BY_THEMSELVES) for p in found]
        last = max((i for i, wanted in enumerate(is_wanted) if wanted), default=-1)
        padded = any(canonical(p.name, ["pad"]) or (is_bag(p) and self.pair.name != "Pool2D") for p in found)
        if self.values.get("pad") and not padded:
            raise NotOffered(f"{self.forward_function.__name__} has no padding")
        return found[: last + 1]

    def _key(self, name: str) -> str | None:
        return next((w.ours for w in self.pair.weights if is_called(name, ARRAYS[w.ours])), None)

    def _argument(self, parameter, values: dict[str, Any]) -> Any:
        """What this parameter of forward gets: a weight, the dict of settings, or one setting."""
        if (key := self._key(parameter.name)) is not None:
            if key not in self._arrays:
                raise NotOffered("no arrays of its own: a function starts from those that it is given")
            return self._arrays[key]
        if is_bag(parameter):
            return self._bag.with_settings(values)
        if (statistic := next((s for s in STATISTICS if is_called(parameter.name, ARRAYS[s])), None)) is not None:
            return self._statistics[statistic]
        argument = canonical(parameter.name, [name for name in BY_THEMSELVES if name in values])
        if argument is not None:
            return values[argument]
        if parameter.default is not parameter.empty:
            return parameter.default
        name = self.forward_function.__name__
        raise NotOffered(f"{name} needs {parameter.name}, which this suite has no value for: write an adapter")

    # ---- arrays in their shape, and in ours

    def _theirs(self, key: str, array: np.ndarray) -> np.ndarray:
        if key == "W":
            return np.array(axes.handed(array, self.calling.weight), order="C")
        return np.array(array.reshape(ROWS[self.calling.rows]))

    def _ours(self, key: str, gradient: Any) -> np.ndarray | Exception:
        if np.shape(gradient) != (own := self._arrays[key].shape):
            return wrong_shape(key, gradient, own)
        found = np.asarray(gradient)
        return axes.inward(found, self.calling.weight) if key == "W" else found.reshape(self._given[key].shape)


def refuse_float32(given: np.ndarray, *returned: Any) -> None:
    """Raises NotOffered where the answer to float32 is float64."""
    if given.dtype == np.float32 and any(getattr(array, "dtype", None) == np.float64 for array in returned):
        raise NotOffered("float32: the function answers in float64, whatever it is given")
