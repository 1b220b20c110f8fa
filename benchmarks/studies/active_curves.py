# SPDX-License-Identifier: BSD-3-Clause
"""Learning curves of samplers on four tables, and those of scikit-activeml.

``python -m benchmarks.studies.active_curves`` (a quarter of an hour) writes
``benchmarks/results/study-active-curves.md``. Logistic regression on columns that are
standardised, without labels; two labels of each class at the start, then eight rounds
of 20; accuracy on a third of the rows, stratified, in ten splits. AULC is the mean of
the nine scores. Both sides play the same splits from the same starts, and draw what
they draw themselves. Rows that occur twice are there once. Nothing is tuned.
"""

import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.preprocessing import StandardScaler

from skx.active import (
    BadgeSampler,
    CurveComparison,
    KCenterSampler,
    RandomSampler,
    TypiClustSampler,
    UncertaintySampler,
    compare,
)
from skx.datasets import load_letter, load_satimage, load_spambase

RESULT = Path(__file__).parents[1] / "results" / "study-active-curves.md"
N_SPLITS, N_START, N_ROUNDS, N_SAMPLES = 10, 2, 8, 20
MARGIN_OF_PARITY = 0.005

TABLES: dict[str, Callable[..., Any]] = {
    "digits": load_digits,
    "satimage": lambda **how: load_satimage(as_frame=False, **how),
    "spambase": lambda **how: load_spambase(as_frame=False, **how),
    "letter": lambda **how: load_letter(as_frame=False, **how),
}
MODEL = LogisticRegression(max_iter=1000)
SAMPLERS = {
    "random": RandomSampler(MODEL),
    "margin": UncertaintySampler(MODEL),
    "k-center": KCenterSampler(MODEL),
    "BADGE": BadgeSampler(MODEL),
    "TypiClust": TypiClustSampler(MODEL),
}


def make_peer(name: str, seed: int) -> Any:
    """Return the strategy of scikit-activeml."""
    from skactiveml import pool

    return {
        "random": lambda: pool.RandomSampling(random_state=seed),
        "margin": lambda: pool.UncertaintySampling(
            method="margin_sampling", random_state=seed
        ),
        "k-center": lambda: pool.CoreSet(random_state=seed),
        "BADGE": lambda: pool.Badge(random_state=seed),
        "TypiClust": lambda: pool.TypiClust(random_state=seed),
    }[name]()


def load(name: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return standardised rows, each once, and classes as numbers."""
    X, y = TABLES[name](return_X_y=True)
    X, first = np.unique(np.asarray(X, np.float64), axis=0, return_index=True)
    _, codes = np.unique(np.asarray(y)[first], return_inverse=True)
    return StandardScaler().fit_transform(X), codes


def play_peer(
    name: str,
    X: NDArray,
    y: NDArray,
    X_test: NDArray,
    y_test: NDArray,
    start: NDArray[np.int64],
    seed: int,
) -> tuple[list[float], float]:
    """Return the nine scores of the peer's loop, and the seconds it took."""
    from skactiveml.classifier import SklearnClassifier

    strategy, known = make_peer(name, seed), np.full(len(y), np.nan)
    model = SklearnClassifier(MODEL, classes=np.unique(y), random_state=seed)
    rows, scores, seconds = start, [], 0.0
    for k in range(N_ROUNDS + 1):
        known[rows] = y[rows]
        began = time.perf_counter()
        model.fit(X, known)
        seconds += time.perf_counter() - began
        scores.append(float(model.score(X_test, y_test)))
        if k < N_ROUNDS:
            began = time.perf_counter()
            inputs = {"X": X, "y": known, "batch_size": N_SAMPLES}
            if name in ("margin", "BADGE"):
                inputs |= {"clf": model, "fit_clf": False}
            rows = strategy.query(**inputs)
            seconds += time.perf_counter() - began
    return scores, seconds


def study(table: str) -> list[str]:
    """Return the lines of one table."""
    X, y = load(table)
    splitter = StratifiedShuffleSplit(N_SPLITS, test_size=1 / 3, random_state=0)
    splits = list(splitter.split(X, y))
    n_start = N_START * len(np.unique(y))
    ours = compare(
        SAMPLERS,
        X,
        y,
        initial=dict.fromkeys(np.unique(y).tolist(), N_START),
        n_rounds=N_ROUNDS,
        n_samples=N_SAMPLES,
        cv=splits,
        random_state=0,
    )
    print(table, ours, sep="\n", file=sys.stderr)
    lines = []
    for name, curve in ours.curves.items():
        theirs, seconds = [], []
        for s, (pool, test) in enumerate(splits):
            place = np.empty(len(y), np.int64)
            place[pool] = np.arange(len(pool))
            start = place[curve.indices[s][:n_start]]
            rows = (X[pool], y[pool], X[test], y[test])
            scores, spent = play_peer(name, *rows, start, s)
            theirs.append(scores)
            seconds.append(spent)
        lines.append(line(table, name, ours, np.array(theirs), float(np.mean(seconds))))
        print(lines[-1], file=sys.stderr)
    return lines


def line(
    table: str, name: str, ours: CurveComparison, theirs: NDArray, seconds: float
) -> str:
    """Return the line of one sampler on one table."""
    curve = ours.curves[name]
    gaps = curve.aulc() - theirs.mean(axis=1)
    cells = [
        f"{curve.aulc().mean():.4f}",
        f"{theirs.mean():.4f}",
        f"{gaps.mean():+.4f}",
        f"{gaps.std(ddof=1) / np.sqrt(len(gaps)):.4f}",
        "yes" if gaps.mean() >= -MARGIN_OF_PARITY else "no",
        f"{curve.scores[:, -1].mean():.3f}",
        f"{theirs[:, -1].mean():.3f}",
        f"{curve.seconds.sum(axis=1).mean():.2f}",
        f"{seconds:.2f}",
    ]
    return f"| {table} | {name} | {' | '.join(cells)} |"


def main() -> None:
    """Play both sides on every table and write the report."""
    heads = ["data", "sampler", "AULC", "peer", "gap", "its error", "parity"]
    heads += ["last score", "peer", "seconds", "peer"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [line for table in TABLES for line in study(table)]
    lines = [
        "# Learning curves of samplers",
        "",
        (__doc__ or "").split("\n\n", 1)[1].strip(),
        "",
        "Gap is the mean AULC of skx less that of scikit-activeml, with its standard",
        f"error over the splits; parity means a gap of {-MARGIN_OF_PARITY} or more.",
        "Seconds are those of fits and queries of one campaign.",
        "",
        f"| {' | '.join(heads)} |",
        "|---" * len(heads) + "|",
        *found,
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
