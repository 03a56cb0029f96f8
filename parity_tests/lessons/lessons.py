"""Every lesson as it should be now: its regions and its figures made anew, beside what stands in the files.

Generator().page(text, name)      the text that the page should have
figure(name)                      the picture that the file should be
outdated_page, outdated_figures   the files that are not as they should be, with what they should hold
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path

from parity_tests.lessons import agreement, mistakes
from parity_tests.lessons.page import Part, alike, fenced, figures, parts, written
from parity_tests.lessons.running import Session
from parity_tests.lessons.source import ROOT, excerpt
from parity_tests.own_run import own_bench

FOLDER = ROOT / "docs" / "lessons"


@dataclass(frozen=True)
class Outdated:
    """A file that is not as it should be, why, and what it should hold."""

    path: Path
    why: str
    content: bytes


class Generator:
    """root: the repository whose sources are shown. What is run is the installed scratch_nn."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.kinds = {"source": self._source, "agreement": self._agreement, "mistake": self._mistake}

    @cached_property
    def bench(self):
        """One PyTorch for all lessons, so that each trace of it is recorded once."""
        return own_bench()

    def page(self, text: str, name: str, only: tuple[str, ...] = ()) -> str:
        """The page with every region as it should be; `only`: regions of these kinds. Raises ValueError, naming page
        and line, for a region that cannot be made."""
        session, made = Session(name), []
        for part in parts(text):
            if part.kind == "code" and (not only or "output" in only):
                session.run(part.body, part.line)
            if part.kind in ("prose", "code") or (only and part.kind not in only):
                made.append(part.text)
                continue
            made.append(self._region(part, session, name))
        return "".join(made)

    def _region(self, part: Part, session: Session, name: str) -> str:
        try:
            body = fenced("text", session.printed) if part.kind == "output" else self.kinds[part.kind](part)
        except KeyError:
            known = ", ".join(["output", *self.kinds])
            raise ValueError(
                f"{name}, line {part.line}: no kind of region is called {part.kind}; {known} are"
            ) from None
        except ValueError as error:
            raise ValueError(f"{name}, line {part.line}: {error}") from error
        return part.text if alike(part.body, body) else written(part, body)

    def _source(self, part: Part) -> str:
        file, *names = part.arguments.split()
        return fenced("python", excerpt(file, names, self.root))

    def _agreement(self, part: Part) -> str:
        return agreement.table(part.arguments.split(), self.bench, shown=part.body)

    def _mistake(self, part: Part) -> str:
        return mistakes.mistake_block(part.arguments.strip(), self.bench)


def figure(name: str) -> bytes:
    """The picture of this name, drawn anew. Raises ValueError where nothing draws it."""
    from parity_tests.lessons.drawing import png

    try:
        drawn = import_module(f"parity_tests.lessons.figures.{name}").draw()
    except ModuleNotFoundError as error:
        raise ValueError(f"nothing draws {name}.png: expected parity_tests/lessons/figures/{name}.py") from error
    return png(drawn)


def pages(folder: Path = FOLDER) -> list[Path]:
    """The lessons, in order."""
    return sorted(folder.glob("[0-9][0-9]-*.md"))


def outdated_page(path: Path, generator: Generator, only: tuple[str, ...] = ()) -> Outdated | None:
    """The page, where one of its regions is not as it should be."""
    text = path.read_text(encoding="utf-8")
    made = generator.page(text, path.name, only)
    if made == text:
        return None
    changed = [old for old, new in zip(parts(text), parts(made), strict=True) if old.text != new.text]
    why = ", ".join(f"{part.kind} at line {part.line}" for part in changed)
    return Outdated(path, why, made.encode())


def outdated_figures(path: Path) -> Iterator[Outdated]:
    """The pictures of a page that are not there, or show something else."""
    from parity_tests.lessons.drawing import fingerprint_of

    for name in figures(path.read_text(encoding="utf-8")):
        file, made = path.parent / "figures" / f"{name}.png", figure(name)
        shown = file.read_bytes() if file.is_file() else b""
        if fingerprint_of(shown) != fingerprint_of(made):
            yield Outdated(file, "another picture" if shown else "not there", made)
