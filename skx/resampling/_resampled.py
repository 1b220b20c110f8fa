# SPDX-License-Identifier: BSD-3-Clause
"""Estimators that are fitted on resampled rows and asked about untouched ones."""

from collections.abc import Callable
from inspect import signature
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import (
    ClassifierMixin,
    MetaEstimatorMixin,
    RegressorMixin,
    clone,
    is_classifier,
    is_regressor,
)
from sklearn.calibration import CalibratedClassifierCV
from sklearn.utils import Bunch, check_random_state, get_tags
from sklearn.utils.metadata_routing import (
    UNUSED,
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from skx._base.estimator import SkxEstimator
from skx._base.sklearn import (
    HasMethods,
    StrOptions,
    check_sample_weight,
    count_rows,
    fit_context,
    routing_enabled,
    take_rows,
)
from skx.resampling._base import check_no_missing_labels, mix_weights
from skx.resampling._smote import SMOTE
from skx.resampling._smoter import SMOTER


def _can(method: str) -> Callable[["ResampledClassifier"], bool]:
    """Tell whether ``method`` makes sense with the estimator and the calibration."""

    def check(self: "ResampledClassifier") -> bool:
        if method == "predict_proba" and self.calibrate in ("sigmoid", "isotonic"):
            return True
        if method == "decision_function" and self.calibrate is not None:
            raise AttributeError(
                f"decision_function is not there with calibrate={self.calibrate!r}; "
                "use predict_proba."
            )
        getattr(self.estimator, method)
        return True

    return check


class Resampled(MetaEstimatorMixin, SkxEstimator):
    """What the two meta-estimators share: a sampler, and what follows the rows."""

    _parameter_constraints: ClassVar[dict] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "sampler": [HasMethods(["fit_resample"]), None],
        "random_state": ["random_state"],
    }
    _default_sampler: ClassVar[type]

    estimator: Any
    sampler: Any
    random_state: Any

    def _fit_resampled(self, X: Any, y: Any, params: dict[str, Any]) -> tuple:
        """Resample the rows and fit ``estimator_`` on the result.

        Returns the new target, and the weights that the estimator is fitted with before
        and after resampling, or None.
        """
        self.sampler_ = self._make_sampler()
        routed = self._route(params)
        X_new, y_new, *_ = self.sampler_.fit_resample(
            X, y, **routed.sampler.fit_resample
        )
        fit_params = {
            name: self._follow_rows(name, value, count_rows(y))
            for name, value in routed.estimator.fit.items()
        }
        self.estimator_ = clone(self.estimator).fit(X_new, y_new, **fit_params)
        given = routed.estimator.fit.get("sample_weight")
        return y_new, given, fit_params.get("sample_weight")

    def _make_sampler(self) -> Any:
        sampler = clone(self._given_sampler())
        seed = self._draw_sampler_seed()
        if seed is not None:
            set_seeds(sampler, seed)
        return sampler

    def _draw_sampler_seed(self) -> int | None:
        if self.random_state is None:
            return None
        if isinstance(self.random_state, Integral):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _route(self, params: dict[str, Any]) -> Bunch:
        if routing_enabled():
            return process_routing(self, "fit", **params)
        known = signature(self.sampler_.fit_resample).parameters
        to_sampler = {
            name: value
            for name, value in params.items()
            if name in known and value is not None
        }
        # What a sampler knows by name is for it, unless the estimator names it too;
        # weights are for both.
        named = {"sample_weight", *signature(self.estimator.fit).parameters}
        to_estimator = {
            name: value
            for name, value in params.items()
            if name in named or name not in known
        }
        return Bunch(
            sampler=Bunch(fit_resample=to_sampler), estimator=Bunch(fit=to_estimator)
        )

    def _follow_rows(self, name: str, value: Any, n_samples: int) -> Any:
        """Carry a per-row argument of ``fit`` over to the resampled rows."""
        if value is None:
            return None
        if name == "sample_weight":
            value = check_sample_weight(value, np.empty(n_samples))
        elif not _is_per_row(value, n_samples):
            return value
        sampler = self.sampler_
        if hasattr(sampler, "sample_indices_"):
            return take_rows(value, sampler.sample_indices_)
        if not hasattr(sampler, "parents_"):
            raise ValueError(
                f"{name} has one entry per row, but {type(sampler).__name__} does not "
                "tell where its rows come from (parents_ or sample_indices_); use a "
                f"sampler that does, or fit without {name}."
            )
        # Samplers that also remove rows tell which ones stay.
        kept = getattr(sampler, "kept_indices_", np.arange(n_samples))
        if name == "sample_weight" and hasattr(sampler, "parent_weights_"):
            mixed = mix_weights(value, sampler.parents_, sampler.parent_weights_)
            return np.concatenate([value[kept], mixed])
        return take_rows(value, np.concatenate([kept, sampler.parents_[:, 0]]))

    def _given_sampler(self) -> Any:
        return self._default_sampler() if self.sampler is None else self.sampler

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of the estimator, the sampler and ``score``.

        Returns
        -------
        routing : MetadataRouter
            ``fit`` goes to ``estimator.fit`` and ``sampler.fit_resample``.
        """
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(
                estimator=self.estimator,
                method_mapping=MethodMapping().add(caller="fit", callee="fit"),
            )
            .add(
                sampler=self._given_sampler(),
                method_mapping=MethodMapping().add(caller="fit", callee="fit_resample"),
            )
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        parts = [get_tags(self.estimator), get_tags(self._given_sampler())]
        tags.input_tags.sparse = all(part.input_tags.sparse for part in parts)
        tags.input_tags.allow_nan = all(part.input_tags.allow_nan for part in parts)
        tags.target_tags.multi_output = all(p.target_tags.multi_output for p in parts)
        return tags


class ResampledClassifier(ClassifierMixin, Resampled):
    """Classifier whose training rows are resampled inside ``fit``.

    Use it to put a sampler into scikit-learn's own ``Pipeline``, ``GridSearchCV`` or
    ``cross_val_score``, which take no samplers: only the rows given to ``fit`` are
    resampled, so that no synthetic row is ever scored. Resampling distorts predicted
    probabilities; ``calibrate`` mends them.

    Parameters
    ----------
    estimator : classifier
        Fitted, as a clone, on the resampled rows.
    sampler : object with ``fit_resample`` or None, default=None
        Sampler of skx, imbalanced-learn or anyone else; None means :class:`SMOTE`.
    calibrate : {"prior", "sigmoid", "isotonic"} or None, default=None
        How to turn the estimator's scores into probabilities under the class shares
        that y had before resampling.

        - None: not at all.
        - "prior": multiply the probability of each class by its share before over its
          share after, and normalise. Exact where resampling only changed the shares
          (random over- and under-sampling); approximate with synthetic rows, which
          change the density of a class too.
        - "sigmoid", "isotonic": :class:`sklearn.calibration.CalibratedClassifierCV` on
          the scores of five stratified folds, whose held-out rows are not resampled.
          Costs five more fits.

        ``predict`` names the most probable class. Calibration therefore takes the
        decision back towards the common class: choose a threshold that suits the costs,
        for example with :class:`sklearn.model_selection.TunedThresholdClassifierCV`.
    random_state : int, RandomState instance or None, default=None
        Seed of the sampler, whose own ``random_state`` it replaces; None leaves that.

    Attributes
    ----------
    estimator_ : classifier
        The fitted estimator, which holds coefficients and importances; with "sigmoid"
        and "isotonic" the fitted ``CalibratedClassifierCV``.
    sampler_ : object
        The sampler as fitted on all rows, with its provenance attributes.
    classes_ : ndarray of shape (n_classes,)
        Class labels in sorted order; with several labels for a row, as the estimator
        gives them.
    prior_ratio_ : ndarray of shape (n_classes,), float64
        Share of each class before resampling over its share after; only with "prior".
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTE : The default sampler.
    ResampledRegressor : For numeric targets.

    Notes
    -----
    Per-row arguments of ``fit`` follow the rows into ``estimator.fit``: in
    ``sample_weight`` a synthetic row gets the mean of its parents' weights, weighted as
    the row itself; any other array of ``n_samples`` entries is copied from the base
    parent. A sampler that takes ``sample_weight`` gets it too. Arguments that only the
    sampler's ``fit_resample`` names, such as ``groups`` of :class:`TemperatureSampler`,
    go to the sampler alone. Samplers that tell neither ``parents_`` nor
    ``sample_indices_`` cannot be used with per-row arguments of the estimator.

    With metadata routing enabled, requests are set on the parts:
    ``estimator.set_fit_request(sample_weight=True)`` and
    ``sampler.set_fit_resample_request(sample_weight=True)``.

    Weighting a row by 2 is not the same as repeating it: a repeated row counts twice in
    the class sizes and is its own neighbour.

    With a sampler that takes several labels for a row, such as :class:`MLSMOTE`, y may
    be an indicator of labels; ``calibrate`` must be None then.

    References
    ----------
    M. Saerens, P. Latinne, C. Decaestecker, 2002, "Adjusting the Outputs of a
    Classifier to New a Priori Probabilities: A Simple Procedure", Neural Computation
    14(1), 21-41, equation 2.4 ("prior").

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_val_score
    >>> from skx.resampling import SMOTE, ResampledClassifier
    >>> X, y = make_classification(
    ...     n_samples=500, weights=[0.95], flip_y=0, random_state=0
    ... )
    >>> classifier = ResampledClassifier(LogisticRegression(), sampler=SMOTE())
    >>> classifier.set_params(random_state=0, sampler__k_neighbors=3).fit(X, y)
    ResampledClassifier(...)
    >>> classifier.sampler_.sampling_strategy_
    {1: 450}
    >>> scores = cross_val_score(classifier, X, y, scoring="balanced_accuracy")
    >>> bool(scores.mean() > 0.8)
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **Resampled._parameter_constraints,
        "calibrate": [StrOptions({"prior", "sigmoid", "isotonic"}), None],
    }
    _default_sampler: ClassVar[type] = SMOTE

    def __init__(
        self,
        estimator: Any,
        *,
        sampler: Any = None,
        calibrate: str | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.sampler = sampler
        self.calibrate = calibrate
        self.random_state = random_state

    # The estimator and the sampler validate what they are given.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, **params: Any) -> "ResampledClassifier":
        """Resample the rows and fit the estimator on the result.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows, of a kind that the sampler takes.
        y : array-like of shape (n_samples,)
            Class labels; their indicator, if ``sampler`` takes several for a row.
        **params : dict
            Arguments for ``estimator.fit``; those with one entry per row, such as
            ``sample_weight``, follow the rows through the resampling. Also those of
            the sampler's ``fit_resample``.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        TypeError
            If ``estimator`` is a regressor, or has no ``predict_proba`` for "prior".
        ValueError
            If a per-row argument is given and the sampler does not tell where its rows
            come from, or if the sampler or the estimator raises one.
        """
        self._check_estimator()
        y = self._check_labels(y)
        if self.calibrate in ("sigmoid", "isotonic"):
            self.estimator_ = CalibratedClassifierCV(
                _WeightedResampledClassifier(
                    self.estimator,
                    sampler=self.sampler,
                    random_state=self._draw_sampler_seed(),
                ),
                method=self.calibrate,
                ensemble=False,
            ).fit(X, y, **params)
            inner = self.estimator_.calibrated_classifiers_[0].estimator
            self.sampler_, self.classes_ = inner.sampler_, inner.classes_
        else:
            self._fit_estimator(X, y, params)
        validate_data(self, X, skip_check_array=True)
        return self

    def _fit_estimator(self, X: Any, y: Any, params: dict[str, Any]) -> None:
        y_new, weight, weight_new = self._fit_resampled(X, y, params)
        self.classes_ = self.estimator_.classes_
        if self.calibrate == "prior":
            # The shares as the estimator sees them: weighted if it is given weights.
            before = _class_shares(y, weight, self.classes_)
            after = _class_shares(y_new, weight_new, self.classes_)
            # A class without weight has share 0 before and after.
            self.prior_ratio_ = np.divide(
                before, after, out=np.zeros_like(before), where=after > 0
            )

    def _check_estimator(self) -> None:
        name = type(self.estimator).__name__
        if is_regressor(self.estimator):
            raise TypeError(
                f"estimator is a regressor, {name}, but ResampledClassifier predicts "
                "classes; give a classifier, or use ResampledRegressor."
            )
        if self.calibrate == "prior" and not hasattr(self.estimator, "predict_proba"):
            raise TypeError(
                "calibrate='prior' mends probabilities, but estimator has none: "
                f"{name} has no predict_proba. Use calibrate='sigmoid' or 'isotonic', "
                "or another estimator."
            )

    def _check_labels(self, y: Any) -> Any:
        check_no_missing_labels(y)
        check_classification_targets(y)
        if not type_of_target(y).endswith(("indicator", "multioutput")):
            return column_or_1d(np.asarray(y), warn=True)
        if not get_tags(self._given_sampler()).target_tags.multi_output:
            raise ValueError(
                "Multilabel and multioutput targets are not supported. Pass one column "
                f"of labels; y has shape {np.shape(y)}. For several labels per row, "
                "use sampler=MLSMOTE() and an estimator that takes them."
            )
        if self.calibrate is not None:
            raise ValueError(
                f"calibrate={self.calibrate!r} is for one label per row, but y has "
                f"shape {np.shape(y)}; use calibrate=None."
            )
        return y

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class of each row; the rows are not resampled.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            The most probable class, after calibration if there is one.
        """
        check_is_fitted(self)
        if self.calibrate == "prior":
            best = self.predict_proba(X).argmax(axis=1)
            return self.classes_[best]
        return self.estimator_.predict(X)

    @available_if(_can("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """Predict class probabilities; the rows are not resampled.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of ``classes_``; calibrated if ``calibrate`` says so.
        """
        check_is_fitted(self)
        probabilities = self.estimator_.predict_proba(X)
        if self.calibrate == "prior":
            probabilities = probabilities * self.prior_ratio_
            probabilities /= probabilities.sum(axis=1, keepdims=True)
        return probabilities

    @available_if(_can("predict_proba"))
    def predict_log_proba(self, X: Any) -> Any:
        """Predict logarithms of class probabilities; the rows are not resampled.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of ``classes_``.
        """
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            if isinstance(probabilities, list):  # an array for each of several labels
                return [np.log(of_label) for of_label in probabilities]
            return np.log(probabilities)

    @available_if(_can("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.floating]:
        """Decision values of the estimator; only without calibration.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows to score.

        Returns
        -------
        decision : ndarray of shape (n_samples,) or (n_samples, n_classes)
            As the estimator gives them.
        """
        check_is_fitted(self)
        return self.estimator_.decision_function(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags = get_tags(self.estimator).classifier_tags
        if tags.classifier_tags is not None:
            tags.classifier_tags.multi_label &= tags.target_tags.multi_output
        return tags


class ResampledRegressor(RegressorMixin, Resampled):
    """Regressor whose training rows are resampled inside ``fit``.

    Use it to put a sampler of numeric targets into scikit-learn's own ``Pipeline``,
    ``GridSearchCV`` or ``cross_val_score``, which take no samplers: only the rows given
    to ``fit`` are resampled, so that no synthetic row is ever scored.

    Parameters
    ----------
    estimator : regressor
        Fitted, as a clone, on the resampled rows.
    sampler : object with ``fit_resample`` or None, default=None
        Sampler of numeric targets; None means :class:`SMOTER`.
    random_state : int, RandomState instance or None, default=None
        Seed of the sampler, whose own ``random_state`` it replaces; None leaves that.

    Attributes
    ----------
    estimator_ : regressor
        The fitted estimator.
    sampler_ : object
        The sampler as fitted, with its provenance attributes.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTER : The default sampler.
    dense_weight : Weights instead of rows.

    Notes
    -----
    Per-row arguments of ``fit`` follow the rows into ``estimator.fit``, as in
    :class:`ResampledClassifier`, also where the sampler removes rows. Predictions are
    those for a world in which rare values are more common: they are biased towards the
    rare values, and there is no calibration that takes it back.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from skx.resampling import SMOTER, ResampledRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(500, 3))
    >>> y = np.exp(X[:, 0] + 0.1 * rng.normal(size=500))
    >>> tree = DecisionTreeRegressor(min_samples_leaf=5, random_state=0)
    >>> model = ResampledRegressor(tree, sampler=SMOTER(kind="high"), random_state=0)
    >>> bool(cross_val_score(model, X, y).mean() > 0.5)
    True
    """

    _default_sampler: ClassVar[type] = SMOTER

    def __init__(
        self,
        estimator: Any,
        *,
        sampler: Any = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.sampler = sampler
        self.random_state = random_state

    # The estimator and the sampler validate what they are given.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, **params: Any) -> "ResampledRegressor":
        """Resample the rows and fit the estimator on the result.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows, of a kind that the sampler takes.
        y : array-like of shape (n_samples,)
            Target values.
        **params : dict
            Arguments for ``estimator.fit``; those with one entry per row, such as
            ``sample_weight``, follow the rows through the resampling. Also those of
            the sampler's ``fit_resample``.

        Returns
        -------
        self : object
            The fitted regressor.

        Raises
        ------
        TypeError
            If ``estimator`` is a classifier.
        ValueError
            If a per-row argument is given and the sampler does not tell where its rows
            come from, or if the sampler or the estimator raises one.
        """
        if is_classifier(self.estimator):
            raise TypeError(
                f"estimator is a classifier, {type(self.estimator).__name__}, but "
                "ResampledRegressor predicts numbers; give a regressor, or use "
                "ResampledClassifier."
            )
        self._fit_resampled(X, y, params)
        validate_data(self, X, skip_check_array=True)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the target of each row; the rows are not resampled.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows to predict for.

        Returns
        -------
        predictions : ndarray of shape (n_samples,)
            As the estimator gives them.
        """
        check_is_fitted(self)
        return self.estimator_.predict(X)


class _WeightedResampledClassifier(ResampledClassifier):
    # CalibratedClassifierCV passes weights to estimators whose fit names them; with
    # routing enabled they are, as before, for the parts to request.
    __metadata_request__fit: ClassVar[dict] = {"sample_weight": UNUSED}

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, **params: Any
    ) -> "ResampledClassifier":
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        return super().fit(X, y, **params)


def set_seeds(sampler: Any, seed: int) -> None:
    """Set every parameter ``random_state`` of a sampler, at any depth."""
    names = sampler.get_params()
    seeds = {
        name: seed
        for name in names
        if name == "random_state" or name.endswith("__random_state")
    }
    sampler.set_params(**seeds)


def _is_per_row(value: Any, n_samples: int) -> bool:
    if isinstance(value, str | bytes | dict):
        return False
    if hasattr(value, "shape"):
        return len(value.shape) > 0 and value.shape[0] == n_samples
    return hasattr(value, "__len__") and len(value) == n_samples


def _class_shares(y: Any, weight: Any, classes: NDArray[Any]) -> NDArray[np.float64]:
    known = np.isin(y, classes)  # a sampler may drop a class
    codes = np.searchsorted(classes, np.asarray(y)[known])
    weight = None if weight is None else np.asarray(weight)[known]
    totals = np.bincount(codes, weights=weight, minlength=len(classes))
    return totals / totals.sum()
