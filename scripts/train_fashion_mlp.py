"""Train the multilayer perceptron 784-256-128-10 on FashionMNIST, to a run folder and predictions.csv."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from endings import exit_code
from learners import Twins
from training_options import parser
from training_run import run

import scratch_nn as snn
import torch_models as tm
from parity_tests.pairs import networks
from torch_models.recipes import FASHION_MLP

NAME = "train_fashion_mlp.py"
HELP = """Trains the multilayer perceptron 784-256-128-10 (ReLU) on the 28x28 clothes of FashionMNIST.

2,500 of the 60,000 training images are kept apart; they choose the epoch. The test images are read once, at the end:
predictions.csv holds their classes in order, and the last line printed is the accuracy of that file.
The run folder gets config.json, history.csv, curves.png, model.safetensors (the weights of the chosen epoch),
checkpoint.pt (after each epoch, for --resume), predictions.csv, and tensorboard/ where TensorBoard is installed.
Training figures are measured on the way, with weights that still move; validation after the epoch.
Exit code: 0 done, 1 it went wrong on the way (it says where), 2 the command or a file was wrong, 130 interrupted."""
EXAMPLES = """recipes:
  notes   Adam with rate 1e-3, batches of 64, 10 epochs: about 88 % of the test images right, in well under a minute
  fast    Adam in one cycle up to 4e-3 and down to nothing, batches of 256, 6 epochs

examples:
  python scripts/train_fashion_mlp.py                            all of it, into runs/fashion_mlp
  python scripts/train_fashion_mlp.py --resume                   go on after the machine went down
  python scripts/train_fashion_mlp.py --limit 2000 --epochs 2 --out runs/look        a quick look
  python scripts/train_fashion_mlp.py --dataset digits --out runs/fashion_digits     offline, in seconds"""

TWINS = Twins(tm.FashionMLP, snn.fashion_mlp, networks.FASHION_MLP.carried, FASHION_MLP)


def main(arguments: Sequence[str] | None = None) -> int:
    settings = {
        "dataset": "fashion_mnist",
        "datasets": ("fashion_mnist", "digits"),
        "recipes": FASHION_MLP,
        "out": "runs/fashion_mlp",
    }
    options = parser(NAME, HELP, EXAMPLES, **settings).parse_args(arguments)
    return exit_code(NAME, partial(run, TWINS), options)


if __name__ == "__main__":
    sys.exit(main())
