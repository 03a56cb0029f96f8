"""Who may import whom, read from the source with `ast`; nothing is imported to find out.

    packages       scripts, benchmarks -> parity_tests -> {scratch_nn, torch_models}
    scratch_nn     training -> models -> layers, losses, optimizers -> windows, layer -> numpy
    parity_tests   the library half knows neither library; adapters, pairs and the suite do

An import counts wherever it stands: inside a function, under TYPE_CHECKING, or as a string given to import_module.
"""

from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from sys import stdlib_module_names

from import_reader import Import, imports_under

# Which of the project's own packages each package may use.
MAY_USE = {
    "scratch_nn": {"scratch_nn"},
    "torch_models": {"torch_models"},
    "parity_tests": {"parity_tests", "scratch_nn", "torch_models"},
    "scripts": {"scripts", "parity_tests", "scratch_nn", "torch_models"},
    "benchmarks": {"benchmarks", "parity_tests", "scratch_nn", "torch_models"},
}

# Levels inside scratch_nn: 0 windows and layer; 1 layers, losses and optimizers; 2 models, with the loop that trains
# them; 3 what stands around training.
LEVELS = {
    "by_examples": 0,
    "channels": 0,
    "correlation": 0,
    "errors": 0,
    "files": 0,
    "layer": 0,
    "masks": 0,
    "memory": 0,
    "minimal_filtering": 0,
    "parallel": 0,
    "windows": 0,
    "activations": 1,
    "batch_norm": 1,
    "batches": 1,
    "conv": 1,
    "dropout": 1,
    "flatten": 1,
    "fully_connected": 1,
    "initializers": 1,
    "losses": 1,
    "maxima_first": 1,
    "optimizers": 1,
    "pool": 1,
    "schedules": 1,
    "weights": 1,
    "chain": 2,
    "config": 2,
    "models": 2,
    "network": 2,
    "training": 2,
    "datasets": 3,
    "gradient_check": 3,
    "logger": 3,
    "plain_checks": 3,
    "plain_objects": 3,
    "__init__": 4,  # the list of public names; no module imports it back
}

# What scratch_nn may use besides numpy and the standard library.
THIRD_PARTY = {
    "datasets": ({"sklearn"}, "Iris and the digits come with scikit-learn"),
    "logger": ({"matplotlib"}, "plots"),
    "parallel": ({"threadpoolctl"}, "how many processors BLAS may use"),
    "training": ({"tqdm"}, "a progress bar, where one is asked for"),
    "weights": ({"safetensors"}, "a weight file that PyTorch reads as well"),
}

LIBRARIES = {"scratch_nn", "torch", "torchvision", "torch_models"}

# The suite may import both libraries. All else in parity_tests is the library half and knows neither of them, nor
# pytest, but for the files of EXCEPTIONS: (may import at once, may also import inside a function, why).
SUITE = ("parity_tests/test_*.py", "parity_tests/conftest.py")
EXCEPTIONS = {
    "parity_tests/own_run.py": (set(), {"scratch_nn"}, "the run of ours, in this process"),
    "parity_tests/report_command.py": (set(), {"scratch_nn"}, "the report is of ours unless told otherwise"),
    "parity_tests/sandbox_child.py": (set(), {"torch"}, "a child gives PyTorch one thread"),
    "parity_tests/lessons/*": (set(), LIBRARIES, "lessons run both sides, once they are made"),
    "parity_tests/networks/torch_sequential.py": ({"torch"}, set(), "the adapter of PyTorch's networks"),
    "parity_tests/networks/*": (set(), {"torch"}, "a network under test may be PyTorch's"),
    "parity_tests/in_pytest.py": ({"pytest"}, set(), "all that is said about pytest"),
    "parity_tests/pairs/*": (set(), LIBRARIES, "a pair names both sides, once it is used"),
    "parity_tests/scratch_learner.py": (LIBRARIES, set(), "a NumPy network in the training loop of torch_models"),
    "parity_tests/subjects*": (LIBRARIES, set(), "the adapters, ours and PyTorch's among them"),
}


def package_direction(found: Import) -> str | None:
    if found.root in MAY_USE and found.root not in MAY_USE[found.package]:
        return f"{found.package} may use only {', '.join(sorted(MAY_USE[found.package]))}"
    if found.root == "tests":
        return "nothing imports the tests"
    return None


def numpy_only(found: Import) -> str | None:
    if found.package != "scratch_nn" or found.root in {"numpy", *MAY_USE, *stdlib_module_names}:
        return None
    allowed, _ = THIRD_PARTY.get(found.module_in_package, (set(), ""))
    return None if found.root in allowed else "scratch_nn is NumPy only; THIRD_PARTY has the exceptions"


def level(found: Import) -> str | None:
    if found.package != "scratch_nn" or found.root != "scratch_nn":
        return None
    here, there = LEVELS.get(found.module_in_package), LEVELS.get(found.target_in_package)
    if here is None or there is None or there <= here:
        return None
    return f"level {here} may not import level {there}"


def harness(found: Import) -> str | None:
    suite = any(fnmatch(found.path, pattern) for pattern in SUITE)
    if found.package != "parity_tests" or suite or found.root not in LIBRARIES | {"pytest"}:
        return None
    pattern = next((pattern for pattern in EXCEPTIONS if fnmatch(found.path, pattern)), None)
    if pattern is None:
        return "the library half of parity_tests knows neither library, nor pytest; EXCEPTIONS lists the files that do"
    at_once, when_used, _ = EXCEPTIONS[pattern]
    if found.root in at_once or (found.when != "at once" and found.root in when_used):
        return None
    return f"in {pattern} only inside a function, when it is used" if found.root in when_used else f"not in {pattern}"


RULES = (package_direction, numpy_only, level, harness)


def unlisted_modules(root: Path) -> list[str]:
    folder = root / "scratch_nn"
    names = {path: ".".join(path.relative_to(folder).with_suffix("").parts) for path in sorted(folder.rglob("*.py"))}
    advice = 'no level yet: add the line `"{}": LEVEL,` to LEVELS in tests/import_rules.py'
    return [
        f"{path.relative_to(root).as_posix()}:1: {advice.format(name)}"
        for path, name in names.items()
        if name not in LEVELS
    ]


def cycles(imports: list[Import]) -> list[str]:
    """The first ring of imports. Outside scratch_nn an import inside a function may close one, on purpose."""
    graph: dict[str, set[str]] = {}
    for found in imports:
        counts = found.package == "scratch_nn" or found.when == "at once"
        if counts and found.root == found.package and found.target != found.module:
            graph.setdefault(found.module, set()).add(found.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        ring = error.args[1][::-1]  # graphlib lists each module before the one that imports it
        first = next(found for found in imports if (found.module, found.target) == (ring[0], ring[1]))
        return [f"{first.path}:{first.line}: imports {first.target}: closes the cycle {' -> '.join(ring)}"]
    return []


def violations(root: Path) -> list[str]:
    """Every broken rule under `root` as 'file:line: imports what: why not'; of import cycles only the first."""
    imports = imports_under(root, tuple(MAY_USE))
    broken = [
        f"{found.path}:{found.line}: imports {found.target}: {why}"
        for found in imports
        for rule in RULES
        if (why := rule(found))
    ]
    return broken + unlisted_modules(root) + cycles(imports)
