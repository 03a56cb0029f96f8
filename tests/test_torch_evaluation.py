"""Looking at a model: evaluate and predict, each against a result worked out another way."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

import torch_models as tm
from small_models import linear_model, noisy_model

RANDOM = torch.Generator().manual_seed(0)
IMAGES = torch.randn(50, 1, 2, 2, generator=RANDOM)
LABELS = torch.randint(3, (50,), generator=RANDOM)


@pytest.mark.parametrize("batch_size", [1, 3, 4, 7, 100])
def test_a_small_last_batch_weighs_by_its_images(batch_size):
    images, labels, model = IMAGES[:7], LABELS[:7], linear_model()
    logits = model(images)
    expected = cross_entropy(logits, labels).item()
    loss, accuracy = tm.evaluate(model, images, labels, batch_size)
    assert loss == pytest.approx(expected, rel=1e-6)
    assert accuracy == (logits.argmax(1) == labels).sum().item() / 7


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_predict_gives_the_largest_logit_of_each_image_in_order(batch_size):
    model = noisy_model().eval()
    labels = tm.predict(model, IMAGES[:7], batch_size)
    assert labels.dtype == torch.int64
    assert labels.tolist() == model(IMAGES[:7]).argmax(1).tolist()


def test_predicting_nothing_gives_nothing():
    assert tm.predict(linear_model(), torch.empty(0, 1, 2, 2)).tolist() == []


def test_nan_is_no_class():
    model = linear_model()
    with torch.no_grad():
        next(model.parameters())[0] = float("nan")
    with pytest.raises(ValueError, match="NaN for 2 of 2 inputs"):
        tm.predict(model, IMAGES[:4], 2)


def look_by_predict(model):
    return tm.predict(model, IMAGES, 2)


def look_by_evaluate(model):
    return tm.evaluate(model, IMAGES, LABELS, 2)


@pytest.mark.parametrize("look", [look_by_predict, look_by_evaluate])
def test_looking_uses_evaluation_mode_and_leaves_the_model_as_it_was(look):
    model = noisy_model().train()
    model[0].eval()  # a frozen batch norm in a model that trains
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    randomness = torch.get_rng_state()

    first, second = look(model), look(model)

    assert torch.equal(torch.as_tensor(first), torch.as_tensor(second)), "dropout was on"
    assert [module.training for module in model.modules()] == [True, False, True, True, True]
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert torch.equal(randomness, torch.get_rng_state())
    model.eval()
    assert torch.equal(torch.as_tensor(first), torch.as_tensor(look(model)))


def test_the_mode_is_given_back_after_an_error():
    model = tm.CifarCNN().train()
    with pytest.raises(ValueError, match="CifarCNN"):
        tm.predict(model, torch.zeros(2, 3, 8, 8))
    assert all(module.training for module in model.modules())


def test_looking_computes_no_gradient():
    class Watch(nn.Module):
        def forward(self, images):
            assert torch.is_inference_mode_enabled()
            return images.flatten(1)

    tm.evaluate(Watch(), IMAGES, LABELS)


def test_evaluate_wants_a_label_for_each_image():
    with pytest.raises(ValueError, match="got 6 for 7 inputs"):
        tm.evaluate(linear_model(), IMAGES[:7], LABELS[:6])
    with pytest.raises(ValueError, match="got 0 for 0 inputs"):
        tm.evaluate(linear_model(), IMAGES[:0], LABELS[:0])


@pytest.mark.parametrize("batch_size", [0, -1, 2.0])
def test_a_wrong_batch_size_is_refused(batch_size):
    with pytest.raises(ValueError, match="batch_size: expected a whole number of at least 1"):
        tm.predict(linear_model(), IMAGES, batch_size)


def test_mirrored_is_the_mean_of_both_views():
    weight = torch.arange(8.0)

    def logits(images):
        return (images.flatten(1) * weight).sum(dim=1, keepdim=True)

    images = torch.randn(3, 1, 2, 4)
    both = tm.mirrored(logits)(images)
    torch.testing.assert_close(both, (logits(images) + logits(images[..., [3, 2, 1, 0]])) / 2)
    torch.testing.assert_close(tm.mirrored(logits)(images.flip(3)), both)
