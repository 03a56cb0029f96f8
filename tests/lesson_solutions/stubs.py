"""The stubs in docs/lessons/exercises as modules: a solution fills in what its stub leaves open, and nothing else."""

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "lessons" / "exercises"


@cache
def stub(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"stub_of_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
