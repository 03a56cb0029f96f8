"""Initialisers against PyTorch: every check of every case of every pair."""

from parity_tests.parametrize import assert_agrees, parametrize


@parametrize("initializer")
def test_initializer(check, bench):
    assert_agrees(check, bench)
