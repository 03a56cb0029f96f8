"""The network of a training run, put together again from model.safetensors and the config.json beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from endings import CommandError
from torch import nn

import torch_models as tm
from torch_models.run_folder import CONFIG

MODELS = {model.__name__: model for model in (tm.FashionMLP, tm.CifarCNN)}


@dataclass(frozen=True)
class Trained:
    """A network, and what its images need."""

    model: nn.Module
    statistics: tm.ChannelStatistics
    dataset: str
    mirrored: bool


def trained(weights: Path) -> Trained:
    """The network with its weights; a CommandError names the file that is missing, damaged or of another network."""
    if not weights.is_file():
        what = "is a folder" if weights.is_dir() else "is not there"
        raise CommandError(f"--weights {weights} {what}: name the model.safetensors in a run folder.")
    config = weights.with_name(CONFIG)
    found = described(read_config(config, weights), config)
    fill(found.model, weights)
    return found


def read_config(path: Path, weights: Path) -> Any:
    if not path.exists():
        raise CommandError(
            f"there is no {path} to say which network {weights} is of: keep the weights in their run folder."
        )
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandError(f"{path} is damaged ({error}): copy it again from where the run was made.") from error


def described(config: Mapping[str, Any], path: Path) -> Trained:
    """A new network and what its images need, as config.json says."""
    try:
        model = MODELS[config["model"]]()
        statistics = tm.ChannelStatistics(**{name: tuple(values) for name, values in config["normalisation"].items()})
        if len(statistics.mean) != model.input_shape[0]:
            raise ValueError(f"normalisation of {len(statistics.mean)} channels for {model.input_shape[0]}")
        return Trained(model, statistics, config["options"]["dataset"], config.get("mirrored", False))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        fault = f"no {error} that is known" if isinstance(error, KeyError) else error
        raise CommandError(
            f"{path} is not of a run of train_cifar_cnn.py or train_fashion_mlp.py ({fault}): --weights takes theirs."
        ) from error


def fill(model: nn.Module, weights: Path) -> None:
    try:
        tm.load_weights(model, weights)
    except tm.WeightsMismatch as error:
        first, *others = str(error).splitlines()[1:]
        more = f", and {len(others)} more" if others else ""
        raise CommandError(
            f"{weights} does not fit {type(model).__name__}, which {CONFIG} beside it names ({first.strip()}{more}): "
            "keep the weights in their own run folder."
        ) from error
    except ValueError as error:
        checkpoint = weights.suffix == ".pt"
        cure = "Name the model.safetensors beside it" if checkpoint else "Copy or train the weights again"
        raise CommandError(f"{error}. {cure}.") from error
    if odd := [name for name, array in model.state_dict().items() if not array.isfinite().all()]:
        cure = "such weights are left by training that diverged. Train again, at a lower rate."
        raise CommandError(f"{weights} holds NaN or infinity in {', '.join(odd)}: {cure}")
