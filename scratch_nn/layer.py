"""What every layer is: named arrays, a forward pass, and the backward pass of the same function.

Letters: N batch; X the input, Y the output, L the loss; dLdY the upstream gradient, of Y's shape.

    build     input shape (without N)  ->  output shape; creates the parameters
    forward   X  ->  Y;                    saves exactly what backward reads
    backward  dLdY  ->  dLdX;              overwrites `gradients`, key by key those of `parameters`
    backward_parameters  dLdY  ->  nothing; the same `gradients`, without dLdX

The arithmetic is done in X's own type: float32 in, float32 out; float64 in, float64 out. A caller's array is never
modified; nor is it copied as a rule, so X and Y must stay as they are until backward has read them. (PyTorch raises
where they do not, here the gradient is that of the new numbers.) PyTorch adds to `.grad` on every backward; a layer
here overwrites.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from scratch_nn.errors import (
    complaint,
    require_array,
    require_float_type,
    require_floats,
    shape_of_ints,
    unchanged_if_refused,
)
from scratch_nn.memory import keep_freed_memory

TORCH_NAMES = {"weight", "bias"}
SHAPE_CURES = {
    "parameters": "PyTorch keeps weights in another layout; see the weight map of this layer's pair.",
    "state": "It keeps the shape that it was built with.",
}

keep_freed_memory()  # every step allocates and frees the same arrays


class Layer(ABC):
    """A differentiable function with parameters.

    Attributes: `parameters` and `gradients` (the same keys), `state` (running statistics, changed by training
    forward passes and never by gradients), all dicts of arrays.

    A subclass says `output_shape` (and refuses a wrong input there), `create` if it has parameters, `forward`
    and, directly under it, `backward`.

    Raises TypeError for X or dLdY that is no float32 or float64 array, for dLdY of another type than X, and for a
    parameter or a statistic that is no array; ValueError for X without rows or with an axis of length 0, for dLdY, a
    parameter or a statistic of another shape, and for a parameter under another spelling of its name; RuntimeError for
    backward before forward.
    """

    def __init__(self) -> None:
        self.parameters: dict[str, np.ndarray] = {}
        self.gradients: dict[str, np.ndarray] = {}
        self.state: dict[str, np.ndarray] = {}
        self._built_shapes: dict[str, tuple[int, ...]] | None = None
        self._built_state: dict[str, tuple[int, ...]] = {}
        self._output: tuple[tuple[int, ...], np.dtype] | None = None
        self._rows: int | str = "N"

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @property
    def name(self) -> str:
        return type(self).__name__

    # ---- what a subclass says

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of Y for X of `input_shape`, both without the batch axis. Raises ValueError where X cannot be."""
        return tuple(input_shape)

    def create(self, input_shape: tuple[int, ...], rng: np.random.Generator) -> None:
        """Fill `parameters` and `state` for inputs of `input_shape`."""

    @abstractmethod
    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Y for a batch X. `training` matters to BatchNorm and Dropout only."""

    @abstractmethod
    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        """dLdX for the X of the last forward; `gradients` are overwritten."""

    def backward_parameters(self, dLdY: np.ndarray) -> None:
        """`gradients` alone, as backward leaves them: for the first layer of a network, whose dLdX nobody reads.

        A layer that can save itself the work of dLdX says so here; for the others it is backward.
        """
        self.backward(dLdY)

    def __init_subclass__(cls, **kwargs: object) -> None:
        """A class with a backward of its own does not inherit another's backward_parameters."""
        super().__init_subclass__(**kwargs)
        if "backward" in vars(cls) and "backward_parameters" not in vars(cls):
            cls.backward_parameters = Layer.backward_parameters

    # ---- what every layer shares

    def build(
        self, input_shape: tuple[int, ...], rng: np.random.Generator, *, dtype: np.dtype = np.float64
    ) -> tuple[int, ...]:
        """Create fresh parameters, drawn from `rng` and kept in `dtype`; return the output shape.

        Where that is refused, the layer is as it was. Raises TypeError for a dtype other than float32 and float64.
        """
        require_float_type(self.name, dtype)
        input_shape = shape_of_ints(self.name, "input_shape", input_shape)
        with unchanged_if_refused(self):
            self.parameters, self.gradients, self.state = {}, {}, {}
            self._built_shapes = self._output = None
            output_shape = self._shape_of_Y(input_shape)
            self.create(input_shape, rng)
            for arrays in (self.parameters, self.state):
                for key, array in arrays.items():
                    arrays[key] = array if array.dtype.kind == "i" else array.astype(dtype)
            shapes = ({key: array.shape for key, array in arrays.items()} for arrays in (self.parameters, self.state))
            self._built_shapes, self._built_state = shapes
        return output_shape

    def _enter(self, X: np.ndarray) -> None:
        """First line of every forward: refuse a bad X, build on first use, remember Y's shape for backward."""
        require_floats(self.name, "X", X)
        if X.ndim == 0 or len(X) == 0:
            cure = "Put the batch on the first axis; a single example x is x[None]."
            raise ValueError(complaint(self.name, "X with at least one row (N >= 1)", f"shape {X.shape}", cure))
        self._rows = len(X)
        if self._built_shapes is not None:
            self._expect(X.shape, X.dtype)
            return
        with unchanged_if_refused(self):
            parameters, state = self.parameters, self.state
            self.build(X.shape[1:], np.random.default_rng(), dtype=X.dtype)
            self.parameters.update(parameters)  # those that the caller has set already stay
            self.state.update(state)
            self._expect(X.shape, X.dtype)

    def _expect(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        """Remember what backward must be given after an X of this shape and type."""
        self._rows = shape[0]
        output = (shape[0], *self._shape_of_Y(shape[1:])), dtype
        self._check_arrays("parameters", self.parameters, self._built_shapes)
        self._check_arrays("state", self.state, self._built_state)
        self._check_spelling()
        self._output = output

    def _shape_of_Y(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """`output_shape`, of inputs that hold a number."""
        if 0 in input_shape:
            cure = "An axis of length 0 leaves nothing to work on."
            raise self._wrong_input("(N, ...) with at least one feature or channel", input_shape, cure)
        return self.output_shape(input_shape)

    def _wrong_input(self, expected: str, input_shape: tuple[int, ...], cure: str) -> ValueError:
        got = f"({', '.join(map(str, (self._rows, *input_shape)))}{'' if input_shape else ','})"
        return ValueError(complaint(self.name, f"X of shape {expected}", got, cure))

    def _check_arrays(self, kind: str, arrays: Mapping[str, np.ndarray], built: Mapping[str, tuple[int, ...]]) -> None:
        """Each is an array of the shape it was built with; a row (1, n), not W, may also be given as (n,)."""
        for key, shape in built.items():
            if not shape:
                continue  # a count may be any number
            name, row = f"{kind}[{key!r}]", shape[0] == 1 and key != "W"
            if key not in arrays:
                raise ValueError(complaint(self.name, f"{name} of shape {shape}", "none", "Put an array there again."))
            require_array(self.name, name, arrays[key])
            got = arrays[key].shape
            if got not in (shape, shape[1:] if row else shape):
                raise ValueError(complaint(self.name, f"{name} of shape {shape}", str(got), SHAPE_CURES[kind]))

    def built_shape(self, key: str) -> tuple[int, ...] | None:
        """The shape that a parameter or a statistic was created with; None for what was not."""
        return (self._built_shapes or {}).get(key, self._built_state.get(key))

    def _check_spelling(self) -> None:
        """No parameter was set under another spelling of its name, to be ignored."""
        if not self._built_shapes or len(self.parameters) == len(self._built_shapes):
            return
        known = {key.lower() for key in self._built_shapes} | TORCH_NAMES
        for key in self.parameters.keys() - self._built_shapes.keys():
            if key.lower() in known:
                expected = f"parameters named {', '.join(self._built_shapes)}"
                raise ValueError(complaint(self.name, expected, f"parameters[{key!r}] beside them", "Rename it."))

    def _weights(self, *keys: str, dtype: np.dtype) -> list[np.ndarray]:
        """The parameters named, in X's type."""
        return [self.parameters[key].astype(dtype, copy=False) for key in keys]

    def _enter_backward(self, dLdY: np.ndarray) -> None:
        """First line of every backward: a forward came before, and dLdY has Y's shape and type."""
        if self._output is None:
            raise RuntimeError(f"{self.name}: backward was called before forward. Call forward(X) first.")
        shape, dtype = self._output
        require_array(self.name, "dLdY", dLdY)
        if dLdY.shape != shape:
            cure = "dLdY has the shape of the output of the last forward."
            raise ValueError(complaint(self.name, f"dLdY of shape {shape}", str(dLdY.shape), cure))
        if dLdY.dtype != dtype:
            cure = f"Nothing promotes silently: use dLdY.astype(np.{dtype})."
            raise TypeError(complaint(self.name, f"dLdY of type {dtype}, as X was", str(dLdY.dtype), cure))
