"""What is around a stranger's tensors while they are computed: their type, and where random numbers come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def float_type(arrays: Iterable[Any]) -> torch.dtype:
    import torch

    return torch.float64 if any(getattr(a, "dtype", None) == np.float64 for a in arrays) else torch.float32


@contextmanager
def made_in(dtype: torch.dtype) -> Iterator[None]:
    """What is made within it, as torch.zeros(3), has this type: that float32 is PyTorch's own is nobody's mistake."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def drawn_by_numpy() -> Iterator[None]:
    """torch.rand, rand_like, bernoulli and dropout, and the methods of a tensor, draw from numpy.random."""
    import torch
    from torch.nn import functional

    def like(tensor: Tensor, **_: Any) -> Tensor:
        return torch.from_numpy(np.asarray(np.random.random(tuple(tensor.shape)))).to(tensor.dtype)  # noqa: NPY002

    def rand(*size: Any, dtype: Any = None, **_: Any) -> Tensor:
        return like(torch.empty(*size, dtype=dtype))

    def bernoulli(probability: Tensor, **_: Any) -> Tensor:
        return (like(probability) < probability).to(probability.dtype)

    def bernoulli_(tensor: Tensor, p: Any = 0.5, **_: Any) -> Tensor:
        return tensor.copy_(like(tensor) < p)

    def uniform_(tensor: Tensor, low: float = 0, high: float = 1, **_: Any) -> Tensor:
        return tensor.copy_(low + (high - low) * like(tensor))

    def dropout(x: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
        kept = (like(x) >= p).to(x.dtype)
        return (x * kept / (1 - p) if p < 1 else x * 0 * kept) if training else x

    instead = [(torch, rand), (torch, bernoulli), (torch.Tensor, bernoulli_), (torch.Tensor, uniform_)]
    with ExitStack() as stack:
        for owner, function in (*instead, (functional, dropout)):
            stack.enter_context(patch.object(owner, function.__name__, function))
        stack.enter_context(patch.object(torch, "rand_like", like))
        yield
