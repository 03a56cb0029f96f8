"""Mistakes as people write them, in modules whose images are (N, C, H, W) or whose manner is Keras's: each is told by
what it is. (test_strangers_planted.py plants what goes wrong in our own code, and dresses it.)"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from parity_tests import judge
from parity_tests.checks.strangers import stranger_checks
from parity_tests.mutate import Borrowed
from parity_tests.pairs import BY_NAME
from parity_tests.run import run
from parity_tests.stranger_report import explained
from parity_tests.subjects.stranger import side_of
from parity_tests.subjects.stranger.options import TOLD_BY_LOOKING
from strangers.asking import changed, module_from, reference

HERE = Path(__file__).parent / "strangers"
TORCH, TRAINING, KERAS, TORCH7, TUTORIAL = ((HERE / f"{name}.py").read_text() for name in (
    "channels_first", "channels_first_training", "keras_like", "torch7", "tutorial"))  # fmt: skip

GRADIENT_BACK = "return grad[:, :, ph : grad.shape[2] - ph, pw : grad.shape[3] - pw]"
PADDED = "self.x_padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))"
WINDOWS = "self.windows = sliding_window_view(self.x_padded, self.weight.shape[2:], axis=(2, 3))"
DRAWN = "self.rng.random(x.shape) >= self.p"
FLAT, UNFLAT = "return x.reshape(len(x), -1)", "return grad_output.reshape(self.shape)"
UPDATED = "params[name] = param - self.lr * m / (np.sqrt(v) + self.eps)"


def hwc(x: str) -> str:
    return f"({x}.transpose(0, 2, 3, 1) if {x}.ndim == 4 else {x})"


def back_from_hwc(rows: str) -> str:
    images = f"{rows}.reshape(*np.array(self.shape)[[0, 2, 3, 1]]).transpose(0, 3, 1, 2)"
    return f"{images} if len(self.shape) == 4 else {rows}.reshape(self.shape)"


CONVOLUTION = [
    ("the padding reflects the image", [(PADDED, PADDED[:-1] + ', mode="reflect")')]),
    ("all of the padding is at the bottom and right", [(PADDED, PADDED.replace("(ph, ph), (pw, pw)",
                                                                               "(0, 2 * ph), (0, 2 * pw)"))]),
    ("dW is that of the last window alone", [('self.windows, grad_output,', "self.windows[:, :, -1:, -1:], "
                                                                             "grad_output[:, :, -1:, -1:],")]),
    ("dW is that of the last image alone", [('self.windows, grad_output,', "self.windows[-1:], grad_output[-1:],")]),
    ("the stride is ignored in dW", [('self.windows, grad_output,', "sliding_window_view(self.x_padded, self.weight"
      ".shape[2:], axis=(2, 3))[:, :, : grad_output.shape[2], : grad_output.shape[3]], grad_output,")]),
    ("the stride is ignored in dX", [("grad[:, :, i : i + sh * height : sh, j : j + sw * width : sw]",
                                      "grad[:, :, i : i + height, j : j + width]")]),
    ("forward reads the first channel of X alone", [('np.einsum("nchwij,mcij->nmhw", self.windows, self.weight,',
      'np.einsum("nchwij,mcij->nmhw", self.windows[:, :1], self.weight[:, :1],')]),
    ("the padding is cut from dX at the bottom and right only",
     [(GRADIENT_BACK, "return grad[:, :, : grad.shape[2] - 2 * ph, : grad.shape[3] - 2 * pw]")]),
]  # fmt: skip
POOLING = [
    ("the maximum's number in its window is counted down",
     [("self.first // self.kernel[1]", "self.first % self.kernel[0]"),
      ("self.first % self.kernel[1]", "self.first // self.kernel[0]")]),
    ("the stride is 2 by default", [("self.kernel if stride is None else", "(2, 2) if stride is None else")]),
    ("the minimum of the window is taken", [("flat.argmax(-1)", "flat.argmin(-1)"), ("=-np.inf", "=np.inf")]),
    ("the maximum's gradient goes to the first place of the window",
     [("np.add.at(grad, (n, c, rows, columns)", "np.add.at(grad, (n, c, i * self.stride[0], j * self.stride[1])")]),
]  # fmt: skip
BATCH_NORM = [
    ("forward normalises each image by itself, channel by channel",
     [("x.mean(self.axes), x.var(self.axes)", "x.mean((2, 3), keepdims=True), x.var((2, 3), keepdims=True)"),
      ("m * mean\n", "m * mean.mean(0).ravel()\n"), ("m * var * n / (n - 1)", "m * var.mean(0).ravel() * n / (n - 1)"),
      ("self.std = np.sqrt(var + np.asarray(self.eps, x.dtype)).reshape(self.shape)",
       "self.std = np.sqrt(var.reshape(len(var) if var.ndim == 4 else 1, -1, 1, 1) + self.eps)"),
      ("mean.reshape(self.shape)) / self.std",
       "mean.reshape(len(mean) if mean.ndim == 4 else 1, -1, 1, 1)) / self.std")]),
    ("running_var is corrected by N / (N - 1)", [("x.size // x.shape[1]", "len(x)")]),
    ("a running_mean of zeros is replaced by the batch's",
     [("= (1 - m) * self.running_mean + m * mean",
       "= (1 - m) * self.running_mean + m * mean if self.running_mean.any() else mean")]),
    ("running statistics whose mean is 0 are replaced by the batch's",
     [("n, m = x.size // x.shape[1], self.momentum",
       "n, m = x.size // x.shape[1], self.momentum if self.running_mean.any() else 1.0")]),
    ("running_var keeps the deviation", [("m * var * n / (n - 1)", "m * np.sqrt(var)")]),
    ("dgamma is Σ dY gamma x̂", [("(grad_output * self.x_hat).sum",
                                  "(grad_output * self.weight.reshape(self.shape) * self.x_hat).sum")]),
    ("and running_var corrected by m / (m - 1) once more",
     [("x.var(self.axes)", "x.var(self.axes, ddof=1)")]),
]  # fmt: skip
DROPOUT = [
    ("backward draws a new mask", [("return grad_output * self.factors", "return grad_output * "
      "(self.rng.random(grad_output.shape) >= self.p) / (1 - self.p if self.p < 1 else 1)")]),
    ("backward draws a new mask", [("return grad_output * self.factors", "return grad_output * "
      "(self.rng.random(grad_output.shape) > self.p) / (1 - self.p)")]),  # in evaluation too, and 0 / 0 for p = 1
    ("one mask is drawn for all examples", [(DRAWN, DRAWN.replace("x.shape", "x.shape[1:]"))]),
    ("whole examples are dropped", [(DRAWN, DRAWN.replace("x.shape", "(len(x), *[1] * (x.ndim - 1))"))]),
    ("whole channels are dropped", [(DRAWN, DRAWN.replace("x.shape", "(*x.shape[:2], *[1] * (x.ndim - 2))"))]),
    ("numbers are dropped in evaluation too", [("if self.training else np.ones(x.shape, bool)", "if True else 0"),
                                               ("if self.training and self.p < 1", "if self.p < 1")]),
    ("numbers are kept with probability p", [(DRAWN, DRAWN.replace(">=", "<"))]),
]  # fmt: skip
FLATTEN = [
    ("forward puts the features in the order (h, w, c), not (c, h, w)",
     [(FLAT, FLAT.replace("x.", f"{hwc('x')}.", 1))]),
    ("backward takes the features in the order (h, w, c), not (c, h, w)",
     [(UNFLAT, f"return {back_from_hwc('grad_output')}")]),
    ("the features stand in the order (h, w, c), not (c, h, w)",
     [(FLAT, FLAT.replace("x.", f"{hwc('x')}.", 1)), (UNFLAT, f"return {back_from_hwc('grad_output')}")]),
    ("an order with height and width exchanged",
     [(FLAT, FLAT.replace("x.", "(x.transpose(0, 1, 3, 2) if x.ndim == 4 else x).", 1))]),
    ("the features stand in column order, Fortran's, not (c, h, w)",
     [(FLAT, FLAT.replace("-1)", '-1, order="F")')), (UNFLAT, UNFLAT.replace(")", ', order="F")'))]),
    ("rows of N numbers, as if the batch were the last axis", [(FLAT, "return x.reshape(-1, len(x)).T")]),
]  # fmt: skip
OPTIMIZERS = [
    ("SGD", "the velocity begins anew at every step", [("self.velocities.get(name, 0)", "0")]),
    ("SGD", "the first velocity is 0", [("self.velocities.get(name, 0) + grad",
                                         "self.velocities.get(name, 0) + grad * (name in self.velocities)")]),
    ("Adam", "the second moment averages (g - m)²", [("grad**2", "(grad - self.m[name]) ** 2")]),
    ("Adam", "the step looks ahead", [("self.m[name] / (1", "(b1 * self.m[name] + (1 - b1) * grad) / (1")]),
    ("Adam", "the learning rate is divided by sqrt(t)", [(UPDATED, UPDATED.replace("* m", "/ np.sqrt(self.t) * m"))]),
    ("Adam", "the step divides by the largest root so far",
     [("m, v = self", "self.largest = getattr(self, 'largest', {})\n            "
       "self.largest[name] = np.maximum(self.largest.get(name, 0), self.v[name])\n            m, v = self"),
      ("self.v[name] / (1 - b2", "self.largest[name] / (1 - b2")]),
    ("AdamW", "weight decay is coupled as well", [("grad = grads[name]\n            if", "grad = grads[name] + "
                                                   "self.weight_decay * param\n            if")]),
]  # fmt: skip
LOSS = [
    ("softmax is taken over the batch, not over the classes",
     [("input.max(1, keepdims=True)", "input.max(0)"), ("np.exp(shifted).sum(1, keepdims=True)",
                                                       "np.exp(shifted).sum(0)")]),
    ("the logarithm is missing in the value", [("return -log_p[", "return -self.p[")]),
]  # fmt: skip
OF_KERAS = [
    ("Conv2D", "'same' pads k // 2 on both sides", [("((k - 1) // 2, k // 2)", "(k // 2, k // 2)")]),
    ("Pool2D", "the last of tied maxima gets the gradient",
     [("flat.argmax(axis=-1)", "flat.shape[-1] - 1 - flat[..., ::-1].argmax(axis=-1)")]),
    ("BatchNorm", "eps is 1e-3 by default", [("epsilon=1e-5", "epsilon=1e-3")]),
]  # fmt: skip
OF_TORCH7 = [
    ("LeakyReLU", "the slope is 0.03 by default", [("slope=0.01", "slope=0.03")]),
    ("Adam", "eps is added before the bias correction", []),
    ("SGD", "the learning rate is inside the velocity", []),
    ("Conv2D", "without turning the kernel", [("self.W[:, :, ::-1, ::-1]", "self.W")]),
]
OF_TUTORIAL = [
    ("FullyConnected", "dX is taken after the step",
     [("return input_gradient", "return output_gradient @ self.weights.T")]),
]  # fmt: skip
WRONG = [
    *(("Conv2D", TORCH, *row) for row in CONVOLUTION),
    *(("Pool2D", TORCH, *row) for row in POOLING),
    *(("BatchNorm", TORCH, *row) for row in BATCH_NORM),
    *(("Dropout", TORCH, *row) for row in DROPOUT),
    *(("Flatten", TORCH, *row) for row in FLATTEN),
    *(("SoftmaxCrossEntropy", TRAINING, *row) for row in LOSS),
    *((pair, TRAINING, *row) for pair, *row in OPTIMIZERS),
    *((pair, KERAS, *row) for pair, *row in OF_KERAS),
    *((pair, TORCH7, *row) for pair, *row in OF_TORCH7),
    *((pair, TUTORIAL, *row) for pair, *row in OF_TUTORIAL),
]

NAMES = [f"{number}-{row[0]}-{row[2]}" for number, row in enumerate(WRONG)]


@pytest.mark.parametrize(("pair", "source", "says", "changes"), WRONG, ids=NAMES)
def test_it_is_told_by_what_it_is(pair, source, says, changes):
    pair = BY_NAME[pair]
    bench = Borrowed(side_of(module_from(changed(source, *changes)), TOLD_BY_LOOKING), reference())
    results = judge.noted(run(check, bench) for check in stranger_checks(pair, dtypes=("float64",)))
    traces = {case.name: bench.actual(pair, case, "float64") for case in pair.cases}
    (finding,) = judge.findings(results, {pair.name: traces}, partial(explained, reference=reference()))
    assert says in next((one.says for one in finding.explanations), ""), finding
