"""Whole networks, layer by layer and in lockstep against PyTorch: every check of every case of every pair."""

from parity_tests.in_pytest import assert_agrees, every_check


@every_check("network")
def test_network(check, bench):
    assert_agrees(check, bench)
