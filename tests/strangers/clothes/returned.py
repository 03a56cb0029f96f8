"""Explicit sizes, forward(X, training), and backward returns every gradient: (dX, dW, db)."""

import numpy as np

from strangers.clothes.sewing import DEFAULT, WIDE, given, module_of, named

ACTIVATIONS = ("Linear", "ReLU", "Sigmoid", "Tanh", "SoftMax")


def returned(library):
    class Layer:
        keys = ()

        def __init__(self, layer):
            self.layer = layer
            vars(self).update({key: layer.parameters[key] for key in self.keys})

        def forward(self, X, training=True):
            self.layer.parameters = {key: getattr(self, key) for key in self.keys}
            return self.layer.forward(X, training=training)

        def backward(self, dY):
            dX = self.layer.backward(dY)
            return (dX, *(self.layer.gradients[key] for key in self.keys)) if self.keys else dX

    class Dense(Layer):
        """activation: an object of one of the classes below."""

        keys = ("W", "b")

        def __init__(self, n_in, n_out, activation=None):
            fused = {} if activation is None else {"activation": activation.layer}
            layer = library.FullyConnected(n_out, **fused)
            layer.build((n_in,), np.random.default_rng(0))
            super().__init__(layer)

    class Conv2D(Layer):
        keys = ("W", "b")

        def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, activation=None):
            fused = {} if activation is None else {"activation": activation.layer}
            layer = library.Conv2D(out_channels, kernel_size, stride=stride, pad=padding, **fused)
            layer.build((WIDE, WIDE, in_channels), np.random.default_rng(0))
            super().__init__(layer)

    class BatchNorm(Layer):
        keys = ("gamma", "beta")

        def __init__(self, n_features, eps=DEFAULT, momentum=DEFAULT):
            layer = library.BatchNorm(**given(eps=eps, momentum=momentum))
            layer.build((n_features,), np.random.default_rng(0))
            super().__init__(layer)
            vars(self).update({key: np.array(array) for key, array in layer.state.items()})

        def forward(self, X, training=True):
            names = ("running_mean", "running_var", "num_batches_tracked")
            self.layer.state = {name: getattr(self, name) for name in names}
            Y = super().forward(X, training)
            vars(self).update(self.layer.state)
            return Y

    class Dropout(Layer):
        def __init__(self, p, rng):
            super().__init__(library.Dropout(p, rng=rng))

    class LeakyReLU(Layer):
        def __init__(self, slope=DEFAULT):
            super().__init__(library.LeakyReLU(**given(slope=slope)))

    def activation(name):
        return named(
            name, type(name, (Layer,), {"__init__": lambda self: Layer.__init__(self, getattr(library, name)())})
        )

    class CategoricalCrossEntropy:
        """Of probabilities; forward keeps what backward needs."""

        def forward(self, y_true, y_pred):
            self.kept = y_true, y_pred
            return library.CrossEntropy().forward(y_true, y_pred)

        def backward(self):
            return library.CrossEntropy().backward(*self.kept)

    def optimizer(name):
        """update(params, grads) over dicts; its rate is called learning_rate."""

        class Optimizer:
            def __init__(self, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=DEFAULT, weight_decay=DEFAULT):
                settings = given(eps=epsilon, weight_decay=weight_decay)
                self.learning_rate = learning_rate
                self.inner = getattr(library, name)(learning_rate, betas=(beta1, beta2), **settings)

            def update(self, params, grads):
                self.inner.lr = self.learning_rate
                self.inner.step(params, grads)

        return named(name, Optimizer)

    return module_of(
        "returned", library, Dense, Conv2D, BatchNorm, Dropout, LeakyReLU, CategoricalCrossEntropy,
        *map(activation, ACTIVATIONS), *map(optimizer, ("Adam", "AdamW")),
    )  # fmt: skip
