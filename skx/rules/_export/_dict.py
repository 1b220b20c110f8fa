# SPDX-License-Identifier: BSD-3-Clause
"""Rules as nested dicts and lists, for JSON and for editing by hand."""

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isinf, isnan
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx.rules._columns import Column, Level, key_of
from skx.rules._export._literals import is_number, refuse
from skx.rules._ruleset import NEGATED, Condition, Rule, RuleSet
from skx.rules._times import UNITS

VERSION = 1
KINDS = ("number", "category", "mixed")
COMPARISONS = ("typed", "complement")
TOP = ("version", "comparison", "classes", "default", "features", "rules")
# What a classifier adds, and what may be left out.
TOP_MORE = ("default_probabilities", "feature_importances", "named", "positive_class")
FEATURE_MORE = ("categories", "range", "times")
RULE = ("class", "conditions")
RULE_MORE = ("exceptions", "support", "coverage", "precision", "probabilities")


def to_dict(rules: RuleSet) -> dict[str, Any]:
    """Return rules as dicts, lists, text, numbers, booleans and None."""
    names = [column.name for column in rules.columns]
    classes = [write_value(label, None) for label in rules.classes]
    return {
        "version": VERSION,
        "comparison": "typed" if rules.typed else "complement",
        "classes": classes,
        "default": classes[rules.default],
        "features": [_write_column(column) for column in rules.columns],
        "rules": [
            {
                "class": classes[rule.label],
                **_write_body(rule, rules.columns, names),
                "support": rule.support,
                "coverage": rule.coverage,
                "precision": None if isnan(rule.precision) else rule.precision,
            }
            for rule in rules.rules
            if rule.label is not None
        ],
    }


def to_json(rules: RuleSet, indent: int | None = 2) -> str:
    """Return the dict of `to_dict` as JSON."""
    return json.dumps(to_dict(rules), indent=indent, allow_nan=False)


def _write_column(column: Column) -> dict[str, Any]:
    ends = [float(column.numbers[k]) for k in (0, -1)] if len(column.numbers) else None
    return {
        "name": column.name,
        "kind": column.kind,
        "categories": [write_value(level, column) for level in column.levels],
        "range": None if ends is None else [write_value(end, None) for end in ends],
        **({} if column.times is None else {"times": column.times}),
    }


def _write_body(
    rule: Rule, columns: Sequence[Column], names: list[str]
) -> dict[str, Any]:
    return {
        "conditions": [
            {
                "feature": names[c.feature]
                if names.count(names[c.feature]) == 1
                else c.feature,
                "op": c.op,
                "value": write_value(c.value, columns[c.feature]),
                **({"negated": True} if c.negated else {}),
            }
            for c in rule.conditions
        ],
        "exceptions": [_write_body(e, columns, names) for e in rule.exceptions],
    }


def write_value(value: Level, column: Column | None) -> Any:
    """Return a number, category or class; JSON has no infinity."""
    if hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, str | bool | int):
        return value
    if is_number(value):
        value = float(value)
        return {"number": repr(value)} if isinf(value) else value
    raise refuse(value, column, "JSON")


def from_dict(data: Any) -> RuleSet:
    """Return the rules of `to_dict`, or of a dict like its, perhaps edited."""
    _check_keys(data, "", TOP, TOP_MORE)
    if data["version"] != VERSION:
        raise _error("version", data["version"], f"{VERSION}, the only one so far")
    _check_choice(data["comparison"], "comparison", COMPARISONS)
    classes = _read_list(data["classes"], "classes", _read_class)
    types = {key_of(label)[0] for label in classes}
    if len(types) != 1 or any(a >= b for a, b in pairwise(classes)):
        raise _error("classes", classes, "classes of one type, each once, ascending")
    columns = _read_list(data["features"], "features", _read_column)
    reader = _Reader(columns, classes)
    rules = _read_list(data["rules"], "rules", reader.rule)
    return RuleSet(
        tuple(columns),
        data["comparison"] == "typed",
        np.array(classes),
        tuple(rules),
        reader.label(data["default"], "default"),
    )


def read_probabilities(
    data: dict[str, Any], n_classes: int
) -> NDArray[np.float64] | None:
    """Return (n_rules + 1, n_classes), the last row for none; None if some lack."""
    places = [f"rules[{k}].probabilities" for k in range(len(data["rules"]))]
    shares = [rule.get("probabilities") for rule in data["rules"]]
    places.append("default_probabilities")
    shares.append(data.get("default_probabilities"))
    for place, share in zip(places, shares, strict=True):
        if share is None:
            continue
        values = _read_list(share, place, _read_number)
        if len(values) != n_classes or min(values) < 0 or abs(sum(values) - 1) > 1e-6:
            raise _error(place, share, f"{n_classes} numbers whose sum is 1")
    if any(share is None for share in shares):
        return None
    return np.array(shares, dtype=np.float64)


def read_attributes(data: dict[str, Any], rules: RuleSet) -> dict[str, Any]:
    """Return what a classifier adds and rules alone do not tell."""
    found: dict[str, Any] = {}
    if "positive_class" in data:
        reader = _Reader(list(rules.columns), rules.classes.tolist())
        label = reader.label(data["positive_class"], "positive_class")
        found["positive_class_"] = rules.classes[label]
    if "feature_importances" in data:
        place = "feature_importances"
        shares = _read_list(data[place], place, _read_number)
        if len(shares) != len(rules.columns):
            raise _error(place, shares, f"{len(rules.columns)} numbers")
        found["feature_importances_"] = np.array(shares)
    return found


class _Reader:
    """Reads what refers to columns and classes."""

    def __init__(self, columns: list[Column], classes: list[Level]) -> None:
        self.columns = columns
        self.names = [column.name for column in columns]
        self.labels = {key_of(label): k for k, label in enumerate(classes)}
        self.classes = classes

    def label(self, value: Any, place: str) -> int:
        """Return the position of a class."""
        found = self.labels.get(key_of(value)) if _is_plain(value) else None
        if found is None:
            raise _error(place, value, f"one of the classes {self.classes}")
        return found

    def rule(self, data: Any, place: str) -> Rule:
        """Return a rule with a class."""
        _check_keys(data, place, RULE, RULE_MORE)
        precision = data.get("precision")
        return Rule(
            *self._body(data, place),
            self.label(data["class"], f"{place}.class"),
            _read_number(data.get("support", 0.0), f"{place}.support"),
            _read_number(data.get("coverage", 0.0), f"{place}.coverage"),
            float("nan")
            if precision is None
            else _read_number(precision, f"{place}.precision"),
        )

    def _body(
        self, data: Any, place: str
    ) -> tuple[tuple[Condition, ...], tuple[Rule, ...]]:
        """Return conditions and exceptions; these are rules without class."""
        at = f"{place}.conditions"
        conditions = _read_list(data["conditions"], at, self.condition)
        if not conditions:
            raise ValueError(
                f"{at} is empty, and a rule without conditions covers no row; add a "
                "condition or remove the rule."
            )
        at = f"{place}.exceptions"
        exceptions = []
        for k, item in enumerate(_read_list(data.get("exceptions", []), at)):
            _check_keys(item, f"{at}[{k}]", ("conditions",), ("exceptions",))
            exceptions.append(Rule(*self._body(item, f"{at}[{k}]")))
        return tuple(conditions), tuple(exceptions)

    def condition(self, data: Any, place: str) -> Condition:
        """Return a condition that fits its column."""
        _check_keys(data, place, ("feature", "op", "value"), ("negated",))
        feature = self._feature(data["feature"], f"{place}.feature")
        column = self.columns[feature]
        op = data["op"]
        _check_choice(op, f"{place}.op", tuple(NEGATED))
        negated = data.get("negated", False)
        if not isinstance(negated, bool):
            raise _error(f"{place}.negated", negated, "true or false")
        at = f"{place}.value"
        if op in ("<=", ">"):
            if column.kind == "category":
                raise ValueError(
                    f"{place}.op is {op!r}, but column {column.name!r} holds "
                    "categories, which have no order; use '==' or '!='."
                )
            return Condition(feature, op, _read_number(data["value"], at), negated)
        value = _read_value(data["value"], at)
        if value is None:
            return Condition(feature, op, None, negated)
        for level in column.levels:
            if key_of(level) == key_of(value):
                return Condition(feature, op, level, negated)
        if column.kind == "number":
            expected = "null for missing; numbers are compared by '<=' and '>'"
        else:
            expected = (
                f"null or one of the categories {column.levels[:10]} of column "
                f"{column.name!r}; a new one goes to the features, too"
            )
        raise _error(at, value, expected)

    def _feature(self, value: Any, place: str) -> int:
        if isinstance(value, str) and self.names.count(value) == 1:
            return self.names.index(value)
        is_position = isinstance(value, int) and not isinstance(value, bool)
        if is_position and 0 <= value < len(self.columns):
            return int(value)
        if isinstance(value, str) and value in self.names:
            raise _error(place, value, "a position, as several columns have this name")
        raise _error(place, value, f"one of the features {self.names[:10]}")


def _read_column(data: Any, place: str) -> Column:
    _check_keys(data, place, ("name", "kind"), FEATURE_MORE)
    name, kind = data["name"], data["kind"]
    if not isinstance(name, str):
        raise _error(f"{place}.name", name, "text")
    _check_choice(kind, f"{place}.kind", KINDS)
    at = f"{place}.categories"
    levels = _read_list(data.get("categories", []), at, _read_class)
    if len({key_of(level) for level in levels}) < len(levels):
        raise _error(at, levels, "each category once")
    if kind == "number" and levels:
        raise _error(at, levels, "none, as the kind is 'number' and not 'mixed'")
    if kind == "mixed" and (not levels or any(map(is_number, levels))):
        raise _error(at, levels, "text or booleans beside numbers of kind 'mixed'")
    ends = data.get("range")
    at = f"{place}.range"
    if ends is None:
        if kind == "mixed":
            raise _error(at, ends, "the smallest and the largest number")
        numbers = []
    elif kind == "category":
        raise _error(at, ends, "null, as the kind is 'category'")
    else:
        numbers = sorted(set(_read_list(ends, at, _read_number)))
    times = data.get("times")
    if times is not None:
        _check_choice(times, f"{place}.times", tuple(UNITS))
        if kind != "number":
            raise _error(f"{place}.times", times, f"null, as the kind is {kind!r}")
    is_categorical = kind == "category"
    return Column(name, np.array(numbers, dtype=float), levels, is_categorical, times)


def _read_value(value: Any, place: str) -> Level:
    if isinstance(value, dict) and set(value) == {"number"}:
        try:
            return float(value["number"])
        except (TypeError, ValueError):
            raise _error(place, value, '{"number": "inf"} or "-inf"') from None
    if not _is_plain(value) or (isinstance(value, float) and isnan(value)):
        raise _error(place, value, "text, a number, a boolean or null")
    return value


def _read_class(value: Any, place: str) -> Level:
    value = _read_value(value, place)
    if value is None:
        raise _error(place, value, "text, a number or a boolean")
    return value


def _read_number(value: Any, place: str) -> float:
    value = _read_value(value, place)
    if not isinstance(value, Real) or isinstance(value, bool) or isnan(value):
        raise _error(place, value, "a number")
    return float(value)


def _read_list(
    data: Any, place: str, read: Callable[[Any, str], Any] | None = None
) -> list[Any]:
    if not isinstance(data, list | tuple):
        raise _error(place, data, "a list")
    if read is None:
        return list(data)
    return [read(item, f"{place}[{k}]") for k, item in enumerate(data)]


def _check_keys(
    data: Any, place: str, needed: Sequence[str], more: Sequence[str]
) -> None:
    where = place or "The rule set"
    if not isinstance(data, dict):
        raise _error(where, data, "a dict")
    missing = [key for key in needed if key not in data]
    if missing:
        raise ValueError(f"{where} has no {missing[0]!r}; it needs {list(needed)}.")
    for key in data:
        if key not in (*needed, *more):
            raise ValueError(
                f"{where} has the unknown key {key!r}; expected are {[*needed, *more]}."
            )


def _check_choice(value: Any, place: str, choices: Sequence[str]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise _error(place, value, f"one of {', '.join(map(repr, choices))}")


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | bool | int | float)


def _error(place: str, value: Any, expected: str) -> ValueError:
    text = repr(value)
    if len(text) > 80:
        text = text[:77] + "..."
    return ValueError(f"{place} is {text}; expected {expected}.")
