"""How much work a training step is, counted and not timed: calls, memory, and what stays behind.

A loop over pixels or channels makes the calls grow with them; columns of a whole batch, or arrays kept from step to
step, make the memory grow.
"""

import gc
import platform
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from benchmarks.memory import MIB, peak_mib
from scratch_nn import SGD, Adam, BatchNorm, Conv2D, Pool2D, ReLU, cifar_cnn, correlation, fashion_mlp, one_hot

MOST_MIB = 60  # of a step of the CNN with 64 images, beyond what is there before it


def step_of(network, shape, rng):
    X, Y = rng.standard_normal(shape).astype(np.float32), one_hot(rng.integers(10, size=shape[0]), 10)

    def step():
        network.backward(Y, network.forward(X, training=True))
        network.update()

    step()
    return step


def cnn_step(batch, size=32):
    rng = np.random.default_rng(0)
    return step_of(
        cifar_cnn(optimizer=SGD(0.01, momentum=0.9, weight_decay=5e-4), rng=rng), (batch, size, size, 3), rng
    )


def mlp_step(batch):
    rng = np.random.default_rng(0)
    return step_of(fashion_mlp(optimizer=Adam(1e-3), rng=rng), (batch, 784), rng)


def calls(run):
    """How many functions, of Python or of C, `run` calls."""
    counted = 0

    def count(frame, event, argument):
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return counted


def layer_passes(layer, shape):
    rng = np.random.default_rng(1)
    X = rng.standard_normal(shape).astype(np.float32)
    dLdY = rng.standard_normal(layer.forward(X, training=True).shape).astype(np.float32)

    def run():
        layer.forward(X, training=True)
        layer.backward(dLdY)

    return run


@pytest.mark.parametrize("make", [lambda: Conv2D(4, 3), BatchNorm, lambda: Pool2D(2), ReLU], ids=str)
def test_the_calls_of_a_layer_do_not_grow_with_its_pixels_channels_or_examples(make):
    """Two channels are convolved in another way than eight."""
    for C, more in ((2, [(2, 32, 32, 2), (32, 8, 8, 2)]), (8, [(2, 32, 32, 8), (2, 8, 8, 64), (32, 8, 8, 8)])):
        few = calls(layer_passes(make(), (2, 8, 8, C)))
        for shape in more:
            assert calls(layer_passes(make(), shape)) <= 1.1 * few, shape


def test_the_calls_of_a_step_grow_with_the_blocks_of_images_at_most():
    """16 times the pixels and 8 times the images are 128 times the work, in a few blocks more."""
    assert calls(cnn_step(64)) <= 2 * calls(cnn_step(8, size=8))
    assert calls(mlp_step(512)) <= 1.1 * calls(mlp_step(8))


def test_a_step_of_the_cnn_holds_no_more_memory_than_allowed():
    assert peak_mib(cnn_step(64)) <= MOST_MIB


def test_columns_of_a_whole_batch_would_be_noticed(monkeypatch):
    monkeypatch.setattr(correlation, "BLOCK_BYTES", 1 << 40)
    assert peak_mib(cnn_step(64)) > MOST_MIB


@pytest.mark.parametrize("make_step", [cnn_step, mlp_step])
def test_nothing_more_is_kept_after_ten_steps_than_after_one(make_step):
    step = make_step(16)
    tracemalloc.start()
    try:
        held = []
        for steps in (2, 10):
            for _ in range(steps):
                step()
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[1] - held[0] < 0.1 * MIB


FAULTS = """
import numpy as np
from resource import RUSAGE_SELF, getrusage
from scratch_nn import SGD, cifar_cnn, one_hot
rng = np.random.default_rng(0)
network = cifar_cnn(optimizer=SGD(0.01, momentum=0.9), rng=rng)
X, Y = rng.standard_normal((64, 32, 32, 3)).astype(np.float32), one_hot(rng.integers(10, size=64), 10)
faults = []
for _ in range(24):
    network.backward(Y, network.forward(X, training=True))
    network.forward(X)
    faults.append(getrusage(RUSAGE_SELF).ru_minflt)
print((faults[-1] - faults[3]) / 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep memory in other ways")
def test_a_round_takes_its_memory_from_what_the_last_one_freed():
    """Pages that the system must find and fill with zeros: hundreds a round where the C library hands them back."""
    root = Path(__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", FAULTS], cwd=root, capture_output=True, text=True, check=True)
    assert float(run.stdout) < 100
