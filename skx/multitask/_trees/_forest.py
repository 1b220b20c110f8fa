# SPDX-License-Identifier: BSD-3-Clause
"""Trees: how they are grown from binned columns, and forests of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from skx.multitask._trees import _kernels


def _records(fields: list[tuple[str, type]]) -> np.dtype[np.void]:
    # Of np.record, whose fields are attributes without compilation, too.
    return np.dtype((np.record, np.dtype(fields, align=True)))


# A node while its tree grows; first .. last are its rows.
SPLIT = _records(
    [
        ("threshold", np.float64),
        ("gain", np.float64),
        ("feature", np.int32),
        ("left", np.int32),
        ("right", np.int32),
        ("set", np.int32),
        ("code", np.int32),
        ("next_code", np.int32),
        ("first", np.int32),
        ("last", np.int32),
        ("missing_left", np.bool_),
        ("is_categorical", np.bool_),
    ]
)
# A node of a tree: the right child follows the left one. A leaf has neither.
NODE = _records(
    [
        ("threshold", np.float64),
        ("gain", np.float64),
        ("weight", np.float64),
        ("feature", np.int32),
        ("left", np.int32),
        ("set", np.int32),
        ("missing_left", np.bool_),
    ]
)


class Columns(NamedTuple):
    """Bins, and what splits of the columns are allowed."""

    starts: NDArray[np.uint64]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    is_categorical: NDArray[np.bool_]
    directions: NDArray[np.int64]  # -1, 0, 1: which way the value may go
    groups: NDArray[np.bool_]  # (n_groups, n_features): may meet in a branch


class Limits(NamedTuple):
    """When a node is split no further."""

    max_leaf_nodes: int
    max_depth: int
    min_samples_leaf: int
    n_features: int  # taken at random for a split
    min_child_weight: float
    l2: float
    min_split_gain: float


class Tree(NamedTuple):
    """One tree; the first node is the root."""

    nodes: NDArray[np.void]
    values: NDArray[np.float64]  # (n_nodes, n_outputs), 0 but for leaves
    sets: NDArray[np.uint32]  # (n_sets, 8): categories that go left, by bits
    column: int  # first output that the values are added to


class Growth(NamedTuple):
    """A tree while it grows: arrays that every tree begins anew.

    Of each node: its record; its values; sums of gradients and hessians, and number of
    rows; bounds of the values; depth; slot of its histogram, -1 for none; which codes
    go left; which groups of features may still be used. Of each leaf: a slot of room
    for a histogram, and the bins that it lists, see `_kernels`. Of a tree: sets of
    codes that go left, and what `_kernels` counts. The rest is scratch.
    """

    nodes: NDArray[np.void]
    values: NDArray[np.float64]
    totals: NDArray[np.float64]
    bounds: NDArray[np.float64]
    depth: NDArray[np.int64]
    slots: NDArray[np.int64]
    chosen: NDArray[np.bool_]
    alive: NDArray[np.bool_]
    room: NDArray[np.float64]
    bins: NDArray[np.uint32]
    ends: NDArray[np.int64]
    sets: NDArray[np.uint32]
    counts: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    found: NDArray[np.float64]
    pair: NDArray[np.float64]

    @classmethod
    def of(cls, columns: Columns, limits: Limits, n_outputs: int) -> "Growth":
        """Make room for trees on some columns."""
        n_leaves, d = limits.max_leaf_nodes, len(columns.directions)
        n_nodes, n_bins = 2 * n_leaves - 1, int(columns.starts[-1])
        return cls(
            np.zeros(n_nodes, dtype=SPLIT),
            np.zeros((n_nodes, n_outputs)),
            np.empty((n_nodes, n_outputs + 2)),
            np.empty((n_nodes, 2)),
            np.empty(n_nodes, dtype=np.int64),
            np.empty(n_nodes, dtype=np.int64),
            np.empty((n_nodes, 256), dtype=np.bool_),
            np.empty((n_nodes, len(columns.groups)), dtype=np.bool_),
            np.empty((n_leaves, n_bins, n_outputs + 2)),
            np.empty((n_leaves, n_bins), dtype=np.uint32),
            np.empty((n_leaves, d + 1), dtype=np.int64),
            np.empty((n_leaves, 8), dtype=np.uint32),
            np.empty(7, dtype=np.int64),
            np.empty(d, dtype=np.bool_),
            np.empty(4),
            np.empty((2, n_outputs + 2)),
        )


class Grower(ABC):
    """Grows trees on the rows of one table.

    Parameters
    ----------
    columns : bins, and what splits are allowed
    limits : when to stop
    weights : (n_rows,), counted in the nodes
    n_outputs : of each tree
    """

    def __init__(
        self,
        columns: Columns,
        limits: Limits,
        weights: NDArray[np.float64],
        n_outputs: int,
    ) -> None:
        self.columns = columns
        self.limits = limits
        self.weights = weights
        self.growth = Growth.of(columns, limits, n_outputs)

    @abstractmethod
    def _split_up(
        self,
        sums: NDArray[np.float64],
        is_unit: bool,
        rows: NDArray[np.int32],
        seed: np.uint64,
        number: int,
    ) -> None:
        """Do what `_kernels.grow` does."""

    @abstractmethod
    def add(self, forest: "Forest", out: NDArray[np.float64]) -> None:
        """Add trees to the scores of all rows."""

    def grow(
        self,
        sums: NDArray[np.float64],
        rows: NDArray[np.int32],
        *,
        scale: float,
        column: int,
        seed: np.uint64,
        number: int,
        out: NDArray[np.float64],
        values_of_leaves: Callable[..., None] | None = None,
    ) -> Tree:
        """Grow a tree, and add ``scale`` times its values to ``out``.

        sums (n_rows, n_outputs + 1) are gradients and hessian; rows those to be used,
        ascending, which are put in another order; out (n_rows, any) is of all rows.
        ``values_of_leaves(splits, n_nodes, rows, values)`` may write other values.
        """
        is_unit = bool((sums[:, -1] == 1.0).all())
        with np.errstate(over="ignore"):
            self._split_up(sums, is_unit, rows, seed, number)
        splits, counts = self.growth.nodes, self.growth.counts
        n_nodes, n_sets = int(counts[_kernels.N_NODES]), int(counts[_kernels.N_SETS])
        if values_of_leaves:
            values_of_leaves(splits, n_nodes, rows, self.growth.values)
        values = scale * self.growth.values[:n_nodes]
        nodes = np.empty(n_nodes, dtype=NODE)
        _kernels.store(splits, n_nodes, self.weights, rows, nodes)
        tree = Tree(nodes, values, self.growth.sets[:n_sets].copy(), column)
        if len(rows) < len(out):
            self.add(Forest.of([tree], values.shape[1]), out)
            return tree
        part = out[:, column : column + values.shape[1]]
        _kernels.add_leaves(splits, n_nodes, values, rows, part)
        return tree


class TableGrower(Grower):
    """Grows trees on rows in one memory: X (n_rows, n_features), and their codes."""

    def __init__(
        self, X: NDArray[np.floating], codes: NDArray[np.uint8], *args: Any
    ) -> None:
        super().__init__(*args)
        self.X = X
        self.codes = codes

    def _split_up(
        self,
        sums: NDArray[np.float64],
        is_unit: bool,
        rows: NDArray[np.int32],
        seed: np.uint64,
        number: int,
    ) -> None:
        _kernels.grow(
            self.codes,
            self.columns,
            sums,
            is_unit,
            rows,
            True,
            self.limits,
            seed,
            number,
            self.growth,
        )

    def add(self, forest: "Forest", out: NDArray[np.float64]) -> None:
        """Add trees to the scores of all rows."""
        forest.add(self.X, out)


class Sums(Protocol):
    """Rows that lie elsewhere, and answer with sums over those of a node.

    A histogram is as in `_kernels`, good at all bins.
    """

    def start(
        self, sums: NDArray[np.float64], is_unit: bool, rows: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        """Begin a tree, node 0, on some rows, and return the histogram of these."""

    def divide(
        self,
        node: int,
        left: int,
        feature: int,
        goes_left: NDArray[np.bool_],
        counted: int,
    ) -> NDArray[np.float64] | None:
        """Divide the rows of a node between two, ``left`` and the next number.

        goes_left (256,) is by code. Returns the histogram of the node ``counted``,
        which is one of both, or None where that is -1.
        """

    def leaves(self) -> NDArray[np.int64]:
        """End the tree, and return the node of each of its rows, in their order."""

    def add(self, forest: "Forest", out: NDArray[np.float64]) -> None:
        """Add trees to the scores (n_rows, n_outputs) of all rows."""


class SumGrower(Grower):
    """Grows trees on rows that lie elsewhere, by sums over those of a node."""

    def __init__(self, source: Sums, *args: Any) -> None:
        super().__init__(*args)
        self.source = source

    def _split_up(
        self,
        sums: NDArray[np.float64],
        is_unit: bool,
        rows: NDArray[np.int32],
        seed: np.uint64,
        number: int,
    ) -> None:
        growth, nodes, counts = self.growth, self.growth.nodes, self.growth.counts
        no_codes = np.empty((0, 0), dtype=np.uint8)
        counts[_kernels.N_NODES] = 0
        growth.room[0] = self.source.start(sums, is_unit, rows)
        while True:
            best = _kernels.grow(
                no_codes,
                self.columns,
                sums,
                is_unit,
                rows,
                False,
                self.limits,
                seed,
                number,
                growth,
            )
            if best < 0:
                break
            histogram = self.source.divide(
                int(best),
                int(nodes["left"][best]),
                int(nodes["feature"][best]),
                growth.chosen[best].copy(),
                int(counts[_kernels.N_SMALL]),
            )
            if histogram is not None:
                growth.room[counts[_kernels.N_SLOTS]] = histogram
        n_nodes = counts[_kernels.N_NODES]
        # Rows of a leaf keep their order, and sums over them are those of one table.
        rank = np.empty(n_nodes, dtype=np.uint16)
        rank[np.argsort(nodes["first"][:n_nodes])] = np.arange(n_nodes)
        rows[:] = rows[np.argsort(rank[self.source.leaves()], kind="stable")]
        _kernels.value_leaves(
            nodes, n_nodes, sums, rows, self.limits, growth.bounds, growth.values
        )

    def add(self, forest: "Forest", out: NDArray[np.float64]) -> None:
        """Add trees to the scores of all rows."""
        self.source.add(forest, out)


class Forest(NamedTuple):
    """Trees side by side, whose values are summed."""

    nodes: NDArray[np.void]
    values: NDArray[np.float64]
    sets: NDArray[np.uint32]
    roots: NDArray[np.int64]
    set_roots: NDArray[np.int64]
    columns: NDArray[np.int64]

    @classmethod
    def of(cls, trees: Sequence[Tree], n_outputs: int = 1) -> "Forest":
        """Put trees together, all with values of n_outputs."""
        roots = np.cumsum([0, *(len(tree.nodes) for tree in trees)])
        set_roots = np.cumsum([0, *(len(tree.sets) for tree in trees)])
        nodes = [np.empty(0, dtype=NODE), *(tree.nodes for tree in trees)]
        values = [np.empty((0, n_outputs)), *(tree.values for tree in trees)]
        sets = [np.empty((0, 8), dtype=np.uint32), *(tree.sets for tree in trees)]
        return cls(
            np.concatenate(nodes),
            np.concatenate(values),
            np.concatenate(sets),
            roots,
            set_roots,
            np.array([tree.column for tree in trees], dtype=np.int64),
        )

    @classmethod
    def join(cls, forests: Sequence["Forest"], n_outputs: int = 1) -> "Forest":
        """Put forests together."""
        empty = cls.of([], n_outputs)
        if not forests:
            return empty
        node_starts = np.cumsum([0, *(f.roots[-1] for f in forests[:-1])])
        set_starts = np.cumsum([0, *(f.set_roots[-1] for f in forests[:-1])])
        roots = [f.roots[:-1] + at for f, at in zip(forests, node_starts, strict=True)]
        set_roots = [
            f.set_roots[:-1] + at for f, at in zip(forests, set_starts, strict=True)
        ]
        n_nodes = node_starts[-1] + forests[-1].roots[-1]
        n_sets = set_starts[-1] + forests[-1].set_roots[-1]
        nodes = np.empty(n_nodes, dtype=NODE)  # to join records takes NumPy long
        for forest, at in zip(forests, node_starts, strict=True):
            nodes[at : at + len(forest.nodes)] = forest.nodes
        return cls(
            nodes,
            np.concatenate([f.values for f in forests]),
            np.concatenate([f.sets for f in forests]),
            np.append(np.concatenate(roots), n_nodes),
            np.append(np.concatenate(set_roots), n_sets),
            np.concatenate([f.columns for f in forests]),
        )

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.columns)

    def head(self, n_trees: int) -> "Forest":
        """Return the first trees."""
        n_nodes, n_sets = self.roots[n_trees], self.set_roots[n_trees]
        return Forest(
            self.nodes[:n_nodes],
            self.values[:n_nodes],
            self.sets[:n_sets],
            self.roots[: n_trees + 1],
            self.set_roots[: n_trees + 1],
            self.columns[:n_trees],
        )

    def add(
        self,
        X: NDArray[np.floating],
        out: NDArray[np.float64],
        rows: NDArray[np.int32] | None = None,
        first: int = 0,
        last: int | None = None,
    ) -> None:
        """Add trees first .. last - 1 to the rows of out (n_rows, n_outputs)."""
        if rows is None:
            rows = np.arange(len(X), dtype=np.int32)
        last = self.n_trees if last is None else last
        _kernels.add_trees(X, rows, *self, first, last, out)

    def leaves(
        self, X: NDArray[np.floating], first: int = 0, last: int | None = None
    ) -> NDArray[np.int64]:
        """Return the leaves (n_rows, n_trees) of trees first .. last - 1."""
        last = self.n_trees if last is None else last
        out = np.empty((len(X), last - first), dtype=np.int64)
        _kernels.apply_trees(
            X,
            self.nodes,
            self.sets,
            self.roots[first:],
            self.set_roots[first:],
            out,
        )
        return out
