"""Errors: what came is named beside what was expected, and how to mend it.

"Conv2D: expected X of shape (N, H, W, 3), got (64, 3, 32, 32). Channels first? Use X.transpose(0, 2, 3, 1)."
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from numbers import Real

import numpy as np

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def complaint(who: str, expected: str, got: str, cure: str) -> str:
    """The one form of every error message: who wanted what, what came, and the likely cure."""
    return f"{who}: expected {expected}, got {got}. {cure}"


def require_array(who: str, name: str, array: np.ndarray) -> None:
    """Raise TypeError unless `array` is a NumPy array.

    np.matrix is refused because its * is the matrix product, a masked array because its mask would be ignored.
    """
    if not isinstance(array, np.ndarray) or isinstance(array, (np.matrix, np.ma.MaskedArray)):
        cure = f"Use {name}.filled(value)." if isinstance(array, np.ma.MaskedArray) else f"Use np.asarray({name})."
        raise TypeError(complaint(who, f"{name} to be a NumPy array", type(array).__name__, cure))


def require_floats(who: str, name: str, array: np.ndarray) -> None:
    """Raise TypeError unless `array` is a float32 or float64 NumPy array."""
    require_array(who, name, array)
    if array.dtype not in FLOATS:
        wide = array.dtype.kind == "f" and array.dtype.itemsize > 4  # float128, or float64 of the other byte order
        cure = f"Use {name}.astype(np.{FLOATS[wide]})."
        raise TypeError(complaint(who, f"{name} of type float32 or float64", str(array.dtype), cure))


def require_float_type(who: str, dtype: np.dtype) -> None:
    """Raise TypeError unless `dtype` is float32 or float64."""
    if np.dtype(dtype) not in FLOATS:
        raise TypeError(complaint(who, "dtype float32 or float64", str(np.dtype(dtype)), "Use np.float32."))


def is_int(value: object) -> bool:
    """Whether it is an integer, Python's or NumPy's; True and False are none."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def positive_int(who: str, name: str, value: int) -> int:
    """`value` as an int of at least 1, or a ValueError that names the argument."""
    if not is_int(value) or value < 1:
        raise ValueError(complaint(who, f"{name} to be an integer of at least 1", repr(value), f"Give {name} >= 1."))
    return int(value)


def shape_of_ints(who: str, name: str, shape: Iterable[int]) -> tuple[int, ...]:
    """`shape` as a tuple of ints that are not negative, or a ValueError that names the argument."""
    sizes = tuple(shape) if isinstance(shape, Iterable) and not isinstance(shape, str) else (None,)
    if not all(is_int(size) and size >= 0 for size in sizes):
        cure = "For example (784,), or (32, 32, 3): the batch axis is left out."
        raise ValueError(complaint(who, f"{name} to be a tuple of sizes", repr(shape), cure))
    return tuple(map(int, sizes))


def plain_float(who: str, name: str, value: float) -> float:
    """`value` as a Python float, or a TypeError: one of NumPy's would make a float64 array of a float32 one."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(complaint(who, f"{name} to be a number", repr(value), f"For example {name}=0.5."))
    return float(value)


def require_kind(who: str, name: str, value: object, kind: type, cure: str) -> None:
    """Raise TypeError unless `value` is a `kind`."""
    if not isinstance(value, kind):
        raise TypeError(complaint(who, f"{name} to be of type {kind.__name__}", repr(value), cure))


def require_generator(who: str, rng: np.random.Generator) -> None:
    """Raise TypeError unless `rng` is a generator of NumPy's; an integer seed is not one."""
    require_kind(who, "rng", rng, np.random.Generator, "Use np.random.default_rng(seed).")


@contextmanager
def unchanged_if_refused(*objects: object) -> Iterator[None]:
    """If something is raised within it, the attributes of the objects are put back as they were before."""
    before = [dict(vars(one)) for one in objects]
    try:
        yield
    except BaseException:
        for one, attributes in zip(objects, before, strict=True):
            vars(one).clear()
            vars(one).update(attributes)
        raise


class ToldWithPlace:
    """Within it, an error of the layer called `name` is raised again with its place in front.

    (A class, as that of contextlib takes longer to enter, and each layer of each step enters one.)
    """

    def __init__(self, place: str, name: str) -> None:
        self.place, self.name = place, name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, (ValueError, TypeError)):
            kind = TypeError if isinstance(error, TypeError) else ValueError
            said = str(error) if str(error).startswith(self.name) else f"{self.name}: {error}"
            raise kind(f"{self.place} {said}") from error
