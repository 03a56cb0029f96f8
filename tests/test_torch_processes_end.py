"""How several processes begin and part: what torchrun must tell, and that DDP is gone before the group of processes.

DDP that outlives the group waits for the group's threads while it holds Python's lock: now and then for ever.
"""

import gc
import weakref
from contextlib import contextmanager, suppress
from typing import ClassVar

import pytest
import torch

import killable
from torch_models import processes
from torch_models.processes import ALONE, StartError, joined, started_by_torchrun

CPU = torch.device("cpu")
STARTED = {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}


class Network:
    """What must be gone; `alive` says whether any is."""

    made: ClassVar[list[weakref.ref]] = []

    def __init__(self):
        self.made.append(weakref.ref(self))

    @classmethod
    def alive(cls):
        return any(reference() is not None for reference in cls.made)


@pytest.fixture
def at_the_end(monkeypatch):
    """Of each group that has ended: whether a network was still alive then."""
    found = []
    for name, value in STARTED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Network, "made", [])
    monkeypatch.setattr(processes.distributed, "init_process_group", lambda backend: None)
    monkeypatch.setattr(processes.distributed, "destroy_process_group", lambda: found.append(Network.alive()))
    return found


def train(error):
    network = Network()
    try:
        raise ValueError("that somebody keeps")
    except ValueError as caught:
        network.kept = caught  # a cycle: network, error, traceback, this frame, network
        if error is not None:
            raise error from caught


@pytest.mark.parametrize("error", [None, OSError("a full disk"), KeyboardInterrupt(), RuntimeError("/gloo/transport/")])
def test_the_network_is_gone_when_the_group_ends(at_the_end, error):
    with suppress(OSError, KeyboardInterrupt, RuntimeError), joined(CPU):
        train(error)
    assert len(Network.made) == 1
    assert at_the_end == [False]


def test_a_network_that_is_kept_is_noticed(at_the_end):
    """The test above can fail."""
    with joined(CPU):
        network = Network()
    assert at_the_end == [True]
    del network


def test_the_scripts_let_go_of_the_network_before_the_group_ends(tmp_path, monkeypatch):
    run, script = killable.load("training_run"), killable.load("train_fashion_mlp")
    begin, learners, alive = run.begin, [], []

    def begin_and_watch(*arguments):
        state = begin(*arguments)
        learners.append(weakref.ref(state.learner))
        return state

    @contextmanager
    def watched(device):
        yield ALONE
        gc.collect()
        alive.append(learners[0]() is not None)

    monkeypatch.setattr(run, "begin", begin_and_watch)
    monkeypatch.setattr(run, "joined", watched)
    arguments = ["--dataset", "digits", "--epochs", "1", "--limit", "64", "--device", "cpu"]
    assert script.main([*arguments, "--out", str(tmp_path / "run")]) == 0
    assert alive == [False]


# --- what torchrun tells --------------------------------------------------------------------------------------------


def test_without_torchrun_there_is_one(monkeypatch):
    for name in STARTED:
        monkeypatch.delenv(name, raising=False)
    assert started_by_torchrun() == (0, 1, 0)
    with joined(CPU) as alone:
        assert alone == ALONE


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RANK", "a", "RANK a"),
        ("WORLD_SIZE", "", "WORLD_SIZE ,"),
        ("LOCAL_RANK", "-1", "LOCAL_RANK -1"),
        ("RANK", "2", "RANK 2, WORLD_SIZE 2"),
        ("WORLD_SIZE", "0", "WORLD_SIZE 0"),
        ("MASTER_ADDR", None, "MASTER_ADDR is not set"),
        ("RANK", None, "RANK is not set"),
        ("MASTER_PORT", "a", "MASTER_PORT a"),
    ],
)
def test_variables_that_make_no_sense_are_told(at_the_end, monkeypatch, capsys, name, value, said):
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    with pytest.raises(StartError, match=said), joined(CPU):
        pass
    assert at_the_end == []
    script = killable.load("train_fashion_mlp")
    assert script.main(["--dataset", "digits", "--device", "cpu"]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "torchrun --nproc-per-node" in error
