"""Faults in the initialisers: which fan, a deviation taken for a bound, and kernels whose area is forgotten."""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

_fault = partial(Mutant, file="initializers.py", quantities=("weight.scale",))

FANS, AREA = "return area * n_in, area * n_out", "area = int(np.prod(kernel))"
XAVIER_UNIFORM, XAVIER_NORMAL = "np.sqrt(6 / sum(fans(shape)))", "np.sqrt(2 / sum(fans(shape)))"
HE_UNIFORM, HE_NORMAL = "_uniform(shape, np.sqrt(6 / fans(shape)[0]), rng)", "np.sqrt(2 / fans(shape)[0])"
TORCH = "return _uniform(shape, 1 / np.sqrt(fans(shape)[0]), rng)"
BIAS = "return _uniform(shape, 1 / np.sqrt(fans(weight_shape)[0]), rng)"

XU_RULE, XN_RULE = "U(-a, a) with a = sqrt(6 / (fan_in + fan_out)).", "std = sqrt(2 / (fan_in + fan_out))."
HU_RULE, HN_RULE = "U(-a, a) with a = sqrt(6 / fan_in).", "std = sqrt(2 / fan_in)."
T_RULE = "nn.Linear and nn.Conv2d draw weight and bias from U(-a, a) with a = 1 / sqrt(fan_in)."
K_RULE = "Of a kernel fan_in is kh kw n_in and fan_out kh kw n_out."
SWAPPED = {"old": FANS, "new": "return area * n_out, area * n_in", "says": "fan_in and fan_out are swapped"}
NO_AREA = {"old": AREA, "new": "area = 1", "says": "the kernel's area is missing in the fans", "rule": K_RULE}
TORCH_ORDER = {
    "old": "*kernel, n_in, n_out = shape",
    "new": "n_out, n_in, *kernel = shape",
    "says": "the fans are read off in PyTorch's order (out, in, kh, kw), from weights laid out (kh, kw, in, out)",
    "rule": "Fans are those of the layout that the weight has.",
}

MUTANTS = (
    _fault(
        "constant_value_ignored",
        pair="constant",
        old="np.full(shape, value)",
        new="np.ones(shape)",
        says="the value is ignored: all are 1",
        rule="Every weight is the value.",
    ),
    _fault(
        "constant_value_truncated",
        pair="constant",
        old="np.full(shape, value)",
        new="np.full(shape, float(int(value)))",
        says="the value is cut to an integer",
        rule="Every weight is the value.",
    ),
    _fault("xavier_uniform_without_kernel_area", pair="xavier_uniform", **NO_AREA),
    _fault(
        "xavier_uniform_deviation_as_bound",
        pair="xavier_uniform",
        old=XAVIER_UNIFORM,
        new=XAVIER_NORMAL,
        says="the standard deviation is taken for the bound",
        rule=XU_RULE,
    ),
    _fault(
        "xavier_uniform_of_fan_in",
        pair="xavier_uniform",
        old=XAVIER_UNIFORM,
        new="np.sqrt(3 / fans(shape)[0])",
        says="only fan_in counts: the bound is sqrt(3 / fan_in)",
        rule=XU_RULE,
        convention="Caffe's xavier filler, which averages over fan_in",
    ),
    _fault(
        "xavier_uniform_same_stream_for_every_layer",
        pair="xavier_uniform",
        old="return rng.uniform(-bound, bound, size=shape)",
        new="return np.random.default_rng(0).uniform(-bound, bound, size=shape)",
        says="every layer draws the same stream: the generator that is given is not used",
        rule="One generator serves all layers, one after the other.",
    ),
    _fault(
        "xavier_uniform_fans_swapped",
        pair="xavier_uniform",
        rule=XU_RULE,
        **(SWAPPED | {"quantities": ()}),
        equivalent="Xavier's formula holds only the sum fan_in + fan_out, which does not change when they are swapped.",
    ),
    _fault("xavier_normal_without_kernel_area", pair="xavier_normal", **NO_AREA),
    _fault(
        "xavier_normal_variance_as_deviation",
        pair="xavier_normal",
        old=XAVIER_NORMAL,
        new="2 / sum(fans(shape))",
        says="the variance is taken for the standard deviation: the root is missing",
        rule=XN_RULE,
    ),
    _fault(
        "xavier_normal_bound_as_deviation",
        pair="xavier_normal",
        old=XAVIER_NORMAL,
        new=XAVIER_UNIFORM,
        says="the uniform distribution's bound is taken for the standard deviation",
        rule=XN_RULE,
    ),
    _fault(
        "xavier_normal_of_fan_in",
        pair="xavier_normal",
        old=XAVIER_NORMAL,
        new="np.sqrt(1 / fans(shape)[0])",
        says="only fan_in counts: the deviation is sqrt(1 / fan_in)",
        rule=XN_RULE,
        convention="LeCun's initialisation (Keras's lecun_normal)",
    ),
    _fault("he_uniform_fans_swapped", pair="he_uniform", rule=HU_RULE, **SWAPPED),
    _fault("he_uniform_without_kernel_area", pair="he_uniform", **NO_AREA),
    _fault(
        "he_uniform_deviation_as_bound",
        pair="he_uniform",
        old=HE_UNIFORM,
        new="_uniform(shape, np.sqrt(2 / fans(shape)[0]), rng)",
        says="the standard deviation is taken for the bound",
        rule=HU_RULE,
    ),
    _fault(
        "he_uniform_without_gain",
        pair="he_uniform",
        old=HE_UNIFORM,
        new="_uniform(shape, np.sqrt(3 / fans(shape)[0]), rng)",
        says="the gain sqrt(2) of the ReLU is missing",
        rule=HU_RULE,
        convention="LeCun's initialisation (Keras's lecun_uniform)",
    ),
    _fault("he_normal_fans_swapped", pair="he_normal", rule=HN_RULE, **SWAPPED),
    _fault("he_normal_without_kernel_area", pair="he_normal", **NO_AREA),
    _fault("he_normal_fans_in_torch_order", pair="he_normal", **TORCH_ORDER),
    _fault(
        "he_normal_variance_as_deviation",
        pair="he_normal",
        old=HE_NORMAL,
        new="2 / fans(shape)[0]",
        says="the variance is taken for the standard deviation: the root is missing",
        rule=HN_RULE,
    ),
    _fault(
        "torch_default_as_he",
        pair="torch_default",
        old=TORCH,
        new="return _uniform(shape, np.sqrt(6 / fans(shape)[0]), rng)",
        says="the weight is drawn as He's, with the gain of a ReLU",
        rule="kaiming_uniform_(a=sqrt(5)) is the bound 1 / sqrt(fan_in): " + T_RULE,
    ),
    _fault(
        "torch_default_fans_in_torch_order",
        pair="torch_default",
        **(TORCH_ORDER | {"quantities": ("weight.scale", "bias.scale")}),
    ),
    _fault(
        "torch_default_bias_of_zeros",
        pair="torch_default",
        old="if weight_init is torch_default:",
        new="if False:",
        says="the bias starts at zero",
        rule=T_RULE,
        quantities=("bias.scale",),
        convention="Keras, whose bias_initializer is zeros",
    ),
    _fault(
        "torch_default_bias_of_fan_out",
        pair="torch_default",
        old=BIAS,
        new="return _uniform(shape, 1 / np.sqrt(fans(weight_shape)[1]), rng)",
        says="the bias is drawn with the bound of fan_out",
        rule=T_RULE,
        quantities=("bias.scale",),
    ),
)
