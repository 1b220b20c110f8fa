# SPDX-License-Identifier: BSD-3-Clause
"""Trees on rows of a device: bins, sums of derivatives, and sums of trees."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._backend import cuda, like, namespace_of, to_numpy
from skx.multitask._trees._binning import (
    Bins,
    cut_ends,
    draw_sample,
    join_bins,
    padded,
)
from skx.multitask._trees._cuda import ADD_HISTOGRAM, ADD_TREES
from skx.multitask._trees._forest import Forest, Sums

# Bits that the sum of all sizes of a derivative takes as an integer.
BITS = 62
# Copies of a histogram that a kernel adds to, and numbers in all of them.
MOST_COPIES, MOST_NUMBERS = 32, 2**18


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


def add_to_host(forest: Forest, X: Any, out: NDArray[np.float64], *of: Any) -> None:
    """Do the same to scores of the host."""
    there = like(X, np.ascontiguousarray(out))
    add_trees(forest, X, there, *of)
    out[...] = to_numpy(there)


def bin_numbers(
    X: Any, weights: NDArray[np.float64], max_bins: int
) -> tuple[Any, Bins]:
    """Do what `bin_columns` does for columns of numbers; codes are where X is."""
    xp, (n_rows, n_features) = namespace_of(X), X.shape
    codes = xp.empty((n_rows, n_features), dtype=xp.uint8, device=X.device)
    index = draw_sample(n_rows)
    drawn = like(X, np.arange(n_rows)[index])
    spreads = []
    for j in range(n_features):
        values = xp.astype(X[:, j], xp.float64)
        ends = _ends_of_bins(xp.take(values, drawn), weights[index], max_bins)
        found = xp.searchsorted(like(X, padded(ends)), values) + 1
        codes[:, j] = xp.astype(xp.where(xp.isnan(values), 0, found), xp.uint8)
        spreads.append(_spread_of_bins(values, ends))
    return codes, join_bins(spreads, np.zeros(n_features, dtype=np.int64))


def _missing_last(values: Any) -> tuple[Any, int]:
    """Return values with infinity for NaN, and how many are known."""
    xp = namespace_of(values)
    is_missing = xp.isnan(values)
    n_missing = int(xp.sum(xp.astype(is_missing, xp.int64)))
    return xp.where(is_missing, xp.inf, values), values.shape[0] - n_missing


def _ends_of_bins(
    values: Any, weights: NDArray[np.float64], max_bins: int
) -> NDArray[np.float64]:
    xp, (values, n_known) = namespace_of(values), _missing_last(values)
    if (weights == weights[0]).all():
        known, heavy = xp.sort(values)[:n_known], weights[:n_known]
    else:
        order = xp.argsort(values, stable=True)[:n_known]
        known, heavy = xp.take(values, order), weights[to_numpy(order)]
    return cut_ends(to_numpy(known), heavy, max_bins)


def _spread_of_bins(
    values: Any, ends: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and largest value of each code, as `code_column` does."""
    xp, (values, n_known) = namespace_of(values), _missing_last(values)
    ordered = xp.sort(values)
    inner = like(ordered, np.append(ends[:-1], np.inf))
    found = to_numpy(xp.searchsorted(ordered, inner, side="right"))
    stops = np.minimum(found, n_known)
    starts = np.append(0, stops[:-1])
    places = np.clip([starts, stops - 1], 0, max(n_known - 1, 0)).ravel()
    least, largest = to_numpy(xp.take(ordered, like(ordered, places))).reshape(2, -1)
    is_empty = starts == stops
    return (
        np.append(np.inf, np.where(is_empty, np.inf, least)),
        np.append(-np.inf, np.where(is_empty, -np.inf, largest)),
    )


class DeviceSums(Sums):
    """Sums over rows of a device: X (n_rows, n_features), and their codes.

    Derivatives are integers there, in units of a power of two, and histograms do not
    depend on the order in which they are added up.
    """

    def __init__(self, X: Any, codes: Any, starts: NDArray[np.uint64]) -> None:
        self.X = X
        self.codes = namespace_of(codes).reshape(codes, (-1,))
        self.starts = starts.astype(np.int64)
        self.drawn = np.empty(0, dtype=np.int32)
        self.is_unit = False
        self.units: Any = None
        self.scale = np.empty(0)
        self.rows: dict[int, Any] = {}

    def start(
        self, sums: NDArray[np.float64], is_unit: bool, rows: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        """Begin a tree on some rows, and return the histogram of these."""
        xp = namespace_of(self.X)
        kept = np.ascontiguousarray(sums[:, :-1] if is_unit else sums)
        exponents = BITS - np.frexp(np.abs(kept).sum(axis=0))[1]
        self.scale = np.ldexp(1.0, np.minimum(exponents, 1000))
        self.is_unit = is_unit
        units = xp.round(like(self.X, kept) * like(self.X, self.scale))
        self.units = xp.astype(units, xp.int64)
        self.drawn = rows.copy()
        self.rows = {0: like(self.X, self.drawn)}
        return self._histogram(0)

    def _histogram(self, node: int) -> NDArray[np.float64]:
        xp, rows, n_units = namespace_of(self.X), self.rows[node], self.units.shape[1]
        n_features, n_bins = self.X.shape[1], int(self.starts[-1])
        n_items, n_numbers = rows.shape[0] * n_features, n_bins * (n_units + 1)
        n_copies = min(max(1, MOST_NUMBERS // n_numbers), MOST_COPIES)
        shape = n_copies, n_bins, n_units + 1
        found = xp.zeros(shape, dtype=xp.uint64, device=self.X.device)
        cuda.launch(
            ADD_HISTOGRAM,
            "add_histogram",
            n_items,
            self.codes,
            np.int64(n_features),
            rows,
            np.int64(n_items),
            self.units,
            np.int64(n_units),
            like(self.X, self.starts),
            np.int64(n_bins),
            np.int64(n_copies),
            found,
        )
        total = to_numpy(xp.sum(found, axis=0)).view(np.int64)
        out = np.empty((n_bins, n_units + 1 + self.is_unit))
        out[:, :n_units] = total[:, :n_units] / self.scale
        out[:, n_units:] = total[:, n_units:]
        return out

    def divide(
        self,
        node: int,
        left: int,
        feature: int,
        goes_left: NDArray[np.bool_],
        counted: int,
    ) -> NDArray[np.float64] | None:
        """Divide the rows of a node, and return the histogram of one side, or None."""
        xp, rows = namespace_of(self.X), self.rows.pop(node)
        places = xp.astype(rows, xp.int64) * self.X.shape[1] + feature
        codes = xp.astype(xp.take(self.codes, places), xp.int32)
        is_left = xp.take(like(self.X, goes_left), codes)
        self.rows[left], self.rows[left + 1] = rows[is_left], rows[~is_left]
        return self._histogram(counted) if counted >= 0 else None

    def leaves(self) -> NDArray[np.int64]:
        """End the tree, and return the leaf of each of its rows."""
        rows = to_numpy(namespace_of(self.X).concat(list(self.rows.values())))
        found = np.empty(self.X.shape[0], dtype=np.int64)
        sizes = [part.shape[0] for part in self.rows.values()]
        found[rows] = np.repeat(list(self.rows), sizes)
        self.rows, self.units = {}, None
        return found[self.drawn]

    def add(self, forest: Forest, out: NDArray[np.float64]) -> None:
        """Add trees to the scores of all rows."""
        add_to_host(forest, self.X, out)
