"""Activations as plain functions: relu(x) beside relu_backward(dout, x), sigmoid(z) beside sigmoid_derivative(z).

    y = f(x) or (y, cache) = f(x)       settings, a slope, by their names
    dX = f_backward(dY, x)              the upstream gradient is what is called so, else the first of two arguments
    dX = dY f'(x)                       of one argument, or of a derivative's name; not for a softmax

What else the gradient function asks for is told by the argument's name: the output where it is called y, out or a, what
f returned beside its output where it is called cache, else the input. No number is looked at: a derivative that is
written for the output, and whose argument is called z, is wrong.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from parity_tests.pair import Arrays, Case, NotOffered, Pair
from parity_tests.subjects.stranger import axes, calls, offers, settings, torch_functions
from parity_tests.subjects.stranger.conventions import COLUMNS
from parity_tests.subjects.stranger.functions import refuse_float32
from parity_tests.subjects.stranger.handing import lent
from parity_tests.subjects.stranger.names import (
    ACTIVATION_NAMES,
    DERIVATIVES,
    FUNCTIONS,
    canonical,
    is_called,
)
from parity_tests.subjects.stranger.refusing import Refusing
from parity_tests.subjects.stranger.roles import INPUT, KEPT, OUTPUT, UPSTREAM, role_of, times
from parity_tests.subjects.stranger.spelling import Spelling

BACKWARDS = ("{}_backward", "backward_{}", "{}_backprop")


NOTED = "{} is given the {} of {}, for its argument is called {}"
NOT_TOLD = "{}: which is the upstream gradient and which the input cannot be told: call them dout and x"
JACOBIAN = (
    "{} has no upstream gradient: every output of a softmax depends on all inputs, so its derivative is a Jacobian and "
    "no array of its shape. softmax_backward(dout, y) can be compared"
)


@dataclass(frozen=True)
class PlainFunctions:
    """gradient: backward or derivative, None where there is neither. is_backward: by its name."""

    forward: Callable
    gradient: Callable | None
    is_backward: bool


def functions(module: ModuleType, pair: Pair) -> PlainFunctions | None:
    """`relu` and `relu_backward`, `sigmoid` and `sigmoid_prime`, ...; None where there is no forward."""
    forwards, backwards, derivatives = (
        offers.named(module, names, inspect.isfunction)
        for names in (_prefixes(pair), _spelt(pair, BACKWARDS), _spelt(pair, DERIVATIVES))
    )
    gradient = next(iter([*backwards, *derivatives]), None)
    if forwards and torch_functions.is_of_tensors(forwards[0]):
        return _of_tensors(forwards[0], gradient, bool(backwards))
    return PlainFunctions(forwards[0], gradient, bool(backwards)) if forwards else None


def _of_tensors(forward: Callable, gradient: Callable | None, is_backward: bool) -> PlainFunctions:
    """The same of arrays; without a gradient function, autograd's gradient is compared."""
    if gradient is None:
        return PlainFunctions(*torch_functions.differentiated(forward), is_backward=True)
    return PlainFunctions(torch_functions.of_arrays(forward), torch_functions.of_arrays(gradient), is_backward)


def every(module: ModuleType, pair: Pair) -> dict[str, Callable]:
    """All that have one of these names, by the names that the module gives them."""
    return offers.every(module, [*_prefixes(pair), *_spelt(pair, (*BACKWARDS, *DERIVATIVES))], inspect.isfunction)


def _prefixes(pair: Pair) -> tuple[str, ...]:
    return FUNCTIONS[pair.name] if pair.name in ACTIVATION_NAMES else ()


def _spelt(pair: Pair, forms: Iterable[str]) -> list[str]:
    return [form.format(prefix) for form in forms for prefix in _prefixes(pair)]


def roles(found: PlainFunctions, known: Iterable[str]) -> dict[str, str]:
    """{what the gradient function needs: UPSTREAM, INPUT, OUTPUT, KEPT or one of the settings that are known}."""
    if found.gradient is None:
        return {}
    names = [parameter.name for parameter in calls.required(found.gradient)]
    told = {name: canonical(name, known) or role_of(name) for name in names}
    arrays = [name for name in names if told[name] not in known]
    if found.is_backward and len(arrays) > 1 and UPSTREAM not in told.values():
        told[arrays[0]] = UPSTREAM
    if not found.is_backward and len(arrays) == 1 and told[arrays[0]] == UPSTREAM:
        told[arrays[0]] = INPUT  # sigmoid_derivative(d)
    return told


def refusal(found: PlainFunctions, told: Mapping[str, str], pair: Pair) -> str:
    """Why the gradient is not offered; '' where it is."""
    if found.gradient is None:
        return "no backward function"
    asks = f"{found.gradient.__name__}({', '.join(told)})"
    if not told or len(set(told.values())) < len(told):
        return NOT_TOLD.format(asks)
    return JACOBIAN.format(asks) if pair.name == "SoftMax" and UPSTREAM not in told.values() else ""


def notes(found: PlainFunctions, told: Mapping[str, str]) -> Iterator[str]:
    """What a name has decided: the output; and the input of a derivative, which may be meant for the output."""
    is_derivative = UPSTREAM not in told.values()
    for name, role in told.items():
        if role == OUTPUT or (role == INPUT and is_derivative):
            yield NOTED.format(found.gradient.__name__, role, found.forward.__name__, name)


class StrangerPlainFunctions:
    """A plain forward, and its gradient where there is one. What the caller of such functions keeps is kept here."""

    def __init__(self, found: PlainFunctions, pair: Pair, case: Case, images: axes.Images) -> None:
        self.found, self.images = found, images
        self.settings = settings.of_case(found.forward, pair, case, Spelling(), str)
        self.values = {**self.settings.useful, **self.settings.needed}
        self.roles = roles(found, self.values)
        self.refusal = refusal(found, self.roles, pair)
        told = () if self.refusal else tuple(notes(found, self.roles))
        self.notes = (*told, COLUMNS) if images.columns else told
        self._refusing = Refusing(pair, case, found.forward.__name__)

    def load(self, parameters: Arrays, state: Arrays) -> None:
        """There is nothing to load."""

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        with lent(X, self.images.of_input(X.shape)) as theirs:
            returned = self._refusing(lambda: calls.call(self.found.forward, theirs, settings=self.settings))
        Y, *kept = returned if isinstance(returned, tuple) and len(returned) == 2 else (returned,)
        self._refuse_tensors(Y)
        refuse_float32(X, Y)
        output = axes.inward(Y, self.images.of_output(X.shape), f"{self.found.forward.__name__} returned")
        self._X, self._kept = X, {OUTPUT: np.array(Y), **({KEPT: kept[0]} if kept else {})}
        return output

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        if self.refusal:
            raise NotOffered(self.refusal)
        to_input, to_output = self.images.of_input(self._X.shape), self.images.of_output(self._X.shape)
        with lent(dLdY, to_output) as upstream, lent(self._X, to_input) as theirs:
            dX = self._gradient(upstream, theirs)
        refuse_float32(dLdY, dX)
        return axes.inward(dX, to_input, f"{self.found.gradient.__name__} returned")

    def gradients(self) -> dict[str, np.ndarray | Exception]:
        return {}

    def state(self) -> dict[str, np.ndarray | Exception]:
        return {}

    def _gradient(self, upstream: np.ndarray, theirs: np.ndarray) -> Any:
        told = set(self.roles.values())
        if KEPT in told and KEPT not in self._kept and any(is_called(name, ["mask"]) for name in self.roles):
            raise NotOffered(f"{self.found.gradient.__name__} needs a mask, which {self.found.forward.__name__} keeps")
        known = {**self.values, KEPT: theirs, **self._kept, UPSTREAM: upstream, INPUT: theirs}
        needed = {setting: value for setting, value in self.settings.needed.items() if setting not in told}
        first = [known[role] for role in self.roles.values()]
        returned = calls.call(self.found.gradient, *first, settings=calls.Settings(needed))
        return returned if UPSTREAM in told else times(upstream, returned)

    def _refuse_tensors(self, Y: Any) -> None:
        """A function of an autograd's own arrays is none of NumPy's."""
        if type(Y).__module__.split(".")[0] not in ("builtins", "numpy"):
            name = self.found.forward.__name__
            raise NotOffered(f"{name} answers with a {type(Y).__name__}, not with an array: write an adapter")
