# SPDX-License-Identifier: BSD-3-Clause
"""Which rows are sure enough to be given a label: masks over rows without one."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Thresholds that are tried for each class.
GRID = 50


def most_confident(confidence: Floats, weights: Floats, wanted: float) -> Mask:
    """Return the rows of highest confidence, of a total weight of ``wanted`` or more.

    Rows of equal confidence come together.
    """
    order = np.argsort(-confidence, kind="stable")
    reached = int(np.searchsorted(np.cumsum(weights[order]), wanted * (1.0 - 1e-12)))
    last = order[min(reached, len(order) - 1)]
    return confidence >= confidence[last]


def below_bound(
    similarity: Floats, proba: Floats, codes: NDArray[np.int64], weights: Floats
) -> Mask:
    """Return the rows above the threshold of the class that is predicted.

    ``similarity`` is what the predicted class (``codes``) adds to the T-similarity,
    ``proba`` are probabilities of classes. A class that is not predicted has the
    threshold infinity.
    """
    thresholds = np.full(proba.shape[1], np.inf)
    for code in np.unique(codes):
        rows = codes == code
        thresholds[code] = _best_threshold(
            similarity[rows], np.delete(proba[rows], code, axis=1), weights[rows]
        )
    return similarity >= thresholds[codes]


def _best_threshold(votes: Floats, wrong: Floats, weights: Floats) -> float:
    """Return the threshold with the lowest bound on the error among rows above it.

    ``wrong`` are probabilities of the classes that are not predicted. The mass of the
    errors of class i has votes that add up to K_i. Worst of all, it sits right above
    the threshold: between it and the vote g all rows are wrong, and what is left of
    K_i beyond g makes at most K_i / g errors; the best g bounds them.
    """
    order = np.argsort(votes, kind="stable")
    votes, weights = votes[order], weights[order]
    mass = wrong[order] * weights[:, None]
    grid = np.unique(votes)
    grid = grid[np.linspace(0, len(grid) - 1, min(GRID, len(grid))).astype(np.int64)]
    grid = grid[grid > 0.0]
    if not len(grid):
        return 0.0
    places = np.searchsorted(votes, grid)
    errors = _sum_before(mass, places)
    used = _sum_before(mass * votes[:, None], places)
    total = (mass * votes[:, None]).sum(axis=0)
    # Axes: threshold, vote g, class.
    between = errors[None] - errors[:, None]
    beyond = np.maximum(total - used[None] + used[:, None], 0.0)
    bounds = between + beyond / grid[None, :, None]
    bounds[np.tril_indices(len(grid), -1)] = np.inf
    above = weights.sum() - _sum_before(weights[:, None], places)[:, 0]
    return float(grid[(bounds.min(axis=1).sum(axis=1) / above).argmin()])


def _sum_before(values: Floats, places: NDArray[np.int64]) -> Floats:
    sums = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=sums[1:])
    return sums[places]
