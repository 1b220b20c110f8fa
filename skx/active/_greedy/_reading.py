# SPDX-License-Identifier: BSD-3-Clause
"""What greedy methods take: rows, positions of rows, and how many to pick."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.utils import check_array

from skx._backend import check_device_array, is_device_array, to_numpy
from skx._caller import caller_level
from skx.active._greedy import _device

Positions = NDArray[np.int64]


def read_rows(X: Any, name: str = "X", *, accept_sparse: bool = False) -> Any:
    """Read finite rows as they are: float32 stays float32, and sparse may stay CSR."""
    if is_device_array(X):
        return check_device_array(X, name)
    rows = check_array(
        X,
        dtype=[np.float64, np.float32],
        order="C",
        input_name=name,
        accept_sparse="csr" if accept_sparse else False,
    )
    if sparse.issparse(rows) and not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows


def read_numbers(values: Any, n_rows: int, name: str) -> NDArray[np.float64]:
    """Read one finite number for each row of X."""
    numbers = check_array(values, dtype=np.float64, ensure_2d=False, input_name=name)
    if numbers.shape != (n_rows,):
        raise ValueError(
            f"{name} has the shape {numbers.shape} but X has {n_rows} rows; give one "
            "number per row."
        )
    return np.ascontiguousarray(numbers)


def read_positions(rows: ArrayLike | None, n_rows: int, name: str) -> Positions:
    """Read positions of rows of X, each once, in the order given; None is no row."""
    if rows is None:
        return np.empty(0, np.int64)
    given = to_numpy(rows)
    if given.dtype == bool:
        if given.shape != (n_rows,):
            raise ValueError(
                f"{name} is a mask of shape {given.shape} but X has {n_rows} rows; "
                "give one truth value per row, or positions of rows."
            )
        return np.flatnonzero(given)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise ValueError(
            f"{name} has the shape {given.shape} and dtype {given.dtype}; expected "
            "whole numbers, which are positions of rows, or a mask of truth values."
        )
    positions = given.astype(np.int64)
    if positions.size and not (positions.min() >= 0 and positions.max() < n_rows):
        outside = positions[(positions < 0) | (positions >= n_rows)][0]
        raise ValueError(
            f"{name} holds {outside} but X has {n_rows} rows; expected positions from "
            f"0 to {n_rows - 1}."
        )
    is_given = np.zeros(n_rows, np.bool_)
    is_given[positions] = True
    if np.count_nonzero(is_given) < positions.size:
        values, counts = np.unique(positions, return_counts=True)
        raise ValueError(
            f"{name} holds {values[counts > 1][0]} more than once; give each row once."
        )
    return positions


def usable_count(n_samples: int, n_free: int) -> int:
    """Return how many rows can be picked; warn where that is less than asked for."""
    if n_samples > n_free:
        warnings.warn(
            f"n_samples={n_samples} but only {n_free} rows can be picked; all of them "
            "are returned.",
            UserWarning,
            stacklevel=caller_level(),
        )
    return int(min(n_samples, n_free))


def row_nearest_to_mean(X: Any) -> int:
    """Return the first of the rows nearest to the mean of all."""
    if is_device_array(X):
        return _device.row_nearest_to_mean(X)
    if sparse.issparse(X):
        X = X.astype(np.float64)
        mean = np.asarray(X.mean(axis=0)).ravel()
        squares = np.asarray(X.multiply(X).sum(axis=1)).ravel() - 2.0 * (X @ mean)
        return int(np.argmin(squares))
    mean = X.mean(axis=0, dtype=np.float64)
    nearest, least = 0, np.inf
    for start in range(0, X.shape[0], 8192):
        gaps = X[start : start + 8192] - mean
        squares = np.einsum("ij,ij->i", gaps, gaps)
        at = int(np.argmin(squares))
        if squares[at] < least:
            nearest, least = start + at, squares[at]
    return nearest
