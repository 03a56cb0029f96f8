"""NumPy's functions, as they were before a stranger's module was loaded. Who replaces one replaces it for the checker,
too, which then compares by it."""

from __future__ import annotations

from functools import cache

import numpy as np

from parity_tests.wording import listed

MODULES = (np, np.linalg, np.random)
NAMED = 3


@cache
def originals() -> tuple[tuple[object, str, object], ...]:
    """(module, name, function). To be asked for before anything can have been replaced."""
    return tuple(
        (module, name, thing)
        for module in MODULES
        for name, thing in vars(module).items()
        if callable(thing) and not isinstance(thing, type) and not name.startswith("_")
    )


def put_back() -> str:
    """Undo it; "numpy.abs, numpy.maximum": what was replaced, '' where nothing was."""
    found = [each for each in originals() if vars(each[0]).get(each[1]) is not each[2]]
    for module, name, thing in found:
        setattr(module, name, thing)
    return listed([f"{module.__name__}.{name}" for module, name, _ in found], NAMED)
