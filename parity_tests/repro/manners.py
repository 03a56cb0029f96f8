"""Manners and endings as scripts: what code did beside computing, or instead of it.

leaves_inputs, backward_twice, returned_arrays, two_objects, side_effects, share_kept   an assert about just that
exception, exit, crash, time limit                                                      the calls that lead there
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from parity_tests.checks.strangers import DRAWS, SIGMAS
from parity_tests.families.layer import STAGE_NAMES
from parity_tests.findings import Failure
from parity_tests.pair import Case, Pair
from parity_tests.repro.choose import Rounded, without_masks
from parity_tests.repro.numbers import owners, tape_of, writer_of
from parity_tests.repro.plays import Play, load, plays
from parity_tests.repro.scripts import Place, Script
from parity_tests.repro.tape import Tape
from parity_tests.repro.writing import Writer
from parity_tests.trace import Trace
from parity_tests.workbench import Side, Workbench


class Manners:
    """Scripts for one failure of one case."""

    def __init__(self, bench: Workbench, side: Side, place: Place, pair: Pair, case: Case, failure: Failure) -> None:
        self.side, self.place, self.pair, self.case, self.failure = side, place, pair, case, failure
        self.dtype = failure.dtype if failure.dtype != "any" else "float64"
        batch = (Rounded(bench) if isinstance(bench, Workbench) else bench).batch(pair, case, self.dtype)
        self.batch = without_masks(batch)
        self.is_whole = all(f"{stage}.X" in self.batch for stage in STAGE_NAMES) or pair.family != "layer"

    @property
    def fresh(self) -> Trace:
        """The batch in arrays that may be written into."""
        return {name: array.copy() for name, array in self.batch.items()}

    def scripts(self) -> Iterator[Script]:
        yield from getattr(self, f"_{self.failure.check}", lambda: iter(()))()

    # ---- manners

    def _leaves_inputs(self) -> Iterator[Script]:
        name = self.failure.message.split(" was modified")[0].split(" ")[-1]
        for play in self._whole():
            tape, writer = self._played(play.run, play.stages)
            variable = next((v for v, held in writer.known.items() if held is self.batch[name]), "")
            writer.exposed = variable
            body = self._written(writer, tape)
            if variable not in writer.data:
                continue
            show = f'print("{variable} now:", {variable}.ravel()[:5], "and was:", before.ravel()[:5])'
            test = f'assert np.array_equal({variable}, before, equal_nan=True), "{variable} was modified"'
            yield self._script(writer, [f"before = {variable}.copy()", *body, show, test])

    def _backward_twice(self) -> Iterator[Script]:
        quantity = self.failure.message.split(" differs")[0].split(" ")[-1]
        name = quantity.removeprefix("gradient.")
        quantity = quantity if self.pair.family == "loss" else f"training.{quantity}"
        _, writer, where, body = self._located(next(plays(self.pair, quantity)))
        forwards = [i for i, line in enumerate(body) if re.search(r"forward\w*\(|layer\(", line)]
        again = body[forwards[-1] + 1 :]
        show = f'print("{name}, first:", first.ravel()[:4], "second:", np.ravel({where})[:4])'
        test = f'assert np.array_equal({where}, first), "{name} differs at the second backward"'
        yield self._script(writer, [*body, f"first = np.array({where})", *again, show, test])

    def _returned_arrays(self) -> Iterator[Script]:
        name = self.failure.message.split(" changed")[0].split(" ")[-1]
        quantity = f"training.{name}"
        _, _, where, _ = self._located(next(plays(self.pair, quantity)))

        def both(subject, batch: Trace) -> None:
            load(subject, batch)
            for stage in ("training", "third_batch"):
                subject.forward(batch[f"{stage}.X"], training=True, masks={})
                subject.backward(batch[f"{stage}.dLdY"])

        tape, writer = self._played(both, ("training", "third_batch"))
        body = self._written(writer, tape, where)
        at = next(i for i, line in enumerate(body) if "X_3" in line)
        show = f'print("{name} was:", before.ravel()[:4], "and is:", np.ravel({where})[:4])'
        test = f'assert np.array_equal({where}, before), "{name} changed when the next batch came"'
        yield self._script(writer, [*body[:at], f"before = np.array({where})", *body[at:], show, test])

    def _two_objects(self) -> Iterator[Script]:
        """One object alone, then once more with another one in between. Not of a dropout, which draws anew."""
        name = self.failure.message.split(" is changed")[0].split(" ")[-1].removeprefix("gradient.")
        found, passed = [], ("training", "third_batch")

        def both(subject, batch: Trace) -> None:
            other = self.side(self.pair, self.case, self.dtype)
            load(subject, batch)
            load(other, batch)
            for second in (None, other):
                subject.forward(batch["training.X"], training=True, masks={})
                if second is not None:
                    second.forward(batch["third_batch.X"], training=True, masks={})
                dX = subject.backward(batch["training.dLdY"])
                if second is not None:
                    second.backward(batch["third_batch.dLdY"])
                found.append(dX if name == "input_gradient" else subject.gradients()[name])

        if self.pair.name == "Dropout":
            return
        tape, writer = self._played(both, passed)
        objects = {id(call.owner): call.owner for call in tape.calls if call.owner is not None}
        writer.write([*objects.values()], [weight.ours for weight in self.pair.weights])
        where, _ = writer.locate(found[1])
        first, _ = writer.locate(found[0]) or (where, None)
        body = writer.lines(first, where)
        at = next(i for i, line in enumerate(body) if "X_3" in line)
        show = f'print("{name} alone:", alone.ravel()[:4], "and with another object:", np.ravel({where})[:4])'
        test = f'assert np.array_equal({where}, alone), "{name} is changed by another object of the class"'
        yield self._script(writer, [*body[:at], f"alone = np.array({first})", *body[at:], show, test])

    def _side_effects(self) -> Iterator[Script]:
        seeds = re.search(r"called (numpy\.)?random\.seed", self.failure.message)
        for play in self._whole():
            tape, writer = self._played(play.run, play.stages)
            body = self._written(writer, tape)
            if seeds:
                target = "np.random.seed" if seeds.group(1) else "random.seed"
                caught = [
                    "def caught(*seed):",
                    f'    raise AssertionError("{target} was called")',
                    f"{target} = caught",
                ]
                yield self._script(writer, [*caught, *body], {"random"} if not seeds.group(1) else set())
            else:
                opened = "with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):"
                test = 'assert not out.getvalue(), f"it printed {out.getvalue()!r}"'
                yield self._script(writer, [opened, *(f"    {line}" for line in body), test], {"contextlib", "io"})

    def _share_kept(self) -> Iterator[Script]:
        p = self.case["p"]

        def twice(subject, batch: Trace) -> None:
            subject.load({}, {})
            for _ in range(2):
                subject.forward(np.ones(DRAWS), training=True, masks={})

        tape, writer = self._played(twice, ())
        first, second = [call.result for call in tape.calls if isinstance(call.result, (np.ndarray, tuple))][-2:]
        writer.write(owners(tape))
        names = [writer.locate(r[0] if isinstance(r, tuple) else r)[0] for r in (first, second)]
        room = SIGMAS * np.sqrt(p * (1 - p) / np.prod(DRAWS))
        body = [*writer.lines(*names), f"share = np.count_nonzero({names[0]}) / {names[0]}.size"]
        body.append(f'print(f"it keeps {{share:.3f}} of its numbers, PyTorch {1 - p:g}")')
        body.append(f'assert abs(share - {1 - p:g}) <= {room:.3f}, "p is the probability of dropping"')
        body.append(f'assert not np.array_equal({names[0]}, {names[1]}), "it drops the same numbers at every call"')
        yield self._script(writer, body)

    # ---- parts

    def _whole(self) -> Iterator[Play]:
        """From the forward of one stage to whatever there is."""
        if self.pair.family == "layer":
            quantities = [f"{s}.{q}" for s in STAGE_NAMES for q in ("output", "input_gradient")]
            quantities += [f"{s}.gradient.{w.ours}" for s in STAGE_NAMES[:1] for w in self.pair.weights]
        elif self.pair.family == "optimizer":
            quantities = ["step0.a", "step1.b"]
        else:
            quantities = {"loss": ["value", "gradient"], "schedule": ["rates"], "initializer": ["weight.scale"]}[
                self.pair.family
            ]
        for quantity in quantities:
            some = list(plays(self.pair, quantity))[: 3 if self.pair.family == "optimizer" else 2]
            yield from (play for play in some if all(f"{stage}.X" in self.batch for stage in play.stages))

    def _played(self, run: Callable, stages: tuple[str, ...]) -> tuple[Tape, Writer]:
        self.side(self.pair, self.case, self.dtype)
        tape = tape_of(self.side)
        with np.errstate(all="ignore"), tape:
            run(self.side(self.pair, self.case, self.dtype), self.fresh)
        return tape, writer_of(tape, self.side, self.place, self.pair, self.batch, stages)

    def _located(self, play: Play) -> tuple[Tape, Writer, str, list[str]]:
        found = []
        tape, writer = self._played(lambda subject, batch: found.append(play.run(subject, batch)), play.stages)
        (got,) = found
        writer.write(owners(tape), [weight.ours for weight in self.pair.weights])
        where, _ = writer.locate(got)
        return tape, writer, where, writer.lines(where)

    def _written(self, writer: Writer, tape: Tape, *later: str) -> list[str]:
        writer.write(owners(tape), [weight.ours for weight in self.pair.weights])
        return writer.lines(*later)

    def _script(self, writer: Writer, body: list[str], uses: set[str] = frozenset()) -> Script:
        return Script(self._says(), self.place, writer.data, body, {*writer.imports, *uses})

    def _says(self) -> str:
        failure = self.failure
        what = failure.check if failure.kind in ("numbers", "manners") else failure.kind
        return f"{self.pair.name}: {what} (case {self.case.name}, {self.dtype}). Passes once that is mended."
