# SPDX-License-Identifier: BSD-3-Clause
"""Distances and similarities of rows on a device, in array expressions.

Loops over picks stay on the host and read one number of each.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._backend import blocks, like, namespace_of, to_numpy
from skx._random import random_uniform
from skx.active._device import draw_row, is_place, joined, take_rows
from skx.active._greedy import _kernels

MOST_ROWS = 2**16  # whose similarities are looked at at once
# k-means ends as scikit-learn's does: squared moves of all centres, as a share of the
# mean variance of columns, and rounds.
TOLERANCE, MOST_ROUNDS = 1e-4, 300


def row_nearest_to_mean(X: Any) -> int:
    """Return the first of the rows nearest to the mean of all."""
    xp = namespace_of(X)
    mean = sum(
        xp.sum(xp.astype(X[block, :], xp.float64), axis=0)
        for block in blocks(X.shape[0], 8 * X.shape[1])
    )
    return int(xp.argmin(_squares_to(X, mean / X.shape[0])))


def unit_rows(X: Any) -> Any:
    """Scale rows to length 1; those of length 0 stay."""
    return X / namespace_of(X).astype(_lengths(X), X.dtype)[:, None]


def inverse_lengths(X: Any) -> Any:
    """Return factors that scale rows to length 1, in the type of the rows."""
    return namespace_of(X).astype(1.0 / _lengths(X), X.dtype)


def _lengths(X: Any) -> Any:
    """Return lengths of rows in double precision, 1 for those of length 0."""
    xp = namespace_of(X)
    squares = _squares_to(X, xp.zeros(X.shape[1], dtype=xp.float64, device=X.device))
    return xp.sqrt(xp.where(squares > 0.0, squares, 1.0))


class Nearest:
    """Squared distances of rows to the nearest centre; -1 of rows that are removed."""

    def __init__(self, X: Any) -> None:
        self.X = X
        self.xp = namespace_of(X)
        self.squares = self._full(self.xp.inf, X.dtype)

    def add_centre(self, row: int) -> None:
        """Make a row a centre."""
        squares = _squares_to(self.X, self.X[int(row), :])
        self.squares = self.xp.minimum(self.squares, squares)

    def remove(self, rows: NDArray[np.int64]) -> None:
        """Leave rows out."""
        for row in rows:
            self.squares[int(row)] = _kernels.REMOVED

    def farthest(self, rank: int) -> tuple[int, float]:
        """Return the row of this rank, the first of equal ones, and its distance."""
        if rank:
            order = self.xp.argsort(self.squares, descending=True, stable=True)
            row = int(order[rank])
        else:
            row = int(self.xp.argmax(self.squares))
        return row, float(self.squares[row])

    def _full(self, value: float, dtype: Any) -> Any:
        n = self.X.shape[0]
        return self.xp.full(n, value, dtype=dtype, device=self.X.device)


class Clusters(Nearest):
    """Rows by their nearest centre, too."""

    def __init__(self, X: Any) -> None:
        super().__init__(X)
        self.owners = self._full(-1, self.xp.int64)
        self.n_centres = 0

    def add_centre(self, row: int) -> None:
        """Make a row a centre; equally near rows stay with their owner."""
        squares = _squares_to(self.X, self.X[int(row), :])
        is_nearer = squares < self.squares
        self.squares = self.xp.where(is_nearer, squares, self.squares)
        self.owners = self.xp.where(is_nearer, self.n_centres, self.owners)
        self.n_centres += 1

    def farthest(self, rank: int) -> tuple[int, float]:
        """Return the farthest row of the heaviest cluster, and its distance.

        A cluster weighs the sum of its rows' squared distances; one without a row that
        is left is none.
        """
        xp = self.xp
        order = xp.argsort(self.owners, stable=True)
        bounds = xp.searchsorted(
            xp.take(self.owners, order),
            xp.arange(self.n_centres + 1, device=self.X.device),
        )
        left = xp.take(self.squares, order)
        sums = self._sums_between(bounds, xp.maximum(left, 0.0), xp.float64)
        n_left = self._sums_between(bounds, left >= 0.0, xp.int64)
        heaviest = xp.argmax(xp.where(n_left > 0, sums, -1.0))
        squares = xp.where(self.owners == heaviest, self.squares, _kernels.REMOVED)
        row = int(xp.argmax(squares))
        return row, float(self.squares[row])

    def _sums_between(self, bounds: Any, values: Any, dtype: Any) -> Any:
        xp = self.xp
        values = xp.astype(values, dtype, copy=False)
        totals = xp.take(xp.cumulative_sum(values, include_initial=True), bounds)
        return totals[1:] - totals[:-1]


def _squares_to(X: Any, centre: Any) -> Any:
    """Return squared distances of rows to one, computed directly."""
    xp = namespace_of(X)
    parts = []
    for block in blocks(X.shape[0], 16 * X.shape[1]):
        gaps = X[block, :] - centre
        parts.append(xp.sum(gaps * gaps, axis=1))
    return joined(parts)


class Similarity:
    """Cosines of some directions and rows."""

    def __init__(self, X: Any, scales: Any, targets: NDArray[np.float64]) -> None:
        self.X, self.scales = X, scales
        self.xp = namespace_of(X)
        self.targets = like(X, targets)
        self.queries = like(X, targets.astype(np.float32))

    def block_rows(self) -> int:
        """Return how many rows to compare with all directions at once."""
        n_queries, n_features = self.targets.shape
        return next(blocks(MOST_ROWS, 8 * n_queries + 24 * n_features)).stop

    def products(self, at: Any) -> Any:
        """Return cosines of all directions and of rows, in single precision."""
        units = take_rows(self.X, at) * take_rows(self.scales, at)[:, None]
        return self.queries @ self.xp.astype(units, self.xp.float32, copy=False).T

    def nth_highest(self, near: Any, n: int) -> NDArray[np.float32]:
        """Return the n-th highest product of each direction."""
        return to_numpy(self.xp.sort(near, axis=1, descending=True)[:, n - 1])

    def find(self, near: Any, lowest: NDArray[np.float32]) -> tuple[NDArray, ...]:
        """Return directions and places of products that are not below a bound."""
        which, place = self.xp.nonzero(near >= like(near, lowest))
        return to_numpy(which), to_numpy(place)

    def cosines(
        self, which: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return cosines of pairs in double precision."""
        xp, found = self.xp, [np.empty(0)]
        for part in blocks(rows.shape[0], 64 * self.X.shape[1]):
            close = xp.astype(take_rows(self.X, rows[part]), xp.float64)
            close = close / _lengths(close)[:, None]
            products = close * take_rows(self.targets, which[part])
            found.append(to_numpy(xp.sum(products, axis=1)))
        return np.concatenate(found)


# k-means


def cluster_rows(
    X: Any, n_clusters: int, seed: int, weights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the cluster of each row, and its squared distance to the centre.

    k-means++ and Lloyd's rounds. A centre that loses its rows stays where it is.
    """
    xp = namespace_of(X)
    heavy = like(X, weights)
    centres = _first_centres(X, n_clusters, np.uint64(seed), heavy)
    mean = _mean(X, heavy)
    most = TOLERANCE * float(xp.sum(_squares_to(X, mean) * heavy) / xp.sum(heavy))
    most /= X.shape[1]
    clusters, squares = _nearest_centres(X, centres)
    for _ in range(MOST_ROUNDS):
        moved = _centres_of(X, clusters, heavy, centres)
        gap, centres = float(xp.sum((moved - centres) ** 2)), moved
        before = clusters
        clusters, squares = _nearest_centres(X, centres)
        if gap <= most or bool(xp.all(before == clusters)):
            break
    return to_numpy(clusters), to_numpy(squares)


def _mean(X: Any, weights: Any) -> Any:
    xp = namespace_of(X)
    total = sum(
        weights[block] @ xp.astype(X[block, :], xp.float64)
        for block in blocks(X.shape[0], 8 * X.shape[1])
    )
    return total / xp.sum(weights)


def _first_centres(X: Any, n_clusters: int, seed: np.uint64, weights: Any) -> Any:
    """Draw rows by weight and squared distance to the nearest one before."""
    xp = namespace_of(X)
    picks: list[Any] = []
    squares = xp.ones_like(weights)
    for number in range(n_clusters):
        with np.errstate(over="ignore"):
            share = float(random_uniform(seed, number, 0, 0))
        row = draw_row(squares * weights, share)
        if row < 0:  # all rows are copies of those drawn
            break
        centre = xp.astype(X[row, :], xp.float64)
        picks.append(centre)
        new = _squares_to(X, centre)
        squares = xp.minimum(squares, new) if number else new
    return xp.stack(picks)


def _nearest_centres(X: Any, centres: Any) -> tuple[Any, Any]:
    """Return the nearest centre of each row, and its squared distance."""
    xp = namespace_of(X)
    half = 0.5 * xp.sum(centres * centres, axis=1)
    found = []
    width = 8 * X.shape[1] + 24 * centres.shape[0]
    for block in blocks(X.shape[0], width):
        rows = xp.astype(X[block, :], xp.float64, copy=False)
        nearest = xp.argmin(half - rows @ centres.T, axis=1)
        gaps = rows - xp.take(centres, nearest, axis=0)
        found.append((nearest, xp.sum(gaps * gaps, axis=1)))
    clusters, squares = zip(*found, strict=True)
    return joined(list(clusters)), joined(list(squares))


def _centres_of(X: Any, clusters: Any, weights: Any, before: Any) -> Any:
    """Return the weighted mean of each cluster."""
    xp = namespace_of(X)
    sums, total = xp.zeros_like(before), xp.zeros_like(before[:, 0])
    for block in blocks(X.shape[0], 8 * X.shape[1] + 16 * before.shape[0]):
        own = xp.zeros(
            (clusters[block].shape[0], before.shape[0]),
            dtype=xp.float64,
            device=X.device,
        )
        own = xp.where(is_place(own, clusters[block]), weights[block][:, None], own)
        sums = sums + own.T @ xp.astype(X[block, :], xp.float64, copy=False)
        total = total + xp.sum(own, axis=0)
    is_empty = (total == 0.0)[:, None]
    return xp.where(is_empty, before, sums / xp.where(is_empty, 1.0, total[:, None]))
