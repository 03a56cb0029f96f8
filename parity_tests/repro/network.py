"""One layer of a network as a script: the layer that the network holds, with the arrays that it was judged with.

    layer = nets.network.layers[3]          or     nets.make_network().layers[3]

Known are networks like scratch_nn's (objects with `.layers`), at the top of a module or made by a function without
arguments. Of others a script says what to run instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any

import numpy as np

from parity_tests.findings import Failure, Finding
from parity_tests.networks.check import reference_of
from parity_tests.networks.discover import find_networks
from parity_tests.networks.link import LAYERS, Link
from parity_tests.networks.part_elsewhere import PartElsewhere
from parity_tests.pair import Arrays, Case, NotOffered, Pair
from parity_tests.repro.choose import rounded
from parity_tests.subjects.stranger.module import load
from parity_tests.trace import Trace, frozen

KEPT = ("parameters", "gradients", "state")


class Reshaped:
    """A layer's subject, its arrays in the shapes of the pair: a row (1, n) may be (n,) there."""

    def __init__(self, subject: Any, link: Link) -> None:
        self.subject, self.link = subject, link
        self.forward, self.backward = subject.forward, subject.backward

    def load(self, parameters: Arrays, state: Arrays) -> None:
        held = self.link.parameters.held, self.link.state.held
        self.subject.load(*(_in_shapes(a, shapes) for a, shapes in zip((parameters, state), held, strict=True)))

    def gradients(self) -> dict[str, np.ndarray]:
        return _in_shapes(self.subject.gradients(), {n: a.shape for n, a in self.link.parameters.arrays.items()})

    def state(self) -> dict[str, np.ndarray]:
        return _in_shapes(self.subject.state(), {n: a.shape for n, a in self.link.state.arrays.items()})


def _in_shapes(arrays: Arrays, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """An array of another size stays what it is, and fails as that."""
    found = {name: np.asarray(array) for name, array in arrays.items() if name in shapes}
    return {n: a.reshape(shapes[n]) if a.size == int(np.prod(shapes[n])) else a for n, a in found.items()}


class OneLayer:
    """A side of one subject, and the workbench around it: batch and reference are those of the network's check.

    roots: (the layer, the text by which a script reaches it).
    """

    def __init__(self, place: str, alias: str, finding: Finding) -> None:
        from parity_tests.subjects.torch_side import torch_side

        first: Failure = finding.failures[0]
        self.library, name = load(place), finding.pair.split(" ")[0]
        made = f"{alias}.{name}{'()' if isinstance(getattr(self.library, name, None), FunctionType) else ''}"
        candidate = find_networks(self.library)[name]()
        self._link = next(link for link in reference_of(candidate).links if link.part.name == first.case)
        if not hasattr(self._link.part.subject, "layer"):
            raise NotOffered("it is no network of layers with forward and backward")
        part, batch = self._link.part, self._link.batch
        self.pair: Pair = part.pair or LAYERS[part.kind]
        self.case = Case("network", batch["training.X"].shape, part.arguments)
        self._layer, where = part.subject.layer, part.name.removeprefix("layers.")
        self.roots = ((self._layer, f"{made}.layers[{where}]"),)
        arrays = {f"parameter.{n}": a for n, a in self._link.parameters.arrays.items()}
        arrays |= {f"state.{n}": a for n, a in self._link.state.arrays.items()}
        self._batch: Trace = {name: frozen(rounded(array)) for name, array in (batch | arrays).items()}
        self.reference = torch_side
        self.subject = self

    def __call__(self, pair: Pair, case: Case, dtype: str) -> Reshaped:
        """The layer as if it held nothing, so that all that is put into it is seen."""
        for kind in KEPT:
            if isinstance(held := getattr(self._layer, kind, None), dict):
                empty = {n: np.full(np.shape(a), np.nan) for n, a in held.items() if kind != "gradients"}
                setattr(self._layer, kind, empty)
        subject = self._link.part.subject
        if isinstance(subject, PartElsewhere):
            subject.forget()
        return Reshaped(subject, self._link)

    def batch(self, pair: Pair, case: Case, dtype: str) -> Trace:
        return self._batch
