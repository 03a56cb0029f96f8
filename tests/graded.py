"""Exercises graded in this process, by the checks that `python -m parity_tests check FILE` runs in its sandbox."""

from functools import cache
from pathlib import Path
from types import ModuleType

from parity_tests import judge
from parity_tests.checks.strangers import stranger_checks
from parity_tests.findings import Finding
from parity_tests.mutate import Borrowed
from parity_tests.networks import check_network
from parity_tests.pairs import selected
from parity_tests.run import Summary, run_all, summarise
from parity_tests.subjects.stranger import side_of
from parity_tests.subjects.stranger.module import load
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

ROOT = Path(__file__).resolve().parents[1]
STUBS, SOLUTIONS = ROOT / "docs" / "lessons" / "exercises", ROOT / "tests" / "lesson_solutions"

# The pairs that each file of exercises stands for; "network" is its make_network().
PAIRS = {
    "einsum": ("FullyConnected",),
    "dense": ("FullyConnected",),
    "activations": ("ReLU", "LeakyReLU", "Sigmoid"),
    "softmax": ("SoftMax",),
    "cross_entropy": ("CrossEntropy", "SoftmaxCrossEntropy"),
    "conv": ("Conv2D",),
    "im2col": ("Conv2D",),
    "pooling": ("Pool2D",),
    "batch_norm": ("BatchNorm",),
    "dropout": ("Dropout",),
    "flatten": ("Flatten", "FullyConnected"),
    "sgd": ("SGD",),
    "adam": ("Adam", "AdamW"),
    "initialisation": ("xavier_uniform", "he_normal", "torch_default"),
    "network": ("network", "SGD"),
}


@cache
def reference() -> Workbench:
    """PyTorch's side, recorded once for all exercises."""
    return Workbench(torch_side, torch_side)


def graded(path: Path | ModuleType, name: str, case: str | None = None) -> tuple[Summary, Finding | None]:
    """What `check PATH --pair NAME --case CASE` finds: the counts, and what is wrong first."""
    (pair,) = selected([name], None)
    bench = Borrowed(side_of(path), reference())
    results = judge.noted(run_all(stranger_checks(pair, case), bench))
    (summary,) = summarise(results)
    return summary, next(iter(judge.findings(results, {}, lambda *seen: ())), None)


def passes(path: Path, name: str) -> bool:
    """Something is offered, and all of it agrees."""
    if name == "network":
        report = check_network(_make(load(str(path))))
        return not report.wrong and any(row.own for row in report.rows)
    summary, _ = graded(path, name)
    return summary.checks > 0 and not summary.failures


def _make(module: ModuleType):
    return module.make_network()
