"""A mistake: one line of the bank of faults, and what `check` prints of a module that has it.

The module is scratch_nn with that line changed, judged as a stranger's would be: in this process, for it is our own.
"""

from __future__ import annotations

from functools import partial

from parity_tests import judge
from parity_tests.checks.strangers import stranger_checks
from parity_tests.findings import Finding
from parity_tests.lessons.page import fenced
from parity_tests.mutants import MUTANTS, Mutant, library, line, mutated_line
from parity_tests.pair import Pair
from parity_tests.pairs import PAIRS
from parity_tests.report import findings_text
from parity_tests.run import run_all
from parity_tests.workbench import Workbench

CHECK = "python -m parity_tests check layers.py"


def mutant(name: str) -> Mutant:
    """Raises ValueError where the bank has none of this name."""
    found = {mutant.name: mutant for mutant in MUTANTS}
    if name not in found:
        raise ValueError(f"the bank has no mutant {name}; `python -m parity_tests mutate --list` names them")
    return found[name]


def mistake_block(name: str, reference: Workbench) -> str:
    """The line before and after, and the finding. Raises ValueError where the checker does not notice it."""
    wrong = mutant(name)
    change = [f"# scratch_nn/{wrong.file}", f"- {line(wrong)}", f"+ {mutated_line(wrong)}"]
    pair = next(pair for pair in PAIRS if pair.name == wrong.pair)
    if pair.family == "network":
        said = [f"$ {CHECK}", *of_network(wrong)]
    else:
        said = [f"$ {CHECK} --pair {wrong.pair}", *findings_text.block(finding(wrong, pair, reference))]
    return "\n\n".join([fenced("diff", "\n".join(change)), fenced("text", "\n".join(said))])


def finding(wrong: Mutant, pair: Pair, reference: Workbench) -> Finding:
    """What is found wrong with the mutant's own pair."""
    from parity_tests.mutate import Borrowed
    from parity_tests.stranger_report import explained
    from parity_tests.subjects.stranger import StrangerSide

    bench = Borrowed(StrangerSide(library(wrong)), reference)
    results = judge.noted(run_all(stranger_checks(pair), bench))
    broken = {result.check.case for result in results if result.failed or result.noted}
    traces = {case.name: bench.actual(pair, case, "float64") for case in pair.cases if case.name in broken}
    found = judge.findings(results, {pair.name: traces}, partial(explained, reference=reference))
    if not found or found[0].failures[0].kind != "numbers":
        said = found[0].failures[0].message if found else "nothing at all"
        raise ValueError(f"the checker should tell wrong numbers of {wrong.name}, but it tells {said}")
    return found[0]


def of_network(wrong: Mutant) -> list[str]:
    """What is said of the mutant's own fashion_mlp, checked as a whole: the head, what fails, the last line."""
    import numpy as np

    from parity_tests.networks import check_network, lines

    package = library(wrong)
    network = package.fashion_mlp(optimizer=package.SGD(0.1), rng=np.random.default_rng(0))
    report = check_network(network, input_shape=(28, 28, 1))
    if not report.wrong:
        raise ValueError(f"the checker does not notice {wrong.name}: take another mistake")
    table = lines(report)
    shown = [table[1], *(line for line in table if line.startswith("FAIL"))]
    return [*(line.split("|")[0].rstrip() for line in shown), *findings_text.wrapped(table[-1])]
