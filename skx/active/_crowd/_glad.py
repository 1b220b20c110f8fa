# SPDX-License-Identifier: BSD-3-Clause
"""GLAD: abilities of annotators, and easiness of items."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx._base.sklearn import Interval
from skx._numba import for_each_chunk
from skx.active._crowd import _kernels
from skx.active._crowd._base import VoteModel, check_two_classes, warn_of_rise
from skx.active._crowd._majority import share_votes
from skx.active._crowd._votes import Votes

# Items and annotators that are worth a thread.
GRAIN = 4096
GRAIN_ANNOTATORS = 16


class GLAD(VoteModel):
    """Generative model of labels, abilities and difficulties.

    A vote is right with the probability sigmoid(ability * exp(log-easiness)), where
    the ability belongs to the annotator, below 0 for who errs on purpose, and the
    easiness to the item. Use it when items differ in how hard they are and annotators
    err in all directions alike; for annotators who take one class for another use
    `DawidSkene`.

    Parameters
    ----------
    max_iter : int >= 1, default=100
        Most iterations.
    tol : float >= 0, default=1e-5
        Stop when the log-posterior per vote rises by less; 0 makes all ``max_iter``
        iterations.
    classes : array-like of shape (n_classes,) or None, default=None
        Labels that votes may have, in the order of the columns. None takes those that
        occur, sorted.
    n_jobs : int or None, default=None
        Number of threads; None is one, -1 all processors. Does not change the result.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes.
    items_ : ndarray of shape (n_items,)
        Items with votes, in the order in which they first came.
    annotators_ : ndarray of shape (n_annotators,)
        Annotators, in the order in which they first came.
    label_distribution_ : ndarray of shape (n_items, n_classes)
        Probabilities of the true label of each item.
    labels_ : ndarray of shape (n_items,)
        Most probable labels; of equal ones the first class.
    abilities_ : ndarray of shape (n_annotators,)
        Abilities; 0 is guessing between two classes.
    log_easiness_ : ndarray of shape (n_items,)
        Log-easiness of items; low for hard ones.
    skills_ : ndarray of shape (n_annotators,)
        Mean probability that a vote of the annotator is right, over his votes.
    n_iter_ : int
        Number of iterations.
    loglik_ : float
        Log-likelihood of the votes, and of gold labels, under the abilities and
        easiness that ``label_distribution_`` was computed from.

    See Also
    --------
    DawidSkene : Learns who takes which class for which other.
    MACE : Annotators know the label, or guess with a preference of their own.

    Notes
    -----
    Abilities and log-easiness have normal priors of mean 1 and variance 1, and the
    classes equal ones. An iteration computes the distributions of labels, and then
    raises abilities and after them easiness, each by a few steps of Fisher scoring of
    its own. The log-posterior of abilities and easiness never falls. The publication
    lets a conjugate gradient climb in both at once.

    An item with one vote tells little of its easiness, which then stays near 1.

    References
    ----------
    J. Whitehill, P. Ruvolo, T. Wu, J. Bergsma, J. Movellan (2009). Whose vote should
    count more: optimal integration of labels from labelers of unknown expertise.
    Advances in Neural Information Processing Systems 22.

    Examples
    --------
    >>> from skx.active import GLAD
    >>> y = ["cat", "cat", "dog", "dog", "dog", "dog", "cat", "cat", "cat"]
    >>> votes = GLAD().fit(y, items=list("aaabbbccc"), annotators=[1, 2, 3] * 3)
    >>> votes.labels_
    array(['cat', 'dog', 'cat'], dtype='<U3')
    >>> votes.abilities_.round(1)
    array([1.2, 1.2, 0.6])
    >>> votes.log_easiness_.round(1)
    array([0.6, 1.3, 1.3])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        **VoteModel._parameter_constraints,
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        max_iter: int = 100,
        tol: float = 1e-5,
        classes: ArrayLike | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.max_iter = max_iter
        self.tol = tol
        self.classes = classes
        self.n_jobs = n_jobs

    def _aggregate(self, votes: Votes) -> NDArray[np.float64]:
        check_two_classes(votes, "GLAD")
        posterior = share_votes(votes)
        loglik = np.empty(votes.n_items)
        abilities, easiness = np.ones(votes.n_annotators), np.ones(votes.n_items)

        def infer(start: int, stop: int) -> None:
            _kernels.infer_able(
                *votes.by_item,
                votes.gold,
                abilities,
                easiness,
                posterior,
                loglik,
                start,
                stop,
            )

        def climb(is_item: bool) -> None:
            order = votes.by_item if is_item else votes.by_annotator
            own, others = (easiness, abilities) if is_item else (abilities, easiness)

            def call(start: int, stop: int) -> None:
                _kernels.climb(*order, posterior, others, own, is_item, start, stop)

            grain = GRAIN if is_item else GRAIN_ANNOTATORS
            for_each_chunk(call, len(own), self.n_jobs, grain=grain)

        previous, total, rise = -np.inf, votes.total, np.inf
        for n_iter in range(1, self.max_iter + 1):
            for_each_chunk(infer, votes.n_items, self.n_jobs, grain=GRAIN)
            self.n_iter_, self.loglik_ = n_iter, float(loglik.sum())
            spread = ((abilities - 1.0) ** 2).sum() + ((easiness - 1.0) ** 2).sum()
            objective = self.loglik_ - 0.5 * float(spread)
            rise = (objective - previous) / total
            previous = objective
            if rise < self.tol > 0.0 or n_iter == self.max_iter:
                break
            climb(is_item=False)
            climb(is_item=True)
        if 0.0 < self.tol <= rise:
            warn_of_rise("GLAD", self.max_iter, rise)
        self.abilities_, self.log_easiness_ = abilities, easiness
        ptr, items, _, weights = votes.by_annotator
        scales = np.repeat(abilities, np.diff(ptr)) * np.exp(easiness)[items]
        right = 1.0 / (1.0 + np.exp(-scales))
        mass = weights if len(weights) else np.ones(len(right))
        sums = np.add.reduceat(right * mass, ptr[:-1])
        self.skills_ = sums / np.add.reduceat(mass, ptr[:-1])
        return posterior
