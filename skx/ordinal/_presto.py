# SPDX-License-Identifier: BSD-3-Clause
"""PRESTO: slopes that differ between boundaries, shrunken towards each other."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx._base.sklearn import Interval, StrOptions, check_parameters, validate_params
from skx.ordinal._base import OrdinalModel, Task
from skx.ordinal._path import (
    follow,
    free_fit,
    grid_of_alphas,
    largest_alpha,
    sorted_alphas,
)
from skx.ordinal._problem import Effects, Problem
from skx.ordinal._solvers import Solution

FUSIONS = ("adjacent", "reference", "none", "semiparallel")


def mixing_of(fusion: str, n_boundaries: int) -> NDArray[np.float64]:
    """Return how blocks of coefficients add up to the slopes of the boundaries."""
    identity = np.eye(n_boundaries)
    if fusion == "adjacent":
        return np.tril(np.ones((n_boundaries, n_boundaries)))
    if fusion == "reference":
        identity[:, 0] = 1.0
        return identity
    if fusion == "semiparallel":
        return np.column_stack([np.ones(n_boundaries), identity])
    return identity


class PRESTO(OrdinalModel):
    """Ordinal regression whose slopes differ, shrunken towards proportional odds.

    For a rare last class (the severe case, the purchase at the end of a funnel): the
    commoner boundaries before it have the same causes, so its slopes are estimated as
    theirs plus small differences. Between the two extremes that usually go wrong, one
    slope for all boundaries and a separate model for the rare one. Choose ``alpha`` by
    cross-validation.

    Parameters
    ----------
    alpha : float >= 0, default=0.01
        Strength of the penalty on the mean loss; thresholds are never penalised.
    l1_ratio : float in [0, 1], default=1.0
        Share of the lasso: 1 makes most differences exactly 0, 0 is ridge.
    base_penalty : float >= 0, default=1.0
        Factor of the penalty on the slopes of the first boundary. 0 shrinks towards
        proportional odds without penalty, else towards no slopes at all.
    fusion : {"adjacent", "reference", "none", "semiparallel"}, default="adjacent"
        What is penalised: the slopes of the first boundary and the differences between
        neighbouring boundaries; those and the differences from the first boundary; the
        slopes themselves; or common slopes (with factor ``base_penalty``) and each
        boundary's deviations from them.
    family : {"cumulative", "sratio", "cratio", "acat"}, default="cumulative"
        What the predictor eta_k of boundary k = 0, 1, ... stands for:
        P(Y <= k) = F(eta_k), of which proportional odds is the parallel logit case;
        stopping ratio, P(Y = k given Y >= k) = F(eta_k); continuation ratio,
        P(Y > k given Y >= k) = F(-eta_k); adjacent categories,
        P(Y = k + 1 given Y is k or k + 1) = F(-eta_k).
    link : {"logit", "probit", "cloglog", "loglog", "cauchit"}, default="logit"
        Inverse link F: logistic, normal, 1 - exp(-exp(t)), exp(-exp(-t)), Cauchy.
    standardize : bool, default=True
        Whether the penalty is on the coefficients of columns of unit deviation;
        ``coef_`` is on the scale of X either way.
    penalty_factor : array-like of shape (n_features,), float or None, default=None
        Factor >= 0 of each column's penalty; 0 leaves a column without. None is 1.
    positive : array-like of shape (n_features,), bool or None, default=None
        Columns whose coefficients must be at least 0.
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
    deviations_ : ndarray of shape (n_blocks, n_features)
        The penalised coefficients: for "adjacent" the slopes of the first boundary and
        the steps from each boundary to the next, of which ``coef_`` are the sums.
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
    PRESTOCV : The same with ``alpha`` chosen by cross-validation or a criterion.
    presto_path : The fits along a grid of ``alpha``.
    OrdinalRegression : One slope for all boundaries, or separate ones.

    Notes
    -----
    With steps psi, the slopes of boundary k are the sum of psi_0 to psi_k, and the
    objective is the weighted mean of minus the log-likelihood plus
    ``alpha * (l1_ratio * sum(abs(psi)) + (1 - l1_ratio) / 2 * sum(psi**2))``, on the
    standardised scale. A constant column gets the coefficient 0.

    Proximal Newton with coordinate descent; no two boundaries cross at a row of the
    fit. The code published with the paper takes the steps for the slopes when it
    predicts and when it undoes the centring; this is the method as the paper has it.

    CuPy arrays are read on the device, in the fit too; coordinate descent runs on the
    host, and fitted attributes are NumPy arrays.

    References
    ----------
    G. Faletto, J. Bien (2023), Predicting Rare Events by Shrinking Towards Proportional
    Odds, ICML, PMLR 202.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.ordinal import PRESTO
    >>> rng = np.random.default_rng(0)
    >>> X = rng.uniform(-1, 1, size=(2000, 3))
    >>> y = np.digitize(X @ [2, 1, 0] + rng.logistic(size=2000), [0, 2, 4])
    >>> model = PRESTO(alpha=0.01).fit(X, y)
    >>> model.coef_.shape
    (3, 3)
    >>> int(np.count_nonzero(model.deviations_))
    2
    """

    _parameter_constraints: ClassVar[dict] = {
        **OrdinalModel._shared_constraints,
        "alpha": [Interval(Real, 0, None, closed="left")],
        "base_penalty": [Interval(Real, 0, None, closed="left")],
        "fusion": [StrOptions(set(FUSIONS))],
    }

    def __init__(
        self,
        alpha: float = 0.01,
        *,
        l1_ratio: float = 1.0,
        base_penalty: float = 1.0,
        fusion: str = "adjacent",
        family: str = "cumulative",
        link: str = "logit",
        standardize: bool = True,
        penalty_factor: Any = None,
        positive: Any = None,
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
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.base_penalty = base_penalty
        self.fusion = fusion
        self.family = family
        self.link = link
        self.standardize = standardize
        self.penalty_factor = penalty_factor
        self.positive = positive
        self.tol = tol
        self.max_iter = max_iter
        self.decision = decision
        self.cost_matrix = cost_matrix
        self.crossing = crossing
        self.feasibility = feasibility
        self.categories = categories
        self.warm_start = warm_start
        self.verbose = verbose

    def _store(self, task: Task, problem: Problem, solution: Solution) -> None:
        super()._store(task, problem, solution)
        blocks = problem.effects.split(solution.z)[2]
        self.deviations_ = blocks / problem.design.scale

    def _effects(self, n_boundaries: int) -> Effects:
        shared = np.zeros(self.n_features_in_, dtype=bool)
        return Effects(shared, mixing_of(self.fusion, n_boundaries))

    def _block_factors(self, n_blocks: int) -> NDArray[np.float64]:
        factors = np.ones(n_blocks)
        if self.fusion != "none":
            factors[0] = self.base_penalty
        return factors


@validate_params(
    {
        "alphas": ["array-like", None],
        "n_alphas": [Interval(Integral, 1, None, closed="left")],
        "eps": [Interval(Real, 0, 1, closed="neither")],
    },
    prefer_skip_nested_validation=True,
)
def presto_path(
    X: ArrayLike,
    y: ArrayLike,
    *,
    alphas: ArrayLike | None = None,
    n_alphas: int = 20,
    eps: float = 0.01,
    l1_ratio: float = 1.0,
    base_penalty: float = 1.0,
    fusion: str = "adjacent",
    family: str = "cumulative",
    link: str = "logit",
    standardize: bool = True,
    penalty_factor: Any = None,
    sample_weight: ArrayLike | None = None,
    tol: float = 1e-8,
) -> tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], dict[str, NDArray]
]:
    """Return the fits of `PRESTO` along a grid of penalty strengths.

    To see when slopes begin to differ; to choose one strength, use `PRESTOCV`. Each fit
    starts at the one before, so that a path takes a few fits' time.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Rows; finite numbers.
    y : array-like of shape (n_samples,)
        Classes: numbers in their order, or an ordered categorical.
    alphas : array-like of shape (n_alphas,) or None, default=None
        Strengths >= 0; they are taken from largest to smallest. None makes a grid.
    n_alphas : int >= 1, default=20
        Length of the grid, whose first strength is the least one at which no penalised
        coefficient leaves 0.
    eps : float in (0, 1), default=0.01
        Last strength of the grid as a share of the first. For few rows per
        coefficient 0.01 is enough; with many rows the best strength may be lower.
    l1_ratio : float in [0, 1], default=1.0
        Share of the lasso. A grid for less than 0.01 begins where that for 0.01 does,
        since no finite strength makes all coefficients of a ridge 0.
    base_penalty : float >= 0, default=1.0
        Factor of the penalty on the slopes of the first boundary; with 0 the path
        begins at proportional odds.
    fusion : {"adjacent", "reference", "none", "semiparallel"}, default="adjacent"
        What is penalised, see `PRESTO`.
    family : {"cumulative", "sratio", "cratio", "acat"}, default="cumulative"
        What the boundaries stand for, see `PRESTO`.
    link : {"logit", "probit", "cloglog", "loglog", "cauchit"}, default="logit"
        Inverse link, see `PRESTO`.
    standardize : bool, default=True
        Whether the penalty is on the coefficients of columns of unit deviation.
    penalty_factor : array-like of shape (n_features,), float or None, default=None
        Factor >= 0 of each column's penalty; 0 leaves a column without. None is 1.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Non-negative; an integer weight is the same as so many equal rows.
    tol : float > 0, default=1e-8
        What one more step of the solver would take off the mean loss, to stop at.

    Returns
    -------
    alphas : ndarray of shape (n_alphas,)
        From largest to smallest.
    thresholds : ndarray of shape (n_alphas, n_classes - 1)
        Thresholds of the boundaries.
    coefs : ndarray of shape (n_alphas, n_classes - 1, n_features)
        Slopes of each boundary, on the scale of X.
    info : dict of ndarrays of shape (n_alphas,)
        "loglik", the weighted log-likelihood; "n_nonzero", the coefficients that are
        not 0, thresholds left out; "n_iter", steps of the solver; "objective", mean
        loss and penalty; "kkt_violation", as ``kkt_violation_`` of `PRESTO`.

    See Also
    --------
    PRESTOCV : Chooses a strength.

    Notes
    -----
    CuPy arrays are read on the device; what is returned are NumPy arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.ordinal import presto_path
    >>> rng = np.random.default_rng(0)
    >>> X = rng.uniform(-1, 1, size=(2000, 3))
    >>> y = np.digitize(X @ [2, 1, 0] + rng.logistic(size=2000), [0, 2, 4])
    >>> alphas, thresholds, coefs, info = presto_path(X, y, n_alphas=5)
    >>> info["n_nonzero"]
    array([0, 2, 2, 3, 6])
    """
    model = PRESTO(
        l1_ratio=l1_ratio,
        base_penalty=base_penalty,
        fusion=fusion,
        family=family,
        link=link,
        standardize=standardize,
        penalty_factor=penalty_factor,
        tol=tol,
    )
    check_parameters(model)
    task = model._read(X, y, sample_weight)
    problem = model._problem(task)
    net = model._net(problem.effects)
    if alphas is None:
        free = free_fit(problem, net, model._minimum)
        largest = largest_alpha(problem, net, l1_ratio, free)
        grid = grid_of_alphas(largest, n_alphas, eps)
    else:
        grid = sorted_alphas(alphas)
    solutions = follow(problem, net, grid, l1_ratio, model._minimum)
    # One warning for the path: of the first fit that failed, or of the freest one.
    told = next((i for i, s in enumerate(solutions) if not s.converged), len(grid) - 1)
    model._tell(problem, solutions[told])
    places = [problem.on_scale_of_columns(s.z) for s in solutions]
    penalties = [
        net.at(alpha, l1_ratio).value(solution.z)
        for alpha, solution in zip(grid, solutions, strict=True)
    ]
    objective = np.array([solution.objective for solution in solutions])
    q = problem.effects.n_boundaries
    info: dict[str, NDArray] = {
        "loglik": -problem.design.total_weight * (objective - penalties),
        "n_nonzero": np.array([np.count_nonzero(s.z[q:]) for s in solutions]),
        "n_iter": np.array([solution.n_iter for solution in solutions]),
        "objective": objective,
        "kkt_violation": np.array([solution.violation for solution in solutions]),
    }
    return (
        grid,
        np.array([thresholds for thresholds, _ in places]),
        np.array([slopes for _, slopes in places]),
        info,
    )
