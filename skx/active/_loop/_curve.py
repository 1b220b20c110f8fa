# SPDX-License-Identifier: BSD-3-Clause
"""How scores grow with labels, as numbers, tables, text and a plot."""

import warnings
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._optional import require
from skx._tables import as_html, as_text

SHOWN_ROUNDS = 10


@dataclass(kw_only=True, eq=False, repr=False)
class LearningCurve:
    """Scores of a sampler's model as labels come in; made by `simulate`, not by users.

    In a notebook it shows itself as a table. `aulc` sums a curve up in one number,
    `deficiency` compares it with another one, and `to_frame` and `plot` are for all the
    rest.

    Parameters
    ----------
    name : str
        Name of the sampler.
    score_name : str
        Name of the score.
    n_labeled : ndarray of shape (n_rounds + 1,), int64
        Number of labels at each point of the curve, those of the start first.
    scores : ndarray of shape (n_repeats, n_rounds + 1), float64
        Scores on the test rows; NaN where there was no model yet, and after a repeat
        has stopped.
    seconds : ndarray of shape (n_repeats, n_rounds + 1), float64
        Wall time of fit and query in each round; there is no query after the last.
    indices : list of n_repeats ndarrays, int64
        Positions in X in the order of their labels: those of the start, then those of
        each round, best first. ``indices[r][:n_labeled[k]]`` had a label at point k.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Set by `plot`.
    figure_ : matplotlib Figure
        Set by `plot`.
    line_ : matplotlib Line2D
        Set by `plot`: the mean over repeats.

    See Also
    --------
    simulate : Makes learning curves.
    compare : Makes those of several samplers, and tests whether they differ.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import UncertaintySampler, simulate
    >>> X, y = load_digits(return_X_y=True)
    >>> sampler = UncertaintySampler(LogisticRegression(max_iter=500))
    >>> curve = simulate(
    ...     sampler, X[:900], y[:900], initial=20, n_rounds=2, n_samples=20,
    ...     X_test=X[900:], y_test=y[900:], random_state=0,
    ... )
    >>> curve.n_labeled
    array([20, 40, 60])
    >>> bool(curve.scores[0, -1] > curve.scores[0, 0])
    True
    """

    name: str
    score_name: str
    n_labeled: NDArray[np.int64]
    scores: NDArray[np.float64]
    seconds: NDArray[np.float64]
    indices: list[NDArray[np.int64]]

    def aulc(self) -> NDArray[np.float64]:
        """Return the area under the curve of each repeat.

        Returns
        -------
        areas : ndarray of shape (n_repeats,), float64
            Mean of the scores over the points of the curve, which are equally far apart
            in labels; points without a score are left out.
        """
        return mean_of(self.scores, axis=1)

    def deficiency(self, other: "LearningCurve") -> float:
        """Return how much of the room for learning is lost, in relation to another one.

        Parameters
        ----------
        other : LearningCurve
            Mostly that of a `RandomSampler`; over the same numbers of labels.

        Returns
        -------
        ratio : float
            Area between the mean curve and the last score of ``other``, divided by that
            of ``other``: below 1 is better than ``other``, and 0.5 is half as far from
            its end on average. NaN where ``other`` does not rise.

        Notes
        -----
        The measure is that of Baram, El-Yaniv and Luz (2004), Online choice of active
        learning algorithms, JMLR 5, 255-291, for any score of which more is better.
        """
        if not np.array_equal(self.n_labeled, other.n_labeled):
            raise ValueError(
                f"The curves have {self._range()} and {other._range()}; a deficiency "
                "needs the same numbers of labels. Simulate both with the same "
                "initial, n_rounds and n_samples, and without stopping."
            )
        mine, theirs = (mean_of(curve.scores, axis=0) for curve in (self, other))
        lost, room = (np.nansum(theirs[-1] - mean) for mean in (mine, theirs))
        return float(lost / room) if room > 0 else float("nan")

    def to_frame(self) -> Any:
        """Return the curve as a tidy pandas frame.

        Returns
        -------
        frame : pandas.DataFrame
            A line for each point that a repeat reached: ``sampler``, ``repeat``,
            ``round``, ``n_labeled``, ``score`` and ``seconds``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pandas = require(
            "pandas", "LearningCurve.to_frame", otherwise="read scores and n_labeled"
        )
        repeats, rounds = np.nonzero(~np.isnan(self.seconds))
        return pandas.DataFrame(
            {
                "sampler": self.name,
                "repeat": repeats,
                "round": rounds,
                "n_labeled": self.n_labeled[rounds],
                "score": self.scores[repeats, rounds],
                "seconds": self.seconds[repeats, rounds],
            }
        )

    def plot(self, *, ax: Any = None, **kwargs: Any) -> "LearningCurve":
        """Draw the mean score over the number of labels, and a band around it.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Panel to draw on, such as ``ax_`` of another curve; None makes a figure.
        **kwargs : dict
            For matplotlib's ``plot``.

        Returns
        -------
        self : LearningCurve
            With ``ax_``, ``figure_`` and ``line_``. The band is one standard deviation
            of the repeats wide to either side.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require("matplotlib", "LearningCurve.plot")
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        self.ax_, self.figure_ = ax, ax.figure
        mean, spread = mean_of(self.scores, axis=0), spread_of(self.scores, axis=0)
        options = {"marker": "o", "markersize": 4, "label": self.name} | kwargs
        (self.line_,) = ax.plot(self.n_labeled, mean, **options)
        if len(self.scores) > 1:
            ax.fill_between(
                self.n_labeled,
                mean - spread,
                mean + spread,
                color=self.line_.get_color(),
                alpha=0.15,
                linewidth=0,
            )
        ax.set_xlabel("labels")
        ax.set_ylabel(self.score_name)
        ax.legend()
        return self

    def _range(self) -> str:
        return f"{self.n_labeled[0]} to {self.n_labeled[-1]} labels"

    def _heading(self) -> str:
        n_repeats, n_rounds = len(self.scores), len(self.n_labeled) - 1
        short = sum(len(rows) < self.n_labeled[-1] for rows in self.indices)
        return (
            f"{type(self).__name__} of {self.name}: {self._range()} in "
            f"{n_rounds} round{'s'[: n_rounds != 1]}, {n_repeats} "
            f"repeat{'s'[: n_repeats != 1]}"
            + (f", {short} ended before" if short else "")
        )

    def _footer(self) -> str:
        areas = self.aulc()
        return f"AULC {mean_of(areas):.3f}" + (
            f", standard deviation {spread_of(areas):.3f}" if len(areas) > 1 else ""
        )

    def _lines(self) -> list[list[str]]:
        lines = [["labels", self.score_name, "sd", "seconds"]]
        last = len(self.n_labeled) - 1
        shown = np.unique(np.linspace(0, last, SHOWN_ROUNDS).round().astype(int))
        columns = (
            mean_of(self.scores, axis=0),
            spread_of(self.scores, axis=0),
            mean_of(self.seconds, axis=0),
        )
        lines += [
            [str(self.n_labeled[k]), *(number(values[k]) for values in columns)]
            for k in shown
        ]
        return lines

    def __repr__(self) -> str:
        return "\n".join([self._heading(), as_text(self._lines()), self._footer()])

    def _repr_html_(self) -> str:
        heading, footer = escape(self._heading()), escape(self._footer())
        return f"<div><p>{heading}</p>{as_html(self._lines())}<p>{footer}</p></div>"


def mean_of(values: NDArray[np.float64], axis: int | None = None) -> Any:
    """Return the mean of what is not NaN, NaN where that is nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(values, axis=axis)


def spread_of(values: NDArray[np.float64], axis: int | None = None) -> Any:
    """Return the standard deviation of what is not NaN, NaN for less than two."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanstd(values, axis=axis, ddof=1)


def number(value: float) -> str:
    """Return a number as text of three decimals, "-" for NaN."""
    return "-" if np.isnan(value) else f"{value:.3f}"
