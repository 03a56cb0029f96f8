"""Functions with caches: affine_forward(x, w, b) -> (out, cache), affine_backward(dout, cache) -> (dx, dw, db).

The cache is the library's own layer, made anew at each call.
"""

import numpy as np

from strangers.clothes.sewing import module_of, named, snake

ACTIVATIONS = ("Linear", "ReLU", "Sigmoid", "Tanh", "SoftMax")
IDENTITY = {"linear": "identity"}


def functional(library):
    def ran(layer, x, parameters, *, training=True):
        layer.build(x.shape[1:], np.random.default_rng(0))
        layer.parameters = parameters
        return layer.forward(x, training=training), layer

    def affine_forward(x, w, b):
        return ran(library.FullyConnected(w.shape[1]), x, {"W": w, "b": b[None]})

    def affine_backward(dout, cache):
        dx = cache.backward(dout)
        return dx, cache.gradients["W"], cache.gradients["b"].ravel()

    def conv_forward(x, w, b, stride=1, pad=0):
        return ran(library.Conv2D(w.shape[3], w.shape[:2], stride=stride, pad=pad), x, {"W": w, "b": b[None]})

    def pool_forward(mode):
        def forward(x, kernel_size, stride, pad=0):
            layer = library.Pool2D(kernel_size, mode=mode, stride=stride, pad=pad)
            return layer.forward(x, training=True), layer

        return forward

    def batchnorm_forward(x, gamma, beta, running_mean, running_var, training=True, eps=1e-5, momentum=0.1):
        layer = library.BatchNorm(eps=eps, momentum=momentum)
        layer.build(x.shape[1:], np.random.default_rng(0))
        layer.parameters = {"gamma": gamma[None], "beta": beta[None]}
        state = {"running_mean": running_mean[None].copy(), "running_var": running_var[None].copy()}
        layer.state = {**layer.state, **state}
        out = layer.forward(x, training=training)
        running_mean[...], running_var[...] = (layer.state[key].ravel() for key in ("running_mean", "running_var"))
        return out, layer

    def batchnorm_backward(dout, cache):
        dx = cache.backward(dout)
        return dx, cache.gradients["gamma"].ravel(), cache.gradients["beta"].ravel()

    def dropout_forward(x, p, training=True):
        layer = library.Dropout(p, rng=np.random)
        return layer.forward(x, training=training), layer

    def flatten_forward(x):
        layer = library.Flatten()
        return layer.forward(x), layer

    def leaky_relu_forward(x, slope=None):
        layer = library.LeakyReLU() if slope is None else library.LeakyReLU(slope)
        return layer.forward(x), layer

    def activation(name):
        def forward(x):
            layer = getattr(library, name)()
            return layer.forward(x), layer

        return forward

    def backward(dout, cache):
        return cache.backward(dout)

    def softmax_loss(x, y):
        """y: class numbers."""
        loss, one_hot = library.SoftmaxCrossEntropy(), np.eye(x.shape[1], dtype=x.dtype)[y]
        return loss.forward(one_hot, x), loss.backward(one_hot, x)

    def mse_loss(x, y):
        loss = library.L2()
        return loss.forward(y, x), loss.backward(y, x)

    pairs = {
        "affine": (affine_forward, affine_backward), "conv": (conv_forward, affine_backward),
        "max_pool": (pool_forward("max"), backward), "avg_pool": (pool_forward("average"), backward),
        "batchnorm": (batchnorm_forward, batchnorm_backward), "dropout": (dropout_forward, backward),
        "spatial_batchnorm": (batchnorm_forward, batchnorm_backward),
        "flatten": (flatten_forward, backward), "leaky_relu": (leaky_relu_forward, backward),
        **{IDENTITY.get(snake(name), snake(name)): (activation(name), backward) for name in ACTIVATIONS},
    }  # fmt: skip
    module = module_of("functional", library, softmax_loss, mse_loss)
    for name, both in pairs.items():
        for function, ending in zip(both, ("forward", "backward"), strict=True):
            setattr(module, f"{name}_{ending}", renamed(function, f"{name}_{ending}"))
    return module


def renamed(function, name):
    """A function of its own, that others may call by another name."""
    import types

    return named(name, types.FunctionType(function.__code__, function.__globals__, name, function.__defaults__,
                                          function.__closure__))  # fmt: skip
