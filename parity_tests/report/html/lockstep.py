"""Training in lockstep: the same batches and masks on both sides; both losses, and how far each parameter is off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parity_tests.report.html.chart import Line, legend, over_steps
from parity_tests.report.html.evidence import Evidence, Training
from parity_tests.report.html.parts import details, shown, table
from parity_tests.report.html.tree import Tag, h

KINDS = {
    "W": ("s1", "weights W"),
    "b": ("s2", "biases b"),
    "gamma": ("s3", "batch norm γ"),
    "beta": ("s4", "batch norm β"),
}
INTRO = """Both networks start from the same weights and see the same batches and dropout masks. In float64 the
parameters of layers that agree stay together to rounding; in float32 both sides drift from the truth, and from each
other, as far as float32 lets them."""
OF_STRANGERS = (
    " The module's own optimisers are not stepped here: they are compared by themselves, among the operations."
)
DRAWN = """The labels are random: nothing can be learnt, and the loss need not fall. float64 is judged; float32 is only
drawn."""
DRAWN_OF_STRANGERS = "The targets are random. Nothing here is judged: the layers are, one by one."
KINKS = """ In float32 two trainings may part by far more than rounding, PyTorch's own from the truth as well: a number
that rounding cannot tell from 0 falls on one side of a ReLU here, and on the other there."""
OWN = ("s5", "PyTorch's own float32 error, the worst parameter")


def lockstep(evidence: Evidence, who: str) -> Tag | None:
    """who: what the page calls the module. None where it has no network."""
    names = dict.fromkeys([*(t.network for t in evidence.training), *(each.name for each in evidence.networks)])
    blocks = [block for name in names for block in _network(name, evidence, who)]
    if not blocks:
        return None
    return h(
        "section",
        h("h2", "Training in lockstep"),
        h("p", INTRO, OF_STRANGERS if evidence.of_stranger else None),
        blocks,
        h("p", DRAWN_OF_STRANGERS if evidence.of_stranger else DRAWN, KINKS if evidence.training else None),
        id="training",
    )


def _network(name: str, evidence: Evidence, who: str) -> Iterator[Tag]:
    """Its charts, and why there are none or not all."""
    trainings, why = [t for t in evidence.training if t.network == name], evidence.missing.get(name)
    charts = [chart(training, who) for training in trainings for chart in (_loss, _parameters)]
    if charts or why:
        yield h("h3", name)
        yield from (h("p", how, class_="quiet") for how in dict.fromkeys(t.how for t in trainings if t.how))
        yield h("div", charts, class_="charts")
    if why:
        yield h("p", "Not trained beside PyTorch, ", why, class_="quiet")


def _loss(training: Training, who: str) -> Tag:
    lines = [Line(who, training.ours, "s1"), Line("PyTorch", training.theirs, "s2", dots=True)]
    apart = max((abs(a - b) for a, b in zip(training.ours, training.theirs, strict=False)), default=0.0)
    title = f"loss of {training.network} over {len(training.theirs)} steps, {training.dtype}"
    caption = [f"Loss, {training.dtype}: the line is {who}, the dots are PyTorch; never more than ", _whole(apart),
               " apart."]  # fmt: skip
    drawn = over_steps(title, lines, log=False)
    return h("figure", drawn, legend(lines), h("figcaption", caption), class_="wide")


def _parameters(training: Training, who: str) -> Tag:
    lines = [Line(name, values, KINDS.get(_kind(name), ("s1", ""))[0]) for name, values in training.differences.items()]
    kinds = [Line(label, (), class_) for kind, (class_, label) in KINDS.items()
             if any(_kind(name) == kind for name in training.differences)]  # fmt: skip
    if training.own:
        own = Line(OWN[1], training.own, OWN[0])
        lines, kinds = [*lines, own], [*kinds, own]
    worst = max((max(values, default=0.0) for values in training.differences.values()), default=0.0)
    title = f"difference of every parameter of {training.network} from PyTorch's after each step, {training.dtype}"
    caption = [f"Parameters, {training.dtype}: |{who} − PyTorch| as a fraction of each one's scale, at most ",
               _whole(worst), "."]  # fmt: skip
    rows = [
        (name, *(shown_at(values, at) for at in (0, len(values) // 2, -1)))
        for name, values in training.differences.items()
    ]
    steps = len(training.theirs)
    head = ("parameter", "step 1", f"step {steps // 2 + 1}", f"step {steps}")
    numbers = table(f"differences of the parameters of {training.network}, {training.dtype}", head, rows)
    drawn = over_steps(title, lines, log=True)
    shown_ = h("figure", drawn, legend(kinds), h("figcaption", caption), class_="wide")
    return h("div", shown_, details("The numbers", numbers))


def _whole(number: float) -> Tag:
    """In one line, though it has a hyphen."""
    return h("span", f"{number:.1e}", class_="nowrap")


def shown_at(values: Sequence[float], at: int) -> str:
    return shown(values[at]).removesuffix(" ✗") if values else "-"


def _kind(name: str) -> str:
    return name.rpartition(".")[2]
