# SPDX-License-Identifier: BSD-3-Clause
"""Temperature: weights, and the sampler that repeats rows instead."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from skx.resampling import temperature_class_weight, temperature_weights

VECTORS = Path(__file__).parents[1] / "vectors" / "resampling_temperature.npz"
sizes_of_groups = st.lists(st.integers(1, 10**6), min_size=1, max_size=6)
temperatures = st.floats(0.2, 1e3) | st.just(np.inf)


def labels_of(counts: Any) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)


@pytest.mark.parametrize("table", range(3))
@pytest.mark.parametrize("temperature", ["1.0", "2.0", "5.0", "inf"])
def test_weights_are_those_of_the_vectors(table: int, temperature: str) -> None:
    with np.load(VECTORS) as vectors:
        counts = vectors[f"temp{table}_counts"]
        shares = vectors[f"temp{table}_p_{temperature}"]
        expected = vectors[f"temp{table}_w_{temperature}"]
    y = labels_of(counts)
    weights = temperature_weights(y, temperature=float(temperature))
    np.testing.assert_allclose(weights, expected[y], rtol=1e-12, atol=0)
    found = np.bincount(y, weights=weights) / y.size
    np.testing.assert_allclose(found, shares, rtol=1e-12, atol=0)


@given(sizes_of_groups, temperatures)
def test_class_weights_follow_the_formula(
    counts: list[int], temperature: float
) -> None:
    y = labels_of([min(n, 300) for n in counts])
    n = np.bincount(y).astype(float)
    powers = n ** (1 / temperature)
    expected = powers / powers.sum() / (n / n.sum())
    found = temperature_class_weight(y, temperature=temperature)
    assert list(found) == list(range(n.size))
    np.testing.assert_allclose(list(found.values()), expected, rtol=1e-12)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), temperatures)
def test_weights_have_mean_one_and_belong_to_the_class(
    y: list[int], temperature: float
) -> None:
    weights = temperature_weights(y, temperature=temperature)
    assert weights.dtype == np.float64
    assert weights.mean() == pytest.approx(1, abs=1e-14)
    by_class = temperature_class_weight(y, temperature=temperature)
    assert weights.tolist() == [by_class[label] for label in y]


def test_temperature_one_weighs_nothing() -> None:
    y = labels_of([7, 3, 31, 1])
    assert temperature_weights(y, temperature=1).tolist() == [1.0] * 42


def test_infinite_temperature_is_balanced_class_weight() -> None:
    generator = np.random.RandomState(0)
    y = labels_of([60, 25, 9])
    X = generator.normal(size=(y.size, 3)) + y[:, np.newaxis]
    class_weight = temperature_class_weight(y, temperature=np.inf)
    assert class_weight == {0: 94 / 180, 1: 94 / 75, 2: 94 / 27}
    ours = LogisticRegression(class_weight=class_weight).fit(X, y)
    theirs = LogisticRegression(class_weight="balanced").fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6)


def test_small_groups_gain_with_temperature() -> None:
    y = labels_of([100, 10])
    weights = [
        temperature_class_weight(y, temperature=T)[1]
        for T in (0.1, 0.5, 0.9, 1, 1.1, 2, 5, 100, np.inf)
    ]
    assert weights == sorted(weights)
    assert len(set(weights)) == 9


@pytest.mark.parametrize("temperature", [5e-324, 1e-300, 1e-3])
def test_tiny_temperature_leaves_the_largest_groups(temperature: float) -> None:
    weights = temperature_class_weight(
        labels_of([20, 5, 20, 1]), temperature=temperature
    )
    assert weights == {0: 1.15, 1: 0, 2: 1.15, 3: 0}


@pytest.mark.parametrize("temperature", [1e17, 1e308, float("inf"), np.float32(np.inf)])
def test_huge_temperature_is_like_infinite(temperature: float) -> None:
    weights = temperature_class_weight(labels_of([20, 4]), temperature=temperature)
    assert weights == {0: 0.6, 1: 3.0}


@pytest.mark.parametrize(
    "y",
    [
        ["b", "a", "b", "b"],
        ("b", "a", "b", "b"),
        np.array(["b", "a", "b", "b"], object),
        pd.Series(["b", "a", "b", "b"], index=[5, 6, 7, 7]),
        pd.Series(["b", "a", "b", "b"], dtype="category"),
        pd.Series(["b", "a", "b", "b"], dtype="string"),
        pd.DataFrame({"language": ["b", "a", "b", "b"]}),
        pl.Series(["b", "a", "b", "b"]),
        pl.Series(["b", "a", "b", "b"], dtype=pl.Categorical),
        [True, False, True, True],
        [7, -7, 7, 7],
        np.array([7, -7, 7, 7], np.float32),
        np.array(["2025-01-02", "2025-01-01", "2025-01-02", "2025-01-02"], "M8[D]"),
    ],
    ids=lambda y: f"{type(y).__name__}-{getattr(y, 'dtype', '')}",
)
def test_groups_may_be_of_any_kind(y: Any) -> None:
    weights = temperature_weights(y, temperature=np.inf)
    np.testing.assert_allclose(weights, [2 / 3, 2, 2 / 3, 2 / 3])


def test_keys_of_class_weight_are_python_objects() -> None:
    for y in (np.array(["a", "b"]), np.array([1, 2], np.uint8), np.array([True])):
        found = temperature_class_weight(y, temperature=2)
        assert list(found) == np.unique(y).tolist()
        assert [type(key) for key in found] == [type(key) for key in y.tolist()]
        assert all(type(weight) is float for weight in found.values())


@pytest.mark.parametrize("temperature", [0, -1, -np.inf, np.nan])
def test_temperature_must_be_positive(temperature: float) -> None:
    for function in (temperature_weights, temperature_class_weight):
        with pytest.raises(ValueError, match=r"temperature is .*; it must be above 0"):
            function([0, 1], temperature=temperature)


@pytest.mark.parametrize("temperature", [None, "5", [1.0], 1j])
def test_temperature_must_be_a_number(temperature: Any) -> None:
    with pytest.raises(TypeError, match=r"temperature is .*, which is no number"):
        temperature_weights([0, 1], temperature=temperature)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([], "y is empty; give the group of at least one row"),
        ([0.0, np.nan, 1], r"y is missing in row 1; drop such rows or give them"),
        (np.array(["2025-01-01", "NaT"], "M8[D]"), "y is missing in row 1"),
        ([0, 1, 0.5], r"Unknown label type: y holds 0.5, a number that is no label"),
        (
            ["a", None],
            r"cannot be put in order \(of type NoneType, str\); use one type",
        ),
        (pd.Series(["a", np.nan], dtype=object), r"in order \(of type float, str\)"),
        (np.array(["a", 1], object), r"cannot be put in order \(of type int, str\)"),
        (pd.Series(["a", pd.NA], dtype="string"), "cannot be put in order"),
        ([[0, 1], [1, 0]], r"should be a 1d array, got an array of shape \(2, 2\)"),
        (3, "should be a 1d array"),
    ],
    ids=repr,
)
def test_groups_that_are_none_are_refused(y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        temperature_weights(y, temperature=2)
