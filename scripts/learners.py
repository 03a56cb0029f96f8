"""One network in PyTorch and in NumPy, and what trains it: a learner of either kind, from the same weights."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from endings import CommandError
from torch import nn

import torch_models as tm
from parity_tests.convert import WeightMap
from parity_tests.scratch_learner import ScratchLearner, scratch_optimizer
from scratch_nn import NeuralNetwork
from torch_models.learner import Learner
from torch_models.processes import Processes
from torch_models.recipes import Recipe
from torch_models.training_state import TrainingState


@dataclass(frozen=True)
class Twins:
    """One network in PyTorch and in NumPy, the weight map between them, and the recipes for either."""

    model: Callable[..., nn.Module]
    network: Callable[..., NeuralNetwork]
    entries: WeightMap
    recipes: Mapping[str, Recipe]


def completed(recipe: Recipe, options: argparse.Namespace) -> Recipe:
    """The recipe, with the epochs and the batch size that were asked for."""
    asked = {"epochs": options.epochs, "batch_size": options.batch_size}
    return replace(recipe, **{name: value for name, value in asked.items() if value is not None})


def begin(
    twins: Twins, recipe: Recipe, data: tm.Splits, options: argparse.Namespace, processes: Processes
) -> TrainingState:
    """A new network and what trains it, in PyTorch or in NumPy: the same weights, the same chance."""
    if (n := len(data.train_labels)) < processes.count:
        few = f"{n} to train on cannot be shared out to {processes.count} processes"
        raise CommandError(f"{few}: ask for more with --limit, or start fewer with --nproc-per-node.")
    steps = recipe.epochs * len(processes.shares(torch.arange(len(data.train_labels)), recipe.batch_size))
    make = scratch_learner if options.backend == "scratch" else torch_learner
    learner = make(twins, recipe, options, steps=steps, processes=processes)
    if recipe.averaged:
        learner = tm.AveragedLearner(learner, recipe.averaged, processes=processes)
    return TrainingState(learner, torch.Generator().manual_seed(options.seed))


def torch_learner(
    twins: Twins, recipe: Recipe, options: argparse.Namespace, *, steps: int, processes: Processes
) -> Learner:
    return recipe.learner(
        recipe.model(twins.model, seed=options.seed),
        steps=steps,
        device=processes.device,
        bfloat16=options.precision == "bfloat16",
        compiled=options.compile,
        processes=processes,
    )


def scratch_learner(
    twins: Twins, recipe: Recipe, options: argparse.Namespace, *, steps: int, processes: Processes
) -> Learner:
    if processes.count > 1:
        raise CommandError("--backend scratch trains in one process: start it without torchrun.")
    model = recipe.model(twins.model, seed=options.seed)
    rng = np.random.default_rng(options.seed)  # draws nothing that stays: weights and masks are PyTorch's
    network = twins.network(optimizer=scratch_optimizer(recipe), rng=rng, **recipe.model_args)
    return ScratchLearner(network, model, twins.entries, recipe, steps=steps)
