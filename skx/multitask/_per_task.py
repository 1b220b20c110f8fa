# SPDX-License-Identifier: BSD-3-Clause
"""A model for each task, and one for tasks that were not there."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from skx._base.sklearn import Interval
from skx.multitask._meta import TaskModels, Training
from skx.multitask._tasks import UNSEEN, name_some


class PerTask(TaskModels):
    """One clone of an estimator for each task, and a fallback for other tasks.

    The baseline that a model which shares between tasks has to beat, and the model of
    choice where every task has plenty of rows or tasks have nothing in common. Not for
    many small tasks: each clone learns from the rows of its task alone.

    Parameters
    ----------
    estimator : classifier or regressor
        Cloned and fitted for each task; makes this a classifier or a regressor.
    fallback : {"pooled", "error"} or estimator, default="pooled"
        What predicts rows of tasks that ``fit`` has not seen, or whose id is missing.
        "pooled": another clone of ``estimator``, fitted on the rows of all tasks. An
        estimator: a clone of that one. "error": nothing, such rows are an error.
    min_samples : int >= 1, default=1
        Tasks with fewer rows get no model of their own and use the fallback.
    task_feature : int, str or None, default=None
        Column of X that holds the task of each row; estimators do not see it. None:
        ids are passed as ``tasks``.
    n_jobs : int or None, default=None
        Tasks fitted at the same time; None means 1, -1 all processors.

    Attributes
    ----------
    tasks_ : ndarray of shape (n_tasks,)
        Ids of the tasks, sorted.
    n_tasks_ : int
        Number of tasks.
    task_counts_ : ndarray of shape (n_tasks,), int64
        Rows of each task that have weight.
    estimators_ : dict
        The fitted estimator of each task id; without tasks that use the fallback. For
        a task with one class only, a :class:`sklearn.dummy.DummyClassifier`.
    fallback_ : estimator or None
        The fitted fallback; None with "error", and where all rows were one task.
    classes_ : ndarray of shape (n_classes,)
        Classes of all tasks, sorted; of classifiers only.
    n_features_in_ : int
        Number of columns of X, that of the tasks included.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    TaskClusterBooster : One model for each group of tasks that resemble each other.
    RMTGBRegressor : Shares what tasks have in common.
    transfer_report : Which tasks gain and which lose by sharing.

    Notes
    -----
    X is handed to the estimator as it is, but for the column of tasks: frames, sparse
    matrices, categories and missing values are what the estimator makes of them. So
    are ``sample_weight`` and further arguments of ``fit``. With metadata routing,
    requests are set on the estimator; ``tasks`` is requested here, for example by
    ``set_fit_request(tasks=True)`` and ``set_predict_request(tasks=True)``.

    A class that a task lacks has probability 0 in it. There is no
    ``decision_function``: scores of separately fitted models have no common scale.

    Cost: one fit on the rows of each task, and one on all for the fallback. With an
    integer ``random_state`` of the estimator, results do not depend on ``n_jobs``.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from skx.multitask import PerTask
    >>> X, y = [[1.0], [2.0], [1.0], [2.0]], [1.0, 2.0, 5.0, 3.0]
    >>> model = PerTask(LinearRegression(), fallback="error")
    >>> model.fit(X, y, tasks=["north", "north", "south", "south"])
    PerTask(...)
    >>> model.predict([[3.0], [3.0]], tasks=["south", "north"]).round(6)
    array([1., 3.])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **TaskModels._parameter_constraints,
        "min_samples": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        fallback: Any = "pooled",
        min_samples: int = 1,
        task_feature: int | str | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.fallback = fallback
        self.min_samples = min_samples
        self.task_feature = task_feature
        self.n_jobs = n_jobs

    def _fit_groups(self, training: Training) -> None:
        own = np.ones(self.n_tasks_, dtype=bool)
        if self._has_tasks:
            own = self.task_counts_ >= self.min_samples
        if not own.all() and self.fallback_ is None:
            small = name_some(self.tasks_[~own].tolist())
            raise ValueError(
                f"Tasks with fewer than min_samples={self.min_samples} rows need a "
                f"fallback, but fallback='error': {small}."
            )
        groups = np.where(own, np.cumsum(own) - 1, UNSEEN)
        self._models = self._fit_models(training, groups, own.sum())
        self._model_of_task = groups
        names = self.tasks_[own].tolist()
        self.estimators_ = dict(zip(names, self._models, strict=True))
