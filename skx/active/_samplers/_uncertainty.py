# SPDX-License-Identifier: BSD-3-Clause
"""Rows that a model is not sure of."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx._backend import is_device_array
from skx._base.sklearn import StrOptions
from skx.active import _device, _scores
from skx.active._device import joined
from skx.active._samplers._base import PointSampler
from skx.active._samplers._pool import Pool, Scores

MEASURES = {
    "margin": _scores.margin,
    "least_confidence": _scores.least_confidence,
    "entropy": _scores.entropy,
    "expected_cost": _scores.expected_cost,
    "cost_margin": _scores.cost_margin,
}
WITH_COST = ("expected_cost", "cost_margin")
OF_PROBA = ("margin", "least_confidence", "entropy")


class UncertaintySampler(PointSampler):
    """Asks about the rows that a classifier is least sure of.

    The first choice where a model predicts anything worth knowing: it finds boundaries
    between classes, and rows of rare ones. It needs a few labels of each class to begin
    with. The best rows of a large batch may be copies of each other: `BadgeSampler`
    spreads them, and `StochasticBatchSampler` does so at no cost.

    Parameters
    ----------
    estimator : classifier
        Fitted to the rows with a label; has ``predict_proba``, or ``decision_function``
        for ``measure="margin"``.
    measure : {"margin", "least_confidence", "entropy", "expected_cost", \
"cost_margin"}, default="margin"
        The function that scores rows, see :func:`margin` and so on. For two classes the
        first three pick the same rows; for more, "margin" is the safe choice, as
        "entropy" prefers rows that are a little of everything.
    cost : array-like of shape (n_classes, n_classes) or None, default=None
        For the last two measures: ``cost[c, j]`` is what predicting class j costs where
        the truth is c, in the order of ``classes_``; the diagonal is 0.
    classes : array-like of shape (n_classes,) or None, default=None
        All classes there are, also those of which no row has a label yet: they have the
        probability 0, so that ``cost`` and what is predicted have the same columns in
        each round. None: those that the labels have.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.
    n_labeled_ : int
        Number of rows with a label.
    classes_ : ndarray of shape (n_classes,)
        Classes, sorted.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    CommitteeSampler : Asks where several models disagree.
    BadgeSampler : Uncertain rows that differ.

    Notes
    -----
    Equal scores by position. A classifier whose probabilities are all near 0 and 1,
    such as naive Bayes, gives many of them; calibrate it first.

    Without ``predict_proba`` the margin is minus the difference of the two largest
    values of the decision function, for two classes minus its absolute value.

    X is handed to the estimator as it is, in chunks, so that beyond X memory for one
    score per row is enough.

    CuPy arrays stay on the device, where probabilities are scored; an estimator that
    takes NumPy arrays only gets copies, with a warning.

    References
    ----------
    D. D. Lewis, W. A. Gale (1994). A sequential algorithm for training text
    classifiers. SIGIR, 3-12.

    T. Scheffer, C. Decomain, S. Wrobel (2001). Active hidden Markov models for
    information extraction. Intelligent Data Analysis, 309-318.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import UncertaintySampler
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])
    >>> y = ["low", None, None, None, None, "high"]
    >>> sampler = UncertaintySampler(LogisticRegression()).fit(X, y)
    >>> sampler.query(n_samples=2)
    array([2, 3])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **PointSampler._parameter_constraints,
        "measure": [StrOptions(set(MEASURES))],
        "cost": ["array-like", None],
        "classes": ["array-like", None],
    }

    _keeps_device: ClassVar[bool] = True

    def __init__(
        self,
        estimator: Any,
        *,
        measure: str = "margin",
        cost: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> None:
        self.estimator = estimator
        self.measure = measure
        self.cost = cost
        self.classes = classes

    def _fit_wrapped(self, y: Any, params: dict[str, Any]) -> None:
        if (self.cost is None) == (self.measure in WITH_COST):
            what = "needs" if self.cost is None else "takes no"
            raise ValueError(
                f"measure={self.measure!r} {what} cost; cost goes with 'expected_cost' "
                "and 'cost_margin', and with no other measure."
            )
        super()._fit_wrapped(y, params)
        model = self.estimator_
        if hasattr(model, "predict_proba"):
            if self.cost is not None:
                n_classes = len(self._all_classes(model.classes_))
                self._measure(np.full((1, n_classes), 1.0 / n_classes))
        elif self.measure != "margin" or not hasattr(model, "decision_function"):
            raise ValueError(
                f"measure={self.measure!r} needs probabilities and "
                f"{type(self.estimator).__name__} has no predict_proba. Wrap it in "
                "CalibratedClassifierCV; with a decision_function, measure='margin' "
                "works as it is. For numbers to be predicted, use KCenterSampler."
            )

    def _measure(self, proba: NDArray[np.floating]) -> Scores:
        if self.cost is None:
            return MEASURES[self.measure](proba)
        return MEASURES[self.measure](proba, self.cost)

    def _score(self, X: Any) -> Scores:
        model = self.estimator_
        if hasattr(model, "predict_proba"):
            return self._measure(self._of_all_classes(model.predict_proba(X), 0.0))
        values = model.decision_function(X)
        if is_device_array(values):
            return _device.margin_of(values)
        values = np.asarray(values, np.float64)
        if values.ndim == 1:
            return -np.abs(values)
        values = np.partition(values, -2, axis=1)
        return values[:, -2] - values[:, -1]


def require_proba(sampler: Any) -> None:
    """Refuse a fitted estimator without probabilities."""
    if not hasattr(sampler.estimator_, "predict_proba"):
        raise ValueError(
            f"{type(sampler).__name__} needs probabilities and "
            f"{type(sampler.estimator).__name__} has no predict_proba. Wrap it in "
            "CalibratedClassifierCV, or use UncertaintySampler, which takes a "
            "decision_function. For numbers to be predicted, use LCMDSampler."
        )


def score_pool(estimator: Any, pool: Pool, measure: str) -> Any:
    """Return how uncertain the candidates are, by a measure of OF_PROBA."""
    score, pool = MEASURES[measure], pool.shown_to(estimator)
    return joined([score(estimator.predict_proba(X)) for X in pool.chunks()])
