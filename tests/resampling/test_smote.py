# SPDX-License-Identifier: BSD-3-Clause
"""What SMOTE promises of its rows: which parents, where between them, how many."""

import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.pipeline import make_pipeline
from scipy import sparse, stats
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import NearestNeighbors

from skx.resampling import SMOTE

COUNTS = [60, 23, 31]


def make_table(
    n_features: int = 3, counts: list[int] = COUNTS, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian classes 0, 1, ... of these sizes, their rows in random order."""
    generator = np.random.RandomState(seed)
    y = generator.permutation(np.repeat(np.arange(len(counts)), counts))
    return generator.normal(size=(y.size, n_features)) + y[:, np.newaxis], y


def between(
    X: np.ndarray, parents: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Convex mixes of the parents, and the bounds of the box they span."""
    pairs = X[parents].astype(np.float64)
    mixed = (weights[:, :, np.newaxis] * pairs).sum(axis=1)
    return mixed, pairs.min(axis=1), pairs.max(axis=1)


def check_parents(X: np.ndarray, y: np.ndarray, sampler: SMOTE, k: int) -> None:
    """Each partner is among the k nearest of its base in the class, ties by row."""
    for base, partner in sampler.parents_:
        assert y[base] == y[partner]
        others = np.flatnonzero((y == y[base]) & (np.arange(y.size) != base))
        distances = np.zeros(others.size)
        for j in range(X.shape[1]):
            distances += (X[others, j].astype(float) - float(X[base, j])) ** 2
        nearest = others[np.lexsort((others, distances))][:k]
        assert partner in nearest


def resample(X, y, **parameters):
    sampler = SMOTE(random_state=0, **parameters)
    return *sampler.fit_resample(X, y), sampler


# The rows


def test_originals_come_first_and_are_untouched(
    layout: Callable, float_dtype: type
) -> None:
    X, y = make_table()
    X = layout(X.astype(float_dtype))
    X_out, y_out, _ = resample(X, y)
    assert X_out.dtype == float_dtype
    assert y_out.dtype == y.dtype
    assert X_out[: len(X)].tobytes() == X.tobytes()
    np.testing.assert_array_equal(y_out[: len(y)], y)


def test_synthetic_rows_come_class_by_class() -> None:
    X, y = make_table()
    _, y_out, sampler = resample(X, y)
    assert sampler.sampling_strategy_ == {1: 37, 2: 29}
    assert y_out[len(y) :].tolist() == [1] * 37 + [2] * 29
    np.testing.assert_array_equal(y[sampler.parents_[:, 0]], y_out[len(y) :])


@pytest.mark.parametrize("k", [1, 3, 5, 22])
def test_rows_lie_between_a_base_and_a_neighbour(k: int, float_dtype: type) -> None:
    X, y = make_table()
    X = X.astype(float_dtype)
    X_out, _, sampler = resample(X, y, k_neighbors=k)
    weights = sampler.parent_weights_
    assert sampler.parents_.dtype == np.int64
    assert weights.dtype == np.float64
    assert weights.shape == sampler.parents_.shape == (66, 2)
    assert ((weights >= 0) & (weights <= 1)).all()
    tolerance = 1e-6 if float_dtype == np.float32 else 1e-15
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=tolerance)
    mixed, low, high = between(X, sampler.parents_, weights)
    new = X_out[len(X) :]
    np.testing.assert_allclose(new, mixed, rtol=0, atol=8 * tolerance)
    assert ((low <= new) & (new <= high)).all()
    check_parents(X, y, sampler, k)
    assert (sampler.parents_[:, 0] != sampler.parents_[:, 1]).all()


def test_every_neighbour_can_be_the_partner() -> None:
    X, y = make_table(counts=[3000, 8])
    _, _, sampler = resample(X, y, k_neighbors=5)
    # 2992 new rows of 8 bases: about 75 for each of 40 pairs.
    counts = Counter(map(tuple, sampler.parents_.tolist()))
    assert len(counts) == 40
    assert stats.chisquare(list(counts.values())).pvalue > 1e-3


@pytest.mark.parametrize("target", [24, 45, 46, 47, 200])
def test_rows_serve_as_base_equally_often(target: int) -> None:
    X, y = make_table()
    _, _, sampler = resample(X, y, sampling_strategy={1: target})
    uses = np.bincount(sampler.parents_[:, 0], minlength=y.size)[y == 1]
    n_new = target - 23
    assert uses.sum() == n_new
    assert set(uses) <= {n_new // 23, -(-n_new // 23)}


def test_rows_that_serve_once_more_are_a_random_subset() -> None:
    X, y = make_table()
    chosen = np.zeros(y.size)
    for seed in range(300):
        sampler = SMOTE(sampling_strategy={1: 33}, random_state=seed)
        sampler.fit_resample(X, y)
        chosen += np.bincount(sampler.parents_[:, 0], minlength=y.size)
    assert stats.chisquare(chosen[y == 1]).pvalue > 1e-3


def test_gaps_are_uniform() -> None:
    X, y = make_table(1, [100_020, 20])
    X_out, _, sampler = resample(X, y)
    gaps = sampler.parent_weights_[:, 1]
    assert gaps.size == 100_000
    assert gaps.max() < 1
    assert stats.kstest(gaps, "uniform").pvalue > 1e-3
    # The same along the way of each new row from its base to its partner.
    start, end = (X[sampler.parents_[:, p], 0] for p in (0, 1))
    shares = (X_out[len(X) :, 0] - start) / (end - start)
    np.testing.assert_allclose(shares, gaps, atol=1e-9)


def test_gaps_and_partners_are_independent() -> None:
    X, y = make_table(1, [20_020, 20])
    _, _, sampler = resample(X, y, k_neighbors=2)
    lower = sampler.parents_[:, 1] < sampler.parents_[:, 0]
    gaps = sampler.parent_weights_[:, 1]
    assert 2000 < lower.sum() < 18_000
    assert stats.ks_2samp(gaps[lower], gaps[~lower]).pvalue > 1e-3


def test_one_gap_serves_all_columns() -> None:
    X, y = make_table(6)
    X_out, _, sampler = resample(X, y)
    base, partner = (X[sampler.parents_[:, p]] for p in (0, 1))
    shares = (X_out[len(X) :] - base) / (partner - base)
    np.testing.assert_allclose(np.ptp(shares, axis=1), 0, atol=1e-7)


def test_classes_have_their_own_draws() -> None:
    # A class that is a moved copy of another must not get moved copies of its rows.
    X, _ = make_table(counts=[20])
    y = np.repeat([0, 1, 2], [60, 20, 20])
    X = np.vstack([np.random.RandomState(1).normal(size=(60, 3)), X, X + 64])
    _, _, sampler = resample(X, y)
    first, second = np.split(sampler.parent_weights_[:, 1], 2)
    assert not np.isin(first, second).any()
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.6
    assert (sampler.parents_[:40] + 20 != sampler.parents_[40:]).any(axis=1).sum() > 20


def test_draws_follow_the_position_of_the_label_not_its_name() -> None:
    X, y = make_table()
    X_out, _, _ = resample(X, y)
    names = np.array(["ham", "spam", "toast"])[y]
    X_named, y_named, sampler = resample(X, names)
    np.testing.assert_array_equal(X_named, X_out)
    assert sampler.sampling_strategy_ == {"spam": 37, "toast": 29}
    assert y_named.dtype == names.dtype


def test_a_class_gets_the_same_rows_whether_or_not_others_grow() -> None:
    X, y = make_table()
    X_all, _, _ = resample(X, y)
    X_one, _, _ = resample(X, y, sampling_strategy={2: 60})
    np.testing.assert_array_equal(X_one[len(X) :], X_all[-29:])


# What must change nothing


@pytest.mark.slow  # without compilation
@pytest.mark.parametrize("n_jobs", [2, 3, -1])
@pytest.mark.parametrize("kind", ["dense", "missing", "sparse"])
def test_number_of_threads_changes_nothing(n_jobs: int, kind: str) -> None:
    # Beyond 20 000 new rows and 256 queries, threads really start.
    X, y = make_table(2, [25_000, 400])
    if kind == "missing":
        X[::3, 0] = np.nan
    if kind == "sparse":
        X = sparse.csr_array(np.maximum(X, 0))
    one, _, _ = resample(X, y, n_jobs=1)
    many, _, _ = resample(X, y, n_jobs=n_jobs)
    if kind == "sparse":
        one, many = one.toarray(), many.toarray()
    np.testing.assert_array_equal(many, one)


def test_layout_changes_nothing(layout: Callable, float_dtype: type) -> None:
    X, y = make_table()
    X = X.astype(float_dtype)
    expected, _, _ = resample(X, y)
    found, _, _ = resample(layout(X), y)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_sparse_indices_keep_their_width(dtype: type) -> None:
    # scikit-learn's trees, for one, take none of 64 bits.
    X, y = make_table()
    X = sparse.csr_array(X)
    X.indices, X.indptr = X.indices.astype(dtype), X.indptr.astype(dtype)
    X_out, _, _ = resample(X, y)
    assert X_out.indices.dtype == X_out.indptr.dtype == dtype


def test_layout_of_integers_changes_nothing(layout: Callable) -> None:
    X, y = make_table()
    X = (X * 10).astype(np.int16)
    expected, _, _ = resample(X, y)
    found, _, _ = resample(layout(X), y)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.int16


def test_float32_has_the_parents_of_float64() -> None:
    X, y = make_table()
    X = X.astype(np.float32)
    X_32, _, single = resample(X, y)
    X_64, _, double = resample(X.astype(np.float64), y)
    np.testing.assert_array_equal(single.parents_, double.parents_)
    np.testing.assert_allclose(X_32, X_64, rtol=1e-5, atol=1e-6)


def test_float32_far_from_the_origin_keeps_its_neighbours() -> None:
    # Differences of a few units in the last place, where products of rows drown.
    generator = np.random.RandomState(0)
    X = (2.0**20 + generator.randint(0, 40, (60, 2)) / 8).astype(np.float32)
    y = np.repeat([0, 1], [40, 20])
    _, _, sampler = resample(X, y, k_neighbors=3)
    check_parents(X, y, sampler, 3)


def test_order_of_columns_changes_nothing() -> None:
    X, y = make_table(4)
    # Sums of squares of integers are exact in any order.
    X = np.round(X * 1000)
    order = [2, 0, 3, 1]
    X_out, _, _ = resample(X, y)
    X_permuted, _, _ = resample(X[:, order], y)
    np.testing.assert_array_equal(X_permuted, X_out[:, order])


@pytest.mark.parametrize("exponent", [-40, -1, 3, 60])
def test_powers_of_two_scale_the_rows(exponent: int) -> None:
    X, y = make_table()
    X_out, _, _ = resample(X, y)
    X_scaled, _, _ = resample(np.ldexp(X, exponent), y)
    np.testing.assert_array_equal(X_scaled, np.ldexp(X_out, exponent))


def test_translation_moves_the_rows() -> None:
    X, y = make_table()
    X = np.ldexp(np.round(np.ldexp(X, 10)), -10)  # so that X + 4096 is exact
    X_out, _, sampler = resample(X, y)
    X_moved, _, moved = resample(X + 4096, y)
    np.testing.assert_array_equal(moved.parents_, sampler.parents_)
    np.testing.assert_allclose(X_moved, X_out + 4096, rtol=1e-15)


def test_order_of_rows_does_not_change_the_neighbours() -> None:
    X, y = make_table()
    order = np.random.RandomState(1).permutation(y.size)
    segments = []
    for rows in (np.arange(y.size), order):
        sampler = SMOTE(sampling_strategy={1: 3000}, random_state=0, k_neighbors=3)
        sampler.fit_resample(X[rows], y[rows])
        segments.append(set(map(tuple, rows[sampler.parents_].tolist())))
    assert segments[0] == segments[1]
    assert len(segments[0]) == 23 * 3


def test_set_output_changes_nothing() -> None:
    X, y = make_table()
    expected, _, _ = resample(X, y)
    with config_context(transform_output="pandas"):
        found, _, _ = resample(X, y)
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, expected)


# Seeds and the estimator's contract


def test_same_seed_same_rows() -> None:
    X, y = make_table()
    sampler = SMOTE(random_state=7)
    first, _ = sampler.fit_resample(X, y)
    again, _ = sampler.fit_resample(X, y)
    other, _ = SMOTE(random_state=8).fit_resample(X, y)
    np.testing.assert_array_equal(first, again)
    assert (first[len(X) :] != other[len(X) :]).all()


def test_random_state_instance_moves_on() -> None:
    X, y = make_table()
    generator = np.random.RandomState(7)
    sampler = SMOTE(random_state=generator)
    first, _ = sampler.fit_resample(X, y)
    second, _ = sampler.fit_resample(X, y)
    expected, _ = SMOTE(random_state=7).fit_resample(X, y)
    np.testing.assert_array_equal(first, expected)
    assert (first[len(X) :] != second[len(X) :]).all()


def test_without_a_seed_rows_differ() -> None:
    X, y = make_table()
    first, _ = SMOTE().fit_resample(X, y)
    second, _ = SMOTE().fit_resample(X, y)
    assert (first[len(X) :] != second[len(X) :]).all()


def test_clone_pickle_and_parameters_go_round() -> None:
    X, y = make_table()
    parameters = {
        "sampling_strategy": {1: 40},
        "random_state": 3,
        "k_neighbors": 2,
        "small_class": "shrink",
        "n_jobs": 2,
    }
    sampler = SMOTE(**parameters)
    assert sampler.get_params() == parameters
    assert clone(sampler).get_params() == parameters
    expected, _ = sampler.fit_resample(X, y)
    copy = pickle.loads(pickle.dumps(sampler))
    np.testing.assert_array_equal(copy.parents_, sampler.parents_)
    found, _ = copy.fit_resample(X, y)
    np.testing.assert_array_equal(found, expected)


def test_parameters_are_keywords() -> None:
    with pytest.raises(TypeError, match="positional argument"):
        SMOTE("auto")


def test_input_is_never_changed() -> None:
    X, y = make_table()
    X[3, 1] = np.nan
    weights = np.random.RandomState(0).uniform(size=y.size)
    before = X.copy(), y.copy(), weights.copy()
    strategy = {1: 40}
    sampler = SMOTE(random_state=0, sampling_strategy=strategy)
    X_out, y_out, w_out = sampler.fit_resample(X, y, sample_weight=weights)
    for array, copy in zip((X, y, weights), before, strict=True):
        np.testing.assert_array_equal(array, copy)
    assert strategy == {1: 40}
    for out, array in ((X_out, X), (y_out, y), (w_out, weights)):
        assert not np.shares_memory(out, array)


def test_output_shares_no_memory_where_nothing_is_added() -> None:
    X, y = make_table(counts=[20, 20])
    for table in (X, sparse.csr_array(X)):
        X_out, y_out, sampler = resample(table, y)
        assert X_out.shape == X.shape
        assert sampler.parents_.shape == sampler.parent_weights_.shape == (0, 2)
        assert sampler.sampling_strategy_ == {1: 0}
        assert X_out is not table
        assert y_out is not y
        if table is X:
            assert not np.shares_memory(X_out, X)


def test_fit_works_out_the_counts() -> None:
    X, y = make_table()
    sampler = SMOTE()
    assert sampler.fit(X, y) is sampler
    assert sampler.sampling_strategy_ == {1: 37, 2: 29}
    assert sampler.n_features_in_ == 3


def test_sampler_works_in_pipelines_and_searches() -> None:
    X, y = make_blobs([150, 20], random_state=0)
    pipeline = make_pipeline(SMOTE(random_state=0), LogisticRegression())
    search = GridSearchCV(pipeline, {"smote__k_neighbors": [2, 4]}, cv=3).fit(X, y)
    assert search.best_score_ > 0.8
    direct = LogisticRegression().fit(*SMOTE(random_state=0).fit_resample(X, y))
    np.testing.assert_array_equal(pipeline.fit(X, y)[-1].coef_, direct.coef_)


def test_weights_can_be_requested() -> None:
    with config_context(enable_metadata_routing=True):
        sampler = SMOTE().set_fit_resample_request(sample_weight=True)
        request = sampler.get_metadata_routing().fit_resample.requests
    assert request == {"sample_weight": True}


# Small classes, duplicates, other searches


def test_small_class_shrinks_the_neighbourhood() -> None:
    X, y = make_table(counts=[40, 3, 2])
    _, y_out, sampler = resample(X, y, small_class="shrink")
    assert np.bincount(y_out).tolist() == [40, 40, 40]
    check_parents(X, y, sampler, 2)


def test_small_class_shrinks_no_class_that_is_large_enough() -> None:
    X, y = make_table()
    expected, _, _ = resample(X, y)
    found, _, _ = resample(X, y, small_class="shrink")
    np.testing.assert_array_equal(found, expected)


def test_small_class_that_does_not_grow_is_left_alone() -> None:
    X, y = make_table(counts=[40, 10, 1])
    _, y_out, _ = resample(X, y, sampling_strategy={1: 20})
    assert np.bincount(y_out).tolist() == [40, 20, 1]


def test_smallest_class_that_needs_no_shrinking() -> None:
    X, y = make_table(counts=[40, 6])
    _, y_out, _ = resample(X, y, k_neighbors=5)
    assert np.bincount(y_out).tolist() == [40, 40]


@pytest.mark.parametrize("copies", [2, 6, 20])
def test_duplicates_are_neighbours_like_others(copies: int) -> None:
    X, y = make_table(counts=[300, 4])
    X = np.vstack([X, np.repeat(X[y == 1], copies - 1, axis=0)])
    y = np.append(y, np.ones(4 * (copies - 1), int))
    X_out, _, sampler = resample(X, y)
    check_parents(X, y, sampler, 5)
    base, partner = sampler.parents_.T
    assert (base != partner).all()
    is_copy = (X[base] == X[partner]).all(axis=1)
    # Of five neighbours, the copies come first.
    expected = min(copies - 1, 5) / 5
    assert abs(is_copy.mean() - expected) < 0.15
    np.testing.assert_array_equal(X_out[len(X) :][is_copy], X[base[is_copy]])


def test_class_of_equal_rows_gets_equal_rows() -> None:
    X, y = make_table(counts=[50, 10])
    X[y == 1] = 0.1
    X_out, _, _ = resample(X, y)
    assert (X_out[len(X) :] == 0.1).all()


def test_search_object_gives_the_same_rows() -> None:
    X, y = make_table()
    expected, _, _ = resample(X, y, k_neighbors=4)
    for algorithm in ("brute", "kd_tree", "ball_tree"):
        search = NearestNeighbors(n_neighbors=5, algorithm=algorithm)
        found, _, _ = resample(X, y, k_neighbors=search)
        np.testing.assert_array_equal(found, expected)
        assert not hasattr(search, "n_samples_fit_")


def test_search_object_may_use_another_metric() -> None:
    X, y = make_table(2)
    X[:, 1] *= 1e-6
    search = NearestNeighbors(n_neighbors=3, metric="chebyshev")
    _, _, sampler = resample(X, y, k_neighbors=search)
    check_parents(X[:, :1], y, sampler, 2)


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
def test_search_object_may_find_the_row_anywhere(algorithm: str) -> None:
    X, y = make_table(counts=[200, 3])
    X = np.vstack([X, np.tile(X[y == 1], (9, 1))])
    y = np.append(y, np.ones(27, int))
    search = NearestNeighbors(n_neighbors=4, algorithm=algorithm)
    _, y_out, sampler = resample(X, y, k_neighbors=search)
    base, partner = sampler.parents_.T
    assert np.bincount(y_out).tolist() == [200, 200]
    assert (base != partner).all()
    np.testing.assert_array_equal(X[base], X[partner])


def test_search_object_with_shrinking() -> None:
    X, y = make_table(counts=[40, 3])
    search = NearestNeighbors(n_neighbors=6)
    _, _, sampler = resample(X, y, k_neighbors=search, small_class="shrink")
    check_parents(X, y, sampler, 2)


# Missing values


def test_new_rows_miss_what_their_base_misses() -> None:
    X, y = make_table(4)
    X[np.random.RandomState(0).uniform(size=X.shape) < 0.2] = np.nan
    X_out, _, sampler = resample(X, y)
    new = X_out[len(X) :]
    base, partner = (X[sampler.parents_[:, p]] for p in (0, 1))
    np.testing.assert_array_equal(np.isnan(new), np.isnan(base))
    # Where only the partner misses a value, the base's is taken.
    alone = np.isnan(partner) & ~np.isnan(base)
    assert alone.sum() > 10
    np.testing.assert_array_equal(new[alone], base[alone])
    both = ~np.isnan(partner) & ~np.isnan(base)
    share = np.broadcast_to(sampler.parent_weights_[:, 1:], new.shape)[both]
    mixed = (1 - share) * base[both] + share * partner[both]
    np.testing.assert_allclose(new[both], mixed, rtol=1e-12, atol=1e-15)
    assert X_out[: len(X)].tobytes() == X.tobytes()


def test_pattern_of_missing_values_is_kept_in_proportion() -> None:
    X, y = make_table(2, [500, 50])
    X[np.flatnonzero(y == 1)[:20], 0] = np.nan
    X_out, _, _ = resample(X, y)
    assert np.isnan(X_out[len(X) :, 0]).mean() == 0.4


def test_rows_and_columns_without_any_value_are_no_obstacle() -> None:
    X, y = make_table()
    X[:, 2] = np.nan
    X[np.flatnonzero(y == 1)[:8]] = np.nan
    X_out, y_out, _ = resample(X, y)
    assert np.bincount(y_out).tolist() == [60, 60, 60]
    assert np.isnan(X_out[:, 2]).all()


# Integers


def test_integers_are_rounded_half_to_even_between_the_parents() -> None:
    X, y = make_table(5)
    X = np.round(X * 4).astype(np.int32)
    X_out, _, sampler = resample(X, y)
    mixed, low, high = between(X, sampler.parents_, sampler.parent_weights_)
    new = X_out[len(X) :]
    assert X_out.dtype == np.int32
    # A product within rounding of a half may go either way.
    clear = np.abs(mixed - np.floor(mixed) - 0.5) > 1e-9
    np.testing.assert_array_equal(new[clear], np.rint(mixed)[clear])
    assert ((low <= new) & (new <= high)).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_integers_are_not_pulled_towards_zero(sign: int) -> None:
    X, y = make_table(1, [20_010, 10])
    X = sign * np.random.RandomState(0).randint(0, 10, size=(y.size, 1))
    X_out, _, sampler = resample(X, y)
    mixed, *_ = between(X, sampler.parents_, sampler.parent_weights_)
    error = X_out[len(X) :] - mixed
    assert np.abs(error).max() <= 0.5
    # Truncation would be off by half a unit on average.
    assert abs(error.mean()) < 0.02


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint8, np.uint16, np.int64])
def test_extreme_integers_do_not_overflow(dtype: type) -> None:
    limits = np.iinfo(np.int16 if dtype == np.int64 else dtype)
    X, y = make_table(2, [400, 12])
    X = np.where(X > 0.5, limits.max, limits.min).astype(dtype)
    X_out, _, sampler = resample(X, y)
    assert X_out.dtype == dtype
    mixed, low, high = between(X, sampler.parents_, sampler.parent_weights_)
    new = X_out[len(X) :].astype(float)
    assert ((low <= new) & (new <= high)).all()
    np.testing.assert_allclose(new, mixed, atol=0.5 + 1e-9)
    assert len(np.unique(new)) > 10


def test_booleans_stay_booleans() -> None:
    X, y = make_table(4)
    X = X > 0.5
    X_out, _, sampler = resample(X, y)
    assert X_out.dtype == bool
    base, partner = (X[sampler.parents_[:, p]] for p in (0, 1))
    nearer = np.where(sampler.parent_weights_[:, 1:] > 0.5, partner, base)
    np.testing.assert_array_equal(X_out[len(X) :], nearer)


def test_largest_exact_integers_are_kept() -> None:
    X, y = make_table(1, [30, 10])
    X = 2**53 - np.random.RandomState(0).randint(0, 9, (40, 1))
    X_out, _, sampler = resample(X, y)
    _, low, high = between(X, sampler.parents_, sampler.parent_weights_)
    np.testing.assert_array_equal(X_out[:40], X)
    assert ((low <= X_out[40:]) & (X_out[40:] <= high)).all()


# Extremes


# scikit-learn's test for finite numbers sums them, and infinities may meet there.
largest = pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")


@largest
@pytest.mark.parametrize("size", [1.7e308, 1e-310, 5e-324])
def test_extreme_floats_stay_finite(size: float) -> None:
    X, y = make_table(2, [50, 12])
    X = np.where(X > 0.5, size, -size)
    X_out, _, sampler = resample(X, y)
    _, low, high = between(X, sampler.parents_, np.ones((38, 2)) / 2)
    new = X_out[len(X) :]
    assert np.isfinite(new).all()
    assert ((low <= new) & (new <= high)).all()


@largest
def test_float32_extremes_stay_finite() -> None:
    X, y = make_table(2, [50, 12])
    X = np.where(X > 0.5, 3.4e38, -3.4e38).astype(np.float32)
    X_out, _, _ = resample(X, y)
    assert X_out.dtype == np.float32
    assert np.isfinite(X_out).all()


def test_half_precision_is_given_back() -> None:
    X, y = make_table()
    X_out, _, sampler = resample(X.astype(np.float16), y)
    _, low, high = between(X.astype(np.float16), sampler.parents_, np.ones((66, 2)))
    assert X_out.dtype == np.float16
    assert ((low <= X_out[len(X) :]) & (X_out[len(X) :] <= high)).all()


# Compiled and plain

SCRIPT = """
import sys
import numpy as np
from scipy import sparse
from skx.resampling import SMOTE

generator = np.random.RandomState(0)
X = generator.normal(size=(60, 3))
y = np.repeat([0, 1], [42, 18])
X_missing = np.where(generator.uniform(size=X.shape) < 0.2, np.nan, X)
X_sparse = sparse.csr_array(np.maximum(X, 0))
for table in (X, X_missing, X.astype(np.float32), (X * 9).astype(int), X_sparse):
    out = SMOTE(random_state=3).fit_resample(table, y)[0]
    if sparse.issparse(out):
        print(out.indices.tolist(), out.indptr.tolist())
        out = out.data
    print(out.dtype, out.tobytes().hex())
weights = generator.uniform(size=60)
sampler = SMOTE(random_state=3)
print(sampler.fit_resample(X, y, sample_weight=weights)[2].tobytes().hex())
print(sampler.parents_.tolist())
"""


@pytest.mark.slow
def test_compiled_and_plain_python_agree_to_the_last_bit() -> None:
    outputs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "NUMBA_DISABLE_JIT": disable},
        ).stdout
        for disable in "01"
    ]
    assert outputs[0] == outputs[1]
    assert outputs[0].count("float64") == 3


# Properties

# Ties are likely, and no square vanishes beside that of another number.
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


@given(problems(), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_any_table_keeps_the_promises(
    problem: tuple[np.ndarray, np.ndarray], k: int, seed: int
) -> None:
    X, y = problem
    sampler = SMOTE(k_neighbors=k, small_class="shrink", random_state=seed)
    X_out, y_out = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(X_out[: len(X)], X)
    assert len(set(np.bincount(y_out))) == 1
    mixed, low, high = between(X, sampler.parents_, sampler.parent_weights_)
    new = X_out[len(X) :]
    assert ((low <= new) & (new <= high)).all()
    np.testing.assert_allclose(new, mixed, rtol=1e-12, atol=1e-9)
    sizes = np.bincount(y)
    for base, partner in sampler.parents_:
        others = np.flatnonzero((y == y[base]) & (np.arange(y.size) != base))
        distances = np.zeros(others.size)
        for j in range(X.shape[1]):
            distances += (X[others, j] - X[base, j]) ** 2
        nearest = others[np.lexsort((others, distances))]
        assert partner in nearest[: min(k, sizes[y[base]] - 1)]
    uses = np.bincount(sampler.parents_[:, 0], minlength=y.size)
    assert all(np.ptp(uses[y == label]) <= 1 for label in range(sizes.size))


@given(problems(), st.integers(0, 2**32 - 1))
def test_any_table_of_integers_stays_between_the_parents(
    problem: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    X, y = np.round(problem[0]).astype(np.int64), problem[1]
    sampler = SMOTE(k_neighbors=2, small_class="shrink", random_state=seed)
    X_out, _ = sampler.fit_resample(X, y)
    mixed, low, high = between(X, sampler.parents_, sampler.parent_weights_)
    new = X_out[len(X) :]
    assert ((low <= new) & (new <= high)).all()
    assert (np.abs(new - mixed) <= 0.5 + 1e-9).all()


@given(problems(), st.integers(0, 2**32 - 1))
def test_any_table_is_the_same_sparse_and_dense(
    problem: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    X, y = problem
    X[np.abs(X) < 2] = 0
    sampler = SMOTE(k_neighbors=2, small_class="shrink", random_state=seed)
    dense, _ = sampler.fit_resample(X, y)
    parents = sampler.parents_
    rows, _ = sampler.fit_resample(sparse.csr_array(X), y)
    np.testing.assert_array_equal(sampler.parents_, parents)
    np.testing.assert_array_equal(rows.toarray(), dense)
