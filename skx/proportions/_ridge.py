# SPDX-License-Identifier: BSD-3-Clause
"""Ridge regression of rows where only means of bags are known."""

import math
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, sparse
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import check_is_fitted, validate_data

from skx._backend import is_device_array, like, namespace_of
from skx._base.sklearn import Interval, fit_context
from skx.proportions._bags import Bags
from skx.proportions._base import BagRegressor
from skx.proportions._device import (
    at_host,
    column_sums,
    means_of_bags,
    put,
    read_rows,
    take_order,
)

# Singular values below this share of the largest count as 0. Of a sparse X only their
# squares are known.
CUTOFF = 1e-12
# Equations of a smaller reciprocal condition are solved by singular values.
LEAST_CONDITION = 1e-8


class AggregateRidge(BagRegressor):
    """Linear regression of rows where only means of bags are known.

    For numeric targets that come as averages: mean income by district, mean rating by
    seller. Solved exactly, for several targets at once, so it is quick enough to choose
    its parameters by cross-validation over bags (`BagKFold`). Not for shares of classes
    near 0 or 1, where `ProportionLogisticRegression` keeps predictions between them.

    Parameters
    ----------
    alpha : float >= 0, default=1.0
        Strength of the penalty, alpha times the sum of squared coefficients, added to
        the mean of the squared errors. 0 is least squares, of smallest norm where bags
        do not decide.
    interpolation : float in [0, 1], default=0.0
        0 asks that means of predictions be right in each bag; 1 asks that every
        prediction be near the mean of its bag. In between, the spread of predictions
        within bags is penalised in proportion, which shrinks coefficients by
        1 + interpolation * (bag size - 1) where rows met at random.
    debias : bool, default=False
        Whether to undo this shrinkage. Right only for bags whose rows met at random.
    fit_intercept : bool, default=True
        Whether to add a constant, which is not penalised.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients.
    intercept_ : float or ndarray of shape (n_targets,)
        Constants.
    n_bags_ : int
        Number of bags with a row of positive weight.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    ProportionLogisticRegression : For shares of classes.
    sklearn.linear_model.Ridge : For targets of rows.

    Notes
    -----
    With row weights w of sum N, P the weighted mean within bags and rho the
    interpolation, the coefficients solve
    ``[(1 - rho) X'WPX + rho X'WX + N alpha I] coef = X'WPy`` for columns and targets
    centred by their means over all rows. Bags of one row make it scikit-learn's
    ``Ridge`` with a penalty of ``N * alpha``.

    For d columns and r numbers of rows of the system (bags, or rows if rho > 0) this
    takes O(n d) to read the rows, O(r d min(r, d)) to solve and, if rho > 0, a copy of
    X. A sparse X is not made dense, its centring is a correction of rank one; but it
    takes a dense matrix of min(r, d) rows and columns.

    CuPy arrays are read, predicted and scored on the device; what is left of a fit,
    min(r, d) equations, is solved on the host.

    Where rows met at random, the variance of ``coef`` at rho = 0 grows with the bag
    size k as sigma^2 k / n. With ``debias``, that of rho = 1 is greater still, as it
    adds the variance of k - 1 other rows' expectations.

    References
    ----------
    A. Javanmard, L. Chen, V. Mirrokni, A. Badanidiyuru, G. Fu (2024), Learning from
    Aggregate Responses: Instance Level versus Bag Level Loss Functions, ICLR.

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from skx.proportions import AggregateRidge, bag_target, make_bags
    >>> X, y = make_regression(1000, 5, noise=10, random_state=0)
    >>> bags = make_bags(X, bag_size=20, random_state=0)
    >>> model = AggregateRidge(alpha=1e-3).fit(X, bag_target(bags, y=y))
    >>> round(model.score(X, y), 2)  # of rows
    0.99
    """

    _values = "mean"

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "alpha": [Interval(Real, 0, None, closed="left")],
        "interpolation": [Interval(Real, 0, 1, closed="both")],
        "debias": ["boolean"],
        "fit_intercept": ["boolean"],
    }

    def __init__(
        self,
        *,
        alpha: float = 1.0,
        interpolation: float = 0.0,
        debias: bool = False,
        fit_intercept: bool = True,
    ) -> None:
        self.alpha = alpha
        self.interpolation = interpolation
        self.debias = debias
        self.fit_intercept = fit_intercept

    def _runs_on_device(self, method: str) -> bool:
        return method in ("fit", "predict", "score")

    def _validate_X(self, X: Any, *, reset: bool) -> Any:
        if is_device_array(X):
            X = read_rows(X)
            return validate_data(self, X, skip_check_array=True, reset=reset)
        return validate_data(
            self, X, accept_sparse="csr", dtype=np.float64, reset=reset
        )

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        bags: ArrayLike | None = None,
    ) -> "AggregateRidge":
        """Fit to the means of bags.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The result of `bag_target`; or the mean of the bag of each row, constant
            within ``bags``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of rows in the means of bags, and by their sum of bags.
        bags : array-like of shape (n_samples,) or None, default=None
            Bag of each row, unless ``y`` carries them.

        Returns
        -------
        self : AggregateRidge
            The fitted model.
        """
        rows = self._validate_X(X, reset=True)
        read = self._read_bags(y, sample_weight, bags, rows.shape[0])
        means = read.values.reshape(read.n_bags, -1)
        center = np.zeros(rows.shape[1])
        level = np.zeros(means.shape[1])
        if self.fit_intercept:
            shares = np.zeros(rows.shape[0])
            shares[read.order] = read.weights / read.weights.sum()
            center = column_sums(rows, shares)
            level = np.average(means, axis=0, weights=read.totals)
        penalty = self.alpha * read.weights.sum()
        fit = _fit_sparse if sparse.issparse(rows) else _fit_dense
        coef = fit(rows, means - level, center, read, self.interpolation, penalty)
        if self.debias:
            coef *= 1.0 + self.interpolation * (_effective_size(read) - 1.0)
        intercept = level - coef.T @ center
        several = read.values.ndim > 1
        self.coef_ = coef.T if several else coef[:, 0]
        self.intercept_ = intercept if several else float(intercept[0])
        self.n_bags_ = read.n_bags
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the expected targets of rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_targets), float64
            Predictions.
        """
        check_is_fitted(self)
        rows = self._validate_X(X, reset=False)
        if is_device_array(rows):
            return rows @ put(rows, self.coef_.T) + put(rows, self.intercept_)
        return safe_sparse_dot(rows, self.coef_.T, dense_output=True) + self.intercept_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        return tags


def _fit_dense(
    X: Any,
    means: NDArray[np.float64],
    center: NDArray[np.float64],
    bags: Bags,
    rho: float,
    penalty: float,
) -> NDArray[np.float64]:
    """Solve least squares of bags, or if rho > 0 of rows, which live where X does.

    Since P is a projection, (1 - rho) P + rho I is the square of
    (1 - sqrt(rho)) P + sqrt(rho) I, which leaves P y as it is.
    """
    averages = means_of_bags(X, bags) - like(X, center)
    if rho == 0.0:
        root = np.sqrt(bags.totals)[:, None]
        return _solve_dense(like(X, root) * averages, root * means, penalty)
    rows = take_order(X, bags.order) - like(X, center)
    root = np.sqrt(bags.weights)[:, None]
    rows *= math.sqrt(rho)
    rows += (1.0 - math.sqrt(rho)) * take_order(averages, bags.codes)
    rows *= like(X, root)
    return _solve_dense(rows, root * means[bags.codes], penalty)


def _fit_sparse(
    X: Any,
    means: NDArray[np.float64],
    center: NDArray[np.float64],
    bags: Bags,
    rho: float,
    penalty: float,
) -> NDArray[np.float64]:
    """Solve the same for X as it is; with rho > 0, rows follow those of bags."""
    root = np.sqrt((1.0 - rho) * bags.totals)
    parts = [sparse.diags_array(root) @ (bags.averaging(X.shape[0]) @ X)]
    roots, targets = [root], [root[:, None] * means]
    if rho > 0.0:
        root = np.sqrt(rho * bags.weights)
        parts.append(sparse.diags_array(root) @ X[bags.order])
        roots.append(root)
        targets.append(root[:, None] * means[bags.codes])
    design, target = sparse.vstack(parts, format="csr"), np.concatenate(targets)
    return _solve_sparse(design, np.concatenate(roots), target, center, penalty)


def _solve_dense(
    design: Any, target: NDArray[np.float64], penalty: float
) -> NDArray[np.float64]:
    """Minimise |design @ coef - target|^2 + penalty |coef|^2, of smallest norm.

    Of a design on a device, products and singular values are found there, and what is
    no longer than its shorter side is solved on the host.
    """
    known = like(design, target)
    if penalty > 0.0:
        wide = design.shape[1] > design.shape[0]
        try:
            if wide:
                square = at_host(design @ design.T)
                inner = _solve_positive(square, target, penalty)
                return at_host(design.T @ like(design, inner))
            square, side = at_host(design.T @ design), at_host(design.T @ known)
            return _solve_positive(square, side, penalty)
        except linalg.LinAlgError:  # the penalty is next to nothing
            pass
    own = namespace_of(design).linalg if is_device_array(design) else linalg
    left, there, right = own.svd(design, full_matrices=False)
    size = at_host(there)
    size = size[size > CUTOFF * size.max(initial=0.0)]  # from the largest down
    left, right = left[:, : len(size)], right[: len(size), :]
    factor = like(design, (size / (size**2 + penalty))[:, None])
    return at_host(right.T @ (factor * (left.T @ known)))


def _solve_sparse(
    design: Any,
    root: NDArray[np.float64],
    target: NDArray[np.float64],
    center: NDArray[np.float64],
    penalty: float,
) -> NDArray[np.float64]:
    """Minimise the same for ``design - outer(root, center)``, which is never made."""
    if design.shape[1] <= design.shape[0]:
        mixed = design.T @ root
        square = (design.T @ design).toarray()
        square -= np.outer(mixed, center) + np.outer(center, mixed)
        square += (root @ root) * np.outer(center, center)
        side = design.T @ target - np.outer(center, root @ target)
        return _solve_square(square, side, penalty)
    mixed = design @ center
    square = (design @ design.T).toarray()
    square -= np.outer(mixed, root) + np.outer(root, mixed)
    square += (center @ center) * np.outer(root, root)
    inner = _solve_square(square, target, penalty)
    return design.T @ inner - np.outer(center, root @ inner)


def _solve_square(
    square: NDArray[np.float64], side: NDArray[np.float64], penalty: float
) -> NDArray[np.float64]:
    if penalty > 0.0:
        try:
            return _solve_positive(square, side, penalty)
        except linalg.LinAlgError:
            pass
    values, vectors = linalg.eigh(square)
    kept = values > CUTOFF * values.max(initial=0.0)
    values, vectors = values[kept], vectors[:, kept]
    return vectors @ ((vectors.T @ side) / (values + penalty)[:, None])


def _solve_positive(
    square: NDArray[np.float64], side: NDArray[np.float64], penalty: float
) -> NDArray[np.float64]:
    damped = square.copy()
    damped[np.diag_indices_from(square)] += penalty
    norm = np.abs(damped).sum(axis=0).max()
    factor, lower = linalg.cho_factor(damped, overwrite_a=True)
    condition, _ = linalg.lapack.dpocon(factor, norm, "L" if lower else "U")
    if condition < LEAST_CONDITION:
        raise linalg.LinAlgError
    return linalg.cho_solve((factor, lower), side)


def _effective_size(bags: Bags) -> float:
    """Return rows per bag; weights count by how much they add to the noise of means."""
    return float(bags.weights.sum() / (bags.sums(bags.weights**2) / bags.totals).sum())
