"""Faults in CrossEntropy and L2: what is averaged, what is clipped, and what belongs to the softmax before them."""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

VALUE, GRADIENT = ("value",), ("gradient",)
FILE = "losses.py"

_cross_entropy = partial(Mutant, pair="CrossEntropy", file=FILE)
_l2 = partial(Mutant, pair="L2", file=FILE)

LOG, MEAN = "np.log(np.where(Y != 0, Y_hat, 1))", "-terms.sum() / len(Y)"
BACK = "-Y / np.where(Y != 0, Y_hat, 1) / len(Y)"
CE_VALUE, CE_GRADIENT = "L = -1/N Σ y log p: the mean over the batch.", "dL/dp = -y / (N p)."
CE_CLIP = "Nothing is clipped: the logarithm is that of p itself, however small."
L2_VALUE, L2_GRADIENT = "torch.nn.MSELoss is the mean over all elements, no factor 1/2.", "dL/dŷ = 2 (ŷ - y) / numel."

CROSS_ENTROPY = (
    _cross_entropy(
        "cross_entropy_summed",
        old=MEAN,
        new="-terms.sum()",
        says="the value is the sum over the batch, not its mean",
        rule=CE_VALUE,
        quantities=VALUE,
    ),
    _cross_entropy(
        "cross_entropy_mean_over_classes_too",
        old=MEAN,
        new="-terms.mean()",
        says="the value is divided by N C instead of N",
        rule=CE_VALUE,
        quantities=VALUE,
    ),
    _cross_entropy(
        "cross_entropy_binary_logarithm",
        old="np.log(np.where",
        new="np.log2(np.where",
        says="the logarithm is that of base 2",
        rule="The logarithm is the natural one.",
        quantities=VALUE,
    ),
    _cross_entropy(
        "cross_entropy_value_clipped",
        old=LOG,
        new="np.log(np.where(Y != 0, np.clip(Y_hat, 1e-7, 1 - 1e-7), 1))",
        says="probabilities are clipped to [1e-7, 1 - 1e-7] before the logarithm",
        rule=CE_CLIP,
        quantities=VALUE,
        convention="Keras, which clips by its epsilon",
    ),
    _cross_entropy(
        "cross_entropy_small_number_added",
        old=LOG,
        new="np.log(np.where(Y != 0, Y_hat, 1) + 1e-8)",
        says="1e-8 is added before the logarithm",
        rule=CE_CLIP,
        quantities=VALUE,
    ),
    _cross_entropy(
        "cross_entropy_of_every_class",
        old="terms = np.where(Y != 0, Y * np.log(np.where(Y != 0, Y_hat, 1)), 0)",
        new="terms = Y * np.log(Y_hat) + (1 - Y) * np.log(1 - Y_hat)",
        says="it is the sum of a binary cross-entropy for every class",
        rule="L = -1/N Σ y log p: only the true class counts.",
        quantities=VALUE,
    ),
    _cross_entropy(
        "cross_entropy_gradient_summed",
        old=BACK,
        new="-Y / np.where(Y != 0, Y_hat, 1)",
        says="1/N is missing in the gradient",
        rule=CE_GRADIENT,
        quantities=GRADIENT,
    ),
    _cross_entropy(
        "cross_entropy_gradient_mean_over_classes_too",
        old=BACK,
        new="-Y / np.where(Y != 0, Y_hat, 1) / Y.size",
        says="the gradient is divided by N C instead of N",
        rule=CE_GRADIENT,
        quantities=GRADIENT,
    ),
    _cross_entropy(
        "cross_entropy_gradient_averaged_twice",
        old=BACK,
        new="-Y / np.where(Y != 0, Y_hat, 1) / len(Y) ** 2",
        says="the gradient is divided by N twice",
        rule=CE_GRADIENT,
        quantities=GRADIENT,
    ),
    _cross_entropy(
        "cross_entropy_gradient_clipped",
        old=BACK,
        new="-Y / np.where(Y != 0, np.maximum(Y_hat, 1e-3), 1) / len(Y)",
        says="the gradient divides by a probability that is clipped at 1e-3",
        rule=CE_CLIP,
        quantities=GRADIENT,
    ),
    _cross_entropy(
        "cross_entropy_gradient_by_the_logits",
        old=BACK,
        new="(Y_hat - Y) / len(Y)",
        says="p - y is returned: the gradient by the logits, through a softmax that is then applied again",
        rule="dL/dp = -y / (N p); p - y arises only once the softmax's Jacobian is multiplied in.",
        quantities=GRADIENT,
    ),
    _cross_entropy(
        "cross_entropy_gradient_of_wrong_sign",
        old=BACK,
        new="Y / np.where(Y != 0, Y_hat, 1) / len(Y)",
        says="the gradient has the wrong sign",
        rule=CE_GRADIENT,
        quantities=GRADIENT,
    ),
)

L2 = (
    _l2(
        "l2_summed",
        old="((Y_hat - Y) ** 2).mean()",
        new="((Y_hat - Y) ** 2).sum()",
        says="the value is the sum of squares, not their mean",
        rule=L2_VALUE,
        quantities=VALUE,
    ),
    _l2(
        "l2_mean_over_the_batch_only",
        old="((Y_hat - Y) ** 2).mean()",
        new="((Y_hat - Y) ** 2).sum() / len(Y)",
        says="the value is divided by N only, not by all elements",
        rule=L2_VALUE,
        quantities=VALUE,
    ),
    _l2(
        "l2_halved",
        old="((Y_hat - Y) ** 2).mean()",
        new="((Y_hat - Y) ** 2).mean() / 2",
        says="the value has a factor 1/2",
        rule=L2_VALUE,
        quantities=VALUE,
        convention="scikit-learn's MLPRegressor, which halves the mean",
    ),
    _l2(
        "l2_root_of_the_mean",
        old="((Y_hat - Y) ** 2).mean()",
        new="((Y_hat - Y) ** 2).mean() ** 0.5",
        says="the value is the root of the mean square",
        rule=L2_VALUE,
        quantities=VALUE,
    ),
    _l2(
        "l2_absolute",
        old="((Y_hat - Y) ** 2).mean()",
        new="np.abs(Y_hat - Y).mean()",
        says="the value is the mean absolute difference, without the square",
        rule=L2_VALUE,
        quantities=VALUE,
    ),
    _l2(
        "l2_gradient_without_2",
        old="2 * (Y_hat - Y) / Y_hat.size",
        new="(Y_hat - Y) / Y_hat.size",
        says="the factor 2 is missing in the gradient",
        rule=L2_GRADIENT,
        quantities=GRADIENT,
    ),
    _l2(
        "l2_gradient_mean_over_the_batch_only",
        old="2 * (Y_hat - Y) / Y_hat.size",
        new="2 * (Y_hat - Y) / len(Y)",
        says="the gradient is divided by N only, not by all elements",
        rule=L2_GRADIENT,
        quantities=GRADIENT,
    ),
    _l2(
        "l2_gradient_summed",
        old="2 * (Y_hat - Y) / Y_hat.size",
        new="2 * (Y_hat - Y)",
        says="the gradient is not divided by the number of elements",
        rule=L2_GRADIENT,
        quantities=GRADIENT,
    ),
    _l2(
        "l2_gradient_of_wrong_sign",
        old="2 * (Y_hat - Y) / Y_hat.size",
        new="2 * (Y - Y_hat) / Y_hat.size",
        says="the gradient is taken by the target: its sign is wrong",
        rule=L2_GRADIENT,
        quantities=GRADIENT,
    ),
    _l2(
        "l2_broadcasts_its_targets",
        old="Y.shape != Y_hat.shape or Y_hat.size == 0",
        new="Y_hat.size == 0",
        says="outputs (N, 1) against targets (N,) are broadcast to (N, N) without a word",
        rule="Y has the shape of Y_hat; here anything else is refused, where PyTorch only warns.",
        quantities=(),
    ),
)

MUTANTS = (*CROSS_ENTROPY, *L2)
