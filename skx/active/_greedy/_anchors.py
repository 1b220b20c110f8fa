# SPDX-License-Identifier: BSD-3-Clause
"""A part of the pool: the neighbours of a few labelled rows."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from skx._backend import is_device_array, like, to_numpy
from skx._base.sklearn import Interval, validate_params
from skx.active._device import take_rows
from skx.active._greedy import _device
from skx.active._greedy._draws import best_rows
from skx.active._greedy._reading import Positions, read_positions, read_rows

BLOCK_ROWS = 4096
SMALL_PRODUCT = 1e8  # multiplications
SLACK = 1e-4  # of products in single precision; the order is that of double precision


@validate_params(
    {
        "embeddings": ["array-like"],
        "anchors": ["array-like"],
        "candidates": ["array-like", None],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "size": [Interval(Integral, 1, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def anchor_subpool(
    embeddings: ArrayLike,
    anchors: ArrayLike,
    candidates: ArrayLike | None = None,
    *,
    n_neighbors: int = 50,
    size: int = 10_000,
) -> tuple[Positions, NDArray[np.float64]]:
    """Find the rows that are most similar to a few labelled ones.

    A model then has to look at these rows only, not at the pool. With anchors of all
    classes alike the part holds more of rare classes than the pool does. It pays where
    predictions are what takes time; with a fast model, score the whole pool instead.

    Parameters
    ----------
    embeddings : array-like of shape (n_rows, n_features), float
        Finite; only directions count, so no row that matters may be 0.
    anchors : array-like of positions or bool mask
        Rows whose neighbours are wanted, at least one; mostly labelled ones.
    candidates : array-like of positions or bool mask, default=None
        Rows that may be returned, mostly those without a label; all that are no anchors
        if None.
    n_neighbors : int, at least 1, default=50
        How many of the most similar candidates each anchor brings in.
    size : int, at least 1, default=10_000
        Most rows to return.

    Returns
    -------
    indices : ndarray of shape (n_found,), int64
        Positions in ``embeddings``, best first, equal scores by position. Fewer than
        ``size`` if the anchors bring in fewer.
    scores : ndarray of shape (n_found,), float64
        Mean cosine similarity of the row to the anchors that brought it in.

    See Also
    --------
    stochastic_top_k : Draws rows by score instead of taking the best.

    Notes
    -----
    The search is exact: a product of matrices over blocks of candidates, whose closest
    results are computed again in double precision. The mean is over the anchors that
    brought the row in, as published: a row close to one anchor comes before one that is
    fairly close to many.

    CuPy arrays are searched on the device.

    References
    ----------
    P. Lesci, A. Vlachos (2024). AnchorAL: Computationally efficient active learning for
    large and imbalanced datasets. NAACL.

    Examples
    --------
    >>> from skx.active import anchor_subpool
    >>> E = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.1], [-1.0, 0.0], [0.1, 1.0]]
    >>> indices, scores = anchor_subpool(E, anchors=[0], n_neighbors=2)
    >>> indices, scores.round(3)
    (array([2, 4]), array([0.995, 0.1  ]))
    """
    rows = read_rows(embeddings, "embeddings")
    n = rows.shape[0]
    chosen = read_positions(anchors, n, "anchors")
    if not chosen.shape[0]:
        raise ValueError("anchors is empty; give at least one row to search around.")
    if candidates is None:
        pool = np.delete(np.arange(n), chosen)
    else:
        pool = np.sort(read_positions(candidates, n, "candidates"))
    if not pool.shape[0]:
        return np.empty(0, np.int64), like(rows, np.empty(0))
    targets = directions(to_numpy(take_rows(rows, chosen)))
    near, similarity = nearest_directions(
        rows, inverse_lengths(rows), targets, pool, n_neighbors
    )
    found, scores = most_similar(near, similarity, size)
    return found, like(rows, scores)


def most_similar(
    near: Positions, similarity: NDArray[np.float64], size: int
) -> tuple[Positions, NDArray[np.float64]]:
    """Return rows that anchors bring in and mean similarities, best first."""
    found, place = np.unique(near, return_inverse=True)
    place = place.ravel()
    scores = np.bincount(place, similarity.ravel()) / np.bincount(place)
    best = best_rows(scores, min(size, found.shape[0]))
    return found[best], scores[best]


def nearest_directions(
    rows: Any,
    scales: Any,
    targets: NDArray[np.float64],
    pool: Positions,
    n_neighbors: int,
) -> tuple[Positions, NDArray[np.float64]]:
    """Find the rows of the pool nearest to some directions, and their cosines.

    ``scales`` are the inverse lengths of all rows, ``targets`` have the length 1, and
    ``pool`` is ascending and not empty. Returns two arrays with a line for each target,
    of ``n_neighbors`` entries or of all rows, best first, equal ones by position.
    """
    # Threads of the BLAS meet after each product. For small ones that takes longer than
    # it saves, and many times as long where other processes want the processor.
    is_small = targets.size * BLOCK_ROWS < SMALL_PRODUCT
    with threadpool_limits(1 if is_small else None, user_api="blas"):
        return _search(rows, scales, targets, pool, min(n_neighbors, pool.shape[0]))


def _search(
    rows: Any,
    scales: Any,
    targets: NDArray[np.float64],
    pool: Positions,
    n_neighbors: int,
) -> tuple[Positions, NDArray[np.float64]]:
    similar: Any = Similarity(rows, scales, targets)
    if is_device_array(rows):
        similar = _device.Similarity(rows, scales, targets)
    n_queries = targets.shape[0]
    lowest = np.full((n_queries, 1), -np.inf, np.float32)
    held = np.empty((0, 3))
    parts, n_parts = [held], 0
    n_block = max(n_neighbors + 1, similar.block_rows())
    for start in range(0, pool.shape[0], n_block):
        block = pool[start : start + n_block]
        at: slice | Positions = block
        if block[-1] - block[0] == block.shape[0] - 1:
            at = slice(block[0], block[-1] + 1)
        near = similar.products(at)
        if not start and n_neighbors < near.shape[1]:
            nth = similar.nth_highest(near, n_neighbors)
            lowest = nth[:, None] - np.float32(SLACK)
        which, place = similar.find(near, lowest)
        cosines = similar.cosines(which, block[place])
        parts.append(np.column_stack([which, block[place], cosines]))
        n_parts += which.shape[0]
        if n_parts > 4 * n_queries * n_neighbors:
            held = _keep_nearest(np.concatenate(parts), n_neighbors)
            parts, n_parts = [held], held.shape[0]
            counts = np.bincount(held[:, 0].astype(np.int64), minlength=n_queries)
            ends = np.cumsum(counts) - 1
            full = counts == n_neighbors
            lowest[full, 0] = held[ends[full], 2] - SLACK
    held = _keep_nearest(np.concatenate(parts), n_neighbors)
    found = held[:, 1].astype(np.int64).reshape(n_queries, n_neighbors)
    return found, held[:, 2].reshape(n_queries, n_neighbors)


class Similarity:
    """Cosines of some directions and rows; a twin works on devices."""

    def __init__(
        self,
        rows: NDArray[np.floating],
        scales: NDArray[np.floating],
        targets: NDArray[np.float64],
    ) -> None:
        self.rows, self.scales, self.targets = rows, scales, targets
        self.queries = targets.astype(np.float32)

    def block_rows(self) -> int:
        """Return how many rows to compare with all directions at once."""
        return BLOCK_ROWS

    def products(self, at: slice | Positions) -> NDArray[np.float32]:
        """Return cosines of all directions and of rows, in single precision."""
        units = self.rows[at] * self.scales[at, None]
        return self.queries @ units.astype(np.float32, copy=False).T

    def nth_highest(self, near: NDArray[np.float32], n: int) -> NDArray[np.float32]:
        """Return the n-th highest product of each direction."""
        nth = near.shape[1] - n
        return np.partition(near, nth, axis=1)[:, nth]

    def find(
        self, near: NDArray[np.float32], lowest: NDArray[np.float32]
    ) -> tuple[Positions, Positions]:
        """Return directions and places of products that are not below a bound."""
        return np.divmod(np.flatnonzero(near >= lowest), near.shape[1])

    def cosines(self, which: Positions, rows: Positions) -> NDArray[np.float64]:
        """Return cosines of pairs in double precision."""
        close = directions(self.rows[rows])
        return np.einsum("ij,ij->i", self.targets[which], close)


def _keep_nearest(pairs: NDArray, n_neighbors: int) -> NDArray:
    """Keep the most similar rows of each anchor, equal ones by position."""
    pairs = pairs[np.lexsort((pairs[:, 1], -pairs[:, 2], pairs[:, 0]))]
    first = np.searchsorted(pairs[:, 0], pairs[:, 0])
    return pairs[np.arange(pairs.shape[0]) - first < n_neighbors]


def directions(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Scale rows to length 1; those of length 0 stay."""
    exact = rows.astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", exact, exact))
    exact /= np.where(lengths > 0.0, lengths, 1.0)[:, None]
    return exact


def inverse_lengths(rows: Any) -> Any:
    """Return factors that scale rows to length 1, in the type of the rows."""
    if is_device_array(rows):
        return _device.inverse_lengths(rows)
    squares = np.einsum("ij,ij->i", rows, rows)
    if rows.dtype == np.float32:
        # Squares of single precision that under- or overflow are computed again.
        lost = np.flatnonzero(~((squares > 1e-30) & (squares < 1e30)))
        if lost.shape[0]:
            exact = rows[lost].astype(np.float64)
            squares = squares.astype(np.float64)
            squares[lost] = np.einsum("ij,ij->i", exact, exact)
    scales = 1.0 / np.sqrt(np.where(squares > 0.0, squares, 1.0))
    return scales.astype(rows.dtype, copy=False)
