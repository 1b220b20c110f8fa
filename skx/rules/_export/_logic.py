# SPDX-License-Identifier: BSD-3-Clause
"""Rules as a logic program, for s(CASP), Prolog or clingo.

The program is stratified on the ground: its one answer holds ``label(X, c)`` for
exactly one class of each row. A missing value is a fact that is not there.
"""

import re
from bisect import bisect_left
from math import isinf
from typing import Any

import numpy as np

from skx.rules._columns import Cells, Column, Level, get_column, split_column
from skx.rules._export._literals import (
    Literal,
    covering,
    identifier,
    is_number,
    literal_of,
    refuse,
    unique,
    used_columns,
)
from skx.rules._program import each_literal
from skx.rules._ruleset import Condition, Rule, RuleSet
from skx.rules._times import UNITS

NOT = {"scasp": "not ", "prolog": "\\+ ", "clingo": "not "}
# Names of the program itself, operators, and predicates that Prolog systems guard.
RESERVED = {
    *(
        "row",
        "label",
        "cut",
        "not",
        "is",
        "mod",
        "rem",
        "div",
        "xor",
        "rdiv",
        "dynamic",
    ),
    *("append", "apply", "arg", "assert", "call", "char_type", "clause", "compare"),
    *("delete", "forall", "format", "length", "member", "name", "once", "open", "op"),
    *("print", "put", "read", "see", "shell", "sort", "statistics", "succ", "tab"),
    *("tell", "write", "table", "initialization", "discontiguous", "dynamic"),
}
NUMBERED = re.compile(r"(rule|rest|ab)\d*")
LARGEST = 1.7976931348623157e308


def to_logic(rules: RuleSet, X: Any = None, *, language: str) -> str:
    """Return a program, with facts for the rows of ``X`` if there are any."""
    program = _Program(rules, language)
    lines = program.text()
    if X is not None:
        lines += ["", *program.facts(X)]
    return "\n".join(lines) + "\n"


class _Program:
    def __init__(self, rules: RuleSet, language: str) -> None:
        self.rules = rules
        self.no = NOT[language]
        self.is_clingo = language == "clingo"
        self.language = language
        self.columns = used_columns(rules)
        self.taken = set(RESERVED)
        self.numbers: dict[int, str] = {}  # predicate of a column's numbers
        self.values: dict[int, str] = {}  # predicate of its categories
        for j, column in self.columns.items():
            name = unique(self._predicate(column), self.taken)
            if column.kind != "category":
                self.numbers[j] = name
                name = unique(f"{name}_is", self.taken)
            self.values[j] = name
        self.cuts = self._cuts()
        self.asked: set[str] = set()  # those of both that the program asks for
        self.n_exceptions = 0
        self.defined: dict[tuple[str, ...], str] = {}  # predicates by their bodies
        self.definitions: list[str] = []

    def text(self) -> list[str]:
        """Return the lines of the program without facts."""
        rules = self._rules()
        head = []
        for j, column in self.columns.items():
            name = self.numbers.get(j, self.values[j])
            unit = f", {UNITS[column.times]}" if column.times else ""
            head.append(f"% {name}: column {column.name!a}{unit}")
            if j in self.numbers and self.values[j] in self.asked:
                head.append(f"% {self.values[j]}: what is no number in it")
        lines = [*head, *self._declarations(), *rules, *self.definitions]
        if self.is_clingo:
            lines += self._table()
        return lines

    def _declarations(self) -> list[str]:
        names = sorted(self.asked)
        if self.is_clingo:
            found = [f"#defined {name}/2." for name in names]
            return ["#show label/2.", "#defined row/1.", *found]
        if self.language == "prolog":
            found = ["row/1", *(f"{name}/2" for name in names)]
            return [f":- dynamic {', '.join(found)}.", ":- discontiguous label/2."]
        return []

    def _rules(self) -> list[str]:
        """Return the rules, each true of a row only if none before it is."""
        labels = [self._term(label, None) for label in self.rules.classes]
        default = labels[self.rules.default]
        found = []
        for rule in covering(self.rules.rules):
            body = self._body(rule)
            if body is not None:
                found.append((labels[rule.label or 0], body))
        own = {label for label, _ in found}
        if len(own) == 1 and own != {default}:
            # Rules for one class need no order.
            (label,) = own
            lines = [f"label(X,{label}) :- {body}." for _, body in found]
            rest = f"row(X), {self.no}label(X,{label})"
            return [*lines, f"label(X,{default}) :- {rest}."]
        lines = []
        rest = "row(X)"
        for k, (label, body) in enumerate(found, 1):
            lines.append(f"rule{k}(X) :- {body}.")
            lines.append(f"label(X,{label}) :- {rest}, rule{k}(X).")
            lines.append(f"rest{k}(X) :- {rest}, {self.no}rule{k}(X).")
            rest = f"rest{k}(X)"
        return [*lines, f"label(X,{default}) :- {rest}."]

    def _body(self, rule: Rule) -> str | None:
        """Return the body for a rule; None if it covers nothing."""
        parts: list[str] = []
        variables: dict[int, str] = {}
        for condition in rule.conditions:
            literal = literal_of(condition, self.rules)
            if literal.test == "never":
                if not literal.negated:
                    return None
                continue
            parts += self._condition(literal, variables)
        for exception in covering(rule.exceptions):
            body = self._body(exception)
            if body is not None:
                if (body,) not in self.defined:
                    self.n_exceptions += 1
                name = self._define(f"ab{self.n_exceptions}", body)
                parts.append(f"{self.no}{name}(X)")
        if not parts or parts[0].startswith(self.no):
            parts.insert(0, "row(X)")
        return ", ".join(parts)

    def _condition(self, literal: Literal, variables: dict[int, str]) -> list[str]:
        j, test, value, negated = literal
        no = self.no if negated else ""
        if test == "equal":
            self.asked.add(self.values[j])
            return [f"{no}{self.values[j]}(X,{self._term(value, self.columns[j])})"]
        if test == "missing":
            known = self._known(j)
            return [f"{known}(X)" if negated else f"{self.no}{known}(X)"]
        if negated:
            return [f"{no}{self._compared(literal)}(X)"]
        parts = []
        if j not in variables:
            self.asked.add(self.numbers[j])
            variables[j] = f"N{len(variables) + 1}"
            parts.append(f"{self.numbers[j]}(X,{variables[j]})")
        return [*parts, self._comparison(literal, variables[j])]

    def _comparison(self, literal: Literal, variable: str) -> str:
        if self.is_clingo:
            place = self.cuts[literal.feature].index(literal.value)
            sign = "<=" if literal.test == "at_most" else ">"
            return f"{variable} {sign} {place}"
        sign = "=<" if literal.test == "at_most" else ">"
        return f"{variable} {sign} {number_text(literal.value)}"

    def _compared(self, literal: Literal) -> str:
        """Return a predicate for a comparison, for "not" to stand before it."""
        name = self.numbers[literal.feature]
        self.asked.add(name)
        comparison = self._comparison(literal, "N1")
        wanted = f"{name}_{literal.test}_{_spelled(literal.value)}"
        return self._define(wanted, f"{name}(X,N1), {comparison}")

    def _known(self, j: int) -> str:
        """Return a predicate for a value that is not missing."""
        names = [found[j] for found in (self.numbers, self.values) if j in found]
        self.asked.update(names)
        bodies = [f"{name}(X,_)" for name in names]
        return self._define(f"{names[0]}_known", *bodies)

    def _define(self, wanted: str, *bodies: str) -> str:
        """Return the predicate that has some bodies; the same ones share it."""
        if bodies not in self.defined:
            name = unique(wanted, self.taken)
            self.defined[bodies] = name
            self.definitions += [f"{name}(X) :- {body}." for body in bodies]
        return self.defined[bodies]

    def _predicate(self, column: Column) -> str:
        name = identifier(column.name)
        return f"{name}_" if NUMBERED.fullmatch(name) else name

    def _cuts(self) -> dict[int, list[float]]:
        """Return the numbers that each column is compared with, ascending."""
        found: list[Condition] = []
        each_literal(self.rules.rules, found.append)
        cuts: dict[int, set[float]] = {j: set() for j in self.numbers}
        for condition in found:
            if condition.op in ("<=", ">"):
                cuts[condition.feature].add(float(condition.value))
        return {j: sorted(values) for j, values in cuts.items()}

    def _table(self) -> list[str]:
        """Return what the ranks of clingo mean: so many cuts are below a number."""
        return [
            f"cut({self._term(self.columns[j].name, None)},{k},{_string(repr(cut))})."
            for j, cuts in self.cuts.items()
            for k, cut in enumerate(cuts)
        ]

    def facts(self, X: Any) -> list[str]:
        """Return what is known of some rows, numbered from 0."""
        n_rows = X.shape[0]
        lines = [f"row({i})." for i in range(n_rows)]
        for j, column in self.columns.items():
            cells = split_column(get_column(X, j), column.is_categorical, None)
            for i, value in enumerate(values_of(cells)):
                if value is None:
                    continue
                if j in self.numbers and is_number(value):
                    name, term = self.numbers[j], self._number(j, value)
                else:
                    name, term = self.values[j], self._new_term(value)
                if name in self.asked:
                    lines.append(f"{name}({i},{term}).")
        return lines

    def _number(self, j: int, value: float) -> str:
        if self.is_clingo:
            return str(bisect_left(self.cuts[j], value))
        return number_text(value)

    def _new_term(self, value: Level) -> str:
        """Return any value, those that no rule can name under a name of their own."""
        try:
            return self._term(value, None)
        except ValueError:
            return f"other({self._text(ascii(value))})"

    def _term(self, value: Level, column: Column | None) -> str:
        """Return a class or category; equal terms are equal in type and value."""
        if hasattr(value, "item"):
            value = value.item()
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            if "\0" in value:
                raise refuse(value, column, "logic program, NUL being no character,")
            text = self._text(value)
            return f"text({text})" if text in ("'true'", "'false'") else text
        if is_number(value):
            return self._number_term(value)
        raise refuse(value, column, "logic program")

    def _number_term(self, value: float) -> str:
        if isinf(value):
            return f"number({self._text(repr(float(value)))})"
        if value != int(value):
            text = number_text(value)
            return f"number({_string(text)})" if self.is_clingo else text
        text = repr(int(value))
        too_large = self.is_clingo and abs(value) >= 2**31
        return f"number({_string(text)})" if too_large else text

    def _text(self, value: str) -> str:
        return _string(value) if self.is_clingo else _atom(value)


def values_of(cells: Cells) -> list[Level]:
    """Return the values of a column; None for missing."""
    if cells.levels is None:
        numbers = np.asarray(cells.numbers)
        return [None if number != number else float(number) for number in numbers]
    # Position 0 is missing, and -2 from the end says that the cell is a number.
    levels = [None, *cells.found]
    return [
        levels[k] if k >= 0 or cells.numbers is None else float(cells.numbers[i])
        for i, k in enumerate(cells.levels)
    ]


def number_text(value: float) -> str:
    """Return a number as Prolog reads it; infinity as the largest double."""
    value = max(-LARGEST, min(LARGEST, float(value)))
    digits, e, power = repr(value).partition("e")
    return f"{digits}{'' if '.' in digits else '.0'}{e}{power}"


def _spelled(value: float) -> str:
    """Return a number as part of a name."""
    text = repr(value)
    if text.endswith(".0"):
        text = text[:-2]
    return text.replace("-", "m").replace(".", "_").replace("+", "")


def _string(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _atom(value: str) -> str:
    def escape(match: re.Match) -> str:
        char = match[0]
        if char in "\\'":
            return f"\\{char}"
        return "\\n" if char == "\n" else f"\\x{ord(char):x}\\"

    return "'" + re.sub(r"[\\'\x01-\x1f\x7f]", escape, value) + "'"
