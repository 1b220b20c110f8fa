# SPDX-License-Identifier: BSD-3-Clause
"""Distances of rows of sparse matrices, which are never made dense as a whole.

Squares are |a|^2 + |b|^2 - 2 <a, b>, with products of sparse and dense blocks. Where
that cancels, as for copies, the rows are subtracted.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx.active._greedy._reading import Positions

BLOCK_CELLS = 2**22  # distances held at once
MOST_CENTRES = 64  # rows that are dense at once
BLOCK_PAIRS = 8192
CANCELLED = 1e-8  # of |a|^2 + |b|^2

Floats = NDArray[np.float64]


def squared_lengths(X: Any) -> Floats:
    """Return |x|^2 of rows."""
    X = X.astype(np.float64, copy=False)
    return np.asarray(X.multiply(X).sum(axis=1)).ravel()


def squares_of_pairs(X: Any, first: Positions, second: Positions) -> Floats:
    """Return squared distances of pairs of rows, computed directly."""
    squares = np.empty(first.shape[0])
    for start in range(0, first.shape[0], BLOCK_PAIRS):
        part = slice(start, start + BLOCK_PAIRS)
        squares[part] = squared_lengths(X[first[part]] - X[second[part]])
    return squares


def squares_to(X: Any, lengths: Floats, rows: Positions) -> Floats:
    """Return squared distances (n, m) of all rows to m of them."""
    centres = X[rows].toarray().T
    totals = lengths[:, None] + lengths[rows]
    squares = totals - 2.0 * (X @ centres)
    near, at = np.nonzero(squares <= CANCELLED * totals)
    squares[near, at] = squares_of_pairs(X, near, rows[at])
    return squares


def blocks_of_squares(X: Any, rows: Positions) -> Iterator[tuple[slice, Floats]]:
    """Yield squared distances (n, m) of all rows to blocks of some rows."""
    X = X.astype(np.float64, copy=False)
    lengths = squared_lengths(X)
    size = min(MOST_CENTRES, max(1, BLOCK_CELLS // X.shape[0]))
    for start in range(0, rows.shape[0], size):
        part = slice(start, min(start + size, rows.shape[0]))
        yield part, squares_to(X, lengths, rows[part])


def track_nearest_sparse(X: Any) -> tuple[Floats, Callable[[int], None]]:
    """Return squared distances to the nearest centre, and what adds a row to those."""
    X = X.astype(np.float64, copy=False)
    lengths = squared_lengths(X)
    nearest = np.full(X.shape[0], np.inf)

    def add_centre(row: int) -> None:
        squares = squares_to(X, lengths, np.array([row]))[:, 0]
        np.minimum(nearest, squares, out=nearest)

    return nearest, add_centre


def nearest_sparse(X: Any, n_neighbors: int) -> tuple[Positions, Floats]:
    """Return the nearest other rows of each, and their distances, in no order."""
    X = X.astype(np.float64, copy=False)
    n = X.shape[0]
    rows = np.arange(n)
    neighbors = np.empty((n, n_neighbors), np.int64)
    for part, squares in blocks_of_squares(X, rows):
        squares[rows[part], np.arange(squares.shape[1])] = np.inf
        order = np.argpartition(squares, n_neighbors - 1, axis=0)[:n_neighbors]
        neighbors[part] = order.T
    squares = squares_of_pairs(X, np.repeat(rows, n_neighbors), neighbors.ravel())
    return neighbors, np.sqrt(squares).reshape(n, n_neighbors)


def nearest_others(X: Any, probes: Positions, clusters: NDArray[np.integer]) -> Floats:
    """Return distances of probes to the nearest row of another cluster."""
    reach = np.empty(probes.shape[0])
    for part, squares in blocks_of_squares(X, probes):
        squares[clusters[:, None] == clusters[probes[part]]] = np.inf
        reach[part] = np.sqrt(squares.min(axis=0))
    return reach


def ball_graph_sparse(
    X: Any, delta: float, max_edges: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]] | None:
    """Return offsets and neighbours of rows at most delta apart; None if too many."""
    n = X.shape[0]
    degrees, found, n_found = np.zeros(n, np.int64), [], 0
    for part, squares in blocks_of_squares(X, np.arange(n)):
        close = (squares <= delta * delta).T
        close[np.arange(close.shape[0]), np.arange(part.start, part.stop)] = False
        owners, neighbors = np.nonzero(close)
        degrees[part] = np.bincount(owners, minlength=close.shape[0])
        found.append(neighbors.astype(np.int32))
        n_found += neighbors.shape[0]
        if n_found > max_edges:
            return None
    return np.concatenate([[0], np.cumsum(degrees)]), np.concatenate(found)
