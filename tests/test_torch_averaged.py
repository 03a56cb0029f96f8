"""The running average of the weights: what it is, and that learning does not notice it."""

import copy

import pytest
import torch
from torch import nn

import torch_models as tm
from torch_models import averaged_learner

DECAY = 0.9


def batches(count):
    generator = torch.Generator().manual_seed(3)
    for _ in range(count):
        yield torch.randn(6, 1, 2, 2, generator=generator), torch.randint(3, (6,), generator=generator)


def learner(lr=0.5):
    """Batch norm, so that there are statistics and a count besides parameters."""
    with tm.seeded(2):
        model = nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(4, 3))
    return tm.TorchLearner(model, torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9))


def equal(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


@pytest.fixture(autouse=True)
def every_two_steps(monkeypatch):
    monkeypatch.setattr(averaged_learner, "EVERY", 2)


def test_the_average_is_what_its_formula_says():
    plain, averaged, path = learner(), tm.AveragedLearner(learner(), DECAY), []
    for batch in batches(40):
        plain.learn(*batch)
        averaged.learn(*batch)
        path.append(plain.weights())
    expected, shares = path[1], [max(1 - DECAY**2, 10 / (9 + k)) for k in range(2, 21)]
    assert shares[0] > shares[10] > 1 - DECAY**2
    for share, weights in zip(shares, path[3::2], strict=True):
        expected = {name: tensor * (1 - share) + share * weights[name] for name, tensor in expected.items()}
    found = averaged.weights()
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        if tensor.is_floating_point():
            torch.testing.assert_close(tensor, expected[name])
            assert not torch.equal(tensor, path[-1][name])
    assert found["0.num_batches_tracked"] == 40


def test_learning_goes_the_same_way_whatever_is_asked_in_between():
    plain, averaged = learner(), tm.AveragedLearner(learner(), DECAY)
    for number, batch in enumerate(batches(9)):
        assert averaged.learn(*batch)[0] == plain.learn(*batch)[0]
        if number % 3 == 2:
            averaged.end_epoch()
            averaged.logits(batch[0])
            averaged.logits(batch[0])
            averaged.weights()
    assert equal(averaged.state_dict()["learner"]["model"], plain.state_dict()["model"])


def test_it_answers_with_the_average():
    averaged, (inputs, _) = tm.AveragedLearner(learner(), DECAY), next(batches(1))
    untrained = learner()
    assert torch.equal(averaged.logits(inputs), untrained.logits(inputs))
    for batch in batches(6):
        averaged.learn(*batch)
    untrained.load_weights(averaged.weights())
    assert torch.equal(averaged.logits(inputs), untrained.logits(inputs))


def test_a_run_that_is_taken_up_again_ends_as_one_that_was_not_interrupted():
    whole, first, second = (tm.AveragedLearner(learner(), DECAY) for _ in range(3))
    given = list(batches(11))
    for number, batch in enumerate(given):
        whole.learn(*batch)
        (first if number < 5 else second).learn(*batch)
        if number == 4:
            first.end_epoch()
            first.logits(batch[0])
            second.load_state_dict(copy.deepcopy(first.state_dict()))
    assert equal(second.weights(), whole.weights())
    assert equal(second.learner.weights(), whole.learner.weights())


def test_an_epoch_of_a_single_step_has_an_average_too():
    averaged, plain, (batch,) = tm.AveragedLearner(learner(), DECAY), learner(), batches(1)
    averaged.learn(*batch)
    plain.learn(*batch)
    averaged.end_epoch()
    assert equal(averaged.weights(), plain.weights())


def test_weights_that_are_loaded_are_answered_with_and_learn_on():
    averaged, other = tm.AveragedLearner(learner(), DECAY), learner()
    given = list(batches(8))
    for batch in given:
        averaged.learn(*batch)
    averaged.logits(given[0][0])
    averaged.load_weights(other.weights())
    assert torch.equal(averaged.logits(given[0][0]), other.logits(given[0][0]))
    averaged.learn(*given[0])
    assert averaged.lr == other.lr
    assert not equal(averaged.learner.weights(), other.weights())


def test_a_step_that_was_not_made_is_not_averaged():
    averaged, (batch,) = tm.AveragedLearner(learner(), DECAY), batches(1)
    for _ in range(4):
        averaged.learn(torch.full_like(batch[0], torch.nan), batch[1])
    assert averaged.steps == 0
    assert averaged.average == {}


@pytest.mark.parametrize("decay", [0, 1, -0.5, 2])
def test_a_decay_that_is_none_is_refused(decay):
    with pytest.raises(ValueError, match="between 0 and 1"):
        tm.AveragedLearner(learner(), decay)
