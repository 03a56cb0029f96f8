"""scripts/endings.py: whatever goes wrong ends with one sentence that names the place, and with its exit code."""

import argparse
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import killable
import torch_models as tm
from torch_models.processes import OthersGone
from torch_models.run_folder import RunFolderError

endings = killable.load("endings")
TRAINING = argparse.Namespace(out=Path("runs/mine"), resume=False)
PREDICTING = argparse.Namespace(out=Path("mine.csv"))
ANEW = "; there is no checkpoint yet, so --resume begins anew.\n"


def ending(error, options, capsys):
    """(exit code, what is said) of a script that ends with this error."""

    def work(options):
        raise error

    return endings.exit_code("train.py", work, options), capsys.readouterr().err


def system(number, path=None):
    return OSError(number, "as the system says", path)


@pytest.mark.parametrize("code", [0, 1, None])
def test_what_work_returns(code, capsys):
    assert endings.exit_code("train.py", lambda options: code, TRAINING) == (code or 0)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (endings.CommandError("no."), 2, "train.py: no.\n"),
        (RunFolderError("is --out the right one?"), 2, "train.py: is --out the right one?\n"),
        (tm.DatasetError("no data"), 2, "train.py: no data.\n"),
        (system(errno.EACCES, "a/b"), 2, "train.py: cannot use a/b (as the system says): is it the right place"),
        (system(errno.EEXIST, "a/b"), 2, "train.py: cannot use a/b (it is no folder): is it"),
        (system(errno.ENOSPC, "a/b"), 1, "train.py: a/b: as the system says. Files that were whole are still whole"),
        (system(errno.EIO), 1, "train.py: runs/mine: as the system says. Files"),
        (torch.OutOfMemoryError("CUDA"), 1, "train.py: not enough memory"),
        (KeyboardInterrupt(), 130, "train.py: interrupted"),
    ],
)
def test_one_sentence_and_a_code(error, code, said, capsys):
    found, printed = ending(error, TRAINING, capsys)
    assert found == code
    assert printed.startswith(said)
    assert printed.count("\n") == 1


def test_of_memory_only_options_that_the_command_has_are_named(capsys):
    training = argparse.Namespace(batch_size=None, limit=None)
    said = "train.py: not enough memory: a smaller --batch-size or --limit needs less.\n"
    assert ending(MemoryError(), training, capsys) == (1, said)
    said = "train.py: not enough memory: close other programs.\n"
    assert ending(MemoryError(), PREDICTING, capsys) == (1, said)


def test_torch_compile_without_a_compiler(capsys):
    error = type("InductorError", (RuntimeError,), {"__module__": "torch._inductor.exc"})(
        "No working C++ compiler\n..."
    )
    said = "train.py: --compile does not work here (No working C++ compiler): leave it out.\n"
    assert ending(error, TRAINING, capsys) == (1, said)
    with pytest.raises(RuntimeError, match="shapes"):
        ending(RuntimeError("shapes"), TRAINING, capsys)


def test_sigterm_is_a_sentence_and_afterwards_what_it_was(tmp_path, capsys):
    def work(options):
        with tm.atomic_path(tmp_path / "file") as path:
            path.write_text("half")
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)

    before = signal.getsignal(signal.SIGTERM)
    assert endings.exit_code("train.py", work, TRAINING) == 143
    assert capsys.readouterr().err == f"train.py: ended from outside (SIGTERM){ANEW}"
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_can_be_resumed_says_so(capsys):
    for error in (KeyboardInterrupt(), system(errno.ENOSPC), OthersGone()):
        assert ending(error, TRAINING, capsys)[1].endswith(ANEW)
        assert "--resume" not in ending(error, PREDICTING, capsys)[1]


@pytest.mark.parametrize("place", ["checkpoint.pt", "logistic_regression/checkpoint.pt"])
def test_what_has_a_checkpoint_goes_on_from_it(place, tmp_path, capsys):
    training = argparse.Namespace(out=tmp_path, resume=False)
    assert ending(KeyboardInterrupt(), training, capsys) == (130, f"train.py: interrupted{ANEW}")
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).touch()
    said = "train.py: interrupted; --resume goes on from the last checkpoint.\n"
    assert ending(KeyboardInterrupt(), training, capsys) == (130, said)


def test_a_mistake_of_ours_is_no_sentence(capsys):
    with pytest.raises(ValueError, match="a mistake"):
        ending(ValueError("a mistake"), TRAINING, capsys)


def test_of_several_processes_each_says_which_it_is(capsys, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    assert ending(endings.CommandError("no"), TRAINING, capsys)[1] == "\ntrain.py, rank 1: no.\n"


def ended(script, *, environment=None, **streams):
    """A script that was given these streams: its exit code, and what it said on those that are pipes."""
    start = f"import sys; sys.path.insert(0, {str(killable.SCRIPTS)!r}); import argparse, endings\n"
    end = "\nsys.exit(endings.exit_code('train.py', work, argparse.Namespace(out='runs/mine', resume=False)))"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    command = [sys.executable, "-c", start + script + end]
    done = subprocess.run(command, env=os.environ | (environment or {}), text=True, check=False, **pipes)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "script", ["demo", "predict", "train_cifar_cnn", "train_digits", "train_fashion_mlp", "train_ffnn"]
)
def test_ctrl_c_while_pytorch_is_imported(script, tmp_path):
    (tmp_path / "torch.py").write_text("raise KeyboardInterrupt")
    command = [sys.executable, killable.SCRIPTS / f"{script}.py"]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{killable.SCRIPTS.parent}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", f"{script}.py: interrupted.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_output_is_named_and_not_the_run_folder():
    with open("/dev/full", "w") as full:
        code, _, said = ended("def work(options): endings.say('epoch')", stdout=full)
    assert said == f"train.py: standard output: No space left on device. Files that were whole are still whole{ANEW}"
    assert code == 1


def test_what_cannot_be_encoded_is_printed_as_an_escape():
    found = ended(r"def work(options): endings.say('o\xfc\udcff')", environment={"PYTHONIOENCODING": "ascii"})
    assert found == (0, "o\\xfc\\udcff\n", "")


def test_a_stderr_that_is_closed_stops_nothing():
    work = "def work(options):\n    for _ in __import__('tqdm').tqdm(range(2)): endings.say('epoch')"
    assert ended(work, preexec_fn=lambda: os.close(2))[:2] == (0, "epoch\nepoch\n")


def test_nobody_reads_what_is_printed():
    """As in `train.py | head -1`: a sentence, and nothing more from Python when it ends."""
    script = (
        f"import sys; sys.path.insert(0, {str(killable.SCRIPTS)!r}); import argparse, endings\n"
        "def work(options):\n    while True: print('epoch', flush=True)\n"
        "sys.exit(endings.exit_code('train.py', work, argparse.Namespace(out='x', resume=False)))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout.readline() == "epoch\n"
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 1
    assert said == f"train.py: stopped, as nobody reads what it prints{ANEW}"
