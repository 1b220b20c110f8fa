# SPDX-License-Identifier: BSD-3-Clause
"""Rules that ask for rows of which the model is not confident."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike

from skx._base.sklearn import Interval, check_parameters
from skx._random import draw_seed
from skx.active._streams import _kernels
from skx.active._streams._base import Flags, StreamRule, read_rows, read_utilities

UNKNOWN = np.nan
NO_SEED = np.uint64(0)


class FixedUncertaintyStream(StreamRule):
    """Asks where confidence is below a threshold that the budget sets once.

    The simplest rule, which does not follow the model: where it becomes confident
    nothing is asked any more, and where it is not the budget goes to the first rows.
    `VariableUncertaintyStream` adapts.

    Parameters
    ----------
    n_classes : int >= 2, default=2
        Number of classes of the model.
    budget : float in (0, 1], default=0.1
        Share of the rows that may be asked for.
    window : int >= 1, default=100
        Number of rows over which spending is averaged.

    Attributes
    ----------
    n_seen_ : int
        Number of rows so far.
    n_asked_ : int
        Number of those that were asked for.
    spent_ : float
        Rows asked for lately; at ``budget * window`` none are until it has fallen.

    See Also
    --------
    VariableUncertaintyStream : A threshold that follows the model.

    Notes
    -----
    With confidence 1 - utility, where the utility is `least_confidence`, a row is
    asked for if confidence <= 1/C + budget (1 - 1/C) and spent / window < budget. After
    each row spent is multiplied by 1 - 1/window, and grows by 1 if it was asked for.
    So the long-run share is at most budget + 1/window.

    References
    ----------
    I. Zliobaite, A. Bifet, B. Pfahringer, G. Holmes (2014). Active learning with
    drifting streaming data. IEEE Transactions on Neural Networks and Learning
    Systems 25.

    Examples
    --------
    >>> from skx.active import FixedUncertaintyStream
    >>> stream = FixedUncertaintyStream(n_classes=2, budget=0.2)
    >>> stream.decide([0.1, 0.45, 0.3, 0.5])
    array([False,  True, False,  True])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_classes": [Interval(Integral, 2, None, closed="left")],
        **StreamRule._parameter_constraints,
        "window": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self, *, n_classes: int = 2, budget: float = 0.1, window: int = 100
    ) -> None:
        self.n_classes = n_classes
        self.budget = budget
        self.window = window

    def decide(self, utilities: ArrayLike) -> Flags:
        """Decide for which of the next rows to ask.

        Parameters
        ----------
        utilities : array-like of shape (n_rows,) or float
            Utilities in [0, 1] of the next rows, from the model before it learns of
            them; 1 - utility is taken as confidence.

        Returns
        -------
        asked : ndarray of shape (n_rows,), bool
            Rows to be labelled.
        """
        values = read_utilities(utilities, is_share=True)
        self._start()
        chance = 1.0 / self.n_classes
        asked = np.empty(len(values), np.bool_)
        _kernels.ask_below(
            values,
            np.empty(0, np.bool_),
            float(self.budget),
            float(self.window),
            chance + self.budget * (1.0 - chance),
            0.0,
            0.0,
            0.0,
            NO_SEED,
            self._state,
            asked,
            np.zeros(len(values), np.bool_),
        )
        self._finish()
        self.spent_ = float(self._state[_kernels.SPENT])
        return asked


class _Threshold(StreamRule):
    """Rules with a threshold of confidence that goes down and up."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **StreamRule._parameter_constraints,
        "window": [Interval(Integral, 1, None, closed="left")],
        "step": [Interval(Real, 0, 1, closed="neither")],
    }
    window: int
    step: float

    def _ask(
        self,
        values: Any,
        *,
        is_dense: Any = None,
        deviation: float = 0.0,
        random_share: float = 0.0,
    ) -> tuple[Flags, Flags]:
        """Return flags of rows to ask for, and of those left to chance."""
        if self._start():
            self._state[_kernels.THETA] = 1.0
            self._seed = draw_seed(getattr(self, "random_state", 0))
        asked = np.empty(len(values), np.bool_)
        drawn = np.zeros(len(values), np.bool_)
        with np.errstate(over="ignore"):
            _kernels.ask_below(
                values,
                np.empty(0, np.bool_) if is_dense is None else is_dense,
                float(self.budget),
                float(self.window),
                UNKNOWN,
                float(self.step),
                float(deviation),
                float(random_share),
                self._seed,
                self._state,
                asked,
                drawn,
            )
        self._finish()
        self.spent_ = float(self._state[_kernels.SPENT])
        self.theta_ = float(self._state[_kernels.THETA])
        return asked, drawn


class VariableUncertaintyStream(_Threshold):
    """Asks where confidence is below a threshold that follows the model.

    The threshold falls with each row that is asked for and rises with each that is
    not, so that the budget is spent on the least confident rows of the time. The rule
    to begin with. It never asks where the model is confident, and so does not see a
    change there: see `RandomVariableUncertaintyStream` and `SplitStream`.

    Parameters
    ----------
    budget : float in (0, 1], default=0.1
        Share of the rows that may be asked for.
    window : int >= 1, default=100
        Number of rows over which spending is averaged.
    step : float in (0, 1), default=0.01
        Share by which the threshold falls or rises; large ones follow quickly, and
        restlessly.

    Attributes
    ----------
    n_seen_ : int
        Number of rows so far.
    n_asked_ : int
        Number of those that were asked for.
    spent_ : float
        Rows asked for lately; at ``budget * window`` none are until it has fallen.
    theta_ : float
        Threshold of confidence, 1 at the beginning.

    See Also
    --------
    BalancedQuantileStream : For utilities of any scale.

    Notes
    -----
    Confidence is 1 - utility, where the utility is `least_confidence`. A row is asked
    for if confidence < theta and spent / window < budget; theta then is multiplied by
    1 - step, and by 1 + step if the row is not asked for though there is budget. The
    long-run share is at most budget + 1/window.

    References
    ----------
    I. Zliobaite, A. Bifet, B. Pfahringer, G. Holmes (2014). Active learning with
    drifting streaming data. IEEE Transactions on Neural Networks and Learning
    Systems 25.

    Examples
    --------
    >>> from skx.active import VariableUncertaintyStream
    >>> stream = VariableUncertaintyStream(budget=0.3, window=5)
    >>> stream.decide([0.4, 0.1, 0.3, 0.2, 0.4])
    array([ True,  True, False,  True, False])
    >>> stream.n_asked_
    3
    """

    def __init__(
        self, *, budget: float = 0.1, window: int = 100, step: float = 0.01
    ) -> None:
        self.budget = budget
        self.window = window
        self.step = step

    def decide(self, utilities: ArrayLike) -> Flags:
        """Decide for which of the next rows to ask.

        Parameters
        ----------
        utilities : array-like of shape (n_rows,) or float
            Utilities in [0, 1] of the next rows, from the model before it learns of
            them; 1 - utility is taken as confidence.

        Returns
        -------
        asked : ndarray of shape (n_rows,), bool
            Rows to be labelled.
        """
        return self._ask(read_utilities(utilities, is_share=True))[0]


class RandomVariableUncertaintyStream(_Threshold):
    """Asks below a threshold that follows the model and is shaken for each row.

    Like `VariableUncertaintyStream`, but sometimes asks where the model is confident,
    and so notices when it has become wrong there. Costs some labels that a still
    stream would not need.

    Parameters
    ----------
    budget : float in (0, 1], default=0.1
        Share of the rows that may be asked for.
    window : int >= 1, default=100
        Number of rows over which spending is averaged.
    step : float in (0, 1), default=0.01
        Share by which the threshold falls or rises.
    delta : float >= 0, default=1.0
        Standard deviation of the normal number around 1 that the threshold is
        multiplied by; 0 does not shake.
    random_state : int, RandomState instance or None, default=None
        Seed of the numbers. They depend on it and on the number of the row.

    Attributes
    ----------
    n_seen_ : int
        Number of rows so far.
    n_asked_ : int
        Number of those that were asked for.
    spent_ : float
        Rows asked for lately; at ``budget * window`` none are until it has fallen.
    theta_ : float
        Threshold of confidence before it is shaken.

    See Also
    --------
    SplitStream : Keeps the random rows apart, for estimates and detectors of change.

    References
    ----------
    I. Zliobaite, A. Bifet, B. Pfahringer, G. Holmes (2014). Active learning with
    drifting streaming data. IEEE Transactions on Neural Networks and Learning
    Systems 25.

    Examples
    --------
    >>> from skx.active import RandomVariableUncertaintyStream
    >>> stream = RandomVariableUncertaintyStream(budget=0.5, random_state=0)
    >>> stream.decide([0.1] * 1000).mean() <= 0.51
    np.True_
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_Threshold._parameter_constraints,
        "delta": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        budget: float = 0.1,
        window: int = 100,
        step: float = 0.01,
        delta: float = 1.0,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.budget = budget
        self.window = window
        self.step = step
        self.delta = delta
        self.random_state = random_state

    def decide(self, utilities: ArrayLike) -> Flags:
        """Decide for which of the next rows to ask.

        Parameters
        ----------
        utilities : array-like of shape (n_rows,) or float
            Utilities in [0, 1] of the next rows, from the model before it learns of
            them; 1 - utility is taken as confidence.

        Returns
        -------
        asked : ndarray of shape (n_rows,), bool
            Rows to be labelled.
        """
        values = read_utilities(utilities, is_share=True)
        return self._ask(values, deviation=self.delta)[0]


class SplitStream(_Threshold):
    """Leaves a share of the rows to chance, and asks by confidence among the others.

    The rows that chance has chosen are a fair sample of the stream: errors on them
    estimate the accuracy of the model, and are what a detector of change such as
    `Adwin` should see. All others are chosen by `VariableUncertaintyStream`'s rule.

    Parameters
    ----------
    budget : float in (0, 1], default=0.1
        Share of the rows that may be asked for.
    window : int >= 1, default=100
        Number of rows over which spending is averaged.
    step : float in (0, 1), default=0.01
        Share by which the threshold falls or rises.
    random_share : float in [0, 1], default=0.1
        Share of the rows that are left to chance, which asks for one with probability
        ``budget``.
    random_state : int, RandomState instance or None, default=None
        Seed of chance. What it does depends on it and on the number of the row.

    Attributes
    ----------
    drawn_ : ndarray of shape (n_rows,), bool
        Rows of the latest call that were left to chance, asked for or not.
    n_seen_ : int
        Number of rows so far.
    n_asked_ : int
        Number of those that were asked for.
    spent_ : float
        Rows asked for lately; at ``budget * window`` none are until it has fallen.
    theta_ : float
        Threshold of confidence.

    See Also
    --------
    Adwin : Detects a change of a mean.

    References
    ----------
    I. Zliobaite, A. Bifet, B. Pfahringer, G. Holmes (2014). Active learning with
    drifting streaming data. IEEE Transactions on Neural Networks and Learning
    Systems 25.

    Examples
    --------
    >>> from skx.active import SplitStream
    >>> stream = SplitStream(budget=0.2, random_state=0)
    >>> asked = stream.decide([0.3] * 1000)
    >>> fair = asked & stream.drawn_
    >>> int(asked.sum()), int(fair.sum())
    (218, 9)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_Threshold._parameter_constraints,
        "random_share": [Interval(Real, 0, 1, closed="both")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        budget: float = 0.1,
        window: int = 100,
        step: float = 0.01,
        random_share: float = 0.1,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.budget = budget
        self.window = window
        self.step = step
        self.random_share = random_share
        self.random_state = random_state

    def decide(self, utilities: ArrayLike) -> Flags:
        """Decide for which of the next rows to ask.

        Parameters
        ----------
        utilities : array-like of shape (n_rows,) or float
            Utilities in [0, 1] of the next rows, from the model before it learns of
            them; 1 - utility is taken as confidence.

        Returns
        -------
        asked : ndarray of shape (n_rows,), bool
            Rows to be labelled; those among ``drawn_`` were chosen by chance.
        """
        values = read_utilities(utilities, is_share=True)
        asked, self.drawn_ = self._ask(values, random_share=self.random_share)
        return asked


class DensityStream(_Threshold):
    """Asks for rows of low confidence that lie where other rows are.

    A row that is far from all others of late tells the model little about what is to
    come; this rule passes it on, however unsure the model is. Columns should be of
    like scale.

    Parameters
    ----------
    budget : float in (0, 1], default=0.1
        Share of the rows that may be asked for.
    window : int >= 1, default=100
        Number of rows over which spending is averaged, and that a row is compared with.
    step : float in (0, 1), default=0.01
        Share by which the threshold falls or rises.
    min_density : int >= 0, default=1
        Number of rows of the window to which a row must be the nearest so far, to be
        asked for; 0 asks as `RandomVariableUncertaintyStream` does.
    delta : float >= 0, default=1.0
        Standard deviation of the normal number around 1 that the threshold is
        multiplied by.
    random_state : int, RandomState instance or None, default=None
        Seed of the numbers. They depend on it and on the number of the row.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of the rows.
    density_ : ndarray of shape (n_rows,), int64
        Of the latest call: number of rows of the window that have no row nearer than
        this one, among those that came with or after them.
    n_seen_ : int
        Number of rows so far.
    n_asked_ : int
        Number of those that were asked for.
    spent_ : float
        Rows asked for lately; at ``budget * window`` none are until it has fallen.
    theta_ : float
        Threshold of confidence before it is shaken.

    See Also
    --------
    RandomVariableUncertaintyStream : The same without regard to other rows.

    Notes
    -----
    Spending is estimated as in the other rules; the publication counts all rows.
    A row costs ``window`` distances.

    References
    ----------
    D. Ienco, I. Zliobaite, B. Pfahringer (2014). High density-focused uncertainty
    sampling for active learning over evolving stream data. BigMine, Proceedings of
    Machine Learning Research 36.

    Examples
    --------
    >>> from skx.active import DensityStream
    >>> stream = DensityStream(delta=0, budget=0.9)
    >>> stream.decide([0.5, 0.5, 0.5], [[0.0], [0.1], [9.0]])
    array([False,  True, False])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_Threshold._parameter_constraints,
        "min_density": [Interval(Integral, 0, None, closed="left")],
        "delta": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        budget: float = 0.1,
        window: int = 100,
        step: float = 0.01,
        min_density: int = 1,
        delta: float = 1.0,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.budget = budget
        self.window = window
        self.step = step
        self.min_density = min_density
        self.delta = delta
        self.random_state = random_state

    def decide(self, utilities: ArrayLike, X: ArrayLike) -> Flags:
        """Decide for which of the next rows to ask.

        Parameters
        ----------
        utilities : array-like of shape (n_rows,) or float
            Utilities in [0, 1] of the next rows, from the model before it learns of
            them; 1 - utility is taken as confidence.
        X : array-like of shape (n_rows, n_features)
            The rows, or embeddings of them.

        Returns
        -------
        asked : ndarray of shape (n_rows,), bool
            Rows to be labelled.
        """
        values = read_utilities(utilities, is_share=True)
        is_new = not hasattr(self, "_state")
        rows = read_rows(X, None if is_new else self.n_features_in_)
        if len(rows) != len(values):
            raise ValueError(
                f"X has {len(rows)} rows but utilities has {len(values)} entries; give "
                "one for each row."
            )
        n_seen = 0 if is_new else int(self._state[_kernels.SEEN])
        check_parameters(self)
        if is_new:
            self.n_features_in_ = rows.shape[1]
            self._recent = np.empty((self.window, rows.shape[1]))
            self._nearest = np.empty(self.window)
        self.density_ = np.empty(len(rows), np.int64)
        _kernels.count_closer(rows, self._recent, self._nearest, n_seen, self.density_)
        is_dense = self.density_ >= self.min_density
        return self._ask(values, is_dense=is_dense, deviation=self.delta)[0]
