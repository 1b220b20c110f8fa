# SPDX-License-Identifier: BSD-3-Clause
"""Metrics of ordered classes, and scorers by name.

Functions of classes (``y_pred``) ask how far predictions are off; functions of
probabilities (``y_proba``) ask whether to believe them. With ``labels`` (the classes
from lowest to highest, such as ``classes_`` of a model), neighbouring classes are 1
apart and columns of ``y_proba`` are in this order. Weights count rows.
"""

import warnings
from collections.abc import Callable
from inspect import signature
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import (
    brier_score_loss,
    cohen_kappa_score,
    log_loss,
    mean_absolute_error,
)

from skx._backend import is_device_array, on_host, to_numpy
from skx._base.sklearn import BaseScorer, Interval, validate_params
from skx._caller import caller_level
from skx.ordinal._base import declared_order
from skx.ordinal._outcomes import read_classes, read_event, read_probabilities, show

__all__ = [
    "accuracy_within",
    "expected_cost",
    "get_scorer",
    "get_scorer_names",
    "macro_averaged_mae",
    "max_mae",
    "multiclass_brier_score",
    "multiclass_log_loss",
    "observed_calibration_error",
    "ordinal_mae",
    "quadratic_weighted_kappa",
    "ranked_probability_score",
    "rare_class_brier",
    "rare_class_log_loss",
]


@on_host
def ordinal_mae(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean number of classes between truth and prediction.

    The best prediction for it is the median class (``decision="median"``). Where a
    class is rare it hardly counts; see :func:`macro_averaged_mae`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_pred : array-like of shape (n_samples,)
        Predicted classes.
    labels : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest; neighbours are 1 apart. None takes the order
        that an ordered categorical ``y_true`` declares, or else whole numbers at their
        value.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.

    Returns
    -------
    loss : float
        At least 0, at most ``n_classes - 1``; 0 is best.

    Examples
    --------
    >>> from skx.ordinal.metrics import ordinal_mae
    >>> levels = ["low", "middle", "high"]
    >>> ordinal_mae(["low", "high"], ["low", "low"], labels=levels)
    1.0
    """
    read = read_classes(y_true, y_pred, labels, sample_weight)
    return float(
        mean_absolute_error(read.truth, read.prediction, sample_weight=read.weights)
    )


def _mae_by_class(
    y_true: Any, y_pred: Any, labels: Any, sample_weight: Any
) -> NDArray[np.float64]:
    """Return the mean distance for each class that occurs in y_true."""
    read = read_classes(y_true, y_pred, labels, sample_weight)
    distance = np.abs(read.truth - read.prediction)
    _, group = np.unique(read.truth, return_inverse=True)
    total = np.bincount(group, read.weights * distance)
    return total / np.bincount(group, read.weights)


@on_host
def macro_averaged_mae(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean over true classes of the mean number of classes off.

    Each class counts the same however rare it is, so that ignoring a rare class costs.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_pred : array-like of shape (n_samples,)
        Predicted classes.
    labels : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest; neighbours are 1 apart. None takes the order
        that an ordered categorical ``y_true`` declares, or else whole numbers at their
        value.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.

    Returns
    -------
    loss : float
        At least 0, at most ``n_classes - 1``; 0 is best.

    Notes
    -----
    Classes without a row of positive weight in ``y_true`` are left out of the mean.

    References
    ----------
    S. Baccianella, A. Esuli, F. Sebastiani, 2009, "Evaluation Measures for Ordinal
    Regression", ISDA 2009, 283-287, equation 2.

    Examples
    --------
    >>> from skx.ordinal.metrics import macro_averaged_mae, ordinal_mae
    >>> y_true, y_pred = [0, 0, 0, 2], [0, 0, 0, 0]
    >>> ordinal_mae(y_true, y_pred), macro_averaged_mae(y_true, y_pred)
    (0.5, 1.0)
    """
    return float(np.mean(_mae_by_class(y_true, y_pred, labels, sample_weight)))


@on_host
def max_mae(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean number of classes off for the true class that is predicted worst.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_pred : array-like of shape (n_samples,)
        Predicted classes.
    labels : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest; neighbours are 1 apart. None takes the order
        that an ordered categorical ``y_true`` declares, or else whole numbers at their
        value.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.

    Returns
    -------
    loss : float
        At least 0, at most ``n_classes - 1``; 0 is best.

    Notes
    -----
    Classes without a row of positive weight in ``y_true`` are left out. The maximum is
    noisy where a class has few rows.

    References
    ----------
    M. Cruz-Ramírez, C. Hervás-Martínez, J. Sánchez-Monedero, P. A. Gutiérrez, 2014,
    "Metrics to guide a multi-objective evolutionary algorithm for ordinal
    classification", Neurocomputing 135, 21-31.

    Examples
    --------
    >>> from skx.ordinal.metrics import max_mae
    >>> max_mae([0, 0, 0, 2], [0, 0, 0, 0])
    2.0
    """
    return float(np.max(_mae_by_class(y_true, y_pred, labels, sample_weight)))


@on_host
@validate_params(
    {"distance": [Interval(Integral, 0, None, closed="left")]},
    prefer_skip_nested_validation=True,
)
def accuracy_within(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    distance: int = 1,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Share of rows whose prediction is at most so many classes off.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_pred : array-like of shape (n_samples,)
        Predicted classes.
    distance : int >= 0, default=1
        Number of classes that a prediction may be off; 0 gives plain accuracy.
    labels : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest; neighbours are 1 apart. None takes the order
        that an ordered categorical ``y_true`` declares, or else whole numbers at their
        value.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.

    Returns
    -------
    score : float
        Between 0 and 1; 1 is best.

    Examples
    --------
    >>> from skx.ordinal.metrics import accuracy_within
    >>> accuracy_within([1, 2, 3, 4], [1, 1, 1, 1])
    0.5
    """
    read = read_classes(y_true, y_pred, labels, sample_weight)
    return float(
        np.average(abs(read.truth - read.prediction) <= distance, weights=read.weights)
    )


@on_host
def quadratic_weighted_kappa(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Agreement beyond chance, with squared distances as disagreement.

    One minus the mean squared distance over that of the same truths and predictions
    paired at random; close to the R2 of regression. It depends on how common the
    classes are: compare models on the same rows only.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_pred : array-like of shape (n_samples,)
        Predicted classes.
    labels : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest; neighbours are 1 apart. None takes the order
        that an ordered categorical ``y_true`` declares, or else whole numbers at their
        value.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.

    Returns
    -------
    score : float
        At most 1, which is best; 0 is chance, such as one class for all rows.

    See Also
    --------
    sklearn.metrics.cohen_kappa_score : What is called here. Left without labels, it
        moves classes together where one between them is missing from the rows.

    References
    ----------
    J. Cohen, 1968, "Weighted kappa: Nominal scale agreement with provision for scaled
    disagreement or partial credit", Psychological Bulletin 70(4), 213-220.

    Examples
    --------
    >>> from skx.ordinal.metrics import quadratic_weighted_kappa
    >>> quadratic_weighted_kappa([0, 0, 1, 2], [0, 0, 1, 1])
    0.75
    """
    read = read_classes(y_true, y_pred, labels, sample_weight)
    if len(np.unique([read.truth, read.prediction])) == 1:
        warnings.warn(
            f"y_true and y_pred hold one class, {read.labels[read.truth[0]]!r}, for "
            "which kappa is 0/0; nan is returned. Use ordinal_mae.",
            UndefinedMetricWarning,
            stacklevel=caller_level(),
        )
        return float("nan")
    return float(
        cohen_kappa_score(
            read.truth,
            read.prediction,
            labels=np.arange(len(read.labels)),
            weights="quadratic",
            sample_weight=read.weights,
        )
    )


@on_host
def expected_cost(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    cost_matrix: ArrayLike,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean cost of the predictions.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_pred : array-like of shape (n_samples,)
        Predicted classes.
    cost_matrix : array-like of shape (n_classes, n_classes)
        Entry [i, j] is the cost of predicting class j when class i is true, as in
        ``decision="cost"`` of the estimators.
    labels : array-like of shape (n_classes,) or None, default=None
        Classes in the order of the rows of ``cost_matrix``. None takes the order that
        an ordered categorical ``y_true`` declares, or else whole numbers in their
        order, if none is missing.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.

    Returns
    -------
    loss : float
        In units of ``cost_matrix``; less is better.

    Examples
    --------
    >>> from skx.ordinal.metrics import expected_cost
    >>> costs = [[0, 1, 1], [2, 0, 1], [50, 10, 0]]
    >>> expected_cost([0, 1, 2, 2], [0, 0, 2, 1], cost_matrix=costs)
    3.0
    """
    read = read_classes(y_true, y_pred, labels, sample_weight)
    costs = np.asarray(cost_matrix, dtype=float)
    shape = (len(read.labels), len(read.labels))
    if costs.shape != shape:
        raise ValueError(
            f"cost_matrix has shape {costs.shape}; for the {shape[0]} classes "
            f"{show(read.labels)} give one of shape {shape}, or name all classes in "
            "labels."
        )
    if not np.isfinite(costs).all():
        raise ValueError("cost_matrix holds NaN or infinity; give finite costs.")
    return float(np.average(costs[read.truth, read.prediction], weights=read.weights))


@on_host
def ranked_probability_score(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean squared error of the cumulative probabilities, summed over boundaries.

    A proper scoring rule that knows the order: probability on a class far from the
    true one costs more than on its neighbour.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_proba : array-like of shape (n_samples, n_classes)
        Predicted probabilities, in the order of ``labels``; rows sum to 1.
    labels : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest. None takes the order that an ordered categorical
        ``y_true`` declares, or else the numbers in ``y_true``, if each class occurs.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.

    Returns
    -------
    loss : float
        At least 0, at most ``n_classes - 1``; 0 is best.

    Notes
    -----
    The mean over rows of ``sum_k (P(Y <= k) - [y <= k])**2`` over the ``n_classes - 1``
    boundaries. Some authors divide by their number. Predicting one class for sure makes
    it :func:`ordinal_mae`; with two classes it is the Brier score of one of them.

    References
    ----------
    A. H. Murphy, 1971, "A Note on the Ranked Probability Score", Journal of Applied
    Meteorology 10, 155-156.

    Examples
    --------
    >>> from skx.ordinal.metrics import ranked_probability_score
    >>> proba = [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5]]
    >>> ranked_probability_score([0, 0], proba, labels=[0, 1, 2])
    0.375
    """
    read = read_probabilities(y_true, y_proba, labels, sample_weight)
    boundaries = np.arange(len(read.labels) - 1)
    below = np.cumsum(read.proba[:, :-1], axis=1)
    squares = (below - (read.truth[:, None] <= boundaries)) ** 2
    return float(np.average(squares.sum(axis=1), weights=read.weights))


@on_host
def multiclass_brier_score(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean squared error of the probabilities, summed over classes.

    A proper scoring rule that ignores the order. It is nearly blind to a class that is
    rare: see :func:`rare_class_log_loss`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_proba : array-like of shape (n_samples, n_classes)
        Predicted probabilities, in the order of ``labels``; rows sum to 1.
    labels : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest. None takes the order that an ordered categorical
        ``y_true`` declares, or else the numbers in ``y_true``, if each class occurs.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.

    Returns
    -------
    loss : float
        Between 0, which is best, and 2, also for two classes.

    See Also
    --------
    sklearn.metrics.brier_score_loss : What is called here. It takes the columns in
        alphabetical order of the labels and halves the score of two classes.

    References
    ----------
    G. W. Brier, 1950, "Verification of forecasts expressed in terms of probability",
    Monthly Weather Review 78(1), 1-3.

    Examples
    --------
    >>> from skx.ordinal.metrics import multiclass_brier_score
    >>> proba = [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5]]
    >>> multiclass_brier_score([0, 0], proba, labels=[0, 1, 2])
    0.5
    """
    read = read_probabilities(y_true, y_proba, labels, sample_weight)
    return float(
        brier_score_loss(
            read.truth,
            read.scaled,
            labels=np.arange(len(read.labels)),
            scale_by_half=False,
            sample_weight=read.weights,
        )
    )


@on_host
def multiclass_log_loss(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean negative logarithm of the probability of the true class.

    The proper scoring rule of maximum likelihood. It ignores the order, and a
    probability near 0 for what then happens costs without limit.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_proba : array-like of shape (n_samples, n_classes)
        Predicted probabilities, in the order of ``labels``; rows sum to 1.
    labels : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest. None takes the order that an ordered categorical
        ``y_true`` declares, or else the numbers in ``y_true``, if each class occurs.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.

    Returns
    -------
    loss : float
        At least 0, which is best.

    See Also
    --------
    sklearn.metrics.log_loss : What is called here. It takes the columns in alphabetical
        order of the labels, whatever the order of ``labels``.

    Notes
    -----
    Probabilities below 2.2e-16 count as 2.2e-16, so that one row costs at most 36.04.

    Examples
    --------
    >>> from skx.ordinal.metrics import multiclass_log_loss
    >>> levels = ["low", "middle", "high"]
    >>> multiclass_log_loss(["middle"], [[0.25, 0.5, 0.25]], labels=levels)
    0.6931...
    """
    read = read_probabilities(y_true, y_proba, labels, sample_weight)
    return float(
        log_loss(
            read.truth,
            read.scaled,
            labels=np.arange(len(read.labels)),
            sample_weight=read.weights,
        )
    )


@on_host
def rare_class_log_loss(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    rare_class: Any = None,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Log loss of one class against all others.

    A proper scoring rule for the probability of a rare class, and the one that tells
    0.1 % from 1 %. What probability the other classes have does not matter.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_proba : array-like of shape (n_samples, n_classes) or (n_samples,)
        Predicted probabilities of all classes, in the order of ``labels``, or of the
        rare class alone.
    rare_class : label or None, default=None
        The class; None means the last one of ``labels``.
    labels : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest. None takes the order that an ordered categorical
        ``y_true`` declares, or else the numbers in ``y_true``, if each class occurs.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.

    Returns
    -------
    loss : float
        At least 0, which is best.

    Notes
    -----
    Probabilities count as at least 2.2e-16 away from 0 and 1.

    Examples
    --------
    >>> from skx.ordinal.metrics import rare_class_log_loss
    >>> y_true = [0] * 6 + [1] * 3 + [2]
    >>> for guess in (0.01, 0.1, 0.2):
    ...     print(f"{rare_class_log_loss(y_true, [guess] * 10, rare_class=2):.3f}")
    0.470
    0.325
    0.362
    """
    read = read_event(y_true, y_proba, rare_class, labels, sample_weight)
    return float(
        log_loss(read.happened, read.proba, labels=[0, 1], sample_weight=read.weights)
    )


@on_host
def rare_class_brier(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    rare_class: Any = None,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean squared error of the probability of one class.

    A proper scoring rule for the probability of a rare class. Unlike
    :func:`rare_class_log_loss` it hardly tells 0.1 % from 1 %, but no single row can
    dominate it.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_proba : array-like of shape (n_samples, n_classes) or (n_samples,)
        Predicted probabilities of all classes, in the order of ``labels``, or of the
        rare class alone.
    rare_class : label or None, default=None
        The class; None means the last one of ``labels``.
    labels : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest. None takes the order that an ordered categorical
        ``y_true`` declares, or else the numbers in ``y_true``, if each class occurs.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.

    Returns
    -------
    loss : float
        Between 0, which is best, and 1.

    Examples
    --------
    >>> from skx.ordinal.metrics import rare_class_brier
    >>> rare_class_brier([0, 1, 2, 2], [[0.5, 0.5, 0]] * 4, labels=[0, 1, 2])
    0.5
    """
    read = read_event(y_true, y_proba, rare_class, labels, sample_weight)
    return float(
        brier_score_loss(
            read.happened, read.proba, pos_label=1, sample_weight=read.weights
        )
    )


@on_host
@validate_params(
    {"n_bins": [Interval(Integral, 1, None, closed="left")]},
    prefer_skip_nested_validation=True,
)
def observed_calibration_error(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    n_bins: int = 10,
    rare_class: Any = None,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean squared distance of probabilities from the rate observed among their likes.

    Rows are sorted by their probability of the rare class and cut into bins of equal
    weight; each probability is compared with the rate of the class in its bin. Use it
    beside a proper scoring rule, never alone and never to choose a model: the same
    probability for all rows makes it 0 if it is the overall rate.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True classes.
    y_proba : array-like of shape (n_samples, n_classes) or (n_samples,)
        Predicted probabilities of all classes, in the order of ``labels``, or of the
        rare class alone.
    n_bins : int >= 1, default=10
        Number of bins. Few bins count the differences between rows of a bin as errors;
        many bins count the noise of their rates.
    rare_class : label or None, default=None
        The class; None means the last one of ``labels``.
    labels : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest. None takes the order that an ordered categorical
        ``y_true`` declares, or else the numbers in ``y_true``, if each class occurs.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.

    Returns
    -------
    loss : float
        Between 0, which is best, and 1.

    Notes
    -----
    Equal probabilities go to the same bin, the one that holds the middle of their
    weight, so that the order of the rows and repeated rows do not matter; bins are then
    not quite equal, and some may be empty.

    References
    ----------
    G. Faletto, J. Bien, 2023, "Predicting Rare Events by Shrinking Towards Proportional
    Odds", ICML 2023, PMLR 202, 9547-9602, use this error with real data; their code
    compares the rates with the probabilities of other rows.

    Examples
    --------
    >>> from skx.ordinal.metrics import observed_calibration_error
    >>> y_true, proba = [0, 0, 0, 1, 0, 1, 1, 1], [0.25] * 4 + [0.5] * 4
    >>> observed_calibration_error(y_true, proba, n_bins=2)
    0.03125
    """
    read = read_event(y_true, y_proba, rare_class, labels, sample_weight)
    _, group = np.unique(read.proba, return_inverse=True)
    mass = np.bincount(group, read.weights)
    ends = np.cumsum(mass)
    bins = (n_bins * (ends - mass / 2) / ends[-1]).astype(np.int64)
    bins = np.minimum(bins, n_bins - 1)[group]
    rates = np.bincount(bins, read.weights * read.happened)
    totals = np.bincount(bins, read.weights)
    rates = np.divide(rates, totals, out=rates, where=totals > 0)
    return float(np.average((read.proba - rates[bins]) ** 2, weights=read.weights))


class _Metric(NamedTuple):
    function: Callable[..., float]
    sign: int
    response: str


_METRICS = {
    "accuracy_within": _Metric(accuracy_within, 1, "predict"),
    "brier": _Metric(multiclass_brier_score, -1, "predict_proba"),
    "expected_cost": _Metric(expected_cost, -1, "predict"),
    "macro_mae": _Metric(macro_averaged_mae, -1, "predict"),
    "mae": _Metric(ordinal_mae, -1, "predict"),
    "max_mae": _Metric(max_mae, -1, "predict"),
    "neg_log_loss": _Metric(multiclass_log_loss, -1, "predict_proba"),
    "qwk": _Metric(quadratic_weighted_kappa, 1, "predict"),
    "rare_brier": _Metric(rare_class_brier, -1, "predict_proba"),
    "rare_log_loss": _Metric(rare_class_log_loss, -1, "predict_proba"),
    "rps": _Metric(ranked_probability_score, -1, "predict_proba"),
}


def get_scorer_names() -> list[str]:
    """List the names that :func:`get_scorer` knows.

    Returns
    -------
    names : list of str
        In alphabetical order.

    Examples
    --------
    >>> from skx.ordinal.metrics import get_scorer_names
    >>> get_scorer_names()[:4]
    ['accuracy_within', 'brier', 'expected_cost', 'macro_mae']
    """
    return sorted(_METRICS)


def get_scorer(name: str, **options: Any) -> "_Scorer":
    """Return the scorer of a metric, for the ``scoring`` of scikit-learn.

    Greater is better: losses are negated. Classes are in the order of ``classes_`` of
    the estimator that is scored.

    Parameters
    ----------
    name : str
        One of :func:`get_scorer_names`.
    **options : dict
        Parameters of the metric: ``rare_class`` for "rare_brier" and "rare_log_loss",
        ``cost_matrix`` for "expected_cost". ``labels`` replaces the order of
        ``classes_``; estimators of scikit-learn sort text by the alphabet, of which a
        warning tells.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, sample_weight=None)``. With metadata routing,
        ``set_score_request(sample_weight=True)`` has weights passed.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.model_selection import cross_validate
    >>> from skx.ordinal import OrdinalRegression
    >>> from skx.ordinal.metrics import get_scorer
    >>> X, y = make_classification(n_informative=4, n_classes=3, random_state=0)
    >>> scoring = {name: get_scorer(name) for name in ("rps", "rare_log_loss")}
    >>> sorted(cross_validate(OrdinalRegression(alpha=0.1), X, y, scoring=scoring))
    ['fit_time', 'score_time', 'test_rare_log_loss', 'test_rps']
    """
    if name not in _METRICS:
        raise ValueError(
            f"There is no ordinal scorer {name!r}; the names are "
            f"{', '.join(get_scorer_names())}. Those of scikit-learn come from "
            "sklearn.metrics.get_scorer."
        )
    metric = _METRICS[name]
    known = [
        parameter
        for parameter in list(signature(metric.function).parameters)[2:]
        if parameter != "sample_weight"
    ]
    unknown = [option for option in options if option not in known]
    if unknown:
        raise TypeError(
            f"The scorer {name!r} does not take {', '.join(unknown)}; it takes "
            f"{', '.join(known)}."
        )
    if "cost_matrix" in known and options.get("cost_matrix") is None:
        raise TypeError(f"The scorer {name!r} needs cost_matrix=...")
    return _Scorer(name, options)


class _Scorer(BaseScorer):
    """Scorer that hands the order of the classes to the metric."""

    def __init__(self, name: str, options: dict[str, Any]) -> None:
        metric = _METRICS[name]
        super().__init__(metric.function, metric.sign, options, metric.response)
        self._name = name

    def __repr__(self) -> str:
        options = "".join(f", {key}={value!r}" for key, value in self._kwargs.items())
        return f"get_scorer({self._name!r}{options})"

    def _score(
        self,
        method_caller: Callable[..., Any],
        estimator: Any,
        X: Any,
        y_true: Any,
        **kwargs: Any,
    ) -> float:
        options = {**self._kwargs, **kwargs}
        classes = _classes_of(estimator)
        labels = _as_list(options.pop("labels", None))
        if labels is None:
            _check_declared(estimator, classes, y_true)
            labels = classes
        method = self._response_method
        if is_device_array(X):
            response = to_numpy(getattr(estimator, method)(X))
            if method != "predict":
                response = response[:, _columns(classes, labels)]
        elif method == "predict":
            response = method_caller(estimator, method, X)
        else:
            # Of two classes, the caller returns one column, and does not say which.
            two = len(classes) == 2
            proba = (
                estimator.predict_proba(X)
                if two
                else method_caller(estimator, method, X)
            )
            response = np.asarray(proba)[:, _columns(classes, labels)]
        return self._sign * self._score_func(y_true, response, labels=labels, **options)


def _as_list(labels: Any) -> list[Any] | None:
    return None if labels is None else np.asarray(labels).tolist()


def _classes_of(estimator: Any) -> list[Any]:
    classes = _as_list(getattr(estimator, "classes_", None))
    if classes is None:
        raise ValueError(
            f"{type(estimator).__name__} has no classes_; score a fitted classifier."
        )
    return classes


def _check_declared(estimator: Any, classes: list[Any], y_true: Any) -> None:
    """Refuse classes that were sorted, although the column declares another order."""
    declared = declared_order(y_true)
    if classes != sorted(classes):
        return
    if declared is None:
        if len(classes) > 2 and isinstance(classes[0], str) and _sorts(estimator):
            warnings.warn(
                f"{type(estimator).__name__} sorts text by the alphabet, so that the "
                f"classes are scored in the order {show(classes)}. Pass labels to "
                "get_scorer, the classes from lowest to highest.",
                UserWarning,
                stacklevel=caller_level(),
            )
        return
    if classes != [label for label in declared if label in classes]:
        raise ValueError(
            f"{type(estimator).__name__} holds the classes as {show(classes)} but y "
            f"declares the order {show(declared)}; pass labels to get_scorer, the "
            "classes from lowest to highest."
        )


def _sorts(estimator: Any) -> bool:
    """Whether what predicts is none of those here, which know the order or ask."""
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif hasattr(estimator, "steps"):
            estimator = estimator.steps[-1][1]
        else:
            return not type(estimator).__module__.startswith("skx.ordinal.")


def _columns(classes: list[Any], labels: list[Any]) -> list[int]:
    """Return where each label stands among the classes of an estimator."""
    if set(labels) != set(classes):
        raise ValueError(
            f"labels are {show(labels)} but the estimator was fitted with classes "
            f"{show(classes)}; each fit needs rows of every class."
        )
    return [classes.index(label) for label in labels]
