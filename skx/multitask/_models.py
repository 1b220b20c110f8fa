# SPDX-License-Identifier: BSD-3-Clause
"""Any model of tasks: how it is told of them, and what its predictions cost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    has_fit_parameter,
)

from skx._base.sklearn import count_rows, take_rows
from skx.multitask._table import (
    check_collected,
    find_column,
    is_frame,
    take_column,
)
from skx.multitask._tasks import is_missing, learn_ids, read_ids

LOSSES = {"squared_error", "absolute_error", "brier", "log_loss", "zero_one"}
# Probabilities below it are taken for it.
LEAST = np.finfo(np.float64).eps


def as_table(X: Any) -> Any:
    """Return what has rows and columns as it is, and lists as an array."""
    check_collected(X)
    if hasattr(X, "shape"):
        return X
    array = np.asarray(X)
    # Numbers beside strings stay numbers.
    return np.asarray(X, dtype=object) if array.dtype.kind in "US" else array


def read_labels(y: Any) -> NDArray[Any]:
    """Return the class of each row."""
    labels = column_or_1d(y, warn=True)
    if labels.dtype.kind == "O" and any(map(is_missing, labels)):
        raise ValueError(
            "y holds missing values; leave those rows out, or give them a class of "
            "their own."
        )
    check_classification_targets(labels)
    return labels


def check_knows_tasks(estimator: Any, owner: str) -> None:
    """Refuse what is not fitted, and what is fitted and no model of tasks."""
    check_is_fitted(estimator)
    if not hasattr(estimator, "tasks_"):
        raise TypeError(
            f"{owner} reads fitted models of tasks, such as RMTGBRegressor, and "
            f"{type(estimator).__name__} is none. Of a search pass best_estimator_; of "
            "a pipeline its last step, model[-1], with the X that comes there, "
            "model[:-1].transform(X)."
        )


def drop_column(X: Any, position: int) -> Any:
    """Return a frame or an array without one of its columns."""
    if hasattr(X, "iloc"):
        return X.iloc[:, [j for j in range(X.shape[1]) if j != position]]
    if is_frame(X):
        return X.drop(X.columns[position])
    return np.delete(np.asarray(X), position, axis=1)


def fill_column(X: Any, position: int, value: Any) -> Any:
    """Return a copy of a frame or an array with one value all down a column."""
    if hasattr(X, "iloc"):
        X = X.copy()
        X.isetitem(position, [value] * len(X))
        return X
    if is_frame(X):
        column = X[X.columns[position]]
        return X.with_columns(type(column)(column.name, [value] * len(X)))
    X = np.array(X)
    X[:, position] = value
    return X


def rows_of(codes: NDArray[np.int64], n_groups: int) -> list[NDArray[np.intp]]:
    """Return the rows of each of the groups 0 .. n_groups - 1, in their order."""
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(n_groups + 1))
    return [order[a:b] for a, b in pairwise(ends)]


def task_column(X: Any, model: Any) -> int | None:
    """Return the position of the column that a model takes ids from, if any."""
    feature = getattr(model, "task_feature", None)
    if feature is None:
        return None
    if issparse(X):
        raise ValueError(
            f"task_feature={feature!r} is looked up in arrays and frames, but X is "
            "sparse; pass the ids as tasks= instead."
        )
    return find_column(X, feature, "task_feature")


@dataclass(frozen=True)
class TaskRows:
    """Rows and their tasks, for models that take the ids in different ways."""

    X: Any
    tasks: NDArray[Any]  # sorted distinct ids
    codes: NDArray[np.int64]  # position of each row's task among them
    column: int | None  # of X, where it holds the ids

    @classmethod
    def of(cls, X: Any, tasks: ArrayLike | None, model: Any, owner: str) -> "TaskRows":
        """Read the tasks from where ``model`` has them, or from an array."""
        X = as_table(X)
        column = task_column(X, model)
        if column is None and tasks is None:
            raise ValueError(
                f"{owner} needs the task of each row: pass tasks=, or a model that "
                "finds them in a column of X, task_feature."
            )
        if column is not None and tasks is not None:
            raise ValueError(
                f"Task ids were given twice: as tasks= and as the column "
                f"task_feature={model.task_feature!r}. Use one of them."
            )
        ids = read_ids(
            tasks if column is None else take_column(X, column), count_rows(X)
        )
        return cls(X, *learn_ids(ids), column)

    @classmethod
    def anyone(cls, X: Any, tasks: NDArray[Any], model: Any) -> "TaskRows":
        """Read rows whose own tasks do not matter."""
        X = as_table(X)
        codes = np.zeros(count_rows(X), dtype=np.int64)
        return cls(X, tasks, codes, task_column(X, model))

    def take(self, rows: NDArray[np.intp]) -> "TaskRows":
        """Return some of the rows."""
        return replace(self, X=take_rows(self.X, rows), codes=self.codes[rows])

    def as_task(self, code: int) -> "TaskRows":
        """Return the same rows as if all were of one task."""
        X = self.X
        if self.column is not None:
            X = fill_column(X, self.column, self.tasks[code].item())
        return replace(self, X=X, codes=np.full_like(self.codes, code))

    def given_to(self, model: Any) -> tuple[Any, dict[str, Any]]:
        """Return X as a model takes it, and its argument ``tasks`` if it has one."""
        if getattr(model, "task_feature", None) is not None:
            return self.X, {}
        X = self.X if self.column is None else drop_column(self.X, self.column)
        if has_fit_parameter(model, "tasks"):
            return X, {"tasks": self.tasks[self.codes]}
        return X, {}

    def fit(self, model: Any, y: NDArray[Any]) -> Any:
        """Fit a model on the rows."""
        X, tasks = self.given_to(model)
        return model.fit(X, y, **tasks)

    def ask(self, model: Any, method: str) -> Any:
        """Return what a method of a fitted model says of the rows."""
        X, tasks = self.given_to(model)
        return getattr(model, method)(X, **tasks)


Loss = Callable[[NDArray[Any], NDArray[Any]], ArrayLike]


@dataclass(frozen=True)
class Cost:
    """What predictions cost, row by row."""

    loss: str | Loss

    @classmethod
    def of(cls, wanted: str | Loss, *models: Any) -> "Cost":
        """Return the loss that is named, or one that all models allow for."""
        if wanted != "auto":
            return cls(wanted)
        if not is_classifier(models[0]):
            return cls("squared_error")
        sure = all(hasattr(model, "predict_proba") for model in models)
        return cls("brier" if sure else "zero_one")

    @property
    def method(self) -> str:
        """Which method of a model it judges."""
        return "predict_proba" if self.loss in ("brier", "log_loss") else "predict"

    def of_rows(self, model: Any, rows: TaskRows, y: NDArray[Any]) -> NDArray:
        """Return the loss of each row, float64."""
        said = np.asarray(rows.ask(model, self.method))
        return self(y, said, getattr(model, "classes_", None))

    def __call__(
        self, y: NDArray[Any], said: NDArray[Any], classes: NDArray[Any] | None = None
    ) -> NDArray[np.float64]:
        """Return the loss of each row; classes are those of columns of ``said``."""
        if callable(self.loss):
            losses = np.asarray(self.loss(y, said), dtype=np.float64)
            check_consistent_length(losses, y)
            return losses
        if self.loss == "zero_one":
            return (said != y).astype(np.float64)
        if self.method == "predict":
            error = np.asarray(said, dtype=np.float64) - y
            return np.abs(error) if self.loss == "absolute_error" else error**2
        assert classes is not None
        # A class that the model has not seen has probability 0.
        truth = y[:, None] == classes
        right = np.where(truth, said, 0.0).sum(axis=1)
        if self.loss == "log_loss":
            return -np.log(np.clip(right, LEAST, 1.0))
        return ((said - truth) ** 2).sum(axis=1) + ~truth.any(axis=1)
