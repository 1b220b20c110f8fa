# SPDX-License-Identifier: BSD-3-Clause
"""What privacy of labels costs, as a figure."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.metrics import check_scoring
from sklearn.utils import check_random_state
from sklearn.utils.parallel import Parallel, delayed

from skx._backend import on_host
from skx._base.sklearn import count_rows, take_rows
from skx._optional import require
from skx.proportions._bags import is_bag_target
from skx.proportions._privacy import privatize_bag_target
from skx.proportions._split import BagKFold


class PrivacyCurveDisplay:
    """Score on held-out bags against the privacy loss that training labels allow.

    To choose epsilon: where the curve nears the dashed line, which is the score without
    noise, more privacy is free. Make it by `from_estimator`. The scores are taken on
    exact bags, so that the figure is for those who hold the labels.

    Parameters
    ----------
    epsilons : ndarray of shape (n_epsilons,)
        Privacy losses.
    scores : ndarray of shape (n_epsilons, n_repeats)
        Mean score over folds, for each draw of the noise.
    exact_score : float
        The same without noise.
    score_name : str or None, default=None
        Label of the vertical axis.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The panel.
    figure_ : matplotlib Figure
        The figure.
    line_ : matplotlib Line2D
        Mean scores; the band around it spans all draws.

    See Also
    --------
    privatize_bag_target : Adds the noise.
    optimal_bag_size : How many rows to put into a bag.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skx.proportions import PrivacyCurveDisplay, ProportionLogisticRegression
    >>> from skx.proportions import bag_target, make_bags
    >>> X, labels = make_classification(n_samples=1000, random_state=0)
    >>> y = bag_target(make_bags(X, bag_size=20, random_state=0), y=labels)
    >>> display = PrivacyCurveDisplay.from_estimator(
    ...     ProportionLogisticRegression(), X, y, epsilons=[0.1, 1.0], random_state=0
    ... )
    >>> display.scores.shape
    (2, 3)
    """

    def __init__(
        self,
        *,
        epsilons: NDArray[np.float64],
        scores: NDArray[np.float64],
        exact_score: float,
        score_name: str | None = None,
    ) -> None:
        self.epsilons = epsilons
        self.scores = scores
        self.exact_score = exact_score
        self.score_name = score_name

    @classmethod
    @on_host
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: NDArray[Any],
        *,
        epsilons: ArrayLike = (0.1, 0.3, 1.0, 3.0, 10.0),
        mechanism: str = "laplace",
        delta: float = 0.0,
        bounds: tuple[float, float] | None = None,
        scoring: Any = None,
        cv: Any = 5,
        n_repeats: int = 3,
        n_jobs: int | None = None,
        random_state: Any = None,
        ax: Any = None,
    ) -> "PrivacyCurveDisplay":
        """Fit to private bags at each privacy loss, score on exact ones, and draw.

        Parameters
        ----------
        estimator : estimator
            Not fitted. A parameter ``count_noise`` that is None is set to the law of
            the noise.
        X : array-like, sparse matrix or dataframe of shape (n_samples, n_features)
            Rows.
        y : ndarray of shape (n_samples,), structured
            The exact result of `bag_target`.
        epsilons : array-like of shape (n_epsilons,), default=(0.1, 0.3, 1.0, 3.0, 10.0)
            Privacy losses, above 0.
        mechanism : {"laplace", "gaussian", "geometric"}, default="laplace"
            As in `privatize_bag_target`.
        delta : float in [0, 1), default=0.0
            As in `privatize_bag_target`.
        bounds : tuple of two floats or None, default=None
            As in `privatize_bag_target`; for means.
        scoring : callable or None, default=None
            Such as `make_bag_scorer` returns; None is the method ``score``.
        cv : int >= 2 or splitter, default=5
            Folds of whole bags; a number is for `BagKFold`.
        n_repeats : int >= 1, default=3
            Draws of the noise.
        n_jobs : int or None, default=None
            Fits at once. None is 1, -1 all processors.
        random_state : int, RandomState instance or None, default=None
            Seed of the noise.
        ax : matplotlib Axes or None, default=None
            Panel to draw on; None makes a figure.

        Returns
        -------
        display : PrivacyCurveDisplay
            With ``ax_`` and ``figure_``.
        """
        require("matplotlib", "PrivacyCurveDisplay.from_estimator")
        if not is_bag_target(y):
            raise ValueError(
                "y carries no bags; make it by bag_target(bags, proportions=...)."
            )
        losses = np.asarray(epsilons, dtype=np.float64).ravel()
        random = check_random_state(random_state)
        scorer = check_scoring(estimator, scoring=scoring)
        folds = cv if hasattr(cv, "split") else BagKFold(cv)
        splits = list(folds.split(np.empty((count_rows(X), 1)), y, y["bag"]))
        jobs = [(clone(estimator), y)]
        for epsilon in losses:
            for _ in range(n_repeats):
                model = clone(estimator)
                private = privatize_bag_target(
                    y,
                    epsilon=float(epsilon),
                    delta=delta,
                    mechanism=mechanism,
                    bounds=bounds,
                    random_state=random,
                    return_count_noise=bounds is None,
                )
                if bounds is None:
                    private, noise = private
                    known = model.get_params()
                    names = [name for name in known if name.endswith("count_noise")]
                    told = {name: noise for name in names if known[name] is None}
                    model.set_params(**told)
                jobs.append((model, private))
        found = Parallel(n_jobs=n_jobs)(
            delayed(_score)(model, X, private, y, scorer, splits)
            for model, private in jobs
        )
        name = getattr(scoring, "__name__", None)
        return cls(
            epsilons=losses,
            scores=np.reshape(found[1:], (len(losses), n_repeats)),
            exact_score=found[0],
            score_name=name,
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None, **kwargs: Any) -> "PrivacyCurveDisplay":
        """Draw the curve.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Panel to draw on; None makes a figure.
        **kwargs : dict
            For matplotlib's ``plot``.

        Returns
        -------
        self : PrivacyCurveDisplay
            With ``ax_`` and ``figure_``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require("matplotlib", "PrivacyCurveDisplay.plot")
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        self.ax_, self.figure_ = ax, ax.figure
        order = np.argsort(self.epsilons)
        epsilons, scores = self.epsilons[order], self.scores[order]
        options = {"marker": "o", "label": "private"} | kwargs
        (self.line_,) = ax.plot(epsilons, scores.mean(axis=1), **options)
        ax.fill_between(
            epsilons,
            scores.min(axis=1),
            scores.max(axis=1),
            color=self.line_.get_color(),
            alpha=0.2,
        )
        ax.axhline(
            self.exact_score, color="black", linestyle="--", label="without noise"
        )
        ax.set_xscale("log")
        ax.set_xlabel("privacy loss epsilon")
        ax.set_ylabel(self.score_name or "score on held-out bags")
        ax.legend()
        return self


def _score(
    model: Any,
    X: Any,
    private: NDArray[Any],
    y: NDArray[Any],
    scorer: Any,
    splits: Iterable[Any],
) -> float:
    """Return the mean score on exact bags of fits to private ones."""
    scores = []
    for train, test in splits:
        model.fit(take_rows(X, train), private[train])
        scores.append(scorer(model, take_rows(X, test), y[test]))
    return float(np.mean(scores))
