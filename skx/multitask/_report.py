# SPDX-License-Identifier: BSD-3-Clause
"""What a fitted model makes of each task."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from sklearn.base import is_classifier
from sklearn.utils.validation import check_consistent_length

from skx._backend import on_host
from skx._base.sklearn import HasMethods, StrOptions, validate_params
from skx._optional import require
from skx.multitask._models import LOSSES, Cost, TaskRows, check_knows_tasks
from skx.multitask._similarity import task_similarity

# A loss is high that exceeds the median by more than so many robust deviations.
HIGH = 2.0


@on_host
@validate_params(
    {
        "estimator": [HasMethods(["fit", "predict"])],
        "X": ["array-like", None],
        "y": ["array-like", None],
        "tasks": ["array-like", None],
        "loss": [StrOptions({"auto", *LOSSES}), callable],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def task_report(
    estimator: Any,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    tasks: ArrayLike | None = None,
    loss: str | Callable[..., ArrayLike] = "auto",
    random_state: Any = None,
) -> Any:
    """Tell what a fitted model makes of each task.

    To see which tasks it sets apart, what each block does for them and which tasks are
    hard. Give rows that the model has not seen: losses at rows of the fit say little.

    Parameters
    ----------
    estimator : estimator
        A fitted estimator of this package, with ``tasks_``.
    X : array-like or dataframe of shape (n_samples, n_features) or None, default=None
        Rows; None leaves out what needs them.
    y : array-like of shape (n_samples,) or None, default=None
        Their targets; None leaves out losses.
    tasks : array-like of shape (n_samples,) or None, default=None
        Task of each row, unless a column of X holds it. Rows of tasks that the
        estimator does not know are left out.
    loss : str or callable, default="auto"
        "squared_error" or "absolute_error" for numbers; "brier", "log_loss" or
        "zero_one" for classes; or a function of y and predictions that returns a loss
        for each row. "auto": "squared_error", or "brier", or "zero_one" without
        ``predict_proba``.
    random_state : int, RandomState instance or None, default=None
        Seed of the rows that tasks are compared at, if there are more than 2000.

    Returns
    -------
    report : DataFrame
        A row for each task, in the order of ``tasks_``, with the columns that apply:

        n
            Rows in the fit.
        outlier_score
            Share of the outlier block in the task's scores.
        n_iter_task
            Rounds of the task's own block.
        cluster
            Cluster of the task.
        loss_shared, loss_outlier, loss
            Mean loss of the shared block alone, with the outlier block, and of the
            whole model.
        nearest, similarity
            The task whose function is most alike, and the correlation.
        remark
            "outlier" for an outlier_score of at least 0.5, "noisy" for a loss of the
            whole model that is far above those of other tasks (by two robust standard
            deviations of its logarithm). A noisy task can look like an outlier: look
            at what its outlier block gains.

    Raises
    ------
    ImportError
        If pandas is not installed.

    See Also
    --------
    transfer_report : Tests whether tasks gain by sharing.
    OutlierTaskDisplay : Draws the outlier scores.

    Examples
    --------
    >>> from skx.datasets import make_multitask
    >>> from skx.multitask import RMTGBRegressor, task_report
    >>> X, y, tasks = make_multitask(n_tasks=4, n_outlier_tasks=1, random_state=0)
    >>> model = RMTGBRegressor(random_state=0).fit(X, y, tasks=tasks)
    >>> task_report(model)["remark"].tolist()
    ['', '', '', 'outlier']
    """
    pandas = require("pandas", "task_report")
    check_knows_tasks(estimator, "task_report")
    columns: dict[str, Any] = {"n": estimator.task_counts_}
    for name, attribute in (
        ("outlier_score", "outlier_score_"),
        ("n_iter_task", "n_iter_task_"),
        ("cluster", "cluster_labels_"),
    ):
        if hasattr(estimator, attribute):
            columns[name] = getattr(estimator, attribute)
    if y is not None and X is None:
        raise ValueError("y was given without X; give both, or none.")
    if y is not None:
        columns |= _losses(estimator, X, y, tasks, loss)
    if X is not None and len(estimator.tasks_) > 1:
        alike = task_similarity(estimator, X, random_state=random_state)
        np.fill_diagonal(alike, -np.inf)
        columns["nearest"] = estimator.tasks_[alike.argmax(axis=1)]
        columns["similarity"] = alike.max(axis=1)
    remarks: list[list[str]] = [[] for _ in estimator.tasks_]
    for name, marked in (
        ("outlier", columns.get("outlier_score", np.zeros(len(remarks))) >= 0.5),
        ("noisy", _is_high(columns.get("loss"), len(remarks))),
    ):
        for t in np.flatnonzero(marked):
            remarks[t].append(name)
    columns["remark"] = [", ".join(words) for words in remarks]
    return pandas.DataFrame(columns, index=pandas.Index(estimator.tasks_, name="task"))


def _losses(
    estimator: Any, X: Any, y: Any, tasks: Any, loss: Any
) -> dict[str, NDArray[np.float64]]:
    """Return the mean losses of the rows of each task."""
    rows = TaskRows.of(X, tasks, estimator, "task_report")
    y = np.asarray(y)
    check_consistent_length(rows.codes, y)
    known = np.flatnonzero(np.isin(rows.tasks[rows.codes], estimator.tasks_))
    if not len(known):
        raise ValueError("No row belongs to a task that the estimator knows.")
    rows, y = rows.take(known), y[known]
    codes = np.searchsorted(estimator.tasks_, rows.tasks[rows.codes])
    cost = Cost.of(loss, estimator)

    def mean(losses: NDArray[np.float64]) -> NDArray[np.float64]:
        n_tasks = len(estimator.tasks_)
        counts = np.bincount(codes, minlength=n_tasks)
        sums = np.bincount(codes, losses, minlength=n_tasks)
        return np.divide(sums, counts, out=np.full(n_tasks, np.nan), where=counts > 0)

    out = {}
    if hasattr(estimator, "predict_blocks"):
        blocks = rows.ask(estimator, "predict_blocks")
        raw = blocks["baseline"] + blocks["shared"]
        classes = getattr(estimator, "classes_", None)
        out["loss_shared"] = mean(cost(y, _said(estimator, raw, cost), classes))
        if hasattr(estimator, "outlier_score_"):
            raw = raw + blocks["non_outlier"] + blocks["outlier"]
            out["loss_outlier"] = mean(cost(y, _said(estimator, raw, cost), classes))
    out["loss"] = mean(cost.of_rows(estimator, rows, y))
    return out


def _said(estimator: Any, raw: NDArray[np.float64], cost: Cost) -> NDArray[Any]:
    """Return the predictions that follow from scores."""
    if not is_classifier(estimator):
        return np.exp(raw) if getattr(estimator, "loss", None) == "poisson" else raw
    if raw.ndim == 1:
        probabilities = np.column_stack([special.expit(-raw), special.expit(raw)])
    else:
        probabilities = special.softmax(raw, axis=1)
    if cost.method == "predict_proba":
        return probabilities
    return estimator.classes_[probabilities.argmax(axis=1)]


def _is_high(losses: NDArray[np.float64] | None, n_tasks: int) -> NDArray[np.bool_]:
    """Tell which losses stick out from those of the other tasks."""
    high = np.zeros(n_tasks, dtype=bool)
    if losses is None:
        return high
    there = np.isfinite(losses) & (losses > 0.0)
    if there.sum() < 3:
        return high
    logs = np.log(losses[there])
    centre = np.median(logs)
    spread = 1.4826 * np.median(np.abs(logs - centre))
    high[there] = (spread > 0.0) & (logs - centre > HIGH * spread)
    return high
