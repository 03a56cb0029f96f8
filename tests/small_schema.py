"""A validator for the part of JSON Schema that docs/results.schema.json uses, and a strict one.

A keyword that it does not know, and a field that the schema does not name, are errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "null": type(None),
    "integer": int,
    "number": (int, float),
}
WORDS = {"$schema", "$id", "title", "description", "$defs"}  # these ask for nothing


def errors(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str = "$") -> Iterator[str]:
    """Every way in which the value breaks the schema, with the place."""
    for keyword, wanted in schema.items():
        if keyword not in WORDS:
            yield from KEYWORDS[keyword](value, wanted, schema, root, at)


def _reference(value, wanted, schema, root, at):
    assert wanted.startswith("#/$defs/"), wanted
    yield from errors(value, root["$defs"][wanted.removeprefix("#/$defs/")], root, at)


def _type(value, wanted, schema, root, at):
    if not isinstance(value, TYPES[wanted]) or isinstance(value, bool):
        yield f"{at}: expected {wanted}, got {value!r}"


def _enum(value, wanted, schema, root, at):
    if not any(type(value) is type(each) and value == each for each in wanted):
        yield f"{at}: expected one of {wanted}, got {value!r}"


def _any_of(value, wanted, schema, root, at):
    if all(any(True for _ in errors(value, each, root, at)) for each in wanted):
        yield f"{at}: {value!r} is none of {wanted}"


def _minimum(value, wanted, schema, root, at):
    if isinstance(value, (int, float)) and not value >= wanted:
        yield f"{at}: expected at least {wanted}, got {value!r}"


def _shorter(value, wanted, schema, root, at):
    if isinstance(value, (str, list)) and len(value) < wanted:
        yield f"{at}: expected a length of at least {wanted}, got {value!r}"


def _required(value, wanted, schema, root, at):
    if isinstance(value, dict):
        yield from (f"{at}: {name} is missing" for name in wanted if name not in value)


def _properties(value, wanted, schema, root, at):
    if isinstance(value, dict):
        yield from (f"{at}: {name} is not in the schema" for name in value if name not in wanted)
        for name in wanted:
            if name in value:
                yield from errors(value[name], wanted[name], root, f"{at}.{name}")


def _additional(value, wanted, schema, root, at):
    if isinstance(value, dict):
        for name, each in value.items():
            yield from errors(each, wanted, root, f"{at}.{name}")


def _items(value, wanted, schema, root, at):
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from errors(each, wanted, root, f"{at}[{index}]")


KEYWORDS = {
    "$ref": _reference,
    "type": _type,
    "enum": _enum,
    "const": lambda value, wanted, schema, root, at: _enum(value, [wanted], schema, root, at),
    "anyOf": _any_of,
    "minimum": _minimum,
    "minLength": _shorter,
    "minItems": _shorter,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
}
