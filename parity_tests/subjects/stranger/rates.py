"""Setting the rate of a stranger's optimiser: by the attribute that holds it, and in param_groups, as in torch."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from parity_tests.pair import NotOffered

ATTRIBUTES = ("lr", "learning_rate", "eta", "alpha", "step_size")


def set_rate(thing: Any, lr: float, made_with: float) -> None:
    """Raises NotOffered where nothing holds it, and it is not the one that the optimiser was made with."""
    held = [name for name in ATTRIBUTES if isinstance(getattr(thing, name, None), (int, float))]
    if held:
        setattr(thing, held[0], lr)
    groups = getattr(thing, "param_groups", None)
    groups = [g for g in groups if isinstance(g, MutableMapping) and "lr" in g] if isinstance(groups, list) else []
    for group in groups:
        group["lr"] = lr
    if not held and not groups and lr != made_with:
        raise NotOffered(f"no attribute {', '.join(ATTRIBUTES)} by which its rate can be changed")
