"""How a stranger's optimiser is called, where its rate stands, and a flag of training that is a number."""

import pytest

from strangers.asking import asked, module_from

KERAS = """
class SGD:
    def __init__(self, learning_rate=0.01, momentum=0.0):
        self.learning_rate, self.momentum, self.velocities = learning_rate, momentum, None

    def {name}(self, {argument}):
        pairs = list({argument})
        if self.velocities is None:
            self.velocities = [np.zeros_like(v) for _, v in pairs]
        for velocity, (g, v) in zip(self.velocities, pairs):
            velocity[...] = self.momentum * velocity + g
            v {change} self.learning_rate * velocity
"""


@pytest.mark.parametrize("argument", ["grads_and_vars", "zipped"])
def test_kerass_apply_gradients_is_given_pairs(argument):
    found = asked(module_from(KERAS.format(name="apply_gradients", argument=argument, change="-=")), "SGD")
    assert (found.wrong, found.offered) == ({}, {"SGD"})
    found = asked(module_from(KERAS.format(name="apply_gradients", argument=argument, change="+=")), "SGD")
    assert set(found.wrong) == {"SGD"}


def test_a_step_of_one_argument_that_does_not_say_what_is_not_offered():
    found = asked(module_from(KERAS.format(name="step", argument="layers", change="-=")), "SGD")
    assert (found.wrong, found.offered) == ({}, set())
    assert any(reason.startswith("step(layers) is given parameters or gradients") for reason in found.reasons)


TORCH = """
class SGD:
    def __init__(self, params, lr=0.01):
        self.param_groups = [{{"params": list(params), "lr": lr}}]
        {more}

    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.data = p.data - {rate} * p.grad
"""


@pytest.mark.parametrize(
    ("more", "rate"), [("pass", 'group["lr"]'), ("self.lr = lr", 'group["lr"]'), ("self.lr = lr", "self.lr")]
)
def test_the_rate_is_set_where_torch_keeps_it_too(more, rate):
    found = asked(module_from(TORCH.format(more=more, rate=rate)), "SGD")
    assert (found.wrong, found.offered) == ({}, {"SGD"})
    assert all(reason.startswith("SGD has no ") for reason in found.reasons)


NORM = """
class {name}:
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.eps, self.momentum, self.training = eps, momentum, {flag}

    def forward(self, x):
        mean, var, m, axes = self.running_mean, self.running_var, self.momentum, {axes}
        if self.training:
            mean, var, n = x.mean(axis=axes), x.var(axis=axes), x.size // x.shape[-1]
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * var * n / (n - 1)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta
"""
ALL = "tuple(range(x.ndim - 1))"
BATCH_AND_HEIGHT = "(0,) if x.ndim == 2 else (0, 1)"
QUESTION = "images: statistics of shape (5, 3) for images of 3 channels: is the axis wrong?"


def norm(flag="True", axes=ALL, name="BatchNormalization"):
    return asked(module_from(NORM.format(name=name, flag=flag, axes=axes)), "BatchNorm", dtypes=("float64",))


@pytest.mark.parametrize("flag", ["True", "1", "np.bool_(True)"])
def test_training_may_be_told_by_a_number(flag):
    assert not any(reason.startswith("evaluation: ") for reason in norm(flag).reasons)


def test_statistics_of_odd_axes_are_noted():
    found = norm(axes=BATCH_AND_HEIGHT)
    assert QUESTION in found.notes
    assert QUESTION in found.reasons


@pytest.mark.parametrize("axes", [ALL, "0", "(0, 2, 3) if x.ndim == 4 else 0"])
def test_statistics_of_channels_or_of_rows_are_not(axes):
    assert norm(axes=axes).notes == set()


def test_a_norm_that_says_that_it_is_for_images_is_wrong_there():
    found = norm(axes=BATCH_AND_HEIGHT, name="BatchNorm2d")
    assert any("training.output" in message for message in found.wrong["BatchNorm"])


AT_ONCE = """
def sgd(params, grads, state, lr=0.01):
    return {name: params[name] - lr * grads[name] for name in params}, state
"""


def test_a_function_of_all_parameters_is_not_given_them_one_by_one():
    found = asked(module_from(AT_ONCE), "SGD")
    assert (found.wrong, found.offered) == ({}, set())
    assert any(reason.startswith("sgd(params, grads, state, lr) takes all parameters") for reason in found.reasons)


NESTEROV = """
class {name}:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, {{}}

    def update(self, params, grads):
        for key, g in grads.items():
            self.v[key] = self.momentum * self.v.get(key, 0) + g
            params[key] -= self.lr * {move}
"""


@pytest.mark.parametrize("name", ["Nesterov", "NAG"])
def test_a_class_named_after_nesterov_needs_no_argument_for_it(name):
    found = asked(module_from(NESTEROV.format(name=name, move="(g + self.momentum * self.v[key])")), "SGD")
    assert (found.wrong, found.offered) == ({}, {"SGD"})
    assert set(asked(module_from(NESTEROV.format(name=name, move="self.v[key]")), "SGD").wrong) == {"SGD"}
