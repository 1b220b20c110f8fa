# SPDX-License-Identifier: BSD-3-Clause
"""Rows in parts: codes that are the same in all of them, and sums over them."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import compute_sample_weight

from skx._backend import is_device_array, to_host
from skx._parts import Caller, Each, load_part
from skx.rules._base import (
    Known,
    check_weights,
    code_labels,
    count_rows,
    warn_of_many_levels,
)
from skx.rules._columns import (
    Cells,
    Column,
    any_number,
    chosen_columns,
    close,
    code_matrix,
    distinct,
    edges_of_sample,
    get_column,
    is_open,
    key_of,
    largest_above,
    make_column,
    sample_step,
    sorted_numbers,
    split_column,
)
from skx.rules._fold import FoldClassifier
from skx.rules._learn import Coded, CodeRule, Rows, make_coded, sum_by_class


class Opened(NamedTuple):
    """Rows of a part, its columns split."""

    number: int
    names: list[str] | None
    cells: list[Cells]
    classes: NDArray
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]


class Outline(NamedTuple):
    """What is known of a part before its rows are coded."""

    number: int
    n_rows: int
    names: list[str] | None
    n_features: int
    classes: NDArray
    class_sizes: NDArray[np.int64]
    kinds: list["Kind"]


class Kind(NamedTuple):
    """What a column of a part holds."""

    levels: list[Any]
    times: str | None
    n_numbers: int


class PartTable(NamedTuple):
    """Rows of a part in codes."""

    table: Coded
    labels: NDArray[np.int64]


def _open_part(
    number: int, model: FoldClassifier, X: Any, y: Any, sample_weight: Any
) -> Opened | None:
    X, y, sample_weight = load_part(X), load_part(y), load_part(sample_weight)
    if is_device_array(X):
        X = to_host(X, "fit_partitions")
    if hasattr(X, "shape") and X.shape[0] == 0:
        return None
    try:
        rows, names, weights = model._read_rows(X, y, sample_weight)
        forced = chosen_columns(model.categorical_features, model._names(), model)
        cells = [
            split_column(get_column(rows, j), f, None) for j, f in enumerate(forced)
        ]
        classes, labels = code_labels(names)
    except (ValueError, TypeError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"Part {number}: {error}") from error
    known = getattr(model, "feature_names_in_", None)
    return Opened(
        number,
        None if known is None else known.tolist(),
        cells,
        classes,
        labels,
        weights,
    )


def _outline_part(part: Opened | None) -> Outline | None:
    if part is None:
        return None
    return Outline(
        part.number,
        len(part.labels),
        part.names,
        len(part.cells),
        part.classes,
        np.bincount(part.labels),
        [
            Kind(
                cell.found if cell.levels is not None else [],
                cell.times,
                0
                if cell.numbers is None
                else len(cell.numbers) - int(np.isnan(cell.numbers).sum()),
            )
            for cell in part.cells
        ],
    )


def _numbers_of_part(
    part: Opened, wanted: list[tuple[int, int, int]], of_numbers: bool
) -> list[NDArray]:
    """Return sorted numbers of columns, wanted as (column, step, rows before the part).

    They are of each step-th row of all parts, with ``of_numbers`` of those that have a
    number; a step of 0 stands for all distinct numbers.
    """
    found: list[NDArray] = []
    for j, step, start in wanted:
        values = part.cells[j].numbers
        if values is None:
            found.append(np.empty(0, np.float32))
            continue
        if of_numbers:
            values = values[~np.isnan(values)]
        if step:
            found.append(sorted_numbers(values[-start % step :: step]))
        else:
            found.append(distinct(values))
    return found


def _code_part(
    part: Opened,
    columns: list[Column],
    classes: NDArray,
    class_weight: NDArray[np.float64] | None,
) -> PartTable:
    codes = code_matrix(columns, part.cells, None)
    labels = np.searchsorted(classes, part.classes)[part.labels]
    weights = part.weights
    if class_weight is not None:
        weights = weights * class_weight[labels]
    check_weights(weights)
    return PartTable(make_coded(codes, columns, weights), labels)


def _largest_of_part(
    part: Opened, coded: PartTable, columns: list[Column]
) -> list[float | None]:
    return [
        largest_above(column, cells, codes) if is_open(column) else None
        for column, cells, codes in zip(
            columns, part.cells, coded.table.codes, strict=True
        )
    ]


def _close_part(
    coded: PartTable, columns: list[Column], without: list[int]
) -> PartTable:
    """Return a part in codes of columns, some of which have lost their last number."""
    codes = coded.table.codes
    if without:
        codes = codes.copy()
        for j in without:
            codes[j][codes[j] > columns[j].above] -= 1
    return PartTable(make_coded(codes, columns, coded.table.weights), coded.labels)


def _weigh_part(part: PartTable, n_classes: int) -> tuple[NDArray[np.float64], bool]:
    """Return the weight of each class, and whether all weights are whole."""
    weights = part.table.weights
    is_whole = bool((weights == np.floor(weights)).all())
    return sum_by_class(part.labels, weights, n_classes), is_whole


def _measure_part(part: PartTable, sides: tuple[Rows, ...]) -> list[tuple[int, float]]:
    """Return number and weight of the rows of each side."""
    weights = part.table.weights
    return [(len(rows), float(weights[rows].sum())) for rows in sides]


def _count_rules_of_part(
    part: PartTable, rules: list[CodeRule], n_classes: int, typed: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return count_rows(rules, part.table, part.labels, n_classes, typed)


class Parts:
    """Rows in parts, in codes that are the same in all of them.

    Parameters
    ----------
    mapper : what calls a function for each part
    given : rows, classes and weights of the parts
    model : classifier; it learns the names of its columns

    Attributes
    ----------
    known : what is known of all rows
    is_whole : whether all weights are whole numbers
    """

    def __init__(
        self, mapper: Callable, given: Sequence[list[Any]], model: FoldClassifier
    ) -> None:
        self._typed = model.comparison == "typed"
        numbers, clones = range(len(given[0])), [clone(model) for _ in given[0]]
        everyone = Caller(mapper, len(given[0]))
        opened = everyone.each(_open_part, *map(Each, [numbers, clones, *given]))
        found = everyone.ask(_outline_part, opened)
        self._parts = Each(
            p for p, o in zip(opened, found, strict=True) if o is not None
        )
        self._caller = Caller(mapper, len(self._parts))
        outlines = [o for o in found if o is not None]
        if not outlines:
            raise ValueError(
                "Found 0 rows in all parts while a minimum of 1 is required."
            )
        _take_names(model, outlines)
        columns = self._learn_columns(model, outlines)
        warn_of_many_levels(columns, sum(o.n_rows for o in outlines))
        classes = _all_classes(outlines)
        factors = _class_factors(model.class_weight, classes, outlines)
        tables = self.each(_code_part, columns, classes, factors)
        columns, tables = self._close(columns, tables)
        self._parts = tables
        weighed = self.ask(_weigh_part, len(classes))
        weights = sum(weight for weight, _ in weighed)
        check_weights(weights)
        self.is_whole = all(is_whole for _, is_whole in weighed)
        self.known = Known(columns, classes, weights)

    def each(self, function: Callable, *args: Any) -> Each:
        """Call a function for each part, with its own of what is one for each."""
        return self._caller.each(function, self._parts, *args)

    def ask(self, function: Callable, *args: Any) -> list[Any]:
        """Call a function for each part and wait for what it returns."""
        return self._caller.ask(function, self._parts, *args)

    def rows(self, function: Callable, *args: Any) -> list["PartedRows"]:
        """Call a function that returns one or two sides of rows of each part."""
        sides = self.each(function, *args)
        measures = self.ask(_measure_part, sides)
        return [
            PartedRows(
                self._caller.each(itemgetter(k), sides),
                sum(measure[k][0] for measure in measures),
                sum(measure[k][1] for measure in measures),
            )
            for k in range(len(measures[0]))
        ]

    def count(
        self, rules: list[CodeRule]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what all rows say of rules, see `count_rows`."""
        n_classes = len(self.known.classes)
        found = self.ask(_count_rules_of_part, rules, n_classes, self._typed)
        return sum(counts for counts, _ in found), sum(weight for _, weight in found)

    def _learn_columns(
        self, model: FoldClassifier, outlines: list[Outline]
    ) -> list[Column]:
        names = model._names()
        forced = chosen_columns(model.categorical_features, names, model)
        features = list(range(len(names)))
        sizes = [outline.n_rows for outline in outlines]
        limit = model._max_bins(sum(sizes))
        if limit is None or sum(sizes) <= limit:
            steps = {j: (0, [0] * len(sizes)) for j in features}
            found = self._numbers(steps, False)
            numbers = {j: distinct(found[j]) for j in features}
        else:
            numbers = self._edges(dict.fromkeys(features, sizes), limit, False)
            # The sample of a column can be without numbers though there are some.
            counts = {j: [o.kinds[j].n_numbers for o in outlines] for j in features}
            rest = {j: counts[j] for j in features if sum(counts[j])}
            rest = {j: n for j, n in rest.items() if not len(numbers[j])}
            if rest:
                numbers |= self._edges(rest, limit, True)
        return [_join(names[j], numbers[j], forced[j], outlines, j) for j in features]

    def _edges(
        self, sizes: dict[int, list[int]], limit: int, of_numbers: bool
    ) -> dict[int, NDArray[np.float64]]:
        """Return bins of columns by each step-th row; sizes are those of parts."""
        steps = {}
        for j, each in sizes.items():
            starts = np.cumsum([0, *each[:-1]]).tolist()
            steps[j] = sample_step(sum(each)), starts
        found = self._numbers(steps, of_numbers)
        edges = {}
        for j, sample in found.items():
            is_all = steps[j][0] == 1
            ordered = sorted_numbers(sample)
            edges[j] = (
                edges_of_sample(ordered, limit, is_all=is_all)
                if len(ordered)
                else np.empty(0)
            )
        return edges

    def _numbers(
        self, steps: dict[int, tuple[int, list[int]]], of_numbers: bool
    ) -> dict[int, NDArray]:
        """Return numbers of columns, of each step-th row; 0 is for distinct ones."""
        by_part = Each(
            [(j, step, starts[k]) for j, (step, starts) in steps.items()]
            for k in range(len(self._parts))
        )
        found = self.ask(_numbers_of_part, by_part, of_numbers)
        return {
            j: np.concatenate([part[k] for part in found]) for k, j in enumerate(steps)
        }

    def _close(self, columns: list[Column], tables: Each) -> tuple[list[Column], Each]:
        """Find the largest numbers of the columns that were learned from a sample."""
        if not any(map(is_open, columns)):
            return columns, tables
        found = self.ask(_largest_of_part, tables, columns)
        closed, without = [], []
        for j, column in enumerate(columns):
            if is_open(column):
                seen = [part[j] for part in found if part[j] is not None]
                column = close(column, max(seen, default=None))
                if not seen:
                    without.append(j)
            closed.append(column)
        self._parts = tables
        return closed, self.each(_close_part, closed, without)


class PartedRows:
    """Rows of each part, and what they are in number and weight."""

    def __init__(self, parts: Each, n_rows: int, weight: float) -> None:
        self.parts = parts
        self.weight = weight
        self._n_rows = n_rows

    def __len__(self) -> int:
        return self._n_rows


def _take_names(model: FoldClassifier, outlines: list[Outline]) -> None:
    """Set the columns of a classifier, which are those of all parts."""
    first = outlines[0]
    for other in outlines[1:]:
        if (other.n_features, other.names) != (first.n_features, first.names):
            raise ValueError(
                f"Part {other.number} has {other.n_features} columns, "
                f"{other.names}, but part {first.number} has {first.n_features}, "
                f"{first.names}; give all parts the same columns in the same order."
            )
    model.n_features_in_ = first.n_features
    if first.names is not None:
        model.feature_names_in_ = np.array(first.names, dtype=object)


def _join(
    name: str,
    numbers: NDArray[np.float64],
    is_categorical: bool,
    outlines: list[Outline],
    j: int,
) -> Column:
    """Return what all parts know of a column."""
    levels: dict[Any, Any] = {}
    first: Outline | None = None
    for outline in outlines:
        kind = outline.kinds[j]
        for level in kind.levels:
            levels.setdefault(key_of(level), level)
        if not kind.n_numbers and not any_number(kind.levels):
            continue
        other = first.kinds[j] if first is not None else kind
        one = kind.times, any_number(kind.levels)
        if one != (other.times, any_number(other.levels)):
            assert first is not None
            raise ValueError(
                f"Column {name!r} holds {_kind_of(kind)} in part {outline.number} but "
                f"{_kind_of(other)} in part {first.number}; give all parts one type."
            )
        first = first or outline
    times = first.kinds[j].times if first is not None else None
    return make_column(name, numbers, list(levels.values()), is_categorical, times)


def _kind_of(kind: Kind) -> str:
    if kind.times is not None:
        return f"times ({kind.times})"
    return "categories that are numbers" if any_number(kind.levels) else "numbers"


def _all_classes(outlines: list[Outline]) -> NDArray:
    """Return the classes of all parts in order."""
    for other in outlines[1:]:
        kinds = [
            "text" if o.classes.dtype.kind in "OU" else "numbers"
            for o in (other, outlines[0])
        ]
        if kinds[0] != kinds[1]:
            raise ValueError(
                f"The classes of part {other.number} are {kinds[0]}, but those of part "
                f"{outlines[0].number} are {kinds[1]}; give all parts one type."
            )
    try:
        return np.unique(np.concatenate([outline.classes for outline in outlines]))
    except TypeError as error:
        raise ValueError(
            "The parts of y hold classes of different types; use one."
        ) from error


def _class_factors(
    class_weight: Any, classes: NDArray, outlines: list[Outline]
) -> NDArray[np.float64] | None:
    """Return what the weights of the rows of each class are multiplied with."""
    if class_weight is None:
        return None
    if class_weight != "balanced":
        return compute_sample_weight(class_weight, classes)
    sizes = np.zeros(len(classes))
    for outline in outlines:
        sizes[np.searchsorted(classes, outline.classes)] += outline.class_sizes
    return sizes.sum() / (len(classes) * sizes)
