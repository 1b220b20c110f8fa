# SPDX-License-Identifier: BSD-3-Clause
"""Batches whose labels together tell most about which member is right."""

from numbers import Integral

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr

from skx._backend import on_host
from skx._base.sklearn import Interval, validate_params
from skx._random import draw_seed
from skx.active._greedy import _kernels
from skx.active._greedy._draws import best_rows
from skx.active._greedy._reading import Positions, usable_count
from skx.active._scores import bald, read_committee

BLOCK_CELLS = 2**18  # joint probabilities at once
AT_ONCE = 64  # candidates


@on_host(positions=True)
@validate_params(
    {
        "proba": ["array-like"],
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "max_configurations": [Interval(Integral, 1, None, closed="left")],
        "max_candidates": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def batch_bald(
    proba: ArrayLike,
    n_samples: int,
    *,
    max_configurations: int = 10_000,
    max_candidates: int | None = 10_000,
    random_state: int | RandomState | None = None,
) -> tuple[Positions, NDArray[np.float64]]:
    """Pick rows whose labels together tell most about which member is right.

    Where :func:`bald` scores rows one by one, and so asks many times for the same
    thing, this scores the batch. Use it for small batches: beyond some ten rows little
    is gained over :func:`stochastic_top_k` of BALD scores, which costs nothing.

    Parameters
    ----------
    proba : array-like of shape (n_rows, n_members, n_classes), float
        Probabilities that each member gives to the classes; each sums to 1 within
        0.001.
    n_samples : int, at least 1
        Number of rows to pick.
    max_configurations : int, at least 1, default=10_000
        Up to so many combinations of labels of a batch are enumerated; beyond, so many
        are drawn. Time grows with it, and the error of the score falls.
    max_candidates : int, at least 1, or None, default=10_000
        How many rows, the best by BALD, are looked at; None looks at all.
    random_state : int, RandomState instance or None, default=None
        Seed of the combinations drawn; without effect while they are enumerated.

    Returns
    -------
    indices : ndarray of shape (n_samples,), int64
        Positions in ``proba`` in the order of picks; equal scores by position. If there
        are fewer rows, all of them, with a warning.
    scores : ndarray of shape (n_samples,), float64
        Mutual information between member and labels of the picks so far. It does not
        fall while combinations are enumerated.

    See Also
    --------
    bald : The score of one row.

    Notes
    -----
    Estimates from drawn combinations are unbiased, with an error that falls with the
    root of their number. What a row adds shrinks from pick to pick, so rows are looked
    at again only if what they added before could win. The score is at most the
    logarithm of the number of members: once it is close, all rows look alike. The
    greedy batch tells at least 63 % of what the best one does.

    References
    ----------
    A. Kirsch, J. van Amersfoort, Y. Gal (2019). BatchBALD: Efficient and diverse batch
    acquisition for deep Bayesian active learning. NeurIPS.

    Examples
    --------
    >>> from skx.active import batch_bald
    >>> sure, unsure = [[1.0, 0.0], [0.0, 1.0]], [[0.9, 0.1], [0.4, 0.6]]
    >>> indices, scores = batch_bald([unsure, sure, sure], 2)
    >>> indices, scores.round(3)
    (array([1, 0]), array([0.693, 0.693]))
    """
    values = read_committee(proba)
    single = bald(values)
    n, n_members, n_classes = values.shape
    n_picks = usable_count(n_samples, n)
    limit = n if max_candidates is None else max(max_candidates, n_picks)
    pool = np.sort(best_rows(single, min(limit, n)))
    P = values[pool].astype(np.float64)
    own = entr(P).sum(axis=2).mean(axis=1)
    rng = np.random.default_rng(int(draw_seed(random_state)))
    bounds = single[pool]  # of gains, which shrink from pick to pick
    picks: list[int] = []
    scores = np.empty(n_picks)
    weights = np.full(1, 1.0)  # of configurations
    joint = np.ones((1, n_members))  # probability of each, given the member
    levels = np.zeros(1)  # its logarithm, taken out of the rows of joint
    members: NDArray | None = None
    for b in range(n_picks):
        so_far = float(weights @ entr(joint.mean(axis=1)))
        best, at = -np.inf, -1
        order = np.argsort(-bounds, kind="stable")
        for start in range(0, order.shape[0] - b, AT_ONCE):
            batch = np.sort(order[start : start + AT_ONCE])
            if bounds[order[start]] < best - 1e-9:
                break
            gains = _joint_entropies(P[batch], joint, weights) - so_far - own[batch]
            gains[np.isneginf(bounds[batch])] = -np.inf
            bounds[batch] = gains
            top = int(np.argmax(gains))
            if gains[top] > best or (gains[top] == best and batch[top] < at):
                best, at = float(gains[top]), int(batch[top])
        scores[b] = so_far - float(weights @ levels) - own[picks].sum() + best
        bounds[at] = -np.inf
        picks.append(at)
        if members is None and joint.shape[0] * n_classes <= max_configurations:
            joint = (joint[:, None, :] * P[at].T).reshape(-1, n_members)
            weights, levels = np.ones(joint.shape[0]), np.zeros(joint.shape[0])
            continue
        if members is None:
            members = np.arange(max_configurations) % n_members
            joint = np.ones((max_configurations, n_members))
            levels = np.zeros(max_configurations)
            weights = np.full(max_configurations, 1.0 / max_configurations)
            drawn = picks
        else:
            drawn = [at]
        for row in drawn:
            edges = np.cumsum(P[row], axis=1)[members]
            u = rng.random(members.shape[0]) * edges[:, -1]
            labels = (u[:, None] >= edges[:, :-1]).sum(axis=1)
            joint = joint * P[row].T[labels]
            means = joint.mean(axis=1)
            joint /= means[:, None]
            levels += np.log(means)
    return pool[picks], scores


def _joint_entropies(
    P: NDArray[np.float64], joint: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the entropy of configurations with the label of each candidate (n,).

    It is the weighted sum over rows of joint (S, K) of -q log q for each class, where q
    is the mean over members of joint times the probability of the class.
    """
    n, n_members, n_classes = P.shape
    entropies = np.zeros(n)
    size = max(1, BLOCK_CELLS // (joint.shape[0] * n_classes))
    for start in range(0, n, size):
        block = P[start : start + size].transpose(1, 0, 2).reshape(n_members, -1)
        _kernels.add_entropies(
            joint @ block / n_members, weights, n_classes, entropies[start:]
        )
    return entropies
