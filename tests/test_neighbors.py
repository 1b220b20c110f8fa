# SPDX-License-Identifier: BSD-3-Clause
"""Exact neighbours under the order (distance, row) against brute force."""

import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.metrics.pairwise import nan_euclidean_distances
from threadpoolctl import threadpool_limits

from skx import _neighbors
from skx._neighbors import _kernels, nearest_rows, rows_clear_of

VECTORS = Path(__file__).parent / "vectors" / "resampling_smote.npz"


def oracle(
    X: np.ndarray,
    k: int,
    queries: np.ndarray | None = None,
    among: np.ndarray | None = None,
) -> np.ndarray:
    """Squared differences summed in column order, in float64; equal ones by row.

    All values are scaled by one power of two first, which changes no comparison but
    keeps the squares of very large and very small ones within float64.
    """
    X = np.asarray(X, np.float64)
    X = np.ldexp(X, -int(np.frexp(np.abs(X).max())[1]))
    rows = np.arange(X.shape[0])
    found = []
    for query in rows if queries is None else queries:
        total = np.zeros(X.shape[0])
        for j in range(X.shape[1]):
            gap = X[query, j] - X[:, j]
            total += gap * gap
        order = np.lexsort((rows, total))
        if among is not None:
            order = order[np.isin(order, among)]
        found.append(order[order != query][:k])
    return np.array(found, np.int64).reshape(-1, k)


def oracle_missing(
    X: np.ndarray, k: int, among: np.ndarray | None = None
) -> np.ndarray:
    """Nan-Euclidean order in exact rational arithmetic; no common column is last."""
    exact = [[None if np.isnan(v) else Fraction(v) for v in row] for row in X.tolist()]
    found = []
    for i, a in enumerate(exact):
        keys = []
        for row, b in enumerate(exact):
            pairs = [(p, q) for p, q in zip(a, b, strict=True) if None not in (p, q)]
            total = sum(((p - q) ** 2 for p, q in pairs), Fraction(0))
            share = total * len(a) / len(pairs) if pairs else Fraction(0)
            if row != i and (among is None or row in among):
                keys.append((not pairs, share, row))
        found.append([row for *_, row in sorted(keys)[:k]])
    return np.array(found, np.int64)


def gaussian(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed).normal(size=(n, d))


def integers(n: int, d: int, top: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed).randint(0, top, size=(n, d)).astype(float)


def mostly_one_place(n: int, d: int) -> np.ndarray:
    X = np.zeros((n, d))
    X[:: n // 7] = gaussian(len(X[:: n // 7]), d)
    return X


TINY = 1e6 + np.ldexp(integers(150, 3, 64), -30)
CASES = {
    "Gaussian": gaussian(300, 4),
    "many ties": integers(300, 3),
    "each row four times": np.repeat(gaussian(60, 3), 4, axis=0),
    "four copies one after the other": np.tile(gaussian(60, 3), (4, 1)),
    "constant": np.full((130, 3), 0.1),
    "zeros": np.zeros((130, 2)),
    "a constant column": np.column_stack([np.full(150, 1 / 3), gaussian(150, 2)]),
    "mostly one place": mostly_one_place(200, 3),
    "far from the origin": TINY,
    "far from the origin, few bits left": 2.0**53 + integers(150, 2, 100) * 2,
    "huge": gaussian(150, 3) * 1e150,
    "largest": np.random.RandomState(0).uniform(-1, 1, (150, 3)) * 1.7e308,
    "huge with ties": integers(150, 3) * 1e300,
    "tiny": gaussian(150, 3) * 1e-200,
    "denormal": integers(150, 3, 1000) * 5e-324 * 1000,
    "very different scales": gaussian(150, 3) * [1e-70, 1.0, 1e70],
    "one column": gaussian(250, 1),
    "one column with ties": integers(250, 1, 40),
    "more columns than rows": gaussian(20, 60),
    "two rows": gaussian(2, 3),
    "an outlier": np.vstack([gaussian(150, 3), np.full((1, 3), 1e12)]),
}

cases = pytest.mark.parametrize("X", CASES.values(), ids=CASES.keys())


@cases
def test_neighbors_equal_brute_force(X: np.ndarray) -> None:
    k = min(5, X.shape[0] - 1)
    found = nearest_rows(X, k)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, oracle(X, k))


@pytest.mark.parametrize("X", [gaussian(2000, 4), integers(2000, 2, 30)])
def test_most_of_a_large_table_is_never_looked_at(
    X: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = []
    query_tree = _kernels.query_tree

    def count_visits(*args: np.ndarray) -> int:
        visits.append(query_tree(*args))
        return visits[-1]

    monkeypatch.setattr(_kernels, "query_tree", count_visits)
    queries = np.arange(0, 2000, 40)
    np.testing.assert_array_equal(
        nearest_rows(X, 5, queries=queries), oracle(X, 5, queries)
    )
    # Of 32 leaves, a query in few columns needs a few.
    assert queries.size <= sum(visits) < 12 * queries.size


@cases
def test_all_other_rows_are_ranked(X: np.ndarray) -> None:
    k = X.shape[0] - 1
    queries = np.array([0, k, k // 2])
    found = nearest_rows(X, k, queries=queries)
    np.testing.assert_array_equal(found, oracle(X, k, queries))


@cases
def test_blocks_equal_brute_force(
    X: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_neighbors, "_blocks_are_faster", lambda *args: True)
    for k in {1, min(5, X.shape[0] - 1)}:
        np.testing.assert_array_equal(nearest_rows(X, k), oracle(X, k))


def test_blocks_leave_undecided_rows_to_the_tree(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    undecided = []

    def search_blocks(*args: np.ndarray) -> np.ndarray:
        *_, asked, into = args
        positions = search(*args)
        into[positions] = -1  # what blocks found there is of no account
        undecided.extend(asked[positions])
        return positions

    search = _neighbors._search_blocks
    monkeypatch.setattr(_neighbors, "_search_blocks", search_blocks)
    monkeypatch.setattr(_neighbors, "_blocks_are_faster", lambda *args: True)
    X = np.vstack([gaussian(100, 4), np.repeat(gaussian(3, 4, 1), 30, axis=0)])
    queries = np.random.RandomState(0).permutation(190)
    found = nearest_rows(X, 5, queries=queries)
    np.testing.assert_array_equal(found, oracle(X, 5, queries))
    # Within a group of thirty equal rows, nine candidates settle nothing.
    assert set(undecided) >= set(range(100, 190))
    assert len(undecided) < 190


@pytest.mark.parametrize("n_clusters", [1, 8])
def test_blocks_skip_only_what_is_far(
    n_clusters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = []

    def keep_smallest(*args: np.ndarray) -> None:
        visits.append(args[1].size)
        keep(*args)

    keep = _neighbors._kernels.keep_smallest
    monkeypatch.setattr(_neighbors._kernels, "keep_smallest", keep_smallest)
    monkeypatch.setattr(_neighbors, "_blocks_are_faster", lambda *args: True)
    centres = 30 * gaussian(n_clusters, 6, 1)
    X = gaussian(3000, 6) + centres[np.arange(3000) % n_clusters]
    some = np.arange(0, 3000, 30)
    np.testing.assert_array_equal(nearest_rows(X, 5)[some], oracle(X, 5, some))
    n_blocks = -(-3000 // (_neighbors.LEAVES_PER_BLOCK * _neighbors.LEAF_SIZE))
    assert sum(visits) >= 3000 * n_blocks / n_clusters
    assert (len(visits) < n_blocks**2 / 2) == (n_clusters == 8)


@pytest.mark.slow
@pytest.mark.parametrize("n_threads", [1, 2])
def test_blocks_share_the_threads_of_the_blas_and_leave_them_as_they_were(
    n_threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rank_candidates(*args: np.ndarray) -> np.ndarray:
        seen.append((threading.get_ident(), blas_threads()))
        return rank(*args)

    def blas_threads() -> set[int]:
        return {lib["num_threads"] for lib in _neighbors._blas_libraries().info()}

    seen: list[tuple[int, set[int]]] = []
    rank = _neighbors._kernels.rank_candidates
    monkeypatch.setattr(_neighbors._kernels, "rank_candidates", rank_candidates)
    monkeypatch.setattr(_neighbors, "_blocks_are_faster", lambda *args: True)
    X = gaussian(5000, 6)
    with threadpool_limits(n_threads, user_api="blas"):
        before = blas_threads()
        found = nearest_rows(X, 5)
        assert blas_threads() == before
    some = np.arange(0, 5000, 50)
    np.testing.assert_array_equal(found[some], oracle(X, 5, some))
    assert len(seen) == 10
    assert all(threads <= {1} for _, threads in seen)
    if n_threads == 1:
        assert {thread for thread, _ in seen} == {threading.get_ident()}


@pytest.mark.slow
def test_blocks_are_chosen_in_many_columns_and_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decisions = []

    def blocks_are_faster(*args: object) -> bool:
        decisions.append(decide(*args))
        return decisions[-1]

    decide = _neighbors._blocks_are_faster
    monkeypatch.setattr(_neighbors, "_blocks_are_faster", blocks_are_faster)
    spread = gaussian(2200, 40)
    thin = np.outer(gaussian(2200, 1), np.ones(40)) + 1e-6 * gaussian(2200, 40, 1)
    some = np.arange(0, 2200, 40)
    for X in (spread, thin, spread[:639]):
        found = nearest_rows(X, 5)[some[some < len(X)]]
        np.testing.assert_array_equal(found, oracle(X, 5, some[some < len(X)]))
    assert decisions == [True, False, False]


def decide(visits: int, n_queries: int, n_columns: int) -> tuple[bool, list]:
    """The choice where each query visits so many of 100 leaves, and its probes."""
    probed = []

    def query(rows: np.ndarray, into: np.ndarray) -> int:
        probed.append(rows)
        assert into.shape == (rows.size, 1)
        return visits * rows.size

    queries = np.arange(n_queries) * 3
    return _neighbors._blocks_are_faster(query, queries, 100, n_columns), probed


@pytest.mark.parametrize(("visits", "n_columns"), [(36, 19), (17, 40), (7, 100)])
def test_blocks_are_chosen_where_queries_visit_most_leaves(
    visits: int, n_columns: int
) -> None:
    assert decide(visits, 640, n_columns)[0] is False
    choice, (probes,) = decide(visits + 1, 640, n_columns)
    assert choice is True
    assert 64 <= probes.size < 128


def test_few_columns_or_queries_are_settled_without_probes() -> None:
    assert decide(100, 639, 100) == (False, [])
    assert decide(100, 9999, 7) == (False, [])


@pytest.mark.parametrize("queries", [[], [7], [299, 3, 3, 120, 0], range(299, -1, -1)])
@pytest.mark.parametrize("blocks", [False, True])
def test_queries_may_be_any_rows_in_any_order(
    queries: list[int], blocks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = CASES["many ties"]
    monkeypatch.setattr(_neighbors, "_blocks_are_faster", lambda *args: blocks)
    rows = np.array(queries, np.int64)
    if blocks and not rows.size:
        return  # blocks are for hundreds of queries
    found = nearest_rows(X, 4, queries=rows)
    np.testing.assert_array_equal(found, oracle(X, 4, rows))


def split(n: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Queries and the rows that may be their neighbours."""
    rows = np.random.RandomState(1).permutation(n)
    return {
        "outside": (rows[: n // 2], np.sort(rows[n // 2 :])),
        "partly inside": (rows[: n // 2], np.sort(rows[n // 3 :])),
        "a few": (rows[:5], np.sort(rows[-max(2, n // 10) :])),
        "all rows ask": (np.arange(n), np.sort(rows[: n // 2])),
    }


@cases
@pytest.mark.parametrize("parts", ["outside", "partly inside", "a few", "all rows ask"])
@pytest.mark.parametrize("blocks", [False, True])
def test_neighbors_may_be_restricted_to_some_rows(
    X: np.ndarray, parts: str, blocks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_neighbors, "_blocks_are_faster", lambda *args: blocks)
    queries, among = split(X.shape[0])[parts]
    k = min(4, len(among) - 1) or 1
    if len(among) <= 1:
        queries = np.setdiff1d(queries, among)
    np.testing.assert_array_equal(
        nearest_rows(X, k, queries=queries, among=among), oracle(X, k, queries, among)
    )


@pytest.mark.parametrize("parts", ["outside", "partly inside", "a few", "all rows ask"])
def test_neighbors_among_some_rows_with_missing_values(parts: str) -> None:
    X = with_holes(integers(90, 4, 4), 0.3)
    queries, among = split(90)[parts]
    np.testing.assert_array_equal(
        nearest_rows(X, 4, queries=queries, among=among),
        oracle_missing(X, 4, among)[queries],
    )


@pytest.mark.parametrize("parts", ["outside", "partly inside", "a few", "all rows ask"])
def test_neighbors_among_some_rows_of_sparse_matrices(parts: str) -> None:
    X = np.where(integers(150, 6, 3) == 0, integers(150, 6, 4, 1), 0.0)
    queries, among = split(150)[parts]
    np.testing.assert_array_equal(
        nearest_rows(sparse.csr_array(X), 4, queries=queries, among=among),
        oracle(X, 4, queries, among),
    )


def test_a_few_rows_of_a_large_table_are_all_that_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = []
    search = _neighbors._search

    def count_rows(X: np.ndarray, *rest: object) -> np.ndarray:
        sizes.append(X.shape[0])
        return search(X, *rest)

    monkeypatch.setattr(_neighbors, "_search", count_rows)
    queries, among = np.array([5, 700]), np.arange(600, 650)
    X = gaussian(1000, 3)
    np.testing.assert_array_equal(
        nearest_rows(X, 3, queries=queries, among=among), oracle(X, 3, queries, among)
    )
    assert sizes == [52]


def test_layout_and_dtype_change_nothing(layout: Callable, float_dtype: type) -> None:
    X = gaussian(200, 3).astype(float_dtype)
    expected = oracle(X, 5)
    np.testing.assert_array_equal(nearest_rows(layout(X), 5), expected)
    holes = X.copy()
    holes[::3, 1] = np.nan
    np.testing.assert_array_equal(
        nearest_rows(layout(holes), 5), oracle_missing(holes, 5)
    )


def test_input_is_left_as_it_was() -> None:
    for X in (CASES["Gaussian"], CASES["far from the origin"]):
        before = X.copy()
        nearest_rows(X, 3)
        np.testing.assert_array_equal(X, before)


def dense_and_sparse(n: int, d: int) -> list:
    X = gaussian(n, d)
    holes = np.where(integers(n, d, 10) == 0, np.nan, X)
    thin = np.where(integers(n, d, 4) == 0, X, 0.0)
    return [X, integers(n, d), holes, sparse.csr_array(thin)]


@pytest.mark.parametrize("kind", range(4), ids=["dense", "ties", "missing", "sparse"])
def test_number_of_threads_changes_nothing(kind: int) -> None:
    X = dense_and_sparse(300, 4)[kind]  # at least 128 rows a thread
    expected = nearest_rows(X, 5)
    for n_jobs in (1, 2, 3, -1):
        np.testing.assert_array_equal(nearest_rows(X, 5, n_jobs=n_jobs), expected)


# Missing values


def with_holes(X: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    X = X.copy()
    X[np.random.RandomState(seed).uniform(size=X.shape) < share] = np.nan
    return X


@pytest.mark.parametrize("share", [0.02, 0.3, 0.8])
def test_missing_values_follow_scikit_learn(share: float) -> None:
    X = with_holes(gaussian(120, 5), share)
    distances = nan_euclidean_distances(X)
    distances[np.isnan(distances)] = np.inf
    np.fill_diagonal(distances, np.nan)  # sorted last
    expected = np.argsort(distances, axis=1, kind="stable")[:, :6]
    np.testing.assert_array_equal(nearest_rows(X, 6), expected)


@pytest.mark.parametrize(
    "X",
    [
        with_holes(gaussian(80, 3), 0.3),
        with_holes(integers(80, 4, 4), 0.3),
        with_holes(integers(60, 11, 6, 20), 0.15, 20),  # 7 * (11 / 7) is not 11
        with_holes(integers(80, 7, 2), 0.5),
        with_holes(np.full((40, 3), 5.0), 0.4),
        with_holes(gaussian(60, 2) * 1e300, 0.2),
        with_holes(integers(60, 2, 9) * 1e-310, 0.2),
        1e6 + with_holes(np.ldexp(integers(60, 3, 64), -30), 0.2),
        with_holes(gaussian(30, 1), 0.3),
    ],
    ids=[
        "Gaussian",
        "ties",
        "ties in eleven columns",
        "mostly missing",
        "constant",
        "huge",
        "denormal",
        "far from the origin",
        "one column",
    ],
)
def test_missing_values_are_ranked_exactly(X: np.ndarray) -> None:
    np.testing.assert_array_equal(nearest_rows(X, 7), oracle_missing(X, 7))


def test_rows_without_any_value_are_infinitely_far() -> None:
    X = gaussian(12, 3)
    X[[2, 5]] = np.nan
    found = nearest_rows(X, 11)
    assert found[2].tolist() == [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert found[0, -2:].tolist() == [2, 5]
    np.testing.assert_array_equal(found, oracle_missing(X, 11))


def test_a_column_without_any_value_is_left_out() -> None:
    X = gaussian(60, 3)
    wide = np.column_stack([X, np.full(60, np.nan)])
    np.testing.assert_array_equal(nearest_rows(wide, 5), nearest_rows(X, 5))


def test_rows_without_a_common_column_are_infinitely_far() -> None:
    nan = np.nan
    X = np.array([[1.0, nan], [nan, 1.0], [9.0, nan], [nan, 5.0], [2.0, 2.0]])
    assert nearest_rows(X, 4).tolist() == [
        [4, 2, 1, 3],
        [4, 3, 0, 2],
        [4, 0, 1, 3],
        [4, 1, 0, 2],
        [0, 1, 3, 2],
    ]
    nothing = np.full((4, 2), nan)
    assert nearest_rows(nothing, 2).tolist() == [[1, 2], [0, 2], [0, 1], [0, 1]]


def test_missing_values_beyond_one_block_of_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X = with_holes(integers(50, 3, 5), 0.2)
    expected = oracle_missing(X, 6)
    for width in (1, 7, 49, 50, 51):
        monkeypatch.setattr(_neighbors, "BLOCK_ROWS", width)
        np.testing.assert_array_equal(nearest_rows(X, 6), expected)


# Sparse rows


def scrambled(X: np.ndarray, seed: int = 0) -> sparse.csr_array:
    """CSR with columns out of order, split entries, stored zeros and empty rows."""
    generator = np.random.RandomState(seed)
    data, indices, indptr = [], [], [0]
    for row in X:
        columns = np.flatnonzero(row)
        zeros = np.setdiff1d(np.arange(row.size), columns)[:2]
        entries = [(j, row[j] / 2) for j in columns for _ in range(2)]
        entries += [(j, 0.0) for j in zeros if generator.uniform() < 0.5]
        for place in generator.permutation(len(entries)):
            indices.append(entries[place][0])
            data.append(entries[place][1])
        indptr.append(len(indices))
    shape = X.shape
    out = sparse.csr_array((np.array(data), np.array(indices), indptr), shape=shape)
    assert not out.has_sorted_indices
    return out


def thin(n: int, d: int, seed: int = 0) -> np.ndarray:
    X = np.round(gaussian(n, d, seed), 1)
    X[np.random.RandomState(seed + 1).uniform(size=X.shape) < 0.7] = 0.0
    X[::11] = 0.0
    return X


@pytest.mark.parametrize("index_dtype", [np.int32, np.int64])
def test_sparse_rows_equal_dense_ones(index_dtype: type, float_dtype: type) -> None:
    X = thin(150, 12).astype(float_dtype)
    rows = sparse.csr_array(X)
    rows.indices = rows.indices.astype(index_dtype)
    rows.indptr = rows.indptr.astype(index_dtype)
    np.testing.assert_array_equal(nearest_rows(rows, 6), oracle(X, 6))
    queries = np.array([149, 0, 11, 11])
    found = nearest_rows(rows, 6, queries=queries)
    np.testing.assert_array_equal(found, oracle(X, 6, queries))


def test_sparse_rows_may_be_in_any_form() -> None:
    X = thin(100, 8)
    rows = scrambled(X)
    before = rows.data.copy(), rows.indices.copy(), rows.indptr.copy()
    np.testing.assert_array_equal(nearest_rows(rows, 6), oracle(X, 6))
    for old, new in zip(before, (rows.data, rows.indices, rows.indptr), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("scale", [1e150, 1e300, 1e-200, 1e-310])
def test_sparse_rows_of_any_size(scale: float) -> None:
    X = thin(80, 6) * scale
    np.testing.assert_array_equal(nearest_rows(sparse.csr_array(X), 5), oracle(X, 5))


def test_sparse_rows_far_from_the_origin() -> None:
    X = np.where(thin(120, 5) != 0, 1e6 + thin(120, 5, 7) * 1e-7, 0.0)
    np.testing.assert_array_equal(nearest_rows(sparse.csr_array(X), 5), oracle(X, 5))


def test_empty_sparse_rows() -> None:
    rows = sparse.csr_array((5, 3))
    assert nearest_rows(rows, 2).tolist() == [[1, 2], [0, 2], [0, 1], [0, 1], [0, 1]]


# Properties

numbers = st.one_of(
    st.integers(-2, 2).map(float), st.floats(-1e6, 1e6, allow_subnormal=False)
)
tables = hnp.arrays(
    np.float64, st.tuples(st.integers(2, 14), st.integers(1, 4)), elements=numbers
)


@given(tables, st.data())
def test_any_table_equals_brute_force(X: np.ndarray, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, X.shape[0] - 1))
    expected = oracle(X, k)
    np.testing.assert_array_equal(nearest_rows(X, k), expected)
    np.testing.assert_array_equal(nearest_rows(sparse.csr_array(X), k), expected)


@given(tables, st.data())
def test_any_table_with_holes_equals_brute_force(
    X: np.ndarray, data: st.DataObject
) -> None:
    X = np.round(X)  # sums of squares and their ratios are then exact
    X[data.draw(hnp.arrays(bool, X.shape))] = np.nan
    if not np.isnan(X).any():
        X[0, 0] = np.nan
    np.testing.assert_array_equal(nearest_rows(X, 1), oracle_missing(X, 1))


# Without numbers whose squares vanish beside those of others.
tame_tables = tables.map(lambda X: np.round(X, 6))


@given(tame_tables, st.integers(-30, 30))
def test_powers_of_two_change_nothing(X: np.ndarray, exponent: int) -> None:
    k = X.shape[0] - 1
    scaled = np.ldexp(X, exponent)
    np.testing.assert_array_equal(nearest_rows(scaled, k), nearest_rows(X, k))


@given(tame_tables)
def test_copies_of_all_rows_come_first(X: np.ndarray) -> None:
    found = nearest_rows(np.vstack([X, X]), 1)[:, 0]
    copies = np.vstack([X, X])
    np.testing.assert_array_equal(copies[found], copies)
    assert (found != np.arange(len(copies))).all()


# Vectors


def check_vectors(vectors: dict[str, np.ndarray], name: str, label: int) -> None:
    rows = np.flatnonzero(vectors[f"{name}_y"] == label)
    found = rows[nearest_rows(vectors[f"{name}_X"][rows], 5)]
    np.testing.assert_array_equal(found, vectors[f"{name}_knn5_{label}"])


@pytest.mark.parametrize("label", [1, 2])
def test_neighbors_equal_the_stored_ones(label: int) -> None:
    with np.load(VECTORS) as vectors:
        check_vectors(vectors, "gauss3", label)


@pytest.mark.parametrize("name", ["pima", "yeast3", "ecoli3"])
def test_neighbors_equal_the_stored_ones_of_real_data(
    name: str, extra_data: Path
) -> None:
    with np.load(extra_data / "reference/resampling/reference.npz") as vectors:
        check_vectors(vectors, name, 1)


# Rows that are clear of others


def parts_of(n: int, seed: int, share: float = 0.7) -> tuple[np.ndarray, np.ndarray]:
    is_row = np.random.RandomState(seed).uniform(size=n) < share
    is_row[0], is_row[1] = True, False
    return np.flatnonzero(is_row), np.flatnonzero(~is_row)


def truly_clear(X: np.ndarray, k: int, rows: np.ndarray) -> np.ndarray:
    if X.shape[0] <= k:
        return np.zeros(rows.size, bool)
    return np.isin(oracle(X, k, rows), rows).all(axis=1)


@cases
@pytest.mark.parametrize("leaf_size", [4, _neighbors.LEAF_SIZE])
@pytest.mark.parametrize("k", [1, 3])
def test_rows_called_clear_are_clear(
    X: np.ndarray, leaf_size: int, k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_neighbors, "LEAF_SIZE", leaf_size)
    for share in (0.5, 0.97):
        rows, others = parts_of(X.shape[0], 0, share)
        found = rows_clear_of(X, k, rows, others)
        assert found.shape == rows.shape
        assert not (found & ~truly_clear(X, k, rows)).any()


@given(tables, st.integers(1, 4), st.integers(0, 99))
def test_rows_called_clear_are_clear_in_any_table(
    X: np.ndarray, k: int, seed: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_neighbors, "LEAF_SIZE", 3)
        rows, others = parts_of(X.shape[0], seed)
        found = rows_clear_of(X, k, rows, others)
    assert not (found & ~truly_clear(X, k, rows)).any()


@pytest.mark.parametrize("n_columns", [2, 6])
def test_most_clear_rows_are_called_clear(n_columns: int) -> None:
    X = gaussian(3000, n_columns)
    X[2500:, 0] += 3.0
    rows, others = np.arange(2500), np.arange(2500, 3000)
    found = rows_clear_of(X, 3, rows, others)
    truth = truly_clear(X, 3, rows)
    assert not (found & ~truth).any()
    assert 0.5 * truth.sum() < found.sum() < truth.sum() < 2500
    apart = X + 1e3 * (np.arange(3000) >= 2500)[:, np.newaxis]
    assert rows_clear_of(apart, 3, rows, others).all()


def test_rows_at_an_equal_distance_are_not_clear() -> None:
    X = np.array([[0.0], [1.0], [2.0], [3.0], [-1.0]])
    found = rows_clear_of(X, 1, np.arange(4), np.array([4]))
    assert found.tolist() == [False, True, True, True]


def test_fewer_rows_than_neighbours_are_not_clear() -> None:
    X = np.array([[0.0], [1.0], [2.0], [1e6]])
    rows, others = np.arange(3), np.array([3])
    assert rows_clear_of(X, 2, rows, others).all()
    assert not rows_clear_of(X, 3, rows, others).any()


def test_rows_are_clear_of_nothing() -> None:
    none = np.empty(0, np.int64)
    assert rows_clear_of(gaussian(9, 2), 2, np.arange(9), none).all()
    assert rows_clear_of(gaussian(9, 2), 2, none, np.arange(9)).shape == (0,)


@pytest.mark.parametrize("kind", ["missing", "sparse"])
def test_clear_rows_are_looked_for_in_complete_dense_tables_only(kind: str) -> None:
    X = gaussian(60, 2)
    X[50:] += 1e3
    rows, others = np.arange(50), np.arange(50, 60)
    assert rows_clear_of(X, 2, rows, others).all()
    table = sparse.csr_array(X)
    if kind == "missing":
        table = X.copy()
        table[0, 0] = np.nan
    assert not rows_clear_of(table, 2, rows, others).any()


def test_clear_rows_do_not_depend_on_layout_or_threads(layout: Callable) -> None:
    X = gaussian(4000, 3)
    rows, others = parts_of(4000, 1, 0.97)
    expected = rows_clear_of(X, 3, rows, others)
    assert 0 < expected.sum() < rows.size
    found = rows_clear_of(layout(X), 3, rows, others, n_jobs=2)
    np.testing.assert_array_equal(found, expected)
