"""The reference's side of a workbench: PyTorch's subject for a pair of any family."""

from __future__ import annotations

import torch

from parity_tests.pair import Case, Pair
from parity_tests.subjects.torch import TorchLayer
from parity_tests.subjects.torch_functions import TorchInitializer, TorchLoss, TorchOptimizer, TorchSchedule
from parity_tests.subjects.torch_network import TorchNetwork

KINDS = {
    "layer": TorchLayer,
    "loss": TorchLoss,
    "optimizer": TorchOptimizer,
    "schedule": TorchSchedule,
    "initializer": TorchInitializer,
    "network": TorchNetwork,
}


def torch_side(pair: Pair, case: Case, dtype: str):
    """A fresh subject; for it autograd is on, though a module that was loaded may have turned it off."""
    torch.set_grad_enabled(True)
    return KINDS[pair.family](pair, case, dtype)
