# SPDX-License-Identifier: BSD-3-Clause
"""One choice by several metrics."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from skx._caller import caller_level
from skx._optional import require

Pair = tuple[float, float]


def _numbers(name: str, value: Any, *, positive: bool = False) -> tuple[float, ...]:
    values = tuple(value) if isinstance(value, tuple | list) else (value,)
    for one in values:
        if not isinstance(one, Real) or isinstance(one, bool):
            raise TypeError(
                f"{name} is {value!r}; it must be a number, or two of them."
            )
        if not isfinite(one) or (positive and one <= 0):
            kind = "finite and above 0" if positive else "finite"
            raise ValueError(f"{name} is {value!r}; it must be {kind}.")
    if len(values) > 2:
        raise ValueError(f"{name} is {value!r}; it must be a number, or two of them.")
    return tuple(float(one) for one in values)


@dataclass(frozen=True, kw_only=True)
class Goal:
    r"""What is wanted of a metric: its best and its worst value.

    Parameters
    ----------
    best : float or (float, float)
        From where on nothing better is wanted: desirability 1. Of two, all between
        them is wanted.
    worst : float or (float, float)
        From where on it is unacceptable: desirability 0. Below ``best`` more is
        better, above it less is. Two, one on each side of ``best``, make a target.
    exponent : float or (float, float), default=1.0
        Curve from worst to best, above 0: 1 is a straight line, more demands values
        near the best, less is content with values off the worst. Two are for the lower
        and the upper side of a target.
    weight : float, default=1.0
        Weight in the mean over metrics, above 0.

    Raises
    ------
    TypeError
        If a value is no number.
    ValueError
        If best and worst are in no order that makes sense.

    See Also
    --------
    Desirability : Takes one for each metric.

    Notes
    -----
    With best b and worst w, a value v of a metric has the desirability
    :math:`\left(\frac{v - w}{b - w}\right)^e`, limited to 0 and 1.

    References
    ----------
    G. Derringer, R. Suich (1980). Simultaneous optimization of several response
    variables. Journal of Quality Technology 12, 214-219.

    Examples
    --------
    >>> from skx.model_selection import Goal
    >>> Goal(best=0.9, worst=0.5)([0.4, 0.6, 0.95])  # more is better
    array([0.  , 0.25, 1.  ])
    >>> Goal(best=2, worst=10, exponent=2)([2, 6, 12])  # less is better
    array([1.  , 0.25, 0.  ])
    >>> Goal(best=5, worst=(0, 20))([0, 4, 5, 8])  # a target
    array([0. , 0.8, 1. , 0.8])
    """

    best: float | Pair
    worst: float | Pair
    exponent: float | Pair = 1.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        best, worst = _numbers("best", self.best), _numbers("worst", self.worst)
        exponents = _numbers("exponent", self.exponent, positive=True)
        if len(_numbers("weight", self.weight, positive=True)) != 1:
            raise ValueError(f"weight is {self.weight!r}; it must be one number.")
        if len(worst) == 1:
            if len(best) == 2 or len(exponents) == 2 or best == worst:
                raise ValueError(
                    f"worst={self.worst!r} is one number; best and exponent must then "
                    "be one number each, and best another one than worst. For a "
                    "target, give worst=(lower, upper)."
                )
        elif not worst[0] < best[0] <= best[-1] < worst[1]:
            raise ValueError(
                f"best={self.best!r} must lie between both of worst={self.worst!r}, in "
                "rising order."
            )

    def __call__(self, values: Any) -> NDArray[np.float64]:
        """Return desirabilities.

        Parameters
        ----------
        values : array-like
            Values of the metric.

        Returns
        -------
        desirability : ndarray, float64
            From 0 to 1, of the same shape; 0 where the value is NaN.
        """
        values = np.asarray(values, dtype=np.float64)
        best, worst = _numbers("best", self.best), _numbers("worst", self.worst)
        exponents = _numbers("exponent", self.exponent)
        d = np.ones(values.shape)
        for k, end in enumerate(worst):
            near = best[min(k, len(best) - 1)]
            share = ((values - end) / (near - end)).clip(0.0, 1.0)
            d = np.minimum(d, share ** exponents[min(k, len(exponents) - 1)])
        return np.where(np.isnan(values), 0.0, d)


class Desirability(BaseEstimator):
    r"""The best candidate of a search by several metrics, each with a goal.

    For ``refit`` of scikit-learn's searches: a few rules less for a little accuracy, or
    a low cost of labels. Unlike a sum of metrics it has no units, and no candidate
    makes up for an unacceptable metric by the others.

    Parameters
    ----------
    goals : dict of str to Goal
        Metrics, by their names in ``scoring``, or any column of ``cv_results_`` such as
        ``"mean_fit_time"``.

    See Also
    --------
    nested_cross_validate : Scores of what such a search chooses.

    Notes
    -----
    With desirabilities :math:`d_m` and weights :math:`w_m` of the metrics, that of a
    candidate is :math:`\prod_m d_m^{w_m / \sum w}`. Of several that are best, the
    first is chosen. A metric that is NaN, as after a failed fit, has desirability 0.

    scikit-learn turns losses around: the goal of ``"neg_log_loss"`` has a best value
    such as -0.1. A search with a callable ``refit`` has no ``best_score_``; use
    `scores`.

    References
    ----------
    G. Derringer, R. Suich (1980). Simultaneous optimization of several response
    variables. Journal of Quality Technology 12, 214-219.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skx.model_selection import Desirability, Goal
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> def measure(model, X, y):
    ...     return {"accuracy": model.score(X, y), "leaves": model.get_n_leaves()}
    >>> wanted = Desirability(
    ...     {"accuracy": Goal(best=0.95, worst=0.85), "leaves": Goal(best=2, worst=20)}
    ... )
    >>> grid = {"max_leaf_nodes": [2, 4, 16]}
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = GridSearchCV(tree, grid, scoring=measure, refit=wanted).fit(X, y)
    >>> search.best_params_
    {'max_leaf_nodes': 4}
    >>> wanted.scores(search.cv_results_)["desirability"].round(2)
    array([0.71, 0.87, 0.38])
    """

    def __init__(self, goals: Mapping[str, Goal]) -> None:
        self.goals = goals

    def __call__(self, cv_results: Mapping[str, Any]) -> int:
        """Return the position of the best candidate.

        Parameters
        ----------
        cv_results : dict of str to array
            ``cv_results_`` of a search.

        Returns
        -------
        best_index : int
            Position of the candidate.

        Raises
        ------
        ValueError
            If a metric is missing, or is NaN for all candidates.

        Warns
        -----
        UserWarning
            If each candidate is unacceptable by some metric; the first is returned.
        """
        found = self.scores(cv_results)
        total = found["desirability"]
        if not total.any():
            never = [name for name in self.goals if not found[name].any()]
            why = f"; none reaches the goal of {', '.join(never)}" if never else ""
            warnings.warn(
                "Each candidate is unacceptable by some metric, so that the first is "
                f"chosen{why}. Move the worst values of goals.",
                UserWarning,
                stacklevel=caller_level(),
            )
        return int(total.argmax())

    def scores(self, cv_results: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
        """Return the desirability of each candidate.

        Parameters
        ----------
        cv_results : dict of str to array
            ``cv_results_`` of a search.

        Returns
        -------
        scores : dict of str to ndarray of shape (n_candidates,), float64
            By metric, and in all as ``"desirability"``; ready for a data frame.

        Raises
        ------
        ValueError
            If a metric is missing, or is NaN for all candidates.
        """
        self._check_goals()
        found = {}
        for name, goal in self.goals.items():
            values = self._values(cv_results, name)
            found[name] = goal(values)
        weights = np.array([goal.weight for goal in self.goals.values()])
        # The logarithm of an unacceptable one is minus infinity, and its power is 0.
        with np.errstate(divide="ignore"):
            logs = np.log(np.array(list(found.values())))
        found["desirability"] = np.exp(weights @ logs / weights.sum())
        return found

    def plot(self, cv_results: Mapping[str, Any] | None = None) -> Any:
        """Draw what is wanted of each metric, and where candidates are.

        Parameters
        ----------
        cv_results : dict of str to array or None, default=None
            ``cv_results_`` of a search, whose candidates are dots, the best one larger.

        Returns
        -------
        axes : ndarray of shape (n_metrics,)
            A panel for each metric.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        self._check_goals()
        require("matplotlib", "Desirability.plot")
        import matplotlib.pyplot as plt

        n = len(self.goals)
        _, axes = plt.subplots(
            1, n, figsize=(3.2 * n, 3), sharey=True, squeeze=False, layout="constrained"
        )
        best = None if cv_results is None else self(cv_results)
        for ax, (name, goal) in zip(axes[0], self.goals.items(), strict=True):
            ends = [*_numbers("best", goal.best), *_numbers("worst", goal.worst)]
            room = 0.15 * (max(ends) - min(ends))
            x = np.linspace(min(ends) - room, max(ends) + room, 301)
            ax.plot(x, goal(x), color="0.6")
            if cv_results is not None:
                values = self._values(cv_results, name)
                ax.plot(values, goal(values), ".", color="C0")
                ax.plot(values[best], goal(values[best]), "o", color="C1")
            ax.set_xlabel(name)
        axes[0, 0].set_ylabel("desirability")
        return axes[0]

    def _check_goals(self) -> None:
        if not isinstance(self.goals, Mapping):
            raise TypeError(
                f"goals is {self.goals!r}; it must be a dict of goals by metric, such "
                "as {'accuracy': Goal(best=0.95, worst=0.8)}."
            )
        if not self.goals:
            raise ValueError(
                "goals is empty; give one for each metric, such as {'accuracy': "
                "Goal(best=0.95, worst=0.8)}."
            )
        for name, goal in self.goals.items():
            if name == "desirability" or not isinstance(goal, Goal):
                raise TypeError(
                    f"goals[{name!r}] is {goal!r}; it must be a Goal, of a metric that "
                    "is not named 'desirability'."
                )

    def _values(self, cv_results: Mapping[str, Any], name: str) -> NDArray[np.float64]:
        column = f"mean_test_{name}"
        if column not in cv_results:
            column = name
        if column not in cv_results:
            metrics = [
                key.removeprefix("mean_test_")
                for key in cv_results
                if key.startswith("mean_test_")
            ]
            raise ValueError(
                f"cv_results has no metric {name!r}; it has {', '.join(metrics)}. "
                "Add it to scoring, which must be several metrics, or leave it out of "
                "goals."
            )
        values = np.ma.filled(np.ma.asarray(cv_results[column]).astype(float), np.nan)
        if np.isnan(values).all():
            raise ValueError(
                f"The metric {name!r} is NaN for all candidates; mend the fits, or "
                "leave it out of goals."
            )
        return values
