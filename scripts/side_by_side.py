"""How long an epoch takes in NumPy and in PyTorch: a few batches of each in turns, on this machine, now."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from statistics import median

import torch
from learners import Twins, begin
from tqdm import tqdm

import torch_models as tm
from torch_models.learner import Learner
from torch_models.processes import ALONE
from torch_models.recipes import Recipe

BATCHES = 9  # of each; the median is taken
PAUSE = 0.15  # seconds: NumPy's threads go on spinning for a tenth of a second after a product


def seconds_an_epoch(learners: Mapping[str, Learner], data: tm.Splits, *, batch_size: int) -> dict[str, float]:
    """{name: seconds of learning from every training example once}; the learners are not fit for use afterwards.

    The batches are taken in order and without augmentation. Empty where an epoch has no more batches than are timed.
    """
    order = torch.arange(len(data.train_inputs)).split(batch_size)
    if len(order) <= BATCHES:
        return {}
    taken: dict[str, list[float]] = {name: [] for name in learners}
    first = order[: BATCHES + 1]  # one more, which warms up
    for batch in tqdm(first, desc="timing both", unit="batch", leave=False, disable=None):
        inputs, labels = data.train_inputs[batch], data.train_labels[batch]
        for name, learner in learners.items():
            time.sleep(PAUSE)
            started = time.perf_counter()
            learner.learn(inputs, labels)
            taken[name].append(time.perf_counter() - started)
    return {name: median(times[1:]) * len(data.train_inputs) / batch_size for name, times in taken.items()}


def speed_line(twins: Twins, recipe: Recipe, images: tm.Splits, options: argparse.Namespace) -> str | None:
    """What NumPy takes for an epoch beside what PyTorch takes, by two learners of their own; None in a tiny run."""
    names = {"NumPy": "scratch", "PyTorch": "torch"}
    asked = {name: argparse.Namespace(**(vars(options) | {"backend": names[name]})) for name in names}
    learners = {name: begin(twins, recipe, images, asked[name], ALONE).learner for name in names}
    seconds = seconds_an_epoch(learners, images, batch_size=recipe.batch_size)
    if not seconds:
        return None
    both = ", ".join(f"{name} {value:.3g} s" for name, value in seconds.items())
    ratio = seconds["NumPy"] / seconds["PyTorch"]
    return f"An epoch on this machine, of a few batches in turns: {both}; NumPy takes {ratio:.2f} times as long."
