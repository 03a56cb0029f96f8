"""python -m parity_tests mutate: plant each fault of the bank, and see which check notices it first.

    Fate        what became of one mutant: the check that killed it, or none
    kill        runs the checks of the mutant's own pair, the likely and cheap ones first, until one fails; what fails
                on the right code as well does not count
    Borrowed    a workbench whose PyTorch traces are another workbench's, so that each is recorded once for all mutants

A mutant that survives shows a mistake that the suite would let pass. An equivalent one is wrong for no input, by the
proof that it carries, and must survive: one that is killed is not equivalent, and its proof is wrong.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from parity_tests.checks import Check, checks
from parity_tests.command_line import complain
from parity_tests.findings import quantity_of
from parity_tests.mutants import MUTANTS, Mutant, library, line, mutated_line, place
from parity_tests.pairs import BY_NAME
from parity_tests.run import run
from parity_tests.workbench import Side, Workbench

HELP = f"""Plant each of {len(MUTANTS)} one-line faults in scratch_nn, one at a time and in memory only, and run
the checks of its pair until one notices. A fault that no check notices is named: the suite would
let that mistake pass.

  killed            a check failed; the table says which
  SURVIVED          no check failed: a gap in the suite
  equivalent        no input can tell the changed line from the right one; the proof is printed, and it must survive

Exit code: 0 every fault is noticed, 1 one is not (or one that is called equivalent is), 2 the command was wrong.

examples:
  python -m parity_tests mutate                                        all of them, about half a minute
  python -m parity_tests mutate --pair Conv2D --pair Pool2D            those of two layers
  python -m parity_tests mutate --family optimizer                     those of one family
  python -m parity_tests mutate --mutant relu_gradient_one_at_zero     one of them
  python -m parity_tests mutate --pair BatchNorm --list --show         what they are, line by line; nothing is run"""


@dataclass(frozen=True)
class Fate:
    """killed_by: the id of the check that noticed the mutant, None where it survived. message: what the check said."""

    mutant: Mutant
    killed_by: str | None
    message: str
    seconds: float

    @property
    def ok(self) -> bool:
        """Killed, as it should be; or alive, as only an equivalent one may be."""
        return (self.killed_by is None) == bool(self.mutant.equivalent)


class Borrowed(Workbench):
    """Another candidate beside the reference of `bench`: batches and PyTorch's traces are recorded there, once."""

    def __init__(self, candidate: Side, bench: Workbench) -> None:
        super().__init__(candidate, bench.expected)
        for name in ("batch", "expected", "truth", "absolute"):
            setattr(self, name, getattr(bench, name))


def planted(mutant: Mutant, bench: Workbench) -> Borrowed:
    """A workbench whose candidate is scratch_nn with the fault in it."""
    from parity_tests.subjects.scratch import ScratchSide

    return Borrowed(ScratchSide(library(mutant)), bench)


def kill(mutant: Mutant, bench: Workbench) -> Fate:
    """Which check notices it first. `bench` has the right code as its candidate, and lends the reference.

    A check that fails on the right code as well has not noticed the mutant.
    """
    start, wrong = time.perf_counter(), planted(mutant, bench)
    for check in by_promise(mutant):
        found = run(check, wrong).found
        if not found.ok and run(check, bench).found.ok:
            return Fate(mutant, check.id, found.message, time.perf_counter() - start)
    return Fate(mutant, None, "", time.perf_counter() - start)


def by_promise(mutant: Mutant) -> list[Check]:
    """All checks of the pair: those of the quantities that should go wrong first, then the cheap before the costly."""
    pair = BY_NAME[mutant.pair]
    sizes = {case.name: _size(case.shape) * (1 + case.get("steps", 0)) for case in pair.cases}

    def promise(check: Check) -> tuple[bool, int, int]:
        return not _is_likely(check, mutant), _cost(check), sizes.get(check.case, 0)

    return sorted(checks(pair), key=promise)


def _size(shape: tuple[int, ...]) -> int:
    return 1 if not shape else shape[0] * _size(shape[1:])


def _is_likely(check: Check, mutant: Mutant) -> bool:
    if not mutant.quantities:
        return check.name == "refused"
    named = quantity_of(check.name) in mutant.quantities
    return check.dtype == "float64" and (named or any(check.looks_at(name) for name in mutant.quantities))


def _cost(check: Check) -> int:
    """0 what is recorded anyway, and refusals; 1 float32, which needs PyTorch three times; 2 what runs the layer again
    for each element of a gradient."""
    calculus = check.name in ("finite_difference", "autograd_gradcheck")
    return 2 if calculus else int(check.dtype == "float32")


def lines(fates: Sequence[Fate]) -> list[str]:
    """Killed and total of each family, what killed each mutant, and what is left."""
    said = [_row("mutant", "pair", "killed by")]
    for fate in fates:
        killer = fate.killed_by or ("equivalent" if fate.mutant.equivalent else "SURVIVED")
        said.append(_row(fate.mutant.name, fate.mutant.pair, killer))
    said += ["", *_equivalent(fates), *_families(fates), *_conclusion(fates)]
    return said


def _row(name: str, pair: str, killer: str) -> str:
    return f"{name:<58} {pair:<20} {killer}"


def _equivalent(fates: Iterable[Fate]) -> Iterator[str]:
    for fate in fates:
        if fate.mutant.equivalent:
            yield f"equivalent: {fate.mutant.name}. {fate.mutant.equivalent}"


def _families(fates: Sequence[Fate]) -> Iterator[str]:
    yield f"{'family':<14} {'killed':>6} {'total':>6}"
    for family in dict.fromkeys(BY_NAME[fate.mutant.pair].family for fate in fates):
        those = [f for f in fates if BY_NAME[f.mutant.pair].family == family and not f.mutant.equivalent]
        yield f"{family:<14} {sum(f.killed_by is not None for f in those):>6} {len(those):>6}"


def _conclusion(fates: Sequence[Fate]) -> Iterator[str]:
    for fate in fates:
        if not fate.ok and not fate.mutant.equivalent:
            yield f"SURVIVED: {fate.mutant.name} ({fate.mutant.pair}): {fate.mutant.says}. No check notices it."
        elif not fate.ok:
            yield f"NOT EQUIVALENT: {fate.mutant.name} is noticed. {fate.message}"
    faults = [fate for fate in fates if not fate.mutant.equivalent]
    killed, seconds = sum(fate.killed_by is not None for fate in faults), sum(fate.seconds for fate in fates)
    yield f"{killed} of {len(faults)} faults are noticed ({seconds:.0f} s)."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    families = list(dict.fromkeys(BY_NAME[mutant.pair].family for mutant in MUTANTS))
    parser.description, parser.formatter_class = HELP, argparse.RawDescriptionHelpFormatter
    parser.add_argument("--pair", action="append", metavar="NAME", help="only this pair's (may be given again)")
    parser.add_argument("--family", action="append", choices=families, help="only this family's (may be given again)")
    parser.add_argument("--mutant", action="append", metavar="NAME", help="only this one (may be given again)")
    parser.add_argument("--list", action="store_true", help="list the faults and stop")
    parser.add_argument("--show", action="store_true", help="show the line that is changed, before and after")


def chosen(options: argparse.Namespace) -> list[Mutant]:
    """The mutants asked for. Raises ValueError, listing the known names, for one that is not there."""
    for kind, asked, known in (
        ("pair with mutants", options.pair, {mutant.pair: None for mutant in MUTANTS}),
        ("mutant", options.mutant, {mutant.name: None for mutant in MUTANTS}),
    ):
        if unknown := [name for name in asked or () if name not in known]:
            raise ValueError(f"no {kind} is called {', '.join(unknown)}; there are {', '.join(known)}")
    everything = not (options.pair or options.family or options.mutant)
    return [mutant for mutant in MUTANTS if everything or _is_asked(mutant, options)]


def _is_asked(mutant: Mutant, options: argparse.Namespace) -> bool:
    family = BY_NAME[mutant.pair].family
    return any(
        name in (asked or ())
        for name, asked in ((mutant.pair, options.pair), (family, options.family), (mutant.name, options.mutant))
    )


def described(mutant: Mutant, *, show: bool) -> list[str]:
    said = [_row(mutant.name, mutant.pair, mutant.says)]
    if show:
        said += [f"    {place(mutant)}", f"    - {line(mutant)}", f"    + {mutated_line(mutant)}", f"    {mutant.rule}"]
    return said


def command(options: argparse.Namespace) -> int:
    """Run what the options ask for and print; the exit code."""
    try:
        asked = chosen(options)
    except ValueError as error:
        return complain("mutate", error)
    if options.list or options.show:
        print("\n".join(said for mutant in asked for said in described(mutant, show=options.show)))
    if options.list:
        return 0
    fates = kill_all(asked)
    print("\n".join(lines(fates)))
    return 0 if all(fate.ok for fate in fates) else 1


def kill_all(mutants: Sequence[Mutant]) -> list[Fate]:
    """One after the other, beside one PyTorch."""
    from tqdm import tqdm

    from parity_tests.own_run import own_bench

    bench = own_bench()
    bar = tqdm(mutants, unit=" mutants", desc="mutate", leave=False, disable=None)
    return [kill(mutant, bench) for mutant in bar]
