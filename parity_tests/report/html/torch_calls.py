"""PyTorch's side of a pair as the lines that one would write: taken from what the pair itself hands to the library.

layer = torch.nn.Linear(7, 5)
Y = layer(X)
Y.backward(dLdY)
dLdX = X.grad
dW = layer.weight.grad  # m d -> d m
"""

from __future__ import annotations

from parity_tests.pair import Case, Pair
from parity_tests.report.html.code import ROOT, source_of
from parity_tests.repro.spelt import Spelt

TORCH = Spelt("torch")
NETWORKS = {
    "fashion_mlp": ("torch_models/fashion_mlp.py", ("FashionMLP",)),
    "cifar_cnn": ("torch_models/cifar_cnn.py", ("CifarCNN", "convolution_block")),
}


def call(pair: Pair, case: Case) -> str:
    """The lines, with the settings of the case."""
    return LINES[pair.family](pair, case)


def _layer(pair: Pair, case: Case) -> str:
    made = pair.theirs(TORCH, case)
    lines = [f"layer = {made.text}", "Y = layer(X)", "Y.backward(dLdY)", "dLdX = X.grad"]
    for entry in pair.weights:
        child, _, name = entry.theirs.rpartition(".")
        path = made.prefixes.get(child, f"{child}." if child else "") + name
        inside, _, name = path.rpartition(".")
        module = f"layer[{inside}]" if inside else "layer"
        lines.append(f"d{entry.ours} = {module}.{name}.grad{_note(entry.layout)}")
    return "\n".join(lines)


def _note(layout) -> str:
    return f"  # {layout.pattern}" if hasattr(layout, "pattern") else ""


def _loss(pair: Pair, case: Case) -> str:
    value = pair.theirs(TORCH, case)(Spelt("Y_hat", length=case.shape[0]), Spelt("Y")).text
    return f"loss = {value}\nloss.backward()\ndY_hat = Y_hat.grad"


def _optimizer(pair: Pair, case: Case) -> str:
    made = pair.theirs(TORCH, case)(Spelt("parameters")).text
    return f"optimizer = {made}\noptimizer.step()  # reads the .grad of all parameters"


def _schedule(pair: Pair, case: Case) -> str:
    made = pair.theirs(TORCH, case)(Spelt("optimizer")).text
    return f"schedule = {made}\noptimizer.step()  # after each batch\nschedule.step()  # after each epoch"


def _initializer(pair: Pair, case: Case) -> str:
    return f"layer = torch.nn.Linear(n_in, n_out)\n{pair.theirs(TORCH, case)(Spelt('layer')).text}"


def _network(pair: Pair, case: Case) -> str:
    file, names = NETWORKS[pair.name]
    return "\n\n".join(source_of(name, file, ROOT) for name in names)


LINES = {
    "layer": _layer,
    "loss": _loss,
    "optimizer": _optimizer,
    "schedule": _schedule,
    "initializer": _initializer,
    "network": _network,
}
