# SPDX-License-Identifier: BSD-3-Clause
"""Batches that trade uncertainty against distance."""

from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx._backend import on_host
from skx._base.sklearn import Interval, validate_params
from skx.active._greedy import _kernels
from skx.active._greedy._reading import (
    Positions,
    read_numbers,
    read_rows,
    usable_count,
)


@on_host(positions=True)
@validate_params(
    {
        "X": ["array-like"],
        "uncertainty": ["array-like"],
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "X_labeled": ["array-like"],
    },
    prefer_skip_nested_validation=True,
)
def ranked_batch(
    X: ArrayLike, uncertainty: ArrayLike, n_samples: int, X_labeled: ArrayLike
) -> Positions:
    """Pick rows that are uncertain and unlike labelled rows and picks before.

    While few rows are labelled, distance decides; the more are, the more uncertainty
    does. Where labels are far fewer than rows, as mostly, it is close to
    :func:`k_center_greedy` with its liking for outliers.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features), float32 or float64
        Rows without a label; finite, columns scaled alike.
    uncertainty : array-like of shape (n_rows,), float
        Score of each row, from 0 to 1, such as :func:`least_confidence`.
    n_samples : int, at least 1
        Number of rows to pick.
    X_labeled : array-like of shape (n_labeled, n_features), float
        Labelled rows, at least one.

    Returns
    -------
    indices : ndarray of shape (n_samples,), int64
        Positions in X in the order of picks; equal scores by position. If there are
        fewer rows, all of them, with a warning.

    See Also
    --------
    badge_greedy : Spreads uncertain rows by where the model is uncertain.

    Notes
    -----
    The score is ``a * (1 - 1 / (1 + d)) + (1 - a) * uncertainty``, with d the Euclidean
    distance to the nearest labelled row or pick and a the share of rows that are
    neither; both change after every pick.

    References
    ----------
    T. N. C. Cardoso, R. M. Silva, S. Canuto, M. M. Moro, M. A. Gonçalves (2017). Ranked
    batch-mode active learning. Information Sciences 379, 313-337.

    Examples
    --------
    >>> from skx.active import ranked_batch
    >>> X, uncertainty = [[0.0], [3.0], [3.1]], [0.5, 0.4, 0.3]
    >>> ranked_batch(X, uncertainty, 2, X_labeled=[[0.0], [0.2]])
    array([1, 0])
    """
    rows = read_rows(X)
    labeled = np.asarray(read_rows(X_labeled, "X_labeled"), rows.dtype)
    if labeled.shape[1] != rows.shape[1]:
        raise ValueError(
            f"X_labeled has {labeled.shape[1]} columns but X has {rows.shape[1]}; "
            "give the same columns of both."
        )
    n = rows.shape[0]
    scores = read_numbers(uncertainty, n, "uncertainty")
    if scores.min() < 0.0 or scores.max() > 1.0:
        at = int(np.argmax(np.abs(scores - 0.5)))
        raise ValueError(
            f"uncertainty[{at}] is {scores[at]:.6g}; expected scores from 0 to 1, such "
            "as those of least_confidence. Scale others to that range."
        )
    return pick_ranked(rows, scores, usable_count(n_samples, n), labeled)[0]


def pick_ranked(
    X: NDArray[np.floating],
    uncertainty: NDArray[np.float64],
    n_picks: int,
    labeled: NDArray[np.floating],
) -> tuple[Positions, NDArray[np.float64]]:
    """Pick rows far from labelled ones or uncertain; return their scores too."""
    n, n_labeled = X.shape[0], labeled.shape[0]
    picks, scores = np.empty(n_picks, np.int64), np.empty(n_picks)
    room = np.empty((n_labeled + n_picks, X.shape[1]), X.dtype)
    room[:n_labeled] = labeled
    _kernels.rank_rows(
        X,
        uncertainty,
        room,
        n_labeled,
        n,
        np.full(n, np.inf),
        np.zeros(n, np.int32),
        picks,
        scores,
    )
    return picks, scores
