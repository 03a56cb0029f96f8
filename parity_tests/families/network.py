"""Whole networks: every activation and every gradient, layer by layer; or training steps in lockstep.

    batch   parameter.<layer>.<name>, state..., X, target, mask.<layer>
    trace   evaluation.output, forward.<layer>.output in order, loss, backward.<layer>.input_gradient and
            .gradient.<name> from the last layer to the first, state.<layer>.<name>

and of a case with `steps`, for every step k
    batch   step<k>.X, step<k>.target, step<k>.mask.<layer>
    trace   step<k>.loss, step<k>.parameter.<layer>.<name>, step<k>.state.<layer>.<name>

Layers are numbered, `03.Pool2D`; quantities are recorded in the order in which they are computed, so the first one
that diverges is where the fault is.
"""

from __future__ import annotations

import numpy as np

from parity_tests.recording import Recording
from parity_tests.trace import Trace, below, frozen, group


def prepare(pair, case, rng: np.random.Generator, reference) -> Trace:
    """Weights as PyTorch draws them, real or random images, and the masks that its dropout drew at each forward."""
    parameters, state = reference.initial(seed=int(rng.integers(2**31)))
    reference.load(parameters, state)
    batch = below("parameter", parameters) | below("state", state)
    for prefix in _prefixes(case.get("steps", 0)):
        examples = _examples(case, rng)
        reference.forward(examples["X"], training=True, masks={})
        batch |= {prefix + name: array for name, array in (examples | below("mask", reference.drawn)).items()}
    return batch


def _prefixes(steps: int) -> list[str]:
    return [f"step{step:02}." for step in range(steps)] or [""]


def _examples(case, rng: np.random.Generator) -> Trace:
    labels = rng.integers(case["classes"], size=case.shape[0])
    return {"X": case.inputs(case.shape, rng), "target": np.eye(case["classes"])[labels]}


def record(subject, batch: Trace, into: Recording) -> None:
    with into.attempt("*"):
        subject.load(group(batch, "parameter"), group(batch, "state"))
        into.trace |= _record_layers(subject, batch) if "X" in batch else _record_steps(subject, batch)


def _record_layers(subject, batch: Trace) -> Trace:
    trace = {"evaluation.output": frozen(subject.forward(batch["X"], training=False, masks={}))}
    subject.forward(batch["X"], training=True, masks=group(batch, "mask"))
    trace |= below("forward", subject.outputs())
    trace["loss"] = np.array(subject.backward(batch["target"]), dtype=batch["X"].dtype)
    return trace | below("backward", subject.layer_gradients()) | below("state", subject.state())


def _record_steps(subject, batch: Trace) -> Trace:
    trace: Trace = {}
    for step in sorted({name.split(".")[0] for name in batch if name.startswith("step")}):
        at = group(batch, step)
        loss = subject.train_step(at["X"], at["target"], masks=group(at, "mask"))
        trace[f"{step}.loss"] = np.array(loss, dtype=at["X"].dtype)
        trace |= below(f"{step}.parameter", subject.parameters()) | below(f"{step}.state", subject.state())
    return trace


def absolute_terms(pair, batch: Trace, truth: Trace) -> Trace:
    """Of parameter gradients, with u = dL/dy: Σ |u| of a shift, Σ |u| |x̂| of a scale γ, S_Xᵀ |u| of a dense weight.

    What a layer is handed is rounded already, by a few units of *its* sum of terms: so X counts with S_X = |X'| |W'| +
    |b'| of the dense layer before it. Of the logits z, u = (p - y) / N cancels, and p moves with z: |u| is
    (p + y + p S_z) / N there.
    """
    order = [name.removesuffix(".output") for name in group(truth, "forward")]
    sums, terms = _sums_of_outputs(order, batch, truth), {}
    for before, layer, after in zip(["", *order], order, [*order[1:], None], strict=False):
        if after is None:
            u = _of_the_logits(sums[layer], batch["target"], truth[f"forward.{layer}.output"])
        else:
            u = np.abs(truth[f"backward.{after}.input_gradient"])
        for key, gradient in group(truth, f"backward.{layer}.gradient").items():
            if key == "W" and gradient.ndim == 2:
                terms[f"backward.{layer}.gradient.W"] = sums[before].T @ u
            elif key != "W":
                weighed = u * np.abs(_normalised(layer, batch, truth)) if key == "gamma" else u
                total = weighed.reshape(-1, weighed.shape[-1]).sum(axis=0)
                terms[f"backward.{layer}.gradient.{key}"] = total.reshape(gradient.shape)
    return terms


def _sums_of_outputs(order: list[str], batch: Trace, truth: Trace) -> Trace:
    """S of every layer's output: |X| |W| + |b| of a dense layer, also behind what follows it number by number."""
    sums: Trace = {}
    for before, layer in zip([None, *order], order, strict=False):
        Y, kind = np.abs(truth[f"forward.{layer}.output"]), layer.partition(".")[2]
        if kind == "FullyConnected" and before is not None:
            W, b = (np.abs(batch[f"parameter.layers.{int(layer[:2])}.{key}"]) for key in ("W", "b"))
            sums[layer] = np.abs(truth[f"forward.{before}.output"]) @ W + b
        else:
            passes = kind == "ReLU" and before is not None and sums[before].shape == Y.shape
            sums[layer] = np.where(Y > 0, sums[before], 0) if passes else Y
    return sums


def _of_the_logits(sums: np.ndarray, Y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The absolute terms of the gradient of the cross-entropy by the logits."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (p + Y + p * sums) / len(Y)


def _normalised(layer: str, batch: Trace, truth: Trace) -> np.ndarray:
    """x̂ = (y - β) / γ of a batch norm."""
    gamma, beta = (batch[f"parameter.layers.{int(layer[:2])}.{key}"] for key in ("gamma", "beta"))
    return (truth[f"forward.{layer}.output"] - beta) / gamma
