"""Trained weights and images, to predictions.csv."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor, nn
from training_options import CommandError, add_data, add_device, chosen_device, exit_code

import torch_models as tm
from torch_models.datasets import as_images
from torch_models.evaluation import answers
from torch_models.recipes import place

NAME = "predict.py"
MODELS = {model.__name__: model for model in (tm.FashionMLP, tm.CifarCNN)}
HELP = """Gives a class to each image, with the weights of a training run, and writes predictions.csv: Id,Category.

The images are the test images of a data set, or the uint8 pixels of a NumPy file: (N, H, W) or (N, H, W, channels).
config.json beside the weights says which network they are of, how its images were normalised, and whether their mirror
images are asked too.
Exit code: 0 done, 1 it went wrong on the way, 2 the command or a file was wrong."""
EXAMPLES = """examples:
  python scripts/predict.py --weights runs/cifar_cnn/model.safetensors --out runs/again.csv
  python scripts/predict.py --weights runs/fashion_mlp/model.safetensors --out upload.csv --first-id 1
  python scripts/predict.py --weights runs/cifar_cnn/model.safetensors --images mine.npy --out mine.csv"""


@dataclass(frozen=True)
class Trained:
    """A network with its weights, and what its images need."""

    model: nn.Module
    statistics: tm.ChannelStatistics
    dataset: str
    mirrored: bool


def parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    found = argparse.ArgumentParser(prog=NAME, description=HELP, epilog=EXAMPLES, formatter_class=raw)
    add = found.add_argument
    add("--weights", type=Path, required=True, metavar="FILE", help="model.safetensors in a run folder")
    add("--images", type=Path, metavar="FILE", help=".npy, or .npz with one array or one called images; no --dataset")
    add_data(found, None)
    add("--out", type=Path, default=Path("predictions.csv"), metavar="FILE", help="what is written (%(default)s)")
    add("--first-id", type=int, choices=(0, 1), default=0, help="the Id of the first image (default: %(default)s)")
    add_device(found)
    return found


def trained(weights: Path) -> Trained:
    config = read_config(weights.with_name("config.json"))
    try:
        model = MODELS[config["model"]]()
        statistics = tm.ChannelStatistics(**{name: tuple(values) for name, values in config["normalisation"].items()})
        dataset, mirrored = config["options"]["dataset"], config.get("mirrored", False)
    except (KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{weights.with_name('config.json')} is not of a training run here ({error!r}).") from error
    try:
        tm.load_weights(model, weights)
    except tm.WeightsMismatch as error:
        first, *others = str(error).splitlines()[1:]
        more = f", and {len(others)} more" if others else ""
        raise CommandError(
            f"{weights} does not fit {config['model']}, which config.json beside it names ({first.strip()}{more}): "
            "keep the weights in their own run folder."
        ) from error
    except ValueError as error:
        raise CommandError(f"{error}. Copy or train the weights again.") from error
    return Trained(model, statistics, dataset, mirrored)


def read_config(path: Path) -> dict:
    if not path.exists():
        raise CommandError(f"there is no {path}: keep the weights in their run folder, beside config.json.")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandError(f"{path} is damaged ({error}): copy it again from where the run was made.") from error


def images_of(path: Path) -> Tensor:
    """uint8 images (N, C, H, W) from a NumPy file; nothing in it is ever unpickled."""
    try:
        loaded = np.load(path, allow_pickle=False)
        pixels = loaded if isinstance(loaded, np.ndarray) else only_array(dict(loaded))
    except OSError:
        raise
    except Exception as error:  # damage comes out as one of many exceptions
        raise CommandError(f"{path}: not a NumPy file that can be used ({error}).") from error
    if pixels.dtype != np.uint8 or pixels.ndim not in (3, 4) or len(pixels) == 0:
        got = f"{pixels.dtype} of shape {pixels.shape}"
        raise CommandError(f"{path}: expected pixels, uint8 (N, H, W) or (N, H, W, channels), got {got}.")
    return as_images(pixels)


def only_array(arrays: dict[str, np.ndarray]) -> np.ndarray:
    if "images" in arrays or len(arrays) == 1:
        return arrays.get("images", next(iter(arrays.values())))
    raise ValueError(f"no array called images among {', '.join(arrays) or 'none'}")


def predict(options: argparse.Namespace) -> None:
    if options.images is not None and options.dataset is not None:
        raise CommandError("--images and --dataset are two sources of images: give one of them.")
    found = trained(options.weights)
    shape = found.model.input_shape
    if options.images is not None:
        pixels = images_of(options.images)
    else:
        name = found.dataset if options.dataset is None else options.dataset
        pixels = tm.load_dataset(name, options.data_root, input_shape=shape).test_inputs
    if tuple(pixels.shape[1:]) != shape:
        who = type(found.model).__name__
        raise CommandError(f"the images are (channels, height, width) {tuple(pixels.shape[1:])}, {who} takes {shape}.")
    model = place(found.model, chosen_device(options))
    logits = tm.mirrored(answers(model)) if found.mirrored else answers(model)
    labels = tm.predict(logits, found.statistics.normalise(pixels))
    tm.write_predictions(options.out, labels, first_id=options.first_id, expected_count=len(pixels))
    print(f"{len(pixels)} predictions in {options.out}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    return exit_code(NAME, predict, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
