# SPDX-License-Identifier: BSD-3-Clause
"""FOLD-SE with a budget of conditions against a tree of as many leaves.

``SKX_EXTRA_DATA=... python -m benchmarks.studies.rules_recall`` (some five minutes)
writes ``benchmarks/results/study-rules-recall.md``. Can 16 conditions be as accurate as
a tree of 16 leaves? Three stratified folds (of the made-up table one split); ratio and
tail are those, of a grid of 6 x 7, with the best accuracy on the training rows among
rule sets of at most 16 conditions, exceptions included;
``min_coverage`` is 0. Trees have indicator columns
for categories; their 16 leaves are 15 conditions, each used in many leaves.

Trials, which are not in the library:

- soft: a literal need not agree with the target on half of the weight, but the rows
  that it keeps must have a larger share of the own side than the node has;
- fill: rows that a rule set leaves to the default get a decision list of their own.
"""

import sys
import warnings
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from benchmarks.studies._data import load_mixed
from skx.rules import FOLDSEClassifier
from skx.rules._base import Task
from skx.rules._fold_cv import GridFold
from skx.rules._learn import Covered, Fold, Literal, Node

RESULT = Path(__file__).parents[1] / "results" / "study-rules-recall.md"
BUDGET = 16
SEED = 0
RATIOS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
TAILS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05)


def made_up(n_rows: int = 200_000) -> tuple[Any, NDArray]:
    """30 columns, of which eight matter by steps, slopes, a product and sets."""
    rng = np.random.default_rng(SEED)
    table = pd.DataFrame(rng.normal(size=(n_rows, 20)).round(3)).add_prefix("x")
    for j in range(5):
        table[f"whole{j}"] = rng.integers(0, 10, n_rows)
        table[f"kind{j}"] = rng.choice(list("abcdefgh"), n_rows)
    logit = (
        1.2 * (table["x0"] > 0.3)
        + 0.8 * table["x1"]
        + table["x2"] * table["x3"]
        + 0.6 * (table["x4"] > 1)
        + 0.9 * table["whole0"].isin([2, 3, 7])
        - 0.7 * table["kind0"].isin(["a", "b"])
        - 1.2
    )
    chance = 1 / (1 + np.exp(-logit.to_numpy()))
    return table, np.where(rng.random(n_rows) < chance, "yes", "no")


class SoftScan(Fold):
    """Asks a literal for a larger share of the own side instead of half agreement."""

    def best_literal(self, node: Node) -> tuple[Literal | None, float]:
        """Return the literal with the best score, the first of equals, and no gain."""
        table, weights = self.table, self.table.weights
        used = set(self._used)
        best, found = -np.inf, None
        for j, codes in enumerate(table.codes):
            n_codes, above = int(table.n_codes[j]), int(table.above[j])
            own, other = (
                np.bincount(codes[side], weights[side], minlength=n_codes)[:n_codes]
                for side in (node.own, node.other)
            )
            present = np.flatnonzero((own > 0) | (other > 0))
            n_own, n_other = own.sum(), other.sum()
            tp, fp = np.cumsum(own)[present], np.cumsum(other)[present]
            is_number = present < above
            tp = np.where(is_number, tp, own[present])
            fp = np.where(is_number, fp, other[present])
            for swapped in (0, 1):
                p, n = (n_own - tp, n_other - fp) if swapped else (tp, fp)
                score = soft_score(p, n_own - p, n_other - n, n)
                for k in np.argsort(-score, kind="stable"):
                    if score[k] <= best:
                        break
                    op = swapped + (0 if is_number[k] else 2)
                    if (j, op // 2, int(present[k])) not in used:
                        best, found = score[k], (j, op, int(present[k]))
                        break
        return found, 0.0


def soft_score(tp: Any, fn: Any, tn: Any, fp: Any) -> NDArray[np.float64]:
    """Weighted Gini impurity, negative; -inf without a larger share of the own side."""
    kept, left = tp + fp, tn + fn
    with np.errstate(divide="ignore", invalid="ignore"):
        score = -np.where(kept > 0, tp * fp / kept, 0.0)
        score -= np.where(left > 0, tn * fn / left, 0.0)
        lifts = tp * (tn + fp) > fp * (tp + fn)
    return np.where(lifts, score / (kept + left), -np.inf)


class SoftGridFold(GridFold, SoftScan):
    """Both."""


def learn(
    model: FOLDSEClassifier, task: Task, fold: GridFold, fill: bool
) -> list[tuple[int, Covered]]:
    """Return rules, and with ``fill`` a decision list of the rows they leave."""
    found = model._learn(task, fold)
    if not fill or not found:
        return found
    left = np.ones(task.table.n_rows, dtype=bool)
    for _, covered in found:
        left[covered.own] = left[covered.other] = False
    rows = np.flatnonzero(left).astype(np.int32)
    label = 1 - found[0][0]
    # Rules for the majority have gone; first those for what is left, then in turns.
    while len(rows):
        covered = None
        for target in (1 - label, label):
            is_own = task.labels[rows] == target
            covered = fold.rule_for(Node(rows[is_own], rows[~is_own]))
            if covered and len(covered.own) and fold.is_heavy(covered):
                found.append((target, covered))
                rows = fold.without(fold.without(rows, covered.own), covered.other)
                break
        else:
            break
    return found


def budgeted(
    X: Any,
    y: NDArray,
    *,
    fold_class: type = GridFold,
    fill: bool = False,
    **params: Any,
) -> FOLDSEClassifier:
    """Return the model of at most BUDGET conditions that fits the rows best."""
    params = {"min_coverage": 0.0, **params}
    plain = FOLDSEClassifier(**params)
    task = plain._read(X, y, None)
    ratios, tails = np.array(list(product(RATIOS, TAILS))).T
    fold = fold_class(plain._learner(task), ratios, tails)
    is_open = np.ones(len(ratios), dtype=bool)
    best, best_score = None, -1.0
    while is_open.any():
        fold.start(int(is_open.argmax()))
        model = FOLDSEClassifier(**params)
        model._read(X.iloc[:100], y[:100], None)  # names of columns
        rules = learn(model, task, fold, fill)
        is_open &= ~fold.alike
        model.multi_class = "decision_list" if fill else model.multi_class
        model._keep(task, rules)
        ends = [*(rule.label for rule in model.rules_), model.rule_set_.default]
        score = model._counts[np.arange(len(ends)), ends].sum() / len(y)
        if model.n_conditions_ <= BUDGET and score > best_score:
            best, best_score = model, score
    return best


def rare(y: NDArray) -> Any:
    """Return the rarer class."""
    names, counts = np.unique(y, return_counts=True)
    return names[counts.argmin()]


METHODS: dict[str, Callable[[Any, NDArray], Any]] = {
    "FOLD-SE, ratio and tail by default": lambda X, y: FOLDSEClassifier(
        min_coverage=0.0
    ).fit(X, y),
    "FOLD-SE": budgeted,
    "FOLD-SE, rules for the rarer class": lambda X, y: budgeted(
        X, y, positive_class=rare(y)
    ),
    "decision list": partial(budgeted, multi_class="decision_list"),
    "soft": partial(budgeted, fold_class=SoftGridFold),
    "soft, rules for the rarer class": lambda X, y: budgeted(
        X, y, fold_class=SoftGridFold, positive_class=rare(y)
    ),
    "soft decision list": partial(
        budgeted, fold_class=SoftGridFold, multi_class="decision_list"
    ),
    "fill": partial(budgeted, fill=True),
    "soft fill": partial(budgeted, fold_class=SoftGridFold, fill=True),
}


def tree(n_leaves: int, X: Any, y: NDArray, X_test: Any, y_test: NDArray) -> float:
    """Return the accuracy of a tree."""
    both = pd.get_dummies(pd.concat([X, X_test]))
    model = DecisionTreeClassifier(max_leaf_nodes=n_leaves, random_state=SEED)
    model.fit(both.iloc[: len(y)], y)
    return float(model.score(both.iloc[len(y) :], y_test))


def study(X: Any, y: NDArray, n_splits: int) -> dict[str, tuple[float, float]]:
    """Return accuracy and conditions of each method."""
    found: dict[str, list[tuple[float, float]]] = {}
    folds = StratifiedKFold(
        4 if n_splits == 1 else n_splits, shuffle=True, random_state=SEED
    )
    for train, test in list(folds.split(X, y))[:n_splits]:
        rows = X.iloc[train], y[train]
        for name, fit in METHODS.items():
            model = fit(*rows)
            accuracy = float(model.score(X.iloc[test], y[test]))
            found.setdefault(name, []).append((accuracy, model.n_conditions_))
            print(name, found[name][-1], file=sys.stderr, flush=True)
        for leaves in (4, 8, 16):
            accuracy = tree(leaves, *rows, X.iloc[test], y[test])
            found.setdefault(f"tree of {leaves} leaves", []).append(
                (accuracy, leaves - 1)
            )
    return {name: tuple(np.mean(scores, axis=0)) for name, scores in found.items()}


def main() -> None:
    """Run every method on every table and write the report."""
    warnings.simplefilter("ignore")
    tables = {
        "adult": (*load_mixed("adult"), 3),
        "bank_marketing": (*load_mixed("bank_marketing", ("duration",)), 3),
        "bank_marketing with duration": (*load_mixed("bank_marketing"), 3),
        "made up, 200 000 x 30": (*made_up(), 1),
    }
    found = {name: study(*table) for name, table in tables.items()}
    lines = [
        "# FOLD-SE: 16 conditions",
        "",
        (__doc__ or "").split("\n\n", 1)[1].strip(),
    ]
    lines += ["", "Accuracy / conditions.", "", f"| method | {' | '.join(found)} |"]
    lines.append("|---" * (len(found) + 1) + "|")
    for method in next(iter(found.values())):
        cells = [
            f"{row[method][0]:.4f} / {row[method][1]:.1f}" for row in found.values()
        ]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
