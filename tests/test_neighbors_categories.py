# SPDX-License-Identifier: BSD-3-Clause
"""Exact neighbours of rows with categories besides numbers, against brute force."""

from collections.abc import Callable
from fractions import Fraction

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skx import _neighbors
from skx._neighbors import _kernels, nearest_rows


def differing(codes: np.ndarray, query: int) -> np.ndarray:
    return (codes != codes[query]).sum(axis=1)


def oracle(
    X: np.ndarray,
    codes: np.ndarray,
    mismatch: float,
    k: int,
    queries: np.ndarray | None = None,
    among: np.ndarray | None = None,
) -> np.ndarray:
    """Sort all rows by squared distance in float64, then by row.

    Numbers are scaled by a power of two, which changes no comparison. Without a
    penalty, the number of differing categories comes before the row.
    """
    X = np.asarray(X, np.float64)
    exponent = -int(np.frexp(max(np.abs(X).max(), mismatch))[1])
    X, penalty = np.ldexp(X, exponent), np.ldexp(mismatch, exponent) ** 2
    rows = np.arange(X.shape[0])
    found = []
    for query in rows if queries is None else queries:
        total = np.zeros(X.shape[0])
        for j in range(X.shape[1]):
            gap = X[query, j] - X[:, j]
            total += gap * gap
        count = differing(codes, query)
        if penalty > 0:
            order = np.lexsort((rows, total + penalty * count))
        else:
            order = np.lexsort((rows, count, total))
        if among is not None:
            order = order[np.isin(order, among)]
        found.append(order[order != query][:k])
    return np.array(found, np.int64).reshape(-1, k)


def oracle_missing(
    X: np.ndarray, codes: np.ndarray, mismatch: float, k: int
) -> np.ndarray:
    """Nan-Euclidean distance and categories in exact rational arithmetic."""
    exact = [[None if np.isnan(v) else Fraction(v) for v in row] for row in X.tolist()]
    penalty = Fraction(mismatch) ** 2
    found = []
    for i, a in enumerate(exact):
        count = differing(codes, i).tolist()
        keys = []
        for row, b in enumerate(exact):
            pairs = [(p, q) for p, q in zip(a, b, strict=True) if None not in (p, q)]
            if row == i:
                continue
            if not pairs:
                keys.append((1, 0, count[row], row))
                continue
            total = sum(((p - q) ** 2 for p, q in pairs), Fraction(0))
            total *= Fraction(len(a), len(pairs))
            last = row if penalty else (count[row], row)
            keys.append((0, total + penalty * count[row], last))
        found.append(
            [
                key[-1][-1] if key[0] == 0 and not penalty else key[-1]
                for key in sorted(keys)[:k]
            ]
        )
    return np.array(found, np.int64)


def gaussian(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed).normal(size=(n, d))


def integers(n: int, d: int, top: int, seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed).randint(0, top, size=(n, d)).astype(float)


def categories(n: int, *levels: int, seed: int = 7) -> np.ndarray:
    generator = np.random.RandomState(seed)
    columns = [generator.randint(0, level, n) for level in levels]
    return np.column_stack(columns).astype(np.int32)


# Numbers, categories, and the distance of two categories.
CASES = {
    "a few levels": (gaussian(300, 4), categories(300, 2, 3, 5), 1.0),
    "one column each": (gaussian(300, 1), categories(300, 4), 0.5),
    "grid with as many ties": (integers(300, 3, 3), categories(300, 2, 2, 3), 1.0),
    "each row four times": (
        np.tile(gaussian(60, 3), (4, 1)),
        np.tile(categories(60, 3, 9), (4, 1)),
        1.3,
    ),
    "copies but for a category": (
        np.repeat(gaussian(60, 3), 4, axis=0),
        categories(240, 2, 40),
        0.01,
    ),
    "constant numbers": (np.full((150, 2), 0.1), categories(150, 2, 3, 3), 1.0),
    "codes that share their last byte": (
        integers(300, 2, 4),
        256 * categories(300, 3, 3) + categories(300, 2, 1, seed=8),
        1.0,
    ),
    "as many levels as rows": (
        gaussian(300, 3),
        np.arange(300, dtype=np.int32)[:, np.newaxis],
        2.0,
    ),
    "more columns than a byte counts": (
        gaussian(30, 2),
        categories(30, *[2] * 300),
        0.1,
    ),
    "differences beyond the 255th column": (
        integers(30, 2, 3),
        np.hstack([np.zeros((30, 255), np.int32), categories(30, 2, 2, 2)]),
        1.0,
    ),
    "far from the origin": (
        1e6 + np.ldexp(integers(200, 3, 64), -30),
        categories(200, 3, 4),
        2.0**-26,
    ),
    "categories outweigh numbers": (gaussian(200, 3), categories(200, 3, 3), 1e9),
    "numbers outweigh categories": (integers(200, 2, 5), categories(200, 3, 3), 1e-9),
    "without a penalty": (integers(300, 2, 4), categories(300, 2, 3, 3), 0.0),
    "a penalty that vanishes": (integers(300, 2, 4), categories(300, 2, 3), 1e-200),
    "without a penalty, no ties": (gaussian(200, 3), categories(200, 2, 3), 0.0),
    "huge": (gaussian(150, 3) * 1e200, categories(150, 2, 3), 1e200),
    "tiny": (gaussian(150, 3) * 1e-200, categories(150, 2, 3), 1e-200),
    "tiny beside the categories": (
        integers(200, 2, 9) * 5.8e-23,  # whose squares float32 cannot keep
        categories(200, 2, 2),
        1.0,
    ),
    "more numbers than rows": (gaussian(30, 60), categories(30, 3, 3), 1.0),
    "two rows": (gaussian(2, 3), categories(2, 2, 2), 1.0),
}
cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
Case = tuple[np.ndarray, np.ndarray, float]


def search(case: Case, k: int, **where: np.ndarray) -> np.ndarray:
    X, codes, mismatch = case
    return nearest_rows(X, k, codes=codes, mismatch=mismatch, **where)


@cases
def test_neighbors_equal_brute_force(case: Case) -> None:
    k = min(5, len(case[0]) - 1)
    np.testing.assert_array_equal(search(case, k), oracle(*case, k))


@cases
def test_all_other_rows_are_ranked(case: Case) -> None:
    k = len(case[0]) - 1
    queries = np.array([0, k, k // 2])
    found = search(case, k, queries=queries)
    np.testing.assert_array_equal(found, oracle(*case, k, queries))


@cases
def test_blocks_equal_brute_force(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_neighbors, "_blocks_are_faster", lambda *args: True)
    for k in {1, min(5, len(case[0]) - 1)}:
        np.testing.assert_array_equal(search(case, k), oracle(*case, k))


@cases
@pytest.mark.parametrize("blocks", [False, True])
def test_neighbors_among_some_rows(
    case: Case, blocks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_neighbors, "_blocks_are_faster", lambda *args: blocks)
    n = len(case[0])
    rows = np.random.RandomState(1).permutation(n)
    queries, among = rows[: n // 2], np.sort(rows[n // 3 :])
    k = min(4, len(among) - 1)
    np.testing.assert_array_equal(
        search(case, k, queries=queries, among=among), oracle(*case, k, queries, among)
    )


@pytest.mark.slow  # without compilation
def test_blocks_settle_most_rows_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    undecided = []

    def search_blocks(*args: np.ndarray) -> np.ndarray:
        undecided.append(keep(*args))
        return undecided[-1]

    keep = _neighbors._search_blocks
    monkeypatch.setattr(_neighbors, "_search_blocks", search_blocks)
    monkeypatch.setattr(_neighbors, "_blocks_are_faster", lambda *args: True)
    case = gaussian(1500, 9), categories(1500, 3, 4, 300), 1.0
    some = np.arange(0, 1500, 30)
    np.testing.assert_array_equal(search(case, 5)[some], oracle(*case, 5, some))
    assert len(undecided[0]) < 10


def test_most_leaves_are_never_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    visits = []

    def query_tree(*args: np.ndarray) -> int:
        visits.append(query(*args))
        return visits[-1]

    query = _kernels.query_tree
    monkeypatch.setattr(_kernels, "query_tree", query_tree)
    case = gaussian(2000, 2), categories(2000, 2, 2), 0.1
    queries = np.arange(0, 2000, 100)
    found = search(case, 5, queries=queries)
    np.testing.assert_array_equal(found, oracle(*case, 5, queries))
    # Of 16 leaves, a query in two columns needs a few.
    assert queries.size <= sum(visits) < 5 * queries.size


def test_codes_are_of_the_layout_they_have(layout: Callable) -> None:
    X, codes, mismatch = integers(60, 3, 3), categories(60, 2, 2, 3), 1.0
    expected = oracle(X, codes, mismatch, 5)
    case = layout(X), layout(codes), mismatch
    np.testing.assert_array_equal(search(case, 5), expected)
    holes = with_holes(X, 0.2)
    case = layout(holes), layout(codes), mismatch
    np.testing.assert_array_equal(
        search(case, 5), oracle_missing(holes, codes, mismatch, 5)
    )


def test_columns_without_a_difference_change_nothing() -> None:
    X = gaussian(200, 3)
    expected = nearest_rows(X, 5)
    for codes in (np.empty((200, 0), np.int32), np.full((200, 3), 7, np.int32)):
        found = nearest_rows(X, 5, codes=codes, mismatch=1.0)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("missing", [False, True])
def test_number_of_threads_changes_nothing(missing: bool) -> None:
    X, codes = integers(400, 3, 4), categories(400, 2, 3)
    if missing:
        X = with_holes(X, 0.2)
    expected = nearest_rows(X, 5, codes=codes, mismatch=1.0)
    for n_jobs in (2, 3):
        found = nearest_rows(X, 5, codes=codes, mismatch=1.0, n_jobs=n_jobs)
        np.testing.assert_array_equal(found, expected)


# Missing numbers


def with_holes(X: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    X = X.copy()
    X[np.random.RandomState(seed).uniform(size=X.shape) < share] = np.nan
    return X


@pytest.mark.parametrize("share", [0.05, 0.4])
@pytest.mark.parametrize(
    "case",
    [
        (gaussian(90, 3), categories(90, 2, 3), 1.0),
        (integers(90, 4, 4), categories(90, 2, 3, 3), 1.0),
        (integers(90, 2, 4), categories(90, 2, 3, 3), 0.0),
        (integers(90, 1, 4), categories(90, 2, 400), 2.0),
        (integers(90, 2, 4), 256 * categories(90, 2, 2), 1.0),
        (gaussian(40, 2), categories(40, *[2] * 260), 0.125),
    ],
    ids=["Gaussian", "ties", "no penalty", "one column", "last byte", "wide"],
)
def test_missing_numbers_are_ranked_exactly(
    case: Case, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, codes, mismatch = case
    X = with_holes(X, share)
    expected = oracle_missing(X, codes, mismatch, 7)
    for width in (512, 20):
        monkeypatch.setattr(_neighbors, "BLOCK_ROWS", width)
        np.testing.assert_array_equal(search((X, codes, mismatch), 7), expected)


def test_rows_without_a_common_number_are_ordered_by_categories() -> None:
    nan = np.nan
    X = np.array([[1.0, nan], [nan, 1.0], [nan, 5.0], [nan, 7.0], [9.0, nan]])
    codes = np.array([[0, 0], [1, 1], [0, 0], [1, 0], [1, 1]], np.int32)
    found = search((X, codes, 1.0), 4, queries=np.array([0]))
    assert found.tolist() == [[4, 2, 3, 1]]


# Properties

tables = hnp.arrays(
    np.float64,
    st.tuples(st.integers(2, 14), st.integers(1, 3)),
    elements=st.one_of(st.integers(-2, 2).map(float), st.floats(-1e6, 1e6)),
)


@given(tables, st.data())
def test_any_table_equals_brute_force(X: np.ndarray, data: st.DataObject) -> None:
    n = X.shape[0]
    shape = (n, data.draw(st.integers(1, 3)))
    codes = data.draw(hnp.arrays(np.int32, shape, elements=st.integers(0, 2)))
    mismatch = data.draw(st.sampled_from([0.0, 1e-3, 0.5, 1.0, 3.0]))
    k = data.draw(st.integers(1, n - 1))
    np.testing.assert_array_equal(
        search((X, codes, mismatch), k), oracle(X, codes, mismatch, k)
    )


@given(st.integers(0, 1000), st.sampled_from([0.25, 1.0, 2.0]))
def test_two_levels_equal_a_column_of_numbers(seed: int, mismatch: float) -> None:
    X, codes = integers(40, 2, 4, seed), categories(40, 2, 2, seed=seed)
    wide = np.hstack([X, mismatch * codes])
    np.testing.assert_array_equal(
        search((X, codes, mismatch), 39), nearest_rows(wide, 39)
    )
