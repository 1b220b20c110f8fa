# SPDX-License-Identifier: BSD-3-Clause
"""Shares of votes, weighted by agreement with the majority."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx.active._crowd._base import VoteModel
from skx.active._crowd._majority import agreement, share_votes
from skx.active._crowd._votes import Votes


class Wawa(VoteModel):
    """Worker agreement with aggregate: votes weighted by agreement with the majority.

    One step beyond `MajorityVote`: whoever often agrees with it counts for more. It
    has no parameters to fit, so that it does no harm with few votes; it knows nothing
    of classes that are taken for one another, see `DawidSkene`.

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
        Share of each class in the votes, weighted by ``skills_``.
    labels_ : ndarray of shape (n_items,)
        Class of the largest share; of equal ones the first.
    skills_ : ndarray of shape (n_annotators,)
        Share of an annotator's votes that agree with the majority, of equal shares the
        first class.

    See Also
    --------
    MajorityVote : Every vote counts the same.
    DawidSkene : Learns who takes which class for which other.

    Notes
    -----
    An item on which nobody of any skill has voted keeps its plain shares. Gold labels
    are certain, and count as the majority of their items.

    References
    ----------
    Appen (2021). Calculating worker agreement with aggregate (Wawa). Documentation of
    the platform.

    Examples
    --------
    >>> from skx.active import Wawa
    >>> votes = Wawa().fit(
    ...     ["cat", "cat", "dog", "dog", "cat"],
    ...     items=["a", "a", "a", "b", "b"],
    ...     annotators=["Ann", "Bob", "Cyd", "Ann", "Cyd"],
    ... )
    >>> votes.skills_
    array([0.5, 1. , 0.5])
    """

    def __init__(self, *, classes: ArrayLike | None = None) -> None:
        self.classes = classes

    def _aggregate(self, votes: Votes) -> NDArray[np.float64]:
        self.skills_ = agreement(votes, share_votes(votes))
        return share_votes(votes, self.skills_)
