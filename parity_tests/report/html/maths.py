r"""Formulas as MathML, laid out by the browser itself: a line of TeX's notation, as far as the formulas here need it.

mathml(r"\frac{\partial L}{\partial W} = X^\top \, dZ")

X  \beta  \sum          identifiers and operators; a letter of LETTERS in roles.py carries the colour of its role
a_i  x^2  x_i^2         below and above; under and over a \sum or \max
\frac{a}{b} \sqrt{a} \hat{x} \text{word} \mathrm{log}   as TeX means them; \, a narrow space
\cases{a & b \\ c & d}  a brace, one row a case
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from parity_tests.report.html.roles import role_of
from parity_tests.report.html.tree import Tag, h

TOKEN = re.compile(r"\\[a-zA-Z]+|\\[,\\]|\d+(?:\.\d+)?|[^\s]")
GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "epsilon": "ε", "eta": "η", "theta": "θ", "lambda": "λ", "mu": "μ",
         "pi": "π", "sigma": "σ", "tau": "τ", "partial": "∂", "infty": "∞", "top": "⊤", "ell": "ℓ"}  # fmt: skip
OPERATORS = {"cdot": "⋅", "odot": "⊙", "times": "×", "le": "≤", "ge": "≥", "ne": "≠", "in": "∈", "sim": "∼",
             "leftarrow": "←", "quad": "\u2003", "lfloor": "⌊", "rfloor": "⌋", "star": "⋆", "dots": "…"}  # fmt: skip
LARGE = {"sum": "∑", "max": "max", "min": "min", "prod": "∏"}
FUNCTIONS = ("log", "exp", "tanh", "cos", "mean", "var", "relu", "softmax", "sign")
ACCENTS = {"hat": "^", "bar": "¯"}


def mathml(formula: str, *, without_role: Collection[str] = ()) -> Tag:
    """The formula as a <math> element, the letters of `without_role` without a colour. Raises ValueError for notation
    that is not known here."""
    parser = _Parser(formula, without_role)
    row = parser.row(until=None)
    return h("math", h("mrow", row), display="block", xmlns="http://www.w3.org/1998/Math/MathML")


class _Parser:
    def __init__(self, formula: str, without_role: Collection[str]) -> None:
        self.formula, self.tokens, self.at = formula, TOKEN.findall(formula), 0
        self.without_role = without_role

    def peek(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def next(self) -> str:
        token = self.peek()
        if token is None:
            raise ValueError(f"formula: expected more after {self.formula!r}")
        self.at += 1
        return token

    def row(self, until: tuple[str, ...] | None) -> list[Tag]:
        """Everything up to one of the tokens, which is left; or to the end."""
        found = []
        while (token := self.peek()) is not None and not (until and token in until):
            found.append(self.scripted())
        if until and self.peek() is None:
            raise ValueError(f"formula: expected {' or '.join(until)} in {self.formula!r}")
        return found

    def group(self) -> Tag:
        """{ ... } or a single token."""
        if self.peek() != "{":
            return self.atom()
        self.next()
        row = self.row(until=("}",))
        self.next()
        return h("mrow", row) if len(row) != 1 else row[0]

    def scripted(self) -> Tag:
        """An atom with what stands below and above it."""
        large = (self.peek() or "").removeprefix("\\") in LARGE
        base, below, above = self.atom(), None, None
        while self.peek() in ("_", "^"):
            if self.next() == "_":
                below = self.group()
            else:
                above = self.group()
        names = ("munder", "mover", "munderover") if large else ("msub", "msup", "msubsup")
        if below is not None and above is not None:
            return h(names[2], base, below, above)
        if below is not None:
            return h(names[0], base, below)
        return base if above is None else h(names[1], base, above)

    def atom(self) -> Tag:
        token = self.next()
        if token == "{":
            self.at -= 1
            return self.group()
        if not token.startswith("\\"):
            return self.plain(token)
        name = token[1:]
        if name in COMMANDS:
            return COMMANDS[name](self)
        if name in LARGE:
            return h("mo", LARGE[name], movablelimits="false", class_=None if name in ("max", "min") else "large")
        if name in OPERATORS:
            return h("mo", OPERATORS[name])
        if name in FUNCTIONS:
            return h("mrow", h("mi", name, mathvariant="normal"), h("mspace", width="0.17em"))
        if name in GREEK:
            return self.identifier(GREEK[name])
        raise ValueError(f"formula: {token} is not known here, in {self.formula!r}")

    def plain(self, token: str) -> Tag:
        if token[0].isdigit():
            return h("mn", token)
        if token.isalpha():
            return self.identifier(token)
        return h("mo", {"-": "−", "*": "∗", "'": "′"}.get(token, token), stretchy="false" if token in "()[]|" else None)

    def identifier(self, name: str, **attributes: str) -> Tag:
        return h("mi", name, class_=role_of(name, self.without_role), **attributes)

    def raw(self) -> str:
        """The text of a group, as it stands in the formula."""
        start = self.formula.index("{", self._place())
        end = self.formula.index("}", start)
        while self.next() != "}":
            pass
        return self.formula[start + 1 : end]

    def _place(self) -> int:
        """Where in the formula the next token starts."""
        matches = list(TOKEN.finditer(self.formula))
        return matches[self.at].start()


def _fraction(parser: _Parser) -> Tag:
    return h("mfrac", parser.group(), parser.group())


def _root(parser: _Parser) -> Tag:
    return h("msqrt", parser.group())


def _text(parser: _Parser) -> Tag:
    return h("mtext", parser.raw().replace(" ", "\u00a0"))  # a browser leaves out spaces at the ends


def _named(parser: _Parser) -> Tag:
    """A name of several letters, "dW", with the colour of its role."""
    return parser.identifier(parser.raw(), mathvariant="normal")


def _accent(name: str) -> Callable[[_Parser], Tag]:
    return lambda parser: h("mover", parser.group(), h("mo", ACCENTS[name], stretchy="false"), accent="true")


def _cases(parser: _Parser) -> Tag:
    rows, cells = [], []
    if parser.next() != "{":
        raise ValueError(f"formula: expected {{ behind \\cases in {parser.formula!r}")
    while True:
        cells.append(h("mtd", h("mrow", parser.row(until=("&", r"\\", "}")))))
        end = parser.next()
        if end != "&":
            rows, cells = [*rows, h("mtr", cells)], []
        if end == "}":
            return h(
                "mrow",
                h("mo", "{", stretchy="false", class_="brace"),
                h("mtable", rows, columnalign="left left"),
            )


COMMANDS: dict[str, Callable[[_Parser], Tag]] = {
    "frac": _fraction,
    "sqrt": _root,
    "text": _text,
    "mathrm": _named,
    "hat": _accent("hat"),
    "bar": _accent("bar"),
    "cases": _cases,
    ",": lambda parser: h("mspace", width="0.17em"),
}
