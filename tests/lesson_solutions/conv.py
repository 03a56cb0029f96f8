"""Answers to the exercises of lesson 6, for the tests."""

import numpy as np
from stubs import stub


class Conv2D(stub("conv").Conv2D):
    def forward(self, X: np.ndarray) -> np.ndarray:
        W, b = self.parameters["W"], self.parameters["b"]
        self._shape, self._P = X.shape, self.padded(X)
        places = list(self.places(self._P))
        Z = np.empty((len(X), places[-1][0] + 1, places[-1][1] + 1, W.shape[-1]), X.dtype)
        for y, x, window in places:
            Z[:, y, x] = np.tensordot(window, W, axes=3) + b
        return Z

    def input_gradient(self, dLdZ: np.ndarray) -> np.ndarray:
        _, H, W, _ = self._shape
        (top, _), (left, _) = self.pads
        dLdP = np.zeros(self._P.shape, dLdZ.dtype)
        for y, x, window in self.places(dLdP):
            window += np.einsum("nm,ijcm->nijc", dLdZ[:, y, x], self.parameters["W"])
        return dLdP[:, top : top + H, left : left + W]

    def parameter_gradients(self, dLdZ: np.ndarray) -> dict[str, np.ndarray]:
        dW = np.zeros_like(self.parameters["W"])
        for y, x, window in self.places(self._P):
            dW += np.einsum("nm,nijc->ijcm", dLdZ[:, y, x], window)
        db = dLdZ.sum(axis=(0, 1, 2), dtype=np.float64).astype(dLdZ.dtype)
        return {"W": dW, "b": db.reshape(self.parameters["b"].shape)}
