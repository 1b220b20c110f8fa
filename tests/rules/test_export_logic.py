# SPDX-License-Identifier: BSD-3-Clause
"""Logic programs say what the rules say: a small interpreter reads their text."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skx.datasets import load_adult
from skx.rules import (
    Condition,
    FOLDRClassifier,
    FOLDSEClassifier,
    RIPPERClassifier,
    Rule,
    RuleSet,
)
from skx.rules._columns import Column
from tests.rules.random_rules import rows_for, rule_sets, says

TOKEN = re.compile(
    r"""(?P<space>\s+|%[^\n]*\n|\#[^\n]*\n|:-\ d[^\n]*\n)  # and declarations
    |(?P<text>'(?:[^'\\]|\\x[0-9a-f]+\\|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<number>-?\d+(?:\.\d+(?:e[+-]?\d+)?)?)
    |(?P<variable>[A-Z]\w*|_)
    |(?P<name>[a-z]\w*)
    |(?P<sign>:-|=<|<=|>|\\\+|[(),.])""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)


class Reader:
    """Terms are tuples: (kind, text), or a name and its arguments."""

    def __init__(self, text):
        self.tokens = []
        place = 0
        while place < len(text):
            match = TOKEN.match(text, place)
            assert match, f"no token at {text[place : place + 20]!r}"
            if match.lastgroup != "space":
                self.tokens.append((match.lastgroup, match[0]))
            place = match.end()
        self.place = 0

    def next(self):
        self.place += 1
        return self.tokens[self.place - 1]

    def peek(self):
        return self.tokens[self.place][1]

    def expect(self, text):
        assert self.next()[1] == text

    def clauses(self):
        found = []
        while self.place < len(self.tokens):
            head = self.atom(self.next())
            body = []
            if self.peek() == ":-":
                while self.peek() != ".":
                    self.next()
                    body.append(self.literal())
            self.expect(".")
            found.append((head, body))
        return found

    def literal(self):
        token = self.next()
        if token[1] == "\\+" or (token[1] == "not" and self.peek() != "("):
            return "not", self.atom(self.next())
        if token[0] == "variable":
            sign, (kind, number) = self.next()[1], self.next()
            assert kind == "number"
            return sign, token, float(number)
        return "is", self.atom(token)

    def atom(self, token):
        kind, text = token
        assert kind == "name", token
        self.expect("(")
        arguments = [self.term()]
        while self.next()[1] == ",":
            arguments.append(self.term())
        return text, *arguments

    def term(self):
        token = self.next()
        if token[0] == "name" and self.peek() == "(":
            return self.atom(token)
        assert token[0] != "sign"
        return token


class Answers:
    """Truth of ground atoms, by their clauses; a cycle through them is an error."""

    def __init__(self, text):
        self.clauses = {}
        self.facts = {}
        for head, body in Reader(text).clauses():
            if body:
                self.clauses.setdefault(head[0], []).append((head, body))
            else:
                self.facts.setdefault(head[0], set()).add(head[1:])
        self.known = {}

    def is_true(self, name, *arguments):
        atom = (name, *arguments)
        if atom not in self.known:
            self.known[atom] = None
            self.known[atom] = self._derive(atom)
        assert self.known[atom] is not None, f"{atom} depends on itself"
        return self.known[atom]

    def n_proofs(self, name, *arguments):
        row = {"X": arguments[0]}
        return sum(
            head[2:] == arguments[1:] and self._holds(body, dict(row))
            for head, body in self.clauses.get(name, [])
        )

    def _derive(self, atom):
        return atom[1:] in self.facts.get(atom[0], ()) or self.n_proofs(*atom) > 0

    def _holds(self, body, bound):
        for literal in body:
            if literal[0] in ("=<", "<=", ">"):
                sign, (_, variable), number = literal
                kind, text = bound[variable]  # bound before: the rule is safe
                assert kind == "number", "only numbers can be compared"
                value = float(text)
                if not (value > number if sign == ">" else value <= number):
                    return False
                continue
            (name, first, *rest) = literal[1]
            assert first == ("variable", "X")
            row = bound["X"]
            open_ = [term for term in rest if term[0] == "variable"]
            if open_:
                assert literal[0] == "is"
                ((_, variable),) = open_
                found = [value for at, value in self.facts.get(name, ()) if at == row]
                assert len(found) <= 1
                if not found:
                    return False
                if variable != "_":
                    bound[variable] = found[0]
            elif self.is_true(name, row, *rest) != (literal[0] == "is"):
                return False
        return True


def run(rules, X, language):
    """Return the class of each row, having seen that there is exactly one."""
    text = rules.export(language, X=X)
    answers = Answers(text)
    bare = Answers(rules.export(language, X=X[:0]))
    assert bare.clauses == answers.clauses
    heads = [head for head, _ in answers.clauses["label"]]
    terms = {head[2] for head in heads}
    assert len(terms) <= len(rules.classes)
    found = []
    for i in range(len(X)):
        row = ("number", str(i))
        true = [term for term in terms if answers.is_true("label", row, term)]
        assert len(true) == 1
        if "rule1" in answers.clauses:  # a list: one clause alone has the say
            assert answers.n_proofs("label", row, true[0]) == 1
        found.append(true[0])
    return found


def term_of(label, language):
    if isinstance(label, np.bool_):
        return "name", str(label).lower()
    if isinstance(label, np.str_):
        text = str(label).replace("\\", "\\\\").replace("\n", "\\n")
        if language == "clingo":
            return "text", '"' + text.replace('"', '\\"') + '"'
        text = "'" + text.replace("'", "\\'") + "'"
        return ("text", ("text", text)) if text == "'true'" else ("text", text)
    text = str(label.item())
    if language == "clingo" and "." in text:
        return "number", ("text", f'"{text}"')
    return "number", text.removesuffix(".0") if "." not in text else text


@pytest.mark.parametrize("language", ["scasp", "prolog", "clingo"])
@given(st.data())
def test_programs_say_what_the_rules_say(language, data):
    # Prolog's largest double stands for infinity, so none of both is a threshold here.
    rules = data.draw(rule_sets(extreme=language == "clingo"))
    X = data.draw(rows_for(rules))
    expected = [term_of(says(rules, row), language) for row in X]
    assert run(rules, X, language) == expected
    assert run(rules.simplify(), X, language) == expected


@given(st.data())
def test_clingo_itself_agrees(data):
    clingo = pytest.importorskip("clingo")
    rules = data.draw(rule_sets())
    X = data.draw(rows_for(rules))
    warnings = []
    control = clingo.Control(["0"], logger=lambda _, text: warnings.append(text))
    control.add("base", [], rules.export("clingo", X=X))
    control.ground([("base", [])])
    models = []
    control.solve(on_model=lambda model: models.append(model.symbols(shown=True)))
    assert len(models) == 1
    assert not warnings
    found = {atom.arguments[0].number: atom.arguments[1] for atom in models[0]}
    assert len(found) == len(models[0]) == len(X)
    for i, row in enumerate(X):
        text = str(found[i])
        _, term = term_of(says(rules, row), "clingo")
        assert text == (f"number({term[1]})" if isinstance(term, tuple) else term)


@pytest.mark.skipif(not shutil.which("swipl"), reason="SWI-Prolog is not installed")
@pytest.mark.parametrize("cls", [FOLDRClassifier, FOLDSEClassifier, RIPPERClassifier])
def test_prolog_itself_agrees(cls, tmp_path):
    X, y = load_adult(return_X_y=True)
    model = cls().fit(X[:1000], y[:1000])
    rows = X[1000:1200].copy()
    rows.iloc[::7, 0] = np.nan
    rows.iloc[::5, 1] = None
    program = tmp_path / "rules.pl"
    program.write_text(model.export("prolog", X=rows), encoding="utf-8")
    goal = (
        "forall(row(I), (setof(L, label(I, L), Ls), atomic_list_concat(Ls, '|', T), "
        "writeln(T))), halt."
    )
    command = ["swipl", "-q", "-g", goal, str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not done.stderr
    assert done.stdout.splitlines() == model.predict(rows).tolist()


def two_columns(rules, **changes):
    columns = (
        Column("Serum Chol.", np.array([0.0, 9.0]), []),
        Column("serum_chol", np.empty(0), ["a", "B c"]),
    )
    values = {"typed": True, "classes": np.array(["no", "yes"]), "default": 0}
    return RuleSet(columns, rules=tuple(rules), **{**values, **changes})


def test_program_of_a_few_rules():
    shared = Rule((Condition(1, "==", "B c"), Condition(0, ">", -1.0)))
    rules = two_columns(
        [
            Rule((Condition(0, ">", 1.25), Condition(0, "<=", 8.0)), (shared,), 1),
            Rule((Condition(1, "!=", None),), (shared,), 1),
            Rule((Condition(0, ">", 1e-7, True),), (), 1),
        ]
    )
    assert rules.export("scasp") == (
        "% serum_chol: column 'Serum Chol.'\n"
        "% serum_chol_2: column 'serum_chol'\n"
        "label(X,'yes') :- serum_chol(X,N1), N1 > 1.25, N1 =< 8.0, not ab1(X).\n"
        "label(X,'yes') :- serum_chol_2_known(X), not ab1(X).\n"
        "label(X,'yes') :- row(X), not serum_chol_above_1em07(X).\n"
        "label(X,'no') :- row(X), not label(X,'yes').\n"
        "ab1(X) :- serum_chol_2(X,'B c'), serum_chol(X,N1), N1 > -1.0.\n"
        "serum_chol_2_known(X) :- serum_chol_2(X,_).\n"
        "serum_chol_above_1em07(X) :- serum_chol(X,N1), N1 > 1.0e-07.\n"
    )


def test_numbers_and_categories_of_a_column_are_kept_apart():
    column = Column("m", np.array([1.0]), ["?"])
    conditions = Condition(0, "<=", 1.0), Condition(0, "!=", "?")
    rule = Rule(conditions, label=1)
    rules = RuleSet((column,), True, np.array([0, 1]), (rule,), 0)
    X = np.array([[0.5], ["?"], [None]], dtype=object)
    assert rules.export("scasp", X=X) == (
        "% m: column 'm'\n"
        "% m_is: what is no number in it\n"
        "label(X,1) :- m(X,N1), N1 =< 1.0, not m_is(X,'?').\n"
        "label(X,0) :- row(X), not label(X,1).\n\n"
        "row(0).\nrow(1).\nrow(2).\nm(0,0.5).\nm_is(1,'?').\n"
    )


def test_facts_of_rows():
    rules = two_columns(
        [Rule((Condition(0, "<=", 1.5), Condition(1, "==", "a")), (), 1)]
    )
    X = np.array(
        [[1.5, "a"], [2, "it's\nnew"], [np.nan, None], [np.inf, 3]], dtype=object
    )
    text = rules.export("prolog", X=X)
    assert text.endswith(
        "\nrow(0).\nrow(1).\nrow(2).\nrow(3).\n"
        "serum_chol(0,1.5).\nserum_chol(1,2.0).\n"
        "serum_chol(3,1.7976931348623157e+308).\n"
        "serum_chol_2(0,'a').\nserum_chol_2(1,'it\\'s\\nnew').\nserum_chol_2(3,3).\n"
    )
    assert ":- dynamic row/1, serum_chol/2, serum_chol_2/2." in text
    text = rules.export("clingo", X=X)
    assert "serum_chol(X,N1), N1 <= 0," in text
    assert 'cut("Serum Chol.",0,"1.5").' in text
    assert "serum_chol(0,0).\nserum_chol(1,1).\nserum_chol(3,1).\n" in text


def test_a_list_takes_the_first_rule_and_rules_that_never_hold_are_left_out():
    rules = two_columns(
        [
            Rule((Condition(1, "==", "unheard of"),), (), 1),
            Rule((Condition(0, "<=", 1.0),), (), 0),
            Rule((Condition(0, "<=", 2.0),), (), 1),
            Rule((), (), 1),
        ]
    )
    X = np.array([[0.5, "a"], [1.5, "a"], [2.5, "a"]], dtype=object)
    for language in ("scasp", "prolog", "clingo"):
        labels = [text.strip("\"'") for _, text in run(rules, X, language)]
        assert labels == rules.predict(X).tolist() == ["no", "yes", "no"]
        assert "rule3" not in rules.export(language)


@pytest.mark.parametrize("name", ["length", "row", "ab12", "not", "rule1"])
def test_names_that_the_program_or_prolog_need(name):
    column = Column(name, np.zeros(1), [])
    rule = Rule((Condition(0, "<=", 1.0),), label=1)
    rules = RuleSet((column,), True, np.array([0, 1]), (rule,), 0)
    text = rules.export("prolog")
    assert re.search(f"^% {name}_(2)?: column '{name}'$", text, re.MULTILINE)
    assert re.search(rf"^label\(X,1\) :- {name}_(2)?\(X,N1\)", text, re.MULTILINE)


def test_programs_of_a_fitted_list():
    X = np.array([[x, c] for x in range(9) for c in ("a", "b", None)], dtype=object)
    y = np.array([x // 3 if c == "a" else 2 - x // 3 for x, c in X])
    model = FOLDRClassifier(min_coverage=0).fit(X, y)
    assert model.n_rules_ >= 4
    new = np.array([[x, c] for x in (-np.inf, 2.5, 7, None) for c in ("a", "c", None)])
    for language in ("scasp", "prolog", "clingo"):
        found = run(model.rule_set_, new, language)
        assert found == [term_of(label, language) for label in model.predict(new)]
