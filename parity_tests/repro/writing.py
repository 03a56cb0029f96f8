"""The tape as statements: names for what is used again, none for what is not.

layer = berkeley.FullyConnected(5, "linear")
layer.forward(X)
layer.parameters["W"], layer.parameters["b"] = W, b
Y = layer.forward(X)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from parity_tests.repro.paths import inside
from parity_tests.repro.tape import Call, Put
from parity_tests.repro.values import Values


class Writer(Values):
    """Writes what has to do with some objects."""

    def write(self, owners: Sequence[Any], weights: Sequence[str] = ()) -> None:
        """All steps that have to do with these objects; with functions, where there are no objects."""
        for step in self._relevant(owners):
            if isinstance(step, Put):
                self._put(step)
            elif step.name == "__init__":
                self._make(step.owner)
            else:
                self._call(step, weights)
        self.flush()

    def _relevant(self, owners: Sequence[Any]) -> list[Call | Put]:
        keep, kept = {id(owner) for owner in owners}, []
        for owner in owners:
            keep |= {id(held) for _, held in inside(owner, "") if hasattr(held, "__dict__")}
        for step in reversed(self.tape.steps):
            if id(step.owner) not in keep and not (isinstance(step, Call) and step.owner is None):
                continue
            kept.append(step)
            if isinstance(step, Call):
                keep |= {id(held) for value in step.arguments.values() for _, held in inside(value, "", 1)}
        return kept[::-1]

    def _put(self, put: Put) -> None:
        place = self._owner(put.owner) + put.path
        self._puts.append((place, self.text(put.value, inline=True)))
        if isinstance(put.value, np.ndarray) and self.tape.changed(put.value):
            self.names[id(put.value)] = place

    def _make(self, owner: Any) -> None:
        if any(step.owner is owner and step.name != "__init__" for step in self.tape.calls) or not self._is_given(
            owner
        ):
            self._owner(owner)

    def _is_given(self, owner: Any) -> bool:
        """It is an argument of some call, and is written there."""
        return any(held is owner for call in self.tape.calls for held in call.arguments.values())

    def _owner(self, owner: Any) -> str:
        """The name of an object; it is made where it has none yet."""
        if id(owner) in self.names:
            return self.names[id(owner)]
        for name, held in self.places():
            if held is owner:
                return name
        text, name = self.made(owner), self.new(self.thing)
        self.say(f"{name} = {text}")
        self.name(owner, name)
        return name

    def _call(self, call: Call, weights: Sequence[str]) -> None:
        given = self.arguments(call)
        if call.owner is not None:
            owner = self._owner(call.owner)
            text = f"{owner}({given})" if call.name == "__call__" else f"{owner}.{call.name}({given})"
        else:
            text = f"{self._function(call)}({given})"
        self.say(text, self._bind(call, weights))

    def _function(self, call: Call) -> str:
        made = [c for c in self.tape.calls if getattr(c.result, "__code__", None) is call.code]
        return self.names[id(made[0].result)] if made else self.named(call.function)

    def _bind(self, call: Call, weights: Sequence[str]) -> str:
        """Names for what a call gives."""
        result, name = call.result, call.name.lower()
        back = "backward" in name or "grad" in name
        first = "dX" if back else "Y" if "forward" in name or name == "__call__" else "returned"
        if self.thing == "loss":
            first = "gradient" if back else "value"
        if isinstance(result, tuple) and 2 <= len(result) <= 4:
            rest = [f"d{key}" for key in weights] if back else ["gradient" if self.thing == "loss" else "cache"]
            rest = rest if len(rest) == len(result) - 1 else [f"{first}_{i}" for i in range(1, len(result))]
            names = [self.new(name) for name in (first, *rest)]
            for held, each in zip(result, names, strict=True):
                self.name(held, each)
            return ", ".join(names)
        name = self.new(first)
        self.name(result, name)
        return name

    def lines(self, *later: str) -> list[str]:
        """The statements; what is bound and not used by another, or in one of the texts `later`, is not bound."""
        told = []
        for i, (bound, text) in enumerate(self._lines):
            rest = " ".join((*(text for _, text in self._lines[i + 1 :]), *later))
            is_used = any(re.search(rf"\b{name}\b", rest) for name in bound.split(", ") if name)
            told.append(f"{bound} = {text}" if is_used else text)
        return told
