# SPDX-License-Identifier: BSD-3-Clause
"""Weights, limits, ties and awkward tables."""

import copy
import os
import pickle
import subprocess
import sys
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_iris

from skx.rules import Condition, FOLDRClassifier, FOLDSEClassifier, Rule, _learn

BOTH = [FOLDRClassifier, FOLDSEClassifier]


def noisy_table(n_rows: int = 150, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = np.empty((n_rows, 3), dtype=object)
    X[:, 0] = rng.normal(size=n_rows).round(1)
    X[:, 1] = rng.choice(["u", "v", "w", None], n_rows)
    X[:, 2] = rng.integers(0, 6, n_rows)
    X[rng.random(n_rows) < 0.2, 0] = None
    y = (X[:, 2] > 2) ^ (X[:, 1] == "u") ^ (rng.random(n_rows) < 0.1)
    return X, y.astype(int)


def depth_of(rule: Rule) -> int:
    return max((1 + depth_of(e) for e in rule.exceptions), default=0)


def each_rule(rules: tuple[Rule, ...]) -> list[Rule]:
    return [r for rule in rules for r in (rule, *each_rule(rule.exceptions))]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("cls", BOTH)
def test_integer_weights_are_repeated_rows(cls: type, n_classes: int) -> None:
    X, y = noisy_table()
    rng = np.random.default_rng(1)
    y = y + (rng.random(len(y)) < 0.3) if n_classes == 3 else y
    weights = rng.integers(0, 4, len(y))
    weighted = cls().fit(X, y, sample_weight=weights)
    repeated = cls().fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    assert weighted.rules_ == repeated.rules_
    assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-12)
    assert_allclose(weighted.feature_importances_, repeated.feature_importances_)


def test_rows_of_no_weight_are_not_there() -> None:
    X, y = noisy_table()
    X[0] = [99.0, "only here", 99]
    y[:5] = 7
    weights = np.where(np.arange(len(y)) < 5, 0.0, 1.0)
    model = FOLDRClassifier().fit(X, y, sample_weight=weights)
    without = FOLDRClassifier().fit(X[5:], y[5:])
    assert model.rules_ == without.rules_
    assert_array_equal(model.classes_, [0, 1])
    assert "only here" not in model.rule_set_.columns[1].levels


def test_class_weight_is_sample_weight() -> None:
    X, y = noisy_table()
    model = FOLDRClassifier(class_weight={0: 3, 1: 1}).fit(X, y)
    weighted = FOLDRClassifier().fit(X, y, sample_weight=np.where(y == 0, 3, 1))
    assert model.rules_ == weighted.rules_
    balanced = FOLDRClassifier(class_weight="balanced").fit(X, y)
    weights = len(y) / 2 / np.bincount(y)
    by_hand = FOLDRClassifier().fit(X, y, sample_weight=weights[y])
    assert balanced.rules_ == by_hand.rules_


def test_the_rules_are_for_the_heavier_class_the_last_of_equals() -> None:
    X = np.arange(10.0).reshape(-1, 1)
    y = np.repeat(["a", "b"], 5)
    assert FOLDRClassifier().fit(X, y).positive_class_ == "b"
    assert FOLDRClassifier().fit(X, y, [2] + [1] * 9).positive_class_ == "a"
    model = FOLDRClassifier(positive_class="a").fit(X, y)
    assert model.positive_class_ == "a"
    assert model.rules_[0].conditions == (Condition(0, "<=", 4.0),)
    assert model.default_class_ == "b"
    with pytest.raises(
        ValueError, match=r"is 'c', but y holds the classes \['a', 'b'\]"
    ):
        FOLDRClassifier(positive_class="c").fit(X, y)


@pytest.mark.parametrize("cls", BOTH)
def test_a_class_below_min_coverage_is_left_out(cls: type) -> None:
    X = np.arange(12.0).reshape(-1, 1)
    y = np.repeat([0, 1], 6)
    weights = np.where(y == 1, 0.1, 10.0)
    with pytest.warns(UserWarning, match=r"Classes \[1\] weigh \[0.6.*min_coverage=1 "):
        model = cls(min_coverage=1.0).fit(X, y, sample_weight=weights)
    assert model.n_rules_ == 0
    assert_array_equal(model.predict(X), 0)
    counted = cls(min_coverage=0.5).fit(X, y, sample_weight=weights)
    assert_array_equal(counted.predict(X), y)
    three = np.repeat([0, 1, 2], 4)
    weights = np.where(three == 0, 10.0, 0.1)
    with pytest.warns(UserWarning, match="heavier classes are predicted in their"):
        model = cls(min_coverage=1.0).fit(X, three, sample_weight=weights)
    assert_array_equal(model.predict(X), 0)
    with pytest.warns(UserWarning, match=r"Classes \[0, 1\] weigh"):
        model = cls(min_coverage=1.0).fit(X, y, sample_weight=np.full(12, 1 / 12))
    assert model.n_rules_ == 0


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_auto_takes_weights_of_any_scale(cls: type, n_classes: int) -> None:
    X = np.arange(12.0).reshape(-1, 1)
    y = np.repeat(np.arange(n_classes), 12 // n_classes)
    for scale in (1e-6, 1.0):
        model = cls(min_coverage="auto")
        model.fit(X, y, sample_weight=np.full(12, scale))
        assert_array_equal(model.predict(X), y)


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_class_of_a_millionth_has_no_rules(cls: type, n_classes: int) -> None:
    X = np.arange(30.0).reshape(-1, 1)
    y = np.repeat(np.arange(n_classes), 30 // n_classes)
    for share, is_light in [(1e-5, False), (1e-7, True)]:
        model = cls(class_weight={n_classes - 1: share}, min_coverage=0.0)
        if is_light:
            with pytest.warns(UserWarning, match="of a millionth of all weight"):
                model.fit(X, y)
        else:
            model.fit(X, y)
        assert (n_classes - 1 in model.predict(X)) != is_light


def test_min_coverage_auto() -> None:
    X, y = noisy_table(300)
    y3 = y + (np.asarray(X[:, 2], dtype=int) == 1)

    def same(labels: np.ndarray, value: float, **params: Any) -> bool:
        auto = FOLDRClassifier(**params).fit(X[: len(labels)], labels)
        given = FOLDRClassifier(min_coverage=value, **params)
        return auto.rules_ == given.fit(X[: len(labels)], labels).rules_

    assert same(y, 0.0)
    assert not same(y, 5.0)
    assert same(y, 5.0, multi_class="decision_list")
    assert same(y3, 5.0)
    assert not same(y3, 0.0)
    assert same(y3[:100], 2.0)
    assert not same(y3[:100], 5.0)


def test_ties_go_to_the_first_column_and_the_first_value() -> None:
    y = np.array([0, 0, 1, 1])
    numbers = np.array([1.0, 2.0, 3.0, 4.0])
    X = np.column_stack([numbers, numbers])
    fit = FOLDRClassifier(positive_class=1).fit
    assert fit(X, y).rules_[0].conditions == (Condition(0, ">", 2.0),)
    # Missing comes before other categories, == before !=, text sorts.
    for values, expected in [
        (["b", "b", "a", "a"], Condition(0, "==", "a")),
        (["a", "a", "b", "b"], Condition(0, "!=", "a")),
        (["a", "a", None, None], Condition(0, "==", None)),
        (["10", "10", "9", "9"], Condition(0, "!=", "10")),
    ]:
        column = np.array([[v] for v in values], dtype=object)
        assert fit(column, y).rules_[0].conditions == (expected,)


@pytest.mark.parametrize("cls", BOTH)
def test_limits(cls: type) -> None:
    X, y = noisy_table(400)
    # So that rules go on to small groups.
    cls = partial(cls, min_coverage=1.0)
    free = cls(ratio=0.1, tail=0.0).fit(X, y)
    assert len(free.rules_) > 2
    assert max(map(depth_of, free.rules_)) >= 1
    assert max(len(r.conditions) for r in each_rule(free.rules_)) > 1
    few = cls(ratio=0.1, tail=0.0, max_rules=2).fit(X, y)
    assert [r.conditions for r in few.rules_] == [r.conditions for r in free.rules_[:2]]
    flat = cls(ratio=0.1, tail=0.0, max_depth=0).fit(X, y)
    assert flat.n_rules_ == len(flat.rules_)
    # Exceptions of one condition are folded into their rule, so look before that.
    short = cls(ratio=0.1, tail=0.0, max_conditions=1, max_depth=0).fit(X, y)
    assert all(len(r.conditions) == 1 for r in short.rules_)
    y3 = y + (np.asarray(X[:, 2], dtype=int) == 1)
    assert len(cls(max_rules=2).fit(X, y3).rules_) == 2


def test_exceptions_that_nest_too_deep_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(300, 3))
    y = (X[:, 0] > 0) ^ (rng.random(300) < 0.3)
    assert (
        max(
            map(depth_of, FOLDRClassifier(ratio=0.9, min_coverage=1.0).fit(X, y).rules_)
        )
        == 4
    )
    monkeypatch.setattr(_learn, "DEEPEST", 1)
    with pytest.warns(UserWarning, match="nested 1 deep and were cut there"):
        model = FOLDRClassifier(ratio=0.9, min_coverage=1.0).fit(X, y)
    assert max(map(depth_of, model.rules_)) == 1


def test_the_deepest_nest_can_be_copied_and_shown() -> None:
    rule = Rule((Condition(0, "<=", 0.0), Condition(1, ">", 0.0)))
    for _ in range(_learn.DEEPEST):
        rule = Rule((Condition(0, "<=", 0.0), Condition(1, ">", 0.0)), (rule,))
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert copy.deepcopy(rule) == rule
    assert hash(rule) == hash(copy.copy(rule))
    assert repr(rule)


@pytest.mark.parametrize("cls", BOTH)
def test_one_class(cls: type) -> None:
    X, y = noisy_table()
    model = cls().fit(X, np.full(len(y), "yes"))
    assert model.rules_ == ()
    assert_array_equal(model.predict(X), "yes")
    assert_array_equal(model.predict_proba(X), 1.0)
    assert_array_equal(model.apply(X), -1)
    assert_array_equal(model.feature_importances_, 0.0)


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("nothing", [None, np.nan])
def test_a_column_that_is_missing_throughout_is_never_used(
    cls: type, nothing: Any
) -> None:
    X, y = noisy_table()
    more = np.column_stack([np.full(len(y), nothing, dtype=object), X])
    model = cls().fit(more, y)
    features = {c.feature for r in each_rule(model.rules_) for c in r.conditions}
    assert 0 not in features
    assert_array_equal(model.predict(more), cls().fit(X, y).predict(X))
    more[:, 0] = 1.0
    assert_array_equal(model.predict(more), cls().fit(X, y).predict(X))
    empty = cls().fit(more[:, :1] * np.nan, y)
    assert empty.n_rules_ == 0


@pytest.mark.parametrize("cls", BOTH)
def test_infinite_values_are_numbers(cls: type) -> None:
    X = np.array([-np.inf, -np.inf, 0, 1, 2, np.inf, np.inf, np.nan]).reshape(-1, 1)
    y = np.array([1, 1, 0, 0, 0, 1, 1, 0])
    model = cls(tail=0.0).fit(X, y)
    assert_array_equal(model.predict(X), y)
    assert np.isfinite(model.predict_log_proba(X)).all()


def test_identifiers_warn() -> None:
    X, y = noisy_table()
    X[:, 1] = [f"customer {i}" for i in range(len(y))]
    with pytest.warns(UserWarning, match="'x1' has a category of its own"):
        FOLDRClassifier().fit(X, y)


def test_more_columns_than_rows() -> None:
    X = np.random.default_rng(0).normal(size=(10, 60))
    y = np.arange(10) % 2
    for cls in BOTH:
        assert_array_equal(cls().fit(X, y).predict(X), y)


def test_min_coverage_bounds_what_a_rule_covers() -> None:
    X, y = noisy_table(300)
    for least in (5.0, 15.0):
        model = FOLDRClassifier(min_coverage=least, max_depth=0, ratio=0.2).fit(X, y)
        assert model.rules_
        for rule in model.rules_:
            # All rows of its class that its conditions keep, seen before or not.
            assert rule.coverage >= least
        y3 = y + (np.asarray(X[:, 2], dtype=int) == 1)
        several = FOLDRClassifier(min_coverage=least, max_depth=0).fit(X, y3)
        assert all(r.support * r.precision >= least for r in several.rules_)


def test_tail_bounds_what_a_rule_covers() -> None:
    X, y = noisy_table(300)
    y3 = y + (np.asarray(X[:, 2], dtype=int) == 1)
    for labels in (y, y3):
        model = FOLDSEClassifier(tail=0.1).fit(X, labels)
        assert model.rules_
        for rule in model.rules_:
            assert rule.support * rule.precision >= 0.1 * len(y) - 1e-9


def test_a_decision_list_for_two_classes() -> None:
    X, y = noisy_table()
    model = FOLDRClassifier(multi_class="decision_list").fit(X, y)
    assert {rule.label for rule in model.rules_} == {0, 1}
    assert not hasattr(model, "positive_class_")
    fired = model.apply(X)
    labels = np.array([rule.label for rule in model.rules_])
    assert_array_equal(model.predict(X)[fired >= 0], labels[fired[fired >= 0]])


@pytest.mark.parametrize("cls", BOTH)
def test_several_classes(cls: type) -> None:
    X, y = load_iris(return_X_y=True)
    model = cls().fit(X, y)
    assert model.score(X, y) > 0.95
    proba = model.predict_proba(X)
    assert proba.min() > 0
    assert proba.max() < 1
    assert_allclose(proba.sum(axis=1), 1.0)


def test_statistics_of_the_rules_are_those_of_the_rows() -> None:
    X, y = noisy_table(300)
    weights = np.random.default_rng(3).choice([0.5, 1.0, 3.0], len(y))
    for labels in (y, y + (np.asarray(X[:, 2], dtype=int) == 1)):
        model = FOLDRClassifier(smoothing=3.0).fit(X, labels, weights)
        fired = model.apply(X)
        covers = model.rule_set_.covers(X)
        assert_array_equal(
            fired, np.where(covers.any(axis=1), covers.argmax(axis=1), -1)
        )
        for k, rule in enumerate(model.rules_):
            here = weights * (fired == k)
            assert_allclose(rule.support, here.sum())
            assert_allclose(rule.coverage, weights[covers[:, k]].sum())
            if here.sum():
                assert_allclose(
                    rule.precision, here[labels == rule.label].sum() / here.sum()
                )
        prior = np.bincount(labels, weights) / weights.sum()
        for leaf in np.unique(fired):
            here = np.bincount(labels, weights * (fired == leaf))
            expected = (here + 3 * prior) / (here.sum() + 3)
            got = model.predict_proba(X)[fired == leaf]
            assert_allclose(got, np.tile(expected, (len(got), 1)))


SCRIPT = """
from dataclasses import astuple
import numpy as np
from skx.rules import FOLDRClassifier, FOLDSEClassifier
rng = np.random.default_rng(0)
letters = np.array(["r", "s", "t", None, True, b"u", 2.5], dtype=object)
X = letters[rng.integers(0, 7, (200, 4))]
y = rng.choice(["x", "y", "z"], 200)
for labels in (y, y == "x"):
    for cls in (FOLDRClassifier, FOLDSEClassifier):
        print([astuple(rule) for rule in cls().fit(X, labels).rules_])
"""


@pytest.mark.slow  # two interpreters
def test_hash_seed_changes_nothing() -> None:
    printed = []
    for seed in ("1", "2"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        printed.append(done.stdout)
    assert printed[0].count("==") > 4
    assert printed[0] == printed[1]
