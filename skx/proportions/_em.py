# SPDX-License-Identifier: BSD-3-Clause
"""Any classifier, fitted to labels that are inferred from counts of bags."""

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, special
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array, get_tags
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted, validate_data

from skx._base.sklearn import (
    HasMethods,
    Interval,
    StrOptions,
    count_rows,
    fit_context,
    take_rows,
)
from skx._caller import caller_level
from skx.proportions._bags import Bags
from skx.proportions._base import BagClassifier
from skx.proportions._counts._posterior import (
    NOISES,
    infer_classes,
    infer_labels,
    read_noise,
)
from skx.proportions._labels import (
    counts_of,
    fit_labels,
    fit_weighted,
    last_step,
    scores_of,
    takes_soft_labels,
    top_labels,
)
from skx.proportions._logistic import ProportionLogisticRegression
from skx.proportions._scoring import log_losses
from skx.proportions._solver import LinearFit, fit_soft_logistic
from skx.proportions._split import BagKFold
from skx.proportions._target import bag_target

# Probabilities are kept this far from 0 and 1 before counts correct them.
CLIP = 1e-6
# A round fits the default estimator until gradients are this share of the first.
ROUGH = 1e-2
# Rounds without a lower held-out loss, after which no more follow.
PATIENCE = 3


class ProportionEMClassifier(BagClassifier):
    """Any classifier, where only shares of bags are known.

    In turns, the classifier predicts labels, their count in each bag corrects them, and
    it is fitted to the corrected probabilities. For models that know nothing of bags:
    forests, nearest neighbours, pipelines with text or categories. Where a linear model
    or boosted trees will do, fit the bags themselves: it is faster and mostly better.

    Parameters
    ----------
    estimator : classifier or None, default=None
        What to fit. Probabilities of labels reach it as weights of repeated rows; an
        estimator of this module takes them as they are. Without ``sample_weight`` it is
        fitted to the most probable labels that agree with the counts, with a warning.
        Of one without ``predict_proba``, the decisions are turned into probabilities by
        a logistic regression on bags. None is `ProportionLogisticRegression`.
    max_iter : int >= 1, default=10
        Most rounds.
    tol : float >= 0, default=1e-3
        Rounds end when the labels of rows change by less on average.
    cv : int >= 2, splitter of groups, iterable of splits or None, default=5
        Folds of whole bags: a number for `BagKFold`, a splitter, or pairs of training
        and test rows. Each row is then predicted by a fit without its bag, so
        that a flexible classifier is not told its own guess, and the round is kept
        that predicts the bags best. None predicts the rows that were fitted and keeps
        the last round: for linear models only.
    init : {"linear", "share"} or classifier, default="linear"
        Where the first predictions come from: `ProportionLogisticRegression`, which
        wants complete columns of numbers; the share of each bag for all its rows; or a
        classifier that is fitted to bags, or a pipeline that ends in one.
    soft_labels : bool, default=True
        Whether to fit to probabilities. False fits to the most probable labels that
        agree with the counts, which takes one row each but is less exact.
    count_noise : tuple ("gaussian", sd) or ("laplace", scale), or None, default=None
        Law of the error of counts, in rows; shares may then lie outside [0, 1].
    n_jobs : int or None, default=None
        Folds that are fitted at once. None is 1, -1 all processors.
    verbose : int, default=0
        1 prints a line for each round: how much labels change, and the loss of bags.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds. That of ``estimator`` is its own.

    Attributes
    ----------
    estimator_ : classifier
        Fitted to all rows.
    calibrator_ : ProportionLogisticRegression or None
        What turns decisions into probabilities, where ``estimator`` has none.
    classes_ : ndarray of shape (n_classes,)
        Classes: 0, 1, ... unless ``y`` names them.
    label_probabilities_ : ndarray of shape (n_samples, n_classes)
        Probabilities of labels that ``estimator_`` was fitted to; NaN for rows of
        weight 0.
    n_iter_ : int
        The round that was kept.
    validation_scores_ : ndarray of shape (n_rounds,)
        Minus the log loss of bags in each round, predicted by fits without them; empty
        for ``cv=None``.
    n_bags_ : int
        Number of bags with a row of positive weight.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    count_posterior : How counts correct probabilities.
    ProportionLogisticRegression : Fits the shares of bags themselves.

    Notes
    -----
    With ``cv=None`` and a linear model this is the EM algorithm for the likelihood of
    the counts, which ``ProportionLogisticRegression(loss="count")`` maximises faster.

    Every round takes ``cv`` fits of up to as many rows as there are probabilities above
    1e-6, two per row for two classes, and there is one fit to all rows at the end. The
    bags of a fold do not enter the fits that predict them, but through earlier rounds
    they have moved labels of the others a little.

    References
    ----------
    S. Havaldar, N. Sharma, S. Sareen, K. Shanmugam, A. Raghuveer (2024), Learning from
    Label Proportions: Bootstrapping Supervised Learners via Belief Propagation, ICLR.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skx.proportions import ProportionEMClassifier, bag_target, make_bags
    >>> X, labels = make_classification(n_samples=2000, random_state=0)
    >>> y = bag_target(make_bags(X, bag_size=8, random_state=0), y=labels)
    >>> tree = DecisionTreeClassifier(min_samples_leaf=50, random_state=0)
    >>> model = ProportionEMClassifier(tree, max_iter=3, random_state=0).fit(X, y)
    >>> round(model.score(X, labels), 2)
    0.99
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [
            HasMethods(["fit", "predict_proba"]),
            HasMethods(["fit", "decision_function"]),
            None,
        ],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "cv": ["cv_object"],
        "init": [StrOptions({"linear", "share"}), HasMethods(["fit", "predict_proba"])],
        "soft_labels": ["boolean"],
        "count_noise": [tuple, list, None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        max_iter: int = 10,
        tol: float = 1e-3,
        cv: Any = 5,
        init: Any = "linear",
        soft_labels: bool = True,
        count_noise: tuple[str, float] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.max_iter = max_iter
        self.tol = tol
        self.cv = cv
        self.init = init
        self.soft_labels = soft_labels
        self.count_noise = count_noise
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        bags: ArrayLike | None = None,
    ) -> "ProportionEMClassifier":
        """Fit to the shares of bags.

        Parameters
        ----------
        X : array-like, sparse matrix or dataframe of shape (n_samples, n_features)
            Rows; whatever ``estimator`` and ``init`` take.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            The result of `bag_target`; or the share of the second class in the bag of
            each row, or shares of all classes, constant within ``bags``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of rows: the same in all rows of a bag, or 0.
        bags : array-like of shape (n_samples,) or None, default=None
            Bag of each row, unless ``y`` carries them.

        Returns
        -------
        self : ProportionEMClassifier
            The fitted model.
        """
        given: Any = validate_data(self, X, skip_check_array=True)
        n_rows = count_rows(given)
        read = self._read_classes(self._read_bags(y, sample_weight, bags, n_rows))
        counts = counts_of(read, noisy=self._is_noisy)
        noise = read_noise(self.count_noise)
        if noise.kind == NOISES["laplace"] and read.values.ndim > 1:
            raise ValueError(
                f"count_noise={self.count_noise!r} is for two classes; for several use "
                "('gaussian', sd) with sd = 1.41 times the scale."
            )
        soft = self.soft_labels
        model = self._model()
        name = type(last_step(model)).__name__
        can_weigh = takes_soft_labels(model)
        if not can_weigh and np.ptp(read.weights) > 0.0:
            raise ValueError(
                f"{name} takes no sample_weight, but sample_weight of the bags differ; "
                "leave it out, or choose another estimator."
            )
        if soft and not can_weigh:
            soft = False
            warnings.warn(
                f"{name} takes no sample_weight, so it is fitted to "
                "the most probable labels that agree with the counts. Say so "
                "by soft_labels=False, or choose another estimator.",
                UserWarning,
                stacklevel=caller_level(),
            )
        if sparse.issparse(given):
            given = given.tocsr()
        elif not hasattr(given, "shape"):
            given = np.asarray(given)
        rows = take_rows(given, read.order)
        weights = read.weights if can_weigh else np.ones(read.n_rows)
        splits = self._splits(read, n_rows)
        ends: list[Any] = [None] * max(1, len(splits))
        labels = self._infer(self._first_guess(rows, read), read, counts, soft)
        kept, kept_scores = labels, np.empty(0)
        losses: list[float] = []
        self.n_iter_ = 0
        self.calibrator_ = None
        for n_iter in range(1, self.max_iter + 1):
            scores, ends = self._predict_folds(
                model, rows, labels, weights, splits, ends
            )
            prob = self._calibrate(model, scores, read)
            if self.cv is not None:
                by_bag = log_losses(read, prob[:, 1] if read.values.ndim == 1 else prob)
                losses.append(float(np.average(by_bag, weights=read.totals)))
            if self.cv is None or losses[-1] <= min(losses):
                kept, kept_scores, self.n_iter_ = labels, scores, n_iter
            last, labels = labels, self._infer(prob, read, counts, soft)
            change = float(np.mean(np.abs(labels - last)))
            if self.verbose:
                loss = f", loss of held-out bags {losses[-1]:.6g}" if losses else ""
                print(
                    f"[{type(self).__name__}] round {n_iter}: labels change by "
                    f"{change:.2g} on average{loss}",
                    flush=True,
                )
            if change <= self.tol or n_iter - self.n_iter_ >= PATIENCE:
                break
        else:
            if self.cv is None:
                warnings.warn(
                    f"Labels still change by {change:.2g} on average after max_iter="
                    f"{self.max_iter} rounds; the goal was tol={self.tol:g}. Raise "
                    "either.",
                    ConvergenceWarning,
                    stacklevel=caller_level(),
                )
        self.estimator_ = fit_labels(model, rows, kept, weights, self.classes_)
        self._calibrate(model, kept_scores, read)
        self.validation_scores_ = -np.array(losses)
        self.label_probabilities_ = np.full((n_rows, len(self.classes_)), np.nan)
        if kept.ndim == 1:
            kept = np.column_stack([1.0 - kept, kept])
        self.label_probabilities_[read.order] = kept
        self.n_bags_ = read.n_bags
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each class for each row.

        Parameters
        ----------
        X : array-like, sparse matrix or dataframe of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), float64
            In the order of ``classes_``; rows sum to 1.
        """
        check_is_fitted(self)
        scores = scores_of(self.estimator_, X, self.classes_)
        if self.calibrator_ is None:
            return scores
        return self.calibrator_.predict_proba(scores)

    def _model(self) -> Any:
        if self.estimator is None:
            return ProportionLogisticRegression()
        return self.estimator

    def _splits(self, bags: Bags, n_rows: int) -> list[Any]:
        """Return the folds, of rows in the order of bags."""
        if self.cv is None:
            return []
        codes = bags.codes
        if hasattr(self.cv, "split") or isinstance(self.cv, Integral):
            folds = self.cv
            if isinstance(folds, Integral):
                if bags.n_bags < int(folds):
                    raise ValueError(
                        f"There are {bags.n_bags} bags but cv={folds} folds of whole "
                        "bags; lower cv, or set cv=None for a linear estimator."
                    )
                folds = BagKFold(
                    int(folds), shuffle=True, random_state=self.random_state
                )
            splits = list(folds.split(codes, bags.values[codes], codes))
        else:
            place = np.full(n_rows, -1)
            place[bags.order] = np.arange(bags.n_rows)
            pairs = [(place[train], place[test]) for train, test in self.cv]
            splits = [(train[train >= 0], test[test >= 0]) for train, test in pairs]
        fold = np.full(bags.n_rows, -1)
        for k, (_, test) in enumerate(splits):
            fold[test] = k
        first = fold[bags.indptr[:-1]][codes]
        if (fold < 0).any() or (fold != first).any():
            bag = bags.ids[codes[((fold < 0) | (fold != first)).argmax()]]
            raise ValueError(
                f"cv={self.cv} has not all rows of bag {bag} in one test fold; use "
                "BagKFold or GroupKFold, which share out whole bags."
            )
        return [pair for pair in splits if len(pair[1])]

    def _first_guess(self, rows: Any, bags: Bags) -> NDArray[np.float64]:
        """Return the first probabilities of all classes."""
        if isinstance(self.init, str) and self.init == "share":
            share = bags.values[bags.codes]
            return share if share.ndim > 1 else np.column_stack([1.0 - share, share])
        model = self.init
        if isinstance(model, str):
            model = ProportionLogisticRegression(count_noise=self.count_noise)
        target = bag_target(bags.codes, proportions=bags.values, classes=self.classes_)
        weights = None if (bags.weights == 1.0).all() else bags.weights
        try:
            model = fit_weighted(clone(model), rows, target, weights)
        except (TypeError, ValueError) as error:
            if not isinstance(self.init, str):
                raise
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(
                f"init='linear' could not be fitted: {error} It wants complete columns "
                "of numbers. Give init='share', or a pipeline that ends in a "
                "ProportionLogisticRegression."
            ) from error
        return scores_of(model, rows, self.classes_)

    def _infer(
        self,
        prob: NDArray[np.float64],
        bags: Bags,
        counts: NDArray[np.float64],
        soft: bool,
    ) -> NDArray[np.float64]:
        """Return labels that agree with the counts, in the shape of the shares."""
        logits = np.log(np.clip(prob, CLIP, 1.0 - CLIP))
        if bags.values.ndim == 1:
            logits = special.logit(np.clip(prob[:, 1], CLIP, 1.0 - CLIP))
        noise = read_noise(self.count_noise)
        infer = infer_labels if logits.ndim == 1 else infer_classes
        labels, _ = infer(logits, bags.indptr, counts, noise=noise)
        if soft:
            return labels
        if self.count_noise is None:
            return top_labels(logits, bags, counts)
        if labels.ndim == 1:
            return top_labels(logits, bags, np.rint(bags.sums(labels)))
        return np.eye(labels.shape[1])[labels.argmax(axis=1)]

    def _predict_folds(
        self,
        model: Any,
        rows: Any,
        labels: NDArray[np.float64],
        weights: NDArray[np.float64],
        splits: list[Any],
        ends: list[Any],
    ) -> tuple[NDArray[np.float64], list[Any]]:
        """Return scores of rows by fits without their bags, or by one of all rows.

        With them what these fits were, for those of the next round to begin at.
        """
        if self.estimator is None and self.soft_labels:
            predict: Any = _predict_by_logistic
        else:
            predict = _predict_fold
        everything = np.arange(len(labels))
        splits = splits or [(everything, everything)]
        parts = Parallel(n_jobs=self.n_jobs)(
            delayed(predict)(
                model, rows, labels, weights, self.classes_, train, test, end
            )
            for (train, test), end in zip(splits, ends, strict=True)
        )
        scores = np.empty((len(labels), parts[0][0].shape[1]))
        for (_, test), (part, _) in zip(splits, parts, strict=True):
            scores[test] = part
        return scores, [end for _, end in parts]

    def _calibrate(
        self, model: Any, scores: NDArray[np.float64], bags: Bags
    ) -> NDArray[np.float64]:
        """Return probabilities of all classes; decisions set ``calibrator_``."""
        if hasattr(model, "predict_proba"):
            return scores
        target = bag_target(bags.codes, proportions=bags.values, classes=self.classes_)
        model = ProportionLogisticRegression(
            alpha=1e-4, tol=1e-9, max_iter=1000, count_noise=self.count_noise
        )
        self.calibrator_ = model.fit(scores, target, bags.weights)
        return model.predict_proba(scores)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        model = self._model()
        if hasattr(model, "__sklearn_tags__"):
            inner = get_tags(model).input_tags
            tags.input_tags.sparse = inner.sparse
            tags.input_tags.allow_nan = inner.allow_nan and self.init == "share"
        return tags


def _predict_fold(
    model: Any,
    rows: Any,
    labels: NDArray[np.float64],
    weights: NDArray[np.float64],
    classes: NDArray[Any],
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    end: None,
) -> tuple[NDArray[np.float64], None]:
    fitted = fit_labels(
        model, take_rows(rows, train), labels[train], weights[train], classes
    )
    return scores_of(fitted, take_rows(rows, test), classes), None


def _predict_by_logistic(
    model: ProportionLogisticRegression,
    rows: Any,
    labels: NDArray[np.float64],
    weights: NDArray[np.float64],
    classes: NDArray[Any],
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    end: LinearFit | None,
) -> tuple[NDArray[np.float64], LinearFit]:
    """Do the same for the default estimator, from where its last fit ended.

    Labels of the next round move, so that a rough fit to those of this one will do.
    """
    rows = check_array(rows, accept_sparse="csr", dtype=np.float64)
    end = fit_soft_logistic(
        take_rows(rows, train),
        labels[train],
        weights[train],
        alpha=model.alpha,
        tol=ROUGH,
        start=end,
    )
    scores = take_rows(rows, test) @ end.coef.T + end.intercept
    if labels.ndim == 1:
        return special.expit(np.column_stack([-scores, scores])), end
    return special.softmax(scores, axis=1), end
