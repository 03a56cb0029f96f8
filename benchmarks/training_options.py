"""python -m benchmarks.training_options: how long a training step of CifarCNN takes in PyTorch, option by option.

This is what chose the defaults of scripts/train_cifar_cnn.py: float32, channels last, not compiled. Another processor
may choose otherwise; run it there. All take turns in one process, see timing.py.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from tqdm import tqdm

import torch_models as tm
from benchmarks import machine
from benchmarks.timing import PAUSE, Racer, Timing, race, repeats
from parity_tests.endings import exit_code
from torch_models.recipes import CIFAR_CNN

NAME = "python -m benchmarks.training_options"
USUAL = "float32, channels last"
OPTIONS = {
    "float32, channels first": {"memory_format": torch.contiguous_format},
    USUAL: {},
    "bfloat16, channels last": {"bfloat16": True},
    "float32, channels last, compiled": {"compiled": True},
}


def parser() -> argparse.ArgumentParser:
    raw, default = argparse.RawDescriptionHelpFormatter, "(default: %(default)s)"
    found = argparse.ArgumentParser(prog=NAME, description=__doc__, formatter_class=raw)
    found.add_argument("--batch-size", type=int, default=128, metavar="N", help=f"images in a step {default}")
    found.add_argument("--repeats", type=repeats, default=7, metavar="N", help=f"turns of each, at least 2 {default}")
    return found


def step(
    batch_size: int, *, memory_format: torch.memory_format = torch.channels_last, **options
) -> Callable[[], object]:
    """One step of the fast recipe on random images."""
    recipe = CIFAR_CNN["fast"]
    model = recipe.model(tm.CifarCNN, seed=0)
    learner = recipe.learner(model, steps=10**6, device=torch.device("cpu"), **options)
    learner.model.to(memory_format=memory_format)
    images = torch.randn(batch_size, *tm.CifarCNN.input_shape).contiguous(memory_format=memory_format)
    labels = torch.arange(batch_size) % 10
    return lambda: learner.learn(images, labels)


def first_call(work: Callable[[], object]) -> float:
    """Seconds of the first call, in which torch.compile compiles."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def lines(timings: dict[str, Timing], first: dict[str, float]) -> list[str]:
    head = f"{'option':<36}{'ms a step':>10}{'spread':>9}{'x the default':>15}{'first step, s':>15}"
    rows = [
        f"{name:<36}{1e3 * t.median:>10.1f}{1e3 * t.spread:>9.1f}{t.median / timings[USUAL].median:>15.2f}"
        f"{first[name]:>15.1f}"
        for name, t in timings.items()
    ]
    return [head, "-" * len(head), *rows]


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    print("\n".join(machine.lines(machine.describe())), end="\n\n", flush=True)
    work = {name: step(options.batch_size, **settings) for name, settings in OPTIONS.items()}
    first = {name: first_call(one) for name, one in work.items()}
    with tqdm(total=options.repeats, unit="round", leave=False, disable=None) as bar:
        racers = {name: Racer(one) for name, one in work.items()}
        timings = race(racers, options.repeats, PAUSE, np.random.default_rng(0), bar.update).timings
    print(
        f"A training step of CifarCNN, batch {options.batch_size}; median of {options.repeats} turns",
        *lines(timings, first),
        sep="\n",
    )
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(NAME, main))
