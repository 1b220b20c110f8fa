# SPDX-License-Identifier: BSD-3-Clause
"""FOLD: defaults that the papers leave open.

``SKX_EXTRA_DATA=... python -m benchmarks.studies.rules_defaults`` (some five minutes on
one core) writes ``benchmarks/results/study-rules-defaults.md``. Mixed tables as they
are, cut to 21 000 rows; five stratified folds, three times up to 2500 rows and once
beyond. Columns that say the answer, and names of rows, are left out. Each variant
changes one thing of the base line.

Accuracy, balanced accuracy, rules and conditions are means over tables. Ranks are means
over tables, by accuracy or by conditions, 1 is best. Wins and losses count the tables
where the accuracy differs from that of the base line at 5 % by the corrected resampled
t-test (Nadeau and Bengio 2003), and p is of Wilcoxon's signed-rank test over the mean
accuracies of the tables. The last column is the time of the fits against those of the
base line.
"""

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata, wilcoxon
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.model_selection import RepeatedStratifiedKFold, train_test_split

from benchmarks.studies._data import (
    RULES_BINARY,
    RULES_REFERENCE_BINARY,
    RULES_REFERENCE_SEVERAL,
    RULES_SEVERAL,
    load_mixed,
    load_reference,
)
from skx.model_selection import corrected_resampled_ttest
from skx.rules import FOLDRClassifier, FOLDSEClassifier
from skx.rules._base import Task
from skx.rules._commands import warmup
from skx.rules._learn import Covered, Fold

RESULT = Path(__file__).parents[1] / "results" / "study-rules-defaults.md"
N_FOLDS, N_REPEATS, SMALL, LARGEST = 5, 3, 2500, 21_000
SEED = 0


class FoldByClass(Fold):
    """Measures a rule by the weight of the classes that it covers, not of all rows."""

    share: float
    labels: NDArray[np.int64]

    def is_heavy(self, covered: Covered) -> bool:
        """Whether a rule covers enough of its own side to be kept."""
        own = self.weight(covered.own)
        of_class = np.bincount(self.labels, self.table.weights)
        classes = np.unique(self.labels[covered.own])
        return own >= self.share * of_class[classes].sum() and super().is_heavy(covered)


class TailByClass(FOLDSEClassifier):
    """FOLD-SE whose tail is a share of the class instead of all rows."""

    def _learner(self, task: Task, *progress: Any) -> Fold:
        settings = super()._learner(task, *progress).settings
        fold = FoldByClass(task.table, replace(settings, least=0.0))
        fold.share, fold.labels = self.tail, task.labels
        return fold


class RareFirst(FOLDSEClassifier):
    """FOLD-SE whose rules are for the rarer one of two classes."""

    def _positive(self, task: Task) -> int:
        return 1 - super()._positive(task)


class RareFirstR(FOLDRClassifier):
    """FOLD-R++ whose rules are for the rarer one of two classes."""

    def _positive(self, task: Task) -> int:
        return 1 - super()._positive(task)


Variants = dict[str, Callable[[], Any]]

# The first of each is the base line.
R_VARIANTS: Variants = {
    "min_coverage=0": lambda: FOLDRClassifier(min_coverage=0.0),
    "min_coverage=1": lambda: FOLDRClassifier(min_coverage=1.0),
    "min_coverage=2": lambda: FOLDRClassifier(min_coverage=2.0),
    "min_coverage=3": lambda: FOLDRClassifier(min_coverage=3.0),
    "min_coverage=5": lambda: FOLDRClassifier(min_coverage=5.0),
    "min_coverage=10": lambda: FOLDRClassifier(min_coverage=10.0),
    "tail=0.001": lambda: FOLDRClassifier(min_coverage=0.0, tail=0.001),
    "tail=0.001, min_coverage=1": lambda: FOLDRClassifier(min_coverage=1.0, tail=0.001),
}
R_BINARY: Variants = {
    "rules for the rarer class": lambda: RareFirstR(min_coverage=0.0),
    "decision list": lambda: FOLDRClassifier(
        min_coverage=0.0, multi_class="decision_list"
    ),
}
R_SEVERAL: Variants = {
    'min_coverage="auto"': lambda: FOLDRClassifier(min_coverage="auto"),
    'stall="stop"': lambda: FOLDRClassifier(min_coverage=0.0, stall="stop"),
}
SE_VARIANTS: Variants = {
    "tail=0.005": lambda: FOLDSEClassifier(min_coverage=0.0),
    "min_coverage=1": lambda: FOLDSEClassifier(min_coverage=1.0),
    "min_coverage=5": lambda: FOLDSEClassifier(min_coverage=5.0),
    "tail=0.001": lambda: FOLDSEClassifier(min_coverage=0.0, tail=0.001),
    "tail=0.002": lambda: FOLDSEClassifier(min_coverage=0.0, tail=0.002),
    "tail=0.01": lambda: FOLDSEClassifier(min_coverage=0.0, tail=0.01),
    "tail=0.02": lambda: FOLDSEClassifier(min_coverage=0.0, tail=0.02),
    "tail=0.05": lambda: FOLDSEClassifier(min_coverage=0.0, tail=0.05),
    "tail=0.005 of the class": lambda: TailByClass(min_coverage=0.0),
    "tail=0.02 of the class": lambda: TailByClass(min_coverage=0.0, tail=0.02),
    "tail=0.05 of the class": lambda: TailByClass(min_coverage=0.0, tail=0.05),
}
SE_BINARY: Variants = {
    "rules for the rarer class": lambda: RareFirst(min_coverage=0.0),
    "rarer class, tail=0.005 of the class": lambda: type(
        "RareByClass", (RareFirst, TailByClass), {}
    )(min_coverage=0.0),
    "decision list": lambda: FOLDSEClassifier(
        min_coverage=0.0, multi_class="decision_list"
    ),
}
SEVERAL_TO_SHOW = ("avila", "yeast", "letter", "diamonds", "car_evaluation", "nursery")
BINARY_TO_SHOW = ("adult", "bank_marketing", "credit_card_default", "spambase", "krkp")


def tables(is_binary: bool) -> list[tuple[str, Callable[[], tuple[Any, NDArray]]]]:
    """Return names of tables, and what loads each."""
    mixed = RULES_BINARY if is_binary else RULES_SEVERAL
    reference = RULES_REFERENCE_BINARY if is_binary else RULES_REFERENCE_SEVERAL
    return [
        *(
            (name, lambda n=name, d=drop: load_mixed(n, d))
            for name, drop in mixed.items()
        ),
        *((name, lambda n=name: load_reference(n)) for name in reference),
    ]


def study(
    name: str, X: Any, y: NDArray, variants: Variants
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return scores (variant, fold, measure), seconds, and test rows to a training one.

    The measures are accuracy, balanced accuracy, rules and conditions.
    """
    if len(y) > LARGEST:
        X, _, y, _ = train_test_split(
            X, y, train_size=LARGEST, stratify=y, random_state=SEED
        )
    folds = RepeatedStratifiedKFold(
        n_splits=N_FOLDS,
        n_repeats=N_REPEATS if len(y) <= SMALL else 1,
        random_state=SEED,
    )
    pairs = list(folds.split(np.empty(len(y)), y))
    scores = np.empty((len(variants), len(pairs), 4))
    seconds = np.zeros(len(variants))
    for v, make in enumerate(variants.values()):
        for k, (train, test) in enumerate(pairs):
            started = time.process_time()
            model = make().fit(X.iloc[train], y[train])
            seconds[v] += time.process_time() - started
            found = model.predict(X.iloc[test])
            scores[v, k] = (
                accuracy_score(y[test], found),
                balanced_accuracy_score(y[test], found),
                model.n_rules_,
                model.n_conditions_,
            )
    print(f"{name}: {seconds.sum():.1f} s", file=sys.stderr, flush=True)
    return scores, seconds, len(pairs[0][1]) / len(pairs[0][0])


def table_of(names: list[str], found: list[tuple]) -> list[str]:
    """Return lines of a table of variants, in Markdown."""
    means = np.array([scores.mean(axis=1) for scores, _, _ in found])
    seconds = np.array([each for _, each, _ in found])
    by_accuracy = rankdata(-means[..., 0].round(12), axis=1).mean(axis=0)
    by_size = rankdata(means[..., 3], axis=1).mean(axis=0)
    lines = [
        "| variant | accuracy | balanced | rules | conditions | rank: accuracy | "
        "rank: conditions | wins | losses | p | time |",
        "|---" * 11 + "|",
    ]
    for v, name in enumerate(names):
        wins = losses = 0
        for scores, _, share in found:
            test = corrected_resampled_ttest(
                scores[v, :, 0], scores[0, :, 0], n_train=1.0, n_test=share
            )
            if test.p_value < 0.05:
                wins, losses = (
                    wins + (test.difference > 0),
                    losses + (test.difference < 0),
                )
        gaps = (means[:, v, 0] - means[:, 0, 0]).round(12)
        p = f"{wilcoxon(gaps).pvalue:.3f}" if gaps.any() else "-"
        accuracy, balanced, rules, conditions = means[:, v].mean(axis=0)
        lines.append(
            f"| {name} | {accuracy:.4f} | {balanced:.4f} | {rules:.1f} | "
            f"{conditions:.1f} | {by_accuracy[v]:.2f} | {by_size[v]:.2f} | {wins} | "
            f"{losses} | {p} | {seconds[:, v].sum() / seconds[:, 0].sum():.1f} |"
        )
    return lines


def single_tables(names: list[str], shown: dict[str, tuple]) -> list[str]:
    """Return lines of a table of accuracy and rules of some tables, in Markdown."""
    lines = [f"| variant | {' | '.join(shown)} |", "|---" * (len(shown) + 1) + "|"]
    for v, name in enumerate(names):
        cells = []
        for scores, _, _ in shown.values():
            accuracy, _, rules, _ = scores[v].mean(axis=0)
            cells.append(f"{accuracy:.3f} / {rules:.0f}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Run every variant on every table and write the report."""
    warnings.simplefilter("ignore")
    warmup()
    lines = ["# FOLD: defaults", "", (__doc__ or "").split("\n\n", 1)[1].strip()]
    for is_binary in (True, False):
        loaders = tables(is_binary)
        parts = {
            "FOLDRClassifier": {**R_VARIANTS, **(R_BINARY if is_binary else R_SEVERAL)},
            "FOLDSEClassifier": {**SE_VARIANTS, **(SE_BINARY if is_binary else {})},
        }
        found: dict[str, dict[str, tuple]] = {part: {} for part in parts}
        for name, load in loaders:
            X, y = load()
            for part, variants in parts.items():
                found[part][name] = study(f"{part}, {name}", X, y, variants)
        kind = "two classes" if is_binary else "several classes"
        shown = BINARY_TO_SHOW if is_binary else SEVERAL_TO_SHOW
        for part, variants in parts.items():
            rows = found[part]
            lines += ["", f"## {part}, {len(rows)} tables of {kind}", ""]
            lines += table_of(list(variants), list(rows.values()))
            lines += ["", "Accuracy / rules of some of them.", ""]
            lines += single_tables(list(variants), {name: rows[name] for name in shown})
    text = "\n".join(lines) + "\n"
    RESULT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
