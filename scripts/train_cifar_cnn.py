"""Train the convolutional network on CIFAR-10, to a run folder and predictions.csv."""

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
from torch_models.recipes import CIFAR_CNN

NAME = "train_cifar_cnn.py"
HELP = """Trains three convolution blocks (32, 64, 128 channels, with batch norm) and a classifier on CIFAR-10.

2,500 of the 50,000 training images are kept apart; they choose the epoch. The test images are read once, at the end:
predictions.csv holds their classes in order, and the last line printed is the accuracy of that file.
The run folder gets config.json, history.csv, curves.png, model.safetensors (the weights of the chosen epoch),
checkpoint.pt (after each epoch, for --resume), predictions.csv, and tensorboard/ where TensorBoard is installed.
Training figures are measured on the way, with dropout and on changed images; validation after the epoch, without, so
its accuracy may stand far above.
Exit code: 0 done, 1 it went wrong on the way (it says where), 2 the command or a file was wrong, 130 interrupted."""
EXAMPLES = """recipes (both flip and crop at random, weight decay 5e-4; a class is predicted from the mean of an image
and its mirror image; digits are only cropped, and have no mirror image):
  notes   SGD 0.01 with momentum 0.9 (a tenth of it from epoch 31 on, where --epochs asks for more than the 30),
          batches of 64, 30 epochs; what is judged and kept is the running average of the weights, which is steadier
          than they are
  fast    one cycle up to 0.1 and down, Nesterov momentum, batches of 128, dropout 0.1, 18 epochs, label smoothing 0.1:
          the training loss shown has it, and so stays above 0.5; the validation loss has not

examples:
  python scripts/train_cifar_cnn.py --epochs 8                   about 78 % of the test images right
  python scripts/train_cifar_cnn.py --epochs 8 --resume          go on after the machine went down
  python scripts/train_cifar_cnn.py --recipe fast --out runs/cifar_fast
  python scripts/train_cifar_cnn.py --limit 2000 --epochs 2 --out runs/look          a quick look
  python scripts/train_cifar_cnn.py --dataset digits --epochs 2 --out runs/cifar_digits     offline, in seconds
  torchrun --nproc-per-node 2 scripts/train_cifar_cnn.py --batch-size 32 --out runs/two
                                                           two processes, each with 32 images of every step"""

TWINS = Twins(tm.CifarCNN, snn.cifar_cnn, networks.CIFAR_CNN.carried, CIFAR_CNN)


def main(arguments: Sequence[str] | None = None) -> int:
    settings = {"dataset": "cifar10", "datasets": ("cifar10", "digits"), "recipes": CIFAR_CNN, "out": "runs/cifar_cnn"}
    options = parser(NAME, HELP, EXAMPLES, **settings).parse_args(arguments)
    return exit_code(NAME, partial(run, TWINS), options)


if __name__ == "__main__":
    sys.exit(main())
