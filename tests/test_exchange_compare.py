"""compare: our own layers through files agree; what is wrong, damaged, missing or misspelled in a file is told."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import scratch_nn
from parity_tests.exchange import ExchangeError, compare, export, write_traces
from parity_tests.exchange.comparison import told
from parity_tests.exchange.files import read_arrays, write_arrays
from parity_tests.exchange.saved_bench import told as numbers_alone
from parity_tests.pair import NotOffered
from parity_tests.pairs import PAIRS
from parity_tests.run import run_all, summarise
from parity_tests.sabotage import FAULTS
from parity_tests.subjects.scratch import ScratchSide
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

ROOT = Path(__file__).parents[1]
SIDE = ScratchSide(scratch_nn)
FIRST = [replace(pair, cases=pair.cases[:1]) for pair in PAIRS]
ATTACKED = {  # of every family; Dropout has masks, BatchNorm integers, many quantities stand in one check of SGD
    name: next(pair for pair in FIRST if pair.name == name)
    for name in ("FullyConnected", "BatchNorm", "Dropout", "SoftmaxCrossEntropy", "SGD", "Step", "xavier_uniform")
}


def exchanged(folder: Path, pairs) -> tuple[Path, Path]:
    """An export of the pairs, and our own traces for it."""
    write_traces(SIDE, export(folder / "export", pairs, endings=(".safetensors",)), folder / "traces")
    return folder / "export", folder / "traces"


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    return exchanged(tmp_path_factory.mktemp("everything"), FIRST)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """small(name): the exchange of one pair, made once."""
    made = {}

    def one(name: str) -> tuple[Path, Path]:
        if name not in made:
            made[name] = exchanged(tmp_path_factory.mktemp(name), [ATTACKED[name]])
        return made[name]

    return one


@pytest.fixture
def copied(small, tmp_path):
    """copied(name): the same, with traces that may be spoiled."""

    def copy(name: str) -> tuple[Path, Path]:
        directory, traces = small(name)
        shutil.copytree(traces, tmp_path / name)
        return directory, tmp_path / name

    return copy


def only(traces: Path, dtype: str = "float64") -> Path:
    return next(traces.glob(f"*/*.{dtype}.safetensors"))


def test_our_own_traces_are_judged_as_check_judges_us(everything):
    """The same checks, the same verdicts, the same figures: files add nothing and lose nothing."""
    bench, report = Workbench(SIDE, torch_side), compare(*everything)
    assert [summary.pair.name for summary in report.summaries] == [pair.name for pair in PAIRS]
    for summary, pair in zip(report.summaries, FIRST, strict=True):
        (case,) = pair.cases
        (there,) = summarise(run_all(numbers_alone(pair, case), bench))
        files = len({check.dtype for check in numbers_alone(pair, case)})  # for each, one check that it can be read
        assert summary.checks == there.checks + files
        assert summary.failures == there.failures
        assert summary.not_offered == {}
        np.testing.assert_equal((summary.error, summary.multiple), (there.error, there.multiple))


def test_our_own_traces_agree(everything):
    """Networks apart: their float32 error depends on the threads of the two libraries, see above."""
    summaries = compare(*everything).summaries
    assert [summary.failures for summary in summaries if summary.pair.family != "network"] == [[]] * 30


def test_no_torch_and_no_scratch_nn_are_needed(everything):
    blocked = ("torch", "torchvision", "torch_models", "scratch_nn")
    program = f"""
import argparse, sys
sys.modules.update(dict.fromkeys({blocked}))  # None: every import of them raises
from parity_tests.exchange.commands import add_compare_arguments, compare_command
parser = argparse.ArgumentParser()
add_compare_arguments(parser)
code = compare_command(parser.parse_args())
assert not [name for name in sys.modules if name.split(".")[0] in {blocked} and sys.modules[name]]
sys.exit(code)
"""
    arguments = [sys.executable, "-c", program, *map(str, everything)]
    done, report = (
        subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False),
        compare(*everything),
    )
    assert done.returncode == report.exit_code, done.stderr
    assert done.stdout.splitlines() == told(report)


def changes(right: np.ndarray, wrong: np.ndarray | None) -> bool:
    if wrong is None or wrong.shape != right.shape or wrong.dtype != right.dtype:
        return wrong is not None
    return not np.allclose(wrong, right, rtol=1e-9, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ATTACKED)
def test_every_fault_planted_in_a_file_is_reported(name, fault, copied):
    directory, traces = copied(name)
    path, spoiled = only(traces), 0
    right = read_arrays(path)
    for quantity, array in right.items():
        wrong = FAULTS[fault](array)
        if quantity.endswith(".sample") or not changes(array, wrong):
            continue
        write_arrays(path, {**right, quantity: wrong})
        (finding,) = compare(directory, traces).findings
        first = finding.failures[0]
        assert (finding.pair, first.case, first.dtype) == (name, ATTACKED[name].cases[0].name, "float64")
        assert quantity in first.message or first.check == "small_rates"
        spoiled += 1
    assert spoiled or ATTACKED[name].family in ("schedule", "initializer")


@pytest.mark.parametrize("name", ["FullyConnected", "SoftmaxCrossEntropy", "SGD"])
def test_a_fault_in_float32_is_reported(name, copied):
    directory, traces = copied(name)
    path = only(traces, "float32")
    right = read_arrays(path)
    quantity = max(right)
    write_arrays(path, {**right, quantity: 2 * right[quantity]})
    (finding,) = compare(directory, traces).findings
    assert {failure.dtype for failure in finding.failures} == {"float32"}
    assert "times PyTorch's own float32 error" in finding.failures[0].message


def test_another_distribution_is_reported(copied):
    directory, traces = copied("xavier_uniform")
    right = read_arrays(only(traces))
    write_arrays(only(traces), {**right, "weight.sample": 1.1 * right["weight.sample"]})
    (finding,) = compare(directory, traces).findings
    assert finding.failures[0].check == "weight.distribution"


def test_another_stream_of_random_numbers_is_no_fault(copied):
    """What a language with its own generator writes: its draws, and by what its standard draws were multiplied."""
    directory, traces = copied("xavier_uniform")
    bound = np.sqrt(6 / (300 + 120))
    standard = np.random.default_rng(987).uniform(-1, 1, size=300 * 120)
    ratios = (bound * standard / standard)[np.abs(standard) > 0.5]
    scale = np.array([np.median(ratios), ratios.min(), ratios.max()])
    write_arrays(only(traces), {"weight.scale": scale, "weight.sample": np.sort(bound * standard)})
    assert compare(directory, traces).exit_code == 0


def test_npz_of_another_byte_order_and_row_order_is_taken(copied):
    directory, traces = copied("BatchNorm")
    for path in list(traces.glob("*/*")):
        arrays = read_arrays(path)
        path.unlink()
        turned = {n: np.asfortranarray(a.astype(a.dtype.newbyteorder(">"))) if a.ndim else a for n, a in arrays.items()}
        np.savez(path.with_suffix(".npz"), **turned)
    report = compare(directory, traces)
    assert (report.exit_code, report.findings) == (0, ())


def test_what_is_missing_is_not_offered_and_never_passed(copied):
    directory, traces = copied("FullyConnected")
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
    assert "there is no trace in float32" in compare(directory, traces).summaries[0].not_offered
    only(traces).unlink()
    report = compare(directory, traces)
    assert (report.exit_code, report.summaries[0].checks) == (2, 0)
    assert told(report)[0] == "Nothing is offered, so nothing was compared."


def test_a_wrong_array_behind_a_missing_one_is_still_wrong(copied):
    directory, traces = copied("SGD")
    right = read_arrays(only(traces))
    del right["step0.a"]
    write_arrays(only(traces), {**right, "step0.kernel": -right["step0.kernel"]})
    (finding,) = compare(directory, traces).findings
    assert "step0.kernel" in finding.failures[0].message


def test_an_unknown_quantity_is_an_error_and_the_rest_is_judged(copied):
    directory, traces = copied("Dropout")
    right = read_arrays(only(traces))
    write_arrays(only(traces), {**right, "training.outptu": right["training.output"]})
    report = compare(directory, traces)
    (failure,) = report.findings[0].failures
    assert "no quantity is called training.outptu. Did you mean training.output" in failure.message
    assert "There are training.output, training.input_gradient" in failure.message
    assert report.summaries[0].checks > 10


DAMAGES = {
    "empty": lambda whole: b"",
    "cut": lambda whole: whole[: len(whole) - 3],
    "cut_in_the_header": lambda whole: whole[:40],
    "no_json": lambda whole: whole[:8] + b"?" * (len(whole) - 8),
    "huge_header": lambda whole: b"\xff" * 8 + whole[8:],
    "text": lambda whole: b"not what you expect",
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("ending", [".safetensors", ".npz"])
def test_a_damaged_file_is_one_failure_that_names_it(damage, ending, copied):
    directory, traces = copied("SGD")
    path = only(traces)
    arrays = read_arrays(path)
    path.unlink()
    path = path.with_suffix(ending)
    write_arrays(path, arrays)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    report = compare(directory, traces)
    (failure,) = report.findings[0].failures
    assert str(path) in failure.message
    assert "cannot be read" in failure.message
    assert report.exit_code == 1
    assert "its trace cannot be read" in report.summaries[0].not_offered


def test_no_damage_of_any_byte_crashes(copied):
    directory, traces = copied("Dropout")
    path, rng = only(traces), np.random.default_rng(3)
    arrays = read_arrays(path)
    path.unlink()
    for ending in (".safetensors", ".npz"):
        damaged = path.with_suffix(ending)
        write_arrays(damaged, arrays)
        whole = np.frombuffer(damaged.read_bytes(), np.uint8)
        for _ in range(60):
            bytes_now = whole.copy()
            bytes_now[rng.integers(min(len(whole), 1500), size=2)] = rng.integers(256, size=2)
            damaged.write_bytes(bytes_now.tobytes())
            assert compare(directory, traces).exit_code in (0, 1)
        damaged.unlink()


def test_names_that_are_not_in_the_export_are_errors(copied):
    directory, traces = copied("Dropout")
    path = only(traces)
    path.rename(path.with_name("p_0,5.float64.safetensors"))
    with pytest.raises(ExchangeError, match=r"not a trace that is asked for. Did you mean p_0.5.float64.safetensors"):
        compare(directory, traces)
    shutil.rmtree(traces / "Dropout")
    (traces / "dropout").mkdir()
    with pytest.raises(ExchangeError, match=r"not a pair of this export. Did you mean Dropout"):
        compare(directory, traces)


def test_a_trace_that_is_there_twice_is_an_error(copied):
    directory, traces = copied("SGD")
    write_arrays(only(traces).with_suffix(".npz"), read_arrays(only(traces)))
    with pytest.raises(ExchangeError, match=r"the same trace is there as .*Keep one"):
        compare(directory, traces)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda text: text.replace("exchange/1", "exchange/2"), r"expected format parity_tests.exchange/1, got"),
        (lambda text: text[:300], r"not a manifest"),
        (lambda text: text.replace('"quantities"', '"quantity"'), r"not a manifest"),
        (lambda text: text.replace('"p": 0.5', '"p": 0.6'), r"is not the one of this version. Export again"),
        (lambda text: text.replace('"name": "Dropout"', '"name": "DropOut"'), r"no pair is called DropOut"),
        (lambda text: "[]", r"not a manifest"),
    ],
)
def test_a_manifest_that_is_not_right_is_told(spoil, says, small, tmp_path):
    directory, traces = small("Dropout")
    spoiled = shutil.copytree(directory, tmp_path / "export")
    text = (spoiled / "manifest.json").read_text(encoding="utf-8")
    assert spoil(text) != text
    (spoiled / "manifest.json").write_text(spoil(text), encoding="utf-8")
    with pytest.raises(ExchangeError, match=says):
        compare(spoiled, traces)


def test_damage_to_the_export_is_not_blamed_on_the_other_side(small, tmp_path):
    directory, traces = small("Dropout")
    spoiled = shutil.copytree(directory, tmp_path / "export")
    path = only(spoiled, "float64.expected")
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ExchangeError, match=r"expected.safetensors: cannot be read"):
        compare(spoiled, traces)


def test_what_a_side_does_not_offer_is_left_out_and_what_it_raises_is_not(small, tmp_path):
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
