# SPDX-License-Identifier: BSD-3-Clause
"""Rules as text: a line for each rule, its exceptions indented below."""

from collections.abc import Sequence
from keyword import iskeyword

from skx.rules._columns import Level
from skx.rules._program import each_literal
from skx.rules._ruleset import Condition, Rule, RuleSet

INDENT = "    "


def to_text(rules: RuleSet) -> str:
    """Return rules as text for people; numbers are exact.

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
    parts = [condition_text(c, rules.columns[c.feature].name) for c in rule.conditions]
    return " and ".join(parts) or "never"


def rule_text(rule: Rule, rules: RuleSet) -> str:
    """Return what a rule asks for, exceptions included, in one line."""
    parts = [conditions_text(rule, rules)]
    for exception in rule.exceptions:
        text = rule_text(exception, rules)
        parts.append(f"unless ({text})")
    return " ".join(parts)


def condition_text(condition: Condition, name: str) -> str:
    """Return a condition as text."""
    if not name.isidentifier() or iskeyword(name):
        name = repr(name)
    if condition.op in ("<=", ">"):
        text = f"{name} {condition.op} {value_text(condition.value)}"
        return f"not {text}" if condition.negated else text
    verb = "is not" if (condition.op == "!=") != condition.negated else "is"
    return f"{name} {verb} {value_text(condition.value)}"


def value_text(value: Level) -> str:
    """Return a category, number or None (missing) as text."""
    if value is None:
        return "missing"
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)
