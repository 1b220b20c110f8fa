# SPDX-License-Identifier: BSD-3-Clause
"""The third block: trees of each task, grown on its rows alone."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skx._numba import for_each_chunk
from skx.multitask import _kernels
from skx.multitask._blocks import Settings, Vector
from skx.multitask._losses import Loss
from skx.multitask._rows import Binned, Grown, Rows
from skx.multitask._trees import NODE, Columns, Forest, Growth, Limits

# Tasks with more rows than this use the bins of all rows.
OWN_BINS = 10_000
# Bins of a column that any task may have. More than its rows could fill with some
# 2 min_samples_leaf each cost time and find no better splits.
LEAST_BINS = 16
# Codes of a column up to which all of them are scanned for a split.
COARSE = 128
# Validation rows that those of all tasks count as, beside those of the task itself.
PRIOR_ROWS = 100.0


def best_rounds(
    losses: list[NDArray[np.float64] | None],
    weights: list[Vector],
    n_iter: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return for each task after how many rounds to stop.

    losses are (n_rounds + 1, n_rows) of the validation rows of a task, None if it has
    none, weights (n_rows,) of these rows, on average 1. A few rows say little: to the
    change of loss of a task's own rows that of the rows of all tasks is added, as if it
    came from `PRIOR_ROWS` more. A task with fewer rounds than others has no say on
    those that it has not.
    """
    most = int(n_iter.max(initial=0))
    total, weight = np.zeros(most + 1), np.zeros(most + 1)
    curves: list[Vector | None] = []
    for found, w in zip(losses, weights, strict=True):
        curve = None
        if found is not None:
            curve = found @ w
            total[: len(curve)] += curve - curve[0]
            weight[: len(curve)] += w.sum()
        curves.append(curve)
    mean = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0.0)
    best = np.array(n_iter)
    for t, curve in enumerate(curves):
        shared = PRIOR_ROWS * mean[: n_iter[t] + 1]
        own = 0.0 if curve is None else curve - curve[0]
        best[t] = int(np.argmin(shared + own))
    return best


def penalty_of(
    settings: Settings,
    loss: Loss,
    y: Vector,
    raw: NDArray[np.float64],
    weights: Vector,
) -> float:
    """Return the penalty of a task's values: ``l2_task`` rows in units of curvature."""
    if not settings.newton or loss.is_flat:
        return settings.l2_task
    gradient, hessian = np.empty_like(raw), np.empty_like(raw)
    _kernels.derive(loss.code, loss.parameter, y, raw, weights, gradient, hessian)
    unit = float(hessian.sum() / (raw.shape[1] * weights.sum())) * loss.stretch
    return settings.l2_task * unit


def levels_of(
    settings: Settings, loss: Loss, rows: Rows, raw: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the constants (n_tasks, n_outputs) that the scores of tasks lack."""
    out = np.zeros((rows.n_tasks, raw.shape[1]))
    if not settings.task_intercept:
        return out
    for t in range(rows.n_tasks):
        here = slice(rows.offsets[t], rows.offsets[t + 1])
        y, weights, part = rows.y[here], rows.own_weights[here], raw[here].copy()
        l2 = penalty_of(settings, loss, y, part, weights)
        out[t] = loss.add_intercept(y, part, weights, l2)
    return out


def sort_columns(
    X: NDArray[np.floating], weights: Vector
) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
    """Return columns sorted, one after the other, and the weights of their values.

    Weights are empty if all are alike.
    """
    columns = np.array(X.T, order="C")
    if (weights == weights[0]).all():
        columns.sort(axis=1)
        return columns, np.empty((0, 0))
    order = np.argsort(columns, axis=1)
    return np.take_along_axis(columns, order, axis=1), weights[order]


class TaskTable(NamedTuple):
    """Rows of tasks in one memory, at scores; offsets as in `Rows`."""

    X: NDArray[np.floating]
    y: Vector
    weights: Vector
    raw: NDArray[np.float64]
    offsets: NDArray[np.int64]

    def of_task(
        self, k: int
    ) -> tuple[NDArray[np.floating], Vector, Vector, NDArray[np.float64]]:
        """Return the rows of the k-th task, and scores that may be changed."""
        here = slice(self.offsets[k], self.offsets[k + 1])
        return self.X[here], self.y[here], self.weights[here], self.raw[here].copy()


def grow_tasks(
    settings: Settings,
    loss: Loss,
    columns: Columns,
    codes: NDArray[np.uint8],
    numbers: NDArray[np.int64],
    train: TaskTable,
    valid: TaskTable | None = None,
) -> list[Grown]:
    """Grow the trees of each task, in threads.

    columns and codes are those of the rows of all tasks; numbers say which of all tasks
    those of the tables are.
    """
    grower = TaskGrower(settings, loss, columns, codes, numbers, train, valid)
    order = np.argsort(-np.diff(train.offsets), kind="stable").tolist()
    out: dict[int, Grown] = {}

    def grow(first: int, last: int) -> None:
        with np.errstate(over="ignore"):  # of random bits, where not compiled
            for k in order[first:last]:
                out[k] = grower.grow(k)

    for_each_chunk(grow, len(order), settings.n_jobs, grain=1)
    return [out[k] for k in range(len(order))]


class TaskGrower:
    """Grows the trees of each of some tasks, on its rows alone; see `grow_tasks`."""

    def __init__(
        self,
        settings: Settings,
        loss: Loss,
        columns: Columns,
        codes: NDArray[np.uint8],
        numbers: NDArray[np.int64],
        train: TaskTable,
        valid: TaskTable | None,
    ) -> None:
        self.settings = settings
        self.loss = loss
        self.columns = columns
        self.codes = codes
        self.numbers = numbers
        self.train = train
        self.valid = valid
        self.has_categories = bool(columns.is_categorical.any())
        # Numbers alone, and splits that may be anywhere.
        self.is_plain = settings.width == 1 and not (
            self.has_categories or columns.directions.any() or len(columns.groups)
        )

    def grow(self, k: int) -> Grown:
        """Grow the trees of the k-th task."""
        settings, loss, t = self.settings, self.loss, int(self.numbers[k])
        n_iter = int(settings.n_iter_task[t])
        X, y, weights, raw = self.train.of_task(k)
        n, m = raw.shape
        X_valid, y_valid, raw_valid = X[:0], y[:0], raw[:0].copy()
        if self.valid is not None:
            X_valid, y_valid, _, raw_valid = self.valid.of_task(k)
        l2 = penalty_of(settings, loss, y, raw, weights)
        start = np.zeros(m)
        if settings.task_intercept:
            start = loss.add_intercept(y, raw, weights, l2)
            raw_valid += start
        if n_iter == 0:
            heard = loss.of_rows(y_valid, raw_valid)[None] if len(y_valid) else None
            return Grown(start, 0, None, raw, heard)
        # A leaf holds at least one row.
        most = max(1, n // max(1, settings.limits.min_samples_leaf))
        most = min(settings.limits.max_leaf_nodes, most)
        limits = settings.limits._replace(l2=l2, max_leaf_nodes=most)
        codes, columns, n_codes = self._bin(k, X, weights)
        width, n_nodes = settings.width, 2 * limits.max_leaf_nodes - 1
        n_trees = n_iter * (m // width)
        nodes = np.empty(n_trees * n_nodes, dtype=NODE)
        leaves = np.empty((len(nodes), width))
        n_sets = n_trees * limits.max_leaf_nodes if self.has_categories else 1
        sets = np.zeros((n_sets, 8), dtype=np.uint32)
        roots, set_roots = np.zeros((2, n_trees + 1), dtype=np.int64)
        losses = np.empty((n_iter + 1, len(y_valid)))
        _kernels.boost_task(
            X,
            codes,
            columns,
            limits,
            loss.code,
            loss.parameter,
            y,
            weights,
            raw,
            X_valid,
            y_valid,
            raw_valid,
            settings.newton,
            loss.stretch,
            settings.learning_rate * loss.leaf_scale,
            settings.subsample,
            settings.seed,
            t,
            n_iter,
            Growth.of(columns, limits, width),
            self._coarse_room(n_codes, limits),
            nodes,
            leaves,
            sets,
            roots,
            set_roots,
            losses,
        )
        n_nodes, n_sets = roots[-1], set_roots[-1]
        forest = Forest(
            nodes[:n_nodes].copy(),
            leaves[:n_nodes].copy(),
            sets[:n_sets].copy(),
            roots,
            set_roots,
            np.arange(n_trees) % (m // width) * width,
        )
        return Grown(start, n_iter, forest, raw, losses if len(y_valid) else None)

    def _bin(
        self, k: int, X: NDArray[np.floating], weights: Vector
    ) -> tuple[NDArray[np.uint8], Columns, int]:
        """Return the codes of the rows of a task, by own bins if they are few.

        Also how many codes a column of numbers has, 0 if values are missing.
        """
        settings, columns, offsets = self.settings, self.columns, self.train.offsets
        if len(X) > OWN_BINS:
            return self.codes[offsets[k] : offsets[k + 1]], columns, 0
        # All of them where a leaf may hold one row.
        filled = len(X) // (2 * settings.limits.min_samples_leaf - 1)
        max_bins = min(settings.max_bins, max(LEAST_BINS, filled))
        codes = np.empty(X.shape, dtype=np.uint8)
        starts = np.empty(X.shape[1] + 1, dtype=np.uint64)
        n_bins = np.where(
            columns.is_categorical,
            settings.n_categories + 1,
            min(max_bins, len(X)) + 1,
        )
        ends = np.empty((2, int(n_bins.sum())))
        ascending, heavy = sort_columns(X, weights)
        n_codes = _kernels.bin_task(
            X,
            ascending,
            heavy,
            columns.is_categorical,
            settings.n_categories + 1,
            max_bins,
            codes,
            starts,
            ends[0],
            ends[1],
        )
        columns = columns._replace(starts=starts, lowest=ends[0], highest=ends[1])
        return codes, columns, n_codes

    def _coarse_room(self, n_codes: int, limits: Limits) -> NDArray[np.float64]:
        """Return scratch for trees on coarse bins, empty where they are not enough."""
        d = len(self.columns.directions)
        is_coarse = self.is_plain and 0 < n_codes <= COARSE and limits.n_features >= d
        n_leaves = limits.max_leaf_nodes + 1 if is_coarse else 0
        return np.empty((n_leaves, 3, n_codes * d))


class TaskTrees:
    """The trees of each task, grown on its rows alone from scores on."""

    def __init__(
        self,
        settings: Settings,
        loss: Loss,
        binned: Binned,
        train: tuple[Rows, NDArray[np.float64]],
        valid: tuple[Rows, NDArray[np.float64]] | None,
    ) -> None:
        self.settings = settings
        self.loss = loss
        self.train, self.raw = train
        grown = binned.grow_tasks(settings, loss, train, valid)
        self.intercepts = np.array([task.intercept for task in grown])
        self.n_iter = np.array([task.n_iter for task in grown], dtype=np.int64)
        self.losses = [task.losses for task in grown]
        self.forests = [task.forest for task in grown]
        self.scores = np.concatenate([task.scores for task in grown])
        if valid is not None:
            self._settle(valid[0])

    def _settle(self, valid: Rows) -> None:
        """Cut the trees of each task to what its validation rows and all others say."""
        weights = valid.own_weights / valid.own_weights.mean()
        parts = np.split(weights, valid.offsets[1:-1])
        best = best_rounds(self.losses, parts, self.n_iter)
        cut: dict[int, Forest] = {}
        for t, forest in enumerate(self.forests):
            if forest is not None and best[t] < self.n_iter[t]:
                per_round = forest.n_trees // self.n_iter[t]
                cut[t] = self.forests[t] = forest.head(int(best[t]) * per_round)
                here = slice(self.train.offsets[t], self.train.offsets[t + 1])
                self.scores[here] = self.raw[here] + self.intercepts[t]
        self.train.X.add_own(cut, self.train.offsets, self.scores)
        self.n_iter = best

    @property
    def task_loss(self) -> Vector:
        """Mean loss of the training rows of each task."""
        train, loss = self.train, self.loss
        sums = np.empty(train.n_tasks)
        _kernels.sum_losses(
            loss.code,
            loss.parameter,
            train.y,
            self.scores,
            train.own_weights,
            train.offsets,
            sums,
        )
        return sums / np.add.reduceat(train.own_weights, train.offsets[:-1])

    @property
    def valid_losses(self) -> Vector:
        """Losses of all validation rows."""
        found = zip(self.losses, self.n_iter, strict=True)
        return np.concatenate([part[n] for part, n in found if part is not None])

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where the trees of each task begin in `forest`."""
        counts = [0 if f is None else f.n_trees for f in self.forests]
        return np.cumsum([0, *counts])

    @property
    def forest(self) -> Forest:
        """The trees of all tasks, one task after the other."""
        found = [forest for forest in self.forests if forest is not None]
        return Forest.join(found, self.settings.width)
