"""A page: Markdown in which some regions are generated, and the Python between them runs.

    <!-- source: scratch_nn/conv.py Conv2D.forward -->
    ...                                                     written by the generator
    <!-- /source -->

A kind is a word, its arguments follow the colon. A fenced block of Python outside of such regions is the author's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

REGION = re.compile(
    r"^<!-- (?P<kind>[a-z]+)(?:: (?P<arguments>[^\n]*?))? -->\n(?P<body>.*?)^<!-- /(?P=kind) -->$", re.S | re.M
)
OPENING = re.compile(r"^<!-- /?[a-z]+(?:: [^\n]*?)? -->$", re.M)
CODE = re.compile(r"^```python\n(?P<code>.*?)^```$", re.S | re.M)
FIGURE = re.compile(r"^!\[(?P<alt>[^\]]+)\]\(figures/(?P<name>\w+)\.png\)$", re.M)
LEAST_NUMBER_SHOWN = 1e-9
SMALL = re.compile(r"exactly\b|(?:\bto\s+)?(?P<number>-?\d+(?:\.\d+)?e-\d+)")


@dataclass(frozen=True)
class Part:
    """kind: "prose", "code", or a region's word. text: as it stands in the page. body: the code, or what is between
    the region's marks."""

    kind: str
    text: str
    arguments: str = ""
    body: str = ""
    line: int = 1


def parts(page: str) -> Iterator[Part]:
    """The page, cut up; the texts put together are the page. Raises ValueError where a mark has no partner."""
    end = 0
    for found in REGION.finditer(page):
        yield from _between(page, end, found.start())
        line = page.count("\n", 0, found.start()) + 1
        yield Part(found["kind"], found[0], found["arguments"] or "", found["body"], line)
        end = found.end()
    yield from _between(page, end, len(page))


def _between(page: str, start: int, stop: int) -> Iterator[Part]:
    """Prose and code; a mark here belongs to no region."""
    if alone := OPENING.search(page, start, stop):
        line = page.count("\n", 0, alone.start()) + 1
        raise ValueError(f"line {line}: expected a region that is opened and closed, got {alone[0]} alone")
    end = start
    for found in CODE.finditer(page, start, stop):
        yield Part("prose", page[end : found.start()])
        yield Part("code", found[0], body=found["code"], line=page.count("\n", 0, found.start()) + 2)
        end = found.end()
    yield Part("prose", page[end:stop])


def written(part: Part, body: str) -> str:
    """The region with another body."""
    head = f"{part.kind}: {part.arguments}" if part.arguments else part.kind
    return f"<!-- {head} -->\n{body.rstrip()}\n<!-- /{part.kind} -->"


def figures(page: str) -> list[str]:
    """The names of the figures that the page shows."""
    return [found["name"] for found in FIGURE.finditer(page)]


def fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def alike(old: str, new: str) -> bool:
    """Equal but for numbers below 1e-9, which are rounding and differ from machine to machine: "to 2e-16" on one may be
    "exactly" on another."""
    return _rounding_left_out(old.strip()) == _rounding_left_out(new.strip())


def _rounding_left_out(text: str) -> str:
    """Differences in the length of such numbers may wrap a line elsewhere, so spaces count as one."""
    return " ".join(SMALL.sub(_named_if_tiny, text).split())


def _named_if_tiny(found: re.Match) -> str:
    return "tiny" if float(found["number"] or 0) < LEAST_NUMBER_SHOWN else found[0]
