# SPDX-License-Identifier: BSD-3-Clause
"""A window that is cut where its mean has changed."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx._base.estimator import SkxEstimator
from skx._base.sklearn import Interval, check_parameters
from skx.active._streams import _kernels

# Levels of buckets: values for 2**LEVELS rows.
LEVELS = 48


class Adwin(SkxEstimator):
    """Adaptive window: detects when the mean of a stream changes.

    Feed it the errors of a model, 0 or 1, on rows that were chosen without regard to
    the model, such as those that `SplitStream` left to chance. While the mean stays the
    same the window grows; when it changes what came before is dropped.

    Parameters
    ----------
    delta : float in (0, 1), default=0.002
        Chance of a cut without a change; smaller values detect later.
    max_buckets : int >= 2, default=5
        Buckets of each size 1, 2, 4, ... in which the window is kept, and between which
        it can be cut. More find cuts more exactly and take longer.

    Attributes
    ----------
    width_ : int
        Number of values in the window.
    mean_ : float
        Mean of the window.
    variance_ : float
        Variance of the window.
    n_detections_ : int
        Number of values after which something was dropped.

    See Also
    --------
    SplitStream : Chooses rows for it.

    Notes
    -----
    The window of n values is cut between an older part and a newer one, of n0 and n1
    values, if their means differ by at least sqrt(2/m s^2 log(2/d)) + 2/(3m) log(2/d)
    where 1/m = 1/n0 + 1/n1, s^2 is the variance of the window and d = delta / log(n).
    Then the oldest bucket is dropped, until there is no such cut. Time and memory per
    value grow with the logarithm of the width.

    References
    ----------
    A. Bifet, R. Gavalda (2007). Learning from time-changing data with adaptive
    windowing. SIAM International Conference on Data Mining.

    Examples
    --------
    >>> from skx.active import Adwin
    >>> window = Adwin()
    >>> changed = window.update([0, 0, 0, 1, 0] * 40 + [1, 1, 0, 1, 1] * 40)
    >>> int(changed.argmax()), round(window.mean_, 1)
    (229, 0.8)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "delta": [Interval(Real, 0, 1, closed="neither")],
        "max_buckets": [Interval(Integral, 2, None, closed="left")],
    }

    def __init__(self, *, delta: float = 0.002, max_buckets: int = 5) -> None:
        self.delta = delta
        self.max_buckets = max_buckets

    def update(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Append values to the window.

        Parameters
        ----------
        values : array-like of shape (n_values,) or float
            The next values, in [0, 1].

        Returns
        -------
        changed : ndarray of shape (n_values,), bool
            Values after which the older part of the window was dropped.
        """
        given = np.atleast_1d(np.asarray(values, dtype=np.float64))
        if given.ndim != 1:
            raise ValueError(
                f"values has the shape {given.shape}; expected a row of numbers."
            )
        bad = ~((given >= 0.0) & (given <= 1.0))
        if bad.any():
            at = int(bad.argmax())
            raise ValueError(
                f"values[{at}] is {given[at]:g}; expected numbers in [0, 1], such as "
                "errors of a classifier. Scale others."
            )
        check_parameters(self)
        if not hasattr(self, "_state"):
            self._sums = np.zeros((LEVELS, self.max_buckets + 1))
            self._squares = np.zeros_like(self._sums)
            self._sizes = np.zeros(LEVELS, np.int64)
            self._state = np.zeros(3)
            self.n_detections_ = 0
        changed = np.empty(len(given), np.bool_)
        _kernels.adapt(
            np.ascontiguousarray(given),
            float(self.delta),
            self._sums,
            self._squares,
            self._sizes,
            self._state,
            changed,
        )
        length, total, squares = self._state.tolist()
        self.width_ = int(length)
        self.mean_ = total / length if length else float("nan")
        self.variance_ = squares / length if length else float("nan")
        self.n_detections_ += int(changed.sum())
        return changed
