# SPDX-License-Identifier: BSD-3-Clause
"""What all models of annotators share: how votes come in and labels go out."""

import warnings
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skx._base.estimator import SkxEstimator
from skx._base.sklearn import fit_context
from skx._caller import caller_level
from skx.active._crowd._votes import Votes, encode, find, listed, read_votes


class VoteModel(SkxEstimator, ABC):
    """Reads votes, leaves their aggregation to the model, and looks up items."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "classes": ["array-like", None],
    }
    classes: ArrayLike | None

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        y: ArrayLike,
        *,
        items: ArrayLike,
        annotators: ArrayLike,
        sample_weight: ArrayLike | None = None,
        gold: Any = None,
    ) -> Any:
        """Aggregate votes.

        Parameters
        ----------
        y : array-like of shape (n_votes,)
            Label of each vote. Votes whose label is missing (None, NaN, pandas' NA) are
            left out.
        items : array-like of shape (n_votes,)
            Item of each vote: strings, numbers, tuples or anything else that can be
            hashed, in any order; lists, arrays, columns of pandas or polars.
        annotators : array-like of shape (n_votes,)
            Who gave each vote; the same kinds of values.
        sample_weight : array-like of shape (n_votes,) or None, default=None
            Weights >= 0 of votes: 2 is as good as two votes, 0 as good as none.
        gold : mapping, Series or None, default=None
            Known labels by item, of items that have votes.

        Returns
        -------
        self : estimator
            The fitted model.
        """
        self._fit_votes(
            read_votes(y, items, annotators, sample_weight, gold, self.classes)
        )
        return self

    def _fit_votes(self, votes: Votes, *given: Any) -> None:
        self.classes_ = votes.classes
        self.items_ = votes.items
        self.annotators_ = votes.annotators
        self.label_distribution_ = self._aggregate(votes, *given)
        self.labels_ = self.classes_[self.label_distribution_.argmax(axis=1)]

    @abstractmethod
    def _aggregate(self, votes: Votes) -> NDArray[np.float64]:
        """Return the distributions of labels of items, and set what else is fitted."""

    def predict_proba(self, items: ArrayLike | None = None) -> NDArray[np.float64]:
        """Return the distributions of labels of items.

        Parameters
        ----------
        items : array-like of shape (n_items,) or None, default=None
            Items that had votes in fit, in any order; None for all, in the order of
            ``items_``.

        Returns
        -------
        proba : ndarray of shape (n_items, n_classes), float64
            Probabilities in the order of ``classes_``.
        """
        check_is_fitted(self)
        if items is None:
            return self.label_distribution_.copy()
        codes, values = encode(items, "items")
        if len(codes) and codes.min() < 0:
            raise ValueError(
                f"items[{int(codes.argmin())}] is missing; there are labels of items "
                "that had votes only."
            )
        places = find(values, listed(self.items_), "items", "item")
        return self.label_distribution_[places[codes]]

    def predict(self, items: ArrayLike | None = None) -> NDArray[Any]:
        """Return the most probable label of items; of equal ones the first class.

        Parameters
        ----------
        items : array-like of shape (n_items,) or None, default=None
            Items that had votes in fit, in any order; None for all, in the order of
            ``items_``.

        Returns
        -------
        labels : ndarray of shape (n_items,)
            Labels.
        """
        proba = self.predict_proba(items)
        return self.classes_[proba.argmax(axis=1)]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.target_tags.required = True
        return tags


def check_two_classes(votes: Votes, owner: str) -> None:
    """Raise where all votes and all classes are one."""
    if votes.n_classes < 2:
        only = votes.classes.tolist()[0]
        raise ValueError(
            f"y holds one class, {only!r}, and {owner} needs two or more; name "
            "all that votes may have in classes=."
        )


def warn_of_rise(owner: str, max_iter: int, rise: float) -> None:
    """Warn that an EM had not come to its end."""
    warnings.warn(
        f"{owner} made all {max_iter} iterations, and the log-likelihood per vote "
        f"still rose by {rise:.2g}; raise max_iter or tol.",
        ConvergenceWarning,
        stacklevel=caller_level(),
    )
