"""kill -9 of a training script at any moment, then --resume: in the end the bits are those of a run nobody killed."""

import random
import signal
import time

import pytest
import torch

import killable

KILLED = ["--dataset", "digits", "--epochs", "4", "--limit", "80", "--batch-size", "16"]
FILES = killable.FILES


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The folder of a run that nobody killed, and how long it took once its process was there."""
    folder = tmp_path_factory.mktemp("whole")
    process = begin(folder / "run", folder / "log")
    killable.wait_for_file(folder / "log")
    started = time.perf_counter()
    killable.finish(process, folder / "log")
    return folder / "run", time.perf_counter() - started


def begin(out, log, *, dies_writing=None):
    arguments = [*KILLED, "--device", "cpu", "--out", str(out), "--resume"]
    return killable.start("train_cifar_cnn", arguments, log, dies_writing=dies_writing)


def assert_same_run(out, expected):
    """The weights chosen, the last weights, the optimiser and all else in the checkpoint, bit for bit."""
    for name in ("model.safetensors", "predictions.csv"):
        assert (out / name).read_bytes() == (expected / name).read_bytes()
    ours, theirs = (torch.load(folder / "checkpoint.pt", weights_only=True) for folder in (out, expected))
    assert killable.same(ours, theirs)
    assert sorted(path.name for path in out.iterdir()) == FILES


def test_killed_in_the_middle_of_an_epoch(uninterrupted, tmp_path):
    out, log = tmp_path / "run", tmp_path / "log"
    for epoch in (1, 3):
        process = begin(out, log)
        killable.wait_for(f"epoch  {epoch}/4", log, process)
        killable.wait_for_file(out / "checkpoint.pt")
        time.sleep(0.02)
        killable.kill(process)
    killable.finish(begin(out, log), log)
    assert_same_run(out, uninterrupted[0])


def test_killed_in_the_middle_of_writing_a_checkpoint(uninterrupted, tmp_path):
    out, log = tmp_path / "run", tmp_path / "log"
    for checkpoint in (1, 2):  # the very first one, and then the second of the run begun anew
        process = begin(out, log, dies_writing=checkpoint)
        process.join()
        assert process.exitcode == -signal.SIGKILL
        assert [path for path in out.iterdir() if path.name.startswith(".checkpoint")], "half a file is there"
    killable.finish(begin(out, log), log)
    assert_same_run(out, uninterrupted[0])


@pytest.mark.parametrize("how", [[], ["--resume"]])
def test_a_second_run_in_the_same_folder_is_refused_and_does_the_first_no_harm(uninterrupted, tmp_path, capsys, how):
    out, log = tmp_path / "run", tmp_path / "log"
    process = begin(out, log)
    killable.wait_for_file(out / "config.json")
    assert killable.load("train_cifar_cnn").main([*KILLED, "--device", "cpu", "--out", str(out), *how]) == 2
    assert f"another run is training in {out}" in capsys.readouterr().err
    killable.finish(process, log)
    assert_same_run(out, uninterrupted[0])


@pytest.mark.slow
def test_killed_twenty_times_at_random_moments(uninterrupted, tmp_path):
    """A run that gets through between two kills is compared, and another one is begun."""
    expected, seconds = uninterrupted
    moments, kills, runs = random.Random(0), 0, 0
    while kills < 20:
        out, log = tmp_path / f"run{runs}", tmp_path / f"log{runs}"
        process = begin(out, log)
        process.join(timeout=moments.uniform(0.1, 1.0) * seconds)
        process.kill()  # nothing happens to a process that has ended
        process.join()
        kills += process.exitcode == -signal.SIGKILL
        if process.exitcode == 0 or kills == 20:
            killable.finish(begin(out, log), log)
            assert_same_run(out, expected)
            runs += 1
