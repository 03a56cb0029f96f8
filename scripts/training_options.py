"""What the training scripts share on the command line: options, and their checks."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import torch
from endings import CommandError

import torch_models as tm
from torch_models.processes import started_by_torchrun

DEFAULT = "(default: %(default)s)"


def parser(
    name: str,
    description: str,
    epilog: str,
    *,
    dataset: str,
    datasets: Sequence[str] = tm.DATASETS,
    recipes: Iterable[str],
    out: str,
    backend: str = "torch",
    precision: str = "float32",
) -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    found = argparse.ArgumentParser(prog=name, description=description, epilog=epilog, formatter_class=raw)
    add = found.add_argument
    add_data(found, dataset, datasets)
    backends = "who computes: PyTorch, or NumPy by scratch_nn, from the same weights and batches"
    add("--backend", choices=("torch", "scratch"), default=backend, help=f"{backends} {DEFAULT}")
    add("--recipe", choices=list(recipes), default="notes", help=f"optimiser, schedule, augmentation {DEFAULT}")
    passes = "passes over the training examples (default: the recipe's)"
    add("--epochs", type=whole(1, 10_000), metavar="N", help=passes)
    add("--batch-size", type=whole(1, 100_000), metavar="N", help="examples in a step (default: the recipe's)")
    chance = f"of initial weights, order and all chance {DEFAULT}"
    add("--seed", type=whole(0, 2**32 - 1), default=0, metavar="N", help=chance)
    add("--limit", type=whole(1, 10**9), metavar="N", help="train on N examples only: for a quick look")
    folder = f"the run folder, new or empty without --resume {DEFAULT}"
    add("--out", type=run_folder, default=Path(out), metavar="RUN_DIR", help=folder)
    add("--resume", action="store_true", help="go on with the run in the run folder, from its last checkpoint")
    add_device(found)
    bits = "bfloat16 computes PyTorch's forward pass in 16 bits, where the processor has them: slow where it has not"
    add("--precision", choices=(precision, "bfloat16"), default=precision, help=f"{bits} {DEFAULT}")
    add("--compile", action="store_true", help="let torch.compile fuse the model first: half a minute or more")
    return found


def add_data(found: argparse.ArgumentParser, dataset: str | None, datasets: Sequence[str] = tm.DATASETS) -> None:
    add, known = found.add_argument, ", ".join(datasets)
    usual = "(default: the one trained on)" if dataset is None else DEFAULT
    add("--dataset", choices=datasets, default=dataset, metavar="NAME", help=f"{known} {usual}")
    folder = f"folder of NAME.npz; not there, it is downloaded {DEFAULT}"
    add("--data-root", type=Path, default=Path("data"), metavar="DIR", help=folder)


def add_device(found: argparse.ArgumentParser) -> None:
    choices = ("auto", "cpu", "cuda")
    found.add_argument("--device", choices=choices, default="auto", help=f"auto: the GPU if there is one {DEFAULT}")


def whole(least: int, most: int) -> Callable[[str], int]:
    """The argparse type of a whole number in a range."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} to {most}, got {text!r}")
        return int(text)

    return parse


def run_folder(text: str) -> Path:
    """The argparse type of a run folder. TensorBoard takes its name as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise argparse.ArgumentTypeError(f"expected a name that is UTF-8, got {text!r}: name another folder") from error
    return Path(text)


def chosen_device(options: argparse.Namespace) -> torch.device:
    """On a GPU, only operations that give the same bits each time are allowed, or a resumed run would differ."""
    name, there = options.device, torch.cuda.is_available()
    if getattr(options, "backend", "torch") == "scratch":
        refuse_for_scratch(options)
        return torch.device("cpu")
    if name == "cuda" and not there:
        raise CommandError("--device cuda: PyTorch sees no GPU here; --device cpu does without.")
    if name == "cpu" or not there:
        return torch.device("cpu")
    *_, place = started_by_torchrun()
    if place >= (count := torch.cuda.device_count()):
        raise CommandError(f"process {place} has no GPU of its own: torchrun --nproc-per-node at most {count}.")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.cuda.set_device(place)
    return torch.device("cuda", place)


def refuse_for_scratch(options: argparse.Namespace) -> None:
    """What only PyTorch can do."""
    asked = {
        "--device cuda": options.device == "cuda",
        "--precision bfloat16": options.precision == "bfloat16",
        "--compile": options.compile,
    }
    for option in (name for name, given in asked.items() if given):
        raise CommandError(f"{option} is PyTorch's: --backend scratch computes in NumPy, on the CPU, without it.")
