# SPDX-License-Identifier: BSD-3-Clause
"""The columns as the solvers read them: standardised, and sorted by class."""

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skx._numba import map_pieces
from skx.ordinal import _kernels

# Entries of X up to which a standardised copy is kept; beyond, it is made slab by slab
# at every reading.
KEEP = 4_000_000
SLAB = 500_000
# Entries of a block that stays in the processor's cache.
BLOCK = 65_536
# Entries from which on a reading of X is cut in pieces, for several threads.
PIECE = 1_000_000


class Slab(NamedTuple):
    """Some of the rows, sorted by class: ``starts`` has the first row of each."""

    columns: Any  # (n_rows, n_features) float64 array or CSR array
    starts: NDArray[np.int64]
    weights: NDArray[np.float64]


class Design:
    """X with weights that sum to 1, read in slabs of rows that are sorted by class.

    Parameters
    ----------
    X : ndarray (n, p) or CSR array without duplicates; of a sparse one those columns
        are centred that have no zeros, the others' means are left to the thresholds
    codes : (n,) int64, classes 0 .. n_classes - 1
    weights : (n,) float64, positive
    n_classes : int
    standardize : whether columns are divided by their standard deviation
    """

    _whole: tuple[Any, NDArray[np.intp]]

    def __init__(
        self,
        X: Any,
        codes: NDArray[np.int64],
        weights: NDArray[np.float64],
        n_classes: int,
        *,
        standardize: bool,
    ) -> None:
        self.X = X
        self.codes = codes
        self.total_weight = float(weights.sum())
        self.weights = weights / self.total_weight
        self.n_classes = n_classes
        self.is_sparse = sparse.issparse(X)
        mean, deviation, extent = self._moments()
        self.constant = deviation == 0.0
        self.center = mean
        if self.is_sparse:
            self.center = np.where(stored_entries(X) == X.shape[0], mean, 0.0)
        self.scale = np.ones_like(mean)
        if standardize:
            self.scale = np.where(self.constant, 1.0, deviation)
        self.overflows = ~(deviation < 1e100)
        with np.errstate(invalid="ignore"):
            self.deviation = deviation / self.scale
            self.extent_at_most = extent / self.scale
        self.frequencies: NDArray[np.float64] = np.bincount(
            codes, self.weights, minlength=n_classes
        ).astype(np.float64)
        self._kept: list[Slab] | None = None

    @cached_property
    def X(self) -> Any:
        """Table as it was handed over; of a part of the columns, when it is read."""
        return self._take_columns(*self._whole)

    def _moments(self) -> "Moments":
        return column_moments(self.X, self.weights)

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return len(self.center)

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """Positions of the rows sorted by class."""
        # 16-bit numbers are sorted by counting.
        short = self.codes if self.n_classes > 32_767 else self.codes.astype(np.int16)
        return np.argsort(short, kind="stable")

    @property
    def starts(self) -> NDArray[np.int64]:
        """First of the sorted rows of each class, and one past the last."""
        counts = np.bincount(self.codes, minlength=self.n_classes)
        return np.concatenate([[0], np.cumsum(counts)])

    @cached_property
    def sorted_rows(self) -> Slab:
        """A dense X as it is, sorted by class."""
        return Slab(self.X[self.order], self.starts, self.weights[self.order])

    @property
    def unit(self) -> NDArray[np.float64]:
        """What a slope of the standardised columns is multiplied by for those of X."""
        return np.where(self.constant, 0.0, 1.0 / self.scale)

    @property
    def is_kept(self) -> bool:
        """Whether the standardised copy is held in memory."""
        return self.is_sparse or len(self.codes) * self.n_features <= KEEP

    def slabs(self) -> Iterator[Slab]:
        """Yield the rows, a slab at a time; every row is in one of them."""
        if not self.is_kept:
            step = max(1, SLAB // max(1, self.n_features))
            for first in range(0, len(self.order), step):
                yield self._slab(self.order[first : first + step])
            return
        if self._kept is None:
            self._kept = [self._slab(self.order)]
        yield from self._kept

    def _slab(self, rows: NDArray[np.int64]) -> Slab:
        codes = self.codes[rows]
        starts = np.searchsorted(codes, np.arange(self.n_classes + 1)).astype(np.int64)
        columns: Any
        if self.is_sparse:
            columns = sparse.csr_array(self.X[rows], dtype=np.float64, copy=True)
            columns.data -= self.center[columns.indices]
            columns.data /= self.scale[columns.indices]
        else:
            columns = self.X[rows].astype(np.float64, order="C")
            columns -= self.center
            columns /= self.scale
            columns[:, self.constant] = 0.0
        return Slab(columns, starts, self.weights[rows])

    def extent(self) -> NDArray[np.float64]:
        """Return the largest entry of each column, in absolute value."""
        most = np.zeros(self.n_features)
        for slab in self.slabs():
            largest = abs(slab.columns).max(axis=0)
            if self.is_sparse:
                largest = largest.toarray().ravel()
            most = np.maximum(most, largest)
        return most

    def locations(
        self, columns: NDArray[np.floating], slopes: NDArray[np.float64], rows: slice
    ) -> NDArray[np.float64]:
        """Return (x - center)'slopes for some rows of X or of `sorted_rows`."""
        out = np.empty(rows.stop - rows.start)
        slopes = np.ascontiguousarray(slopes)

        def read(piece: slice) -> None:
            first, last = rows.start + piece.start, rows.start + piece.stop
            part = out[piece]
            _kernels.dot_rows(columns, first, last, self.center, slopes, part)

        map_pieces(read, pieces_of(len(out), len(slopes)))
        return out

    def boundary_grams(self, second: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the second derivatives by thresholds and slopes of the boundaries.

        ``second`` (3, n) are those by the predictors of the upper and the lower
        boundary of each row's class and by both, as `_kernels.free_pass` writes them.
        The result (n_boundaries, n_boundaries, 1 + p, 1 + p) has the threshold before
        the slopes of the columns of X, which is dense.
        """
        q, width = self.n_classes - 1, 1 + self.n_features
        total = np.zeros((q, q, width, width))
        X, starts, _ = self.sorted_rows
        above, below, both = second
        bend = np.empty_like(above)
        for k in range(q):
            # The rows of the class below the boundary, then those of the one above it.
            rows = slice(starts[k], starts[k + 2])
            upper = slice(starts[k + 1], rows.stop)
            bend[rows.start : upper.start] = above[rows.start : upper.start]
            bend[upper] = below[upper]
            add_gram(X, self.center, bend, rows, 1.0, total[k, k])
        for k in range(q - 1):
            rows = slice(starts[k + 1], starts[k + 2])
            add_gram(X, self.center, both, rows, -1.0, total[k, k + 1])
            total[k + 1, k] = total[k, k + 1]
        return total

    def select(self, features: NDArray[np.intp]) -> "Design":
        """Return the design of some of the columns, by position."""
        part = object.__new__(type(self))
        part.__dict__.update(self.__dict__)
        part._whole = self.X, features
        part.__dict__.pop("X", None)
        for name in ("constant", "deviation", "extent_at_most", "center", "scale"):
            setattr(part, name, getattr(self, name)[features])
        if "sorted_rows" in self.__dict__:
            columns = self._take_columns(self.sorted_rows.columns, features)
            part.sorted_rows = self.sorted_rows._replace(columns=columns)
        part._kept = None
        if self._kept is not None:
            part._kept = [
                slab._replace(columns=self._take_columns(slab.columns, features))
                for slab in self._kept
            ]
        return part

    def sample(self, n_rows: int) -> "Design":
        """Return the design of about n_rows rows, evenly taken from the sorted ones.

        Every class keeps a row; the rows keep the centre and scale of all.
        """
        step = max(1, len(self.order) // n_rows)
        codes = self.codes[self.order]
        first = np.searchsorted(codes, np.arange(self.n_classes))
        taken = np.unique(np.concatenate([np.arange(0, len(codes), step), first]))
        rows = np.sort(self.order[taken])
        part = object.__new__(type(self))
        part.__dict__.update(self.__dict__)
        part.X = self._take_rows(rows)
        part.codes = self.codes[rows]
        part.weights = self.weights[rows] / self.weights[rows].sum()
        part.frequencies = np.bincount(part.codes, part.weights, self.n_classes).astype(
            np.float64
        )
        for name in ("order", "sorted_rows"):
            part.__dict__.pop(name, None)
        part._kept = None
        return part

    def _take_columns(self, table: Any, features: NDArray[np.intp]) -> Any:
        if sparse.issparse(table):
            return table[:, features]
        return table.take(features, axis=1)

    def _take_rows(self, rows: NDArray[np.intp]) -> Any:
        return self.X[rows]


def stored_entries(X: Any) -> NDArray[np.intp]:
    """Return how many entries each column of a CSR array stores."""
    return np.bincount(X.indices, minlength=X.shape[1])


class Moments(NamedTuple):
    """Of columns (n_features,), with weights of the rows that sum to 1.

    A column whose values are all equal has a deviation of exactly 0, one whose squares
    overflow one that is not finite. No entry is farther than ``extent`` from the mean,
    nor from 0 where X is sparse.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    extent: NDArray[np.float64]


def column_moments(X: Any, weights: NDArray[np.float64]) -> Moments:
    """Return weighted mean and population deviation of each column."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _moments(X, weights)


def _moments(X: Any, weights: NDArray[np.float64]) -> Moments:
    if sparse.issparse(X):
        mean = np.asarray(X.T @ weights, dtype=float)
        stored = sparse.csr_array(X, copy=True, dtype=np.float64)
        stored.data -= mean[stored.indices]
        np.square(stored.data, out=stored.data)
        variance = np.asarray(stored.T @ weights, dtype=float)
        stored.data[:] = 1.0
        zeros = 1.0 - np.asarray(stored.T @ weights, dtype=float)
        zeros[stored_entries(X) == X.shape[0]] = 0.0  # not what rounding leaves
        variance += np.maximum(zeros, 0.0) * mean**2
        deviation = np.sqrt(variance)
        deviation[deviation <= 1e-11 * np.abs(mean)] = 0.0
        extent = abs(X).max(axis=0).toarray().ravel() + np.abs(mean)
        return Moments(mean, deviation, extent)
    return moments_about(X[0].astype(np.float64), partial(_shifted, X, weights))


def moments_about(
    first: NDArray[np.float64],
    shifted: Callable[[NDArray[np.float64]], tuple[NDArray, NDArray, NDArray]],
) -> Moments:
    """Return the moments of columns, read about their first row, or again elsewhere.

    ``shifted`` returns the weighted mean, the population variance and the largest entry
    of the columns less what it is given.
    """
    mean, variance, most = shifted(first)
    # The first row may lie far from the others, which then lose digits.
    if (np.square(mean) > 1e4 * variance)[variance > 0.0].any():
        first = np.where(variance > 0.0, first + mean, first)
        mean, variance, most = shifted(first)
    deviation = np.sqrt(variance)
    # What rounding leaves of a column without spread.
    deviation[deviation <= 1e-13 * np.abs(first)] = 0.0
    return Moments(first + mean, deviation, most + np.abs(mean))


def _shifted(
    X: NDArray[np.floating], weights: NDArray[np.float64], shift: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return weighted mean, population variance and extent of X - shift."""

    def read(rows: slice) -> NDArray[np.float64]:
        sums = np.zeros((3, len(shift)))
        _kernels.add_moments(X[rows], weights[rows], shift, sums[0], sums[1], sums[2])
        return sums

    parts = np.array(map_pieces(read, pieces_of(*X.shape)))
    mean, square = parts[:, :2].sum(axis=0)
    variance = np.maximum(square - np.square(mean), 0.0)
    return mean, variance, parts[:, 2].max(axis=0)


def pieces_of(n_rows: int, n_features: int) -> list[slice]:
    """Return runs of rows that threads may read at once; most often one."""
    n_pieces = 1
    while n_pieces < 16 and n_rows * n_features >= 2 * n_pieces * PIECE:
        n_pieces *= 2
    edges = [n_rows * piece // n_pieces for piece in range(n_pieces + 1)]
    return [slice(first, last) for first, last in pairwise(edges)]


def weighted_gram(left: Any, weights: NDArray[np.float64], right: Any) -> NDArray:
    """Return left' diag(weights) right, dense."""
    if sparse.issparse(left):
        out = np.zeros((left.shape[1], right.shape[1]))
        _kernels.add_sparse_product(
            left.indptr,
            left.indices,
            left.data,
            weights,
            right.indptr,
            right.indices,
            right.data,
            out,
        )
        return out
    return left.T @ (right * weights[:, None])


def add_gram(
    X: NDArray[np.floating],
    center: NDArray[np.float64],
    weights: NDArray[np.float64],
    rows: slice,
    sign: float,
    out: NDArray[np.float64],
) -> None:
    """Add R' diag(weights) R to ``out``, R the rows of a dense X as (1, center - x).

    ``sign`` is that of most of the weights.
    """
    n_rows = rows.stop - rows.start
    if n_rows * len(out) < 2 * PIECE:
        _add_gram_of(X, center, weights, sign, rows, out)
        return
    pieces = [
        slice(rows.start + piece.start, rows.start + piece.stop)
        for piece in pieces_of(n_rows, len(out))
    ]

    def read(piece: slice) -> NDArray[np.float64]:
        total = np.zeros_like(out)
        _add_gram_of(X, center, weights, sign, piece, total)
        return total

    for total in map_pieces(read, pieces):
        out += total


def _add_gram_of(
    X: NDArray[np.floating],
    center: NDArray[np.float64],
    weights: NDArray[np.float64],
    sign: float,
    rows: slice,
    out: NDArray[np.float64],
) -> None:
    step = min(max(1, BLOCK // len(out)), rows.stop - rows.start)
    work = np.empty((step, len(out)))
    for first in range(rows.start, rows.stop, step):
        last = min(first + step, rows.stop)
        part = work[: last - first]
        other = _kernels.scale_rows(X, first, last, center, weights, sign, part)
        # NumPy forms half of the product of a matrix with itself.
        out += sign * (part.T @ part)
        if other:
            _kernels.scale_rows(X, first, last, center, weights, -sign, part)
            out -= sign * (part.T @ part)
