"""Strangers' layers of images: every pixel of every window by itself. The right ones agree with PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.test_explain_strange_layers import Act, Stranger, require_right


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


RIGHT = {"Conv2D": Conv, "Pool2D": Pool}


@pytest.mark.parametrize("name", RIGHT)
def test_right_strangers_agree(name):
    require_right(name, RIGHT[name])
