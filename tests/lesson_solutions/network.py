"""Answers to the exercises of lesson 15, for the tests: the stub's layers, and what it leaves open."""

import importlib.util
from pathlib import Path

import numpy as np

STUB = Path(__file__).resolve().parents[2] / "docs" / "lessons" / "exercises" / "network.py"
SPEC = importlib.util.spec_from_file_location("network_stub", STUB)
stub = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(stub)


class Network(stub.Network):
    def forward(self, X: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(self, target: np.ndarray, out: np.ndarray) -> float:
        gradient = self.loss.backward(target, out)
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        return self.loss.forward(target, out)


class SGD:
    def __init__(self, lr: float) -> None:
        self.lr = lr

    def step(self, parameters: dict[str, np.ndarray], gradients: dict[str, np.ndarray]) -> None:
        for name, theta in parameters.items():
            parameters[name] = theta - self.lr * gradients[name]


def make_network() -> Network:
    made = stub.make_network()
    return Network(made.layers, made.loss)
