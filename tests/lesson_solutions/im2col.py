"""Answers to the exercises of lesson 7, for the tests: the stub's three methods, filled in."""

import importlib.util
from pathlib import Path

import numpy as np

STUB = Path(__file__).resolve().parents[2] / "docs" / "lessons" / "exercises" / "im2col.py"
SPEC = importlib.util.spec_from_file_location("im2col_stub", STUB)
stub = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(stub)


class Conv2D(stub.Conv2D):
    def places(self, P: np.ndarray):
        for i in range(self.kh):
            for j in range(self.kw):
                bottom, right = i + self.sh * (self.OH - 1) + 1, j + self.sw * (self.OW - 1) + 1
                yield i, j, P[:, i : bottom : self.sh, j : right : self.sw]

    def im2col(self, P: np.ndarray) -> np.ndarray:
        columns = np.empty((len(P), self.OH, self.OW, self.kh, self.kw, P.shape[-1]), P.dtype)
        for i, j, pixels in self.places(P):
            columns[:, :, :, i, j] = pixels
        return columns.reshape(-1, self.kh * self.kw * P.shape[-1])

    def col2im(self, columns: np.ndarray) -> np.ndarray:
        P = np.zeros(self.padded_shape, columns.dtype)
        columns = columns.reshape(len(P), self.OH, self.OW, self.kh, self.kw, -1)
        for i, j, pixels in self.places(P):
            pixels += columns[:, :, :, i, j]
        return P

    def weight_gradient(self, rows: np.ndarray) -> np.ndarray:
        return (self.columns.T @ rows).reshape(self.parameters["W"].shape)
