# SPDX-License-Identifier: BSD-3-Clause
"""dense_weight and relevance: which values of a numeric target are rare."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.interpolate import PchipInterpolator

from skx.resampling import dense_weight, relevance
from skx.resampling._relevance import (
    MAX_DIRECT,
    _binned_density,
    _summed_density,
    box_plot_points,
)

VECTORS = np.load(Path(__file__).parents[1] / "vectors" / "resampling_targets.npz")
FUNCTIONS = [dense_weight, relevance]


def skewed(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(size=n)


# dense_weight


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5])
def test_weights_are_those_of_the_reference(alpha: float) -> None:
    expected = VECTORS[f"dw_w_{alpha}"]
    y = VECTORS["dw_y"]
    assert_allclose(dense_weight(y, alpha=alpha), expected, rtol=1e-12)
    width = float(VECTORS["dw_h"][0])
    given_width = dense_weight(y, alpha=alpha, bandwidth=width)
    assert_allclose(given_width, expected, rtol=1e-12)


def test_density_is_that_of_the_reference_and_of_scipy() -> None:
    y, width = VECTORS["dw_y"], float(VECTORS["dw_h"][0])
    density = _summed_density(y, width) / (y.size * width * np.sqrt(2 * np.pi))
    assert_allclose(density, VECTORS["dw_density"], rtol=1e-12)
    kernel = stats.gaussian_kde(y, bw_method=width / y.std(ddof=1))
    assert_allclose(density, kernel(y), rtol=1e-12)


def test_peer_on_its_grid_is_near() -> None:
    # denseweight 0.1.2 scales the density by its extremes on a grid, not on y.
    weights = dense_weight(VECTORS["dw_y"])
    assert_allclose(weights, VECTORS["dw_pkg_1.0"], atol=0.01)


SAMPLES = {
    "normal": lambda rng: rng.normal(size=6000),
    "skewed": lambda rng: rng.lognormal(size=6000),
    "heavy tails": lambda rng: rng.standard_t(1.2, 6000),
    "two far clusters": lambda rng: (
        rng.normal(size=6000) + 1000 * rng.integers(2, size=6000)
    ),
    "counts": lambda rng: rng.poisson(3, 6000).astype(float),
    "one outlier": lambda rng: np.append(rng.normal(size=5999), 1e9),
}


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("shrink", [1.0, 0.03])
def test_binned_density_is_near_the_sum(sample: str, shrink: float) -> None:
    y = SAMPLES[sample](np.random.default_rng(0))
    width = shrink * 1.06 * y.std() * y.size**-0.2
    exact, binned = _summed_density(y, width), _binned_density(y, width)
    assert_allclose(binned, exact, rtol=0, atol=1e-3 * exact.max())


def test_no_jump_where_the_grid_takes_over() -> None:
    y = skewed(MAX_DIRECT + 1)
    width = 0.2
    below = dense_weight(y[:-1], bandwidth=width)
    above = dense_weight(y, bandwidth=width)[:-1]
    # The same values but one, by the sum and on the grid.
    assert_allclose(above, below, rtol=0, atol=0.01)


def test_ends_of_the_grid_do_not_see_each_other() -> None:
    # The ends are as far apart as the middle from either: none sees another.
    y = np.repeat([0.0, 50.0, 100.0], 2000)
    assert_array_equal(dense_weight(y, bandwidth=1.0), 1.0)
    # A cluster at one end is no reason for less weight at the other.
    y = np.repeat([0.0, 50.0, 100.0], [1000, 1000, 5000])
    first, middle, last = dense_weight(y, bandwidth=1.0)[[0, 1000, -1]]
    assert_allclose(first, middle, rtol=1e-3)
    assert last < 1e-3


@pytest.mark.parametrize("n", [300, 6000])
def test_weights_have_mean_one_and_fall_with_density(n: int) -> None:
    y = skewed(n)
    weights = dense_weight(y)
    assert weights.dtype == np.float64
    assert weights.min() > 0
    assert_allclose(weights.mean(), 1)
    density = stats.gaussian_kde(y, bw_method=1.06 * n**-0.2)(y)
    assert stats.spearmanr(weights, density).statistic < -0.999


def test_alpha_says_how_much_the_density_counts() -> None:
    y = skewed(500)
    assert_array_equal(dense_weight(y, alpha=0), np.ones(500))
    spread = [np.ptp(dense_weight(y, alpha=alpha)) for alpha in (0.2, 0.5, 1, 2)]
    assert spread == sorted(spread)
    # Above 1 the common values have the smallest weight, all the same.
    weights = dense_weight(y, alpha=2, eps=1e-3)
    floor = weights == weights.min()
    assert 0.2 < floor.mean() < 0.95
    assert_allclose(weights.min() / weights.max(), 1e-3, rtol=1e-9)


@pytest.mark.parametrize("n", [300, 6000])
@pytest.mark.parametrize(("scale", "shift"), [(1e-200, 0), (-3.7, 11), (1, 1e6)])
def test_weights_do_not_depend_on_the_unit(n: int, scale: float, shift: float) -> None:
    y = skewed(n)
    error = 1e-7 if n <= MAX_DIRECT else 5e-3
    found = dense_weight(scale * y + shift)
    assert_allclose(found, dense_weight(y), rtol=0, atol=error)


@pytest.mark.parametrize("n", [50, 6000])
def test_weights_follow_the_order_of_y(n: int) -> None:
    y, order = skewed(n), np.random.default_rng(1).permutation(n)
    assert_allclose(dense_weight(y[order]), dense_weight(y)[order], rtol=1e-9)


@pytest.mark.parametrize(
    "y", [[7.0], [0.1] * 10, [0] * 6000, [1e308] * 3, [-2.0, -2.0]]
)
@pytest.mark.parametrize("bandwidth", [None, 1e-9, 1e9])
def test_one_value_gives_equal_weights(y: list, bandwidth: float | None) -> None:
    assert_array_equal(dense_weight(y, bandwidth=bandwidth), np.ones(len(y)))


@pytest.mark.parametrize("size", [1.7e308, 1e-310])
@pytest.mark.parametrize("n", [300, 6000])
def test_extreme_sizes_are_no_obstacle(size: float, n: int) -> None:
    y = np.random.default_rng(0).beta(2, 5, n) - 0.5
    expected = dense_weight(y)
    assert_allclose(dense_weight(y * size), expected, rtol=1e-3, atol=1e-6)


def test_bandwidth_that_is_too_small_for_the_grid_says_so() -> None:
    y = skewed(MAX_DIRECT + 1)
    with pytest.raises(ValueError, match=r"bandwidth is .* smaller than the range"):
        dense_weight(y, bandwidth=1e-9)
    assert dense_weight(y[:-1], bandwidth=1e-9).size == MAX_DIRECT


@pytest.mark.parametrize(
    "parameters", [{"alpha": -1}, {"alpha": "x"}, {"bandwidth": 0}, {"eps": 0}]
)
def test_bad_parameters_of_dense_weight(parameters: dict) -> None:
    (name,) = parameters
    with pytest.raises(ValueError, match=f"The '{name}' parameter of dense_weight"):
        dense_weight([1, 2, 3], **parameters)


# relevance


def test_relevance_is_that_of_the_reference() -> None:
    y = VECTORS["phi_y"]
    assert_allclose(relevance(y), VECTORS["phi"], rtol=0, atol=1e-9)
    points = VECTORS["phi_ctrl"][:, :2]
    found = relevance(y, control_points=points)
    assert_allclose(found, VECTORS["phi"], rtol=0, atol=1e-9)
    # The peer adds a flat point at the smallest value, which has no outliers here.
    assert_allclose(box_plot_points(y, 1.5, "both"), points[1:], rtol=1e-12)


def test_relevance_by_hand() -> None:
    # Quartiles 1.5 and 4.5, whiskers to 0 and 5; 20 is beyond 4.5 + 1.5 * 3.
    y = [0, 1, 2, 3, 4, 5, 20]
    assert_allclose(relevance(y), [0, 0, 0, 0, 0.5, 1, 1])
    assert_allclose(relevance([-v for v in y]), relevance(y))


def test_kind_picks_the_side() -> None:
    y = np.concatenate([np.arange(10.0), [-40, 60]])
    both, low, high = (relevance(y, kind=kind) for kind in ("both", "low", "high"))
    assert_array_equal(both, np.maximum(low, high))
    assert (low[y > 4.5] == 0).all()
    assert (high[y < 4.5] == 0).all()
    assert low[10] == high[11] == 1


def test_a_larger_coef_leaves_fewer_extremes() -> None:
    y = skewed(500)
    counts = [(relevance(y, coef=coef) == 1).sum() for coef in (0, 0.5, 1.5, 3)]
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) == 4


@given(
    hnp.arrays(float, st.integers(5, 60), elements=st.floats(-1e6, 1e6)),
    st.sampled_from(["both", "high", "low"]),
)
def test_any_relevance_rises_with_the_distance_from_the_median(
    y: np.ndarray, kind: str
) -> None:
    try:
        found = relevance(y, kind=kind, coef=0.7)
    except ValueError:
        return
    assert ((found >= 0) & (found <= 1)).all()
    assert found.max() == 1
    median = np.median(y)
    above = np.argsort(y)[np.sort(y) >= median]
    below = np.argsort(-y)[np.sort(-y) >= -median]
    assert (np.diff(found[above]) >= 0).all()
    assert (np.diff(found[below]) >= 0).all()
    assert (found[y == median] == 0).all()


def test_points_of_zero_and_one_make_a_monotone_spline() -> None:
    points = [[-3, 1], [0, 0], [2, 0], [3, 1], [9, 0]]
    y = np.linspace(-5, 12, 300)
    spline = PchipInterpolator(*np.transpose(points))
    inner = (y > -3) & (y < 9)
    # Its slopes are 0 at all inner points; at the ends they are its own matter.
    middle = (y > 0) & (y < 3)
    found = relevance(y, control_points=points)
    assert_allclose(found[middle], spline(y[middle]), atol=1e-12)
    assert_array_equal(found[y <= -3], 1)
    assert_array_equal(found[y >= 9], 0)
    assert ((found[inner] > 0) | ((y[inner] >= 0) & (y[inner] <= 2))).all()


def test_points_may_have_relevances_in_between() -> None:
    found = relevance([1, 2, 3, 4, 5], control_points=[[1, 0.2], [3, 0.6], [5, 0.6]])
    assert_allclose(found, [0.2, 0.4, 0.6, 0.6, 0.6])


def test_values_beside_equal_quartiles_are_extreme() -> None:
    y = [0] * 10 + [1e-300, 5, -3]
    assert_array_equal(relevance(y), [0] * 10 + [1] * 3)
    assert_array_equal(relevance(y, kind="low"), [0] * 12 + [1])


@pytest.mark.parametrize("size", [1e308, 1e-308, 5e-324])
def test_extreme_sizes_have_a_relevance(size: float) -> None:
    y = np.array([0] * 10 + [1, -1])
    assert_array_equal(relevance(y * size), np.abs(y))


def test_no_extremes_says_what_to_do() -> None:
    y = np.arange(20.0)
    with pytest.raises(ValueError, match=r"lower coef below 0\.45, or give control_p"):
        relevance(y)
    assert relevance(y, coef=0.44).max() == 1
    with pytest.raises(ValueError, match=r"lies more than coef=0\.45 interquartile"):
        relevance(y, coef=0.45)
    skew = np.append(y, 100)
    with pytest.raises(ValueError, match=r"\(kind='low'\), so none is relevant"):
        relevance(skew, kind="low")
    assert relevance(skew, kind="high")[-1] == 1


@pytest.mark.parametrize("y", [[3.0], [2, 2, 2, 2]])
def test_one_value_has_no_extremes(y: list) -> None:
    with pytest.raises(ValueError, match="so none is relevant; give control_points"):
        relevance(y)
    assert_array_equal(relevance(y, control_points=[[0, 0], [1, 1]]), 1)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([[1, 0]], r"control_points has shape \(1, 2\); it takes at least two rows"),
        ([[1, 0, 0], [2, 1, 0]], r"control_points has shape \(2, 3\)"),
        ([[2, 0], [1, 1]], r"the target values \[2\.0, 1\.0\]; sort its rows"),
        ([[1, 0], [1, 1]], "give each value once"),
        ([[1, 0], [2, 1.5]], r"the relevances \[0\.0, 1\.5\]; they must be within"),
        ([[1, -1], [2, 1]], "must be within"),
        ([[1, np.nan], [2, 1]], "Input control_points contains NaN"),
        ([[np.inf, 1], [2, 1]], "Input control_points contains infinity"),
        ([1, 2], "Expected 2D array"),
    ],
)
def test_bad_control_points(points: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        relevance([1, 2, 3], control_points=points)


@pytest.mark.parametrize(
    "parameters", [{"coef": -1}, {"kind": "extreme"}, {"control_points": 3}]
)
def test_bad_parameters_of_relevance(parameters: dict) -> None:
    (name,) = parameters
    with pytest.raises(ValueError, match=f"The '{name}' parameter of relevance"):
        relevance([1, 2, 3], **parameters)


# What both take

VALUES = [0, 1, 2, 3, 4, 5, 20]
CONTAINERS = [
    tuple(VALUES),
    np.array(VALUES, np.float32),
    np.array(VALUES, np.int8),
    np.array(VALUES, object),
    np.repeat(np.array(VALUES, float), 2)[::2],
    [Decimal(v) for v in VALUES],
    pd.Series(VALUES, index=list("abcdefg")),
    pd.Series(VALUES, dtype="Int64"),
    pl.Series(VALUES),
]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("y", CONTAINERS, ids=lambda y: type(y).__name__)
def test_containers_give_the_same(function, y) -> None:
    found = function(y)
    assert type(found) is np.ndarray
    assert_array_equal(found, function(VALUES))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_column_is_taken_with_a_warning(function) -> None:
    with pytest.warns(UserWarning, match="A column-vector y was passed"):
        found = function(np.array(VALUES).reshape(-1, 1))
    assert_array_equal(found, function(VALUES))


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1, np.nan], "Input y contains NaN"),
        ([1, None], "Input y contains NaN"),
        (pd.Series([1, None], dtype="Int64"), "Input y contains NaN"),
        (pl.Series([1, None]), "Input y contains NaN"),
        ([1, np.inf], "Input y contains infinity"),
        ([], "Found array with 0 sample"),
        ([[1, 2], [3, 4]], r"should be a 1d array, got an array of shape \(2, 2\)"),
        ([1j, 2], "Complex data not supported"),
        (["a", "b"], "y begins with 'a', but .*; for class labels, use a method for"),
        (np.array(["a", 1], object), "y begins with 'a', but a numeric target"),
        (pd.Series(["b", "a"], dtype="category"), "y begins with 'b'"),
        (pl.Series(["b", "a"]), "y begins with 'b'"),
        (np.array(["2020-01-01"], "M8[D]"), "y begins with '2020-01-01'"),
    ],
)
def test_bad_targets(function, y, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        function(y)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_target_is_not_changed(function) -> None:
    y = skewed(50)
    y.flags.writeable = False
    before = y.copy()
    function(y)
    assert_array_equal(y, before)
