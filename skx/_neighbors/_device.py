# SPDX-License-Identifier: BSD-3-Clause
"""Nearest neighbours on a device: screened by matrix products, then ranked exactly.

Products of float64 tell for each query which rows may be among its nearest ones, with a
margin for their rounding; of these rows, kernels compute the distances in the order of
the host's and so find the same neighbours. Products of float32 would take half of the
memory, but a device may be told to compute them with the 10 bits of TF32.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._backend import cuda, in_c_order, like, namespace_of
from skx._neighbors._cuda import RANK

Rows = NDArray[np.int64]

# Scores that are held at once: 256 MB of float64.
MOST_SCORES = 2**25
# Scores that are looked at one by one at once. Beyond that, because many rows are
# equally near, a block is halved.
MOST_CLOSE = 2**22


def search(X: Any, queries: Rows, among: Rows, n_neighbors: int) -> Any:
    """Find the nearest other rows of some rows of a device array, nearest first.

    X (n, d) finite float32 or float64, queries (q,) int64 row numbers, among (m,) int64
    rows that may be neighbours, ascending. Returns (q, k) int64 on the device, equal
    distances ordered by row number.
    """
    n_queries = queries.shape[0]
    if n_queries == 0:
        return like(X, np.empty((0, n_neighbors), np.int64))
    screen = _Screen(X, among, n_neighbors)
    there, size = like(X, queries), screen.block_size
    found = [
        screen.nearest(there[start : min(start + size, n_queries)])
        for start in range(0, n_queries, size)
    ]
    return namespace_of(X).concat(found, axis=0)


def _scaled(X: Any, spread: float) -> Any:
    # A power of two, in two steps since it may be no float64 itself: squares cannot
    # overflow and the order of distances is untouched.
    exponent = -math.frexp(spread)[1]
    half = exponent // 2
    return X * 2.0**half * 2.0 ** (exponent - half)


class _Screen:
    """The rows that may be neighbours, ready to be multiplied by blocks of queries.

    The score of a row y for a query x is |y|^2 - 2xy, both centred: their squared
    distance less |x|^2. Rows are scored in groups of ``size``, since the k + 1 smallest
    minima of groups, one of which may be the query's own, bound what its k nearest rows
    can score: only in groups below that bound is it worth to look at single rows.
    """

    def __init__(self, X: Any, among: Rows, n_neighbors: int) -> None:
        xp = self._xp = namespace_of(X)
        X = in_c_order(xp.astype(X, xp.float64, copy=False))
        X = _scaled(X, float(xp.max(xp.abs(X))))
        X = _scaled(X, float(xp.max(xp.abs(X - xp.mean(X, axis=0)))))
        self._X, self._n_neighbors = X, n_neighbors
        rows = X - xp.mean(X, axis=0)
        self._squares = xp.sum(rows * rows, axis=1)
        # With u = 2^-53, rounding moves a score by (3d + 2) u of |x|^2 + |y|^2 or less,
        # rounding of centred rows distances by 4u of it, that of the distances which
        # rank by (2d + 4) u, and the sums below by 4u: less than 8 (d + 4) u in all.
        self._rounding = (X.shape[1] + 4) * 2.0**-50

        n_rows = among.shape[0]
        self.size = max(1, math.isqrt(n_rows // (n_neighbors + 1)))
        self.n_groups = -(-n_rows // self.size)
        width = self.n_groups * self.size
        # Groups of as many rows as there are groups below the bound, and some more.
        n_close = 2 * (n_neighbors + 1) * self.size
        self.block_size = max(1, min(MOST_SCORES // width, MOST_CLOSE // n_close))
        self._among = like(X, among)
        right = xp.take(rows, self._among, axis=0)
        squares = xp.take(self._squares, self._among)
        padding = width - n_rows
        if padding:
            none = xp.zeros((padding, X.shape[1]), dtype=X.dtype, device=X.device)
            right = xp.concat([right, none], axis=0)
            far = xp.full((padding,), math.inf, dtype=X.dtype, device=X.device)
            squares = xp.concat([squares, far])
        # (x, 1) times (-2y, |y|^2) is the score.
        self._left = xp.concat([rows, xp.ones_like(rows[:, :1])], axis=1)
        self._right = xp.concat([-2.0 * right, squares[:, None]], axis=1).T
        squares = xp.where(xp.isfinite(squares), squares, xp.zeros_like(squares))
        largest = xp.max(xp.reshape(squares, (self.n_groups, self.size)), axis=1)
        self._largest = largest[None, :]

    def nearest(self, queries: Any) -> Any:
        """Return the nearest rows of each of ``queries`` (q,), (q, k)."""
        xp = self._xp
        scores = xp.matmul(xp.take(self._left, queries, axis=0), self._right)
        least = xp.min(xp.reshape(scores, (-1, self.n_groups, self.size)), axis=2)
        own = xp.take(self._squares, queries)[:, None]
        # The second term is more than what products lose where they underflow.
        margin = self._rounding * (own + self._largest) + 2.0**-1000
        rank = min(self._n_neighbors, self.n_groups - 1)
        bound = xp.sort(least + margin, axis=1)[:, rank]
        place, group = xp.nonzero(least - margin <= bound[:, None])
        n_queries = queries.shape[0]
        if place.shape[0] * self.size > MOST_CLOSE and n_queries > 1:
            del scores, least, margin, place, group
            half = n_queries // 2
            parts = [self.nearest(queries[:half]), self.nearest(queries[half:])]
            return xp.concat(parts, axis=0)
        cell = place * self.n_groups + group
        scores = xp.take(xp.reshape(scores, (-1, self.size)), cell, axis=0)
        reach = xp.take(bound, place) + xp.take(xp.reshape(margin, (-1,)), cell)
        hit, position = xp.nonzero(scores <= reach[:, None])
        member = xp.take(group, hit) * self.size + position
        return self._rank(queries, xp.take(place, hit), xp.take(self._among, member))

    def _rank(self, queries: Any, place: Any, rows: Any) -> Any:
        """Choose the nearest of the candidates ``rows`` of ``queries[place]``."""
        xp, X, k = self._xp, self._X, self._n_neighbors
        n_queries, n_pairs = queries.shape[0], rows.shape[0]
        here = {"device": X.device}
        distances = xp.empty((n_pairs,), dtype=xp.float64, **here)
        cuda.launch(
            RANK,
            "pair_distances",
            n_pairs,
            X,
            np.int64(X.shape[1]),
            xp.take(queries, place),
            rows,
            np.int64(n_pairs),
            distances,
        )
        every = xp.arange(n_queries + 1, dtype=place.dtype, **here)
        best = xp.full((n_queries, k), math.inf, dtype=xp.float64, **here)
        found = xp.full((n_queries, k), X.shape[0], dtype=xp.int64, **here)
        cuda.launch(
            RANK,
            "keep_nearest",
            n_queries,
            distances,
            rows,
            xp.astype(xp.searchsorted(place, every), xp.int64),
            queries,
            np.int64(n_queries),
            np.int64(k),
            best,
            found,
        )
        return found
