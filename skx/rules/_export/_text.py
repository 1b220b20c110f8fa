# SPDX-License-Identifier: BSD-3-Clause
"""Rules as text: a line for each rule, its exceptions indented below."""

from collections.abc import Sequence
from keyword import iskeyword

from skx.rules._columns import Column, Level
from skx.rules._export._literals import is_number
from skx.rules._program import each_literal
from skx.rules._ruleset import Condition, Rule, RuleSet
from skx.rules._times import read_time, time_text

INDENT = "    "


def to_text(rules: RuleSet) -> str:
    """Return rules as text for people; numbers and dates are exact.

    A name that is no plain word is quoted as in Python.
    """
    lines: list[str] = []
    for rule in rules.rules:
        label = value_text(rules.classes[rule.label])
        lines.append(f"{label} if {conditions_text(rule, rules)}")
        lines += _exceptions(rule.exceptions, rules, 1)
    default = value_text(rules.classes[rules.default])
    lines.append(f"{default} otherwise" if rules.rules else f"{default} always")
    found: list[Condition] = []
    each_literal(rules.rules, found.append)
    if not rules.typed and any(condition.op == ">" for condition in found):
        lines.append("(> is true of missing values and categories, too)")
    return "\n".join(lines) + "\n"


def _exceptions(exceptions: Sequence[Rule], rules: RuleSet, depth: int) -> list[str]:
    lines = []
    for exception in exceptions:
        lines.append(INDENT * depth + f"unless {conditions_text(exception, rules)}")
        lines += _exceptions(exception.exceptions, rules, depth + 1)
    return lines


def conditions_text(rule: Rule, rules: RuleSet) -> str:
    """Return the conditions of a rule as text, without its exceptions."""
    parts = [condition_text(c, rules.columns[c.feature]) for c in rule.conditions]
    return " and ".join(parts) or "never"


def rule_text(rule: Rule, rules: RuleSet) -> str:
    """Return what a rule asks for, exceptions included, in one line."""
    parts = [conditions_text(rule, rules)]
    for exception in rule.exceptions:
        text = rule_text(exception, rules)
        parts.append(f"unless ({text})")
    return " ".join(parts)


def condition_text(condition: Condition, column: Column) -> str:
    """Return a condition as text."""
    name = column.name
    if not name.isidentifier() or iskeyword(name):
        name = repr(name)
    value = value_text(condition.value, column.times)
    if condition.op in ("<=", ">"):
        text = f"{name} {condition.op} {value}"
        return f"not {text}" if condition.negated else text
    if (condition.op == "!=") == condition.negated:
        return f"{name} is {value}"
    if isinstance(condition.value, bool) and _is_boolean(column):
        # "Is not False" is hard to read; unknown is missing, or no boolean.
        return f"{name} is {not condition.value} (or unknown)"
    return f"{name} is not {value}"


def _is_boolean(column: Column) -> bool:
    only = all(isinstance(level, bool) for level in column.levels)
    return only and column.kind == "category"


def value_text(value: Level, times: str | None = None) -> str:
    """Return a category, number or None (missing) as text.

    With ``times`` a number stands for a time of this kind.
    """
    if value is None:
        return "missing"
    found = read_time(value) or (times, value)
    if found[0] is not None and is_number(found[1]):
        text = time_text(found[1], found[0])
        if text is not None:
            return text
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)
