# SPDX-License-Identifier: BSD-3-Clause
"""Folds that hold the same share of every task."""

from collections.abc import Iterator
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import type_of_target

from skx._base.sklearn import Interval, count_rows, validate_params
from skx.multitask._device import here
from skx.multitask._tasks import learn_ids, read_ids


class TaskStratifiedKFold(BaseCrossValidator):
    """K folds that hold the same share of every task, and of every class in it.

    To estimate errors on new rows of the tasks at hand: every task is in training and
    test rows as far as it has enough of them, and small tasks are not left out of a
    fold by chance. Not for errors on new tasks: those need
    :class:`sklearn.model_selection.GroupKFold` with the tasks for groups.

    Parameters
    ----------
    n_splits : int >= 2, default=5
        Number of folds.
    shuffle : bool, default=False
        Deal the rows of each task at random. False gives each fold a run of
        neighbouring rows of the task, which keeps rows that depend on their neighbours
        together.
    random_state : int, RandomState instance or None, default=None
        Seed of ``shuffle``; without it, must be None.

    See Also
    --------
    sklearn.model_selection.StratifiedKFold : Folds by class alone.
    sklearn.model_selection.GroupKFold : Folds that keep tasks whole.

    Notes
    -----
    Rows in the order of tasks, and of classes in a task, are dealt to the folds in
    turn. Sizes of folds therefore differ by one row at most, and so do the rows of a
    task, and those of a class of a task if y holds classes. A task with a single row
    is not among the training rows of the fold that tests it.

    With metadata routing ``groups`` is requested by default.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.multitask import TaskStratifiedKFold
    >>> shop = np.array(["a"] * 4 + ["b"] * 2)
    >>> folds = TaskStratifiedKFold(n_splits=2)
    >>> for train, test in folds.split(np.zeros((6, 1)), groups=shop):
    ...     print(shop[train], shop[test])
    ['a' 'a' 'b'] ['a' 'a' 'b']
    ['a' 'a' 'b'] ['a' 'a' 'b']
    """

    __metadata_request__split: ClassVar[dict[str, Any]] = {"groups": True}

    @validate_params(
        {
            "n_splits": [Interval(Integral, 2, None, closed="left")],
            "shuffle": ["boolean"],
            "random_state": ["random_state"],
        },
        prefer_skip_nested_validation=True,
    )
    def __init__(
        self, n_splits: int = 5, *, shuffle: bool = False, random_state: Any = None
    ) -> None:
        if not shuffle and random_state is not None:
            raise ValueError(
                f"random_state={random_state!r} has no effect without shuffle=True; "
                "set it, or leave random_state out."
            )
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state

    def split(
        self, X: Any, y: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Generate training and test rows of each fold.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows; only their number is used.
        y : array-like of shape (n_samples,) or None, default=None
            Targets; classes are shared out too, other targets are not used.
        groups : array-like of shape (n_samples,)
            Task of each row.

        Yields
        ------
        train : ndarray of int
            Positions of the training rows.
        test : ndarray of int
            Positions of the test rows.
        """
        folds = self._folds(count_rows(X), y, groups)
        for k in range(self.n_splits):
            yield np.flatnonzero(folds != k), np.flatnonzero(folds == k)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : object
            Not used.

        Returns
        -------
        n_splits : int
            Number of folds.
        """
        return int(self.n_splits)

    def _folds(self, n_rows: int, y: Any, groups: Any) -> NDArray[np.intp]:
        """Return the fold of each row."""
        y, groups = here(y), here(groups)
        if groups is None:
            raise ValueError(
                "TaskStratifiedKFold needs the task of each row; pass it as groups=."
            )
        if n_rows < self.n_splits:
            raise ValueError(
                f"n_splits={self.n_splits} but there are {n_rows} rows; use fewer "
                "folds."
            )
        _, codes = learn_ids(read_ids(groups, n_rows))
        if y is not None and type_of_target(y) in ("binary", "multiclass"):
            labels = np.unique(np.asarray(y), return_inverse=True)[1]
            codes = codes * (1 + labels.max()) + labels
        mixed = np.arange(n_rows)
        if self.shuffle:
            mixed = check_random_state(self.random_state).permutation(n_rows)
        order = mixed[np.argsort(codes[mixed], kind="stable")]
        dealt = np.arange(n_rows) % self.n_splits
        # The rows of a task and class are a run of this order; its cards are sorted,
        # so that neighbours meet in a fold.
        folds = np.empty(n_rows, dtype=np.intp)
        folds[order] = dealt[np.lexsort([dealt, codes[order]])]
        return folds
