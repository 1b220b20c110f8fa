# SPDX-License-Identifier: BSD-3-Clause
"""RIPPER on codes: rules grown, pruned and optimised, one class after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skx.rules import _kernels
from skx.rules._description import exception_bits, rule_bits
from skx.rules._learn import Coded, CodeRule, Rows
from skx.rules._progress import SILENT, Progress

Conditions = NDArray[np.int64]  # (n_conditions, 3): feature, operator, code
# Weights of prefixes of a rule: all of the other side and of the own one, then those
# that the first conditions leave.
Prefixes = NDArray[np.float64]

LE, GT = 0, 1


@dataclass(frozen=True)
class RipperSettings:
    """What the learner is told, see `RIPPERClassifier`."""

    k: int
    prune: bool
    prune_size: float
    dl_allowance: float
    min_weight: float
    max_rules: int | None
    max_conditions: int | None
    seed: np.uint64


class RipperRules(NamedTuple):
    """A decision list of (class, rule), the class of other rows, and gains by feature.

    The gain of a feature is what its conditions save of the bits that tell the class
    of the training rows which reach them.
    """

    rules: list[tuple[int, CodeRule]]
    default: int
    gains: NDArray[np.float64]


def distinct_rows(
    table: Coded, labels: NDArray[np.int64]
) -> tuple[Coded, NDArray[np.int64]]:
    """Join rows of equal codes and labels, and order them by their content.

    What follows then depends on which rows there are and how often, not on their order.
    Weights that sum to less than the number of rows are scaled to sum to it: the bits
    of a description count rows.
    """
    keys = np.empty(table.n_rows, dtype=np.uint64)
    _kernels.hash_rows(table.codes, labels, keys)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    weights = np.add.reduceat(table.weights[order], starts)
    weights *= max(1.0, np.count_nonzero(table.weights) / weights.sum())
    first = order[starts]
    joined = Coded(
        np.ascontiguousarray(table.codes[:, first]),
        table.above,
        table.n_codes,
        weights,
    )
    return joined, labels[first]


def count_candidates(table: Coded) -> int:
    """Return how many conditions there are: two per number, one per category.

    Missing is a category of the columns that have it.
    """
    missing = table.above + 1
    n_levels = table.n_codes - missing - 1
    n_missing = (table.codes == missing[:, None]).any(axis=1).sum()
    return int((2 * table.above + n_levels).sum() + n_missing)


def learn_ripper(
    table: Coded,
    labels: NDArray[np.int64],
    n_classes: int,
    settings: RipperSettings,
    progress: Progress = SILENT,
) -> RipperRules:
    """Learn rules for all classes but the one of most weight.

    Classes come by ascending weight, the lower of equals first; rows that the rules of
    one cover are gone for the next.
    """
    table, labels = distinct_rows(table, labels)
    weights = np.bincount(labels, table.weights, minlength=n_classes)
    *classes, default = (int(label) for label in np.argsort(weights, kind="stable"))
    n_candidates = count_candidates(table)
    rows = np.arange(table.n_rows, dtype=np.int32)
    found: list[tuple[int, CodeRule]] = []
    gains = np.zeros(len(table.codes))
    n_splits = 0
    for label in classes:
        room = None if settings.max_rules is None else settings.max_rules - len(found)
        side = (labels == label).astype(np.uint8)
        learner = Ripper(table, side, rows, settings, n_candidates, room, n_splits)
        learner.progress = progress
        for rule in learner.learn():
            learner.add_gains(gains, rule, rows)
            _, rows = learner.divide(rule, rows)
            found.append((label, CodeRule(tuple(map(tuple, rule.tolist())))))
        n_splits = learner.n_splits
    return RipperRules(found, default, gains)


class Ripper:
    """Learner of rules for one class against the rest.

    Parameters
    ----------
    table : Coded
    side : (n_rows,) uint8, 1 for rows of the class
    rows : those to learn from
    settings : RipperSettings
    n_candidates : number of conditions that a rule may be made of
    max_rules : int or None
    n_splits : number of the first random split
    """

    def __init__(
        self,
        table: Coded,
        side: NDArray[np.uint8],
        rows: Rows,
        settings: RipperSettings,
        n_candidates: int,
        max_rules: int | None = None,
        n_splits: int = 0,
    ) -> None:
        self.table = table
        self.side = side
        self.rows = rows
        self.settings = settings
        self.max_rules = max_rules
        self.n_splits = n_splits
        self.totals = self.weigh(rows)
        self.n_candidates = n_candidates
        self.progress = SILENT
        self._grow = np.zeros(table.n_rows)
        self._prune = np.zeros(table.n_rows)

    def learn(self) -> list[Conditions]:
        """Return the rules of the class."""
        if min(self.totals) <= 0.0:
            return []
        cover = Cover(self)
        self.add_rules(cover, self.rows)
        if self.settings.prune:
            cover.shrink()
            for _ in range(self.settings.k):
                cover = self.optimise(cover.rules)
                cover.shrink()
        return cover.rules

    # One rule

    def split(self, rows: Rows) -> None:
        """Draw which rows grow the next rule, and which prune it."""
        _kernels.split_weights(
            rows,
            self.side,
            self.table.weights,
            self.settings.prune_size,
            self.settings.seed,
            self.n_splits,
            self._grow,
            self._prune,
        )
        self.n_splits += 1

    def grow(
        self, rule: Conditions, rows: Rows, weights: NDArray[np.float64]
    ) -> Conditions:
        """Add conditions to a rule."""
        self.progress.tell(f"growing rule number {self.n_splits + 1}")
        limit = self.settings.max_conditions
        inside, _ = self.divide(rule, rows[weights[rows] > 0.0])
        return _kernels.grow_rule(
            self.table.codes,
            self.table.above,
            self.table.n_codes,
            inside,
            self.side,
            weights,
            self.settings.min_weight,
            self.table.n_rows if limit is None else limit,
            rule,
        )

    def prune(
        self, rule: Conditions, rows: Rows, worth: Callable[[Prefixes], NDArray]
    ) -> Conditions:
        """Return the shortest of the prefixes of a rule that are worth most."""
        prefixes = _kernels.prefix_weights(
            self.table.codes, self.table.above, rule, rows, self.side, self._prune
        )
        if prefixes[0].sum() > 0.0:
            rule = rule[: int(worth(prefixes).argmax())]
        return tightest(rule)

    def new_rule(self, rows: Rows) -> Conditions:
        """Return a rule that was grown on some of the rows and pruned on the others."""
        if not self.settings.prune:
            return tightest(self.grow(NO_CONDITIONS, rows, self.table.weights))
        self.split(rows)
        rule = self.grow(NO_CONDITIONS, rows, self._grow)
        return self.prune(rule, rows, precision)

    # All rules

    def add_rules(self, cover: "Cover", rows: Rows) -> None:
        """Add rules that cover what is left of the class in some rows (IREP*)."""
        smallest = cover.bits()
        while self.weigh(rows)[1] > 0.0 and (
            self.max_rules is None or len(cover.rules) < self.max_rules
        ):
            rule = self.new_rule(rows)
            if not len(rule):
                break
            inside, rows = self.divide(rule, rows)
            other, own = self.weigh(inside)
            if other >= own:
                break
            cover.insert(len(cover.rules), rule)
            bits = cover.bits()
            if bits > smallest + self.settings.dl_allowance:
                cover.delete(len(cover.rules) - 1)
                break
            smallest = min(smallest, bits)

    def optimise(self, rules: Sequence[Conditions]) -> "Cover":
        """Replace each rule where another one makes the description shorter."""
        cover = Cover(self, rules)
        rows = self.rows
        position = 0
        while position < len(cover.rules) and self.weigh(rows)[1] > 0.0:
            old = cover.rules[position]
            cover.delete(position)
            self.split(rows)
            # Rows of the rules to come keep their prediction whatever this one does.
            free = rows[(cover.n_covering[rows] == 0) & (self._prune[rows] > 0.0)]
            variants = [old]
            for start in (old, NO_CONDITIONS):
                grown = self.grow(start, rows, self._grow)
                rule = self.prune(grown, free, accuracy)
                if len(rule) and not any(np.array_equal(rule, v) for v in variants):
                    variants.append(rule)
            if len(variants) > 1:
                bits = []
                for rule in variants:
                    trial = cover.copy()
                    trial.insert(position, rule)
                    trial.shrink(keep=position + 1)
                    bits.append(trial.bits())
                old = variants[int(np.argmin(bits))]
            cover.insert(position, old)
            _, rows = self.divide(old, rows)
            position += 1
        self.add_rules(cover, rows)
        return cover

    # Rows

    def add_gains(
        self, gains: NDArray[np.float64], rule: Conditions, rows: Rows
    ) -> None:
        """Add what the conditions of a rule gain on some rows to their features."""
        weights = self.table.weights
        prefixes = _kernels.prefix_weights(
            self.table.codes, self.table.above, rule, rows, self.side, weights
        )
        for k, feature in enumerate(rule[:, 0]):
            other, own = prefixes[k + 1]
            if own > 0.0:
                other_before, own_before = prefixes[k]
                gain = _kernels.foil_gain(own, other, own_before, other_before)
                gains[feature] += max(gain, 0.0)

    def divide(self, rule: Conditions, rows: Rows) -> tuple[Rows, Rows]:
        """Return the rows that a rule covers, and the others."""
        inside, outside = _kernels.divide_rows(
            self.table.codes, self.table.above, rule, rows
        )
        return inside, outside

    def weigh(self, rows: Rows) -> tuple[float, float]:
        """Return the weights of the other side and of the own one."""
        return _kernels.side_weights(rows, self.side, self.table.weights)


NO_CONDITIONS: Conditions = np.empty((0, 3), dtype=np.int64)


def tightest(rule: Conditions) -> Conditions:
    """Drop conditions that a later one on the same feature implies."""
    kept: dict[tuple[int, int], int] = {}
    for position, (feature, op, code) in enumerate(rule.tolist()):
        if op in (LE, GT):
            # Growing takes rows away, so that the later one is the tighter.
            kept[feature, op] = position
        else:
            kept[feature, -1 - code] = position
    return rule[sorted(kept.values())]


def precision(prefixes: Prefixes) -> NDArray[np.float64]:
    """Return (p + 1) / (p + n + 2)."""
    other, own = prefixes.T
    return (own + 1.0) / (own + other + 2.0)


def accuracy(prefixes: Prefixes) -> NDArray[np.float64]:
    """Return p - n, which is the weight of correct predictions but for a constant."""
    other, own = prefixes.T
    return own - other


class Cover:
    """Rules of a class, what each covers, and how long their description is.

    Parameters
    ----------
    learner : Ripper
    rules : rules in order
    """

    def __init__(self, learner: Ripper, rules: Sequence[Conditions] = ()) -> None:
        self.learner = learner
        self.rules: list[Conditions] = []
        self.covered: list[Rows] = []
        self.lengths: list[float] = []  # bits of each rule
        self.n_covering = np.zeros(learner.table.n_rows, dtype=np.int32)
        self.own = 0.0
        self.other = 0.0
        for rule in rules:
            self.insert(len(self.rules), rule)

    def copy(self) -> "Cover":
        """Return a copy that may be changed."""
        copy = Cover(self.learner)
        copy.rules = list(self.rules)
        copy.covered = list(self.covered)
        copy.lengths = list(self.lengths)
        copy.n_covering = self.n_covering.copy()
        copy.own, copy.other = self.own, self.other
        return copy

    def insert(self, position: int, rule: Conditions) -> None:
        """Add a rule before a position."""
        covered, _ = self.learner.divide(rule, self.learner.rows)
        self.n_covering[covered] += 1
        other, own = self._alone(covered)
        self.own += own
        self.other += other
        self.rules.insert(position, rule)
        self.covered.insert(position, covered)
        self.lengths.insert(position, rule_bits(len(rule), self.learner.n_candidates))

    def delete(self, position: int) -> None:
        """Remove a rule."""
        covered = self.covered.pop(position)
        del self.rules[position], self.lengths[position]
        other, own = self._alone(covered)
        self.own -= own
        self.other -= other
        self.n_covering[covered] -= 1

    def bits(self, without: int | None = None) -> float:
        """Return the description length of all rules, or of all but one."""
        own, other, bits = self.own, self.other, sum(self.lengths)
        if without is not None:
            less_other, less_own = self._alone(self.covered[without])
            own, other = own - less_own, other - less_other
            bits -= self.lengths[without]
        all_other, all_own = self.learner.totals
        total = all_other + all_own
        # Weights that are no integers leave tiny differences.
        other = max(other, 0.0)
        missed = max(all_own - own, 0.0)
        covered = own + other
        return bits + exception_bits(
            covered, total - covered, other, missed, all_own / total
        )

    def shrink(self, keep: int = 0) -> None:
        """Delete rules, from the last, that do not make the description shorter.

        The first ``keep`` rules stay.
        """
        bits = self.bits()
        for position in reversed(range(keep, len(self.rules))):
            less = self.bits(without=position)
            if less <= bits:
                self.delete(position)
                bits = less

    def _alone(self, covered: Rows) -> tuple[float, float]:
        """Return weights of both sides among rows that no second rule covers."""
        return _kernels.lone_weights(
            covered, self.n_covering, self.learner.side, self.learner.table.weights
        )
