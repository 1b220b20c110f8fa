# SPDX-License-Identifier: BSD-3-Clause
"""Solutions along a grid of penalty strengths, each started at the one before."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from skx.ordinal._problem import ElasticNet, Penalty, Problem
from skx.ordinal._solvers import HELD, Solution, minimise

# The strength that makes every coefficient of a ridge 0 is infinite; grids of nearly
# ridge penalties begin as if a hundredth of them were lasso.
LEAST_L1_RATIO = 0.01


def free_fit(
    problem: Problem, net: ElasticNet, *, tol: float, max_iter: int
) -> Solution:
    """Return the fit of the unknowns without penalty, the others held at 0."""
    held = np.where(net.factor > 0.0, HELD, 0.0)
    penalty = Penalty(held, np.zeros_like(held), net.positive)
    return minimise(
        problem.with_(penalty=penalty), problem.start(), tol=tol, max_iter=max_iter
    )


def largest_alpha(
    problem: Problem, net: ElasticNet, l1_ratio: float, z: NDArray[np.float64]
) -> float:
    """Return the least strength at which no penalised coefficient leaves 0.

    ``z`` is the fit of the unknowns without penalty.
    """
    gradient = problem.gradient(z)[1]
    pull = np.where(net.positive, np.maximum(-gradient, 0.0), np.abs(gradient))
    held = net.factor > 0.0
    if not held.any():
        return 0.0
    ratio = max(l1_ratio, LEAST_L1_RATIO)
    return float((pull[held] / net.factor[held]).max() / ratio)


def grid_of_alphas(largest: float, n_alphas: int, eps: float) -> NDArray[np.float64]:
    """Return strengths from ``largest`` down to ``eps`` times it, evenly in logs."""
    if n_alphas == 1:
        return np.array([largest])
    return largest * eps ** (np.arange(n_alphas) / (n_alphas - 1))


def follow(
    problem: Problem,
    net: ElasticNet,
    alphas: NDArray[np.float64],
    l1_ratio: float,
    z: NDArray[np.float64],
    solve: Callable[[Problem, NDArray[np.float64]], Solution],
) -> list[Solution]:
    """Return the solution at each strength, in the order given."""
    solutions = []
    for alpha in alphas:
        solution = solve(problem.with_(penalty=net.at(float(alpha), l1_ratio)), z)
        z = solution.z
        solutions.append(solution)
    return solutions
