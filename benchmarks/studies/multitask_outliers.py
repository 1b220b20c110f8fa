# SPDX-License-Identifier: BSD-3-Clause
"""Outlier scores of R-MTGB where it is known which tasks are outliers, and which noisy.

``python -m benchmarks.studies.multitask_outliers`` (a minute) writes
``benchmarks/results/study-multitask-outliers.md``. Ten draws of `make_multitask`, seeds
200 to 209, which nothing was chosen on; ten tasks of 300 rows, defaults.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from skx.datasets import make_multitask
from skx.multitask import RMTGBRegressor

RESULT = Path(__file__).parents[1] / "results" / "study-multitask-outliers.md"
SEEDS = range(200, 210)
N_TASKS, NOISY = 10, 0
# Task 0 has three times the noise of the others.
NOISE = np.where(np.arange(N_TASKS) == NOISY, 1.5, 0.5)
DRAWS: dict[str, tuple[str, float | NDArray[np.float64]]] = {
    "two outliers, no noise": ("outlier", 0.0),
    "two outliers, noise, one task more noisy": ("outlier", NOISE),
    "no outliers, noise, one task more noisy": ("related", NOISE),
}


def scores(scenario: str, noise: float | NDArray[np.float64], seed: int) -> NDArray:
    """Return the outlier scores of the tasks of a draw."""
    X, y, tasks = make_multitask(
        n_tasks=N_TASKS, scenario=scenario, noise=noise, random_state=seed
    )
    return RMTGBRegressor(random_state=0).fit(X, y, tasks).outlier_score_


def main() -> None:
    """Run the study and write the table."""
    lines = [
        "# Outlier scores",
        "",
        "How it was made: `benchmarks/studies/multitask_outliers.py`. Draws of ten, by "
        "`outlier_score_` of the defaults.",
        "",
        "| tasks | AUC of the outliers is 1 | noisy task below 1/2 | other ordinary "
        "tasks below 1/2 |",
        "| --- | --- | --- | --- |",
    ]
    for name, (scenario, noise) in DRAWS.items():
        found = np.array([scores(scenario, noise, seed) for seed in SEEDS])
        is_outlier = np.arange(N_TASKS) >= N_TASKS - 2
        is_outlier &= scenario == "outlier"
        perfect = noisy = "-"
        if is_outlier.any():
            aucs = [roc_auc_score(is_outlier, row) for row in found]
            perfect = f"{np.sum(np.array(aucs) == 1.0)} of {len(found)}"
        if np.ndim(noise):
            noisy = f"{np.sum(found[:, NOISY] < 0.5)} of {len(found)}"
        usual = found[:, ~is_outlier][:, 1:]
        quiet = f"{np.sum(usual < 0.5)} of {usual.size}"
        lines.append(f"| {name} | {perfect} | {noisy} | {quiet} |")
        print(lines[-1], flush=True)
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
