# SPDX-License-Identifier: BSD-3-Clause
"""What the multi-task boosters have in common: reading, fitting, and scores of rows."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from skx._backend import check_device_array, is_device_array, like, to_host
from skx._base.estimator import SkxEstimator
from skx._base.sklearn import (
    CallbackSupportMixin,
    Interval,
    StrOptions,
    check_monotonic_cst,
    check_sample_weight,
    fit_context,
    open_callbacks,
)
from skx._caller import caller_level
from skx._random import draw_seed
from skx.multitask._blocks import Blocks, Settings
from skx.multitask._boosting import Boosting
from skx.multitask._device import DeviceIds, here
from skx.multitask._device_rows import store_of
from skx.multitask._losses import Loss
from skx.multitask._rounds import Rounds
from skx.multitask._rows import Rows, Store
from skx.multitask._table import Given, check_collected, is_frame, place_of
from skx.multitask._tasks import (
    UNSEEN,
    code_ids,
    learn_ids,
    name_other_type,
    name_some,
    read_ids,
    without_tasks,
)
from skx.multitask._trees import Forest, Limits

# Rows of a task from which on some are kept to stop by.
MIN_ROWS_TO_STOP = 10
# Rows from which on early_stopping="auto" means True.
MIN_ROWS_AUTO = 500
# Methods that compute where X lives.
PREDICTIONS = {
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "predict_blocks",
    "predict_for_task",
    "score",
}


class Task(NamedTuple):
    """What fit was given, in the order of the tasks."""

    X: Store
    y: NDArray[np.float64]
    weights: NDArray[np.float64]
    codes: NDArray[np.int64]
    order: NDArray[np.intp]  # rows of fit's X


class MultiTaskBooster(CallbackSupportMixin, SkxEstimator):
    """Base of the boosters; M2 = 0 for those without the second block."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "n_iter_shared": [Interval(Integral, 0, None, closed="left")],
        "n_iter_task": [Interval(Integral, 0, None, closed="left")],
        "max_leaf_nodes": [Interval(Integral, 2, 32767, closed="both")],
        "max_depth": [Interval(Integral, 1, None, closed="left"), None],
        "min_samples_leaf": [Interval(Integral, 1, None, closed="left")],
        "min_child_weight": [Interval(Real, 0, None, closed="left")],
        "l2_regularization": [Interval(Real, 0, None, closed="left")],
        "l2_task_regularization": [Interval(Real, 0, None, closed="left")],
        "min_split_gain": [Interval(Real, 0, None, closed="left")],
        "max_bins": [Interval(Integral, 2, 255, closed="both")],
        "max_features": [Interval(Real, 0, 1, closed="right")],
        "subsample": [Interval(Real, 0, 1, closed="right")],
        "leaf_update": [StrOptions({"newton", "gradient"})],
        "task_intercept": ["boolean"],
        "init": [StrOptions({"mean", "zero"})],
        "categorical_features": ["array-like", StrOptions({"from_dtype"}), None],
        "monotonic_cst": ["array-like", dict, None],
        "interaction_cst": [
            list,
            tuple,
            StrOptions({"pairwise", "no_interactions"}),
            None,
        ],
        "task_feature": [Integral, str, None],
        "unseen_task": [StrOptions({"shared", "mean", "error"})],
        "task_weight": [dict, StrOptions({"balanced"}), None],
        "early_stopping": ["boolean", StrOptions({"auto"})],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "refit": ["boolean"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    # By the kind of targets: fit on (given, y, tasks, sample_weight, eval_set), and
    # read y, of all rows or some.
    _learn: Callable[[Given, Any, Any, Any, Any], Any]
    _check_targets: Callable[[Any], NDArray[Any]]

    _partitions = False
    _by_class = False
    _paper: ClassVar[dict[str, Any]] = {
        "max_leaf_nodes": 2,
        "max_depth": 1,
        "min_samples_leaf": 1,
        "l2_regularization": 0.0,
        "l2_task_regularization": 0.0,
        "min_child_weight": 0.0,
        "leaf_update": "gradient",
        "task_intercept": False,
        "init": "zero",
        "early_stopping": False,
        "subsample": 1.0,
    }

    @fit_context(prefer_skip_nested_validation=True)
    def _fit_given(self, given: Given, y: Any, tasks: Any, sample_weight: Any) -> Any:
        """Fit on rows that are open."""
        return self._learn(given, y, tasks, sample_weight, None)

    def _fit(
        self,
        given: Given,
        y: NDArray[np.float64],
        tasks: Any,
        sample_weight: Any,
        loss: Loss,
        eval_set: Any,
        read: Callable[[Any], tuple[NDArray[np.float64], NDArray[np.float64]]],
    ) -> Any:
        """Fit on targets that are numbers.

        ``read(y)`` returns the targets of validation rows as numbers, and weights.
        """
        task = self._read(given, y, tasks, sample_weight)
        context = open_callbacks(self, max_subtasks=None)
        rounds = None if context is None else Rounds(self, context)
        if eval_set is None:
            train, valid = self._split(task)
        else:
            train = self._rows(task, np.arange(len(task.y)))
            valid = self._read_eval(eval_set, read, given.X)
        settings = self._settings(train, loss)
        if self.verbose or rounds is not None:
            settings = replace(settings, report=partial(self._report, rounds))
        boosting = Boosting(train, valid, settings)
        blocks = boosting.run()
        path = blocks.theta_path
        self.validation_score_ = blocks.valid_loss
        if valid is not None and self.refit and eval_set is None:
            if self.verbose:
                print(f"[{type(self).__name__}] again on all rows, with these rounds")
            whole = self._rows(task, np.arange(len(task.y)))
            m = settings.loss.n_outputs // settings.width
            settings = replace(
                settings,
                n_iter_shared=blocks.shared.n_trees // m,
                n_iter_outlier=blocks.outlier.n_trees // m,
                n_iter_task=blocks.n_iter_task,
                levels_first=boosting.levels_first,
                theta_start=blocks.theta,
                theta_rate=0.0,
                orient=False,
            )
            blocks = Boosting(whole, None, settings).run()
        self._keep(blocks, settings, path)
        if rounds is not None:
            rounds.end()
        return self

    def _check(
        self, given: Given, y: Any, tasks: Any, sample_weight: Any
    ) -> tuple[NDArray[np.float64], list[Any] | None]:
        """Return the weight of each row, and its task if it has one."""
        check_consistent_length(given, y)
        weights = check_sample_weight(
            sample_weight,
            np.empty((len(y), 1)),
            dtype=np.float64,
            ensure_non_negative=True,
        )
        self._task_column = None
        if self.task_feature is not None:
            names = given.names
            self._task_column = place_of(names, self.task_feature, "task_feature")
            self.task_feature_name_ = names[self._task_column]
        return weights, self._ids(given, tasks)

    def _read(self, given: Given, y: Any, tasks: Any, sample_weight: Any) -> Task:
        """Validate what fit was given, drop rows without weight, and sort by task."""
        weights, ids = self._check(given, y, tasks, sample_weight)
        if ids is None:
            warnings.warn(
                f"{type(self).__name__} was given no tasks: all rows are taken for one "
                "task, and only the shared block is grown. Pass tasks= to fit, or name "
                "the column of the ids by task_feature.",
                UserWarning,
                stacklevel=caller_level(),
            )
            self.tasks_ = np.array([0])
            codes = np.zeros(len(y), dtype=np.int64)
        else:
            self.tasks_, codes = learn_ids(ids)
        self._has_tasks = ids is not None
        kept = np.flatnonzero(weights > 0.0)
        if not len(kept):
            raise ValueError("sample_weight is zero for every row; nothing to fit.")
        gone = np.setdiff1d(np.arange(len(self.tasks_)), codes[kept])
        if len(gone):
            names = name_some(self.tasks_[gone].tolist())
            warnings.warn(
                f"All rows of task {names} have weight 0; these tasks are dropped.",
                UserWarning,
                stacklevel=caller_level(),
            )
            self.tasks_ = np.delete(self.tasks_, gone)
            codes = np.searchsorted(
                np.setdiff1d(np.arange(codes.max() + 1), gone), codes
            )
        if self._task_column is not None and len(given.names) == 1:
            raise ValueError("X has no column but that of the tasks.")
        self._reader = given.reader(self.categorical_features, self._task_column)
        store = given.store(self._reader, self)
        self.task_counts_ = np.bincount(codes[kept], minlength=len(self.tasks_))
        self._task_totals = np.bincount(codes[kept], weights[kept])
        order = kept[np.argsort(codes[kept], kind="stable")]
        return Task(store.take(order), y[order], weights[order], codes[order], order)

    def _read_eval(
        self,
        eval_set: Any,
        read: Callable[[Any], tuple[NDArray[np.float64], NDArray[np.float64]]],
        beside: Any,
    ) -> Rows:
        """Validate the rows that were given to stop by, and put them beside others."""
        if self.early_stopping is False:
            raise ValueError(
                "eval_set was given although early_stopping=False; use 'auto' or True."
            )
        if not isinstance(eval_set, tuple | list) or len(eval_set) not in (2, 3):
            raise ValueError(
                "eval_set must be a tuple (X, y, tasks), or (X, y) where a column of X "
                f"holds the tasks; got {_described(eval_set)}."
            )
        X = eval_set[0]
        if is_device_array(X) and not is_device_array(beside):
            X = to_host(X, type(self).__name__)
        given = Given(self._open(X, reset=False))
        y, weights = read(here(eval_set[1]))
        check_consistent_length(given, y)
        n_rows = len(y)
        ids = self._ids(given, eval_set[2] if len(eval_set) == 3 else None)
        if (ids is not None) != self._has_tasks:
            raise ValueError(
                "eval_set and fit must both come with tasks, or both without; "
                f"{'fit' if self._has_tasks else 'eval_set'} has them."
            )
        codes = np.zeros(n_rows, dtype=np.int64)
        if ids is not None:
            codes = code_ids(ids, self.tasks_)
            unseen = [ids[i] for i in np.flatnonzero(codes == UNSEEN)]
            if unseen:
                raise ValueError(
                    "eval_set holds rows of tasks that fit was not given: "
                    f"{name_some(unseen)}; leave them out."
                )
        order = np.argsort(codes, kind="stable")
        numbers = self._reader.numbers(given.X, self)
        store = store_of(like(beside, numbers)).take(order)
        task = Task(store, y[order], weights[order], codes[order], order)
        return self._rows(task, np.arange(n_rows))

    def _open(self, X: Any, *, reset: bool) -> Any:
        """Return a frame as it is, anything else as an array."""
        check_collected(X)
        if is_device_array(X):
            check_device_array(X, finite=False)
        elif not is_frame(X):
            X = check_array(
                X,
                dtype=None if self._may_hold_objects(X) else "numeric",
                ensure_all_finite=False,
                estimator=self,
                input_name="X",
            )
        elif not len(X):
            raise ValueError(f"X has 0 rows; {type(self).__name__} needs at least 1.")
        validate_data(self, X, skip_check_array=True, reset=reset)
        return X

    def _may_hold_objects(self, X: Any) -> bool:
        return self.task_feature is not None or not isinstance(
            self.categorical_features, str | None
        )

    def _ids(self, given: Given, tasks: Any) -> list[Any] | None:
        """Return the id of each row, from where it is; None for nowhere."""
        found = self._find_ids(given, tasks)
        return None if found is None else read_ids(here(found), len(given))

    def _find_ids(self, given: Given, tasks: Any) -> Any:
        if self._task_column is None:
            return tasks
        if tasks is not None:
            raise ValueError(
                f"Task ids were given twice: as tasks= and as the column "
                f"task_feature={self.task_feature!r}. Use one of them."
            )
        return given.column(self._task_column)

    def _rows(self, task: Task, kept: NDArray[np.intp]) -> Rows:
        """Return some rows of the fit, in their order."""
        codes, weights = task.codes[kept], task.weights[kept]
        n_tasks = len(self.tasks_)
        counts = np.bincount(codes, minlength=n_tasks)
        totals: NDArray[Any] = np.bincount(codes, weights, minlength=n_tasks)
        return Rows(
            task.X.take(kept),
            task.y[kept],
            weights * self._task_factors(totals)[codes],
            weights,
            np.concatenate([[0], np.cumsum(counts)]),
        )

    def _task_factors(self, totals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what task_weight multiplies the weights of each task by."""
        factors = np.ones(len(totals))
        if self.task_weight == "balanced":
            mean = totals.sum() / len(totals)
            return np.divide(mean, totals, out=factors, where=totals > 0.0)
        if isinstance(self.task_weight, dict):
            known = self.tasks_.tolist()
            for name, factor in self.task_weight.items():
                if name not in known:
                    raise ValueError(
                        f"task_weight names the task {name!r}, which no row has."
                    )
                if not (np.isfinite(factor) and factor > 0.0):
                    raise ValueError(
                        f"task_weight of task {name!r} must be positive and finite; "
                        f"got {factor!r}."
                    )
                factors[known.index(name)] = factor
        return factors

    def _split(self, task: Task) -> tuple[Rows, Rows | None]:
        """Return training rows, and those to stop by, if any."""
        everyone = np.arange(len(task.y))
        stops = self.early_stopping
        if stops == "auto":
            stops = len(everyone) >= MIN_ROWS_AUTO
        if not stops:
            return self._rows(task, everyone), None
        rng = check_random_state(self.random_state)
        counts = np.bincount(task.codes, minlength=len(self.tasks_))
        groups = (
            task.codes * (1 + len(np.unique(task.y))) if self._by_class else task.codes
        )
        if self._by_class:
            groups = groups + np.unique(task.y, return_inverse=True)[1]
        is_valid = np.zeros(len(everyone), dtype=bool)
        for rows in _runs(groups):
            if counts[task.codes[rows[0]]] >= MIN_ROWS_TO_STOP and len(rows) > 1:
                share = self.validation_fraction * len(rows)
                n = min(int(share + rng.random_sample()), len(rows) - 1)
                is_valid[rng.permutation(rows)[:n]] = True
        if not is_valid.any():
            if self.early_stopping is True:
                warnings.warn(
                    f"early_stopping found no rows to stop by: no task has as many as "
                    f"{MIN_ROWS_TO_STOP}, or validation_fraction is too small. All "
                    "rounds are done.",
                    UserWarning,
                    stacklevel=caller_level(),
                )
            return self._rows(task, everyone), None
        return (
            self._rows(task, everyone[~is_valid]),
            self._rows(task, everyone[is_valid]),
        )

    def _settings(self, train: Rows, loss: Loss) -> Settings:
        """Return what is learned and how."""
        d = train.X.n_features
        newton = self.leaf_update == "newton"
        n_iter_outlier = self.n_iter_outlier if self._partitions else 0
        n_iter_task = self.n_iter_task
        if not self._has_tasks:
            n_iter_outlier = n_iter_task = 0
        if not (self.n_iter_shared or n_iter_outlier or n_iter_task):
            raise ValueError(
                "Nothing to grow: n_iter_shared, n_iter_outlier and n_iter_task are 0"
                + ("." if self._has_tasks else ", and there are no tasks.")
            )
        depth = self.max_depth if self.max_depth is not None else np.iinfo(np.int32).max
        rate = self.learning_rate
        seed = draw_seed(self.random_state)
        theta = self._theta_settings(train, seed) if self._partitions else {}
        return Settings(
            loss=replace(loss, newton=newton),
            n_iter_shared=self.n_iter_shared,
            n_iter_outlier=n_iter_outlier,
            n_iter_task=np.full(train.n_tasks, n_iter_task),
            learning_rate=rate,
            limits=Limits(
                self.max_leaf_nodes,
                depth,
                self.min_samples_leaf,
                max(1, int(np.ceil(self.max_features * d))),
                float(self.min_child_weight),
                float(self.l2_regularization),
                float(self.min_split_gain),
            ),
            l2_task=float(self.l2_task_regularization) if newton else 0.0,
            task_intercept=newton and self.task_intercept and self._has_tasks,
            levels_first=None,
            newton=newton,
            theta_newton=theta.get("update", "newton") == "newton",
            theta_mean=theta.get("reduction", "mean") == "mean",
            theta_rate=theta.get("rate") or rate,
            theta_penalty=theta.get("penalty", 0.0),
            theta_start=theta.get("start"),
            one_after_the_other=theta.get("scheme") == "gauss_seidel",
            orient=theta.get("orient", True),
            start_at_zero=self.init == "zero",
            n_categories=self._reader.n_categories,
            max_bins=self.max_bins,
            directions=self._directions(d, loss),
            groups=self._groups(d),
            subsample=float(self.subsample),
            patience=self.n_iter_no_change,
            tol=self.tol,
            seed=seed,
            n_jobs=effective_n_jobs(self.n_jobs),
        )

    def _theta_settings(self, train: Rows, seed: np.uint64) -> dict[str, Any]:
        return {}

    def _report(
        self,
        rounds: Rounds | None,
        block: str,
        n: int,
        most: int,
        train: float,
        valid: float | None,
    ) -> bool:
        """Print a line, and tell callbacks; return whether they stop the block."""
        if self.verbose > 1 or (
            self.verbose and (n % 10 == 0 or n == most or block == "task")
        ):
            heard = "" if valid is None else f", of validation rows {valid:.6g}"
            print(
                f"[{type(self).__name__}] {block} block, round {n} of {most}: "
                f"loss {train:.6g}{heard}"
            )
        if rounds is None:
            return False
        losses = {"train_loss": train, "validation_loss": valid}
        return rounds.note(block, n, most, losses)

    def _directions(self, d: int, loss: Loss) -> NDArray[np.int64]:
        directions = np.zeros(d, dtype=np.int64)
        if self.monotonic_cst is None:
            return directions
        if loss.n_outputs > 1:
            raise ValueError("monotonic_cst is not defined for more than two classes.")
        whole = np.asarray(check_monotonic_cst(self, self.monotonic_cst))
        directions[:] = whole[self._reader.columns]
        if self._task_column is not None and whole[self._task_column]:
            raise ValueError("monotonic_cst is not defined for the column of the task.")
        if (directions[self._reader.is_categorical] != 0).any():
            raise ValueError("monotonic_cst is not defined for categorical columns.")
        return directions

    def _groups(self, d: int) -> NDArray[np.bool_]:
        """Return the sets of features that may meet in a branch."""
        wanted = self.interaction_cst
        if wanted is None:
            return np.zeros((0, d), dtype=bool)
        place = {column: k for k, column in enumerate(self._reader.columns)}
        if wanted == "no_interactions":
            return np.eye(d, dtype=bool)
        if wanted == "pairwise":
            pairs = [(a, b) for a in range(d) for b in range(a)] or [(0, 0)]
            return np.array([[k in pair for k in range(d)] for pair in pairs])
        groups = []
        for group in wanted:
            members = np.zeros(d, dtype=bool)
            for column in group:
                if column not in place:
                    raise ValueError(
                        f"interaction_cst names column {column!r}; columns are "
                        f"0 .. {self.n_features_in_ - 1}, without that of the tasks."
                    )
                members[place[column]] = True
            groups.append(members)
        rest = ~np.any(groups, axis=0)
        if rest.any():
            groups.append(rest)
        return np.array(groups)

    def _keep(
        self, blocks: Blocks, settings: Settings, path: NDArray[np.float64]
    ) -> None:
        """Set the fitted attributes."""
        m = settings.loss.n_outputs // settings.width
        self._blocks = blocks
        self.n_tasks_ = len(self.tasks_)
        self.n_iter_shared_ = blocks.shared.n_trees // m
        self.n_iter_task_ = blocks.n_iter_task
        self.baseline_prediction_ = blocks.baseline
        self.train_score_ = blocks.train_loss
        self.task_loss_ = blocks.task_loss
        forests = blocks.shared, blocks.common, blocks.outlier, blocks.own
        gains = sum(map(self._gains, forests), np.zeros(self.n_features_in_))
        self.feature_importances_ = gains / (gains.sum() or 1.0)
        if self._partitions:
            self.n_iter_outlier_ = blocks.outlier.n_trees // m
            self.theta_ = blocks.theta
            self.outlier_score_ = blocks.share
            self.theta_path_ = path

    def _gains(self, forest: Forest, nodes: slice = slice(None)) -> NDArray[np.float64]:
        """Return the sum of the gains of splits by each column of X."""
        inner = forest.nodes[nodes]
        inner = inner[inner["left"] >= 0]
        columns = np.asarray(self._reader.columns)[inner["feature"]]
        gains = np.bincount(columns, inner["gain"], minlength=self.n_features_in_)
        return gains.astype(np.float64)

    def _unseen_share(self, s: NDArray[np.float64]) -> float:
        """Return the s of a task that fit has not seen: the mean of ordinary ones."""
        ordinary = s < 0.5
        if not ordinary.any():
            return 0.0
        return float(np.average(s[ordinary], weights=self._task_totals[ordinary]))

    def _query(self, X: Any, tasks: Any) -> tuple[Any, Any]:
        """Return rows as numbers, and the task of each, where X lives."""
        check_is_fitted(self)
        X = self._open(X, reset=False)
        given = Given(X)
        found: Any = self._find_ids(given, tasks)
        if is_device_array(X) and is_device_array(found):
            found = DeviceIds.read(found, len(given))
        elif found is not None:
            found = read_ids(here(found), len(given))
        return self._reader.numbers(X, self), like(X, self._code(found, len(given)))

    def _terms(self, X: Any, codes: Any) -> dict[str, Any]:
        return self._blocks.parts(
            X,
            codes,
            unseen_share=self._unseen_share(self._blocks.share),
            unseen_mean=self.unseen_task == "mean",
        )

    def _parts(self, X: Any, tasks: Any) -> dict[str, Any]:
        """Return the terms of the scores of rows."""
        return self._terms(*self._query(X, tasks))

    def _code(self, ids: list[Any] | DeviceIds | None, n_rows: int) -> Any:
        """Return the task of each row, UNSEEN where the fit has not seen it."""
        if ids is None:
            if self._has_tasks:
                raise without_tasks(type(self).__name__)
            return np.zeros(n_rows, dtype=np.int64)
        if not self._has_tasks:
            raise ValueError(
                f"{type(self).__name__} was fitted without tasks, so it cannot tell "
                "them apart; fit with tasks=, too, or leave them out here."
            )
        if isinstance(ids, DeviceIds):
            codes, unseen = ids.code(self.tasks_)
        else:
            codes = code_ids(ids, self.tasks_)
            unseen = [ids[i] for i in np.flatnonzero(codes == UNSEEN)]
        if unseen:
            names = name_some(unseen)
            message = (
                f"{len(unseen)} rows belong to tasks that fit has not seen: {names}"
            )
            if self.unseen_task == "error":
                raise ValueError(
                    f"{message}. Use unseen_task='shared' or 'mean' for them."
                    f"{name_other_type(unseen, self.tasks_)}"
                )
            warnings.warn(
                f"{message}; they are predicted by unseen_task={self.unseen_task!r}."
                f"{name_other_type(unseen, self.tasks_)}",
                UserWarning,
                stacklevel=caller_level(),
            )
        return codes

    def _raw(self, X: Any, tasks: Any) -> Any:
        """Return the scores (n_rows, n_outputs) of rows."""
        return self._sum(*self._query(X, tasks))

    def _sum(self, X: Any, codes: Any) -> Any:
        parts = self._terms(X, codes)
        out = parts["baseline"] + parts["shared"]
        return out + parts["non_outlier"] + parts["outlier"] + parts["task"]

    def predict_blocks(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> dict[str, NDArray[np.float64]]:
        """Return the terms that the score of each row is the sum of.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Returns
        -------
        blocks : dict of ndarray of shape (n_samples,) or (n_samples, n_classes)
            "baseline", "shared", "non_outlier" and "outlier", which are multiplied by
            1 - s and s of the task already, and "task".
        """
        parts = self._parts(X, tasks)
        return {
            name: part[:, 0] if part.shape[1] == 1 else part
            for name, part in parts.items()
        }

    @classmethod
    def paper_params(cls) -> dict[str, Any]:
        """Return the parameters of the published algorithm and code.

        Returns
        -------
        params : dict
            For ``set_params``; numbers of rounds and the learning rate are left.
        """
        return dict(cls._paper)

    def _runs_on_device(self, method: str) -> bool:
        if method == "fit":
            return isinstance(self.categorical_features, str | None)
        reader = getattr(self, "_reader", None)
        return method in PREDICTIONS and (reader is None or reader.encoder is None)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = False
        return tags


def _described(value: Any) -> str:
    """Return the type of a value, and how many it holds."""
    size = f" of length {len(value)}" if hasattr(value, "__len__") else ""
    return f"{type(value).__name__}{size}"


def _runs(codes: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    """Return the rows of each code."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
