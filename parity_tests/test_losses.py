"""Losses against PyTorch: every check of every case of every pair."""

from parity_tests.in_pytest import assert_agrees, every_check


@every_check("loss")
def test_loss(check, bench):
    assert_agrees(check, bench)
