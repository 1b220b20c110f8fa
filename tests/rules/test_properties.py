# SPDX-License-Identifier: BSD-3-Clause
"""What holds for any table: hypothesis looks for one where it does not."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from skx.rules import FOLDRClassifier, FOLDSEClassifier, Rule, RuleSet

CLASSES = st.sampled_from([FOLDRClassifier, FOLDSEClassifier])
SEEDS = st.integers(0, 2**32 - 1)
LETTERS = np.array(["r", "s", "t", None], dtype=object)


def table(seed: int, n_rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """A number with missing cells, categories, integers, and numbers among text."""
    rng = np.random.default_rng(seed)
    X = np.empty((n_rows, 4), dtype=object)
    X[:, 0] = rng.normal(size=n_rows).round(1)
    X[rng.random(n_rows) < 0.2, 0] = None
    X[:, 1] = LETTERS[rng.integers(0, 4, n_rows)]
    X[:, 2] = rng.integers(0, 5, n_rows)
    X[:, 3] = rng.integers(0, 4, n_rows)
    X[rng.random(n_rows) < 0.3, 3] = "?"
    y = rng.integers(0, rng.integers(2, 4), n_rows)
    related = rng.random(n_rows) < 0.7
    y[related] = (X[related, 2] > 2).astype(int)
    y[:2] = 0, 1
    return X, y


def other_rows(seed: int, n_rows: int = 200) -> np.ndarray:
    """Rows of any kind of cell in any column."""
    rng = np.random.default_rng(seed)
    cells = [None, np.nan, "r", "s", "t", "?", "new", True, -np.inf, np.inf, -1, 0, 1]
    cells += [2, 2.5, 3, 0.1, -0.3, 0.7, 1e300]
    kinds = np.empty(len(cells), dtype=object)
    kinds[:] = cells
    return kinds[rng.integers(0, len(cells), (n_rows, 4))]


@given(CLASSES, SEEDS)
def test_order_of_the_rows_is_nothing(cls: type, seed: int) -> None:
    X, y = table(seed)
    order = np.random.default_rng(seed).permutation(len(y))
    assert cls().fit(X[order], y[order]).rules_ == cls().fit(X, y).rules_


@given(CLASSES, SEEDS)
def test_only_the_order_of_numbers_counts(cls: type, seed: int) -> None:
    X, y = table(seed)
    other = X.copy()
    other[:, 2] = [np.exp(v) - 7.0 for v in X[:, 2]]
    model, moved = cls().fit(X, y), cls().fit(other, y)
    assert_array_equal(moved.predict(other), model.predict(X))
    assert_array_equal(moved.apply(other), model.apply(X))


@given(CLASSES, SEEDS)
def test_order_of_the_columns_changes_ties_only(cls: type, seed: int) -> None:
    # Numbers without ties, and few rules: no two literals score the same.
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(80, 3))
    y = (X @ [1.0, 0.7, 0.3] + rng.normal(size=80) > 0).astype(int)
    y[:2] = 0, 1
    weights = rng.uniform(1, 2, 80)  # makes ties of counts impossible
    order = rng.permutation(3)
    model = cls(max_rules=1, max_depth=0, max_conditions=2).fit(X, y, weights)
    other = cls(max_rules=1, max_depth=0, max_conditions=2).fit(X[:, order], y, weights)
    for ours, theirs in zip(model.rules_, other.rules_, strict=True):
        columns = [order[c.feature] for c in theirs.conditions]
        assert [c.feature for c in ours.conditions] == columns
        assert [c.value for c in ours.conditions] == [
            c.value for c in theirs.conditions
        ]


@given(CLASSES, SEEDS)
def test_only_the_order_of_names_of_categories_counts(cls: type, seed: int) -> None:
    X, y = table(seed)
    names = {"r": "Ra", "s": "Xb", "t": "ta", None: None}
    renamed = X.copy()
    renamed[:, 1] = [names[v] for v in X[:, 1]]
    model, other = cls().fit(X, y), cls().fit(renamed, y)
    assert_array_equal(other.apply(renamed), model.apply(X))
    assert_array_equal(other.predict(renamed), model.predict(X))
    assert other.n_conditions_ == model.n_conditions_


@given(CLASSES, SEEDS)
def test_weights_are_repetition_and_have_no_unit(cls: type, seed: int) -> None:
    X, y = table(seed)
    weights = np.random.default_rng(seed).integers(1, 4, len(y))
    model = cls(min_coverage=0.0).fit(X, y, weights)
    repeated = cls(min_coverage=0.0).fit(
        np.repeat(X, weights, 0), np.repeat(y, weights)
    )
    assert model.rules_ == repeated.rules_
    scaled = cls(min_coverage=0.0).fit(X, y, weights / 1024)
    assert [(r.conditions, r.exceptions) for r in scaled.rules_] == [
        (r.conditions, r.exceptions) for r in model.rules_
    ]
    assert_array_equal(scaled.predict(X), model.predict(X))


@pytest.mark.filterwarnings("ignore:Column .* held none when")
@given(CLASSES, SEEDS, st.sampled_from([0.0, 0.2, 0.5]))
def test_simplified_rules_predict_the_same_on_any_input(
    cls: type, seed: int, ratio: float
) -> None:
    X, y = table(seed)
    model = cls(ratio=ratio, tail=0.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RuleSet, "simplify", lambda rules: rules)
        model.fit(X, y)
    plain = model.rule_set_
    short = plain.simplify()
    rows = np.concatenate([X, other_rows(seed)])
    assert_array_equal(short.fire(rows), plain.fire(rows))
    assert_array_equal(short.covers(rows), plain.covers(rows))
    assert short.n_conditions <= plain.n_conditions
    assert short.simplify().rules == short.rules


def test_a_longer_tail_makes_fewer_rules() -> None:
    sizes = []
    for tail in (0.0, 0.02, 0.1, 0.3):
        rules = [FOLDSEClassifier(tail=tail).fit(*table(s)).n_rules_ for s in range(15)]
        sizes.append(np.mean(rules))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1]


@given(CLASSES, SEEDS)
def test_as_many_bins_as_numbers_are_exact(cls: type, seed: int) -> None:
    X, y = table(seed)
    assert cls(max_bins=60).fit(X, y).rules_ == cls(max_bins=None).fit(X, y).rules_


@given(CLASSES, SEEDS)
def test_every_rule_covers_rows_of_its_class_that_no_earlier_one_does(
    cls: type, seed: int
) -> None:
    X, y = table(seed)
    model = cls().fit(X, y)
    fired = model.apply(X)
    for k, rule in enumerate(model.rules_):
        assert (y[fired == k] == rule.label).any()


def kept_apart(rule: Rule, around: frozenset[Any]) -> None:
    """Assert that no literal meets its complement in a rule or those around it."""
    for condition in rule.conditions:
        ordered = condition.op in ("<=", ">")
        key = condition.feature, ordered, condition.value
        assert key not in around
        around |= {key}
    for exception in rule.exceptions:
        kept_apart(exception, around)


@given(CLASSES, SEEDS)
def test_no_rule_holds_a_literal_twice_or_with_its_complement(
    cls: type, seed: int
) -> None:
    X, y = table(seed)
    model = cls(ratio=0.1, tail=0.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RuleSet, "simplify", lambda rules: rules)
        model.fit(X, y)
    assert model.rules_
    for rule in model.rules_:
        kept_apart(rule, frozenset())


@given(CLASSES, SEEDS)
def test_unused_columns_are_not_read(cls: type, seed: int) -> None:
    X, y = table(seed)
    model = cls(max_rules=1, max_conditions=1, max_depth=0).fit(X, y)
    used = {c.feature for rule in model.rules_ for c in rule.conditions}
    other = X.copy()
    for j in set(range(4)) - used:
        other[:, j] = "something else"
    assert_array_equal(model.predict(other), model.predict(X))
