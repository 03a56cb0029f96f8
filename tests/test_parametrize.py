"""`from parity_tests import parametrize`: the checks of anyone's code inside anyone's tests.

One run of pytest on the files of parametrized.py tells passed, failed, skipped and expected failures apart, id by id.
"""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from parametrized import FILES, MINE
from parity_tests.checks import checks
from parity_tests.pairs import PAIRS

ROOT = Path(__file__).resolve().parents[1]
FLATTEN = next(pair for pair in PAIRS if pair.name == "Flatten")


def run_pytest(folder: Path, files: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    for name, text in files.items():
        lines = text.strip("\n").splitlines()
        margin = len(lines[0]) - len(lines[0].lstrip())
        (folder / name).write_text("\n".join(line[margin:] for line in lines) + "\n", encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> dict[str, dict[str, tuple[str, str]]]:
    """{file: {id: (outcome, what was said)}}."""
    folder = tmp_path_factory.mktemp("course")
    run = run_pytest(folder, FILES, "--junitxml=ran.xml")
    assert run.returncode == 1, run.stdout + run.stderr
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for case in ElementTree.parse(folder / "ran.xml").iter("testcase"):
        file, id = case.get("classname").split(".")[0], case.get("name").removeprefix("test_agrees")[1:-1]
        outcome = next(iter(case), None)
        kind = "passed" if outcome is None else outcome.get("type", outcome.tag).removeprefix("pytest.")
        said = "" if outcome is None else f"{outcome.get('message')}\n{outcome.text}"
        found.setdefault(file, {})[id] = (kind or "failure", said)
    return found


def of_kind(found: dict[str, tuple[str, str]], kind: str) -> set[str]:
    return {id for id, (outcome, _) in found.items() if outcome == kind}


def test_ours_passes_every_check_with_its_own_id(ran):
    names = ("L2", "Constant")
    asked = [check.id for pair in PAIRS if pair.name in names for check in checks(pair)]
    assert list(ran["test_ours"]) == [*asked, "something_is_offered"]
    assert of_kind(ran["test_ours"], "passed") == set(ran["test_ours"])


def test_a_fault_is_the_failure_of_the_right_ids(ran):
    found = ran["test_wrong_at_zero"]
    failed = of_kind(found, "failure")
    assert failed
    stages = ("training.input_gradient", "evaluation.input_gradient", "later_batches")
    wrong_at = {f"ReLU-{case}-{stage}[{dtype}]" for case in ("digits", "kinks") for stage in stages
                for dtype in ("float64", "float32")}  # fmt: skip
    assert failed == wrong_at
    said = found["ReLU-kinks-training.input_gradient[float64]"][1]
    assert "ReLU-kinks-training.input_gradient[float64]: worst |ours - torch|" in said
    assert "Traceback" not in said


def test_what_is_not_offered_is_skipped_with_its_reason(ran):
    found = ran["test_wrong_at_zero"]
    tanh = {id for id in found if id.startswith("Tanh-")}
    assert tanh
    assert of_kind(found, "skip") == tanh
    assert all("not offered: there is no Tanh here" in found[id][1] for id in tanh)
    assert found["something_is_offered"][0] == "passed"


def test_our_error_messages_are_asked_of_nobody_else(ran):
    assert any("-refused[any]" in id for id in ran["test_ours"])
    assert not any("-refused[any]" in id for id in ran["test_wrong_at_zero"])


def test_an_expected_failure_is_no_failure_and_a_stale_one_is(ran):
    found = ran["test_expected"]
    assert of_kind(found, "xfail") == {"ReLU-kinks-training.input_gradient[float64]"}
    assert "week 5" in found["ReLU-kinks-training.input_gradient[float64]"][1]
    kind, said = found["ReLU-images-training.output[float64]"]
    assert kind == "failure"
    assert "ReLU-images-training.output[float64] now agrees: remove it from expected_failures (week 6)" in said
    assert found["ReLU-kinks-training.input_gradient[float32]"][0] == "failure"  # an id is exact


def test_an_exception_fails_with_the_lines_that_raised_it_or_as_expected(ran):
    found = ran["test_raises"]
    assert of_kind(found, "xfail") == {"Flatten-images-training.output[float64]"}
    kind, said = found["Flatten-images-training.input_gradient[float64]"]
    assert kind == "failure"
    assert "OverflowError: no Flatten today" in said
    assert 'mine.py", line 27, in broken' in said
    assert "parity_tests/" not in said
    assert found["something_is_offered"][0] == "passed"  # it is there, and broken
    assert of_kind(found, "skip") == set()


def test_what_check_notes_is_an_expected_failure_with_the_note_for_a_reason(ran):
    found = ran["test_noted"]
    noted = of_kind(found, "xfail")
    assert noted
    assert {id.split("-")[1] for id in noted} <= {"nan", "infinite"}
    assert {id.split("-")[0] for id in noted} == {"ReLU"}
    note = "a note, no failure: differs from PyTorch only where inputs are NaN or infinite"
    assert all(note in found[id][1] for id in noted)
    assert of_kind(ran["test_strict"], "failure") == noted


def test_where_something_else_of_the_pair_fails_nothing_is_noted(ran):
    failed = of_kind(ran["test_noted"], "failure")
    assert {id.split("-")[0] for id in failed} == {"Tanh"}
    assert "Tanh-nan-training.output[float64]" in failed


def test_the_path_of_a_module_will_do(ran):
    found = ran["test_path"]
    flatten = {check.id for check in checks(FLATTEN) if check.name != "refused"}
    assert of_kind(found, "passed") == {*flatten, "something_is_offered"}
    assert of_kind(found, "skip") == set(found) - flatten - {"something_is_offered"}


def test_a_run_of_which_nothing_is_offered_fails(ran):
    found = ran["test_nothing"]
    assert of_kind(found, "failure") == {"something_is_offered"}
    assert of_kind(found, "passed") == set()
    assert "the subject offers nothing of what is asked for: Flatten" in found["something_is_offered"][1]


def test_a_test_that_never_asks_fails(ran):
    assert of_kind(ran["test_never_asks"], "failure") == set(ran["test_never_asks"])
    assert "test_agrees did not call check.assert_agrees()" in ran["test_never_asks"]["something_is_offered"][1]


def test_an_id_that_names_no_check_stops_the_collection(tmp_path):
    wrong = FILES["test_expected.py"].replace("ReLU-images-training", "ReLU-image-training")
    run = run_pytest(tmp_path, {"mine.py": MINE, "test_expected.py": wrong})
    assert run.returncode == 2, run.stdout
    assert "no check that is asked here is called 'ReLU-image-training.output[float64]'" in run.stdout
    assert "close: ReLU-images-training.output[float64]" in run.stdout
