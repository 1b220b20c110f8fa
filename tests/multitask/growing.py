# SPDX-License-Identifier: BSD-3-Clause
"""One tree of a table, grown as the boosters grow theirs."""

from typing import Any

import numpy as np

from skx.multitask._trees import (
    Columns,
    Forest,
    Limits,
    TableGrower,
    Tree,
    bin_columns,
)

FREE = Limits(
    max_leaf_nodes=8,
    max_depth=99,
    min_samples_leaf=1,
    n_features=99,
    min_child_weight=0.0,
    l2=0.0,
    min_split_gain=0.0,
)


def grow(
    X: np.ndarray,
    gradient: np.ndarray,
    hessian: np.ndarray | None = None,
    *,
    categories: Any = None,
    directions: Any = None,
    groups: Any = None,
    rows: Any = None,
    **limits: Any,
) -> Tree:
    """Grow a tree on gradients (n_rows,) or (n_rows, n_outputs)."""
    n, d = X.shape
    gradient = gradient.reshape(n, -1)
    hessian = np.ones(n) if hessian is None else hessian
    categories = np.zeros(d, dtype=np.int64) if categories is None else categories
    codes, bins = bin_columns(X, np.ones(n), np.array(categories), 255)
    columns = Columns(
        *bins,
        np.zeros(d, dtype=np.int64) if directions is None else np.array(directions),
        np.zeros((0, d), dtype=bool) if groups is None else np.array(groups),
    )
    grower = TableGrower(
        X, codes, columns, FREE._replace(**limits), np.ones(n), gradient.shape[1]
    )
    return grower.grow(
        np.column_stack([gradient, hessian]),
        np.arange(n, dtype=np.int32) if rows is None else rows.astype(np.int32),
        scale=1.0,
        column=0,
        seed=np.uint64(0),
        number=0,
        out=np.zeros(gradient.shape),
    )


def predict(tree: Tree, X: np.ndarray) -> np.ndarray:
    """Return the values (n_rows,) or (n_rows, n_outputs) of a tree at rows."""
    out = np.zeros((len(X), tree.values.shape[1]))
    Forest.of([tree], tree.values.shape[1]).add(X, out)
    return out[:, 0] if out.shape[1] == 1 else out
