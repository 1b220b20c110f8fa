# SPDX-License-Identifier: BSD-3-Clause
"""Tables of numbers on a device: their codes, counts of rows, and rules run on them.

Rows stay on the device; what comes back is how often values occur on either side, from
which the host picks conditions as it does for its own rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skx._backend import blocks, cuda, is_device_array, like, namespace_of, to_numpy
from skx.rules._columns import (
    FEW,
    FIRST,
    Column,
    bin_places,
    close,
    code_type,
    edges_of_sample,
    first_of_equals,
    integers_differ,
    is_open,
    sample_step,
)
from skx.rules._cuda import COUNT
from skx.rules._kernels import END, ENTER
from skx.rules._learn import Coded, CountedFold, Literal, Settings, code_range
from skx.rules._program import Program
from skx.rules._progress import Progress

# What a step takes for each row.
ROW_BYTES = 32
# Counts that the host looks at in some milliseconds.
FEW_COUNTS = 2**18
# Copies of the counts that a kernel adds to, and counts in all of them.
MOST_COPIES, MOST_COUNTS = 32, 2**18
# Bits that the sum of all weights takes as an integer.
BITS = 62

CODE_TYPES = {
    "uint8": "unsigned char",
    "uint16": "unsigned short",
    "uint32": "unsigned int",
}


def has_numbers(X: Any) -> bool:
    """Whether a device array is of numbers; booleans are categories."""
    return X.dtype != namespace_of(X).bool


# Columns


class DeviceCells(NamedTuple):
    """A column of numbers, as `Cells`; a few of them are on the host."""

    numbers: Any
    few: NDArray

    @property
    def n_rows(self) -> int:
        """Number of cells."""
        return int(self.numbers.shape[0])

    def numbers_rows(self) -> bool:
        """Whether these are integers, all different and close together."""
        if not integers_differ(self.few):
            return False
        if not integers_differ(to_numpy(self.numbers[: min(FIRST, self.n_rows)])):
            return False
        xp = namespace_of(self.numbers)
        least, most = float(xp.min(self.numbers)), float(xp.max(self.numbers))
        return most - least < 2 * self.n_rows


def learn_columns(
    X: Any, names: Sequence[str], max_bins: int | None
) -> tuple[list[Column], list[DeviceCells]]:
    """Return what a fit knows of the columns of a table of numbers, and their cells."""
    few = to_numpy(X[: min(FEW, X.shape[0]), :])
    cells = [DeviceCells(X[:, j], few[:, j]) for j in range(X.shape[1])]
    columns = [
        Column(name, learn_numbers(cell.numbers, max_bins), [])
        for name, cell in zip(names, cells, strict=True)
    ]
    columns = [
        close(column, _largest_above(column, cell.numbers))
        if is_open(column)
        else column
        for column, cell in zip(columns, cells, strict=True)
    ]
    return columns, cells


def is_wide(columns: list[Column], n_rows: int) -> bool:
    """Whether to look at the counts of a node takes as long as to count its rows."""
    n_counts = sum(column.n_codes for column in columns)
    return n_counts > max(FEW_COUNTS, len(columns) * n_rows // 16)


def code_columns(X: Any, columns: list[Column]) -> Any:
    """Return codes (n_features, n_rows), as `code_matrix` does."""
    xp = namespace_of(X)
    kind = getattr(xp, code_type(columns).__name__)
    shape = len(columns), X.shape[0]
    codes = xp.empty(shape, dtype=kind, device=X.device)
    for j, column in enumerate(columns):
        numbers = like(X, np.append(column.numbers, np.inf))
        for rows in blocks(X.shape[0], ROW_BYTES):
            values = xp.astype(X[rows, j], xp.float64)
            found = xp.searchsorted(numbers, values)
            found = xp.where(xp.isnan(values), column.missing, found)
            codes[j, rows] = xp.astype(found, kind)
    return codes


def learn_numbers(values: Any, max_bins: int | None) -> NDArray[np.float64]:
    """Return the numbers that conditions compare with, as `learn_column` does."""
    n_rows = values.shape[0]
    if max_bins is None or n_rows <= max_bins:
        return first_of_equals(to_numpy(_distinct(_sorted_numbers(values))))
    step = sample_step(n_rows)
    sample = _sorted_numbers(values[::step])
    if not sample.shape[0]:
        xp = namespace_of(values)
        rest = values[~xp.isnan(values)]
        return learn_numbers(rest, max_bins) if rest.shape[0] else np.empty(0)
    edges = _distinct(sample)
    if edges.shape[0] > max_bins:
        places = bin_places(sample.shape[0], max_bins)
        edges = namespace_of(values).take(sample, like(sample, places))
    return edges_of_sample(to_numpy(edges), max_bins, is_all=step == 1)


def _sorted_numbers(values: Any) -> Any:
    """Return the numbers, ascending; NaN is none."""
    xp = namespace_of(values)
    is_missing = xp.isnan(values)
    n_missing = int(xp.sum(xp.astype(is_missing, xp.int64)))
    ordered = xp.sort(xp.where(is_missing, xp.inf, values))
    return ordered[: values.shape[0] - n_missing]


def _distinct(ordered: Any) -> Any:
    """Return the first of equals among ascending numbers."""
    if not ordered.shape[0]:
        return ordered
    xp = namespace_of(ordered)
    is_first = xp.ones(ordered.shape[0], dtype=xp.bool, device=ordered.device)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_first]


def _largest_above(column: Column, values: Any) -> float | None:
    """Return the largest number if it is above the others of an open column."""
    xp = namespace_of(values)
    below = float(column.numbers[-2]) if len(column.numbers) > 1 else -np.inf
    parts = (values[rows] for rows in blocks(values.shape[0], ROW_BYTES))
    largest = max(
        float(xp.max(xp.where(xp.isnan(part), -xp.inf, part))) for part in parts
    )
    return largest if largest > below else None


# Counts


@dataclass(frozen=True)
class DeviceTable(Coded):
    """A table with its codes on a device.

    Sums of weights are sums of integers there: a weight is units times 2**exponent.
    """

    labels: Any  # (n_rows,) uint32, positions of the classes
    units: Any  # (n_rows,) int64
    exponent: int

    @classmethod
    def make(cls, coded: Coded, labels: NDArray[np.int64]) -> "DeviceTable":
        """Return a table whose codes are on a device, all else on the host."""
        xp, weights = namespace_of(coded.codes), coded.weights
        if (weights == 1.0).all():
            shape, place = weights.shape, coded.codes.device
            units, exponent = xp.ones(shape, dtype=xp.int64, device=place), 0
        else:
            exponent = int(np.frexp(weights.sum())[1]) - BITS
            whole = np.rint(np.ldexp(weights, -exponent)).astype(np.int64)
            units = like(coded.codes, np.maximum(whole, 1))
        there = like(coded.codes, labels.astype(np.uint32))
        return cls(**vars(coded), labels=there, units=units, exponent=exponent)

    @cached_property
    def is_exact(self) -> bool:
        """Whether sums of weights are not rounded."""
        weights = self.weights
        return bool((weights == np.floor(weights)).all() and weights.sum() < 2**53)

    def rows(self) -> Any:
        """Return all rows."""
        xp = namespace_of(self.codes)
        return xp.arange(self.n_rows, dtype=xp.int32, device=self.codes.device)

    def weigh(self, rows: Any) -> float:
        """Return the weight of rows."""
        xp = namespace_of(self.codes)
        total = int(xp.sum(xp.take(self.units, rows)))
        return float(np.ldexp(float(total), self.exponent))

    def count(
        self, codes: Any, rows: Any, offsets: NDArray[np.int64], n_counts: int
    ) -> NDArray[np.float64]:
        """Return the weights of rows by code, those of a feature from its offset on.

        codes (n_features, n_rows) unsigned; rows int32.
        """
        xp = namespace_of(codes)
        kind = next(CODE_TYPES[k] for k in CODE_TYPES if codes.dtype == getattr(xp, k))
        n_copies = min(max(1, MOST_COUNTS // n_counts), MOST_COPIES)
        counts = xp.zeros((n_copies, n_counts), dtype=xp.uint64, device=codes.device)
        cuda.launch(
            f"#define CODE {kind}\n{COUNT}",
            "count_codes",
            rows.shape[0],
            codes,
            *map(np.int64, codes.shape),
            rows,
            np.int64(rows.shape[0]),
            self.units,
            like(codes, offsets),
            np.int64(n_counts),
            np.int64(n_copies),
            counts,
        )
        total = to_numpy(xp.sum(counts, axis=0)).astype(np.float64)
        return np.ldexp(total, self.exponent)

    def count_groups(
        self, groups: Any, n_groups: int, rows: Any = None
    ) -> NDArray[np.float64]:
        """Return the weight of each group; groups (n_rows,) are integers."""
        xp = namespace_of(groups)
        codes = xp.reshape(xp.astype(groups, xp.uint32), (1, -1))
        rows = self.rows() if rows is None else rows
        return self.count(codes, rows, np.zeros(1, np.int64), n_groups)

    def count_fired(
        self, fired: Any, n_rules: int, n_classes: int
    ) -> NDArray[np.float64]:
        """Return weights (n_rules + 1, n_classes); the last row is of no rule."""
        xp = namespace_of(fired)
        shape = n_rules + 1, n_classes
        cells = fired % shape[0] * n_classes + xp.astype(self.labels, xp.int64)
        return self.count_groups(cells, shape[0] * shape[1]).reshape(shape)


class DeviceRows:
    """Ascending positions of rows, int32, and their weight."""

    def __init__(self, table: DeviceTable, at: Any) -> None:
        self.at = at
        self._table = table

    def __len__(self) -> int:
        return int(self.at.shape[0])

    @cached_property
    def weight(self) -> float:
        """Total weight."""
        return self._table.weigh(self.at)


class DeviceFold(CountedFold):
    """Learner of rules on a table on a device; sets of rows are `DeviceRows`."""

    def __init__(
        self,
        columns: list[Column],
        table: DeviceTable,
        settings: Settings,
        progress: Progress,
    ) -> None:
        super().__init__(columns, table.is_exact, settings, progress)
        self._data = table

    def rows(self) -> Any:
        """Return all rows."""
        return DeviceRows(self._data, self._data.rows())

    def divide(self, rows: Any, literal: Literal) -> Any:
        """Return the rows of which a literal is true, and the others."""
        feature, op, code = literal
        above = int(self.table.above[feature])
        codes = namespace_of(rows.at).take(self._data.codes[feature, :], rows.at)
        held = code_range(op, code, above, self.settings.typed)
        return self._sides(rows, is_inside(codes, *held))

    def split(self, rows: Any, label: int) -> Any:
        """Return the rows of a class, and the others."""
        xp = namespace_of(rows.at)
        return self._sides(rows, xp.take(self._data.labels, rows.at) == label)

    def without(self, rows: Any, gone: Any) -> Any:
        """Return the rows that are not among others, in their order."""
        if not len(gone):
            return rows
        xp = namespace_of(rows.at)
        place = xp.searchsorted(gone.at, rows.at) % len(gone)
        return DeviceRows(self._data, rows.at[xp.take(gone.at, place) != rows.at])

    def weight(self, rows: Any) -> float:
        """Total weight of some rows."""
        return float(rows.weight)

    def class_weights(self, rows: Any, n_classes: int) -> NDArray[np.float64]:
        """Return the total weight of each class among some rows."""
        return self._data.count_groups(self._data.labels, n_classes, rows.at)

    def count(self, rows: Any) -> NDArray[np.float64]:
        """Return the weights of rows by code."""
        return self._data.count(
            self._data.codes, rows.at, self._offsets, self._n_counts
        )

    def _sides(self, rows: DeviceRows, is_in: Any) -> tuple[DeviceRows, DeviceRows]:
        return (
            DeviceRows(self._data, rows.at[is_in]),
            DeviceRows(self._data, rows.at[~is_in]),
        )


# Rules


def is_inside(values: Any, low: Any, high: Any, negated: bool) -> Any:
    """Return which values are from low to high, or which are not; NaN is not."""
    is_in = (values >= low) & (values <= high)
    return ~is_in if negated else is_in


def run_program(
    program: Program,
    ranges: Sequence[tuple[Any, Any, bool]],
    read: Callable[[int, slice], Any],
    like_rows: Any,
) -> Any:
    """Return the position of the first rule that covers each row, else -1.

    The twin of `_kernels.fire`: literal k is true where `is_inside` of ``ranges[k]`` is
    of ``read(k, rows)``. There is a row for each of ``like_rows``, on its device. No
    step is left out where no row is left: to ask would stop the device.
    """
    xp, place = namespace_of(like_rows), like_rows.device
    steps = program.steps[:, 0].tolist()
    found = []
    for rows in blocks(like_rows.shape[0], 4 * (program.depth + 8)):
        n = rows.stop - rows.start
        fired = xp.full(n, -1, dtype=xp.int64, device=place)
        left = [xp.ones(n, dtype=xp.bool, device=place)]
        for action in steps:
            if action >= 0:
                left[-1] = left[-1] & is_inside(read(action, rows), *ranges[action])
            elif action == ENTER:
                left.append(left[-1])
            else:
                covered = left.pop()
                left[-1] = left[-1] & ~covered
                if action < END:
                    fired = xp.where(covered, END - 1 - action, fired)
        found.append(fired)
    return xp.concat(found)


def take_fired(values: NDArray, fired: Any) -> Any:
    """Return what goes with the rule that decides each row; the last is for none.

    Numbers are given back where ``fired`` is.
    """
    if not is_device_array(fired):
        return values[fired]
    if values.dtype.kind not in "fiub":
        return values[to_numpy(fired)]
    xp = namespace_of(fired)
    return xp.take(like(fired, values), fired % len(values), axis=0)
