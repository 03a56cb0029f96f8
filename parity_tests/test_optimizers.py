"""Optimisers against PyTorch: every check of every case of every pair."""

from parity_tests.parametrize import assert_agrees, parametrize


@parametrize("optimizer")
def test_optimizer(check, bench):
    assert_agrees(check, bench)
