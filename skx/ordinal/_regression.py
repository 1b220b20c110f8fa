# SPDX-License-Identifier: BSD-3-Clause
"""Ordinal regression: cumulative, ratio and adjacent-category models."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, sparse, special, stats
from sklearn.base import clone
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from skx._base.sklearn import Interval, StrOptions, count_rows, fit_context
from skx._optional import require
from skx.ordinal import _inference
from skx.ordinal._base import OrdinalModel, Task, warn_user
from skx.ordinal._design import column_moments
from skx.ordinal._problem import Effects, Problem
from skx.ordinal._solvers import Solution

COVARIANCES = ("nonrobust", "expected", "HC0", "cluster")


class OrdinalRegression(OrdinalModel):
    """Regression for ordered classes: proportional odds and its relatives.

    For grades, severities, ratings and stages: classes that have an order but no
    distance. Proportional odds (the default) says with one coefficient per column how
    it moves the whole distribution, and uses all classes to estimate it. Where a
    column moves some boundaries more than others, give it slopes of its own
    (``nonparallel``); where one end is rare, shrink them towards each other with
    `PRESTO`. Not for classes without an order.

    Parameters
    ----------
    family : {"cumulative", "sratio", "cratio", "acat"}, default="cumulative"
        What the predictor eta_k of boundary k = 0, 1, ... stands for:
        P(Y <= k) = F(eta_k), of which proportional odds is the parallel logit case;
        stopping ratio, P(Y = k given Y >= k) = F(eta_k); continuation ratio,
        P(Y > k given Y >= k) = F(-eta_k); adjacent categories,
        P(Y = k + 1 given Y is k or k + 1) = F(-eta_k).
    link : {"logit", "probit", "cloglog", "loglog", "cauchit"}, default="logit"
        Inverse link F: logistic, normal, 1 - exp(-exp(t)), exp(-exp(-t)), Cauchy.
    alpha : float >= 0, default=0.0
        Strength of the penalty on the mean loss; thresholds are never penalised. 0 is
        maximum likelihood.
    l1_ratio : float in [0, 1], default=0.0
        Share of the lasso in the penalty: 0 is ridge, 1 sets coefficients to 0.
    nonparallel : "all", array-like or None, default=None
        Columns with a slope of their own at every boundary: names, positions or a mask.
    standardize : bool, default=False
        Whether the penalty is on the coefficients of columns of unit deviation;
        ``coef_`` is on the scale of X either way.
    penalty_factor : array-like of shape (n_features,), float or None, default=None
        Factor >= 0 of each column's penalty; 0 leaves a column without. None is 1.
    positive : array-like of shape (n_features,), bool or None, default=None
        Columns whose coefficients must be at least 0.
    solver : {"auto", "newton", "lbfgs"}, default="auto"
        Newton with the exact Hessian, or L-BFGS that starts from a sample's Hessian and
        reads many rows faster. "auto" chooses by size. With an l1 penalty or
        ``positive``, coordinate descent solves Newton's quadratic models.
    tol : float > 0, default=1e-8
        Half the squared Newton decrement, per unit of weight, to stop at: what one more
        step would take off the mean loss.
    max_iter : int >= 1, default=100
        Most steps of the solver; five to ten are usual.
    decision : {"mode", "median", "mean", "cost"}, default="mode"
        How `predict` chooses: the most probable class (the lower of equals), the lowest
        class that at least half of the probability lies at or below (best for costs
        that grow with the distance), the rounded expected rank, or the class of least
        expected cost.
    cost_matrix : array-like of shape (n_classes, n_classes) or None, default=None
        For ``decision="cost"``: entry [i, j] is the cost of predicting class j when
        class i is true.
    crossing : {"isotonic", "clip", "raise"}, default="isotonic"
        What predictions do with a row at which boundaries cross, so that a probability
        would be negative: replace the cumulative probabilities by the nearest ones in
        order, set negative probabilities to 0 and rescale, or raise. The first two
        warn. Other rows are not touched.
    feasibility : {"train", "none"}, default="train"
        Whether no two boundaries may cross at any row of the fit. "none" asks only that
        each row's own class keeps a positive probability. Matters for the family
        "cumulative" with slopes that differ between boundaries.
    categories : array-like of shape (n_classes,) or None, default=None
        Classes from lowest to highest. None takes the order of an ordered categorical,
        else sorts (with a warning for text). Listed from highest to lowest, they give
        the model of the reversed order.
    cov_type : {"nonrobust", "expected", "HC0", "cluster"} or None, default="nonrobust"
        Covariance of the estimates, where nothing is penalised: from the second
        derivatives of the likelihood, from their expectation, or a sandwich of them
        that stands a wrong model ("HC0"), and rows that depend on each other within
        ``groups`` ("cluster"). None leaves it out, and saves a reading of the rows.
    warm_start : bool, default=False
        Whether to begin at the coefficients of the last fit.
    verbose : int or bool, default=0
        Whether to print a line for every step.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes from lowest to highest.
    thresholds_ : ndarray of shape (n_classes - 1,)
        Thresholds of the boundaries.
    coef_ : ndarray of shape (n_classes - 1, n_features)
        Slopes of each boundary, on the scale of X. A positive one
        pushes towards higher classes.
    n_iter_ : int
        Steps of the solver.
    loglik_, null_loglik_ : float
        Weighted log-likelihood of the fit, and of the thresholds alone.
    objective_ : float
        What was minimised: mean loss and penalty.
    n_parameters_ : int
        Thresholds and coefficients that are not 0.
    aic_, bic_ : float
        Information criteria; the number of observations is the sum of the weights.
    kkt_violation_ : float
        Largest violation of the conditions of optimality, on the scale of the mean loss
        and of the columns as the solver sees them.
    feasibility_active_ : int
        Rows of the fit at which two boundaries are held less than 1e-6 apart.
    n_observations_ : float
        Sum of the weights.
    covariance_ : ndarray of shape (n_estimates, n_estimates)
        Covariance of the estimates, in the order of the rows of `summary`: thresholds,
        columns with one slope, then the others column by column. NaN for columns that
        the others determine. Only after a fit by maximum likelihood, see Notes.
    standard_errors_ : dict
        Standard errors "thresholds" of shape (n_classes - 1,) and "coef", of the shape
        of ``coef_``. Where there is ``covariance_``.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    OrdinalRegressionCV : The same with ``alpha`` chosen by cross-validation.
    PRESTO : Slopes that differ, shrunken towards equal ones; for a rare last class.

    Notes
    -----
    The linear predictor of boundary k is ``eta_k = thresholds_[k] - x @ coef_[k]``. The
    objective is the weighted mean of minus the log-likelihood plus
    ``alpha * (l1_ratio * sum(abs(b)) + (1 - l1_ratio) / 2 * sum(b**2))`` over the
    coefficients b. Columns are centred for the fit, which the thresholds take back; a
    sparse X is not centred and not made dense.

    In a cumulative model with different slopes boundaries can cross, where a class
    would have a negative probability. No row of the fit does (``feasibility``): this is
    a convex problem with linear constraints, and it is solved as such.

    The rows are read once per class they touch, so the cost of a step grows with rows
    and with the square of the columns, hardly with the classes.

    Weights count observations: a row of weight 2 is two rows, also in standard errors.
    For sampling weights, which say how many of a population a row stands for, use
    ``cov_type="cluster"`` with a group for each row. With G groups, "cluster"
    multiplies by G / (G - 1).

    There is no covariance where the estimates are no free maximum of the likelihood:
    with a penalty, with coefficients held at 0 by ``positive``, and with boundaries
    held apart by ``feasibility``. `summary` says which.

    CuPy arrays are read on the device, in the fit too; the small systems of the solver
    are solved on the host, and fitted attributes are NumPy arrays. ``brant_test`` and a
    fit with ``cov_type="cluster"`` copy them to the host and warn.

    References
    ----------
    P. McCullagh (1980), Regression Models for Ordinal Data, Journal of the Royal
    Statistical Society B 42.

    A. Agresti (2010), Analysis of Ordinal Categorical Data, 2nd edition, Wiley.

    M. Wurm, P. Rathouz, B. Hanlon (2021), Regularized Ordinal Regression and the
    ordinalNet R Package, Journal of Statistical Software 99(6).

    Examples
    --------
    >>> from skx.datasets import load_wine_quality_red
    >>> from skx.ordinal import OrdinalRegression
    >>> X, y = load_wine_quality_red(return_X_y=True)
    >>> model = OrdinalRegression().fit(X, y)
    >>> model.coef_[0].round(2)[[1, 9, 10]]  # volatile acidity, sulphates, alcohol
    array([-3.4 ,  2.9 ,  0.83])
    """

    _parameter_constraints: ClassVar[dict] = {
        **OrdinalModel._shared_constraints,
        "alpha": [Interval(Real, 0, None, closed="left")],
        "nonparallel": [StrOptions({"all"}), "array-like", None],
        "solver": [StrOptions({"auto", "newton", "lbfgs"})],
        "cov_type": [StrOptions(set(COVARIANCES)), None],
    }

    def __init__(
        self,
        *,
        family: str = "cumulative",
        link: str = "logit",
        alpha: float = 0.0,
        l1_ratio: float = 0.0,
        nonparallel: Any = None,
        standardize: bool = False,
        penalty_factor: Any = None,
        positive: Any = None,
        solver: str = "auto",
        tol: float = 1e-8,
        max_iter: int = 100,
        decision: str = "mode",
        cost_matrix: Any = None,
        crossing: str = "isotonic",
        feasibility: str = "train",
        categories: Any = None,
        cov_type: str | None = "nonrobust",
        warm_start: bool = False,
        verbose: int = 0,
    ) -> None:
        self.family = family
        self.link = link
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.nonparallel = nonparallel
        self.standardize = standardize
        self.penalty_factor = penalty_factor
        self.positive = positive
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.decision = decision
        self.cost_matrix = cost_matrix
        self.crossing = crossing
        self.feasibility = feasibility
        self.categories = categories
        self.cov_type = cov_type
        self.warm_start = warm_start
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        groups: ArrayLike | None = None,
    ) -> "OrdinalRegression":
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
        groups : array-like of shape (n_samples,) or None, default=None
            For ``cov_type="cluster"``: labels of the groups within which rows may
            depend on each other.

        Returns
        -------
        self : estimator
            Fitted.

        Raises
        ------
        ValueError
            For one class, a level without rows, unknown levels, or groups that do not
            fit ``cov_type``.
        """
        if (self.cov_type == "cluster") != (groups is not None):
            raise ValueError(
                f"cov_type={self.cov_type!r} "
                + (
                    "needs groups; pass the group of each row, fit(X, y, groups=...)."
                    if groups is None
                    else "does not read groups; pass them with cov_type='cluster'."
                )
            )
        owners = None if groups is None else _encode(groups, count_rows(X))
        task, problem, solution = self._fit(X, y, sample_weight)
        if owners is not None:
            owners = np.unique(owners[task.rows], return_inverse=True)[1]
            if not owners.any():
                raise ValueError(
                    "groups holds one group among the rows of positive weight; "
                    "cov_type='cluster' needs at least 2."
                )
        self._store_covariance(problem, solution, owners)
        return self

    def _runs_on_device(self, method: str) -> bool:
        if method == "fit":
            # Sums over groups are taken on the host.
            return self.cov_type != "cluster" and super()._runs_on_device(method)
        tests = ("conf_int", "parallel_score_test", "parallel_lr_test")
        return method in tests or super()._runs_on_device(method)

    def _store_covariance(
        self, problem: Problem, solution: Solution, groups: NDArray[np.intp] | None
    ) -> None:
        effects = problem.effects
        q, p = effects.n_boundaries, len(effects.shared)
        self.n_observations_ = problem.design.total_weight
        self._parallel = effects.shared
        self._kept = np.ones(p, dtype=bool)
        self._kept[solution.dropped] = False
        for name in ("covariance_", "standard_errors_"):
            self.__dict__.pop(name, None)
        held = problem.penalty.positive & (solution.z == 0.0)
        self._not_inferred = ""
        if problem.penalty.l1.any() or problem.penalty.l2.any():
            self._not_inferred = (
                "its penalty pulls coefficients towards 0; fit OrdinalRegression with "
                "alpha=0, or bootstrap the fit"
            )
        elif held[effects.unknowns_of(self._kept)].any():
            self._not_inferred = (
                "positive holds coefficients at 0; leave out their columns"
            )
        elif solution.walls and self.feasibility_active_:
            self._not_inferred = (
                f"the boundaries of {self.feasibility_active_} rows are held apart; "
                "use fewer nonparallel columns, or family='sratio' or 'acat'"
            )
        if self.cov_type is None or self._not_inferred:
            return
        if not self._kept.all():
            problem = problem.restrict(self._kept)
        unknowns = effects.unknowns_of(self._kept)
        try:
            spread = _inference.covariance(
                problem, solution.z[unknowns], self.cov_type, groups
            )
        except linalg.LinAlgError:
            self._not_inferred = (
                "the information is singular, as the likelihood is flat there; leave "
                "out columns, or merge classes"
            )
            return
        at = _inference.positions(effects.shared, q)
        here = self._determined()
        self.covariance_ = np.full((effects.n_unknowns,) * 2, np.nan)
        self.covariance_[np.ix_(here, here)] = spread
        errors = np.sqrt(np.diag(self.covariance_))
        self.standard_errors_ = {"thresholds": errors[:q], "coef": errors[at]}

    def _effects(self, n_boundaries: int) -> Effects:
        return Effects(~self._free_columns(), np.eye(n_boundaries))

    def _free_columns(self) -> NDArray[np.bool_]:
        """Mask of the columns with slopes of their own at every boundary."""
        p = self.n_features_in_
        free = np.zeros(p, dtype=bool)
        if self.nonparallel is None:
            return free
        if isinstance(self.nonparallel, str):
            return ~free
        wanted = np.asarray(self.nonparallel)
        if wanted.dtype == bool:
            if wanted.shape != (p,):
                raise ValueError(
                    f"nonparallel is a mask of shape {wanted.shape} but X has {p} "
                    "features; give one entry per feature."
                )
            return wanted
        names = getattr(self, "feature_names_in_", None)
        for column in wanted.ravel().tolist():
            if isinstance(column, str):
                at = np.flatnonzero(np.asarray(names) == column)
                if len(at) != 1:
                    known = (
                        "has no column names" if names is None else f"has {list(names)}"
                    )
                    raise ValueError(f"nonparallel names {column!r} but X {known}.")
                free[at[0]] = True
            elif isinstance(column, int) and -p <= column < p:
                free[column] = True
            else:
                raise ValueError(
                    f"nonparallel holds {column!r} but X has {p} features; give names, "
                    "positions below that number, or a mask."
                )
        return free

    @property
    def _boundaries(self) -> list[str]:
        return [f"{low}|{high}" for low, high in pairwise(self.classes_)]

    def _columns(self) -> NDArray:
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            return np.array([f"x{j}" for j in range(self.n_features_in_)], dtype=object)
        return names

    def _terms(self) -> list[str]:
        """Names of the thresholds and coefficients, in the order of covariance_."""
        names = self._columns()
        own = [
            f"{name}[{boundary}]"
            for name in names[~self._parallel]
            for boundary in self._boundaries
        ]
        return [*self._boundaries, *names[self._parallel], *own]

    def _estimates(self) -> NDArray[np.float64]:
        return np.concatenate(
            [
                self.thresholds_,
                self.coef_[0, self._parallel],
                self.coef_[:, ~self._parallel].T.ravel(),
            ]
        )

    def _errors(self, purpose: str) -> NDArray[np.float64]:
        """Return the standard errors, or say why there are none."""
        check_is_fitted(self)
        self._refuse(purpose)
        if not hasattr(self, "covariance_"):
            raise ValueError(
                f"{purpose} needs standard errors, which cov_type=None left out; fit "
                "with another cov_type."
            )
        return np.sqrt(np.diag(self.covariance_))

    def _refuse(self, purpose: str) -> None:
        if self._not_inferred:
            raise ValueError(
                f"{purpose} needs a free maximum of the likelihood, but "
                f"{self._not_inferred}."
            )

    def summary(self, *, level: float = 0.95) -> Any:
        """Return a table of the estimates.

        Parameters
        ----------
        level : float in (0, 1), default=0.95
            Level of the confidence limits.

        Returns
        -------
        table : pandas.DataFrame
            A row for each threshold, named after the classes it lies between, and for
            each coefficient, in the order of ``covariance_``: ``estimate``,
            ``std_error``, ``z`` and ``p_value`` (of the hypothesis 0), confidence
            limits ``lower`` and ``upper``. With the logit link also ``odds_ratio``,
            exp(coefficient): the factor on the odds of a higher class, where the
            family says between which classes, for one unit more of the column.
        """
        errors = self._errors("summary")
        pandas = require("pandas", "summary")
        estimates = self._estimates()
        z = estimates / errors
        reach = _normal_reach(level) * errors
        table = {
            "estimate": estimates,
            "std_error": errors,
            "z": z,
            "p_value": 2.0 * stats.norm.sf(np.abs(z)),
            "lower": estimates - reach,
            "upper": estimates + reach,
        }
        if self.link == "logit":
            q = len(self.thresholds_)
            table["odds_ratio"] = np.append(np.full(q, np.nan), np.exp(estimates[q:]))
        return pandas.DataFrame(table, index=self._terms())

    def fit_statistics(self) -> Any:
        """Return figures of the whole fit.

        Returns
        -------
        figures : pandas.Series
            ``n_observations`` (sum of the weights), ``n_parameters``, ``loglik``,
            ``null_loglik``, ``lr_chi2``, ``lr_df`` and ``lr_p_value`` of the test that
            all coefficients are 0 (NaN after a fit that is not by maximum likelihood),
            ``aic``, ``bic``, ``mcfadden_r2`` (1 - loglik / null_loglik) and
            ``nagelkerke_r2``.
        """
        check_is_fitted(self)
        pandas = require("pandas", "fit_statistics")
        chi2, df = np.nan, np.nan
        if not self._not_inferred:
            chi2 = 2.0 * (self.loglik_ - self.null_loglik_)
            df = float(self.n_parameters_ - len(self.thresholds_))
        n = self.n_observations_
        figures = {
            "n_observations": n,
            "n_parameters": self.n_parameters_,
            "loglik": self.loglik_,
            "null_loglik": self.null_loglik_,
            "lr_chi2": chi2,
            "lr_df": df,
            "lr_p_value": stats.chi2.sf(chi2, df),
            "aic": self.aic_,
            "bic": self.bic_,
            "mcfadden_r2": 1.0 - self.loglik_ / self.null_loglik_,
            "nagelkerke_r2": _inference.nagelkerke(self.loglik_, self.null_loglik_, n),
        }
        return pandas.Series(figures, name=type(self).__name__)

    def conf_int(
        self,
        level: float = 0.95,
        method: str = "wald",
        *,
        X: Any = None,
        y: Any = None,
        sample_weight: Any = None,
    ) -> Any:
        """Return confidence limits.

        Parameters
        ----------
        level : float in (0, 1), default=0.95
            Share of the intervals that should hold the true value.
        method : {"wald", "profile"}, default="wald"
            Estimate plus and minus a multiple of the standard error; or all values
            that a likelihood ratio test does not reject, which are better with few
            rows and large effects, and need the rows of the fit and some refits.
        X : array-like or sparse matrix of shape (n_samples, n_features), default=None
            For "profile": the rows of the fit.
        y : array-like of shape (n_samples,), default=None
            For "profile": the classes of the fit.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            For "profile": the weights of the fit.

        Returns
        -------
        limits : pandas.DataFrame
            Columns ``lower`` and ``upper``, rows as in `summary`. A profile that never
            falls far enough gives an infinite limit.
        """
        check_is_fitted(self)
        reach = _normal_reach(level)
        if method == "wald":
            width = reach * self._errors("conf_int")
            limits = self._estimates()[:, None] + width[:, None] * [-1.0, 1.0]
        elif method == "profile":
            if X is None or y is None:
                raise ValueError(
                    "method='profile' maximises the likelihood again; pass X and y "
                    "(and sample_weight) of the fit."
                )
            limits = self._profile_limits(X, y, sample_weight, reach**2)
        else:
            raise ValueError(f"method is {method!r}; use 'wald' or 'profile'.")
        pandas = require("pandas", "conf_int")
        return pandas.DataFrame(limits, self._terms(), columns=["lower", "upper"])

    def _profile_limits(
        self, X: Any, y: Any, sample_weight: Any, deviance: float
    ) -> NDArray[np.float64]:
        problem = self._problem_again("conf_int", X, y, sample_weight)[1]
        z = self._unknowns(problem)
        if not self._kept.all():
            z = z[problem.effects.unknowns_of(self._kept)]
            problem = problem.restrict(self._kept)
        made = _inference.parameters_of_unknowns(problem.effects, problem.design)
        here = self._determined()
        limits = np.full((len(self._estimates()), 2), np.nan)
        for contrast, at in zip(made, here, strict=True):
            limits[at] = [
                _inference.profile_limit(problem, z, contrast, deviance, side)
                for side in (-1, 1)
            ]
        return limits

    def brant_test(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Any:
        """Test proportional odds by the logistic regressions of all boundaries.

        Each boundary gets a binary logistic regression of its own, and a Wald test asks
        whether their slopes agree. Small p-values speak against proportional odds.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The rows of the fit.
        y : array-like of shape (n_samples,)
            The classes of the fit.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            The weights of the fit.

        Returns
        -------
        table : pandas.DataFrame
            ``chi2``, ``df`` and ``p_value`` for all columns with one slope together,
            and for each.

        Notes
        -----
        For the family "cumulative" with the logit link. The covariance of the slopes of
        different boundaries is the one that the probabilities of the binary regressions
        imply.

        References
        ----------
        R. Brant (1990), Assessing Proportionality in the Proportional Odds Model for
        Ordinal Logistic Regression, Biometrics 46.
        """
        if (self.family, self.link) != ("cumulative", "logit"):
            raise ValueError(
                "brant_test is for family='cumulative' with link='logit', but the "
                f"model has family={self.family!r} and link={self.link!r}; use "
                "parallel_score_test or parallel_lr_test."
            )
        task, _ = self._problem_again("brant_test", X, y, sample_weight)
        tested = self._tested("brant_test")
        kept = np.flatnonzero(self._kept)
        rows = task.X[:, kept]
        mean, deviation, _ = column_moments(rows, task.weights / task.weights.sum())
        if sparse.issparse(rows):
            rows = sparse.csr_array(rows @ sparse.diags_array(1.0 / deviation))
        else:
            rows = (rows - mean) / deviation
        q = len(self.thresholds_)
        slopes = np.empty((q, rows.shape[1]))
        above = np.empty((len(task.codes), q))
        binary = OrdinalRegression(tol=self.tol, max_iter=self.max_iter, cov_type=None)
        is_above = np.zeros(count_rows(X), dtype=bool)
        for k, boundary in enumerate(self._boundaries):
            is_above[task.rows] = task.codes > k
            with _prefixed(f"In the binary regression of boundary {boundary}: "):
                binary.fit(X, is_above, sample_weight)
            slopes[k] = binary.coef_[0, kept] * deviation
            eta = binary.linear_predictor(X)[task.rows, 0]
            above[:, k] = special.expit(-eta)
        try:
            chi2 = _inference.brant_statistics(
                rows, task.weights, slopes, above, np.searchsorted(kept, tested)
            )
        except linalg.LinAlgError:
            raise ValueError(
                "brant_test has no covariance: the classes on both sides of a boundary "
                "are separated. Use parallel_score_test, which needs no binary fits."
            ) from None
        df = self._more_slopes(len(tested))
        return self._table_of_tests("brant_test", chi2, df, tested)

    def parallel_score_test(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Any:
        """Test equal slopes of all boundaries without another fit.

        Rao's score test: whether the likelihood would rise steeply if columns with one
        slope got a slope of their own at each boundary. Small p-values speak against
        equal slopes.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The rows of the fit.
        y : array-like of shape (n_samples,)
            The classes of the fit.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            The weights of the fit.

        Returns
        -------
        table : pandas.DataFrame
            ``chi2``, ``df`` and ``p_value`` for all columns with one slope together,
            and for each.
        """
        name = "parallel_score_test"
        problem = self._problem_again(name, X, y, sample_weight, nonparallel="all")[1]
        tested = self._tested(name)
        kept = self._kept
        z = self._unknowns(problem)[problem.effects.unknowns_of(kept)]
        chi2 = _inference.score_statistics(
            problem.restrict(kept), z, self._parallel[kept]
        )
        df = self._more_slopes(len(tested))
        return self._table_of_tests(name, chi2, df, tested)

    def parallel_lr_test(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Any:
        """Test equal slopes of all boundaries by likelihood ratios.

        The model is fitted again with slopes of their own at each boundary, for all
        columns with one slope together and for each alone. Small p-values speak against
        equal slopes.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The rows of the fit.
        y : array-like of shape (n_samples,)
            The classes of the fit.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            The weights of the fit.

        Returns
        -------
        table : pandas.DataFrame
            ``chi2``, ``df`` and ``p_value`` for all columns with one slope together,
            and for each. Slopes that the rows do not determine do not count in ``df``.

        Warns
        -----
        UserWarning
            What the larger fits warn of, with their name. Where boundaries touch or
            classes are separated the p-value is an approximation.
        """
        name = "parallel_lr_test"
        task, problem = self._problem_again(name, X, y, sample_weight)
        tested = self._tested(name)
        chi2, ranks = [], []
        for columns in [tested, *tested[:, None]]:
            free = ~self._parallel
            free[columns] = True
            larger = clone(self).set_params(
                nonparallel=free,
                categories=self.classes_,
                cov_type=None,
                warm_start=False,
            )
            which = (
                "all columns"
                if len(columns) > 1
                else self._feature_name(int(columns[0]))
            )
            with _prefixed(f"In the fit with separate slopes of {which}: "):
                larger.fit(X, y, sample_weight)
            chi2.append(max(0.0, 2.0 * (larger.loglik_ - self.loglik_)))
            ranks.append(_inference.rank(larger._problem(task)))
        df = np.array(ranks) - _inference.rank(problem)
        return self._table_of_tests(name, np.array(chi2), df, tested)

    def _tested(self, purpose: str) -> NDArray[np.intp]:
        """Columns whose slopes are equal by assumption."""
        if len(self.thresholds_) < 2:
            raise ValueError(
                f"{purpose} compares boundaries, and 2 classes have one; it needs at "
                "least 3 classes."
            )
        tested = np.flatnonzero(self._parallel & self._kept)
        if not len(tested):
            raise ValueError(
                f"{purpose} tests equal slopes, but no column has them; fit with fewer "
                "nonparallel columns."
            )
        return tested

    def _more_slopes(self, n_tested: int) -> NDArray[np.intp]:
        """Slopes in addition, where all tested columns are freed, and each of them."""
        return (len(self.thresholds_) - 1) * np.array([n_tested, *[1] * n_tested])

    def _table_of_tests(
        self, purpose: str, chi2: NDArray, df: NDArray, tested: NDArray[np.intp]
    ) -> Any:
        pandas = require("pandas", purpose)
        table = {"chi2": chi2, "df": df, "p_value": stats.chi2.sf(chi2, df)}
        return pandas.DataFrame(table, ["all columns", *self._columns()[tested]])

    def _problem_again(
        self,
        purpose: str,
        X: Any,
        y: Any,
        sample_weight: Any,
        nonparallel: Any = None,
    ) -> tuple[Task, Problem]:
        """Read the rows of the fit again, and make sure that they are the same."""
        check_is_fitted(self)
        self._refuse(purpose)
        validate_data(self, X, reset=False, skip_check_array=True)
        free = ~self._parallel if nonparallel is None else nonparallel
        model = clone(self).set_params(nonparallel=free, categories=self.classes_)
        task = model._read(X, y, sample_weight)
        problem = model._problem(task)
        loglik = -problem.design.total_weight * problem.loss(self._unknowns(problem))
        if not abs(loglik - self.loglik_) <= 1e-6 * abs(self.loglik_):
            raise ValueError(
                f"{purpose} needs the rows of the fit: the log-likelihood of these is "
                f"{loglik:.6g}, that of the fit was {self.loglik_:.6g}. Pass the same "
                "X, y and sample_weight."
            )
        return task, problem

    def _unknowns(self, problem: Problem) -> NDArray[np.float64]:
        """Return the estimates as unknowns of a problem."""
        design, shared = problem.design, problem.effects.shared
        scaled = self.coef_ * design.scale
        return np.concatenate(
            [
                self.thresholds_ - self.coef_ @ design.center,
                scaled[0, shared],
                scaled[:, ~shared].ravel(),
            ]
        )

    def _determined(self) -> NDArray[np.intp]:
        """Positions of the thresholds and of the coefficients of columns in use."""
        q = len(self.thresholds_)
        at = _inference.positions(self._parallel, q)
        return np.unique(np.concatenate([np.arange(q), at[:, self._kept].ravel()]))


def _normal_reach(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level!r}; it must lie between 0 and 1.")
    return float(stats.norm.isf(0.5 * (1.0 - level)))


def _encode(groups: Any, n_rows: int) -> NDArray[np.intp]:
    labels = check_array(groups, ensure_2d=False, dtype=None, input_name="groups")
    labels = column_or_1d(labels)
    if len(labels) != n_rows:
        raise ValueError(
            f"groups has {len(labels)} entries but X has {n_rows} rows; give one group "
            "per row."
        )
    return np.unique(labels, return_inverse=True)[1]


@contextmanager
def _prefixed(prefix: str) -> Iterator[None]:
    """Warn of what is warned of inside, saying where it comes from."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        warn_user(f"{prefix}{warning.message}", warning.category)
