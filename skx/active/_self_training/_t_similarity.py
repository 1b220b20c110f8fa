# SPDX-License-Identifier: BSD-3-Clause
"""Self-training that trusts rows on which diverse models agree."""

from numbers import Integral, Number, Real
from typing import Any, ClassVar

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, check_consistent_length, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from skx._base.estimator import SkxEstimator
from skx._base.sklearn import (
    HasMethods,
    Interval,
    StrOptions,
    check_sample_weight,
    fit_context,
)
from skx._random import draw_seed
from skx.active._samplers._labels import read_labels, take_labels
from skx.active._self_training._features import HeadFeatures
from skx.active._self_training._heads import (
    class_similarity,
    fit_heads,
    predict_heads,
)
from skx.active._self_training._policies import below_bound, most_confident

# The heads learn to disagree on no more rows than that.
DIVERSE_ROWS = 10_000
# Rows for which the heads' probabilities are held at once.
CHUNK_ROWS = 65_536

Floats = NDArray[np.float64]
FLOATS = [np.float64, np.float32]


def _wrapped_has(method: str) -> Any:
    return lambda self: hasattr(getattr(self, "estimator_", self.estimator), method)


class TSimilaritySelfTraining(MetaEstimatorMixin, ClassifierMixin, SkxEstimator):
    """Lets a classifier label the rows on which diverse linear models agree.

    For the rows that are left when the budget for labels is spent. A classifier is
    fitted to the rows with a label, labels those without one of which it can be sure,
    and is fitted again. Where labelled rows are no fair sample, its own probabilities
    may be as high far from any label as near one. So confidence comes from a few heads,
    which all fit the labelled rows and are rewarded for disagreeing on the others:
    where labels leave them no choice they agree.

    Use it with trees: with boosted trees on tables the default criterion was three
    points of accuracy ahead of scikit-learn's ``SelfTrainingClassifier``, whether the
    labels were a fair sample or not. With a logistic regression, which knows better how
    sure it may be, it was not one, see the user guide. Keep some labelled rows apart,
    and compare with the estimator alone: a wrong label is trained on like a right one.

    Parameters
    ----------
    estimator : classifier
        Predicts, and gives labels to rows. It sees X as it is, and nothing of the heads
        but which rows they choose.
    criterion : {"bound", "curriculum", "threshold"}, default="bound"
        Which rows get a label in a round. "bound": those above a threshold for each
        predicted class, the one with the lowest bound on the share of errors above it.
        "curriculum": a share of rows that grows from round to round, the most confident
        first, in the end all. "threshold": those of a confidence above ``threshold``;
        there may be none.
    threshold : float in [0, 1), default=0.8
        Confidence above which a row gets a label, for ``criterion="threshold"``.
    step : float in (0, 1], default=0.4
        Share of the rows without a label that each round adds, for
        ``criterion="curriculum"``. Smaller steps take more fits.
    max_iter : int, at least 1, or None, default=10
        Most rounds; None goes on until no row gets a label.
    n_heads : int, at least 2, default=5
        Number of linear heads. Time and memory grow with it.
    n_components : int, at least 1, or None, default=100
        Number of features that the heads see, of a Gaussian kernel at as many rows,
        fewer if there are fewer, so that heads can tell apart what no plane does. More
        take longer. None: the columns of X, for embeddings of a network.
    diversity : float, at least 0, default=0.03
        Weight of the heads' agreement on rows without a label in what they minimise.
        More makes confidence fall faster away from labels; 0 makes all heads the same
        logistic regression.
    alpha : float above 0, default=0.1
        Penalty on half the squared coefficients of a head, against the mean loss of
        rows. More makes heads alike, and less sure.
    verbose : int, default=0
        1 prints in each round how many rows got a label, and how many have none.
    random_state : int, RandomState or None, default=None
        Draws where the heads start, and rows if there are more than they can see.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.
    classes_ : ndarray of shape (n_classes,)
        Classes.
    transduction_ : ndarray of shape (n_samples,)
        y of the last fit: with labels where the model gave one.
    labeled_iter_ : ndarray of shape (n_samples,), int
        Round in which a row got its label; 0 if it came with one, -1 if it has none.
    confidences_ : ndarray of shape (n_samples,), float64
        T-similarity of rows, from 0 to 1, when they got a label, or else in the last
        round; NaN where y has a label.
    n_iter_ : int
        Number of rounds; 1 also if every row came with a label.
    termination_condition_ : {"all_labeled", "no_change", "max_iter"}
        Why there was no further round.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    sklearn.semi_supervised.SelfTrainingClassifier : Trusts the classifier's own
        probabilities.
    UncertaintySampler : Asks for labels of rows instead.

    Notes
    -----
    Heads are softmax regressions on features of unit variance: columns, or the
    Nystroem features of a Gaussian kernel on scaled columns, at distinct rows drawn at
    random, exp(-0.3 d^2 / m) with m the median of d^2 among them. Of M heads with
    the probabilities p_m(x) they minimise, all together, the mean cross-entropy on rows
    with a label, plus ``diversity`` times the mean over the other rows of the
    T-similarity, the mean of <p_m(x), p_k(x)> over pairs m, k, plus the penalty. The
    T-similarity is also the confidence of a row: 1 where all heads are sure of one
    class. L-BFGS minimises, for at most 100 steps from a random start. Heads are fitted
    anew in each round, and see at most 10 000 of the rows without a label.

    A round takes O((n_labeled + 10 000) * n_components * n_heads * n_classes) per step,
    one pass over the other rows, and a fit of the estimator.

    In the paper the heads share a learned representation with a linear head that
    predicts, and ``diversity`` is 1. Here any classifier predicts, and no label shapes
    the representation: a network learnt from few labels ranked rows worse, and so did
    more than a little diversity.
    Rows keep a label that they got. "bound" takes for votes what the predicted class
    adds to the T-similarity, for probabilities the mean of the heads, and thresholds
    from at most 50 values.

    -1 marks a missing label in y of any type, as in scikit-learn; so do NaN, None and
    NA. If -1 is a class, pass ``labeled`` to fit. Heads are fitted on one thread: an
    int ``random_state`` gives the same confidences whatever the number of threads.

    References
    ----------
    A. Odonnat, V. Feofanov, I. Redko (2024). Leveraging ensemble diversity for robust
    self-training in the presence of sample selection bias. AISTATS, PMLR 238.

    P. Cascante-Bonilla, F. Tan, Y. Qi, V. Ordonez (2021). Curriculum labeling:
    revisiting pseudo-labeling for semi-supervised learning. AAAI.

    V. Feofanov, E. Devijver, M.-R. Amini (2019). Transductive bounds for the
    multi-class majority vote classifier. AAAI.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import TSimilaritySelfTraining
    >>> X, y = load_iris(return_X_y=True)
    >>> truth = y.copy()
    >>> y[10:] = -1
    >>> y[60:65], y[120:125] = 1, 2
    >>> model = TSimilaritySelfTraining(LogisticRegression(), random_state=0)
    >>> model.fit(X, y).termination_condition_
    'all_labeled'
    >>> bool((model.transduction_ == truth).mean() > 0.85)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "criterion": [StrOptions({"threshold", "curriculum", "bound"})],
        "threshold": [Interval(Real, 0.0, 1.0, closed="left")],
        "step": [Interval(Real, 0.0, 1.0, closed="right")],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "n_heads": [Interval(Integral, 2, None, closed="left")],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "diversity": [Interval(Real, 0.0, None, closed="left")],
        "alpha": [Interval(Real, 0.0, None, closed="neither")],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        *,
        criterion: str = "bound",
        threshold: float = 0.8,
        step: float = 0.4,
        max_iter: int | None = 10,
        n_heads: int = 5,
        n_components: int | None = 100,
        diversity: float = 0.03,
        alpha: float = 0.1,
        verbose: int = 0,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.criterion = criterion
        self.threshold = threshold
        self.step = step
        self.max_iter = max_iter
        self.n_heads = n_heads
        self.n_components = n_components
        self.diversity = diversity
        self.alpha = alpha
        self.verbose = verbose
        self.random_state = random_state

    # What is wrapped validates what it is given.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        labeled: ArrayLike | None = None,
    ) -> "TSimilaritySelfTraining":
        """Fit the estimator, let it label rows, and fit it again.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows with a label and rows without, of finite numbers.
        y : array-like of shape (n_samples,)
            Labels; -1, NaN, None or NA where there is none.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of rows, 0 or more; the estimator must take them. A row of weight 0
            takes no part and gets no label.
        labeled : array-like of bool of shape (n_samples,), default=None
            Which rows have a label, where y does not tell, as when -1 is a class.

        Returns
        -------
        self : TSimilaritySelfTraining
            The fitted model.
        """
        if y is None:
            raise ValueError(
                "TSimilaritySelfTraining requires y to be passed, but the target y is "
                "None. Mark rows without a label by -1 or NaN."
            )
        rows = validate_data(self, X, dtype=FLOATS, order="C")
        values, known = _read_target(y, labeled)
        check_consistent_length(rows, values)
        weights = check_sample_weight(
            sample_weight, rows, dtype=np.float64, ensure_non_negative=True
        )
        known = known & (weights > 0.0)
        labels = take_labels(values, known)
        if not len(labels):
            raise ValueError(
                f"y has no label in {len(known)} rows of weight above 0; "
                "self-training begins with some rows of each class."
            )
        check_classification_targets(labels)
        self.classes_, found = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y has one class only, {self.classes_.tolist()[0]!r}; expected labels "
                "of two or more. If -1 is a class and stands for no missing label, "
                "pass labeled=, a mask of rows with a label."
            )
        codes = np.full(len(rows), -1)
        codes[known] = found
        self._label_rows(rows, codes, weights, pass_weights=sample_weight is not None)
        added = self.labeled_iter_ > 0
        self.transduction_ = values.copy()
        self.transduction_[added] = self.classes_[codes[added]]
        return self

    def _label_rows(
        self,
        X: NDArray[np.floating],
        codes: NDArray[np.int64],
        weights: Floats,
        *,
        pass_weights: bool,
    ) -> None:
        """Fit, and write codes of classes to rows that have none, -1, until done."""
        free = (codes < 0) & (weights > 0.0)
        total = weights[free].sum()
        self.labeled_iter_ = np.where(codes < 0, -1, 0)
        self.confidences_ = np.full(len(X), np.nan)
        seed = int(draw_seed(self.random_state))
        # Sums in another order would lead the heads elsewhere.
        with threadpool_limits(1, user_api="blas"):
            features = HeadFeatures(
                X,
                weights,
                self.n_components,
                CHUNK_ROWS,
                np.random.default_rng([seed, 0]),
            )
        n_rounds = 0
        while True:
            self._fit_estimator(X, codes, weights if pass_weights else None)
            left = np.flatnonzero(free & (codes < 0))
            if not len(left):
                self.termination_condition_ = "all_labeled"
                break
            if n_rounds == self.max_iter:
                self.termination_condition_ = "max_iter"
                break
            n_rounds += 1
            rng = np.random.default_rng([seed, n_rounds])
            similarity, proba = self._ask_heads(X, features, codes, left, weights, rng)
            self.confidences_[left] = similarity.sum(axis=1)
            found = np.searchsorted(self.classes_, self.estimator_.predict(X[left]))
            due = min(n_rounds * self.step, 1.0) * total - (total - weights[left].sum())
            chosen = self._choose(similarity, proba, found, weights[left], due)
            if self.verbose:
                n_chosen = np.count_nonzero(chosen)
                print(
                    f"[{type(self).__name__}] round {n_rounds}: {n_chosen} rows get a "
                    f"label, {len(left) - n_chosen} have none",
                    flush=True,
                )
            if not chosen.any():
                self.termination_condition_ = "no_change"
                break
            codes[left[chosen]] = found[chosen]
            self.labeled_iter_[left[chosen]] = n_rounds
        self.n_iter_ = max(n_rounds, 1)

    def _fit_estimator(
        self, X: NDArray[np.floating], codes: NDArray[np.int64], weights: Floats | None
    ) -> None:
        known = np.flatnonzero(codes >= 0)
        params = {}
        if weights is not None:
            name = "sample_weight"
            inside = isinstance(self.estimator, Pipeline)
            if inside and not get_config()["enable_metadata_routing"]:
                name = f"{self.estimator.steps[-1][0]}__sample_weight"
            params[name] = weights[known]
        model = clone(self.estimator)
        self.estimator_ = model.fit(X[known], self.classes_[codes[known]], **params)

    def _ask_heads(
        self,
        X: NDArray[np.floating],
        features: HeadFeatures,
        codes: NDArray[np.int64],
        left: NDArray[np.int64],
        weights: Floats,
        rng: np.random.Generator,
    ) -> tuple[Floats, Floats]:
        """Return class similarities and mean probabilities of the rows left."""
        known = np.flatnonzero(codes >= 0)
        others = left
        if len(left) > DIVERSE_ROWS:
            others = rng.choice(left, DIVERSE_ROWS, replace=False)
        with threadpool_limits(1, user_api="blas"):
            heads = fit_heads(
                features.transform(X[known]),
                codes[known],
                weights[known],
                features.transform(X[others]),
                weights[others],
                n_heads=self.n_heads,
                n_classes=len(self.classes_),
                diversity=self.diversity,
                alpha=self.alpha,
                rng=rng,
            )
            similarity = np.empty((len(left), len(self.classes_)))
            proba = np.empty_like(similarity)
            for start in range(0, len(left), CHUNK_ROWS):
                part = slice(start, start + CHUNK_ROWS)
                each = predict_heads(heads, features.transform(X[left[part]]))
                similarity[part] = class_similarity(each).T
                proba[part] = each.mean(axis=0).T
        return similarity, proba

    def _choose(
        self,
        similarity: Floats,
        proba: Floats,
        found: NDArray[np.int64],
        weights: Floats,
        due: float,
    ) -> NDArray[np.bool_]:
        if self.criterion == "bound":
            votes = np.take_along_axis(similarity, found[:, None], axis=1)[:, 0]
            return below_bound(votes, proba, found, weights)
        confidence = similarity.sum(axis=1)
        if self.criterion == "threshold":
            return confidence > self.threshold
        return most_confident(confidence, weights, due)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predict labels.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels.
        """
        X = self._read_rows(X)
        return self.estimator_.predict(X)

    @available_if(_wrapped_has("predict_proba"))
    def predict_proba(self, X: ArrayLike) -> NDArray[np.floating]:
        """Predict probabilities of classes.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            Probabilities, in the order of ``classes_``.
        """
        X = self._read_rows(X)
        return self.estimator_.predict_proba(X)

    @available_if(_wrapped_has("predict_log_proba"))
    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.floating]:
        """Predict logarithms of probabilities of classes.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes)
            Logarithms, in the order of ``classes_``.
        """
        X = self._read_rows(X)
        return self.estimator_.predict_log_proba(X)

    @available_if(_wrapped_has("decision_function"))
    def decision_function(self, X: ArrayLike) -> NDArray[np.floating]:
        """Return the decision function of the estimator.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Scores of classes.
        """
        X = self._read_rows(X)
        return self.estimator_.decision_function(X)

    def _read_rows(self, X: ArrayLike) -> NDArray[np.floating]:
        check_is_fitted(self)
        return validate_data(self, X, dtype=FLOATS, order="C", reset=False)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        wrapped = get_tags(self.estimator)
        tags.classifier_tags = wrapped.classifier_tags
        tags.non_deterministic = wrapped.non_deterministic
        return tags


def _read_target(y: Any, labeled: Any) -> tuple[NDArray, NDArray[np.bool_]]:
    """Return y as an array and a mask of rows with a label; -1 is none in any type."""
    values, known = read_labels(y, labeled, minus_one=False)
    if labeled is None and values.dtype.kind in "if":
        known &= values != -1
    elif labeled is None and values.dtype == object:
        known &= [not (isinstance(v, Number) and v == -1) for v in values]
    return values, known
