# SPDX-License-Identifier: BSD-3-Clause
"""Dates, spans and times of day: microseconds to compute with, ISO text to read.

All containers share the unit. A column is of times if all that it holds are, also in an
object column; beside numbers or text they are categories.
"""

import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Kinds of times, and what their microseconds count.
UNITS = {
    "datetime": "microseconds since 1970-01-01",
    "datetime UTC": "microseconds since 1970-01-01 UTC",
    "span": "microseconds",
    "time of day": "microseconds since midnight",
}
TYPES = (date, timedelta, time, np.datetime64, np.timedelta64)
# Types that have a value for missing.
WITH_NAN = (float, Decimal, np.floating, np.datetime64, np.timedelta64)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
DAY = 86_400 * SECOND


def read_times(column: Any) -> tuple[str, NDArray[np.float64]] | None:
    """Return the kind and the microseconds of a column, NaN for missing.

    None if it does not hold times.
    """
    dtype: Any = getattr(column, "dtype", None)
    module = type(column).__module__.partition(".")[0]
    if module == "polars":
        return _of_polars(column, dtype) if dtype.is_temporal() else None
    if type(dtype).__name__ == "PeriodDtype":
        return "datetime", _of_array(column.dt.to_timestamp().to_numpy())
    if dtype.kind in "mM":
        if module == "pandas":
            zone = getattr(getattr(dtype, "pyarrow_dtype", dtype), "tz", None)
            column = column.to_numpy(dtype=f"{dtype.kind}8[us]")
        else:
            zone = None
        kind = "span" if dtype.kind == "m" else "datetime UTC" if zone else "datetime"
        return kind, _of_array(column)
    if getattr(dtype, "hasobject", False) or hasattr(dtype, "pyarrow_dtype"):
        return _of_objects(column)
    return None


def _of_polars(column: Any, dtype: Any) -> tuple[str, NDArray[np.float64]]:
    # By its numbers: missing dates crash to_numpy of polars 1.0.
    polars = sys.modules["polars"]
    if dtype == polars.Time:
        return "time of day", column.to_physical().cast(float).to_numpy() // 1000.0
    if dtype == polars.Date:
        column = column.cast(polars.Datetime("us"))
    numbers = column.dt.cast_time_unit("us").to_physical().cast(float).to_numpy()
    if dtype == polars.Duration:
        return "span", numbers
    return "datetime UTC" if getattr(dtype, "time_zone", None) else "datetime", numbers


def _of_array(values: NDArray[Any]) -> NDArray[np.float64]:
    whole = values.astype(f"{values.dtype.kind}8[us]")
    numbers = whole.astype(np.int64).astype(np.float64)
    numbers[np.isnat(whole)] = np.nan
    return numbers


def _of_objects(values: Iterable[Any]) -> tuple[str, NDArray[np.float64]] | None:
    numbers, kinds = [], set()
    for value in values:
        if is_missing(value):
            numbers.append(np.nan)
            continue
        found = read_time(value)
        if found is None:
            return None
        kinds.add(found[0])
        numbers.append(found[1])
    return (kinds.pop(), np.array(numbers)) if len(kinds) == 1 else None


def read_time(value: Any) -> tuple[str, float] | None:
    """Return the kind and the microseconds of one value; None if it is no time."""
    if not isinstance(value, TYPES):
        return None
    if isinstance(value, np.datetime64 | np.timedelta64):
        kind = "datetime" if isinstance(value, np.datetime64) else "span"
        return kind, float(_of_array(np.array([value]))[0])
    if isinstance(value, timedelta):
        return "span", float(value // MICROSECOND)
    if isinstance(value, time):
        seconds = (value.hour * 60 + value.minute) * 60 + value.second
        return "time of day", float(seconds * SECOND + value.microsecond)
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        return "datetime", float((value - datetime(1970, 1, 1)) // MICROSECOND)
    since = value - datetime(1970, 1, 1, tzinfo=UTC)
    return "datetime UTC", float(since // MICROSECOND)


def is_missing(value: Any) -> bool:
    """Whether a cell is empty: None, NaN, NA or NaT."""
    if value is None:
        return True
    if isinstance(value, WITH_NAN):
        return bool(value != value)
    return type(value).__name__ in ("NAType", "NaTType")


def texts_of(numbers: NDArray[np.float64], kind: str) -> NDArray[Any]:
    """Return ISO texts, None for missing: times that are to be categories."""
    texts = [None if v != v else time_text(v, kind) for v in numbers.tolist()]
    return np.array(texts, dtype=object)


def time_text(microseconds: float, kind: str) -> str | None:
    """Return ISO text that tells the number exactly; None if there is none."""
    if not float(microseconds).is_integer() or abs(microseconds) >= 2**63:
        return None
    number = int(microseconds)
    if kind == "span":
        days, rest = divmod(abs(number), DAY)
        parts = [f"{days} day{'s' * (days != 1)}"] if days else []
        if rest or not days:
            parts.append(_clock(rest))
        return ("-" if number < 0 else "") + " ".join(parts)
    if kind == "time of day":
        return _clock(number) if 0 <= number < DAY else None
    days, rest = divmod(number, DAY)
    text = str(np.datetime64(days, "D"))
    if kind == "datetime" and not rest:
        return text
    return f"{text}T{_clock(rest)}{'Z' if kind == 'datetime UTC' else ''}"


def _clock(microseconds: int) -> str:
    seconds, part = divmod(microseconds, SECOND)
    minutes, second = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
    return f"{text}.{part:06}".rstrip("0") if part else text
