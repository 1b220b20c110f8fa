# SPDX-License-Identifier: BSD-3-Clause
"""The convex hull of ROC curves, and a classifier that moves along it."""

from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin, MetaEstimatorMixin, clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import Bunch, check_array, check_random_state, get_tags
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    indexable,
)

from skx._backend import on_host
from skx._base.estimator import SkxEstimator
from skx._base.sklearn import (
    DiagramBlock,
    Interval,
    NamedParts,
    check_pos_label,
    check_sample_weight,
    fit_context,
    routing_enabled,
    take_params,
    take_rows,
)
from skx.resampling._base import check_no_missing_labels

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@on_host
def roc_convex_hull(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Compute the vertices of the convex hull of a ROC curve.

    Only thresholds at a vertex can be optimal, whatever the errors cost and however
    rare the positive class is. Use it to list the candidates for a threshold; use
    :func:`sklearn.metrics.roc_curve` to see how good the scores are, since the hull
    flatters a curve that is not concave.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Class labels. Labels other than {0, 1} or {-1, 1} need ``pos_label``; with it,
        there may be more than two.
    y_score : array-like of shape (n_samples,), float or int
        Scores, higher for rows that look more positive. Infinities are scores like any
        other; NaN is refused.
    pos_label : int, float, bool or str, default=None
        The positive class; all other labels are negative. None means 1.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows; 0 removes a row.

    Returns
    -------
    fpr : ndarray of shape (n_vertices,), float64
        False positive rates of the vertices, ascending from 0 to 1.
    tpr : ndarray of shape (n_vertices,), float64
        True positive rates, ascending from 0 to 1.
    thresholds : ndarray of shape (n_vertices,), float64
        Rows with a score of at least ``thresholds[i]`` are called positive at vertex i.
        The first is inf and stands for no row at all, even where scores are inf.

    Raises
    ------
    ValueError
        If a score is NaN, if one class has no row, or if the input is malformed
        otherwise; the text says which.

    See Also
    --------
    ROCConvexHullClassifier : Chooses a vertex by costs, over several classifiers.
    sklearn.metrics.roc_curve : The curve itself.

    Notes
    -----
    Rows of equal score are one point of the curve. Points on a straight line between
    two vertices are left out. That is decided in exact integers, so the order of the
    rows does not matter; weights are rounded before, by less than 1e-15 of the sum of
    their class.

    The area under the hull is the ROC AUC of the scores after isotonic regression, and
    the slope of a segment is the likelihood ratio of its rows.

    Cost: O(n log n), for sorting.

    References
    ----------
    F. Provost, T. Fawcett, 2001, "Robust Classification for Imprecise Environments",
    Machine Learning 42, 203-231 (the hull).

    T. Fawcett, A. Niculescu-Mizil, 2007, "PAV and the ROC Convex Hull", Machine
    Learning 68, 97-106 (the hull and isotonic regression).

    Examples
    --------
    >>> from skx.resampling import roc_convex_hull
    >>> y_true = [1, 1, 0, 1, 0, 0, 1, 0]
    >>> y_score = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]
    >>> fpr, tpr, thresholds = roc_convex_hull(y_true, y_score)
    >>> fpr
    array([0.  , 0.  , 0.25, 0.75, 1.  ])
    >>> tpr
    array([0.  , 0.5 , 0.75, 1.  , 1.  ])
    >>> thresholds
    array([inf, 0.8, 0.6, 0.3, 0.2])
    """
    kind = type_of_target(y_true, input_name="y_true", raise_unknown=True)
    if kind not in ("binary", "multiclass"):
        raise ValueError(f"y_true is {kind}; roc_convex_hull needs two classes.")
    labels = column_or_1d(y_true)
    if kind == "multiclass" and pos_label is None:
        raise ValueError(
            f"y_true holds {len(np.unique(labels))} classes; pass pos_label to compare "
            "one of them with the rest."
        )
    score = _check_scores(y_score, "y_score")
    check_consistent_length(labels, score)
    is_positive = labels == check_pos_label(pos_label, labels)
    fp, tp, thresholds = _hull(score, _class_weights(is_positive, sample_weight))
    return fp / fp[-1], tp / tp[-1], thresholds


class ROCConvexHullClassifier(
    MetaEstimatorMixin, ClassifierMixin, NamedParts, SkxEstimator
):
    """Binary classifier that picks candidate and threshold by the costs of errors.

    Every candidate is scored on held-out rows, and the convex hull of all their ROC
    curves is kept: no other pair of candidate and threshold can be the best one for
    any costs. Use it where costs or class shares are unknown while fitting, or change
    later: ``set_params(cost_fn=50)`` moves ``predict`` along the hull without another
    fit. With one candidate, one cost and no need to change it,
    :class:`sklearn.model_selection.TunedThresholdClassifierCV` does the job.

    Parameters
    ----------
    estimators : list of (str, classifier)
        Names and candidates, such as one classifier after several amounts of
        resampling (:class:`ResampledClassifier`). Each needs ``decision_function``
        or ``predict_proba``.
    cv : int, splitter or iterable of (train, test), default=5
        How rows are held out for the scores; an int is the number of stratified folds.
        Each row must be in exactly one test part.
    cost_fp : float >= 0, default=1.0
        Cost of calling a negative row positive. Only its ratio to ``cost_fn`` counts.
    cost_fn : float >= 0, default=1.0
        Cost of missing a positive row; raising it makes ``predict`` say positive more
        often.
    positive_rate : float in (0, 1) or None, default=None
        Share of positives where the classifier is used. None means the share in the
        training rows, weighted if they are.
    target_fpr : float in [0, 1] or None, default=None
        If given, the costs are ignored: ``predict`` finds as many positives as it can
        while it calls, on average, no more than this share of the negatives positive.
        Between two vertices of the hull that takes chance, see Notes.
    pos_label : int, float, bool, str or None, default=None
        The positive class, which costs and rates are about; None means the last one in
        sorted order.
    random_state : int, RandomState instance or None, default=None
        Source of the chance that ``target_fpr`` needs; not used without. It is asked
        anew in each call of ``predict``.
    n_jobs : int or None, default=None
        Number of processes that fit candidates and folds; None means 1, -1 all cores.

    Attributes
    ----------
    hull_ : Bunch of ndarrays of shape (n_vertices,)
        The vertices from (0, 0) to (1, 1); ``pandas.DataFrame(hull_)`` is a table.

        - fpr, tpr : false and true positive rate, float64.
        - threshold : rows of at least this score are positive, float64. The first is
          inf (no row), the last -inf (all rows).
        - estimator : position of the candidate in ``estimators``, int64.
        - name : its name, object.
    best_index_ : int
        Vertex in use under the present parameters: row of ``hull_``. With
        ``target_fpr``, the last one that keeps to it.
    best_estimator_ : classifier
        The fitted candidate of that vertex.
    estimators_ : list of classifiers
        The candidates in the order of ``estimators``, fitted on all rows.
    oof_scores_ : ndarray of shape (n_samples, n_estimators), float64
        Scores of the training rows by each candidate, fitted without them; higher
        looks more like ``pos_label_``.
    positive_rate_ : float
        Share of positives in the training rows, weighted if they are.
    pos_label_ : object
        The positive class.
    classes_ : ndarray of shape (2,)
        Class labels in sorted order.
    n_features_in_ : int
        Number of columns of X, if the candidates tell.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    roc_convex_hull : The hull of one set of scores.
    ResampledClassifier : Candidates with resampled training rows.
    sklearn.model_selection.TunedThresholdClassifierCV : One classifier, one metric.

    Notes
    -----
    ``cost_fp``, ``cost_fn``, ``positive_rate``, ``target_fpr`` and ``random_state`` act
    at once when they are set; all other parameters need a new fit. The vertex in use
    minimises, with pi for the share of positives,

        pi * cost_fn * (1 - tpr) + (1 - pi) * cost_fp * fpr;

    of several that do, the one of lowest fpr. Of several candidates at one vertex, the
    first in ``estimators`` is named; for (0, 0) and (1, 1), where no score is needed,
    the one of the vertex beside.

    ``predict_proba`` is the isotonic calibration of the candidate in use, from its
    held-out scores: a step function, with one step for each segment of that
    candidate's own hull. Under ``positive_rate`` it is adjusted to that share. Without
    ``target_fpr``, ``predict`` says positive exactly where the probability exceeds
    ``cost_fp / (cost_fp + cost_fn)``. Other costs may bring in another candidate, and
    so other probabilities.

    ``target_fpr`` between the rates of two neighbouring vertices is met by following
    one rule for a random part of the rows and the other for the rest. So a row may get
    different answers in different calls, and with an int as ``random_state`` the
    answer depends on the row's place in X. An int makes a table of results
    reproducible; where rows are asked about one at a time, each would get the same
    draw: use None there. If all positives can be found at a lower rate, that is used.

    The rates in ``hull_`` are those of the rows that chose the vertices, and therefore
    too good; for an honest figure, score the whole classifier on other rows. Scores of
    different folds are pooled, which supposes that they are on one scale.

    ``sample_weight`` counts in the hull and goes to the ``fit`` of every candidate;
    without metadata routing so do further arguments of ``fit``, but for ``groups``,
    which goes to ``cv``. With routing, requests are set on the candidates.

    Cost: one fit of each candidate on all rows and one for each fold.

    References
    ----------
    F. Provost, T. Fawcett, 2001, "Robust Classification for Imprecise Environments",
    Machine Learning 42, 203-231 (the hybrid of classifiers on the hull, its decisions
    by costs and by the Neyman-Pearson criterion, ``target_fpr``).

    T. Fawcett, A. Niculescu-Mizil, 2007, "PAV and the ROC Convex Hull", Machine
    Learning 68, 97-106 (``predict_proba``).

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skx.resampling import ROCConvexHullClassifier
    >>> X, y = make_classification(n_samples=500, weights=[0.9], random_state=0)
    >>> tree = DecisionTreeClassifier(max_depth=4, random_state=0)
    >>> candidates = [("logistic", LogisticRegression()), ("tree", tree)]
    >>> model = ROCConvexHullClassifier(candidates).fit(X, y)
    >>> model.hull_.name[model.best_index_], int(model.predict(X).sum())
    ('tree', 37)
    >>> model = model.set_params(cost_fn=50)
    >>> model.hull_.name[model.best_index_], int(model.predict(X).sum())
    ('logistic', 121)
    """

    _parameter_constraints: ClassVar[dict] = {
        "estimators": [list],
        "cv": ["cv_object"],
        "cost_fp": [Interval(Real, 0, None, closed="left")],
        "cost_fn": [Interval(Real, 0, None, closed="left")],
        "positive_rate": [Interval(Real, 0, 1, closed="neither"), None],
        "target_fpr": [Interval(Real, 0, 1, closed="both"), None],
        "pos_label": [Real, str, "boolean", None],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        estimators: list[tuple[str, Any]],
        *,
        cv: Any = 5,
        cost_fp: float = 1.0,
        cost_fn: float = 1.0,
        positive_rate: float | None = None,
        target_fpr: float | None = None,
        pos_label: Any = None,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.estimators = estimators
        self.cv = cv
        self.cost_fp = cost_fp
        self.cost_fn = cost_fn
        self.positive_rate = positive_rate
        self.target_fpr = target_fpr
        self.pos_label = pos_label
        self.random_state = random_state
        self.n_jobs = n_jobs

    # The candidates validate what they are given.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self, X: Any, y: Any, sample_weight: ArrayLike | None = None, **params: Any
    ) -> "ROCConvexHullClassifier":
        """Fit the candidates and find the hull of their curves.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows, of a kind that the candidates take.
        y : array-like of shape (n_samples,)
            Labels of two classes.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, for the candidates and the hull.
        **params : dict
            ``groups`` for the splitter; other arguments for ``fit`` of the candidates.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If y does not hold two classes, a candidate is of no use, or the folds do
            not fit; the text says what to do.
        """
        names, candidates = self._check_candidates()
        self._cost_threshold()
        X, y = indexable(X, y)
        y = self._check_labels(y)
        weights = _class_weights(y == self.pos_label_, sample_weight)
        routed = self._route(names, sample_weight, params)
        splitter = check_cv(self.cv, y, classifier=True)
        splits = list(splitter.split(X, y, **routed.cv.split))
        _check_splits(splits, weights)
        parallel = Parallel(n_jobs=self.n_jobs)
        self.estimators_ = parallel(
            delayed(_fit)(clone(candidate), X, y, routed[name].fit)
            for name, candidate in zip(names, candidates, strict=True)
        )
        fold_scores = parallel(
            delayed(_fit_and_score)(
                name, clone(candidate), X, y, routed[name].fit, split, self._positive
            )
            for name, candidate in zip(names, candidates, strict=True)
            for split in splits
        )
        self.oof_scores_ = np.empty((len(y), len(names)))
        for position, score in enumerate(fold_scores):
            candidate, fold = divmod(position, len(splits))
            self.oof_scores_[splits[fold][1], candidate] = score
        self._names = names
        self._set_hull(weights)
        for attribute in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimators_[0], attribute):
                setattr(self, attribute, getattr(self.estimators_[0], attribute))
        return self

    def _check_candidates(self) -> tuple[list[str], list[Any]]:
        """Names and classifiers, if they are what they should be."""
        how = (
            "give a list of (name, classifier) pairs, such as "
            "[('tree', DecisionTreeClassifier())]."
        )
        if not self.estimators:
            raise ValueError(f"estimators is empty; {how}")
        for position, pair in enumerate(self.estimators):
            is_pair = isinstance(pair, tuple | list) and len(pair) == 2
            if not (is_pair and isinstance(pair[0], str)):
                raise ValueError(f"estimators[{position}] is {pair!r}; {how}")
            name, candidate = pair
            is_object = hasattr(candidate, "fit") and not isinstance(candidate, type)
            if not (is_object and is_classifier(candidate)):
                raise ValueError(
                    f"estimators[{position}], {name!r}, is {candidate!r}, which is no "
                    f"classifier object; {how}"
                )
            if not any(
                hasattr(candidate, method)
                for method in ("decision_function", "predict_proba")
            ):
                raise ValueError(
                    f"estimators[{position}], {name!r}, has neither decision_function "
                    "nor predict_proba, so it has no ROC curve; calibrate it by "
                    "CalibratedClassifierCV or leave it out."
                )
        names, candidates = zip(*self.estimators, strict=True)
        self._validate_names(names)
        return list(names), list(candidates)

    def _check_labels(self, y: Any) -> NDArray[Any]:
        """Return y as an array, and set its classes and the positive one."""
        check_no_missing_labels(y)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind.endswith(("indicator", "multioutput")):
            raise ValueError(
                "Multilabel and multioutput targets are not supported. Pass one column "
                f"of labels; y has shape {np.shape(y)}."
            )
        if kind != "binary":
            raise ValueError(
                "Only binary classification is supported. The type of the target is "
                f"{kind}."
            )
        y = column_or_1d(y, warn=True)
        self.classes_ = np.unique(y)
        labels = self.classes_.tolist()
        if len(labels) < 2:
            found = f"one class only, {labels[0]!r}" if labels else "no class"
            raise ValueError(
                f"y holds {found}; ROCConvexHullClassifier needs rows of two."
            )
        if self.pos_label is not None and self.pos_label not in labels:
            raise ValueError(
                f"pos_label={self.pos_label!r} is not present in y; its classes are "
                f"{labels}."
            )
        self._positive = 1 if self.pos_label is None else labels.index(self.pos_label)
        self.pos_label_ = labels[self._positive]
        return y

    def _route(
        self, names: list[str], sample_weight: Any, params: dict[str, Any]
    ) -> Bunch:
        if routing_enabled():
            return process_routing(self, "fit", sample_weight=sample_weight, **params)
        groups = {"groups": params.pop("groups")} if "groups" in params else {}
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        parts = {name: Bunch(fit=params) for name in names}
        return Bunch(cv=Bunch(split=groups), **parts)

    def _set_hull(self, weights: "_Weights") -> None:
        """Set what depends on the held-out scores and the weights."""
        hulls = [_hull(score, weights) for score in self.oof_scores_.T]
        joint, owner = _join(hulls)
        self.hull_ = Bunch(
            fpr=joint.fp / joint.fp[-1],
            tpr=joint.tp / joint.tp[-1],
            threshold=joint.threshold,
            estimator=owner,
            name=np.array(self._names, dtype=object)[owner],
        )
        self._joint_hull = _in_weights(joint, weights)
        self._hulls = [_in_weights(hull, weights) for hull in hulls]
        fp, tp = self._joint_hull.fp[-1], self._joint_hull.tp[-1]
        self.positive_rate_ = float(tp / (fp + tp))

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class of each row for the present costs or target.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels; random in part if ``target_fpr`` is given.
        """
        check_is_fitted(self)
        vertex, share_of_next = self._in_use()
        is_positive = self._is_above(vertex, X)
        if share_of_next > 0:
            generator = check_random_state(self.random_state)
            takes_next = generator.random_sample(len(is_positive)) < share_of_next
            is_positive = np.where(
                takes_next, self._is_above(vertex + 1, X), is_positive
            )
        return self.classes_[np.where(is_positive, self._positive, 1 - self._positive)]

    def predict_proba(self, X: Any) -> Floats:
        """Predict class probabilities by the candidate in use, calibrated.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, 2), float64
            Columns in the order of ``classes_``: shares of the classes, under
            ``positive_rate``, among training rows of like scores.
        """
        check_is_fitted(self)
        candidate = self.hull_.estimator[self.best_index_]
        hull = self._hulls[candidate]
        # A segment reaches down to the score of its lower end.
        ends = hull.threshold[1:-1]
        segment = np.searchsorted(-ends, -self._score(candidate, X))
        probability = self._positive_shares(hull)[segment]
        columns = [1 - probability, probability]
        return np.column_stack(columns if self._positive else columns[::-1])

    def predict_log_proba(self, X: Any) -> Floats:
        """Predict logarithms of class probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, 2), float64
            Columns in the order of ``classes_``; -inf where the probability is 0.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    @property
    def best_index_(self) -> int:
        """Row of ``hull_`` in use under the present parameters."""
        check_is_fitted(self)
        return self._in_use()[0]

    @property
    def best_estimator_(self) -> Any:
        """Fitted candidate in use under the present parameters."""
        vertex = self.best_index_
        return self.estimators_[self.hull_.estimator[vertex]]

    def _in_use(self) -> tuple[int, float]:
        """Vertex in use, and the share of rows that follow the next one instead."""
        self._validate_params()  # set_params may have changed them since fit
        if self.target_fpr is None:
            shares = self._positive_shares(self._joint_hull)
            return int((shares > self._cost_threshold()).sum()), 0.0
        fpr, tpr = self.hull_.fpr, self.hull_.tpr
        finds_all = int(np.searchsorted(tpr, 1.0))
        vertex = int(np.searchsorted(fpr, self.target_fpr, side="right")) - 1
        if vertex >= finds_all:
            return finds_all, 0.0
        width = fpr[vertex + 1] - fpr[vertex]
        return vertex, float((self.target_fpr - fpr[vertex]) / width)

    def _cost_threshold(self) -> float:
        """Probability above which calling a row positive costs less."""
        total = float(self.cost_fp) + float(self.cost_fn)
        if not 0 < total < np.inf:
            raise ValueError(
                f"cost_fp={self.cost_fp} and cost_fn={self.cost_fn} have the sum "
                f"{total}; it must be positive and finite. Only their ratio counts."
            )
        return self.cost_fp / total

    def _positive_shares(self, hull: "_Curve") -> Floats:
        """Share of positives among the rows of each segment, in falling order."""
        fp, tp = np.diff(hull.fp), np.diff(hull.tp)
        if self.positive_rate is not None:
            fp = (1 - self.positive_rate) * (fp / hull.fp[-1])
            tp = self.positive_rate * (tp / hull.tp[-1])
        return tp / (fp + tp)

    def _is_above(self, vertex: int, X: Any) -> NDArray[np.bool_]:
        score = self._score(self.hull_.estimator[vertex], X)
        # At (0, 0) not even a score of inf is positive.
        return (score >= self.hull_.threshold[vertex]) & (vertex > 0)

    def _score(self, candidate: int, X: Any) -> Floats:
        name, fitted = self._names[candidate], self.estimators_[candidate]
        return _score(name, fitted, X, self._positive)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get parameters, the candidates among them by their names.

        Parameters
        ----------
        deep : bool, default=True
            Whether to add the candidates, as ``name``, and their parameters, as
            ``name__parameter``.

        Returns
        -------
        params : dict
            Parameter names and values.
        """
        return self._get_params("estimators", deep=deep)

    def set_params(self, **params: Any) -> "ROCConvexHullClassifier":
        """Set parameters; a candidate or its parameters by its name.

        Parameters
        ----------
        **params : dict
            Parameters: ``cost_fn=10`` acts at once; ``name=classifier`` and
            ``name__parameter=value`` act in the next fit.

        Returns
        -------
        self : object
            The classifier.
        """
        self._set_params("estimators", **params)
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of the candidates, ``cv`` and ``score``.

        Returns
        -------
        routing : MetadataRouter
            ``fit`` goes to ``fit`` of the candidates and to ``split`` of ``cv``.
        """
        to_fit = MethodMapping().add(caller="fit", callee="fit")
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(**dict(self.estimators), method_mapping=to_fit)
            .add(
                cv=self.cv,
                method_mapping=MethodMapping().add(caller="fit", callee="split"),
            )
        )

    def _sk_visual_block_(self) -> Any:
        names, candidates = zip(*self.estimators, strict=True)
        return DiagramBlock("parallel", candidates, names=names)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        # By target_fpr, the answer is no function of the row.
        tags.non_deterministic = self.target_fpr is not None
        try:
            parts = [get_tags(candidate).input_tags for _, candidate in self.estimators]
        except (TypeError, ValueError, AttributeError):
            return tags  # fit will say what is wrong with estimators
        tags.input_tags.sparse = all(part.sparse for part in parts)
        tags.input_tags.allow_nan = all(part.allow_nan for part in parts)
        return tags


class _Weights(NamedTuple):
    """Weights of the rows of each class, 0 in those of the other.

    They are integers, so that sums are exact in any order: multiples of a unit.
    """

    negative: Counts
    positive: Counts
    negative_unit: float
    positive_unit: float


class _Curve(NamedTuple):
    """Points of a ROC curve from (0, 0) on: sums of weights, and the score there."""

    fp: NDArray[Any]
    tp: NDArray[Any]
    threshold: Floats


def _class_weights(is_positive: NDArray[np.bool_], sample_weight: Any) -> _Weights:
    exponents = 0, 0
    if sample_weight is None:
        positive = is_positive.astype(np.int64)
        negative = 1 - positive
    else:
        weight = check_sample_weight(
            sample_weight, is_positive, dtype=np.float64, ensure_non_negative=True
        )
        negative, of_negative = _round_to_grid(np.where(is_positive, 0.0, weight))
        positive, of_positive = _round_to_grid(np.where(is_positive, weight, 0.0))
        exponents = of_negative, of_positive
    for name, weights in (("positive", positive), ("negative", negative)):
        if not weights.any():
            raise ValueError(
                f"There is no row of the {name} class (of positive weight, if there "
                "are weights), but a ROC curve needs both classes."
            )
    # The ratio of the units is what counts.
    units = np.ldexp(1.0, np.array(exponents) - max(exponents))
    return _Weights(negative, positive, *units.tolist())


def _round_to_grid(weight: Floats) -> tuple[Counts, int]:
    """Integers of a sum below 2**53, and the exponent of the power of two they count.

    Weights that are integers themselves stay exact.
    """
    exponent = int(np.frexp(weight.max())[1])  # lest the sum overflows
    exponent += int(np.frexp(np.ldexp(weight, -exponent).sum())[1]) - 52
    return np.rint(np.ldexp(weight, -exponent)).astype(np.int64), exponent


def _check_scores(score: Any, name: str) -> Floats:
    score = check_array(
        score,
        dtype=np.float64,
        ensure_2d=False,
        ensure_all_finite=False,
        ensure_min_samples=0,
        input_name=name,
    )
    score = column_or_1d(score)
    missing = np.flatnonzero(np.isnan(score))
    if missing.size:
        raise ValueError(
            f"{name}: {missing.size} of {score.size} are NaN, the first at position "
            f"{missing[0]}; a ROC curve needs scores that can be ordered (infinities "
            "can). Give the rows a score or leave them out."
        )
    return score


def _hull(score: Floats, weights: _Weights) -> _Curve:
    """Compute the vertices of the upper hull of a ROC curve."""
    order = np.argsort(score)[::-1]
    ranked = score[order]
    ends_tie = np.append(ranked[1:] != ranked[:-1], True)
    fp = np.append(0, np.cumsum(weights.negative[order])[ends_tie])
    tp = np.append(0, np.cumsum(weights.positive[order])[ends_tie])
    threshold = np.append(np.inf, ranked[ends_tie])
    # Rows without weight add no point.
    moves = np.append(True, (np.diff(fp) > 0) | (np.diff(tp) > 0))
    curve = _Curve(fp[moves], tp[moves], threshold[moves])
    return _take(curve, _upper_hull(curve.fp, curve.tp))


def _upper_hull(x: Counts, y: Counts) -> NDArray[np.int64]:
    """Find the vertices of the upper convex hull of distinct points, exactly.

    The points are sorted by x, then y; the last one has the largest x and y. All
    coordinates are below 2**53, so that differences are exact in float64.
    """
    # A point on or below the line between its neighbours is no vertex. Dropping all of
    # them at once, again and again, soon leaves few points for the loop below.
    rest = np.arange(x.size)
    are_exact = float(x[-1]) * float(y[-1]) < 2.0**53
    slack = 0.0 if are_exact else 2.0**-51
    while rest.size > 2:
        dx, dy = np.diff(x[rest].astype(float)), np.diff(y[rest].astype(float))
        fall, rise = dy[:-1] * dx[1:], dy[1:] * dx[:-1]
        is_below = rise - fall >= slack * (abs(rise) + abs(fall))
        rest = np.delete(rest, 1 + np.flatnonzero(is_below))
        if is_below.mean() < 0.1:
            break
    hull: list[tuple[int, int, int]] = []
    for point in zip(x[rest].tolist(), y[rest].tolist(), rest.tolist(), strict=True):
        while len(hull) > 1 and _is_on_or_below(hull[-1], hull[-2], point):
            hull.pop()
        hull.append(point)
    return np.array([position for _, _, position in hull])


def _is_on_or_below(point: tuple, left: tuple, right: tuple) -> bool:
    # Python's integers do not overflow.
    rise = (right[1] - point[1]) * (point[0] - left[0])
    return rise >= (point[1] - left[1]) * (right[0] - point[0])


def _join(hulls: list[_Curve]) -> tuple[_Curve, NDArray[np.int64]]:
    """Join hulls of the same rows: their common hull, and whose each vertex is."""
    owner = np.repeat(np.arange(len(hulls)), [len(hull.fp) for hull in hulls])
    points = _Curve(*map(np.concatenate, zip(*hulls, strict=True)))
    order = np.lexsort((owner, points.tp, points.fp))
    points, owner = _take(points, order), owner[order]
    is_new = np.append(True, (np.diff(points.fp) != 0) | (np.diff(points.tp) != 0))
    points, owner = _take(points, is_new), owner[is_new]
    vertices = _upper_hull(points.fp, points.tp)
    points, owner = _take(points, vertices), owner[vertices]
    # Every candidate reaches the ends; the one beside needs no change of candidate.
    owner[0], owner[-1] = owner[1], owner[-2]
    points.threshold[-1] = -np.inf
    return points, owner


def _take(curve: _Curve, rows: Any) -> _Curve:
    return _Curve(*(column[rows] for column in curve))


def _in_weights(curve: _Curve, weights: _Weights) -> _Curve:
    return curve._replace(
        fp=curve.fp * weights.negative_unit, tp=curve.tp * weights.positive_unit
    )


def _check_splits(splits: list[Any], weights: _Weights) -> None:
    n_samples = len(weights.negative)
    tested = np.concatenate([test for _, test in splits])
    if not np.array_equal(np.sort(tested), np.arange(n_samples)):
        raise ValueError(
            f"cv tests {len(tested)} rows, {len(np.unique(tested))} of them different, "
            f"but X has {n_samples} and each must be in exactly one test part; use a "
            "splitter such as StratifiedKFold, without repetition."
        )
    for fold, (train, _) in enumerate(splits):
        if not (weights.negative[train].any() and weights.positive[train].any()):
            raise ValueError(
                f"Fold {fold} of cv leaves only one class to train on; use fewer folds "
                "or a stratified splitter, or get more rows of the rare class."
            )


def _fit(candidate: Any, X: Any, y: NDArray[Any], params: dict[str, Any]) -> Any:
    return candidate.fit(X, y, **take_params(X, params))


def _fit_and_score(
    name: str,
    candidate: Any,
    X: Any,
    y: NDArray[Any],
    params: dict[str, Any],
    split: tuple[Any, Any],
    positive: int,
) -> Floats:
    # cross_val_predict would hand the candidate integers for labels, which are not
    # what class_weight or sampling_strategy name.
    train, test = split
    candidate.fit(take_rows(X, train), y[train], **take_params(X, params, train))
    return _score(name, candidate, take_rows(X, test), positive)


def _score(name: str, candidate: Any, X: Any, positive: int) -> Floats:
    """Score rows by a fitted candidate, higher for the positive class."""
    if hasattr(candidate, "decision_function"):
        score = candidate.decision_function(X)
        score = score if positive else -score
    else:
        score = candidate.predict_proba(X)[:, positive]
    return _check_scores(score, f"Scores of candidate {name!r}")
