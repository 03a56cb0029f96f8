"""make demo: every pair compared with PyTorch, both networks layer by layer, both architectures trained briefly."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import at_ctrl_c  # noqa: F401
import torch
from endings import CommandError, exit_code, say
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import MultiStepLR
from tqdm import tqdm
from training_options import whole

import torch_models as tm
from parity_tests.checks import checks
from parity_tests.own_run import own_bench
from parity_tests.pair import Pair
from parity_tests.pairs import selected
from parity_tests.report import layers, picture, table
from parity_tests.run import Summary, run, summarise
from parity_tests.workbench import Workbench
from torch_models.files import expanded
from torch_models.recipes import CIFAR_CNN

NAME = "demo.py"
HELP = """Shows in about a minute, offline, what this repository is for:

  1. compares every layer, activation, loss, optimiser, schedule, initialiser and network of scratch_nn (NumPy) with
     its PyTorch twin, on random numbers and on real images of handwritten digits, and prints one line each
  2. runs both networks side by side on digits, with the same weights, and prints the errors of every layer
  3. trains both architectures in PyTorch on 1,197 digits, enlarged to the networks' input sizes

It ends with what was verified, how closely, and which files it wrote, over those of an earlier run.
Exit code: 0 everything agrees, 1 something does not (it is named below the table), 2 the command was wrong,
130 interrupted."""

EXAMPLES = """examples:
  python scripts/demo.py                              all of it
  python scripts/demo.py --pair Conv2D --epochs 1     one layer and a single epoch: a look in a few seconds
  python scripts/demo.py --seed 1 --out runs/seed1    other initial weights, other test images"""

FILES = {
    "parity.txt": "the table of all pairs",
    "parity.png": "the table as a picture",
    "predictions.csv": "the class that CifarCNN gives to each test image",
    "curves.png": "loss and accuracy, epoch by epoch",
    "history_*.csv": "the numbers of the curves",
    "*.safetensors": "the trained weights",
}
BATCH_SIZE = 64
SETTLING = 2  # last epochs, at a tenth of the learning rate: at the full one the CNN's accuracy still jumps
EPOCH = (
    "  epoch {epoch:<2}  learning rate {lr:<6g}  training loss {train_loss:.4f} {train_accuracy:6.1%} right"
    "  validation loss {validation_loss:.4f} {validation_accuracy:6.1%} right"
)


def parser() -> argparse.ArgumentParser:
    raw, default = argparse.RawDescriptionHelpFormatter, "(default: %(default)s)"
    found = argparse.ArgumentParser(prog=NAME, description=HELP, epilog=EXAMPLES, formatter_class=raw)
    add = found.add_argument
    add("--out", type=expanded, default=Path("runs/demo"), metavar="FOLDER", help=f"where the files go {default}")
    add("--epochs", type=whole(1, 1000), default=6, metavar="N", help=f"passes over the training digits {default}")
    add("--seed", type=whole(0, 2**32 - 1), default=0, metavar="N", help=f"of the weights and the splits {default}")
    add("--pair", action="append", metavar="NAME", help="compare only this pair (may be given again)")
    return found


def prepare(folder: Path) -> None:
    """Make the folder. A CommandError now, not after the first half minute, where nothing can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        reason = "it is a file" if isinstance(error, FileExistsError) else error.strerror
        raise CommandError(f"cannot write into --out {folder}: {reason}.") from error


def chosen_pairs(options: argparse.Namespace) -> list[Pair]:
    try:
        return selected(options.pair, None)
    except ValueError as error:
        raise CommandError(str(error)) from error


def compare(pairs: Sequence[Pair], bench: Workbench, out: Path) -> list[Summary]:
    """Run every check of every pair; print a line for each pair as soon as it is done, then what failed."""
    todo = [list(checks(pair)) for pair in pairs]
    say(table.HEAD, "-" * len(table.HEAD), sep="\n")
    summaries: list[Summary] = []
    with tqdm(total=sum(map(len, todo)), unit=" checks", desc="parity", leave=False, disable=None) as bar:
        for found in todo:
            results = []
            for check in found:
                results.append(run(check, bench))
                bar.update()
            summaries += summarise(results)
            bar.write(table.line(summaries[-1]))
    if failures := table.failures(summaries):
        say(*failures, sep="\n")
    with tm.atomic_path(out / "parity.txt") as path:
        path.write_text("\n".join(table.lines(summaries)) + "\n", encoding="utf-8")
    picture.draw(summaries, out / "parity.png")
    return summaries


def layer_by_layer(pair: Pair, bench: Workbench) -> str:
    """Print the errors of every layer on the pair's digits; returns what to remember."""
    case = next(case for case in pair.cases if case.name == "digits")
    try:
        recorded = bench.recording(pair, case, "float64").whole()
        found = layers.layers(bench.expected(pair, case, "float64"), recorded, case)
    except Exception as error:  # what a layer raises has failed its checks too, and is named there
        return f"{pair.name} could not be run on digits: {type(error).__name__}: {error}"
    say(f"\n{pair.name} on {case.shape[0]} digits of {' x '.join(map(str, case.shape[1:]))}")
    say(*layers.lines(found), sep="\n")
    if wrong := layers.first_wrong(found):
        return f"{pair.name}: of {len(found)} layers, {wrong.name} is the first to go wrong, by {wrong.worst:.1e}."
    worst = layers.worst(found)
    return f"{pair.name}: of {len(found)} layers, {worst.name} is furthest from PyTorch's, by {worst.worst:.1e}."


def train(make: type, make_optimizer: Callable, options: argparse.Namespace) -> tuple:
    """Train one network, print its epochs, write its history and its weights; (model, data, history)."""
    with tm.seeded(options.seed):
        model = make()
    data = tm.normalised(tm.load_digits(model.input_shape, seed=options.seed))
    optimizer = make_optimizer(model.parameters())
    say(f"\n{make.__name__} on {len(data.train_inputs):,} digits, {type(optimizer).__name__}")
    history = tm.train(
        tm.TorchLearner(model, optimizer, schedule=MultiStepLR(optimizer, [max(1, options.epochs - SETTLING)])),
        data,
        epochs=options.epochs,
        batch_size=BATCH_SIZE,
        generator=torch.Generator().manual_seed(options.seed),
    )
    say(*(EPOCH.format(**row) for row in history), sep="\n")
    tm.write_history(options.out / f"history_{make.__name__}.csv", history)
    tm.save_weights(model, options.out / f"{make.__name__}.safetensors")
    return model, data, history


def train_both(options: argparse.Namespace) -> list[str]:
    """Train the CNN and the MLP; returns their scores on the test images, the CNN's taken from the file it wrote."""
    cnn, images, cnn_history = train(tm.CifarCNN, partial(SGD, **CIFAR_CNN["notes"].optimizer_args), options)
    file = options.out / "predictions.csv"
    tm.write_predictions(file, tm.predict(cnn, images.test_inputs), expected_count=len(images.test_labels))
    right = int((tm.read_predictions(file) == images.test_labels).sum())
    mlp, data, mlp_history = train(tm.FashionMLP, partial(Adam, lr=1e-3), options)
    _, accuracy = tm.evaluate(mlp, data.test_inputs, data.test_labels)
    tm.plot_curves({"CifarCNN": cnn_history, "FashionMLP": mlp_history}, options.out / "curves.png")
    total = len(images.test_labels)
    return [
        f"CifarCNN: {right / total:.1%} of {total} test digits right, as read back from {file}.",
        f"FashionMLP: {accuracy:.1%} of {len(data.test_labels)} right.",
    ]


def conclude(summaries: Sequence[Summary], furthest: list[str], scores: list[str], out: Path, seconds: float) -> None:
    """What was verified, how closely, and where the files are."""
    agrees = not any(summary.failures for summary in summaries)
    say("\nVerified" if agrees else "\nNOT verified", *table.conclusion(summaries), *furthest, sep="\n  ")
    say("\nTrained", *scores, sep="\n  ")
    say(f"\nFiles in {out}", *(f"{name:<16} {what}" for name, what in FILES.items()), sep="\n  ")
    say(f"\n{seconds:.0f} seconds.")


def show(options: argparse.Namespace) -> int:
    """All three parts; the exit code."""
    pairs = chosen_pairs(options)
    prepare(options.out)
    started = time.perf_counter()
    bench = own_bench()
    say(f"1. {len(pairs)} pairs, scratch_nn beside PyTorch: the same weights and inputs, random upstream gradients\n")
    summaries = compare(pairs, bench, options.out)
    networks = [pair for pair in pairs if pair.family == "network"]
    if networks:
        say("\n2. Networks, layer by layer: worst float64 difference, as a fraction of each tensor's scale")
    furthest = [layer_by_layer(pair, bench) for pair in networks]
    say(f"\n3. Training in PyTorch on real digits: {options.epochs} epochs, batches of {BATCH_SIZE}")
    scores = train_both(options)
    conclude(summaries, furthest, scores, options.out, time.perf_counter() - started)
    return 1 if any(summary.failures for summary in summaries) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    return exit_code(NAME, show, parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
