# SPDX-License-Identifier: BSD-3-Clause
"""Learning from bags of 8 to 2048 rows, against labels of rows and losses of rows.

``python -m benchmarks.studies.proportions_bags [data ...]`` writes
``benchmarks/results/study-proportions-bags.md``, anew after each kind of bags; what it
holds of data that are not named is kept. It has the area under the ROC curve and the
log loss for held-out single rows, mean and standard deviation over draws. A draw
permutes the rows, keeps a tenth for the test, and cuts the rest into bags: at random,
sorted by a column, or by natural keys. Nothing is chosen by labels: every method has
its default parameters, and what it chooses by itself it chooses by held-out bags.
"""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skx import datasets
from skx.proportions import (
    MeanMapClassifier,
    ProportionBoostingClassifier,
    ProportionLogisticRegression,
    bag_target,
    make_bags,
)

RESULT = Path(__file__).parents[1] / "results" / "study-proportions-bags.md"
N_DRAWS = 3
SIZES = (8, 32, 128, 512, 2048)
SORTED_SIZE = 128
# Column to sort by, and columns whose values together are a natural key.
TABLES = {
    "adult": ("age", ["occupation", "education"]),
    "bank_marketing": ("balance", ["month", "job"]),
    "credit_card_default": ("LIMIT_BAL", ["AGE", "EDUCATION"]),
}
# Areas of llp-learn on adult, from proportions-stored.md: by size of random bags.
STORED = {
    "llp-learn, DLLP": {8: 0.894, 128: 0.773},
    "llp-learn, EM": {8: 0.642, 128: 0.528},
}


class Part(NamedTuple):
    """What a fit may see of the rows that train."""

    frame: pd.DataFrame
    coded: NDArray[np.float64]
    target: NDArray[Any]
    labels: NDArray[np.int64]  # for oracles alone


def load(name: str) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return columns, texts as categories, and 1 for the rarer class."""
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    X = X.copy()
    for column in X.select_dtypes(exclude="number"):
        X[column] = X[column].astype("category")
    y = np.asarray(y)
    classes, counts = np.unique(y, return_counts=True)
    return X, (y == classes[counts.argmin()]).astype(np.int64)


def code(X: pd.DataFrame) -> NDArray[np.float64]:
    """Return standardised numbers and indicators of categories."""
    texts = X.select_dtypes("category").columns
    coded = make_column_transformer(
        (StandardScaler(), X.columns.difference(texts)),
        (OneHotEncoder(sparse_output=False), texts),
    ).fit_transform(X)
    return np.nan_to_num(coded)


def soft(model: Any, X: Any, shares: NDArray[np.float64]) -> Any:
    """Fit a classifier to every row twice, weighted by its bag's share."""
    twice = np.tile(np.arange(len(shares)), 2)
    X = X.iloc[twice] if hasattr(X, "iloc") else X[twice]
    labels = np.repeat([1, 0], len(shares))
    return model.fit(X, labels, sample_weight=np.concatenate([shares, 1.0 - shares]))


def lines() -> Any:
    """Return scikit-learn's logistic regression."""
    return LogisticRegression(max_iter=300)


def trees() -> Any:
    """Return LightGBM with as many rounds as boosting of bags has at most."""
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_estimators=100, verbose=-1, n_jobs=1)


def linear(**params: Any) -> Callable[[Part], Any]:
    """Return a fit of the linear model of bags."""
    return lambda part: ProportionLogisticRegression(**params).fit(
        part.coded, part.target
    )


METHODS: dict[str, Callable[[Part], Any]] = {
    "bag": linear(),
    "count": linear(loss="count"),
    "squared": linear(loss="squared"),
    "easy": linear(loss="easy"),
    "mean map": lambda part: MeanMapClassifier().fit(part.coded, part.target),
    "rows": lambda part: soft(lines(), part.coded, part.target["value"]),
    "labels": lambda part: lines().fit(part.coded, part.labels),
    "boosting": lambda part: ProportionBoostingClassifier(random_state=0, n_jobs=1).fit(
        part.frame, part.target
    ),
    "trees, rows": lambda part: soft(trees(), part.frame, part.target["value"]),
    "trees, labels": lambda part: trees().fit(part.frame, part.labels),
}
FROM_FRAMES = {"boosting", "trees, rows", "trees, labels"}
ORACLES = {"labels", "trees, labels"}  # the same whatever the bags are


def draw_bags(
    X: pd.DataFrame, strategy: str, size: int, by: Any, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.intp]]:
    """Return the rows that train, their bags, and the rows of the test."""
    order = np.random.RandomState(seed).permutation(len(X))
    test, train = order[: len(X) // 10], order[len(X) // 10 :]
    if strategy == "random":
        # Consecutive rows of the permutation; the last bag takes what is left over.
        bags = np.minimum(np.arange(len(train)) // size, len(train) // size - 1)
    elif strategy == "sorted":
        bags = make_bags(
            n_samples=len(train),
            bag_size=size,
            strategy="sorted",
            by=X[by].iloc[train].to_numpy(),
        )
    else:
        bags = (
            X.iloc[train].groupby(by, observed=True, dropna=False).ngroup().to_numpy()
        )
    return train, bags, test


def cell(values: list[float]) -> str:
    """Return mean and standard deviation."""
    if np.isnan(values).any():
        return "no minimum"
    return f"{np.mean(values):.3f} ({np.std(values, ddof=1):.3f})"


class Study:
    """One table of data, and what was found on it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.X, self.y = load(name)
        self.coded = code(self.X)
        self.oracles: dict[tuple[str, int], tuple[float, float]] = {}
        self.found: list[list[list[str]]] = []  # by measure, by case

    def measure(
        self, method: str, seed: int, train: Any, target: Any, test: Any
    ) -> tuple[float, float]:
        """Return area and log loss at the test rows."""
        key = (method, seed)
        if key in self.oracles:
            return self.oracles[key]
        part = Part(self.X.iloc[train], self.coded[train], target, self.y[train])
        start = perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of convergence, which is judged by result
            try:
                model = METHODS[method](part)
            except ValueError as error:  # "easy" may have no minimum
                print(self.name, method, seed, error, flush=True)
                return np.nan, np.nan
        seconds = perf_counter() - start
        rows = self.X.iloc[test] if method in FROM_FRAMES else self.coded[test]
        proba = model.predict_proba(rows)[:, 1]
        found = (roc_auc_score(self.y[test], proba), log_loss(self.y[test], proba))
        print(
            self.name, method, seed, f"{found[0]:.3f}", f"{seconds:.2f} s", flush=True
        )
        if method in ORACLES:
            self.oracles[key] = found
        return found

    def add(self, strategy: str, size: int) -> None:
        """Learn from one kind of bags."""
        by = dict(zip(("sorted", "key"), TABLES[self.name], strict=True)).get(strategy)
        draws: dict[str, list[tuple[float, float]]] = {m: [] for m in METHODS}
        n_bags, n_rows = 0, 0
        for seed in range(N_DRAWS):
            train, bags, test = draw_bags(self.X, strategy, size, by, seed)
            target = bag_target(bags, y=self.y[train])
            n_bags, n_rows = len(np.unique(bags)), len(train)
            for method, found in draws.items():
                found.append(self.measure(method, seed, train, target, test))
        head = [strategy if size else "key", f"{n_rows / n_bags:.0f}", f"{n_bags}"]
        self.found.append(
            [
                head + [cell([pair[at] for pair in found]) for found in draws.values()]
                for at in (0, 1)
            ]
        )

    def text(self) -> list[str]:
        """Return the lines of the record."""
        column, key = TABLES[self.name]
        lines = [
            f"## {self.name}, {len(self.X)} rows, {self.y.mean():.3f} positive",
            "",
            f'"sorted" bags by {column}; a "key" is every combination of '
            f"{' and '.join(key)}.",
            "",
        ]
        for place, title in enumerate(("Area under the ROC curve", "Log loss")):
            lines += [
                f"{title}:",
                "",
                f"| bags | rows | number | {' | '.join(METHODS)} |",
                "| --- " * (3 + len(METHODS)) + "|",
                *(f"| {' | '.join(case[place])} |" for case in self.found),
                "",
            ]
        if self.name == "adult":
            lines += [
                "Stored areas of other libraries on one draw of random bags of adult, "
                "in another coding and with one setting each (proportions-stored.md): "
                + "; ".join(
                    f"{method} "
                    + ", ".join(f"{area:.3f} at {k}" for k, area in areas.items())
                    for method, areas in STORED.items()
                )
                + ".",
                "",
            ]
        return lines


def kept_sections() -> dict[str, list[str]]:
    """Return the lines that stand in the record, by name of the data."""
    if not RESULT.exists():
        return {}
    parts = RESULT.read_text(encoding="utf-8").split("\n## ")[1:]
    return {
        part.split(",")[0]: [*f"## {part}".rstrip().split("\n"), ""] for part in parts
    }


def main() -> None:
    """Run the study and write the tables."""
    text = [
        "# Learning from bags of 8 to 2048 rows",
        "",
        "How it was made: `benchmarks/studies/proportions_bags.py`. Scores of held-out "
        f"rows, a tenth of all, mean (standard deviation) of {N_DRAWS} draws of test "
        'rows and bags. "bag", "count", "squared" and "easy" are losses of '
        '`ProportionLogisticRegression`; "mean map" is `MeanMapClassifier`, "boosting" '
        '`ProportionBoostingClassifier`. "rows" are ordinary classifiers fitted to the '
        'share of its bag for each row (logistic regression, LightGBM), "labels" the '
        "same with the label of every row. Defaults throughout.",
        "",
    ]
    sections = kept_sections()
    for name in sys.argv[1:] or TABLES:
        study = Study(name)
        cases = [("random", size) for size in SIZES]
        for strategy, size in [*cases, ("sorted", SORTED_SIZE), ("key", 0)]:
            study.add(strategy, size)
            sections[name] = study.text()
            parts = [line for at in TABLES for line in sections.get(at, [])]
            RESULT.write_text("\n".join([*text, *parts]), encoding="utf-8")


if __name__ == "__main__":
    main()
