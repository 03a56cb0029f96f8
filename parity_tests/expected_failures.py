"""Expected failures: {check id: reason}. Each names one check that is asked, and says why it is known to fail.

A pattern would go on hiding what fails later; an id that names nothing hides that its check is gone. Both are errors.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from parity_tests.checks import checks
from parity_tests.pairs import PAIRS


def validate(expected: Mapping[str, str], ids: Sequence[str]) -> None:
    """Raises where an expected failure names no check, or has no reason."""
    known = set(ids)
    for id, reason in expected.items():
        if id not in known:
            raise ValueError(f"expected_failures: no check that is asked here is called {id!r}; {_advice(id, ids)}")
        if not isinstance(reason, str) or not reason.strip():
            raise ValueError(
                f"expected_failures: expected a reason, a text that is not empty, for {id}, got {reason!r}"
            )


def _advice(id: str, ids: Sequence[str]) -> str:
    if any(wildcard in id for wildcard in "*?"):
        return "patterns are not allowed, as they would hide what fails later: name each check"
    if any(check.id == id for pair in PAIRS for check in checks(pair)):
        return "there is such a check, but families and pairs leave it out"
    close = difflib.get_close_matches(id, ids)
    return f"close: {', '.join(close)}" if close else f"ids are like {ids[0]}"
