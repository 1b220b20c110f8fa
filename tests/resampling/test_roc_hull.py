# SPDX-License-Identifier: BSD-3-Clause
"""roc_convex_hull, against brute force, vectors and isotonic regression."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import auc, roc_auc_score, roc_curve

from skx.resampling import roc_convex_hull

VECTORS = np.load(Path(__file__).parents[1] / "vectors" / "resampling_roc_hull.npz")

# Score and class of a row; scores are few, so that ties abound.
ROWS = st.lists(
    st.tuples(st.integers(-4, 4), st.booleans(), st.integers(0, 3)),
    min_size=2,
    max_size=30,
)


def points_of(y: Any, score: Any, weight: Any) -> list[tuple[Fraction, Fraction, Any]]:
    """All points of the ROC curve, exactly, and a score that leads to each."""
    negatives = sum(Fraction(w) for c, w in zip(y, weight, strict=True) if not c)
    positives = sum(Fraction(w) for c, w in zip(y, weight, strict=True) if c)
    points = {(Fraction(0), Fraction(0)): np.inf}
    for threshold in sorted(set(score), reverse=True):
        taken = [
            (c, Fraction(w))
            for c, s, w in zip(y, score, weight, strict=True)
            if s >= threshold
        ]
        fpr = sum(w for c, w in taken if not c) / negatives
        tpr = sum(w for c, w in taken if c) / positives
        points.setdefault((fpr, tpr), threshold)
    return [(*point, threshold) for point, threshold in points.items()]


def brute_force(y: Any, score: Any, weight: Any) -> list[tuple[Any, ...]]:
    """Vertices: the two ends, and the points above every chord between two others."""
    points = points_of(y, score, weight)

    def is_below(point: tuple, a: tuple, b: tuple) -> bool:
        if not a[0] <= point[0] <= b[0]:
            return False
        if a[0] == b[0]:
            return max(a[1], b[1]) >= point[1]
        height = a[1] + (b[1] - a[1]) * (point[0] - a[0]) / (b[0] - a[0])
        return height >= point[1]

    def is_vertex(point: tuple) -> bool:
        others = [other for other in points if other != point]
        return not any(is_below(point, a, b) for a in others for b in others)

    return [p for p in points if p[:2] in [(0, 0), (1, 1)] or is_vertex(p)]


def wrap(fp: np.ndarray, tp: np.ndarray) -> list[int]:
    """Vertices by walking to the steepest point ahead, the farthest of several."""
    walk = [0]
    while walk[-1] != fp.size - 1:
        ahead = np.arange(walk[-1] + 1, fp.size)
        dx, dy = fp[ahead] - fp[walk[-1]], tp[ahead] - tp[walk[-1]]
        steepness = dy / (dx + dy)
        near = np.flatnonzero(steepness > steepness.max() - 1e-9)
        exact = {i: Fraction(int(dy[i]), int(dx[i] + dy[i])) for i in near}
        walk.append(int(ahead[max(near, key=lambda i: (exact[i], i))]))
    return walk


def make_scores(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.3).astype(int)
    return y, rng.normal(size=n) + y


def check_against_brute_force(y: Any, score: Any, weight: Any) -> None:
    expected = brute_force(y, score, np.ones(len(y)) if weight is None else weight)
    found = roc_convex_hull(y, score, sample_weight=weight)
    for column, values in zip(found, zip(*expected, strict=True), strict=True):
        assert_allclose(column, [float(value) for value in values], rtol=1e-14)


@pytest.mark.parametrize("case", ["rocch0", "rocch1"])
def test_vectors(case: str) -> None:
    y, score = VECTORS[f"{case}_y"], VECTORS[f"{case}_score"]
    fpr, tpr, thresholds = roc_convex_hull(y, score)
    assert_allclose(
        np.column_stack([fpr, tpr]), VECTORS[f"{case}_hull"], rtol=0, atol=1e-12
    )
    assert_allclose(auc(fpr, tpr), VECTORS[f"{case}_area"][0], rtol=0, atol=1e-12)
    assert_allclose(auc(fpr, tpr), VECTORS[f"{case}_isoauc"][0], rtol=0, atol=1e-12)
    assert auc(fpr, tpr) >= VECTORS[f"{case}_auc"][0]
    for i, threshold in enumerate(thresholds):
        assert (score[y == 0] >= threshold).mean() == fpr[i]
        assert (score[y == 1] >= threshold).mean() == tpr[i]


def test_worked_example() -> None:
    # By rank: + + - + (+ -) - -; the tie of + and - is one step to the upper right.
    y = [1, 1, 0, 1, 1, 0, 0, 0]
    score = [9, 8, 7, 6, 5, 5, 4, 3]
    fpr, tpr, thresholds = roc_convex_hull(y, score)
    assert_array_equal(fpr, [0, 0, 0.5, 1])
    assert_array_equal(tpr, [0, 0.5, 1, 1])
    assert_array_equal(thresholds, [np.inf, 8, 5, 3])


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ([3, 4, 1, 2], ([0, 0, 1], [0, 1, 1], [np.inf, 3, 1])),
        ([1, 2, 3, 4], ([0, 1], [0, 1], [np.inf, 1])),
        ([5, 5, 5, 5], ([0, 1], [0, 1], [np.inf, 5])),
        ([2, 1, 2, 1], ([0, 1], [0, 1], [np.inf, 1])),
        ([0, -0.0, -1, -1], ([0, 0, 1], [0, 1, 1], [np.inf, 0, -1])),
    ],
    ids=["perfect", "reversed", "constant", "on the diagonal", "zeros"],
)
def test_extreme_scores(score: list, expected: tuple) -> None:
    found = roc_convex_hull([1, 1, 0, 0], score)
    for column, values in zip(found, expected, strict=True):
        assert_array_equal(column, values)


@given(ROWS)
def test_vertices_are_those_of_brute_force(rows: list[tuple]) -> None:
    score, y, _ = map(list, zip(*[*rows, (0, True, 1), (0, False, 1)], strict=True))
    check_against_brute_force(y, score, None)


@given(ROWS, st.sampled_from([1.0, 0.1, 1e15, 2.0**60, 1e-300, 5e-324]))
def test_weighted_vertices_are_those_of_brute_force(
    rows: list[tuple], scale: float
) -> None:
    score, y, weight = map(
        list, zip(*[*rows, (0, True, 1), (0, False, 1)], strict=True)
    )
    check_against_brute_force(y, score, [w * scale for w in weight])


def test_vertices_of_many_rows() -> None:
    y, score = make_scores(200_000)
    fpr, tpr, thresholds = roc_curve(y, score, drop_intermediate=False)
    fp, tp = np.rint(fpr * (y == 0).sum()), np.rint(tpr * y.sum())
    vertices = wrap(fp, tp)
    assert len(vertices) > 100
    found = roc_convex_hull(y, score)
    for column, values in zip(found, (fpr, tpr, thresholds), strict=True):
        assert_array_equal(column, values[vertices])


@pytest.mark.parametrize("is_steep_at_the_end", [False, True])
def test_curve_that_is_nearly_concave(is_steep_at_the_end: bool) -> None:
    # Points that all look like vertices from near by; steep steps at the end hide most.
    run = 300
    y = np.concatenate([np.r_[np.ones(run - i), np.zeros(i)] for i in range(run)])
    if is_steep_at_the_end:
        y = np.append(y, np.ones(10 * y.size))
    found = roc_convex_hull(y, -np.arange(y.size))
    fp, tp = np.append(0, np.cumsum(1 - y)), np.append(0, np.cumsum(y))
    vertices = wrap(fp, tp)
    assert len(vertices) == (16 if is_steep_at_the_end else 301)
    assert_array_equal(found[0], fp[vertices] / fp[-1])


def test_collinear_points_are_told_apart_exactly() -> None:
    # Two segments: their slopes are equal, or a cross product of 1 beside numbers up to
    # 1e30 tells them apart (Cassini's identity of Fibonacci numbers).
    fibonacci = [1, 1]
    while len(fibonacci) < 75:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    for n in (5, 6, 70, 71):
        a, b, c = fibonacci[n : n + 3]
        for weight, is_vertex in [
            ((b, a, c, b), b * b > a * c),
            ((c, b, b, a), a * c > b * b),
            ((a, b, a, b), False),
        ]:
            fpr, *_ = roc_convex_hull([1, 0, 1, 0], [2, 2, 1, 1], sample_weight=weight)
            assert len(fpr) == 2 + is_vertex


@given(ROWS)
def test_hull_is_concave_and_on_or_above_the_curve(rows: list[tuple]) -> None:
    score, y, _ = map(list, zip(*[*rows, (0, True, 1), (0, False, 1)], strict=True))
    fpr, tpr, _ = roc_convex_hull(y, score)
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)
    dx, dy = np.diff(fpr), np.diff(tpr)
    assert (dy[:-1] * dx[1:] > dy[1:] * dx[:-1]).all()
    x, y_curve, _ = roc_curve(y, score, drop_intermediate=False)
    above = x > 0  # np.interp takes any point of a vertical line
    assert (np.interp(x, fpr, tpr)[above] >= y_curve[above] - 1e-12).all()
    assert tpr[fpr == 0].max() >= y_curve[x == 0].max()


@pytest.mark.parametrize("is_weighted", [False, True])
def test_area_is_that_of_isotonic_scores(is_weighted: bool) -> None:
    y, score = make_scores(3000)
    score = score.round(2)
    weight = np.random.default_rng(1).exponential(size=y.size) if is_weighted else None
    fpr, tpr, thresholds = roc_convex_hull(y, score, sample_weight=weight)
    isotonic = IsotonicRegression().fit(score, y, sample_weight=weight)
    calibrated = isotonic.predict(score)
    area = roc_auc_score(y, calibrated, sample_weight=weight)
    assert_allclose(auc(fpr, tpr), area, rtol=0, atol=1e-12)
    # And the segments are the steps of the regression.
    steps = np.unique(calibrated.round(12))[::-1]
    share = np.average(y, weights=weight)
    positive, negative = share * np.diff(tpr), (1 - share) * np.diff(fpr)
    assert_allclose(positive / (positive + negative), steps, atol=1e-11)
    assert_array_equal(
        thresholds[1:], [score[np.isclose(calibrated, step)].min() for step in steps]
    )


@pytest.mark.parametrize(
    "change",
    [
        np.exp,
        np.cbrt,
        lambda s: 3 * s - 7,
        lambda s: np.unique(s, return_inverse=True)[1],
    ],
    ids=["exp", "cbrt", "affine", "rank"],
)
def test_increasing_maps_change_thresholds_only(change: Any) -> None:
    y, score = make_scores(2000)
    score = score.round(1)
    fpr, tpr, thresholds = roc_convex_hull(y, score)
    changed = change(score)
    fpr_2, tpr_2, thresholds_2 = roc_convex_hull(y, changed)
    assert_array_equal(fpr_2, fpr)
    assert_array_equal(tpr_2, tpr)
    images = dict(zip(score, changed, strict=True))
    assert_array_equal(thresholds_2[1:], [images[t] for t in thresholds[1:]])


# Weights


def test_integer_weights_are_repetitions_and_zero_is_removal() -> None:
    y, score = make_scores(2000)
    weight = np.random.default_rng(1).integers(0, 4, y.size)
    found = roc_convex_hull(y, score, sample_weight=weight)
    expected = roc_convex_hull(y.repeat(weight), score.repeat(weight))
    for column, values in zip(found, expected, strict=True):
        assert_array_equal(column, values)


def test_weighted_rates_are_those_of_roc_curve() -> None:
    y, score = make_scores(5000)
    weight = np.random.default_rng(1).exponential(size=y.size)
    weight[y == 1] *= 1e-9
    fpr, tpr, thresholds = roc_convex_hull(y, score, sample_weight=weight)
    curve = roc_curve(y, score, sample_weight=weight, drop_intermediate=False)
    at = np.searchsorted(-curve[2], -thresholds)
    assert_allclose(fpr, curve[0][at], rtol=1e-12)
    assert_allclose(tpr, curve[1][at], rtol=1e-12)


def test_order_of_rows_changes_nothing() -> None:
    y, score = make_scores(3000)
    score = score.round(2)
    weight = np.random.default_rng(1).exponential(size=y.size)
    order = np.random.default_rng(2).permutation(y.size)
    first = roc_convex_hull(y, score, sample_weight=weight)
    second = roc_convex_hull(y[order], score[order], sample_weight=weight[order])
    for column, values in zip(first, second, strict=True):
        assert_array_equal(column, values)


def test_weights_may_be_huge_or_tiny() -> None:
    y, score = make_scores(500)
    expected = roc_convex_hull(y, score)
    for weight in (1.7e308, 5e-324, 0.1):
        found = roc_convex_hull(y, score, sample_weight=np.full(y.size, weight))
        for column, values in zip(found, expected, strict=True):
            assert_array_equal(column, values)


# Input


def test_infinite_scores_are_scores() -> None:
    fpr, tpr, thresholds = roc_convex_hull([1, 0, 1, 0], [np.inf, 0.5, 0.5, -np.inf])
    assert_array_equal(fpr, [0, 0, 0.5, 1])
    assert_array_equal(tpr, [0, 0.5, 1, 1])
    assert_array_equal(thresholds, [np.inf, np.inf, 0.5, -np.inf])


@pytest.mark.parametrize(
    ("labels", "pos_label"),
    [
        (np.array(["ham", "spam"]), "spam"),
        (np.array(["ham", "spam"], dtype=object), "spam"),
        (np.array([False, True]), None),
        (np.array([-1, 1]), None),
        (np.array([2, 1]), 1),
        (np.array([0.0, 1.0]), 1),
    ],
)
def test_labels(labels: np.ndarray, pos_label: Any) -> None:
    y, score = make_scores(300)
    found = roc_convex_hull(labels[y], score, pos_label=pos_label)
    for column, values in zip(found, roc_convex_hull(y, score), strict=True):
        assert_array_equal(column, values)


def test_one_class_against_the_rest() -> None:
    y, score = make_scores(300)
    several = np.where(y == 1, "rare", np.where(score > 0, "b", "c"))
    found = roc_convex_hull(several, score, pos_label="rare")
    assert_array_equal(found[0], roc_convex_hull(y, score)[0])


@pytest.mark.parametrize(
    "convert",
    [list, tuple, pd.Series, pl.Series, np.float32, lambda a: a.reshape(-1, 1)],
    ids=["list", "tuple", "pandas", "polars", "float32", "column"],
)
@pytest.mark.filterwarnings("ignore:A column-vector y")
def test_containers(convert: Any) -> None:
    y, score = make_scores(300)
    score = score.astype(np.float32).astype(float)
    weight = np.arange(300.0)
    expected = roc_convex_hull(y, score, sample_weight=weight)
    if convert is pd.Series:
        y = pd.Series(y, index=np.arange(300)[::-1])
    found = roc_convex_hull(y, convert(score), sample_weight=weight)
    for column, values in zip(found, expected, strict=True):
        assert_array_equal(column, values)
        assert column.dtype == np.float64


def test_input_is_neither_changed_nor_needed_in_order() -> None:
    y, score = make_scores(300)
    expected = roc_convex_hull(y, score)[0]
    wide = np.repeat(np.column_stack([y, score]), 2, axis=0)
    wide.flags.writeable = False
    assert_array_equal(roc_convex_hull(wide[::2, 0], wide[::2, 1])[0], expected)
    assert_array_equal(roc_convex_hull(y[::-1], score[::-1])[0], expected)


@pytest.mark.parametrize(
    ("y", "score", "message"),
    [
        ([0, 1, 1], [0.1, np.nan, np.nan], "y_score: 2 of 3 are NaN.*at position 1"),
        ([1, 1, 1], [1, 2, 3], "no row of the negative class"),
        ([0, 0, 0], [1, 2, 3], "no row of the positive class"),
        ([0, 1, 2], [1, 2, 3], "y_true holds 3 classes; pass pos_label"),
        (["a", "b", "a"], [1, 2, 3], "pos_label is not specified"),
        ([0.5, 1.5, 2.5], [1, 2, 3], "y_true is continuous; .* needs two classes"),
        ([[0, 1], [1, 0]], [1, 2], "y_true is multilabel-indicator"),
        ([0, 1, np.nan], [1, 2, 3], "y_true contains NaN"),
        ([0, 1, 1], [1, 2], r"inconsistent numbers of samples: \[3, 2\]"),
        ([0, 1], [[1, 2], [2, 1]], "1d array"),
        ([0, 1], ["x", "y"], "could not convert string to float"),
        ([0, 1], np.array([1j, 2]), "Complex data not supported"),
    ],
)
def test_bad_input(y: Any, score: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        roc_convex_hull(y, score)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1, 1], r"sample_weight.shape == \(2,\), expected \(3,\)"),
        ([1, -1, 1], "Negative values in data"),
        ([1, np.nan, 1], "NaN"),
        ([1, 0, 0], "no row of the positive class .of positive weight"),
        # The first from scikit-learn 1.9 on, the second before.
        ([0, 0, 0], "at least one non-zero|no row of the positive class"),
    ],
)
def test_bad_weights(weight: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        roc_convex_hull([0, 1, 1], [1, 2, 3], sample_weight=weight)


def test_label_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no row of the positive class"):
        roc_convex_hull([0, 1], [1, 2], pos_label=7)
