# SPDX-License-Identifier: BSD-3-Clause
"""Task ids: where they come from, and their codes."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHOWN = 5
UNSEEN = -1


def read_ids(tasks: Any, n_rows: int) -> list[Any]:
    """Return the task id of each row: an int, a str, a bool, or None if missing.

    Raises ValueError for ids of another shape or kind.
    """
    array = tasks if hasattr(tasks, "__array__") else np.asarray(tasks, dtype=object)
    array = np.asarray(array)
    check_shape(array.shape, n_rows)
    if array.dtype.kind in "mM":
        raise ValueError("tasks holds dates; use strings or integers for task ids.")
    if array.dtype.kind in "iub":
        return array.tolist()
    return [_plain(value) for value in array.tolist()]


def check_shape(shape: tuple[int, ...], n_rows: int) -> None:
    """Raise ValueError if an array of ids is not one for each row."""
    if len(shape) != 1:
        raise ValueError(
            f"tasks must be one-dimensional, one id per row; got shape {shape}."
        )
    if shape[0] != n_rows:
        raise ValueError(f"tasks has {shape[0]} entries but X has {n_rows} rows.")


def is_missing(value: Any) -> bool:
    """Whether a value is None, NaN or pandas' NA, which does not compare."""
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, Real) and value != value)
    )


def _plain(value: Any) -> Any:
    if is_missing(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        if float(value).is_integer():
            return int(float(value))
        raise ValueError(
            f"tasks holds {float(value)!r}; ids must be strings or whole numbers. If a "
            "scaler has changed a column of ids, keep it out of its way: "
            "ColumnTransformer(..., remainder='passthrough', "
            "verbose_feature_names_out=False)."
        )
    raise ValueError(
        f"tasks holds {value!r} of type {type(value).__name__}; ids must be strings, "
        "whole numbers or booleans."
    )


def learn_ids(ids: list[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the sorted distinct ids, and the position of each row's among them."""
    if None in ids:
        raise ValueError(
            f"The task id of row {ids.index(None)} is missing; every row of fit needs "
            "one. Leave such rows out, or give them an id of their own."
        )
    found = set(ids)
    kinds = {type(value).__name__ for value in found}
    if len(kinds) > 1:
        raise ValueError(
            f"tasks mixes ids of types {', '.join(sorted(kinds))}; use one type."
        )
    distinct = np.array(sorted(found))
    if distinct.dtype.kind == "f":  # whole numbers beyond 64 bits
        distinct = np.array(sorted(found), dtype=object)
    return distinct, code_ids(ids, distinct)


def code_ids(ids: list[Any], distinct: NDArray[Any]) -> NDArray[np.int64]:
    """Return the position of each id among the distinct ones, UNSEEN if it is none."""
    place = {value: k for k, value in enumerate(distinct.tolist())}
    codes = np.fromiter((place.get(value, UNSEEN) for value in ids), np.int64, len(ids))
    # True == 1 in a dict, but it is no id among integers.
    if distinct.dtype.kind != "b" and bool in set(map(type, ids)):
        codes[[isinstance(value, bool) for value in ids]] = UNSEEN
    return codes


def without_tasks(owner: str) -> ValueError:
    """Return the error of a model that knows tasks and is not told them."""
    return ValueError(
        f"{owner} was fitted with tasks=; pass the task of each row as tasks= here, "
        "too. Pipelines and cross-validation do so if metadata routing is enabled and "
        "asked for, by set_predict_request(tasks=True) and "
        "set_score_request(tasks=True). Ids in a column of X, task_feature=, need none "
        "of this."
    )


def name_other_type(unseen: list[Any], distinct: NDArray[Any]) -> str:
    """Return a sentence on an id that is known as one of another type, if any is."""
    known = {str(value): value for value in distinct.tolist()}
    for value in unseen:
        if value is not None and str(value) in known:
            return (
                f" Ids must be of the type they had in fit, which has seen "
                f"{known[str(value)]!r}, not {value!r}."
            )
    return ""


def name_some(ids: list[Any]) -> str:
    """Return a few ids as text."""
    distinct = list(dict.fromkeys(repr(value) for value in ids))
    more = f" and {len(distinct) - SHOWN} more" if len(distinct) > SHOWN else ""
    return ", ".join(distinct[:SHOWN]) + more
