# SPDX-License-Identifier: BSD-3-Clause
"""Rows whose labels are worth what they cost."""

import warnings
from collections.abc import Callable
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array

from skx._base.sklearn import HasMethods, Interval
from skx._caller import caller_level
from skx.active._greedy._draws import best_rows
from skx.active._greedy._reading import Positions
from skx.active._samplers._pool import Pool, Scores
from skx.active._samplers._wrapper import WrapperSampler


class CostAwareSampler(WrapperSampler):
    """Asks about the rows of the highest score per cost.

    For labels that differ in what they cost, such as texts of different length, or
    measurements of different duration. Where costs are about the same, or what is known
    about them is poor, use the sampler alone: cheap rows come first here, and may be
    cheap because there is little in them.

    Parameters
    ----------
    sampler : sampler with ``score_samples``
        Scores rows, such as `UncertaintySampler` and `CommitteeSampler`; scores are not
        negative.
    cost : callable
        ``cost(X)`` returns what a label of each row costs, a positive number. It gets
        some rows of X at a time, of the kind that X is of.
    budget : float, above 0, or None, default=None
        Most that the labels of a query may cost, of which there are ``n_samples`` at
        most. None: whatever ``n_samples`` rows cost.

    Attributes
    ----------
    sampler_ : sampler
        The fitted sampler.
    n_labeled_ : int
        Number of rows with a label.
    classes_ : ndarray of shape (n_classes,)
        Classes, for a classifier.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    UncertaintySampler : Takes costs of mistakes, which are another thing.

    Notes
    -----
    Scores are those of the sampler divided by the cost; equal ones by position. Within
    a budget, rows that no longer fit are passed over for worse ones that do, and if one
    row alone scores more than all of them together, it is picked instead. The sum of
    scores is then at least half of the best that the budget allows, where it is the
    budget that ends the batch and not ``n_samples``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import CostAwareSampler, UncertaintySampler
    >>> X = np.array([[0.0, 1.0], [1.9, 1.0], [2.0, 9.0], [2.2, 2.0], [4.0, 1.0]])
    >>> y = ["low", None, None, None, "high"]
    >>> inner = UncertaintySampler(LogisticRegression())
    >>> sampler = CostAwareSampler(inner, cost=lambda X: X[:, 1], budget=3.0)
    >>> sampler.fit(X, y).query(n_samples=3)
    array([1, 3])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "sampler": [HasMethods(["fit", "query", "score_samples"])],
        "cost": [callable],
        "budget": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(
        self,
        sampler: Any,
        *,
        cost: Callable[[Any], ArrayLike],
        budget: float | None = None,
    ) -> None:
        self.sampler = sampler
        self.cost = cost
        self.budget = budget

    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        scores = self._score_pool(pool)
        if scores.min() < 0.0:
            row = int(np.argmin(scores))
            raise ValueError(
                f"The score of row {pool.candidates[row]} is {scores[row]:.6g}; scores "
                "are divided by costs and must not be negative. Use a measure that is "
                "not, such as the margin of probabilities."
            )
        costs = self._read_costs(pool)
        ratios = scores / costs
        if self.budget is None:
            picks = best_rows(ratios, n_picks)
        else:
            picks = pick_within_budget(scores, costs, float(self.budget), n_picks)
            if not len(picks):
                warnings.warn(
                    f"budget={self.budget} does not pay for any row, of which the "
                    f"cheapest costs {costs.min():.6g}; none is returned.",
                    UserWarning,
                    stacklevel=caller_level(),
                )
        return pool.candidates[picks], ratios[picks]

    def _read_costs(self, pool: Pool) -> NDArray[np.float64]:
        parts = [np.atleast_1d(np.asarray(self.cost(X))) for X in pool.chunks()]
        costs = check_array(
            np.concatenate(parts),
            dtype=np.float64,
            ensure_2d=False,
            input_name="cost(X)",
        )
        if costs.shape != pool.candidates.shape:
            raise ValueError(
                f"cost(X) has the shape {costs.shape} for {len(pool.candidates)} rows; "
                "it must return one number per row."
            )
        if costs.min() <= 0.0:
            row = int(np.argmin(costs))
            raise ValueError(
                f"cost(X) is {costs[row]:.6g} for row {pool.candidates[row]}; costs "
                "must be above 0."
            )
        return costs


def pick_within_budget(
    scores: NDArray[np.float64], costs: NDArray[np.float64], budget: float, n_most: int
) -> Positions:
    """Pick rows by score per cost as long as they fit, or the best one if it is more.

    Equal ratios, and equal scores, by position.
    """
    fits = np.flatnonzero(costs <= budget)
    if not len(fits):
        return fits
    alone = fits[np.argmax(scores[fits])]
    left = fits[np.argsort(-scores[fits] / costs[fits], kind="stable")]
    picks: list[Positions] = []
    n_free = n_most
    while len(left) and n_free:
        spent = np.cumsum(costs[left[:n_free]])
        n_taken = int(np.searchsorted(spent, budget, side="right"))
        picks.append(left[:n_taken])
        n_free -= n_taken
        budget -= spent[n_taken - 1]
        left = left[n_taken:]
        left = left[costs[left] <= budget]
    chosen = np.concatenate(picks)
    return chosen if scores[chosen].sum() >= scores[alone] else np.array([alone])
