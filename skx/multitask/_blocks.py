# SPDX-License-Identifier: BSD-3-Clause
"""What is learned from rows of tasks and how, and the model that comes out.

The score of a row x of task t is

    baseline + A(x) + (1 - s_t) B(x) + s_t C(x) + D_t(x),   s_t = logistic(theta_t)

where A, B, C and D_t are sums of trees; B and C are learned together with theta.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._backend import is_device_array, like
from skx.multitask._device import add_own_trees, pick, zeros_beside
from skx.multitask._losses import Loss
from skx.multitask._trees import Forest, Limits, add_trees_there

Vector = NDArray[np.float64]


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
    levels_first: (
        bool | None
    )  # grow the first block on levels of tasks; None: if better
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
    # (block, round, of how many, losses of training, validation rows): whether to stop
    report: Callable[[str, int, int, float, float | None], bool] | None = None

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
    theta_path: NDArray[np.float64]  # (n rounds + 1 or more, n_tasks)
    train_loss: dict[str, Vector] = field(default_factory=dict)
    valid_loss: dict[str, Vector] = field(default_factory=dict)
    n_iter_task: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, int))
    task_loss: Vector = field(default_factory=lambda: np.empty(0))

    @property
    def n_outputs(self) -> int:
        """Number of scores of a row."""
        return len(self.baseline)

    @property
    def trees_per_round(self) -> int:
        """Number of trees that a round of one ensemble grows."""
        return self.n_outputs // self.shared.values.shape[1]

    @property
    def share(self) -> Vector:
        """The s of each task."""
        return logistic(self.theta)

    def parts(
        self,
        X: Any,
        tasks: Any,
        *,
        unseen_share: float,
        unseen_mean: bool = False,
    ) -> dict[str, Any]:
        """Return the terms of the scores (n_rows, n_outputs) of rows, where X lives.

        tasks (n_rows,) is -1 for a task that the fit has not seen; it gets
        ``unseen_share`` for its s, and with ``unseen_mean`` the mean of all D_t.
        """
        is_there = is_device_array(X)
        add = add_trees_there if is_there else Forest.add
        parts = {
            name: zeros_beside(X, (X.shape[0], self.n_outputs))
            for name in ("baseline", "shared", "non_outlier", "outlier", "task")
        }
        parts["baseline"] += like(X, self.baseline)
        add(self.shared, X, parts["shared"])
        if self.outlier.n_trees:
            add(self.common, X, parts["non_outlier"])
            add(self.outlier, X, parts["outlier"])
            s = pick(np.append(self.share, unseen_share), tasks)[:, None]
            parts["non_outlier"] *= 1.0 - s
            parts["outlier"] *= s
        if is_there:
            own = self.own, self.own_starts, self.intercepts
            add_own_trees(*own, X, tasks, unseen_mean, parts["task"])
        else:
            self._add_own(X, tasks, unseen_mean, parts["task"])
        return parts

    def _add_own(
        self,
        X: NDArray[np.floating],
        tasks: NDArray[np.int64],
        unseen_mean: bool,
        out: NDArray[np.float64],
    ) -> None:
        for t, rows in rows_by_task(tasks):
            if t >= 0:
                out[rows] += self.intercepts[t]
                first, last = self.own_starts[t], self.own_starts[t + 1]
                self.own.add(X, out, rows, first, last)
            elif unseen_mean:
                n_tasks = len(self.intercepts)
                self.own.add(X, out, rows)
                out[rows] = out[rows] / n_tasks + self.intercepts.mean(axis=0)

    def stages(
        self,
        X: NDArray[np.floating],
        tasks: NDArray[np.int64],
        *,
        unseen_share: Callable[[Vector], float],
        unseen_mean: bool = False,
    ) -> Iterator[NDArray[np.float64]]:
        """Yield the scores (n_rows, n_outputs) after each round, block by block.

        The constants of tasks come with the first round of the last block, which they
        make up alone if it has none. ``unseen_share(s)`` is the s of a task that the
        fit has not seen, given those of all others.
        """
        m, shape = self.trees_per_round, (len(X), self.n_outputs)
        shared, common, outlier, own = (np.zeros(shape) for _ in range(4))
        for r in range(0, self.shared.n_trees, m):
            self.shared.add(X, shared, None, r, r + m)
            yield self.baseline + shared
        before = self.baseline + shared
        n_rounds = self.outlier.n_trees // m
        for r in range(n_rounds):
            self.common.add(X, common, None, r * m, (r + 1) * m)
            self.outlier.add(X, outlier, None, r * m, (r + 1) * m)
            now = self.share
            if r < n_rounds - 1:
                now = logistic(self.theta_path[r + 1])
            s = np.append(now, unseen_share(now))[tasks][:, None]
            yield before + (1.0 - s) * common + s * outlier
        if self.outlier.n_trees:
            before = before + (1.0 - s) * common + s * outlier
        n_rounds = int(self.n_iter_task.max(initial=0))
        n_before = self.shared.n_trees + self.outlier.n_trees
        if not n_rounds and (self.intercepts.any() or not n_before):
            n_rounds = 1
        n_tasks = len(self.n_iter_task)
        for r in range(n_rounds):
            for t, rows in rows_by_task(tasks):
                if t >= 0:
                    if r == 0:
                        own[rows] += self.intercepts[t]
                    self._add_own_round(X, own, rows, t, r)
                elif unseen_mean:
                    mean = np.zeros(shape)
                    for other in range(n_tasks):
                        self._add_own_round(X, mean, rows, other, r)
                    own[rows] += mean[rows] / n_tasks
                    if r == 0:
                        own[rows] += self.intercepts.mean(axis=0)
            yield before + own

    def _add_own_round(
        self,
        X: NDArray[np.floating],
        out: NDArray[np.float64],
        rows: NDArray[np.int32],
        t: int,
        r: int,
    ) -> None:
        """Add the trees of round r of task t, if it came so far."""
        if r < self.n_iter_task[t]:
            first = self.own_starts[t] + r * self.trees_per_round
            self.own.add(X, out, rows, first, first + self.trees_per_round)


def rows_by_task(tasks: NDArray[np.int64]) -> list[tuple[int, NDArray[np.int32]]]:
    """Return each task that rows belong to, and these rows."""
    order = np.argsort(tasks, kind="stable").astype(np.int32)
    found, starts = np.unique(tasks[order], return_index=True)
    return list(zip(found.tolist(), np.split(order, starts[1:]), strict=True))


def logistic(x: Vector) -> Vector:
    """1 / (1 + exp(-x)), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))
