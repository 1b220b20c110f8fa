# SPDX-License-Identifier: BSD-3-Clause
"""Text, Python and SQL say what the rules say, of any row: each is parsed and run."""

import ast
import json
import math
import re
import sqlite3

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skx.rules import Condition, FOLDRClassifier, FOLDSEClassifier, Rule, RuleSet
from skx.rules._columns import Column
from tests.rules.random_rules import holds, rows_for, rule_sets, says

ANY = st.data()
# What a table of SQLite can hold: it knows no booleans beside numbers.
IN_SQLITE = ["number", "text", "numbers as categories", "mixed with text"]


def same(found, expected):
    """Whether labels are equal in value and type."""
    expected = [label.item() for label in expected]
    return [(type(v), v) for v in found] == [(type(v), v) for v in expected]


def run_python(rules, X):
    scope = {}
    exec(compile(rules.export("python"), "rules", "exec"), {}, scope)
    names = [column.name for column in rules.columns]
    return [scope["predict_one"](dict(zip(names, row, strict=True))) for row in X]


def run_sqlite(rules, X, types=""):
    names = ", ".join(
        '"' + column.name.replace('"', '""') + f'"{types}' for column in rules.columns
    )
    values = [[v.item() if isinstance(v, np.generic) else v for v in row] for row in X]
    with sqlite3.connect(":memory:") as base:
        base.execute(f"CREATE TABLE t (place_, {names})")
        marks = ", ".join("?" * (X.shape[1] + 1))
        base.executemany(
            f"INSERT INTO t VALUES ({marks})", [[i, *v] for i, v in enumerate(values)]
        )
        case = rules.export("sql", dialect="sqlite")
        found = base.execute(f"SELECT {case} FROM t ORDER BY place_").fetchall()
    base.close()
    if rules.classes.dtype.kind == "b":
        return [bool(v) for (v,) in found]
    return [v for (v,) in found]


WORD = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s]+""")


def run_text(rules, X):
    """Read the text as a person would; quoted words may hold spaces."""
    lines = rules.export("text").splitlines()
    typed = not lines[-1].startswith("(")
    names = [column.name for column in rules.columns]

    def value(word):
        if word == "missing":
            return None
        if word in ("inf", "-inf"):
            return float(word)
        return ast.literal_eval(word)

    def condition(words):
        negated = words[0] == "not" and len(words) == 4
        words = words[1:] if negated else words
        name = ast.literal_eval(words[0]) if words[0][0] in "'\"" else words[0]
        if words[3:] == ["(or", "unknown)"]:
            return Condition(names.index(name), "!=", words[2] == "False")
        if words[1] == "is":
            op = "!=" if words[2] == "not" and len(words) == 4 else "=="
            return Condition(names.index(name), op, value(words[-1]), negated)
        return Condition(names.index(name), words[1], float(words[2]), negated)

    def conditions(words):
        parts = [[]]
        for word in words:
            if word == "and" and len(parts[-1]) >= 3:
                parts.append([])
            else:
                parts[-1].append(word)
        return [condition(part) for part in parts]

    root = []
    stack = [root]
    label_of = []
    for line in lines:
        words = WORD.findall(line)
        if words[-1] in ("otherwise", "always"):
            label_of.append(value(words[0]))
            break
        depth = (len(line) - len(line.lstrip())) // 4
        node = (conditions(words[1 + (depth == 0) :]), [])
        if depth == 0:
            label_of.append(value(words[0]))
        del stack[depth + 1 :]
        stack[depth].append(node)
        stack.append(node[1])

    def covers(node, row):
        return all(
            holds(c, row[c.feature], rules.columns[c.feature], typed) for c in node[0]
        ) and not any(covers(inner, row) for inner in node[1])

    found = []
    for row in X:
        fired = next((k for k, node in enumerate(root) if covers(node, row)), -1)
        label = label_of[fired]
        is_float = rules.classes.dtype.kind == "f"
        found.append(float(label) if is_float else label)
    return found


@given(ANY)
def test_model_text_and_python_say_what_the_words_say(data):
    rules = data.draw(rule_sets())
    X = data.draw(rows_for(rules))
    expected = [says(rules, row) for row in X]
    assert rules.predict(X).tolist() == expected
    assert same(run_python(rules, X), expected)
    assert same(run_text(rules, X), expected)
    short = rules.simplify()
    assert short.predict(X).tolist() == expected
    assert same(run_python(short, X), expected)


@given(ANY)
def test_json_gives_the_rules_back(data):
    rules = data.draw(rule_sets())
    X = data.draw(rows_for(rules))
    text = rules.export("json")
    again = RuleSet.from_dict(json.loads(text))
    assert json.loads(again.export("json")) == json.loads(text)
    expected = [says(rules, row) for row in X]
    assert same(again.predict(X).tolist(), expected)
    assert again.classes.dtype == rules.classes.dtype


@given(ANY)
def test_sqlite_says_what_the_rules_say(data):
    rules = data.draw(rule_sets(kinds=IN_SQLITE, fold=True))
    X = data.draw(rows_for(rules))
    for row in X:
        for j, value in enumerate(row):
            if isinstance(value, bool | np.bool_):
                row[j] = "a boolean"
    expected = [says(rules, row) for row in X]
    assert same(run_sqlite(rules, X), expected)


@given(ANY)
def test_sqlite_knows_booleans_as_0_and_1(data):
    rules = data.draw(rule_sets(kinds=["bool", "number"], fold=True))
    X = data.draw(rows_for(rules))
    for row in X:
        for j, value in enumerate(row):
            is_bool = isinstance(value, bool | np.bool_)
            if is_bool != (rules.columns[j].kind == "category"):
                row[j] = None
    assert same(run_sqlite(rules, X), [says(rules, row) for row in X])


@given(ANY)
def test_sqlite_columns_with_types_give_the_same(data):
    rules = data.draw(rule_sets(kinds=["number"], fold=True))
    X = data.draw(rows_for(rules))
    for row in X:
        for j, value in enumerate(row):
            if not isinstance(value, float | int) or isinstance(value, bool):
                row[j] = None
    expected = [says(rules, row) for row in X]
    assert same(run_sqlite(rules, X, " REAL"), expected)


@given(st.floats(allow_nan=False))
def test_sqlite_reads_numbers_as_they_are(value):
    rules = RuleSet(
        (Column("x", np.zeros(1), []),),
        True,
        np.array(["below", "in", "above"]),
        (
            Rule((Condition(0, ">", value),), label=2),
            Rule((Condition(0, "<=", value), Condition(0, ">", value, True)), label=1),
        ),
        0,
    )
    up, down = math.nextafter(value, math.inf), math.nextafter(value, -math.inf)
    X = np.array([[down], [value], [up]], dtype=object)
    assert run_sqlite(rules, X) == rules.predict(X).tolist()


@pytest.mark.parametrize("number", [197.609572, -961.983587, 9.814642202063257e-293])
def test_numbers_that_sqlite_would_misread_are_written_as_products(number):
    # Found by reading decimals back: SQLite 3.40 misses the last bit of these.
    condition = Condition(0, "<=", number)
    rules = RuleSet(
        (Column("x", np.zeros(1), []),),
        True,
        np.array([0, 1]),
        (Rule((condition,), label=1),),
        0,
    )
    case = rules.export("sql", dialect="sqlite")
    assert f"/* {number!r} */" in case
    below = math.nextafter(number, -math.inf)
    above = math.nextafter(number, math.inf)
    X = np.array([[below], [number], [above]])
    assert run_sqlite(rules, X) == [1, 1, 0]


def people():
    rng = np.random.default_rng(3)
    n = 120
    X = np.empty((n, 4), dtype=object)
    X[:, 0] = np.round(rng.normal(size=n), 3)
    X[:, 1] = rng.choice(["it's", 'a "b"', "A B", "a_b"], n)
    X[:, 2] = [v if v < 3 else "?" for v in rng.integers(0, 5, n).tolist()]
    X[:, 3] = rng.random(n) < 0.5
    X[rng.random((n, 4)) < 0.1] = None
    first = np.array([v is not None and v > 0.2 for v in X[:, 0]])
    last = np.array([v in ("it's", None) for v in X[:, 1]])
    y = 1 * first + 1 * (last ^ (X[:, 3] == True))  # noqa: E712
    return X, y


@pytest.mark.parametrize("classifier", [FOLDRClassifier, FOLDSEClassifier])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_exports_of_fitted_models(classifier, n_classes):
    X, y = people()
    y = np.minimum(y, n_classes - 1)
    model = classifier(tail=0.0).fit(X[:90], y[:90])
    assert model.n_rules_ > 3
    X[-1] = [math.inf, "new", "new", None]
    X[-2] = [-math.inf, None, 1.5, "new"]
    expected = list(model.predict(X))
    assert set(expected) == set(range(n_classes))
    scope = {}
    exec(model.export("python"), {}, scope)
    found = [scope["predict_one"]({f"x{j}": v for j, v in enumerate(row)}) for row in X]
    assert found == expected
    assert run_text(model.rule_set_, X) == expected
    X[:, 3] = [int(v) if isinstance(v, bool) else v for v in X[:, 3]]
    assert run_sqlite(model.rule_set_, X) == expected


def few(conditions, columns=None, **changes):
    columns = columns or (
        Column("Age", np.array([0.0, 9.0]), []),
        Column("city", np.empty(0), ["it's", "Rome"]),
    )
    values = {"typed": True, "classes": np.array(["no", "yes"]), "default": 0}
    rule = Rule(tuple(conditions), label=1)
    return RuleSet(columns, rules=(rule,), **{**values, **changes})


def test_text_of_a_few_rules():
    exception = Rule((Condition(0, ">", 3.0), Condition(1, "!=", None)))
    inner = Rule((Condition(0, "<=", 2.5, True), Condition(0, "<=", 7.0)))
    rule = Rule(
        (Condition(0, "<=", 8.0), Condition(1, "==", "it's")),
        (Rule(exception.conditions, (inner,)),),
        label=1,
    )
    rules = RuleSet(few([]).columns, True, np.array(["no", "yes"]), (rule,), 0)
    assert str(rules) == (
        "'yes' if Age <= 8 and city is \"it's\"\n"
        "    unless Age > 3 and city is not missing\n"
        "        unless not Age <= 2.5 and Age <= 7\n"
        "'no' otherwise\n"
    )


def test_sql_of_a_few_rules():
    rules = few([Condition(0, ">", 3.0), Condition(1, "!=", "it's")])
    assert rules.export("sql") == (
        'CASE\nWHEN ("Age" IS NOT NULL AND "Age" > 3.0e0)\n'
        "    AND (\"city\" IS NULL OR \"city\" <> 'it''s')\n"
        "    THEN 'yes'\nELSE 'no'\nEND"
    )
    rules = few([Condition(0, ">", 3.0)], typed=False)
    assert '("Age" IS NULL OR "Age" > 3.0e0)' in rules.export("sql")
    rules = few([Condition(0, ">", 3.0)])
    assert '"Age" IS NOT NULL AND NOT isnan("Age") AND "Age" > 3.0e0' in rules.export(
        "sql", dialect="duckdb"
    )


@pytest.mark.parametrize("format", ["python", "text", "sql"])
def test_no_rules_give_the_default(format):
    rules = RuleSet(few([]).columns, True, np.array(["no", "yes"]), (), 1)
    X = np.array([[1.0, "Rome"]], dtype=object)
    assert "yes" in rules.export(format)
    run = {"python": run_python, "text": run_text, "sql": run_sqlite}
    assert run[format](rules, X) == ["yes"]


def test_a_rule_without_conditions_covers_nothing():
    rules = few([])
    X = np.array([[1.0, "Rome"]], dtype=object)
    assert run_python(rules, X) == run_sqlite(rules, X) == rules.predict(X).tolist()
    assert rules.predict(X).tolist() == ["no"]


def test_a_category_that_the_column_has_not_is_equal_to_nothing():
    rules = few([Condition(1, "==", "Oslo")])
    X = np.array([[1.0, "Oslo"]], dtype=object)
    assert run_python(rules, X) == run_sqlite(rules, X) == rules.predict(X).tolist()


def test_python_needs_no_import_and_stays_flat_in_a_deep_nest():
    rule = Rule((Condition(0, "<=", 0.0),))
    for k in range(1, 240):
        rule = Rule((Condition(0, "<=", float(k)),), (rule,))
    rules = few([], default=0)
    rules = RuleSet(rules.columns, True, rules.classes, (Rule(*_of(rule), 1),), 0)
    X = np.array([[k + 0.5, None] for k in range(-2, 245, 7)], dtype=object)
    assert run_python(rules, X) == rules.predict(X).tolist()
    assert len(set(run_python(rules, X))) == 2
    names = [type(node) for node in ast.walk(ast.parse(rules.export("python")))]
    assert not {ast.Import, ast.ImportFrom} & set(names)
    again = RuleSet.from_dict(json.loads(rules.export("json")))
    assert again.predict(X).tolist() == rules.predict(X).tolist()


def _of(rule):
    return rule.conditions, rule.exceptions


def test_unknown_formats_and_dialects():
    rules = few([Condition(0, ">", 3.0)])
    with pytest.raises(ValueError, match="format is 'pmml'; expected one of 'text'"):
        rules.export("pmml")
    with pytest.raises(ValueError, match="dialect is 'db2'; expected one of 'stand"):
        rules.export("sql", dialect="db2")
    with pytest.raises(TypeError, match="unexpected keyword argument 'dialct'"):
        rules.export("sql", dialct="duckdb")


MIXED = Column("m", np.array([1.0]), ["a"])
FLAG = Column("f", np.array([1.0]), [True])


def test_columns_that_sql_cannot_hold():
    rules = few([Condition(0, ">", 3.0)], (MIXED,))
    for dialect in ("standard", "duckdb"):
        with pytest.raises(ValueError, match="'m' holds number and str, which a colu"):
            rules.export("sql", dialect=dialect)
    assert "typeof" in rules.export("sql", dialect="sqlite")
    rules = few([Condition(0, "==", True)], (FLAG,))
    with pytest.raises(ValueError, match="'f' holds numbers and booleans, which are"):
        rules.export("sql", dialect="sqlite")


@pytest.mark.parametrize("format", ["python", "sql", "text", "scasp"])
def test_two_columns_of_one_name(format):
    columns = (Column("a", np.zeros(1), []), Column("a", np.zeros(1), []))
    rules = few([Condition(0, ">", 3.0)], columns)
    if format == "text":
        assert "a > 3" in rules.export("text")
        return
    with pytest.raises(ValueError, match=r"Columns \[0, 1\] are all named 'a'"):
        rules.export(format)


def test_names_that_differ_in_case():
    columns = (Column("Age", np.zeros(1), []), Column("age", np.zeros(1), []))
    rules = few([Condition(0, ">", 3.0)], columns)
    assert '"Age" > ' in rules.export("sql")
    with pytest.raises(ValueError, match="'age' and 'Age' differ in case alone"):
        rules.export("sql", dialect="sqlite")


@pytest.mark.parametrize("format", ["python", "sql", "json", "clingo"])
def test_categories_that_no_language_has(format):
    column = Column("c", np.empty(0), [b"raw"])
    rules = few([Condition(0, "==", b"raw")], (column,))
    with pytest.raises(ValueError, match="'c' the category b'raw' of type bytes cann"):
        rules.export(format)


def test_nul_characters():
    column = Column("c", np.empty(0), ["a\0b"])
    rules = few([Condition(0, "==", "a\0b")], (column,))
    X = np.array([["a\0b"], ["a"]], dtype=object)
    assert run_python(rules, X) == rules.predict(X).tolist() == ["yes", "no"]
    for format in ("sql", "scasp"):
        with pytest.raises(ValueError, match="NUL"):
            rules.export(format)
    rules = few([Condition(0, "==", None)], (Column("a\0b", np.empty(0), []),))
    with pytest.raises(ValueError, match="NUL character in its name"):
        rules.export("sql")
