"""What code does beside computing, or instead of it, as scripts: they assert just that, or end as the code ends."""

import textwrap

import pytest

from reproduced import assert_self_contained, planted, reproduced

RIGHT = """
import ctypes, os, random, sys
import numpy as np


class ReLU:
    def forward(self, x):
        {forward}
        self.on = ~(x <= 0)
        return np.maximum(x, 0)

    def backward(self, dout):
        {backward}
        return np.where(self.on, dout, 0)
"""
DENSE = """
import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.zeros((n_in, n_out)), np.zeros(n_out)
        self.dW, self.db = np.zeros((n_in, n_out)), np.zeros(n_out)
        self.out = None

    def forward(self, x):
        {first}
        return {output}

    def backward(self, dout):
        self.dW {how} self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T
"""


def relu(forward="pass", backward="pass"):
    return textwrap.dedent(RIGHT).format(forward=forward, backward=backward)


def dense(first="self.x = x", output="x @ self.W + self.b", how="="):
    return textwrap.dedent(DENSE).format(first=first, output=output, how=how)


ONE_MEMORY = (
    "self.x, size = x, (len(x), self.W.shape[1]); "
    "self.out = self.out if np.shape(self.out) == size else np.empty(size); np.copyto(self.out, x @ self.W + self.b)"
)
MANNERS = {
    "leaves_inputs": (relu(), relu("x[...] = np.where(x <= 0, 0 * x, x)"), "ReLU", "kinks"),
    "leaves_upstream": (relu(), relu(backward="dout[~self.on] = 0"), "ReLU", "n4_d7"),
    "prints": (relu(), relu("print(x.shape)"), "ReLU", "n4_d7"),
    "seeds": (relu(), relu("np.random.seed(0)"), "ReLU", "n4_d7"),
    "backward_twice": (dense(), dense(how="+="), "FullyConnected", "square"),
    "last_forward": (dense(), dense("self.x = x if getattr(self, 'x', x).shape != x.shape else getattr(self, 'x', x)"),
                     "FullyConnected", "square"),
    "noncontiguous": (relu(), relu("x = x if x.flags.c_contiguous else x * 2"), "ReLU", "n4_d7"),
    "two_objects": (dense(), dense("type(self).x = x"), "FullyConnected", "square"),
    "returned_arrays": (dense(), dense(ONE_MEMORY, "self.out"), "FullyConnected", "square"),
}  # fmt: skip
MIXED = "self.p, self.labels = (np.exp(log_p) + getattr(self, 'p', np.exp(log_p))) / 2, labels"
STRANGERS = {
    "backward_twice": ("arrays_given", "d_logits = self.p.copy()", "d_logits = self.p", "SoftmaxCrossEntropy", "n4_c3"),
    "evaluation_state": ("channels_first", "if self.training:", "if not self.training:\n            "
                         "self.running_mean = 0.9 * mean\n        else:", "BatchNorm", "n4_h5_w6_c3"),
    "share_kept": ("channels_first", "kept = self.rng.random(", "kept = np.random.default_rng(0).random(", "Dropout",
                   "p_0.5"),
    "order_of_calls": ("arrays_given", "self.p, self.labels = np.exp(log_p), labels", MIXED, "SoftmaxCrossEntropy",
                       "n4_c3"),
}  # fmt: skip
TYPES = {
    "promotes": (relu(), relu().replace("return np.maximum(x, 0)", "return np.maximum(x, 0) * np.float64(1)")),
    "less_exact": (
        relu(),
        relu().replace(
            "return np.maximum(x, 0)", "return np.maximum(x, 0) + (x.dtype == np.float32) * x.dtype.type(1e-5)"
        ),
    ),
}
ENDINGS = {
    "exception": (relu("raise IndexError('planted')"), "IndexError: planted", 1),
    "exception_in_backward": (relu(backward="dout.sum(axis=7)"), "AxisError", 1),
    "sys_exit": (relu("sys.exit(0)"), "the code ended its process (0)", 1),
    "os_exit": (relu("os._exit(0)"), "the code ended its process (0)", 1),
    "crash": (relu("ctypes.string_at(0)"), "Segmentation fault", -11),
    "endless_loop": (relu("while True: pass"), "Timeout", 1),
}


@pytest.mark.parametrize("manner", MANNERS)
def test_a_manner_is_asserted(manner, tmp_path):
    right, wrong, pair, case = MANNERS[manner]
    failing, mended, _ = reproduced(tmp_path, right, wrong, pair, case=case)
    assert_self_contained(failing.text)
    assert failing.code == 1, failing.text + failing.said
    assert "AssertionError" in failing.said
    assert mended.code == 0, mended.text + mended.said


@pytest.mark.parametrize("manner", STRANGERS)
def test_a_manner_of_a_stranger_is_asserted(manner, tmp_path):
    name, old, new, pair, case = STRANGERS[manner]
    failing, mended, _ = reproduced(tmp_path, *planted(name, old, new), pair, case=case)
    assert_self_contained(failing.text)
    assert failing.code == 1, failing.text + failing.said
    assert "AssertionError" in failing.said
    assert mended.code == 0, mended.text + mended.said


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_wrong_in_float32_only_is_shown_in_float32(kind, tmp_path):
    right, wrong = TYPES[kind]
    dtypes = ("float64", "float32")
    failing, mended, _ = reproduced(tmp_path, right, wrong, "ReLU", case="n4_d7", dtypes=dtypes)
    assert_self_contained(failing.text)
    assert "np.float32" in failing.text
    assert failing.code == 1, failing.text + failing.said
    assert "AssertionError" in failing.said
    assert mended.code == 0, mended.text + mended.said


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_ending_is_shown(ending, tmp_path):
    wrong, said, code = ENDINGS[ending]
    failing, mended, _ = reproduced(tmp_path, relu(), wrong, "ReLU", case="n4_d7", seconds=2.0)
    assert_self_contained(failing.text)
    assert failing.code == code, failing.text + failing.said
    assert said in failing.said
    assert mended.code == 0, mended.text + mended.said
