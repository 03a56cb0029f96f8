"""What the training scripts share on the command line: options, their checks, and one sentence for each error."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import torch

import torch_models as tm
from torch_models.run_folder import RunFolderError

DEFAULT = "(default: %(default)s)"


class CommandError(ValueError):
    """What was asked for cannot be done: one sentence with the cure."""


WRONG_COMMAND = (CommandError, RunFolderError, tm.DatasetError)


def parser(
    name: str, description: str, epilog: str, *, dataset: str, recipes: Iterable[str], out: str
) -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    found = argparse.ArgumentParser(prog=name, description=description, epilog=epilog, formatter_class=raw)
    add = found.add_argument
    add_data(found, dataset)
    add("--recipe", choices=list(recipes), default="notes", help=f"optimiser, schedule, augmentation {DEFAULT}")
    add("--epochs", type=whole(1, 10_000), metavar="N", help="passes over the training images (default: the recipe's)")
    add("--batch-size", type=whole(1, 100_000), metavar="N", help="images in a step (default: the recipe's)")
    add("--seed", type=whole(0, 2**32 - 1), default=0, metavar="N", help=f"of weights, order and chance {DEFAULT}")
    add("--limit", type=whole(1, 10**9), metavar="N", help="train on the first N images only: for a quick look")
    add("--out", type=Path, default=Path(out), metavar="RUN_DIR", help=f"the run folder {DEFAULT}")
    add("--resume", action="store_true", help="go on with the run in the run folder, from its last whole epoch")
    add_device(found)
    return found


def add_data(found: argparse.ArgumentParser, dataset: str | None) -> None:
    add, known = found.add_argument, ", ".join(tm.DATASETS)
    usual = "(default: the one trained on)" if dataset is None else DEFAULT
    add("--dataset", choices=tm.DATASETS, default=dataset, metavar="NAME", help=f"{known} {usual}")
    add("--data-root", type=Path, default=Path("data"), metavar="DIR", help=f"holds NAME.npz, or gets it {DEFAULT}")


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


def chosen_device(name: str) -> torch.device:
    """On a GPU, only operations that give the same bits each time are allowed, or a resumed run would differ."""
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise CommandError("--device cuda: PyTorch sees no GPU here; --device cpu does without.")
    if name == "cpu" or not there:
        return torch.device("cpu")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    return torch.device("cuda", torch.cuda.current_device())


def exit_code(name: str, work: Callable[[argparse.Namespace], None], options: argparse.Namespace) -> int:
    """0 done, 1 it went wrong on the way, 2 the command or a file it named was wrong, 130 interrupted."""
    try:
        work(options)
    except WRONG_COMMAND as error:
        return complain(name, str(error), 2)
    except tm.TrainingDiverged as error:
        return complain(name, str(error), 1)
    except OSError as error:
        where = options.out if error.filename is None else error.filename
        return complain(name, f"{where}: {error.strerror or error}. Files that were whole are still whole.", 1)
    except KeyboardInterrupt:
        return complain(name, "interrupted.", 130)
    return 0


def complain(name: str, sentence: str, code: int) -> int:
    print(f"{name}: {sentence}", file=sys.stderr, flush=True)
    return code
