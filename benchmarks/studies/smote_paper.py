# SPDX-License-Identifier: BSD-3-Clause
"""The experiment of the SMOTE paper: over- and under-sampling against the latter alone.

``python -m benchmarks.studies.smote_paper`` (minutes) writes
``benchmarks/results/study-smote-paper.md``. Chawla et al. 2002, sections 5 and 6: the
common class is reduced to 100 / u times the given rows of the rare one (u from 10 to
2000 %), with and without SMOTE of 50 to 500 % before; each setting gives one point
(false, true positive rate), averaged over ten folds, and each amount of SMOTE one
curve. The paper does not say whether u refers to the rare rows before or after SMOTE:
before, here.

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
    """Apply SMOTE of ``smote`` %; keep 100 / ``under`` common rows a given rare one."""
    rng = np.random.default_rng(seed)
    n_rare = int(y.sum())
    if smote:
        target = n_rare + n_rare * smote // 100
        sampler = SMOTE(sampling_strategy=_counts(y, target), random_state=seed)
        X, y = sampler.fit_resample(X, y)
    common = np.flatnonzero(y == 0)
    n_common = max(1, min(common.size, round(n_rare * 100 / under)))
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


def gain(points: NDArray, reference: NDArray) -> float:
    """Mean difference of the true positive rates where both curves have points."""
    start = max(points[:, 0].min(), reference[:, 0].min())
    stop = min(points[:, 0].max(), reference[:, 0].max())
    grid = np.linspace(start, stop, 201)

    def height(curve: NDArray) -> NDArray:
        ordered = curve[np.lexsort((curve[:, 1], curve[:, 0]))]
        return np.interp(grid, ordered[:, 0], ordered[:, 1])

    return float((height(points) - height(reference)).mean())


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


def study(name: str) -> tuple[list[str], list[str]]:
    """Rows of both tables for one data set."""
    X, y = LOADERS[name]()
    areas, gains = [], []
    for leaf in LEAVES:
        curves = [curve(X, y, smote, leaf) for smote in SMOTE_AMOUNTS]
        vertices = on_hull(np.vstack(curves))
        share = vertices[len(UNDER) :].sum() / vertices.sum()
        cells = [f"{area(points):.4f}"[1:] for points in curves]
        under, best = PUBLISHED[name][0], max(PUBLISHED[name][1].split(", "))
        areas.append(
            f"| {name} | {leaf} | {' | '.join(cells)} | {share:.0%} of "
            f"{vertices.sum()} | .{under} | .{best} |"
        )
        cells = [f"{gain(points, curves[0]):+.4f}" for points in curves[1:]]
        gains.append(f"| {name} | {leaf} | {' | '.join(cells)} |")
        print(areas[-1], gains[-1], sep="\n", file=sys.stderr)
    return areas, gains


def main() -> None:
    """Run the experiment on the data sets at hand and write its tables."""
    heads = [f"SMOTE {amount} %" for amount in SMOTE_AMOUNTS[1:]]
    columns, share = " | ".join(heads), 1 - 1 / len(SMOTE_AMOUNTS)
    found = [study(name) for name in LOADERS]
    lines = [
        "# The experiment of the SMOTE paper",
        "",
        (__doc__ or "").split("\n\n", 1)[1].strip(),
        "",
        "AUC of the curve of each amount of SMOTE, joined to (0, 0) and (1, 1) by",
        "straight lines; the share of SMOTE's points among the vertices of the hull of",
        f"all points (of the points, {share:.0%} are SMOTE's); and the paper's AUC of",
        "under-sampling alone and of the best amount of SMOTE.",
        "",
        f"| data | leaf | under only | {columns} | hull | paper: under | best |",
        "|---" * (len(heads) + 6) + "|",
        *(row for areas, _ in found for row in areas),
        "",
        "Gain of each amount of SMOTE over under-sampling alone in true positive rate,",
        "at the same false positive rate: mean over the range that both curves cover.",
        "The straight lines at the ends, which favour the longer curve, do not enter.",
        "",
        f"| data | leaf | {columns} |",
        "|---" * (len(heads) + 2) + "|",
        *(row for _, gains in found for row in gains),
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
