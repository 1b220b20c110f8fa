# SPDX-License-Identifier: BSD-3-Clause
"""SMOTENC and SMOTEN: synthetic rows with categories."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skx._base.sklearn import Interval, StrOptions
from skx._neighbors import nearest_rows
from skx._numba import for_each_chunk
from skx.resampling import _kernels
from skx.resampling._base import ClassTask, Offspring, Rows, Weights, interpolate
from skx.resampling._smote import EXTRA_BASES, SMOTE, draw_bases, draw_pairs
from skx.resampling._strategy import Strategy
from skx.resampling._tables import Table, read_table

# The first of the draws that settle votes, one for each column.
VOTE = EXTRA_BASES + 1
UNIT = 2.0**-40


class SMOTENC(SMOTE):
    """Todo."""

    _parameter_constraints: ClassVar[dict] = {
        **SMOTE._parameter_constraints,
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
        "categorical_features": ["array-like", StrOptions({"auto"})],
    }

    def __init__(
        self,
        *,
        categorical_features: Any = "auto",
        sampling_strategy: Strategy = "auto",
        random_state: int | np.random.RandomState | None = None,
        k_neighbors: int = 5,
        small_class: str = "raise",
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(
            sampling_strategy=sampling_strategy,
            random_state=random_state,
            k_neighbors=k_neighbors,
            small_class=small_class,
            n_jobs=n_jobs,
        )
        self.categorical_features = categorical_features

    def _open(self, X: Any) -> Table:
        table = read_table(X, self, self.categorical_features)
        if table.categorical and not table.values.shape[1]:
            raise ValueError(
                f"All {len(table.categorical)} columns of X are categorical, but "
                "SMOTENC needs numeric ones beside them; use SMOTEN, which samples "
                "categories alone."
            )
        self.categorical_features_ = np.array(table.categorical, np.int64)
        return table

    def _synthesise(
        self, table: Table, labels: NDArray[Any], weights: Weights | None
    ) -> Offspring:
        self.median_std_: dict[Any, float] = {}
        return super()._synthesise(table, labels, weights)

    def _sample_class(self, task: ClassTask, out: Any) -> Offspring:
        if not task.table.categorical:
            return super()._sample_class(task, out)
        n_neighbors = self._n_neighbors(task)
        spread = _median_deviation(task.X[task.rows])
        self.median_std_[task.label] = spread
        codes = task.table.codes

        def search(rows: Rows) -> Rows:
            return nearest_rows(
                task.X,
                n_neighbors,
                queries=rows,
                among=task.rows,
                codes=codes,
                mismatch=spread,
                n_jobs=self.n_jobs,
            )

        pairs = draw_pairs(task, search)
        shares = pairs.shares.astype(task.X.dtype, copy=False)
        return Offspring(
            interpolate(task.X, pairs.parents, shares, out, self.n_jobs),
            pairs.parents,
            shares.astype(np.float64, copy=False),
            task.draw.vote(
                VOTE, codes, pairs.neighbors, pairs.position, n_jobs=self.n_jobs
            ),
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = tags.input_tags.string = True
        return tags


class SMOTEN(SMOTE):
    """Todo."""

    _mixes_parents = False
    _parameter_constraints: ClassVar[dict] = {
        **SMOTE._parameter_constraints,
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
    }

    def _open(self, X: Any) -> Table:
        return read_table(X, self, "all")

    def _sample_class(self, task: ClassTask, out: Any) -> Offspring:
        n_neighbors = self._n_neighbors(task)
        n_rows = task.rows.shape[0]
        bases = draw_bases(n_rows, task.n_new, task.draw)
        is_base = np.bincount(bases, minlength=n_rows) > 0
        position = (np.cumsum(is_base) - 1)[bases]
        asking = np.flatnonzero(is_base)
        near = _nearest_by_profile(task, asking, n_neighbors, self.n_jobs)
        voters = task.rows[np.column_stack([asking, near])]
        codes = task.draw.vote(
            VOTE,
            task.table.codes,
            voters,
            position,
            keep_first=True,
            n_jobs=self.n_jobs,
        )
        return Offspring(out, voters[position], None, codes)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = tags.input_tags.string = True
        tags.input_tags.sparse = False
        return tags


def _median_deviation(values: NDArray[np.floating]) -> float:
    """Median over the columns of their standard deviations; 0 without any value."""
    values = values.astype(np.float64)
    exponent = np.frexp(np.fmax.reduce(np.abs(values), axis=None, initial=0.0))[1]
    deviations = np.empty(values.shape[1])
    # Scaled by a power of two, so that squares neither overflow nor vanish.
    _kernels.column_deviations(np.ldexp(values, -exponent), deviations)
    known = deviations[~np.isnan(deviations)]
    return float(np.ldexp(np.median(known), exponent)) if known.size else 0.0


def _nearest_by_profile(
    task: ClassTask, queries: Rows, n_neighbors: int, n_jobs: int | None
) -> Rows:
    """Find the nearest rows of the class to some of them by value difference.

    Rows are numbered within the class. Equal rows are treated as one.
    """
    values, profiles, columns = _profiles(task)
    if profiles.shape[1] > 1:
        # Where columns that tell most come first, the rest is soon out of reach.
        spread = [profiles[column].var(axis=0).sum() for column in values.T]
        order = np.argsort(spread)[::-1]
        values, columns = values[:, order], np.argsort(order)[columns]
    group = np.zeros(values.shape[0], np.int64)
    for j in range(values.shape[1]):  # sorts the groups by their values
        pairs = group * profiles.shape[0] + values[:, j]
        group = np.unique(pairs, return_inverse=True)[1]
    members = np.argsort(group, kind="stable")
    edges = np.concatenate([[0], np.cumsum(np.bincount(group))])
    asking, place = np.unique(group[queries], return_inverse=True)
    # The nearest rows of each group, its own included.
    if profiles.shape[1] == 1:
        near = _nearest_points(
            profiles[values, 0], members, edges, asking, n_neighbors, n_jobs
        )
    else:
        near = np.empty((asking.shape[0], n_neighbors + 1), np.int64)
        sorted_values = values[members[edges[:-1]]]
        differs = np.diff(sorted_values, axis=0, prepend=-1) != 0
        shared = differs.argmax(axis=1)

        def search(start: int, stop: int) -> None:
            _kernels.query_profiles(
                sorted_values,
                shared,
                profiles,
                columns,
                UNIT,
                asking[start:stop],
                members,
                edges,
                near[start:stop],
            )

        for_each_chunk(search, asking.shape[0], n_jobs, grain=64)
    near = near[place]
    is_other = near != queries[:, np.newaxis]
    is_other[is_other.all(axis=1), -1] = False
    return near[is_other].reshape(queries.shape[0], n_neighbors)


def _profiles(task: ClassTask) -> tuple[Rows, NDArray[np.float64], Rows]:
    """Class probabilities given the values of the class's rows, column by column.

    Returns the values (n_rows, n_columns) as rows of the profiles, the profiles (p, c)
    and the column of each. Equal profiles are one. With two classes,
    twice the probability of one says it all.
    """
    classes, labels = np.unique(task.codes[task.eligible], return_inverse=True)
    n_classes, all_codes = classes.shape[0], task.table.codes
    values = np.empty((task.rows.shape[0], all_codes.shape[1]), np.int64)
    blocks, columns, n_profiles = [], [], 0
    for j in range(all_codes.shape[1]):
        own = all_codes[task.rows, j]
        column = all_codes[task.eligible, j].astype(np.int64)
        counts = np.bincount(
            column * n_classes + labels, minlength=(int(column.max()) + 1) * n_classes
        ).reshape(-1, n_classes)
        present, place = np.unique(own, return_inverse=True)
        counts = counts[present]
        shares = counts / counts.sum(axis=1, keepdims=True)
        if n_classes == 2:
            shares = 2 * shares[:, 1:]
        # Ratios are correctly rounded: equal ones are equal numbers.
        profiles, which = np.unique(shares, axis=0, return_inverse=True)
        values[:, j] = n_profiles + which[place]
        n_profiles += profiles.shape[0]
        blocks.append(profiles)
        columns.append(np.full(profiles.shape[0], j))
    return values, np.concatenate(blocks), np.concatenate(columns)


def _nearest_points(
    points: NDArray[np.float64],
    members: Rows,
    edges: Rows,
    asking: Rows,
    n_neighbors: int,
    n_jobs: int | None,
) -> Rows:
    """Find the nearest rows of groups of equal points, their own included."""
    sizes = np.diff(edges)
    # Of equal rows, those beyond the first k + 1 are nobody's neighbours.
    rank = np.arange(members.shape[0]) - np.repeat(edges[:-1], sizes)
    among = np.sort(members[rank <= n_neighbors])
    near = np.empty((asking.shape[0], n_neighbors + 1), np.int64)
    near[:, 0] = members[edges[asking]]
    enough = sizes[asking] > n_neighbors
    places = edges[asking[enough], np.newaxis] + np.arange(n_neighbors + 1)
    near[enough] = members[places]
    near[~enough, 1:] = nearest_rows(
        points, n_neighbors, queries=near[~enough, 0], among=among, n_jobs=n_jobs
    )
    return near
