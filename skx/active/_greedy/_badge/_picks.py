# SPDX-License-Identifier: BSD-3-Clause
"""Rows that are uncertain and differ: spread-out gradients."""

from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from skx._backend import is_device_array, like, to_host
from skx._base.sklearn import Interval, validate_params
from skx._numba import for_each_chunk
from skx._random import draw_seed
from skx.active._greedy._badge import _device, _kernels
from skx.active._greedy._reading import Positions, read_rows, usable_count
from skx.active._scores import check_proba

GRAIN = 20_000
# Proposals in vain after which all rows are brought up to date, which costs about as
# much as one proposal per 256 rows.
MIN_TRIES = 64


@validate_params(
    {
        "proba": ["array-like"],
        "X": ["array-like", "sparse matrix"],
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "intercept": ["boolean"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def badge_greedy(
    proba: ArrayLike,
    X: ArrayLike,
    n_samples: int,
    *,
    intercept: bool = False,
    random_state: int | RandomState | None = None,
) -> Positions:
    """Draw rows whose gradients are long and differ from each other.

    The gradient of a row is that of the last layer of a network, or of a linear
    classifier, if the predicted class were true: it is long where the model is
    uncertain. Picks are drawn as k-means++ draws centres (BADGE). Use it for batches of
    uncertain rows that are not copies of each other, where :func:`margin` would ask the
    same thing many times. It needs probabilities one can believe, and an embedding in
    which the model is linear.

    Parameters
    ----------
    proba : array-like of shape (n_samples, n_classes), float
        Probabilities of classes for rows that can be picked; each row sums to 1 within
        0.001.
    X : {array-like, sparse matrix} of shape (n_samples, n_features), float
        What the last layer sees of the same rows; finite. Sparse rows stay sparse.
    n_samples : int, at least 1
        Number of rows to pick.
    intercept : bool, default=False
        Whether the last layer has an intercept, which is a further column of 1.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws; an int gives the same rows every time.

    Returns
    -------
    indices : ndarray of shape (n_samples,), int64
        Positions in X in the order of picks. If there are fewer rows, all of them, with
        a warning.

    See Also
    --------
    k_center_greedy : Spread-out rows whatever the model says.
    batch_bald : Batches for committees.

    Notes
    -----
    The first pick has the longest gradient. A further one is drawn with a probability
    proportional to its squared distance from the nearest pick; once all distances are
    0, picks are the first rows left. The origin is no centre.

    Gradients have ``n_classes * n_features`` entries and are never built: their
    products are products of those of errors and rows, in double precision. Rows are
    drawn by old distances and accepted with the ratio of new to old, which gives the
    law of the new ones; so most distances are never computed. Beyond the input it needs
    20 bytes per row.

    CuPy arrays stay on the device, where all distances to a pick are computed at once:
    the first pick is that of the host, and the others are draws of the same law but not
    the same draws.

    References
    ----------
    J. T. Ash, C. Zhang, A. Krishnamurthy, J. Langford, A. Agarwal (2020). Deep batch
    active learning by diverse, uncertain gradient lower bounds. ICLR.

    Examples
    --------
    >>> from skx.active import badge_greedy
    >>> proba = [[0.5, 0.5], [0.5, 0.5], [1.0, 0.0], [0.6, 0.4]]
    >>> X = [[1.0, 0.0], [1.0, 0.0], [5.0, 5.0], [0.0, 0.9]]
    >>> badge_greedy(proba, X, 2, random_state=0)
    array([0, 3])
    """
    rows = read_rows(X, accept_sparse=True)
    if is_device_array(rows):
        proba = like(rows, proba)
    elif is_device_array(proba):
        proba = to_host(proba, "badge_greedy")
    p = check_proba(proba)
    n = rows.shape[0]
    if p.shape[0] != n:
        raise ValueError(
            f"proba has {p.shape[0]} rows but X has {n}; give the probabilities of the "
            "rows of X, in their order."
        )
    n_wanted = usable_count(n_samples, n)
    if is_device_array(rows):
        gradients = _device.Gradients(p, rows, float(intercept))
        return _device.draw_picks(gradients, n_wanted, draw_seed(random_state))
    data = p, *_parts_of(rows), float(intercept)
    norms = np.empty(n)
    for_each_chunk(
        lambda start, stop: _kernels.write_norms(*data, start, stop, norms),
        n,
        -1,
        grain=GRAIN,
    )
    picks, errors = np.empty(n_wanted, np.int64), np.empty((n_wanted, p.shape[1]))
    picks[0] = np.argmax(norms)
    _kernels.write_error(p, picks[0], errors, 0)
    n_picks = 1
    weights, seen = np.full(n, np.inf), np.zeros(n, np.int32)
    weights[picks[0]] = 0.0
    _kernels.bound_weights(norms, norms[picks[0]], weights)
    # A draw looks at all chunks and at the rows of one.
    chunk_rows = max(64, 2 ** round(0.5 * np.log2(n)))
    sums = np.empty(-(-n // chunk_rows))
    seed = draw_seed(random_state)
    _kernels.sum_chunks(weights, chunk_rows, 0, sums.shape[0], sums)
    while True:
        n_picks = _kernels.draw_picks(
            *data,
            norms,
            seed,
            MIN_TRIES + n // 256,
            picks,
            errors,
            n_picks,
            weights,
            seen,
            chunk_rows,
            sums,
        )
        if n_picks == n_wanted:
            break
        update = partial(_kernels.update_weights, *data, norms, picks, errors, n_picks)
        for_each_chunk(
            lambda start, stop, update=update: update(start, stop, 0.0, weights, seen),  # type: ignore[misc]
            n,
            -1,
            grain=GRAIN,
        )
        _kernels.sum_chunks(weights, chunk_rows, 0, sums.shape[0], sums)
        if not sums.any():
            free = np.ones(n, np.bool_)
            free[picks[:n_picks]] = False
            picks[n_picks:] = np.flatnonzero(free)[: n_wanted - n_picks]
            break
    return picks


def _parts_of(rows: Any) -> tuple[NDArray, ...]:
    """Return rows as the kernels take them: an array, or values of CSR and places."""
    if sparse.issparse(rows):
        return rows.data, rows.indices, rows.indptr
    none = np.empty(0, np.int32)
    return rows, none, none
