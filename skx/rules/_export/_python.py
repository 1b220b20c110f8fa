# SPDX-License-Identifier: BSD-3-Clause
"""Rules as a function of Python that needs nothing else."""

import builtins
import keyword
from math import isinf

from skx.rules._columns import Column, Level
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
from skx.rules._ruleset import Rule, RuleSet
from skx.rules._times import UNITS

HEAD = '''def predict_one(row):
    """Return the class of a row, a dict from column name to value.

    A missing value is None or NaN, or its column is left out.
    """
'''
READ = """
    def read(name):
        value = row.get(name)
        if type(value).__name__ in ("NAType", "NaTType"):
            return None
        if hasattr(value, "item"):  # a scalar of NumPy
            value = value.item()
        if isinstance(value, float) and value != value:
            return None
        return value
"""
NUMBER = """
    def number(name):  # NaN for what is no number: it is neither <= nor > anything
        value = read(name)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return float("nan")
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
"""
EQUAL = """
    def equal(value, category):
        if type(category) in (int, float):
            is_number = isinstance(value, (int, float))
            return is_number and not isinstance(value, bool) and value == category
        return type(value) is type(category) and value == category
"""
WIDTH = 88


def to_python(rules: RuleSet) -> str:
    """Return the source of ``predict_one(row)``, which imports nothing."""
    return _Function(rules).source()


class _Function:
    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.columns = used_columns(rules)
        self.taken = {*keyword.kwlist, *dir(builtins), "row", "read", "number", "equal"}
        self.numbers: dict[int, str] = {}  # variable of a column's number
        self.values: dict[int, str] = {}  # variable of its value
        self.exceptions: dict[str, str] = {}  # variable of an exception's text
        self.lines: list[str] = []
        self.compares = False

    def source(self) -> str:
        """Return the function."""
        for rule in covering(self.rules.rules):
            self._add("if ", self._parts(rule), ":")
            label = _constant(self.rules.classes[rule.label], None)
            self.lines.append(f"        return {label}")
        default = _constant(self.rules.classes[self.rules.default], None)
        self.lines.append(f"    return {default}")
        helpers = [
            text.rstrip("\n")
            for text, wanted in (
                (HEAD, True),
                (READ, self.numbers or self.values),
                (NUMBER, self.numbers),
                (EQUAL, self.compares),
            )
            if wanted
        ]
        reads = [
            f"    {variable} = {reader}({self.columns[j].name!r}){self._unit(j)}"
            for reader, found in (("number", self.numbers), ("read", self.values))
            for j, variable in found.items()
        ]
        return "\n".join([*helpers, "", *reads, *self.lines]) + "\n"

    def _unit(self, j: int) -> str:
        times = self.columns[j].times
        return "" if times is None else f"  # {UNITS[times]}"

    def _parts(self, rule: Rule) -> list[str]:
        """Return what must hold; exceptions become variables, the deepest first."""
        parts = [self._condition(literal_of(c, self.rules)) for c in rule.conditions]
        for exception in covering(rule.exceptions):
            inner = self._parts(exception)
            text = " and ".join(inner)
            if text not in self.exceptions:
                name = unique(f"exception_{len(self.exceptions) + 1}", self.taken)
                self.exceptions[text] = name
                self._add(f"{name} = ", inner, "")
            parts.append(f"not {self.exceptions[text]}")
        return parts

    def _condition(self, literal: Literal) -> str:
        j, test, value, negated = literal
        column = self.columns[j]
        no = "not " if negated else ""
        if test == "never":
            return "True" if negated else "False"
        if test in ("at_most", "above"):
            name = self._variable(j, self.numbers)
            sign = "<=" if test == "at_most" else ">"
            return f"{no}{name} {sign} {_constant(value, column)}"
        name = self._variable(j, self.values)
        if test == "missing":
            return f"{name} is not None" if negated else f"{name} is None"
        self.compares = True
        return f"{no}equal({name}, {_constant(value, column)})"

    def _variable(self, j: int, found: dict[int, str]) -> str:
        if j not in found:
            found[j] = unique(identifier(self.columns[j].name), self.taken)
        return found[j]

    def _add(self, start: str, parts: list[str], end: str) -> None:
        line = f"    {start}{' and '.join(parts)}{end}"
        if len(line) <= WIDTH:
            self.lines.append(line)
            return
        self.lines.append(f"    {start}(")
        inner = "\n        and ".join(parts)
        self.lines.append(f"        {inner}\n    ){end}")


def _constant(value: Level, column: Column | None) -> str:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, str | bool):
        return repr(value)
    if is_number(value):
        if isinstance(value, int):
            return repr(value)
        return f'float("{value!r}")' if isinf(value) else repr(float(value))
    raise refuse(value, column, "Python")
