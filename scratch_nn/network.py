"""A network: layers in a row, a loss at the end, and an optimiser that moves the parameters.

Letters: X the inputs (N rows), Y the targets (one-hot rows for classes), Y_hat (ŷ) the output, L the loss; f_i layer i.
    forward    ŷ = f_k(... f_1(f_0(X)))
    backward   dL/dŷ from the loss, then through f_k, ..., f_0: each layer stores the gradients of its own
               parameters and hands dL/dX to the layer before it
    update     θ = θ - what the optimiser makes of dL/dθ, for every parameter θ of every layer

One generator serves the whole network: it draws the weights, layer after layer, then the shuffles and the masks.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence

import numpy as np

from scratch_nn import training, weights
from scratch_nn.activations import SoftMax
from scratch_nn.chain import chains
from scratch_nn.config import parts_of
from scratch_nn.errors import (
    ToldWithPlace,
    complaint,
    require_float_type,
    require_floats,
    require_generator,
    require_kind,
    shape_of_ints,
    unchanged_if_refused,
)
from scratch_nn.layer import Layer
from scratch_nn.losses import Loss, SoftmaxCrossEntropy
from scratch_nn.optimizers import Optimizer
from scratch_nn.weights import PathLike


class NeuralNetwork:
    """torch.nn.Sequential together with its loss, its optimiser and its random numbers.

    layers: Layer objects, each once. rng: a np.random.Generator.
    optimizer: serves one network at a time, the one that was built last; it then starts without averages.
    `input_shape` (without N) is None until the network is built; `epoch` counts the epochs trained so far.
    An error of a layer is told with its place: "layers.2 FullyConnected: expected ...".
    Raises TypeError for a part that is not of its kind, such as a seed as rng; ValueError for no layers, for one that
    stands in two places, and for a SoftMax in front of SoftmaxCrossEntropy.
    """

    def __init__(self, layers: Sequence[Layer], loss: Loss, optimizer: Optimizer, *, rng: np.random.Generator) -> None:
        require_kind("NeuralNetwork", "layers", layers, Sequence, "One layer is a list too: [FullyConnected(10)].")
        for i, layer in enumerate(layers):
            require_kind("NeuralNetwork", f"layers[{i}]", layer, Layer, "For example FullyConnected(10).")
        require_kind("NeuralNetwork", "loss", loss, Loss, "For example SoftmaxCrossEntropy().")
        require_kind("NeuralNetwork", "optimizer", optimizer, Optimizer, "For example SGD(0.1).")
        require_generator("NeuralNetwork", rng)
        if not layers or len(set(map(id, layers))) < len(layers):
            cure = "Make a new object for each place: a layer remembers its last input."
            raise ValueError(complaint("NeuralNetwork", "at least one layer, and each once", repr(layers), cure))
        if isinstance(loss, SoftmaxCrossEntropy) and isinstance(getattr(layers[-1], "activation", layers[-1]), SoftMax):
            cure = "Take CrossEntropy, or leave the softmax out."
            raise ValueError(complaint("NeuralNetwork", "logits, for SoftmaxCrossEntropy", "a SoftMax last", cure))
        self.layers, self.loss, self.optimizer, self.rng = list(layers), loss, optimizer, rng
        self.input_shape: tuple[int, ...] | None = None
        self.epoch = 0
        self._out: np.ndarray | None = None

    @staticmethod
    def from_config(mapping: Mapping) -> NeuralNetwork:
        """A network from names as strings, as a configuration file holds them; config.py tells the form."""
        layers, loss, optimizer, rng = parts_of(mapping)
        return NeuralNetwork(layers, loss, optimizer, rng=rng)

    def __repr__(self) -> str:
        head = f"{type(self).__name__}({self.loss!r}, {type(self.optimizer).__name__})"
        return "\n  ".join([head, *(f"{i}: {layer!r}" for i, layer in enumerate(self.layers))])

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """{"layers.0.W": W of the first layer, ...}, a new dict. To replace arrays, use `assign`."""
        return weights.flat(self.layers, "parameters")

    @property
    def gradients(self) -> dict[str, np.ndarray]:
        return weights.flat(self.layers, "gradients")

    @property
    def state(self) -> dict[str, np.ndarray]:
        return weights.flat(self.layers, "state")

    def assign(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Put `arrays` in the place of the parameters and statistics of those names: all of them, or none."""
        weights.assign(self.layers, arrays)

    def build(self, input_shape: tuple[int, ...], dtype: np.dtype = np.float64) -> tuple[int, ...]:
        """Fresh parameters for inputs of `input_shape` (without N), kept in `dtype`; returns the output shape.

        The optimiser forgets its averages and the count of epochs starts over; the generator goes on. Where a layer
        refuses its input, network, layers and optimiser are as they were.
        """
        require_float_type("NeuralNetwork", dtype)
        input_shape = shape = shape_of_ints("NeuralNetwork", "input_shape", input_shape)
        with unchanged_if_refused(*self.layers):
            for i, layer in enumerate(self.layers):
                with ToldWithPlace(f"layers.{i}", layer.name):
                    shape = layer.build(shape, self.rng, dtype=dtype)
        self.input_shape, self.epoch = input_shape, 0
        self.optimizer.serve(self)
        return shape

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        """The output of the last layer, (N, ...). Builds on first use; parameters set before that stay."""
        if self.input_shape is None:
            return self._first_forward(X, training=training)
        self._out = None
        for chain in chains(self.layers):
            X = chain.forward(X, training=training)
        self._out = X
        return X

    def _first_forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        """Build first. Where X is refused, by the last layer even, nothing is built and what was set before stays."""
        require_floats("NeuralNetwork", "X", X)
        given = [(layer.parameters, layer.state) for layer in self.layers]
        with unchanged_if_refused(self, self.optimizer, *self.layers):
            self.build(X.shape[1:], X.dtype)
            for layer, (parameters, state) in zip(self.layers, given, strict=True):
                layer.parameters.update(parameters)
                layer.state.update(state)
            return self.forward(X, training=training)

    def backward(self, target: np.ndarray, out: np.ndarray) -> float:
        """The loss of `out`, what the last forward returned; overwrites the gradients of every layer.

        It ends at the first layer that has parameters: the gradient by that layer's input, nobody reads.
        Raises ValueError for the output of an earlier forward: `predict`, `test` and `error` are forwards too.
        """
        self._require_last(out)
        loss, gradient = self.loss.forward(target, out), self.loss.backward(target, out)
        end = self._end_of_backward()
        for chain in reversed(chains(self.layers)):
            if end in chain.places:
                chain.backward_parameters(gradient)
                break
            gradient = chain.backward(gradient)
        return loss

    def _require_last(self, out: np.ndarray) -> None:
        """The layers remember their last input alone: with another output the gradient would be half of each."""
        if out is self._out or self._out is None or np.array_equal(out, self._out, equal_nan=True):
            return
        cure = "Call forward again, directly before backward."
        raise ValueError(complaint("NeuralNetwork.backward", "what the last forward returned", "other numbers", cure))

    def _end_of_backward(self) -> int | None:
        """The place of the first layer with parameters. None where something stands in for a layer, to watch what
        passes: it is shown every gradient."""
        if not all(isinstance(layer, Layer) for layer in self.layers):
            return None
        return next((i for i, layer in enumerate(self.layers) if layer.parameters), None)

    def update(self, epoch: int | None = None) -> None:
        """One step of the optimiser over all parameters; with `epoch`, at the rate its schedule has for that epoch.

        Raises ValueError before a built network's first backward, and where the optimiser serves another network.
        """
        if epoch is not None:
            self.optimizer.start_epoch(epoch)
        self.optimizer.require_serving(self)
        parameters = self.parameters
        self.optimizer.step(parameters, self.gradients)
        self.assign(parameters)

    def predict(self, X: np.ndarray, Y: np.ndarray) -> tuple[np.ndarray, float]:
        """(Y_hat, loss) in evaluation mode; parameters, gradients and running statistics stay as they are."""
        Y_hat = self.forward(X)
        return Y_hat, self.loss.forward(Y, Y_hat)

    def save(self, path: PathLike) -> None:
        """Write parameters and running statistics as safetensors, whole or not at all.

        Raises ValueError for a network not yet built, OSError where the file cannot be written.
        """
        if self.input_shape is None:
            cure = "Call build(input_shape) or train first."
            raise ValueError(complaint("NeuralNetwork.save", "a built network", "one without parameters", cure))
        weights.write(path, self.parameters | self.state, self.input_shape)

    def load(self, path: PathLike) -> None:
        """Put what `save` wrote into the network: all of it, in the network's shapes and types, or nothing.

        A network not yet built is built first, as the saved one was. Raises ValueError, and changes nothing, where the
        file is not whole or its arrays are not the network's; the message lists all that is missing or does not fit.
        """
        arrays, metadata = weights.read(path)
        fitting = self
        if self.input_shape is None:
            fitting, shape = copy.deepcopy(self), weights.saved_input_shape(path, metadata)
            try:
                fitting.build(shape, weights.float_type(arrays))
            except ValueError as error:
                raise ValueError(f"{os.fspath(path)} was saved by another network: {error}") from error
        weights.check_fit(path, fitting.parameters | fitting.state, arrays)
        if fitting is not self:
            self.build(fitting.input_shape, weights.float_type(arrays))
        self.assign(arrays)

    # ---- told in training.py, the network is their first argument

    error = staticmethod(training.classification_error)
    train, test = training.train, training.evaluate
