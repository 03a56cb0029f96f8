"""Handling an object that nothing is known about but its forward and backward: run it, and say what is wrong with it.

Everything it does wrong, from an exception to a wrong number, is an AssertionError that names its class and method.
"""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np

from scratch_nn.gradient_check import compare_gradients

TOLERANCE = 1e-7  # relative to the largest entry; central differences are good to about 1e-10
Mistakes = dict[str, np.ndarray]  # what the message says -> what that mistake would give


def instance(thing: Any) -> Any:
    """An object: `thing`, or a new one of the class `thing`."""
    return _call(thing.__name__, thing) if isinstance(thing, type) else thing


def passes(thing: Any, inputs: list[np.ndarray], *d_out: Any) -> tuple[Any, Any]:
    """(what forward returns, what backward returns). Both are asked twice, and must not change what they are given."""
    who, answers = type(thing).__name__, []
    given = copy.deepcopy((inputs, d_out))
    for _ in range(2):
        out = _call(f"{who}.forward", getattr(thing, "forward", None), *given[0])
        kept = _call(f"{who}.forward", copy.deepcopy, out)
        gradients = _call(f"{who}.backward", getattr(thing, "backward", None), *given[1])
        answers.append((kept, _call(f"{who}.backward", copy.deepcopy, gradients)))
        unchanged = {"the inputs": (given[0], inputs), "d_out": (given[1], d_out), "forward's result": (out, kept)}
        for name, (now, before) in unchanged.items():
            if not _same(now, before):
                raise AssertionError(f"{who}: modified {name} in place. Work on a new array.")
    if not _same(*answers):
        raise AssertionError(f"{who}: the second time it gave another answer. Overwrite what is kept, do not add.")
    return answers[0]


def upstreams(thing: Any) -> list[list[float]]:
    """The arguments to try on backward: none, a factor, or both where the argument is optional."""
    try:
        arguments = [*inspect.signature(thing.backward).parameters.values()]
    except (AttributeError, TypeError, ValueError):
        return [[]]
    named = [a for a in arguments if a.kind in (a.POSITIONAL_ONLY, a.POSITIONAL_OR_KEYWORD)]
    required = [a for a in named if a.default is a.empty]
    return [*([] if required else [[]]), *([[1.0], [2.5]] if named else [])]


def same_value(thing: Any, got: Any, right: Any, mistakes: Mistakes) -> None:
    """Raise AssertionError unless forward's result is the formula's."""
    who, right = f"{type(thing).__name__}.forward", np.asarray(right)
    got = _numbers(who, got)
    if got.shape != right.shape:
        raise AssertionError(f"{who}: expected shape {right.shape}, got {got.shape}.")
    with np.errstate(all="ignore"):
        difference = np.abs(got - right)
    if not difference.max() <= TOLERANCE * np.abs(right).max():  # NaN is not below it either
        i = np.unravel_index(np.argmax(difference), got.shape)
        said = f"{who}: expected {right[i]:.9g}, got {got[i]:.9g} (entry {tuple(map(int, i))})."
        raise AssertionError(said + _likely(got, mistakes))


def compare(thing: Any, name: str, got: Any, right: np.ndarray, mistakes: Mistakes) -> float:
    """The relative error of a gradient. Raises AssertionError if it is above TOLERANCE."""
    who = type(thing).__name__
    got = _numbers(f"{who}.backward", got)
    try:
        return compare_gradients(who, name, got, right, TOLERANCE)
    except AssertionError as error:
        raise AssertionError(f"{str(error).removesuffix('.')}.{_likely(got, mistakes)}") from None


def _likely(got: np.ndarray, mistakes: Mistakes) -> str:
    """The first mistake that would give just this."""
    for said, wrong in mistakes.items():
        if got.shape == np.shape(wrong) and np.allclose(got, wrong, rtol=1e-6, atol=1e-6 * np.abs(wrong).max()):
            return f" It looks as if {said}."
    return ""


def _numbers(who: str, got: Any) -> np.ndarray:
    try:
        return np.asarray(got).astype(np.float64, casting="same_kind")
    except (TypeError, ValueError):
        raise AssertionError(f"{who}: expected an array of numbers, got {got!r}.") from None


def _call(who: str, function: Any, *args: Any) -> Any:
    if not callable(function):
        raise AssertionError(f"{who}: there is no such method.")
    try:
        with np.errstate(all="ignore"):  # an overflow shows in the numbers
            return function(*args)
    except Exception as error:  # anything may go wrong in code that nothing is known about
        raise AssertionError(f"{who} raised {type(error).__name__}: {error}") from error


def _same(a: Any, b: Any) -> bool:
    """Bit for bit, so that NaN is NaN; lists and tuples item by item. Of what is no numbers, more is said later on."""
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(map(_same, a, b))
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and (a.dtype == object or (a.shape == b.shape and a.tobytes() == b.tobytes()))
