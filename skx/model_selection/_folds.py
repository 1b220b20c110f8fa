# SPDX-License-Identifier: BSD-3-Clause
"""Splits, what is routed to whom, and the fits."""

import time
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from math import isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    check_cv,
)
from sklearn.utils import check_random_state
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.parallel import Parallel, delayed

from skx._base.sklearn import (
    BaseSearchCV,
    Interval,
    count_rows,
    routing_enabled,
    take_params,
    take_rows,
    take_split,
)

Positions = NDArray[np.intp]
Split = tuple[Positions, Positions]
# Of all functions that fit estimators.
CONSTRAINTS: dict[str, Any] = {
    "X": ["array-like", "sparse matrix"],
    "y": ["array-like"],
    "groups": ["array-like", None],
    "params": [dict, None],
    "n_jobs": [Integral, None],
    "verbose": ["verbose"],
    "random_state": ["random_state"],
    "confidence_level": [Interval(Real, 0, 1, closed="neither")],
}


@dataclass
class Routed:
    """Metadata of the splitter and, by name, of each estimator."""

    split: dict[str, Any]
    fit: dict[str, dict[str, Any]]
    score: dict[str, dict[str, Any]]


@dataclass
class Fold:
    """What came of one estimator on one split."""

    score: float
    fit_time: float
    score_time: float
    prediction: NDArray[Any] | None
    estimator: Any


def check_estimators(estimators: Mapping[str, Any], least: int) -> None:
    """Raise unless there are enough estimators with names."""
    if len(estimators) < least:
        raise ValueError(
            f"estimators holds {len(estimators)}; give {least} or more by name, such "
            "as {'ridge': Ridge(), 'tree': DecisionTreeRegressor()}."
        )
    for name, estimator in estimators.items():
        if not isinstance(name, str):
            raise TypeError(f"The name {name!r} of an estimator must be a string.")
        if not hasattr(estimator, "fit") or isinstance(estimator, type):
            raise TypeError(
                f"estimators[{name!r}] is {estimator!r}, which is no estimator: it "
                "must be an instance with fit."
            )


def check_classes(estimators: Mapping[str, Any], y: Any) -> bool:
    """Return whether this is classification, and raise for a single class."""
    classify = any(map(is_classifier, estimators.values()))
    if classify and keeps_bags(y) is None and np.ndim(y) == 1:
        classes = set(np.asarray(y).tolist())
        if len(classes) == 1:
            raise ValueError(
                f"y holds one class, {classes.pop()!r}; to compare classifiers takes "
                "two or more."
            )
    return classify


def keeps_bags(y: Any) -> NDArray[Any] | None:
    """Return the bags that a structured y carries."""
    names = getattr(getattr(y, "dtype", None), "names", None) or ()
    return y["bag"] if "bag" in names else None


class Splitter:
    """The splits of a comparison: a ``cv`` of scikit-learn, or folds of our own.

    An int or None makes shuffled folds, of whole groups if there are any. Then they
    need no routing, and ``cv`` is here only for its requests.
    """

    def __init__(
        self,
        cv: Any,
        y: Any,
        *,
        classify: bool,
        groups: Any,
        params: Mapping[str, Any],
        default: int,
    ) -> None:
        self.is_own = cv is None or isinstance(cv, Integral)
        self.groups = groups
        if not self.is_own:
            self.cv = check_cv(cv)
            return
        n_splits = default if cv is None else int(cv)
        for together in (groups, params.get("groups"), params.get("bags")):
            if together is not None:
                self.groups = together
                break
        else:
            self.groups = keeps_bags(y)
        stratify = (
            classify
            and keeps_bags(y) is None
            and type_of_target(y) in ("binary", "multiclass")
        )
        kinds = {
            (False, False): KFold,
            (True, False): StratifiedKFold,
            (False, True): GroupKFold,
            (True, True): StratifiedGroupKFold,
        }
        kind = kinds[stratify, self.groups is not None]
        self.cv = kind(n_splits, shuffle=True, random_state=0)

    def split(
        self, X: Any, y: Any, routed: Mapping[str, Any], n_repeats: int, seed: Any
    ) -> list[Split]:
        """Return the splits of all repeats."""
        options = {"groups": self.groups} if self.is_own else dict(routed)
        cvs = [self.cv]
        if self.is_own or n_repeats > 1:
            seeds = check_random_state(seed).randint(2**31 - 1, size=n_repeats)
            cvs = [self._reseed(int(seed)) for seed in seeds]
        splits = [split for cv in cvs for split in cv.split(X, y, **options)]
        return read_splits(splits, count_rows(X))

    def _reseed(self, seed: int) -> Any:
        cv = copy(self.cv)
        if not hasattr(cv, "random_state") or getattr(cv, "shuffle", True) is False:
            raise ValueError(
                f"{self.cv!r} makes the same splits every time and cannot be repeated; "
                "use shuffle=True, another splitter, or give all splits as a list."
            )
        cv.random_state = seed
        return cv


def read_splits(splits: Sequence[Any], n_rows: int) -> list[Split]:
    """Return splits as positions; raise for those that measure nothing or leak."""
    found = []
    for k, (train, test) in enumerate(splits):
        train, test = (np.asarray(rows, dtype=np.intp) for rows in (train, test))
        if len(train) == 0 or len(test) == 0:
            raise ValueError(
                f"Split {k} of cv has {len(train)} training and {len(test)} test rows; "
                "both must have some."
            )
        trains = np.zeros(n_rows, dtype=bool)
        trains[train] = True
        if trains[test].any():
            raise ValueError(
                f"Split {k} of cv trains on {int(trains[test].sum())} of its test "
                "rows, whose scores would be too good; keep them apart."
            )
        found.append((train, test))
    return found


def make_scorers(estimators: Mapping[str, Any], scoring: Any, y: Any) -> dict[str, Any]:
    """Return the scorer of each estimator; names of scorers are for labels of rows."""
    if isinstance(scoring, str) and keeps_bags(y) is not None:
        raise ValueError(
            f"scoring={scoring!r} compares with labels of rows, but y holds what is "
            "known of bags. Leave scoring out, or take "
            "skx.proportions.make_bag_scorer()."
        )
    return {name: check_scoring(e, scoring) for name, e in estimators.items()}


def name_of_scoring(scoring: Any) -> str:
    """Return what to call a score."""
    if scoring is None:
        return "score"
    if isinstance(scoring, str):
        return scoring
    function = getattr(scoring, "_score_func", scoring)
    return getattr(function, "__name__", type(function).__name__)


def route(
    caller: str,
    estimators: Mapping[str, Any],
    scorers: Mapping[str, Any] | None,
    splitter: Splitter | None,
    *,
    groups: Any,
    params: Mapping[str, Any],
) -> Routed:
    """Share out metadata as scikit-learn's cross_validate does.

    Without scorers there are predictions, and requests of ``predict`` count.
    """
    if not routing_enabled():
        fit = {name: dict(params) for name in estimators}
        for name, estimator in estimators.items():
            if groups is not None and isinstance(estimator, BaseSearchCV):
                fit[name].setdefault("groups", groups)
        score: dict[str, dict[str, Any]] = {name: {} for name in estimators}
        return Routed(split={"groups": groups}, fit=fit, score=score)
    if groups is not None:
        raise ValueError(
            "groups cannot be passed with metadata routing; pass "
            "params={'groups': groups}, from where splitters get what they request."
        )
    router = MetadataRouter(owner=caller)
    if splitter is not None:
        router.add(
            splitter=splitter.cv,
            method_mapping=MethodMapping().add(caller="fit", callee="split"),
        )
    # By number, as names of estimators need not be those of variables.
    for k, (name, estimator) in enumerate(estimators.items()):
        mapping = MethodMapping().add(caller="fit", callee="fit")
        if scorers is None:
            mapping.add(caller="fit", callee="predict")
        else:
            router.add(
                **{f"scorer_{k}": scorers[name]},
                method_mapping=MethodMapping().add(caller="fit", callee="score"),
            )
        router.add(**{f"estimator_{k}": estimator}, method_mapping=mapping)
    routed = process_routing(router, "fit", **params)
    found = [routed[f"estimator_{k}"] for k in range(len(estimators))]
    second = [
        found[k].predict if scorers is None else routed[f"scorer_{k}"].score
        for k in range(len(estimators))
    ]
    return Routed(
        split=dict(routed.splitter.split) if splitter is not None else {},
        fit={name: dict(one.fit) for name, one in zip(estimators, found, strict=True)},
        score={name: dict(one) for name, one in zip(estimators, second, strict=True)},
    )


def run_folds(
    estimators: Mapping[str, Any],
    scorers: Mapping[str, Any] | None,
    X: Any,
    y: Any,
    splits: Sequence[Split],
    routed: Routed,
    *,
    n_jobs: int | None,
    verbose: int,
    keep: bool = False,
) -> dict[str, list[Fold]]:
    """Fit each estimator on each split and score it, or predict without scorers."""
    calls = (
        delayed(_run_fold)(
            clone(estimator),
            scorers[name] if scorers is not None else None,
            X,
            y,
            *split,
            routed.fit[name],
            routed.score[name],
            f"{name}, split {k + 1} of {len(splits)}",
            verbose,
            keep,
        )
        for name, estimator in estimators.items()
        for k, split in enumerate(splits)
    )
    found = Parallel(n_jobs=n_jobs, verbose=max(verbose - 1, 0))(calls)
    n = len(splits)
    return {name: found[k * n : (k + 1) * n] for k, name in enumerate(estimators)}


def _run_fold(
    estimator: Any,
    scorer: Any,
    X: Any,
    y: Any,
    train: Positions,
    test: Positions,
    fit_params: dict[str, Any],
    score_params: dict[str, Any],
    label: str,
    verbose: int,
    keep: bool,
) -> Fold:
    fit_params = take_params(X, fit_params, train)
    score_params = take_params(X, score_params, test)
    X_train, y_train = take_split(estimator, X, y, train)
    X_test, y_test = take_split(estimator, X, y, test, train)
    start = time.perf_counter()
    try:
        estimator.fit(X_train, y_train, **fit_params)
        fitted = time.perf_counter()
        score, prediction = float("nan"), None
        if scorer is None:
            prediction = np.asarray(estimator.predict(X_test, **score_params))
        else:
            score = _read_score(scorer(estimator, X_test, y_test, **score_params))
    except Exception as error:
        error.add_note(f"This came from estimator {label}.")
        raise
    end = time.perf_counter()
    if verbose:
        what = "predicted" if scorer is None else f"score {score:.4g}"
        print(f"{label}: {what}, {end - start:.2f} s", flush=True)
    return Fold(
        score=score,
        fit_time=fitted - start,
        score_time=end - fitted,
        prediction=prediction,
        estimator=estimator if keep else None,
    )


def _read_score(score: Any) -> float:
    if hasattr(score, "item"):
        score = score.item()
    if not isinstance(score, Real):
        raise ValueError(
            f"scoring gave {score!r}; it must give a number, so use one metric."
        )
    if not isfinite(score):
        raise ValueError(
            f"scoring gave {score}, which no test can use; a metric may be undefined "
            "on a small test set, so use fewer folds or another metric."
        )
    return float(score)


def scores_of(folds: Sequence[Fold]) -> NDArray[np.float64]:
    """Return the scores of one estimator."""
    return np.array([fold.score for fold in folds])


def hits_of(
    folds: Sequence[Fold], y: Any, splits: Sequence[Split], name: str
) -> NDArray[np.bool_]:
    """Return which of the test rows one estimator gets right, in their order."""
    hits = []
    for fold, (_, test) in zip(folds, splits, strict=True):
        truth, prediction = np.asarray(take_rows(y, test)), fold.prediction
        assert prediction is not None  # there are no scores
        if prediction.shape != truth.shape:
            raise ValueError(
                f"{name} predicts an array of shape {prediction.shape} for rows of "
                f"shape {truth.shape}; the test needs one class for each row."
            )
        hits.append(np.asarray(prediction == truth))
    return np.concatenate(hits)


def mean_ratio(splits: Sequence[Split]) -> float:
    """Return the number of test rows for each training row."""
    return float(np.mean([len(test) / len(train) for train, test in splits]))
