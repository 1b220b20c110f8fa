# SPDX-License-Identifier: BSD-3-Clause
"""How often tests of `skx.model_selection` find a difference where there is none.

``python -m benchmarks.studies.compare_null`` writes
``benchmarks/results/study-compare-null.md``, in some five minutes of one processor.

Data are drawn anew for each test: classes 0 and 1 with equal chance, and three blocks
of three columns, which are normal with a mean of a half for class 1. One learner is
fitted to the first block, the other to the second (Cochran's Q: a third one to the
third). By symmetry they are equally good, on average over training rows; that is the
null of all tests but McNemar's and Cochran's, which ask whether fitted models are
equally good. "fixed" knows the means and learns nothing, so that it meets both. For
power, the second block has a mean of 0.8.

Rates of p-values below 0.05, in per cent. Ten folds with the corrected t, and one half
with McNemar's and Cochran's tests, are the defaults of `compare_estimators`. "t" is the
ordinary paired t test, which is not in the package, for comparison; 9/10 are random
splits.
"""

import sys
import time
import warnings
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import stats

from skx.model_selection import (
    cochrans_q_test,
    combined_ftest_5x2cv,
    corrected_resampled_ttest,
    mcnemar_test,
)

N_COLUMNS = 3
N_BLOCKS = 3
SHIFT, BETTER = 0.5, 0.8
LEVEL = 0.05
RESULT = Path(__file__).parents[1] / "results" / "study-compare-null.md"

Rows = NDArray[np.intp]
# Training rows, their classes and test rows to predicted classes.
Learner = Callable[[NDArray, NDArray, NDArray], NDArray]


def nearest_mean(X: NDArray, y: NDArray, X_test: NDArray) -> NDArray:
    """Predict the class whose mean is nearest."""
    low, high = X[y == 0].mean(axis=0), X[y == 1].mean(axis=0)
    return (X_test @ (high - low) > (high @ high - low @ low) / 2).astype(int)


def nearest_row(X: NDArray, y: NDArray, X_test: NDArray) -> NDArray:
    """Predict the class of the nearest training row."""
    # The squared length of the test row is the same for all.
    return y[((X * X).sum(axis=1) - 2.0 * X_test @ X.T).argmin(axis=1)]


def fixed(X: NDArray, y: NDArray, X_test: NDArray) -> NDArray:
    """Predict by the true means."""
    return (X_test.mean(axis=1) > SHIFT / 2).astype(int)


LEARNERS: dict[str, Learner] = {
    "nearest mean": nearest_mean,
    "nearest row": nearest_row,
    "fixed": fixed,
}


def draw(n: int, shift: float, rng: Generator) -> tuple[list[NDArray], NDArray]:
    """Return the blocks of columns and the classes."""
    y = rng.integers(0, 2, n)
    shifts = [SHIFT, shift, SHIFT]
    blocks = [rng.normal(size=(n, N_COLUMNS)) + y[:, np.newaxis] * s for s in shifts]
    return blocks, y


def folds(n: int, k: int, rng: Generator) -> list[tuple[Rows, Rows]]:
    """Return k folds at random."""
    parts = np.array_split(rng.permutation(n), k)
    return [
        (np.concatenate(parts[:i] + parts[i + 1 :]), part)
        for i, part in enumerate(parts)
    ]


def hits(
    learner: Learner, block: NDArray, y: NDArray, splits: list[tuple[Rows, Rows]]
) -> list[NDArray[np.bool_]]:
    """Return which test rows are right, for each split."""
    return [
        learner(block[train], y[train], block[test]) == y[test]
        for train, test in splits
    ]


def p_values(
    learner: Learner, n: int, shift: float, rng: Generator, *, n_repeats: int
) -> dict[str, float]:
    """Return the p-value of each test on one data set."""
    blocks, y = draw(n, shift, rng)
    repeats = [folds(n, 10, rng) for _ in range(n_repeats)]
    halves = [split for _ in range(5) for split in folds(n, 2, rng)]
    random = [folds(n, 10, rng)[0] for _ in range(15)]
    found = {}
    for name, splits in (
        ("10 folds", repeats[0]),
        (f"{n_repeats} times 10 folds", list(chain(*repeats))),
        ("15 times 9/10", random),
    ):
        right = [hits(learner, block, y, splits) for block in blocks[:2]]
        a, b = ([part.mean() for part in one] for one in right)
        if np.ptp(np.subtract(a, b)) > 0:
            found[f"t, {name}"] = float(stats.ttest_rel(a, b).pvalue)
        found[f"corrected t, {name}"] = corrected_resampled_ttest(
            a, b, n_train=n - n // 10, n_test=n // 10
        ).p_value
        if splits is repeats[0]:
            pooled = [np.concatenate(one) for one in right]
            third = np.concatenate(hits(learner, blocks[2], y, splits))
    a, b = (
        [part.mean() for part in hits(learner, block, y, halves)]
        for block in blocks[:2]
    )
    found["5x2cv F"] = combined_ftest_5x2cv(a, b).p_value
    every = np.ones(n, dtype=bool)
    found["McNemar exact, 10 folds"] = mcnemar_test(every, *pooled).p_value
    found["McNemar chi2, 10 folds"] = mcnemar_test(
        every, *pooled, method="chi2"
    ).p_value
    one = [hits(learner, block, y, halves[:1])[0] for block in blocks]
    half = np.ones(len(one[0]), dtype=bool)
    found["McNemar exact, one half"] = mcnemar_test(half, *one[:2]).p_value
    found["Cochran Q, 10 folds"] = cochrans_q_test(every, [*pooled, third]).p_value
    found["Cochran Q, one half"] = cochrans_q_test(half, one).p_value
    return found


def rates(
    learner: Learner,
    n: int,
    *,
    n_draws: int,
    shift: float = SHIFT,
    n_repeats: int = 10,
    seed: int = 0,
) -> dict[str, float]:
    """Return the share of data sets on which each test finds a difference."""
    rng = np.random.default_rng(seed)
    counts: dict[str, int] = {}
    with warnings.catch_warnings():
        # Of differences without variance, which are counted like others.
        warnings.simplefilter("ignore")
        for _ in range(n_draws):
            found = p_values(learner, n, shift, rng, n_repeats=n_repeats)
            for name, p in found.items():
                counts[name] = counts.get(name, 0) + (p < LEVEL)
    return {name: count / n_draws for name, count in counts.items()}


def main() -> None:
    """Run the study and write the tables."""
    start = time.perf_counter()
    lines = [
        "# Tests of differences where there are none",
        "",
        __doc__.split("\n\n", 1)[1].rstrip(),
    ]
    for title, shift, n_draws in (
        ("No difference", SHIFT, 2000),
        ("Power", BETTER, 500),
    ):
        columns = {}
        for name, learner in LEARNERS.items():
            if shift != SHIFT and learner is fixed:
                continue  # it does not know of the other mean
            for n in (100, 300):
                found = rates(learner, n, n_draws=n_draws, shift=shift)
                columns[f"{name}, {n} rows"] = found
                print(title, name, n, found, f"{time.perf_counter() - start:.0f} s")
                sys.stdout.flush()
        tests = next(iter(columns.values()))
        note = f"{n_draws} data sets each."
        if shift == SHIFT:
            error = 100 * np.sqrt(LEVEL * (1 - LEVEL) / n_draws)
            note += f" The standard error of 5 % is {error:.1f}."
        lines += ["", f"## {title}", "", note, "", f"| test | {' | '.join(columns)} |"]
        lines.append("| --- " * (len(columns) + 1) + "|")
        for test in tests:
            if shift != SHIFT and test.startswith("Cochran Q"):
                continue  # two of three are equal there: another question
            cells = (f"{100 * found.get(test, 0):.1f}" for found in columns.values())
            lines.append(f"| {test} | {' | '.join(cells)} |")
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
