# SPDX-License-Identifier: BSD-3-Clause
"""What is said of FOLD-SE: short however many the rows, nearly as right as boosting.

``python -m benchmarks.studies.rules_claims`` (some three minutes) writes
``benchmarks/results/study-rules-claims.md``. Means over ten random draws of the
training rows; the rows left are the test. Nothing is tuned, all have their default
parameters but for the tree of 8 leaves. Seconds are those of ``fit``, trees' one-hot
columns left out, and only tell orders of magnitude; ``python -m benchmarks rules``
measures speed.
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

from benchmarks.rules import mixed, real
from skx.rules import FOLDRClassifier, FOLDSEClassifier

RESULT = Path(__file__).parents[1] / "results" / "study-rules-claims.md"
N_DRAWS = 10
SIZES = {
    "adult": (300, 1_000, 3_000, 10_000, 24_000),
    "credit_card_default": (300, 1_000, 3_000, 10_000, 24_000),
    "drawn": (1_000, 10_000, 100_000, 500_000),
}
# FOLD-R++ describes noise, and takes long to.
MOST_FOR_FOLDR = 24_000

METHODS: dict[str, Callable[[], Any]] = {
    "FOLD-SE": FOLDSEClassifier,
    "FOLD-R++": FOLDRClassifier,
    "tree, 8 leaves": lambda: DecisionTreeClassifier(max_leaf_nodes=8, random_state=0),
    "boosting": lambda: HistGradientBoostingClassifier(random_state=0),
}


def table(name: str) -> tuple[Any, np.ndarray]:
    """Return columns, categories as such, and classes."""
    data = mixed(600_000, 20) if name == "drawn" else real(name)
    X = data.X.copy()
    for column in X.select_dtypes(exclude="number"):
        X[column] = X[column].astype("category")
    return X, data.y


def draw(name: str, X: Any, y: np.ndarray, n: int, seed: int) -> dict[str, list[float]]:
    """Return accuracy, seconds, rules and conditions of each method."""
    a, b = train_test_split(
        np.arange(len(y)), train_size=n, random_state=seed, stratify=y
    )
    b = b[:50_000]
    found = {}
    for method, make in METHODS.items():
        if method == "FOLD-R++" and n > MOST_FOR_FOLDR:
            continue
        given = pd.get_dummies(X) if method.startswith("tree") else X
        start = perf_counter()
        model = make().fit(given.iloc[a], y[a])
        seconds = perf_counter() - start
        right = float(np.mean(model.predict(given.iloc[b]) == y[b]))
        sizes = (
            [model.n_rules_, model.n_conditions_]
            if method.startswith("FOLD")
            else [0, 0]
        )
        found[method] = [right, seconds, *map(float, sizes)]
    return found


def lines_of(name: str) -> list[str]:
    """Return the table of one data set."""
    X, y = table(name)
    share = max(np.unique(y, return_counts=True)[1]) / len(y)
    head = "".join(f" | {method}" for method in METHODS)
    lines = [
        f"## {name}, {X.shape[1]} columns, {share:.3f} of one class",
        "",
        f"| rows{head} |",
        "| --- " * (len(METHODS) + 1) + "|",
    ]
    for n in SIZES[name]:
        draws = [draw(name, X, y, n, seed) for seed in range(N_DRAWS)]
        cells = []
        for method in METHODS:
            if method not in draws[0]:
                cells.append("-")
                continue
            values = np.array([found[method] for found in draws])
            right, seconds, rules, conditions = values.mean(axis=0)
            error = values[:, 0].std(ddof=1) / np.sqrt(N_DRAWS)
            text = f"{right:.4f} ± {error:.4f}, {seconds:.2f} s"
            if rules:
                text += f", {rules:.1f} rules / {conditions:.1f} conditions"
            cells.append(text)
        lines.append(f"| {n} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    return [*lines, ""]


def main() -> None:
    """Run the study and write the tables."""
    text = [
        "# What is said of FOLD-SE",
        "",
        "How it was made: `benchmarks/studies/rules_claims.py`. Share of test rows "
        "that are right with its standard error over ten draws, seconds of a fit, and "
        "sizes.",
        "",
    ]
    for name in SIZES:
        text += lines_of(name)
    RESULT.write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
