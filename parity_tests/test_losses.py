"""Losses against PyTorch: every check of every case of every pair."""

from parity_tests.parametrize import assert_agrees, parametrize


@parametrize("loss")
def test_loss(check, bench):
    assert_agrees(check, bench)
