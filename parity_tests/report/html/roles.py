"""The roles of variables: what is the same thing in the formula, in NumPy and in PyTorch has the same colour.

The colour is never alone: the letters match as well, and the legend names each role.
"""

from __future__ import annotations

ROLES = {
    "x": "input X",
    "w": "weights W, γ, θ",
    "b": "bias b, β",
    "y": "output Y, ŷ, p",
    "u": "gradient from above, dL/dY",
    "d": "gradient by the input, dL/dX",
    "g": "gradient by a parameter, dW, db, g",
}
LETTERS = {
    "x": ("X", "x", "_X", "input", "_D", "D"),
    "w": ("W", "_W", "weight", "gamma", "γ", "theta", "θ", "parameters"),
    "b": ("b", "bias", "beta", "β"),
    "y": ("Y", "y", "_Y", "Y_hat", "ŷ", "p", "output"),
    "u": ("dLdY", "dY", "dy", "dLdZ", "dZ", "dz", "u"),
    "d": ("dLdX", "dX", "dx"),
    "g": ("dW", "db", "dgamma", "dbeta", "dγ", "dβ", "g", "grad", "gradients"),
}
_ROLE = {letter: role for role, letters in LETTERS.items() for letter in letters}


def role_of(name: str) -> str | None:
    """The CSS class of a variable: "r-x" of the input; None of what has no role."""
    role = _ROLE.get(name)
    return f"r-{role}" if role else None
