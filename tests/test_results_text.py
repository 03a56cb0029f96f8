"""Findings as text: one broken layer is one block, and no line is wider than a terminal."""

from dataclasses import replace

import pytest

import small_reports
from parity_tests.findings import Failure, Finding
from parity_tests.report import findings_text, stranger_text


@pytest.fixture(scope="module")
def everything():
    return small_reports.with_everything()


def test_one_broken_layer_is_one_block(everything):
    text = findings_text.lines(everything)
    blocks = "\n".join(text).split("\n\n")
    assert [block.splitlines()[0] for block in blocks] == [
        "ReLU: input_gradient fails.",
        "Not offered, so neither passed nor failed:",
    ]
    said = " ".join(line.strip() for line in blocks[0].splitlines())
    first = everything.findings[0].failures[0]
    assert "12 of 210 checks, in 2 cases (digits, kinks)." in said
    assert first.message in said
    assert "It is what you get when the gradient at exactly 0 is 1: fits 12 of 12 wrong arrays, to 3e-17." in said
    assert "PyTorch: The gradient at exactly 0 is 0." in said
    assert "Compare scratch_nn/activations.py:57:  self._on = ~(X <= 0)" in said
    assert "And in what is built on it: Constant (rate)." in said
    assert "Valid, but" not in said


def test_what_is_not_there_is_told_apart_from_what_is_missing_of_the_rest(everything):
    block = "\n".join(findings_text.lines(everything)).split("\n\n")[1].splitlines()
    assert block[1:] == ["  not there: Dropout", "  Flatten, 64 checks: it works in float64 only"]


def test_a_class_that_raises_not_implemented_is_there(everything):
    summary = everything.summaries[0]
    why = {"what it has not yet: NotImplementedError: later": ["ReLU-kinks-training.output[float64]"]}
    later = replace(everything, summaries=(replace(summary, checks=0, not_offered=why, refused=True),), findings=())
    assert findings_text.lines(later)[1:] == ["  ReLU, 1 check: what it has not yet: NotImplementedError: later"]
    assert "nothing could be checked of what it has" in stranger_text.conclusion(later)
    absent = replace(later, summaries=(replace(later.summaries[0], refused=False),))
    assert findings_text.lines(absent)[1:] == ["  not there: ReLU"]
    assert "nothing in it has a name that is known" in stranger_text.conclusion(absent)


@pytest.mark.parametrize(("got", "hint"), [("float64", True), ("int64", False)])
def test_who_answers_in_float64_alone_is_told_how_to_be_judged_in_that(got, hint):
    message = f"expected type float32, got {got}"
    failure = Failure("Conv2D-a-training.output[float32]", "a", "training.output", "float32", message)
    said = " ".join(findings_text.block(Finding("Conv2D", "layer", 1, (failure,))))
    assert ("--dtype float64" in said, "say np.zeros(shape, X.dtype)" in said) == (hint, hint)


def test_nothing_is_said_where_everything_agrees():
    assert findings_text.lines(small_reports.of_ours()) == []


def test_where_nothing_fits_no_explanation_is_printed(everything):
    text = "\n".join(findings_text.block(replace(everything.findings[0], explanations=())))
    assert "It is what" not in text
    assert "Compare" not in text


def test_of_several_explanations_the_best_is_told(everything):
    other = replace(small_reports.AT_ZERO, says="the sign is wrong")
    finding = replace(everything.findings[0], explanations=(small_reports.AT_ZERO, other))
    assert "the sign is wrong" not in "\n".join(findings_text.block(finding))
    second = replace(other, quantities=("gradient.W",))
    finding = replace(everything.findings[0], explanations=(small_reports.AT_ZERO, other, second))
    assert "\n".join(findings_text.block(finding)).count("the sign is wrong") == 1  # another quantity: another mistake


def test_an_explanation_behind_an_exception_says_where_it_holds():
    failure = Failure("ReLU-kinks-x[float64]", "kinks", "x", "float64", "not done", "exception")
    found = findings_text.block(Finding("ReLU", "layer", 1, (failure,), (small_reports.AT_ZERO,)))
    assert (
        "  Where it does not raise, it is what you get when the gradient at exactly 0 is 1: fits 12 of 12"
        in "\n".join(found)
    )


def test_a_convention_is_told_as_valid(everything):
    keras = replace(small_reports.AT_ZERO, convention="Keras", place="", error=0)
    said = findings_text.block(replace(everything.findings[0], explanations=(keras,)))
    assert "  Valid, but not PyTorch's: the convention of Keras." in said
    assert any(line.endswith("fits 12 of 12 wrong arrays, exactly.") for line in said)
    assert not any("Compare" in line for line in said)


@pytest.mark.parametrize("name", ["with_everything", "with_exceptions", "of_nothing"])
def test_every_line_fits_a_terminal_and_holds_no_control_character(name):
    text = findings_text.lines(getattr(small_reports, name)())
    assert text
    assert max(map(len, text)) <= 120
    assert all(line.isprintable() for line in text)


def test_a_word_without_end_is_broken():
    failure = Failure("ReLU-kinks-x[float64]", "kinks", "x", "float64", 5000 * "0", "exception")
    text = findings_text.block(Finding("ReLU", "layer", 1, (failure,)))
    assert max(map(len, text)) <= 120
    assert text[-1].endswith("(4520 more characters)")


def test_of_many_folded_findings_the_place_is_told():
    def finding(pair, family, *cases, folded=()):
        return Finding(pair, family, 9, tuple(Failure("i", c, "output", "float64", "m") for c in cases), folded=folded)

    conv = finding("Conv2D", "layer", "relu", folded=(finding("cifar_cnn", "network", "a", "b"),))
    text = findings_text.block(finding("ReLU", "layer", "a", folded=(conv, finding("BatchNorm", "layer", *"abcd"))))
    assert text[-1] == "  And in what is built on it: Conv2D (relu), cifar_cnn, BatchNorm (4 cases)."


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        ("exception", "Conv2D: output fails with an exception."),
        ("time limit", "Conv2D fails: it ran into its time limit."),
        ("crash", "Conv2D fails: the process crashed."),
        ("something new", "Conv2D: output fails (something new)."),
    ],
)
def test_the_first_line_says_how_it_failed(kind, head):
    failure = Failure("Conv2D-a-training.output[float64]", "a", "training.output", "float64", "m", kind)
    assert findings_text.block(Finding("Conv2D", "layer", 1, (failure,)))[0] == head


def test_settings_that_it_has_not_are_told_together_and_hide_no_other_reason(everything):
    why = {f"Flatten has no {some}": ["a[float64]"] for some in ("momentum", "momentum, dampening", "nesterov")}
    why |= {"it has no step": ["a[float64]", "b[float64]"]}
    summary = replace(everything.summaries[0], checks=0, not_offered=why, refused=True)
    told = findings_text.lines(replace(everything, summaries=(summary,), findings=()))[1:]
    assert told == ["  ReLU, 5 checks: Flatten has no momentum, dampening, nesterov; it has no step"]
