# SPDX-License-Identifier: BSD-3-Clause
"""Logistic regression of rows from means of classes, which means of bags tell."""

import warnings
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.linalg import LinearOperator, cg
from scipy.spatial.distance import pdist, squareform
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.extmath import safe_sparse_dot

from skx._backend import like
from skx._base.sklearn import Interval, StrOptions, fit_context
from skx._caller import caller_level
from skx.proportions._bags import Bags
from skx.proportions._base import LinearBagClassifier
from skx.proportions._device import at_host, means_of_bags, take_order
from skx.proportions._labels import counts_of, top_labels
from skx.proportions._solver import LinearFit, fit_soft_logistic

# Of a worse condition of the shares, means of classes are told by rounding alone.
WORST_CONDITION = 1e8
# Rounds of labels at most, and without a lower loss.
MAX_ROUNDS = 100
PATIENCE = 3


class MeanMapClassifier(LinearBagClassifier):
    """Logistic regression that knows of labels only the mean of each class.

    The logistic loss needs no more of the labels than the sum of the rows of each
    class, and with bags of different shares those sums follow from means of bags by
    least squares. Convex and quick for many small bags that met at random; a first
    guess to compare with. For bags whose rows have more in common than their shares,
    and for large bags, use `ProportionLogisticRegression`.

    Parameters
    ----------
    method : {"mm", "lmm", "amm_min", "amm_max"}, default="mm"
        "mm": the mean of a class is the same in all bags. "lmm": each bag has means of
        its own, which are alike in bags with like means of columns. "amm_min",
        "amm_max": begin at "lmm", then in turn choose labels that agree with the counts
        and fit to them, until the loss falls no more; labels of the least loss, or of
        the greatest.
    alpha : float > 0, default=1e-3
        Strength of the penalty, alpha / 2 times the sum of squared coefficients, on the
        mean loss. Without it there mostly is no minimum, as estimated means are noisy.
    gamma : float > 0, default=1.0
        How much the means of classes in different bags are held together, for all
        methods but "mm"; from large values on "lmm" is "mm".
    affinity : "rbf" or callable, default="rbf"
        How alike two bags are. "rbf": exp(-d / s), where d is the squared distance of
        the bags' means of columns, and s its mean over pairs; so columns should be of
        like scale. A callable takes the means, (n_bags, n_features), and returns a
        symmetric matrix of numbers >= 0.
    max_iter : int >= 1, default=300
        Most steps of L-BFGS in a fit.
    tol : float > 0, default=1e-6
        L-BFGS stops when no entry of the gradient is larger than this share of the
        largest one at the start, and rounds of labels when the loss falls by less than
        this share.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes: 0, 1, ... unless ``y`` names them.
    class_means_ : ndarray of shape (n_classes, n_features)
        Estimated means of the classes.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients; one row for two classes.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    n_iter_ : int
        Steps of L-BFGS of the fit that was kept.
    n_rounds_ : int
        Rounds of labels; 0 for "mm" and "lmm".
    objective_ : float
        Loss and penalty at the end.
    n_bags_ : int
        Number of bags with a row of positive weight.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    ProportionLogisticRegression : Fits shares of bags; ``loss="easy"`` is close kin.

    Notes
    -----
    Means of classes M minimise the sum over bags b of n_b * norm(x_b - a_b'M)^2 for
    means of columns x_b, shares a_b and sums n_b of weights. "lmm" gives each bag means
    M_b, and adds gamma times the sum over pairs of bags of v_bc * norm(M_b - M_c)^2,
    with weights n_b n_c affinity_bc that are divided by their sum over all ordered
    pairs, as the n_b are by theirs; gamma then means the same for any number of bags,
    unlike in the publication. M are linear in means of bags, so that a fit is a
    logistic regression with one target for all rows of a bag, which may lie outside
    [0, 1].

    "lmm" holds the affinities of all pairs of bags in memory; "mm" takes nothing but
    the fit. For more than two classes the labels of the other two methods take time
    that grows with the cube of the bag size.

    CuPy arrays are fitted on the device by "mm" and "lmm", and predicted and scored
    there by all methods; the other two copy X to the host with a warning.

    References
    ----------
    N. Quadrianto, A. Smola, T. Caetano, Q. Le (2009), Estimating Labels from Label
    Proportions, Journal of Machine Learning Research 10.

    G. Patrini, R. Nock, P. Rivera, T. Caetano (2014), (Almost) No Label No Cry,
    NeurIPS.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skx.proportions import MeanMapClassifier, bag_target, make_bags
    >>> X, labels = make_classification(n_samples=2000, random_state=0)
    >>> bags = make_bags(X, bag_size=20, random_state=0)
    >>> model = MeanMapClassifier(alpha=0.1).fit(X, bag_target(bags, y=labels))
    >>> round(model.score(X, labels), 2)
    0.91
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "method": [StrOptions({"mm", "lmm", "amm_min", "amm_max"})],
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "gamma": [Interval(Real, 0, None, closed="neither")],
        "affinity": [StrOptions({"rbf"}), callable],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        method: str = "mm",
        alpha: float = 1e-3,
        gamma: float = 1.0,
        affinity: str | Callable = "rbf",
        max_iter: int = 300,
        tol: float = 1e-6,
    ) -> None:
        self.method = method
        self.alpha = alpha
        self.gamma = gamma
        self.affinity = affinity
        self.max_iter = max_iter
        self.tol = tol

    def _runs_on_device(self, method: str) -> bool:
        if method == "fit":
            return self.method in ("mm", "lmm")
        return super()._runs_on_device(method)

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        bags: ArrayLike | None = None,
    ) -> "MeanMapClassifier":
        """Fit to the shares of bags.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            The result of `bag_target`; or the share of the second class in the bag of
            each row, or shares of all classes, constant within ``bags``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of rows; for "amm_min" and "amm_max" 0, or the same in all rows of a
            bag.
        bags : array-like of shape (n_samples,) or None, default=None
            Bag of each row, unless ``y`` carries them.

        Returns
        -------
        self : MeanMapClassifier
            The fitted model.
        """
        given = self._validate_X(X, reset=True)
        n_rows = given.shape[0]
        read = self._read_classes(self._read_bags(y, sample_weight, bags, n_rows))
        shares = read.values
        if shares.ndim == 1:
            shares = np.column_stack([1.0 - shares, shares])
        _check_spread(shares, read)
        weights = read.totals / read.weights.sum()
        if self.method == "mm":
            parts = _same_means(shares, weights)
        else:
            affinity = self._affinity(at_host(means_of_bags(given, read)), weights)
            parts = _smooth_means(shares, weights, affinity, self.gamma)
        # What the parts, which times means of bags are sums of classes, are as targets.
        prior = weights @ shares
        targets = parts / weights[:, None] + (prior - parts.sum(axis=0))
        labels = targets[read.codes]
        if read.values.ndim == 1:
            labels = labels[:, 1]
        rows = take_order(given, read.order)
        fit = self._fit_to(rows, labels, read)
        self.n_rounds_ = 0
        if self.method.startswith("amm"):
            fit, labels = self._alternate(rows, fit, read)
        self.coef_, self.intercept_, self.n_iter_, self.objective_ = fit
        if labels.ndim == 1:
            labels = np.column_stack([1.0 - labels, labels])
        mass = labels * (read.weights / read.weights.sum())[:, None]
        sums = at_host(rows.T @ like(rows, mass))
        self.class_means_ = np.asarray(sums.T) / prior[:, None]
        self.n_bags_ = read.n_bags
        return self

    def _affinity(
        self, averages: Any, weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return how alike bags are; ``weights`` sum to 1."""
        means = averages.toarray() if hasattr(averages, "toarray") else averages
        if callable(self.affinity):
            table = np.asarray(self.affinity(means), dtype=np.float64)
            if table.shape != (len(means), len(means)):
                raise ValueError(
                    f"affinity returned an array of shape {table.shape} for "
                    f"{len(means)} bags; expected a square matrix of them."
                )
            if not (table >= 0.0).all() or not np.allclose(table, table.T):
                raise ValueError(
                    "affinity returned a matrix that is not symmetric, or holds NaN or "
                    "numbers below 0; how alike two bags are is one number >= 0."
                )
            if not table.any():
                raise ValueError(
                    "affinity returned zeros only, which hold no bags together; make "
                    "some bags alike, or use method='mm'."
                )
            return table
        squares = squareform(pdist(means, "sqeuclidean"))
        scale = weights @ squares @ weights
        return np.exp(-squares / scale) if scale > 0.0 else np.ones_like(squares)

    def _fit_to(self, X: Any, labels: NDArray[np.float64], bags: Bags) -> LinearFit:
        return fit_soft_logistic(
            X,
            labels,
            bags.weights,
            alpha=self.alpha,
            tol=self.tol,
            max_iter=self.max_iter,
        )

    def _alternate(
        self, X: Any, fit: LinearFit, bags: Bags
    ) -> tuple[LinearFit, NDArray[np.float64]]:
        """Choose labels and fit to them in turn; return the fit of least loss."""
        counts = counts_of(bags)
        lowest = self.method == "amm_max"
        kept, kept_labels = fit, np.empty(0)
        least, since = np.inf, 0
        for self.n_rounds_ in range(1, MAX_ROUNDS + 1):
            scores = safe_sparse_dot(X, fit.coef.T, dense_output=True) + fit.intercept
            scores = scores[:, 0] if scores.shape[1] == 1 else scores
            labels = top_labels(scores, bags, counts, lowest=lowest)
            fit = self._fit_to(X, labels, bags)
            since = 0 if fit.objective < least - self.tol * abs(least) else since + 1
            if fit.objective < least:
                kept, kept_labels, least = fit, labels, fit.objective
            if since == PATIENCE:
                break
        else:
            warnings.warn(
                f"The loss still falls after {MAX_ROUNDS} rounds of labels, to "
                f"{least:.6g}; raise tol or alpha.",
                ConvergenceWarning,
                stacklevel=caller_level(),
            )
        return kept, kept_labels


def _check_spread(shares: NDArray[np.float64], bags: Bags) -> None:
    """Raise where shares do not tell classes apart."""
    root = np.sqrt(bags.totals / bags.totals.sum())[:, None]
    size = np.zeros(shares.shape[1])
    found = np.linalg.svd(root * shares, compute_uv=False)
    size[: len(found)] = found
    if size[-1] * WORST_CONDITION > size[0]:
        return
    low, high = shares.min(axis=0), shares.max(axis=0)
    if (high - low).max() < 1e-8:
        what = f"are {np.round(shares[0], 6)} in every bag"
    else:
        what = (
            f"of {shares.shape[1]} classes in {bags.n_bags} bags are linearly dependent"
        )
    raise ValueError(
        f"The shares {what}; MeanMapClassifier cannot tell the means of the classes "
        "apart. It needs bags whose shares differ, at least as many as classes."
    )


def _same_means(
    shares: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what times means of bags gives share times mean of each class."""
    inner = shares.T * weights
    solved = np.linalg.solve(inner @ shares, inner)
    return solved.T * (weights @ shares)


def _smooth_means(
    shares: NDArray[np.float64],
    weights: NDArray[np.float64],
    affinity: NDArray[np.float64],
    gamma: float,
) -> NDArray[np.float64]:
    """Return the same where every bag has means of its own, alike in alike bags.

    The means B = (D + gamma L)^-1 F of all bags are linear in those F of columns, and
    what is wanted of them is R'B; so conjugate gradients solve for R, one column per
    class, preconditioned by blocks of bags.
    """
    n_bags, n_classes = shares.shape
    pairs = affinity * weights * weights[:, None]
    pairs = gamma / pairs.sum() * pairs
    degree = pairs.sum(axis=1)

    def times(unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        table = unknowns.reshape(n_bags, n_classes)
        fitted = weights * (shares * table).sum(axis=1)
        out = fitted[:, None] * shares + degree[:, None] * table - pairs @ table
        return out.ravel()

    blocks = weights[:, None, None] * shares[:, :, None] * shares[:, None, :]
    blocks += degree[:, None, None] * np.eye(n_classes)
    inverse = np.linalg.inv(blocks)

    def precondition(unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        table = unknowns.reshape(n_bags, n_classes, 1)
        return (inverse @ table).ravel()

    shape = (n_bags * n_classes, n_bags * n_classes)
    matrix = LinearOperator(shape, matvec=times, dtype=np.float64)
    guess = LinearOperator(shape, matvec=precondition, dtype=np.float64)
    parts = np.empty_like(shares)
    for k in range(n_classes):
        wanted = np.zeros_like(shares)
        wanted[:, k] = weights * shares[:, k]
        solved, failed = cg(matrix, wanted.ravel(), rtol=1e-10, M=guess)
        if failed:
            warnings.warn(
                f"The means of class {k} in bags were not found to 10 digits; lower "
                f"gamma={gamma:g}, or let affinity be less extreme.",
                ConvergenceWarning,
                stacklevel=caller_level(),
            )
        table = solved.reshape(n_bags, n_classes)
        parts[:, k] = weights * (shares * table).sum(axis=1)
    return parts
