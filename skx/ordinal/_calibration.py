# SPDX-License-Identifier: BSD-3-Clause
"""Calibration of the probabilities of lying above each boundary."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import MetaEstimatorMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import check_cv
from sklearn.utils import Bunch, get_tags, indexable
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import (
    check_is_fitted,
    column_or_1d,
    has_fit_parameter,
    validate_data,
)

from skx._base.sklearn import (
    HasMethods,
    StrOptions,
    fit_context,
    routing_enabled,
    take_params,
    take_rows,
)
from skx._caller import caller_level
from skx.ordinal._base import OrderedClassifier, class_probabilities

Split = tuple[NDArray[np.intp], NDArray[np.intp]]


class OrdinalCalibrator(MetaEstimatorMixin, OrderedClassifier):
    """Calibrated probabilities of ordered classes, for any probabilistic classifier.

    Calibrates P(Y > k) at each boundary between ordered classes, on rows that the
    classifier was not fitted on. Each of these maps learns from all rows, also where
    single classes are rare, and keeps the meaning of the order: among the rows of
    which 10 % are said to lie above class k, 10 % do.
    :class:`sklearn.calibration.CalibratedClassifierCV` calibrates one class against the
    rest instead. Of use for forests, naive Bayes and boosting that runs long; of little
    use for likelihood models such as `OrdinalRegression`.

    Parameters
    ----------
    estimator : classifier
        Has ``predict_proba``. Wrapped in :class:`sklearn.frozen.FrozenEstimator`, a
        fitted one is not fitted again: all rows serve the calibration, and must be
        others than it was fitted on.
    method : {"sigmoid", "beta", "isotonic"}, default="sigmoid"
        How the probability p of each boundary is mapped, increasingly.

        - "sigmoid": logit p' = a logit p + c, two parameters.
        - "beta": logit p' = a log p - b log(1 - p) + c, three parameters [1]_.
        - "isotonic": any increasing function; for thousands of rows on either side of
          each boundary.
    cv : int, cross-validation generator, iterable or None, default=None
        Which rows are held out for the calibration: number of stratified folds, None
        for 5, a splitter, or pairs of row numbers of training and held-out rows.
    ensemble : bool or "auto", default="auto"
        Whether the classifiers of all folds are kept, each with the maps of its own
        held-out rows, and their probabilities averaged. Otherwise the held-out rows of
        all folds make one set of maps, for one classifier fitted on all rows: cheaper
        predictions, and steadier maps where a class is rare. "auto" is False for
        frozen estimators and True for others.
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
        else sorts (with a warning for text). The estimator is given y as it is.
    n_jobs : int or None, default=None
        Folds fitted at the same time; None means 1, -1 all processors.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes from lowest to highest.
    estimators_ : list of classifiers
        Fitted classifiers: one for each fold with ``ensemble``, else one.
    calibrators_ : list of lists of objects with ``predict``
        For each of ``estimators_`` the maps of P(Y > k), one for each boundary.
    n_features_in_ : int
        Number of features seen in fit, where X has columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    OrdinalMetaClassifier : Ordered classes by any binary classifier.

    Notes
    -----
    Calibrated probabilities P(Y > k) that increase with k are replaced by the nearest
    ones that do not (pool adjacent violators), and their differences are the
    probabilities of the classes; with ``ensemble``, these are averaged. "isotonic"
    gives probabilities of exactly 0, hence infinite log losses.

    Coefficients a and b are at least 0: a map never decreases. "sigmoid" and "beta"
    maximise the likelihood of targets that are smoothed as [2]_ does,
    (n1 + 1) / (n1 + 2) and 1 / (n0 + 2) for n1 rows above and n0 below, so that
    boundaries without errors have a maximum. Probabilities closer to 0 or 1 than
    1 / (n0 + n1 + 2) count as that, lest the zeros of a forest rule the fit. A weight
    counts as so many rows in all this: do not hand over weights that sum to 1. Platt's
    sigmoid is one of the decision function, which for logistic models is logit p; this
    one needs no decision function and contains the map that changes nothing.

    With two classes and a classifier without ``decision_function``, "isotonic" is
    ``CalibratedClassifierCV``.

    ``sample_weight`` goes to the maps, and to the estimator if it takes weights (a
    warning says so if not). Rows of weight 0 are left out. With metadata routing, the
    estimator has to request weights, and so do the calibrator itself, for the maps, and
    the splitter ``groups``; without, ``groups`` goes to the splitter and other
    arguments to the estimator.

    Cost: as many fits as folds, and one more without ``ensemble``.

    References
    ----------
    .. [1] M. Kull, T. M. Silva Filho, P. Flach (2017), Beta Calibration: a Well-founded
       and Easily Implemented Improvement on Logistic Calibration for Binary
       Classifiers, AISTATS, Proceedings of Machine Learning Research 54, section 3.
    .. [2] J. Platt (1999), Probabilistic Outputs for Support Vector Machines and
       Comparisons to Regularized Likelihood Methods, Advances in Large Margin
       Classifiers, section 2.2.

    Examples
    --------
    >>> from sklearn.metrics import log_loss
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skx.datasets import load_wine_quality_red
    >>> from skx.ordinal import OrdinalCalibrator
    >>> data = load_wine_quality_red(return_X_y=True)
    >>> X, X_test, y, y_test = train_test_split(*data, random_state=0)
    >>> bayes = GaussianNB().fit(X, y)
    >>> model = OrdinalCalibrator(bayes).fit(X, y)
    >>> [round(log_loss(y_test, m.predict_proba(X_test)), 2) for m in (bayes, model)]
    [1.39, 0.99]
    """

    _parameter_constraints: ClassVar[dict] = {
        **OrderedClassifier._decision_constraints,
        "estimator": [HasMethods(["fit", "predict_proba"])],
        "method": [StrOptions({"sigmoid", "beta", "isotonic"})],
        "cv": ["cv_object"],
        "ensemble": ["boolean", StrOptions({"auto"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        method: str = "sigmoid",
        cv: Any = None,
        ensemble: bool | str = "auto",
        decision: str = "mode",
        cost_matrix: Any = None,
        categories: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.method = method
        self.cv = cv
        self.ensemble = ensemble
        self.decision = decision
        self.cost_matrix = cost_matrix
        self.categories = categories
        self.n_jobs = n_jobs

    # The estimator validates what it is given.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, **params: Any
    ) -> "OrdinalCalibrator":
        """Fit classifiers, and calibrate them on rows that they have not seen.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows, of a kind that the estimator takes.
        y : array-like of shape (n_samples,)
            Classes: numbers in their order, an ordered categorical, or anything else
            together with ``categories``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative; an integer weight is the same as so many equal rows.
        **params : dict
            Arguments of the estimator's ``fit``, and ``groups`` for the splitter; those
            with one entry per row are split as the rows are.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            For one class, a level without rows, unknown levels, a fold without rows of
            a class, a frozen estimator of other classes, or what the estimator refuses.
        """
        routed = self._route(sample_weight, params)
        X, y = indexable(X, y)
        rows = self._read(X, y, sample_weight, routed.estimator.fit)
        frozen = isinstance(self.estimator, FrozenEstimator)
        if frozen:
            self._check_frozen(rows.classes)
        ensemble = not frozen if self.ensemble == "auto" else bool(self.ensemble)
        if frozen and not ensemble:
            splits = [(rows.numbers, rows.numbers)]
        else:
            splits = self._splits(rows, routed.splitter.split, frozen, ensemble)
        # Without ensemble, all rows at last, for the classifier that is kept.
        last = [] if ensemble else [(rows.numbers, rows.numbers[:0])]
        fitted = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_and_ask)(clone(self.estimator), rows, train, test)
            for train, test in splits + last
        )
        held_out = [test for _, test in splits]
        above = [answer for _, answer in fitted[: len(splits)]]
        if not ensemble:
            fitted = fitted[-1:]
            held_out, above = [np.concatenate(held_out)], [np.concatenate(above)]
        self.estimators_ = [estimator for estimator, _ in fitted]
        self.calibrators_ = [
            _fit_maps(self.method, answer, rows.codes[test], rows.weights[test])
            for answer, test in zip(above, held_out, strict=True)
        ]
        self.classes_ = rows.classes
        validate_data(self, X, skip_check_array=True)
        return self

    def _route(self, sample_weight: Any, params: dict[str, Any]) -> Bunch:
        if routing_enabled():
            return process_routing(self, "fit", sample_weight=sample_weight, **params)
        groups = {"groups": params.pop("groups")} if "groups" in params else {}
        if sample_weight is not None:
            if has_fit_parameter(self.estimator, "sample_weight"):
                params["sample_weight"] = sample_weight
            elif not isinstance(self.estimator, FrozenEstimator):
                warnings.warn(
                    f"fit of {type(self.estimator).__name__} does not name "
                    "sample_weight: the weights serve the calibration alone. Enable "
                    "metadata routing and set the requests of the parts, if one of "
                    "them takes weights.",
                    UserWarning,
                    stacklevel=caller_level(),
                )
        return Bunch(splitter=Bunch(split=groups), estimator=Bunch(fit=params))

    def _read(self, X: Any, y: Any, sample_weight: Any, params: Any) -> "_Rows":
        classes, codes, weights, kept = self._rank_rows(X, y, sample_weight)
        all_codes = np.full(len(weights), -1)
        all_codes[kept] = codes
        return _Rows(X, y, classes, all_codes, weights, kept, params)

    def _check_frozen(self, classes: NDArray) -> None:
        fitted = self.estimator.classes_.tolist()
        if set(fitted) != set(classes.tolist()):
            raise ValueError(
                f"The frozen estimator was fitted on classes {fitted} but y has "
                f"{classes.tolist()}; calibrate with rows of the same classes."
            )

    def _splits(
        self, rows: "_Rows", to_split: Any, frozen: bool, ensemble: bool
    ) -> list[Split]:
        """Return the folds, once it is sure that each has the classes it needs."""
        labels = column_or_1d(rows.y)
        cv = check_cv(self.cv, labels, classifier=True)
        splits = []
        for number, split in enumerate(cv.split(rows.X, labels, **to_split)):
            train, test = (part[rows.weights[part] > 0.0] for part in split)
            if not frozen:
                rows.check_classes(train, f"Fold {number} of cv trains without")
            if ensemble:
                rows.check_ends(test, f"Fold {number} of cv holds out no row of")
            splits.append((train, test))
        if not ensemble:
            tests = np.concatenate([test for _, test in splits])
            rows.check_ends(tests, "No fold of cv holds out a row of")
        return splits

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the calibrated probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``, at least 0, rows sum to 1.
        """
        check_is_fitted(self)
        members = []
        for estimator, maps in zip(self.estimators_, self.calibrators_, strict=True):
            above = _ask(estimator, X, self.classes_)
            columns = zip(maps, above.T, strict=True)
            members.append(
                class_probabilities(
                    np.column_stack([map_.predict(column) for map_, column in columns])
                )
            )
        return np.mean(members, axis=0)

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of the estimator, ``cv`` and ``score``.

        Returns
        -------
        routing : MetadataRouter
            ``fit`` goes to ``fit`` of the estimator and to ``split`` of ``cv``.
        """
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(
                estimator=self.estimator,
                method_mapping=MethodMapping().add(caller="fit", callee="fit"),
            )
            .add(
                splitter=self.cv,
                method_mapping=MethodMapping().add(caller="fit", callee="split"),
            )
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        # The checks' classes lie anywhere, not along a line.
        tags.classifier_tags.poor_score = True
        return tags


class _Rows(NamedTuple):
    """What fit was given."""

    X: Any
    y: Any
    classes: NDArray
    codes: NDArray[np.int64]  # ranks; -1 for rows without weight
    weights: NDArray[np.float64]
    numbers: NDArray[np.intp]  # rows with weight
    params: dict[str, Any]  # for the estimator's fit

    def check_classes(self, part: NDArray[np.intp], text: str) -> None:
        """Raise if some class has no row in a part."""
        self._check(part, range(len(self.classes)), text, "")

    def check_ends(self, part: NDArray[np.intp], text: str) -> None:
        """Raise if the calibration of some boundary has no row on one side."""
        why = " The lowest and the highest class are needed to calibrate."
        self._check(part, (0, len(self.classes) - 1), text, why)

    def _check(self, part: NDArray, needed: Iterable[int], text: str, why: str) -> None:
        counts = np.bincount(self.codes[part], minlength=len(self.classes))
        for k in needed:
            if not counts[k]:
                total = int((self.codes == k).sum())
                raise ValueError(
                    f"{text} class {self.classes.tolist()[k]!r}, which has {total} "
                    f"rows in all.{why} Use fewer folds, a splitter that stratifies, "
                    "or merge classes."
                )


@dataclass(frozen=True)
class _LogOddsMap:
    """The map p -> expit(a log p - b log(1 - p) + c) of probabilities."""

    a: float
    b: float
    c: float
    floor: float  # p counts as at least this, and as at most one minus this

    def predict(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        logs = _logs(p, self.floor)
        return expit(self.a * logs[0] + self.b * logs[1] + self.c)


def _logs(p: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """Return log p and -log(1 - p)."""
    p = np.clip(p, floor, 1.0 - floor)
    return np.stack([np.log(p), -np.log1p(-p)])


def _fit_log_odds(
    p: NDArray[np.float64],
    target: NDArray[np.bool_],
    weights: NDArray[np.float64],
    together: bool,
) -> _LogOddsMap:
    """Maximise the likelihood over a, b >= 0 and c; a = b if ``together``."""
    n1, n0 = weights[target].sum(), weights[~target].sum()
    smoothed = np.where(target, (n1 + 1.0) / (n1 + 2.0), 1.0 / (n0 + 2.0))
    floor = 1.0 / (n0 + n1 + 2.0)
    logs = _logs(p, floor)
    if together:
        logs = logs.sum(axis=0, keepdims=True)
    share = weights / (n0 + n1)
    center = logs @ share
    logs = logs - center[:, None]
    scale = np.sqrt(logs**2 @ share)
    scale[scale == 0.0] = 1.0
    logs /= scale[:, None]

    def loss(z: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        eta = z[:-1] @ logs + z[-1]
        residual = share * (expit(eta) - smoothed)
        value = share @ (np.logaddexp(0.0, eta) - smoothed * eta)
        return value, np.append(logs @ residual, residual.sum())

    start = np.append(scale, center.sum())  # the map that changes nothing
    bounds = [(0.0, None)] * len(logs) + [(None, None)]
    options = {"ftol": 64 * np.finfo(float).eps, "gtol": 1e-9, "maxiter": 1000}
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options
    ).x
    slopes = found[:-1] / scale
    c = float(found[-1] - slopes @ center)
    return _LogOddsMap(float(slopes[0]), float(slopes[-1]), c, float(floor))


def _fit_maps(
    method: str,
    above: NDArray[np.float64],
    codes: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> list[Any]:
    """Fit the map of each column P(Y > k) on the rows with these classes."""
    maps = []
    for k, p in enumerate(above.T):
        if method == "isotonic":
            isotonic = IsotonicRegression(out_of_bounds="clip")
            maps.append(isotonic.fit(p, codes > k, weights))
        else:
            maps.append(_fit_log_odds(p, codes > k, weights, method == "sigmoid"))
    return maps


def _ask(estimator: Any, X: Any, classes: NDArray) -> NDArray[np.float64]:
    """Return P(Y > k) for each boundary k, as a fitted classifier says."""
    position = {label: at for at, label in enumerate(estimator.classes_.tolist())}
    columns = [position[label] for label in classes.tolist()]
    proba = np.asarray(estimator.predict_proba(X), dtype=np.float64)[:, columns]
    return np.minimum(proba[:, :0:-1].cumsum(axis=1)[:, ::-1], 1.0)


def _fit_and_ask(
    estimator: Any, rows: _Rows, train: NDArray[np.intp], test: NDArray[np.intp]
) -> tuple[Any, NDArray[np.float64]]:
    """Fit on some rows, and return P(Y > k) of others."""
    params = take_params(rows.X, rows.params, indices=train)
    estimator.fit(take_rows(rows.X, train), take_rows(rows.y, train), **params)
    if not len(test):
        return estimator, np.empty((0, len(rows.classes) - 1))
    return estimator, _ask(estimator, take_rows(rows.X, test), rows.classes)
