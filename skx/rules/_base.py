# SPDX-License-Identifier: BSD-3-Clause
"""What the rule classifiers share: reading, counting, predicting."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import isfinite
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils import check_array, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from skx._backend import (
    check_device_array,
    is_device_array,
    like,
    namespace_of,
    to_host,
    to_numpy,
)
from skx._base.estimator import SkxEstimator
from skx._base.sklearn import Interval, StrOptions, check_sample_weight
from skx._caller import caller_level
from skx._numba import for_each_chunk
from skx.rules import _kernels
from skx.rules._columns import (
    CELLS,
    Cells,
    Column,
    chosen_columns,
    code_matrix,
    find_largest,
    get_column,
    is_frame_of,
    learn_column,
    n_columns,
    split_column,
)
from skx.rules._device import (
    DeviceCells,
    DeviceTable,
    code_columns,
    has_numbers,
    is_wide,
    learn_columns,
    run_program,
    take_fired,
)
from skx.rules._explain import STYLES, explain, record, statistics
from skx.rules._export import read_attributes, read_probabilities
from skx.rules._learn import (
    OPERATORS,
    Coded,
    CodeRule,
    code_range,
    make_coded,
    sum_by_class,
)
from skx.rules._program import compile_rules
from skx.rules._ruleset import ROWS, Condition, Rule, RuleSet
from skx.rules._times import is_missing

# Up to as many rows every distinct number is a threshold, beyond at most BINS.
EXACT_ROWS = 100_000
BINS = 254
IDENTIFIER_SHARE = 0.5
FEW_ROWS = 20  # which may well differ in a column
MOST_MARKS = 2  # of missing values, in a column of numbers
# Methods that compute on a device where rules are on numbers alone.
PREDICTIONS = {"apply", "predict", "predict_proba", "predict_log_proba"}


@dataclass(frozen=True)
class Known:
    """What a fit knows of its rows as a whole; class_weights are (n_classes,)."""

    columns: list[Column]
    classes: NDArray
    class_weights: NDArray[np.float64]


@dataclass(frozen=True)
class Task(Known):
    """Rows of positive weight in codes, and the positions of their classes."""

    table: Coded
    labels: NDArray[np.int64]


class RuleClassifier(ClassifierMixin, SkxEstimator):
    """Base of the classifiers that are lists of rules."""

    _shared_constraints: ClassVar[dict] = {
        "max_bins": [
            StrOptions({"auto"}),
            Interval(Integral, 2, 65_000, closed="both"),
            None,
        ],
        "max_rules": [Interval(Integral, 1, None, closed="left"), None],
        "max_conditions": [Interval(Integral, 1, None, closed="left"), None],
        "categorical_features": [StrOptions({"from_dtype"}), "array-like", None],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "smoothing": [Interval(Real, 0, None, closed="neither")],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    rule_set_: RuleSet
    classes_: NDArray
    _proba: NDArray[np.float64] | None
    _counts: NDArray[np.float64] | None

    def _read(self, X: Any, y: Any, sample_weight: Any) -> Task:
        """Validate what fit was given, and code it."""
        X, labels, weights = self._read_rows(X, y, sample_weight)
        classes, codes = code_labels(labels)
        if self.class_weight is not None:
            weights = weights * compute_sample_weight(self.class_weight, labels)
        check_weights(weights)
        forced = chosen_columns(self.categorical_features, self._names(), self)
        limit = self._max_bins(len(labels))
        cells: Sequence[Cells | DeviceCells]
        if is_device_array(X):
            columns, cells = learn_columns(X, self._names(), limit)
            if is_wide(columns, len(labels)):
                X = to_host(X, type(self).__name__)
        if is_device_array(X):
            coded = code_columns(X, columns)
        else:
            columns, cells, coded = self._code(X, forced, limit)
        self._warn_of_identifiers(columns, cells)
        table = make_coded(coded, columns, weights)
        class_weights = sum_by_class(codes, weights, len(classes))
        if is_device_array(X):
            table = DeviceTable.make(table, codes)
        return Task(columns, classes, class_weights, table, codes)

    def _code(
        self, X: Any, forced: list[bool], limit: int | None
    ) -> tuple[list[Column], list[Cells], NDArray]:
        """Return what the fit knows of the columns, their cells, and these in codes."""
        given = [get_column(X, j) for j in range(len(forced))]
        names = self._names()
        cells: list[Any] = [None] * len(given)
        columns: list[Any] = [None] * len(given)

        def learn(start: int, stop: int) -> None:
            for j in range(start, stop):
                cells[j] = split_column(given[j], forced[j], None)
                columns[j] = learn_column(names[j], cells[j], forced[j], limit)

        grain = max(1, CELLS // X.shape[0])
        for_each_chunk(learn, len(given), self.n_jobs, grain=grain)
        coded = code_matrix(columns, cells, self.n_jobs)
        columns = [
            find_largest(*column) for column in zip(columns, cells, coded, strict=True)
        ]
        return columns, cells, coded

    def _read_rows(
        self, X: Any, y: Any, sample_weight: Any
    ) -> tuple[Any, NDArray, NDArray[np.float64]]:
        """Return the rows of positive weight, their classes and weights."""
        X = self._open(X, reset=True)
        y, sample_weight = (
            to_numpy(given) if is_device_array(given) else given
            for given in (y, sample_weight)
        )
        labels = column_or_1d(y, warn=True)
        check_consistent_length(X, labels)
        weights = read_weights(sample_weight, X.shape[0])
        kept = np.flatnonzero(weights)
        if len(kept) == len(weights):
            return X, labels, weights
        return take(X, kept), labels[kept], weights[kept]

    def _open(self, X: Any, *, reset: bool) -> Any:
        """Return a frame as it is, anything else as an array or a CSC array."""
        if is_device_array(X):
            if has_numbers(X):
                X = check_device_array(X, finite=False)
                return validate_data(self, X, skip_check_array=True, reset=reset)
            X = to_host(X, type(self).__name__)
        if is_frame_of(X, "pandas") and not X.columns.is_unique:
            name = X.columns[X.columns.duplicated()][0]
            raise ValueError(
                f"X has several columns named {name!r}, and columns are known by their "
                "names; rename them, or pass X.to_numpy()."
            )
        if not (is_frame_of(X, "pandas") or is_frame_of(X, "polars")):
            X = _as_array(X, self)
        elif X.shape[0] == 0 or X.shape[1] == 0:
            raise ValueError(
                f"Found array with {X.shape[0]} sample(s) and {X.shape[1]} feature(s) "
                f"(shape={X.shape}) while a minimum of 1 is required by "
                f"{type(self).__name__}."
            )
        return validate_data(self, X, skip_check_array=True, reset=reset)

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            return [f"x{j}" for j in range(self.n_features_in_)]
        return [str(name) for name in names]

    def _max_bins(self, n_rows: int) -> int | None:
        if self.max_bins == "auto":
            return None if n_rows <= EXACT_ROWS else BINS
        return self.max_bins

    def _warn_of_identifiers(
        self, columns: list[Column], cells: Sequence[Cells | DeviceCells]
    ) -> None:
        n_rows = cells[0].n_rows
        if n_rows <= FEW_ROWS:
            return
        warn_of_many_levels(columns, n_rows)
        found = [
            column.name
            for column, cell in zip(columns, cells, strict=True)
            if cell.numbers_rows()
        ]
        if found:
            warnings.warn(
                f"Column {', '.join(map(repr, found))} has another integer in each "
                "row, and these lie close together, as row numbers and identifiers "
                "do; rules on it will not carry over to new rows. Drop it, unless its "
                "order means something.",
                UserWarning,
                stacklevel=caller_level(),
            )

    def _settle(
        self, task: Task, rules: Sequence[tuple[int, CodeRule]], typed: bool
    ) -> None:
        """Store rules, what the training rows say of each, and probabilities."""
        counted = count_rows(
            [rule for _, rule in rules],
            task.table,
            task.labels,
            len(task.classes),
            typed,
            self.n_jobs,
        )
        self._keep_counted(task, rules, typed, *counted)

    def _keep_counted(
        self,
        known: Known,
        rules: Sequence[tuple[int, CodeRule]],
        typed: bool,
        counts: NDArray[np.float64],
        coverage: NDArray[np.float64],
    ) -> None:
        """Store rules, what `count_rows` says of each, and probabilities."""
        self._store(
            RuleSet(
                tuple(known.columns),
                typed,
                known.classes,
                tuple(to_rule(rule, known.columns, label) for label, rule in rules),
                self._default(counts, rules, len(known.classes)),
            ).simplify()
        )
        self._score(counts, coverage.tolist())

    def _store(self, rules: RuleSet) -> None:
        """Set what follows from rules alone."""
        self.classes_ = rules.classes
        self.rule_set_ = rules
        self.n_rules_ = rules.n_rules
        self.n_conditions_ = rules.n_conditions
        self.default_class_ = self.classes_[rules.default]

    def _score(self, counts: NDArray[np.float64], coverage: list[float]) -> None:
        """Set what rows say of each rule, and probabilities.

        counts (n_rules + 1, n_classes) are weights of the rows that each rule decides,
        and last of those that none does.
        """
        self._counts = counts
        prior = counts.sum(axis=0) / counts.sum()
        total = counts.sum(axis=1)
        self._proba = (counts + self.smoothing * prior) / (
            total[:, np.newaxis] + self.smoothing
        )
        rules = [
            replace(
                rule,
                support=float(total[k]),
                coverage=coverage[k],
                precision=float(counts[k, rule.label] / total[k])
                if total[k]
                else float("nan"),
            )
            for k, rule in enumerate(self.rules_)
        ]
        self.rule_set_ = replace(self.rule_set_, rules=tuple(rules))

    def _default(
        self,
        counts: NDArray[np.float64],
        rules: Sequence[tuple[int, CodeRule]],
        n_classes: int,
    ) -> int:
        """Return the class of rows that no rule covers: their heaviest, else of all.

        counts (n_rules + 1, n_classes) are the weights by deciding rule, none last.
        """
        left = counts[-1]
        return int((left if left.sum() > 0.0 else counts.sum(axis=0)).argmax())

    @property
    def rules_(self) -> tuple[Rule, ...]:
        """Rules in the order in which they are tried."""
        return self.rule_set_.rules

    def apply(self, X: ArrayLike) -> NDArray[np.int64]:
        """Return which rule decides each row.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        rule : ndarray of shape (n_samples,)
            Position in ``rules_``, -1 where no rule covers the row.
        """
        check_is_fitted(self)
        rows = self._open(X, reset=False)
        return like(X, self.rule_set_.fire(rows, n_jobs=self.n_jobs))

    def predict(self, X: ArrayLike) -> NDArray:
        """Return the class that the rules give each row.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Rows; categories that the fit did not see are equal to none that it did.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Classes.
        """
        fired = self.apply(X)
        labels = [rule.label for rule in self.rules_]
        ends = np.array([*labels, self.rule_set_.default], dtype=np.intp)
        return take_fired(self.classes_[ends], fired)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the shares of the classes where the deciding rule fired in the fit.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            Shares, drawn towards those of all rows by ``smoothing``, so that none is 0
            or 1. The class of a rule need not be its most frequent one.
        """
        fired = self.apply(X)
        if self._proba is None:
            raise ValueError(
                "The rules came without probabilities, as new rules do; call "
                "rescore(X, y) first."
            )
        return take_fired(self._proba, fired)

    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the logarithm of `predict_proba`.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes)
            Logarithms.
        """
        proba = self.predict_proba(X)
        return (namespace_of(proba) if is_device_array(proba) else np).log(proba)

    def explain(
        self, X: ArrayLike, *, all_rules: bool = False, style: str = "object"
    ) -> list[Any]:
        """Return why each row has its class.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Rows.
        all_rules : bool, default=False
            Whether to say, too, why each rule before the deciding one does not cover
            the row. Where no rule decides, every rule is explained anyhow.
        style : {"object", "text", "dict"}, default="object"
            Objects whose ``str`` is text, or text, or dicts and lists.

        Returns
        -------
        explanations : list of Explanation, str or dict
            One for each row: its class, the rule that decides, each condition with the
            row's value and whether it holds, and which exceptions were tried.
        """
        check_is_fitted(self)
        if style not in STYLES:
            raise ValueError(
                f"style is {style!r}; expected one of {', '.join(map(repr, STYLES))}."
            )
        left = ""
        if self._counts is not None:
            counts = self._counts[-1]
            total = float(counts.sum())
            share = counts[self.rule_set_.default] / total if total else float("nan")
            left = record(float(share), total)
        rows = self._open(X, reset=False)
        found = explain(self.rule_set_, rows, left, all_rules=all_rules)
        if style == "object":
            return found
        return [str(e) if style == "text" else e.to_dict() for e in found]

    @property
    def rule_stats_(self) -> Any:
        """What the training rows say of each rule, as a pandas frame.

        The index is what `apply` returns: positions in ``rules_``, and -1 for the rows
        that no rule covers. Columns: rule, class, support (weight of the rows that the
        rule decides), coverage (weight of those that it covers, whatever comes before
        it), and of the rows in support: precision (share of the class), laplace
        ((weight of the class + 1) / (support + n_classes)) and wilson (lower end of the
        Wilson score interval at z = 3).
        """
        check_is_fitted(self)
        return statistics(self.rule_set_, self._counts)

    def export(self, format: str = "text", **options: Any) -> str:
        """Return the rules in another language, in which they say the same of any row.

        Parameters
        ----------
        format : {"text", "html", "json", "python", "sql", "scasp", "prolog", \
"clingo"}, default="text"
            Language; "json" is `to_dict` of ``rule_set_``.
        **options : dict
            Options of the format, see `RuleSet.export`.

        Returns
        -------
        text : str
            Text, source or program.
        """
        check_is_fitted(self)
        return self.rule_set_.export(format, **options)

    def to_dict(self) -> dict[str, Any]:
        """Return the fitted classifier as dicts and lists that JSON can hold.

        Returns
        -------
        data : dict
            `RuleSet.to_dict`, the probabilities of the classes with each rule,
            ``positive_class_`` and ``feature_importances_``. Parameters are not in it.
        """
        check_is_fitted(self)
        data = self.rule_set_.to_dict()
        data["named"] = hasattr(self, "feature_names_in_")
        if hasattr(self, "positive_class_"):
            positive = self.classes_.tolist().index(self.positive_class_)
            data["positive_class"] = data["classes"][positive]
        if hasattr(self, "feature_importances_"):
            data["feature_importances"] = self.feature_importances_.tolist()
        if self._proba is not None:
            *shares, data["default_probabilities"] = self._proba.tolist()
            for rule, share in zip(data["rules"], shares, strict=True):
                rule["probabilities"] = share
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return a fitted classifier from the dict of `to_dict`, perhaps edited.

        It predicts without any data. Rules without "probabilities" need `rescore`
        before `predict_proba`; rules whose conditions were edited should have it.

        Parameters
        ----------
        data : dict
            Rules. An error names the place that does not fit.

        Returns
        -------
        classifier : estimator
            With default parameters and what `fit` sets. ``positive_class_`` and
            ``feature_importances_`` are those of the dict, whatever was edited, and
            are not set where it has none.
        """
        rules = RuleSet.from_dict(data)
        model = cls()
        model._store(rules)
        for name, value in read_attributes(data, rules).items():
            setattr(model, name, value)
        model._counts = None
        model._proba = read_probabilities(data, len(rules.classes))
        names = [column.name for column in rules.columns]
        model.n_features_in_ = len(names)
        if data.get("named", names != model._names()):
            model.feature_names_in_ = np.array(names, dtype=object)
        return model

    def rescore(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Count anew what rows say of the rules; the rules stay as they are.

        For rules that were edited, or written by hand, or for newer data.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Classes; every class of the rules occurs, and no other.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative; an integer weight is the same as so many equal rows.

        Returns
        -------
        self : estimator
            With support, coverage and precision of each rule, and probabilities.
        """
        check_is_fitted(self)
        rows = self._open(X, reset=False)
        names = column_or_1d(y, warn=True)
        check_consistent_length(rows, names)
        weights = read_weights(sample_weight, rows.shape[0])
        kept = np.flatnonzero(weights)
        rows, names, weights = take(rows, kept), names[kept], weights[kept]
        found = set(names.tolist())
        place = {label: k for k, label in enumerate(self.classes_.tolist())}
        if found != set(place):
            raise ValueError(
                f"y holds the classes {sorted(found, key=str)}, but the rules are for "
                f"{list(place)}; give rows of every class and of no other."
            )
        if self.class_weight is not None:
            weights = weights * compute_sample_weight(self.class_weight, names)
        check_weights(weights)
        labels = np.array([place[name] for name in names.tolist()])
        shape = len(self.rules_), len(place)
        fired = self.rule_set_.fire(rows)
        covered = self.rule_set_.covers(rows)
        self._score(
            count_classes(fired, labels, weights, shape), (weights @ covered).tolist()
        )
        return self

    def _runs_on_device(self, method: str) -> bool:
        if method not in PREDICTIONS:
            return False
        return not hasattr(self, "rule_set_") or self.rule_set_._is_plain

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


def warn_of_many_levels(columns: Sequence[Column], n_rows: int) -> None:
    """Warn of columns whose many categories are numbers, or names of rows."""
    if n_rows <= FEW_ROWS:
        return
    found = []
    for column in columns:
        marks = _marks_among_numbers(column)
        if marks:
            warnings.warn(
                f"Column {column.name!r} is text that reads as numbers but for "
                f"{' and '.join(map(repr, marks))}, so rules can only ask whether it "
                "equals one of them. Make numbers of it, as by "
                "pandas.to_numeric(errors='coerce'), or name it in "
                "categorical_features if it holds codes.",
                UserWarning,
                stacklevel=caller_level(),
            )
        elif len(column.levels) > IDENTIFIER_SHARE * n_rows:
            found.append(column.name)
    if found:
        warnings.warn(
            f"Column {', '.join(map(repr, found))} has a category of its own for more "
            "than half of the rows, as an identifier has; rules on it will not carry "
            "over to new rows. Drop it.",
            UserWarning,
            stacklevel=caller_level(),
        )


def _marks_among_numbers(column: Column) -> list[str]:
    """Return the one or two texts that are no numbers where all others are."""
    levels = column.levels
    if column.is_categorical or len(column.numbers) or len(levels) <= FEW_ROWS:
        return []
    if not all(isinstance(level, str) for level in levels):
        return []
    marks = [level for level in levels if not _reads_as_number(level)]
    return marks if len(marks) <= MOST_MARKS else []


def _reads_as_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def check_weights(weights: NDArray[np.float64]) -> None:
    """Refuse weights, those of the classes included, that cannot be added up."""
    if (weights < 0).any():
        raise ValueError(
            f"class_weight makes the weight of a row {weights.min():g}; weights of "
            "classes must not be negative."
        )
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not total < np.inf:
        raise ValueError(
            f"The weights of the rows, up to {weights.max():g}, sum to {total:g}; "
            "scale sample_weight or class_weight down."
        )


def read_weights(sample_weight: Any, n_rows: int) -> NDArray[np.float64]:
    """Return the weights of rows, not all of which are 0."""
    weights = check_sample_weight(
        sample_weight,
        np.empty((n_rows, 1)),
        dtype=np.float64,
        ensure_non_negative=True,
    )
    if not weights.any():  # scikit-learn looks from 1.9 on
        raise ValueError("sample_weight must contain at least one non-zero number.")
    return weights


def code_labels(labels: NDArray) -> tuple[NDArray, NDArray[np.int64]]:
    """Return the classes in order, and the position of each label among them.

    What `numpy.unique` returns, without a sort of text or of all integers.
    """
    names = labels.tolist() if labels.dtype.kind in "OU" else []
    if set(map(type, names)) == {str}:
        found = sorted(set(names))
        place = {name: k for k, name in enumerate(found)}
        classes = np.array(found, dtype=labels.dtype)
        codes = np.fromiter(map(place.__getitem__, names), np.int64, len(names))
    elif labels.dtype.kind in "iu" and _spread(labels) <= len(labels):
        steps = (labels - labels.min()).astype(np.int64)
        is_found = np.bincount(steps) > 0
        codes = (np.cumsum(is_found) - 1)[steps]
        classes = labels.min() + np.flatnonzero(is_found).astype(labels.dtype)
    else:
        if any(map(is_missing, names)):
            raise ValueError(
                "y holds missing values; leave those rows out, or give them a class "
                "of their own."
            )
        check_classification_targets(labels)
        return np.unique(labels, return_inverse=True)
    if 2 * len(classes) > len(labels):
        check_classification_targets(labels)  # which warns of it
    return classes, codes


def _spread(labels: NDArray) -> int:
    """Return the largest less the smallest, where their type can hold it."""
    spread = int(labels.max()) - int(labels.min())
    return spread if spread <= np.iinfo(labels.dtype).max else len(labels) + 1


def count_classes(
    fired: NDArray[np.int64],
    labels: NDArray[np.int64],
    weights: NDArray[np.float64],
    shape: tuple[int, int],
) -> NDArray[np.float64]:
    """Return weights (n_rules + 1, n_classes); the last row is of no rule."""
    n_rules, n_classes = shape
    cells = fired * n_classes + labels
    cells[fired < 0] += (n_rules + 1) * n_classes
    counts = np.bincount(cells, weights, minlength=(n_rules + 1) * n_classes)
    return counts.astype(np.float64).reshape(n_rules + 1, n_classes)


def count_rows(
    rules: Sequence[CodeRule],
    table: Coded,
    labels: NDArray[np.int64],
    n_classes: int,
    typed: bool,
    n_jobs: int | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what `count_classes` does, and the weight of all rows under each rule."""
    fire = partial(fire_codes, table=table, typed=typed, n_jobs=n_jobs)
    shape = len(rules), n_classes
    if isinstance(table, DeviceTable):
        each = [table.count_groups(fire([rule]) == 0, 2)[1] for rule in rules]
        return table.count_fired(fire(rules), *shape), np.array(each, dtype=np.float64)
    counts = count_classes(fire(rules), labels, table.weights, shape)
    coverage = [table.weights[fire([rule]) == 0].sum() for rule in rules]
    return counts, np.array(coverage, dtype=np.float64)


def fire_codes(
    rules: Sequence[CodeRule], table: Coded, typed: bool, n_jobs: int | None = None
) -> NDArray[np.int64]:
    """Return the position of the first rule that covers each row, else -1."""
    program = compile_rules(rules)
    each = [
        code_range(op, code, int(table.above[feature]), typed)
        for feature, op, code in program.literals
    ]
    features = np.array([literal[0] for literal in program.literals], dtype=np.int64)
    if isinstance(table, DeviceTable):
        wanted, held = features.tolist(), table.codes
        return run_program(
            program, each, lambda k, rows: held[wanted[k], rows], table.labels
        )
    low, high, negated = np.array(each, dtype=np.int64).reshape(-1, 3).T
    used, columns = np.unique(features, return_inverse=True)
    kind = table.codes.dtype
    out = np.empty(table.n_rows, dtype=np.int64)
    ranges = low.astype(kind), high.astype(kind), negated.astype(bool)

    def run(start: int, stop: int) -> None:
        _kernels.fire(
            table.codes[:, start:stop].T,
            used,
            columns,
            *ranges,
            program.steps,
            program.depth,
            out[start:stop],
        )

    for_each_chunk(run, table.n_rows, n_jobs, grain=ROWS)
    return out


def to_rule(rule: CodeRule, columns: list[Column], label: int | None = None) -> Rule:
    """Return a rule over values."""
    return Rule(
        tuple(
            Condition(feature, OPERATORS[op], columns[feature].value_of(code))
            for feature, op, code in rule.conditions
        ),
        tuple(to_rule(exception, columns) for exception in rule.exceptions),
        label,
    )


def take(X: Any, rows: NDArray[np.intp]) -> Any:
    """Return some rows of a frame, an array or a sparse matrix."""
    if is_frame_of(X, "pandas"):
        return X.iloc[rows]
    if is_device_array(X):
        return namespace_of(X).take(X, like(X, rows), axis=0)
    return X[rows]


def _as_array(X: Any, estimator: Any) -> Any:
    if isinstance(X, list | tuple):
        X = _of_list(X)
    elif isinstance(X, np.ma.MaskedArray):
        is_masked = np.ma.getmaskarray(X)
        X = X.data.astype(float if X.dtype.kind in "fiu" else object)
        X[is_masked] = None  # NaN in an array of numbers
    elif type(X) is dict or type(X).__name__ == "LazyFrame":
        how = "pandas.DataFrame(X)" if type(X) is dict else "X.collect()"
        raise TypeError(f"X is a {type(X).__name__} and no table; pass {how}.")
    X = check_array(
        X,
        accept_sparse="csc",
        dtype=None,
        ensure_all_finite=False,
        estimator=estimator,
    )
    if n_columns(X) and X.dtype.kind == "c":
        raise ValueError("Complex data not supported.")
    return X


def _of_list(X: Sequence[Any]) -> Any:
    """Return an array of objects for rows of more than numbers."""
    if any(isinstance(row, dict) for row in X):
        raise TypeError("X is a list of dicts and no table; pass pandas.DataFrame(X).")
    try:
        array = np.array(X, dtype=object)
    except ValueError:
        array = np.empty(0)
    if array.ndim == 1 and any(isinstance(row, list | tuple) for row in X):
        lengths = sorted({len(row) if hasattr(row, "__len__") else 1 for row in X})
        raise ValueError(
            f"X is a list of rows of {lengths[0]} to {lengths[-1]} values; give each "
            "row one value per column, None where it is missing."
        )
    # Text beside numbers stays what it is.
    is_plain = array.ndim != 2 or all(type(v) in (int, float) for v in array.flat)
    return X if is_plain else array
