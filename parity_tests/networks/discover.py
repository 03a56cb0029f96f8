"""Opening networks: what is at hand becomes a Candidate, and a module is searched for what can.

Found in a module, by looking: objects at its top with `.layers` and a forward, torch.nn.Sequential objects, functions
without arguments called network, make_network or build_network, and scratch_nn's own builders, fashion_mlp and
cifar_cnn, which are given an optimiser of the module's (SGD, or None) and a generator.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import partial
from types import FunctionType, ModuleType

import numpy as np

from parity_tests.networks import scratch_like
from parity_tests.networks.candidate import Candidate

Opener = Callable[..., Candidate]  # (input_shape=None) -> Candidate
MAKERS = ("network", "make_network", "build_network")
BUILDERS = {"fashion_mlp": (28, 28, 1), "cifar_cnn": (32, 32, 3)}


def is_torch_module(thing: object) -> bool:
    """Without loading PyTorch: where it is not loaded, nothing is one."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(thing, torch.nn.Module)


def is_network(thing: object) -> bool:
    if isinstance(thing, Candidate):
        return True
    if isinstance(thing, (type, ModuleType)):
        return False
    if is_torch_module(thing):
        torch = sys.modules["torch"]
        return any(isinstance(it, torch.nn.Sequential) for it in (thing, getattr(thing, "layers", None)))
    layers = getattr(thing, "layers", None)
    return isinstance(layers, (list, tuple)) and len(layers) > 0 and callable(getattr(thing, "forward", None))


def candidate_of(network, name: str, input_shape: tuple[int, ...] | None = None) -> Candidate:
    """The candidate around a network. Raises TypeError for what is none, ValueError without an input shape."""
    if isinstance(network, Candidate):
        return network
    if not is_network(network):
        expected = "a network with .layers and .forward, a torch.nn.Sequential, or a Candidate"
        raise TypeError(f"{name}: expected {expected}, got {type(network).__name__}. See docs/networks.md.")
    if is_torch_module(network):
        from parity_tests.networks import torch_sequential

        return torch_sequential.adapt(network, name, input_shape)
    return scratch_like.adapt(network, name, input_shape)


def find_networks(module: ModuleType) -> dict[str, Opener]:
    """Every network of a module, by name, each as a function that opens it: that may fail, or ask for a shape."""
    found: dict[str, Opener] = {}
    for name, thing in vars(module).items():
        if is_network(thing):
            found[name] = partial(candidate_of, thing, name)
        elif name in BUILDERS and callable(thing):
            found[name] = partial(_built, module, thing, name)
        elif name in MAKERS and isinstance(thing, FunctionType) and not required(thing):
            found[name] = partial(_made, thing, name)
    return found


def required(function: Callable) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    named = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind not in named]


def _made(make: Callable, name: str, input_shape: tuple[int, ...] | None = None) -> Candidate:
    return candidate_of(make(), name, input_shape)


def _built(module: ModuleType, build: Callable, name: str, input_shape: tuple[int, ...] | None = None) -> Candidate:
    optimizer = module.SGD(0.1) if hasattr(module, "SGD") else None
    offers = {"optimizer": optimizer, "rng": np.random.default_rng(0)}
    missing = [argument for argument in required(build) if argument not in offers]
    if missing:
        raise ValueError(f"{name}: expected the arguments optimizer and rng only, got {', '.join(missing)} as well")
    network = build(**{argument: offers[argument] for argument in required(build)})
    return candidate_of(network, name, input_shape or BUILDERS[name])
