"""The workbench on which scratch_nn is the candidate and PyTorch the reference, one for the whole run."""

import numpy as np
import pytest

import scratch_nn
from parity_tests.subjects.scratch import ScratchSide
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench


@pytest.fixture(scope="session")
def bench() -> Workbench:
    return Workbench(ScratchSide(scratch_nn), torch_side)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
