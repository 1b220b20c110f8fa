# SPDX-License-Identifier: BSD-3-Clause
"""Rows by task, and what boosting asks of their columns, wherever these lie."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skx.multitask._blocks import Settings, Vector
from skx.multitask._losses import Loss
from skx.multitask._trees import Columns, Forest, Grower


class Store(ABC):
    """Columns of rows, as numbers."""

    n_features: int

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of rows."""

    @abstractmethod
    def take(self, rows: NDArray[np.intp]) -> "Store":
        """Return some rows, in this order."""

    @abstractmethod
    def add(self, forest: Forest, out: NDArray[np.float64]) -> None:
        """Add trees to the scores (n_rows, n_outputs) of all rows."""

    @abstractmethod
    def add_own(
        self,
        forests: dict[int, Forest],
        offsets: NDArray[np.int64],
        out: NDArray[np.float64],
    ) -> None:
        """Add the trees of some tasks to the scores of their rows."""

    @abstractmethod
    def bin(self, weights: Vector, settings: Settings) -> "Binned":
        """Return the rows in codes."""


class Binned(ABC):
    """Rows in codes, from which trees grow."""

    columns: Columns

    @abstractmethod
    def grower(self, settings: Settings, weights: Vector) -> Grower:
        """Return what grows trees on all rows."""

    @abstractmethod
    def grow_tasks(
        self,
        settings: Settings,
        loss: Loss,
        train: tuple["Rows", NDArray[np.float64]],
        valid: tuple["Rows", NDArray[np.float64]] | None,
    ) -> list["Grown"]:
        """Grow the trees of each task on rows at scores; those to train by are these.

        As many rounds as settings say, see `grow_tasks` in `_task_trees`.
        """


class Rows(NamedTuple):
    """Rows in the order of their tasks; those of task t are offsets[t] .. [t + 1]."""

    X: Store
    y: Vector
    weights: Vector  # in what tasks share
    own_weights: Vector  # in their own trees, without weights of tasks
    offsets: NDArray[np.int64]

    @property
    def n_tasks(self) -> int:
        """Number of tasks."""
        return len(self.offsets) - 1

    def spread(self, values: Vector) -> Vector:
        """Return for each row what belongs to its task."""
        return np.repeat(values, np.diff(self.offsets))


class Grown(NamedTuple):
    """The trees of a task."""

    intercept: Vector
    n_iter: int
    forest: Forest | None
    scores: NDArray[np.float64]  # of the training rows
    losses: NDArray[np.float64] | None  # (n_iter + 1, n_valid) of validation rows
