# SPDX-License-Identifier: BSD-3-Clause
"""Graphs of rows on a device, and messages along their edges."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._backend import cuda, namespace_of, to_numpy
from skx.proportions._device import put
from skx.proportions._propagation._cuda import MESSAGES, NEAREST, TILE
from skx.proportions._propagation._graph import Graph


def unit_rows(X: Any) -> tuple[Any, NDArray[np.intp]]:
    """Return rows of length 1, and which rows of X they are: those that are not 0."""
    xp = namespace_of(X)
    # Scaled first, so that squares neither overflow nor vanish.
    largest = xp.max(xp.abs(X), axis=1)
    rows = np.flatnonzero(to_numpy(largest))
    if len(rows) < X.shape[0]:
        kept = put(X, rows)
        X, largest = xp.take(X, kept, axis=0), xp.take(largest, kept)
    points = X / largest[:, None]
    return points / xp.sqrt(xp.sum(points * points, axis=1, keepdims=True)), rows


def nearest_rows(
    points: Any, wanted: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest other rows of each, and how far they are, on the host.

    Nearest first; of equally near rows the first one comes first.
    """
    xp = namespace_of(points)
    # A power of two, so that squares do not overflow.
    exponent = max(-1000, math.frexp(float(xp.max(xp.abs(points))))[1])
    n_rows, n_columns = points.shape
    squares = xp.empty((n_rows, wanted), dtype=xp.float64, device=points.device)
    found = xp.empty((n_rows, wanted), dtype=xp.int64, device=points.device)
    # Threads of neighbouring rows then read neighbouring numbers.
    n_padded = -(-n_rows // TILE) * TILE
    shape = (n_columns, n_padded)
    columns = xp.zeros(shape, dtype=xp.float64, device=points.device)
    columns[:, :n_rows] = math.ldexp(1.0, -exponent) * points.T
    sizes = np.array([n_rows, n_padded, n_columns, wanted], np.int64)
    cuda.launch(NEAREST, "find_nearest", n_rows, columns, *sizes, squares, found)
    return to_numpy(found), np.ldexp(np.sqrt(to_numpy(squares)), exponent)


def edge_distances(
    X: Any, indptr: NDArray[np.int64], indices: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return Euclidean distances along the edges of a graph, on the host."""
    xp = namespace_of(X)
    out = xp.empty(len(indices), dtype=xp.float64, device=X.device)
    graph = put(X, indptr), put(X, indices)
    sizes = np.array(X.shape, np.int64)
    cuda.launch(NEAREST, "edge_distances", X.shape[0], X, *graph, *sizes, out)
    return to_numpy(out)


class DeviceEdges:
    """Messages along the edges of a graph, at their receivers."""

    def __init__(
        self,
        reference: Any,
        graph: Graph,
        strength: NDArray[np.float64],
        rule: int,
    ) -> None:
        xp = namespace_of(reference)
        self.rule = np.int32(rule)
        parts = graph.indptr, graph.indices, graph.reverse, strength
        self.graph = tuple(put(reference, part) for part in parts)
        self.n_rows = len(graph.indptr) - 1
        kind = {"dtype": xp.float64, "device": reference.device}
        self.message = xp.zeros(len(strength), **kind)
        self.renewed = xp.zeros(len(strength), **kind)
        self.sums = xp.zeros(self.n_rows, **kind)
        self.residuals = xp.zeros(self.n_rows, **kind)

    def send(self, totals: Any) -> None:
        """Let rows with these beliefs tell their neighbours."""
        self.totals = totals

    def receive(self, damping: float) -> float:
        """Take what was sent; return the largest change."""
        cuda.launch(
            MESSAGES,
            "pass_messages",
            self.n_rows,
            *self.graph,
            self.rule,
            self.totals,
            np.float64(damping),
            self.message,
            np.int64(self.n_rows),
            self.renewed,
            self.sums,
            self.residuals,
        )
        self.message, self.renewed = self.renewed, self.message
        xp = namespace_of(self.sums)
        return float(xp.max(self.residuals))


class BagRanks:
    """The rows of bags from the highest score down; of equal ones the first leads."""

    def __init__(
        self, reference: Any, bags: NDArray[np.int64], counts: NDArray[np.float64]
    ) -> None:
        sizes = np.diff(bags)
        codes = np.repeat(np.arange(len(sizes)), sizes)
        rank = np.arange(bags[-1]) - bags[codes]
        ones = counts[codes]
        self.codes = put(reference, codes)
        self.chosen = put(reference, rank < ones)
        # The row that would change its label too, by its rank in the bag.
        rival = np.where(rank < ones, ones, ones - 1).clip(0, sizes[codes] - 1)
        self.rival = put(reference, bags[codes] + rival.astype(np.int64))
        self.never = put(reference, ones == 0)
        self.always = put(reference, ones == sizes[codes])

    def _order(self, scores: Any) -> tuple[Any, Any]:
        """Return rows by bag and rank, and the place of each row among them."""
        xp = namespace_of(scores)
        order = xp.argsort(-scores, stable=True)
        order = xp.take(order, xp.argsort(xp.take(self.codes, order), stable=True))
        return order, xp.argsort(order)

    def messages(self, logits: Any) -> Any:
        """Return what exact counts say of the most probable labels, in log-odds."""
        xp = namespace_of(logits)
        order, place = self._order(logits)
        rival = xp.take(order, xp.take(self.rival, place))
        told = xp.where(self.never, -np.inf, -xp.take(logits, rival))
        return xp.where(self.always, np.inf, told)

    def best(self, scores: Any) -> Any:
        """Return 1 for the rows of each bag with its count of best scores, else 0."""
        xp = namespace_of(scores)
        _, place = self._order(scores)
        return xp.astype(xp.take(self.chosen, place), xp.float64)
