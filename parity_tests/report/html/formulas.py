r"""The formula of every operation and its backward, in the notation of maths.py.

Letters: X input, Y output, L loss; dZ is short for dL/dZ; N rows, C channels or classes. Index by index where that is
how it is derived, in matrices where that is how it is computed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Formula:
    """forward, backward: lines. decides: what PyTorch decides where the formula alone does not, or ''. letters: what
    those mean that the legend of the colours does not name, or ''; "k_h" stands for a letter below another."""

    forward: tuple[str, ...]
    backward: tuple[str, ...] = ()
    decides: str = ""
    letters: str = ""


FAN = r"\frac{6}{\text{fan in} + \text{fan out}}"
FAN_IN = "fan in: how many numbers an output is made of"
FANS = f"{FAN_IN}; fan out: how many outputs an input goes to"
ADAM = (
    r"m \leftarrow \beta_1 m + (1 - \beta_1) \, g, \quad s \leftarrow \beta_2 s + (1 - \beta_2) \, g^2",
    r"\hat{m} = \frac{m}{1 - \beta_1^t}, \quad \hat{s} = \frac{s}{1 - \beta_2^t}",
)
ADAM_LETTERS = (
    "m, s averages of g and g²; η the learning rate; β_1, β_2 betas; ε eps; λ weight_decay; t the step, from 1"
)
MOVE = r"\theta \leftarrow \theta - \eta \frac{\hat{m}}{\sqrt{\hat{s}} + \epsilon}"
NETWORK = Formula(
    (r"X_{k + 1} = f_k(X_k), \quad L = \ell(X_{K}, Y)",),
    (
        r"J_k = \frac{\partial X_{k + 1}}{\partial X_k}",
        r"\mathrm{dX}_{k} = J_k^\top \, \mathrm{dX}_{k + 1} \quad \text{from the last layer to the first}",
    ),
    letters="X_k the input of layer k of K, f_k what it does, J_k its Jacobian; ℓ the loss, Y the targets",
)

FORMULAS = {
    "FullyConnected": Formula(
        (r"Z = X W + b, \quad Y = f(Z)",),
        (
            r"\mathrm{dZ} = \mathrm{dY} \odot f'(Z)",
            r"\mathrm{dW} = X^\top \mathrm{dZ}, \quad \mathrm{db} = \sum_n \mathrm{dZ}_n",
            r"\mathrm{dX} = \mathrm{dZ} \, W^\top",
        ),
        letters="Z is Y before the activation f, n an example",
    ),
    "Conv2D": Formula(
        (r"Z_{n y x m} = b_m + \sum_{i, j, c} X_{n, \, y s + i, \, x s + j, \, c} \, W_{i j c m}",),
        (
            r"\mathrm{dW}_{i j c m} = \sum_{n, y, x} X_{n, \, y s + i, \, x s + j, \, c} \, \mathrm{dZ}_{n y x m}",
            r"\mathrm{db}_m = \sum_{n, y, x} \mathrm{dZ}_{n y x m}",
            r"\mathrm{dX} = \text{col2im}(\mathrm{dZ} \, W^\top)",
        ),
        "A cross-correlation: the kernel is not flipped. X stands with its border of zeros. "
        "Rows that the stride leaves over get gradient exactly 0.",
        letters="n an example; y, x a place of the output; i, j one in the window; c a channel of X, m one of Z; s the "
        "stride; Z is Y before the activation",
    ),
    "Pool2D": Formula(
        (
            r"Y_{n y x c} = \max_{i, j} X_{n, \, y s + i, \, x s + j, \, c}",
            r"\text{or} \quad Y_{n y x c} = \frac{1}{k_h k_w} \sum_{i, j} X_{n, \, y s + i, \, x s + j, \, c}",
        ),
        (
            r"\mathrm{dX}_{a} = \sum_{\text{windows won by } a} \mathrm{dY}",
            r"\text{or} \quad \mathrm{dX}_{a} = \frac{1}{k_h k_w} \sum_{\text{windows over } a} \mathrm{dY}",
        ),
        "At a tie the first maximum in row-major order gets the whole gradient; a maximum pads with −∞. An average "
        "counts the border's zeros, or with count_include_pad=False divides by the pixels of the image alone; what "
        "ceil_mode adds beyond the border never counts.",
        letters="n an example; y, x a place of the output; i, j one in the window; c a channel; s the stride; k_h, k_w "
        "the sides of the window; a an element of X",
    ),
    "BatchNorm": Formula(
        (
            r"\mu = \mean x, \quad v = \mean (x - \mu)^2",
            r"\hat{x} = \frac{x - \mu}{\sqrt{v + \epsilon}}, \quad y = \gamma \hat{x} + \beta",
        ),
        (
            r"\mathrm{dγ} = \sum \mathrm{dy} \, \hat{x}, \quad \mathrm{dβ} = \sum \mathrm{dy}",
            r"\mathrm{dx} = \frac{\gamma}{\sqrt{v + \epsilon}} "
            r"(\mathrm{dy} - \mean \mathrm{dy} - \hat{x} \, \mean (\mathrm{dy} \, \hat{x}))",
            r"\text{in evaluation} \quad \mathrm{dx} = \frac{\gamma}{\sqrt{v + \epsilon}} \mathrm{dy}",
        ),
        "The biased variance normalises, the unbiased one is kept in running_var; momentum weighs the new value. In "
        "evaluation μ and v are the running ones, and no x moves them.",
        letters="μ the mean and v the variance of one channel in the batch, ε eps",
    ),
    "Dropout": Formula(
        (r"Y = X \odot M, \quad M = \cases{\frac{1}{1 - p} & \text{kept} \\ 0 & \text{dropped, with probability } p}",),
        (r"\mathrm{dX} = \mathrm{dY} \odot M",),
        "The mask of the forward serves the backward; in evaluation nothing happens.",
        letters="M the mask, ⊙ times element by element, p the probability of dropping",
    ),
    "Flatten": Formula(
        (r"Y_{n, \, (h w c)} = X_{n h w c}",),
        (r"\mathrm{dX}_{n h w c} = \mathrm{dY}_{n, \, (h w c)}",),
        "PyTorch's images are (N, C, H, W), so its features stand in the order (c, h, w).",
        letters="n an example; h, w a place in the image; c a channel",
    ),
    "Linear": Formula((r"y = x",), (r"\mathrm{dx} = \mathrm{dy}",)),
    "ReLU": Formula(
        (r"y = \max(x, 0)",),
        (r"\mathrm{dx} = \cases{\mathrm{dy} & x > 0 \\ 0 & x \le 0}",),
        "The gradient at exactly 0 is 0.",
    ),
    "LeakyReLU": Formula(
        (r"y = \cases{x & x > 0 \\ a x & x \le 0}",),
        (r"\mathrm{dx} = \cases{\mathrm{dy} & x > 0 \\ a \, \mathrm{dy} & x \le 0}",),
        "The gradient at exactly 0 is the slope a.",
        letters="a the slope",
    ),
    "Sigmoid": Formula((r"y = \frac{1}{1 + e^{-x}}",), (r"\mathrm{dx} = \mathrm{dy} \, y (1 - y)",)),
    "Tanh": Formula((r"y = \tanh x",), (r"\mathrm{dx} = \mathrm{dy} (1 - y^2)",)),
    "SoftMax": Formula(
        (r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}",),
        (r"\mathrm{dx}_i = y_i (\mathrm{dy}_i - \sum_j \mathrm{dy}_j \, y_j)",),
        letters="i, j classes",
    ),
    "CrossEntropy": Formula(
        (r"L = -\frac{1}{N} \sum_n \sum_c Y_{n c} \log \hat{y}_{n c}",),
        (r"\frac{\partial L}{\partial \hat{y}_{n c}} = -\frac{Y_{n c}}{N \, \hat{y}_{n c}}",),
        "Of probabilities; p − Y arises only through the softmax before it.",
        letters="N examples n; c a class; Y the targets, one-hot; ŷ the probabilities",
    ),
    "SoftmaxCrossEntropy": Formula(
        (r"p = \softmax z, \quad L = -\frac{1}{N} \sum_n \sum_c Y_{n c} \log p_{n c}",),
        (
            r"\frac{\partial L}{\partial z_{n c}} = \frac{1}{N} (p_{n c} \sum_j Y_{n j} - Y_{n c})",
            r"\text{for targets whose rows sum to 1 this is} \quad (p - Y) / N",
        ),
        letters="N examples n; c, j classes; Y the targets; z the logits, p their probabilities",
    ),
    "L2": Formula(
        (r"L = \frac{1}{N D} \sum_{n, d} (\hat{y}_{n d} - Y_{n d})^2",),
        (r"\frac{\partial L}{\partial \hat{y}} = \frac{2 (\hat{y} - Y)}{N D}",),
        "The mean is over all elements, and there is no factor ½.",
        letters="N examples n, D columns d; Y the targets, ŷ the predictions",
    ),
    "SGD": Formula(
        (
            r"g \leftarrow g + \lambda \theta, \quad v \leftarrow \mu v + (1 - \tau) \, g",
            r"\theta \leftarrow \theta - \eta v \quad \text{(nesterov: } \theta - \eta (g + \mu v) \text{)}",
        ),
        decides="The first velocity is the whole gradient; the learning rate stands outside the velocity.",
        letters="v the velocity, η the learning rate, λ weight_decay, μ momentum, τ dampening",
    ),
    "Adam": Formula(
        (r"g \leftarrow g + \lambda \theta", *ADAM, MOVE),
        decides="ε is added after the bias correction.",
        letters=ADAM_LETTERS,
    ),
    "AdamW": Formula(
        (r"\theta \leftarrow \theta - \eta \lambda \theta", *ADAM, MOVE),
        decides="Weight decay is decoupled.",
        letters=ADAM_LETTERS,
    ),
    "Constant": Formula((r"\eta_k = \eta_0",), letters="η_k the learning rate of epoch k"),
    "Exponential": Formula(
        (r"\eta_k = \eta_0 \, \gamma^k",), letters="η_k the learning rate of epoch k, from 0; γ gamma"
    ),
    "Step": Formula(
        (r"\eta_k = \eta_0 \, \gamma^{\lfloor k / s \rfloor}",),
        letters="η_k the learning rate of epoch k, from 0; γ gamma; s step_size",
    ),
    "Cosine": Formula(
        (r"\eta_k = \eta_T + \frac{1}{2} (\eta_0 - \eta_T) (1 + \cos \frac{\pi k}{T})",),
        letters="η_k the learning rate of epoch k, from 0; η_T eta_min; T T_max",
    ),
    "OneCycle": Formula(
        (
            r"\eta_k = \eta + \frac{1}{2} (a - \eta) (1 + \cos \frac{\pi k}{t}), \quad k \le t",
            r"\eta_k = e + \frac{1}{2} (\eta - e) (1 + \cos \frac{\pi (k - t)}{K - 1 - t}), \quad k > t",
        ),
        decides="Of K steps, counted from 0, the one at t = pct_start K − 1 has the highest rate, η. Before it half a "
        "cosine climbs from a = η / div_factor, after it another falls to e = a / final_div_factor.",
        letters="η_k the learning rate at step k, from 0, of K; a, e, t and η as below",
    ),
    "zeros": Formula((r"W = 0",)),
    "constant": Formula((r"W = a",), letters="a the value"),
    "xavier_uniform": Formula(
        (rf"W \sim U(-a, a), \quad a = \sqrt{{{FAN}}}",),
        letters=f"U(−a, a) uniform; {FANS}",
    ),
    "xavier_normal": Formula(
        (r"W \sim N(0, \sigma^2), \quad \sigma^2 = \frac{2}{\text{fan in} + \text{fan out}}",),
        letters=f"N(0, σ²) normal, σ its deviation; {FANS}",
    ),
    "he_uniform": Formula(
        (r"W \sim U(-a, a), \quad a = \sqrt{\frac{6}{\text{fan in}}}",),
        letters=f"U(−a, a) uniform; {FAN_IN}",
    ),
    "he_normal": Formula(
        (r"W \sim N(0, \sigma^2), \quad \sigma^2 = \frac{2}{\text{fan in}}",),
        letters=f"N(0, σ²) normal, σ its deviation; {FAN_IN}",
    ),
    "torch_default": Formula(
        (r"W, b \sim U(-a, a), \quad a = \frac{1}{\sqrt{\text{fan in}}}",),
        decides="What nn.Linear and nn.Conv2d draw when they are made.",
        letters=f"U(−a, a) uniform; {FAN_IN}",
    ),
    "fashion_mlp": NETWORK,
    "cifar_cnn": NETWORK,
}
