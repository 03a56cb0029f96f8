"""A tree of HTML, MathML or SVG, in which text is text: what is put in as a string can never become markup.

    h("p", "a < b, says ", h("b", name), class_="note")
        -> <p class="note">a &lt; b, says <b>...</b></p>

A name that is a Python word is written with an underscore behind it (class_, for_), and an underscore within a name is
a hyphen (aria_label). An attribute of None or False is left out; True stands for itself. The output is well-formed XML
and HTML at once, so that it can be checked by parsing it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from parity_tests.report.reading import plain

VOID = ("meta", "link", "br", "hr", "img", "col", "input")
Value = str | int | float | bool | None


@dataclass(frozen=True)
class Tag:
    """An element. children: tags, and strings, which are escaped when they are written."""

    name: str
    children: tuple = ()
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Style:
    """A style sheet of our own: the one thing that is written as it is. Raises ValueError where it could end itself."""

    text: str

    def __post_init__(self) -> None:
        if any(mark in self.text for mark in "<&"):
            raise ValueError("Style: expected a style sheet without < and &, which XML would read")


def h(tag: str, /, *children, **attributes: Value) -> Tag:
    """An element. An iterable among the children stands for what is in it; None for nothing."""
    return Tag(tag, tuple(_flat(children)), {_attribute(key): value for key, value in attributes.items()})


def _flat(children: Iterable) -> Iterator:
    for child in children:
        if child is None:
            continue
        if isinstance(child, (str, Tag, Style)):
            yield child
        elif isinstance(child, Iterable):
            yield from _flat(child)
        else:
            yield str(child)


def _attribute(key: str) -> str:
    return key.removesuffix("_").replace("_", "-")


def document(root: Tag) -> str:
    """The page as text."""
    return f"<!DOCTYPE html>\n{''.join(_written(root))}\n"


def _written(node) -> Iterator[str]:
    if isinstance(node, Style):
        yield node.text
    elif not isinstance(node, Tag):
        yield escape(plain(str(node)), quote=False)
    else:
        opening = f"<{node.name}{''.join(_attributes(node))}"
        if node.name in VOID:
            yield f"{opening}/>"
            return
        yield f"{opening}>"
        for child in node.children:
            yield from _written(child)
        yield f"</{node.name}>"


def _attributes(node: Tag) -> Iterator[str]:
    for key, value in node.attributes.items():
        if value is None or value is False:
            continue
        yield f' {key}="{key if value is True else escape(plain(str(value)))}"'
