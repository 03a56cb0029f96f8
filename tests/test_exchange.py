"""export: what is written, under which names, and that nothing is lost or half written."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from parity_tests.exchange import ExchangeError, export
from parity_tests.exchange.manifest import FORMAT, load
from parity_tests.exchange.names import folder, safe
from parity_tests.pairs import PAIRS
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

PAIR = {pair.name: pair for pair in PAIRS}


def first_cases(*names: str):
    return [replace(PAIR[name], cases=PAIR[name].cases[:1]) for name in names]


def listing(directory):
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def test_both_formats_hold_what_the_workbench_holds(tmp_path):
    where = export(tmp_path / "out", first_cases("Dropout", "BatchNorm"))
    bench = Workbench(torch_side, torch_side)
    for name in ("Dropout", "BatchNorm"):
        pair, case = PAIR[name], PAIR[name].cases[0]
        kinds = {"batch": bench.batch, "expected": bench.expected, "truth": None, "absolute": None}
        for kind in kinds:
            stem = where / name / f"{case.name}.float32.{kind}"
            by_hand = safetensors.numpy.load_file(f"{stem}.safetensors")
            with np.load(f"{stem}.npz", allow_pickle=False) as zipped:
                assert set(zipped.files) == set(by_hand)
                for key in by_hand:
                    np.testing.assert_array_equal(zipped[key], by_hand[key])
            told = {"truth": bench.truth, "absolute": bench.absolute}.get(kind)
            right = told(pair, case) if told else kinds[kind](pair, case, "float32")
            assert set(by_hand) == set(right)
            for key, array in right.items():
                assert by_hand[key].dtype == array.dtype
                np.testing.assert_array_equal(by_hand[key], array)
    masks = safetensors.numpy.load_file(where / "Dropout/p_0.5.float64.batch.safetensors")
    assert masks["training.mask.dropout"].dtype == bool


def test_the_manifest_tells_a_reader_everything_it_needs(tmp_path):
    where = export(tmp_path / "out", first_cases("Conv2D", "L2"))
    told = json.loads((where / "manifest.json").read_text(encoding="utf-8"))
    assert told["format"] == FORMAT == "parity_tests.exchange/1"
    conv, loss = told["pairs"]
    assert (conv["name"], conv["family"], conv["folder"]) == ("Conv2D", "layer", "Conv2D")
    assert conv["parameters"][0] == {"name": "W", "torch": "conv.weight", "layout": "m c i j -> i j c m"}
    (case,) = conv["cases"]
    assert case["name"] == "same_3x3"
    assert case["shape"] == [2, 6, 5, 3]
    assert case["arguments"] == {"kernel": 3, "n_out": 4}
    part = case["dtypes"]["float32"]
    assert part["trace"] == "Conv2D/same_3x3.float32"
    assert part["inputs"]["parameter.W"] == {"dtype": "float32", "shape": [3, 3, 3, 4]}
    assert list(part["quantities"])[:2] == ["training.output", "training.input_gradient"]  # the order of computation
    for kind in ("batch", "expected", "truth", "absolute"):
        for ending in told["endings"]:
            assert (where / (part[kind] + ending)).is_file()
    assert "truth" not in case["dtypes"]["float64"]
    assert loss["cases"][0]["arguments"] == {"targets": "normal"}
    assert set(listing(where)) == load(where).files


def test_every_argument_and_name_can_be_exported():
    from parity_tests.exchange.manifest import declared

    folders = [folder(pair, PAIRS).casefold() for pair in PAIRS]
    assert len(set(folders)) == len(PAIRS)
    assert {folder(PAIR[name], PAIRS) for name in ("Constant", "constant", "Conv2D")} == {
        "Constant-schedule", "constant-initializer", "Conv2D",
    }  # fmt: skip
    for pair in PAIRS:
        names = [safe(case.name).casefold() for case in pair.cases]
        assert len(set(names)) == len(names)
        for case in pair.cases:
            assert json.loads(json.dumps(declared(case), allow_nan=False)) == declared(case)


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_safe_names_are_safe_and_stay_different(a, b):
    for written in (safe(a), safe(b)):
        assert re.fullmatch(r"[A-Za-z0-9_+%][A-Za-z0-9_.+%-]*", written)
        assert not written.endswith(".")
    assert (safe(a) == safe(b)) == (a == b)


@pytest.mark.parametrize("name", ["con", "NUL", "aux.float64", "COM1", "..", ".", "a/b", "a:b", "-x", "ü"])
def test_names_that_some_file_system_refuses_are_escaped(name):
    assert "%" in safe(name)


def test_a_directory_with_other_things_is_never_touched(tmp_path):
    (tmp_path / "thesis.txt").write_text("all of it")
    for force in (False, True):
        with pytest.raises(ExchangeError, match=r"is not empty and no export"):
            export(tmp_path, first_cases("Linear"), force=force)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_export_is_replaced_only_by_force_and_only_if_nothing_else_is_in_it(tmp_path):
    where = export(tmp_path / "out", first_cases("Linear"))
    with pytest.raises(ExchangeError, match=r"--force replaces it"):
        export(where, first_cases("ReLU"))
    export(where, first_cases("ReLU"), force=True)
    assert {path.split("/")[0] for path in listing(where)} == {"manifest.json", "ReLU"}
    (where / "traces").mkdir()
    (where / "traces" / "mine.npz").write_bytes(b"days of work")
    with pytest.raises(ExchangeError, match=r"also holds traces/mine.npz, which would be lost"):
        export(where, first_cases("ReLU"), force=True)
    assert (where / "traces" / "mine.npz").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_directory_is_written_to(tmp_path):
    (tmp_path / "out").mkdir()
    assert (export(tmp_path / "out", first_cases("Linear")) / "manifest.json").is_file()


@pytest.mark.parametrize("there", [False, True])
def test_an_export_that_is_interrupted_leaves_what_was_there(tmp_path, there):
    target = tmp_path / "out"
    if there:
        export(target, first_cases("Linear"))
    before = listing(tmp_path)

    def interrupted(cases):
        yield from cases[:1]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(target, first_cases("ReLU", "Tanh"), force=True, progress=interrupted)
    assert listing(tmp_path) == before


def test_two_exports_hold_the_same_bytes(tmp_path):
    first, second = (export(tmp_path / name, first_cases("Dropout", "SGD")) for name in "ab")
    both = listing(first), listing(second)
    assert both[0].keys() == both[1].keys()
    assert all(both[0][name] == both[1][name] for name in both[0] if not name.endswith(".npz"))  # a zip holds the time
