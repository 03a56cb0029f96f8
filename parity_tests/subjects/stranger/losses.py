"""A stranger's loss: a class with forward and backward, or a function that returns (loss, gradient).

Which argument is the target is told by its name; whether targets are one-hot rows or class numbers, by which of the two
gives one finite number; whether a cross-entropy takes logits or probabilities, by adding a constant to every row: a
softmax inside does not notice that, however wrong the rest may be.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from parity_tests.pair import NotOffered, Pair
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.handing import lent
from parity_tests.subjects.stranger.names import CLASSES, LOSS_FUNCTIONS, plain
from parity_tests.subjects.stranger.offers import named
from parity_tests.subjects.stranger.options import Options

TARGETS = {"y", "ytrue", "truey", "target", "targets", "label", "labels", "t", "true", "truth", "gt", "expected"}
OUTPUTS = {"yhat", "ypred", "yp", "pred", "preds", "prediction", "predictions", "logits", "scores", "x", "z", "output",
           "outputs", "probs", "probabilities", "p", "out", "a", "inputs", "input", "yhats"}  # fmt: skip
CLASS_LOSSES = ("CrossEntropy", "SoftmaxCrossEntropy")


@dataclass(frozen=True)
class Manner:
    """target_first: forward(target, output). labels: class numbers for targets. logits: a softmax is inside."""

    target_first: bool
    labels: bool
    logits: bool


class StrangerLoss:
    def __init__(self, thing: Any, manner: Manner) -> None:
        self.thing, self.manner = thing, manner

    def value(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        with lent(Y) as target, lent(Y_hat) as output:
            found = self._forward(target, output)
        if np.ndim(found) != 0:
            raise ValueError(f"expected one number, the loss of the batch; got an array of shape {np.shape(found)}")
        return float(found)

    def gradient(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        with lent(Y) as target, lent(Y_hat) as output:
            return self._backward(target, output)

    def _given(self, target: np.ndarray, output: np.ndarray) -> tuple[Any, Any]:
        if self.manner.labels:
            one_hot = target.ndim == 2 and bool(
                np.all((target == 0) | (target == 1)) and np.all(target.sum(axis=1) == 1)
            )
            if not one_hot:
                raise NotOffered("targets that are no classes: it takes class numbers")
            target = target.argmax(axis=1)
        return (target, output) if self.manner.target_first else (output, target)

    def _forward(self, target: np.ndarray, output: np.ndarray) -> Any:
        returned = _callable(self.thing)(*self._given(target, output))
        self._second = returned[1] if isinstance(returned, tuple) and len(returned) > 1 else None
        return returned[0] if isinstance(returned, tuple) else returned

    def _backward(self, target: np.ndarray, output: np.ndarray) -> np.ndarray:
        """By its own method: with both arguments, or after a forward with what it kept; or what forward returned."""
        backward = getattr(self.thing, "backward", None) or getattr(self.thing, "gradient", None)
        if not callable(backward):
            self._forward(target, output)
            if self._second is None:
                raise NotOffered("no backward, and no gradient beside the loss")
            return self._second
        needed = calls.required(backward)
        if len(needed) >= 2:
            return backward(*self._given(target, output))
        self._forward(target, output)
        named_upstream = [1.0] if needed else []
        return backward(*named_upstream)


def _callable(thing: Any) -> Callable:
    return thing if inspect.isroutine(thing) else getattr(thing, "forward", None) or getattr(thing, "loss", thing)


def find(module: ModuleType, pair: Pair, options: Options) -> tuple[Callable[[], Any], Manner]:
    """(what makes the loss, its manner). Raises NotOffered where the module has none for this pair."""
    refused = None
    for thing in (
        *named(module, CLASSES[pair.name], inspect.isclass),
        *named(module, LOSS_FUNCTIONS[pair.name], inspect.isroutine),
    ):
        make = _maker(thing)
        try:
            manner = _manner(make(), pair, options)
        except NotOffered as error:
            refused = error
            continue
        if pair.name not in CLASS_LOSSES or manner.logits == (pair.name == "SoftmaxCrossEntropy"):
            return make, manner
    raise refused or NotOffered(
        f"nothing in it is called {' or '.join(CLASSES[pair.name][:3])}, or takes what it takes"
    )


def _maker(thing: Any) -> Callable[[], Any]:
    if not inspect.isclass(thing):
        return lambda: thing
    return lambda: calls.call(thing, settings=calls.Settings(useful={"name": plain(thing.__name__)}))


def _manner(thing: Any, pair: Pair, options: Options) -> Manner:
    target_first = _target_first(_callable(thing))
    if pair.name not in CLASS_LOSSES:
        return Manner(target_first, False, False)
    labels = options.targets == "labels" if options.targets else _takes_labels(thing, target_first)
    if options.loss_input:
        return Manner(target_first, labels, options.loss_input == "logits")
    return Manner(target_first, labels, _has_softmax(thing, target_first, labels))


def _target_first(function: Callable) -> bool:
    names = [plain(p.name) for p in calls.parameters(function)][:2]
    if len(names) < 2:
        return True
    if names[0] in TARGETS - {"y"} or names[1] in OUTPUTS:
        return True
    return not (names[1] in TARGETS or names[0] in OUTPUTS)


def _example() -> tuple[np.ndarray, np.ndarray]:
    """(one-hot targets, rows that sum to 1), 4 of 3 classes."""
    raw = np.random.default_rng(3).uniform(0.2, 1.0, size=(4, 3))
    return np.eye(3)[[0, 2, 1, 1]], raw / raw.sum(axis=1, keepdims=True)


def _takes_labels(thing: Any, target_first: bool) -> bool:
    Y, P = _example()
    for labels in (False, True):
        if _number(thing, Manner(target_first, labels, False), Y, P) is not None:
            return labels
    return False


def _has_softmax(thing: Any, target_first: bool, labels: bool) -> bool:
    Y, P = _example()
    manner = Manner(target_first, labels, False)
    there, shifted = (_number(thing, manner, Y, output) for output in (P, P + 1.5))
    return there is not None and shifted is not None and abs(there - shifted) <= 1e-9 * abs(there)


def _number(thing: Any, manner: Manner, Y: np.ndarray, output: np.ndarray) -> float | None:
    try:
        with np.errstate(all="ignore"):
            found = StrangerLoss(thing, manner).value(Y.copy(), output.copy())
    except NotOffered:
        raise
    except Exception:
        return None
    return found if np.isfinite(found) else None
