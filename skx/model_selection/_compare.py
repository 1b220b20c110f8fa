# SPDX-License-Identifier: BSD-3-Clause
"""Several estimators on the same splits."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from numbers import Integral
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length, check_random_state, indexable
from sklearn.utils.multiclass import type_of_target

from skx._backend import on_host
from skx._base.sklearn import (
    Interval,
    StrOptions,
    count_rows,
    routing_enabled,
    validate_params,
)
from skx._holm import adjust_by_holm
from skx.model_selection._comparison import (
    TESTS,
    DatasetComparison,
    EstimatorComparison,
    PairedTest,
)
from skx.model_selection._folds import (
    CONSTRAINTS,
    Fold,
    Split,
    Splitter,
    check_classes,
    check_estimators,
    hits_of,
    keeps_bags,
    make_scorers,
    name_of_scoring,
    route,
    run_folds,
    scores_of,
)
from skx.model_selection._statistics import (
    Significance,
    combined_ftest_5x2cv,
    compare_all_hits,
    compare_hits,
    corrected_resampled_ttest,
)

OF_COMPARISONS = {
    "estimators": [Mapping],
    "test": [StrOptions(set(TESTS))],
    "reference": [str, None],
    "cv": ["cv_object"],
    "n_repeats": [Interval(Integral, 1, None, closed="left"), None],
    "scoring": [str, callable, None],
    "n_jobs": CONSTRAINTS["n_jobs"],
    "verbose": CONSTRAINTS["verbose"],
    "random_state": CONSTRAINTS["random_state"],
    "confidence_level": CONSTRAINTS["confidence_level"],
}
OF_DATA = {key: CONSTRAINTS[key] for key in ("X", "y", "groups", "params")}
OF_ROWS = ("mcnemar", "cochran_q")


@on_host
@validate_params({**OF_COMPARISONS, **OF_DATA}, prefer_skip_nested_validation=False)
def compare_estimators(
    estimators: Mapping[str, Any],
    X: Any,
    y: ArrayLike,
    *,
    test: str = "corrected_t",
    reference: str | None = None,
    cv: Any = None,
    n_repeats: int | None = None,
    scoring: str | Callable | None = None,
    groups: ArrayLike | None = None,
    params: dict[str, Any] | None = None,
    confidence_level: float = 0.95,
    n_jobs: int | None = None,
    verbose: int = 0,
    random_state: int | RandomState | None = None,
) -> EstimatorComparison:
    """Compare estimators on the same splits and test whether they differ.

    Pipelines, searches, and pipelines of imbalanced-learn or `ResampledClassifier` are
    estimators too: what they scale, choose or resample, they do with the training rows
    of a split alone.

    Parameters
    ----------
    estimators : dict of str to estimator
        Two or more by name; they are cloned.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        Rows.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Targets.
    test : {"corrected_t", "5x2cv_f", "mcnemar", "cochran_q"}, default="corrected_t"
        How pairs are tested: by `corrected_resampled_ttest`, `combined_ftest_5x2cv` or,
        for classes and their accuracy, `mcnemar_test`. ``"cochran_q"`` is the latter
        after `cochrans_q_test` of all estimators at once.
    reference : str or None, default=None
        Name of an estimator that the others are compared with; None compares all pairs,
        which takes larger differences to tell.
    cv : int, splitter, iterable of (train, test) or None, default=None
        An int makes so many folds, shuffled, of like shares of classes, and of whole
        groups if there are ``groups``, ``params["bags"]`` or bags in ``y``. None makes
        10, or 2 for ``"5x2cv_f"``, and for tests of rows two halves, of which one
        teaches and the other is tested. Splitters and iterables are taken as they are.
    n_repeats : int or None, default=None
        How often folds are drawn anew. None is 1, and 5 for ``"5x2cv_f"``, which needs
        2 folds 5 times: ``cv`` is either 2 folds or all 10 splits. Tests of rows
        predict every row once, so that they allow 1 alone.
    scoring : str, callable or None, default=None
        As in scikit-learn; None is the ``score`` of each estimator. More is better.
        Not for tests of rows.
    groups : array-like of shape (n_samples,) or None, default=None
        What the splitter must keep together, also within searches. With metadata
        routing, part of ``params``.
    params : dict or None, default=None
        What goes with rows, such as ``bags``, ``tasks`` and ``sample_weight``. With
        metadata routing each estimator, scorer and splitter gets what it requests, as
        do predictions of tests of rows; without it, ``fit`` of all estimators gets all.
    confidence_level : float between 0 and 1, default=0.95
        Level of the intervals.
    n_jobs : int or None, default=None
        Number of processes for pairs of estimator and split; the result is the same.
    verbose : int, default=0
        1 prints a line for each fit, more shows the progress of joblib too.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds. Estimators have their own.

    Returns
    -------
    comparison : EstimatorComparison
        Scores, differences with intervals, and p-values as they are and adjusted by
        Holm for the number of pairs.

    Raises
    ------
    ValueError
        If there is one estimator or one class, a score is not finite, a split trains on
        its test rows, or splits do not suit the test.

    Warns
    -----
    UserWarning
        If two estimators differ by the same amount everywhere, so that the variance
        cannot be told. Estimators that are equal everywhere get a p-value of 1.

    See Also
    --------
    compare_on_datasets : The same on several data sets.
    nested_cross_validate : Scores of a search, and what it chose.

    Notes
    -----
    One round of folds is cautious: it finds few differences, and few that are not
    there. Repeats find more of both, and so do folds with tests of rows. Where single
    training rows change what an estimator predicts, as with nearest neighbours, these
    and ``"5x2cv_f"`` find more than their level allows. The user guide has rates.

    A test is no better than its splits. Rows that belong together must stay together:
    with `skx.proportions`, ``cv=BagKFold()``, or an int, which keeps bags whole; for
    errors on new tasks, ``cv=GroupKFold()`` with the tasks for groups.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skx.model_selection import compare_estimators
    >>> X, y = load_wine(return_X_y=True)
    >>> models = {"1": KNeighborsClassifier(1), "20": KNeighborsClassifier(20)}
    >>> found = compare_estimators(models, X, y, scoring="accuracy", random_state=0)
    >>> pair = found.tests[0]
    >>> print(f"{pair.first} - {pair.second}: {pair.difference:.3f}")
    1 - 20: 0.084
    """
    X, y = indexable(X, y)
    check_consistent_length(X, y)
    check_estimators(estimators, 2)
    if reference is not None and reference not in estimators:
        raise ValueError(
            f"reference={reference!r} is none of the estimators {list(estimators)}."
        )
    of_rows = test in OF_ROWS
    if of_rows and scoring is not None:
        raise ValueError(
            f"test={test!r} compares which rows are right, without scoring; leave "
            "scoring out, or use test='corrected_t'."
        )
    if of_rows and (
        keeps_bags(y) is not None or type_of_target(y) not in ("binary", "multiclass")
    ):
        raise ValueError(
            f"test={test!r} compares which rows are right, so that y must hold one "
            "class for each; use test='corrected_t'."
        )
    params = params or {}
    splitter = Splitter(
        cv,
        y,
        classify=check_classes(estimators, y),
        groups=groups,
        params=params,
        default=10 if test == "corrected_t" else 2,
    )
    scorers = None if of_rows else make_scorers(estimators, scoring, y)
    routed = route(
        "compare_estimators",
        estimators,
        scorers,
        splitter,
        groups=groups,
        params=params,
    )
    splits = _draw(splitter, cv, X, y, routed.split, test, n_repeats, random_state)
    folds = run_folds(
        estimators, scorers, X, y, splits, routed, n_jobs=n_jobs, verbose=verbose
    )
    return _judge(
        folds,
        y,
        splits,
        test=test,
        score_name="accuracy" if of_rows else name_of_scoring(scoring),
        reference=reference,
        level=confidence_level,
    )


def _draw(
    splitter: Splitter,
    cv: Any,
    X: Any,
    y: Any,
    routed: dict[str, Any],
    test: str,
    n_repeats: int | None,
    seed: Any,
) -> list[Split]:
    """Return splits that suit the test."""
    if test == "5x2cv_f":
        if n_repeats not in (None, 5):
            raise ValueError(
                f"n_repeats={n_repeats}, but test='5x2cv_f' has 5 repeats; leave it "
                "out or use test='corrected_t'."
            )
        if splitter.is_own:
            splits = splitter.split(X, y, routed, 5, seed)
        else:
            splits = splitter.split(X, y, routed, 1, seed)
            if len(splits) == 2:
                splits = splitter.split(X, y, routed, 5, seed)
        _check_5x2(splits)
        return splits
    if test in OF_ROWS:
        if n_repeats not in (None, 1):
            raise ValueError(
                f"n_repeats={n_repeats}, but test={test!r} predicts every row once; "
                "leave it out or use test='corrected_t'."
            )
        splits = splitter.split(X, y, routed, 1, seed)
        if cv is None:
            splits = splits[:1]  # of folds, models share rows and are wrong together
        times = np.bincount(np.concatenate([test_rows for _, test_rows in splits]))
        if times.max() > 1:
            raise ValueError(
                f"The splits test row {int(times.argmax())} {times.max()} times, but "
                f"test={test!r} predicts every row once; use folds or one split."
            )
        return splits
    splits = splitter.split(X, y, routed, n_repeats or 1, seed)
    if len(splits) < 2:
        raise ValueError(
            f"cv makes {len(splits)} split, which test='corrected_t' cannot tell from "
            "chance; use more, or test='mcnemar' for classes."
        )
    return splits


def _check_5x2(splits: Sequence[Split]) -> None:
    if len(splits) != 10:
        raise ValueError(
            f"cv makes {len(splits)} splits, but test='5x2cv_f' needs 2 folds, or all "
            "10 splits of 5 draws."
        )
    for k in range(0, 10, 2):
        if np.intersect1d(splits[k][1], splits[k + 1][1]).size:
            raise ValueError(
                f"Splits {k} and {k + 1} share test rows, but test='5x2cv_f' needs "
                "halves: two splits of a draw next to each other."
            )


def _judge(
    folds: Mapping[str, list[Fold]],
    y: Any,
    splits: list[Split],
    *,
    test: str,
    score_name: str,
    reference: str | None,
    level: float,
) -> EstimatorComparison:
    """Test the pairs."""
    omnibus, hits = None, None
    ask: Callable[[str, str], Significance]
    if test in OF_ROWS:
        hits = {name: hits_of(found, y, splits, name) for name, found in folds.items()}
        ends = np.cumsum([len(rows) for _, rows in splits])[:-1]
        scores = {
            name: np.array([part.mean() for part in np.split(hit, ends)])
            for name, hit in hits.items()
        }
        if test == "cochran_q":
            omnibus = compare_all_hits(np.array(list(hits.values())))
        right = hits

        def ask(first: str, second: str) -> Significance:
            return compare_hits(right[first], right[second], exact=True, level=level)

    else:
        scores = {name: scores_of(found) for name, found in folds.items()}
        sizes = {
            "n_train": [len(train) for train, _ in splits],
            "n_test": [len(rows) for _, rows in splits],
        }

        def ask(first: str, second: str) -> Significance:
            pair = scores[first], scores[second]
            if test == "corrected_t":
                return corrected_resampled_ttest(*pair, **sizes, confidence_level=level)
            return combined_ftest_5x2cv(*pair, confidence_level=level)

    pairs = list(combinations(folds, 2))
    if reference is not None:
        pairs = [(name, reference) for name in folds if name != reference]
    found = [ask(*pair) for pair in pairs]
    adjusted = adjust_by_holm(np.array([one.p_value for one in found]))
    return EstimatorComparison(
        test=test,
        score_name=score_name,
        scores=scores,
        fit_times={
            name: np.array([fold.fit_time for fold in found])
            for name, found in folds.items()
        },
        score_times={
            name: np.array([fold.score_time for fold in found])
            for name, found in folds.items()
        },
        splits=splits,
        tests=[
            _pair(first, second, one, p_holm)
            for (first, second), one, p_holm in zip(pairs, found, adjusted, strict=True)
        ],
        omnibus=omnibus,
        hits=hits,
        confidence_level=level,
    )


def _pair(first: str, second: str, one: Significance, p_holm: float) -> PairedTest:
    assert one.difference is not None  # all tests of pairs have one
    return PairedTest(
        first,
        second,
        one.difference,
        one.interval,
        one.statistic,
        one.p_value,
        float(p_holm),
    )


@validate_params(
    {**OF_COMPARISONS, "datasets": [Mapping]}, prefer_skip_nested_validation=False
)
def compare_on_datasets(
    estimators: Mapping[str, Any],
    datasets: Mapping[str, Sequence[Any]],
    *,
    test: str = "corrected_t",
    reference: str | None = None,
    cv: Any = None,
    n_repeats: int | None = None,
    scoring: str | Callable | None = None,
    confidence_level: float = 0.95,
    n_jobs: int | None = None,
    verbose: int = 0,
    random_state: int | RandomState | None = None,
) -> DatasetComparison:
    """Compare estimators on several data sets, and over them.

    Parameters
    ----------
    estimators : dict of str to estimator
        Two or more by name; they are cloned.
    datasets : dict of str to (X, y) or (X, y, params)
        Data sets by name; ``params`` is a dict as in `compare_estimators`, with
        ``"groups"`` among them if there are any.
    test : {"corrected_t", "5x2cv_f", "mcnemar", "cochran_q"}, default="corrected_t"
        As in `compare_estimators`.
    reference : str or None, default=None
        Name of an estimator that the others are compared with; None compares all pairs.
    cv : int, splitter or None, default=None
        As in `compare_estimators`, for each data set.
    n_repeats : int or None, default=None
        As in `compare_estimators`.
    scoring : str, callable or None, default=None
        As in `compare_estimators`.
    confidence_level : float between 0 and 1, default=0.95
        Level of the intervals.
    n_jobs : int or None, default=None
        Number of processes for pairs of estimator and split; the result is the same.
    verbose : int, default=0
        1 prints a line for each data set, 2 for each fit.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds, of which each data set has its own.

    Returns
    -------
    comparison : DatasetComparison
        The comparison on each data set, p-values adjusted by Holm for all of them, and
        tests over data sets.

    Raises
    ------
    ValueError
        If there is no data set, or `compare_estimators` refuses one.

    See Also
    --------
    compare_estimators : One data set.

    Examples
    --------
    >>> from sklearn.datasets import load_iris, load_wine
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skx.model_selection import compare_on_datasets
    >>> models = {"bayes": GaussianNB(), "neighbours": KNeighborsClassifier()}
    >>> tables = {
    ...     "iris": load_iris(return_X_y=True), "wine": load_wine(return_X_y=True)
    ... }
    >>> compare_on_datasets(models, tables, cv=5, random_state=0).mean_ranks()
    {'bayes': 1.25, 'neighbours': 1.75}
    """
    check_estimators(estimators, 2)
    if not datasets:
        raise ValueError(
            "datasets is empty; give some by name, such as {'wine': (X, y)}."
        )
    seeds = check_random_state(random_state).randint(2**31 - 1, size=len(datasets))
    comparisons = {}
    for (name, data), seed in zip(datasets.items(), seeds, strict=True):
        X, y, params = _read_dataset(name, data)
        groups = None if routing_enabled() else params.pop("groups", None)
        if verbose:
            print(f"{name}: {count_rows(X)} rows", flush=True)
        try:
            comparisons[name] = compare_estimators(
                estimators,
                X,
                y,
                test=test,
                reference=reference,
                cv=cv,
                n_repeats=n_repeats,
                scoring=scoring,
                groups=groups,
                params=params,
                confidence_level=confidence_level,
                n_jobs=n_jobs,
                verbose=max(verbose - 1, 0),
                random_state=int(seed),
            )
        except Exception as error:
            error.add_note(f"This came from data set {name!r}.")
            raise
    return DatasetComparison(comparisons=comparisons)


def _read_dataset(name: str, data: Any) -> tuple[Any, NDArray[Any], dict[str, Any]]:
    if not isinstance(data, Sequence) or len(data) not in (2, 3):
        raise ValueError(
            f"datasets[{name!r}] must be (X, y) or (X, y, params), a tuple of two or "
            "three."
        )
    X, y, *rest = data
    params = rest[0] if rest else {}
    if not isinstance(params, Mapping):
        raise TypeError(
            f"The third of datasets[{name!r}] is {type(params).__name__}; it must be a "
            "dict, such as {'sample_weight': weights}."
        )
    return X, y, dict(params)
