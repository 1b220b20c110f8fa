# SPDX-License-Identifier: BSD-3-Clause
"""Rounds of trees on whole bags, grown by LightGBM from gradients of ours."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import NDArray

from skx.proportions._bags import Bags
from skx.proportions._objectives import Objective

Array = NDArray[np.float64]
# From the rows of a bag and nothing else: what makes an objective.
MakeObjective = Callable[[Bags], Objective]

# Sums are made in one order whatever the number of threads. Bins must not depend on how
# often a row is repeated.
FIXED: dict[str, Any] = {
    "objective": "none",
    "metric": "None",
    "boost_from_average": False,
    "deterministic": True,
    "force_col_wise": True,
    "min_data_in_bin": 1,
    "feature_pre_filter": False,
    "verbosity": -1,
}
# Least part of the curvature of all rows in a leaf. LightGBM estimates numbers of rows
# from curvatures, and without a bound it may choose a leaf that has none.
LEAST_CURVATURE = 1e-9


def open_table(
    numbers: Array, is_categorical: NDArray[np.bool_], params: dict[str, Any]
) -> Any:
    """Return a table binned for trees; rows are in the order of bags."""
    import lightgbm

    table = lightgbm.Dataset(
        numbers,
        label=np.zeros(len(numbers)),
        categorical_feature=np.flatnonzero(is_categorical).tolist(),
        params=params,
        free_raw_data=False,
    )
    return table.construct()


class Booster:
    """A LightGBM booster that starts at given scores."""

    def __init__(
        self, table: Any, start: Array, objective: Objective, params: dict[str, Any]
    ) -> None:
        import lightgbm

        self.scores = start
        self.objective = objective
        table.set_init_score(start)
        curvature = objective(start)[1].reshape(len(start), -1)
        own = {
            "num_class": curvature.shape[1],
            "min_sum_hessian_in_leaf": LEAST_CURVATURE * curvature.sum(axis=0).max(),
        }
        self.model = lightgbm.Booster(params | own, table)
        self.held_out: Objective | None = None
        self.losses = np.empty(0)

    def hold_out(self, table: Any, start: Array, objective: Objective) -> None:
        """Follow the losses of bags that no tree learns from."""
        table.set_init_score(start)
        self.model.add_valid(table, "bags")
        self.held_out = objective
        self.losses = objective.losses(start)

    def grow(self) -> bool:
        """Add a round; return whether there was anything to learn."""
        is_finished = self.model.update(fobj=self._derivatives)
        if self.held_out is not None:
            self.model.eval_valid(feval=self._follow)
        return not is_finished

    def _derivatives(self, scores: Array, _: Any) -> tuple[Array, Array]:
        self.scores = scores
        return self.objective(scores)

    def _follow(self, scores: Array, _: Any) -> tuple[str, float, bool]:
        assert self.held_out is not None
        self.losses = self.held_out.losses(scores)
        return "loss", 0.0, False


def hush() -> None:
    """Set LightGBM's level of messages, which every thread has for itself."""
    open_table(np.zeros((1, 1)), np.zeros(1, dtype=bool), FIXED)


class Trial(NamedTuple):
    """What held-out bags say of a start."""

    n_rounds: int  # the best number, the least of equally good ones
    curve: Array  # (any number of rounds + 1,), weighted means of losses over bags
    losses: Array  # (n_held_out,), of bags after ``n_rounds``
    weights: Array  # (n_held_out,), 1 in sum


def try_rounds(
    starts: Mapping[str, Sequence[Booster]],
    folds: Sequence[NDArray[np.intp]],
    totals: Array,
    *,
    n_rounds: int,
    patience: int | None,
    n_jobs: int | None,
    report: Callable[[str, int, float], None],
) -> dict[str, Trial]:
    """Grow for each start one booster per fold of held-out bags, all at the same pace.

    ``folds`` are positions of bags in ``totals``, their weights. A start ends when its
    mean loss was lowest ``patience`` rounds ago; without patience, the last round
    counts as the best. All starts are grown side by side: those of one alone would
    leave threads without work.
    """
    chosen = np.concatenate(folds)
    weights = totals[chosen] / totals[chosen].sum()
    going = {name: list(boosters) for name, boosters in starts.items()}
    curves: dict[str, list[float]] = {name: [] for name in starts}
    best: dict[str, tuple[int, Array]] = {}
    n_threads = min(effective_n_jobs(n_jobs), len(starts) * len(folds))
    with ThreadPoolExecutor(n_threads, initializer=hush) as pool:
        run = pool.map if n_threads > 1 else map
        for n in range(n_rounds + 1):
            if n:
                _grow(going, run)
            for name in list(going):
                losses = np.concatenate([booster.losses for booster in starts[name]])
                curve = curves[name]
                curve.append(float(weights @ losses))
                if patience is None or not n or curve[-1] < curve[best[name][0]]:
                    best[name] = n, losses
                report(name, n, curve[-1])
                is_late = patience is not None and n - best[name][0] >= patience
                if is_late or not going[name]:
                    del going[name]
            if not going:
                break
    return {
        name: Trial(at, np.array(curves[name]), losses, weights)
        for name, (at, losses) in best.items()
    }


def _grow(going: dict[str, list[Booster]], run: Callable[..., Any]) -> None:
    """Add a round to all boosters; keep those that may learn more."""
    boosters = [booster for some in going.values() for booster in some]
    grown = dict(zip(boosters, run(Booster.grow, boosters), strict=True))
    for name, some in going.items():
        going[name] = [booster for booster in some if grown[booster]]
