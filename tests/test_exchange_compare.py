"""compare: our own layers through files are judged as `check` judges them; what is wrong in a file is told."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from exchanged import ATTACKED, FIRST, SIDE, copied, everything, exchanged, only, small
from parity_tests.exchange import compare, write_traces
from parity_tests.exchange.files import read_arrays, write_arrays
from parity_tests.exchange.saved_bench import recorded_checks
from parity_tests.exchange.text import lines
from parity_tests.pair import NotOffered
from parity_tests.pairs import PAIRS
from parity_tests.run import run_all, summarise
from parity_tests.sabotage import FAULTS, changes
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

ROOT = Path(__file__).parents[1]


def test_our_own_traces_are_judged_as_check_judges_us():
    """The same checks, the same verdicts, the same figures: files add nothing and lose nothing."""
    bench, report = Workbench(SIDE, torch_side), compare(*everything())
    assert [summary.pair.name for summary in report.summaries] == [pair.name for pair in PAIRS]
    for summary, pair in zip(report.summaries, FIRST, strict=True):
        (case,) = pair.cases
        (there,) = summarise(run_all(recorded_checks(pair, case), bench))
        files = len({check.dtype for check in recorded_checks(pair, case)})  # for each, one check that it can be read
        assert summary.checks == there.checks + files
        assert summary.failures == there.failures
        assert summary.not_offered == {}
        np.testing.assert_equal((summary.error, summary.multiple), (there.error, there.multiple))


def test_our_own_traces_agree():
    """Networks apart: their float32 error depends on the threads of the two libraries, see above."""
    summaries = compare(*everything()).summaries
    assert [summary.failures for summary in summaries if summary.pair.family != "network"] == [[]] * 30


ALONE = """
import argparse, sys
BLOCKED = {"torch", "torchvision", "torch_models", "scratch_nn"}

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BLOCKED:
            raise ImportError(f"{name} is not on this machine")

sys.meta_path.insert(0, Blocker())
from parity_tests.exchange.commands import add_compare_arguments, compare_command
parser = argparse.ArgumentParser()
add_compare_arguments(parser)
code = compare_command(parser.parse_args())
assert not BLOCKED & {name.split(".")[0] for name in sys.modules}
sys.exit(code)
"""


def alone(directory: Path, traces: Path) -> subprocess.CompletedProcess:
    """The command, on a machine that has neither PyTorch nor scratch_nn."""
    command = [sys.executable, "-c", ALONE, str(directory), str(traces)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_no_torch_and_no_scratch_nn_are_needed():
    done, agree = alone(*everything()), "All that is offered in .* agrees with PyTorch"
    report = compare(*everything())
    assert done.returncode == report.exit_code, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("ok")] == [
        line for line in lines(report) if line.startswith("ok")
    ]
    assert report.exit_code or re.search(agree, done.stdout)


@pytest.mark.parametrize("left_out", ["none", "float64"])
def test_a_fault_is_explained_without_them_too(left_out, tmp_path):
    """In float32, where there is no float64."""
    directory, traces = copied("FullyConnected", tmp_path)
    for path in traces.glob(f"*/*.{left_out}.*"):
        path.unlink()
    for path in traces.glob("*/*"):
        right = read_arrays(path)
        write_arrays(path, {n: a / 4 if n.endswith("gradient.b") else a for n, a in right.items()})
    done = alone(directory, traces)
    assert done.returncode == 1, done.stderr
    assert "FullyConnected: gradient.b fails." in done.stdout
    assert "It is what you get when it is divided by 4" in done.stdout


def test_who_answers_in_float64_alone_is_told_what_to_do_with_files(tmp_path):
    directory, traces = copied("FullyConnected", tmp_path)
    path = only(traces, "float32")
    write_arrays(path, {name: array.astype(np.float64) for name, array in read_arrays(path).items()})
    said = " ".join(" ".join(lines(compare(directory, traces, explain=False))).split())
    assert "float64 alone: write its float32 files in float32, or leave them out, and it is judged in float64." in said
    assert "--dtype" not in said


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ATTACKED)
def test_every_fault_planted_in_a_file_is_reported(name, fault, tmp_path):
    directory, traces = copied(name, tmp_path)
    path, spoiled = only(traces), 0
    right = read_arrays(path)
    for quantity, array in right.items():
        wrong = FAULTS[fault](array)
        if quantity.endswith(".sample") or not changes(array, wrong):
            continue
        write_arrays(path, {**right, quantity: wrong})
        (finding,) = compare(directory, traces, explain=False).findings
        first = finding.failures[0]
        assert (finding.pair, first.case, first.dtype) == (name, ATTACKED[name].cases[0].name, "float64")
        assert quantity in first.check + first.message or first.check == "small_rates"
        spoiled += 1
    assert spoiled or ATTACKED[name].family in ("schedule", "initializer")


@pytest.mark.parametrize("name", ["FullyConnected", "SoftmaxCrossEntropy", "SGD"])
def test_a_fault_in_float32_is_reported(name, tmp_path):
    directory, traces = copied(name, tmp_path)
    path = only(traces, "float32")
    right = read_arrays(path)
    quantity = max(right)
    write_arrays(path, {**right, quantity: 2 * right[quantity]})
    (finding,) = compare(directory, traces).findings
    assert {failure.dtype for failure in finding.failures} == {"float32"}
    assert "times PyTorch's own float32 error" in finding.failures[0].message


def test_another_distribution_is_reported(tmp_path):
    directory, traces = copied("xavier_uniform", tmp_path)
    right = read_arrays(only(traces))
    write_arrays(only(traces), {**right, "weight.sample": 1.1 * right["weight.sample"]})
    (finding,) = compare(directory, traces).findings
    assert finding.failures[0].check == "weight.distribution"


def test_another_stream_of_random_numbers_is_no_fault(tmp_path):
    """What a language with its own generator writes: its draws, and by what its standard draws were multiplied."""
    directory, traces = copied("xavier_uniform", tmp_path)
    bound = np.sqrt(6 / (300 + 120))
    standard = np.random.default_rng(987).uniform(-1, 1, size=300 * 120)
    ratios = (bound * standard / standard)[np.abs(standard) > 0.5]
    scale = np.array([np.median(ratios), ratios.min(), ratios.max()])
    write_arrays(only(traces), {"weight.scale": scale, "weight.sample": np.sort(bound * standard)})
    assert compare(directory, traces).exit_code == 0


def test_what_differs_for_nan_only_is_a_note_unless_strict(tmp_path):
    """What the example of docs/exchange.md does."""
    relu = next(pair for pair in PAIRS if pair.name == "ReLU")
    cases = tuple(case for case in relu.cases if case.name in ("nan", "kinks"))
    directory, traces = exchanged(tmp_path, [replace(relu, cases=cases)])
    for path in traces.glob("*/*"):
        write_arrays(path, {name: np.nan_to_num(array, nan=0.0) for name, array in read_arrays(path).items()})
    report = compare(directory, traces)
    assert [finding.note for finding in report.findings] == [
        "differs from PyTorch only where inputs are NaN or infinite"
    ]
    assert "NaN in other places" in report.findings[0].failures[0].message
    assert (report.exit_code, compare(directory, traces, strict=True).exit_code) == (0, 1)


def test_npz_of_another_byte_order_and_row_order_is_taken(tmp_path):
    directory, traces = copied("BatchNorm", tmp_path)
    for path in list(traces.glob("*/*")):
        arrays = read_arrays(path)
        path.unlink()
        turned = {n: np.asfortranarray(a.astype(a.dtype.newbyteorder(">"))) if a.ndim else a for n, a in arrays.items()}
        np.savez(path.with_suffix(".npz"), **turned)
    report = compare(directory, traces)
    assert (report.exit_code, report.findings) == (0, ())


def test_what_is_missing_is_not_offered_and_never_passed(tmp_path):
    directory, traces = copied("FullyConnected", tmp_path)
    whole = compare(directory, traces).summaries[0].checks
    right = read_arrays(only(traces))
    del right["third_batch.gradient.b"]
    write_arrays(only(traces), right)
    report = compare(directory, traces)
    (summary,) = report.summaries
    assert report.exit_code == 0
    assert summary.checks == whole - 1
    assert list(summary.not_offered) == ["third_batch.gradient.b is not in the trace"]
    write_arrays(only(traces), {**right, "third_batch.output": 2 * right["third_batch.output"]})
    (finding,) = compare(directory, traces).findings  # wrong and incomplete is wrong
    assert [failure.check for failure in finding.failures] == ["later_batches"]
    only(traces, "float32").unlink()
    assert "there is no trace of these cases in float32" in compare(directory, traces).summaries[0].not_offered
    only(traces).unlink()
    report = compare(directory, traces)
    assert (report.exit_code, report.summaries[0].checks) == (2, 0)
    assert "so nothing was compared" in lines(report)[-1]


def test_a_wrong_array_behind_a_missing_one_is_still_wrong(tmp_path):
    directory, traces = copied("SGD", tmp_path)
    right = read_arrays(only(traces))
    del right["step0.a"]
    write_arrays(only(traces), {**right, "step0.kernel": -right["step0.kernel"]})
    (finding,) = compare(directory, traces).findings
    assert "step0.kernel" in finding.failures[0].message


def test_what_a_side_does_not_offer_is_left_out_and_what_it_raises_is_not(tmp_path):
    def side(pair, case, dtype):
        subject = SIDE(pair, case, dtype)
        subject.gradients = refuse
        return subject

    def refuse():
        raise reason

    directory, _ = small("FullyConnected")
    reason = NotOffered("no gradients")
    write_traces(side, directory, tmp_path / "traces", ending=".npz")
    report = compare(directory, tmp_path / "traces")
    assert report.exit_code == 0
    assert "training.gradient.W is not in the trace" in report.summaries[0].not_offered
    reason = ZeroDivisionError("planted")
    with pytest.raises(ZeroDivisionError, match="planted"):
        write_traces(side, directory, tmp_path / "again")


def test_a_case_that_a_side_does_not_offer_has_no_trace(tmp_path):
    def side(pair, case, dtype):
        if dtype == "float32":
            raise NotOffered("float64 alone")
        return SIDE(pair, case, dtype)

    def nothing(pair, case, dtype):
        raise NotOffered("nothing")

    directory, _ = small("FullyConnected")
    write_traces(side, directory, tmp_path / "traces")
    report = compare(directory, tmp_path / "traces")
    assert (report.exit_code, report.findings) == (0, ())
    assert list(report.summaries[0].not_offered) == ["there is no trace of these cases in float32"]
    write_traces(nothing, directory, tmp_path / "none")
    assert compare(directory, tmp_path / "none").exit_code == 2
