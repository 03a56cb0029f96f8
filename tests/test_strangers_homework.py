"""Manners of two universities' homework: a convolution around another layer that holds the weights, kernels given with
their channels, batch norms of other names, and what is for some arrays alone."""

import pytest

from strangers.asking import asked, changed, module_from, wrong_with

AROUND = """
class Stride1:
    def __init__(self, in_channels, out_channels, kernel_size):
        self.k = kernel_size
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.b = np.zeros(out_channels)

    def forward(self, A):
        self.windows = np.lib.stride_tricks.sliding_window_view(A, (self.k, self.k), axis=(2, 3))
        self.shape = A.shape
        return np.einsum("nchwij,mcij->nmhw", self.windows, self.W) + self.b[:, None, None]

    def backward(self, dLdZ):
        self.dLdW = np.einsum("nchwij,nmhw->mcij", self.windows, dLdZ)
        self.dLdb = dLdZ.sum(axis=(0, 2, 3))
        p = self.k - 1
        g = np.pad(dLdZ, ((0, 0), (0, 0), (p, p), (p, p)))
        w = np.lib.stride_tricks.sliding_window_view(g, (self.k, self.k), axis=(2, 3))
        return np.einsum("nmhwij,mcij->nchw", w, self.W[:, :, ::-1, ::-1])


class Conv2d:
    def __init__(self, in_channel, out_channel, kernel_size, stride, weight_init_fn=None):
        self.W = weight_init_fn
        self.stride, self.inner = stride, Stride1(in_channel, out_channel, kernel_size)

    def forward(self, A):
        Z = self.inner.forward(A)
        self.shape = Z.shape
        return Z[:, :, ::self.stride, ::self.stride]

    def backward(self, dLdZ):
        up = np.zeros(self.shape, dLdZ.dtype)
        up[:, :, ::self.stride, ::self.stride] = dLdZ
        return self.inner.backward(up)


class BatchNorm1d:
    def __init__(self, num_features, alpha=0.9):
        self.alpha, self.eps = alpha, 1e-5
        self.BW, self.Bb = np.ones((1, num_features)), np.zeros((1, num_features))
        self.running_M, self.running_V = np.zeros((1, num_features)), np.ones((1, num_features))

    def forward(self, Z, eval=False):
        self.eval, n = eval, len(Z)
        M, V = (self.running_M, self.running_V) if eval else (Z.mean(0, keepdims=True), Z.var(0, keepdims=True))
        if not eval:
            self.running_M = self.alpha * self.running_M + (1 - self.alpha) * M
            self.running_V = self.alpha * self.running_V + (1 - self.alpha) * V * n / (n - 1)
        self.s = np.sqrt(V + self.eps)
        self.NZ = (Z - M) / self.s
        return self.BW * self.NZ + self.Bb

    def backward(self, dLdBZ):
        self.dLdBW = (dLdBZ * self.NZ).sum(axis=0, keepdims=True)
        self.dLdBb = dLdBZ.sum(axis=0, keepdims=True)
        d = dLdBZ * self.BW
        if not self.eval:
            d = d - d.mean(axis=0) - self.NZ * (d * self.NZ).mean(axis=0)
        return d / self.s


class Flatten:
    def forward(self, A):
        self.N, self.C, self.D = A.shape
        return A.reshape(self.N, self.C * self.D)

    def backward(self, dLdZ):
        return dLdZ.reshape(self.N, self.C, self.D)
"""


def test_weights_of_a_layer_within_a_layer_and_norms_of_other_names_pass():
    found = asked(module_from(AROUND), dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, {"Conv2D", "BatchNorm", "Flatten"})
    assert any(reason.startswith("arrays of 4 axes: ValueError: too many values") for reason in found.reasons)


@pytest.mark.parametrize(
    ("old", "new", "pair", "quantity"),
    [
        ("self.dLdb = dLdZ.sum(axis=(0, 2, 3))", "self.dLdb = dLdZ.mean(axis=(0, 2, 3))", "Conv2D", "gradient.b"),
        ("self.W[:, :, ::-1, ::-1]", "self.W", "Conv2D", "input_gradient"),
        ("(dLdBZ * self.NZ).sum(axis=0, keepdims=True)", "(dLdBZ * self.NZ).sum()", "BatchNorm", "gradient.gamma"),
        ("if not self.eval:", "if True:", "BatchNorm", "evaluation.input_gradient"),
        ("A.reshape(self.N, self.C * self.D)", "A.reshape(self.N, self.D, self.C)", "Flatten", "output"),
    ],
)
def test_a_mistake_there_is_found(old, new, pair, quantity):
    assert any(f"{quantity}[" in message for message in wrong_with(AROUND, old, new, pair))


def test_a_flatten_that_runs_for_nothing_is_wrong():
    found = asked(module_from(changed(AROUND, ("self.C * self.D", "self.C * self.E"))), "Flatten", dtypes=("float64",))
    assert any("AttributeError" in message for message in found.wrong["Flatten"])


WITH_CHANNELS = """
class Conv:
    def __init__(self, stride_shape, convolution_shape, num_kernels):
        self.stride, self.k = stride_shape, convolution_shape[1:]
        self.weights = np.random.rand(num_kernels, *convolution_shape)
        self.bias = np.random.rand(num_kernels)

    def _windows(self, x):
        sides = [((k - 1) // 2, k // 2) for k in self.k]
        return np.lib.stride_tricks.sliding_window_view(np.pad(x, [(0, 0), (0, 0), *sides]), self.k, axis=(2, 3))

    def forward(self, input_tensor):
        self.x = input_tensor
        found = np.einsum("nchwij,mcij->nmhw", self._windows(self.x), self.weights) + self.bias[:, None, None]
        return found[:, :, ::self.stride[0], ::self.stride[1]]

    def backward(self, error_tensor):
        full = np.zeros((len(self.x), len(self.bias), *self.x.shape[2:]), error_tensor.dtype)
        full[:, :, ::self.stride[0], ::self.stride[1]] = error_tensor
        self.gradient_bias = error_tensor.sum(axis=(0, 2, 3))
        self.gradient_weights = np.einsum("nchwij,nmhw->mcij", self._windows(self.x), full)
        return np.einsum("nmhwij,mcij->nchw", self._windows(full), self.weights[:, :, ::-1, ::-1])


class Dropout:
    def __init__(self, probability):
        self.probability, self.testing_phase = probability, False

    def forward(self, x):
        if self.testing_phase:
            return x
        self.mask = (np.random.rand(*x.shape) < self.probability) / x.dtype.type(self.probability)
        return x * self.mask

    def backward(self, e):
        assert not self.testing_phase, "only in training"
        return e * self.mask


class FullyConnected:
    def __init__(self, input_size, output_size):
        self.weights = np.random.rand(input_size + 1, output_size)

    def forward(self, x):
        return np.hstack([x, np.ones((len(x), 1))]) @ self.weights
"""


def test_kernels_with_their_channels_and_a_phase_for_testing_are_told():
    found = asked(module_from(WITH_CHANNELS), dtypes=("float64",))
    assert found.offered == {"Conv2D", "Dropout"}
    assert set(found.wrong) == {"Dropout"}  # its probability is that of keeping
    assert not any("evaluation" in message for message in found.wrong["Dropout"])
    assert "its weight has a row or a column more, where the bias stands: write an adapter" in found.reasons
    refusal = "backward after a forward in evaluation: AssertionError: only in training"
    assert refusal in found.reasons
    wrong = wrong_with(WITH_CHANNELS, "self.weights[:, :, ::-1, ::-1]", "self.weights", "Conv2D")
    assert any("input_gradient" in message for message in wrong)
