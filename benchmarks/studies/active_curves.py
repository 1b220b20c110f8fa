# SPDX-License-Identifier: BSD-3-Clause
"""Learning curves of samplers on four tables, and those of scikit-activeml.

``python -m benchmarks.studies.active_curves`` (half an hour) writes
``benchmarks/results/study-active-curves.md``. Logistic regression on columns that are
standardised, without labels; two labels of each class at the start, then eight rounds
of 20; accuracy on a third of the rows, stratified. AULC is the mean of the nine scores.
Both sides play the same ten splits from the same four starts each (letter and
TypiClust, which take longest: one start), and draw what they draw themselves. Rows that
occur twice are there once. Nothing is tuned.
"""

import sys
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
from threadpoolctl import threadpool_limits

from skx.active import (
    BadgeSampler,
    KCenterSampler,
    RandomSampler,
    TypiClustSampler,
    UncertaintySampler,
    compare,
)
from skx.datasets import load_letter, load_satimage, load_spambase

RESULT = Path(__file__).parents[1] / "results" / "study-active-curves.md"
N_SPLITS, N_OF_CLASS, N_ROUNDS, N_SAMPLES = 10, 2, 8, 20
N_STARTS, SLOW = 4, ("letter", "TypiClust")
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
) -> list[float]:
    """Return the nine scores of the peer's loop."""
    from skactiveml.classifier import SklearnClassifier

    strategy, known = make_peer(name, seed), np.full(len(y), np.nan)
    model = SklearnClassifier(MODEL, classes=np.unique(y), random_state=seed)
    rows, scores = start, []
    for k in range(N_ROUNDS + 1):
        known[rows] = y[rows]
        model.fit(X, known)
        scores.append(float(model.score(X_test, y_test)))
        if k < N_ROUNDS:
            inputs = {"X": X, "y": known, "batch_size": N_SAMPLES}
            if name in ("margin", "BADGE"):
                inputs |= {"clf": model, "fit_clf": False}
            rows = strategy.query(**inputs)
    return scores


def study(table: str, name: str) -> str:
    """Return the line of one sampler on one table."""
    X, y = load(table)
    splitter = StratifiedShuffleSplit(N_SPLITS, test_size=1 / 3, random_state=0)
    splits = list(splitter.split(X, y))
    if table not in SLOW and name not in SLOW:
        splits *= N_STARTS
    classes = np.unique(y).tolist()
    comparison = compare(
        {name: SAMPLERS[name]},
        X,
        y,
        initial=dict.fromkeys(classes, N_OF_CLASS),
        n_rounds=N_ROUNDS,
        n_samples=N_SAMPLES,
        cv=splits,
        random_state=0,
    )
    ours = comparison.curves[name]
    scores = []
    for s, (pool, test) in enumerate(splits):
        place = np.empty(len(y), np.int64)
        place[pool] = np.arange(len(pool))
        start = place[ours.indices[s][: N_OF_CLASS * len(classes)]]
        rows = (X[pool], y[pool], X[test], y[test])
        scores.append(play_peer(name, *rows, start, s))
    theirs = np.array(scores)
    gaps = ours.aulc() - theirs.mean(axis=1)
    cells = [
        f"{len(gaps)}",
        f"{ours.aulc().mean():.4f}",
        f"{theirs.mean():.4f}",
        f"{gaps.mean():+.4f}",
        f"{gaps.std(ddof=1) / np.sqrt(len(gaps)):.4f}",
        "yes" if gaps.mean() >= -MARGIN_OF_PARITY else "no",
        f"{ours.scores[:, -1].mean():.3f}",
        f"{theirs[:, -1].mean():.3f}",
    ]
    line = f"| {table} | {name} | {' | '.join(cells)} |"
    print(line, file=sys.stderr)
    return line


def main() -> None:
    """Play both sides on every table and write the report."""
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        found = [study(table, name) for table in TABLES for name in SAMPLERS]
    lines = [
        "# Learning curves of samplers",
        "",
        (__doc__ or "").split("\n\n", 1)[1].strip(),
        "",
        "Gap is the mean AULC of skx less that of scikit-activeml, error its standard",
        f"error over the campaigns; parity means a gap of {-MARGIN_OF_PARITY} or more.",
        "Last is the score with all labels.",
        "",
        "| data | sampler | campaigns | AULC | peer | gap | error | parity "
        "| last | peer |",
        "|---" * 10 + "|",
        *found,
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
