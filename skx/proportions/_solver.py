# SPDX-License-Identifier: BSD-3-Clause
"""Linear models by L-BFGS: any loss of scores of rows, and a ridge penalty."""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from skx._backend import blocks, is_device_array, namespace_of, to_numpy
from skx._caller import caller_level
from skx._numba import blas_held_to_one, map_pieces
from skx.proportions._bags import SHARE_TOL, Bags
from skx.proportions._device import at_host, column_sums, means_of_bags, put
from skx.proportions._losses import Loss, SoftLoss

# Entries of X in a piece of a product; the pieces do not depend on threads.
PIECE_NUMBERS = 2**22
# Shares of all rows are kept this far from 0 and 1 for the first intercept.
FIRST_SHARE = 1e-6


class Penalised:
    """Loss of ``X @ coef.T + intercept`` plus alpha / 2 times squared coefficients.

    The unknowns are coefficients and intercepts for columns that are centred and
    scaled, which moves the path and not the optimum: X is neither copied nor made
    dense, and the penalty is on coefficients for X as it is.
    """

    def __init__(
        self,
        X: Any,
        loss: Loss,
        order: NDArray[np.intp],
        *,
        alpha: float,
        n_outputs: int,
        center: NDArray[np.float64],
        scale: NDArray[np.float64],
        fit_intercept: bool,
    ) -> None:
        self.X, self.loss = X, loss
        self.alpha, self.n_outputs = alpha, n_outputs
        self.center, self.scale = center, scale
        self.fit_intercept = fit_intercept
        is_sorted = len(order) == X.shape[0] and (np.diff(order) > 0).all()
        self.order = None if is_sorted else order
        step = X.shape[0]
        if not sparse.issparse(X):
            step = max(1, PIECE_NUMBERS // max(1, X.shape[1]))
        edges = range(0, X.shape[0], step)
        self.pieces = [slice(i, min(i + step, X.shape[0])) for i in edges]

    def split(
        self, unknowns: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return coefficients and intercepts for X as it is."""
        d = len(self.center)
        table = unknowns.reshape(self.n_outputs, -1)
        coef = table[:, :d] / self.scale
        intercept = np.zeros(self.n_outputs)
        if self.fit_intercept:
            intercept = table[:, d] - coef @ self.center
        return coef, intercept

    def join(
        self, coef: NDArray[np.float64], intercept: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return unknowns."""
        table = coef * self.scale
        if self.fit_intercept:
            table = np.column_stack([table, intercept + coef @ self.center])
        return table.ravel()

    def start(self, intercept: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return unknowns of no coefficients."""
        return self.join(np.zeros((self.n_outputs, len(self.center))), intercept)

    def _rows(self, piece: slice) -> Any:
        # A slice of a sparse matrix is a copy, even of all rows.
        return self.X if len(self.pieces) == 1 else self.X[piece]

    def _times(self, coef: NDArray[np.float64]) -> NDArray[np.float64]:
        factor = coef[0] if self.n_outputs == 1 else coef.T
        parts = map_pieces(lambda piece: self._rows(piece) @ factor, self.pieces)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _back(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        parts = map_pieces(lambda piece: self._rows(piece).T @ rows[piece], self.pieces)
        return sum(parts[1:], start=parts[0]).T.reshape(self.n_outputs, -1)

    def scores(self, unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return scores in the order of bags."""
        coef, intercept = self.split(unknowns)
        scores = self._times(coef)
        scores += intercept if self.n_outputs > 1 else intercept[0]
        return scores if self.order is None else scores[self.order]

    def _sums(self, slopes: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return sums over rows of slopes times X, and of slopes."""
        if self.order is not None:
            rows = np.zeros((self.X.shape[0], *slopes.shape[1:]))
            rows[self.order] = slopes
            slopes = rows
        sums = np.atleast_1d(slopes.sum(axis=0))
        return self._back(slopes), sums

    def __call__(
        self, unknowns: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """Return objective and gradient."""
        coef, _ = self.split(unknowns)
        value, slopes = self.loss(self.scores(unknowns))
        inner, sums = self._sums(slopes)
        if self.fit_intercept:
            inner = inner - sums[:, None] * self.center
        gradient = (inner + self.alpha * coef) / self.scale
        if self.fit_intercept:
            gradient = np.column_stack([gradient, sums])
        value += 0.5 * self.alpha * float((coef**2).sum())
        return value, gradient.ravel()


class DevicePenalised(Penalised):
    """`Penalised` of X, scores and slopes on a device; the unknowns stay on the host.

    A loss and a gradient of as many numbers as there are unknowns is all that comes
    back from there.
    """

    def __init__(self, X: Any, loss: Loss, order: NDArray[np.intp], **units: Any):
        super().__init__(X, loss, order, **units)
        if self.order is not None:
            # Rows that are in no bag get the zero that stands after all slopes.
            place = np.full(X.shape[0], len(order))
            place[order] = np.arange(len(order))
            self._order, self._place = put(X, order), put(X, place)

    def scores(self, unknowns: NDArray[np.float64]) -> Any:
        """Return scores in the order of bags."""
        coef, intercept = self.split(unknowns)
        if self.n_outputs == 1:
            scores = self.X @ put(self.X, coef[0]) + float(intercept[0])
        else:
            scores = self.X @ put(self.X, coef.T) + put(self.X, intercept)
        if self.order is None:
            return scores
        return namespace_of(self.X).take(scores, self._order, axis=0)

    def _sums(self, slopes: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        xp = namespace_of(self.X)
        if self.order is not None:
            slopes = xp.concat([slopes, xp.zeros_like(slopes[:1, ...])])
            slopes = xp.take(slopes, self._place, axis=0)
        sums = np.atleast_1d(to_numpy(xp.sum(slopes, axis=0)))
        inner = slopes @ self.X if slopes.ndim == 1 else slopes.T @ self.X
        return to_numpy(inner).reshape(self.n_outputs, -1), sums


def penalised(X: Any, *args: Any, **units: Any) -> Penalised:
    """Return the problem of rows where they live."""
    kind = DevicePenalised if is_device_array(X) else Penalised
    return kind(X, *args, **units)


class LinearFit(NamedTuple):
    """Coefficients (n_outputs, n_features), intercepts, and how they came about."""

    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]
    n_iter: int
    objective: float


def first_intercept(prior: Any) -> NDArray[np.float64]:
    """Return log-odds of the second class, or logits of all, from shares of rows."""
    share = np.clip(prior, FIRST_SHARE, 1.0 - FIRST_SHARE)
    if np.ndim(share) == 0:
        return np.atleast_1d(np.log(share) - np.log1p(-share))
    logs = np.log(share)
    return logs - logs.mean()


def column_means(X: Any, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weighted means of columns."""
    return column_sums(X, weights) / weights.sum()


def spread_of_rows(
    X: Any, center: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return weighted variances of columns."""
    if is_device_array(X):
        shares, middle = put(X, weights / weights.sum()), put(X, center)
        parts = [
            shares[rows] @ (X[rows, :] - middle) ** 2
            for rows in blocks(X.shape[0], 8 * X.shape[1])
        ]
        return to_numpy(sum(parts[1:], start=parts[0]))
    if sparse.issparse(X):
        squares = column_means(X.multiply(X).tocsr(), weights)
        return np.maximum(squares - center**2, 0.0)
    centred = X - center
    return np.einsum("ij,ij,i->j", centred, centred, weights / weights.sum())


def spread_of_bags(
    X: Any, center: NDArray[np.float64], bags: Bags
) -> NDArray[np.float64]:
    """Return weighted variances of the means of columns in bags."""
    return spread_of_rows(means_of_bags(X, bags), center, bags.totals)


def solve(
    problem: Penalised,
    starts: Sequence[NDArray[np.float64]],
    *,
    tol: float,
    max_iter: int,
    owner: str,
) -> LinearFit:
    """Minimise from each start, and return the lowest end; warns where none converged.

    ``tol`` is the largest entry of the gradient to stop at, as a share of that at the
    start.
    """
    if isinstance(problem.loss, SoftLoss) and problem.fit_intercept:
        _check_minimum(problem.loss, owner)
    best = None
    for start in starts:
        with blas_held_to_one():
            steep = np.abs(problem(start)[1]).max()
            end = minimize(
                problem,
                start,
                jac=True,
                method="L-BFGS-B",
                options={
                    "maxcor": 10,
                    "gtol": tol * steep,
                    "ftol": 4.0 * np.finfo(np.float64).eps,
                    "maxiter": max_iter,
                    "maxfun": 2 * max_iter + 20,
                },
            )
        if best is None or end.fun < best.fun:
            best, first_steep = end, steep
    assert best is not None
    if best.status == 1:
        steep = np.abs(best.jac).max()
        warnings.warn(
            f"{owner} stopped at max_iter={max_iter} steps with a gradient of "
            f"{steep:.2g}, {steep / first_steep:.2g} of that at the start; the goal "
            f"was tol={tol:g}. Raise max_iter or alpha, or scale the columns of X.",
            ConvergenceWarning,
            stacklevel=caller_level(),
        )
    coef, intercept = problem.split(best.x)
    return LinearFit(coef, intercept, max(1, int(best.nit)), float(best.fun))


def _check_minimum(loss: SoftLoss, owner: str) -> None:
    """Raise where an intercept would run off: where the mean target is no share."""
    mean = np.atleast_1d(at_host(loss.weights @ loss.targets))
    if mean.min() < -SHARE_TOL or mean.max() > 1.0 + SHARE_TOL:
        odd = mean[np.abs(mean - 0.5).argmax()]
        raise ValueError(
            f"{owner} has no minimum for these bags: what loss='easy' takes for the "
            f"labels of rows has the mean {odd:.4g}, outside [0, 1]. So it may be "
            "where large bags have other shares than small ones, by chance or because "
            "rows did not meet at random; use loss='bag'."
        )


def fit_soft_logistic(
    X: Any,
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    alpha: float,
    fit_intercept: bool = True,
    tol: float = 1e-6,
    max_iter: int = 300,
    start: LinearFit | None = None,
) -> LinearFit:
    """Fit a logistic regression to probabilities for targets.

    ``targets`` are those of the second class, (n_rows,), or of all, (n_rows,
    n_classes); X is a float64 array, also of a device, or CSR. Minimises the weighted
    mean cross-entropy plus ``alpha / 2`` times the squared coefficients, beginning at
    another fit if there is one.
    """
    known = targets, weights
    if is_device_array(X):
        known = put(X, targets), put(X, weights)
    loss = SoftLoss(*known)
    prior = np.average(targets, axis=0, weights=weights)
    center = column_means(X, weights)
    if not fit_intercept:
        center = np.zeros(X.shape[1])
    curvature = float(np.mean(prior * (1.0 - prior)))
    spread = spread_of_rows(X, center, weights)
    problem = penalised(
        X,
        loss,
        np.arange(X.shape[0]),
        alpha=alpha,
        n_outputs=1 if targets.ndim == 1 else targets.shape[1],
        center=center,
        scale=scale_of(curvature * spread, alpha),
        fit_intercept=fit_intercept,
    )
    begin = problem.start(first_intercept(prior))
    if start is not None:
        begin = problem.join(start.coef, start.intercept)
    return solve(
        problem,
        [begin],
        tol=tol,
        max_iter=max_iter,
        owner="The logistic regression of probabilities",
    )


def scale_of(curvature: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    """Return by how much to stretch each coefficient so that none is much steeper."""
    scale = np.sqrt(curvature + alpha)
    scale[scale < 1e-8 * max(scale.max(), 1e-300)] = 1.0
    return scale
