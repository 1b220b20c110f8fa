# SPDX-License-Identifier: BSD-3-Clause
"""Clusters of rows, and the rows that stand for them."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from skx._backend import is_device_array
from skx._numba import blas_held_to_one
from skx.active._greedy import _device
from skx.active._greedy._cover import typicality
from skx.active._greedy._draws import best_rows
from skx.active._greedy._reading import Positions

BLOCK_ROWS = 8192
MINI_BATCH_ROWS = 20_000  # beyond, rows are clustered in mini-batches
# TypiClust, as published: clusters of so many rows count for nothing.
TOO_SMALL = 5
# Rows among which neighbours are searched; the time grows with their square.
MOST_NEIGHBORS = 20_000


def cluster_rows(
    X: Any,
    n_clusters: int,
    seed: int,
    *,
    weights: NDArray[np.float64] | None = None,
    mini_batch: bool = False,
    start: NDArray[np.floating] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.floating]]:
    """Return the cluster of each row, and the centres, by k-means.

    Where rows are copies of each other there may be fewer clusters than asked for. The
    first centres are those of ``start``, and others rows that are drawn; None leaves
    all of them to k-means++.
    """
    init: Any = "k-means++"
    if start is not None:
        init = _first_centres(X, n_clusters, seed, start)
    if mini_batch:
        model = MiniBatchKMeans(
            n_clusters, batch_size=5000, init=init, random_state=seed
        )
    else:
        model = KMeans(n_clusters, init=init, random_state=seed)
    with (
        # Threads add up in the order in which they are done; one always gives the same.
        blas_held_to_one(),
        threadpool_limits(1, user_api="openmp"),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, sample_weight=weights)
    return model.labels_, model.cluster_centers_


def _first_centres(
    X: Any, n_clusters: int, seed: int, start: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Return the first of the centres to start from, and rows where there are fewer."""
    n_more = max(0, n_clusters - len(start))
    rows = X[np.random.default_rng(seed).choice(X.shape[0], n_more, replace=False)]
    if sparse.issparse(rows):
        rows = rows.toarray()
    return np.concatenate([start[:n_clusters], rows]).astype(X.dtype)


def pick_central(
    X: Any,
    n_picks: int,
    seed: int,
    weights: NDArray[np.float64] | None = None,
) -> Positions:
    """Pick the row nearest to the centre of each of n_picks clusters.

    Those of the heaviest clusters come first. Where there are fewer clusters than
    picks, the others are the heaviest rows that are left.
    """
    n = X.shape[0]
    if weights is None:
        weights = np.ones(n)
    if n_picks == n:
        return best_rows(weights, n)
    clusters: NDArray[np.integer]
    if is_device_array(X):
        clusters, squares = _device.cluster_rows(X, n_picks, seed, weights)
    else:
        clusters, centres = cluster_rows(
            X, n_picks, seed, weights=weights, mini_batch=n > MINI_BATCH_ROWS
        )
        squares = np.empty(n)
        for start in range(0, n, BLOCK_ROWS):
            block = slice(start, start + BLOCK_ROWS)
            gaps = X[block] - centres[clusters[block]].astype(np.float64)
            squares[block] = np.einsum("ij,ij->i", gaps, gaps)
    nearest_first = np.lexsort((squares, clusters))
    found, at = np.unique(clusters[nearest_first], return_index=True)
    picks = nearest_first[at]
    picks = picks[np.lexsort((picks, -np.bincount(clusters, weights)[found]))]
    left = np.setdiff1d(np.arange(n), picks)
    return np.concatenate([picks, left[best_rows(weights[left], n_picks - len(picks))]])


def pick_typical(
    X: Any,
    n_picks: int,
    n_labeled: int,
    clusters: NDArray[np.integer],
    n_neighbors: int,
    seed: int,
) -> tuple[Positions, NDArray[np.float64]]:
    """Pick the most typical rows, cluster after cluster; return their typicality too.

    The first n_labeled rows have a label and are not picked. Clusters with the fewest
    of them come first, large ones before small ones, and all of them again once each
    had its turn; those of up to TOO_SMALL rows only when the others have no row left.
    """
    sizes = np.bincount(clusters)
    known = np.bincount(clusters[:n_labeled], minlength=sizes.shape[0])
    free = sizes - known
    order = np.lexsort((-sizes, known))
    n_turns = np.minimum(free, n_picks)[order]
    visits = np.repeat(order, n_turns)
    turns = np.arange(visits.shape[0]) - np.repeat(
        np.cumsum(n_turns) - n_turns, n_turns
    )
    visits = visits[np.lexsort((turns, sizes[visits] <= TOO_SMALL))][:n_picks]
    by_cluster = n_labeled + np.argsort(clusters[n_labeled:], kind="stable")
    ends = np.cumsum(free)
    rng = np.random.default_rng(seed)
    picks, scores = np.empty(n_picks, np.int64), np.empty(n_picks)
    for cluster, count in zip(*np.unique(visits, return_counts=True), strict=True):
        members = by_cluster[ends[cluster] - free[cluster] : ends[cluster]]
        if members.shape[0] > MOST_NEIGHBORS:
            n_drawn = max(MOST_NEIGHBORS, count)
            members = np.sort(rng.choice(members, n_drawn, replace=False))
        typical = np.zeros(members.shape[0])  # of a row alone
        if members.shape[0] > 1:
            k = min(n_neighbors, members.shape[0] // 2)
            typical = typicality(X[members], n_neighbors=k)
        best = best_rows(typical, count)
        picks[visits == cluster] = members[best]
        scores[visits == cluster] = typical[best]
    return picks, scores
