"""Functions and methods as they stand in their file, found with `ast`; nothing is imported to find them.

excerpt("scratch_nn/conv.py", ("Conv2D.forward", "Conv2D.backward"))
    -> "# scratch_nn/conv.py\nclass Conv2D(Layer):\n    def forward(...)\n ..."
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Definition = ast.FunctionDef | ast.ClassDef


def excerpt(file: str, names: Iterable[str], root: Path = ROOT) -> str:
    """The definitions of these names, in this order; methods under the first line of their class.

    Raises ValueError, listing what there is, for a name that the file does not define.
    """
    text = (root / file).read_text(encoding="utf-8")
    tree, lines, shown, inside = ast.parse(text), text.splitlines(), [f"# {file}"], None
    for name in names:
        owner, _, method = name.rpartition(".")
        if owner and owner != inside:
            shown += [*_gap(shown, 2), *_first_line(_find(tree, owner, file), lines)]
        else:
            shown += _gap(shown, 1 if owner else 2)
        shown += _whole(_find(_find(tree, owner, file) if owner else tree, method, file), lines)
        inside = owner
    return "\n".join(shown)


def _gap(shown: list[str], lines: int) -> list[str]:
    """Empty lines between two definitions, as the formatter has them; none under the file's name."""
    return [""] * lines if len(shown) > 1 else []


def _find(tree: ast.AST, name: str, file: str) -> Definition:
    there = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    if name not in there:
        raise ValueError(f"{file}: expected a definition of {name}, there are {', '.join(there)}")
    return there[name]


def _first_line(owner: Definition, lines: list[str]) -> list[str]:
    return lines[owner.lineno - 1 : owner.lineno]


def _whole(node: Definition, lines: list[str]) -> list[str]:
    start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return lines[start - 1 : node.end_lineno]
