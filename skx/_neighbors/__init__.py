# SPDX-License-Identifier: BSD-3-Clause
"""Exact nearest neighbours whose answer depends on the data alone.

Neighbours are ordered by (squared distance in float64, row number) and a row is never
its own neighbour, whatever the number of threads, the memory layout or the number of
duplicates. scikit-learn's searches are exact up to ties, which they break by tree or
block order. Rows may have categories besides numbers.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import ThreadpoolController

from skx._backend import is_device_array, like, look_up, namespace_of
from skx._neighbors import _device, _kernels
from skx._numba import for_each_chunk

# Small leaves prune better, large ones fill the vector units; 128 rows was within 15 %
# of the fastest from 3 to 30 columns and 10 000 to 100 000 rows.
LEAF_SIZE = 128
# Matrix products overtake the tree where a query would visit more than
# MIN_BLOCK_COLUMNS / n_features of the leaves. Four columns of codes take the tree as
# long as one of numbers.
MIN_BLOCK_COLUMNS = 7
CODES_PER_COLUMN = 4
MIN_BLOCK_QUERIES = 640  # ten times the probes that tell
LEAVES_PER_BLOCK = 4
BLOCK_ROWS = 512

Rows = NDArray[np.int64]
Codes = NDArray[np.int32]


def nearest_rows(
    X: NDArray[np.floating] | sparse.csr_array,
    n_neighbors: int,
    *,
    queries: Rows | None = None,
    among: Rows | None = None,
    codes: Codes | None = None,
    mismatch: float = 0.0,
    n_jobs: int | None = None,
) -> Any:
    """Find the nearest other rows of some rows of X by Euclidean distance.

    Parameters
    ----------
    X : ndarray or CSR of shape (n_samples, n_features), float32 or float64
        Finite, or with NaN for missing values (dense only): a distance then leaves out
        the columns missing on either side and makes up for them by scaling, as
        :func:`sklearn.metrics.pairwise.nan_euclidean_distances` does. Finite arrays of
        a device, without ``codes``, are searched there.
    n_neighbors : int
        Number of neighbours, at least 1 and at most the number of other rows in
        ``among``.
    queries : ndarray of shape (n_queries,), int64, default=None
        Rows whose neighbours are wanted; all rows if None.
    among : ndarray of shape (n_among,), int64, default=None
        Rows that may be neighbours, each once and ascending; all rows if None.
    codes : ndarray of shape (n_samples, n_categorical), int32, default=None
        Categories of the rows, 0 or more, for dense X.
    mismatch : float >= 0, default=0.0
        Distance of two rows that differ in one category only: each column of codes in
        which two rows differ adds its square to the squared distance. Where that has no
        effect, because it is 0 or the distance of the numbers is infinite, rows at
        equal distance are ordered by the number of such columns, then by row.
    n_jobs : int, default=None
        Number of threads, in scikit-learn's meaning.

    Returns
    -------
    neighbors : array of shape (n_queries, n_neighbors), int64
        Row numbers, nearest first, equal distances by row number; where X lives.
    """
    every = np.arange(X.shape[0])
    queries = every if queries is None else queries
    among = every if among is None else among
    if codes is None:
        codes = np.empty((X.shape[0], 0), np.int32)
    taking_part = np.zeros(X.shape[0], np.bool_)
    taking_part[queries] = taking_part[among] = True
    if taking_part.all():
        return _search(X, codes, mismatch, queries, among, n_neighbors, n_jobs)
    # The order of rows is kept, so equal distances are still ordered by row number.
    rows = np.flatnonzero(taking_part)
    position = np.cumsum(taking_part) - 1
    queries, among = position[queries], position[among]
    if is_device_array(X):
        part = namespace_of(X).take(X, like(X, rows), axis=0)
        return look_up(rows, _device.search(part, queries, among, n_neighbors))
    return rows[
        _search(X[rows], codes[rows], mismatch, queries, among, n_neighbors, n_jobs)
    ]


def rows_clear_of(
    X: NDArray[np.floating] | sparse.csr_array,
    n_neighbors: int,
    rows: Rows,
    others: Rows,
    *,
    n_jobs: int | None = None,
) -> NDArray[np.bool_]:
    """Tell which rows surely have none of the others among their nearest rows.

    Where ``others`` are few or apart, this is much cheaper than :func:`nearest_rows`
    and saves its searches.

    Parameters
    ----------
    X : ndarray or CSR of shape (n_samples, n_features), float32 or float64
        As for :func:`nearest_rows`; also on a device.
    n_neighbors : int
        Number of neighbours, at least 1.
    rows : ndarray of shape (n_rows,), int64
        The rows in question, each once and ascending.
    others : ndarray of shape (n_others,), int64
        The rows to be clear of, each once and ascending; none of them in ``rows``.
    n_jobs : int, default=None
        Number of threads, in scikit-learn's meaning.

    Returns
    -------
    is_clear : ndarray of shape (n_rows,), bool
        If True, the ``n_neighbors`` nearest rows among both are all in ``rows``. False
        says nothing; it is always False if X is sparse, on a device or holds NaN.
    """
    is_clear = np.zeros(X.shape[0], np.bool_)
    if others.shape[0] == 0:
        return np.ones(rows.shape[0], np.bool_)
    if rows.shape[0] == 0 or sparse.issparse(X) or is_device_array(X):
        return is_clear[rows]
    if np.isnan(np.min(X)):
        return is_clear[rows]
    X, _, centre, radius = _centred(X, 0.0)
    codes = np.empty((X.shape[0], 0), np.int32)
    order, edges, *_, leaves = _kernels.build_tree(X, codes, rows, centre, LEAF_SIZE)
    other_tree = _kernels.build_tree(X, codes, others, centre, LEAF_SIZE)
    _, other_edges, low, high, _, other_leaves = other_tree

    def search(start: int, stop: int) -> None:
        _kernels.find_clear_rows(
            X,
            n_neighbors,
            start,
            stop,
            centre,
            radius,
            order,
            edges,
            leaves,
            other_edges,
            low,
            high,
            other_leaves,
            is_clear,
        )

    for_each_chunk(search, leaves.shape[0], n_jobs, grain=8)
    return is_clear[rows]


def _search(
    X: NDArray[np.floating] | sparse.csr_array,
    codes: Codes,
    mismatch: float,
    queries: Rows,
    among: Rows,
    n_neighbors: int,
    n_jobs: int | None,
) -> Any:
    if is_device_array(X):
        return _device.search(X, queries, among, n_neighbors)
    out = np.empty((queries.shape[0], n_neighbors), np.int64)
    if sparse.issparse(X):
        _search_sparse(X, queries, among, out, n_jobs)
        return out
    codes = np.ascontiguousarray(codes)
    search = _search_missing if np.isnan(np.min(X)) else _search_dense
    search(X, codes, mismatch, queries, among, out, n_jobs)
    return out


def _scaled(
    values: NDArray[np.floating], mismatch: float, spread: float
) -> tuple[NDArray[np.float64], float]:
    # A power of two: squares cannot overflow and the order of distances is untouched.
    exponent = -math.frexp(max(spread, mismatch))[1]
    return np.ldexp(values.astype(np.float64), exponent), math.ldexp(mismatch, exponent)


def _centred(
    X: NDArray[np.floating], mismatch: float
) -> tuple[NDArray[np.float64], float, NDArray[np.float64], float]:
    """Scale finite X and the mismatch for the tree; add X's centre and its radius."""
    X, mismatch = _scaled(X, mismatch, np.abs(X).max())
    X, mismatch = _scaled(X, mismatch, np.abs(X - X.mean(axis=0)).max())
    centre = X.mean(axis=0)
    radius = float(np.sqrt(np.square(X - centre).sum(axis=1).max()))
    return X, mismatch, centre, radius


def _search_dense(
    X: NDArray[np.floating],
    codes: Codes,
    mismatch: float,
    queries: Rows,
    among: Rows,
    out: Rows,
    n_jobs: int | None,
) -> None:
    X, mismatch, centre, radius = _centred(X, mismatch)
    penalty = mismatch**2
    tree = _kernels.build_tree(X, codes, among, centre, LEAF_SIZE)
    by_leaf = _leaf_order(X, queries, tree)
    ordered, found = queries[by_leaf], np.empty_like(out)

    def query(rows: Rows, into: Rows) -> int:
        return _kernels.query_tree(X, codes, penalty, rows, centre, radius, *tree, into)

    def search(start: int, stop: int) -> None:
        query(ordered[start:stop], found[start:stop])

    n_columns = X.shape[1] + codes.shape[1] // CODES_PER_COLUMN
    if _blocks_are_faster(query, queries, tree[-1].shape[0], n_columns):
        undecided = _search_blocks(
            X, codes, penalty, centre, radius, tree, ordered, found
        )
        again = np.empty((undecided.shape[0], out.shape[1]), np.int64)
        query(ordered[undecided], again)
        found[undecided] = again
    else:
        for_each_chunk(search, queries.shape[0], n_jobs, grain=128)
    out[by_leaf] = found


def _leaf_order(
    X: NDArray[np.float64], queries: Rows, tree: tuple[NDArray, ...]
) -> Rows:
    """Order queries so that consecutive ones find what they read in the cache."""
    order, *_ = tree
    place = np.full(X.shape[0], -1)
    place[order] = np.arange(order.shape[0])
    places = place[queries]
    outside = np.flatnonzero(places < 0)
    if outside.shape[0]:
        _kernels.place_rows(X, queries, outside, *tree[1:4], places)
    return np.argsort(places, kind="stable")


def _blocks_are_faster(
    query: Callable[[Rows, Rows], int], queries: Rows, n_leaves: int, n_columns: int
) -> bool:
    """Tell from a few queries whether the tree prunes too little to be worth it."""
    if n_columns <= MIN_BLOCK_COLUMNS or queries.shape[0] < MIN_BLOCK_QUERIES:
        return False
    probes = queries[:: queries.shape[0] // 64].copy()  # compiled for such arrays only
    n_visited = query(probes, np.empty((probes.shape[0], 1), np.int64))
    return n_visited * n_columns > MIN_BLOCK_COLUMNS * probes.shape[0] * n_leaves


def _search_blocks(
    X: NDArray[np.float64],
    codes: Codes,
    penalty: float,
    centre: NDArray[np.float64],
    radius: float,
    tree: tuple[NDArray, ...],
    queries: Rows,
    out: Rows,
) -> Rows:
    """Screen by matrix products in float32, then rank the candidates exactly.

    ``queries`` are in leaf order. A block of them meets blocks of leaves, nearest box
    first, and stops where the boxes are further away than its candidates. Returns the
    positions in ``queries`` for which rounding leaves open whether a row outside the
    candidates is as near.
    """
    n_columns, n_codes = X.shape[1], codes.shape[1]
    order, edges, *_, leaves = tree
    n_rows = order.shape[0]
    starts = edges[leaves.shape[0] - 1 :: LEAVES_PER_BLOCK, 0]
    stops = np.append(starts[1:], n_rows)
    n_queries = LEAVES_PER_BLOCK * LEAF_SIZE
    n_candidates = min(out.shape[1] + 4, n_rows)
    # Eight times what float32 can lose.
    rounding = (n_columns + 12) * 2.0**-21 * (radius**2 + n_codes * penalty)
    rows = (X - centre).astype(np.float32)
    squares = np.square(rows).sum(axis=1)
    # (x, 1) times (-2 y, |y|^2) is the squared distance of x and y less |x|^2.
    left = np.column_stack([rows, np.ones_like(squares)])
    right = np.vstack([-2 * rows[order].T, squares[order]])
    categories = [
        _kernels.last_bytes(codes, order, start, stop, stop - start)
        for start, stop in zip(starts, stops, strict=True)
    ]
    low = np.minimum.reduceat(X[order], starts)
    high = np.maximum.reduceat(X[order], starts)
    undecided = np.zeros(queries.shape[0], np.bool_)

    def search(first: int, last: int) -> None:
        for start in range(first * n_queries, last * n_queries, n_queries):
            some = queries[start : start + n_queries]
            mine = left[some]
            own = np.square(X[some] - centre).sum(axis=1)
            gaps = np.maximum(low - X[some].max(axis=0), X[some].min(axis=0) - high)
            bounds = np.square(np.maximum(gaps, 0)).sum(axis=1)
            best = np.full((some.shape[0], n_candidates), np.inf, np.float32)
            candidates = np.full(best.shape, -1)
            for block in np.argsort(bounds, kind="stable"):
                if bounds[block] > (best[:, -1] + own).max() + rounding:
                    break
                members = slice(starts[block], stops[block])
                scores = mine @ right[:, members]
                if n_codes:
                    block_codes = categories[block]
                    _kernels.add_penalties(codes, penalty, some, block_codes, scores)
                _kernels.keep_smallest(scores, order[members], best, candidates)
            into = out[start : start + n_queries]
            distances = _kernels.rank_candidates(
                X, codes, penalty, some, candidates, into
            )
            if n_candidates < n_rows:
                near = distances[:, -1] + rounding >= best[:, -1] + own
                undecided[start : start + n_queries] = near

    # Threads of the BLAS would meet after each small product, which takes many times
    # as long where other processes want the processor. As many of ours never wait; to
    # start them takes as long as a few blocks of few points.
    blas = _blas_libraries()
    n_threads = max((library["num_threads"] for library in blas.info()), default=1)
    n_blocks = -(-queries.shape[0] // n_queries)
    with blas.limit(limits=1):
        for_each_chunk(search, n_blocks, n_threads, grain=max(1, 20_000 // len(X)))
    return np.flatnonzero(undecided)


@cache
def _blas_libraries() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


def _search_missing(
    X: NDArray[np.floating],
    codes: Codes,
    mismatch: float,
    queries: Rows,
    among: Rows,
    out: Rows,
    n_jobs: int | None,
) -> None:
    n_rows, n_columns = among.shape[0], X.shape[1]
    X, mismatch = _scaled(X, mismatch, np.nanmax(np.abs(X), initial=0.0))
    penalty = mismatch**2
    width = min(BLOCK_ROWS, n_rows)
    blocks = np.full((-(-n_rows // width), n_columns, width), np.nan)
    categories = []
    for number, start in enumerate(range(0, n_rows, width)):
        stop = min(start + width, n_rows)
        blocks[number, :, : stop - start] = X[among[start:stop]].T
        categories.append(_kernels.last_bytes(codes, among, start, stop, width))
    known = (~np.isnan(blocks)).astype(np.float64)
    np.nan_to_num(blocks, copy=False, nan=0.0)
    bytes_of_codes = np.array(categories)

    def search(start: int, stop: int) -> None:
        _kernels.query_missing(
            X,
            codes,
            penalty,
            among,
            blocks,
            known,
            bytes_of_codes,
            queries[start:stop],
            out[start:stop],
        )

    for_each_chunk(search, queries.shape[0], n_jobs, grain=64)


def _search_sparse(
    X: sparse.csr_array, queries: Rows, among: Rows, out: Rows, n_jobs: int | None
) -> None:
    X = X.sorted_indices()  # a copy
    X.sum_duplicates()
    data, _ = _scaled(X.data, 0.0, np.abs(X.data).max(initial=0.0))
    squares = np.zeros(X.shape[0])
    np.add.at(squares, np.repeat(np.arange(X.shape[0]), np.diff(X.indptr)), data**2)
    indices, indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)

    def search(start: int, stop: int) -> None:
        _kernels.query_sparse(
            data,
            indices,
            indptr,
            X.shape[1],
            squares,
            among,
            queries[start:stop],
            out[start:stop],
        )

    for_each_chunk(search, queries.shape[0], n_jobs, grain=64)
