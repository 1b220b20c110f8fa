# SPDX-License-Identifier: BSD-3-Clause
"""Rows from the middle of things: covering by balls, and typicality."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from skx._backend import on_host
from skx._base.sklearn import Interval, validate_params
from skx._neighbors import nearest_rows
from skx._numba import map_pieces
from skx.active._greedy import _kernels
from skx.active._greedy._reading import (
    Positions,
    read_positions,
    read_rows,
    usable_count,
)
from skx.active._greedy._sparse import (
    ball_graph_sparse,
    nearest_others,
    nearest_sparse,
)

PIECE_ROWS = 512
BLOCK_ROWS = 1024
SCOUTS = 256  # rows whose balls tell how large the graph will be
PROBES = 2000  # rows whose balls tell a radius


@on_host(positions=True)
@validate_params(
    {
        "X": ["array-like", "sparse matrix"],
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "delta": [Interval(Real, 0, None, closed="neither")],
        "initial": ["array-like", None],
        "max_edges": [Interval(Integral, 1, None, closed="left")],
        "max_rows": [Interval(Integral, 1, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def prob_cover_greedy(
    X: ArrayLike,
    n_samples: int,
    delta: float,
    *,
    initial: ArrayLike | None = None,
    max_edges: int = 100_000_000,
    max_rows: int = 250_000,
) -> Positions:
    """Pick rows so that as many rows as possible are near one of them.

    Again and again the row with most rows within ``delta`` that no other one has within
    it yet. Use it for the first labels, on embeddings in which near rows mostly are of
    one class: where :func:`k_center_greedy` asks about outliers, it asks about what is
    common. Time grows with the square of the rows; take part of a pool beyond some
    100,000.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features), float
        Rows or their embeddings; finite. Sparse rows stay sparse.
    n_samples : int, at least 1
        Number of rows to pick.
    delta : float above 0
        Distance up to which a row covers others, itself included. The largest one with
        which balls mostly hold rows of one class is best.
    initial : array-like of positions or bool mask, default=None
        Rows that are there already, such as the labelled ones; what they cover counts
        as covered.
    max_edges : int, at least 1, default=100_000_000
        Most pairs of rows within ``delta``, in both directions; 100 million take about
        1 GB.
    max_rows : int, at least 1, default=250_000
        Most rows, beyond which it is refused: ten times the rows take a hundred times
        the time.

    Returns
    -------
    indices : ndarray of shape (n_samples,), int64
        Positions in X in the order of picks; equal gains by position. If fewer rows can
        be picked, all of them, with a warning.

    See Also
    --------
    typicality : Score for the densest places.

    Notes
    -----
    Distances at the edge of balls are computed in double precision, all others by
    products of matrices in blocks; there is never a matrix of all pairs. The number of
    rows covered is at least 63 % of the most that is possible.

    References
    ----------
    O. Yehuda, A. Dekel, G. Hacohen, D. Weinshall (2022). Active learning through a
    covering lens. NeurIPS.

    Examples
    --------
    >>> from skx.active import prob_cover_greedy
    >>> prob_cover_greedy([[0.0], [1.0], [2.0], [7.0], [8.0]], 2, delta=1.0)
    array([1, 3])
    """
    rows = read_rows(X, accept_sparse=True)
    n = rows.shape[0]
    labeled = read_positions(initial, n, "initial")
    n_picks = usable_count(n_samples, n - labeled.shape[0])
    check_row_count(n, max_rows)
    return pick_covering(rows, n_picks, float(delta), labeled, max_edges)[0]


def check_row_count(n_rows: int, max_rows: int) -> None:
    """Refuse more rows than can be compared with each other in reasonable time."""
    if n_rows > max_rows:
        raise ValueError(
            f"There are {n_rows:,} rows, more than max_rows={max_rows:,}, and time "
            "grows with their square. Take part of them, as SubsetSampler around "
            "ProbCoverSampler does, or raise max_rows."
        )


def pick_covering(
    X: Any,
    n_picks: int,
    delta: float,
    initial: Positions,
    max_edges: int,
) -> tuple[Positions, Positions]:
    """Pick rows whose balls cover most others; return how many each adds, too."""
    n = X.shape[0]
    indptr, indices = ball_graph(X, delta, max_edges)
    taken = np.zeros(n, np.bool_)
    taken[initial] = True
    picks, won = np.empty(n_picks, np.int64), np.empty(n_picks, np.int64)
    _kernels.cover_greedily(
        indptr,
        indices,
        initial,
        taken,
        np.zeros(n, np.bool_),
        np.diff(indptr) + 1,
        picks,
        won,
    )
    return picks, won


def pure_radius(
    X: Any, clusters: NDArray[np.integer], purity: float, seed: int
) -> float:
    """Return the largest radius at which a share of balls holds one cluster only.

    The balls are those of at most PROBES rows that are drawn, and hold all rows. A ball
    is pure up to the nearest row of another cluster, so no radius has to be tried.
    """
    n = X.shape[0]
    probes = np.sort(np.random.default_rng(seed).permutation(n)[:PROBES])
    if sparse.issparse(X):
        reach = nearest_others(X, probes, clusters)
    else:
        reach = np.full(probes.shape[0], np.inf)
        for cluster in np.unique(clusters[probes]):
            ours = clusters[probes] == cluster
            others = np.flatnonzero(clusters != cluster)
            if others.shape[0]:
                nearest = nearest_rows(X, 1, queries=probes[ours], among=others)[:, 0]
                gaps = X[probes[ours]].astype(np.float64) - X[nearest]
                reach[ours] = np.sqrt(np.einsum("ij,ij->i", gaps, gaps))
    n_impure = int((1.0 - purity) * probes.shape[0] + 1e-9)
    limit = np.sort(reach)[min(n_impure, probes.shape[0] - 1)]
    if np.isinf(limit):  # all rows are alike, and within any radius
        return 1.0
    return float(limit * (1.0 - 1e-9))  # a ball holds the rows at its edge


def ball_graph(
    X: Any, delta: float, max_edges: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return offsets and neighbours of the rows at most delta apart, without itself."""
    too_many = ValueError(
        f"delta={delta:g} puts more than max_edges={max_edges} pairs of rows within "
        "reach of each other; lower delta, take part of the rows, as SubsetSampler "
        "does, or raise max_edges, at 10 bytes each."
    )
    if sparse.issparse(X):
        graph = ball_graph_sparse(X, delta, max_edges)
        if graph is None:
            raise too_many
        return graph
    n, d = X.shape
    centred = (X - X.mean(axis=0, dtype=np.float64)).astype(np.float32)
    halves = 0.5 * np.einsum("ij,ij->i", centred, centred, dtype=np.float64)
    # |a - b|^2 <= delta^2 where <a, b> - |b|^2 / 2 >= (|a|^2 - delta^2) / 2. In single
    # precision both sides are off by less than the slack, which is of both lengths.
    slack = (d + 16) * 4.0 * np.finfo(np.float32).eps
    with_lengths = np.empty((n, d + 1), np.float32)
    with_lengths[:, :d] = centred
    with_lengths[:, d] = -halves * (1.0 - slack)
    with_ones = np.ones((n, d + 1), np.float32)
    with_ones[:, :d] = centred
    bound = 0.5 * delta * delta * (1.0 + slack)
    limits = (halves * (1.0 - slack) - bound).astype(np.float32)
    square = delta * delta
    step = n // SCOUTS
    if step > 10:  # a few rows, and those surely near, tell if it is in vain to begin
        sure = halves[::step] + slack * (3.0 * halves.max() + bound) - bound
        near = 0
        for start in range(0, n, BLOCK_ROWS):
            products = with_ones[::step] @ with_lengths[start : start + BLOCK_ROWS].T
            near += int(np.count_nonzero(products >= sure[:, None]))
        if near * step > 2 * max_edges:
            raise too_many
    found = [0]

    def search(piece: slice) -> list[NDArray[np.int32]]:
        pairs = []
        counts = np.empty(piece.stop - piece.start, np.int64)
        for start in range(piece.start, n, BLOCK_ROWS):
            if found[0] > max_edges:
                return []
            products = with_ones[piece] @ with_lengths[start : start + BLOCK_ROWS].T
            _kernels.count_close(products, limits[piece], counts)
            room = np.empty((int(counts.sum()), 2), np.int32)
            m = _kernels.write_pairs(
                products, limits[piece], counts, X, square, piece.start, start, room
            )
            pairs.append(room[:m].copy())
            found[0] += 2 * m
        return pairs

    pieces = [slice(a, min(a + PIECE_ROWS, n)) for a in range(0, n, PIECE_ROWS)]
    lists = map_pieces(search, pieces)
    if found[0] > max_edges:
        raise too_many
    pairs = [block for blocks in lists for block in blocks]
    degrees = np.zeros(n, np.int64)
    for block in pairs:
        _kernels.count_degrees(block, degrees)
    indptr = np.concatenate([[0], np.cumsum(degrees)])
    indices = np.empty(indptr[-1], np.int32)
    ends = indptr[:-1].copy()
    for block in pairs:
        _kernels.write_neighbors(block, ends, indices)
    return indptr, indices


@on_host
@validate_params(
    {
        "X": ["array-like", "sparse matrix"],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def typicality(X: ArrayLike, n_neighbors: int = 20) -> NDArray[np.float64]:
    """Score rows by how near their nearest neighbours are.

    The most typical row of each cluster is a good first label: it stands for many. On
    its own the score finds the densest place only, so give it the rows of one cluster
    at a time.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features), float
        Rows or their embeddings, at least two; finite, columns scaled alike. Sparse
        rows stay sparse.
    n_neighbors : int, at least 1, default=20
        Number of neighbours, or all other rows if there are fewer.

    Returns
    -------
    scores : ndarray of shape (n_samples,), float64
        ``1 / (mean distance + 1e-5)`` over the nearest neighbours.

    See Also
    --------
    prob_cover_greedy : Typical rows of the whole pool, without clusters.

    References
    ----------
    G. Hacohen, A. Dekel, D. Weinshall (2022). Active learning on a budget: Opposite
    strategies suit high and low budgets. ICML.

    Examples
    --------
    >>> from skx.active import typicality
    >>> typicality([[0.0], [1.0], [2.0], [9.0]], n_neighbors=2).round(2)
    array([0.67, 1.  , 0.67, 0.13])
    """
    rows = read_rows(X, accept_sparse=True)
    n = rows.shape[0]
    if n < 2:
        raise ValueError(
            "X has 1 row; typicality needs neighbours, hence two rows or more."
        )
    if sparse.issparse(rows):
        _, distances = nearest_sparse(rows, min(n_neighbors, n - 1))
        return 1.0 / (distances.mean(axis=1) + 1e-5)
    neighbors = nearest_rows(rows, min(n_neighbors, n - 1))
    means = np.empty(n)
    for start in range(0, n, BLOCK_ROWS):
        block = rows[start : start + BLOCK_ROWS].astype(np.float64)
        gaps = rows[neighbors[start : start + BLOCK_ROWS]] - block[:, None]
        distances = np.sqrt(np.einsum("ikj,ikj->ik", gaps, gaps))
        means[start : start + BLOCK_ROWS] = distances.mean(axis=1)
    return 1.0 / (means + 1e-5)
