"""Which generator Dropout's masks come from: the last build's, unless the user has given one."""

import copy

import numpy as np
import pytest

from scratch_nn import L2, SGD, Dropout, NeuralNetwork
from small_networks import generator

X = np.ones((5, 8))


def in_network(layer, seed=7):
    return NeuralNetwork([layer], L2(), SGD(0.1), rng=generator(seed)).forward(X, training=True)


def used_alone(layer):
    layer.forward(X, training=True)
    return layer


def built_in_another_network(layer):
    in_network(layer, seed=1)
    return layer


@pytest.mark.parametrize(
    "before", [used_alone, built_in_another_network, lambda layer: copy.deepcopy(used_alone(layer))]
)
def test_equal_seeds_give_equal_masks_whatever_the_layer_did_before(before):
    np.testing.assert_array_equal(in_network(before(Dropout(0.5))), in_network(Dropout(0.5)))


def by_constructor(rng):
    return Dropout(0.5, rng=rng)


def by_hand(rng):
    layer = Dropout(0.5)
    layer.rng = rng
    return layer


def by_hand_later(rng):
    layer = used_alone(Dropout(0.5))
    layer.rng = rng
    return layer


@pytest.mark.parametrize("give", [by_constructor, by_hand, by_hand_later])
def test_a_generator_that_was_given_stays(give):
    rng = generator(3)
    layer = give(rng)
    for _ in range(2):
        layer.build(X.shape[1:], generator())
        assert layer.rng is rng
    in_network(layer)
    assert layer.rng is rng


def test_one_that_was_taken_away_is_replaced():
    layer = used_alone(Dropout(0.5))
    layer.rng = None
    np.testing.assert_array_equal(in_network(layer), in_network(Dropout(0.5)))
