"""Optimisers as courses write them: for one parameter each, over a model's layers, over objects with .value."""

import pytest

from parity_tests.explain import Wrong, explain
from parity_tests.explain.fit import is_right
from parity_tests.pairs import BY_NAME
from parity_tests.subjects.stranger import side_of
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench
from strangers.asking import asked, changed, module_from, wrong_with

ERLANGEN = """
class Sgd:
    def __init__(self, learning_rate):
        self.learning_rate, self.regularizer = learning_rate, None

    def calculate_update(self, weight_tensor, gradient_tensor):
        return weight_tensor - self.learning_rate * gradient_tensor


class SgdWithMomentum:
    def __init__(self, learning_rate, momentum_rate):
        self.learning_rate, self.momentum_rate, self.v = learning_rate, momentum_rate, 0

    def calculate_update(self, weight_tensor, gradient_tensor):
        self.v = self.momentum_rate * self.v + gradient_tensor
        return weight_tensor - self.learning_rate * self.v


class Adam:
    def __init__(self, learning_rate, mu, rho):
        self.learning_rate, self.mu, self.rho, self.v, self.r, self.k = learning_rate, mu, rho, 0, 0, 0

    def calculate_update(self, weight_tensor, gradient_tensor):
        self.k += 1
        self.v = self.mu * self.v + (1 - self.mu) * gradient_tensor
        self.r = self.rho * self.r + (1 - self.rho) * gradient_tensor ** 2
        v, r = self.v / (1 - self.mu ** self.k), self.r / (1 - self.rho ** self.k)
        return weight_tensor - self.learning_rate * v / (np.sqrt(r) + 1e-8)
"""


@pytest.mark.parametrize("names", [("mu", "rho"), ("p1", "p2"), ("rho1", "rho2")])
def test_an_object_for_each_parameter_remembers_what_is_its_own(names):
    source = ERLANGEN.replace("mu, rho)", f"{', '.join(names)})").replace(
        "learning_rate, mu, rho, 0, 0", f"learning_rate, {', '.join(names)}, 0, 0"
    )
    found = asked(module_from(source), "SGD", "Adam")
    assert (found.wrong, found.offered) == ({}, {"SGD", "Adam"})
    for pair, case in (("SGD", "-momentum-"), ("SGD", "-plain-"), ("Adam", "-plain-"), ("Adam", "-betas-")):
        assert any(r.offered and case in r.check.id for r in found.results if r.check.pair.name == pair)


@pytest.mark.parametrize(
    ("old", "new", "pair", "case"),
    [
        ("return weight_tensor - self.learning_rate * gradient_tensor", "return weight_tensor + gradient_tensor", "SGD",
         "-plain-"),
        ("self.momentum_rate * self.v + gradient", "self.momentum_rate * self.v - gradient", "SGD", "-momentum-"),
        ("(1 - self.rho ** self.k)", "(1 - self.mu ** self.k)", "Adam", "-plain-"),
        ("self.k += 1", "self.k = 1", "Adam", "-betas-"),
    ],
)  # fmt: skip
def test_a_mistake_in_one_of_them_is_found(old, new, pair, case):
    found = asked(module_from(changed(ERLANGEN, (old, new))), "SGD", "Adam", dtypes=("float64",))
    assert set(found.wrong) == {pair}
    assert any(case in message for message in found.wrong[pair])


LAUSANNE = """
class SGD:
    def __init__(self, params, learning_rate=0.1):
        self.params, self.learning_rate = params, learning_rate

    def step(self):
        for p in self.params:
            p.value {change} self.learning_rate * p.{grad}
"""


@pytest.mark.parametrize("grad", ["grad", "grads"])
def test_parameters_may_be_objects_with_value_and_grad(grad):
    found = asked(module_from(LAUSANNE.format(change="-=", grad=grad)), "SGD")
    assert (found.wrong, found.offered) == ({}, {"SGD"})
    assert set(asked(module_from(LAUSANNE.format(change="+=", grad=grad)), "SGD").wrong) == {"SGD"}


def test_what_such_an_object_has_not_is_not_offered_by_name():
    found = asked(module_from(LAUSANNE.format(change="-=", grad="slope")), "SGD", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, set())
    said = "it asks a parameter for `slope`, which here has data, value, grad and grads: write an adapter"
    assert said in found.reasons


PITTSBURGH = """
class SGD:
    def __init__(self, model, lr=0.1, momentum=0):
        self.l, self.L, self.lr, self.mu = model.layers, len(model.layers), lr, momentum
        self.v_W = [np.zeros(self.l[i].W.shape, dtype="f") for i in range(self.L)]
        self.v_b = [np.zeros(self.l[i].b.shape, dtype="f") for i in range(self.L)]

    def step(self):
        for i in range(self.L):
            self.v_W[i] = self.mu * self.v_W[i] + self.l[i].dLdW
            self.v_b[i] = self.mu * self.v_b[i] + self.l[i].dLdb
            self.l[i].W = self.l[i].W - self.lr * self.v_W[i]
            self.l[i].b = self.l[i].b - self.lr * self.v_b[i]
"""


def test_the_layers_of_a_model_are_stepped_over():
    found = asked(module_from(PITTSBURGH), "SGD")
    assert (found.wrong, found.offered) == ({}, {"SGD"})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.mu * self.v_b[i] + self.l[i].dLdb", "self.mu * self.v_b[i] - self.l[i].dLdb"),
        ("self.l[i].W - self.lr * self.v_W[i]", "self.l[i].W - self.v_W[i]"),
        ("range(self.L):\n            self.v_W", "range(1):\n            self.v_W"),
    ],
)
def test_a_mistake_in_either_part_of_a_layer_is_found(old, new):
    assert set(asked(module_from(changed(PITTSBURGH, (old, new))), "SGD", dtypes=("float64",)).wrong) == {"SGD"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("self.l, self.L", "self.parts, self.l, self.L", "it asks the model for `parts`, which here has layers"),
        (".dLdW", ".momentum_W", "it asks a layer for `momentum_W`, which here has W, b, dLdW, dLdb, dW and db"),
        ("def step(self)", "def step(self, x)", "no method `step` that is called without arguments"),
    ],
)
def test_another_kind_of_model_is_not_offered(old, new, said):
    source = PITTSBURGH.replace(old, new).replace("self.mu = model", "self.mu = model.parts, model")
    source = source if "parts" in new else source.replace("model.parts, ", "")
    found = asked(module_from(source), "SGD", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, set())
    assert any(reason.startswith(said) for reason in found.reasons)


TENSORS = """
class Adam:
    def __init__(self, params, learning_rate=0.001):
        self.params, self.learning_rate = params, learning_rate
        self.m = [p.value.new(p.value.shape).zero_() for p in params]

    def step(self):
        for p, m in zip(self.params, self.m):
            p.value -= self.learning_rate * m.mul_(0.9).add_(0.1 * p.grad)
"""


@pytest.mark.parametrize(("imported", "is_told"), [("del np", True), ("", False)])
def test_code_for_tensors_whose_file_imports_nothing_is_not_offered(imported, is_told):
    """In a file that imports NumPy, an array that has no such method is a mistake."""
    found = asked(module_from(f"{imported}\n{TENSORS}"), "Adam", dtypes=("float64",))
    told = any(reason.startswith("it asks an array for `new`, as if it were a tensor") for reason in found.reasons)
    assert (told, set(found.wrong)) == ((True, set()) if is_told else (False, {"Adam"}))


@pytest.mark.parametrize(
    ("step", "says"),
    [("v / (np.sqrt(r) + eps)", "np.finfo(float).eps"), ("(v + eps) / (np.sqrt(r) + eps)", "added to m as well")],
)
def test_an_epsilon_that_is_float64s_own_is_a_cause_that_is_told(step, says):
    source = changed(ERLANGEN, ("v / (np.sqrt(r) + 1e-8)", step.replace("eps", "np.finfo(float).eps")))
    pair, bench = BY_NAME["Adam"], Workbench(side_of(module_from(source)), torch_side)
    wrong = []
    for case in (case for case in pair.cases if case.name in ("tiny_gradients", "sparse_gradients")):
        trace, expected = bench.recording(pair, case, "float64").anything(), bench.expected(pair, case, "float64")
        wrong.append(Wrong(case, trace, tuple(n for n in expected if not is_right(trace[n], expected[n]))))
    assert says in explain(pair, wrong, bench)[0].says


ONE_ARRAY = """
class Adam:
    def __init__(self, learning_rate=0.001, b1=0.9, b2=0.999, eps=1e-8):
        self.learning_rate, self.b1, self.b2, self.eps, self.t, self.m = learning_rate, b1, b2, eps, 0, None

    def update(self, w, grad_wrt_w):
        if self.m is None:
            self.m, self.v = np.zeros_like(w), np.zeros_like(w)
        self.t += 1
        self.m = self.b1 * self.m + (1 - self.b1) * grad_wrt_w
        self.v = self.b2 * self.v + (1 - self.b2) * grad_wrt_w**2
        m_hat, v_hat = self.m / (1 - self.b1**self.t), self.v / (1 - self.b2**self.t)
        return w - self.learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)


class SGD:
    def __init__(self, lr=0.01):
        self.lr, self.count = lr, 0

    def step(self):
        self.count += 1

    def update(self, param, param_grad, param_name):
        return param - self.lr * param_grad
"""


def test_an_update_without_a_name_has_an_object_for_each_parameter_and_a_step_that_counts_is_none():
    found = asked(module_from(ONE_ARRAY), "Adam", "SGD")
    assert (found.wrong, found.offered) == ({}, {"Adam", "SGD"})
    assert any("step" in message for message in wrong_with(ONE_ARRAY, "1 - self.b1**self.t", "1 - self.b1", "Adam"))
