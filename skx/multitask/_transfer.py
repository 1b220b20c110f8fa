# SPDX-License-Identifier: BSD-3-Clause
"""Whether tasks gain or lose by a model that knows of them."""

import warnings
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from sklearn.base import clone, is_classifier
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_consistent_length

from skx._backend import on_host
from skx._base.sklearn import HasMethods, Interval, StrOptions, validate_params
from skx._holm import adjust_by_holm
from skx._optional import require
from skx.multitask._meta import TaskModels
from skx.multitask._models import LOSSES, Cost, TaskRows, rows_of
from skx.multitask._split import TaskStratifiedKFold


class Contender(NamedTuple):
    """A model, and whether it is told that all rows are of one task."""

    model: Any
    one_task: bool = False


@on_host
@validate_params(
    {
        "estimator": [HasMethods(["fit", "predict"])],
        "X": ["array-like"],
        "y": ["array-like"],
        "tasks": ["array-like", None],
        "generic": [HasMethods(["fit", "predict"]), None],
        "personal": [HasMethods(["fit", "predict"]), None],
        "cv": [
            Interval(Integral, 2, None, closed="left"),
            HasMethods(["split"]),
            StrOptions({"prefit"}),
        ],
        "loss": [StrOptions({"auto", *LOSSES}), callable],
        "alpha": [Interval(Real, 0, 1, closed="neither")],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def transfer_report(
    estimator: Any,
    X: ArrayLike,
    y: ArrayLike,
    *,
    tasks: ArrayLike | None = None,
    generic: Any = None,
    personal: Any = None,
    cv: Any = 5,
    loss: str | Callable[..., ArrayLike] = "auto",
    alpha: float = 0.05,
    n_jobs: int | None = None,
    random_state: Any = None,
) -> Any:
    """Test for each task whether it gains or loses by a model that knows of tasks.

    A model that is better on average can be worse for some tasks. For each task, this
    compares the losses of two models at the same held-out rows: of one that knows the
    tasks, and of a generic one that does not. Use it before a task-aware model goes
    into service, and, with ``personal``, to see who would rather be left alone.

    Parameters
    ----------
    estimator : estimator
        The model that knows tasks: its ``fit`` takes ``tasks``, or it has a
        ``task_feature``, or ids are in X in a way that it makes use of.
    X : array-like or dataframe of shape (n_samples, n_features)
        Rows.
    y : array-like of shape (n_samples,)
        Targets.
    tasks : array-like of shape (n_samples,) or None, default=None
        Task of each row, unless ``estimator`` has a ``task_feature``.
    generic : estimator or None, default=None
        The model to compare with. None: ``estimator`` told that all rows are of one
        task, or, of `PerTask` and `TaskClusterBooster`, the estimator in it.
    personal : estimator or None, default=None
        Another model to compare with, such as `PerTask`.
    cv : int, splitter or "prefit", default=5
        Number of folds of a shuffled `TaskStratifiedKFold`; or a splitter, which is
        given the tasks as ``groups``; or "prefit": models are fitted, and X and y are
        rows that they have not seen.
    loss : str or callable, default="auto"
        "squared_error" or "absolute_error" for numbers; "brier", "log_loss" or
        "zero_one" for classes; or a function of y and predictions that returns a loss
        for each row. "auto": "squared_error", or "brier", or "zero_one" if a model has
        no ``predict_proba``.
    alpha : float in (0, 1), default=0.05
        Probability of at least one wrong verdict among all tasks, where the models
        are equally good.
    n_jobs : int or None, default=None
        Models fitted at the same time; None means 1, -1 all processors.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds.

    Returns
    -------
    report : DataFrame
        A row for each task, those that lose most (in standard errors) first:

        n
            Rows compared.
        loss, loss_generic
            Mean losses of the two models.
        gain, std_error
            ``loss_generic - loss``, and its standard error.
        p_value
            Of no difference, corrected for the number of tasks by Holm's method.
        verdict
            "helped" or "harmed" where the p-value is at most ``alpha``, otherwise
            "undecided".

        With ``personal``, the columns loss_personal, gain_personal, std_error_personal,
        p_value_personal and verdict_personal compare ``estimator`` with that model.

    Raises
    ------
    ImportError
        If pandas is not installed.

    See Also
    --------
    task_report : What a model makes of each task.
    PerTask : The personal model.

    Notes
    -----
    The test is the paired t-test of the rows' losses, two-sided, exact sign test where
    all differences are equal. It compares means, as the loss itself does, and is
    approximate for few rows or heavy-tailed losses. At given rows it tells of the two
    models as they are fitted; from cross-validation, of models fitted to as many rows
    as a training part has, where the central limit holds if models depend little on
    single rows [2]_. A task with one row has no p-value.

    "undecided" does not mean unharmed: look at the standard error.

    Where ids are a column of X, models without ``task_feature`` do not see it.

    References
    ----------
    .. [1] S. Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure,
       Scandinavian Journal of Statistics 6, 65-70.
    .. [2] P. Bayle, A. Bayle, L. Janson, L. Mackey (2020), Cross-validation Confidence
       Intervals for Test Error, Advances in Neural Information Processing Systems 33.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from skx.datasets import make_multitask
    >>> from skx.multitask import PerTask, transfer_report
    >>> X, y, tasks = make_multitask(n_tasks=3, n_outlier_tasks=1, random_state=0)
    >>> report = transfer_report(PerTask(Ridge()), X, y, tasks=tasks, random_state=0)
    >>> report["verdict"].to_dict()
    {0: 'helped', 1: 'helped', 2: 'helped'}
    """
    pandas = require("pandas", "transfer_report")
    rows = TaskRows.of(X, tasks, estimator, "transfer_report")
    values = np.asarray(y)
    check_consistent_length(rows.codes, values)
    contenders = [Contender(estimator), _generic(estimator, generic, cv)]
    if personal is not None:
        contenders.append(Contender(personal))
    models = [contender.model for contender in contenders]
    cost = Cost.of(loss, *models)
    if cv == "prefit":
        losses = np.stack([_try(c, rows, values, cost) for c in contenders])
    else:
        folds = _folds(cv, rows, values, is_classifier(estimator), random_state)
        losses = _cross_validate(contenders, rows, values, cost, folds, n_jobs)
    tested = np.isfinite(losses).all(axis=0)
    losses, codes = losses[:, tested], rows.codes[tested]
    n = np.bincount(codes, minlength=len(rows.tasks))
    columns: dict[str, Any] = {"n": n, "loss": _means(losses[0], codes, n)}
    for other, suffix in zip(losses[1:], ("", "_personal"), strict=False):
        columns["loss" + (suffix or "_generic")] = _means(other, codes, n)
        gain, error, p = compare(other - losses[0], codes, len(n))
        columns["gain" + suffix] = gain
        columns["std_error" + suffix] = error
        columns["p_value" + suffix] = p = adjust_by_holm(p)
        columns["verdict" + suffix] = np.select(
            [(p <= alpha) & (gain > 0.0), (p <= alpha) & (gain < 0.0)],
            ["helped", "harmed"],
            "undecided",
        ).astype(object)
    report = pandas.DataFrame(columns, index=pandas.Index(rows.tasks, name="task"))
    with np.errstate(divide="ignore", invalid="ignore"):
        order = np.argsort(
            (report["gain"] / report["std_error"]).to_numpy(), kind="stable"
        )
    return report.iloc[order]


def _generic(estimator: Any, generic: Any, cv: Any) -> Contender:
    if generic is not None:
        return Contender(generic)
    if isinstance(cv, str):
        raise ValueError("cv='prefit' needs generic=, a fitted model to compare with.")
    if isinstance(estimator, TaskModels):
        return Contender(estimator.estimator, one_task=True)
    if not hasattr(estimator, "task_feature"):
        raise ValueError(
            f"transfer_report cannot tell {type(estimator).__name__} that there is one "
            "task only; pass generic=, the model to compare with."
        )
    return Contender(estimator, one_task=True)


def _folds(
    cv: Any, rows: TaskRows, y: NDArray[Any], by_class: bool, random_state: Any
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    if isinstance(cv, Integral):
        cv = TaskStratifiedKFold(int(cv), shuffle=True, random_state=random_state)
        return list(cv.split(y, y if by_class else None, groups=rows.codes))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The groups parameter is ignored")
        return list(cv.split(rows.X, y, groups=rows.tasks[rows.codes]))


def _try(
    contender: Contender, rows: TaskRows, y: NDArray[Any], cost: Cost
) -> NDArray[np.float64]:
    """Return the loss of each row, by a fitted model."""
    if contender.one_task:
        rows = rows.as_task(0)
    return cost.of_rows(contender.model, rows, y)


def _fit_and_try(
    contender: Contender,
    train: tuple[TaskRows, NDArray[Any]],
    test: tuple[TaskRows, NDArray[Any]],
    cost: Cost,
) -> NDArray[np.float64]:
    rows, y = train
    if contender.one_task:
        rows = rows.as_task(0)
    fitted = contender._replace(model=rows.fit(clone(contender.model), y))
    return _try(fitted, *test, cost)


def _cross_validate(
    contenders: list[Contender],
    rows: TaskRows,
    y: NDArray[Any],
    cost: Cost,
    folds: list[tuple[NDArray[np.intp], NDArray[np.intp]]],
    n_jobs: int | None,
) -> NDArray[np.float64]:
    """Return the losses (n_contenders, n_rows), NaN for rows that are never tested."""
    found = Parallel(n_jobs=n_jobs)(
        delayed(_fit_and_try)(
            contender, (rows.take(a), y[a]), (rows.take(b), y[b]), cost
        )
        for a, b in folds
        for contender in contenders
    )
    sums, counts = np.zeros((2, len(contenders), len(y)))
    for k, (_, test) in enumerate(folds):
        for i in range(len(contenders)):
            np.add.at(sums[i], test, found[k * len(contenders) + i])
            np.add.at(counts[i], test, 1.0)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def _means(
    losses: NDArray[np.float64], codes: NDArray[np.int64], n: NDArray[np.int64]
) -> NDArray[np.float64]:
    sums = np.bincount(codes, losses, minlength=len(n))
    return np.divide(sums, n, out=np.full(len(n), np.nan), where=n > 0)


def compare(
    differences: NDArray[np.float64], codes: NDArray[np.int64], n_tasks: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return mean, standard error and p-value of the differences of each task."""
    mean, error, p = np.full((3, n_tasks), np.nan)
    for t, rows in enumerate(rows_of(codes, n_tasks)):
        here = differences[rows]
        n = len(here)
        if n:
            mean[t] = here.mean()
        if n < 2:
            continue
        error[t] = here.std(ddof=1) / np.sqrt(n)
        if (here == here[0]).all():
            p[t] = 1.0 if here[0] == 0.0 else min(1.0, 2.0 * 0.5**n)
        else:
            p[t] = 2.0 * stats.t.sf(abs(mean[t]) / error[t], n - 1)
    return mean, error, p
