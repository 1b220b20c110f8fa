# SPDX-License-Identifier: BSD-3-Clause
"""Ordered classes by any classifier: one binary problem for each boundary."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import MetaEstimatorMixin, clone
from sklearn.utils import get_tags, indexable
from sklearn.utils.metadata_routing import (
    UNUSED,
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted, validate_data

from skx._base.sklearn import (
    HasMethods,
    StrOptions,
    count_rows,
    fit_context,
    routing_enabled,
    take_params,
    take_rows,
)
from skx.ordinal._base import OrderedClassifier, class_probabilities


class OrdinalMetaClassifier(MetaEstimatorMixin, OrderedClassifier):
    """Classifier of ordered classes made of any binary classifier.

    For each of the K - 1 boundaries between K ordered classes, a clone of
    ``estimator`` learns whether a row lies above it. Use it where the effects are not
    linear, or where the binary classifier of your choice is the one that suits the
    rows: text, categories, missing values. Not where a linear model fits:
    `OrdinalRegression` has fewer parameters and consistent boundaries. Compare with the
    classifier's own treatment of several classes, which often predicts as well.

    Parameters
    ----------
    estimator : classifier
        Cloned and fitted for each boundary on targets 0 and 1; has ``predict_proba``.
    family : {"cumulative", "sratio"}, default="cumulative"
        What the classifier of boundary k = 0, 1, ... estimates. "cumulative":
        P(Y > k), from all rows, as in [1]_; the estimates of two boundaries can
        contradict each other and are then repaired. "sratio": P(Y > k given Y >= k),
        from the rows of class k and above, as the stopping-ratio models of
        `OrdinalRegression`; nothing to repair, and less to fit.
    decision : {"mode", "median", "mean", "cost"}, default="mode"
        How `predict` chooses: the most probable class (the lower of equals), the lowest
        class that at least half of the probability lies at or below (best for costs
        that grow with the distance), the rounded expected rank, or the class of least
        expected cost.
    cost_matrix : array-like of shape (n_classes, n_classes) or None, default=None
        For ``decision="cost"``: entry [i, j] is the cost of predicting class j when
        class i is true.
    categories : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest. None takes the order of an ordered categorical,
        else sorts (with a warning for text).
    n_jobs : int or None, default=None
        Boundaries fitted at the same time; None means 1, -1 all processors.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes from lowest to highest.
    estimators_ : list of classifiers, of length n_classes - 1
        The fitted classifier of each boundary.
    n_features_in_ : int
        Number of features seen in fit, where X has columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    OrdinalRegression : Linear boundaries.
    OrdinalCalibrator : Calibration of the result, or of any other classifier.

    Notes
    -----
    The probability of class k is P(Y > k - 1) - P(Y > k). In the cumulative family,
    rows at which P(Y > k) increases with k are replaced by the nearest non-increasing
    ones, in squares (pool adjacent violators); other rows are not touched. A class
    between two boundaries that were pooled gets probability 0, hence an infinite log
    loss where it is the true one. `crossing_rate` tells how often rows are repaired;
    where that is often, prefer "sratio". The paper predicts from the differences as
    they come, negative ones included.

    With two classes, both families are ``estimator`` itself.

    X is handed to the estimator as it is: frames, sparse matrices, text and missing
    values are what the estimator makes of them. So are ``sample_weight`` and further
    arguments of ``fit``. Rows of weight 0 are left out, so that a class of such rows
    alone does not exist. With metadata routing, requests are set on the estimator.

    Cost: K - 1 fits and predictions. With an integer ``random_state`` of the estimator,
    results do not depend on ``n_jobs``.

    References
    ----------
    .. [1] E. Frank, M. Hall (2001), A Simple Approach to Ordinal Classification,
       European Conference on Machine Learning, section 2.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skx.datasets import load_wine_quality_red
    >>> from skx.ordinal import OrdinalMetaClassifier
    >>> X, y = load_wine_quality_red(return_X_y=True)
    >>> tree = DecisionTreeClassifier(min_samples_leaf=20, random_state=0)
    >>> model = OrdinalMetaClassifier(tree).fit(X, y)
    >>> model.predict_exceedance(X[5:9], 6).round(2)  # P(quality above 6)
    array([0.  , 0.  , 0.17, 0.1 ])
    >>> round(model.crossing_rate(X), 2)
    0.11
    """

    # Weights pass through: it is for the estimator to request them.
    __metadata_request__fit: ClassVar[dict] = {"sample_weight": UNUSED}

    _parameter_constraints: ClassVar[dict] = {
        **OrderedClassifier._decision_constraints,
        "estimator": [HasMethods(["fit", "predict_proba"])],
        "family": [StrOptions({"cumulative", "sratio"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        family: str = "cumulative",
        decision: str = "mode",
        cost_matrix: Any = None,
        categories: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.family = family
        self.decision = decision
        self.cost_matrix = cost_matrix
        self.categories = categories
        self.n_jobs = n_jobs

    # The estimator validates what it is given.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, **params: Any
    ) -> "OrdinalMetaClassifier":
        """Fit a classifier for each boundary.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows, of a kind that the estimator takes.
        y : array-like of shape (n_samples,)
            Classes: numbers in their order, an ordered categorical, or anything else
            together with ``categories``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative weights, for the estimator.
        **params : dict
            Further arguments of the estimator's ``fit``; those with one entry per row
            are split as the rows are.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            For one class, a level without rows, unknown levels, or what the estimator
            refuses.
        """
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        if routing_enabled():
            params = process_routing(self, "fit", **params).estimator.fit
        (X,) = indexable(X)
        classes, boundaries = self._binary_problems(X, y, sample_weight)
        self.estimators_ = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_rows)(clone(self.estimator), X, rows, above, params)
            for rows, above in boundaries
        )
        self.classes_ = classes
        validate_data(self, X, skip_check_array=True)
        return self

    def _binary_problems(
        self, X: Any, y: Any, sample_weight: Any
    ) -> tuple[NDArray, list[tuple[NDArray[np.intp], NDArray[np.int64]]]]:
        """Return the classes, and for each boundary rows and which lie above."""
        classes, codes, _, kept = self._rank_rows(X, y, sample_weight)
        problems = []
        for k in range(len(classes) - 1):
            wanted = codes >= (k if self.family == "sratio" else 0)
            problems.append((kept[wanted], (codes[wanted] > k).astype(np.int64)))
        return classes, problems

    def _above(self, X: Any) -> NDArray[np.float64]:
        """Return P(Y > k) for each boundary k, as the classifiers say."""
        check_is_fitted(self)
        above = np.column_stack(
            [
                np.asarray(estimator.predict_proba(X)[:, 1], dtype=np.float64)
                for estimator in self.estimators_
            ]
        )
        if self.family == "sratio":
            np.cumprod(above, axis=1, out=above)
        return above

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``, at least 0, rows sum to 1.
        """
        return class_probabilities(self._above(X))

    def crossing_rate(self, X: Any) -> float:
        """Return the share of rows at which the classifiers contradict each other.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        rate : float
            Share of rows with P(Y > k) below P(Y > k + 1) for some k, which
            `predict_proba` repairs; 0 for the family "sratio".
        """
        return float((np.diff(self._above(X), axis=1) > 0.0).any(axis=1).mean())

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of the estimator and ``score``.

        Returns
        -------
        routing : MetadataRouter
            ``fit`` goes to ``fit`` of the estimator.
        """
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(
                estimator=self.estimator,
                method_mapping=MethodMapping().add(caller="fit", callee="fit"),
            )
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        # The checks' classes lie anywhere, not along a line.
        tags.classifier_tags.poor_score = True
        return tags


def _fit_rows(
    estimator: Any,
    X: Any,
    rows: NDArray[np.intp],
    target: NDArray[np.int64],
    params: dict[str, Any],
) -> Any:
    """Fit on some of the rows, and the target of these."""
    if len(rows) < count_rows(X):
        params = take_params(X, params, indices=rows)
        X = take_rows(X, rows)
    return estimator.fit(X, target, **params)
