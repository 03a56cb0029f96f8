"""A layer or a network of scratch_nn in one of the two styles of course code, with the same weights.

    PLAIN       columns of the whole batch
    PER_PIXEL   a loop over pixels

What the two networks of the benchmark do not use (an activation inside a layer, padded pooling) is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import scratch_nn as snn
from benchmarks.course import columns, layers, optimizers, pixels
from benchmarks.course.layers import CourseLayer
from scratch_nn.layer import Layer
from scratch_nn.optimizers import Optimizer

SEED = 0

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Style:
    """The three layers that have windows, in one way of writing them."""

    name: str
    convolution: type[CourseLayer]
    max_pooling: type[CourseLayer]
    average_pooling: type[CourseLayer]


PLAIN = Style("plain", columns.Convolution, columns.MaxPooling, columns.AveragePooling)
PER_PIXEL = Style("per_pixel", pixels.Convolution, pixels.MaxPooling, pixels.AveragePooling)


def course_layer(layer: Layer, style: Style) -> CourseLayer:
    """The built `layer` in that style. Raises ValueError for one that course code has no form of here."""
    make = MAKERS.get(type(layer))
    if make is None:
        raise ValueError(f"benchmarks.course: expected {', '.join(t.__name__ for t in MAKERS)}, got {layer!r}")
    return make(layer, style)


def _convolution(layer: snn.Conv2D, style: Style) -> CourseLayer:
    _without_activation(layer)
    return style.convolution(layer.parameters, layer.windows.stride, layer.windows.pads)


def _pooling(layer: snn.Pool2D, style: Style) -> CourseLayer:
    if layer.pad != (0, 0) or layer.ceil_mode:
        raise ValueError(f"benchmarks.course: expected pooling with neither padding nor ceil_mode, got {layer!r}")
    return (style.max_pooling if layer.mode == "max" else style.average_pooling)(layer.kernel, layer.stride)


def _dense(layer: snn.FullyConnected, style: Style) -> CourseLayer:
    _without_activation(layer)
    return layers.Dense(layer.parameters, {})


def _without_activation(layer: snn.Conv2D | snn.FullyConnected) -> None:
    if not isinstance(layer.activation, snn.Linear):
        raise ValueError(f"benchmarks.course: expected a layer without activation, got {layer!r}")


MAKERS: dict[type, Callable[[Layer, Style], CourseLayer]] = {
    snn.Conv2D: _convolution,
    snn.Pool2D: _pooling,
    snn.FullyConnected: _dense,
    snn.BatchNorm: lambda norm, _: layers.BatchNorm(norm.parameters, norm.state, norm.eps, norm.momentum),
    snn.Dropout: lambda dropout, _: layers.Dropout(dropout.p, np.random.default_rng(SEED)),
    snn.ReLU: lambda *_: layers.ReLU({}, {}),
    snn.Flatten: lambda *_: layers.Flatten({}, {}),
}


def course_optimizer(optimizer: Optimizer) -> optimizers.SGD | optimizers.Adam:
    if isinstance(optimizer, snn.SGD):
        return optimizers.SGD(optimizer.lr, optimizer.momentum, optimizer.weight_decay)
    return optimizers.Adam(optimizer.lr, optimizer.betas, optimizer.eps)


class CourseNetwork:
    """Layers, softmax with cross-entropy, an optimiser; the weights are those of a scratch network."""

    def __init__(self, network: snn.NeuralNetwork, style: Style) -> None:
        self.layers = [course_layer(layer, style) for layer in network.layers]
        self.optimizer = course_optimizer(network.optimizer)

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        for layer in self.layers:
            X = layer.forward(X, training=training)
        return X

    def step(self, X: np.ndarray, Y: np.ndarray) -> float:
        """Forward, loss, backward, update; returns the loss. Y is one-hot."""
        Z = self.forward(X, training=True)
        e = np.exp(Z - Z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        gradient = (p - Y) / len(Y)
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        parameters = self.arrays("parameters")
        self.optimizer.step(parameters, self.arrays("gradients"))
        for i, layer in enumerate(self.layers):
            layer.parameters = {key: parameters[f"layers.{i}.{key}"] for key in layer.parameters}
        return float(-np.log(p[Y == 1]).mean())

    def arrays(self, kind: str) -> Arrays:
        """ "parameters", "gradients" or "state" of all layers, {"layers.0.W": array, ...}."""
        return {
            f"layers.{i}.{key}": a for i, layer in enumerate(self.layers) for key, a in getattr(layer, kind).items()
        }
