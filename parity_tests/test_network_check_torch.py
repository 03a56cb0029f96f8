"""Networks of PyTorch as candidates: right ones agree, a wrong module in the chain is named."""

import pytest
import torch
from torch import nn

from parity_tests.networks import check_network, lines
from torch_models import CifarCNN, FashionMLP


class Constants(nn.BatchNorm2d):
    """Mean and variance are taken for constants on the way back."""

    def forward(self, x):
        y = super().forward(x)
        with torch.no_grad():
            axes = (0, 2, 3) if self.training else ()
            mean = x.mean(axes, keepdim=True) if axes else self.running_mean[:, None, None]
            variance = x.var(axes, keepdim=True, unbiased=False) if axes else self.running_var[:, None, None]
        gamma, beta = (p[:, None, None] for p in (self.weight, self.bias))
        detached = (x - mean) / torch.sqrt(variance + self.eps) * gamma + beta
        return detached + (y - detached).detach()


class Unscaled(nn.Dropout):
    def forward(self, x):
        return super().forward(x) * (1 - self.p) if self.training else x


class BiasTwice(nn.Linear):
    def forward(self, x):
        return super().forward(x) + self.bias


class Swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.beta = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)


def chain(*, norm=nn.BatchNorm2d, dropout=nn.Dropout, linear=nn.Linear, activation=nn.Tanh):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(2, 4, 3, padding="same", bias=False), norm(4), nn.LeakyReLU(0.2, inplace=True)),
        nn.AvgPool2d(2),
        nn.Conv2d(4, 3, (2, 3), stride=(2, 1), padding=1),
        activation(),
        nn.MaxPool2d(3, stride=2, padding=1),
        nn.Flatten(),
        nn.BatchNorm1d(18, affine=False),
        dropout(0.4),
        linear(18, 6),
        nn.Sigmoid(),
        nn.Linear(6, 5),
        nn.Softmax(dim=-1),
    )


SHAPE = (8, 10, 2)


@pytest.mark.parametrize("make", [CifarCNN, FashionMLP])
def test_the_networks_of_torch_models_agree(make):
    report = check_network(make(), name=make.__name__)
    assert report.ok, "\n".join(lines(report))
    assert all(row.own for row in report.rows)
    assert report.rows[-1].label == "network as a whole"


def test_a_chain_of_many_layers_agrees():
    network = chain()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    report = check_network(network, input_shape=SHAPE)
    assert report.ok, "\n".join(lines(report))
    assert [row.name for row in report.rows[:4]] == ["0.0", "0.1", "0.2", "1"]
    assert all(row.own for row in report.rows)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert next(network.parameters()).dtype is torch.float32
    assert network[0][2].inplace


@pytest.mark.parametrize(
    ("wrong", "name", "quantity"),
    [
        ({"norm": Constants}, "0.1", "training.input_gradient"),
        ({"dropout": Unscaled}, "7", "training.output"),
        ({"linear": BiasTwice}, "8", "training.output"),
    ],
)
def test_a_wrong_module_is_named(wrong, name, quantity):
    report = check_network(chain(**wrong), input_shape=SHAPE)
    assert [row.name for row in report.wrong] == [name]
    assert report.first_wrong.wrong[0].quantity == quantity


def test_an_unknown_module_is_not_offered_and_those_around_it_are_judged():
    report = check_network(chain(activation=Swish, linear=BiasTwice), input_shape=SHAPE)
    assert [row.name for row in report.wrong] == ["8"]
    (unknown,) = (row for row in report.rows if row.name == "3")
    assert unknown.not_offered.startswith("no twin of Swish is known")
    assert not unknown.own
    assert check_network(chain(activation=Swish), input_shape=SHAPE).ok


def test_settings_that_the_twin_does_not_know_are_not_offered():
    network = nn.Sequential(nn.Conv2d(2, 4, 3, groups=2), nn.ReLU())
    report = check_network(network, input_shape=SHAPE)
    assert report.rows[0].not_offered == "the twin knows groups=1 only, not 2"
    assert report.rows[1].own


def test_a_module_may_stand_in_two_places():
    """In PyTorch one activation serves many places, and the gradients of one nn.Linear add up."""
    relu, linear = nn.ReLU(), nn.Linear(5, 5)
    report = check_network(nn.Sequential(nn.Linear(4, 5), relu, linear, relu, linear, relu, nn.Linear(5, 3)))
    assert report.ok, "\n".join(lines(report))
    assert [row.name for row in report.rows] == [*"0123456", "network"]
    assert all(row.own for row in report.rows)


class Net(nn.Module):
    """Its layers, and what is done beside them."""

    def __init__(self, beside=lambda network, y: y, before=lambda network: None):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Dropout(0.4), nn.ReLU(), nn.Linear(5, 3))
        self.beside, self.before = beside, before

    def forward(self, x):
        self.before(self)
        return self.beside(self, self.layers(x))


@pytest.mark.parametrize(
    "beside",
    [{"beside": lambda network, y: 2 * y if network.training else y}, {"before": lambda network: network.eval()}],
    ids=["doubled", "evaluated"],
)
def test_a_forward_that_differs_in_training_is_named(beside):
    report = check_network(Net(**beside))
    assert [row.name for row in report.wrong] == ["network"]
    assert report.first_wrong.wrong[0].quantity == "training.output"
    right = check_network(Net())
    assert right.ok
    assert {measured.quantity.partition(".")[0] for measured in right.rows[-1].own} == {"training", "evaluation"}


def test_a_forward_that_draws_beside_its_layers_is_not_offered_in_training():
    report = check_network(Net(lambda network, y: nn.functional.dropout(y, 0.5, network.training)))
    assert report.ok
    assert report.rows[-1].not_offered == "its forward in training: beside its layers it draws random numbers"
    assert {measured.quantity.partition(".")[0] for measured in report.rows[-1].own} == {"evaluation"}


def test_where_the_own_run_is_off_what_was_not_judged_is_suspected():
    class Detached(nn.Module):
        def forward(self, x):
            return x.clamp(min=0).detach()

    report = check_network(chain(activation=Detached), input_shape=SHAPE)
    assert not report.ok
    said = "Every layer that could be judged agrees by itself, yet in the network's own run 2 Conv2D is off"
    assert lines(report)[-1] == f"{said}: look at what was not judged, 3 Detached."


def test_the_attribute_input_shape_is_asked_for_in_the_order_of_pytorch():
    with pytest.raises(ValueError, match=r"28,28,1 \(height, width, channels\) .*: \(1, 28, 28\) in PyTorch's order"):
        check_network(nn.Sequential(nn.Conv2d(1, 2, 3)))
