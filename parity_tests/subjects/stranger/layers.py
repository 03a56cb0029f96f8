"""A stranger's class as a layer: built as its signature asks, its arrays found by name, all axes in its own order.

Parameters that an object makes on first use are made by one forward, and then replaced. What forward and backward ask
for and return is told by looking (passes.py), and so is where arrays are kept (store.py, slots.py).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from parity_tests.pair import Arrays, Case, NotOffered, Pair
from parity_tests.subjects.stranger import axes, building, calls, settings, stepping
from parity_tests.subjects.stranger.chance import Chance
from parity_tests.subjects.stranger.handing import lent
from parity_tests.subjects.stranger.names import ACTIVATION_NAMES, is_called
from parity_tests.subjects.stranger.passes import Passes
from parity_tests.subjects.stranger.refusing import Refusing
from parity_tests.subjects.stranger.spelling import Spelling
from parity_tests.subjects.stranger.store import Store

NO_STATISTICS = "evaluation before training: its running statistics are None until the first batch"
SHAPES = {2: (2, 3), 3: (2, 3, 4), 4: (2, 3, 4, 5)}


class StrangerLayer:
    """One object of a stranger's class, in the spelling that was told by looking. is_probe: whether it only shows what
    the class can do."""

    builds_itself = True

    def __init__(
        self,
        kind: type,
        pair: Pair,
        case: Case,
        spelling: Spelling,
        activation: settings.Activation,
        *,
        is_probe: bool = False,
    ) -> None:
        self.images = axes.Images(pair, spelling.images, spelling.columns)
        equal = settings.with_equal_pairs(kind, pair, case, spelling)
        takes_pairs = lambda: equal is not None and runs(kind, pair, equal, spelling, activation)  # noqa: E731
        others = () if is_probe else of_other_axes(case)
        elsewhere = lambda: any(runs(kind, pair, other, spelling, activation) for other in others)  # noqa: E731
        self._refusing = Refusing(pair, case, kind.__name__, takes_pairs, elsewhere)
        wanted = settings.of_case(kind, pair, case, spelling, activation)
        self.thing = self._refusing(lambda: calls.call(kind, settings=wanted), making=True)
        self._passes = Passes(self.thing, pair)
        self._store = Store(self.thing, pair, spelling.orders, perhaps=spelling.perhaps)
        self._has_optimizer = self._refusing(lambda: self._build(case), making=True)
        note = stepping.NOTE if self._takes_steps else self._passes.note
        self.notes = spelling.conventions.noting(note).notes
        self._started, self._shape, self._training = False, case.shape, True
        self._step: dict[str, np.ndarray] = {}
        self._chance = Chance(self.thing, lambda X: self.run(X, training=True))

    def _build(self, case: Case) -> bool:
        """Tell it what it is told after it is made; whether it was given an optimiser."""
        theirs = axes.handed(np.broadcast_to(0.0, case.shape), self.images.of_input(case.shape))
        shape = theirs.shape[:1] if self.images.columns else theirs.shape[1:]
        building.tell_shape(self.thing, shape)
        return bool(self._store.missing()) and building.make_parameters(self.thing, shape, case.shape[-1])

    @property
    def _takes_steps(self) -> bool:
        return bool(self._store.pair.weights) and (self._has_optimizer or self._passes.asks_for_a_rate)

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self._started = False
        self._store.put(parameters, state)

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        self._shape, self._training = X.shape, training
        with lent(X, self.images.of_input(X.shape)) as theirs:
            self._start(theirs, training)
            if masks:
                (mask,) = masks.values()
                Y = self._chance.forward(theirs, axes.handed(mask, self.images.of_input(mask.shape)))
            else:
                Y = self._chance.otherwise(lambda: self.run(theirs, training=training))
            return axes.inward(Y, self.images.of_output(X.shape), "forward returned")

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self._refusing.check()
        with lent(dLdY, self.images.of_output(self._shape)) as theirs:
            dX = self._chance.otherwise(lambda: self._backward(theirs))
            return axes.inward(dX, self.images.of_input(self._shape), "backward returned")

    def _backward(self, theirs: np.ndarray) -> Any:
        """One backward, in their order of axes. A step that it takes is taken back."""
        backward, self._step = partial(self._passes.backward, theirs), {}
        with stepping.at_a_known_rate(self.thing) as knows_rate:
            may_step = knows_rate or self._takes_steps
            before = self._store.kept() if may_step else {}
            dX = self._refusing.in_backward(backward, shape=self._shape, training=self._training)
        if may_step:
            self._step = {key: step / stepping.RATE for key, step in self._store.stepped(before).items()}
        return dX

    def gradients(self) -> dict[str, np.ndarray | Exception]:
        return self._store.gradients(self._passes.returned, self._step)

    def state(self) -> dict[str, np.ndarray | Exception]:
        self._refusing.check()
        return self._store.state()

    def run(self, theirs: np.ndarray, *, training: bool) -> Any:
        """One forward, in their order of axes."""
        return self._refusing(lambda: self._passes.forward(theirs, training=training), shape=self._shape)

    def _start(self, theirs: np.ndarray, training: bool) -> None:
        """Before the first forward: parameters that are made on first use are made, then replaced by the given ones."""
        if not self._started and self._store.missing():
            self._make_parameters(theirs.copy(), training)
            self._store.put_again()
            if missing := self._store.missing():
                self._refusing.refuse(f"no {' and no '.join(missing)} was found in it: looked in dicts and attributes")
        self._started = True

    def _make_parameters(self, theirs: np.ndarray, training: bool) -> None:
        try:
            self.run(theirs, training=training)
        except NotOffered:
            raise
        except Exception:
            if maker := building.made_by(type(self.thing)):
                self._refusing.refuse(building.NOBODY.format(maker))
            if training or not self._store.lacks_statistics():
                raise
            if not self._store.given:
                raise NotOffered(NO_STATISTICS) from None
            self.run(theirs, training=True)


def of_other_axes(case: Case) -> tuple[Case, ...]:
    """The same for arrays of another number of axes."""
    return tuple(replace(case, shape=shape) for axes, shape in SHAPES.items() if axes != len(case.shape))


def runs(kind: type, pair: Pair, case: Case, spelling: Spelling, activation: settings.Activation) -> bool:
    """Whether it can be made for this case, with pairs as they are, and goes forward and backward."""
    try:
        subject = StrangerLayer(kind, pair, case, replace(spelling, kernel="pair"), activation, is_probe=True)
        Y = subject.forward(np.ones(case.shape), training=True, masks={})
        with suppress(NotOffered):
            subject.backward(np.ones(Y.shape))
    except Exception:  # it shows, and is refused, where a case has them
        return False
    return True


def activation_maker(module: ModuleType, spelling: str) -> settings.Activation:
    """What a constructor is given for the activation of a pair's name: its name, an object, or the class."""

    def make(name: str) -> Any:
        if spelling == "name":
            return ACTIVATION_NAMES[name][0]
        found = [thing for key, thing in vars(module).items() if isinstance(thing, type) and is_called(key, [name])]
        if not found and name == "Linear":
            return None
        if not found:
            raise NotOffered(f"no class {name} to give as its activation")
        return found[0] if spelling == "class" else found[0]()

    return make
