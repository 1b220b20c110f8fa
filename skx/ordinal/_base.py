# SPDX-License-Identifier: BSD-3-Clause
"""What the estimators share: reading rows and labels, storing a fit, predicting."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.base import ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score
from sklearn.utils import assert_all_finite, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from skx._backend import check_device_array, is_device_array, like, namespace_of
from skx._base.estimator import SkxEstimator
from skx._base.labels import keep_missing
from skx._base.sklearn import (
    Interval,
    StrOptions,
    check_sample_weight,
    count_rows,
    fit_context,
)
from skx._caller import caller_level
from skx.ordinal import _device, _kernels
from skx.ordinal._design import Design
from skx.ordinal._device_links import DeviceLikelihood
from skx.ordinal._links import FAMILIES, LINKS, Likelihood
from skx.ordinal._problem import Effects, ElasticNet, Problem, Walls, no_penalty
from skx.ordinal._solvers import (
    RankError,
    Solution,
    minimise,
    minimise_apart,
    recession,
)

DECISIONS = ("mode", "median", "mean", "cost")
# Methods that compute where X lives.
ON_DEVICE = {
    "fit",
    "linear_predictor",
    "predict_log_proba",
    "predict_proba",
    "predict_cumproba",
    "predict_exceedance",
    "predict",
    "sample",
    "crossing_rate",
    "score",
}


@dataclass(frozen=True)
class Task:
    """What a fit reads: rows of positive weight, and classes by their rank."""

    X: Any  # (n, p) float64 or float32, in C order or on a device; or CSR array
    codes: NDArray[np.int64]
    weights: NDArray[np.float64]
    classes: NDArray
    rows: NDArray[np.intp]  # positions of these rows among those handed over


class OrderedClassifier(ClassifierMixin, SkxEstimator):
    """Base of the classifiers of ordered classes: all that follows predict_proba."""

    # Parameters that all of them have.
    _decision_constraints: ClassVar[dict] = {
        "decision": [StrOptions(set(DECISIONS))],
        "cost_matrix": ["array-like", None],
        "categories": ["array-like", None],
    }

    def _check_costs(self, n_classes: int) -> None:
        if self.decision != "cost":
            return
        if self.cost_matrix is None:
            raise ValueError(
                "decision='cost' needs cost_matrix, whose entry [i, j] is the cost of "
                "predicting class j when class i is true."
            )
        costs = np.asarray(self.cost_matrix, dtype=float)
        if costs.shape != (n_classes, n_classes):
            raise ValueError(
                f"cost_matrix has shape {costs.shape} but y has {n_classes} classes; "
                f"give one of shape {(n_classes, n_classes)}."
            )
        if not np.isfinite(costs).all():
            raise ValueError("cost_matrix holds NaN or infinity; give finite costs.")

    def _rank_rows(
        self, X: Any, y: Any, sample_weight: Any
    ) -> tuple[NDArray, NDArray[np.int64], NDArray[np.float64], NDArray[np.intp]]:
        """Read the labels: classes, then rank, weight and number of each weighted row.

        The weights are those of all rows.
        """
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is "
                "None; give one class per row."
            )
        ordered = declared_order(y)
        n_rows = count_rows(X)
        labels = column_or_1d(keep_missing(y), warn=True)
        if len(labels) != n_rows:
            raise ValueError(
                f"y has {len(labels)} entries but X has {n_rows} rows; give one "
                "class per row."
            )
        weights = check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
        kept = np.flatnonzero(weights)
        if not len(kept):
            raise ValueError("sample_weight is zero for every row; nothing to fit.")
        _refuse_missing(labels[kept], kept)
        classes, codes = rank_labels(labels[kept], self.categories, ordered)
        self._check_costs(len(classes))
        return classes, codes, weights, kept

    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``; minus infinity for probability 0.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict_cumproba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probability that the outcome is at most each class.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        cumproba : ndarray of shape (n_samples, n_classes)
            P(Y <= class); the last column is 1.
        """
        proba = self.predict_proba(X)
        if is_device_array(proba):
            return _device.cumulate(proba)
        cumulative = np.cumsum(proba, axis=1).clip(0.0, 1.0)
        cumulative[:, -1] = 1.0
        return cumulative

    def predict_exceedance(self, X: ArrayLike, level: Any) -> NDArray[np.float64]:
        """Return the probability of an outcome above a class.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.
        level : one of ``classes_``
            The class to be exceeded.

        Returns
        -------
        proba : ndarray of shape (n_samples,)
            P(Y > level), summed over the classes above, so that a small probability
            keeps its relative accuracy.
        """
        proba = self.predict_proba(X)
        at = np.flatnonzero(self.classes_ == level)
        if len(at) != 1:
            raise ValueError(
                f"level is {level!r}, which is none of the classes "
                f"{self.classes_.tolist()}."
            )
        above = proba[:, int(at[0]) + 1 :]
        if is_device_array(above):
            return namespace_of(above).sum(above, axis=1)
        return above.sum(axis=1)

    def predict(self, X: ArrayLike) -> NDArray:
        """Return a class for each row, chosen as ``decision`` says.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Classes.
        """
        proba = self.predict_proba(X)
        if is_device_array(proba):
            chosen = _device.choose_class(proba, self.decision, self.cost_matrix)
            return _device.labels_of(self.classes_, chosen)
        return self.classes_[choose_class(proba, self.decision, self.cost_matrix)]

    def sample(self, X: ArrayLike, random_state: Any = None) -> NDArray:
        """Draw an outcome for each row from its predicted probabilities.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.
        random_state : int, RandomState instance or None, default=None
            Seed of the draw.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Classes.
        """
        cumulative = self.predict_cumproba(X)
        size = (cumulative.shape[0], 1)
        draws = check_random_state(random_state).uniform(size=size)
        if is_device_array(cumulative):
            chosen = _device.place(like(cumulative, draws), cumulative)
            return _device.labels_of(self.classes_, chosen)
        return self.classes_[(draws >= cumulative[:, :-1]).sum(axis=1)]


class OrdinalModel(OrderedClassifier):
    """Base of the estimators whose boundaries are linear in the columns."""

    # Of the models of a path, of which one is chosen, this would say too much.
    _tells_of_crossing = True

    # Parameters that all of them have.
    _shared_constraints: ClassVar[dict] = {
        **OrderedClassifier._decision_constraints,
        "family": [StrOptions(set(FAMILIES))],
        "link": [StrOptions(set(LINKS))],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "standardize": ["boolean"],
        "penalty_factor": [
            Interval(Real, 0, None, closed="left"),
            "array-like",
            None,
        ],
        "positive": ["boolean", "array-like", None],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "crossing": [StrOptions({"isotonic", "clip", "raise"})],
        "feasibility": [StrOptions({"train", "none"})],
        "warm_start": ["boolean"],
        "verbose": ["verbose"],
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> "OrdinalModel":
        """Fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows; finite numbers. A sparse matrix is not made dense.
        y : array-like of shape (n_samples,)
            Classes: numbers in their order, an ordered categorical, or anything else
            together with ``categories``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative; an integer weight is the same as so many equal rows.

        Returns
        -------
        self : estimator
            Fitted.

        Raises
        ------
        ValueError
            For one class, a level without rows, unknown levels, or coefficients that
            are not determined.
        """
        self._fit(X, y, sample_weight)
        return self

    def _fit(
        self, X: Any, y: Any, sample_weight: Any
    ) -> tuple[Task, Problem, Solution]:
        """Fit, and return what was read, what was minimised and where it ended."""
        task = self._read(X, y, sample_weight, is_checked_later=True)
        problem = self._problem(task)
        net = self._net(problem.effects)
        problem = problem.with_(penalty=net.at(self.alpha, self.l1_ratio))
        report = _printer(self) if self.verbose else None
        solution = self._minimum(problem, self._first(task, problem), report=report)
        self._tell(problem, solution)
        self._store(task, problem, solution)
        return task, problem, solution

    def _read(
        self, X: Any, y: Any, sample_weight: Any, *, is_checked_later: bool = False
    ) -> Task:
        """Validate what fit was given; drop rows without weight, rank the classes.

        Whether a dense X is finite may be left to `_problem`, whose reading of the
        rows tells without another one.
        """
        if is_device_array(X):
            return self._read_there(X, y, sample_weight)
        y, sample_weight = _device.here(y), _device.here(sample_weight)
        X = validate_data(
            self,
            X,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            order="C",
            ensure_all_finite=not is_checked_later,
        )
        classes, codes, weights, kept = self._rank_rows(X, y, sample_weight)
        if is_checked_later and (sparse.issparse(X) or len(kept) < len(weights)):
            self._check_finite(X)
        if len(kept) < len(weights):
            X = X[kept]
        if sparse.issparse(X):
            X = sparse.csr_array(X)
            if not X.has_canonical_format:
                X = X.copy()
                X.sum_duplicates()
        return Task(X, codes, weights[kept], classes, kept)

    def _read_there(self, X: Any, y: Any, sample_weight: Any) -> Task:
        """Read rows on a device; labels and weights are read on the host."""
        X = check_device_array(X)
        validate_data(self, X, skip_check_array=True)
        classes, codes, weights, kept = self._rank_rows(
            np.empty((X.shape[0], 0)), _device.here(y), _device.here(sample_weight)
        )
        if len(kept) < len(weights):
            X = _device.take_rows(X, kept)
        return Task(X, codes, weights[kept], classes, kept)

    def _check_finite(self, X: Any) -> None:
        assert_all_finite(X, estimator_name=type(self).__name__, input_name="X")

    def _feature_name(self, j: int) -> str:
        names = getattr(self, "feature_names_in_", None)
        return f"column {j}" if names is None else f"column {names[j]!r}"

    def _per_feature(self, name: str, value: Any, default: float) -> NDArray:
        """Read a parameter that may hold one number per feature."""
        if value is None:
            return np.full(self.n_features_in_, default)
        array = np.asarray(value, dtype=float)
        if array.ndim == 0:
            array = np.full(self.n_features_in_, float(array))
        if array.shape != (self.n_features_in_,):
            raise ValueError(
                f"{name} has shape {array.shape} but X has {self.n_features_in_} "
                f"features; give one entry per feature."
            )
        if not (np.isfinite(array).all() and (array >= 0).all()):
            raise ValueError(f"{name} must be finite and at least 0; got {value!r}.")
        return array

    def _first(self, task: Task, problem: Problem) -> NDArray[np.float64]:
        """Return where the solver begins: at the last fit, with ``warm_start``."""
        start = problem.start()
        if not (self.warm_start and hasattr(self, "coef_")):
            return start
        shape = (len(task.classes) - 1, self.n_features_in_)
        if self.coef_.shape != shape or not np.array_equal(self.classes_, task.classes):
            return start
        effects, design = problem.effects, problem.design
        z = start.copy()
        thresholds, common, blocks = effects.split(z)
        scaled = self.coef_ * design.scale
        thresholds[:] = self.thresholds_ - self.coef_ @ design.center
        common[:] = scaled[0, effects.shared]
        blocks[:] = np.linalg.lstsq(effects.mixing, scaled[:, ~effects.shared])[0]
        return z if problem.objective(z) < problem.objective(start) else start

    def _minimum(
        self,
        problem: Problem,
        z: NDArray[np.float64],
        walls: Walls | None = None,
        report: Callable[[int, float, float], None] | None = None,
    ) -> Solution:
        """Run the solver; columns without penalty that others determine stay at 0.

        ``z`` and ``walls`` are where it begins.
        """
        kept = np.ones(self.n_features_in_, dtype=bool)
        while True:
            unknowns = problem.effects.unknowns_of(kept)
            solve: Callable[..., Solution] = minimise
            if self.feasibility == "train":
                solve = partial(
                    minimise_apart, walls=walls.restrict(unknowns) if walls else None
                )
            try:
                solution = solve(
                    problem if kept.all() else problem.restrict(kept),
                    z[unknowns],
                    tol=self.tol,
                    max_iter=self.max_iter,
                    solver=getattr(self, "solver", "auto"),
                    report=report,
                )
                break
            except RankError as error:
                at = np.flatnonzero(unknowns)[error.unknowns]
                owners = problem.effects.features_of()
                kept[owners[at - problem.effects.n_boundaries]] = False
        if kept.all():
            return solution
        return replace(solution.expand(unknowns), dropped=np.flatnonzero(~kept))

    def _tell(self, problem: Problem, solution: Solution) -> None:
        """Warn where a fit cannot be trusted."""
        if len(solution.dropped):
            self._warn_of_dropped(problem, solution.dropped)
        if solution.crosses:
            warn_user(
                "The boundaries of some rows still cross after all rounds of "
                "constraints; use a larger alpha or max_iter, fewer non-parallel "
                "columns, or family='acat', whose probabilities are never negative.",
                ConvergenceWarning,
            )
        elif not solution.converged:
            warn_user(
                f"{type(self).__name__} stopped after {solution.n_iter} steps with "
                f"optimality conditions violated by {solution.violation:.2g}; raise "
                f"max_iter={self.max_iter}, or scale the columns of X.",
                ConvergenceWarning,
            )
        else:
            self._warn_if_separated(problem, solution)
        n_touching = self._count_touching(problem, solution.z) if solution.walls else 0
        if n_touching:
            warn_user(
                f"The boundaries of {n_touching} rows touch: without the constraint "
                "that keeps probabilities from becoming negative they would cross. "
                "Another family ('sratio', 'acat') has no such limit.",
            )

    def _warn_of_dropped(self, problem: Problem, columns: NDArray[np.intp]) -> None:
        reasons = "; ".join(
            f"{self._feature_name(int(j))} is constant"
            if problem.design.constant[j]
            else f"{self._feature_name(int(j))} is a linear combination of others"
            for j in columns[:5]
        )
        more = f" and {len(columns) - 5} more" if len(columns) > 5 else ""
        warn_user(
            f"Coefficients without penalty are not determined: {reasons}{more}. They "
            "were set to 0; drop the columns, or use alpha > 0.",
        )

    def _warn_if_separated(self, problem: Problem, solution: Solution) -> None:
        step = recession(problem, solution)
        if step is None:
            return
        slopes = np.abs(problem.effects.slopes(step)).max(axis=0)
        pulled = slopes * problem.design.extent()
        far = np.flatnonzero(pulled > max(0.1 * pulled.max(), 0.01))
        names = ", ".join(self._feature_name(int(j)) for j in far[:5]) or "thresholds"
        warn_user(
            "The likelihood has no maximum, or one too far out to be of use: classes "
            f"are separated by {names}. The coefficients would go on growing and were "
            "stopped; use alpha > 0, or merge levels.",
            ConvergenceWarning,
        )

    def _store(self, task: Task, problem: Problem, solution: Solution) -> None:
        design, q = problem.design, problem.effects.n_boundaries
        z = solution.z
        self.classes_ = task.classes
        self.thresholds_, self.coef_ = problem.on_scale_of_columns(z)
        self.n_iter_ = max(1, solution.n_iter)
        total = design.total_weight
        loss = solution.objective - problem.penalty.value(z)
        self.objective_ = solution.objective
        self.loglik_ = -total * loss
        shares = design.frequencies
        self.null_loglik_ = float(total * (shares * np.log(shares)).sum())
        self.n_parameters_ = q + int(np.count_nonzero(z[q:]))
        self.aic_ = 2.0 * self.n_parameters_ - 2.0 * self.loglik_
        self.bic_ = np.log(total) * self.n_parameters_ - 2.0 * self.loglik_
        self.kkt_violation_ = solution.violation
        self.feasibility_active_ = self._count_touching(problem, z)

    def _count_touching(self, problem: Problem, z: NDArray[np.float64]) -> int:
        """Return the number of rows at which two boundaries are held together."""
        if not problem.likelihood.may_cross or problem.effects.shared.all():
            return 0
        return problem.count_touching(z, 1e-6)

    def _effects(self, n_boundaries: int) -> Effects:
        """Return how the coefficients make the slopes."""
        raise NotImplementedError

    def _block_factors(self, n_blocks: int) -> NDArray[np.float64]:
        """Return the factor of the penalty of each block of `Effects`."""
        return np.ones(n_blocks)

    def _problem(self, task: Task) -> Problem:
        """Return the problem without penalty."""
        is_there = is_device_array(task.X)
        design = (_device.DeviceDesign if is_there else Design)(
            task.X,
            task.codes,
            task.weights,
            len(task.classes),
            standardize=self.standardize,
        )
        huge = np.flatnonzero(design.overflows)
        if len(huge):
            if not is_there:
                self._check_finite(task.X)
            raise ValueError(
                f"{self._feature_name(int(huge[0]))} of X holds values whose squares "
                "overflow; divide it by a power of 10 first."
            )
        effects = self._effects(len(task.classes) - 1)
        penalty = no_penalty(effects)
        if is_there:
            return _device.DeviceProblem(
                design, self._likelihood_there, effects, penalty
            )
        return Problem(design, self._likelihood, effects, penalty)

    def _net(self, effects: Effects) -> ElasticNet:
        """Return the penalty up to its strength and the share of the lasso."""
        q = effects.n_boundaries
        owners = effects.features_of()
        n_free = int((~effects.shared).sum())
        blocks = self._block_factors(effects.mixing.shape[1])
        by_block = np.concatenate(
            [np.ones(len(owners) - len(blocks) * n_free), np.repeat(blocks, n_free)]
        )
        factor = self._per_feature("penalty_factor", self.penalty_factor, 1.0)
        positive = self._per_feature("positive", self.positive, 0.0) > 0
        return ElasticNet(
            np.concatenate([np.zeros(q), factor[owners] * by_block]),
            np.concatenate([np.zeros(q, dtype=bool), positive[owners]]),
        )

    @property
    def _likelihood(self) -> Likelihood:
        return Likelihood(self.family, self.link)

    @property
    def _likelihood_there(self) -> DeviceLikelihood:
        return DeviceLikelihood(self.family, self.link)

    def _runs_on_device(self, method: str) -> bool:
        return method in ON_DEVICE

    def score(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the share of rows whose class is predicted.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Classes.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative.

        Returns
        -------
        accuracy : float
            Weighted share of the rows.
        """
        if not is_device_array(X):
            return float(super().score(X, _device.here(y), _device.here(sample_weight)))
        predicted = _device.here(self.predict(X))
        weights = _device.here(sample_weight)
        return float(accuracy_score(_device.here(y), predicted, sample_weight=weights))

    def linear_predictor(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the linear predictor of each boundary.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        eta : ndarray of shape (n_samples, n_classes - 1)
            ``thresholds_[k] - X @ coef_[k]`` for each boundary k.
        """
        check_is_fitted(self)
        if is_device_array(X):
            rows: Any = check_device_array(X)
            validate_data(self, rows, reset=False, skip_check_array=True)
            return self._eta_there(rows)
        rows = validate_data(
            self,
            X,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            reset=False,
        )
        return np.asarray(self.thresholds_ - rows @ self._distinct_slopes.T)

    @property
    def _distinct_slopes(self) -> NDArray[np.float64]:
        """Slopes of each boundary, or of all: rounding must not make them cross."""
        slopes = self.coef_
        return slopes[:1] if (slopes == slopes[0]).all() else slopes

    def _eta_there(self, rows: Any) -> Any:
        return _device.predictors(rows, self.thresholds_, self._distinct_slopes)

    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``; computed in logarithms, exact in the tails.
        """
        eta = self.linear_predictor(X)
        if is_device_array(eta):
            return self._log_proba_there(eta)
        return self._log_proba(eta)

    def _log_proba_there(self, eta: Any) -> Any:
        """Return what `_log_proba` does; rows that cross are mended on the host."""
        log_proba = _device.log_probabilities(self._likelihood_there, eta)
        crossed, rows = _device.rows_with_nan(log_proba, eta)
        if len(rows):
            with np.errstate(divide="ignore"):
                mended = np.log(self._mend(rows, eta.shape[0]))
            log_proba = _device.replace_rows(log_proba, crossed, mended)
        return log_proba

    def _log_proba(self, eta: NDArray[np.float64]) -> NDArray[np.float64]:
        log_proba = self._likelihood.log_probabilities(eta.T)
        crossed = np.flatnonzero(np.isnan(log_proba).any(axis=1))
        if len(crossed):
            with np.errstate(divide="ignore"):
                log_proba[crossed] = np.log(self._mend(eta[crossed], len(eta)))
        return log_proba

    def _mend(self, eta: NDArray[np.float64], n_rows: int) -> NDArray[np.float64]:
        """Return probabilities for rows whose boundaries cross."""
        message = f"The boundaries cross for {len(eta)} of {n_rows} rows"
        if self.crossing == "raise":
            raise ValueError(
                f"{message}, which makes probabilities negative; use "
                "crossing='isotonic' or 'clip', or family='sratio' or 'acat'."
            )
        if self._tells_of_crossing:
            warn_user(
                f"{message}; their probabilities were mended by crossing="
                f"{self.crossing!r}.",
            )
        below = np.empty_like(eta.T, order="C")
        above = np.empty_like(below)
        _kernels.log_tails(
            np.ascontiguousarray(eta.T), self._likelihood.code, below, above
        )
        cumulative = np.ascontiguousarray(np.exp(below).T)
        if self.crossing == "isotonic":
            _kernels.pool_rows(cumulative)
        edges = np.zeros((len(eta), 1)), np.ones((len(eta), 1))
        proba = np.diff(np.hstack([edges[0], cumulative, edges[1]]), axis=1)
        proba = np.maximum(proba, 0.0)
        return proba / proba.sum(axis=1, keepdims=True)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``, at least 0, rows sum to 1.
        """
        log_proba = self.predict_log_proba(X)
        if is_device_array(log_proba):
            return namespace_of(log_proba).exp(log_proba)
        return np.exp(log_proba)

    def crossing_rate(self, X: ArrayLike) -> float:
        """Return the share of rows at which two boundaries cross.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        rate : float
            0 for parallel models and for families other than "cumulative".
        """
        eta = self.linear_predictor(X)
        if not self._likelihood.may_cross:
            return 0.0
        if is_device_array(eta):
            return _device.crossing_rate(eta)
        return float((np.diff(eta, axis=1) < 0.0).any(axis=1).mean())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        # The checks' classes lie anywhere, not along a line.
        tags.classifier_tags.poor_score = True
        return tags


def class_probabilities(above: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return (n, K) probabilities of the classes from the K - 1 of lying above each.

    Rows that increase somewhere are replaced by the nearest ones that do not.
    """
    falling = np.negative(above, dtype=np.float64, order="C")
    _kernels.pool_rows(falling)
    edges = np.full((len(above), 1), -1.0), np.zeros((len(above), 1))
    return np.diff(np.hstack([edges[0], falling, edges[1]]), axis=1)


def choose_class(
    proba: NDArray[np.float64], decision: str, cost_matrix: Any
) -> NDArray[np.intp]:
    """Return the position of the class that a decision rule takes, row by row."""
    if decision == "mode":
        return proba.argmax(axis=1)
    if decision == "median":
        below = np.cumsum(proba, axis=1)[:, :-1]
        return (below < 0.5).sum(axis=1)
    if decision == "mean":
        ranks = np.arange(proba.shape[1])
        return np.floor(proba @ ranks + 0.5).astype(np.intp)
    return (proba @ np.asarray(cost_matrix, dtype=float)).argmin(axis=1)


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line of the user's code that led here, however deep that is."""
    warnings.warn(message, category, stacklevel=caller_level())


def declared_order(y: Any) -> list[Any] | None:
    """Return the levels of an ordered categorical column, in their order."""
    dtype: Any = getattr(y, "dtype", None)
    if getattr(dtype, "ordered", False) or type(dtype).__name__ == "Enum":
        return list(dtype.categories)
    return None


def is_missing(label: Any) -> bool:
    """Tell whether a label is None, NaN or pandas' NA."""
    return label is None or type(label).__name__ == "NAType" or label != label


def _refuse_missing(labels: NDArray, rows: NDArray[np.intp]) -> None:
    missing = np.zeros(len(labels), dtype=bool)
    if labels.dtype.kind == "f":
        missing = np.isnan(labels)
    elif labels.dtype == object:
        missing = np.array([is_missing(label) for label in labels], dtype=bool)
    if missing.any():
        raise ValueError(
            f"Input y contains NaN or None in {missing.sum()} rows, first in row "
            f"{rows[missing.argmax()]}; leave out rows without a class."
        )


def rank_labels(
    labels: NDArray, categories: Any, ordered: list[Any] | None
) -> tuple[NDArray, NDArray[np.int64]]:
    """Return the classes from lowest to highest, and each label's rank among them.

    Parameters
    ----------
    labels : (n,)
    categories : the estimator's parameter; goes before ``ordered``
    ordered : levels that the column of labels declares, or None
    """
    levels = ordered if categories is None else list(np.asarray(categories).tolist())
    if levels is None:
        if labels.dtype == object and not any(isinstance(v, str) for v in labels):
            numbers = np.array(labels.tolist())
            labels = numbers if numbers.dtype.kind in "biuf" else labels
        check_classification_targets(labels)
        classes, codes = np.unique(labels, return_inverse=True)
        if classes.dtype.kind in "OUS" and len(classes) > 2:
            warn_user(
                "y holds text and its order was not given: the classes are taken in "
                f"alphabetical order, {classes.tolist()}. Pass categories=[...] from "
                "lowest to highest, or an ordered categorical.",
            )
    else:
        rank = {level: k for k, level in enumerate(levels)}
        if len(rank) < len(levels):
            raise ValueError(f"categories holds a level twice: {levels}.")
        values = labels.tolist()
        unknown = sorted({str(v) for v in values if v not in rank})
        if unknown:
            # cross_val_predict of scikit-learn puts codes in place of text.
            are_codes = labels.dtype.kind in "iu" and isinstance(levels[0], str)
            raise ValueError(
                f"y holds {', '.join(unknown)}, which the order of the levels, "
                f"{levels}, leaves out; "
                + (
                    "where scikit-learn has put numbers in place of text, as "
                    "cross_val_predict does, let the classes be numbers from the start."
                    if are_codes
                    else "name every level in categories."
                )
            )
        codes = np.array([rank[v] for v in values], dtype=np.int64)
        counts = np.bincount(codes, minlength=len(levels))
        if (counts == 0).any() and len(levels) > 1:
            empty = [levels[k] for k in np.flatnonzero(counts == 0)]
            raise ValueError(
                f"No row with positive weight has level {', '.join(map(repr, empty))}; "
                "its boundaries cannot be estimated. Merge levels, or leave it out of "
                "the categories."
            )
        classes = np.array(
            levels, dtype=labels.dtype if labels.dtype != object else None
        )
    if len(classes) < 2:
        raise ValueError(
            f"y holds one class, {classes.tolist()[0]!r}; a fit needs at least 2 "
            "classes."
        )
    return classes, codes.astype(np.int64)


def _printer(estimator: Any) -> Callable[[int, float, float], None]:
    def report(step: int, objective: float, drop: float) -> None:
        print(
            f"[{type(estimator).__name__}] step {step}: objective {objective:.8f}, "
            f"{drop:.1e} to gain"
        )

    return report
