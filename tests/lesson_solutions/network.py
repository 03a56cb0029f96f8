"""Answers to the exercises of lesson 15, for the tests."""

import numpy as np
from stubs import stub


class Network(stub("network").Network):
    def forward(self, X: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(self, target: np.ndarray, out: np.ndarray) -> float:
        gradient = self.loss.backward(target, out)
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        return self.loss.forward(target, out)


class SGD(stub("network").SGD):
    def step(self, parameters: dict[str, np.ndarray], gradients: dict[str, np.ndarray]) -> None:
        for name, theta in parameters.items():
            parameters[name] = theta - self.lr * gradients[name]


def make_network() -> Network:
    made = stub("network").make_network()
    return Network(made.layers, made.loss)
