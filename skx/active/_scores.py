# SPDX-License-Identifier: BSD-3-Clause
"""Scores of rows by what a model or a committee of models predicts for them.

Whatever the function, the row with the highest score is the one to label first.
"""

from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array

from skx._backend import (
    check_device_array,
    is_device_array,
    like,
    namespace_of,
    on_host,
    to_numpy,
)
from skx._base.sklearn import Interval, StrOptions, validate_params
from skx._numba import for_each_chunk
from skx.active import _device, _kernels

Scores = NDArray[np.float64]

PROBA = {"proba": ["array-like"]}
GRAIN = 20_000  # rows; below, a thread takes longer to start than to do its share


@validate_params(PROBA, prefer_skip_nested_validation=True)
def least_confidence(proba: ArrayLike) -> Scores:
    """Score rows by how far the largest probability is from 1.

    Use it where the one predicted class is all that counts. With two classes it orders
    rows as :func:`margin` and :func:`entropy` do. A model that is sure and wrong, such
    as naive Bayes or a boosting of many trees, should be calibrated first.

    Parameters
    ----------
    proba : array-like of shape (n_samples, n_classes), float
        Probabilities of classes, as ``predict_proba`` returns them; each row sums to 1
        within 0.001.

    Returns
    -------
    scores : ndarray of shape (n_samples,), float64
        ``1 - max(proba)``, from 0 to ``1 - 1 / n_classes``.

    See Also
    --------
    margin : Compares the two most probable classes; the better first choice.

    Notes
    -----
    CuPy arrays are scored on the device, where the scores stay.

    References
    ----------
    D. D. Lewis, W. A. Gale (1994). A sequential algorithm for training text
    classifiers. SIGIR, 3-12.

    Examples
    --------
    >>> from skx.active import least_confidence
    >>> least_confidence([[0.5, 0.3, 0.2], [0.9, 0.1, 0.0]]).round(3)
    array([0.5, 0.1])
    """
    return _score_rows(proba, _kernels.LEAST_CONFIDENCE)


@validate_params(PROBA, prefer_skip_nested_validation=True)
def margin(proba: ArrayLike) -> Scores:
    """Score rows by how close the two most probable classes are.

    The first choice for classification: it asks about rows near a boundary, whatever
    the other classes get. Rows that are alike get like scores, so the best ones of a
    large batch may be copies of each other; :func:`badge_greedy` spreads them.

    Parameters
    ----------
    proba : array-like of shape (n_samples, n_classes), float
        Probabilities of classes, as ``predict_proba`` returns them; each row sums to 1
        within 0.001.

    Returns
    -------
    scores : ndarray of shape (n_samples,), float64
        ``1 - (p1 - p2)`` for the two largest probabilities, from 0 to 1; 0 where there
        is one class only.

    See Also
    --------
    entropy : Takes all classes into account.
    badge_greedy : Uncertain rows that differ.

    Notes
    -----
    CuPy arrays are scored on the device, where the scores stay.

    References
    ----------
    T. Scheffer, C. Decomain, S. Wrobel (2001). Active hidden Markov models for
    information extraction. Intelligent Data Analysis, 309-318.

    Examples
    --------
    >>> from skx.active import margin
    >>> margin([[0.5, 0.3, 0.2], [0.9, 0.1, 0.0]]).round(3)
    array([0.8, 0.2])
    """
    return _score_rows(proba, _kernels.MARGIN)


@validate_params(
    {**PROBA, "normalize": ["boolean"]}, prefer_skip_nested_validation=True
)
def entropy(proba: ArrayLike, *, normalize: bool = False) -> Scores:
    """Score rows by the entropy of their probabilities.

    Use it where the whole distribution counts. With many classes it prefers rows that
    are a little of everything, which are often outliers; :func:`margin` does not.

    Parameters
    ----------
    proba : array-like of shape (n_samples, n_classes), float
        Probabilities of classes, as ``predict_proba`` returns them; each row sums to 1
        within 0.001.
    normalize : bool, default=False
        Whether to divide by the logarithm of the number of classes, so that 1 is the
        most.

    Returns
    -------
    scores : ndarray of shape (n_samples,), float64
        ``-sum(p * log(p))`` with natural logarithms, from 0 to ``log(n_classes)``.

    See Also
    --------
    consensus_entropy : Entropy of what a committee thinks together.

    Notes
    -----
    CuPy arrays are scored on the device, where the scores stay.

    References
    ----------
    C. E. Shannon (1948). A mathematical theory of communication. Bell System Technical
    Journal 27, 379-423.

    Examples
    --------
    >>> from skx.active import entropy
    >>> entropy([[0.5, 0.5], [1.0, 0.0]], normalize=True).round(3)
    array([1., 0.])
    """
    values = _read_proba(proba)
    scores = _score_rows(values, _kernels.ENTROPY)
    if normalize and values.shape[1] > 1:
        scores /= float(np.log(values.shape[1]))
    return scores


COST = {**PROBA, "cost": ["array-like"]}


@validate_params(COST, prefer_skip_nested_validation=True)
def expected_cost(proba: ArrayLike, cost: ArrayLike) -> Scores:
    """Score rows by the expected cost of their best prediction.

    Use it where mistakes differ in what they cost. With a cost of 1 for any mistake it
    is :func:`least_confidence`.

    Parameters
    ----------
    proba : array-like of shape (n_samples, n_classes), float
        Probabilities of classes, as ``predict_proba`` returns them; each row sums to 1
        within 0.001.
    cost : array-like of shape (n_classes, n_classes), float
        ``cost[c, j]`` is what predicting class j costs where the truth is c; classes
        in the order of the columns of ``proba``. The diagonal is 0.

    Returns
    -------
    scores : ndarray of shape (n_samples,), float64
        The least expected cost over predictions.

    See Also
    --------
    cost_margin : How close the two cheapest predictions are.

    Notes
    -----
    CuPy arrays are scored on the device, where the scores stay.

    Examples
    --------
    >>> from skx.active import expected_cost
    >>> expected_cost([[0.9, 0.1], [0.5, 0.5]], [[0, 1], [10, 0]]).round(3)
    array([0.9, 0.5])
    """
    costs = _expected_costs(proba, cost)
    return namespace_of(costs).min(costs, axis=1)


@validate_params(COST, prefer_skip_nested_validation=True)
def cost_margin(proba: ArrayLike, cost: ArrayLike) -> Scores:
    """Score rows by how close the expected costs of the two best predictions are.

    The :func:`margin` for mistakes that differ in what they cost: it asks about rows
    for which a little more knowledge would change the decision.

    Parameters
    ----------
    proba : array-like of shape (n_samples, n_classes), float
        Probabilities of classes, as ``predict_proba`` returns them; each row sums to 1
        within 0.001.
    cost : array-like of shape (n_classes, n_classes), float
        ``cost[c, j]`` is what predicting class j costs where the truth is c; classes
        in the order of the columns of ``proba``. The diagonal is 0.

    Returns
    -------
    scores : ndarray of shape (n_samples,), float64
        Minus the difference between the second lowest and the lowest expected cost, at
        most 0; 0 where there is one class only.

    See Also
    --------
    expected_cost : The lowest expected cost itself.

    Notes
    -----
    CuPy arrays are scored on the device, where the scores stay.

    Examples
    --------
    >>> from skx.active import cost_margin
    >>> cost_margin([[0.9, 0.1], [0.5, 0.5]], [[0, 1], [10, 0]]).round(3)
    array([-0.1, -4.5])
    """
    costs = _expected_costs(proba, cost)
    if costs.shape[1] == 1:
        return 0.0 * costs[:, 0]
    if is_device_array(costs):
        least, second = _device.two_largest(-costs)
        return second - least
    costs.partition(1, axis=1)
    return costs[:, 0] - costs[:, 1]


VOTES = {
    "votes": ["array-like"],
    "n_classes": [Interval(Integral, 1, None, closed="left")],
}


@on_host
@validate_params(VOTES, prefer_skip_nested_validation=True)
def vote_entropy(votes: ArrayLike, n_classes: int) -> Scores:
    """Score rows by the entropy of the votes of a committee.

    Use it where members predict classes only. With probabilities,
    :func:`kl_disagreement` tells more.

    Parameters
    ----------
    votes : array-like of shape (n_samples, n_members), int
        Class that each member predicts, from 0 to ``n_classes - 1``.
    n_classes : int, at least 1
        Number of classes.

    Returns
    -------
    scores : ndarray of shape (n_samples,), float64
        Entropy of the shares of votes, with natural logarithms; 0 where all agree.

    See Also
    --------
    variation_ratio : Share of members that are not with the majority.

    References
    ----------
    I. Dagan, S. P. Engelson (1995). Committee-based sampling for training probabilistic
    classifiers. ICML, 150-157.

    Examples
    --------
    >>> from skx.active import vote_entropy
    >>> vote_entropy([[0, 0, 1, 1], [2, 2, 2, 2]], n_classes=3).round(3)
    array([0.693, 0.   ])
    """
    shares = _vote_shares(votes, n_classes)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0.0)
    return np.abs(np.einsum("ij,ij->i", shares, logs))


@on_host
@validate_params(VOTES, prefer_skip_nested_validation=True)
def variation_ratio(votes: ArrayLike, n_classes: int) -> Scores:
    """Score rows by the share of a committee that is not with the majority.

    Parameters
    ----------
    votes : array-like of shape (n_samples, n_members), int
        Class that each member predicts, from 0 to ``n_classes - 1``.
    n_classes : int, at least 1
        Number of classes.

    Returns
    -------
    scores : ndarray of shape (n_samples,), float64
        1 minus the largest share of votes; 0 where all agree.

    See Also
    --------
    vote_entropy : Tells a split among many classes from one between two.

    Examples
    --------
    >>> from skx.active import variation_ratio
    >>> variation_ratio([[0, 0, 1, 1], [2, 2, 2, 2]], n_classes=3)
    array([0.5, 0. ])
    """
    return 1.0 - np.max(_vote_shares(votes, n_classes), axis=1)


@validate_params(PROBA, prefer_skip_nested_validation=True)
def consensus_entropy(proba: ArrayLike) -> Scores:
    """Score rows by the entropy of the mean prediction of a committee.

    It does not tell doubt that all members share from disagreement between them; more
    labels only help with the latter, which :func:`kl_disagreement` measures.

    Parameters
    ----------
    proba : array-like of shape (n_samples, n_members, n_classes), float
        Probabilities that each member gives to the classes; each sums to 1 within
        0.001.

    Returns
    -------
    scores : ndarray of shape (n_samples,), float64
        Entropy of the mean over members, with natural logarithms.

    See Also
    --------
    bald : The part of it that members disagree about.

    Notes
    -----
    CuPy arrays are scored on the device, where the scores stay.

    Examples
    --------
    >>> from skx.active import consensus_entropy
    >>> consensus_entropy([[[1, 0], [0, 1]], [[0.5, 0.5], [0.5, 0.5]]]).round(3)
    array([0.693, 0.693])
    """
    return _score_committees(proba, _kernels.CONSENSUS)


@validate_params(
    {**PROBA, "reduce": [StrOptions({"mean", "max"})]},
    prefer_skip_nested_validation=True,
)
def kl_disagreement(proba: ArrayLike, *, reduce: str = "mean") -> Scores:
    """Score rows by how far the members of a committee are from their mean.

    The first choice for committees that predict probabilities. A class that a member
    has never seen has the probability 0 in its column.

    Parameters
    ----------
    proba : array-like of shape (n_samples, n_members, n_classes), float
        Probabilities that each member gives to the classes; each sums to 1 within
        0.001.
    reduce : {"mean", "max"}, default="mean"
        Whether to take the mean over members, or the one that is farthest off.

    Returns
    -------
    scores : ndarray of shape (n_samples,), float64
        Kullback-Leibler divergence from the mean prediction to the members', with
        natural logarithms; 0 where all agree.

    See Also
    --------
    bald : The same as the mean, seen as information.

    Notes
    -----
    CuPy arrays are scored on the device, where the scores stay.

    References
    ----------
    A. McCallum, K. Nigam (1998). Employing EM and pool-based active learning for text
    classification. ICML, 350-358.

    Examples
    --------
    >>> from skx.active import kl_disagreement
    >>> kl_disagreement([[[1, 0], [0, 1]], [[0.5, 0.5], [0.5, 0.5]]]).round(3)
    array([0.693, 0.   ])
    """
    measure = _kernels.KL_MEAN if reduce == "mean" else _kernels.KL_MAX
    return _score_committees(proba, measure)


@validate_params(PROBA, prefer_skip_nested_validation=True)
def bald(proba: ArrayLike) -> Scores:
    """Score rows by what their label would tell about which member is right.

    The mutual information of label and member: entropy of the mean prediction less the
    mean entropy of the predictions. It equals the mean :func:`kl_disagreement`. Rows
    are scored one by one, so a batch of the best may tell the same thing many times;
    :func:`batch_bald` does not.

    Parameters
    ----------
    proba : array-like of shape (n_samples, n_members, n_classes), float
        Probabilities that each member gives to the classes, such as draws from a
        posterior or trees of a forest; each sums to 1 within 0.001.

    Returns
    -------
    scores : ndarray of shape (n_samples,), float64
        Mutual information with natural logarithms; 0 where all agree.

    See Also
    --------
    consensus_entropy : Includes the doubt that all members share.

    Notes
    -----
    CuPy arrays are scored on the device, where the scores stay.

    References
    ----------
    N. Houlsby, F. Huszár, Z. Ghahramani, M. Lengyel (2011). Bayesian active learning
    for classification and preference learning. arXiv:1112.5745.

    Examples
    --------
    >>> from skx.active import bald
    >>> bald([[[1, 0], [0, 1]], [[0.5, 0.5], [0.5, 0.5]]]).round(3)
    array([0.693, 0.   ])
    """
    return _score_committees(proba, _kernels.KL_MEAN)


def check_proba(proba: ArrayLike) -> Any:
    """Read probabilities (n, C), or say which row is no distribution."""
    values = _read_proba(proba)
    _score_rows(values, _kernels.CHECK)
    return values


def read_committee(proba: ArrayLike) -> Any:
    """Read probabilities (n, K, C) without a look at their values."""
    values = _read_numbers(proba, "proba")
    if values.ndim != 3 or 0 in values.shape:
        raise ValueError(
            f"proba has the shape {values.shape}; expected (n_samples, n_members, "
            "n_classes). Stack the members' probabilities with np.stack(..., axis=1)."
        )
    return values


def _read_numbers(values: Any, name: str) -> Any:
    if is_device_array(values):
        return check_device_array(values, name, n_dim=values.ndim, finite=False)
    return check_array(
        values,
        dtype=[np.float64, np.float32],
        order="C",
        ensure_all_finite=False,  # told with the row, later
        ensure_2d=False,
        allow_nd=True,
        input_name=name,
    )


def _read_proba(proba: ArrayLike) -> Any:
    values = _read_numbers(proba, "proba")
    if values.ndim != 2 or values.shape[1] == 0:
        raise ValueError(
            f"proba has the shape {values.shape}; expected (n_samples, n_classes). For "
            "p of the second of two classes, pass np.column_stack([1 - p, p])."
        )
    return values


def _score_rows(proba: ArrayLike, measure: int) -> Scores:
    values = _read_proba(proba)
    if is_device_array(values):
        return _fill_on_device(_device.score_rows, values, measure)
    return _fill_scores(_kernels.score_rows, values, measure)


def _score_committees(proba: ArrayLike, measure: int) -> Scores:
    values = read_committee(proba)
    if is_device_array(values):
        return _fill_on_device(_device.score_committees, values, measure)
    return _fill_scores(_kernels.score_committees, values, measure)


def _fill_scores(score: Callable, values: NDArray, measure: int) -> Scores:
    """Run a kernel over all rows, and raise for the first that is wrong."""
    scores = np.empty(values.shape[0])
    wrong: list[int] = []

    def run(start: int, stop: int) -> None:
        row = score(values, measure, start, stop, scores)
        if row >= 0:
            wrong.append(row)

    for_each_chunk(run, values.shape[0], -1, grain=GRAIN)
    if wrong:
        _raise_for_row(values[min(wrong)], min(wrong))
    return scores


def _fill_on_device(score: Callable, values: Any, measure: int) -> Any:
    scores, wrong = _device.fill_scores(score, values, measure)
    if wrong >= 0:
        _raise_for_row(to_numpy(values[wrong, ...]), wrong)
    return scores


def _raise_for_row(p: NDArray, row: int) -> None:
    """Say what is wrong with the probabilities of a row."""
    place = f"proba[{row}]"
    for k in range(p.shape[0]) if p.ndim == 2 else []:
        if not _kernels.is_distribution(p, k):
            place, p = f"proba[{row}, {k}]", p[k]
            break
    if not np.isfinite(p).all():
        what = "holds NaN or infinity"
    elif p.min() < 0.0:
        what = f"holds {p.min():.6g}"
    else:
        what = f"sums to {p.sum():.6g}"
    raise ValueError(
        f"{place} {what}; expected probabilities of classes, which are not negative "
        "and sum to 1 (tolerance 0.001). Pass what predict_proba returns; scores of a "
        "decision_function need calibration first, such as CalibratedClassifierCV."
    )


def _expected_costs(proba: ArrayLike, cost: ArrayLike) -> Any:
    """Return the expected cost of each prediction, (n_samples, n_classes)."""
    values = check_proba(proba)
    matrix = check_array(like(None, cost), dtype=np.float64, input_name="cost")
    n_classes = values.shape[1]
    if matrix.shape != (n_classes, n_classes):
        raise ValueError(
            f"cost has the shape {matrix.shape} but proba has {n_classes} columns; "
            f"expected ({n_classes}, {n_classes}), truth in rows and prediction in "
            "columns."
        )
    if np.diag(matrix).any():
        at = int(np.flatnonzero(np.diag(matrix))[0])
        raise ValueError(
            f"cost[{at}, {at}] is {matrix[at, at]:.6g}; a right prediction must cost "
            "0. Subtract what it costs from the row of its class."
        )
    if is_device_array(values):
        xp = namespace_of(values)
        return xp.astype(values, xp.float64, copy=False) @ like(values, matrix)
    return values @ matrix


def _vote_shares(votes: ArrayLike, n_classes: int) -> NDArray[np.float64]:
    """Return the share of votes for each class, (n_samples, n_classes)."""
    given = check_array(votes, dtype=None, input_name="votes")
    codes = given.astype(np.int64)
    if given.dtype.kind not in "biu" and (codes != given).any():
        raise ValueError(
            "votes holds values that are not whole numbers; expected classes as 0 to "
            "n_classes - 1. Encode labels by np.unique(..., return_inverse=True)."
        )
    if codes.min() < 0 or codes.max() >= n_classes:
        bad = codes.min() if codes.min() < 0 else codes.max()
        raise ValueError(
            f"votes holds {bad}, with n_classes={n_classes}; expected classes as 0 to "
            f"{n_classes - 1}. Encode labels by np.unique(..., return_inverse=True)."
        )
    n_rows, n_members = codes.shape
    cells = codes + n_classes * np.arange(n_rows)[:, None]
    counts = np.bincount(cells.ravel(), minlength=n_rows * n_classes)
    return counts.reshape(n_rows, n_classes) / n_members
