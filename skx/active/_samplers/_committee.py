# SPDX-License-Identifier: BSD-3-Clause
"""Rows that the members of a committee disagree about."""

from collections.abc import Callable
from numbers import Integral
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.frozen import FrozenEstimator

from skx._base.sklearn import (
    HasMethods,
    Interval,
    StrOptions,
    take_params,
    take_rows,
)
from skx.active import _scores
from skx.active._samplers._base import PointSampler, Pool, Scores, split_steps

OF_PROBA: dict[str, Callable] = {
    "kl_mean": _scores.kl_disagreement,
    "kl_max": lambda proba: _scores.kl_disagreement(proba, reduce="max"),
    "consensus_entropy": _scores.consensus_entropy,
}
OF_VOTES: dict[str, Callable] = {
    "vote_entropy": _scores.vote_entropy,
    "variation_ratio": _scores.variation_ratio,
}
CHUNK_CELLS = 2**22  # predictions of all members held at once


class Member(NamedTuple):
    """A fitted model, and how its classes and columns are numbered."""

    model: Any
    codes: NDArray[np.intp]  # of its classes, among those of the committee
    features: NDArray[np.intp] | None = None  # columns it was fitted to
    is_named: bool = True  # whether it knows the names of columns


class CommitteeSampler(PointSampler):
    """Asks about the rows that the members of a committee disagree about.

    Disagreement is doubt that more labels can settle, while `UncertaintySampler` also
    asks about rows that no label makes certain. Use it with a random forest, which is a
    committee already, or with any other model through copies that are fitted to
    different draws of the labelled rows. For numbers to be predicted, members differ in
    variance.

    Parameters
    ----------
    estimator : estimator, or list of estimators
        A forest, a bagging or a voting of models: its members are the committee. So are
        those of the last step of a pipeline, and a list of models, which predict
        together as a `VotingClassifier` or `VotingRegressor`. Any other estimator: the
        members are copies of it.
    n_members : int, at least 2, default=5
        Number of copies, where the estimator has no members. More give steadier scores,
        and each costs a fit and a prediction of the pool.
    measure : {"kl_mean", "kl_max", "consensus_entropy", "vote_entropy", \
"variation_ratio", "variance"}, default="kl_mean"
        What disagreement is. The first three are of probabilities, see
        :func:`kl_disagreement` and :func:`consensus_entropy`, the next two of predicted
        classes, see :func:`vote_entropy` and :func:`variation_ratio`. "variance": of
        predicted numbers, for regressors.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws of rows; an int gives the same members every time, if the
        estimator does not draw.

    Attributes
    ----------
    estimator_ : estimator
        The estimator fitted to all rows with a label, which predicts.
    n_members_ : int
        Number of members.
    n_labeled_ : int
        Number of rows with a label.
    classes_ : ndarray of shape (n_classes,)
        Classes, for a classifier.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    UncertaintySampler : One model, whose probabilities are believed.
    StochasticBatchSampler : Spreads the rows of a batch.

    Notes
    -----
    Copies are fitted to as many rows as have a label, drawn with replacement, for a
    classifier within each class: each member knows all classes, from the first labels
    on. A class that the member of an ensemble does not know has the probability 0.
    Equal scores by position.

    Predictions of all members are held for a chunk of rows at a time, so that beyond X
    memory does not grow with the members.

    Ensembles whose parts are no models of the same target, such as boosted trees and
    one model per class, have no members: copies of them are made.

    References
    ----------
    H. S. Seung, M. Opper, H. Sompolinsky (1992). Query by committee. COLT, 287-294.

    N. Abe, H. Mamitsuka (1998). Query learning strategies using boosting and bagging.
    ICML, 1-9.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skx.active import CommitteeSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> y[np.arange(150) % 10 > 0] = -1
    >>> forest = RandomForestClassifier(20, random_state=0)
    >>> sampler = CommitteeSampler(forest).fit(X, y)
    >>> sampler.n_members_, sampler.query(n_samples=5).shape
    (20, (5,))
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict"]), list],
        "n_members": [Interval(Integral, 2, None, closed="left")],
        "measure": [StrOptions({*OF_PROBA, *OF_VOTES, "variance"})],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        n_members: int = 5,
        measure: str = "kl_mean",
        random_state: int | RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.n_members = n_members
        self.measure = measure
        self.random_state = random_state

    def _delegate(self, *, fitted: bool = True) -> Any:
        if (fitted and hasattr(self, "estimator_")) or not isinstance(
            self.estimator, list
        ):
            return super()._delegate(fitted=fitted)
        named = [(f"member{k}", model) for k, model in enumerate(self.estimator)]
        if all(is_regressor(model) for model in self.estimator):
            return VotingRegressor(named)
        soft = all(hasattr(model, "predict_proba") for model in self.estimator)
        return VotingClassifier(named, voting="soft" if soft else "hard")

    def _fit_wrapped(self, y: Any, params: dict[str, Any]) -> None:
        if isinstance(self.estimator, list) and len(self.estimator) < 2:
            raise ValueError(
                f"estimator is a list of {len(self.estimator)} models; give at least "
                "two, or a model itself, of which copies are made."
            )
        model = self._delegate(fitted=False)
        if is_regressor(model) == (self.measure != "variance"):
            kind, what = "a classifier", "a measure of its predictions, as 'kl_mean'"
            if is_regressor(model):
                kind, what = "a regressor", "measure='variance'"
            raise ValueError(
                f"measure={self.measure!r} does not go with {type(model).__name__}, "
                f"which is {kind}; use {what}."
            )
        super()._fit_wrapped(y, params)
        self._first_steps, last = split_steps(self.estimator_)
        members = _members_of(last)
        if members is None:
            self._first_steps = None
            members = self._fit_copies(params)
        if self.measure in OF_PROBA and not all(
            hasattr(member.model, "predict_proba") for member in members
        ):
            raise ValueError(
                f"measure={self.measure!r} needs probabilities of all members and "
                f"{type(members[0].model).__name__} has no predict_proba; use "
                "measure='vote_entropy', which looks at predicted classes."
            )
        self._members, self.n_members_ = members, len(members)

    def _fit_copies(self, params: dict[str, Any]) -> list[Member]:
        """Fit copies of the estimator to draws of the labelled rows."""
        if isinstance(self.estimator, FrozenEstimator):
            raise ValueError(
                "A frozen estimator without members cannot be fitted to draws of rows; "
                "freeze a forest or another ensemble, or do not freeze."
            )
        rng = np.random.default_rng(self._seed)
        rows = np.flatnonzero(self._labeled)
        groups = np.zeros(len(rows), np.intp)
        known = getattr(self.estimator_, "classes_", None)
        if known is not None:
            groups = np.searchsorted(known, self._labels)
        members = []
        for _ in range(self.n_members):
            draws = np.empty(len(rows), np.intp)
            for group in np.unique(groups):
                places = np.flatnonzero(groups == group)
                draws[places] = rng.choice(places, len(places))
            chosen = rows[draws]
            copy = clone(self.estimator).fit(
                take_rows(self._X, chosen),
                self._labels[draws],
                **take_params(self._X, params, indices=chosen),
            )
            members.append(Member(copy, np.arange(0 if known is None else len(known))))
        return members

    def _score_pool(self, pool: Pool) -> Scores:
        n_classes = len(getattr(self, "classes_", [0]))
        size = max(1024, CHUNK_CELLS // (n_classes * self.n_members_))
        return np.concatenate([self._score(X) for X in pool.chunks(size)])

    def _score(self, X: Any) -> Scores:
        if self._first_steps is not None:
            X = self._first_steps.transform(X)
        predicted = [self._predict(member, X) for member in self._members]
        if self.measure == "variance":
            return np.var(np.stack(predicted), axis=0, dtype=np.float64)
        table = np.stack(predicted, axis=1)
        if self.measure in OF_PROBA:
            return OF_PROBA[self.measure](table)
        return OF_VOTES[self.measure](table, len(self.classes_))

    def _predict(self, member: Member, X: Any) -> NDArray:
        """Return a member's probabilities, codes of classes, or numbers."""
        if not member.is_named and hasattr(X, "columns"):
            X = np.asarray(X)
        if member.features is not None:
            X = take_rows(X, member.features, axis=1)
        if self.measure in OF_PROBA:
            found = member.model.predict_proba(X)
            proba = np.zeros((len(found), len(self.classes_)))
            proba[:, member.codes] = found
            return proba
        predicted = member.model.predict(X)
        if self.measure == "variance":
            return predicted
        return member.codes[np.searchsorted(member.model.classes_, predicted)]


def _members_of(ensemble: Any) -> list[Member] | None:
    """Return the members of a fitted ensemble that predict what it does, or None."""
    models = getattr(ensemble, "estimators_", None)
    if not isinstance(models, list) or len(models) < 2:
        return None
    features = getattr(ensemble, "estimators_features_", [None] * len(models))
    named = hasattr(ensemble, "feature_names_in_")
    codes: list[NDArray] = [np.arange(0)] * len(models)
    if is_classifier(ensemble):
        if not all(hasattr(model, "classes_") for model in models):
            return None
        known = ensemble.classes_
        seen = np.unique(np.concatenate([model.classes_ for model in models]))
        if np.array_equal(seen, known):
            codes = [np.searchsorted(known, model.classes_) for model in models]
        elif np.array_equal(seen, np.arange(len(known))):
            codes = [np.asarray(model.classes_, np.intp) for model in models]
        else:
            return None
    elif not all(is_regressor(model) for model in models):
        return None
    return [
        Member(model, code, columns, not named or hasattr(model, "feature_names_in_"))
        for model, code, columns in zip(models, codes, features, strict=True)
    ]
