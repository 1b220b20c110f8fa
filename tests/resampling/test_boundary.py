# SPDX-License-Identifier: BSD-3-Clause
"""BorderlineSMOTE, ADASYN and ProWSyn: what they share; who breeds in the first two."""

import warnings
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import imblearn.over_sampling
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import nan_euclidean_distances
from sklearn.neighbors import NearestNeighbors

from skx.resampling import (
    ADASYN,
    SMOTE,
    BorderlineSMOTE,
    ProWSyn,
    ResampledClassifier,
)
from skx.resampling._base import ClassDraw
from skx.resampling._smote import draw_shared_bases

VECTORS = Path(__file__).parents[1] / "vectors"
SAMPLERS = {
    "borderline-1": BorderlineSMOTE(random_state=0),
    "borderline-2": BorderlineSMOTE(kind="borderline-2", random_state=0),
    "ADASYN": ADASYN(random_state=0),
    "ProWSyn": ProWSyn(random_state=0),
}
COUNTS = [70, 33, 41]


@pytest.fixture(params=SAMPLERS)
def sampler(request: pytest.FixtureRequest) -> Any:
    return clone(SAMPLERS[request.param])


@pytest.fixture(params=["borderline-1", "borderline-2", "ADASYN"])
def neighbor_sampler(request: pytest.FixtureRequest) -> Any:
    """Those that look at the neighbours of a row in all classes."""
    return clone(SAMPLERS[request.param])


def make_table(
    n_features: int = 3, counts: list[int] = COUNTS, seed: int = 0, gap: float = 0.8
) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian classes 0, 1, ... that overlap, their rows in random order."""
    generator = np.random.RandomState(seed)
    y = generator.permutation(np.repeat(np.arange(len(counts)), counts))
    return generator.normal(size=(y.size, n_features)) + gap * y[:, np.newaxis], y


def nearest(X: np.ndarray, row: int, among: np.ndarray, k: int) -> np.ndarray:
    """The k rows nearest to a row, without itself; equal distances by row number."""
    others = among[among != row]
    distances = np.zeros(others.size)
    for j in range(X.shape[1]):
        distances += (X[others, j] - X[row, j]) ** 2
    return others[np.lexsort((others, distances))][:k]


def count_foreign(X: np.ndarray, y: np.ndarray, label: Any, k: int) -> np.ndarray:
    every = np.arange(y.size)
    return np.array(
        [
            np.sum(y[nearest(X, row, every, k)] != label)
            for row in np.flatnonzero(y == label)
        ]
    )


def possible_partners(
    sampler: Any, X: np.ndarray, y: np.ndarray, base: int
) -> np.ndarray:
    own = np.flatnonzero(y == y[base])
    if isinstance(sampler, ProWSyn):
        levels = sampler.levels_[y[base]]
        same = own[levels == levels[own == base]]
        return same[same != base] if same.size > 1 else nearest(X, base, own, 1)
    if isinstance(sampler, ADASYN):
        return nearest(X, base, own, sampler.n_neighbors)
    among = own if sampler.kind == "borderline-1" else np.arange(y.size)
    return nearest(X, base, among, sampler.k_neighbors)


def uses(sampler: Any, y: np.ndarray) -> np.ndarray:
    return np.bincount(sampler.parents_[:, 0], minlength=y.size)


# What all of them promise


def test_originals_come_first_and_counts_are_met(
    sampler: Any, layout: Callable, float_dtype: type
) -> None:
    X, y = make_table()
    X = layout(X.astype(float_dtype))
    X_out, y_out = sampler.fit_resample(X, y)
    assert X_out.dtype == float_dtype
    assert X_out[: len(X)].tobytes() == X.tobytes()
    assert sampler.sampling_strategy_ == {1: 37, 2: 29}
    assert y_out.tolist() == y.tolist() + [1] * 37 + [2] * 29
    np.testing.assert_array_equal(y[sampler.parents_[:, 0]], y_out[len(y) :])


@pytest.mark.parametrize("target", [42, 57, 82, 83, 300])
def test_any_count_is_met(sampler: Any, target: int) -> None:
    X, y = make_table()
    sampler.set_params(sampling_strategy={2: target})
    _, y_out = sampler.fit_resample(X, y)
    assert np.bincount(y_out).tolist() == [70, 33, target]


def test_rows_are_mixed_from_base_and_possible_partner(sampler: Any) -> None:
    X, y = make_table()
    sampler.set_params(sampling_strategy={1: 300, 2: 300})
    X_out, _ = sampler.fit_resample(X, y)
    weights = sampler.parent_weights_
    assert sampler.parents_.dtype == np.int64
    assert weights.dtype == np.float64
    assert ((weights >= 0) & (weights <= 1)).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-15)
    mixed = (weights[:, :, np.newaxis] * X[sampler.parents_]).sum(axis=1)
    np.testing.assert_allclose(X_out[len(X) :], mixed, rtol=0, atol=1e-14)
    for base, partner in sampler.parents_:
        assert base != partner
        assert partner in possible_partners(sampler, X, y, base)


def test_every_possible_partner_is_drawn_equally_often(sampler: Any) -> None:
    X, y = make_table(counts=[60, 14])
    sampler.set_params(sampling_strategy={1: 20_000})
    sampler.fit_resample(X, y)
    base = uses(sampler, y).argmax()
    partners = sampler.parents_[sampler.parents_[:, 0] == base, 1]
    possible = possible_partners(sampler, X, y, base)
    counts = np.bincount(partners, minlength=y.size)[possible]
    assert counts.sum() == partners.size
    assert stats.chisquare(counts).pvalue > 1e-3


def test_gaps_are_uniform_and_halved_towards_other_classes(sampler: Any) -> None:
    X, y = make_table(2, counts=[60, 14])
    sampler.set_params(sampling_strategy={1: 100_014})
    sampler.fit_resample(X, y)
    gaps = sampler.parent_weights_[:, 1]
    is_foreign = y[sampler.parents_[:, 1]] == 0
    # imbalanced-learn's product of two uniforms would fail here.
    for share, upper in ((gaps[~is_foreign], 1), (gaps[is_foreign], 0.5)):
        if share.size:
            assert share.max() < upper
            assert stats.kstest(share / upper, "uniform").pvalue > 1e-3
    is_second_kind = getattr(sampler, "kind", "") == "borderline-2"
    assert (is_foreign.sum() > 10_000) == is_second_kind
    assert is_foreign.any() == is_second_kind


def test_classes_have_their_own_draws(sampler: Any) -> None:
    # Two classes that are moved copies of each other, each beside a copy of class 0.
    X, y = make_table(counts=[60, 25], gap=1.0)
    X, y = np.vstack([X, X + 64]), np.append(y, 2 * y)
    _, y_out = sampler.fit_resample(X, y)
    assert np.bincount(y_out).tolist() == [120, 120, 120]
    first, second = np.split(sampler.parent_weights_[:, 1], 2)
    assert not np.isin(first, second).any()
    parents, copies = np.split(sampler.parents_, 2)
    assert set(map(tuple, parents + 85)) != set(map(tuple, copies))


@pytest.mark.slow  # without compilation
@pytest.mark.parametrize("kind", ["dense", "missing", "sparse"])
def test_number_of_threads_changes_nothing(sampler: Any, kind: str) -> None:
    X, y = make_table(3, [900, 400])  # over 256 queries: threads really start
    if kind == "missing":
        X[::3, 0] = np.nan
    if kind == "sparse":
        X = sparse.csr_array(np.maximum(X, 0))
    results = []
    for n_jobs in (1, 2, -1):
        found, _ = sampler.set_params(n_jobs=n_jobs).fit_resample(X, y)
        results.append(found.toarray() if kind == "sparse" else found)
    np.testing.assert_array_equal(results[1], results[0])
    np.testing.assert_array_equal(results[2], results[0])


def test_layout_changes_nothing(
    sampler: Any, layout: Callable, float_dtype: type
) -> None:
    X, y = make_table()
    X = X.astype(float_dtype)
    expected, _ = sampler.fit_resample(X, y)
    found, _ = sampler.fit_resample(layout(X), y)
    np.testing.assert_array_equal(found, expected)


def test_container_changes_nothing(sampler: Any) -> None:
    X, y = make_table()
    expected, labels = sampler.fit_resample(X, y)
    for frame, series in (
        (pd.DataFrame(X, columns=list("abc")), pd.Series(y)),
        (pl.DataFrame(X, schema=list("abc")), pl.Series(y)),
    ):
        found, found_labels = sampler.fit_resample(frame, series)
        assert type(found) is type(frame)
        np.testing.assert_array_equal(found.to_numpy(), expected)
        np.testing.assert_array_equal(found_labels.to_numpy(), labels)
    from_lists, _ = sampler.fit_resample(X.tolist(), y.tolist())
    np.testing.assert_array_equal(from_lists, expected)


def test_sparse_rows_are_those_of_dense_ones(sampler: Any) -> None:
    X, y = make_table(5)
    X[np.abs(X) < 0.7] = 0
    dense, _ = sampler.fit_resample(X, y)
    for container in (sparse.csr_matrix, sparse.csc_array):
        found, _ = sampler.fit_resample(container(X), y)
        assert type(found) is container
        np.testing.assert_array_equal(found.toarray(), dense)


def test_float32_has_the_parents_of_float64(sampler: Any) -> None:
    X, y = make_table()
    X = X.astype(np.float32)
    single, _ = sampler.fit_resample(X, y)
    parents = sampler.parents_
    double, _ = sampler.fit_resample(X.astype(np.float64), y)
    np.testing.assert_array_equal(sampler.parents_, parents)
    np.testing.assert_allclose(single, double, rtol=1e-5, atol=1e-6)


def test_order_of_columns_changes_nothing(sampler: Any) -> None:
    X, y = make_table(4)
    X = np.round(X * 1000)  # sums of squares of integers are exact in any order
    order = [2, 0, 3, 1]
    expected, _ = sampler.fit_resample(X, y)
    found, _ = sampler.fit_resample(X[:, order], y)
    np.testing.assert_array_equal(found, expected[:, order])


def test_scale_and_origin_change_the_rows_alike(sampler: Any) -> None:
    X, y = make_table()
    X = np.round(X * 2**20) / 2**20  # so that sums are exact
    expected, _ = sampler.fit_resample(X, y)
    scaled, _ = sampler.fit_resample(np.ldexp(X, 30), y)
    np.testing.assert_array_equal(scaled, np.ldexp(expected, 30))
    moved, _ = sampler.fit_resample(X + 2**20, y)
    np.testing.assert_allclose(moved, expected + 2**20, rtol=1e-15)


def test_order_of_rows_changes_no_possible_segment(sampler: Any) -> None:
    X, y = make_table(counts=[60, 14])
    order = np.random.RandomState(1).permutation(y.size)
    segments = []
    for rows in (np.arange(y.size), order):
        sampler.set_params(sampling_strategy={1: 20_000})
        sampler.fit_resample(X[rows], y[rows])
        segments.append(set(map(tuple, rows[sampler.parents_].tolist())))
    assert segments[0] == segments[1]


def test_labels_may_be_strings(sampler: Any) -> None:
    X, y = make_table()
    expected, _ = sampler.fit_resample(X, y)
    names = np.array(["ham", "spam", "toast"])[y]
    found, labels = sampler.fit_resample(X, names)
    np.testing.assert_array_equal(found, expected)
    assert labels[-1] == "toast"
    assert sampler.sampling_strategy_ == {"spam": 37, "toast": 29}


def test_same_seed_same_rows(sampler: Any) -> None:
    X, y = make_table()
    first, _ = sampler.fit_resample(X, y)
    again, _ = sampler.fit_resample(X, y)
    other, _ = sampler.set_params(random_state=8).fit_resample(X, y)
    np.testing.assert_array_equal(first, again)
    assert (first[len(X) :] != other[len(X) :]).all()


def test_new_rows_miss_what_their_base_misses(sampler: Any) -> None:
    X, y = make_table(4)
    X[np.random.RandomState(0).uniform(size=X.shape) < 0.1] = np.nan
    X_out, _ = sampler.fit_resample(X, y)
    bases = X[sampler.parents_[:, 0]]
    np.testing.assert_array_equal(np.isnan(X_out[len(X) :]), np.isnan(bases))


def test_integers_stay_integers_between_the_parents(sampler: Any) -> None:
    X, y = make_table()
    X = np.round(X * 4).astype(np.int16)
    X_out, _ = sampler.fit_resample(X, y)
    assert X_out.dtype == np.int16
    low, high = (f(X[sampler.parents_], axis=1) for f in (np.min, np.max))
    assert ((low <= X_out[len(X) :]) & (X_out[len(X) :] <= high)).all()


@pytest.mark.parametrize("copies", [2, 5])
def test_duplicates_are_no_obstacle(sampler: Any, copies: int) -> None:
    X, y = make_table()
    X, y = np.tile(X, (copies, 1)), np.tile(y, copies)
    sampler.set_params(sampling_strategy={1: 600})
    _, y_out = sampler.fit_resample(X, y)
    assert (y_out == 1).sum() == 600
    for base, partner in sampler.parents_[::7]:
        assert base != partner
        assert partner in possible_partners(sampler, X, y, base)


def test_rows_of_weight_zero_are_as_good_as_removed(sampler: Any) -> None:
    X, y = make_table()
    weights = np.random.RandomState(1).uniform(0.5, 2, size=y.size)
    weights[::4] = 0
    kept = weights > 0
    left = np.bincount(y[kept])
    sampler.set_params(sampling_strategy={1: 33 + 50, 2: 41 + 50})
    _, _, weights_out = sampler.fit_resample(X, y, sample_weight=weights)
    parents, shares = sampler.parents_, sampler.parent_weights_
    sampler.set_params(sampling_strategy={1: left[1] + 50, 2: left[2] + 50})
    sampler.fit_resample(X[kept], y[kept])
    np.testing.assert_array_equal(np.flatnonzero(kept)[sampler.parents_], parents)
    np.testing.assert_array_equal(sampler.parent_weights_, shares)
    mixed = (shares * weights[parents]).sum(axis=1)
    np.testing.assert_array_equal(weights_out, np.append(weights, mixed))


def test_nothing_to_add_adds_nothing(sampler: Any) -> None:
    X, y = make_table(counts=[20, 20])
    X_out, _ = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(X_out, X)
    assert sampler.parents_.shape == (0, 2)


def test_sampler_works_inside_a_classifier(sampler: Any) -> None:
    X, y = make_table(counts=[150, 30])
    model = LogisticRegression()
    classifier = ResampledClassifier(model, sampler=sampler, random_state=0).fit(X, y)
    direct = clone(sampler).fit_resample(X, y)
    np.testing.assert_array_equal(classifier.estimator_.coef_, model.fit(*direct).coef_)


def test_class_of_one_row_is_named(sampler: Any) -> None:
    X, y = make_table(counts=[40, 1])
    if not isinstance(sampler, ProWSyn):
        sampler.set_params(small_class="shrink")
    message = "Class 1 has 1 sample .*draws new ones between two"
    if getattr(sampler, "kind", "") == "borderline-2":
        message = "Class 1 has no row to start from: 0 .* 0 are safe .* and 1 are noise"
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(X, y)


def test_small_class_is_named(sampler: Any) -> None:
    X, y = make_table(counts=[40, 3])
    if isinstance(sampler, ProWSyn) or sampler.get_params().get("kind") == (
        "borderline-2"
    ):
        # Neither looks for neighbours within the class.
        assert len(sampler.fit_resample(X, y)[0]) == 80
        return
    name = "n_neighbors" if isinstance(sampler, ADASYN) else "k_neighbors"
    message = rf"Class 1 has 3 samples, fewer than {name} \+ 1 = 6; lower {name} to 2"
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(X, y)


def test_small_class_may_shrink_the_neighbourhood(neighbor_sampler: Any) -> None:
    X, y = make_table(2, counts=[40, 4], seed=1)
    neighbor_sampler.set_params(small_class="shrink", on_empty="smote")
    _, y_out = neighbor_sampler.fit_resample(X, y)
    assert np.bincount(y_out).tolist() == [40, 40]
    if getattr(neighbor_sampler, "kind", "") != "borderline-2":
        own = set(np.flatnonzero(y == 1))
        assert set(neighbor_sampler.parents_.ravel()) <= own


# Numbers small enough to be drawn at random, ties included
numbers = st.integers(-3, 3).map(float)


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    counts = draw(st.lists(st.integers(2, 9), min_size=2, max_size=4))
    shape = (sum(counts), draw(st.integers(1, 3)))
    X = draw(hnp.arrays(np.float64, shape, elements=numbers))
    y = np.array(draw(st.permutations(np.repeat(np.arange(len(counts)), counts))))
    return X, y


@given(
    problems(), st.sampled_from(list(SAMPLERS)), st.integers(1, 6), st.integers(0, 99)
)
def test_any_table_keeps_the_promises(
    problem: tuple[np.ndarray, np.ndarray], name: str, k: int, seed: int
) -> None:
    X, y = problem
    sampler = clone(SAMPLERS[name]).set_params(random_state=seed)
    if isinstance(sampler, BorderlineSMOTE):
        sampler.set_params(k_neighbors=k, m_neighbors=k + 1)
    else:
        sampler.set_params(n_neighbors=k)
    if not isinstance(sampler, ProWSyn):
        sampler.set_params(small_class="shrink", on_empty="smote")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Class . has no row to start", UserWarning)
        X_out, y_out = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(X_out[: len(X)], X)
    assert len(set(np.bincount(y_out))) == 1
    weights = sampler.parent_weights_[:, :, np.newaxis]
    mixed = (weights * X[sampler.parents_]).sum(axis=1)
    np.testing.assert_allclose(X_out[len(X) :], mixed, atol=1e-14)
    for base, partner in sampler.parents_:
        own = np.flatnonzero(y == y[base])
        is_plain = name == "borderline-2" and not sampler.danger_indices_[y[base]].size
        if is_plain:
            assert partner in nearest(X, base, own, k)
        else:
            assert partner in possible_partners(sampler, X, y, base)


# Borderline-SMOTE


# Distances from 0 on a line: class 1 at 0, the rest in the order of distance.
@pytest.mark.parametrize(
    ("neighbors", "in_danger"),
    [
        ("1111", False),
        ("1110", False),
        ("1100", True),  # half
        ("0101", True),
        ("1000", True),
        ("0000", False),  # noise
        ("11100", False),
        ("11000", True),
        ("00010", True),
        ("00000", False),
    ],
)
def test_danger_is_half_of_the_neighbours_or_more_but_not_all(
    neighbors: str, in_danger: bool
) -> None:
    line = [0.0, *np.arange(1.0, len(neighbors) + 1)]
    far = np.arange(1000.0, 1012.0)  # six rows of either class, by turns
    X = np.concatenate([line, far])[:, np.newaxis]
    y = np.array([1, *map(int, neighbors), *np.tile([0, 1], 6)])
    sampler = BorderlineSMOTE(
        m_neighbors=len(neighbors), k_neighbors=1, sampling_strategy={1: 40}
    )
    sampler.fit_resample(X, y)
    assert (0 in sampler.danger_indices_[1]) == in_danger


@pytest.mark.parametrize("kind", ["borderline-1", "borderline-2"])
@pytest.mark.parametrize("m", [2, 4, 5, 10])
def test_rows_in_danger_alone_breed_equally_often(kind: str, m: int) -> None:
    X, y = make_table()
    sampler = BorderlineSMOTE(kind=kind, m_neighbors=m, random_state=0)
    sampler.fit_resample(X, y)
    for label, n_new in sampler.sampling_strategy_.items():
        n_foreign = count_foreign(X, y, label, m)
        own = np.flatnonzero(y == label)
        expected = own[(n_foreign >= m / 2) & (n_foreign < m)]
        danger = sampler.danger_indices_[label]
        np.testing.assert_array_equal(danger, expected)
        assert 0 < danger.size < own.size
        often = uses(sampler, y)[own]
        assert set(often[~np.isin(own, danger)]) == {0}
        often = often[np.isin(own, danger)]
        assert set(often) <= {n_new // danger.size, -(-n_new // danger.size)}


def test_second_kind_has_partners_of_both_kinds() -> None:
    X, y = make_table()
    sampler = BorderlineSMOTE(kind="borderline-2", random_state=0)
    _, y_out = sampler.fit_resample(X, y)
    partners = y[sampler.parents_[:, 1]]
    assert 0 < np.mean(partners == y_out[len(y) :]) < 1
    assert set(partners) == {0, 1, 2}


def test_second_kind_may_pair_a_row_with_its_copy_in_another_class() -> None:
    X = np.array([[0.0], [0], [1], [5], [6], [8], [9], [20]])
    y = np.array([1, 0, 1, 0, 1, 0, 1, 0])
    sampler = BorderlineSMOTE(
        kind="borderline-2", k_neighbors=1, m_neighbors=2, sampling_strategy={1: 40}
    )
    X_out, _ = sampler.fit_resample(X, y)
    pairs = sampler.parents_.tolist()
    assert [0, 1] in pairs
    assert X_out[len(X) + pairs.index([0, 1])] == 0


def test_danger_is_told_for_the_classes_that_grow() -> None:
    X, y = make_table()
    sampler = BorderlineSMOTE(random_state=0, sampling_strategy={2: 60})
    sampler.fit_resample(X, y)
    assert list(sampler.danger_indices_) == [2]
    sampler.set_params(sampling_strategy={1: 60}).fit_resample(X, y)
    assert list(sampler.danger_indices_) == [1]


def apart() -> tuple[np.ndarray, np.ndarray]:
    """Class "b" has rows inside their own kind, and two alone among class "a"."""
    X, _ = make_table(2, counts=[80])
    X[:20] += 100
    X[20:22] -= 50
    X[22] += 0.01 - X[22] + X[20]
    y = np.repeat(["b", "a"], [22, 58])
    X[23:60] = X[20] + np.random.RandomState(1).normal(size=(37, 2))
    return X, y


def test_class_without_a_row_in_danger_is_named() -> None:
    X, y = apart()
    with pytest.raises(
        ValueError,
        match=r"Class 'b' has no row to start from: 0 of its rows are in danger, 20 "
        r"are safe \(less than half of their 5 nearest rows are of other classes\) and "
        r"2 are noise \(all are\)\. Use SMOTE for this class by on_empty='smote', "
        r"change m_neighbors, or leave the class out of sampling_strategy\.",
    ):
        BorderlineSMOTE(m_neighbors=5).fit_resample(X, y)


@pytest.mark.parametrize("kind", ["borderline-1", "borderline-2"])
def test_class_without_a_row_in_danger_may_fall_back_to_smote(kind: str) -> None:
    X, y = apart()
    sampler = BorderlineSMOTE(
        m_neighbors=5, kind=kind, on_empty="smote", random_state=0
    )
    with pytest.warns(UserWarning, match="Class 'b' has no row.*over-sampled by SMOTE"):
        found, _ = sampler.fit_resample(X, y)
    expected, _ = SMOTE(random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(found, expected)
    assert sampler.danger_indices_["b"].size == 0


def test_no_warning_where_rows_are_in_danger() -> None:
    X, y = make_table()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        BorderlineSMOTE(on_empty="smote").fit_resample(X, y)
        ADASYN(on_empty="smote").fit_resample(X, y)


@pytest.mark.parametrize("parameter", ["m_neighbors", "k_neighbors"])
def test_more_neighbours_than_rows_are_refused(parameter: str) -> None:
    X, y = make_table(counts=[14, 10], gap=0.2)
    sampler = BorderlineSMOTE(kind="borderline-2", **{parameter: 24})
    message = rf"X has 24 samples.*fewer than {parameter} \+ 1 = 25; lower .* to 23"
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(X, y)
    sampler.set_params(small_class="shrink", on_empty="smote")
    assert len(sampler.fit_resample(X, y)[0]) == 28


def test_danger_equals_that_of_imbalanced_learn() -> None:
    for seed in range(10):
        X, y = make_table(4, seed=seed, gap=0.5)
        peer = imblearn.over_sampling.BorderlineSMOTE(random_state=0)
        peer.fit_resample(X, y)
        sampler = BorderlineSMOTE(random_state=0)
        sampler.fit_resample(X, y)
        assert list(sampler.danger_indices_) == [1, 2]
        for label, rows in peer.in_danger_indices.items():
            np.testing.assert_array_equal(sampler.danger_indices_[label], rows)


def test_danger_with_missing_values() -> None:
    X, y = make_table(4, gap=0.5)
    X[np.random.RandomState(0).uniform(size=X.shape) < 0.15] = np.nan
    distances = nan_euclidean_distances(X)
    np.fill_diagonal(distances, np.inf)
    n_foreign = (y[np.argsort(distances, axis=1)[:, :10]] != y[:, np.newaxis]).sum(1)
    sampler = BorderlineSMOTE(random_state=0)
    sampler.fit_resample(X, y)
    for label, rows in sampler.danger_indices_.items():
        own = np.flatnonzero(y == label)
        expected = own[(n_foreign[own] >= 5) & (n_foreign[own] < 10)]
        np.testing.assert_array_equal(rows, expected)


# ADASYN


def test_rows_breed_in_proportion_to_their_hardness() -> None:
    X, y = make_table()
    sampler = ADASYN(random_state=0)
    for target in (42, 70, 200, 1000):
        sampler.set_params(sampling_strategy={2: target})
        sampler.fit_resample(X, y)
        n_foreign = count_foreign(X, y, 2, 5)
        np.testing.assert_array_equal(sampler.hardness_[2], n_foreign / 5)
        bred = uses(sampler, y)[y == 2]
        assert bred.sum() == target - 41
        total = int(n_foreign.sum())
        for foreign in range(6):
            alike = bred[n_foreign == foreign]
            exact = Fraction((target - 41) * foreign, total)
            assert set(alike) <= {exact.__floor__(), exact.__ceil__()}
            assert abs(int(alike.sum()) - alike.size * exact) < 1


def test_hardness_by_hand() -> None:
    # On a line, by two neighbours: 0 and 1 lie inside class 1, 2 has one foreign
    # neighbour, 10 has two.
    X = np.array([[0.0], [1], [2], [2.9], [9.5], [10], [10.6], [50], [51], [52]])
    y = np.array([1, 1, 1, 0, 0, 1, 0, 0, 0, 0])
    sampler = ADASYN(n_neighbors=2, sampling_strategy={1: 10}, random_state=0)
    sampler.fit_resample(X, y)
    assert sampler.hardness_[1].tolist() == [0, 0, 0.5, 1]
    assert uses(sampler, y)[y == 1].tolist() == [0, 0, 2, 4]


def test_rows_of_one_hardness_that_breed_once_more_are_a_random_subset() -> None:
    X, y = make_table()
    n_foreign = count_foreign(X, y, 2, 5)
    bred = np.zeros(41)
    for seed in range(300):
        sampler = ADASYN(sampling_strategy={2: 61}, random_state=seed)
        sampler.fit_resample(X, y)
        bred += uses(sampler, y)[y == 2]
    sizes = np.bincount(n_foreign, minlength=6)
    assert sizes[3:].min() >= 3
    for foreign in (3, 4, 5):
        assert stats.chisquare(bred[n_foreign == foreign]).pvalue > 1e-3


def test_class_without_foreign_neighbours_is_named() -> None:
    X, y = make_table(counts=[40, 20], gap=100)
    with pytest.raises(
        ValueError,
        match=r"Class 1 has no row to start from: none of its 20 rows has a row of "
        r"another class among its 5 nearest\. Use SMOTE for this class by "
        r"on_empty='smote', raise n_neighbors, or leave",
    ):
        ADASYN().fit_resample(X, y)


def test_class_without_foreign_neighbours_may_fall_back_to_smote() -> None:
    X, y = make_table(counts=[60, 25], gap=100)
    sampler = ADASYN(on_empty="smote", random_state=0)
    with pytest.warns(UserWarning, match="Class 1 has no row.*over-sampled by SMOTE"):
        sampler.fit_resample(X, y)
    assert sampler.hardness_[1].tolist() == [0] * 25
    smote = SMOTE(random_state=0)
    smote.fit_resample(X, y)
    np.testing.assert_array_equal(uses(sampler, y), uses(smote, y))


def test_hardness_equals_that_of_imbalanced_learn() -> None:
    # Each row's part rounded to the nearest integer gives the peer's counts.
    for seed in range(10):
        X, y = make_table(4, seed=seed, gap=0.5)
        _, labels = imblearn.over_sampling.ADASYN(random_state=0).fit_resample(X, y)
        sampler = ADASYN(random_state=0)
        _, y_out = sampler.fit_resample(X, y)
        assert np.bincount(y_out).tolist() == [70, 70, 70]
        for label, hardness in sampler.hardness_.items():
            parts = hardness / hardness.sum() * sampler.sampling_strategy_[label]
            n_rows = (y == label).sum() + np.rint(parts).sum()
            assert n_rows == (labels == label).sum()


# Bases by group

groups_of_rows = st.lists(st.integers(0, 4), min_size=1, max_size=30).map(
    lambda groups: np.unique(groups, return_inverse=True)[1]
)


@given(
    groups_of_rows,
    st.lists(st.integers(0, 9), min_size=5, max_size=5),
    st.integers(1, 200),
    st.integers(0, 2**63),
)
def test_groups_share_the_bases_by_weight(
    groups: np.ndarray, weights: list[int], n_new: int, seed: int
) -> None:
    weights = weights[: groups.max() + 1]
    weights[-1] += 1
    draw = ClassDraw(np.uint64(seed), 0)
    bases = draw_shared_bases(groups, weights, n_new, draw)
    assert bases.size == n_new
    often = np.bincount(bases, minlength=groups.size)
    parts = [Fraction(n_new * weight, sum(weights)) for weight in weights]
    found = [int(often[groups == g].sum()) for g in range(len(weights))]
    # Largest remainder: nobody who is rounded up has less of a remainder.
    assert all(abs(n - part) < 1 for n, part in zip(found, parts, strict=True))
    up = [p % 1 for n, p in zip(found, parts, strict=True) if n > p]
    down = [p % 1 for n, p in zip(found, parts, strict=True) if n < p]
    assert min(up, default=1) >= max(down, default=0)
    for g in range(len(weights)):
        assert np.ptp(often[groups == g]) <= 1


# Search objects


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
def test_search_objects_give_the_same_rows(
    neighbor_sampler: Any, algorithm: str
) -> None:
    X, y = make_table()
    expected, _ = neighbor_sampler.fit_resample(X, y)
    names = [name for name in neighbor_sampler.get_params() if "_neighbors" in name]
    for name in names:
        n_neighbors = neighbor_sampler.get_params()[name] + 1
        search = NearestNeighbors(n_neighbors=n_neighbors, algorithm=algorithm)
        found, _ = (
            clone(neighbor_sampler).set_params(**{name: search}).fit_resample(X, y)
        )
        np.testing.assert_array_equal(found, expected)
        assert not hasattr(search, "n_samples_fit_")


def test_search_object_sees_no_row_of_weight_zero(neighbor_sampler: Any) -> None:
    X, y = make_table()
    weights = np.ones(y.size)
    weights[::4] = 0
    expected, *_ = neighbor_sampler.fit_resample(X, y, sample_weight=weights)
    for name, value in neighbor_sampler.get_params().items():
        if "_neighbors" in name:
            search = NearestNeighbors(n_neighbors=value + 1)
            neighbor_sampler.set_params(**{name: search})
    found, *_ = neighbor_sampler.fit_resample(X, y, sample_weight=weights)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("parameter", ["k_neighbors", "m_neighbors", "n_neighbors"])
def test_search_object_without_a_neighbour_is_refused(parameter: str) -> None:
    X, y = make_table()
    cls = ADASYN if parameter == "n_neighbors" else BorderlineSMOTE
    sampler = cls(**{parameter: NearestNeighbors(n_neighbors=1)})
    with pytest.raises(ValueError, match=f"{parameter} searches n_neighbors=1, which"):
        sampler.fit_resample(X, y)


# Vectors


def check_vectors(vectors: Mapping[str, np.ndarray], name: str, X: Any, y: Any) -> None:
    borderline = BorderlineSMOTE(random_state=0)
    borderline.fit_resample(X, y)
    adasyn = ADASYN(random_state=0)
    _, y_out = adasyn.fit_resample(X, y)
    sizes = np.bincount(y)
    assert len(set(np.bincount(y_out))) == 1
    assert list(adasyn.hardness_) == list(range(1, sizes.size))
    for label, hardness in adasyn.hardness_.items():
        np.testing.assert_array_equal(
            borderline.danger_indices_[label], vectors[f"{name}_danger_{label}"]
        )
        expected = vectors[f"{name}_adasyn_r_{label}"]
        np.testing.assert_allclose(hardness, expected, rtol=0, atol=1e-12)
        bred = uses(adasyn, y)[y == label]
        rounded = vectors[f"{name}_adasyn_g_{label}"]
        assert np.abs(bred - rounded).max() <= 1
        # The peer's counts are its rounded parts, ours the target.
        assert rounded.sum() + sizes[label] == vectors[f"{name}_adasyn_counts"][label]


def test_vectors_of_a_mixture() -> None:
    with (
        np.load(VECTORS / "resampling_boundary.npz") as vectors,
        np.load(VECTORS / "resampling_smote.npz") as data,
    ):
        check_vectors(vectors, "gauss3", data["gauss3_X"], data["gauss3_y"])


@pytest.mark.parametrize("name", ["pima", "yeast3", "ecoli3"])
def test_vectors_of_real_data(name: str, extra_data: Path) -> None:
    with np.load(extra_data / "reference/resampling/reference.npz") as vectors:
        check_vectors(vectors, name, vectors[f"{name}_X"], vectors[f"{name}_y"])
