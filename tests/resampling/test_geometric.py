# SPDX-License-Identifier: BSD-3-Clause
"""GeometricSMOTE: which balls, and where in them its rows are."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from skx._random import draw_seed
from skx.resampling import GeometricSMOTE, _kernels
from skx.resampling._base import ClassDraw

SHAPES = [(0.0, 0.0), (1.0, 0.0), (-1.0, 0.0), (0.4, 0.3), (-0.6, 0.8), (1.0, 1.0)]


def resample(X: Any, y: Any, **parameters: Any) -> tuple[Any, Any, Any]:
    sampler = GeometricSMOTE(random_state=0, **parameters)
    return *sampler.fit_resample(X, y), sampler


def make_table(d: int = 3, counts: Any = (60, 23, 31)) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.RandomState(0)
    y = generator.permutation(np.repeat(np.arange(len(counts)), counts))
    return generator.normal(size=(y.size, d)) + y[:, np.newaxis], y


def shape_points(
    points: np.ndarray, axis: np.ndarray, truncation: float, deformation: float
) -> np.ndarray:
    """Truncate and deform points of the unit ball, as the paper says it."""
    along = (points @ axis)[:, np.newaxis]
    cut = along < truncation - 1 if truncation > 0 else along > truncation + 1
    if truncation == 0:
        cut = np.zeros_like(cut)
    points = np.where(cut, points - 2 * along * axis, points)
    parallel = (points @ axis)[:, np.newaxis] * axis
    return parallel + (1 - deformation) * (points - parallel)


def one_ball(
    d: int, n_new: int, **parameters: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre, row on the surface and many new rows of a class of two rows."""
    generator = np.random.RandomState(0)
    pair = generator.normal(size=(2, d))
    X = np.vstack([pair, np.full((2 * n_new + 2, d), 1e6)])
    y = np.repeat([1, 0], [2, 2 * n_new + 2])
    parameters = {"selection_strategy": "minority", "k_neighbors": 1} | parameters
    X_out, _, sampler = resample(X, y, **parameters)
    of_first = sampler.parents_[:, 0] == 0
    assert of_first.sum() == n_new
    return pair[0], pair[1], X_out[len(X) :][of_first]


# The law within a ball


@pytest.mark.parametrize(("truncation", "deformation"), SHAPES)
@pytest.mark.parametrize("d", [1, 2, 5])
def test_rows_are_made_as_in_plain_numpy(
    d: int, truncation: float, deformation: float
) -> None:
    generator = np.random.RandomState(0)
    X = generator.normal(size=(10, d))
    parents = np.array([[i, (i + 3) % 10] for i in range(10)] * 4)
    m = len(parents)
    out = np.empty((m, d))
    seed = draw_seed(0)
    with np.errstate(over="ignore"):
        _kernels.place_in_balls(X, parents, truncation, deformation, seed, 2, 3, 0, out)
    draw = ClassDraw(seed, 2)
    normals = np.empty((m, d))
    for s in range(m):
        with np.errstate(over="ignore"):
            _kernels.draw_normals(seed, 2, s, 4, normals[s])
    reach = draw.uniform(3, m) ** (1 / d) / np.linalg.norm(normals, axis=1)
    for s, (centre, surface) in enumerate(X[parents]):
        radius = np.linalg.norm(surface - centre)
        point = shape_points(
            reach[s] * normals[s : s + 1],
            (surface - centre) / radius,
            truncation,
            deformation,
        )
        np.testing.assert_allclose(
            out[s], centre + radius * point[0], rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize(("truncation", "deformation"), SHAPES)
@pytest.mark.parametrize("d", [1, 2, 6])
def test_law_is_that_of_points_thrown_into_the_ball(
    d: int, truncation: float, deformation: float
) -> None:
    m = 3000
    centre, surface, new = one_ball(
        d, m, truncation_factor=truncation, deformation_factor=deformation
    )
    radius = np.linalg.norm(surface - centre)
    axis = (surface - centre) / radius
    # Uniform in the ball by rejection from a cube: nothing in common with the kernel.
    cube = np.random.RandomState(1).uniform(-1, 1, size=(100 * m, d))
    ball = cube[np.square(cube).sum(axis=1) <= 1][:m]
    assert len(ball) == m
    expected = shape_points(ball, axis, truncation, deformation)
    found = (new - centre) / radius
    along, along_expected = found @ axis, expected @ axis
    assert stats.ks_2samp(along, along_expected).pvalue > 1e-3
    across = np.linalg.norm(found - along[:, np.newaxis] * axis, axis=1)
    across_expected = np.linalg.norm(
        expected - along_expected[:, np.newaxis] * axis, axis=1
    )
    if d > 1 and deformation < 1:
        assert stats.ks_2samp(across, across_expected).pvalue > 1e-3
    else:
        assert across.max() < 1e-7
    error = np.sqrt((expected.var(axis=0) + found.var(axis=0)) / m)
    difference = found.mean(axis=0) - expected.mean(axis=0)
    assert (np.abs(difference) <= 5 * error + 1e-12).all()
    # Support
    assert (np.square(found).sum(axis=1) <= 1 + 1e-9).all()
    assert (along >= min(truncation, 0) - 1 - 1e-9).all()
    if truncation > 0:
        assert (along >= truncation - 1 - 1e-9).all()
    if truncation < 0:
        assert (along <= truncation + 1 + 1e-9).all()


def test_a_whole_ball_has_no_preferred_direction() -> None:
    m, d = 4000, 3
    centre, surface, new = one_ball(d, m, truncation_factor=0.0)
    found = (new - centre) / np.linalg.norm(surface - centre)
    # The radius to the power d is uniform, the covariance that of the unit ball.
    lengths = np.linalg.norm(found, axis=1)
    assert stats.kstest(lengths**d, "uniform").pvalue > 1e-3
    covariance = found.T @ found / m
    assert np.abs(covariance - np.eye(d) / (d + 2)).max() < 5 / np.sqrt(m) / 3


def test_a_segment_in_one_column_is_smote_s() -> None:
    centre, surface, new = one_ball(
        1, 8000, truncation_factor=1.0, deformation_factor=1.0
    )
    shares = (new - centre) / (surface - centre)
    assert stats.kstest(shares[:, 0], "uniform").pvalue > 1e-3


def test_a_segment_in_more_columns_is_between_base_and_neighbour() -> None:
    X, y = make_table(4)
    X_out, _, sampler = resample(
        X, y, selection_strategy="minority", deformation_factor=1.0
    )
    centre, surface = X[sampler.parents_.T]
    shares = (X_out[len(X) :] - centre) / (surface - centre)
    np.testing.assert_allclose(np.ptp(shares, axis=1), 0, atol=1e-6)
    assert (shares >= -1e-9).all()
    assert (shares <= 1).all()


# Which balls


def distances_to(X: np.ndarray, row: int, others: np.ndarray) -> np.ndarray:
    total = np.zeros(others.size)
    for j in range(X.shape[1]):
        total += (X[others, j] - X[row, j]) ** 2
    return total


def nearest(X: np.ndarray, row: int, others: np.ndarray, k: int) -> np.ndarray:
    others = others[others != row]
    return others[np.lexsort((others, distances_to(X, row, others)))][:k]


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("k", [1, 4])
@pytest.mark.parametrize("strategy", ["minority", "majority", "combined"])
def test_surface_is_the_row_that_the_strategy_says(
    strategy: str, k: int, ties: bool
) -> None:
    X, y = make_table(2)
    if ties:
        X = np.round(X)  # duplicates and equal distances
    _, _, sampler = resample(X, y, k_neighbors=k, selection_strategy=strategy)
    n_foreign = 0
    for centre, surface in sampler.parents_:
        own, other = np.flatnonzero(y == y[centre]), np.flatnonzero(y != y[centre])
        near = nearest(X, centre, own, k)
        (foreign,) = nearest(X, centre, other, 1)
        n_foreign += surface == foreign
        if strategy == "minority":
            assert surface in near
        elif strategy == "majority":
            assert surface == foreign
        else:
            gap = distances_to(X, centre, np.array([foreign, *near]))
            possible = [r for r, g in zip(near, gap[1:], strict=True) if g <= gap[0]]
            possible += [foreign] * bool((gap[1:] > gap[0]).any())
            assert surface in possible
    if strategy == "combined":
        assert 0 < n_foreign < len(sampler.parents_)


def test_every_neighbour_can_be_on_the_surface() -> None:
    X, y = make_table(2, (3000, 8))
    _, _, sampler = resample(X, y, selection_strategy="minority", k_neighbors=5)
    _, counts = np.unique(sampler.parents_, axis=0, return_counts=True)
    assert len(counts) == 40
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("strategy", ["majority", "combined"])
def test_balls_hold_no_row_of_another_class(strategy: str) -> None:
    X, y = make_table(2)
    X_out, y_out, _ = resample(X, y, selection_strategy=strategy)
    for new, label in zip(X_out[len(X) :], y_out[len(y) :], strict=True):
        gap = np.linalg.norm(X - new, axis=1)
        own = np.flatnonzero(y == label)
        # A ball round some row of the class holds it and no other class's row.
        reach = [
            np.linalg.norm(X[y != label] - X[row], axis=1).min() + 1e-9 for row in own
        ]
        assert (gap[own] <= reach).any()


def test_a_copy_on_the_surface_leaves_the_centre() -> None:
    X, y = make_table(2, (40, 6))
    X = np.vstack([X, X[y == 1]])
    y = np.append(y, np.ones(6, int))
    X_out, _, sampler = resample(X, y, k_neighbors=1, selection_strategy="minority")
    np.testing.assert_array_equal(X_out[len(X) :], X[sampler.parents_[:, 0]])


def test_majority_takes_a_class_of_any_size() -> None:
    X, y = make_table(2, (40, 1))
    X_out, _, sampler = resample(X, y, selection_strategy="majority")
    (row,) = np.flatnonzero(y == 1)
    foreign = nearest(X, row, np.flatnonzero(y == 0), 1)
    np.testing.assert_array_equal(sampler.parents_, [[row, foreign[0]]] * 39)
    assert len(np.unique(X_out[41:], axis=0)) == 39


def test_too_small_a_class_raises_or_shrinks() -> None:
    X, y = make_table(2, (40, 4))
    message = r"Class 1 has 4 samples, fewer than k_neighbors \+ 1 = 6; lower k_neigh"
    with pytest.raises(ValueError, match=message):
        resample(X, y)
    _, y_out, _ = resample(X, y, small_class="shrink")
    assert np.bincount(y_out).tolist() == [40, 40]


def test_rows_of_weight_zero_are_on_no_surface() -> None:
    X, y = make_table(2)
    weights = np.ones(y.size)
    weights[::2] = 0
    sampler = GeometricSMOTE(random_state=0)
    sampler.fit_resample(X, y, sample_weight=weights)
    assert (weights[sampler.parents_] > 0).all()
    assert (y[sampler.parents_[:, 1]] != y[sampler.parents_[:, 0]]).any()


def test_weightless_classes_are_refused() -> None:
    X, y = make_table(2, (40, 10))
    for strategy in ("majority", "combined"):
        sampler = GeometricSMOTE(selection_strategy=strategy)
        message = f"No row outside class 1 has positive weight.*'{strategy}' needs"
        with pytest.raises(ValueError, match=message):
            sampler.fit_resample(X, y, sample_weight=(y == 1).astype(float))
    sampler = GeometricSMOTE(selection_strategy="majority")
    with pytest.raises(ValueError, match="Class 1 has no sample of positive weight"):
        sampler.fit_resample(X, y, sample_weight=(y == 0).astype(float))


@pytest.mark.parametrize(
    ("parameter", "value"), [("truncation_factor", 1.1), ("deformation_factor", -0.1)]
)
def test_factors_have_a_range(parameter: str, value: float) -> None:
    X, y = make_table()
    with pytest.raises(ValueError, match=f"'{parameter}' parameter of GeometricSMOTE"):
        resample(X, y, **{parameter: value})
