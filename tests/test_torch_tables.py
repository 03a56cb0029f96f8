"""Small networks on tables: the splits, FeedforwardNet and its weight map, combinations, choosing by loss."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import scratch_nn as snn
import torch_models as tm
from parity_tests.convert import to_ours, to_theirs
from parity_tests.pairs import networks
from parity_tests.scratch_learner import scratch_schedule
from torch_models import tables
from torch_models.recipes import Recipe
from torch_models.table_recipes import COMBINATIONS, IRIS, SCHEDULES, Combination
from torch_models.training_state import TrainingState

NAMES = ("a", "b", "c")


def numbered():
    """A table whose first column is the number of the row."""
    labels = np.repeat([0, 1, 2], 20)
    return np.stack([np.arange(60.0), np.random.default_rng(0).normal(5, 3, 60), np.full(60, 0.1)], axis=1), labels


def test_stratified_splits_share_no_row_and_have_the_classes_in_equal_shares():
    data = tables.stratified(*numbered(), NAMES, validation=12, test=15)
    inputs = [data.train_inputs, data.validation_inputs, data.test_inputs]
    labels = [data.train_labels, data.validation_labels, data.test_labels]
    assert [len(part) for part in inputs] == [33, 12, 15]
    rows = torch.cat(inputs)[:, 0].long()
    assert rows.sort().values.tolist() == list(range(60))
    assert torch.equal(torch.cat(labels), rows // 20)
    assert [part.bincount().tolist() for part in labels] == [[11] * 3, [4] * 3, [5] * 3]
    assert data.train_labels.tolist() != sorted(data.train_labels.tolist())


def test_held_out_has_no_validation_split():
    data = tables.held_out(*numbered(), NAMES, test_size=0.25, seed=123)
    assert data.validation_inputs is None
    assert (len(data.train_inputs), len(data.test_inputs)) == (45, 15)
    assert data.train_inputs.dtype == torch.float64


def test_standardised_by_the_training_rows_alone():
    data = tables.stratified(*numbered(), NAMES, validation=12, test=15).limited(20)
    assert len(data.train_inputs) == 20
    found = tables.standardised(data)
    train = data.train_inputs.numpy()
    expected = snn.standardise(train, data.validation_inputs.numpy(), data.test_inputs.numpy())
    for ours, theirs in zip((found.train_inputs, found.validation_inputs, found.test_inputs), expected, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-12, atol=1e-12)
    assert found.train_inputs[:, 2].abs().max() < 1e-12  # a constant column is shifted, not divided by nothing


@pytest.mark.parametrize("hidden", [(), (7,), (7, 5)])
def test_the_weight_map_carries_the_network_over_and_back(hidden):
    with tm.seeded(0):
        model = tm.FeedforwardNet(4, hidden, 3, dtype=torch.float64)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(1))
    rng, optimizer = np.random.default_rng(0), snn.SGD(0.1)
    network = (
        snn.FeedforwardNeuralNet(hidden, 3, optimizer=optimizer, rng=rng)
        if hidden
        else snn.LogisticRegression(3, optimizer=optimizer, rng=rng)
    )
    network.build((4,), np.float64)
    entries = networks.feedforward(len(hidden) + 1)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    network.assign(to_ours(entries, weights))
    X = rng.normal(size=(6, 4))
    np.testing.assert_allclose(network.forward(X), model(torch.from_numpy(X)).detach().numpy(), rtol=1e-12, atol=1e-12)
    back = to_theirs(entries, network.parameters)
    assert back.keys() == weights.keys()
    for name, array in back.items():
        np.testing.assert_array_equal(array, weights[name])


def test_initial_weights():
    assert not any(parameter.any() for parameter in tm.FeedforwardNet(64, (), 10).parameters())
    with tm.seeded(0):
        first, relu, last = tm.FeedforwardNet(64, (32,), 10).layers
    bound = (6 / (64 + 32)) ** 0.5
    assert 0.98 * bound < first.weight.abs().max() <= bound
    assert first.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.03)
    assert not first.bias.any()
    assert not last.bias.any()
    assert isinstance(relu, torch.nn.ReLU)


def test_what_the_network_refuses():
    with pytest.raises(ValueError, match=r"expected rows \(N, 4\), got \(2, 5\)"):
        tm.FeedforwardNet(4, (3,), 2)(torch.zeros(2, 5))
    with pytest.raises(ValueError, match="sizes of at least 1, got 4 - 0 - 2"):
        tm.FeedforwardNet(4, (0,), 2)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("epochs", [1, 7])
def test_the_schedule_of_a_combination_is_the_same_in_numpy(schedule, epochs):
    recipe = Combination(5, 0.3, schedule).of(replace(IRIS["notes"], epochs=epochs))
    learner = recipe.learner(tm.FeedforwardNet(**recipe.model_args), steps=epochs, device=torch.device("cpu"))
    ours = scratch_schedule(recipe, epochs)
    for epoch in range(epochs):
        assert ours(epoch) == pytest.approx(learner.lr, rel=1e-12)
        learner.learn(torch.zeros(2, 4), torch.tensor([0, 1]))
        learner.end_epoch()
    assert ours(0) == 0.3


def test_combinations():
    assert [str(one) for one in COMBINATIONS] == [
        "25_0.01_constant",
        "25_0.1_constant",
        "25_0.1_exponential",
        "100_0.01_constant",
    ]
    for wrong, message in (((0, 0.1, "step"), "1 hidden"), ((1, -1, "step"), "above 0"), ((1, 1, "s"), "cosine")):
        with pytest.raises(ValueError, match=message):
            Combination(*wrong)


def test_the_best_epoch_by_loss():
    recipe = Recipe(3, 2, torch.optim.SGD, {"lr": 0.1})
    learner = recipe.learner(tm.FeedforwardNet(2, (), 2), steps=1, device=torch.device("cpu"))
    states = [TrainingState(learner, torch.Generator(), chosen_by=f"validation_{by}") for by in ("loss", "accuracy")]
    for epoch, (loss, accuracy) in enumerate([(0.5, 0.9), (0.3, 0.8), (0.4, 0.9)], start=1):
        torch.nn.init.constant_(learner.model.layers[0].weight, epoch)
        for state in states:
            state.record({"epoch": epoch, "validation_loss": loss, "validation_accuracy": accuracy})
    assert [state.best_epoch for state in states] == [2, 1]
    assert [state.best_weights["layers.0.weight"][0, 0].item() for state in states] == [2, 1]
