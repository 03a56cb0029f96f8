"""A course's clothes: lazy sizes, activations fused by name and without a memory, b of (n,), all in OrderedDicts."""

from collections import OrderedDict

import numpy as np

from strangers.clothes.sewing import module_of, named, snake

ACTIVATIONS = ("Linear", "ReLU", "LeakyReLU", "Sigmoid", "Tanh", "SoftMax")
SCHEDULES = ("Constant", "Exponential", "Step", "Cosine", "OneCycle")
DRAWS = ("zeros", "constant", "xavier_uniform", "xavier_normal", "he_uniform", "he_normal", "torch_default")


def berkeley(library):
    by_name = {snake(name): getattr(library, name) for name in ACTIVATIONS}
    initial = {name: getattr(library, name) for name in DRAWS}

    class Layer:
        def __init__(self, layer):
            self.layer, self.n_in = layer, None
            self.parameters, self.gradients = OrderedDict(), OrderedDict()

        def forward(self, X):
            if self.n_in is None:
                self.n_in = X.shape[-1]
                self.layer.build(X.shape[1:], np.random.default_rng(0))
                self.parameters.update({k: self._theirs(k, a) for k, a in self.layer.parameters.items()})
            self.layer.parameters = {key: self._ours(key, array) for key, array in self.parameters.items()}
            return self.layer.forward(X, training=True)

        def backward(self, dLdY):
            dX = self.layer.backward(dLdY)
            self.gradients.update({key: self._theirs(key, array) for key, array in self.layer.gradients.items()})
            return dX

        def _theirs(self, key, array):
            return array.ravel() if key == "b" and array.shape[0] == 1 else array

        def _ours(self, key, array):
            return array.reshape(1, -1) if key == "b" else array

    class FullyConnected(Layer):
        def __init__(self, n_out, activation, weight_init="xavier_uniform"):
            super().__init__(
                library.FullyConnected(n_out, activation=by_name[activation](), weight_init=initial[weight_init])
            )

    class Conv2D(Layer):
        def __init__(self, n_out, kernel_shape, activation, stride=1, pad="same", weight_init="xavier_uniform"):
            settings = {"activation": by_name[activation](), "weight_init": initial[weight_init]}
            super().__init__(library.Conv2D(n_out, kernel_shape, stride=stride, pad=pad, **settings))

    class Pool2D(Layer):
        def __init__(self, kernel_shape, mode="max", stride=1, pad=0):
            super().__init__(library.Pool2D(kernel_shape, mode=mode, stride=stride, pad=pad))

    class Flatten(Layer):
        def __init__(self):
            super().__init__(library.Flatten())

    def activation(name):
        """forward(Z), backward(Z, dY): it remembers nothing."""

        class Activation:
            def forward(self, Z):
                return getattr(library, name)().forward(Z)

            def backward(self, Z, dY):
                layer = getattr(library, name)()
                layer.forward(Z)
                return layer.backward(dY)

        return named(name, Activation)

    def loss(kind):
        class Loss:
            def __init__(self, name):
                self.name = name

            def forward(self, Y, Y_hat):
                return kind().forward(Y, Y_hat)

            def backward(self, Y, Y_hat):
                return kind().backward(Y, Y_hat)

        return named(kind.__name__, Loss)

    class SGD:
        """update(param, param_grad, param_name), one by one."""

        def __init__(self, lr, momentum=0, dampening=0, nesterov=False, weight_decay=0):
            settings = {"momentum": momentum, "dampening": dampening, "nesterov": nesterov}
            self.lr, self.settings, self.one = lr, {**settings, "weight_decay": weight_decay}, {}

        def update(self, param, param_grad, param_name):
            if param_name not in self.one:
                self.one[param_name] = library.SGD(self.lr, **self.settings)
            self.one[param_name].lr = self.lr
            held = {param_name: param}
            self.one[param_name].step(held, {param_name: param_grad})
            return held[param_name]

    def schedule(name):
        return named(name, type(name, (getattr(library, name),), {}))

    def initializer(name):
        made = getattr(library, name)
        if name == "constant":
            return named(name, lambda value: lambda shape, rng: made(value)(shape, rng))
        return named(name, lambda shape, rng: made(shape, rng))

    losses = (library.CrossEntropy, library.SoftmaxCrossEntropy, library.L2)
    return module_of(
        "berkeley", library, FullyConnected, Conv2D, Pool2D, Flatten, SGD, *map(activation, ACTIVATIONS),
        *map(loss, losses), *map(schedule, SCHEDULES), *map(initializer, DRAWS),
    )  # fmt: skip
