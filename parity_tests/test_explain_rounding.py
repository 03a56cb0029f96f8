"""bfloat16, which NumPy does not have, is rounded to as PyTorch rounds; each format is told from the finer ones."""

import numpy as np
import pytest
import torch

from parity_tests.explain.transforms.relations import ROUNDED, to_bfloat16
from parity_tests.inputs import generator

TIES = [1 + 2.0**-8, 1 + 3 * 2.0**-8, -1 - 2.0**-8]
NUMBERS = np.array([*generator("bfloat16").normal(size=10_000), *TIES, 0, -0.0, 3.4e38, np.inf, -np.inf, np.nan])


def test_bfloat16_is_what_pytorch_rounds_to():
    expected = torch.tensor(NUMBERS, dtype=torch.float32).bfloat16().double().numpy()
    np.testing.assert_array_equal(to_bfloat16(NUMBERS), expected)
    assert to_bfloat16(np.array(1 + 2.0**-9)).shape == ()


@pytest.mark.parametrize(("name", "finer"), [("bfloat16", "float16"), ("float16", "single precision")])
def test_the_coarser_one_comes_first(name, finer):
    """What is rounded to it stands in the finer one as well, so of two that fit the first is told."""
    names = list(ROUNDED)
    assert names.index(name) < names.index(finer)
    numbers, (to_type, most) = NUMBERS[:1000], ROUNDED[name]
    rounded = to_type(numbers).astype(float)
    np.testing.assert_array_equal(to_type(rounded), rounded)
    assert not np.array_equal(ROUNDED[finer][0](numbers).astype(float), rounded)
    assert np.abs(rounded - numbers).max() < most * np.abs(numbers).max()
