"""Exercises: a stub never passes, an answer does, and while one is worked on the checker names what comes next."""

import re

import pytest

from graded import PAIRS, SOLUTIONS, STUBS, graded, passes
from parity_tests.lessons.lessons import pages
from parity_tests.pairs import PAIRS as ALL_PAIRS
from parity_tests.pairs import selected
from parity_tests.subjects.stranger.module import load

EACH = [(name, pair) for name, pairs in PAIRS.items() for pair in pairs]
COMMAND = re.compile(r"python -m parity_tests check docs/lessons/exercises/(\w+)\.py((?: --\w+ \w[\w.]*)*)")


def test_every_lesson_has_a_file_of_exercises_and_every_file_a_solution():
    linked = [re.findall(r"\(exercises/(\w+)\.py\)", path.read_text(encoding="utf-8")) for path in pages()]
    assert linked == [[name] for name in PAIRS]
    assert sorted(path.stem for path in STUBS.glob("*.py")) == sorted(PAIRS)
    assert sorted(path.stem for path in SOLUTIONS.glob("*.py")) == sorted([*PAIRS, "stubs"])


@pytest.mark.parametrize("name", PAIRS)
def test_a_stub_says_what_is_to_do_three_times(name):
    text = (STUBS / f"{name}.py").read_text(encoding="utf-8")
    assert all(f"xercise {number}" in text or f"xercises {number}" in text for number in (1, 3))
    assert text.count("TODO") >= 3
    assert "python -m parity_tests check docs/lessons/exercises" in text
    assert "NotImplementedError" not in text, (
        "the checker takes it for something that is not offered, and passes the rest"
    )


@pytest.mark.parametrize(("name", "pair"), EACH)
def test_a_stub_does_not_pass(name, pair):
    assert not passes(STUBS / f"{name}.py", pair)


@pytest.mark.parametrize(("name", "pair"), EACH)
def test_an_answer_passes(name, pair):
    assert passes(SOLUTIONS / f"{name}.py", pair)


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_the_commands_of_a_lesson_name_pairs_and_cases_that_exist(path):
    text = " ".join(path.read_text(encoding="utf-8").split())
    known = {pair.name: {case.name for case in pair.cases} for pair in ALL_PAIRS}
    assert COMMAND.search(text)
    for name, options in COMMAND.findall(text):
        assert (STUBS / f"{name}.py").is_file()
        assert not re.search(r"--(?!pair|case)", options)
    exercises = text.partition("## Exercises")[2]
    asked = re.findall(r"--pair (\w+)", exercises)
    assert set(asked) <= set(known)
    cases = {case for pair in (asked or [])[:1] for case in known[pair]} | set().union(*(known[p] for p in asked))
    assert set(re.findall(r"--case ([\w.]*\w)", exercises)) <= cases


# What is filled in, and then the first quantity that is still wrong.
STEPS = {
    "dense": [((), "output"), (("forward",), "input_gradient"), (("forward", "input_gradient"), "gradient.W")],
    "softmax": [((), "output"), (("forward",), "input_gradient")],
    "conv": [((), "output"), (("forward",), "input_gradient"), (("forward", "input_gradient"), "gradient.W")],
    "im2col": [((), "output"), (("im2col",), "input_gradient"), (("im2col", "col2im"), "gradient.W")],
    "batch_norm": [
        ((), "output"),
        (("normalise",), "input_gradient"),
        (("normalise", "backward"), "state.running_mean"),
    ],
    "dropout": [((), "output"), (("mask",), "input_gradient"), (("mask", "backward"), "evaluation.output")],
}
FIRST = {"conv": "valid_3x3", "im2col": "valid_3x3", "batch_norm": "n5_d3", "softmax": "n4_d7", "dropout": "p_0.2"}


@pytest.mark.parametrize(
    ("name", "done", "first"), [(name, *step) for name, steps in STEPS.items() for step in steps], ids=str
)
def test_the_checker_names_the_exercise_that_comes_next(name, done, first, monkeypatch):
    (pair,) = selected([PAIRS[name][0]], None)
    stub, solution = (load(str(folder / f"{name}.py")) for folder in (STUBS, SOLUTIONS))
    answers = getattr(solution, pair.name)
    for method in done:
        monkeypatch.setattr(getattr(stub, pair.name), method, vars(answers)[method])
    _, finding = graded(stub, pair.name, FIRST.get(name, pair.cases[0].name))
    assert finding.failures[0].check.removeprefix("training.") == first


def test_plain_descent_can_be_graded_alone(monkeypatch):
    stub, solution = (load(str(folder / "sgd.py")) for folder in (STUBS, SOLUTIONS))
    monkeypatch.setattr(stub.SGD, "moved", vars(solution.SGD)["moved"])
    assert graded(stub, "SGD", "plain")[0].failures == []
    assert graded(stub, "SGD", "momentum")[0].failures != []
