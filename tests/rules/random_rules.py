# SPDX-License-Identifier: BSD-3-Clause
"""Random rules and rows for the tests of exports, and rules read word by word."""

import math

import numpy as np
from hypothesis import strategies as st

from skx.rules import Condition, Rule, RuleSet
from skx.rules._columns import Column, key_of

NAMES = [
    *("age", "Age", "a b", "a_b", "A-B", "select", 'quo"te', "it's", "row", "label"),
    *("rule1", "ab1", "rest2", "not", "class", "é", "数", "", " ", "x\ny", "1st", "%"),
    *("predict_one", "float", "read", "name", "None", "age_at_most_1", "age_is", "N1"),
    *("a\\", "number", "equal", "exception_1", "X", "and", "is", "x and y", "{x}"),
]
TEXTS = [
    *("red", "Red", "red ", "it's", 'dou"ble', "true", "false", "1", "NULL", "", "é"),
    *("a\\b", "line\nbreak", "x' or '1'='1", "missing", "数", "%s", "nan", "inf", "\t"),
    *("').", "/* */", "--", " and "),
]
NUMBERS = [
    *(0.0, -0.0, 1.0, -3.0, 0.1, 0.1 + 0.2, 1 / 3, 197.609572, -961.983587, 2.5),
    *(9.814642202063257e-293, 1e-7, 5e-324, 1e22, 1e23, 2.0**53, 147656.2505691806),
]
ENDS = [math.inf, -math.inf, 1.7976931348623157e308]
LABELS = [["no", "yes"], ["it's", "l\n", "true"], [0, 1, 2], [False, True], [-1.5, 0.1]]


@st.composite
def columns(draw, name, *, kinds, extreme):
    """Draw what a fit may know of a column."""
    kind = draw(st.sampled_from(kinds))
    levels = []
    numbers = [0.0, 1.0]
    if kind == "text":
        levels = draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4))
    elif kind == "bool":
        levels = [False, True]
    elif kind == "numbers as categories":
        some = [1, 2.5, 10**12, -3, 0.1, 2**31, *([math.inf] if extreme else [])]
        levels = draw(st.lists(st.sampled_from(some), min_size=1, max_size=4))
    elif kind == "mixed":
        some = [*TEXTS, False, True]
        levels = draw(st.lists(st.sampled_from(some), min_size=1, max_size=4))
    elif kind == "mixed with text":
        levels = draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4))
    levels = list({key_of(level): level for level in levels}.values())
    if kind not in ("number", "mixed", "mixed with text"):
        numbers = []
    return Column(name, np.array(numbers), levels, kind == "numbers as categories")


@st.composite
def rule_sets(draw, *, kinds=None, extreme=True, fold=False):
    """Draw rules with exceptions, up to three deep.

    ``kinds`` are those of columns, ``extreme`` allows infinite thresholds, ``fold``
    forbids names that differ in case alone.
    """
    kinds = kinds or ["number", "text", "bool", "numbers as categories", "mixed"]
    names = draw(
        st.lists(
            st.sampled_from(NAMES),
            min_size=1,
            max_size=4,
            unique_by=str.lower if fold else None,
            unique=not fold,
        )
    )
    table = [draw(columns(name, kinds=kinds, extreme=extreme)) for name in names]
    numbers = st.one_of(
        st.sampled_from([*NUMBERS, *ENDS] if extreme else NUMBERS),
        st.floats(-1e6, 1e6),
    )

    def condition():
        feature = draw(st.integers(0, len(table) - 1))
        column = table[feature]
        ordered = column.kind != "category" and draw(st.integers(0, 3)) > 0
        if ordered:
            op = draw(st.sampled_from(["<=", ">"]))
            return Condition(feature, op, draw(numbers), draw(st.booleans()))
        op = draw(st.sampled_from(["==", "!="]))
        value = draw(st.sampled_from([*column.levels, None]))
        return Condition(feature, op, value, draw(st.integers(0, 4)) == 0)

    def rule(depth, label=None):
        conditions = tuple(condition() for _ in range(draw(st.integers(1, 3))))
        n_exceptions = draw(st.integers(0, 2)) if depth < 3 else 0
        exceptions = tuple(rule(depth + 1) for _ in range(n_exceptions))
        return Rule(conditions, exceptions, label)

    classes = draw(st.sampled_from(LABELS))
    places = st.integers(0, len(classes) - 1)
    same = draw(places) if draw(st.booleans()) else None
    n_rules = draw(st.integers(0, 4))
    rules = tuple(
        rule(0, draw(places) if same is None else same) for _ in range(n_rules)
    )
    return RuleSet(
        tuple(table), draw(st.booleans()), np.array(classes), rules, draw(places)
    )


def each_condition(rules):
    for rule in rules:
        yield from rule.conditions
        yield from each_condition(rule.exceptions)


@st.composite
def rows_for(draw, rules, *, n_rows=8):
    """Draw rows that lie where the rules change their mind, and strange ones."""
    table = np.empty((n_rows, len(rules.columns)), dtype=object)
    for j, column in enumerate(rules.columns):
        known = [c.value for c in each_condition(rules.rules) if c.feature == j]
        cuts = [v for v in known if isinstance(v, float)]
        near = [math.nextafter(v, way) for v in cuts for way in (math.inf, -math.inf)]
        strange = [
            *(None, math.nan, np.nan, math.inf, -math.inf, 1, 1.0, True, False),
            *("1", "red", "true", "new", 2**53 + 1, -7, np.float32(0.1), np.int8(1)),
            *(np.str_("red"), np.bool_(True), b"red", 10**12, -0.0),
        ]
        own = st.sampled_from([*cuts, *near, *column.levels, None, 0.5])
        cells = st.one_of(own, st.sampled_from(strange))
        for i in range(n_rows):
            table[i, j] = draw(cells)
    return table


def says(rules, row):
    """Return the class of a row, by the words of the rules, one after the other."""
    for rule in rules.rules:
        if covers(rule, row, rules):
            return rules.classes[rule.label]
    return rules.classes[rules.default]


def covers(rule, row, rules):
    return all(
        holds(c, row[c.feature], rules.columns[c.feature], rules.typed)
        for c in rule.conditions
    ) and not any(covers(exception, row, rules) for exception in rule.exceptions)


def holds(condition, value, column, typed):
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and math.isnan(value):
        value = None
    is_number = value is not None and key_of(value)[0] == "number"
    if column.kind == "category":
        is_number = False  # its numbers, too, are categories
    if condition.op == "<=":
        true = is_number and float(value) <= condition.value
    elif condition.op == ">":
        true = float(value) > condition.value if is_number else not typed
    else:
        same = not is_number and key_of(value) == key_of(condition.value)
        true = same == (condition.op == "==")
    return true != condition.negated
