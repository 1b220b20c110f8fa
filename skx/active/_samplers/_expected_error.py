# SPDX-License-Identifier: BSD-3-Clause
"""Rows whose label makes a model err less."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    RidgeClassifier,
)
from sklearn.utils import check_array, compute_class_weight, indexable
from sklearn.utils.parallel import Parallel, delayed

from skx._base.sklearn import (
    HasMethods,
    Interval,
    StrOptions,
    count_rows,
    fit_context,
    take_params,
    take_rows,
)
from skx.active._closed_form import closed_form_errors, look_ahead, proba_of
from skx.active._greedy._draws import best_rows
from skx.active._greedy._reading import Positions
from skx.active._look_ahead import LOSSES, newton_errors
from skx.active._samplers._base import PoolSampler
from skx.active._samplers._pool import Pool, Scores, split_steps, stack_rows
from skx.active._scores import margin

MAX_COEFFICIENTS = 5000  # whose Hessian is factored
MAX_CELLS = 10**10  # probabilities predicted in a query
MAX_FITS = 10**5


class ExpectedErrorSampler(PoolSampler):
    """Asks about the rows whose label is expected to make a classifier err least.

    It looks ahead: what would the model predict for the pool if this row had that
    label? Use it where each label is dear and the model is quick, for a few rows at a
    time; it asks about rows that stand for many others, while `UncertaintySampler`, in
    a thousandth of the time, looks at a row alone. It believes the model's
    probabilities, so with the first few labels it may be confidently wrong.

    Parameters
    ----------
    estimator : classifier with ``predict_proba``
        For ``update="newton"`` a `LogisticRegression` with a squared penalty, for
        ``update="closed_form"`` a `GaussianNB`, `KNeighborsClassifier` or
        `RidgeClassifier`, or a pipeline that ends in one. A `RidgeClassifier` has no
        ``predict_proba`` and is taken all the same, see Notes, but for "newton".
    loss : {"zero_one", "log"}, default="zero_one"
        What an error is: a wrong class, or minus the logarithm of the probability of
        the right one, which also wants sure predictions to be surer.
    update : {"newton", "closed_form", "refit"}, default="newton"
        How the model takes a label in: by a few Newton steps, by a formula for the
        model fitted again, or by being fitted again, for each row and class. With the
        first two all steps of a pipeline but the last stay as they are. "newton" takes
        a small part of the time of "refit", and ranks rows nearly alike where the
        penalty is about as strong as the default or stronger. "closed_form" does too,
        and its scores are those of "refit", but for rounding.
    max_candidates : int, at least 1, or None, default=500
        Number of rows, best by :func:`margin`, that are looked at. None: all.
    max_eval : int, at least 1, or None, default=1000
        Number of rows on which errors are expected, drawn from those without a label,
        or from ``X_eval`` of `fit`. None: all.
    n_jobs : int or None, default=None
        Number of fits at once for ``update="refit"``; the rows do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of the draw of rows, where there are more than ``max_eval``; an int gives
        the same rows every time, if the estimator does not draw.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.
    n_labeled_ : int
        Number of rows with a label.
    classes_ : ndarray of shape (n_classes,)
        Classes.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    UncertaintySampler : Looks at the prediction for a row alone.
    CommitteeSampler : Asks where several models disagree.

    Notes
    -----
    Scores are minus the expected error per row, at most 0; equal ones by position. Rows
    of a batch are scored one by one. A further row has the weight 1, times that of its
    class. Errors are expected on ``X_eval`` if `fit` was given some, otherwise on rows
    that had no label in `fit`; if there were none, on those of X in `query`, and on
    those of `fit` in ``score_samples``.

    For n candidates, m rows to err on, d columns and C classes, "newton" takes time of
    ``n C^2 (m d + C d^2)`` and a matrix of ``(C d)^2``, labelled rows counting among
    the m; "refit" fits ``n C`` models. "closed_form" takes ``n m C (d + C)``, or
    ``n m (d + k log k)`` for k neighbours, and a further ``C d^3`` for a ridge. All
    predict for the whole pool once.

    Of one row more, what is expected of it cancels: its classes pull to opposite sides,
    as much as they are probable. What is left is small, so that a single Newton step
    ranks rows by its own error. "newton" takes three with the Hessian of the fitted
    coefficients, in which the loss of the further row is not approximated.

    Of a `GaussianNB`, a further row moves mean and variance of one class, and what
    ``var_smoothing`` adds to all; of neighbours, it takes the place of the farthest
    where it is nearer, not where it is as near; of a ridge, its equation is one of rank
    one more. The scores s of a `RidgeClassifier`, least squares on targets of 1 and -1,
    estimate ``2 p - 1``: probabilities are ``(s + 1) / 2``, cut to 0 and 1 and divided
    by their sum. "closed_form" is exact for its direct solvers.

    References
    ----------
    N. Roy, A. McCallum (2001). Toward optimal active learning through sampling
    estimation of error reduction. ICML, 441-448.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import ExpectedErrorSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> y[np.arange(150) % 10 > 0] = -1
    >>> sampler = ExpectedErrorSampler(LogisticRegression()).fit(X, y)
    >>> sampler.query(n_samples=3).shape
    (3,)
    """

    __metadata_request__fit: ClassVar[dict] = {"X_eval": True}

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "loss": [StrOptions(set(LOSSES))],
        "update": [StrOptions({"newton", "closed_form", "refit"})],
        "max_candidates": [Interval(Integral, 1, None, closed="left"), None],
        "max_eval": [Interval(Integral, 1, None, closed="left"), None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        loss: str = "zero_one",
        update: str = "newton",
        max_candidates: int | None = 500,
        max_eval: int | None = 1000,
        n_jobs: int | None = None,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.loss = loss
        self.update = update
        self.max_candidates = max_candidates
        self.max_eval = max_eval
        self.n_jobs = n_jobs
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any,
        *,
        labeled: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        embeddings: ArrayLike | None = None,
        X_eval: Any = None,
        **params: Any,
    ) -> Any:
        """Fit the estimator to the rows that have a label.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_rows, n_features)
            Rows with a label and rows without, of a kind that the estimator takes.
            Kept, not copied, for `query`.
        y : array-like of shape (n_rows,)
            Labels; NaN, None or NA where there is none. Also -1, in a type of integers
            that cannot hold one of those.
        labeled : array-like of bool of shape (n_rows,), default=None
            Which rows have a label, where y does not tell.
        sample_weight : array-like of shape (n_rows,), default=None
            Weights for the estimator. Rows of weight 0 are not asked about.
        embeddings : array-like of shape (n_rows, n_dimensions), default=None
            Not looked at.
        X_eval : {array-like, sparse matrix, dataframe}, default=None
            Rows of shape (n_eval, n_features) on which the model is to err least, such
            as those that it will be used for. They need no labels. None: those of X
            without a label.
        **params : dict
            Further arguments of the estimator's ``fit``; of those with one entry per
            row, it gets the entries of the rows with a label.

        Returns
        -------
        self : ExpectedErrorSampler
            The fitted sampler.
        """
        self._X_eval = None
        if X_eval is not None:
            (self._X_eval,) = indexable(X_eval)
            if not count_rows(self._X_eval):
                raise ValueError(
                    "X_eval has 0 rows; give rows on which the model is to err least, "
                    "or None for those of X without a label."
                )
        return super().fit(
            X,
            y,
            labeled=labeled,
            sample_weight=sample_weight,
            embeddings=embeddings,
            **params,
        )

    def score_samples(self, X: Any) -> Scores:
        """Return what a label of each row is worth.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows, all of which are looked at, whatever ``max_candidates``.

        Returns
        -------
        scores : ndarray of shape (n_samples,), float64
            Minus the expected error per row: the higher, the earlier the row should be
            labelled.
        """
        self._model()
        (X,) = indexable(X)
        pool = Pool(X, None, np.arange(count_rows(X)), False)
        return self._score_pool(pool, self._eval_rows(self._X))

    def _fit_wrapped(self, y: Any, params: dict[str, Any]) -> None:
        if self.update != "newton" and isinstance(self.estimator, FrozenEstimator):
            raise ValueError(
                f"update={self.update!r} fits the estimator again, which is frozen; do "
                "not freeze it, or use update='newton' with a LogisticRegression."
            )
        super()._fit_wrapped(y, params)
        _, model = split_steps(self.estimator_)
        is_ridge = isinstance(model, RidgeClassifier) and self.update != "newton"
        if not is_ridge and not hasattr(self.estimator_, "predict_proba"):
            raise ValueError(
                f"ExpectedErrorSampler needs probabilities and "
                f"{type(self.estimator).__name__} has no predict_proba. Wrap it in "
                "CalibratedClassifierCV and pass update='refit', or use "
                "UncertaintySampler, which takes a decision_function."
            )
        if self.update == "newton":
            self._read_logistic(params)
        elif self.update == "closed_form":
            self._read_look_ahead(params)
        else:
            self._params = self._read_params(params)

    def _read_logistic(self, params: dict[str, Any]) -> None:
        """Keep what a Newton step needs of a fitted logistic regression."""
        self._first_steps, model = split_steps(self.estimator_)
        if (
            not isinstance(model, LogisticRegression)
            or isinstance(model, LogisticRegressionCV)
            or not _has_squared_penalty(model)
        ):
            raise ValueError(
                f"update='newton' knows LogisticRegression with a squared penalty, not "
                f"{model!r}; pass update='refit', which fits any classifier again for "
                "each row and class."
            )
        if not self.n_labeled_:
            raise ValueError(
                "y has no label, and update='newton' needs the rows that the frozen "
                "model was fitted to; give them to fit with their labels."
            )
        if model.coef_.size > MAX_COEFFICIENTS:
            raise ValueError(
                f"update='newton' factors a matrix of all coefficients, of which there "
                f"are {model.coef_.size}, more than {MAX_COEFFICIENTS}. Put PCA before "
                "the LogisticRegression, or use BadgeSampler."
            )
        known = np.flatnonzero(self._labeled)
        weights, of_class = np.ones(len(known)), np.ones(len(model.classes_))
        if model.class_weight is not None:
            of_class = compute_class_weight(
                model.class_weight, classes=model.classes_, y=self._labels
            )
            weights = of_class[np.searchsorted(model.classes_, self._labels)]
        weights = weights * self._weights_of_labeled(params)
        self._coef = np.asarray(model.coef_, np.float64)
        penalty = 0.0 if model.penalty is None else 1.0 / model.C
        self._penalty = np.full(self._coef.shape[1], penalty)
        if model.fit_intercept:
            of_intercept = 0.0
            if model.solver == "liblinear":
                of_intercept = penalty / model.intercept_scaling**2
            self._penalty = np.append(self._penalty, of_intercept)
            self._coef = np.column_stack([self._coef, model.intercept_])
        self._weights, self._new_weights = weights, of_class
        self._rows = self._design(take_rows(self._X, known))

    def _read_look_ahead(self, params: dict[str, Any]) -> None:
        """Keep what a formula needs of the fitted model."""
        self._first_steps, model = split_steps(self.estimator_)
        rows = self._read_dense(take_rows(self._X, np.flatnonzero(self._labeled)))
        weights = self._weights_of_labeled(params)
        found = look_ahead(model, rows, self._labels, weights)
        if found is None:
            raise ValueError(
                "update='closed_form' knows GaussianNB, KNeighborsClassifier with a "
                "metric and RidgeClassifier without positive coefficients, not "
                f"{model!r}; pass update='refit', which fits any classifier again for "
                "each row and class, or update='newton' for a LogisticRegression."
            )
        self._look_ahead = found

    def _weights_of_labeled(self, params: dict[str, Any]) -> NDArray[np.float64]:
        """Return weights of rows with a label, for a model or a pipeline."""
        weights = np.ones(self.n_labeled_)
        names = ["sample_weight"]
        if self._first_steps is not None:
            names.append(f"{list(self.estimator.named_steps)[-1]}__sample_weight")
        for name in names:
            if params.get(name) is not None:
                given = np.asarray(params[name], np.float64)
                weights = weights * given[np.flatnonzero(self._labeled)]
        return weights

    def _read_dense(self, X: Any) -> NDArray[np.float64]:
        """Return rows as the last step of a pipeline sees them, none of them sparse."""
        if self._first_steps is not None:
            X = self._first_steps.transform(X)
        X = X.toarray() if sparse.issparse(X) else X
        return np.asarray(check_array(X, dtype=np.float64))

    def _read_params(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return arguments of fit with an entry for one row more."""
        known = np.flatnonzero(self._labeled)
        longer = take_params(self._X, params, indices=known)
        for name, values in params.items():
            if longer[name] is values:
                continue
            if name.rpartition("__")[2] != "sample_weight":
                raise ValueError(
                    f"update='refit' adds a row to those of fit, for which there is no "
                    f"entry of {name}; leave it out, or use update='newton'."
                )
            longer[name] = np.append(longer[name], 1.0)
        return longer

    def _design(self, X: Any) -> NDArray[np.float64]:
        """Return rows as the logistic regression sees them, with its intercept."""
        rows = self._read_dense(X)
        if rows.shape[1] < self._coef.shape[1]:
            rows = np.column_stack([rows, np.ones(len(rows))])
        return rows

    def _eval_rows(self, X: Any) -> Any:
        """Return the rows to err on: X_eval, those of fit without a label, or X."""
        rows = np.flatnonzero(~self._labeled)
        if self._X_eval is not None:
            X = self._X_eval
            rows = np.arange(count_rows(X))
        elif len(rows):
            X = self._X
        else:
            rows = np.arange(count_rows(X))
        if self.max_eval is not None and len(rows) > self.max_eval:
            rng = np.random.default_rng(self._draw_seed())
            rows = np.sort(rng.choice(rows, self.max_eval, replace=False))
        return take_rows(X, rows)

    def _score_pool(self, pool: Pool, X_eval: Any) -> Scores:
        self._check_size(len(pool.candidates), count_rows(X_eval))
        if self.update == "refit":
            return self._refit(pool, X_eval)
        if self.update == "closed_form":
            return self._look_closely(pool, X_eval)
        X_eval = self._design(X_eval)
        try:
            errors = [
                newton_errors(
                    self._design(X),
                    self._rows,
                    X_eval,
                    self._coef,
                    self._penalty,
                    self._weights,
                    self._new_weights,
                    LOSSES[self.loss],
                )
                for X in pool.chunks()
            ]
        except np.linalg.LinAlgError:
            raise ValueError(
                "The labelled rows do not determine the coefficients of the "
                "LogisticRegression, so that there is no Newton step; lower C, or pass "
                "update='refit'."
            ) from None
        return -np.concatenate(errors)

    def _check_size(self, n_candidates: int, n_eval: int) -> None:
        n_classes = len(self.classes_)
        n_fits = n_candidates * n_classes
        n_cells = n_fits * n_classes * n_eval
        if n_cells > MAX_CELLS or (self.update == "refit" and n_fits > MAX_FITS):
            raise ValueError(
                f"{n_candidates} candidates, {n_eval} rows to err on and {n_classes} "
                f"classes make {n_fits:,} models and {n_cells:,} probabilities. Set "
                "max_eval to some hundreds, and max_candidates too, or put the sampler "
                "into SubsetSampler."
            )

    def _look_closely(self, pool: Pool, X_eval: Any) -> Scores:
        X_eval = self._read_dense(X_eval)
        try:
            errors = [
                closed_form_errors(
                    self._look_ahead,
                    self._read_dense(X),
                    proba_of(self.estimator_, X),
                    X_eval,
                    LOSSES[self.loss],
                )
                for X in pool.chunks()
            ]
        except np.linalg.LinAlgError:
            raise ValueError(
                "The labelled rows do not determine the coefficients of the "
                "RidgeClassifier; raise alpha, or pass update='refit'."
            ) from None
        return -np.concatenate(errors)

    def _refit(self, pool: Pool, X_eval: Any) -> Scores:
        X = stack_rows(
            take_rows(self._X, np.flatnonzero(self._labeled)),
            take_rows(pool.X, pool.candidates),
        )
        proba = np.concatenate(
            [proba_of(self.estimator_, part) for part in pool.chunks()]
        )
        known = np.arange(self.n_labeled_)
        errors = Parallel(n_jobs=self.n_jobs)(
            delayed(_refit_error)(
                self.estimator,
                take_rows(X, np.append(known, len(known) + i)),
                self._labels,
                self.classes_,
                self._params,
                proba[i],
                X_eval,
                self.loss,
            )
            for i in range(len(pool.candidates))
        )
        return -np.array(errors)

    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        if self.max_candidates is not None:
            limit = max(self.max_candidates, n_picks)
            if limit < len(pool.candidates):
                unsure = [margin(proba_of(self.estimator_, X)) for X in pool.chunks()]
                best = best_rows(np.concatenate(unsure), limit)
                pool = pool.among(pool.candidates[best])
        scores = self._score_pool(pool, self._eval_rows(pool.X))
        best = best_rows(scores, n_picks)
        return pool.candidates[best], scores[best]


def _has_squared_penalty(model: LogisticRegression) -> bool:
    if model.penalty in ("l1", "elasticnet"):
        return False
    return model.penalty in ("l2", None) or not model.l1_ratio


def _refit_error(
    model: Any,
    X: Any,
    labels: NDArray,
    classes: NDArray,
    params: dict[str, Any],
    proba: NDArray[np.floating],
    X_eval: Any,
    loss: str,
) -> float:
    """Return the expected error after a label of the last row of X."""
    error = 0.0
    for label, p in zip(classes, proba, strict=True):
        y = np.append(labels, np.asarray([label], labels.dtype))
        predicted = proba_of(clone(model).fit(X, y, **params), X_eval)
        error += p * LOSSES[loss](predicted).mean()
    return float(error)
