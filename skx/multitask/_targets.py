# SPDX-License-Identifier: BSD-3-Clause
"""Targets of the boosters: numbers and classes."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from skx._base.sklearn import (
    Interval,
    StrOptions,
    check_sample_weight,
    check_y,
    fit_context,
)
from skx.multitask import _kernels
from skx.multitask._base import MultiTaskBooster
from skx.multitask._losses import CODES, Loss


class Regression(RegressorMixin, MultiTaskBooster):
    """Base of the regressors."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **MultiTaskBooster._parameter_constraints,
        "loss": [StrOptions(set(CODES))],
        "quantile": [Interval(Real, 0, 1, closed="neither"), None],
        "alpha": [Interval(Real, 0, 1, closed="neither")],
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        tasks: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Fit the model."""
        X = self._open(X, reset=True)
        values = column_or_1d(check_y(y, y_numeric=True, estimator=self), warn=True)
        values = values.astype(np.float64)
        loss = Loss(CODES[self.loss], alpha=self.alpha)
        if self.loss == "quantile":
            if self.quantile is None:
                raise ValueError("loss='quantile' needs quantile=, between 0 and 1.")
            loss = Loss(CODES[self.loss], parameter=self.quantile)
        if self.loss == "poisson" and (values.min() < 0.0 or values.sum() <= 0.0):
            raise ValueError(
                "loss='poisson' needs targets that are not negative and whose sum is "
                f"positive; the least of y is {values.min()}, its sum {values.sum()}."
            )
        return self._fit(X, values, tasks, sample_weight, loss)

    def predict(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return the predicted value of each row."""
        raw = self._raw(X, tasks)[:, 0]
        return np.exp(raw) if self.loss == "poisson" else raw

    def score(
        self,
        X: ArrayLike,
        y: ArrayLike,
        tasks: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the coefficient of determination of the predictions."""
        return float(r2_score(y, self.predict(X, tasks), sample_weight=sample_weight))


class Classification(ClassifierMixin, MultiTaskBooster):
    """Base of the classifiers."""

    _by_class = True
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **MultiTaskBooster._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        tasks: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Fit the model."""
        X = self._open(X, reset=True)
        labels = column_or_1d(y, warn=True)
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y holds one class only, {self.classes_[0]!r}; a classifier needs two."
            )
        weights = sample_weight
        if self.class_weight is not None:
            weights = check_sample_weight(
                sample_weight, np.empty((len(codes), 1)), dtype=np.float64
            ) * compute_sample_weight(self.class_weight, labels)
        loss = Loss(_kernels.LOGISTIC)
        if len(self.classes_) > 2:
            loss = Loss(_kernels.SOFTMAX, len(self.classes_))
        return self._fit(X, codes.astype(np.float64), tasks, weights, loss)

    def decision_function(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return the scores of each row; of two classes that of the second one."""
        raw = self._raw(X, tasks)
        return raw[:, 0] if raw.shape[1] == 1 else raw

    def predict_proba(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return the probability of each class."""
        raw = self._raw(X, tasks)
        if raw.shape[1] > 1:
            return special.softmax(raw, axis=1)
        return np.column_stack([special.expit(-raw[:, 0]), special.expit(raw[:, 0])])

    def predict_log_proba(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return the logarithms of the probabilities."""
        raw = self._raw(X, tasks)
        if raw.shape[1] > 1:
            return special.log_softmax(raw, axis=1)
        logs = special.log_expit(-raw[:, 0]), special.log_expit(raw[:, 0])
        return np.column_stack(logs)

    def predict(self, X: ArrayLike, tasks: ArrayLike | None = None) -> NDArray[Any]:
        """Return the most probable class of each row."""
        check_is_fitted(self)
        raw = self._raw(X, tasks)
        best = raw.argmax(axis=1) if raw.shape[1] > 1 else (raw[:, 0] > 0.0).astype(int)
        return self.classes_[best]

    def score(
        self,
        X: ArrayLike,
        y: ArrayLike,
        tasks: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the share of rows that are predicted right."""
        right = accuracy_score(y, self.predict(X, tasks), sample_weight=sample_weight)
        return float(right)
