"""Reproductions put to the proof: a fault is planted, the script must fail; the fault is mended, it must pass."""

import sys
from dataclasses import dataclass
from pathlib import Path

from forked_script import run_script
from parity_tests.pairs import selected
from parity_tests.report import repro
from parity_tests.sandbox import Limits
from parity_tests.sandbox_child import Setup
from parity_tests.stranger_report import checked
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

STRANGERS = Path(__file__).parent / "strangers"


@dataclass(frozen=True)
class Ran:
    """code: the exit code. said: on both streams. text: the script."""

    code: int
    said: str
    text: str


def run(path: Path) -> Ran:
    """The script in a process of its own."""
    return Ran(*run_script(path), path.read_text())


def planted(name: str, old: str, new: str) -> tuple[str, str]:
    """(right, wrong) source of one of the strangers, a piece of its code replaced."""
    right = (STRANGERS / f"{name}.py").read_text()
    assert old in right, f"{name}.py has no {old!r} any more"
    return right, right.replace(old, new, 1)


def reproduced(
    folder: Path, right: str, wrong: str, pair: str, *, name="layers", case=None, seconds=5.0, dtypes=("float64",)
):
    """(the script on the wrong module, on the right one, the finding)."""
    module = folder / f"{name}.py"
    module.write_text(wrong)
    setup, bench = Setup(str(module), mebibytes=2048), Workbench(torch_side, torch_side)
    found = checked(setup, selected([pair], None), Limits(seconds, jobs=1), bench, case=case, dtypes=dtypes).report
    (path,) = repro.save(found, repro.texts(found, setup), folder / "repro")
    failing = run(path)
    module.write_text(right)
    return failing, run(path), found.findings[0]


def imported(text: str) -> set[str]:
    lines = [line for line in text.splitlines() if line.startswith("import ")]
    return {
        part.split(" as ")[0].split(".")[0].strip()
        for line in lines
        for part in line.removeprefix("import ").split(",")
    }


def assert_self_contained(text: str, module: str = "layers") -> None:
    assert len(text.splitlines()) < 25
    assert imported(text) <= {"numpy", "torch", module, *sys.stdlib_module_names}
    assert "parity_tests" not in text, text
