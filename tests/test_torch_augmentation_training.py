"""Training with augmentation: on the training batches, each anew, labels and all else as they were."""

import torch
from torch import nn

import torch_models as tm


def seed(number=0):
    return torch.Generator().manual_seed(number)


def labelled_data():
    """Each image is full of its own label, 1 to 3 in the middle, with a gradient that shows a flip."""
    parts = {}
    for split, n in (("train", 30), ("validation", 8), ("test", 9)):
        labels = torch.randint(3, (n,), generator=seed(n))
        slope = torch.linspace(0, 0.4, 12)
        parts[f"{split}_inputs"] = (labels + 1).view(-1, 1, 1, 1) + slope.expand(n, 1, 12, 12)
        parts[f"{split}_labels"] = labels
    return tm.Splits(**parts, class_names=("a", "b", "c"))


class ReadsTheLabel(nn.Module):
    """Logits from the middle pixel, where the label stands; keeps what it is shown."""

    def __init__(self):
        super().__init__()
        self.scale, self.trained, self.asked = nn.Parameter(torch.ones(())), [], []

    def forward(self, images):
        (self.trained if self.training else self.asked).append(images.clone())
        label = images[:, 0, 6, 6].floor().long() - 1
        return 9 * self.scale * nn.functional.one_hot(label, 3)


def trained(augment, number=0, epochs=2):
    model = ReadsTheLabel()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    settings = {"epochs": epochs, "batch_size": 8, "progress": False}
    rows = tm.train(
        tm.TorchLearner(model, optimizer), labelled_data(), **settings, augment=augment, generator=seed(number)
    )
    return model, rows


def test_training_batches_are_augmented_and_keep_their_labels():
    model, rows = trained(tm.Augmentation(fill=0))
    assert [row["train_accuracy"] for row in rows] == [1, 1]
    originals = {tuple(image.flatten().tolist()) for image in labelled_data().train_inputs}
    shown = [tuple(image.flatten().tolist()) for image in torch.cat(model.trained)]
    assert len(shown) == 60
    assert sum(image in originals for image in shown) < 6, "one image in 162 is expected to come out as it was"
    middles = torch.cat(model.trained)[:, 0, 6, 6].floor().reshape(2, 30).sort().values - 1
    assert torch.equal(middles, labelled_data().train_labels.sort().values.float().expand(2, 30)), "all, once an epoch"


def test_evaluation_is_never_augmented_and_the_test_split_never_read():
    model, _ = trained(tm.Augmentation(fill=0))
    assert torch.equal(torch.cat(model.asked), torch.cat([labelled_data().validation_inputs] * 2))


def test_augmentation_follows_the_generator_and_changes_every_epoch():
    first, same, other = (trained(tm.Augmentation(fill=0), number)[0].trained for number in (0, 0, 1))
    assert all(torch.equal(a, b) for a, b in zip(first, same, strict=True))
    assert not torch.equal(torch.cat(first), torch.cat(other))
    one, two = torch.cat(first).reshape(2, 30, -1)
    assert not torch.equal(one.sort(dim=0).values, two.sort(dim=0).values), "epoch 2 must not repeat epoch 1"


def test_every_batch_draws_anew():
    drawn = []

    def augment(images, generator):
        drawn.append(torch.rand((), generator=generator).item())
        return images

    trained(augment)
    assert len(set(drawn)) == 8, "2 epochs of 4 batches"


def test_without_it_training_shows_the_images_as_they_are():
    model, _ = trained(None, epochs=1)
    shown = torch.cat(model.trained).flatten(1)
    assert sorted(shown.tolist()) == sorted(labelled_data().train_inputs.flatten(1).tolist())
