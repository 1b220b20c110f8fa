# SPDX-License-Identifier: BSD-3-Clause
"""Scores of a search, on rows that had no part in it."""

import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from numbers import Integral
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from sklearn.utils import check_consistent_length, indexable

from skx._backend import on_host
from skx._base.sklearn import BaseSearchCV, Interval, validate_params
from skx._caller import caller_level
from skx._optional import require
from skx._tables import as_html, as_text
from skx.model_selection._comparison import number
from skx.model_selection._folds import (
    CONSTRAINTS,
    Split,
    Splitter,
    check_classes,
    make_scorers,
    mean_ratio,
    name_of_scoring,
    route,
    run_folds,
    scores_of,
)
from skx.model_selection._statistics import standard_error

SHOWN = 60


@dataclass(kw_only=True, eq=False, repr=False)
class NestedScores:
    """Scores of a search on outer folds, and what it chose in each.

    Made by `nested_cross_validate`, not by users. In a notebook it shows itself as a
    table.

    Parameters
    ----------
    score_name : str
        Name of the score.
    scores : ndarray of shape (n_splits,), float64
        Scores on the rows that the search did not see. More is better.
    inner_scores : ndarray of shape (n_splits,), float64, or None
        The search's own scores of what it chose (``best_score_``), which are too good
        as they are the best of many. None where a search has none, as with a callable
        ``refit``.
    best_params : list of dict
        What was chosen.
    fit_times, score_times : ndarray of shape (n_splits,), float64
        Seconds.
    splits : list of (train, test)
        Positions of rows in X.
    estimators : list of estimators or None
        The fitted searches, if asked for.
    interval : tuple of float
        Confidence interval of the mean score, corrected for training rows that splits
        share.
    confidence_level : float
        Level of the interval.

    See Also
    --------
    nested_cross_validate : Makes them.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skx.model_selection import nested_cross_validate
    >>> X, y = load_wine(return_X_y=True)
    >>> grid = {"n_neighbors": [1, 20]}
    >>> search = GridSearchCV(KNeighborsClassifier(), grid, scoring="accuracy")
    >>> found = nested_cross_validate(search, X, y, random_state=0)
    >>> found.choices()
    {"{'n_neighbors': 1}": 3, "{'n_neighbors': 20}": 2}
    """

    score_name: str
    scores: NDArray[np.float64]
    inner_scores: NDArray[np.float64] | None
    best_params: list[dict[str, Any]]
    fit_times: NDArray[np.float64]
    score_times: NDArray[np.float64]
    splits: list[Split]
    estimators: list[Any] | None
    interval: tuple[float, float]
    confidence_level: float

    def choices(self) -> dict[str, int]:
        """Return how often each setting was chosen.

        Returns
        -------
        times : dict of str to int
            Settings as text, the most frequent first. Many different ones say that the
            data cannot tell them apart.
        """
        return dict(Counter(map(str, self.best_params)).most_common())

    def to_frame(self) -> Any:
        """Return the scores as a pandas frame.

        Returns
        -------
        frame : pandas.DataFrame
            A line for each split: ``n_train``, ``n_test``, ``score``, ``inner_score``,
            ``fit_time``, ``score_time``, and ``param_<name>`` for what was chosen.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pandas = require("pandas", "NestedScores.to_frame", otherwise="read scores")
        n = len(self.scores)
        columns = {
            "n_train": [len(train) for train, _ in self.splits],
            "n_test": [len(test) for _, test in self.splits],
            "score": self.scores,
            "inner_score": np.full(n, np.nan)
            if self.inner_scores is None
            else self.inner_scores,
            "fit_time": self.fit_times,
            "score_time": self.score_times,
        }
        chosen = pandas.DataFrame(self.best_params).add_prefix("param_")
        return pandas.concat([pandas.DataFrame(columns), chosen], axis=1)

    def _heading(self) -> str:
        low, high = map(number, self.interval)
        text = (
            f"{type(self).__name__}: {self.score_name} {number(self.scores.mean())} "
            f"[{low}, {high}] on {len(self.scores)} splits"
        )
        if self.inner_scores is not None:
            text += f"; {number(self.inner_scores.mean())} in the searches themselves"
        return text

    def _lines(self) -> list[list[str]]:
        lines = [["chosen", "splits"]]
        for setting, times in self.choices().items():
            short = setting if len(setting) <= SHOWN else f"{setting[: SHOWN - 3]}..."
            lines.append([short, str(times)])
        return lines

    def __repr__(self) -> str:
        return f"{self._heading()}\n{as_text(self._lines(), names=True)}"

    def _repr_html_(self) -> str:
        return f"<div><p>{escape(self._heading())}</p>{as_html(self._lines())}</div>"


@on_host
@validate_params(
    {
        **CONSTRAINTS,
        "search": [BaseSearchCV],
        "cv": ["cv_object"],
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "scoring": [str, callable, None],
        "return_estimator": ["boolean"],
    },
    prefer_skip_nested_validation=False,
)
def nested_cross_validate(
    search: Any,
    X: Any,
    y: ArrayLike,
    *,
    cv: Any = None,
    n_repeats: int = 1,
    scoring: str | Callable | None = None,
    groups: ArrayLike | None = None,
    params: dict[str, Any] | None = None,
    return_estimator: bool = False,
    confidence_level: float = 0.95,
    n_jobs: int | None = None,
    verbose: int = 0,
    random_state: int | RandomState | None = None,
) -> NestedScores:
    """Score a search on rows that had no part in its choice.

    A search's ``best_score_`` is the best of many and too good. Here the whole search
    is done anew on the training rows of each outer split, and scored on the others.

    Parameters
    ----------
    search : GridSearchCV, RandomizedSearchCV or another search of scikit-learn
        It is cloned; its ``cv`` makes the inner splits.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        Rows.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Targets.
    cv : int, splitter, iterable of (train, test) or None, default=None
        Outer splits. An int makes so many folds, shuffled, of like shares of classes,
        and of whole groups if there are ``groups``, ``params["bags"]`` or bags in
        ``y``; None makes 5.
    n_repeats : int, at least 1, default=1
        How often folds are drawn anew.
    scoring : str, callable or None, default=None
        Of the outer splits, as in scikit-learn. None is the ``score`` of the search.
    groups : array-like of shape (n_samples,) or None, default=None
        What outer and inner splitters must keep together. With metadata routing, part
        of ``params``.
    params : dict or None, default=None
        What goes with rows, such as ``bags``, ``tasks`` and ``sample_weight``. With
        metadata routing the search, its parts, scorers and splitters get what they
        request; without it, ``fit`` of the search gets all.
    return_estimator : bool, default=False
        Whether to keep the fitted searches.
    confidence_level : float between 0 and 1, default=0.95
        Level of the interval.
    n_jobs : int or None, default=None
        Number of processes for the outer splits; the result is the same.
    verbose : int, default=0
        1 prints a line for each outer split, more shows the progress of joblib too.
    random_state : int, RandomState instance or None, default=None
        Seed of the outer folds. The search has its own.

    Returns
    -------
    result : NestedScores
        Scores, choices, and a confidence interval of the mean.

    Raises
    ------
    ValueError
        If there is one class or one split, or a score is not finite.

    Warns
    -----
    UserWarning
        If there are groups, and the search has an int or None for its ``cv``: its
        folds cut groups then, whatever the outer ones do.

    See Also
    --------
    compare_estimators : Compares searches too.

    Notes
    -----
    The interval is that of the corrected resampled t test, for the mean score.

    References
    ----------
    S. Varma, R. Simon (2006). Bias in error estimation when using cross-validation for
    model selection. BMC Bioinformatics 7, 91.

    G. C. Cawley, N. L. C. Talbot (2010). On over-fitting in model selection and
    subsequent selection bias in performance evaluation. Journal of Machine Learning
    Research 11, 2079-2107.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skx.model_selection import nested_cross_validate
    >>> X, y = load_wine(return_X_y=True)
    >>> grid = {"n_neighbors": [1, 20]}
    >>> search = GridSearchCV(KNeighborsClassifier(), grid, scoring="accuracy")
    >>> found = nested_cross_validate(search, X, y, random_state=0)
    >>> print(f"{found.scores.mean():.3f}")
    0.720
    """
    X, y = indexable(X, y)
    check_consistent_length(X, y)
    if scoring is None and callable(search.refit):
        raise ValueError(
            "scoring is None, but a search with a callable refit has no score of its "
            "own; say which metric the outer splits are scored by."
        )
    params = params or {}
    estimators = {"search": search}
    splitter = Splitter(
        cv,
        y,
        classify=check_classes(estimators, y),
        groups=groups,
        params=params,
        default=5,
    )
    together = groups is not None or bool({"groups", "bags"} & set(params))
    if together and (search.cv is None or isinstance(search.cv, Integral)):
        warnings.warn(
            f"The search has cv={search.cv!r}, whose folds cut groups; give it "
            "cv=GroupKFold() or another splitter that keeps them whole.",
            UserWarning,
            stacklevel=caller_level(),
        )
    scorers = make_scorers(estimators, scoring, y)
    routed = route(
        "nested_cross_validate",
        estimators,
        scorers,
        splitter,
        groups=groups,
        params=params,
    )
    splits = splitter.split(X, y, routed.split, n_repeats, random_state)
    if len(splits) < 2:
        raise ValueError(
            "cv makes 1 split, of which no interval can be told; use two or more."
        )
    folds = run_folds(
        estimators,
        scorers,
        X,
        y,
        splits,
        routed,
        n_jobs=n_jobs,
        verbose=verbose,
        keep=True,
    )["search"]
    scores = scores_of(folds)
    fitted = [fold.estimator for fold in folds]
    inner = [getattr(one, "best_score_", None) for one in fitted]
    mean = float(scores.mean())
    error = standard_error(scores, mean_ratio(splits), scale=np.abs(scores).max())
    half = float(stats.t.ppf((1.0 + confidence_level) / 2.0, len(scores) - 1)) * error
    return NestedScores(
        score_name=name_of_scoring(scoring),
        scores=scores,
        inner_scores=None if None in inner else np.array(inner, dtype=np.float64),
        best_params=[dict(one.best_params_) for one in fitted],
        fit_times=np.array([fold.fit_time for fold in folds]),
        score_times=np.array([fold.score_time for fold in folds]),
        splits=splits,
        estimators=fitted if return_estimator else None,
        interval=(mean - half, mean + half),
        confidence_level=confidence_level,
    )
