# SPDX-License-Identifier: BSD-3-Clause
"""Trees on rows of a device."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._backend import cuda, like, namespace_of
from skx.multitask._trees._cuda import ADD_TREES
from skx.multitask._trees._forest import Forest


def add_trees(
    forest: Forest,
    X: Any,
    out: Any,
    groups: Any = None,
    spans: NDArray[np.int64] | None = None,
) -> None:
    """Add trees to the rows of out (n_rows, n_outputs), on the device of X.

    All trees; or to a row of group g, of groups (n_rows,) int32, those from spans[g, 0]
    to spans[g, 1] - 1. X (n_rows, n_features) is of floats, in C order; the trees know
    no categories.
    """
    xp = namespace_of(X)
    if groups is None:
        groups = xp.zeros(X.shape[0], dtype=xp.int32, device=X.device)
    if spans is None:
        spans = np.array([[0, forest.n_trees]])
    if (spans[:, 0] >= spans[:, 1]).all():
        return
    nodes = forest.nodes
    copied = (
        nodes["threshold"],
        nodes["feature"],
        nodes["left"],
        nodes["missing_left"].astype(np.uint8),
        forest.values,
    )
    cuda.launch(
        ADD_TREES,
        "add_trees",
        X.shape[0],
        X,
        *map(np.int64, X.shape),
        groups,
        like(X, spans.astype(np.int64)),
        *(like(X, np.ascontiguousarray(part)) for part in copied),
        np.int64(forest.values.shape[1]),
        like(X, forest.roots.astype(np.int64)),
        like(X, forest.columns.astype(np.int64)),
        np.int64(out.shape[1]),
        out,
        real="float" if X.dtype == xp.float32 else "double",
    )
