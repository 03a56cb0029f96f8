"""A stranger's schedule: an object of (lr, ...) that tells the rate of an epoch, by being called or by a method."""

from __future__ import annotations

import inspect
from types import ModuleType

from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.names import CLASSES
from parity_tests.subjects.stranger.offers import named

METHODS = ("rate", "get_lr", "lr_at", "get_rate", "learning_rate", "get", "value")


class StrangerSchedule:
    def __init__(self, kind: type, case: Case) -> None:
        self.thing = calls.call(kind, settings=calls.Settings(needed=dict(case.arguments)))

    def rates(self, epochs: int) -> list[float]:
        tell = self.thing if callable(self.thing) else None
        tell = tell or next(
            (getattr(self.thing, name) for name in METHODS if callable(getattr(self.thing, name, None))), None
        )
        if tell is None:
            raise NotOffered(
                f"{type(self.thing).__name__} cannot be called, and has no method {', '.join(METHODS[:3])}"
            )
        return [float(tell(epoch)) for epoch in range(epochs)]


def find(module: ModuleType, pair: Pair, case: Case) -> StrangerSchedule:
    for kind in named(module, CLASSES[pair.name], inspect.isclass):
        return StrangerSchedule(kind, case)
    raise NotOffered(f"no class {' or '.join(CLASSES[pair.name][:3])}")
