"""python -m parity_tests: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from parity_tests.checks import Check, checks
from parity_tests.pair import Pair
from parity_tests.pairs import PAIRS, selected

CHECK_HELP = """Compare every layer, activation, loss, optimiser, schedule, initialiser and network
of scratch_nn with its PyTorch twin, and print one line each:

  float64 error        the worst difference from PyTorch, as a fraction of the tensor's scale; allowed 1e-10
  float32, x PyTorch   our worst float32 error as a multiple of PyTorch's own, both against float64; allowed 2

Exit code: 0 everything agrees, 1 something does not (it is named below the table), 2 the command was wrong.

examples:
  python -m parity_tests check                           all of it, about half a minute
  python -m parity_tests check --pair Conv2D --pair ReLU two layers
  python -m parity_tests check --pair Conv2D --case nan  one case
  python -m parity_tests check --family optimizer        one family
  python -m parity_tests check --list                    the names"""


def parser() -> argparse.ArgumentParser:
    families = sorted({pair.family for pair in PAIRS})
    main = argparse.ArgumentParser(prog="python -m parity_tests", description="Does it agree with PyTorch?")
    commands = main.add_subparsers(dest="command", required=True, metavar="command")
    check = commands.add_parser(
        "check",
        help="compare scratch_nn with PyTorch, one line a pair",
        description=CHECK_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("--pair", action="append", metavar="NAME", help="only this pair (may be given again)")
    check.add_argument("--case", metavar="NAME", help="only the case of this name, as test ids show it")
    check.add_argument("--family", action="append", choices=families, help="only this family (may be given again)")
    check.add_argument("--list", action="store_true", help="list the pairs and stop")
    check.add_argument("--picture", metavar="FILE.png", help="also draw the result")
    return main


def _case_names(pairs: Sequence[Pair]) -> list[str]:
    return sorted({case.name for pair in pairs for case in pair.cases})


def check(found: Sequence[Check], picture: str | None) -> int:
    """Run and print; the exit code."""
    from tqdm import tqdm

    import scratch_nn
    from parity_tests.report import table
    from parity_tests.run import run_all, summarise
    from parity_tests.subjects.scratch import ScratchSide
    from parity_tests.subjects.torch_side import torch_side
    from parity_tests.workbench import Workbench

    bench = Workbench(ScratchSide(scratch_nn), torch_side)
    results = tqdm(run_all(found, bench), total=len(found), unit=" checks", desc="parity", leave=False)
    summaries = summarise(results)
    print("\n".join(table.lines(summaries)))
    if picture:
        from parity_tests.report.picture import draw

        print(f"picture: {draw(summaries, picture)}")
    return 1 if any(summary.failures for summary in summaries) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        pairs = selected(options.pair, options.family)
        found = [check for pair in pairs for check in checks(pair, options.case)]
        if not found:
            raise ValueError(f"no case is called {options.case}; there are {', '.join(_case_names(pairs))}")
    except ValueError as error:
        print(f"python -m parity_tests check: {error}", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(f"{pair.family:<12} {pair.name}" for pair in pairs))
        return 0
    return check(found, options.picture)


if __name__ == "__main__":
    sys.exit(main())
