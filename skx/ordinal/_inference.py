# SPDX-License-Identifier: BSD-3-Clause
"""What a likelihood says about its parameters: covariances, limits and tests.

The parameters are thresholds and coefficients on the scale of X, in one vector: the
thresholds, the columns with one slope, and the others, column by column and boundary
by boundary. Solvers work in the unknowns of `Effects` for centred columns instead.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from skx.ordinal._design import Design, weighted_gram
from skx.ordinal._problem import Effects, Problem, Vector

Matrix = NDArray[np.float64]


def positions(parallel: NDArray[np.bool_], n_boundaries: int) -> NDArray[np.intp]:
    """Return where the slope of each boundary and column stands among the parameters.

    Parameters
    ----------
    parallel : (p,) bool, columns with one slope for all boundaries
    n_boundaries : int

    Returns
    -------
    at : (n_boundaries, p)
    """
    n_shared = int(parallel.sum())
    first = n_boundaries + n_shared
    at = np.empty((n_boundaries, len(parallel)), dtype=np.intp)
    at[:, parallel] = n_boundaries + np.arange(n_shared)
    free = np.arange((len(parallel) - n_shared) * n_boundaries)
    at[:, ~parallel] = first + free.reshape(-1, n_boundaries).T
    return at


def parameters_of_unknowns(effects: Effects, design: Design) -> Matrix:
    """Return the matrix that makes the parameters of the unknowns.

    Each boundary has coefficients of its own (``mixing`` is the identity).
    """
    q, m = effects.n_boundaries, effects.n_unknowns
    owners = effects.features_of()
    n_shared = int(effects.shared.sum())
    n_free = len(effects.shared) - n_shared
    boundaries = np.repeat(np.arange(q), n_free)
    at = positions(effects.shared, q)
    made = np.zeros((m, m))
    made[:q, :q] = np.eye(q)
    common, own = np.arange(q, q + n_shared), np.arange(q + n_shared, m)
    made[at[0, owners[:n_shared]], common] = 1.0
    made[at[boundaries, owners[n_shared:]], own] = 1.0
    # Centring moved x'coef into the thresholds.
    made[:q, common] = design.center[owners[:n_shared]]
    made[boundaries, own] = design.center[owners[n_shared:]]
    made[:, q:] /= design.scale[owners]
    return made


def covariance(
    problem: Problem, z: Vector, cov_type: str, groups: NDArray[np.intp] | None = None
) -> Matrix:
    """Return the covariance of the parameters of a fit without penalty.

    Parameters
    ----------
    problem : Problem
    z : (n_unknowns,) minimum of the loss
    cov_type : "nonrobust", "expected", "HC0" or "cluster"
    groups : (n_rows,) 0 .. n_groups - 1, for "cluster"

    Returns
    -------
    covariance : (n_unknowns, n_unknowns)

    Raises
    ------
    LinAlgError
        If the information is not positive definite.
    """
    hessian = problem.curvature(z, expected=cov_type == "expected")[2]
    spread = inverse(hessian)
    if cov_type == "HC0":
        spread = spread @ problem.score_products(z) @ spread
    if cov_type == "cluster":
        assert groups is not None
        sums = problem.score_sums(z, groups) @ spread
        n_groups = len(sums)
        spread = sums.T @ sums * (n_groups / (n_groups - 1))
    else:
        spread = spread / problem.design.total_weight
    made = parameters_of_unknowns(problem.effects, problem.design)
    return made @ spread @ made.T


def inverse(matrix: Matrix) -> Matrix:
    """Return the inverse of a positive definite matrix, whatever its scales."""
    return _solve(matrix, np.eye(len(matrix)))


def _solve(matrix: Matrix, right: Matrix) -> Matrix:
    scale = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    if not (scale > 0.0).all():
        raise linalg.LinAlgError("The matrix is singular.")
    factor = linalg.cho_factor(matrix / np.outer(scale, scale))
    if np.diag(factor[0]).min() <= 1e-7:
        raise linalg.LinAlgError("The matrix is singular but for rounding.")
    columns = scale[:, None] if right.ndim > 1 else scale
    return np.asarray(linalg.cho_solve(factor, right / columns) / columns)


def profile_limit(
    problem: Problem, z: Vector, contrast: Vector, deviance: float, side: int
) -> float:
    """Return where the profile likelihood of contrast'z has fallen to a deviance.

    The signed root of the deviance is nearly straight, and its slope is known: the
    multiplier of the constraint. Newton's method on it takes a few steps.

    Parameters
    ----------
    problem : Problem
    z : (n_unknowns,) minimum of the loss
    contrast : (n_unknowns,)
    deviance : twice the fall of the log-likelihood
    side : -1 for the lower limit, 1 for the upper one

    Returns
    -------
    limit : float, infinite where the likelihood does not fall so far
    """
    total = problem.design.total_weight
    lowest, _, hessian = problem.curvature(z)
    along = _solve(hessian, contrast)
    centre = float(contrast @ z)
    error = np.sqrt(float(contrast @ along) / total)
    wanted = np.sqrt(deviance)
    value = centre
    target = centre + side * wanted * error
    for _ in range(100):
        there = z + along * ((target - value) / (contrast @ along))
        try:
            if not np.isfinite(problem.loss(there)):
                raise linalg.LinAlgError("Boundaries cross.")
            z, loss, multiplier, along = _constrained(problem, there, contrast)
        except linalg.LinAlgError:  # or too far out, where all is flat
            target = 0.5 * (value + target)
            continue
        value = target
        root = np.sqrt(max(0.0, 2.0 * total * (loss - lowest)))
        if abs(root - wanted) <= 1e-8 * wanted:
            return value
        slope = side * total * multiplier / max(root, 1e-300)
        reach = abs(value - centre)
        step = (wanted - root) / slope if slope > 0.0 else np.inf
        # Where the likelihood levels out the root has no such value.
        target = value + side * float(np.clip(step, -0.9 * reach, 2.0 * reach))
        if abs(target - centre) > 1e6 * error:
            return side * np.inf
    return side * np.inf


def _constrained(
    problem: Problem, z: Vector, contrast: Vector
) -> tuple[Vector, float, float, Vector]:
    """Minimise the loss without changing contrast'z.

    Returns the minimum, the loss, the multiplier, and the direction in which the
    minimum moves with the constraint.
    """
    while True:
        loss, gradient, solved = _newton_parts(problem, z, contrast)
        along = solved[:, 1]
        multiplier = float(contrast @ solved[:, 0]) / float(contrast @ along)
        step = multiplier * along - solved[:, 0]
        gain = -float(gradient @ step)
        length = 1.0
        while problem.loss(z + length * step) > loss - 1e-4 * length * gain:
            length *= 0.5
            if length < 1e-4:  # what is left to gain is rounding
                return z, loss, multiplier, along
        z = z + length * step
        if gain <= 1e-9:  # squared by this step
            return z, problem.loss(z), multiplier, along


def _newton_parts(
    problem: Problem, z: Vector, contrast: Vector
) -> tuple[float, Vector, Matrix]:
    """Return loss, gradient, and the inverse Hessian times gradient and contrast.

    Where the Hessian is not positive definite its expectation takes its place.
    """
    for expected in (False, True):
        loss, gradient, hessian = problem.curvature(z, expected=expected)
        try:
            return loss, gradient, _solve(hessian, np.stack([gradient, contrast], 1))
        except linalg.LinAlgError:
            if expected:
                raise
    raise AssertionError


def wald_statistic(estimate: Vector, spread: Matrix) -> float:
    """Return estimate' inverse(spread) estimate."""
    return float(estimate @ _solve(spread, estimate))


def brant_statistics(
    X: Any, weights: Vector, slopes: Matrix, above: Matrix, tested: NDArray[np.intp]
) -> Vector:
    """Wald statistics of equal slopes in the binary regressions of all boundaries.

    Parameters
    ----------
    X : (n, p) array or CSR array; columns of a moderate size
    weights : (n,)
    slopes : (n_boundaries, p) of the logistic regressions of "above boundary k"
    above : (n, n_boundaries) their probabilities
    tested : columns

    Returns
    -------
    statistics : (1 + n_tested,) of all tested columns together, and of each
    """
    q, p = slopes.shape
    ones = np.ones((X.shape[0], 1))
    rows = sparse.csr_array(sparse.hstack([ones, X])) if sparse.issparse(X) else None
    rows = np.hstack([ones, X]) if rows is None else rows
    bread = [
        inverse(weighted_gram(rows, weights * above[:, k] * (1.0 - above[:, k]), rows))
        for k in range(q)
    ]
    spread = np.empty((q, p, q, p))
    for k in range(q):
        for l in range(k, q):
            # Being above one boundary implies being above the lower one. Separate fits
            # may rank their probabilities otherwise; this is a covariance either way.
            lower = np.minimum(above[:, k], above[:, l])
            higher = np.maximum(above[:, k], above[:, l])
            shared = weights * lower * (1.0 - higher)
            block = bread[k] @ weighted_gram(rows, shared, rows) @ bread[l]
            spread[k, :, l] = block[1:, 1:]
            spread[l, :, k] = block[1:, 1:].T
    contrasts = np.column_stack([-np.ones(q - 1), np.eye(q - 1)])
    apart = contrasts @ slopes
    spread = np.einsum("ak,kilj,bl->aibj", contrasts, spread, contrasts)

    def statistic(columns: NDArray[np.intp]) -> float:
        part = spread[:, columns][:, :, :, columns]
        size = (q - 1) * len(columns)
        return wald_statistic(apart[:, columns].ravel(), part.reshape(size, size))

    return np.array([statistic(columns) for columns in [tested, *tested[:, None]]])


def score_statistics(
    problem: Problem, z: Vector, parallel: NDArray[np.bool_]
) -> Vector:
    """Score statistics of equal slopes, from the model in which all may differ.

    Parameters
    ----------
    problem : Problem, no column shared
    z : (n_unknowns,) maximum of the likelihood with shared columns
    parallel : (p,) the columns that were shared

    Returns
    -------
    statistics : (1 + n_parallel,) of all parallel columns together, and of each
    """
    q, p = problem.effects.n_boundaries, len(parallel)
    _, gradient, information = problem.curvature(z, expected=True)

    def statistic(shared: NDArray[np.bool_]) -> float:
        # Unknowns in which some columns are shared, as unknowns in which none is.
        slopes = np.eye(q * p).reshape(q, p, q, p)
        common = slopes[:, :, :, shared].sum(axis=2)
        own = slopes[:, :, :, ~shared]
        made = linalg.block_diag(
            np.eye(q),
            np.hstack([common.reshape(q * p, -1), own.reshape(q * p, -1)]),
        )
        return wald_statistic(made.T @ gradient, made.T @ information @ made)

    still_shared = [np.zeros(p, dtype=bool)]
    still_shared += [parallel & (np.arange(p) != j) for j in np.flatnonzero(parallel)]
    return problem.design.total_weight * np.array(
        [statistic(mask) for mask in still_shared]
    )


def rank(problem: Problem) -> int:
    """Return the number of unknowns that the likelihood determines."""
    hessian = problem.curvature(problem.start())[2]
    scale = np.sqrt(np.maximum(np.diag(hessian), 0.0))
    scale[scale == 0.0] = 1.0
    scaled = hessian / np.outer(scale, scale)
    return int(np.linalg.matrix_rank(scaled, rtol=1e-11, hermitian=True))


def nagelkerke(loglik: float, null_loglik: float, n: float) -> float:
    """Return the generalised R squared of Nagelkerke."""
    return float(
        np.expm1(2.0 / n * (null_loglik - loglik)) / np.expm1(2.0 / n * null_loglik)
    )
