# SPDX-License-Identifier: BSD-3-Clause
"""Which of several samplers is better, and whether that is luck."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from sklearn.base import is_regressor
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit, check_cv
from sklearn.utils import check_consistent_length, indexable
from sklearn.utils.parallel import delayed

from skx._backend import on_host
from skx._base.sklearn import Interval, take_rows, validate_params
from skx._caller import caller_level
from skx._holm import adjust_by_holm
from skx._optional import require
from skx._tables import as_html, as_text
from skx.active._greedy._reading import Positions, read_positions
from skx.active._loop._curve import (
    LearningCurve,
    mean_of,
    number,
    spread_of,
)
from skx.active._loop._progress import Watch, watched
from skx.active._loop._simulate import (
    CONSTRAINTS,
    Run,
    Task,
    _read_all,
    draw_seeds,
    draw_start,
    make_curve,
    make_scorer_of,
    play,
    run_calls,
)
from skx.active._samplers._copies import hash_rows

TEST_SHARE = 1 / 3


@on_host
@validate_params(
    {
        **CONSTRAINTS,
        "samplers": [Mapping],
        "X": ["array-like", "sparse matrix"],
        "y": ["array-like"],
        "initial": [Interval(Integral, 0, None, closed="left"), dict],
        "cv": ["cv_object"],
    },
    prefer_skip_nested_validation=False,
)
def compare(
    samplers: Mapping[str, Any],
    X: Any,
    y: ArrayLike,
    *,
    initial: int | dict[Any, int],
    n_rounds: int,
    n_samples: int,
    cv: Any = 10,
    scoring: str | Callable[..., float] | None = None,
    random_state: int | RandomState | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    callbacks: Sequence[Any] | None = None,
) -> "CurveComparison":
    """Play the same campaigns with several samplers.

    Each split of the rows into pool and test is played by each sampler from the same
    start, so that differences are between samplers and not between splits, which differ
    more. Ten splits are the least to tell good samplers apart; put a `RandomSampler`
    among them, as some do worse.

    Parameters
    ----------
    samplers : dict of str to sampler
        Samplers by name, all with an estimator.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        Rows, which are split into pools and test rows.
    y : array-like of shape (n_samples,)
        Labels or numbers to be predicted, of all rows.
    initial : int or dict
        Rows that have a label at the start, as in `simulate`.
    n_rounds : int, at least 1
        Number of queries.
    n_samples : int, at least 1
        Number of rows in a query.
    cv : int, splitter or iterable of (pool, test), default=10
        An int: so many random splits with a third of the rows for the test, stratified
        by class. Otherwise as in scikit-learn, where the training part is the pool.
    scoring : str, callable or None, default=None
        As in scikit-learn; None is the estimator's ``score``. More is better.
    random_state : int, RandomState instance or None, default=None
        Seed of splits, starts and, as in `simulate`, of the samplers.
    n_jobs : int or None, default=None
        Number of processes for pairs of split and sampler; the result is the same.
    verbose : int, default=0
        1 prints a line for each campaign, 2 for each round.
    callbacks : list of callbacks or None, default=None
        As in `simulate`; a campaign is one sampler on one split.

    Returns
    -------
    comparison : CurveComparison
        The curves, a table and tests.

    Warns
    -----
    UserWarning
        If rows of a pool are equal to test rows; where it is interrupted, which leaves
        the splits that all samplers have done.

    See Also
    --------
    simulate : One sampler, a test set of your own, and stopping rules.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import RandomSampler, UncertaintySampler, compare
    >>> X, y = load_digits(return_X_y=True)
    >>> model = LogisticRegression(max_iter=500)
    >>> samplers = {"random": RandomSampler(model), "margin": UncertaintySampler(model)}
    >>> comparison = compare(
    ...     samplers, X, y, initial=20, n_rounds=2, n_samples=20, cv=3, random_state=0
    ... )
    >>> sorted(comparison.curves)
    ['margin', 'random']
    """
    (X,) = indexable(X)
    values = _read_all(y, "y")
    check_consistent_length(X, values)
    if not samplers:
        raise ValueError(
            "samplers is empty; give some by name, such as "
            "{'margin': UncertaintySampler(model), 'random': RandomSampler(model)}."
        )
    scorers = {name: make_scorer_of(samplers[name], scoring) for name in samplers}
    of_numbers = is_regressor(next(iter(samplers.values())))
    split_seed, start_seed = draw_seeds(random_state, 2)
    splits = _split(cv, X, values, of_numbers, split_seed)
    seeds = draw_seeds(start_seed, len(splits))
    _warn_of_duplicates(X, splits)
    starts = [
        draw_start(initial, values[pool], seed, of_numbers)
        for (pool, _), seed in zip(splits, seeds, strict=True)
    ]
    campaigns = [(s, name) for s in range(len(splits)) for name in samplers]
    labels = [f"{name}, split {s + 1} of {len(splits)}" for s, name in campaigns]

    def play_all(watches: Sequence[Watch | None]) -> list[Run]:
        calls = (
            delayed(_play_split)(
                Task(
                    sampler=samplers[name],
                    label=label,
                    start=starts[s],
                    seed=seeds[s],
                ),
                X,
                values,
                *splits[s],
                n_rounds=n_rounds,
                n_samples=n_samples,
                scorer=scorers[name],
                verbose=verbose,
                watch=watch,
            )
            for (s, name), label, watch in zip(campaigns, labels, watches, strict=True)
        )
        return run_calls(calls, n_jobs)

    found = watched(callbacks, labels, n_rounds, play_all)
    runs = [run for run in found if not run.interrupted]
    n_done = len(runs) // len(samplers)
    if not n_done:
        raise KeyboardInterrupt
    if n_done < len(splits):
        warnings.warn(
            f"compare was interrupted after {n_done} of {len(splits)} splits; the "
            "curves hold those.",
            UserWarning,
            stacklevel=caller_level(),
        )
    runs = runs[: n_done * len(samplers)]
    ratio = np.mean([len(test) / len(pool) for pool, test in splits])
    return CurveComparison(
        curves={
            name: make_curve(name, scoring, runs[k :: len(samplers)])
            for k, name in enumerate(samplers)
        },
        test_ratio=float(ratio),
    )


def _split(
    cv: Any, X: Any, y: NDArray, of_numbers: bool, seed: int
) -> list[tuple[Positions, Positions]]:
    if isinstance(cv, Integral):
        splitter = ShuffleSplit if of_numbers else StratifiedShuffleSplit
        cv = splitter(int(cv), test_size=TEST_SHARE, random_state=seed)
    splits = check_cv(cv, y, classifier=not of_numbers).split(X, y)
    return [
        (read_positions(pool, len(y), "cv"), read_positions(test, len(y), "cv"))
        for pool, test in splits
    ]


def _warn_of_duplicates(X: Any, splits: list) -> None:
    hashes = hash_rows(X)
    n_shared = [np.isin(hashes[test], hashes[pool]).sum() for pool, test in splits]
    if any(n_shared):
        n_test = sum(len(test) for _, test in splits)
        warnings.warn(
            f"{sum(n_shared)} of {n_test} test rows, over all splits, are equal to a "
            "row of their pool; they make scores look better than they are. Drop "
            "duplicates of X first.",
            UserWarning,
            stacklevel=caller_level(),
        )


def _play_split(
    task: Task, X: Any, y: NDArray, pool: NDArray, test: NDArray, **settings: Any
) -> Run:
    run = play(
        task, take_rows(X, pool), y[pool], take_rows(X, test), y[test], **settings
    )
    run.rows = pool[run.rows]
    return run


class PairedTest(NamedTuple):
    """Whether two samplers differ."""

    first: str
    second: str
    difference: float
    wins: float
    p_value: float
    p_holm: float


@dataclass(kw_only=True, eq=False, repr=False)
class CurveComparison:
    """Learning curves of samplers on the same splits; made by `compare`, not by users.

    In a notebook it shows itself as a table, best sampler first: mean and standard
    deviation of the area under the curve over splits, mean rank on a split, mean score
    at the end and seconds of a campaign.

    Parameters
    ----------
    curves : dict of str to LearningCurve
        Curve of each sampler; their repeats are the splits, in the same order, and
        their ``indices`` are positions in X.
    test_ratio : float
        Number of test rows for each row of the pool.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Set by `plot`.
    figure_ : matplotlib Figure
        Set by `plot`.

    See Also
    --------
    compare : Makes comparisons.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import RandomSampler, UncertaintySampler, compare
    >>> X, y = load_digits(return_X_y=True)
    >>> model = LogisticRegression(max_iter=500)
    >>> samplers = {"random": RandomSampler(model), "margin": UncertaintySampler(model)}
    >>> comparison = compare(
    ...     samplers, X, y, initial=20, n_rounds=2, n_samples=20, cv=3, random_state=0
    ... )
    >>> test = comparison.paired_tests()[0]
    >>> test.first, test.second, test.p_value == test.p_holm
    ('random', 'margin', True)
    """

    curves: dict[str, LearningCurve]
    test_ratio: float

    def paired_tests(
        self, reference: str | None = None, *, method: str = "corrected_t"
    ) -> list[PairedTest]:
        """Test whether areas under the curves differ.

        Parameters
        ----------
        reference : str or None, default=None
            Name of a sampler that the others are compared with; None compares all
            pairs, which takes larger differences to tell.
        method : {"corrected_t", "wilcoxon"}, default="corrected_t"
            The corrected t test allows for splits that share rows, as all splits of one
            table do. Wilcoxon's signed-rank test does not, and so finds differences
            that other rows would not show; it is for splits that are different data.

        Returns
        -------
        tests : list of named tuples
            ``first``, ``second``, ``difference`` (mean area of first less that of
            second), ``wins`` (share of splits in which first is better, ties half),
            ``p_value`` (two-sided) and ``p_holm``, the same adjusted by Holm for the
            number of tests.

        References
        ----------
        C. Nadeau, Y. Bengio (2003). Inference for the generalization error. Machine
        Learning 52, 239-281.

        S. Holm (1979). A simple sequentially rejective multiple test procedure.
        Scandinavian Journal of Statistics 6(2), 65-70.
        """
        if method not in ("corrected_t", "wilcoxon"):
            raise ValueError(
                f"method is {method!r}; it must be 'corrected_t' or 'wilcoxon'."
            )
        if reference is not None and reference not in self.curves:
            raise ValueError(
                f"reference={reference!r} is none of the samplers {list(self.curves)}."
            )
        areas = {name: curve.aulc() for name, curve in self.curves.items()}
        n_splits = len(next(iter(areas.values())))
        if n_splits < 2:
            raise ValueError(
                "There is 1 split, which no test can tell from chance; compare with "
                "cv=10 or more."
            )
        pairs = list(combinations(areas, 2))
        if reference is not None:
            pairs = [(name, reference) for name in areas if name != reference]
        gaps = [areas[first] - areas[second] for first, second in pairs]
        p_values = np.array([self._p_value(gap, method) for gap in gaps])
        return [
            PairedTest(
                first,
                second,
                float(gap.mean()),
                float((gap > 0).mean() + (gap == 0).mean() / 2),
                float(p_value),
                float(p_holm),
            )
            for (first, second), gap, p_value, p_holm in zip(
                pairs, gaps, p_values, adjust_by_holm(p_values), strict=True
            )
        ]

    def _p_value(self, gaps: NDArray[np.float64], method: str) -> float:
        if not gaps.any():
            return 1.0
        if method == "wilcoxon":
            return stats.wilcoxon(gaps).pvalue
        n = len(gaps)
        variance = gaps.var(ddof=1) * (1.0 / n + self.test_ratio)
        if variance == 0.0:
            return 0.0
        return 2.0 * stats.t.sf(abs(gaps.mean()) / np.sqrt(variance), n - 1)

    def to_frame(self, by: str = "sampler") -> Any:
        """Return the comparison as a pandas frame.

        Parameters
        ----------
        by : {"sampler", "round"}, default="sampler"
            A line for each sampler, as shown in a notebook, best first; or for each
            sampler, split and point of the curve.

        Returns
        -------
        frame : pandas.DataFrame
            By sampler: ``aulc``, ``sd``, ``rank``, ``last`` and ``seconds``, indexed by
            name. By round: as `LearningCurve.to_frame`, where a repeat is a split.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        if by not in ("sampler", "round"):
            raise ValueError(f"by is {by!r}; it must be 'sampler' or 'round'.")
        pandas = require(
            "pandas", "CurveComparison.to_frame", otherwise="read its curves"
        )
        if by == "round":
            frames = [curve.to_frame() for curve in self.curves.values()]
            return pandas.concat(frames, ignore_index=True)
        return pandas.DataFrame.from_dict(self._summary(), orient="index")

    def plot(self, *, ax: Any = None, **kwargs: Any) -> "CurveComparison":
        """Draw all curves into one panel.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Panel to draw on; None makes a figure.
        **kwargs : dict
            For matplotlib's ``plot``.

        Returns
        -------
        self : CurveComparison
            With ``ax_`` and ``figure_``. Bands are standard deviations over splits; as
            splits are the same for all samplers, curves may differ where bands overlap.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        for name in self._summary():
            ax = self.curves[name].plot(ax=ax, **kwargs).ax_
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _summary(self) -> dict[str, dict[str, float]]:
        areas = {name: curve.aulc() for name, curve in self.curves.items()}
        ranks = stats.rankdata(-np.array(list(areas.values())), axis=0).mean(axis=1)
        rows = {
            name: {
                "aulc": float(areas[name].mean()),
                "sd": float(spread_of(areas[name])),
                "rank": float(rank),
                "last": float(mean_of(curve.scores[:, -1])),
                "seconds": float(curve.seconds.sum(axis=1).mean()),
            }
            for (name, curve), rank in zip(self.curves.items(), ranks, strict=True)
        }
        return dict(sorted(rows.items(), key=lambda item: -item[1]["aulc"]))

    def _heading(self) -> str:
        curve = next(iter(self.curves.values()))
        n_samplers, n_splits = len(self.curves), len(curve.scores)
        return (
            f"{type(self).__name__} of {n_samplers} sampler{'s'[: n_samplers != 1]}: "
            f"{curve._range()}, {n_splits} split{'s'[: n_splits != 1]}, "
            f"{curve.score_name}"
        )

    def _lines(self) -> list[list[str]]:
        lines = [["sampler", "AULC", "sd", "rank", "last", "seconds"]]
        for name, row in self._summary().items():
            lines.append([name, *(number(value) for value in row.values())])
        return lines

    def __repr__(self) -> str:
        return f"{self._heading()}\n{as_text(self._lines(), names=True)}"

    def _repr_html_(self) -> str:
        return f"<div><p>{escape(self._heading())}</p>{as_html(self._lines())}</div>"
