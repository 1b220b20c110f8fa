# SPDX-License-Identifier: BSD-3-Clause
"""Figure of the features that rules use, and how much each of them does."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from skx._optional import require
from skx.rules._program import each_literal
from skx.rules._ruleset import Condition


class RuleImportanceDisplay:
    """Features by what their conditions do for the rules, as bars.

    For a first look at long rules; short ones are quicker to read. The number at each
    bar tells how many conditions are on the feature. Make it by `from_estimator`.

    Parameters
    ----------
    importances : array-like of shape (n_features,)
        Importances, such as ``feature_importances_`` of a classifier.
    n_conditions : array-like of shape (n_features,), int
        Number of conditions on each feature.
    feature_names : list of str
        Names of the columns.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the bars, the most important feature at the top.
    figure_ : matplotlib Figure
        The figure.
    bars_ : matplotlib BarContainer
        The bars.

    See Also
    --------
    RuleSet : The rules themselves.
    sklearn.inspection.permutation_importance : What a model loses without a feature.

    Notes
    -----
    ``feature_importances_`` are of the rows of the fit, and of the order in which
    conditions were found: of two features that tell the same, the first gets all. How
    many conditions there are is counted after simplification.

    Examples
    --------
    >>> from skx.datasets import load_mushroom
    >>> from skx.rules import FOLDSEClassifier, RuleImportanceDisplay
    >>> model = FOLDSEClassifier().fit(*load_mushroom(return_X_y=True))
    >>> display = RuleImportanceDisplay.from_estimator(model)
    >>> [label.get_text() for label in display.ax_.get_yticklabels()][-1]
    'odor'
    """

    def __init__(
        self,
        *,
        importances: ArrayLike,
        n_conditions: ArrayLike,
        feature_names: list[str],
    ) -> None:
        self.importances = importances
        self.n_conditions = n_conditions
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        max_features: int = 20,
        ax: Any = None,
        **bar_kwargs: Any,
    ) -> "RuleImportanceDisplay":
        """Draw the features of a fitted classifier.

        Parameters
        ----------
        estimator : FOLDSEClassifier, FOLDRClassifier or RIPPERClassifier
            Fitted.
        max_features : int, default=20
            Most bars to draw.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **bar_kwargs : dict
            What else goes to ``Axes.barh``, such as ``color``.

        Returns
        -------
        display : RuleImportanceDisplay
            With ``ax_``, ``figure_`` and ``bars_``.
        """
        check_is_fitted(estimator, "rule_set_")
        if not hasattr(estimator, "feature_importances_"):
            raise ValueError(
                "estimator has rules but no feature_importances_, which a fit sets and "
                "the dict of a classifier keeps; fit it, or give the importances to "
                "RuleImportanceDisplay."
            )
        rules = estimator.rule_set_
        found: list[Condition] = []
        each_literal(rules.rules, found.append)
        return cls(
            importances=estimator.feature_importances_,
            n_conditions=np.bincount(
                np.array([condition.feature for condition in found], dtype=np.intp),
                minlength=len(rules.columns),
            ),
            feature_names=[column.name for column in rules.columns],
        ).plot(max_features=max_features, ax=ax, **bar_kwargs)

    def plot(
        self, *, max_features: int = 20, ax: Any = None, **bar_kwargs: Any
    ) -> "RuleImportanceDisplay":
        """Draw the bars.

        Parameters
        ----------
        max_features : int, default=20
            Most bars to draw; features without importance and conditions have none.
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        **bar_kwargs : dict
            What else goes to ``Axes.barh``, such as ``color``.

        Returns
        -------
        self : RuleImportanceDisplay
            With ``ax_``, ``figure_`` and ``bars_``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require("matplotlib", "RuleImportanceDisplay.plot")
        if not isinstance(max_features, int | np.integer) or max_features < 1:
            raise ValueError(f"max_features is {max_features!r}; expected 1 or more.")
        importances, counts, shown = self._shown(max_features)
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots(
                figsize=(7, 1 + 0.3 * max(len(shown), 2)), layout="constrained"
            )
        self.ax_, self.figure_ = ax, ax.figure
        places = np.arange(len(shown))
        self.bars_ = ax.barh(places, importances[shown], **bar_kwargs)
        ax.bar_label(self.bars_, [f"{k}" for k in counts[shown]], padding=3)
        # Names may repeat, so they are no categories of the axis.
        ax.set_yticks(places, [self.feature_names[j] for j in shown])
        ax.margins(x=0.1)
        ax.set_xlabel("importance (number of conditions at the bar)")
        return self

    def _shown(
        self, max_features: int
    ) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
        """Return importances, numbers of conditions, and what to draw, upwards."""
        importances = np.asarray(self.importances, dtype=np.float64)
        counts = np.asarray(self.n_conditions, dtype=np.intp)
        lengths = len(importances), len(counts), len(self.feature_names)
        if len(set(lengths)) > 1:
            raise ValueError(
                "importances, n_conditions and feature_names have lengths "
                f"{lengths}; give one entry per feature in each."
            )
        order = np.lexsort((-np.arange(len(counts)), counts, importances))
        used = order[(importances[order] > 0) | (counts[order] > 0)]
        return importances, counts, used[-max_features:]
