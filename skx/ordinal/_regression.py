# SPDX-License-Identifier: BSD-3-Clause
"""Ordinal regression: cumulative, ratio and adjacent-category models."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skx._base.sklearn import Interval, StrOptions
from skx.ordinal._base import OrdinalModel
from skx.ordinal._problem import Effects


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
        self.warm_start = warm_start
        self.verbose = verbose

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
