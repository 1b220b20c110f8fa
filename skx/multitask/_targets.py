# SPDX-License-Identifier: BSD-3-Clause
"""Targets of the boosters: numbers and classes."""

from collections.abc import Iterator
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import compute_sample_weight
from sklearn.utils.validation import column_or_1d

from skx._backend import is_device_array, namespace_of
from skx._base.sklearn import (
    Interval,
    StrOptions,
    check_sample_weight,
    check_y,
    fit_context,
)
from skx.multitask import _kernels
from skx.multitask._base import MultiTaskBooster
from skx.multitask._device import (
    here,
    log_probabilities,
    probabilities,
    take_classes,
)
from skx.multitask._inspection import Inspection
from skx.multitask._losses import CODES, Loss
from skx.multitask._models import read_labels
from skx.multitask._table import Given


class Regression(RegressorMixin, Inspection):
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
        eval_set: tuple[Any, ...] | None = None,
    ) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows: numbers or categories, with NaN where a value is missing.
        y : array-like of shape (n_samples,)
            Targets; finite numbers, and for ``loss="poisson"`` not negative.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row: strings, whole numbers or booleans, unless a column of X
            holds it (``task_feature``). With neither, a warning is given and all rows
            are one task.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative; an integer weight is the same as so many equal rows, a weight
            of 0 as none.
        eval_set : tuple (X, y, tasks), (X, y) or None, default=None
            Rows to stop by, in place of a random part of X; without ``tasks`` if a
            column holds them. Turns early stopping on if that is "auto". Their tasks
            must be among those of the fit. The model is grown on X alone: ``refit``
            would have nothing to add. A pipeline does not transform them.

        Returns
        -------
        self : estimator
            Fitted.
        """
        given, weights = Given(self._open(X, reset=True)), here(sample_weight)
        return self._learn(given, here(y), here(tasks), weights, eval_set)

    def _learn(
        self, given: Given, y: Any, tasks: Any, sample_weight: Any, eval_set: Any
    ) -> Any:
        values = self._values(y, "y")
        loss = Loss(CODES[self.loss], alpha=self.alpha)
        if self.loss == "quantile":
            if self.quantile is None:
                raise ValueError("loss='quantile' needs quantile=, between 0 and 1.")
            loss = Loss(CODES[self.loss], parameter=self.quantile)

        def read(y: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            found = self._values(y, "y of eval_set")
            return found, np.ones(len(found))

        return self._fit(given, values, tasks, sample_weight, loss, eval_set, read)

    def _check_targets(self, y: Any) -> NDArray[np.float64]:
        """Return targets as numbers."""
        values = column_or_1d(check_y(y, y_numeric=True, estimator=self), warn=True)
        return values.astype(np.float64)

    def _values(self, y: Any, name: str) -> NDArray[np.float64]:
        """Return targets as numbers, which the loss is defined for."""
        values = self._check_targets(y)
        if self.loss == "poisson" and (values.min() < 0.0 or values.sum() <= 0.0):
            raise ValueError(
                "loss='poisson' needs targets that are not negative and whose sum is "
                f"positive; the least of {name} is {values.min()}, its sum "
                f"{values.sum()}."
            )
        return values

    def _answer(self, raw: Any) -> Any:
        if self.loss != "poisson":
            return raw[:, 0]
        xp = namespace_of(raw) if is_device_array(raw) else np
        return xp.exp(raw[:, 0])

    def predict(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return the predicted value of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Returns
        -------
        y : ndarray of shape (n_samples,), float64
            Means, or what else the loss aims at.
        """
        return self._answer(self._raw(X, tasks))

    def staged_predict(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> Iterator[NDArray[np.float64]]:
        """Yield predictions after each round, block by block.

        See ``staged_raw_predict`` for what counts as a round.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Yields
        ------
        y : ndarray of shape (n_samples,), float64
            The last ones are those of ``predict``.
        """
        return map(self._answer, self._stages(X, tasks))

    def score(
        self,
        X: ArrayLike,
        y: ArrayLike,
        tasks: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the coefficient of determination of the predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Targets.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights.

        Returns
        -------
        score : float
            At most 1, over all rows: large tasks count more than small ones.
        """
        found, y, weights = map(here, (self.predict(X, tasks), y, sample_weight))
        return float(r2_score(y, found, sample_weight=weights))


class Classification(ClassifierMixin, Inspection):
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
        eval_set: tuple[Any, ...] | None = None,
    ) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows: numbers or categories, with NaN where a value is missing.
        y : array-like of shape (n_samples,)
            Classes, at least two in all; a task may lack some.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row: strings, whole numbers or booleans, unless a column of X
            holds it (``task_feature``). With neither, a warning is given and all rows
            are one task.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative; an integer weight is the same as so many equal rows, a weight
            of 0 as none.
        eval_set : tuple (X, y, tasks), (X, y) or None, default=None
            Rows to stop by, in place of a random part of X; without ``tasks`` if a
            column holds them. Turns early stopping on if that is "auto". Their tasks
            and classes must be among those of the fit. The model is grown on X alone:
            ``refit`` would have nothing to add. A pipeline does not transform them.

        Returns
        -------
        self : estimator
            Fitted.
        """
        given, weights = Given(self._open(X, reset=True)), here(sample_weight)
        return self._learn(given, here(y), here(tasks), weights, eval_set)

    def _check_targets(self, y: Any) -> NDArray[Any]:
        """Return the class of each row."""
        return read_labels(y)

    def _learn(
        self, given: Given, y: Any, tasks: Any, sample_weight: Any, eval_set: Any
    ) -> Any:
        labels = self._check_targets(y)
        self.classes_, places, codes = np.unique(
            labels, return_index=True, return_inverse=True
        )
        if len(self.classes_) < 2:
            raise ValueError(
                f"y holds one class only, {self.classes_.tolist()[0]!r}; a classifier "
                "needs two."
            )
        weights = sample_weight
        factors = np.ones(len(self.classes_))
        if self.class_weight is not None:
            by_row = compute_sample_weight(self.class_weight, labels)
            factors = by_row[places]
            weights = by_row * check_sample_weight(
                sample_weight, np.empty((len(codes), 1)), dtype=np.float64
            )
        loss = Loss(_kernels.LOGISTIC)
        if len(self.classes_) > 2:
            loss = Loss(_kernels.SOFTMAX, len(self.classes_))

        def read(y: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            found = column_or_1d(y, warn=True)
            unknown = np.setdiff1d(found, self.classes_)
            if len(unknown):
                raise ValueError(
                    f"y of eval_set holds the class {unknown[0]!r}, which y has not."
                )
            codes = np.searchsorted(self.classes_, found)
            return codes.astype(np.float64), factors[codes]

        return self._fit(
            given, codes.astype(np.float64), tasks, weights, loss, eval_set, read
        )

    def decision_function(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return the raw scores of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes), float64
            Of two classes the log odds of the second one, of more those of the softmax
            up to a constant.
        """
        return self._scores(self._raw(X, tasks))

    def predict_proba(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), float64
            In the order of ``classes_``.
        """
        return self._probabilities(self._raw(X, tasks))

    def predict_log_proba(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Returns
        -------
        logs : ndarray of shape (n_samples, n_classes), float64
            In the order of ``classes_``; finite where probabilities round to 0.
        """
        raw = self._raw(X, tasks)
        if is_device_array(raw):
            return log_probabilities(raw)
        if raw.shape[1] > 1:
            return special.log_softmax(raw, axis=1)
        logs = special.log_expit(-raw[:, 0]), special.log_expit(raw[:, 0])
        return np.column_stack(logs)

    def predict(self, X: ArrayLike, tasks: ArrayLike | None = None) -> NDArray[Any]:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Classes; of equally probable ones the first.
        """
        return self._answer(self._raw(X, tasks))

    def staged_predict(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> Iterator[NDArray[Any]]:
        """Yield the most probable classes after each round, block by block.

        See ``staged_raw_predict`` for what counts as a round.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Yields
        ------
        y : ndarray of shape (n_samples,)
            The last ones are those of ``predict``.
        """
        return map(self._answer, self._stages(X, tasks))

    def staged_predict_proba(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> Iterator[NDArray[np.float64]]:
        """Yield the probabilities after each round, block by block.

        See ``staged_raw_predict`` for what counts as a round.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Yields
        ------
        proba : ndarray of shape (n_samples, n_classes), float64
            The last ones are those of ``predict_proba``.
        """
        return map(self._probabilities, self._stages(X, tasks))

    def staged_decision_function(
        self, X: ArrayLike, tasks: ArrayLike | None = None
    ) -> Iterator[NDArray[np.float64]]:
        """Yield the raw scores after each round, block by block.

        The same as ``staged_raw_predict``, which see for what counts as a round.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Yields
        ------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes), float64
            The last ones are those of ``decision_function``.
        """
        return map(self._scores, self._stages(X, tasks))

    def _answer(self, raw: Any) -> Any:
        if is_device_array(raw):
            return take_classes(self.classes_, raw)
        best = raw.argmax(axis=1) if raw.shape[1] > 1 else (raw[:, 0] > 0.0).astype(int)
        return self.classes_[best]

    def _scores(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        return raw[:, 0] if raw.shape[1] == 1 else raw

    def _probabilities(self, raw: Any) -> Any:
        if is_device_array(raw):
            return probabilities(raw)
        if raw.shape[1] > 1:
            return special.softmax(raw, axis=1)
        return np.column_stack([special.expit(-raw[:, 0]), special.expit(raw[:, 0])])

    def score(
        self,
        X: ArrayLike,
        y: ArrayLike,
        tasks: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the share of rows that are predicted right.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Classes.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights.

        Returns
        -------
        score : float
            From 0 to 1, over all rows: large tasks count more than small ones.
        """
        found, y, weights = map(here, (self.predict(X, tasks), y, sample_weight))
        return float(accuracy_score(y, found, sample_weight=weights))
