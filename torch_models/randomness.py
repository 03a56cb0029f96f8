"""Randomness as an argument, also for the parts of PyTorch that take none.

nn.Dropout and the layers' initialisers draw from PyTorch's global stream and have no generator argument. `seeded` lends
them that stream with a known seed and puts it back as it was, so that a run depends on its own seed only, and drawing
numbers elsewhere in the program neither disturbs it nor is disturbed by it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int, device: torch.device | str = "cpu") -> Iterator[None]:
    """Inside, PyTorch's global randomness starts from `seed`; afterwards it goes on as if nothing had been drawn.

        with seeded(0):
            model = CifarCNN()

    The CPU's stream is always lent and restored; a GPU's when `device` is that GPU.
    """
    device = torch.device(device)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            torch.cuda.manual_seed(seed)
        yield


def draw_seed(generator: torch.Generator) -> int:
    """The next seed that `generator` has to give (the generator moves on)."""
    return int(torch.randint(2**62, (), generator=generator))
