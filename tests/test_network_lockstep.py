"""Training in lockstep: a network and its twins take the same steps; what cannot be trained says why."""

import numpy as np
import pytest
import torch

from parity_tests.networks.candidate import Candidate
from parity_tests.networks.check import reference_of
from parity_tests.networks.discover import candidate_of
from parity_tests.networks.lockstep import RATE, STEPS, CannotTrain, course, trained_candidate, trained_twins
from parity_tests.subjects.torch_side import torch_side
from scratch_nn import FullyConnected, Tanh
from small_networks import dense_network, everything, image_network
from wrong_layers import MeanBias, NoBiasGradient, Transposed


def both(network, shape, dtype="float64"):
    """The traces of the candidate and of the twins."""
    candidate = candidate_of(network, "net", shape)
    given = course(candidate, reference_of(candidate), dtype)
    return trained_candidate(candidate, given, torch_side, 10.0), trained_twins(candidate, given, torch_side)


def worst(ours, theirs) -> float:
    assert list(ours) == list(theirs)
    return max(np.abs(ours[name] - theirs[name]).max() / np.abs(theirs[name]).max() for name in theirs)


@pytest.mark.parametrize(("dtype", "least", "most"), [("float64", 1e-17, 1e-12), ("float32", 1e-8, 1e-4)])
def test_what_is_right_stays_beside_pytorch_through_convolution_norm_and_dropout(dtype, least, most):
    ours, theirs = both(image_network(), (6, 8, 2), dtype)
    assert {str(array.dtype) for array in (*ours.values(), *theirs.values())} == {dtype}
    assert least < worst(ours, theirs) < most
    losses = [float(theirs[f"step{k:02}.loss"]) for k in range(STEPS)]
    assert losses[-1] < 0.5 * losses[0]  # it does learn
    assert sum(name.startswith("step00.parameter.") for name in ours) == 6


def test_a_step_is_plain_gradient_descent():
    network = torch.nn.Sequential(torch.nn.Linear(4, 3)).double()
    ours, _ = both(network, (4,))
    first, second = (ours[f"step{k:02}.parameter.0.W"] for k in (0, 1))
    candidate = candidate_of(network, "net", (4,))
    given = course(candidate, reference_of(candidate), "float64")
    Y = given.X @ first + ours["step00.parameter.0.b"]
    assert np.allclose(second, first - RATE * given.X.T @ (2 * (Y - given.target) / Y.size), rtol=0, atol=1e-14)


def test_what_is_wrong_drifts_away():
    network = dense_network()
    network.layers[1] = MeanBias(3)
    ours, theirs = both(network, (4,))
    apart = [float(abs(ours[f"step{k:02}.loss"] - theirs[f"step{k:02}.loss"])) for k in range(STEPS)]
    assert apart[0] < 1e-14  # the first loss is of the same weights
    assert min(apart[1:]) > 1e-4


def test_the_network_is_given_back_as_it_was():
    network = image_network()
    network.build((6, 8, 2))
    before = everything(network)
    both(network, (6, 8, 2))
    after = everything(network)
    for old, new in zip(before, after, strict=True):
        assert all(np.array_equal(old[name], new[name]) for name in old)


class Swish:
    def forward(self, X):
        return X

    def backward(self, dLdY):
        return dLdY


class Raises(Tanh):
    def backward(self, dLdY):
        raise IndexError("no such row")


@pytest.mark.parametrize(
    ("at", "layer", "says"),
    [
        (0, Swish(), "layers.0 Swish has no twin in PyTorch"),
        (0, Raises(), "step 1 raised IndexError: no such row"),
        (1, Transposed(3), r"layers.1 FullyConnected: expected a gradient of W of shape \(5, 3\), got \(3, 5\)"),
        (1, NoBiasGradient(3), r"expected a gradient of b of shape \(1, 3\), got None"),
    ],
    ids=["unknown", "raises", "transposed", "forgets"],
)
def test_what_cannot_be_trained_says_why(at, layer, says):
    network = dense_network()
    network.build((4,))
    network.layers[at] = layer
    if at == 0:
        network.layers[1] = FullyConnected(3)
    with pytest.raises(CannotTrain, match=says):
        both(network, (4,))


def test_nothing_to_learn_and_weights_of_another_type():
    with pytest.raises(CannotTrain, match="it has no parameters"):
        both(torch.nn.Sequential(torch.nn.ReLU()), (4,))
    with pytest.raises(CannotTrain, match="0 FullyConnected keeps its weights in float64"):
        both(torch.nn.Sequential(torch.nn.Linear(4, 3)), (4,), "float32")


def test_a_network_without_a_loss_of_its_own_has_pytorchs():
    candidate = candidate_of(torch.nn.Sequential(torch.nn.Linear(4, 3)), "net")
    assert isinstance(candidate, Candidate)
    assert not course(candidate, reference_of(candidate), "float64").own_loss
    with_loss = candidate_of(dense_network(), "net", (4,))
    assert course(with_loss, reference_of(with_loss), "float64").own_loss
