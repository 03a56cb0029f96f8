"""The child's half of report/repro.py: it runs the stranger's code, and answers with scripts, the best first."""

from __future__ import annotations

import contextlib
import runpy
from collections.abc import Iterator
from multiprocessing.connection import Connection

from parity_tests import sandbox_child
from parity_tests.checks import Check
from parity_tests.findings import Failure, Finding
from parity_tests.pair import Case, Pair
from parity_tests.pairs import BY_NAME
from parity_tests.repro import choose, numbers
from parity_tests.repro.endings import Endings
from parity_tests.repro.network import OneLayer
from parity_tests.repro.plays import Play, after_another, after_another_batch, as_built, plays
from parity_tests.repro.scripts import Place, Script, place
from parity_tests.sandbox_child import Setup
from parity_tests.workbench import Workbench

MOST_CASES = 4
ENDINGS = ("exception", "exit", "crash", "time limit", "memory limit")


def serve(connection: Connection, setup: Setup, finding: Finding) -> None:
    """("script", text) as often as it is asked for another, then ("none", why); ("calling", text) before each call
    from which there may be no return, with the script that shows it."""
    sandbox_child.quieten()
    why = "no failure of it could be shown by itself"
    try:
        bench = sandbox_child.bench_of(setup)
        where = place(setup.place)
        for text in (of_network if finding.family == "network" else texts)(bench, where, finding, connection, setup):
            connection.send(("script", text))
            connection.recv()
    except EOFError:
        return
    except BaseException as error:
        why = f"{type(error).__name__}: {error}"
    with contextlib.suppress(OSError):
        connection.send(("none", why))


def texts(bench: Workbench, where: Place, finding: Finding, connection: Connection, setup: Setup) -> Iterator[str]:
    """The scripts of a few cases, the smallest first, as text."""
    pair = BY_NAME[finding.pair]
    for failure, case in choose.candidates(finding, pair)[:MOST_CASES]:
        yield from written(scripts(bench, where, pair, case, failure, connection))


def of_network(bench: Workbench, where: Place, finding: Finding, connection: Connection, setup: Setup) -> Iterator[str]:
    """The layer that is wrong, taken out of its network."""
    layer, failure = OneLayer(setup.place, where.alias, finding), finding.failures[0]
    if failure.kind in ENDINGS:
        manners = Endings(layer, layer, where, layer.pair, layer.case, failure)
        yield from written(manners.ending(lambda text: connection.send(("calling", text))))
        return
    batch = layer.batch(layer.pair, layer.case, "float64")
    possible = [p for p in plays(layer.pair, failure.check) if all(f"{stage}.X" in batch for stage in p.stages)]
    found = choose.scenes((layer,), layer.pair, layer.case, "float64", possible)
    yield from written(numbers.script(layer, where, scene) for scene in found)


def written(made: Iterator[Script]) -> Iterator[str]:
    """As text. What cannot be written, or is beyond what is understood here, is left out: the next may do."""
    while True:
        try:
            yield next(made).text()
        except StopIteration:
            return
        except Exception:
            continue


def scripts(
    bench: Workbench, where: Place, pair: Pair, case: Case, failure: Failure, connection: Connection
) -> Iterator[Script]:
    """All that may show a failure, the likeliest first."""
    side, manners = bench.subject, Endings(bench, bench.subject, where, pair, case, failure)
    if failure.kind in ENDINGS:
        yield from manners.ending(lambda text: connection.send(("calling", text)))
        return
    yield from manners.scripts()
    check = choose.check_of(pair, failure)
    benches = (choose.Strided(bench),) if check.name == "noncontiguous" else (choose.Rounded(bench), bench)
    is_as_built, of_type = check.name == "as_built", check.name == "keeps_dtype"
    for scene in choose.scenes(benches, pair, case, failure.dtype, chosen(bench, pair, case, check, failure)):
        yield numbers.script(side, where, scene, loaded=not is_as_built, dtype_only=of_type)


def chosen(bench: Workbench, pair: Pair, case: Case, check: Check, failure: Failure) -> list[Play]:
    """What to do so that what the check found is seen."""
    name = failure.message.split(" ")[0]
    if check.patterns:
        quantity = choose.wrong_quantity(bench, pair, case, check)
        return list(plays(pair, quantity)) if quantity else []
    if check.name == "noncontiguous":
        return list(plays(pair, name))[:1]
    if check.name == "last_forward":
        return [after_another(f"third_batch.{'' if name == 'input_gradient' else 'gradient.'}{name}")]
    if check.name == "evaluation_state":
        return list(plays(pair, f"evaluation.state.{name}"))
    if check.name == "keeps_dtype":
        return list(plays(pair, _odd(failure.message)))
    return {"as_built": [as_built()], "order_of_calls": [after_another_batch()]}.get(check.name, [])


def _odd(message: str) -> str:
    """The first quantity of another type, as the check names it."""
    return message.split("{'")[1].split("'")[0] if "{'" in message else "gradient"


def try_out(connection: Connection, path: str) -> None:
    """Run a script; what it ended with: "" or the name of what it raised."""
    sandbox_child.quieten()
    try:
        runpy.run_path(path, run_name="__main__")
    except BaseException as error:
        connection.send(type(error).__name__)
    else:
        connection.send("")
