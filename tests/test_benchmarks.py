"""The benchmark's arithmetic, its order of turns, and a tiny case from the command line to the file."""

import json
import os
from itertools import count

import numpy as np
import pytest

from benchmarks import cases, kernels, machine, report, timing
from benchmarks.__main__ import main
from benchmarks.contestant import OURS, TORCH_CHANNELS_LAST, TORCH_NCHW, Case, Contestant, require_same_answer
from benchmarks.kernels import Probe
from benchmarks.timing import Timing

TINY = (
    cases.fully_connected("tiny_dense", 5, 3, batch=4),
    cases.conv("tiny_conv", 3, 4, 6, batch=2),
    cases.batch_norm("tiny_norm", 3, 6, batch=2),
    cases.max_pool("tiny_pool", 3, 6, batch=2),
    cases.relu("tiny_relu", 3, 6, batch=2),
    cases.softmax_cross_entropy("tiny_loss", 5, batch=4),
    cases.mlp_step("tiny_mlp", batch=2),
    cases.cnn_step("tiny_cnn", batch=2),
)


@pytest.fixture(autouse=True)
def _no_probe(monkeypatch):
    """Spare each run two more processes, where this one has its kernels pinned."""
    monkeypatch.setattr(machine, "pinned", lambda: None)


def test_median_and_spread():
    assert Timing((5.0, 1.0, 3.0), 1).median == 3
    assert Timing((4.0, 1.0, 2.0, 100.0), 1).median == 3
    assert Timing((5.0, 1.0, 4.0, 2.0, 3.0), 1).spread == 2  # quartiles 2 and 4
    assert Timing((7.0, 7.0), 1).spread == 0


def test_ratio_is_to_the_fastest_of_the_others():
    ours, fast, slow = (Timing((seconds,) * 3, 1) for seconds in (6.0, 4.0, 12.0))
    assert timing.ratio(ours, slow, fast) == 1.5
    assert timing.ratio(ours, slow) == 0.5


def test_every_round_holds_every_contestant_once():
    names = ["a", "b", "c"]
    orders = list(timing.rounds(names, 40, np.random.default_rng(0)))
    assert len(orders) == 40
    assert all(sorted(order) == names for order in orders)
    assert len({tuple(order) for order in orders}) == 6  # in every order there is
    assert orders == list(timing.rounds(names, 40, np.random.default_rng(0)))


@pytest.mark.parametrize(("seconds", "calls"), [(0, 1000), (1e-9, 1000), (0.001, 20), (0.0199, 2), (0.02, 1), (5, 1)])
def test_a_turn_lasts_long_enough_to_be_timed(seconds, calls):
    assert timing.calls_in_a_turn(seconds, turn=0.02) == calls


def test_mean_seconds_of_a_call():
    ticks = count(step=6)
    assert timing.mean_seconds(lambda: None, 3, clock=lambda: next(ticks)) == 2


def test_a_race_takes_turns_and_pauses_before_each(monkeypatch):
    log = []
    monkeypatch.setattr(timing.time, "sleep", log.append)
    monkeypatch.setattr(timing, "warmed_up", lambda work: 2)
    work = {name: lambda name=name: log.append(name) for name in "ab"}
    timings = timing.race(work, 3, 0.12, np.random.default_rng(0), lambda: log.append("round"))
    turns = [tuple(log[i : i + 4]) for at in range(0, len(log), 9) for i in (at, at + 4)]
    assert log[8::9] == ["round"] * 3
    assert sorted(turns) == [(0.12, "a", "a", "a")] * 3 + [(0.12, "b", "b", "b")] * 3  # one free call, two on the clock
    assert [(len(t.seconds), t.calls) for t in timings.values()] == [(3, 2), (3, 2)]


def test_the_cases_are_those_of_the_two_networks():
    names = [case.name for case in cases.CASES]
    assert len(set(names)) == len(names)
    assert {"mlp_step", "cnn_step", "conv1", "conv2", "conv3", "batch_norm", "max_pool"} <= set(names)


@pytest.mark.parametrize("case", TINY, ids=lambda case: case.name)
def test_contestants_do_the_same_work(case):
    contestants = case.build()
    of_images = [] if case.name in {"tiny_dense", "tiny_loss", "tiny_mlp"} else [TORCH_CHANNELS_LAST]
    assert [contestant.name for contestant in contestants] == [OURS, TORCH_NCHW, *of_images]
    require_same_answer(case.name, contestants)
    for contestant in contestants:
        contestant.run()


def test_the_command_line_prints_a_table_and_writes_the_record(tmp_path, capsys):
    target = tmp_path / "new" / "bench.json"
    arguments = ["--case", "tiny_conv", "--case", "tiny_dense", "--repeats", "2", "--json", str(target)]
    assert main(arguments, cases=TINY, pause=0) == 0
    printed = capsys.readouterr().out
    row = "tiny_conv: Conv2D(4, 3) of (2, 6, 6, 3)"
    for text in ("NumPy 2", "kernels", "threads", "ours ms", "channels_last ms", row, str(target)):
        assert text in printed
    assert "tiny_relu" not in printed
    assert [path.name for path in target.parent.iterdir()] == ["bench.json"]
    check_record(json.loads(target.read_text(encoding="utf-8")))


def check_record(record):
    assert record.keys() == {"schema", "started", "machine", "settings", "cases"}
    assert record["schema"] == report.SCHEMA
    assert record["settings"]["repeats"] == 2
    assert {"processor", "cores", "numpy", "torch", "torch_threads", "blas", "pinned"} <= record["machine"].keys()
    dense, conv = record["cases"]
    assert dense["contestants"].keys() == {OURS, TORCH_NCHW}
    assert conv["contestants"].keys() == {OURS, TORCH_NCHW, TORCH_CHANNELS_LAST}
    for case in (dense, conv):
        assert case["ratios"].keys() == {*case["contestants"], "fastest_torch"} - {OURS}
        assert case["ratios"]["fastest_torch"] == max(case["ratios"].values())
        for contestant in case["contestants"].values():
            assert contestant["median_seconds"] == np.median(contestant["seconds"]) > 0
            assert len(contestant["seconds"]) == 2
            assert contestant["calls_per_turn"] >= 1


def test_an_unknown_case_lists_the_known_ones(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--case", "conv9"])
    error = capsys.readouterr().err
    assert stop.value.code == 2
    assert "conv9" in error
    assert all(case.name in error for case in cases.CASES)


@pytest.mark.parametrize("repeats", ["1", "0", "-3", "many", "2.5"])
def test_too_few_repeats_are_refused(repeats, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--repeats", repeats])
    assert stop.value.code == 2
    assert "at least 2" in capsys.readouterr().err


def test_help_tells_the_cases(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    printed = capsys.readouterr().out
    assert stop.value.code == 0
    assert all(case.name in printed and case.what in printed for case in cases.CASES)


def contestant(name, Y):
    return Contestant(name, lambda: None, lambda: {"Y": np.array(Y, dtype=np.float32)})


@pytest.mark.parametrize("other", [[1.0, 2.001], [1.0, np.nan], [1.0], [[1.0, 2.0]]])
def test_contestants_that_disagree_are_not_timed(other, tmp_path, capsys):
    case = Case("odd", "other work", lambda: [contestant(OURS, [1.0, 2.0]), contestant(TORCH_NCHW, other)])
    target = tmp_path / "bench.json"
    assert main(["--json", str(target)], cases=[case], pause=0) == 1
    assert "odd: Y of ours and of torch_nchw differ" in capsys.readouterr().err
    assert not target.exists()


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
