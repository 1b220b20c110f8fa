# SPDX-License-Identifier: BSD-3-Clause
"""Ordinal regression with the strength of its penalty chosen by cross-validation."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike

from skx.ordinal._base import Task
from skx.ordinal._problem import Problem
from skx.ordinal._regression import OrdinalRegression
from skx.ordinal._search import AlphaSearch
from skx.ordinal._solvers import Solution


class OrdinalRegressionCV(AlphaSearch, OrdinalRegression):
    """Ordinal regression that chooses the strength of its penalty.

    For many columns or few rows, where maximum likelihood follows noise. Ridge by
    default; with ``l1_ratio=1`` the lasso leaves columns out. With separate slopes
    (``nonparallel``) each is shrunken towards 0; `PRESTOCV` shrinks them towards each
    other instead.

    Parameters
    ----------
    alphas : array-like of shape (n_alphas,) or None, default=None
        Strengths of the penalty to choose from, each >= 0. None makes a grid from the
        data.
    n_alphas : int >= 1, default=20
        Length of the grid, whose first strength is the least one at which no penalised
        coefficient leaves 0.
    eps : float in (0, 1), default=1e-4
        Last strength of the grid as a share of the first. Lower it where the last one
        is chosen.
    l1_ratio : float in [0, 1] or array-like of such, default=0.0
        Share of the lasso: 1 sets coefficients exactly to 0, 0 is ridge. Of
        several, the best is chosen; each has its own grid.
    cv : int, splitter, iterable of pairs or None, default=5
        Folds: a number of stratified ones (None is 5), an object with ``split``, or
        pairs of row positions to fit and to score. Each fold must be fitted to rows of
        all classes.
    scoring : str or callable, default="neg_log_loss"
        What to choose by; greater is better. A name of
        :func:`skx.ordinal.metrics.get_scorer_names`, such as "neg_log_loss", "brier",
        "rps", "rare_log_loss", "rare_brier", "mae" or "qwk", or of scikit-learn, or
        ``scoring(estimator, X, y)``, which is given a `OrdinalRegression`.
    rare_class : label or None, default=None
        The class that "rare_log_loss" and "rare_brier" look at. None is the last one.
    selection : {"min", "1se"}, default="min"
        The best mean score over folds, or the largest strength whose mean score is
        within one standard error of it, which gives a simpler model.
    criterion : {"aic", "bic", "ebic"} or None, default=None
        Choose by this information criterion instead, which needs no folds.
    family : {"cumulative", "sratio", "cratio", "acat"}, default="cumulative"
        What the predictor eta_k of boundary k = 0, 1, ... stands for:
        P(Y <= k) = F(eta_k), of which proportional odds is the parallel logit case;
        stopping ratio, P(Y = k given Y >= k) = F(eta_k); continuation ratio,
        P(Y > k given Y >= k) = F(-eta_k); adjacent categories,
        P(Y = k + 1 given Y is k or k + 1) = F(-eta_k).
    link : {"logit", "probit", "cloglog", "loglog", "cauchit"}, default="logit"
        Inverse link F: logistic, normal, 1 - exp(-exp(t)), exp(-exp(-t)), Cauchy.
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
    n_jobs : int or None, default=None
        Number of threads over folds and ``l1_ratio``; None means 1, -1 all. The result
        does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of a shuffle of the rows before they are put into an integer number of
        folds. None does not shuffle.
    verbose : int or bool, default=0
        Whether to print a line for every path.

    Attributes
    ----------
    alpha_ : float
        The strength chosen; of equally good ones the largest.
    l1_ratio_ : float
        The share of the lasso chosen.
    alphas_ : ndarray of shape (n_alphas,) or (n_l1_ratios, n_alphas)
        The strengths to choose from, descending. This and the next have the axis for
        ``l1_ratio`` where it is a list.
    scores_path_ : ndarray of shape (n_alphas, n_folds)
        Scores of the folds, greater is better; without ``criterion`` only.
    criterion_path_ : ndarray of shape (n_alphas,)
        Values of ``criterion``, lower is better; with it only.
    coefs_path_ : ndarray of shape (n_alphas, n_classes - 1, n_features)
        ``coef_`` for each strength, fitted to all rows.
    thresholds_path_ : ndarray of shape (n_alphas, n_classes - 1)
        ``thresholds_`` for each strength, fitted to all rows.
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
    OrdinalRegression : The same with a given strength, or none.
    PRESTOCV : Slopes that differ, shrunken towards equal ones; for a rare last class.

    Notes
    -----
    The grid is that of all rows, also in the folds, so that a strength means the same
    in each. Every fold is fitted along the grid, each fit starting at the one before,
    and standardised by its own rows. Mean scores count folds alike, whatever their
    size; scores that differ by rounding are ties. The model is the one on the path of
    all rows, and warnings are given for that one alone.

    Sample weights count in the fits and in the scores of the folds. A row of weight 0
    is as if it were not there, but for positions in pairs of ``cv``, which count all
    rows. Without metadata routing ``groups`` of ``fit`` goes to the splitter.

    For a criterion the degrees of freedom are thresholds and coefficients that are not
    0, or, as far as the penalty is a ridge, the trace of H (H + P)^-1 over these, with
    the Hessians H of the loss and P of the penalty. "ebic" adds to "bic" twice the
    logarithm of the number of ways to choose so many of the penalised coefficients.

    Other than in `OrdinalRegression`, columns are standardised by default, since a
    penalty that is chosen is never 0; hand over ``standardize`` together with
    ``alpha_`` and ``l1_ratio_``.

    CuPy arrays are read on the device, for the paths of all folds and for predictions;
    coordinate descent and scores are computed on the host, and fitted attributes are
    NumPy arrays. With a callable or scikit-learn's name as ``scoring`` they are copied
    to the host, with a warning.

    References
    ----------
    J. Chen, Z. Chen (2008), Extended Bayesian Information Criteria for Model Selection
    with Large Model Spaces, Biometrika 95(3); gamma = 1.

    T. Hastie, R. Tibshirani, J. Friedman (2009), The Elements of Statistical Learning,
    2nd edition, Springer, section 7.10 (one standard error) and 7.6.

    Examples
    --------
    >>> from skx.datasets import load_wine_quality_red
    >>> from skx.ordinal import OrdinalRegressionCV
    >>> X, y = load_wine_quality_red(return_X_y=True)
    >>> model = OrdinalRegressionCV(l1_ratio=1, selection="1se", cv=3).fit(X, y)
    >>> int((model.coef_[0] != 0).sum()), X.shape[1]
    (4, 11)
    """

    _plain = OrdinalRegression
    _parameter_constraints: ClassVar[dict] = {
        **{
            name: constraint
            for name, constraint in OrdinalRegression._parameter_constraints.items()
            if name not in ("alpha", "warm_start", "cov_type")
        },
        **AlphaSearch._search_constraints,
    }

    cov_type = None  # there is a penalty

    def __init__(
        self,
        *,
        alphas: ArrayLike | None = None,
        n_alphas: int = 20,
        eps: float = 1e-4,
        l1_ratio: Any = 0.0,
        cv: Any = 5,
        scoring: Any = "neg_log_loss",
        rare_class: Any = None,
        selection: str = "min",
        criterion: str | None = None,
        family: str = "cumulative",
        link: str = "logit",
        nonparallel: Any = None,
        standardize: bool = True,
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
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.alphas = alphas
        self.n_alphas = n_alphas
        self.eps = eps
        self.l1_ratio = l1_ratio
        self.cv = cv
        self.scoring = scoring
        self.rare_class = rare_class
        self.selection = selection
        self.criterion = criterion
        self.family = family
        self.link = link
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
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _store(self, task: Task, problem: Problem, solution: Solution) -> None:
        super()._store(task, problem, solution)
        self._store_covariance(problem, solution, None)
