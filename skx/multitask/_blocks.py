# SPDX-License-Identifier: BSD-3-Clause
"""Rows by task, what is learned from them and how, and the model that comes out.

The score of a row x of task t is

    baseline + A(x) + (1 - s_t) B(x) + s_t C(x) + D_t(x),   s_t = logistic(theta_t)

where A, B, C and D_t are sums of trees; B and C are learned together with theta.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skx.multitask._losses import Loss
from skx.multitask._trees import Forest, Limits

Vector = NDArray[np.float64]


class Rows(NamedTuple):
    """Rows in the order of their tasks; those of task t are offsets[t] .. [t + 1]."""

    X: NDArray[np.floating]
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


@dataclass(frozen=True)
class Settings:
    """What is learned and how."""

    loss: Loss
    n_iter_shared: int
    n_iter_outlier: int
    n_iter_task: NDArray[np.int64]  # (n_tasks,)
    learning_rate: float
    limits: Limits
    l2_task: float
    task_intercept: bool
    newton: bool
    theta_newton: bool
    theta_mean: bool
    theta_rate: float
    theta_penalty: float
    theta_start: Vector | None  # None: from the losses after the first block
    one_after_the_other: bool
    orient: bool
    start_at_zero: bool
    n_categories: NDArray[np.int64]
    max_bins: int
    directions: NDArray[np.int64]
    groups: NDArray[np.bool_]
    subsample: float
    patience: int
    tol: float
    seed: np.uint64
    n_jobs: int | None
    report: Callable[[str, int, float, float | None], None] | None = None

    @property
    def width(self) -> int:
        """Number of outputs of a tree."""
        return 1 if self.newton else self.loss.n_outputs


@dataclass
class Blocks:
    """A fitted model."""

    baseline: Vector  # (n_outputs,)
    shared: Forest
    common: Forest  # weighted by 1 - s
    outlier: Forest  # weighted by s
    own: Forest
    own_starts: NDArray[np.int64]  # (n_tasks + 1,): trees of each task
    intercepts: NDArray[np.float64]  # (n_tasks, n_outputs)
    theta: Vector
    theta_path: NDArray[np.float64]  # (n rounds + 1, n_tasks)
    train_loss: dict[str, Vector] = field(default_factory=dict)
    valid_loss: dict[str, Vector] = field(default_factory=dict)
    n_iter_task: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, int))

    @property
    def n_outputs(self) -> int:
        """Number of scores of a row."""
        return len(self.baseline)

    @property
    def share(self) -> Vector:
        """The s of each task."""
        return logistic(self.theta)

    def parts(
        self,
        X: NDArray[np.floating],
        tasks: NDArray[np.int64],
        *,
        unseen_share: float,
        unseen_mean: bool = False,
    ) -> dict[str, NDArray[np.float64]]:
        """Return the terms of the scores (n_rows, n_outputs) of rows.

        tasks (n_rows,) is -1 for a task that the fit has not seen; it gets
        ``unseen_share`` for its s, and with ``unseen_mean`` the mean of all D_t.
        """
        n = len(X)
        parts = {
            name: np.zeros((n, self.n_outputs))
            for name in ("baseline", "shared", "non_outlier", "outlier", "task")
        }
        parts["baseline"] += self.baseline
        self.shared.add(X, parts["shared"])
        if self.outlier.n_trees:
            self.common.add(X, parts["non_outlier"])
            self.outlier.add(X, parts["outlier"])
            s = np.append(self.share, unseen_share)[tasks][:, None]
            parts["non_outlier"] *= 1.0 - s
            parts["outlier"] *= s
        self._add_own(X, tasks, unseen_mean, parts["task"])
        return parts

    def _add_own(
        self,
        X: NDArray[np.floating],
        tasks: NDArray[np.int64],
        unseen_mean: bool,
        out: NDArray[np.float64],
    ) -> None:
        order = np.argsort(tasks, kind="stable").astype(np.int32)
        found, starts = np.unique(tasks[order], return_index=True)
        for t, rows in zip(found, np.split(order, starts[1:]), strict=True):
            if t >= 0:
                out[rows] += self.intercepts[t]
                first, last = self.own_starts[t], self.own_starts[t + 1]
                self.own.add(X, out, rows, first, last)
            elif unseen_mean:
                n_tasks = len(self.intercepts)
                self.own.add(X, out, rows)
                out[rows] = out[rows] / n_tasks + self.intercepts.mean(axis=0)


def logistic(x: Vector) -> Vector:
    """1 / (1 + exp(-x)), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))
