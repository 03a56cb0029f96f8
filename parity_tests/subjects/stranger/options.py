"""What a user may tell of a module where looking does not, or where it should not be left to looking."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """None: told by looking.

    images: "NHWC" or "NCHW". dropout_p: "drop" or "keep", the meaning of p. targets: "one-hot" or "labels".
    loss_input: "logits" or "probabilities", what the cross-entropy takes. examples: "rows", (N, features), or
    "columns".
    """

    images: str | None = None
    dropout_p: str | None = None
    targets: str | None = None
    loss_input: str | None = None
    examples: str | None = None


TOLD_BY_LOOKING = Options()

CHOICES = {
    "images": ("NHWC", "NCHW"),
    "dropout_p": ("drop", "keep"),
    "targets": ("one-hot", "labels"),
    "loss_input": ("logits", "probabilities"),
    "examples": ("rows", "columns"),
}
