"""PyTorch's side of a case: its two memory layouts of images, our weights carried over, its gradients brought back.

    torch_nchw            PyTorch's default; the pixels of a channel lie side by side
    torch_channels_last   the channels of a pixel lie side by side, as in our NHWC; often the faster one on a CPU

Tensors without an image's four axes have one layout only, the default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.contestant import TORCH_CHANNELS_LAST, TORCH_NCHW
from parity_tests.layout import AsTheyAre, Weight
from parity_tests.pairs import PAIRS

AS_THEY_ARE = AsTheyAre()
MEMORY_FORMATS = {TORCH_NCHW: torch.contiguous_format, TORCH_CHANNELS_LAST: torch.channels_last}


def layouts_for(shape: tuple[int, ...]) -> list[str]:
    """The names of the contestants that PyTorch sends to a case with inputs of `shape`."""
    return list(MEMORY_FORMATS) if len(shape) == 4 else [TORCH_NCHW]


def to_tensor(array: np.ndarray, layout: str) -> Tensor:
    """A tensor of its own; our images (N, H, W, C) become (N, C, H, W), in memory as `layout` says."""
    tensor = torch.tensor(np.ascontiguousarray(AS_THEY_ARE.to_theirs(array)))
    return tensor.to(memory_format=MEMORY_FORMATS[layout]) if array.ndim == 4 else tensor


def to_array(tensor: Tensor) -> np.ndarray:
    """An array of its own, images in our layout."""
    return np.ascontiguousarray(AS_THEY_ARE.to_ours(tensor.detach().numpy()))


def weights_of(pair: str) -> tuple[Weight, ...]:
    """The weight map of the parity suite's `pair`."""
    (weights,) = (known.weights for known in PAIRS if known.name == pair)
    return weights


def carry_over(weights: Sequence[Weight], parameters: Mapping[str, np.ndarray], module: nn.Module) -> None:
    """Copy our parameters into `module`."""
    for entry, tensor in _matched(weights, dict(module.named_parameters())):
        array = np.ascontiguousarray(entry.layout.to_theirs(parameters[entry.ours]))
        with torch.no_grad():
            tensor.copy_(torch.tensor(array))


def brought_back(weights: Sequence[Weight], tensors: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Tensors by PyTorch's names as arrays of our layout, by our names."""
    return {entry.ours: entry.layout.to_ours(tensor.detach().numpy()) for entry, tensor in _matched(weights, tensors)}


def gradients_of(module: nn.Module) -> dict[str, Tensor]:
    return {name: parameter.grad for name, parameter in module.named_parameters()}


def _matched(weights: Sequence[Weight], tensors: Mapping[str, Tensor]) -> list[tuple[Weight, Tensor]]:
    """Each entry with its tensor. The suite wraps some layers ("conv.weight"); a bare one has the last part only."""
    names = [entry.theirs if entry.theirs in tensors else entry.theirs.rpartition(".")[2] for entry in weights]
    return [(entry, tensors[name]) for entry, name in zip(weights, names, strict=True)]
