"""A network layer by layer: one line a layer, how far each of its quantities is from PyTorch's.

    output                forward.<layer>.output             float64, worst |ours - torch| as a fraction of the
    input gradient        backward.<layer>.input_gradient    tensor's scale; of its parameters' gradients, the worst
    parameter gradients   backward.<layer>.gradient.*

A gradient that is zero in exact arithmetic (a convolution's bias in front of a batch norm) has no scale: its error is
the worst difference itself. A layer without parameters shows "-".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from parity_tests.checks.check import compared
from parity_tests.compare import RELATIVE_64, Comparison
from parity_tests.pair import Case
from parity_tests.report.table import number
from parity_tests.trace import Trace

HEAD = f"{'':4} {'layer':<20} {'output':>9} {'input gradient':>16} {'parameter gradients':>21}"


@dataclass(frozen=True)
class Layer:
    """The errors of one layer; `parameter_gradients` is NaN where there are none. ok: all are as small as allowed."""

    name: str
    ok: bool
    output: float
    input_gradient: float
    parameter_gradients: float = float("nan")

    @property
    def worst(self) -> float:
        errors = (self.output, self.input_gradient, self.parameter_gradients)
        return max(error for error in errors if not math.isnan(error))


def layers(expected: Trace, actual: Trace, case: Case) -> list[Layer]:
    """The layers of a whole network's float64 traces, from the first to the last."""
    names = [name.split(".", 1)[1].removesuffix(".output") for name in expected if name.startswith("forward.")]
    return [_layer(name, expected, actual, case) for name in names]


def _layer(name: str, expected: Trace, actual: Trace, case: Case) -> Layer:
    start = f"backward.{name}.gradient."
    quantities = [f"forward.{name}.output", f"backward.{name}.input_gradient"]
    quantities += [quantity for quantity in expected if quantity.startswith(start)]
    found = [_compared(quantity, expected, actual, case) for quantity in quantities]
    worst = max((comparison.error for comparison in found[2:]), default=float("nan"))
    return Layer(name, all(comparison.ok for comparison in found), found[0].error, found[1].error, worst)


def _compared(quantity: str, expected: Trace, actual: Trace, case: Case) -> Comparison:
    if quantity not in actual:
        return Comparison(False, float("inf"), message=f"{quantity} is missing")
    return compared(actual[quantity], expected[quantity], case, quantity)


def lines(found: Sequence[Layer]) -> list[str]:
    """The table as lines of text."""
    return [HEAD, "-" * len(HEAD), *map(line, found), "-" * len(HEAD)]


def line(layer: Layer) -> str:
    mark = "ok" if layer.ok else "FAIL"
    output, gradient, parameters = map(number, (layer.output, layer.input_gradient, layer.parameter_gradients))
    return f"{mark:4} {layer.name:<20} {output:>9} {gradient:>16} {parameters:>21}"


def worst(found: Sequence[Layer]) -> Layer:
    """The layer that is furthest from PyTorch's."""
    return max(found, key=lambda layer: layer.worst)


def first_wrong(found: Sequence[Layer]) -> Layer | None:
    """The first layer to go wrong in the order of computation, forward from the first and back from the last."""
    wrong = [layer for layer in found if not layer.ok]
    forward = [layer for layer in wrong if layer.output > RELATIVE_64]
    return next(iter(forward), None) or next(reversed(wrong), None)
