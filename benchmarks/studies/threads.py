# SPDX-License-Identifier: BSD-3-Clause
"""Workers with threads of their own: what a search costs on two processors.

``python -m benchmarks.studies.threads`` (minutes, on an idle machine) writes
``benchmarks/results/study-threads.md``: seconds of eight fits in one process with one
thread, in one with two threads, and in two worker processes of joblib with one and with
two threads each. The last would be much slower if threads got in each other's way.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone

from skx.multitask import RMTGBClassifier
from skx.proportions import ProportionBoostingClassifier, bag_target, make_bags
from skx.resampling import SMOTE
from skx.rules import FOLDSEClassifier

RESULT = Path(__file__).parents[1] / "results" / "study-threads.md"
N, N_FITS, N_REPEATS = 200_000, 8, 2
WAYS = {
    "one thread": (1, 1),
    "two threads": (1, 2),
    "two workers": (2, 1),
    "two workers of two threads": (2, 2),
}


def fits() -> dict[str, tuple[Any, Callable, tuple[Any, ...]]]:
    """Return estimators, what is called with them, and its arguments."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 20)).astype(np.float32)
    y = (X[:, 0] - X[:, 1] + rng.logistic(size=N) > 2.0).astype(int)
    tasks = rng.integers(20, size=N)
    few = slice(0, N // 10)
    bags = make_bags(X[few], bag_size=32, random_state=0)
    return {
        "FOLDSEClassifier": (FOLDSEClassifier(), _fit, (X, y)),
        "RMTGBClassifier": (
            RMTGBClassifier(
                n_iter_shared=10, n_iter_task=10, task_feature=0, random_state=0
            ),
            _fit,
            (np.column_stack([tasks, X])[few], y[few]),
        ),
        "ProportionBoostingClassifier": (
            ProportionBoostingClassifier(n_estimators=50, random_state=0),
            _fit,
            (X[few], bag_target(bags, y=y[few])),
        ),
        "SMOTE": (SMOTE(random_state=0), _resample, (X[few, :5], y[few])),
    }


def _fit(model: Any, X: Any, y: Any) -> None:
    clone(model).fit(X, y)


def _resample(model: Any, X: Any, y: Any) -> None:
    clone(model).fit_resample(X, y)


def seconds(call: Callable, model: Any, data: tuple[Any, ...], workers: int) -> float:
    """Return the least seconds of a few goes at all fits."""
    pool = Parallel(n_jobs=workers)
    found = []
    with pool:
        for _ in range(N_REPEATS + 1):  # the first one starts the workers
            started = time.perf_counter()
            pool(delayed(call)(model, *data) for _ in range(N_FITS))
            found.append(time.perf_counter() - started)
    return min(found[1:])


def main() -> None:
    """Write the table."""
    lines = [
        "# Threads of workers",
        "",
        f"How it was made: `benchmarks/studies/threads.py`. Seconds of {N_FITS} fits,",
        f"the least of {N_REPEATS} goes, on two processors.",
        "",
        f"| estimator | {' | '.join(WAYS)} |",
        "|---" * (len(WAYS) + 1) + "|",
    ]
    for name, (model, call, data) in fits().items():
        found = [
            seconds(call, model.set_params(n_jobs=threads), data, workers)
            for workers, threads in WAYS.values()
        ]
        lines.append(f"| {name} | {' | '.join(f'{s:.2f}' for s in found)} |")
        print(lines[-1], flush=True)
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
