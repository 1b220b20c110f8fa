# SPDX-License-Identifier: BSD-3-Clause
"""Shares of votes, each annotator like any other."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx.active._crowd import _kernels
from skx.active._crowd._base import VoteModel
from skx.active._crowd._votes import Votes


class MajorityVote(VoteModel):
    """Shares of the votes of each item.

    Where to begin, and hard to beat while annotators are about equally good or have
    few votes each. Where some are much better than others, or err in one direction,
    and have some dozens of votes each, use `DawidSkene`.

    Parameters
    ----------
    classes : array-like of shape (n_classes,) or None, default=None
        Labels that votes may have, in the order of the columns. None takes those that
        occur, sorted.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes.
    items_ : ndarray of shape (n_items,)
        Items with votes, in the order in which they first came.
    annotators_ : ndarray of shape (n_annotators,)
        Annotators, in the order in which they first came.
    label_distribution_ : ndarray of shape (n_items, n_classes)
        Share of the votes for each class.
    labels_ : ndarray of shape (n_items,)
        Class of most votes; of equal ones the first.
    skills_ : ndarray of shape (n_annotators,)
        Share of an annotator's votes that agree with ``labels_``.

    See Also
    --------
    Wawa : Weighs annotators by how often they agree with the majority.
    DawidSkene : Learns who takes which class for which other.

    Notes
    -----
    Gold labels are certain, and count as the label that others should agree with.

    Examples
    --------
    >>> from skx.active import MajorityVote
    >>> votes = MajorityVote().fit(
    ...     ["cat", "cat", "dog", "dog"],
    ...     items=["a", "a", "a", "b"],
    ...     annotators=["Ann", "Bob", "Cyd", "Ann"],
    ... )
    >>> votes.predict(["b", "a"])
    array(['dog', 'cat'], dtype='<U3')
    >>> votes.predict_proba(["a"]).round(2)
    array([[0.67, 0.33]])
    """

    def __init__(self, *, classes: ArrayLike | None = None) -> None:
        self.classes = classes

    def _aggregate(self, votes: Votes) -> NDArray[np.float64]:
        shares = share_votes(votes)
        self.skills_ = agreement(votes, shares)
        return shares


def share_votes(
    votes: Votes, skills: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return shares of votes, (n_items, n_classes), weighted by skills if given."""
    shares = np.empty((votes.n_items, votes.n_classes))
    weighed = np.empty(0) if skills is None else skills
    _kernels.share_votes(*votes.by_item, votes.gold, weighed, shares, 0, votes.n_items)
    return shares


def agreement(votes: Votes, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of each annotator's votes that are the label of most share."""
    right, total = np.zeros(votes.n_annotators), np.zeros(votes.n_annotators)
    _kernels.agree_with(*votes.by_item, shares.argmax(axis=1), right, total)
    return right / total
