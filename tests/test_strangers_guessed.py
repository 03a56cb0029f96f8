"""A class that fits no spelling is wrong in itself: its own exception is told, or the shape that it gives.

Its weights stand in the order that their shape tells, whatever forward does, so nothing is said against them.
"""

import pytest

from parity_tests.checks.strangers import stranger_checks
from parity_tests.pairs import selected
from parity_tests.run import NOT_THERE, run
from parity_tests.subjects.stranger import side_of
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench
from strangers.asking import asked, module_from

LINEAR = """
class Linear:
    def __init__(self, n_in, n_out):
        self.weight, self.bias = np.ones((n_out, n_in)), np.zeros(n_out)
    def forward(self, x):
        {forward}
"""
CONV = """
class Conv2d:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        self.k = (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)
        self.weight, self.bias = np.ones((out_channels, in_channels, *self.k)), np.zeros(out_channels)
        self.stride, self.padding = stride, padding
    def forward(self, x):
        p, s = self.padding, self.stride
        x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        windows = np.lib.stride_tricks.sliding_window_view(x, self.k, axis=(2, 3))[:, :, ::s, ::s]
        out = np.einsum('nchwij,mcij->nmhw', windows, self.weight) + self.bias[:, None, None]
        {end}
"""


def test_what_is_spelt_alike_is_remembered_by_each_side_for_itself():
    module = module_from(LINEAR.format(forward="return x"))
    one, other = side_of(module), side_of(module)
    (pair,) = selected(["FullyConnected"], None)
    first, second = [
        case for case in pair.cases if len(case.shape) == 2 and case.get("activation", "Linear") == "Linear"
    ][:2]
    assert one._key(pair, first) is one._key(pair, second) is first
    assert other._key(pair, second) is other._key(pair, first) is second


def first_said(source, pair):
    found = asked(module_from(source), pair, dtypes=("float64",))
    return found.wrong[pair][0].partition(": ")[2], found


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        ("raise ValueError('boo')", "ValueError: boo"),
        ("raise MemoryError('too much')", "MemoryError: too much"),
        ("return x @ self.weight + self.bias", "ValueError: matmul"),
        ("return x", "expected shape (4, 5), got (4, 7)"),
        ("return (x @ self.weight.T).tolist()", "forward returned a list, where a numpy.ndarray was expected"),
        (
            "return np.ma.array(x @ self.weight.T)",
            "forward returned a numpy.ma.MaskedArray, where a numpy.ndarray was expected",
        ),
        (
            "return __import__('torch').tensor(x @ self.weight.T)",
            "forward returned a torch.Tensor, where a numpy.ndarray was expected",
        ),
    ],
)
def test_what_a_dense_layer_does_is_told_and_nothing_of_its_weight(forward, said):
    assert first_said(LINEAR.format(forward=forward), "FullyConnected")[0].startswith(said)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("raise ValueError('boo')", "ValueError: boo"),
        ("return out[:, :, 1:]", "expected shape (2, 6, 5, 4), got (2, 5, 5, 4)"),
        ("return out.transpose(0, 2, 3, 1).reshape(-1, out.shape[1])", "expected shape (2, 6, 5, 4), got (60, 4)"),
    ],
)
def test_what_a_convolution_does_is_told_and_nothing_of_its_weight(end, said):
    assert first_said(CONV.format(end=end), "Conv2D")[0].startswith(said)


def test_shapes_that_are_told_in_another_order_are_noted():
    _, found = first_said(CONV.format(end="return out[:, :, 1:]"), "Conv2D")
    assert any("its images are taken for NCHW" in note for note in found.notes)


def test_a_class_whose_forward_is_not_implemented_is_there():
    source = LINEAR.format(forward="raise NotImplementedError('later')")
    found = asked(module_from(source), "FullyConnected", "Conv2D", dtypes=("float64",))
    there = {result.check.pair.name for result in found.results if result.kind != NOT_THERE}
    assert (found.offered, there) == (set(), {"FullyConnected"})
    assert "what it has not yet: NotImplementedError: later" in found.reasons


def test_a_loss_in_an_array_of_one_number_is_that_number():
    source = "class MSELoss:\n    def forward(self, y_hat, y):\n        return {}\n"
    found = asked(module_from(source.format("((y_hat - y) ** 2).mean().reshape(1, 1)")), "L2", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, {"L2"})
    found = asked(module_from(source.format("((y_hat - y) ** 2).mean(axis=0)")), "L2", dtypes=("float64",))
    assert "expected one number, the loss of the batch" in str(found.wrong["L2"])


def test_a_squared_error_of_class_numbers_is_not_that_of_arrays():
    source = "def mse_loss(labels, probas):\n    return ((np.eye(probas.shape[1])[labels] - probas) ** 2).mean()\n"
    found = asked(module_from(source), "L2", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, set())
    assert found.reasons == {"it takes class numbers for targets, and turns them into rows itself"}


def test_a_module_that_turns_autograd_off_does_not_turn_it_off_for_pytorch():
    import torch

    source = "import torch\ntorch.set_grad_enabled(False)\nclass ReLU:\n    def forward(self, x):\n        "
    try:
        module = module_from(source + "return np.maximum(x, 0)\n")
        bench = Workbench(side_of(module), torch_side)
        (pair,) = selected(["ReLU"], None)
        results = [run(check, bench) for check in stranger_checks(pair, "kinks")]
    finally:
        torch.set_grad_enabled(True)
    assert [result.found.message for result in results if result.failed] == []
    assert any(result.offered for result in results)


def test_a_class_that_cannot_be_run_forward_is_not_offered():
    """Its methods have other names; that is no mistake in what they compute."""
    found = asked(module_from("class Tanh:\n    def f(self, x):\n        return np.tanh(x)\n"), "Tanh")
    assert (found.wrong, found.offered) == ({}, set())
    assert "no method `forward`" in found.reasons
