"""--gradescope: partial credit by layer; a failing layer never gets all its points, a missing one none."""

import json
import re
from pathlib import Path

import pytest

import small_reports
from parity_tests.pair import NotOffered
from parity_tests.report import gradescope
from parity_tests.run import Summary, summarise

NO_FLOAT32 = ["Flatten-*"]
PAGE = Path(__file__).resolve().parents[1] / "docs/results.md"
EXAMPLE = re.compile(r"^    (\w+) +(\d+) \* (\d+) / \((\d+) \+ (\d+) \+ (\d+)\) = ([\d.]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def everything():
    return small_reports.with_everything()


def layers_of(report, points=1, **options) -> dict[str, dict]:
    found = gradescope.as_mapping(report, points, **options)["tests"]
    return {test["name"].split()[0]: test for test in found}


def test_the_file_is_what_gradescope_reads(everything, tmp_path):
    results = json.loads(gradescope.write(everything, tmp_path / "results.json", 2).read_text())
    assert set(results) == {"output", "execution_time", "stdout_visibility", "tests"}
    assert results["execution_time"] == 13
    for test in results["tests"]:
        assert set(test) == {"name", "score", "max_score", "status", "output", "output_format", "visibility"}
        assert 0 <= test["score"] <= test["max_score"] == 2
        assert test["status"] == ("passed" if test["score"] == 2 else "failed")
        assert test["visibility"] == "visible"
        assert test["output"]


def test_partial_credit_by_layer(everything):
    tests = layers_of(everything, {"ReLU": 10, "L2": 3, "Dropout": 5})
    assert list(tests) == ["ReLU", "L2", "Dropout"]
    assert tests["ReLU"]["score"] == 9.42  # 198 of 210, rounded down
    assert (tests["L2"]["score"], tests["L2"]["status"]) == (3, "passed")
    assert (tests["Dropout"]["score"], tests["Dropout"]["status"]) == (0, "failed")
    assert "not offered, so it gets no points: the module has no Dropout." in tests["Dropout"]["output"]


def test_the_output_is_the_finding_as_text(everything):
    output = layers_of(everything)["ReLU"]["output"]
    assert "It is what you get when the gradient at exactly 0 is 1" in output
    assert "ReLU-digits-training.input_gradient[float64]" in output
    assert "198 of 210 checks agree with PyTorch." in output
    assert "It follows from the finding in ReLU." in layers_of(everything)["Constant"]["output"]


def test_what_is_left_out_costs_points_unless_the_course_does_not_ask_for_it(everything):
    flatten = layers_of(everything)["Flatten"]
    assert (flatten["score"], flatten["status"]) == (0.64, "failed")  # 117 of 181
    assert "64 checks not offered, which counts as not passed: it works in float64 only." in flatten["output"]
    flatten = layers_of(everything, may_be_missing=NO_FLOAT32)["Flatten"]
    assert (flatten["score"], flatten["status"]) == (1, "passed")
    assert "not offered" not in flatten["output"]


class WithoutSlope(small_reports.Lacking):
    """A side whose LeakyReLU has no place for a slope."""

    def __call__(self, pair, case, dtype: str):
        if "slope" in case.arguments:
            raise NotOffered("LeakyReLU takes no slope")
        return super().__call__(pair, case, dtype)


@pytest.fixture(scope="module")
def without_slope():
    side = WithoutSlope(small_reports.library())
    return small_reports.report(summarise(small_reports.results(side, "LeakyReLU", without_refusals=True)))


def test_a_setting_for_which_there_is_no_place_costs_nothing(without_slope):
    (summary,) = without_slope.summaries
    assert [len(ids) for ids in summary.not_offered.values()] == [84]
    leaky = layers_of(without_slope)["LeakyReLU"]
    assert (leaky["score"], leaky["status"]) == (1, "passed")


def test_the_examples_of_the_page_are_what_comes_out(everything, without_slope):
    summaries = {s.pair.name: s for report in (everything, without_slope) for s in report.summaries}
    examples = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    assert [name for name, *_ in examples] == ["ReLU", "Flatten", "LeakyReLU"]
    for name, *numbers, score in examples:
        points, passed, of_passed, failed, left_out = map(int, numbers)
        summary = summaries[name]
        assert (failed, passed) == (len(summary.failures), summary.checks - failed)
        assert of_passed == passed
        test = layers_of(without_slope if name == "LeakyReLU" else everything, {name: points})[name]
        assert (f"{left_out} checks not offered" in test["output"]) == (left_out > 0)
        assert test["score"] == float(score)


def test_nothing_offered_gets_nothing_even_where_it_may_be_missing(everything):
    dropout = layers_of(everything, may_be_missing=["*"])["Dropout"]
    assert (dropout["score"], dropout["status"]) == (0, "failed")


@pytest.mark.parametrize("points", [0.01, 1, 3, 10, 0.29, 100, 7.5])
@pytest.mark.parametrize("of", [2, 181, 10_000, 1_000_000])
def test_a_failing_layer_never_gets_all_its_points(points, of):
    assert gradescope.score(points, of - 1, of) < points
    assert gradescope.score(points, of, of) == points
    assert gradescope.score(points, 0, of) == 0


def test_scores_are_rounded_down_without_rounding_errors():
    assert gradescope.score(1, 29, 100) == 0.29
    assert gradescope.score(0.3, 1, 3) == 0.1
    assert gradescope.score(10, 169, 181) == 9.33


def test_nothing_asked_is_no_pass(everything):
    (summary,) = [s for s in everything.summaries if s.pair.name == "L2"]
    (test,) = gradescope.as_mapping(small_reports.report([Summary(summary.pair)]))["tests"]
    assert (test["score"], test["status"]) == (0, "failed")
    assert "nothing was asked" in test["output"]


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({"Relu": 1}, "Relu is not among the pairs that were checked; close: ReLU"),
        ({"Conv2D": 1}, "Conv2D is not among the pairs that were checked; close: "),
        ({"ReLU": -1}, "expected a number of at least 0 for ReLU, got -1"),
        (float("nan"), "expected a number of at least 0 for ReLU, got nan"),
    ],
)
def test_points_that_are_none(everything, points, message):
    with pytest.raises(ValueError, match=message):
        gradescope.as_mapping(everything, points)
