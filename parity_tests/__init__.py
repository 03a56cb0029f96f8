"""parity_tests: a harness that tells whether a network written by hand agrees with PyTorch, and a suite that does.

    python -m parity_tests check          every pair, one line each
    pytest parity_tests                   every check, one test each
    from parity_tests import parametrize  the same checks of your own code, inside your own tests

Importing this package loads neither PyTorch nor scratch_nn, nor pytest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parity_tests.in_pytest import parametrize as parametrize


def __getattr__(name: str) -> object:
    """The one public name is loaded when it is first asked for: pytest comes with it."""
    if name == "parametrize":
        from parity_tests.in_pytest import parametrize

        return parametrize
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
