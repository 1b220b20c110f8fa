# SPDX-License-Identifier: BSD-3-Clause
"""The mean of what several models say of the labels."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from skx._base.sklearn import check_parameters
from skx.active._crowd._base import VoteModel
from skx.active._crowd._dawid_skene import DawidSkene
from skx.active._crowd._glad import GLAD
from skx.active._crowd._mace import MACE
from skx.active._crowd._majority import MajorityVote
from skx.active._crowd._votes import Votes


class SoftLabelAverage(VoteModel):
    """Mean of the label distributions of several models of annotators.

    No model of annotators is the best on all data. The mean of their distributions is
    rarely far from the best, and less sure of itself than each, which is what a
    classifier that learns from soft labels can use, see `SoftLabelClassifier`. For
    hard labels alone choose one model.

    Parameters
    ----------
    estimators : list of estimators or None, default=None
        Unfitted models of annotators. None takes `MajorityVote`, `DawidSkene`, `GLAD`
        and `MACE` as they are by default, with a seed of 0.
    classes : array-like of shape (n_classes,) or None, default=None
        Labels that votes may have, in the order of the columns. None takes those that
        occur, sorted. Replaces ``classes`` of the models.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes.
    items_ : ndarray of shape (n_items,)
        Items with votes, in the order in which they first came.
    annotators_ : ndarray of shape (n_annotators,)
        Annotators, in the order in which they first came.
    label_distribution_ : ndarray of shape (n_items, n_classes)
        Mean of the models' distributions.
    labels_ : ndarray of shape (n_items,)
        Most probable labels; of equal ones the first class.
    skills_ : ndarray of shape (n_annotators,)
        Mean of the models' estimates.
    estimators_ : list of estimators
        The fitted models.

    See Also
    --------
    SoftLabelClassifier : Trains any classifier on soft labels.

    References
    ----------
    D. Wright, I. Augenstein (2025). Aggregating soft labels from crowd annotations
    improves uncertainty estimation under distribution shift. PLOS ONE 20(6).

    Examples
    --------
    >>> from skx.active import MajorityVote, SoftLabelAverage, Wawa
    >>> votes = SoftLabelAverage(estimators=[MajorityVote(), Wawa()]).fit(
    ...     ["cat", "cat", "dog", "dog", "cat"],
    ...     items=["a", "a", "a", "b", "b"],
    ...     annotators=["Ann", "Bob", "Cyd", "Ann", "Cyd"],
    ... )
    >>> votes.predict_proba(["a"]).round(2)
    array([[0.71, 0.29]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimators": [list, tuple, None],
        **VoteModel._parameter_constraints,
    }

    def __init__(
        self,
        *,
        estimators: Sequence[Any] | None = None,
        classes: ArrayLike | None = None,
    ) -> None:
        self.estimators = estimators
        self.classes = classes

    def _aggregate(self, votes: Votes) -> NDArray[np.float64]:
        models = self.estimators
        if models is None:
            models = [MajorityVote(), DawidSkene(), GLAD(), MACE(random_state=0)]
        if not models:
            raise ValueError(
                "estimators is empty; give one model of annotators or more."
            )
        for model in models:
            if not isinstance(model, VoteModel):
                raise TypeError(
                    f"estimators holds {model!r}; expected models of annotators, "
                    "such as DawidSkene()."
                )
        self.estimators_ = [clone(model) for model in models]
        for fitted in self.estimators_:
            check_parameters(fitted)
            fitted._fit_votes(votes)
        self.skills_ = np.mean([m.skills_ for m in self.estimators_], axis=0)
        return np.mean([m.label_distribution_ for m in self.estimators_], axis=0)
