"""Losses as courses write them: what their arguments and their methods are called, and which arrays they are for."""

import pytest

from strangers.asking import asked, changed, module_from

ERLANGEN = """
class CrossEntropyLoss:
    def forward(self, {output}, label_tensor):
        self.prediction = {output}
        return -np.sum(label_tensor * np.log({output})) / len({output})

    def backward(self, label_tensor):
        return -label_tensor / self.prediction / len(self.prediction)
"""


@pytest.mark.parametrize("output", ["prediction_tensor", "input_tensor", "q"])
def test_a_target_that_is_a_label_tensor_and_that_backward_is_given_alone(output):
    source = ERLANGEN.format(output=output)
    found = asked(module_from(source), "CrossEntropy")
    assert (found.wrong, found.offered) == ({}, {"CrossEntropy"})
    found = asked(module_from(changed(source, ("return -label_tensor /", "return label_tensor /"))), "CrossEntropy")
    assert any("gradient[float64]" in message for message in found.wrong["CrossEntropy"])
    assert not any("value[float64]" in message for message in found.wrong["CrossEntropy"])


SQUARES = """
def mse({first}, {second}):
    difference = {output} - {target}
    return {factor} * (difference ** 2).mean(), 2 * difference / difference.size
"""


@pytest.mark.parametrize(
    ("output", "target"),
    [
        ("predicted_labels", "true_labels"),
        ("model_output", "target_values"),
        ("class_scores", "labelTensor"),
        ("predBatch", "ground_truth"),
        ("output_scores", "target_scores"),
        ("first", "y_label"),
    ],
)
@pytest.mark.parametrize("target_comes_first", [True, False])
def test_the_target_is_told_by_a_part_of_a_name(output, target, target_comes_first):
    first, second = (target, output) if target_comes_first else (output, target)
    names = {"first": first, "second": second, "output": output, "target": target}
    found = asked(module_from(SQUARES.format(factor=1, **names)), "L2", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, {"L2"})
    assert set(asked(module_from(SQUARES.format(factor=2, **names)), "L2", dtypes=("float64",)).wrong) == {"L2"}


def test_arguments_that_do_not_tell_the_target_are_named_as_they_are_written():
    source = SQUARES.format(factor=1, first="left_one", second="right_one", output="left_one", target="right_one")
    reasons = asked(module_from(source), "L2", dtypes=("float64",)).reasons
    assert any(reason.startswith("which of left_one and right_one is the target") for reason in reasons)


PITTSBURGH = """
class MSELoss:
    def forward(self, A, Y):
        self.A, self.Y = A, Y
        {sizes}
        return np.sum((A - Y) * (A - Y)) / (self.N * self.C)

    def backward(self):
        return 2 * (self.A - self.Y) / (self.N * self.C)
"""
UNPACKED = "self.N, self.C = A.shape"
READ = "self.N, self.C = A.shape[0], A.shape[1] if A.ndim < 3 else A[:, 0, 0, 0]"
REFUSED = """if A.ndim != 2:
            raise ValueError("rows only")
        self.N, self.C = A.shape"""


@pytest.mark.parametrize("sizes", [UNPACKED, READ, REFUSED])
def test_a_loss_for_rows_is_not_offered_for_other_arrays(sizes):
    found = asked(module_from(PITTSBURGH.format(sizes=sizes)), "L2")
    assert (found.wrong, found.offered) == ({}, {"L2"})
    assert {reason.partition(":")[0] for reason in found.reasons} == {"arrays of 1 axis", "arrays of 3 axes"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (UNPACKED, "self.N, self.C, _ = A.shape", "not enough values to unpack"),
        (UNPACKED, "self.N, self.C = A.shape[1], A.shape[2]", "tuple index out of range"),
        ("2 * (self.A", "(self.A", "gradient[float64]"),
        ("/ (self.N * self.C)\n\n", "/ (self.N * self.C) / self.N\n\n", "value[float64]"),
    ],
)
def test_what_is_wrong_for_rows_stays_a_failure(old, new, said):
    source = changed(PITTSBURGH.format(sizes=UNPACKED), (old, new))
    wrong = asked(module_from(source), "L2", dtypes=("float64",)).wrong["L2"]
    assert any("n4_d3" in message and said in message for message in wrong)


PRIMES = """
class LossMSE:
    def loss(self, predictions, targets):
        self.difference = predictions - targets
        return (self.difference ** 2).mean()

    def {name}(self{arguments}):
        return 2 * ({difference}) / {difference}.size
"""
KEPT, GIVEN = ("", "self.difference"), (", predictions, targets", "(predictions - targets)")


@pytest.mark.parametrize("name", ["loss_prime", "dloss", "d_loss", "derivative", "loss_derivative", "backward_pass"])
@pytest.mark.parametrize(("arguments", "difference"), [KEPT, GIVEN])
def test_the_gradient_of_a_method_loss_by_whatever_name(name, arguments, difference):
    source = PRIMES.format(name=name, arguments=arguments, difference=difference)
    found = asked(module_from(source), "L2", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, {"L2"})
    wrong = asked(module_from(changed(source, ("return 2 *", "return -2 *"))), "L2", dtypes=("float64",)).wrong["L2"]
    assert any("gradient[float64]" in message for message in wrong)


EACH = """
class {name}:
    def forward(self, x, y):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p, self.y = e / e.sum(axis=1, keepdims=True), y
        return -(y * np.log(self.p)).sum(axis=1)

    def derivative(self):
        return self.p - self.y
"""


@pytest.mark.parametrize("name", ["SoftmaxCrossEntropy", "CrossEntropyLoss"])
def test_one_loss_for_each_example_is_told_in_a_sentence(name):
    """Whatever it is called, the softmax inside is seen."""
    found = asked(module_from(EACH.format(name=name)), "CrossEntropy", "SoftmaxCrossEntropy", dtypes=("float64",))
    assert set(found.wrong) == {"SoftmaxCrossEntropy"}
    said = "it gives one loss for each example, where PyTorch's default is their mean"
    assert any("n4_c3-value[float64]" in m and said in m for m in found.wrong["SoftmaxCrossEntropy"])
    assert not any("ValueError" in message for message in found.wrong["SoftmaxCrossEntropy"])


@pytest.mark.parametrize(("imported", "is_told"), [("del np", True), ("", False)])
def test_a_loss_for_tensors_whose_file_imports_nothing_is_not_offered(imported, is_told):
    source = SQUARES.format(factor=1, first="output", second="target", output="output", target="target.float()")
    source = source.replace("target.float())", "target)")
    found = asked(module_from(f"{imported}\n{source}"), "L2", dtypes=("float64",))
    told = any(reason.startswith("it asks an array for `float`, as if it were a tensor") for reason in found.reasons)
    assert (told, set(found.wrong)) == ((True, set()) if is_told else (False, {"L2"}))
