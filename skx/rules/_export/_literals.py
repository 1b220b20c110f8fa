# SPDX-License-Identifier: BSD-3-Clause
"""What a condition asks of a value, in words that every language has."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from skx.rules._columns import Column, Level, key_of
from skx.rules._program import each_literal
from skx.rules._ruleset import Condition, Rule, RuleSet


class Literal(NamedTuple):
    """A test of one cell that is true or false of any value.

    ``test`` is "at_most" (a number, <= value), "above" (a number, > value), "equal",
    "missing" or "never"; with ``negated`` it is true where that one is false.
    """

    feature: int
    test: str
    value: Level
    negated: bool


def literal_of(condition: Condition, rules: RuleSet) -> Literal:
    """Return what a condition asks."""
    feature, op, value, negated = (
        condition.feature,
        condition.op,
        condition.value,
        condition.negated,
    )
    if op in ("<=", ">"):
        if op == ">" and not rules.typed:
            return Literal(feature, "at_most", float(value), not negated)
        test = "at_most" if op == "<=" else "above"
        return Literal(feature, test, float(value), negated)
    negated = negated != (op == "!=")
    if value is None:
        return Literal(feature, "missing", None, negated)
    known = {key_of(level) for level in rules.columns[feature].levels}
    return Literal(
        feature, "equal" if key_of(value) in known else "never", value, negated
    )


def used_columns(rules: RuleSet) -> dict[int, Column]:
    """Return the columns that conditions look at, by position; their names differ."""
    conditions: list[Condition] = []
    each_literal(rules.rules, conditions.append)
    names = [column.name for column in rules.columns]
    used = {}
    for j in sorted({condition.feature for condition in conditions}):
        if names.count(names[j]) > 1:
            places = [k for k, name in enumerate(names) if name == names[j]]
            raise ValueError(
                f"Columns {places} are all named {names[j]!r}, and outside of the "
                "model a column is known by its name; rename them and fit again."
            )
        used[j] = rules.columns[j]
    return used


def covering(rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules that have conditions; the others cover nothing."""
    return [rule for rule in rules if rule.conditions]


def identifier(name: str) -> str:
    """Return a name of lower-case letters, digits and underscores."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub("[^a-z0-9]+", "_", plain.lower()).strip("_")
    return plain if plain and not plain[0].isdigit() else f"x_{plain}".rstrip("_")


def unique(wanted: str, taken: set[str]) -> str:
    """Return a name that is not taken, and take it."""
    name, k = wanted, 2
    while name in taken:
        name, k = f"{wanted}_{k}", k + 1
    taken.add(name)
    return name


def is_number(value: Level) -> bool:
    """Whether a category is a number."""
    return value is not None and key_of(value)[0] == "number"


def refuse(value: Level, column: Column | None, language: str) -> ValueError:
    """Return the error for a value that a language cannot write."""
    where = "The class" if column is None else f"In column {column.name!r} the category"
    return ValueError(
        f"{where} {value!r} of type {type(value).__name__} cannot be written as "
        f"{language}; text, booleans and numbers can. Convert it before fit."
    )
