# SPDX-License-Identifier: BSD-3-Clause
"""The loop of asking and learning, where all labels are known beforehand."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from numbers import Integral
from time import perf_counter
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone, is_regressor
from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.utils import check_consistent_length, check_random_state, indexable
from sklearn.utils.parallel import Parallel, delayed

from skx._backend import on_host
from skx._base.sklearn import HasMethods, Interval, StrOptions, validate_params
from skx._caller import caller_level
from skx.active._greedy._reading import Positions, read_positions
from skx.active._loop._curve import LearningCurve
from skx.active._loop._progress import Watch, watched
from skx.active._samplers._copies import hash_rows
from skx.active._samplers._labels import read_labels

# Of both functions.
CONSTRAINTS: dict[str, list[Any]] = {
    "n_rounds": [Interval(Integral, 1, None, closed="left")],
    "n_samples": [Interval(Integral, 1, None, closed="left")],
    "scoring": [StrOptions(set(get_scorer_names())), callable, None],
    "random_state": ["random_state"],
    "n_jobs": [Integral, None],
    "verbose": ["verbose"],
    "callbacks": [list, tuple, None],
}


@on_host
@validate_params(
    {
        **CONSTRAINTS,
        "sampler": [HasMethods(["fit", "query", "get_params"])],
        "X": ["array-like", "sparse matrix"],
        "y": ["array-like"],
        "initial": [Interval(Integral, 0, None, closed="left"), dict, "array-like"],
        "X_test": ["array-like", "sparse matrix"],
        "y_test": ["array-like"],
        "stopping": [HasMethods(["should_stop"]), None],
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
    },
    prefer_skip_nested_validation=False,
)
def simulate(
    sampler: Any,
    X: Any,
    y: ArrayLike,
    *,
    initial: int | dict[Any, int] | ArrayLike,
    n_rounds: int,
    n_samples: int,
    X_test: Any,
    y_test: ArrayLike,
    scoring: str | Callable[..., float] | None = None,
    stopping: Any = None,
    n_repeats: int = 1,
    random_state: int | RandomState | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    callbacks: Sequence[Any] | None = None,
) -> LearningCurve:
    """Play a campaign on rows whose labels are known, and score the model on the way.

    Before labels are paid for: on an old data set that is like the new one, it tells
    whether a sampler is worth its while, how large batches may be and when to stop. To
    say which of two samplers is better use `compare`, since the same start is luck for
    one and not for the other.

    Parameters
    ----------
    sampler : sampler
        Such as `UncertaintySampler`, with an estimator. It is cloned; the labels it has
        not asked for are hidden from it.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        The pool.
    y : array-like of shape (n_samples,)
        Labels or numbers to be predicted, of all rows; -1 is a label like any other.
    initial : int, dict, or array-like of positions or bool mask
        Rows that have a label at the start. An int: so many drawn at random, of each
        class one before there is a second of any, as few classifiers can be fitted to a
        single class. A dict: so many of each class, drawn at random. 0 is for samplers
        that need no model, such as `KCenterSampler`; the first point then has no score.
    n_rounds : int, at least 1
        Number of queries; fewer if the pool is used up or ``stopping`` says so.
    n_samples : int, at least 1
        Number of rows in a query.
    X_test : {array-like, sparse matrix, dataframe} of shape (n_test, n_features)
        Rows to score on, none of which should be in X.
    y_test : array-like of shape (n_test,)
        Their labels.
    scoring : str, callable or None, default=None
        As in scikit-learn; None is the estimator's ``score``. More is better.
    stopping : object with ``should_stop`` or None, default=None
        Such as `BudgetStop`; asked after each fit. It sees fitted samplers, no score.
    n_repeats : int, at least 1, default=1
        Number of campaigns. Each draws its start and its seeds anew.
    random_state : int, RandomState instance or None, default=None
        Seed of starts, and of all parameters ``random_state`` of the sampler and of
        what it wraps: those are set anew, or all repeats would draw alike.
    n_jobs : int or None, default=None
        Number of processes for repeats; the result is the same.
    verbose : int, default=0
        1 prints a line for each repeat, 2 for each round.
    callbacks : list of callbacks or None, default=None
        Those of scikit-learn 1.9 or later, such as ``ProgressBar()``. A campaign is a
        task with a task for each round, whose metadata are ``n_labels`` and ``score``;
        a callback that stops a round ends the campaign.

    Returns
    -------
    curve : LearningCurve
        Scores, rows and seconds.

    Warns
    -----
    UserWarning
        If rows of X_test are in X too; where it is interrupted, which loses nothing
        that is computed: the curve then ends there.

    See Also
    --------
    compare : Several samplers on the same splits and starts.
    BudgetStop, ConfidenceStop, StablePredictionsStop : Stopping rules.

    Notes
    -----
    Each round fits the sampler to X and the labels so far, scores it on the test rows
    and asks it for the next ones. Scores on labelled rows would say nothing: they were
    chosen for being difficult, or odd.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import UncertaintySampler, simulate
    >>> X, y = load_digits(return_X_y=True)
    >>> sampler = UncertaintySampler(LogisticRegression(max_iter=500))
    >>> curve = simulate(
    ...     sampler, X[:900], y[:900], initial=20, n_rounds=2, n_samples=20,
    ...     X_test=X[900:], y_test=y[900:], n_repeats=2, random_state=0,
    ... )
    >>> curve.scores.shape
    (2, 3)
    """
    (X,), (X_test,) = indexable(X), indexable(X_test)
    values, truth = _read_all(y, "y"), _read_all(y_test, "y_test")
    check_consistent_length(X, values)
    check_consistent_length(X_test, truth)
    shared = np.isin(hash_rows(X_test), hash_rows(X))
    if shared.all():
        raise ValueError(
            f"All {len(shared)} rows of X_test are in X too; keep some rows apart, as "
            "train_test_split does, and leave them out of X."
        )
    if shared.any():
        warnings.warn(
            f"{shared.sum()} of {len(shared)} rows of X_test are in X too, such as row "
            f"{np.flatnonzero(shared)[0]}; they make scores look better than they are. "
            "Drop duplicates before the split.",
            UserWarning,
            stacklevel=caller_level(),
        )
    name, scorer = type(sampler).__name__, make_scorer_of(sampler, scoring)
    tasks = [
        Task(
            sampler=sampler,
            label=f"{name}, repeat {repeat + 1} of {n_repeats}",
            start=draw_start(initial, values, seed, is_regressor(sampler)),
            seed=seed,
        )
        for repeat, seed in enumerate(draw_seeds(random_state, n_repeats))
    ]
    settings = {
        "n_rounds": n_rounds,
        "n_samples": n_samples,
        "scorer": scorer,
        "stopping": stopping,
        "verbose": verbose,
    }

    def play_all(watches: Sequence[Watch | None]) -> list[Run]:
        calls = (
            delayed(play)(task, X, values, X_test, truth, watch=watch, **settings)
            for task, watch in zip(tasks, watches, strict=True)
        )
        return run_calls(calls, n_jobs)

    found = watched(callbacks, [task.label for task in tasks], n_rounds, play_all)
    runs = [run for run in found if run.points]
    if not runs:
        raise KeyboardInterrupt
    if len(runs) < n_repeats or runs[-1].interrupted:
        warnings.warn(
            f"simulate was interrupted after {len(runs[-1].points) - 1} queries of "
            f"repeat {len(runs)} of {n_repeats}; the curve holds what there is.",
            UserWarning,
            stacklevel=caller_level(),
        )
    return make_curve(name, scoring, runs)


@dataclass(frozen=True, kw_only=True)
class Task:
    """A campaign to be played."""

    sampler: Any
    label: str
    start: Positions
    seed: int


@dataclass
class Run:
    """What a campaign gave: number of labels, score and seconds of each point."""

    rows: Positions
    points: list[list[float]] = field(default_factory=list)
    interrupted: bool = False


def play(
    task: Task,
    X: Any,
    y: NDArray,
    X_test: Any,
    y_test: NDArray,
    *,
    n_rounds: int,
    n_samples: int,
    scorer: Callable[..., float],
    stopping: Any = None,
    verbose: int = 0,
    watch: Watch | None = None,
) -> Run:
    """Play a campaign: fit, score, ask, and again."""
    sampler = clone(task.sampler)
    set_seeds(sampler, task.seed)
    labeled = np.zeros(len(y), np.bool_)
    labeled[task.start] = True
    run, history = Run(task.start), []
    if watch:
        watch.begin()
    try:
        for k in range(n_rounds + 1):
            began = perf_counter()
            sampler.fit(X, np.where(labeled, y, np.zeros_like(y)), labeled=labeled)
            seconds = perf_counter() - began
            n_labeled = int(labeled.sum())
            score = float(scorer(sampler, X_test, y_test)) if n_labeled else np.nan
            run.points.append([n_labeled, score, seconds])
            if verbose > 1:
                print(f"{task.label}: {n_labeled} labels, score {score:.3f}")
            is_enough = watch is not None and watch.note(n_labeled, score)
            if is_enough or k == n_rounds or labeled.all():
                break
            if stopping is not None:
                history.append(copy(sampler))
                if stopping.should_stop(history):
                    break
            began = perf_counter()
            n_picks = min(n_samples, int((~labeled).sum()))
            picks = np.asarray(sampler.query(n_samples=n_picks))
            run.points[-1][2] += perf_counter() - began
            _check_picks(sampler, picks, n_picks, labeled)
            labeled = labeled.copy()  # the fitted sampler may hold the old one
            labeled[picks] = True
            run.rows = np.concatenate([run.rows, picks])
    except KeyboardInterrupt:
        run.interrupted = True
        if run.points:  # the last picks may have no point any more
            run.rows = run.rows[: int(run.points[-1][0])]
    if watch:
        watch.end()
    if verbose and run.points:
        (end, score, _), spent = run.points[-1], sum(point[2] for point in run.points)
        print(f"{task.label}: {end} labels, score {score:.3f}, {spent:.1f} s")
    return run


def _check_picks(
    sampler: Any, picks: Positions, n_picks: int, labeled: NDArray[np.bool_]
) -> None:
    new = np.unique(picks[~labeled[picks]])
    if len(picks) != n_picks or len(new) != n_picks:
        raise ValueError(
            f"{type(sampler).__name__} was asked for {n_picks} rows and returned "
            f"{len(picks)}, of which {len(new)} are different and without a label; a "
            "simulation needs as many as were asked for."
        )


def run_calls(calls: Iterator[Any], n_jobs: int | None) -> list[Run]:
    """Return what calls of `play` return, up to where they are interrupted."""
    runs: list[Run] = []
    try:
        for run in Parallel(n_jobs=n_jobs, return_as="generator")(calls):
            runs.append(run)
            if run.interrupted:
                break
    except KeyboardInterrupt:
        pass
    return runs


def make_curve(name: str, scoring: Any, runs: list[Run]) -> LearningCurve:
    """Put runs into the rows of a curve."""
    longest = max((run.points for run in runs), key=len)
    scores, seconds = np.full((2, len(runs), len(longest)), np.nan)
    for r, run in enumerate(runs):
        _, scores[r, : len(run.points)], seconds[r, : len(run.points)] = zip(
            *run.points, strict=True
        )
    return LearningCurve(
        name=name,
        score_name=_name_score(scoring),
        n_labeled=np.array([n_labeled for n_labeled, *_ in longest], np.int64),
        scores=scores,
        seconds=seconds,
        indices=[run.rows for run in runs],
    )


def _name_score(scoring: Any) -> str:
    if scoring is None:
        return "score"
    if isinstance(scoring, str):
        return scoring
    return getattr(scoring, "__name__", "score")


def make_scorer_of(sampler: Any, scoring: Any) -> Callable[..., float]:
    """Return what scores a fitted sampler on test rows."""
    if not hasattr(sampler, "predict"):
        raise ValueError(
            f"{type(sampler).__name__} has no estimator, so that there is nothing to "
            "score; give it the one that is to be fitted to the labels."
        )
    return check_scoring(sampler, scoring=scoring)


def draw_seeds(random_state: int | RandomState | None, n_seeds: int) -> list[int]:
    """Draw seeds of repeats; the first are the same for any number of them."""
    rng = check_random_state(random_state)
    return [int(rng.randint(np.iinfo(np.int32).max)) for _ in range(n_seeds)]


def set_seeds(sampler: Any, seed: int) -> None:
    """Set all parameters ``random_state`` of a sampler and of what it wraps."""
    names = sorted(
        name
        for name in sampler.get_params(deep=True)
        if name == "random_state" or name.endswith("__random_state")
    )
    seeds = draw_seeds(seed, len(names))
    sampler.set_params(**dict(zip(names, seeds, strict=True)))


def draw_start(initial: Any, y: NDArray, seed: int, of_numbers: bool) -> Positions:
    """Return positions of the rows that have a label at the start."""
    order = check_random_state(seed).permutation(len(y)).astype(np.int64)
    if isinstance(initial, Mapping):
        parts = []
        for label, count in initial.items():
            rows = order[y[order] == label]
            if not 0 <= count <= len(rows):
                raise ValueError(
                    f"initial asks for {count} rows of class {label!r}, of which y has "
                    f"{len(rows)}; lower it, or leave the class out."
                )
            parts.append(rows[:count])
        return np.concatenate([*parts, order[:0]])
    if not isinstance(initial, Integral):
        return read_positions(initial, len(y), "initial")
    n_start = int(initial)
    if n_start > len(y):
        raise ValueError(
            f"initial={n_start} but X has {len(y)} rows; lower it, so that there is "
            "something to ask about."
        )
    if not of_numbers:
        _, first = np.unique(y[order], return_index=True)
        is_first = np.zeros(len(y), np.bool_)
        is_first[first] = True
        order = np.concatenate([order[is_first], order[~is_first]])
    return order[:n_start]


def _read_all(y: Any, name: str) -> NDArray:
    values, known = read_labels(y, minus_one=False)
    if not known.all():
        rows = np.flatnonzero(~known)
        raise ValueError(
            f"{name} has no label in {len(rows)} rows, such as row {rows[0]}; a "
            "simulation needs to know all of them, so drop those rows."
        )
    return values
