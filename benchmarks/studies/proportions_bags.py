# SPDX-License-Identifier: BSD-3-Clause
"""Learning from bags of 8 to 2048 rows, against labels of rows and losses of rows.

``python -m benchmarks.studies.proportions_bags`` writes
``benchmarks/results/study-proportions-bags.md``: the area under the ROC curve for
held-out single rows, mean and standard deviation over draws. A draw permutes the rows,
keeps a tenth for the test, and cuts the rest into bags: at random, sorted by a column,
or by natural keys. Nothing is chosen by labels: every method has its default
parameters, and what it chooses by itself it chooses by held-out bags.
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skx import datasets
from skx.proportions import (
    ProportionBoostingClassifier,
    ProportionLogisticRegression,
    ProportionPropagationClassifier,
    bag_target,
    make_bags,
)

RESULT = Path(__file__).parents[1] / "results" / "study-proportions-bags.md"
N_DRAWS = 3
SIZES = (8, 32, 128, 512, 2048)
# Column to sort by, and columns whose values together are a natural key.
TABLES = {
    "adult": ("age", ["occupation", "education"]),
    "bank_marketing": ("balance", ["month", "job"]),
    "credit_card_default": ("LIMIT_BAL", ["AGE", "EDUCATION"]),
}


def load(name: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return columns, texts as categories, and 1 for the rarer class."""
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    X = X.copy()
    for column in X.select_dtypes(exclude="number"):
        X[column] = X[column].astype("category")
    y = np.asarray(y)
    classes, counts = np.unique(y, return_counts=True)
    return X, (y == classes[counts.argmin()]).astype(int)


def columns(X: pd.DataFrame) -> np.ndarray:
    """Return standardised numbers and indicators of categories."""
    texts = X.select_dtypes("category").columns
    numbers = X.columns.difference(texts)
    coded = make_column_transformer(
        (StandardScaler(), numbers),
        (OneHotEncoder(sparse_output=False), texts),
    ).fit_transform(X)
    return np.nan_to_num(coded)


def soft(model: Any, X: Any, shares: np.ndarray) -> Any:
    """Fit a classifier to every row twice, weighted by its bag's share."""
    twice = np.concatenate([np.arange(len(shares))] * 2)
    X = X.iloc[twice] if hasattr(X, "iloc") else X[twice]
    labels = np.repeat([1, 0], len(shares))
    return model.fit(X, labels, sample_weight=np.concatenate([shares, 1.0 - shares]))


def trees() -> Any:
    """Return LightGBM with as many rounds as boosting of bags has at most."""
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_estimators=100, verbose=-1, n_jobs=2)


def propagation() -> Any:
    """Return propagation in principal components, as cosines mean little in many."""
    return make_pipeline(
        PCA(20, random_state=0), ProportionPropagationClassifier(random_state=0)
    )


Fit = Callable[[Any, Any, np.ndarray, np.ndarray], Any]
# From a frame (F) or coded columns (C), bag targets and labels, which only oracles see.
METHODS: dict[str, tuple[str, Fit]] = {
    "logistic, bags": (
        "C",
        lambda X, y, a, t: ProportionLogisticRegression().fit(X, y),
    ),
    "logistic, counts": (
        "C",
        lambda X, y, a, t: ProportionLogisticRegression(loss="count").fit(X, y),
    ),
    "boosting, bags": (
        "F",
        lambda X, y, a, t: ProportionBoostingClassifier(random_state=0).fit(X, y),
    ),
    "boosting, counts": (
        "F",
        lambda X, y, a, t: ProportionBoostingClassifier(
            loss="count", random_state=0
        ).fit(X, y),
    ),
    "propagation": ("C", lambda X, y, a, t: propagation().fit(X, y)),
    "logistic, rows": (
        "C",
        lambda X, y, a, t: soft(LogisticRegression(max_iter=300), X, a),
    ),
    "trees, rows": ("F", lambda X, y, a, t: soft(trees(), X, a)),
    "logistic, labels": (
        "C",
        lambda X, y, a, t: LogisticRegression(max_iter=300).fit(X, t),
    ),
    "trees, labels": ("F", lambda X, y, a, t: trees().fit(X, t)),
}
# The likelihood of counts is no different in larger bags, and its exact law dear.
MOST_FOR_COUNTS = 32


def evaluate(
    X: pd.DataFrame, y: np.ndarray, bags: np.ndarray, test: np.ndarray, names: list[str]
) -> dict[str, tuple[float, float]]:
    """Return the area under the ROC curve of the test rows and seconds, by method."""
    train = np.flatnonzero(bags >= 0)
    target = bag_target(bags[train], y=y[train])
    found = {}
    coded = columns(X)
    for name in names:
        kind, fit = METHODS[name]
        rows = (lambda at: X.iloc[at]) if kind == "F" else (lambda at: coded[at])
        start = perf_counter()
        model = fit(rows(train), target, target["value"], y[train])
        seconds = perf_counter() - start
        area = roc_auc_score(y[test], model.predict_proba(rows(test))[:, 1])
        found[name] = (float(area), seconds)
    return found


def draw_bags(
    X: pd.DataFrame, strategy: str, size: int, by: Any, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return a bag for each row, -1 for those of the test, and the test."""
    order = np.random.RandomState(seed).permutation(len(X))
    test, train = order[: len(X) // 10], order[len(X) // 10 :]
    bags = np.full(len(X), -1)
    if strategy == "random":
        # Consecutive rows of the permutation; the last bag takes what is left over.
        bags[train] = np.minimum(np.arange(len(train)) // size, len(train) // size - 1)
    elif strategy == "sorted":
        key = X[by].iloc[train].to_numpy()
        bags[train] = make_bags(
            n_samples=len(train),
            bag_size=size,
            strategy="sorted",
            by=key,
            random_state=seed,
        )
    else:
        bags[train] = X.iloc[train].groupby(by, observed=True).ngroup().to_numpy()
    return bags, test


def row_of(
    name: str, strategy: str, size: int, X: pd.DataFrame, y: np.ndarray
) -> list[str]:
    """Return the cells of a line of the table."""
    by = dict(zip(("sorted", "key"), TABLES[name], strict=True)).get(strategy)
    names = [
        method
        for method in METHODS
        if "counts" not in method or 0 < size <= MOST_FOR_COUNTS
    ]
    draws = []
    for seed in range(N_DRAWS):
        bags, test = draw_bags(X, strategy, size, by, seed)
        draws.append(evaluate(X, y, bags, test, names))
    n_bags = len(np.unique(bags)) - 1
    cells = [strategy if strategy != "key" else " x ".join(by or [])]
    cells += [f"{size}" if size else f"{(bags >= 0).sum() / n_bags:.0f}", f"{n_bags}"]
    for method in METHODS:
        if method not in names:
            cells.append("")
            continue
        areas, seconds = np.array([found[method] for found in draws]).T
        cells.append(f"{areas.mean():.3f} ({areas.std(ddof=1):.3f})")
        print(name, cells[:3], method, cells[-1], f"{seconds.mean():.2f} s", flush=True)
    return cells


def main() -> None:
    """Run the study and write the tables."""
    text = [
        "# Learning from bags of 8 to 2048 rows",
        "",
        "How it was made: `benchmarks/studies/proportions_bags.py`. Area under the ROC "
        f"curve of held-out rows, mean (standard deviation) of {N_DRAWS} draws. "
        '"labels" have seen the label of every row, "rows" are ordinary classifiers '
        "fitted to the share of its bag for each row.",
        "",
    ]
    for name, (column, key) in TABLES.items():
        X, y = load(name)
        text += [
            f"## {name}, {len(X)} rows, {y.mean():.3f} positive",
            "",
            f'"sorted" bags by {column}; a key is every combination of '
            f"{' and '.join(key)}.",
            "",
            f"| bags | rows | number | {' | '.join(METHODS)} |",
            "| --- " * (3 + len(METHODS)) + "|",
        ]
        cases = [("random", size) for size in SIZES] + [("sorted", 128), ("key", 0)]
        for strategy, size in cases:
            cells = row_of(name, strategy, size, X, y)
            text.append(f"| {' | '.join(cells)} |")
        text.append("")
        RESULT.write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
