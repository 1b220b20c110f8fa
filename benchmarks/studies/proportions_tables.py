# SPDX-License-Identifier: BSD-3-Clause
"""What a model loses where tables of counts are released in place of rows.

``python -m benchmarks.studies.proportions_tables [data ...]`` writes
``benchmarks/results/study-proportions-tables.md``, in a quarter of an hour on two
busy cores; the lines of data that are not named are kept. 70 % of the rows train, 30 %
test. One training row in a hundred, drawn at random, is known with its label; all other
training rows are known by `make_aggregate_tables` alone: counts and positives by key
and by pair of keys, columns of numbers cut into intervals. The model is the same, a
logistic regression on keys and pairs in one-hot coding: of the known rows
(scikit-learn), of all training rows (scikit-learn), and of tables and known rows
(`AggregateTableLogisticRegression` with its defaults). scikit-learn's penalties C are
chosen out of .001, .003, ... .3 by five-fold cross-validation on their own training
rows, the penalty of skx by what the known rows tell: no test label chooses anything.

Recovered is the share of the gap in test log loss between the first two that the third
closes. The budget epsilon is that of all tables together (Laplace noise); keys
and intervals are taken as public.
"""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, train_test_split

from skx.datasets import (
    load_adult,
    load_bank_marketing,
    load_credit_card_default,
)
from skx.proportions import AggregateTableLogisticRegression, make_aggregate_tables
from skx.proportions._table_columns import split_columns
from skx.proportions._table_margins import one_hot
from skx.proportions._tables import encode_rows

# Loader, intervals, and draws of known rows and of noise.
DATA = {
    "adult": (load_adult, 10, 3),
    "bank_marketing": (load_bank_marketing, 10, 3),
    "credit_card_default": (load_credit_card_default, 5, 3),
}
# A survey weight, a column that says the same as another one, and a leak.
DROPPED = ["fnlwgt", "education_num", "duration"]
PENALTIES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
BUDGETS = (None, 5.0, 1.0, 0.1)
RESULT = Path(__file__).parents[1] / "results" / "study-proportions-tables.md"


def load(name: str) -> tuple[Any, NDArray[np.int64]]:
    """Columns, and 1 for the rarer class."""
    X, y = DATA[name][0](return_X_y=True)
    y = np.asarray(y)
    classes, counts = np.unique(y, return_counts=True)
    return X.drop(columns=[c for c in DROPPED if c in X]), (
        y == classes[counts.argmin()]
    ).astype(np.int64)


def reference(design: Any, y: NDArray, penalties: tuple[float, ...]) -> Any:
    """Fit scikit-learn's model with the penalty that cross-validation likes best."""
    search = GridSearchCV(
        LogisticRegression(max_iter=300, tol=1e-3),
        {"C": list(penalties)},
        scoring="neg_log_loss",
    )
    return search.fit(design, y)


def study(name: str) -> Iterator[tuple[str, float, float, float, list[float]]]:
    """Yield draw by draw the losses of rows, of all rows, and of tables by budget."""
    X, y = load(name)
    bins = DATA[name][1]
    X, X_test, y, y_test = train_test_split(
        X, y, test_size=0.3, stratify=y, random_state=0
    )
    every = make_aggregate_tables(X, y, bins=bins)

    def design(rows: Any) -> Any:
        return one_hot(every, encode_rows(every, split_columns(rows)))[:, 1:]

    coded, coded_test = design(X), design(X_test)
    constant = log_loss(y_test, np.full(len(y_test), y.mean()))
    whole = log_loss(
        y_test, reference(coded, y, PENALTIES[1:5]).predict_proba(coded_test)
    )
    for draw in range(DATA[name][2]):
        rng = np.random.RandomState(draw)
        known = np.zeros(len(y), dtype=bool)
        known[rng.choice(len(y), len(y) // 100, replace=False)] = True
        few = reference(coded[known], y[known], PENALTIES).predict_proba(coded_test)
        losses = []
        for epsilon in BUDGETS:
            # Keys and intervals are public: the same for every draw and budget.
            edges = {
                column.name: column.edges
                for column in every.columns
                if column.edges is not None and len(column.edges)
            }
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                tables = make_aggregate_tables(
                    X[~known],
                    y[~known],
                    bins=edges,
                    epsilon=epsilon,
                    random_state=1000 + draw,
                )
            model = AggregateTableLogisticRegression(tables=tables, random_state=draw)
            model.fit(X[known], y[known])
            losses.append(log_loss(y_test, model.predict_proba(X_test)))
            print(name, draw, epsilon, model.alpha_, losses[-1], file=sys.stderr)
        yield name, constant, log_loss(y_test, few), whole, losses


def table(rows: list[tuple[str, float, float, float, list[float]]]) -> list[str]:
    """Return the lines of one data set: losses, and what is recovered."""
    name, constant, _, whole, _ = rows[0]
    few = np.array([row[2] for row in rows])
    ours = np.array([row[4] for row in rows])
    share = (few[:, None] - ours) / (few - whole)[:, None]

    def cell(values: NDArray, form: str) -> str:
        if len(values) == 1:
            return f"{values[0]:{form}}"
        return f"{values.mean():{form}} ± {values.std(ddof=1):{form}}"

    losses = [cell(column, ".4f") for column in ours.T]
    shares = [cell(100 * column, ".0f") for column in share.T]
    return [
        f"| {name} | {constant:.4f} | {cell(few, '.4f')} | {whole:.4f} | "
        f"{' | '.join(losses)} |",
        f"| recovered, % | | 0 | 100 | {' | '.join(shares)} |",
    ]


def kept_lines() -> dict[str, list[str]]:
    """Return the lines that stand in the record, by name of the data."""
    lines = RESULT.read_text(encoding="utf-8").splitlines() if RESULT.exists() else []
    return {
        name: lines[i : i + 2]
        for name in DATA
        for i, line in enumerate(lines)
        if line.startswith(f"| {name} |")
    }


def main() -> None:
    """Run the experiment and write its table."""
    names = sys.argv[1:] or list(DATA)
    kept = kept_lines()
    heads = ["no noise", *(f"epsilon {epsilon:g}" for epsilon in BUDGETS[1:])]
    columns = ["data", "constant", "known rows", "all rows", *heads]
    lines = []
    for name in DATA:
        if name in names:
            lines += table(list(study(name)))
        elif name in kept:
            lines += kept[name]
    text = [
        "# Models from tables in place of rows",
        "",
        (__doc__ or "").split("\n\n", 1)[1].strip(),
        "",
        "Test log loss: mean and deviation of draws of known rows and of noise.",
        "Intervals of a column of numbers, and draws: "
        + "; ".join(
            f"{name} {bins}, {draws}" for name, (_, bins, draws) in DATA.items()
        )
        + ".",
        "",
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
        *lines,
    ]
    RESULT.write_text("\n".join(text) + "\n", encoding="utf-8")
    print("\n".join(text))


if __name__ == "__main__":
    main()
