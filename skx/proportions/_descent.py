# SPDX-License-Identifier: BSD-3-Clause
"""Linear models by stochastic gradients over whole bags."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from skx.proportions._bags import Bags
from skx.proportions._losses import Loss
from skx.proportions._solver import Penalised

# Rows of a batch at least; a bag is never cut.
BATCH_ROWS = 512
# Length of the first step, in units in which the loss curves by about 1.
STEP = 0.05
# Weight of the newest unknowns in their running mean, from many steps on.
FORGET = 0.01


class Descent:
    """AdaGrad with averaged unknowns (coefficients and intercepts) and what it knows.

    ``problem`` holds the units of the unknowns, which do not change any more.
    """

    def __init__(self, problem: Penalised, start: NDArray[np.float64]) -> None:
        self.units: dict[str, Any] = {
            "alpha": problem.alpha,
            "n_outputs": problem.n_outputs,
            "center": problem.center,
            "scale": problem.scale,
            "fit_intercept": problem.fit_intercept,
        }
        self.unknowns = start.copy()
        self.mean = start.copy()
        self.squares = np.zeros(len(start))
        self.n_steps = 0

    def problem(self, X: Any, loss: Loss, order: NDArray[np.intp]) -> Penalised:
        """Return the problem of some rows."""
        return Penalised(X, loss, order, **self.units)

    def pass_over(
        self,
        X: Any,
        bags: Bags,
        make_loss: Callable[[Bags], Loss],
        random: RandomState,
    ) -> float:
        """Take each bag once, in random order, and return the mean of the losses."""
        order = random.permutation(bags.n_bags)
        rows = np.cumsum(bags.sizes[order])
        parts = np.split(order, np.flatnonzero(np.diff(rows // BATCH_ROWS)) + 1)
        total = 0.0
        for part in parts:
            batch = bags.take(np.sort(part))
            inside = np.arange(batch.n_rows)
            problem = self.problem(X[batch.order], make_loss(batch), inside)
            value, gradient = problem(self.unknowns)
            self.squares += gradient**2
            root = np.sqrt(self.squares)
            self.unknowns -= STEP * np.divide(
                gradient, root, out=np.zeros_like(root), where=root > 0.0
            )
            self.n_steps += 1
            share = max(FORGET, 1.0 / self.n_steps)
            self.mean += share * (self.unknowns - self.mean)
            total += value * batch.n_rows
        return total / bags.n_rows
