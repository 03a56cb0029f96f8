"""Links of a repository's Markdown: where each leads, and which of them lead nowhere.

A link may be written [in line](a.md), ![as a picture](a.png), [by a name] with [by a name]: a.md below, or in HTML.
What stands in code is none. An anchor, a.md#like-this, must be a heading of that page, as a code host names it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

FENCED = re.compile(r"^ *(```|~~~).*?^ *\1 *$", re.S | re.M)
QUOTED = re.compile(r"(`+)(?:(?!\n\n).)*?\1", re.S)
COMMENT = re.compile(r"<!--.*?-->", re.S)
LINK = re.compile(
    r"""\]\(\s*<?(?P<inline>[^)\s>]*)>?(?:\s+"[^"]*")?\s*\)"""
    r"""|^\ {0,3}\[(?!\^)[^\]]+\]:\s*<?(?P<defined>[^\s>]+)"""
    r"""|\b(?:href|src)\s*=\s*["'](?P<html>[^"']*)["']""",
    re.M | re.X,
)
HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?P<text>.*?)[ \t]*#*$", re.M)
MARKED = re.compile(r"""\b(?:id|name)\s*=\s*["']([^"']+)["']""")
ELSEWHERE = re.compile(r"[a-z][a-z+.-]*:", re.I)
SKIPPED = {"runs", "build", "dist"}  # what programs write


def pages(root: Path) -> list[Path]:
    """Every Markdown file but those of hidden folders (an environment, caches) and of what programs write."""
    found = [path.relative_to(root) for path in sorted(root.rglob("*.md"))]
    return [root / path for path in found if not any(part.startswith(".") or part in SKIPPED for part in path.parts)]


def links(text: str) -> Iterator[tuple[int, str]]:
    """(line, target) of each link."""
    for found in LINK.finditer(_prose(text)):
        yield text.count("\n", 0, found.start()) + 1, next(group for group in found.groups() if group is not None)


def anchors(text: str) -> set[str]:
    """What can stand behind the # of a link to this page."""
    seen, found = Counter(), set(MARKED.findall(_prose(text)))
    for heading in HEADING.finditer(_blanked(FENCED, text)):
        name = slug(heading["text"])
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


def slug(heading: str) -> str:
    """A heading as an anchor: words in small letters, joined by hyphens, without punctuation."""
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")


def broken(path: Path, root: Path) -> list[str]:
    """Of a page's links those that lead nowhere: "page:line: target: why"."""
    found, text = [], path.read_text(encoding="utf-8")
    for line, target in links(text):
        if not ELSEWHERE.match(target) and (why := _wrong(path, unquote(target), root)):
            found.append(f"{path.relative_to(root).as_posix()}:{line}: {target or 'an empty link'}: {why}")
    return found


def _wrong(path: Path, target: str, root: Path) -> str:
    file, _, anchor = target.partition("#")
    there = (path.parent / file).resolve() if file else path
    if not target or not there.exists() or not there.is_relative_to(root.resolve()):
        return "there is no such file in the repository"
    if not anchor:
        return ""
    if there.suffix != ".md":
        return "only headings of Markdown pages can be linked"
    known = anchors(there.read_text(encoding="utf-8"))
    return "" if anchor in known else f"no such heading; there are {', '.join(sorted(known))}"


def _prose(text: str) -> str:
    """The text without code and comments, its lines where they were."""
    for pattern in (COMMENT, FENCED, QUOTED):
        text = _blanked(pattern, text)
    return text


def _blanked(pattern: re.Pattern, text: str) -> str:
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
