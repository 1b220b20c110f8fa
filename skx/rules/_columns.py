# SPDX-License-Identifier: BSD-3-Clause
"""Reading tables: each cell is a number, a category, or missing.

At fit every column learns its distinct numbers (or bins of them) and its categories,
and each cell becomes a code: numbers in order, one code for numbers above them all,
missing, then the categories as their texts sort. A literal compares one code.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skx.rules import _kernels
from skx.rules._times import is_missing, read_times, texts_of

Level = Any  # a category: text, bool, or any hashable value; None is missing

MISSING_LEVEL = 0  # position among the levels of a column that was split
UNKNOWN_LEVEL = -1  # a category that the fit did not see
NUMBER = -2  # the cell is a number


@dataclass(frozen=True)
class Cells:
    """One column, split: numbers (NaN elsewhere), and levels where it has categories.

    levels holds UNKNOWN_LEVEL, NUMBER, MISSING_LEVEL or 1 + position in ``found``.
    times says what the numbers stand for if they stand for times.
    """

    numbers: NDArray[np.float64] | None
    levels: NDArray[np.int32] | None
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
        # In so many rows equal ones show, where integers lie so close by chance.
        some = self.numbers[:10_000]
        if len(np.unique(some)) < len(some) or not (some == np.floor(some)).all():
            return False
        return float(self.numbers.max()) - float(self.numbers.min()) < 2 * self.n_rows


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

    def codes(self, cells: Cells) -> NDArray[np.int64]:
        """Codes of the cells; categories that the fit did not see come after all."""
        codes = np.full(cells.n_rows, self.missing, dtype=np.int64)
        if cells.numbers is not None:
            if cells.levels is None:
                is_number = ~np.isnan(cells.numbers)
            else:
                is_number = cells.levels == NUMBER
            places = np.searchsorted(self.numbers, cells.numbers[is_number])
            codes[is_number] = places
        if cells.levels is not None:
            rank = {key_of(level): k for k, level in enumerate(self.levels, 1)}
            known = [self.missing + rank[key_of(level)] for level in cells.found]
            # The last two are found by the negative levels NUMBER and UNKNOWN_LEVEL.
            place = np.array([self.missing, *known, 0, self.n_codes])
            is_level = cells.levels != NUMBER
            codes[is_level] = place[cells.levels[is_level]]
        return codes


def key_of(level: Level) -> tuple[str, Level]:
    """Return what two categories share that are equal in type and value.

    True is not 1 and "1" is not 1, but 1.0 is.
    """
    if isinstance(level, bool):
        return "bool", level
    if isinstance(level, Real | Decimal):
        return "number", level
    return type(level).__name__, level


def _any_number(levels: Sequence[Level]) -> bool:
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
        numbers = cells.numbers[~np.isnan(cells.numbers)]
        if max_bins is not None and len(numbers) > max_bins:
            numbers = bin_edges(numbers, max_bins)
        else:
            numbers = np.unique(numbers)
    levels = sorted(cells.found, key=lambda level: (str(level), type(level).__name__))
    # A frame can say that numbers are categories; another one, later, need not repeat.
    is_categorical |= _any_number(levels)
    return Column(name, numbers, levels, is_categorical, cells.times)


SAMPLE_FOR_BINS = 200_000


def bin_edges(numbers: NDArray[np.float64], max_bins: int) -> NDArray[np.float64]:
    """Return at most max_bins observed numbers, ascending, the largest among them."""
    step = -(-len(numbers) // SAMPLE_FOR_BINS)
    sample = np.sort(numbers[::step])
    distinct = sample[np.append(sample[1:] != sample[:-1], True)]
    if len(distinct) <= max_bins and step == 1:
        return distinct
    largest = numbers.max()
    places = (np.arange(1, max_bins) * len(sample)) // max_bins
    if len(distinct) < max_bins:
        return np.unique(np.append(distinct, largest))
    return np.unique(np.append(sample[places], largest))


def split_table(
    X: Any, is_categorical: Sequence[bool], levels: list[list[Level]] | None = None
) -> list[Cells]:
    """Split every column; with ``levels`` those of the fit, else as they come."""
    return [
        split_column(
            get_column(X, j),
            is_categorical[j],
            None if levels is None else levels[j],
        )
        for j in range(n_columns(X))
    ]


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
        if levels is not None and not is_categorical and _any_number(found):
            # Categories of a frame, where the fit saw numbers.
            values = np.array([*found, None], dtype=object)[codes]
            return _split_objects(values, False, levels)
        return _with_levels(None, codes, found, levels)
    if values.dtype.kind in "fiu":
        if is_categorical:
            return _split_objects(values.astype(object), True, levels)
        return Cells(np.asarray(values, dtype=np.float64), None)
    if values.dtype.kind == "b":
        codes = values.astype(np.int32)
        return _with_levels(None, codes, [False, True], levels)
    return _split_objects(values.astype(object), is_categorical, levels)


def _coded(column: Any) -> tuple[Any, NDArray[np.int32] | None, Any]:
    """Return an array, or codes (-1 missing) and categories, whichever there is."""
    dtype: Any = getattr(column, "dtype", None)
    module = type(column).__module__.partition(".")[0]
    if module == "pandas":
        if hasattr(dtype, "categories"):
            return None, column.cat.codes.to_numpy().astype(np.int32), dtype.categories
        if dtype.kind in "fiu" and not isinstance(dtype, np.dtype):
            return column.to_numpy(dtype=np.float64, na_value=np.nan), None, None
        if isinstance(dtype, np.dtype) and dtype.kind != "O":
            return column.to_numpy(), None, None
        try:
            codes, found = column.factorize()
        except TypeError:  # values without a hash
            found = [None]
        if all(isinstance(v, str | bool | np.bool_) for v in found):
            return None, codes.astype(np.int32), list(found)
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


def _to_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError(
            f"X holds a number of {len(str(abs(int(value))))} digits, too large for "
            "floating point; if it is a code, write it as text."
        ) from None


def _split_objects(
    values: NDArray[Any], is_categorical: bool, levels: list[Level] | None
) -> Cells:
    numbers = np.full(len(values), np.nan)
    codes = np.empty(len(values), dtype=np.int32)
    place: dict[Any, int] = {}
    found: list[Level] = []
    for i, raw in enumerate(values):
        value = _plain(raw)
        if is_missing(value):
            codes[i] = -1
        elif _is_number(value) and not is_categorical:
            numbers[i] = _to_float(value)
            codes[i] = -2
        else:
            if isinstance(value, complex):
                raise ValueError(
                    "X holds complex numbers, which have no order; use their real and "
                    "imaginary parts as columns."
                )
            try:
                k = place.setdefault(key_of(value), len(place))
            except TypeError:
                raise TypeError(
                    f"X holds {value!r}, a {type(value).__name__}; a cell must be a "
                    "number, text, a boolean, a date or missing. Take it apart into "
                    "columns."
                ) from None
            if k == len(found):
                found.append(value)
            codes[i] = k
    if not found and not is_categorical:
        return Cells(numbers, None)
    cells = _with_levels(numbers, np.where(codes == -2, -1, codes), found, levels)
    split = np.asarray(cells.levels)
    split[codes == -2] = NUMBER
    return Cells(None if is_categorical else numbers, split, cells.found)


def _with_levels(
    numbers: NDArray[np.float64] | None,
    codes: NDArray[np.int32],
    found: list[Level],
    levels: list[Level] | None,
) -> Cells:
    """Turn codes (-1 missing) of found levels into those of the fit, if it has any."""
    if levels is None:
        used = np.unique(codes[codes >= 0])
        levels = [found[k] for k in used]
    place = np.full(len(found) + 1, UNKNOWN_LEVEL, dtype=np.int32)
    place[-1] = MISSING_LEVEL  # what code -1 points at
    known = {key_of(level): k for k, level in enumerate(levels, 1)}
    for k, value in enumerate(found):
        place[k] = known.get(key_of(value), UNKNOWN_LEVEL)
    return Cells(numbers, place[codes], levels)


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


def code_matrix(columns: list[Column], cells: list[Cells]) -> NDArray[Any]:
    """Return codes (n_features, n_rows) of the smallest type that holds them."""
    n_codes = max(column.n_codes for column in columns)
    kind = np.uint8 if n_codes < 256 else np.uint16 if n_codes < 65536 else np.uint32
    codes = np.empty((len(columns), cells[0].n_rows), dtype=kind)
    for j, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        if cell.levels is None and cell.numbers is not None:
            _kernels.code_numbers(
                cell.numbers, column.numbers, column.missing, codes[j]
            )
        else:
            codes[j] = column.codes(cell)
    return codes
