# SPDX-License-Identifier: BSD-3-Clause
"""Reading tables: each cell is a number, a category, or missing.

At fit every column learns its distinct numbers (or bins of them) and its categories,
and each cell becomes a code: numbers in order, one code for numbers above them all,
missing, then the categories as their texts sort. A literal compares one code.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skx._numba import for_each_chunk
from skx.rules import _kernels
from skx.rules._times import is_missing, read_times, texts_of

Level = Any  # a category: text, bool, or any hashable value; None is missing

MISSING_LEVEL = 0  # position among the levels of a column that was split
UNKNOWN_LEVEL = -1  # a category that the fit did not see
NUMBER = -2  # the cell is a number


@dataclass(frozen=True)
class Cells:
    """One column, split: numbers (NaN elsewhere), and levels where it has categories.

    numbers are of any real type, and may be a view of what was given. levels are signed
    integers: UNKNOWN_LEVEL, NUMBER, MISSING_LEVEL or 1 + position in ``found``.
    times says what the numbers stand for if they stand for times.
    """

    numbers: NDArray | None
    levels: NDArray[np.signedinteger] | None
    found: list[Level] = field(default_factory=list)
    times: str | None = None

    @property
    def n_rows(self) -> int:
        """Number of cells."""
        filled = self.numbers if self.levels is None else self.levels
        assert filled is not None
        return len(filled)

    def numbers_rows(self) -> bool:
        """Whether these are integers, all different and close together."""
        if self.numbers is None or self.levels is not None or self.times is not None:
            return False
        if not integers_differ(self.numbers[:FIRST]):
            return False
        return float(self.numbers.max()) - float(self.numbers.min()) < 2 * self.n_rows


# Numbers to look at first, and so many that some are equal, if by chance, where all of
# a column are integers that lie close.
FEW, FIRST = 32, 10_000


def integers_differ(first: NDArray) -> bool:
    """Whether the first numbers of a column are integers, all different."""
    return all(
        bool((some == np.floor(some)).all()) and len(np.unique(some)) == len(some)
        for some in (first[:FEW], first)
    )


@dataclass(frozen=True, eq=False)
class Column:
    """What a fit knows of a column.

    Parameters
    ----------
    name : column name, or its position as text
    numbers : (n_numbers,) ascending numbers that literals may compare with
    levels : categories, sorted by their texts
    is_categorical : whether numbers in it are categories too
    times : what its numbers stand for if they stand for times, of `_times.UNITS`
    """

    name: str
    numbers: NDArray[np.float64]
    levels: list[Level]
    is_categorical: bool = False
    times: str | None = None

    @property
    def kind(self) -> str:
        """One of "number", "category" and "mixed"."""
        if not self.levels:
            return "category" if self.is_categorical else "number"
        return "mixed" if len(self.numbers) else "category"

    @property
    def is_plain(self) -> bool:
        """Whether it holds numbers that stand for themselves, and nothing else."""
        return self.kind == "number" and self.times is None

    @property
    def above(self) -> int:
        """Code of numbers above all that the fit knows."""
        return len(self.numbers)

    @property
    def missing(self) -> int:
        """Code of a missing value; those of the categories follow."""
        return len(self.numbers) + 1

    @property
    def n_codes(self) -> int:
        """Codes in use at fit."""
        return len(self.numbers) + 2 + len(self.levels)

    def value_of(self, code: int) -> Level:
        """Return the number or category of a code; None for missing."""
        if code < self.above:
            return float(self.numbers[code])
        return None if code == self.missing else self.levels[code - self.missing - 1]


def key_of(level: Level) -> tuple[str, Level]:
    """Return what two categories share that are equal in type and value.

    True is not 1 and "1" is not 1, but 1.0 is.
    """
    if type(level) is str:
        return "str", level
    if isinstance(level, bool):
        return "bool", level
    if isinstance(level, Real | Decimal):
        return "number", level
    return type(level).__name__, level


def any_number(levels: Sequence[Level]) -> bool:
    """Whether some categories are numbers."""
    return any(key_of(level)[0] == "number" for level in levels)


def learn_column(
    name: str, cells: Cells, is_categorical: bool, max_bins: int | None
) -> Column:
    """Return what the fit knows of a column.

    With ``max_bins`` and more distinct numbers, literals compare with quantiles of the
    first 200 000 rows or so, taken evenly.
    """
    numbers = np.empty(0)
    if cells.numbers is not None:
        if max_bins is None or len(cells.numbers) <= max_bins:
            numbers = distinct(cells.numbers)
        else:
            numbers = bin_edges(cells.numbers, max_bins)
    return make_column(name, numbers, cells.found, is_categorical, cells.times)


def make_column(
    name: str,
    numbers: NDArray[np.float64],
    found: Sequence[Level],
    is_categorical: bool,
    times: str | None,
) -> Column:
    """Return a column of numbers and categories that were found, in any order."""
    levels = sorted(found, key=lambda level: (str(level), type(level).__name__))
    # A frame can say that numbers are categories; another one, later, need not repeat.
    return Column(name, numbers, levels, is_categorical or any_number(levels), times)


SAMPLE_FOR_BINS = 200_000


def distinct(values: NDArray) -> NDArray[np.float64]:
    """Return the distinct numbers, ascending; NaN is none."""
    return first_of_equals(sorted_numbers(values))


def sorted_numbers(values: NDArray) -> NDArray:
    """Return the numbers, ascending; NaN is none."""
    ordered = np.sort(values)
    if ordered.dtype.kind == "f":
        ordered = ordered[: np.searchsorted(ordered, np.inf, side="right")]
    if ordered.dtype.itemsize >= 8:
        # Integers beyond 2**53 can be equal as what they are compared as.
        ordered = ordered.astype(np.float64, copy=False)
    return ordered


def first_of_equals(ordered: NDArray) -> NDArray[np.float64]:
    is_first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first].astype(np.float64) + 0.0  # no -0.0


def bin_edges(values: NDArray, max_bins: int) -> NDArray[np.float64]:
    """Return at most max_bins observed numbers, ascending; see `edges_of_sample`."""
    step = sample_step(len(values))
    sample = sorted_numbers(values[::step])
    if not len(sample):
        rest = values[~np.isnan(values)]
        return bin_edges(rest, max_bins) if len(rest) else distinct(rest)
    return edges_of_sample(sample, max_bins, is_all=step == 1)


def sample_step(n_rows: int) -> int:
    """Return which rows bins are learned from: the first, and each step-th."""
    return -(-n_rows // SAMPLE_FOR_BINS)


def edges_of_sample(
    sample: NDArray, max_bins: int, *, is_all: bool
) -> NDArray[np.float64]:
    """Return at most max_bins numbers of a sorted sample, ascending.

    The largest is infinity where rows that are not in the sample may hold larger
    numbers; `find_largest` puts it right.
    """
    edges = first_of_equals(sample)
    if len(edges) > max_bins:
        edges = first_of_equals(sample[bin_places(len(sample), max_bins)])
    if not is_all:
        edges = np.append(edges[: max_bins - 1], np.inf)
    return edges


def bin_places(n_sample: int, max_bins: int) -> NDArray[np.int64]:
    """Return where the quantiles of a sorted sample stand, and its largest number."""
    places = np.arange(1, max_bins + 1) * n_sample // max_bins
    return np.minimum(places, n_sample - 1)


def find_largest(column: Column, cells: Cells, codes: NDArray) -> Column:
    """Return a column whose last number is the largest that occurs.

    Where none is larger than the number before, the codes move down in place.
    """
    if not is_open(column):
        return column
    largest = largest_above(column, cells, codes)
    if largest is None:
        codes[codes >= column.above] -= 1
    return close(column, largest)


def is_open(column: Column) -> bool:
    """Whether the largest number of a column is not known yet."""
    return bool(len(column.numbers)) and column.numbers[-1] == np.inf


def largest_above(column: Column, cells: Cells, codes: NDArray) -> float | None:
    """Return the largest number above the others of an open column, if there is one."""
    if cells.numbers is None:
        return None
    last = cells.numbers[codes == column.above - 1]
    return float(last.max()) if len(last) else None


def close(column: Column, largest: float | None) -> Column:
    """Return an open column with its largest number, or without one."""
    numbers = column.numbers[:-1]
    if largest is not None:
        numbers = np.append(numbers, largest)
    return replace(column, numbers=numbers)


def n_columns(X: Any) -> int:
    """Return the number of columns."""
    return int(X.shape[1])


def get_column(X: Any, j: int) -> Any:
    """Return column j of a frame, an array or a sparse matrix."""
    if is_frame_of(X, "pandas"):
        return X.iloc[:, j]
    if is_frame_of(X, "polars"):
        return X[:, j]
    if sparse.issparse(X):
        return X[:, [j]].toarray().ravel()
    return X[:, j]


def is_frame_of(X: Any, library: str) -> bool:
    """Whether X is a frame of a library, which is imported if it is."""
    module = sys.modules.get(library)
    return module is not None and isinstance(X, module.DataFrame)


def split_column(
    column: Any, is_categorical: bool, levels: list[Level] | None
) -> Cells:
    """Split one column into numbers and levels."""
    times = read_times(column)
    if times is not None:
        kind, numbers = times
        if not is_categorical:
            return Cells(numbers, None, times=kind)
        column = texts_of(numbers, kind)
    values, codes, categories = _coded(column)
    if codes is not None:
        found = [_plain(v) for v in categories]
        if levels is not None and not is_categorical and any_number(found):
            # Categories of a frame, where the fit saw numbers.
            values = np.array([*found, None], dtype=object)[codes].tolist()
            return _split_objects(values, False, levels)
        return _with_levels(codes, found, levels)
    if values.dtype.kind in "fiu":
        if is_categorical:
            return _split_objects(values.tolist(), True, levels)
        return Cells(values, None)
    if values.dtype.kind == "b":
        codes = values.astype(np.int8)
        return _with_levels(codes, [False, True], levels)
    return _split_objects(values.tolist(), is_categorical, levels)


def _coded(column: Any) -> tuple[Any, NDArray[np.signedinteger] | None, Any]:
    """Return an array, or codes (-1 missing) and categories, whichever there is."""
    dtype: Any = getattr(column, "dtype", None)
    module = type(column).__module__.partition(".")[0]
    if module == "pandas":
        if hasattr(dtype, "categories"):
            return None, column.array.codes, dtype.categories
        if dtype.kind in "fiu" and not isinstance(dtype, np.dtype):
            return column.to_numpy(dtype=np.float64, na_value=np.nan), None, None
        if isinstance(dtype, np.dtype) and dtype.kind != "O":
            return column.to_numpy(), None, None
        try:
            codes, found = column.factorize()
        except TypeError:  # values without a hash
            found = [None]
        if all(isinstance(v, str | bool | np.bool_) for v in found):
            return None, codes, list(found)
        return column.to_numpy(dtype=object, na_value=None), None, None
    if module == "polars":
        if dtype.is_numeric():
            return column.cast(float).to_numpy(), None, None
        return np.array(column.to_list(), dtype=object), None, None
    return column, None, None


def _plain(value: Any) -> Any:
    """Return a Python value for a NumPy scalar."""
    if isinstance(value, np.datetime64 | np.timedelta64):
        value = value.astype(f"{value.dtype.kind}8[us]")  # nanoseconds become an int
    return value.item() if isinstance(value, np.generic) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, Real | Decimal) and not isinstance(value, bool)


def plain_value(value: Any) -> Any:
    """Return what a cell holds as a Python value, None where it is missing."""
    value = _plain(value)
    return None if is_missing(value) else value


# Values of these types that are equal are one level, NaN and numbers aside.
PLAIN_TYPES = {str, int, float, type(None), np.str_, np.float64}


def _split_objects(
    values: list[Any], is_categorical: bool, levels: list[Level] | None
) -> Cells:
    is_plain = set(map(type, values)) <= PLAIN_TYPES
    keys = values
    if not is_plain:
        keys = [
            None if is_missing(value) else key_of(value)
            for value in map(_plain, values)
        ]
    # Each distinct value is looked at once.
    rank: dict[Any, int] = {}
    try:
        ranks = np.fromiter((rank.setdefault(k, len(rank)) for k in keys), np.intp)
    except TypeError:
        _refuse_unhashable(values)
        raise
    numbers = np.full(len(rank), np.nan)
    codes = np.full(len(rank), -1)
    found: list[Level] = []
    for k, key in enumerate(rank):
        value = _plain(key) if is_plain or key is None else key[1]
        if is_missing(value):
            continue
        if _is_number(value) and not is_categorical:
            numbers[k] = _as_float(value)
            codes[k] = -2
        elif isinstance(value, complex):
            raise ValueError(
                "X holds complex numbers, which have no order; use their real and "
                "imaginary parts as columns."
            )
        else:
            codes[k] = len(found)
            found.append(value)
    if not found and not is_categorical:
        return Cells(numbers[ranks], None)
    codes = codes[ranks]
    cells = _with_levels(np.maximum(codes, -1), found, levels)
    if is_categorical:
        return cells
    split = np.asarray(cells.levels)
    split[codes == -2] = NUMBER
    return Cells(numbers[ranks], split, cells.found)


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer
        return math.copysign(np.inf, value > 0 or -1)


def _refuse_unhashable(values: list[Any]) -> None:
    for value in values:
        try:
            hash(value)
        except TypeError:
            raise TypeError(
                f"X holds {value!r}, a {type(value).__name__}; a cell must be a "
                "number, text, a boolean, a date or missing. Take it apart into "
                "columns."
            ) from None


def _with_levels(
    codes: NDArray[np.signedinteger],
    found: list[Level],
    levels: list[Level] | None,
) -> Cells:
    """Turn codes (-1 missing) of found levels into those of the fit, if it has any."""
    if levels is None:
        is_used = np.zeros(len(found) + 1, dtype=bool)
        is_used[codes] = True
        levels = [found[k] for k in np.flatnonzero(is_used[:-1])]
    kind = np.min_scalar_type(-len(levels) - 2)
    place = np.full(len(found) + 1, UNKNOWN_LEVEL, dtype=kind)
    place[-1] = MISSING_LEVEL  # what code -1 points at
    known = {key_of(level): k for k, level in enumerate(levels, 1)}
    for k, value in enumerate(found):
        place[k] = known.get(key_of(value), UNKNOWN_LEVEL)
    return Cells(None, place[codes], levels)


def chosen_columns(
    categorical_features: Any, names: list[str], estimator: Any
) -> list[bool]:
    """Return which columns hold categories whatever their values are.

    ``categorical_features`` is "from_dtype" or None (none of them is forced), a mask,
    positions or names.
    """
    chosen = [False] * len(names)
    if categorical_features is None or isinstance(categorical_features, str):
        return chosen
    wanted = list(np.asarray(categorical_features, dtype=object).ravel())
    if wanted and all(isinstance(v, bool | np.bool_) for v in wanted):
        if len(wanted) != len(names):
            raise ValueError(
                f"categorical_features is a mask of {len(wanted)} entries but X has "
                f"{len(names)} features; give one entry per feature."
            )
        return [bool(v) for v in wanted]
    for column in wanted:
        if isinstance(column, str) and column in names:
            chosen[names.index(column)] = True
        elif isinstance(column, int | np.integer) and -len(names) <= column < len(
            names
        ):
            chosen[int(column)] = True
        else:
            raise ValueError(
                f"categorical_features holds {column!r}, but X has the {len(names)} "
                f"features {names[:10]}; give names, positions or a mask."
            )
    return chosen


def code_type(columns: list[Column]) -> type[np.unsignedinteger]:
    """Return the smallest type that holds the codes of columns."""
    most = max(column.n_codes for column in columns)
    return np.uint8 if most < 256 else np.uint16 if most < 65536 else np.uint32


def code_matrix(
    columns: list[Column], cells: list[Cells], n_jobs: int | None
) -> NDArray[Any]:
    """Return codes (n_features, n_rows) of the smallest type that holds them.

    Categories that the fit did not see come after all others.
    """
    kind = code_type(columns)
    codes = np.empty((len(columns), cells[0].n_rows), dtype=kind)
    tables = [padded(column.numbers) for column in columns]
    places = [
        level_codes(column, cell).astype(kind)
        for column, cell in zip(columns, cells, strict=True)
    ]

    def code_cells(j: int, rows: slice) -> None:
        cell, out = cells[j], codes[j, rows]
        if cell.numbers is not None:
            values = cell.numbers[rows]
            real = np.float32 if values.dtype == np.float32 else np.float64
            values = np.ascontiguousarray(values, dtype=real)
            _kernels.code_numbers(values, tables[j], columns[j].missing, out)
        if cell.levels is not None:
            levels = cell.levels[rows]
            np.copyto(out, places[j][levels], where=levels != NUMBER)

    # Either rows or tables stay in cache.
    is_large = np.array([len(table) > LARGE for table in tables])
    large, small = (np.flatnonzero(is_large == v).tolist() for v in (True, False))

    def code(start: int, stop: int) -> None:
        for j in large:
            code_cells(j, slice(start, stop))
        for first in range(start, stop, BLOCK):
            for j in small:
                code_cells(j, slice(first, min(first + BLOCK, stop)))

    grain = max(1, CELLS // len(columns))
    for_each_chunk(code, codes.shape[1], n_jobs, grain=grain)
    return codes


BLOCK = 8192  # rows, so that columns of an array in C order are read from cache
LARGE = 4096  # numbers of a table
CELLS = 2**22  # for a thread: some 40 ms


def padded(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return numbers and infinities, 2**k - 1 in all, for the search by halves."""
    size = max(255, 2 ** len(numbers).bit_length() - 1)
    table = np.full(size, np.inf)
    table[: len(numbers)] = numbers
    return table


def level_codes(column: Column, cells: Cells) -> NDArray[np.int64]:
    """Return the codes of levels, in the order of their positions in cells.

    NUMBER, which has none, and UNKNOWN_LEVEL are the last two.
    """
    rank = {key_of(level): k for k, level in enumerate(column.levels, 1)}
    known = [column.missing + rank[key_of(level)] for level in cells.found]
    return np.array([column.missing, *known, 0, column.n_codes])
