# SPDX-License-Identifier: BSD-3-Clause
"""Figure of a choice among rule sets: score against size."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from skx._optional import require


class RulePathDisplay:
    """Score against number of conditions, for the settings of `FOLDSEClassifierCV`.

    To see what a shorter rule set costs, and to choose another one than the estimator
    did. Make it by `from_estimator`. Dots are settings, the line joins those that no
    other beats in size and score, with one standard error of their mean over folds; the
    ring is the one chosen.

    Parameters
    ----------
    n_conditions : ndarray of shape (n_settings,)
        Mean number of conditions over folds.
    scores : ndarray of shape (n_settings, n_folds)
        Scores of the folds, greater is better.
    path : ndarray of int
        Positions of the settings on the line, from the smallest.
    chosen : int
        Position of the one chosen.
    score_name : str
        What the scores are.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The panel.
    figure_ : matplotlib Figure
        The figure.
    points_ : matplotlib PathCollection
        Dots of the settings.
    line_ : matplotlib ErrorbarContainer
        The line.

    See Also
    --------
    FOLDSEClassifierCV : Chooses the setting.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skx.rules import FOLDSEClassifierCV, RulePathDisplay
    >>> X, y = load_wine(return_X_y=True)
    >>> model = FOLDSEClassifierCV(ratios=[0.2, 0.5]).fit(X, y)
    >>> display = RulePathDisplay.from_estimator(model)
    >>> display.ax_.get_ylabel()
    'accuracy'
    """

    def __init__(
        self,
        *,
        n_conditions: NDArray[np.float64],
        scores: NDArray[np.float64],
        path: NDArray[np.intp],
        chosen: int,
        score_name: str,
    ) -> None:
        self.n_conditions = n_conditions
        self.scores = scores
        self.path = path
        self.chosen = chosen
        self.score_name = score_name

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None) -> "RulePathDisplay":
        """Draw the settings that a fitted estimator chose from.

        Parameters
        ----------
        estimator : FOLDSEClassifierCV
            Fitted.
        ax : matplotlib Axes or None, default=None
            Panel to draw on; None makes a figure.

        Returns
        -------
        display : RulePathDisplay
            With ``ax_`` and ``figure_``.
        """
        check_is_fitted(estimator, "path_")
        results = estimator.cv_results_
        name = "accuracy" if estimator.scoring is None else estimator.scoring
        return cls(
            n_conditions=results["mean_n_conditions"],
            scores=np.column_stack(
                [results[f"split{k}_test_score"] for k in range(estimator.n_splits_)]
            ),
            path=estimator.path_,
            chosen=estimator.best_index_,
            score_name=name if isinstance(name, str) else "score",
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> "RulePathDisplay":
        """Draw the figure.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Panel to draw on; None makes a figure.

        Returns
        -------
        self : RulePathDisplay
            With ``ax_`` and ``figure_``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require("matplotlib", "RulePathDisplay.plot")
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots(layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        means = self.scores.mean(axis=1)
        n_folds = self.scores.shape[1]
        error = None
        if n_folds > 1:
            error = self.scores[self.path].std(axis=1, ddof=1) / np.sqrt(n_folds)
        self.points_ = ax.scatter(self.n_conditions, means, s=12, color="0.6")
        self.line_ = ax.errorbar(
            self.n_conditions[self.path], means[self.path], error, marker=".", capsize=2
        )
        ax.scatter(
            self.n_conditions[self.chosen],
            means[self.chosen],
            s=120,
            facecolors="none",
            edgecolors="black",
            zorder=3,
            label="chosen",
        )
        ax.set_xlabel("conditions, mean over folds")
        ax.set_ylabel(self.score_name)
        ax.legend()
        return self
