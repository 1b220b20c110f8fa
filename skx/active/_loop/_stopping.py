# SPDX-License-Identifier: BSD-3-Clause
"""When to stop asking."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import is_regressor
from sklearn.metrics import cohen_kappa_score
from sklearn.utils import check_scalar

from skx._base.sklearn import count_rows


class StoppingRule(ABC):
    """Base of stopping rules, which ``&`` and ``|`` combine."""

    @abstractmethod
    def should_stop(self, history: Sequence[Any]) -> bool:
        """Tell whether to stop.

        Parameters
        ----------
        history : sequence of samplers
            The fitted sampler of each round so far, the latest last.

        Returns
        -------
        stop : bool
            Whether to ask no more.
        """

    def __and__(self, other: Any) -> "StoppingRule":
        return _Combined(self, other, "&")

    def __or__(self, other: Any) -> "StoppingRule":
        return _Combined(self, other, "|")


class _Combined(StoppingRule):
    def __init__(self, first: Any, second: Any, sign: str) -> None:
        self._rules = (first, second)
        self._sign = sign

    def should_stop(self, history: Sequence[Any]) -> bool:
        results = (rule.should_stop(history) for rule in self._rules)
        return all(results) if self._sign == "&" else any(results)

    def __repr__(self) -> str:
        first, second = map(repr, self._rules)
        return f"({first} {self._sign} {second})"


class BudgetStop(StoppingRule):
    """Stops when there are so many labels.

    The rule that every campaign has, alone or as the limit of another one:
    ``BudgetStop(1000) | StablePredictionsStop(X_stop)``.

    Parameters
    ----------
    max_labels : int, at least 1
        Number of labels, those of the start included. It is looked at between rounds,
        so a round that begins below it may end above.

    See Also
    --------
    StablePredictionsStop : Stops when labels have ceased to change predictions.
    ConfidenceStop : Stops when the sampler finds nothing left to ask.

    Examples
    --------
    >>> from skx.active import BudgetStop, RandomSampler
    >>> sampler = RandomSampler().fit([[0.0], [1.0], [2.0]], [1.0, 2.0, None])
    >>> BudgetStop(3).should_stop([sampler]), BudgetStop(2).should_stop([sampler])
    (False, True)
    """

    def __init__(self, max_labels: int) -> None:
        check_scalar(max_labels, "max_labels", Integral, min_val=1)
        self.max_labels = max_labels

    def should_stop(self, history: Sequence[Any]) -> bool:
        """Tell whether to stop.

        Parameters
        ----------
        history : sequence of samplers
            The fitted sampler of each round so far, the latest last.

        Returns
        -------
        stop : bool
            Whether the latest was fitted to ``max_labels`` labels or more.
        """
        return bool(history) and history[-1].n_labeled_ >= self.max_labels

    def __repr__(self) -> str:
        return f"BudgetStop({self.max_labels})"


class ConfidenceStop(StoppingRule):
    """Stops when the sampler finds no row worth asking about.

    For samplers whose scores have a meaning, such as ``measure="least_confidence"``: a
    threshold of 0.1 stops when the model is 90 % sure of every row that is left. A
    model can be sure and wrong, and a single odd row keeps it asking; so combine it
    with a budget, and prefer `StablePredictionsStop` where there is no such threshold.

    Parameters
    ----------
    threshold : float
        Stop when the row that the sampler would ask about first has a lower score.

    See Also
    --------
    StablePredictionsStop : Stops when labels have ceased to change predictions.
    BudgetStop : Stops when there are so many labels.

    Notes
    -----
    The score is that of ``query(n_samples=1, return_scores=True)``, which is the
    highest of the pool unless the sampler draws. The sampler is asked for it, which
    takes about as long as a query of one row.

    References
    ----------
    A. Vlachos (2008). A stopping criterion for active learning. Computer Speech and
    Language 22(3), 295-312.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import ConfidenceStop, UncertaintySampler
    >>> X, y = [[-3.0], [-2.0], [0.2], [3.0]], ["low", None, None, "high"]
    >>> sampler = UncertaintySampler(LogisticRegression(), measure="least_confidence")
    >>> ConfidenceStop(0.1).should_stop([sampler.fit(X, y)])
    False
    """

    def __init__(self, threshold: float) -> None:
        check_scalar(threshold, "threshold", Real)
        self.threshold = threshold

    def should_stop(self, history: Sequence[Any]) -> bool:
        """Tell whether to stop.

        Parameters
        ----------
        history : sequence of samplers
            The fitted sampler of each round so far, the latest last. It was fitted to
            the pool and the labels together.

        Returns
        -------
        stop : bool
            Whether its best row has a score below the threshold, or there is no row.
        """
        if not history:
            return False
        sampler = history[-1]
        _, scores = sampler.query(n_samples=1, return_scores=True)
        if np.isnan(scores).any():
            raise ValueError(
                f"{type(sampler).__name__} gives its rows no scores, which "
                "ConfidenceStop looks at. Use StablePredictionsStop or BudgetStop."
            )
        return bool((scores < self.threshold).all())

    def __repr__(self) -> str:
        return f"ConfidenceStop({self.threshold})"


class StablePredictionsStop(StoppingRule):
    """Stops when further labels have ceased to change what the model predicts.

    The rule to begin with: it works with any classifier and any sampler, needs no label
    of its own, and its threshold means the same everywhere. It cannot see that a model
    has settled on something wrong: compare scores on test rows before you go home.

    Parameters
    ----------
    X : {array-like, sparse matrix, dataframe} of shape (n_rows, n_features)
        Rows whose predictions are compared: some hundreds or thousands drawn at random
        from the pool. They need no labels; where a class is rare, take enough rows for
        some of it to be among them.
    threshold : float in (0, 1], default=0.99
        Cohen's kappa of the predictions of two rounds that counts as agreement; lower
        stops earlier.
    n_rounds : int, at least 1, default=3
        How often in a row there has to be agreement. Small batches change little, so
        raise it for those.

    See Also
    --------
    BudgetStop : Stops when there are so many labels.
    ConfidenceStop : Stops when the sampler finds nothing left to ask.

    Notes
    -----
    Kappa is the share of rows on which both agree, corrected for the agreement of
    chance; where both predict the same class throughout it is taken as 1. The latest
    ``n_rounds + 1`` models predict X each time the rule is asked.

    References
    ----------
    M. Bloodgood, K. Vijay-Shanker (2009). A method for stopping active learning based
    on stabilizing predictions and the need for user-adjustable stopping. CoNLL, 39-47.

    Examples
    --------
    >>> from sklearn.base import clone
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import StablePredictionsStop, UncertaintySampler
    >>> X, y = load_iris(return_X_y=True)
    >>> sampler = UncertaintySampler(LogisticRegression(max_iter=500))
    >>> rule = StablePredictionsStop(X, threshold=0.95, n_rounds=1)
    >>> history = [clone(sampler).fit(X[::k], y[::k]) for k in (25, 2, 1)]
    >>> rule.should_stop(history[:2]), rule.should_stop(history)
    (False, True)
    """

    def __init__(self, X: Any, *, threshold: float = 0.99, n_rounds: int = 3) -> None:
        check_scalar(
            threshold,
            "threshold",
            Real,
            min_val=0,
            max_val=1,
            include_boundaries="right",
        )
        check_scalar(n_rounds, "n_rounds", Integral, min_val=1)
        if not count_rows(X):
            raise ValueError(
                "X has 0 rows, whose predictions cannot be compared; give some "
                "hundreds of the pool."
            )
        self.X = X
        self.threshold = threshold
        self.n_rounds = n_rounds

    def should_stop(self, history: Sequence[Any]) -> bool:
        """Tell whether to stop.

        Parameters
        ----------
        history : sequence of samplers
            The fitted sampler of each round so far, the latest last.

        Returns
        -------
        stop : bool
            Whether each of the latest ``n_rounds`` models predicts as the one before.
        """
        if len(history) <= self.n_rounds:
            return False
        latest = list(history)[-self.n_rounds - 1 :]
        if is_regressor(latest[-1]):
            raise ValueError(
                f"{type(latest[-1]).__name__} predicts numbers and "
                "StablePredictionsStop compares classes. Use BudgetStop or "
                "ConfidenceStop."
            )
        if latest[0].n_labeled_ == 0:
            return False
        answers = [sampler.predict(self.X) for sampler in latest]
        return all(_kappa(old, new) >= self.threshold for old, new in pairwise(answers))

    def __repr__(self) -> str:
        return (
            f"StablePredictionsStop({count_rows(self.X)} rows, "
            f"threshold={self.threshold}, n_rounds={self.n_rounds})"
        )


def _kappa(first: Any, second: Any) -> float:
    if (first == second).all():
        return 1.0
    return float(cohen_kappa_score(first, second))
