# SPDX-License-Identifier: BSD-3-Clause
"""PolynomialFitSMOTE: rows on segments to the mean, on a line, on a curve."""

from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA

from skx._random import draw_seed
from skx.resampling import PolynomialFitSMOTE
from skx.resampling._base import ClassDraw
from skx.resampling._polynomial import POSITION, _order_along_axis


def resample(rows: Any, n_new: int, **parameters: Any) -> tuple[Any, Any]:
    """New rows of a class of these rows, the first ones of the table."""
    rows = np.asarray(rows, float)
    n_rows, n_features = rows.shape
    X = np.vstack([rows, np.zeros((n_rows + n_new, n_features))])
    y = np.repeat([1, 0], [n_rows, n_rows + n_new])
    sampler = PolynomialFitSMOTE(**{"random_state": 0} | parameters)
    X_out, y_out = sampler.fit_resample(X, y)
    assert (y_out == 1).sum() == n_rows + n_new
    return X_out[len(X) :], sampler


# star


def test_star_goes_part_of_the_way_to_the_mean() -> None:
    new, sampler = resample([[0, 0], [4, 0], [5, 9]], 6)  # mean (3, 3)
    np.testing.assert_array_equal(sampler.parents_, [[0], [1], [2]] * 2)
    assert not hasattr(sampler, "parent_weights_")
    thirds = [[1, 1], [11 / 3, 1], [13 / 3, 7], [2, 2], [10 / 3, 2], [11 / 3, 5]]
    np.testing.assert_allclose(new, thirds, rtol=1e-15)


@pytest.mark.parametrize("n_new", [1, 10, 11, 25, 49])
def test_star_is_the_formula(n_new: int) -> None:
    rows = np.random.RandomState(0).normal(size=(11, 3))
    new, sampler = resample(rows, n_new)
    bases = sampler.parents_[:, 0]
    gained = np.bincount(bases, minlength=11)
    assert set(gained) <= {n_new // 11, -(-n_new // 11)}
    for base in range(11):
        steps = np.arange(1, gained[base] + 1) / (gained[base] + 1)
        expected = rows[base] + steps[:, np.newaxis] * (rows.mean(axis=0) - rows[base])
        np.testing.assert_allclose(new[bases == base], expected, atol=1e-14)


def test_who_gets_one_more_is_drawn() -> None:
    rows = np.random.RandomState(0).normal(size=(20, 2))
    chosen = [
        tuple(resample(rows, 5, random_state=seed)[1].parents_[:, 0])
        for seed in range(30)
    ]
    assert len(set(chosen)) == 30
    assert len(set(np.ravel(chosen))) == 20


# bus


def test_bus_joins_rows_in_their_order_on_the_axis() -> None:
    # On a line: 0, 1, 4 and 10, of which 10 is furthest from the mean.
    new, sampler = resample([[4, 8], [0, 0], [10, 20], [1, 2]], 6, topology="bus")
    np.testing.assert_array_equal(sampler.parents_, [[1, 3], [3, 0], [0, 2]] * 2)
    shares = np.repeat([[2 / 3, 1 / 3], [1 / 3, 2 / 3]], 3, axis=0)
    np.testing.assert_allclose(sampler.parent_weights_, shares)
    first = np.array([1 / 3, 2, 6, 2 / 3, 3, 8])
    np.testing.assert_allclose(new, np.column_stack([first, 2 * first]))


@pytest.mark.parametrize("n_new", [3, 10, 27])
def test_bus_rows_mix_two_that_follow_each_other(n_new: int) -> None:
    rows = np.random.RandomState(0).normal(size=(11, 3)) * [3, 2, 1]
    new, sampler = resample(rows, n_new, topology="bus")
    mixed = sampler.parent_weights_[:, :, np.newaxis] * rows[sampler.parents_]
    np.testing.assert_allclose(new, mixed.sum(axis=1), atol=1e-14)
    order = list(np.argsort(PCA(1).fit_transform(rows)[:, 0]))
    for start, end in sampler.parents_:
        assert abs(order.index(start) - order.index(end)) == 1
    gained = np.unique(sampler.parents_, axis=0, return_counts=True)[1]
    assert set(gained) <= {n_new // 10, -(-n_new // 10)}


@pytest.mark.parametrize("shape", [(40, 5), (6, 30)])
def test_order_is_that_of_principal_components(shape: tuple[int, int]) -> None:
    rows = np.random.RandomState(0).normal(size=shape) + 1e3
    scores = PCA(1).fit_transform(rows)[:, 0]
    scores *= np.sign(scores[np.abs(scores).argmax()])
    np.testing.assert_array_equal(_order_along_axis(rows), np.argsort(scores))


def test_order_follows_the_rows_and_not_the_columns() -> None:
    generator = np.random.RandomState(0)
    rows = generator.normal(size=(40, 3)) * [3, 2, 1]
    order = _order_along_axis(rows)
    moved = generator.permutation(40)
    np.testing.assert_array_equal(moved[_order_along_axis(rows[moved])], order)
    rotation, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    for other in (rows @ rotation, rows[:, ::-1], -rows, 1e-200 * rows, 1e200 * rows):
        np.testing.assert_array_equal(_order_along_axis(other), order)


def test_two_standardised_columns_have_one_order() -> None:
    # Both loadings are equal, so that rounding would decide on a sign taken from them.
    rows = np.random.RandomState(0).normal(size=(30, 2))
    rows[:, 1] -= rows[:, 0]
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    expected = _order_along_axis(rows)
    for exponent in range(-3, 4):
        for other in (rows, rows[:, ::-1], -rows):
            found = _order_along_axis(np.ldexp(other, exponent) + exponent)
            np.testing.assert_array_equal(found, expected)


def test_equal_places_on_the_axis_are_ordered_by_row() -> None:
    rows = np.array([[0.1, 5.0], [0.3, 0.0], [0.1, -5.0], [0.3, 0.0], [0.1, 5.0]])
    np.testing.assert_array_equal(_order_along_axis(rows), [0, 4, 1, 3, 2])
    copies = np.repeat(np.random.RandomState(0).normal(size=(7, 9)), 50, axis=0)
    order = _order_along_axis(copies).reshape(7, 50)
    assert (np.diff(order, axis=1) == 1).all()


def test_where_no_direction_is_principal_the_first_of_the_furthest_rows_is() -> None:
    # The corners of a square: any direction has the same variance.
    square = np.array([[0.0, 1], [1, 0], [0, -1], [-1, 0]])
    for turn in np.linspace(0, 6, 13):
        rotation = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        np.testing.assert_array_equal(
            _order_along_axis(square @ np.array(rotation) + 7), [2, 1, 3, 0]
        )


def test_two_rows_are_one_segment() -> None:
    new, sampler = resample([[0, 0], [3, 6]], 2, topology="bus")
    np.testing.assert_allclose(np.sort(new, axis=0), [[1, 2], [2, 4]])
    np.testing.assert_array_equal(np.sort(sampler.parents_), [[0, 1]] * 2)


# poly


@pytest.mark.parametrize("degree", [1, 2, 3, 5])
def test_poly_is_a_least_squares_polynomial_of_the_rank(degree: int) -> None:
    rows = np.random.RandomState(0).normal(size=(12, 3)) * [3, 2, 1] + 100
    new, sampler = resample(rows, 40, topology="poly", degree=degree)
    order = _order_along_axis(rows)
    ranks = np.arange(12)
    places = ClassDraw(draw_seed(0), 1).uniform(POSITION, 40) * 11
    for j in range(3):
        curve = np.polyfit(ranks, rows[order, j], degree)
        np.testing.assert_allclose(new[:, j], np.polyval(curve, places), rtol=1e-9)
    # The parent is the row whose rank is nearest.
    expected = order[np.abs(places[:, np.newaxis] - ranks).argmin(axis=1)]
    np.testing.assert_array_equal(sampler.parents_[:, 0], expected)
    assert not hasattr(sampler, "parent_weights_")


@pytest.mark.parametrize("n_rows", [2, 3, 5])
def test_degree_is_limited_by_the_rows(n_rows: int) -> None:
    rows = np.random.RandomState(0).normal(size=(n_rows, 2))
    limited, _ = resample(rows, 10, topology="poly", degree=50)
    highest, _ = resample(rows, 10, topology="poly", degree=n_rows - 1)
    np.testing.assert_array_equal(limited, highest)


def test_collinear_rows_stay_on_their_line() -> None:
    along = np.random.RandomState(0).uniform(size=(15, 1))
    new, _ = resample(along * [1, -2, 3] + 4, 30, topology="poly", degree=3)
    along = new[:, :1] - 4
    np.testing.assert_allclose(new, along * [1, -2, 3] + 4, atol=1e-12)


def test_places_are_spread_over_the_whole_curve() -> None:
    rows = np.arange(50.0).reshape(-1, 1)
    new, sampler = resample(rows, 3000, topology="poly", degree=1)
    assert new.min() >= 0
    assert new.max() <= 49
    # The two rows at the ends are nearest to half as many places.
    counts = np.bincount(sampler.parents_[:, 0], minlength=50)
    assert counts[1:-1].min() > 30
    assert counts[[0, -1]].max() < 60


# One object, several calls


def test_shares_of_an_earlier_call_are_gone() -> None:
    rows = np.random.RandomState(0).normal(size=(12, 3))
    _, sampler = resample(rows, 10, topology="bus")
    assert sampler.parent_weights_.shape == (10, 2)
    X, y = np.vstack([rows, rows + 9, rows + 9]), np.repeat([1, 0], [12, 24])
    sampler.set_params(topology="star").fit_resample(X, y)
    assert not hasattr(sampler, "parent_weights_")
    assert sampler.parents_.shape == (12, 1)


def test_nothing_to_add_has_the_shape_of_the_topology() -> None:
    X, y = np.random.RandomState(0).normal(size=(20, 2)), np.repeat([0, 1], 10)
    for topology, width in {"star": 1, "bus": 2, "poly": 1}.items():
        sampler = PolynomialFitSMOTE(topology=topology)
        sampler.fit_resample(X, y)
        assert sampler.parents_.shape == (0, width)
        assert hasattr(sampler, "parent_weights_") == (topology == "bus")
