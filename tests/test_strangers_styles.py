"""Styles found in the wild: each module of strangers/ is recognised; what is right passes, what is not is named."""

from pathlib import Path

import pytest

from parity_tests.subjects.stranger.options import Options
from strangers.asking import asked, module_from

HERE = Path(__file__).parent / "strangers"


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("parameter_objects", {"FullyConnected", "BatchNorm", "Dropout", "L2", "SGD"}),
        ("lists", {"FullyConnected", "Sigmoid", "SGD", "Adam", "Exponential", "xavier_uniform", "he_normal"}),
        ("keras_like", {"FullyConnected", "Conv2D", "Pool2D", "BatchNorm", "Dropout", "CrossEntropy", "L2"}),
        ("arrays_given", {"FullyConnected", "ReLU", "SoftmaxCrossEntropy", "L2"}),
    ],
)
def test_it_is_recognised_and_passes(name, offered):
    found = asked(HERE / f"{name}.py")
    assert found.wrong == {}
    assert found.offered == offered


def test_a_book_scales_its_dropout_at_evaluation_and_keeps_the_rate_inside_the_velocity():
    """Both are told; all else of the book's passes."""
    found = asked(HERE / "dlfs.py", dtypes=("float64",))
    assert set(found.wrong) == {"Dropout", "SGD"}
    assert all("changed_rate" in message for message in found.wrong["SGD"])
    assert {"FullyConnected", "Conv2D", "Pool2D", "ReLU", "Sigmoid", "SoftmaxCrossEntropy"} <= found.offered


def test_a_course_stores_the_biased_variance_and_is_right_otherwise():
    found = asked(HERE / "cs231n.py", dtypes=("float64",))
    assert set(found.wrong) == {"BatchNorm"}
    assert all("running_var" in m or "evaluation" in m for m in found.wrong["BatchNorm"])


@pytest.mark.parametrize(
    ("name", "pair", "note"),
    [
        ("berkeley", "Pool2D", "its stride is 1 unless told; PyTorch's is the size of the window, which is given"),
        ("keras_like", "BatchNorm", "its momentum is taken to weigh the old statistics"),
        ("cs231n", "BatchNorm", "its momentum is taken to weigh the old statistics"),
        ("cs231n", "Dropout", "its p is the probability of keeping"),
        ("channels_first", "BatchNorm", ""),
        ("channels_first", "Pool2D", ""),
    ],
)
def test_a_convention_that_was_translated_is_noted(name, pair, note):
    found = asked(HERE / f"{name}.py", pair, dtypes=("float64",))
    assert [said[: len(note)] for said in found.notes] == ([note] if note else [])


DROPOUT = """
{imports}
class Dropout:
    def __init__(self, {argument}):
        self.p = {p}
        {more}

    def forward(self, x, training=True):
        self.mask = np.ones_like(x)
        if training:
            kept = {kept}
            self.mask = np.asarray(kept).astype(x.dtype) / max(1 - self.p, 1e-300)
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask
"""
LOOP = "np.array([float(random.random() >= self.p) for _ in range(x.size)]).reshape(x.shape)"


@pytest.mark.parametrize(
    ("kept", "more", "imports"),
    [
        ("np.random.rand(*x.shape) >= self.p", "", ""),
        ("np.random.rand(*x.shape) < 1 - self.p", "", ""),
        ("np.random.random(x.shape) > self.p", "", ""),
        ("np.random.uniform(0, 1, x.shape) >= self.p", "", ""),
        ("np.random.binomial(1, 1 - self.p, size=x.shape)", "", ""),
        ("np.random.choice([0, 1], size=x.shape, p=[self.p, 1 - self.p])", "", ""),
        ("np.random.choice([True, False], size=x.shape, p=[1 - self.p, self.p])", "", ""),
        ("~np.random.choice([True, False], size=x.shape, p=[self.p, 1 - self.p])", "", ""),
        ("np.random.default_rng().random(x.shape) >= self.p", "", ""),
        ("self.rng.random(x.shape) >= self.p", "self.rng = np.random.default_rng(0)", ""),
        ("self.rng.uniform(size=x.shape) >= self.p", "self.rng = np.random.RandomState(0)", ""),
        ("self.rng.binomial(1, 1 - self.p, x.shape)", "self.rng = np.random.default_rng(0)", ""),
        ("generator.random(x.shape) >= self.p", "", "generator = np.random.default_rng(0)"),
        ("rand(*x.shape) >= self.p", "", "from numpy.random import rand"),
        ("np.stack([np.random.rand(*row.shape) for row in x]) >= self.p", "", ""),
        (LOOP, "", "import random"),
    ],
)
def test_a_dropout_may_draw_from_any_source(kept, more, imports):
    source = DROPOUT.format(argument="p", p="p", kept=kept, more=more, imports=imports)
    found = asked(module_from(source), "Dropout")
    assert found.wrong == {}
    assert found.offered == {"Dropout"}
    assert found.reasons == set()


def test_a_probability_of_keeping_is_told_by_its_name_and_noted():
    kept = "np.random.rand(*x.shape) < 1 - self.p"
    source = DROPOUT.format(argument="keep_prob", p="1 - keep_prob", kept=kept, more="", imports="")
    found = asked(module_from(source), "Dropout")
    assert found.wrong == {}
    assert [note[:48] for note in found.notes] == ["its keep_prob is the probability of keeping, so "]


def test_a_dropout_that_draws_in_an_unknown_way_is_not_offered_with_the_cure():
    source = DROPOUT.format(argument="p", p="p", kept="np.random.permutation(x.size).reshape(x.shape) >= 0", more="",
                            imports="")  # fmt: skip
    kept = "self.rng.normal(size=x.shape) > 0"
    more = "self.rng = np.random.default_rng(0)"
    for text in (source, DROPOUT.format(argument="p", p="p", kept=kept, more=more, imports="")):
        found = asked(module_from(text), "Dropout", dtypes=("float64",))
        assert not any("AttributeError" in message for messages in found.wrong.values() for message in messages)
    assert any("draw by random, uniform, binomial" in reason for reason in found.reasons)


LOSS = """
class MSE:
    def forward(self, {first}, {second}):
        return (({first} - {second}) ** 2).mean()

    def backward(self, {back_first}, {back_second}):
        return 2 * ({output} - {target}) / {output}.size
"""


@pytest.mark.parametrize(
    ("target", "output"),
    [("y", "y_hat"), ("y_true", "y_pred"), ("target", "prediction"), ("t", "y"), ("labels", "out"), ("y", "x")],
)
@pytest.mark.parametrize("order", [(0, 1, 0, 1), (1, 0, 1, 0), (0, 1, 1, 0)])
def test_which_argument_is_the_target_is_told_by_name_in_each_method(target, output, order):
    names = [(target, output)[i] for i in order]
    keys = ("first", "second", "back_first", "back_second")
    source = LOSS.format(**dict(zip(keys, names, strict=True)), output=output, target=target)
    found = asked(module_from(source), "L2")
    assert found.wrong == {}
    assert found.offered == {"L2"}


def test_names_that_do_not_tell_the_target_are_not_offered():
    source = LOSS.format(first="u", second="v", back_first="u", back_second="v", output="u", target="v")
    found = asked(module_from(source), "L2")
    assert found.offered == set()
    assert "which of u and v is the target cannot be told" in " ".join(found.reasons)


def test_what_it_needs_and_nobody_knows_is_not_offered_by_name():
    source = """
class Dense:
    def __init__(self, n_in, n_out, scheduler):
        pass
"""
    found = asked(module_from(source), "FullyConnected")
    assert found.offered == set()
    assert "Dense needs scheduler, which this suite has no value for: write an adapter" in found.reasons


FLATTEN = """
class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1)
    def backward(self, dout):
        return dout.reshape(self.shape)
"""


@pytest.mark.parametrize("images", [None, "NHWC", "NCHW"])
def test_the_order_of_images_can_be_told_where_looking_cannot(images):
    """A flatten takes either: both are right, each in its order, and features come in the order that goes with it."""
    assert asked(module_from(FLATTEN), "Flatten", options=Options(images=images)).wrong == {}


@pytest.mark.parametrize(("meaning", "is_right"), [("keep", True), ("drop", False), (None, False)])
def test_what_p_means_can_be_told(meaning, is_right):
    kept = "np.random.rand(*x.shape) < 1 - self.p"
    source = DROPOUT.format(argument="p", p="1 - p", kept=kept, more="", imports="")
    found = asked(module_from(source), "Dropout", options=Options(dropout_p=meaning))
    assert (found.wrong == {}) is is_right


HOLDING = """
class SGD:
    def __init__(self, params, lr=0.01):
        self.params, self.lr = params, lr

    def step(self, grads):
        for k in {keys}:
            self.params[k] {change} self.lr * grads[k]
"""


@pytest.mark.parametrize("keys", ["self.params", "range(len(self.params))"], ids=["dicts", "lists"])
def test_an_optimiser_that_holds_the_parameters_and_is_given_the_gradients(keys):
    for change in ("-=", "= self.params[k] -"):
        found = asked(module_from(HOLDING.format(keys=keys, change=change)), "SGD", dtypes=("float64",))
        assert (found.wrong, found.offered) == ({}, {"SGD"})
    found = asked(module_from(HOLDING.format(keys=keys, change="+=")), "SGD", dtypes=("float64",))
    assert set(found.wrong) == {"SGD"}
