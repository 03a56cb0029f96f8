"""What a pair asks of torch, written down: the pair's own `theirs` is handed this in the place of the library.

    pair.theirs(Spelt("torch"), case).text  ->  'torch.nn.Conv2d(3, 4, 3, stride=1, padding="same")'

So a script's PyTorch is the reference's PyTorch, setting by setting, for every pair that is ever declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity_tests.repro.paths import quoted

SEQUENTIAL, IDENTITY = "torch.nn.Sequential", "torch.nn.Identity()"


class Spelt:
    """An expression. length: what len() of it is. instead: {method: what a call of it gives}.

    prefixes: of an nn.Sequential, what its children's names become once the identities are left out.
    """

    def __init__(self, text: str, *, length: int = 0, instead: Mapping[str, Spelt] | None = None) -> None:
        self.text, self.prefixes = text, {}
        self._length, self._instead = length, instead or {}

    def __getattr__(self, name: str) -> Spelt:
        if name.startswith("__"):
            raise AttributeError(name)
        return Spelt(f"{self.text}.{name}", instead={"()": self._instead[name]} if name in self._instead else None)

    def __call__(self, *given: Any, **named: Any) -> Spelt:
        if "()" in self._instead:
            return self._instead["()"]
        if self.text == SEQUENTIAL:
            return _sequential(given)
        arguments = [*map(spelt, given), *(f"{name}={spelt(value)}" for name, value in named.items())]
        return Spelt(f"{self.text}({', '.join(arguments)})")

    def __len__(self) -> int:
        return self._length

    def __bool__(self) -> bool:
        return True

    def __neg__(self) -> Spelt:
        return Spelt(f"-{self.text}")

    def __mul__(self, other: Any) -> Spelt:
        return Spelt(f"({self.text} * {spelt(other)})")

    def __truediv__(self, other: Any) -> Spelt:
        return Spelt(f"{self.text} / {spelt(other)}")


def spelt(value: Any) -> str:
    """A value as source text."""
    if isinstance(value, Spelt):
        return value.text
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(spelt, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    return quoted(value)


def _sequential(given: tuple[Any, ...]) -> Spelt:
    """Without its identities; one layer alone stands for itself."""
    named = given[0].items() if given and isinstance(given[0], Mapping) else enumerate(given)
    kept = [(str(name), layer) for name, layer in named if layer.text != IDENTITY]
    if len(kept) <= 1:
        (name, layer) = kept[0] if kept else ("", Spelt(IDENTITY))
        whole, prefixes = Spelt(layer.text), {name: ""}
    else:
        whole = Spelt(f"{SEQUENTIAL}({', '.join(layer.text for _, layer in kept)})")
        prefixes = {name: f"{i}." for i, (name, _) in enumerate(kept)}
    whole.prefixes = prefixes
    return whole
