# SPDX-License-Identifier: BSD-3-Clause
"""Containers whose rows are only copied: of any kind, whatever the rows hold."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import check_array

from skx._backend import is_device_array, like, namespace_of
from skx._base.sklearn import take_rows


def copy_rows(values: Any, rows: NDArray[np.int64]) -> Any:
    """Return these rows in the container that they come from."""
    if is_device_array(values):
        return namespace_of(values).take(values, like(values, rows), axis=0)
    if sparse.issparse(values):
        return values.tocsr()[rows].asformat(values.format)
    if not (hasattr(values, "shape") or isinstance(values, list | tuple)):
        values = np.asarray(values)
    return take_rows(values, rows)


def check_collected(X: Any) -> None:
    """Refuse a lazy frame of polars, which has no rows yet."""
    if type(X).__name__ == "LazyFrame":
        raise TypeError("X is a LazyFrame and holds no rows yet; pass X.collect().")


def drop_index(values: Any) -> Any:
    """Renumber the rows of a pandas object; leave anything else as it is."""
    if hasattr(values, "reset_index"):
        return values.reset_index(drop=True)
    return values


def append_labels(y: Any, n_samples: int, bases: NDArray[np.int64]) -> Any:
    """Append to ``y`` the labels of the base rows: its kind and dtype survive."""
    return drop_index(copy_rows(y, np.concatenate([np.arange(n_samples), bases])))


class RowTable:
    """Table whose numbers are the row numbers, so that any container will do."""

    def __init__(self, X: Any, estimator: Any) -> None:
        check_collected(X)
        self._original = X
        n_rows = _count_rows(X, estimator)
        self.values = np.arange(n_rows)[:, np.newaxis]
        self.whole = np.array([True])
        self.codes, self.categorical = np.empty((n_rows, 0), np.int32), list[int]()

    def room(self, n_new: int) -> NDArray[Any]:
        """Return a column for ``n_new`` row numbers."""
        return np.empty((n_new, 1), np.int64)

    def append(self, new: NDArray[np.int64], new_codes: Any) -> Any:
        """Return the container with copies of the rows ``new`` after its own."""
        rows = np.concatenate([self.values[:, 0], new[:, 0]])
        return drop_index(copy_rows(self._original, rows))


def _count_rows(X: Any, estimator: Any) -> int:
    """Check the shape of X and nothing of its values, and return its length."""
    if not hasattr(X, "shape"):
        X = np.asarray(X)
    if sparse.issparse(X):
        check_array(
            X,
            accept_sparse=True,
            dtype=None,
            ensure_all_finite=False,
            estimator=estimator,
        )
    elif not (len(X.shape) == 1 and _is_text(X)):
        # A frame or an array on a device would be converted for nothing.
        shape = X if isinstance(X, np.ndarray) else np.broadcast_to(0.0, X.shape)
        check_array(
            shape,
            dtype=None,
            ensure_all_finite=False,
            allow_nd=True,
            estimator=estimator,
        )
    return X.shape[0]


def _is_text(column: Any) -> bool:
    return not is_device_array(column) and np.asarray(column).dtype.kind in "OUT"
