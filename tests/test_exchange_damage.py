"""compare: what is damaged, missing or misspelled in a file is told, and never crashes the run."""

import shutil

import numpy as np
import pytest

from exchanged import copied, only, small
from parity_tests.exchange import ExchangeError, compare
from parity_tests.exchange.files import read_arrays, write_arrays


def test_an_unknown_quantity_is_an_error_and_the_rest_is_judged(tmp_path):
    directory, traces = copied("Dropout", tmp_path)
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
def test_a_damaged_file_is_one_failure_that_names_it(damage, ending, tmp_path):
    directory, traces = copied("SGD", tmp_path)
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


def test_no_damage_of_any_byte_crashes(tmp_path):
    directory, traces = copied("Dropout", tmp_path)
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


def test_names_that_are_not_in_the_export_are_errors(tmp_path):
    directory, traces = copied("Dropout", tmp_path)
    path = only(traces)
    path.rename(path.with_name("p_0,5.float64.safetensors"))
    with pytest.raises(ExchangeError, match=r"not a trace that is asked for. Did you mean p_0.5.float64.safetensors"):
        compare(directory, traces)
    shutil.rmtree(traces / "Dropout")
    (traces / "dropout").mkdir()
    with pytest.raises(ExchangeError, match=r"not a pair of this export. Did you mean Dropout"):
        compare(directory, traces)


def test_a_trace_that_is_there_twice_is_an_error(tmp_path):
    directory, traces = copied("SGD", tmp_path)
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
def test_a_manifest_that_is_not_right_is_told(spoil, says, tmp_path):
    directory, traces = small("Dropout")
    spoiled = shutil.copytree(directory, tmp_path / "export")
    text = (spoiled / "manifest.json").read_text(encoding="utf-8")
    assert spoil(text) != text
    (spoiled / "manifest.json").write_text(spoil(text), encoding="utf-8")
    with pytest.raises(ExchangeError, match=says):
        compare(spoiled, traces)


def test_damage_to_the_export_is_not_blamed_on_the_other_side(tmp_path):
    directory, traces = small("Dropout")
    spoiled = shutil.copytree(directory, tmp_path / "export")
    path = only(spoiled, "float64.expected")
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ExchangeError, match=r"expected.safetensors: cannot be read"):
        compare(spoiled, traces)
