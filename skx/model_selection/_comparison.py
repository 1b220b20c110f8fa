# SPDX-License-Identifier: BSD-3-Clause
"""What a comparison of estimators found, as numbers, tables, text and a plot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from skx._holm import adjust_by_holm
from skx._optional import require
from skx._tables import as_html, as_text
from skx.model_selection._folds import Split
from skx.model_selection._statistics import Significance

# Name and symbol of each test.
TESTS = {
    "corrected_t": ("corrected resampled t test", "t"),
    "5x2cv_f": ("combined 5x2cv F test", "F"),
    "mcnemar": ("McNemar's exact test", "wins"),
    "cochran_q": ("Cochran's Q test, pairs by McNemar's exact test", "wins"),
}


class PairedTest(NamedTuple):
    """Whether two estimators differ."""

    first: str
    second: str
    difference: float
    interval: tuple[float, float] | None
    statistic: float
    p_value: float
    p_holm: float


@dataclass(kw_only=True, eq=False, repr=False)
class EstimatorComparison:
    """Scores of estimators on the same splits, and whether they differ.

    Made by `compare_estimators`, not by users. In a notebook it shows itself as two
    tables, of estimators and of pairs.

    Parameters
    ----------
    test : str
        Name of the test.
    score_name : str
        Name of the score.
    scores : dict of str to ndarray of shape (n_splits,), float64
        Score of each estimator on each split. More is better.
    fit_times, score_times : dict of str to ndarray of shape (n_splits,), float64
        Seconds.
    splits : list of (train, test)
        Positions of rows in X, the same for all estimators.
    tests : list of named tuples
        One for each pair: ``first``, ``second``, ``difference`` (first less second),
        its ``interval`` (None where the test gives none), ``statistic``, ``p_value``
        and ``p_holm``, the same adjusted by Holm for the number of pairs. The interval
        is not adjusted.
    omnibus : named tuple or None
        Cochran's Q test of all estimators at once, as `cochrans_q_test` returns it.
    hits : dict of str to ndarray of shape (n_tested,), bool, or None
        For tests of rows: which test rows, split by split, an estimator gets right.
    confidence_level : float
        Level of the intervals.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Set by `plot`.
    figure_ : matplotlib Figure
        Set by `plot`.

    See Also
    --------
    compare_estimators : Makes comparisons.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skx.model_selection import compare_estimators
    >>> X, y = load_iris(return_X_y=True)
    >>> models = {"bayes": GaussianNB(), "neighbours": KNeighborsClassifier()}
    >>> found = compare_estimators(models, X, y, random_state=0)
    >>> found.scores["bayes"].shape
    (10,)
    >>> found.tests[0].p_value > 0.05
    True
    """

    test: str
    score_name: str
    scores: dict[str, NDArray[np.float64]]
    fit_times: dict[str, NDArray[np.float64]]
    score_times: dict[str, NDArray[np.float64]]
    splits: list[Split]
    tests: list[PairedTest]
    omnibus: Significance | None = None
    hits: dict[str, NDArray[np.bool_]] | None = None
    confidence_level: float = 0.95

    def to_frame(self, by: str = "pair") -> Any:
        """Return the comparison as a pandas frame.

        Parameters
        ----------
        by : {"pair", "estimator", "split"}, default="pair"
            A line for each test; for each estimator, best first; or for each estimator
            and split.

        Returns
        -------
        frame : pandas.DataFrame
            By pair: ``first``, ``second``, ``difference``, ``low``, ``high``,
            ``statistic``, ``p_value`` and ``p_holm``; ``low`` and ``high`` are NaN
            where there is no interval. By estimator: ``mean``, ``sd``, ``fit_time`` and
            ``score_time``, indexed by name. By split: ``estimator``, ``split``,
            ``n_train``, ``n_test``, ``score``, ``fit_time`` and ``score_time``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        if by not in ("pair", "estimator", "split"):
            raise ValueError(
                f"by is {by!r}; it must be 'pair', 'estimator' or 'split'."
            )
        pandas = require(
            "pandas", "EstimatorComparison.to_frame", otherwise="read scores and tests"
        )
        if by == "pair":
            return pandas.DataFrame([_as_row(test) for test in self.tests])
        if by == "estimator":
            return pandas.DataFrame.from_dict(self._summary(), orient="index")
        frames = [
            pandas.DataFrame(
                {
                    "estimator": name,
                    "split": np.arange(len(self.splits)),
                    "n_train": [len(train) for train, _ in self.splits],
                    "n_test": [len(test) for _, test in self.splits],
                    "score": scores,
                    "fit_time": self.fit_times[name],
                    "score_time": self.score_times[name],
                }
            )
            for name, scores in self.scores.items()
        ]
        return pandas.concat(frames, ignore_index=True)

    def plot(self, *, ax: Any = None) -> "EstimatorComparison":
        """Draw the difference of each pair, its interval and those of the splits.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Panel to draw on; None makes a figure.

        Returns
        -------
        self : EstimatorComparison
            With ``ax_`` and ``figure_``. Small dots are splits. Intervals are not
            adjusted for the number of pairs.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require("matplotlib", "EstimatorComparison.plot")
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots(layout="constrained")
        for k, test in enumerate(self.tests):
            gaps = self.scores[test.first] - self.scores[test.second]
            ax.plot(gaps, np.full(len(gaps), k), ".", color="0.7", zorder=1)
            if test.interval is not None:
                ax.plot(test.interval, (k, k), color="C0", linewidth=2, zorder=2)
            ax.plot(test.difference, k, "o", color="C0", zorder=3)
        ax.axvline(0.0, color="0.3", linewidth=1, linestyle="--", zorder=0)
        ax.set_yticks(
            range(len(self.tests)),
            [f"{test.first} - {test.second}" for test in self.tests],
        )
        ax.set_ylim(len(self.tests) - 0.5, -0.5)
        ax.set_xlabel(f"difference in {self.score_name}")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _summary(self) -> dict[str, dict[str, float]]:
        rows = {
            name: {
                "mean": float(scores.mean()),
                "sd": float(scores.std(ddof=1)) if len(scores) > 1 else float("nan"),
                "fit_time": float(self.fit_times[name].mean()),
                "score_time": float(self.score_times[name].mean()),
            }
            for name, scores in self.scores.items()
        }
        return dict(sorted(rows.items(), key=lambda item: -item[1]["mean"]))

    def _heading(self) -> str:
        n = len(self.splits)
        return (
            f"{type(self).__name__}: {self.score_name} on {n} split{'s'[: n != 1]}, "
            f"{TESTS[self.test][0]}"
        )

    def _tables(self) -> list[list[list[str]]]:
        estimators = [["estimator", "mean", "sd", "fit s"]]
        for name, row in self._summary().items():
            cells = (number(row[key]) for key in ("mean", "sd", "fit_time"))
            estimators.append([name, *cells])
        pairs = [
            [
                "pair",
                "difference",
                f"{100 * self.confidence_level:g} % interval",
                TESTS[self.test][1],
                "p",
                "p Holm",
            ]
        ]
        pairs += [
            [f"{test.first} - {test.second}", *pair_cells(test)] for test in self.tests
        ]
        return [estimators, pairs]

    def _footer(self) -> str:
        if self.omnibus is None:
            return ""
        q, p_value = number(self.omnibus.statistic), number(self.omnibus.p_value)
        return f"All estimators at once: Q = {q}, p = {p_value}"

    def __repr__(self) -> str:
        tables = [as_text(lines, names=True) for lines in self._tables()]
        return "\n".join(filter(None, [self._heading(), *tables, self._footer()]))

    def _repr_html_(self) -> str:
        tables = "".join(map(as_html, self._tables()))
        footer = f"<p>{escape(self._footer())}</p>" if self._footer() else ""
        return f"<div><p>{escape(self._heading())}</p>{tables}{footer}</div>"


class AcrossTest(NamedTuple):
    """Whether two estimators differ over data sets."""

    first: str
    second: str
    difference: float
    wins: float
    p_value: float
    p_holm: float


@dataclass(kw_only=True, eq=False, repr=False)
class DatasetComparison:
    """Estimators compared on several data sets, and over them.

    Made by `compare_on_datasets`, not by users. In a notebook it shows mean scores by
    data set, the pairs that differ on one, and the pairs over all.

    Parameters
    ----------
    comparisons : dict of str to EstimatorComparison
        What was found on each data set; the p-values of its ``tests`` are adjusted for
        the pairs of that data set alone.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Set by `plot`.
    figure_ : matplotlib Figure
        Set by `plot`.

    See Also
    --------
    compare_on_datasets : Makes comparisons.

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
    >>> found = compare_on_datasets(models, tables, random_state=0)
    >>> for name, test in found.tests():
    ...     print(name, test.first, test.second, test.p_holm < 0.05)
    iris bayes neighbours False
    wine bayes neighbours True
    """

    comparisons: dict[str, EstimatorComparison]

    def tests(self) -> list[tuple[str, PairedTest]]:
        """Return the tests on each data set, adjusted for all of them.

        Returns
        -------
        tests : list of (str, named tuple)
            Name of the data set, and the test of a pair as `EstimatorComparison` has
            it, but with ``p_holm`` adjusted for the number of pairs on all data sets.
        """
        found = [
            (name, test)
            for name, comparison in self.comparisons.items()
            for test in comparison.tests
        ]
        adjusted = adjust_by_holm(np.array([test.p_value for _, test in found]))
        return [
            (name, test._replace(p_holm=float(p)))
            for (name, test), p in zip(found, adjusted, strict=True)
        ]

    def across(self) -> list[AcrossTest]:
        """Test whether estimators differ over data sets, by Wilcoxon's signed ranks.

        Data sets count the same, however many rows they have. The question is another
        one than that of `tests`: is one estimator better on data sets such as these?

        Returns
        -------
        tests : list of named tuples
            ``first``, ``second``, ``difference`` (mean over data sets of the difference
            of mean scores), ``wins`` (share of data sets on which first is better, ties
            half), ``p_value`` and ``p_holm``.

        Notes
        -----
        Fewer than six data sets cannot give a p-value below 0.05. If the scores are
        equal on all data sets the p-value is 1.

        References
        ----------
        J. Demšar (2006). Statistical comparisons of classifiers over multiple data
        sets. Journal of Machine Learning Research 7, 1-30.

        A. Benavoli, G. Corani, F. Mangili (2016). Should we really use post-hoc tests
        based on mean-ranks? Journal of Machine Learning Research 17, 1-10.
        """
        means = self._means()
        pairs = [
            (test.first, test.second)
            for test in next(iter(self.comparisons.values())).tests
        ]
        gaps = [means[first] - means[second] for first, second in pairs]
        p_values = np.array([_signed_rank(gap) for gap in gaps])
        return [
            AcrossTest(
                *pair,
                float(gap.mean()),
                float((gap > 0).mean() + (gap == 0).mean() / 2),
                float(p),
                float(p_holm),
            )
            for pair, gap, p, p_holm in zip(
                pairs, gaps, p_values, adjust_by_holm(p_values), strict=True
            )
        ]

    def mean_ranks(self) -> dict[str, float]:
        """Return the mean rank of each estimator over data sets.

        Returns
        -------
        ranks : dict of str to float
            1 is the best on every data set; ties share their ranks.
        """
        means = self._means()
        ranks = stats.rankdata(-np.array(list(means.values())), axis=0).mean(axis=1)
        return {name: float(rank) for name, rank in zip(means, ranks, strict=True)}

    def to_frame(self, by: str = "pair") -> Any:
        """Return the comparison as a pandas frame.

        Parameters
        ----------
        by : {"pair", "estimator", "split", "across"}, default="pair"
            As in `EstimatorComparison.to_frame`, with a column ``dataset`` in front and
            ``p_holm`` adjusted for all data sets; ``"across"`` has a line for each pair
            over all data sets.

        Returns
        -------
        frame : pandas.DataFrame
            See `EstimatorComparison.to_frame` and `across`.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        choices = ("pair", "estimator", "split", "across")
        if by not in choices:
            raise ValueError(f"by is {by!r}; it must be one of {', '.join(choices)}.")
        pandas = require(
            "pandas", "DatasetComparison.to_frame", otherwise="read its comparisons"
        )
        if by == "across":
            return pandas.DataFrame(self.across(), columns=AcrossTest._fields)
        if by == "pair":
            rows = [{"dataset": name} | _as_row(test) for name, test in self.tests()]
            return pandas.DataFrame(rows)
        frames = []
        for name, comparison in self.comparisons.items():
            frame = comparison.to_frame(by)
            if by == "estimator":
                frame = frame.rename_axis("estimator").reset_index()
            frame.insert(0, "dataset", name)
            frames.append(frame)
        return pandas.concat(frames, ignore_index=True)

    def plot(self, *, ax: Any = None) -> "DatasetComparison":
        """Draw the difference of each pair on each data set, and its interval.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Panel to draw on; None makes a figure.

        Returns
        -------
        self : DatasetComparison
            With ``ax_`` and ``figure_``; a colour for each pair.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require("matplotlib", "DatasetComparison.plot")
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots(layout="constrained")
        n_pairs = len(next(iter(self.comparisons.values())).tests)
        for k, comparison in enumerate(self.comparisons.values()):
            for j, test in enumerate(comparison.tests):
                height = k + 0.6 * ((j + 0.5) / n_pairs - 0.5)
                label = f"{test.first} - {test.second}" if k == 0 else None
                if test.interval is not None:
                    ax.plot(test.interval, (height, height), color=f"C{j}")
                ax.plot(test.difference, height, "o", color=f"C{j}", label=label)
        ax.axvline(0.0, color="0.3", linewidth=1, linestyle="--", zorder=0)
        ax.set_yticks(range(len(self.comparisons)), list(self.comparisons))
        ax.set_ylim(len(self.comparisons) - 0.5, -0.5)
        ax.set_xlabel(f"difference in {self._score_name()}")
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _score_name(self) -> str:
        return next(iter(self.comparisons.values())).score_name

    def _means(self) -> dict[str, NDArray[np.float64]]:
        found = list(self.comparisons.values())
        # Twelve digits, so that rounding breaks no ties.
        return {
            name: np.array([float(f"{one.scores[name].mean():.12g}") for one in found])
            for name in found[0].scores
        }

    def _heading(self) -> str:
        n = len(self.comparisons)
        test = next(iter(self.comparisons.values())).test
        return (
            f"{type(self).__name__}: {self._score_name()} on {n} data "
            f"set{'s'[: n != 1]}, {TESTS[test][0]}"
        )

    def _tables(self) -> list[list[list[str]]]:
        means, ranks = self._means(), self.mean_ranks()
        scores = [["data set", *means]]
        for k, name in enumerate(self.comparisons):
            scores.append([name, *(number(values[k]) for values in means.values())])
        scores.append(["mean rank", *(f"{rank:.2f}" for rank in ranks.values())])
        pairs = [["pair", "on", "difference", "p", "p Holm"]]
        for name, test in self.tests():
            cells = pair_cells(test)
            pairs.append([f"{test.first} - {test.second}", name, cells[0], *cells[-2:]])
        for one in self.across():
            shown = (number(v) for v in (one.difference, one.p_value, one.p_holm))
            pairs.append([f"{one.first} - {one.second}", "all (Wilcoxon)", *shown])
        return [scores, pairs]

    def __repr__(self) -> str:
        tables = [as_text(lines, names=True) for lines in self._tables()]
        return "\n".join([self._heading(), *tables])

    def _repr_html_(self) -> str:
        tables = "".join(map(as_html, self._tables()))
        return f"<div><p>{escape(self._heading())}</p>{tables}</div>"


def _signed_rank(gaps: NDArray[np.float64]) -> float:
    if not gaps.any():
        return 1.0
    return float(stats.wilcoxon(gaps).pvalue)


def _as_row(test: PairedTest) -> dict[str, Any]:
    row: Mapping[str, Any] = test._asdict()
    low, high = test.interval or (float("nan"), float("nan"))
    head = {key: row[key] for key in ("first", "second", "difference")}
    tail = {key: row[key] for key in ("statistic", "p_value", "p_holm")}
    return {**head, "low": low, "high": high, **tail}


def number(value: float) -> str:
    """Return a number of any size as short text, "-" for NaN."""
    if np.isnan(value):
        return "-"
    return f"{value:.3f}" if 0.001 <= abs(value) < 1000 else f"{value:.3g}"


def pair_cells(test: PairedTest) -> Sequence[str]:
    """Return the cells of a pair: difference, interval, statistic and p-values."""
    interval = "-"
    if test.interval is not None:
        interval = f"[{', '.join(map(number, test.interval))}]"
    statistic = number(test.statistic)
    if float(test.statistic).is_integer():  # of McNemar's test a number of rows
        statistic = f"{test.statistic:.0f}"
    p_values = number(test.p_value), number(test.p_holm)
    return [number(test.difference), interval, statistic, *p_values]
