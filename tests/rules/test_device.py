# SPDX-License-Identifier: BSD-3-Clause
"""Rules of tables on a device are those of the host, and predict there."""

import pickle
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from skx import _backend
from skx._backend import is_device_array
from skx.rules import (
    Condition,
    FOLDRClassifier,
    FOLDSEClassifier,
    FOLDSEClassifierCV,
    RIPPERClassifier,
    Rule,
    RuleSet,
    _base,
    _columns,
    _device,
    _kernels,
    fit_partitions,
)
from skx.rules._columns import Column
from skx.rules._learn import make_coded
from tests.rules.random_rules import rows_for, rule_sets

ON_HOST = "{} computes on the host: .* are copied from the CUDA device"


@contextmanager
def no_copy() -> Iterator[None]:
    """Fail where something is copied to the host with a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def table(n: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers with gaps, ties and infinities, and three classes."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 6)).round(1)
    X[:, 2] = rng.integers(0, 4, n)
    X[rng.random(n) < 0.2, 1] = np.nan
    X[:3, 3] = np.inf, -np.inf, -0.0
    X[:, 4] = np.nan
    X[:, 5] = 1.0
    score = X[:, 0] + (X[:, 2] > 1) * rng.random(n) + (X[:, 3] > 0.5)
    return X, np.digitize(score, [0.3, 1.5])


def assert_same(found: Any, expected: Any, rtol: float = 0.0) -> None:
    """Require one model, all of it on the host."""
    assert found.export() == expected.export()
    assert (found.classes_ == expected.classes_).all()
    assert found.n_features_in_ == expected.n_features_in_
    for name in ("_proba", "_counts", "feature_importances_"):
        one, other = getattr(found, name), getattr(expected, name)
        np.testing.assert_allclose(one, other, rtol=rtol, atol=0.0)
    stats = [model.rule_stats_.set_index("rule") for model in (found, expected)]
    pd.testing.assert_frame_equal(*stats, check_exact=rtol == 0.0, rtol=rtol or 1e-5)
    held = [*vars(found).values(), *vars(found.rule_set_).values()]
    held += [column.numbers for column in found.rule_set_.columns]
    assert not any(map(is_device_array, held))


MODELS = [
    FOLDSEClassifier(tail=0.01),
    FOLDRClassifier(),
    FOLDRClassifier(ratio=0.2, criterion="gini", comparison="complement"),
    FOLDSEClassifier(max_bins=7, tail=0.02, multi_class="decision_list"),
    FOLDSEClassifier(class_weight={0: 3.0}, max_depth=1, max_rules=3),
    FOLDSEClassifier(class_weight="balanced", tail=0.02, categorical_features=None),
]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("model", MODELS)
def test_rules_are_those_of_the_host(device: Any, model: Any, n_classes: int) -> None:
    for seed in range(2):
        X, y = table(seed=seed)
        y = np.minimum(y, n_classes - 1)
        expected = model.fit(X, y)
        assert expected.n_rules_
        labels = device.put(y) if seed else y
        with no_copy():
            found = type(model)(**model.get_params()).fit(device.put(X), labels)
            fired = found.apply(device.put(X))
            predicted = found.predict(device.put(X))
            proba = found.predict_proba(device.put(X))
            log_proba = found.predict_log_proba(device.put(X))
        assert_same(found, expected, 1e-12 if model.class_weight else 0.0)
        np.testing.assert_array_equal(device.get(fired), expected.apply(X))
        np.testing.assert_array_equal(device.get(predicted), expected.predict(X))
        np.testing.assert_array_equal(device.get(proba), found.predict_proba(X))
        np.testing.assert_allclose(device.get(log_proba), found.predict_log_proba(X))


@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8"])
def test_types_of_numbers(device: Any, dtype: str) -> None:
    X, y = table()
    if dtype != "float32":
        X = np.nan_to_num(X * 10 + 50, posinf=9.0, neginf=8.0)
    X = X.astype(dtype)
    expected = FOLDRClassifier(max_bins=20).fit(X, y)
    with no_copy():
        found = FOLDRClassifier(max_bins=20).fit(device.put(X), y)
        predicted = found.predict(device.put(X))
    assert_same(found, expected)
    np.testing.assert_array_equal(device.get(predicted), expected.predict(X))


def test_numbers_that_no_float32_is(device: Any) -> None:
    rules = RuleSet(
        (Column("x", np.array([0.1]), []),),
        True,
        np.array([0, 1]),
        (Rule((Condition(0, "<=", 0.1),), (), 1),),
        0,
    )
    X = np.array([[0.1], [0.0]], dtype=np.float32)  # 0.1 is rounded up
    assert rules.predict(X).tolist() == [0, 1]
    assert device.get(rules.predict(device.put(X))).tolist() == [0, 1]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("sample", [40, 200])
def test_bins_of_many_rows(
    device: Any, monkeypatch: pytest.MonkeyPatch, dtype: type, sample: int
) -> None:
    monkeypatch.setattr(_base, "EXACT_ROWS", 50)
    monkeypatch.setattr(_base, "BINS", 12)
    monkeypatch.setattr(_columns, "SAMPLE_FOR_BINS", sample)
    monkeypatch.setattr(_backend, "BLOCK_BYTES", 32 * 77)
    rng = np.random.default_rng(0)
    X = np.column_stack(
        [
            rng.normal(size=300),
            rng.integers(0, 5, 300),
            np.where(np.arange(300) % 8 == 3, rng.normal(size=300), np.nan),
            np.where(np.arange(300) == 3, np.inf, 2.0),
            np.where(np.arange(300) % 8 == 0, np.inf, rng.normal(size=300)),
            np.where(np.arange(300) == 3, 1.0, np.nan),
            np.full(300, np.inf),
        ]
    ).astype(dtype)
    y = (X[:, 0] > 0.2) ^ (X[:, 2] > 0.3) ^ (rng.random(300) < 0.1)
    expected = FOLDRClassifier().fit(X, y)
    found = FOLDRClassifier().fit(device.put(X), y)
    assert_same(found, expected)
    for one, other in zip(
        found.rule_set_.columns, expected.rule_set_.columns, strict=True
    ):
        np.testing.assert_array_equal(one.numbers, other.numbers, strict=True)
    np.testing.assert_array_equal(
        device.get(found.predict(device.put(X))), expected.predict(X)
    )


def test_tables_of_more_counts_than_rows_are_fitted_on_the_host(
    device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_device, "FEW_COUNTS", 50)
    X, y = table()
    message = ON_HOST.format("FOLDSEClassifier")
    with pytest.warns(UserWarning, match=message) as told:
        found = FOLDSEClassifier().fit(device.put(X), device.put(y))
    assert told[0].filename == __file__
    assert_same(found, FOLDSEClassifier().fit(X, y))
    with no_copy():
        FOLDSEClassifier(max_bins=8).fit(device.put(X), y)


@pytest.mark.parametrize(
    "n_codes", [200, 300, pytest.param(70_000, marks=pytest.mark.slow)]
)
def test_codes_are_those_of_the_host(device: Any, n_codes: int) -> None:
    X = np.random.default_rng(0).permutation(n_codes).astype(float)[:, np.newaxis]
    X[7] = np.nan
    model = FOLDSEClassifier(max_bins=None)
    y = X[:, 0] > n_codes / 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a column that numbers the rows
        host = model._read(X, y, None)
        there = model._read(device.put(X), y, None)
    assert np.array_equal(device.get(there.table.codes), host.table.codes)
    assert device.get(there.table.codes).dtype == host.table.codes.dtype
    rows = np.arange(0, n_codes, 3, dtype=np.int32)
    expected = np.zeros(host.table.n_codes[0])
    offsets = np.zeros(1, np.int64)
    _kernels.count_rows(
        host.table.codes, np.arange(1), offsets, rows, np.empty(0), expected
    )
    found = there.table.count(
        there.table.codes, device.put(rows), offsets, len(expected)
    )
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("most", [1, 2**18])
def test_counts_are_those_of_the_host(
    device: Any, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(_device, "MOST_COUNTS", most)
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 9, (5, 100), dtype=np.uint8)
    columns = [Column(f"x{j}", np.arange(7.0), []) for j in range(5)]
    rows = np.flatnonzero(rng.random(100) < 0.4).astype(np.int32)
    offsets = np.arange(5) * 9
    for weights in (
        np.ones(100),
        rng.integers(1, 2**40, 100).astype(float),
        rng.random(100) * 1e-300,
        rng.random(100) * 1e300,
    ):
        expected = np.zeros(45)
        _kernels.count_rows(codes, np.arange(5), offsets, rows, weights, expected)
        coded = make_coded(device.put(codes), columns, weights)
        there = _device.DeviceTable.make(coded, np.zeros(100, np.int64))
        found = there.count(there.codes, device.put(rows), offsets, 45)
        rtol = 0.0 if there.is_exact else 1e-14
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=0.0)
        total = there.weigh(device.put(rows))
        np.testing.assert_allclose(total, weights[rows].sum(), rtol=rtol)


@pytest.mark.parametrize("kind", ["whole", "fractions", "some of 0"])
def test_weights(device: Any, kind: str) -> None:
    X, y = table()
    rng = np.random.default_rng(1)
    weights = rng.integers(1, 5, len(y)).astype(float)
    if kind == "fractions":
        weights = rng.random(len(y))
    elif kind == "some of 0":
        weights -= 1.0
    expected = FOLDSEClassifier().fit(X, y, weights)
    for given_weights in (weights, device.put(weights)):
        with no_copy():
            found = FOLDSEClassifier().fit(device.put(X), y, given_weights)
        assert_same(found, expected, 1e-12 if kind == "fractions" else 0.0)


def test_classes_that_are_text(device: Any) -> None:
    X, y = table()
    names = np.array(["low", "mid", "high"])[y]
    with no_copy():
        model = FOLDSEClassifier().fit(device.put(X), names.tolist())
        predicted = model.predict(device.put(X))
    assert type(predicted) is np.ndarray
    np.testing.assert_array_equal(predicted, model.predict(X))


def test_one_class(device: Any) -> None:
    X, y = table()
    with no_copy():
        model = FOLDRClassifier().fit(device.put(X), y * 0 + 4)
        assert model.n_rules_ == 0
        assert (device.get(model.predict(device.put(X))) == 4).all()


def test_pickles_hold_nothing_of_the_device(device: Any) -> None:
    X, y = table()
    model = FOLDSEClassifier().fit(device.put(X), device.put(y))
    text = pickle.dumps(model)
    assert b"cupy" not in text
    assert b"array_api_strict" not in text
    np.testing.assert_array_equal(pickle.loads(text).predict(X), model.predict(X))


BAD = [
    (lambda X, y: (X[:, 0], y), "Expected 2D array, got 1D array instead"),
    (lambda X, y: (X[:0], y[:0]), "X is empty"),
    (lambda X, y: (X.astype(complex), y), "Complex data not supported"),
    (lambda X, y: (X, y[1:]), "inconsistent numbers of samples"),
    (lambda X, y: (X, y + 0.5), "Unknown label type"),
    (lambda X, y: (X, np.where(y == 1, np.nan, y)), "Input.*contains NaN"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_input_is_refused(
    device: Any, change: Callable[..., Any], message: str
) -> None:
    X, y = change(*table())
    with pytest.raises(ValueError, match=message):
        FOLDSEClassifier().fit(device.put(X), device.put(y))


def test_bad_calls_are_refused(device: Any) -> None:
    X, y = table()
    there = device.put(X)
    with no_copy():
        with pytest.raises(NotFittedError):
            FOLDSEClassifier().predict(there)
        with pytest.raises(ValueError, match="Negative values in data"):
            FOLDSEClassifier().fit(there, y, device.put(-np.ones(len(y))))
        with pytest.raises(ValueError, match="at least one non-zero number"):
            FOLDSEClassifier().fit(there, y, device.put(np.zeros(len(y))))
        with pytest.raises(ValueError, match="positive_class is 7"):
            FOLDSEClassifier(positive_class=7).fit(there, y > 0)
        model = FOLDSEClassifier().fit(there, y)
        with pytest.raises(ValueError, match="X has 5 features, but FOLDSEClassifier"):
            model.predict(device.put(X[:, :5]))
        with pytest.raises(ValueError, match="the rules are for tables of 6 columns"):
            model.rule_set_.predict(device.put(X[:, :5]))


def test_columns_that_number_the_rows(device: Any) -> None:
    X, y = table()
    X[:, 5] = np.random.default_rng(0).permutation(len(y)) + 1000
    X[:, 4] = X[:, 5] * 3
    with pytest.warns(UserWarning, match="Column 'x5' has another integer in each"):
        FOLDSEClassifier().fit(device.put(X), y)
    X[-1, 5] = np.nan
    with no_copy():
        FOLDSEClassifier().fit(device.put(X), y)


# Rules


def test_deep_exceptions_in_blocks(
    device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_backend, "BLOCK_BYTES", 3200)
    rule = Rule((Condition(0, ">", 0.99),))
    for depth in range(60, 0, -1):
        rule = Rule((Condition(0, ">", depth / 70),), (rule,))
    X = np.random.default_rng(0).random((200, 2))
    columns = tuple(Column(f"x{j}", np.array([0.5]), []) for j in range(2))
    first, second = (
        Rule(rule.conditions, rule.exceptions, 1),
        Rule((Condition(1, "<=", 0.3),), (), 2),
    )
    rules = RuleSet(columns, True, np.array([5, 6, 7]), (first, Rule(()), second), 0)
    fired = device.get(rules.fire(device.put(X)))
    np.testing.assert_array_equal(fired, rules.fire(X))
    assert set(fired.tolist()) == {-1, 0, 2}
    covered = device.get(rules.covers(device.put(X)))
    np.testing.assert_array_equal(covered, rules.covers(X))
    none = RuleSet(columns, True, np.array([5, 6]), (), 1)
    assert (device.get(none.predict(device.put(X))) == 6).all()
    assert device.get(none.covers(device.put(X))).shape == (200, 0)


@given(data=st.data(), rules=rule_sets(kinds=["number"]))
def test_any_rules_say_the_same_of_any_numbers(data: Any, rules: RuleSet) -> None:
    rows = data.draw(rows_for(rules))
    numbers = [[v if isinstance(v, float) else np.nan for v in row] for row in rows]
    X = np.array(numbers, dtype=float).reshape(len(rows), -1)
    import array_api_strict

    there = array_api_strict.asarray(X, device=array_api_strict.Device("device1"))
    fired = rules.fire(there)
    np.testing.assert_array_equal(_device.to_numpy(fired), rules.fire(X))


def mixed() -> tuple[pd.DataFrame, np.ndarray]:
    X, y = table()
    colour = np.where(X[:, 2] > 1, "red", "blue")
    return pd.DataFrame({"a": X[:, 0], "colour": colour}), y


def test_rules_on_categories_run_on_the_host(device: Any) -> None:
    model = FOLDSEClassifier(tail=0.001, max_rules=9).fit(*mixed())
    X = np.column_stack([mixed()[0]["a"], np.ones(300)])
    with pytest.warns(UserWarning, match="Column 'colour' holds numbers"):
        expected = model.rule_set_.predict(X)
    rules = model.rule_set_
    del model.feature_names_in_
    for predict, owner in (
        (model.predict, "FOLDSEClassifier"),
        (rules.predict, "RuleSet"),
    ):
        with (
            pytest.warns(UserWarning, match="Column 'colour' holds numbers"),
            pytest.warns(UserWarning, match=ON_HOST.format(owner)),
        ):
            found = predict(device.put(X))
        np.testing.assert_array_equal(device.get(found), expected)


def test_booleans_are_categories(device: Any) -> None:
    X, y = table()
    X = X[:, :4] > 0.5
    expected = FOLDSEClassifier().fit(X, y)
    with pytest.warns(UserWarning, match=ON_HOST.format("FOLDSEClassifier")):
        found = FOLDSEClassifier().fit(device.put(X), device.put(y))
    assert found.rule_set_ is not None
    assert_same(found, expected)
    with pytest.warns(UserWarning, match=ON_HOST.format("FOLDSEClassifier")):
        predicted = found.predict(device.put(X))
    np.testing.assert_array_equal(device.get(predicted), expected.predict(X))


@pytest.mark.parametrize(
    "model",
    [
        RIPPERClassifier(random_state=0),
        FOLDSEClassifierCV(ratios=[0.5], tails=[0.01], cv=2),
    ],
)
def test_learned_on_the_host_predicts_on_the_device(device: Any, model: Any) -> None:
    X, y = table(n=150)
    X = X[:, :4]
    name = type(model).__name__
    with pytest.warns(UserWarning, match=ON_HOST.format(name)):
        found = type(model)(**model.get_params()).fit(device.put(X), device.put(y))
    expected = model.fit(X, y)
    assert_same(found, expected)
    with no_copy():
        predicted = found.predict(device.put(X))
        proba = found.predict_proba(device.put(X))
    np.testing.assert_array_equal(device.get(predicted), expected.predict(X))
    np.testing.assert_array_equal(device.get(proba), expected.predict_proba(X))
    with pytest.warns(UserWarning, match=ON_HOST.format(name)):
        score = found.score(device.put(X), device.put(y))
    assert score == expected.score(X, y)


def test_what_else_takes_rows_runs_on_the_host(device: Any) -> None:
    X, y = table()
    model = FOLDSEClassifier().fit(X, y)
    there, labels = device.put(X), device.put(y)
    warned = ON_HOST.format("FOLDSEClassifier")
    with pytest.warns(UserWarning, match=warned):
        forced = FOLDSEClassifier(categorical_features=[2]).fit(there, labels)
    assert_same(forced, FOLDSEClassifier(categorical_features=[2]).fit(X, y))
    with pytest.warns(UserWarning, match=warned):
        assert model.explain(there, style="text") == model.explain(X, style="text")
    with pytest.warns(UserWarning, match=warned):
        assert model.score(there, labels) == model.score(X, y)
    text = model.export("clingo", X=X[:5])
    with pytest.warns(UserWarning, match=warned):
        assert model.export("clingo", X=there[:5, :]) == text
    with pytest.warns(UserWarning, match=ON_HOST.format("RuleSet")):
        assert model.rule_set_.export("clingo", X=there[:5, :]) == text
    before = model.export("json")
    with pytest.warns(UserWarning, match=warned):
        assert model.rescore(there, labels).export("json") == before
    with pytest.warns(UserWarning, match=ON_HOST.format("fit_partitions")):
        parts = fit_partitions(
            FOLDSEClassifier(),
            [there[:100, :], there[100:, :]],
            [labels[:100], y[100:]],
        )
    assert_same(parts, model)
