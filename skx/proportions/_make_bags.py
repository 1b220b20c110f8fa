# SPDX-License-Identifier: BSD-3-Clause
"""Bags of rows that have none, for experiments and tests."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from skx._base.sklearn import Interval, StrOptions, count_rows, validate_params


@validate_params(
    {
        "X": ["array-like", "sparse matrix", None],
        "n_samples": [Interval(Integral, 1, None, closed="left"), None],
        "bag_size": [Interval(Integral, 1, None, closed="left")],
        "strategy": [StrOptions({"random"})],
        "remainder": [StrOptions({"merge", "small", "drop"})],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_bags(
    X: ArrayLike | None = None,
    *,
    n_samples: int | None = None,
    bag_size: int = 32,
    strategy: str = "random",
    remainder: str = "merge",
    random_state: Any = None,
) -> NDArray[np.int64]:
    """Put rows into bags, for experiments with data that have none.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features) or None, default=None
        Rows.
    n_samples : int >= 1 or None, default=None
        Number of rows, where there is no ``X``.
    bag_size : int >= 1, default=32
        Rows of a bag.
    strategy : {"random"}, default="random"
        How rows meet in a bag.
    remainder : {"merge", "small", "drop"}, default="merge"
        What becomes of the rows that do not fill a bag: they join the last one, make a
        smaller one, or get the code -1.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    bags : ndarray of shape (n_samples,), int64
        Bag of each row, from 0.

    Examples
    --------
    >>> from skx.proportions import make_bags
    >>> make_bags(n_samples=7, bag_size=3, random_state=0)
    array([1, 0, 0, 1, 1, 1, 0])
    """
    n_rows = n_samples if X is None else count_rows(X)
    if n_rows is None:
        raise ValueError("make_bags was given neither X nor n_samples; pass one.")
    order = check_random_state(random_state).permutation(n_rows)
    bags = np.empty(n_rows, dtype=np.int64)
    bags[order] = np.arange(n_rows) // bag_size
    n_whole = n_rows // bag_size
    if remainder == "merge" and n_whole:
        bags = np.minimum(bags, n_whole - 1)
    elif remainder == "drop":
        bags[bags >= n_whole] = -1
    return bags
