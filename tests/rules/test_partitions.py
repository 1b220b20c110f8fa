# SPDX-License-Identifier: BSD-3-Clause
"""Rules of rows in parts are those of all rows."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from skx.datasets import load_adult
from skx.rules import (
    FOLDRClassifier,
    FOLDSEClassifier,
    RIPPERClassifier,
    _base,
    _columns,
    fit_partitions,
)

CUTS = [0, 90, 91, 91, 240, 300]


def table(n: int = 300, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return numbers, text, dates, categories, booleans and gaps, and three classes."""
    rng = np.random.default_rng(seed)
    city = rng.choice(["Rome", "Oslo", "Bern", None], size=n)
    size = rng.normal(size=n).round(2)
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D")
    mixed = rng.choice(np.array([1, 2.5, "none", True, None], dtype=object), size=n)
    X = pd.DataFrame(
        {
            "size": np.where(rng.random(n) < 0.1, np.nan, size),
            "city": city,
            "day": day,
            "grade": pd.Categorical(rng.choice(list("abc"), size=n)),
            "old": rng.random(n) < 0.4,
            "count": rng.integers(0, 40, n),
            "mixed": mixed,
            "empty": np.full(n, np.nan),
        }
    )
    score = size + (city == "Rome") + (X["count"] > 20) * rng.random(n)
    return X, np.array(["low", "mid", "high"])[np.digitize(score, [0.3, 1.5])]


def in_parts(values: Any, cuts: list[int] = CUTS) -> list[Any]:
    return [values[a:b] for a, b in zip(cuts, [*cuts[1:], len(values)], strict=True)]


def assert_same(found: Any, expected: Any) -> None:
    assert found.export("json") == expected.export("json")
    assert (found.classes_ == expected.classes_).all()
    assert found.n_features_in_ == expected.n_features_in_
    for name in ("feature_names_in_", "feature_importances_"):
        if hasattr(expected, name):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert found.rule_stats_.equals(expected.rule_stats_)
    np.testing.assert_array_equal(found._proba, expected._proba)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    "model",
    [
        FOLDSEClassifier(tail=0.01),
        FOLDRClassifier(),
        FOLDRClassifier(ratio=0.2, criterion="gini", comparison="complement"),
        FOLDSEClassifier(class_weight="balanced", max_bins=7, tail=0.02),
        FOLDSEClassifier(class_weight={"low": 3.0}, max_depth=1, max_rules=3),
    ],
)
def test_rules_of_parts_are_those_of_all_rows(model: Any, n_classes: int) -> None:
    for seed in range(3):
        X, y = table(seed=seed)
        y = np.where(y == "mid", "high", y) if n_classes == 2 else y
        expected = model.fit(X, y)
        found = fit_partitions(model, in_parts(X), in_parts(y))
        assert expected.n_rules_
        if model.class_weight == "balanced":  # sums are rounded in another order
            assert found.export() == expected.export()
            np.testing.assert_allclose(found._proba, expected._proba, rtol=1e-12)
        else:
            assert_same(found, expected)
        assert (found.predict(X) == expected.predict(X)).all()


def test_weights_are_added_up_and_rows_without_weight_left_out() -> None:
    X, y = table()
    weights = np.random.default_rng(1).integers(0, 4, size=len(y)).astype(float)
    X.loc[weights == 0.0, "city"] = "Nowhere"
    model = FOLDSEClassifier(tail=0.01)
    found = fit_partitions(
        model,
        in_parts(X, [0, 100]),
        in_parts(y, [0, 100]),
        sample_weight_parts=in_parts(weights, [0, 100]),
    )
    assert_same(found, model.fit(X, y, sample_weight=weights))


@pytest.mark.parametrize("gaps", [False, True])
def test_bins_are_those_of_a_sample_of_all_rows(
    monkeypatch: pytest.MonkeyPatch, gaps: bool
) -> None:
    monkeypatch.setattr(_base, "EXACT_ROWS", 50)
    monkeypatch.setattr(_base, "BINS", 9)
    monkeypatch.setattr(_columns, "SAMPLE_FOR_BINS", 40)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4)).astype(np.float32)
    X[:, 1] = X[:, 1].round(1)
    X[290:, 2] = 9.0
    X[:, 3] = np.minimum(X[:, 3], 0.0)  # nothing is above the sample
    if gaps:
        X[::8, 1] = np.nan  # the sample of this column has no number
        X[::3, 2] = np.nan
    y = (X[:, 0] + np.nan_to_num(X[:, 2]) + X[:, 3] > 0.2).astype(int)
    model = FOLDSEClassifier(tail=0.01)
    assert_same(fit_partitions(model, in_parts(X), in_parts(y)), model.fit(X, y))


def test_adult_in_parts_in_processes_that_load_their_own() -> None:
    X, y = load_adult(return_X_y=True, as_frame=True)
    X, y = X[:6000], y[:6000]
    cuts = [0, 1500, 4000]
    loaders = [partial(pd.DataFrame.copy, part) for part in in_parts(X, cuts)]
    model = FOLDSEClassifier()
    expected = model.fit(X, y)
    with ProcessPoolExecutor(2) as pool:
        found = fit_partitions(model, loaders, in_parts(y, cuts), mapper=pool.map)
    assert_same(found, expected)


def test_futures_are_waited_for_and_handed_on() -> None:
    X, y = table()

    with ThreadPoolExecutor(2) as pool:

        def submit(function: Callable, *lists: Any) -> list[Any]:
            def call(*args: Any) -> Any:
                return function(
                    *(a.result() if hasattr(a, "result") else a for a in args)
                )

            return [pool.submit(call, *args) for args in zip(*lists, strict=False)]

        found = fit_partitions(
            FOLDRClassifier(), in_parts(X, [0, 80]), in_parts(y, [0, 80]), mapper=submit
        )
    assert_same(found, FOLDRClassifier().fit(X, y))


def test_one_class_and_one_part() -> None:
    X, _ = table()
    model = FOLDSEClassifier()
    found = fit_partitions(model, [X], [np.repeat("low", len(X))])
    assert found.predict(X[:3]).tolist() == ["low"] * 3
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_what_does_not_fit_is_told_with_the_part() -> None:
    X, y = table()
    X_parts, y_parts = in_parts(X), in_parts(y)
    model = FOLDSEClassifier()
    with pytest.raises(TypeError, match="RIPPERClassifier; expected FOLDSEClassifier"):
        fit_partitions(RIPPERClassifier(), X_parts, y_parts)
    with pytest.raises(ValueError, match="6 parts of X and 5 of y"):
        fit_partitions(model, X_parts, y_parts[:-1])
    with pytest.raises(ValueError, match="0 parts of X"):
        fit_partitions(model, [], [])
    with pytest.raises(ValueError, match="0 rows in all parts"):
        fit_partitions(model, [X[:0]], [y[:0]])
    with pytest.raises(ValueError, match="ratio"):
        fit_partitions(FOLDSEClassifier(ratio=-1.0), X_parts, y_parts)
    with pytest.raises(ValueError, match=r"Part 4 has 7 columns.*part 0 has 8"):
        fit_partitions(
            model, [*X_parts[:4], X_parts[4].drop(columns="old"), X_parts[5]], y_parts
        )
    with pytest.raises(ValueError, match=r"Part 1: .*inconsistent numbers"):
        fit_partitions(model, X_parts, [y_parts[0], y_parts[0], *y_parts[2:]])
    with pytest.raises(
        ValueError, match="part 1 are numbers, but those of part 0 are text"
    ):
        fit_partitions(model, in_parts(X, [0, 90]), [y[:90], np.arange(210) % 2])
    shifted = X[90:].assign(day=np.arange(210.0))
    with pytest.raises(ValueError, match=r"'day' holds numbers in part 1 but times"):
        fit_partitions(model, [X[:90], shifted], in_parts(y, [0, 90]))
    named = X[90:].assign(count=X["count"][90:].astype("category"))
    with pytest.raises(ValueError, match="'count' holds categories that are numbers"):
        fit_partitions(model, [X[:90], named], in_parts(y, [0, 90]))
    with pytest.raises(ValueError, match="weight of a row -1"):
        fit_partitions(FOLDSEClassifier(class_weight={"low": -1}), X_parts, y_parts)


def test_identifiers_are_warned_of() -> None:
    X, y = table()
    X["name"] = [f"row {i}" for i in range(len(X))]
    with pytest.warns(UserWarning, match="'name' has a category of its own"):
        fit_partitions(FOLDSEClassifier(), in_parts(X), in_parts(y))
