"""Strangers' layers, written in another way than ours: plain loops, other formulas. The right ones agree with PyTorch,
so that in test_explain_strangers.py it is a mistake and nothing else that is named."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.explain import Wrong
from parity_tests.explain.fit import is_right
from parity_tests.pairs import BY_NAME
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

BENCH = Workbench(torch_side, torch_side)
MOST_ELEMENTS = 600  # of a stranger's input: its loops are slow


class Stranger:
    """A subject of plain loops. Subclasses say run(X, training) and back(dY)."""

    def __init__(self, pair, case, dtype):
        self.case = case

    def load(self, parameters, state):
        self.p, self.s = ({key: array.copy() for key, array in arrays.items()} for arrays in (parameters, state))

    def forward(self, X, *, training, masks):
        self.X, self.training, self.mask = X, training, next(iter(masks.values()), None)
        return self.run(X)

    def backward(self, dLdY):
        self.g = {}
        return self.back(dLdY)

    def gradients(self):
        return self.g

    def state(self):
        return self.s


class Act(Stranger):
    """Of a fused layer: only those cases are taken that have ReLU or none."""

    def on(self, Z):
        return Z if self.case.get("activation", "Linear") == "Linear" else np.maximum(Z, 0)

    def off(self, dY, Z):
        return dY if self.case.get("activation", "Linear") == "Linear" else dY * (Z > 0)


class Dense(Act):
    def run(self, X):
        W, b = self.p["W"], self.p["b"][0]
        self.Z = np.array([[b[m] + sum(x[d] * W[d, m] for d in range(len(x))) for m in range(len(b))] for x in X])
        return self.on(self.Z)

    def back(self, dY):
        dZ = self.off(dY, self.Z)
        self.g = {"W": sum(self.outer(x, z) for x, z in zip(self.X, dZ, strict=True)), "b": self.bias(dZ)}
        return np.array([self.to_x(z) for z in dZ])

    def outer(self, x, z):
        return np.multiply.outer(x, z)

    def bias(self, dZ):
        return sum(z[None] for z in dZ)

    def to_x(self, z):
        return np.array([(row * z).sum() for row in self.p["W"]])


class Norm(Stranger):
    eps, biased, old_weight = None, 0, None

    def run(self, X):
        flat, m = X.reshape(-1, X.shape[-1]), X.size // X.shape[-1]
        if self.training:
            mean, var = flat.mean(axis=0), flat.var(axis=0)
            self.s["num_batches_tracked"] = np.asarray(self.s["num_batches_tracked"] + 1)
            new = self.new_weight()
            for key, value in (("running_mean", mean), ("running_var", self.kept(flat))):
                self.s[key] = (1 - new) * self.s[key] + new * value[None]
        else:
            mean, var = self.s["running_mean"][0], self.s["running_var"][0]
        self.std, self.m = self.deviation(var, m), m
        self.H = (flat - mean) / self.std
        return (self.H * self.p["gamma"] + self.p["beta"]).reshape(X.shape)

    def kept(self, flat):
        return flat.var(axis=0, ddof=1)

    def new_weight(self):
        momentum = self.case.get("momentum", 0.1)
        return 1 / self.s["num_batches_tracked"] if momentum is None else momentum

    def deviation(self, var, m):
        return np.sqrt(var + self.case.get("eps", 1e-5))

    def back(self, dY):
        g = dY.reshape(self.H.shape)
        self.g = {"gamma": (g * self.H).sum(axis=0)[None], "beta": g.sum(axis=0)[None]}
        d = g * self.p["gamma"]
        return (self.to_X(d) if self.training else d / self.std).reshape(dY.shape)

    def to_X(self, d):
        """The chain through x - mean and its mean square, term by term."""
        centred = self.H * self.std
        dvar = -(d * centred).sum(axis=0) / (2 * self.std**3)
        dmean = -(d / self.std).sum(axis=0) - dvar * 2 * centred.mean(axis=0)
        return d / self.std + 2 * dvar * centred / self.m + dmean / self.m


class Rows(Stranger):
    """A softmax by its Jacobian, row by row."""

    def run(self, X):
        self.Y = np.apply_along_axis(lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(), -1, X)
        return self.Y

    def back(self, dY):
        flat = zip(self.Y.reshape(-1, self.Y.shape[-1]), dY.reshape(-1, dY.shape[-1]), strict=True)
        return np.array([self.jacobian(y) @ g for y, g in flat]).reshape(dY.shape)

    def jacobian(self, y):
        return np.diag(y) - np.outer(y, y)


class Drop(Stranger):
    def run(self, X):
        return X * self.mask / (1 - self.case["p"]) if self.training and self.case["p"] < 1 else X * (not self.training)

    def back(self, dY):
        return (
            dY * self.mask / (1 - self.case["p"]) if self.training and self.case["p"] < 1 else dY * (not self.training)
        )


class LogSoftmaxLoss:
    """Cross-entropy of logits, example by example."""

    def __init__(self, pair, case, dtype):
        self.case = case

    def value(self, Y, Z):
        return -sum(y @ np.log(self.softmax(z)) for y, z in zip(Y, Z, strict=True)) / self.count(Z)

    def gradient(self, Y, Z):
        return np.array([self.slope(y, z) for y, z in zip(Y, Z, strict=True)]) / self.count(Z)

    def softmax(self, z):
        return np.exp(z - np.logaddexp.reduce(z))

    def slope(self, y, z):
        return y.sum() * self.softmax(z) - y

    def count(self, Z):
        return len(Z)


class Descent:
    """SGD with a history of velocities, one number after the other."""

    def __init__(self, pair, case, dtype):
        self.case = case

    def load(self, parameters, state):
        self.p = {key: array.copy() for key, array in parameters.items()}
        self.velocities = {key: [] for key in parameters}

    def parameters(self):
        return self.p

    def step(self, gradients, lr):
        for key, theta in self.p.items():
            g = self.decayed(gradients[key], theta)
            before = self.velocities[key][-1:]
            self.velocities[key].append(self.velocity(before[0], g) if before else g)
            self.p[key] = theta - lr * self.direction(g, self.velocities[key][-1])

    def decayed(self, g, theta):
        return g + self.case.get("weight_decay", 0) * theta

    def velocity(self, v, g):
        return self.case.get("momentum", 0) * v + (1 - self.case.get("dampening", 0)) * g

    def direction(self, g, v):
        if not self.case.get("momentum", 0):
            return g
        return g + self.case["momentum"] * v if self.case.get("nesterov", False) else v


RIGHT = {
    "FullyConnected": Dense, "BatchNorm": Norm, "SoftMax": Rows, "Dropout": Drop, "SoftmaxCrossEntropy": LogSoftmaxLoss,
    "SGD": Descent,
}  # fmt: skip


def suited(pair, case):
    """What these strangers offer: no NaN, no infinities, no ceil mode, ReLU or nothing; and small."""
    plain = case.get("activation", "Linear") in ("Linear", "ReLU") and not case.get("ceil_mode", False)
    batch = BENCH.batch(pair, case, "float64")
    X = batch.get("training.X", batch.get("Y_hat", np.zeros(1)))
    if pair.family == "loss" and np.abs(X).max() > 100:
        return False  # log(0)
    return plain and case.get("count_include_pad", True) and X.size <= MOST_ELEMENTS and np.isfinite(X).all()


def wrongs(name, stranger):
    """What a stranger's layer gets wrong in each case."""
    pair, found = BY_NAME[name], []
    bench = Workbench(stranger, torch_side)
    for case in pair.cases:
        if suited(pair, case):
            with np.errstate(all="ignore"):
                actual, expected = bench.actual(pair, case, "float64"), BENCH.expected(pair, case, "float64")
            odd = tuple(n for n in expected if n in actual and not is_right(actual[n], expected[n]))
            found += [Wrong(case, actual, odd)] if odd else []
    return found


def require_right(name, stranger):
    """It runs, in several cases, and nothing that it gives is wrong."""
    pair, bench = BY_NAME[name], Workbench(stranger, torch_side)
    assert [bench.recording(pair, c, "float64").gaps for c in pair.cases if suited(pair, c)].count([]) >= 4
    assert [(one.case.name, one.quantities) for one in wrongs(name, stranger)] == []


@pytest.mark.parametrize("name", RIGHT)
def test_right_strangers_agree(name):
    require_right(name, RIGHT[name])
