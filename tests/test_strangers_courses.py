"""Modules of well-known courses: what is right passes, and a mistake that is planted in one of them is found."""

from pathlib import Path

import pytest

from strangers.asking import asked, module_from, wrong_with

HERE = Path(__file__).parent / "strangers"
TIES = ("Pool2D-ties", "Pool2D-digits", "Pool2D-nan")  # more than one maximum in a window


def source(name: str) -> str:
    return (HERE / f"{name}.py").read_text(encoding="utf-8")


def is_of_ties(message: str) -> bool:
    return message.startswith(TIES) and "input_gradient" in message


def test_images_with_a_bias_of_four_axes_and_the_mode_of_pooling_as_an_argument():
    """The course's mask gives the gradient to every maximum of a window; PyTorch's, to the first."""
    found = asked(HERE / "deeplearning_ai.py", dtypes=("float64",))
    assert found.offered == {"Conv2D", "Pool2D"}
    assert set(found.wrong) == {"Pool2D"}
    assert [m for m in found.wrong["Pool2D"] if not is_of_ties(m)] == []
    pools = [result.check.case for result in found.results if result.check.pair.name == "Pool2D" and result.offered]
    assert {case.startswith("average") for case in pools} == {True, False}


@pytest.mark.parametrize(
    ("old", "new", "pair", "quantity"),
    [
        ("db[:, :, :, c] += dZ[i, h, w, c]", "db[:, :, :, c] = dZ[i, h, w, c]", "Conv2D", "gradient.b"),
        ("float(np.squeeze(b))", "float(np.squeeze(b)) / 2", "Conv2D", "output"),
        ("/ (f * f) * np", "/ f * np", "Pool2D", "input_gradient"),
        ("np.mean(a_prev_slice)", "np.sum(a_prev_slice)", "Pool2D", "output"),
    ],
)
def test_a_mistake_in_a_course_s_images_is_found_where_it_is(old, new, pair, quantity):
    found = [message for message in wrong_with(source("deeplearning_ai"), old, new, pair) if not is_of_ties(message)]
    assert any(f".{quantity}[" in message for message in found)
    assert quantity == "output" or not any(".output[" in message for message in found)


POOL = """
def pool_forward(x, hparams{argument}):
    size, stride = hparams["{key}"], hparams["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    return {value}
"""
BY_MODE = "windows.max(axis=(4, 5)) if mode == 'max' else windows.mean(axis=(4, 5)) if mode == '{word}' else 0 * x"


@pytest.mark.parametrize("key", ["f", "kernel_size", "pool_size", "window"])
@pytest.mark.parametrize("word", ["average", "avg", "mean"])
def test_a_pool_s_window_by_any_key_and_its_mode_by_the_word_that_it_knows(key, word):
    text = POOL.format(argument=", mode='max'", key=key, value=BY_MODE.format(word=word))
    found = asked(module_from(text), "Pool2D", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, {"Pool2D"})


def test_a_pool_without_a_mode_is_asked_for_the_largest_only():
    found = asked(module_from(POOL.format(argument="", key="f", value="windows.max(axis=(4, 5))")), "Pool2D")
    assert found.wrong == {}
    assert "pool_forward has one mode of pooling only: give it an argument `mode`" in found.reasons


def test_a_key_that_nobody_knows_is_not_offered_by_name():
    found = asked(module_from(POOL.format(argument="", key="extent", value="windows.max(axis=(4, 5))")), "Pool2D")
    assert (found.wrong, found.offered) == ({}, set())
    assert any("its settings have no 'extent' here" in reason for reason in found.reasons)
