"""Which argument of a loss is the target, told by its name, or by a part of it: label_tensor, true_class, predBatch."""

from __future__ import annotations

import re
from collections.abc import Callable

from parity_tests.pair import NotOffered
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.names import plain

TARGETS = {"y", "ytrue", "truey", "target", "targets", "label", "labels", "t", "true", "truth", "gt", "expected",
           "actual", "ytarget", "yt"}  # fmt: skip
OUTPUTS = {"yhat", "ypred", "yp", "pred", "preds", "prediction", "predictions", "predicted", "logits", "scores", "x",
           "z", "output", "outputs", "probs", "probabilities", "p", "out", "a", "inputs", "input", "yhats"}  # fmt: skip
PREDICTED = {"pred", "preds", "prediction", "predictions", "predicted"}  # predicted_labels are no targets,
TARGET_PARTS = {"label", "labels", "target", "targets", "truth", "true"}  # and target_scores are
OUTPUT_PARTS = {"output", "outputs", "logits", "scores"}


def target_first(function: Callable) -> bool:
    """Told by the names of its first two arguments. `y` is the target, but beside a `t` it is the output."""
    names = [p.name for p in calls.parameters(function)][:2]
    if len(names) < 2:
        return True
    is_y = plain(names[0]) == "y"
    if (is_target(names[0]) and not is_y) or _is_output(names[1]):
        return True
    if is_target(names[1]) or _is_output(names[0]):
        return False
    if is_y:
        return True
    cure = "Call them y_true and y_pred, or write an adapter."
    raise NotOffered(f"which of {' and '.join(names)} is the target cannot be told. {cure}")


def is_target(name: str) -> bool:
    parts = _parts(name)
    return plain(name) in TARGETS or bool(parts & TARGET_PARTS and not parts & PREDICTED)


def _is_output(name: str) -> bool:
    parts = _parts(name)
    return plain(name) in OUTPUTS or bool(parts & PREDICTED or (parts & OUTPUT_PARTS and not parts & TARGET_PARTS))


def _parts(name: str) -> set[str]:
    """ "labelTensor" and "label_tensor" are {"label", "tensor"}."""
    return set(re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().split("_"))
