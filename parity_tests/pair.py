"""Pairs: what stands beside what, declared once as frozen data.

A pair is a NumPy class and its PyTorch twin, the weight map between them, and the cases in which they must agree.
Declarations know neither library: `ours` and `theirs` are handed the library when a case is run, so that a module of
the same names can stand in for scratch_nn, and `import parity_tests` loads no torch.

    case -> batch -> subject -> trace -> comparison -> outcome
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, ModuleType
from typing import Any, Protocol

import numpy as np

from parity_tests.inputs import Inputs, normal, normal_parameter
from parity_tests.layout import AsTheyAre, Layout, Weight

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Case:
    """One situation in which a pair is compared.

    name: unique within the pair, and what the test id shows. shape: of the input, batch axis first, our layout.
    arguments: what the two factories read. inputs: draws the input (see inputs.py).
    smooth: finite differences apply: the function is differentiable at these inputs, and they are not too many.
    from_start: running statistics start as PyTorch's do, and are not drawn.
    vanishing, not_finite: quantities (fnmatch patterns) that are exactly zero in exact arithmetic, or hold no finite
    number. They are then required to be so; undeclared, an expected array like that makes the check invalid.
    """

    name: str
    shape: tuple[int, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    inputs: Inputs = normal
    smooth: bool = True
    from_start: bool = False
    vanishing: tuple[str, ...] = ()
    not_finite: tuple[str, ...] = ()

    def __getitem__(self, argument: str) -> Any:
        return self.arguments[argument]

    def get(self, argument: str, default: Any) -> Any:
        return self.arguments.get(argument, default)


@dataclass(frozen=True, eq=False)
class Refusal:
    """Something that must raise, and what the message must hold: who, what was expected, what came, the cure."""

    name: str
    act: Callable[[ModuleType], object]
    says: tuple[str, ...]
    error: type[Exception] = ValueError


@dataclass(frozen=True, eq=False)
class Pair:
    """name: the public name in scratch_nn. family: which of families/ prepares and records it.

    ours(library, case), theirs(torch, case): make the two objects of a case.
    weights, state: the weight map, one entry a parameter and a running statistic.
    output_layout(input shape): of what the layer returns. parameter: draws a weight by name (see inputs.py).
    linear: says of a case that the layer is linear in its input, its weights and its upstream gradient: adjoint checks
    apply, and sums of absolute terms come from running it on absolute values.
    linear_part(case): the case without the activation that is fused into it, and upstream_terms(case, dLdY, Y): the sum
    of absolute terms of what that activation hands on. Together they give those of the gradients.
    fresh(X, case): what a layer gives in evaluation before it has learnt anything, where that is no matter of chance.
    gradient_terms(dLdY, Y): the sum of absolute terms of a nonlinear input gradient in which terms cancel.
    """

    name: str
    family: str
    ours: Callable[[ModuleType, Case], Any]
    theirs: Callable[[ModuleType, Case], Any]
    cases: tuple[Case, ...]
    refusals: tuple[Refusal, ...] = ()
    weights: tuple[Weight, ...] = ()
    state: tuple[Weight, ...] = ()
    output_layout: Callable[[tuple[int, ...]], Layout | AsTheyAre] = lambda input_shape: AsTheyAre()
    parameter: Callable[[str, tuple[int, ...], np.random.Generator], np.ndarray] = normal_parameter
    linear: Callable[[Case], bool] = lambda case: False
    gradient_terms: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    linear_part: Callable[[Case], Case] | None = None
    upstream_terms: Callable[[Case, np.ndarray, np.ndarray], np.ndarray] | None = None
    fresh: Callable[[np.ndarray, Case], np.ndarray] | None = None

    def __post_init__(self) -> None:
        names = [case.name for case in self.cases]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"{self.name}: expected cases of different names, got {names}")

    def case(self, name: str) -> Case | None:
        """The case of this name; None where there is none (a refusal is no case)."""
        return next((case for case in self.cases if case.name == name), None)

    @property
    def carried(self) -> tuple[Weight, ...]:
        """The whole weight map, parameters and running statistics: what convert.py takes."""
        return self.weights + self.state


class NotOffered(Exception):
    """A subject does not have what is asked for, and says why. That is no failure, and never a pass."""


class NotThere(NotOffered):
    """Nothing at all stands for the pair: no class and no function of a name that is known."""


class NoArray(TypeError):
    """What came back is none. Its words are those of a wrong answer: nothing was raised by the subject's own code."""


class Subject(Protocol):
    """Anything that can be compared: an adapter around one object of one library. All arrays are in our layout.

    Five methods are enough for a layer; `drawn` and the names of `load` exist so that dropout can be replayed.
    `load` comes first, always, unless the subject has the attribute `builds_itself = True`: then one that nobody has
    loaded is asked what it gives in evaluation.
    """

    def load(self, parameters: Arrays, state: Arrays) -> None:
        """Start from these parameters and this state."""

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        """The output. `masks` are the dropout masks to use (1 kept, 0 dropped), where there are any."""

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        """The gradient by the last forward's X."""

    def gradients(self) -> dict[str, np.ndarray]:
        """The gradients by the parameters, of the last backward."""

    def state(self) -> dict[str, np.ndarray]:
        """The running statistics now."""
