"""Affine, ReLU and cross-entropy as course notes write them, all of them right."""

import numpy as np


class Affine:
    def forward(self, inputs, weight, bias):
        self.inputs, self.weight, self.bias = inputs, weight, bias
        return inputs @ weight + bias

    def backward(self, d_out):
        return d_out @ self.weight.T, self.inputs.T @ d_out, d_out.sum(axis=0)


class RowBias(Affine):
    def backward(self, d_out):
        return d_out @ self.weight.T, self.inputs.T @ d_out, d_out.sum(axis=0, keepdims=True)


class ReLUOfNotes:
    def forward(self, x):
        self.x = x
        return np.maximum(0, x)

    def backward(self, d_out):
        return d_out * (self.x > 0)


class CrossEntropy:
    def forward(self, logits, labels):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p, self.labels = e / e.sum(axis=1, keepdims=True), labels
        self.Y = np.eye(logits.shape[1])[labels]
        return -np.log(self.p[np.arange(len(labels)), labels]).mean()

    def backward(self):
        return (self.p - self.Y) / len(self.labels)


class WithUpstream(CrossEntropy):
    def backward(self, d_out):
        return d_out * super().backward()


class WithOptionalUpstream(CrossEntropy):
    def backward(self, d_out=1.0):
        return d_out * super().backward()
