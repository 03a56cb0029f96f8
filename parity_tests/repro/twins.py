"""PyTorch's side of a script: statements, and the expression that gives the same quantity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from parity_tests.families.schedule import EPOCHS
from parity_tests.layout import AsTheyAre, Weight
from parity_tests.pair import Case, Pair
from parity_tests.repro.plays import TRAINING, Play
from parity_tests.repro.spelt import Spelt
from parity_tests.repro.turns import AS_IT_IS, same, turn
from parity_tests.repro.writing import Writer
from parity_tests.trace import Trace

TORCHS = AsTheyAre()


@dataclass
class Twin:
    """lines; pytorch: the expression; turns: of the stranger's arrays, by what they stand beside ("X", "Y", "W")."""

    lines: list[str] = field(default_factory=list)
    pytorch: str = ""
    turns: dict[str, str] = field(default_factory=dict)


class Tensors:
    """The arrays of a batch as PyTorch gets them, by the variables of the script."""

    def __init__(self, writer: Writer, batch: Trace) -> None:
        self.writer, self.batch = writer, batch

    def text(self, key: str, array: np.ndarray, *likely: str, images: Sequence[int] = ()) -> tuple[str, str]:
        """(variable with its turn, the turn) of an array in PyTorch's layout."""
        name = next((n for n, held in self.writer.known.items() if held is self.batch[key]), key.split(".")[-1])
        held = sorted(self.writer.data.items(), key=lambda item: item[0] != name)
        for variable, own in held:
            if own.dtype == array.dtype and own.size == array.size:
                found = turn(own, array, *likely, images=images)
                if found is not None:
                    return found.format(variable), found
        if array.ndim == 0:
            return repr(array.item()), AS_IT_IS
        return self.writer.variable(array, name), AS_IT_IS


def layer(pair: Pair, case: Case, play: Play, writer: Writer, batch: Trace, *, loaded: bool = True) -> Twin:
    """The module with the same weights, through the same stages."""
    spelt, tensors, twin = pair.theirs(Spelt("torch"), case), Tensors(writer, batch), Twin()
    dtype = next(array.dtype for name, array in batch.items() if name.endswith(".X"))
    has_arrays = bool(pair.weights or pair.state)
    twin.lines.append(f"twin = {spelt.text}{'.double()' if has_arrays and dtype == np.float64 else ''}")
    if has_arrays and loaded:
        entries = [(e, f"{kind}.{e.ours}") for kind, some in (("parameter", pair.weights), ("state", pair.state))
                   for e in some]  # fmt: skip
        arrays = [_entry(entry, key, spelt, tensors, twin) for entry, key in entries]
        twin.lines.append(f"twin.load_state_dict({{{', '.join(arrays)}}})")
    *earlier, last = play.stages
    what = play.quantity.removeprefix(f"{last}.")
    kept = earlier if pair.state else []
    for stage in kept:
        twin.lines.append(f"twin(torch.tensor({input_of(stage, tensors, twin)}))")
    if not TRAINING[last]:
        twin.lines.append("twin.eval()")
    X = f"torch.tensor({input_of(last, tensors, twin)}"
    if what == "output":
        twin.pytorch = f"twin({X})).detach().numpy()"
        return twin
    if what.startswith("state."):
        twin.lines.append(f"twin({X}))")
        twin.pytorch = f"twin.{what.removeprefix('state.')}.numpy()"
        return twin
    upstream = f"torch.tensor({upstream_of(pair, last, tensors, twin)})"
    if what == "input_gradient":
        twin.lines.append(f"x = {X}, requires_grad=True)")
        twin.lines.append(f"twin(x).backward({upstream})")
        twin.pytorch = "x.grad.numpy()"
        return twin
    weight = next(w for w in pair.weights if w.ours == what.removeprefix("gradient."))
    twin.lines.append(f"twin({X})).backward({upstream})")
    twin.pytorch = f"{_path(weight, spelt)}.grad.numpy()"
    return twin


def _entry(entry: Weight, key: str, spelt: Spelt, tensors: Tensors, twin: Twin) -> str:
    array = entry.layout.to_theirs(tensors.batch[key])
    text, twin.turns[entry.ours] = tensors.text(key, np.asarray(array))
    return f'"{_name(entry, spelt)}": torch.tensor({text})'


def _name(entry: Weight, spelt: Spelt) -> str:
    child, _, name = entry.theirs.rpartition(".")
    return spelt.prefixes.get(child, f"{child}." if child else "") + name


def _path(entry: Weight, spelt: Spelt) -> str:
    child, _, name = _name(entry, spelt).rpartition(".")
    return f"twin[{child}].{name}" if child else f"twin.{name}"


def input_of(stage: str, tensors: Tensors, twin: Twin) -> str:
    X = tensors.batch[f"{stage}.X"]
    likely = [twin.turns["X"]] if "X" in twin.turns else []
    text, twin.turns["X"] = tensors.text(f"{stage}.X", TORCHS.to_theirs(X), *likely)
    return text


def upstream_of(pair: Pair, stage: str, tensors: Tensors, twin: Twin) -> str:
    X, dLdY = tensors.batch[f"{stage}.X"], tensors.batch[f"{stage}.dLdY"]
    likely = [twin.turns["X"]] if X.ndim == dLdY.ndim else []
    array = pair.output_layout(X.shape).to_theirs(dLdY)
    text, twin.turns["Y"] = tensors.text(f"{stage}.dLdY", array, *likely, images=X.shape)
    return text


def turn_of(pair: Pair, play: Play, twin: Twin, batch: Trace, raw: np.ndarray, got: np.ndarray) -> str:
    """How what the stranger gave becomes PyTorch's: as what it stands beside does."""
    stage, _, what = play.quantity.partition(".")
    if what == "input_gradient":
        return twin.turns["X"]
    if what.startswith(("gradient.", "state.")) or stage == "state":
        return twin.turns.get(what.rpartition(".")[2], AS_IT_IS)
    X = batch[f"{stage}.X"]
    likely = [twin.turns["Y"]] if "Y" in twin.turns else [twin.turns["X"]] if X.ndim == np.ndim(raw) else []
    try:
        torchs = np.asarray(pair.output_layout(X.shape).to_theirs(got))
    except ValueError:
        return AS_IT_IS
    return turn(raw, torchs, *likely, images=X.shape) or AS_IT_IS


def loss(pair: Pair, case: Case, play: Play, writer: Writer, batch: Trace) -> Twin:
    Y, Y_hat, tensors = batch["Y"], batch["Y_hat"], Tensors(writer, batch)
    numbers = Y.argmax(axis=1) if Y.ndim == 2 else Y
    labels = next((name for name, held in writer.data.items() if held.dtype.kind == "i" and same(held, numbers)), "")
    if labels:
        target = Spelt(
            f"torch.tensor(np.eye({Y.shape[1]})[{labels}])",
            length=len(Y),
            instead={"argmax": Spelt(f"torch.tensor({labels})")},
        )
    else:
        target = Spelt(f"torch.tensor({tensors.text('Y', Y)[0]})", length=len(Y))
    output = tensors.text("Y_hat", Y_hat)[0]
    value = pair.theirs(Spelt("torch"), case)(Spelt("y_hat", length=len(Y)), target).text
    twin = Twin([f"y_hat = torch.tensor({output}, requires_grad=True)", f"loss_of_torch = {value}"])
    if play.quantity == "value":
        twin.pytorch = "np.array(loss_of_torch.item())"
        return twin
    twin.lines[-1] = f"({value}).backward()" if value.startswith("-") else f"{value}.backward()"
    twin.pytorch = "y_hat.grad.numpy()"
    return twin


def optimizer(pair: Pair, case: Case, play: Play, writer: Writer, batch: Trace) -> Twin:
    """The same steps, in one loop."""
    tensors, wanted = Tensors(writer, batch), play.quantity.partition(".")[2]

    def tensor(key: str) -> str:
        return f"torch.tensor({tensors.text(key, batch[key])[0]})"

    held = ", ".join(f'"{n}": {tensor(f"parameter.{n}")}' for n in play.names)
    steps = range(len(play.rates))
    gradients = [f"[{', '.join(tensor(f'gradient.{step}.{n}') for n in play.names)}]" for step in steps]
    rates = [float(factor * batch["rate"][0]) for factor in play.rates]
    lines = [
        f"tensors = {{{held}}}",
        f"steps = {pair.theirs(Spelt('torch'), case)(Spelt('list(tensors.values())')).text}",
    ]
    lines.append(f"for rate, gradients in zip({rates}, [{', '.join(gradients)}]):")
    lines.append('    steps.param_groups[0]["lr"] = rate')
    lines += ["    for tensor, gradient in zip(tensors.values(), gradients):", "        tensor.grad = gradient"]
    return Twin([*lines, "    steps.step()"], f'tensors["{wanted}"].numpy()')


def schedule(pair: Pair, case: Case, play: Play, writer: Writer, batch: Trace) -> Twin:
    """A scheduler of PyTorch's, stepped once an epoch."""
    made = pair.theirs(Spelt("torch"), case)(Spelt("steps")).text
    return Twin(
        [
            f"steps = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr={case['lr']})",
            f"scheduler, rates = {made}, []",
            f"for epoch in range({EPOCHS}):",
            '    rates.append(steps.param_groups[0]["lr"])',
            "    steps.step()",
            "    scheduler.step()",
        ],
        "np.array(rates)",
    )


def initializer(pair: Pair, case: Case, play: Play, writer: Writer, batch: Trace) -> Twin:
    """Filled twice from one seed: as asked for, and by the standard draw. What is between them is the scale."""
    fill, seed = pair.theirs(Spelt("torch"), case)(Spelt("twin")).text, int(batch["seed"])
    draw = {"ones": "fill_(1)", "normal": "normal_(0, 1)", "uniform": "uniform_(-1, 1)"}[case["kind"]]
    shape, dtype = case.shape, "dtype=torch.float64"
    sizes = f"Linear{shape}" if len(shape) == 2 else f"Conv2d{(shape[2], shape[3], shape[:2])}"
    return Twin(
        [
            f"twin = torch.nn.{sizes.removesuffix(')')}, {dtype})",
            f"torch.manual_seed({seed})",
            fill,
            f"torch.manual_seed({seed})",
            f"draw, standard = twin.weight.detach().numpy(), torch.empty_like(twin.weight).{draw}.detach().numpy()",
        ],
        "scale(draw, standard)",
    )


KINDS = {"loss": loss, "optimizer": optimizer, "schedule": schedule, "initializer": initializer}
