"""Trained weights and images, to predictions.csv."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from endings import CommandError, exit_code, say
from torch import Tensor
from trained import Trained, trained
from training_options import DEFAULT, add_data, add_device, chosen_device

import torch_models as tm
from torch_models.datasets import as_images
from torch_models.evaluation import answers
from torch_models.files import expanded
from torch_models.published import find_image_fault
from torch_models.recipes import place
from torch_models.run_folder import CONFIG

NAME = "predict.py"
HELP = """Gives a class to each image, by the weights in a run folder of train_cifar_cnn.py or train_fashion_mlp.py, and
writes predictions.csv: the header Id,Category, then a row for each image in order.

The images are the test images of a data set, or the uint8 pixels in a NumPy file: (N, H, W) or (N, H, W, channels).
config.json beside the weights says which network they are of, how its images were normalised, and whether their mirror
images are asked too.
Exit code: 0 done, 1 it went wrong on the way, 2 the command or a file was wrong, 130 interrupted."""
EXAMPLES = """examples:
  python scripts/predict.py --weights runs/cifar_cnn/model.safetensors --out runs/again.csv
  python scripts/predict.py --weights runs/fashion_mlp/model.safetensors --out upload.csv --first-id 1
  python scripts/predict.py --weights runs/cifar_cnn/model.safetensors --images mine.npy --out mine.csv"""
NUMPY_FILES = (b"\x93NUMPY", b"PK")  # how .npy and .npz begin


def parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    found = argparse.ArgumentParser(prog=NAME, description=HELP, epilog=EXAMPLES, formatter_class=raw)
    add = found.add_argument
    images = "predict these and no data set: .npy, or .npz with a single array or one called images"
    add("--weights", type=expanded, required=True, metavar="FILE", help="model.safetensors in a run folder")
    add("--images", type=expanded, metavar="FILE", help=images)
    add_data(found, None)
    add("--out", type=expanded, default=Path("predictions.csv"), metavar="FILE", help=f"the file to write {DEFAULT}")
    add("--first-id", type=int, choices=(0, 1), default=0, help=f"the Id of the first image {DEFAULT}")
    add_device(found)
    return found


def images_of(path: Path, model_name: str, shape: tuple[int, int, int]) -> Tensor:
    """uint8 images (N, *shape) from a NumPy file whose images fit the model; nothing in it is ever unpickled."""
    with path.open("rb") as file:
        if not file.read(6).startswith(NUMPY_FILES):
            raise CommandError(f"{path} is no .npy or .npz file. A picture? Save its pixels with numpy.save.")
    try:
        loaded = np.load(path, allow_pickle=False)
        pixels = loaded if isinstance(loaded, np.ndarray) else only_array(loaded)
    except Exception as error:  # damage comes out as one of many exceptions
        raise CommandError(f"{path}: not a NumPy file that can be used ({error}).") from error
    check_pixels(pixels, path, model_name, shape)
    return as_images(pixels)


def only_array(archive: Mapping[str, object]) -> np.ndarray:
    arrays = {name: array for name, array in archive.items() if isinstance(array, np.ndarray)}
    if "images" in arrays or len(arrays) == 1:
        return arrays.get("images", next(iter(arrays.values())))
    raise ValueError(f"no array called images among {', '.join(arrays) or 'none'}")


def check_pixels(pixels: np.ndarray, path: Path, model_name: str, shape: tuple[int, int, int]) -> None:
    if fault := find_image_fault(pixels, shape):
        cure = " Channels first? Save images.transpose(0, 2, 3, 1)." if pixels.shape[1:] == shape else ""
        raise CommandError(f"{path}: {model_name} cannot use these {fault}.{cure}")


def refuse_what_cannot_be(options: argparse.Namespace) -> None:
    """Two sources of images; and --out where it would destroy something."""
    out, read = options.out, [options.weights, options.weights.parent / CONFIG, options.images]
    if options.images is not None and options.dataset is not None:
        raise CommandError("--images and --dataset are two sources of images: give one of them.")
    if out.is_dir():
        raise CommandError(f"--out {out} is a folder: name a file in it.")
    for path in (path for path in read if path is not None and path.exists() and out.exists()):
        if out.samefile(path):
            raise CommandError(f"--out {out} would be written over {path}, which is read: name another file.")


def pixels_for(found: Trained, options: argparse.Namespace) -> Tensor:
    """uint8 images (N, C, H, W): those of --images, or the test images of the data set."""
    shape = found.model.input_shape
    if options.images is not None:
        return images_of(options.images, type(found.model).__name__, shape)
    name = found.dataset if options.dataset is None else options.dataset
    return tm.load_dataset(name, options.data_root, input_shape=shape).test_inputs


def predict(options: argparse.Namespace) -> None:
    refuse_what_cannot_be(options)
    found = trained(options.weights)
    pixels = pixels_for(found, options)
    model = place(found.model, chosen_device(options))
    logits = tm.mirrored(answers(model)) if found.mirrored else answers(model)
    labels = tm.predict(logits, found.statistics.normalise(pixels))
    tm.write_predictions(options.out, labels, first_id=options.first_id, expected_count=len(pixels))
    say(f"{len(pixels)} predictions in {options.out}")


def main(arguments: Sequence[str] | None = None) -> int:
    return exit_code(NAME, predict, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
