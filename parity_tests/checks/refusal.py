"""Inputs that must raise: the right kind of error, and a message that says who, expected what, got what, the cure."""

from __future__ import annotations

from parity_tests.checks.check import PASSED, Check, failed
from parity_tests.compare import Comparison
from parity_tests.pair import Pair, Refusal
from parity_tests.workbench import Workbench


def refusal_check(pair: Pair, refusal: Refusal) -> Check:
    def run(bench: Workbench) -> Comparison:
        try:
            refusal.act(bench.subject.library)
        except refusal.error as error:
            message = str(error)
            missing = [words for words in refusal.says if words not in message]
            return failed(f"the message lacks {missing}: {message}") if missing else PASSED
        except Exception as error:
            return failed(f"expected {refusal.error.__name__}, got {type(error).__name__}: {error}")
        return failed(f"expected {refusal.error.__name__} saying {refusal.says}, but nothing was raised")

    return Check(pair, refusal.name, "refused", "any", run)
