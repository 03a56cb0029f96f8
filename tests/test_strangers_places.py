"""Where arrays are looked for: what is kept in a place that nobody knows is not offered, and never wrong."""

import pytest

from strangers.asking import asked, module_from

NORM = """
class BatchNorm:
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.eps, self.momentum = eps, momentum
        {more}
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        {mean}, {var} = np.zeros(num_features), np.ones(num_features)

    def forward(self, x, training=True):
        self.training, n, m = training, len(x), self.momentum
        mean, var = ({mean}, {var}) if not training else (x.mean(axis=0), x.var(axis=0))
        if training:
            {mean} = (1 - m) * {mean} + m * mean
            {var} = (1 - m) * {var} + m * var * n / (n - 1)
        {cached}
        self.std = np.sqrt(var + np.asarray(self.eps, x.dtype))
        self.hat = (x - mean) / self.std
        return self.gamma * self.hat + self.beta

    def backward(self, g):
        self.dgamma, self.dbeta = (g * self.hat).sum(axis=0), g.sum(axis=0)
        g = g * self.gamma
        if self.training:
            g = g - g.mean(axis=0) - self.hat * (g * self.hat).mean(axis=0)
        return g / self.std
"""
ZEROS = "self.mean, self.var = np.zeros(num_features), np.zeros(num_features)"
CACHED = "self.mean, self.var = mean, var"


def norm(mean, var, more="", cached=""):
    return asked(module_from(NORM.format(mean=mean, var=var, more=more, cached=cached)), "BatchNorm",
                 dtypes=("float64",))  # fmt: skip


@pytest.mark.parametrize(
    ("mean", "var", "more"),
    [
        ("self.avg_mean", "self.avg_var", ""),
        ("self.moving_avg", "self.moving_var", ""),
        ("self.rm", "self.rv", ""),
        ("self._rmean", "self._rvar", ""),
        ("self.pop_mean", "self.pop_var", ""),
        ("self.mean", "self.var", ""),
        ("self.mu", "self.sigma2", ""),
        ("self._buffers['running_mean']", "self._buffers['running_var']", "self._buffers = {}"),
        ("self.stats['mean']", "self.stats['var']", "self.stats = {}"),
    ],
)
def test_a_place_of_running_statistics_that_is_known(mean, var, more):
    found = norm(mean, var, more)
    assert (found.wrong, found.offered) == ({}, {"BatchNorm"})
    assert not any("was found in it: looked" in reason for reason in found.reasons)


@pytest.mark.parametrize(("more", "cached"), [("", ""), ("", CACHED), (ZEROS, CACHED)])
def test_running_statistics_that_are_not_found_are_not_offered_and_a_cached_mean_is_none(more, cached):
    found = norm("self.old_m", "self.old_v", more, cached)
    assert (found.wrong, found.offered) == ({}, set())
    assert "no running_mean and no running_var was found in it: looked in dicts and attributes" in found.reasons


def test_a_cached_mean_is_not_taken_where_there_is_a_running_one():
    found = norm("self.running_mean", "self.running_var", ZEROS, CACHED)
    assert (found.wrong, found.offered) == ({}, {"BatchNorm"})


@pytest.mark.parametrize("fault", ["self.mean, self.var = mean, var", "self.mean = self.mean + mean"])
def test_a_running_mean_that_is_wrong_is_no_right_one_in_another_place(fault):
    """The last batch's, where the running one should be: it can't be told from a cache, so it is not offered."""
    found = norm("self.mean", "self.var", "", fault)
    assert set(found.wrong) == ({"BatchNorm"} if "+" in fault else set())
    assert found.offered == set(found.wrong)


DENSE = """
class Dense:
    def __init__(self, n_in, n_out):
        self.coef, self.intercept = np.ones((n_in, n_out)), np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.coef + self.intercept

    def backward(self, g):
        self.dW, self.db = self.x.T @ g, g.sum(axis=0)
        return g @ self.coef.T
"""
CONV = """
class Conv2D:
    def __init__(self, in_channels, out_channels, kernel_size):
        k = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
        self.taps, self.offsets = np.ones((*k, in_channels, out_channels)), np.zeros(out_channels)

    def forward(self, x):
        self.w = np.lib.stride_tricks.sliding_window_view(x, self.taps.shape[:2], axis=(1, 2))
        return np.einsum("nhwcij,ijcm->nhwm", self.w, self.taps) + self.offsets
"""


@pytest.mark.parametrize(("source", "pair"), [(DENSE, "FullyConnected"), (CONV, "Conv2D")])
def test_parameters_that_are_not_found_are_not_offered_and_windows_are_no_weight(source, pair):
    found = asked(module_from(source), pair, dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, set())
    assert "no W and no b was found in it: looked in dicts and attributes" in found.reasons


HELD = """
class Parameter:
    def __init__(self, data):
        self.data, self.grad = data, np.zeros_like(data)

class Dense:
    def __init__(self, n_in, n_out):
        self.weight, self.bias = Parameter(np.ones((n_in, n_out))), Parameter(np.zeros(n_out))

    def zero_grad(self):
        for parameter in (self.weight, self.bias):
            parameter.grad[...] = 0

    def forward(self, x):
        self.x = x
        return x @ self.weight.data + self.bias.data

    def backward(self, dout):
        self.weight.grad += self.x.T @ dout
        self.bias.grad += dout.sum(axis=0){more}
        return dout @ self.weight.data.T
"""


@pytest.mark.parametrize("more", ["", "; self.bias.grad = self.bias.grad * np.float64(1)"])
def test_gradients_are_added_up_in_the_type_of_the_parameter_that_was_loaded(more):
    found = asked(module_from(HELD.format(more=more)), "FullyConnected")
    wrong = found.wrong.get("FullyConnected", [])
    assert all("expected type float32, got float64" in m or "expected float32" in m for m in wrong)
    assert (bool(wrong), found.offered) == (bool(more), {"FullyConnected"})
