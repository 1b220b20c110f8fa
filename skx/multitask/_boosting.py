# SPDX-License-Identifier: BSD-3-Clause
"""Boosting in three blocks: what tasks share, what sets some apart, and their own."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx.multitask import _kernels
from skx.multitask._blocks import Blocks, Settings, Vector, logistic
from skx.multitask._rows import Rows
from skx.multitask._task_trees import TaskTrees, levels_of
from skx.multitask._trees import Forest, Tree

# Validation rows of a task from which on they may show that it is no outlier.
ENOUGH_TO_DOUBT = 5
# Thetas farther out no longer move, since their gradient has vanished.
FARTHEST = 6.0


class Monitor:
    """Validation losses of a block, and when they say to stop."""

    def __init__(self, first: float, patience: int, tol: float) -> None:
        self.losses = [first]
        self.patience = patience
        self.tol = tol

    def stops(self, loss: float) -> bool:
        """Note the loss of a round; whether there was no progress for too long."""
        self.losses.append(loss)
        recent = self.losses[-self.patience :]
        before = self.losses[: -self.patience]
        return bool(before) and min(recent) >= min(before) - self.tol * abs(min(before))

    @property
    def best(self) -> int:
        """Rounds after which the loss was least."""
        return int(np.argmin(self.losses))


def is_better(
    losses: Vector, others: Vector, weights: Vector, errors: float = 1.0
) -> bool:
    """Whether losses of the same rows are lower, by more than some standard errors."""
    n, shares = len(losses), weights / weights.sum()
    if n < 2:
        return False
    gains = others - losses
    gain = gains @ shares
    error = np.sqrt(shares**2 @ (gains - gain) ** 2 * n / (n - 1))
    return bool(gain > errors * error)


class Ensemble:
    """Trees that grow round by round, and their scores at rows."""

    def __init__(self, boosting: "Boosting") -> None:
        rows, m = boosting.train, boosting.settings.loss.n_outputs
        self.boosting = boosting
        self.raw = np.zeros((len(rows.y), m))
        self.raw_valid = None
        if boosting.valid is not None:
            self.raw_valid = np.zeros((len(boosting.valid.y), m))
        self.rounds: list[list[Tree]] = []

    def add_round(
        self,
        gradient: NDArray[np.float64],
        hessian: NDArray[np.float64],
        rows: NDArray[np.int32],
        stream: int,
        residual: Vector | None = None,
        weights: Vector | None = None,
    ) -> None:
        """Grow the trees of a round; with residuals leaves are their quantiles."""
        boosting, settings = self.boosting, self.boosting.settings
        width = settings.width
        trees = []
        for k in range(0, gradient.shape[1], width):
            sums = np.column_stack([gradient[:, k : k + width], hessian[:, k]])
            tree = boosting.grower.grow(
                sums,
                rows.copy(),
                scale=settings.learning_rate * settings.loss.leaf_scale,
                column=k,
                seed=settings.seed,
                number=3 * len(self.rounds) + stream,
                out=self.raw,
                values_of_leaves=self._quantiles(residual, weights, sums[:, -1]),
            )
            trees.append(tree)
        self.rounds.append(trees)
        if self.raw_valid is not None and boosting.valid is not None:
            boosting.valid.X.add(Forest.of(trees, width), self.raw_valid)

    def _quantiles(
        self, residual: Vector | None, weights: Vector | None, hessian: Vector
    ) -> Callable[..., None] | None:
        settings = self.boosting.settings
        q = settings.loss.leaf_quantile
        directions = settings.directions
        if q is None:
            return None

        def write(splits: Any, n_nodes: int, rows: Any, values: Any) -> None:
            _kernels.set_quantiles(
                splits,
                n_nodes,
                rows,
                residual,
                weights,
                hessian,
                q,
                settings.limits.l2,
                directions,
                values,
            )

        return write

    def cut(self, n_rounds: int) -> None:
        """Forget the last rounds."""
        if n_rounds == len(self.rounds):
            return
        del self.rounds[n_rounds:]
        forest = self.forest
        self.raw[:] = 0.0
        self.boosting.train.X.add(forest, self.raw)
        valid = self.boosting.valid
        if self.raw_valid is not None and valid is not None:
            self.raw_valid[:] = 0.0
            valid.X.add(forest, self.raw_valid)

    @property
    def forest(self) -> Forest:
        """All trees."""
        trees = [tree for trees in self.rounds for tree in trees]
        return Forest.of(trees, self.boosting.settings.width)


class Boosting:
    """One fit on training rows, with validation rows to stop by or without."""

    def __init__(self, train: Rows, valid: Rows | None, settings: Settings) -> None:
        self.train = train
        self.valid = valid
        self.settings = settings
        self.loss = settings.loss
        self.judge = settings.loss  # that of the reports, the same all over a block
        self.is_stopped = False  # the block that grows, by a callback
        self.levels_first = bool(settings.levels_first)
        self.binned = train.X.bin(train.weights, settings)
        self.grower = self.binned.grower(settings, train.weights)
        shape = len(train.y), self.loss.n_outputs
        self.gradient, self.hessian = np.empty(shape), np.empty(shape)
        self.everyone = np.arange(len(train.y), dtype=np.int32)
        self.losses: dict[str, list[float]] = {}
        self.valid_losses: dict[str, list[float]] = {}

    def run(self) -> Blocks:
        """Return the fitted blocks."""
        settings, train = self.settings, self.train
        m = self.loss.n_outputs
        baseline = np.zeros(m)
        if not settings.start_at_zero:
            baseline = self.loss.baseline(train.y, train.weights)
        shared = self._share_best(baseline)
        raw = baseline + shared.raw
        raw_valid = None if shared.raw_valid is None else baseline + shared.raw_valid
        theta, path = np.zeros(train.n_tasks), np.zeros((1, train.n_tasks))
        common = outlier = Ensemble(self)
        before = raw, raw_valid
        if settings.n_iter_outlier:
            common, outlier, path = self._partition_apart(raw, raw_valid)
            theta = path[-1]
            s = logistic(theta)
            raw = raw + self._mix(train, s, common.raw, outlier.raw)
            if raw_valid is not None and self.valid is not None:
                raw_valid = raw_valid + self._mix(
                    self.valid, s, common.raw_valid, outlier.raw_valid
                )
        self._renew(raw)
        own = self._specialise(raw, raw_valid)
        if raw_valid is not None:
            if outlier.rounds:
                without = self._specialise(*before)
                if self._is_better(without, own):
                    own, common, outlier = without, Ensemble(self), Ensemble(self)
                    theta, path = np.zeros_like(theta), np.zeros((1, train.n_tasks))
            if shared.rounds:
                # Tasks with nothing in common are better off without the noise of it.
                # Others that are not in the fit are not, so more is asked.
                start, start_valid = np.empty_like(raw), np.empty_like(raw_valid)
                start[:], start_valid[:] = baseline, baseline
                alone = self._specialise(start, start_valid)
                if self._is_better(alone, own, errors=2.0):
                    own = alone
                    shared, common, outlier = (Ensemble(self) for _ in range(3))
                    theta, path = np.zeros_like(theta), np.zeros((1, train.n_tasks))
        task_loss = own.task_loss
        if settings.report:
            totals = np.add.reduceat(train.own_weights, train.offsets[:-1])
            n, mean = int(own.n_iter.max()), np.average(task_loss, weights=totals)
            heard = None
            if self.valid is not None:
                weights = self.valid.own_weights
                heard = float(np.average(own.valid_losses, weights=weights))
            most = int(settings.n_iter_task.max())
            settings.report("task", n, most, float(mean), heard)
        return Blocks(
            baseline,
            shared.forest,
            common.forest,
            outlier.forest,
            own.forest,
            own.starts,
            own.intercepts,
            theta,
            path,
            {name: np.array(values) for name, values in self.losses.items()},
            {name: np.array(values) for name, values in self.valid_losses.items()},
            own.n_iter,
            task_loss,
        )

    def _is_better(self, own: TaskTrees, other: TaskTrees, errors: float = 1.0) -> bool:
        """Whether validation rows prefer one last block, and what it grew on."""
        assert self.valid is not None
        weights = self.valid.own_weights
        return is_better(own.valid_losses, other.valid_losses, weights, errors)

    def _mix(
        self, rows: Rows, s: Vector, common: Any, outlier: Any
    ) -> NDArray[np.float64]:
        s = rows.spread(s)[:, None]
        return (1.0 - s) * common + s * outlier

    def _derive(self, raw: NDArray[np.float64]) -> None:
        """Write the derivatives at scores of the training rows."""
        _kernels.derive(
            self.loss.code,
            self.loss.parameter,
            self.train.y,
            raw,
            self.train.weights,
            self.gradient,
            self.hessian,
        )
        if self.settings.newton:
            self.hessian *= self.loss.stretch
        else:
            self.hessian[:] = self.train.weights[:, None]

    def _draw(self, stream: int, index: int) -> NDArray[np.int32]:
        """Return the rows that a round learns from."""
        if self.settings.subsample >= 1.0:
            return self.everyone
        rows = np.empty(len(self.everyone), dtype=np.int32)
        with np.errstate(over="ignore"):
            n = _kernels.draw_by_task(
                self.train.offsets,
                self.settings.subsample,
                self.settings.seed,
                stream,
                index,
                rows,
            )
        return rows[:n]

    def _mean_loss(self, rows: Rows, raw: NDArray[np.float64]) -> float:
        sums = np.empty(rows.n_tasks)
        _kernels.sum_losses(
            self.judge.code,
            self.judge.parameter,
            rows.y,
            raw,
            rows.weights,
            rows.offsets,
            sums,
        )
        return float(sums.sum() / rows.weights.sum())

    def _renew(self, raw: NDArray[np.float64]) -> None:
        """Fit the loss to the residuals."""
        self.loss = self.loss.refreshed(self.train.y, raw, self.train.weights)

    def _note(
        self, block: str, raw: NDArray[np.float64], raw_valid: NDArray | None
    ) -> float | None:
        """Keep the losses after a round, and return that of the validation rows."""
        train = self._mean_loss(self.train, raw)
        self.losses.setdefault(block, []).append(train)
        valid = None
        if raw_valid is not None and self.valid is not None:
            valid = self._mean_loss(self.valid, raw_valid)
            self.valid_losses.setdefault(block, []).append(valid)
        if self.settings.report:
            n = len(self.losses[block]) - 1
            most = self.settings.n_iter_shared
            if block == "outlier":
                most = self.settings.n_iter_outlier
            self.is_stopped = self.settings.report(block, n, most, train, valid)
        return valid

    def _share_best(self, baseline: Vector) -> Ensemble:
        """Grow the first block, on scores to which levels of tasks are added or not.

        Constants of tasks that are large hide from trees what else there is; small ones
        are told by columns in part, which helps tasks that are not in the fit. So the
        validation rows decide, and where levels alone are no help to them nothing is
        tried. The levels are forgotten after the block.
        """
        settings, train, valid = self.settings, self.train, self.valid
        nothing = np.zeros((train.n_tasks, len(baseline)))
        if not (settings.task_intercept and settings.n_iter_shared):
            return self._share(baseline, nothing, "shared")
        raw = np.tile(baseline, (len(train.y), 1))
        self._renew(raw)
        levels = levels_of(settings, self.loss, train, raw)
        if settings.levels_first is not None or valid is None:
            first = levels if settings.levels_first else nothing
            return self._share(baseline, first, "shared")
        judge, weights = self.loss, valid.own_weights

        def losses_of(part: Ensemble, levels: NDArray[np.float64]) -> Vector:
            at = np.repeat(levels, np.diff(valid.offsets), axis=0)
            assert part.raw_valid is not None
            return judge.of_rows(valid.y, baseline + part.raw_valid + at)

        alone = [losses_of(Ensemble(self), start) for start in (levels, nothing)]
        shared = self._share(baseline, nothing, "shared")
        if self.is_stopped or not is_better(alone[0], alone[1], weights):
            return shared
        other = self._share(baseline, levels, "shared, on levels")
        found = []
        for part in (other, shared):
            self._renew(baseline + part.raw)
            after = levels_of(settings, self.loss, train, baseline + part.raw)
            found.append(losses_of(part, after))
        kept = [self.losses, self.valid_losses]
        news = [losses.pop("shared, on levels") for losses in kept]
        if not is_better(found[0], found[1], weights, errors=2.0):
            return shared
        for losses, new in zip(kept, news, strict=True):
            losses["shared"] = new
        self.levels_first = True
        return other

    def _share(self, baseline: Vector, levels: NDArray, block: str) -> Ensemble:
        """Grow the first block, on scores to which levels of tasks are added."""
        settings, train, valid = self.settings, self.train, self.valid
        shared = Ensemble(self)
        base = baseline + np.repeat(levels, np.diff(train.offsets), axis=0)
        base_valid = None
        if valid is not None:
            base_valid = baseline + np.repeat(levels, np.diff(valid.offsets), axis=0)

        def note(raw: NDArray[np.float64]) -> float | None:
            heard = None if base_valid is None else base_valid + shared.raw_valid
            return self._note(block, raw, heard)

        self._renew(base)
        self.judge = self.loss
        first = note(base)
        monitor = None
        if first is not None:
            monitor = Monitor(first, settings.patience, settings.tol)
        for r in range(settings.n_iter_shared):
            raw = base + shared.raw
            self._renew(raw)
            self._derive(raw)
            residual = train.y - raw[:, 0]
            shared.add_round(
                self.gradient,
                self.hessian,
                self._draw(0, r),
                0,
                residual,
                train.weights,
            )
            loss = note(base + shared.raw)
            if monitor and loss is not None and monitor.stops(loss):
                break
            if self.is_stopped:
                break
        if monitor:
            shared.cut(monitor.best)
        return shared

    def _partition_apart(
        self, raw: NDArray[np.float64], raw_valid: NDArray[np.float64] | None
    ) -> tuple[Ensemble, Ensemble, NDArray[np.float64]]:
        """Grow the second block on scores to which the levels of tasks are added.

        It is to set tasks apart by what they make of the columns; the levels are
        forgotten, and found anew by the third block.
        """
        levels = levels_of(self.settings, self.loss, self.train, raw)
        if raw_valid is not None and self.valid is not None:
            counts = np.diff(self.valid.offsets)
            raw_valid = raw_valid + np.repeat(levels, counts, axis=0)
        counts = np.diff(self.train.offsets)
        return self._partition(raw + np.repeat(levels, counts, axis=0), raw_valid)

    def _partition(
        self, base: NDArray[np.float64], base_valid: NDArray[np.float64] | None
    ) -> tuple[Ensemble, Ensemble, NDArray[np.float64]]:
        """Grow the second block, and return theta after each round."""
        settings, train = self.settings, self.train
        common, outlier = Ensemble(self), Ensemble(self)
        self._renew(base)
        self.judge = self.loss
        theta, penalty, curvature = self._start_theta(base)
        path = [theta]

        def note() -> float | None:
            s = logistic(path[-1])
            valid = None
            if base_valid is not None and self.valid is not None:
                valid = base_valid + self._mix(
                    self.valid, s, common.raw_valid, outlier.raw_valid
                )
            now = base + self._mix(train, s, common.raw, outlier.raw)
            return self._note("outlier", now, valid)

        first = note()
        monitor = None
        if first is not None:
            monitor = Monitor(first, settings.patience, settings.tol)
        for r in range(settings.n_iter_outlier):
            s = train.spread(logistic(theta))[:, None]
            raw = base + (1.0 - s) * common.raw + s * outlier.raw
            self._renew(raw)
            self._derive(raw)
            gap = outlier.raw - common.raw
            drawn = self._draw(1, r)
            gradient, hessian = self.gradient.copy(), self.hessian.copy()
            self._add_part(outlier, s, gradient, hessian, drawn, raw, 1)
            if settings.one_after_the_other:
                raw = base + (1.0 - s) * common.raw + s * outlier.raw
                self._derive(raw)
                gradient, hessian = self.gradient.copy(), self.hessian.copy()
            self._add_part(common, 1.0 - s, gradient, hessian, drawn, raw, 2)
            if settings.one_after_the_other:
                raw = base + (1.0 - s) * common.raw + s * outlier.raw
                self._derive(raw)
                gap = outlier.raw - common.raw
            theta = self._move(theta, gap, penalty, curvature)
            path.append(theta)
            loss = note()
            if monitor and loss is not None and monitor.stops(loss):
                break
            if self.is_stopped:
                break
        if monitor:
            common.cut(monitor.best)
            outlier.cut(monitor.best)
            del path[monitor.best + 1 :]
        if not outlier.rounds:
            return common, outlier, np.zeros((1, train.n_tasks))
        if settings.orient and logistic(path[-1]).sum() > 0.5 * train.n_tasks:
            common, outlier = outlier, common
            path = [-theta for theta in path]
        if base_valid is not None:
            path.append(self._doubt(path[-1], base_valid, common, outlier))
        return common, outlier, np.array(path)

    def _doubt(
        self,
        theta: Vector,
        base: NDArray[np.float64],
        common: Ensemble,
        outlier: Ensemble,
    ) -> Vector:
        """Return theta, that of ordinary tasks where nothing shows a task is not one.

        Trees fit the noise of a noisy task, which then looks like an outlier. Its
        validation rows must be better off than with the theta of ordinary tasks, by
        more than a standard error; tasks with few such rows are believed.
        """
        valid, ordinary = self.valid, theta < 0.0
        if valid is None or not ordinary.any():
            return theta
        usual = np.full(valid.n_tasks, np.median(theta[ordinary]))
        losses = []
        for there in (theta, usual):
            mix = self._mix(valid, logistic(there), common.raw_valid, outlier.raw_valid)
            losses.append(self.loss.of_rows(valid.y, base + mix))
        out = theta.copy()
        for t in np.flatnonzero(~ordinary):
            rows = slice(valid.offsets[t], valid.offsets[t + 1])
            if rows.stop - rows.start < ENOUGH_TO_DOUBT:
                continue
            weights = valid.own_weights[rows]
            if not is_better(losses[0][rows], losses[1][rows], weights):
                out[t] = usual[t]
        return out

    def _add_part(
        self,
        part: Ensemble,
        s: NDArray[np.float64],
        gradient: NDArray[np.float64],
        hessian: NDArray[np.float64],
        rows: NDArray[np.int32],
        raw: NDArray[np.float64],
        stream: int,
    ) -> None:
        """Add a round to the part of the score that is multiplied by s."""
        bent = hessian * s**2 if self.settings.newton else hessian
        residual = (self.train.y - raw[:, 0]) / s[:, 0]
        weights = self.train.weights * s[:, 0]
        part.add_round(gradient * s, bent, rows, stream, residual, weights)

    def _start_theta(self, raw: NDArray[np.float64]) -> tuple[Vector, Vector, float]:
        """Return the first theta, the penalty of its square, and `Loss.bend`."""
        settings, train = self.settings, self.train
        sums = np.empty(train.n_tasks)
        _kernels.sum_losses(
            self.loss.code,
            self.loss.parameter,
            train.y,
            raw,
            train.weights,
            train.offsets,
            sums,
        )
        total = np.add.reduceat(train.weights, train.offsets[:-1])
        overall = sums.sum() / total.sum()
        penalty = settings.theta_penalty * self.loss.scale(overall) * total
        curvature = self.loss.bend(overall)
        if settings.theta_start is not None:
            return settings.theta_start, penalty, curvature
        totals = np.add.reduceat(train.own_weights, train.offsets[:-1])
        mean = (totals * sums / total + 10.0 * overall) / (totals + 10.0)
        logs = np.log(np.maximum(mean, 1e-300))
        centre = np.median(logs)
        spread = 1.4826 * np.median(np.abs(logs - centre))
        if train.n_tasks >= 3 and spread > 1e-9:
            start = 0.5 * np.clip((logs - centre) / spread, -2.0, 2.0)
        else:
            rng = np.random.default_rng(int(settings.seed))
            start = rng.normal(0.0, 0.1, train.n_tasks)
        return start, penalty, curvature

    def _move(
        self,
        theta: Vector,
        gap: NDArray[np.float64],
        penalty: Vector,
        curvature: float,
    ) -> Vector:
        """Return theta after a step; gap is by how much C exceeds B at the rows."""
        settings, offsets = self.settings, self.train.offsets
        s = logistic(theta)
        slope = np.empty(len(theta))
        _kernels.sum_tasks(self.gradient, gap, offsets, slope)
        slope *= s * (1.0 - s)
        if settings.theta_newton:
            bend = np.empty(len(theta))
            _kernels.sum_tasks(self.hessian, gap**2, offsets, bend)
            bend *= curvature * (s * (1.0 - s)) ** 2
            bend += penalty
            slope += penalty * theta
            step = np.divide(slope, bend, out=np.zeros_like(slope), where=bend > 0.0)
            step = np.clip(step, -2.0, 2.0)
            return np.clip(theta - settings.theta_rate * step, -FARTHEST, FARTHEST)
        step = slope + penalty * theta
        if settings.theta_mean:
            step = step / np.add.reduceat(self.train.weights, offsets[:-1])
        return theta - settings.theta_rate * step

    def _specialise(
        self, raw: NDArray[np.float64], raw_valid: NDArray[np.float64] | None
    ) -> TaskTrees:
        """Grow the third block."""
        valid = None
        if self.valid is not None and raw_valid is not None:
            valid = self.valid, raw_valid
        return TaskTrees(
            self.settings, self.loss, self.binned, (self.train, raw), valid
        )
