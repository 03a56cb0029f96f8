# ruff: noqa: RUF012  (classes that say where they keep their arrays)
"""torch's clothes: images (N, C, H, W), weights (out, in) and (out, in, kh, kw), sizes given, train() and eval()."""

import numpy as np

from strangers.clothes.sewing import DEFAULT, WIDE, channels_last, given, module_of, named
from strangers.clothes.sewing import channels_first as to_first

ACTIVATIONS = ("ReLU", "Sigmoid", "Tanh", "SoftMax")


def channels_first(library):
    class Module:
        """keys: {attribute: (the library's name, axes from ours to theirs, axes back)}."""

        keys = {}

        def __init__(self, layer):
            self.layer, self.training = layer, True
            for name, (key, there, _) in self.keys.items():
                held = layer.parameters if key in layer.parameters else layer.state
                if key in held:
                    setattr(self, name, np.array(there(held[key])))

        def train(self):
            self.training = True

        def eval(self):
            self.training = False

        def forward(self, x):
            layer = self.layer
            for name, (key, _, back) in self.keys.items():
                held = layer.parameters if key in layer.parameters else layer.state
                held[key] = back(getattr(self, name))
            y = layer.forward(channels_last(x), training=self.training)
            for name, (key, there, _) in self.keys.items():
                if key in layer.state:
                    setattr(self, name, np.array(there(layer.state[key])))
            return to_first(y)

        def backward(self, grad_output):
            grad_input = to_first(self.layer.backward(channels_last(grad_output)))
            for name, (key, there, _) in self.keys.items():
                if key in self.layer.gradients:
                    setattr(self, f"grad_{name}", there(self.layer.gradients[key]))
            return grad_input

    row = (np.ravel, lambda b: np.array(b).reshape(1, -1))

    class Linear(Module):
        keys = {"weight": ("W", np.transpose, np.transpose), "bias": ("b", *row)}

        def __init__(self, in_features, out_features):
            layer = library.FullyConnected(out_features)
            layer.build((in_features,), np.random.default_rng(0))
            super().__init__(layer)

    class Conv2d(Module):
        orders = (lambda W: W.transpose(3, 2, 0, 1), lambda W: W.transpose(2, 3, 1, 0))
        keys = {"weight": ("W", *orders), "bias": ("b", *row)}

        def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
            layer = library.Conv2D(out_channels, kernel_size, stride=stride, pad=padding)
            layer.build((WIDE, WIDE, in_channels), np.random.default_rng(0))
            super().__init__(layer)

    class BatchNorm1d(Module):
        names = {"weight": "gamma", "bias": "beta", "running_mean": "running_mean", "running_var": "running_var"}
        keys = {name: (key, *row) for name, key in names.items()}
        keys["num_batches_tracked"] = ("num_batches_tracked", np.array, np.array)
        sizes = ()

        def __init__(self, num_features, eps=DEFAULT, momentum=DEFAULT):
            layer = library.BatchNorm(**given(eps=eps, momentum=momentum))
            layer.build((*self.sizes, num_features), np.random.default_rng(0))
            super().__init__(layer)

    class BatchNorm2d(BatchNorm1d):
        sizes = (WIDE, WIDE)

    class MaxPool2d(Module):
        def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False):
            super().__init__(library.Pool2D(kernel_size, stride=stride, pad=padding, ceil_mode=ceil_mode))

    class AvgPool2d(Module):
        def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
            settings = {"ceil_mode": ceil_mode, "count_include_pad": count_include_pad}
            super().__init__(library.Pool2D(kernel_size, mode="average", stride=stride, pad=padding, **settings))

    class AsItIs(Module):
        """Whatever the order of the axes."""

        def forward(self, x):
            return self.layer.forward(x, training=self.training)

        def backward(self, grad_output):
            return self.layer.backward(grad_output)

    class Dropout(AsItIs):
        def __init__(self, p=0.5):
            super().__init__(library.Dropout(p, rng=np.random.default_rng(0)))

    class Flatten(AsItIs):
        def __init__(self):
            super().__init__(library.Flatten())

    class LeakyReLU(Module):
        def __init__(self, negative_slope=DEFAULT):
            super().__init__(library.LeakyReLU(**given(slope=negative_slope)))

    def activation(name):
        return named(
            name, type(name, (Module,), {"__init__": lambda self: Module.__init__(self, getattr(library, name)())})
        )

    class CrossEntropyLoss:
        """Logits and one-hot rows."""

        def __init__(self):
            self.loss = library.SoftmaxCrossEntropy()

        def forward(self, input, target):
            self.kept = target, input
            return self.loss.forward(target, input)

        def backward(self):
            return self.loss.backward(*self.kept)

    class MSELoss(CrossEntropyLoss):
        def __init__(self):
            self.loss = library.L2()

    def over_lists(name):
        """step(params, grads) over two lists."""

        class Optimizer(getattr(library, name)):
            def step(self, params, grads):
                held = {str(i): param for i, param in enumerate(params)}
                super().step(held, {str(i): grad for i, grad in enumerate(grads)})
                params[:] = held.values()

        return named(name, Optimizer)

    return module_of(
        "channels_first", library, Linear, Conv2d, BatchNorm1d, BatchNorm2d, MaxPool2d, AvgPool2d, Dropout, Flatten,
        LeakyReLU, CrossEntropyLoss, MSELoss, *map(activation, ACTIVATIONS), *map(over_lists, ("SGD", "Adam", "AdamW")),
    )  # fmt: skip
