"""What is timed, in float32: the layers of the two networks at the sizes they have there, their training steps, their
forward passes, and some of it at other sizes.

A case is a name for --case, what it is, and a function that builds its contestants when its turn comes. To add one, add
it to CASES; another size is the same function with other numbers. Flatten has no case: it computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from benchmarks.contestant import Case
from benchmarks.course.network import PER_PIXEL, PLAIN, Style
from benchmarks.layers import cross_entropy_contestants, layer_contestants
from benchmarks.steps import inference_contestants, step_contestants
from benchmarks.torch_side import weights_of
from benchmarks.twins import cnn_twins, mlp_twins
from scratch_nn import BatchNorm, Conv2D, Dropout, FullyConnected, Pool2D, ReLU
from scratch_nn.layer import Layer

BATCH = 64
SIZE = 32
BOTH = (PLAIN, PER_PIXEL)


def fully_connected(name: str, n_in: int, n_out: int, batch: int = BATCH) -> Case:
    ours, theirs = lambda: FullyConnected(n_out), lambda: nn.Linear(n_in, n_out)
    return _layer(name, f"FullyConnected({n_out})", (batch, n_in), ours, theirs, pair="FullyConnected")


def conv(
    name: str, n_in: int, n_out: int, size: int, batch: int = BATCH, *, stride: int = 1, quick: bool = True
) -> Case:
    """At other sizes, which are not quick, the loop over pixels takes no part: half of all the time would be its."""
    return _layer(
        name,
        f"Conv2D({n_out}, 3)" if stride == 1 else f"Conv2D({n_out}, 3, stride={stride})",
        (batch, size, size, n_in),
        lambda: Conv2D(n_out, 3, stride=stride, pad=1),
        lambda: nn.Conv2d(n_in, n_out, 3, stride, padding=1),
        pair="Conv2D",
        styles=BOTH if quick else [PLAIN],
        quick=quick,
    )


def batch_norm(name: str, channels: int, size: int, batch: int = BATCH) -> Case:
    shape = (batch, size, size, channels)
    return _layer(name, "BatchNorm()", shape, BatchNorm, lambda: nn.BatchNorm2d(channels), pair="BatchNorm")


def max_pool(name: str, channels: int, size: int, batch: int = BATCH) -> Case:
    shape = (batch, size, size, channels)
    return _layer(name, "Pool2D(2)", shape, lambda: Pool2D(2), lambda: nn.MaxPool2d(2), styles=BOTH)


def average_pool(name: str, channels: int, size: int, batch: int = BATCH) -> Case:
    shape, ours = (batch, size, size, channels), lambda: Pool2D(2, mode="average")
    return _layer(name, "Pool2D(2, average)", shape, ours, lambda: nn.AvgPool2d(2), styles=BOTH)


def relu(name: str, channels: int, size: int, batch: int = BATCH) -> Case:
    return _layer(name, "ReLU()", (batch, size, size, channels), ReLU, nn.ReLU)


def dropout(name: str, width: int, batch: int = BATCH) -> Case:
    return _layer(name, "Dropout(0.5)", (batch, width), lambda: Dropout(0.5), lambda: nn.Dropout(0.5))


def _layer(
    name: str,
    what: str,
    shape: tuple[int, ...],
    ours: Callable[[], Layer],
    theirs: Callable[[], nn.Module],
    *,
    pair: str | None = None,
    styles: Sequence[Style] = (PLAIN,),
    quick: bool = True,
) -> Case:
    weights = weights_of(pair) if pair else ()
    return Case(name, f"{what} of {shape}", lambda: layer_contestants(ours(), theirs(), shape, weights, styles), quick)


def softmax_cross_entropy(name: str, classes: int, batch: int = BATCH) -> Case:
    what = f"SoftmaxCrossEntropy() of {(batch, classes)}"
    return Case(name, what, lambda: cross_entropy_contestants(batch, classes))


def mlp_step(name: str, batch: int = BATCH, *, quick: bool = True) -> Case:
    twins = mlp_twins(batch)
    return Case(name, f"fashion_mlp step of {twins.shape}", lambda: step_contestants(twins, [PLAIN]), quick)


def cnn_step(
    name: str, batch: int = BATCH, size: int = SIZE, styles: Sequence[Style] = BOTH, *, quick: bool = True
) -> Case:
    twins = cnn_twins(batch, size)
    return Case(name, f"cifar_cnn step of {twins.shape}", lambda: step_contestants(twins, styles), quick)


def mlp_inference(name: str, batch: int = BATCH) -> Case:
    twins = mlp_twins(batch)
    return Case(name, f"fashion_mlp forward of {twins.shape}", lambda: inference_contestants(twins, [PLAIN]))


def cnn_inference(name: str, batch: int = BATCH, size: int = SIZE, styles: Sequence[Style] = BOTH) -> Case:
    twins = cnn_twins(batch, size)
    return Case(name, f"cifar_cnn forward of {twins.shape}", lambda: inference_contestants(twins, styles))


def of_other_size(name: str, batch: int = BATCH, size: int = SIZE) -> Case:
    """A point of a sweep."""
    return cnn_step(name, batch, size, [PLAIN], quick=False)


CASES = (
    fully_connected("fully_connected", 2048, 256),
    conv("conv1", 3, 32, 32),
    conv("conv2", 32, 64, 16),
    conv("conv3", 64, 128, 8),
    conv("conv2_wide", 64, 128, 16, quick=False),
    conv("conv2_batch_256", 32, 64, 16, batch=256, quick=False),
    batch_norm("batch_norm", 32, 32),
    max_pool("max_pool", 32, 32),
    average_pool("average_pool", 32, 32),
    relu("relu", 32, 32),
    dropout("dropout", 256),
    softmax_cross_entropy("softmax_ce", 10),
    mlp_inference("mlp_inference"),
    cnn_inference("cnn_inference"),
    mlp_step("mlp_step"),
    mlp_step("mlp_step_256", batch=256, quick=False),
    cnn_step("cnn_step"),
    of_other_size("cnn_step_16", batch=16),
    of_other_size("cnn_step_32", batch=32),
    of_other_size("cnn_step_128", batch=128),
    of_other_size("cnn_step_256", batch=256),
    of_other_size("cnn_step_16px", size=16),
    of_other_size("cnn_step_64px", size=64),
)


@dataclass(frozen=True)
class Sweep:
    """Cases that are one piece of work at several sizes: `points` is {size: the case's name}."""

    name: str
    what: str
    unit: str
    points: Mapping[int, str]


SWEEPS = (
    Sweep(
        "batch",
        "CNN step against batch",
        "images in a batch",
        {16: "cnn_step_16", 32: "cnn_step_32", 64: "cnn_step", 128: "cnn_step_128", 256: "cnn_step_256"},
    ),
    Sweep(
        "pixels",
        "CNN step against image size",
        "pixels of an image",
        {16**2: "cnn_step_16px", 32**2: "cnn_step", 64**2: "cnn_step_64px"},
    ),
)


def selected(cases: Sequence[Case], names: Sequence[str] | None, *, quick: bool = False) -> list[Case]:
    """The cases of these names (all of them for none, or all quick ones). Raises ValueError, listing the known names,
    for another."""
    known = {case.name: case for case in cases}
    if unknown := [name for name in names or () if name not in known]:
        raise ValueError(f"no case is called {', '.join(unknown)}; there are {', '.join(known)}")
    return [case for case in cases if (case.name in names if names else case.quick or not quick)]
