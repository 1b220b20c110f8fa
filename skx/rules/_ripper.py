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
from skx.rules._progress import Progress


class RIPPERClassifier(RuleClassifier):
    r"""A short list of if-then rules by RIPPER, the rarer classes first.

    Each rule is grown condition by condition on a random part of the rows, cut back on
    the rest, and reconsidered once the others are there; what a rule costs to write
    down must come back in errors that it saves. Use it for few, plain rules (no
    exceptions within rules), above all for a rare class against the rest, and where
    labels are noisy. Where a default with exceptions says it shorter, use
    :class:`FOLDSEClassifier`. Rows that no rule covers get the most frequent class.

    Parameters
    ----------
    k : int >= 0, default=2
        Number of optimisation passes. 0 keeps the rules as they were first found, which
        is quicker and mostly less accurate; more than 2 seldom pay.
    prune : bool, default=True
        Whether rules are pruned. If not, they grow on all rows until they cover one
        class alone or nothing is gained, and are neither optimised nor deleted; then
        ``k``, ``prune_size`` and ``random_state`` have no effect.
    prune_size : float in (0, 1), default=1/3
        Share of the rows of each side, drawn anew for each rule, that prune it. More
        makes shorter rules.
    dl_allowance : float >= 0, default=64.0
        Bits by which a new rule may leave the description longer than the shortest so
        far; the first rule beyond ends the search. Lower values end it sooner.
    min_weight : float >= 0, default=2.0
        Weight of its class that a rule covers at least, among the rows it grows on.
        Higher values give fewer and broader rules.
    max_rules : int >= 1 or None, default=None
        Number of rules, of all classes together, at which learning ends.
    max_conditions : int >= 1 or None, default=None
        Number of conditions at which a rule stops growing.
    max_bins : "auto", int in [2, 65000] or None, default="auto"
        Number of thresholds that a column of numbers offers: its quantiles, or with
        None each distinct number. "auto" is None up to 100 000 rows, and 254 beyond.
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        Columns whose numbers are categories: a mask, positions or names. Text,
        booleans and columns of a category dtype hold categories anyway.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, multiplied with those of the rows; "balanced" gives all
        classes the same total. They also decide which class comes last.
    smoothing : float > 0, default=2.0
        Weight of the class shares of all rows in the probabilities of a rule.
    n_jobs : int or None, default=None
        Number of threads for reading and coding the columns of large tables, and for
        predictions; None means 1, -1 all. Results do not depend on it.
    verbose : int, default=0
        With 1 or more, a long fit prints every few seconds how far it is, and any fit
        at its end what it found and how long it took.
    random_state : int, RandomState instance or None, default=None
        Seed of the divisions into rows to grow on and rows to prune with. The same int
        gives the same rules, whatever the order of the rows.

    Attributes
    ----------
    rules_ : tuple of Rule
        Rules in the order in which they are tried, those of one class together.
    rule_set_ : RuleSet
        The same with the columns and classes that they speak of.
    n_rules_ : int
        Number of rules; that the rest gets ``default_class_`` is not counted.
    n_conditions_ : int
        Number of conditions of all rules.
    default_class_ : object
        Class of the rows that no rule covers: the one of most weight.
    classes_ : ndarray of shape (n_classes,)
        Classes, sorted.
    feature_importances_ : ndarray of shape (n_features_in_,)
        Share of each feature in the FOIL gain of all conditions on the training rows
        that reach them; all 0 where there is no rule.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    FOLDSEClassifier : Fewer rules, which have exceptions.
    FOLDRClassifier : Rules with exceptions, until all training rows are explained.

    Notes
    -----
    Classes are taken by ascending weight, each against all that is left; rows that its
    rules cover are gone for the next class. A condition is ``<=`` or ``>`` with a
    number that occurs, ``==`` with a category, or "is missing". Comparisons are false
    for missing values and categories.

    *Growing* adds the condition of largest gain
    :math:`p_1 (\log_2 \frac{p_1}{p_1 + n_1} - \log_2 \frac{p_0}{p_0 + n_0})`,
    where :math:`p` and :math:`n` are weights of the class and of the others before (0)
    and after (1), until no other is left or nothing gained. The first of equal
    gains wins: columns in order, numbers ascending, ``<=`` before ``>``, missing before
    categories. *Pruning* drops last conditions such that
    :math:`(p + 1) / (p + n + 2)` is largest on the other rows; the paper's
    :math:`(p - n) / (p + n)` ranks a rule that one row confirms above one that
    a hundred confirm but for one. Rules are added until one is wrong on half of what it
    newly covers, or the description is ``dl_allowance`` bits longer than its minimum.
    Then rules that do not shorten it are deleted, the last first.
    *Optimising* sets two variants against each rule, one grown from nothing and one
    from the rule itself, both pruned for the accuracy of all rules together, and keeps
    what gives the shortest description after deletions. It adds rules for what is left
    uncovered, and deletes once more.

    The description is :math:`\frac{1}{2}(\log_2^* k + S(n, k, k / n))` bits for a rule
    of :math:`k` of the :math:`n` possible conditions, and what it takes to list the
    errors; false positives are expected to have the share of the class in the errors.
    It counts rows, hence weights do: those that sum to less than the number of
    rows, as in boosting, are scaled to sum to it.

    Equal rows are joined and ordered by a hash of their content before anything is
    drawn, and a row of weight 3 is divided like three rows. So the order of the rows
    never matters, and an integer weight is the same as so many equal rows, also in the
    random divisions (unless class weights below 1 have everything scaled).

    CuPy arrays are predicted on the device where rules are on numbers alone; `fit`
    copies them to the host.

    Cost: each condition of a rule takes a pass over the rows that the rule still
    covers, in each column: O(n d) for the first.

    References
    ----------
    W. W. Cohen, 1995, "Fast Effective Rule Induction", International Conference on
    Machine Learning, 115-123: IREP* and RIPPER.

    J. R. Quinlan, 1995, "MDL and Categorical Theories (Continued)", International
    Conference on Machine Learning, 464-470: bits of rules and of errors.

    J. R. Quinlan, 1990, "Learning Logical Definitions from Relations", Machine
    Learning 5, 239-266: the gain.

    Examples
    --------
    >>> from skx.datasets import load_mushroom
    >>> from skx.rules import RIPPERClassifier
    >>> X, y = load_mushroom(return_X_y=True)
    >>> model = RIPPERClassifier(random_state=0).fit(X, y)
    >>> model.n_rules_, model.score(X, y)
    (8, 1.0)
    """

    _parameter_constraints: ClassVar[dict] = {
        "k": [Interval(Integral, 0, None, closed="left")],
        "prune": ["boolean"],
        "prune_size": [Interval(Real, 0, 1, closed="neither")],
        "dl_allowance": [Interval(Real, 0, None, closed="left")],
        "min_weight": [Interval(Real, 0, None, closed="left")],
        "max_rules": RuleClassifier._shared_constraints["max_rules"],
        "max_conditions": RuleClassifier._shared_constraints["max_conditions"],
        "max_bins": RuleClassifier._shared_constraints["max_bins"],
        "categorical_features": RuleClassifier._shared_constraints[
            "categorical_features"
        ],
        "class_weight": RuleClassifier._shared_constraints["class_weight"],
        "smoothing": RuleClassifier._shared_constraints["smoothing"],
        "n_jobs": RuleClassifier._shared_constraints["n_jobs"],
        "verbose": RuleClassifier._shared_constraints["verbose"],
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
        max_conditions: int | None = None,
        max_bins: Any = "auto",
        categorical_features: Any = "from_dtype",
        class_weight: Any = None,
        smoothing: float = 2.0,
        n_jobs: int | None = None,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.k = k
        self.prune = prune
        self.prune_size = prune_size
        self.dl_allowance = dl_allowance
        self.min_weight = min_weight
        self.max_rules = max_rules
        self.max_conditions = max_conditions
        self.max_bins = max_bins
        self.categorical_features = categorical_features
        self.class_weight = class_weight
        self.smoothing = smoothing
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> "RIPPERClassifier":
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
        self : RIPPERClassifier
            Fitted.
        """
        progress = Progress(type(self).__name__, self.verbose)
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
                max_conditions=self.max_conditions,
                seed=draw_seed(self.random_state),
            ),
            progress,
        )
        self._last = learned.default
        self._settle(task, learned.rules, True)
        total = learned.gains.sum()
        self.feature_importances_ = learned.gains / total if total else learned.gains
        progress.end(f"{self.n_rules_} rules of {self.n_conditions_} conditions")
        return self

    def _default(self, left: NDArray[np.float64], rules: Any, n_classes: int) -> int:
        # The last class has no rules, whatever is left of it.
        return self._last
