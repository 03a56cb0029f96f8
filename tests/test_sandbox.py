"""A stranger's code may loop, crash, leave, print, seed, modify and eat: each is a finding, and the run goes on."""

import os
import signal
import textwrap
import threading
import time
from pathlib import Path

import pytest

from parity_tests import sandbox
from parity_tests.pairs import selected
from parity_tests.processes import hearing
from parity_tests.sandbox import Limits, judge_all
from parity_tests.sandbox_child import Setup
from parity_tests.subjects.stranger.module import CannotLoad
from sandboxed import HEAD, ONE_ROW, RIGHT, TANH, checked, module, only_finding


def test_right_code_passes(tmp_path):
    found = checked(module(tmp_path))
    assert found.exit_code == 0
    assert found.findings == ()
    assert [summary.pair.name for summary in found.summaries if summary.checks] == ["ReLU", "Tanh"]


def test_an_endless_loop_costs_its_own_time_limit_once(tmp_path):
    found = checked(module(tmp_path, forward="while True: pass"), seconds=3.0)  # a busy machine starts slowly
    finding = only_finding(found)
    assert finding.failures[0].kind == "time limit"
    assert "n4_d7" in finding.failures[0].id
    assert "no answer within 3 s in forward, line 6 of layers.py" in finding.failures[0].message
    relu = next(summary for summary in found.summaries if summary.pair.name == "ReLU")
    assert any("given up" in why for why in relu.not_offered)
    assert [failure.kind for failure in finding.failures].count("time limit") == 1


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("ctypes.string_at(0)", "crash", "SIGSEGV"),
        ("os._exit(7)", "exit", "code 7"),
        ("os.abort()", "crash", "SIGABRT"),
    ],
)
def test_a_process_that_dies_is_replaced(tmp_path, code, kind, said):
    finding = only_finding(checked(module(tmp_path, backward=f"if x_is_one_row(dout): {code}", more=ONE_ROW)))
    assert {failure.case for failure in finding.failures} == {"one_row"}  # the cases before and after it were asked
    assert finding.failures[0].kind == kind
    assert f"{said} in backward, line 11 of layers.py" in finding.failures[0].message


def test_a_constructor_is_told_from_the_methods(tmp_path):
    more = """
    def __init__(self):
        os._exit(3)
    ReLU.__init__ = __init__
    """
    (finding,) = checked(module(tmp_path, more=more), "ReLU", case="n4_d7").findings
    assert "with code 3 in __init__, line" in finding.failures[0].message


def test_sys_exit_is_a_finding_of_its_case(tmp_path):
    finding = only_finding(checked(module(tmp_path, forward="if x_is_one_row(x): sys.exit(3)", more=ONE_ROW)))
    assert finding.failures[0].kind == "exit"
    assert "sys.exit(3)" in finding.failures[0].message
    assert {failure.case for failure in finding.failures} == {"one_row"}


def test_an_exception_is_a_finding_of_its_case(tmp_path):
    code = "if x_is_one_row(dout): raise RuntimeError('no way')"
    finding = only_finding(checked(module(tmp_path, backward=code, more=ONE_ROW)))
    assert "RuntimeError: no way" in finding.failures[0].message
    assert {failure.case for failure in finding.failures} == {"one_row"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("print('shape', x.shape)", 'printed "shape (4, 7)"'),
        ("sys.stderr.write('watch out')", "printed 'watch out"),
        ("np.random.seed(0)", "numpy.random.seed"),
        ("random.seed(0)", "random.seed"),
    ],
)
def test_what_it_does_beside_computing_is_a_finding(tmp_path, code, said):
    finding = only_finding(checked(module(tmp_path, forward=code)))
    assert {failure.check for failure in finding.failures} == {"side_effects"}
    assert said.replace('"', "'") in finding.failures[0].message.replace('"', "'")


def test_a_function_of_numpy_that_it_replaces_is_a_finding(tmp_path):
    code = "np.abs = lambda x: x * 0; np.random.rand = None"
    finding = only_finding(checked(module(tmp_path, forward=code)))
    assert {failure.kind for failure in finding.failures} == {"manners"}
    assert "it replaced numpy.abs, numpy.random.rand, for everybody else too" in finding.failures[0].message


@pytest.mark.parametrize("name", ["numpy", "torch", "random", "types"])
def test_a_file_that_is_called_as_a_library_is(tmp_path, name):
    place = Path(module(tmp_path)).rename(tmp_path / f"{name}.py")
    found = checked(str(place))
    assert (found.findings, found.exit_code) == ((), 0)


def test_a_changed_input_is_a_finding_and_the_numbers_are_judged_all_the_same(tmp_path):
    finding = only_finding(checked(module(tmp_path, backward="dout *= self.on")))
    assert {failure.check for failure in finding.failures} == {"leaves_inputs"}
    assert finding.failures[0].kind == "manners"
    assert "training.dLdY was modified" in finding.failures[0].message


def test_memory_is_limited(tmp_path):
    code = "if x_is_one_row(x): self.much = [np.ones(1 << 26) for _ in range(64)]"
    finding = only_finding(checked(module(tmp_path, forward=code, more=ONE_ROW), seconds=30.0))  # 512 MiB at a time
    assert "MemoryError" in finding.failures[0].message
    assert {failure.case for failure in finding.failures} == {"one_row"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n    pass\n", "line 1: SyntaxError"),
        ("import numpy\nimport no_such_thing\n", "No module named 'no_such_thing'"),
        ("x = 1 / 0\n", "layers.py:1: ZeroDivisionError"),
        ("import sys\nsys.exit(1)\n", "SystemExit"),
    ],
)
def test_a_module_that_cannot_be_loaded_is_told_in_a_sentence(tmp_path, text, said):
    path = tmp_path / "layers.py"
    path.write_text(text)
    with pytest.raises(CannotLoad, match="cannot be loaded") as error:
        judge_all(Setup(str(path)), selected(["ReLU"], None), Limits(3.0, 1))
    assert said in str(error.value)


def test_a_file_that_is_not_there():
    with pytest.raises(CannotLoad, match="does not exist"):
        judge_all(Setup("nowhere/layers.py"), selected(["ReLU"], None), Limits(3.0, 1))


def test_what_differs_for_nan_only_is_a_note(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(HEAD + textwrap.dedent(RIGHT).format(name="ReLU", forward="pass", backward="pass")
                    .replace("~(x <= 0)", "x > 0") + textwrap.dedent(TANH))  # fmt: skip
    found = checked(str(path))
    (finding,) = found.findings
    assert finding.note == "differs from PyTorch only where inputs are NaN or infinite"
    assert finding.cases == ("nan",)
    assert found.exit_code == 0


def test_ctrl_c_waits_for_the_threads(monkeypatch):
    class Slow(sandbox.Asker):
        def judge(self, pair, only):
            time.sleep(1)

        def close(self):
            ended.append(threading.current_thread().name)

    ended = []
    monkeypatch.setattr(sandbox, "Child", lambda setup: None)
    monkeypatch.setattr(sandbox, "Asker", Slow)
    press = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    with hearing(signal.SIGINT, signal.default_int_handler):
        press.start()
        with pytest.raises(KeyboardInterrupt):
            judge_all(Setup("none.py"), selected(["ReLU"], None), Limits(jobs=1))
    assert len(ended) == 1
