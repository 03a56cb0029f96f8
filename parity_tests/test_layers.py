"""Layers and activations against PyTorch: every check of every case of every pair."""

from parity_tests.parametrize import assert_agrees, parametrize


@parametrize("layer")
def test_layer(check, bench):
    assert_agrees(check, bench)
