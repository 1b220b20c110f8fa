# SPDX-License-Identifier: BSD-3-Clause
"""Random tasks of which some are unlike the others."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from skx._base.sklearn import Interval, StrOptions, validate_params

Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]
# Least share of each class: in a task, and over the range of what tasks share.
LEAST_SHARE, LEAST_COMMON_SHARE = 0.1, 0.25
MOST_DRAWS = 10_000


@validate_params(
    {
        "n_tasks": [Interval(Integral, 1, None, closed="left")],
        "n_outlier_tasks": [Interval(Integral, 0, None, closed="left")],
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "n_samples_per_task": [
            Interval(Integral, 1, None, closed="left"),
            "array-like",
        ],
        "kind": [StrOptions({"regression", "classification"})],
        "scenario": [StrOptions({"outlier", "related", "pooled", "independent"})],
        "common_weight": [Interval(Real, 0, 1, closed="both")],
        "length_scale": [Interval(Real, 0, None, closed="neither")],
        "n_random_features": [Interval(Integral, 1, None, closed="left")],
        "noise": [Interval(Real, 0, None, closed="left"), "array-like"],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_multitask(
    n_tasks: int = 10,
    *,
    n_outlier_tasks: int = 2,
    n_features: int = 5,
    n_samples_per_task: int | ArrayLike = 300,
    kind: str = "regression",
    scenario: str = "outlier",
    common_weight: float = 0.9,
    length_scale: float = 0.25,
    n_random_features: int = 500,
    noise: float | ArrayLike = 0.0,
    shuffle: bool = True,
    random_state: Any = None,
) -> tuple[NDArray[np.float64], NDArray[Any], NDArray[np.int64]]:
    """Generate rows of tasks that have a smooth random function in common.

    To learn how models of tasks behave where it is known which tasks belong together.
    The target of a row of task t is ``common_weight * common(x) + (1 - common_weight) *
    own_t(x)`` plus noise, where `common` and `own_t` are random functions.

    Parameters
    ----------
    n_tasks : int, default=10
        Number of tasks.
    n_outlier_tasks : int, default=2
        Number of tasks, the last ones, that share another common function; only in
        the scenario "outlier".
    n_features : int, default=5
        Number of columns of X.
    n_samples_per_task : int or array-like of shape (n_tasks,), default=300
        Rows of every task, or of each.
    kind : {"regression", "classification"}, default="regression"
        Whether targets are the values, or whether these are positive. Classes are
        drawn anew until each has a tenth of the rows of every task.
    scenario : {"outlier", "related", "pooled", "independent"}, default="outlier"
        What tasks have in common. "outlier": one function, and the last
        ``n_outlier_tasks`` another one. "related": one function. "pooled": everything,
        whatever ``common_weight`` is. "independent": nothing.
    common_weight : float in [0, 1], default=0.9
        Weight of the common function; less makes tasks less alike.
    length_scale : float > 0, default=0.25
        How far apart, per feature, rows have to be for their values to differ; less
        makes functions rougher.
    n_random_features : int, default=500
        Number of waves that a function is the sum of.
    noise : float >= 0 or array-like of shape (n_tasks,), default=0.0
        Standard deviation of normal noise, of every task or of each; the functions
        have standard deviation 1. For classes it is added before the sign is taken.
    shuffle : bool, default=True
        Mix the rows; False leaves them in the order of the tasks.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features), float64
        Rows, uniform between -1 and 1.
    y : ndarray of shape (n_samples,)
        float64 values, or int64 classes 0 and 1.
    tasks : ndarray of shape (n_samples,), int64
        Task of each row, 0 to ``n_tasks - 1``.

    See Also
    --------
    sklearn.datasets.make_regression : One linear function.

    Notes
    -----
    A function is a sum of n_random_features cosines of random direction and phase with
    normal weights. Its values at x and x' have mean 0, variance 1 and covariance
    ``exp(-|x - x'|^2 / (2 l^2))``, l being ``length_scale * n_features`` [1]_. The
    scenarios are those that robust multi-task boosting was tried on [2]_.

    References
    ----------
    .. [1] A. Rahimi, B. Recht (2007), Random Features for Large-Scale Kernel Machines,
       Advances in Neural Information Processing Systems 20.
    .. [2] S. Emami, G. Martínez-Muñoz, D. Hernández-Lobato (2025), Robust-Multi-Task
       Gradient Boosting, Expert Systems with Applications, 130696.

    Examples
    --------
    >>> from skx.datasets import make_multitask
    >>> X, y, tasks = make_multitask(n_tasks=4, n_outlier_tasks=1, random_state=0)
    >>> X.shape, y.shape, tasks[:6].tolist()
    ((1200, 5), (1200,), [0, 2, 3, 3, 3, 2])
    """
    rng = check_random_state(random_state)
    counts = _of_each(n_samples_per_task, n_tasks, "n_samples_per_task").astype(int)
    by_class = kind == "classification"
    least = 2 if by_class else 1
    if counts.min() < least:
        raise ValueError(
            f"n_samples_per_task holds {counts.min()}; {kind} needs {least} at least."
        )
    spread = _of_each(noise, n_tasks, "noise")
    if not (np.isfinite(spread).all() and spread.min() >= 0.0):
        raise ValueError("noise must be finite and at least 0.")
    n_outlier = n_outlier_tasks if scenario == "outlier" else 0
    if n_outlier > n_tasks:
        raise ValueError(
            f"n_outlier_tasks={n_outlier_tasks} but there are {n_tasks} tasks."
        )
    weight = {"pooled": 1.0, "independent": 0.0}.get(scenario, common_weight)

    def draw() -> Function:
        return draw_function(
            rng, n_features, length_scale * n_features, n_random_features
        )

    def draw_common() -> Function:
        for _ in range(MOST_DRAWS):
            function = draw()
            positive = function(rng.uniform(-1.0, 1.0, (1000, n_features))) > 0.0
            if not by_class or _is_mixed(positive, LEAST_COMMON_SHARE):
                break
        return function

    common = [draw_common(), draw_common()]
    X_parts, y_parts = [], []
    for t, n in enumerate(counts):
        shared = common[int(t >= n_tasks - n_outlier)]
        for _ in range(MOST_DRAWS):
            X = rng.uniform(-1.0, 1.0, (n, n_features))
            values = weight * shared(X) + (1.0 - weight) * draw()(X)
            values += spread[t] * rng.standard_normal(n)
            if not by_class or _is_mixed(values > 0.0, LEAST_SHARE):
                break
        else:
            raise RuntimeError(
                f"No draw gave task {t} both classes; use more rows or features."
            )
        X_parts.append(X)
        y_parts.append((values > 0.0).astype(np.int64) if by_class else values)
    order = np.arange(counts.sum())
    if shuffle:
        order = rng.permutation(len(order))
    tasks = np.repeat(np.arange(n_tasks), counts)
    return np.concatenate(X_parts)[order], np.concatenate(y_parts)[order], tasks[order]


def draw_function(
    rng: np.random.RandomState, n_features: int, length: float, n_waves: int
) -> Function:
    """Return a random function of rows, of variance 1 and the length scale given."""
    directions = rng.standard_normal((n_features, n_waves)) / length
    phases = rng.uniform(0.0, 2.0 * np.pi, n_waves)
    heights = rng.standard_normal(n_waves) * np.sqrt(2.0 / n_waves)

    def value(X: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.cos(X @ directions + phases) @ heights

    return value


def _of_each(values: Any, n_tasks: int, name: str) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim and array.shape != (n_tasks,):
        raise ValueError(
            f"{name} has shape {array.shape} but there are {n_tasks} tasks; give one "
            "number, or one for each task."
        )
    return np.broadcast_to(array, (n_tasks,))


def _is_mixed(positive: NDArray[np.bool_], least: float) -> bool:
    share = float(positive.mean())
    return least <= share <= 1.0 - least
