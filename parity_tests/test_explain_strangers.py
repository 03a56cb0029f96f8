"""Strangers' layers, written in another way than ours (loops, other formulas), with a classic mistake each: it must be
named first. The right ones agree with PyTorch, so that it is the mistake and nothing else that is named."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.explain import Wrong, explain
from parity_tests.explain.fit import is_right
from parity_tests.pairs import PAIRS
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

NAMED = {pair.name: pair for pair in PAIRS}
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


class Conv(Act):
    """Every pixel of every kernel by itself."""

    def geometry(self, X):
        pad, k, s = self.case.get("pad", "same"), self.case["kernel"], self.case.get("stride", 1)
        (kh, kw), self.s2 = ((v, v) if isinstance(v, int) else v for v in (k, s))
        if pad == "same":
            pad = self.same(kh), self.same(kw)
        elif pad == "valid":
            pad = (0, 0), (0, 0)
        elif isinstance(pad, int) or isinstance(pad[0], int):
            pad = tuple((v, v) for v in ((pad, pad) if isinstance(pad, int) else pad))
        self.pad = pad
        return np.pad(X, ((0, 0), *pad, (0, 0)))

    def same(self, k):
        return (k - 1) // 2, k // 2

    def kernel(self):
        return self.p["W"]

    def run(self, X):
        P, W, (sh, sw) = self.geometry(X), self.kernel(), self.s2
        kh, kw = W.shape[:2]
        OH, OW = (P.shape[1] - kh) // sh + 1, (P.shape[2] - kw) // sw + 1
        self.Z = np.zeros((len(X), OH, OW, W.shape[3])) + self.p["b"][0]
        for n, y, x in np.ndindex(len(X), OH, OW):
            for i, j in np.ndindex(kh, kw):
                self.Z[n, y, x] += P[n, y * sh + i, x * sw + j] @ W[i, j]
        self.P = P
        return self.on(self.Z)

    def back(self, dY):
        dZ, W, (sh, sw) = self.off(dY, self.Z), self.back_kernel(), self.s2
        dP, dW = np.zeros(self.P.shape), np.zeros(W.shape)
        for n, y, x in np.ndindex(dZ.shape[:3]):
            for i, j in np.ndindex(W.shape[:2]):
                self.put(dP, (n, y * sh + i, x * sw + j), W[i, j] @ dZ[n, y, x])
                dW[i, j] += np.multiply.outer(self.P[n, y * sh + i, x * sw + j], dZ[n, y, x])
        self.g = {"W": self.weight(dW), "b": self.bias(dZ)}
        return self.cut(dP)

    def back_kernel(self):
        return self.kernel()

    def put(self, dP, where, what):
        dP[where] += what

    def weight(self, dW):
        return dW

    def bias(self, dZ):
        return dZ.reshape(-1, dZ.shape[3]).sum(axis=0)[None]

    def cut(self, dP):
        (top, _), (left, _) = self.pad
        return dP[:, top : top + self.X.shape[1], left : left + self.X.shape[2]]


class Pool(Stranger):
    """Window by window, channel by channel, without NaN."""

    def run(self, X):
        k, s, p = self.case["kernel"], self.case.get("stride", None), self.case.get("pad", 0)
        self.k, self.s2 = ((v, v) if isinstance(v, int) else v for v in (k, k if s is None else s))
        (ph, pw) = (p, p) if isinstance(p, int) else p
        self.pad = (ph, ph), (pw, pw)
        self.P = np.pad(X, ((0, 0), *self.pad, (0, 0)), constant_values=self.border())
        self.size = [(n - k) // s + 1 for n, k, s in zip(self.P.shape[1:3], self.k, self.s2, strict=True)]
        return np.stack([self.value(window) for _, window in self.windows(self.P)]).reshape(len(X), *self.size, -1)

    def border(self):
        return 0.0 if self.average() else -np.inf

    def average(self):
        return self.case.get("mode", "max") == "average"

    def windows(self, P):
        for n, y, x in np.ndindex(len(P), *self.size):
            top, left = y * self.s2[0], x * self.s2[1]
            yield (n, y, x), P[n, top : top + self.k[0], left : left + self.k[1]]

    def value(self, window):
        return window.mean(axis=(0, 1)) if self.average() else window.max(axis=(0, 1))

    def back(self, dY):
        dP = np.zeros(self.P.shape)
        for (place, window), (_, target) in zip(self.windows(self.P), self.windows(dP), strict=True):
            for c in range(window.shape[2]):
                if self.average():
                    target[:, :, c] += dY[(*place, c)] / window[:, :, c].size
                else:
                    self.give(window[:, :, c], target[:, :, c], dY[(*place, c)])
        (top, _), (left, _) = self.pad
        return dP[:, top : top + self.X.shape[1], left : left + self.X.shape[2]]

    def give(self, window, target, g):
        target[divmod(int(window.argmax()), window.shape[1])] += g


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


def variant(plain, **methods):
    return type(f"Wrong{plain.__name__}", (plain,), methods)


def all_ties(self, window, target, g):
    target[window == window.max()] += g


def last_tie(self, window, target, g):
    target[np.unravel_index(window.size - 1 - window[::-1, ::-1].argmax(), window.shape)] += g


def column_tie(self, window, target, g):
    target[divmod(int(window.T.argmax()), window.shape[0])[::-1]] += g


def assign(self, dP, where, what):
    dP[where] = what


RIGHT = {"FullyConnected": Dense, "Conv2D": Conv, "Pool2D": Pool, "BatchNorm": Norm, "SoftMax": Rows, "Dropout": Drop}
WRONG = {
    "dense_weight_gradient_transposed": ("FullyConnected", variant(Dense, outer=lambda self, x, z: np.outer(z, x))),
    "dense_bias_gradient_batch_mean": ("FullyConnected", variant(Dense, bias=lambda self, dZ: dZ.mean(axis=0)[None])),
    "dense_weight_not_transposed": ("FullyConnected", variant(Dense, to_x=lambda self, z: z @ self.p["W"])),
    "dense_bias_twice": ("FullyConnected", variant(Dense, on=lambda self, Z: Act.on(self, Z + self.p["b"]))),
    "dense_derivative_skipped": ("FullyConnected", variant(Dense, off=lambda self, dY, Z: dY)),
    "conv_flipped_forward": ("Conv2D", variant(Conv, kernel=lambda self: self.p["W"][::-1, ::-1],
                                               back_kernel=lambda self: self.p["W"])),
    "conv_flipped": ("Conv2D", variant(Conv, kernel=lambda self: self.p["W"][::-1, ::-1],
                                       weight=lambda self, dW: dW[::-1, ::-1])),
    "conv_input_gradient_not_rotated": ("Conv2D", variant(Conv, back_kernel=lambda self: self.p["W"][::-1, ::-1])),
    "conv_same_on_wrong_side": ("Conv2D", variant(Conv, same=lambda self, k: (k // 2, (k - 1) // 2))),
    "conv_assigned_by_window": ("Conv2D", variant(Conv, put=assign)),
    "conv_weight_gradient_batch_mean": ("Conv2D", variant(Conv, weight=lambda self, dW: dW / len(self.X))),
    "conv_bias_gradient_mean": ("Conv2D", variant(Conv, bias=lambda self, dZ: dZ.mean(axis=(0, 1, 2))[None])),
    "conv_padding_cut_on_one_side": ("Conv2D", variant(
        Conv, cut=lambda self, dP: dP[:, : self.X.shape[1], : self.X.shape[2]])),
    "conv_weight_gradient_kernel_swapped": ("Conv2D", variant(
        Conv, weight=lambda self, dW: dW.swapaxes(0, 1) if len(dW) == dW.shape[1] else dW)),
    "pool_zero_padding": ("Pool2D", variant(Pool, border=lambda self: 0.0)),
    "pool_all_ties": ("Pool2D", variant(Pool, give=all_ties)),
    "pool_last_maximum": ("Pool2D", variant(Pool, give=last_tie)),
    "pool_ties_in_columns": ("Pool2D", variant(Pool, give=column_tie)),
    "bn_running_var_biased": ("BatchNorm", variant(Norm, kept=lambda self, flat: flat.var(axis=0))),
    "bn_eps_outside_root": ("BatchNorm", variant(
        Norm, deviation=lambda self, var, m: np.sqrt(var) + self.case.get("eps", 1e-5))),
    "bn_eps_0.001": ("BatchNorm", variant(Norm, deviation=lambda self, v, m: np.sqrt(v + self.case.get("eps", 1e-3)))),
    "bn_ignores_statistics": ("BatchNorm", variant(Norm, to_X=lambda self, d: d / self.std)),
    "bn_ignores_mean": ("BatchNorm", variant(
        Norm, to_X=lambda self, d: Norm.to_X(self, d) + (d / self.std).mean(axis=0))),
    "bn_momentum_swapped": ("BatchNorm", variant(
        Norm, new_weight=lambda self: Norm.new_weight(self) if self.case.get("momentum", 0.1) is None
        else 1 - Norm.new_weight(self))),
    "softmax_diagonal_only": ("SoftMax", variant(Rows, jacobian=lambda self, y: np.diag(y * (1 - y)))),
    "softmax_no_sum": ("SoftMax", variant(Rows, jacobian=lambda self, y: np.diag(y))),
    "dropout_not_scaled": ("Dropout", variant(Drop, run=lambda self, X: X * self.mask if self.training else X,
                                              back=lambda self, dY: dY * self.mask if self.training else dY)),
    "dropout_mask_missing_backward": ("Dropout", variant(Drop, back=lambda self, dY: dY)),
}  # fmt: skip


def suited(pair, case):
    """What these strangers offer: no NaN, no infinities, no ceil mode, ReLU or nothing; and small."""
    plain = case.get("activation", "Linear") in ("Linear", "ReLU") and not case.get("ceil_mode", False)
    X = BENCH.batch(pair, case, "float64")["training.X"]
    return plain and case.get("count_include_pad", True) and X.size <= MOST_ELEMENTS and np.isfinite(X).all()


def wrongs(name, stranger):
    """What a stranger's layer gets wrong in each case."""
    pair, found = NAMED[name], []
    bench = Workbench(stranger, torch_side)
    for case in pair.cases:
        if suited(pair, case):
            with np.errstate(all="ignore"):
                actual, expected = bench.actual(pair, case, "float64"), BENCH.expected(pair, case, "float64")
            odd = tuple(n for n in expected if n in actual and not is_right(actual[n], expected[n]))
            found += [Wrong(case, actual, odd)] if odd else []
    return found


@pytest.mark.parametrize("name", RIGHT)
def test_right_strangers_agree(name):
    pair, bench = NAMED[name], Workbench(RIGHT[name], torch_side)
    assert [bench.recording(pair, c, "float64").gaps for c in pair.cases if suited(pair, c)].count([]) >= 4
    assert [(one.case.name, one.quantities) for one in wrongs(name, RIGHT[name])] == []


@pytest.mark.parametrize("name", WRONG)
def test_the_mistake_is_named(name):
    pair, stranger = WRONG[name]
    wrong = wrongs(pair, stranger)
    assert wrong, "the mistake does not show"
    explanations = explain(NAMED[pair], wrong, BENCH)
    assert [explanation.name for explanation in explanations][:1] == [name], explanations
