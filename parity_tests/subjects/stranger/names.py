"""What the same thing is called elsewhere. Names are compared without case, underscores and the word "layer".

CLASSES      of each pair, the names of a class; a pair's own name first
FUNCTIONS    of each pair, the part before `_forward` of a function with a cache
ARGUMENTS    of a constructor, a call or a settings dict
ARRAYS       of a parameter or a running statistic, as attribute or key
FORWARDS, BACKWARDS    of the methods of a layer; LOSS_BACKWARDS of those of a loss
EMPTYING     of the method that sets gradients to zero, which otherwise add up
TRAINS, EVALUATES      of the methods that tell the mode
DERIVATIVES  of a function foo, what one that gives its derivative is called
CACHES       of the argument by which backward is given what forward kept
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

CLASSES: Mapping[str, tuple[str, ...]] = {
    "FullyConnected": ("FullyConnected", "Dense", "Affine", "FC", "Linear"),
    "Conv2D": ("Conv2D", "Conv", "Convolution", "Convolution2D", "Convolutional", "ConvLayer2D"),
    "Pool2D": ("Pool2D", "Pool", "Pooling", "Pooling2D"),
    "BatchNorm": ("BatchNorm", "BatchNormalization", "BatchNormalisation", "BatchNorm1D", "BatchNorm2D", "BN"),
    "Dropout": ("Dropout", "InvertedDropout"),
    "Flatten": ("Flatten", "Flattening"),
    "Linear": ("Linear", "Identity"),
    "ReLU": ("ReLU", "RectifiedLinear"),
    "LeakyReLU": ("LeakyReLU", "LReLU"),
    "Sigmoid": ("Sigmoid", "Logistic"),
    "Tanh": ("Tanh", "HyperbolicTangent"),
    "SoftMax": ("SoftMax",),
    "CrossEntropy": ("CrossEntropy", "CrossEntropyLoss", "CategoricalCrossEntropy"),
    "SoftmaxCrossEntropy": (
        "SoftmaxCrossEntropy", "SoftmaxCrossEntropyLoss", "SoftmaxLoss", "SoftmaxWithLoss", "CategoricalCrossEntropy",
        "CrossEntropy", "CrossEntropyLoss",
    ),
    "L2": ("L2", "L2Loss", "MSE", "MSELoss", "MeanSquaredError", "MeanSquaredErrorLoss"),
    "SGD": ("SGD", "StochasticGradientDescent", "MomentumSGD"),
    "Adam": ("Adam",),
    "AdamW": ("AdamW",),
    "Constant": ("Constant", "ConstantLR"),
    "Exponential": ("Exponential", "ExponentialLR", "ExponentialDecay"),
    "Step": ("Step", "StepLR", "StepDecay"),
    "Cosine": ("Cosine", "CosineLR", "CosineAnnealing", "CosineAnnealingLR"),
    "OneCycle": ("OneCycle", "OneCycleLR"),
    "zeros": ("zeros",),
    "constant": ("constant",),
    "xavier_uniform": ("xavier_uniform", "glorot_uniform"),
    "xavier_normal": ("xavier_normal", "glorot_normal"),
    "he_uniform": ("he_uniform", "kaiming_uniform"),
    "he_normal": ("he_normal", "kaiming_normal"),
    "torch_default": ("torch_default",),
}  # fmt: skip

# Classes for one mode of pooling, or for one kind of input, alone.
POOL_MODES = {
    "max": ("MaxPool2D", "MaxPool", "MaxPooling", "MaxPooling2D"),
    "average": ("AvgPool2D", "AvgPool", "AveragePool", "AveragePool2D", "AveragePooling", "AveragePooling2D",
                "AvgPooling", "AvgPooling2D", "MeanPool", "MeanPool2D", "MeanPooling", "MeanPooling2D"),
}  # fmt: skip
OPTIMIZERS_WITH = {"momentum": ("Momentum", "SGDMomentum", "SGDWithMomentum"), "nesterov": ("Nesterov", "NAG")}
NORM_AXES = {2: ("BatchNorm1D",), 4: ("BatchNorm2D", "SpatialBatchNorm")}

FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "FullyConnected": ("affine", "linear", "dense", "fc", "fully_connected"),
    "Conv2D": ("conv", "conv2d", "convolution"),
    "Pool2D": ("pool", "pool2d"),
    "BatchNorm": ("batchnorm", "batch_norm", "bn"),
    "Dropout": ("dropout",),
    "Flatten": ("flatten",),
    "Linear": ("identity",),
    "ReLU": ("relu",),
    "LeakyReLU": ("leaky_relu", "lrelu"),
    "Sigmoid": ("sigmoid",),
    "Tanh": ("tanh",),
    "SoftMax": ("softmax",),
}
FORWARDS, BACKWARDS = ("forward", "forward_pass"), ("backward", "backward_pass")
EMPTYING = ("zero_grad", "zero_grads", "zero_gradient", "zero_gradients", "zeroGradParameters", "zero_grad_parameters",
            "reset_grad", "reset_grads", "reset_gradients", "clear_grad", "clear_grads", "clear_gradients",
            "cleargrads")  # fmt: skip
TRAINS, EVALUATES = ("train",), ("eval", "evaluate")
DERIVATIVES = ("{}_derivative", "{}_prime", "{}_grad", "{}_gradient", "{}_deriv", "{}_der", "d_{}", "grad_{}",
               "gradient_{}", "deriv_{}", "derivative_{}")  # fmt: skip
CACHES = ("cache", "ctx", "context", "saved")
POOL_FUNCTIONS = {
    "max": ("max_pool", "max_pool2d", "maxpool", "maxpool2d", "max_pooling", "maxpooling"),
    "average": ("avg_pool", "average_pool", "avg_pool2d", "avgpool", "avgpool2d", "avg_pooling", "average_pooling",
                "mean_pool"),
}  # fmt: skip
NORM_FUNCTIONS = {4: ("spatial_batchnorm", "spatial_batch_norm", "batchnorm2d", "batch_norm2d")}

LOSS_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "CrossEntropy": ("cross_entropy", "cross_entropy_loss"),
    "SoftmaxCrossEntropy": ("softmax_loss", "softmax_cross_entropy", "softmax_cross_entropy_loss", "cross_entropy",
                            "cross_entropy_loss"),
    "L2": ("l2_loss", "mse", "mse_loss", "mean_squared_error"),
}  # fmt: skip

LOSS_BACKWARDS = (*BACKWARDS, "gradient", "grad", "derivative", "prime", "dloss",
                  *(form.format("loss") for form in DERIVATIVES))  # fmt: skip

ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "W": ("W", "weight", "weights"),
    "b": ("b", "bias", "biases"),
    "beta": ("beta",),
    "n_out": ("n_out", "out_features", "out_channels", "units", "n_units", "filters", "n_filters", "num_filters",
              "output_size", "output_dim", "out_dim", "out_size", "dim_out", "d_out", "n_outputs", "fan_out",
              "n_neurons", "output_features", "output_channels", "n_output", "outputs", "output_units", "out",
              "out_feature", "out_channel", "num_out", "num_outputs", "num_kernels", "n_kernels", "num_units",
              "out_filters"),
    "n_in": ("n_in", "in_features", "in_channels", "input_size", "input_dim", "in_dim", "in_size", "dim_in", "d_in",
             "n_inputs", "fan_in", "input_features", "input_channels", "n_input", "inputs", "input_units", "in_feature",
             "in_channel", "num_in", "num_inputs", "in_filters"),
    "features": ("num_features", "n_features", "features", "dim", "size", "channels", "n_channels", "num_channels",
                 "n_in", "input_dim", "n_out", "d", "c"),
    "kernel": ("kernel_shape", "kernel_size", "kernel", "filter_size", "filter_shape", "pool_size", "pool_shape",
               "window", "window_size", "k", "ksize", "size", "pooling_shape", "pooling_size", "kernel_dim",
               "convolution_shape"),
    "kernel_height": ("pool_height", "kernel_height", "pool_h", "kh"),
    "kernel_width": ("pool_width", "kernel_width", "pool_w", "kw"),
    "stride": ("stride", "strides", "step", "stride_shape", "stride_size"),
    "pad": ("pad", "padding"),
    "activation": ("activation", "act", "nonlinearity", "activation_fn", "activation_function"),
    "mode": ("mode", "pool_mode", "pool_type", "kind", "method", "type"),
    "ceil_mode": ("ceil_mode",),
    "count_include_pad": ("count_include_pad",),
    "eps": ("eps", "epsilon"),
    "momentum": ("momentum", "momentum_rate"),
    "p": ("p", "rate", "drop_prob", "drop_probability", "dropout", "drop_rate", "dropout_rate", "p_drop", "prob",
          "probability", "ratio", "dropout_ratio", "p_dropout", "dropout_p"),
    "keep": ("keep_prob", "p_keep", "keep_probability", "keep", "keep_rate"),
    "slope": ("slope", "negative_slope", "alpha", "leak", "leakiness"),
    "rng": ("rng", "generator", "random_state"),
    "seed": ("seed",),
    "weight_init": ("weight_init", "initializer", "init", "weight_initializer", "kernel_initializer"),
    "training": ("training", "train", "is_training", "train_mode", "is_train", "train_flg", "train_flag"),
    "evaluating": ("eval", "evaluate", "evaluating", "testing", "is_testing", "is_test", "testing_phase", "inference"),
    "lr": ("lr", "learning_rate", "eta", "step_size", "alpha", "rate", "base_lr", "initial_lr", "init_lr", "lr0",
           "initial_learning_rate", "max_lr"),
    "dampening": ("dampening",),
    "nesterov": ("nesterov",),
    "weight_decay": ("weight_decay", "l2", "wd"),  # "decay" alone is as often the rate's
    "betas": ("betas",),
    "beta1": ("beta1", "beta_1", "b1", "mu", "p1", "rho1"),
    "beta2": ("beta2", "beta_2", "b2", "rho", "p2", "rho2"),
    "gamma": ("gamma", "decay", "lr_decay", "decay_rate", "factor"),
    "step_size": ("step_size", "stage_length", "step", "decay_steps", "every"),
    "T_max": ("T_max", "T", "total_epochs", "n_epochs", "num_epochs", "epochs", "max_epochs", "period", "total_steps"),
    "eta_min": ("eta_min", "min_lr", "lr_min"),
    "total_steps": ("total_steps",),
    "pct_start": ("pct_start",),
    "div_factor": ("div_factor",),
    "final_div_factor": ("final_div_factor",),
    "name": ("name",),
}  # fmt: skip

ARRAYS: Mapping[str, tuple[str, ...]] = {
    "W": ("W", "weight", "weights", "kernel", "kernels", "filters", "filter", "theta"),
    "b": ("b", "bias", "biases", "w0"),
    "gamma": ("gamma", "scale", "weight", "weights", "g", "BW"),
    "beta": ("beta", "shift", "bias", "offset", "Bb"),
    "running_mean": ("running_mean", "moving_mean", "running_mu", "mean_running", "run_mean", "avg_mean", "mean_avg",
                     "moving_avg", "ema_mean", "global_mean", "pop_mean", "population_mean", "rmean", "r_mean", "rm",
                     "running_M", "test_mean"),
    "running_var": ("running_var", "moving_var", "running_variance", "moving_variance", "run_var", "var_running",
                    "avg_var", "var_avg", "ema_var", "global_var", "pop_var", "population_var", "rvar", "r_var", "rv",
                    "running_V", "test_var", "test_variance"),
    "num_batches_tracked": ("num_batches_tracked",),
}  # fmt: skip
# Of a running statistic, or of the last batch's: which of them, one forward tells.
PERHAPS = {"running_mean": ("mean", "mu"), "running_var": ("var", "variance", "sigma2")}

ACTIVATION_NAMES = {
    "Linear": ("linear", "identity"),
    "ReLU": ("relu",),
    "LeakyReLU": ("leaky_relu", "leakyrelu"),
    "Sigmoid": ("sigmoid",),
    "Tanh": ("tanh",),
    "SoftMax": ("softmax",),
}


@cache
def plain(name: str) -> str:
    """A name without case, underscores and the word "layer"."""
    bare = name.replace("_", "").lower()
    return bare.removesuffix("layer") or bare


def is_called(name: str, known: Iterable[str]) -> bool:
    return plain(name) in {plain(other) for other in known}


def canonical(name: str, wanted: Iterable[str]) -> str | None:
    """Which of the arguments that are `wanted`, in their order, goes by this name; None where none does."""
    return next((argument for argument in wanted if is_called(name, ARGUMENTS[argument])), None)
