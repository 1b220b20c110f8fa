# SPDX-License-Identifier: BSD-3-Clause
"""Folds of whole bags."""

from collections.abc import Iterator
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_random_state

from skx._base.sklearn import Interval, count_rows, validate_params
from skx.proportions._bags import check_length, check_whole, encode_bags, is_bag_target
from skx.proportions._device import at_host


class BagKFold(BaseCrossValidator):
    """K folds of whole bags, with about as many rows and the same share in each.

    For choosing models by what is known of bags: a bag that is cut has another share
    than the one that is known. Ordinary folds cut bags.

    Parameters
    ----------
    n_splits : int >= 2, default=5
        Number of folds.
    shuffle : bool, default=False
        Whether to make another choice for every ``random_state``.
    random_state : int, RandomState instance or None, default=None
        Seed of ``shuffle``; without it, must be None.
    stratify : bool, default=True
        Whether to give all folds about the same mean value. Without, bags are shared
        out by size alone.

    See Also
    --------
    bag_target : A ``y`` that carries its bags.
    sklearn.model_selection.GroupKFold : Folds of whole groups, whatever their values.

    Notes
    -----
    Bags are dealt from the largest to the smallest, those of one size in the order of
    their values. Each goes to a fold that has hardly more rows than another, and of
    these to the one whose mean it corrects most; with bags of one size folds differ by
    one bag at most.

    With metadata routing ``groups`` is requested by default; to use the array of bags
    that a model gets, say ``BagKFold().set_split_request(groups="bags")``.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.proportions import BagKFold, bag_target
    >>> y = bag_target([0, 0, 1, 1, 2, 2, 3, 3], proportions=[0, 0.5, 0.5, 1])
    >>> for train, test in BagKFold(n_splits=2).split(np.zeros((8, 1)), y):
    ...     print(y["bag"][test], y["value"][test].mean())
    [0 0 3 3] 0.5
    [1 1 2 2] 0.5
    """

    __metadata_request__split: ClassVar[dict[str, Any]] = {"groups": True}

    @validate_params(
        {
            "n_splits": [Interval(Integral, 2, None, closed="left")],
            "shuffle": ["boolean"],
            "random_state": ["random_state"],
            "stratify": ["boolean"],
        },
        prefer_skip_nested_validation=True,
    )
    def __init__(
        self,
        n_splits: int = 5,
        *,
        shuffle: bool = False,
        random_state: Any = None,
        stratify: bool = True,
    ) -> None:
        if not shuffle and random_state is not None:
            raise ValueError(
                f"random_state={random_state!r} has no effect without shuffle=True; "
                "set it, or leave random_state out."
            )
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state
        self.stratify = stratify

    def split(
        self, X: Any, y: Any = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Generate training and test rows of each fold.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows; only their number is used.
        y : array-like of shape (n_samples,) or (n_samples, n_classes), default=None
            The result of `bag_target`, or numbers for ``stratify``.
        groups : array-like of shape (n_samples,)
            Bag of each row, unless ``y`` carries them.

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
        y, groups = at_host(y), at_host(groups)
        values = None
        if is_bag_target(y):
            check_length("y", len(y), n_rows)
            ids, codes = encode_bags(y["bag"], n_rows)
            check_whole(ids, codes, y["size"])
            values = y["value"]
        elif groups is None:
            raise ValueError(
                "BagKFold was given no bags; pass them as groups=, or use "
                "y=bag_target(bags, proportions=...), which carries them."
            )
        else:
            ids, codes = encode_bags(groups, n_rows)
            if y is not None and np.asarray(y).dtype.kind in "fiub":
                values = np.asarray(y, dtype=np.float64)
                check_length("y", len(values), n_rows)
        if len(ids) < self.n_splits:
            raise ValueError(
                f"n_splits={self.n_splits} but there are {len(ids)} bags; use fewer "
                "folds."
            )
        sizes = np.bincount(codes)
        excess = np.zeros((len(ids), 1))
        if self.stratify and values is not None:
            excess = _excess(values.reshape(n_rows, -1), codes, sizes)
        return self._deal(sizes, excess)[codes]

    def _deal(
        self, sizes: NDArray[np.int64], excess: NDArray[np.float64]
    ) -> NDArray[np.intp]:
        """Return the fold of each bag."""
        m, k = len(sizes), self.n_splits
        key = np.round(excess[:, excess.var(axis=0).argmax()], 9)
        order = np.lexsort([key, -sizes])
        if self.shuffle:
            random = check_random_state(self.random_state)
            mixed = random.permutation(m)
            order = mixed[np.lexsort([key[mixed], -sizes[mixed]])]
            # Bags that come soon after each other may change places.
            blocks = np.split(order, np.arange(2 * k, m, 2 * k))
            order = np.concatenate([random.permutation(block) for block in blocks])
        folds = np.empty(m, dtype=np.intp)
        n_rows, sums = np.zeros(k), np.zeros((k, excess.shape[1]))
        for i in range(0, m, k):
            hand = order[i : i + k]
            # Each fold gets one of a full hand, so only differences among them count.
            odd = excess[hand] - (excess[hand].mean(axis=0) if len(hand) == k else 0.0)
            far = np.round(np.abs(odd).sum(axis=1), 9)
            for place in np.argsort(-far, kind="stable"):
                bag = hand[place]
                free = np.flatnonzero(n_rows <= n_rows.min() + 0.5 * sizes[bag])
                gain = np.round(sums[free] @ odd[place], 9)
                fold = free[np.lexsort([n_rows[free], gain])[0]]
                folds[bag] = fold
                n_rows[fold] += sizes[bag]
                sums[fold] += excess[bag]
        return folds


def _excess(
    values: NDArray[np.float64], codes: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return by how much the sum of each bag is above that of average rows."""
    spread = values.std(axis=0)
    unit = (values - values.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    columns = [np.bincount(codes, column, minlength=len(sizes)) for column in unit.T]
    return np.column_stack(columns)
