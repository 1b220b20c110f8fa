# SPDX-License-Identifier: BSD-3-Clause
"""`RuleSet`: rules over values, detached from the data they were learned on."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._backend import is_device_array, like, namespace_of, to_host
from skx._caller import caller_level
from skx._numba import for_each_chunk
from skx.rules import _kernels
from skx.rules._columns import (
    MISSING_LEVEL,
    NUMBER,
    UNKNOWN_LEVEL,
    Cells,
    Column,
    Level,
    get_column,
    is_frame_of,
    key_of,
    split_column,
)
from skx.rules._device import has_numbers, run_program, take_fired
from skx.rules._program import compile_rules, each_literal

NEGATED = {"<=": ">", ">": "<=", "==": "!=", "!=": "=="}


@dataclass(frozen=True)
class Condition:
    """A literal: a feature compared with a value.

    A missing value is neither ``<=`` nor, where comparison is "typed", ``>`` any
    number; where it is "complement", it is ``>`` every number. Categories that the fit
    did not see are ``!=`` to all that it did.

    Parameters
    ----------
    feature : int
        Position of the column.
    op : {"<=", ">", "==", "!="}
        "<=" and ">" go with a number, "==" and "!=" with a category or None.
    value : object
        Number, category, or None for missing.
    negated : bool, default=False
        Whether "not" stands before it, which matters where comparison is typed: a
        missing value makes ``x > 1`` false, and ``not x <= 1`` true.

    See Also
    --------
    Rule : Conditions that must all hold.

    Examples
    --------
    >>> from skx.rules import Condition
    >>> Condition(0, "<=", 3.5)
    Condition(0, '<=', 3.5)
    >>> print(Condition(1, "==", "red"))
    x1 == 'red'
    """

    feature: int
    op: str
    value: Level
    negated: bool = False

    def __repr__(self) -> str:
        negated = ", negated=True" if self.negated else ""
        return f"Condition({self.feature}, {self.op!r}, {self.value!r}{negated})"

    def __str__(self) -> str:
        text = f"x{self.feature} {self.op} {self.value!r}"
        return f"not {text}" if self.negated else text


@dataclass(frozen=True)
class Rule:
    """Conditions that must all hold, unless an exception covers the row.

    Exceptions are rules without a class, and may have exceptions themselves. A rule
    without conditions covers nothing.

    Parameters
    ----------
    conditions : tuple of Condition
        Conditions.
    exceptions : tuple of Rule, default=()
        Exceptions.
    label : int or None, default=None
        Position of the class that it predicts; None for an exception.
    support : float, default=0.0
        Weight of the training rows for which it is the first rule that covers.
    coverage : float, default=0.0
        Weight of the training rows that it covers, whatever comes before it.
    precision : float, default=nan
        Share of its class in ``support``.

    See Also
    --------
    RuleSet : Rules that are tried in order.

    Examples
    --------
    >>> from skx.rules import Condition, Rule
    >>> bird = Condition(0, "==", "bird")
    >>> Rule((bird,), (Rule((Condition(1, "==", "penguin"),)),), label=1)
    <Rule: class 1 if x0 == 'bird' unless (x1 == 'penguin')>
    """

    conditions: tuple[Condition, ...]
    exceptions: tuple["Rule", ...] = ()
    label: int | None = None
    support: float = 0.0
    coverage: float = 0.0
    # NaN of an exception is not equal to itself once it was pickled.
    precision: float = field(default=float("nan"), compare=False)

    def __str__(self) -> str:
        parts = [" and ".join(map(str, self.conditions)) or "never"]
        if self.label is not None:
            parts.insert(0, f"class {self.label} if")
        parts += [f"unless ({exception})" for exception in self.exceptions]
        return " ".join(parts)

    def __repr__(self) -> str:
        return f"<Rule: {self}>"


@dataclass(frozen=True)
class RuleSet:
    """Rules that are tried in order; the first that covers a row decides.

    Classifiers make it as ``rule_set_``, `from_dict` reads it from JSON, perhaps
    edited. It predicts without the classifier and without the data it was learned on.
    ``print`` writes it for people, a notebook shows a table, `export` translates it.
    CuPy arrays are predicted on the device where rules are on numbers alone.

    Parameters
    ----------
    columns : tuple of Column
        Name, numbers and categories of each column of the fit.
    typed : bool
        Whether ``>`` is false for missing values and categories; else it is true.
    classes : ndarray of shape (n_classes,)
        Classes.
    rules : tuple of Rule
        Rules in the order in which they are tried.
    default : int
        Position of the class of rows that no rule covers.

    Attributes
    ----------
    n_rules : int
        Number of rules, exceptions included.
    n_conditions : int
        Number of conditions, those of exceptions included.

    See Also
    --------
    FOLDSEClassifier : Learns few rules.
    FOLDRClassifier : Learns longer lists.

    Notes
    -----
    Rules are immutable. To edit them, change the dict of `to_dict`; `from_dict` of the
    set and of the classifiers checks it and names the place that does not fit.

    Examples
    --------
    >>> from skx.rules import FOLDSEClassifier
    >>> X = [["red", 1], ["red", 2], ["blue", 3], ["green", 4]]
    >>> rules = FOLDSEClassifier().fit(X, ["stop", "stop", "go", "go"]).rule_set_
    >>> rules
    <RuleSet: rules=1, conditions=1, go otherwise>
    >>> rules.predict([["black", 0], ["red", None]]).tolist()
    ['go', 'stop']
    """

    columns: tuple[Column, ...]
    typed: bool
    classes: NDArray
    rules: tuple[Rule, ...]
    default: int

    @property
    def n_rules(self) -> int:
        """Number of rules, exceptions included."""
        return count_rules(self.rules)

    @property
    def n_conditions(self) -> int:
        """Number of conditions, those of exceptions included."""
        literals: list[Condition] = []
        each_literal(self.rules, literals.append)
        return len(literals)

    @property
    def _is_plain(self) -> bool:
        """Whether conditions are on columns of numbers alone."""
        literals: list[Condition] = []
        each_literal(self.rules, literals.append)
        return all(self.columns[literal.feature].is_plain for literal in literals)

    def simplify(self) -> "RuleSet":
        """Return rules that predict the same on any input, with fewer conditions."""
        rules = tuple(_simplify(rule, self.typed) for rule in self.rules)
        return replace(self, rules=rules)

    def predict(self, X: Any) -> NDArray:
        """Return the class of each row.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n_samples, n_features)
            Rows. A frame has columns of these names, in any order, and perhaps others;
            an array has the columns in this order.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Classes.
        """
        if is_frame_of(X, "pandas") or is_frame_of(X, "polars"):
            X = self._named(X)
        elif isinstance(X, list | tuple):
            X = np.array(X, dtype=object)
        shape: tuple[int, ...] = getattr(X, "shape", ())
        if len(shape) != 2 or shape[1] != len(self.columns):
            raise ValueError(
                f"X has shape {shape}, but the rules are for tables of "
                f"{len(self.columns)} columns."
            )
        ends = [*(rule.label for rule in self.rules), self.default]
        return take_fired(self.classes[np.array(ends, dtype=np.intp)], self.fire(X))

    def _named(self, X: Any) -> Any:
        """Return a frame with its columns in the order of the rules."""
        names = [column.name for column in self.columns]
        if [str(name) for name in X.columns] == names:
            return X
        missing = [name for name in names if list(X.columns).count(name) != 1]
        if missing:
            raise ValueError(
                f"X has no column {missing[0]!r}, or several; the rules are for the "
                f"columns {names[:10]}."
            )
        return X[names]

    def export(self, format: str = "text", **options: Any) -> str:
        """Return the rules in another language, in which they say the same of any row.

        Parameters
        ----------
        format : str, default="text"
            - "text": for people, exceptions indented;
            - "html": the same as a table, with support and precision, for notebooks
              and pages; it holds no script;
            - "json": `to_dict` as text; option ``indent``, 2 by default;
            - "python": the source of ``predict_one(row)`` for a dict from column name
              to value, without imports;
            - "sql": one CASE expression; option ``dialect``: "standard" (the default),
              "duckdb" or "sqlite";
            - "scasp", "prolog", "clingo": a logic program of ``label(X, class)``;
              with option ``X``, a frame or array, also the facts of its rows, which
              are numbered from 0.
        **options : dict
            Options of the format.

        Returns
        -------
        text : str
            The rules; numbers are written so that reading them gives the same numbers.
        """
        # The formats build on this file.
        from skx.rules._export import export

        options = {
            name: to_host(value, "RuleSet") if is_device_array(value) else value
            for name, value in options.items()
        }
        return export(self, format, **options)

    def to_dict(self) -> dict[str, Any]:
        """Return the rules as dicts and lists that JSON can hold.

        Returns
        -------
        data : dict
            "version", "comparison", "classes", "default" (a class), "features" (name,
            kind, categories, smallest and largest number) and "rules" (class,
            conditions, exceptions, and what the rows of the fit say of each). Columns
            of times have "times", which is "datetime", "datetime UTC", "span" or "time
            of day"; their numbers are microseconds, since 1970 or midnight.
        """
        from skx.rules._export import to_dict

        return to_dict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "RuleSet":
        """Return the rules of a dict as `to_dict` writes it, perhaps edited.

        Parameters
        ----------
        data : dict
            Rules. A feature is told by its name or position; categories, range,
            exceptions, support, coverage and precision may be left out.

        Returns
        -------
        rules : RuleSet
            They predict without any data.

        Raises
        ------
        ValueError
            If something is missing, unknown or does not fit; the message names the
            place, such as ``rules[2].conditions[0].value``.
        """
        from skx.rules._export import from_dict

        return from_dict(data)

    def __str__(self) -> str:
        return self.export("text")

    def __repr__(self) -> str:
        default = self.classes[self.default]
        return (
            f"<RuleSet: rules={self.n_rules}, conditions={self.n_conditions}, "
            f"{default} otherwise>"
        )

    def _repr_html_(self) -> str:
        return self.export("html")

    def fire(
        self, X: Any, rules: Sequence[Rule] | None = None, n_jobs: int | None = None
    ) -> NDArray[np.int64]:
        """Return the position of the first rule that covers each row.

        Parameters
        ----------
        X : ndarray, frame or sparse matrix of shape (n_samples, n_features)
            Columns in the order of the fit.
        rules : sequence of Rule or None, default=None
            Rules to try instead of the set's own.
        n_jobs : int or None, default=None
            Number of threads for many rows; None means 1, -1 all.

        Returns
        -------
        rule : ndarray of shape (n_samples,), int64
            Position, -1 where no rule covers the row.
        """
        program = compile_rules(self.rules if rules is None else rules)
        literals: list[Condition] = program.literals
        features = sorted({literal.feature for literal in literals})
        values: list[NDArray] | None = None
        is_plain = all(self.columns[j].is_plain for j in features)
        there = is_device_array(X)
        if there and not (is_plain and has_numbers(X)):
            return like(X, self.fire(to_host(X, "RuleSet"), rules, n_jobs))
        if is_plain and (
            there or (isinstance(X, np.ndarray) and X.dtype in (np.float64, np.float32))
        ):
            place: dict[int, tuple[int, int | None]] = {j: (j, None) for j in features}
        else:
            values, place = self._values(X, features)
        columns = np.zeros(len(literals), dtype=np.int64)
        ranges = np.zeros((2, len(literals)))
        negated = np.zeros(len(literals), dtype=bool)
        for k, literal in enumerate(literals):
            number_at, level_at = place[literal.feature]
            if literal.op in ("<=", ">"):
                columns[k] = number_at
                *ranges[:, k], negated[k] = _ordered_range(literal, self.typed)
                continue
            columns[k] = number_at if level_at is None else level_at
            negated[k] = (literal.op == "!=") != literal.negated
            if level_at is not None:
                ranges[:, k] = self._level(literal)
            elif literal.value is None:
                ranges[:, k] = -np.inf, np.inf
                negated[k] = not negated[k]
            else:
                ranges[:, k] = NEVER  # a category in a column of numbers
        if there:
            xp = namespace_of(X)
            return run_program(
                program,
                list(zip(*ranges.tolist(), negated.tolist(), strict=True)),
                lambda k, rows: xp.astype(X[rows, int(columns[k])], xp.float64),
                X,
            )
        used, columns = np.unique(columns, return_inverse=True)
        tests = (used, columns, *ranges, negated)
        out = np.empty(X.shape[0], dtype=np.int64)

        def run(start: int, stop: int) -> None:
            rows = slice(start, stop)
            if values is None:
                parts = iter([(X[rows], out[rows])])
            else:
                parts = _parts(values, out, rows)
            for part, fired in parts:
                _kernels.fire(part, *tests, program.steps, program.depth, fired)

        for_each_chunk(run, len(out), n_jobs, grain=ROWS)
        return out

    def covers(self, X: Any) -> NDArray[np.bool_]:
        """Return which rules cover each row, whatever comes before them.

        Parameters
        ----------
        X : ndarray, frame or sparse matrix of shape (n_samples, n_features)
            Columns in the order of the fit.

        Returns
        -------
        covered : ndarray of shape (n_samples, n_rules), bool
            True where a rule covers a row.
        """
        found = [self.fire(X, [rule]) == 0 for rule in self.rules]
        if found and is_device_array(X):
            return namespace_of(X).stack(found, axis=1)
        covered = np.array(found, dtype=bool).reshape(len(self.rules), X.shape[0]).T
        return like(X, covered)

    def _level(self, literal: Condition) -> int:
        if literal.value is None:
            return MISSING_LEVEL
        wanted = key_of(literal.value)
        for k, level in enumerate(self.columns[literal.feature].levels, 1):
            if key_of(level) == wanted:
                return k
        return UNKNOWN_LEVEL - 2  # no row has it

    def _values(
        self, X: Any, features: list[int]
    ) -> tuple[list[NDArray], dict[int, tuple[int, int | None]]]:
        """Return numbers and levels, and where those of each column are among them."""
        values: list[NDArray] = []
        place: dict[int, tuple[int, int | None]] = {}
        for j in features:
            column = self.columns[j]
            cells = split_column(get_column(X, j), column.is_categorical, column.levels)
            _warn_of_other_kind(column, cells)
            levels, numbers = cells.levels, cells.numbers
            if numbers is None:
                numbers = np.broadcast_to(np.nan, cells.n_rows)
            if levels is None and column.kind != "number":
                # Numbers where the fit saw categories.
                is_missing = np.isnan(numbers)
                levels = np.where(is_missing, MISSING_LEVEL, UNKNOWN_LEVEL)
            place[j] = len(values), None if levels is None else len(values) + 1
            values.append(numbers)
            if levels is not None:
                values.append(levels)
        return values, place


# Values that are in no range.
NEVER = np.inf, -np.inf
# Rows that are copied at once.
PART = 65_536
# Rows for a thread: some 20 ms.
ROWS = 1_000_000


def _parts(
    values: list[NDArray], out: NDArray, rows: slice
) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield values of some rows as a table, and where to write what they end with."""
    size = min(rows.stop - rows.start, PART)
    table = np.empty((size, len(values)), order="F")
    for start in range(rows.start, rows.stop, PART):
        part = slice(start, min(start + PART, rows.stop))
        fired = out[part]
        for column, here in zip(table.T, values, strict=True):
            column[: len(fired)] = here[part]
        yield table[: len(fired)], fired


def _warn_of_other_kind(column: Column, cells: Cells) -> None:
    """Warn of cells of another kind than the fit saw: text for numbers, or such."""
    found, held = None, "none"
    effect = "no value equals or compares with those of the rules"
    if cells.levels is None:
        assert cells.numbers is not None
        here, there = NUMBERS[cells.times], NUMBERS[column.times]
        if column.kind == "category":
            found = here
        elif here != there:
            found, held = here, there
            effect = "numbers are compared with microseconds, or with other ones"
        if found is not None and np.isnan(cells.numbers).all():
            return
    elif column.kind == "number" and (cells.levels == UNKNOWN_LEVEL).any():
        found = None if (cells.levels == NUMBER).any() else "categories"
    if found is not None:
        warnings.warn(
            f"Column {column.name!r} holds {found} and held {held} when the rules were "
            f"learned, so that {effect}; convert it to what it was.",
            UserWarning,
            stacklevel=caller_level(),
        )


# What a column holds whose numbers stand for times, or for themselves.
NUMBERS = {
    None: "numbers",
    "datetime": "datetimes",
    "datetime UTC": "datetimes",
    "span": "spans of time",
    "time of day": "times of day",
}


def _ordered_range(literal: Condition, typed: bool) -> tuple[float, float, bool]:
    """Return of which numbers an ordered literal is true: from, to, or of all else."""
    if literal.op == "<=" or not typed:
        return -np.inf, literal.value, (literal.op == ">") != literal.negated
    value = float(literal.value)
    low, high = (np.nextafter(value, np.inf), np.inf) if value < np.inf else NEVER
    return low, high, literal.negated


def count_rules(rules: Sequence[Rule]) -> int:
    """Return the number of rules, exceptions included."""
    return sum(1 + count_rules(rule.exceptions) for rule in rules)


def negation(condition: Condition, typed: bool) -> Condition:
    """Return the condition that holds exactly where one does not."""
    if condition.op in ("<=", ">") and typed:
        return replace(condition, negated=not condition.negated)
    return replace(condition, op=NEGATED[condition.op])


def _simplify(rule: Rule, typed: bool) -> Rule:
    conditions = list(rule.conditions)
    exceptions = []
    for exception in rule.exceptions:
        short = _simplify(exception, typed)
        if len(short.conditions) == 1 and not short.exceptions:
            conditions.append(negation(short.conditions[0], typed))
        else:
            exceptions.append(short)
    return replace(
        rule,
        conditions=tuple(_merge(conditions, typed)),
        exceptions=tuple(exceptions),
    )


def _merge(conditions: list[Condition], typed: bool) -> list[Condition]:
    """Keep the tightest of the ordered conditions on a feature; drop repetitions."""
    kept: dict[Any, Condition] = {}
    for condition in conditions:
        if condition.op in ("==", "!="):
            is_equal = (condition.op == "==") != condition.negated
            key: Any = (condition.feature, is_equal, key_of(condition.value))
            kept.setdefault(key, condition)
            continue
        is_above = condition.op == ">"
        key = (condition.feature, is_above != condition.negated, typed and is_above)
        other = kept.get(key)
        is_upper = (condition.op == "<=") != condition.negated
        if other is None:
            kept[key] = condition
        else:
            tightest = (min if is_upper else max)(other.value, condition.value)
            kept[key] = replace(other, value=tightest)
    return list(kept.values())
