# SPDX-License-Identifier: BSD-3-Clause
"""Rows that a linear model learns most from: leverage and D-optimal design."""

from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cholesky, solve_triangular

from skx._backend import on_host
from skx._base.sklearn import Interval, validate_params
from skx.active._greedy._reading import (
    Positions,
    read_positions,
    read_rows,
    usable_count,
)

BLOCK_ROWS = 8192
ALPHA = [Interval(Real, 0, None, closed="left")]


@on_host
@validate_params(
    {"X": ["array-like"], "X_labeled": ["array-like"], "alpha": ALPHA},
    prefer_skip_nested_validation=True,
)
def leverage(
    X: ArrayLike, X_labeled: ArrayLike, *, alpha: float = 1.0
) -> NDArray[np.float64]:
    """Score rows by the variance of what a linear model predicts for them.

    High where labelled rows say little: far out, or in directions in which they do not
    vary. It does not look at targets.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), float
        Rows to be scored; finite. Append a column of 1 for an intercept.
    X_labeled : array-like of shape (n_labeled, n_features), float
        Rows with a label.
    alpha : float, at least 0, default=1.0
        Penalty on squared coefficients, as in ridge regression. 0 needs labelled rows
        that vary in all directions.

    Returns
    -------
    scores : ndarray of shape (n_samples,), float64
        ``x' (alpha I + X_labeled' X_labeled)^-1 x``, the variance in units of that of
        the noise.

    See Also
    --------
    d_optimal_greedy : Batches by leverage, in which each pick lowers that of the rest.

    Examples
    --------
    >>> from skx.active import leverage
    >>> leverage([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [2.0, 0.0]], alpha=1.0).round(3)
    array([0.167, 1.   ])
    """
    rows, labeled = read_rows(X), read_rows(X_labeled, "X_labeled")
    if labeled.shape[1] != rows.shape[1]:
        raise ValueError(
            f"X_labeled has {labeled.shape[1]} columns but X has {rows.shape[1]}; "
            "give the same columns of both."
        )
    return _leverage(rows, _factor(_information(labeled, alpha), alpha))


@on_host(positions=True)
@validate_params(
    {
        "X": ["array-like"],
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "initial": ["array-like", None],
        "alpha": ALPHA,
    },
    prefer_skip_nested_validation=True,
)
def d_optimal_greedy(
    X: ArrayLike,
    n_samples: int,
    *,
    initial: ArrayLike | None = None,
    alpha: float = 1.0,
) -> tuple[Positions, NDArray[np.float64]]:
    """Pick rows that tell most about the coefficients of a linear model.

    Again and again the row of the highest leverage, given the labelled rows and those
    picked before. Use it before measurements that are costly and for models that are
    linear in the columns; it goes for the edge of the data.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), float
        Rows, labelled or not; finite. Append a column of 1 for an intercept.
    n_samples : int, at least 1
        Number of rows to pick.
    initial : array-like of positions or bool mask, default=None
        Rows that have a label.
    alpha : float, at least 0, default=1.0
        Penalty on squared coefficients, as in ridge regression. 0 needs labelled rows
        that vary in all directions.

    Returns
    -------
    indices : ndarray of shape (n_samples,), int64
        Positions in X in the order of picks; equal leverage by position. If fewer rows
        can be picked, all of them, with a warning.
    gains : ndarray of shape (n_samples,), float64
        ``log(1 + leverage)``: by how much each pick raises the log-determinant of the
        information about the coefficients. Never rises.

    See Also
    --------
    greedy_distance : Spread-out rows, for models of any kind.

    Notes
    -----
    Leverage only shrinks, so it is computed again only for rows whose old one could
    win, from a new factor of the information: errors do not add up over picks.

    References
    ----------
    V. V. Fedorov (1972). Theory of optimal experiments. Academic Press.

    Examples
    --------
    >>> from skx.active import d_optimal_greedy
    >>> X = [[1.0, 0.0], [1.1, 0.0], [0.0, 1.0]]
    >>> indices, gains = d_optimal_greedy(X, 2)
    >>> indices, gains.round(3)
    (array([1, 2]), array([0.793, 0.693]))
    """
    rows = read_rows(X)
    labeled = read_positions(initial, rows.shape[0], "initial")
    picks = np.empty(
        usable_count(n_samples, rows.shape[0] - labeled.shape[0]), np.int64
    )
    gains = np.empty(picks.shape[0])
    information = _information(rows[labeled], alpha)
    scores = _leverage(rows, _factor(information, alpha))
    scores[labeled] = -1.0
    for b in range(picks.shape[0]):
        factor = _factor(information, alpha)
        top = int(np.argmax(scores))
        scores[top] = least = _leverage(rows[top : top + 1], factor)[0]
        # Equal rows must not be told apart by when they were computed.
        rivals = np.flatnonzero(scores >= least * (1.0 - 1e-9))
        scores[rivals] = _leverage(rows[rivals], factor)
        picks[b] = rivals[np.argmax(scores[rivals])]
        gains[b] = np.log1p(scores[picks[b]])
        scores[picks[b]] = -1.0
        row = rows[picks[b]].astype(np.float64)
        information += np.outer(row, row)
    return picks, gains


def _information(rows: NDArray[np.floating], alpha: float) -> NDArray[np.float64]:
    exact = rows.astype(np.float64)
    return exact.T @ exact + alpha * np.eye(rows.shape[1])


def _factor(information: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    try:
        factor = cholesky(information, lower=True)
    except np.linalg.LinAlgError:
        factor = np.zeros((1, 1))
    diagonal = np.abs(np.diag(factor))
    if diagonal.min() <= 1e-8 * diagonal.max():
        raise ValueError(
            f"With alpha={alpha:g} the labelled rows do not determine all "
            "coefficients; set alpha above 0, or give rows that vary in all directions."
        )
    return factor


def _leverage(
    rows: NDArray[np.floating], factor: NDArray[np.float64]
) -> NDArray[np.float64]:
    scores = np.empty(rows.shape[0])
    for start in range(0, rows.shape[0], BLOCK_ROWS):
        block = rows[start : start + BLOCK_ROWS].T.astype(np.float64)
        half = solve_triangular(factor, block, lower=True, check_finite=False)
        scores[start : start + BLOCK_ROWS] = np.einsum("ji,ji->i", half, half)
    return scores
