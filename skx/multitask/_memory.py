# SPDX-License-Identifier: BSD-3-Clause
"""Rows in one memory."""

import numpy as np
from numpy.typing import NDArray

from skx.multitask._blocks import Settings, Vector
from skx.multitask._losses import Loss
from skx.multitask._rows import Binned, Grown, Rows, Store
from skx.multitask._task_trees import TaskTable, grow_tasks
from skx.multitask._trees import Columns, Forest, Grower, TableGrower, bin_columns


class TableStore(Store):
    """Rows of one array X (n_rows, n_features), in C order."""

    def __init__(self, X: NDArray[np.floating]) -> None:
        self.X = X
        self.n_features = X.shape[1]

    def __len__(self) -> int:
        return len(self.X)

    def take(self, rows: NDArray[np.intp]) -> "TableStore":
        """Return some rows."""
        return TableStore(np.ascontiguousarray(self.X[rows]))

    def add(self, forest: Forest, out: NDArray[np.float64]) -> None:
        """Add trees to the scores of all rows."""
        forest.add(self.X, out)

    def add_own(
        self,
        forests: dict[int, Forest],
        offsets: NDArray[np.int64],
        out: NDArray[np.float64],
    ) -> None:
        """Add the trees of some tasks to the scores of their rows."""
        for t, forest in forests.items():
            here = slice(offsets[t], offsets[t + 1])
            forest.add(self.X[here], out[here])

    def bin(self, weights: Vector, settings: Settings) -> "BinnedTable":
        """Return the rows in codes."""
        codes, bins = bin_columns(
            self.X, weights, settings.n_categories, settings.max_bins
        )
        columns = Columns(*bins, settings.directions, settings.groups)
        return BinnedTable(self.X, codes, columns)


class BinnedTable(Binned):
    """Rows of one array, and their codes."""

    def __init__(
        self, X: NDArray[np.floating], codes: NDArray[np.uint8], columns: Columns
    ) -> None:
        self.X = X
        self.codes = codes
        self.columns = columns

    def grower(self, settings: Settings, weights: Vector) -> Grower:
        """Return what grows trees on all rows."""
        return TableGrower(
            self.X, self.codes, self.columns, settings.limits, weights, settings.width
        )

    def grow_tasks(
        self,
        settings: Settings,
        loss: Loss,
        train: tuple[Rows, NDArray[np.float64]],
        valid: tuple[Rows, NDArray[np.float64]] | None,
    ) -> list[Grown]:
        """Grow the trees of each task."""
        tables = []
        for pair in (train, valid):
            if pair is not None:
                rows, raw = pair
                assert isinstance(rows.X, TableStore)
                tables.append(
                    TaskTable(rows.X.X, rows.y, rows.own_weights, raw, rows.offsets)
                )
        numbers = np.arange(train[0].n_tasks)
        return grow_tasks(settings, loss, self.columns, self.codes, numbers, *tables)
