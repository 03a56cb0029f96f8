"""PyTorch's side of a case: its two memory layouts of images, and our weights carried over.

    torch_nchw            PyTorch's default; the pixels of a channel lie side by side
    torch_channels_last   the channels of a pixel lie side by side, as in our NHWC; often the faster one on a CPU

Tensors without an image's four axes have one layout only, the default.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.contestant import TORCH_CHANNELS_LAST, TORCH_NCHW
from parity_tests.layout import AsTheyAre
from parity_tests.pairs import PAIRS

AS_THEY_ARE = AsTheyAre()
MEMORY_FORMATS = {TORCH_NCHW: torch.contiguous_format, TORCH_CHANNELS_LAST: torch.channels_last}


def layouts_for(X: np.ndarray) -> list[str]:
    """The names of the contestants that PyTorch sends to a case with the input X."""
    return list(MEMORY_FORMATS) if X.ndim == 4 else [TORCH_NCHW]


def to_tensor(array: np.ndarray, layout: str) -> Tensor:
    """A tensor of its own; our images (N, H, W, C) become (N, C, H, W), in memory as `layout` says."""
    tensor = torch.tensor(np.ascontiguousarray(AS_THEY_ARE.to_theirs(array)))
    return tensor.to(memory_format=MEMORY_FORMATS[layout]) if array.ndim == 4 else tensor


def to_array(tensor: Tensor) -> np.ndarray:
    """An array of its own, images in our layout."""
    return np.ascontiguousarray(AS_THEY_ARE.to_ours(tensor.detach().numpy()))


def carry_over(pair: str, parameters: Mapping[str, np.ndarray], module: nn.Module) -> None:
    """Copy our parameters into `module`, by the weight map of the parity suite's `pair`.

    The suite wraps some layers ("conv.weight"); a bare layer has the last part of the name ("weight").
    """
    tensors = dict(module.named_parameters())
    (weights,) = (known.weights for known in PAIRS if known.name == pair)
    for entry in weights:
        name = entry.theirs if entry.theirs in tensors else entry.theirs.rpartition(".")[2]
        array = np.ascontiguousarray(entry.layout.to_theirs(parameters[entry.ours]))
        with torch.no_grad():
            tensors[name].copy_(torch.tensor(array))
