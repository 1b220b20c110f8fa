# SPDX-License-Identifier: BSD-3-Clause
"""How alike tasks are, by what models say of them."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone, is_classifier
from sklearn.utils import check_random_state

from skx._backend import on_host
from skx._base.sklearn import HasMethods, Interval, StrOptions, validate_params
from skx.multitask._models import Cost, TaskRows, check_knows_tasks, rows_of
from skx.multitask._split import TaskStratifiedKFold

# Rows of the median task that are added to a task when its spread is measured.
PRIOR_ROWS = 10.0


@on_host
@validate_params(
    {
        "estimator": [HasMethods(["fit", "predict"])],
        "X": ["array-like"],
        "y": ["array-like", None],
        "tasks": ["array-like", None],
        "method": [StrOptions({"functions", "cross_error"})],
        "max_samples": [Interval(Integral, 2, None, closed="left")],
        "n_splits": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def task_similarity(
    estimator: Any,
    X: ArrayLike,
    y: ArrayLike | None = None,
    *,
    tasks: ArrayLike | None = None,
    method: str = "functions",
    max_samples: int = 2000,
    n_splits: int = 3,
    random_state: Any = None,
) -> NDArray[np.float64]:
    """Compare tasks by what a model predicts for the same rows as each of them.

    To see which tasks go together, before or after modelling; `TaskSimilarityDisplay`
    draws the result. It is the model's view: tasks that a model cannot tell apart are
    alike.

    Parameters
    ----------
    estimator : estimator
        Takes ``tasks`` in ``fit`` and ``predict``, or has a ``task_feature``. Fitted
        already for "functions"; cloned and fitted for "cross_error".
    X : array-like or dataframe of shape (n_samples, n_features)
        Rows to compare at, of all tasks.
    y : array-like of shape (n_samples,) or None, default=None
        Targets, for "cross_error".
    tasks : array-like of shape (n_samples,) or None, default=None
        Task of each row, unless a column of X holds it. For "functions" not needed.
    method : {"functions", "cross_error"}, default="functions"
        "functions": the correlation, over rows, of the scores that rows get as members
        of one task and of another; of boosters that add blocks, of what they add to
        the shared one. "cross_error": ``exp(-d)``, where d tells by how much one task's
        predictions are worse at held-out rows of the other task than that task's own,
        as a share of the loss of the best constant.
    max_samples : int >= 2, default=2000
        Rows drawn for "functions", if X has more.
    n_splits : int >= 2, default=3
        Folds of "cross_error".
    random_state : int, RandomState instance or None, default=None
        Seed of the rows or the folds that are drawn.

    Returns
    -------
    similarity : ndarray of shape (n_tasks, n_tasks)
        Symmetric, 1 on the diagonal, in the order of the sorted ids. Correlations are
        between -1 and 1, the other kind is between 0 and 1.

    See Also
    --------
    TaskSimilarityDisplay : Draws it.
    TaskClusterBooster : Clusters tasks by "cross_error".

    Notes
    -----
    Functions that are constant are alike among themselves (1) and unlike others (0).
    "functions" predicts max_samples rows for each task; "cross_error" fits ``n_splits``
    models and predicts every row for each task.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from skx.multitask import PerTask, task_similarity
    >>> X, y = [[0.0], [1.0]] * 3, [0.0, 1.0, 2.0, 4.0, 1.0, 0.0]
    >>> tasks = ["a", "a", "b", "b", "c", "c"]
    >>> model = PerTask(LinearRegression()).fit(X, y, tasks=tasks)
    >>> task_similarity(model, X).round(6)
    array([[ 1.,  1., -1.],
           [ 1.,  1., -1.],
           [-1., -1.,  1.]])
    """
    if method == "functions":
        return _compare_functions(estimator, X, max_samples, random_state)
    if y is None:
        raise ValueError("method='cross_error' needs y, the targets of the rows.")
    rows = TaskRows.of(X, tasks, estimator, "task_similarity")
    values = np.asarray(y)
    cost = Cost.of("auto", estimator)
    error = _cross_errors(estimator, rows, values, cost, n_splits, random_state)
    constant = constant_losses(cost, values, rows.codes, np.ones(len(values)))
    return np.exp(-task_distance(error, constant, np.bincount(rows.codes)))


def _compare_functions(
    estimator: Any, X: Any, max_samples: int, random_state: Any
) -> NDArray[np.float64]:
    check_knows_tasks(estimator, "task_similarity")
    distinct = estimator.tasks_
    # Which tasks the rows are of does not matter.
    rows = TaskRows.anyone(X, distinct, estimator)
    n_rows = len(rows.codes)
    if n_rows > max_samples:
        rng = check_random_state(random_state)
        rows = rows.take(np.sort(rng.choice(n_rows, max_samples, replace=False)))
    scores = np.stack(
        [task_scores(estimator, rows.as_task(t)) for t in range(len(distinct))]
    )
    scale = np.abs(scores).max()
    scores = scores - scores.mean(axis=1, keepdims=True)
    scores = scores.reshape(len(distinct), -1)
    norms = np.sqrt((scores**2).sum(axis=1))
    # Rounding is no variation.
    flat = norms <= 1e-10 * scale * np.sqrt(scores.shape[1])
    unit = np.where(flat[:, None], 0.0, scores) / np.where(flat, 1.0, norms)[:, None]
    similarity = np.clip(unit @ unit.T, -1.0, 1.0)
    similarity[np.ix_(flat, flat)] = 1.0
    np.fill_diagonal(similarity, 1.0)
    return similarity


def task_scores(estimator: Any, rows: TaskRows) -> NDArray[np.float64]:
    """Return the scores of rows (n_rows, n_scores), without what all tasks share."""
    if hasattr(estimator, "predict_blocks"):
        blocks = rows.ask(estimator, "predict_blocks")
        scores = blocks["non_outlier"] + blocks["outlier"] + blocks["task"]
    elif not is_classifier(estimator):
        scores = rows.ask(estimator, "predict")
    elif hasattr(estimator, "predict_proba"):
        scores = rows.ask(estimator, "predict_proba")
    else:
        scores = rows.ask(estimator, "predict")[:, None] == estimator.classes_
    return np.asarray(scores, dtype=np.float64).reshape(len(rows.codes), -1)


def _cross_errors(
    estimator: Any,
    rows: TaskRows,
    y: NDArray[Any],
    cost: Cost,
    n_splits: int,
    random_state: Any,
) -> NDArray[np.float64]:
    """Return the mean loss of held-out rows of a task as members of another one."""
    n_tasks = len(rows.tasks)
    sums, totals = np.zeros((2, n_tasks, n_tasks))
    splitter = TaskStratifiedKFold(n_splits, shuffle=True, random_state=random_state)
    labels = y if is_classifier(estimator) else None
    for train, test in splitter.split(y, labels, groups=rows.codes):
        model = rows.take(train).fit(clone(estimator), y[train])
        held_out = rows.take(test)
        for u in np.unique(rows.codes[train]):
            losses = cost.of_rows(model, held_out.as_task(int(u)), y[test])
            sums[:, u] += np.bincount(held_out.codes, losses, minlength=n_tasks)
            totals[:, u] += np.bincount(held_out.codes, minlength=n_tasks)
    return np.divide(sums, totals, out=np.full_like(sums, np.nan), where=totals > 0)


def constant_losses(
    cost: Cost, y: NDArray[Any], codes: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean loss of the best constant for each task."""
    out = np.empty(codes.max() + 1)
    for t, here in enumerate(rows_of(codes, len(out))):
        if cost.loss == "squared_error":
            mean = np.average(y[here], weights=weights[here])
            out[t] = np.average((y[here] - mean) ** 2, weights=weights[here])
            continue
        _, places = np.unique(y[here], return_inverse=True)
        share = np.bincount(places, weights[here]) / weights[here].sum()
        out[t] = 1.0 - ((share**2).sum() if cost.loss == "brier" else share.max())
    return out


def task_distance(
    error: NDArray[np.float64],
    constant: NDArray[np.float64],
    counts: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the mean of two tasks' loss by the other's model, in excess of the own.

    error (n_tasks, n_tasks) holds losses of the rows of tasks by models of tasks, NaN
    where unknown; constant (n_tasks,) what they are a share of. A model counts as much
    as it has rows.
    """
    known = np.where(np.isnan(error), np.inf, error)
    own = np.diagonal(error)
    own = np.where(np.isnan(own), known.min(axis=1), own)
    typical = np.median(constant) or 1.0
    scale = (counts * constant + PRIOR_ROWS * typical) / (counts + PRIOR_ROWS)
    excess = np.maximum(error - own[:, None], 0.0) / scale[:, None]
    weights = np.where(np.isnan(excess), 0.0, counts)
    sums = weights * np.nan_to_num(excess)
    both = weights + weights.T
    distance = np.divide(sums + sums.T, both, out=np.zeros_like(sums), where=both > 0.0)
    # Tasks that no fold compares are as far apart as any.
    distance[both == 0.0] = distance.max(initial=0.0)
    np.fill_diagonal(distance, 0.0)
    return distance
