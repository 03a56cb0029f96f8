"""The workbench on which scratch_nn is the candidate and PyTorch the reference, one for the whole run."""

import numpy as np
import pytest
import torch

from parity_tests.own_run import own_bench
from parity_tests.workbench import Workbench

torch.set_num_threads(1)  # the arrays are small, and two threads on busy cores wait for each other most of the time


@pytest.fixture(scope="session")
def bench() -> Workbench:
    return own_bench()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
