"""One run at a time in a run folder: while it lasts another is refused; afterwards nothing is left of the lock."""

import argparse
import errno

import pytest

from torch_models import folder_lock
from torch_models.run_folder import RunFolderError, only_run_in


def test_one_run_at_a_time(tmp_path):
    with only_run_in(tmp_path / "run"):
        with pytest.raises(RunFolderError, match=r"another run is training in .*run: wait until it is done"):
            only_run_in(tmp_path / "run").__enter__()
        assert list((tmp_path / "run").iterdir()) == [], "the lock is no file"
    with only_run_in(tmp_path / "run"):
        pass


def refused(descriptor, operation):
    raise OSError(errno.ENOLCK, "No locks available")


@pytest.mark.parametrize("fcntl", [None, argparse.Namespace(LOCK_EX=2, LOCK_NB=4, flock=refused)])
def test_without_locks_a_run_goes_without(tmp_path, monkeypatch, fcntl):
    monkeypatch.setattr(folder_lock, "fcntl", fcntl)
    with only_run_in(tmp_path), only_run_in(tmp_path):
        pass
