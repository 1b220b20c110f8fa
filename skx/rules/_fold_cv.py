# SPDX-License-Identifier: BSD-3-Clause
"""FOLDSEClassifier with ratio and tail chosen by cross-validation."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.model_selection import check_cv
from sklearn.utils import Bunch, compute_sample_weight
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.parallel import Parallel, delayed

from skx._base.sklearn import (
    StrOptions,
    count_rows,
    fit_context,
    routing_enabled,
    take_params,
    take_rows,
)
from skx.rules._base import Task, fire_codes, to_rule
from skx.rules._columns import code_matrix, get_column, split_column
from skx.rules._fold import FoldClassifier, FOLDSEClassifier
from skx.rules._learn import Coded, Covered, Fold, Literal, Node, sum_by_class
from skx.rules._progress import SILENT, Progress
from skx.rules._ruleset import RuleSet

RATIOS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
TAILS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)


class GridFold(Fold):
    """Learner of one table with several values of ratio and tail.

    Learning asks two things of them: whether a rule is pure enough to end, and whether
    it covers enough to be kept. ``alike`` says with which settings all answers since
    `start` are the same, and so the rules. Rules are kept with the rows that they were
    learned on and these settings, the best literals with the rows alone.

    Parameters
    ----------
    learner : Fold
    ratios, tails : (n_settings,) values of each setting
    """

    def __init__(
        self, learner: Fold, ratios: NDArray[np.float64], tails: NDArray[np.float64]
    ) -> None:
        super().__init__(learner.table, learner.labels, learner.settings)
        self._ratios = ratios
        self._leasts = tails * float(learner.table.weights.sum())
        self._literals: dict[Any, tuple[Literal | None, float]] = {}
        self._rules: dict[Any, list[tuple[NDArray[np.bool_], Covered | None]]] = {}

    def start(self, at: int) -> None:
        """Learn with a setting from now on."""
        self._at = at
        self.alike = np.ones(len(self._ratios), dtype=bool)
        self.settings = replace(
            self.settings, ratio=float(self._ratios[at]), least=float(self._leasts[at])
        )

    def is_pure(self, own: float, other: float) -> bool:
        """Whether a rule of these weights takes no more conditions."""
        answers = other <= self._ratios * own
        self.alike &= answers == answers[self._at]
        return super().is_pure(own, other)

    def is_heavy(self, covered: Covered) -> bool:
        """Whether a rule covers enough of its own side to be kept."""
        answers = self.weight(covered.own) >= self._leasts
        self.alike &= answers == answers[self._at]
        return super().is_heavy(covered)

    def rule_for(
        self,
        node: Node,
        depth: int = 0,
        trail: list[tuple[Literal, Node]] | None = None,
    ) -> Covered | None:
        """Return one rule for the own side of a node, None if no literal helps."""
        known = self._rules.setdefault((depth, *self._state(node)), [])
        for alike, covered in known:
            if alike[self._at]:
                self.alike &= alike
                if trail is not None:
                    trail.clear()
                return covered
        before, self.alike = self.alike, np.ones_like(self.alike)
        covered = super().rule_for(node, depth, trail)
        known.append((self.alike, covered))
        self.alike = self.alike & before
        return covered

    def best_literal(self, node: Node) -> tuple[Literal | None, float]:
        """Return the literal with the best score, the first of equals, and its gain."""
        key = self._state(node)
        if key not in self._literals:
            super().count_sides(node)
            self._literals[key] = super().best_literal(node)
        return self._literals[key]

    def count_sides(self, node: Node) -> None:
        """Do not count: most nodes have been scanned before."""

    def _state(self, node: Node) -> tuple[bytes, bytes, frozenset[Literal]]:
        """Return what literals and rules of a node follow from."""
        own, other = (
            hashlib.blake2b(side.data, digest_size=16).digest()
            for side in (node.own, node.other)
        )
        return own, other, frozenset(self._used)


@dataclass(frozen=True)
class Part:
    """Training rows of a fold, coded, and the rows to score.

    classes are those of all rows, places (n_classes of train,) where the classes of
    the training rows are among them, labels (n_test,) where those of the rows to score
    are, and rows (n_test,) where these rows are in what fit was given.
    """

    train: Task
    test: Coded
    classes: NDArray
    places: NDArray[np.intp]
    labels: NDArray[np.int64]
    rows: NDArray[np.intp]


Rules = list[tuple[int, Covered]]


class FoldModel(FOLDSEClassifier):
    """A model of a fold, which knows what its rules say of the rows to score."""

    _rows: Any = object()
    _fired: NDArray[np.int64]

    def apply(self, X: Any) -> NDArray[np.int64]:
        """Return which rule decides each row."""
        return self._fired if X is self._rows else super().apply(X)


class FOLDSEClassifierCV(FoldClassifier):
    """FOLD-SE that chooses ``ratio`` and ``tail`` by cross-validation.

    For rules that are as short as the data allow, when it is not known how many are
    worth having. It gives what :class:`~sklearn.model_selection.GridSearchCV` finds
    with :class:`FOLDSEClassifier`, at a fraction of the cost: a table is read once, or
    once for each fold where its numbers are binned, and settings that lead to the same
    rules are learned once. With ``selection="1se"`` it takes the fewest conditions that
    are not clearly worse than the best. :class:`RulePathDisplay` draws score against
    size.

    Parameters
    ----------
    ratios : array-like of shape (n_ratios,) or None, default=None
        Values >= 0 of ``ratio`` to choose from. None is 0.1, 0.2, ..., 1.
    tails : array-like of shape (n_tails,) or None, default=None
        Values in [0, 1) of ``tail`` to choose from. None is ten from 0.0005 to 0.1.
    cv : int, splitter, iterable of pairs or None, default=None
        Folds: a number of stratified ones (None is 5), an object with ``split``, or
        pairs of row positions to fit and to score.
    scoring : str, callable or None, default=None
        What to choose by; greater is better. A name of
        :func:`sklearn.metrics.get_scorer_names`, or ``scoring(estimator, X, y)``,
        which is given a `FOLDSEClassifier`. None is accuracy.
    selection : {"best", "1se"}, default="best"
        The best mean score over folds, or the fewest conditions (mean over folds) of
        those whose mean score is within one standard error of it. Of equally good ones
        the fewest conditions.
    criterion : {"entropy", "gini"}, default="gini"
        Impurity that the next condition should leave small.
    min_coverage : float >= 0 or "auto", default=1.0
        As in `FOLDSEClassifier`, like all that follow.
    comparison : {"typed", "complement"}, default="complement"
        What ``x > v`` says of a missing value or category: false, or true.
    stall : {"next_class", "stop"}, default="next_class"
        What a decision list does where the largest class yields no rule.
    multi_class : {"auto", "decision_list"}, default="auto"
        "decision_list" learns a decision list for two classes also.
    positive_class : object, default=None
        With two classes and "auto", the class that rules are learned for; None is the
        class of larger weight.
    max_bins : int in [2, 65000], "auto" or None, default="auto"
        Most distinct numbers of a column that conditions compare with.
    max_rules : int >= 1 or None, default=None
        Most rules, not counting exceptions.
    max_depth : int >= 0 or None, default=None
        How deep exceptions may be nested.
    max_conditions : int >= 1 or None, default=None
        Most conditions of a rule as learned.
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        Names, positions or mask of columns whose numbers are categories.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, in learning only.
    smoothing : float > 0, default=2.0
        Weight of the shares of all rows in ``predict_proba``.
    n_jobs : int or None, default=None
        Number of threads over folds; None means 1, -1 all. The result does not depend
        on it.
    verbose : int, default=0
        With 1 or more, says from time to time how many folds are done.

    Attributes
    ----------
    ratio_, tail_ : float
        The values chosen.
    best_params_ : dict
        The same by name.
    best_score_ : float
        Mean score over folds of the values chosen.
    best_index_ : int
        Their position in ``cv_results_``.
    cv_results_ : dict of ndarray
        As of `GridSearchCV`, without times: "params", "param_ratio", "param_tail",
        "split0_test_score" and so on, "mean_test_score", "std_test_score",
        "rank_test_score", and the mean over folds of the size, "mean_n_rules" and
        "mean_n_conditions".
    path_ : ndarray of int
        Positions in ``cv_results_`` of the settings that no other beats in size and
        score, from the smallest to the best.
    n_splits_ : int
        Number of folds.
    rule_set_ : RuleSet
        The rules, learned on all rows.
    rules_ : tuple of Rule
        Rules in the order in which they are tried.
    rule_stats_ : pandas.DataFrame
        What the training rows say of each rule.
    n_rules_ : int
        Number of rules, exceptions included.
    n_conditions_ : int
        Number of conditions in them.
    default_class_ : object
        Class of rows that no rule covers.
    positive_class_ : object
        Class that the rules are for, if they are for one of two.
    feature_importances_ : ndarray of shape (n_features_in_,), float64
        What the conditions on each feature took off the impurity, as shares.
    classes_ : ndarray of shape (n_classes,)
        Classes, sorted.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    FOLDSEClassifier : The same with given values.
    RulePathDisplay : Score against size.

    Notes
    -----
    Learning compares ``ratio`` with how pure a rule is and ``tail`` with what it
    covers, and nothing else. Where all comparisons come out the same, so do the rules:
    a value is learned with only where no other one decides alike. A rule, and the best
    condition on a set of rows, are looked for once in each fold. Rules are kept with
    the rows that they cover until the fold is done.

    Scores of the folds count rows by ``sample_weight``, as the fits do; `GridSearchCV`
    does not unless metadata are routed. A row of weight 0 is as if it were not there,
    but for positions in pairs of ``cv``, which count all rows. Without metadata routing
    ``groups`` of ``fit`` goes to the splitter. The best score was chosen among many and
    is too high an estimate for new rows; cross-validate the estimator for a fair one.

    CuPy arrays are predicted on the device where rules are on numbers alone; `fit`
    copies them to the host.

    References
    ----------
    H. Wang, G. Gupta, 2024, "FOLD-SE: An Efficient Rule-Based Machine Learning
    Algorithm with Scalable Explainability", PADL 2024 (arXiv 2208.07912).

    L. Breiman, J. Friedman, R. Olshen, C. Stone, 1984, "Classification and Regression
    Trees", Wadsworth, section 3.4.3 (one standard error).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skx.rules import FOLDSEClassifierCV
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> model = FOLDSEClassifierCV(ratios=[0.25, 0.5, 1], selection="1se").fit(X, y)
    >>> model.cv_results_["mean_test_score"].shape
    (30,)
    >>> sorted(model.best_params_)
    ['ratio', 'tail']
    """

    _parameter_constraints: ClassVar[dict] = {
        **{
            name: constraint
            for name, constraint in FoldClassifier._parameter_constraints.items()
            if name not in ("ratio", "tail")
        },
        "ratios": ["array-like", None],
        "tails": ["array-like", None],
        "cv": ["cv_object"],
        "scoring": [StrOptions(set(get_scorer_names())), callable, None],
        "selection": [StrOptions({"best", "1se"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        ratios: ArrayLike | None = None,
        tails: ArrayLike | None = None,
        cv: Any = None,
        scoring: Any = None,
        selection: str = "best",
        criterion: str = "gini",
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
        self.ratios = ratios
        self.tails = tails
        self.cv = cv
        self.scoring = scoring
        self.selection = selection
        self.criterion = criterion
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

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> "FOLDSEClassifierCV":
        """Choose ``ratio`` and ``tail``, and learn rules with them.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Numbers, text, booleans, categories and missing values, as they are.
        y : array-like of shape (n_samples,)
            Classes.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative; counts in the fits and in the scores of the folds.
        **params : dict
            ``groups`` for the splitter; with metadata routing, whatever splitter and
            scorer request.

        Returns
        -------
        self : estimator
            Fitted.
        """
        routed = self._route(sample_weight, params)
        ratios = _values("ratio", self.ratios, RATIOS, np.inf)
        tails = _values("tail", self.tails, TAILS, 1.0)
        grid = [{"ratio": ratio, "tail": tail} for ratio in ratios for tail in tails]
        X = self._open(X, reset=True)
        task = self._read(X, y, sample_weight)
        n_rows = count_rows(X)
        given = (
            None if sample_weight is None else np.asarray(sample_weight, dtype=float)
        )
        rows = np.arange(n_rows) if given is None else np.flatnonzero(given)
        folds = self._folds(task, X, rows, n_rows, routed.splitter.split)
        results = Parallel(n_jobs=self.n_jobs, prefer="threads", verbose=self.verbose)(
            delayed(self._try)(
                self._part(task, X, rows, given, *fold), grid, X, routed.scorer.score
            )
            for fold in folds
        )
        found = np.array(results)  # (n_folds, n_settings, 3)
        self.n_splits_ = len(folds)
        self.cv_results_ = _results(grid, found)
        scores, sizes = found[..., 0].T, self.cv_results_["mean_n_conditions"]
        self.best_index_ = choose(scores, sizes, self.selection)
        self.path_ = front(self.cv_results_["mean_test_score"], sizes)
        self.best_params_ = grid[self.best_index_]
        self.best_score_ = float(scores[self.best_index_].mean())
        self.ratio_, self.tail_ = self.best_params_.values()
        fold = self._learner(task)
        self._keep(task, self._learn(task, fold))
        self._warn(task, fold)
        return self

    def _runs_on_device(self, method: str) -> bool:
        return method != "fit" and super()._runs_on_device(method)

    def _learner(self, task: Task, progress: Progress = SILENT) -> Fold:
        return self._plain(self.ratio_, self.tail_)._learner(task, progress)

    def _plain(self, ratio: float, tail: float) -> FoldModel:
        """Return a model of one setting."""
        own = self.get_params(deep=False)
        shared = set(own) & set(FOLDSEClassifier().get_params(deep=False))
        shared -= {"n_jobs", "verbose"}  # folds take the threads
        model = FoldModel(
            ratio=ratio, tail=tail, **{name: own[name] for name in shared}
        )
        model.n_features_in_ = self.n_features_in_
        if hasattr(self, "feature_names_in_"):
            model.feature_names_in_ = self.feature_names_in_
        return model

    def _folds(
        self,
        task: Task,
        X: Any,
        rows: NDArray[np.intp],
        n_rows: int,
        params: dict[str, Any],
    ) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Return pairs of positions among the rows of positive weight."""
        labels = task.classes[task.labels]
        if (
            self.cv is None
            or isinstance(self.cv, Integral)
            or hasattr(self.cv, "split")
        ):
            params = take_params(np.empty((n_rows, 0)), params=params, indices=rows)
            splitter = check_cv(self.cv, labels, classifier=True)
            kept = X if len(rows) == n_rows else take_rows(X, rows)
            pairs = list(splitter.split(kept, labels, **params))
        else:
            position = np.full(n_rows, -1)
            position[rows] = np.arange(len(rows))
            pairs = [tuple(position[part] for part in pair) for pair in self.cv]
            pairs = [(train[train >= 0], test[test >= 0]) for train, test in pairs]
        if self.selection == "1se" and len(pairs) < 2:
            raise ValueError(
                "selection='1se' needs the spread of the score over at least 2 folds; "
                "use selection='best', or cv with more folds."
            )
        for number, pair in enumerate(pairs):
            if not len(pair[0]) or not len(pair[1]):
                raise ValueError(
                    f"Fold {number} has {len(pair[0])} rows of positive weight to fit "
                    f"and {len(pair[1])} to score; use other folds."
                )
        return pairs

    def _part(
        self,
        task: Task,
        X: Any,
        rows: NDArray[np.intp],
        given: NDArray[np.float64] | None,
        train: NDArray[np.intp],
        test: NDArray[np.intp],
    ) -> Part:
        """Return a fold in codes."""
        names = task.classes[task.labels[train]]
        weights = None if given is None else given[rows[train]]
        if self._max_bins(len(rows)) is None:
            part = self._slice(task, train, names, weights)
            test_codes = task.table.codes[:, test]
        else:
            # Bins of all rows would not be those of the training rows.
            part = self._plain(0.0, 0.0)._read(
                take_rows(X, rows[train]), names, weights
            )
            X_test = take_rows(X, rows[test])
            cells = [
                split_column(
                    get_column(X_test, j), column.is_categorical, column.levels
                )
                for j, column in enumerate(part.columns)
            ]
            test_codes = code_matrix(part.columns, cells, None)
        return Part(
            part,
            replace(part.table, codes=test_codes),
            task.classes,
            np.searchsorted(task.classes, part.classes),
            task.labels[test],
            rows[test],
        )

    def _slice(
        self, task: Task, train: NDArray[np.intp], names: NDArray, weights: Any
    ) -> Task:
        """Return the task of some rows: their numbers are codes of all rows."""
        classes, labels = np.unique(names, return_inverse=True)
        used = np.ones(len(train)) if weights is None else weights
        if self.class_weight is not None:
            used = used * compute_sample_weight(self.class_weight, names)
        table = replace(task.table, codes=task.table.codes[:, train], weights=used)
        labels = labels.astype(np.int64)
        class_weights = sum_by_class(labels, used, len(classes))
        return Task(task.columns, classes, class_weights, table, labels)

    def _try(
        self,
        part: Part,
        grid: Sequence[dict[str, float]],
        X: Any,
        params: dict[str, Any],
    ) -> NDArray[np.float64]:
        """Return score, rules and conditions of each setting in a fold."""
        by_accuracy = self.scoring is None or self.scoring == "accuracy"
        X_test = None if by_accuracy else take_rows(X, part.rows)
        params = take_params(X, params=params, indices=part.rows)
        ratios = np.array([setting["ratio"] for setting in grid])
        tails = np.array([setting["tail"] for setting in grid])
        model = self._plain(0.0, 0.0)
        fold = GridFold(model._learner(part.train), ratios, tails)
        known: dict[Any, tuple[float, int, int]] = {}
        found = np.full((len(grid), 3), np.nan)
        is_open = np.ones(len(grid), dtype=bool)
        while is_open.any():
            at = int(is_open.argmax())
            fold.start(at)
            rules = model._learn(part.train, fold)
            key = tuple((label, covered.rule) for label, covered in rules)
            if key not in known:
                if by_accuracy:
                    known[key] = self._accuracy(model, part, rules, params)
                else:
                    known[key] = self._scored(
                        self._plain(**grid[at]), part, rules, X_test, params
                    )
            found[fold.alike] = known[key]
            is_open &= ~fold.alike
        return found

    def _fire(self, part: Part, rules: Rules) -> NDArray[np.int64]:
        """Return which rule decides each row to score."""
        typed = self.comparison == "typed"
        return fire_codes([covered.rule for _, covered in rules], part.test, typed)

    def _scored(
        self,
        model: FoldModel,
        part: Part,
        rules: Rules,
        X_test: Any,
        params: dict[str, Any],
    ) -> tuple[float, int, int]:
        """Return score, rules and conditions of a model of some rules."""
        model._keep(part.train, rules)
        model._rows, model._fired = X_test, self._fire(part, rules)
        labels = part.classes[part.labels]
        score = float(self._scorer()(model, X_test, labels, **params))
        return score, model.n_rules_, model.n_conditions_

    def _accuracy(
        self, model: FoldModel, part: Part, rules: Rules, params: dict[str, Any]
    ) -> tuple[float, int, int]:
        """Return the same for accuracy, which needs no probabilities."""
        train = part.train
        n_classes = len(train.classes)
        left = np.ones(train.table.n_rows, dtype=bool)
        for _, covered in rules:
            left[covered.own] = left[covered.other] = False
        weights = train.table.weights
        all_rows = np.bincount(train.labels, weights, n_classes)
        rest = np.bincount(train.labels[left], weights[left], n_classes)
        codes = [(label, covered.rule) for label, covered in rules]
        default = model._default(np.array([all_rows - rest, rest]), codes, n_classes)
        short = RuleSet(
            tuple(train.columns),
            self.comparison == "typed",
            train.classes,
            tuple(to_rule(rule, train.columns, label) for label, rule in codes),
            default,
        ).simplify()
        ends = part.places[[*(label for label, _ in rules), default]]
        right = ends[self._fire(part, rules)] == part.labels
        accuracy = float(np.average(right, weights=params.get("sample_weight")))
        return accuracy, short.n_rules, short.n_conditions

    def score(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the score by which the setting was chosen, on other rows.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Classes.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative.

        Returns
        -------
        score : float
            By ``scoring``; greater is better.
        """
        if self.scoring is None:
            return float(super().score(X, y, sample_weight))
        options = {} if sample_weight is None else {"sample_weight": sample_weight}
        if routing_enabled():
            options = process_routing(self, "score", **options).scorer.score
        return float(self._scorer()(self, X, y, **options))

    def _scorer(self) -> Any:
        return (
            get_scorer(self.scoring) if isinstance(self.scoring, str) else self.scoring
        )

    def _route(self, sample_weight: Any, params: dict[str, Any]) -> Bunch:
        """Return what goes to the splitter and what to the scorer."""
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        if routing_enabled():
            routed = process_routing(self, "fit", sample_weight=sample_weight, **params)
            routed.setdefault("scorer", Bunch(score=weights))
            return routed
        unknown = set(params) - {"groups"}
        if unknown:
            raise TypeError(
                f"{type(self).__name__}.fit does not take "
                f"{', '.join(sorted(unknown))}; besides sample_weight it takes groups, "
                "and others with enable_metadata_routing=True."
            )
        return Bunch(splitter=Bunch(split=params), scorer=Bunch(score=weights))

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of ``cv`` and ``scoring``.

        Returns
        -------
        routing : MetadataRouter
            ``fit`` goes to ``split`` of ``cv`` and, as ``score`` does, to the scorer.
        """
        router = (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(
                splitter=check_cv(self.cv),
                method_mapping=MethodMapping().add(caller="fit", callee="split"),
            )
        )
        if self.scoring is not None:
            router.add(
                scorer=self._scorer(),
                method_mapping=MethodMapping()
                .add(caller="fit", callee="score")
                .add(caller="score", callee="score"),
            )
        return router


def _values(
    name: str, given: ArrayLike | None, default: tuple[float, ...], end: float
) -> list[float]:
    """Return the values of a parameter to choose from."""
    values = np.asarray(default if given is None else given, dtype=np.float64)
    if (
        values.ndim != 1
        or not len(values)
        or not ((values >= 0) & (values < end)).all()
    ):
        raise ValueError(
            f"{name}s is {given!r}; give a list of values of {name}, in [0, {end:g})."
        )
    return list(dict.fromkeys(values.tolist()))


def _results(
    grid: list[dict[str, float]], found: NDArray[np.float64]
) -> dict[str, Any]:
    """Return cv_results_ from score, rules and conditions (n_folds, n_settings, 3)."""
    results: dict[str, Any] = {"params": grid}
    for name in grid[0]:
        values = [setting[name] for setting in grid]
        results[f"param_{name}"] = np.ma.MaskedArray(values, mask=False)
    for k, fold in enumerate(found):
        results[f"split{k}_test_score"] = fold[:, 0]
    means = found.mean(axis=0)
    results["mean_test_score"] = means[:, 0]
    results["std_test_score"] = found[..., 0].std(axis=0)
    ranked = np.where(np.isnan(means[:, 0]), np.inf, -means[:, 0])
    results["rank_test_score"] = rankdata(ranked, method="min").astype(np.int32)
    results["mean_n_rules"] = means[:, 1]
    results["mean_n_conditions"] = means[:, 2]
    return results


def choose(
    scores: NDArray[np.float64], sizes: NDArray[np.float64], selection: str
) -> int:
    """Return the position of the chosen setting.

    Parameters
    ----------
    scores : (n_settings, n_folds), greater is better
    sizes : (n_settings,) mean conditions
    selection : "best" or "1se"
    """
    means = scores.mean(axis=1)
    known = np.where(np.isnan(means), -np.inf, means)
    top = known.max()
    if not np.isfinite(top):
        raise ValueError(
            "The score is not a finite number for any setting; choose a score that is "
            "defined on every fold."
        )
    # Scores that differ by rounding alone are ties.
    best = known >= top - 1e-12 * abs(top)
    order = np.lexsort((-known, sizes))
    if selection == "1se":
        first = order[best[order]][0]
        error = scores[first].std(ddof=1) / np.sqrt(scores.shape[1])
        best |= known >= known[first] - error
    return int(order[best[order]][0])


def front(scores: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the positions of settings that no other beats in size and score."""
    known = np.where(np.isnan(scores), -np.inf, scores)
    order = np.lexsort((-known, sizes))
    highest = np.maximum.accumulate(known[order])
    rises = np.append(True, highest[1:] > highest[:-1])
    return order[rises]
