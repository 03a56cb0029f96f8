"""What can happen to any array of any pair: factors.py, relations.py, shapes.py, orders.py, places.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parity_tests.explain.hypothesis import Hypothesis, Situation
from parity_tests.explain.transforms.factors import factor_hypotheses
from parity_tests.explain.transforms.orders import order_hypotheses
from parity_tests.explain.transforms.places import place_hypotheses
from parity_tests.explain.transforms.relations import relation_hypotheses
from parity_tests.explain.transforms.shapes import shape_hypotheses


def transform_hypotheses(situations: Sequence[Situation]) -> Iterator[Hypothesis]:
    """Those that may apply to what is wrong in these situations."""
    yield from factor_hypotheses(situations)
    yield from relation_hypotheses(situations)
    yield from shape_hypotheses(situations)
    yield from order_hypotheses(situations)
    yield from place_hypotheses(situations)
