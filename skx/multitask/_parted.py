# SPDX-License-Identifier: BSD-3-Clause
"""Rows that lie in parts: columns stay there, and sums over them come back.

Targets, weights, scores and derivatives are one array each for the rows of all parts.
"""

from dataclasses import replace
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skx._parts import Caller, Each
from skx.multitask._blocks import Settings, Vector
from skx.multitask._losses import Loss
from skx.multitask._rows import Binned, Grown, Rows, Store
from skx.multitask._task_trees import TaskTable, grow_tasks
from skx.multitask._trees import (
    Columns,
    Forest,
    Grower,
    SumGrower,
    Sums,
    _kernels,
    code_column,
    draw_sample,
    ends_of_bins,
    join_bins,
)

# Values of rows that decide where bins end, of some columns at a time.
MOST_VALUES = 4_000_000

Numbers = NDArray[np.floating]
Scores = NDArray[np.float64]


class Coded(NamedTuple):
    """Rows of a part in codes, and the least and largest value of each code."""

    X: Numbers
    codes: NDArray[np.uint8]
    starts: NDArray[np.uint64]
    spreads: list[tuple[Vector, Vector]]


class Growing(NamedTuple):
    """Rows of a part while a tree grows: those of a node are rows[first:last]."""

    sums: NDArray[np.float64]
    is_unit: bool
    rows: NDArray[np.int32]
    spans: dict[int, tuple[int, int]]
    histogram: NDArray[np.float64] | None


def _take(X: Numbers, rows: NDArray[np.intp]) -> Numbers:
    return np.ascontiguousarray(X[rows])


def _values(X: Numbers, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Numbers:
    return X[rows[:, None], columns]


def _scores(X: Numbers, forest: Forest, n_outputs: int) -> Scores:
    out = np.zeros((len(X), n_outputs))
    forest.add(X, out)
    return out


def _own_scores(X: Numbers, pieces: list[tuple[int, Scores, Forest]]) -> list[Scores]:
    """Return scores of rows from some on, to which trees are added."""
    out = []
    for first, scores, forest in pieces:
        out.append(scores.copy())
        forest.add(X[first : first + len(scores)], out[-1])
    return out


def _code(
    X: Numbers, n_categories: NDArray[np.int64], ends: list[Vector | None]
) -> Coded:
    codes = np.empty(X.shape, dtype=np.uint8)
    spreads = []
    for j, n_levels in enumerate(n_categories.tolist()):
        values = np.ascontiguousarray(X[:, j], dtype=np.float64)
        spreads.append(code_column(values, n_levels, ends[j], codes[:, j]))
    starts = join_bins(spreads, n_categories).starts
    return Coded(X, codes, starts, spreads)


def _histogram(
    part: Coded, growing: Growing, first: int, last: int
) -> NDArray[np.float64]:
    bins = np.arange(int(part.starts[-1]), dtype=np.uint32)
    out = np.empty((len(bins), growing.sums.shape[1] + 1))
    _kernels.write_histogram(
        part.codes,
        part.starts,
        growing.sums,
        growing.is_unit,
        growing.rows,
        first,
        last,
        bins,
        out,
    )
    return out


def _start(
    part: Coded,
    sums: NDArray[np.float64],
    is_unit: bool,
    rows: NDArray[np.int32] | None,
) -> Growing:
    """Begin a tree; without hessians if they are 1, and without rows on all."""
    if is_unit:
        sums = np.column_stack([sums, np.ones(len(sums))])
    if rows is None:
        rows = np.arange(len(sums), dtype=np.int32)
    growing = Growing(sums, is_unit, rows, {0: (0, len(rows))}, None)
    return growing._replace(histogram=_histogram(part, growing, 0, len(rows)))


def _divide(
    part: Coded,
    growing: Growing,
    node: int,
    left: int,
    feature: int,
    goes_left: NDArray[np.bool_],
    counted: int,
) -> Growing:
    # Not in place: whoever calls may do so twice.
    rows, spans = growing.rows.copy(), dict(growing.spans)
    first, last = spans.pop(node)
    room = np.empty(last - first, dtype=np.int32)
    n_left = _kernels.divide(part.codes, feature, goes_left, rows, first, last, room)
    spans[left] = first, first + n_left
    spans[left + 1] = first + n_left, last
    divided = growing._replace(rows=rows, spans=spans, histogram=None)
    if counted < 0:
        return divided
    return divided._replace(histogram=_histogram(part, divided, *spans[counted]))


def _leaves(growing: Growing) -> NDArray[np.uint16]:
    """Return the leaf of each row of the tree, in the order of the rows."""
    out = np.empty(len(growing.sums), dtype=np.uint16)
    for node, (first, last) in growing.spans.items():
        out[growing.rows[first:last]] = node
    return out[np.sort(growing.rows)]


def _grow_tasks(
    part: Coded,
    settings: Settings,
    loss: Loss,
    columns: Columns,
    numbers: NDArray[np.int64],
    train: TaskTable,
    X_valid: Numbers | None,
    valid: TaskTable | None,
) -> list[Grown]:
    """Grow the trees of the tasks of a part; the tables come without X."""
    if valid is not None and X_valid is not None:
        valid = valid._replace(X=X_valid)
    train = train._replace(X=part.X)
    return grow_tasks(settings, loss, columns, part.codes, numbers, train, valid)


class PartedStore(Store):
    """Rows in parts, each an array (n_rows, n_features).

    Parameters
    ----------
    caller : calls functions for the parts
    parts : arrays, or futures of them
    owners : (n_rows,), the part of each row; rows of a part are in the same order there
    n_features : of all parts
    """

    def __init__(
        self, caller: Caller, parts: Each, owners: NDArray[Any], n_features: int
    ) -> None:
        self.caller = caller
        self.parts = parts
        self.owners = owners.astype(np.int32)
        self.n_features = n_features
        self.places = self.places_of(owners)
        self.positions = np.empty(len(owners), dtype=np.int32)  # in the part
        for rows in self.places:
            self.positions[rows] = np.arange(len(rows))

    def __len__(self) -> int:
        return len(self.owners)

    def places_of(self, owners: NDArray[Any]) -> Each:
        """Return where each part owns."""
        return Each(np.flatnonzero(owners == k) for k in range(self.caller.n_parts))

    def locate(self, rows: NDArray[Any]) -> tuple[Each, Each]:
        """Return for each part where in ``rows`` its own are, and which they are."""
        at = self.places_of(self.owners[rows])
        return at, Each(self.positions[rows[places]] for places in at)

    def take(self, rows: NDArray[np.intp]) -> "PartedStore":
        """Return some rows."""
        parts = self.caller.each(_take, self.parts, self.locate(rows)[1])
        return PartedStore(self.caller, parts, self.owners[rows], self.n_features)

    def add(self, forest: Forest, out: NDArray[np.float64]) -> None:
        """Add trees to the scores of all rows."""
        found = self.caller.ask(_scores, self.parts, forest, out.shape[1])
        for rows, scores in zip(self.places, found, strict=True):
            out[rows] += scores

    def add_own(
        self,
        forests: dict[int, Forest],
        offsets: NDArray[np.int64],
        out: NDArray[np.float64],
    ) -> None:
        """Add the trees of some tasks to the scores of their rows."""
        tasks = Each([] for _ in self.parts)
        for t in forests:
            tasks[self.owners[offsets[t]]].append(t)
        pieces = Each(
            [
                (
                    int(self.positions[offsets[t]]),
                    out[offsets[t] : offsets[t + 1]],
                    forests[t],
                )
                for t in of_part
            ]
            for of_part in tasks
        )
        found = self.caller.ask(_own_scores, self.parts, pieces)
        for of_part, scores in zip(tasks, found, strict=True):
            for t, new in zip(of_part, scores, strict=True):
                out[offsets[t] : offsets[t + 1]] = new

    def bin(self, weights: Vector, settings: Settings) -> "PartedBins":
        """Return the rows in codes: bins are those of all rows in one memory."""
        n_categories = settings.n_categories
        ends = self._ends(weights, n_categories, settings.max_bins)
        parts = self.caller.each(_code, self.parts, n_categories, ends)
        found = self.caller.ask(attrgetter("spreads"), parts)
        spreads = [
            (
                np.min([low for low, _ in column], axis=0),
                np.max([high for _, high in column], axis=0),
            )
            for column in zip(*found, strict=True)
        ]
        bins = join_bins(spreads, n_categories)
        columns = Columns(*bins, settings.directions, settings.groups)
        return PartedBins(self, parts, columns)

    def _ends(
        self, weights: Vector, n_categories: NDArray[np.int64], max_bins: int
    ) -> list[Vector | None]:
        """Return where bins of columns of numbers end."""
        rows = np.arange(len(self))[draw_sample(len(self))]
        at, positions = self.locate(rows)
        ends: list[Vector | None] = [None] * self.n_features
        wanted = np.flatnonzero(n_categories == 0)
        step = max(1, MOST_VALUES // len(rows))
        for some in np.split(wanted, range(step, len(wanted), step)):
            values = np.empty((len(some), len(rows)))
            found = self.caller.ask(_values, self.parts, positions, some)
            for places, part in zip(at, found, strict=True):
                values[:, places] = part.T
            for j, column in zip(some.tolist(), values, strict=True):
                ends[j] = ends_of_bins(column, weights[rows], max_bins)
        return ends


class PartedSums(Sums):
    """Sums over the rows of parts; a part knows the rows of each node."""

    def __init__(self, store: PartedStore, parts: Each) -> None:
        self.store = store
        self.parts = parts
        self.growing = Each()
        self.at = Each()

    def start(
        self, sums: NDArray[np.float64], is_unit: bool, rows: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        """Begin a tree on some rows, and return the histogram of these."""
        self.at, drawn = self.store.places, Each([None] * len(self.parts))
        if len(rows) < len(self.store):
            self.at, drawn = self.store.locate(rows)
        kept = sums[:, :-1] if is_unit else sums
        of_parts = Each(kept[places] for places in self.store.places)
        self.growing = self.store.caller.each(
            _start, self.parts, of_parts, is_unit, drawn
        )
        return self._histogram()

    def _histogram(self) -> NDArray[np.float64]:
        first, *others = self.store.caller.ask(attrgetter("histogram"), self.growing)
        return np.add.reduce([first, *others]) if others else first

    def divide(
        self,
        node: int,
        left: int,
        feature: int,
        goes_left: NDArray[np.bool_],
        counted: int,
    ) -> NDArray[np.float64] | None:
        """Divide the rows of a node, and return the histogram of one side, or None."""
        self.growing = self.store.caller.each(
            _divide,
            self.parts,
            self.growing,
            node,
            left,
            feature,
            goes_left,
            counted,
        )
        return self._histogram() if counted >= 0 else None

    def leaves(self) -> NDArray[np.int64]:
        """End the tree, and return the leaf of each of its rows."""
        found = self.store.caller.ask(_leaves, self.growing)
        out = np.empty(sum(map(len, self.at)), dtype=np.int64)
        for places, leaves in zip(self.at, found, strict=True):
            out[places] = leaves
        self.growing = Each()
        return out

    def add(self, forest: Forest, out: NDArray[np.float64]) -> None:
        """Add trees to the scores of all rows."""
        self.store.add(forest, out)


class PartedBins(Binned):
    """Rows in parts, and their codes there."""

    def __init__(self, store: PartedStore, parts: Each, columns: Columns) -> None:
        self.store = store
        self.parts = parts
        self.columns = columns

    def grower(self, settings: Settings, weights: Vector) -> Grower:
        """Return what grows trees on all rows."""
        sums = PartedSums(self.store, self.parts)
        return SumGrower(sums, self.columns, settings.limits, weights, settings.width)

    def grow_tasks(
        self,
        settings: Settings,
        loss: Loss,
        train: tuple[Rows, NDArray[np.float64]],
        valid: tuple[Rows, NDArray[np.float64]] | None,
    ) -> list[Grown]:
        """Grow the trees of each task where its rows are."""
        settings = replace(settings, report=None)
        n_tasks = train[0].n_tasks
        if not settings.n_iter_task.any():
            # Constants need no columns; rows of a task may lie in several parts.
            tables = [_table(*pair) for pair in (train, valid) if pair is not None]
            no_codes = np.empty((0, 0), dtype=np.uint8)
            return grow_tasks(
                settings, loss, self.columns, no_codes, np.arange(n_tasks), *tables
            )
        owners = self.store.owners[train[0].offsets[:-1]]
        numbers = self.store.places_of(owners)
        X_valid: Each | None = None
        tables_valid: Each | None = None
        if valid is not None:
            assert isinstance(valid[0].X, PartedStore)
            X_valid = valid[0].X.parts
            tables_valid = Each(_table(*valid, tasks) for tasks in numbers)
        found = self.store.caller.ask(
            _grow_tasks,
            self.parts,
            settings,
            loss,
            self.columns,
            numbers,
            Each(_table(*train, tasks) for tasks in numbers),
            X_valid,
            tables_valid,
        )
        grown: dict[int, Grown] = {}
        for tasks, of_part in zip(numbers, found, strict=True):
            grown.update(zip(tasks.tolist(), of_part, strict=True))
        return [grown[t] for t in range(n_tasks)]


def _table(
    rows: Rows, raw: NDArray[np.float64], tasks: NDArray[np.int64] | None = None
) -> TaskTable:
    """Return the rows of some tasks, or of all, without their columns."""
    counts = np.diff(rows.offsets)
    is_in = np.ones(len(counts), dtype=bool)
    if tasks is not None:
        is_in[:] = False
        is_in[tasks] = True
    here = np.repeat(is_in, counts)
    return TaskTable(
        np.empty((int(here.sum()), 0)),
        rows.y[here],
        rows.own_weights[here],
        raw[here],
        np.concatenate([[0], np.cumsum(counts[is_in])]),
    )
