# SPDX-License-Identifier: BSD-3-Clause
"""FOLDRClassifier and FOLDSEClassifier: default rules with exceptions."""

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx._base.sklearn import Interval, StrOptions, fit_context
from skx._caller import caller_level
from skx.rules import _learn
from skx.rules._base import Known, RuleClassifier, Task
from skx.rules._device import DeviceFold, DeviceTable
from skx.rules._learn import (
    CRITERIA,
    Covered,
    Fold,
    Settings,
    heaviest,
    learn_list,
    learn_set,
)
from skx.rules._progress import SILENT, Progress

# min_coverage="auto" in a decision list: a weight, but at most a share of all.
LIST_COVERAGE = 5.0
LIST_COVERAGE_SHARE = 0.02
# A class of a smaller share of the weight has no rules.
LEAST_SHARE = 1e-6


class FoldClassifier(RuleClassifier):
    """Base of both: they differ in their defaults."""

    _parameter_constraints: ClassVar[dict] = {
        **RuleClassifier._shared_constraints,
        "ratio": [Interval(Real, 0, None, closed="left")],
        "criterion": [StrOptions(set(CRITERIA))],
        "tail": [Interval(Real, 0, 1, closed="left")],
        "min_coverage": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"})],
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
            Numbers, text, booleans, dates, categories and missing values, as they are.
        y : array-like of shape (n_samples,)
            Classes.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative; an integer weight is the same as so many equal rows.

        Returns
        -------
        self : estimator
            Fitted.
        """
        progress = Progress(type(self).__name__, self.verbose)
        task = self._read(X, y, sample_weight)
        fold = self._learner(task, progress)
        self._keep(task, self._learn(task, fold))
        progress.end(f"{self.n_rules_} rules of {self.n_conditions_} conditions")
        self._warn(task, fold)
        return self

    def _runs_on_device(self, method: str) -> bool:
        if method == "fit":
            given = self.categorical_features
            return given is None or isinstance(given, str)
        return super()._runs_on_device(method)

    def _learner(self, task: Task, progress: Progress = SILENT) -> Fold:
        """Return the learner of these parameters."""
        total = float(task.table.weights.sum())
        settings = self._settings(total, len(task.classes))
        if isinstance(task.table, DeviceTable):
            return DeviceFold(task.columns, task.table, settings, progress)
        return Fold(task.table, task.labels, settings, self.n_jobs, progress)

    def _settings(self, total: float, n_classes: int) -> Settings:
        """Return what the learner is told; total is the weight of all rows."""
        return Settings(
            ratio=self.ratio,
            criterion=self.criterion,
            typed=self.comparison == "typed",
            least=self.tail * total,
            min_coverage=self._least_coverage(total, n_classes),
            max_rules=self.max_rules,
            max_depth=self.max_depth,
            max_conditions=self.max_conditions,
        )

    def _is_rule_set(self, n_classes: int) -> bool:
        """Whether any one of the rules makes a row positive."""
        return n_classes == 2 and self.multi_class == "auto"

    def _learn(self, known: Known, fold: Fold) -> list[tuple[int, Covered]]:
        """Return rules, each with the position of its class."""
        n_classes = len(known.classes)
        is_light = self._is_light(known.class_weights)
        if self._is_rule_set(n_classes):
            positive = self._positive(known)
            if is_light[1 - positive]:
                return []
            return [(positive, covered) for covered in learn_set(fold, positive)]
        if n_classes == 1:
            return []
        return learn_list(fold, is_light, stall=self.stall)

    def _keep(self, task: Task, found: list[tuple[int, Covered]]) -> None:
        """Set what follows from rules and the rows that they were learned on."""
        rules = [(label, covered.rule) for label, covered in found]
        self._settle(task, rules, self.comparison == "typed")
        self._describe(task, found)

    def _describe(self, known: Known, found: list[tuple[int, Covered]]) -> None:
        """Set what these learners have beyond rules."""
        if self._is_rule_set(len(known.classes)):
            self.positive_class_ = known.classes[self._positive(known)]
        self.feature_importances_ = _importances(
            [covered for _, covered in found], self.n_features_in_
        )

    def _least_coverage(self, total: float, n_classes: int) -> float:
        """Return the weight that a condition must leave; total is that of all rows."""
        if self.min_coverage != "auto":
            return float(self.min_coverage)
        if self._is_rule_set(n_classes):
            return 0.0
        return min(LIST_COVERAGE, LIST_COVERAGE_SHARE * total)

    def _is_light(self, weights: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which classes of these weights weigh too little for a rule."""
        total = float(weights.sum())
        least = self._least_coverage(total, len(weights))
        return weights < max(least, LEAST_SHARE * total)

    def _warn(self, known: Known, fold: Fold) -> None:
        """Warn of classes without rules and of rules that were cut."""
        weights = known.class_weights
        is_light = self._is_light(weights)
        if is_light.any() and len(is_light) > 1:
            total = float(weights.sum())
            warnings.warn(
                f"Classes {known.classes[is_light].tolist()} weigh "
                f"{weights[is_light].tolist()}, and there are rules for classes of at "
                f"least min_coverage={self._least_coverage(total, len(weights)):g} "
                f"and of a millionth of all weight, {total:g}; heavier classes are "
                "predicted in their place. Lower min_coverage, or weigh them more.",
                UserWarning,
                stacklevel=caller_level(),
            )
        if fold.was_cut:
            warnings.warn(
                f"Exceptions are nested {_learn.DEEPEST} deep and were cut there; "
                "raise ratio or tail, or set max_depth, for a model that can be read.",
                UserWarning,
                stacklevel=caller_level(),
            )

    def _positive(self, known: Known) -> int:
        """Return the position of the class that the rules are for."""
        if self.positive_class is None:
            return int(heaviest(known.class_weights)[-1])
        at = np.flatnonzero(known.classes == self.positive_class)
        if len(at) != 1:
            raise ValueError(
                f"positive_class is {self.positive_class!r}, but y holds the classes "
                f"{known.classes.tolist()}."
            )
        return int(at[0])

    def _default(self, counts: NDArray[np.float64], rules: Any, n_classes: int) -> int:
        # Rules of which any makes a row positive leave the others negative.
        if self._is_rule_set(n_classes) and rules:
            return 1 - int(rules[0][0])
        is_light = self._is_light(counts.sum(axis=0))
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
    r"""Rules with exceptions by FOLD-R++, and by FOLD-RM for more than two classes.

    The model is a list of rules such as "yes if age <= 30 unless city is 'Rome'",
    learned from columns of numbers, categories and missing values without encoding. Use
    it where people must read, check or carry out the model. It follows the papers
    closely and keeps learning as long as a rule pays, so that noisy data give long
    lists: then :class:`FOLDSEClassifier` or a larger ``tail`` is easier to read. For
    predictions alone, boosted trees are mostly more accurate.

    Parameters
    ----------
    ratio : float >= 0, default=0.5
        A rule takes conditions until the weight of the other side that it covers is at
        most ``ratio`` times that of its own side; what is left of the other side
        becomes exceptions. Small values give long rules, large ones more exceptions; 0
        gives no exceptions where the data allow it.
    criterion : {"entropy", "gini"}, default="entropy"
        Impurity that the next condition should leave small.
    tail : float in [0, 1), default=0.0
        Weight that a rule must cover of its own side, exceptions too, as a share of the
        weight of all training rows. Larger values give fewer rules; 0 keeps all.
    min_coverage : float >= 0 or "auto", default="auto"
        Weight of its own side that a condition must leave to be a candidate. With 0, as
        published, a condition that leaves nothing can have the best score and end the
        rules of a class, which keeps lists short; larger values, of a few rows, go on
        to smaller groups. "auto" is 0 for a rule set of two classes, and in a decision
        list 5 or 2 % of the weight of all rows, whichever is less.
    comparison : {"typed", "complement"}, default="typed"
        What ``x > v`` says of a missing value or category: "typed" says that it is
        false, as ``x <= v`` is, "complement" that it is true, so that one of the two
        always holds.
    stall : {"next_class", "stop"}, default="next_class"
        What a decision list does where the largest class yields no rule: try the next
        one, or end, as published, and leave the rows to the default class.
    multi_class : {"auto", "decision_list"}, default="auto"
        "decision_list" learns a decision list for two classes also, which "auto" does
        for three or more.
    positive_class : object, default=None
        With two classes and "auto", the class that rules are learned for; the other is
        the default. None is the class of larger weight, the last of equals.
    max_bins : int in [2, 65000], "auto" or None, default="auto"
        Most distinct numbers of a column that conditions compare with; quantiles stand
        for more. None compares with all, "auto" with all up to 100 000 rows and with
        254 beyond.
    max_rules : int >= 1 or None, default=None
        Most rules, not counting exceptions; None sets no limit.
    max_depth : int >= 0 or None, default=None
        How deep exceptions may be nested; 0 learns none, None sets no limit (but 50).
    max_conditions : int >= 1 or None, default=None
        Most conditions of a rule as learned; folding simple exceptions into their rule
        can add some. None sets no limit.
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        Names, positions or mask of columns whose numbers are categories. Otherwise, as
        with None, numbers are ordered, but in columns of categorical dtype.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, multiplied with ``sample_weight``.
    smoothing : float > 0, default=2.0
        Weight of the shares of classes among all rows that is added to a rule's own in
        ``predict_proba``; larger values draw probabilities towards these shares.
    n_jobs : int or None, default=None
        Number of threads for reading, coding and counting the columns of large tables,
        and for predictions; None means 1, -1 all. Results do not depend on it.
    verbose : int, default=0
        With 1 or more, a long fit prints every few seconds how far it is, and any fit
        at its end what it found and how long it took.

    Attributes
    ----------
    rule_set_ : RuleSet
        The rules, which can be printed, exported, and predict without the classifier; a
        notebook shows them as a table.
    rules_ : tuple of Rule
        Rules in the order in which they are tried.
    rule_stats_ : pandas.DataFrame
        Rule text, class, support, coverage, precision, Laplace estimate and lower end
        of the Wilson interval at z = 3; CON-FOLD [3]_ takes that interval's
        centre. The index is what ``apply`` returns.
    n_rules_ : int
        Number of rules, exceptions included.
    n_conditions_ : int
        Number of conditions in them.
    default_class_ : object
        Class of rows that no rule covers.
    positive_class_ : object
        Class that the rules are for, if they are for one of two.
    feature_importances_ : ndarray of shape (n_features_in_,), float64
        What the conditions on each feature took off the impurity, weighted by rows, as
        shares of 1; zeros if there are no rules.
    classes_ : ndarray of shape (n_classes,)
        Classes, sorted.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    FOLDSEClassifier : Fewer and shorter rules.
    RuleSet : The rules by themselves.

    Notes
    -----
    A condition (literal) on the rows at hand is right for tp rows of the own side that
    fulfil it and tn rows of the other that do not, wrong for fp and fn rows. The best
    maximises

    .. math::

       \frac{1}{M} \left(tp \ln \frac{tp}{tp + fp} + fp \ln \frac{fp}{tp + fp}
       + tn \ln \frac{tn}{tn + fn} + fn \ln \frac{fn}{tn + fn}\right)

    among those with tp + tn >= fp + fn, where M is the sum of all four; [1]_ prints a
    logarithm of base 2, but its tables are of natural ones. The first of equals wins:
    columns in their order, numbers ascending with <= before >, then missing and the
    categories by their texts with = before !=. Results therefore depend neither on
    chance nor on the order of rows.

    With two classes a row is positive if any rule covers it, and rules are learned on
    all negative rows (FOLD-R++). With more, the first rule that covers a row decides,
    and each is learned for the largest class of the rows left (FOLD-RM).

    Departures from the papers: ``stall="next_class"``, and ``min_coverage`` above 0 in
    decision lists; a rule that covers more of the other side than of its own is not
    kept; a class of less than a millionth of the weight has no rules; every row has a
    class, by default that of most rows left over; missing values are a value of their
    own; simplified rules predict exactly as learned ones on any input. There is no
    ``decision_function``: `predict` is what the rules say, and the class of a rule need
    not have the largest probability.

    Numbers are compared as float64, in which integers beyond 2**53 can be equal.

    CuPy arrays of numbers are computed on the device: rows are coded, counted and
    divided there, and conditions picked on the host from counts by value, so that the
    rules are those of the host. Weights that are no whole numbers are rounded once,
    before they are added up, which can decide between equal conditions. Where columns
    have about as many distinct numbers as rows, as with ``max_bins`` of None, that does
    not pay, and `fit` copies larger tables to the host. Predictions and probabilities
    stay on the device, unless classes are text.

    Cost: O(n d log n) to read n rows of d columns, then O(m d) for each condition, m
    being the rows that the rule still covers.

    References
    ----------
    .. [1] H. Wang, G. Gupta, 2022, "FOLD-R++: A Scalable Toolset for Automated
       Inductive Learning of Default Theories from Mixed Data", FLOPS 2022, algorithms 1
       to 3.
    .. [2] H. Wang, F. Shakerin, G. Gupta, 2022, "FOLD-RM: A Scalable, Efficient, and
       Explainable Inductive Learning Algorithm for Multi-Category Classification of
       Mixed Data", Theory and Practice of Logic Programming 22, 658-677.
    .. [3] L. McGinness, P. Baumgartner, 2024, "CON-FOLD: Explainable Machine Learning
       with Confidence", Theory and Practice of Logic Programming 24.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skx.rules import FOLDRClassifier
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = FOLDRClassifier(tail=0.05).fit(X, y)
    >>> print(model.export())
    0 if 'petal length (cm)' <= 1.9
    1 if 'petal width (cm)' <= 1.7
    2 if 'petal length (cm)' > 4.8
    2 otherwise
    <BLANKLINE>
    """

    def __init__(
        self,
        *,
        ratio: float = 0.5,
        criterion: str = "entropy",
        tail: float = 0.0,
        min_coverage: Any = "auto",
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
        n_jobs: int | None = None,
        verbose: int = 0,
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
        self.n_jobs = n_jobs
        self.verbose = verbose


class FOLDSEClassifier(FoldClassifier):
    r"""A few short rules with exceptions, by FOLD-SE.

    As :class:`FOLDRClassifier`, but a rule or exception that covers less than ``tail``
    of all training rows is not kept, and exactly one of ``x <= v`` and ``x > v`` holds
    for any value. However many rows there are, no level has more than 1 / ``tail``
    rules, and mostly a handful. Use it for a model that fits on a slide, and as a first
    look at a table. Where a class is rarer than ``tail``, no rule for it is kept: lower
    ``tail``. For predictions alone, boosted trees are mostly more accurate.

    Parameters
    ----------
    ratio : float >= 0, default=0.5
        A rule takes conditions until the weight of the other side that it covers is at
        most ``ratio`` times that of its own side; what is left of the other side
        becomes exceptions. Small values give long rules, large ones more exceptions; 0
        gives no exceptions where the data allow it.
    criterion : {"entropy", "gini"}, default="gini"
        Impurity that the next condition should leave small.
    tail : float in [0, 1), default=0.005
        Weight that a rule must cover of its own side, exceptions too, as a share of the
        weight of all training rows. Larger values give fewer rules; 0 keeps all.
    min_coverage : float >= 0 or "auto", default=1.0
        Weight of its own side that a condition must leave to be a candidate. "auto" is
        0 for a rule set of two classes, and in a decision list 5 or 2 % of the weight
        of all rows, whichever is less.
    comparison : {"typed", "complement"}, default="complement"
        What ``x > v`` says of a missing value or category: "typed" says that it is
        false, as ``x <= v`` is, "complement" that it is true, so that one of the two
        always holds.
    stall : {"next_class", "stop"}, default="next_class"
        What a decision list does where the largest class yields no rule: try the next
        one, or end, as published, and leave the rows to the default class.
    multi_class : {"auto", "decision_list"}, default="auto"
        "decision_list" learns a decision list for two classes also, which "auto" does
        for three or more.
    positive_class : object, default=None
        With two classes and "auto", the class that rules are learned for; the other is
        the default. None is the class of larger weight, the last of equals.
    max_bins : int in [2, 65000], "auto" or None, default="auto"
        Most distinct numbers of a column that conditions compare with; quantiles stand
        for more. None compares with all, "auto" with all up to 100 000 rows and with
        254 beyond.
    max_rules : int >= 1 or None, default=None
        Most rules, not counting exceptions; None sets no limit.
    max_depth : int >= 0 or None, default=None
        How deep exceptions may be nested; 0 learns none, None sets no limit (but 50).
    max_conditions : int >= 1 or None, default=None
        Most conditions of a rule as learned; folding simple exceptions into their rule
        can add some. None sets no limit.
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        Names, positions or mask of columns whose numbers are categories. Otherwise, as
        with None, numbers are ordered, but in columns of categorical dtype.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, multiplied with ``sample_weight``.
    smoothing : float > 0, default=2.0
        Weight of the shares of classes among all rows that is added to a rule's own in
        ``predict_proba``; larger values draw probabilities towards these shares.
    n_jobs : int or None, default=None
        Number of threads for reading, coding and counting the columns of large tables,
        and for predictions; None means 1, -1 all. Results do not depend on it.
    verbose : int, default=0
        With 1 or more, a long fit prints every few seconds how far it is, and any fit
        at its end what it found and how long it took.

    Attributes
    ----------
    rule_set_ : RuleSet
        The rules, which can be printed, exported, and predict without the classifier; a
        notebook shows them as a table.
    rules_ : tuple of Rule
        Rules in the order in which they are tried.
    rule_stats_ : pandas.DataFrame
        Rule text, class, support, coverage, precision, Laplace estimate and lower end
        of the Wilson interval at z = 3; CON-FOLD [3]_ takes that interval's
        centre. The index is what ``apply`` returns.
    n_rules_ : int
        Number of rules, exceptions included.
    n_conditions_ : int
        Number of conditions in them.
    default_class_ : object
        Class of rows that no rule covers.
    positive_class_ : object
        Class that the rules are for, if they are for one of two.
    feature_importances_ : ndarray of shape (n_features_in_,), float64
        What the conditions on each feature took off the impurity, weighted by rows, as
        shares of 1; zeros if there are no rules.
    classes_ : ndarray of shape (n_classes,)
        Classes, sorted.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    fit_partitions : The same for rows in files, processes or on machines.
    FOLDSEClassifierCV : Chooses ``ratio`` and ``tail`` by cross-validation.
    FOLDRClassifier : Longer lists, as FOLD-R++ and FOLD-RM are published.
    RuleSet : The rules by themselves.

    Notes
    -----
    **What is ours.** Of the paper [1]_ only the abstract was at hand when
    this was written, not its body. Two parts are therefore our own reading and may
    differ from the published algorithm: the criterion, which is plain weighted Gini
    impurity,

    .. math::

       -\frac{1}{M} \left(\frac{tp \cdot fp}{tp + fp}
       + \frac{tn \cdot fn}{tn + fn}\right),

    with counts as in :class:`FOLDRClassifier` and M their sum, and the rule on the
    tail: the weight that a rule covers of its own side, after its exceptions, against
    ``tail`` times the weight of all training rows, at every level of nesting. That
    missing values and categories count as greater than any number is our reading, too.

    All else, ties and departures included, is as in :class:`FOLDRClassifier`: FOLD-R++
    [2]_ with two classes, its decision list for more. So is what CuPy arrays of numbers
    give, which are computed on the device.

    Cost: O(n d log n) to read n rows of d columns, then O(m d) for each condition, m
    being the rows that the rule still covers; there are few conditions.

    References
    ----------
    .. [1] H. Wang, G. Gupta, 2024, "FOLD-SE: An Efficient Rule-Based Machine Learning
       Algorithm with Scalable Explainability", PADL 2024 (arXiv 2208.07912).
    .. [2] H. Wang, G. Gupta, 2022, "FOLD-R++: A Scalable Toolset for Automated
       Inductive Learning of Default Theories from Mixed Data", FLOPS 2022.
    .. [3] L. McGinness, P. Baumgartner, 2024, "CON-FOLD: Explainable Machine Learning
       with Confidence", Theory and Practice of Logic Programming 24.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skx.rules import FOLDSEClassifier
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> model = FOLDSEClassifier().fit(X, y)
    >>> model.n_rules_, model.n_conditions_
    (4, 7)
    >>> print(model.explain(X.iloc[[19]])[0])  # doctest: +ELLIPSIS
    1, by rule 0 (right for 97.5% of 355 training rows)
        'worst radius' <= 16.77 holds (it is 15.11)
        exception does not apply: 'worst concave points' > 0.1357 does not hold (it ...
    """

    def __init__(
        self,
        *,
        ratio: float = 0.5,
        criterion: str = "gini",
        tail: float = 0.005,
        min_coverage: Any = 1.0,
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
        n_jobs: int | None = None,
        verbose: int = 0,
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
        self.n_jobs = n_jobs
        self.verbose = verbose
