"""The child's half of report/repro.py: it runs the stranger's code, and answers with scripts, the best first."""

from __future__ import annotations

import contextlib
import runpy
from collections.abc import Iterator
from multiprocessing.connection import Connection

from parity_tests import sandbox_child
from parity_tests.findings import Finding
from parity_tests.pair import Case, Pair
from parity_tests.pairs import PAIRS
from parity_tests.repro import choose, numbers
from parity_tests.repro.manners import Manners
from parity_tests.repro.plays import after_another, as_built, plays
from parity_tests.repro.scripts import Place, Script, place
from parity_tests.sandbox_child import Setup
from parity_tests.workbench import Workbench

MOST_CASES = 4
ENDINGS = ("exception", "exit", "crash", "time limit", "memory limit")


def serve(connection: Connection, setup: Setup, finding: Finding) -> None:
    """("script", text) as often as it is asked for another, then ("none", why); ("calling", text) before each call
    from which there may be no return, with the script that shows it."""
    sandbox_child._quieten()
    why = "no failure of it could be shown by itself"
    try:
        bench = sandbox_child._bench(setup)
        for text in texts(bench, place(setup.place), finding, connection):
            connection.send(("script", text))
            connection.recv()
    except EOFError:
        return
    except BaseException as error:
        why = f"{type(error).__name__}: {error}"
    with contextlib.suppress(OSError):
        connection.send(("none", why))


def texts(bench: Workbench, where: Place, finding: Finding, connection: Connection) -> Iterator[str]:
    pair = next(pair for pair in PAIRS if pair.name == finding.pair)
    for failure, case in choose.candidates(finding, pair)[:MOST_CASES]:
        made = scripts(bench, where, pair, case, failure, connection)
        while True:
            try:
                yield next(made).text()
            except StopIteration:
                break
            except Exception:  # this way it cannot be shown; the next may do
                break


def scripts(bench, where: Place, pair: Pair, case: Case, failure, connection: Connection) -> Iterator[Script]:
    side, manners = bench.subject, Manners(bench, bench.subject, where, pair, case, failure)
    if failure.kind in ENDINGS:
        yield from manners.ending(lambda text: connection.send(("calling", text)))
        return
    yield from manners.scripts()
    check = choose.check_of(pair, failure)
    chosen, loaded, dtype = [], True, failure.dtype
    name = failure.message.split(" ")[0]
    if check.patterns:
        quantity = choose.wrong_quantity(bench, pair, case, check)
        chosen = list(plays(pair, quantity)) if quantity else []
    elif check.name == "last_forward":
        chosen = [after_another(f"third_batch.{'' if name == 'input_gradient' else 'gradient.'}{name}")]
    elif check.name == "as_built":
        chosen, loaded = [as_built()], False
    elif check.name == "keeps_dtype":
        chosen = list(plays(pair, _odd(failure.message, pair)))
    for scene in choose.scenes(bench, pair, case, dtype, chosen):
        yield numbers.script(side, where, scene, loaded=loaded, dtype_only=check.name == "keeps_dtype")


def _odd(message: str, pair: Pair) -> str:
    """The first quantity of another type, as the check names it."""
    return message.split("{'")[1].split("'")[0] if "{'" in message else "gradient"


def try_out(connection: Connection, path: str) -> None:
    """Run a script; what it ended with: "" or the name of what it raised."""
    sandbox_child._quieten()
    try:
        runpy.run_path(path, run_name="__main__")
    except BaseException as error:
        connection.send(type(error).__name__)
    else:
        connection.send("")
