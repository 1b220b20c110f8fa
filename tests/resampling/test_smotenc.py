# SPDX-License-Identifier: BSD-3-Clause
"""SMOTENC: neighbours by numbers and categories, mixed numbers, votes on categories."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn import over_sampling
from imblearn.pipeline import make_pipeline as make_imblearn_pipeline
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skx._neighbors import _kernels as neighbor_kernels
from skx._neighbors import nearest_rows
from skx.resampling import SMOTE, SMOTENC, ResampledClassifier
from skx.resampling import _kernels as kernels
from skx.resampling._base import ClassDraw
from skx.resampling._categorical import median_deviation

VECTORS = Path(__file__).parents[1] / "vectors" / "resampling_categorical.npz"
COUNTS = [60, 23, 31]


def make_table(
    n_numeric: int = 2,
    levels: tuple[int, ...] = (3, 5),
    counts: list[int] = COUNTS,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian numbers, then categories as numbers 0, 1, ..., which favour a level."""
    generator = np.random.RandomState(seed)
    y = generator.permutation(np.repeat(np.arange(len(counts)), counts))
    X = generator.normal(size=(y.size, n_numeric)) + y[:, np.newaxis]
    codes = [
        np.where(generator.uniform(size=y.size) < 0.4, y % k, generator.randint(k))
        for k in levels
    ]
    for column, k in zip(codes, levels, strict=True):
        other = generator.uniform(size=y.size) < 0.5
        column[other] = generator.randint(0, k, other.sum())
    return np.column_stack([X, *codes]), y


def resample(
    X: Any, y: np.ndarray, n_categorical: int = 2, **parameters: Any
) -> tuple[Any, np.ndarray, SMOTENC]:
    where = list(range(-n_categorical, 0))
    defaults = {"categorical_features": where, "random_state": 0}
    sampler = SMOTENC(**(defaults | parameters))
    return *sampler.fit_resample(X, y), sampler


def ranking(numbers: np.ndarray, codes: np.ndarray, rows: np.ndarray) -> dict:
    """All other rows of the class, nearest first, for each of its rows."""
    spread = float(np.median(numbers[rows].std(axis=0)))
    found = {}
    for base in rows:
        total = np.zeros(rows.size)
        for j in range(numbers.shape[1]):
            total += (numbers[rows, j] - numbers[base, j]) ** 2
        count = (codes[rows] != codes[base]).sum(axis=1)
        keys = (rows, total + spread**2 * count) if spread else (rows, count, total)
        order = rows[np.lexsort(keys)]
        found[base] = order[order != base]
    return found


def tally(votes: list) -> set:
    """The most frequent of some votes."""
    counts = Counter(votes)
    return {vote for vote, count in counts.items() if count == max(counts.values())}


def check_rows(
    X: np.ndarray, y: np.ndarray, n_categorical: int, k: int, sampler: SMOTENC,
    X_out: np.ndarray,
) -> None:  # fmt: skip
    """Partners are among the k nearest, categories win among the k nearest."""
    numbers, codes = X[:, :-n_categorical], X[:, -n_categorical:]
    np.testing.assert_array_equal(X_out[: len(X)], X)
    new = X_out[len(X) :]
    shares = sampler.parent_weights_[:, :, np.newaxis]
    mixed = (shares * numbers[sampler.parents_]).sum(axis=1)
    np.testing.assert_allclose(new[:, :-n_categorical], mixed, rtol=0, atol=1e-12)
    orders = {}
    for label in sampler.sampling_strategy_:
        orders |= ranking(numbers, codes, np.flatnonzero(y == label))
    for (base, partner), row in zip(sampler.parents_, new, strict=True):
        nearest = orders[base][:k]
        assert partner in nearest
        for j in range(-n_categorical, 0):
            assert row[j] in tally(X[nearest, j].tolist())


# Distances


def test_distances_of_the_paper() -> None:
    numbers = np.array([[1.0, 2, 3], [4, 6, 5], [3, 5, 6]])
    codes = np.array([[0, 1, 2], [0, 3, 4], [0, 1, 5]], np.int32)  # ABC, ADE, ABK
    penalty = median_deviation(numbers) ** 2
    out = np.empty((1, 2), np.int64)
    distances = neighbor_kernels.rank_candidates(
        numbers, codes, penalty, np.array([0]), np.array([[1, 2]]), out
    )
    assert out.tolist() == [[2, 1]]
    assert distances.tolist() == [[22 + penalty, 29 + 2 * penalty]]


def test_constants_and_neighbours_equal_the_stored_ones() -> None:
    with np.load(VECTORS) as vectors:
        X = np.hstack([vectors["nc_X"], vectors["nc_C"]])
        y, expected = vectors["nc_y"], vectors["nc_knn5"]
        spread = vectors["nc_median_std"]
    _, _, sampler = resample(X, y, 3, sampling_strategy={1: 3000})
    assert list(sampler.median_std_) == [1]
    np.testing.assert_allclose(sampler.median_std_[1], spread[0], rtol=1e-10)
    rows = np.flatnonzero(y == 1)
    found = nearest_rows(
        X[:, :-3],
        5,
        queries=rows,
        among=rows,
        codes=X[:, -3:].astype(np.int32),
        mismatch=sampler.median_std_[1],
    )
    np.testing.assert_array_equal(found, expected)
    pairs = {(base, p) for base, near in zip(rows, found, strict=True) for p in near}
    assert set(map(tuple, sampler.parents_)) == pairs


def test_constant_of_each_class_is_the_peers() -> None:
    X, y = make_table()
    _, _, sampler = resample(X, y)
    peer = over_sampling.SMOTENC(categorical_features=[2, 3], random_state=0)
    peer.fit_resample(X, y)
    assert sampler.median_std_.keys() == peer.median_std_.keys()
    for label, spread in peer.median_std_.items():
        np.testing.assert_allclose(sampler.median_std_[label], spread, rtol=1e-12)


def test_distance_of_categories_is_the_median_deviation() -> None:
    X = np.random.RandomState(0).normal(size=(50, 4)) * [1, 5, 3, 100]
    expected = np.median(X.std(axis=0))
    assert median_deviation(X) == pytest.approx(expected, rel=1e-14)
    assert median_deviation(np.asfortranarray(X)) == median_deviation(X)
    assert median_deviation(X.astype(np.float32)) == pytest.approx(expected, rel=1e-6)
    for scale in (2.0**1000, 2.0**-1000):
        assert median_deviation(X * scale) == median_deviation(X) * scale
    assert median_deviation(X + 1e9) == pytest.approx(expected, rel=1e-5)
    assert median_deviation(np.array([[1.0, 7], [3, 7]])) == 0.5
    assert median_deviation(np.full((5, 3), 0.1)) == 0


def test_missing_values_are_left_out_of_the_deviation() -> None:
    X = np.random.RandomState(0).normal(size=(50, 3)) * [1, 5, 3]
    X[::3, 0] = X[1::7, 2] = np.nan
    expected = np.median(np.nanstd(X, axis=0))
    assert median_deviation(X) == pytest.approx(expected, rel=1e-14)
    X[:, 2] = np.nan  # no value at all
    expected = np.mean(np.nanstd(X[:, :2], axis=0))
    assert median_deviation(X) == pytest.approx(expected, rel=1e-14)
    assert median_deviation(np.full((4, 2), np.nan)) == 0


def test_distance_of_categories_is_no_integer_where_numbers_are() -> None:
    # A deviation below 1 must not become 0: the rows of a category are 1 apart.
    X = np.column_stack([np.tile([0, 1], 10), np.repeat([0, 1], 10)])
    X = np.vstack([X, np.zeros((30, 2), int)])
    y = np.repeat([1, 0], [20, 30])
    _, _, sampler = resample(X, y, 1, k_neighbors=4)
    assert sampler.median_std_[1] == 0.5
    base, partner = sampler.parents_.T
    assert (X[base] == X[partner]).all()


# Rows


@pytest.mark.parametrize("k", [1, 2, 5, 22])
def test_rows_have_a_neighbour_and_the_votes_of_all(k: int) -> None:
    X, y = make_table()
    X_out, y_out, sampler = resample(X, y, k_neighbors=k)
    assert np.bincount(y_out).tolist() == [60] * 3
    check_rows(X, y, 2, k, sampler, X_out)


@pytest.mark.parametrize(
    "levels", [(2,), (2, 2, 2, 2), (400, 7)], ids=["one", "binary", "many levels"]
)
def test_numbers_of_columns_and_levels(levels: tuple[int, ...]) -> None:
    X, y = make_table(1, levels)
    n = len(levels)
    X_out, _, sampler = resample(X, y, n)
    check_rows(X, y, n, 5, sampler, X_out)


def test_duplicates_and_ties_are_settled_by_row() -> None:
    X, y = make_table()
    X = np.vstack([np.round(X)] * 3)
    y = np.tile(y, 3)
    X_out, _, sampler = resample(X, y)
    check_rows(X, y, 2, 5, sampler, X_out)
    assert (sampler.parents_[:, 0] != sampler.parents_[:, 1]).all()


def test_constant_numbers_leave_the_order_to_the_categories() -> None:
    X, y = make_table(levels=(2, 3, 3))
    X[:, :2] = 7.0
    X_out, _, sampler = resample(X, y, 3)
    assert sampler.median_std_ == {1: 0.0, 2: 0.0}
    check_rows(X, y, 3, 5, sampler, X_out)
    # Half of the columns are constant, so the median is 0 but distances are not.
    X, y = make_table(3, (2, 3, 3))
    X[:, :2] = 7.0
    X_out, _, sampler = resample(X, y, 3)
    assert sampler.median_std_ == {1: 0.0, 2: 0.0}
    numbers, codes = X[:, :3], X[:, 3:]
    for base, partner in sampler.parents_:
        rows = np.flatnonzero(y == y[base])
        count = (codes[rows] != codes[base]).sum(axis=1)
        order = rows[
            np.lexsort((rows, count, abs(numbers[rows, 2] - numbers[base, 2])))
        ]
        assert partner in order[order != base][:5]


def test_missing_numbers_are_those_of_the_base() -> None:
    X, y = make_table(3)
    X[np.random.RandomState(1).uniform(size=X.shape) < 0.2] = np.nan
    X_out, _, sampler = resample(X, y)
    base, partner = (X[sampler.parents_[:, p], :3] for p in (0, 1))
    new = X_out[len(X) :]
    np.testing.assert_array_equal(np.isnan(new[:, :3]), np.isnan(base))
    alone = ~np.isnan(base) & np.isnan(partner)
    assert alone.any()
    np.testing.assert_array_equal(new[:, :3][alone], base[alone])
    # A missing category is one like the others.
    as_level = X.copy()
    as_level[:, 3:][np.isnan(X[:, 3:])] = 99
    expected, _, other = resample(as_level, y)
    np.testing.assert_array_equal(other.parents_, sampler.parents_)
    levels = expected[len(X) :, 3:]
    levels[levels == 99] = np.nan
    np.testing.assert_array_equal(new[:, 3:], levels)
    assert np.isnan(levels).any()


def test_rows_without_numbers_find_those_of_their_categories() -> None:
    X, y = make_table(1, (4, 4, 4))
    y[:] = 0
    y[:40] = 1
    X[:40:4, 0] = np.nan
    _, _, sampler = resample(X, y, 3)
    codes, gaps = X[:, 1:], np.isnan(X[:, 0])
    for base, partner in sampler.parents_[gaps[sampler.parents_[:, 0]]]:
        others = np.delete(np.arange(40), base)
        count = (codes[others] != codes[base]).sum(axis=1)
        assert partner in others[np.lexsort((others, count))][:5]


def test_integers_are_rounded() -> None:
    X, y = make_table()
    X = np.round(X * 10).astype(np.int16)
    X_out, _, sampler = resample(X, y)
    assert X_out.dtype == np.int16
    shares = sampler.parent_weights_[:, :, np.newaxis]
    mixed = (shares * X[sampler.parents_][:, :, :2]).sum(axis=1)
    np.testing.assert_array_equal(X_out[len(X) :, :2], np.rint(mixed))


def test_single_precision_has_the_parents_of_double() -> None:
    X, y = make_table()
    X = X.astype(np.float32)
    X_32, _, single = resample(X, y)
    X_64, _, double = resample(X.astype(np.float64), y)
    assert X_32.dtype == np.float32
    np.testing.assert_array_equal(single.parents_, double.parents_)
    np.testing.assert_array_equal(X_32[:, 2:], X_64[:, 2:])
    np.testing.assert_allclose(X_32, X_64, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("scale", [1e300, 1e-300])
def test_numbers_of_any_size(scale: float) -> None:
    X, y = make_table()
    _, _, sampler = resample(X, y)
    _, _, scaled = resample(X * [scale, scale, 1, 1], y)
    np.testing.assert_array_equal(scaled.parents_, sampler.parents_)


# Votes


def draws(seed: int = 0) -> ClassDraw:
    return ClassDraw(np.uint64(seed), 1)


def votes_of(codes: np.ndarray, voters: np.ndarray) -> list[list[list[int]]]:
    """For each group of voters and each column, what they vote."""
    return [
        [[codes[row, j] for row in rows if row >= 0] for j in range(codes.shape[1])]
        for rows in voters
    ]


@pytest.mark.parametrize("k", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("n_levels", [2, 5, 1000])
@pytest.mark.parametrize("keep_first", [False, True])
def test_votes_equal_a_tally(k: int, n_levels: int, keep_first: bool) -> None:
    generator = np.random.RandomState(k)
    codes = generator.randint(0, n_levels, (60, 3)).astype(np.int32)
    voters = generator.randint(0, 60, (30, k))
    voters[generator.uniform(size=voters.shape) < 0.1] = -1
    voters[:, 0] = abs(voters[:, 0])
    position = generator.randint(0, 30, 200)
    out = draws().vote(3, codes, voters, position, keep_first=keep_first)
    assert out.dtype == np.int32
    expected = votes_of(codes, voters)
    for s, place in enumerate(position):
        for j, votes in enumerate(expected[place]):
            winners = tally(votes)
            assert out[s, j] in winners
            if keep_first and votes[0] in winners:
                assert out[s, j] == votes[0]


def test_equally_frequent_categories_win_equally_often() -> None:
    codes = np.array([[4, 0], [4, 1], [7, 2], [7, 1], [2, 2]], np.int32)
    voters = np.array([[0, 1, 2, 3, 4]])
    out = draws().vote(3, codes, voters, np.zeros(20_000, np.int64))
    for column, winners in zip(out.T, ([4, 7], [1, 2]), strict=True):
        levels, counts = np.unique(column, return_counts=True)
        assert levels.tolist() == winners
        assert stats.chisquare(counts).pvalue > 1e-3
    both = np.bincount(2 * (out[:, 0] == 4) + (out[:, 1] == 1))
    assert stats.chisquare(both).pvalue > 1e-3  # columns are drawn independently
    five = np.arange(5, dtype=np.int32)[:, np.newaxis]
    out = draws().vote(3, five, voters, np.zeros(20_000, np.int64))
    assert stats.chisquare(np.bincount(out[:, 0])).pvalue > 1e-3


def test_votes_start_from_a_clean_table() -> None:
    # What one new row counted must be forgotten by the next.
    codes = np.array([[0], [0], [0], [1]], np.int32)
    voters = np.array([[0, 1, 2], [3, -1, -1]])
    out = draws().vote(3, codes, voters, np.array([0, 1, 0, 1]))
    assert out[:, 0].tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_threads_do_not_change_votes(n_jobs: int) -> None:
    generator = np.random.RandomState(0)
    codes = generator.randint(0, 3, (50, 2)).astype(np.int32)
    voters = generator.randint(0, 50, (20, 4))
    position = generator.randint(0, 20, 20_001)
    one = draws().vote(3, codes, voters, position)
    many = draws().vote(3, codes, voters, position, n_jobs=n_jobs)
    np.testing.assert_array_equal(many, one)


def test_the_base_has_no_vote() -> None:
    # Each row of the class has a category of its own, but for those of one.
    X = np.column_stack([np.arange(6.0), [1, 0, 0, 0, 0, 1]])
    X = np.vstack([X, np.zeros((20, 2))])
    y = np.repeat([1, 0], [6, 20])
    X_out, _, sampler = resample(X, y, 1, k_neighbors=5)
    bases = sampler.parents_[:, 0]
    # Five others: of four or five zeros the zeros win, also against a base of 1.
    assert set(bases) == set(range(6))
    assert (X_out[len(X) :, 1] == 0).all()


# What must change nothing


def test_without_categories_it_is_smote() -> None:
    X, y = make_table(4, ())
    holes = np.where(X > 2, np.nan, X)
    weights = np.random.RandomState(0).randint(0, 3, y.size)
    names = ["a", "b", "c", "d"]
    for table in (
        X,
        np.round(X).astype(int),
        X.astype(np.float32),
        holes,
        X.tolist(),
        sparse.csr_array(np.maximum(X, 0)),
        pd.DataFrame(X, columns=names),
        pl.DataFrame(X, schema=names),
    ):
        expected = SMOTE(random_state=0)
        wanted = expected.fit_resample(table, y, sample_weight=weights)
        for choice in ("auto", []):
            sampler = SMOTENC(random_state=0, categorical_features=choice)
            found = sampler.fit_resample(table, y, sample_weight=weights)
            np.testing.assert_array_equal(sampler.parents_, expected.parents_)
            np.testing.assert_array_equal(
                sampler.parent_weights_, expected.parent_weights_
            )
            for one, other in zip(found, wanted, strict=True):
                assert type(one) is type(other)
                if sparse.issparse(one):
                    one, other = one.toarray(), other.toarray()
                np.testing.assert_array_equal(one, other)
            assert sampler.median_std_ == {}
            assert sampler.categorical_features_.tolist() == []


def test_names_of_categories_change_nothing() -> None:
    X, y = make_table()
    expected, _, sampler = resample(X, y)
    renamed = X.copy()
    renamed[:, 2] = [-3.5, 100, 7][::-1] @ (X[:, 2] == [[0], [1], [2]])
    out, _, other = resample(renamed, y)
    np.testing.assert_array_equal(other.parents_, sampler.parents_)
    np.testing.assert_array_equal(out[:, [0, 1, 3]], expected[:, [0, 1, 3]])


def test_places_of_categories_among_numbers_change_nothing() -> None:
    X, y = make_table()
    expected, _, _ = resample(X, y)
    order = [2, 0, 3, 1]
    out, _, sampler = resample(X[:, order], y, categorical_features=[0, 2])
    np.testing.assert_array_equal(out, expected[:, order])
    assert sampler.categorical_features_.tolist() == [0, 2]


@pytest.mark.slow  # without compilation
@pytest.mark.parametrize("n_jobs", [2, -1])
@pytest.mark.parametrize("missing", [False, True])
def test_number_of_threads_changes_nothing(n_jobs: int, missing: bool) -> None:
    # Beyond 20 000 new rows and 256 queries, threads really start.
    X, y = make_table(counts=[25_000, 400])
    if missing:
        X[::3, 0] = np.nan
    one, _, _ = resample(X, y)
    many, _, _ = resample(X, y, n_jobs=n_jobs)
    np.testing.assert_array_equal(many, one)


def test_classes_have_their_own_draws() -> None:
    half, _ = make_table(counts=[20])
    moved = half + np.array([64, 64, 0, 0])
    X = np.vstack([make_table(counts=[60], seed=1)[0], half, moved])
    _, _, sampler = resample(X, np.repeat([0, 1, 2], [60, 20, 20]))
    first, second = np.split(sampler.parent_weights_[:, 1], 2)
    assert not np.isin(first, second).any()


def test_seeds() -> None:
    X, y = make_table()
    first, _, _ = resample(X, y)
    again, _, _ = resample(X, y)
    other, _, _ = resample(X, y, random_state=1)
    np.testing.assert_array_equal(first, again)
    assert (first[len(X) :] != other[len(X) :]).any()


def test_compiled_and_plain_votes_agree() -> None:
    plain = getattr(kernels.vote_codes, "py_func", kernels.vote_codes)
    generator = np.random.RandomState(0)
    codes = generator.randint(0, 3, (30, 2)).astype(np.int32)
    voters = generator.randint(0, 30, (20, 4))
    position = generator.randint(0, 20, 100)
    outs = np.empty((2, 100, 2), np.int32)
    for vote, out in zip((kernels.vote_codes, plain), outs, strict=True):
        with np.errstate(over="ignore"):
            vote(codes, 3, voters, position, 5, np.uint64(9), 1, 3, False, out)
    np.testing.assert_array_equal(*outs)


# Weights, small classes, parameters


def test_rows_of_weight_zero_are_as_good_as_removed() -> None:
    X, y = make_table()
    weights = np.random.RandomState(1).uniform(0.5, 2, size=y.size)
    weights[::4] = 0
    X[::4, 0] = 1e6
    kept = weights > 0
    out = SMOTENC(random_state=0, categorical_features=[2, 3])
    X_out, _, w_out = out.fit_resample(X, y, sample_weight=weights)
    fewer = SMOTENC(
        random_state=0,
        categorical_features=[2, 3],
        sampling_strategy={
            c: n + (y[kept] == c).sum() for c, n in out.sampling_strategy_.items()
        },
    )
    X_few, _, w_few = fewer.fit_resample(X[kept], y[kept], sample_weight=weights[kept])
    np.testing.assert_array_equal(X_out[len(X) :], X_few[kept.sum() :])
    np.testing.assert_array_equal(w_out[len(X) :], w_few[kept.sum() :])
    assert out.median_std_ == fewer.median_std_
    mixed = (out.parent_weights_ * weights[out.parents_]).sum(axis=1)
    np.testing.assert_allclose(w_out[len(X) :], mixed, rtol=1e-14)


def test_small_classes_raise_or_shrink() -> None:
    X, y = make_table(counts=[30, 4])
    message = r"Class 1 has 4 samples, fewer than k_neighbors \+ 1 = 6; lower k_neigh"
    with pytest.raises(ValueError, match=message):
        resample(X, y)
    X_out, y_out, sampler = resample(X, y, small_class="shrink")
    assert np.bincount(y_out).tolist() == [30, 30]
    check_rows(X, y, 2, 3, sampler, X_out)
    X, y = make_table(counts=[30, 1])
    with pytest.raises(ValueError, match=r"Class 1 has 1 sample.*but SMOTENC draws"):
        resample(X, y, small_class="shrink")


def test_searches_of_others_are_refused() -> None:
    from sklearn.neighbors import NearestNeighbors

    X, y = make_table()
    message = "'k_neighbors' parameter of SMOTENC must be an int in the range"
    with pytest.raises(ValueError, match=message):
        resample(X, y, k_neighbors=NearestNeighbors(n_neighbors=4))


def test_clone_keeps_parameters_and_a_second_fit_forgets_the_first() -> None:
    X, y = make_table()
    sampler = clone(SMOTENC(categorical_features=[2, 3], k_neighbors=3, n_jobs=2))
    assert sampler.get_params()["categorical_features"] == [2, 3]
    sampler.fit_resample(X, y)
    sampler.fit_resample(X[y < 2], y[y < 2])
    assert list(sampler.median_std_) == [1]


# With others


def frame_problem() -> tuple[pd.DataFrame, np.ndarray]:
    X, y = make_table(counts=[120, 40], levels=(3, 4))
    names = np.array(["red", "green", "blue", "grey"])
    frame = pd.DataFrame({"x": X[:, 0], "y": X[:, 1]})
    frame["colour"] = pd.Categorical(names[X[:, 2].astype(int)])
    frame["city"] = names[X[:, 3].astype(int)]
    return frame, y


def test_it_works_inside_a_resampled_classifier() -> None:
    frame, y = frame_problem()
    columns = make_column_transformer(
        (StandardScaler(), ["x", "y"]),
        (OneHotEncoder(handle_unknown="ignore"), ["colour", "city"]),
    )
    model = ResampledClassifier(
        make_pipeline(columns, LogisticRegression()),
        sampler=SMOTENC(),
        random_state=0,
    )
    search = GridSearchCV(model, {"sampler__k_neighbors": [3, 5]}, cv=3)
    search.fit(frame, y)
    assert search.best_score_ > 0.7
    assert search.best_estimator_.sampler_.median_std_.keys() == {1}
    assert cross_val_score(model, frame, y, scoring="roc_auc").mean() > 0.8


def test_it_works_inside_a_pipeline_of_imbalanced_learn() -> None:
    frame, y = frame_problem()
    encoder = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["colour", "city"]),
        remainder="passthrough",
    )
    model = make_imblearn_pipeline(
        SMOTENC(random_state=0), encoder, LogisticRegression(max_iter=1000)
    )
    assert model.fit(frame, y).score(frame, y) > 0.7


# Properties


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    counts = draw(st.lists(st.integers(2, 9), min_size=2, max_size=3))
    n = sum(counts)
    rows = draw(
        st.lists(
            st.tuples(st.integers(-3, 3), st.integers(0, 2), st.integers(0, 2)),
            min_size=n,
            max_size=n,
        )
    )
    y = np.array(draw(st.permutations(np.repeat(np.arange(len(counts)), counts))))
    return np.array(rows, float), y


@given(problems(), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_any_table_keeps_the_promises(
    problem: tuple[np.ndarray, np.ndarray], k: int, seed: int
) -> None:
    X, y = problem
    sampler = SMOTENC(
        categorical_features=[1, 2],
        k_neighbors=k,
        small_class="shrink",
        random_state=seed,
    )
    X_out, y_out = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(X_out[: len(X)], X)
    assert len(set(np.bincount(y_out))) == 1
    sizes = np.bincount(y)
    for (base, partner), row in zip(sampler.parents_, X_out[len(X) :], strict=True):
        assert y[base] == y[partner]
        rows = np.flatnonzero(y == y[base])
        near = ranking(X[:, :1], X[:, 1:], rows)[base][: min(k, sizes[y[base]] - 1)]
        assert partner in near
        assert row[1] in tally(X[near, 1].tolist())
        assert row[2] in tally(X[near, 2].tolist())
