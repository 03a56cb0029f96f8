"""Layers that take some examples from one to the next: the same numbers as layer by layer, to the bit. (Where batch
norms are done to maxima, which is so if no gamma is negative, to rounding: test_maxima_first.py.)"""

import copy

import numpy as np
import pytest

from scratch_nn import (
    SGD,
    BatchNorm,
    Conv2D,
    Dropout,
    Flatten,
    FullyConnected,
    LeakyReLU,
    Linear,
    NeuralNetwork,
    Pool2D,
    ReLU,
    SoftmaxCrossEntropy,
    Tanh,
    one_hot,
    parallel,
)
from scratch_nn.chain import chains
from small_networks import assert_same_arrays

SHAPE = (7, 9, 8, 5)


class OwnPool(Pool2D):
    """Somebody's own way to treat some examples."""

    def forward_some(self, X, Y, some):
        super().forward_some(-X, Y, some)


CHAINS = {
    "norm_relu_pool": lambda: [BatchNorm(), ReLU(), Pool2D(2)],
    "norm_relu": lambda: [BatchNorm(), ReLU()],
    "norm_pool": lambda: [BatchNorm(momentum=None), Pool2D(3, stride=2, pad=1)],
    "relu_pool": lambda: [ReLU(), Pool2D(2, mode="average", ceil_mode=True)],
    "relu_max": lambda: [ReLU(), Pool2D(2)],
    "relu_max_overlapping": lambda: [ReLU(), Pool2D((2, 3), stride=(2, 1), pad=(1, 0), ceil_mode=True)],
    "relu_max_of_a_subclass": lambda: [ReLU(), OwnPool(2)],
    "pool_relu_pool": lambda: [Pool2D((2, 1)), ReLU(), Pool2D(3, stride=1)],
    "two_norms": lambda: [BatchNorm(), ReLU(), BatchNorm(), ReLU(), Pool2D(1)],
}


@pytest.fixture(params=[1, 700, 1 << 30], ids=["one_at_a_time", "some_at_a_time", "all_at_once"])
def blocks(request, monkeypatch):
    monkeypatch.setattr(parallel, "BLOCK", request.param)


def built(make, dtype, shape=SHAPE):
    rng, layers, shape = np.random.default_rng(3), make(), shape[1:]
    for layer in layers:
        shape = layer.build(shape, rng, dtype=dtype)
        for key in layer.parameters:
            layer.parameters[key] = rng.standard_normal(layer.parameters[key].shape).astype(dtype)
    return layers


def passes(steps, X, training):
    """Y and dX of what has forward and backward, and everything that the layers store."""
    Y = X
    for step in steps:
        Y = step.forward(Y, training=training)
    dX = dLdY = np.random.default_rng(4).standard_normal(Y.shape).astype(X.dtype)
    for step in reversed(steps):
        dX = step.backward(dX)
    return {"Y": Y, "dLdY": dLdY, "dX": dX}


def stored(layers):
    dicts = [(i, kind, getattr(layer, kind)) for i, layer in enumerate(layers) for kind in ("gradients", "state")]
    return {f"{i}.{kind}.{key}": array for i, kind, arrays in dicts for key, array in arrays.items()}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_gives_what_its_layers_give_one_by_one(name, dtype, training, blocks):
    X = np.random.default_rng(5).integers(-3, 4, SHAPE).astype(dtype)  # ties, and exact zeros
    X[0, 0, 0, 0], X[-1, -2, -2, 1] = (np.nan, -np.inf) if "norm" not in name else (7, -7)
    together, alone = built(CHAINS[name], dtype), built(CHAINS[name], dtype)
    assert len(chains(together)) == (2 if name == "two_norms" else 1)
    assert_same_arrays(passes(chains(together), X, training), passes(alone, X, training))
    assert_same_arrays(stored(together), stored(alone))


@pytest.mark.parametrize("name", [name for name in CHAINS if name != "two_norms"])
def test_after_a_chain_each_layer_can_go_back_by_itself(name, blocks):
    """What forward saves for backward is where the layer's own forward would have put it."""
    X = np.random.default_rng(6).standard_normal(SHAPE) - 1  # many a window with nothing above zero
    X[0, 0, 0, 0] = np.nan if "norm" not in name else 0
    together, alone = (built(CHAINS[name], "float64") for _ in range(2))
    (chain,) = chains(together)
    dX = dLdY = np.ones_like(chain.forward(X, training=True))
    passes(alone, X, True)
    for ours, theirs in zip(reversed(together), reversed(alone), strict=True):
        dX, expected = ours.backward(dX), theirs.backward(dX)
        np.testing.assert_array_equal(dX, expected)
    np.testing.assert_array_equal(chain.backward(dLdY), dX)


def test_after_each_layer_went_forward_by_itself_a_chain_can_go_back(blocks):
    X = np.random.default_rng(6).standard_normal(SHAPE) - 1
    layers = built(CHAINS["relu_max"], "float64")
    (chain,) = chains(layers)
    chain.forward(-X, training=True)
    dLdY = np.ones_like(passes(layers, X, True)["Y"])
    alone = layers[0].backward(layers[1].backward(dLdY))
    np.testing.assert_array_equal(chain.backward(dLdY), alone)


def test_which_layers_stand_together():
    layers = [Conv2D(4, 3), BatchNorm(), ReLU(), Pool2D(2), Conv2D(4, 3), ReLU(), Flatten(), FullyConnected(3), ReLU()]
    layers += [Dropout(0.5), ReLU(), Pool2D(1), Tanh(), LeakyReLU(), BatchNorm(), BatchNorm(), ReLU()]
    found = [list(chain.places) for chain in chains(layers)]
    assert found == [[0], [1, 2, 3], [4], [5], [6], [7], [8], [9], [10, 11], [12], [13], [14], [15, 16]]


class LeftAlone(ReLU):
    """Somebody's own backward."""

    def backward(self, dLdY):
        return 2 * super().backward(dLdY)


class CountedNorm(BatchNorm):
    def forward(self, X, *, training=False):
        self.count = getattr(self, "count", 0) + 1
        return super().forward(X, training=training)


def test_a_layer_with_a_forward_or_backward_of_its_own_is_called_by_them():
    layers = built(lambda: [CountedNorm(), LeftAlone(), ReLU()], "float64")
    assert [len(chain.layers) for chain in chains(layers)] == [1, 1, 1]
    X = np.random.default_rng(7).standard_normal(SHAPE)
    found = passes(chains(layers), X, True)
    assert layers[0].count == 1
    plain = passes(built(lambda: [BatchNorm(), ReLU(), ReLU()], "float64"), X, True)
    np.testing.assert_allclose(found["dX"], 2 * plain["dX"], atol=1e-12)


@pytest.mark.parametrize("method", ["forward", "backward"])
def test_a_method_put_on_one_layer_is_called(method):
    layers = built(CHAINS["norm_relu_pool"], "float64")
    called, original = [], getattr(layers[1], method)
    setattr(layers[1], method, lambda *given, **named: called.append(method) or original(*given, **named))
    passes(chains(layers), np.random.default_rng(8).standard_normal(SHAPE), True)
    assert called == [method]


def test_a_network_trains_as_it_does_layer_by_layer(blocks):
    rng = np.random.default_rng(9)
    layers = [Conv2D(6, 3), BatchNorm(), ReLU(), Pool2D(2), Flatten(), FullyConnected(3), BatchNorm(), ReLU()]
    network = NeuralNetwork(layers, SoftmaxCrossEntropy(), SGD(0.1, momentum=0.9), rng=rng)
    X, Y = rng.standard_normal((5, 8, 8, 2)), one_hot(rng.integers(3, size=5), 3)
    network.build(X.shape[1:])
    twin = copy.deepcopy(network)
    for _ in range(3):
        network.backward(Y, network.forward(X, training=True))
        out = X
        for layer in twin.layers:
            out = layer.forward(out, training=True)
        gradient = twin.loss.backward(Y, out)
        for layer in reversed(twin.layers):
            gradient = layer.backward(gradient)
        for name, gradient in network.gradients.items():  # a batch norm adds up its sums in another order
            np.testing.assert_allclose(gradient, twin.gradients[name], rtol=1e-10, atol=1e-12, err_msg=name)
        network.update()
        twin.update()
    for name, array in (network.parameters | network.state).items():
        np.testing.assert_allclose(array, (twin.parameters | twin.state)[name], rtol=1e-10, atol=1e-12, err_msg=name)


class Kept:
    """Stands in for a layer and keeps what passes."""

    def __init__(self, layer):
        self.layer, self.name, self.activation, self.outputs = layer, layer.name, layer.activation, []

    def forward(self, X, *, training=False):
        self.outputs.append(self.layer.forward(X, training=training))
        return self.outputs[-1]


def own_forward(layer):
    forward, outputs = layer.forward, []
    layer.forward = lambda X, **named: outputs.append(forward(X, **named)) or outputs[-1]
    return outputs


@pytest.mark.parametrize("how", ["stand_in", "method", "activation", "subclass"])
def test_only_what_nobody_else_holds_is_written_over(how):
    """Batch norm writes X - near over the output of a convolution, but not where that is kept."""
    rng, kind = np.random.default_rng(10), type("Own", (Conv2D,), {"forward": lambda self, X, **k: self.saved})
    conv = kind(4, 3) if how == "subclass" else Conv2D(4, 3, activation=Tanh() if how == "activation" else Linear())
    X = rng.standard_normal((3, 6, 5, 2))
    conv.build(X.shape[1:], rng)
    Y = conv.saved = Conv2D.forward(conv, X).copy()
    stands = Kept(conv) if how == "stand_in" else conv
    outputs = [conv.saved] if how == "subclass" else stands.outputs if how == "stand_in" else own_forward(conv)
    if how == "activation":
        del conv.forward
    out = X
    for chain in chains([stands, BatchNorm(), ReLU()]):
        out = chain.forward(out, training=True)
    for kept in [conv.activation._Y] if how == "activation" else outputs:
        np.testing.assert_array_equal(kept, Y)


def test_the_input_of_a_network_is_not_written_over():
    X = np.random.default_rng(11).standard_normal(SHAPE)
    copy_of_X = X.copy()
    passes(chains(built(CHAINS["norm_relu_pool"], "float64")), X, True)
    np.testing.assert_array_equal(X, copy_of_X)


def test_the_output_of_a_convolution_is_written_over_and_nothing_else(monkeypatch):
    """Fewer arrays pass through memory; the numbers are those of test_a_network_trains_as_it_does_layer_by_layer."""
    rng, given = np.random.default_rng(12), []
    begin = BatchNorm.begin_forward
    monkeypatch.setattr(
        BatchNorm, "begin_forward", lambda self, X, **k: given.append(k.get("D") is X) or begin(self, X, **k)
    )
    layers = [BatchNorm(), ReLU(), Conv2D(3, 3), BatchNorm(), ReLU()]
    layers += [Conv2D(3, 3, activation=ReLU()), BatchNorm(), ReLU(), Conv2D(3, 3)]  # the last, not before the first
    out = rng.standard_normal(SHAPE)
    for chain in chains(layers):
        out = chain.forward(out, training=True)
    assert given == [False, True, False]


def test_an_error_says_which_layer_of_the_chain(blocks):
    layers = [Flatten(), BatchNorm(), ReLU()]
    network = NeuralNetwork(layers, SoftmaxCrossEntropy(), SGD(0.1), rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"layers\.1 BatchNorm: expected more than one value per channel"):
        network.forward(np.ones((1, 4)), training=True)
    network.forward(np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"layers\.2 ReLU: expected dLdY of shape \(2, 4\), got \(3, 4\)"):
        chains(layers)[1].backward(np.ones((3, 4)))
    layers = built(lambda: [ReLU(), Pool2D(9)], "float64", (7, 9, 9, 5))
    with pytest.raises(ValueError, match=r"layers\.1 Pool2D: expected X of shape \(N, H, W, C\), got \(7, 9, 8, 5\)"):
        chains(layers)[0].forward(np.ones(SHAPE), training=False)
