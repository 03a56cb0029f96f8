"""What PyTorch does and where our own right line stands, for every quantity of every pair.

A stage's other quantities fall back to the pair's first line; a pair that is not listed has none.
"Pool2D average" is the pair in the cases of that mode alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from parity_tests.explain.source import Reference
from parity_tests.pair import Case

REFERENCES: dict[tuple[str, str], Reference] = {
    ("Linear", "output"): Reference("nn.Identity returns its input.", "activations.py", "y = x, the activation of"),
    ("ReLU", "output"): Reference("ReLU is max(x, 0), and NaN passes.", "activations.py", "np.clip(X, 0, np.inf"),
    ("ReLU", "input_gradient"): Reference(
        "dX is dY where x > 0; at exactly 0 it is 0.", "activations.py", "self._on[some] = ~(X <= 0)"),
    ("LeakyReLU", "output"): Reference(
        "x where x > 0, else slope x, whatever the slope; it is 0.01 by default.", "activations.py",
        "dx = dy where x > 0, else slope dy"),
    ("Sigmoid", "output"): Reference("1 / (1 + exp(-x)), which never overflows.", "activations.py",
                                     "np.where(X < 0, e, 1) / (1 + e)"),
    ("Sigmoid", "input_gradient"): Reference("dX = dY Y (1 - Y), with the output Y.", "activations.py",
                                             "dLdY * self._Y * (1 - self._Y)"),
    ("Tanh", "output"): Reference("tanh(x), which never overflows.", "activations.py", "self._Y = np.tanh(X)"),
    ("Tanh", "input_gradient"): Reference("dX = dY (1 - Y²), with the output Y.", "activations.py",
                                          "dLdY * (1 - self._Y * self._Y)"),
    ("SoftMax", "output"): Reference("exp(x - max x) over its sum, both over the classes of one row.",
                                     "activations.py", "np.exp(X - X.max(axis=-1, keepdims=True))"),
    ("SoftMax", "input_gradient"): Reference("dX = Y (dY - Σ dY Y): the whole Jacobian, row by row.", "activations.py",
                                             "self._Y * (dLdY - (dLdY * self._Y)"),
    ("FullyConnected", "output"): Reference("Z = X W + b, then the activation.", "fully_connected.py", "X @ W + b,"),
    ("FullyConnected", "gradient.W"): Reference("dW = Xᵀ dZ, summed over the batch, not averaged.",
                                                "fully_connected.py", "self._X.T @ dLdZ"),
    ("FullyConnected", "gradient.b"): Reference("db is the sum of dZ over the batch.", "fully_connected.py",
                                                "db = channel_sum(dLdZ)"),
    ("FullyConnected", "input_gradient"): Reference("dX = dZ Wᵀ, and dZ = dY f'(Z).", "fully_connected.py",
                                                    "return self._backward_to_Z(dLdY) @ self._W.T"),
    ("Conv2D", "output"): Reference(
        "Convolution is cross-correlation: the kernel is not flipped, sizes are rounded down, borders are zero.",
        "conv.py", "Z = correlate(X, self._W, self.windows, b)"),
    ("Conv2D", "gradient.W"): Reference("dW is the sum over batch and pixels of window times dZ.", "conv.py",
                                        "dW, dLdX = gradients("),
    ("Conv2D", "gradient.b"): Reference("db is the sum of dZ over batch and pixels.", "conv.py",
                                        "db = channel_sum(dLdZ)"),
    ("Conv2D", "input_gradient"): Reference(
        "Each pixel gets the sum of what it gave to every window; rows left over by the stride get exactly 0.",
        "conv.py", "dW, dLdX = gradients("),
    ("Pool2D", "output"): Reference(
        "Maxima pad with -inf and NaN wins; averages count the padding; the stride is the kernel's by default.",
        "pool.py", "self._first_maximum(self._over.pad("),
    ("Pool2D average", "output"): Reference(
        "Averages count the padding; the stride is the kernel's by default.", "pool.py", "sum(self._over.taps("),
    ("Pool2D", "input_gradient"): Reference(
        "The first maximum in row-major order gets the whole gradient, an average shares it; overlaps add up.",
        "pool.py", "of_tap = kept(dLdY, self._winner[some] == t)"),
    ("BatchNorm", "output"): Reference(
        "Training normalises by the batch's mean and biased variance, eps inside the root; evaluation by the kept.",
        "batch_norm.py", "self._s = 1 / np.sqrt(variance + self.eps)"),
    ("BatchNorm", "gradient.gamma"): Reference("dgamma = Σ dY x̂ over batch and space.", "batch_norm.py",
                                               "dgamma = self._s *"),
    ("BatchNorm", "gradient.beta"): Reference("dbeta = Σ dY over batch and space.", "batch_norm.py",
                                              "return channel_sums(dLdY, self._D[some])"),
    ("BatchNorm", "input_gradient"): Reference(
        "dX = gamma s (dY - mean(dY) - x̂ mean(dY x̂)) in training: mean and variance depend on X too.",
        "batch_norm.py", "of_D = -slope * self._s * dgamma / m"),
    ("BatchNorm", "running_mean"): Reference("new = (1 - momentum) old + momentum batch mean.", "batch_norm.py",
                                             "((1 - share) * old + share *"),
    ("BatchNorm", "running_var"): Reference("running_var takes the batch's unbiased variance, divided by m - 1.",
                                            "batch_norm.py", "variance * m / (m - 1)"),
    ("BatchNorm", "num_batches_tracked"): Reference("It counts the training batches.", "batch_norm.py",
                                                    'self.state["num_batches_tracked"] + 1'),
    ("Dropout", "output"): Reference(
        "Training keeps with probability 1 - p and multiplies by 1 / (1 - p); evaluation changes nothing.",
        "dropout.py", "kept.astype(dtype) / (1 - self.p"),
    ("Dropout", "input_gradient"): Reference("dX is dY times the very mask of forward.", "dropout.py",
                                             "return dLdY if self._mask is None"),
    ("Flatten", "output"): Reference("Each example becomes one row; in our layout its order is (h, w, c).",
                                     "flatten.py", "X.reshape(len(X), -1)"),
    ("Flatten", "input_gradient"): Reference("dX has the numbers of dY in the shape of X.", "flatten.py",
                                             "dLdY.reshape(self._input_shape)"),
    ("CrossEntropy", "value"): Reference("-1/N Σ y log p, with nothing clipped.", "losses.py",
                                         "float(-terms.sum() / len(Y))"),
    ("CrossEntropy", "gradient"): Reference("-y / (N p), the gradient by the probabilities.", "losses.py",
                                            "-Y / np.where(Y != 0, Y_hat, 1) / len(Y)"),
    ("SoftmaxCrossEntropy", "value"): Reference("-1/N Σ y log softmax(z), by log Σ exp of z - max z.", "losses.py",
                                                "float(-(Y * log_p).sum() / len(Y))"),
    ("SoftmaxCrossEntropy", "gradient"): Reference("(p Σ y - y) / N, the gradient by the logits.", "losses.py",
                                                   "(p * Y.sum(axis=1, keepdims=True) - Y) / len(Y)"),
    ("L2", "value"): Reference("The mean of (ŷ - y)² over all elements.", "losses.py", "((Y_hat - Y) ** 2).mean()"),
    ("L2", "gradient"): Reference("2 (ŷ - y) / number of elements.", "losses.py", "2 * (Y_hat - Y) / Y_hat.size"),
    ("SGD", ""): Reference(
        "g + λ θ; v = g first, then μ v + (1 - τ) g; θ - lr v, or θ - lr (g + μ v) with nesterov.", "optimizers.py",
        "return theta - lr * g"),
    ("Adam", ""): Reference("λ θ is added to g; θ - lr m̂ / (sqrt(ŝ) + ε), both averages corrected, t from 1.",
                            "optimizers.py", "step = m * (lr / (1 - beta1**t))"),
    ("AdamW", ""): Reference("θ (1 - lr λ) first, then Adam's step without λ.", "optimizers.py",
                             "theta * (1 - lr * self.weight_decay)"),
    ("Constant", ""): Reference("The rate stays as it is.", "schedules.py", '"""The same rate for ever."""'),
    ("Exponential", ""): Reference("lr gamma^epoch, from epoch 0.", "schedules.py", "self.lr * self.gamma**epoch"),
    ("Step", ""): Reference("lr gamma^floor(epoch / step_size), from epoch 0.", "schedules.py",
                            "self.gamma ** (epoch // self.step_size)"),
    ("Cosine", ""): Reference("Half a cosine from lr at epoch 0 to eta_min at T_max, and up again.", "schedules.py",
                              "math.cos(math.pi * epoch / self.T_max)"),
    ("OneCycle", ""): Reference("Half a cosine up to lr, another down to the last of total_steps.", "schedules.py",
                                "return _half_cosine(self.lr, start / self.final_div_factor"),
    ("zeros", ""): Reference("All zeros.", "initializers.py", "np.zeros(shape)"),
    ("constant", ""): Reference("The same number everywhere.", "initializers.py", "np.full(shape, value)"),
    ("xavier_uniform", ""): Reference("U(-a, a), a = sqrt(6 / (fan_in + fan_out)); a kernel's fans hold its area.",
                                      "initializers.py", "np.sqrt(6 / sum(fans(shape)))"),
    ("xavier_normal", ""): Reference("Deviation sqrt(2 / (fan_in + fan_out)); a kernel's fans hold its area.",
                                     "initializers.py", "np.sqrt(2 / sum(fans(shape)))"),
    ("he_uniform", ""): Reference("U(-a, a), a = sqrt(6 / fan_in); a kernel's fans hold its area.", "initializers.py",
                                  "np.sqrt(6 / fans(shape)[0])"),
    ("he_normal", ""): Reference("Deviation sqrt(2 / fan_in); a kernel's fans hold its area.", "initializers.py",
                                 "np.sqrt(2 / fans(shape)[0])"),
    ("torch_default", ""): Reference("U(-a, a), a = 1 / sqrt(fan_in), for weight and bias.", "initializers.py",
                                     "return _uniform(shape, 1 / np.sqrt(fans(shape)[0]), rng)"),
}  # fmt: skip


def reference_in(pair: str, quantity: str, cases: Iterable[Case]) -> Reference | None:
    """Where these cases go wrong: "Pool2D average", if all are of that mode and it has a line of its own."""
    modes = {case.get("mode", "") for case in cases}
    return REFERENCES.get((f"{pair} {'/'.join(modes)}", quantity)) or reference_of(pair, quantity)


def reference_of(pair: str, quantity: str) -> Reference | None:
    """Of this quantity; else that of the pair's output, or of the whole pair."""
    return next((REFERENCES[pair, name] for name in (quantity, "output", "") if (pair, name) in REFERENCES), None)
