# SPDX-License-Identifier: BSD-3-Clause
"""Gradients that are never built, and draws of them, on a device.

All weights are brought up to date after each pick, by products of matrices. The host
draws by old ones and looks at few rows, one after the other, which a device is bad at.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._backend import blocks, namespace_of
from skx._random import random_uniform
from skx.active._device import draw_row, is_place, joined
from skx.active._greedy._badge._kernels import ROUNDING


class Gradients:
    """Gradients (p_i - e_i) kron h_i of rows, of which lengths and distances are known.

    e_i is 1 at the first largest of p_i, and h_i is the row, with an intercept or not.
    """

    def __init__(self, proba: Any, X: Any, intercept: float) -> None:
        self.proba, self.X = proba, X
        self.square = intercept * intercept
        self.norms = self._join(
            lambda errors, features: (_squares(errors), _squares(features))
        )

    def squares_to(self, row: int) -> Any:
        """Return squared distances of all gradients to one."""
        error, feature = (part[0, :] for part in self._parts(slice(row, row + 1)))
        products = self._join(
            lambda errors, features: (errors @ error, features @ feature)
        )
        both = self.norms + self.norms[row]
        squares = both - 2.0 * products
        # What rounding leaves of the distance between copies is none.
        return namespace_of(self.X).where(squares <= ROUNDING * both, 0.0, squares)

    def _parts(self, block: slice) -> tuple[Any, Any]:
        """Return p_i - e_i and h_i of some rows in double precision."""
        xp = namespace_of(self.X)
        p = xp.astype(self.proba[block, :], xp.float64, copy=False)
        errors = xp.where(is_place(p, xp.argmax(p, axis=1)), p - 1.0, p)
        return errors, xp.astype(self.X[block, :], xp.float64, copy=False)

    def _join(self, multiply: Callable[[Any, Any], tuple[Any, Any]]) -> Any:
        """Return products of gradients, from those of their parts, block by block."""
        n, d = self.X.shape
        found = []
        for block in blocks(n, 16 * d + 32 * self.proba.shape[1]):
            by_errors, by_features = multiply(*self._parts(block))
            found.append(by_errors * (by_features + self.square))
        return joined(found)


def _squares(rows: Any) -> Any:
    return namespace_of(rows).sum(rows * rows, axis=1)


def draw_picks(
    gradients: Gradients, n_picks: int, seed: np.uint64
) -> NDArray[np.int64]:
    """Draw rows by their squared distance to the nearest pick, after the longest."""
    xp = namespace_of(gradients.X)
    row = int(xp.argmax(gradients.norms))
    picks = [row]
    weights = gradients.squares_to(row)
    for b in range(1, n_picks):
        weights[row] = 0.0
        with np.errstate(over="ignore"):
            share = random_uniform(seed, b, 0, 0)
        row = draw_row(weights, float(share))
        if row < 0:
            left = np.setdiff1d(np.arange(gradients.X.shape[0]), picks)
            return np.concatenate([picks, left[: n_picks - b]])
        picks.append(row)
        weights = xp.minimum(weights, gradients.squares_to(row))
    return np.array(picks, np.int64)
