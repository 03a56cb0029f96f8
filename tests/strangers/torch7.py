# ruff: noqa: B905, NPY002, UP008  (strangers write as they write)
"""Modules in the manner of Torch7, as several universities set them for homework: updateOutput and updateGradInput,
gradients that add up until zeroGradParameters, a convolution that keeps the size of its images, a pooling for images
that its windows fit, and optimisers over lists of the arrays of each layer."""

import numpy as np


class Module:
    def __init__(self):
        self.output = None
        self.gradInput = None
        self.training = True

    def forward(self, input):
        return self.updateOutput(input)

    def backward(self, input, gradOutput):
        self.updateGradInput(input, gradOutput)
        self.accGradParameters(input, gradOutput)
        return self.gradInput

    def updateOutput(self, input):
        pass

    def updateGradInput(self, input, gradOutput):
        pass

    def accGradParameters(self, input, gradOutput):
        pass

    def train(self):
        self.training = True

    def evaluate(self):
        self.training = False


class Linear(Module):
    def __init__(self, n_in, n_out):
        super(Linear, self).__init__()
        stdv = 1.0 / np.sqrt(n_in)
        self.W = np.random.uniform(-stdv, stdv, size=(n_out, n_in))
        self.b = np.random.uniform(-stdv, stdv, size=n_out)
        self.gradW = np.zeros_like(self.W)
        self.gradb = np.zeros_like(self.b)

    def updateOutput(self, input):
        self.output = input @ self.W.T + self.b
        return self.output

    def updateGradInput(self, input, gradOutput):
        self.gradInput = gradOutput @ self.W
        return self.gradInput

    def accGradParameters(self, input, gradOutput):
        self.gradW += gradOutput.T @ input
        self.gradb += gradOutput.sum(axis=0)

    def zeroGradParameters(self):
        self.gradW.fill(0)
        self.gradb.fill(0)


class SoftMax(Module):
    def updateOutput(self, input):
        self.output = np.subtract(input, input.max(axis=1, keepdims=True))
        self.output = np.exp(self.output)
        self.output /= self.output.sum(axis=1, keepdims=True)
        return self.output

    def updateGradInput(self, input, gradOutput):
        s = self.output
        self.gradInput = s * (gradOutput - (gradOutput * s).sum(axis=1, keepdims=True))
        return self.gradInput


class Dropout(Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p
        self.mask = None

    def updateOutput(self, input):
        if self.training:
            self.mask = np.random.binomial(1, 1 - self.p, input.shape).astype(input.dtype) / (1 - self.p)
            self.output = input * self.mask
        else:
            self.output = input
        return self.output

    def updateGradInput(self, input, gradOutput):
        self.gradInput = gradOutput * self.mask if self.training else gradOutput
        return self.gradInput


class ReLU(Module):
    def updateOutput(self, input):
        self.output = np.maximum(input, 0)
        return self.output

    def updateGradInput(self, input, gradOutput):
        self.gradInput = np.multiply(gradOutput, input > 0)
        return self.gradInput


class LeakyReLU(Module):
    def __init__(self, slope=0.01):
        super().__init__()
        self.slope = slope

    def updateOutput(self, input):
        self.output = np.where(input > 0, input, self.slope * input)
        return self.output

    def updateGradInput(self, input, gradOutput):
        self.gradInput = np.where(input > 0, gradOutput, self.slope * gradOutput)
        return self.gradInput


class Criterion:
    def __init__(self):
        self.output = None
        self.gradInput = None

    def forward(self, input, target):
        return self.updateOutput(input, target)

    def backward(self, input, target):
        return self.updateGradInput(input, target)


class MSECriterion(Criterion):
    def updateOutput(self, input, target):
        self.output = np.sum(np.power(input - target, 2)) / input.size
        return self.output

    def updateGradInput(self, input, target):
        self.gradInput = (input - target) * 2 / input.size
        return self.gradInput


class Conv2d(Module):
    def __init__(self, in_channels, out_channels, kernel_size):
        super().__init__()
        assert kernel_size % 2 == 1, kernel_size
        stdv = 1.0 / np.sqrt(in_channels)
        self.W = np.random.uniform(-stdv, stdv, size=(out_channels, in_channels, kernel_size, kernel_size))
        self.b = np.random.uniform(-stdv, stdv, size=(out_channels,))
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.gradW = np.zeros_like(self.W)
        self.gradb = np.zeros_like(self.b)

    def updateOutput(self, input):
        p = self.kernel_size // 2
        x = np.pad(input, ((0, 0), (0, 0), (p, p), (p, p)))
        w = np.lib.stride_tricks.sliding_window_view(x, (self.kernel_size,) * 2, axis=(2, 3))
        self.output = np.einsum("bchwij,ocij->bohw", w, self.W) + self.b[None, :, None, None]
        return self.output

    def updateGradInput(self, input, gradOutput):
        p = self.kernel_size // 2
        g = np.pad(gradOutput, ((0, 0), (0, 0), (p, p), (p, p)))
        w = np.lib.stride_tricks.sliding_window_view(g, (self.kernel_size,) * 2, axis=(2, 3))
        self.gradInput = np.einsum("bohwij,ocij->bchw", w, self.W[:, :, ::-1, ::-1])
        return self.gradInput

    def accGradParameters(self, input, gradOutput):
        p = self.kernel_size // 2
        x = np.pad(input, ((0, 0), (0, 0), (p, p), (p, p)))
        w = np.lib.stride_tricks.sliding_window_view(x, (self.kernel_size,) * 2, axis=(2, 3))
        self.gradW += np.einsum("bchwij,bohw->ocij", w, gradOutput)
        self.gradb += gradOutput.sum(axis=(0, 2, 3))

    def zeroGradParameters(self):
        self.gradW.fill(0)
        self.gradb.fill(0)


class MaxPool2d(Module):
    def __init__(self, kernel_size):
        super().__init__()
        self.kernel_size = kernel_size
        self.gradInput = None

    def updateOutput(self, input):
        h, w = input.shape[-2:]
        k = self.kernel_size
        x = (
            input.reshape(*input.shape[:2], h // k, k, w // k, k)
            .transpose(0, 1, 2, 4, 3, 5)
            .reshape(*input.shape[:2], h // k, w // k, k * k)
        )
        self.max_indices = x.argmax(-1)
        self.output = x.max(-1)
        return self.output

    def updateGradInput(self, input, gradOutput):
        k = self.kernel_size
        b, c, h, w = input.shape
        g = np.zeros((b, c, h // k, w // k, k * k), gradOutput.dtype)
        np.put_along_axis(g, self.max_indices[..., None], gradOutput[..., None], -1)
        self.gradInput = g.reshape(b, c, h // k, w // k, k, k).transpose(0, 1, 2, 4, 3, 5).reshape(b, c, h, w)
        return self.gradInput


class Flatten(Module):
    def updateOutput(self, input):
        self.output = input.reshape(len(input), -1)
        return self.output

    def updateGradInput(self, input, gradOutput):
        self.gradInput = gradOutput.reshape(input.shape)
        return self.gradInput


def sgd_momentum(variables, gradients, config, state):
    state.setdefault("accumulated_grads", {})
    var_index = 0
    for current_layer_vars, current_layer_grads in zip(variables, gradients):
        for current_var, current_grad in zip(current_layer_vars, current_layer_grads):
            old_grad = state["accumulated_grads"].setdefault(var_index, np.zeros_like(current_grad))
            np.add(config["momentum"] * old_grad, config["learning_rate"] * current_grad, out=old_grad)
            current_var -= old_grad
            var_index += 1


def adam_optimizer(variables, gradients, config, state):
    state.setdefault("m", {})
    state.setdefault("v", {})
    state.setdefault("t", 0)
    state["t"] += 1
    for k in ["learning_rate", "beta1", "beta2", "epsilon"]:
        assert k in config, config.keys()
    var_index = 0
    lr_t = config["learning_rate"] * np.sqrt(1 - config["beta2"] ** state["t"]) / (1 - config["beta1"] ** state["t"])
    for current_layer_vars, current_layer_grads in zip(variables, gradients):
        for current_var, current_grad in zip(current_layer_vars, current_layer_grads):
            var_first_moment = state["m"].setdefault(var_index, np.zeros_like(current_grad))
            var_second_moment = state["v"].setdefault(var_index, np.zeros_like(current_grad))
            np.add(config["beta1"] * var_first_moment, (1 - config["beta1"]) * current_grad, out=var_first_moment)
            np.add(
                config["beta2"] * var_second_moment,
                (1 - config["beta2"]) * current_grad * current_grad,
                out=var_second_moment,
            )
            current_var -= lr_t * var_first_moment / (np.sqrt(var_second_moment) + config["epsilon"])
            var_index += 1
