# SPDX-License-Identifier: BSD-3-Clause
"""FOLD: default rules with exceptions, learned on codes.

A rule is a conjunction of literals and may have exceptions, which are rules for the
other side, learned on the rows that it covers. Sizes of rows are weights throughout.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skx._numba import for_each_chunk
from skx.rules import _kernels
from skx.rules._columns import Column
from skx.rules._progress import SILENT, Progress

Rows = NDArray[np.int32]
Literal = tuple[int, int, int]  # feature, operator, code

OPERATORS = ("<=", ">", "==", "!=")
CRITERIA = ("entropy", "gini")
# Nobody reads so far, and copying and pickling recurse: both fail at about 150.
DEEPEST = 50
# Codes of a feature up to which the counts of a node are kept.
NARROW = 1024
# Features that are counted at once, and their rows for a thread: some 20 ms.
AT_ONCE = 4
COUNTED = 2**23


class CodeRule(NamedTuple):
    """Literals (feature, operator, code), and exceptions."""

    conditions: tuple[Literal, ...]
    exceptions: tuple["CodeRule", ...] = ()


@dataclass(frozen=True)
class Coded:
    """A table in codes."""

    codes: NDArray[np.unsignedinteger]  # (n_features, n_rows)
    above: NDArray[np.int64]  # (n_features,)
    n_codes: NDArray[np.int64]  # (n_features,)
    weights: NDArray[np.float64]  # (n_rows,)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.codes.shape[1])


def make_coded(codes: Any, columns: list[Column], weights: Any) -> Coded:
    """Return a table in codes of columns."""
    return Coded(
        codes,
        np.array([column.above for column in columns]),
        np.array([column.n_codes for column in columns]),
        weights,
    )


@dataclass(frozen=True)
class Settings:
    """What a FOLD learner is told, see the estimators."""

    ratio: float
    criterion: str
    typed: bool
    least: float  # weight that a rule must cover of its side
    min_coverage: float
    max_rules: int | None
    max_depth: int | None
    max_conditions: int | None


@dataclass
class Node:
    """Rows of two sides, and their weights by code where these were counted."""

    own: Rows
    other: Rows
    own_counts: NDArray[np.float64] | None = None
    other_counts: NDArray[np.float64] | None = None


class Covered(NamedTuple):
    """A rule and the rows that it covers of its own side and of the other."""

    rule: CodeRule
    own: Rows
    other: Rows
    gains: list[
        tuple[int, float]
    ]  # feature, and what its literal took off the impurity


class Fold:
    """Learner of default rules.

    Parameters
    ----------
    table : Coded
    labels : (n_rows,) positions of their classes
    settings : Settings
    n_jobs : number of threads for counts of many rows, or None
    progress : what prints how far it is
    """

    def __init__(
        self,
        table: Coded,
        labels: NDArray[np.int64],
        settings: Settings,
        n_jobs: int | None = None,
        progress: Progress = SILENT,
    ) -> None:
        self.table = table
        self.labels = labels
        self.settings = settings
        self.n_jobs = n_jobs
        self.progress = progress
        self.n_found = 0  # rules and exceptions that were kept so far
        self.n_left = table.n_rows  # rows that rules are still looked for
        self._marks = np.zeros(table.n_rows, dtype=bool)
        self._used: list[Literal] = []
        self.was_cut = False
        weights = table.weights
        self._weights = weights[:0] if (weights == 1.0).all() else weights
        # Sums of integers are exact, so that counts can be taken off counts.
        is_whole = bool((weights == np.floor(weights)).all())
        self._is_exact = is_whole and weights.sum() < 2**53
        self._keep_counts(table.n_codes <= NARROW)

    def _keep_counts(self, of: NDArray[np.bool_]) -> None:
        """Keep counts of a node of some features; others are counted when needed."""
        ends = np.cumsum(np.where(of, self.table.n_codes, 0))
        self._n_counts = int(ends[-1])
        self._offsets = np.where(of, ends - self.table.n_codes, -1)
        self._narrow = np.flatnonzero(of)

    def rows(self) -> Rows:
        """Return all rows."""
        return np.arange(self.table.n_rows, dtype=np.int32)

    def rules_for(self, node: Node, depth: int = 0) -> list[Covered]:
        """Return rules that cover rows of the node's own side, until none is worth it.

        The node loses the rows that they cover.
        """
        limit = self.settings.max_rules if depth == 0 else None
        found: list[Covered] = []
        trail: list[tuple[Literal, Node]] = []
        while len(node.own) and (limit is None or len(found) < limit):
            if depth == 0:
                self.n_left = len(node.own)
            covered = self.rule_for(node, depth, trail)
            if covered is None or not len(covered.own) or not self.is_heavy(covered):
                break
            # All nodes of the trail hold them.
            for each in (node, *(child for _, child in trail)):
                self.remove(each, covered.own)
            found.append(covered)
            self.n_found += 1
        return found

    def rule_for(
        self,
        node: Node,
        depth: int = 0,
        trail: list[tuple[Literal, Node]] | None = None,
    ) -> Covered | None:
        """Return one rule for the own side of a node, None if no literal helps.

        ``trail`` holds the literals of the last rule for the node and what they led to,
        and then those of this one: rules of a list often begin alike.
        """
        settings = self.settings
        n_enclosing = len(self._used)
        if trail is None:
            trail = []
        conditions: list[Literal] = []
        exceptions: list[Covered] = []
        gains: list[tuple[int, float]] = []
        while True:
            literal, gain = self.best_literal(node)
            if literal is None:
                break
            level = len(conditions)
            if level == len(trail) or trail[level][0] != literal:
                trail[level:] = [(literal, self.child(node, literal))]
            node = trail[level][1]
            conditions.append(literal)
            feature, op, code = literal
            gains.append((feature, gain))
            self._used.append((feature, op // 2, code))
            full = (
                settings.max_conditions is not None
                and len(conditions) >= settings.max_conditions
            )
            own, other = self.weight(node.own), self.weight(node.other)
            if full or self.is_pure(own, other):
                if len(node.other):
                    exceptions = self._exceptions(node, depth)
                break
        del trail[len(conditions) :]
        del self._used[n_enclosing:]
        if not conditions:
            return None
        own_rows, other_rows = node.own, node.other
        for exception in exceptions:
            own_rows = self.without(own_rows, exception.other)
            other_rows = self.without(other_rows, exception.own)
            gains += exception.gains
        rule = CodeRule(tuple(conditions), tuple(e.rule for e in exceptions))
        return Covered(rule, own_rows, other_rows, gains)

    def _exceptions(self, node: Node, depth: int) -> list[Covered]:
        limit = self.settings.max_depth
        if limit is not None and depth >= limit:
            return []
        if depth >= DEEPEST:
            self.was_cut = True
            return []
        self.count_sides(node)
        swapped = Node(node.other, node.own, node.other_counts, node.own_counts)
        return self.rules_for(swapped, depth + 1)

    def best_literal(self, node: Node) -> tuple[Literal | None, float]:
        """Return the literal with the best score, the first of equals, and its gain."""
        table, settings = self.table, self.settings
        self.progress.tell(f"{self.n_found} rules so far, {self.n_left} rows left")
        self.count_sides(node)
        best = np.array([-np.inf, -1.0, -1.0, -1.0])
        used = np.array(self._used, dtype=np.int64).reshape(-1, 3)
        own, other = self.uncounted(node)
        _kernels.best_literal(
            table.codes,
            table.above,
            table.n_codes,
            self._offsets,
            node.own_counts,
            node.other_counts,
            own,
            other,
            self._weights,
            CRITERIA.index(settings.criterion),
            settings.typed,
            settings.min_coverage,
            used,
            best,
        )
        if best[1] < 0.0:
            return None, 0.0
        weights = self.weight(node.own), self.weight(node.other)
        impurity = _kernels.impurity(CRITERIA.index(settings.criterion), *weights)
        gain = sum(weights) * (float(best[0]) + impurity)
        return (int(best[1]), int(best[2]), int(best[3])), max(gain, 0.0)

    def count_sides(self, node: Node) -> None:
        """Count the codes of a node where they are not counted."""
        if node.own_counts is None:
            node.own_counts = self.count(node.own)
        if node.other_counts is None:
            node.other_counts = self.count(node.other)

    def uncounted(self, node: Node) -> tuple[Rows, Rows]:
        """Return rows of both sides, for features whose counts are not kept."""
        return node.own, node.other

    def child(self, node: Node, literal: Literal) -> Node:
        """Return the node of the rows of which a literal is true."""
        own, own_gone = self.divide(node.own, literal)
        other, other_gone = self.divide(node.other, literal)
        return Node(
            own,
            other,
            self.count_left(node.own_counts, own_gone, own),
            self.count_left(node.other_counts, other_gone, other),
        )

    def remove(self, node: Node, gone: Rows) -> None:
        """Take rows off the own side of a node."""
        node.own = self.without(node.own, gone)
        node.own_counts = self.count_left(node.own_counts, gone, node.own)

    def count_left(
        self, counts: NDArray[np.float64] | None, gone: Rows, left: Rows
    ) -> NDArray[np.float64] | None:
        """Return counts of the rows that are left of a node, None for not yet."""
        if counts is None or not self._is_exact or len(gone) > len(left):
            return None
        return counts - self.count(gone)

    def count(self, rows: Rows) -> NDArray[np.float64]:
        """Return the weights of rows by code, for the features of few codes."""
        counts = np.zeros(self._n_counts)
        codes, weights = self.table.codes, self._weights

        def count(start: int, stop: int) -> None:
            features = self._narrow[AT_ONCE * start : AT_ONCE * stop]
            offsets = self._offsets[features]
            _kernels.count_rows(codes, features, offsets, rows, weights, counts)

        n_groups = -(-len(self._narrow) // AT_ONCE)
        grain = max(1, COUNTED // max(1, len(rows)))
        for_each_chunk(count, n_groups, self.n_jobs, grain=grain)
        return counts

    def divide(self, rows: Rows, literal: Literal) -> tuple[Rows, Rows]:
        """Return the rows of which a literal is true, and the others."""
        feature, op, code = literal
        column, above = self.table.codes[feature], int(self.table.above[feature])
        return _kernels.divide(column, rows, op, code, above, self.settings.typed)

    def split(self, rows: Rows, label: int) -> tuple[Rows, Rows]:
        """Return the rows of a class, and the others."""
        is_own = self.labels[rows] == label
        return rows[is_own], rows[~is_own]

    def class_weights(self, rows: Rows, n_classes: int) -> NDArray[np.float64]:
        """Return the total weight of each class among some rows."""
        return sum_by_class(self.labels[rows], self.table.weights[rows], n_classes)

    def weight(self, rows: Rows) -> float:
        """Total weight of some rows."""
        if not len(self._weights):
            return float(len(rows))
        return float(_kernels.sum_weights(self._weights, rows))

    def is_pure(self, own: float, other: float) -> bool:
        """Whether a rule of these weights takes no more conditions."""
        return other <= self.settings.ratio * own

    def is_heavy(self, covered: Covered) -> bool:
        """Whether a rule covers enough of its own side to be kept."""
        own = self.weight(covered.own)
        return own >= self.settings.least and own >= self.weight(covered.other)

    def without(self, rows: Rows, gone: Rows) -> Rows:
        """Return the rows that are not among others, in their order."""
        self._marks[gone] = True
        left = rows[~self._marks[rows]]
        self._marks[gone] = False
        return left


class CountedFold(Fold):
    """Learner that knows rows by their counts alone, wherever they are.

    Parameters
    ----------
    columns : those of the table
    is_exact : whether sums of weights are not rounded
    settings, progress : see `Fold`
    """

    def __init__(
        self,
        columns: list[Column],
        is_exact: bool,
        settings: Settings,
        progress: Progress,
    ) -> None:
        no_codes = np.empty((len(columns), 0), np.uint8)
        table = make_coded(no_codes, columns, np.empty(0))
        super().__init__(table, np.empty(0, np.int64), settings, None, progress)
        self._is_exact = is_exact
        self._keep_counts(np.ones(len(columns), dtype=bool))

    def uncounted(self, node: Node) -> tuple[Rows, Rows]:
        """Return no rows: all features are counted."""
        return np.empty(0, np.int32), np.empty(0, np.int32)


def sum_by_class(
    labels: NDArray[np.int64], weights: NDArray[np.float64], n_classes: int
) -> NDArray[np.float64]:
    """Return the total weight of each class."""
    sums = np.bincount(labels, weights, minlength=n_classes)
    return sums.astype(np.float64, copy=False)


def heaviest(weights: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the positions of the largest weight, in order.

    Weights that balance the classes differ by what rounding makes of their sums.
    """
    most = weights.max()
    return np.flatnonzero(weights >= most - 1e-9 * abs(most))


def code_range(op: int, code: int, above: int, typed: bool) -> tuple[int, int, bool]:
    """Return of which codes a literal is true: lowest, highest, and whether of others.

    >>> code_range(OPERATORS.index("!="), 7, 5, True)
    (7, 7, True)
    """
    if OPERATORS[op] == "<=":
        return 0, code, False
    if OPERATORS[op] == ">":
        return (code + 1, above, False) if typed else (0, code, True)
    return code, code, OPERATORS[op] == "!="


def learn_set(fold: Fold, positive: int) -> list[Covered]:
    """Return rules of which any one makes a row positive (FOLD-R++)."""
    return fold.rules_for(Node(*fold.split(fold.rows(), positive)))


def learn_list(
    fold: Fold, is_light: NDArray[np.bool_], *, stall: str
) -> list[tuple[int, Covered]]:
    """Return a decision list of (class, rule).

    Each rule is for the class of most weight among the rows left, the lowest of equals
    (FOLD-RM). Where it finds none, ``stall="next_class"`` tries the class of most
    weight after it, "stop" ends. There are no rules for light classes (n_classes,).
    """
    rows = fold.rows()
    found: list[tuple[int, Covered]] = []
    failed: set[int] = set()
    limit = fold.settings.max_rules
    while len(rows) and (limit is None or len(found) < limit):
        weights = fold.class_weights(rows, len(is_light))
        weights[is_light] = -1.0
        weights[list(failed)] = -1.0
        label = int(heaviest(weights)[0])
        if weights[label] <= 0.0:
            break
        fold.n_left = len(rows)
        covered = fold.rule_for(Node(*fold.split(rows, label)))
        if covered is None or not len(covered.own) or not fold.is_heavy(covered):
            if stall == "stop":
                break
            failed.add(label)
            continue
        failed.clear()
        found.append((label, covered))
        fold.n_found += 1
        rows = fold.without(fold.without(rows, covered.own), covered.other)
    return found
