"""Facts a newcomer relies on: the commands and links in the documents work, files stay short, libraries stay quiet."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("scratch_nn", "torch_models", "parity_tests")
CODE = [*PACKAGES, "scripts", "benchmarks", "tests"]
MAX_LINES = 250

# Whose job it is to print: the command line, the suite, and the writer of the report.
MAY_PRINT = re.compile(
    r"parity_tests/(.*/)?(__main__|mutate|commands|command_line|endings|\w+_command|test_\w+|conftest)\.py|parity_tests/report/\w+\.py"
)


def python_files(*folders: str) -> dict[str, str]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert paths, f"no Python file in {folders}"
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def documents() -> dict[Path, str]:
    paths = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return {path: path.read_text(encoding="utf-8") for path in paths}


def star_imports(tree: ast.AST) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.names[0].name == "*")


def prints(tree: ast.AST) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "print")


def unsafe_loads(tree: ast.AST) -> Iterator[ast.AST]:
    """Calls that run code from a data file: pickle, np.load of objects, torch.load without weights_only=True."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        name = ast.unparse(node.func)
        if (
            name in {"pickle.load", "pickle.loads", "pickle.Unpickler"}
            or options.get("allow_pickle", "False") != "False"
            or (name == "torch.load" and options.get("weights_only") != "True")
        ):
            yield node


def found_in(files: dict[str, str], finder: Callable[[ast.AST], Iterator[ast.AST]]) -> list[str]:
    return [f"{path}:{node.lineno}" for path, text in files.items() for node in finder(ast.parse(text))]


def test_files_are_short():
    lengths = {path: len(text.splitlines()) for path, text in python_files(*CODE).items()}
    assert {path: length for path, length in lengths.items() if length > MAX_LINES} == {}


def test_no_star_import():
    assert found_in(python_files(*CODE), star_imports) == []


def test_no_data_file_can_run_code():
    assert found_in(python_files(*CODE), unsafe_loads) == []


def test_libraries_do_not_print():
    quiet = {path: text for path, text in python_files(*PACKAGES).items() if not MAY_PRINT.fullmatch(path)}
    assert found_in(quiet, prints) == []


@pytest.mark.parametrize(
    ("finder", "bad", "good"),
    [
        (star_imports, "from numpy import *", "from numpy import dot"),
        (prints, "def f():\n    print(1)", "f(print_it=1)"),
        (unsafe_loads, "torch.load(path)", "torch.load(path, weights_only=True)"),
        (unsafe_loads, "torch.load(path, weights_only=False)", "load(path)"),
        (unsafe_loads, "np.load(path, allow_pickle=True)", "np.load(path, allow_pickle=False)"),
        (unsafe_loads, "pickle.loads(text)", "json.loads(text)"),
    ],
)
def test_the_finders_find(finder, bad, good):
    assert found_in({"bad.py": bad, "good.py": good}, finder) == [f"bad.py:{bad.count(chr(10)) + 1}"]


def test_every_make_target_in_the_documents_exists():
    named = {name for text in documents().values() for name in re.findall(r"(?m)(?:`|^)make ([a-z]+)\b", text)}
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert {"demo", "test"} <= named
    assert named <= targets
