"""What a person reads under the table: one block a finding, then what is not offered.

    ReLU: input_gradient fails.
      2 of 260 checks, in 1 case (kinks). The first in the order of computation:
        ReLU-kinks-training.input_gradient[float64]: worst |ours - torch| 1.8e+00 at (0, 4), allowed 1.8e-10; ...
      It is what you get when the gradient at exactly 0 is 1: fits 8 of 8 wrong arrays, to 3e-17.
      PyTorch: the gradient at exactly 0 is 0.
      Compare scratch_nn/activations.py:60:  self._on[some] = ~(X <= 0)
      And in what is built on it: Conv2D (relu), fashion_mlp.

Lines are at most 120 columns wide. Every reason, with the ids of its checks, stands in the JSON results.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from parity_tests.findings import CURE_FLOAT64, NO_RETURN, Explanation, Finding, Report, Rule
from parity_tests.report.reading import not_offered, plain
from parity_tests.run import Summary
from parity_tests.wording import cut, listed

WIDTH = 120
NAMED = 3  # cases written out; of more, their number
LONGEST = 480  # characters of a message; an exception can carry a whole array

HOW = {
    "numbers": "",
    "exception": " with an exception",
    "time limit": ": it ran into its time limit",
    "memory limit": ": it ran into its memory limit",
    "crash": ": the process crashed",
    "exit": ": the code ended the process",
    "manners": ": the code touched what is not its own",
}

LACKS = re.compile(r"(\w+) has no (\w+(?:, \w+)*)")
UNEXPLAINED = "None of the known mistakes gives these numbers; there may be two at once."
UNEXPLAINED_SHAPE = "None of the known mistakes gives this shape; there may be two at once."
OF_ONE = re.compile(r"in the (value|gradient), ")  # how an explanation begins that is of one of two quantities
FLOAT64_ALONE = "expected type float32, got float64"


def lines(report: Report) -> list[str]:
    """Everything as lines of text; none where all is offered and agrees."""
    blocks = [block(finding, report.cure_float64) for finding in report.findings]
    if missing := missing_lines(report):
        blocks.append(missing)
    return [line for number, found in enumerate(blocks) for line in ([""] if number else []) + found]


def block(finding: Finding, cure_float64: str = CURE_FLOAT64) -> list[str]:
    """One finding, told once: what fails, where first, why, and what follows from it. cure_float64: as in Report."""
    first = finding.failures[0]
    fails = f"fails{HOW.get(first.kind, f' ({first.kind})')}"
    note = f"{finding.pair} {finding.note}: a note, no failure."
    what = finding.pair if first.kind in NO_RETURN else f"{finding.pair}: {finding.quantity}"
    head = note if finding.note else f"{what} {fails}."
    found = [*wrapped(head), *wrapped(f"{extent(finding)} The first in the order of computation:", 2)]
    found += wrapped(shortened(first.message), 4)
    if FLOAT64_ALONE in first.message:
        found += wrapped(cure_float64, 2)
    found += [line for sentence in unexplained(finding) for line in wrapped(sentence, 2)]
    for explanation in told_explanations(finding.explanations):
        begin = opening(finding, explanation)
        found += [line for sentence in sentences(explanation, begin) for line in wrapped(sentence, 2)]
    if finding.folded:
        found += wrapped(f"And in what is built on it: {', '.join(map(named, built_on(finding)))}.", 2)
    return found


def opening(finding: Finding, explanation: Explanation) -> str:
    """How an explanation begins: it is of numbers, and none of an exception that comes before them; nor of what is
    wrong first, where that has a rule and no explanation. What it is of is said once, and first."""
    place, quantities = place_of(explanation), " and ".join(explanation.quantities)
    if finding.rule is not None:
        return f"But {place or f'of {quantities}, '}it is"
    begin = "Where it does not raise, " if finding.failures[0].kind == "exception" else ""
    return upper_first(f"{begin}{place}it is")


def place_of(explanation: Explanation) -> str:
    """ "in the gradient, ", where it says so at its beginning."""
    found = OF_ONE.match(explanation.says)
    return found[0] if found else ""


def upper_first(text: str) -> str:
    return text[0].upper() + text[1:]


def told_explanations(explanations: Sequence[Explanation]) -> list[Explanation]:
    """The best, and each later one that explains a quantity which none before it does: an independent mistake."""
    told, explained = [], set()
    for explanation in explanations:
        if not told or set(explanation.quantities) - explained:
            told.append(explanation)
            explained |= set(explanation.quantities)
    return told


def extent(finding: Finding) -> str:
    """ "2 of 260 checks, in 1 case (kinks)." """
    cases = finding.cases
    some = f" ({', '.join(cases)})" if len(cases) <= NAMED else ""
    return f"{len(finding.failures)} of {finding.checks} checks, in {counted(len(cases), 'case')}{some}."


def sentences(explanation: Explanation, begin: str) -> Iterator[str]:
    """What would give these numbers, how exactly, what PyTorch does, and where ours does it."""
    how_far = "exactly" if explanation.error == 0 else f"to {explanation.error:.0e}"
    fits = f"fits {explanation.matched} of {explanation.of} wrong arrays, {how_far}"
    yield f"{begin} what you get when {explanation.says.removeprefix(place_of(explanation))}: {fits}."
    if explanation.convention:
        yield f"Valid, but not PyTorch's: the convention of {explanation.convention}."
    yield from right(explanation)


def unexplained(finding: Finding) -> Iterator[str]:
    """What is right, where nothing is known that gives the numbers; nothing where none was sought."""
    if finding.rule is not None:
        of_shape = finding.failures[0].message.startswith("expected shape")
        yield from () if finding.note else (UNEXPLAINED_SHAPE if of_shape else UNEXPLAINED,)
    if finding.hint:
        yield finding.hint
    if finding.rule is not None:
        yield from right(finding.rule)


def right(told: Explanation | Rule) -> Iterator[str]:
    """What PyTorch does, and where ours does it."""
    if told.rule:
        yield f"PyTorch: {told.rule}"
    if told.place:
        yield f"Compare {told.place}:  {told.line}"


def built_on(finding: Finding) -> Iterator[Finding]:
    """The findings that follow from this one, also those that follow from them."""
    for follows in finding.folded:
        yield follows
        yield from built_on(follows)


def named(finding: Finding) -> str:
    """ "Conv2D (relu)", "BatchNorm (7 cases)": where else it shows. A network's name says enough."""
    cases = finding.cases
    if finding.family == "network":
        return finding.pair
    return f"{finding.pair} ({', '.join(cases) if len(cases) <= NAMED else counted(len(cases), 'case')})"


def missing_lines(report: Report) -> list[str]:
    """What is not offered: the pairs that are not there at all, then what is missing of the others, pair by pair."""
    is_there = [bool(summary.checks) or summary.refused for summary in report.summaries]
    absent = [summary.pair.name for summary, there in zip(report.summaries, is_there, strict=True) if not there]
    partly = [s for s, there in zip(report.summaries, is_there, strict=True) if there and s.not_offered]
    lines = wrapped(f"not there: {', '.join(absent)}", 2) if absent else []
    for summary in partly:
        lines += wrapped(f"{summary.pair.name}, {counted(not_offered(summary), 'check')}: {_reasons(summary)}", 2)
    return ["Not offered, so neither passed nor failed:", *lines] if lines else []


def _reasons(summary: Summary) -> str:
    """The reasons of most checks first, and how many more there are."""
    checks = _settings_together({why: len(ids) for why, ids in summary.not_offered.items()})
    reasons = sorted(checks, key=lambda why: -checks[why])
    return listed([*map(shortened, reasons)], NAMED, between="; ", last="; and ")


def _settings_together(checks: Mapping[str, int]) -> dict[str, int]:
    """ "SGD has no momentum" and "SGD has no momentum, nesterov" as one reason, which names all that it has not."""
    settings: dict[str, dict[str, None]] = {}
    found: dict[str, int] = {}
    for why in checks:
        if lacks := LACKS.fullmatch(why):
            settings.setdefault(lacks[1], {}).update(dict.fromkeys(lacks[2].split(", ")))
    for why, number in checks.items():
        lacks = LACKS.fullmatch(why)
        told = f"{lacks[1]} has no {', '.join(settings[lacks[1]])}" if lacks else why
        found[told] = found.get(told, 0) + number
    return found


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shortened(text: str) -> str:
    """A message on one line that is not too long to be read."""
    return cut(" ".join(plain(text).split()), LONGEST)


def wrapped(text: str, indent: int = 0) -> list[str]:
    """Lines of at most WIDTH columns; those after the first hang two columns further in."""
    margin = " " * indent
    return textwrap.wrap(
        plain(text),
        WIDTH,
        initial_indent=margin,
        subsequent_indent=f"{margin}  ",
        break_on_hyphens=False,
    )
