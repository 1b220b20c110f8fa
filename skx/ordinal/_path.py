# SPDX-License-Identifier: BSD-3-Clause
"""Solutions along a grid of penalty strengths, each started at the one before."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx.ordinal._problem import ElasticNet, Penalty, Problem, Walls
from skx.ordinal._solvers import HELD, Solution, blas_for

# The strength that makes every coefficient of a ridge 0 is infinite; grids of nearly
# ridge penalties begin as if a hundredth of them were lasso.
LEAST_L1_RATIO = 0.01

Solve = Callable[[Problem, NDArray[np.float64], Walls | None], Solution]


def free_fit(problem: Problem, net: ElasticNet, solve: Solve) -> Solution:
    """Return the fit of the unknowns without penalty, the others held at 0."""
    held = np.where(net.factor > 0.0, HELD, 0.0)
    penalty = Penalty(held, np.zeros_like(held), net.positive)
    return solve(problem.with_(penalty=penalty), problem.start(), None)


def largest_alpha(
    problem: Problem, net: ElasticNet, l1_ratio: float, free: Solution
) -> float:
    """Return the least strength at which no penalised coefficient leaves 0.

    ``free`` is the fit of the unknowns without penalty.
    """
    held = net.factor > 0.0
    if not held.any():
        raise ValueError(
            "No coefficient has a penalty, so that every alpha gives the same fit; "
            "make one entry of penalty_factor positive."
        )
    gradient = problem.with_(walls=free.walls).gradient(free.z)[1]
    pull = np.where(net.positive, np.maximum(-gradient, 0.0), np.abs(gradient))
    ratio = max(l1_ratio, LEAST_L1_RATIO)
    # Columns that say nothing have a gradient of about 0, but a grid needs strengths.
    return max(float((pull[held] / net.factor[held]).max() / ratio), 1e-10)


def grid_of_alphas(largest: float, n_alphas: int, eps: float) -> NDArray[np.float64]:
    """Return strengths from ``largest`` down to ``eps`` times it, evenly in logs."""
    if n_alphas == 1:
        return np.array([largest])
    return largest * eps ** (np.arange(n_alphas) / (n_alphas - 1))


def sorted_alphas(alphas: ArrayLike) -> NDArray[np.float64]:
    """Return the strengths that a user asked for, from largest to smallest."""
    array = np.asarray(alphas, dtype=float)
    if array.ndim != 1 or not array.size:
        raise ValueError(
            f"alphas has shape {array.shape}; give a list of at least one strength."
        )
    if not (np.isfinite(array).all() and (array >= 0).all()):
        raise ValueError(f"alphas must be finite and at least 0; got {alphas!r}.")
    return np.sort(array)[::-1]


def follow(
    problem: Problem,
    net: ElasticNet,
    alphas: NDArray[np.float64],
    l1_ratio: float,
    solve: Solve,
) -> list[Solution]:
    """Return the solution at each strength, in the order given."""
    with blas_for(problem.effects.n_unknowns):  # once, and not at each fit
        return _follow(problem, net, alphas, l1_ratio, solve)


def _follow(
    problem: Problem,
    net: ElasticNet,
    alphas: NDArray[np.float64],
    l1_ratio: float,
    solve: Solve,
) -> list[Solution]:
    solutions: list[Solution] = []
    z, walls = problem.start(), None
    for i, alpha in enumerate(alphas):
        if i > 1 and alphas[i - 1] < alphas[i - 2]:
            step = (alphas[i - 1] - alpha) / (alphas[i - 2] - alphas[i - 1])
            onward = _onward(solutions[-2].z, z, min(float(step), 2.0))
            if np.isfinite(problem.loss(onward)):
                z = onward
        penalty = net.at(float(alpha), l1_ratio)
        solution = solve(problem.with_(penalty=penalty), z, walls)
        z, walls = solution.z, solution.walls
        solutions.append(solution)
    return solutions


def _onward(
    before: NDArray[np.float64], z: NDArray[np.float64], step: float
) -> NDArray[np.float64]:
    """Go on from two solutions; what is 0 stays so, what would change sign stops there.

    Paths of a lasso are nearly straight while no coefficient comes or goes.
    """
    onward = z + step * (z - before)
    onward[onward * z <= 0.0] = 0.0
    return onward
