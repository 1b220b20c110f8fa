# SPDX-License-Identifier: BSD-3-Clause
"""SMOTEN: neighbours by value difference, and votes of a row and its neighbours."""

from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.metrics.pairwise import ValueDifferenceMetric
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skx.resampling import SMOTEN, ResampledClassifier
from skx.resampling import _kernels as kernels

VECTORS = Path(__file__).parents[1] / "vectors" / "resampling_categorical.npz"


def make_table(
    counts: tuple[int, ...] = (90, 30),
    levels: tuple[int, ...] = (3, 4, 6, 9),
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Categories that depend on the class a little."""
    generator = np.random.RandomState(seed)
    y = generator.permutation(np.repeat(np.arange(len(counts)), counts))
    columns = [generator.randint(0, k, y.size) for k in levels]
    for column, k in zip(columns, levels, strict=True):
        own = generator.uniform(size=y.size) < 0.3
        column[own] = y[own] % k
    return np.column_stack(columns), y


def resample(
    X: Any, y: Any, **parameters: Any
) -> tuple[np.ndarray, np.ndarray, SMOTEN]:
    sampler = SMOTEN(**({"random_state": 0} | parameters))
    return *sampler.fit_resample(X, y), sampler


def shares(X: np.ndarray, y: np.ndarray, exact: bool = False) -> list[dict]:
    """For each column: value to the shares of the classes among its rows."""
    found = []
    for column in X.T:
        counts: dict = {}
        for value, label in zip(column.tolist(), y.tolist(), strict=True):
            counts.setdefault(value, Counter())[label] += 1
        ratio = Fraction if exact else lambda a, b: a / b
        labels = np.unique(y).tolist()
        found.append(
            {
                value: [ratio(count[label], count.total()) for label in labels]
                for value, count in counts.items()
            }
        )
    return found


def distances(
    X: np.ndarray, y: np.ndarray, label: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of a class and their squared distances, as they are ranked.

    Two classes: float64 sums, in column order, of the squared difference of twice the
    share of the second one. More: whole multiples of 2^-40.
    """
    rows = np.flatnonzero(y == label)
    total = np.zeros((rows.size, rows.size))
    for column, share in zip(X[rows].T, shares(X, y), strict=True):
        table = np.array([share[value] for value in column.tolist()])
        if table.shape[1] == 2:
            gap = 2 * table[:, np.newaxis, 1] - 2 * table[:, 1]
            total += gap * gap
        else:
            gap = np.zeros(total.shape)
            for c in range(table.shape[1]):
                gap += abs(table[:, np.newaxis, c] - table[:, c])
            total += np.rint(gap * gap * 2.0**40)
    return rows, total


def neighbors(X: np.ndarray, y: np.ndarray, label: Any, k: int) -> dict[int, list[int]]:
    rows, total = distances(X, y, label)
    found = {}
    for place, base in enumerate(rows.tolist()):
        order = rows[np.lexsort((rows, total[place]))]
        found[base] = order[order != base][:k].tolist()
    return found


def check_rows(
    X: np.ndarray, y: np.ndarray, k: int, sampler: SMOTEN, X_out: np.ndarray
) -> None:
    """Each new row has the votes of its base and of the k nearest rows."""
    np.testing.assert_array_equal(X_out[: len(X)], X)
    nearest = {}
    for label in sampler.sampling_strategy_:
        nearest |= neighbors(X, y, label, k)
    for parents, row in zip(sampler.parents_.tolist(), X_out[len(X) :], strict=True):
        assert parents[1:] == nearest[parents[0]]
        for j, value in enumerate(row.tolist()):
            votes = Counter(X[parents, j].tolist())
            assert votes[value] == max(votes.values())
            if votes[X[parents[0], j]] == votes[value]:
                assert value == X[parents[0], j]


# Distances


def test_rows_of_the_paper() -> None:
    rows = ["ABCDE", "AFCGN", "HBCDN"]
    X = np.array([list(row) for row in [*rows, *["VWXYZ"] * 9]])
    y = np.repeat(["rare", "common"], [3, 9])
    X_out, y_out, _ = resample(X, y, k_neighbors=2)
    assert {"".join(row) for row in X_out[12:]} == {"ABCDN"}
    assert y_out[12:].tolist() == ["rare"] * 6


@pytest.mark.parametrize("name", ["vdm2", "vdm3"])
def test_distances_equal_the_stored_ones(name: str) -> None:
    with np.load(VECTORS) as vectors:
        X, y, expected = (vectors[f"{name}_{part}"] for part in "KyD")
    k = 6
    _, _, sampler = resample(X, y, k_neighbors=k, sampling_strategy="all")
    rows, total = distances(X, y, 1)
    unit = 1.0 if name == "vdm2" else 2.0**-40
    np.testing.assert_allclose(total * unit, expected, atol=1e-9)
    place = {row: i for i, row in enumerate(rows)}
    found = [[place[row] for row in parents] for parents in sampler.parents_
             if parents[0] in place]  # fmt: skip
    assert {base for base, *_ in found} == set(range(rows.size))
    for base, *near in found:
        others = np.sort(np.delete(expected[base], base))
        np.testing.assert_allclose(expected[base][near], others[:k], atol=1e-9)


@pytest.mark.parametrize("counts", [(90, 30), (60, 30, 25), (50, 30, 25, 20, 15)])
def test_distances_are_the_peers(counts: tuple[int, ...]) -> None:
    X, y = make_table(counts)
    _, _, sampler = resample(X, y, sampling_strategy={1: 90})
    metric = ValueDifferenceMetric().fit(X, y)
    rows = np.flatnonzero(y == 1)
    expected = metric.pairwise(X[rows])
    for base, *near in np.searchsorted(rows, sampler.parents_):
        others = np.sort(np.delete(expected[base], base))
        np.testing.assert_allclose(expected[base][near], others[:5], atol=1e-9)


@pytest.mark.parametrize("counts", [(70, 25), (40, 25, 30)])
def test_neighbours_are_the_nearest_in_exact_arithmetic(counts: tuple) -> None:
    X, y = make_table(counts, (2, 3, 4))
    _, _, sampler = resample(X, y, sampling_strategy={1: 100})
    tables = shares(X, y, exact=True)

    def distance(a: int, b: int) -> Fraction:
        total = Fraction(0)
        for j, table in enumerate(tables):
            pairs = zip(table[X[a, j]], table[X[b, j]], strict=True)
            total += sum(abs(p - q) for p, q in pairs) ** 2
        return total

    rows = np.flatnonzero(y == 1).tolist()
    for base, *near in sampler.parents_.tolist():
        ranked = sorted((distance(base, row), row) for row in rows if row != base)
        assert [row for _, row in ranked[:5]] == near


def test_equal_sums_of_fractions_are_ties() -> None:
    # The values b and c are 1/6 + 1/6 away from a, which float64 sees as unequal.
    counts = {"a": (6, 3, 3), "b": (4, 5, 3), "c": (8, 1, 3)}
    assert 1 / 2 - 1 / 3 > 2 / 3 - 1 / 2
    for names in ("abc", "acb"):
        X = np.repeat(list(names), 12)[:, np.newaxis]
        y = np.concatenate([np.repeat([0, 1, 2], counts[name]) for name in names])
        sampler = SMOTEN(k_neighbors=3, sampling_strategy={2: 18}, random_state=0)
        sampler.fit_resample(X, y)
        rows = np.flatnonzero(y == 2)
        assert [rows[0], *rows[1:4]] in sampler.parents_.tolist()
        sampler = SMOTEN(k_neighbors=5, sampling_strategy={2: 18}, random_state=0)
        sampler.fit_resample(X, y)
        assert [rows[0], *rows[1:6]] in sampler.parents_.tolist()


# Rows


@pytest.mark.parametrize("counts", [(90, 30), (60, 30, 25), (50, 30, 25, 20)])
@pytest.mark.parametrize("k", [1, 5, 19])
def test_rows_have_the_votes_of_base_and_neighbours(
    counts: tuple[int, ...], k: int
) -> None:
    X, y = make_table(counts)
    X_out, y_out, sampler = resample(X, y, k_neighbors=k)
    assert set(np.bincount(y_out)) == {counts[0]}
    assert sampler.parents_.shape == (y_out.size - y.size, k + 1)
    assert sampler.parents_.dtype == np.int64
    assert not hasattr(sampler, "parent_weights_")
    check_rows(X, y, k, sampler, X_out)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("levels", [(2,), (2, 2), (1, 1), (2, 60), (3, 3, 3)])
@pytest.mark.parametrize("k", [1, 4])
def test_equal_rows_are_settled_by_row(
    n_classes: int, levels: tuple[int, ...], k: int
) -> None:
    # Groups of one to all rows of a class, of fewer and of more than k + 1.
    X, y = make_table((60, 40, 30)[:n_classes], levels)
    X_out, _, sampler = resample(X, y, k_neighbors=k)
    check_rows(X, y, k, sampler, X_out)
    assert (sampler.parents_[:, 1:] != sampler.parents_[:, :1]).all()


def test_values_of_equal_shares_are_as_good_as_one() -> None:
    # a and b, of one and two rows in three of a class, are at distance 0.
    X = np.array(list("abcabbcbbdccd"))[:, np.newaxis]
    X = np.hstack([X, X])
    y = np.array([1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0])
    _, _, sampler = resample(X, y, k_neighbors=2, sampling_strategy={1: 12})
    assert Counter(y[X[:, 0] == "a"]) == {0: 1, 1: 1}
    near = neighbors(X, y, 1, 2)
    for base, *others in sampler.parents_.tolist():
        assert others == near[base]


def test_many_levels_cost_nothing_but_meaning() -> None:
    # Every value is there once: all rows of a class are equal.
    X = np.arange(200).reshape(100, 2)
    y = np.repeat([0, 1], [80, 20])
    X_out, _, sampler = resample(X, y)
    assert neighbors(X, y, 1, 5)[80] == [81, 82, 83, 84, 85]
    check_rows(X, y, 5, sampler, X_out)
    # Six votes for six values: the base wins.
    np.testing.assert_array_equal(X_out[100:], X[sampler.parents_[:, 0]])


def test_ties_without_the_base_are_drawn() -> None:
    # The base has one vote, two other values two each.
    X = np.array([[0], [1], [1], [2], [2]] + [[9]] * 5005)
    y = np.repeat([1, 0], [5, 5005])
    X_out, _, sampler = resample(X, y, k_neighbors=4)
    new = X_out[5010:, 0]
    base = X[sampler.parents_[:, 0], 0]
    assert (new[base > 0] == base[base > 0]).all()
    levels, counts = np.unique(new[base == 0], return_counts=True)
    assert levels.tolist() == [1, 2]
    assert counts.sum() == 1000
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA], ids=["None", "NaN", "NA"])
def test_a_missing_value_is_a_category(gap: Any) -> None:
    X, y = make_table()
    expected, _, sampler = resample(X, y)
    table = X.astype(object)
    table[X == 2] = gap
    out, _, other = resample(table, y)
    np.testing.assert_array_equal(other.parents_, sampler.parents_)
    missing = pd.isna(out)
    np.testing.assert_array_equal(missing, expected == 2)
    np.testing.assert_array_equal(out[~missing].astype(int), expected[~missing])


# What must change nothing


def test_containers_give_the_same_rows() -> None:
    X, y = make_table()
    expected, _, sampler = resample(X, y)
    names = np.array(list("abcdefghi"))
    columns = ["v", "w", "x", "y"]
    frame = pd.DataFrame(names[X], columns=columns)
    for table in (
        X.astype(float),
        np.asfortranarray(X),
        X.tolist(),
        names[X],
        names[X].astype(object),
        names[X].tolist(),
        frame,
        frame.astype("category"),
        pl.from_pandas(frame),
        pl.from_pandas(frame).cast(pl.Enum(list("zyabcdefghi"))),
    ):
        out, _, other = resample(table, y)
        assert type(out) is type(table)
        np.testing.assert_array_equal(other.parents_, sampler.parents_)
        values = np.array(out.to_numpy() if hasattr(out, "to_numpy") else out)
        if values.dtype.kind in "OU":
            np.testing.assert_array_equal(values, names[expected])
        else:
            np.testing.assert_array_equal(values, expected)


def test_layout_changes_nothing(layout: Any) -> None:
    X, y = make_table()
    np.testing.assert_array_equal(resample(layout(X), y)[0], resample(X, y)[0])


def test_names_of_values_change_nothing() -> None:
    X, y = make_table((60, 30, 25))
    expected, _, _ = resample(X, y)
    out, _, _ = resample(-3 * X, y)
    np.testing.assert_array_equal(out, -3 * expected)


def test_order_of_columns_changes_nothing_with_several_classes() -> None:
    X, y = make_table((60, 30, 25), (2, 2, 3, 3, 4))
    _, _, sampler = resample(X, y)
    _, _, other = resample(X[:, ::-1], y)
    np.testing.assert_array_equal(other.parents_, sampler.parents_)


def test_unseen_declared_categories_change_nothing() -> None:
    X, y = make_table()
    levels = list(range(-5, 15))
    frame = pd.DataFrame(X).astype(pd.CategoricalDtype(levels))
    out, _, _ = resample(frame, y)
    np.testing.assert_array_equal(out.to_numpy(), resample(X, y)[0])
    assert all(list(out[name].cat.categories) == levels for name in out)


@pytest.mark.slow  # without compilation
@pytest.mark.parametrize("n_classes", [2, 3])
def test_number_of_threads_changes_nothing(n_classes: int) -> None:
    X, y = make_table((25_000, 500, 400)[:n_classes], (20, 20, 20))
    one, _, _ = resample(X, y)
    for n_jobs in (2, -1):
        many, _, _ = resample(X, y, n_jobs=n_jobs)
        np.testing.assert_array_equal(many, one)


def test_compiled_and_plain_searches_agree() -> None:
    plain = getattr(kernels.query_profiles, "py_func", kernels.query_profiles)
    generator = np.random.RandomState(0)
    columns = np.repeat(np.arange(3), 3)
    values = np.unique(3 * columns[::3] + generator.randint(0, 3, (40, 3)), axis=0)
    shared = (np.diff(values, axis=0, prepend=-1) != 0).argmax(axis=1)
    profiles = generator.dirichlet(np.ones(4), 9)
    groups = np.arange(len(values))
    edges = np.arange(len(values) + 1)
    outs = np.empty((2, len(values), 4), np.int64)
    for query, out in zip((kernels.query_profiles, plain), outs, strict=True):
        query(values, shared, profiles, columns, 2.0**-40, groups, groups, edges, out)
    np.testing.assert_array_equal(*outs)
    np.testing.assert_array_equal(outs[0][:, 0], groups)


@pytest.mark.slow  # without compilation
def test_groups_far_from_their_own_place_are_found() -> None:
    # More groups than are looked at first, in an order that says little.
    X, y = make_table((400, 300, 200), (3, 3, 4, 5, 7))
    X_out, _, sampler = resample(X, y, k_neighbors=7)
    check_rows(X, y, 7, sampler, X_out)


# Weights, small classes, parameters


@pytest.mark.parametrize("counts", [(90, 30), (60, 30, 25)])
def test_rows_of_weight_zero_are_as_good_as_removed(counts: tuple[int, ...]) -> None:
    X, y = make_table(counts)
    weights = np.random.RandomState(1).uniform(0.5, 2, size=y.size)
    weights[::4] = 0
    kept = weights > 0
    sampler = SMOTEN(random_state=0)
    X_out, _, w_out = sampler.fit_resample(X, y, sample_weight=weights)
    fewer = SMOTEN(
        random_state=0,
        sampling_strategy={
            c: n + (y[kept] == c).sum() for c, n in sampler.sampling_strategy_.items()
        },
    )
    X_few, _ = fewer.fit_resample(X[kept], y[kept])
    np.testing.assert_array_equal(X_out[len(X) :], X_few[kept.sum() :])
    np.testing.assert_array_equal(w_out[len(X) :], weights[sampler.parents_[:, 0]])


def test_a_class_of_weight_zero_is_as_good_as_removed() -> None:
    X, y = make_table((60, 30, 25))
    weights = (y < 2).astype(float)
    sampler = SMOTEN(random_state=0, sampling_strategy={1: 60})
    X_out, _, _ = sampler.fit_resample(X, y, sample_weight=weights)
    X_few, _ = sampler.fit_resample(X[y < 2], y[y < 2])
    np.testing.assert_array_equal(X_out[y.size :], X_few[90:])


def test_small_classes_raise_or_shrink() -> None:
    X, y = make_table((30, 4, 9))
    message = r"Class 1 has 4 samples, fewer than k_neighbors \+ 1 = 6; lower k_neigh"
    with pytest.raises(ValueError, match=message):
        resample(X, y)
    _, y_out, sampler = resample(X, y, small_class="shrink")
    assert np.bincount(y_out).tolist() == [30] * 3
    assert sampler.parents_.shape == (47, 6)
    assert (sampler.parents_[:26, :4] >= 0).all()
    assert (sampler.parents_[:26, 4:] == -1).all()
    assert (sampler.parents_[26:] >= 0).all()


@pytest.mark.parametrize("k", [0, 2.0, NearestNeighbors(n_neighbors=3)])
def test_other_numbers_of_neighbours_are_refused(k: Any) -> None:
    message = "'k_neighbors' parameter of SMOTEN must be an int in the range"
    with pytest.raises(ValueError, match=message):
        resample(*make_table(), k_neighbors=k)


def test_seeds() -> None:
    X, y = make_table((95, 30))  # with a random subset of bases once more
    first, _, _ = resample(X, y)
    again, _, _ = resample(X, y)
    other, _, _ = resample(X, y, random_state=1)
    np.testing.assert_array_equal(first, again)
    assert (first[len(X) :] != other[len(X) :]).any()


def test_it_works_inside_a_resampled_classifier() -> None:
    X, y = make_table((300, 60))
    frame = pd.DataFrame(np.array(list("abcdefghi"))[X], columns=list("vwxy"))
    model = ResampledClassifier(
        make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression()),
        sampler=SMOTEN(),
        random_state=0,
    )
    weights = np.random.RandomState(0).uniform(1, 2, y.size)
    assert cross_val_score(model, frame, y, scoring="roc_auc").mean() > 0.65
    model.fit(frame, y)
    assert model.sampler_.parents_.shape == (240, 6)
    simple = ResampledClassifier(LogisticRegression(), sampler=SMOTEN(), random_state=0)
    simple.fit(X, y, sample_weight=weights)


# Properties


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    counts = draw(st.lists(st.integers(2, 9), min_size=2, max_size=4))
    n, d = sum(counts), draw(st.integers(1, 3))
    cells = draw(st.lists(st.integers(0, 3), min_size=n * d, max_size=n * d))
    y = np.array(draw(st.permutations(np.repeat(np.arange(len(counts)), counts))))
    return np.array(cells).reshape(n, d), y


@given(problems(), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_any_table_keeps_the_promises(
    problem: tuple[np.ndarray, np.ndarray], k: int, seed: int
) -> None:
    X, y = problem
    sampler = SMOTEN(k_neighbors=k, small_class="shrink", random_state=seed)
    X_out, y_out = sampler.fit_resample(X, y)
    assert len(set(np.bincount(y_out))) == 1
    sizes = np.bincount(y)
    for parents, row in zip(sampler.parents_.tolist(), X_out[len(X) :], strict=True):
        label = y[parents[0]]
        used = min(k, sizes[label] - 1)
        assert parents[1 : used + 1] == neighbors(X, y, label, used)[parents[0]]
        assert set(parents[used + 1 :]) <= {-1}
        for j, value in enumerate(row):
            votes = Counter(X[parents[: used + 1], j].tolist())
            assert votes[value] == max(votes.values())
