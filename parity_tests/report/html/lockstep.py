"""Training in lockstep: the same batches and masks on both sides; both losses, and how far each parameter is off."""

from __future__ import annotations

from collections.abc import Sequence

from parity_tests.report.html.chart import Line, legend, over_steps
from parity_tests.report.html.evidence import Training
from parity_tests.report.html.parts import details, shown, table
from parity_tests.report.html.tree import Tag, h

KINDS = {
    "W": ("s1", "weights W"),
    "b": ("s2", "biases b"),
    "gamma": ("s3", "batch norm γ"),
    "beta": ("s4", "batch norm β"),
}
INTRO = """Both networks start from the same weights and see the same batches and dropout masks. In float64 their
parameters stay together to rounding; in float32 both drift from the truth, and from each other, as far as float32 lets
them."""
OWN = ("s5", "PyTorch's own float32 error, the worst parameter")


def lockstep(trainings: Sequence[Training]) -> Tag | None:
    if not trainings:
        return None
    intro = h("p", INTRO)
    blocks = [
        _network(name, [t for t in trainings if t.network == name])
        for name in dict.fromkeys(t.network for t in trainings)
    ]
    return h("section", h("h2", "Training in lockstep"), intro, blocks, id="training")


def _network(name: str, trainings: Sequence[Training]) -> Tag:
    charts = [chart(training) for training in trainings for chart in (_loss, _parameters)]
    return h("div", h("h3", name), h("div", charts, class_="charts"))


def _loss(training: Training) -> Tag:
    lines = [Line("ours", training.ours, "s1"), Line("PyTorch", training.theirs, "s2", dots=True)]
    apart = max((abs(a - b) for a, b in zip(training.ours, training.theirs, strict=False)), default=0.0)
    title = f"loss of {training.network} over {len(training.theirs)} steps, {training.dtype}"
    caption = f"Loss, {training.dtype}: the line is ours, the dots are PyTorch's; never more than {apart:.1e} apart."
    drawn = over_steps(title, lines, log=False)
    return h("figure", legend([("s1", "ours"), ("s2", "PyTorch")]), drawn, h("figcaption", caption), class_="wide")


def _parameters(training: Training) -> Tag:
    lines = [Line(name, values, KINDS.get(_kind(name), ("s1", ""))[0]) for name, values in training.differences.items()]
    kinds = [KINDS[kind] for kind in KINDS if any(_kind(name) == kind for name in training.differences)]
    if training.own:
        lines, kinds = [*lines, Line(OWN[1], training.own, OWN[0])], [*kinds, OWN]
    worst = max((max(values, default=0.0) for values in training.differences.values()), default=0.0)
    title = f"difference of every parameter of {training.network} from PyTorch's after each step, {training.dtype}"
    caption = f"Parameters, {training.dtype}: |ours − PyTorch| as a fraction of each one's scale, at most {worst:.1e}."
    rows = [
        (name, *(shown_at(values, at) for at in (0, len(values) // 2, -1)))
        for name, values in training.differences.items()
    ]
    steps = len(training.theirs)
    head = ("parameter", "step 1", f"step {steps // 2 + 1}", f"step {steps}")
    numbers = table(f"differences of the parameters of {training.network}, {training.dtype}", head, rows)
    drawn = over_steps(title, lines, log=True)
    shown_ = h("figure", legend(kinds), drawn, h("figcaption", caption), class_="wide")
    return h("div", shown_, details("The numbers", numbers))


def shown_at(values: Sequence[float], at: int) -> str:
    return shown(values[at]).removesuffix(" ✗") if values else "-"


def _kind(name: str) -> str:
    return name.rpartition(".")[2]
