"""A page that is walked: prose for people, and between it blocks that are all put to use.

    ```sh        one command, a line
    ```text      the block after it: what the command prints, with "..." for lines that are left out.
                 Without one it prints nothing
    ```python    a file: its name is the first line, "# name.py"
    ```diff      an edit of a file of that name: "-" lines go, "+" lines come, others stay; an empty line between
                 two places

"exit code 1" in the prose after a command says how it ended; where nothing is said, it ended with 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parity_tests.walk.printed import LEFT_OUT

BLOCK = re.compile(r"^```(?P<kind>[^`\n]*)\n(?P<body>.*?)^```$", re.S | re.M)
FENCE = re.compile(r"^ *(?:```|~~~)|^(?: {4}|\t) *\S", re.M)  # also what could be a block without fences
NAME = re.compile(r"# (?P<name>\w+\.py)\n")
EXIT_CODE = re.compile(r"\bexit\s+code\s+(\d+)", re.I)


@dataclass(frozen=True)
class Command:
    """text: the line. shown: the lines that the page says it prints. span: where in the page these stand, None where
    it shows none."""

    line: int
    text: str
    shown: tuple[str, ...] = ()
    exit_code: int = 0
    span: tuple[int, int] | None = None


@dataclass(frozen=True)
class File:
    line: int
    name: str
    text: str


@dataclass(frozen=True)
class Edit:
    """hunks: (old, new) pieces of text, each old one to be found once in the file."""

    line: int
    name: str
    hunks: tuple[tuple[str, str], ...]


Step = Command | File | Edit


def steps(page: str) -> list[Step]:
    """What a reader does, in order. Raises ValueError, with the line, for a block that belongs to no step."""
    blocks = list(BLOCK.finditer(page))
    prose = BLOCK.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), page)
    if other := FENCE.search(prose):
        got = page[other.start() :].splitlines()[0]
        line = _line(page, other.start())
        raise ValueError(f"line {line}: expected blocks between fences that stand at the margin, got {got!r}")
    return list(_steps(page, blocks))


def _steps(page: str, blocks: Sequence[re.Match]) -> Iterator[Step]:
    for at, block in enumerate(blocks):
        line = _line(page, block.start())
        follows = blocks[at + 1 :]
        if block["kind"] == "sh":
            yield _command(page, line, block, follows)
        elif block["kind"] in ("python", "diff"):
            yield _file(line, block) if block["kind"] == "python" else _edit(line, block)
        elif block["kind"] != "text" or at == 0 or blocks[at - 1]["kind"] != "sh":
            raise ValueError(
                f"line {line}: expected a command (sh), what it prints (text, after sh), a file (python) or an edit "
                f"(diff), got {block['kind'] or 'no word behind the fence'}: nothing would run it"
            )


def _command(page: str, line: int, block: re.Match, follows: Sequence[re.Match]) -> Command:
    text = block["body"].strip()
    if not text or "\n" in text:
        raise ValueError(f"line {line}: expected one command on one line, got {len(text.splitlines())} lines")
    output = follows[0] if follows and follows[0]["kind"] == "text" else None
    after = follows[1 if output else 0 :]
    prose = page[(output or block).end() : after[0].start() if after else len(page)]
    told = set(EXIT_CODE.findall(prose))
    if len(told) > 1:
        raise ValueError(f"line {line}: expected one exit code in the prose after a command, got {sorted(told)}")
    code = int(told.pop()) if told else 0
    if output is None:
        return Command(line, text, exit_code=code)
    shown = tuple(output["body"].splitlines())
    if set(shown) == {LEFT_OUT}:
        raise ValueError(f"line {line}: expected some of what the command prints, got only lines that are left out")
    return Command(line, text, shown, code, output.span("body"))


def _file(line: int, block: re.Match) -> File:
    return File(line, _name(line, block), block["body"])


def _edit(line: int, block: re.Match) -> Edit:
    name = _name(line, block)
    if strange := [text for text in block["body"].splitlines()[1:] if text and text[0] not in "-+ "]:
        raise ValueError(f"line {line}: expected lines that begin with -, + or a space, got {strange[0]!r}")
    hunks = re.split(r"\n{2,}", block["body"].partition("\n")[2].strip("\n"))
    return Edit(line, name, tuple((_side(hunk, "-"), _side(hunk, "+")) for hunk in hunks))


def _side(hunk: str, mark: str) -> str:
    """The old lines ("-") or the new ones ("+"), with those that stay."""
    return "".join(f"{line[1:]}\n" for line in hunk.splitlines() if line[:1] in (mark, " "))


def _name(line: int, block: re.Match) -> str:
    if found := NAME.match(block["body"]):
        return found["name"]
    raise ValueError(f"line {line}: expected the file's name in the first line, '# name.py', got a block without one")


def _line(page: str, place: int) -> int:
    return page.count("\n", 0, place) + 1
