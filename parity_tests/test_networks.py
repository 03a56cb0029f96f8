"""Whole networks, layer by layer and in lockstep against PyTorch: every check of every case of every pair."""

from parity_tests.parametrize import assert_agrees, parametrize


@parametrize("network")
def test_network(check, bench):
    assert_agrees(check, bench)
