"""The roles of variables: what is the same thing in the formula, in NumPy and in PyTorch has the same colour.

The colour is never alone: the letters match as well, and the legend names each role.
"""

from __future__ import annotations

from collections.abc import Collection

ROLES = {
    "x": "input X",
    "w": "weights W, γ, θ",
    "b": "bias b, β",
    "y": "output Y, ŷ, p",
    "u": "gradient from above, dL/dY, dL/dŷ",
    "d": "gradient by the input, dL/dX",
    "g": "gradient by a parameter, dW, db, g",
}
LETTERS = {
    "x": ("X", "x", "_X", "input", "_D", "D"),
    "w": ("W", "_W", "weight", "gamma", "γ", "theta", "θ", "parameters"),
    "b": ("b", "bias", "beta", "β"),
    "y": ("Y", "y", "_Y", "Y_hat", "ŷ", "p", "output"),
    "u": ("dLdY", "dY", "dY_hat", "dy", "dLdZ", "dZ", "dz", "u"),
    "d": ("dLdX", "dX", "dx"),
    "g": ("dW", "db", "dgamma", "dbeta", "dγ", "dβ", "g", "grad", "gradients"),
}
TARGETS = ("Y",)
WITHOUT_ROLE = {  # what stands for something else in the formula and in the lines of a pair
    "Conv2D": ("x", "y"),  # places of a window
    "Pool2D": ("x", "y"),
    "Dropout": ("p",),  # a probability
    "CrossEntropy": TARGETS,
    "SoftmaxCrossEntropy": TARGETS,
    "L2": (*TARGETS, "D"),  # and a number of columns
    "Adam": ("β",),  # decay rates, as the next two
    "AdamW": ("β",),
    "Exponential": ("γ", "gamma"),
    "Step": ("γ", "gamma"),
    "fashion_mlp": TARGETS,
    "cifar_cnn": TARGETS,
}
_ROLE = {letter: role for role, letters in LETTERS.items() for letter in letters}


def role_of(name: str, without_role: Collection[str] = ()) -> str | None:
    """The CSS class of a variable: "r-x" of the input; None of what has no role, or is one of `without_role`."""
    role = None if name in without_role else _ROLE.get(name)
    return f"r-{role}" if role else None
