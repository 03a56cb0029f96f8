"""PyTorch's own networks as candidates: an nn.Sequential, or a module whose `.layers` is one.

Each module is a layer, those of an inner nn.Sequential one by one. Its kind is told by its class or the first class it
inherits from: a subclass of nn.Linear that computes something else is judged as a FullyConnected. The reference beside
it is PyTorch's plain module, made anew. A copy of the network is judged, in float64, with every `inplace` turned off.

Arrays are in our layout, but what a Flatten gives stays in PyTorch's order (c, h, w), for which the weights behind it
are made.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from parity_tests.layout import AsTheyAre, Layout, Weight
from parity_tests.networks.candidate import Candidate, Part, required_shape
from parity_tests.networks.link import LAYERS
from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.subjects.torch import MASK_SEED, TorchLayer, to_array, to_tensor


def _plain(module: nn.Module, **settings: Any) -> None:
    """Raise NotOffered unless the module has these settings: the twin knows no others."""
    for name, value in settings.items():
        if getattr(module, name) != value:
            raise NotOffered(f"the twin knows {name}={value!r} only, not {getattr(module, name)!r}")


def _conv(module: nn.Conv2d) -> dict[str, Any]:
    _plain(module, dilation=(1, 1), groups=1, padding_mode="zeros")
    found = {"n_out": module.out_channels, "kernel": module.kernel_size, "stride": module.stride}
    return found | {"pad": module.padding}


def _pool(module, mode: str) -> dict[str, Any]:
    found = {"kernel": module.kernel_size, "stride": module.stride, "pad": module.padding}
    return found | {"ceil_mode": module.ceil_mode, "mode": mode}


def _max_pool(module: nn.MaxPool2d) -> dict[str, Any]:
    _plain(module, dilation=1, return_indices=False)
    return _pool(module, "max")


def _average_pool(module: nn.AvgPool2d) -> dict[str, Any]:
    _plain(module, divisor_override=None)
    return _pool(module, "average") | {"count_include_pad": module.count_include_pad}


AS_IN_TORCH = replace(LAYERS["Flatten"], output_layout=lambda input_shape: AsTheyAre())


def _flatten(module: nn.Flatten) -> dict[str, Any]:
    _plain(module, start_dim=1, end_dim=-1)
    return {}


KINDS: dict[type, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    nn.Linear: ("FullyConnected", lambda module: {"n_out": module.out_features}),
    nn.Conv2d: ("Conv2D", _conv),
    nn.MaxPool2d: ("Pool2D", _max_pool),
    nn.AvgPool2d: ("Pool2D", _average_pool),
    nn.BatchNorm1d: ("BatchNorm", lambda module: {"eps": module.eps, "momentum": module.momentum}),
    nn.BatchNorm2d: ("BatchNorm", lambda module: {"eps": module.eps, "momentum": module.momentum}),
    nn.Dropout: ("Dropout", lambda module: {"p": module.p}),
    nn.Flatten: ("Flatten", _flatten),
    nn.Identity: ("Linear", lambda module: {}),
    nn.ReLU: ("ReLU", lambda module: {}),
    nn.LeakyReLU: ("LeakyReLU", lambda module: {"slope": module.negative_slope}),
    nn.Sigmoid: ("Sigmoid", lambda module: {}),
    nn.Tanh: ("Tanh", lambda module: {}),
    nn.Softmax: ("SoftMax", lambda module: {}),
}


def leaves(module: nn.Module, name: str) -> Iterator[tuple[str, nn.Module]]:
    """The layers of an nn.Sequential, those of inner ones too, in order and with their names."""
    for key, child in module._modules.items():  # named_children() leaves out one that was there before
        if type(child) is nn.Sequential:
            yield from leaves(child, f"{name}.{key}")
        else:
            yield f"{name}.{key}", child


def part_of(name: str, module: nn.Module) -> Part:
    cls = next((cls for cls in type(module).__mro__ if cls in KINDS), None)
    try:
        if cls is None:
            known = ", ".join(cls.__name__ for cls in KINDS)
            raise NotOffered(f"no twin of {type(module).__name__} is known; known are {known}")
        kind, describe = KINDS[cls]
        pair = AS_IN_TORCH if kind == "Flatten" else LAYERS[kind]
        return Part(name, kind, _subject(pair, module), describe(module), pair=pair, thing=module)
    except NotOffered as reason:
        return Part(name, type(module).__name__, _unmapped(module), not_offered=str(reason), thing=module)


def _subject(pair: Pair, module: nn.Module) -> TorchLayer:
    """The module itself in the place of the twin of its pair, with the weight map of what it has."""
    has = {name for name, _ in (*module.named_parameters(), *module.named_buffers())}
    own = {kind: _map(getattr(pair, kind), has) for kind in ("weights", "state")}
    if unknown := has - {entry.theirs for entries in own.values() for entry in entries}:
        raise NotOffered(f"it holds {', '.join(sorted(unknown))}, which the twin of {pair.name} does not")
    return _started(replace(pair, theirs=lambda torch, case: module, **own))


def _map(entries: tuple[Weight, ...], has: set[str]) -> tuple[Weight, ...]:
    """The pair's entries under the module's own names: "conv.weight" is "weight" here."""
    short = [replace(entry, theirs=entry.theirs.rsplit(".", 1)[-1]) for entry in entries]
    return tuple(entry for entry in short if entry.theirs in has)


def _unmapped(module: nn.Module) -> TorchLayer:
    """A module that stands in for itself: its arrays stay as they are."""

    def entries(named) -> tuple[Weight, ...]:
        axes = {name: " ".join("abcdefgh"[: tensor.ndim]) for name, tensor in named}
        return tuple(Weight(name, name, Layout(f"{a} -> {a}")) for name, a in axes.items())

    weights, state = entries(module.named_parameters()), entries(module.named_buffers())
    pair = Pair(type(module).__name__, "layer", None, lambda torch, case: module, (Case("network"),))
    return _started(replace(pair, weights=weights, state=state))


def _started(pair: Pair) -> TorchLayer:
    """A subject that can be run at once, with the weights and the statistics that its module has."""
    subject = TorchLayer(pair, Case("network"), "float64")
    subject.load(subject.parameters(), subject.state())
    return subject


def adapt(network: nn.Module, name: str, input_shape: tuple[int, ...] | None = None) -> Candidate:
    """`input_shape` in our layout, (H, W, C); the attribute of a module is PyTorch's, (C, H, W)."""
    network = copy.deepcopy(network).double()
    for module in network.modules():
        if getattr(module, "inplace", False):
            module.inplace = False  # it would write into what its neighbours are judged by
    chain, prefix = (network, "") if isinstance(network, nn.Sequential) else (network.layers, "layers")
    modules = {label.lstrip("."): module for label, module in leaves(chain, prefix)}
    parts = tuple(part_of(label, module) for label, module in modules.items())
    told = getattr(network, "input_shape", None)
    told = (*told[1:], told[0]) if told is not None and len(told) == 3 else told
    first = next(iter(modules.values()), None)
    columns = (first.in_features,) if isinstance(first, nn.Linear) else None
    shape = required_shape(name, input_shape, told, columns, attribute="input_shape: (1, 28, 28) in PyTorch's order")
    return Candidate(name, parts, shape, whole=TorchPasses(network, modules.values()))


@contextmanager
def _steered(layers: Iterable[nn.Module]) -> Iterator[None]:
    """Each layer draws the masks that it draws by itself (subjects/torch.py); beside them the generator goes on."""
    kept: list[torch.Tensor] = []

    def before(*_: Any) -> None:
        kept.append(torch.get_rng_state())
        torch.manual_seed(MASK_SEED)

    def after(*_: Any) -> None:
        torch.set_rng_state(kept.pop())

    with ExitStack() as hooks:
        hooks.enter_context(torch.random.fork_rng(devices=[]))
        for layer in layers:
            hooks.enter_context(layer.register_forward_pre_hook(before))
            hooks.enter_context(layer.register_forward_hook(after))
        yield


class TorchPasses:
    """Its own forward, and PyTorch's backward through it."""

    def __init__(self, network: nn.Module, layers: Iterable[nn.Module]) -> None:
        self.network, self.layers = network, tuple(dict.fromkeys(layers))

    def forward(self, X: np.ndarray, training: bool) -> np.ndarray:
        self.network.train(training)
        self.network.zero_grad(set_to_none=True)
        with _steered(self.layers):
            self._output = self.network(to_tensor(X))
            if training and not torch.allclose(self._output, self.network(to_tensor(X)), equal_nan=True):
                raise NotOffered("its forward in training: beside its layers it draws random numbers")
        return to_array(self._output)

    def backward(self, target: np.ndarray, dLdY: np.ndarray) -> None:
        self._output.backward(to_tensor(dLdY))
