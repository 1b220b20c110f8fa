# SPDX-License-Identifier: BSD-3-Clause
"""Rules that ask for the largest values of late, and so keep their budget."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from skx._base.sklearn import Interval
from skx.active._streams import _kernels
from skx.active._streams._base import Flags, StreamRule, read_rows, read_utilities


class _Quantile(StreamRule):
    """Rules that rank a row among those of a window."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **StreamRule._parameter_constraints,
        "window": [Interval(Integral, 1, None, closed="left")],
        "patience": [Interval(Real, 0, None, closed="neither")],
    }
    window: int
    patience: float


class BalancedQuantileStream(_Quantile):
    """Asks for the largest utilities of late, whatever their scale.

    For utilities that are no probabilities, such as entropies, disagreement of a
    committee or expected gains, and where the budget is to be spent in full as well as
    not exceeded. Always asks for something, also when nothing is worth it.

    Parameters
    ----------
    budget : float in (0, 1], default=0.1
        Share of the rows to be asked for.
    window : int >= 1, default=100
        Number of rows among which one is ranked, itself included.
    patience : float > 0, default=50.0
        Rows that it may be behind or ahead of the budget: then any row is asked for,
        or none. Small values keep the share at any time, large ones leave more room
        for choice.

    Attributes
    ----------
    n_seen_ : int
        Number of rows so far.
    n_asked_ : int
        Number of those that were asked for.

    See Also
    --------
    VariableUncertaintyStream : For utilities in [0, 1].

    Notes
    -----
    Row t is asked for if its utility is at least q - r (budget t - asked) / patience,
    with the quantile q at 1 - budget and the range r of the utilities of the window. It
    never is more than ``patience`` rows and one ahead of the budget. While all
    utilities of the window are equal a row is asked for when it is behind.

    References
    ----------
    D. Kottke, G. Krempl, M. Spiliopoulou (2015). Probabilistic active learning in
    datastreams. Advances in Intelligent Data Analysis XIV.

    Examples
    --------
    >>> from skx.active import BalancedQuantileStream
    >>> stream = BalancedQuantileStream(budget=0.25)
    >>> stream.decide([3.0, 1.0, 2.0, 9.0, 2.0, 8.0])
    array([ True, False, False,  True, False,  True])
    """

    def __init__(
        self, *, budget: float = 0.1, window: int = 100, patience: float = 50.0
    ) -> None:
        self.budget = budget
        self.window = window
        self.patience = patience

    def decide(self, utilities: ArrayLike) -> Flags:
        """Decide for which of the next rows to ask.

        Parameters
        ----------
        utilities : array-like of shape (n_rows,) or float
            Utilities of the next rows, finite numbers, from the model before it learns
            of them.

        Returns
        -------
        asked : ndarray of shape (n_rows,), bool
            Rows to be labelled.
        """
        values = read_utilities(utilities)
        if self._start():
            self._recent, self._ranked = np.empty(self.window), np.empty(self.window)
        asked = np.empty(len(values), np.bool_)
        _kernels.ask_largest(
            values,
            float(self.budget),
            float(self.patience),
            self._recent,
            self._ranked,
            self._state,
            asked,
        )
        self._finish()
        return asked


class LeverageStream(_Quantile):
    """Asks for rows that a linear model knows least about, given those asked before.

    Needs no model and no label: the variance of a linear prediction depends on rows
    alone. For regression, and for embeddings with a linear head. Columns should be of
    like scale; a column of ones stands for an intercept.

    Parameters
    ----------
    budget : float in (0, 1], default=0.1
        Share of the rows to be asked for.
    window : int >= 1, default=100
        Number of rows among which one is ranked, itself included.
    patience : float > 0, default=50.0
        Rows that it may be behind or ahead of the budget.
    alpha : float > 0, default=1.0
        Strength of the ridge, as in `sklearn.linear_model.Ridge`; with a small one the
        first rows are chosen to span all directions.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of the rows.
    leverages_ : ndarray of shape (n_rows,), float64
        Leverages of the rows of the latest call, before each was asked for or not.
    n_seen_ : int
        Number of rows so far.
    n_asked_ : int
        Number of those that were asked for.

    See Also
    --------
    BalancedQuantileStream : The same rule for given utilities.

    Notes
    -----
    The leverage of x is x'(alpha I + A'A)^-1 x for the rows A that were asked for, and
    the one of the greatest leverage adds most to the determinant, by which designs are
    called D-optimal. A row is asked for by `BalancedQuantileStream`'s rule; after each
    that is, the leverages of the window are brought up to date. The publication holds a
    smoothed quantile of a first window, which is not kept as leverages fall.

    A row costs n_features^2, one that is asked for n_features * window more.

    References
    ----------
    D. Cacciarelli, M. Kulahci, J. S. Tyssedal (2024). Robust online active learning.
    Quality and Reliability Engineering International 40.

    Examples
    --------
    >>> from skx.active import LeverageStream
    >>> stream = LeverageStream(budget=0.4)
    >>> stream.decide([[2.0, 0.0], [2.0, 0.1], [0.0, 2.0], [2.0, 0.0]])
    array([ True,  True,  True, False])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_Quantile._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        budget: float = 0.1,
        window: int = 100,
        patience: float = 50.0,
        alpha: float = 1.0,
    ) -> None:
        self.budget = budget
        self.window = window
        self.patience = patience
        self.alpha = alpha

    def decide(self, X: ArrayLike) -> Flags:
        """Decide for which of the next rows to ask.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            The next rows.

        Returns
        -------
        asked : ndarray of shape (n_rows,), bool
            Rows to be labelled.
        """
        is_new = not hasattr(self, "_state")
        rows = read_rows(X, None if is_new else self.n_features_in_)
        if self._start():
            self.n_features_in_ = rows.shape[1]
            self._inverse = np.eye(rows.shape[1]) / self.alpha
            self._recent = np.empty((self.window, rows.shape[1]))
            self._levered = np.empty(self.window)
        asked = np.empty(len(rows), np.bool_)
        self.leverages_ = np.empty(len(rows))
        _kernels.ask_levered(
            rows,
            float(self.budget),
            float(self.patience),
            self._inverse,
            self._recent,
            self._levered,
            self._state,
            asked,
            self.leverages_,
        )
        self._finish()
        return asked
