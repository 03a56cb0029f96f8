"""How a command of parity_tests ends that is stopped on its way: one line, an exit code, and no process left over."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from parity_tests import inputs, processes, sandbox_child
from parity_tests.endings import Terminated, exit_code

ROOT = Path(__file__).parents[1]
RELU = """
import pathlib, subprocess
import numpy as np

class ReLU:
    def forward(self, x):
        FIRST
        self.on = ~(x <= 0)
        return np.maximum(x, 0)

    def backward(self, dout):
        return np.where(self.on, dout, 0)
"""
ENDLESS = """pathlib.Path(PLACE).write_text(str(subprocess.Popen(["sleep", "100"]).pid) + " ")
        while True: pass"""


def is_alive(pid: int) -> bool:
    return processes._stat(pid)[:1] not in ([], ["Z"])


def wait_until(holds) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def started():
    running = []

    def start(*words: str, **how) -> subprocess.Popen:
        command = [sys.executable, "-m", *words]
        how |= {"start_new_session": True, "preexec_fn": heard}
        running.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, **how))
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def heard() -> None:
    """A shell's command in the background is deaf to Ctrl-C, and so are the processes that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "me: interrupted.\n"),
        (Terminated(), 143, "me: ended from outside (SIGTERM).\n"),
    ],
)
def test_one_line_and_the_code_of_a_shell(error, code, said, capsys):
    def work():
        raise error

    assert exit_code("me", work) == code
    assert capsys.readouterr().err == said


def serve(connection):
    """In a child: start a process of its own, tell its number, and wait for ever."""
    connection.send((subprocess.Popen(["sleep", "100"]).pid, signal.getsignal(signal.SIGINT) == signal.SIG_IGN))
    connection.recv()


@pytest.mark.parametrize("stop", [processes.Process.stop, lambda process: processes.end_all()])
def test_what_a_child_has_started_ends_with_it(stop):
    process = processes.Process(serve)
    pid, hears_nothing = process.answer(60)
    assert is_alive(pid)
    assert hears_nothing  # Ctrl-C is for the parent
    stop(process)
    wait_until(lambda: not is_alive(pid))
    process.stop()


def test_a_data_set_is_loaded_before_the_clock_starts(tmp_path, monkeypatch):
    (tmp_path / "layers.py").write_text(RELU.replace("FIRST", "pass"))
    monkeypatch.setattr(sandbox_child, "limit_memory", lambda mebibytes: None)
    monkeypatch.setattr("torch.set_num_threads", lambda number: None)
    inputs.digit_images.cache_clear()
    sandbox_child.bench_of(sandbox_child.Setup(str(tmp_path / "layers.py")))
    assert inputs.digit_images.cache_info().currsize == 1
    assert "sklearn.datasets" in processes.PRELOADED  # importing it takes longest, and a child need not do it again


def test_where_nobody_reads_what_is_printed_the_files_are_written_all_the_same(started, tmp_path):
    (tmp_path / "layers.py").write_text(RELU.replace("FIRST", "pass"))
    reading, writing = os.pipe()
    os.close(reading)
    results = tmp_path / "results.json"
    words = ["check", str(tmp_path / "layers.py"), "--pair", "ReLU", "--case", "n4_d7", "--json", str(results)]
    process = started("parity_tests", *words, stdout=writing)
    os.close(writing)
    _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (
        141,
        "python -m parity_tests check: stopped, as nobody reads what it prints.\n",
    )
    assert '"verdict": "agrees"' in results.read_text()


@pytest.mark.parametrize(
    ("number", "code", "why"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "SIGTERM")]
)
def test_a_check_that_is_stopped_says_one_line_and_leaves_no_process(number, code, why, started, tmp_path):
    there = tmp_path / "pid"
    first = ENDLESS.replace("PLACE", repr(str(there)))
    (tmp_path / "layers.py").write_text(RELU.replace("FIRST", first))
    process = started("parity_tests", "check", str(tmp_path / "layers.py"), "--pair", "ReLU", "--time-limit", "90")
    wait_until(lambda: there.exists() and there.read_text().endswith(" "))
    os.killpg(process.pid, number)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, len(said.splitlines())) == (code, 1), said
    assert why in said
    wait_until(lambda: not is_alive(int(there.read_text())))


def test_benchmarks_too(started, tmp_path):
    words = ["--case", "relu", "--repeats", "99999", "--json", str(tmp_path / "bench.json")]
    process = started("benchmarks", *words, stdout=subprocess.PIPE)
    process.stdout.readline()  # the machine: it has begun
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.splitlines()[-1]) == (130, "python -m benchmarks: interrupted.")
    assert "Traceback" not in said
