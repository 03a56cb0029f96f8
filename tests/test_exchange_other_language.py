"""No Python on the other side: layers in C answer an export, `compare` says they agree, and finds planted faults."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from parity_tests.exchange import compare, export
from parity_tests.exchange.text import lines
from parity_tests.families.layer import STAGES
from parity_tests.pairs import PAIRS

HERE = Path(__file__).parent / "other_language"
DOCUMENT = Path(__file__).parents[1] / "docs" / "exchange.md"
COMPILER = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
OFFERED = ("FullyConnected", "Conv2D", "Linear", "ReLU", "Tanh", "L2", "SGD")
NOT_OFFERED = ("Dropout", "CrossEntropy", "Step")

pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler here")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    pairs = [pair for pair in PAIRS if pair.name in OFFERED + NOT_OFFERED]
    return export(tmp_path_factory.mktemp("c") / "exchange", pairs, endings=(".safetensors",))


@pytest.fixture(scope="module")
def answered(exported, tmp_path_factory):
    """answered(fault): the traces of the C program with that fault compiled in."""

    def answer(fault: str = "NO_FAULT") -> Path:
        folder = tmp_path_factory.mktemp(fault)
        for real in ("double", "float"):
            program = folder / f"layers_{real}"
            strict = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic"]
            settings = [f"-DREAL={real}", f"-DFAULT={fault}"]
            source = [str(HERE / "layers.c"), "-o", str(program), "-lm"]
            subprocess.run([COMPILER, *strict, *settings, *source], check=True)
            subprocess.run([program, exported, folder / "traces"], check=True, capture_output=True)
        return folder / "traces"

    return answer


def test_layers_in_c_agree_and_what_they_lack_is_not_offered(exported, answered):
    report = compare(exported, answered())
    assert report.findings == ()
    assert report.exit_code == 0
    checks = {summary.pair.name: summary.checks for summary in report.summaries}
    assert all(checks[name] > 50 for name in OFFERED)
    assert all(checks[name] == 0 for name in NOT_OFFERED)
    for summary in report.summaries:
        if summary.checks:
            assert summary.error <= 1e-10
            assert summary.multiple <= 2
    missing = {summary.pair.name: list(summary.not_offered) for summary in report.summaries if not summary.checks}
    assert missing == {name: ["there is no trace of it"] for name in NOT_OFFERED}
    softmax = next(summary for summary in report.summaries if summary.pair.name == "FullyConnected")
    assert softmax.cases < len(softmax.pair.cases)
    assert sum("softmax" in check for ids in softmax.not_offered.values() for check in ids) == 20


@pytest.mark.parametrize(
    ("fault", "pair", "quantity", "spared", "says"),
    [
        (
            "MEAN_BIAS",
            "FullyConnected",
            "gradient.b",
            ["input_gradient", "gradient.W", "output"],
            "mean over the batch",
        ),
        ("RELU_AT_0", "ReLU", "input_gradient", ["output"], "the gradient at exactly 0 is 1"),
        ("NO_ROTATION", "Conv2D", "input_gradient", ["output", "gradient.W", "gradient.b"], "180 degrees"),
    ],
)
def test_a_fault_compiled_in_is_found_and_explained(exported, answered, fault, pair, quantity, spared, says):
    report = compare(exported, answered(fault))
    assert report.exit_code == 1
    (finding,) = report.findings
    assert (finding.pair, finding.quantity) == (pair, quantity)
    assert says in finding.explanations[0].says
    wrong = {failure.check for failure in finding.failures}
    assert not any(name.endswith(right) for name in wrong for right in spared)
    assert {failure.dtype for failure in finding.failures} == {"float64", "float32"}
    assert any(f"FAIL {pair}" in line for line in lines(report))


def test_relu_at_0_is_found_only_where_there_is_a_0(exported, answered):
    (finding,) = compare(exported, answered("RELU_AT_0")).findings
    assert set(finding.cases) == {"kinks", "digits"}


def test_the_example_of_the_document_runs(exported, tmp_path):
    (source,) = re.findall(r"```c\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "example.c").write_text(source, encoding="utf-8")
    (tmp_path / "exchange").symlink_to(exported)
    (tmp_path / "traces" / "ReLU").mkdir(parents=True)
    subprocess.run([COMPILER, "-std=c99", f"-I{HERE}", "example.c", "-o", "example"], cwd=tmp_path, check=True)
    subprocess.run(["./example"], cwd=tmp_path, check=True)
    report = compare(exported, tmp_path / "traces")
    assert report.exit_code == 0
    assert {summary.pair.name for summary in report.summaries if summary.checks} == {"ReLU"}


def test_the_document_tells_every_stage_and_pair():
    text = DOCUMENT.read_text(encoding="utf-8")
    named = [pair.name for pair in PAIRS if pair.family in ("layer", "loss", "optimizer") and pair.name != "Linear"]
    assert [name for name in named if name not in text] == []
    assert all(f"`{stage}`" in text for stage, _ in STAGES)
