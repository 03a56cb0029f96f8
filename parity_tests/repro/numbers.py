"""Wrong numbers as a script: the stranger's calls, PyTorch's, where they differ most, and an assert."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from parity_tests.pair import Pair
from parity_tests.repro import twins
from parity_tests.repro.choose import Scene
from parity_tests.repro.scripts import Place, Script
from parity_tests.repro.tape import Call, Tape
from parity_tests.repro.turns import turned
from parity_tests.repro.values import CannotWrite
from parity_tests.repro.writing import Writer
from parity_tests.trace import Trace
from parity_tests.workbench import Side

SHAPES = "assert yours.shape == pytorch.shape, (yours.shape, pytorch.shape)"
STAGED = {"training": "", "second_batch": "_2", "third_batch": "_3", "evaluation": "_e"}


def known(batch: Trace, stages: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The arrays of a batch by the names that they get in a script."""
    found = {}
    for name, array in batch.items():
        kind, _, rest = name.partition(".")
        if kind in STAGED and stages and kind not in stages:
            continue
        suffix = STAGED.get(kind, "") if len(stages) > 1 else ""
        variable = f"g_{rest.replace('.', '_')}" if kind == "gradient" else (rest or kind) + suffix
        found[variable] = array
    if "Y" in batch and batch["Y"].ndim == 2:
        found["labels"] = batch["Y"].argmax(axis=1)
    return found


def recorded(side: Side, scene: Scene, run: Callable) -> tuple[Tape, object]:
    """(tape, what run gave) of a fresh subject; a subject before it takes what is done once for all."""
    side(scene.pair, scene.case, scene.dtype)
    tape = tape_of(side)
    with np.errstate(all="ignore"), tape:
        got = run(side(scene.pair, scene.case, scene.dtype), scene.batch)
    return tape, got


def writer_of(tape: Tape, side: Side, place: Place, pair: Pair, batch: Trace, stages: tuple[str, ...]) -> Writer:
    writer = Writer(tape, side.library, place.alias, known(batch, stages), pair.family)
    writer.roots = {id(thing): text for thing, text in getattr(side, "roots", ())}
    return writer


def tape_of(side: Side) -> Tape:
    """A new tape; what was there before it is watched from the beginning."""
    tape = Tape()
    for thing, _ in getattr(side, "roots", ()):
        tape.watch(thing)
    return tape


def owners(tape: Tape) -> list:
    """The object of the last call, if it has one."""
    last = next((call for call in reversed(tape.calls) if call.name != "__init__"), None) or tape.calls[-1]
    return [] if last.owner is None else [last.owner]


def script(side: Side, place: Place, scene: Scene, *, loaded: bool = True, dtype_only: bool = False) -> Script:
    """Raises CannotWrite where what was wrong is not found in what the calls gave and left behind."""
    tape, got = recorded(side, scene, scene.play.run)
    writer = writer_of(tape, side, place, scene.pair, scene.batch, scene.play.stages)
    writer.write(owners(tape), [weight.ours for weight in scene.pair.weights])
    if scene.pair.family == "initializer":
        where, raw = _draw(writer, tape, scene), None
    elif scene.pair.family == "schedule":
        where, raw = _rates(writer, tape), None
    else:
        found = writer.locate(got)
        if found is None:
            raise CannotWrite(f"{scene.play.quantity} is neither in what was returned nor in the object")
        where, raw = found
    if dtype_only:
        kind = f"np.{scene.dtype}"
        print_it = f'print("{scene.name}:", {where}.dtype, "where {scene.dtype} went in")'
        body = [*writer.lines(where), print_it, f'assert {where}.dtype == {kind}, "{scene.name} is of another type"']
        return Script(_says(scene), place, writer.data, body, writer.imports)
    twin, before = _dropped(scene, writer, tape) if _draws_its_own(scene) else _twin(scene, writer, loaded), []
    if raw is not None:
        where, raw = _as_array(where, raw)
    if scene.pair.family == "layer":
        text = twins.turn_of(scene.pair, scene.play, twin, scene.batch, raw, np.asarray(got))
        if turned(raw, text) is None:  # it has not even as many axes
            before = [f"assert {where}.ndim == {text.count(',') + 1}, {where}.shape"]
        where = text.format(where)
    body = [*writer.lines(where, *twin.lines), *before, *twin.lines, *_tail(scene, where, twin, got)]
    spare = (SHAPES,) if np.shape(got) == scene.expected.shape else ()
    return Script(_says(scene), place, writer.data, body, writer.imports, spare)


def _as_array(where: str, raw) -> tuple[str, np.ndarray]:
    return (where, raw) if isinstance(raw, np.ndarray) else (f"np.asarray({where})", np.asarray(raw))


def _twin(scene: Scene, writer: Writer, loaded: bool) -> twins.Twin:
    if scene.pair.family == "layer":
        return twins.layer(scene.pair, scene.case, scene.play, writer, scene.batch, loaded=loaded)
    return twins.KINDS[scene.pair.family](scene.pair, scene.case, scene.play, writer, scene.batch)


def _draws_its_own(scene: Scene) -> bool:
    return scene.pair.name == "Dropout" and scene.play.stages[-1] != "evaluation" and 0 < scene.case["p"] < 1


def _dropped(scene: Scene, writer: Writer, tape: Tape) -> twins.Twin:
    """PyTorch's rule for the mask that the stranger drew: what is kept is divided by 1 - p."""
    forward: Call = next(c for c in reversed(tape.calls) if "backward" not in c.name and c.name != "__init__")
    Y = forward.result[0] if isinstance(forward.result, tuple) else forward.result
    (where, _), twin = writer.locate(Y), twins.Twin()
    tensors, (stage, _, what) = twins.Tensors(writer, scene.batch), scene.play.quantity.partition(".")
    X = f"torch.tensor({twins.input_of(stage, tensors, twin)}"
    kept = f"({twin.turns['X'].format(where)} != 0) / np.{scene.dtype}(1 - {scene.case['p']})"
    scaled = f"torch.tensor({kept})  # its own mask, and PyTorch's scale"
    if what == "output":
        twin.lines.append(f"kept = {scaled}")
        twin.pytorch = f"({X}) * kept).numpy()"
        return twin
    upstream = twins.upstream_of(scene.pair, stage, tensors, twin)
    twin.lines += [f"x, kept = {X}, requires_grad=True), {scaled}", f"(x * kept).backward(torch.tensor({upstream}))"]
    twin.pytorch = "x.grad.numpy()"
    return twin


def _rates(writer: Writer, tape: Tape) -> str:
    """The calls of fifty epochs as a loop."""
    told = [call for call in tape.calls if call.name != "__init__"]
    made = [line for line in writer.lines() if line.startswith(f"{writer.thing} = ")]
    name, first = writer.thing, told[0]
    tell = name if first.name == "__call__" else f"{name}.{first.name}"
    if first.arguments:
        writer.instead(made)
        return f"np.array([float({tell}(epoch)) for epoch in range({len(told)})])"
    rates = sum(call.name == first.name for call in told)
    loop = [
        "told = []",
        f"for epoch in range({rates}):",
        f"    told.append(float({tell}()))",
        f"    {name}.{told[1].name}()",
    ]
    writer.instead((*made, *loop))
    return "np.array(told)"


def _draw(writer: Writer, tape: Tape, scene: Scene) -> str:
    """The draw, and the standard draw of the same seed."""
    seed, shape = int(scene.batch["seed"]), np.shape(tape.calls[-1].result)
    draws = {
        "ones": f"np.ones({shape})",
        "normal": f"{{}}.normal(size={shape})",
        "uniform": f"{{}}.uniform(-1, 1, {shape})",
    }
    has_rng = any(isinstance(value, np.random.Generator) for value in tape.calls[-1].arguments.values())
    source = f"np.random.default_rng({seed})" if has_rng else "np.random"
    lines = [text.replace("np.random.default_rng(0)", source) for text in writer.lines()]
    made = [] if has_rng else [f"np.random.seed({seed})"]
    standard = draws[scene.case["kind"]].format(source)
    scale = ["def scale(draw, standard):  # what the standard draw of the same seed was multiplied by",
             "    ratios = (draw / standard)[np.abs(standard) > 0.5]",
             "    return np.array([np.median(ratios), ratios.min(), ratios.max()])"]  # fmt: skip
    writer.instead((*scale, *lines[:-1], *made, f"own = {lines[-1]}", *made))
    return f"scale(own, {standard})"


def _says(scene: Scene) -> str:
    where = f"case {scene.case.name}, {scene.play.quantity}, {scene.dtype}"
    return f"{scene.pair.name}: {scene.name} is not PyTorch's ({where}). Passes once that is mended."


def _tail(scene: Scene, where: str, twin: twins.Twin, got) -> list[str]:
    """Where they differ most, and the assert."""
    lines = [f"yours, pytorch = {where}, {twin.pytorch}"]
    got, expected = np.asarray(got), scene.expected
    if scene.dtype == "float32":
        lines.append("assert yours.dtype == np.float32, yours.dtype")
    lines.append(SHAPES)
    finite = all(np.all(np.isfinite(array)) for array in (got, expected) if array.dtype.kind == "f")
    same = "(yours == pytorch) | (yours != yours) & (pytorch != pytorch)"
    far = "np.abs(yours - pytorch)"
    lines.append(f"far = {far if finite else f'np.where({same}, 0, np.nan_to_num({far}, nan=np.inf))'}")
    lines.append("at = tuple(map(int, np.unravel_index(far.argmax(), far.shape)))")
    lines.append(f'print(f"{scene.name} at {{at}}: {{yours[at]}}, PyTorch {{pytorch[at]}}")')
    lines.append(f'assert far.max() <= {scene.room:.3g}, "{scene.name} is not PyTorch\'s"')
    return lines
