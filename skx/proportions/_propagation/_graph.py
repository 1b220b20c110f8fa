# SPDX-License-Identifier: BSD-3-Clause
"""Symmetric graphs of rows, in the order of bags."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skx._numba import map_pieces
from skx.proportions._propagation import _kernels

Array = NDArray[np.float64]

PIECE_EDGES = 200_000


@dataclass(frozen=True)
class Graph:
    """A symmetric graph in the order of bags, and where its edges stand in reverse."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    strength: Array
    reverse: NDArray[np.int64]
    pieces: list[slice]

    @classmethod
    def build(
        cls, indptr: NDArray[np.int64], indices: NDArray[np.int32], strength: Array
    ) -> "Graph":
        """Find the reverse edges and cut the rows into pieces."""
        at = np.arange(PIECE_EDGES, indices.shape[0], PIECE_EDGES)
        cuts = np.unique(np.searchsorted(indptr, at))
        edges = [0, *(int(cut) for cut in cuts), indptr.shape[0] - 1]
        pieces = [slice(a, b) for a, b in pairwise(edges) if a < b]
        reverse = np.empty(indices.shape[0], np.int64)

        def find(piece: slice) -> int:
            settings = (indptr, indices, strength, reverse, piece.start, piece.stop)
            return _kernels.find_reverse(*settings)

        if sum(map_pieces(find, pieces)) < indices.shape[0]:
            raise ValueError(
                "affinity is not symmetric; pass the maximum or the mean of it and its "
                "transpose."
            )
        return cls(indptr, indices, strength, reverse, pieces)

    def row_sums(self) -> Array:
        """Return the sum of the strengths of each row."""
        ends = np.append(0.0, np.cumsum(self.strength))
        return ends[self.indptr[1:]] - ends[self.indptr[:-1]]


def read_graph(
    affinity: Any,
    n_rows: int,
    order: NDArray[np.int64] | None,
    smoothness: float,
) -> Graph:
    """Check the graph and put it in the order of bags; strength is the charge w."""
    shape = np.shape(affinity)
    if shape != (n_rows, n_rows):
        raise ValueError(
            f"affinity has the shape {shape} but bags has {n_rows} rows; expected a "
            "square matrix with a row for each."
        )
    matrix = sparse.csr_array(affinity)
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    data = np.asarray(matrix.data, np.float64)
    if not np.isfinite(data).all() or (data < 0).any():
        raise ValueError(
            "affinity has negative or infinite entries; expected how alike rows are, "
            "from 0 upward. Turn distances into exp(-distance)."
        )
    if matrix.diagonal().any():
        raise ValueError(
            "affinity has entries on its diagonal; a row is no neighbour of itself, so "
            "set them to 0."
        )
    indptr = np.asarray(matrix.indptr, np.int64)
    indices = np.asarray(matrix.indices, np.int32)
    if not data.all():
        matrix = matrix.copy()
        matrix.eliminate_zeros()
        return read_graph(matrix, n_rows, order, smoothness)
    data = data * smoothness
    if order is not None:
        Graph.build(indptr, indices, data)  # the permutation supposes symmetry
        arrays = np.empty_like(indptr), np.empty_like(indices), np.empty_like(data)
        _kernels.permute(indptr, indices, data, order, *arrays)
        indptr, indices, data = arrays
    return Graph.build(indptr, indices, data)
