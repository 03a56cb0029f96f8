"""Layers that are wrong in one place each, the way people get them wrong."""

import numpy as np

from scratch_nn import BatchNorm, Conv2D, Dropout, FullyConnected, Linear, ReLU, Sigmoid, SoftMax


class Transposed(FullyConnected):
    def backward(self, dLdY):
        dLdX = super().backward(dLdY)
        self.gradients["W"] = self.gradients["W"].T
        return dLdX


class MeanBias(FullyConnected):
    def backward(self, dLdY):
        dLdX = super().backward(dLdY)
        self.gradients["b"] = self.gradients["b"] / len(dLdY)
        return dLdX


class NoBiasGradient(FullyConnected):
    def backward(self, dLdY):
        dLdX = super().backward(dLdY)
        del self.gradients["b"]
        return dLdX


class WrongShape(FullyConnected):
    def backward(self, dLdY):
        dLdX = super().backward(dLdY)
        self.gradients["b"] = self.gradients["b"].ravel()
        return dLdX


class Accumulating(FullyConnected):
    def backward(self, dLdY):
        before = dict(self.gradients)
        dLdX = super().backward(dLdY)
        for key, gradient in before.items():
            self.gradients[key] = self.gradients[key] + gradient
        return dLdX


class Forgotten(FullyConnected):
    """The activation's derivative is skipped."""

    def backward(self, dLdY):
        kept, self.activation = self.activation, Linear()
        self.activation.forward(dLdY)
        dLdX = super().backward(dLdY)
        self.activation = kept
        return dLdX


class ZeroNorm(BatchNorm):
    def backward(self, dLdY):
        return 0 * super().backward(dLdY)


class NormOfConstants(BatchNorm):
    """The mean and the variance are taken for constants."""

    def backward(self, dLdY):
        self._training = False
        return super().backward(dLdY)


class ZeroSoftMax(SoftMax):
    def backward(self, dLdY):
        return 0 * dLdY


class DiagonalSoftMax(SoftMax):
    def backward(self, dLdY):
        return dLdY * self._Y * (1 - self._Y)


class SigmoidOfZ(Sigmoid):
    def forward(self, X, *, training=False):
        self._Z = X
        return super().forward(X, training=training)

    def backward(self, dLdY):
        return dLdY * self._Z * (1 - self._Z)


class InPlaceReLU(ReLU):
    def forward(self, X, *, training=False):
        Y = super().forward(X, training=training)
        X[X < 0] = 0
        return Y


class InPlaceBackward(ReLU):
    def backward(self, dLdY):
        dLdY[~self._on] = 0
        return dLdY


class NaNs(Linear):
    def backward(self, dLdY):
        return np.where(np.arange(dLdY.size).reshape(dLdY.shape) == 6, np.nan, dLdY)


class Unscaled(Dropout):
    def backward(self, dLdY):
        return dLdY * (self._mask > 0)


class NewMask(Dropout):
    def backward(self, dLdY):
        return dLdY * self._draw(dLdY.shape, dLdY.dtype)


class UnrotatedConv(Conv2D):
    """The kernel is not turned round on the way back."""

    def backward(self, dLdY):
        kh, kw = self.windows.kernel
        kept, self._W = self._W, self._W.reshape(kh, kw, -1, self.n_out)[::-1, ::-1].reshape(-1, self.n_out)
        dLdX = super().backward(dLdY)
        self._W = kept
        return dLdX
