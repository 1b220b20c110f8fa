# SPDX-License-Identifier: BSD-3-Clause
"""Rows on a device: columns stay there, and histograms of them come back.

Targets, weights, scores and derivatives are on the host. The trees of each task, whose
rows are few, grow there, too, on a copy of the columns.
"""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._backend import in_c_order, is_device_array, like, namespace_of, to_numpy
from skx.multitask._blocks import Settings, Vector
from skx.multitask._losses import Loss
from skx.multitask._memory import BinnedTable, TableStore
from skx.multitask._rows import Binned, Grown, Rows, Store
from skx.multitask._trees import (
    Columns,
    DeviceSums,
    Forest,
    Grower,
    SumGrower,
    add_to_host,
    bin_numbers,
)


def store_of(X: Any) -> Store:
    """Return rows as numbers where they are."""
    return DeviceStore(X) if is_device_array(X) else TableStore(X)


class DeviceStore(Store):
    """Rows of one array X (n_rows, n_features) of numbers, in C order."""

    def __init__(self, X: Any) -> None:
        self.X = X
        self.n_features = X.shape[1]

    def __len__(self) -> int:
        return int(self.X.shape[0])

    @cached_property
    def table(self) -> TableStore:
        """The same on the host."""
        return TableStore(to_numpy(self.X))

    def take(self, rows: NDArray[np.intp]) -> "DeviceStore":
        """Return some rows."""
        taken = namespace_of(self.X).take(self.X, like(self.X, rows), axis=0)
        return DeviceStore(in_c_order(taken))

    def add(self, forest: Forest, out: NDArray[np.float64]) -> None:
        """Add trees to the scores of all rows."""
        add_to_host(forest, self.X, out)

    def add_own(
        self,
        forests: dict[int, Forest],
        offsets: NDArray[np.int64],
        out: NDArray[np.float64],
    ) -> None:
        """Add the trees of some tasks to the scores of their rows."""
        counts = np.diff(offsets)
        n_trees = np.zeros(len(counts), dtype=np.int64)
        for t, forest in forests.items():
            n_trees[t] = forest.n_trees
        if not n_trees.any():
            return
        last = np.cumsum(n_trees)
        spans = np.column_stack([last - n_trees, last])
        groups = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        joined = Forest.join([forests[t] for t in sorted(forests)])
        add_to_host(joined, self.X, out, like(self.X, groups), spans)

    def bin(self, weights: Vector, settings: Settings) -> "DeviceBins":
        """Return the rows in codes."""
        codes, bins = bin_numbers(self.X, weights, settings.max_bins)
        columns = Columns(*bins, settings.directions, settings.groups)
        return DeviceBins(self, codes, columns)


class DeviceBins(Binned):
    """Rows of one array on a device, and their codes there."""

    def __init__(self, store: DeviceStore, codes: Any, columns: Columns) -> None:
        self.store = store
        self.codes = codes
        self.columns = columns

    def grower(self, settings: Settings, weights: Vector) -> Grower:
        """Return what grows trees on all rows."""
        sums = DeviceSums(self.store.X, self.codes, self.columns.starts)
        return SumGrower(sums, self.columns, settings.limits, weights, settings.width)

    @cached_property
    def _table(self) -> BinnedTable:
        table = self.store.table
        return BinnedTable(table.X, to_numpy(self.codes), self.columns)

    def grow_tasks(
        self,
        settings: Settings,
        loss: Loss,
        train: tuple[Rows, NDArray[np.float64]],
        valid: tuple[Rows, NDArray[np.float64]] | None,
    ) -> list[Grown]:
        """Grow the trees of each task on the host."""
        grows = bool(settings.n_iter_task.any())
        codes = np.empty((0, 0), dtype=np.uint8)
        empty = BinnedTable(np.empty((0, 0)), codes, self.columns)
        table = self._table if grows else empty
        train = _on_host(*train, grows)
        valid = None if valid is None else _on_host(*valid, grows)
        return table.grow_tasks(settings, loss, train, valid)


def _on_host(
    rows: Rows, raw: NDArray[np.float64], grows: bool
) -> tuple[Rows, NDArray[np.float64]]:
    """Return rows with their columns on the host; constants need none."""
    assert isinstance(rows.X, DeviceStore)
    table = rows.X.table if grows else TableStore(np.empty((len(rows.X), 0)))
    return rows._replace(X=table), raw
