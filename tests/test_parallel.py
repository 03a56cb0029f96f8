"""Blocks of a batch, one after the other or in threads: the same bits, however many threads."""

import threading
import time
import weakref
from contextvars import copy_context

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from scratch_nn import SGD, BatchNorm, Conv2D, Pool2D, ReLU, cifar_cnn, correlation, one_hot, parallel, threads
from scratch_nn.parallel import blocks, by_examples, in_blocks, in_runs
from small_networks import assert_same_arrays


def lengths(slices):
    return [some.stop - some.start for some in slices]


@pytest.mark.parametrize("length", [1, 2, 5, 64, 101])
@pytest.mark.parametrize("numbers", [1, 7, 100])
@pytest.mark.parametrize("block", [1, 10, 350, 10_000])
def test_blocks_are_small_equal_even_in_number_and_cover_all(length, numbers, block):
    found = blocks(length, length * numbers, block)
    assert [place for some in found for place in range(some.start, some.stop)] == list(range(length))
    assert max(lengths(found)) * numbers <= block or max(lengths(found)) == 1
    assert max(lengths(found)) - min(lengths(found)) <= 1
    assert len(found) in (1, length) or len(found) % 2 == 0
    assert (len(found) == 1) == (length * numbers <= block / 2 or length == 1)


def test_no_numbers_are_one_block():
    assert blocks(3, 0, 10) == [slice(0, 3)]


@pytest.mark.parametrize("count", [1, 2, 3, 20])
def test_results_come_in_the_order_of_the_blocks(count):
    some = blocks(12, 12, 1)

    def slow_at_first(part):
        time.sleep(0.002 * (12 - part.start))
        return part.start

    with threads(count):
        assert in_blocks(slow_at_first, some) == list(range(12))
        assert sum(in_runs(lambda run: [len(run)], some)) == 12


def test_two_threads_work_at_once():
    meet = threading.Barrier(2, timeout=20)
    with threads(2):
        found = by_examples(lambda some: (meet.wait(), threading.get_ident())[1], np.zeros((2, parallel.BLOCK)))
    assert len(set(found)) == 2


def test_work_in_blocks_may_itself_be_work_in_blocks():
    some = blocks(8, 8, 1)
    with threads(2):
        assert in_blocks(lambda part: in_blocks(lambda other: other.start, some), some) == [list(range(8))] * 8


@pytest.mark.parametrize("at", [0, 7])
def test_an_error_in_any_thread_arrives(at):
    def fails(part):
        if part.start == at:
            raise FloatingPointError(f"at {at}")

    with threads(2), pytest.raises(FloatingPointError, match=f"at {at}"):
        in_blocks(fails, blocks(8, 8, 1))


@pytest.mark.parametrize("at", [0, 1], ids=["here", "in_another_thread"])
def test_an_error_arrives_when_all_threads_have_ended(at):
    ended, raised = [], threading.Event()

    def slow_but_for_one(part):
        if part.start == at:
            raised.set()
            raise FloatingPointError
        assert raised.wait(20)
        time.sleep(0.05)
        ended.append(part.start)

    with threads(3):
        with pytest.raises(FloatingPointError):
            in_blocks(slow_but_for_one, [slice(start, start + 1) for start in range(3)])
        assert sorted([at, *ended]) == [0, 1, 2]


def test_what_numpy_was_told_of_errors_holds_in_every_thread():
    numbers = np.array([1.0, 1, 1, np.inf])
    with threads(2), np.errstate(invalid="raise"), pytest.raises(FloatingPointError):
        in_blocks(lambda part: numbers[part] - numbers[part], blocks(4, 4, 1))
    with threads(2), np.errstate(invalid="ignore"):
        in_blocks(lambda part: numbers[part] - numbers[part], blocks(4, 4, 1))


def test_two_who_share_the_threads_get_each_their_own_results():
    found = {}

    def user(name, here):
        found[name] = [here.run(in_blocks, lambda part: (name, part.start), blocks(8, 8, 1)) for _ in range(200)]

    with threads(2):
        users = [threading.Thread(target=user, args=(name, copy_context())) for name in "ab"]
        for one in users:
            one.start()
        for one in users:
            one.join()
    for name in "ab":
        assert all(results == [(name, start) for start in range(8)] for results in found[name])


def test_no_thread_holds_what_it_was_given():
    class Large:
        """Stands for an array."""

    large = Large()
    seen = weakref.ref(large)
    with threads(2):
        in_blocks(lambda part, held=large: None, blocks(8, 8, 1))
        del large
        patience = time.monotonic() + 5
        while seen() is not None and time.monotonic() < patience:
            time.sleep(0.001)
        assert seen() is None


def blas_threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_blas_has_one_thread_within_and_its_own_afterwards():
    with threadpool_limits(2, user_api="blas"):  # where the environment gives it one, nothing would be seen
        with threads(2):
            assert blas_threads() == {1}
        assert blas_threads() == {2}
        with pytest.raises(ZeroDivisionError), threads(2):
            raise ZeroDivisionError
        assert blas_threads() == {2}
    assert in_runs(lambda run: [len(run)], blocks(8, 8, 1)) == [8]


@pytest.mark.parametrize("count", [0, -1, 1.5, None, True])
def test_a_count_that_is_none_is_refused(count):
    with pytest.raises(ValueError, match="threads: expected count to be an integer of at least 1"), threads(count):
        pass


# ---- not a bit of a result depends on the number of threads


def steps(batch, dtype):
    rng = np.random.default_rng(0)
    network = cifar_cnn(optimizer=SGD(0.01, momentum=0.9), rng=rng)
    network.build((32, 32, 3), dtype)
    X, Y = rng.standard_normal((batch, 32, 32, 3)).astype(dtype), one_hot(rng.integers(10, size=batch), 10)
    for _ in range(2):
        loss = network.backward(Y, network.forward(X, training=True))
        network.update()
    return {"loss": np.array(loss), "Y": network.forward(X)} | network.parameters | network.gradients | network.state


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize(("batch", "dtype"), [(64, np.float32), (37, np.float32), (16, np.float64)])
def test_training_in_threads_gives_the_same_bits(batch, dtype, count):
    with threads(1):
        expected = steps(batch, dtype)
    with threads(count):
        assert_same_arrays(steps(batch, dtype), expected)


LAYERS = {
    "conv": lambda: Conv2D(8, 3),
    "conv_stride": lambda: Conv2D(8, 3, stride=2, pad=1, activation=ReLU()),
    "batch_norm": BatchNorm,
    "max_pool": lambda: Pool2D(3, stride=2),
    "average_pool": lambda: Pool2D(2, mode="average"),
    "relu": ReLU,
}


def passes(make):
    X, layer = np.random.default_rng(1).standard_normal((13, 12, 11, 5)), make()
    layer.build(X.shape[1:], np.random.default_rng(2))
    Y = layer.forward(X, training=True)
    dLdX = layer.backward(np.cos(Y))
    evaluated = layer.forward(X)
    return {"Y": Y, "dX": dLdX, "Y evaluated": evaluated, "dX evaluated": layer.backward(np.cos(Y))} | layer.gradients


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_in_threads_gives_the_same_bits(name, monkeypatch):
    monkeypatch.setattr(parallel, "BLOCK", 1000)
    monkeypatch.setattr(correlation, "BLOCK_BYTES", 40_000)
    with threads(1):
        expected = passes(LAYERS[name])
    with threads(2):
        assert_same_arrays(passes(LAYERS[name]), expected)
