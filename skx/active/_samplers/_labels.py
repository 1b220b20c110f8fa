# SPDX-License-Identifier: BSD-3-Clause
"""Which rows have a label, and which."""

from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d

from skx._base.labels import keep_missing


def read_labels(
    y: Any, labeled: Any = None, *, minus_one: bool
) -> tuple[NDArray, NDArray[np.bool_]]:
    """Return y as an array, and a mask of the rows that have a label.

    NaN, None and pandas' NA are no labels. With ``minus_one``, neither is -1 in a type
    of integers that cannot hold one of those. A mask ``labeled`` decides instead.
    """
    if y is None:
        raise ValueError(
            "This sampler requires y to be passed, but the target y is None. Mark rows "
            "without a label by NaN or None, or by -1 among integers."
        )
    values = column_or_1d(np.asarray(keep_missing(y)), warn=True)
    missing = _missing(values)
    if labeled is None and values.dtype.kind in "UT" and (values == "nan").any():
        raise ValueError(
            "y is an array of text and holds 'nan', which NumPy makes of NaN among "
            "text. Make the array with dtype=object, or pass labeled=, a mask of rows "
            "with a label, if this is a class."
        )
    if labeled is not None:
        mask = np.asarray(labeled)
        if mask.dtype != bool or mask.shape != values.shape:
            raise ValueError(
                f"labeled has the shape {mask.shape} and dtype {mask.dtype} but y has "
                f"{len(values)} rows; give one truth value per row."
            )
        if (mask & missing).any():
            rows = np.flatnonzero(mask & missing)
            raise ValueError(
                f"labeled is True for {len(rows)} rows whose y is missing, such as row "
                f"{rows[0]}; set it to False there, or give their labels."
            )
    else:
        mask = ~missing
        given = getattr(y, "dtype", values.dtype)
        if minus_one and isinstance(given, np.dtype) and given.kind == "i":
            mask = values != -1
            if not mask.all() and (values[mask] == 1).all() and mask.any():
                raise ValueError(
                    "y holds -1 and 1 only, so that -1 may be a class or mean that "
                    "there is no label. Pass labeled=, a mask of rows with a label; "
                    "labeled=np.ones(len(y), bool) if all have one."
                )
    return values, mask


def take_labels(values: NDArray, mask: NDArray[np.bool_]) -> NDArray:
    """Return the labels of the rows of a mask; numbers as numbers."""
    taken = values[mask]
    if taken.dtype == object and all(isinstance(value, Number) for value in taken):
        return np.array(taken.tolist()) if len(taken) else taken
    return taken


def _missing(values: NDArray) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype != object:
        return np.zeros(len(values), np.bool_)
    return np.fromiter(map(_is_missing, values), np.bool_, len(values))


def _is_missing(value: Any) -> bool:
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas.NA is neither equal to itself nor unequal
        return True
