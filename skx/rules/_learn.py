# SPDX-License-Identifier: BSD-3-Clause
"""FOLD: default rules with exceptions, learned on codes.

A rule is a conjunction of literals and may have exceptions, which are rules for the
other side, learned on the rows that it covers. Sizes of rows are weights throughout.
"""

import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skx.rules import _kernels

Rows = NDArray[np.int32]

OPERATORS = ("<=", ">", "==", "!=")
CRITERIA = ("entropy", "gini")
# Nobody reads so far, and copying and pickling recurse: both fail at about 150.
DEEPEST = 50


class CodeRule(NamedTuple):
    """Literals (feature, operator, code), and exceptions."""

    conditions: tuple[tuple[int, int, int], ...]
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
    settings : Settings
    """

    def __init__(self, table: Coded, settings: Settings) -> None:
        self.table = table
        self.settings = settings
        self._marks = np.zeros(table.n_rows, dtype=bool)
        self._used: list[tuple[int, int, int]] = []
        self.was_cut = False

    def rules_for(self, own: Rows, other: Rows, depth: int = 0) -> list[Covered]:
        """Return rules that cover rows of ``own``, until none is worth it."""
        limit = self.settings.max_rules if depth == 0 else None
        found: list[Covered] = []
        while len(own) and (limit is None or len(found) < limit):
            covered = self.rule_for(own, other, depth)
            if covered is None or not len(covered.own) or not self.is_heavy(covered):
                break
            own = self.without(own, covered.own)
            found.append(covered)
        return found

    def rule_for(self, own: Rows, other: Rows, depth: int = 0) -> Covered | None:
        """Return one rule for ``own`` against ``other``, None if no literal helps."""
        table, settings = self.table, self.settings
        n_enclosing = len(self._used)
        conditions: list[tuple[int, int, int]] = []
        exceptions: list[Covered] = []
        gains: list[tuple[int, float]] = []
        while True:
            literal, gain = self.best_literal(own, other)
            if literal is None:
                break
            conditions.append(literal)
            feature, op, code = literal
            gains.append((feature, gain))
            self._used.append((feature, op // 2, code))
            column = table.codes[feature]
            above = int(table.above[feature])
            keep = (op, code, above, settings.typed)
            own = _kernels.keep_rows(column, own, *keep)
            other = _kernels.keep_rows(column, other, *keep)
            full = (
                settings.max_conditions is not None
                and len(conditions) >= settings.max_conditions
            )
            if full or self.weight(other) <= settings.ratio * self.weight(own):
                if len(other):
                    exceptions = self._exceptions(other, own, depth)
                break
        del self._used[n_enclosing:]
        if not conditions:
            return None
        for exception in exceptions:
            own = self.without(own, exception.other)
            other = self.without(other, exception.own)
            gains += exception.gains
        rule = CodeRule(tuple(conditions), tuple(e.rule for e in exceptions))
        return Covered(rule, own, other, gains)

    def _exceptions(self, own: Rows, other: Rows, depth: int) -> list[Covered]:
        limit = self.settings.max_depth
        if limit is not None and depth >= limit:
            return []
        if depth >= DEEPEST:
            self.was_cut = True
            return []
        return self.rules_for(own, other, depth + 1)

    def best_literal(
        self, own: Rows, other: Rows
    ) -> tuple[tuple[int, int, int] | None, float]:
        """Return the literal with the best score, the first of equals, and its gain."""
        table, settings = self.table, self.settings
        best = np.array([-np.inf, -1.0, -1.0, -1.0])
        used = np.array(self._used, dtype=np.int64).reshape(-1, 3)
        _kernels.best_literal(
            table.codes,
            table.above,
            table.n_codes,
            own,
            other,
            table.weights,
            CRITERIA.index(settings.criterion),
            settings.typed,
            settings.min_coverage,
            used,
            0,
            len(table.codes),
            best,
        )
        if best[1] < 0.0:
            return None, 0.0
        weights = self.weight(own), self.weight(other)
        impurity = _kernels.impurity(CRITERIA.index(settings.criterion), *weights)
        gain = sum(weights) * (float(best[0]) + impurity)
        return (int(best[1]), int(best[2]), int(best[3])), max(gain, 0.0)

    def weight(self, rows: Rows) -> float:
        """Total weight of some rows."""
        return float(_kernels.sum_weights(self.table.weights, rows))

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


def learn_set(fold: Fold, positive: Rows, negative: Rows) -> list[Covered]:
    """Return rules of which any one makes a row positive (FOLD-R++)."""
    found = fold.rules_for(positive, negative)
    _warn_if_cut(fold)
    return found


def learn_list(
    fold: Fold, labels: NDArray[np.int64], n_classes: int, *, stall: str
) -> tuple[list[tuple[int, Covered]], Rows]:
    """Return a decision list of (class, rule), and the rows that no rule covers.

    Each rule is for the class of most weight among the rows left, the lowest of equals
    (FOLD-RM). Where it finds none, ``stall="next_class"`` tries the class of most
    weight after it, "stop" ends.
    """
    rows = np.arange(len(labels), dtype=np.int32)
    found: list[tuple[int, Covered]] = []
    failed: set[int] = set()
    limit = fold.settings.max_rules
    while len(rows) and (limit is None or len(found) < limit):
        weights = np.bincount(
            labels[rows], fold.table.weights[rows], minlength=n_classes
        )
        weights[list(failed)] = -1.0
        label = int(weights.argmax())
        if weights[label] <= 0.0:
            break
        is_own = labels[rows] == label
        covered = fold.rule_for(rows[is_own], rows[~is_own])
        if covered is None or not len(covered.own) or not fold.is_heavy(covered):
            if stall == "stop":
                break
            failed.add(label)
            continue
        failed.clear()
        found.append((label, covered))
        rows = fold.without(fold.without(rows, covered.own), covered.other)
    _warn_if_cut(fold)
    return found, rows


def _warn_if_cut(fold: Fold) -> None:
    if fold.was_cut:
        warnings.warn(
            f"Exceptions are nested {DEEPEST} deep and were cut there; raise ratio or "
            "tail, or set max_depth, for a model that can be read.",
            UserWarning,
            stacklevel=5,
        )
