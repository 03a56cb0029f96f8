"""Training, against results worked out another way, and on real digits."""

import math
import sys

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

import torch_models as tm
from small_models import linear_model, noisy_model
from torch_models.randomness import draw_seed


def small_data(n_train=7, n_other=5):
    """Random normalised 2x2 images of three classes."""
    generator = torch.Generator().manual_seed(0)
    parts = {}
    for split, count in (("train", n_train), ("validation", n_other), ("test", n_other)):
        parts[f"{split}_inputs"] = torch.randn(count, 1, 2, 2, generator=generator)
        parts[f"{split}_labels"] = torch.randint(3, (count,), generator=generator)
    return tm.Splits(**parts, class_names=("a", "b", "c"))


def sgd(model, lr=0.1):
    return torch.optim.SGD(model.parameters(), lr=lr)


def run(model, data, *, epochs=1, batch_size=4, optimizer=None, schedule=None, seed=0, progress=False):
    return tm.train(
        tm.TorchLearner(model, optimizer or sgd(model), schedule=schedule),
        data,
        epochs=epochs,
        batch_size=batch_size,
        generator=torch.Generator().manual_seed(seed),
        progress=progress,
    )


# --- train ----------------------------------------------------------------------------------------------------------


def test_epoch_averages_are_over_images():
    """With a learning rate of 0 the epoch's average is the loss of the whole split, whatever the batches."""
    data, model = small_data(), linear_model()
    (row,) = run(model, data, optimizer=sgd(model, lr=0.0))
    loss, accuracy = tm.evaluate(model, data.train_inputs, data.train_labels)
    assert row["train_loss"] == pytest.approx(loss, rel=1e-6)
    assert row["train_accuracy"] == accuracy


def test_a_row_says_what_the_epoch_did():
    data, model = small_data(), linear_model()
    rows = run(model, data, epochs=3)  # without a schedule
    names = ["epoch", "lr", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "seconds"]
    assert [list(row) for row in rows] == [names] * 3
    assert [(row["epoch"], row["lr"]) for row in rows] == [(1, 0.1), (2, 0.1), (3, 0.1)]
    assert all(row["seconds"] > 0 for row in rows)
    loss, accuracy = tm.evaluate(model, data.validation_inputs, data.validation_labels)
    assert (rows[-1]["validation_loss"], rows[-1]["validation_accuracy"]) == (loss, accuracy)


def test_steps_are_gradient_descent_on_the_mean_loss():
    data, model, expected = small_data(), linear_model(), linear_model()
    run(model, data, epochs=2, batch_size=7, optimizer=sgd(model, lr=0.5))
    for _ in range(2):
        gradients = torch.autograd.grad(
            cross_entropy(expected(data.train_inputs), data.train_labels), list(expected.parameters())
        )
        with torch.no_grad():
            for parameter, gradient in zip(expected.parameters(), gradients, strict=True):
                parameter -= 0.5 * gradient
    for ours, theirs in zip(model.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_a_model_that_comes_in_evaluation_mode_is_trained_in_training_mode():
    model = noisy_model().eval()
    run(model, small_data(), epochs=2)
    assert model[0].num_batches_tracked == 4, "batch norm saw 2 epochs of 2 batches"


class Recorder(nn.Module):
    """A linear model that keeps each batch that it is trained on, and how often it was only asked."""

    def __init__(self):
        super().__init__()
        self.model, self.trained, self.asked = linear_model(), [], []

    def forward(self, images):
        (self.trained if self.training else self.asked).append(images.clone())
        return self.model(images)


def test_every_image_is_seen_once_an_epoch_in_a_new_order():
    data, model = small_data(), Recorder()
    run(model, data, epochs=2)
    assert [len(batch) for batch in model.trained] == [4, 3, 4, 3]
    epochs = torch.cat(model.trained).flatten(1).reshape(2, 7, 4)
    for seen in epochs:
        assert sorted(seen.tolist()) == sorted(data.train_inputs.flatten(1).tolist())
    assert not torch.equal(epochs[0], epochs[1])


def test_the_test_split_is_never_read():
    data, model = small_data(), Recorder()
    run(model, data, epochs=2)
    assert torch.equal(torch.cat(model.asked), torch.cat([data.validation_inputs] * 2))


def test_the_schedule_steps_once_an_epoch_after_it():
    model = linear_model()
    optimizer = sgd(model)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
    rows = run(model, small_data(), epochs=5, batch_size=2, optimizer=optimizer, schedule=schedule)
    assert [row["lr"] for row in rows] == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001])


def without_seconds(rows):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def test_the_same_seed_gives_the_same_run():
    data, first, second, third = small_data(40), noisy_model(), noisy_model(), noisy_model()
    rows = run(first, data, epochs=3, seed=5)
    torch.rand(3)  # randomness used elsewhere must not matter
    assert without_seconds(run(second, data, epochs=3, seed=5)) == without_seconds(rows)
    assert without_seconds(run(third, data, epochs=3, seed=6)) != without_seconds(rows)
    assert all(
        torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    )


def test_dropout_follows_the_generator_too():
    """One batch holding all images, so that only the dropout mask can tell two seeds apart."""
    losses = {run(noisy_model(), small_data(), batch_size=7, seed=seed)[0]["train_loss"] for seed in range(4)}
    assert len(losses) == 4


def test_a_run_in_two_halves_is_the_run_in_one():
    """The generator's state is all the randomness between two epochs."""
    data, whole, halves = small_data(), noisy_model(), noisy_model()
    run(whole, data, epochs=4)
    generator, optimizer = torch.Generator().manual_seed(0), sgd(halves)
    for _ in range(2):
        settings = {"epochs": 2, "batch_size": 4, "progress": False}
        tm.train(tm.TorchLearner(halves, optimizer), data, **settings, generator=generator)
    assert all(
        torch.equal(a, b) for a, b in zip(whole.state_dict().values(), halves.state_dict().values(), strict=True)
    )


def test_training_leaves_the_global_randomness_alone():
    before = torch.get_rng_state()
    run(noisy_model(), small_data(), epochs=2)
    assert torch.equal(before, torch.get_rng_state())


def test_seeded_gives_the_same_weights_and_puts_the_stream_back():
    before = torch.get_rng_state()
    with tm.seeded(3):
        first = tm.FashionMLP()
    with tm.seeded(3):
        second = tm.FashionMLP()
    assert torch.equal(first.layers[1].weight, second.layers[1].weight)
    assert torch.equal(before, torch.get_rng_state())


def test_draw_seed_moves_on():
    generator = torch.Generator().manual_seed(0)
    assert len({draw_seed(generator) for _ in range(5)}) == 5


def test_the_first_nan_batch_stops_before_it_reaches_the_weights():
    data, model = small_data(), Recorder()
    data.train_inputs[:] = math.nan
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(tm.TrainingDiverged, match=r"loss became nan in epoch 1, batch 1. Try a smaller learning rate"):
        run(model, data)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_divergence_names_the_epoch_and_the_batch():
    class Explodes(Recorder):
        def forward(self, images):
            logits = super().forward(images)
            return logits * math.inf if len(self.trained) == 6 else logits

    with pytest.raises(tm.TrainingDiverged, match=r"epoch 3, batch 2.* \(it is 0.1\)") as caught:
        run(Explodes(), small_data(), epochs=5)
    assert caught.value.epoch == 3


def test_divergence_in_the_very_last_step_is_noticed():
    model = linear_model()
    with pytest.raises(tm.TrainingDiverged, match="epoch 1, on the validation examples"):
        run(model, small_data(), batch_size=7, optimizer=sgd(model, lr=math.inf))


@pytest.mark.parametrize("setting", ["epochs", "batch_size"])
def test_no_epoch_and_no_batch_are_refused(setting):
    with pytest.raises(ValueError, match=f"{setting}: expected a whole number of at least 1, got 0"):
        run(linear_model(), small_data(), **{setting: 0})


def test_the_bar_shows_only_when_asked_and_in_a_terminal(capfd, monkeypatch):
    run(linear_model(), small_data(), progress=True)
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    run(linear_model(), small_data())
    assert capfd.readouterr() == ("", "")
    run(linear_model(), small_data(), epochs=2, progress=True)
    out, err = capfd.readouterr()
    assert (out, "epoch 2/2" in err, err[-1]) == ("", True, "\r"), "the bar must be wiped away when its epoch ends"


# --- on the digits --------------------------------------------------------------------------------------------------


def test_the_mlp_learns_the_digits():
    data = tm.normalised(tm.load_digits(tm.FashionMLP.input_shape))
    with tm.seeded(0):
        model = tm.FashionMLP()
    rows = run(model, data, epochs=5, batch_size=64, optimizer=torch.optim.Adam(model.parameters(), lr=1e-3))
    assert rows[-1]["validation_accuracy"] > 0.94
    _, accuracy = tm.evaluate(model, data.test_inputs, data.test_labels)
    assert accuracy > 0.94
    labels = tm.predict(model, data.test_inputs)
    assert (labels == data.test_labels).double().mean() == pytest.approx(accuracy)


def test_the_cnn_learns_the_digits():
    data = tm.normalised(tm.load_digits(tm.CifarCNN.input_shape))
    with tm.seeded(0):
        model = tm.CifarCNN()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    rows = run(model, data, epochs=3, batch_size=64, optimizer=optimizer)
    assert rows[-1]["validation_accuracy"] > 0.9
    assert rows[-1]["train_loss"] < rows[0]["train_loss"] / 2
