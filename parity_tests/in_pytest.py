"""All that is said about pytest: checks as parameters, one test id each.

A course or a library runs the checks on its own code, inside its own tests, and needs nothing else of ours:

    from parity_tests import parametrize

    @parametrize("course/layers.py", families=("layer", "loss"), expected_failures={
        "ReLU-kinks-training.input_gradient[float64]": "ties are the topic of week 5",
    })
    def test_agrees_with_pytorch(check):
        check.assert_agrees()

passed    the check agrees                         xfailed   it fails, as expected_failures says; or it differs in what
                                                             may be no mistake, of which `check` makes a note
skipped   the subject does not offer it            failed    it does not agree; or it agrees and is still expected not
                                                             to; or the last test, `something_is_offered`: nothing is

An expected failure is one exact id, with a reason; an id that names no check stops the collection. So no list of known
failures can go stale or hide more than it says.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import ModuleType
from typing import NoReturn

import numpy as np
import pytest

from parity_tests import judge
from parity_tests.checks import Check, checks
from parity_tests.checks.check import failed
from parity_tests.compare import Comparison, InvalidCheck
from parity_tests.expected_failures import validate
from parity_tests.families import FAMILIES
from parity_tests.pair import NotOffered, Pair
from parity_tests.pairs import PAIRS, selected
from parity_tests.raised import traceback_of
from parity_tests.run import Result, run_all
from parity_tests.workbench import Side, Workbench

Test = Callable[..., None]
NOTE = "a note, no failure: "


def every_check(*families: str) -> pytest.MarkDecorator:
    """`@every_check("loss")` over `def test(check, bench)`, for our own suite: of every pair of these families."""
    found = [check for pair in PAIRS if pair.family in families for check in checks(pair)]
    return pytest.mark.parametrize("check", [pytest.param(check, id=check.id) for check in found])


def assert_agrees(check: Check, bench: Workbench) -> None:
    """Fail with the check's message: where, how much, how much was allowed."""
    found = check.outcome(bench)
    assert found.ok, found.message


def parametrize(
    subject: Side | ModuleType | str | os.PathLike[str],
    families: Sequence[str] | None = None,
    pairs: Sequence[str] | None = None,
    expected_failures: Mapping[str, str] | None = None,
    strict: bool = False,
) -> Callable[[Test], Test]:
    """A decorator of `def test(check)`: one test for every check of the subject, `check.assert_agrees()` its body.

    subject: a module, the path of one, or a side: a function (pair, case, dtype) -> Subject (see pair.py).
    families, pairs: what is asked, by name; neither: every layer and activation, families=("layer",).
    expected_failures: {check id: reason}, of checks that are known to fail.
    strict: what may be no mistake (NaN only, a few roundings) fails too, as with `check --strict`.
    """
    from parity_tests.subjects.torch_side import torch_side

    expected = dict(expected_failures or {})
    side = side_of(subject)
    found = list(asked_of(side, families, pairs))
    validate(expected, [check.id for check in found])
    bench = Workbench(side, torch_side)
    notes = Notes(bench, [check for check in found if check.id not in expected], strict)
    asked = [Asked(check, bench, notes, expected.get(check.id, "")) for check in found]
    parameters = [pytest.param(each, id=each.id) for each in (*asked, SomethingIsOffered(asked))]
    return lambda test: pytest.mark.parametrize("check", parameters)(_that_asks(test))


class Notes:
    """What may be no mistake, told as `check` tells it (see judge.py): by a note, where nothing else of the pair fails.
    The other checks of a pair are run for that, once, and only where a note is in question."""

    def __init__(self, bench: Workbench, asked: Sequence[Check], strict: bool) -> None:
        self.bench, self.asked, self.strict = bench, asked, strict
        self._mistaken: dict[Pair, bool] = {}

    def of(self, result: Result) -> str:
        """The note; '' where the failure is one."""
        excused = "" if self.strict else judge.excuse(result)
        return excused if excused and not self._is_mistaken(result.check.pair) else ""

    def _is_mistaken(self, pair: Pair) -> bool:
        if pair not in self._mistaken:
            results = run_all((check for check in self.asked if check.pair is pair), self.bench)
            self._mistaken[pair] = any(result.failed and not judge.excuse(result) for result in results)
        return self._mistaken[pair]


@dataclass(eq=False)
class Asked:
    """What a decorated test receives: one check of one subject. expected: why it is known to fail, or ""."""

    check: Check
    bench: Workbench = field(repr=False)
    notes: Notes = field(repr=False)
    expected: str = ""
    was_asked: bool = False
    offered: bool = False

    @property
    def id(self) -> str:
        """ "Conv2D-even_kernel-training.output[float64]", as expected_failures takes it."""
        return self.check.id

    def found(self) -> Comparison:
        """What came out. Whatever the subject raises gets through, NotOffered too."""
        self.was_asked = self.offered = True
        try:
            with np.errstate(all="ignore"):  # NaN and infinity are compared, not announced
                return self.check.outcome(self.bench)
        except NotOffered:
            self.offered = False
            raise

    def is_offered(self) -> bool:
        """Also where it is there and raises."""
        if not self.offered:
            with suppress(Exception):
                self.found()
        return self.offered

    def assert_agrees(self) -> None:
        """Pass, fail, skip what is not offered, or fail as expected."""
        __tracebackhide__ = True
        try:
            found = self.found()
        except NotOffered as reason:
            pytest.skip(f"not offered: {reason}")
        except InvalidCheck:
            raise
        except Exception as error:
            found = failed(f"{self.id}: {traceback_of(error)}")
            self._fail(Result(self.check, found, kind="exception"))
        if self.expected and found.ok:
            pytest.fail(f"{self.id} now agrees: remove it from expected_failures ({self.expected})", pytrace=False)
        if not found.ok:
            self._fail(Result(self.check, found))

    def _fail(self, result: Result) -> NoReturn:
        """As expected, with a note, or as a failure."""
        __tracebackhide__ = True
        if self.expected:
            pytest.xfail(self.expected)
        if note := self.notes.of(result):
            pytest.xfail(f"{NOTE}{note}")
        pytest.fail(result.found.message, pytrace=False)


@dataclass(eq=False)
class SomethingIsOffered:
    """The last test of all: a run in which every check was skipped proves nothing, so it fails."""

    asked: Sequence[Asked] = field(repr=False)
    id: str = "something_is_offered"
    was_asked: bool = False

    def assert_agrees(self) -> None:
        __tracebackhide__ = True
        self.was_asked = True
        if not any(each.is_offered() for each in self.asked):
            names = dict.fromkeys(each.check.pair.name for each in self.asked)
            pytest.fail(f"the subject offers nothing of what is asked for: {', '.join(names)}", pytrace=False)


def _that_asks(test: Test) -> Test:
    """The test, but it fails where its body never asked: it would pass whatever the subject does."""

    @functools.wraps(test)
    def asks(*arguments, check: Asked | SomethingIsOffered, **fixtures) -> None:
        __tracebackhide__ = True
        check.was_asked = False
        test(*arguments, check=check, **fixtures)
        if not check.was_asked:
            pytest.fail(f"{test.__name__} did not call check.assert_agrees()", pytrace=False)

    return asks


def side_of(subject: Side | ModuleType | str | os.PathLike[str]) -> Side:
    """The side of a workbench on which the subject stands."""
    if isinstance(subject, (ModuleType, str, os.PathLike)):
        from parity_tests.subjects import stranger

        return stranger.side_of(subject)
    if not callable(subject):
        raise TypeError(
            "parametrize: expected a module, the path of one, or a function (pair, case, dtype) -> Subject, "
            f"got {type(subject).__name__}"
        )
    return subject


def asked_of(side: Side, families: Sequence[str] | None, pairs: Sequence[str] | None) -> Iterator[Check]:
    """The checks of these pairs and families. Refusals hold our own error messages: they are asked of a ScratchSide,
    which stands for a library of our names and manners, and of nobody else."""
    from parity_tests.subjects.scratch import ScratchSide

    for name, value in (("families", families), ("pairs", pairs)):
        if isinstance(value, str):
            raise TypeError(f'parametrize: expected several {name}, ("{value}",), got the text "{value}"')
    if unknown := [family for family in families or () if family not in FAMILIES]:
        raise ValueError(f"parametrize: no family is called {', '.join(unknown)}; there are {', '.join(FAMILIES)}")
    if families is None and pairs is None:
        families = ("layer",)
    if not families and not pairs:
        raise ValueError(
            "parametrize: families and pairs are empty, so nothing is asked; leave both out for every layer"
        )
    for pair in selected(pairs, families):
        for check in checks(pair):
            if check.name != "refused" or isinstance(side, ScratchSide):
                yield check
