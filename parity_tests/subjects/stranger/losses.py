"""A stranger's loss: a class with forward and backward, or a function that returns (loss, gradient).

Which argument is the target is told by its name; whether targets are one-hot rows or class numbers, by which of the two
gives one finite number; whether a cross-entropy takes logits or probabilities, by names, and where those do not tell by
trying whether there is a softmax inside.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from parity_tests.layout import Layout
from parity_tests.pair import NoArray, NotOffered, NotThere, Pair
from parity_tests.subjects.stranger import axes, calls
from parity_tests.subjects.stranger.conventions import COLUMNS
from parity_tests.subjects.stranger.for_rows import may_be_for_rows
from parity_tests.subjects.stranger.handing import lent
from parity_tests.subjects.stranger.names import CLASSES, DERIVATIVES, FORWARDS, LOSS_BACKWARDS, LOSS_FUNCTIONS, plain
from parity_tests.subjects.stranger.offers import named
from parity_tests.subjects.stranger.options import Options
from parity_tests.subjects.stranger.passes import given_by, method_of
from parity_tests.subjects.stranger.targets import is_target, target_first
from parity_tests.subjects.stranger.tensors_wanted import may_want_tensors
from parity_tests.subjects.stranger.torch_functions import is_loss_of_tensors, loss_of_arrays, of_arrays

CLASS_LOSSES = ("CrossEntropy", "SoftmaxCrossEntropy")
GRADIENTS = (*DERIVATIVES, "{}_backward", "{}_delta")
FOR_EACH = "it gives one loss for each example, where PyTorch's default is their mean"


@dataclass(frozen=True)
class LossConvention:
    """targets: "one-hot", "labels" (class numbers), or "either". logits: a softmax is inside. columns: (classes, N)."""

    targets: str
    logits: bool
    columns: bool = False


class StrangerLoss:
    """thing: an object with forward and backward, or a function. gradient_function: of a function, where it has one."""

    def __init__(self, thing: Any, convention: LossConvention, gradient_function: Callable | None = None) -> None:
        self.thing, self.convention, self.gradient_function = thing, convention, gradient_function
        self.notes = (COLUMNS,) if convention.columns else ()

    def value(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        found = self._value(Y, Y_hat)
        if np.size(found) != 1:
            got = FOR_EACH if _is_for_each(found, Y_hat) else f"got an array of shape {np.shape(found)}"
            raise NoArray(f"expected one number, the loss of the batch; {got}")
        return float(np.ravel(found)[0])

    def mean(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        """The value, of one loss for each example their mean."""
        found = self._value(Y, Y_hat)
        return float(np.mean(found)) if _is_for_each(found, Y_hat) else self.value(Y, Y_hat)

    def _value(self, Y: np.ndarray, Y_hat: np.ndarray) -> Any:
        with self._lent(Y, Y_hat) as (target, output):
            return self._forward(target, output)

    def gradient(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        with self._lent(Y, Y_hat) as (target, output):
            return axes.inward(self._backward(target, output), self._order(Y_hat), "the gradient is")

    def gradient_again(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        """Once more after `gradient`, without a forward in between where its backward lives on what forward kept."""
        with self._lent(Y, Y_hat) as (target, output):
            return axes.inward(self._backward(target, output, again=True), self._order(Y_hat), "the gradient is")

    def _order(self, array: np.ndarray) -> Layout | None:
        return axes.COLUMNS if self.convention.columns and array.ndim == 2 else None

    @contextmanager
    def _lent(self, Y: np.ndarray, Y_hat: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The target and the output for one call, which may refuse them."""
        with (
            lent(Y, self._order(Y)) as target,
            lent(Y_hat, self._order(Y_hat)) as output,
            may_be_for_rows(Y_hat.ndim),
            may_want_tensors(self.thing),
        ):
            yield target, output

    def _given(self, function: Callable, target: np.ndarray, output: np.ndarray) -> tuple[Any, Any]:
        """The two arguments, as this function names them."""
        target = self._as_taken(target)
        return (target, output) if target_first(function) else (output, target)

    def _as_taken(self, target: np.ndarray) -> np.ndarray:
        """Class numbers, where it takes those."""
        if self.convention.targets == "one-hot":
            return target
        rows = target.T if self.convention.columns else target
        if not _is_one_hot(rows):
            raise NotOffered("targets that are no classes: it takes class numbers")
        return rows.argmax(axis=1) if self.convention.targets == "labels" else target

    def _forward(self, target: np.ndarray, output: np.ndarray) -> Any:
        function = _callable(self.thing)
        returned = function(*self._given(function, target, output))
        self._second = returned[1] if isinstance(returned, tuple) and len(returned) > 1 else None
        return returned[0] if isinstance(returned, tuple) else returned

    def _backward(self, target: np.ndarray, output: np.ndarray, *, again: bool = False) -> np.ndarray:
        """By its own method: with both arguments, or after a forward with what it kept, and with the target if it asks
        for that; or what forward returned."""
        backward = self.gradient_function or method_of(self.thing, LOSS_BACKWARDS)
        if backward is None:
            self._forward(target, output)
            if self._second is None:
                raise NotOffered("no backward, and no gradient beside the loss")
            return self._second
        needed = calls.required(backward)
        if len(needed) >= 2:
            return self._left(backward(*self._given(backward, target, output)))
        if not again:
            self._forward(target, output)
        return self._left(backward(*(self._as_taken(target) if is_target(p.name) else 1.0 for p in needed)))

    def _left(self, returned: Any) -> Any:
        return returned if inspect.isroutine(self.thing) else given_by(self.thing, "backward", returned)


def _is_for_each(found: Any, output: np.ndarray) -> bool:
    return np.shape(found) in ((len(output),), (len(output), 1))


def _is_one_hot(target: np.ndarray) -> bool:
    return target.ndim == 2 and bool(np.all((target == 0) | (target == 1)) and np.all(target.sum(axis=1) == 1))


def _callable(thing: Any) -> Callable:
    """`calculate` of two arrays is the loss of a batch, where a forward beside it is that of each example."""
    if inspect.isroutine(thing):
        return thing
    of_a_batch = method_of(thing, ("calculate",))
    if of_a_batch is not None and len(calls.required(of_a_batch)) == 2:
        return of_a_batch
    return method_of(thing, (*FORWARDS, "loss")) or thing


def find(module: ModuleType, pair: Pair, options: Options) -> Callable[[], StrangerLoss]:
    """What makes the loss. Raises NotOffered where the module has none for this pair."""
    refused, found = None, _named_so(module, pair.name)
    for thing in found:
        make = _maker(thing)
        try:
            convention = _convention(make(), pair, options, is_alone=not _softmax_by_name(module))
        except NotOffered as error:
            refused = error
            continue
        if pair.name not in CLASS_LOSSES or convention.logits == (pair.name == "SoftmaxCrossEntropy"):
            gradient = _gradient_of(module, thing)
            return lambda: StrangerLoss(make(), convention, gradient)
    names = " or ".join(CLASSES[pair.name][:3])
    raise refused or NotThere(f"nothing in it is called {names}, or takes what it takes")


def _named_so(module: ModuleType, name: str) -> list[Any]:
    of_classes = named(module, CLASSES[name], inspect.isclass)
    functions = named(module, LOSS_FUNCTIONS[name], inspect.isroutine)
    return [*of_classes, *(loss_of_arrays(f) if is_loss_of_tensors(f) else f for f in functions)]


def _softmax_by_name(module: ModuleType) -> bool:
    """Something in it is called softmax cross-entropy: then what is called cross-entropy is without."""
    return any("softmax" in plain(thing.__name__) for thing in _named_so(module, "SoftmaxCrossEntropy"))


def _gradient_of(module: ModuleType, thing: Any) -> Callable | None:
    """The function beside `mse` that is called `mse_grad`, `mse_prime` or `d_mse`."""
    if not inspect.isroutine(thing):
        return None
    names = [form.format(thing.__name__) for form in GRADIENTS]
    found = next(iter(named(module, names, inspect.isroutine)), None)
    return of_arrays(found) if found is not None and is_loss_of_tensors(inspect.unwrap(thing)) else found


def _maker(thing: Any) -> Callable[[], Any]:
    if not inspect.isclass(thing):
        return lambda: thing
    return lambda: calls.call(thing, settings=calls.Settings(useful={"name": plain(thing.__name__)}))


def _convention(thing: Any, pair: Pair, options: Options, *, is_alone: bool) -> LossConvention:
    if len(asked := [parameter.name for parameter in calls.required(_callable(thing))]) > 2:
        raise NotOffered(f"it asks for {', '.join(asked)}, and is given an output and a target: write an adapter")
    target_first(_callable(thing))
    columns = options.examples == "columns"
    if pair.name not in CLASS_LOSSES:
        if _takes(thing, columns) == "labels":
            raise NotOffered("it takes class numbers for targets, and turns them into rows itself")
        return LossConvention("one-hot", False, columns)
    told = LossConvention(options.targets or _takes(thing, columns), False, columns)
    logits = options.loss_input == "logits" if options.loss_input else _has_softmax(thing, told, is_alone)
    return replace(told, logits=logits)


def _example() -> tuple[np.ndarray, np.ndarray]:
    """(one-hot targets, rows that sum to 1), 4 of 3 classes."""
    raw = np.random.default_rng(3).uniform(0.2, 1.0, size=(4, 3))
    return np.eye(3)[[0, 2, 1, 1]], raw / raw.sum(axis=1, keepdims=True)


def _takes(thing: Any, columns: bool) -> str:
    """Which targets give one finite number."""
    Y, P = _example()
    works = {
        targets: _number(thing, LossConvention(targets, False, columns), Y, P) is not None
        for targets in ("one-hot", "labels")
    }
    if all(works.values()):
        return "either"
    return "labels" if works["labels"] else "one-hot"


def _has_softmax(thing: Any, told: LossConvention, is_alone: bool) -> bool:
    """By name, of the thing or of its argument; where that does not tell, a constant is added to every row: a softmax
    inside does not notice that, however wrong the rest may be."""
    names = [plain(getattr(thing, "__name__", type(thing).__name__))]
    names += [plain(p.name) for p in calls.parameters(_callable(thing))][:2]
    if "softmax" in names[0] or {"logits", "scores"} & set(names):
        return True
    if {"probs", "probabilities"} & set(names) or not is_alone:
        return False
    Y, P = _example()
    there, shifted = (_number(thing, told, Y, output) for output in (P, P + 1.5))
    return there is not None and shifted is not None and abs(there - shifted) <= 1e-9 * abs(there)


def _number(thing: Any, convention: LossConvention, Y: np.ndarray, output: np.ndarray) -> float | None:
    try:
        with np.errstate(all="ignore"):
            found = StrangerLoss(thing, convention).mean(Y.copy(), output.copy())
    except NotOffered:
        raise
    except Exception:
        return None
    return found if np.isfinite(found) else None
