"""Subjects of PyTorch, the reference: real modules, losses and optimisers, arrays in our layout at the door.

Dropout is the real nn.Dropout. Its mask is read by replaying: the state of PyTorch's generator is kept before the
module runs, put back, and the module's own call repeated on ones. `drawn` holds the masks of the last forward.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import torch

from parity_tests.layout import AsTheyAre, require_one_to_one
from parity_tests.pair import Arrays, Case, Pair

MASK_SEED = 7
AS_THEY_ARE = AsTheyAre()


def to_tensor(array: np.ndarray, layout=AS_THEY_ARE) -> torch.Tensor:
    """A tensor with memory of its own, in PyTorch's layout. (torch.from_numpy would share the caller's.)"""
    return torch.tensor(np.array(layout.to_theirs(np.asarray(array)), order="C"))


def to_array(tensor: torch.Tensor, layout=AS_THEY_ARE) -> np.ndarray:
    """An array with memory of its own, in our layout."""
    return np.array(layout.to_ours(tensor.detach().numpy()), order="C")


class Masks:
    """Hooks on every nn.Dropout of a module: which elements the last forward kept, by the module's name."""

    def __init__(self, module: torch.nn.Module) -> None:
        self.drawn: dict[str, np.ndarray] = {}
        for name, part in module.named_modules():
            if isinstance(part, torch.nn.Dropout):
                part.register_forward_pre_hook(self._before)
                part.register_forward_hook(lambda part, args, output, name=name: self._after(name, part, args))

    def _before(self, part: torch.nn.Dropout, args: tuple) -> None:
        self._state = torch.get_rng_state()

    def _after(self, name: str, part: torch.nn.Dropout, args: tuple) -> None:
        if part.training:
            after = torch.get_rng_state()
            torch.set_rng_state(self._state)
            kept = torch.nn.functional.dropout(torch.ones_like(args[0]), part.p, training=True) != 0
            torch.set_rng_state(after)
            self.drawn[name or "dropout"] = to_array(kept)


class TorchModule:
    """Any module with the weight map of its pair, and a generator state of its own."""

    def __init__(self, module: torch.nn.Module, pair: Pair, dtype: str) -> None:
        self.module = module.to(getattr(torch, dtype))
        self._weights, self._state = pair.weights, pair.state
        names = {n for n, _ in self.module.named_parameters()}, {n for n, _ in self.module.named_buffers()}
        for entries, theirs in zip((pair.weights, pair.state), names, strict=True):
            require_one_to_one(pair.name, entries, {entry.ours for entry in entries}, theirs)
        self._masks = Masks(self.module)

    @property
    def drawn(self) -> dict[str, np.ndarray]:
        return self._masks.drawn

    def shapes(self) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
        """The shapes, in our layout, of parameters and state."""
        return tuple({n: a.shape for n, a in arrays.items()} for arrays in (self.parameters(), self.state()))

    def load(self, parameters: Arrays, state: Arrays) -> None:
        tensors = self._tensors()
        for entries, arrays in ((self._weights, parameters), (self._state, state)):
            require_one_to_one("load", entries, set(arrays), {entry.theirs for entry in entries})
            for entry in entries:
                tensors[entry.theirs].copy_(to_tensor(arrays[entry.ours], entry.layout))
        with torch.random.fork_rng(devices=[]):
            self._rng_state = torch.manual_seed(MASK_SEED).get_state()

    def _run(self, X: np.ndarray, training: bool) -> torch.Tensor:
        """The module on X, which stays in `_x` as a leaf, with this subject's own generator."""
        self.drawn.clear()
        self.module.train(training)
        self._x = to_tensor(X).requires_grad_()
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Using padding='same' with even kernel lengths")  # it only costs a copy
            torch.set_rng_state(self._rng_state)
            output = self.module(self._x)
            self._rng_state = torch.get_rng_state()
        return output

    def gradients(self) -> dict[str, np.ndarray]:
        return self._read(self._weights, lambda tensor: tensor.grad)

    def parameters(self) -> dict[str, np.ndarray]:
        return self._read(self._weights, lambda tensor: tensor)

    def state(self) -> dict[str, np.ndarray]:
        return self._read(self._state, lambda tensor: tensor)

    def _tensors(self) -> dict[str, torch.Tensor]:
        return {n: t.detach() for n, t in (*self.module.named_parameters(), *self.module.named_buffers())}

    def _read(self, entries, part: Callable[[torch.Tensor], torch.Tensor]) -> dict[str, np.ndarray]:
        tensors = dict((*self.module.named_parameters(), *self.module.named_buffers()))
        return {entry.ours: to_array(part(tensors[entry.theirs]), entry.layout) for entry in entries}


class TorchLayer(TorchModule):
    """A layer or activation: `theirs(torch, case)` gives the module."""

    def __init__(self, pair: Pair, case: Case, dtype: str) -> None:
        super().__init__(pair.theirs(torch, case), pair, dtype)
        self._output_layout = pair.output_layout

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        self._y, self._layout = self._run(X, training), self._output_layout(X.shape)
        return to_array(self._y, self._layout)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self.module.zero_grad(set_to_none=True)
        self._y.backward(to_tensor(dLdY, self._layout))
        return to_array(self._x.grad)
