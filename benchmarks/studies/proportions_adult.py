# SPDX-License-Identifier: BSD-3-Clause
"""Adult in random bags of consecutive permuted rows, by two models with defaults.

``python -m benchmarks.studies.proportions_adult`` writes
``benchmarks/results/study-proportions-adult.md``.
"""

from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.studies.proportions_bags import code, lines, load, trees
from skx.proportions import (
    ProportionBoostingClassifier,
    ProportionLogisticRegression,
    bag_target,
)

RESULT = Path(__file__).parents[1] / "results" / "study-proportions-adult.md"
N_TRAIN = 29_304
N_DRAWS = 3
SIZES = (8, 32, 128, 1024)
INTRO = """# Adult in random bags

How it was made: `benchmarks/studies/proportions_adult.py`. Area under the ROC curve of
the rows that are left, mean (standard deviation) of {draws} draws, and the median of
the seconds of a fit. A draw is a permutation of all rows; the first {n} train, in bags
of consecutive ones. Defaults throughout: numbers standardised and categories coded for
the linear model, the frame as it is for trees. Rounds and start of boosting are chosen
by held-out bags. With the labels of rows logistic regression reaches {lines} and
LightGBM, 100 trees, {trees}.

| rows of a bag | linear | s | boosting | s |
| --- | --- | --- | --- | --- |
"""


def main() -> None:
    """Fit all, and write the table."""
    X, y = load("adult")
    coded = code(X)
    models = {
        "linear": (ProportionLogisticRegression(), coded),
        "boosting": (ProportionBoostingClassifier(random_state=0, n_jobs=-1), X),
    }
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    oracles = []
    for seed in range(N_DRAWS):
        order = np.random.RandomState(seed).permutation(len(y))
        train, test = order[:N_TRAIN], order[N_TRAIN:]

        oracles.append(
            [
                _area(model.fit(_rows(table, train), y[train]), table, y, test)
                for model, table in ((lines(), coded), (trees(), X))
            ]
        )
        for size in SIZES:
            bags = np.minimum(np.arange(N_TRAIN) // size, N_TRAIN // size - 1)
            target = bag_target(bags, y=y[train])
            for name, (model, table) in models.items():
                part = _rows(table, train)
                start = perf_counter()
                model.fit(part, target)
                seconds = perf_counter() - start
                cell = _area(model, table, y, test), seconds
                found.setdefault((name, size), []).append(cell)
                print(name, size, seed, *(f"{part:.4f}" for part in cell), flush=True)
    told = [f"{value:.3f}" for value in np.mean(oracles, axis=0)]
    text = INTRO.format(draws=N_DRAWS, n=N_TRAIN, lines=told[0], trees=told[1])
    for size in SIZES:
        cells = [str(size)]
        for name in models:
            areas, seconds = np.transpose(found[name, size])
            cells.append(f"{areas.mean():.4f} ({areas.std(ddof=1):.4f})")
            cells.append(f"{np.median(seconds):.2f}")
        text += f"| {' | '.join(cells)} |\n"
    RESULT.write_text(text)


def _area(model: Any, table: Any, y: np.ndarray, test: np.ndarray) -> float:
    shown = model.predict_proba(_rows(table, test))[:, 1]
    return float(roc_auc_score(y[test], shown))


def _rows(table: Any, rows: np.ndarray) -> Any:
    return table.iloc[rows] if hasattr(table, "iloc") else table[rows]


if __name__ == "__main__":
    main()
