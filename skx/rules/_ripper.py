# SPDX-License-Identifier: BSD-3-Clause
"""RIPPERClassifier: a decision list of pruned and optimised rules."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx._base.sklearn import Interval, fit_context
from skx._random import draw_seed
from skx.rules._base import RuleClassifier
from skx.rules._irep import RipperSettings, learn_ripper


class RIPPERClassifier(RuleClassifier):
    """A short list of rules for the rare classes, by RIPPER."""

    _parameter_constraints: ClassVar[dict] = {
        "k": [Interval(Integral, 0, None, closed="left")],
        "prune": ["boolean"],
        "prune_size": [Interval(Real, 0, 1, closed="neither")],
        "dl_allowance": [Interval(Real, 0, None, closed="left")],
        "min_weight": [Interval(Real, 0, None, closed="left")],
        "max_rules": RuleClassifier._shared_constraints["max_rules"],
        "max_rule_conditions": RuleClassifier._shared_constraints["max_conditions"],
        "max_bins": RuleClassifier._shared_constraints["max_bins"],
        "categorical_features": RuleClassifier._shared_constraints[
            "categorical_features"
        ],
        "class_weight": RuleClassifier._shared_constraints["class_weight"],
        "smoothing": RuleClassifier._shared_constraints["smoothing"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        k: int = 2,
        prune: bool = True,
        prune_size: float = 1 / 3,
        dl_allowance: float = 64.0,
        min_weight: float = 2.0,
        max_rules: int | None = None,
        max_rule_conditions: int | None = None,
        max_bins: Any = "auto",
        categorical_features: Any = "from_dtype",
        class_weight: Any = None,
        smoothing: float = 2.0,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.k = k
        self.prune = prune
        self.prune_size = prune_size
        self.dl_allowance = dl_allowance
        self.min_weight = min_weight
        self.max_rules = max_rules
        self.max_rule_conditions = max_rule_conditions
        self.max_bins = max_bins
        self.categorical_features = categorical_features
        self.class_weight = class_weight
        self.smoothing = smoothing
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> "RIPPERClassifier":
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
        learned = learn_ripper(
            task.table,
            task.labels,
            len(task.classes),
            RipperSettings(
                k=self.k,
                prune=self.prune,
                prune_size=self.prune_size,
                dl_allowance=self.dl_allowance,
                min_weight=self.min_weight,
                max_rules=self.max_rules,
                max_conditions=self.max_rule_conditions,
                seed=draw_seed(self.random_state),
            ),
        )
        self._last = learned.default
        self._settle(task, learned.rules, True)
        total = learned.gains.sum()
        self.feature_importances_ = learned.gains / total if total else learned.gains
        return self

    def _default(self, left: NDArray[np.float64], rules: Any, n_classes: int) -> int:
        # The last class has no rules, whatever is left of it.
        return self._last
