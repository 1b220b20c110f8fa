# SPDX-License-Identifier: BSD-3-Clause
"""FOLDRClassifier and FOLDSEClassifier: default rules with exceptions."""

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx._base.sklearn import Interval, StrOptions, fit_context
from skx.rules._base import RuleClassifier, Task
from skx.rules._learn import (
    CRITERIA,
    Covered,
    Fold,
    Settings,
    learn_list,
    learn_set,
)


class FoldClassifier(RuleClassifier):
    """Base of both: they differ in their defaults."""

    _parameter_constraints: ClassVar[dict] = {
        **RuleClassifier._shared_constraints,
        "ratio": [Interval(Real, 0, None, closed="left")],
        "criterion": [StrOptions(set(CRITERIA))],
        "tail": [Interval(Real, 0, 1, closed="left")],
        "min_coverage": [Interval(Real, 0, None, closed="left")],
        "comparison": [StrOptions({"typed", "complement"})],
        "stall": [StrOptions({"next_class", "stop"})],
        "multi_class": [StrOptions({"auto", "decision_list"})],
        "positive_class": "no_validation",
        "max_depth": [Interval(Integral, 0, None, closed="left"), None],
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> "FoldClassifier":
        """Learn rules.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Numbers, text, booleans, categories and missing values, as they are.
        y : array-like of shape (n_samples,)
            Classes.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative; an integer weight is the same as so many equal rows.

        Returns
        -------
        self : estimator
            Fitted.
        """
        task = self._read(X, y, sample_weight)
        weights = task.table.weights
        fold = Fold(
            task.table,
            Settings(
                ratio=self.ratio,
                criterion=self.criterion,
                typed=self.comparison == "typed",
                least=self.tail * float(weights.sum()),
                min_coverage=self.min_coverage,
                max_rules=self.max_rules,
                max_depth=self.max_depth,
                max_conditions=self.max_conditions,
            ),
        )
        n_classes = len(task.classes)
        is_light = self._light_classes(task)
        found: list[tuple[int, Covered]] = []
        if n_classes == 2 and self.multi_class == "auto":
            positive = self._positive(task)
            is_positive = task.labels == positive
            rows = np.flatnonzero(is_positive), np.flatnonzero(~is_positive)
            own, other = (side.astype(np.int32) for side in rows)
            if not is_light[1 - positive]:
                found = [(positive, covered) for covered in learn_set(fold, own, other)]
            self.positive_class_ = task.classes[positive]
        elif n_classes > 1:
            found, _ = learn_list(fold, task.labels, n_classes, stall=self.stall)
        self._settle(
            task,
            [(label, covered.rule) for label, covered in found],
            self.comparison == "typed",
        )
        self.feature_importances_ = _importances(
            [covered for _, covered in found], self.n_features_in_
        )
        return self

    def _light_classes(self, task: Task) -> NDArray[np.bool_]:
        """Return which classes weigh too little for a rule, and warn of them."""
        weights = np.bincount(task.labels, task.table.weights)
        is_light = weights < self.min_coverage
        if is_light.any() and len(weights) > 1:
            warnings.warn(
                f"Classes {task.classes[is_light].tolist()} weigh "
                f"{weights[is_light].tolist()} and a rule needs min_coverage="
                f"{self.min_coverage}, so the class of most weight is predicted in "
                "their place; lower min_coverage, or scale the weights up.",
                UserWarning,
                stacklevel=4,
            )
        return is_light

    def _positive(self, task: Task) -> int:
        """Return the position of the class that the rules are for."""
        if self.positive_class is None:
            weights = np.bincount(task.labels, task.table.weights)
            return int(len(weights) - 1 - weights[::-1].argmax())
        at = np.flatnonzero(task.classes == self.positive_class)
        if len(at) != 1:
            raise ValueError(
                f"positive_class is {self.positive_class!r}, but y holds the classes "
                f"{task.classes.tolist()}."
            )
        return int(at[0])

    def _default(self, counts: NDArray[np.float64], rules: Any, n_classes: int) -> int:
        # Rules of which any makes a row positive leave the others negative.
        if n_classes == 2 and self.multi_class == "auto" and rules:
            return 1 - int(rules[0][0])
        is_light = counts.sum(axis=0) < self.min_coverage
        if not is_light.all():
            counts = np.where(is_light, 0.0, counts)
        return super()._default(counts, rules, n_classes)


def _importances(found: list[Covered], n_features: int) -> NDArray[np.float64]:
    """Return what each feature took off the impurity, as shares."""
    total = np.zeros(n_features)
    for covered in found:
        for feature, gain in covered.gains:
            total[feature] += gain
    return total / total.sum() if total.sum() > 0.0 else total


class FOLDRClassifier(FoldClassifier):
    """Rules with exceptions by FOLD-R++, and by FOLD-RM for more than two classes."""

    def __init__(
        self,
        *,
        ratio: float = 0.5,
        criterion: str = "entropy",
        tail: float = 0.0,
        min_coverage: float = 1.0,
        comparison: str = "typed",
        stall: str = "next_class",
        multi_class: str = "auto",
        positive_class: Any = None,
        max_bins: Any = "auto",
        max_rules: int | None = None,
        max_depth: int | None = None,
        max_conditions: int | None = None,
        categorical_features: Any = "from_dtype",
        class_weight: Any = None,
        smoothing: float = 2.0,
    ) -> None:
        self.ratio = ratio
        self.criterion = criterion
        self.tail = tail
        self.min_coverage = min_coverage
        self.comparison = comparison
        self.stall = stall
        self.multi_class = multi_class
        self.positive_class = positive_class
        self.max_bins = max_bins
        self.max_rules = max_rules
        self.max_depth = max_depth
        self.max_conditions = max_conditions
        self.categorical_features = categorical_features
        self.class_weight = class_weight
        self.smoothing = smoothing


class FOLDSEClassifier(FoldClassifier):
    """A few short rules with exceptions, by FOLD-SE."""

    def __init__(
        self,
        *,
        ratio: float = 0.5,
        criterion: str = "gini",
        tail: float = 0.005,
        min_coverage: float = 1.0,
        comparison: str = "complement",
        stall: str = "next_class",
        multi_class: str = "auto",
        positive_class: Any = None,
        max_bins: Any = "auto",
        max_rules: int | None = None,
        max_depth: int | None = None,
        max_conditions: int | None = None,
        categorical_features: Any = "from_dtype",
        class_weight: Any = None,
        smoothing: float = 2.0,
    ) -> None:
        self.ratio = ratio
        self.criterion = criterion
        self.tail = tail
        self.min_coverage = min_coverage
        self.comparison = comparison
        self.stall = stall
        self.multi_class = multi_class
        self.positive_class = positive_class
        self.max_bins = max_bins
        self.max_rules = max_rules
        self.max_depth = max_depth
        self.max_conditions = max_conditions
        self.categorical_features = categorical_features
        self.class_weight = class_weight
        self.smoothing = smoothing
