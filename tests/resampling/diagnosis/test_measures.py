# SPDX-License-Identifier: BSD-3-Clause
"""The measures of diagnose, each against a computation of another kind."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.spatial.distance import cdist
from scipy.stats import chi2_contingency, ks_2samp

from skx.resampling._diagnosis._measures import (
    Space,
    closest_distances,
    compare_columns,
    correlation_difference,
    discriminator_auc,
    distances_to_others,
    foreign_share,
)

NAN = np.nan
NUMBER, CATEGORY = np.array([False]), np.array([True])


def no_rows(n_columns):
    return np.empty((0, n_columns))


def squared_distances(points):
    points = points.toarray() if sparse.issparse(points) else points
    return cdist(points, points, "sqeuclidean")


# Distances


def test_numbers_are_measured_in_standard_deviations():
    X = np.random.default_rng(0).normal(size=(30, 3)) * [1, 100, 1e-3] + [0, 1e6, 5]
    space = Space(X, no_rows(3), np.zeros(3, bool))
    assert_allclose(
        squared_distances(space.place(X)), cdist(X, X, "seuclidean", V=X.var(0)) ** 2
    )
    assert_allclose(space.standardise(X), (X - X.mean(0)) / X.std(0), atol=1e-6)


@pytest.mark.parametrize(
    ("column", "is_category"),
    [
        (np.arange(12.0), NUMBER),
        (np.repeat([0.0, 1.0, 2.0], [6, 4, 2]), CATEGORY),
        (np.repeat([0.0, 1.0, NAN], [6, 4, 2]), CATEGORY),
        (np.arange(12.0), CATEGORY),
    ],
)
def test_every_column_adds_two_to_the_mean_squared_distance(column, is_category):
    X = column[:, np.newaxis]
    points = Space(X, no_rows(1), is_category).place(X)
    assert_allclose(squared_distances(points).mean(), 2.0)


def test_missing_number_is_as_far_from_the_others_as_they_are_on_average():
    X = np.append(np.arange(12.0), [NAN, NAN])[:, np.newaxis]
    squares = squared_distances(Space(X, no_rows(1), NUMBER).place(X))
    assert_allclose(squares[:12, :12].mean(), 2.0)
    assert_allclose(squares[:12, 12].mean(), 2.0)
    assert squares[12, 13] == 0.0


def test_category_of_two_values_is_as_far_as_zero_and_one_standardised():
    X = np.repeat([0.0, 1.0], [9, 3])[:, np.newaxis]
    as_category = Space(X, no_rows(1), CATEGORY).place(X)
    as_number = Space(X, no_rows(1), NUMBER).place(X)
    assert_allclose(squared_distances(as_category), squared_distances(as_number))


def test_sparse_and_dense_points_are_equally_far():
    rng = np.random.default_rng(0)
    X = np.column_stack(
        [
            rng.normal(size=60),
            rng.permutation(np.arange(60.0)),
            rng.integers(3, size=60),
        ]
    )
    X[5, 0] = X[6, 1] = NAN
    space = Space(X, no_rows(3), np.array([False, True, True]))
    points = space.place(X)
    assert sparse.issparse(points)
    expected = np.zeros((60, 60))
    z = (X[:, 0] - np.nanmean(X[:, 0])) / np.nanstd(X[:, 0])
    for i, k in np.ndindex(expected.shape):
        if np.isnan(z[i]) != np.isnan(z[k]):
            expected[i, k] = np.nansum([z[i], z[k]]) ** 2 + 1
        elif not np.isnan(z[i]):
            expected[i, k] = (z[i] - z[k]) ** 2
        for j in (1, 2):
            shares = np.unique(X[:, j], return_counts=True)[1] / 60
            if str(X[i, j]) != str(X[k, j]):
                expected[i, k] += 2 / (1 - (shares**2).sum())
    assert_allclose(squared_distances(points), expected, atol=1e-12)
    assert_allclose(
        closest_distances(points[:50], points[50:], None),
        np.sort(np.sqrt(expected[50:, :50].min(axis=1))),
    )


def test_extreme_columns_have_finite_distances():
    X = np.array([[1e300, 7.0, NAN, 1e-310], [-1e308, 7.0, NAN, 0], [0, 7.0, NAN, 0]])
    new = np.array([[1.7e308, 8.0, 3.0, 1.0]])
    space = Space(X, new, np.zeros(4, bool))
    points = np.vstack([space.place(X), space.place(new)])
    assert np.isfinite(squared_distances(points)).all()
    assert_allclose(points[:3, 1], 0)
    assert points[3, 1] == 1.0  # a column constant in X has its own unit


def test_category_that_only_others_have_is_a_category():
    X, new = np.array([[0.0], [0.0], [1.0]]), np.array([[2.0], [NAN]])
    space = Space(X, new, CATEGORY)
    points = np.vstack([space.place(X), space.place(new)])
    weight = 2 / (1 - 5 / 9)
    assert_allclose(squared_distances(points)[3], [weight, weight, weight, 0, weight])


def test_closest_distances_equal_brute_force():
    rng = np.random.default_rng(0)
    real, rows = rng.normal(size=(40, 3)), rng.normal(size=(25, 3))
    real[7] = real[3]
    expected = np.sort(cdist(rows, real).min(axis=1))
    assert_allclose(closest_distances(real, rows, None), expected)
    between = cdist(real, real) + np.diag(np.full(40, np.inf))
    assert_allclose(
        distances_to_others(real, 30, None), np.sort(between[:30].min(axis=1))
    )
    assert distances_to_others(real, 30, None)[1] == 0.0


def test_foreign_share_equals_brute_force():
    rng = np.random.default_rng(0)
    points, rows = rng.normal(size=(60, 2)), rng.normal(size=(40, 2))
    own = rng.random(60) < 0.4
    count = 0
    for distances in cdist(rows, points):
        others = list(np.argsort(distances))
        others.remove(next(i for i in others if own[i]))
        count += (~own[others[:5]]).sum() >= 3
    assert foreign_share(points, own, rows, 5, None) == count / 40


def test_copies_lie_among_another_class_as_often_as_their_originals():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(100, 2))
    own = np.arange(100) < 30
    usual = []
    for i in range(30):
        rest = np.delete(np.arange(100), i)
        near = rest[np.argsort(cdist(points[[i]], points[rest])[0])[:5]]
        usual.append((~own[near]).sum() >= 3)
    copies = np.repeat(points[:30], 3, axis=0)
    assert foreign_share(points, own, copies, 5, None) == pytest.approx(np.mean(usual))


def test_foreign_share_with_fewer_rows_than_neighbours():
    points, own = np.array([[0.0], [1.0]]), np.array([True, False])
    assert foreign_share(points, own, np.array([[0.5]]), 5, None) == 1.0


# Columns


def test_distance_of_numbers_is_that_of_the_empirical_distributions():
    rng = np.random.default_rng(0)
    real, new = rng.normal(size=(40, 1)).round(1), rng.normal(size=(70, 1)).round(1)
    found = compare_columns(real, new, NUMBER)
    grid = np.concatenate([real, new])
    gap = np.abs((grid >= real.T).mean(axis=1) - (grid >= new.T).mean(axis=1))
    assert_allclose(found.distance, gap.max())
    # The bound is a p-value of 5 % in large samples.
    n, m, t = 4000, 4000, compare_columns(real, new, NUMBER).chance_distance[0]
    t *= np.sqrt((1 / n + 1 / m) / (1 / 40 + 1 / 70))
    shifted = np.arange(n) / n + t
    assert ks_2samp(np.arange(n) / n, shifted).pvalue == pytest.approx(0.05, rel=0.05)


def test_distance_of_categories_is_half_the_sum_of_differences():
    real = np.array([0.0, 0, 0, 1, 2, NAN, 0, 0, 0, 1])[:, np.newaxis]
    new = np.array([0.0, 3, 1, NAN, NAN])[:, np.newaxis]
    found = compare_columns(real, new, CATEGORY)
    differences = [0.6 - 0.2, 0.2 - 0.2, 0.1, 0.2, 0.4 - 0.1]
    assert_allclose(found.distance, sum(differences) / 2)
    assert_allclose(found.missing_difference, 0.4 - 0.1)
    # One of three values is new; one of nine is in no other real row.
    assert_allclose(found.new_values, 1 / 3 - 1 / 9)
    assert np.isnan(found.std_ratio)


@pytest.mark.parametrize("n_levels", [2, 30])
def test_distance_beyond_chance_is_rare_in_equal_categories(n_levels):
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(n_levels))
    beyond, plausible = 0, 0
    for _ in range(200):
        real = rng.choice(n_levels, (50, 4), p=p).astype(float)
        new = rng.choice(n_levels, (80, 4), p=p).astype(float)
        found = compare_columns(real, new, np.ones(4, bool))
        beyond += (found.distance > found.chance_distance).any()
        plausible += (found.distance > found.chance_distance / 3).any()
    assert beyond <= 20
    assert plausible > 20


def test_distance_beyond_chance_tells_different_categories():
    real, new = np.repeat([0.0, 1.0], [80, 20]), np.repeat([0.0, 1.0], [40, 60])
    table = [[80, 20], [40, 60]]
    assert chi2_contingency(table).pvalue < 1e-6
    found = compare_columns(real[:, np.newaxis], new[:, np.newaxis], CATEGORY)
    assert found.distance[0] == pytest.approx(0.4)
    assert found.distance > found.chance_distance


def test_std_ratio_new_values_and_missing_by_hand():
    real = np.array([1.0, 2, 2, 4, NAN])[:, np.newaxis]
    new = np.array([1.0, 1.5, 2, NAN, NAN, 3])[:, np.newaxis]
    found = compare_columns(real, new, NUMBER)
    ratio = np.std([1, 1.5, 2, 3], ddof=1) / np.std([1, 2, 2, 4], ddof=1)
    assert_allclose(found.std_ratio, ratio)
    assert_allclose(found.new_values, 2 / 4 - 2 / 4)
    assert_allclose(found.missing_difference, 2 / 6 - 1 / 5)


def test_columns_that_cannot_be_compared_are_nan():
    real = np.array([[NAN, 3.0, 3.0], [NAN, 3.0, 3.0]])
    new = np.array([[1.0, 3.0, 3.0], [2.0, 3.0, 4.0]])
    found = compare_columns(real, new, np.zeros(3, bool))
    assert_array_equal(found.distance, [NAN, 0, 0.5])
    assert_array_equal(found.std_ratio, [NAN, NAN, np.inf])
    assert_array_equal(found.new_values, [NAN, 0, 0.5])
    assert_array_equal(found.missing_difference, [-1, 0, 0])


def test_std_ratio_of_huge_values_does_not_overflow():
    real = np.array([1e308, -1e308, 0])[:, np.newaxis]
    assert_allclose(compare_columns(real, real / 2, NUMBER).std_ratio, 0.5)


def test_correlation_difference_is_the_mean_over_pairs():
    rng = np.random.default_rng(0)
    real, new = rng.normal(size=(30, 4)), rng.normal(size=(50, 4))
    real[:, 3] = 1.0  # no correlation with a constant
    tables = [pd.DataFrame(t[:, :3]).corr().to_numpy() for t in (real, new)]
    pairs = np.abs(tables[0] - tables[1])[np.triu_indices(3, 1)]
    assert_allclose(correlation_difference(real, new), pairs.mean())


def test_correlation_difference_puts_missing_values_at_the_mean():
    rng = np.random.default_rng(0)
    real, new = rng.normal(size=(30, 2)), rng.normal(size=(50, 2))
    real[:5, 0] = NAN
    filled = real.copy()
    filled[:5, 0] = real[5:, 0].mean()
    assert correlation_difference(real, new) == correlation_difference(filled, new)


@pytest.mark.parametrize(("n_rows", "n_columns"), [(2, 3), (9, 1), (9, 0)])
def test_correlation_difference_needs_rows_and_columns(n_rows, n_columns):
    X = np.random.default_rng(0).normal(size=(n_rows, n_columns))
    assert np.isnan(correlation_difference(X, X))


# Classifier


def auc(real, new, n_jobs=None):
    return discriminator_auc(real, new, real, new, 0, n_jobs)


def test_copies_cannot_be_told_from_real_rows():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(60, 3))
    copies = real[rng.integers(60, size=300)]
    assert auc(real, copies) == pytest.approx(0.5, abs=0.05)


def test_rows_of_the_same_distribution_cannot_be_told_apart():
    rng = np.random.default_rng(0)
    found = [auc(rng.normal(size=(60, 3)), rng.normal(size=(200, 3))) for _ in range(3)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)


def test_rows_of_another_distribution_are_told_apart():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(100, 3))
    # On the unit sphere, away from which most real rows are.
    new = rng.normal(size=(300, 3))
    new /= np.linalg.norm(new, axis=1, keepdims=True)
    assert auc(real, new) > 0.65
    assert auc(real, new) == auc(real, new, n_jobs=2)


def test_one_kind_in_one_place_is_told_apart():
    rng = np.random.default_rng(0)
    real = 1e-9 * rng.normal(size=(40, 2))
    new = 10 + 100 * rng.normal(size=(100, 2))
    assert auc(real, new) == 1.0
    assert auc(new, real) > 0.99


def test_rows_all_equal_cannot_be_told_apart():
    assert auc(np.ones((20, 2)), np.ones((30, 2))) == 0.5


def test_missing_values_can_tell_rows_apart():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(150, 2))
    seen = points.copy()
    seen[::3, 0] = NAN  # real rows only
    assert discriminator_auc(seen[:75], points[75:], points[:75], points[75:], 0, 1) > (
        discriminator_auc(points[:75], points[75:], points[:75], points[75:], 0, 1)
    )


def test_nine_rows_are_not_worth_a_classifier():
    X = np.random.default_rng(0).normal(size=(40, 2))
    assert np.isnan(auc(X[:9], X[9:]))
    assert np.isnan(auc(X[9:], X[:9]))
    assert not np.isnan(auc(X[:10], X[10:20]))
