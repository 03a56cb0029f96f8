"""--json: what is written is the documented schema, and says what the run says."""

import copy
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import small_reports
from parity_tests.report import json_results
from small_schema import errors

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = json.loads((ROOT / "docs/results.schema.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/results.md").read_text(encoding="utf-8")
PROSE = re.sub(r"^```.*?^```$", "", PAGE, flags=re.DOTALL | re.MULTILINE)

REPORTS = ("with_everything", "with_exceptions", "of_ours", "of_nothing")


@pytest.fixture(scope="module")
def reports():
    return {name: getattr(small_reports, name)() for name in REPORTS}


def broken(results) -> list[str]:
    return list(errors(results, SCHEMA, SCHEMA))


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.parametrize("name", REPORTS)
def test_what_is_written_keeps_the_schema(reports, name, tmp_path):
    path = json_results.write(reports[name], tmp_path / "new folder" / "results.json")
    results = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert broken(results) == []
    assert results == json_results.as_mapping(reports[name])
    assert [file.name for file in path.parent.iterdir()] == ["results.json"]


SPOILED = {
    "another version": lambda r: r.update(schema="parity_tests.results/2"),
    "a field is missing": lambda r: r.pop("verdict"),
    "a field is new": lambda r: r["findings"][0].update(hint="look at 0"),
    "NaN as a text": lambda r: r["pairs"][0].update(float64_error="NaN"),
    "a negative count": lambda r: r["counts"].update(failed=-1),
    "True for 1": lambda r: r["counts"].update(findings=True),
    "half a check": lambda r: r["counts"].update(checks=0.5),
    "another status": lambda r: r["pairs"][0].update(status="ok"),
    "a finding without failures": lambda r: r["findings"][0].update(failures=[]),
    "an unknown kind": lambda r: r["findings"][0]["failures"][0].update(kind="bad luck"),
    "no list": lambda r: r["findings"][0].update(explanations={}),
    "deep down": lambda r: r["findings"][0]["folded"][0]["failures"][0].pop("message"),
    "a version as a number": lambda r: r["environment"].update(python=3.11),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_the_validator_notices(reports, spoil):
    results = json_results.as_mapping(reports["with_everything"])
    spoiled = copy.deepcopy(results)
    spoil(spoiled)
    assert broken(results) == []
    assert broken(spoiled)


def test_it_says_what_the_run_says(reports):
    results = json_results.as_mapping(reports["with_everything"])
    assert (results["subject"], results["verdict"], results["exit_code"]) == ("course/layers.py", "fails", 1)
    assert {pair["pair"]: pair["status"] for pair in results["pairs"]} == {
        "ReLU": "fails",
        "L2": "agrees",
        "Flatten": "agrees",
        "Dropout": "not offered",
        "Constant": "fails",
    }
    (finding,) = results["findings"]
    assert (finding["pair"], finding["quantity"]) == ("ReLU", "input_gradient")
    assert finding["cases"] == ["digits", "kinks"]
    assert finding["explanations"][0]["says"] == "the gradient at exactly 0 is 1"
    assert finding["folded"][0]["pair"] == "Constant"


@pytest.mark.parametrize("name", REPORTS)
def test_the_counts_add_up(reports, name):
    results = json_results.as_mapping(reports[name])
    counts, pairs = results["counts"], results["pairs"]
    assert counts["pairs"] == len(pairs)
    assert counts["pairs"] == counts["pairs_agreeing"] + counts["pairs_failing"] + counts["pairs_not_offered"]
    for each in (counts, *pairs):
        assert each["checks"] == each["passed"] + each["failed"]
    for name in ("checks", "passed", "failed"):
        assert counts[name] == sum(pair[name] for pair in pairs)
    assert counts["not_offered"] == sum(len(why["checks"]) for pair in pairs for why in pair["not_offered"])


def test_figures_that_json_lacks(reports):
    pairs = {pair["pair"]: pair for pair in json_results.as_mapping(reports["with_everything"])["pairs"]}
    assert pairs["ReLU"]["float32_multiple"] == "inf"
    assert pairs["Dropout"]["float64_error"] is None
    assert pairs["Constant"]["float32_multiple"] is None
    assert json_results.number(math.nan) is None
    assert json_results.number(math.inf) == "inf"
    assert json_results.number(0.1) == 0.1


def test_a_failure_without_a_finding_is_refused(reports):
    whole = reports["with_everything"]
    with pytest.raises(ValueError, match="ReLU has 12 failures and no finding"):
        json_results.as_mapping(small_reports.report(whole.summaries))
    with pytest.raises(ValueError, match="a finding of ReLU, but summaries only of L2"):
        json_results.as_mapping(small_reports.report([whole.summaries[1]], *whole.findings))


def test_a_failed_write_leaves_the_old_file(reports, tmp_path, monkeypatch):
    path = tmp_path / "results.json"
    path.write_text("old")
    monkeypatch.setattr("os.replace", lambda *paths: (_ for _ in ()).throw(OSError("disk is gone")))
    with pytest.raises(OSError, match="disk is gone"):
        json_results.write(reports["of_ours"], path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]


def fields(schema) -> set[str]:
    """Every field that the schema names, at any depth."""
    if isinstance(schema, list):
        return set().union(*map(fields, schema))
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own.union(*map(fields, schema.values()))


def test_the_page_tells_every_field_and_every_word():
    told = set(re.findall(r"`([^`]+)`", PROSE))
    assert fields(SCHEMA) - told == set()
    kinds = SCHEMA["$defs"]["failure"]["properties"]["kind"]["enum"]
    statuses = SCHEMA["$defs"]["pair"]["properties"]["status"]["enum"]
    assert {*kinds, *statuses, *SCHEMA["properties"]["verdict"]["enum"]} - told == set()


def test_the_example_on_the_page_keeps_the_schema():
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    assert broken(json.loads(example)) == []


OF_ONE_AT_ZERO = """
import numpy as np

class ReLU:
    def forward(self, x):
        self.on = ~(x < 0)
        return np.maximum(x, 0)

    def backward(self, grad):
        return grad * self.on
"""


def test_the_example_on_the_page_explains_as_the_program_does(tmp_path):
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    ((shown,),) = [finding["explanations"] for finding in json.loads(example)["findings"]]
    (tmp_path / "relu.py").write_text(OF_ONE_AT_ZERO)
    command = ["check", "relu.py", "--pair", "ReLU", "--json", "found.json"]
    subprocess.run(
        [sys.executable, "-m", "parity_tests", *command],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
    )
    found = json.loads((tmp_path / "found.json").read_text())["findings"][0]["explanations"][0]
    assert {key: found[key] for key in shown} == shown


def test_the_schema_is_described_throughout():
    def undescribed(schema, at):
        if isinstance(schema, dict):
            for name, each in schema.get("properties", {}).items():
                if "$ref" not in each and not each.get("description"):
                    yield f"{at}.{name}"
            for name, each in schema.items():
                yield from undescribed(each, f"{at}.{name}")

    assert list(undescribed(SCHEMA, "$")) == []
