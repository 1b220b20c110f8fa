# SPDX-License-Identifier: BSD-3-Clause
"""One query of every sampler on a million rows.

``python -m benchmarks.studies.active_million`` (five minutes) writes
``benchmarks/results/study-active-million.md``. A pool of 1 000 000 rows of 32 columns,
float32 (122 MiB), in fifty clusters; 500 rows have a label of ten classes or, for
samplers of regression, a number. 100 rows are asked for, by samplers with their
defaults around logistic or ridge regression. Each runs in a process of its own, and
asks once for 100 of 20 000 rows before, so that kernels are compiled. Memory is the
peak of fit and query above what was held before. BatchBALD takes some 3 s for each row,
whatever the pool, as it compares 10 000 candidates on 10 000 combinations of labels: it
is asked for 10. ProbCover counts all pairs of rows
within a radius, which no million rows allow: it is asked what it says, and then through
SubsetSampler.
"""

import sys
import time
import warnings
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge

from benchmarks._memory import extra_peak_mib
from benchmarks.active import N_LABELED, N_PICKS, pool
from skx import active

RESULT = Path(__file__).parents[1] / "results" / "study-active-million.md"
N_ROWS, N_WARM, N_FEW = 1_000_000, 20_000, 10


def _margin() -> Any:
    return active.UncertaintySampler(LogisticRegression(max_iter=300))


def _over_classes(name: str, **params: Any) -> Callable[[], Any]:
    model = LogisticRegression(max_iter=300)
    return lambda: getattr(active, name)(model, **params)


def _over_numbers(name: str, model: Any = None, **params: Any) -> Callable[[], Any]:
    return lambda: getattr(active, name)(model or Ridge(), **params)


def _around(name: str, **params: Any) -> Callable[[], Any]:
    return lambda: getattr(active, name)(_margin(), **params)


FEW = f"BatchBALDSampler, {N_FEW} rows"
FOREST = RandomForestClassifier(20, random_state=0)
OF_CLASSES: dict[str, Callable[[], Any]] = {
    "RandomSampler": _over_classes("RandomSampler", random_state=0),
    "UncertaintySampler": _margin,
    "CommitteeSampler": lambda: active.CommitteeSampler(FOREST, random_state=0),
    "DensitySampler": _over_classes("DensitySampler"),
    "KCenterSampler": _over_classes("KCenterSampler"),
    "KMeansSampler": _over_classes("KMeansSampler", random_state=0),
    "BadgeSampler": _over_classes("BadgeSampler", random_state=0),
    "TypiClustSampler": _over_classes("TypiClustSampler", random_state=0),
    "LCMDSampler": _over_classes("LCMDSampler"),
    "RankedBatchSampler": _over_classes("RankedBatchSampler"),
    FEW: lambda: active.BatchBALDSampler(FOREST, random_state=0),
    "DropQuerySampler": _over_classes("DropQuerySampler", random_state=0),
    "BaitSampler": _over_classes("BaitSampler"),
    "ExpectedErrorSampler": _over_classes("ExpectedErrorSampler"),
    "ProbCoverSampler": _over_classes("ProbCoverSampler", delta=6.0),
    "SubsetSampler of ProbCover": lambda: active.SubsetSampler(
        active.ProbCoverSampler(LogisticRegression(max_iter=300), delta=6.0),
        random_state=0,
    ),
    "AnchorSampler": _around("AnchorSampler", random_state=0),
    "BalancedSampler": _around("BalancedSampler"),
    "ColdStartSampler": _around("ColdStartSampler"),
    "CostAwareSampler": _around(
        "CostAwareSampler", cost=lambda X: 1.0 + np.abs(np.asarray(X)[:, 0])
    ),
    "MixedSampler": _around("MixedSampler", random_state=0),
    "OutlierFilterSampler": _around("OutlierFilterSampler", random_state=0),
    "StochasticBatchSampler": _around("StochasticBatchSampler", random_state=0),
    "SubsetSampler": _around("SubsetSampler", random_state=0),
}
OF_NUMBERS: dict[str, Callable[[], Any]] = {
    **{
        f"GreedyDistanceSampler, {method}": _over_numbers(
            "GreedyDistanceSampler", method=method
        )
        for method in ("gsx", "igs")
    },
    **{
        f"OptimalDesignSampler, {criterion}": _over_numbers(
            "OptimalDesignSampler", criterion=criterion
        )
        for criterion in "DAV"
    },
    "BaitSampler of a regressor": _over_numbers("BaitSampler"),
    "SpreadSampler": _over_numbers("SpreadSampler", BayesianRidge()),
}


def measure(name: str, n: int) -> tuple[float, float, float, str]:
    """Return seconds of fit and query, MiB, and what was said."""
    data = pool(n)
    build = (OF_CLASSES | OF_NUMBERS)[name]
    y = data.y.copy()
    if name in OF_NUMBERS:
        y[:N_LABELED] = data.X[:N_LABELED].sum(axis=1)
    seconds, said = [0.0, 0.0], ""

    def run() -> None:
        nonlocal said
        start = time.perf_counter()
        sampler = build().fit(data.X, y)
        seconds[0] = time.perf_counter() - start
        try:
            n_picks = N_FEW if name == FEW else N_PICKS
            rows = sampler.query(n_samples=n_picks)
            assert len(set(rows)) == n_picks
            assert rows.min() >= N_LABELED
        except (ValueError, MemoryError) as error:
            said = str(error)
        seconds[1] = time.perf_counter() - start - seconds[0]

    peak = extra_peak_mib(run)
    return seconds[0], seconds[1], np.nan if peak is None else peak, said


def warm_and_measure(name: str) -> tuple[float, float, float, str]:
    """Compile, then measure the large pool."""
    warnings.simplefilter("ignore")
    measure(name, N_WARM)
    return measure(name, N_ROWS)


def main() -> None:
    """Ask every sampler, and write the table."""
    lines = []
    for name in (*OF_CLASSES, *OF_NUMBERS):
        with get_context("spawn").Pool(1) as fresh:
            fit, query, mib, said = fresh.apply(warm_and_measure, (name,))
        lines.append(f"| {name} | {fit:.2f} | {query:.2f} | {mib:.0f} | {said} |")
        print(lines[-1], file=sys.stderr, flush=True)
    text = [
        "# One query on a million rows",
        "",
        (__doc__ or "").split("\n\n", 1)[1].strip(),
        "",
        "| sampler | fit, s | query, s | extra MiB | error |",
        "|---|---|---|---|---|",
        *lines,
    ]
    RESULT.write_text("\n".join(text) + "\n", encoding="utf-8")
    print("\n".join(text))


if __name__ == "__main__":
    main()
