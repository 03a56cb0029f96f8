"""--junit: one suite a pair, one testcase a case, one failure a testcase at most, and XML that any parser reads."""

from xml.etree import ElementTree

import pytest

import small_reports
from parity_tests.report import junit
from parity_tests.report.reading import case_of, plain


@pytest.fixture(scope="module")
def everything():
    return small_reports.with_everything()


def read(report, path) -> dict[str, ElementTree.Element]:
    root = ElementTree.parse(junit.write(report, path)).getroot()
    assert root.tag == "testsuites"
    return {suite.get("name"): suite for suite in root}


def outcomes(suite) -> dict[str, str]:
    """{testcase: "passed", "failure" or "skipped"}."""
    found = {}
    for case in suite.iter("testcase"):
        (outcome,) = [element.tag for element in case] or ["passed"]  # at most one
        found[case.get("name")] = outcome
    return found


def test_a_suite_a_pair_a_testcase_a_case(everything, tmp_path):
    suites = read(everything, tmp_path / "parity.xml")
    assert list(suites) == ["ReLU", "L2", "Flatten", "Dropout", "Constant"]
    relu = outcomes(suites["ReLU"])
    assert {name for name, outcome in relu.items() if outcome == "failure"} == {"digits", "kinks"}
    assert {name for name, outcome in relu.items() if outcome == "passed"} >= {"n4_d7", "images", "infinite"}
    assert set(outcomes(suites["L2"]).values()) == {"passed"}
    (classname,) = {case.get("classname") for case in suites["ReLU"].iter("testcase")}
    assert classname == "parity_tests.layer.ReLU"


def test_the_failure_holds_every_message_of_its_case(everything, tmp_path):
    suites = read(everything, tmp_path / "parity.xml")
    failure = suites["ReLU"].find("testcase[@name='kinks']/failure")
    mine = [f.message for f in everything.findings[0].failures if f.case == "kinks"]
    assert failure.get("type") == "numbers"
    assert failure.get("message") == f"{len(mine)} checks fail, the first: {mine[0]}"
    assert failure.text.strip().splitlines() == mine


def test_what_is_folded_says_what_it_follows_from(everything, tmp_path):
    suites = read(everything, tmp_path / "parity.xml")
    (failure,) = suites["Constant"].iter("failure")
    assert failure.text.strip() == "Constant-rate: off by 1 (follows from ReLU)"


def test_not_offered_is_skipped_never_passed(everything, tmp_path):
    suites = read(everything, tmp_path / "parity.xml")
    assert set(outcomes(suites["Dropout"]).values()) == {"skipped"}
    assert suites["Dropout"].find(".//skipped").get("message") == "not offered: the module has no Dropout"
    flatten = outcomes(suites["Flatten"])
    assert flatten["images"] == "passed"
    assert flatten["images (not offered)"] == "skipped"
    text = suites["Flatten"].find("testcase[@name='images (not offered)']/skipped").text
    assert "Flatten-images-training.output[float32]" in text.splitlines()


def test_a_pair_of_which_not_even_ids_are_known_is_skipped(everything, tmp_path):
    (summary,) = [summary for summary in everything.summaries if summary.pair.name == "Dropout"]
    summary = type(summary)(summary.pair, not_offered={"no class of this name": []})
    suites = read(small_reports.report([summary]), tmp_path / "parity.xml")
    assert outcomes(suites["Dropout"]) == {"all": "skipped"}


def test_the_counts_are_those_of_the_testcases(everything, tmp_path):
    path = junit.write(everything, tmp_path / "parity.xml")
    root = ElementTree.parse(path).getroot()
    for element in (root, *root):
        found = [outcome for suite in element.iter("testsuite") for outcome in outcomes(suite).values()]
        assert int(element.get("tests")) == len(found)
        assert int(element.get("failures")) == found.count("failure")
        assert int(element.get("skipped")) == found.count("skipped")
        assert element.get("errors") == "0"
    assert float(root.get("time")) == pytest.approx(12.346)


def test_environment_and_figures_are_properties(everything, tmp_path):
    suites = read(everything, tmp_path / "parity.xml")
    properties = {each.get("name"): each.get("value") for each in suites["L2"].iter("property")}
    assert properties["torch"] == "2.13.0"
    assert properties["checks"] == "108"
    assert float(properties["float64 error"]) <= 1e-10


def test_characters_that_xml_forbids_are_replaced(tmp_path):
    """Written as they are, the parser stops: an escape, a NUL, half a surrogate pair, a noncharacter."""
    report = small_reports.with_exceptions()
    assert any(character in report.findings[0].failures[0].message for character in "\x1b\x00\ud800\uffff")
    suites = read(report, tmp_path / "parity.xml")
    failure = next(suites["ReLU"].iter("failure"))
    assert failure.get("type") == "exception"
    assert "�[31mno such row�� <&> ]]> �" in failure.text


def test_plain_keeps_what_can_be_shown():
    assert plain("∂L/∂x\t= 0\n…é😀") == "∂L/∂x\t= 0\n…é😀"
    assert plain("\x00\x1b\x7f\x85\r\ufffe\U0001ffff\ud800") == 8 * "�"


def test_a_case_whose_name_begins_with_another_is_told_apart(everything):
    summary = everything.summaries[0]
    assert case_of(summary, "ReLU-n4_d7-training.output[float64]") == "n4_d7"
    assert case_of(summary, "ReLU-upstream_of_another_type-refused[any]") == "upstream_of_another_type"
    assert case_of(summary, "ReLU-never_heard-training.output[float64]") == ""
