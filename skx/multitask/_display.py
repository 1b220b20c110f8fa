# SPDX-License-Identifier: BSD-3-Clause
"""Figures of tasks: which are outliers, and which resemble each other."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from skx._backend import on_host
from skx._optional import require
from skx.multitask._models import check_knows_tasks
from skx.multitask._similarity import task_similarity

# More tasks than that are not named.
MOST_NAMED = 40


class OutlierTaskDisplay:
    """Outlier scores of tasks, and how they came about.

    To see which tasks `RMTGBRegressor` or `RMTGBClassifier` sets apart, how clearly,
    and whether small tasks are among them. Make it by `from_estimator`. Left: a dot for
    each task, its area after the number of rows, highest score on top. Right: the
    score of each task after each round of the outlier block.

    Parameters
    ----------
    tasks : ndarray of shape (n_tasks,)
        Ids.
    outlier_score : ndarray of shape (n_tasks,)
        Scores between 0 and 1.
    task_counts : ndarray of shape (n_tasks,)
        Rows of each task.
    theta_path : ndarray of shape (n_rounds, n_tasks)
        Log odds of the scores after each round.

    Attributes
    ----------
    axes_ : ndarray of shape (2,) of matplotlib Axes
        Panels of scores and paths.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    task_report : The scores as a table.
    TaskSimilarityDisplay : Which tasks resemble each other.

    Examples
    --------
    >>> from skx.datasets import make_multitask
    >>> from skx.multitask import OutlierTaskDisplay, RMTGBRegressor
    >>> X, y, tasks = make_multitask(n_tasks=4, n_outlier_tasks=1, random_state=0)
    >>> model = RMTGBRegressor(random_state=0).fit(X, y, tasks=tasks)
    >>> display = OutlierTaskDisplay.from_estimator(model)
    >>> display.axes_[0].get_xlabel()
    'outlier score'
    """

    def __init__(
        self,
        *,
        tasks: NDArray[Any],
        outlier_score: NDArray[np.float64],
        task_counts: NDArray[np.int64],
        theta_path: NDArray[np.float64],
    ) -> None:
        self.tasks = tasks
        self.outlier_score = outlier_score
        self.task_counts = task_counts
        self.theta_path = theta_path

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, axes: ArrayLike | None = None
    ) -> "OutlierTaskDisplay":
        """Draw the outlier scores of a fitted estimator.

        Parameters
        ----------
        estimator : RMTGBRegressor or RMTGBClassifier
            Fitted.
        axes : array-like of shape (2,) of matplotlib Axes or None, default=None
            Panels to draw on; None makes a figure.

        Returns
        -------
        display : OutlierTaskDisplay
            With ``axes_`` and ``figure_``.
        """
        check_knows_tasks(estimator, "OutlierTaskDisplay")
        if not hasattr(estimator, "outlier_score_"):
            raise ValueError(
                f"{type(estimator).__name__} has no outlier scores; give an "
                "RMTGBRegressor or RMTGBClassifier."
            )
        return cls(
            tasks=estimator.tasks_,
            outlier_score=estimator.outlier_score_,
            task_counts=estimator.task_counts_,
            theta_path=estimator.theta_path_,
        ).plot(axes=axes)

    def plot(self, *, axes: ArrayLike | None = None) -> "OutlierTaskDisplay":
        """Draw both panels.

        Parameters
        ----------
        axes : array-like of shape (2,) of matplotlib Axes or None, default=None
            Panels to draw on; None makes a figure.

        Returns
        -------
        self : OutlierTaskDisplay
            With ``axes_`` and ``figure_``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require("matplotlib", "OutlierTaskDisplay.plot")
        if axes is None:
            import matplotlib.pyplot as plt

            height = np.clip(0.25 * len(self.tasks), 3.0, 10.0)
            _, axes = plt.subplots(1, 2, figsize=(10, height), layout="constrained")
        self.axes_ = np.asarray(axes, dtype=object)
        if self.axes_.shape != (2,):
            raise ValueError(f"axes has shape {self.axes_.shape}; give two axes.")
        left, right = self.axes_
        self.figure_ = left.figure
        order = np.argsort(self.outlier_score, kind="stable")
        score = self.outlier_score[order]
        colors = np.where(score >= 0.5, "C1", "C0")
        sizes = 150.0 * self.task_counts[order] / self.task_counts.max()
        left.scatter(score, np.arange(len(order)), s=sizes, c=colors)
        if len(order) <= MOST_NAMED:
            left.set_yticks(np.arange(len(order)), self.tasks[order])
        else:
            left.set_yticks([])
        left.set_ylabel("task")
        left.set_xlabel("outlier score")
        left.set_xlim(-0.05, 1.05)
        left.axvline(0.5, color="black", linestyle="--", linewidth=1)
        paths = 1.0 / (1.0 + np.exp(-self.theta_path))
        for t, color in zip(order, colors, strict=True):
            right.plot(paths[:, t], color=color, alpha=0.7, linewidth=1)
        right.axhline(0.5, color="black", linestyle="--", linewidth=1)
        right.set_xlabel("round of the outlier block")
        right.set_ylabel("outlier score")
        right.set_ylim(-0.05, 1.05)
        return self


class TaskSimilarityDisplay:
    """Heat map of how alike tasks are, with similar ones side by side.

    To find groups of tasks by eye. Make it by `from_estimator`, or from any matrix of
    similarities.

    Parameters
    ----------
    similarity : array-like of shape (n_tasks, n_tasks)
        Symmetric, at most 1.
    tasks : array-like of shape (n_tasks,) or None, default=None
        Ids; None numbers the tasks.

    Attributes
    ----------
    order_ : ndarray of shape (n_tasks,), int
        Tasks from top to bottom.
    ax_ : matplotlib Axes
        The panel.
    figure_ : matplotlib Figure
        The figure.
    image_ : matplotlib AxesImage
        The heat map.

    See Also
    --------
    task_similarity : The matrix.
    TaskClusterBooster : A model for each group.

    Notes
    -----
    The order is that of the leaves of an average-linkage tree, turned so that
    neighbours are as alike as the tree allows.

    Examples
    --------
    >>> from skx.multitask import TaskSimilarityDisplay
    >>> similarity = [[1.0, 0.1, 0.9], [0.1, 1.0, 0.2], [0.9, 0.2, 1.0]]
    >>> display = TaskSimilarityDisplay(similarity=similarity, tasks=["a", "b", "c"])
    >>> display.plot().order_
    array([1, 2, 0])
    """

    def __init__(
        self, *, similarity: ArrayLike, tasks: ArrayLike | None = None
    ) -> None:
        self.similarity = similarity
        self.tasks = tasks

    @classmethod
    @on_host
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        tasks: ArrayLike | None = None,
        method: str = "functions",
        max_samples: int = 2000,
        n_splits: int = 3,
        random_state: Any = None,
        ax: Any = None,
    ) -> "TaskSimilarityDisplay":
        """Draw how alike tasks are to an estimator.

        Parameters
        ----------
        estimator : estimator
            As in `task_similarity`; fitted, also for ``method="cross_error"``.
        X : array-like or dataframe of shape (n_samples, n_features)
            Rows to compare at.
        y : array-like of shape (n_samples,) or None, default=None
            Targets, for ``method="cross_error"``.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, for ``method="cross_error"``.
        method : {"functions", "cross_error"}, default="functions"
            As in `task_similarity`.
        max_samples : int >= 2, default=2000
            Rows drawn for "functions".
        n_splits : int >= 2, default=3
            Folds of "cross_error".
        random_state : int, RandomState instance or None, default=None
            Seed of what is drawn.
        ax : matplotlib Axes or None, default=None
            Panel to draw on; None makes a figure.

        Returns
        -------
        display : TaskSimilarityDisplay
            With ``ax_`` and ``figure_``.
        """
        check_knows_tasks(estimator, "TaskSimilarityDisplay")
        similarity = task_similarity(
            estimator,
            X,
            y,
            tasks=tasks,
            method=method,
            max_samples=max_samples,
            n_splits=n_splits,
            random_state=random_state,
        )
        if len(similarity) != len(estimator.tasks_):
            raise ValueError(
                f"X holds {len(similarity)} tasks but the estimator was fitted on "
                f"{len(estimator.tasks_)}; give rows of the same tasks."
            )
        return cls(similarity=similarity, tasks=estimator.tasks_).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> "TaskSimilarityDisplay":
        """Draw the heat map.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Panel to draw on; None makes a figure.

        Returns
        -------
        self : TaskSimilarityDisplay
            With ``ax_`` and ``figure_``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require("matplotlib", "TaskSimilarityDisplay.plot")
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots(layout="constrained")
        similarity = np.asarray(self.similarity, dtype=np.float64)
        n_tasks = len(similarity)
        if similarity.shape != (n_tasks, n_tasks):
            raise ValueError(
                f"similarity has shape {similarity.shape}; give a square matrix."
            )
        names = np.arange(n_tasks) if self.tasks is None else np.asarray(self.tasks)
        self.order_ = self._order(similarity)
        self.ax_, self.figure_ = ax, ax.figure
        low = -1.0 if similarity.min() < 0.0 else 0.0
        self.image_ = ax.imshow(
            similarity[np.ix_(self.order_, self.order_)],
            vmin=low,
            vmax=1.0,
            cmap="RdBu_r" if low < 0.0 else "viridis",
        )
        self.figure_.colorbar(self.image_, ax=ax, label="similarity")
        shown = self.order_ if n_tasks <= MOST_NAMED else self.order_[:0]
        ax.set_xticks(np.arange(len(shown)), names[shown], rotation=90)
        ax.set_yticks(np.arange(len(shown)), names[shown])
        ax.set_xlabel("task")
        ax.set_ylabel("task")
        return self

    def _order(self, similarity: NDArray[np.float64]) -> NDArray[np.intp]:
        if len(similarity) < 2:
            return np.arange(len(similarity))
        distance = np.maximum(1.0 - 0.5 * (similarity + similarity.T), 0.0)
        np.fill_diagonal(distance, 0.0)
        close = squareform(distance, checks=False)
        tree = linkage(close, method="average", optimal_ordering=True)
        return leaves_list(tree).astype(np.intp)
