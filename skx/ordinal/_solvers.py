# SPDX-License-Identifier: BSD-3-Clause
"""Minimisers of a `Problem`: Newton, proximal Newton, quasi-Newton, and with walls."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from skx._numba import blas_held_to_one
from skx.ordinal import _kernels
from skx.ordinal._problem import Penalty, Problem, Vector, Walls

# Boundaries of the rows in the fit are held at least this far apart.
WALL_GAP = 1e-9
# Unknowns up to which a lasso is solved in all of them at once.
ALL_AT_ONCE = 400
# Unknowns up to which the threads of the BLAS are no use.
ONE_THREAD = 1000
ARMIJO = 1e-4
# Penalties from here on hold their coefficients at 0.
HELD = 1e30


@dataclass(frozen=True)
class Solution:
    """Where a solver stopped."""

    z: Vector
    n_iter: int
    converged: bool
    objective: float  # loss and penalty, walls left out
    violation: float  # largest violation of the optimality conditions
    last_step: Vector  # of the last full step, before any halving
    walls: Walls | None = None
    crosses: bool = False  # whether boundaries cross at rows of the fit
    hessian: NDArray[np.float64] | None = None  # of the loss, where it was last formed
    dropped: NDArray[np.intp] = field(  # columns that the others determine
        default_factory=lambda: np.empty(0, dtype=np.intp)
    )

    def expand(self, unknowns: NDArray[np.bool_]) -> "Solution":
        """Return the solution of the problem that was restricted to some unknowns."""
        z, step = np.zeros(len(unknowns)), np.zeros(len(unknowns))
        z[unknowns], step[unknowns] = self.z, self.last_step
        walls = self.walls
        if walls:
            normals = np.zeros((len(walls.normals), len(unknowns)))
            normals[:, unknowns] = walls.normals
            walls = replace(walls, normals=normals)
        return replace(self, z=z, last_step=step, walls=walls)


class RankError(ValueError):
    """Columns without penalty that the others determine."""

    def __init__(self, unknowns: NDArray[np.intp]) -> None:
        super().__init__("The information matrix is singular.")
        self.unknowns = unknowns


def minimise(
    problem: Problem,
    z: Vector,
    *,
    tol: float,
    max_iter: int,
    solver: str = "auto",
    report: Callable[[int, float, float], None] | None = None,
) -> Solution:
    """Minimise without regard to boundaries that cross where no row's class is hit.

    Parameters
    ----------
    problem : Problem
    z : (n_unknowns,) start with a finite objective
    tol : half the squared Newton decrement to stop at
    max_iter : most steps
    solver : "auto", "newton" or "lbfgs"
    report : called with step number, objective and decrement
    """
    if not problem.penalty.is_smooth:
        if len(z) > ALL_AT_ONCE:
            return _with_working_set(problem, z, tol, max_iter, report)
        return _newton(problem, z, tol, max_iter, report)
    if solver == "lbfgs" or (solver == "auto" and _is_large(problem)):
        # No Newton step follows the last one, so the sum over rows must be right.
        sharp = min(tol, 1e-7 / problem.design.total_weight)
        with blas_for(len(z)):
            return _quasi_newton(problem, z, sharp, max_iter, report)
    return _newton(problem, z, tol, max_iter, report)


def blas_for(n_unknowns: int) -> AbstractContextManager[Any]:
    """Return what holds the BLAS to one thread if matrices are too small for more."""
    return blas_held_to_one() if n_unknowns <= ONE_THREAD else nullcontext()


def _is_large(problem: Problem) -> bool:
    """Whether reading the rows for gradients alone beats forming Hessians of all."""
    n, m = len(problem.design.codes), len(problem.penalty.l1)
    return problem.walls is None and n > 5_000 and n > 50 * m


def _newton(
    problem: Problem,
    z: Vector,
    tol: float,
    max_iter: int,
    report: Callable[[int, float, float], None] | None,
) -> Solution:
    with blas_for(len(z)):
        return _take_newton_steps(problem, z, tol, max_iter, report)


def _take_newton_steps(
    problem: Problem,
    z: Vector,
    tol: float,
    max_iter: int,
    report: Callable[[int, float, float], None] | None,
) -> Solution:
    penalty = problem.penalty
    converged = False
    n_iter = 0
    fine = tol
    step = np.zeros_like(z)
    loss, gradient, hessian = _metric(problem, z)
    objective = loss + penalty.value(z)
    while n_iter < max_iter:
        n_iter += 1
        step, drop = _direction(problem, z, gradient, hessian, fine, n_iter == 1)
        if report:
            report(n_iter, objective, drop)
        if drop < -tol:  # coordinate descent did not get down
            break
        last = drop <= tol
        # The whole step is nearly always taken: where it leads, its value comes with
        # the derivatives that the next step needs.
        measure = problem.gradient if last else partial(_metric, problem)
        found = _line_search(measure, penalty, z, objective, step, -2.0 * drop)
        if found is None:
            converged = last
            break
        z, objective, (_, gradient, *second) = found
        if last:
            if drop <= 1e-6 * tol or _is_settled(penalty, z, gradient):
                converged = True
                break
            fine *= 1e-4
            second = [_metric(problem, z)[2]]
        hessian = second[0]
    violation = float(penalty.violation(z, gradient).max())
    # Without the second derivatives a step that is no longer able to lower the
    # objective has nothing left to gain.
    return Solution(
        z,
        n_iter,
        converged or violation <= tol,
        objective - (problem.walls.terms(z)[0] if problem.walls else 0.0),
        violation,
        step,
        problem.walls,
        hessian=hessian,
    )


def _is_settled(penalty: Penalty, z: Vector, gradient: Vector) -> bool:
    """Whether a lasso's coefficients are near enough, when there is little to gain."""
    if penalty.is_smooth:
        return True
    strengths = penalty.l1[(penalty.l1 > 0.0) & (penalty.l1 < HELD)]
    if not len(strengths):
        return True
    return bool(penalty.violation(z, gradient).max() <= 1e-5 * strengths.max())


def recession(problem: Problem, solution: Solution) -> Vector | None:
    """Return a direction in which the likelihood rises for ever, or None.

    Newton's steps vanish at a minimum, the faster the nearer. Where classes are
    separated there is none, and one step is about as long as the one before, measured
    by what it changes for the row that it changes most; until nothing is left to gain,
    and the likelihood is flat where it was not without slopes.
    """
    z, step = solution.z, solution.last_step
    if solution.walls is not problem.walls:
        problem = problem.with_(walls=solution.walls)
    length = 0.0
    if problem.reach_at_most(step) > 0.02:
        length = problem.reach(step)
    sure = problem.likelihood.sure
    is_sure = problem.reach_at_most(z) > sure and problem.reach(z) > sure
    if length <= 0.02 and not is_sure:
        return None
    loss, gradient, hessian = _metric(problem, z)
    if not np.isfinite(loss):
        return None
    if length > 0.02:
        onward = _direction(problem, z, gradient, hessian, 1e-8, False)[0]
        if problem.reach(onward) > 0.5 * length:
            return onward
    if is_sure:
        q, penalty = problem.effects.n_boundaries, problem.penalty
        scale = np.ones(len(z))
        scale[q:] = problem.design.deviation[problem.effects.features_of()]
        free = (z != 0.0) & (penalty.l1 == 0.0) & (penalty.l2 == 0.0) & (scale > 0.0)
        scale = scale[free]
        block = np.ix_(free, free)
        flat = _dependent(hessian[block] / np.outer(scale, scale), 1e-14)
        if flat:
            before = _metric(problem, problem.start())[2]
            always = _dependent(before[block] / np.outer(scale, scale), 1e-14)
            at = np.flatnonzero(free)[[j for j in flat if j not in always]]
            if len(at):
                onward = np.zeros_like(z)
                onward[at] = z[at]
                return onward
    return None


def _metric(problem: Problem, z: Vector) -> tuple[float, Vector, NDArray[np.float64]]:
    """Return loss, gradient and a Hessian that is positive definite or nearly so.

    Where the loss is not convex, its Hessian is taken if it has a Cholesky factor, as
    it has near a minimum, and else its expectation.
    """
    loss, gradient, hessian = problem.curvature(z)
    if problem.likelihood.is_convex or not np.isfinite(loss):
        return loss, gradient, hessian
    # Blocks that say the same twice leave it singular, which is no reason.
    slack = problem.penalty.l2 + 1e-10 * np.abs(np.diag(hessian))
    if _cholesky(hessian + np.diag(slack)) is None:
        return problem.curvature(z, expected=True)
    return loss, gradient, hessian


def _direction(
    problem: Problem,
    z: Vector,
    gradient: Vector,
    hessian: NDArray[np.float64],
    tol: float,
    is_first: bool,
) -> tuple[Vector, float]:
    """Return the step to the minimum of the quadratic model, and half what it gains."""
    penalty = problem.penalty
    smooth = (penalty.l1 == 0.0) & ~penalty.positive
    kinked = ~smooth
    step = np.zeros_like(z)
    pull = -(gradient + penalty.l2 * z)
    factor, is_singular = _factorise(
        _block(hessian, smooth, smooth) + np.diag(penalty.l2[smooth])
    )
    if is_first and is_singular:
        _check_rank(problem, smooth)
    if not kinked.any():
        step[smooth] = _solve(factor, pull[smooth])
        return step, 0.5 * float(pull @ step)
    across = _block(hessian, smooth, kinked)
    solved = _solve(factor, np.column_stack([pull[smooth], across]))
    schur = np.ascontiguousarray(
        _block(hessian, kinked, kinked) - across.T @ solved[:, 1:]
    )
    residual = -gradient[kinked] - across.T @ solved[:, 0]
    psi = z[kinked].copy()
    _minimise_quadratic(
        schur,
        residual,
        psi,
        penalty.l1[kinked],
        penalty.l2[kinked],
        penalty.positive[kinked],
        tol,
    )
    step[kinked] = psi - z[kinked]
    step[smooth] = solved[:, 0] - solved[:, 1:] @ step[kinked]
    gain = pull @ step - penalty.l1 @ (np.abs(z + step) - np.abs(z))
    return step, 0.5 * float(gain)


def _block(
    matrix: NDArray[np.float64], rows: NDArray[np.bool_], columns: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return some rows and columns; a view where they lie side by side."""
    i, j = np.flatnonzero(rows), np.flatnonzero(columns)
    if len(i) and len(j) and i[-1] - i[0] < len(i) and j[-1] - j[0] < len(j):
        return matrix[i[0] : i[-1] + 1, j[0] : j[-1] + 1]
    return matrix[np.ix_(i, j)]


def _minimise_quadratic(
    H: NDArray[np.float64],
    residual: Vector,
    psi: Vector,
    l1: Vector,
    l2: Vector,
    positive: NDArray[np.bool_],
    tol: float,
) -> None:
    """Minimise as `_kernels.descend` does, with exact solves on the support."""
    fine = 1e-4 * tol
    for sweeps in (10, 30, 100, 1000, 10_000):
        done = _kernels.descend(H, residual, psi, l1, l2, positive, fine, sweeps)
        support = np.flatnonzero(psi)
        if len(support):
            block = H[support][:, support]
            block.flat[:: len(block) + 1] += l2[support]
            wanted = residual[support] - l2[support] * psi[support]
            wanted -= l1[support] * np.sign(psi[support])
            change = None
            factor = _cholesky(block)
            if factor is not None:
                pivots = np.square(factor.diagonal())
                if (pivots > 1e-12 * block.diagonal()).all():
                    change = _solve(factor, wanted)
            if (
                change is not None
                and (np.sign(psi[support] + change) == np.sign(psi[support])).all()
            ):
                move = np.zeros_like(psi)
                move[support] = change
                psi += move
                residual -= H @ move
                left = np.abs(residual - l2 * psi) - l1
                left[support] = 0.0
                idle = positive & (residual <= 0.0)
                if (left <= 1e-12 * l1 + 1e-15)[~idle].all():
                    return
        if done < sweeps:
            return


def _factorise(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    """Return the Cholesky factor of a Hessian, and whether it is singular.

    To a singular one as much is added as it needs.
    """
    scale = np.sqrt(np.maximum(matrix.diagonal(), 0.0))
    scale[scale == 0.0] = 1.0
    scaled = matrix / scale / scale[:, None]
    factor = _cholesky(scaled)
    ridge = 0.0
    while factor is None:
        ridge = max(1e-12, 10.0 * ridge)
        factor = _cholesky(scaled + ridge * np.eye(len(scaled)))
    return factor * scale, ridge > 0.0 or bool(factor.diagonal().min() <= 1e-7)


def _cholesky(matrix: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the upper factor, with anything below, or None if there is none.

    For matrices as small as here SciPy's own function takes five times as long.
    """
    factor, failure = lapack.dpotrf(matrix, lower=0, clean=0)
    if not np.isfinite(factor.diagonal()).all():
        raise FloatingPointError("The second derivatives are not finite.")
    return None if failure else factor


def _solve(
    factor: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the solution of the equations whose matrix has an upper factor."""
    solved: NDArray[np.float64] = lapack.dpotrs(factor, right, lower=0)[0]
    return solved


def _check_rank(problem: Problem, smooth: NDArray[np.bool_]) -> None:
    """Raise a `RankError` if the others determine a column of the smooth unknowns.

    A Hessian is singular too where the likelihood is flat, as it becomes where classes
    are separated; hence the one without slopes is looked at. A column is left to the
    ridge of `_factorise` if some of its smooth coefficients are determined.
    """
    q = problem.effects.n_boundaries
    hessian = _metric(problem, problem.start())[2] + np.diag(problem.penalty.l2)
    unknowns = np.flatnonzero(smooth)
    matrix = hessian[np.ix_(smooth, smooth)]
    scale = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    scale[scale == 0.0] = 1.0
    determined = smooth.copy()
    determined[unknowns[_dependent(matrix / np.outer(scale, scale))]] = False
    owners = problem.effects.features_of()
    looked_at = np.zeros(len(problem.effects.shared), dtype=bool)
    looked_at[owners[smooth[q:]]] = True
    looked_at[owners[determined[q:]]] = False
    lost = np.flatnonzero(looked_at[owners]) + q
    if len(lost):
        raise RankError(lost)


def _dependent(matrix: NDArray[np.float64], least: float = 1e-12) -> list[int]:
    """Positions whose variance is explained by the positions before them."""
    left = matrix.copy()
    found = []
    for j in range(len(left)):
        if left[j, j] <= least:
            found.append(j)
            continue
        left[j + 1 :] -= np.outer(left[j + 1 :, j], left[j]) / left[j, j]
    return found


def _line_search(
    measure: Callable[[Vector], tuple],
    penalty: Penalty,
    z: Vector,
    objective: float,
    step: Vector,
    slope: float,
) -> tuple[Vector, float, tuple] | None:
    """Halve the step until the objective falls.

    ``measure`` returns loss and derivatives. The result is where, the objective and
    what was measured there, or None.
    """
    length = 1.0
    for _ in range(50):
        there = z + length * step
        found = measure(there)
        value = found[0] + penalty.value(there)
        # What rounding leaves of two objectives that are equal.
        if value <= objective + ARMIJO * length * slope + 1e-14 * abs(objective):
            return there, value, found
        length *= 0.5
    return None


def _quasi_newton(
    problem: Problem,
    z: Vector,
    tol: float,
    max_iter: int,
    report: Callable[[int, float, float], None] | None,
    memory: int = 10,
    is_sample: bool = False,
) -> Solution:
    """L-BFGS whose first metric is the Hessian of a sample of the rows.

    The sample is solved first, so that a few readings of all rows are left.
    """
    design, penalty = problem.design, problem.penalty
    n, m = len(design.codes), len(z)
    hessian = None
    if n > 20 * m:
        # Its Hessian should take about as long as a gradient of all rows.
        n_rows = max(20 * m, min(n // 4, 16 * n // m))
        part = problem.with_(design=design.sample(n_rows))
        try:
            # Nearer than the sample's optimum is to that of all rows.
            enough = max(tol, 0.1 * m / len(part.design.codes))
            solve = (
                partial(_quasi_newton, is_sample=True) if _is_large(part) else _newton
            )
            found = solve(part, z, enough, max_iter, None)
            z, hessian = found.z, found.hessian
            if hessian is None:
                hessian = _metric(part, z)[2]
        except RankError:
            pass  # the sample lost what distinguishes the columns
    if hessian is None:
        hessian = _metric(problem, z)[2]
    factor, is_singular = _factorise(hessian + np.diag(penalty.l2))
    if is_singular:
        _check_rank(problem, np.ones(m, dtype=bool))
    loss, gradient = problem.gradient(z)
    if not np.isfinite(loss):
        z = problem.start()
        loss, gradient = problem.gradient(z)
    smooth = gradient + penalty.l2 * z
    objective = loss + penalty.value(z)
    pairs: list[tuple[Vector, Vector, float]] = []
    step = np.zeros_like(z)
    n_iter, converged = 0, False
    while n_iter < max_iter:
        n_iter += 1
        step = -_two_loops(smooth, pairs, factor)
        drop = -0.5 * float(smooth @ step)
        if report:
            report(n_iter, objective, drop)
        if drop <= tol:
            converged = True
            break
        taken = _line_search(problem.gradient, penalty, z, objective, step, -2.0 * drop)
        if taken is None:
            break
        there, value, (_, gradient) = taken
        new = gradient + penalty.l2 * there
        shift, change = there - z, new - smooth
        product = float(shift @ change)
        if product > 1e-12 * float(change @ change):
            pairs = [*pairs[-memory + 1 :], (shift, change, product)]
        z, smooth, objective = there, new, value
    sure = problem.likelihood.sure
    if not is_sample and problem.reach_at_most(z) > sure and problem.reach(z) > sure:
        # Perhaps classes are separated; the metric is too old to tell.
        hessian = _metric(problem, z)[2] + np.diag(penalty.l2)
        step = -_solve(_factorise(hessian)[0], smooth)
        z_next = z + step
        if np.isfinite(problem.loss(z_next)):
            z = z_next
            loss, gradient = problem.gradient(z)
            smooth, objective = gradient + penalty.l2 * z, loss + penalty.value(z)
    violation = float(np.abs(smooth).max())
    return Solution(
        z,
        n_iter,
        converged or violation <= tol,
        objective,
        violation,
        step,
    )


def _two_loops(
    gradient: Vector,
    pairs: list[tuple[Vector, Vector, float]],
    factor: NDArray[np.float64],
) -> Vector:
    """Apply the L-BFGS approximation of the inverse Hessian."""
    direction = gradient.copy()
    parts = []
    for shift, change, product in reversed(pairs):
        part = float(shift @ direction) / product
        direction -= part * change
        parts.append(part)
    direction = _solve(factor, direction)
    for (shift, change, product), part in zip(pairs, reversed(parts), strict=True):
        direction += shift * (part - float(change @ direction) / product)
    return direction


def _with_working_set(
    problem: Problem,
    z: Vector,
    tol: float,
    max_iter: int,
    report: Callable[[int, float, float], None] | None,
) -> Solution:
    """Solve in a few columns, and take more while the others would gain."""
    effects, penalty = problem.effects, problem.penalty
    q = effects.n_boundaries
    owner = effects.features_of()
    n_features = len(effects.shared)
    features = np.zeros(n_features, dtype=bool)
    loose = (penalty.l1 == 0.0) & ~penalty.positive
    features[owner[(z[q:] != 0.0) | loose[q:]]] = True
    gradient = problem.gradient(z)[1]
    n_iter = 0
    while True:
        gain = penalty.violation(z, gradient)[q:]
        by_feature = np.zeros(n_features)
        np.maximum.at(by_feature, owner, gain)
        by_feature[features] = 0.0
        worst = np.argsort(-by_feature, kind="stable")
        room = max(10, int(features.sum()))
        new = [j for j in worst[:room] if by_feature[j] > 1e-2 * tol]
        if not new and n_iter:
            break
        features[new] = True
        unknowns = effects.unknowns_of(features)
        part = problem.restrict(features)
        try:
            solution = _newton(part, z[unknowns], tol, max_iter - n_iter, report)
        except RankError as error:
            raise RankError(np.flatnonzero(unknowns)[error.unknowns]) from None
        n_iter += solution.n_iter
        solution = solution.expand(unknowns)
        z = solution.z
        gradient = problem.gradient(z)[1]
        if not solution.converged or n_iter >= max_iter:
            break
    violation = float(penalty.violation(z, gradient).max())
    return replace(solution, n_iter=n_iter, violation=violation, walls=problem.walls)


def minimise_apart(
    problem: Problem,
    z: Vector,
    *,
    tol: float,
    max_iter: int,
    solver: str = "auto",
    report: Callable[[int, float, float], None] | None = None,
    walls: Walls | None = None,
) -> Solution:
    """Minimise with no two boundaries crossing at any row of the fit.

    The objective is convex and each row asks for linear inequalities, so the minimum
    without them is the minimum with them where no row crosses. Otherwise walls are put
    where rows cross, and their multipliers found by augmented Lagrangians, until no row
    crosses. ``walls`` are those of a like problem, to begin with.
    """

    def solve(walls: Walls | None, z: Vector, max_iter: int) -> Solution:
        return minimise(
            problem.with_(walls=walls) if walls else problem,
            z,
            tol=tol,
            max_iter=max_iter,
            solver=solver,
            report=report,
        )

    if not (problem.likelihood.may_cross and not problem.effects.shared.all()):
        return solve(None, z, max_iter)
    if walls is None:
        solution = solve(None, z, max_iter)
    else:
        solution = _press(solve, walls, z, max_iter)
    n_iter = solution.n_iter
    for _ in range(50):
        new = _crossing_normals(problem, solution.z)
        if not len(new):
            return replace(solution, n_iter=n_iter)
        if n_iter >= max_iter:
            break
        old = solution.walls
        multipliers = np.zeros(len(new))
        if old:
            new = np.concatenate([old.normals, new])
            multipliers = np.concatenate([old.multipliers, multipliers])
        walls = Walls(new, WALL_GAP, multipliers, 1.0)
        solution = _press(solve, walls, solution.z, max_iter - n_iter)
        n_iter += solution.n_iter
    return replace(solution, n_iter=n_iter, converged=False, crosses=True)


def _press(
    solve: Callable[[Walls, Vector, int], Solution],
    walls: Walls,
    z: Vector,
    max_iter: int,
) -> Solution:
    """Find the multipliers that hold z at the walls or on their right side."""
    n_iter, before = 0, np.inf
    for _ in range(60):
        solution = solve(walls, z, max(1, max_iter - n_iter))
        z = solution.z
        n_iter += solution.n_iter
        slack = walls.normals @ z - walls.gap
        multipliers = np.maximum(0.0, walls.multipliers - walls.weight * slack)
        off = float(np.abs(np.minimum(slack, multipliers / walls.weight)).max())
        walls = replace(walls, multipliers=multipliers)
        if off <= 0.3 * walls.gap:
            break
        if n_iter >= max_iter:
            worst = max(solution.violation, off)
            solution = replace(solution, violation=worst, converged=False)
            break
        if off > 0.25 * before:
            walls = replace(walls, weight=10.0 * walls.weight)
        before = off
    return replace(solution, walls=walls, n_iter=n_iter)


def _crossing_normals(
    problem: Problem, z: Vector, most: int = 20
) -> NDArray[np.float64]:
    """Return the walls (n_walls, n_unknowns) of the rows that cross worst."""
    effects = problem.effects
    q = effects.n_boundaries
    nearing = np.abs(np.diff(effects.slopes(z), axis=0)) @ problem.design.extent_at_most
    if (np.diff(z[:q]) - nearing >= WALL_GAP).all():
        return np.empty((0, len(z)))  # no need to read the rows
    free = ~effects.shared
    found = []
    for k, rows in problem.crossing_rows(z, 0.5 * WALL_GAP, most):
        for columns in rows:
            normal = np.zeros(len(z))
            normal[k], normal[k + 1] = -1.0, 1.0
            steps = effects.mixing[k + 1] - effects.mixing[k]
            normal[q + int(effects.shared.sum()) :] = -np.outer(
                steps, columns[free]
            ).ravel()
            found.append(normal)
    if not found:
        return np.empty((0, len(z)))
    return np.unique(np.array(found), axis=0)
