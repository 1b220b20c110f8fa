# SPDX-License-Identifier: BSD-3-Clause
"""Logistic regression of rows from the proportions of bags."""

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skx._backend import is_device_array, to_host
from skx._base.sklearn import Interval, StrOptions, fit_context
from skx._caller import caller_level
from skx.proportions._bags import Bags
from skx.proportions._base import LinearBagClassifier
from skx.proportions._counts._posterior import NOISES, read_noise
from skx.proportions._descent import Descent
from skx.proportions._device import DeviceBags
from skx.proportions._losses import BagLoss, CountLoss, Loss, easy_loss
from skx.proportions._solver import (
    LinearFit,
    Penalised,
    column_means,
    first_intercept,
    penalised,
    scale_of,
    solve,
    spread_of_bags,
    spread_of_rows,
)

# Spread of random starts, in units in which the loss curves by about 1.
JITTER = 0.3
# Passes without a lower loss after which stochastic gradients stop.
PATIENCE = 5
# Probability of a warning where bags met at random.
ALARM = 0.01


class ProportionLogisticRegression(LinearBagClassifier):
    """Logistic regression of rows where only shares of bags are known.

    The first model to try: fast, few choices, and hard to beat with few or large bags,
    where more flexible models fit the noise. For curved boundaries give it columns that
    bend (splines, bins), or go on to trees when there are many small bags. Not for data
    with labels of rows: bags of one row give scikit-learn's `LogisticRegression`.

    Parameters
    ----------
    alpha : float >= 0, default=1e-3
        Strength of the penalty, alpha / 2 times the sum of squared coefficients, on
        the mean loss. Matters with few bags: raise it when there are fewer bags than
        columns. Choose it by `bag_log_loss` on held-out bags, see `BagKFold`.
    loss : {"bag", "count", "easy", "squared"}, default="bag"
        What to minimise. "bag": cross-entropy of the mean probability in each bag.
        "count": minus the log-likelihood of the number of rows of the second class,
        better for bags of some 30 rows and less. With three or more classes it is
        exact up to 32 rows and 4096 joint counts, and approximate in larger bags.
        "easy": convex and unbiased, for bags whose rows met at random only. "squared":
        squared error of the mean probability, for noisy shares.
    interpolation : float in [0, 1], default=0.0
        Share of the same loss for each row with the share of its bag as target, in the
        losses "bag" and "squared". 1 is a regression of repeated shares, which shrinks
        by the bag size; values above 0 seldom help.
    count_noise : tuple ("gaussian", sd) or ("laplace", scale), or None, default=None
        Law of the error of counts, in rows; shares may then lie outside [0, 1]. The
        loss "count" uses the law, "bag" clips the shares, the others take them as they
        are. Use ("gaussian", 0.3) for shares rounded to per cent.
    fit_intercept : bool, default=True
        Whether to add a constant, which is not penalised.
    solver : {"lbfgs", "sgd"}, default="lbfgs"
        L-BFGS over all rows, or stochastic gradients over batches of whole bags, which
        is less exact and what `partial_fit` does with data that do not fit in memory.
    tol : float > 0, default=1e-6
        L-BFGS stops when no entry of the gradient is larger than this share of the
        largest one at the start; stochastic gradients when the mean loss of five passes
        has not fallen by this share.
    max_iter : int >= 1, default=300
        Most steps of L-BFGS, or passes over the bags.
    n_restarts : int >= 0, default=0
        Further random starts of L-BFGS; the lowest objective is kept. All losses but
        "easy" can have several minima, though one is what is mostly found.
    random_state : int, RandomState instance or None, default=None
        Seed of restarts and of the order of bags in stochastic gradients.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes: 0, 1, ... unless ``y`` names them.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients; one row for two classes.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    n_iter_ : int
        Steps of L-BFGS from the best start, or passes over the bags.
    objective_ : float
        Mean loss and penalty at the end.
    n_bags_ : int
        Number of bags with a row of positive weight.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    bag_target : A ``y`` that carries its bags.
    bag_log_loss : What to choose models by.

    Notes
    -----
    Every bag counts by the weight of its rows, and its mean probability is the weighted
    one; a row of weight 0 leaves the bag, whose share stays. With weights "easy" uses
    the factor sum of weights / weight of row in place of the bag size.

    The search starts at no effect of any column and the overall share. Columns are
    centred and stretched on the way, exactly undone at the end: neither moves the
    optimum, X is not copied, and a sparse X stays sparse. A step costs two products
    with X.

    CuPy arrays are fitted, predicted and scored on the device, which pays with many
    rows; only L-BFGS itself and what is known of bags stay on the host. Stochastic
    gradients, and "count" with three classes or more, copy X to the host with a
    warning.

    Bags of equal shares and means of columns say nothing about which rows are which: a
    warning tells when shares differ less than chance would have it and there are fewer
    bags than columns.

    References
    ----------
    E. M. Ardehaly, A. Culotta (2017), Co-training for Demographic Classification Using
    Deep Learning from Label Proportions, ICDM Workshops.

    A. Javanmard, L. Chen, V. Mirrokni, A. Badanidiyuru, G. Fu (2024), Learning from
    Aggregate Responses: Instance Level versus Bag Level Loss Functions, ICLR.

    R. Busa-Fekete, H. Choi, T. Dick, C. Gentile, A. Medina (2023), Easy Learning from
    Label Proportions, NeurIPS.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skx.proportions import ProportionLogisticRegression, bag_target, make_bags
    >>> X, labels = make_classification(n_samples=2000, random_state=0)
    >>> bags = make_bags(X, bag_size=20, random_state=0)
    >>> y = bag_target(bags, y=labels)  # 100 shares are all that the fit knows
    >>> model = ProportionLogisticRegression().fit(X, y)
    >>> round(model.score(X, labels), 2)
    0.98
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "alpha": [Interval(Real, 0, None, closed="left")],
        "loss": [StrOptions({"bag", "count", "easy", "squared"})],
        "interpolation": [Interval(Real, 0, 1, closed="both")],
        "count_noise": [tuple, list, None],
        "fit_intercept": ["boolean"],
        "solver": [StrOptions({"lbfgs", "sgd"})],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "n_restarts": [Interval(Integral, 0, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        alpha: float = 1e-3,
        loss: str = "bag",
        interpolation: float = 0.0,
        count_noise: tuple[str, float] | None = None,
        fit_intercept: bool = True,
        solver: str = "lbfgs",
        tol: float = 1e-6,
        max_iter: int = 300,
        n_restarts: int = 0,
        random_state: Any = None,
    ) -> None:
        self.alpha = alpha
        self.loss = loss
        self.interpolation = interpolation
        self.count_noise = count_noise
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.n_restarts = n_restarts
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        bags: ArrayLike | None = None,
    ) -> "ProportionLogisticRegression":
        """Fit to the shares of bags.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            The result of `bag_target`; or the share of the second class in the bag of
            each row, or shares of all classes, constant within ``bags``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of rows; 0 or 1 for the loss "count".
        bags : array-like of shape (n_samples,) or None, default=None
            Bag of each row, unless ``y`` carries them.

        Returns
        -------
        self : ProportionLogisticRegression
            The fitted model.
        """
        rows, read = self._read(X, y, sample_weight, bags)
        make_loss = self._loss_maker(read, rows)
        problem = self._problem(rows, read, make_loss(read))
        start = problem.start(self._first_intercept(read))
        _warn_of_flatness(read, rows.shape[1])
        random = check_random_state(self.random_state)
        self._descent: Descent | None = None
        if self.solver == "sgd":
            self._descent = Descent(problem, start)
            self._random = random  # for further passes by partial_fit
            fit = self._descend(self._descent, rows, read, make_loss, random)
        else:
            moves = JITTER * random.standard_normal((self.n_restarts, len(start)))
            fit = solve(
                problem,
                [start, *(start + moves)],
                tol=self.tol,
                max_iter=self.max_iter,
                owner=type(self).__name__,
            )
        self.coef_, self.intercept_, self.n_iter_, self.objective_ = fit
        self.n_bags_ = read.n_bags
        return self

    def _runs_on_device(self, method: str) -> bool:
        if method == "fit":
            return self.solver == "lbfgs"
        return super()._runs_on_device(method)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        bags: ArrayLike | None = None,
    ) -> "ProportionLogisticRegression":
        """Make one pass of stochastic gradients over some whole bags.

        The first call chooses the scale of the columns, so its bags should be like the
        rest.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows of whole bags.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            As in `fit`.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of rows.
        bags : array-like of shape (n_samples,) or None, default=None
            Bag of each row, unless ``y`` carries them.

        Returns
        -------
        self : ProportionLogisticRegression
            The model after this pass.
        """
        descent: Descent | None = getattr(self, "_descent", None)
        first = descent is None
        rows, read = self._read(X, y, sample_weight, bags, first=first)
        make_loss = self._loss_maker(read, rows)
        if descent is None:
            problem = self._problem(rows, read, make_loss(read))
            descent = Descent(problem, problem.start(self._first_intercept(read)))
            self._random = check_random_state(self.random_state)
            self.n_bags_ = self.n_iter_ = 0
        self._descent = descent
        descent.pass_over(rows, read, make_loss, self._random)
        problem = descent.problem(rows, make_loss(read), read.order)
        self.coef_, self.intercept_ = problem.split(descent.mean)
        self.objective_ = problem(descent.mean)[0]
        self.n_iter_ += 1
        self.n_bags_ += read.n_bags
        return self

    def _read(
        self, X: Any, y: Any, sample_weight: Any, bags: Any, *, first: bool = True
    ) -> tuple[Any, Bags]:
        """Validate what a fit is given."""
        if self.interpolation and self.loss not in ("bag", "squared"):
            raise ValueError(
                f"interpolation={self.interpolation:g} has no meaning for "
                f"loss={self.loss!r}; use loss='bag' or 'squared', or interpolation=0."
            )
        X = self._validate_X(X, reset=first)
        read = self._read_bags(y, sample_weight, bags, X.shape[0], is_fit=first)
        known = None if first else self.classes_
        read = self._read_classes(read)
        if known is not None and not np.array_equal(known, self.classes_):
            found, self.classes_ = self.classes_, known
            raise ValueError(
                f"y has the classes {found.tolist()}, but the first call of "
                f"partial_fit had {known.tolist()}."
            )
        noise = read_noise(self.count_noise)
        several = read.values.ndim > 1
        if self.loss == "count" and noise.kind == NOISES["laplace"] and several:
            raise ValueError(
                "count_noise='laplace' with loss='count' is for two classes; use "
                "('gaussian', sd) with sd = 1.41 times the scale."
            )
        if self.loss == "count" and several and is_device_array(X):
            X = to_host(X, f"The count loss of {type(self).__name__}")
        return X, read

    def _loss_maker(self, whole: Bags, X: Any) -> Any:
        """Return what makes the loss of some of the bags, where X lives."""

        def make(bags: Bags) -> Loss:
            if self.loss == "count":
                return CountLoss(bags, count_noise=self.count_noise, reference=X)
            if self.loss == "easy":
                return easy_loss(bags, whole.prior, X)
            return BagLoss(
                DeviceBags(bags, X) if is_device_array(X) else bags,
                interpolation=self.interpolation,
                squared=self.loss == "squared",
            )

        return make

    def _first_intercept(self, bags: Bags) -> NDArray[np.float64]:
        n_outputs = 1 if bags.values.ndim == 1 else bags.values.shape[1]
        if not self.fit_intercept:
            return np.zeros(n_outputs)
        return first_intercept(bags.prior)

    def _problem(self, X: Any, bags: Bags, loss: Loss) -> Penalised:
        weights = np.zeros(X.shape[0])
        weights[bags.order] = bags.weights
        center = np.zeros(X.shape[1])
        if self.fit_intercept:
            center = column_means(X, weights)
        # Of the losses of bags the curvature at the start is in the means of bags.
        rho = 1.0 if self.loss == "easy" else self.interpolation
        spread = np.zeros(X.shape[1])
        if rho < 1.0:
            spread += (1.0 - rho) * spread_of_bags(X, center, bags)
        if rho > 0.0:
            spread += rho * spread_of_rows(X, center, weights)
        share = np.clip(bags.prior, 0.0, 1.0)
        curvature = float(np.mean(share * (1.0 - share)))
        if self.loss == "squared":
            curvature = 2.0 * curvature**2
        return penalised(
            X,
            loss,
            bags.order,
            alpha=self.alpha,
            n_outputs=1 if bags.values.ndim == 1 else bags.values.shape[1],
            center=center,
            scale=scale_of(curvature * spread, self.alpha),
            fit_intercept=self.fit_intercept,
        )

    def _descend(
        self, descent: Descent, X: Any, bags: Bags, make_loss: Any, random: Any
    ) -> LinearFit:
        """Pass over the bags until the loss does not fall any more."""
        lowest, since = np.inf, 0
        for n_iter in range(1, self.max_iter + 1):  # noqa: B007
            value = descent.pass_over(X, bags, make_loss, random)
            since = 0 if value < lowest - self.tol * abs(lowest) else since + 1
            lowest = min(lowest, value)
            if since == PATIENCE:
                break
        else:
            warnings.warn(
                f"{type(self).__name__} made max_iter={self.max_iter} passes and the "
                f"loss still falls by more than tol={self.tol:g}; raise either.",
                ConvergenceWarning,
                stacklevel=caller_level(),
            )
        problem = descent.problem(X, make_loss(bags), bags.order)
        coef, intercept = problem.split(descent.mean)
        return LinearFit(coef, intercept, n_iter, problem(descent.mean)[0])


def _warn_of_flatness(bags: Bags, n_features: int) -> None:
    """Warn where shares differ less than those of random bags."""
    m = bags.n_bags
    if not 1 < m < n_features:
        return
    totals = bags.totals
    shares = bags.values.reshape(m, -1)
    prior = np.average(shares, axis=0, weights=totals)
    spread = (totals[:, None] * (shares - prior) ** 2).sum() / totals.sum()
    chance = (prior * (1.0 - prior)).sum() * m / bags.n_rows
    if spread < chance * stats.chi2.ppf(ALARM, m - 1) / m:
        warnings.warn(
            f"The shares of the {m} bags differ less than by chance (variance "
            f"{spread:.2g}, by chance {chance:.2g}) and there are {n_features} "
            "columns: they hardly say which rows are which, and the penalty decides. "
            "Bags that differ more are needed, or more of them.",
            UserWarning,
            stacklevel=caller_level(),
        )
