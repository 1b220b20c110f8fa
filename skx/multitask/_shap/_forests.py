# SPDX-License-Identifier: BSD-3-Clause
"""Shapley values of forests."""

import numpy as np
from numpy.typing import NDArray

from skx._numba import for_each_chunk
from skx.multitask._shap import _kernels
from skx.multitask._trees import Forest

# Rows below which a piece of them is not worth a thread.
GRAIN = 64


class Explainer:
    """What Shapley values of a forest need that does not depend on rows.

    A value that is unknown is drawn by the paths of the rows of the fit: a row whose
    feature is not known goes both ways at its splits, by the weights of the children.

    Attributes
    ----------
    expected : (n_trees, any)
        Mean of each tree over the paths.
    """

    def __init__(self, forest: Forest) -> None:
        self.forest = forest
        n_nodes, n_trees = len(forest.nodes), forest.n_trees
        self.above, self.asked = np.full((2, n_nodes), -1, dtype=np.int64)
        self.share = np.ones(n_nodes)
        self.expected = np.empty((n_trees, forest.values.shape[1]))
        self.n_asked = np.empty(n_trees, dtype=np.int64)
        _kernels.find_edges(
            forest.nodes,
            forest.values,
            forest.roots,
            self.above,
            self.asked,
            self.share,
            self.expected,
            self.n_asked,
        )
        most = (int(self.n_asked.max(initial=0)) + 1) // 2
        # On (0, 1); k points are exact for polynomials of degree 2 k - 1.
        self.points, self.weights = np.zeros((2, most + 1, max(most, 1)))
        for k in range(1, most + 1):
            points, weights = np.polynomial.legendre.leggauss(k)
            self.points[k, :k] = 0.5 * (1.0 + points)
            self.weights[k, :k] = 0.5 * weights

    def add(
        self,
        X: NDArray[np.floating],
        out: NDArray[np.float64],
        rows: NDArray[np.int32] | None = None,
        first: int = 0,
        last: int | None = None,
        n_jobs: int | None = None,
    ) -> None:
        """Add the values by trees first .. last - 1 to out (n_rows, d, n_outputs)."""
        chosen = np.arange(len(X), dtype=np.int32) if rows is None else rows
        end = self.forest.n_trees if last is None else last

        def work(start: int, stop: int) -> None:
            _kernels.add_shapley(
                X,
                chosen[start:stop],
                *self.forest,
                first,
                end,
                self.above,
                self.asked,
                self.share,
                self.n_asked,
                self.points,
                self.weights,
                out,
            )

        for_each_chunk(work, len(chosen), n_jobs, grain=GRAIN)

    def mean(self, first: int, last: int, n_outputs: int) -> NDArray[np.float64]:
        """Return the mean (n_outputs,) of the sum of trees first .. last - 1."""
        width = self.expected.shape[1]
        columns = self.forest.columns[first:last, None] + np.arange(width)
        values = self.expected[first:last]
        sums = np.bincount(columns.ravel(), values.ravel(), minlength=n_outputs)
        return sums.astype(np.float64)
