"""Code as it stands in the source, in colour: a variable has the colour of its role in the formula (roles.py)."""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import textwrap
import tokenize
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

from parity_tests.report.html.roles import role_of
from parity_tests.report.html.tree import Tag, h

ROOT = Path(__file__).resolve().parents[3]
SHOWN = {
    *("forward", "begin_forward", "forward_some", "save_some", "_scan", "_batch_variance", "_draw"),
    *("backward", "backward_some", "sums_of", "end_backward", "end_sums", "_backward_to_Z", "_store"),
    *("_updated", "_moved", "rate"),
}
# What a pair computes in functions of another file, and what is drawn by a shared one.
ELSEWHERE = {
    "Conv2D": (("scratch_nn/correlation.py", ("correlate", "gradients", "weight_gradient", "input_gradient")),),
    "AdamW": (("scratch_nn/optimizers.py", ("Adam._moved",)),),
    "OneCycle": (("scratch_nn/schedules.py", ("_half_cosine",)),),
    "fashion_mlp": (("scratch_nn/models.py", ("_dense",)),),
    "cifar_cnn": (("scratch_nn/models.py", ("_block", "_dense")),),
}


def excerpts(name: str, root: Path = ROOT) -> list[tuple[str, str]]:
    """[(file, its lines that compute the pair)], taken from scratch_nn's source. Empty where it has no such name."""
    file = _home(name, root)
    if file is None:
        return []
    node = _named(name, file, root)
    names = [name]
    if isinstance(node, ast.ClassDef):
        held = [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
        names = [f"{name}.{part}" for part in held if part in SHOWN]
    found = [(file, names), *ELSEWHERE.get(name, ())]
    return [(where, "\n\n".join(source_of(each, where, root) for each in those)) for where, those in found]


def _home(name: str, root: Path) -> str | None:
    """The file of scratch_nn that a public name is imported from."""
    for node in _tree("scratch_nn/__init__.py", root).body:
        if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
            return f"{node.module.replace('.', '/')}.py"
    return None


@cache
def _text(file: str, root: Path) -> str:
    return (root / file).read_text(encoding="utf-8")


@cache
def _tree(file: str, root: Path) -> ast.Module:
    return ast.parse(_text(file, root))


def _named(name: str, file: str, root: Path) -> ast.AST:
    """The definition of "Conv2D", or of "Conv2D.forward". Raises ValueError where there is none."""
    node: ast.AST = _tree(file, root)
    for part in name.split("."):
        inside = [n for n in node.body if isinstance(n, (ast.ClassDef, ast.FunctionDef)) and n.name == part]
        if not inside:
            raise ValueError(f"{file}: expected a definition of {name}, found none")
        node = inside[0]
    return node


def source_of(name: str, file: str, root: Path) -> str:
    node = _named(name, file, root)
    lines = _text(file, root).splitlines()[node.lineno - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(lines))


def coloured(source: str, label: str, *, without_role: Collection[str] = ()) -> Tag:
    """The source in a <pre>, its tokens in spans; the whole can be scrolled sideways by keyboard.

    without_role: names that have none here, as the p of a dropout, which is a probability.
    """
    return h("pre", h("code", list(_tokens(source, without_role))), tabindex="0", role="region", aria_label=label)


def _tokens(source: str, without_role: Collection[str]) -> Iterator[Tag | str]:
    row, column, lines = 1, 0, source.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        (start, left), (end, right) = token.start, token.end
        if not token.string.strip():
            continue
        yield _between(lines, (row, column), (start, left))
        kind = _kind(token, without_role)
        yield h("span", token.string, class_=kind) if kind else token.string
        row, column = end, right


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    (row, column), (last, right) = start, end
    if row == last:
        return lines[row - 1][column:right]
    return lines[row - 1][column:] + "".join(lines[row : last - 1]) + lines[last - 1][:right]


def _kind(token: tokenize.TokenInfo, without_role: Collection[str]) -> str | None:
    if token.type == tokenize.COMMENT:
        return "c-comment"
    if token.type == tokenize.STRING:
        return role_of(token.string.strip("\"'"), without_role) or "c-string"
    if token.type == tokenize.NAME:
        if keyword.iskeyword(token.string):
            return "c-word"
        known = hasattr(builtins, token.string) and token.string != "input"
        return None if known else role_of(token.string, without_role)
    return None
