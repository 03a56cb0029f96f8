"""Which argument of a loss is the target, told by its name."""

from __future__ import annotations

from collections.abc import Callable

from parity_tests.pair import NotOffered
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.names import plain

TARGETS = {"y", "ytrue", "truey", "target", "targets", "label", "labels", "t", "true", "truth", "gt", "expected",
           "actual", "ytarget", "yt"}  # fmt: skip
OUTPUTS = {"yhat", "ypred", "yp", "pred", "preds", "prediction", "predictions", "predicted", "logits", "scores", "x",
           "z", "output", "outputs", "probs", "probabilities", "p", "out", "a", "inputs", "input", "yhats"}  # fmt: skip


def target_first(function: Callable) -> bool:
    """Told by the names of its first two arguments. `y` is the target, but beside a `t` it is the output."""
    names = [plain(p.name) for p in calls.parameters(function)][:2]
    if len(names) < 2:
        return True
    if names[0] in TARGETS - {"y"} or names[1] in OUTPUTS:
        return True
    if names[1] in TARGETS or names[0] in OUTPUTS:
        return False
    if names[0] == "y":
        return True
    cure = "Call them y_true and y_pred, or write an adapter."
    raise NotOffered(f"which of {' and '.join(names)} is the target cannot be told. {cure}")
