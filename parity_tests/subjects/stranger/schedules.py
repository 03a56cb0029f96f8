"""A stranger's schedule: an object of (lr, ...) that tells the rate of an epoch, by being called or by a method; or one
that is stepped once an epoch, and tells the rate of now."""

from __future__ import annotations

import inspect
from types import ModuleType

from parity_tests.pair import Case, NotOffered, NotThere, Pair
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.names import CLASSES
from parity_tests.subjects.stranger.offers import named

METHODS = ("rate", "get_lr", "lr_at", "get_rate", "learning_rate", "get", "value")


class StrangerSchedule:
    def __init__(self, kind: type, case: Case) -> None:
        self.thing = calls.call(kind, settings=calls.Settings(needed=dict(case.arguments)))

    def rates(self, epochs: int) -> list[float]:
        methods = (getattr(self.thing, name, None) for name in METHODS)
        tell = self.thing if callable(self.thing) else next((method for method in methods if callable(method)), None)
        if tell is None:
            raise NotOffered(f"{type(self.thing).__name__} can't be called, and has no method {', '.join(METHODS[:3])}")
        if calls.parameters(tell):
            return [float(tell(epoch)) for epoch in range(epochs)]
        step, rates = getattr(self.thing, "step", None), []
        if not callable(step):
            raise NotOffered("it tells the rate of no epoch but the first: no argument `epoch`, no method `step`")
        for _ in range(epochs):
            rates.append(float(tell()))
            step()
        return rates


def find(module: ModuleType, pair: Pair, case: Case) -> StrangerSchedule:
    for kind in named(module, CLASSES[pair.name], inspect.isclass):
        return StrangerSchedule(kind, case)
    raise NotThere(f"no class {' or '.join(CLASSES[pair.name][:3])}")
