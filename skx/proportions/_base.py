# SPDX-License-Identifier: BSD-3-Clause
"""What estimators of bags have in common: how bags come in, classes, and scores."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import check_is_fitted, validate_data

from skx._backend import is_device_array
from skx._base.estimator import SkxEstimator
from skx._base.sklearn import count_rows
from skx.proportions._bags import Bags, is_bag_target, read_bags, read_values
from skx.proportions._device import (
    at_host,
    functions_of,
    labels_of,
    put,
    read_rows,
)
from skx.proportions._scoring import LOSSES, fit_shape, in_order_of, read_scored


class BagEstimator(SkxEstimator):
    """Base of estimators whose ``fit`` and ``score`` take bags.

    With metadata routing they request ``bags`` without being told to.
    """

    __metadata_request__fit: ClassVar[dict[str, Any]] = {"bags": True}
    __metadata_request__score: ClassVar[dict[str, Any]] = {"bags": True}

    _values: Literal["share", "mean"] = "share"

    def _read_bags(
        self,
        y: Any,
        sample_weight: Any,
        bags: Any,
        n_rows: int,
        *,
        is_fit: bool = True,
    ) -> Bags:
        """Read what ``fit`` was given beside X, in either form and from anywhere."""
        return read_bags(
            at_host(y),
            at_host(bags),
            at_host(sample_weight),
            n_rows,
            owner=type(self).__name__,
            kind=self._values,
            noisy=self._is_noisy,
            is_fit=is_fit,
        )

    @property
    def _is_noisy(self) -> bool:
        """Whether values may be impossible as shares."""
        return getattr(self, "count_noise", None) is not None


class BagClassifier(ClassifierMixin, BagEstimator):
    """Base of classifiers; subclasses have ``predict_proba``."""

    def _read_classes(self, bags: Bags) -> Bags:
        """Set ``classes_``, and return two classes as the share of the second."""
        n_classes = 2 if bags.values.ndim == 1 else bags.values.shape[1]
        named = bags.classes
        self.classes_ = np.arange(n_classes) if named is None else named
        return bags.second_share() if n_classes == 2 else bags

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Classes; of equally probable ones the first.
        """
        proba = self.predict_proba(X)
        if is_device_array(proba):
            xp, _ = functions_of(proba)
            return labels_of(self.classes_, xp.argmax(proba, axis=1))
        best = proba.argmax(axis=1)
        return self.classes_[best]

    def score(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        bags: ArrayLike | None = None,
    ) -> float:
        """Return minus the bag log loss, or the accuracy where labels are known.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Shares of the rows' bags or the result of `bag_target`, which are scored by
            `bag_log_loss`; or without ``bags`` labels of rows, all in ``classes_``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of rows.
        bags : array-like of shape (n_samples,) or None, default=None
            Bag of each row. Where shares come without, rows of equal shares are taken
            for one bag, with a warning.

        Returns
        -------
        score : float
            Greater is better: at most 0 for shares, from 0 to 1 for labels.
        """
        check_is_fitted(self)
        y, bags, sample_weight = map(at_host, (y, bags, sample_weight))
        if bags is None and not is_bag_target(y):
            labels = np.asarray(y)
            is_class = np.isin(labels, self.classes_)
            if labels.ndim == 1 and is_class.all():
                found = at_host(self.predict(X))
                return float(accuracy_score(y, found, sample_weight=sample_weight))
            odd = _first_name(labels[~is_class])
            if odd is not None:
                raise ValueError(
                    f"y holds {odd!r}, and classes_ are {self.classes_.tolist()}. "
                    "Score labels of these classes, or name the classes in fit by "
                    "bag_target(..., classes=...)."
                )
        read = read_scored(
            y,
            bags,
            sample_weight,
            count_rows(X),
            owner=f"{type(self).__name__}.score",
            noisy=self._is_noisy,
        )
        prob = fit_shape(at_host(self.predict_proba(X)), read.values)
        prob = in_order_of(read.classes, self.classes_, prob)
        losses = LOSSES["log_loss"](read, prob[read.order])
        return -float(np.average(losses, weights=read.totals))


def _first_name(labels: NDArray[Any]) -> str | None:
    """Return the first entry that is text and no number."""
    if labels.dtype.kind in "fiub":
        return None
    for label in labels.tolist():
        if isinstance(label, str):
            try:
                float(label)
            except ValueError:
                return label
    return None


class LinearBagClassifier(BagClassifier):
    """Base of classifiers with ``coef_`` and ``intercept_``."""

    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]

    def _runs_on_device(self, method: str) -> bool:
        return method in ("decision_function", "predict_proba", "predict", "score")

    def _validate_X(self, X: Any, *, reset: bool) -> Any:
        if is_device_array(X):
            X = read_rows(X)
            return validate_data(self, X, skip_check_array=True, reset=reset)
        return validate_data(
            self, X, accept_sparse="csr", dtype=np.float64, reset=reset
        )

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return scores of rows: log-odds of the second class, or logits of all.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes), float64
            One column per class where there are more than two.
        """
        check_is_fitted(self)
        X = self._validate_X(X, reset=False)
        if is_device_array(X):
            scores = X @ put(X, self.coef_.T) + put(X, self.intercept_)
            return scores[:, 0] if scores.shape[1] == 1 else scores
        scores = safe_sparse_dot(X, self.coef_.T, dense_output=True) + self.intercept_
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each class for each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), float64
            In the order of ``classes_``; rows sum to 1.
        """
        scores = self.decision_function(X)
        xp, special = functions_of(scores)
        if scores.ndim == 1:
            both = special.expit(-scores), special.expit(scores)
            return xp.stack(both, axis=1)
        return special.softmax(scores, axis=1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class BagRegressor(RegressorMixin, BagEstimator):
    """Base of regressors of bag means; subclasses have ``predict``."""

    _values: Literal["share", "mean"] = "mean"

    def score(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        bags: ArrayLike | None = None,
    ) -> float:
        """Return the R2 of bag means, or of rows where their targets are known.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Means of the rows' bags or the result of `bag_target`; or without ``bags``
            targets of rows.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of rows.
        bags : array-like of shape (n_samples,) or None, default=None
            Bag of each row. A search passes it on only where metadata are routed; where
            they are not, give it the result of `bag_target`, as means that come alone
            are taken for targets of rows.

        Returns
        -------
        score : float
            At most 1; bags count by the weight of their rows.
        """
        y, bags, sample_weight = map(at_host, (y, bags, sample_weight))
        predicted = np.asarray(at_host(self.predict(X)))
        if bags is None and not is_bag_target(y):
            truth, _ = read_values(y, len(predicted), "mean")
            return float(r2_score(truth, predicted, sample_weight=sample_weight))
        read = read_bags(
            y,
            bags,
            sample_weight,
            len(predicted),
            owner=f"{type(self).__name__}.score",
            kind="mean",
        )
        means = read.means(predicted.reshape(len(predicted), -1)[read.order])
        truth = read.values.reshape(read.n_bags, -1)
        return float(r2_score(truth, means, sample_weight=read.totals))
