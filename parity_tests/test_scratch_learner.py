"""A NumPy network in PyTorch's training loop: the same run, epoch after epoch, and it goes on after an interruption."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import scratch_nn as snn
import torch_models as tm
from parity_tests.pairs import networks
from parity_tests.scratch_learner import ScratchLearner, TorchMasks, scratch_optimizer, scratch_schedule
from torch_models.recipes import CIFAR_CNN, FASHION_MLP

TWINS = {
    "mlp": (tm.FashionMLP, snn.fashion_mlp, networks.FASHION_MLP.carried, FASHION_MLP),
    "cnn": (tm.CifarCNN, snn.cifar_cnn, networks.CIFAR_CNN.carried, CIFAR_CNN),
}
PARTS = ("train_inputs", "train_labels", "validation_inputs", "validation_labels")
EPOCHS, BATCH, N = 3, 12, 22
STEPS = EPOCHS * 2
TOLERANCE = {"rtol": 1e-7, "atol": 1e-9}  # float64, after six steps; a wrong rate or mask differs in the second digit


def data_and_augmentation(shape, *, augmented):
    pixels = tm.load_digits(shape)
    pixels = replace(pixels, **{name: getattr(pixels, name)[:N] for name in PARTS})
    statistics = tm.channel_statistics(pixels)
    augment = tm.Augmentation.for_normalised(statistics) if augmented else None
    return tm.normalised(pixels, statistics).mapped(torch.Tensor.double), augment


def learners(network, recipe):
    """(PyTorch's, NumPy's) in float64, from the same weights."""
    make, ours, entries, recipes = TWINS[network]
    recipe = replace(recipes[recipe], epochs=EPOCHS, batch_size=BATCH)
    models = [recipe.model(make, seed=1).double() for _ in range(2)]
    theirs = recipe.learner(models[0], steps=STEPS, device=torch.device("cpu"))
    rng = np.random.default_rng(7)
    scratch = ours(optimizer=scratch_optimizer(recipe), rng=rng, **recipe.model_args)
    return theirs, ScratchLearner(scratch, models[1], entries, recipe, steps=STEPS), recipe


def train(learner, recipe, data, augment, *, generator=None, first_epoch=1, epochs=EPOCHS):
    return tm.train(
        learner,
        data,
        epochs=epochs,
        batch_size=BATCH,
        augment=augment,
        generator=generator or torch.Generator().manual_seed(5),
        first_epoch=first_epoch,
        progress=False,
    )


@pytest.mark.parametrize("recipe", ["notes", "fast"])
@pytest.mark.parametrize("network", TWINS)
def test_both_learn_the_same(network, recipe):
    theirs, ours, recipe = learners(network, recipe)
    data, augment = data_and_augmentation(TWINS[network][0].input_shape, augmented=recipe.augmented)
    start = theirs.weights()
    rows = [train(learner, recipe, data, augment) for learner in (theirs, ours)]
    for expected, row in zip(*rows, strict=True):
        assert row.keys() == expected.keys()
        for name in row.keys() - {"seconds"}:
            np.testing.assert_allclose(row[name], expected[name], **TOLERANCE, err_msg=name)
    expected = theirs.weights()
    assert ours.weights().keys() == expected.keys()
    assert not any(torch.equal(weight, start[name]) for name, weight in expected.items())  # standing still agrees too
    for name, weight in ours.weights().items():
        np.testing.assert_allclose(weight.numpy(), expected[name].numpy(), **TOLERANCE, err_msg=name)
    inputs = data.test_inputs[:20]
    np.testing.assert_allclose(ours.logits(inputs).numpy(), theirs.logits(inputs).numpy(), **TOLERANCE)


@pytest.mark.parametrize(("network", "recipe"), [("mlp", "notes"), ("cnn", "fast")])
def test_it_goes_on_from_its_state_bit_for_bit(network, recipe):
    made = [learners(network, recipe) for _ in range(3)]
    (_, whole, recipe), (_, first, _), (_, second, _) = made
    data, augment = data_and_augmentation(TWINS[network][0].input_shape, augmented=recipe.augmented)
    train(whole, recipe, data, augment)
    generator = torch.Generator().manual_seed(5)
    train(first, recipe, data, augment, generator=generator, epochs=2)
    state = first.state_dict()
    train(first, recipe, data, augment, epochs=1)  # must not reach into `state`
    second.load_state_dict(state)
    train(second, recipe, data, augment, generator=generator, first_epoch=3)
    for name, weight in second.weights().items():
        assert torch.equal(weight, whole.weights()[name]), name


def test_a_loss_that_is_no_number_makes_no_step():
    _, learner, _ = learners("mlp", "notes")
    before = learner.weights()
    loss, _ = learner.learn(torch.full((4, 1, 28, 28), torch.nan, dtype=torch.float64), torch.zeros(4).long())
    assert not np.isfinite(loss)
    assert all(torch.equal(weight, before[name]) for name, weight in learner.weights().items())


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_masks_are_those_that_pytorch_draws(p):
    with tm.seeded(3):
        theirs = torch.nn.functional.dropout(torch.ones(50, 20, dtype=torch.float64), p).numpy()
    with tm.seeded(3):
        ours = snn.Dropout(p, rng=TorchMasks(p)).forward(np.ones((50, 20)), training=True)
    np.testing.assert_allclose(ours, theirs)


@pytest.mark.parametrize("network", TWINS)
@pytest.mark.parametrize("recipe", ["notes", "fast"])
def test_the_schedule_is_pytorchs(network, recipe):
    theirs, ours, recipe = learners(network, recipe)
    compare_schedules(recipe, STEPS)
    assert ours.lr == pytest.approx(theirs.lr, rel=1e-12)


@pytest.mark.parametrize("steps", range(1, 8))
@pytest.mark.parametrize("recipes", [FASHION_MLP, CIFAR_CNN])
def test_the_schedule_of_a_few_steps_is_pytorchs(recipes, steps):
    compare_schedules(recipes["fast"], steps)


def compare_schedules(recipe, steps):
    rates = [recipe.optimizer_args["lr"]] if recipe.schedule is None else []
    if recipe.schedule is not None:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=recipe.optimizer_args["lr"])
        schedule = recipe.schedule(optimizer, **recipe.all_schedule_args(steps))
        for _ in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
    found = scratch_schedule(recipe, steps)
    np.testing.assert_allclose([found(step) for step in range(len(rates))], rates, rtol=1e-12)
