# SPDX-License-Identifier: BSD-3-Clause
"""The number of threads changes nothing but the time."""

import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skx.rules import (
    FOLDRClassifier,
    FOLDSEClassifier,
    RIPPERClassifier,
    _base,
    _columns,
    _kernels,
    _learn,
    _ruleset,
)


def table(n: int = 700) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n, 5)).round(2)).add_prefix("n")
    X.iloc[::7, 1] = np.nan
    X["text"] = rng.choice(["a", "b", "c", None], n)
    X["mixed"] = np.where(rng.random(n) < 0.5, rng.integers(0, 9, n), "other")
    X["category"] = pd.Categorical(rng.choice(list("xyz"), n))
    likely = (X["n0"] > 0.2) & (X["text"] != "b") | (X["n1"] < -0.5)
    return X, (likely ^ (rng.random(n) < 0.1)).to_numpy()


@pytest.fixture
def small_grains(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Use threads for small tables; returns what runs in other threads."""
    monkeypatch.setattr(_columns, "CELLS", 100)
    monkeypatch.setattr(_base, "CELLS", 100)
    monkeypatch.setattr(_base, "ROWS", 10)
    monkeypatch.setattr(_ruleset, "ROWS", 10)
    monkeypatch.setattr(_learn, "COUNTED", 10)
    found: set[str] = set()

    def spied(name: str) -> Any:
        function = getattr(_kernels, name)

        def spy(*args: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                found.add(name)
            return function(*args)

        return spy

    for name in ("code_numbers", "count_rows", "fire"):
        monkeypatch.setattr(_kernels, name, spied(name))
    return found


@pytest.mark.parametrize("n_jobs", [2, -1, 3])
@pytest.mark.parametrize(
    "classifier",
    [
        FOLDRClassifier(max_bins=20),
        FOLDSEClassifier(),
        RIPPERClassifier(random_state=0),
    ],
)
def test_threads_change_no_result(
    classifier: Any, n_jobs: int, small_grains: set[str]
) -> None:
    X, y = table()
    alone = type(classifier)(**classifier.get_params()).fit(X, y)
    assert not small_grains
    model = type(classifier)(**classifier.get_params() | {"n_jobs": n_jobs}).fit(X, y)
    assert model.rules_ == alone.rules_
    assert_array_equal(model.predict_proba(X), alone.predict_proba(X))
    assert_array_equal(model.apply(X.iloc[::-1]), alone.apply(X)[::-1])
    if n_jobs > 1:
        counts = set() if isinstance(classifier, RIPPERClassifier) else {"count_rows"}
        assert small_grains == {"code_numbers", "fire"} | counts
    numbers = X[["n0", "n1"]].to_numpy()
    model.fit(numbers, y)
    alone.fit(numbers, y)
    assert model.rules_ == alone.rules_
    assert_array_equal(model.predict(numbers), alone.predict(numbers))


def test_rows_are_fired_in_threads_without_any_rule(small_grains: set[str]) -> None:
    X, _ = table(50)
    model = FOLDSEClassifier(n_jobs=2).fit(X, np.zeros(50))
    assert model.n_rules_ == 0
    assert_array_equal(model.apply(X), np.full(50, -1))
    assert_array_equal(model.apply(X[::2]), np.full(25, -1))


def test_errors_in_threads_are_raised(small_grains: set[str]) -> None:
    X = pd.DataFrame({"a": [1.0] * 40, "b": pd.Series([{1}] * 40)})
    with pytest.raises(TypeError, match="a cell must be a number, text, a boolean"):
        FOLDSEClassifier(n_jobs=2).fit(X, np.arange(40) % 2)
