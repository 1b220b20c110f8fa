# SPDX-License-Identifier: BSD-3-Clause
"""What the samplers have in common whose rows may leave the segments of their class."""

import warnings
from collections.abc import Callable
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from skx.resampling import (
    GeometricSMOTE,
    MultivariateGaussianSMOTE,
    PolynomialFitSMOTE,
    ResampledClassifier,
)

COUNTS = [60, 23, 31]
SAMPLERS = {
    "mgs": MultivariateGaussianSMOTE(),
    "mgs flat": MultivariateGaussianSMOTE(n_neighbors=2, scale=2.0),
    "ball": GeometricSMOTE(),
    "ball majority": GeometricSMOTE(selection_strategy="majority"),
    "spheroid": GeometricSMOTE(
        selection_strategy="minority", deformation_factor=0.5, truncation_factor=-0.3
    ),
    "star": PolynomialFitSMOTE(),
    "bus": PolynomialFitSMOTE(topology="bus"),
    "poly": PolynomialFitSMOTE(topology="poly", degree=3),
}
SEARCHING = [name for name in SAMPLERS if "n_jobs" in SAMPLERS[name].get_params()]


@pytest.fixture(params=SAMPLERS)
def sampler(request: pytest.FixtureRequest) -> Any:
    return clone(SAMPLERS[request.param]).set_params(random_state=0)


@pytest.fixture(params=SEARCHING)
def searching(request: pytest.FixtureRequest) -> Any:
    return clone(SAMPLERS[request.param]).set_params(random_state=0)


def make_table(
    n_features: int = 3, counts: list[int] = COUNTS, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian classes 0, 1, ... of these sizes, their rows in random order."""
    generator = np.random.RandomState(seed)
    y = generator.permutation(np.repeat(np.arange(len(counts)), counts))
    return generator.normal(size=(y.size, n_features)) + y[:, np.newaxis], y


# The rows


def test_originals_come_first_and_counts_are_exact(
    sampler: Any, layout: Callable, float_dtype: type
) -> None:
    X, y = make_table()
    X = layout(X.astype(float_dtype))
    X_out, y_out = sampler.fit_resample(X, y)
    assert X_out.dtype == float_dtype
    assert X_out[: len(X)].tobytes() == X.tobytes()
    assert y_out[len(y) :].tolist() == [1] * 37 + [2] * 29
    assert sampler.sampling_strategy_ == {1: 37, 2: 29}
    np.testing.assert_array_equal(y[sampler.parents_[:, 0]], y_out[len(y) :])
    assert sampler.parents_.dtype == np.int64


@pytest.mark.parametrize("target", [24, 45, 46, 47, 200])
def test_counts_are_met(sampler: Any, target: int) -> None:
    X, y = make_table()
    sampler.set_params(sampling_strategy={1: target})
    X_out, y_out = sampler.fit_resample(X, y)
    assert len(X_out) == len(X) + target - 23
    assert (y_out == 1).sum() == target


@pytest.mark.parametrize("name", [*SEARCHING, "star"])
def test_rows_serve_as_base_equally_often(name: str) -> None:
    X, y = make_table()
    sampler = clone(SAMPLERS[name]).set_params(sampling_strategy={1: 100})
    sampler.fit_resample(X, y)
    uses = np.bincount(sampler.parents_[:, 0], minlength=y.size)[y == 1]
    assert set(uses) == {3, 4}


def test_nothing_to_add(sampler: Any) -> None:
    X, y = make_table(counts=[20, 20])
    X_out, _ = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(X_out, X)
    assert not np.shares_memory(X_out, X)
    assert sampler.parents_.shape[0] == 0


# What must change nothing


def test_layout_changes_nothing(
    sampler: Any, layout: Callable, float_dtype: type
) -> None:
    X, y = make_table()
    X = X.astype(float_dtype)
    expected, _ = sampler.fit_resample(X, y)
    found, _ = sampler.fit_resample(layout(X), y)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("n_jobs", [2, 3])
def test_number_of_threads_changes_nothing(searching: Any, n_jobs: int) -> None:
    # Beyond 2000 new rows and 256 queries, threads really start.
    X, y = make_table(2, [4000, 400])
    one, _ = searching.fit_resample(X, y)
    many, _ = searching.set_params(n_jobs=n_jobs).fit_resample(X, y)
    np.testing.assert_array_equal(many, one)


def test_float32_has_the_parents_of_float64(sampler: Any) -> None:
    X, y = make_table()
    X = X.astype(np.float32)
    X_32, _ = sampler.fit_resample(X, y)
    parents = sampler.parents_
    X_64, _ = sampler.fit_resample(X.astype(np.float64), y)
    np.testing.assert_array_equal(parents, sampler.parents_)
    np.testing.assert_allclose(X_32, X_64, rtol=1e-5, atol=1e-5)


def test_containers_change_nothing(sampler: Any) -> None:
    X, y = make_table()
    expected, _ = sampler.fit_resample(X, y)
    frame = pd.DataFrame(X, columns=list("abc"))
    found, _ = sampler.fit_resample(frame, pd.Series(y, name="class"))
    assert list(found.columns) == list("abc")
    np.testing.assert_array_equal(found, expected)
    found, _ = sampler.fit_resample(pl.DataFrame(X, schema=list("abc")), y)
    assert isinstance(found, pl.DataFrame)
    np.testing.assert_array_equal(found.to_numpy(), expected)
    found, _ = sampler.fit_resample(X.tolist(), y.tolist())
    assert isinstance(found, list)
    np.testing.assert_array_equal(found, expected)


def test_sparse_columns_of_a_frame_stay_sparse(sampler: Any) -> None:
    X, y = make_table()
    X = np.maximum(X, 0)
    expected, _ = sampler.fit_resample(X, y)
    frame = pd.DataFrame(X).astype(pd.SparseDtype(float, 0))
    found, _ = sampler.fit_resample(frame, y)
    assert all(isinstance(dtype, pd.SparseDtype) for dtype in found.dtypes)
    np.testing.assert_array_equal(found.to_numpy(), expected)


def test_order_of_columns_changes_nothing(sampler: Any) -> None:
    X, y = make_table(4)
    order = [2, 0, 3, 1]
    expected, _ = sampler.set_params(sampling_strategy={1: 60}).fit_resample(X, y)
    parents = sampler.parents_
    found, _ = sampler.fit_resample(X[:, order], y)
    np.testing.assert_array_equal(sampler.parents_, parents)
    if not isinstance(sampler, GeometricSMOTE):  # a point of a ball is drawn by column
        np.testing.assert_allclose(found, expected[:, order], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("exponent", [-40, -1, 3, 60])
def test_scale_carries_over(sampler: Any, exponent: int) -> None:
    X, y = make_table()
    expected, _ = sampler.fit_resample(X, y)
    found, _ = sampler.fit_resample(np.ldexp(X, exponent), y)
    np.testing.assert_allclose(found, np.ldexp(expected, exponent), rtol=1e-9)


def test_translation_carries_over(sampler: Any) -> None:
    X, y = make_table()
    X = np.ldexp(np.round(np.ldexp(X, 10)), -10)  # so that X + 2**20 is exact
    expected, _ = sampler.fit_resample(X, y)
    parents = sampler.parents_
    found, _ = sampler.fit_resample(X + 2**20, y)
    np.testing.assert_array_equal(sampler.parents_, parents)
    np.testing.assert_allclose(found - 2**20, expected, rtol=0, atol=1e-8)


def test_a_class_gets_the_same_rows_whether_or_not_others_grow(sampler: Any) -> None:
    X, y = make_table()
    everything, _ = sampler.fit_resample(X, y)
    alone, _ = sampler.set_params(sampling_strategy={2: 60}).fit_resample(X, y)
    np.testing.assert_array_equal(alone[len(X) :], everything[-29:])


# Draws


def test_same_seed_same_rows(sampler: Any) -> None:
    X, y = make_table()
    first, _ = sampler.fit_resample(X, y)
    again, _ = clone(sampler).fit_resample(X, y)
    other, _ = sampler.set_params(random_state=8).fit_resample(X, y)
    np.testing.assert_array_equal(first, again)
    assert (first[len(X) :] != other[len(X) :]).any()


@pytest.mark.parametrize("name", [*SEARCHING, "poly"])
def test_classes_have_their_own_draws(name: str) -> None:
    # A class that is a moved copy of another must not get moved copies of its rows.
    rare, _ = make_table(counts=[20])
    X = np.vstack([np.random.RandomState(1).normal(size=(60, 3)), rare, rare + 64])
    y = np.repeat([0, 1, 2], [60, 20, 20])
    sampler = clone(SAMPLERS[name]).set_params(random_state=0)
    X_out, _ = sampler.fit_resample(X, y)
    first, second = X_out[100:140], X_out[140:]
    assert np.abs(first + 64 - second).max(axis=1).min() > 1e-6


# Integers and booleans


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.bool_])
@pytest.mark.parametrize("kind", ["array", "pandas", "polars"])
def test_integers_stay_in_the_range_of_their_class(
    sampler: Any, dtype: type, kind: str
) -> None:
    X, y = make_table(2, [200, 20, 8])
    if dtype is np.bool_:
        X = X > 1
        low, high = False, True
    else:
        limits = np.iinfo(np.int8 if dtype == np.int64 else dtype)
        low, high = limits.min, limits.max
        X = np.where(X > 1, high, low).astype(dtype)
        X[y == 2, 0] = high  # one value only
        X[y == 2, 1] = np.clip(X[y == 2, 1], low + 3, high - 5)
    table = {"array": np.asarray, "pandas": pd.DataFrame, "polars": pl.DataFrame}[kind](
        X
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        X_out, y_out = sampler.fit_resample(table, y)
    X_out = np.asarray(X_out)
    assert X_out.dtype == dtype
    for label in (1, 2):
        new, rows = X_out[len(X) :][y_out[len(X) :] == label], X[y == label]
        assert (new.min(axis=0) >= rows.min(axis=0)).all()
        assert (new.max(axis=0) <= rows.max(axis=0)).all()
        assert len(np.unique(new)) > 1


def test_only_columns_of_integers_are_rounded(sampler: Any) -> None:
    X, y = make_table()
    frame = pd.DataFrame({"a": X[:, 0], "b": np.rint(4 * X[:, 1]).astype("int16")})
    frame["c"] = X[:, 2].astype(np.float32)
    X_out, _ = sampler.fit_resample(frame, y)
    assert X_out.dtypes.tolist() == frame.dtypes.tolist()
    assert (np.rint(X_out["a"]) != X_out["a"]).mean() > 0.9


# Degenerate classes


def test_class_of_equal_rows_gets_equal_rows(sampler: Any) -> None:
    X, y = make_table(counts=[50, 10])
    X[y == 1] = [0.1, 1e6 + 0.1, -3e-7]
    if getattr(sampler, "selection_strategy", "") == "majority":
        sampler.set_params(selection_strategy="minority")
    X_out, _ = sampler.fit_resample(X, y)
    expected = np.broadcast_to(X[y == 1][0], (40, 3))
    np.testing.assert_allclose(X_out[len(X) :], expected, rtol=1e-14)


def test_class_of_two_rows(sampler: Any) -> None:
    X, y = make_table(counts=[40, 2])
    if "small_class" in sampler.get_params():
        sampler.set_params(small_class="shrink")
    X_out, y_out = sampler.fit_resample(X, y)
    assert np.bincount(y_out).tolist() == [40, 40]
    assert np.isfinite(X_out).all()


@pytest.mark.parametrize("name", [name for name in SAMPLERS if "majority" not in name])
def test_class_of_one_row_is_refused(name: str) -> None:
    X, y = make_table(counts=[40, 1])
    sampler = clone(SAMPLERS[name])
    message = f"Class 1 has 1 sample .*{type(sampler).__name__} draws .*RandomOverSampl"
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(X, y)


def test_single_column(sampler: Any) -> None:
    X, y = make_table(1)
    X_out, y_out = sampler.fit_resample(X, y)
    assert np.bincount(y_out).tolist() == [60, 60, 60]
    assert np.isfinite(X_out).all()


def test_more_columns_than_rows(sampler: Any) -> None:
    X, y = make_table(50, [30, 8])
    X_out, _ = sampler.fit_resample(X, y)
    assert X_out.shape == (60, 50)
    assert np.isfinite(X_out).all()


# What is refused


@pytest.mark.parametrize(
    "table",
    [
        np.where(np.arange(40) < 2, np.nan, 1.0).reshape(-1, 1),
        pd.DataFrame({"a": pd.array([None, None, *[3] * 38], dtype="Int64")}),
        pl.DataFrame({"a": [None, None, *[3] * 38]}),
    ],
    ids=["NumPy", "pandas", "polars"],
)
def test_missing_values_are_refused(sampler: Any, table: Any) -> None:
    name = type(sampler).__name__
    message = rf"X contains 2 missing values \(NaN\), but {name} needs .*SimpleImputer"
    y = np.repeat([0, 1], [28, 12])
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(table, y)
    with pytest.raises(ValueError, match=message):
        sampler.fit(table, y)


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_matrix])
def test_sparse_matrices_are_refused(sampler: Any, kind: Any) -> None:
    X, y = make_table()
    with pytest.raises(ValueError, match=r"X is sparse, but .*toarray\(\).* or use SM"):
        sampler.fit_resample(kind(X), y)


def test_infinity_is_refused(sampler: Any) -> None:
    X, y = make_table()
    X[3, 1] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        sampler.fit_resample(X, y)


def test_strings_are_refused(sampler: Any) -> None:
    frame = pd.DataFrame({"a": np.arange(30.0), "b": ["x", "y", "z"] * 10})
    with pytest.raises(ValueError, match=r"Column 'b' has dtype .* computes with"):
        sampler.fit_resample(frame, np.repeat([0, 1], [20, 10]))


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("name", ["mgs", "ball", "star", "poly"])
def test_numbers_too_large_to_compute_with_are_refused(name: str) -> None:
    X, y = make_table()
    X = X / np.abs(X).max() * 1.7e308
    sampler = clone(SAMPLERS[name]).set_params(random_state=0)
    if name == "mgs":
        sampler.set_params(scale=1e4)
    with pytest.raises(ValueError, match=r"rows of class 1 .*1\.7e\+308 overflow"):
        sampler.fit_resample(X, y)


def test_large_numbers_are_no_obstacle(sampler: Any) -> None:
    X, y = make_table()
    expected, _ = sampler.fit_resample(X, y)
    found, _ = sampler.fit_resample(np.ldexp(X, 400), y)
    np.testing.assert_allclose(found, np.ldexp(expected, 400), rtol=1e-9)


# Sample weights


def test_rows_of_weight_zero_are_as_good_as_removed(sampler: Any) -> None:
    X, y = make_table()
    weights = np.random.RandomState(1).uniform(0.5, 2, size=y.size)
    weights[::4] = 0
    kept = weights > 0
    n_kept = np.bincount(y[kept])
    strategy = {1: 23 + 40, 2: 31 + 40}
    sampler.set_params(sampling_strategy=strategy)
    X_out, y_out, w_out = sampler.fit_resample(X, y, sample_weight=weights)
    parents = sampler.parents_
    assert len(X_out) == len(y_out) == len(w_out) == len(X) + 80
    strategy = {1: n_kept[1] + 40, 2: n_kept[2] + 40}
    sampler.set_params(sampling_strategy=strategy)
    smaller, _, w_smaller = sampler.fit_resample(
        X[kept], y[kept], sample_weight=weights[kept]
    )
    np.testing.assert_array_equal(np.flatnonzero(kept)[sampler.parents_], parents)
    np.testing.assert_array_equal(X_out[len(X) :], smaller[kept.sum() :])
    np.testing.assert_array_equal(w_out[len(X) :], w_smaller[kept.sum() :])


def test_new_weights_come_from_the_parents(sampler: Any) -> None:
    X, y = make_table()
    weights = np.random.RandomState(1).uniform(0.5, 2, size=y.size)
    _, _, w_out = sampler.fit_resample(X, y, sample_weight=weights)
    np.testing.assert_array_equal(w_out[: len(y)], weights)
    around = weights[sampler.parents_]
    expected = around[:, 0]
    if hasattr(sampler, "parent_weights_"):
        positive = np.maximum(sampler.parent_weights_, 0)
        expected = np.average(around, axis=1, weights=positive)
    np.testing.assert_allclose(w_out[len(y) :], expected, rtol=1e-14)
    assert (w_out >= 0.5).all()
    assert (w_out <= 2).all()


def test_weights_follow_into_a_classifier(sampler: Any) -> None:
    X, y = make_table(counts=[60, 20])
    weights = np.random.RandomState(1).uniform(0.5, 2, size=y.size)
    model = ResampledClassifier(LogisticRegression(), sampler=sampler, random_state=0)
    model.fit(X, y, sample_weight=weights)
    sampler = clone(sampler).set_params(random_state=0)
    X_out, y_out, w_out = sampler.fit_resample(X, y, sample_weight=weights)
    expected = LogisticRegression().fit(X_out, y_out, w_out)
    np.testing.assert_array_equal(model.estimator_.coef_, expected.coef_)


# Properties

numbers = st.one_of(
    st.integers(-2, 2).map(float), st.floats(-1e6, 1e6).map(lambda x: round(x, 6))
)


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    counts = draw(st.lists(st.integers(2, 9), min_size=2, max_size=4))
    shape = (sum(counts), draw(st.integers(1, 3)))
    X = draw(hnp.arrays(np.float64, shape, elements=numbers))
    y = np.array(draw(st.permutations(np.repeat(np.arange(len(counts)), counts))))
    return X, y


@pytest.mark.parametrize("name", SAMPLERS)
@given(problem=problems(), whole=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_any_table_keeps_the_promises(
    name: str, problem: tuple[np.ndarray, np.ndarray], whole: bool, seed: int
) -> None:
    X, y = problem
    if whole:
        X = np.round(X).astype(np.int64)
    sampler = clone(SAMPLERS[name]).set_params(random_state=seed)
    if "small_class" in sampler.get_params():
        sampler.set_params(small_class="shrink")
    X_out, y_out = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(X_out[: len(X)], X)
    assert len(set(np.bincount(y_out))) == 1
    new, labels = X_out[len(X) :], y_out[len(X) :]
    assert np.isfinite(new).all()
    np.testing.assert_array_equal(y[sampler.parents_[:, 0]], labels)
    if hasattr(sampler, "parent_weights_"):
        shares = sampler.parent_weights_
        np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-12)
        mixed = (shares[:, :, np.newaxis] * X[sampler.parents_]).sum(axis=1)
        if not whole:
            np.testing.assert_allclose(new, mixed, rtol=1e-9, atol=1e-8)
    if whole:
        for label in set(labels):
            rows = X[y == label]
            assert (new[labels == label] >= rows.min(axis=0)).all()
            assert (new[labels == label] <= rows.max(axis=0)).all()
