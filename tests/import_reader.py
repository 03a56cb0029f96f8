"""The imports of a source tree: absolute names, with file, line and when they run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Import:
    path: str  # "scratch_nn/conv.py"
    line: int
    module: str  # the importing module: "scratch_nn.conv", or "scratch_nn.__init__"
    target: str  # the imported module: "scratch_nn.layer", "torch.nn"
    when: str  # "at once", as the module loads; "when used", inside a function; "for types", under TYPE_CHECKING

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]

    @property
    def root(self) -> str:
        return self.target.partition(".")[0]

    @property
    def module_in_package(self) -> str:
        return self.module.partition(".")[2]

    @property
    def target_in_package(self) -> str:
        return self.target.partition(".")[2]


def imports_under(root: Path, packages: tuple[str, ...]) -> list[Import]:
    files = [path for package in packages for path in sorted((root / package).rglob("*.py"))]
    return [found for path in files for found in _imports_of(path.read_text(encoding="utf-8"), path, root)]


@cache
def _imports_of(text: str, path: Path, root: Path) -> list[Import]:
    where = path.relative_to(root)
    module = ".".join(where.with_suffix("").parts)
    return [
        Import(where.as_posix(), node.lineno, module, name, when)
        for node, when in _walk(ast.parse(text, filename=str(where)), "at once")
        for name in _names(node, list(where.parts[:-1]), root)
    ]


def _walk(node: ast.AST, when: str) -> Iterator[tuple[ast.AST, str]]:
    """Every node below `node`, with when it runs."""
    for field, value in ast.iter_fields(node):
        then = _body_runs(node, when) if field == "body" else when
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child, then
                yield from _walk(child, then)


def _body_runs(node: ast.AST, when: str) -> str:
    if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
        return "for types"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and when == "at once":
        return "when used"
    return when


def _names(node: ast.AST, folder: list[str], root: Path) -> list[str]:
    """The modules that `node` imports, if it is an import; `folder` is the package that relative imports start from."""
    if isinstance(node, ast.Import):
        return [_module(alias.name, root) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        start = folder[: len(folder) - node.level + 1] if node.level else []
        base = ".".join([*start, *filter(None, [node.module])])
        return list(dict.fromkeys(_member(base, alias.name, root) for alias in node.names))
    if isinstance(node, ast.Call) and ast.unparse(node.func) in {
        "__import__",
        "import_module",
        "importlib.import_module",
    }:
        return [_module(arg.value, root) for arg in node.args[:1] if isinstance(arg, ast.Constant)]
    return []


def _member(base: str, name: str, root: Path) -> str:
    """`from base import name`: the submodule where there is one, otherwise `base`, which defines the name."""
    submodule = root.joinpath(*base.split("."), name)
    is_module = submodule.with_suffix(".py").is_file() or (submodule / "__init__.py").is_file()
    return _module(f"{base}.{name}" if is_module else base, root)


def _module(name: str, root: Path) -> str:
    """A package of the tree is named by the file that its import runs: its __init__."""
    return f"{name}.__init__" if (root.joinpath(*name.split(".")) / "__init__.py").is_file() else name
