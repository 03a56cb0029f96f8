"""The benchmark from the command line to its files: what is printed, what is recorded, when it refuses to run."""

import json
import os

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import bars, cases, kernels, machine, report, training_options
from benchmarks.__main__ import main
from benchmarks.bars import Bar
from benchmarks.cases import Sweep
from benchmarks.contestant import OURS, TORCH_CHANNELS_LAST, TORCH_NCHW, Case, Contestant
from benchmarks.kernels import Probe

TINY = (
    cases.fully_connected("tiny_dense", 5, 3, batch=4),
    cases.conv("tiny_conv", 3, 4, 6, batch=2),
    cases.conv("tiny_conv_4", 3, 4, 6, batch=4, quick=False),
    cases.relu("tiny_relu", 3, 6, batch=2),
)
TINY_SWEEPS = (Sweep("batch", "tiny convolution", "images", {2: "tiny_conv", 4: "tiny_conv_4"}),)


@pytest.fixture(autouse=True)
def _no_probe(monkeypatch):
    """Spare each run two more processes, where this one has its kernels pinned."""
    monkeypatch.setattr(machine, "pinned", lambda: None)


def run(target, *arguments, cases=TINY, sweeps=TINY_SWEEPS):
    return main([*arguments, "--json", str(target)], cases=cases, sweeps=sweeps, pause=0)


def test_the_cases_are_those_of_the_two_networks():
    names = [case.name for case in cases.CASES]
    assert len(set(names)) == len(names)
    asked = {"mlp_step", "cnn_step", "mlp_inference", "cnn_inference", "conv1", "conv2", "conv3", "conv2_wide"}
    assert asked | {"batch_norm", "max_pool", "average_pool", "dropout", "relu", "softmax_ce"} <= set(names)
    points = {name for sweep in cases.SWEEPS for name in sweep.points.values()}
    assert points <= set(names)
    assert [sorted(sweep.points) for sweep in cases.SWEEPS] == [[16, 32, 64, 128, 256], [256, 1024, 4096]]


def test_the_command_line_prints_a_table_and_writes_record_and_picture(tmp_path, capsys):
    target = tmp_path / "new" / "bench.json"
    assert run(target, "--case", "tiny_conv", "--case", "tiny_dense", "--repeats", "2") == 0
    printed = capsys.readouterr().out
    row = "tiny_conv: Conv2D(4, 3) of (2, 6, 6, 3)"
    for text in ("NumPy 2", "kernels", "threads", "ours ms", "channels_last", "per pixel", "MiB", row, str(target)):
        assert text in printed
    assert "tiny_relu" not in printed
    assert "every option" not in printed.splitlines()[6]  # nobody took part under that name
    assert sorted(path.name for path in target.parent.iterdir()) == ["bench.json", "bench.png"]
    check_record(json.loads(target.read_text(encoding="utf-8")))


def check_record(record):
    assert record.keys() == {"schema", "started", "machine", "settings", "cases", "sweeps", "bars"}
    assert record["schema"] == report.SCHEMA
    assert record["settings"]["repeats"] == 2
    assert {"processor", "cores", "numpy", "torch", "torch_threads", "blas", "pinned"} <= record["machine"].keys()
    dense, conv = record["cases"]
    assert dense["contestants"].keys() == {OURS, TORCH_NCHW, "plain"}
    assert conv["contestants"].keys() == {OURS, TORCH_NCHW, TORCH_CHANNELS_LAST, "plain", "per_pixel"}
    for case in (dense, conv):
        assert case.keys() == {"name", "what", "contestants", "ratios", "no_shared_cache"}
        assert case["ratios"].keys() == {*case["contestants"], "fastest_torch"} - {OURS}
        of_torch = [case["ratios"][name] for name in case["ratios"] if name.startswith("torch")]
        assert case["ratios"]["fastest_torch"] == max(of_torch)
        for name, contestant in case["contestants"].items():
            assert contestant["median_seconds"] == np.median(contestant["seconds"]) > 0
            assert len(contestant["seconds"]) == 2
            assert contestant["calls_per_turn"] >= 1
            assert (contestant["peak_mib"] is None) == name.startswith("torch")


def test_the_record_holds_what_the_table_shows(tmp_path, capsys):
    target = tmp_path / "bench.json"
    assert run(target, "--repeats", "2") == 0
    record, printed = json.loads(target.read_text(encoding="utf-8")), capsys.readouterr().out
    assert "\n".join(report.table(record["cases"], 2)) in printed
    assert "\n".join(report.growth(record["sweeps"])) in printed
    assert "\n".join(bars.lines(record["bars"])) in printed
    (sweep,) = record["sweeps"]
    assert sweep["points"] == [{"size": 2, "case": "tiny_conv"}, {"size": 4, "case": "tiny_conv_4"}]
    assert sweep["exponents"].keys() == {OURS, TORCH_NCHW, TORCH_CHANNELS_LAST, "plain"}


def test_quick_has_no_other_sizes_and_no_loop_over_pixels(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "QUICK_REPEATS", 2)
    target = tmp_path / "bench.json"
    assert run(target, "--quick") == 0
    record = json.loads(target.read_text(encoding="utf-8"))
    assert [case["name"] for case in record["cases"]] == ["tiny_dense", "tiny_conv", "tiny_relu"]
    assert record["settings"]["repeats"] == 2
    assert record["sweeps"] == []
    assert not any("per_pixel" in case["contestants"] for case in record["cases"])
    assert cases.selected(TINY, ["tiny_conv_4"], quick=True) == [TINY[2]]  # asked for by its name, it runs


@pytest.mark.parametrize(
    ("limit", "strict", "code"), [(1e9, [], 0), (1e9, ["--bars"], 0), (0, [], 0), (0, ["--bars"], 3)]
)
def test_a_missed_bar_fails_only_where_that_is_asked(limit, strict, code, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bars, "BARS", (Bar("dense", "tiny_dense", bars.ratio_to_torch(), most=limit),))
    assert run(tmp_path / "bench.json", "--case", "tiny_dense", "--repeats", "2", *strict) == code
    assert ("NOT MET" in capsys.readouterr().out) == (limit == 0)
    assert (tmp_path / "bench.json").exists()


def test_a_run_that_measured_no_bar_does_not_pass_them(tmp_path):
    assert run(tmp_path / "bench.json", "--case", "tiny_relu", "--repeats", "2", "--bars") == 3


def test_an_unknown_case_lists_the_known_ones(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--case", "conv9"])
    error = capsys.readouterr().err
    assert stop.value.code == 2
    assert "conv9" in error
    assert all(case.name in error for case in cases.CASES)


@pytest.mark.parametrize("main", [main, training_options.main], ids=["benchmarks", "training_options"])
@pytest.mark.parametrize("repeats", ["1", "0", "-3", "many", "2.5", "²"])
def test_too_few_repeats_are_refused(main, repeats, capsys, monkeypatch):
    monkeypatch.setattr(machine, "describe", pytest.fail)
    with pytest.raises(SystemExit) as stop:
        main(["--repeats", repeats])
    assert stop.value.code == 2
    assert "at least 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("run.png", "the picture goes there, over the record; name a file that ends in .json"),
        ("folder", "expected a file, this is a folder; name a file in it"),
        ("file/run.json", "cannot write there"),
    ],
)
def test_a_place_for_the_record_that_cannot_be_is_refused_before_timing(target, says, tmp_path, capsys, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    monkeypatch.setattr(command, "all_timed", pytest.fail)
    with pytest.raises(SystemExit) as stop:
        run(tmp_path / target)
    assert stop.value.code == 2
    assert says in capsys.readouterr().err


def test_help_tells_the_cases_and_the_bars(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    printed = capsys.readouterr().out
    assert stop.value.code == 0
    assert all(case.name in printed and case.what in printed for case in cases.CASES)
    assert all(line in printed for line in bars.asked(bars.BARS))


def test_contestants_that_disagree_are_not_timed(tmp_path, capsys):
    def contestant(name, Y):
        return Contestant(name, pytest.fail, lambda: {"Y": np.array(Y, dtype=np.float32)})

    case = Case("odd", "other work", lambda: [contestant(OURS, [1.0, 2.0]), contestant(TORCH_NCHW, [1.0, 2.1])])
    assert run(tmp_path / "bench.json", cases=[case], sweeps=()) == 1
    assert "odd: Y of ours and of torch_nchw differ" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_wide_spread_is_said():
    def case(name, iqr):
        return {"name": name, "contestants": {OURS: {"iqr_seconds": iqr, "median_seconds": 1.0}}}

    assert report.unsteady([case("steady", 0.2)]) == []
    (line,) = report.unsteady([case("steady", 0.2), case("shaky", 0.3)])
    assert "shaky" in line
    assert "steady" not in line


def test_pinned_kernels_are_said_plainly():
    old, new = Probe("Haswell", 0.03), Probe("SkylakeX", 0.015)
    slower = kernels.verdict("Haswell", old, new)
    assert slower.startswith("WARNING: OPENBLAS_CORETYPE=Haswell pins NumPy to slower kernels, Haswell")
    assert "2.0x the time of SkylakeX" in slower
    assert "env -u OPENBLAS_CORETYPE" in slower
    assert "WARNING" not in kernels.verdict("SkylakeX", new, new)
    assert "WARNING" not in kernels.verdict("SkylakeX", new, old)
    assert kernels.verdict("Haswell", None, new).startswith("WARNING")


def test_a_probe_tells_kernels_and_time():
    probe = kernels.probe(os.environ)
    assert probe.kernels == kernels.numpy_blas()["kernels"]
    assert probe.seconds > 0
    assert kernels.probe({**os.environ, "PYTHONHOME": os.devnull}) is None  # a Python that does not start


def test_no_probe_runs_where_nothing_is_pinned(monkeypatch):
    monkeypatch.setattr(kernels, "probe", pytest.fail)
    assert kernels.pinned({"PATH": "/bin"}) is None


def test_the_warning_is_printed_with_the_machine(monkeypatch):
    monkeypatch.setattr(machine, "pinned", lambda: "WARNING: pinned")
    assert machine.lines(machine.describe())[-1] == "WARNING: pinned"
