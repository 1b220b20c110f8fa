# SPDX-License-Identifier: BSD-3-Clause
"""How similar rows are to all others."""

import numpy as np
from numpy.typing import NDArray

from skx.active._greedy._anchors import directions

BLOCK_ROWS = 8192


def mean_similarity(X: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the mean cosine similarity of each row to all rows, itself included.

    That is its product with the mean of all rows scaled to length 1, so no pair of rows
    is looked at. Rows of length 0 are similar to none.
    """
    n, d = X.shape
    total, similarity = np.zeros(d), np.empty(n)
    blocks = [slice(start, start + BLOCK_ROWS) for start in range(0, n, BLOCK_ROWS)]
    for block in blocks:
        total += directions(X[block]).sum(axis=0)
    for block in blocks:
        similarity[block] = np.einsum("ij,j->i", directions(X[block]), total / n)
    return similarity
