"""A page as a tree: what the tests ask of it without a browser."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


class Read:
    """A page that is well-formed; anything else raises."""

    def __init__(self, text: str) -> None:
        first, _, rest = text.partition("\n")
        if first != "<!DOCTYPE html>":
            raise ValueError(f"expected <!DOCTYPE html> first, got {first!r}")
        self.root = ET.fromstring(rest)

    def all(self, name: str) -> list[ET.Element]:
        """Elements of a name, in MathML and SVG too."""
        return [element for element in self.root.iter() if _local(element) == name]

    def names(self) -> set[str]:
        return {_local(element) for element in self.root.iter()}

    def by_id(self, id_: str) -> ET.Element:
        (found,) = [element for element in self.root.iter() if element.get("id") == id_]
        return found

    def ids(self) -> list[str]:
        return [id_ for element in self.root.iter() if (id_ := element.get("id"))]

    def links(self) -> list[str]:
        return [href for element in self.root.iter() if (href := element.get("href"))]

    def levels(self) -> list[int]:
        """Of the headings, in order."""
        return [int(_local(element)[1]) for element in self.root.iter() if _local(element) in HEADINGS]

    def attributes(self) -> Iterator[tuple[str, str, str]]:
        """(element, attribute, value) of all."""
        for element in self.root.iter():
            for key, value in element.attrib.items():
                yield _local(element), key, value


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def text(element: ET.Element) -> str:
    """All the text in an element, spaces as they come."""
    return "".join(element.itertext())


def rows(table: ET.Element) -> list[list[str]]:
    """The cells of a table's body; a cell of two parts is joined by a bar."""
    body = next(element for element in table if _local(element) == "tbody")
    return [[" | ".join(part.strip() for part in cell.itertext()) for cell in row] for row in body]
