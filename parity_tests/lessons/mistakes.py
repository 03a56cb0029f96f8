"""A mistake: one line of the bank of faults, and what `check` prints of a module that has it.

The module is scratch_nn with that line changed, judged as a stranger's would be: in this process, for it is our own.
"""

from __future__ import annotations

from parity_tests import judge
from parity_tests.checks.strangers import stranger_checks
from parity_tests.findings import Finding
from parity_tests.lessons.page import fenced
from parity_tests.mutants import MUTANTS, Mutant, library, line, mutated_line
from parity_tests.pairs import selected
from parity_tests.report import findings_text
from parity_tests.run import run_all
from parity_tests.workbench import Workbench

COMMAND = "$ python -m parity_tests check layers.py --pair {pair}"


def mutant(name: str) -> Mutant:
    """Raises ValueError where the bank has none of this name."""
    found = {mutant.name: mutant for mutant in MUTANTS}
    if name not in found:
        raise ValueError(f"the bank has no mutant {name}; `python -m parity_tests mutate --list` names them")
    return found[name]


def told(name: str, reference: Workbench) -> str:
    """The line before and after, and the finding. Raises ValueError where the checker does not notice it."""
    wrong = mutant(name)
    change = [f"# scratch_nn/{wrong.file}", f"- {line(wrong)}", f"+ {mutated_line(wrong)}"]
    said = [COMMAND.format(pair=wrong.pair), *findings_text.block(finding(wrong, reference))]
    return "\n\n".join([fenced("diff", "\n".join(change)), fenced("text", "\n".join(said))])


def finding(wrong: Mutant, reference: Workbench) -> Finding:
    """What is found wrong with the mutant's own pair."""
    from parity_tests.mutate import Borrowed
    from parity_tests.stranger_report import explained
    from parity_tests.subjects.stranger import StrangerSide

    (pair,) = selected([wrong.pair], None)
    bench = Borrowed(StrangerSide(library(wrong)), reference)
    results = judge.noted(run_all(stranger_checks(pair), bench))
    broken = {result.check.case for result in results if result.failed or result.noted}
    traces = {case.name: bench.actual(pair, case, "float64") for case in pair.cases if case.name in broken}
    found = judge.findings(results, {pair.name: traces}, lambda p, of_pair: explained(p, of_pair, reference))
    if not found or found[0].quantity not in (wrong.quantities or (found[0].quantity,)):
        said = f"{found[0].quantity}: {found[0].failures[0].message}" if found else "nothing"
        raise ValueError(f"of {wrong.name} the checker should tell {wrong.quantities[:1]}, but it tells {said}")
    return found[0]
