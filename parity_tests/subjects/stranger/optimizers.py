"""A stranger's optimiser. Its rate is set by the attribute that holds it, and in param_groups, as torch's holds it.

    step(parameters, gradients)          over dicts, or over lists
    apply_gradients(pairs)               over a list of (gradient, parameter), as Keras's zip(gradients, variables)
    update(parameter, gradient, name)    one by one
    Optimizer(parameters, lr).step()     over objects with .data and .grad, or .value and .grad
    Optimizer(parameters, lr).step(gradients)    over dicts, or over lists, changed in place
    adam(w, dw, config) -> (w, config)   functions with their settings in a dict: updates.py
    calculate_update(w, dw), update(w, dw)    an object for each parameter: updates.py
    update_params(layer)                 one by one: layer_updates.py
    Optimizer(model, lr).step()          over model.layers: layer_updates.py

Dicts or lists is told by which does not raise on two small arrays.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from parity_tests.pair import Arrays, Case, NotOffered, NotThere, Pair
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.affixes import bare
from parity_tests.subjects.stranger.layer_updates import MODELS, StrangerLayerOptimizer, StrangerModelOptimizer
from parity_tests.subjects.stranger.names import CLASSES, OPTIMIZERS_WITH, is_called
from parity_tests.subjects.stranger.offers import named
from parity_tests.subjects.stranger.rates import set_rate
from parity_tests.subjects.stranger.stand_ins import Parameter, as_far_as_they_go
from parity_tests.subjects.stranger.tensors_wanted import may_want_tensors
from parity_tests.subjects.stranger.updates import NEUTRAL, StrangerUpdateOfOne, is_neutral, of_function

# PyTorch's own, for those who have none and ask to be told.
DEFAULTS = {**NEUTRAL, "betas": (0.9, 0.999), "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
DECAY_OF_ADAMW = 0.01
OF_ONE = ("param", "w", "parameter", "theta", "x", "weight", "weights", "p")
STEPS = ("step", "update", "apply_gradients")
PAIRS = ("apply_gradients", "grads_and_vars", "pairs")
HELD = ("params", "parameters")
FORMS = ("dicts", "lists")


class StrangerOptimizer:
    """An object of a class, made when it is known which parameters it is for."""

    def __init__(self, kind: type, pair: Pair, case: Case) -> None:
        self._kind, self._settings, self._rate = kind, settings_of(kind, pair, case), case["lr"]
        first = next(iter(calls.parameters(kind)), None)
        self._holds = first is not None and first.name.strip("_") in HELD
        if not self._holds:
            calls.call(kind, settings=self._settings)  # what it has no place for is not offered
        self._form = "objects" if self._holds and not self._is_given_gradients() else self._told()

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self._parameters = {name: array.copy() for name, array in parameters.items()}
        self._boxes = {n: Parameter(data=a, grad=None) for n, a in self._parameters.items()}
        self._list = list(self._parameters.values())
        held = {"objects": list(self._boxes.values()), "lists": self._list, "dicts": self._parameters}
        given = (held[self._form],) if self._holds else ()
        with as_far_as_they_go(), may_want_tensors(self._kind):
            self.thing = calls.call(self._kind, *given, settings=self._settings)

    def step(self, gradients: Arrays, lr: float) -> None:
        set_rate(self.thing, lr, self._rate)
        given = {name: array if array.flags.writeable else array.copy() for name, array in gradients.items()}
        method = self._method()
        if self._form == "objects":
            self._over_objects(method, given)
        elif self._holds and self._form == "dicts":
            method(given)
        elif self._holds:
            method([given[name] for name in self._parameters])
            self._parameters = dict(zip(self._parameters, self._list, strict=True))
        elif len(asked := calls.parameters(method)) == 1:
            self._over_pairs(method, asked[0].name, given)
        elif self._form == "lists":
            self._over_lists(method, given)
        elif is_one_by_one(method):
            self._one_by_one(method, given)
        else:
            returned = method(self._parameters, given)
            self._parameters = dict(returned) if isinstance(returned, Mapping) else self._parameters

    def parameters(self) -> dict[str, np.ndarray]:
        return self._parameters

    def _method(self) -> Callable:
        """The first that is given something, unless it looks for gradients in the parameters: a step() may count."""
        found = [method for name in STEPS if callable(method := getattr(self.thing, name, None))]
        if not found:
            raise NotOffered("no method `step` or `update`")
        return next((method for method in found if self._form != "objects" and calls.parameters(method)), found[0])

    def _is_given_gradients(self) -> bool:
        """Its step asks for them, so it does not look for them in the parameters."""
        methods = (getattr(self._kind, name, None) for name in STEPS)
        return any(len(calls.required(method)) > 1 for method in methods if callable(method))  # beside self

    def _told(self) -> str:
        """Which form two small parameters get through in; the first, if none."""
        for form in FORMS:
            self._form = form
            try:
                self.load({"a": np.ones((2, 3)), "b": np.ones(3)}, {})
                self.step({"a": np.ones((2, 3)), "b": np.ones(3)}, self._rate)
            except Exception:
                continue
            return form
        return FORMS[0]

    def _over_objects(self, method: Callable, gradients: Mapping[str, np.ndarray]) -> None:
        for name, box in self._boxes.items():
            box.grad = gradients[name]
        with as_far_as_they_go(), may_want_tensors(self._kind):
            method()
        self._parameters = {name: box.data for name, box in self._boxes.items()}

    def _over_lists(self, method: Callable, gradients: Mapping[str, np.ndarray]) -> None:
        arrays = list(self._parameters.values())
        returned = method(arrays, [gradients[name] for name in self._parameters])
        found = returned if isinstance(returned, (list, tuple)) else arrays
        self._parameters = dict(zip(self._parameters, found, strict=True))

    def _over_pairs(self, method: Callable, argument: str, gradients: Mapping[str, np.ndarray]) -> None:
        if not {method.__name__, argument} & set(PAIRS):
            name = f"{method.__name__}({argument})"
            raise NotOffered(f"{name} is given parameters or gradients, and both are needed: write an adapter")
        method([(gradients[name], array) for name, array in self._parameters.items()])

    def _one_by_one(self, method: Callable, gradients: Mapping[str, np.ndarray]) -> None:
        many = max(2, min(3, len(calls.parameters(method))))
        for name, array in self._parameters.items():
            returned = method(*(array, gradients[name], name)[:many])
            self._parameters[name] = array if returned is None else returned


def is_one_by_one(method: Callable) -> bool:
    """It asks for a name after the two arrays, or calls the first one a parameter, not parameters."""
    names = [p.name.lower() for p in calls.parameters(method)]
    return len(names) >= 3 or (bool(names) and names[0] in OF_ONE)


def is_of_one(method: Any) -> bool:
    """A method of a class, self before the rest: it is given one parameter and its gradient, and no name to tell it
    from others."""
    names = [p.name.lower() for p in calls.parameters(method)][1:] if callable(method) else []
    return len(names) == 2 and (method.__name__ == "calculate_update" or names[0] in OF_ONE)


def settings_of(kind: type, pair: Pair, case: Case) -> calls.Settings:
    """The case as arguments of the constructor; both betas in one argument, or in one each."""
    said_by_name = ("nesterov",) if is_called(bare(kind.__name__), OPTIMIZERS_WITH["nesterov"]) else ()
    settings = {name: value for name, value in case.arguments.items() if name not in ("lr", "betas", *said_by_name)}
    if "betas" in case.arguments:
        by_one = calls.accepts(kind, "betas") is not None
        both = dict(zip(("beta1", "beta2"), case["betas"], strict=True))
        settings |= {"betas": case["betas"]} if by_one else both
    neutral = {name: value for name, value in settings.items() if is_neutral(name, value)}
    needed = {name: value for name, value in settings.items() if name not in neutral}
    own = {**DEFAULTS, "weight_decay": DECAY_OF_ADAMW if pair.name == "AdamW" else 0}
    return calls.Settings({"lr": case["lr"], **needed}, useful=own, neutral=neutral)


def _made_of(kind: type, pair: Pair, case: Case) -> Any:
    if callable(getattr(kind, "update_params", None)):
        return StrangerLayerOptimizer(kind, settings_of(kind, pair, case))
    if way := next((name for name in ("calculate_update", *STEPS) if is_of_one(getattr(kind, name, None))), ""):
        return StrangerUpdateOfOne(kind, way, settings_of(kind, pair, case), case["lr"])
    first, of_arrays = next(iter(calls.required(kind)), None), inspect.unwrap(kind) is kind
    if of_arrays and first is not None and is_called(first.name, MODELS):
        return StrangerModelOptimizer(kind, settings_of(kind, pair, case), case["lr"])
    return StrangerOptimizer(kind, pair, case)


def find(module: ModuleType, pair: Pair, case: Case) -> Any:
    """The optimiser of the case. Raises NotOffered where the module has none."""
    refused = None
    special = [name for setting, names in OPTIMIZERS_WITH.items() if case.get(setting, 0) for name in names]
    for kind in named(module, [*CLASSES[pair.name], *(special if pair.name == "SGD" else ())], inspect.isclass):
        try:
            return _made_of(kind, pair, case)
        except NotOffered as reason:
            refused = refused or reason
    names = ("sgd_momentum",) if pair.name == "SGD" and case.get("momentum", 0) else (pair.name.lower(),)
    names = [form.format(name) for name in names for form in ("{}", "{}_optimizer", "{}_update")]
    for function in named(module, names, inspect.isroutine):
        if len(calls.parameters(function)) < 3:
            continue
        try:
            return of_function(function, case)
        except NotOffered as reason:
            refused = refused or reason
    raise refused or NotThere(f"nothing in it is called {pair.name}")
