# SPDX-License-Identifier: BSD-3-Clause
"""Any classifier, trained on distributions of labels."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_is_fitted,
    column_or_1d,
    has_fit_parameter,
)

from skx._base.estimator import SkxEstimator
from skx._base.sklearn import (
    HasMethods,
    check_sample_weight,
    count_rows,
    fit_context,
    take_rows,
)

# How far the probabilities of a row may add up to something else than 1.
SUM_TOL = 1e-3


def _wrapped_has(method: str) -> Any:
    return lambda self: hasattr(getattr(self, "estimator_", self.estimator), method)


class SoftLabelClassifier(MetaEstimatorMixin, ClassifierMixin, SkxEstimator):
    """Trains a classifier on probabilities of classes in place of labels.

    Every row is shown once for each class that it may have, weighted by the
    probability of the class. A classifier then learns that an item was disputed, where
    the most probable label alone would have it that it was certain. The wrapped
    classifier must take sample weights.

    Parameters
    ----------
    estimator : classifier
        Takes ``sample_weight`` in fit, or is a pipeline whose last step does.
    classes : array-like of shape (n_classes,) or None, default=None
        Labels of the columns of a soft ``y``. None takes the names of its columns if
        it is a frame, and otherwise 0, 1, ... Labels of a one-dimensional ``y`` must be
        among them.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.
    classes_ : ndarray of shape (n_classes,)
        Classes, also those of which no row has any probability.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    SoftLabelAverage : Soft labels from votes of annotators.

    Notes
    -----
    For a classifier that minimises a sum of losses over rows, such as logistic
    regression and boosted trees, this is the expected loss over the labels. Copies with
    a probability of 0 are left out. Time and memory grow with the number of classes
    per row.

    Settings that count rows, such as ``min_samples_leaf``, count copies. One that
    stands between copies and a model, such as early stopping on held-out rows, may hold
    out one copy of a row and train on the other.

    Predicted probabilities have the order of the columns of ``y``.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import SoftLabelClassifier
    >>> model = SoftLabelClassifier(LogisticRegression(), classes=["cat", "dog"])
    >>> X, y = [[0.0], [1.0], [2.0]], [[1.0, 0.0], [0.6, 0.4], [0.0, 1.0]]
    >>> model.fit(X, y).predict_proba([[1.0]]).round(2)
    array([[0.54, 0.46]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "classes": ["array-like", None],
    }

    def __init__(
        self, estimator: BaseEstimator, *, classes: ArrayLike | None = None
    ) -> None:
        self.estimator = estimator
        self.classes = classes

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> "SoftLabelClassifier":
        """Fit the classifier.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Rows; the classifier decides what they may hold.
        y : array-like of shape (n_samples, n_classes) or (n_samples,)
            Probabilities of classes, or labels.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of rows.

        Returns
        -------
        self : SoftLabelClassifier
            The fitted model.
        """
        if y is None:
            raise ValueError(
                "SoftLabelClassifier requires y to be passed, but the target y is None."
            )
        shape = np.asarray(y).shape
        model = clone(self.estimator)
        if len(shape) == 2 and shape[1] > 1:
            self._fit_soft(model, X, y, sample_weight)
        else:
            self._fit_hard(model, X, y, sample_weight)
        self.estimator_ = model
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(model, name):
                setattr(self, name, getattr(model, name))
        return self

    def _fit_soft(self, model: Any, X: Any, y: Any, sample_weight: Any) -> None:
        proba = np.asarray(y, dtype=np.float64)
        self.classes_ = self._read_classes(getattr(y, "columns", None), proba.shape[1])
        if count_rows(X) != len(proba):
            raise ValueError(
                f"y has {len(proba)} rows but X has {count_rows(X)}; give a "
                "distribution of labels for each row of X."
            )
        _check_distributions(proba)
        weights = _read_weights(sample_weight, len(proba))
        rows, codes = np.nonzero(proba * weights[:, None])
        if not len(rows):
            raise ValueError("sample_weight is zero for every row; nothing is left.")
        last = model[-1] if isinstance(model, Pipeline) else model
        if not has_fit_parameter(last, "sample_weight"):
            raise ValueError(
                f"{type(last).__name__} takes no sample_weight, which soft labels "
                "need; pass labels, or another estimator."
            )
        name = "sample_weight"
        if last is not model and not get_config()["enable_metadata_routing"]:
            name = f"{model.steps[-1][0]}__sample_weight"
        mass = proba[rows, codes] * weights[rows]
        model.fit(take_rows(X, rows), self.classes_[codes], **{name: mass})

    def _fit_hard(self, model: Any, X: Any, y: Any, sample_weight: Any) -> None:
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        found = np.unique(y)
        self.classes_ = found
        if self.classes is not None:
            self.classes_ = self._read_classes(None, np.size(self.classes))
            unknown = found[~np.isin(found, self.classes_)]
            if len(unknown):
                raise ValueError(
                    f"y holds the label {unknown[0]!r}, which is not among "
                    f"classes={self.classes_.tolist()}."
                )
        params = {}
        if sample_weight is not None:
            last = model[-1] if isinstance(model, Pipeline) else model
            name = "sample_weight"
            if last is not model and not get_config()["enable_metadata_routing"]:
                name = f"{model.steps[-1][0]}__sample_weight"
            params[name] = sample_weight
        model.fit(X, y, **params)

    def _read_classes(self, columns: Any, n_classes: int) -> NDArray[Any]:
        if self.classes is None:
            given = np.arange(n_classes) if columns is None else np.asarray(columns)
        else:
            given = np.asarray(self.classes)
        if given.shape != (n_classes,) or len(np.unique(given)) < n_classes:
            raise ValueError(
                f"classes is {given.tolist()} but y has {n_classes} columns; expected "
                "a distinct label for each."
            )
        return given

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predict labels.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels.
        """
        check_is_fitted(self)
        return self.estimator_.predict(X)

    @available_if(_wrapped_has("predict_proba"))
    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Predict probabilities of classes.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            Probabilities in the order of ``classes_``; 0 for those never seen.
        """
        check_is_fitted(self)
        found = self.estimator_.predict_proba(X)
        if np.array_equal(self.estimator_.classes_, self.classes_):
            return found
        places = {label: k for k, label in enumerate(self.classes_.tolist())}
        proba = np.zeros((len(found), len(self.classes_)), dtype=found.dtype)
        proba[:, [places[label] for label in self.estimator_.classes_.tolist()]] = found
        return proba

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        wrapped = get_tags(self.estimator)
        tags.input_tags = wrapped.input_tags
        tags.classifier_tags = wrapped.classifier_tags
        tags.non_deterministic = wrapped.non_deterministic
        return tags


def _check_distributions(proba: NDArray[np.float64]) -> None:
    bad = ~np.isfinite(proba).all(axis=1) | (proba < 0.0).any(axis=1)
    bad |= ~(np.abs(proba.sum(axis=1) - 1.0) <= SUM_TOL)
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"y[{row}] is {proba[row].tolist()}; expected probabilities >= 0 that add "
            "up to 1. For several labels per row this classifier is not made."
        )


def _read_weights(sample_weight: Any, n_rows: int) -> NDArray[np.float64]:
    return check_sample_weight(
        sample_weight,
        np.empty((n_rows, 1)),
        dtype=np.float64,
        ensure_non_negative=True,
    )
