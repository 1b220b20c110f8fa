# SPDX-License-Identifier: BSD-3-Clause
"""The experiment of the SMOTE paper: over- and under-sampling against the latter alone.

``python -m benchmarks.studies.smote_paper`` (minutes) writes
``benchmarks/results/study-smote-paper.md``. Chawla et al. 2002, sections 5 and 6: the
common class is reduced to 100 / u times the rare one (u from 10 to 2000 %), with and
without SMOTE of 50 to 500 % before; each setting gives one point (false, true positive
rate), averaged over ten folds, and each amount of SMOTE one curve.

What differs: trees are scikit-learn's CART instead of C4.5; each smallest leaf (2 and 5
rows) gives a row of the table of its own, nothing is tuned on test folds.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import auc
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from benchmarks.studies._data import Data, load_extra, load_keel
from skx.datasets import load_satimage
from skx.resampling import SMOTE

UNDER = (10, 15, 25, 50, 75, 100, 125, 150, 175, 200, 300, 400, 500, 600, 700, 800)
UNDER += (1000, 2000)
SMOTE_AMOUNTS = (0, 50, 100, 200, 300, 400, 500)
LEAVES = (2, 5)
N_FOLDS = 10
RESULT = Path(__file__).parents[1] / "results" / "study-smote-paper.md"
# AUC of the paper's table, times 10 000: under-sampling alone, then SMOTE's amounts.
PUBLISHED = {
    "pima": ("7242", "7307"),
    "phoneme": ("8622", "8644, 8661"),
    "satimage": ("8900", "8957, 8979, 8963, 8975, 8960"),
}


def satimage() -> Data:
    """Load satimage with its rarest class, "damp grey soil", against the others."""
    X, y = load_satimage(return_X_y=True, as_frame=False)
    labels, counts = np.unique(y, return_counts=True)
    return X, (y == labels[counts.argmin()]).astype(np.int64)


LOADERS: dict[str, Callable[[], Data]] = {
    "pima": lambda: load_keel("pima"),
    "phoneme": lambda: load_extra("phoneme", "class"),
    "satimage": satimage,
}


def resample(X: NDArray, y: NDArray, smote: int, under: int, seed: int) -> Data:
    """Apply SMOTE of ``smote`` %, then keep 100 / ``under`` common rows a rare one."""
    rng = np.random.default_rng(seed)
    n_rare = int(y.sum())
    if smote:
        target = n_rare + n_rare * smote // 100
        sampler = SMOTE(sampling_strategy=_counts(y, target), random_state=seed)
        X, y = sampler.fit_resample(X, y)
    common = np.flatnonzero(y == 0)
    n_common = max(1, min(common.size, round(int(y.sum()) * 100 / under)))
    kept = rng.choice(common, n_common, replace=False)
    rows = np.concatenate([np.flatnonzero(y == 1), kept])
    return X[rows], y[rows]


def _counts(y: NDArray, target: int) -> Callable[[NDArray], dict[int, int]]:
    # A callable, since the target may exceed the common class.
    return lambda labels: {1: target}


def curve(X: NDArray, y: NDArray, smote: int, leaf: int) -> NDArray[np.float64]:
    """Points (FPR, TPR), one for each amount of under-sampling, mean over folds."""
    points = np.zeros((len(UNDER), 2))
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=0)
    for fold, (train, test) in enumerate(folds.split(X, y)):
        for row, under in enumerate(UNDER):
            X_new, y_new = resample(X[train], y[train], smote, under, seed=fold)
            tree = DecisionTreeClassifier(min_samples_leaf=leaf, random_state=0)
            predicted = tree.fit(X_new, y_new).predict(X[test])
            points[row, 0] += predicted[y[test] == 0].mean() / N_FOLDS
            points[row, 1] += predicted[y[test] == 1].mean() / N_FOLDS
    return points


def area(points: NDArray) -> float:
    """Area under the points joined in order of false positive rate, with the ends."""
    ends = np.vstack([[[0.0, 0.0]], points, [[1.0, 1.0]]])
    ordered = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
    return float(auc(ordered[:, 0], ordered[:, 1]))


def on_hull(points: NDArray) -> NDArray[np.bool_]:
    """Which points are vertices of the upper hull, the two ends apart."""
    ends = np.vstack([[[0.0, 0.0]], points, [[1.0, 1.0]]])
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    hull: list[int] = []
    for i in order:
        while len(hull) > 1 and _turns_left(ends[hull[-2]], ends[hull[-1]], ends[i]):
            hull.pop()
        hull.append(int(i))
    found = np.zeros(ends.shape[0], np.bool_)
    found[hull] = True
    return found[1:-1]


def _turns_left(a: NDArray, b: NDArray, c: NDArray) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) >= 0


def study(name: str) -> list[str]:
    """Rows of the table for one data set."""
    X, y = LOADERS[name]()
    rows = []
    for leaf in LEAVES:
        curves = [curve(X, y, smote, leaf) for smote in SMOTE_AMOUNTS]
        areas = [area(points) for points in curves]
        vertices = on_hull(np.vstack(curves))
        share = vertices[len(UNDER) :].sum() / vertices.sum()
        under, best = PUBLISHED[name][0], max(PUBLISHED[name][1].split(", "))
        cells = [f"{value:.4f}"[1:] for value in areas]
        rows.append(
            f"| {name} | {leaf} | {' | '.join(cells)} | {share:.0%} of "
            f"{vertices.sum()} | .{under} | .{best} |"
        )
        print(rows[-1], file=sys.stderr)
    return rows


def main() -> None:
    """Run the experiment on the data sets at hand and write its table."""
    amounts = " | ".join(f"SMOTE {amount} %" for amount in SMOTE_AMOUNTS[1:])
    lines = [
        "# The experiment of the SMOTE paper",
        "",
        (__doc__ or "").split("\n\n", 1)[1].strip(),
        "",
        "AUC of the curve of each amount of SMOTE over all amounts of under-sampling,",
        "the share of SMOTE's points among the vertices of the hull of all points, and",
        "the paper's AUC (under-sampling alone; best amount of SMOTE).",
        "",
        f"| data | leaf | under only | {amounts} | hull | paper: under | paper: best |",
        "|---" * (len(SMOTE_AMOUNTS) + 5) + "|",
    ]
    for name in LOADERS:
        lines += study(name)
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
