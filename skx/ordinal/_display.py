# SPDX-License-Identifier: BSD-3-Clause
"""Figure of a path: coefficients and scores against the strength of the penalty."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from skx._optional import require


class PathDisplay:
    """Coefficients and scores of `PRESTOCV` or `OrdinalRegressionCV` along the path.

    To see where slopes begin to differ, how flat the score is around the chosen
    strength, and whether the choice lies at an end of the grid. Make it by
    `from_estimator`. Large strengths are on the left, a strength of 0 is not drawn; the
    band is one standard error of the mean over folds.

    Parameters
    ----------
    alphas : ndarray of shape (n_alphas,)
        Strengths, descending.
    coefs : ndarray of shape (n_alphas, n_classes - 1, n_features)
        Slopes of each boundary.
    scores : ndarray of shape (n_alphas, n_folds)
        Scores of the folds, or values of a criterion as the only column.
    alpha : float
        The strength chosen.
    score_name : str
        What the scores are.
    feature_names : list of str
        Names of the columns.

    Attributes
    ----------
    axes_ : ndarray of shape (2,) of matplotlib Axes
        Panels of coefficients and scores.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    PRESTOCV : Chooses the strength.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.ordinal import PRESTOCV, PathDisplay
    >>> rng = np.random.default_rng(0)
    >>> X = rng.uniform(-1, 1, size=(1000, 2))
    >>> y = np.digitize(X @ [2, 1] + rng.logistic(size=1000), [0, 2])
    >>> display = PathDisplay.from_estimator(PRESTOCV().fit(X, y))
    >>> display.axes_[1].get_ylabel()
    'neg_log_loss'
    """

    def __init__(
        self,
        *,
        alphas: NDArray[np.float64],
        coefs: NDArray[np.float64],
        scores: NDArray[np.float64],
        alpha: float,
        score_name: str,
        feature_names: list[str],
    ) -> None:
        self.alphas = alphas
        self.coefs = coefs
        self.scores = scores
        self.alpha = alpha
        self.score_name = score_name
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, axes: ArrayLike | None = None
    ) -> "PathDisplay":
        """Draw the path of a fitted estimator, at the ``l1_ratio`` that it chose.

        Parameters
        ----------
        estimator : PRESTOCV or OrdinalRegressionCV
            Fitted.
        axes : array-like of shape (2,) of matplotlib Axes or None, default=None
            Panels to draw on; None makes a figure.

        Returns
        -------
        display : PathDisplay
            With ``axes_`` and ``figure_``.
        """
        check_is_fitted(estimator, "alpha_")
        at: Any = ...
        if estimator.alphas_.ndim > 1:
            at = list(np.asarray(estimator.l1_ratio)).index(estimator.l1_ratio_)
        name = estimator.criterion
        if name is None:
            scores = estimator.scores_path_[at]
            name = estimator.scoring
            name = name if isinstance(name, str) else "score"
        else:
            scores = estimator.criterion_path_[at][:, None]
        names = getattr(estimator, "feature_names_in_", None)
        if names is None:
            names = [f"x{j}" for j in range(estimator.n_features_in_)]
        return cls(
            alphas=estimator.alphas_[at],
            coefs=estimator.coefs_path_[at],
            scores=scores,
            alpha=estimator.alpha_,
            score_name=name,
            feature_names=list(names),
        ).plot(axes=axes)

    def plot(self, *, axes: ArrayLike | None = None) -> "PathDisplay":
        """Draw both panels.

        Parameters
        ----------
        axes : array-like of shape (2,) of matplotlib Axes or None, default=None
            Panels to draw on; None makes a figure.

        Returns
        -------
        self : PathDisplay
            With ``axes_`` and ``figure_``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require("matplotlib", "PathDisplay.plot")
        if axes is None:
            import matplotlib.pyplot as plt

            _, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
        self.axes_ = np.asarray(axes, dtype=object)
        if self.axes_.shape != (2,):
            raise ValueError(f"axes has shape {self.axes_.shape}; give two axes.")
        left, right = self.axes_
        self.figure_ = left.figure
        n_boundaries = self.coefs.shape[1]
        for j, feature in enumerate(self.feature_names):
            for k in range(n_boundaries):
                left.plot(
                    self.alphas,
                    self.coefs[:, k, j],
                    color=f"C{j % 10}",
                    alpha=(k + 1) / n_boundaries,
                    label=feature if k == n_boundaries - 1 else None,
                )
        if len(self.feature_names) <= 10:
            left.legend(fontsize="small")
        left.set_ylabel("coefficient (last boundary darkest)")
        mean = self.scores.mean(axis=1)
        right.plot(self.alphas, mean, marker=".")
        n_folds = self.scores.shape[1]
        if n_folds > 1:
            error = self.scores.std(axis=1, ddof=1) / np.sqrt(n_folds)
            right.fill_between(self.alphas, mean - error, mean + error, alpha=0.2)
        right.set_ylabel(self.score_name)
        for ax in (left, right):
            ax.axvline(self.alpha, color="black", linestyle="--", linewidth=1)
            ax.set_xscale("log")
            ax.invert_xaxis()
            ax.set_xlabel("alpha")
        return self
