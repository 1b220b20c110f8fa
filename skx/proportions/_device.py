# SPDX-License-Identifier: BSD-3-Clause
"""Arrays of rows and bags on a device, and functions that losses need of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from skx._backend import (
    check_device_array,
    cuda,
    in_c_order,
    is_device_array,
    like,
    namespace_of,
    to_numpy,
)
from skx.proportions._bags import Bags
from skx.proportions._cuda import SUMS

# Rows that one thread adds up; longer segments are cut, and the parts added up again.
PART_ROWS = 256


def functions_of(array: Any) -> tuple[Any, Any]:
    """Return a namespace for arrays like this one, and its special functions."""
    if not is_device_array(array):
        return np, special
    xp = namespace_of(array)
    return xp, _Special(xp)


class _Special:
    """The functions of `scipy.special` that are in use, on a device."""

    def __init__(self, xp: Any) -> None:
        self.xp = xp

    def expit(self, x: Any) -> Any:
        small = self.xp.exp(-self.xp.abs(x))
        return self.xp.where(x >= 0.0, 1.0, small) / (1.0 + small)

    def softmax(self, x: Any, axis: int) -> Any:
        powers = self.xp.exp(x - self.xp.max(x, axis=axis, keepdims=True))
        return powers / self.xp.sum(powers, axis=axis, keepdims=True)

    def logsumexp(self, x: Any, axis: int) -> Any:
        most = self.xp.max(x, axis=axis, keepdims=True)
        mass = self.xp.sum(self.xp.exp(x - most), axis=axis)
        return self.xp.log(mass) + self.xp.squeeze(most, axis=axis)

    def log_softmax(self, x: Any, axis: int) -> Any:
        x = x - self.xp.max(x, axis=axis, keepdims=True)
        mass = self.xp.sum(self.xp.exp(x), axis=axis, keepdims=True)
        return x - self.xp.log(mass)


def clip(x: Any, low: float, high: float) -> Any:
    """Return numbers within bounds."""
    if not is_device_array(x):
        return np.clip(x, low, high)
    xp = namespace_of(x)
    # The clip of array-api-compat indexes by masks, and waits for the device.
    return xp.minimum(xp.maximum(x, low), high)


def put(reference: Any, array: Any) -> Any:
    """Copy an array of the host to where ``reference`` lives, in C order."""
    return like(reference, np.ascontiguousarray(array))


def at_host(array: Any) -> Any:
    """Copy what is small to the host, unseen; what is there stays what it is."""
    return to_numpy(array) if is_device_array(array) else array


def read_rows(X: Any, name: str = "X", *, n_dim: int = 2) -> Any:
    """Check rows on a device; return them as float64, in C order as kernels read."""
    X = check_device_array(X, name, n_dim=n_dim)
    xp = namespace_of(X)
    return in_c_order(xp.astype(X, xp.float64, copy=False))


def take_order(X: Any, order: NDArray[np.intp]) -> Any:
    """Return rows in this order, where they live."""
    if not is_device_array(X):
        return X[order]
    return namespace_of(X).take(X, put(X, order), axis=0)


def column_sums(X: Any, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weighted sums of columns, on the host; X may be sparse."""
    if is_device_array(X):
        return to_numpy(put(X, weights) @ X)
    return np.asarray(X.T @ weights).ravel()


def means_of_bags(X: Any, bags: Bags) -> Any:
    """Return weighted means of columns in bags, where X lives; X may be sparse."""
    if is_device_array(X):
        return DeviceBags(bags, X).averages(X)
    return bags.averaging(X.shape[0]) @ X


def labels_of(classes: NDArray[Any], codes: Any) -> Any:
    """Return the classes at positions on a device; names that are no numbers stay."""
    if classes.dtype.kind not in "iufb":
        return classes[to_numpy(codes)]
    return namespace_of(codes).take(put(codes, classes), codes)


class DeviceBags:
    """What losses need of `Bags`, where ``reference`` lives.

    Sums are the same in every run: a thread adds up some rows of a bag one by one, and
    parts of large bags are added up likewise.
    """

    def __init__(self, bags: Bags, reference: Any) -> None:
        self.n_bags, self.n_rows = bags.n_bags, bags.n_rows
        self.values = put(reference, bags.values)
        self.weights = put(reference, bags.weights)
        self.codes = put(reference, bags.codes)
        self.totals = put(reference, bags.totals)
        self._steps = [put(reference, indptr) for indptr in _steps(bags.indptr)]
        self._bags = bags

    def sums(self, rows: Any) -> Any:
        """Return sums over bags of an array whose rows are in the order of bags."""
        return self._add(rows, self._steps)

    def averages(self, X: Any) -> Any:
        """Return weighted means over bags of the columns of all rows that came."""
        bags = self._bags
        shares = put(X, bags.weights / bags.totals[bags.codes])
        first, *others = self._steps
        out = _empty(X, (first.shape[0] - 1, X.shape[1]))
        sizes = np.asarray(out.shape, np.int64)
        order = put(X, bags.order.astype(np.int64))
        n_items = int(sizes.prod())
        cuda.launch(SUMS, "average_rows", n_items, X, order, shares, first, *sizes, out)
        return self._add(out, others)

    def _add(self, rows: Any, steps: list[Any]) -> Any:
        for indptr in steps:
            out = _empty(rows, (indptr.shape[0] - 1, *rows.shape[1:]))
            sizes = np.array([out.shape[0], out.size // out.shape[0]], np.int64)
            cuda.launch(SUMS, "sum_rows", out.size, rows, indptr, *sizes, out)
            rows = out
        return rows


def _steps(indptr: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield offsets of parts of segments, then of parts of those, up to segments."""
    while True:
        n_parts = -(-np.diff(indptr) // PART_ROWS)
        if n_parts.max() == 1:
            yield indptr
            return
        ends = np.append(0, np.cumsum(n_parts))
        segment = np.repeat(np.arange(len(n_parts)), n_parts)
        place = np.arange(ends[-1]) - ends[segment]
        yield np.append(indptr[segment] + PART_ROWS * place, indptr[-1])
        indptr = ends


def _empty(reference: Any, shape: tuple[int, ...]) -> Any:
    xp = namespace_of(reference)
    return xp.empty(shape, dtype=xp.float64, device=reference.device)
