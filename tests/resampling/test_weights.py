# SPDX-License-Identifier: BSD-3-Clause
"""``sample_weight`` in ``fit_resample``: who becomes a parent, and what comes back."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from skx.resampling import SMOTE


def make_table(n_minority: int = 20) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.RandomState(0)
    y = generator.permutation(np.repeat([0, 1], [50, n_minority]))
    return generator.normal(size=(y.size, 3)), y


def uses_of(
    X: Any, y: np.ndarray, weights: Any, **parameters: Any
) -> tuple[np.ndarray, SMOTE]:
    """How often each row was a base."""
    sampler = SMOTE(random_state=0, **parameters)
    sampler.fit_resample(X, y, sample_weight=weights)
    return np.bincount(sampler.parents_[:, 0], minlength=y.size), sampler


def test_weights_bring_a_third_result() -> None:
    X, y = make_table()
    weights = np.random.RandomState(1).uniform(size=y.size)
    sampler = SMOTE(random_state=0)
    X_out, y_out, weights_out = sampler.fit_resample(X, y, sample_weight=weights)
    assert X_out.shape[0] == y_out.shape[0] == weights_out.shape[0] == 100
    assert len(sampler.fit_resample(X, y)) == 2
    np.testing.assert_array_equal(weights_out[:70], weights)


def test_weights_of_new_rows_are_mixed_like_the_rows() -> None:
    X, y = make_table()
    # As a column of X, the weights are interpolated by what makes the rows.
    X[:, 2] = np.random.RandomState(1).uniform(1, 2, size=y.size)
    sampler = SMOTE(random_state=0)
    X_out, _, weights_out = sampler.fit_resample(X, y, sample_weight=X[:, 2])
    np.testing.assert_allclose(weights_out, X_out[:, 2], rtol=1e-15)
    expected = (sampler.parent_weights_ * X[:, 2][sampler.parents_]).sum(axis=1)
    np.testing.assert_array_equal(weights_out[70:], expected)


@pytest.mark.parametrize("target", [21, 50, 500])
def test_rows_of_weight_zero_are_kept_but_no_parents(target: int) -> None:
    X, y = make_table()
    weights = np.ones(y.size)
    weights[np.flatnonzero(y == 1)[::3]] = 0
    X[weights == 0] = 1e6  # where a parent of weight zero would show
    strategy = {1: target}
    sampler = SMOTE(random_state=0, sampling_strategy=strategy)
    X_out, _, weights_out = sampler.fit_resample(X, y, sample_weight=weights)
    assert (weights[sampler.parents_] > 0).all()
    np.testing.assert_array_equal(X_out[:70], X)
    np.testing.assert_array_equal(weights_out[:70], weights)
    assert X_out[70:].max() < 1e6
    assert len(X_out) == 50 + target


def test_rows_of_weight_zero_are_as_good_as_removed() -> None:
    X, y = make_table()
    weights = np.random.RandomState(1).uniform(0.5, 2, size=y.size)
    weights[np.flatnonzero(y == 1)[::3]] = 0
    strategy = {1: 70}
    kept = weights > 0
    n_kept = int((y[kept] == 1).sum())
    _, sampler = uses_of(X, y, weights, sampling_strategy=strategy)
    _, smaller = uses_of(
        X[kept], y[kept], weights[kept], sampling_strategy={1: n_kept + 50}
    )
    rows = np.flatnonzero(kept)
    np.testing.assert_array_equal(rows[smaller.parents_], sampler.parents_)
    np.testing.assert_array_equal(smaller.parent_weights_, sampler.parent_weights_)


@given(
    st.lists(st.sampled_from([0.0, 1e-300, 0.5, 1.0, 1e6]), min_size=6, max_size=12),
    st.integers(1, 60),
    st.integers(0, 2**32 - 1),
)
def test_rows_of_positive_weight_are_bases_equally_often(
    values: list[float], n_new: int, seed: int
) -> None:
    values[:2] = [1.0, 3.0]
    n = len(values)
    X = np.arange(n + 30.0)[:, np.newaxis]
    y = np.repeat([1, 0], [n, 30])
    weights = np.append(values, np.ones(30))
    sampler = SMOTE(random_state=seed, k_neighbors=1, sampling_strategy={1: n + n_new})
    sampler.fit_resample(X, y, sample_weight=weights)
    uses = np.bincount(sampler.parents_[:, 0], minlength=n)[:n]
    n_positive = np.count_nonzero(values)
    positive = uses[np.array(values) > 0]
    assert uses.sum() == positive.sum() == n_new
    assert set(positive) <= {n_new // n_positive, -(-n_new // n_positive)}


def test_weighted_distribution_of_the_class_is_kept() -> None:
    # Two clusters of 100 rows, of weights 1 and 9: the second holds nine tenths of the
    # class, and of what is added to it. Bases drawn by weight would make it 0.99.
    generator = np.random.RandomState(0)
    X = generator.normal(size=(2200, 2))
    X[2100:] += 50
    y = np.repeat([0, 1], [2000, 200])
    weights = np.repeat([1.0, 9.0], [2100, 100])
    X_out, _, weights_out = SMOTE(random_state=0).fit_resample(
        X, y, sample_weight=weights
    )
    new, new_weights = X_out[2200:], weights_out[2200:]
    share = new_weights[new[:, 0] > 25].sum() / new_weights.sum()
    assert share == pytest.approx(0.9, abs=1e-12)
    assert new_weights.mean() == pytest.approx(5, abs=1e-12)


@pytest.mark.parametrize("weight", [1.0, 7.5, 1e308, 5e-324, 1e-300])
def test_equal_weights_use_rows_equally_often(weight: float) -> None:
    X, y = make_table()
    uses, _ = uses_of(X, y, np.full(y.size, weight), sampling_strategy={1: 70})
    assert set(uses[y == 1]) == {2, 3}


def test_equal_weights_give_the_counts_of_no_weights() -> None:
    X, y = make_table()
    weighted, _ = uses_of(X, y, np.ones(y.size), sampling_strategy={1: 80})
    without, _ = uses_of(X, y, None, sampling_strategy={1: 80})
    np.testing.assert_array_equal(weighted, without)
    assert set(without[y == 1]) == {3}


def test_scale_of_the_weights_changes_nothing() -> None:
    X, y = make_table()
    weights = np.random.RandomState(1).uniform(size=y.size)
    _, sampler = uses_of(X, y, weights)
    for scale in (2.0**-1000, 2.0**900):
        _, scaled = uses_of(X, y, weights * scale)
        np.testing.assert_array_equal(scaled.parents_, sampler.parents_)


@pytest.mark.parametrize("convert", [list, pd.Series, np.float32, np.asfortranarray])
def test_weights_may_be_any_array(convert: Any) -> None:
    X, y = make_table()
    weights = np.random.RandomState(1).randint(1, 9, size=y.size)
    _, expected = uses_of(X, y, weights)
    converted = convert(weights)
    if isinstance(converted, pd.Series):
        converted.index += 1000
    _, found = uses_of(X, y, converted)
    np.testing.assert_array_equal(found.parents_, expected.parents_)


def test_weights_with_sparse_and_missing_values() -> None:
    X, y = make_table()
    weights = np.ones(y.size)
    weights[np.flatnonzero(y == 1)[:5]] = 0
    rows = sparse.csr_array(np.maximum(X, 0))
    X[::4, 1] = np.nan
    for table in (rows, X):
        _, sampler = uses_of(table, y, weights)
        assert (weights[sampler.parents_] > 0).all()


def test_other_classes_may_have_no_weight() -> None:
    X, y = make_table()
    weights = (y == 1).astype(float)
    _, y_out, weights_out = SMOTE(random_state=0).fit_resample(
        X, y, sample_weight=weights
    )
    assert np.bincount(y_out).tolist() == [50, 50]
    assert weights_out.sum() == pytest.approx(50)


# Errors


def refuse(weights: Any, message: str, **parameters: Any) -> None:
    X, y = make_table()
    with pytest.raises(ValueError, match=message):
        SMOTE(**parameters).fit_resample(X, y, sample_weight=weights)


def test_weights_that_are_all_zero_are_refused() -> None:
    # The first from scikit-learn 1.9 on, the second before.
    message = "must contain at least one non-zero number|is 0 for all 70 rows"
    refuse(np.zeros(70), message)


def test_negative_weight_is_named() -> None:
    weights = np.ones(70)
    weights[[4, 9]] = -0.5, -2
    refuse(weights, r"sample_weight\[9\] is -2.0; weights must be 0 or more")


def test_wrong_number_of_weights_is_refused() -> None:
    refuse(np.ones(69), r"sample_weight.shape == \(69,\), expected \(70,\)")


def test_weights_in_two_columns_are_refused() -> None:
    refuse(np.ones((70, 2)), "Sample weights must be 1D")


@pytest.mark.parametrize(("value", "text"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_weights_that_are_no_numbers_are_refused(value: float, text: str) -> None:
    weights = np.ones(70)
    weights[3] = value
    refuse(weights, text)


def test_class_with_too_few_weighted_rows_is_named() -> None:
    _, y = make_table()
    weights = np.ones(70)
    weights[np.flatnonzero(y == 1)[4:]] = 0
    refuse(weights, r"Class 1 has 4 samples.*fewer than k_neighbors \+ 1 = 6")
    weights[np.flatnonzero(y == 1)[1:]] = 0
    message = "Class 1 has 1 sample .of positive weight.*draws new ones between two"
    refuse(weights, message, small_class="shrink")
    weights[y == 1] = 0
    refuse(weights, "Class 1 has 0 samples .of positive weight")
